/* dsp/codec.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/codec.h"

#include "base/text.h"

static const struct rd_codec *const codecs[RD_CODEC_COUNT] = {
	[RD_CODEC_OPUS] = &rd_codec_opus,
	[RD_CODEC_G722] = &rd_codec_g722,
	[RD_CODEC_PCMU] = &rd_codec_pcmu,
	[RD_CODEC_PCMA] = &rd_codec_pcma,
};

const struct rd_codec *rd_codec_get(enum rd_codec_id id)
{
	rd_assert((unsigned)id < RD_CODEC_COUNT);
	return codecs[id];
}

const struct rd_codec *rd_codec_find(struct rd_span name)
{
	for (size_t i = 0; i < RD_COUNT(codecs); i++)
		if (rd_text_equal_nocase(name, codecs[i]->name))
			return codecs[i];
	return NULL;
}

const struct rd_codec *rd_codec_find_static(unsigned payload_type)
{
	for (size_t i = 0; i < RD_COUNT(codecs); i++)
		if (codecs[i]->payload_type == (int)payload_type)
			return codecs[i];
	return NULL;
}

bool rd_codec_has_rate(const struct rd_codec *c, uint32_t rate_hz)
{
	for (size_t i = 0; c->rates_hz[i]; i++)
		if (c->rates_hz[i] == rate_hz)
			return true;
	return false;
}

uint32_t rd_codec_rate_up_to(const struct rd_codec *c, uint32_t most_hz)
{
	uint32_t rate_hz = c->rates_hz[0];

	for (size_t i = 0; c->rates_hz[i]; i++) /* in rising order */
		if (c->rates_hz[i] <= most_hz)
			rate_hz = c->rates_hz[i];
	return rate_hz;
}

uint32_t rd_codec_common_rate_hz(const struct rd_codec *a,
				 const struct rd_codec *b)
{
	uint32_t best_hz = 0;

	for (size_t i = 0; a->rates_hz[i]; i++)
		if (a->rates_hz[i] > best_hz &&
		    rd_codec_has_rate(b, a->rates_hz[i]))
			best_hz = a->rates_hz[i];
	return best_hz;
}

enum rd_err rd_codec_duration_ts(const struct rd_codec *c,
				 struct rd_span payload, uint32_t *ts)
{
	return c->duration(payload, ts);
}

size_t rd_codec_encoder_bytes(const struct rd_codec *c, uint32_t rate_hz)
{
	return c->encoder_bytes(rate_hz);
}

size_t rd_codec_decoder_bytes(const struct rd_codec *c, uint32_t rate_hz)
{
	return c->decoder_bytes(rate_hz);
}

enum rd_err rd_encoder_open(struct rd_encoder **out, const struct rd_codec *c,
			    const struct rd_encoder_config *cfg)
{
	*out = NULL;
	if (!rd_codec_has_rate(c, cfg->rate_hz))
		return RD_E_UNSUPPORTED;
	return c->encoder_open(out, cfg);
}

void rd_encoder_close(struct rd_encoder *e)
{
	if (e)
		e->codec->encoder_close(e);
}

enum rd_err rd_encoder_encode(struct rd_encoder *e, const int16_t *pcm,
			      uint8_t *out, size_t size, size_t *len)
{
	return e->codec->encode(e, pcm, out, size, len);
}

void rd_encoder_tune(struct rd_encoder *e, const struct rd_encoder_config *cfg)
{
	if (e->codec->tune)
		e->codec->tune(e, cfg);
}

uint32_t rd_encoder_lookahead_us(struct rd_encoder *e)
{
	return e->codec->lookahead_us ? e->codec->lookahead_us(e) : 0;
}

enum rd_err rd_decoder_open(struct rd_decoder **out, const struct rd_codec *c,
			    uint32_t rate_hz)
{
	*out = NULL;
	if (!rd_codec_has_rate(c, rate_hz))
		return RD_E_UNSUPPORTED;
	return c->decoder_open(out, rate_hz);
}

void rd_decoder_close(struct rd_decoder *d)
{
	if (d)
		d->codec->decoder_close(d);
}

enum rd_err rd_decoder_decode(struct rd_decoder *d, struct rd_span payload,
			      int16_t *pcm, size_t room, size_t *samples)
{
	const struct rd_codec *c = d->codec;
	enum rd_err err;
	uint32_t ts;

	*samples = 0;
	err = c->duration(payload, &ts);
	if (err)
		return err;
	/* Exact: durations are multiples of 2.5 ms in Opus, of a tick in the
	 * others, whose sample rate is 1 or 2 times their clock. */
	if ((uint64_t)ts * d->rate_hz / c->clock_hz > room)
		return RD_E_SIZE;
	return c->decode(d, payload, pcm, room, samples);
}

enum rd_err rd_decoder_conceal(struct rd_decoder *d, struct rd_span next,
			       int16_t *pcm, size_t samples)
{
	if (samples == 0 || samples > d->rate_hz / 1000 * RD_PACKET_MS ||
	    samples % (d->rate_hz / 400) != 0)
		return RD_E_RANGE;
	return d->codec->conceal(d, next, pcm, samples);
}
