/* provider/engine_socket.c - how one joins a meeting, and the signaling
 * sockets that come of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "provider/engine_priv.h"

enum {
	MESSAGE_BYTES = 128 * 1024, /* chime-signaling section 11, 13 */
	PAGE_GONE = 1001,           /* RFC 6455 7.4.1: "going away" */
};

#define SUBPROTOCOL "_aws_wt_session"

/* --- how to join ------------------------------------------------------- */

/* "wss://host" of "https://host". */
static void websocket_origin(const char *public_url, char *out, size_t size)
{
	const char *rest = strstr(public_url, "://");
	bool is_tls = !strncmp(public_url, "https", 5);

	snprintf(out, size, "%s%s", is_tls ? "wss" : "ws", rest ? rest : "");
}

enum rd_err rd_engine_joining(const struct rd_engine *e, unsigned worker,
			      const char *meeting_id, struct rd_joining *j)
{
	struct rd_addr media[RD_MEDIA_ADDRESSES];
	char address[RD_ADDR_TEXT], sockets[RD_URL_TEXT];

	if (rd_media_candidates(e->cfg.media, worker, media) == 0)
		return RD_E_INTERNAL;
	websocket_origin(e->cfg.public_url, sockets, sizeof(sockets) - 64);
	snprintf(j->meeting_id, sizeof(j->meeting_id), "%s", meeting_id);
	snprintf(j->audio_host_url, sizeof(j->audio_host_url), "%s",
		 rd_addr_text(&media[0], address));
	snprintf(j->signaling_url, sizeof(j->signaling_url),
		 "%.190s/control/%s", sockets, meeting_id);
	/* The SDK never contacts these two; clients that decode the answer
	 * strictly want them there (chime-signaling section 1). */
	snprintf(j->audio_fallback_url, sizeof(j->audio_fallback_url), "%s",
		 j->signaling_url);
	snprintf(j->turn_control_url, sizeof(j->turn_control_url),
		 "%.190s/v1/turn", e->cfg.public_url);
	snprintf(j->media_region, sizeof(j->media_region), "%s", e->cfg.region);
	return RD_OK;
}

static void write_caller(const struct rd_session *s, struct rd_joining *j)
{
	snprintf(j->attendee_id, sizeof(j->attendee_id), "%s", s->attendee_id);
	snprintf(j->external_user_id, sizeof(j->external_user_id), "%s",
		 s->call_id);
}

enum rd_err rd_engine_invite_caller(struct rd_session *s, struct rd_joining *j,
				    uint64_t now_ms)
{
	struct rd_engine *e = s->engine;
	struct rd_signaling_attendee caller = {
		.attendee_id = s->attendee_id,
		.external_user_id = s->call_id,
		.has_socket = true,
	};
	enum rd_err err;

	_Static_assert(sizeof(j->join_token) >= RD_SIGNALING_TOKEN_TEXT,
		       "a token fits");
	err = rd_signaling_attendee_add(e->signaling, s->meeting_id, &caller,
					now_ms, j->join_token);
	if (!err)
		err = rd_engine_joining(e, s->worker, s->meeting_id, j);
	if (err)
		return err;
	write_caller(s, j);
	return RD_OK;
}

enum rd_err rd_engine_invite_again(struct rd_session *s, uint64_t until_ms,
				   uint64_t now_ms, struct rd_joining *j)
{
	struct rd_engine *e = s->engine;
	enum rd_err err = rd_engine_joining(e, s->worker, s->meeting_id, j);

	if (err)
		return err;
	write_caller(s, j);
	return rd_signaling_attendee_resume(e->signaling, s->meeting_id,
					    s->attendee_id, until_ms, now_ms,
					    j->join_token);
}

/* --- connections ------------------------------------------------------- */

struct rd_caller_conn *rd_engine_find_conn(const struct rd_engine *e,
					   uint32_t id)
{
	return rd_table_get(&e->conns, id);
}

void rd_engine_free_conn(struct rd_caller_conn *c)
{
	rd_table_take(&c->engine->conns, c->conn_id);
	rd_list_remove(&c->in_session);
	rd_free(c);
}

/* A connection is done when its socket and its transport are gone. */
void rd_engine_free_conn_if_done(struct rd_caller_conn *c)
{
	if (!c->ws && c->is_open && !c->leg)
		rd_engine_free_conn(c);
}

void rd_engine_close_conn_leg(struct rd_caller_conn *c)
{
	if (!c->leg)
		return;
	rd_table_take(&c->engine->legs, c->leg);
	rd_media_leg_close(c->engine->cfg.media, c->leg);
	if (c->session && c->session->leg == c->leg) {
		c->session->leg = 0;
		if (c->session->room)
			rd_room_route(c->session->room);
		else
			rd_engine_note_lost(c->session);
	}
	c->leg = 0;
}

void rd_engine_release_caller(struct rd_session *s)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&s->conns))) {
		struct rd_caller_conn *c =
			rd_container(link, struct rd_caller_conn, in_session);

		c->session = NULL;
		/* Silence until signaling has said good-bye. */
		if (c->leg &&
		    rd_media_silence(s->engine->cfg.media, c->leg) != RD_OK)
			rd_engine_close_conn_leg(c);
	}
}

static void on_ws_opened(void *arg, struct rd_ws *ws)
{
	struct rd_caller_conn *c = arg;

	c->ws = ws;
	c->is_open = true;
	rd_engine_pump(c->engine);
}

static void on_ws_message(void *arg, struct rd_ws *ws, struct rd_span payload,
			  bool is_text)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;
	enum rd_err err;

	(void)ws;
	if (is_text) /* chime-signaling section 2: binary only */
		return;
	err = rd_signaling_feed(e->signaling, c->conn_id, payload,
				rd_loop_now_ms(e->cfg.loop));
	if (err)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"frame refused\" error=%s",
		       c->session ? c->session->call_id : "-",
		       rd_err_name(err));
	rd_engine_pump(e);
}

static void on_ws_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;

	rd_log(RD_LOG_DEBUG, "provider",
	       "call=%s event=\"socket closed\" code=%u",
	       c->session ? c->session->call_id : "-", code);
	rd_ws_close(ws);
	c->ws = NULL;
	if (code == PAGE_GONE && c->session)
		c->session->is_page_gone |= c->leg && c->session->leg == c->leg;
	if (code == PAGE_GONE)
		rd_signaling_page_gone(e->signaling, c->conn_id,
				       rd_loop_now_ms(e->cfg.loop));
	else
		rd_signaling_lost(e->signaling, c->conn_id,
				  rd_loop_now_ms(e->cfg.loop));
	rd_engine_free_conn_if_done(c);
	rd_engine_pump(e);
}

static void on_ws_failed(void *arg)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;

	c->is_open = true;
	rd_signaling_lost(e->signaling, c->conn_id,
			  rd_loop_now_ms(e->cfg.loop));
	rd_engine_free_conn_if_done(c);
	rd_engine_pump(e);
}

static const struct rd_ws_events ws_events = {
	.opened = on_ws_opened,
	.message = on_ws_message,
	.closed = on_ws_closed,
	.failed = on_ws_failed,
};

/* The join token is the other subprotocol (chime-signaling section 2). */
static struct rd_span offered_token(const struct rd_http_request *r)
{
	struct rd_span first = RD_SPAN_NONE, second = RD_SPAN_NONE;

	if (!rd_ws_offered(r, 0, &first) || !rd_ws_offered(r, 1, &second))
		return RD_SPAN_NONE;
	return rd_span_is(first, SUBPROTOCOL) ? second : first;
}

static struct rd_caller_conn *add_conn(struct rd_engine *e, uint32_t conn_id)
{
	struct rd_caller_conn *c = rd_zalloc(sizeof(*c));

	if (!c)
		return NULL;
	c->engine = e;
	c->conn_id = conn_id;
	rd_list_init(&c->in_session);
	if (rd_table_put(&e->conns, conn_id, c) != RD_OK) {
		rd_free(c);
		return NULL;
	}
	return c;
}

void rd_engine_accept_socket(struct rd_engine *e, struct rd_http_request *r,
			     const char *meeting_id)
{
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	struct rd_span token = offered_token(r);
	struct rd_ws_cfg cfg = {
		.events = &ws_events,
		.most_frame_bytes = MESSAGE_BYTES,
		.most_message_bytes = MESSAGE_BYTES,
	};
	struct rd_caller_conn *c;
	uint32_t conn_id;
	enum rd_err err;

	if (token.len == 0) {
		rd_http_answer_text(r, 400, "text/plain",
				    "The subprotocols must be " SUBPROTOCOL
				    " and a join token.\n");
		return;
	}
	err = rd_signaling_accept(e->signaling, meeting_id, token, now_ms,
				  &conn_id);
	if (err) {
		rd_http_answer_text(r, err == RD_E_LIMIT ? 429 : 503,
				    "text/plain", "Too many sockets.\n");
		return;
	}
	c = add_conn(e, conn_id);
	if (!c) {
		rd_signaling_lost(e->signaling, conn_id, now_ms);
		rd_http_answer_text(r, 503, "text/plain", "Out of memory.\n");
		return;
	}
	cfg.arg = c;
	if (rd_ws_accept(r, &cfg, SUBPROTOCOL) != RD_OK) {
		rd_signaling_lost(e->signaling, conn_id, now_ms);
		rd_engine_free_conn(c);
	}
	rd_engine_pump(e);
}
