/* media/wheel.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/wheel.h"

void rd_wheel_init(struct rd_wheel *w, uint64_t now_us)
{
	memset(w, 0, sizeof(*w));
	w->at_ms = now_us / 1000;
	for (unsigned i = 0; i < RD_WHEEL_SLOTS; i++)
		rd_list_init(&w->slots[i]);
}

void rd_wheel_arm(struct rd_wheel *w, struct rd_spoke *s, uint64_t due_us)
{
	uint64_t ms = due_us / 1000 + (due_us % 1000 != 0);
	unsigned slot;

	rd_list_remove(&s->in_slot);
	s->due_us = due_us;
	if (due_us == UINT64_MAX)
		return;
	/* at_ms may be in the middle of being served: never into it. */
	if (ms <= w->at_ms)
		ms = w->at_ms + 1;
	if (ms > w->at_ms + RD_WHEEL_SLOTS - 1)
		ms = w->at_ms + RD_WHEEL_SLOTS - 1;
	slot = ms % RD_WHEEL_SLOTS;
	rd_list_push(&w->slots[slot], &s->in_slot);
	w->used[slot / 64] |= 1ULL << slot % 64;
}

void rd_wheel_disarm(struct rd_spoke *s)
{
	rd_list_remove(&s->in_slot);
}

/* Distance in slots from `from` on to the first that may hold something;
 * RD_WHEEL_SLOTS if there is none. */
static unsigned distance(const struct rd_wheel *w, unsigned from)
{
	unsigned gone = 0;

	while (gone < RD_WHEEL_SLOTS) {
		unsigned slot = (from + gone) % RD_WHEEL_SLOTS;
		uint64_t rest = w->used[slot / 64] >> slot % 64;

		if (rest)
			return gone + (unsigned)__builtin_ctzll(rest);
		gone += 64 - slot % 64;
	}
	return RD_WHEEL_SLOTS;
}

struct rd_spoke *rd_wheel_pop(struct rd_wheel *w, uint64_t now_us)
{
	uint64_t now_ms = now_us / 1000;

	while (w->at_ms <= now_ms) {
		unsigned slot = w->at_ms % RD_WHEEL_SLOTS;
		struct rd_list *item = rd_list_pop(&w->slots[slot]);
		struct rd_spoke *s;
		unsigned skip;

		if (item) {
			s = rd_container(item, struct rd_spoke, in_slot);
			if (s->due_us <= now_us)
				return s;
			rd_wheel_arm(w, s, s->due_us);
			continue;
		}
		w->used[slot / 64] &= ~(1ULL << slot % 64);
		skip = distance(w, slot);
		if (w->at_ms + skip > now_ms) {
			w->at_ms = now_ms + 1;
			return NULL;
		}
		w->at_ms += skip;
	}
	return NULL;
}

uint64_t rd_wheel_due_us(const struct rd_wheel *w)
{
	unsigned skip = distance(w, w->at_ms % RD_WHEEL_SLOTS);

	if (skip == RD_WHEEL_SLOTS)
		return UINT64_MAX;
	return (w->at_ms + skip) * 1000;
}
