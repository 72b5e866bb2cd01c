/* tests/unit/dsp/opus_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <time.h>

#include <opus.h>

#include "base/random.h"
#include "dsp/codec.h"
#include "dsp/opus.h"
#include "dsp/tone.h"

static enum rd_err parse(struct rd_opus_packet *p, const char *hex)
{
	uint8_t bytes[64];

	return rd_opus_packet_parse(p,
				    rd_span(bytes, rd_test_hex(hex, bytes,
							       sizeof(bytes))));
}

TEST(the_first_byte_names_mode_bandwidth_and_frame_size)
{
	struct rd_opus_packet p;
	uint8_t toc = 0;

	RFC("6716 3.1");
	do { /* libopus is the oracle, code 0, every byte */
		uint8_t packet[2] = { (uint8_t)(toc & ~3U), 0 };

		CHECK_OK(rd_opus_packet_parse(&p, rd_span(packet, 2)));
		CHECK_EQ(p.frame_ts,
			 opus_packet_get_samples_per_frame(packet, 48000));
		CHECK_EQ(p.is_stereo + 1, opus_packet_get_nb_channels(packet));
		CHECK_EQ(p.frames, 1);
		CHECK_EQ(p.mode, toc < 0x60   ? RD_OPUS_SILK
				 : toc < 0x80 ? RD_OPUS_HYBRID
					      : RD_OPUS_CELT);
		switch (opus_packet_get_bandwidth(packet)) {
		case OPUS_BANDWIDTH_NARROWBAND:
			CHECK_EQ(p.bandwidth_hz, 4000);
			break;
		case OPUS_BANDWIDTH_MEDIUMBAND:
			CHECK_EQ(p.bandwidth_hz, 6000);
			break;
		case OPUS_BANDWIDTH_WIDEBAND:
			CHECK_EQ(p.bandwidth_hz, 8000);
			break;
		case OPUS_BANDWIDTH_SUPERWIDEBAND:
			CHECK_EQ(p.bandwidth_hz, 12000);
			break;
		default:
			CHECK_EQ(p.bandwidth_hz, 20000);
		}
	} while (++toc);
}

TEST(the_rules_of_the_packet_are_kept)
{
	static const char *const bad[] = {
		"",            /* rule 1: no byte */
		"f9 01",       /* rule 3: two equal frames of half a byte */
		"fa",          /* rule 4: no length */
		"fa 05 01 02", /* rule 4: longer than the packet */
		"fa fc",       /* rule 4: half a length */
		"fb",          /* rule 6: no frame count */
		"fb 00",       /* rule 5: no frames */
		"fb 07",       /* rule 5: 140 ms */
		"1b 03 01",    /* rule 5: 180 ms */
		"fb 02 01",    /* rule 6: one byte for two frames */
		"fb 41",       /* rule 6: padding without a length */
		"fb 41 05 00", /* rule 6: more padding than packet */
		"fb 41 ff ff", /* rule 6: padding that never ends */
		"fb 82",       /* rule 7: no length */
		"fb 82 09 00", /* rule 7: longer than the packet */
		"e3 b1",       /* 49 frames of 2.5 ms */
	};
	struct rd_opus_packet p;

	RFC("6716 3.4");
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(parse(&p, bad[i]), RD_E_FORMAT);
}

TEST(frames_are_counted_in_every_code)
{
	struct rd_opus_packet p;

	RFC("6716 3.2");
	CHECK_OK(parse(&p, "f9 01 02"));
	CHECK_EQ(p.frames, 2);
	CHECK_EQ(p.duration_ts, 1920);
	CHECK(p.is_silent);
	CHECK_OK(parse(&p, "fa 02 01 02 03"));
	CHECK_EQ(p.frames, 2);
	CHECK(!p.is_silent);
	CHECK_OK(parse(&p, "fb 06"));
	CHECK_EQ(p.duration_ts, 5760);
	CHECK_OK(parse(&p, "e3 30"));
	CHECK_EQ(p.frames, 48);
	CHECK_EQ(p.duration_ts, 5760);
	CHECK_OK(parse(&p, "fb c2 02 01 aa bb 00 00"));
	CHECK_EQ(p.frames, 2);
	CHECK_EQ(p.duration_ts, 1920);
	CHECK(p.is_silent);
	CHECK_OK(rd_opus_packet_parse(&p, rd_opus_silence()));
	CHECK_EQ(p.duration_ts, 960);
}

TEST(no_frame_is_longer_than_1275_bytes)
{
	static uint8_t big[1 + 2 * 1275 + 2];
	struct rd_opus_packet p;

	RFC("6716 3.4");
	big[0] = 0xf8;
	CHECK_OK(rd_opus_packet_parse(&p, rd_span(big, 1276)));
	CHECK_ERR(rd_opus_packet_parse(&p, rd_span(big, 1277)), RD_E_FORMAT);
	big[0] = 0xf9;
	CHECK_OK(rd_opus_packet_parse(&p, rd_span(big, 2551)));
	CHECK_ERR(rd_opus_packet_parse(&p, rd_span(big, 2553)), RD_E_FORMAT);
}

TEST(our_reading_agrees_with_libopus)
{
	unsigned agreed = 0;

	for (unsigned i = 0; i < 200000; i++) {
		uint8_t bytes[300];
		struct rd_opus_packet p;
		const unsigned char *frames[48];
		opus_int16 sizes[48];
		uint32_t r = rd_random_u32();
		size_t len = i % 8 ? r % 8 : r % sizeof(bytes);
		int n;

		rd_random_bytes(bytes, len);
		if (i % 2 && len > 1)
			bytes[0] |= 3;
		n = len ? opus_packet_parse(bytes, (opus_int32)len, NULL,
					    frames, sizes, NULL)
			: -1;
		if (rd_opus_packet_parse(&p, rd_span(bytes, len))) {
			CHECK(n < 0);
			continue;
		}
		CHECK_EQ(n, p.frames);
		agreed++;
	}
	CHECK(agreed > 10000);
}

/* The frame lost is an onset that no concealment can invent. */
static double level_of_lost_onset(bool has_fec)
{
	struct rd_encoder_config cfg = { .rate_hz = 16000,
					 .bitrate = 32000,
					 .complexity = 5,
					 .loss_percent = 30,
					 .has_fec = has_fec };
	struct rd_encoder *e;
	struct rd_decoder *d;
	struct rd_tone tone;
	int16_t pcm[RD_PACKET_SAMPLES_MAX];
	uint8_t payload[RD_FRAME_BYTES_MAX];
	size_t len, n;
	double power = 0;

	CHECK_OK(rd_encoder_open(&e, &rd_codec_opus, &cfg));
	CHECK_OK(rd_decoder_open(&d, &rd_codec_opus, 16000));
	rd_tone_init(&tone, 16000, 300, -6);
	for (unsigned i = 0; i < 22; i++) {
		memset(pcm, 0, sizeof(pcm));
		if (i >= 20)
			rd_tone_make(&tone, pcm, 320);
		CHECK_OK(rd_encoder_encode(e, pcm, payload, sizeof(payload),
					   &len));
		if (i < 20)
			CHECK_OK(rd_decoder_decode(d, rd_span(payload, len),
						   pcm, RD_COUNT(pcm), &n));
	}
	/* 21 has come, 20 has not. */
	CHECK_OK(rd_decoder_conceal(d, rd_span(payload, len), pcm, 320));
	for (size_t i = 0; i < 320; i++)
		power += (double)pcm[i] * pcm[i] / 320;
	rd_encoder_close(e);
	rd_decoder_close(d);
	return sqrt(power);
}

TEST(a_lost_onset_comes_from_the_fec_of_the_next_packet)
{
	RFC("6716 2.1.7");
	CHECK(level_of_lost_onset(true) > 3000);
	CHECK(level_of_lost_onset(false) < 300);
}

/* Samples that a tone's onset moves between encoder and decoder. */
static double onset_shift_us(const struct rd_codec *c, uint32_t rate_hz,
			     uint32_t *lookahead_us)
{
	static struct rd_tone_finder f;
	struct rd_encoder_config cfg = { .rate_hz = rate_hz,
					 .bitrate = 48000,
					 .complexity = 9 };
	struct rd_encoder *e;
	struct rd_decoder *d;
	struct rd_tone tone;
	struct rd_tone_event event;
	int16_t pcm[RD_PACKET_SAMPLES_MAX];
	uint8_t payload[RD_FRAME_BYTES_MAX];
	size_t len, n, frame = rate_hz / 50;
	uint64_t found = 0;

	CHECK_OK(rd_encoder_open(&e, c, &cfg));
	CHECK_OK(rd_decoder_open(&d, c, rate_hz));
	*lookahead_us = rd_encoder_lookahead_us(e);
	rd_tone_init(&tone, rate_hz, 1000, -10);
	rd_tone_finder_init(&f, rate_hz, 1000, -25, 5);
	for (unsigned i = 0; i < 30; i++) {
		memset(pcm, 0, sizeof(pcm));
		if (i >= 20)
			rd_tone_make(&tone, pcm, frame);
		CHECK_OK(rd_encoder_encode(e, pcm, payload, sizeof(payload),
					   &len));
		CHECK_OK(rd_decoder_decode(d, rd_span(payload, len), pcm,
					   RD_COUNT(pcm), &n));
		for (size_t at = 0; at < n;) {
			at += rd_tone_finder_feed(&f, pcm + at, n - at, &event);
			if (event.kind == RD_TONE_ON && !found)
				found = event.at;
		}
	}
	rd_encoder_close(e);
	rd_decoder_close(d);
	CHECK(found > 0);
	return ((double)found - 20.0 * (double)frame) * 1e6 / rate_hz;
}

TEST(a_codec_delays_by_what_it_says)
{
	static const struct rd_codec *const codecs[] = { &rd_codec_opus,
							 &rd_codec_g722 };

	for (size_t k = 0; k < RD_COUNT(codecs); k++)
		for (size_t r = 0; codecs[k]->rates_hz[r]; r++) {
			uint32_t said;
			double got =
				onset_shift_us(codecs[k],
					       codecs[k]->rates_hz[r], &said);

			print_message("%s at %u Hz: %.0f us, says %u\n",
				      codecs[k]->name, codecs[k]->rates_hz[r],
				      got, said);
			CHECK(fabs(got - said) < 1200);
		}
}

TEST(complexity_can_be_changed_while_running)
{
	struct rd_encoder_config cfg = { .rate_hz = 8000, .complexity = 10 };
	struct rd_encoder *e;
	struct rd_tone tone;
	int16_t pcm[160];
	uint8_t payload[RD_FRAME_BYTES_MAX];
	size_t len;

	CHECK_OK(rd_encoder_open(&e, &rd_codec_opus, &cfg));
	rd_tone_init(&tone, 8000, 700, -12);
	for (unsigned i = 0; i < 50; i++) {
		cfg.complexity = (uint8_t)(i % 11);
		cfg.bitrate = 6000 + 1000 * i;
		cfg.has_fec = i & 1;
		rd_encoder_tune(e, &cfg);
		rd_tone_make(&tone, pcm, 160);
		CHECK_OK(rd_encoder_encode(e, pcm, payload, sizeof(payload),
					   &len));
		CHECK(len > 2);
	}
	CHECK_ERR(rd_encoder_encode(e, pcm, payload, 1, &len), RD_OK);
	CHECK_ERR(rd_encoder_encode(e, pcm, payload, 0, &len), RD_E_SIZE);
	rd_encoder_close(e);
}

TEST(silence_is_nearly_free_with_dtx)
{
	struct rd_encoder_config cfg = { .rate_hz = 16000, .has_dtx = true };
	static const int16_t silence[320];
	uint8_t payload[RD_FRAME_BYTES_MAX];
	struct rd_encoder *e;
	size_t len, bytes = 0;

	CHECK_OK(rd_encoder_open(&e, &rd_codec_opus, &cfg));
	for (unsigned i = 0; i < 100; i++) {
		CHECK_OK(rd_encoder_encode(e, silence, payload, sizeof(payload),
					   &len));
		bytes += i >= 50 ? len : 0;
	}
	CHECK(bytes < 50 * 10);
	rd_encoder_close(e);
}

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* T59: what the dearest packets cost, with a margin for sanitizers. */
TEST(the_dearest_packet_is_decoded_in_good_time)
{
	static const uint8_t tocs[] = { 0xfb, 0xe3, 0x5b, 0x7b, 0xff, 0x5f };
	static int16_t pcm[RD_PACKET_SAMPLES_MAX];
	static uint8_t packet[1200];
	uint64_t worst_us = 0;
	struct rd_decoder *d;
	size_t n;

	CHECK_OK(rd_decoder_open(&d, &rd_codec_opus, 48000));
	for (unsigned i = 0; i < 600; i++) {
		struct rd_opus_packet p;
		uint64_t start_us;
		enum rd_err err;

		rd_random_bytes(packet, sizeof(packet));
		packet[0] = tocs[i % RD_COUNT(tocs)];
		CHECK_OK(rd_opus_packet_parse(
			&p, rd_span((uint8_t[]){ packet[0], 1 }, 2)));
		packet[1] = (uint8_t)(5760 / p.frame_ts);
		start_us = cpu_us();
		err = rd_decoder_decode(
			d, rd_span(packet, 2 + 1152 / packet[1] * packet[1]),
			pcm, RD_COUNT(pcm), &n);
		CHECK(err == RD_OK || err == RD_E_FORMAT);
		start_us = cpu_us() - start_us;
		worst_us = rd_max_u64(worst_us, start_us);
	}
	rd_decoder_close(d);
	print_message("dearest of 600 hostile packets: %u us\n",
		      (unsigned)worst_us);
	CHECK(worst_us < 20000);
}

RD_TESTS(T(the_first_byte_names_mode_bandwidth_and_frame_size),
	 T(the_rules_of_the_packet_are_kept),
	 T(frames_are_counted_in_every_code),
	 T(no_frame_is_longer_than_1275_bytes),
	 T(our_reading_agrees_with_libopus),
	 T(a_lost_onset_comes_from_the_fec_of_the_next_packet),
	 T(a_codec_delays_by_what_it_says),
	 T(complexity_can_be_changed_while_running),
	 T(silence_is_nearly_free_with_dtx),
	 T(the_dearest_packet_is_decoded_in_good_time))
