/* media/budget.h - what a stranger, and what a leg, may cost us.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * threats-and-faults: unauthenticated packets per source, packets per leg.
 * Thread: the worker's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum {
	RD_STRANGER_FAILURES = 20, /* per source and second */
	RD_STRANGER_SLOTS = 4096,
	RD_LEG_PACKETS = 200, /* per second */
	RD_LEG_BURST = 400,
};

/* Failures by source address, in a table that forgets: two sources that meet
 * in a slot take it from each other, so a flood of forged sources cannot lock
 * anybody out, and one real source stays counted. */
struct rd_strangers {
	uint32_t seed;
	struct {
		uint32_t source; /* hash of the address */
		uint32_t second;
		uint32_t failures;
	} slots[RD_STRANGER_SLOTS];
};

void rd_strangers_init(struct rd_strangers *s);
/* Whether packets of this source (its port does not matter) are to be dropped
 * unread in this second. */
bool rd_strangers_is_spent(const struct rd_strangers *s,
			   const struct rd_addr *from, uint64_t now_us);
void rd_strangers_fail(struct rd_strangers *s, const struct rd_addr *from,
		       uint64_t now_us);

/* A token bucket. */
struct rd_allowance {
	uint64_t at_us; /* when it was last filled */
	uint32_t tokens;
};

void rd_allowance_init(struct rd_allowance *a, uint64_t now_us);
bool rd_allowance_take(struct rd_allowance *a, uint64_t now_us);
