/* base/pool.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An id is generation << 16 | index + 1.  Objects are allocated when first
 * used and kept, so an idle server does not pay for its peak.
 */
#include "base/pool.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

struct slot {
	void *object;
	uint16_t generation;
	uint16_t next_free; /* index + 1, 0 = none */
	bool is_used;
};

struct rd_pool {
	size_t count;
	size_t object_bytes;

	size_t used;
	size_t touched; /* slots below this have been used at least once */
	uint16_t first_free;
	struct slot slots[];
};

enum rd_err rd_pool_open(struct rd_pool **out, size_t count,
			 size_t object_bytes)
{
	struct rd_pool *p;

	*out = NULL;
	rd_assert(count >= 1 && count <= 65535);
	p = rd_zalloc(sizeof(*p) + count * sizeof(p->slots[0]));
	if (!p)
		return RD_E_NOMEM;
	p->count = count;
	p->object_bytes = object_bytes;
	*out = p;
	return RD_OK;
}

void rd_pool_close(struct rd_pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->touched; i++)
		rd_free(p->slots[i].object);
	rd_free(p);
}

static uint32_t id_of(const struct rd_pool *p, size_t index)
{
	return (uint32_t)p->slots[index].generation << 16 |
	       (uint32_t)(index + 1);
}

void *rd_pool_take(struct rd_pool *p, uint32_t *id)
{
	struct slot *s;
	size_t index;

	*id = 0;
	if (p->first_free) {
		index = p->first_free - 1U;
		s = &p->slots[index];
		p->first_free = s->next_free;
	} else {
		if (p->touched == p->count)
			return NULL;
		index = p->touched;
		s = &p->slots[index];
		s->object = rd_alloc(p->object_bytes);
		if (!s->object)
			return NULL;
		p->touched++;
	}
	memset(s->object, 0, p->object_bytes);
	s->is_used = true;
	p->used++;
	*id = id_of(p, index);
	return s->object;
}

static struct slot *find(const struct rd_pool *p, uint32_t id)
{
	size_t index = (id & 0xffff) - 1U;
	const struct slot *s;

	if ((id & 0xffff) == 0 || index >= p->touched)
		return NULL;
	s = &p->slots[index];
	if (!s->is_used || s->generation != id >> 16)
		return NULL;
	return (struct slot *)(uintptr_t)s;
}

void rd_pool_give(struct rd_pool *p, uint32_t id)
{
	struct slot *s = find(p, id);

	if (!s)
		return;
	s->is_used = false;
	s->generation++;
	s->next_free = p->first_free;
	p->first_free = (uint16_t)(id & 0xffff);
	p->used--;
}

void *rd_pool_get(const struct rd_pool *p, uint32_t id)
{
	struct slot *s = find(p, id);

	return s ? s->object : NULL;
}

void *rd_pool_next(const struct rd_pool *p, size_t *cursor, uint32_t *id)
{
	while (*cursor < p->touched) {
		size_t index = (*cursor)++;

		if (p->slots[index].is_used) {
			*id = id_of(p, index);
			return p->slots[index].object;
		}
	}
	return NULL;
}

size_t rd_pool_used(const struct rd_pool *p)
{
	return p->used;
}

size_t rd_pool_size(const struct rd_pool *p)
{
	return p->count;
}
