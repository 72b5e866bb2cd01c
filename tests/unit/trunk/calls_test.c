/* tests/unit/trunk/calls_test.c - two rd_trunks call each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
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

RD_TESTS(T(a_call_is_answered_and_hung_up_by_the_caller))
