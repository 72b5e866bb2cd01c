/* api/rates.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/rates.h"

enum {
	NETWORK_BYTES = 8 /* of IPv6: what one household is given */
};

static unsigned place_of(const struct rd_rates *r, const struct rd_addr *a)
{
	struct rd_addr network = *a;
	uint32_t hash;

	network.port = 0;
	if (network.family == 6)
		memset(network.ip + NETWORK_BYTES, 0,
		       sizeof(network.ip) - NETWORK_BYTES);
	hash = (rd_addr_hash(&network) ^ r->seed) * UINT32_C(2654435761);
	return (hash ^ hash >> 15) % RD_RATES_PLACES;
}

bool rd_rates_is_over(const struct rd_rates *r, const struct rd_addr *a,
		      unsigned most, unsigned window_ms, uint64_t now_ms)
{
	unsigned at = place_of(r, a);

	return r->places[at].count >= most &&
	       now_ms < r->places[at].since_ms + window_ms;
}

void rd_rates_count(struct rd_rates *r, const struct rd_addr *a,
		    unsigned window_ms, uint64_t now_ms)
{
	unsigned at = place_of(r, a);

	if (now_ms >= r->places[at].since_ms + window_ms) {
		r->places[at].since_ms = now_ms;
		r->places[at].count = 0;
	}
	r->places[at].count++;
}
