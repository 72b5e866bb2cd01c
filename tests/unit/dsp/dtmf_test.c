/* tests/unit/dsp/dtmf_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "dsp/dtmf.h"

static const char all[] = "0123456789*#ABCD";

/* Through `noise` of uniform amplitude, 20 ms at a time. */
static void hear(const char *digits, int level_dbm0, int noise, char *heard,
		 size_t size)
{
	struct rd_dtmf_maker *m;
	struct rd_dtmf_finder *f;
	uint32_t seed = 99;
	size_t n = 0;

	CHECK_OK(rd_dtmf_maker_open(&m, 100, 100, level_dbm0));
	CHECK_OK(rd_dtmf_finder_open(&f));
	CHECK_OK(rd_dtmf_maker_push(m, digits));
	for (unsigned i = 0; i < 250; i++) {
		int16_t pcm[160];
		char digit;

		rd_dtmf_maker_make(m, pcm, 160);
		for (size_t k = 0; k < 160 && noise; k++) {
			seed = seed * 1664525 + 1013904223;
			pcm[k] = (int16_t)(pcm[k] +
					   (int)((seed >> 8) %
						 (2U * (unsigned)noise)) -
					   noise);
		}
		rd_dtmf_finder_feed(f, pcm, 160);
		while ((digit = rd_dtmf_finder_poll(f)) && n + 1 < size)
			heard[n++] = digit;
	}
	heard[n] = '\0';
	rd_dtmf_maker_close(m);
	rd_dtmf_finder_close(f);
}

TEST(all_sixteen_digits_are_heard_once_each)
{
	char heard[64];

	hear(all, -10, 0, heard, sizeof(heard));
	CHECK_TEXT(heard, all);
	hear("1122", -25, 0, heard, sizeof(heard));
	CHECK_TEXT(heard, "1122");
}

TEST(they_are_heard_through_noise)
{
	char heard[64];

	/* 15 dB below the pair of tones. */
	hear(all, -10, 2000, heard, sizeof(heard));
	CHECK_TEXT(heard, all);
}

TEST(noise_alone_is_no_digit)
{
	char heard[64];

	hear("", -10, 8000, heard, sizeof(heard));
	CHECK_TEXT(heard, "");
}

TEST(what_is_no_key_is_refused_whole)
{
	struct rd_dtmf_maker *m;
	int16_t pcm[160];

	CHECK_ERR(rd_dtmf_maker_open(&m, 10, 100, -10), RD_E_RANGE);
	CHECK_ERR(rd_dtmf_maker_open(&m, 100, 100, 0), RD_E_RANGE);
	CHECK(!m);
	CHECK_OK(rd_dtmf_maker_open(&m, 100, 100, -10));
	CHECK_ERR(rd_dtmf_maker_push(m, "12E"), RD_E_FORMAT);
	CHECK_ERR(rd_dtmf_maker_push(m, "0123456789012345678901234567890123"),
		  RD_E_FULL);
	CHECK(!rd_dtmf_maker_make(m, pcm, 160));
	CHECK_EQ(pcm[159], 0);
	rd_dtmf_maker_close(m);
	rd_dtmf_maker_close(NULL);
	rd_dtmf_finder_close(NULL);
}

static enum rd_err open_both(void)
{
	struct rd_dtmf_maker *m;
	struct rd_dtmf_finder *f = NULL;
	enum rd_err err = rd_dtmf_maker_open(&m, 100, 100, -10);

	if (!err)
		err = rd_dtmf_finder_open(&f);
	rd_dtmf_maker_close(m);
	rd_dtmf_finder_close(f);
	return err;
}

TEST(opening_fails_cleanly_without_memory)
{
	rd_check_every_oom(open_both);
}

RD_TESTS(T(all_sixteen_digits_are_heard_once_each),
	 T(they_are_heard_through_noise), T(noise_alone_is_no_digit),
	 T(what_is_no_key_is_refused_whole),
	 T(opening_fails_cleanly_without_memory))
