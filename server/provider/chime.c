/* provider/chime.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "aws/reason.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/chime_priv.h"

#define CALLER_USER "client-user"
#define PHONE_USER  "phone-user"

enum {
	RESUME_S = 45,      /* a page that went is awaited so long */
	EARLIER_MS = 50,    /* our word comes before the switchboard's clock */
	LEAST_MS = 100,     /* no request is worth less */
	DEADLINE_MS = 8000, /* F16 */
	RESUME_MS = 60000,  /* F1: for the same request after a crash */
};

/* --- events ------------------------------------------------------------ */

void rd_chime_tell(struct rd_chime_call *c, enum rd_call_event_kind kind)
{
	struct rd_provider_event event = { .ref = c->ref, .kind = kind };

	if (c->ref)
		rd_provider_events_push(&c->chime->events, &event);
}

void rd_chime_tell_gone(struct rd_chime_call *c,
			const struct rd_provider_event *gone)
{
	struct rd_provider_event event = *gone;

	if (!c->ref)
		return;
	event.ref = c->ref;
	event.kind = RD_CALL_GONE;
	rd_table_take(&c->chime->by_ref, c->ref);
	c->ref = 0;
	rd_provider_events_push(&c->chime->events, &event);
}

static enum rd_err chime_poll(void *self, uint64_t now_ms,
			      struct rd_provider_event *event)
{
	struct rd_chime *k = self;

	(void)now_ms;
	return rd_provider_events_poll(&k->events, event);
}

/* --- calls ------------------------------------------------------------- */

static void free_start(struct rd_chime_call *c)
{
	if (c->joining)
		rd_wipe(c->joining, sizeof(*c->joining));
	rd_free(c->joining);
	rd_free(c->arguments);
	c->joining = NULL;
	c->arguments = NULL;
}

void rd_chime_free(struct rd_chime_call *c)
{
	struct rd_chime *k = c->chime;

	rd_aws_client_cancel(k->cfg.aws, c->request);
	rd_aws_client_cancel(k->cfg.aws, c->update);
	rd_timer_disarm(rd_loop_timers(k->cfg.loop), &c->timer);
	rd_table_take(&k->by_ref, c->ref);
	rd_list_remove(&c->in_chime);
	free_start(c);
	rd_wipe(c, sizeof(*c));
	rd_free(c);
}

static const struct rd_chime_destination *find_destination(
	const struct rd_chime *k, const char *name)
{
	for (unsigned i = 0; i < k->cfg.destination_count; i++)
		if (!strcmp(k->cfg.destinations[i].name, name))
			return &k->cfg.destinations[i];
	return NULL;
}

/* --- starting ---------------------------------------------------------- */

static unsigned left_ms(const struct rd_chime_call *c)
{
	uint64_t now_ms = rd_loop_now_ms(c->chime->cfg.loop);
	uint64_t left = c->start_by_ms > now_ms + LEAST_MS
				? c->start_by_ms - now_ms
				: LEAST_MS;

	return left < DEADLINE_MS ? (unsigned)left : DEADLINE_MS;
}

/* Before STARTED: another provider may be asked. */
static void fail_start(struct rd_chime_call *c, const char *operation,
		       const struct rd_aws_result *r)
{
	struct rd_aws_verdict v = rd_aws_judge(r);
	struct rd_provider_event gone = { .reason = v.reason,
					  .by = RD_BY_SYSTEM,
					  .may_try_next = v.may_try_next,
					  .retry_after_s = v.retry_after_s };

	rd_provider_log_refusal(c->call_id, operation, r);
	rd_chime_tell_gone(c, &gone);
	if (c->meeting_id[0])
		rd_chime_end_call(c, v.reason, RD_BY_SYSTEM);
	else
		rd_chime_free(c);
}

static void begin(struct rd_chime_call *c)
{
	struct rd_chime *k = c->chime;
	struct rd_provider_event started = { .ref = c->ref,
					     .kind = RD_CALL_STARTED,
					     .resume_s = RESUME_S };

	started.joining = *c->joining;
	snprintf(started.far_id, sizeof(started.far_id), "%.63s/%.63s",
		 c->meeting_id, c->transaction);
	free_start(c);
	c->phase = RD_CHIME_LIVE;
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"phone invited\" meeting=%s transaction=%s",
	       c->call_id, c->meeting_id, c->transaction);
	rd_provider_events_push(&k->events, &started);
	rd_wipe(&started.joining, sizeof(started.joining));
	rd_chime_follow(c, rd_loop_now_ms(k->cfg.loop));
}

static void on_joined(void *arg, const struct rd_aws_result *r)
{
	struct rd_chime_call *c = arg;

	c->request = 0;
	if (r->err || rd_aws_join_call_read(r->body, c->transaction) != RD_OK)
		fail_start(c, "CreateSipMediaApplicationCall", r);
	else if (c->is_unwanted)
		rd_chime_end_call(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
	else
		begin(c);
}

/* After a crash the same request has its meeting back, and the phone that is
 * in it: it must not ring twice. */
static bool take_lost(struct rd_chime_call *c)
{
	struct rd_list *link;

	rd_list_each (link, &c->chime->calls) {
		struct rd_chime_call *o =
			rd_container(link, struct rd_chime_call, in_chime);

		if (o == c || o->phase != RD_CHIME_ENDING || o->request ||
		    o->update || strcmp(o->meeting_id, c->meeting_id) != 0)
			continue;
		memcpy(c->transaction, o->transaction, sizeof(c->transaction));
		rd_chime_free(o);
		return true;
	}
	return false;
}

static enum rd_err ask_phone(struct rd_chime_call *c, const char *phone_token)
{
	struct rd_aws_join_call join = {
		.application_id = c->to->application_id,
		.from = c->to->from,
		.meeting_id = c->meeting_id,
		.join_token = phone_token,
	};
	struct rd_aws_ask ask;
	enum rd_err err;

	rd_chime_arguments_add(c->arguments, "MeetingId", c->meeting_id);
	join.arguments = c->arguments->pairs;
	join.argument_count = c->arguments->count;
	err = rd_aws_join_call(&ask, &join);
	if (!err) {
		ask.call.deadline_ms = left_ms(c);
		err = rd_aws_client_call(c->chime->cfg.aws, &ask.call,
					 on_joined, c, &c->request);
	}
	rd_aws_ask_fini(&ask);
	return err;
}

static struct rd_aws_create_meeting meeting_of(const struct rd_chime_call *c,
					       const char *token)
{
	return (struct rd_aws_create_meeting){
		.client_token = token,
		.media_region = c->to->media_region,
		.external_id = c->call_id,
		.caller_user_id = CALLER_USER,
		.phone_user_id = PHONE_USER,
	};
}

static void on_meeting(void *arg, const struct rd_aws_result *r)
{
	struct rd_chime_call *c = arg;
	struct rd_aws_create_meeting asked = meeting_of(c, "");
	char phone_token[RD_JOIN_TOKEN_TEXT];
	struct rd_aws_result own = { .err = RD_E_NOMEM,
				     .message = "",
				     .request_id = "" };
	enum rd_err err = r->err;

	c->request = 0;
	if (!err)
		err = rd_aws_create_meeting_read(r->body, &asked, c->joining,
						 phone_token);
	memcpy(c->meeting_id, c->joining->meeting_id, sizeof(c->meeting_id));
	if (err) {
		fail_start(c, "CreateMeetingWithAttendees", r);
		return;
	}
	if (c->is_unwanted) {
		rd_chime_end_call(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
		return;
	}
	if (take_lost(c)) {
		rd_wipe(phone_token, sizeof(phone_token));
		begin(c);
		return;
	}
	c->phase = RD_CHIME_JOINING;
	err = ask_phone(c, phone_token);
	rd_wipe(phone_token, sizeof(phone_token));
	if (err) {
		own.err = err;
		fail_start(c, "CreateSipMediaApplicationCall", &own);
	}
}

static enum rd_err ask_meeting(struct rd_chime_call *c, const char *token)
{
	struct rd_aws_create_meeting create = meeting_of(c, token);
	struct rd_aws_ask ask;
	enum rd_err err = rd_aws_create_meeting(&ask, &create);

	if (!err) {
		ask.call.deadline_ms = left_ms(c);
		err = rd_aws_client_call(c->chime->cfg.aws, &ask.call,
					 on_meeting, c, &c->request);
	}
	rd_aws_ask_fini(&ask);
	return err;
}

static const char *const refusals[] = { "malformed", "short", "premium",
					"reserved", "not-listed" };
RD_COUNTERS(refused_numbers, "ringdown_numbers_refused_total",
	    "Telephone numbers that may not be called.", "why", refusals);

/* A number that may not be called may not be called by anybody else. */
static void refuse_number(struct rd_chime *k,
			  const struct rd_provider_start *start,
			  enum rd_number_verdict verdict)
{
	struct rd_provider_event gone = {
		.ref = start->ref,
		.kind = RD_CALL_GONE,
		.reason = RD_REASON_FORBIDDEN_DESTINATION,
		.by = RD_BY_SYSTEM,
	};

	rd_metric_add(&refused_numbers, (unsigned)verdict - RD_NUMBER_MALFORMED,
		      1);
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"number refused\" why=%s", start->call_id,
	       rd_number_verdict_name(verdict));
	rd_provider_events_push(&k->events, &gone);
}

static enum rd_err open_call(struct rd_chime_call *c,
			     const struct rd_provider_start *start)
{
	struct rd_chime *k = c->chime;
	enum rd_number_verdict verdict;
	enum rd_err err;

	c->joining = rd_zalloc(sizeof(*c->joining));
	c->arguments = rd_zalloc(sizeof(*c->arguments));
	if (!c->joining || !c->arguments)
		return RD_E_NOMEM;
	err = rd_chime_arguments_make(c->arguments, c->to, start->attributes,
				      start->attribute_count, &verdict);
	if (err == RD_E_DENIED) {
		refuse_number(k, start, verdict);
		return err;
	}
	if (err) {
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"header cannot be sent\" error=%s",
		       c->call_id, rd_err_name(err));
		return err;
	}
	err = rd_table_put(&k->by_ref, c->ref, c);
	return err ? err : ask_meeting(c, start->start_token);
}

static enum rd_err chime_start(void *self,
			       const struct rd_provider_start *start,
			       uint64_t now_ms)
{
	struct rd_chime *k = self;
	const struct rd_chime_destination *to =
		find_destination(k, start->destination);
	struct rd_chime_call *c;
	enum rd_err err;

	(void)now_ms;
	if (!to)
		return RD_E_NOTFOUND;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->chime = k;
	c->to = to;
	c->ref = start->ref;
	c->start_by_ms = start->deadline_ms - EARLIER_MS;
	snprintf(c->call_id, sizeof(c->call_id), "%s", start->call_id);
	rd_list_push(&k->calls, &c->in_chime);
	err = open_call(c, start);
	if (err)
		rd_chime_free(c);
	/* Told by an event that is final. */
	return err == RD_E_DENIED ? RD_OK : err;
}

void rd_chime_tidy(struct rd_chime *k, const char *destination,
		   const char *call_id, const char *far_id)
{
	const struct rd_chime_destination *to =
		find_destination(k, destination);
	const char *slash = strchr(far_id, '/');
	struct rd_chime_call *c = to && slash ? rd_zalloc(sizeof(*c)) : NULL;

	if (!c) {
		rd_provider_log_left_open(call_id, far_id);
		return;
	}
	c->chime = k;
	c->to = to;
	snprintf(c->call_id, sizeof(c->call_id), "%s", call_id);
	rd_text_copy(c->meeting_id, sizeof(c->meeting_id),
		     rd_span(far_id, (size_t)(slash - far_id)));
	rd_text_copy(c->transaction, sizeof(c->transaction),
		     rd_span_text(slash + 1));
	rd_list_push(&k->calls, &c->in_chime);
	rd_chime_end_later(c, rd_loop_now_ms(k->cfg.loop) + RESUME_MS);
}

/* --- the provider's face ----------------------------------------------- */

static void chime_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_chime *k = self;
	struct rd_chime_call *c = rd_table_get(&k->by_ref, ref);

	(void)now_ms;
	if (!c)
		return;
	if (c->phase < RD_CHIME_LIVE)
		c->is_unwanted = true; /* the answer decides what to delete */
	else if (c->phase == RD_CHIME_LIVE)
		rd_chime_end_call(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
}

static enum rd_err chime_digits(void *self, rd_call_ref ref, const char *digits)
{
	struct rd_chime *k = self;
	struct rd_chime_call *c = rd_table_get(&k->by_ref, ref);

	return c ? rd_chime_digits(c, digits) : RD_E_NOTFOUND;
}

static bool chime_is_reachable(void *self, const char *destination)
{
	struct rd_chime *k = self;

	return find_destination(k, destination) &&
	       rd_aws_client_is_ready(k->cfg.aws);
}

static void chime_seen(void *self, rd_call_ref ref, bool follows,
		       uint64_t now_ms)
{
	struct rd_chime *k = self;
	struct rd_chime_call *c = rd_table_get(&k->by_ref, ref);

	if (c && c->phase == RD_CHIME_LIVE)
		rd_chime_seen(c, follows, now_ms);
}

/* The meeting is left alone: its attendee may come again with his token. */
static void chime_park(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_chime *k = self;
	struct rd_chime_call *c = rd_table_get(&k->by_ref, ref);

	if (c && c->phase == RD_CHIME_LIVE)
		rd_chime_park(c, now_ms);
}

const struct rd_provider rd_chime_provider = {
	.name = "chime",
	.start = chime_start,
	.end = chime_end,
	.digits = chime_digits,
	.poll = chime_poll,
	.is_reachable = chime_is_reachable,
	.seen = chime_seen,
	.park = chime_park,
};

enum rd_err rd_chime_open(struct rd_chime **out, const struct rd_chime_cfg *cfg)
{
	struct rd_chime *k = rd_zalloc(sizeof(*k));

	*out = NULL;
	if (!k)
		return RD_E_NOMEM;
	k->cfg = *cfg;
	k->events.wake = cfg->wake;
	k->events.wake_arg = cfg->wake_arg;
	rd_list_init(&k->events.queue);
	rd_list_init(&k->calls);
	*out = k;
	return RD_OK;
}

void rd_chime_close(struct rd_chime *k)
{
	if (!k)
		return;
	while (!rd_list_is_empty(&k->calls))
		rd_chime_free(rd_container(k->calls.next, struct rd_chime_call,
					   in_chime));
	rd_provider_events_fini(&k->events);
	rd_table_fini(&k->by_ref);
	rd_free(k);
}
