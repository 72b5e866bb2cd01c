/* media/tick.h - the beat on which a busy worker wakes up.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two alarms of the kernel take turns: while one is slept out, the one after it
 * is set already.  So the kernel programs its clock once a tick, in the
 * interrupt that ends the tick; a plain sleep programs it a second time when
 * it begins, which on a virtual machine leaves the guest and costs as much as
 * sending two packets.  Thread: the worker's.
 */
#pragma once
#include "base/base.h"

struct rd_tick {
	uint64_t period_us; /* const after open */
	int fds[2];
	uint64_t at_us[2];
	unsigned next; /* the alarm that comes first */
};

/* No tick yet.  RD_E_IO: no descriptors; what was opened is closed. */
RD_MUST_USE enum rd_err rd_tick_open(struct rd_tick *t, uint64_t period_us);
void rd_tick_close(struct rd_tick *t); /* once, or after RD_E_IO */
/* The first tick ends one period after now_us. */
void rd_tick_start(struct rd_tick *t, uint64_t now_us);
/* Sleeps out the tick and says when it ended, which may be long ago if now_us
 * is past it: then at once, and the next ends one period after now_us. */
uint64_t rd_tick_sleep(struct rd_tick *t, uint64_t now_us);
