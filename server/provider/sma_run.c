/* provider/sma_run.c - see the header: what is configured, and the calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_run.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "provider/sma_run_priv.h"

enum {
	MOST_CALLS = 256,
	FIRST_ANSWER_MS = 5000,
	LAST_ANSWER_MS = 20000,
};

/* The ids are random and ours. */
static uint64_t key_of(const char *transaction_id)
{
	return rd_text_hash(RD_TEXT_HASH, rd_span_text(transaction_id));
}

/* --- opening ------------------------------------------------------------- */

enum rd_err rd_sma_runs_open(struct rd_sma_runs **out,
			     const struct rd_sma_runs_cfg *cfg)
{
	struct rd_sma_runs *r = rd_zalloc(sizeof(*r));
	struct rd_sma_sounds_cfg sounds = {
		.loop = cfg->loop,
		.audio_folder = cfg->audio_folder,
		.speech_program = cfg->speech_program,
	};
	enum rd_err err;

	*out = NULL;
	if (!r)
		return RD_E_NOMEM;
	r->cfg = *cfg;
	if (!r->cfg.most_calls)
		r->cfg.most_calls = MOST_CALLS;
	if (!r->cfg.first_answer_ms)
		r->cfg.first_answer_ms = FIRST_ANSWER_MS;
	if (!r->cfg.last_answer_ms)
		r->cfg.last_answer_ms = LAST_ANSWER_MS;
	err = rd_sma_sounds_open(&r->sounds, &sounds);
	if (err) {
		rd_sma_runs_close(r);
		return err;
	}
	*out = r;
	return RD_OK;
}

static void free_run(struct rd_sma_run *run)
{
	struct rd_sma_runs *r = run->runs;

	rd_timer_disarm(rd_loop_timers(r->cfg.loop), &run->timer);
	rd_sma_cancel_asks(run);
	for (unsigned i = RD_SMA_LEGS; i > 0; i--)
		rd_sma_leave(&run->places[i - 1], 0);
	rd_sma_call_close(run->call);
	rd_table_take(&r->calls, key_of(run->transaction_id));
	rd_free(run);
}

void rd_sma_runs_close(struct rd_sma_runs *r)
{
	struct rd_sma_run *run;
	size_t cursor = 0;

	if (!r)
		return;
	while ((run = rd_table_next(&r->calls, &cursor))) {
		free_run(run);
		cursor = 0;
	}
	rd_table_fini(&r->calls);
	rd_sma_sounds_close(r->sounds);
	rd_free(r);
}

unsigned rd_sma_call_count(const struct rd_sma_runs *r)
{
	return (unsigned)r->calls.count;
}

/* --- applications and connectors ----------------------------------------- */

static struct rd_sma_app *find_app(struct rd_sma_runs *r, const char *id)
{
	for (unsigned i = 0; i < r->app_count; i++)
		if (!strcmp(r->apps[i].id, id))
			return &r->apps[i];
	return NULL;
}

static struct rd_sma_vc *find_connector(struct rd_sma_runs *r, const char *id)
{
	for (unsigned i = 0; i < r->connector_count; i++)
		if (!strcmp(r->connectors[i].id, id))
			return &r->connectors[i];
	return NULL;
}

enum rd_err rd_sma_application_put(struct rd_sma_runs *r,
				   const struct rd_sma_application *from)
{
	struct rd_sma_app *app = find_app(r, from->id);
	bool is_here = from->kind == RD_SMA_IN_PROCESS;

	if (!*from->id || strlen(from->id) >= RD_SMA_ID_TEXT ||
	    (from->url && strlen(from->url) >= RD_SMA_URL_TEXT))
		return RD_E_SIZE;
	if (is_here ? !from->handle : !from->url || !*from->url)
		return RD_E_FORMAT;
	if (!app && r->app_count == RD_SMA_APPLICATIONS)
		return RD_E_FULL;
	if (!app)
		app = &r->apps[r->app_count++];
	snprintf(app->id, sizeof(app->id), "%s", from->id);
	snprintf(app->url, sizeof(app->url), "%s", from->url ? from->url : "");
	app->kind = from->kind;
	app->handle = from->handle;
	app->handle_arg = from->handle_arg;
	return RD_OK;
}

enum rd_err rd_sma_application_remove(struct rd_sma_runs *r, const char *id)
{
	struct rd_sma_app *app = find_app(r, id);

	if (!app)
		return RD_E_NOTFOUND;
	*app = r->apps[--r->app_count];
	return RD_OK;
}

enum rd_err rd_sma_connector_put(struct rd_sma_runs *r,
				 const struct rd_sma_connector *from)
{
	struct rd_sma_vc *vc = find_connector(r, from->id);
	char arn[RD_SMA_ARN_TEXT];
	int len = from->arn ? snprintf(arn, sizeof(arn), "%s", from->arn)
			    : snprintf(arn, sizeof(arn),
				       "arn:aws:chime:%s:%s:vc/%s",
				       r->cfg.region, r->cfg.account, from->id);

	if (!*from->id || strlen(from->id) >= RD_SMA_ID_TEXT || len < 0 ||
	    (size_t)len >= sizeof(arn))
		return RD_E_SIZE;
	if (!vc && r->connector_count == RD_SMA_APPLICATIONS)
		return RD_E_FULL;
	if (!vc)
		vc = &r->connectors[r->connector_count++];
	snprintf(vc->id, sizeof(vc->id), "%s", from->id);
	memcpy(vc->arn, arn, sizeof(arn));
	vc->trunk = from->trunk;
	return RD_OK;
}

enum rd_err rd_sma_connector_remove(struct rd_sma_runs *r, const char *id)
{
	struct rd_sma_vc *vc = find_connector(r, id);

	if (!vc)
		return RD_E_NOTFOUND;
	*vc = r->connectors[--r->connector_count];
	return RD_OK;
}

/* --- the pump ------------------------------------------------------------ */

void rd_sma_feed(struct rd_sma_run *run, const struct rd_sma_news *news)
{
	enum rd_err err = rd_sma_call_feed(run->call, news,
					   rd_loop_now_ms(run->runs->cfg.loop));

	if (err)
		run->err = err;
}

void rd_sma_done(struct rd_sma_run *run, uint32_t serial)
{
	rd_sma_feed(run, &(struct rd_sma_news){ .kind = RD_SMA_DONE,
						.serial = serial });
}

void rd_sma_failed(struct rd_sma_run *run, uint32_t serial,
		   enum rd_sma_error error, const char *why)
{
	rd_sma_feed(run, &(struct rd_sma_news){ .kind = RD_SMA_FAILED,
						.serial = serial,
						.error = error,
						.why = why });
}

static void finish(struct rd_sma_run *run)
{
	const char *fault = rd_sma_call_fault(run->call);

	if (!run->err && !fault)
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"application's call ended\"",
		       run->transaction_id);
	else
		rd_log(run->err ? RD_LOG_ERROR : RD_LOG_WARN, "provider",
		       "call=%s event=\"application's call ended early\" "
		       "error=%s why=\"%s\"",
		       run->transaction_id, rd_err_name(run->err),
		       fault ? fault : "");
	free_run(run);
}

void rd_sma_pump(struct rd_sma_run *run)
{
	struct rd_loop *loop = run->runs->cfg.loop;
	struct rd_sma_order order;

	while (!run->err) {
		enum rd_err err =
			rd_sma_call_poll(run->call, rd_loop_now_ms(loop),
					 &order);

		if (err == RD_E_AGAIN) {
			rd_timer_arm(rd_loop_timers(loop), &run->timer,
				     rd_sma_call_due_ms(run->call));
			return;
		}
		if (err)
			run->err = err;
		else if (order.kind == RD_SMA_OVER)
			break;
		else if (order.kind == RD_SMA_INVOKE)
			rd_sma_invoke(run, &order);
		else
			rd_sma_do(run, &order);
	}
	finish(run);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	rd_sma_pump(rd_container(t, struct rd_sma_run, timer));
}

/* --- calls --------------------------------------------------------------- */

static enum rd_err refuse(struct rd_complaint *why, enum rd_err err,
			  const char *text)
{
	rd_complain(why, "%s", text);
	return err;
}

static bool is_our_number(const struct rd_sma_runs *r, const char *number)
{
	for (unsigned i = 0; i < r->cfg.phone_number_count; i++)
		if (!strcmp(r->cfg.phone_numbers[i], number))
			return true;
	return false;
}

static const char *header(const struct rd_sma_create *c, const char *name)
{
	for (unsigned i = 0; i < c->header_count; i++)
		if (!strcasecmp(c->headers[i].name, name))
			return c->headers[i].value;
	return NULL;
}

/* The two join headers are for us alone; nobody else sees them. */
static enum rd_err find_seat(struct rd_sma_run *run,
			     const struct rd_sma_create *c,
			     struct rd_complaint *why)
{
	struct rd_sma_place *a = &run->places[RD_SMA_LEG_A];
	const char *meeting_id = header(c, "X-chime-meeting-id");
	const char *token = header(c, "X-chime-join-token");
	enum rd_err err;

	if (!meeting_id || !token ||
	    strlen(meeting_id) >= sizeof(a->meeting_id))
		return refuse(why, RD_E_FORMAT,
			      "the meeting's number needs SipHeaders "
			      "X-chime-meeting-id and X-chime-join-token");
	err = rd_room_token_holder(run->runs->cfg.engine, meeting_id,
				   rd_span_text(token), a->attendee_id);
	if (err == RD_E_AUTH || err == RD_E_NOTFOUND)
		return refuse(why, RD_E_FORMAT,
			      "X-chime-join-token is not one of that meeting");
	snprintf(a->meeting_id, sizeof(a->meeting_id), "%s", meeting_id);
	run->is_meeting = true;
	return err;
}

static enum rd_err take_headers(struct rd_sma_run *run,
				const struct rd_sma_create *c,
				struct rd_complaint *why)
{
	for (unsigned i = 0; i < c->header_count; i++) {
		const struct rd_sma_pair *h = &c->headers[i];

		if (!rd_sma_header_is_fine(h->name, h->value) ||
		    rd_sma_put_header(run->headers, &run->header_count, h->name,
				      h->value) != RD_OK) {
			rd_complain(why,
				    "SipHeaders has one that cannot be: "
				    "%.64s",
				    h->name);
			return RD_E_FORMAT;
		}
	}
	return RD_OK;
}

static enum rd_err check_create(struct rd_sma_runs *r,
				const struct rd_sma_create *c,
				struct rd_complaint *why)
{
	if (!rd_sma_is_e164(c->from) || !rd_sma_is_e164(c->to))
		return refuse(
			why, RD_E_FORMAT,
			"FromPhoneNumber and ToPhoneNumber must be E.164");
	if (c->header_count > RD_SMA_PAIRS || c->argument_count > RD_SMA_PAIRS)
		return refuse(why, RD_E_FORMAT,
			      "SipHeaders and ArgumentsMap have at most 20 "
			      "members");
	if (!is_our_number(r, c->from))
		return refuse(
			why, RD_E_DENIED,
			"FromPhoneNumber is not a number of this account");
	if (rd_sma_call_count(r) >= r->cfg.most_calls)
		return refuse(why, RD_E_FULL, "too many calls are under way");
	if (strcmp(c->to, RD_SMA_MEETING_NUMBER) != 0 && !r->cfg.pstn.trunk)
		return refuse(why, RD_E_UPSTREAM,
			      "there is no trunk for telephone numbers");
	return RD_OK;
}

static enum rd_err open_call(struct rd_sma_run *run,
			     const struct rd_sma_create *c, uint64_t now_ms)
{
	const struct rd_sma_runs_cfg *cfg = &run->runs->cfg;
	struct rd_sma_call_cfg call = {
		.transaction_id = run->transaction_id,
		.application_id = run->app.id,
		.account = cfg->account,
		.region = cfg->region,
		.from = run->from,
		.to = run->to,
		.arguments = c->arguments,
		.argument_count = c->argument_count,
		.phone_numbers = cfg->phone_numbers,
		.phone_number_count = cfg->phone_number_count,
		.wall_offset_ms = rd_clock_wall_ms() - rd_clock_ms(),
		.first_answer_ms = cfg->first_answer_ms,
		.last_answer_ms = cfg->last_answer_ms,
	};

	return rd_sma_call_open(&run->call, &call, now_ms);
}

static void fill_run(struct rd_sma_run *run, struct rd_sma_runs *r,
		     const struct rd_sma_app *app,
		     const struct rd_sma_create *c)
{
	run->runs = r;
	run->app = *app;
	run->timer.fn = on_timer;
	rd_list_init(&run->asks);
	rd_text_uuid(run->transaction_id);
	snprintf(run->from, sizeof(run->from), "%s", c->from);
	snprintf(run->to, sizeof(run->to), "%s", c->to);
	for (unsigned i = 0; i < RD_SMA_LEGS; i++) {
		run->places[i].run = run;
		run->places[i].leg = (enum rd_sma_leg)i;
		run->places[i].over.fn = rd_sma_on_over;
	}
}

enum rd_err rd_sma_create_call(struct rd_sma_runs *r,
			       const struct rd_sma_create *create,
			       char transaction_id[static 37],
			       struct rd_complaint *why)
{
	const struct rd_sma_app *app = find_app(r, create->application_id);
	uint64_t now_ms = rd_loop_now_ms(r->cfg.loop);
	struct rd_sma_run *run;
	char masked[32];
	enum rd_err err;

	if (!app)
		return refuse(why, RD_E_NOTFOUND,
			      "there is no such SIP media application");
	err = check_create(r, create, why);
	if (err)
		return err;
	run = rd_zalloc(sizeof(*run));
	if (!run)
		return RD_E_NOMEM;
	fill_run(run, r, app, create);
	err = strcmp(create->to, RD_SMA_MEETING_NUMBER) != 0
		      ? take_headers(run, create, why)
		      : find_seat(run, create, why);
	if (!err)
		err = open_call(run, create, now_ms);
	if (!err)
		err = rd_table_put(&r->calls, key_of(run->transaction_id), run);
	if (err) {
		free_run(run);
		return err;
	}
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"application's call begins\" to=%s",
	       run->transaction_id, rd_mask_number(create->to, masked));
	memcpy(transaction_id, run->transaction_id, 37);
	rd_timer_arm(rd_loop_timers(r->cfg.loop), &run->timer, now_ms);
	return RD_OK;
}

enum rd_err rd_sma_update_call(struct rd_sma_runs *r,
			       const char *application_id,
			       const char *transaction_id,
			       const struct rd_sma_pair *arguments,
			       unsigned argument_count,
			       struct rd_complaint *why)
{
	struct rd_sma_run *run =
		rd_table_get(&r->calls, key_of(transaction_id));
	enum rd_err err;

	if (argument_count > RD_SMA_PAIRS)
		return refuse(why, RD_E_FORMAT,
			      "Arguments has at most 20 members");
	if (!run || strcmp(run->transaction_id, transaction_id) != 0 ||
	    strcmp(run->app.id, application_id) != 0)
		return refuse(why, RD_E_NOTFOUND,
			      "there is no such call of this application");
	err = rd_sma_call_update(run->call, arguments, argument_count);
	if (err == RD_E_CLOSED)
		return refuse(why, RD_E_NOTFOUND, "the call is over");
	if (err)
		return err;
	rd_timer_arm(rd_loop_timers(r->cfg.loop), &run->timer,
		     rd_loop_now_ms(r->cfg.loop));
	return RD_OK;
}
