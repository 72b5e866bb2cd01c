/* media/tick.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/tick.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum rd_err rd_tick_open(struct rd_tick *t, uint64_t period_us)
{
	memset(t, 0, sizeof(*t));
	t->period_us = period_us;
	for (unsigned i = 0; i < RD_COUNT(t->fds); i++)
		t->fds[i] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (t->fds[0] >= 0 && t->fds[1] >= 0)
		return RD_OK;
	rd_tick_close(t);
	return RD_E_IO;
}

void rd_tick_close(struct rd_tick *t)
{
	for (unsigned i = 0; i < RD_COUNT(t->fds); i++) {
		if (t->fds[i] >= 0)
			close(t->fds[i]);
		t->fds[i] = -1;
	}
}

/* Setting an alarm also forgets that it went off before. */
static void set(struct rd_tick *t, unsigned i, uint64_t at_us)
{
	struct itimerspec at = {
		.it_value = { (time_t)(at_us / 1000000),
			      (long)(at_us % 1000000) * 1000 },
	};

	t->at_us[i] = at_us;
	rd_assert(timerfd_settime(t->fds[i], TFD_TIMER_ABSTIME, &at, NULL) ==
		  0);
}

void rd_tick_start(struct rd_tick *t, uint64_t now_us)
{
	set(t, t->next, now_us + t->period_us);
}

uint64_t rd_tick_sleep(struct rd_tick *t, uint64_t now_us)
{
	uint64_t ends_us = t->at_us[t->next];
	uint64_t from_us = now_us > ends_us ? now_us : ends_us;
	uint64_t times;

	set(t, !t->next, from_us + t->period_us);
	while (read(t->fds[t->next], &times, sizeof(times)) < 0)
		rd_assert(errno == EINTR);
	t->next = !t->next;
	return ends_us;
}
