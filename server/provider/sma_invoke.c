/* provider/sma_invoke.c - see sma_call.h: the events, and asking the handler.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "provider/sma_call_priv.h"

static const char *const tags[] = { "LEG-A", "LEG-B" };

static void free_event(struct rd_sma_event *e)
{
	if (!e)
		return;
	rd_json_drop(&e->data);
	rd_free(e);
}

/* --- telling ------------------------------------------------------------- */

/* Takes data, which may be NULL. */
static enum rd_err tell(struct rd_sma_call *c, const char *type,
			enum rd_sma_leg leg, struct rd_json_out *data)
{
	/* What is only told, or told of a leg that was not answered. */
	static const char *const silent[] = { "NEW_OUTBOUND_CALL", "RINGING",
					      "ACTION_INTERRUPTED",
					      "INVALID_LAMBDA_RESPONSE" };
	bool has_failed = data && rd_json_failed(data);
	struct rd_sma_event *e = has_failed ? NULL : rd_zalloc(sizeof(*e));

	if (!e) {
		if (data)
			rd_json_drop(data);
		return RD_E_NOMEM;
	}
	e->type = type;
	e->leg = leg;
	if (data)
		e->data = *data;
	e->may_act = true;
	for (size_t i = 0; i < RD_COUNT(silent); i++)
		if (!strcmp(type, silent[i]))
			e->may_act = false;
	rd_list_push(&c->events, &e->in_queue);
	c->event_count++;
	return RD_OK;
}

enum rd_err rd_sma_tell(struct rd_sma_call *c, const char *type,
			enum rd_sma_leg leg)
{
	return tell(c, type, leg, NULL);
}

/* The parameters as they were given, and which leg that came to mean. */
static void write_parameters(struct rd_json_out *j,
			     const struct rd_sma_action *a, const char *call_id)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	rd_json_begin(j, "Parameters");
	while (rd_json_next(a->parameters, &cursor, &name, &value))
		if (strcmp(name, "CallId") != 0)
			rd_json_value(j, name, value);
	rd_json_text_if(j, "CallId", call_id);
	rd_json_end(j);
}

static void write_result(struct rd_json_out *j, const struct rd_sma_action *a,
			 const struct rd_sma_result *result)
{
	char terminator[2] = { result->terminator, '\0' };

	if (result->digits)
		rd_json_text(j, "ReceivedDigits", result->digits);
	if (result->key) {
		rd_json_begin(j, "RecordingDestination");
		rd_json_text(j, "Type", "S3");
		rd_json_text_if(j, "BucketName", a->prompt.bucket);
		rd_json_text(j, "Key", result->key);
		rd_json_end(j);
		rd_json_text_if(j, "RecordingTerminatorUsed", terminator);
	}
	if (!result->error)
		return;
	rd_json_text(j, "ErrorType", rd_sma_error_name(result->error));
	rd_json_text(j, "ErrorMessage", result->why ? result->why : "");
}

enum rd_err rd_sma_tell_action(struct rd_sma_call *c, const char *type,
			       const struct rd_sma_action *a,
			       enum rd_sma_leg leg,
			       const struct rd_sma_result *result)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "Type", a->type);
	write_parameters(&j, a, c->legs[leg].call_id);
	write_result(&j, a, result);
	rd_json_end(&j);
	return tell(c, type, leg, &j);
}

enum rd_err rd_sma_tell_arguments(struct rd_sma_call *c, const char *type,
				  const char *action,
				  const struct rd_sma_pair *pairs,
				  unsigned count)
{
	struct rd_json_out j = rd_json_out_grow();
	enum rd_sma_leg leg =
		rd_sma_is_up(c, RD_SMA_LEG_A) || !rd_sma_is_up(c, RD_SMA_LEG_B)
			? RD_SMA_LEG_A
			: RD_SMA_LEG_B;

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "Type", action);
	rd_json_begin(&j, "Parameters");
	rd_json_begin(&j, "Arguments");
	for (unsigned i = 0; i < count; i++)
		rd_json_text(&j, pairs[i].name, pairs[i].value);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_json_end(&j);
	return tell(c, type, leg, &j);
}

enum rd_err rd_sma_tell_hangup(struct rd_sma_call *c, enum rd_sma_leg leg,
			       unsigned sip_status)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "Type", "Hangup");
	rd_json_begin(&j, "Parameters");
	rd_json_number(&j, "SipResponseCode", sip_status);
	rd_json_text(&j, "CallId", c->legs[leg].call_id);
	rd_json_text(&j, "ParticipantTag", tags[leg]);
	rd_json_end(&j);
	rd_json_end(&j);
	return tell(c, "HANGUP", leg, &j);
}

enum rd_err rd_sma_tell_invalid(struct rd_sma_call *c,
				const struct rd_sma_invalid *invalid)
{
	enum rd_err err =
		rd_sma_tell(c, "INVALID_LAMBDA_RESPONSE", RD_SMA_LEG_A);
	struct rd_sma_event *e;

	if (err)
		return err;
	e = rd_container(c->events.prev, struct rd_sma_event, in_queue);
	e->error_type = invalid->type;
	snprintf(e->error_why, sizeof(e->error_why), "%.*s", RD_SMA_WHY - 1,
		 invalid->why.text);
	return RD_OK;
}

void rd_sma_drop_events(struct rd_sma_call *c)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&c->events)))
		free_event(rd_container(link, struct rd_sma_event, in_queue));
	c->event_count = 0;
	free_event(c->asked.event);
	c->asked.event = NULL;
	c->asked.is_due = false;
	rd_json_drop(&c->asked.text);
}

/* --- the text ------------------------------------------------------------ */

static void write_participant(struct rd_json_out *j,
			      const struct rd_sma_call *c, enum rd_sma_leg leg)
{
	const struct rd_sma_side *s = &c->legs[leg];
	char start[24];

	if (s->state == RD_SMA_NONE)
		return;
	snprintf(start, sizeof(start), "%llu",
		 (unsigned long long)s->start_wall_ms);
	rd_json_begin(j, NULL);
	rd_json_text(j, "CallId", s->call_id);
	rd_json_text(j, "ParticipantTag", tags[leg]);
	rd_json_text(j, "To", s->to);
	rd_json_text(j, "From", s->from);
	rd_json_text(j, "Direction", "Outbound");
	rd_json_text(j, "StartTimeInMilliseconds", start);
	if (s->state != RD_SMA_CALLING)
		rd_json_text(j, "Status",
			     s->state == RD_SMA_UP ? "Connected"
						   : "Disconnected");
	rd_json_end(j);
}

static void write_details(struct rd_json_out *j, const struct rd_sma_call *c)
{
	rd_json_begin(j, "CallDetails");
	rd_json_text(j, "TransactionId", c->cfg.transaction_id);
	if (c->attributes)
		rd_json_value(j, "TransactionAttributes",
			      c->attributes->attributes);
	rd_json_text(j, "AwsAccountId", c->cfg.account);
	rd_json_text(j, "AwsRegion", c->cfg.region);
	rd_json_text(j, "SipMediaApplicationId", c->cfg.application_id);
	rd_json_begin_array(j, "Participants");
	write_participant(j, c, RD_SMA_LEG_A);
	write_participant(j, c, RD_SMA_LEG_B);
	rd_json_end_array(j);
	rd_json_end(j);
}

/* As things are now, not as they were when the event happened. */
static enum rd_err write_event(struct rd_sma_call *c,
			       const struct rd_sma_event *e)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "SchemaVersion", "1.0");
	rd_json_number(&j, "Sequence", ++c->sequence);
	rd_json_text(&j, "InvocationEventType", e->type);
	if (e->data.grown) {
		rd_json_key(&j, "ActionData");
		rd_json_raw(&j, rd_json_done(&e->data));
	}
	write_details(&j, c);
	if (e->error_type) {
		rd_json_text(&j, "ErrorType", e->error_type);
		rd_json_text(&j, "ErrorMessage", e->error_why);
	}
	rd_json_end(&j);
	c->asked.text = j;
	return rd_json_failed(&j) ? RD_E_NOMEM : RD_OK;
}

/* --- asking -------------------------------------------------------------- */

static enum rd_err begin(struct rd_sma_call *c, uint64_t now_ms)
{
	struct rd_list *link = rd_list_pop(&c->events);

	if (!link)
		return RD_E_AGAIN;
	c->event_count--;
	c->asked.event = rd_container(link, struct rd_sma_event, in_queue);
	c->asked.serial = ++c->serial;
	c->asked.is_due = true;
	c->asked.refusals = 0;
	c->asked.give_up_ms = now_ms + c->cfg.last_answer_ms;
	c->asked.again_ms = RD_NEVER;
	return write_event(c, c->asked.event);
}

/* The event is dealt with. */
static void finish(struct rd_sma_call *c)
{
	free_event(c->asked.event);
	c->asked.event = NULL;
	c->asked.is_due = false;
	rd_json_drop(&c->asked.text);
	if (c->phase == RD_SMA_NEW)
		c->phase = RD_SMA_PLACING;
}

enum rd_err rd_sma_ask(struct rd_sma_call *c, uint64_t now_ms,
		       struct rd_sma_order *order)
{
	enum rd_err err = c->asked.event ? RD_OK : begin(c, now_ms);

	if (err)
		return err;
	if (now_ms >= c->asked.give_up_ms) {
		rd_sma_fault(c, "the handler did not answer", 480);
		return RD_E_AGAIN;
	}
	if (!c->asked.is_due && now_ms < c->asked.again_ms)
		return RD_E_AGAIN;
	if (c->invocations == RD_SMA_INVOCATIONS) {
		rd_sma_fault(c, "too many invocations", 480);
		return RD_E_AGAIN;
	}
	c->invocations++;
	c->asked.is_due = false;
	c->asked.again_ms = now_ms + c->cfg.first_answer_ms;
	order->kind = RD_SMA_INVOKE;
	order->serial = c->asked.serial;
	order->event = rd_json_done(&c->asked.text);
	return RD_OK;
}

static enum rd_err on_invalid(struct rd_sma_call *c,
			      const struct rd_sma_invalid *invalid)
{
	bool is_up[RD_SMA_LEGS];
	enum rd_err err;

	if (c->phase == RD_SMA_ENDING) {
		finish(c);
		return RD_OK;
	}
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		is_up[i] = c->phase == RD_SMA_RUNNING &&
			   (c->legs[i].state == RD_SMA_CALLING ||
			    c->legs[i].state == RD_SMA_UP);
	rd_sma_fault(c, "the handler's response is unusable", 480);
	err = rd_sma_tell_invalid(c, invalid);
	for (unsigned i = 0; !err && i < RD_SMA_LEGS; i++)
		if (is_up[i])
			err = rd_sma_tell_hangup(c, (enum rd_sma_leg)i, 480);
	return err;
}

static void keep_attributes(struct rd_sma_call *c, struct rd_sma_response *r)
{
	if (!r->attributes)
		return;
	rd_sma_response_unref(c->attributes);
	c->attributes =
		rd_json_count(r->attributes) ? rd_sma_response_ref(r) : NULL;
}

/* The leg that is there, if the one that caused the event is not. */
static enum rd_sma_leg present(const struct rd_sma_call *c, enum rd_sma_leg leg)
{
	return rd_sma_is_up(c, leg) ? leg : rd_sma_other(leg);
}

enum rd_err rd_sma_call_response(struct rd_sma_call *c, uint32_t serial,
				 struct rd_span body)
{
	struct rd_sma_response *r;
	struct rd_sma_invalid invalid = { NULL, { "" } };
	enum rd_sma_leg leg;
	bool may_act;
	enum rd_err err;

	if (!c->asked.event || serial != c->asked.serial)
		return RD_OK;
	err = rd_sma_response_open(&r, body, &invalid);
	if (err == RD_E_FORMAT)
		return on_invalid(c, &invalid);
	if (err)
		return err;
	keep_attributes(c, r);
	leg = present(c, c->asked.event->leg);
	may_act = c->asked.event->may_act && c->phase == RD_SMA_RUNNING &&
		  rd_sma_is_up(c, leg);
	finish(c);
	if (may_act && r->has_actions)
		err = rd_sma_take_list(c, r, leg);
	rd_sma_response_unref(r);
	return err;
}

enum rd_err rd_sma_call_no_response(struct rd_sma_call *c, uint32_t serial,
				    bool is_refusal)
{
	if (!c->asked.event || serial != c->asked.serial || !is_refusal)
		return RD_OK;
	if (c->asked.refusals++ == 0)
		c->asked.is_due = true;
	else
		rd_sma_fault(c, "the handler refused", 480);
	return RD_OK;
}

enum rd_err rd_sma_call_update(struct rd_sma_call *c,
			       const struct rd_sma_pair *arguments,
			       unsigned argument_count)
{
	bool is_over = c->phase >= RD_SMA_ENDING ||
		       (c->phase == RD_SMA_RUNNING &&
			c->legs[RD_SMA_LEG_A].state != RD_SMA_CALLING &&
			!rd_sma_is_up(c, RD_SMA_LEG_A) &&
			!rd_sma_is_up(c, RD_SMA_LEG_B));

	if (is_over)
		return RD_E_CLOSED;
	if (c->event_count >= RD_SMA_UPDATES)
		return RD_E_FULL;
	return rd_sma_tell_arguments(c, "CALL_UPDATE_REQUESTED",
				     "CallUpdateRequest", arguments,
				     argument_count);
}
