/* provider/engine_route.c - what members of rooms and phones hear, and how
 * their directors are told what happened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "provider/engine_priv.h"

/* --- hearing ------------------------------------------------------------ */

static bool is_same(const struct rd_hears *a, const struct rd_hears *b)
{
	return a->what == b->what && a->from == b->from &&
	       a->sound == b->sound && a->serial == b->serial;
}

static enum rd_err tell_media(struct rd_engine *e, rd_leg leg,
			      const struct rd_hears *h)
{
	struct rd_media *m = e->cfg.media;

	switch (h->what) {
	case RD_HEARS_LEG:
		return rd_media_hear(m, leg, h->from);
	case RD_HEARS_ECHO:
		return rd_media_echo(m, leg);
	case RD_HEARS_RINGBACK:
		return rd_media_ringback(m, leg);
	case RD_HEARS_SOUND:
		/* Before the order, so that it cannot end unnoticed. */
		rd_engine_sound_held(e, leg, h->sound);
		return rd_media_play(m, leg, h->sound, h->is_repeated);
	case RD_HEARS_NOTHING:
		break;
	}
	return rd_media_silence(m, leg);
}

void rd_engine_hear(struct rd_engine *e, rd_leg leg, struct rd_hears *now,
		    const struct rd_hears *wanted, const char *log_id)
{
	enum rd_err err;

	if (now->leg == leg && is_same(now, wanted))
		return;
	/* A new leg hears nothing. */
	if (now->leg != leg && wanted->what == RD_HEARS_NOTHING)
		err = RD_OK;
	else
		err = tell_media(e, leg, wanted);
	if (err) {
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"leg hears not\" what=%d error=%s",
		       log_id, (int)wanted->what, rd_err_name(err));
		return;
	}
	*now = *wanted;
	now->leg = leg;
}

struct rd_hears rd_engine_playing(struct rd_engine *e,
				  const struct rd_sound *sound, bool repeat)
{
	return (struct rd_hears){ .what = RD_HEARS_SOUND,
				  .sound = sound,
				  .is_repeated = repeat,
				  .serial = ++e->last_serial };
}

/* --- telling ------------------------------------------------------------ */

void rd_engine_note(struct rd_engine *e, const struct rd_director *director,
		    void *self, const struct rd_room_event *event,
		    const char *seat_id)
{
	struct rd_room_note *n;

	if (!director)
		return;
	n = rd_zalloc(sizeof(*n));
	if (!n) {
		rd_log(RD_LOG_ERROR, "provider",
		       "event=\"event lost\" error=NOMEM");
		return;
	}
	n->director = director;
	n->self = self;
	n->event = *event;
	snprintf(n->seat_id, sizeof(n->seat_id), "%s", seat_id);
	snprintf(n->meeting_id, sizeof(n->meeting_id), "%s",
		 event->meeting_id ? event->meeting_id : "");
	snprintf(n->attendee_id, sizeof(n->attendee_id), "%s",
		 event->attendee_id ? event->attendee_id : "");
	n->event.meeting_id = n->meeting_id;
	n->event.attendee_id = n->attendee_id;
	rd_list_push(&e->notes, &n->in_queue);
	rd_timer_arm(rd_loop_timers(e->cfg.loop), &e->note_timer,
		     rd_loop_now_ms(e->cfg.loop));
}

static void forget(struct rd_room_note *n)
{
	rd_list_remove(&n->in_queue);
	rd_free(n);
}

void rd_engine_unnote_room(struct rd_engine *e, const char *meeting_id)
{
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &e->notes) {
		struct rd_room_note *n =
			rd_container(item, struct rd_room_note, in_queue);

		if (!n->seat_id[0] && !n->event.phone &&
		    !strcmp(n->meeting_id, meeting_id))
			forget(n);
	}
}

void rd_engine_unnote_seat(struct rd_engine *e, const char *seat_id)
{
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &e->notes) {
		struct rd_room_note *n =
			rd_container(item, struct rd_room_note, in_queue);

		if (!strcmp(n->seat_id, seat_id))
			forget(n);
	}
}

void rd_engine_unnote_phone(struct rd_engine *e, rd_phone phone)
{
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &e->notes) {
		struct rd_room_note *n =
			rd_container(item, struct rd_room_note, in_queue);

		if (n->event.phone == phone)
			forget(n);
	}
}

void rd_engine_deliver(struct rd_timer *timer, uint64_t now_ms)
{
	struct rd_engine *e = rd_container(timer, struct rd_engine, note_timer);
	struct rd_list *item;

	(void)now_ms;
	while ((item = rd_list_pop(&e->notes))) {
		struct rd_room_note *n =
			rd_container(item, struct rd_room_note, in_queue);

		if (n->event.kind == RD_PHONE_ENDED)
			rd_engine_phone_gone(e, n->event.phone);
		n->director->event(n->self, &n->event);
		rd_free(n);
	}
}
