/* provider/sma_call.c - see the header: the legs, and the order of things.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_call.h"

#include <stdio.h>

#include "base/text.h"
#include "provider/sma_call_priv.h"

enum rd_sma_leg rd_sma_other(enum rd_sma_leg leg)
{
	return leg == RD_SMA_LEG_A ? RD_SMA_LEG_B : RD_SMA_LEG_A;
}

bool rd_sma_is_up(const struct rd_sma_call *c, enum rd_sma_leg leg)
{
	return c->legs[leg].state == RD_SMA_UP;
}

const char *rd_sma_call_fault(const struct rd_sma_call *c)
{
	return c->fault;
}

bool rd_sma_owes_side(const struct rd_sma_call *c)
{
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		if (c->legs[i].is_to_hush || c->legs[i].is_to_stop ||
		    c->legs[i].is_to_end)
			return true;
	return false;
}

void rd_sma_disarm(struct rd_sma_collector *k)
{
	rd_sma_response_unref(k->response);
	k->response = NULL;
	k->action = NULL;
	k->count = 0;
	k->check_ms = RD_NEVER;
	k->flush_ms = RD_NEVER;
}

void rd_sma_end_leg(struct rd_sma_call *c, enum rd_sma_leg leg, unsigned status)
{
	struct rd_sma_side *s = &c->legs[leg];

	if (s->state != RD_SMA_CALLING && s->state != RD_SMA_UP)
		return;
	s->state = RD_SMA_GONE;
	s->is_to_end = true;
	s->end_status = status;
	s->is_to_hush = false;
	s->is_to_stop = false;
	rd_sma_disarm(&s->collector);
}

void rd_sma_fault(struct rd_sma_call *c, const char *fault, unsigned status)
{
	if (!c->fault)
		c->fault = fault;
	rd_sma_drop_events(c);
	rd_sma_drop_lists(c);
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		rd_sma_end_leg(c, (enum rd_sma_leg)i, status);
	c->phase = RD_SMA_ENDING;
}

/* --- opening ------------------------------------------------------------- */

enum rd_err rd_sma_call_open(struct rd_sma_call **out,
			     const struct rd_sma_call_cfg *cfg, uint64_t now_ms)
{
	struct rd_sma_call *c = rd_zalloc(sizeof(*c));
	struct rd_sma_side *a;
	enum rd_err err;

	*out = NULL;
	if (!c)
		return RD_E_NOMEM;
	c->cfg = *cfg;
	c->step.due_ms = RD_NEVER;
	rd_list_init(&c->events);
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		rd_sma_disarm(&c->legs[i].collector);
	a = &c->legs[RD_SMA_LEG_A];
	rd_text_uuid(a->call_id);
	snprintf(a->from, sizeof(a->from), "%s", cfg->from);
	snprintf(a->to, sizeof(a->to), "%s", cfg->to);
	a->start_wall_ms = now_ms + cfg->wall_offset_ms;
	a->state = RD_SMA_CALLING;
	err = rd_sma_tell_arguments(c, "NEW_OUTBOUND_CALL", "CallCreateRequest",
				    cfg->arguments, cfg->argument_count);
	if (err) {
		rd_sma_call_close(c);
		return err;
	}
	*out = c;
	return RD_OK;
}

void rd_sma_call_close(struct rd_sma_call *c)
{
	if (!c)
		return;
	rd_sma_drop_events(c);
	rd_sma_drop_lists(c);
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		rd_sma_disarm(&c->legs[i].collector);
	rd_sma_response_unref(c->attributes);
	rd_free(c);
}

/* --- ReceiveDigits ------------------------------------------------------- */

static void collect(struct rd_sma_collector *k, char digit, uint64_t now_ms)
{
	if (!k->response)
		return;
	if (k->count == RD_SMA_DIGITS)
		k->count = 0; /* nobody waits for so many */
	k->digits[k->count++] = digit;
	k->digits[k->count] = '\0';
	k->check_ms = now_ms + k->action->between_ms;
	k->flush_ms = now_ms + k->action->flush_ms;
}

static enum rd_err check_digits(struct rd_sma_call *c, enum rd_sma_leg leg,
				uint64_t now_ms)
{
	struct rd_sma_collector *k = &c->legs[leg].collector;
	struct rd_sma_result result = { .digits = k->digits };
	enum rd_err err = RD_OK;

	if (now_ms >= k->check_ms) {
		k->check_ms = RD_NEVER;
		if (rd_sma_pattern_finds(&k->pattern, k->digits)) {
			if (c->event_count < RD_SMA_UPDATES)
				err = rd_sma_tell_action(c, "DIGITS_RECEIVED",
							 k->action, leg,
							 &result);
			k->count = 0;
			k->flush_ms = RD_NEVER;
		}
	}
	if (now_ms >= k->flush_ms) {
		k->count = 0;
		k->flush_ms = RD_NEVER;
	}
	return err;
}

/* --- what is fed --------------------------------------------------------- */

static enum rd_err on_answered(struct rd_sma_call *c, enum rd_sma_leg leg)
{
	struct rd_sma_side *s = &c->legs[leg];

	if (s->state != RD_SMA_CALLING)
		return RD_OK;
	s->state = RD_SMA_UP;
	if (leg == RD_SMA_LEG_B)
		return rd_sma_step_bridged(c);
	return rd_sma_tell(c, "CALL_ANSWERED", leg);
}

static enum rd_err on_ended(struct rd_sma_call *c, enum rd_sma_leg leg,
			    unsigned status)
{
	struct rd_sma_side *s = &c->legs[leg];
	bool was_calling = s->state == RD_SMA_CALLING;

	if (s->state != RD_SMA_CALLING && s->state != RD_SMA_UP)
		return RD_OK;
	rd_sma_disarm(&s->collector);
	s->is_to_hush = false;
	s->is_to_stop = false;
	if (was_calling && leg == RD_SMA_LEG_B) {
		s->state = RD_SMA_NONE;
		return rd_sma_step_not_bridged(c);
	}
	s->state = RD_SMA_GONE;
	rd_sma_step_leg_gone(c, leg);
	return rd_sma_tell_hangup(c, leg, status);
}

static enum rd_err on_digit(struct rd_sma_call *c, enum rd_sma_leg leg,
			    char digit, uint64_t now_ms)
{
	bool is_taken = false;
	enum rd_err err;

	if (!rd_sma_is_up(c, leg))
		return RD_OK;
	err = rd_sma_step_digit(c, leg, digit, now_ms, &is_taken);
	if (!err && !is_taken)
		collect(&c->legs[leg].collector, digit, now_ms);
	return err;
}

enum rd_err rd_sma_call_feed(struct rd_sma_call *c,
			     const struct rd_sma_news *news, uint64_t now_ms)
{
	bool is_step = c->step.action && news->serial == c->step.serial;

	if (c->phase >= RD_SMA_ENDING)
		return RD_OK;
	switch (news->kind) {
	case RD_SMA_RINGING:
		return news->leg == RD_SMA_LEG_A &&
				       c->legs[RD_SMA_LEG_A].state ==
					       RD_SMA_CALLING
			       ? rd_sma_tell(c, "RINGING", news->leg)
			       : RD_OK;
	case RD_SMA_ANSWERED:
		return on_answered(c, news->leg);
	case RD_SMA_ENDED:
		return on_ended(c, news->leg, news->sip_status);
	case RD_SMA_DIGIT:
		return on_digit(c, news->leg, news->digit, now_ms);
	case RD_SMA_DONE:
		return is_step ? rd_sma_step_done(c, news, now_ms) : RD_OK;
	case RD_SMA_FAILED:
		return is_step ? rd_sma_step_failed(c, news->error, news->why)
			       : RD_OK;
	}
	return RD_OK;
}

/* --- what is to be done -------------------------------------------------- */

static enum rd_err run_timers(struct rd_sma_call *c, uint64_t now_ms)
{
	enum rd_err err = RD_OK;

	for (unsigned i = 0; !err && i < RD_SMA_LEGS; i++)
		err = check_digits(c, (enum rd_sma_leg)i, now_ms);
	return err ? err : rd_sma_step_timer(c, now_ms);
}

/* What must be said to a leg before anything new is. */
static bool side_order(struct rd_sma_call *c, struct rd_sma_order *order)
{
	for (unsigned i = 0; i < RD_SMA_LEGS; i++) {
		struct rd_sma_side *s = &c->legs[i];

		order->leg = (enum rd_sma_leg)i;
		order->is_wanted = s->is_stop_wanted;
		order->sip_status = s->end_status;
		if (s->is_to_hush) {
			s->is_to_hush = false;
			order->kind = RD_SMA_HUSH;
			return true;
		}
		if (s->is_to_stop) {
			s->is_to_stop = false;
			order->kind = RD_SMA_RECORD_STOP;
			return true;
		}
		if (s->is_to_end) {
			s->is_to_end = false;
			order->kind = RD_SMA_END_LEG;
			return true;
		}
	}
	return false;
}

static bool is_over(const struct rd_sma_call *c)
{
	if (c->asked.event || !rd_list_is_empty(&c->events))
		return false;
	if (c->phase == RD_SMA_NEW || c->phase == RD_SMA_PLACING)
		return false;
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		if (c->legs[i].state == RD_SMA_CALLING ||
		    c->legs[i].state == RD_SMA_UP)
			return false;
	return true;
}

enum rd_err rd_sma_call_poll(struct rd_sma_call *c, uint64_t now_ms,
			     struct rd_sma_order *order)
{
	enum rd_err err;

	*order = (struct rd_sma_order){ .kind = RD_SMA_OVER };
	if (c->phase == RD_SMA_PAST)
		return RD_E_AGAIN;
	err = run_timers(c, now_ms);
	if (err)
		return err;
	if (side_order(c, order))
		return RD_OK;
	if (c->phase == RD_SMA_PLACING) {
		c->phase = RD_SMA_RUNNING;
		order->kind = RD_SMA_CALL;
		return RD_OK;
	}
	err = rd_sma_go_on(c, now_ms, order);
	if (err == RD_E_AGAIN && !side_order(c, order))
		err = rd_sma_ask(c, now_ms, order);
	else if (err == RD_E_AGAIN)
		return RD_OK;
	if (err != RD_E_AGAIN)
		return err;
	/* A fault of the asking has made something to be said. */
	if (side_order(c, order))
		return RD_OK;
	if (!is_over(c))
		return RD_E_AGAIN;
	c->phase = RD_SMA_PAST;
	order->kind = RD_SMA_OVER;
	return RD_OK;
}

uint64_t rd_sma_call_due_ms(const struct rd_sma_call *c)
{
	uint64_t due_ms = c->step.action ? c->step.due_ms : RD_NEVER;

	for (unsigned i = 0; i < RD_SMA_LEGS; i++) {
		const struct rd_sma_collector *k = &c->legs[i].collector;

		due_ms = rd_min_u64(due_ms,
				    rd_min_u64(k->check_ms, k->flush_ms));
	}
	if (c->asked.event)
		due_ms = rd_min_u64(due_ms, rd_min_u64(c->asked.again_ms,
						       c->asked.give_up_ms));
	return due_ms;
}
