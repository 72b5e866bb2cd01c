/* tests/unit/media/routes_test.c - from address and name to leg.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/routes.h"

#include <stdio.h>

#include "base/random.h"
#include "testing.h"

enum {
	LEGS = 64,
	ADDRESSES = 150,
};

/* Legs are only pointers here. */
static struct rd_media_leg *leg(uintptr_t n)
{
	return (struct rd_media_leg *)(n * 64);
}

static struct rd_addr addr(unsigned n)
{
	struct rd_addr a = { .family = n % 2 ? 4 : 6,
			     .port = (uint16_t)(1000 + n % 7) };

	a.ip[0] = 10;
	a.ip[2] = (uint8_t)(n >> 8);
	a.ip[3] = (uint8_t)n;
	return a;
}

TEST(every_leg_has_room_for_all_its_addresses_and_its_ssrc)
{
	static const unsigned sizes[] = { 1, 2, 5, 8, 33, 64, 1000, 2008 };
	struct rd_routes *r;

	for (size_t i = 0; i < RD_COUNT(sizes); i++) {
		unsigned n = 0;

		CHECK_OK(rd_routes_open(&r, sizes[i]));
		for (unsigned k = 1; k <= sizes[i]; k++) {
			for (int j = 0; j < RD_LEG_ADDRESSES; j++) {
				struct rd_addr a = addr(2 * n++);

				CHECK_OK(rd_routes_add(r, &a, leg(k)));
			}
			CHECK_OK(rd_routes_add_ssrc(r, k, leg(k)));
		}
		rd_routes_close(r);
	}
}

/* Random additions and removals against a plain array. */
TEST(addresses_agree_with_a_plain_model)
{
	struct rd_media_leg *model[ADDRESSES] = { NULL };
	struct rd_routes *r;

	CHECK_OK(rd_routes_open(&r, LEGS));
	for (int step = 0; step < 20000; step++) {
		unsigned n = rd_random_below(ADDRESSES);
		struct rd_addr a = addr(n);

		if (rd_random_below(2)) {
			model[n] = leg(1 + rd_random_below(LEGS));
			CHECK_OK(rd_routes_add(r, &a, model[n]));
		} else {
			/* Of another leg: nothing happens. */
			rd_routes_remove(r, &a, leg(LEGS + 1));
			CHECK(rd_routes_by_addr(r, &a) == model[n]);
			rd_routes_remove(r, &a, model[n]);
			model[n] = NULL;
		}
		n = rd_random_below(ADDRESSES);
		a = addr(n);
		CHECK(rd_routes_by_addr(r, &a) == model[n]);
	}
	rd_routes_close(r);
}

TEST(names_agree_with_a_plain_model)
{
	static char names[LEGS][16];
	bool is_in[LEGS] = { false };
	struct rd_routes *r;

	CHECK_OK(rd_routes_open(&r, LEGS));
	for (unsigned i = 0; i < LEGS; i++)
		(void)snprintf(names[i], sizeof(names[i]), "name%u", i);
	for (int step = 0; step < 20000; step++) {
		unsigned n = rd_random_below(LEGS);

		if (is_in[n]) {
			CHECK_ERR(rd_routes_add_name(r, names[n], leg(1)),
				  RD_E_EXISTS);
			rd_routes_remove_name(r, names[n]);
		} else {
			CHECK_OK(rd_routes_add_name(r, names[n], leg(n + 1)));
		}
		is_in[n] = !is_in[n];
		n = rd_random_below(LEGS);
		CHECK(rd_routes_by_name(r, rd_span_text(names[n])) ==
		      (is_in[n] ? leg(n + 1) : NULL));
	}
	CHECK(!rd_routes_by_name(r, SPAN("")));
	rd_routes_close(r);
}

TEST(full_table_refuses_and_goes_on)
{
	struct rd_routes *r;
	unsigned n = 0;
	struct rd_addr a;

	CHECK_OK(rd_routes_open(&r, 4));
	for (;; n++) {
		a = addr(n);
		if (rd_routes_add(r, &a, leg(1)) != RD_OK)
			break;
	}
	CHECK_EQ(n, 48); /* three quarters of 64 */
	a = addr(3);
	CHECK(rd_routes_by_addr(r, &a) == leg(1));
	CHECK_OK(rd_routes_add(r, &a, leg(2))); /* in place of leg 1 */
	CHECK(rd_routes_by_addr(r, &a) == leg(2));
	rd_routes_close(r);
}

static enum rd_err open_and_close(void)
{
	struct rd_routes *r;
	enum rd_err err = rd_routes_open(&r, LEGS);

	rd_routes_close(r);
	return err;
}

TEST(every_failing_allocation_is_survived)
{
	rd_check_every_oom(open_and_close);
}

RD_TESTS(T(every_leg_has_room_for_all_its_addresses_and_its_ssrc),
	 T(addresses_agree_with_a_plain_model),
	 T(names_agree_with_a_plain_model), T(full_table_refuses_and_goes_on),
	 T(every_failing_allocation_is_survived))
