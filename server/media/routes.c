/* media/routes.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Linear probing; an entry that goes is filled by moving later ones of its
 * run back, so there are no grave stones and a look-up never degrades.
 */
#include "media/routes.h"

#include "base/random.h"
#include "base/text.h"

enum {
	SSRC_FAMILY = 32,
};

struct by_addr {
	struct rd_addr addr;
	uint32_t hash;
	struct rd_media_leg *leg; /* NULL: empty */
};

struct by_name {
	const char *name; /* NULL: empty */
	struct rd_media_leg *leg;
	uint32_t hash;
};

struct rd_routes {
	uint32_t seed; /* so that nobody can choose colliding addresses */
	size_t addr_mask, addr_used;
	size_t name_mask, name_used;
	struct by_addr *addrs;
	struct by_name *names;
};

static size_t power_of_two(size_t least)
{
	size_t n = 16;

	while (n < least)
		n *= 2;
	return n;
}

enum rd_err rd_routes_open(struct rd_routes **out, unsigned legs)
{
	size_t most = (size_t)legs * (RD_LEG_ADDRESSES + 1);
	size_t addrs = power_of_two(most / 3 * 4 + 4); /* three quarters full */
	size_t names = power_of_two((size_t)legs * 2);
	struct rd_routes *r;

	*out = NULL;
	r = rd_zalloc(sizeof(*r));
	if (!r)
		return RD_E_NOMEM;
	r->seed = rd_random_u32();
	r->addr_mask = addrs - 1;
	r->name_mask = names - 1;
	r->addrs = rd_zalloc(addrs * sizeof(r->addrs[0]));
	r->names = rd_zalloc(names * sizeof(r->names[0]));
	if (!r->addrs || !r->names) {
		rd_routes_close(r);
		return RD_E_NOMEM;
	}
	*out = r;
	return RD_OK;
}

void rd_routes_close(struct rd_routes *r)
{
	if (!r)
		return;
	rd_free(r->addrs);
	rd_free(r->names);
	rd_free(r);
}

static uint32_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15ULL;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ULL;
	return (uint32_t)(x >> 32);
}

static uint32_t hash_addr(const struct rd_routes *r, const struct rd_addr *a)
{
	uint64_t low, high;

	memcpy(&low, a->ip, 8);
	memcpy(&high, a->ip + 8, 8);
	if (a->family == 4)
		return mix((low & 0xffffffff) ^ (uint64_t)a->port << 32 ^
			   (uint64_t)r->seed << 16);
	return mix(low ^ mix(high ^ (uint64_t)a->port << 32) ^
		   (uint64_t)r->seed << 16);
}

static struct by_addr *find_addr(const struct rd_routes *r,
				 const struct rd_addr *a, uint32_t hash)
{
	size_t i = hash & r->addr_mask;

	while (r->addrs[i].leg) {
		if (r->addrs[i].hash == hash &&
		    rd_addr_equal(&r->addrs[i].addr, a))
			break;
		i = (i + 1) & r->addr_mask;
	}
	return &r->addrs[i];
}

struct rd_media_leg *rd_routes_by_addr(const struct rd_routes *r,
				       const struct rd_addr *a)
{
	return find_addr(r, a, hash_addr(r, a))->leg;
}

void rd_routes_expect(const struct rd_routes *r, const struct rd_addr *a)
{
	__builtin_prefetch(&r->addrs[hash_addr(r, a) & r->addr_mask]);
}

enum rd_err rd_routes_add(struct rd_routes *r, const struct rd_addr *a,
			  struct rd_media_leg *leg)
{
	uint32_t hash = hash_addr(r, a);
	struct by_addr *e = find_addr(r, a, hash);

	if (!e->leg) {
		if (r->addr_used >= (r->addr_mask + 1) / 4 * 3)
			return RD_E_FULL;
		r->addr_used++;
		e->addr = *a;
		e->hash = hash;
	}
	e->leg = leg;
	return RD_OK;
}

/* Whether an entry whose home is `home` may move from `at` into `hole`. */
static bool may_move(size_t home, size_t at, size_t hole, size_t mask)
{
	return ((at - home) & mask) >= ((at - hole) & mask);
}

void rd_routes_remove(struct rd_routes *r, const struct rd_addr *a,
		      const struct rd_media_leg *leg)
{
	struct by_addr *e = find_addr(r, a, hash_addr(r, a));
	size_t hole = (size_t)(e - r->addrs), at = hole;

	if (!e->leg || e->leg != leg)
		return;
	for (;;) {
		at = (at + 1) & r->addr_mask;
		if (!r->addrs[at].leg)
			break;
		if (may_move(r->addrs[at].hash & r->addr_mask, at, hole,
			     r->addr_mask)) {
			r->addrs[hole] = r->addrs[at];
			hole = at;
		}
	}
	r->addrs[hole].leg = NULL;
	r->addr_used--;
}

/* An SSRC stands in the same table as an address of a family of its own. */
static struct rd_addr addr_of_ssrc(uint32_t ssrc)
{
	struct rd_addr a = { .family = SSRC_FAMILY };

	memcpy(a.ip, &ssrc, sizeof(ssrc));
	return a;
}

struct rd_media_leg *rd_routes_by_ssrc(const struct rd_routes *r, uint32_t ssrc)
{
	struct rd_addr a = addr_of_ssrc(ssrc);

	return rd_routes_by_addr(r, &a);
}

enum rd_err rd_routes_add_ssrc(struct rd_routes *r, uint32_t ssrc,
			       struct rd_media_leg *leg)
{
	struct rd_addr a = addr_of_ssrc(ssrc);

	return rd_routes_add(r, &a, leg);
}

void rd_routes_remove_ssrc(struct rd_routes *r, uint32_t ssrc,
			   const struct rd_media_leg *leg)
{
	struct rd_addr a = addr_of_ssrc(ssrc);

	rd_routes_remove(r, &a, leg);
}

static uint32_t hash_name(const struct rd_routes *r, struct rd_span name)
{
	return mix(rd_text_hash(r->seed, name));
}

static struct by_name *find_name(const struct rd_routes *r, struct rd_span name,
				 uint32_t hash)
{
	size_t i = hash & r->name_mask;

	while (r->names[i].name) {
		if (r->names[i].hash == hash &&
		    rd_span_is(name, r->names[i].name))
			break;
		i = (i + 1) & r->name_mask;
	}
	return &r->names[i];
}

struct rd_media_leg *rd_routes_by_name(const struct rd_routes *r,
				       struct rd_span name)
{
	struct by_name *e = find_name(r, name, hash_name(r, name));

	return e->name ? e->leg : NULL;
}

enum rd_err rd_routes_add_name(struct rd_routes *r, const char *name,
			       struct rd_media_leg *leg)
{
	uint32_t hash = hash_name(r, rd_span_text(name));
	struct by_name *e = find_name(r, rd_span_text(name), hash);

	if (e->name)
		return RD_E_EXISTS;
	if (r->name_used >= (r->name_mask + 1) / 4 * 3)
		return RD_E_FULL;
	*e = (struct by_name){ name, leg, hash };
	r->name_used++;
	return RD_OK;
}

void rd_routes_remove_name(struct rd_routes *r, const char *name)
{
	struct by_name *e = find_name(r, rd_span_text(name),
				      hash_name(r, rd_span_text(name)));
	size_t hole = (size_t)(e - r->names), at = hole;

	if (!e->name)
		return;
	for (;;) {
		at = (at + 1) & r->name_mask;
		if (!r->names[at].name)
			break;
		if (may_move(r->names[at].hash & r->name_mask, at, hole,
			     r->name_mask)) {
			r->names[hole] = r->names[at];
			hole = at;
		}
	}
	r->names[hole].name = NULL;
	r->name_used--;
}
