/* dsp/g711.c - PCMU and PCMA (ITU-T G.711) by tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdalign.h>

#include "dsp/codec.h"
#include "dsp/conceal.h"

enum {
	RATE_HZ = 8000,
	FRAME = RATE_HZ / 1000 * RD_FRAME_MS,
	PAYLOAD_MAX = RATE_HZ / 1000 * RD_PACKET_MS,
	MU_BIAS = 0x84,
	MU_CLIP = 0x7fff - MU_BIAS,
};

/* The tables are written by the preprocessor out of the definition. */
#define ROW4(f, i) f(i), f((i) + 1), f((i) + 2), f((i) + 3)
#define ROW16(f, i)                                                            \
	ROW4(f, i), ROW4(f, (i) + 4), ROW4(f, (i) + 8), ROW4(f, (i) + 12)
#define ROW64(f, i)                                                            \
	ROW16(f, i), ROW16(f, (i) + 16), ROW16(f, (i) + 32), ROW16(f, (i) + 48)
#define TABLE256(f)                                                            \
	{                                                                      \
		ROW64(f, 0), ROW64(f, 64), ROW64(f, 128), ROW64(f, 192)        \
	}

/* A code word is sign, segment, step: all bits inverted for mu, every second
 * one for A.  The value is the middle of its interval. */
#define STEP(c)     ((c)&15)
#define SEGMENT(c)  ((c) >> 4 & 7)
#define MU_SIZE(c)  (((STEP(c) << 3) + MU_BIAS) * (1 << SEGMENT(c)) - MU_BIAS)
#define MU_VALUE(c) ((c)&0x80 ? MU_SIZE((c) ^ 0xff) : -MU_SIZE((c) ^ 0xff))
#define A_SIZE(c)                                                              \
	(SEGMENT(c) ? ((STEP(c) << 4) + 0x108) * (1 << SEGMENT(c) >> 1)        \
		    : (STEP(c) << 4) + 8)
#define A_VALUE(c) ((c)&0x80 ? A_SIZE((c) ^ 0x55) : -A_SIZE((c) ^ 0x55))
/* The highest bit of i; 0 also for nothing. */
#define LOG2(i)                                                                \
	((i) >= 128  ? 7                                                       \
	 : (i) >= 64 ? 6                                                       \
	 : (i) >= 32 ? 5                                                       \
	 : (i) >= 16 ? 4                                                       \
	 : (i) >= 8  ? 3                                                       \
	 : (i) >= 4  ? 2                                                       \
	 : (i) >= 2  ? 1                                                       \
		     : 0)

static const int16_t mu_values[256] = TABLE256(MU_VALUE);
static const int16_t a_values[256] = TABLE256(A_VALUE);
static const uint8_t log2s[256] = TABLE256(LOG2);

struct decoder {
	struct rd_decoder base;
	alignas(max_align_t) uint8_t conceal[]; /* struct rd_conceal */
};

static uint8_t mu_code(int sample)
{
	int sign = sample < 0 ? 0x80 : 0;
	int size = sample < 0 ? -sample : sample;
	int segment;

	size = (size > MU_CLIP ? MU_CLIP : size) + MU_BIAS;
	segment = log2s[size >> 7];
	return (uint8_t) ~(sign | segment << 4 | (size >> (segment + 3) & 15));
}

static uint8_t a_code(int sample)
{
	int sign = sample < 0 ? 0 : 0x80;
	int size = sample < 0 ? -sample - 1 : sample;
	int segment = log2s[size >> 7];
	int shift = segment ? segment + 3 : 4;

	return (uint8_t)((sign | segment << 4 | (size >> shift & 15)) ^ 0x55);
}

static enum rd_err open_encoder(struct rd_encoder **out,
				const struct rd_codec *codec)
{
	struct rd_encoder *e = rd_zalloc(sizeof(*e));

	if (!e)
		return RD_E_NOMEM;
	e->codec = codec;
	e->rate_hz = RATE_HZ;
	*out = e;
	return RD_OK;
}

static enum rd_err mu_encoder_open(struct rd_encoder **out,
				   const struct rd_encoder_config *cfg)
{
	(void)cfg;
	return open_encoder(out, &rd_codec_pcmu);
}

static enum rd_err a_encoder_open(struct rd_encoder **out,
				  const struct rd_encoder_config *cfg)
{
	(void)cfg;
	return open_encoder(out, &rd_codec_pcma);
}

static void encoder_close(struct rd_encoder *e)
{
	rd_free(e);
}

static enum rd_err mu_encode(struct rd_encoder *e, const int16_t *pcm,
			     uint8_t *out, size_t size, size_t *len)
{
	(void)e;
	*len = 0;
	if (size < FRAME)
		return RD_E_SIZE;
	for (size_t i = 0; i < FRAME; i++)
		out[i] = mu_code(pcm[i]);
	*len = FRAME;
	return RD_OK;
}

static enum rd_err a_encode(struct rd_encoder *e, const int16_t *pcm,
			    uint8_t *out, size_t size, size_t *len)
{
	(void)e;
	*len = 0;
	if (size < FRAME)
		return RD_E_SIZE;
	for (size_t i = 0; i < FRAME; i++)
		out[i] = a_code(pcm[i]);
	*len = FRAME;
	return RD_OK;
}

static size_t encoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz;
	return sizeof(struct rd_encoder);
}

static size_t decoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz;
	return sizeof(struct decoder) + rd_conceal_bytes();
}

static struct rd_conceal *conceal_of(struct rd_decoder *d)
{
	struct decoder *g = rd_container(d, struct decoder, base);

	return (struct rd_conceal *)(void *)g->conceal;
}

static enum rd_err open_decoder(struct rd_decoder **out,
				const struct rd_codec *codec)
{
	struct decoder *g = rd_zalloc(decoder_bytes(RATE_HZ));

	if (!g)
		return RD_E_NOMEM;
	g->base.codec = codec;
	g->base.rate_hz = RATE_HZ;
	rd_conceal_init(conceal_of(&g->base));
	*out = &g->base;
	return RD_OK;
}

static enum rd_err mu_decoder_open(struct rd_decoder **out, uint32_t rate_hz)
{
	(void)rate_hz;
	return open_decoder(out, &rd_codec_pcmu);
}

static enum rd_err a_decoder_open(struct rd_decoder **out, uint32_t rate_hz)
{
	(void)rate_hz;
	return open_decoder(out, &rd_codec_pcma);
}

static void decoder_close(struct rd_decoder *d)
{
	rd_free(rd_container(d, struct decoder, base));
}

static enum rd_err decode(struct rd_decoder *d, struct rd_span payload,
			  int16_t *pcm, size_t room, size_t *samples)
{
	const int16_t *values =
		d->codec == &rd_codec_pcmu ? mu_values : a_values;

	rd_assert(payload.len <= room); /* rd_decoder_decode has looked */
	for (size_t i = 0; i < payload.len; i++)
		pcm[i] = values[payload.at[i]];
	rd_conceal_good(conceal_of(d), pcm, payload.len);
	*samples = payload.len;
	return RD_OK;
}

static enum rd_err conceal(struct rd_decoder *d, struct rd_span next,
			   int16_t *pcm, size_t samples)
{
	(void)next;
	rd_conceal_fill(conceal_of(d), pcm, samples);
	return RD_OK;
}

static enum rd_err duration(struct rd_span payload, uint32_t *ts)
{
	*ts = (uint32_t)payload.len;
	return payload.len > 0 && payload.len <= PAYLOAD_MAX ? RD_OK
							     : RD_E_FORMAT;
}

const struct rd_codec rd_codec_pcmu = {
	.id = RD_CODEC_PCMU,
	.name = "PCMU",
	.clock_hz = RATE_HZ,
	.payload_type = 0,
	.channels = 1,
	.rates_hz = { RATE_HZ },
	.encoder_open = mu_encoder_open,
	.encoder_close = encoder_close,
	.encode = mu_encode,
	.decoder_open = mu_decoder_open,
	.decoder_close = decoder_close,
	.decode = decode,
	.conceal = conceal,
	.duration = duration,
	.encoder_bytes = encoder_bytes,
	.decoder_bytes = decoder_bytes,
};

const struct rd_codec rd_codec_pcma = {
	.id = RD_CODEC_PCMA,
	.name = "PCMA",
	.clock_hz = RATE_HZ,
	.payload_type = 8,
	.channels = 1,
	.rates_hz = { RATE_HZ },
	.encoder_open = a_encoder_open,
	.encoder_close = encoder_close,
	.encode = a_encode,
	.decoder_open = a_decoder_open,
	.decoder_close = decoder_close,
	.decode = decode,
	.conceal = conceal,
	.duration = duration,
	.encoder_bytes = encoder_bytes,
	.decoder_bytes = decoder_bytes,
};
