/* provider/live_call.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/live_call.h"

#include <openssl/sha.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/call_names.h"

enum {
	TRIES_MS = 60000
};

struct rd_live_calls {
	struct rd_pool *pool;
	size_t mask;
	struct rd_list *by_id;  /* struct rd_live_call.in_id */
	struct rd_list *by_key; /* struct rd_live_call.in_key */
};

static size_t hash_text(size_t h, const char *text)
{
	h = rd_text_hash(h, rd_span_text(text));
	return h ^ h >> 29;
}

static size_t hash_key(const char *owner, const char *key)
{
	return hash_text(hash_text(RD_TEXT_HASH, owner), key);
}

enum rd_err rd_live_calls_open(struct rd_live_calls **out, unsigned most)
{
	struct rd_live_calls *l = rd_zalloc(sizeof(*l));
	size_t n = 64;
	enum rd_err err = RD_E_NOMEM;

	*out = NULL;
	if (!l)
		return err;
	while (n < most)
		n *= 2;
	l->mask = n - 1;
	l->by_id = rd_zalloc(n * sizeof(l->by_id[0]));
	l->by_key = rd_zalloc(n * sizeof(l->by_key[0]));
	if (l->by_id && l->by_key)
		err = rd_pool_open(&l->pool, most, sizeof(struct rd_live_call));
	if (err) {
		rd_live_calls_close(l);
		return err;
	}
	*out = l;
	return RD_OK;
}

static void release(struct rd_live_call *c)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&c->waiters)))
		rd_free(rd_container(link, struct rd_waiter, in_call));
	while ((link = rd_list_pop(&c->listeners)))
		rd_container(link, struct rd_listener, in_call)->call = NULL;
	rd_list_remove(&c->in_id);
	rd_list_remove(&c->in_key);
	rd_wipe(c->call_key, sizeof(c->call_key));
	if (c->kept)
		rd_wipe(c->kept, sizeof(*c->kept));
	rd_free(c->kept);
	if (c->joining)
		rd_wipe(c->joining, sizeof(*c->joining));
	rd_free(c->joining);
	rd_wipe(c->handover.key, sizeof(c->handover.key));
	rd_wipe(c->handover.key_before, sizeof(c->handover.key_before));
	if (c->handover.joining)
		rd_wipe(c->handover.joining, sizeof(*c->handover.joining));
	rd_free(c->handover.joining);
	rd_free(c->start);
}

void rd_live_calls_close(struct rd_live_calls *l)
{
	struct rd_live_call *c;
	size_t cursor = 0;

	if (!l)
		return;
	while (l->pool && (c = rd_live_calls_next(l, &cursor)))
		release(c);
	rd_pool_close(l->pool);
	rd_free(l->by_id);
	rd_free(l->by_key);
	rd_free(l);
}

bool rd_tries_may(struct rd_tries *t, unsigned most, uint64_t now_ms)
{
	if (now_ms >= t->since_ms + TRIES_MS)
		*t = (struct rd_tries){ .since_ms = now_ms };
	return ++t->count <= most;
}

static void make_key(char text[static RD_CALL_KEY_TEXT])
{
	uint8_t key[32];

	rd_random_bytes(key, sizeof(key));
	rd_assert(rd_base64url_encode(rd_span(key, sizeof(key)), text,
				      RD_CALL_KEY_TEXT) == RD_OK);
	rd_wipe(key, sizeof(key));
}

/* A key is told once; only the call key's hash stays in the record. */
void rd_live_call_rotate_keys(struct rd_live_call *c)
{
	make_key(c->call_key);
	make_key(c->handover.key);
	SHA256((const uint8_t *)c->call_key, strlen(c->call_key),
	       c->record.key_sha256);
}

struct rd_live_call *rd_live_calls_take(struct rd_live_calls *l)
{
	struct rd_live_call *c;
	rd_call_ref ref;

	c = rd_pool_take(l->pool, &ref);
	if (!c)
		return NULL;
	c->ref = ref;
	rd_list_init(&c->waiters);
	rd_list_init(&c->listeners);
	rd_text_uuid(c->record.call_id);
	rd_support_id(c->record.support_id);
	rd_live_call_rotate_keys(c);
	rd_list_push(&l->by_id[hash_text(0, c->record.call_id) & l->mask],
		     &c->in_id);
	return c;
}

void rd_live_calls_index_key(struct rd_live_calls *l, struct rd_live_call *c)
{
	size_t h = hash_key(c->record.owner, c->kept->key);

	rd_list_push(&l->by_key[h & l->mask], &c->in_key);
}

void rd_live_calls_give(struct rd_live_calls *l, struct rd_live_call *c)
{
	release(c);
	rd_pool_give(l->pool, c->ref);
}

struct rd_live_call *rd_live_calls_get(const struct rd_live_calls *l,
				       rd_call_ref ref)
{
	return rd_pool_get(l->pool, ref);
}

struct rd_live_call *rd_live_calls_find(struct rd_live_calls *l,
					const char *call_id)
{
	struct rd_list *head = &l->by_id[hash_text(0, call_id) & l->mask];
	struct rd_list *link;

	rd_list_each (link, head) {
		struct rd_live_call *c =
			rd_container(link, struct rd_live_call, in_id);

		if (!strcmp(c->record.call_id, call_id))
			return c;
	}
	return NULL;
}

struct rd_live_call *rd_live_calls_find_key(struct rd_live_calls *l,
					    const char *owner, const char *key)
{
	struct rd_list *head = &l->by_key[hash_key(owner, key) & l->mask];
	struct rd_list *link;

	rd_list_each (link, head) {
		struct rd_live_call *c =
			rd_container(link, struct rd_live_call, in_key);

		if (!strcmp(c->record.owner, owner) &&
		    !strcmp(c->kept->key, key))
			return c;
	}
	return NULL;
}

struct rd_live_call *rd_live_calls_next(const struct rd_live_calls *l,
					size_t *cursor)
{
	rd_call_ref ref;

	return rd_pool_next(l->pool, cursor, &ref);
}
