/* base/table.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/table.h"

#include "base/mem.h"

enum {
	FIRST_SLOTS = 16
};

struct rd_table_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

static size_t home_of(const struct rd_table *t, uint64_t key)
{
	key *= 0x9e3779b97f4a7c15U;
	return (size_t)(key >> 32) & t->mask;
}

void rd_table_fini(struct rd_table *t)
{
	rd_free(t->slots);
	*t = (struct rd_table){ 0 };
}

/* The slot that has the key, or the free one where it belongs. */
static struct rd_table_slot *slot_of(const struct rd_table *t, uint64_t key)
{
	size_t at = home_of(t, key);

	while (t->slots[at].value && t->slots[at].key != key)
		at = (at + 1) & t->mask;
	return &t->slots[at];
}

static enum rd_err grow(struct rd_table *t)
{
	struct rd_table bigger = { .mask = t->slots ? t->mask * 2 + 1
						    : FIRST_SLOTS - 1 };
	size_t cursor = 0;

	bigger.slots = rd_zalloc((bigger.mask + 1) * sizeof(*bigger.slots));
	if (!bigger.slots)
		return RD_E_NOMEM;
	for (; t->slots && cursor <= t->mask; cursor++)
		if (t->slots[cursor].value)
			*slot_of(&bigger, t->slots[cursor].key) =
				t->slots[cursor];
	bigger.count = t->count;
	rd_free(t->slots);
	*t = bigger;
	return RD_OK;
}

enum rd_err rd_table_put(struct rd_table *t, uint64_t key, void *value)
{
	struct rd_table_slot *slot;

	rd_assert(value);
	if (!t->slots || t->count * 4 >= t->mask * 3) {
		enum rd_err err = grow(t);

		if (err)
			return err;
	}
	slot = slot_of(t, key);
	t->count += !slot->value;
	*slot = (struct rd_table_slot){ key, value };
	return RD_OK;
}

void *rd_table_get(const struct rd_table *t, uint64_t key)
{
	return t->slots ? slot_of(t, key)->value : NULL;
}

void *rd_table_take(struct rd_table *t, uint64_t key)
{
	struct rd_table_slot *slot = t->slots ? slot_of(t, key) : NULL;
	void *value = slot ? slot->value : NULL;
	size_t hole, at;

	if (!value)
		return NULL;
	t->count--;
	/* Close the gap, so that searches need no tombstones. */
	hole = (size_t)(slot - t->slots);
	for (at = (hole + 1) & t->mask; t->slots[at].value;
	     at = (at + 1) & t->mask) {
		size_t home = home_of(t, t->slots[at].key);

		if (((at - home) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[at];
		hole = at;
	}
	t->slots[hole].value = NULL;
	return value;
}

void *rd_table_next(const struct rd_table *t, size_t *cursor)
{
	while (t->slots && *cursor <= t->mask) {
		void *value = t->slots[(*cursor)++].value;

		if (value)
			return value;
	}
	return NULL;
}
