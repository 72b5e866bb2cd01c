/* dsp/dtmf.h - keypad digits as pairs of tones (ITU-T Q.23, Q.24), at 8 kHz.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Digits are characters: 0-9 * # A-D.  Owner: whoever opened it.  Thread: the
 * owner's.
 */
#pragma once
#include "base/base.h"

enum {
	RD_DTMF_RATE_HZ = 8000,
	RD_DTMF_QUEUE = 32
};

struct rd_dtmf_maker;
struct rd_dtmf_finder;

/* on_ms, off_ms: 40..1000.  level_dbm0: of each tone, -30..-3. */
RD_MUST_USE enum rd_err rd_dtmf_maker_open(struct rd_dtmf_maker **out,
					   unsigned on_ms, unsigned off_ms,
					   int level_dbm0);
void rd_dtmf_maker_close(struct rd_dtmf_maker *m); /* NULL is fine */
/* All of digits or none.  RD_E_FORMAT: no such key.  RD_E_FULL. */
RD_MUST_USE enum rd_err rd_dtmf_maker_push(struct rd_dtmf_maker *m,
					   const char *digits);
/* n samples: digits, then silence.  Returns whether any of it was a digit. */
bool rd_dtmf_maker_make(struct rd_dtmf_maker *m, int16_t *pcm, size_t n);

RD_MUST_USE enum rd_err rd_dtmf_finder_open(struct rd_dtmf_finder **out);
void rd_dtmf_finder_close(struct rd_dtmf_finder *f); /* NULL is fine */
void rd_dtmf_finder_feed(struct rd_dtmf_finder *f, const int16_t *pcm,
			 size_t n);
/* The next digit found, each once; 0 if there is none. */
char rd_dtmf_finder_poll(struct rd_dtmf_finder *f);
