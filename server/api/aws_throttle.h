/* api/aws_throttle.h - how often an operation may be asked: token buckets.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A pure machine, one bucket of each operation.  Thread: control.
 */
#pragma once
#include "base/base.h"

struct rd_aws_bucket {
	uint64_t filled_ms; /* 0: never used */
	uint64_t millis;    /* thousandths of a request */
};

/* Takes one of at most `burst` that come back with per_second (both at least
 * 1); false: too many. */
bool rd_aws_bucket_take(struct rd_aws_bucket *b, unsigned per_second,
			unsigned burst, uint64_t now_ms);
