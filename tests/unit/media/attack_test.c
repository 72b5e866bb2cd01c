/* tests/unit/media/attack_test.c - strangers, forgers and rude peers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peers.h"

enum {
	FRAME_US = 20000,
	WEB_HZ = 1000,
	TRUNK_HZ = 700,
	EVIL_HZ = 2100,
	SPRAY = 200,
};

static uint64_t refused(const struct rd_media *m)
{
	struct rd_media_totals t;

	rd_media_totals(m, &t);
	return t.packets_refused;
}

static void settle(const struct rd_media *m, uint64_t packets)
{
	struct rd_media_totals t;
	uint64_t until_us = rd_clock_us() + PEER_WAIT_MS * 1000ULL;

	do {
		rd_media_totals(m, &t);
	} while (t.packets_in < packets && rd_clock_us() < until_us);
	CHECK(t.packets_in >= packets);
}

static bool has_answer(int fd, uint64_t wait_us)
{
	return peer_wait(fd, rd_clock_us() + wait_us);
}

TEST(stranger_gets_no_answer_to_anything)
{
	static const struct {
		const char *hex;
	} kinds[] = {
		{ "00 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b "
		  "0c" },
		{ "01 01 00 00 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b "
		  "0c" },
		{ "16 fe fd 00 00 00 00 00 00 00 00 00 01 01" },
		{ "15 fe fd 00 00 00 00 00 00 00 00 00 02 02 28" },
		{ "80 6f 00 01 00 00 00 01 00 00 00 02 f8 ff fe" },
		{ "80 c8 00 06 00 00 00 02" },
		{ "40 00 00 04 01 02 03 04" },
		{ "ff" },
		{ "00" },
	};
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr local, server[RD_MEDIA_ADDRESSES];
	int fd = peer_socket(&local);
	uint8_t bytes[64];
	struct browser b;

	RFC("7983 7");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK_EQ(rd_media_candidates(m, 0, server), 1);
	for (size_t i = 0; i < RD_COUNT(kinds); i++) {
		size_t n = rd_test_hex(kinds[i].hex, bytes, sizeof(bytes));

		peer_send(fd, &server[0], bytes, n);
	}
	settle(m, RD_COUNT(kinds));
	CHECK(!has_answer(fd, 20000));
	CHECK_EQ(refused(m), RD_COUNT(kinds));
	close(fd);
	browser_close(&b);
	rd_media_close(m);
}

TEST(check_with_wrong_integrity_or_name_is_not_answered)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_stun_key *right;
	struct browser b;

	RFC("8489 9.1.3");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	right = b.key;
	CHECK_OK(rd_stun_key_open(&b.key, SPAN("not the password at all")));
	browser_check(&b, true);
	rd_stun_key_close(b.key);
	b.key = right;
	b.ufrag[0] ^= 1;
	browser_check(&b, true);
	b.ufrag[0] ^= 1;
	b.web.local_ufrag[0] ^= 1;
	browser_check(&b, true);
	b.web.local_ufrag[0] ^= 1;
	settle(m, 3);
	CHECK(!has_answer(b.fd, 20000));
	CHECK_EQ(refused(m), 3);
	browser_connect(&b); /* and the right one is served at once */
	browser_close(&b);
	rd_media_close(m);
}

/* Media of a call that is over, from the same NAT, at full rate. */
TEST(browser_that_goes_on_talking_keeps_nobody_out)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct browser gone, next;

	browser_open(&gone, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&gone);
	browser_say(&gone, 20);
	(void)peer_event(m, gone.leg, RD_MEDIA_UP);
	rd_media_leg_close(m, gone.leg);
	(void)peer_event(m, gone.leg, RD_MEDIA_CLOSED);
	for (int i = 0; i < 100; i++)
		browser_say(&gone, 20);
	settle(m, 100);
	browser_open(&next, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK(browser_try(&next, 500));
	browser_close(&gone);
	browser_close(&next);
	rd_media_close(m);
}

TEST(role_conflict_is_told)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	uint8_t bytes[512];
	struct rd_writer w = rd_writer(bytes, sizeof(bytes));
	struct rd_stun ask = { .class = RD_STUN_REQUEST,
			       .method = RD_STUN_BINDING,
			       .role = RD_ICE_CONTROLLED,
			       .tie_breaker = 1 };
	struct rd_stun answer;
	struct browser b;
	char name[64];
	ssize_t n;

	RFC("8445 7.3.1.1");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	(void)snprintf(name, sizeof(name), "%s:%s", b.web.local_ufrag, b.ufrag);
	ask.username = rd_span_text(name);
	CHECK_OK(rd_stun_encode(&w, &ask, b.key));
	peer_send(b.fd, &b.server, bytes, rd_writer_len(&w));
	CHECK(has_answer(b.fd, PEER_WAIT_MS * 1000));
	n = recv(b.fd, bytes, sizeof(bytes), 0);
	CHECK(n > 0);
	CHECK_OK(rd_stun_parse(&answer, rd_span(bytes, (size_t)n)));
	CHECK_OK(rd_stun_check(&answer, b.key));
	CHECK_EQ(answer.class, RD_STUN_ERROR);
	CHECK_EQ(answer.error, RD_STUN_ROLE_CONFLICT);
	browser_close(&b);
	rd_media_close(m);
}

/* T48: hellos from elsewhere, and forged ones from the right address. */
TEST(stray_hellos_do_not_spoil_a_handshake)
{
	static const char null_cipher[] =
		"16 fe fd 00 00 00 00 00 00 00 00 00 36 01 00 00 2a 00 00 00 "
		"00 00 00 00 2a fe fd 00 01 02 03 04 05 06 07 08 09 0a 0b 0c "
		"0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 00 "
		"00 00 02 00 00 01 00";
	static const char alert[] =
		"15 fe fd 00 00 00 00 00 00 00 00 00 02 02 28";
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr local;
	int stranger = peer_socket(&local);
	uint8_t hello[128], bye[32];
	size_t hello_len = rd_test_hex(null_cipher, hello, sizeof(hello));
	size_t bye_len = rd_test_hex(alert, bye, sizeof(bye));

	for (int round = 0; round < 10; round++) {
		struct browser b;

		browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ,
			     WEB_HZ);
		browser_check(&b, false);
		while (!b.answers)
			browser_read(&b, rd_clock_us() + 1000);
		for (int i = 0; i < 20; i++) {
			peer_send(stranger, &b.server, hello, hello_len);
			peer_send(stranger, &b.server, bye, bye_len);
		}
		peer_send(b.fd, &b.server, hello, hello_len);
		peer_send(b.fd, &b.server, bye, bye_len);
		browser_connect(&b);
		(void)peer_event(m, b.leg, RD_MEDIA_UP);
		rd_media_leg_close(m, b.leg);
		(void)peer_event(m, b.leg, RD_MEDIA_CLOSED);
		browser_close(&b);
	}
	CHECK(!has_answer(stranger, 0));
	close(stranger);
	rd_media_close(m);
}

TEST(wrong_certificate_never_comes_up)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_dtls_identity *other;
	struct rd_fingerprint peer;
	struct rd_media *m;
	struct browser b;
	char text[160];

	RFC("8122 6.2");
	cfg.dtls_deadline_ms = 300;
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	rd_dtls_close(b.dtls);
	CHECK_OK(rd_dtls_identity_open(&other));
	(void)snprintf(text, sizeof(text), "sha-256 %s",
		       rd_media_fingerprint(m));
	CHECK_OK(rd_fingerprint_parse(&peer, rd_span_text(text)));
	CHECK_OK(rd_dtls_open(&b.dtls, other, RD_DTLS_CLIENT, &peer,
			      rd_clock_ms()));
	CHECK(!browser_try(&b, 400));
	(void)peer_event(m, b.leg, RD_MEDIA_FAILED);
	browser_close(&b);
	rd_dtls_identity_close(other);
	rd_media_close(m);
}

TEST(leg_that_nobody_joins_fails_at_its_deadline)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m;
	struct browser b;
	uint64_t us = rd_clock_us();

	cfg.dtls_deadline_ms = 200;
	m = peer_media(&cfg);
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	(void)peer_event(m, b.leg, RD_MEDIA_FAILED);
	us = rd_clock_us() - us;
	CHECK(us >= 195000 && us < 2000000);
	browser_close(&b);
	rd_media_close(m);
}

/* T52: forged and replayed packets change nothing. */
TEST(forged_and_replayed_packets_are_not_heard)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	uint8_t bytes[PEER_BUFFER];
	struct rd_media_event e;
	struct rd_addr local;
	struct browser b;
	uint64_t at_us;
	int stranger = peer_socket(&local);

	RFC("3711 3.3.2");
	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	CHECK_OK(rd_media_echo(m, b.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		size_t len = talk_packet(&b.talk, 20, bytes);

		CHECK_OK(rd_srtp_protect(b.send, bytes, &len, sizeof(bytes)));
		peer_send(b.fd, &b.server, bytes, len);
		peer_send(b.fd, &b.server, bytes, len); /* again */
		peer_send(stranger, &b.server, bytes, len);
		bytes[20] ^= 1;
		bytes[3]++; /* a sequence number that is new */
		peer_send(b.fd, &b.server, bytes, len);
		at_us += FRAME_US;
		browser_read(&b, at_us);
	}
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK_EQ(b.talk.gaps, 0);
	rd_media_leg_close(m, b.leg);
	e = peer_event(m, b.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.received, 40);
	CHECK_EQ(e.stats.refused, 80);
	CHECK_EQ(e.stats.lost, 0);
	close(stranger);
	browser_close(&b);
	rd_media_close(m);
}

/* T56: twenty thousand packets a second of one leg cost the others nothing. */
TEST(leg_over_its_budget_is_cut)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_media_event e;
	struct browser b;
	static uint8_t bytes[1000][PEER_BUFFER];
	static size_t len[1000];

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, WEB_HZ);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	/* Made before, so that they go out at once on a busy machine, too. */
	for (int i = 0; i < 1000; i++) {
		len[i] = talk_packet(&b.talk, 20, bytes[i]);
		CHECK_OK(rd_srtp_protect(b.send, bytes[i], &len[i],
					 PEER_BUFFER));
	}
	for (int i = 0; i < 1000; i++)
		browser_send(&b, bytes[i], len[i]);
	rd_media_leg_close(m, b.leg);
	e = peer_event(m, b.leg, RD_MEDIA_CLOSED);
	CHECK(e.stats.received >= 100 && e.stats.received < 600);
	CHECK(e.stats.refused > 0);
	browser_close(&b);
	rd_media_close(m);
}

/* T53, T54: what a stranger says is not heard, and he hears nothing. */
static void check_stranger(bool learn)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr local;
	struct trunk t, evil;
	struct browser b;
	uint64_t at_us;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, WEB_HZ, TRUNK_HZ);
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, WEB_HZ);
	t.rtp.learn = learn;
	CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
	memset(&evil, 0, sizeof(evil));
	talk_open(&evil.talk, RD_CODEC_PCMU, 0, 8000, EVIL_HZ, WEB_HZ);
	evil.fd = peer_socket(&local);
	evil.server = t.server;
	CHECK_OK(rd_media_bridge(m, b.leg, t.leg));
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	at_us = rd_clock_us();
	for (int i = 0; i < 40; i++) {
		trunk_say(&t);
		trunk_say(&evil);
		browser_say(&b, 20);
		at_us += FRAME_US;
		browser_read(&b, at_us);
		trunk_read(&t, at_us);
	}
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK(rd_tone_finder_snr_db(&b.talk.finder) > 15);
	CHECK(rd_tone_finder_is_on(&t.talk.finder));
	CHECK_EQ(b.talk.gaps, 0);
	CHECK_EQ(recv(evil.fd, &local, sizeof(local), MSG_DONTWAIT), -1);
	trunk_close(&evil);
	trunk_close(&t);
	browser_close(&b);
	rd_media_close(m);
}

TEST(stranger_at_a_trunk_port_neither_speaks_nor_hears)
{
	check_stranger(false);
}

TEST(stranger_does_not_win_where_addresses_are_learnt)
{
	check_stranger(true);
}

/* T55 */
TEST(trunk_ports_are_not_used_again_at_once)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_addr first, next;
	struct rd_media *m;
	rd_leg leg;

	cfg.trunk_port_first = 28000;
	cfg.trunk_port_last = 28099;
	m = peer_media(&cfg);
	CHECK_OK(rd_media_rtp_reserve(m, 0, &leg, &first));
	CHECK(first.port >= 28000 && first.port < 28099 && first.port % 2 == 0);
	rd_media_leg_close(m, leg);
	(void)peer_event(m, leg, RD_MEDIA_CLOSED);
	for (int i = 0; i < 30; i++) {
		CHECK_OK(rd_media_rtp_reserve(m, 0, &leg, &next));
		CHECK(next.port != first.port);
	}
	rd_media_close(m);
}

TEST(sdes_keys_protect_a_trunk_and_survive_a_second_offer)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_srtp *send, *receive;
	uint8_t bytes[PEER_BUFFER];
	struct rd_media_event e;
	struct trunk t;
	uint64_t at_us;

	RFC("4568 6.2");
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, TRUNK_HZ);
	t.rtp.srtp_suite = RD_SRTP_AES128_CM_SHA1_80;
	rd_random_bytes(t.rtp.send_key, 30);
	rd_random_bytes(t.rtp.receive_key, 30);
	CHECK_OK(rd_srtp_open(&send, RD_SRTP_AES128_CM_SHA1_80, RD_SRTP_SEND,
			      rd_span(t.rtp.receive_key, 30)));
	CHECK_OK(rd_srtp_open(&receive, RD_SRTP_AES128_CM_SHA1_80,
			      RD_SRTP_RECEIVE, rd_span(t.rtp.send_key, 30)));
	CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
	CHECK_OK(rd_media_echo(m, t.leg));
	at_us = rd_clock_us() + FRAME_US;
	while (peer_wait(t.fd, at_us)) /* silence in clear, from before */
		(void)!recv(t.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	for (int i = 0; i < 40; i++) {
		size_t len = talk_packet(&t.talk, -1, bytes);
		ssize_t n;

		if (i == 20)
			CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
		CHECK_OK(rd_srtp_protect(send, bytes, &len, sizeof(bytes)));
		peer_send(t.fd, &t.server, bytes, len);
		at_us += FRAME_US;
		while (peer_wait(t.fd, at_us) &&
		       (n = recv(t.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >
			       0) {
			len = (size_t)n;
			if (rd_packet_kind(rd_span(bytes, len)) ==
			    RD_PACKET_RTCP)
				CHECK_OK(rd_srtp_unprotect_rtcp(receive, bytes,
								&len));
			else
				CHECK_OK(rd_srtp_unprotect(receive, bytes,
							   &len));
			trunk_hear(&t, bytes, len);
		}
	}
	CHECK(rd_tone_finder_is_on(&t.talk.finder));
	rd_media_leg_close(m, t.leg);
	e = peer_event(m, t.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.refused, 0);
	rd_srtp_close(send);
	rd_srtp_close(receive);
	trunk_close(&t);
	rd_media_close(m);
}

TEST(key_of_one_side_changes_and_the_other_stream_goes_on)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	uint8_t bytes[PEER_BUFFER];
	struct rd_media_event e;
	struct rd_srtp *send;
	struct trunk t;

	RFC("4568 6.4");
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, TRUNK_HZ);
	t.rtp.srtp_suite = RD_SRTP_AES128_CM_SHA1_80;
	rd_random_bytes(t.rtp.send_key, 30);
	rd_random_bytes(t.rtp.receive_key, 30);
	CHECK_OK(rd_srtp_open(&send, RD_SRTP_AES128_CM_SHA1_80, RD_SRTP_SEND,
			      rd_span(t.rtp.receive_key, 30)));
	CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
	/* Over the end of the sequence: the roll-over counter is 1 then, which
	 * no packet says. */
	t.talk.sequence = UINT16_MAX - 5;
	for (int i = 0; i < 20; i++) {
		size_t len = talk_packet(&t.talk, -1, bytes);

		if (i == 10) {
			rd_random_bytes(t.rtp.send_key, 30);
			CHECK_OK(rd_media_rtp_connect(m, t.leg, &t.rtp));
		}
		CHECK_OK(rd_srtp_protect(send, bytes, &len, sizeof(bytes)));
		peer_send(t.fd, &t.server, bytes, len);
		(void)peer_wait(-1, rd_clock_us() + FRAME_US);
	}
	rd_media_leg_close(m, t.leg);
	e = peer_event(m, t.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.refused, 0);
	CHECK_EQ(e.stats.received, 20);
	rd_srtp_close(send);
	trunk_close(&t);
	rd_media_close(m);
}

TEST(stale_legs_are_ordinary_answers)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_media_web web = { .codec = RD_CODEC_OPUS };
	struct rd_media_rtp rtp = { .codec = RD_CODEC_PCMU };
	struct trunk t;
	rd_leg again;

	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, TRUNK_HZ, WEB_HZ);
	rd_media_leg_close(m, t.leg);
	CHECK_ERR(rd_media_echo(m, t.leg), RD_E_NOTFOUND);
	(void)peer_event(m, t.leg, RD_MEDIA_CLOSED);
	CHECK_OK(rd_media_rtp_reserve(m, 0, &again, &t.local));
	CHECK(again != t.leg);
	CHECK_ERR(rd_media_silence(m, t.leg), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_ringback(m, 0), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_bridge(m, t.leg, again), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_digits(m, t.leg, "1"), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_succeed(m, t.leg, again), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_web_update(m, t.leg, &web), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_web_update(m, again, &web), RD_E_STATE);
	CHECK_ERR(rd_media_rtp_connect(m, 12345, &rtp), RD_E_NOTFOUND);
	CHECK_ERR(rd_media_bridge(m, again, again), RD_E_STATE);
	rd_media_leg_close(m, t.leg);
	rd_media_leg_close(m, 0);
	trunk_close(&t);
	rd_media_close(m);
}

RD_TIMED_TESTS(T(stranger_gets_no_answer_to_anything),
	       T(check_with_wrong_integrity_or_name_is_not_answered),
	       T(browser_that_goes_on_talking_keeps_nobody_out),
	       T(role_conflict_is_told),
	       T(stray_hellos_do_not_spoil_a_handshake),
	       T(wrong_certificate_never_comes_up),
	       T(leg_that_nobody_joins_fails_at_its_deadline),
	       T(forged_and_replayed_packets_are_not_heard),
	       T(leg_over_its_budget_is_cut),
	       T(stranger_at_a_trunk_port_neither_speaks_nor_hears),
	       T(stranger_does_not_win_where_addresses_are_learnt),
	       T(trunk_ports_are_not_used_again_at_once),
	       T(sdes_keys_protect_a_trunk_and_survive_a_second_offer),
	       T(key_of_one_side_changes_and_the_other_stream_goes_on),
	       T(stale_legs_are_ordinary_answers))
