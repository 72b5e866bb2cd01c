/* media/port.h - a bound UDP socket.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control opens and closes it, a worker uses it.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

struct rd_port {
	int fd;
	struct rd_addr local;
};

/* Nonblocking; port 0: the kernel's.  RD_E_IO; why (may be NULL) says it. */
RD_MUST_USE enum rd_err rd_port_open(struct rd_port *out,
				     const struct rd_addr *bind_to,
				     struct rd_complaint *why);
