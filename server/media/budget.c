/* media/budget.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/budget.h"

#include "base/random.h"

enum {
	SECOND_US = 1000000,
	TOKEN_US = SECOND_US / RD_LEG_PACKETS,
};

void rd_strangers_init(struct rd_strangers *s)
{
	memset(s, 0, sizeof(*s));
	s->seed = rd_random_u32();
}

static uint32_t source_of(const struct rd_strangers *s,
			  const struct rd_addr *from)
{
	struct rd_addr a = *from;

	a.port = 0;
	if (a.family == 6) /* one subscriber has a whole /64 */
		memset(a.ip + 8, 0, 8);
	return (rd_addr_hash(&a) ^ s->seed) * 2654435761U;
}

bool rd_strangers_is_spent(const struct rd_strangers *s,
			   const struct rd_addr *from, uint64_t now_us)
{
	uint32_t source = source_of(s, from);
	size_t i = source % RD_STRANGER_SLOTS;

	return s->slots[i].source == source &&
	       s->slots[i].second == (uint32_t)(now_us / SECOND_US) &&
	       s->slots[i].failures >= RD_STRANGER_FAILURES;
}

void rd_strangers_fail(struct rd_strangers *s, const struct rd_addr *from,
		       uint64_t now_us)
{
	uint32_t source = source_of(s, from);
	uint32_t second = (uint32_t)(now_us / SECOND_US);
	size_t i = source % RD_STRANGER_SLOTS;

	if (s->slots[i].source != source || s->slots[i].second != second) {
		s->slots[i].source = source;
		s->slots[i].second = second;
		s->slots[i].failures = 0;
	}
	s->slots[i].failures++;
}

void rd_allowance_init(struct rd_allowance *a, uint64_t now_us)
{
	a->at_us = now_us;
	a->tokens = RD_LEG_BURST;
}

bool rd_allowance_take(struct rd_allowance *a, uint64_t now_us)
{
	uint64_t gone_us = now_us - a->at_us;

	if (now_us > a->at_us && gone_us >= TOKEN_US) {
		uint64_t more = gone_us / TOKEN_US;

		a->tokens =
			(uint32_t)rd_min_u64(a->tokens + more, RD_LEG_BURST);
		a->at_us += more * TOKEN_US;
	}
	if (a->tokens == 0)
		return false;
	a->tokens--;
	return true;
}
