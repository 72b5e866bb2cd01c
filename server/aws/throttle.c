/* aws/throttle.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/throttle.h"

void rd_throttle_init(struct rd_throttle *t, unsigned per_minute,
		      unsigned burst)
{
	rd_assert(per_minute > 0 && burst > 0);
	memset(t, 0, sizeof(*t));
	t->gap_us = UINT64_C(60000000) / per_minute;
	t->slack_us = t->gap_us * (burst - 1);
}

enum rd_err rd_throttle_take(struct rd_throttle *t, uint64_t now_ms,
			     uint64_t latest_ms, uint64_t *at_ms)
{
	uint64_t now_us = rd_max_u64(now_ms, t->hold_ms) * 1000;
	uint64_t next_us = rd_max_u64(t->next_us, now_us);
	uint64_t early_us = next_us > t->slack_us ? next_us - t->slack_us : 0;
	uint64_t at_us = rd_max_u64(early_us, now_us);

	*at_ms = (at_us + 999) / 1000;
	if (*at_ms > latest_ms)
		return RD_E_LIMIT;
	t->next_us = next_us + t->gap_us;
	return RD_OK;
}

void rd_throttle_hold(struct rd_throttle *t, uint64_t now_ms, uint64_t until_ms)
{
	t->hold_ms = rd_max_u64(t->hold_ms, until_ms);
	/* As if the whole burst had just been taken. */
	t->next_us =
		rd_max_u64(t->next_us,
			   rd_max_u64(now_ms, until_ms) * 1000 + t->slack_us);
}
