/* tests/unit/media/wheel_test.c - timers of a worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/wheel.h"

#include "base/random.h"
#include "testing.h"

TEST(timer_comes_at_its_ms_and_not_before)
{
	struct rd_spoke s = { { NULL, NULL }, 0 };
	struct rd_wheel w;

	rd_wheel_init(&w, 5000000);
	CHECK_EQ(rd_wheel_due_us(&w), UINT64_MAX);
	rd_wheel_arm(&w, &s, 5019500);
	CHECK_EQ(rd_wheel_due_us(&w), 5020000);
	CHECK(!rd_wheel_pop(&w, 5019999));
	CHECK(rd_wheel_pop(&w, 5020000) == &s);
	CHECK(!rd_wheel_pop(&w, 9000000));
	CHECK_EQ(rd_wheel_due_us(&w), UINT64_MAX);
}

TEST(timer_beyond_one_turn_waits_its_time)
{
	struct rd_spoke s = { { NULL, NULL }, 0 };
	uint64_t now_us = 1000;
	struct rd_wheel w;
	unsigned looks = 0;

	rd_wheel_init(&w, now_us);
	rd_wheel_arm(&w, &s, 3000000);
	for (;;) {
		struct rd_spoke *got;

		now_us = rd_wheel_due_us(&w);
		CHECK(now_us <= 3000000);
		got = rd_wheel_pop(&w, now_us);
		looks++;
		if (!got)
			continue;
		CHECK(got == &s);
		CHECK_EQ(now_us, 3000000);
		break;
	}
	CHECK(looks <= 13);
}

TEST(timer_that_arms_itself_for_the_past_comes_once_a_ms)
{
	struct rd_spoke s = { { NULL, NULL }, 0 };
	struct rd_wheel w;

	rd_wheel_init(&w, 0);
	rd_wheel_arm(&w, &s, 1000);
	CHECK(rd_wheel_pop(&w, 1000) == &s);
	rd_wheel_arm(&w, &s, 0);
	CHECK(!rd_wheel_pop(&w, 1999));
	CHECK(rd_wheel_pop(&w, 2000) == &s);
}

TEST(disarmed_and_never_armed_timers_do_not_come)
{
	struct rd_spoke a = { { NULL, NULL }, 0 }, b = a;
	struct rd_wheel w;

	rd_wheel_init(&w, 0);
	rd_wheel_arm(&w, &a, 3000);
	rd_wheel_arm(&w, &b, 3000);
	rd_wheel_disarm(&a);
	rd_wheel_arm(&w, &b, UINT64_MAX);
	CHECK(!rd_wheel_pop(&w, 1000000));
}

/* Many timers, uneven steps: none early, none more than a step late. */
TEST(order_and_time_hold_for_many)
{
	enum {
		MANY = 500
	};
	static struct rd_spoke s[MANY];
	static uint64_t at_us[MANY];
	uint64_t now_us = 77000, before_us = now_us;
	struct rd_spoke *got;
	unsigned left = MANY;
	struct rd_wheel w;

	rd_wheel_init(&w, now_us);
	for (int i = 0; i < MANY; i++) {
		at_us[i] = now_us + 1 + rd_random_below(2000000);
		rd_wheel_arm(&w, &s[i], at_us[i]);
	}
	while (left) {
		now_us += 1 + rd_random_below(3000);
		while ((got = rd_wheel_pop(&w, now_us)) != NULL) {
			size_t i = (size_t)(got - s);

			CHECK(at_us[i] <= now_us);
			CHECK(at_us[i] + 1000 > before_us);
			left--;
		}
		before_us = now_us;
	}
	CHECK_EQ(rd_wheel_due_us(&w), UINT64_MAX);
}

RD_TESTS(T(timer_comes_at_its_ms_and_not_before),
	 T(timer_beyond_one_turn_waits_its_time),
	 T(timer_that_arms_itself_for_the_past_comes_once_a_ms),
	 T(disarmed_and_never_armed_timers_do_not_come),
	 T(order_and_time_hold_for_many))
