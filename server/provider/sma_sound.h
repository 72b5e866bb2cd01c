/* provider/sma_sound.h - the sounds of SIP media applications: files of a
 * folder, and texts that a speech program says.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * BUCKET/KEY is a file below the audio folder; what would lead out of it (a
 * `..`, a symbolic link) is not there.  Files are read, and the speech program
 * is waited for, on a thread of their own.  It runs without a shell, with the
 * text as its standard input, for at most RD_SMA_SPEECH_MS.
 * Owner: whoever opened it.  Thread: control.
 */
#pragma once
#include "base/loop.h"
#include "dsp/sound.h"
#include "provider/sma_action.h"

enum {
	RD_SMA_SPEECH_MS = 5000,
	RD_SMA_FILE_BYTES = 50 << 20, /* of an audio file, at most */
	RD_SMA_PATH = 1200,           /* bucket and key, with NUL */
};

struct rd_sma_sounds;

struct rd_sma_sounds_cfg { /* text is lent until close */
	struct rd_loop *loop;
	const char *audio_folder;   /* NULL: none */
	const char *speech_program; /* NULL: none */
};

/* RD_E_NOMEM, RD_E_IO. */
RD_MUST_USE enum rd_err rd_sma_sounds_open(struct rd_sma_sounds **out,
					   const struct rd_sma_sounds_cfg *cfg);
/* Waits for the thread: for a program that speaks, not long.  What was asked
 * for ends without its function.  NULL is fine. */
void rd_sma_sounds_close(struct rd_sma_sounds *s);

/* sound, at 8000 Hz, is the receiver's from now on; NULL: error and why. */
typedef void rd_sma_sound_done(void *arg, uint32_t id, struct rd_sound *sound,
			       enum rd_sma_error error, const char *why);
/* *id names it in done, which comes from the loop.  RD_E_FULL: too many wait;
 * RD_E_NOTFOUND: no such path can be; RD_E_UNSUPPORTED: no folder, or no
 * program; RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_sma_sound_ask(struct rd_sma_sounds *s,
					 const struct rd_sma_prompt *prompt,
					 rd_sma_sound_done *done, void *arg,
					 uint32_t *id);
/* done is not called for what arg has asked. */
void rd_sma_sound_forget(struct rd_sma_sounds *s, const void *arg);

/* --- sma_folder.c -------------------------------------------------------- */

/* Whether BUCKET/KEY may be below a folder at all: no empty part, none that
 * begins with a dot, no control characters. */
bool rd_sma_path_is_fine(const char *bucket, const char *key);
/* The file, opened for reading, without following any symbolic link below
 * folder; -1: it is not there, or is no plain file.  The caller closes it. */
int rd_sma_open_below(const char *folder, const char *path);
/* The folder that path's last part is in, made if need be, opened; *name is
 * that last part, within path.  -1: it cannot be had. */
int rd_sma_make_below(const char *folder, const char *path, const char **name);
