/* api/preflight.c - a network test: an echo room of the engine for a moment.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * No call: nothing is recorded, nobody is rung, and the limits are its own, so
 * that a test before a call does not cost the call.  It ends by itself.  Tests
 * share the places of calls, but have few of them, and none of the last.
 */
#include "api/api_priv.h"
#include "api/joining.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "call/limits.h"
#include "provider/engine_room.h"

enum {
	SECONDS = 20,
	TESTS_MOST = 100, /* at once, and no more than a tenth of the calls */
	BUSY_S = 10,
	SWEEP_MS = 60000,
};
static const struct rd_limits_cfg limits_of_person = {
	.at_once = 1,
	.per_minute = 6,
	.per_hour = 60,
};

struct test {
	struct rd_preflights *all;
	struct rd_list in_all;
	struct rd_timer timer;
	char id[RD_ROOM_ID]; /* the room's, too */
	char owner[RD_OWNER_TEXT];
};

/* A request whose token is being checked. */
struct asking {
	struct rd_api *api;
	struct rd_list in_all;
	struct rd_http_server *server;
	uint32_t http_id;
	enum rd_api_route route;
	char test_id[RD_ROOM_ID];
};

struct rd_preflights {
	struct rd_api *api; /* lent to us */

	struct rd_limits *limits; /* ours */
	struct rd_timer sweep;
	struct rd_list tests;   /* struct test.in_all */
	struct rd_list askings; /* struct asking.in_all */
	unsigned count;
};

RD_GAUGE(tests_now, "ringdown_preflights", "Network tests that go on.");

static struct rd_timers *timers(const struct rd_preflights *p)
{
	return rd_loop_timers(p->api->cfg.loop);
}

/* --- opening ------------------------------------------------------------- */

static void on_sweep(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_preflights *p = rd_container(t, struct rd_preflights, sweep);

	rd_limits_sweep(p->limits, rd_clock_wall_ms());
	rd_timer_arm(timers(p), t, now_ms + SWEEP_MS);
}

enum rd_err rd_preflights_open(struct rd_preflights **out, struct rd_api *a)
{
	struct rd_preflights *p = rd_zalloc(sizeof(*p));
	enum rd_err err = p ? rd_limits_open(&p->limits) : RD_E_NOMEM;

	*out = NULL;
	if (err) {
		rd_free(p);
		return err;
	}
	p->api = a;
	p->sweep.fn = on_sweep;
	rd_list_init(&p->tests);
	rd_list_init(&p->askings);
	rd_timer_arm(timers(p), &p->sweep,
		     rd_loop_now_ms(a->cfg.loop) + SWEEP_MS);
	*out = p;
	return RD_OK;
}

static void end(struct test *t)
{
	struct rd_preflights *p = t->all;

	rd_room_close(p->api->cfg.engine, t->id);
	rd_limits_ended(p->limits, t->owner);
	rd_timer_disarm(timers(p), &t->timer);
	rd_list_remove(&t->in_all);
	rd_metric_set(&tests_now, 0, --p->count);
	rd_free(t);
}

void rd_preflights_close(struct rd_preflights *p)
{
	struct rd_list *link;

	if (!p)
		return;
	while (!rd_list_is_empty(&p->tests))
		end(rd_container(p->tests.next, struct test, in_all));
	while ((link = rd_list_pop(&p->askings)))
		rd_free(rd_container(link, struct asking, in_all));
	rd_timer_disarm(timers(p), &p->sweep);
	rd_limits_close(p->limits);
	rd_free(p);
}

/* --- starting ------------------------------------------------------------ */

static void on_over(struct rd_timer *timer, uint64_t now_ms)
{
	(void)now_ms;
	end(rd_container(timer, struct test, timer));
}

/* The room, and how one joins it. */
static enum rd_err open_room(const struct rd_api *a, const char *id,
			     struct rd_joining *j)
{
	struct rd_engine *e = a->cfg.engine;
	struct rd_room_cfg cfg = { .meeting_id = id,
				   .token_ms = SECONDS * 1000 };
	enum rd_err err = rd_room_open(e, &cfg);

	if (err)
		return err;
	err = rd_room_joining(e, id, j);
	rd_text_uuid(j->attendee_id);
	if (!err)
		err = rd_room_attendee_add(e, id, j->attendee_id, "",
					   j->join_token);
	if (!err)
		err = rd_room_echo(e, id);
	if (err)
		rd_room_close(e, id);
	return err;
}

/* A fifth of all places are for calls alone. */
static bool has_place(const struct rd_preflights *p)
{
	unsigned calls = p->api->cfg.most_calls;
	struct rd_signaling_stats stats;

	rd_engine_signaling_stats(p->api->cfg.engine, &stats);
	return p->count < TESTS_MOST && p->count < rd_max_u64(calls / 10, 1) &&
	       stats.meetings < calls - calls / 5;
}

static enum rd_err begin(struct rd_preflights *p, const char *owner,
			 struct test **out, struct rd_joining *j)
{
	struct test *t;
	enum rd_err err;

	*out = NULL;
	if (!has_place(p))
		return RD_E_FULL;
	t = rd_zalloc(sizeof(*t));
	if (!t)
		return RD_E_NOMEM;
	rd_text_uuid(t->id);
	err = open_room(p->api, t->id, j);
	if (err) {
		rd_free(t);
		return err;
	}
	t->all = p;
	t->timer.fn = on_over;
	rd_text_copy(t->owner, sizeof(t->owner), rd_span_text(owner));
	rd_list_push(&p->tests, &t->in_all);
	rd_metric_set(&tests_now, 0, ++p->count);
	rd_timer_arm(timers(p), &t->timer,
		     rd_loop_now_ms(p->api->cfg.loop) + SECONDS * 1000);
	*out = t;
	return RD_OK;
}

static void answer(const struct rd_api_request *r, const struct test *t,
		   const struct rd_joining *j,
		   const struct rd_destination *destination)
{
	char body[RD_JOINING_JSON];
	struct rd_json_out out = rd_json_out(body, sizeof(body));
	struct rd_api_reply reply = { .status = 201,
				      .content_type = "application/json",
				      .destination = destination };

	rd_json_begin(&out, NULL);
	rd_json_text(&out, "testId", t->id);
	rd_json_number(&out, "seconds", SECONDS);
	rd_joining_write_connection(&out, t->id, j);
	rd_joining_write_servers(&out, t->id, r->api->cfg.turn,
				 rd_clock_wall_ms() / 1000);
	rd_json_end(&out);
	reply.body = rd_json_done(&out);
	rd_api_reply(r, &reply);
	rd_wipe(body, sizeof(body)); /* it held the token */
}

static bool uses_engine(const struct rd_destination *d)
{
	for (unsigned i = 0; i < d->use_count; i++)
		if (d->uses[i].provider == &rd_engine_provider)
			return true;
	return false;
}

/* Why the room was not opened, or is not even tried. */
static void refuse(const struct rd_api_request *r,
		   const struct rd_destination *d, enum rd_reason reason,
		   unsigned retry_after_s, const char *detail)
{
	rd_api_problem(r,
		       &(struct rd_api_problem){ .reason = reason,
						 .detail = detail,
						 .retry_after_s = retry_after_s,
						 .destination = d });
}

static void start_at(const struct rd_api_request *r,
		     const struct rd_destination *d, const char *owner)
{
	struct rd_preflights *p = r->api->preflights;
	struct rd_joining joining = { .meeting_id = "" };
	enum rd_reason reason = RD_REASON_NONE;
	unsigned retry_after_s = 0;
	struct test *t;
	enum rd_err err;

	if (rd_switchboard_is_draining(r->api->cfg.switchboard)) {
		refuse(r, d, RD_REASON_DRAINING, 0, NULL);
		return;
	}
	if (!uses_engine(d)) {
		refuse(r, d, RD_REASON_PROVIDER_DOWN, 0,
		       "Only destinations of the engine can be tested.");
		return;
	}
	if (rd_limits_admit(p->limits, owner, &limits_of_person,
			    rd_clock_wall_ms(), &reason, &retry_after_s)) {
		refuse(r, d,
		       reason == RD_REASON_NONE ? RD_REASON_LIMIT_RATE : reason,
		       retry_after_s, NULL);
		return;
	}
	err = begin(p, owner, &t, &joining);
	if (err) {
		rd_limits_withdraw(p->limits, owner);
		refuse(r, d,
		       err == RD_E_FULL ? RD_REASON_QUEUE_FULL
					: RD_REASON_INTERNAL,
		       err == RD_E_FULL ? BUSY_S : 0, NULL);
		return;
	}
	answer(r, t, &joining, d);
	rd_wipe(&joining, sizeof(joining));
}

static void start(const struct rd_api_request *r, const char *owner)
{
	const struct rd_destination *d;
	struct rd_api_start body;
	const char *why = NULL;
	enum rd_err err = rd_api_read_start(&body, rd_http_body(r->http), &why);

	if (err == RD_OK && (body.hint_count || body.has_display_name)) {
		err = RD_E_FORMAT;
		why = "The body must be a destination alone.";
	}
	if (err) {
		rd_api_refuse(r,
			      err == RD_E_NOMEM ? RD_REASON_INTERNAL
						: RD_REASON_BAD_REQUEST,
			      why);
		return;
	}
	d = rd_switchboard_destination(r->api->cfg.switchboard,
				       body.destination);
	if (!d || !rd_api_may_start_from_here(r, d))
		rd_api_refuse(r, RD_REASON_FORBIDDEN_DESTINATION, NULL);
	else
		start_at(r, d, owner);
}

/* --- ending -------------------------------------------------------------- */

static void stop(const struct rd_api_request *r, const char *owner,
		 const char *test_id)
{
	struct rd_api_reply reply = { .status = 204 };
	struct rd_list *link;

	rd_list_each (link, &r->api->preflights->tests) {
		struct test *t = rd_container(link, struct test, in_all);

		if (strcmp(t->id, test_id) != 0 || strcmp(t->owner, owner) != 0)
			continue;
		end(t);
		rd_api_reply(r, &reply);
		return;
	}
	rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
}

/* --- who asks ------------------------------------------------------------ */

static void on_checked(void *arg, const struct rd_api_who *who)
{
	struct asking *w = arg;
	struct rd_api_request r = {
		.api = w->api,
		.http = rd_http_request_find(w->server, w->http_id),
		.route = w->route,
	};

	rd_list_remove(&w->in_all);
	if (!r.http)
		;
	else if (who->err != RD_OK)
		rd_api_refuse(&r, who->reason, NULL);
	else if (w->route == RD_ROUTE_PREFLIGHT)
		start(&r, who->caller->owner);
	else
		stop(&r, who->caller->owner, w->test_id);
	rd_free(w);
}

static void ask(const struct rd_api_request *r)
{
	struct asking *w = rd_zalloc(sizeof(*w));

	if (!w) {
		rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
		return;
	}
	w->api = r->api;
	w->server = rd_http_request_server(r->http);
	w->http_id = rd_http_request_id(r->http);
	w->route = r->route;
	if (r->param.len < sizeof(w->test_id))
		rd_text_copy(w->test_id, sizeof(w->test_id), r->param);
	rd_list_push(&r->api->preflights->askings, &w->in_all);
	rd_api_check_token(r->api, r->http, on_checked, w);
}

void rd_api_start_preflight(const struct rd_api_request *r)
{
	if (!rd_api_has_json(r->http))
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
	else
		ask(r);
}

void rd_api_end_preflight(const struct rd_api_request *r)
{
	ask(r);
}
