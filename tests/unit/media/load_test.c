/* tests/unit/media/load_test.c - lateness and what follows from it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/load.h"

#include "testing.h"

enum {
	TURN_US = 1000,
};

/* Turns for so many ms; one in `every` is late. */
static void run(struct rd_load *l, uint64_t *now_us, unsigned ms,
		uint64_t late_us, unsigned every)
{
	for (unsigned i = 0; i < ms; i++) {
		*now_us += TURN_US;
		rd_load_feed(l, i % every ? 100 : late_us, 10, *now_us);
	}
}

TEST(complexity_falls_while_late_and_rises_when_calm)
{
	uint64_t now_us = 0;
	struct rd_load l;

	rd_load_init(&l, 5, now_us);
	run(&l, &now_us, 1000, 100, 1);
	CHECK_EQ(l.complexity, 5);
	run(&l, &now_us, 1010, 6000, 10);
	CHECK_EQ(l.complexity, 1);
	run(&l, &now_us, 2000, 6000, 10);
	CHECK_EQ(l.complexity, 0);
	run(&l, &now_us, 3000, 2000, 10); /* neither late nor calm */
	CHECK_EQ(l.complexity, 0);
	run(&l, &now_us, 2100, 100, 1);
	CHECK_EQ(l.complexity, 2);
	CHECK(!rd_load_is_calm(&l));
	run(&l, &now_us, 20000, 100, 1);
	CHECK_EQ(l.complexity, 5);
	CHECK(rd_load_is_calm(&l));
}

TEST(lateness_is_the_99th_percentile_of_a_second)
{
	uint64_t now_us = 0;
	struct rd_load l;

	rd_load_init(&l, 5, now_us);
	run(&l, &now_us, 1100, 20000, 200); /* one in two hundred */
	CHECK(l.lateness_us <= 128);
	run(&l, &now_us, 1100, 20000, 20);
	CHECK(l.lateness_us > RD_LOAD_REFUSE_US);
	CHECK(!rd_load_is_calm(&l));
	run(&l, &now_us, 2100, 100, 1);
	CHECK(l.lateness_us <= 128);
}

TEST(one_late_second_refuses_nobody_and_two_do)
{
	uint64_t now_us = 0;
	struct rd_load l;

	rd_load_init(&l, 5, now_us);
	run(&l, &now_us, 2000, 100, 1);
	run(&l, &now_us, 1000, 20000, 50);
	CHECK(l.lateness_us > RD_LOAD_REFUSE_US);
	CHECK(l.sustained_us < RD_LOAD_REFUSE_US);
	run(&l, &now_us, 1000, 20000, 50);
	CHECK(l.sustained_us > RD_LOAD_REFUSE_US);
	run(&l, &now_us, 1000, 100, 1);
	CHECK(l.sustained_us < RD_LOAD_REFUSE_US);
}

TEST(percentile_is_never_under_the_truth_and_a_fifth_over_at_most)
{
	for (uint64_t us = 64; us < 12000; us += 37) {
		uint64_t now_us = 0;
		struct rd_load l;

		rd_load_init(&l, 5, now_us);
		for (int i = 0; i < 12; i++) {
			now_us += 100000;
			rd_load_feed(&l, us, 1, now_us);
		}
		CHECK(l.lateness_us >= us);
		CHECK(l.lateness_us <= us + us / 4 + 1);
	}
}

RD_TESTS(T(complexity_falls_while_late_and_rises_when_calm),
	 T(lateness_is_the_99th_percentile_of_a_second),
	 T(one_late_second_refuses_nobody_and_two_do),
	 T(percentile_is_never_under_the_truth_and_a_fifth_over_at_most))
