/* tests/unit/provider/connect_watch_test.c - a contact as the events of a
 * call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "call/call.h"
#include "provider/connect_watch.h"

static struct rd_connect_watch w;
static struct rd_connect_step steps[RD_CONNECT_STEPS];

static unsigned feed(bool connected, bool queued, bool agent)
{
	struct rd_aws_contact c = { .is_connected = connected,
				    .is_queued = queued,
				    .has_agent = agent };

	return rd_connect_watch_feed(&w, &c, steps);
}

static void fresh(bool is_answered_by_flow)
{
	w = (struct rd_connect_watch){ .is_answered_by_flow =
					       is_answered_by_flow };
}

TEST(a_contact_goes_from_the_flow_over_the_queue_to_an_agent)
{
	fresh(false);
	CHECK_EQ(feed(0, 0, 0), 0);
	CHECK_EQ(feed(1, 0, 0), 1);
	CHECK_EQ(steps[0].kind, RD_CALL_CALLER_UP);
	CHECK_EQ(feed(1, 0, 0), 0);
	CHECK_EQ(feed(1, 1, 0), 1);
	CHECK_EQ(steps[0].kind, RD_CALL_FAR_RINGS);
	CHECK_EQ(feed(1, 1, 1), 1);
	CHECK_EQ(steps[0].kind, RD_CALL_FAR_ANSWERED);
	CHECK_EQ(feed(1, 1, 1), 0);
}

TEST(what_was_missed_between_two_looks_comes_in_order)
{
	fresh(false);
	CHECK_EQ(feed(0, 1, 1), 3);
	CHECK_EQ(steps[0].kind, RD_CALL_CALLER_UP);
	CHECK_EQ(steps[1].kind, RD_CALL_FAR_RINGS);
	CHECK_EQ(steps[2].kind, RD_CALL_FAR_ANSWERED);
	fresh(true);
	CHECK_EQ(feed(1, 0, 0), 2);
	CHECK_EQ(steps[1].kind, RD_CALL_FAR_ANSWERED);
	CHECK_EQ(feed(1, 1, 0), 0); /* a queue after the answer is talk */
}

/* Whatever the service says in whatever order, the table takes it. */
TEST(every_order_of_facts_is_one_that_the_table_takes)
{
	for (unsigned path = 0; path < 8 * 8 * 8; path++) {
		struct rd_call call;

		fresh(path & 1);
		rd_call_init(&call, 1);
		CHECK_OK(rd_call_feed(&call, RD_CALL_STARTED, 0, 0, 1));
		for (unsigned i = 0; i < 3; i++) {
			unsigned facts = path >> (3 * i) & 7;
			unsigned n =
				feed(facts & 1, facts >> 1 & 1, facts >> 2 & 1);

			for (unsigned s = 0; s < n; s++)
				CHECK_OK(rd_call_feed(&call, steps[s].kind, 0,
						      0, 1));
		}
	}
}

TEST(each_end_has_its_reason_and_its_side)
{
	static const struct {
		const char *code;
		bool queued, agent;
		enum rd_reason reason;
		enum rd_ended_by by;
	} cases[] = {
		{ "CUSTOMER_DISCONNECT", 1, 1, RD_REASON_ENDED_BY_CALLER,
		  RD_BY_CALLER },
		{ "AGENT_DISCONNECT", 1, 1, RD_REASON_ENDED_BY_ADVISOR,
		  RD_BY_ADVISOR },
		{ "THIRD_PARTY_DISCONNECT", 1, 1, RD_REASON_ENDED_BY_ADVISOR,
		  RD_BY_ADVISOR },
		{ "CONTACT_FLOW_DISCONNECT", 1, 0, RD_REASON_NO_ADVISOR,
		  RD_BY_SYSTEM },
		{ "CONTACT_FLOW_DISCONNECT", 0, 0, RD_REASON_ENDED_BY_SYSTEM,
		  RD_BY_SYSTEM },
		{ "CONTACT_FLOW_DISCONNECT", 1, 1, RD_REASON_ENDED_BY_ADVISOR,
		  RD_BY_ADVISOR },
		{ "TELECOM_PROBLEM", 0, 1, RD_REASON_NETWORK_LOST,
		  RD_BY_SYSTEM },
		{ "EXPIRED", 0, 1, RD_REASON_LIMIT_TIME, RD_BY_SYSTEM },
		{ "API", 0, 1, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM },
		{ "SOMETHING_NEW", 0, 1, RD_REASON_ENDED_BY_SYSTEM,
		  RD_BY_SYSTEM },
		{ "", 0, 0, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_aws_contact c = { .is_connected = true,
					    .is_queued = cases[i].queued,
					    .has_agent = cases[i].agent,
					    .is_ended = true };
		unsigned n;

		snprintf(c.reason, sizeof(c.reason), "%s", cases[i].code);
		fresh(false);
		n = rd_connect_watch_feed(&w, &c, steps);
		CHECK_EQ(steps[n - 1].kind, RD_CALL_GONE);
		CHECK_EQ(steps[n - 1].reason, cases[i].reason);
		CHECK_EQ(steps[n - 1].by, cases[i].by);
		CHECK_EQ(rd_connect_watch_feed(&w, &c, steps), 0);
	}
}

TEST(looks_are_rarer_the_longer_nothing_happens)
{
	unsigned before = 0;

	fresh(false);
	for (int i = 0; i < 30; i++) {
		/* Jitter 0: a fifth less. */
		unsigned wait = rd_connect_watch_wait_ms(&w, 1, 0);

		CHECK(wait >= before);
		before = wait;
	}
	CHECK_EQ(before, 4000);
	feed(1, 0, 1);
	CHECK_EQ(rd_connect_watch_wait_ms(&w, 1, 0), 2400);
	for (int i = 0; i < 30; i++)
		before = rd_connect_watch_wait_ms(&w, 1, 0);
	CHECK_EQ(before, 12000);
}

TEST(all_contacts_together_ask_twice_a_second_at_most)
{
	fresh(false);
	CHECK(rd_connect_watch_wait_ms(&w, 100, 0) >= 40000);
	CHECK(rd_connect_watch_wait_ms(&w, 100, UINT32_MAX) <= 60000);
}

TEST(a_failure_doubles_the_wait_and_a_success_takes_it_back)
{
	fresh(false);
	CHECK_EQ(rd_connect_watch_wait_ms(&w, 1, 0), 800);
	rd_connect_watch_back_off(&w);
	CHECK_EQ(rd_connect_watch_wait_ms(&w, 1, 0), 1600);
	for (int i = 0; i < 100; i++)
		rd_connect_watch_back_off(&w);
	CHECK_EQ(rd_connect_watch_wait_ms(&w, 1, 0), 24000);
	feed(0, 0, 0);
	CHECK(rd_connect_watch_wait_ms(&w, 1, 0) <= 1000);
}

RD_TESTS(T(a_contact_goes_from_the_flow_over_the_queue_to_an_agent),
	 T(what_was_missed_between_two_looks_comes_in_order),
	 T(every_order_of_facts_is_one_that_the_table_takes),
	 T(each_end_has_its_reason_and_its_side),
	 T(looks_are_rarer_the_longer_nothing_happens),
	 T(all_contacts_together_ask_twice_a_second_at_most),
	 T(a_failure_doubles_the_wait_and_a_success_takes_it_back))
