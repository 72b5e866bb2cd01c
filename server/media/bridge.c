/* media/bridge.c - from one codec to another, driven by packets.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * There is no jitter buffer: what arrives is decoded, encoded and sent at
 * once, with the timestamps of its source, and the receiver's own buffer does
 * what it would have to do anyway.  What is missing is concealed when the
 * packet after the gap arrives, from that packet's redundancy if it has any.
 * After a gap of one packet we wait a moment: it may only have been overtaken.
 */
#include "media/media_priv.h"

enum {
	OVERTAKEN_US = 8000, /* how long the packet behind a gap waits */
	CONCEAL_MS = RD_PACKET_MS,
	LEVEL_EVERY = 4, /* packets of a trunk, per estimate of its level */
};

/* --- frames out --- */

static size_t to_samples(const struct rd_source *s, uint32_t ts)
{
	return (size_t)((uint64_t)ts * s->rate_hz /
			s->decoder->codec->clock_hz);
}

static uint32_t to_out_ts(const struct rd_source *s, size_t samples)
{
	return (uint32_t)((uint64_t)samples * s->to->codec->clock_hz /
			  s->rate_hz);
}

/* Sends all whole frames in pcm. */
static void emit(struct rd_worker *w, struct rd_source *s, uint32_t ssrc,
		 uint64_t now_us)
{
	size_t frame = s->rate_hz / 50, at = 0;

	for (; s->waiting - at >= frame; at += frame) {
		struct rd_rtp from = { .ssrc = ssrc,
				       .sequence = s->out_sequence++,
				       .ts = s->out_ts };

		s->out_ts += to_out_ts(s, frame);
		rd_source_encode(w, s, s->pcm + at, &from, now_us);
	}
	if (at == 0)
		return;
	s->waiting -= at;
	memmove(s->pcm, s->pcm + at, s->waiting * sizeof(s->pcm[0]));
}

/* The source was silent for gap_ts of its clock and did not mean to be heard:
 * time goes on without samples. */
static void skip(struct rd_worker *w, struct rd_source *s, uint32_t gap_ts,
		 uint32_t ssrc, uint64_t now_us)
{
	size_t frame = s->rate_hz / 50, gap = to_samples(s, gap_ts), pad;

	if (s->waiting) { /* what is there goes out first, filled up */
		pad = rd_min_size(frame - s->waiting, gap);
		memset(s->pcm + s->waiting, 0, pad * sizeof(s->pcm[0]));
		s->waiting += pad;
		gap -= pad;
		emit(w, s, ssrc, now_us);
	}
	s->out_ts += to_out_ts(s, gap);
}

static void conceal(struct rd_worker *w, struct rd_source *s, uint32_t gap_ts,
		    const struct rd_rtp *next, uint64_t now_us)
{
	size_t samples = to_samples(s, gap_ts);

	if (rd_decoder_conceal(s->decoder, next->payload, s->pcm + s->waiting,
			       samples) != RD_OK) {
		skip(w, s, gap_ts, next->ssrc, now_us);
		return;
	}
	s->waiting += samples;
	s->from->stats.concealed_frames += samples * 50 / s->rate_hz;
	rd_count_add(&w->counters.frames_concealed, samples * 50 / s->rate_hz);
	emit(w, s, next->ssrc, now_us);
}

/* --- packets in --- */

/* Time between what was decoded last and this packet. */
static void bridge_gap(struct rd_worker *w, struct rd_source *s,
		       const struct rd_rtp *rtp, uint32_t missing,
		       uint64_t now_us)
{
	uint32_t gap_ts = rtp->ts - s->expected_ts;
	uint32_t most_ts = s->decoder->codec->clock_hz / 1000 * CONCEAL_MS;

	if (gap_ts == 0)
		return;
	/* While we filled in silence the gap has been heard already. */
	if (missing && gap_ts <= most_ts && !s->to->is_filling)
		conceal(w, s, gap_ts, rtp, now_us);
	else
		skip(w, s, gap_ts, rtp->ssrc, now_us);
}

static void estimate_level(struct rd_worker *w, struct rd_source *s,
			   const int16_t *pcm, size_t n, uint64_t now_us)
{
	if (s->from->is_web || s->from->level_skip++ % LEVEL_EVERY)
		return;
	rd_leg_level(w, s->from, rd_level_dbov(pcm, n), now_us);
}

static void play(struct rd_worker *w, struct rd_source *s,
		 const struct rd_rtp *rtp, uint32_t missing, uint64_t now_us)
{
	const struct rd_codec *codec = s->decoder->codec;
	size_t room = s->rate_hz / 1000 * (RD_PACKET_MS + RD_FRAME_MS);
	int16_t *at;
	uint32_t ts;
	size_t n;

	if (rd_codec_duration_ts(codec, rtp->payload, &ts) != RD_OK) {
		rd_leg_refuse(w, s->from);
		return;
	}
	if (!s->has_expected ||
	    rtp->ts - s->expected_ts + codec->clock_hz > 3 * codec->clock_hz) {
		s->has_expected = true; /* a stream, or its clock, is new */
		s->expected_ts = rtp->ts;
	}
	if ((int32_t)(rtp->ts - s->expected_ts) < 0)
		return; /* it has been played, or concealed */
	bridge_gap(w, s, rtp, missing, now_us);
	at = s->pcm + s->waiting;
	if (rd_decoder_decode(s->decoder, rtp->payload, at, room - s->waiting,
			      &n) != RD_OK) {
		rd_leg_refuse(w, s->from);
		return; /* the next packet finds a gap and conceals it */
	}
	rd_count_add(&w->counters.frames_decoded, 1);
	estimate_level(w, s, at, n, now_us);
	s->waiting += n;
	s->expected_ts = rtp->ts + ts;
	emit(w, s, rtp->ssrc, now_us);
	s->to->patience_us = rd_leg_patience_us(rtp->payload.len);
}

/* --- reordering by one --- */

static bool park(struct rd_worker *w, struct rd_source *s,
		 const struct rd_rtp *rtp, uint64_t now_us)
{
	if (rtp->payload.len > RD_PARKED_BYTES)
		return false;
	memcpy(s->parked, rtp->payload.at, rtp->payload.len);
	s->parked_rtp = *rtp;
	s->parked_rtp.payload = rd_span(s->parked, rtp->payload.len);
	s->parked_us = now_us;
	rd_leg_wake(w, s->to, now_us + OVERTAKEN_US);
	return true;
}

static void unpark(struct rd_worker *w, struct rd_source *s, uint32_t missing,
		   uint64_t now_us)
{
	s->parked_us = 0;
	play(w, s, &s->parked_rtp, missing, now_us);
}

void rd_bridge_transcode(struct rd_worker *w, struct rd_source *s,
			 const struct rd_rtp *rtp,
			 const struct rd_rtp_arrival *arrival, uint64_t now_us)
{
	if (arrival->order == RD_RTP_LATE) {
		if (!s->parked_us ||
		    (uint16_t)(rtp->sequence + 1) != s->parked_rtp.sequence)
			return;
		play(w, s, rtp, 0, now_us);
		unpark(w, s, 0, now_us);
		return;
	}
	if (s->parked_us)
		unpark(w, s, 1, now_us);
	if (arrival->order == RD_RTP_FIRST)
		s->has_expected = false;
	if (arrival->missing == 1 && s->has_expected && park(w, s, rtp, now_us))
		return;
	play(w, s, rtp, arrival->missing, now_us);
}

uint64_t rd_bridge_due(struct rd_worker *w, struct rd_source *s,
		       uint64_t now_us)
{
	if (!s->parked_us)
		return UINT64_MAX;
	if (now_us < s->parked_us + OVERTAKEN_US)
		return s->parked_us + OVERTAKEN_US;
	unpark(w, s, 1, now_us);
	return UINT64_MAX;
}
