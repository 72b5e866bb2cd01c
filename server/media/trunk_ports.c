/* media/trunk_ports.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/trunk_ports.h"

#include <unistd.h>

#include "base/random.h"
#include "media/port.h"

enum {
	KERNEL_TRIES = 16, /* for an even port with a free neighbour */
	BIND_TRIES = 32,   /* other programs may sit in our range */
	IN_USE = 1,        /* in .rests_until_ms */
};

struct rd_trunk_ports {
	struct rd_addr bind_to;
	uint16_t first;
	unsigned pairs; /* 0: the kernel chooses */

	/* IN_USE, or the time from which on it is free again. */
	uint64_t rests_until_ms[];
};

enum rd_err rd_trunk_ports_open(struct rd_trunk_ports **out,
				const struct rd_addr *bind_to, uint16_t first,
				uint16_t last)
{
	struct rd_trunk_ports *p;
	unsigned pairs = 0;

	*out = NULL;
	if (first) {
		first = (uint16_t)(first + first % 2);
		if (last <= first)
			return RD_E_RANGE;
		pairs = (last - first + 1U) / 2;
	}
	p = rd_zalloc(sizeof(*p) + pairs * sizeof(p->rests_until_ms[0]));
	if (!p)
		return RD_E_NOMEM;
	p->bind_to = *bind_to;
	p->bind_to.port = 0;
	p->first = first;
	p->pairs = pairs;
	*out = p;
	return RD_OK;
}

void rd_trunk_ports_close(struct rd_trunk_ports *p)
{
	rd_free(p);
}

static enum rd_err open_pair(const struct rd_trunk_ports *p, uint16_t port,
			     struct rd_port *rtp, struct rd_port *rtcp)
{
	struct rd_addr at = p->bind_to;
	enum rd_err err;

	at.port = port;
	err = rd_port_open(rtp, &at, NULL);
	if (err != RD_OK)
		return err;
	at.port = (uint16_t)(port + 1);
	err = rd_port_open(rtcp, &at, NULL);
	if (err != RD_OK)
		close(rtp->fd);
	return err;
}

/* The kernel names a port, which is then asked for: a port that was never
 * asked for is lost when the socket is disconnected from its peer. */
static enum rd_err take_kernels(const struct rd_trunk_ports *p,
				struct rd_port *rtp, struct rd_port *rtcp)
{
	struct rd_port probe;
	enum rd_err err = RD_E_IO;

	for (int i = 0; i < KERNEL_TRIES && err != RD_OK; i++) {
		err = rd_port_open(&probe, &p->bind_to, NULL);
		if (err != RD_OK)
			return err;
		close(probe.fd);
		err = open_pair(p, probe.local.port & 0xfffe, rtp, rtcp);
	}
	return err;
}

/* A free pair, any if possible; else the one that has rested longest. */
static bool choose(const struct rd_trunk_ports *p, uint64_t now_ms,
		   unsigned *chosen)
{
	unsigned start = rd_random_below(p->pairs), best = p->pairs;

	for (unsigned n = 0; n < p->pairs; n++) {
		unsigned i = (start + n) % p->pairs;
		uint64_t at_ms = p->rests_until_ms[i];

		if (at_ms == IN_USE)
			continue;
		if (at_ms <= now_ms) {
			*chosen = i;
			return true;
		}
		if (best == p->pairs || at_ms < p->rests_until_ms[best])
			best = i;
	}
	*chosen = best;
	return best < p->pairs;
}

static enum rd_err take_ours(struct rd_trunk_ports *p, uint64_t now_ms,
			     struct rd_port *rtp, struct rd_port *rtcp)
{
	for (int tries = 0; tries < BIND_TRIES; tries++) {
		unsigned i;

		if (!choose(p, now_ms, &i))
			return RD_E_FULL;
		if (open_pair(p, (uint16_t)(p->first + 2 * i), rtp, rtcp) ==
		    RD_OK) {
			p->rests_until_ms[i] = IN_USE;
			return RD_OK;
		}
		/* Somebody else has it: look again after a while. */
		p->rests_until_ms[i] = now_ms + RD_TRUNK_PORT_REST_MS;
	}
	return RD_E_FULL;
}

enum rd_err rd_trunk_ports_take(struct rd_trunk_ports *p, uint64_t now_ms,
				int *rtp_fd, int *rtcp_fd,
				struct rd_addr *local)
{
	struct rd_port rtp, rtcp;
	enum rd_err err = p->pairs ? take_ours(p, now_ms, &rtp, &rtcp)
				   : take_kernels(p, &rtp, &rtcp);

	*rtp_fd = *rtcp_fd = -1;
	if (err != RD_OK)
		return err;
	*rtp_fd = rtp.fd;
	*rtcp_fd = rtcp.fd;
	*local = rtp.local;
	return RD_OK;
}

void rd_trunk_ports_give(struct rd_trunk_ports *p, uint64_t now_ms, int rtp,
			 int rtcp, const struct rd_addr *local)
{
	unsigned i = (unsigned)(local->port - p->first) / 2;

	if (rtp >= 0)
		close(rtp);
	if (rtcp >= 0)
		close(rtcp);
	if (rtp >= 0 && p->pairs && local->port >= p->first && i < p->pairs)
		p->rests_until_ms[i] = now_ms + RD_TRUNK_PORT_REST_MS;
}

unsigned rd_trunk_ports_free(const struct rd_trunk_ports *p, uint64_t now_ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->pairs; i++)
		n += p->rests_until_ms[i] != IN_USE &&
		     p->rests_until_ms[i] <= now_ms;
	return n;
}
