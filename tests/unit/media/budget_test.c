/* tests/unit/media/budget_test.c - what strangers and legs may cost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/budget.h"

#include "testing.h"

static struct rd_strangers strangers;

static struct rd_addr addr(const char *text)
{
	struct rd_addr a;

	CHECK_OK(rd_addr_parse_port(&a, rd_span_text(text)));
	return a;
}

TEST(stranger_is_unread_after_twenty_failures_in_a_second)
{
	struct rd_addr a = addr("192.0.2.1:5000"), b = addr("192.0.2.1:6000");
	struct rd_addr other = addr("192.0.2.2:5000");
	uint64_t now_us = 5000000;

	rd_strangers_init(&strangers);
	for (int i = 0; i < RD_STRANGER_FAILURES; i++) {
		CHECK(!rd_strangers_is_spent(&strangers, &a, now_us));
		rd_strangers_fail(&strangers, i % 2 ? &a : &b, now_us);
	}
	CHECK(rd_strangers_is_spent(&strangers, &a, now_us));
	CHECK(rd_strangers_is_spent(&strangers, &b, now_us + 900000));
	CHECK(!rd_strangers_is_spent(&strangers, &other, now_us));
	CHECK(!rd_strangers_is_spent(&strangers, &a, now_us + 1000000));
}

TEST(one_subscriber_of_v6_is_one_source)
{
	struct rd_addr a = addr("[2001:db8:1:2::1]:1");
	struct rd_addr b = addr("[2001:db8:1:2:ffff::2]:2");
	struct rd_addr c = addr("[2001:db8:1:3::1]:1");

	rd_strangers_init(&strangers);
	for (int i = 0; i < RD_STRANGER_FAILURES; i++)
		rd_strangers_fail(&strangers, &a, 0);
	CHECK(rd_strangers_is_spent(&strangers, &b, 0));
	CHECK(!rd_strangers_is_spent(&strangers, &c, 0));
}

TEST(leg_may_send_a_burst_and_then_its_rate)
{
	uint64_t now_us = 1000000;
	struct rd_allowance a;
	int taken = 0;

	rd_allowance_init(&a, now_us);
	for (int i = 0; i < RD_LEG_BURST; i++)
		CHECK(rd_allowance_take(&a, now_us));
	CHECK(!rd_allowance_take(&a, now_us));
	CHECK(!rd_allowance_take(&a, now_us - 1)); /* clocks may tie */
	for (int ms = 0; ms < 10000; ms++) {
		now_us += 1000;
		taken += rd_allowance_take(&a, now_us);
	}
	CHECK_EQ(taken, 10 * RD_LEG_PACKETS);
	now_us += 60000000;
	for (int i = 0; i < RD_LEG_BURST; i++)
		CHECK(rd_allowance_take(&a, now_us));
	CHECK(!rd_allowance_take(&a, now_us));
}

RD_TESTS(T(stranger_is_unread_after_twenty_failures_in_a_second),
	 T(one_subscriber_of_v6_is_one_source),
	 T(leg_may_send_a_burst_and_then_its_rate))
