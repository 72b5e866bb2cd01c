/* media/load.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/load.h"

enum {
	QUARTER_US = 250000,
	SECOND_US = 1000000,
	CALM_QUARTERS = 4,
};

void rd_load_init(struct rd_load *l, unsigned complexity, uint64_t now_us)
{
	memset(l, 0, sizeof(*l));
	l->most_complexity = complexity;
	l->complexity = complexity;
	l->second_us = now_us;
	l->quarter_us = now_us;
}

/* Four buckets for each power of two from 64 us on: 19 % wide at most. */
static unsigned bucket_of(uint64_t us)
{
	unsigned power, rest;

	if (us < 64)
		return 0;
	power = 63U - (unsigned)__builtin_clzll(us);
	rest = (unsigned)(us >> (power - 2)) & 3;
	return (unsigned)rd_min_u64((power - 6) * 4 + rest + 1,
				    RD_LOAD_BUCKETS - 1);
}

static unsigned upper_us(unsigned bucket)
{
	unsigned power, rest;

	if (bucket == 0)
		return 64;
	power = (bucket - 1) / 4 + 6;
	rest = (bucket - 1) % 4;
	return (1U << power) + (rest + 1) * (1U << (power - 2));
}

static unsigned p99(uint32_t buckets[static RD_LOAD_BUCKETS])
{
	uint64_t all = 0, above = 0;
	unsigned i;

	for (i = 0; i < RD_LOAD_BUCKETS; i++)
		all += buckets[i];
	if (all == 0)
		return 0;
	for (i = RD_LOAD_BUCKETS; i-- > 0;) {
		above += buckets[i];
		if (above * 100 > all)
			break;
	}
	memset(buckets, 0, RD_LOAD_BUCKETS * sizeof(buckets[0]));
	return upper_us(i);
}

static void govern(struct rd_load *l)
{
	unsigned late_us = p99(l->in_quarter);

	if (late_us > RD_LOAD_HIGH_US) {
		l->calm = 0;
		if (l->complexity)
			l->complexity--;
		return;
	}
	if (late_us > RD_LOAD_LOW_US) {
		l->calm = 0;
		return;
	}
	if (++l->calm < CALM_QUARTERS)
		return;
	l->calm = 0;
	if (l->complexity < l->most_complexity)
		l->complexity++;
}

void rd_load_feed(struct rd_load *l, uint64_t late_us, unsigned packets,
		  uint64_t now_us)
{
	unsigned bucket = bucket_of(late_us), before_us;

	l->in_second[bucket] += packets;
	l->in_quarter[bucket] += packets;
	if (now_us - l->quarter_us >= QUARTER_US) {
		l->quarter_us = now_us;
		govern(l);
	}
	if (now_us - l->second_us >= SECOND_US) {
		l->second_us = now_us;
		before_us = l->lateness_us;
		l->lateness_us = p99(l->in_second);
		l->sustained_us =
			before_us < l->lateness_us ? before_us : l->lateness_us;
	}
}

bool rd_load_is_calm(const struct rd_load *l)
{
	return l->complexity == l->most_complexity &&
	       l->lateness_us <= RD_LOAD_LOW_US;
}
