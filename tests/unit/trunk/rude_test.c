/* tests/unit/trunk/rude_test.c - what a peer, or a stranger, may not do to us.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pair.h"
#include "rude.h"

static const char *const bad_contacts[] = {
	"<http://x/>",
	"<tel:+123>",
	"<urn:a:b>",
	"<sip:>",
	"<sip:a@>",
	"<x>",
	"*",
	"<sip:a@x y>",
	"<sip:a@127.0.0.1:99999>",
	"<sip:a@h:port>",
	"<sip:a@%00.test>",
	"",
};

/* Answers everything that comes in at b with 200 for a while. */
static unsigned accept_all(struct pair *p, uint64_t for_ms)
{
	uint64_t until_ms = rd_clock_ms() + for_ms;
	unsigned accepted = 0;

	while (rd_clock_ms() < until_ms) {
		if (!next_event(p->b, &p->event, until_ms - rd_clock_ms()))
			break;
		if (p->event.kind != RD_TRUNK_INCOMING)
			continue;
		CHECK_OK(rd_trunk_respond(p->b, p->event.dialog, 200, ANSWER));
		accepted++;
	}
	return accepted;
}

static void send_bad_contacts(unsigned give_up_ms)
{
	struct rd_trunk_state seen;
	struct pair p;
	struct rude r;
	struct rd_addr to;
	unsigned n = RD_COUNT(bad_contacts);

	RFC("3261 8.1.1.8");
	pair_defaults(&p);
	p.b_cfg.give_up_ms = give_up_ms;
	pair_open(&p);
	rude_open(&r, "127.0.0.1");
	to = rd_trunks_local(p.b, RD_SIP_UDP);
	for (unsigned i = 0; i < n; i++)
		rude_invite(&r, &to, i, bad_contacts[i], "");
	rude_invite(&r, &to, n, "<sip:a@127.0.0.1>",
		    "Record-Route: <http://x/>\r\n");
	rude_invite(&r, &to, n + 1, "<sip:a@127.0.0.1>",
		    "Record-Route: <sip:127.0.0.1;lr>, <tel:1>\r\n");
	/* None of them is answered 200, so none of them ends the process when
	 * the ACK does not come. */
	CHECK_EQ(accept_all(&p, give_up_ms ? 2 * give_up_ms : 40000), 0);
	CHECK_OK(rd_trunk_state(p.b, 0, &seen));
	CHECK(seen.guarded >= n / 2);
	talk(&p);
	rude_close(&r);
	pair_close(&p);
}

TEST(an_invite_with_a_contact_that_crashes_sofia_is_refused)
{
	send_bad_contacts(1000);
}

TEST(the_same_with_the_timers_of_the_standard)
{
	if (!getenv("RD_SLOW_TESTS"))
		skip();
	send_bad_contacts(0);
}

/* A 200 that nobody acknowledges: timer H, then a BYE that arrives. */
TEST(a_call_that_is_never_acknowledged_ends)
{
	struct pair p;
	struct rude r;
	struct rd_addr to;
	char contact[128], ip[RD_ADDR_TEXT];

	RFC("3261 13.3.1.4");
	pair_defaults(&p);
	p.b_cfg.give_up_ms = 700;
	pair_open(&p);
	rude_open(&r, "127.0.0.1");
	to = rd_trunks_local(p.b, RD_SIP_UDP);
	snprintf(contact, sizeof(contact), "<sip:a@%s>",
		 rd_addr_text(&r.at, ip));
	rude_invite(&r, &to, 1, contact, "");
	p.at_b = expect(&p, p.b, RD_TRUNK_INCOMING)->dialog;
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 200, ANSWER));
	CHECK_EQ(expect(&p, p.b, RD_TRUNK_ENDED)->status, 408);
	CHECK(rude_wait(&r, "BYE ", 3000));
	rude_answer(&r, "200 OK", "");
	rude_close(&r);
	pair_close(&p);
}

static void send_from_stranger(struct rude *r, const struct rd_addr *to)
{
	static const char *const methods[] = {
		"OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "BYE",  "CANCEL",
		"ACK",     "PRACK",    "REFER",   "NOTIFY",    "XYZZY"
	};
	char text[1024], ip[RD_ADDR_TEXT];

	rude_invite(r, to, 77, "<sip:a@127.0.0.2>", "");
	for (unsigned i = 0; i < RD_COUNT(methods); i++) {
		snprintf(text, sizeof(text),
			 "%s sip:w@127.0.0.1 SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP %s;branch=z9hG4bKs%u\r\n"
			 "From: <sip:s@127.0.0.2>;tag=s%u\r\n"
			 "To: <sip:w@127.0.0.1>\r\nCall-ID: s%u@test\r\n"
			 "CSeq: 1 %s\r\nMax-Forwards: 70\r\n"
			 "Contact: <sip:s@127.0.0.2>\r\n"
			 "Content-Length: 0\r\n\r\n",
			 methods[i], rd_addr_text(&r->at, ip), i, i, i,
			 methods[i]);
		rude_send(r, to, text);
	}
	rude_send(r, to, "garbage\r\n\r\n");
}

static bool can_connect(const char *from, const struct rd_addr *to)
{
	struct sockaddr_storage ss;
	struct rd_addr at;
	struct pollfd w = { .events = POLLOUT };
	socklen_t len;
	int error = 0;
	bool is_open;

	CHECK_OK(rd_addr_parse(&at, rd_span_text(from)));
	w.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	len = rd_addr_to_sockaddr(&at, &ss);
	CHECK_EQ(bind(w.fd, (struct sockaddr *)&ss, len), 0);
	len = rd_addr_to_sockaddr(to, &ss);
	(void)!connect(w.fd, (struct sockaddr *)&ss, len);
	is_open = poll(&w, 1, 300) == 1 && !(w.revents & POLLERR);
	len = sizeof(error);
	getsockopt(w.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	close(w.fd);
	return is_open && error == 0;
}

TEST(strangers_get_nothing)
{
	struct rd_trunk_state seen = { 0 };
	struct pair p;
	struct rude r;
	struct rd_addr to;
	uint64_t until_ms = rd_clock_ms() + 3000;

	RFC("3261 26.1");
	pair_defaults(&p);
	pair_open(&p);
	rude_open(&r, "127.0.0.2");
	to = rd_trunks_local(p.b, RD_SIP_UDP);
	send_from_stranger(&r, &to);
	CHECK(!rude_read(&r, 400));
	CHECK(!next_event(p.b, &p.event, 0));
	while (seen.strangers_refused < 13 && rd_clock_ms() < until_ms) {
		CHECK_OK(rd_trunk_state(p.b, 0, &seen));
		poll(NULL, 0, 20);
	}
	CHECK_EQ(seen.strangers_refused, 13);
	CHECK(!can_connect("127.0.0.2", &to));
	CHECK(can_connect("127.0.0.1", &to));
	rude_close(&r);
	talk(&p);
	pair_close(&p);
}

TEST(who_may_not_call_us_is_told_403)
{
	struct pair p;
	struct rude r;
	struct rd_addr to;

	pair_defaults(&p);
	p.b_cfg.accept_calls = false;
	pair_open(&p);
	rude_open(&r, "127.0.0.1");
	to = rd_trunks_local(p.b, RD_SIP_UDP);
	rude_invite(&r, &to, 1, "<sip:a@127.0.0.1>", "");
	CHECK(rude_wait(&r, "SIP/2.0 403", 2000));
	rude_close(&r);
	pair_close(&p);
}

/* a calls the rude one. */
static void call_rude(struct pair *p, struct rude *r)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "4711", .sdp = OFFER, .ring_ms = 4000
	};

	p->a_trunk.port = r->at.port;
	pair_open(p);
	CHECK_OK(rd_trunk_invite(p->a, &invite, &p->from_a));
	CHECK(rude_wait(r, "INVITE ", 2000));
}

#define CHALLENGE(realm, nonce)                                                \
	"WWW-Authenticate: Digest realm=\"" realm "\", nonce=\"" nonce         \
	"\", algorithm=MD5, qop=\"auth\"\r\n"

static void with_account(struct pair *p)
{
	pair_defaults(p);
	p->a_trunk.username = "alice";
	p->a_trunk.password = "secret";
	p->a_trunk.realm = "pbx";
}

TEST(a_challenge_is_answered_once_for_each_nonce)
{
	struct pair p;
	struct rude r;

	RFC("3261 22.2");
	with_account(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	CHECK(!strstr(r.got, "Authorization:"));
	rude_answer(&r, "401 Unauthorized", CHALLENGE("pbx", "n1"));
	CHECK(rude_wait(&r, "INVITE ", 2000));
	CHECK(strstr(r.got, "username=\"alice\""));
	CHECK(strstr(r.got, "realm=\"pbx\""));
	CHECK(!strstr(r.got, "secret"));
	rude_answer(&r, "401 Unauthorized", CHALLENGE("pbx", "n1"));
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 401);
	CHECK(!rude_wait(&r, "INVITE ", 300));
	rude_close(&r);
	pair_close(&p);
}

TEST(new_nonces_for_ever_come_to_an_end)
{
	struct pair p;
	struct rude r;
	char challenge[256];
	unsigned n = 0;

	with_account(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	do {
		snprintf(challenge, sizeof(challenge),
			 "WWW-Authenticate: Digest realm=\"pbx\", "
			 "nonce=\"n%u\"\r\n",
			 n++);
		rude_answer(&r, "401 Unauthorized", challenge);
	} while (n < 20 && rude_wait(&r, "INVITE ", 500));
	CHECK(n >= 2 && n <= 6);
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 401);
	rude_close(&r);
	pair_close(&p);
}

TEST(a_challenge_of_another_realm_is_not_answered)
{
	struct pair p;
	struct rude r;

	RFC("3261 22.3");
	with_account(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	rude_answer(&r, "407 Proxy Authentication Required",
		    "Proxy-Authenticate: Digest realm=\"thief\", "
		    "nonce=\"n\"\r\n");
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 407);
	CHECK(!rude_wait(&r, "INVITE ", 300));
	rude_close(&r);
	pair_close(&p);
}

static void accept_with(struct rude *r, const char *contact, const char *more)
{
	static const char body[] =
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		"c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 50000 RTP/AVP 0\r\n";
	char text[2048];

	snprintf(text, sizeof(text),
		 "%sContact: %s\r\nContent-Type: application/sdp\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 more, contact, sizeof(body) - 1, body);
	rude_answer(r, "200 OK", text);
}

static void accept_here(struct rude *r)
{
	char contact[128], ip[RD_ADDR_TEXT];

	snprintf(contact, sizeof(contact), "<sip:rude@%s>",
		 rd_addr_text(&r->at, ip));
	accept_with(r, contact, "");
}

TEST(a_bye_that_is_challenged_by_a_stranger_realm_gives_no_digest)
{
	struct pair p;
	struct rude r;

	RFC("3261 22.3");
	with_account(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	accept_here(&r);
	CHECK(rude_wait(&r, "ACK ", 2000));
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	rd_trunk_hangup(p.a, p.from_a, 0);
	CHECK(rude_wait(&r, "BYE ", 2000));
	rude_answer(&r, "401 Unauthorized", CHALLENGE("thief", "n9"));
	while (rude_read(&r, 300))
		CHECK(!strstr(r.got, "Authorization:"));
	rude_close(&r);
	pair_close(&p);
}

TEST(an_answer_with_a_foreign_contact_steers_nothing_there)
{
	struct pair p;
	struct rude r, trap;

	RFC("3261 12.2.1.1");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	rude_open(&trap, "127.0.0.3");
	call_rude(&p, &r);
	{
		char contact[128], ip[RD_ADDR_TEXT];

		snprintf(contact, sizeof(contact), "<sip:x@%s>",
			 rd_addr_text(&trap.at, ip));
		accept_with(&r, contact, "");
	}
	CHECK(rude_wait(&r, "ACK ", 2000));
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	rd_trunk_hangup(p.a, p.from_a, 0);
	CHECK(rude_wait(&r, "BYE ", 2000));
	rude_answer(&r, "200 OK", "");
	CHECK(!rude_read(&trap, 300));
	rude_close(&r);
	rude_close(&trap);
	pair_close(&p);
}

TEST(a_redirection_is_not_followed)
{
	struct pair p;
	struct rude r, trap;
	char contact[128], ip[RD_ADDR_TEXT];

	RFC("3261 8.1.3.4");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	rude_open(&trap, "127.0.0.3");
	call_rude(&p, &r);
	snprintf(contact, sizeof(contact), "Contact: <sip:x@%s>\r\n",
		 rd_addr_text(&trap.at, ip));
	rude_answer(&r, "302 Moved", contact);
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 302);
	CHECK(!rude_read(&trap, 300));
	rude_close(&r);
	rude_close(&trap);
	pair_close(&p);
}

TEST(a_200_that_crosses_our_cancel_is_acknowledged_and_ended)
{
	struct pair p;
	struct rude r, copy;

	RFC("3261 9.1");
	RFC("3261 15");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	copy = r; /* of the INVITE */
	rude_answer(&r, "180 Ringing", "");
	expect(&p, p.a, RD_TRUNK_RINGING);
	rd_trunk_hangup(p.a, p.from_a, 0);
	expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK(rude_wait(&r, "CANCEL ", 2000));
	rude_answer(&r, "200 OK", "");
	accept_here(&copy);
	CHECK(rude_wait(&r, "ACK ", 2000));
	CHECK(rude_wait(&r, "BYE ", 2000));
	rude_answer(&r, "200 OK", "");
	CHECK(!next_event(p.a, &p.event, 200));
	rude_close(&r);
	pair_close(&p);
}

TEST(the_first_of_two_forks_is_kept)
{
	struct pair p;
	struct rude r, copy;

	RFC("3261 13.2.2.4");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	copy = r;
	accept_here(&r);
	CHECK(rude_wait(&r, "ACK ", 2000));
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	{
		char *tag, text[70000];

		snprintf(text, sizeof(text), "%s", copy.got);
		tag = strstr(copy.got, "\r\nTo:");
		CHECK(tag);
		tag = strstr(tag + 2, "\r\n");
		snprintf(tag, 64, ";tag=second");
		strcat(copy.got, strstr(strstr(text, "\r\nTo:") + 2, "\r\n"));
	}
	accept_here(&copy);
	CHECK(rude_wait(&r, "BYE ", 3000));
	CHECK(strstr(r.got, "tag=second"));
	rude_answer(&r, "200 OK", "");
	CHECK(!next_event(p.a, &p.event, 200));
	rd_trunk_hangup(p.a, p.from_a, 0);
	CHECK(rude_wait(&r, "BYE ", 2000));
	CHECK(strstr(r.got, "tag=rude1"));
	rude_answer(&r, "200 OK", "");
	rude_close(&r);
	pair_close(&p);
}

TEST(retry_after_and_cause_of_a_refusal_arrive)
{
	struct pair p;
	struct rude r;
	struct rd_trunk_event *e;

	RFC("3261 20.33");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	rude_answer(&r, "503 Service Unavailable",
		    "Retry-After: 17\r\nReason: SIP;cause=503, "
		    "Q.850;cause=34;text=\"no circuit\"\r\n");
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK_EQ(e->status, 503);
	CHECK_EQ(e->retry_after_s, 17);
	CHECK_EQ(e->cause, 34);
	CHECK(!rude_wait(&r, "INVITE ", 300));
	rude_close(&r);
	pair_close(&p);
}

TEST(a_trunk_registers_with_its_account_and_leaves_politely)
{
	struct rd_trunk_state seen = { 0 };
	struct pair p;
	struct rude r;

	RFC("3261 10.2");
	with_account(&p);
	p.a_trunk.register_contact = true;
	rude_open(&r, "127.0.0.1");
	p.a_trunk.port = r.at.port;
	pair_open(&p);
	CHECK(rude_wait(&r, "REGISTER ", 2000));
	rude_answer(&r, "401 Unauthorized", CHALLENGE("pbx", "n1"));
	CHECK(rude_wait(&r, "REGISTER ", 2000));
	CHECK(strstr(r.got, "username=\"alice\""));
	CHECK(strstr(r.got, "sip:alice@127.0.0.1"));
	{
		char contact[512];

		rude_lines(&r, "Contact:", contact, sizeof(contact) - 32);
		contact[strlen(contact) - 2] = 0;
		strcat(contact, ";expires=300\r\n");
		rude_answer(&r, "200 OK", contact);
	}
	for (unsigned i = 0; i < 100 && !seen.is_registered; i++) {
		CHECK_OK(rd_trunk_state(p.a, 0, &seen));
		poll(NULL, 0, 20);
	}
	CHECK(seen.is_registered);
	CHECK_EQ(seen.last_status, 200);
	rude_close(&r);
	pair_close(&p);
}

TEST(options_say_whether_the_trunk_is_there)
{
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "1",
					  .sdp = OFFER };
	struct rd_trunk_state seen = { 0 };
	struct pair p;
	struct rude r;
	rd_dialog d;

	RFC("3261 11");
	pair_defaults(&p);
	p.a_trunk.options_s = 1;
	rude_open(&r, "127.0.0.1");
	p.a_trunk.port = r.at.port;
	pair_open(&p);
	CHECK(rude_wait(&r, "OPTIONS ", 2000));
	rude_answer(&r, "200 OK", "");
	CHECK(rude_wait(&r, "OPTIONS ", 2000));
	CHECK_OK(rd_trunk_state(p.a, 0, &seen));
	CHECK(seen.is_reachable);
	for (unsigned i = 0; i < 200 && seen.is_reachable; i++) {
		CHECK_OK(rd_trunk_state(p.a, 0, &seen));
		poll(NULL, 0, 20);
	}
	CHECK(!seen.is_reachable);
	CHECK_ERR(rd_trunk_invite(p.a, &invite, &d), RD_E_UPSTREAM);
	/* Old ones are still being sent again: any of these may be it. */
	for (unsigned i = 0; i < 100 && !seen.is_reachable; i++) {
		if (rude_wait(&r, "OPTIONS ", 50))
			rude_answer(&r, "404 Not Found", "");
		CHECK_OK(rd_trunk_state(p.a, 0, &seen));
	}
	CHECK(seen.is_reachable);
	rude_close(&r);
	pair_close(&p);
}

TEST(closing_does_not_wait_for_peers_that_are_gone)
{
	struct pair p;
	struct rude r;
	uint64_t start_ms;

	pair_defaults(&p);
	p.a_cfg.give_up_ms = 0;
	p.a_cfg.invite_ms = 30000;
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	accept_here(&r);
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	for (unsigned i = 0; i < 30; i++) {
		struct rd_trunk_invite invite = { .trunk = "b",
						  .user = "1",
						  .sdp = OFFER };

		CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
		if (rude_wait(&r, "INVITE ", 1000) && i % 2)
			rude_answer(&r, "180 Ringing", "");
	}
	start_ms = rd_clock_ms();
	rd_trunks_close(p.a);
	CHECK(rd_clock_ms() - start_ms < 3500);
	rd_trunks_close(p.b);
	rude_close(&r);
}

TEST(a_record_route_to_elsewhere_ends_the_call)
{
	struct pair p;
	struct rude r;
	struct rd_addr to;
	char contact[128], ip[RD_ADDR_TEXT];

	RFC("3261 12.1.2");
	pair_defaults(&p);
	rude_open(&r, "127.0.0.1");
	call_rude(&p, &r);
	snprintf(contact, sizeof(contact), "<sip:rude@%s>",
		 rd_addr_text(&r.at, ip));
	accept_with(&r, contact, "Record-Route: <sip:127.0.0.9:9;lr>\r\n");
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 488);
	CHECK(!p.event.by_far_end);
	to = rd_trunks_local(p.b, RD_SIP_UDP);
	rude_invite(&r, &to, 5, contact,
		    "Record-Route: <sip:192.0.2.1;lr>\r\n");
	CHECK(rude_wait(&r, "SIP/2.0 403", 2000));
	rude_invite(&r, &to, 6, contact,
		    "Record-Route: <sip:127.0.0.1;lr>\r\n");
	expect(&p, p.b, RD_TRUNK_INCOMING);
	rude_close(&r);
	pair_close(&p);
}

/* A dialog with the rude one, in which it may ask. */
static void talk_rude(struct pair *p, struct rude *r, struct rude_dialog *d)
{
	rude_open(r, "127.0.0.1");
	call_rude(p, r);
	rude_dialog_of(r, d);
	accept_here(r);
	CHECK(rude_wait(r, "ACK ", 2000));
	expect(p, p->a, RD_TRUNK_ANSWERED);
}

static void hang_up_rude(struct pair *p, struct rude *r)
{
	rd_trunk_hangup(p->a, p->from_a, 0);
	CHECK(rude_wait(r, "BYE ", 2000));
	rude_answer(r, "200 OK", "");
	expect(p, p->a, RD_TRUNK_ENDED);
	rude_close(r);
	pair_close(p);
}

TEST(an_update_with_an_offer_is_answered_by_control)
{
	struct pair p;
	struct rude r;
	struct rude_dialog d;

	RFC("3311 5.2");
	pair_defaults(&p);
	talk_rude(&p, &r, &d);
	rude_request(&r, &d, "UPDATE", 10, NULL, "", SDP("9", "sendonly"));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_REOFFER)->sdp,
		   SDP("9", "sendonly"));
	/* A second one before the answer to the first. */
	rude_request(&r, &d, "UPDATE", 11, NULL, "", SDP("9", "inactive"));
	CHECK(rude_wait(&r, "SIP/2.0 ", 2000));
	CHECK(strncmp(r.got, "SIP/2.0 2", 9) != 0);
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, SDP("8", "recvonly")));
	CHECK(rude_wait(&r, "SIP/2.0 200", 2000));
	CHECK(strstr(r.got, "a=recvonly"));
	rude_request(&r, &d, "UPDATE", 12, NULL, "", SDP("9", "sendrecv"));
	expect(&p, p.a, RD_TRUNK_REOFFER);
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, NULL));
	CHECK(rude_wait(&r, "SIP/2.0 488", 2000));
	rude_request(&r, &d, "UPDATE", 13, NULL, "", "");
	CHECK(rude_wait(&r, "SIP/2.0 200", 2000));
	hang_up_rude(&p, &r);
}

TEST(a_request_with_a_wrong_tag_does_not_touch_the_call)
{
	static const char *const methods[] = { "BYE",  "INVITE", "UPDATE",
					       "INFO", "REFER",  "CANCEL" };
	struct pair p;
	struct rude r;
	struct rude_dialog d;

	RFC("3261 12.2.2");
	pair_defaults(&p);
	p.a_trunk.refer = RD_REFER_ANY;
	talk_rude(&p, &r, &d);
	for (unsigned i = 0; i < RD_COUNT(methods); i++) {
		rude_request(&r, &d, methods[i], 20 + i, "wrong",
			     "Refer-To: <sip:x@127.0.0.1>\r\n", "");
		while (rude_wait(&r, "SIP/2.0 ", 300))
			CHECK(strncmp(r.got, "SIP/2.0 2", 9) != 0);
	}
	CHECK(!next_event(p.a, &p.event, 100));
	hang_up_rude(&p, &r);
}

TEST(an_older_request_does_not_touch_the_call)
{
	struct pair p;
	struct rude r;
	struct rude_dialog d;

	RFC("3261 12.2.2");
	pair_defaults(&p);
	talk_rude(&p, &r, &d);
	rude_request(&r, &d, "UPDATE", 50, NULL, "", "");
	CHECK(rude_wait(&r, "SIP/2.0 200", 2000));
	rude_request(&r, &d, "BYE", 49, NULL, "", "");
	CHECK(rude_wait(&r, "SIP/2.0 500", 2000));
	CHECK(!next_event(p.a, &p.event, 100));
	hang_up_rude(&p, &r);
}

TEST(peers_are_served_nothing_but_calls)
{
	static const char *const methods[] = { "MESSAGE", "SUBSCRIBE",
					       "PUBLISH", "REGISTER",
					       "REFER",   "NOTIFY",
					       "INFO",    "XYZZY" };
	struct pair p;
	struct rude r;
	struct rude_dialog d;

	RFC("3261 8.2.1");
	pair_defaults(&p);
	talk_rude(&p, &r, &d);
	for (unsigned i = 0; i < RD_COUNT(methods); i++) {
		struct rude_dialog loose = d;

		snprintf(loose.call_id, sizeof(loose.call_id), "loose%u@x", i);
		snprintf(loose.from, sizeof(loose.from), "<sip:w@127.0.0.1>");
		rude_request(&r, &loose, methods[i], 1, NULL,
			     "Refer-To: <sip:x@127.0.0.1>\r\nEvent: refer\r\n"
			     "Expires: 60\r\n",
			     "");
		while (rude_wait(&r, "SIP/2.0 ", 300))
			CHECK(strncmp(r.got, "SIP/2.0 2", 9) != 0);
	}
	CHECK(!next_event(p.a, &p.event, 0));
	hang_up_rude(&p, &r);
}

RD_TESTS(T(an_invite_with_a_contact_that_crashes_sofia_is_refused),
	 T(the_same_with_the_timers_of_the_standard),
	 T(a_call_that_is_never_acknowledged_ends), T(strangers_get_nothing),
	 T(who_may_not_call_us_is_told_403),
	 T(a_challenge_is_answered_once_for_each_nonce),
	 T(new_nonces_for_ever_come_to_an_end),
	 T(a_challenge_of_another_realm_is_not_answered),
	 T(a_bye_that_is_challenged_by_a_stranger_realm_gives_no_digest),
	 T(an_answer_with_a_foreign_contact_steers_nothing_there),
	 T(a_redirection_is_not_followed),
	 T(a_200_that_crosses_our_cancel_is_acknowledged_and_ended),
	 T(the_first_of_two_forks_is_kept),
	 T(retry_after_and_cause_of_a_refusal_arrive),
	 T(a_trunk_registers_with_its_account_and_leaves_politely),
	 T(options_say_whether_the_trunk_is_there),
	 T(closing_does_not_wait_for_peers_that_are_gone),
	 T(a_record_route_to_elsewhere_ends_the_call),
	 T(an_update_with_an_offer_is_answered_by_control),
	 T(a_request_with_a_wrong_tag_does_not_touch_the_call),
	 T(an_older_request_does_not_touch_the_call),
	 T(peers_are_served_nothing_but_calls))
