/* provider/breaker.h - leaves a provider alone that has failed again and
 * again.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Five failures within ten seconds open it; then one call every five seconds
 * finds out whether the provider is well again, and the others need not wait
 * for it (F16).  A machine; embedded in its owner.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"

enum {
	RD_BREAKER_FAILURES = 5,
	RD_BREAKER_WITHIN_MS = 10000,
	RD_BREAKER_PROBE_MS = 5000,
};

struct rd_breaker {
	uint64_t failed_ms[RD_BREAKER_FAILURES]; /* the last ones, a ring */
	unsigned failures;                       /* in a row */
	bool is_open;
	uint64_t probe_ms; /* when the next one may pass */
};

/* Whether the provider shall be asked; while open, true for one call in
 * RD_BREAKER_PROBE_MS. */
bool rd_breaker_may_pass(struct rd_breaker *b, uint64_t now_ms);
/* What came of one that passed. */
void rd_breaker_note(struct rd_breaker *b, bool is_well, uint64_t now_ms);
