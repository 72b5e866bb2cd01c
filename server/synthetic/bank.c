/* synthetic/bank.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/bank.h"

#include "dsp/tone.h"

enum {
	TONE_AT = 10, /* frames of silence before the tone of each second */
	MARK_AT = 6,  /* and before a mark within a sound */
	MARK_FRAMES = 3,
	MARK_ROOM = 10, /* frames of a sound that its mark takes */
	DEFAULT_BITRATE = 32000,
};

struct source { /* what is encoded */
	const struct rd_bank_cfg *cfg;
	struct rd_tone tone;
	size_t at;
};

/* Frame i of the loop. */
static void make_frame(struct source *s, unsigned i, int16_t *pcm)
{
	const struct rd_bank_cfg *cfg = s->cfg;
	size_t n = cfg->rate_hz / 1000 * RD_FRAME_MS;
	unsigned in_second = i % RD_BANK_SECOND;
	unsigned first = cfg->sound ? MARK_AT : TONE_AT;
	unsigned last = cfg->sound ? MARK_AT + MARK_FRAMES : RD_BANK_SECOND;

	memset(pcm, 0, n * sizeof(*pcm));
	if (cfg->sound)
		(void)rd_sound_read(cfg->sound, &s->at, pcm, n, false);
	if (cfg->sound && !cfg->has_marks)
		return;
	if (cfg->sound && in_second < MARK_ROOM)
		memset(pcm, 0, n * sizeof(*pcm));
	if (in_second == first) /* each onset alike */
		rd_tone_init(&s->tone, cfg->rate_hz, cfg->mark_hz,
			     cfg->level_db);
	if (in_second >= first && in_second < last)
		rd_tone_make(&s->tone, pcm, n);
}

static enum rd_err encode_frames(struct rd_bank *b,
				 const struct rd_bank_cfg *cfg)
{
	struct rd_encoder_config encoder_cfg = {
		.rate_hz = cfg->rate_hz,
		.bitrate = cfg->bitrate ? cfg->bitrate : DEFAULT_BITRATE,
		.complexity = cfg->complexity,
		.has_fec = cfg->has_fec,
		.loss_percent = cfg->has_fec ? 5 : 0,
	};
	struct source s = { .cfg = cfg };
	struct rd_encoder *e;
	enum rd_err err = rd_encoder_open(&e, cfg->codec, &encoder_cfg);

	for (unsigned i = 0; !err && i < b->count; i++) {
		int16_t pcm[RD_FRAME_SAMPLES_MAX];
		size_t len;

		make_frame(&s, i, pcm);
		err = rd_encoder_encode(e, pcm, b->frame[i],
					RD_BANK_FRAME_BYTES, &len);
		b->len[i] = (uint16_t)len;
	}
	rd_encoder_close(e);
	return err;
}

/* FNV-1a. */
static uint32_t hash(struct rd_span bytes)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < bytes.len; i++)
		h = (h ^ bytes.at[i]) * 16777619U;
	return h;
}

/* The slot of these bytes, or the free one where they belong. */
static size_t find_slot(const struct rd_bank *b, struct rd_span bytes)
{
	size_t i;

	rd_assert(b->slots > 0); /* no sound is empty */
	i = hash(bytes) % b->slots;

	while (b->slot[i] >= 0 &&
	       !rd_span_equal(rd_bank_frame(b, (unsigned)b->slot[i]), bytes))
		i = (i + 1) % b->slots;
	return i;
}

static void index_frames(struct rd_bank *b)
{
	for (size_t i = 0; i < b->slots; i++)
		b->slot[i] = -1;
	for (unsigned i = 0; i < b->count; i++) {
		size_t at = find_slot(b, rd_bank_frame(b, i));

		if (b->slot[at] >= 0)
			b->is_repeated[b->slot[at]] = true;
		else
			b->slot[at] = (int16_t)i;
	}
}

/* Decodes the loop as a receiver does and looks where the onsets are. */
static enum rd_err calibrate(struct rd_bank *b, double threshold_db)
{
	struct rd_tone_finder *f = rd_alloc(sizeof(*f));
	struct rd_decoder *d = NULL;
	enum rd_err err = f ? rd_decoder_open(&d, b->codec, RD_BANK_FINDER_HZ)
			    : RD_E_NOMEM;
	size_t second = RD_BANK_FINDER_HZ;
	size_t expected = second * b->mark_at / RD_BANK_SECOND;
	double sum = 0;
	unsigned found = 0;

	if (!err)
		rd_tone_finder_init(f, RD_BANK_FINDER_HZ, b->mark_hz,
				    threshold_db, RD_BANK_WINDOW_MS);
	for (unsigned i = 0; !err && i < b->count; i++) {
		int16_t pcm[RD_PACKET_SAMPLES_MAX];
		struct rd_tone_event event;
		size_t n = 0;

		err = rd_decoder_decode(d, rd_bank_frame(b, i), pcm,
					RD_COUNT(pcm), &n);
		for (size_t at = 0; at < n;) {
			at += rd_tone_finder_feed(f, pcm + at, n - at, &event);
			if (event.kind != RD_TONE_ON)
				continue;
			sum += (double)(event.at % second) - (double)expected;
			found++;
		}
	}
	if (found)
		b->mark_offset_us = sum / found * 1e6 / RD_BANK_FINDER_HZ;
	rd_decoder_close(d);
	rd_free(f);
	return err;
}

static enum rd_err allocate(struct rd_bank *b)
{
	b->len = rd_zalloc(b->count * sizeof(*b->len));
	b->frame = rd_zalloc(b->count * sizeof(*b->frame));
	b->is_repeated = rd_zalloc(b->count * sizeof(*b->is_repeated));
	b->slot = rd_zalloc(b->slots * sizeof(*b->slot));
	return b->len && b->frame && b->is_repeated && b->slot ? RD_OK
							       : RD_E_NOMEM;
}

enum rd_err rd_bank_open(struct rd_bank **out, const struct rd_bank_cfg *cfg)
{
	struct rd_bank *b = rd_zalloc(sizeof(*b));
	size_t seconds = 2;
	enum rd_err err;

	*out = NULL;
	rd_assert(cfg->rate_hz > 0);
	if (!b)
		return RD_E_NOMEM;
	if (cfg->sound)
		seconds = rd_min_size(RD_BANK_SECONDS,
				      (cfg->sound->samples + cfg->rate_hz - 1) /
					      cfg->rate_hz);
	b->codec = cfg->codec;
	b->mark_hz = cfg->mark_hz;
	b->has_marks = !cfg->sound || cfg->has_marks;
	b->mark_at = cfg->sound ? MARK_AT : TONE_AT;
	b->count = (unsigned)seconds * RD_BANK_SECOND;
	b->slots = 4 * (size_t)b->count;
	err = allocate(b);
	if (!err)
		err = encode_frames(b, cfg);
	if (!err)
		index_frames(b);
	if (!err && b->has_marks)
		err = calibrate(b, cfg->sound ? RD_BANK_SOUND_MARK_DB
					      : RD_BANK_MARK_DB);
	if (err) {
		rd_bank_close(b);
		return err;
	}
	*out = b;
	return RD_OK;
}

void rd_bank_close(struct rd_bank *b)
{
	if (!b)
		return;
	rd_free(b->len);
	rd_free(b->frame);
	rd_free(b->is_repeated);
	rd_free(b->slot);
	rd_free(b);
}

struct rd_span rd_bank_frame(const struct rd_bank *b, unsigned i)
{
	return rd_span(b->frame[i % b->count], b->len[i % b->count]);
}

int rd_bank_find(const struct rd_bank *b, struct rd_span payload)
{
	int i = b->slot[find_slot(b, payload)];

	return i >= 0 && !b->is_repeated[i] ? i : -1;
}

enum rd_err rd_banks_get(struct rd_banks *b, const struct rd_codec *codec,
			 const struct rd_bank **out, struct rd_complaint *why)
{
	struct rd_bank **bank = &b->bank[codec->id];
	struct rd_bank_cfg cfg = { .codec = codec,
				   .bitrate = b->bitrate,
				   .complexity = b->complexity,
				   .has_fec = b->has_fec,
				   .has_marks = b->has_marks,
				   .mark_hz = b->mark_hz,
				   .level_db = b->level_db };
	struct rd_sound *sound = NULL;
	enum rd_err err = RD_OK;

	*out = NULL;
	for (size_t i = 0; codec->rates_hz[i]; i++)
		cfg.rate_hz = codec->rates_hz[i]; /* the last is the highest */
	if (!*bank && b->path)
		err = rd_sound_open(&sound, b->path, cfg.rate_hz, why);
	if (!*bank && !err) {
		cfg.sound = sound;
		err = rd_bank_open(bank, &cfg);
		if (err)
			rd_complain(why, "encoding to %s: %s", codec->name,
				    rd_err_text(err));
	}
	rd_sound_close(sound);
	*out = *bank;
	return err;
}

void rd_banks_fini(struct rd_banks *b)
{
	for (size_t i = 0; i < RD_CODEC_COUNT; i++) {
		rd_bank_close(b->bank[i]);
		b->bank[i] = NULL;
	}
}
