/* base/pool.h - a fixed number of equal objects, named by ids.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sized at start-up; a full pool is an answer, not a crash.  An id carries a
 * generation, so an id that outlived its object finds nothing instead of the
 * neighbour.  Thread: the owner's.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rd_pool;

/* count 1..65535 objects of object_bytes. */
RD_MUST_USE enum rd_err rd_pool_open(struct rd_pool **out, size_t count,
				     size_t object_bytes);
void rd_pool_close(struct rd_pool *p); /* NULL is fine */

/* A cleared object and its id (never 0); NULL when full. */
void *rd_pool_take(struct rd_pool *p, uint32_t *id);
void rd_pool_give(struct rd_pool *p, uint32_t id); /* stale ids are fine */
void *rd_pool_get(const struct rd_pool *p, uint32_t id); /* NULL if stale */
/* The objects in use, for walking: NULL at the end; start with *cursor 0. */
void *rd_pool_next(const struct rd_pool *p, size_t *cursor, uint32_t *id);
size_t rd_pool_used(const struct rd_pool *p);
size_t rd_pool_size(const struct rd_pool *p);
