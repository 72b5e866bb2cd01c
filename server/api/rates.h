/* api/rates.h - how often an address may be wrong.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A fixed table: addresses that fall into one place share its count, so that
 * nobody can fill it up.  The place depends on a number of this process, so
 * that nobody can aim at another's.  An IPv6 address counts by its /64.
 * Pure.  Owner: whoever embeds it.  Thread: the owner's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum {
	RD_RATES_PLACES = 1024
};

struct rd_rates {
	uint32_t seed; /* set by the owner, at random */

	struct {
		uint64_t since_ms;
		unsigned count;
	} places[RD_RATES_PLACES];
};

/* Whether the address has had `most` in the last window. */
bool rd_rates_is_over(const struct rd_rates *r, const struct rd_addr *a,
		      unsigned most, unsigned window_ms, uint64_t now_ms);
/* One more. */
void rd_rates_count(struct rd_rates *r, const struct rd_addr *a,
		    unsigned window_ms, uint64_t now_ms);
