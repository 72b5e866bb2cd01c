/* provider/contact_run.c - goes with a contact through its flow: what the flow
 * wants is asked of the engine, what the engine tells is told the flow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "provider/contacts_priv.h"

enum {
	DIGITS_AT_ONCE = 8,
	DIGITS_AGAIN_MS = 400,
	MOST_DIGITS = 50, /* of one message */
	NAME_BYTES = 65,
};

/* The mobile samples of the service tell the agent by the end of this. */
#define AGENT_USER_ID "ringdown-agent"

static const char *read_attribute(void *arg, const char *name)
{
	const struct rd_contact *it = arg;

	return rd_contact_value(&it->attributes, name);
}

const struct rd_flow_reader rd_contact_reader = { .attribute = read_attribute };

static struct rd_engine *engine_of(const struct rd_contact *it)
{
	return it->contacts->cfg.engine;
}

/* --- what the flow wants
 * ------------------------------------------------------ */

static const struct rd_sound *find_sound(const struct rd_contacts *c,
					 const char *file)
{
	for (unsigned i = 0; i < c->sound_count; i++)
		if (!strcmp(c->sounds[i].file, file))
			return c->sounds[i].sound;
	return NULL;
}

static enum rd_err do_play(struct rd_contact *it,
			   const struct rd_flow_action *a)
{
	it->state = RD_CONTACT_IN_FLOW;
	return rd_room_play(engine_of(it), it->meeting_id,
			    find_sound(it->contacts, a->file), false);
}

static enum rd_err do_queue(struct rd_contact *it,
			    const struct rd_flow_action *a)
{
	enum rd_err err = rd_contact_enqueue(it, a->name, a->at_once);

	if (err)
		return err;
	it->state = RD_CONTACT_QUEUED;
	it->enqueued_wall_ms = rd_clock_wall_ms();
	snprintf(it->queue_name, sizeof(it->queue_name), "%s", a->name);
	if (!*a->file)
		return rd_room_ringback(engine_of(it), it->meeting_id);
	return rd_room_play(engine_of(it), it->meeting_id,
			    find_sound(it->contacts, a->file), true);
}

static const struct rd_contact_trunk *find_trunk(const struct rd_contacts *c,
						 const char *name)
{
	for (unsigned i = 0; i < c->cfg.trunk_count; i++)
		if (!strcmp(c->cfg.trunks[i].trunk->name, name))
			return &c->cfg.trunks[i];
	return NULL;
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* What a telephone shows: whole letters, no control characters. */
static void show_name(const char *name, char out[NAME_BYTES])
{
	size_t n = rd_min_size(strlen(name), NAME_BYTES - 1);

	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, name, n);
	out[n] = '\0';
	if (!is_plain(out))
		out[0] = '\0';
}

/* Of attributes that are there and may stand in a header. */
static unsigned make_headers(const struct rd_contact *it,
			     const struct rd_flow_action *a,
			     struct rd_trunk_header out[RD_TRUNK_HEADERS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->header_count; i++) {
		const char *value = rd_contact_value(&it->attributes,
						     a->headers[i].attribute);

		/* No line break reaches SIP; cut is as good as absent. */
		if (!value || !*value || !is_plain(value) ||
		    strlen(value) >= sizeof(out[n].value))
			continue;
		snprintf(out[n].name, sizeof(out[n].name), "%s",
			 a->headers[i].name);
		snprintf(out[n].value, sizeof(out[n].value), "%s", value);
		n++;
	}
	return n;
}

static enum rd_err do_sip(struct rd_contact *it, const struct rd_flow_action *a)
{
	const struct rd_contact_trunk *t = find_trunk(it->contacts, a->trunk);
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	char name[NAME_BYTES];
	struct rd_phone_call call = {
		.director = &rd_contact_director,
		.self = it,
		.trunk = t ? t->trunk : NULL,
		.learn_media_address = t && t->learn_media_address,
		.user = a->user,
		.display_name = name,
		.headers = headers,
		.header_count = make_headers(it, a, headers),
		.ring_ms = a->ring_ms,
		.log_id = it->id,
	};
	enum rd_err err;

	show_name(it->display_name, name);
	it->state = RD_CONTACT_TRANSFERRING;
	it->is_answered = false;
	snprintf(it->agent, sizeof(it->agent), "%s/%s", a->trunk, a->user);
	err = rd_phone_call(engine_of(it), &call, &it->phone);
	return err ? err : rd_room_ringback(engine_of(it), it->meeting_id);
}

static const char *end_reason(const struct rd_contact *it, enum rd_flow_end end)
{
	(void)it;
	switch (end) {
	case RD_FLOW_END_PARTY:
		return "AGENT_DISCONNECT";
	case RD_FLOW_END_FAILED:
		return "TELECOM_PROBLEM";
	case RD_FLOW_END_BLOCK:
		break;
	}
	return "CONTACT_FLOW_DISCONNECT";
}

static void do_set(struct rd_contact *it, const struct rd_flow_action *a)
{
	struct rd_contact_pair pair = { a->name, a->value };
	enum rd_err err = rd_contact_merge(&it->attributes, &pair, 1, NULL);

	if (err)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"attribute not set\" block=\"%s\" "
		       "error=%s",
		       it->id, a->block, rd_err_name(err));
}

static enum rd_err act(struct rd_contact *it, const struct rd_flow_action *a)
{
	rd_log(RD_LOG_DEBUG, "provider",
	       "call=%s event=\"contact in block\" block=\"%s\"", it->id,
	       a->block);
	rd_contact_touch(it);
	switch (a->kind) {
	case RD_FLOW_PLAY:
		return do_play(it, a);
	case RD_FLOW_SET:
		do_set(it, a);
		return RD_OK;
	case RD_FLOW_QUEUE:
		return do_queue(it, a);
	case RD_FLOW_SIP:
		return do_sip(it, a);
	case RD_FLOW_ECHO:
		it->state = RD_CONTACT_IN_FLOW;
		return rd_room_echo(engine_of(it), it->meeting_id);
	case RD_FLOW_END:
		rd_contact_end(it, end_reason(it, a->end));
		return RD_OK;
	}
	return RD_OK;
}

void rd_contact_drive(struct rd_contact *it)
{
	static const struct rd_flow_event failed = { .kind = RD_FLOW_FAILED };
	struct rd_flow_action a;
	enum rd_err err;

	while (it->run &&
	       rd_flow_run_poll(it->run, rd_clock_wall_ms(), &a) == RD_OK) {
		err = act(it, &a);
		if (!err)
			continue;
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"block failed\" block=\"%s\" error=%s",
		       it->id, a.block, rd_err_name(err));
		if (it->run)
			rd_flow_run_feed(it->run, &failed, rd_clock_wall_ms());
	}
}

void rd_contact_feed(struct rd_contact *it, enum rd_flow_event_kind kind,
		     char digit)
{
	struct rd_flow_event event = { .kind = kind, .digit = digit };

	if (!it->run)
		return;
	rd_flow_run_feed(it->run, &event, rd_clock_wall_ms());
	rd_contact_drive(it);
}

/* --- the other side
 * ------------------------------------------------------------ */

void rd_contact_hangup(struct rd_contact *it)
{
	if (it->phone)
		rd_phone_hangup(engine_of(it), it->phone, 16);
	it->phone = 0;
	it->is_answered = false;
	it->digits[0] = '\0';
	if (it->agent_attendee_id[0])
		rd_room_attendee_remove(engine_of(it), it->meeting_id,
					it->agent_attendee_id);
	it->agent_attendee_id[0] = '\0';
}

/* The agent comes into the meeting. */
static enum rd_err let_in(struct rd_contact *it)
{
	struct rd_engine *e = engine_of(it);
	char token[RD_SIGNALING_TOKEN_TEXT]; /* nobody's */
	enum rd_err err;

	rd_text_uuid(it->agent_attendee_id);
	err = rd_room_attendee_add(e, it->meeting_id, it->agent_attendee_id,
				   AGENT_USER_ID, token);
	if (!err)
		err = rd_room_seat(e, it->meeting_id, it->agent_attendee_id,
				   NULL, NULL);
	if (!err)
		err = rd_phone_sit(e, it->phone, it->meeting_id,
				   it->agent_attendee_id);
	return err ? err : rd_room_hush(e, it->meeting_id);
}

static void on_answered(struct rd_contact *it)
{
	enum rd_err err = let_in(it);

	if (err) {
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"agent not let in\" error=%s", it->id,
		       rd_err_name(err));
		rd_contact_hangup(it);
		rd_contact_dequeue(it);
		rd_contact_feed(it, RD_FLOW_FAILED, 0);
		return;
	}
	it->is_answered = true;
	it->state = RD_CONTACT_WITH_AGENT;
	it->agent_wall_ms = rd_clock_wall_ms();
	rd_contact_touch(it);
	rd_contact_feed(it, RD_FLOW_CONNECTED, 0);
}

static void on_phone_ended(struct rd_contact *it,
			   const struct rd_room_event *event)
{
	bool was_answered = it->is_answered;

	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"transfer over\" answered=%d code=%u cause=%u",
	       it->id, was_answered, event->sip_status, event->q850_cause);
	it->phone = 0; /* it is gone by itself */
	rd_contact_hangup(it);
	rd_contact_dequeue(it);
	it->state = RD_CONTACT_IN_FLOW;
	rd_contact_feed(it, was_answered ? RD_FLOW_HUNG_UP : RD_FLOW_FAILED, 0);
}

/* --- digits
 * --------------------------------------------------------------------- */

static void send_digits(struct rd_contact *it)
{
	char some[DIGITS_AT_ONCE + 1];
	struct rd_contacts *c = it->contacts;

	while (it->digits[0] && it->phone) {
		size_t n = rd_min_size(strlen(it->digits), DIGITS_AT_ONCE);

		memcpy(some, it->digits, n);
		some[n] = '\0';
		if (rd_phone_digits(engine_of(it), it->phone, some) != RD_OK) {
			rd_timer_arm(rd_loop_timers(c->cfg.loop),
				     &it->digit_timer,
				     rd_loop_now_ms(c->cfg.loop) +
					     DIGITS_AGAIN_MS);
			return;
		}
		memmove(it->digits, it->digits + n, strlen(it->digits + n) + 1);
	}
}

void rd_contact_send_digits(struct rd_timer *timer, uint64_t now_ms)
{
	(void)now_ms;
	send_digits(rd_container(timer, struct rd_contact, digit_timer));
}

enum rd_err rd_contact_press(struct rd_contact *it, const char *digits)
{
	size_t n = strlen(digits), waiting = strlen(it->digits);

	if (n == 0 || n > MOST_DIGITS || strspn(digits, "0123456789*#") != n)
		return RD_E_FORMAT;
	if (it->state == RD_CONTACT_INITIATED ||
	    it->state == RD_CONTACT_TRANSFERRING)
		return RD_E_STATE;
	if (it->state == RD_CONTACT_WITH_AGENT) {
		if (n + waiting > RD_CONTACT_DIGITS)
			return RD_E_FULL;
		memcpy(it->digits + waiting, digits, n + 1);
		send_digits(it);
		return RD_OK;
	}
	for (; *digits; digits++)
		rd_contact_feed(it, RD_FLOW_DIGIT, *digits);
	return RD_OK;
}

/* --- the customer
 * ---------------------------------------------------------------- */

static void arm(struct rd_contact *it, unsigned ms)
{
	struct rd_loop *loop = it->contacts->cfg.loop;

	rd_timer_arm(rd_loop_timers(loop), &it->timer,
		     rd_loop_now_ms(loop) + ms);
}

static void disarm(struct rd_contact *it)
{
	rd_timer_disarm(rd_loop_timers(it->contacts->cfg.loop), &it->timer);
}

static void on_joined(struct rd_contact *it)
{
	disarm(it);
	if (it->state != RD_CONTACT_INITIATED)
		return;
	it->state = RD_CONTACT_IN_FLOW;
	it->system_wall_ms = rd_clock_wall_ms();
	rd_contact_touch(it);
	rd_contact_feed(it, RD_FLOW_JOINED, 0);
}

static void on_left(struct rd_contact *it, bool is_dropped)
{
	if (!is_dropped)
		rd_contact_end(it, "CUSTOMER_DISCONNECT");
	else if (!it->timer.is_armed)
		arm(it, it->contacts->cfg.away_ms);
}

/* Of the room: only the customer comes and goes by a socket. */
static void on_customer(struct rd_contact *it,
			const struct rd_room_event *event)
{
	char digit[2] = { event->digit, '\0' };

	switch (event->kind) {
	case RD_ROOM_JOINED:
		on_joined(it);
		return;
	case RD_ROOM_LOST:
		arm(it, it->contacts->cfg.away_ms);
		return;
	case RD_ROOM_BACK:
		disarm(it);
		return;
	case RD_ROOM_LEFT:
		on_left(it, event->is_dropped);
		return;
	case RD_ROOM_DIGIT:
		if (rd_contact_press(it, digit) != RD_OK)
			rd_log(RD_LOG_INFO, "provider",
			       "call=%s event=\"digits refused\"", it->id);
		return;
	case RD_ROOM_PLAYED:
		rd_contact_feed(it, RD_FLOW_PLAYED, 0);
		return;
	default:
		return;
	}
}

static void on_phone(struct rd_contact *it, const struct rd_room_event *event)
{
	switch (event->kind) {
	case RD_PHONE_HEARD:
		/* The trunk's own ring-back; without it there is ours. */
		if (rd_room_overhear(engine_of(it), it->meeting_id,
				     it->phone) != RD_OK)
			rd_log(RD_LOG_DEBUG, "provider",
			       "call=%s event=\"no early media\"", it->id);
		return;
	case RD_PHONE_ANSWERED:
		on_answered(it);
		return;
	case RD_PHONE_ENDED:
		on_phone_ended(it, event);
		return;
	default:
		return;
	}
}

static void on_event(void *self, const struct rd_room_event *event)
{
	struct rd_contact *it = self;

	if (!event->phone)
		on_customer(it, event);
	else if (event->phone == it->phone)
		on_phone(it, event);
}

const struct rd_director rd_contact_director = { .event = on_event };
