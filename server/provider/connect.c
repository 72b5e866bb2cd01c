/* provider/connect.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "aws/reason.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/connect_priv.h"

enum {
	EARLIER_MS = 50,    /* our word comes before the switchboard's clock */
	LEAST_MS = 100,     /* no request is worth less */
	DEADLINE_MS = 8000, /* F16 */
	RESUME_MS = 60000,  /* F1: for the same request after a crash */
};

/* --- events ------------------------------------------------------------ */

void rd_connect_tell(struct rd_connect_contact *c, enum rd_call_event_kind kind)
{
	struct rd_provider_event event = { .ref = c->ref, .kind = kind };

	if (kind == RD_CALL_FAR_RINGS) {
		event.queue_position = c->wait.position;
		event.queue_wait_s = c->wait.wait_s;
	}
	if (c->ref)
		rd_provider_events_push(&c->connect->events, &event);
}

void rd_connect_tell_gone(struct rd_connect_contact *c,
			  const struct rd_provider_event *gone)
{
	struct rd_provider_event event = *gone;

	if (!c->ref)
		return;
	event.ref = c->ref;
	event.kind = RD_CALL_GONE;
	rd_table_take(&c->connect->by_ref, c->ref);
	c->ref = 0;
	rd_provider_events_push(&c->connect->events, &event);
}

static enum rd_err connect_poll(void *self, uint64_t now_ms,
				struct rd_provider_event *event)
{
	struct rd_connect *k = self;

	(void)now_ms;
	return rd_provider_events_poll(&k->events, event);
}

void rd_connect_log(const struct rd_connect_contact *c, const char *operation,
		    const struct rd_aws_result *r)
{
	rd_provider_log_refusal(c->call_id, operation, r);
}

/* --- contacts ---------------------------------------------------------- */

static void free_start(struct rd_connect_contact *c)
{
	if (c->start)
		rd_aws_ask_fini(c->start);
	rd_free(c->start);
	c->start = NULL;
}

void rd_connect_free(struct rd_connect_contact *c)
{
	struct rd_connect *k = c->connect;

	rd_aws_client_cancel(k->cfg.aws, c->request);
	rd_connect_follow_stop(c);
	rd_connect_digits_stop(c);
	rd_timer_disarm(rd_loop_timers(k->cfg.loop), &c->timer);
	rd_table_take(&k->by_ref, c->ref);
	rd_list_remove(&c->in_connect);
	free_start(c);
	rd_wipe(c, sizeof(*c)); /* tokens */
	rd_free(c);
}

static const struct rd_connect_destination *find_destination(
	const struct rd_connect *k, const char *name)
{
	for (unsigned i = 0; i < k->cfg.destination_count; i++)
		if (!strcmp(k->cfg.destinations[i].name, name))
			return &k->cfg.destinations[i];
	return NULL;
}

/* --- starting ---------------------------------------------------------- */

static enum rd_err fill_start(struct rd_connect_contact *c,
			      const struct rd_provider_start *start,
			      struct rd_connect_context *context)
{
	const struct rd_connect_destination *to = c->to;
	struct rd_aws_start_contact ask = {
		.instance_id = to->instance_id,
		.flow_id = to->flow_id,
		.display_name = start->display_name ? start->display_name
						    : to->display_name,
		.client_token = start->start_token,
		.description = to->description,
		.customer_video = to->customer_video,
		.customer_screen = to->customer_screen,
		.agent_video = to->agent_video,
		.agent_screen = to->agent_screen,
	};
	const char *which = "";
	enum rd_err err =
		rd_connect_context_make(context, &to->mapping,
					start->attributes,
					start->attribute_count, &which);

	if (err) {
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"attribute cannot be sent\" name=%s "
		       "error=%s",
		       c->call_id, which, rd_err_name(err));
		return err;
	}
	if (context->left_out)
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"hints left out\" count=%u", c->call_id,
		       context->left_out);
	ask.attributes = context->attributes;
	ask.attribute_count = context->attribute_count;
	ask.references = context->references;
	ask.reference_count = context->reference_count;
	ask.related_contact_id = context->related;
	c->start = rd_zalloc(sizeof(*c->start));
	return c->start ? rd_aws_start_contact(c->start, &ask) : RD_E_NOMEM;
}

static enum rd_err make_start(struct rd_connect_contact *c,
			      const struct rd_provider_start *start)
{
	struct rd_connect_context *context = rd_alloc(sizeof(*context));
	enum rd_err err;

	if (!context)
		return RD_E_NOMEM;
	err = fill_start(c, start, context);
	rd_wipe(context, sizeof(*context));
	rd_free(context);
	return err;
}

static void on_refused(struct rd_connect_contact *c,
		       const struct rd_aws_result *r)
{
	struct rd_aws_verdict v = rd_aws_judge(r);
	struct rd_provider_event gone = { .reason = v.reason,
					  .by = RD_BY_SYSTEM,
					  .may_try_next = v.may_try_next,
					  .retry_after_s = v.retry_after_s };

	rd_connect_log(c, "StartWebRTCContact", r);
	rd_connect_tell_gone(c, &gone);
	if (r->may_have_happened)
		rd_connect_doubt(c);
	else
		rd_connect_free(c);
}

/* There is a contact, but nobody can join with this answer. */
static void on_unusable(struct rd_connect_contact *c)
{
	struct rd_provider_event gone = { .reason = RD_REASON_PROVIDER_DOWN,
					  .by = RD_BY_SYSTEM,
					  .may_try_next = true };

	rd_log(RD_LOG_ERROR, "provider",
	       "call=%s event=\"answer of amazon connect cannot be used\"",
	       c->call_id);
	rd_connect_tell_gone(c, &gone);
	if (c->contact_id[0])
		rd_connect_stop(c, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM);
	else
		rd_connect_free(c);
}

/* After a crash the same request has its contact back. */
static void forget_lost(const struct rd_connect_contact *c)
{
	struct rd_list *link, *after;

	rd_list_each_safe (link, after, &c->connect->contacts) {
		struct rd_connect_contact *o =
			rd_container(link, struct rd_connect_contact,
				     in_connect);

		if (o != c && o->phase == RD_CONNECT_STOPPING && !o->request &&
		    !strcmp(o->contact_id, c->contact_id))
			rd_connect_free(o);
	}
}

static void on_begun(struct rd_connect_contact *c,
		     const struct rd_provider_event *started)
{
	struct rd_connect *k = c->connect;

	memcpy(c->participant_token, started->joining.participant_token,
	       sizeof(c->participant_token));
	c->phase = RD_CONNECT_LIVE;
	free_start(c);
	forget_lost(c);
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"contact begun\" contact=%s", c->call_id,
	       c->contact_id);
	rd_provider_events_push(&k->events, started);
	rd_connect_follow(c, rd_loop_now_ms(k->cfg.loop));
}

static void on_start_answer(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;
	struct rd_provider_event started = { .ref = c->ref,
					     .kind = RD_CALL_STARTED,
					     .resume_s = RD_PRESENCE_AWAY_MS /
							 1000 };
	bool is_usable;

	c->request = 0;
	if (r->err) {
		on_refused(c, r);
		return;
	}
	is_usable =
		rd_aws_start_contact_read_id(r->body, c->contact_id) == RD_OK &&
		rd_aws_start_contact_read(r->body, &started.joining) == RD_OK;
	if (c->is_unwanted && c->contact_id[0]) {
		rd_connect_stop(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
	} else if (!is_usable) {
		on_unusable(c);
	} else {
		rd_text_copy(started.far_id, sizeof(started.far_id),
			     rd_span_text(c->contact_id));
		on_begun(c, &started);
	}
	rd_wipe(&started.joining, sizeof(started.joining));
}

static unsigned deadline_ms(const struct rd_provider_start *start,
			    uint64_t now_ms)
{
	uint64_t left_ms = start->deadline_ms > now_ms + EARLIER_MS + LEAST_MS
				   ? start->deadline_ms - now_ms - EARLIER_MS
				   : LEAST_MS;

	return left_ms < DEADLINE_MS ? (unsigned)left_ms : DEADLINE_MS;
}

static enum rd_err connect_start(void *self,
				 const struct rd_provider_start *start,
				 uint64_t now_ms)
{
	struct rd_connect *k = self;
	const struct rd_connect_destination *to =
		find_destination(k, start->destination);
	struct rd_connect_contact *c;
	enum rd_err err;

	if (!to)
		return RD_E_NOTFOUND;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->connect = k;
	c->to = to;
	c->ref = start->ref;
	c->watch.is_answered_by_flow = to->is_answered_by_flow;
	snprintf(c->call_id, sizeof(c->call_id), "%s", start->call_id);
	rd_list_push(&k->contacts, &c->in_connect);
	err = make_start(c, start);
	if (!err)
		err = rd_table_put(&k->by_ref, c->ref, c);
	if (!err) {
		c->start->call.deadline_ms = deadline_ms(start, now_ms);
		err = rd_aws_client_call(k->cfg.aws, &c->start->call,
					 on_start_answer, c, &c->request);
	}
	if (err)
		rd_connect_free(c);
	return err;
}

void rd_connect_tidy(struct rd_connect *k, const char *destination,
		     const char *call_id, const char *contact_id)
{
	const struct rd_connect_destination *to =
		find_destination(k, destination);
	struct rd_connect_contact *c = to ? rd_zalloc(sizeof(*c)) : NULL;

	if (!c) {
		rd_provider_log_left_open(call_id, contact_id);
		return;
	}
	c->connect = k;
	c->to = to;
	snprintf(c->call_id, sizeof(c->call_id), "%s", call_id);
	snprintf(c->contact_id, sizeof(c->contact_id), "%s", contact_id);
	rd_list_push(&k->contacts, &c->in_connect);
	rd_connect_stop_later(c, rd_loop_now_ms(k->cfg.loop) + RESUME_MS);
}

/* --- the provider's face ----------------------------------------------- */

static void connect_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_connect *k = self;
	struct rd_connect_contact *c = rd_table_get(&k->by_ref, ref);

	(void)now_ms;
	if (!c)
		return;
	if (c->phase == RD_CONNECT_ASKED)
		c->is_unwanted = true; /* the answer decides what to stop */
	else if (c->phase == RD_CONNECT_LIVE)
		rd_connect_stop(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
}

static enum rd_err connect_digits(void *self, rd_call_ref ref,
				  const char *digits)
{
	struct rd_connect *k = self;
	struct rd_connect_contact *c = rd_table_get(&k->by_ref, ref);

	return c ? rd_connect_digits(c, digits) : RD_E_NOTFOUND;
}

static bool connect_is_reachable(void *self, const char *destination)
{
	struct rd_connect *k = self;

	return find_destination(k, destination) &&
	       rd_aws_client_is_ready(k->cfg.aws);
}

static void connect_seen(void *self, rd_call_ref ref, bool follows,
			 uint64_t now_ms)
{
	struct rd_connect *k = self;
	struct rd_connect_contact *c = rd_table_get(&k->by_ref, ref);

	if (c && c->phase == RD_CONNECT_LIVE)
		rd_connect_seen(c, follows, now_ms);
}

/* The contact is left alone: Amazon forgets a participant who was away for a
 * minute, and until then the same tokens let him in again. */
static void connect_park(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_connect *k = self;
	struct rd_connect_contact *c = rd_table_get(&k->by_ref, ref);

	if (c && c->phase == RD_CONNECT_LIVE)
		rd_connect_park(c, now_ms);
}

const struct rd_provider rd_connect_provider = {
	.name = "connect",
	.start = connect_start,
	.end = connect_end,
	.digits = connect_digits,
	.poll = connect_poll,
	.is_reachable = connect_is_reachable,
	.seen = connect_seen,
	.park = connect_park,
};

enum rd_err rd_connect_open(struct rd_connect **out,
			    const struct rd_connect_cfg *cfg)
{
	struct rd_connect *k = rd_zalloc(sizeof(*k));

	*out = NULL;
	if (!k)
		return RD_E_NOMEM;
	k->cfg = *cfg;
	k->events.wake = cfg->wake;
	k->events.wake_arg = cfg->wake_arg;
	rd_list_init(&k->events.queue);
	rd_list_init(&k->contacts);
	*out = k;
	return RD_OK;
}

void rd_connect_close(struct rd_connect *k)
{
	if (!k)
		return;
	while (!rd_list_is_empty(&k->contacts))
		rd_connect_free(rd_container(k->contacts.next,
					     struct rd_connect_contact,
					     in_connect));
	rd_provider_events_fini(&k->events);
	rd_table_fini(&k->by_ref);
	rd_free(k);
}
