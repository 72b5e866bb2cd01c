/* synthetic/udp.h - a datagram socket that knows when each datagram arrived.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * By the kernel's stamp, so that the lateness of this process is not counted
 * as delay of the server.  Thread: the owner's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

/* Bound to *local (port 0: the kernel's choice, filled in), not blocking.
 * RD_E_IO. */
RD_MUST_USE enum rd_err rd_udp_open(int *fd, struct rd_addr *local);
void rd_udp_close(int *fd); /* -1 is fine, and is what it becomes */
/* The next datagram: its length, whence (may be NULL) and when in monotonic
 * microseconds; false when there is none. */
bool rd_udp_receive(int fd, uint8_t *buf, size_t size, size_t *len,
		    struct rd_addr *from, uint64_t *at_us);
/* Lost if it cannot go out, as the network might lose it; to may be NULL for
 * a connected socket. */
void rd_udp_send(int fd, struct rd_span datagram, const struct rd_addr *to);
/* From now on to and from this address only. */
void rd_udp_connect(int fd, const struct rd_addr *to);
uint64_t rd_udp_wall_us(void); /* Unix time */
