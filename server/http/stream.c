/* http/stream.c - an answer that goes on: what waits to be sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libmicrohttpd asks for bytes when the socket takes some.  When there are
 * none its connection is suspended, and with it its look at the socket; a
 * second watch of ours on the same descriptor sees the client go.
 */
#include <poll.h>
#include <sys/socket.h>

#include "http/server_priv.h"

struct rd_http_stream {
	struct rd_http_server *server;
	struct conn *conn; /* NULL once libmicrohttpd is done with it */
	rd_http_stream_gone *gone;
	void *arg;

	struct rd_watch watch;
	uint8_t *queue;
	size_t start, len, size; /* bytes waiting: queue[start..start+len) */
	bool is_waiting;         /* the connection is suspended */
	bool is_ended;           /* the owner closed it */
	struct rd_list in_gone;
};

/* Nothing more can be sent. */
void rd_stream_cut(struct rd_http_stream *st)
{
	shutdown(st->conn->fd, SHUT_RDWR);
	st->is_ended = true;
	st->len = 0;
	if (st->is_waiting)
		rd_mhd_resume(st->conn);
	st->is_waiting = false;
}

static void saw_client(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_http_stream *st =
		rd_container(w, struct rd_http_stream, watch);
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	(void)events;
	(void)now_ms;
	rd_watch_remove(w); /* whatever it is, once is enough */
	if (poll(&p, 1, 0) == 1 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
		rd_stream_cut(st);
}

enum rd_err rd_http_stream_open(struct rd_http_stream **out,
				struct rd_http_request *r,
				const struct rd_http_answer *a,
				rd_http_stream_gone *gone, void *arg)
{
	struct rd_http_stream *st = rd_zalloc(sizeof(*st));
	struct rd_http_answer failed = { .status = 500 };
	struct rd_loop *loop = r->server->cfg.loop;
	enum rd_err err = RD_E_NOMEM;

	*out = NULL;
	if (!st) {
		rd_http_answer(r, &failed);
		return err;
	}
	st->server = r->server;
	st->conn = r->conn;
	st->gone = gone;
	st->arg = arg;
	st->watch.fn = saw_client;
	err = rd_mhd_answer_stream(r, a, st);
	if (err != RD_OK) {
		rd_free(st);
		return err;
	}
	/* Without the watch the next push finds out. */
	err = rd_loop_watch(loop, &st->watch, st->conn->fd, RD_READABLE);
	(void)err;
	*out = st;
	return RD_OK;
}

static enum rd_err make_room(struct rd_http_stream *st, size_t len)
{
	size_t size = st->size ? st->size : 1024;
	uint8_t *queue;

	if (st->start && st->start + st->len + len > st->size) {
		memmove(st->queue, st->queue + st->start, st->len);
		st->start = 0;
	}
	if (st->len + len <= st->size)
		return RD_OK;
	while (size < st->len + len)
		size *= 2;
	queue = rd_realloc(st->queue, size);
	if (!queue)
		return RD_E_NOMEM;
	st->queue = queue;
	st->size = size;
	return RD_OK;
}

enum rd_err rd_http_stream_push(struct rd_http_stream *st, struct rd_span bytes)
{
	rd_assert(st->gone);
	if (!st->conn || st->is_ended)
		return RD_E_FULL; /* gone is on its way */
	if (st->len + bytes.len > RD_HTTP_STREAM_QUEUE) {
		rd_http_refused(st->server, RD_HTTP_SLOW_READER,
				&st->conn->peer);
		rd_stream_cut(st);
		return RD_E_FULL;
	}
	if (make_room(st, bytes.len) != RD_OK)
		return RD_E_NOMEM;
	if (bytes.len)
		memcpy(st->queue + st->start + st->len, bytes.at, bytes.len);
	st->len += bytes.len;
	if (st->is_waiting && bytes.len) {
		st->is_waiting = false;
		rd_mhd_resume(st->conn);
	}
	return RD_OK;
}

static void release(struct rd_http_stream *st)
{
	rd_watch_remove(&st->watch);
	rd_list_remove(&st->in_gone);
	rd_free(st->queue);
	rd_free(st);
}

void rd_http_stream_close(struct rd_http_stream *st)
{
	if (!st)
		return;
	st->gone = NULL;
	st->is_ended = true;
	if (!st->conn) {
		release(st);
		return;
	}
	if (st->is_waiting) {
		st->is_waiting = false;
		rd_mhd_resume(st->conn);
	}
}

enum rd_stream_give rd_stream_take(struct rd_http_stream *st, void *buf,
				   size_t size, size_t *len)
{
	*len = rd_min_size(size, st->len);
	if (*len) {
		memcpy(buf, st->queue + st->start, *len);
		st->start += *len;
		st->len -= *len;
		if (!st->len)
			st->start = 0;
		return RD_STREAM_DATA;
	}
	if (st->is_ended)
		return RD_STREAM_END;
	st->is_waiting = true;
	return RD_STREAM_WAIT;
}

/* The owner hears of it from the loop, not from inside libmicrohttpd. */
void rd_stream_completed(struct rd_http_stream *st)
{
	struct rd_http_server *s = st->server;

	rd_watch_remove(&st->watch);
	st->conn = NULL;
	st->is_waiting = false;
	if (!st->gone) {
		release(st);
		return;
	}
	rd_list_push(&s->gone, &st->in_gone);
	rd_timer_arm(rd_loop_timers(s->cfg.loop), &s->gone_timer,
		     rd_loop_now_ms(s->cfg.loop));
}

void rd_stream_tell_gone(struct rd_http_server *s)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&s->gone))) {
		struct rd_http_stream *st =
			rd_container(item, struct rd_http_stream, in_gone);
		rd_http_stream_gone *gone = st->gone;
		void *arg = st->arg;

		release(st);
		gone(arg);
	}
}
