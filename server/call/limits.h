/* call/limits.h - how many calls a person may start.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * threats-and-faults section 2: at once, per minute, hour and day.  Counted
 * over sliding windows; filled from the store at start (rd_limits_restore),
 * so that a restart does not reset them.  0 = no limit.  Thread: control.
 */
#pragma once
#include "base/base.h"
#include "call/call.h"

struct rd_limits_cfg {
	unsigned at_once, per_minute, per_hour, per_day;
};
struct rd_limits;

RD_MUST_USE enum rd_err rd_limits_open(struct rd_limits **out);
void rd_limits_close(struct rd_limits *l); /* NULL is fine */

/* A call that owner started earlier, from the store. */
RD_MUST_USE enum rd_err rd_limits_restore(struct rd_limits *l,
					  const char *owner,
					  uint64_t started_wall_ms);
/* Counts the start, or says RD_E_LIMIT with *reason (limit_concurrent or
 * limit_rate) and *retry_after_s.  Undone by rd_limits_withdraw when the
 * call was not started after all; rd_limits_ended frees "at once". */
RD_MUST_USE enum rd_err rd_limits_admit(struct rd_limits *l, const char *owner,
					const struct rd_limits_cfg *cfg,
					uint64_t now_wall_ms,
					enum rd_reason *reason,
					unsigned *retry_after_s);
void rd_limits_withdraw(struct rd_limits *l, const char *owner);
void rd_limits_ended(struct rd_limits *l, const char *owner);
/* Forgets people without calls in the last day; call now and then. */
void rd_limits_sweep(struct rd_limits *l, uint64_t now_wall_ms);
