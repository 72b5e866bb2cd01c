/* tests/unit/media/move_test.c - peers that move, fall silent and come back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peers.h"

enum {
	FRAME_US = 20000,
	WEB_HZ = 1000,
	TRUNK_HZ = 700,
};

/* F28: the browser's NAT gives it another port in the middle of the call. */
TEST(browser_that_moves_is_followed_after_its_check)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr local;
	struct browser b;
	uint64_t at_us;
	unsigned heard = 0;
	int old;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		if (i == 20) {
			old = b.fd;
			b.fd = peer_socket(&local);
			browser_say(&b, 20);
			browser_check(&b, true);
			browser_read(&b, rd_clock_us());
			close(old);
			b.talk.gaps = 0;
			heard = b.talk.heard;
		}
		browser_say(&b, 20);
		at_us += FRAME_US;
		browser_read(&b, at_us);
	}
	CHECK(b.talk.heard - heard >= 19);
	CHECK(b.talk.gaps <= 1); /* at the move itself */
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	browser_close(&b);
	rd_media_close(m);
}

/* F28 again, with a browser that has not noticed: no check for 0.6 s. */
TEST(browser_that_moves_unknowingly_is_heard_and_hears_at_once)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_media_event e;
	struct rd_addr local;
	struct browser b;
	uint64_t at_us;
	int old = -1;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	at_us = rd_clock_us();
	for (int i = 0; i < 60; i++) {
		if (i == 20) {
			old = b.fd;
			b.fd = peer_socket(&local);
		}
		if (i == 50)
			browser_check(&b, true);
		browser_say(&b, 20);
		at_us += FRAME_US;
		browser_read(&b, at_us);
	}
	CHECK(b.talk.heard >= 57);
	CHECK(b.talk.gaps <= 1); /* at the move itself */
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	while (recv(old, &local, sizeof(local), MSG_DONTWAIT) > 0)
		; /* copies of before the check */
	browser_read(&b, rd_clock_us() + 200000);
	CHECK_EQ(recv(old, &local, sizeof(local), MSG_DONTWAIT), -1);
	rd_media_leg_close(m, b.leg);
	e = peer_event(m, b.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.received, 60);
	CHECK_EQ(e.stats.lost, 0);
	close(old);
	browser_close(&b);
	rd_media_close(m);
}

/* Who repeats its packets, and is faster, takes nothing from it. */
TEST(browser_goes_on_while_somebody_repeats_it)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	uint8_t bytes[PEER_BUFFER];
	struct rd_addr local;
	struct browser b;
	uint64_t at_us;
	int thief = peer_socket(&local);

	RFC("3711 3.3.2");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	browser_say(&b, 20);
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		size_t len = talk_packet(&b.talk, 20, bytes);

		CHECK_OK(rd_srtp_protect(b.send, bytes, &len, sizeof(bytes)));
		peer_send(thief, &b.server, bytes, len);
		peer_send(b.fd, &b.server, bytes, len);
		at_us += FRAME_US;
		browser_read(&b, at_us);
	}
	CHECK_EQ(b.talk.gaps, 0);
	CHECK(b.talk.heard >= 39);
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	close(thief);
	browser_close(&b);
	rd_media_close(m);
}

TEST(browser_that_asks_no_more_is_lost_and_comes_back)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m;
	struct browser b;

	RFC("7675 5.1");
	cfg.ice_lost_ms = 200;
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_LOST);
	browser_check(&b, true);
	(void)peer_event(m, b.leg, RD_MEDIA_BACK);
	browser_close(&b);
	rd_media_close(m);
}

/* The next thing that is said of the leg, but for levels. */
static enum rd_media_event_kind next_of(struct rd_media *m, rd_leg leg)
{
	uint64_t until_us = rd_clock_us() + PEER_WAIT_MS * 1000ULL;
	struct rd_media_event e;

	for (;;) {
		while (rd_media_poll(m, &e) == RD_OK)
			if (e.leg == leg && e.kind != RD_MEDIA_LEVEL)
				return e.kind;
		CHECK(peer_wait(rd_media_fd(m), until_us));
	}
}

TEST(browser_that_falls_silent_in_speech_is_told_and_heard_again)
{
	struct rd_media_cfg cfg = peer_cfg();
	uint64_t said_us, at_us;
	struct rd_media *m;
	struct browser b;

	cfg.quiet_ms = 300;
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	for (int i = 0; i < 3; i++) {
		at_us = rd_clock_us();
		for (int frame = 0; frame < 10; frame++) {
			browser_say(&b, 20);
			browser_read(&b, at_us += FRAME_US);
		}
		said_us = rd_clock_us();
		browser_say(&b, 20);
		CHECK_EQ(next_of(m, b.leg), RD_MEDIA_QUIET);
		CHECK(rd_clock_us() >= said_us + 300000);
		if (i == 1)
			browser_check(&b, true); /* his path has changed */
		else
			browser_say(&b, 20);
		CHECK_EQ(next_of(m, b.leg), RD_MEDIA_HEARD);
	}
	browser_close(&b);
	rd_media_close(m);
}

/* A microphone that rests: his checks go on for a while, and then are far
 * between. */
TEST(browser_that_lets_its_microphone_rest_is_not_told)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m;
	struct browser b;

	cfg.quiet_ms = 1000;
	cfg.ice_lost_ms = 2500;
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	browser_say(&b, 20);
	browser_read(&b, rd_clock_us() + 700000);
	browser_check(&b, true);
	CHECK_EQ(next_of(m, b.leg), RD_MEDIA_LOST);
	browser_close(&b);
	rd_media_close(m);
}

TEST(browser_that_says_goodbye_is_told)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct browser b;

	RFC("8446 6.1");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	rd_dtls_end(b.dtls, rd_clock_ms());
	browser_flight(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_BYE);
	browser_close(&b);
	rd_media_close(m);
}

TEST(silent_trunk_is_lost_and_comes_back)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m;
	struct trunk t;

	cfg.rtp_silent_ms = 150;
	m = peer_media(&cfg);
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, WEB_HZ);
	(void)peer_event(m, t.leg, RD_MEDIA_LOST);
	trunk_say(&t);
	(void)peer_event(m, t.leg, RD_MEDIA_BACK);
	(void)peer_event(m, t.leg, RD_MEDIA_LOST);
	trunk_close(&t);
	rd_media_close(m);
}

TEST(trunk_behind_nat_is_learnt_after_five_packets)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr local;
	struct browser b;
	struct trunk t;
	uint64_t at_us;
	int other;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, TRUNK_HZ);
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, WEB_HZ);
	t.rtp.learn = true;
	CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
	CHECK_OK(rd_media_bridge(m, b.leg, t.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	other = t.fd;
	t.fd = peer_socket(&local); /* what the NAT made of it */
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		trunk_say(&t);
		browser_say(&b, 20);
		at_us += FRAME_US;
		browser_read(&b, at_us);
		trunk_read(&t, at_us);
	}
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK(rd_tone_finder_is_on(&t.talk.finder));
	CHECK(t.heard > 20);
	close(other);
	trunk_close(&t);
	browser_close(&b);
	rd_media_close(m);
}

RD_TIMED_TESTS(T(browser_that_moves_is_followed_after_its_check),
	       T(browser_that_moves_unknowingly_is_heard_and_hears_at_once),
	       T(browser_goes_on_while_somebody_repeats_it),
	       T(browser_that_asks_no_more_is_lost_and_comes_back),
	       T(browser_that_falls_silent_in_speech_is_told_and_heard_again),
	       T(browser_that_lets_its_microphone_rest_is_not_told),
	       T(browser_that_says_goodbye_is_told),
	       T(silent_trunk_is_lost_and_comes_back),
	       T(trunk_behind_nat_is_learnt_after_five_packets))
