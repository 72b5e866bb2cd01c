/* dsp/tone.h - makes sine tones, and finds them to the sample.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Levels are dBFS as in AES17: a sine whose peaks just reach full scale is
 * 0 dBFS.  Owner: whoever embeds it.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"

/* ---- making ---- */

struct rd_tone {        /* read-only outside tone.c */
	uint64_t phase; /* of 2^64 a turn */
	uint64_t step;
	double peak;
};

/* hz below rate_hz / 2; level_db at most 0. */
void rd_tone_init(struct rd_tone *t, uint32_t rate_hz, double hz,
		  double level_db);
/* The next n samples; the phase goes on without a seam. */
void rd_tone_make(struct rd_tone *t, int16_t *pcm, size_t n);

/* ---- finding ---- */

enum {
	RD_TONE_WINDOW_MAX = 480
}; /* samples */

struct rd_tone_event {
	enum rd_tone_event_kind {
		RD_TONE_NONE,
		RD_TONE_ON,
		RD_TONE_OFF
	} kind;
	uint64_t at; /* sample, counted from init, where it began or ended */
	double level_db; /* ON: of the tone */
};

/* Slides a window of window_ms over the samples and follows the strength of
 * one frequency in it.  A tone is there when it is loud enough and holds at
 * least half of the power of the window. */
struct rd_tone_finder { /* read-only outside tone.c */
	uint32_t rate_hz;
	double hz;
	double threshold_db;
	double threshold; /* the same as an amplitude */
	uint32_t window;

	double osc_re, osc_im, turn_re, turn_im;
	int64_t sum_re, sum_im, sum_power;
	uint32_t slot;
	uint64_t at;        /* samples taken */
	uint64_t change_at; /* ON, not yet told: when it was first heard */
	double amplitude[2 * RD_TONE_WINDOW_MAX]; /* by at, for the onset */
	int32_t re[RD_TONE_WINDOW_MAX];
	int32_t im[RD_TONE_WINDOW_MAX];
	int16_t pcm[RD_TONE_WINDOW_MAX];
	enum {
		RD_FINDER_OFF,
		RD_FINDER_RISING,
		RD_FINDER_ON
	} state;

	double turned;     /* phase gained against hz, radians, while on */
	double last_phase; /* at the last step of turned */
	uint64_t turned_samples;
	double tone_power, all_power; /* sums over the time it was on */
	uint64_t on_samples;
};

/* window_ms: 2..10, at least one and better two periods of hz.  The onset is
 * exact to about a quarter of a period where the tone starts clean. */
void rd_tone_finder_init(struct rd_tone_finder *f, uint32_t rate_hz, double hz,
			 double threshold_db, uint32_t window_ms);
/* Takes samples up to the first event and says how many it took; call again
 * with the rest.  event.kind is RD_TONE_NONE when all are taken. */
size_t rd_tone_finder_feed(struct rd_tone_finder *f, const int16_t *pcm,
			   size_t n, struct rd_tone_event *event);
bool rd_tone_finder_is_on(const struct rd_tone_finder *f);
/* Over all the time the tone was there: its frequency by the turning of its
 * phase (right within rate / (4 * window)), its mean level, and its power
 * over that of all else.  0, -120 and 0 if it never was. */
double rd_tone_finder_hz(const struct rd_tone_finder *f);
double rd_tone_finder_level_db(const struct rd_tone_finder *f);
double rd_tone_finder_snr_db(const struct rd_tone_finder *f);
