/* provider/engine.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "provider/engine_priv.h"

uint64_t rd_engine_id_key(const char *uuid)
{
	uint64_t key = 0;

	for (; *uuid && key >> 60 == 0; uuid++) {
		char c = *uuid;

		if (c >= '0' && c <= '9')
			key = key << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			key = key << 4 | (uint64_t)(c - 'a' + 10);
	}
	return key;
}

/* --- events ------------------------------------------------------------ */

void rd_engine_tell(struct rd_session *s, enum rd_call_event_kind kind)
{
	struct rd_provider_event event = { .ref = s->ref, .kind = kind };

	rd_provider_events_push(&s->engine->events, &event);
}

static enum rd_err engine_poll(void *self, uint64_t now_ms,
			       struct rd_provider_event *event)
{
	struct rd_engine *e = self;

	(void)now_ms;
	return rd_provider_events_poll(&e->events, event);
}

/* --- sessions ---------------------------------------------------------- */

static const struct rd_engine_destination *find_destination(
	const struct rd_engine *e, const char *name)
{
	for (unsigned i = 0; i < e->cfg.destination_count; i++)
		if (!strcmp(e->cfg.destinations[i].name, name))
			return &e->cfg.destinations[i];
	return NULL;
}

static void free_session(struct rd_session *s)
{
	rd_free(s->attributes);
	rd_free(s);
}

/* Takes the session out of every table. */
static void forget_session(struct rd_session *s)
{
	struct rd_engine *e = s->engine;

	rd_table_take(&e->sessions, s->ref);
	rd_table_take(&e->attendees, rd_engine_id_key(s->attendee_id));
	if (rd_table_get(&e->meetings, rd_engine_id_key(s->meeting_id)) == s)
		rd_table_take(&e->meetings, rd_engine_id_key(s->meeting_id));
	if (e->waiting == s)
		e->waiting = NULL;
}

/* The other caller stays in the meeting until he is told that it is over. */
static void part(struct rd_session *s, uint64_t now_ms)
{
	struct rd_engine *e = s->engine;
	struct rd_session *other = s->partner;

	rd_signaling_attendee_remove(e->signaling, s->meeting_id,
				     s->attendee_id, now_ms);
	s->partner = NULL;
	other->partner = NULL;
	rd_engine_finish(other, RD_REASON_ENDED_BY_ADVISOR, RD_BY_ADVISOR, 0,
			 0);
}

void rd_engine_finish(struct rd_session *s, enum rd_reason reason,
		      enum rd_ended_by by, unsigned sip_status,
		      unsigned q850_cause)
{
	struct rd_engine *e = s->engine;
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	struct rd_provider_event gone = {
		.ref = s->ref,
		.kind = RD_CALL_GONE,
		.reason = reason,
		.by = by,
		.sip_status = sip_status,
		.q850_cause = q850_cause,
	};

	forget_session(s);
	rd_engine_release_far(s);
	rd_engine_release_caller(s);
	if (s->partner)
		part(s, now_ms);
	else
		rd_signaling_meeting_end(e->signaling, s->meeting_id, now_ms);
	rd_provider_events_push(&e->events, &gone);
	free_session(s);
	rd_engine_pump(e);
}

static enum rd_err keep_attributes(struct rd_session *s,
				   const struct rd_provider_start *start)
{
	size_t bytes = start->attribute_count * sizeof(struct rd_attribute);

	if (!bytes)
		return RD_OK;
	s->attributes = rd_alloc(bytes);
	if (!s->attributes)
		return RD_E_NOMEM;
	memcpy(s->attributes, start->attributes, bytes);
	s->attribute_count = start->attribute_count;
	return RD_OK;
}

/* MEET: whoever waits at this destination becomes the partner. */
static void find_partner(struct rd_session *s)
{
	struct rd_session *other = s->engine->waiting;

	if (s->to->to != RD_ENGINE_MEET)
		return;
	if (!other || other->to != s->to) {
		s->engine->waiting = s;
		return;
	}
	s->engine->waiting = NULL;
	s->partner = other;
	other->partner = s;
	s->worker = other->worker;
	memcpy(s->meeting_id, other->meeting_id, sizeof(s->meeting_id));
}

static void fill_line(struct rd_session *s)
{
	s->line = (struct rd_line){
		.engine = s->engine,
		.trunk = s->to->trunk,
		.codecs = s->to->codecs,
		.codec_count = s->to->codec_count,
		.worker = s->worker,
		.learn_media_address = s->to->learn_media_address,
		.log_id = s->call_id,
	};
}

static enum rd_err open_meeting(struct rd_session *s, uint64_t now_ms)
{
	struct rd_engine *e = s->engine;
	struct rd_signaling_attendee far = {
		.attendee_id = s->far_attendee_id,
		.external_user_id = s->to->name,
	};
	enum rd_err err;

	if (s->partner)
		return RD_OK;
	err = rd_signaling_meeting_open(e->signaling, s->meeting_id, now_ms);
	if (!err)
		err = rd_table_put(&e->meetings,
				   rd_engine_id_key(s->meeting_id), s);
	if (!err && s->to->to != RD_ENGINE_MEET)
		err = rd_signaling_attendee_add(e->signaling, s->meeting_id,
						&far, now_ms, NULL);
	return err;
}

static enum rd_err fill_session(struct rd_session *s, struct rd_engine *e,
				const struct rd_provider_start *start,
				struct rd_joining *joining, uint64_t now_ms)
{
	enum rd_err err;

	s->engine = e;
	s->ref = start->ref;
	rd_list_init(&s->conns);
	snprintf(s->call_id, sizeof(s->call_id), "%s", start->call_id);
	snprintf(s->meeting_id, sizeof(s->meeting_id), "%s", start->call_id);
	snprintf(s->display_name, sizeof(s->display_name), "%s",
		 start->display_name ? start->display_name : "");
	rd_text_uuid(s->attendee_id);
	rd_text_uuid(s->far_attendee_id);
	rd_engine_far_init(&s->far, &s->line, s, NULL);
	rd_engine_far_init(&s->next, &s->line, s, NULL);
	err = rd_media_place(e->cfg.media, &s->worker);
	if (!err)
		err = keep_attributes(s, start);
	if (err)
		return err;
	find_partner(s);
	fill_line(s);
	err = rd_table_put(&e->sessions, s->ref, s);
	if (!err)
		err = rd_table_put(&e->attendees,
				   rd_engine_id_key(s->attendee_id), s);
	if (!err)
		err = open_meeting(s, now_ms);
	if (!err)
		err = rd_engine_invite_caller(s, joining, now_ms);
	return err;
}

static enum rd_err engine_start(void *self,
				const struct rd_provider_start *start,
				uint64_t now_ms)
{
	struct rd_engine *e = self;
	struct rd_provider_event started = { .ref = start->ref,
					     .kind = RD_CALL_STARTED,
					     .resume_s =
						     e->cfg.grace_ms / 1000 };
	const struct rd_engine_destination *to =
		find_destination(e, start->destination);
	struct rd_session *s;
	enum rd_err err;

	if (!to)
		return RD_E_NOTFOUND;
	s = rd_zalloc(sizeof(*s));
	if (!s)
		return RD_E_NOMEM;
	s->to = to;
	err = fill_session(s, e, start, &started.joining, now_ms);
	if (err) {
		forget_session(s);
		if (s->partner) {
			s->partner->partner = NULL;
			e->waiting = s->partner;
		} else {
			rd_signaling_meeting_close(e->signaling, s->meeting_id,
						   now_ms);
		}
		free_session(s);
		return err;
	}
	rd_provider_events_push(&e->events, &started);
	rd_engine_pump(e);
	return RD_OK;
}

static void engine_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_engine *e = self;
	struct rd_session *s = rd_table_get(&e->sessions, ref);

	(void)now_ms;
	if (s)
		rd_engine_finish(s, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM, 0,
				 0);
}

static enum rd_err engine_digits(void *self, rd_call_ref ref,
				 const char *digits)
{
	struct rd_engine *e = self;
	struct rd_session *s = rd_table_get(&e->sessions, ref);

	return s ? rd_engine_far_digits(s, digits) : RD_E_NOTFOUND;
}

static void engine_park(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_engine *e = self;
	struct rd_session *s = rd_table_get(&e->sessions, ref);

	if (s)
		rd_engine_park(s, now_ms);
	rd_engine_pump(e);
}

static enum rd_err engine_resume(void *self, rd_call_ref ref, uint64_t until_ms,
				 uint64_t now_ms, struct rd_joining *joining)
{
	struct rd_engine *e = self;
	struct rd_session *s = rd_table_get(&e->sessions, ref);
	enum rd_err err =
		s ? rd_engine_invite_again(s, until_ms, now_ms, joining)
		  : RD_E_NOTFOUND;

	rd_engine_pump(e);
	return err;
}

static enum rd_err engine_hold(void *self, rd_call_ref ref, bool is_on)
{
	struct rd_engine *e = self;
	struct rd_session *s = rd_table_get(&e->sessions, ref);

	return s ? rd_engine_hold(s, is_on) : RD_E_NOTFOUND;
}

static bool engine_is_reachable(void *self, const char *destination)
{
	struct rd_engine *e = self;
	const struct rd_engine_destination *to =
		find_destination(e, destination);
	struct rd_trunk_state state;

	if (!to || to->to != RD_ENGINE_SIP)
		return to != NULL;
	for (unsigned i = 0; rd_trunk_state(e->cfg.trunks, i, &state) == RD_OK;
	     i++)
		if (!strcmp(state.name, to->trunk->name))
			return state.is_reachable;
	return false;
}

const struct rd_provider rd_engine_provider = {
	.name = "engine",
	.start = engine_start,
	.end = engine_end,
	.digits = engine_digits,
	.poll = engine_poll,
	.is_reachable = engine_is_reachable,
	.hold = engine_hold,
	.park = engine_park,
	.resume = engine_resume,
};

/* --- opening ----------------------------------------------------------- */

static void on_media(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_engine *e = rd_container(w, struct rd_engine, media_watch);
	struct rd_media_event event;

	(void)events;
	(void)now_ms;
	while (rd_media_poll(e->cfg.media, &event) == RD_OK) {
		rd_engine_sound_media(e, &event);
		if (rd_table_get(&e->far_legs, event.leg))
			rd_engine_far_media(e, &event);
		else
			rd_engine_caller_media(e, &event);
	}
	rd_engine_pump(e);
}

static void on_trunk(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_engine *e = rd_container(w, struct rd_engine, trunk_watch);
	struct rd_trunk_event event;

	(void)events;
	(void)now_ms;
	while (rd_trunks_poll(e->cfg.trunks, &event) == RD_OK)
		rd_engine_far_trunk(e, &event);
	rd_engine_pump(e);
}

static void on_signaling_timer(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	rd_engine_pump(rd_container(t, struct rd_engine, signaling_timer));
}

static enum rd_err open_signaling(struct rd_engine *e)
{
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	uint8_t key[32];
	struct rd_signaling_cfg cfg = {
		.key = rd_span(key, sizeof(key)),
		.meetings = e->cfg.most_calls,
		.wall_offset_ms = rd_clock_wall_ms() - rd_clock_ms(),
		.grace_ms = e->cfg.grace_ms,
		.turn = e->cfg.turn,
	};
	enum rd_err err;

	rd_random_bytes(key, sizeof(key));
	err = rd_signaling_open(&e->signaling, &cfg, now_ms);
	rd_wipe(key, sizeof(key));
	return err;
}

enum rd_err rd_engine_open(struct rd_engine **out,
			   const struct rd_engine_cfg *cfg)
{
	struct rd_engine *e = rd_zalloc(sizeof(*e));
	enum rd_err err;

	*out = NULL;
	if (!e)
		return RD_E_NOMEM;
	e->cfg = *cfg;
	e->media_watch.fn = on_media;
	e->trunk_watch.fn = on_trunk;
	e->signaling_timer.fn = on_signaling_timer;
	e->note_timer.fn = rd_engine_deliver;
	rd_list_init(&e->events.queue);
	e->events.wake = cfg->wake;
	e->events.wake_arg = cfg->wake_arg;
	err = open_signaling(e);
	if (!err)
		err = rd_loop_watch(cfg->loop, &e->media_watch,
				    rd_media_fd(cfg->media), RD_READABLE);
	if (!err && cfg->trunks)
		err = rd_loop_watch(cfg->loop, &e->trunk_watch,
				    rd_trunks_fd(cfg->trunks), RD_READABLE);
	if (err) {
		rd_engine_close(e);
		return err;
	}
	*out = e;
	return RD_OK;
}

static void free_all(struct rd_engine *e)
{
	struct rd_session *s;
	struct rd_caller_conn *c;
	size_t cursor = 0;

	while ((c = rd_table_next(&e->conns, &cursor))) {
		rd_ws_close(c->ws);
		rd_free(c);
	}
	cursor = 0;
	while ((s = rd_table_next(&e->sessions, &cursor)))
		free_session(s);
	rd_provider_events_fini(&e->events);
}

void rd_engine_close(struct rd_engine *e)
{
	if (!e)
		return;
	rd_watch_remove(&e->media_watch);
	rd_watch_remove(&e->trunk_watch);
	rd_timer_disarm(rd_loop_timers(e->cfg.loop), &e->signaling_timer);
	rd_timer_disarm(rd_loop_timers(e->cfg.loop), &e->note_timer);
	rd_engine_free_tapings(e);
	rd_engine_free_phones(e);
	free_all(e);
	rd_engine_free_rooms(e);
	rd_engine_free_sounds(e);
	rd_table_fini(&e->rooms);
	rd_table_fini(&e->phones);
	rd_table_fini(&e->sessions);
	rd_table_fini(&e->meetings);
	rd_table_fini(&e->attendees);
	rd_table_fini(&e->conns);
	rd_table_fini(&e->legs);
	rd_table_fini(&e->far_legs);
	rd_table_fini(&e->dialogs);
	rd_signaling_close(e->signaling);
	rd_free(e);
}

const char *rd_engine_meeting_destination(const struct rd_engine *e,
					  const char *meeting_id)
{
	const struct rd_session *s =
		rd_table_get(&e->meetings, rd_engine_id_key(meeting_id));

	return s && !strcmp(s->meeting_id, meeting_id) ? s->to->name : NULL;
}

void rd_engine_drop_sockets(struct rd_engine *e)
{
	rd_signaling_drain(e->signaling, rd_loop_now_ms(e->cfg.loop));
	rd_engine_pump(e);
}

void rd_engine_signaling_stats(const struct rd_engine *e,
			       struct rd_signaling_stats *out)
{
	rd_signaling_stats(e->signaling, out);
}
