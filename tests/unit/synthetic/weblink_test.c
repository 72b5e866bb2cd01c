/* tests/unit/synthetic/weblink_test.c - the browser's end against an ICE-lite
 * server made of wire and secure, in virtual time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "synthetic/weblink.h"
#include "wire/rtp.h"
#include "wire/stun.h"

#include "virtual_clock.h"

enum {
	START_MS = 1000,
	MOST_TURNS = 20000
};

static struct rd_dtls_identity *browser_identity, *server_identity;

static const struct rd_addr server_addr = { 4, 40000, { 127, 0, 0, 1 } };
static const struct rd_addr browser_addr = { 4, 50000, { 127, 0, 0, 1 } };
static const char server_password[] = "serverPasswordOf24Letters";

/* What the engine does, in small. */
struct server {
	struct rd_stun_key *key;
	struct rd_dtls *dtls;
	struct rd_srtp *send, *receive;
	unsigned checks, nominations;
	bool is_deaf;        /* answers no check */
	bool refuses_checks; /* with 401 */
	bool forges;         /* answers with another password */
	unsigned losing;     /* drops one of so many datagrams each way */
	uint32_t seed;
};

struct world {
	struct rd_weblink *link;
	struct server server;
	uint64_t now_ms;
};

static int make_identities(void **state)
{
	(void)state;
	return rd_dtls_identity_open(&browser_identity) ||
	       rd_dtls_identity_open(&server_identity);
}

static int drop_identities(void **state)
{
	(void)state;
	rd_dtls_identity_close(browser_identity);
	rd_dtls_identity_close(server_identity);
	return 0;
}

static void fill_answer(struct rd_webrtc_answer *answer,
			const struct rd_dtls_identity *identity)
{
	struct rd_fingerprint print;

	CHECK_OK(rd_fingerprint_parse(
		&print, rd_span_text(rd_dtls_identity_fingerprint(identity))));
	*answer = (struct rd_webrtc_answer){
		.ice_ufrag = SPAN("SRVR"),
		.ice_password = rd_span_text(server_password),
		.candidates = { server_addr },
		.candidate_count = 1,
	};
	memcpy(answer->fingerprint, print.digest, 32);
}

static void server_open(struct server *s, uint64_t now_ms)
{
	struct rd_fingerprint print;

	CHECK_OK(rd_stun_key_open(&s->key,
				  s->forges ? SPAN("someOtherPasswordOf24Char")
					    : rd_span_text(server_password)));
	CHECK_OK(rd_fingerprint_parse(&print,
				      rd_span_text(rd_dtls_identity_fingerprint(
					      browser_identity))));
	CHECK_OK(rd_dtls_open(&s->dtls, server_identity, RD_DTLS_SERVER, &print,
			      now_ms));
}

static bool is_lost(struct server *s)
{
	s->seed = s->seed * 1664525 + 1013904223;
	return s->losing && (s->seed >> 16) % s->losing == 0;
}

static void to_browser(struct world *w, struct rd_span bytes)
{
	uint8_t buf[2048];
	size_t len = bytes.len;

	if (is_lost(&w->server))
		return;
	memcpy(buf, bytes.at, len);
	CHECK_EQ(rd_weblink_feed(w->link, buf, &len, &server_addr, w->now_ms),
		 RD_WEBLINK_NOTHING);
}

static void serve_check(struct world *w, struct rd_span bytes)
{
	struct server *s = &w->server;
	uint8_t buf[256];
	struct rd_writer out = rd_writer(buf, sizeof(buf));
	struct rd_span receiver, sender;
	struct rd_stun m;

	CHECK_OK(rd_stun_parse(&m, bytes));
	RFC("8445 7.2.2");
	CHECK(rd_stun_split_username(&m, &receiver, &sender));
	CHECK(rd_span_is(receiver, "SRVR"));
	CHECK(rd_span_is(sender, rd_weblink_ufrag(w->link)));
	CHECK_EQ(m.role, RD_ICE_CONTROLLING);
	CHECK(m.priority > 0);
	CHECK(rd_stun_has_fingerprint(&m));
	s->checks++;
	s->nominations += m.is_nominating;
	if (s->is_deaf)
		return;
	if (!s->forges)
		CHECK_OK(rd_stun_check(&m, s->key));
	if (s->refuses_checks)
		CHECK_OK(rd_stun_write_error(&out, &m, 401, s->key));
	else
		CHECK_OK(
			rd_stun_write_success(&out, &m, &browser_addr, s->key));
	to_browser(w, rd_writer_span(&out));
}

static void serve(struct world *w, struct rd_span bytes)
{
	struct server *s = &w->server;

	if (is_lost(s))
		return;
	switch (rd_packet_kind(bytes)) {
	case RD_PACKET_STUN:
		serve_check(w, bytes);
		return;
	case RD_PACKET_DTLS:
		rd_dtls_feed(s->dtls, bytes, w->now_ms);
		return;
	default:
		fail_msg("the browser sends what is neither STUN nor DTLS");
	}
}

static bool turn(struct world *w)
{
	struct rd_addr to;
	struct rd_span out;
	uint8_t buf[2048];
	bool was_busy = false;

	while (rd_weblink_poll(w->link, w->now_ms, &to, &out)) {
		CHECK(rd_addr_equal(&to, &server_addr));
		memcpy(buf, out.at, out.len);
		serve(w, rd_span(buf, out.len));
		was_busy = true;
	}
	while (rd_dtls_poll(w->server.dtls, w->now_ms, &out)) {
		to_browser(w, out);
		was_busy = true;
	}
	return was_busy;
}

/* Runs until `until`, from deadline to deadline. */
static void run(struct world *w, uint64_t until_ms)
{
	for (unsigned i = 0; i < MOST_TURNS; i++) {
		uint64_t due_ms;

		virtual_ms = w->now_ms; /* what OpenSSL goes by */
		if (turn(w))
			continue;
		due_ms = rd_min_u64(rd_weblink_due_ms(w->link),
				    rd_dtls_due_ms(w->server.dtls));
		if (due_ms >= until_ms) {
			w->now_ms = until_ms;
			return;
		}
		w->now_ms = due_ms > w->now_ms ? due_ms : w->now_ms + 1;
	}
	fail_msg("it never comes to rest");
}

static void begin(struct world *w, const struct rd_dtls_identity *promised)
{
	struct rd_webrtc_answer answer;

	w->now_ms = START_MS;
	virtual_ms = START_MS;
	CHECK_OK(rd_weblink_open(&w->link, browser_identity));
	CHECK_EQ(rd_weblink_state(w->link), RD_WEBLINK_NEW);
	server_open(&w->server, w->now_ms);
	fill_answer(&answer, promised);
	CHECK_OK(rd_weblink_start(w->link, &answer, w->now_ms));
	CHECK_ERR(rd_weblink_start(w->link, &answer, w->now_ms), RD_E_STATE);
}

static void end(struct world *w)
{
	rd_weblink_close(w->link);
	rd_dtls_close(w->server.dtls);
	rd_stun_key_close(w->server.key);
	rd_srtp_close(w->server.send);
	rd_srtp_close(w->server.receive);
}

static void exchange_rtp(struct world *w)
{
	uint8_t packet[256] = { 0x80, 111, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, 'x' };
	size_t len = 13;

	CHECK_OK(rd_dtls_take_keys(w->server.dtls, &w->server.send,
				   &w->server.receive));
	CHECK_OK(rd_weblink_protect(w->link, packet, &len, sizeof(packet)));
	CHECK(len > 13);
	CHECK_OK(rd_srtp_unprotect(w->server.receive, packet, &len));
	CHECK_EQ(len, 13);
	CHECK_EQ(packet[12], 'x');
	CHECK_OK(rd_srtp_protect(w->server.send, packet, &len, sizeof(packet)));
	CHECK_EQ(rd_weblink_feed(w->link, packet, &len, &server_addr,
				 w->now_ms),
		 RD_WEBLINK_RTP);
	CHECK_EQ(len, 13);
	CHECK_EQ(rd_weblink_feed(w->link, packet, &len, &server_addr,
				 w->now_ms),
		 RD_WEBLINK_NOTHING);
	CHECK_EQ(rd_weblink_refused(w->link), 1);
}

TEST(it_checks_shakes_hands_nominates_and_speaks)
{
	struct world w = { 0 };

	begin(&w, server_identity);
	run(&w, START_MS + 200);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_READY);
	CHECK_EQ(w.server.checks, 2);
	CHECK_EQ(w.server.nominations, 1);
	CHECK(rd_addr_equal(rd_weblink_peer(w.link), &server_addr));
	CHECK_TEXT(rd_weblink_trouble(w.link), "");
	CHECK(strlen(rd_weblink_profile(w.link)) > 0);
	exchange_rtp(&w);
	end(&w);
}

TEST(consent_is_asked_for_every_two_and_a_half_seconds)
{
	struct world w = { 0 };
	unsigned before;

	begin(&w, server_identity);
	run(&w, START_MS + 1000);
	before = w.server.checks;
	run(&w, START_MS + 1000 + 4 * RD_WEBLINK_CONSENT_MS);
	CHECK_EQ(w.server.checks, before + 4);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_READY);
	end(&w);
}

TEST(a_server_that_stops_answering_is_lost)
{
	struct world w = { 0 };

	RFC("7675 5.1");
	begin(&w, server_identity);
	run(&w, START_MS + 1000);
	w.server.is_deaf = true;
	run(&w, START_MS + 14000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_READY);
	run(&w, START_MS + 20000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_LOST);
	end(&w);
}

TEST(losses_only_cost_time)
{
	for (unsigned seed = 0; seed < 20; seed++) {
		struct world w = { .server = { .losing = 5 + seed % 8,
					       .seed = seed } };

		begin(&w, server_identity);
		run(&w, START_MS + 9500);
		CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_READY);
		CHECK(w.server.nominations > 0);
		end(&w);
	}
}

TEST(without_any_answer_it_gives_up_after_10_s)
{
	struct world w = { .server = { .is_deaf = true } };

	begin(&w, server_identity);
	run(&w, START_MS + 9000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_CHECKING);
	run(&w, START_MS + 11000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_FAILED);
	CHECK(strstr(rd_weblink_trouble(w.link), "ICE"));
	end(&w);
}

TEST(answers_that_are_not_authentic_are_none)
{
	struct world w = { .server = { .forges = true } };

	RFC("8489 14.5");
	begin(&w, server_identity);
	run(&w, START_MS + 3000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_CHECKING);
	end(&w);
}

TEST(a_refused_check_ends_it_with_a_word)
{
	struct world w = { .server = { .refuses_checks = true } };

	begin(&w, server_identity);
	run(&w, START_MS + 100);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_FAILED);
	CHECK(strstr(rd_weblink_trouble(w.link), "refused"));
	end(&w);
}

TEST(another_certificate_than_promised_gives_no_keys)
{
	struct world w = { 0 };
	uint8_t packet[64] = { 0x80 };
	size_t len = 20;

	RFC("8122 5");
	begin(&w, browser_identity);
	run(&w, START_MS + 12000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_FAILED);
	CHECK_ERR(rd_weblink_protect(w.link, packet, &len, sizeof(packet)),
		  RD_E_STATE);
	end(&w);
}

TEST(a_goodbye_is_heard_on_both_sides)
{
	struct world w = { 0 };
	struct world v = { 0 };

	begin(&w, server_identity);
	run(&w, START_MS + 1000);
	rd_dtls_end(w.server.dtls, w.now_ms);
	run(&w, START_MS + 1100);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_BYE);
	end(&w);

	begin(&v, server_identity);
	run(&v, START_MS + 1000);
	rd_weblink_end(v.link, v.now_ms);
	run(&v, START_MS + 1100);
	CHECK_EQ(rd_dtls_state(v.server.dtls), RD_DTLS_CLOSED);
	end(&v);
}

TEST(noise_does_it_no_harm)
{
	struct world w = { 0 };
	uint8_t noise[300];

	begin(&w, server_identity);
	for (unsigned i = 0; i < 256; i++) {
		size_t len = i;

		memset(noise, (int)i, sizeof(noise));
		CHECK_EQ(rd_weblink_feed(w.link, noise, &len, &server_addr,
					 w.now_ms),
			 RD_WEBLINK_NOTHING);
	}
	run(&w, START_MS + 1000);
	CHECK_EQ(rd_weblink_state(w.link), RD_WEBLINK_READY);
	end(&w);
}

static enum rd_err open_and_start(void)
{
	struct rd_webrtc_answer answer;
	struct rd_weblink *l;
	struct rd_addr to;
	struct rd_span out;
	enum rd_err err = rd_weblink_open(&l, browser_identity);

	if (err)
		return err;
	fill_answer(&answer, server_identity);
	err = rd_weblink_start(l, &answer, START_MS);
	if (!err)
		CHECK(rd_weblink_poll(l, START_MS, &to, &out));
	rd_weblink_close(l);
	return err;
}

TEST(opening_fails_cleanly_without_memory)
{
	rd_check_every_oom(open_and_start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_checks_shakes_hands_nominates_and_speaks),
		T(consent_is_asked_for_every_two_and_a_half_seconds),
		T(a_server_that_stops_answering_is_lost),
		T(losses_only_cost_time),
		T(without_any_answer_it_gives_up_after_10_s),
		T(answers_that_are_not_authentic_are_none),
		T(a_refused_check_ends_it_with_a_word),
		T(another_certificate_than_promised_gives_no_keys),
		T(a_goodbye_is_heard_on_both_sides),
		T(noise_does_it_no_harm),
		T(opening_fails_cleanly_without_memory),
	};

	return cmocka_run_group_tests(tests, make_identities, drop_identities);
}
