/* provider/breaker.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/breaker.h"

bool rd_breaker_may_pass(struct rd_breaker *b, uint64_t now_ms)
{
	if (!b->is_open)
		return true;
	if (now_ms < b->probe_ms)
		return false;
	b->probe_ms = now_ms + RD_BREAKER_PROBE_MS;
	return true;
}

void rd_breaker_note(struct rd_breaker *b, bool is_well, uint64_t now_ms)
{
	uint64_t *oldest = &b->failed_ms[b->failures % RD_BREAKER_FAILURES];

	if (is_well) {
		*b = (struct rd_breaker){ .is_open = false };
		return;
	}
	*oldest = now_ms;
	b->failures++;
	oldest = &b->failed_ms[b->failures % RD_BREAKER_FAILURES];
	if (b->failures < RD_BREAKER_FAILURES ||
	    now_ms - *oldest > RD_BREAKER_WITHIN_MS)
		return;
	b->is_open = true;
	b->probe_ms = now_ms + RD_BREAKER_PROBE_MS;
}
