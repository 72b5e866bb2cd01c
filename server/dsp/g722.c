/* dsp/g722.c - G.722 at 64 kbit/s by spandsp, for 16 or 8 kHz samples.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdalign.h>
#include <stdint.h>

#include <spandsp/telephony.h>

#include <spandsp/g722.h>
#include <spandsp/private/g722.h> /* its size, for our allocator */

#include "dsp/codec.h"
#include "dsp/conceal.h"

enum {
	CLOCK_HZ = 8000, /* RFC 3551 4.5.2: an error of old, kept */
	WIDE_HZ = 16000,
	BITRATE = 64000,
	FRAME_BYTES = BITRATE / 8 / 1000 * RD_FRAME_MS,
	PAYLOAD_MAX = BITRATE / 8 / 1000 * RD_PACKET_MS,
	FILTER_US = 1375, /* both band filters: 22 samples at 16 kHz */
};

struct encoder {
	struct rd_encoder base;
	g722_encode_state_t state;
};

struct decoder {
	struct rd_decoder base;
	g722_decode_state_t state;
	alignas(max_align_t) uint8_t conceal[]; /* struct rd_conceal */
};

static int options(uint32_t rate_hz)
{
	return rate_hz == WIDE_HZ ? 0 : G722_SAMPLE_RATE_8000;
}

static enum rd_err encoder_open(struct rd_encoder **out,
				const struct rd_encoder_config *cfg)
{
	struct encoder *g = rd_zalloc(sizeof(*g));

	if (!g)
		return RD_E_NOMEM;
	g->base.codec = &rd_codec_g722;
	g->base.rate_hz = cfg->rate_hz;
	/* Fails only where it must allocate. */
	(void)g722_encode_init(&g->state, BITRATE, options(cfg->rate_hz));
	*out = &g->base;
	return RD_OK;
}

static void encoder_close(struct rd_encoder *e)
{
	rd_free(rd_container(e, struct encoder, base));
}

static enum rd_err encode(struct rd_encoder *e, const int16_t *pcm,
			  uint8_t *out, size_t size, size_t *len)
{
	struct encoder *g = rd_container(e, struct encoder, base);

	*len = 0;
	if (size < FRAME_BYTES)
		return RD_E_SIZE;
	*len = (size_t)g722_encode(&g->state, out, pcm,
				   (int)(e->rate_hz / 1000 * RD_FRAME_MS));
	return RD_OK;
}

static size_t encoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz;
	return sizeof(struct encoder);
}

static size_t decoder_bytes(uint32_t rate_hz)
{
	(void)rate_hz;
	return sizeof(struct decoder) + rd_conceal_bytes();
}

static uint32_t lookahead_us(struct rd_encoder *e)
{
	return e->rate_hz == WIDE_HZ ? FILTER_US : 0;
}

static struct rd_conceal *conceal_of(struct decoder *g)
{
	return (struct rd_conceal *)(void *)g->conceal;
}

static enum rd_err decoder_open(struct rd_decoder **out, uint32_t rate_hz)
{
	struct decoder *g = rd_zalloc(decoder_bytes(rate_hz));

	if (!g)
		return RD_E_NOMEM;
	g->base.codec = &rd_codec_g722;
	g->base.rate_hz = rate_hz;
	(void)g722_decode_init(&g->state, BITRATE, options(rate_hz));
	rd_conceal_init(conceal_of(g));
	*out = &g->base;
	return RD_OK;
}

static void decoder_close(struct rd_decoder *d)
{
	rd_free(rd_container(d, struct decoder, base));
}

static enum rd_err decode(struct rd_decoder *d, struct rd_span payload,
			  int16_t *pcm, size_t room, size_t *samples)
{
	struct decoder *g = rd_container(d, struct decoder, base);

	rd_assert(payload.len * (d->rate_hz / CLOCK_HZ) <= room);
	*samples = (size_t)g722_decode(&g->state, pcm, payload.at,
				       (int)payload.len);
	rd_conceal_good(conceal_of(g), pcm, *samples);
	return RD_OK;
}

static enum rd_err conceal(struct rd_decoder *d, struct rd_span next,
			   int16_t *pcm, size_t samples)
{
	(void)next;
	rd_conceal_fill(conceal_of(rd_container(d, struct decoder, base)), pcm,
			samples);
	return RD_OK;
}

static enum rd_err duration(struct rd_span payload, uint32_t *ts)
{
	*ts = (uint32_t)payload.len;
	return payload.len > 0 && payload.len <= PAYLOAD_MAX ? RD_OK
							     : RD_E_FORMAT;
}

const struct rd_codec rd_codec_g722 = {
	.id = RD_CODEC_G722,
	.name = "G722",
	.clock_hz = CLOCK_HZ,
	.payload_type = 9,
	.channels = 1,
	.rates_hz = { 8000, WIDE_HZ },
	.encoder_open = encoder_open,
	.encoder_close = encoder_close,
	.encode = encode,
	.decoder_open = decoder_open,
	.decoder_close = decoder_close,
	.decode = decode,
	.conceal = conceal,
	.duration = duration,
	.encoder_bytes = encoder_bytes,
	.decoder_bytes = decoder_bytes,
	.lookahead_us = lookahead_us,
};
