/* wire/rtp_receive.c - the books of a stream we receive; see wire/rtp.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtp.h"

enum {
	MAX_DROPOUT = 3000, /* RFC 3550 A.1 */
	WINDOW = 64,        /* in place of MAX_MISORDER 100: what .seen holds */
	NO_LEAP = 0x10000,  /* no sequence number has this value */
	LOST_MOST = 0x7fffff,
	LOST_LEAST = -0x800000,
};

void rd_rtp_receive_init(struct rd_rtp_receive *r, uint32_t clock_hz)
{
	rd_assert(clock_hz > 0);
	memset(r, 0, sizeof(*r));
	r->clock_hz = clock_hz;
	r->bad = NO_LEAP;
}

static uint32_t ticks_of(const struct rd_rtp_receive *r, uint64_t us)
{
	return (uint32_t)(us * r->clock_hz / 1000000);
}

/* A stream begins, or begins again. */
static void start(struct rd_rtp_receive *r, const struct rd_rtp *p,
		  uint64_t now_us)
{
	uint32_t clock_hz = r->clock_hz;

	rd_rtp_receive_init(r, clock_hz);
	r->has_started = true;
	r->ssrc = p->ssrc;
	r->base = r->highest = p->sequence;
	r->seen = 1;
	r->received = 1;
	r->transit = ticks_of(r, now_us) - p->ts;
}

/* RFC 3550 A.8, in its integer form. */
static void follow_jitter(struct rd_rtp_receive *r, uint32_t ts,
			  uint64_t now_us)
{
	uint32_t transit = ticks_of(r, now_us) - ts;
	int32_t d = (int32_t)(transit - r->transit);

	r->transit = transit;
	/* A leap of the source's clock is not jitter of the network. */
	if (d > (int32_t)r->clock_hz || d < -(int32_t)r->clock_hz)
		return;
	if (d < 0)
		d = -d;
	r->jitter_16 += (uint32_t)d - ((r->jitter_16 + 8) >> 4);
}

static struct rd_rtp_arrival advance(struct rd_rtp_receive *r, uint16_t delta)
{
	r->highest += delta;
	r->seen = delta < WINDOW ? r->seen << delta | 1 : 1;
	r->received++;
	r->bad = NO_LEAP;
	return (struct rd_rtp_arrival){ RD_RTP_NEXT, delta - 1u, r->highest };
}

static struct rd_rtp_arrival look_back(struct rd_rtp_receive *r,
				       uint16_t behind)
{
	uint32_t extended = r->highest - behind;

	if (r->seen >> behind & 1)
		return (struct rd_rtp_arrival){ RD_RTP_DUPLICATE, 0, extended };
	r->seen |= (uint64_t)1 << behind;
	r->received++;
	if ((int32_t)(extended - r->base) < 0)
		r->base = extended;
	return (struct rd_rtp_arrival){ RD_RTP_LATE, 0, extended };
}

static struct rd_rtp_arrival place(struct rd_rtp_receive *r,
				   const struct rd_rtp *p, uint64_t now_us)
{
	uint16_t delta = (uint16_t)(p->sequence - r->highest);
	uint16_t behind = (uint16_t)-delta;

	if (delta > 0 && delta < MAX_DROPOUT)
		return advance(r, delta);
	if (behind < WINDOW)
		return look_back(r, behind);
	if (p->sequence == r->bad) {
		start(r, p, now_us);
		return (struct rd_rtp_arrival){ RD_RTP_FIRST, 0, r->highest };
	}
	r->bad = (uint16_t)(p->sequence + 1);
	return (struct rd_rtp_arrival){ RD_RTP_STRAY, 0, p->sequence };
}

struct rd_rtp_arrival rd_rtp_receive_feed(struct rd_rtp_receive *r,
					  const struct rd_rtp *p, bool is_timed,
					  uint64_t now_us)
{
	struct rd_rtp_arrival a;

	if (!r->has_started || p->ssrc != r->ssrc) {
		start(r, p, now_us);
		return (struct rd_rtp_arrival){ RD_RTP_FIRST, 0, r->highest };
	}
	a = place(r, p, now_us);
	if (is_timed && (a.order == RD_RTP_NEXT || a.order == RD_RTP_LATE))
		follow_jitter(r, p->ts, now_us);
	return a;
}

void rd_rtp_receive_sr(struct rd_rtp_receive *r, const struct rd_rtcp_sender *s,
		       uint64_t now_us)
{
	if (!r->has_started || s->ssrc != r->ssrc)
		return;
	r->last_sr = rd_rtcp_middle(s->ntp);
	r->sr_us = now_us;
}

static int64_t lost_of(const struct rd_rtp_receive *r)
{
	return (int64_t)(r->highest - r->base + 1) - r->received;
}

/* RFC 3550 A.3 */
static uint8_t fraction_since(const struct rd_rtp_receive *r)
{
	int64_t expected = r->highest - r->base + 1 - r->expected_before;
	int64_t lost = expected - (r->received - r->received_before);

	if (expected <= 0 || lost <= 0)
		return 0;
	return (uint8_t)rd_min_u64((uint64_t)(lost * 256 / expected), 255);
}

bool rd_rtp_receive_report(struct rd_rtp_receive *r, uint64_t now_us,
			   struct rd_rtcp_report *out)
{
	int64_t lost = lost_of(r);

	memset(out, 0, sizeof(*out));
	if (!r->has_started)
		return false;
	if (lost > LOST_MOST)
		lost = LOST_MOST;
	if (lost < LOST_LEAST)
		lost = LOST_LEAST;
	out->ssrc = r->ssrc;
	out->fraction = fraction_since(r);
	out->lost = (int32_t)lost;
	out->highest = r->highest;
	out->jitter = r->jitter_16 >> 4;
	if (r->last_sr) {
		out->last_sr = r->last_sr;
		out->delay_sr =
			(uint32_t)((now_us - r->sr_us) * 65536 / 1000000);
	}
	r->expected_before = r->highest - r->base + 1;
	r->received_before = r->received;
	return true;
}

uint32_t rd_rtp_receive_lost(const struct rd_rtp_receive *r)
{
	int64_t lost = r->has_started ? lost_of(r) : 0;

	return lost > 0 ? (uint32_t)lost : 0;
}

uint32_t rd_rtp_receive_jitter_us(const struct rd_rtp_receive *r)
{
	return (uint32_t)((uint64_t)r->jitter_16 * 1000000 / 16 / r->clock_hz);
}
