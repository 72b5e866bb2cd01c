/* synthetic/bank.h - a loop of frames encoded once, for many calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * So that a generator of load pays for sending and not for encoding, and so
 * that it knows its own frames when they come back.  Once a second a tone
 * begins: where frames were transcoded on the way, its onset tells the delay.
 * Constant after open: every call may read it.  Owner: whoever opened it.
 */
#pragma once
#include "base/base.h"
#include "dsp/codec.h"
#include "dsp/sound.h"

enum {
	RD_BANK_SECOND = 1000 / RD_FRAME_MS,
	RD_BANK_SECONDS = 60, /* longest */
	RD_BANK_FRAMES = RD_BANK_SECOND * RD_BANK_SECONDS,
	RD_BANK_FRAME_BYTES = 400, /* longest frame kept */
	RD_BANK_FINDER_HZ = 8000,  /* sample rate for finding marks */
	RD_BANK_WINDOW_MS = 5,     /* of the tone finder */
};
#define RD_BANK_MARK_DB (-25.0) /* threshold of the tone finder */
/* Speech has no such strength at one frequency so high. */
#define RD_BANK_SOUND_MARK_HZ 2000.0
#define RD_BANK_SOUND_MARK_DB (-16.0)

struct rd_bank_cfg {
	const struct rd_codec *codec;
	uint32_t rate_hz; /* to encode at; one of the codec's */
	uint32_t bitrate; /* Opus; 0: 32000 as browsers use */
	uint8_t complexity;
	bool has_fec;

	/* Either a sound of rate_hz (lent for open), its first
	 * RD_BANK_SECONDS, followed by silence to a whole second; with
	 * has_marks, mark_hz is put into 0.2 s of each second in its place.
	 * Or, when NULL, mark_hz for 0.8 s of each second. */
	const struct rd_sound *sound;
	bool has_marks;
	double mark_hz;
	double level_db; /* of the tone, dBFS */
};

struct rd_bank {
	const struct rd_codec *codec;
	double mark_hz;
	unsigned count;   /* frames, whole seconds */
	bool has_marks;   /* what follows has a meaning */
	unsigned mark_at; /* frame of each second with the onset */
	/* Where the onset is found in a decoder at RD_BANK_FINDER_HZ, from the
	 * start of its frame: holds the look-ahead of our encoder. */
	double mark_offset_us;

	/* count each */
	uint16_t *len;
	uint8_t (*frame)[RD_BANK_FRAME_BYTES];
	bool *is_repeated; /* the same bytes come twice */

	size_t slots;
	int16_t *slot; /* hash of the bytes to frame, or -1 */
};

/* RD_E_UNSUPPORTED: rate_hz.  RD_E_SIZE: a frame over RD_BANK_FRAME_BYTES.
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_bank_open(struct rd_bank **out,
				     const struct rd_bank_cfg *cfg);
void rd_bank_close(struct rd_bank *b); /* NULL is fine */
struct rd_span rd_bank_frame(const struct rd_bank *b, unsigned i);
/* Which frame has these bytes; -1: none, or more than one. */
int rd_bank_find(const struct rd_bank *b, struct rd_span payload);

/* Banks of one content in every codec, each made when it is first asked for. */
struct rd_banks {
	const char *path; /* lent; a sound file, NULL: the tone alone */
	bool has_marks;   /* in the file; the tone always has them */
	double mark_hz;
	double level_db;
	uint32_t bitrate;
	uint8_t complexity;
	bool has_fec;

	struct rd_bank *bank[RD_CODEC_COUNT]; /* ours; begin with zeros */
};

/* Lends the bank; it lives until fini.  As rd_bank_open and rd_sound_open,
 * which also give the complaint. */
RD_MUST_USE enum rd_err rd_banks_get(struct rd_banks *b,
				     const struct rd_codec *codec,
				     const struct rd_bank **out,
				     struct rd_complaint *why);
void rd_banks_fini(struct rd_banks *b);
