/* api/aws_throttle.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_throttle.h"

enum {
	ONE = 1000
};

bool rd_aws_bucket_take(struct rd_aws_bucket *b, unsigned per_second,
			unsigned burst, uint64_t now_ms)
{
	uint64_t most = (uint64_t)burst * ONE;

	if (b->filled_ms == 0 || now_ms - b->filled_ms >= most)
		b->millis = most; /* per_second is 1 at least */
	else
		b->millis =
			rd_min_u64(most, b->millis + (now_ms - b->filled_ms) *
							     per_second);
	b->filled_ms = now_ms;
	if (b->millis < ONE)
		return false;
	b->millis -= ONE;
	return true;
}
