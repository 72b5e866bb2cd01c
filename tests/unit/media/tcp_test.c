/* tests/unit/media/tcp_test.c - browsers whose network lets no UDP through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peers.h"

#include "media/media_priv.h"

enum {
	FRAMES = 40,
	FRAME_US = 20000,
	HZ = 1000,
	MANY = 300,
	OF_ADDRESS = 32, /* as tcp.c has them */
	STRANGERS = 256,
	CHECKS = 20,
	PATIENCE_US = 4000000,
};

static struct rd_media_cfg tcp_cfg(void)
{
	struct rd_media_cfg cfg = peer_cfg();

	cfg.has_tcp = true;
	return cfg;
}

static struct rd_addr tcp_candidate(const struct rd_media *m)
{
	struct rd_addr candidates[RD_MEDIA_ADDRESSES];

	CHECK_EQ(rd_media_tcp_candidates(m, 0, candidates), 1);
	return candidates[0];
}

static void say_and_hear(struct browser *b, int frames)
{
	uint64_t at_us = rd_clock_us();

	for (int i = 0; i < frames; i++) {
		browser_say(b, 20);
		at_us += FRAME_US;
		browser_read(b, at_us);
	}
}

/* Until half of that came back, on a busy machine late. */
static void talk_on(struct browser *b)
{
	uint64_t until_us = rd_clock_us() + PEER_WAIT_MS * 1000ULL;

	b->talk.heard = 0;
	while (b->talk.heard < FRAMES / 2 && rd_clock_us() < until_us) {
		browser_say(b, 20);
		browser_read(b, rd_clock_us() + FRAME_US);
	}
	CHECK(b->talk.heard >= FRAMES / 2);
}

static void check_sound(struct browser *b)
{
	CHECK(rd_tone_finder_is_on(&b->talk.finder));
	CHECK(rd_tone_finder_hz(&b->talk.finder) > 990 &&
	      rd_tone_finder_hz(&b->talk.finder) < 1010);
}

static void open_echo(struct browser *b, struct rd_media *m)
{
	browser_open(b, m, 0, RD_CODEC_OPUS, PEER_OPUS, HZ, HZ);
	CHECK_OK(rd_media_echo(m, b->leg));
}

static bool has_ended(int fd)
{
	uint8_t byte;

	CHECK(peer_wait(fd, rd_clock_us() + PEER_WAIT_MS * 1000ULL));
	return recv(fd, &byte, 1, 0) <= 0;
}

/* --- the candidates --- */

TEST(candidates_have_the_port_of_udp_and_the_announced_address)
{
	struct rd_addr udp[RD_MEDIA_ADDRESSES], tcp[RD_MEDIA_ADDRESSES];
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m;

	RFC("6544 4.1");
	cfg.workers = 2;
	CHECK_OK(rd_addr_parse(&cfg.announced[0], SPAN("203.0.113.10")));
	m = peer_media(&cfg);
	for (unsigned w = 0; w < 2; w++) {
		CHECK_EQ(rd_media_candidates(m, w, udp), 1);
		CHECK_EQ(rd_media_tcp_candidates(m, w, tcp), 1);
		CHECK(rd_addr_ip_equal(&tcp[0], &cfg.announced[0]));
		CHECK(tcp[0].port != 0);
	}
	CHECK_EQ(rd_media_tcp_candidates(m, 2, tcp), 0);
	rd_media_close(m);
}

TEST(switched_off_there_is_no_candidate)
{
	struct rd_addr tcp[RD_MEDIA_ADDRESSES];
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media *m = peer_media(&cfg);

	CHECK_EQ(rd_media_tcp_candidates(m, 0, tcp), 0);
	rd_media_close(m);
}

/* --- sound --- */

static void check_echo_in_pieces(size_t piece)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	struct rd_media_event e;
	struct rd_media_totals t;
	struct browser b;

	open_echo(&b, m);
	b.piece = piece;
	browser_use_tcp(&b, &to);
	browser_connect(&b);
	(void)peer_event(m, b.leg, RD_MEDIA_UP);
	say_and_hear(&b, FRAMES);
	for (int i = 0; i < PEER_WAIT_MS && b.talk.heard < FRAMES; i++)
		browser_read(&b, rd_clock_us() + 1000);
	check_sound(&b);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK(b.talk.heard >= FRAMES);
	rd_media_totals(m, &t);
	CHECK_EQ(t.tcp_open, 1);
	CHECK_EQ(t.tcp_dropped, 0);
	CHECK_EQ(t.packets_refused, 0);
	rd_media_leg_close(m, b.leg);
	e = peer_event(m, b.leg, RD_MEDIA_CLOSED);
	CHECK_EQ(e.stats.lost, 0);
	while (!b.has_ended) /* its connection goes with the leg */
		browser_read(&b, rd_clock_us() + 1000);
	rd_media_totals(m, &t);
	CHECK_EQ(t.tcp_open, 0);
	browser_close(&b);
	rd_media_close(m);
}

TEST(browser_over_tcp_hears_itself)
{
	RFC("6544 3");
	check_echo_in_pieces(0);
}

TEST(browser_whose_bytes_come_one_by_one_hears_itself)
{
	RFC("4571 2");
	check_echo_in_pieces(1);
}

TEST(browser_and_trunk_hear_each_other_over_tcp)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	uint64_t at_us;
	struct browser b;
	struct trunk t;

	browser_open(&b, m, 0, RD_CODEC_OPUS, PEER_OPUS, HZ, 700);
	trunk_open(&t, m, 0, RD_CODEC_PCMU, 0, 700, HZ);
	CHECK_OK(rd_media_bridge(m, b.leg, t.leg));
	browser_use_tcp(&b, &to);
	browser_connect(&b);
	at_us = rd_clock_us();
	for (int i = 0; i < FRAMES; i++) {
		browser_say(&b, -1);
		trunk_say(&t);
		at_us += FRAME_US;
		browser_read(&b, at_us - FRAME_US / 2);
		trunk_read(&t, at_us);
	}
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK(rd_tone_finder_is_on(&t.talk.finder));
	browser_close(&b);
	trunk_close(&t);
	rd_media_close(m);
}

/* --- which path --- */

TEST(leg_answers_by_the_path_that_was_nominated_last)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr udp, tcp = tcp_candidate(m);
	struct browser b;
	int by_udp;

	RFC("8445 7.3.1.5");
	open_echo(&b, m);
	udp = b.server;
	browser_connect(&b);
	say_and_hear(&b, FRAMES);
	check_sound(&b);
	by_udp = dup(b.fd);
	browser_use_tcp(&b, &tcp);
	b.answers = 0;
	browser_check(&b, true);
	while (!b.answers)
		browser_read(&b, rd_clock_us() + 1000);
	talk_on(&b);
	/* And back. */
	close(b.fd);
	b.fd = by_udp;
	b.is_tcp = false;
	b.server = udp;
	browser_check(&b, true);
	talk_on(&b);
	check_sound(&b);
	browser_close(&b);
	rd_media_close(m);
}

TEST(browser_whose_connection_broke_comes_back_by_another)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	struct browser b;

	open_echo(&b, m);
	browser_use_tcp(&b, &to);
	browser_connect(&b);
	say_and_hear(&b, FRAMES);
	for (int i = 0; i < 3; i++) {
		browser_use_tcp(&b, &to); /* closes the one before */
		b.answers = 0;
		browser_check(&b, false); /* the only path: no nomination */
		while (!b.answers)
			browser_read(&b, rd_clock_us() + 1000);
		talk_on(&b);
	}
	check_sound(&b);
	browser_close(&b);
	rd_media_close(m);
}

/* A browser with several networks has several; one that makes ever new ones
 * must not take all descriptors. */
TEST(leg_has_only_so_many_connections_and_the_newest)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	int fd[2 * RD_LEG_CONNECTIONS];
	struct rd_media_totals t;
	struct browser b;

	open_echo(&b, m);
	browser_connect(&b);
	for (size_t i = 0; i < RD_COUNT(fd); i++) {
		browser_use_tcp(&b, &to);
		fd[i] = dup(b.fd);
		b.answers = 0;
		browser_check(&b, true);
		while (!b.answers)
			browser_read(&b, rd_clock_us() + 1000);
		rd_media_totals(m, &t);
		CHECK_EQ(t.tcp_open, rd_min_size(i + 1, RD_LEG_CONNECTIONS));
	}
	CHECK(has_ended(fd[0]));
	CHECK(has_ended(fd[RD_LEG_CONNECTIONS - 1]));
	talk_on(&b);
	check_sound(&b);
	for (size_t i = 0; i < RD_COUNT(fd); i++)
		close(fd[i]);
	browser_close(&b);
	rd_media_close(m);
}

/* One packet of so many bytes, as Opus as any. */
static void say_much(struct browser *b)
{
	static const uint8_t payload[1200] = { 0xf8 };
	struct rd_rtp rtp = { .payload_type = PEER_OPUS,
			      .sequence = b->talk.sequence++,
			      .ts = b->talk.ts,
			      .ssrc = b->talk.ssrc,
			      .payload = rd_span(payload, sizeof(payload)) };
	uint8_t bytes[PEER_BUFFER];
	struct rd_writer w = rd_writer(bytes, sizeof(bytes));
	size_t len;

	b->talk.ts += 960;
	CHECK_OK(rd_rtp_encode(&w, &rtp));
	len = rd_writer_len(&w);
	CHECK_OK(rd_srtp_protect(b->send, bytes, &len, sizeof(bytes)));
	browser_send(b, bytes, len);
}

/* Who reads nothing loses packets, and nobody waits for that; what he reads
 * later is whole frames. */
TEST(slow_reader_loses_packets_and_holds_up_nobody)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	struct rd_media_totals t = { 0 };
	struct browser slow, quick;
	uint64_t until_us;
	int little = 32768;

	open_echo(&slow, m);
	browser_use_tcp(&slow, &to);
	CHECK(setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &little,
			 sizeof(little)) == 0);
	browser_connect(&slow);
	open_echo(&quick, m);
	browser_connect(&quick);
	until_us = rd_clock_us() + 4 * PEER_WAIT_MS * 1000ULL;
	while (t.tcp_dropped == 0 && rd_clock_us() < until_us) {
		say_much(&slow);
		browser_read(&quick, rd_clock_us() + 1000);
		rd_media_totals(m, &t);
	}
	CHECK(t.tcp_dropped > 0);
	talk_on(&quick);
	check_sound(&quick);
	browser_read(&slow, rd_clock_us() + 200000);
	CHECK(!slow.has_ended);
	rd_tone_finder_init(&slow.talk.finder, slow.talk.rate_hz, HZ, -30, 10);
	until_us = rd_clock_us() + PEER_WAIT_MS * 1000ULL;
	while (!rd_tone_finder_is_on(&slow.talk.finder) &&
	       rd_clock_us() < until_us)
		say_and_hear(&slow, 1);
	check_sound(&slow);
	browser_close(&slow);
	browser_close(&quick);
	rd_media_close(m);
}

/* --- strangers --- */

/* From that address of loopback. */
static int connect_from(const char *ip, const struct rd_addr *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage sa;
	struct rd_addr local;
	socklen_t len;

	CHECK(fd >= 0);
	CHECK_OK(rd_addr_parse(&local, rd_span_text(ip)));
	len = rd_addr_to_sockaddr(&local, &sa);
	CHECK(bind(fd, (struct sockaddr *)&sa, len) == 0);
	len = rd_addr_to_sockaddr(to, &sa);
	CHECK(connect(fd, (struct sockaddr *)&sa, len) == 0);
	return fd;
}

TEST(stranger_who_says_anything_but_checks_is_closed)
{
	static const char *const kinds[] = {
		"00 0e 16 fe fd 00 00 00 00 00 00 00 00 00 01 01",    /* DTLS */
		"00 0f 80 6f 00 01 00 00 00 01 00 00 00 02 f8 ff fe", /* RTP */
		"00 08 80 c8 00 06 00 00 00 02",                      /* RTCP */
		"00 00",                                     /* empty */
		"05 dd 00",                                  /* long */
		"47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31", /* HTTP */
	};
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	uint8_t bytes[64];

	for (size_t i = 0; i < RD_COUNT(kinds); i++) {
		size_t n = rd_test_hex(kinds[i], bytes, sizeof(bytes));
		int fd = connect_from("127.0.0.1", &to);

		CHECK(send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n);
		CHECK(has_ended(fd));
		close(fd);
	}
	rd_media_close(m);
}

TEST(check_with_a_wrong_password_gets_no_answer)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m = peer_media(&cfg);
	struct rd_addr to = tcp_candidate(m);
	struct rd_media_totals t;
	struct browser b;

	open_echo(&b, m);
	rd_stun_key_close(b.key);
	CHECK_OK(rd_stun_key_open(&b.key, SPAN("this is not the password")));
	browser_use_tcp(&b, &to);
	browser_check(&b, true);
	do
		rd_media_totals(m, &t);
	while (t.packets_refused == 0);
	CHECK(!peer_wait(b.fd, rd_clock_us() + 20000));
	browser_close(&b);
	rd_media_close(m);
}

/* A worker without a thread, whose clock is ours. */
struct scene {
	struct rd_media_cfg cfg;
	struct rd_silence silences[RD_CODEC_COUNT];
	struct rd_mailbox *notes;
	struct rd_worker *w;
	struct rd_addr to;
};

static void open_scene(struct scene *s)
{
	struct rd_worker_cfg cfg = { .media = &s->cfg,
				     .silences = s->silences };

	memset(s, 0, sizeof(*s));
	s->cfg = tcp_cfg();
	CHECK_OK(rd_mailbox_open(&s->notes, 64, sizeof(struct rd_note)));
	cfg.notes = s->notes;
	CHECK_OK(rd_worker_open(&s->w, &cfg, NULL));
	s->to = rd_tcp_listener(s->w->tcp, 0)->local;
}

static void close_scene(struct scene *s)
{
	rd_worker_close(s->w);
	rd_mailbox_close(s->notes);
}

static uint64_t open_now(const struct scene *s)
{
	return rd_count_get(&s->w->counters.tcp_open);
}

static uint64_t refused(const struct scene *s)
{
	return rd_count_get(&s->w->counters.tcp_refused);
}

TEST(stranger_who_says_nothing_is_closed_after_four_seconds)
{
	uint64_t now_us = 1000000;
	struct scene s;
	int fd[2];

	open_scene(&s);
	CHECK_EQ(rd_tcp_due(s.w, now_us), UINT64_MAX);
	fd[0] = connect_from("127.0.0.1", &s.to);
	rd_tcp_accept(s.w, 0, now_us);
	fd[1] = connect_from("127.0.0.1", &s.to);
	rd_tcp_accept(s.w, 0, now_us + 1000);
	CHECK_EQ(open_now(&s), 2);
	CHECK_EQ(rd_tcp_due(s.w, now_us), now_us + PATIENCE_US);
	CHECK_EQ(rd_tcp_due(s.w, now_us + PATIENCE_US),
		 now_us + PATIENCE_US + 1000);
	CHECK_EQ(open_now(&s), 1);
	CHECK(has_ended(fd[0]));
	CHECK_EQ(rd_tcp_due(s.w, now_us + 2 * PATIENCE_US), UINT64_MAX);
	CHECK_EQ(open_now(&s), 0);
	CHECK_EQ(refused(&s), 2);
	close(fd[0]);
	close(fd[1]);
	close_scene(&s);
}

TEST(stranger_whose_checks_are_all_wrong_is_closed)
{
	uint8_t check[64];
	size_t n = rd_test_hex("00 14 00 01 00 00 21 12 a4 42 00 01 02 03 04 "
			       "05 06 07 08 09 0a 0b",
			       check, sizeof(check));
	uint64_t now_us = 1000000;
	struct scene s;
	int fd;

	open_scene(&s);
	fd = connect_from("127.0.0.1", &s.to);
	rd_tcp_accept(s.w, 0, now_us);
	for (int i = 0; i <= CHECKS; i++) {
		CHECK_EQ(open_now(&s), 1);
		CHECK(send(fd, check, n, MSG_NOSIGNAL) == (ssize_t)n);
		CHECK_EQ(rd_tcp_serve(s.w, 0, now_us), 1);
	}
	CHECK_EQ(open_now(&s), 0);
	CHECK(has_ended(fd));
	close(fd);
	close_scene(&s);
}

TEST(one_address_has_only_so_many_strangers_and_the_newest)
{
	uint64_t now_us = 1000000;
	int fd[OF_ADDRESS + 2];
	struct scene s;

	open_scene(&s);
	for (int i = 0; i <= OF_ADDRESS; i++) {
		fd[i] = connect_from("127.0.0.1", &s.to);
		rd_tcp_accept(s.w, 0, now_us);
	}
	CHECK_EQ(open_now(&s), OF_ADDRESS);
	CHECK_EQ(refused(&s), 1);
	CHECK(has_ended(fd[0]));
	CHECK(!peer_wait(fd[OF_ADDRESS], rd_clock_us() + 1000));
	fd[OF_ADDRESS + 1] = connect_from("127.0.0.2", &s.to);
	rd_tcp_accept(s.w, 0, now_us);
	CHECK_EQ(open_now(&s), OF_ADDRESS + 1);
	for (int i = 0; i < OF_ADDRESS + 2; i++)
		close(fd[i]);
	close_scene(&s);
}

TEST(oldest_stranger_makes_room_when_there_are_too_many)
{
	uint64_t now_us = 1000000;
	struct scene s;
	char ip[32];
	int fd[MANY];

	open_scene(&s);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(ip, sizeof(ip), "127.0.1.%d", i / 2 + 1);
		fd[i] = connect_from(ip, &s.to);
		rd_tcp_accept(s.w, 0, now_us + (uint64_t)i);
		CHECK(open_now(&s) <= STRANGERS);
	}
	CHECK_EQ(open_now(&s), STRANGERS);
	CHECK_EQ(refused(&s), MANY - STRANGERS);
	CHECK(has_ended(fd[0]));
	CHECK_EQ(rd_tcp_due(s.w, now_us),
		 now_us + MANY - STRANGERS + PATIENCE_US);
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	close_scene(&s);
}

static enum rd_err open_and_close(void)
{
	struct rd_media_cfg cfg = tcp_cfg();
	struct rd_media *m;
	enum rd_err err;

	cfg.legs_per_worker = 2;
	err = rd_media_open(&m, &cfg, NULL);
	rd_media_close(m);
	return err;
}

TEST(every_failing_allocation_is_survived)
{
	rd_check_every_oom(open_and_close);
}

RD_TIMED_TESTS(T(candidates_have_the_port_of_udp_and_the_announced_address),
	       T(switched_off_there_is_no_candidate),
	       T(browser_over_tcp_hears_itself),
	       T(browser_whose_bytes_come_one_by_one_hears_itself),
	       T(browser_and_trunk_hear_each_other_over_tcp),
	       T(leg_answers_by_the_path_that_was_nominated_last),
	       T(browser_whose_connection_broke_comes_back_by_another),
	       T(leg_has_only_so_many_connections_and_the_newest),
	       T(slow_reader_loses_packets_and_holds_up_nobody),
	       T(stranger_who_says_anything_but_checks_is_closed),
	       T(check_with_a_wrong_password_gets_no_answer),
	       T(stranger_whose_checks_are_all_wrong_is_closed),
	       T(stranger_who_says_nothing_is_closed_after_four_seconds),
	       T(one_address_has_only_so_many_strangers_and_the_newest),
	       T(oldest_stranger_makes_room_when_there_are_too_many),
	       T(every_failing_allocation_is_survived))
