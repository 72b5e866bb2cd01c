/* tests/unit/provider/breaker_test.c - a provider is left alone, and tried.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "provider/breaker.h"

static struct rd_breaker b;

static void fail_at(uint64_t now_ms)
{
	rd_breaker_note(&b, false, now_ms);
}

TEST(five_failures_within_ten_seconds_open_it)
{
	b = (struct rd_breaker){ .is_open = false };
	for (unsigned i = 0; i < 4; i++) {
		fail_at(1000 * i);
		CHECK(rd_breaker_may_pass(&b, 1000 * i));
	}
	fail_at(10000);
	CHECK(!rd_breaker_may_pass(&b, 10000));
}

TEST(failures_that_are_far_apart_do_not)
{
	b = (struct rd_breaker){ .is_open = false };
	for (unsigned i = 0; i < 100; i++) {
		fail_at(2501 * i);
		CHECK(rd_breaker_may_pass(&b, 2501 * i));
	}
	/* Until they come closer. */
	for (unsigned i = 0; i < 4; i++)
		fail_at(2501 * 99 + 1);
	CHECK(!rd_breaker_may_pass(&b, 2501 * 99 + 1));
}

TEST(a_success_in_between_begins_anew)
{
	b = (struct rd_breaker){ .is_open = false };
	for (unsigned i = 0; i < 100; i++) {
		fail_at(i);
		if (i % 4 == 3)
			rd_breaker_note(&b, true, i);
		CHECK(rd_breaker_may_pass(&b, i));
	}
}

TEST(while_open_one_in_five_seconds_finds_out)
{
	unsigned passed = 0;

	b = (struct rd_breaker){ .is_open = false };
	for (unsigned i = 0; i < 5; i++)
		fail_at(0);
	for (uint64_t t = 1; t <= 20000; t += 100)
		if (rd_breaker_may_pass(&b, t)) {
			passed++;
			fail_at(t);
		}
	CHECK_EQ(passed, 3);
	CHECK(rd_breaker_may_pass(&b, 21000));
	rd_breaker_note(&b, true, 21000);
	CHECK(rd_breaker_may_pass(&b, 21001));
	CHECK(rd_breaker_may_pass(&b, 21001));
}

RD_TESTS(T(five_failures_within_ten_seconds_open_it),
	 T(failures_that_are_far_apart_do_not),
	 T(a_success_in_between_begins_anew),
	 T(while_open_one_in_five_seconds_finds_out))
