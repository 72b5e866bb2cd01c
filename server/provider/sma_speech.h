/* provider/sma_speech.h - a text said by a speech program.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * espeak-ng, or what takes the same words: -v LANGUAGE, -m for SSML, --stdin,
 * --stdout.  Blocks.  Thread: any that may wait.
 */
#pragma once
#include <stdatomic.h>

#include "base/base.h"

enum {
	RD_SMA_LANGUAGE = 16,
	RD_SMA_SPEECH_TEXT = 4096,
	/* Of a file it may write.  The sound library of espeak-ng makes one of
	 * 64 MiB at its start, whatever is said. */
	RD_SMA_SPEECH_BYTES = 128 << 20,
};

struct rd_sma_speech {       /* all lent */
	const char *program; /* its path */
	const char *language;
	const char *text; /* UTF-8 */
	bool is_ssml;
	unsigned most_ms;
	const atomic_bool *is_closing; /* set: do not wait any longer */
};

/* A WAV file in memory, for the caller to close; -1: it was not said, which
 * is logged. */
int rd_sma_speak(const struct rd_sma_speech *speech);
