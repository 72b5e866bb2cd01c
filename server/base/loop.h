/* base/loop.h - one thread's event loop: descriptors, timers, mailboxes.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * epoll underneath.  now is read once per turn.  A watch may be removed, and
 * its memory freed, from inside any callback: events that were already read
 * for it are dropped.  Thread: the one that runs it; only rd_loop_stop may
 * come from another (or from a signal handler).
 */
#pragma once
#include <stdint.h>

#include "base/error.h"
#include "base/mailbox.h"
#include "base/timer.h"

struct rd_loop;
struct rd_watch;

enum { /* what to wait for, and what happened */
	RD_READABLE = 1,
	RD_WRITABLE = 2,
	RD_HANGUP = 4, /* error or hang-up; always reported */
};

typedef void rd_watch_fn(struct rd_watch *w, unsigned events, uint64_t now_ms);

struct rd_watch { /* embedded in its owner, who sets fn */
	rd_watch_fn *fn;

	int fd;
	unsigned events;
	struct rd_loop *loop; /* NULL while not watched */
};

RD_MUST_USE enum rd_err rd_loop_open(struct rd_loop **out);
void rd_loop_close(struct rd_loop *l); /* NULL is fine */

/* Watches fd; the descriptor stays the caller's.  RD_E_IO. */
RD_MUST_USE enum rd_err rd_loop_watch(struct rd_loop *l, struct rd_watch *w,
				      int fd, unsigned events);
RD_MUST_USE enum rd_err rd_watch_change(struct rd_watch *w, unsigned events);
void rd_watch_remove(struct rd_watch *w); /* fine if not watched */

/* The loop's timers: rd_timer_arm(rd_loop_timers(l), &t, due_ms). */
struct rd_timers *rd_loop_timers(struct rd_loop *l);
uint64_t rd_loop_now_ms(const struct rd_loop *l); /* of this turn */

/* Runs until rd_loop_stop. */
void rd_loop_run(struct rd_loop *l);
/* One turn: waits at most wait_ms (or until a timer is due), then serves. */
void rd_loop_turn(struct rd_loop *l, uint64_t wait_ms);
void rd_loop_stop(struct rd_loop *l);
