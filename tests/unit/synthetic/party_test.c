/* tests/unit/synthetic/party_test.c - two parties wired together: packets,
 * losses, echo, digits, tones and delays, in virtual time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <unistd.h>

#include "synthetic/party.h"

enum {
	FRAME_US = RD_FRAME_MS * 1000,
	START_US = 5000000
};

static struct rd_banks banks = { .mark_hz = 440,
				 .level_db = -10,
				 .complexity = 5 };

static int drop_banks(void **state)
{
	(void)state;
	rd_banks_fini(&banks);
	return 0;
}

static struct rd_party *open_party(const struct rd_codec *codec, bool speaks,
				   bool is_echo)
{
	struct rd_party_cfg cfg = { .codec = codec,
				    .is_echo = is_echo,
				    .payload_type = 96,
				    .receive_type = 96,
				    .digits_type = 101,
				    .digits_hz = codec->clock_hz,
				    .level_id = 1,
				    .ssrc = is_echo ? 7 : 8,
				    .cname = "c",
				    .listens = true,
				    .rate_hz = 8000,
				    .hear_hz = 440 };
	struct rd_party *p;

	if (speaks)
		CHECK_OK(rd_banks_get(&banks, codec, &cfg.bank, NULL));
	CHECK_OK(rd_party_open(&p, &cfg));
	return p;
}

/* `frames` from a to b, delay_us later; every losing-th is lost. */
static void speak(struct rd_party *a, struct rd_party *b, unsigned frames,
		  uint64_t delay_us, unsigned losing)
{
	uint8_t packet[RD_PARTY_PACKET_MAX], reply[RD_PARTY_PACKET_MAX];
	size_t len, reply_len;

	for (unsigned i = 0; i < frames; i++) {
		uint64_t now_us = START_US + (uint64_t)i * FRAME_US;

		CHECK(rd_party_next(a, now_us, packet, &len));
		if (losing && i % losing == losing - 1)
			continue;
		rd_party_feed(b, rd_span(packet, len), now_us + delay_us, reply,
			      &reply_len);
		if (reply_len)
			rd_party_feed(a, rd_span(reply, reply_len),
				      now_us + 2 * delay_us, packet, &len);
	}
}

TEST(what_one_says_the_other_hears)
{
	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);
		struct rd_party *a = open_party(c, true, false);
		struct rd_party *b = open_party(c, false, false);
		struct rd_party_stats s;

		speak(a, b, 200, 1000, 0);
		rd_party_get_stats(a, &s);
		CHECK_EQ(s.sent, 200);
		rd_party_get_stats(b, &s);
		CHECK_EQ(s.received, 200);
		CHECK_EQ(s.lost, 0);
		CHECK_EQ(s.strange, 0);
		CHECK(s.jitter_most_ms < 0.1);
		CHECK(fabs(s.tone_hz - 440) < 1);
		CHECK(fabs(s.tone_db + 10) < 1.5);
		CHECK(s.tone_snr_db > 15);
		CHECK_EQ(s.tone_onsets, 4);
		rd_party_close(a);
		rd_party_close(b);
	}
}

TEST(losses_are_counted_and_concealed)
{
	struct rd_party *a = open_party(&rd_codec_opus, true, false);
	struct rd_party *b = open_party(&rd_codec_opus, false, false);
	struct rd_party_stats s;

	speak(a, b, 195, 0, 20);
	rd_party_get_stats(b, &s);
	CHECK_EQ(s.received, 186);
	CHECK_EQ(s.lost, 9);
	CHECK(fabs(s.tone_hz - 440) < 2);
	rd_party_begin_window(b);
	rd_party_get_stats(b, &s);
	CHECK_EQ(s.lost, 0);
	CHECK_EQ(s.received, 0);
	rd_party_close(a);
	rd_party_close(b);
}

TEST(the_delay_of_tones_is_measured_to_a_third_of_a_millisecond)
{
	for (int id = 0; id < RD_CODEC_COUNT; id++) {
		const struct rd_codec *c = rd_codec_get((enum rd_codec_id)id);
		struct rd_party *a = open_party(c, true, false);
		struct rd_party *b = open_party(c, false, false);
		struct rd_sample delays;

		CHECK_OK(rd_sample_init(&delays));
		rd_party_measure(b, a, &delays);
		speak(a, b, 400, 7300, 0);
		CHECK(delays.count > 0);
		CHECK(fabs(rd_sample_quantile(&delays, 0.5) - 7.3) < 0.34);
		CHECK(fabs(rd_sample_quantile(&delays, 0.99) - 7.3) < 0.7);
		rd_sample_fini(&delays);
		rd_party_close(a);
		rd_party_close(b);
	}
}

TEST(an_echo_comes_back_and_its_delay_is_the_round_trip)
{
	struct rd_party *a = open_party(&rd_codec_opus, true, false);
	struct rd_party *b = open_party(&rd_codec_opus, false, true);
	struct rd_sample delays;
	struct rd_party_stats s;

	CHECK_OK(rd_sample_init(&delays));
	rd_party_measure(a, a, &delays);
	speak(a, b, 200, 5000, 0);
	rd_party_get_stats(b, &s);
	CHECK_EQ(s.sent, 200);
	rd_party_get_stats(a, &s);
	CHECK_EQ(s.received, 200);
	CHECK_EQ(s.lost, 0);
	CHECK(fabs(s.tone_hz - 440) < 1);
	CHECK(fabs(rd_sample_quantile(&delays, 0.5) - 10) < 0.4);
	rd_sample_fini(&delays);
	rd_party_close(a);
	rd_party_close(b);
}

TEST(digits_are_heard_once_each)
{
	struct rd_party *p = open_party(&rd_codec_pcmu, false, false);
	struct rd_digit_send send;
	struct rd_digit_packet d;
	uint8_t packet[64], reply[RD_PARTY_PACKET_MAX];
	uint16_t sequence = 1;
	size_t len;

	RFC("4733 2.5.1.4");
	rd_digit_send_init(&send, 8000, 20, 100, 60);
	CHECK_OK(rd_digit_send_push(&send, SPAN("42#")));
	for (uint32_t ts = 0; ts < 8000; ts += 160)
		while (rd_digit_send_poll(&send, ts, &d)) {
			struct rd_writer w = rd_writer(packet, sizeof(packet));
			struct rd_rtp rtp = {
				.is_marked = d.is_marked,
				.payload_type = 101,
				.sequence = sequence++,
				.ts = d.ts,
				.ssrc = 5,
				.payload = rd_span(d.payload, RD_EVENT_BYTES),
			};

			CHECK_OK(rd_rtp_encode(&w, &rtp));
			rd_party_feed(p, rd_writer_span(&w),
				      START_US + ts * 125, reply, &len);
		}
	CHECK_TEXT(rd_party_digits(p), "42#");
	rd_party_close(p);
}

TEST(reports_tell_the_round_trip)
{
	struct rd_party *a = open_party(&rd_codec_opus, true, false);
	struct rd_party *b = open_party(&rd_codec_opus, true, false);
	uint8_t packet[RD_PARTY_PACKET_MAX];
	uint64_t wall_us = 1795187785000000;
	uint64_t now_us = START_US + 60 * FRAME_US;
	struct rd_party_stats s;
	size_t len;

	RFC("3550 6.4.1");
	CHECK(!rd_party_report(a, now_us, wall_us, packet, &len));
	speak(a, b, 50, 1000, 0);
	speak(b, a, 50, 1000, 0);
	CHECK(rd_party_report(a, now_us, wall_us, packet, &len));
	rd_party_feed_rtcp(b, rd_span(packet, len), now_us + 30000,
			   wall_us + 30000);
	CHECK(rd_party_report(b, now_us + 130000, wall_us + 130000, packet,
			      &len));
	rd_party_feed_rtcp(a, rd_span(packet, len), now_us + 160000,
			   wall_us + 160000);
	rd_party_get_stats(a, &s);
	CHECK(fabs(s.rtcp_round_trip_ms - 60) < 1);
	CHECK_EQ(s.reports, 1);
	rd_party_close(a);
	rd_party_close(b);
}

TEST(a_bank_that_plays_once_ends_and_then_the_echo_begins)
{
	struct rd_party_cfg cfg = { .codec = &rd_codec_pcma,
				    .plays_once = true,
				    .is_echo = true,
				    .payload_type = 8,
				    .receive_type = 8,
				    .digits_type = 255,
				    .ssrc = 3,
				    .cname = "c" };
	struct rd_party *a = open_party(&rd_codec_pcma, true, false);
	uint8_t packet[RD_PARTY_PACKET_MAX], reply[RD_PARTY_PACKET_MAX];
	struct rd_party *p;
	size_t len, reply_len;

	CHECK_OK(rd_banks_get(&banks, &rd_codec_pcma, &cfg.bank, NULL));
	CHECK_OK(rd_party_open(&p, &cfg));
	for (unsigned i = 0; i < cfg.bank->count; i++) {
		CHECK(rd_party_next(a, START_US, packet, &len));
		packet[1] = 8;
		rd_party_feed(p, rd_span(packet, len), START_US, reply,
			      &reply_len);
		CHECK_EQ(reply_len, 0);
		CHECK(rd_party_next(p, START_US, packet, &len));
	}
	CHECK(rd_party_has_played(p));
	CHECK(!rd_party_next(p, START_US, packet, &len));
	CHECK(rd_party_next(a, START_US, packet, &len));
	packet[1] = 8;
	rd_party_feed(p, rd_span(packet, len), START_US, reply, &reply_len);
	CHECK(reply_len > 12);
	rd_party_close(p);
	rd_party_close(a);
}

TEST(what_was_not_agreed_is_counted_and_dropped)
{
	struct rd_party *p = open_party(&rd_codec_pcmu, false, true);
	uint8_t reply[RD_PARTY_PACKET_MAX];
	struct rd_party_stats s;
	size_t len;

	rd_party_feed(p, SPAN("\x80\x05\0\1\0\0\0\0\0\0\0\1x"), START_US, reply,
		      &len);
	rd_party_feed(p, SPAN("\x80"), START_US, reply, &len);
	rd_party_feed(p, SPAN("\x80\x65\0\1\0\0\0\0\0\0\0\1x"), START_US, reply,
		      &len);
	rd_party_get_stats(p, &s);
	CHECK_EQ(s.strange, 3);
	CHECK_EQ(len, 0);
	rd_party_close(p);
}

TEST(frames_are_known_by_their_bytes_unless_they_repeat)
{
	static int16_t noise[48000];
	struct rd_sound sound = { 48000, 48000, noise };
	struct rd_bank_cfg cfg = { .codec = &rd_codec_opus,
				   .rate_hz = 48000,
				   .complexity = 0,
				   .sound = &sound,
				   .has_marks = true,
				   .mark_hz = 1000,
				   .level_db = -8 };
	struct rd_bank *b;
	uint32_t seed = 5;
	unsigned known = 0;

	for (size_t i = 0; i < 48000; i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (int16_t)((int)(seed >> 20) - 2048);
	}
	CHECK_OK(rd_bank_open(&b, &cfg));
	CHECK_EQ(b->count, 50);
	for (unsigned i = 0; i < b->count; i++) {
		int found = rd_bank_find(b, rd_bank_frame(b, i));

		CHECK(found == (int)i || found == -1);
		known += found == (int)i;
	}
	CHECK(known > 35);
	CHECK_EQ(rd_bank_find(b, SPAN("no such frame")), -1);
	/* The look-ahead of the encoder, 6.5 ms, and the finder's slack. */
	CHECK(fabs(b->mark_offset_us - 6500) < 1200);
	rd_bank_close(b);
}

TEST(the_opinion_falls_with_loss_and_delay)
{
	double best = rd_mos_estimate(RD_CODEC_PCMU, 20, 0);

	CHECK(best > 4.3 && best < 4.5);
	CHECK(rd_mos_estimate(RD_CODEC_PCMU, 20, 0.05) < best - 0.4);
	CHECK(rd_mos_estimate(RD_CODEC_PCMU, 400, 0) < best - 0.7);
	CHECK(rd_mos_estimate(RD_CODEC_OPUS, 20, 0.05) >
	      rd_mos_estimate(RD_CODEC_PCMA, 20, 0.05));
	CHECK(rd_mos_estimate(RD_CODEC_OPUS, 5000, 1) >= 1);
}

TEST(quantiles_of_many_stay_right)
{
	struct rd_sample s;

	CHECK_OK(rd_sample_init(&s));
	CHECK_EQ((int)rd_sample_quantile(&s, 0.5), 0);
	for (unsigned i = 0; i < 100000; i++)
		rd_sample_add(&s, (double)(i * 7919 % 100000));
	CHECK(s.count <= RD_SAMPLE_ROOM);
	CHECK(fabs(rd_sample_quantile(&s, 0.5) - 50000) < 2000);
	CHECK(fabs(rd_sample_quantile(&s, 0.99) - 99000) < 1000);
	rd_sample_fini(&s);
}

TEST(proc_is_read)
{
	struct rd_process p = rd_process_read(getpid());

	CHECK(p.rss_kib > 1000 && p.rss_kib < 1 << 30);
	CHECK_EQ(p.threads, 1);
	CHECK(p.cpu_s >= 0 && p.cpu_s < 1000);
	p = rd_process_read(1 << 30);
	CHECK_EQ(p.rss_kib, 0);
}

static enum rd_err open_one(void)
{
	struct rd_party_cfg cfg = { .codec = &rd_codec_pcmu,
				    .listens = true,
				    .rate_hz = 8000,
				    .hear_hz = 440,
				    .cname = "c" };
	struct rd_banks mine = { .mark_hz = 440, .level_db = -10 };
	struct rd_party *p = NULL;
	enum rd_err err = rd_banks_get(&mine, cfg.codec, &cfg.bank, NULL);

	if (!err)
		err = rd_party_open(&p, &cfg);
	rd_party_close(p);
	rd_banks_fini(&mine);
	return err;
}

TEST(opening_fails_cleanly_without_memory)
{
	rd_check_every_oom(open_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_one_says_the_other_hears),
		T(losses_are_counted_and_concealed),
		T(the_delay_of_tones_is_measured_to_a_third_of_a_millisecond),
		T(an_echo_comes_back_and_its_delay_is_the_round_trip),
		T(digits_are_heard_once_each),
		T(reports_tell_the_round_trip),
		T(a_bank_that_plays_once_ends_and_then_the_echo_begins),
		T(what_was_not_agreed_is_counted_and_dropped),
		T(frames_are_known_by_their_bytes_unless_they_repeat),
		T(the_opinion_falls_with_loss_and_delay),
		T(quantiles_of_many_stay_right),
		T(proc_is_read),
		T(opening_fails_cleanly_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, drop_banks);
}
