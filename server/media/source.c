/* media/source.c - what a leg hears when nobody speaks to it: sounds,
 * ring-back, silence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/media_priv.h"

enum {
	RING_HZ = 425, /* ITU-T E.180 */
	RING_ON_FRAMES = 50,
	RING_FRAMES = 250,
	RING_RATE_HZ = 8000,
	RING_DB = -18,
	BEHIND_FRAMES = 10, /* frames owed after a stall, at most */
	SILENCES_AT_ONCE = 10,
	FEC_LOSS_256 = 8, /* F29: redundancy above 3 % */
	BITRATE = 24000,
};

static void close_source(struct rd_parcel *p)
{
	struct rd_source *s = rd_container(p, struct rd_source, parcel);

	rd_encoder_close(s->encoder);
	rd_decoder_close(s->decoder);
	rd_free(s->parked);
	rd_free(s);
}

void rd_source_close(struct rd_source *s)
{
	if (s)
		close_source(&s->parcel);
}

static uint32_t rate_for(const struct rd_source_cfg *cfg)
{
	if (cfg->kind == RD_SOURCE_SOUND)
		return cfg->sound->rate_hz;
	if (cfg->kind == RD_SOURCE_RINGBACK)
		return RING_RATE_HZ;
	if (cfg->kind == RD_SOURCE_LEG && cfg->from_codec != cfg->to_codec)
		return rd_codec_common_rate_hz(cfg->from_codec, cfg->to_codec);
	return 0;
}

static enum rd_err open_codecs(struct rd_source *s,
			       const struct rd_source_cfg *cfg)
{
	enum rd_err err;

	s->tuned = (struct rd_encoder_config){
		.rate_hz = s->rate_hz,
		.bitrate = BITRATE,
		.complexity = (uint8_t)cfg->complexity,
	};
	err = rd_encoder_open(&s->encoder, cfg->to_codec, &s->tuned);
	if (err != RD_OK || cfg->kind != RD_SOURCE_LEG)
		return err;
	err = rd_decoder_open(&s->decoder, cfg->from_codec, s->rate_hz);
	if (err != RD_OK)
		return err;
	s->parked = rd_alloc(RD_PARKED_BYTES);
	return s->parked ? RD_OK : RD_E_NOMEM;
}

enum rd_err rd_source_open(struct rd_source **out,
			   const struct rd_source_cfg *cfg)
{
	uint32_t rate_hz = rate_for(cfg);
	size_t samples = rate_hz / 1000 * (RD_PACKET_MS + RD_FRAME_MS);
	enum rd_err err = RD_OK;
	struct rd_source *s;

	*out = NULL;
	if (cfg->kind != RD_SOURCE_LEG)
		samples = 0;
	s = rd_zalloc(sizeof(*s) + samples * sizeof(s->pcm[0]));
	if (!s)
		return RD_E_NOMEM;
	s->parcel.close = close_source;
	s->kind = cfg->kind;
	s->from = cfg->from;
	s->sound = cfg->sound;
	s->is_repeated = cfg->is_repeated;
	s->serial = cfg->serial;
	s->rate_hz = rate_hz;
	if (cfg->kind == RD_SOURCE_RINGBACK)
		rd_tone_init(&s->tone, RING_RATE_HZ, RING_HZ, RING_DB);
	if (rate_hz)
		err = open_codecs(s, cfg);
	if (err != RD_OK) {
		rd_source_close(s);
		return err;
	}
	*out = s;
	return RD_OK;
}

void rd_source_attach(struct rd_source *s, struct rd_media_leg *to,
		      uint64_t now_us)
{
	s->to = to;
	to->source = s;
	s->next_us = now_us;
	if (s->from)
		rd_list_push(&s->from->listeners, &s->in_listeners);
}

void rd_source_detach(struct rd_source *s)
{
	rd_list_remove(&s->in_listeners);
	s->from = NULL;
}

/* Complexity falls under load, redundancy comes with loss. */
static void retune(const struct rd_worker *w, struct rd_source *s)
{
	unsigned loss_256 = s->to->stats.remote_loss_256;
	bool has_fec = loss_256 >= FEC_LOSS_256;
	uint8_t percent = has_fec ? (uint8_t)(loss_256 * 100 / 256) : 0;

	if (s->tuned.complexity == w->load.complexity &&
	    s->tuned.has_fec == has_fec && s->tuned.loss_percent == percent)
		return;
	s->tuned.complexity = (uint8_t)w->load.complexity;
	s->tuned.has_fec = has_fec;
	s->tuned.loss_percent = percent;
	rd_encoder_tune(s->encoder, &s->tuned);
}

/* The encoded frame, or 0 bytes. */
static size_t encode(struct rd_worker *w, struct rd_source *s,
		     const int16_t *pcm, uint8_t *payload)
{
	size_t len = 0;

	retune(w, s);
	if (rd_encoder_encode(s->encoder, pcm, payload, RD_FRAME_BYTES_MAX,
			      &len) != RD_OK)
		return 0;
	rd_count_add(&w->counters.frames_encoded, 1);
	return len;
}

void rd_source_encode(struct rd_worker *w, struct rd_source *s,
		      const int16_t *pcm, const struct rd_rtp *from,
		      uint64_t now_us)
{
	uint8_t bytes[RD_RTP_HEADER + RD_FRAME_BYTES_MAX + RD_SRTP_TRAILER_MAX];
	uint8_t *payload = bytes + RD_RTP_HEADER;
	struct rd_media_leg *to = s->to;
	struct rd_rtp_place place;
	size_t len = encode(w, s, pcm, payload);

	if (len == 0)
		return;
	if (!from)
		rd_rtp_send_next(&to->out, to->codec->clock_hz / 50, now_us,
				 &place);
	else if (!rd_rtp_send_pass(&to->out, from, now_us, &place))
		return;
	place.payload_type = to->payload_type;
	rd_leg_send(w, to, &place, payload, len, now_us);
}

/* --- sounds and ring-back --- */

static void ended(struct rd_worker *w, struct rd_source *s)
{
	struct rd_note note = { .kind = RD_MEDIA_PLAYED,
				.leg = s->to->id,
				.duration_ms = s->serial };

	s->kind = RD_SOURCE_SILENCE;
	rd_worker_note(w, &note);
}

/* The next frame; false at the end of a sound. */
static bool make(struct rd_source *s, int16_t *pcm, size_t n)
{
	if (s->kind == RD_SOURCE_SOUND)
		return rd_sound_read(s->sound, &s->sound_at, pcm, n,
				     s->is_repeated);
	if (s->frame == 0)
		rd_tone_init(&s->tone, RING_RATE_HZ, RING_HZ, RING_DB);
	if (s->frame < RING_ON_FRAMES)
		rd_tone_make(&s->tone, pcm, n);
	else
		memset(pcm, 0, n * sizeof(pcm[0]));
	s->frame = (s->frame + 1) % RING_FRAMES;
	return true;
}

static uint64_t clocked_due(struct rd_worker *w, struct rd_source *s,
			    uint64_t now_us)
{
	int16_t pcm[RD_FRAME_SAMPLES_MAX];
	size_t n = s->rate_hz / 50;

	if (!rd_leg_can_send(s->to)) {
		s->next_us = now_us; /* it begins when it can be heard */
		return UINT64_MAX;
	}
	if (now_us > s->next_us + BEHIND_FRAMES * RD_FRAME_US)
		s->next_us = now_us;
	while (s->next_us <= now_us) {
		if (!make(s, pcm, n)) {
			ended(w, s);
			return UINT64_MAX;
		}
		rd_source_encode(w, s, pcm, NULL, now_us);
		s->next_us += RD_FRAME_US;
	}
	return s->next_us;
}

uint64_t rd_source_due(struct rd_worker *w, struct rd_source *s,
		       uint64_t now_us)
{
	if (s->kind == RD_SOURCE_SOUND || s->kind == RD_SOURCE_RINGBACK)
		return clocked_due(w, s, now_us);
	if (s->decoder)
		return rd_bridge_due(w, s, now_us);
	return UINT64_MAX;
}

/* --- silence --- */

static void send_silence(struct rd_worker *w, struct rd_media_leg *leg,
			 uint64_t now_us)
{
	uint8_t bytes[RD_RTP_HEADER + RD_SILENCE_BYTES + RD_SRTP_TRAILER_MAX];
	const struct rd_silence *silence = &w->silences[leg->codec->id];
	struct rd_rtp_place place;

	rd_rtp_send_next(&leg->out, leg->codec->clock_hz / 50, now_us, &place);
	place.payload_type = leg->payload_type;
	memcpy(bytes + RD_RTP_HEADER, silence->bytes, silence->len);
	rd_leg_send(w, leg, &place, bytes + RD_RTP_HEADER, silence->len,
		    now_us);
}

static bool is_clocked(const struct rd_source *s)
{
	return s &&
	       (s->kind == RD_SOURCE_SOUND || s->kind == RD_SOURCE_RINGBACK);
}

uint64_t rd_source_fill(struct rd_worker *w, struct rd_media_leg *leg,
			uint64_t now_us)
{
	uint64_t patience_us = leg->patience_us;

	if (!rd_leg_can_send(leg) || is_clocked(leg->source))
		return UINT64_MAX;
	if (!leg->source || leg->source->kind == RD_SOURCE_SILENCE)
		patience_us = RD_FRAME_US;
	if (!leg->is_filling) {
		if (now_us < leg->last_out_us + patience_us)
			return leg->last_out_us + patience_us;
		leg->fill_us = leg->last_out_us + RD_FRAME_US;
	}
	if (now_us > leg->fill_us + SILENCES_AT_ONCE * RD_FRAME_US)
		leg->fill_us = now_us;
	while (leg->fill_us <= now_us) {
		send_silence(w, leg, now_us);
		leg->fill_us += RD_FRAME_US;
	}
	leg->is_filling = true;
	return leg->fill_us;
}
