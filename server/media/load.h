/* media/load.h - how late a worker is, and what it does about it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each turn says by how much its packets were served late.  The 99th
 * percentiles of the last two seconds decide whether new calls are taken
 * (F11), that of a quarter of a second the complexity of the Opus encoders:
 * quality gives way before calls are refused.  Thread: the worker's.
 */
#pragma once
#include "base/base.h"

enum {
	RD_LOAD_BUCKETS = 32,
	RD_LOAD_REFUSE_US = 10000, /* F11: no new calls above this */
	RD_LOAD_HIGH_US = 4000,    /* less complexity above this */
	RD_LOAD_LOW_US = 1000,     /* more, if below it for 1 s */
};

struct rd_load {
	unsigned most_complexity; /* const after init */

	unsigned complexity;  /* in force */
	unsigned lateness_us; /* p99 of the last whole second */
	/* The smaller of the last two.  With one call a single late packet is
	 * the 99th percentile of its second; that must refuse nobody. */
	unsigned sustained_us;

	uint64_t second_us;  /* when the second began */
	uint64_t quarter_us; /* when the quarter began */
	unsigned calm;       /* quarters below RD_LOAD_LOW_US in a row */
	uint32_t in_second[RD_LOAD_BUCKETS];
	uint32_t in_quarter[RD_LOAD_BUCKETS];
};

void rd_load_init(struct rd_load *l, unsigned complexity, uint64_t now_us);
/* packets (at least 1) were served up to late_us after they could have been. */
void rd_load_feed(struct rd_load *l, uint64_t late_us, unsigned packets,
		  uint64_t now_us);
/* Nothing to recover from: no need to feed it while nothing happens. */
bool rd_load_is_calm(const struct rd_load *l);
