/* provider/sma_legs.c - what is done on the legs: seats of rooms, and phones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/sma_run_priv.h"

enum {
	RING_MS = 120000, /* of LEG-A; LEG-B's timeout is the machine's */
	RING_SLACK_MS = 2000,
	Q850_NORMAL = 16,
	Q850_BUSY = 17,
	Q850_NO_ANSWER = 19,
	BUSY = 486,
	UNAVAILABLE = 480,
	SERVICE_UNAVAILABLE = 503,
};

/* --- words back to the machine ------------------------------------------- */

static void say(struct rd_sma_place *p, enum rd_sma_news_kind kind,
		unsigned sip_status)
{
	struct rd_sma_news news = { .kind = kind,
				    .leg = p->leg,
				    .sip_status = sip_status };

	rd_sma_feed(p->run, &news);
}

static struct rd_engine *engine_of(const struct rd_sma_place *p)
{
	return p->run->runs->cfg.engine;
}

/* --- what the engine tells ----------------------------------------------- */

static void digit(struct rd_sma_place *p, char pressed)
{
	struct rd_sma_news news = { .kind = RD_SMA_DIGIT,
				    .leg = p->leg,
				    .digit = pressed };

	rd_sma_feed(p->run, &news);
}

/* LEG-A hears its bridge, or nothing, instead of ringing. */
static void stop_ringback(struct rd_sma_run *run)
{
	if (!run->has_ringback)
		return;
	run->has_ringback = false;
	rd_sma_hush(&run->places[RD_SMA_LEG_A]);
}

/* The far end rings; unless it says so itself, by early media. */
static void ringing(struct rd_sma_place *p)
{
	struct rd_sma_place *a = &p->run->places[RD_SMA_LEG_A];
	bool is_heard = rd_phone_hush(engine_of(p), p->phone) == RD_OK;
	enum rd_err err;

	say(p, RD_SMA_RINGING, 0);
	if (p->leg == RD_SMA_LEG_A || p->run->has_ringback || is_heard)
		return;
	p->run->has_ringback = true;
	err = a->kind == RD_SMA_SEAT
		      ? rd_room_ringback(engine_of(a), a->meeting_id)
		      : rd_phone_ringback(engine_of(a), a->phone);
	if (err)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"no ring-back\"",
		       p->run->transaction_id);
}

static void answered(struct rd_sma_place *p)
{
	if (p->leg == RD_SMA_LEG_B)
		stop_ringback(p->run);
	say(p, RD_SMA_ANSWERED, 0);
}

static void ended(struct rd_sma_place *p, unsigned sip_status)
{
	rd_sma_sound_forget(p->run->runs->sounds, p);
	rd_sma_drop_sound(p);
	p->kind = RD_SMA_NOWHERE;
	p->is_playing = false;
	if (p->leg == RD_SMA_LEG_B)
		stop_ringback(p->run);
	say(p, RD_SMA_ENDED, sip_status);
}

static void on_event(void *self, const struct rd_room_event *event)
{
	struct rd_sma_place *p = self;
	struct rd_sma_run *run = p->run;

	switch (event->kind) {
	case RD_ROOM_DIGIT:
	case RD_PHONE_DIGIT:
		digit(p, event->digit);
		break;
	case RD_ROOM_PLAYED:
	case RD_PHONE_PLAYED:
		rd_sma_played(p);
		break;
	case RD_ROOM_RECORDED:
	case RD_PHONE_RECORDED:
		rd_sma_recorded(p, &event->recording);
		break;
	case RD_ROOM_CLOSED:
		ended(p, 0);
		break;
	case RD_PHONE_RINGING:
		ringing(p);
		break;
	case RD_PHONE_ANSWERED:
		answered(p);
		break;
	case RD_PHONE_ENDED:
		ended(p, event->sip_status);
		break;
	default:
		return;
	}
	rd_sma_pump(run);
}

static const struct rd_director director = { .event = on_event };

/* --- legs come and go ---------------------------------------------------- */

static enum rd_err sit(struct rd_sma_place *p, const char *meeting_id,
		       const char *attendee_id)
{
	enum rd_err err = rd_room_seat(engine_of(p), meeting_id, attendee_id,
				       &director, p);

	if (err)
		return err;
	/* For LEG-A they are the place's own already. */
	if (meeting_id != p->meeting_id) {
		snprintf(p->meeting_id, sizeof(p->meeting_id), "%s",
			 meeting_id);
		snprintf(p->attendee_id, sizeof(p->attendee_id), "%s",
			 attendee_id);
	}
	p->kind = RD_SMA_SEAT;
	return RD_OK;
}

static enum rd_err dial(struct rd_sma_place *p, struct rd_phone_call *call,
			const struct rd_sma_trunk *trunk)
{
	enum rd_err err;

	call->director = &director;
	call->self = p;
	call->trunk = trunk->trunk;
	call->learn_media_address = trunk->learn_media_address;
	/* What a Voice Connector speaks, and its sibling. */
	call->codecs[call->codec_count++] = RD_CODEC_PCMU;
	call->codecs[call->codec_count++] = RD_CODEC_PCMA;
	call->log_id = p->run->transaction_id;
	err = rd_phone_call(engine_of(p), call, &p->phone);
	if (!err)
		p->kind = RD_SMA_PHONE;
	return err;
}

static unsigned cause_of(unsigned sip_status)
{
	if (sip_status == BUSY)
		return Q850_BUSY;
	return sip_status == UNAVAILABLE ? Q850_NO_ANSWER : Q850_NORMAL;
}

void rd_sma_leave(struct rd_sma_place *p, unsigned sip_status)
{
	rd_sma_hush(p);
	rd_sma_record_stop(p, false);
	if (p->kind == RD_SMA_PHONE)
		rd_phone_hangup(engine_of(p), p->phone, cause_of(sip_status));
	else if (p->kind == RD_SMA_SEAT)
		rd_room_unseat(engine_of(p), p->meeting_id, p->attendee_id);
	p->kind = RD_SMA_NOWHERE;
	p->phone = 0;
	if (p->leg == RD_SMA_LEG_B)
		stop_ringback(p->run);
}

static void place_leg_a(struct rd_sma_run *run)
{
	struct rd_sma_place *a = &run->places[RD_SMA_LEG_A];
	struct rd_phone_call call = {
		.user = run->to,
		.caller_number = run->from,
		.headers = run->headers,
		.header_count = run->header_count,
		.ring_ms = RING_MS,
	};
	enum rd_err err = run->is_meeting
				  ? sit(a, a->meeting_id, a->attendee_id)
				  : dial(a, &call, &run->runs->cfg.pstn);

	if (err) {
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"LEG-A not placed\" error=%s",
		       run->transaction_id, rd_err_name(err));
		say(a, RD_SMA_ENDED,
		    err == RD_E_LIMIT ? BUSY : SERVICE_UNAVAILABLE);
	} else if (run->is_meeting) {
		say(a, RD_SMA_RINGING, 0);
		say(a, RD_SMA_ANSWERED, 0);
	}
}

/* --- CallAndBridge ------------------------------------------------------- */

enum rd_err rd_sma_put_header(struct rd_trunk_header headers[RD_TRUNK_HEADERS],
			      unsigned *count, const char *name,
			      const char *value)
{
	struct rd_trunk_header *h = &headers[*count];

	if (*count == RD_TRUNK_HEADERS || strlen(name) >= sizeof(h->name) ||
	    strlen(value) >= sizeof(h->value))
		return RD_E_SIZE;
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->value, sizeof(h->value), "%s", value);
	++*count;
	return RD_OK;
}

/* "" or the header that does not fit. */
static const char *read_headers(
	const struct rd_sma_action *a,
	struct rd_trunk_header headers[RD_TRUNK_HEADERS], unsigned *count)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	while (rd_json_next(a->headers, &cursor, &name, &value))
		if (rd_sma_put_header(headers, count, name,
				      rd_json_string(value)) != RD_OK)
			return name;
	return "";
}

static const struct rd_sma_trunk *find_trunk(const struct rd_sma_runs *r,
					     const struct rd_sma_action *a)
{
	if (!a->is_connector)
		return r->cfg.pstn.trunk ? &r->cfg.pstn : NULL;
	for (unsigned i = 0; i < r->connector_count; i++)
		if (!strcmp(r->connectors[i].arn, a->arn))
			return &r->connectors[i].trunk;
	return NULL;
}

static void bridge_failed(struct rd_sma_run *run, uint32_t serial,
			  enum rd_err err)
{
	if (err == RD_E_FORMAT || err == RD_E_SIZE)
		rd_sma_failed(
			run, serial, RD_SMA_INVALID_PARAMETER,
			"the trunk cannot take this number or these headers");
	else if (err == RD_E_FULL)
		rd_sma_failed(run, serial, RD_SMA_THROTTLED, rd_err_text(err));
	else
		rd_sma_failed(run, serial, RD_SMA_SYSTEM,
			      "the trunk cannot be called");
}

/* Whatever there is of its sound is heard at LEG-A at once: early media. */
static enum rd_err join_phone(struct rd_sma_place *b)
{
	const struct rd_sma_place *a = &b->run->places[RD_SMA_LEG_A];

	if (a->kind == RD_SMA_SEAT)
		return rd_phone_sit(engine_of(b), b->phone, a->meeting_id,
				    a->attendee_id);
	return rd_phone_bridge(engine_of(b), a->phone, b->phone);
}

static void bridge(struct rd_sma_run *run, const struct rd_sma_order *o)
{
	const struct rd_sma_action *action = o->action;
	const struct rd_sma_trunk *trunk = find_trunk(run->runs, action);
	struct rd_sma_place *b = &run->places[RD_SMA_LEG_B];
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	struct rd_phone_call call = {
		.user = action->uri,
		.caller_number = action->caller_id,
		.headers = headers,
		.ring_ms = action->timeout_ms + RING_SLACK_MS,
	};
	const char *too_long =
		read_headers(action, headers, &call.header_count);
	char why[RD_SMA_WHY];
	enum rd_err err;

	if (!trunk || !trunk->trunk) {
		rd_sma_failed(run, o->serial, RD_SMA_RESOURCE_NOT_FOUND,
			      action->is_connector
				      ? "there is no such Voice Connector"
				      : "there is no telephone network");
		return;
	}
	if (*too_long) {
		snprintf(why, sizeof(why),
			 "Invalid SIP header(s) provided: %.64s", too_long);
		rd_sma_failed(run, o->serial, RD_SMA_INVALID_PARAMETER, why);
		return;
	}
	err = dial(b, &call, trunk);
	if (!err)
		err = join_phone(b);
	if (err) {
		rd_sma_leave(b, 0);
		bridge_failed(run, o->serial, err);
		return;
	}
	if (!action->prompt.bucket)
		return;
	run->has_ringback = true;
	rd_sma_ring_with(&run->places[RD_SMA_LEG_A], &action->prompt,
			 o->serial);
}

/* --- meetings ------------------------------------------------------------ */

static void join_meeting(struct rd_sma_run *run, const struct rd_sma_order *o)
{
	const struct rd_sma_place *a = &run->places[RD_SMA_LEG_A];
	struct rd_sma_place *b = &run->places[RD_SMA_LEG_B];
	const struct rd_sma_action *action = o->action;
	char attendee_id[RD_ROOM_ID];
	enum rd_err err = rd_room_token_holder(engine_of(b), action->meeting_id,
					       rd_span_text(action->join_token),
					       attendee_id);

	if (err == RD_E_AUTH || err == RD_E_NOTFOUND) {
		rd_sma_failed(run, o->serial, RD_SMA_INVALID_PARAMETER,
			      "JoinToken is not one of this meeting");
		return;
	}
	if (!err && a->kind != RD_SMA_PHONE)
		err = RD_E_STATE;
	if (!err)
		err = sit(b, action->meeting_id, attendee_id);
	if (!err)
		err = rd_phone_sit(engine_of(b), a->phone, b->meeting_id,
				   b->attendee_id);
	if (!err) {
		rd_sma_done(run, o->serial);
		return;
	}
	rd_sma_leave(b, 0);
	rd_sma_failed(run, o->serial, RD_SMA_INVALID_PARAMETER,
		      err == RD_E_LIMIT ? "the meeting has as many as it can"
					: "the leg cannot join the meeting");
}

static bool is_of_meeting(const struct rd_sma_run *run, const char *meeting_id)
{
	for (unsigned i = 0; i < RD_SMA_LEGS; i++)
		if (run->places[i].kind == RD_SMA_SEAT &&
		    !strcmp(run->places[i].meeting_id, meeting_id))
			return true;
	return false;
}

static void modify(struct rd_sma_run *run, const struct rd_sma_order *o)
{
	const struct rd_sma_action *a = o->action;
	enum rd_err err = RD_OK;

	if (!is_of_meeting(run, a->meeting_id)) {
		rd_sma_failed(run, o->serial, RD_SMA_INVALID_PARAMETER,
			      "MeetingId is not that of a leg of this call");
		return;
	}
	for (size_t i = 0; !err && i < rd_json_count(a->attendees); i++)
		err = rd_room_mute(run->runs->cfg.engine, a->meeting_id,
				   rd_json_string(rd_json_at(a->attendees, i)),
				   a->is_mute);
	if (err)
		rd_sma_failed(
			run, o->serial, RD_SMA_INVALID_PARAMETER,
			"one of AttendeeList is no telephone of this meeting");
	else
		rd_sma_done(run, o->serial);
}

/* --- orders -------------------------------------------------------------- */

static void send_digits(struct rd_sma_run *run, const struct rd_sma_order *o)
{
	struct rd_sma_place *p = &run->places[o->leg];
	enum rd_err err = p->kind == RD_SMA_PHONE
				  ? rd_phone_dial(engine_of(p), p->phone,
						  o->digits, o->action->tone_ms)
				  : RD_E_STATE;

	if (!err)
		rd_sma_done(run, o->serial);
	else if (err == RD_E_FULL)
		rd_sma_failed(run, o->serial, RD_SMA_THROTTLED,
			      rd_err_text(err));
	else
		rd_sma_failed(run, o->serial, RD_SMA_SYSTEM,
			      "the leg does not take digits");
}

void rd_sma_do(struct rd_sma_run *run, const struct rd_sma_order *o)
{
	struct rd_sma_place *p = &run->places[o->leg];

	switch (o->kind) {
	case RD_SMA_CALL:
		place_leg_a(run);
		return;
	case RD_SMA_BRIDGE:
		bridge(run, o);
		return;
	case RD_SMA_JOIN:
		join_meeting(run, o);
		return;
	case RD_SMA_MODIFY:
		modify(run, o);
		return;
	case RD_SMA_SEND:
		send_digits(run, o);
		return;
	case RD_SMA_PLAY:
		rd_sma_play(p, o->prompt, o->serial);
		return;
	case RD_SMA_HUSH:
		rd_sma_hush(p);
		return;
	case RD_SMA_RECORD:
		rd_sma_record(p, o);
		return;
	case RD_SMA_RECORD_STOP:
		rd_sma_record_stop(p, o->is_wanted);
		return;
	case RD_SMA_END_LEG:
		rd_sma_leave(p, o->sip_status);
		return;
	case RD_SMA_INVOKE:
	case RD_SMA_OVER:
		return;
	}
}
