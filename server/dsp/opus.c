/* dsp/opus.c - Opus by libopus, each packet checked before it sees it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/opus.h"

#include <stdalign.h>

#include <opus.h>

#include "dsp/codec.h"

enum {
	CLOCK_HZ = 48000,
	FRAMES_MAX = 48,         /* RFC 6716 3.2.5 */
	DURATION_MAX_TS = 5760,  /* RFC 6716 3.4, rule 5: 120 ms */
	DEFAULT_BITRATE = 24000, /* design.md 9: speech, one channel */
};

struct encoder {
	struct rd_encoder base;
	alignas(max_align_t) uint8_t state[];
};

struct decoder {
	struct rd_decoder base;
	alignas(max_align_t) uint8_t state[];
};

/* ---- the packet, RFC 6716 3 ---- */

/* RFC 6716 3.1, table 2. */
static void parse_toc(struct rd_opus_packet *p, uint8_t toc)
{
	static const uint16_t silk_ts[] = { 480, 960, 1920, 2880 };
	static const uint32_t silk_hz[] = { 4000, 6000, 8000 };
	static const uint32_t celt_hz[] = { 4000, 8000, 12000, 20000 };
	unsigned config = toc >> 3;

	p->is_stereo = toc & 4;
	if (config < 12) {
		p->mode = RD_OPUS_SILK;
		p->bandwidth_hz = silk_hz[config / 4];
		p->frame_ts = silk_ts[config % 4];
	} else if (config < 16) {
		p->mode = RD_OPUS_HYBRID;
		p->bandwidth_hz = config < 14 ? 12000 : 20000;
		p->frame_ts = config & 1 ? 960 : 480;
	} else {
		p->mode = RD_OPUS_CELT;
		p->bandwidth_hz = celt_hz[(config - 16) / 4];
		p->frame_ts = (uint16_t)(120U << config % 4);
	}
}

/* One or two bytes of length, RFC 6716 3.2.1. */
static size_t read_length(struct rd_reader *r)
{
	size_t first = rd_read_u8(r);

	return first < 252 ? first : first + 4U * rd_read_u8(r);
}

/* Code 3, RFC 6716 3.2.5: any number of frames, perhaps padded. */
static bool parse_many(struct rd_opus_packet *p, struct rd_reader *r,
		       size_t *largest)
{
	uint8_t head = rd_read_u8(r);
	size_t padding = 0;
	size_t left;
	uint8_t more = head & 0x40 ? 255 : 0;

	p->frames = head & 0x3f;
	while (more == 255 && !r->failed) {
		more = rd_read_u8(r);
		padding += more == 255 ? 254 : more;
	}
	if (p->frames == 0 || padding > rd_reader_left(r))
		return false;
	r->end -= padding;
	if (!(head & 0x80)) {
		left = rd_reader_left(r);
		*largest = left / p->frames;
		return !r->failed && left % p->frames == 0;
	}
	left = 0;
	for (unsigned i = 1; i < p->frames; i++) {
		size_t len = read_length(r);

		left += len;
		*largest = len > *largest ? len : *largest;
	}
	if (r->failed || left > rd_reader_left(r))
		return false;
	left = rd_reader_left(r) - left;
	*largest = left > *largest ? left : *largest;
	return true;
}

static bool parse_frames(struct rd_opus_packet *p, unsigned code,
			 struct rd_reader *r, size_t *largest)
{
	size_t len, left;

	if (code == 3)
		return parse_many(p, r, largest);
	p->frames = code == 0 ? 1 : 2;
	if (code == 2) {
		len = read_length(r);
		if (r->failed || len > rd_reader_left(r))
			return false;
		left = rd_reader_left(r) - len;
		*largest = len > left ? len : left;
		return true;
	}
	left = rd_reader_left(r);
	*largest = left / p->frames;
	return left % p->frames == 0;
}

enum rd_err rd_opus_packet_parse(struct rd_opus_packet *out,
				 struct rd_span payload)
{
	struct rd_reader r = rd_reader(payload);
	uint8_t toc = rd_read_u8(&r);
	size_t largest = 0;

	*out = (struct rd_opus_packet){ 0 };
	if (r.failed)
		return RD_E_FORMAT;
	parse_toc(out, toc);
	if (!parse_frames(out, toc & 3, &r, &largest) ||
	    out->frames > FRAMES_MAX || largest > RD_FRAME_BYTES_MAX)
		return RD_E_FORMAT;
	out->duration_ts = (uint32_t)out->frames * out->frame_ts;
	out->is_silent = largest <= 1;
	return out->duration_ts <= DURATION_MAX_TS ? RD_OK : RD_E_FORMAT;
}

struct rd_span rd_opus_silence(void)
{
	static const uint8_t silence[] = { 0xf8, 0xff, 0xfe };

	return rd_span(silence, sizeof(silence));
}

static enum rd_err duration(struct rd_span payload, uint32_t *ts)
{
	struct rd_opus_packet p;
	enum rd_err err = rd_opus_packet_parse(&p, payload);

	*ts = err ? 0 : p.duration_ts;
	return err;
}

/* ---- encoder ---- */

static OpusEncoder *encoder_state(struct rd_encoder *e)
{
	struct encoder *o = rd_container(e, struct encoder, base);

	return (OpusEncoder *)(void *)o->state;
}

static void tune(struct rd_encoder *e, const struct rd_encoder_config *cfg)
{
	OpusEncoder *s = encoder_state(e);
	opus_int32 bitrate =
		cfg->bitrate ? (opus_int32)cfg->bitrate : DEFAULT_BITRATE;

	/* Out of range values are refused by libopus and change nothing. */
	(void)opus_encoder_ctl(s, OPUS_SET_BITRATE(bitrate));
	(void)opus_encoder_ctl(s, OPUS_SET_COMPLEXITY(cfg->complexity));
	(void)opus_encoder_ctl(s, OPUS_SET_INBAND_FEC(cfg->has_fec));
	(void)opus_encoder_ctl(s, OPUS_SET_PACKET_LOSS_PERC(cfg->loss_percent));
	(void)opus_encoder_ctl(s, OPUS_SET_DTX(cfg->has_dtx));
}

static enum rd_err encoder_open(struct rd_encoder **out,
				const struct rd_encoder_config *cfg)
{
	size_t state_bytes = (size_t)opus_encoder_get_size(1);
	struct encoder *o = rd_zalloc(sizeof(*o) + state_bytes);

	if (!o)
		return RD_E_NOMEM;
	o->base.codec = &rd_codec_opus;
	o->base.rate_hz = cfg->rate_hz;
	if (opus_encoder_init(encoder_state(&o->base), (opus_int32)cfg->rate_hz,
			      1, OPUS_APPLICATION_VOIP) != OPUS_OK) {
		rd_free(o);
		return RD_E_INTERNAL;
	}
	(void)opus_encoder_ctl(encoder_state(&o->base),
			       OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	tune(&o->base, cfg);
	*out = &o->base;
	return RD_OK;
}

static void encoder_close(struct rd_encoder *e)
{
	rd_free(rd_container(e, struct encoder, base));
}

static enum rd_err encode(struct rd_encoder *e, const int16_t *pcm,
			  uint8_t *out, size_t size, size_t *len)
{
	int samples = (int)(e->rate_hz / 1000 * RD_FRAME_MS);
	opus_int32 room = (opus_int32)rd_min_size(size, RD_FRAME_BYTES_MAX);
	opus_int32 n = opus_encode(encoder_state(e), pcm, samples, out, room);

	*len = n > 0 ? (size_t)n : 0;
	if (n == OPUS_BUFFER_TOO_SMALL || n == OPUS_BAD_ARG)
		return RD_E_SIZE;
	return n > 0 ? RD_OK : RD_E_INTERNAL;
}

static size_t encoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz; /* libopus makes room for the highest */
	return sizeof(struct encoder) + (size_t)opus_encoder_get_size(1);
}

static uint32_t lookahead_us(struct rd_encoder *e)
{
	opus_int32 samples = 0;

	(void)opus_encoder_ctl(encoder_state(e), OPUS_GET_LOOKAHEAD(&samples));
	return (uint32_t)((uint64_t)samples * 1000000 / e->rate_hz);
}

/* ---- decoder ---- */

static OpusDecoder *decoder_state(struct rd_decoder *d)
{
	struct decoder *o = rd_container(d, struct decoder, base);

	return (OpusDecoder *)(void *)o->state;
}

static enum rd_err decoder_open(struct rd_decoder **out, uint32_t rate_hz)
{
	size_t state_bytes = (size_t)opus_decoder_get_size(1);
	struct decoder *o = rd_zalloc(sizeof(*o) + state_bytes);

	if (!o)
		return RD_E_NOMEM;
	o->base.codec = &rd_codec_opus;
	o->base.rate_hz = rate_hz;
	if (opus_decoder_init(decoder_state(&o->base), (opus_int32)rate_hz,
			      1) != OPUS_OK) {
		rd_free(o);
		return RD_E_INTERNAL;
	}
	*out = &o->base;
	return RD_OK;
}

static void decoder_close(struct rd_decoder *d)
{
	rd_free(rd_container(d, struct decoder, base));
}

static enum rd_err decode(struct rd_decoder *d, struct rd_span payload,
			  int16_t *pcm, size_t room, size_t *samples)
{
	int most = (int)rd_min_size(room, RD_PACKET_SAMPLES_MAX);
	int n = opus_decode(decoder_state(d), payload.at,
			    (opus_int32)payload.len, pcm, most, 0);

	*samples = n > 0 ? (size_t)n : 0;
	return n > 0 ? RD_OK : RD_E_FORMAT;
}

static enum rd_err conceal(struct rd_decoder *d, struct rd_span next,
			   int16_t *pcm, size_t samples)
{
	struct rd_opus_packet p;
	int n;

	/* CELT has no FEC: what libopus would do is what it does without. */
	if (rd_opus_packet_parse(&p, next) || p.mode == RD_OPUS_CELT)
		next = RD_SPAN_NONE;
	n = opus_decode(decoder_state(d), next.at, (opus_int32)next.len, pcm,
			(int)samples, next.len ? 1 : 0);
	return n == (int)samples ? RD_OK : RD_E_INTERNAL;
}

static size_t decoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz;
	return sizeof(struct decoder) + (size_t)opus_decoder_get_size(1);
}

const struct rd_codec rd_codec_opus = {
	.id = RD_CODEC_OPUS,
	.name = "opus",
	.clock_hz = CLOCK_HZ, /* RFC 7587 4.1, whatever the sample rate */
	.payload_type = -1,
	.channels = 2,
	.rates_hz = { 8000, 16000, 48000 },
	.encoder_open = encoder_open,
	.encoder_close = encoder_close,
	.encode = encode,
	.decoder_open = decoder_open,
	.decoder_close = decoder_close,
	.decode = decode,
	.conceal = conceal,
	.duration = duration,
	.tune = tune,
	.encoder_bytes = encoder_bytes,
	.decoder_bytes = decoder_bytes,
	.lookahead_us = lookahead_us,
};
