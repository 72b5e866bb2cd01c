/* wire/rtp_send.c - the one continuous series a receiver gets; see wire/rtp.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtp.h"

enum {
	LEAP = 3000,        /* packets: as RFC 3550 A.1, MAX_DROPOUT */
	PACKETS_A_S = 50,   /* of the 20 ms that we take a packet to last */
	BEHIND_AT_MOST = 3, /* packets of our own */
};

void rd_rtp_send_init(struct rd_rtp_send *s, uint32_t ssrc, uint32_t clock_hz,
		      uint16_t sequence, uint32_t ts)
{
	rd_assert(clock_hz >= PACKETS_A_S);
	memset(s, 0, sizeof(*s));
	s->ssrc = ssrc;
	s->clock_hz = clock_hz;
	/* One turn up, so that the packet before the first is not negative. */
	s->sequence = 0x10000u + sequence - 1;
	s->ts = ts;
}

uint32_t rd_rtp_send_now_ts(const struct rd_rtp_send *s, uint64_t now_us)
{
	if (!s->has_sent || now_us < s->ts_us)
		return s->ts;
	return s->ts + (uint32_t)((now_us - s->ts_us) * s->clock_hz / 1000000);
}

static void settle(struct rd_rtp_send *s, uint32_t ts, uint64_t now_us)
{
	s->ts = ts;
	s->ts_us = now_us;
	s->has_sent = true;
}

static void fill(const struct rd_rtp_send *s, uint32_t ts,
		 struct rd_rtp_place *out)
{
	out->ssrc = s->ssrc;
	out->sequence = (uint16_t)s->sequence;
	out->ts = ts;
}

/* Where a series that knows nothing of its source goes on. */
static uint32_t continued_ts(const struct rd_rtp_send *s, uint64_t now_us)
{
	uint32_t least = s->ts + s->clock_hz / PACKETS_A_S;
	uint32_t ts = rd_rtp_send_now_ts(s, now_us);

	if (!s->has_sent)
		return s->ts;
	return (int32_t)(ts - least) < 0 ? least : ts;
}

/* Sequence numbers go on from here; the next one is this packet's. */
static void take_over(struct rd_rtp_send *s, const struct rd_rtp *from)
{
	s->floor = s->sequence;
	s->sequence_offset = (uint16_t)(s->sequence + 1 - from->sequence);
	s->is_interrupted = false;
}

/* Whether the source's clock still agrees with ours. */
static bool is_plausible(const struct rd_rtp_send *s, const struct rd_rtp *from,
			 uint64_t now_us)
{
	uint32_t now_ts = rd_rtp_send_now_ts(s, now_us);
	int32_t off = (int32_t)(from->ts + s->ts_offset - now_ts);
	int16_t step =
		(int16_t)(from->sequence + s->sequence_offset - s->sequence);

	if (!s->has_source || from->ssrc != s->source_ssrc)
		return false;
	if (off > (int32_t)s->clock_hz || off < -(int32_t)s->clock_hz)
		return false;
	if (s->is_interrupted)
		return (int32_t)(from->ts + s->ts_offset - s->ts) > 0;
	return step < LEAP && step > -LEAP;
}

/* From before something of our own was sent: its number is given away. */
static bool is_overtaken(const struct rd_rtp_send *s, const struct rd_rtp *from)
{
	int16_t step = (int16_t)(from->sequence - s->source_sequence);

	return s->is_interrupted && s->has_source &&
	       from->ssrc == s->source_ssrc && step <= 0 && step > -LEAP;
}

static void switch_source(struct rd_rtp_send *s, const struct rd_rtp *from,
			  uint64_t now_us)
{
	s->ts_offset = continued_ts(s, now_us) - from->ts;
	s->source_ssrc = from->ssrc;
	s->has_source = true;
	take_over(s, from);
}

bool rd_rtp_send_pass(struct rd_rtp_send *s, const struct rd_rtp *from,
		      uint64_t now_us, struct rd_rtp_place *out)
{
	bool is_new = !is_plausible(s, from, now_us);
	int16_t step;

	if (is_overtaken(s, from))
		return false;
	if (is_new)
		switch_source(s, from, now_us);
	else if (s->is_interrupted)
		take_over(s, from);

	step = (int16_t)(from->sequence + s->sequence_offset - s->sequence);
	if ((int32_t)(s->sequence + (uint32_t)step - s->floor) <= 0)
		return false;
	fill(s, from->ts + s->ts_offset, out);
	out->sequence = (uint16_t)(s->sequence + (uint32_t)step);
	out->payload_type = from->payload_type;
	out->is_marked = from->is_marked || is_new; /* RFC 3551 4.1 */
	if (step > 0) {
		s->sequence += (uint32_t)step;
		s->source_sequence = from->sequence;
		settle(s, out->ts, now_us);
	}
	return true;
}

void rd_rtp_send_next(struct rd_rtp_send *s, uint32_t ticks, uint64_t now_us,
		      struct rd_rtp_place *out)
{
	uint32_t ts = s->has_sent ? s->ts + ticks : s->ts;
	int32_t behind = (int32_t)(rd_rtp_send_now_ts(s, now_us) - ts);

	rd_assert(ticks > 0);
	memset(out, 0, sizeof(*out));
	if (behind > (int32_t)(BEHIND_AT_MOST * ticks))
		ts += (uint32_t)behind / ticks * ticks;
	s->sequence++;
	s->is_interrupted = true;
	fill(s, ts, out);
	settle(s, ts, now_us);
}

void rd_rtp_send_event(struct rd_rtp_send *s, uint32_t ts, uint64_t now_us,
		       struct rd_rtp_place *out)
{
	memset(out, 0, sizeof(*out));
	s->sequence++;
	s->is_interrupted = true;
	fill(s, ts, out);
	if (!s->has_sent)
		settle(s, ts, now_us);
}

void rd_rtp_send_count(struct rd_rtp_send *s, size_t payload_bytes)
{
	s->packets++;
	s->octets += (uint32_t)payload_bytes;
}

bool rd_rtp_send_info(const struct rd_rtp_send *s, uint64_t now_us,
		      uint64_t ntp, struct rd_rtcp_sender *out)
{
	*out = (struct rd_rtcp_sender){
		.ssrc = s->ssrc,
		.ntp = ntp,
		.ts = rd_rtp_send_now_ts(s, now_us),
		.packets = s->packets,
		.octets = s->octets,
	};
	return s->has_sent;
}
