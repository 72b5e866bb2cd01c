/* tests/unit/media/echo_test.c - one browser, and what it hears alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peers.h"

enum {
	FRAMES = 40,
	FRAME_US = 20000,
};

/* Says FRAMES of the tone in real time and listens meanwhile. */
static void say_and_hear(struct browser *b)
{
	uint64_t at_us = rd_clock_us();

	for (int i = 0; i < FRAMES; i++) {
		browser_say(b, 20);
		at_us += FRAME_US;
		browser_read(b, at_us);
	}
}

TEST(browser_hears_itself)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_media_event e;
	struct browser b;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_ICE_UP);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	say_and_hear(&b);
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK(rd_tone_finder_hz(&b.talk.finder) > 990 &&
	      rd_tone_finder_hz(&b.talk.finder) < 1010);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK(b.talk.heard >= FRAMES - 1);
	e = peer_event(m, b.leg, RD_MEDIA_LEVEL);
	CHECK_EQ(e.level, 20);

	rd_media_leg_close(m, b.leg);
	e = peer_event(m, b.leg, RD_MEDIA_CLOSED);
	CHECK(e.stats.received >= FRAMES - 1); /* the last may be unread */
	CHECK(e.stats.sent >= FRAMES);
	CHECK_EQ(e.stats.lost, 0);
	CHECK_EQ(e.stats.refused, 0);
	browser_close(&b);
	rd_media_close(m);
}

TEST(browser_with_silence_hears_fifty_packets_a_second)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct browser b;
	uint64_t us;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	browser_connect(&b);
	browser_read(&b, rd_clock_us() + 1000000);
	us = b.talk.last_us - b.talk.first_us;
	CHECK_EQ(b.talk.gaps, 0);
	CHECK_EQ(b.talk.last_bytes, 3);
	CHECK(b.talk.heard >= 47 && b.talk.heard <= 52);
	CHECK(us > (b.talk.heard - 1) * 19000ULL &&
	      us < (b.talk.heard - 1) * 21500ULL);
	CHECK_EQ(b.talk.last_ts - b.talk.first_ts, (b.talk.heard - 1) * 960);
	browser_close(&b);
	rd_media_close(m);
}

/* Two addresses of the server; the browser has but the second family. */
TEST(browser_over_v6_hears_itself)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_addr candidates[RD_MEDIA_ADDRESSES], local;
	struct rd_media *m;
	struct browser b;

	cfg.workers = 2;
	cfg.bind_count = 2;
	CHECK_OK(rd_addr_parse(&cfg.bind[1], SPAN("::1")));
	m = peer_media(&cfg);
	browser_open(&b, m, 1, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	CHECK_OK(rd_media_echo(m, b.leg));
	CHECK_EQ(rd_media_candidates(m, 1, candidates), 2);
	CHECK_EQ(candidates[1].family, 6);
	b.server = candidates[1];
	close(b.fd);
	b.fd = peer_socket_at("::1", &local);
	browser_connect(&b);
	say_and_hear(&b);
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK_EQ(b.talk.gaps, 0);
	browser_close(&b);
	rd_media_close(m);
}

/* One socket of the browser, two addresses of ours: it chooses. */
TEST(browser_chooses_among_our_addresses)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_addr candidates[RD_MEDIA_ADDRESSES];
	struct rd_media *m;
	struct browser b;

	RFC("8445 7.3.1.5");
	cfg.bind_count = 2;
	CHECK_OK(rd_addr_parse(&cfg.bind[1], SPAN("127.0.0.2")));
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	CHECK_OK(rd_media_echo(m, b.leg));
	CHECK_EQ(rd_media_candidates(m, 0, candidates), 2);
	browser_check(&b, false); /* the first, and does not take it */
	b.server = candidates[1];
	browser_connect(&b);
	for (int i = 0; i < 3; i++) { /* a consent check to the first still */
		b.server = candidates[0];
		browser_check(&b, false);
		b.server = candidates[1];
		browser_read(&b, rd_clock_us() + 1000);
	}
	for (int i = 0; i < 1000 && b.answers < 6; i++)
		browser_read(&b, rd_clock_us() + 1000);
	CHECK_EQ(b.answers, 6);
	b.is_strict = true;
	say_and_hear(&b);
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK_EQ(b.talk.gaps, 0);
	browser_close(&b);
	rd_media_close(m);
}

TEST(nothing_is_left_when_media_closes_in_the_middle)
{
	long live = rd_mem_live();
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct browser b;
	struct trunk t;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, 1000, 1000);
	CHECK_OK(rd_media_bridge(m, b.leg, t.leg));
	browser_connect(&b);
	browser_say(&b, 20);
	rd_media_leg_close(m, t.leg);
	rd_media_close(m);
	browser_close(&b);
	trunk_close(&t);
	CHECK_EQ(rd_mem_live(), live);
}

RD_TIMED_TESTS(T(browser_hears_itself),
	       T(browser_with_silence_hears_fifty_packets_a_second),
	       T(browser_over_v6_hears_itself),
	       T(browser_chooses_among_our_addresses),
	       T(nothing_is_left_when_media_closes_in_the_middle))
