/* tests/unit/media/trunk_ports_test.c - port pairs that rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/trunk_ports.h"

#include "testing.h"

enum {
	FIRST = 29001, /* odd: begins at 29002 */
	LAST = 29012,  /* so there are five pairs and half of one */
	PAIRS = 5,
};

struct taken {
	int rtp, rtcp;
	struct rd_addr local;
};

static struct rd_trunk_ports *ports(uint16_t first, uint16_t last)
{
	struct rd_trunk_ports *p;
	struct rd_addr at;

	CHECK_OK(rd_addr_parse(&at, SPAN("127.0.0.1")));
	CHECK_OK(rd_trunk_ports_open(&p, &at, first, last));
	return p;
}

static enum rd_err take(struct rd_trunk_ports *p, uint64_t now_ms,
			struct taken *t)
{
	return rd_trunk_ports_take(p, now_ms, &t->rtp, &t->rtcp, &t->local);
}

static void give(struct rd_trunk_ports *p, uint64_t now_ms,
		 const struct taken *t)
{
	rd_trunk_ports_give(p, now_ms, t->rtp, t->rtcp, &t->local);
}

TEST(pairs_are_even_within_the_range_and_used_up)
{
	struct rd_trunk_ports *p = ports(FIRST, LAST);
	struct taken t[PAIRS], more;

	CHECK_EQ(rd_trunk_ports_free(p, 100), PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		CHECK_OK(take(p, 100, &t[i]));
		CHECK_EQ(t[i].local.port % 2, 0);
		CHECK(t[i].local.port > FIRST && t[i].local.port < LAST);
		for (int k = 0; k < i; k++)
			CHECK(t[k].local.port != t[i].local.port);
	}
	CHECK_ERR(take(p, 100, &more), RD_E_FULL);
	for (int i = 0; i < PAIRS; i++)
		give(p, 200, &t[i]);
	CHECK_EQ(rd_trunk_ports_free(p, 200), 0);
	CHECK_EQ(rd_trunk_ports_free(p, 200 + RD_TRUNK_PORT_REST_MS), PAIRS);
	rd_trunk_ports_close(p);
}

TEST(port_rests_unless_nothing_else_is_left)
{
	struct rd_trunk_ports *p = ports(FIRST, LAST);
	struct taken t[PAIRS], again;

	for (int i = 0; i < PAIRS; i++)
		CHECK_OK(take(p, 100, &t[i]));
	give(p, 1000, &t[1]);
	give(p, 2000, &t[0]);
	CHECK_OK(take(p, 3000, &again)); /* the one that rested longer */
	CHECK_EQ(again.local.port, t[1].local.port);
	give(p, 4000, &again);
	CHECK_OK(take(p, 2000 + RD_TRUNK_PORT_REST_MS, &again));
	CHECK_EQ(again.local.port, t[0].local.port);
	give(p, 5000, &again);
	for (int i = 2; i < PAIRS; i++)
		give(p, 5000, &t[i]);
	rd_trunk_ports_close(p);
}

TEST(ports_of_others_are_passed_over)
{
	struct rd_trunk_ports *p = ports(FIRST, LAST), *q = ports(FIRST, LAST);
	struct taken t[PAIRS], other;

	CHECK_OK(take(q, 100, &other));
	for (int i = 0; i < PAIRS - 1; i++) {
		CHECK_OK(take(p, 100, &t[i]));
		CHECK(t[i].local.port != other.local.port);
	}
	give(q, 100, &other);
	for (int i = 0; i < PAIRS - 1; i++)
		give(p, 100, &t[i]);
	rd_trunk_ports_close(p);
	rd_trunk_ports_close(q);
}

TEST(kernel_may_choose)
{
	struct rd_trunk_ports *p = ports(0, 0);
	struct taken a, b;

	CHECK_OK(take(p, 0, &a));
	CHECK_OK(take(p, 0, &b));
	CHECK(a.local.port != b.local.port);
	CHECK_EQ(a.local.port % 2 + b.local.port % 2, 0);
	give(p, 0, &a);
	give(p, 0, &b);
	rd_trunk_ports_close(p);
}

TEST(range_without_a_pair_is_refused)
{
	struct rd_trunk_ports *p;
	struct rd_addr at;

	CHECK_OK(rd_addr_parse(&at, SPAN("127.0.0.1")));
	CHECK_ERR(rd_trunk_ports_open(&p, &at, 4000, 4000), RD_E_RANGE);
	CHECK_ERR(rd_trunk_ports_open(&p, &at, 4001, 4002), RD_E_RANGE);
}

RD_TESTS(T(pairs_are_even_within_the_range_and_used_up),
	 T(port_rests_unless_nothing_else_is_left),
	 T(ports_of_others_are_passed_over), T(kernel_may_choose),
	 T(range_without_a_pair_is_refused))
