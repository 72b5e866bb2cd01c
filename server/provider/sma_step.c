/* provider/sma_step.c - see sma_call.h: the actions, one after the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "provider/sma_call_priv.h"

enum {
	COMMA_MS = 500,
	GAP_MS = 60,   /* between the digits that are sent */
	RUN_MS = 4000, /* of digits that are sent at once, unless it is one */
};

/* --- lists --------------------------------------------------------------- */

static void clear_step(struct rd_sma_call *c)
{
	c->step.action = NULL;
	c->step.is_due = false;
	c->step.due_ms = RD_NEVER;
	c->step.count = 0;
	c->step.at = 0;
	c->step.run = 0;
	c->step.tries = 0;
	c->step.terminator = '\0';
	c->step.digits[0] = '\0';
}

static void drop_list(struct rd_sma_call *c)
{
	rd_sma_response_unref(c->list);
	c->list = NULL;
	c->at = 0;
}

static void take_next(struct rd_sma_call *c)
{
	if (!c->next)
		return;
	drop_list(c);
	c->list = c->next;
	c->list_leg = c->next_leg;
	c->next = NULL;
}

void rd_sma_drop_lists(struct rd_sma_call *c)
{
	rd_sma_response_unref(c->next);
	c->next = NULL;
	clear_step(c);
	drop_list(c);
}

/* Stops what the step has set going on its leg. */
static void stop_step(struct rd_sma_call *c, bool is_wanted)
{
	struct rd_sma_side *s = &c->legs[c->step.leg];

	if (!c->step.is_due && c->step.order == RD_SMA_PLAY)
		s->is_to_hush = true;
	if (!c->step.is_due && c->step.order == RD_SMA_RECORD) {
		s->is_to_stop = true;
		s->is_stop_wanted = is_wanted;
	}
}

static bool is_interruptible(const struct rd_sma_action *a)
{
	return a->kind == RD_SMA_PLAY_AUDIO || a->kind == RD_SMA_RECORD_AUDIO ||
	       a->kind == RD_SMA_PAUSE;
}

enum rd_err rd_sma_take_list(struct rd_sma_call *c, struct rd_sma_response *r,
			     enum rd_sma_leg leg)
{
	const struct rd_sma_action *a = c->step.action;
	struct rd_sma_result result = { .digits = NULL };
	enum rd_err err = RD_OK;

	rd_sma_response_unref(c->next);
	c->next = rd_sma_response_ref(r);
	c->next_leg = leg;
	if (!a) {
		take_next(c);
		return RD_OK;
	}
	if (!is_interruptible(a))
		return RD_OK;
	stop_step(c, false);
	err = rd_sma_tell_action(c, "ACTION_INTERRUPTED", a, c->step.leg,
				 &result);
	clear_step(c);
	take_next(c);
	return err;
}

/* --- the end of an action ------------------------------------------------ */

/* Of its list, or of what has taken the place of it. */
static bool is_last(const struct rd_sma_call *c)
{
	if (c->next)
		return c->next->count == 0;
	return c->at + 1 >= c->list->count;
}

/* is_told: success is told when nothing is left to do. */
static enum rd_err succeed(struct rd_sma_call *c,
			   const struct rd_sma_result *result, bool is_told)
{
	enum rd_err err = RD_OK;

	if (is_told && is_last(c))
		err = rd_sma_tell_action(c, "ACTION_SUCCESSFUL", c->step.action,
					 c->step.leg, result);
	clear_step(c);
	if (c->next)
		take_next(c);
	else if (++c->at >= c->list->count)
		drop_list(c);
	return err;
}

static enum rd_err done(struct rd_sma_call *c)
{
	struct rd_sma_result result = { .digits = NULL };

	return succeed(c, &result, true);
}

/* A leg that was being added, and is not any more. */
static void drop_new_leg_b(struct rd_sma_call *c)
{
	if (c->legs[RD_SMA_LEG_B].state != RD_SMA_CALLING)
		return;
	rd_sma_end_leg(c, RD_SMA_LEG_B, 0);
	c->legs[RD_SMA_LEG_B].state = RD_SMA_NONE;
}

enum rd_err rd_sma_step_failed(struct rd_sma_call *c, enum rd_sma_error error,
			       const char *why)
{
	struct rd_sma_result result = { .error = error, .why = why };
	enum rd_err err = rd_sma_tell_action(c, "ACTION_FAILED", c->step.action,
					     c->step.leg, &result);

	drop_new_leg_b(c);
	clear_step(c);
	drop_list(c);
	take_next(c);
	return err;
}

void rd_sma_step_leg_gone(struct rd_sma_call *c, enum rd_sma_leg leg)
{
	if (!c->step.action || c->step.leg != leg)
		return;
	drop_new_leg_b(c);
	rd_sma_drop_lists(c);
}

/* --- legs ---------------------------------------------------------------- */

static enum rd_err fail(struct rd_sma_call *c, const char *why)
{
	return rd_sma_step_failed(c, RD_SMA_INVALID_PARAMETER, why);
}

/* Whom the action is for: CallId wins over the tag. */
static bool find_leg(const struct rd_sma_call *c, const struct rd_sma_action *a,
		     enum rd_sma_leg *leg)
{
	*leg = c->list_leg;
	if (!rd_sma_is_up(c, *leg))
		*leg = rd_sma_other(*leg);
	if (a->tag)
		*leg = !strcasecmp(a->tag, "LEG-A") ? RD_SMA_LEG_A
						    : RD_SMA_LEG_B;
	if (!a->call_id)
		return true;
	for (unsigned i = 0; i < RD_SMA_LEGS; i++) {
		*leg = (enum rd_sma_leg)i;
		if (c->legs[i].state != RD_SMA_NONE &&
		    !strcmp(c->legs[i].call_id, a->call_id))
			return true;
	}
	return false;
}

static void new_leg_b(struct rd_sma_call *c, uint64_t now_ms, const char *from,
		      const char *to)
{
	struct rd_sma_side *b = &c->legs[RD_SMA_LEG_B];

	rd_sma_disarm(&b->collector);
	rd_text_uuid(b->call_id);
	snprintf(b->from, sizeof(b->from), "%s", from);
	snprintf(b->to, sizeof(b->to), "%s", to);
	b->start_wall_ms = now_ms + c->cfg.wall_offset_ms;
	b->state = RD_SMA_CALLING;
	b->is_seat = false;
}

static bool may_be_caller_id(const struct rd_sma_call *c, const char *number)
{
	for (unsigned i = 0; i < c->cfg.phone_number_count; i++)
		if (!strcmp(c->cfg.phone_numbers[i], number))
			return true;
	return !strcmp(c->legs[RD_SMA_LEG_A].from, number);
}

/* --- the beginning of each action ---------------------------------------- */

static void order(struct rd_sma_call *c, enum rd_sma_order_kind kind)
{
	c->step.order = kind;
	c->step.is_due = true;
}

static void play(struct rd_sma_call *c, const struct rd_sma_prompt *prompt)
{
	c->step.prompt = prompt;
	order(c, RD_SMA_PLAY);
	c->step.serial = ++c->serial;
}

static enum rd_err start_leg_b(struct rd_sma_call *c, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;
	bool is_bridge = a->kind == RD_SMA_CALL_AND_BRIDGE;

	if (c->step.leg != RD_SMA_LEG_A)
		return fail(c, "only LEG-A can be joined with another leg");
	if (c->legs[RD_SMA_LEG_B].state == RD_SMA_UP)
		return fail(c, "the call has two legs already");
	if (is_bridge && !may_be_caller_id(c, a->caller_id))
		return fail(c, "CallerIdNumber is neither a number of the "
			       "account nor the From of LEG-A");
	new_leg_b(c, now_ms, is_bridge ? a->caller_id : "SMA",
		  is_bridge ? a->uri : "+17035550122");
	c->legs[RD_SMA_LEG_B].is_seat = !is_bridge;
	if (is_bridge)
		c->step.due_ms = now_ms + a->timeout_ms;
	order(c, is_bridge ? RD_SMA_BRIDGE : RD_SMA_JOIN);
	return RD_OK;
}

static enum rd_err arm_digits(struct rd_sma_call *c)
{
	struct rd_sma_collector *k = &c->legs[c->step.leg].collector;

	rd_sma_disarm(k);
	/* It was read before, when the action was checked. */
	if (rd_sma_pattern_read(&k->pattern,
				rd_span_text(c->step.action->pattern)))
		return fail(c, "InputDigitsRegex is not valid");
	k->response = rd_sma_response_ref(c->list);
	k->action = c->step.action;
	return done(c);
}

/* The next digits that can be sent at once, or the next comma. */
static enum rd_err send_more(struct rd_sma_call *c, uint64_t now_ms)
{
	const char *rest = c->step.action->digits + c->step.at;
	size_t most =
		rd_min_size(RD_SMA_DIGIT_RUN,
			    1 + RUN_MS / (c->step.action->tone_ms + GAP_MS));
	size_t n = rd_min_size(strcspn(rest, ","), most);

	c->step.due_ms = RD_NEVER;
	if (!*rest)
		return done(c);
	if (n == 0) {
		c->step.at++;
		c->step.due_ms = now_ms + COMMA_MS;
		return RD_OK;
	}
	rd_text_copy(c->step.digits, sizeof(c->step.digits), rd_span(rest, n));
	c->step.run = (unsigned)n;
	c->step.at += (unsigned)n;
	c->step.serial = ++c->serial;
	order(c, RD_SMA_SEND);
	return RD_OK;
}

static enum rd_err hang_up(struct rd_sma_call *c)
{
	struct rd_sma_result result = { .digits = NULL };
	enum rd_sma_leg leg = c->step.leg;
	bool is_seat = c->legs[leg].is_seat;
	unsigned status = c->step.action->sip_status;
	enum rd_err err;

	rd_sma_end_leg(c, leg, status);
	err = is_seat ? RD_OK : rd_sma_tell_hangup(c, leg, status);
	if (err)
		return err;
	return succeed(c, &result, is_seat);
}

static enum rd_err start(struct rd_sma_call *c, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;

	switch (a->kind) {
	case RD_SMA_CALL_AND_BRIDGE:
	case RD_SMA_JOIN_MEETING:
		return start_leg_b(c, now_ms);
	case RD_SMA_MODIFY_ATTENDEES:
		order(c, RD_SMA_MODIFY);
		return RD_OK;
	case RD_SMA_SEND_DIGITS:
		return send_more(c, now_ms);
	case RD_SMA_RECEIVE_DIGITS:
		return arm_digits(c);
	case RD_SMA_PLAY_AUDIO:
	case RD_SMA_SPEAK:
	case RD_SMA_PLAY_AND_GET:
	case RD_SMA_SPEAK_AND_GET:
		c->step.getting = RD_SMA_PROMPTING;
		play(c, &a->prompt);
		return RD_OK;
	case RD_SMA_PAUSE:
		c->step.due_ms = now_ms + a->duration_ms;
		return RD_OK;
	case RD_SMA_HANGUP:
		return hang_up(c);
	case RD_SMA_RECORD_AUDIO:
		order(c, RD_SMA_RECORD);
		return RD_OK;
	case RD_SMA_UNAVAILABLE:
		break;
	}
	return rd_sma_step_failed(c, RD_SMA_SYSTEM, "not available");
}

static enum rd_err begin(struct rd_sma_call *c, uint64_t now_ms)
{
	const struct rd_sma_action *a = &c->list->actions[c->at];
	bool is_known = find_leg(c, a, &c->step.leg);

	c->step.action = a;
	c->step.order = RD_SMA_OVER; /* none yet */
	c->step.serial = ++c->serial;
	if (a->error)
		return rd_sma_step_failed(c, a->error, a->why);
	if (!is_known)
		return fail(c, "CallId is not of this call");
	/* ModifyChimeMeetingAttendees is for the meeting, not for a leg. */
	if (!rd_sma_is_up(c, c->step.leg) && a->kind != RD_SMA_MODIFY_ATTENDEES)
		return fail(c, "the leg is not connected");
	return start(c, now_ms);
}

static bool is_anybody_up(const struct rd_sma_call *c)
{
	return rd_sma_is_up(c, RD_SMA_LEG_A) || rd_sma_is_up(c, RD_SMA_LEG_B);
}

enum rd_err rd_sma_go_on(struct rd_sma_call *c, uint64_t now_ms,
			 struct rd_sma_order *out)
{
	enum rd_err err = RD_OK;

	while (!err && !c->step.action && c->list && !rd_sma_owes_side(c)) {
		if (c->list->count == 0 || !is_anybody_up(c))
			rd_sma_drop_lists(c);
		else
			err = begin(c, now_ms);
	}
	if (err)
		return err;
	if (!c->step.action || !c->step.is_due)
		return RD_E_AGAIN;
	c->step.is_due = false;
	*out = (struct rd_sma_order){
		.kind = c->step.order,
		.leg = c->step.leg,
		.serial = c->step.serial,
		.action = c->step.action,
		.prompt = c->step.prompt,
		.digits = c->step.digits,
	};
	return RD_OK;
}

/* --- *GetDigits ---------------------------------------------------------- */

static bool is_getting(const struct rd_sma_action *a)
{
	return a->kind == RD_SMA_PLAY_AND_GET ||
	       a->kind == RD_SMA_SPEAK_AND_GET;
}

static bool are_fine(const struct rd_sma_call *c)
{
	const struct rd_sma_action *a = c->step.action;
	struct rd_sma_pattern p;

	if (c->step.count < a->least_digits)
		return false;
	if (!a->pattern)
		return true;
	return rd_sma_pattern_read(&p, rd_span_text(a->pattern)) == RD_OK &&
	       rd_sma_pattern_finds(&p, c->step.digits);
}

/* Once more from the prompt, unless that was the last time. */
static enum rd_err try_again(struct rd_sma_call *c)
{
	c->step.count = 0;
	c->step.digits[0] = '\0';
	c->step.due_ms = RD_NEVER;
	if (++c->step.tries >= c->step.action->repeat)
		return rd_sma_step_failed(c, RD_SMA_INVALID_DIGITS,
					  "no valid digits were received");
	c->step.getting = RD_SMA_PROMPTING;
	play(c, &c->step.action->prompt);
	return RD_OK;
}

static enum rd_err judge_digits(struct rd_sma_call *c)
{
	struct rd_sma_result result = { .digits = c->step.digits };

	c->step.due_ms = RD_NEVER;
	if (are_fine(c))
		return succeed(c, &result, true);
	if (c->step.count == 0)
		return try_again(c);
	c->step.getting = RD_SMA_REGRETTING;
	play(c, &c->step.action->failure);
	return RD_OK;
}

static enum rd_err get_digit(struct rd_sma_call *c, char digit, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;

	if (c->step.getting == RD_SMA_REGRETTING)
		return RD_OK; /* typed while being told that it was wrong */
	if (c->step.getting == RD_SMA_PROMPTING) {
		stop_step(c, false);
		c->step.is_due = false;
		c->step.serial = ++c->serial; /* the end of it means nothing */
		c->step.getting = RD_SMA_WAITING;
	}
	if (strchr(a->terminators, digit))
		return judge_digits(c);
	c->step.digits[c->step.count++] = digit;
	c->step.digits[c->step.count] = '\0';
	if (c->step.count >= a->most_digits)
		return judge_digits(c);
	c->step.due_ms = now_ms + a->between_ms;
	return RD_OK;
}

enum rd_err rd_sma_step_digit(struct rd_sma_call *c, enum rd_sma_leg leg,
			      char digit, uint64_t now_ms, bool *is_taken)
{
	const struct rd_sma_action *a = c->step.action;

	if (!a || c->step.leg != leg)
		return RD_OK;
	*is_taken = true;
	if (is_getting(a))
		return get_digit(c, digit, now_ms);
	if (strchr(a->terminators, digit)) {
		if (a->kind == RD_SMA_PLAY_AUDIO) {
			stop_step(c, false);
			return done(c);
		}
		if (a->kind == RD_SMA_RECORD_AUDIO && !c->step.is_due) {
			c->step.terminator = digit;
			stop_step(c, true);
			return RD_OK;
		}
	}
	*is_taken = false;
	return RD_OK;
}

/* --- what happens to the step -------------------------------------------- */

static enum rd_err played(struct rd_sma_call *c, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;

	if (!is_getting(a)) {
		if (++c->step.tries >= a->repeat)
			return done(c);
		play(c, &a->prompt);
		return RD_OK;
	}
	if (c->step.getting == RD_SMA_REGRETTING)
		return try_again(c);
	c->step.getting = RD_SMA_WAITING;
	c->step.due_ms = now_ms + a->repeat_ms;
	return RD_OK;
}

enum rd_err rd_sma_step_done(struct rd_sma_call *c,
			     const struct rd_sma_news *news, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;
	struct rd_sma_result result = { .key = news->key,
					.terminator = c->step.terminator };

	if (c->step.is_due)
		return RD_OK; /* of something that was not ordered */
	switch (c->step.order) {
	case RD_SMA_PLAY:
		return played(c, now_ms);
	case RD_SMA_SEND:
		c->step.due_ms = now_ms + c->step.run * (a->tone_ms + GAP_MS);
		return RD_OK;
	case RD_SMA_JOIN:
		c->legs[RD_SMA_LEG_B].state = RD_SMA_UP;
		return done(c);
	case RD_SMA_MODIFY:
	case RD_SMA_RECORD:
		return succeed(c, &result, true);
	default:
		return RD_OK;
	}
}

enum rd_err rd_sma_step_timer(struct rd_sma_call *c, uint64_t now_ms)
{
	const struct rd_sma_action *a = c->step.action;

	if (!a || now_ms < c->step.due_ms)
		return RD_OK;
	c->step.due_ms = RD_NEVER;
	switch (a->kind) {
	case RD_SMA_PAUSE:
		return done(c);
	case RD_SMA_SEND_DIGITS:
		return send_more(c, now_ms);
	case RD_SMA_CALL_AND_BRIDGE:
		return rd_sma_step_failed(c, RD_SMA_NOT_ANSWERED,
					  "Call not answered");
	default:
		return judge_digits(c);
	}
}

static bool is_bridging(const struct rd_sma_call *c)
{
	return c->step.action && c->step.action->kind == RD_SMA_CALL_AND_BRIDGE;
}

enum rd_err rd_sma_step_bridged(struct rd_sma_call *c)
{
	return is_bridging(c) ? done(c) : RD_OK;
}

enum rd_err rd_sma_step_not_bridged(struct rd_sma_call *c)
{
	return is_bridging(c) ? rd_sma_step_failed(c, RD_SMA_NOT_ANSWERED,
						   "Call not answered")
			      : RD_OK;
}
