/* provider/chime_call.c - a call of the provider chime, from its start to its
 * end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reason.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/chime_priv.h"

enum {
	/* A look is one invocation of the handler, of which a call may have
	 * 1,000: ever more seldom, some 850 in a day. */
	LOOK_LEAST_MS = 5000,
	LOOK_MOST_MS = 120000,
	LOOK_SHARE = 40, /* of the age of the call */
	AT_ONCE = 50,    /* digits of one SendDigits */
	DIGIT_MS = 400,  /* a tone of 250 ms and the silence after it */
};

/* Between the tries of deleting, each of which tries again by itself. */
static const unsigned pauses_ms[] = { 2000, 10000, 30000, 60000 };

static void pump_update(struct rd_chime_call *c);
static void pump_digits(struct rd_chime_call *c, uint64_t now_ms);

static struct rd_timers *timers(const struct rd_chime_call *c)
{
	return rd_loop_timers(c->chime->cfg.loop);
}

static uint64_t now_of(const struct rd_chime_call *c)
{
	return rd_loop_now_ms(c->chime->cfg.loop);
}

static void arm(struct rd_chime_call *c)
{
	uint64_t due_ms =
		rd_min_u64(c->look_ms, rd_presence_due_ms(&c->presence));

	if (c->digits[0] && !c->update)
		due_ms = rd_min_u64(due_ms, c->tones_until_ms);
	rd_timer_arm(timers(c), &c->timer, due_ms);
}

/* --- what is known ------------------------------------------------------- */

/* The far side's answer waits for the caller: the table of states wants him
 * first. */
static void tell_answered(struct rd_chime_call *c)
{
	bool is_answered = c->is_answered || c->to->is_answered_at_once;

	if (!c->is_up || !is_answered || c->told_answered)
		return;
	c->told_answered = true;
	rd_chime_tell(c, RD_CALL_FAR_ANSWERED);
}

/* False: c is gone. */
static bool pump_presence(struct rd_chime_call *c, uint64_t now_ms)
{
	enum rd_presence_news news;

	while ((news = rd_presence_poll(&c->presence, now_ms)) !=
	       RD_PRESENCE_NOTHING) {
		if (news == RD_PRESENCE_AWAY) {
			rd_chime_end_call(c, RD_REASON_NETWORK_LOST,
					  RD_BY_SYSTEM);
			return false;
		}
		if (news == RD_PRESENCE_FIRST) {
			c->is_up = true;
			rd_chime_tell(c, RD_CALL_CALLER_UP);
		} else {
			rd_chime_tell(c, news == RD_PRESENCE_LOST
						 ? RD_CALL_CALLER_LOST
						 : RD_CALL_CALLER_BACK);
		}
	}
	tell_answered(c);
	return true;
}

void rd_chime_seen(struct rd_chime_call *c, bool follows, uint64_t now_ms)
{
	rd_presence_feed(&c->presence, follows, now_ms);
	if (pump_presence(c, now_ms))
		arm(c);
}

void rd_chime_park(struct rd_chime_call *c, uint64_t now_ms)
{
	rd_presence_leave(&c->presence, now_ms);
	if (pump_presence(c, now_ms))
		arm(c);
}

static void look_later(struct rd_chime_call *c)
{
	uint64_t now_ms = now_of(c);
	uint64_t wait_ms = (now_ms - c->live_since_ms) / LOOK_SHARE;

	if (wait_ms < LOOK_LEAST_MS)
		wait_ms = LOOK_LEAST_MS;
	if (wait_ms > LOOK_MOST_MS)
		wait_ms = LOOK_MOST_MS;
	wait_ms += rd_random_below((uint32_t)wait_ms / 4);
	c->look_ms = c->has_reports ? RD_NEVER : now_ms + wait_ms;
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_chime_call *c = rd_container(t, struct rd_chime_call, timer);

	if (!pump_presence(c, now_ms))
		return;
	if (now_ms >= c->look_ms) {
		look_later(c);
		pump_update(c);
	}
	pump_digits(c, now_ms);
	arm(c);
}

void rd_chime_follow(struct rd_chime_call *c, uint64_t now_ms)
{
	c->live_since_ms = now_ms;
	c->timer.fn = on_timer;
	look_later(c);
	arm(c);
}

/* --- digits, and whether there is a call at all -------------------------- */

static void drop_sent(struct rd_chime_call *c)
{
	size_t left = strlen(c->digits) - c->sending;

	memmove(c->digits, c->digits + c->sending, left);
	rd_wipe(c->digits + left, sizeof(c->digits) - left);
	c->sending = 0;
}

static void on_update(void *arg, const struct rd_aws_result *r)
{
	struct rd_chime_call *c = arg;

	c->update = 0;
	if (r->err && rd_aws_judge(r).is_gone) {
		/* Over; nobody says who ended it. */
		rd_chime_end_call(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
		return;
	}
	if (r->err)
		rd_provider_log_refusal(c->call_id,
					"UpdateSipMediaApplicationCall", r);
	if (r->err && c->sending)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"digits not sent\" count=%zu",
		       c->call_id, c->sending);
	if (c->sending)
		c->tones_until_ms = now_of(c) + c->sending * DIGIT_MS;
	/* Not again: they might be keyed twice. */
	drop_sent(c);
	arm(c);
}

/* Sends the digits that wait, or asks for nothing but an answer. */
static void pump_update(struct rd_chime_call *c)
{
	char digits[AT_ONCE + 1];
	struct rd_aws_pair arguments[] = { { "action", "look" },
					   { "digits", digits } };
	struct rd_aws_ask ask;
	enum rd_err err;

	if (c->update)
		return;
	/* A look must not take digits along before their time. */
	if (now_of(c) >= c->tones_until_ms)
		c->sending = strnlen(c->digits, AT_ONCE);
	rd_text_copy(digits, sizeof(digits), rd_span(c->digits, c->sending));
	if (c->sending)
		arguments[0].value = "digits";
	err = rd_aws_update_call(&ask, c->to->application_id, c->transaction,
				 arguments, c->sending ? 2 : 1);
	if (!err)
		err = rd_aws_client_call(c->chime->cfg.aws, &ask.call,
					 on_update, c, &c->update);
	rd_aws_ask_fini(&ask);
	rd_wipe(digits, sizeof(digits));
	if (err) {
		c->update = 0;
		drop_sent(c);
	}
}

/* A new SendDigits takes the place of one that waits for the tones of another
 * to end; so the next is asked for when those are over. */
static void pump_digits(struct rd_chime_call *c, uint64_t now_ms)
{
	if (c->digits[0] && now_ms >= c->tones_until_ms)
		pump_update(c);
}

enum rd_err rd_chime_digits(struct rd_chime_call *c, const char *digits)
{
	size_t have = strlen(c->digits), more = strlen(digits);

	if (c->phase != RD_CHIME_LIVE || !c->told_answered)
		return RD_E_STATE;
	if (have + more > RD_CHIME_DIGITS)
		return RD_E_FULL;
	memcpy(c->digits + have, digits, more + 1);
	pump_digits(c, now_of(c));
	arm(c);
	return RD_OK;
}

/* --- ending -------------------------------------------------------------- */

static void send_delete(struct rd_chime_call *c);

static void on_pause(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	send_delete(rd_container(t, struct rd_chime_call, timer));
}

static void try_again(struct rd_chime_call *c)
{
	if (c->tries == RD_COUNT(pauses_ms)) {
		rd_provider_log_left_open(c->call_id, c->meeting_id);
		rd_chime_free(c);
		return;
	}
	c->timer.fn = on_pause;
	rd_timer_arm(timers(c), &c->timer, now_of(c) + pauses_ms[c->tries++]);
}

static void tell_end(struct rd_chime_call *c)
{
	struct rd_provider_event gone = { .reason = c->reason, .by = c->by };

	rd_chime_tell_gone(c, &gone);
}

static void on_deleted(void *arg, const struct rd_aws_result *r)
{
	struct rd_chime_call *c = arg;
	bool is_done = !r->err || rd_aws_judge(r).is_gone;

	c->request = 0;
	tell_end(c);
	if (!is_done)
		rd_provider_log_refusal(c->call_id, "DeleteMeeting", r);
	if (!is_done)
		try_again(c);
	else if (!c->update)
		rd_chime_free(c);
}

static void send_delete(struct rd_chime_call *c)
{
	struct rd_aws_ask ask;
	enum rd_err err = rd_aws_delete_meeting(&ask, c->meeting_id);

	if (!err)
		err = rd_aws_client_call(c->chime->cfg.aws, &ask.call,
					 on_deleted, c, &c->request);
	rd_aws_ask_fini(&ask);
	if (err) {
		c->request = 0;
		tell_end(c);
		try_again(c);
	}
}

/* Without the meeting its leg ends too, and the handler hangs up the other:
 * that this failed costs nothing more. */
static void on_hung_up(void *arg, const struct rd_aws_result *r)
{
	struct rd_chime_call *c = arg;

	c->update = 0;
	if (r->err && !rd_aws_judge(r).is_gone)
		rd_provider_log_refusal(c->call_id,
					"UpdateSipMediaApplicationCall", r);
	if (!c->request && !c->timer.is_armed)
		rd_chime_free(c);
}

static void send_hang_up(struct rd_chime_call *c)
{
	struct rd_aws_pair argument = { "action", "hangup" };
	struct rd_aws_ask ask;
	enum rd_err err = rd_aws_update_call(&ask, c->to->application_id,
					     c->transaction, &argument, 1);

	if (!err)
		err = rd_aws_client_call(c->chime->cfg.aws, &ask.call,
					 on_hung_up, c, &c->update);
	if (err)
		c->update = 0;
	rd_aws_ask_fini(&ask);
}

void rd_chime_end_call(struct rd_chime_call *c, enum rd_reason reason,
		       enum rd_ended_by by)
{
	rd_aws_client_cancel(c->chime->cfg.aws, c->update);
	rd_aws_client_cancel(c->chime->cfg.aws, c->request);
	c->update = c->request = 0;
	rd_timer_disarm(timers(c), &c->timer);
	c->phase = RD_CHIME_ENDING;
	c->reason = reason;
	c->by = by;
	if (c->transaction[0])
		send_hang_up(c);
	send_delete(c);
}

static void on_later(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	rd_chime_end_call(rd_container(t, struct rd_chime_call, timer),
			  RD_REASON_SERVER_LOST, RD_BY_SYSTEM);
}

void rd_chime_end_later(struct rd_chime_call *c, uint64_t due_ms)
{
	c->phase = RD_CHIME_ENDING;
	c->timer.fn = on_later;
	rd_timer_arm(timers(c), &c->timer, due_ms);
}

/* --- what the handler was invoked with ----------------------------------- */

static struct rd_chime_call *find_call(struct rd_chime *k,
				       const char *transaction)
{
	struct rd_list *link;

	rd_list_each (link, &k->calls) {
		struct rd_chime_call *c =
			rd_container(link, struct rd_chime_call, in_chime);

		if (c->phase == RD_CHIME_LIVE &&
		    !strcmp(c->transaction, transaction))
			return c;
	}
	return NULL;
}

static void on_bridge_failed(struct rd_chime_call *c,
			     const struct rd_json *data)
{
	const char *type = rd_json_member(data, "ErrorType");
	bool is_unanswered = type && !strcmp(type, "CallNotAnswered");

	rd_chime_end_call(c,
			  is_unanswered ? RD_REASON_NO_ANSWER
					: RD_REASON_PROVIDER_DOWN,
			  RD_BY_SYSTEM);
}

static void on_hangup(struct rd_chime_call *c, const struct rd_json *data)
{
	const char *tag =
		rd_json_string(rd_json_path(data, "Parameters.ParticipantTag"));
	bool is_phone = tag && rd_text_equal_nocase(rd_span_text(tag), "LEG-B");
	int64_t code = 0;

	if (!rd_json_whole(rd_json_path(data, "Parameters.SipResponseCode"),
			   &code))
		code = 0;
	if (!is_phone)
		rd_chime_end_call(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
	else if (c->is_answered)
		rd_chime_end_call(c, RD_REASON_ENDED_BY_ADVISOR, RD_BY_ADVISOR);
	else
		rd_chime_end_call(c,
				  code == 486 ? RD_REASON_BUSY
					      : RD_REASON_NO_ANSWER,
				  RD_BY_SYSTEM);
}

void rd_chime_report(struct rd_chime *k, const struct rd_json *event)
{
	const char *type = rd_json_member(event, "InvocationEventType");
	const struct rd_json *data = rd_json_get(event, "ActionData");
	const char *action = rd_json_member(data, "Type");
	const char *transaction = rd_json_string(
		rd_json_path(event, "CallDetails.TransactionId"));
	bool is_bridge = action && !strcmp(action, "CallAndBridge");
	struct rd_chime_call *c =
		type && transaction ? find_call(k, transaction) : NULL;

	if (!c)
		return;
	c->has_reports = true;
	if (is_bridge && !strcmp(type, "ACTION_SUCCESSFUL")) {
		c->is_answered = true;
		tell_answered(c);
	} else if (is_bridge && !strcmp(type, "ACTION_FAILED")) {
		on_bridge_failed(c, data);
	} else if (!strcmp(type, "HANGUP")) {
		on_hangup(c, data);
	} else if (!strcmp(type, "INVALID_LAMBDA_RESPONSE")) {
		rd_chime_end_call(c, RD_REASON_INTERNAL, RD_BY_SYSTEM);
	}
}
