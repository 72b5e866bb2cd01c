/* tests/unit/base/timer_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "base/timer.h"

static struct rd_timers heap;
static struct rd_timer timers[200];
static uint64_t last_due_ms;
static unsigned ran;

static void note(struct rd_timer *t, uint64_t now_ms)
{
	(void)t;
	CHECK(now_ms >= last_due_ms);
	last_due_ms = now_ms;
	ran++;
}

static void arm_again(struct rd_timer *t, uint64_t now_ms)
{
	ran++;
	rd_timer_arm(&heap, t, now_ms);
}

static void disarm_neighbour(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	ran++;
	rd_timer_disarm(&heap, t + 1);
}

TEST(timers_run_in_the_order_of_their_due_times)
{
	rd_timers_init(&heap);
	ran = 0;
	last_due_ms = 0;
	for (unsigned i = 0; i < 200; i++) {
		timers[i] = (struct rd_timer){ .fn = note };
		rd_timer_arm(&heap, &timers[i], (i * 7919) % 200 + 1);
	}
	for (unsigned i = 0; i < 200; i += 3)
		rd_timer_disarm(&heap, &timers[i]);
	for (unsigned i = 0; i < 200; i += 6)
		rd_timer_arm(&heap, &timers[i], 150);
	while (rd_timers_due_ms(&heap) != RD_NEVER)
		rd_timers_run(&heap, rd_timers_due_ms(&heap));
	CHECK_EQ(ran, 200 - 67 + 34);
}

TEST(one_that_arms_itself_again_does_not_starve_the_loop)
{
	struct rd_timer t = { .fn = arm_again };

	rd_timers_init(&heap);
	ran = 0;
	rd_timer_arm(&heap, &t, 5);
	rd_timers_run(&heap, 10);
	CHECK_EQ(ran, 1);
	CHECK_EQ(rd_timers_due_ms(&heap), 10);
}

TEST(a_due_timer_can_be_disarmed_by_its_neighbour)
{
	struct rd_timer pair[2] = { { .fn = disarm_neighbour },
				    { .fn = note } };

	rd_timers_init(&heap);
	ran = 0;
	rd_timer_arm(&heap, &pair[0], 1);
	rd_timer_arm(&heap, &pair[1], 2);
	rd_timers_run(&heap, 3);
	CHECK_EQ(ran, 1);
}

RD_TESTS(T(timers_run_in_the_order_of_their_due_times),
	 T(one_that_arms_itself_again_does_not_starve_the_loop),
	 T(a_due_timer_can_be_disarmed_by_its_neighbour))
