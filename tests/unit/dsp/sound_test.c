/* tests/unit/dsp/sound_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sndfile.h>

#include "dsp/resample.h"
#include "dsp/sound.h"
#include "dsp/tone.h"

static struct rd_tone_finder f;
static char path[] = "/tmp/ringdown-sound-XXXXXX";

static int make_path(void **state)
{
	(void)state;
	return mkstemp(path) < 0;
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

/* One second of 1 kHz at -12 dBFS in a file of some format. */
static void write_tone(int format, int rate_hz, int channels)
{
	SF_INFO info = { .samplerate = rate_hz,
			 .channels = channels,
			 .format = format };
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	struct rd_tone tone;

	CHECK(file != NULL);
	rd_tone_init(&tone, (uint32_t)rate_hz, 1000, -12);
	for (int i = 0; i < rate_hz; i++) {
		int16_t frame[2];

		rd_tone_make(&tone, frame, 1);
		frame[1] = frame[0];
		CHECK_EQ(sf_writef_short(file, frame, 1), 1);
	}
	CHECK_EQ(sf_close(file), 0);
}

static void hear_tone(const struct rd_sound *s)
{
	struct rd_tone_event event;

	rd_tone_finder_init(&f, s->rate_hz, 1000, -30, 10);
	for (size_t at = 0; at < s->samples;)
		at += rd_tone_finder_feed(&f, s->pcm + at, s->samples - at,
					  &event);
	CHECK(fabs(rd_tone_finder_hz(&f) - 1000) < 0.5);
	CHECK(fabs(rd_tone_finder_level_db(&f) + 12) < 0.7);
}

TEST(every_format_is_read_at_every_rate)
{
	static const struct {
		int format, rate_hz, channels;
	} files[] = {
		{ SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2 },
		{ SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1 },
		{ SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 1 },
		{ SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 22050, 1 },
	};
	static const uint32_t rates_hz[] = { 8000, 16000, 48000 };

	for (size_t i = 0; i < RD_COUNT(files); i++) {
		write_tone(files[i].format, files[i].rate_hz,
			   files[i].channels);
		for (size_t r = 0; r < RD_COUNT(rates_hz); r++) {
			struct rd_complaint why = { "" };
			struct rd_sound *s;

			CHECK_OK(rd_sound_open(&s, path, rates_hz[r], &why));
			CHECK_EQ(s->rate_hz, rates_hz[r]);
			CHECK(fabs((double)s->samples - rates_hz[r]) <
			      rates_hz[r] * 0.03);
			hear_tone(s);
			rd_sound_close(s);
		}
	}
}

TEST(what_cannot_be_played_is_said_in_words)
{
	struct rd_complaint why = { "" };
	struct rd_sound *s;
	FILE *file;

	CHECK_ERR(rd_sound_open(&s, "/no/such/file.wav", 8000, &why),
		  RD_E_NOTFOUND);
	CHECK(strstr(why.text, "/no/such/file.wav"));
	file = fopen(path, "w");
	CHECK(file && fputs("not a sound at all", file) >= 0);
	fclose(file);
	CHECK_ERR(rd_sound_open(&s, path, 8000, &why), RD_E_FORMAT);
	CHECK(strstr(why.text, "WAV, Ogg Opus or FLAC"));
	CHECK(!s);
	rd_sound_close(NULL);
}

TEST(an_empty_file_is_refused)
{
	struct rd_complaint why = { "" };
	struct rd_recorder *r;
	struct rd_sound *s;

	CHECK_OK(rd_recorder_open(&r, path, 8000, &why));
	CHECK_OK(rd_recorder_close(r));
	CHECK_ERR(rd_sound_open(&s, path, 8000, &why), RD_E_SIZE);
	CHECK(strstr(why.text, "empty"));
}

TEST(a_recording_plays_back_as_it_was)
{
	static int16_t pcm[8000];
	struct rd_recorder *r;
	struct rd_sound *s;
	struct rd_tone tone;

	rd_tone_init(&tone, 8000, 1000, -12);
	rd_tone_make(&tone, pcm, 8000);
	CHECK_OK(rd_recorder_open(&r, path, 8000, NULL));
	for (size_t i = 0; i < 8000; i += 160)
		CHECK_OK(rd_recorder_write(r, pcm + i, 160));
	CHECK_OK(rd_recorder_close(r));
	CHECK_OK(rd_sound_open(&s, path, 8000, NULL));
	CHECK_EQ(s->samples, 8000);
	CHECK_BYTES(s->pcm, pcm, sizeof(pcm));
	rd_sound_close(s);
	CHECK_ERR(rd_recorder_open(&r, "/no/such/folder/x.wav", 8000, NULL),
		  RD_E_IO);
	CHECK_OK(rd_recorder_close(NULL));
}

TEST(reading_ends_in_silence_or_starts_over)
{
	int16_t samples[5] = { 1, 2, 3, 4, 5 };
	struct rd_sound s = { 8000, 5, samples };
	int16_t out[4];
	size_t at = 0;

	CHECK(rd_sound_read(&s, &at, out, 4, false));
	CHECK(rd_sound_read(&s, &at, out, 4, false));
	CHECK_EQ(out[0], 5);
	CHECK_EQ(out[1], 0);
	CHECK(!rd_sound_read(&s, &at, out, 4, false));
	CHECK(rd_sound_read(&s, &at, out, 4, true));
	CHECK_EQ(out[3], 4);
	CHECK(rd_sound_read(&s, &at, out, 4, true));
	CHECK_EQ(out[0], 5);
	CHECK_EQ(out[1], 1);
}

TEST(what_a_lower_rate_cannot_hold_is_taken_out)
{
	static int16_t in[48000], out[8000];
	struct rd_tone tone;
	int loudest = 0;

	rd_tone_init(&tone, 48000, 5000, -3);
	rd_tone_make(&tone, in, 48000);
	CHECK_EQ(rd_resample_len(48000, 48000, 8000), 8000);
	CHECK_OK(rd_resample(in, 48000, 48000, out, 8000));
	for (size_t i = 200; i < 7800; i++)
		loudest = abs(out[i]) > loudest ? abs(out[i]) : loudest;
	CHECK(loudest < 10);
}

TEST(a_flat_band_keeps_its_level)
{
	static int16_t in[48000], out[48000];
	static const double hz[] = { 100, 1000, 3000, 3500 };
	struct rd_tone tone;
	struct rd_tone_event event;

	for (size_t k = 0; k < RD_COUNT(hz); k++) {
		rd_tone_init(&tone, 8000, hz[k], -6);
		rd_tone_make(&tone, in, 8000);
		CHECK_OK(rd_resample(in, 8000, 8000, out, 8000));
		CHECK_BYTES(in, out, 16000);
		CHECK_OK(rd_resample(in, 8000, 8000, out, 48000));
		rd_tone_finder_init(&f, 48000, hz[k], -30, 10);
		for (size_t at = 0; at < 48000;)
			at += rd_tone_finder_feed(&f, out + at, 48000 - at,
						  &event);
		CHECK(fabs(rd_tone_finder_level_db(&f) + 6) < 0.5);
	}
}

static enum rd_err open_sound(void)
{
	struct rd_sound *s;
	struct rd_recorder *r;
	enum rd_err err = rd_recorder_open(&r, path, 16000, NULL);

	if (!err) {
		int16_t pcm[320] = { 1, 2, 3 };

		CHECK_OK(rd_recorder_write(r, pcm, 320));
		CHECK_OK(rd_recorder_close(r));
		err = rd_sound_open(&s, path, 8000, NULL);
		rd_sound_close(s);
	}
	return err;
}

TEST(reading_fails_cleanly_without_memory)
{
	rd_check_every_oom(open_sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_format_is_read_at_every_rate),
		T(what_cannot_be_played_is_said_in_words),
		T(an_empty_file_is_refused),
		T(a_recording_plays_back_as_it_was),
		T(reading_ends_in_silence_or_starts_over),
		T(what_a_lower_rate_cannot_hold_is_taken_out),
		T(a_flat_band_keeps_its_level),
		T(reading_fails_cleanly_without_memory),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
