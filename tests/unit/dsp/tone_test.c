/* tests/unit/dsp/tone_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/level.h"
#include "dsp/tone.h"

static struct rd_tone_finder f;
static int16_t pcm[48000];

static const uint32_t rates_hz[] = { 8000, 16000, 48000 };

TEST(a_tone_has_its_level_and_no_seam)
{
	struct rd_tone whole, parts;
	int16_t other[960];
	int peak = 0;

	rd_tone_init(&whole, 48000, 997, -6.02);
	rd_tone_init(&parts, 48000, 997, -6.02);
	rd_tone_make(&whole, pcm, 960);
	for (size_t i = 0; i < 960; i += 96)
		rd_tone_make(&parts, other + i, 96);
	CHECK_BYTES(pcm, other, sizeof(other));
	for (size_t i = 0; i < 960; i++)
		peak = abs(pcm[i]) > peak ? abs(pcm[i]) : peak;
	CHECK(peak > 16300 && peak < 16400);
	CHECK_EQ(pcm[0], 0);
}

TEST(the_phase_is_exact_after_an_hour)
{
	struct rd_tone tone;

	rd_tone_init(&tone, 8000, 440, 0);
	for (unsigned i = 0; i < 3600; i++)
		tone.phase += tone.step * 8000;
	rd_tone_make(&tone, pcm, 1);
	CHECK(abs(pcm[0]) <= 1); /* whole turns */
}

/* Silence, `samples` of a tone, silence; returns where it was said to begin
 * and sets where it was said to end. */
static uint64_t burst(uint32_t rate_hz, double hz, double level_db,
		      size_t start, size_t samples, uint64_t *end)
{
	struct rd_tone_event event;
	struct rd_tone tone;
	uint64_t found = UINT64_MAX;

	memset(pcm, 0, sizeof(pcm));
	rd_tone_init(&tone, rate_hz, hz, level_db);
	rd_tone_make(&tone, pcm + start, samples);
	*end = UINT64_MAX;
	for (size_t at = 0; at < rate_hz;) {
		size_t n = rd_min_size(rate_hz / 50, rate_hz - at);

		at += rd_tone_finder_feed(&f, pcm + at, n, &event);
		if (event.kind == RD_TONE_ON)
			found = event.at;
		if (event.kind == RD_TONE_OFF)
			*end = event.at;
	}
	return found;
}

TEST(the_onset_is_found_to_a_quarter_of_a_period)
{
	static const double hz[] = { 440, 1000, 2100 };

	for (size_t r = 0; r < RD_COUNT(rates_hz); r++)
		for (size_t k = 0; k < RD_COUNT(hz); k++)
			for (size_t shift = 0; shift < 40; shift += 7) {
				size_t start = rates_hz[r] / 4 + shift;
				double slack = rates_hz[r] / hz[k] / 4 + 1;
				uint64_t end, on;

				rd_tone_finder_init(&f, rates_hz[r], hz[k], -40,
						    5);
				on = burst(rates_hz[r], hz[k], -12, start,
					   rates_hz[r] / 2, &end);
				CHECK(fabs((double)on - (double)start) <=
				      slack);
				CHECK(fabs((double)end -
					   (double)(start + rates_hz[r] / 2)) <=
				      rates_hz[r] * 0.004);
			}
}

TEST(what_is_measured_is_what_was_made)
{
	static const double off_hz[] = { -12, 0, 0.5, 20 };

	for (size_t r = 0; r < RD_COUNT(rates_hz); r++)
		for (size_t k = 0; k < RD_COUNT(off_hz); k++) {
			uint64_t end;

			rd_tone_finder_init(&f, rates_hz[r], 440, -40, 10);
			burst(rates_hz[r], 440 + off_hz[k], -20,
			      rates_hz[r] / 4, rates_hz[r] / 2, &end);
			CHECK(fabs(rd_tone_finder_hz(&f) - 440 - off_hz[k]) <
			      0.5);
			CHECK(fabs(rd_tone_finder_level_db(&f) + 20) < 1.5);
		}
}

TEST(a_clean_tone_is_told_from_a_noisy_one)
{
	struct rd_tone_event event;
	struct rd_tone tone;
	uint32_t seed = 1;

	rd_tone_init(&tone, 48000, 440, -10);
	rd_tone_make(&tone, pcm, 48000);
	rd_tone_finder_init(&f, 48000, 440, -40, 10);
	for (size_t at = 0; at < 48000;)
		at += rd_tone_finder_feed(&f, pcm + at, 48000 - at, &event);
	CHECK(rd_tone_finder_snr_db(&f) > 30);
	CHECK(rd_tone_finder_is_on(&f));

	for (size_t i = 0; i < 48000; i++) {
		seed = seed * 1664525 + 1013904223;
		pcm[i] = (int16_t)(pcm[i] + (int)(seed >> 20) - 2048);
	}
	rd_tone_finder_init(&f, 48000, 440, -40, 10);
	for (size_t at = 0; at < 48000;)
		at += rd_tone_finder_feed(&f, pcm + at, 48000 - at, &event);
	/* -10 dBFS against noise of 4096 / sqrt(12): 16 dB. */
	CHECK(fabs(rd_tone_finder_snr_db(&f) - 16) < 1.5);
}

TEST(other_sounds_are_not_the_tone)
{
	uint64_t end;
	uint32_t seed = 7;
	struct rd_tone_event event;

	rd_tone_finder_init(&f, 16000, 440, -40, 10);
	CHECK(burst(16000, 1234, -3, 4000, 8000, &end) == UINT64_MAX);
	CHECK(burst(16000, 440, -45, 4000, 8000, &end) == UINT64_MAX);
	CHECK(burst(16000, 440, -6, 4000, 60, &end) == UINT64_MAX);
	for (size_t i = 0; i < 16000; i++) {
		seed = seed * 1664525 + 1013904223;
		pcm[i] = (int16_t)(seed >> 18);
	}
	CHECK_EQ(rd_tone_finder_feed(&f, pcm, 16000, &event), 16000);
	CHECK_EQ(event.kind, RD_TONE_NONE);
	CHECK_EQ((int)rd_tone_finder_hz(&f), 0);
	CHECK_EQ((int)rd_tone_finder_level_db(&f), -120);
	CHECK_EQ((int)rd_tone_finder_snr_db(&f), 0);
}

TEST(levels_are_those_of_rfc_6464)
{
	struct rd_tone tone;

	RFC("6464 3");
	memset(pcm, 0, sizeof(pcm));
	CHECK_EQ(rd_level_dbov(pcm, 960), 127);
	CHECK_EQ(rd_level_dbov(pcm, 0), 127);
	pcm[0] = 1; /* 1 in 960 samples: -120 dBov */
	CHECK_EQ(rd_level_dbov(pcm, 960), 120);
	for (size_t i = 0; i < 960; i++)
		pcm[i] = i % 2 ? 32767 : -32768;
	CHECK_EQ(rd_level_dbov(pcm, 960), 0);
	rd_tone_init(&tone, 48000, 1000, 0);
	rd_tone_make(&tone, pcm, 960);
	CHECK_EQ(rd_level_dbov(pcm, 960), 3);
	rd_tone_init(&tone, 48000, 1000, -40);
	rd_tone_make(&tone, pcm, 960);
	CHECK_EQ(rd_level_dbov(pcm, 960), 43);
}

RD_TESTS(T(a_tone_has_its_level_and_no_seam),
	 T(the_phase_is_exact_after_an_hour),
	 T(the_onset_is_found_to_a_quarter_of_a_period),
	 T(what_is_measured_is_what_was_made),
	 T(a_clean_tone_is_told_from_a_noisy_one),
	 T(other_sounds_are_not_the_tone), T(levels_are_those_of_rfc_6464))
