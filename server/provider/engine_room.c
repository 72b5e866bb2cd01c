/* provider/engine_room.c - rooms under direction: who is in them, and what
 * happens to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "provider/engine_priv.h"

enum {
	HEARD_MOST = 2, /* members of one room */
};

RD_GAUGE(rooms_now, "ringdown_rooms", "Rooms under direction that are open.");
RD_COUNTER(rooms_full, "ringdown_rooms_full_total",
	   "Attendees refused: two others were heard already.");

static struct rd_session *member_of(struct rd_list *item)
{
	return rd_container(item, struct rd_session, in_room);
}

static uint64_t now_of(const struct rd_engine *e)
{
	return rd_loop_now_ms(e->cfg.loop);
}

struct rd_room *rd_room_find(const struct rd_engine *e, const char *meeting_id)
{
	struct rd_room *room =
		rd_table_get(&e->rooms, rd_engine_id_key(meeting_id));

	return room && !strcmp(room->meeting_id, meeting_id) ? room : NULL;
}

struct rd_session *rd_room_member(const struct rd_room *room,
				  const char *attendee_id)
{
	struct rd_session *s =
		room ? rd_table_get(&room->engine->attendees,
				    rd_engine_id_key(attendee_id))
		     : NULL;

	return s && s->room == room && !strcmp(s->attendee_id, attendee_id)
		       ? s
		       : NULL;
}

enum rd_err rd_room_worker(struct rd_engine *e, unsigned *worker)
{
	enum rd_err err = RD_OK;

	if (!e->has_room_worker)
		err = rd_media_place(e->cfg.media, &e->room_worker);
	e->has_room_worker = !err;
	*worker = e->room_worker;
	return err;
}

/* --- telling ------------------------------------------------------------ */

static void tell_seats(struct rd_room *room, const struct rd_room_event *event)
{
	struct rd_list *item;

	rd_list_each (item, &room->members) {
		const struct rd_session *s = member_of(item);

		if (s->is_seat)
			rd_engine_note(room->engine, s->director, s->self,
				       event, s->attendee_id);
	}
}

void rd_room_tell(struct rd_room *room, const struct rd_session *s,
		  const struct rd_room_event *event)
{
	struct rd_room_event e = *event;

	e.meeting_id = room->meeting_id;
	e.attendee_id = s ? s->attendee_id : "";
	rd_engine_note(room->engine, room->director, room->self, &e, "");
	tell_seats(room, &e);
}

static void tell(struct rd_session *s, enum rd_room_event_kind kind)
{
	struct rd_room_event event = { .kind = kind };

	rd_room_tell(s->room, s, &event);
}

/* --- hearing ------------------------------------------------------------ */

/* The leg of what s says; 0: he is not heard. */
static rd_leg voice_of(const struct rd_session *s)
{
	if (!s->is_seat)
		return s->leg;
	return s->phone && !s->is_muted ? rd_engine_phone_leg(s->phone) : 0;
}

struct rd_hears rd_room_other(const struct rd_session *s)
{
	struct rd_hears h = { .what = RD_HEARS_NOTHING };
	struct rd_list *item;

	rd_list_each (item, &s->room->members) {
		rd_leg leg =
			member_of(item) != s ? voice_of(member_of(item)) : 0;

		if (leg)
			h = (struct rd_hears){ .what = RD_HEARS_LEG,
					       .from = leg };
	}
	return h;
}

void rd_room_route(struct rd_room *room)
{
	struct rd_list *item;

	rd_list_each (item, &room->members) {
		struct rd_session *s = member_of(item);
		struct rd_hears wanted = room->program, other;

		if (s->phone)
			rd_engine_phone_route(s->phone);
		if (!s->leg)
			continue;
		other = rd_room_other(s);
		if (wanted.what == RD_HEARS_NOTHING ||
		    (wanted.what == RD_HEARS_RINGBACK &&
		     other.what == RD_HEARS_LEG))
			wanted = other;
		rd_engine_hear(room->engine, s->leg, &s->hears, &wanted,
			       room->meeting_id);
	}
}

/* An attendee who is there, or about to be. */
static bool is_heard(const struct rd_session *s)
{
	struct rd_list *item;

	if (s->is_seat || s->is_here)
		return true;
	rd_list_each (item, &s->conns)
		if (rd_container(item, struct rd_caller_conn, in_session)->leg)
			return true;
	return false;
}

bool rd_room_has_place(const struct rd_session *s)
{
	unsigned others = 0;
	struct rd_list *item;

	rd_list_each (item, &s->room->members)
		others += member_of(item) != s && is_heard(member_of(item));
	if (others >= HEARD_MOST)
		rd_metric_add(&rooms_full, 0, 1);
	return others < HEARD_MOST;
}

/* --- what attendees do -------------------------------------------------- */

void rd_room_leg_up(struct rd_session *s, rd_leg leg)
{
	struct rd_room *room = s->room;
	struct rd_list *item;
	rd_leg before = s->leg;

	s->leg = leg;
	/* A sound goes on where it is, and others hear him without a gap. */
	if (before && before != leg &&
	    rd_media_succeed(s->engine->cfg.media, before, leg) == RD_OK) {
		s->hears.leg = leg;
		rd_list_each (item, &room->members) {
			struct rd_session *other = member_of(item);

			if (other->hears.from == before)
				other->hears.from = leg;
			if (other->phone && other->phone->hears.from == before)
				other->phone->hears.from = leg;
		}
	}
	if (!s->is_here)
		tell(s, RD_ROOM_JOINED);
	s->is_here = true;
	rd_room_route(room);
}

void rd_room_played(struct rd_session *s)
{
	struct rd_room *room = s->room;

	if (s->hears.what != RD_HEARS_SOUND ||
	    s->hears.serial != room->program.serial)
		return;
	room->program = (struct rd_hears){ .what = RD_HEARS_NOTHING };
	rd_room_route(room);
	rd_room_tell(room, NULL,
		     &(struct rd_room_event){ .kind = RD_ROOM_PLAYED });
}

static void on_digits(struct rd_session *s, struct rd_span data)
{
	struct rd_room_event event = { .kind = RD_ROOM_DIGIT };

	for (size_t i = 0; i < data.len; i++)
		if (!data.at[i] || !strchr("0123456789*#ABCD", data.at[i]))
			return;
	for (size_t i = 0; i < data.len; i++) {
		event.digit = (char)data.at[i];
		rd_room_tell(s->room, s, &event);
	}
}

static void on_departed(struct rd_session *s, bool is_dropped)
{
	struct rd_room_event event = { .kind = RD_ROOM_LEFT,
				       .is_dropped = is_dropped };

	s->is_caller_lost = false;
	if (!s->is_here)
		return; /* a failed start: the SDK leaves and joins again */
	s->is_here = false;
	rd_room_tell(s->room, s, &event);
}

void rd_room_attendee(struct rd_session *s, const struct rd_signaling_action *a)
{
	switch (a->kind) {
	case RD_SIGNALING_PRESENT:
		if (s->is_caller_lost)
			tell(s, RD_ROOM_BACK);
		s->is_caller_lost = false;
		return;
	case RD_SIGNALING_RECONNECTING:
		if (!s->is_caller_lost)
			tell(s, RD_ROOM_LOST);
		s->is_caller_lost = true;
		return;
	case RD_SIGNALING_DEPARTED:
		on_departed(s, a->is_dropped);
		return;
	case RD_SIGNALING_DATA:
		if (rd_span_is(a->data.topic, "dtmf") && a->data.data.len <= 32)
			on_digits(s, a->data.data);
		return;
	default: /* MUTED, METRIC */
		return;
	}
}

/* --- rooms -------------------------------------------------------------- */

static struct rd_room *make_room(struct rd_engine *e,
				 const struct rd_room_cfg *cfg)
{
	struct rd_room *room = rd_zalloc(sizeof(*room));

	if (!room)
		return NULL;
	room->engine = e;
	room->director = cfg->director;
	room->self = cfg->self;
	room->token_ms = cfg->token_ms;
	room->to = (struct rd_engine_destination){
		.name = "room",
		.to = RD_ENGINE_DIRECTED,
		.codec_count = cfg->codec_count,
		.g711_through = cfg->g711_through,
	};
	memcpy(room->to.codecs, cfg->codecs, sizeof(room->to.codecs));
	snprintf(room->meeting_id, sizeof(room->meeting_id), "%s",
		 cfg->meeting_id);
	rd_list_init(&room->members);
	return room;
}

enum rd_err rd_room_open(struct rd_engine *e, const struct rd_room_cfg *cfg)
{
	uint64_t key = rd_engine_id_key(cfg->meeting_id);
	struct rd_room *room;
	unsigned any, worker;
	enum rd_err err;

	if (strlen(cfg->meeting_id) >= RD_ROOM_ID)
		return RD_E_SIZE;
	if (rd_table_get(&e->rooms, key) || rd_table_get(&e->meetings, key))
		return RD_E_EXISTS;
	/* A machine that is late takes no more calls, and no rooms (F11). */
	err = rd_media_place(e->cfg.media, &any);
	if (!err)
		err = rd_room_worker(e, &worker);
	if (err)
		return err;
	room = make_room(e, cfg);
	if (!room)
		return RD_E_NOMEM;
	err = rd_table_put(&e->rooms, key, room);
	if (!err)
		err = rd_signaling_meeting_open(e->signaling, room->meeting_id,
						now_of(e));
	if (err) {
		rd_table_take(&e->rooms, key);
		rd_free(room);
	}
	rd_metric_set(&rooms_now, 0, (int64_t)e->rooms.count);
	return err;
}

static void free_member(struct rd_session *s)
{
	rd_table_take(&s->engine->attendees, rd_engine_id_key(s->attendee_id));
	rd_list_remove(&s->in_room);
	rd_wipe(s->token, sizeof(s->token));
	rd_free(s);
}

/* Tells the director of a seat that it is no more; the phone stands. */
static void vacate(struct rd_session *s)
{
	struct rd_room_event event = { .kind = RD_ROOM_CLOSED,
				       .meeting_id = s->meeting_id,
				       .attendee_id = s->attendee_id };

	if (!s->is_seat)
		return;
	if (s->phone)
		rd_phone_stand(s->engine, s->phone->id);
	s->is_seat = false;
	rd_engine_note(s->engine, s->director, s->self, &event, s->attendee_id);
}

void rd_room_close(struct rd_engine *e, const char *meeting_id)
{
	struct rd_room *room = rd_room_find(e, meeting_id);

	if (!room)
		return;
	rd_engine_drop_taping(e, 0, meeting_id);
	rd_engine_unnote_room(e, meeting_id);
	rd_table_take(&e->rooms, rd_engine_id_key(meeting_id));
	while (!rd_list_is_empty(&room->members)) {
		struct rd_session *s = member_of(room->members.next);

		vacate(s);
		rd_engine_release_caller(s);
		free_member(s);
	}
	rd_signaling_meeting_end(e->signaling, room->meeting_id, now_of(e));
	rd_metric_set(&rooms_now, 0, (int64_t)e->rooms.count);
	rd_free(room);
	rd_engine_pump(e);
}

void rd_engine_free_rooms(struct rd_engine *e)
{
	struct rd_room *room;
	struct rd_list *item;
	size_t cursor = 0;

	while ((room = rd_table_next(&e->rooms, &cursor))) {
		while ((item = rd_list_pop(&room->members)))
			rd_free(member_of(item));
		rd_free(room);
	}
	while ((item = rd_list_pop(&e->notes)))
		rd_free(rd_container(item, struct rd_room_note, in_queue));
}

bool rd_room_is_open(const struct rd_engine *e, const char *meeting_id)
{
	return rd_room_find(e, meeting_id) != NULL;
}

enum rd_err rd_room_joining(const struct rd_engine *e, const char *meeting_id,
			    struct rd_joining *joining)
{
	*joining = (struct rd_joining){ .meeting_id = "" };
	return rd_engine_joining(e, e->room_worker, meeting_id, joining);
}

static bool is_present(const struct rd_session *s)
{
	return s && (s->is_seat || s->is_here);
}

unsigned rd_room_present(const struct rd_engine *e, const char *meeting_id)
{
	const struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_list *item;
	unsigned n = 0;

	if (!room)
		return 0;
	rd_list_each (item, &room->members)
		n += is_present(member_of(item));
	return n;
}

bool rd_room_is_present(const struct rd_engine *e, const char *meeting_id,
			const char *attendee_id)
{
	return is_present(
		rd_room_member(rd_room_find(e, meeting_id), attendee_id));
}

/* --- what a room hears --------------------------------------------------- */

static enum rd_err set_program(struct rd_engine *e, const char *meeting_id,
			       struct rd_hears program)
{
	struct rd_room *room = rd_room_find(e, meeting_id);

	if (!room)
		return RD_E_NOTFOUND;
	room->program = program;
	rd_room_route(room);
	return RD_OK;
}

enum rd_err rd_room_play(struct rd_engine *e, const char *meeting_id,
			 const struct rd_sound *sound, bool repeat)
{
	return set_program(e, meeting_id, rd_engine_playing(e, sound, repeat));
}

enum rd_err rd_room_echo(struct rd_engine *e, const char *meeting_id)
{
	return set_program(e, meeting_id,
			   (struct rd_hears){ .what = RD_HEARS_ECHO });
}

enum rd_err rd_room_ringback(struct rd_engine *e, const char *meeting_id)
{
	return set_program(e, meeting_id,
			   (struct rd_hears){ .what = RD_HEARS_RINGBACK });
}

enum rd_err rd_room_hush(struct rd_engine *e, const char *meeting_id)
{
	return set_program(e, meeting_id,
			   (struct rd_hears){ .what = RD_HEARS_NOTHING });
}

/* --- attendees ----------------------------------------------------------- */

/* As signaling knows him: with a socket or as a seat. */
static enum rd_err put_in_roster(struct rd_session *s, bool has_socket,
				 char *token)
{
	struct rd_signaling_attendee attendee = {
		.attendee_id = s->attendee_id,
		.external_user_id = s->external_user_id,
		.has_socket = has_socket,
		.token_ms = s->room->token_ms,
	};

	return rd_signaling_attendee_add(s->engine->signaling, s->meeting_id,
					 &attendee, now_of(s->engine), token);
}

static void take_from_roster(struct rd_session *s)
{
	rd_signaling_attendee_remove(s->engine->signaling, s->meeting_id,
				     s->attendee_id, now_of(s->engine));
}

enum rd_err rd_room_change_roster(struct rd_session *s, bool has_socket)
{
	char token[RD_SIGNALING_TOKEN_TEXT];

	/* The first token stays good: it is signed for him, not listed. */
	take_from_roster(s);
	return put_in_roster(s, has_socket, token);
}

static struct rd_session *make_member(struct rd_room *room,
				      const char *attendee_id,
				      const char *external_user_id)
{
	struct rd_session *s = rd_zalloc(sizeof(*s));

	if (!s)
		return NULL;
	s->engine = room->engine;
	s->room = room;
	s->to = &room->to;
	s->worker = room->engine->room_worker;
	rd_list_init(&s->conns);
	snprintf(s->call_id, sizeof(s->call_id), "%s", room->meeting_id);
	snprintf(s->meeting_id, sizeof(s->meeting_id), "%s", room->meeting_id);
	snprintf(s->attendee_id, sizeof(s->attendee_id), "%s", attendee_id);
	snprintf(s->external_user_id, sizeof(s->external_user_id), "%s",
		 external_user_id);
	rd_list_push(&room->members, &s->in_room);
	return s;
}

enum rd_err rd_room_attendee_add(struct rd_engine *e, const char *meeting_id,
				 const char *attendee_id,
				 const char *external_user_id,
				 char token[RD_SIGNALING_TOKEN_TEXT])
{
	uint64_t key = rd_engine_id_key(attendee_id);
	struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_session *s;
	enum rd_err err;

	token[0] = '\0';
	if (!room)
		return RD_E_NOTFOUND;
	if (strlen(attendee_id) >= RD_ROOM_ID ||
	    strlen(external_user_id) >= RD_SIGNALING_EXTERNAL_TEXT)
		return RD_E_SIZE;
	if (rd_table_get(&e->attendees, key))
		return RD_E_EXISTS;
	s = make_member(room, attendee_id, external_user_id);
	if (!s)
		return RD_E_NOMEM;
	err = rd_table_put(&e->attendees, key, s);
	if (!err)
		err = put_in_roster(s, true, token);
	if (err)
		free_member(s);
	else
		memcpy(s->token, token, sizeof(s->token));
	return err;
}

void rd_room_attendee_remove(struct rd_engine *e, const char *meeting_id,
			     const char *attendee_id)
{
	struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_session *s = rd_room_member(room, attendee_id);

	if (!s)
		return;
	vacate(s);
	take_from_roster(s);
	rd_engine_release_caller(s);
	free_member(s);
	rd_room_route(room);
	rd_engine_pump(e);
}

enum rd_err rd_room_token_holder(const struct rd_engine *e,
				 const char *meeting_id, struct rd_span token,
				 char attendee_id[RD_ROOM_ID])
{
	const struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_list *item;

	attendee_id[0] = '\0';
	if (!room)
		return RD_E_NOTFOUND;
	rd_list_each (item, &room->members) {
		const struct rd_session *s = member_of(item);

		if (!rd_secret_equal(rd_span_text(s->token), token))
			continue;
		memcpy(attendee_id, s->attendee_id, RD_ROOM_ID);
		return RD_OK;
	}
	return RD_E_AUTH;
}
