/* app/settings_kept.c - what remains of a file that was read: the memory of its
 * texts and lists, and the line of each setting.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/settings_priv.h"

struct seen {
	const void *place;
	unsigned line;
};

struct rd_settings {
	void **blocks; /* every allocation of the struct that was read */
	size_t block_count, block_room;
	struct seen *seen;
	size_t seen_count, seen_room;
};

struct rd_settings *rd_settings_open(void)
{
	return rd_zalloc(sizeof(struct rd_settings));
}

void rd_settings_close(struct rd_settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->block_count; i++)
		rd_free(s->blocks[i]);
	rd_free(s->blocks);
	rd_free(s->seen);
	rd_free(s);
}

static bool grow(void **at, size_t *room, size_t count, size_t each)
{
	size_t more = *room ? *room * 2 : 32;
	void *bigger;

	if (count < *room)
		return true;
	bigger = rd_realloc(*at, more * each);
	if (!bigger)
		return false;
	*at = bigger;
	*room = more;
	return true;
}

void *rd_settings_keep(struct rd_settings *s, size_t bytes)
{
	void *block;
	void *table = s->blocks;

	if (!grow(&table, &s->block_room, s->block_count, sizeof(void *)))
		return NULL;
	s->blocks = table;
	block = rd_zalloc(bytes);
	if (block)
		s->blocks[s->block_count++] = block;
	return block;
}

enum rd_err rd_settings_note(struct rd_settings *s, const void *place,
			     unsigned line)
{
	void *table = s->seen;

	if (!grow(&table, &s->seen_room, s->seen_count, sizeof(struct seen)))
		return RD_E_NOMEM;
	s->seen = table;
	s->seen[s->seen_count++] = (struct seen){ place, line };
	return RD_OK;
}

unsigned rd_settings_line(const struct rd_settings *s, const void *place)
{
	for (size_t i = 0; i < s->seen_count; i++)
		if (s->seen[i].place == place)
			return s->seen[i].line;
	return 0;
}
