/* tests/unit/media/tick_test.c - the beat of a busy worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/tick.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "testing.h"

enum {
	PERIOD_US = 800
};

TEST(ticks_end_on_a_grid_and_not_before)
{
	uint64_t begin_us = rd_clock_us();
	struct rd_tick t;

	CHECK_OK(rd_tick_open(&t, PERIOD_US));
	rd_tick_start(&t, begin_us);
	for (unsigned i = 1; i <= 20; i++) {
		/* As if no time went by between two of them: a worker may be
		 * late, its grid is not. */
		uint64_t now_us = begin_us + (i - 1) * PERIOD_US;

		CHECK_EQ(rd_tick_sleep(&t, now_us), begin_us + i * PERIOD_US);
		CHECK(rd_clock_us() >= begin_us + i * PERIOD_US);
	}
	rd_tick_close(&t);
}

TEST(a_turn_longer_than_its_tick_is_not_slept_after)
{
	uint64_t begin_us = rd_clock_us() - 10 * PERIOD_US;
	uint64_t now_us = rd_clock_us();
	struct rd_tick t;

	CHECK_OK(rd_tick_open(&t, PERIOD_US));
	rd_tick_start(&t, begin_us);
	CHECK_EQ(rd_tick_sleep(&t, now_us), begin_us + PERIOD_US);
	/* What was missed is not made up for. */
	CHECK_EQ(rd_tick_sleep(&t, now_us), now_us + PERIOD_US);
	CHECK(rd_clock_us() >= now_us + PERIOD_US);
	rd_tick_close(&t);
}

TEST(a_rest_between_two_busy_times_leaves_nothing_behind)
{
	uint64_t now_us = rd_clock_us();
	struct rd_tick t;

	CHECK_OK(rd_tick_open(&t, PERIOD_US));
	rd_tick_start(&t, now_us);
	CHECK_EQ(rd_tick_sleep(&t, now_us), now_us + PERIOD_US);
	now_us = rd_clock_us() + PERIOD_US; /* both went off long ago */
	rd_tick_start(&t, now_us);
	CHECK_EQ(rd_tick_sleep(&t, now_us), now_us + PERIOD_US);
	CHECK(rd_clock_us() >= now_us + PERIOD_US);
	rd_tick_close(&t);
}

TEST(without_descriptors_there_is_no_tick)
{
	struct rlimit before, none = { 0, 0 };
	struct rd_tick t;

	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	CHECK_EQ(rd_tick_open(&t, PERIOD_US), RD_E_IO);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_EQ(t.fds[0], -1);
	rd_tick_close(&t);
}

RD_TESTS(T(ticks_end_on_a_grid_and_not_before),
	 T(a_turn_longer_than_its_tick_is_not_slept_after),
	 T(a_rest_between_two_busy_times_leaves_nothing_behind),
	 T(without_descriptors_there_is_no_tick))
