/* tests/unit/provider/presence_test.c - the client comes, goes and comes back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "provider/presence.h"

static struct rd_presence p;

static void check_nothing(uint64_t now_ms)
{
	CHECK_EQ(rd_presence_poll(&p, now_ms), RD_PRESENCE_NOTHING);
}

TEST(the_first_sign_is_told_once)
{
	p = (struct rd_presence){ .was_seen = false };
	check_nothing(0);
	CHECK_EQ(rd_presence_due_ms(&p), RD_NEVER);
	rd_presence_feed(&p, false, 5);
	CHECK_EQ(rd_presence_poll(&p, 5), RD_PRESENCE_FIRST);
	check_nothing(5);
	rd_presence_feed(&p, true, 6);
	check_nothing(6);
}

TEST(who_never_followed_is_never_away)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_feed(&p, false, 0);
	CHECK_EQ(rd_presence_poll(&p, 0), RD_PRESENCE_FIRST);
	check_nothing(3600000);
	CHECK_EQ(rd_presence_due_ms(&p), RD_NEVER);
}

/* F33 */
TEST(a_gap_is_told_after_ten_seconds_and_ends_the_call_after_fifty_five)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_feed(&p, true, 0);
	CHECK_EQ(rd_presence_poll(&p, 0), RD_PRESENCE_FIRST);
	rd_presence_feed(&p, false, 1000);
	check_nothing(1000);
	CHECK_EQ(rd_presence_due_ms(&p), 11000);
	check_nothing(10999);
	CHECK_EQ(rd_presence_poll(&p, 11000), RD_PRESENCE_LOST);
	check_nothing(11000);
	CHECK_EQ(rd_presence_due_ms(&p), 56000);
	check_nothing(55999);
	CHECK_EQ(rd_presence_poll(&p, 56000), RD_PRESENCE_AWAY);
	check_nothing(60000);
	CHECK_EQ(rd_presence_due_ms(&p), RD_NEVER);
}

TEST(a_short_gap_is_no_news)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_feed(&p, true, 0);
	CHECK_EQ(rd_presence_poll(&p, 0), RD_PRESENCE_FIRST);
	for (uint64_t t = 0; t < 300000; t += 9000) {
		rd_presence_feed(&p, false, t);
		check_nothing(t + 8999);
		rd_presence_feed(&p, true, t + 8999);
		check_nothing(t + 8999);
	}
}

TEST(who_comes_back_is_back)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_feed(&p, true, 0);
	CHECK_EQ(rd_presence_poll(&p, 0), RD_PRESENCE_FIRST);
	rd_presence_feed(&p, false, 0);
	CHECK_EQ(rd_presence_poll(&p, 54000), RD_PRESENCE_LOST);
	rd_presence_feed(&p, true, 54001);
	CHECK_EQ(rd_presence_poll(&p, 54001), RD_PRESENCE_BACK);
	check_nothing(200000);
	/* A sign without following counts for a while. */
	rd_presence_feed(&p, false, 200000);
	CHECK_EQ(rd_presence_poll(&p, 210000), RD_PRESENCE_LOST);
	rd_presence_feed(&p, false, 250000);
	CHECK_EQ(rd_presence_poll(&p, 250000), RD_PRESENCE_BACK);
	CHECK_EQ(rd_presence_poll(&p, 305000), RD_PRESENCE_AWAY);
}

TEST(who_leaves_is_lost_at_once_and_back_when_somebody_follows)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_feed(&p, true, 0);
	CHECK_EQ(rd_presence_poll(&p, 0), RD_PRESENCE_FIRST);
	rd_presence_leave(&p, 1000);
	CHECK_EQ(rd_presence_poll(&p, 1000), RD_PRESENCE_LOST);
	/* The old stream closes, and somebody asks: no page of his follows. */
	rd_presence_feed(&p, false, 1100);
	rd_presence_feed(&p, false, 2000);
	check_nothing(2000);
	CHECK_EQ(rd_presence_due_ms(&p), 57000);
	rd_presence_feed(&p, true, 3000);
	CHECK_EQ(rd_presence_poll(&p, 3000), RD_PRESENCE_BACK);
	check_nothing(200000);
	rd_presence_leave(&p, 200000);
	CHECK_EQ(rd_presence_poll(&p, 200000), RD_PRESENCE_LOST);
	CHECK_EQ(rd_presence_poll(&p, 255000), RD_PRESENCE_AWAY);
}

TEST(who_leaves_before_he_was_there_is_not_lost)
{
	p = (struct rd_presence){ .was_seen = false };
	rd_presence_leave(&p, 1000);
	check_nothing(2000);
	rd_presence_feed(&p, true, 3000);
	CHECK_EQ(rd_presence_poll(&p, 3000), RD_PRESENCE_FIRST);
	check_nothing(3000);
}

RD_TESTS(T(the_first_sign_is_told_once), T(who_never_followed_is_never_away),
	 T(a_gap_is_told_after_ten_seconds_and_ends_the_call_after_fifty_five),
	 T(a_short_gap_is_no_news), T(who_comes_back_is_back),
	 T(who_leaves_is_lost_at_once_and_back_when_somebody_follows),
	 T(who_leaves_before_he_was_there_is_not_lost))
