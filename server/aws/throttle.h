/* aws/throttle.h - our own queue below the account's rate.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * AWS counts requests with a bucket of so many at once, refilled at a steady
 * rate.  Each request asks here first and is told when its turn is; turns are
 * given in the order of asking.  A machine without clock.  Thread: the
 * owner's.
 */
#pragma once
#include "base/base.h"

struct rd_throttle {
	uint64_t gap_us;   /* between two turns in the long run */
	uint64_t slack_us; /* by how much a turn may be early: the burst */
	uint64_t next_us;  /* the turn of the next one without a burst */
	uint64_t hold_ms;  /* nobody goes before */
};

/* per_minute 1.., burst 1.. */
void rd_throttle_init(struct rd_throttle *t, unsigned per_minute,
		      unsigned burst);
/* Takes a turn: at_ms is when, now_ms or later.  RD_E_LIMIT: not by
 * latest_ms; no turn is taken, and *at_ms says when it would be. */
RD_MUST_USE enum rd_err rd_throttle_take(struct rd_throttle *t, uint64_t now_ms,
					 uint64_t latest_ms, uint64_t *at_ms);
/* They throttled us all the same: the burst is gone, and nobody goes before
 * until_ms.  Who has a turn before that asks again. */
void rd_throttle_hold(struct rd_throttle *t, uint64_t now_ms,
		      uint64_t until_ms);
