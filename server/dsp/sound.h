/* dsp/sound.h - announcements from files, and recordings into files.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files are the operator's, so they are trusted as his configuration is.
 */
#pragma once
#include "base/base.h"

enum {
	RD_SOUND_SECONDS_MAX = 600
};

/* One recording as mono samples; constant after open, so that every thread
 * may read it.  Owner: whoever opened it. */
struct rd_sound {
	uint32_t rate_hz;
	size_t samples;
	int16_t *pcm;
};

/* Reads WAV, Ogg Opus or FLAC (channels are mixed) and changes it to rate_hz:
 * 8000, 16000 or 48000.  RD_E_NOTFOUND: no such file or not readable;
 * RD_E_FORMAT: not sound; RD_E_SIZE: empty or over RD_SOUND_SECONDS_MAX;
 * RD_E_NOMEM.  why (may be NULL) says it in words.  Thread: any but media. */
RD_MUST_USE enum rd_err rd_sound_open(struct rd_sound **out, const char *path,
				      uint32_t rate_hz,
				      struct rd_complaint *why);
/* What says that somebody is away for a moment and will be back: two soft
 * notes and a pause, to be repeated; 8000 Hz.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sound_notice(struct rd_sound **out);
void rd_sound_close(struct rd_sound *s); /* NULL is fine */
/* Copies n samples from *at on and moves it; starts over at the end if
 * is_loop, else fills up with silence.  False when only silence was left. */
bool rd_sound_read(const struct rd_sound *s, size_t *at, int16_t *pcm, size_t n,
		   bool is_loop);

/* A 16-bit mono WAV file being written.  Thread: the owner's, not media. */
struct rd_recorder;

RD_MUST_USE enum rd_err rd_recorder_open(struct rd_recorder **out,
					 const char *path, uint32_t rate_hz,
					 struct rd_complaint *why);
RD_MUST_USE enum rd_err rd_recorder_write(struct rd_recorder *r,
					  const int16_t *pcm, size_t n);
/* RD_E_IO: the last bytes could not be written.  NULL is fine. */
enum rd_err rd_recorder_close(struct rd_recorder *r);
