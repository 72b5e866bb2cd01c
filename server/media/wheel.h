/* media/wheel.h - timers of a worker: one turn of 256 slots of 1 ms.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Arming is a list operation, whatever the number of timers; one that is due
 * beyond the turn is looked at once a turn.  Thread: the worker's.
 */
#pragma once
#include "base/base.h"

enum {
	RD_WHEEL_SLOTS = 256
};

struct rd_spoke { /* embedded in its owner */
	struct rd_list in_slot;
	uint64_t due_us;
};

struct rd_wheel {
	uint64_t at_ms; /* slots before this have been served */
	uint64_t used[RD_WHEEL_SLOTS / 64];
	struct rd_list slots[RD_WHEEL_SLOTS]; /* struct rd_spoke.in_slot */
};

void rd_wheel_init(struct rd_wheel *w, uint64_t now_us);
/* Arms, or arms anew; served at the first whole ms not before due_us. */
void rd_wheel_arm(struct rd_wheel *w, struct rd_spoke *s, uint64_t due_us);
void rd_wheel_disarm(struct rd_spoke *s);
/* The next that is due, taken out; NULL when there is none.  One that is armed
 * meanwhile for a time that has passed comes in the next ms. */
struct rd_spoke *rd_wheel_pop(struct rd_wheel *w, uint64_t now_us);
/* When to look again, never later than the first timer; UINT64_MAX: none. */
uint64_t rd_wheel_due_us(const struct rd_wheel *w);
