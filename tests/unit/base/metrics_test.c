/* tests/unit/base/metrics_test.c - what is counted is printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/metrics.h"

#include "testing.h"

static const char *const colours[] = { "red", "green" };
static const uint64_t bounds_ms[] = { 10, 250, 1500 };

RD_COUNTER(one, "ringdown_test_one_total", "One.");
RD_GAUGES(many, "ringdown_test_many", "Many.", "colour", colours);
RD_HISTOGRAM(took, "ringdown_test_took_seconds", "Took.", bounds_ms);

TEST(counters_gauges_and_histograms_are_printed)
{
	char text[2048];
	size_t len;

	rd_metric_add(&one, 0, 2);
	rd_metric_add(&one, 0, 1);
	rd_metric_set(&many, 1, -7);
	rd_metric_observe(&took, 10);
	rd_metric_observe(&took, 11);
	rd_metric_observe(&took, 99999);
	len = rd_metrics_print(text, sizeof(text));
	CHECK_EQ(len, strlen(text));
	CHECK(strstr(text, "# TYPE ringdown_test_one_total counter\n"
			   "ringdown_test_one_total 3\n"));
	CHECK(strstr(text, "ringdown_test_many{colour=\"red\"} 0\n"
			   "ringdown_test_many{colour=\"green\"} -7\n"));
	CHECK(strstr(text, "_bucket{le=\"0.010\"} 1\n"
			   "ringdown_test_took_seconds_bucket{le=\"0.250\"} 2\n"
			   "ringdown_test_took_seconds_bucket{le=\"1.500\"} 2\n"
			   "ringdown_test_took_seconds_bucket{le=\"+Inf\"} 3\n"
			   "ringdown_test_took_seconds_sum 100.020\n"
			   "ringdown_test_took_seconds_count 3\n"));
}

TEST(a_short_buffer_is_filled_and_the_length_told)
{
	char whole[2048], part[40];
	size_t len = rd_metrics_print(whole, sizeof(whole));

	CHECK_EQ(rd_metrics_print(part, sizeof(part)), len);
	CHECK_EQ(strlen(part), sizeof(part) - 1);
	CHECK(!strncmp(part, whole, sizeof(part) - 1));
	CHECK_EQ(rd_metrics_print(NULL, 0), len);
}

RD_TESTS(T(counters_gauges_and_histograms_are_printed),
	 T(a_short_buffer_is_filled_and_the_length_told))
