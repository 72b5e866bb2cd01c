/* dsp/notice.c - the sound of somebody who is away for a moment.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Unlike ring-back, busy and the other tones of ITU-T E.180, so that nobody
 * takes it for one of them, and soft, since it may come into a sentence.
 */
#include <string.h>

#include "dsp/sound.h"
#include "dsp/tone.h"

enum {
	RATE_HZ = 8000,
	NOTE_MS = 240,
	GAP_MS = 60,
	PERIOD_MS = 4000,
	FADE_MS = 20, /* a note that begins at once clicks */
	FIRST_HZ = 660,
	SECOND_HZ = 550,
	LEVEL_DB = -26,
};

static size_t samples(unsigned ms)
{
	return (size_t)ms * RATE_HZ / 1000;
}

static void write_note(int16_t *pcm, double hz)
{
	struct rd_tone t;
	int n = (int)samples(NOTE_MS), fade = (int)samples(FADE_MS);

	rd_tone_init(&t, RATE_HZ, hz, LEVEL_DB);
	rd_tone_make(&t, pcm, (size_t)n);
	for (int i = 0; i < fade; i++) {
		pcm[i] = (int16_t)(pcm[i] * i / fade);
		pcm[n - 1 - i] = (int16_t)(pcm[n - 1 - i] * i / fade);
	}
}

enum rd_err rd_sound_notice(struct rd_sound **out)
{
	size_t count = samples(PERIOD_MS);
	struct rd_sound *s = rd_zalloc(sizeof(*s));
	int16_t *pcm = rd_zalloc(count * sizeof(pcm[0]));

	*out = NULL;
	if (!s || !pcm) {
		rd_free(s);
		rd_free(pcm);
		return RD_E_NOMEM;
	}
	write_note(pcm, FIRST_HZ);
	write_note(pcm + samples(NOTE_MS + GAP_MS), SECOND_HZ);
	*s = (struct rd_sound){ RATE_HZ, count, pcm };
	*out = s;
	return RD_OK;
}
