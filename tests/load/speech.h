/* tests/load/speech.h - ten seconds of speech as packets, for the generators.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <math.h>
#include <stdlib.h>

#include "unit/media/peers.h"

enum {
	FRAMES_OF_SPEECH = 500,
};

struct frame {
	size_t len;
	uint8_t bytes[400];
};

static struct frame web_speech[FRAMES_OF_SPEECH];
static struct frame trunk_speech[FRAMES_OF_SPEECH];

/* A hum whose pitch and loudness move as in speech, and some noise. */
static inline void make_speech(int16_t *pcm, size_t n)
{
	double phase = 0;

	for (size_t i = 0; i < n; i++) {
		double t = (double)i / 48000, v = 0;
		double syllable = 0.5 - 0.5 * cos(2 * M_PI * 4 * t);
		double pause = fmod(t, 3) < 2.2 ? 1 : 0.01;

		phase +=
			2 * M_PI * (120 + 30 * sin(2 * M_PI * 0.7 * t)) / 48000;
		for (int k = 1; k < 20; k++)
			v += sin(k * phase) / k;
		v = 3000 * v * syllable * pause + rand() % 128 - 64;
		pcm[i] = (int16_t)v;
	}
}

static inline void encode_speech(const int16_t *pcm, enum rd_codec_id id,
				 struct frame *out)
{
	uint32_t rate_hz = peer_rate_hz(id), step = 48000 / rate_hz;
	struct rd_encoder_config cfg = { .rate_hz = rate_hz,
					 .bitrate = 32000,
					 .complexity = 9 };
	struct rd_encoder *e;
	int16_t part[960];

	CHECK_OK(rd_encoder_open(&e, rd_codec_get(id), &cfg));
	for (int i = 0; i < FRAMES_OF_SPEECH; i++) {
		for (uint32_t n = 0; n < rate_hz / 50; n++) {
			int32_t sum =
				0; /* a plain mean: good enough a filter */

			for (uint32_t k = 0; k < step; k++)
				sum += pcm[i * 960 + (int)(n * step + k)];
			part[n] = (int16_t)(sum / (int32_t)step);
		}
		CHECK_OK(rd_encoder_encode(e, part, out[i].bytes,
					   sizeof(out[i].bytes), &out[i].len));
	}
	rd_encoder_close(e);
}

static inline void load_speech(const char *path, enum rd_codec_id far)
{
	size_t n = FRAMES_OF_SPEECH * 960;
	int16_t *pcm = rd_zalloc(n * sizeof(*pcm));
	FILE *f = path ? fopen(path, "rb") : NULL;

	CHECK(pcm != NULL);
	if (f) {
		if (fread(pcm, sizeof(*pcm), n, f) < n)
			(void)fprintf(stderr, "%s is shorter than 10 s\n",
				      path);
		(void)fclose(f);
	} else {
		make_speech(pcm, n);
	}
	encode_speech(pcm, RD_CODEC_OPUS, web_speech);
	encode_speech(pcm, far, trunk_speech);
	rd_free(pcm);
}
