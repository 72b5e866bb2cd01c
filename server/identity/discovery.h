/* identity/discovery.h - what an OpenID configuration document says.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * OpenID Connect Discovery 1.0 section 4, RFC 8414.  Private to identity.
 */
#pragma once
#include "base/base.h"

/* Copies the URL of the key set to keys_url.  The document must name issuer
 * exactly, and the key set must be on the host of discovery_url and not less
 * safe (T13).  RD_E_FORMAT, RD_E_DENIED, RD_E_SIZE, with a complaint. */
RD_MUST_USE enum rd_err rd_discovery_read(struct rd_span json,
					  const char *issuer,
					  const char *discovery_url,
					  char *keys_url, size_t size,
					  struct rd_complaint *complaint);
