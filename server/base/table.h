/* base/table.h - from a number to a pointer: a hash table that grows.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing with linear probing.  Keys are chosen by us (ids, random
 * numbers), never by the outside.  Owner of what is pointed to: the caller.
 * Thread: the owner's.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rd_table {
	struct rd_table_slot *slots; /* NULL while empty */
	size_t mask;
	size_t count;
};

void rd_table_fini(struct rd_table *t); /* fine when zeroed */
/* Adds, or replaces what the key had; value is not NULL.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_table_put(struct rd_table *t, uint64_t key,
				     void *value);
void *rd_table_get(const struct rd_table *t, uint64_t key); /* NULL: none */
/* What was taken out; NULL: none. */
void *rd_table_take(struct rd_table *t, uint64_t key);
/* Walks in no order, nothing may be added or taken meanwhile: start with
 * *cursor 0; NULL at the end. */
void *rd_table_next(const struct rd_table *t, size_t *cursor);
