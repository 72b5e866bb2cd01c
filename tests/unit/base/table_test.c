/* tests/unit/base/table_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "base/table.h"

enum {
	KEYS = 2000
};

static int values[KEYS];

TEST(what_was_put_is_found_until_it_is_taken)
{
	struct rd_table t = { 0 };
	size_t cursor = 0, seen = 0;

	for (int i = 0; i < KEYS; i++)
		CHECK_OK(rd_table_put(&t, (uint64_t)i * 64, &values[i]));
	for (int i = 0; i < KEYS; i += 2)
		CHECK(rd_table_take(&t, (uint64_t)i * 64) == &values[i]);
	for (int i = 0; i < KEYS; i++)
		CHECK(rd_table_get(&t, (uint64_t)i * 64) ==
		      (i % 2 ? &values[i] : NULL));
	while (rd_table_next(&t, &cursor))
		seen++;
	CHECK_EQ(seen, KEYS / 2);
	CHECK(!rd_table_take(&t, 1));
	rd_table_fini(&t);
}

TEST(putting_again_replaces)
{
	struct rd_table t = { 0 };

	CHECK_OK(rd_table_put(&t, 7, &values[0]));
	CHECK_OK(rd_table_put(&t, 7, &values[1]));
	CHECK(rd_table_get(&t, 7) == &values[1]);
	CHECK_EQ(t.count, 1);
	rd_table_fini(&t);
}

static enum rd_err fill(void)
{
	struct rd_table t = { 0 };
	enum rd_err err = RD_OK;

	for (uint64_t i = 0; i < 40 && !err; i++)
		err = rd_table_put(&t, i, &values[i]);
	rd_table_fini(&t);
	return err;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	rd_check_every_oom(fill);
}

RD_TESTS(T(what_was_put_is_found_until_it_is_taken), T(putting_again_replaces),
	 T(a_failed_allocation_leaves_nothing_behind))
