/* dsp/codec.h - the audio codecs: one table of functions each, mono, int16.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything works at the leg's own sample rate (design.md 4): Opus at 8, 16
 * or 48 kHz, G.722 at 8 or 16, G.711 at 8.  encode, decode and conceal do not
 * allocate, lock or log.  Owner: whoever opened it.  Thread: the owner's, one
 * at a time; struct rd_codec is constant and anybody's.
 */
#pragma once
#include "base/base.h"

enum rd_codec_id {
	RD_CODEC_OPUS,
	RD_CODEC_G722,
	RD_CODEC_PCMU,
	RD_CODEC_PCMA,
	RD_CODEC_COUNT
};

enum {
	RD_FRAME_MS = 20,           /* what encoders take */
	RD_PACKET_MS = 120,         /* longest packet taken, RFC 7587 4.2 */
	RD_RATE_HZ_MAX = 48000,     /* highest sample rate */
	RD_FRAME_SAMPLES_MAX = 960, /* RD_FRAME_MS at RD_RATE_HZ_MAX */
	RD_PACKET_SAMPLES_MAX = 5760,
	RD_FRAME_BYTES_MAX = 1275, /* RFC 6716 3.2.1; the most encode writes */
};

struct rd_encoder_config {
	uint32_t rate_hz; /* of the samples; one of the codec's */

	/* Opus only; the others ignore them. */
	uint32_t bitrate;     /* bits a second, 6000..510000; 0: 24000 */
	uint8_t complexity;   /* 0..10, 10 the dearest */
	uint8_t loss_percent; /* 0..100 expected at the receiver, for FEC */
	bool has_fec;         /* in-band FEC, RFC 6716 2.1.7 */
	bool has_dtx;         /* silence in one frame of twenty */
};

struct rd_encoder;
struct rd_decoder;

struct rd_codec {
	enum rd_codec_id id;
	const char *name;  /* as in a=rtpmap: "opus", "G722", "PCMU", "PCMA" */
	uint32_t clock_hz; /* of RTP timestamps; G.722: 8000, RFC 3551 4.5.2 */
	int payload_type;  /* static one of RFC 3551 6; -1: dynamic */
	uint8_t channels;  /* in a=rtpmap: Opus says 2, RFC 7587 7 */
	uint32_t rates_hz[4]; /* sample rates, ended by 0 */

	enum rd_err (*encoder_open)(struct rd_encoder **out,
				    const struct rd_encoder_config *cfg);
	void (*encoder_close)(struct rd_encoder *e);
	enum rd_err (*encode)(struct rd_encoder *e, const int16_t *pcm,
			      uint8_t *out, size_t size, size_t *len);
	enum rd_err (*decoder_open)(struct rd_decoder **out, uint32_t rate_hz);
	void (*decoder_close)(struct rd_decoder *d);
	enum rd_err (*decode)(struct rd_decoder *d, struct rd_span payload,
			      int16_t *pcm, size_t room, size_t *samples);
	enum rd_err (*conceal)(struct rd_decoder *d, struct rd_span next,
			       int16_t *pcm, size_t samples);
	enum rd_err (*duration)(struct rd_span payload, uint32_t *ts);
	void (*tune)(struct rd_encoder *e, const struct rd_encoder_config *cfg);
	size_t (*encoder_bytes)(uint32_t rate_hz);
	size_t (*decoder_bytes)(uint32_t rate_hz);
	uint32_t (*lookahead_us)(struct rd_encoder *e);
};

/* Every encoder and decoder begins with these. */
struct rd_encoder {
	const struct rd_codec *codec;
	uint32_t rate_hz;
};
struct rd_decoder {
	const struct rd_codec *codec;
	uint32_t rate_hz;
};

extern const struct rd_codec rd_codec_opus;
extern const struct rd_codec rd_codec_g722;
extern const struct rd_codec rd_codec_pcmu;
extern const struct rd_codec rd_codec_pcma;

const struct rd_codec *rd_codec_get(enum rd_codec_id id);
/* By the encoding name of an rtpmap, in any case; NULL if we have none. */
const struct rd_codec *rd_codec_find(struct rd_span name);
/* By static payload type; NULL if we have none. */
const struct rd_codec *rd_codec_find_static(unsigned payload_type);
bool rd_codec_has_rate(const struct rd_codec *c, uint32_t rate_hz);
/* The codec's highest sample rate that is not above most_hz, else its lowest.
 */
uint32_t rd_codec_rate_up_to(const struct rd_codec *c, uint32_t most_hz);
/* The highest sample rate at which both work; 0 if there is none. */
uint32_t rd_codec_common_rate_hz(const struct rd_codec *a,
				 const struct rd_codec *b);
/* How long a payload plays, in ticks of the codec's clock, without decoding
 * it.  RD_E_FORMAT: not a payload of this codec, or over RD_PACKET_MS. */
RD_MUST_USE enum rd_err rd_codec_duration_ts(const struct rd_codec *c,
					     struct rd_span payload,
					     uint32_t *ts);
/* Memory that one of them takes, for sizing pools and for metrics. */
size_t rd_codec_encoder_bytes(const struct rd_codec *c, uint32_t rate_hz);
size_t rd_codec_decoder_bytes(const struct rd_codec *c, uint32_t rate_hz);

/* RD_E_UNSUPPORTED: rate_hz is not one of the codec's.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_encoder_open(struct rd_encoder **out,
					const struct rd_codec *c,
					const struct rd_encoder_config *cfg);
void rd_encoder_close(struct rd_encoder *e); /* NULL is fine */
/* One frame of RD_FRAME_MS, that is rate_hz / 50 samples, to a payload.
 * RD_E_SIZE: it does not fit into size bytes (RD_FRAME_BYTES_MAX always do). */
RD_MUST_USE enum rd_err rd_encoder_encode(struct rd_encoder *e,
					  const int16_t *pcm, uint8_t *out,
					  size_t size, size_t *len);
/* Complexity, bit rate, FEC, loss and DTX anew, from the next frame on;
 * cfg->rate_hz is ignored.  Does nothing for the codecs without them. */
void rd_encoder_tune(struct rd_encoder *e, const struct rd_encoder_config *cfg);
/* How much later a sample comes out of a decoder than it went in here. */
uint32_t rd_encoder_lookahead_us(struct rd_encoder *e);

RD_MUST_USE enum rd_err rd_decoder_open(struct rd_decoder **out,
					const struct rd_codec *c,
					uint32_t rate_hz);
void rd_decoder_close(struct rd_decoder *d); /* NULL is fine */
/* One whole payload to *samples samples.  The payload is checked first; after
 * RD_E_FORMAT (broken) or RD_E_SIZE (room is too small) the decoder is as if
 * it had not seen it: call conceal instead. */
RD_MUST_USE enum rd_err rd_decoder_decode(struct rd_decoder *d,
					  struct rd_span payload, int16_t *pcm,
					  size_t room, size_t *samples);
/* Fills in `samples` lost samples (a multiple of 2.5 ms, 1..RD_PACKET_MS).
 * next is the payload after the gap, RD_SPAN_NONE if it has not come: Opus
 * takes the last lost frame from its FEC if it is there (RFC 6716 2.1.7);
 * next must still be decoded afterwards. */
RD_MUST_USE enum rd_err rd_decoder_conceal(struct rd_decoder *d,
					   struct rd_span next, int16_t *pcm,
					   size_t samples);
