/* tests/unit/media/bridge_test.c - a browser and a trunk hear each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each side says a tone of its own and looks for the other's in what it hears.
 */
#include "peers.h"

enum {
	FRAMES = 45,
	FRAME_US = 20000,
	WEB_HZ = 1000,
	TRUNK_HZ = 700,
};

struct call {
	struct rd_media *m;
	struct browser b;
	struct trunk t;
};

static void call_open(struct call *c, enum rd_codec_id web,
		      enum rd_codec_id trunk)
{
	struct rd_media_cfg cfg = peer_cfg();

	c->m = peer_media(&cfg);
	browser_open(&c->b, c->m, 0, web, web == RD_CODEC_OPUS ? PEER_OPUS : 8,
		     WEB_HZ, TRUNK_HZ);
	trunk_open(&c->t, c->m, 0, trunk, trunk == RD_CODEC_OPUS ? 96 : 9,
		   TRUNK_HZ, WEB_HZ);
	CHECK_OK(rd_media_bridge(c->m, c->b.leg, c->t.leg));
	browser_connect(&c->b);
	(void)peer_event(c->m, c->b.leg, RD_MEDIA_UP);
}

static void call_close(struct call *c)
{
	browser_close(&c->b);
	trunk_close(&c->t);
	rd_media_close(c->m);
}

static void talk_for(struct call *c, int frames)
{
	uint64_t at_us = rd_clock_us();

	for (int i = 0; i < frames; i++) {
		browser_say(&c->b, 20);
		trunk_say(&c->t);
		at_us += FRAME_US;
		browser_read(&c->b, at_us - FRAME_US / 2);
		trunk_read(&c->t, at_us);
	}
}

static void check_tone(const struct talk *t, double hz)
{
	double heard_hz = rd_tone_finder_hz(&t->finder);

	if (heard_hz < hz - 10 || heard_hz > hz + 10 || t->gaps)
		print_error("%.0f Hz for %.0f, %u packets, %u gaps\n", heard_hz,
			    hz, t->heard, t->gaps);
	CHECK(rd_tone_finder_is_on(&t->finder));
	CHECK(heard_hz > hz - 10 && heard_hz < hz + 10);
	CHECK_EQ(t->gaps, 0);
}

static void check_bridge(enum rd_codec_id web, enum rd_codec_id trunk)
{
	struct rd_media_event e;
	struct call c;

	call_open(&c, web, trunk);
	talk_for(&c, FRAMES);
	check_tone(&c.b.talk, TRUNK_HZ);
	check_tone(&c.t.talk, WEB_HZ);
	rd_media_leg_close(c.m, c.t.leg);
	e = peer_event(c.m, c.t.leg, RD_MEDIA_CLOSED);
	CHECK(e.stats.received >= FRAMES - 1); /* the last may be unread */
	CHECK_EQ(e.stats.concealed_frames, 0);
	CHECK(e.stats.sent >= FRAMES);
	call_close(&c);
}

TEST(opus_passes_through)
{
	check_bridge(RD_CODEC_OPUS, RD_CODEC_OPUS);
}
TEST(opus_and_pcmu)
{
	check_bridge(RD_CODEC_OPUS, RD_CODEC_PCMU);
}
TEST(opus_and_pcma)
{
	check_bridge(RD_CODEC_OPUS, RD_CODEC_PCMA);
}
TEST(opus_and_g722)
{
	check_bridge(RD_CODEC_OPUS, RD_CODEC_G722);
}
TEST(g722_passes_through)
{
	check_bridge(RD_CODEC_G722, RD_CODEC_G722);
}
TEST(pcmu_and_pcma)
{
	check_bridge(RD_CODEC_PCMU, RD_CODEC_PCMA);
}
TEST(g722_and_pcma)
{
	check_bridge(RD_CODEC_G722, RD_CODEC_PCMA);
}

TEST(payload_that_goes_through_is_not_touched)
{
	struct call c;
	uint8_t bytes[PEER_BUFFER], heard[PEER_BUFFER];
	size_t len, payload;
	struct rd_rtp rtp;
	ssize_t n = 0;

	call_open(&c, RD_CODEC_OPUS, RD_CODEC_OPUS);
	len = talk_packet(&c.b.talk, 30, bytes);
	CHECK_OK(rd_rtp_parse(&rtp, rd_span(bytes, len)));
	payload = rtp.payload.len;
	memcpy(heard, rtp.payload.at, payload);
	CHECK_OK(rd_srtp_protect(c.b.send, bytes, &len, sizeof(bytes)));
	peer_send(c.b.fd, &c.b.server, bytes, len);
	/* What came before is silence of three bytes. */
	while (n != (ssize_t)payload + RD_RTP_HEADER) {
		CHECK(peer_wait(c.t.fd, rd_clock_us() + 5000000));
		n = recv(c.t.fd, bytes, sizeof(bytes), 0);
	}
	CHECK_BYTES(bytes + RD_RTP_HEADER, heard, payload);
	CHECK_EQ(bytes[0], 0x80); /* no extension, no CSRC */
	call_close(&c);
}

/* One in ten packets of the trunk is lost, two are swapped now and then. */
TEST(losses_are_concealed_and_order_is_mended)
{
	uint8_t bytes[2][PEER_BUFFER];
	size_t len[2] = { 0, 0 };
	struct rd_media_event e;
	uint64_t at_us;
	struct call c;

	RFC("3550 A.1");
	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	trunk_say(&c.t);
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		int swapped = i % 10 == 2;

		at_us += FRAME_US;
		browser_read(&c.b, at_us);
		if (i % 10 == 7) { /* lost */
			(void)talk_packet(&c.t.talk, -1, bytes[0]);
			continue;
		}
		len[swapped] = talk_packet(&c.t.talk, -1, bytes[swapped]);
		if (swapped)
			continue;
		peer_send(c.t.fd, &c.t.server, bytes[0], len[0]);
		if (len[1])
			peer_send(c.t.fd, &c.t.server, bytes[1], len[1]);
		len[1] = 0;
	}
	browser_read(&c.b, at_us + 30000);
	check_tone(&c.b.talk, TRUNK_HZ);
	rd_media_leg_close(c.m, c.t.leg);
	e = peer_event(c.m, c.t.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.lost, 4);
	CHECK_EQ(e.stats.concealed_frames, 4);
	call_close(&c);
}

TEST(source_that_falls_silent_is_filled_in)
{
	struct call c;

	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	talk_for(&c, 20);
	c.b.talk.heard = 0;
	browser_read(&c.b, rd_clock_us() + 1000000);
	CHECK_EQ(c.b.talk.gaps, 0);
	CHECK(c.b.talk.heard >= 47 && c.b.talk.heard <= 53);
	talk_for(&c, 20);
	CHECK_EQ(c.b.talk.gaps, 0);
	CHECK(rd_tone_finder_is_on(&c.b.talk.finder));
	call_close(&c);
}

TEST(reports_go_both_ways_and_tell_the_round_trip)
{
	uint8_t bytes[512];
	struct rd_media_event e;
	struct call c;

	RFC("3550 6.4.1");
	call_open(&c, RD_CODEC_OPUS, RD_CODEC_OPUS);
	for (int i = 0; i < 3; i++) {
		struct rd_writer w = rd_writer(bytes, sizeof(bytes));
		struct rd_rtcp_report report = {
			.ssrc = c.b.web.ssrc,
			.fraction = 26,
			.last_sr = rd_rtcp_middle(c.b.reported_ntp),
		};
		size_t len;

		talk_for(&c, FRAMES);
		CHECK_OK(rd_rtcp_write(&w, c.b.talk.ssrc, NULL, &report, 1,
				       SPAN("browser")));
		len = rd_writer_len(&w);
		CHECK_OK(rd_srtp_protect_rtcp(c.b.send, bytes, &len,
					      sizeof(bytes)));
		peer_send(c.b.fd, &c.b.server, bytes, len);
	}
	CHECK(c.b.reports >= 2);
	CHECK(c.t.reports >= 2);
	talk_for(&c, 2);
	rd_media_leg_close(c.m, c.b.leg);
	e = peer_event(c.m, c.b.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.remote_loss_256, 26);
	/* The report told of no delay, so it counts the time it waited. */
	CHECK(e.stats.rtt_us > 0 && e.stats.rtt_us < 2000000);
	call_close(&c);
}

TEST(digits_go_both_ways)
{
	struct rd_telephone_event event = { .event = 5, .volume = 10 };
	struct rd_media_event e;
	uint8_t bytes[64];
	struct rd_writer w = rd_writer(bytes, sizeof(bytes));
	uint8_t payload[RD_EVENT_BYTES];
	struct rd_rtp rtp;
	struct call c;

	RFC("4733 2.5");
	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	talk_for(&c, 5);
	CHECK_OK(rd_media_digits(c.m, c.t.leg, "12#"));
	CHECK_ERR(rd_media_digits(c.m, c.t.leg, "1x"), RD_E_FORMAT);
	CHECK_ERR(rd_media_digits(c.m, c.b.leg, "1"), RD_E_STATE);
	CHECK_ERR(rd_media_digits(c.m, c.t.leg,
				  "123456789012345678901234567890"),
		  RD_E_FULL);
	talk_for(&c, 40);
	CHECK_TEXT(c.t.digits, "12#");

	event.duration_ts = 160;
	rd_telephone_event_encode(&event, payload);
	rtp = (struct rd_rtp){ .is_marked = true,
			       .payload_type = PEER_EVENTS,
			       .sequence = c.t.talk.sequence++,
			       .ts = c.t.talk.ts,
			       .ssrc = c.t.talk.ssrc,
			       .payload = rd_span(payload, sizeof(payload)) };
	CHECK_OK(rd_rtp_encode(&w, &rtp));
	peer_send(c.t.fd, &c.t.server, bytes, rd_writer_len(&w));
	e = peer_event(c.m, c.t.leg, RD_MEDIA_DIGIT);
	CHECK_EQ(e.digit, '5');
	CHECK_EQ(e.duration_ms, 20);
	call_close(&c);
}

TEST(browser_hears_ringback_then_a_sound_then_silence)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	int16_t pcm[8000 / 2];
	struct rd_sound sound = { 8000, RD_COUNT(pcm), pcm };
	struct rd_tone tone;
	struct browser b;

	RFC("E.180");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 425);
	CHECK_OK(rd_media_ringback(m, b.leg));
	browser_connect(&b);
	browser_read(&b, rd_clock_us() + 500000);
	check_tone(&b.talk, 425);
	rd_tone_init(&tone, 8000, 900, -12);
	rd_tone_make(&tone, pcm, RD_COUNT(pcm));
	rd_tone_finder_init(&b.talk.finder, 48000, 900, -30, 10);
	CHECK_OK(rd_media_play(m, b.leg, &sound, false));
	browser_read(&b, rd_clock_us() + 400000);
	check_tone(&b.talk, 900);
	(void)peer_event(m, b.leg, RD_MEDIA_PLAYED);
	browser_read(&b, rd_clock_us());
	b.talk.heard = 0;
	browser_read(&b, rd_clock_us() + 500000);
	CHECK(b.talk.heard >= 23 && b.talk.heard <= 27);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK(!rd_tone_finder_is_on(&b.talk.finder));
	browser_close(&b);
	rd_media_close(m);
}

TEST(reconnected_browser_takes_over_the_call)
{
	struct browser second;
	struct call c;
	uint32_t ssrc;

	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	talk_for(&c, 20);
	ssrc = c.t.talk.heard_ssrc;
	browser_open(&second, c.m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ,
		     TRUNK_HZ);
	browser_connect(&second);
	CHECK_OK(rd_media_succeed(c.m, c.b.leg, second.leg));
	rd_media_leg_close(c.m, c.b.leg);
	(void)peer_event(c.m, c.b.leg, RD_MEDIA_CLOSED);
	browser_close(&c.b);
	c.b = second;
	rd_tone_finder_init(&c.t.talk.finder, 8000, WEB_HZ, -30, 10);
	talk_for(&c, FRAMES);
	check_tone(&c.b.talk, TRUNK_HZ);
	check_tone(&c.t.talk, WEB_HZ);
	CHECK_EQ(c.t.talk.heard_ssrc, ssrc); /* one series for the trunk */
	call_close(&c);
}

TEST(codec_of_the_trunk_may_change_in_a_call)
{
	struct call c;

	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	talk_for(&c, 20);
	talk_close(&c.t.talk);
	talk_open(&c.t.talk, RD_CODEC_G722, 9, 16000, TRUNK_HZ, WEB_HZ);
	c.t.rtp.codec = RD_CODEC_G722;
	c.t.rtp.payload_type = 9;
	trunk_read(&c.t, rd_clock_us());
	CHECK_OK(rd_media_rtp_connect(c.m, c.t.leg, &c.t.rtp));
	talk_for(&c, FRAMES);
	check_tone(&c.b.talk, TRUNK_HZ);
	check_tone(&c.t.talk, WEB_HZ);
	call_close(&c);
}

TEST(held_trunk_neither_speaks_nor_is_spoken_to)
{
	struct call c;
	unsigned heard;

	RFC("3264 8.4");
	call_open(&c, RD_CODEC_OPUS, RD_CODEC_PCMU);
	talk_for(&c, 5);
	c.t.rtp.may_send = c.t.rtp.may_receive = false;
	CHECK_OK(rd_media_rtp_connect(c.m, c.t.leg, &c.t.rtp));
	browser_read(&c.b, rd_clock_us() + 50000);
	trunk_read(&c.t, rd_clock_us());
	heard = c.t.heard;
	talk_for(&c, 20);
	CHECK_EQ(c.t.heard, heard);
	CHECK(!rd_tone_finder_is_on(&c.b.talk.finder));
	call_close(&c);
}

RD_TIMED_TESTS(T(opus_passes_through), T(opus_and_pcmu), T(opus_and_pcma),
	       T(opus_and_g722), T(g722_passes_through), T(pcmu_and_pcma),
	       T(g722_and_pcma), T(payload_that_goes_through_is_not_touched),
	       T(losses_are_concealed_and_order_is_mended),
	       T(source_that_falls_silent_is_filled_in),
	       T(reports_go_both_ways_and_tell_the_round_trip),
	       T(digits_go_both_ways),
	       T(browser_hears_ringback_then_a_sound_then_silence),
	       T(reconnected_browser_takes_over_the_call),
	       T(codec_of_the_trunk_may_change_in_a_call),
	       T(held_trunk_neither_speaks_nor_is_spoken_to))
