/* trunk/hosts.h - names that the machine knows without DNS.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sofia's resolver asks DNS only; a trunk named in hosts(5), as in containers
 * and tests, is found here.  Thread: any.
 */
#pragma once
#include "base/addr.h"

/* The first address of name in the text of a hosts file.  RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_hosts_find(struct rd_span text, const char *name,
				      struct rd_addr *out);
/* The same in /etc/hosts (its first 256 KiB). */
RD_MUST_USE enum rd_err rd_hosts_lookup(const char *name, struct rd_addr *out);
