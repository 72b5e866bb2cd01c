/* tests/unit/media/control_test.c - control's side of the media plane.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peers.h"

static struct rd_media_web web_of(enum rd_codec_id id)
{
	struct rd_media_web web = {
		.remote_ufrag = "abcd",
		.remote_fingerprint =
			"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
			"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
		.codec = id,
		.payload_type = PEER_OPUS,
		.ssrc = 1,
		.cname = "ringdown",
	};

	rd_media_ice_credentials(web.local_ufrag, web.local_pwd);
	return web;
}

TEST(credentials_are_long_and_differ)
{
	char ufrag[2][16], pwd[2][40];

	RFC("8445 5.3");
	for (int i = 0; i < 2; i++) {
		rd_media_ice_credentials(ufrag[i], pwd[i]);
		CHECK_EQ(strlen(ufrag[i]), 12); /* 72 bits */
		CHECK_EQ(strlen(pwd[i]), 32);   /* 192 bits */
	}
	CHECK(strcmp(ufrag[0], ufrag[1]) != 0);
	CHECK(strcmp(pwd[0], pwd[1]) != 0);
}

/* T46: no letter is more likely than another. */
TEST(credentials_are_even)
{
	unsigned seen[128] = { 0 };
	char ufrag[16], pwd[40];

	for (int i = 0; i < 20000; i++) {
		rd_media_ice_credentials(ufrag, pwd);
		for (const char *c = pwd; *c; c++)
			seen[(unsigned char)*c]++;
	}
	for (const char *c = "AZaz09+/"; *c; c++)
		CHECK(seen[(unsigned char)*c] > 9500 &&
		      seen[(unsigned char)*c] < 10500);
}

TEST(wrong_settings_are_told_in_words)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_complaint why;
	struct rd_media *m;

	cfg.workers = 65;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	CHECK_TEXT(why.text, "media workers is 65; it must be 1 to 64");
	cfg = peer_cfg();
	cfg.opus_complexity = 11;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	cfg = peer_cfg();
	cfg.legs_per_worker = 1;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	cfg = peer_cfg();
	cfg.bind_count = 0;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	cfg = peer_cfg();
	cfg.port = 65535;
	cfg.workers = 2;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	cfg = peer_cfg();
	cfg.trunk_port_first = cfg.trunk_port_last = 4000;
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_RANGE);
	cfg = peer_cfg();
	CHECK_OK(rd_addr_parse(&cfg.bind[0], SPAN("192.0.2.1")));
	CHECK_ERR(rd_media_open(&m, &cfg, &why), RD_E_IO);
	CHECK(strstr(why.text, "192.0.2.1:0 cannot be bound") != NULL);
	CHECK(!m);
}

TEST(candidates_name_the_announced_address_and_the_real_port)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_addr out[RD_MEDIA_ADDRESSES], again[RD_MEDIA_ADDRESSES];
	struct rd_media *m;

	cfg.workers = 2;
	CHECK_OK(rd_addr_parse(&cfg.announced[0], SPAN("203.0.113.7")));
	m = peer_media(&cfg);
	CHECK_EQ(rd_media_candidates(m, 0, out), 1);
	CHECK(rd_addr_ip_equal(&out[0], &cfg.announced[0]));
	CHECK(out[0].port != 0);
	CHECK_EQ(rd_media_candidates(m, 1, again), 1);
	CHECK(again[0].port != out[0].port);
	CHECK_EQ(rd_media_candidates(m, 2, out), 0);
	CHECK_EQ(strlen(rd_media_fingerprint(m)), 95);
	rd_media_close(m);
}

TEST(calls_are_placed_where_the_fewest_legs_are)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media_totals totals;
	struct rd_media *m;
	unsigned worker, on[2] = { 0, 0 };
	rd_leg leg, first = 0;
	struct rd_addr local = { 0 };

	cfg.workers = 2;
	cfg.legs_per_worker = 4;
	m = peer_media(&cfg);
	for (int i = 0; i < 4; i++) {
		CHECK_OK(rd_media_place(m, &worker));
		on[worker]++;
		for (int k = 0; k < 2; k++)
			CHECK_OK(rd_media_rtp_reserve(m, worker, &leg, &local));
		if (!first)
			first = leg;
	}
	CHECK_EQ(on[0], 2);
	CHECK_EQ(on[1], 2);
	CHECK_ERR(rd_media_place(m, &worker), RD_E_FULL);
	CHECK_ERR(rd_media_rtp_reserve(m, 0, &leg, &local), RD_E_FULL);
	CHECK_EQ(leg, 0);
	rd_media_totals(m, &totals);
	CHECK_EQ(totals.legs, 8);
	CHECK_EQ(totals.complexity, 5);

	rd_media_leg_close(m, first);
	(void)peer_event(m, first, RD_MEDIA_CLOSED);
	CHECK_ERR(rd_media_place(m, &worker), RD_E_FULL); /* one is no call */
	CHECK_OK(rd_media_rtp_reserve(m, 0, &leg, &local));
	CHECK(leg != first);
	rd_media_close(m);
}

TEST(legs_of_two_workers_cannot_be_bridged)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_addr local = { 0 };
	struct rd_media *m;
	rd_leg a, b;

	cfg.workers = 2;
	m = peer_media(&cfg);
	CHECK_OK(rd_media_rtp_reserve(m, 0, &a, &local));
	CHECK_OK(rd_media_rtp_reserve(m, 1, &b, &local));
	CHECK_ERR(rd_media_bridge(m, a, b), RD_E_STATE);
	CHECK_ERR(rd_media_succeed(m, a, b), RD_E_STATE);
	rd_media_close(m);
}

TEST(wrong_legs_are_refused)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_media_web web = web_of(RD_CODEC_OPUS);
	struct rd_media_rtp rtp = { .codec = RD_CODEC_PCMU, .srtp_suite = 77 };
	struct rd_addr local = { 0 };
	rd_leg leg;

	web.remote_fingerprint[3] = 'x';
	CHECK_ERR(rd_media_web_open(m, 0, &web, &leg), RD_E_FORMAT);
	web = web_of(RD_CODEC_COUNT);
	CHECK_ERR(rd_media_web_open(m, 0, &web, &leg), RD_E_RANGE);
	web = web_of(RD_CODEC_OPUS);
	CHECK_ERR(rd_media_web_open(m, 1, &web, &leg), RD_E_RANGE);
	web.cname[0] = 0;
	CHECK_ERR(rd_media_web_open(m, 0, &web, &leg), RD_E_RANGE);
	CHECK_OK(rd_media_rtp_reserve(m, 0, &leg, &local));
	CHECK_ERR(rd_media_rtp_connect(m, leg, &rtp), RD_E_UNSUPPORTED);
	rd_media_close(m);
}

/* The second SUBSCRIBE of a browser: other payload types, then a codec. */
TEST(browsers_codec_may_change_in_a_call)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct browser b;
	uint64_t at_us;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	talk_close(&b.talk);
	talk_open(&b.talk, RD_CODEC_PCMA, 8, 8000, 1000, 1000);
	b.web.codec = RD_CODEC_PCMA;
	b.web.payload_type = 8;
	CHECK_OK(rd_media_web_update(m, b.leg, &b.web));
	(void)peer_wait(b.fd, rd_clock_us() + 30000);
	{ /* silence of the codec before is not to be decoded now */
		uint8_t bytes[PEER_BUFFER];
		ssize_t n;

		at_us = rd_clock_us() + 40000;
		while (peer_wait(b.fd, at_us) &&
		       (n = recv(b.fd, bytes, sizeof(bytes), 0)) > 0) {
			size_t len = (size_t)n;

			if (rd_packet_kind(rd_span(bytes, len)) ==
			    RD_PACKET_RTP)
				CHECK_OK(rd_srtp_unprotect(b.receive, bytes,
							   &len));
		}
	}
	for (int i = 0; i < 20; i++) {
		browser_say(&b, 20);
		at_us += 20000;
		browser_read(&b, at_us);
	}
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK_EQ(b.talk.gaps, 0);
	browser_close(&b);
	rd_media_close(m);
}

static enum rd_err make_call(struct rd_media *m)
{
	struct rd_media_web web = web_of(RD_CODEC_OPUS);
	struct rd_media_rtp rtp = {
		.codec = RD_CODEC_PCMU,
		.dtmf_payload_type = PEER_EVENTS,
		.may_send = true,
		.may_receive = true,
		.srtp_suite = RD_SRTP_AES128_CM_SHA1_80,
	};
	struct rd_addr local = { 0 };
	rd_leg browser, trunk;
	enum rd_err err;

	err = rd_media_web_open(m, 0, &web, &browser);
	if (err == RD_OK)
		err = rd_media_rtp_reserve(m, 0, &trunk, &local);
	if (err == RD_OK)
		err = rd_media_ringback(m, browser);
	rtp.remote = local;
	if (err == RD_OK)
		err = rd_media_rtp_connect(m, trunk, &rtp);
	if (err == RD_OK)
		err = rd_media_bridge(m, browser, trunk);
	if (err == RD_OK)
		err = rd_media_digits(m, trunk, "42");
	if (err == RD_OK)
		err = rd_media_echo(m, trunk);
	if (err != RD_OK)
		return err;
	rd_media_leg_close(m, trunk);
	(void)peer_event(m, trunk, RD_MEDIA_CLOSED);
	return RD_OK;
}

static enum rd_err open_call_close(void)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m;
	enum rd_err err = rd_media_open(&m, &cfg, NULL);

	if (err != RD_OK)
		return err;
	err = make_call(m);
	rd_media_close(m);
	return err;
}

TEST(every_failing_allocation_is_survived)
{
	rd_check_every_oom(open_call_close);
}

RD_TESTS(T(credentials_are_long_and_differ), T(credentials_are_even),
	 T(wrong_settings_are_told_in_words),
	 T(candidates_name_the_announced_address_and_the_real_port),
	 T(calls_are_placed_where_the_fewest_legs_are),
	 T(legs_of_two_workers_cannot_be_bridged), T(wrong_legs_are_refused),
	 T(browsers_codec_may_change_in_a_call),
	 T(every_failing_allocation_is_survived))
