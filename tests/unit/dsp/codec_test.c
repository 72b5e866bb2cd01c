/* tests/unit/dsp/codec_test.c - every codec at every rate.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdlib.h>

#include "dsp/codec.h"
#include "dsp/tone.h"

enum {
	FRAMES = 60,
	TONE_HZ = 440
};

struct pair {
	struct rd_encoder *e;
	struct rd_decoder *d;
};

static enum rd_err pair_open(struct pair *p, const struct rd_codec *c,
			     uint32_t rate_hz, bool has_fec)
{
	struct rd_encoder_config cfg = { .rate_hz = rate_hz,
					 .complexity = 5,
					 .loss_percent = has_fec ? 20 : 0,
					 .has_fec = has_fec };
	enum rd_err err = rd_encoder_open(&p->e, c, &cfg);

	p->d = NULL;
	if (!err)
		err = rd_decoder_open(&p->d, c, rate_hz);
	if (err) {
		rd_encoder_close(p->e);
		p->e = NULL;
	}
	return err;
}

static void pair_close(struct pair *p)
{
	rd_encoder_close(p->e);
	rd_decoder_close(p->d);
}

/* A tone through the pair; `lost` frames from the 30th on are concealed, the
 * last of them with the frame after it at hand. */
static void send_tone(struct pair *p, unsigned lost, struct rd_tone_finder *f)
{
	uint32_t rate_hz = p->e->rate_hz;
	size_t frame = rate_hz / 50;
	int16_t pcm[RD_PACKET_SAMPLES_MAX];
	uint8_t payload[RD_FRAME_BYTES_MAX];
	struct rd_tone_event event;
	struct rd_tone tone;
	size_t len, n;

	rd_tone_init(&tone, rate_hz, TONE_HZ, -10);
	rd_tone_finder_init(f, rate_hz, TONE_HZ, -30, 10);
	for (unsigned i = 0; i < FRAMES; i++) {
		rd_tone_make(&tone, pcm, frame);
		CHECK_OK(rd_encoder_encode(p->e, pcm, payload, sizeof(payload),
					   &len));
		if (i >= 30 && i < 30 + lost)
			continue;
		if (i == 30 + lost && lost) {
			CHECK_OK(rd_decoder_conceal(p->d, rd_span(payload, len),
						    pcm, lost * frame));
			for (size_t at = 0; at < lost * frame;)
				at += rd_tone_finder_feed(f, pcm + at,
							  lost * frame - at,
							  &event);
		}
		CHECK_OK(rd_decoder_decode(p->d, rd_span(payload, len), pcm,
					   RD_COUNT(pcm), &n));
		CHECK_EQ(n, frame);
		for (size_t at = 0; at < n;)
			at += rd_tone_finder_feed(f, pcm + at, n - at, &event);
	}
}

TEST(a_tone_survives_every_codec_at_every_rate)
{
	static struct rd_tone_finder f;

	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);

		for (size_t r = 0; c->rates_hz[r]; r++) {
			struct pair p;

			CHECK_OK(pair_open(&p, c, c->rates_hz[r], false));
			send_tone(&p, 0, &f);
			CHECK(rd_tone_finder_is_on(&f));
			CHECK(rd_tone_finder_level_db(&f) > -11.5);
			CHECK(rd_tone_finder_level_db(&f) < -8.5);
			CHECK(rd_tone_finder_hz(&f) > TONE_HZ - 1);
			CHECK(rd_tone_finder_hz(&f) < TONE_HZ + 1);
			CHECK(rd_tone_finder_snr_db(&f) > 17);
			pair_close(&p);
		}
	}
}

TEST(a_lost_frame_is_concealed_so_that_the_tone_goes_on)
{
	static struct rd_tone_finder f;

	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);

		for (size_t r = 0; c->rates_hz[r]; r++) {
			struct pair p;
			uint64_t on;

			CHECK_OK(pair_open(&p, c, c->rates_hz[r], true));
			send_tone(&p, 0, &f);
			on = f.on_samples;
			pair_close(&p);
			CHECK_OK(pair_open(&p, c, c->rates_hz[r], true));
			send_tone(&p, 1, &f);
			/* At most half of the lost frame is not the tone. */
			CHECK(f.on_samples + c->rates_hz[r] / 50 >= on);
			CHECK(rd_tone_finder_is_on(&f));
			pair_close(&p);
		}
	}
}

TEST(long_gaps_fade_to_silence)
{
	static struct rd_tone_finder f;

	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);
		int16_t pcm[RD_PACKET_SAMPLES_MAX];
		uint32_t rate_hz = c->rates_hz[0];
		struct pair p;
		int loudest = 0;

		CHECK_OK(pair_open(&p, c, rate_hz, false));
		send_tone(&p, 0, &f);
		for (unsigned i = 0; i < 10; i++)
			CHECK_OK(rd_decoder_conceal(p.d, RD_SPAN_NONE, pcm,
						    rate_hz / 50 * 6));
		for (size_t i = 0; i < rate_hz / 50 * 6; i++)
			loudest = abs(pcm[i]) > loudest ? abs(pcm[i]) : loudest;
		CHECK(loudest < 500);
		pair_close(&p);
	}
}

TEST(conceal_refuses_what_is_no_gap)
{
	int16_t pcm[RD_PACKET_SAMPLES_MAX + 20];
	struct pair p;

	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		CHECK_OK(pair_open(&p, rd_codec_get((enum rd_codec_id)id), 8000,
				   false));
		CHECK_ERR(rd_decoder_conceal(p.d, RD_SPAN_NONE, pcm, 0),
			  RD_E_RANGE);
		CHECK_ERR(rd_decoder_conceal(p.d, RD_SPAN_NONE, pcm, 19),
			  RD_E_RANGE);
		CHECK_ERR(rd_decoder_conceal(p.d, RD_SPAN_NONE, pcm, 980),
			  RD_E_RANGE);
		CHECK_OK(rd_decoder_conceal(p.d, RD_SPAN_NONE, pcm, 20));
		CHECK_OK(rd_decoder_conceal(p.d, SPAN("\xff"), pcm, 960));
		pair_close(&p);
	}
}

TEST(codecs_are_found_by_name_and_by_static_type)
{
	CHECK(rd_codec_find(SPAN("OPUS")) == &rd_codec_opus);
	CHECK(rd_codec_find(SPAN("g722")) == &rd_codec_g722);
	CHECK(rd_codec_find(SPAN("pcmu")) == &rd_codec_pcmu);
	CHECK(!rd_codec_find(SPAN("PCM")));
	CHECK(!rd_codec_find(RD_SPAN_NONE));
	RFC("3551 6");
	CHECK(rd_codec_find_static(0) == &rd_codec_pcmu);
	CHECK(rd_codec_find_static(8) == &rd_codec_pcma);
	CHECK(rd_codec_find_static(9) == &rd_codec_g722);
	CHECK(!rd_codec_find_static(111));
	CHECK(!rd_codec_find_static(255));
}

TEST(the_common_rate_is_the_highest)
{
	CHECK_EQ(rd_codec_common_rate_hz(&rd_codec_opus, &rd_codec_g722),
		 16000);
	CHECK_EQ(rd_codec_common_rate_hz(&rd_codec_opus, &rd_codec_pcma), 8000);
	CHECK_EQ(rd_codec_common_rate_hz(&rd_codec_g722, &rd_codec_pcmu), 8000);
	CHECK_EQ(rd_codec_common_rate_hz(&rd_codec_opus, &rd_codec_opus),
		 48000);
	CHECK_EQ(rd_codec_rate_up_to(&rd_codec_opus, 47999), 16000);
	CHECK_EQ(rd_codec_rate_up_to(&rd_codec_g722, 48000), 16000);
	CHECK_EQ(rd_codec_rate_up_to(&rd_codec_pcmu, 4000), 8000);
}

TEST(a_rate_that_a_codec_has_not_is_refused)
{
	struct rd_encoder_config cfg = { .rate_hz = 44100 };
	struct rd_encoder *e;
	struct rd_decoder *d;

	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);

		CHECK_ERR(rd_encoder_open(&e, c, &cfg), RD_E_UNSUPPORTED);
		CHECK_ERR(rd_decoder_open(&d, c, 0), RD_E_UNSUPPORTED);
		CHECK(!e && !d);
	}
	rd_encoder_close(NULL);
	rd_decoder_close(NULL);
}

TEST(too_little_room_is_said_before_anything_is_written)
{
	static const uint8_t bytes[961];
	int16_t pcm[160] = { 7 };
	uint8_t out[159];
	struct pair p;
	size_t n;

	for (int id = RD_CODEC_G722; id < RD_CODEC_COUNT; id++) {
		CHECK_OK(pair_open(&p, rd_codec_get((enum rd_codec_id)id), 8000,
				   false));
		CHECK_ERR(rd_encoder_encode(p.e, pcm, out, sizeof(out), &n),
			  RD_E_SIZE);
		CHECK_ERR(rd_decoder_decode(p.d, rd_span(bytes, 161), pcm, 160,
					    &n),
			  RD_E_SIZE);
		CHECK_ERR(rd_decoder_decode(p.d, rd_span(bytes, 961), pcm, 160,
					    &n),
			  RD_E_FORMAT);
		CHECK_ERR(rd_decoder_decode(p.d, RD_SPAN_NONE, pcm, 160, &n),
			  RD_E_FORMAT);
		CHECK_EQ(n, 0);
		CHECK_EQ(pcm[0], 7);
		pair_close(&p);
	}
}

TEST(durations_count_in_the_clock_of_rtp)
{
	static const uint8_t bytes[160];
	uint32_t ts;

	RFC("3551 4.5.2");
	CHECK_OK(
		rd_codec_duration_ts(&rd_codec_g722, rd_span(bytes, 160), &ts));
	CHECK_EQ(ts, 160);
	CHECK_OK(rd_codec_duration_ts(&rd_codec_pcma, rd_span(bytes, 80), &ts));
	CHECK_EQ(ts, 80);
	RFC("7587 4.1");
	CHECK_OK(rd_codec_duration_ts(&rd_codec_opus, SPAN("\xf8\xff\xfe"),
				      &ts));
	CHECK_EQ(ts, 960);
}

/* Nearly all of it is libopus's: its speech encoder keeps two channels even
 * when it is made for one. */
TEST(a_pair_of_opus_takes_less_than_64_kib)
{
	size_t bytes = rd_codec_encoder_bytes(&rd_codec_opus, 48000) +
		       rd_codec_decoder_bytes(&rd_codec_opus, 48000);

	print_message("opus mono: encoder %zu, decoder %zu bytes\n",
		      rd_codec_encoder_bytes(&rd_codec_opus, 48000),
		      rd_codec_decoder_bytes(&rd_codec_opus, 48000));
	CHECK(bytes < 64 * 1024);
	for (int id = RD_CODEC_G722; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);

		CHECK(rd_codec_encoder_bytes(c, 8000) +
			      rd_codec_decoder_bytes(c, 8000) <
		      4096);
	}
}

static enum rd_err open_all(void)
{
	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		struct pair p;
		enum rd_err err =
			pair_open(&p, rd_codec_get((enum rd_codec_id)id), 8000,
				  false);

		if (err)
			return err;
		pair_close(&p);
	}
	return RD_OK;
}

TEST(opening_fails_cleanly_without_memory)
{
	rd_check_every_oom(open_all);
}

RD_TESTS(T(a_tone_survives_every_codec_at_every_rate),
	 T(a_lost_frame_is_concealed_so_that_the_tone_goes_on),
	 T(long_gaps_fade_to_silence), T(conceal_refuses_what_is_no_gap),
	 T(codecs_are_found_by_name_and_by_static_type),
	 T(the_common_rate_is_the_highest),
	 T(a_rate_that_a_codec_has_not_is_refused),
	 T(too_little_room_is_said_before_anything_is_written),
	 T(durations_count_in_the_clock_of_rtp),
	 T(a_pair_of_opus_takes_less_than_64_kib),
	 T(opening_fails_cleanly_without_memory))
