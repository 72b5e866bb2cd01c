/* call/limits.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each person has the times of his starts in the last day, oldest first, in
 * a table keyed by a hash of the owner.
 */
#include "call/limits.h"

#include "base/table.h"
#include "base/text.h"
#include "call/record.h"

enum {
	MINUTE_MS = 60000,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS,
	AT_ONCE_RETRY_S = 30, /* nobody knows when a call ends */
	FIRST_ROOM = 4,
};

struct person {
	char owner[RD_OWNER_TEXT];
	unsigned running;
	unsigned count, room;
	uint64_t *starts; /* wall ms, oldest first */
};

struct rd_limits {
	struct rd_table people; /* struct person */
};

enum rd_err rd_limits_open(struct rd_limits **out)
{
	*out = rd_zalloc(sizeof(**out));
	return *out ? RD_OK : RD_E_NOMEM;
}

static void free_person(struct person *p)
{
	rd_free(p->starts);
	rd_free(p);
}

void rd_limits_close(struct rd_limits *l)
{
	struct person *p;
	size_t cursor = 0;

	if (!l)
		return;
	while ((p = rd_table_next(&l->people, &cursor)))
		free_person(p);
	rd_table_fini(&l->people);
	rd_free(l);
}

static uint64_t key_of(const char *owner)
{
	return rd_text_hash(RD_TEXT_HASH, rd_span_text(owner));
}

/* Two people with one key would share limits: probe until the owner fits. */
static struct person *find(const struct rd_limits *l, const char *owner,
			   uint64_t *key)
{
	struct person *p;

	for (*key = key_of(owner); (p = rd_table_get(&l->people, *key));
	     (*key)++)
		if (!strcmp(p->owner, owner))
			return p;
	return NULL;
}

static struct person *find_or_add(struct rd_limits *l, const char *owner)
{
	uint64_t key;
	struct person *p = find(l, owner, &key);

	if (p)
		return p;
	p = rd_zalloc(sizeof(*p));
	if (!p)
		return NULL;
	memcpy(p->owner, owner,
	       rd_min_size(strlen(owner), sizeof(p->owner) - 1));
	if (rd_table_put(&l->people, key, p) != RD_OK) {
		rd_free(p);
		return NULL;
	}
	return p;
}

static enum rd_err add_start(struct person *p, uint64_t at_ms)
{
	unsigned i;

	if (p->count == p->room) {
		unsigned room = p->room ? p->room * 2 : FIRST_ROOM;
		uint64_t *more = rd_realloc(p->starts, room * sizeof(*more));

		if (!more)
			return RD_E_NOMEM;
		p->starts = more;
		p->room = room;
	}
	/* Restored ones may come in any order. */
	for (i = p->count++; i > 0 && p->starts[i - 1] > at_ms; i--)
		p->starts[i] = p->starts[i - 1];
	p->starts[i] = at_ms;
	return RD_OK;
}

static void forget_old(struct person *p, uint64_t now_ms)
{
	unsigned old = 0;

	/* A wall clock that was set back (F12): a start of the future would
	 * lock its owner out until then. */
	for (unsigned i = p->count; i > 0 && p->starts[i - 1] > now_ms; i--)
		p->starts[i - 1] = now_ms;
	while (old < p->count && p->starts[old] + DAY_MS <= now_ms)
		old++;
	if (old == 0)
		return;
	p->count -= old;
	memmove(p->starts, p->starts + old, p->count * sizeof(p->starts[0]));
}

enum rd_err rd_limits_restore(struct rd_limits *l, const char *owner,
			      uint64_t started_wall_ms)
{
	struct person *p = find_or_add(l, owner);

	return p ? add_start(p, started_wall_ms) : RD_E_NOMEM;
}

/* Whether most starts within window_ms are reached; then *retry_s says when
 * the oldest of them leaves the window. */
static bool is_reached(const struct person *p, unsigned most,
		       uint64_t window_ms, uint64_t now_ms, unsigned *retry_s)
{
	uint64_t oldest_ms;

	if (most == 0 || p->count < most)
		return false;
	oldest_ms = p->starts[p->count - most];
	if (oldest_ms + window_ms <= now_ms)
		return false;
	*retry_s = (unsigned)((oldest_ms + window_ms - now_ms + 999) / 1000);
	return true;
}

enum rd_err rd_limits_admit(struct rd_limits *l, const char *owner,
			    const struct rd_limits_cfg *cfg,
			    uint64_t now_wall_ms, enum rd_reason *reason,
			    unsigned *retry_after_s)
{
	struct person *p = find_or_add(l, owner);
	enum rd_err err;

	if (!p)
		return RD_E_NOMEM;
	forget_old(p, now_wall_ms);
	if (cfg->at_once && p->running >= cfg->at_once) {
		*reason = RD_REASON_LIMIT_CONCURRENT;
		*retry_after_s = AT_ONCE_RETRY_S;
		return RD_E_LIMIT;
	}
	if (is_reached(p, cfg->per_day, DAY_MS, now_wall_ms, retry_after_s) ||
	    is_reached(p, cfg->per_hour, HOUR_MS, now_wall_ms, retry_after_s) ||
	    is_reached(p, cfg->per_minute, MINUTE_MS, now_wall_ms,
		       retry_after_s)) {
		*reason = RD_REASON_LIMIT_RATE;
		return RD_E_LIMIT;
	}
	err = add_start(p, now_wall_ms);
	if (!err)
		p->running++;
	return err;
}

void rd_limits_withdraw(struct rd_limits *l, const char *owner)
{
	uint64_t key;
	struct person *p = find(l, owner, &key);

	if (!p || p->running == 0)
		return;
	p->running--;
	if (p->count > 0)
		p->count--;
}

void rd_limits_ended(struct rd_limits *l, const char *owner)
{
	uint64_t key;
	struct person *p = find(l, owner, &key);

	if (p && p->running > 0)
		p->running--;
}

void rd_limits_sweep(struct rd_limits *l, uint64_t now_wall_ms)
{
	struct rd_table kept = { 0 };
	struct person *p;
	size_t cursor = 0;

	/* Built anew: probing does not survive single removals. */
	while ((p = rd_table_next(&l->people, &cursor))) {
		uint64_t key = key_of(p->owner);

		forget_old(p, now_wall_ms);
		if (p->count == 0 && p->running == 0)
			continue;
		while (rd_table_get(&kept, key))
			key++;
		if (rd_table_put(&kept, key, p) != RD_OK) {
			rd_table_fini(&kept); /* another time */
			return;
		}
	}
	cursor = 0;
	while ((p = rd_table_next(&l->people, &cursor)))
		if (p->count == 0 && p->running == 0)
			free_person(p);
	rd_table_fini(&l->people);
	l->people = kept;
}
