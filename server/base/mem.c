/* base/mem.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/mem.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_long live_blocks;
static atomic_long fail_countdown;
static atomic_int has_failed;

/* Whether this request is the one that was asked to fail. */
static int must_fail(void)
{
	if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) == 0)
		return 0;
	if (atomic_fetch_sub(&fail_countdown, 1) != 1)
		return 0;
	atomic_store(&has_failed, 1);
	return 1;
}

static void *counted(void *at)
{
	if (at)
		atomic_fetch_add_explicit(&live_blocks, 1,
					  memory_order_relaxed);
	return at;
}

void *rd_alloc(size_t size)
{
	return must_fail() ? NULL : counted(malloc(size ? size : 1));
}

void *rd_zalloc(size_t size)
{
	return must_fail() ? NULL : counted(calloc(1, size ? size : 1));
}

void *rd_realloc(void *at, size_t size)
{
	if (!at)
		return rd_alloc(size);
	return must_fail() ? NULL : realloc(at, size ? size : 1);
}

char *rd_strndup(const char *text, size_t len)
{
	char *copy = rd_alloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *rd_strdup(const char *text)
{
	return rd_strndup(text, strlen(text));
}

void rd_free(void *at)
{
	if (!at)
		return;
	atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
	free(at);
}

void rd_mem_trim(void)
{
	malloc_trim(0);
}

long rd_mem_live(void)
{
	return atomic_load(&live_blocks);
}

void rd_mem_fail_at(long n)
{
	atomic_store(&has_failed, 0);
	atomic_store(&fail_countdown, n);
}

int rd_mem_has_failed(void)
{
	return atomic_load(&has_failed);
}
