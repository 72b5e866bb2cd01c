/* tests/unit/call/limits_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "call/limits.h"

static const struct rd_limits_cfg standard = { 1, 3, 10, 30 };

static enum rd_err admit(struct rd_limits *l, const char *owner,
			 uint64_t now_ms, enum rd_reason *reason,
			 unsigned *retry_s)
{
	return rd_limits_admit(l, owner, &standard, now_ms, reason, retry_s);
}

TEST(one_call_at_once)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;

	CHECK_OK(rd_limits_open(&l));
	CHECK_OK(admit(l, "a", 0, &reason, &retry_s));
	CHECK_ERR(admit(l, "a", 1, &reason, &retry_s), RD_E_LIMIT);
	CHECK_EQ(reason, RD_REASON_LIMIT_CONCURRENT);
	CHECK(retry_s > 0);
	CHECK_OK(admit(l, "b", 1, &reason, &retry_s));
	rd_limits_ended(l, "a");
	CHECK_OK(admit(l, "a", 2, &reason, &retry_s));
	rd_limits_close(l);
}

TEST(three_a_minute_and_then_the_rest_of_the_minute)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;

	CHECK_OK(rd_limits_open(&l));
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_OK(admit(l, "a", i * 1000, &reason, &retry_s));
		rd_limits_ended(l, "a");
	}
	CHECK_ERR(admit(l, "a", 10000, &reason, &retry_s), RD_E_LIMIT);
	CHECK_EQ(reason, RD_REASON_LIMIT_RATE);
	CHECK_EQ(retry_s, 50);
	CHECK_ERR(admit(l, "a", 59999, &reason, &retry_s), RD_E_LIMIT);
	CHECK_EQ(retry_s, 1);
	CHECK_OK(admit(l, "a", 60000, &reason, &retry_s));
	rd_limits_close(l);
}

TEST(a_start_that_did_not_happen_does_not_count)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;

	CHECK_OK(rd_limits_open(&l));
	for (int i = 0; i < 20; i++) {
		CHECK_OK(admit(l, "a", 5, &reason, &retry_s));
		rd_limits_withdraw(l, "a");
	}
	rd_limits_close(l);
}

TEST(a_restart_does_not_reset_the_limits)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;
	uint64_t day_ms = 86400000;

	CHECK_OK(rd_limits_open(&l));
	for (uint64_t i = 0; i < 30; i++)
		CHECK_OK(rd_limits_restore(l, "a", (29 - i) * 1000));
	CHECK_ERR(admit(l, "a", day_ms - 1, &reason, &retry_s), RD_E_LIMIT);
	CHECK_EQ(retry_s, 1);
	CHECK_OK(admit(l, "a", day_ms, &reason, &retry_s));
	rd_limits_close(l);
}

TEST(sweeping_forgets_who_has_not_called_for_a_day)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;
	char owner[16];
	long before;

	CHECK_OK(rd_limits_open(&l));
	before = rd_mem_live();
	for (int i = 0; i < 500; i++) {
		snprintf(owner, sizeof(owner), "p%d", i);
		CHECK_OK(admit(l, owner, 0, &reason, &retry_s));
		if (i != 7)
			rd_limits_ended(l, owner);
	}
	rd_limits_sweep(l, 86400000);
	CHECK(rd_mem_live() - before <= 3);
	CHECK_ERR(admit(l, "p7", 86400001, &reason, &retry_s), RD_E_LIMIT);
	CHECK_OK(admit(l, "p8", 86400001, &reason, &retry_s));
	rd_limits_close(l);
}

TEST(a_clock_set_back_locks_nobody_out)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;
	uint64_t year_ms = 365 * 86400000ULL;

	CHECK_OK(rd_limits_open(&l));
	for (uint64_t i = 0; i < 3; i++) {
		CHECK_OK(admit(l, "a", year_ms + i, &reason, &retry_s));
		rd_limits_ended(l, "a");
	}
	CHECK_ERR(admit(l, "a", 1000, &reason, &retry_s), RD_E_LIMIT);
	CHECK_EQ(retry_s, 60);
	CHECK_OK(admit(l, "a", 61000, &reason, &retry_s));
	rd_limits_close(l);
}

/* 0 is no limit; hour and day are watched as well as the minute. */
TEST(each_window_is_watched)
{
	static const struct {
		struct rd_limits_cfg cfg;
		uint64_t window_ms;
	} cases[] = {
		{ { 0, 5, 0, 0 }, 60000 },
		{ { 0, 0, 5, 0 }, 3600000 },
		{ { 0, 0, 0, 5 }, 86400000 },
	};
	enum rd_reason reason;
	unsigned retry_s;

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		const struct rd_limits_cfg *cfg = &cases[i].cfg;
		uint64_t last_ms = cases[i].window_ms - 1;
		struct rd_limits *l;

		CHECK_OK(rd_limits_open(&l));
		for (int n = 0; n < 5; n++)
			CHECK_OK(rd_limits_admit(l, "a", cfg, 0, &reason,
						 &retry_s));
		CHECK_ERR(rd_limits_admit(l, "a", cfg, last_ms, &reason,
					  &retry_s),
			  RD_E_LIMIT);
		CHECK_EQ(reason, RD_REASON_LIMIT_RATE);
		CHECK_EQ(retry_s, 1);
		CHECK_OK(rd_limits_admit(l, "a", cfg, last_ms + 1, &reason,
					 &retry_s));
		rd_limits_close(l);
	}
}

static enum rd_err use_once(void)
{
	struct rd_limits *l;
	enum rd_reason reason;
	unsigned retry_s;
	enum rd_err err = rd_limits_open(&l);

	if (err)
		return err;
	err = admit(l, "a", 0, &reason, &retry_s);
	if (!err)
		err = rd_limits_restore(l, "b", 0);
	rd_limits_sweep(l, 86400001);
	rd_limits_close(l);
	return err;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	rd_check_every_oom(use_once);
}

RD_TESTS(T(one_call_at_once), T(three_a_minute_and_then_the_rest_of_the_minute),
	 T(a_start_that_did_not_happen_does_not_count),
	 T(a_restart_does_not_reset_the_limits),
	 T(sweeping_forgets_who_has_not_called_for_a_day),
	 T(a_clock_set_back_locks_nobody_out), T(each_window_is_watched),
	 T(a_failed_allocation_leaves_nothing_behind))
