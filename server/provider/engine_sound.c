/* provider/engine_sound.c - sounds that media reads, and when they may go.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A worker reads a sound until it says PLAYED, or CLOSED of the leg; after
 * another source was ordered it may still read it for a moment.  So a sound
 * is held for each leg that was told to play it until that leg says one of
 * the two, and as long as a room or a phone has it as its programme.
 */
#include <poll.h>

#include "base/clock.h"
#include "provider/engine_priv.h"

enum {
	PATIENCE_MS = 2000, /* with a worker that closes its legs */
};

struct held {
	struct rd_list in_engine; /* struct rd_engine.held_sounds */
	rd_leg leg;
	const struct rd_sound *sound;
};
struct dropped {
	struct rd_list in_engine; /* struct rd_engine.dropped_sounds */
	struct rd_sound *sound;
};

/* It is still to be played to whoever comes. */
static bool is_programme(const struct rd_engine *e,
			 const struct rd_sound *sound)
{
	const struct rd_room *room;
	const struct rd_phone_leg *p;
	size_t cursor = 0;

	while ((room = rd_table_next(&e->rooms, &cursor)))
		if (room->program.sound == sound)
			return true;
	cursor = 0;
	while ((p = rd_table_next(&e->phones, &cursor)))
		if (p->program.sound == sound)
			return true;
	return false;
}

static bool is_held(const struct rd_engine *e, const struct rd_sound *sound)
{
	struct rd_list *item;

	if (is_programme(e, sound))
		return true;
	rd_list_each (item, &e->held_sounds)
		if (rd_container(item, struct held, in_engine)->sound == sound)
			return true;
	return false;
}

void rd_engine_sound_held(struct rd_engine *e, rd_leg leg,
			  const struct rd_sound *sound)
{
	struct held *h = rd_alloc(sizeof(*h));

	/* Without the note a dropped sound would be freed under the worker:
	 * better never than too early. */
	if (!h) {
		e->keeps_sounds = true;
		return;
	}
	*h = (struct held){ .leg = leg, .sound = sound };
	rd_list_push(&e->held_sounds, &h->in_engine);
}

/* Those that nobody reads; all of them if so told. */
static void free_dropped(struct rd_engine *e, bool all)
{
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &e->dropped_sounds) {
		struct dropped *d =
			rd_container(item, struct dropped, in_engine);

		if (!all && (e->keeps_sounds || is_held(e, d->sound)))
			continue;
		rd_list_remove(item);
		rd_sound_close(d->sound);
		rd_free(d);
	}
}

void rd_engine_sound_media(struct rd_engine *e,
			   const struct rd_media_event *event)
{
	struct rd_list *item, *after;

	/* Others too: what a room was to hear may have changed meanwhile. */
	if (event->kind != RD_MEDIA_PLAYED && event->kind != RD_MEDIA_CLOSED) {
		free_dropped(e, false);
		return;
	}
	rd_list_each_safe (item, after, &e->held_sounds) {
		struct held *h = rd_container(item, struct held, in_engine);

		if (h->leg != event->leg)
			continue;
		rd_list_remove(item);
		rd_free(h);
	}
	free_dropped(e, false);
}

void rd_engine_sound_drop(struct rd_engine *e, struct rd_sound *sound)
{
	struct dropped *d;

	if (!sound)
		return;
	if (!e->keeps_sounds && !is_held(e, sound)) {
		rd_sound_close(sound);
		return;
	}
	d = rd_alloc(sizeof(*d));
	if (!d)
		return; /* kept for ever, which is safe */
	*d = (struct dropped){ .sound = sound };
	rd_list_push(&e->dropped_sounds, &d->in_engine);
}

static void close_readers(struct rd_engine *e)
{
	uint64_t until_ms = rd_clock_ms() + PATIENCE_MS, now_ms;
	struct pollfd w = { .fd = rd_media_fd(e->cfg.media), .events = POLLIN };
	struct rd_media_event event;
	struct rd_list *item;

	rd_list_each (item, &e->held_sounds)
		rd_media_leg_close(
			e->cfg.media,
			rd_container(item, struct held, in_engine)->leg);
	while (!rd_list_is_empty(&e->held_sounds)) {
		while (rd_media_poll(e->cfg.media, &event) == RD_OK)
			rd_engine_sound_media(e, &event);
		now_ms = rd_clock_ms();
		if (rd_list_is_empty(&e->held_sounds) || now_ms >= until_ms)
			return;
		poll(&w, 1, (int)(until_ms - now_ms));
	}
}

void rd_engine_free_sounds(struct rd_engine *e)
{
	bool is_let_go;
	struct rd_list *item;

	/* Rooms and phones are gone, and their programmes with them. */
	rd_table_fini(&e->rooms);
	rd_table_fini(&e->phones);
	close_readers(e);
	is_let_go = rd_list_is_empty(&e->held_sounds) && !e->keeps_sounds;
	while ((item = rd_list_pop(&e->held_sounds)))
		rd_free(rd_container(item, struct held, in_engine));
	/* A worker that hangs keeps what it reads. */
	free_dropped(e, is_let_go);
	while ((item = rd_list_pop(&e->dropped_sounds)))
		rd_free(rd_container(item, struct dropped, in_engine));
}
