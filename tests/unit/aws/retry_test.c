/* tests/unit/aws/retry_test.c - what is tried again, when, and what it costs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/retry.h"

#include "testing.h"

TEST(an_attempt_that_ended_has_a_kind)
{
	static const struct {
		enum rd_err err;
		unsigned status;
		const char *name;
		enum rd_aws_fault fault;
	} cases[] = {
		{ RD_OK, 200, "", RD_AWS_FINE },
		{ RD_OK, 201, "", RD_AWS_FINE },
		{ RD_OK, 204, "", RD_AWS_FINE },
		{ RD_E_REFUSED, 0, "", RD_AWS_UNSENT },
		{ RD_E_TIMEOUT, 0, "", RD_AWS_LOST },
		{ RD_E_UPSTREAM, 0, "", RD_AWS_LOST },
		{ RD_E_SIZE, 0, "", RD_AWS_FINAL },
		{ RD_E_NOMEM, 0, "", RD_AWS_FINAL },
		{ RD_OK, 500, "InternalServiceException", RD_AWS_LOST },
		{ RD_OK, 500, "ServiceFailureException", RD_AWS_LOST },
		{ RD_OK, 502, "Unknown", RD_AWS_LOST },
		{ RD_OK, 503, "ServiceUnavailableException", RD_AWS_LOST },
		{ RD_OK, 504, "Unknown", RD_AWS_LOST },
		{ RD_OK, 501, "Unknown", RD_AWS_FINAL },
		{ RD_OK, 400, "RequestTimeout", RD_AWS_LOST },
		{ RD_OK, 429, "LimitExceededException", RD_AWS_THROTTLED },
		{ RD_OK, 429, "ThrottledClientException", RD_AWS_THROTTLED },
		{ RD_OK, 429, "Unknown", RD_AWS_THROTTLED },
		{ RD_OK, 400, "ThrottlingException", RD_AWS_THROTTLED },
		{ RD_OK, 503, "SlowDown", RD_AWS_THROTTLED },
		/* A quota, which no waiting mends. */
		{ RD_OK, 400, "LimitExceededException", RD_AWS_FINAL },
		{ RD_OK, 400, "ResourceLimitExceededException", RD_AWS_FINAL },
		{ RD_OK, 402, "ServiceQuotaExceededException", RD_AWS_FINAL },
		{ RD_OK, 403, "ExpiredTokenException", RD_AWS_KEYS },
		{ RD_OK, 403, "UnrecognizedClientException", RD_AWS_KEYS },
		{ RD_OK, 403, "InvalidSignatureException", RD_AWS_CLOCK },
		{ RD_OK, 400, "RequestExpired", RD_AWS_CLOCK },
		{ RD_OK, 403, "AccessDeniedException", RD_AWS_CLOCK },
		{ RD_OK, 404, "ResourceNotFoundException", RD_AWS_FINAL },
		{ RD_OK, 410, "ContactNotFoundException", RD_AWS_FINAL },
		{ RD_OK, 302, "Unknown", RD_AWS_FINAL },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++)
		if (rd_aws_fault(cases[i].err, cases[i].status,
				 cases[i].name) != cases[i].fault)
			fail_msg("%u %s", cases[i].status, cases[i].name);
}

static struct rd_aws_retry ask(enum rd_aws_fault fault, unsigned attempts)
{
	return (struct rd_aws_retry){ .fault = fault,
				      .attempts = attempts,
				      .most_attempts = RD_AWS_ATTEMPTS,
				      .is_idempotent = true,
				      .now_ms = 1000,
				      .deadline_ms = 9000,
				      .random = UINT32_MAX };
}

static struct rd_aws_bucket full(void)
{
	return (struct rd_aws_bucket){ RD_AWS_BUCKET };
}

TEST(the_wait_is_random_below_a_bound_that_doubles)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_LOST, 1);
	uint64_t wait_ms;
	unsigned cost;

	r.most_attempts = 20;
	r.deadline_ms = 100000;
	for (unsigned i = 1; i < 12; i++) {
		r.attempts = i;
		CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
		CHECK_EQ(wait_ms, rd_min_u64(50u << (i - 1), 20000));
		CHECK_EQ(cost, 14);
	}
	r.random = 0;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(wait_ms, 0);
	r = ask(RD_AWS_THROTTLED, 2);
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(wait_ms, 2000);
	CHECK_EQ(cost, 5);
}

TEST(three_attempts_are_all)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_UNSENT, 2);
	uint64_t wait_ms;
	unsigned cost;

	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	r.attempts = 3;
	CHECK(!rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(b.left, RD_AWS_BUCKET - 14);
}

TEST(what_may_have_happened_is_only_repeated_if_that_does_no_harm)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_LOST, 1);
	uint64_t wait_ms;
	unsigned cost;

	r.is_idempotent = false;
	CHECK(!rd_aws_retry(&r, &b, &wait_ms, &cost));
	r.fault = RD_AWS_UNSENT;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	r.fault = RD_AWS_THROTTLED;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	for (unsigned f = RD_AWS_CLOCK; f <= RD_AWS_FINAL; f++) {
		r = ask(f, 1);
		CHECK(!rd_aws_retry(&r, &b, &wait_ms, &cost));
	}
}

TEST(retry_after_lengthens_the_wait_by_five_seconds_at_most)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_THROTTLED, 1);
	uint64_t wait_ms;
	unsigned cost;

	r.retry_after_ms = 500;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(wait_ms, 1000);
	r.retry_after_ms = 4000;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(wait_ms, 4000);
	r.retry_after_ms = 60000;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(wait_ms, 6000);
}

TEST(nothing_is_tried_again_beyond_the_deadline)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_THROTTLED, 1);
	uint64_t wait_ms;
	unsigned cost;

	r.now_ms = 8000;
	CHECK(!rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK_EQ(b.left, RD_AWS_BUCKET);
	r.now_ms = 7999;
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
}

TEST(a_service_in_trouble_is_asked_less)
{
	struct rd_aws_bucket b = full();
	struct rd_aws_retry r = ask(RD_AWS_LOST, 1);
	uint64_t wait_ms;
	unsigned cost, retries = 0;

	while (rd_aws_retry(&r, &b, &wait_ms, &cost))
		retries++;
	CHECK_EQ(retries, 500 / 14);
	rd_aws_bucket_refund(&b, 14);
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	CHECK(!rd_aws_retry(&r, &b, &wait_ms, &cost));
	for (unsigned i = 0; i < 14; i++)
		rd_aws_bucket_refund(&b, 0);
	CHECK(rd_aws_retry(&r, &b, &wait_ms, &cost));
	for (unsigned i = 0; i < 600; i++)
		rd_aws_bucket_refund(&b, 0);
	CHECK_EQ(b.left, RD_AWS_BUCKET);
}

TEST(a_clock_is_corrected_when_it_is_off_by_four_minutes)
{
	const uint64_t ours = UINT64_C(1795252087000);
	int64_t skew_ms = 0;

	CHECK(!rd_aws_skew(RD_AWS_CLOCK, ours + 239999, ours, &skew_ms));
	CHECK(!rd_aws_skew(RD_AWS_FINAL, ours + 900000, ours, &skew_ms));
	CHECK(!rd_aws_skew(RD_AWS_CLOCK, 0, ours, &skew_ms));
	CHECK_EQ(skew_ms, 0);
	CHECK(rd_aws_skew(RD_AWS_CLOCK, ours + 240000, ours, &skew_ms));
	CHECK_EQ(skew_ms, 240000);
	/* Corrected already: the same Date is no reason any more. */
	CHECK(!rd_aws_skew(RD_AWS_CLOCK, ours + 240000, ours, &skew_ms));
	/* Ours was set right meanwhile. */
	CHECK(rd_aws_skew(RD_AWS_CLOCK, ours, ours, &skew_ms));
	CHECK_EQ(skew_ms, 0);
	CHECK(rd_aws_skew(RD_AWS_CLOCK, ours - 3600000, ours, &skew_ms));
	CHECK_EQ(skew_ms, -3600000);
}

RD_TESTS(T(an_attempt_that_ended_has_a_kind),
	 T(the_wait_is_random_below_a_bound_that_doubles),
	 T(three_attempts_are_all),
	 T(what_may_have_happened_is_only_repeated_if_that_does_no_harm),
	 T(retry_after_lengthens_the_wait_by_five_seconds_at_most),
	 T(nothing_is_tried_again_beyond_the_deadline),
	 T(a_service_in_trouble_is_asked_less),
	 T(a_clock_is_corrected_when_it_is_off_by_four_minutes))
