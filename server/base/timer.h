/* base/timer.h - timers as fields of their owner, in a heap of one thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An intrusive pairing heap: arming never allocates and never fails.  Due
 * timers are collected first, then run, so that one which arms itself again
 * cannot starve the loop.  Thread: the heap's.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

#define RD_NEVER UINT64_MAX

struct rd_timer;
typedef void rd_timer_fn(struct rd_timer *t, uint64_t now_ms);

struct rd_timer {
	rd_timer_fn *fn;

	uint64_t due_ms;
	struct rd_timer *child;
	struct rd_timer *sibling;
	struct rd_timer *parent_or_prev;
	struct rd_list in_due; /* of those collected to run */
	bool is_armed;
};

struct rd_timers {
	struct rd_timer *root;
	struct rd_list due; /* struct rd_timer.in_due */
};

void rd_timers_init(struct rd_timers *h);
/* Arms, or arms anew.  due_ms RD_NEVER disarms. */
void rd_timer_arm(struct rd_timers *h, struct rd_timer *t, uint64_t due_ms);
void rd_timer_disarm(struct rd_timers *h, struct rd_timer *t);
/* When the earliest is due; RD_NEVER if none. */
uint64_t rd_timers_due_ms(const struct rd_timers *h);
/* Runs all that are due at now_ms. */
void rd_timers_run(struct rd_timers *h, uint64_t now_ms);
