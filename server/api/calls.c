/* api/calls.c - starting, seeing, ending calls, and digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whoever is neither the owner nor has the key of a call gets the answer for
 * an unknown id, byte for byte (T22).
 */
#include <stdio.h>

#include "api/api_priv.h"
#include "api/joining.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

enum {
	CALL_KEY_MOST = 128,
	UNKNOWN_MS = 20, /* longer than any look takes, when all is well */
};

/* A request that waits for somebody below. */
struct waiting {
	struct rd_api *api;
	struct rd_http_server *server;
	uint32_t http_id;
	enum rd_api_route route;
	uint64_t started_ms;
	char call_id[RD_CALL_ID_TEXT];
	char call_key[CALL_KEY_MOST + 1];
	const struct rd_destination *destination;
	rd_api_found *found;
	struct rd_timer unknown;
	struct rd_list in_api;
};

static const uint64_t start_bounds_ms[] = { 5,   10,  25,   50,   100,
					    250, 500, 1000, 2500, 5000 };
RD_HISTOGRAM(start_took, "ringdown_call_start_seconds",
	     "From the request to the answer of a call's start.",
	     start_bounds_ms);

static struct waiting *wait_for(const struct rd_api_request *r)
{
	struct waiting *w = rd_zalloc(sizeof(*w));

	if (!w) {
		rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
		return NULL;
	}
	w->api = r->api;
	w->server = rd_http_request_server(r->http);
	w->http_id = rd_http_request_id(r->http);
	w->route = r->route;
	w->started_ms = rd_clock_ms();
	rd_list_push(&r->api->waiting, &w->in_api);
	return w;
}

static void stop_waiting(struct waiting *w)
{
	rd_timer_disarm(rd_loop_timers(w->api->cfg.loop), &w->unknown);
	rd_list_remove(&w->in_api);
	rd_wipe(w->call_key, sizeof(w->call_key));
	rd_free(w);
}

/* The request again; false: its client is gone. */
static bool request_of(const struct waiting *w, struct rd_api_request *r)
{
	*r = (struct rd_api_request){
		.api = w->api,
		.http = rd_http_request_find(w->server, w->http_id),
		.route = w->route,
		.param = rd_span_text(w->call_id),
	};
	return r->http;
}

void rd_api_close_calls(struct rd_api *a)
{
	while (!rd_list_is_empty(&a->waiting))
		stop_waiting(
			rd_container(a->waiting.next, struct waiting, in_api));
}

bool rd_api_has_json(const struct rd_http_request *http)
{
	static const char json[] = "application/json";
	struct rd_span type = rd_http_header(http, "Content-Type");
	size_t len = sizeof(json) - 1;

	if (rd_http_header_count(http, "Content-Type") != 1 || type.len < len ||
	    !rd_text_equal_nocase(rd_span(type.at, len), json))
		return false;
	return type.len == len || type.at[len] == ';' || type.at[len] == ' ';
}

/* --- starting ------------------------------------------------------------ */

void rd_api_answer_joining(const struct rd_api_request *r, unsigned status,
			   const struct rd_start_answer *a,
			   const struct rd_destination *destination)
{
	const struct rd_joining *g = a->joining;
	char body[RD_JOINING_JSON], location[80], events[96];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_http_field field = { "Location", location };
	struct rd_api_reply reply = { .status = status,
				      .content_type = "application/json",
				      .fields = &field,
				      .field_count = status == 201,
				      .destination = destination };

	snprintf(location, sizeof(location), "/v1/calls/%s", a->call_id);
	snprintf(events, sizeof(events), "%s/events", location);
	rd_json_begin(&j, NULL);
	rd_json_text(&j, "callId", a->call_id);
	rd_json_text(&j, "supportId", a->support_id);
	rd_json_text(&j, "callKey", a->call_key);
	if (a->resume_key) {
		rd_json_text(&j, "resumeKey", a->resume_key);
		rd_json_number(&j, "resumeSeconds", a->resume_s);
	}
	rd_json_text(&j, "provider", a->provider);
	rd_json_text(&j, "state", rd_call_shown_name(a->shown));
	rd_json_text(&j, "eventsUrl", events);
	rd_joining_write(&j, a->call_id, g);
	if (strcmp(a->provider, "engine") == 0) /* others have their own */
		rd_joining_write_servers(&j, a->call_id, r->api->cfg.turn,
					 rd_clock_wall_ms() / 1000);
	rd_json_end(&j);
	reply.body = rd_json_done(&j);
	rd_api_reply(r, &reply);
	rd_wipe(body, sizeof(body)); /* it held the keys and the token */
}

static struct rd_api_problem problem_of(const struct rd_start_answer *a)
{
	struct rd_api_problem p = { .reason = RD_REASON_INTERNAL,
				    .retry_after_s = a->retry_after_s };

	switch (a->err) {
	case RD_E_NOTFOUND:
	case RD_E_DENIED:
		p.reason = RD_REASON_FORBIDDEN_DESTINATION;
		break;
	case RD_E_LIMIT:
		p.reason = rd_problem_status(a->reason) == 429
				   ? a->reason
				   : RD_REASON_LIMIT_RATE;
		if (p.reason == RD_REASON_LIMIT_CONCURRENT)
			p.detail = "A call of this person is going on; it may "
				   "be in another tab. End it there, or go on "
				   "with it.";
		break;
	case RD_E_EXISTS:
		p.reason = RD_REASON_BAD_REQUEST;
		p.status = 422;
		p.detail = "This Idempotency-Key was used with another body.";
		break;
	case RD_E_STATE:
		p.reason = RD_REASON_ELSEWHERE;
		p.detail = "Another page has taken this call over.";
		break;
	case RD_E_CLOSED:
		p.reason = RD_REASON_DRAINING;
		break;
	case RD_E_FULL:
		p.reason = RD_REASON_QUEUE_FULL;
		break;
	case RD_E_UPSTREAM:
	case RD_E_TIMEOUT:
	case RD_E_REFUSED:
		p.reason = RD_REASON_PROVIDER_DOWN;
		break;
	default:
		break;
	}
	return p;
}

static void on_started(void *arg, const struct rd_start_answer *a)
{
	struct waiting *w = arg;
	struct rd_api_problem p = problem_of(a);
	struct rd_api_request r;

	rd_metric_observe(&start_took, rd_clock_ms() - w->started_ms);
	p.destination = w->destination;
	if (request_of(w, &r)) {
		if (a->err == RD_OK)
			rd_api_answer_joining(&r, 201, a, w->destination);
		else
			rd_api_problem(&r, &p);
	}
	stop_waiting(w);
}

/* 1 to 128 visible characters (RFC 5234 VCHAR); false: not so. */
static bool read_idempotency_key(const struct rd_http_request *http, char *key)
{
	struct rd_span value = rd_http_header(http, "Idempotency-Key");

	key[0] = '\0';
	if (!rd_http_header_count(http, "Idempotency-Key"))
		return true;
	if (rd_http_header_count(http, "Idempotency-Key") != 1 || !value.len ||
	    value.len > RD_API_KEY_MOST)
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] <= 0x20 || value.at[i] >= 0x7f)
			return false;
	rd_text_copy(key, RD_API_KEY_MOST + 1, value);
	return true;
}

struct rd_span rd_api_origin(const struct rd_http_request *http)
{
	return rd_http_header_count(http, "Origin") == 1
		       ? rd_http_header(http, "Origin")
		       : RD_SPAN_NONE;
}

bool rd_api_may_start_from_here(const struct rd_api_request *r,
				const struct rd_destination *d)
{
	unsigned origins = rd_http_header_count(r->http, "Origin");

	return !origins ||
	       (origins == 1 &&
		rd_api_allows_origin(r->api, d,
				     rd_http_header(r->http, "Origin")));
}

static void start(struct waiting *w, const struct rd_api_request *r,
		  const struct rd_caller *caller)
{
	struct rd_api *a = w->api;
	struct rd_api_start body;
	char key[RD_API_KEY_MOST + 1];
	struct rd_start_request start = { .caller = caller };
	const char *why = NULL;
	enum rd_err err = rd_api_read_start(&body, rd_http_body(r->http), &why);

	if (err == RD_OK && !read_idempotency_key(r->http, key)) {
		err = RD_E_FORMAT;
		why = "Idempotency-Key must be 1 to 128 visible characters.";
	}
	if (err != RD_OK) {
		rd_api_refuse(r,
			      err == RD_E_NOMEM ? RD_REASON_INTERNAL
						: RD_REASON_BAD_REQUEST,
			      why);
		stop_waiting(w);
		return;
	}
	w->destination = rd_switchboard_destination(a->cfg.switchboard,
						    body.destination);
	if (!w->destination || !rd_api_may_start_from_here(r, w->destination)) {
		/* An unknown one and a forbidden one look alike. */
		rd_api_refuse(r, RD_REASON_FORBIDDEN_DESTINATION, NULL);
		stop_waiting(w);
		return;
	}
	start.destination = body.destination;
	start.hints = body.hints;
	start.hint_count = body.hint_count;
	start.display_name = body.has_display_name ? body.display_name : NULL;
	start.idempotency_key = key[0] ? key : NULL;
	start.origin = rd_api_origin(r->http);
	rd_api_sha256(rd_http_body(r->http), start.body_sha256);
	rd_switchboard_start(a->cfg.switchboard, &start, on_started, w);
}

static void on_start_checked(void *arg, const struct rd_api_who *who)
{
	struct waiting *w = arg;
	struct rd_api_request r;

	if (!request_of(w, &r)) {
		stop_waiting(w);
		return;
	}
	if (who->err != RD_OK) {
		rd_api_refuse(&r, who->reason, NULL);
		stop_waiting(w);
		return;
	}
	start(w, &r, who->caller);
}

void rd_api_start_call(const struct rd_api_request *r)
{
	struct waiting *w;

	if (!rd_api_has_json(r->http)) {
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
		return;
	}
	w = wait_for(r);
	if (w)
		rd_api_check_token(r->api, r->http, on_start_checked, w);
}

/* --- looking ------------------------------------------------------------- */

static void say_unknown(struct rd_timer *t, uint64_t now_ms)
{
	struct waiting *w = rd_container(t, struct waiting, unknown);
	struct rd_api_request r;

	(void)now_ms;
	if (request_of(w, &r))
		rd_api_refuse(&r, RD_REASON_NOT_FOUND, NULL);
	stop_waiting(w);
}

static void on_looked(void *arg, enum rd_err err,
		      const struct rd_call_view *view)
{
	struct waiting *w = arg;
	struct rd_api_request r;

	if (err == RD_E_NOTFOUND) {
		/* A call of somebody else is found in memory, an unknown id
		 * only not found on disk: both answers leave at one time. */
		w->unknown.fn = say_unknown;
		rd_timer_arm(rd_loop_timers(w->api->cfg.loop), &w->unknown,
			     w->started_ms + UNKNOWN_MS);
		return;
	}
	if (!request_of(w, &r))
		;
	else if (err == RD_OK)
		w->found(&r, view);
	else if (err == RD_E_FULL)
		rd_api_refuse(&r, RD_REASON_PROVIDER_DOWN, NULL);
	else
		rd_api_refuse(&r, RD_REASON_INTERNAL, NULL);
	stop_waiting(w);
}

static void look(struct waiting *w, const char *owner)
{
	struct rd_asking asking = { .call_key = rd_span_text(w->call_key),
				    .owner = owner };

	rd_switchboard_look(w->api->cfg.switchboard, w->call_id, &asking,
			    on_looked, w);
}

/* A token that does not hold is told, whatever the id; but the key of the
 * call outlives the token it was started with (F40). */
static void on_look_checked(void *arg, const struct rd_api_who *who)
{
	struct waiting *w = arg;
	struct rd_api_request r;

	if (who->err == RD_OK || w->call_key[0]) {
		look(w, who->err == RD_OK ? who->caller->owner : NULL);
		return;
	}
	if (request_of(w, &r))
		rd_api_refuse(&r, who->reason, NULL);
	stop_waiting(w);
}

bool rd_api_is_uuid(struct rd_span text)
{
	static const char hex[] = "0123456789abcdef";

	if (text.len != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_hyphen ? text.at[i] != '-'
			      : !text.at[i] || !strchr(hex, text.at[i]))
			return false;
	}
	return true;
}

void rd_api_look(const struct rd_api_request *r, rd_api_found *found)
{
	rd_api_look_by_key(r, rd_http_header(r->http, "Ringdown-Call-Key"),
			   found);
}

void rd_api_look_by_key(const struct rd_api_request *r, struct rd_span key,
			rd_api_found *found)
{
	bool has_token = rd_api_has_token(r->http);
	struct waiting *w;

	if (!rd_api_is_uuid(r->param) || key.len > CALL_KEY_MOST ||
	    (!key.len && !has_token)) {
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
		return;
	}
	w = wait_for(r);
	if (!w)
		return;
	w->found = found;
	rd_text_copy(w->call_id, sizeof(w->call_id), r->param);
	rd_text_copy(w->call_key, sizeof(w->call_key), key);
	if (has_token)
		rd_api_check_token(r->api, r->http, on_look_checked, w);
	else
		look(w, NULL);
}

static const struct rd_destination *destination_of(
	const struct rd_api_request *r, const struct rd_call_view *view)
{
	return rd_switchboard_destination(r->api->cfg.switchboard,
					  view->record->destination);
}

static void write_call(struct rd_json_out *j, const struct rd_call_view *view)
{
	const struct rd_call_record *c = view->record;

	rd_json_begin(j, NULL);
	rd_json_text(j, "callId", c->call_id);
	rd_json_text(j, "supportId", c->support_id);
	rd_json_text(j, "destination", c->destination);
	rd_json_text(j, "provider", c->provider);
	rd_json_text(j, "state", rd_call_shown_name(view->shown));
	if (c->reason != RD_REASON_NONE)
		rd_json_text(j, "reason", rd_reason_code(c->reason));
	if (c->by != RD_BY_NOBODY)
		rd_json_text(j, "by", rd_ended_by_name(c->by));
	rd_json_time(j, "startedAt", c->started_ms);
	if (c->answered_ms)
		rd_json_time(j, "answeredAt", c->answered_ms);
	if (c->ended_ms)
		rd_json_time(j, "endedAt", c->ended_ms);
	if (c->answered_ms && c->ended_ms >= c->answered_ms)
		rd_json_number(j, "seconds",
			       (c->ended_ms - c->answered_ms) / 1000);
	if (c->resumes)
		rd_json_number(j, "resumes", c->resumes);
	if (c->score)
		rd_json_number(j, "rating", c->score);
	rd_json_end(j);
}

static void show_call(const struct rd_api_request *r,
		      const struct rd_call_view *view)
{
	char body[RD_API_JSON_MOST];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_api_reply reply = { .status = 200,
				      .content_type = "application/json",
				      .destination = destination_of(r, view) };

	write_call(&j, view);
	reply.body = rd_json_done(&j);
	rd_api_reply(r, &reply);
}

void rd_api_get_call(const struct rd_api_request *r)
{
	rd_api_look(r, show_call);
}

static void say_state(const struct rd_api_request *r,
		      const struct rd_call_view *view, const char *state)
{
	char body[256];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_api_reply reply = { .status = 202,
				      .content_type = "application/json",
				      .destination = destination_of(r, view) };

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "callId", view->record->call_id);
	rd_json_text(&j, "state", state);
	rd_json_end(&j);
	reply.body = rd_json_done(&j);
	rd_api_reply(r, &reply);
}

void rd_api_say_done(const struct rd_api_request *r,
		     const struct rd_call_view *view)
{
	struct rd_api_reply reply = { .status = 204,
				      .destination = destination_of(r, view) };

	rd_api_reply(r, &reply);
}

static void end_call(const struct rd_api_request *r,
		     const struct rd_call_view *view)
{
	rd_call_ref ref = view->ref;

	if (view->shown == RD_SHOWN_ENDED) {
		show_call(r, view);
		return;
	}
	say_state(r, view, rd_call_shown_name(RD_SHOWN_ENDING));
	rd_switchboard_hang_up(r->api->cfg.switchboard, ref,
			       RD_REASON_ENDED_BY_CALLER, RD_BY_CALLER);
}

void rd_api_delete_call(const struct rd_api_request *r)
{
	rd_api_look(r, end_call);
}

static void send_digits(const struct rd_api_request *r,
			const struct rd_call_view *view)
{
	char digits[RD_API_DIGITS_MOST + 1];
	const char *why = NULL;
	enum rd_err err =
		rd_api_read_digits(digits, rd_http_body(r->http), &why);

	if (err == RD_OK) {
		why = NULL;
		err = rd_switchboard_digits(r->api->cfg.switchboard, view->ref,
					    digits);
	}
	switch (err) {
	case RD_OK:
		say_state(r, view, rd_call_shown_name(view->shown));
		return;
	case RD_E_FORMAT:
		rd_api_refuse(r, RD_REASON_BAD_REQUEST, why);
		return;
	case RD_E_STATE:
	case RD_E_NOTFOUND: /* over, and only in the records any more */
	case RD_E_UNSUPPORTED:
		rd_api_refuse(r, RD_REASON_WRONG_STATE,
			      "The call takes no digits now.");
		return;
	case RD_E_FULL:
	case RD_E_LIMIT:
		rd_api_problem(r, &(struct rd_api_problem){
					  .reason = RD_REASON_LIMIT_RATE,
					  .retry_after_s = 1 });
		return;
	default:
		rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
		return;
	}
}

void rd_api_send_digits(const struct rd_api_request *r)
{
	if (!rd_api_has_json(r->http))
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
	else
		rd_api_look(r, send_digits);
}

/* --- destinations -------------------------------------------------------- */

void rd_api_get_destination(const struct rd_api_request *r)
{
	const struct rd_destination *d = NULL;
	char name[64], body[512];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_api_reply reply = { .status = 200,
				      .content_type = "application/json" };

	if (r->param.len < sizeof(name)) {
		rd_text_copy(name, sizeof(name), r->param);
		d = rd_switchboard_destination(r->api->cfg.switchboard, name);
	}
	if (!d) {
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
		return;
	}
	rd_json_begin(&j, NULL);
	rd_json_text(&j, "destination", d->name);
	rd_json_bool(&j, "open", rd_destination_is_reachable(d));
	rd_json_text(&j, "zone", "UTC");
	rd_json_end(&j);
	reply.body = rd_json_done(&j);
	reply.destination = d;
	rd_api_reply(r, &reply);
}
