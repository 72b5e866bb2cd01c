/* api/events.c - the states of a call as server-sent events.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * HTML 9.2.  Each event has the number of the change, so that a client that
 * lost its connection goes on with Last-Event-ID.
 */
#include <stdio.h>

#include "api/api_priv.h"
#include "base/text.h"

enum {
	BEAT_MS = 15000
};

struct events {
	struct rd_api *api;
	struct rd_http_stream *stream;
	struct rd_listener listener;
	struct rd_timer beat;
	struct rd_list in_api;
	uint64_t answered_ms; /* wall; 0: not yet */
	bool is_starting;
	bool is_over; /* the end was told */
};

static const char *const stream_states[] = { "open" };
RD_GAUGES(open_streams, "ringdown_api_event_streams",
	  "Clients that follow a call by server-sent events.", "state",
	  stream_states);

static struct rd_timers *timers(const struct events *e)
{
	return rd_loop_timers(e->api->cfg.loop);
}

static void free_events(struct events *e)
{
	rd_listener_remove(&e->listener);
	rd_timer_disarm(timers(e), &e->beat);
	rd_list_remove(&e->in_api);
	rd_metric_add(&open_streams, 0, -1);
	rd_free(e);
}

static void finish(struct events *e)
{
	rd_http_stream_close(e->stream);
	free_events(e);
}

static void client_is_gone(void *arg)
{
	free_events(arg);
}

static void push(struct events *e, const struct rd_call_news *news)
{
	char data[512], frame[640];
	uint64_t at_ms = news->at_wall_ms;
	struct rd_json_out j = rd_json_out(data, sizeof(data));
	struct rd_span json;
	enum rd_err err;
	int n;

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "state", rd_call_shown_name(news->shown));
	if (news->reason != RD_REASON_NONE)
		rd_json_text(&j, "reason", rd_reason_code(news->reason));
	if (news->by != RD_BY_NOBODY)
		rd_json_text(&j, "by", rd_ended_by_name(news->by));
	if (news->queue_position)
		rd_json_number(&j, "queuePosition", news->queue_position);
	if (news->queue_wait_s)
		rd_json_number(&j, "expectedWaitSeconds", news->queue_wait_s);
	if (e->is_over && e->answered_ms && at_ms >= e->answered_ms)
		rd_json_number(&j, "seconds", (at_ms - e->answered_ms) / 1000);
	rd_json_time(&j, "at", at_ms);
	rd_json_end(&j);
	json = rd_json_done(&j);
	n = snprintf(frame, sizeof(frame),
		     "id: %u\nevent: state\ndata: %.*s\n\n", news->id,
		     (int)json.len, json.at);
	/* Of no use to a reader who does not read: gone follows.  Without
	 * memory it is missed now, and told after a reconnection. */
	err = rd_http_stream_push(e->stream, rd_span(frame, (size_t)n));
	(void)err;
}

static void on_news(struct rd_listener *l, const struct rd_call_news *news)
{
	struct events *e = rd_container(l, struct events, listener);

	if (!news) { /* another page has the call, and its key */
		finish(e);
		return;
	}
	if (news->shown == RD_SHOWN_IN_CALL && !e->answered_ms)
		e->answered_ms = news->at_wall_ms;
	e->is_over = news->shown == RD_SHOWN_ENDED;
	push(e, news);
	if (news->shown == RD_SHOWN_ENDED && !e->is_starting)
		finish(e);
}

static void on_beat(struct rd_timer *t, uint64_t now_ms)
{
	struct events *e = rd_container(t, struct events, beat);
	enum rd_err err;

	rd_timer_arm(timers(e), t, now_ms + BEAT_MS);
	err = rd_http_stream_push(e->stream, rd_span(": \n\n", 4));
	(void)err; /* gone follows */
}

/* The number the client saw last; 0 if it says none that could be. */
static unsigned last_event_id(const struct rd_http_request *http)
{
	uint64_t id;

	return rd_text_u64(rd_http_header(http, "Last-Event-ID"), 0, UINT32_MAX,
			   &id) == RD_OK
		       ? (unsigned)id
		       : 0;
}

/* All there is to say of a call that is only in the records. */
static void tell_record(struct events *e, const struct rd_call_record *c,
			unsigned after)
{
	struct rd_call_news end = { .id = 1,
				    .shown = RD_SHOWN_ENDED,
				    .reason = c->reason,
				    .by = c->by,
				    .at_wall_ms = c->ended_ms };

	e->is_over = true;
	if (!after)
		push(e, &end);
}

static void follow(const struct rd_api_request *r,
		   const struct rd_call_view *view)
{
	struct rd_api *a = r->api;
	struct rd_http_field fields[RD_API_FIELDS];
	char origin[300];
	struct rd_http_answer answer = { .status = 200, .fields = fields };
	unsigned after = last_event_id(r->http);
	bool was_ended = view->shown == RD_SHOWN_ENDED;
	struct events *e = rd_zalloc(sizeof(*e));
	size_t n;

	if (!e) {
		rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
		return;
	}
	n = rd_api_usual_fields(
		r,
		rd_switchboard_destination(a->cfg.switchboard,
					   view->record->destination),
		fields, origin, sizeof(origin));
	fields[n++] =
		(struct rd_http_field){ "Content-Type", "text/event-stream" };
	/* A proxy that collects the answer would hold back every event. */
	fields[n++] = (struct rd_http_field){ "X-Accel-Buffering", "no" };
	answer.field_count = n;
	e->api = a;
	e->listener.fn = on_news;
	e->beat.fn = on_beat;
	e->answered_ms = view->record->answered_ms;
	if (rd_http_stream_open(&e->stream, r->http, &answer, client_is_gone,
				e) != RD_OK) {
		rd_free(e); /* answered with 500 */
		return;
	}
	rd_list_push(&a->streams, &e->in_api);
	rd_metric_add(&open_streams, 0, 1);
	rd_timer_arm(timers(e), &e->beat,
		     rd_loop_now_ms(a->cfg.loop) + BEAT_MS);
	e->is_starting = true;
	if (rd_switchboard_listen(a->cfg.switchboard, view->ref, after,
				  &e->listener) != RD_OK)
		tell_record(e, view->record, after);
	e->is_starting = false;
	if (e->is_over || was_ended)
		finish(e);
}

static void answer_head(const struct rd_api_request *r,
			const struct rd_call_view *view)
{
	struct rd_api_reply reply = {
		.status = 200,
		.content_type = "text/event-stream",
		.destination =
			rd_switchboard_destination(r->api->cfg.switchboard,
						   view->record->destination),
	};

	rd_api_reply(r, &reply);
}

void rd_api_get_events(const struct rd_api_request *r)
{
	bool is_head = rd_span_is(rd_http_method(r->http), "HEAD");

	rd_api_look(r, is_head ? answer_head : follow);
}

void rd_api_close_events(struct rd_api *a)
{
	while (!rd_list_is_empty(&a->streams))
		finish(rd_container(a->streams.next, struct events, in_api));
}
