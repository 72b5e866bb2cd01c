/* media/trunk_ports.h - UDP port pairs for trunk legs.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Drawn at random from the range and kept out of use for a while after the
 * call, so that a peer that goes on sending is not heard by the next (T55).
 * Thread: control.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum {
	RD_TRUNK_PORT_REST_MS = 30000,
};

struct rd_trunk_ports;

/* first..last in host order, even ports are RTP; 0..0: the kernel chooses. */
RD_MUST_USE enum rd_err rd_trunk_ports_open(struct rd_trunk_ports **out,
					    const struct rd_addr *bind_to,
					    uint16_t first, uint16_t last);
void rd_trunk_ports_close(struct rd_trunk_ports *p); /* NULL is fine */

/* Two bound sockets, of an even port and the next one; they are the caller's.
 * RD_E_FULL: no pair is free.  RD_E_IO: no sockets. */
RD_MUST_USE enum rd_err rd_trunk_ports_take(struct rd_trunk_ports *p,
					    uint64_t now_ms, int *rtp,
					    int *rtcp, struct rd_addr *local);
/* Closes both and lets the ports rest. */
void rd_trunk_ports_give(struct rd_trunk_ports *p, uint64_t now_ms, int rtp,
			 int rtcp, const struct rd_addr *local);
/* Pairs neither in use nor resting. */
unsigned rd_trunk_ports_free(const struct rd_trunk_ports *p, uint64_t now_ms);
