/* provider/engine_seat.c - seats of rooms: attendees without a socket, whose
 * voice is a phone's; and other ways in which phones are heard.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "provider/engine_priv.h"

enum rd_err rd_room_seat(struct rd_engine *e, const char *meeting_id,
			 const char *attendee_id,
			 const struct rd_director *director, void *self)
{
	struct rd_session *s =
		rd_room_member(rd_room_find(e, meeting_id), attendee_id);
	enum rd_err err;

	if (!s)
		return RD_E_NOTFOUND;
	if (s->is_seat || s->is_here || !rd_list_is_empty(&s->conns))
		return RD_E_STATE;
	if (!rd_room_has_place(s))
		return RD_E_LIMIT;
	err = rd_room_change_roster(s, false);
	if (err)
		return err;
	s->is_seat = true;
	s->director = director;
	s->self = self;
	rd_engine_pump(e);
	return RD_OK;
}

void rd_room_unseat(struct rd_engine *e, const char *meeting_id,
		    const char *attendee_id)
{
	struct rd_session *s =
		rd_room_member(rd_room_find(e, meeting_id), attendee_id);

	rd_engine_unnote_seat(e, attendee_id);
	if (!s || !s->is_seat)
		return;
	if (s->phone)
		rd_phone_stand(e, s->phone->id);
	s->is_seat = false;
	s->is_muted = false;
	s->director = NULL;
	if (rd_room_change_roster(s, true) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"attendee cannot come back\"",
		       meeting_id);
	rd_engine_pump(e);
}

enum rd_err rd_room_mute(struct rd_engine *e, const char *meeting_id,
			 const char *attendee_id, bool is_muted)
{
	struct rd_session *s =
		rd_room_member(rd_room_find(e, meeting_id), attendee_id);

	if (!s)
		return RD_E_NOTFOUND;
	if (!s->is_seat)
		return RD_E_STATE;
	s->is_muted = is_muted;
	rd_signaling_mute(e->signaling, meeting_id, attendee_id, is_muted);
	rd_room_route(s->room);
	rd_engine_pump(e);
	return RD_OK;
}

enum rd_err rd_phone_sit(struct rd_engine *e, rd_phone phone,
			 const char *meeting_id, const char *attendee_id)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);
	struct rd_session *s =
		rd_room_member(rd_room_find(e, meeting_id), attendee_id);

	if (!p || p->is_over || !s)
		return RD_E_NOTFOUND;
	if (!s->is_seat || s->phone || p->seat || p->peer)
		return RD_E_STATE;
	s->phone = p;
	p->seat = s;
	rd_room_route(s->room);
	return RD_OK;
}

void rd_phone_stand(struct rd_engine *e, rd_phone phone)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);
	struct rd_room *room = p && p->seat ? p->seat->room : NULL;

	if (!room)
		return;
	p->seat->phone = NULL;
	p->seat = NULL;
	rd_engine_phone_route(p);
	rd_room_route(room);
}

enum rd_err rd_phone_bridge(struct rd_engine *e, rd_phone a, rd_phone b)
{
	struct rd_phone_leg *pa = rd_table_get(&e->phones, a);
	struct rd_phone_leg *pb = rd_table_get(&e->phones, b);

	if (!pa || !pb || pa->is_over || pb->is_over)
		return RD_E_NOTFOUND;
	if (pa == pb || pa->seat || pb->seat || pa->peer || pb->peer)
		return RD_E_STATE;
	pa->peer = pb;
	pb->peer = pa;
	rd_engine_phone_route(pa);
	rd_engine_phone_route(pb);
	return RD_OK;
}

void rd_phone_unbridge(struct rd_engine *e, rd_phone phone)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);
	struct rd_phone_leg *peer = p ? p->peer : NULL;

	if (!peer)
		return;
	p->peer = NULL;
	peer->peer = NULL;
	rd_engine_phone_route(p);
	rd_engine_phone_route(peer);
}

/* --- early media ---------------------------------------------------------- */

enum rd_err rd_room_overhear(struct rd_engine *e, const char *meeting_id,
			     rd_phone phone)
{
	struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);
	rd_leg leg = p && !p->is_over ? rd_engine_phone_leg(p) : 0;

	if (!room || !p || p->is_over)
		return RD_E_NOTFOUND;
	if (!leg)
		return RD_E_STATE;
	memcpy(p->overhearing_id, room->meeting_id, sizeof(p->overhearing_id));
	room->program = (struct rd_hears){ .what = RD_HEARS_LEG, .from = leg };
	rd_room_route(room);
	return RD_OK;
}

void rd_room_unhear(struct rd_engine *e, const char *meeting_id, rd_leg leg)
{
	struct rd_room *room = rd_room_find(e, meeting_id);

	if (!room || room->program.what != RD_HEARS_LEG ||
	    room->program.from != leg)
		return;
	room->program = (struct rd_hears){ .what = RD_HEARS_NOTHING };
	rd_room_route(room);
}
