/* provider/sma_handler.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An answer without the member Actions lets the running actions go on, so that
 * is what every event gets that is late, repeated or of no interest; an empty
 * list would drop what is still to come.
 */
#include "provider/sma_handler.h"

#include "base/text.h"
#include "provider/sma_handler_priv.h"

enum {
	MOST_PARTICIPANTS = 16, /* looked at; a call of ours has two */
	MOST_ID = 64,
	MOST_DIGITS = 50,
	STANDARD_TONE_MS = 250,
	LEAST_TONE_MS = 50,
	MOST_TONE_MS = 24000,
};

enum leg_name {
	MEETING, /* LEG-A */
	PHONE,   /* LEG-B */
	LEGS,
	NEITHER = LEGS
};
static const char *const tags[LEGS] = { "LEG-A", "LEG-B" };

struct leg {
	const char *call_id; /* lent; NULL: none that we would repeat */
	bool is_there;
	bool is_up; /* also while it is ringing */
};

enum state {
	UNKNOWN, /* no attributes of ours */
	NEW,
	BRIDGING,
	BRIDGED,
	ENDING,
	ENDED,
	REFUSED,
	STATES
};
static const char *const states[STATES] = {
	[UNKNOWN] = "",        [NEW] = "new",       [BRIDGING] = "bridging",
	[BRIDGED] = "bridged", [ENDING] = "ending", [ENDED] = "ended",
	[REFUSED] = "refused",
};

struct deciding {
	const struct rd_sma_policy *policy; /* lent to us */
	const struct rd_json *event;
	const struct rd_json *data; /* ActionData */
	const struct rd_json *details;
	const char *account;

	struct rd_sma_args args; /* of TransactionAttributes, or of the start */
	struct leg legs[LEGS];
	enum state state;
	const char *reason; /* NULL: none */

	bool has_actions; /* the answer: else the running ones go on */
	bool must_bridge;
	bool must_hang_up[LEGS];
	const char *digits; /* to the telephone; NULL: none */
	bool has_changed;   /* state, reason or arguments */
};

/* --- reading the event -------------------------------------------------- */

static bool is_word(const char *text, size_t most)
{
	size_t len = text ? strnlen(text, most + 1) : 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= most;
}

/* Of "LEG-A", also written "Leg-A". */
static enum leg_name find_tag(const char *tag)
{
	for (unsigned i = 0; tag && i < LEGS; i++)
		if (rd_text_equal_nocase(rd_span_text(tag), tags[i]))
			return (enum leg_name)i;
	return NEITHER;
}

static bool has_ended(const struct rd_json *participant)
{
	const char *status = rd_json_member(participant, "Status");

	return status &&
	       rd_text_equal_nocase(rd_span_text(status), "Disconnected");
}

/* A leg that is up counts more than a former one of the same name. */
static void read_participants(struct deciding *d)
{
	const struct rd_json *all = rd_json_get(d->details, "Participants");
	size_t count = rd_min_size(rd_json_count(all), MOST_PARTICIPANTS);

	for (size_t i = 0; i < count; i++) {
		const struct rd_json *one = rd_json_at(all, i);
		enum leg_name name =
			find_tag(rd_json_member(one, "ParticipantTag"));
		const char *call_id = rd_json_member(one, "CallId");
		struct leg *leg = &d->legs[name < LEGS ? name : MEETING];

		if (name == NEITHER || leg->is_up)
			continue;
		leg->is_there = true;
		leg->is_up = !has_ended(one);
		leg->call_id = is_word(call_id, MOST_ID) ? call_id : NULL;
	}
}

/* The leg that the event's action was about; the CallId counts more. */
static enum leg_name leg_of_action(const struct deciding *d)
{
	const struct rd_json *of = rd_json_get(d->data, "Parameters");
	const char *call_id = rd_json_member(of, "CallId");

	for (unsigned i = 0; call_id && i < LEGS; i++)
		if (d->legs[i].call_id && !strcmp(call_id, d->legs[i].call_id))
			return (enum leg_name)i;
	return find_tag(rd_json_member(of, "ParticipantTag"));
}

static bool is_action(const struct deciding *d, const char *type)
{
	const char *is = rd_json_member(d->data, "Type");

	return is && !strcmp(is, type);
}

static void read_attributes(struct deciding *d)
{
	const struct rd_json *all =
		rd_json_get(d->details, "TransactionAttributes");
	const char *state = rd_json_member(all, "State");
	const char *reason = rd_json_member(all, "Reason");

	rd_sma_args_init(&d->args, all);
	for (unsigned i = NEW; state && i < STATES; i++)
		if (!strcmp(state, states[i]))
			d->state = (enum state)i;
	d->reason = is_word(reason, MOST_ID) ? reason : NULL;
}

/* --- what is done ------------------------------------------------------- */

static void become(struct deciding *d, enum state state, const char *reason)
{
	d->state = state;
	if (reason)
		d->reason = reason;
	d->has_changed = true;
}

static void hang_up(struct deciding *d)
{
	d->has_actions = true;
	for (unsigned i = 0; i < LEGS; i++)
		d->must_hang_up[i] = d->legs[i].is_up;
}

/* When there is nobody left, the attributes are of no use to anybody. */
static void end_call(struct deciding *d, enum state state, const char *reason)
{
	hang_up(d);
	if (d->must_hang_up[MEETING] || d->must_hang_up[PHONE])
		become(d, d->state == ENDED ? ENDED : state, reason);
}

/* Somebody called one of our numbers; nobody waits for that here.  An empty
 * list would be an error. */
static enum rd_err on_inbound(struct deciding *d)
{
	d->legs[MEETING].is_up = true;
	hang_up(d);
	return RD_OK;
}

/* Actions are not carried out yet, but attributes are kept.  Sent again after
 * the attributes were kept, it finds them. */
static enum rd_err on_outbound(struct deciding *d)
{
	enum rd_err err;

	d->has_actions = true;
	if (d->state != UNKNOWN)
		return RD_OK;
	rd_sma_args_fini(&d->args);
	rd_sma_args_init(&d->args,
			 rd_json_path(d->data, "Parameters.Arguments"));
	err = rd_sma_args_judge(&d->args, d->policy, d->account);
	if (!err)
		become(d, d->args.bad ? REFUSED : NEW, d->args.bad);
	return err;
}

/* The one place where a telephone is called. */
static enum rd_err on_answered(struct deciding *d)
{
	enum rd_err err;

	if (!d->legs[MEETING].is_up || d->legs[PHONE].is_there)
		return RD_OK;
	if (d->state == BRIDGING || d->state == BRIDGED)
		return RD_OK;
	if (d->state != NEW) { /* not ours, refused, or the end was asked for */
		hang_up(d);
		return RD_OK;
	}
	err = rd_sma_args_judge(&d->args, d->policy, d->account);
	if (err)
		return err;
	if (d->args.bad) {
		end_call(d, REFUSED, d->args.bad);
		return RD_OK;
	}
	d->has_actions = d->must_bridge = true;
	become(d, BRIDGING, NULL);
	return RD_OK;
}

/* No leg stays alone: neither may have gone meanwhile, and nobody may have
 * asked for the end while the telephone rang. */
static void on_bridged(struct deciding *d)
{
	bool is_alone = d->legs[PHONE].is_there &&
			d->legs[PHONE].is_up != d->legs[MEETING].is_up;

	if (is_alone || d->state == ENDING || d->state == ENDED)
		end_call(d, ENDING, "hangup");
	else if (d->state == BRIDGING)
		become(d, BRIDGED, NULL);
}

static enum rd_err on_success(struct deciding *d)
{
	enum leg_name gone = leg_of_action(d);

	if (is_action(d, "CallAndBridge"))
		on_bridged(d);
	/* A meeting leg that we hang up ends without an event HANGUP. */
	if (is_action(d, "Hangup") && gone != NEITHER && d->state != ENDED) {
		d->legs[gone].is_up = false;
		end_call(d, ENDED, "hangup");
	}
	return RD_OK;
}

/* A telephone that was not reached is not tried again: the answer to the
 * first try may only have been lost. */
static enum rd_err on_failure(struct deciding *d)
{
	const char *type = rd_json_member(d->data, "ErrorType");

	if (!is_word(type, MOST_ID))
		type = "failed";
	if (is_action(d, "CallAndBridge"))
		end_call(d, ENDING, type);
	else if (is_action(d, "Hangup") && d->state == ENDING)
		end_call(d, ENDED, type);
	return RD_OK;
}

static enum rd_err on_update(struct deciding *d)
{
	const struct rd_json *arguments =
		rd_json_path(d->data, "Parameters.Arguments");
	const char *action = rd_json_member(arguments, "action");
	const char *digits = rd_json_member(arguments, "digits");

	if (action && !strcmp(action, "hangup"))
		end_call(d, ENDING, "hangup");
	if (!action || strcmp(action, "digits") != 0 ||
	    !is_word(digits, MOST_DIGITS) ||
	    digits[strspn(digits, "0123456789*#ABCD,")])
		return RD_OK;
	/* SendDigits knows no other way to name the leg than its id. */
	if (!d->legs[PHONE].is_up || !d->legs[PHONE].call_id)
		return RD_OK;
	d->digits = digits;
	d->has_actions = true;
	return RD_OK;
}

/* A hang-up that names nobody still means that one of two has gone. */
static enum rd_err on_hangup(struct deciding *d)
{
	enum leg_name gone = leg_of_action(d);

	if (gone != NEITHER)
		d->legs[gone].is_up = false;
	end_call(d, ENDING, "hangup");
	return RD_OK;
}

/* Nothing to do, and what runs goes on. */
static enum rd_err on_news(struct deciding *d)
{
	(void)d;
	return RD_OK;
}

static const struct {
	const char *type;
	enum rd_err (*answer)(struct deciding *d);
} events[] = {
	/* event                     is answered with */
	{ "NEW_OUTBOUND_CALL", on_outbound }, /* the attributes */
	{ "RINGING", on_news },               /* nothing */
	{ "CALL_ANSWERED", on_answered },     /* CallAndBridge; Hangup */
	{ "ACTION_SUCCESSFUL", on_success },  /* attributes; Hangup */
	{ "ACTION_FAILED", on_failure },      /* Hangup */
	{ "ACTION_INTERRUPTED", on_news },    /* nothing */
	{ "DIGITS_RECEIVED", on_news },       /* nothing: none were asked for */
	{ "CALL_UPDATE_REQUESTED", on_update }, /* SendDigits; Hangup twice */
	{ "HANGUP", on_hangup },                /* Hangup of the other leg */
	{ "NEW_INBOUND_CALL", on_inbound },     /* Hangup with 480 */
	{ "NEW_INCOMING_CALL", on_inbound },    /* its other name */
	{ "INVALID_LAMBDA_RESPONSE", on_news }, /* nothing: it is over */
};

/* --- writing the response ----------------------------------------------- */

static void write_hangup(const struct deciding *d, struct rd_json_out *j,
			 enum leg_name name)
{
	const struct leg *leg = &d->legs[name];

	rd_json_begin(j, NULL);
	rd_json_text(j, "Type", "Hangup");
	rd_json_begin(j, "Parameters");
	if (leg->call_id)
		rd_json_text(j, "CallId", leg->call_id);
	else
		rd_json_text(j, "ParticipantTag", tags[name]);
	/* For who has not been answered yet; else it means nothing. */
	rd_json_text(j, "SipResponseCode",
		     d->state == UNKNOWN || d->state == REFUSED ? "480" : "0");
	rd_json_end(j);
	rd_json_end(j);
}

static void write_digits(const struct deciding *d, struct rd_json_out *j)
{
	unsigned tone_ms = d->policy->tone_ms;

	if (tone_ms < LEAST_TONE_MS || tone_ms > MOST_TONE_MS)
		tone_ms = STANDARD_TONE_MS;
	rd_json_begin(j, NULL);
	rd_json_text(j, "Type", "SendDigits");
	rd_json_begin(j, "Parameters");
	rd_json_text(j, "CallId", d->legs[PHONE].call_id);
	rd_json_text(j, "Digits", d->digits);
	rd_json_number(j, "ToneDurationInMilliseconds", tone_ms);
	rd_json_end(j);
	rd_json_end(j);
}

static void write_actions(const struct deciding *d, struct rd_json_out *j)
{
	rd_json_begin_array(j, "Actions");
	if (d->must_bridge)
		rd_sma_args_write_bridge(&d->args, j);
	if (d->digits)
		write_digits(d, j);
	/* The telephone first: it is the leg that costs. */
	if (d->must_hang_up[PHONE])
		write_hangup(d, j, PHONE);
	if (d->must_hang_up[MEETING])
		write_hangup(d, j, MEETING);
	rd_json_end_array(j);
}

static void write_response(const struct deciding *d, struct rd_json_out *j)
{
	rd_json_begin(j, NULL);
	rd_json_text(j, "SchemaVersion", "1.0");
	if (d->has_actions)
		write_actions(d, j);
	if (d->has_changed && d->state != UNKNOWN) {
		rd_json_begin(j, "TransactionAttributes");
		rd_sma_args_write(&d->args, j);
		rd_json_text(j, "State", states[d->state]);
		rd_json_text_if(j, "Reason", d->reason);
		rd_json_end(j);
	}
	rd_json_end(j);
}

/* --- all ---------------------------------------------------------------- */

static enum rd_err check_event(const struct deciding *d)
{
	const char *version = rd_json_member(d->event, "SchemaVersion");
	const char *application =
		rd_json_member(d->details, "SipMediaApplicationId");

	if (version && strcmp(version, "1.0") != 0)
		return RD_E_FORMAT;
	if (rd_json_kind(d->details) != RD_JSON_OBJECT)
		return RD_E_FORMAT;
	if (!application)
		application = rd_json_member(d->details, "SipApplicationId");
	if (d->policy->application &&
	    (!application || strcmp(application, d->policy->application) != 0))
		return RD_E_DENIED;
	return RD_OK;
}

static enum rd_err decide(struct deciding *d)
{
	const char *type = rd_json_member(d->event, "InvocationEventType");

	if (!type)
		type = rd_json_member(d->event, "InvocationEvent");
	if (!type)
		return RD_E_FORMAT;
	for (size_t i = 0; i < RD_COUNT(events); i++)
		if (!strcmp(type, events[i].type))
			return events[i].answer(d);
	return RD_OK; /* newer than we are: let everything go on */
}

enum rd_err rd_sma_handle(const struct rd_sma_policy *policy,
			  const struct rd_json *event,
			  struct rd_json_out *response)
{
	struct deciding d = {
		.policy = policy,
		.event = event,
		.data = rd_json_get(event, "ActionData"),
		.details = rd_json_get(event, "CallDetails"),
	};
	enum rd_err err = check_event(&d);

	if (err)
		return err;
	d.account = rd_json_member(d.details, "AwsAccountId");
	read_participants(&d);
	read_attributes(&d);
	err = decide(&d);
	if (!err)
		write_response(&d, response);
	rd_sma_args_fini(&d.args);
	return err;
}

enum rd_err rd_sma_handle_any(void *policy, const struct rd_json *event,
			      struct rd_json_out *response)
{
	return rd_sma_handle(policy, event, response);
}
