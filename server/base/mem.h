/* base/mem.h - the only file that calls malloc.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counts live blocks, and can be told to fail the n-th request, so that tests
 * walk every path of an allocation that fails.  Thread: any.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

void *rd_alloc(size_t size);  /* not cleared; NULL when there is no memory */
void *rd_zalloc(size_t size); /* cleared */
void *rd_realloc(void *at, size_t size);
char *rd_strdup(const char *text);
char *rd_strndup(const char *text, size_t len);
void rd_free(void *at); /* NULL is fine */

/* Gives pages that hold no block any more back to the system: after many
 * short-lived blocks (handshakes) the heap keeps their room else.  May take a
 * millisecond; not for a media thread. */
void rd_mem_trim(void);

/* Blocks alive now, over all threads. */
long rd_mem_live(void);
/* The n-th request from now (1 = the next) fails, once; 0 switches it off. */
void rd_mem_fail_at(long n);
/* Whether the request armed by rd_mem_fail_at has been reached. */
int rd_mem_has_failed(void);
