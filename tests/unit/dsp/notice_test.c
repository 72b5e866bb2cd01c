/* tests/unit/dsp/notice_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/sound.h"
#include "dsp/tone.h"

/* Where a note is: its first and its last sample. */
static void find(const struct rd_sound *s, double hz, uint64_t *on,
		 uint64_t *off)
{
	static struct rd_tone_finder f;
	struct rd_tone_event event;
	unsigned ons = 0, offs = 0;
	size_t at = 0;

	rd_tone_finder_init(&f, s->rate_hz, hz, -40, 10);
	while (at < s->samples) {
		at += rd_tone_finder_feed(&f, s->pcm + at, s->samples - at,
					  &event);
		if (event.kind == RD_TONE_ON && ++ons)
			*on = event.at;
		if (event.kind == RD_TONE_OFF && ++offs)
			*off = event.at;
	}
	CHECK_EQ(ons, 1);
	CHECK_EQ(offs, 1);
	CHECK(fabs(rd_tone_finder_level_db(&f) + 26) < 3);
}

TEST(two_soft_notes_and_a_pause)
{
	uint64_t first_on = 0, first_off = 0, second_on = 0, second_off = 0;
	struct rd_sound *s;

	CHECK_OK(rd_sound_notice(&s));
	CHECK_EQ(s->rate_hz, 8000);
	CHECK_EQ(s->samples, 4 * 8000);
	find(s, 660, &first_on, &first_off);
	find(s, 550, &second_on, &second_off);
	CHECK(first_on < first_off && first_off < second_on &&
	      second_on < second_off);
	CHECK(second_off < 8000 * 6 / 10);
	for (size_t i = second_off + 200; i < s->samples; i++)
		CHECK_EQ(s->pcm[i], 0);
	/* Nothing clicks, at the ends either. */
	for (size_t i = 1; i < s->samples; i++)
		CHECK(abs(s->pcm[i] - s->pcm[i - 1]) < 1200);
	CHECK_EQ(s->pcm[0], 0);
	rd_sound_close(s);
}

static enum rd_err make_once(void)
{
	struct rd_sound *s;
	enum rd_err err = rd_sound_notice(&s);

	rd_sound_close(s);
	return err;
}

TEST(without_memory_there_is_none)
{
	rd_check_every_oom(make_once);
}

RD_TESTS(T(two_soft_notes_and_a_pause), T(without_memory_there_is_none))
