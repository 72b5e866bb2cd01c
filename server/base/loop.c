/* base/loop.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	BATCH = 64,
	LONGEST_WAIT_MS = 60000
};

struct rd_loop {
	int epoll_fd;
	int stop_fd;
	atomic_bool must_stop;

	struct rd_timers timers;
	uint64_t now_ms;
	int ready_count; /* of the batch being served */
	int ready_at;
	struct epoll_event ready[BATCH];
};

enum rd_err rd_loop_open(struct rd_loop **out)
{
	struct rd_loop *l = rd_zalloc(sizeof(*l));
	struct epoll_event e = { .events = EPOLLIN };

	*out = NULL;
	if (!l)
		return RD_E_NOMEM;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->epoll_fd < 0 || l->stop_fd < 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->stop_fd, &e) < 0) {
		rd_loop_close(l);
		return RD_E_IO;
	}
	rd_timers_init(&l->timers);
	l->now_ms = rd_clock_ms();
	*out = l;
	return RD_OK;
}

void rd_loop_close(struct rd_loop *l)
{
	if (!l)
		return;
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->stop_fd >= 0)
		close(l->stop_fd);
	rd_free(l);
}

static uint32_t to_epoll(unsigned events)
{
	return (events & RD_READABLE ? (uint32_t)EPOLLIN : 0U) |
	       (events & RD_WRITABLE ? (uint32_t)EPOLLOUT : 0U);
}

enum rd_err rd_loop_watch(struct rd_loop *l, struct rd_watch *w, int fd,
			  unsigned events)
{
	struct epoll_event e = { .events = to_epoll(events), .data.ptr = w };

	rd_assert(w->fn && !w->loop);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0)
		return RD_E_IO;
	w->loop = l;
	w->fd = fd;
	w->events = events;
	return RD_OK;
}

enum rd_err rd_watch_change(struct rd_watch *w, unsigned events)
{
	struct epoll_event e = { .events = to_epoll(events), .data.ptr = w };

	rd_assert(w->loop);
	if (w->events == events)
		return RD_OK;
	if (epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &e) < 0)
		return RD_E_IO;
	w->events = events;
	return RD_OK;
}

void rd_watch_remove(struct rd_watch *w)
{
	struct rd_loop *l = w->loop;

	if (!l)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = l->ready_at; i < l->ready_count; i++)
		if (l->ready[i].data.ptr == w)
			l->ready[i].data.ptr = NULL;
	w->loop = NULL;
}

struct rd_timers *rd_loop_timers(struct rd_loop *l)
{
	return &l->timers;
}

uint64_t rd_loop_now_ms(const struct rd_loop *l)
{
	return l->now_ms;
}

static void serve(struct rd_loop *l, const struct epoll_event *e)
{
	struct rd_watch *w = e->data.ptr;
	unsigned events = 0;

	if (!w)
		return;
	if (e->events & EPOLLIN)
		events |= RD_READABLE;
	if (e->events & EPOLLOUT)
		events |= RD_WRITABLE;
	if (e->events & (EPOLLERR | EPOLLHUP))
		events |= RD_HANGUP;
	w->fn(w, events, l->now_ms);
}

void rd_loop_turn(struct rd_loop *l, uint64_t wait_ms)
{
	uint64_t now_ms = rd_clock_ms();
	uint64_t due_ms = rd_timers_due_ms(&l->timers);
	uint64_t until_due_ms = due_ms > now_ms ? due_ms - now_ms : 0;
	int n;

	if (wait_ms > LONGEST_WAIT_MS)
		wait_ms = LONGEST_WAIT_MS;
	if (until_due_ms < wait_ms)
		wait_ms = until_due_ms;
	n = epoll_wait(l->epoll_fd, l->ready, BATCH, (int)wait_ms);
	rd_assert(n >= 0 || errno == EINTR);

	l->now_ms = rd_clock_ms();
	l->ready_count = n > 0 ? n : 0;
	for (l->ready_at = 0; l->ready_at < l->ready_count;) {
		struct epoll_event e = l->ready[l->ready_at++];

		serve(l, &e);
	}
	l->ready_count = 0;
	rd_timers_run(&l->timers, l->now_ms);
}

void rd_loop_run(struct rd_loop *l)
{
	while (!atomic_load(&l->must_stop))
		rd_loop_turn(l, LONGEST_WAIT_MS);
	atomic_store(&l->must_stop, false);
}

void rd_loop_stop(struct rd_loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store(&l->must_stop, true);
	n = write(l->stop_fd, &one, sizeof(one));
	(void)n; /* fails only when it is already readable */
}
