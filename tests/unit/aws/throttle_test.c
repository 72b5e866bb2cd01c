/* tests/unit/aws/throttle_test.c - turns below the account's rate.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/throttle.h"

#include "testing.h"

static uint64_t turn(struct rd_throttle *t, uint64_t now_ms)
{
	uint64_t at_ms;

	CHECK_OK(rd_throttle_take(t, now_ms, UINT64_MAX, &at_ms));
	return at_ms - now_ms;
}

TEST(a_burst_goes_at_once_and_the_rest_in_turn)
{
	struct rd_throttle t;

	rd_throttle_init(&t, 120, 3);
	CHECK_EQ(turn(&t, 10000), 0);
	CHECK_EQ(turn(&t, 10000), 0);
	CHECK_EQ(turn(&t, 10000), 0);
	CHECK_EQ(turn(&t, 10000), 500);
	CHECK_EQ(turn(&t, 10000), 1000);
	CHECK_EQ(turn(&t, 10250), 1250);
	/* All is paid for, and not saved beyond the burst. */
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(turn(&t, 60000), 0);
	CHECK_EQ(turn(&t, 60000), 500);
}

TEST(in_any_minute_there_are_not_more_than_rate_and_burst)
{
	struct rd_throttle t;
	uint64_t sent[400];
	unsigned count = 0;

	rd_throttle_init(&t, 54, 1);
	for (uint64_t now_ms = 0; now_ms < 300000; now_ms += 997) {
		uint64_t at_ms;

		if (rd_throttle_take(&t, now_ms, now_ms + 5000, &at_ms) ==
		    RD_OK)
			sent[count++] = at_ms;
	}
	for (unsigned i = 1; i < count; i++)
		CHECK(sent[i] >= sent[i - 1] + 1111);
	CHECK(count >= 54 * 4);
}

TEST(who_could_not_go_in_time_takes_no_turn)
{
	struct rd_throttle t;
	uint64_t at_ms;

	rd_throttle_init(&t, 60, 1);
	CHECK_EQ(turn(&t, 0), 0);
	CHECK_ERR(rd_throttle_take(&t, 0, 999, &at_ms), RD_E_LIMIT);
	CHECK_EQ(at_ms, 1000);
	CHECK_ERR(rd_throttle_take(&t, 0, 999, &at_ms), RD_E_LIMIT);
	CHECK_EQ(at_ms, 1000);
	CHECK_OK(rd_throttle_take(&t, 0, 1000, &at_ms));
	CHECK_EQ(at_ms, 1000);
}

TEST(being_throttled_all_the_same_holds_everybody)
{
	struct rd_throttle t;

	rd_throttle_init(&t, 600, 5);
	CHECK_EQ(turn(&t, 1000), 0);
	rd_throttle_hold(&t, 1000, 3000);
	CHECK_EQ(turn(&t, 1000), 2000);
	/* The burst is gone with it. */
	CHECK_EQ(turn(&t, 1000), 2100);
	CHECK_EQ(turn(&t, 1000), 2200);
	/* A shorter one does not shorten it. */
	rd_throttle_hold(&t, 1000, 1500);
	CHECK(turn(&t, 1000) >= 2000);
}

TEST(the_first_turn_is_now_when_the_clock_begins_at_zero)
{
	struct rd_throttle t;

	rd_throttle_init(&t, 1, 100);
	CHECK_EQ(turn(&t, 0), 0);
	CHECK_EQ(turn(&t, 0), 0);
}

RD_TESTS(T(a_burst_goes_at_once_and_the_rest_in_turn),
	 T(in_any_minute_there_are_not_more_than_rate_and_burst),
	 T(who_could_not_go_in_time_takes_no_turn),
	 T(being_throttled_all_the_same_holds_everybody),
	 T(the_first_turn_is_now_when_the_clock_begins_at_zero))
