/* tests/unit/api/rates_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "api/rates.h"

enum {
	MOST = 3,
	WINDOW_MS = 1000
};

static struct rd_addr address(const char *text)
{
	struct rd_addr a;

	CHECK_OK(rd_addr_parse(&a, rd_span_text(text)));
	return a;
}

static struct rd_rates rates;

static bool is_over(const char *text, uint64_t now_ms)
{
	struct rd_addr a = address(text);

	return rd_rates_is_over(&rates, &a, MOST, WINDOW_MS, now_ms);
}

static void count(const char *text, uint64_t now_ms)
{
	struct rd_addr a = address(text);

	rd_rates_count(&rates, &a, WINDOW_MS, now_ms);
}

TEST(an_address_is_over_after_so_many_and_well_again_in_the_next_window)
{
	rates = (struct rd_rates){ .seed = 7 };
	for (unsigned i = 0; i < MOST; i++) {
		CHECK(!is_over("192.0.2.1", 5000));
		count("192.0.2.1", 5000);
	}
	CHECK(is_over("192.0.2.1", 5999));
	CHECK(!is_over("192.0.2.2", 5000));
	CHECK(!is_over("192.0.2.1", 6000));
	count("192.0.2.1", 6000);
	CHECK(!is_over("192.0.2.1", 6000));
}

TEST(a_household_of_ipv6_counts_as_one)
{
	rates = (struct rd_rates){ .seed = 7 };
	count("2001:db8:0:1::1", 1);
	count("2001:db8:0:1:ffff::2", 1);
	count("2001:db8:0:1:1:2:3:4", 1);
	CHECK(is_over("2001:db8:0:1::9", 1));
	CHECK(!is_over("2001:db8:0:2::1", 1));
}

TEST(which_addresses_share_a_place_differs_between_processes)
{
	unsigned differ = 0;

	for (unsigned i = 1; i < 64; i++) {
		struct rd_addr a = address("192.0.2.1");
		unsigned shared[2];

		for (unsigned s = 0; s < 2; s++) {
			rates = (struct rd_rates){ .seed = 1 + s * 0x9e3779b9 };
			rd_rates_count(&rates, &a, WINDOW_MS, 1);
			for (shared[s] = 0; rates.places[shared[s]].count == 0;
			     shared[s]++)
				;
		}
		differ += shared[0] != shared[1];
	}
	CHECK(differ > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_address_is_over_after_so_many_and_well_again_in_the_next_window),
		T(a_household_of_ipv6_counts_as_one),
		T(which_addresses_share_a_place_differs_between_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
