/* tests/unit/trunk/calls_test.c - two rd_trunks call each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <unistd.h>

#include "pair.h"

TEST(a_call_is_answered_and_hung_up_by_the_caller)
{
	struct pair p;
	struct rd_trunk_event *e;

	RFC("3261 13.2.2.4");
	pair_defaults(&p);
	pair_open(&p);
	call(&p);
	CHECK_TEXT(p.event.sdp, OFFER);
	CHECK_TEXT(p.event.target, "4711");
	expect(&p, p.a, RD_TRUNK_TRYING);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 180, NULL));
	expect(&p, p.a, RD_TRUNK_RINGING);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 200, ANSWER));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_ANSWERED)->sdp, ANSWER);
	expect(&p, p.b, RD_TRUNK_ANSWERED);
	rd_trunk_hangup(p.a, p.from_a, 16);
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK(!e->by_far_end);
	CHECK_EQ(e->status, 0);
	e = expect(&p, p.b, RD_TRUNK_ENDED);
	CHECK(e->by_far_end);
	CHECK_EQ(e->status, 0);
	CHECK_EQ(e->cause, 16);
	pair_close(&p);
}

static void finish(struct pair *p)
{
	rd_trunk_hangup(p->a, p->from_a, 0);
	expect(p, p->a, RD_TRUNK_ENDED);
	expect(p, p->b, RD_TRUNK_ENDED);
	pair_close(p);
}

TEST(the_answering_side_hangs_up_with_its_cause)
{
	struct pair p;
	struct rd_trunk_event *e;

	RFC("3261 15.1");
	RFC("3326 2");
	pair_defaults(&p);
	pair_open(&p);
	talk(&p);
	rd_trunk_hangup(p.b, p.at_b, 31);
	expect(&p, p.b, RD_TRUNK_ENDED);
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK(e->by_far_end);
	CHECK_EQ(e->cause, 31);
	CHECK_EQ(e->status, 0);
	pair_close(&p);
}

TEST(each_refusal_arrives_with_its_status)
{
	static const unsigned statuses[] = { 404, 480, 486, 503, 603, 302 };
	struct pair p;

	pair_defaults(&p);
	pair_open(&p);
	for (unsigned i = 0; i < RD_COUNT(statuses); i++) {
		struct rd_trunk_event *e;

		call(&p);
		CHECK_OK(rd_trunk_respond(p.b, p.at_b, statuses[i], NULL));
		e = expect(&p, p.a, RD_TRUNK_ENDED);
		CHECK_EQ(e->status, statuses[i]);
		CHECK(e->by_far_end);
		expect(&p, p.b, RD_TRUNK_ENDED);
	}
	pair_close(&p);
}

TEST(a_refusal_by_hang_up_carries_status_and_cause)
{
	struct pair p;
	struct rd_trunk_event *e;

	RFC("3326 2");
	pair_defaults(&p);
	pair_open(&p);
	call(&p);
	rd_trunk_hangup(p.b, p.at_b, 17);
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK_EQ(e->status, 486);
	CHECK_EQ(e->cause, 17);
	pair_close(&p);
}

TEST(early_media_arrives_with_a_183_and_is_acknowledged)
{
	struct pair p;

	RFC("3262 3");
	pair_defaults(&p);
	pair_open(&p);
	call(&p);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 183, ANSWER));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_PROGRESS)->sdp, ANSWER);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 200, ANSWER));
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	finish(&p);
}

TEST(a_trunk_may_require_reliable_answers)
{
	struct pair p;

	RFC("3262 4");
	pair_defaults(&p);
	p.a_trunk.require_prack = true;
	pair_open(&p);
	call(&p);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 183, ANSWER));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_PROGRESS)->sdp, ANSWER);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 200, ANSWER));
	expect(&p, p.a, RD_TRUNK_ANSWERED);
	finish(&p);
}

TEST(a_call_that_rings_is_cancelled)
{
	struct pair p;
	struct rd_trunk_event *e;

	RFC("3261 9.1");
	pair_defaults(&p);
	pair_open(&p);
	call(&p);
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 180, NULL));
	expect(&p, p.a, RD_TRUNK_RINGING);
	rd_trunk_hangup(p.a, p.from_a, 0);
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK(!e->by_far_end);
	e = expect(&p, p.b, RD_TRUNK_ENDED);
	CHECK(e->by_far_end);
	CHECK_EQ(e->status, 487);
	pair_close(&p);
}

TEST(a_call_that_nobody_answers_ends_after_ring_ms)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "1", .sdp = OFFER, .ring_ms = 300
	};
	struct pair p;
	uint64_t start_ms;

	pair_defaults(&p);
	pair_open(&p);
	start_ms = rd_clock_ms();
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	p.at_b = expect(&p, p.b, RD_TRUNK_INCOMING)->dialog;
	CHECK_OK(rd_trunk_respond(p.b, p.at_b, 180, NULL));
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 408);
	CHECK(rd_clock_ms() - start_ms >= 300);
	CHECK(rd_clock_ms() - start_ms < 1500);
	CHECK_EQ(expect(&p, p.b, RD_TRUNK_ENDED)->status, 487);
	pair_close(&p);
}

TEST(a_trunk_that_says_nothing_at_all_is_given_up_after_invite_ms)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "1", .sdp = OFFER, .ring_ms = 5000
	};
	struct pair p;
	struct rd_trunk_event *e;
	struct sockaddr_storage ss;
	struct rd_addr at;
	socklen_t len = sizeof(ss);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint64_t start_ms;

	pair_defaults(&p);
	p.a_cfg.invite_ms = 300;
	len = rd_addr_to_sockaddr(&p.a_cfg.bind, &ss);
	CHECK_EQ(bind(fd, (struct sockaddr *)&ss, len), 0);
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	at = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	p.a_trunk.port = at.port;
	pair_open(&p);
	start_ms = rd_clock_ms();
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK_EQ(e->status, 503);
	CHECK(!e->by_far_end);
	CHECK(rd_clock_ms() - start_ms < 1500);
	pair_close(&p);
	close(fd);
}

TEST(hold_is_a_new_offer_from_either_side)
{
	struct pair p;

	RFC("3261 14.1");
	pair_defaults(&p);
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_reinvite(p.a, p.from_a, SDP("40000", "sendonly")));
	CHECK_TEXT(expect(&p, p.b, RD_TRUNK_REOFFER)->sdp,
		   SDP("40000", "sendonly"));
	CHECK_OK(rd_trunk_reanswer(p.b, p.at_b, SDP("50000", "recvonly")));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_REANSWERED)->sdp,
		   SDP("50000", "recvonly"));
	CHECK_EQ(p.event.status, 200);
	CHECK_OK(rd_trunk_reinvite(p.b, p.at_b, SDP("50000", "inactive")));
	CHECK_TEXT(expect(&p, p.a, RD_TRUNK_REOFFER)->sdp,
		   SDP("50000", "inactive"));
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, NULL));
	CHECK_EQ(expect(&p, p.b, RD_TRUNK_REANSWERED)->status, 488);
	CHECK_OK(rd_trunk_reinvite(p.b, p.at_b, ANSWER));
	expect(&p, p.a, RD_TRUNK_REOFFER);
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, OFFER));
	CHECK_EQ(expect(&p, p.b, RD_TRUNK_REANSWERED)->status, 200);
	finish(&p);
}

/* What has come to one side; 1: its own offer is answered. */
static unsigned take_turn(struct pair *p, struct rd_trunks *t, rd_dialog dialog,
			  const char *sdp)
{
	if (!next_event(t, &p->event, 20))
		return 0;
	if (p->event.kind == RD_TRUNK_REOFFER)
		CHECK_OK(rd_trunk_reanswer(t, dialog, sdp));
	if (p->event.kind != RD_TRUNK_REANSWERED)
		return 0;
	/* The other's was here before this side sent its own: they did not
	 * cross. */
	if (p->event.status == 491)
		CHECK_OK(rd_trunk_reinvite(t, dialog, sdp));
	return p->event.status == 200;
}

TEST(offers_that_cross_are_tried_again)
{
	struct pair p;
	unsigned answered = 0;
	uint64_t until_ms = rd_clock_ms() + 12000;

	RFC("3261 14.1");
	pair_defaults(&p);
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_reinvite(p.a, p.from_a, OFFER));
	CHECK_OK(rd_trunk_reinvite(p.b, p.at_b, ANSWER));
	while (answered < 2 && rd_clock_ms() < until_ms) {
		answered += take_turn(&p, p.a, p.from_a, OFFER);
		answered += take_turn(&p, p.b, p.at_b, ANSWER);
	}
	CHECK_EQ(answered, 2);
	finish(&p);
}

TEST(context_headers_arrive_and_nothing_else_can_be_sent)
{
	struct rd_trunk_header headers[2] = {
		{ "X-Contact-Id", "7f2d; \"quoted\"" }, { "X-Page", "/prices" }
	};
	struct rd_trunk_header bad[] = {
		{ "X-A", "b\r\nVia: x" }, { "X-A\r\nVia", "x" },
		{ "Route", "<sip:x>" },   { "X-", "y" },
		{ "X A", "y" },           { "", "y" },
	};
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "4711",
					  .display_name = "Jo \"J\" \\ Doe",
					  .sdp = OFFER,
					  .headers = headers,
					  .header_count = 2,
					  .ring_ms = 5000 };
	struct pair p;
	struct rd_trunk_event *e;

	RFC("3261 7.3.1");
	pair_defaults(&p);
	p.a_trunk.from_user = "click";
	pair_open(&p);
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	e = expect(&p, p.b, RD_TRUNK_INCOMING);
	CHECK_EQ(e->header_count, 2);
	CHECK_TEXT(e->headers[0].name, "X-Contact-Id");
	CHECK_TEXT(e->headers[0].value, "7f2d; \"quoted\"");
	CHECK_TEXT(e->headers[1].value, "/prices");
	CHECK(strstr(e->from, "sip:click@127.0.0.1"));
	p.at_b = e->dialog;
	invite.header_count = 1;
	for (unsigned i = 0; i < RD_COUNT(bad); i++) {
		rd_dialog d;

		invite.headers = &bad[i];
		CHECK_ERR(rd_trunk_invite(p.a, &invite, &d), RD_E_FORMAT);
		CHECK_EQ(d, 0);
	}
	finish(&p);
}

TEST(user_to_user_travels_where_it_is_configured)
{
	struct rd_trunk_header headers[2] = {
		{ "X-Page", "/prices" },
		{ "User-to-User", "56a390f3d2b7310023a;encoding=hex" }
	};
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "4711",
					  .sdp = OFFER,
					  .headers = headers,
					  .header_count = 2 };
	struct pair p;
	struct rd_trunk_event *e;

	RFC("7433 4");
	pair_defaults(&p);
	p.a_trunk.context = RD_CONTEXT_UUI;
	pair_open(&p);
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	e = expect(&p, p.b, RD_TRUNK_INCOMING);
	CHECK_EQ(e->header_count, 1);
	CHECK_TEXT(e->headers[0].name, "User-to-User");
	CHECK_TEXT(e->headers[0].value, "56a390f3d2b7310023a;encoding=hex");
	p.at_b = e->dialog;
	finish(&p);
}

TEST(digits_by_info_arrive_in_order)
{
	struct pair p;

	RFC("6086 4");
	pair_defaults(&p);
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_info_digits(p.a, p.from_a, "12*#A0"));
	for (const char *d = "12*#A0"; *d; d++)
		CHECK_EQ(expect(&p, p.b, RD_TRUNK_DIGIT)->digit, *d);
	CHECK_ERR(rd_trunk_info_digits(p.a, p.from_a, "1\r\n2"), RD_E_FORMAT);
	finish(&p);
}

static void transfer(enum rd_trunk_refer policy, const char *target,
		     bool is_allowed)
{
	struct pair p;

	RFC("3515 2.4");
	RFC("3420 2");
	pair_defaults(&p);
	p.a_trunk.refer = policy;
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_refer(p.b, p.at_b, target));
	if (is_allowed) {
		struct rd_trunk_event *e = expect(&p, p.a, RD_TRUNK_TRANSFER);

		CHECK_TEXT(e->target, target);
		CHECK_OK(rd_trunk_transfer_result(p.a, p.from_a, 180));
		CHECK_OK(rd_trunk_transfer_result(p.a, p.from_a, 200));
		while (expect(&p, p.b, RD_TRUNK_REFERRED)->status < 200)
			;
		CHECK_EQ(p.event.status, 200);
	} else {
		CHECK_EQ(expect(&p, p.b, RD_TRUNK_REFERRED)->status, 403);
	}
	finish(&p);
}

TEST(a_transfer_is_honoured_as_configured)
{
	transfer(RD_REFER_REFUSE, "sip:2@127.0.0.1", false);
	transfer(RD_REFER_TRUNK, "sip:2@127.0.0.1", true);
	transfer(RD_REFER_TRUNK, "sip:2@192.0.2.1", false);
	transfer(RD_REFER_ANY, "sip:2@192.0.2.1", true);
}

TEST(a_call_goes_over_tcp)
{
	struct pair p;

	RFC("3261 18.1");
	pair_defaults(&p);
	p.a_trunk.transport = RD_SIP_TCP;
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_reinvite(p.b, p.at_b, ANSWER));
	expect(&p, p.a, RD_TRUNK_REOFFER);
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, OFFER));
	expect(&p, p.b, RD_TRUNK_REANSWERED);
	finish(&p);
}

TEST(a_call_goes_over_ipv6)
{
	struct pair p;

	RFC("5118 4.1");
	pair_defaults(&p);
	CHECK_OK(rd_addr_parse(&p.a_cfg.bind, rd_span_text("::1")));
	p.b_cfg.bind = p.a_cfg.bind;
	p.a_trunk.host = "::1";
	CHECK_OK(rd_network_parse(&p.a_trunk.peers[0], rd_span_text("::1")));
	p.b_trunk.host = "::1";
	p.b_trunk.peers[0] = p.a_trunk.peers[0];
	pair_open(&p);
	talk(&p);
	finish(&p);
}

TEST(the_number_of_dialogs_is_limited_on_both_sides)
{
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "1",
					  .sdp = OFFER };
	struct pair p;
	rd_dialog d[3];

	pair_defaults(&p);
	p.a_cfg.most_dialogs = 3;
	p.b_cfg.most_dialogs = 2;
	pair_open(&p);
	for (unsigned i = 0; i < 3; i++)
		CHECK_OK(rd_trunk_invite(p.a, &invite, &d[i]));
	CHECK_ERR(rd_trunk_invite(p.a, &invite, &d[0]), RD_E_FULL);
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 503);
	pair_close(&p);
}

TEST(what_may_not_be_sent_is_refused_at_once)
{
	static const char *const users[] = { "",    "a b",    "a@b",
					     "a<b", "a\r\nb", "a;b",
					     "%4",  "%zz",    "a\"b" };
	struct rd_trunk_invite invite = { .trunk = "b", .sdp = OFFER };
	struct pair p;
	rd_dialog d;

	pair_defaults(&p);
	pair_open(&p);
	for (unsigned i = 0; i < RD_COUNT(users); i++) {
		invite.user = users[i];
		CHECK_ERR(rd_trunk_invite(p.a, &invite, &d), RD_E_FORMAT);
	}
	invite.user = "1";
	invite.display_name = "a\nb";
	CHECK_ERR(rd_trunk_invite(p.a, &invite, &d), RD_E_FORMAT);
	invite.display_name = NULL;
	invite.trunk = "none";
	CHECK_ERR(rd_trunk_invite(p.a, &invite, &d), RD_E_NOTFOUND);
	CHECK_ERR(rd_trunk_refer(p.a, 1, "sip:a@b>\r\nX: y"), RD_E_FORMAT);
	CHECK_ERR(rd_trunk_refer(p.a, 1, "http://a"), RD_E_FORMAT);
	pair_close(&p);
}

TEST(closing_ends_all_dialogs_and_leaves_nothing)
{
	long before = rd_mem_live();
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "1",
					  .sdp = OFFER };
	struct pair p;
	uint64_t start_ms;

	pair_defaults(&p);
	pair_open(&p);
	for (unsigned i = 0; i < 40; i++) {
		CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
		p.at_b = expect(&p, p.b, RD_TRUNK_INCOMING)->dialog;
		if (i % 4 == 0)
			CHECK_OK(rd_trunk_respond(p.b, p.at_b, 180, NULL));
		if (i % 4 == 1)
			CHECK_OK(rd_trunk_respond(p.b, p.at_b, 183, ANSWER));
		if (i % 4 == 2) {
			CHECK_OK(rd_trunk_respond(p.b, p.at_b, 200, ANSWER));
			expect(&p, p.a, RD_TRUNK_ANSWERED);
		}
	}
	start_ms = rd_clock_ms();
	rd_trunks_close(p.a);
	CHECK(rd_clock_ms() - start_ms < 3000);
	start_ms = rd_clock_ms();
	rd_trunks_close(p.b);
	CHECK(rd_clock_ms() - start_ms < 3000);
	CHECK_EQ(rd_mem_live(), before);
}

static enum rd_err open_and_close(void)
{
	struct pair p;
	enum rd_err err;

	pair_defaults(&p);
	p.a_cfg.trunks = &p.a_trunk;
	err = rd_trunks_open(&p.a, &p.a_cfg, NULL);
	if (err == RD_OK)
		rd_trunks_close(p.a);
	return err;
}

TEST(opening_survives_every_failed_allocation)
{
	rd_check_every_oom(open_and_close);
}

/* Ends, or is answered; nothing stays behind and nothing waits for ever. */
static enum rd_err one_call(void)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "1", .sdp = OFFER, .ring_ms = 400
	};
	struct pair p;
	enum rd_err err = RD_E_NOMEM;
	bool is_over = false;

	pair_defaults(&p);
	p.a_cfg.trunks = &p.a_trunk;
	p.b_cfg.trunks = &p.b_trunk;
	p.a_cfg.invite_ms = 300;
	p.a_cfg.give_up_ms = 500;
	p.b_cfg.give_up_ms = 500;
	if (rd_trunks_open(&p.b, &p.b_cfg, NULL) != RD_OK)
		return err;
	p.a_trunk.port = rd_trunks_local(p.b, RD_SIP_UDP).port;
	if (rd_trunks_open(&p.a, &p.a_cfg, NULL) == RD_OK) {
		err = rd_trunk_invite(p.a, &invite, &p.from_a);
		for (unsigned i = 0; err == RD_OK && !is_over && i < 2000;
		     i++) {
			if (next_event(p.b, &p.event, 1) &&
			    p.event.kind == RD_TRUNK_INCOMING)
				(void)!rd_trunk_respond(p.b, p.event.dialog,
							200, ANSWER);
			if (!next_event(p.a, &p.event, 1))
				continue;
			if (p.event.kind == RD_TRUNK_ANSWERED)
				rd_trunk_hangup(p.a, p.from_a, 16);
			is_over = p.event.kind == RD_TRUNK_ENDED;
		}
		if (err == RD_OK)
			CHECK(is_over);
		rd_trunks_close(p.a);
	}
	rd_trunks_close(p.b);
	return err;
}

TEST(a_call_survives_every_failed_allocation)
{
	rd_check_every_oom(one_call);
}

RD_TESTS(T(a_call_is_answered_and_hung_up_by_the_caller),
	 T(the_answering_side_hangs_up_with_its_cause),
	 T(each_refusal_arrives_with_its_status),
	 T(a_refusal_by_hang_up_carries_status_and_cause),
	 T(early_media_arrives_with_a_183_and_is_acknowledged),
	 T(a_trunk_may_require_reliable_answers),
	 T(a_call_that_rings_is_cancelled),
	 T(a_call_that_nobody_answers_ends_after_ring_ms),
	 T(a_trunk_that_says_nothing_at_all_is_given_up_after_invite_ms),
	 T(hold_is_a_new_offer_from_either_side),
	 T(offers_that_cross_are_tried_again),
	 T(context_headers_arrive_and_nothing_else_can_be_sent),
	 T(user_to_user_travels_where_it_is_configured),
	 T(digits_by_info_arrive_in_order),
	 T(a_transfer_is_honoured_as_configured), T(a_call_goes_over_tcp),
	 T(a_call_goes_over_ipv6),
	 T(the_number_of_dialogs_is_limited_on_both_sides),
	 T(what_may_not_be_sent_is_refused_at_once),
	 T(closing_ends_all_dialogs_and_leaves_nothing),
	 T(opening_survives_every_failed_allocation),
	 T(a_call_survives_every_failed_allocation))
