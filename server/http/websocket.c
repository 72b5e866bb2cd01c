/* http/websocket.c - an open WebSocket: frames, limits, the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Callbacks are only made from the loop (turn), never from within a call of
 * the owner's.  So a failure inside rd_ws_send breaks the connection at once
 * and is told by the timer.
 *
 * wslay keeps 9 KiB of buffers for a connection, nine tenths of what it costs
 * us, and most are silent most of the time.  So between messages it rests:
 * wslay's context is freed, and made anew when there is something to do.
 */
#include "http/websocket.h"

#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "base/random.h"
#include "base/text.h"
#include "http/server_priv.h"
#include "http/websocket_priv.h"

enum {
	CODE_PROTOCOL = 1002,
	CODE_NONE = 1005,
	CODE_BROKEN = 1006,
	CODE_POLICY = 1008,
	CODE_TOO_BIG = 1009,
	CODE_TRY_LATER = 1013,
};

/* --- letting go --- */

static void release_socket(struct rd_ws *ws)
{
	rd_watch_remove(&ws->watch);
	rd_tls_close(ws->tls);
	ws->tls = NULL;
	if (ws->upgrade)
		rd_mhd_upgrade_release(ws->upgrade);
	else if (ws->fd >= 0)
		close(ws->fd);
	ws->upgrade = NULL;
	ws->fd = -1;
}

static void free_ws(struct rd_ws *ws)
{
	release_socket(ws);
	rd_timer_disarm(rd_loop_timers(ws->loop), &ws->timer);
	if (ws->wslay)
		wslay_event_context_free(ws->wslay);
	rd_free(ws->early);
	rd_free(ws->client.protocols);
	rd_free(ws->client.request);
	rd_free(ws->client.answer);
	rd_free(ws);
}

static void enter(struct rd_ws *ws)
{
	ws->depth++;
}

/* Whether ws is still there. */
static bool leave(struct rd_ws *ws)
{
	if (--ws->depth || !ws->is_doomed)
		return true;
	free_ws(ws);
	return false;
}

void rd_ws_break(struct rd_ws *ws, unsigned code)
{
	if (ws->phase >= WS_BROKEN)
		return;
	ws->over_code = code;
	ws->phase = WS_BROKEN;
	rd_ws_arm(ws, 0);
	/* Inside wslay the descriptor is still in use; it is let go by the
	 * timer then. */
	if (!ws->in_wslay)
		release_socket(ws);
}

void rd_ws_cut(struct rd_ws *ws)
{
	rd_ws_break(ws, CODE_BROKEN);
	release_socket(ws);
}

/* --- ending --- */

/* The close frame goes when nothing is left before it: wslay would send it
 * first and drop the rest. */
static void queue_close(struct rd_ws *ws)
{
	const char *reason = ws->end_reason;
	int bad;

	if (ws->close_sent)
		return;
	ws->close_sent = true;
	bad = wslay_event_queue_close(ws->wslay, (uint16_t)ws->end_code,
				      (const uint8_t *)reason, strlen(reason));
	if (bad && bad != WSLAY_ERR_NO_MORE_MSG) /* wslay did it before us */
		rd_ws_break(ws, CODE_BROKEN);
}

/* Ends it now, whatever is queued: the peer broke a rule, or does not read. */
static void fail(struct rd_ws *ws, unsigned code)
{
	if (ws->phase > WS_ENDING || (ws->phase == WS_ENDING && ws->close_sent))
		return;
	ws->phase = WS_ENDING;
	ws->end_code = code;
	ws->end_reason[0] = '\0';
	wslay_event_shutdown_read(ws->wslay);
	queue_close(ws);
	rd_ws_arm(ws, ws->cfg.close_wait_ms);
}

/* --- wslay's callbacks --- */

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t size,
		       int flags, void *arg)
{
	struct rd_ws *ws = arg;
	size_t len = 0, good;
	enum rd_err err;

	if (ws->phase >= WS_BROKEN) {
		wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	if (ws->has_bad_frame) { /* what came before it was heard */
		fail(ws, CODE_PROTOCOL);
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	err = rd_ws_read_bytes(ws, buf, size, &len);
	if (err == RD_OK) {
		ws->heard_ms = rd_loop_now_ms(ws->loop);
		ws->counts.bytes_in += len;
		good = rd_frame_watch_feed(&ws->frames, rd_span(buf, len));
		ws->has_bad_frame = good < len;
		if (good)
			return (ssize_t)good;
		return on_recv(ctx, buf, size, flags, arg);
	}
	if (err != RD_E_AGAIN)
		ws->is_end = true;
	wslay_event_set_error(ctx, err == RD_E_AGAIN
					   ? WSLAY_ERR_WOULDBLOCK
					   : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data,
		       size_t size, int flags, void *arg)
{
	struct rd_ws *ws = arg;
	size_t len = 0;
	enum rd_err err;

	if (ws->phase >= WS_BROKEN) {
		wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	err = rd_ws_write_bytes(ws, rd_span(data, size), flags & WSLAY_MSG_MORE,
				&len);
	if (err == RD_OK) {
		ws->counts.bytes_out += len;
		return (ssize_t)len;
	}
	wslay_event_set_error(ctx, err == RD_E_AGAIN
					   ? WSLAY_ERR_WOULDBLOCK
					   : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int on_genmask(wslay_event_context_ptr ctx, uint8_t *buf, size_t len,
		      void *arg)
{
	(void)ctx;
	(void)arg;
	rd_random_bytes(buf, len);
	return 0;
}

static bool take_token(struct bucket *b, unsigned per_s, unsigned burst,
		       uint64_t now_ms)
{
	b->tokens += (double)(now_ms - b->at_ms) * per_s / 1000.0;
	if (b->tokens > burst)
		b->tokens = burst;
	b->at_ms = now_ms;
	if (b->tokens < 1)
		return false;
	b->tokens -= 1;
	return true;
}

static void on_frame(wslay_event_context_ptr ctx,
		     const struct wslay_event_on_frame_recv_start_arg *f,
		     void *arg)
{
	struct rd_ws *ws = arg;
	uint64_t now_ms = rd_loop_now_ms(ws->loop);

	(void)ctx;
	if (ws->phase != WS_OPEN)
		return;
	if (wslay_is_ctrl_frame(f->opcode)) {
		if (!take_token(&ws->controls, ws->cfg.most_control_per_s,
				ws->cfg.messages_burst, now_ms))
			fail(ws, CODE_POLICY);
		return;
	}
	if (f->payload_length > ws->cfg.most_frame_bytes) {
		fail(ws, CODE_TOO_BIG);
		return;
	}
	ws->fragments = f->opcode ? 1 : ws->fragments + 1;
	if (ws->fragments > ws->cfg.most_fragments)
		fail(ws, CODE_POLICY);
}

static void on_message(wslay_event_context_ptr ctx,
		       const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct rd_ws *ws = arg;

	(void)ctx;
	if (ws->phase != WS_OPEN || ws->is_doomed ||
	    wslay_is_ctrl_frame(m->opcode))
		return;
	if (!take_token(&ws->messages, ws->cfg.messages_per_s,
			ws->cfg.messages_burst, rd_loop_now_ms(ws->loop))) {
		fail(ws, CODE_POLICY);
		return;
	}
	ws->counts.messages_in++;
	ws->cfg.events->message(ws->cfg.arg, ws, rd_span(m->msg, m->msg_length),
				m->opcode == WSLAY_TEXT_FRAME);
}

/* --- at rest --- */

/* false: no memory. */
static bool wake(struct rd_ws *ws)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.genmask_callback = on_genmask,
		.on_frame_recv_start_callback = on_frame,
		.on_msg_recv_callback = on_message,
	};
	int bad;

	if (ws->wslay)
		return true;
	bad = ws->is_client ? wslay_event_context_client_init(&ws->wslay,
							      &callbacks, ws)
			    : wslay_event_context_server_init(&ws->wslay,
							      &callbacks, ws);
	if (bad) {
		ws->wslay = NULL;
		return false;
	}
	wslay_event_config_set_max_recv_msg_length(ws->wslay,
						   ws->cfg.most_message_bytes);
	return true;
}

/* Only if wslay knows nothing that we do not: no piece of a message in or
 * out, no end under way. */
static void rest(struct rd_ws *ws)
{
	if (!ws->wslay || ws->in_wslay || ws->phase != WS_OPEN ||
	    ws->end_code || ws->close_sent || ws->has_bad_frame ||
	    !rd_frame_watch_is_between(&ws->frames) ||
	    wslay_event_want_write(ws->wslay) ||
	    !wslay_event_want_read(ws->wslay) ||
	    !wslay_event_get_write_enabled(ws->wslay) ||
	    wslay_event_get_close_received(ws->wslay))
		return;
	wslay_event_context_free(ws->wslay);
	ws->wslay = NULL;
	ws->counts.rests++;
}

/* --- the loop's side --- */

static unsigned code_received(const struct rd_ws *ws)
{
	unsigned code = wslay_event_get_status_code_received(ws->wslay);

	return code == WSLAY_CODE_ABNORMAL_CLOSURE ? CODE_BROKEN : code;
}

static void update_watch(struct rd_ws *ws)
{
	unsigned events = 0;

	if (!ws->watch.loop)
		return;
	if (ws->phase == WS_DRAINING || !ws->wslay ||
	    wslay_event_want_read(ws->wslay))
		events |= RD_READABLE;
	if (ws->wslay && wslay_event_want_write(ws->wslay))
		events |= RD_WRITABLE;
	if (ws->tls && rd_tls_wants(ws->tls) == RD_WRITABLE)
		events |= RD_WRITABLE;
	if (rd_watch_change(&ws->watch, events) != RD_OK)
		rd_ws_break(ws, CODE_BROKEN);
}

/* Our close frame is out and we wait for nothing: say so to TCP, and read on
 * until the peer is done, since unread bytes would turn our end into a reset
 * that overtakes the close frame. */
static void start_draining(struct rd_ws *ws)
{
	ws->phase = WS_DRAINING;
	ws->over_code = ws->end_code;
	shutdown(ws->fd, SHUT_WR);
}

/* What the state of the closing handshake asks for now. */
static void check_end(struct rd_ws *ws)
{
	bool received, sent;

	if (ws->phase >= WS_DRAINING)
		return;
	if (ws->end_code && !ws->close_sent &&
	    wslay_event_get_queued_msg_count(ws->wslay) == 0)
		queue_close(ws);
	received = wslay_event_get_close_received(ws->wslay);
	sent = wslay_event_get_close_sent(ws->wslay);
	if (received && sent) {
		rd_ws_break(ws,
			    ws->end_code ? ws->end_code : code_received(ws));
		return;
	}
	if (sent && ws->phase == WS_OPEN) /* wslay found an error itself */
		ws->end_code = wslay_event_get_status_code_sent(ws->wslay);
	if (sent && !wslay_event_get_read_enabled(ws->wslay)) {
		rd_ws_arm(ws, ws->cfg.close_wait_ms);
		start_draining(ws);
	}
}

/* Sends what can be sent; wslay is awake, and may be at rest afterwards. */
static void flush(struct rd_ws *ws)
{
	int bad = 0;

	for (int i = 0; i < 2 && ws->phase < WS_DRAINING; i++) {
		bool before = ws->close_sent;

		ws->in_wslay = true;
		if (wslay_event_want_write(ws->wslay))
			bad = wslay_event_send(ws->wslay);
		ws->in_wslay = false;
		if (bad) {
			rd_ws_break(ws, CODE_BROKEN);
			return;
		}
		check_end(ws);
		if (before == ws->close_sent)
			break;
	}
	rest(ws);
	if (ws->phase < WS_BROKEN)
		update_watch(ws);
}

static void drain(struct rd_ws *ws)
{
	uint8_t buf[4096];
	size_t len;
	enum rd_err err;

	do
		err = rd_ws_read_bytes(ws, buf, sizeof(buf), &len);
	while (err == RD_OK);
	if (err != RD_E_AGAIN)
		rd_ws_break(ws, ws->over_code);
}

/* Reads and sends; ws may be gone afterwards. */
static void turn(struct rd_ws *ws)
{
	int bad = 0;

	if (ws->phase == WS_DRAINING) {
		drain(ws);
		return;
	}
	if (!wake(ws)) {
		rd_ws_break(ws, CODE_BROKEN);
		return;
	}
	enter(ws);
	ws->in_wslay = true;
	if (wslay_event_want_read(ws->wslay))
		bad = wslay_event_recv(ws->wslay);
	ws->in_wslay = false;
	if (ws->phase < WS_BROKEN && !ws->is_doomed) {
		if (ws->is_end) {
			rd_ws_break(ws, CODE_BROKEN);
		} else {
			if (bad == WSLAY_ERR_NOMEM)
				rd_ws_break(ws, CODE_BROKEN);
			else if (bad) /* a frame it could not make sense of */
				fail(ws, CODE_PROTOCOL);
			flush(ws);
		}
	}
	leave(ws);
}

static void on_watch(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_ws *ws = rd_container(w, struct rd_ws, watch);

	(void)now_ms;
	if (ws->phase < WS_OPEN) {
		rd_ws_client_ready(ws, events);
		return;
	}
	turn(ws);
}

static void tell_closed(struct rd_ws *ws)
{
	ws->phase = WS_OVER;
	release_socket(ws);
	enter(ws);
	ws->cfg.events->closed(ws->cfg.arg, ws, ws->over_code);
	leave(ws);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_ws *ws = rd_container(t, struct rd_ws, timer);

	switch (ws->phase) {
	case WS_CONNECTING:
	case WS_SECURING:
	case WS_ASKING:
	case WS_WAITING:
		rd_ws_break(ws, CODE_BROKEN);
		return;
	case WS_OPEN:
		if (now_ms - ws->heard_ms > 2 * (uint64_t)ws->cfg.ping_ms ||
		    !wake(ws)) {
			rd_ws_break(ws, CODE_BROKEN);
			return;
		}
		wslay_event_queue_msg(ws->wslay, &(struct wslay_event_msg){
							 WSLAY_PING, NULL, 0 });
		rd_ws_arm(ws, ws->cfg.ping_ms);
		flush(ws);
		return;
	case WS_ENDING:
	case WS_DRAINING:
		rd_ws_break(ws, ws->end_code ? ws->end_code : CODE_BROKEN);
		return;
	case WS_BROKEN:
		tell_closed(ws);
		return;
	case WS_OVER:
		return;
	}
}

/* --- for websocket_open.c --- */

struct rd_ws *rd_ws_new(struct rd_loop *loop, const struct rd_ws_cfg *cfg,
			bool is_client)
{
	struct rd_ws *ws = rd_zalloc(sizeof(*ws));

	if (!ws)
		return NULL;
	ws->cfg = *cfg;
	rd_ws_set_defaults(&ws->cfg);
	ws->loop = loop;
	ws->is_client = is_client;
	ws->fd = -1;
	ws->watch.fn = on_watch;
	ws->timer.fn = on_timer;
	return ws;
}

enum rd_err rd_ws_start(struct rd_ws *ws, struct rd_span extra)
{
	uint64_t now_ms = rd_loop_now_ms(ws->loop);

	if (extra.len) {
		ws->early = rd_alloc(extra.len);
		if (!ws->early)
			return RD_E_NOMEM;
		memcpy(ws->early, extra.at, extra.len);
		ws->extra = rd_span(ws->early, extra.len);
	}
	ws->phase = WS_OPEN;
	ws->heard_ms = now_ms;
	ws->messages = (struct bucket){ ws->cfg.messages_burst, now_ms };
	ws->controls = ws->messages;
	rd_ws_arm(ws, ws->cfg.ping_ms);
	enter(ws);
	if (ws->cfg.events->opened)
		ws->cfg.events->opened(ws->cfg.arg, ws);
	if (leave(ws) && ws->phase < WS_BROKEN)
		turn(ws); /* TLS and extra hold bytes that no watch reports */
	return RD_OK;
}

/* --- for the owner --- */

enum rd_err rd_ws_send(struct rd_ws *ws, struct rd_span payload, bool is_text)
{
	struct wslay_event_msg m = { is_text ? WSLAY_TEXT_FRAME
					     : WSLAY_BINARY_FRAME,
				     payload.at, payload.len };

	if (ws->phase != WS_OPEN)
		return RD_E_CLOSED;
	if (!wake(ws))
		return RD_E_NOMEM;
	if (!wslay_event_get_write_enabled(ws->wslay))
		return RD_E_CLOSED;
	if (wslay_event_get_queued_msg_length(ws->wslay) + payload.len >
	    ws->cfg.most_queued_bytes) {
		fail(ws, CODE_TRY_LATER);
		if (!ws->in_wslay)
			flush(ws);
		return RD_E_FULL;
	}
	if (wslay_event_queue_msg(ws->wslay, &m) != 0)
		return RD_E_NOMEM;
	ws->counts.messages_out++;
	if (!ws->in_wslay)
		flush(ws);
	return RD_OK;
}

void rd_ws_end(struct rd_ws *ws, unsigned code, const char *reason)
{
	rd_assert(code >= 1000 && code <= 4999);
	if (ws->phase < WS_OPEN) {
		rd_ws_break(ws, code);
		return;
	}
	if (ws->phase != WS_OPEN || ws->end_code)
		return;
	if (!wake(ws)) {
		rd_ws_break(ws, code);
		return;
	}
	ws->phase = WS_ENDING;
	ws->end_code = code;
	rd_text_copy(ws->end_reason, sizeof(ws->end_reason),
		     rd_span_text(reason ? reason : ""));
	rd_ws_arm(ws, ws->cfg.close_wait_ms);
	if (!ws->in_wslay)
		flush(ws);
}

void rd_ws_abort(struct rd_ws *ws)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = ws->upgrade ? rd_mhd_upgrade_tcp_fd(ws->upgrade) : ws->fd;

	if (ws->phase >= WS_BROKEN)
		return;
	/* On a connected TCP socket this is a reset, at once. */
	if (fd >= 0)
		(void)!connect(fd, &none, sizeof(none));
	rd_ws_break(ws, CODE_BROKEN);
}

void rd_ws_close(struct rd_ws *ws)
{
	if (!ws)
		return;
	if (ws->depth) {
		ws->is_doomed = true;
		if (ws->wslay)
			wslay_event_shutdown_read(ws->wslay);
		return;
	}
	free_ws(ws);
}
