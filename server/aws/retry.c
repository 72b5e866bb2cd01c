/* aws/retry.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/retry.h"

enum {
	BASE_MS = 50,
	THROTTLED_BASE_MS = 1000,
	LONGEST_MS = 20000,
	COST = 14,
	THROTTLED_COST = 5,
	RETRY_AFTER_MORE_MS = 5000, /* at most so much beyond our own wait */
	SKEW_MS = 4 * 60 * 1000,    /* AWS allows 5 to 15 minutes */
};

static const char *const throttled_names[] = {
	"BandwidthLimitExceeded",
	"EC2ThrottledException",
	"PriorRequestNotComplete",
	"ProvisionedThroughputExceededException",
	"RequestLimitExceeded",
	"RequestThrottled",
	"RequestThrottledException",
	"SlowDown",
	"ThrottledClientException",
	"ThrottledException",
	"Throttling",
	"ThrottlingException",
	"TooManyRequestsException",
	"TransactionInProgressException",
};

static const char *const lost_names[] = {
	"RequestTimeout",
	"RequestTimeoutException",
	"IDPCommunicationError",
	"IDPCommunicationErrorException",
};

static const char *const clock_names[] = {
	"AuthFailure",          "InvalidSignatureException",
	"RequestExpired",       "RequestInTheFuture",
	"RequestTimeTooSkewed", "SignatureDoesNotMatch",
};

static const char *const keys_names[] = {
	"ExpiredToken",
	"ExpiredTokenException",
	"InvalidClientTokenId",
	"UnrecognizedClientException",
};

static bool is_in(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}
#define IS_IN(name, names) is_in(name, names, RD_COUNT(names))

enum rd_aws_fault rd_aws_fault(enum rd_err err, unsigned status,
			       const char *name)
{
	if (err == RD_E_REFUSED)
		return RD_AWS_UNSENT;
	if (err == RD_E_TIMEOUT || err == RD_E_UPSTREAM)
		return RD_AWS_LOST;
	if (err != RD_OK)
		return RD_AWS_FINAL;
	if (status >= 200 && status < 300)
		return RD_AWS_FINE;
	/* LimitExceededException is a rate when it is 429 (Connect), and a
	 * quota that no waiting helps when it is 400 (meetings). */
	if (status == 429 || IS_IN(name, throttled_names))
		return RD_AWS_THROTTLED;
	if (status == 500 || status == 502 || status == 503 || status == 504 ||
	    IS_IN(name, lost_names))
		return RD_AWS_LOST;
	if (IS_IN(name, keys_names))
		return RD_AWS_KEYS;
	/* A wrong clock is also told as a denial, but a denial is no reason to
	 * doubt the clock: rd_aws_skew looks at both. */
	if (IS_IN(name, clock_names) || !strcmp(name, "AccessDeniedException"))
		return RD_AWS_CLOCK;
	return RD_AWS_FINAL;
}

static bool may_repeat(const struct rd_aws_retry *r)
{
	switch (r->fault) {
	case RD_AWS_UNSENT:
	case RD_AWS_THROTTLED:
		return true;
	case RD_AWS_LOST:
		return r->is_idempotent;
	default:
		return false;
	}
}

static uint64_t wait_of(const struct rd_aws_retry *r)
{
	uint64_t bound =
		r->fault == RD_AWS_THROTTLED ? THROTTLED_BASE_MS : BASE_MS;
	uint64_t wait;

	for (unsigned i = 1; i < r->attempts && bound < LONGEST_MS; i++)
		bound *= 2;
	bound = rd_min_u64(bound, LONGEST_MS);
	wait = bound * r->random / UINT32_MAX;
	if (r->retry_after_ms > wait)
		wait = rd_min_u64(r->retry_after_ms,
				  wait + RETRY_AFTER_MORE_MS);
	return wait;
}

bool rd_aws_retry(const struct rd_aws_retry *r, struct rd_aws_bucket *bucket,
		  uint64_t *wait_ms, unsigned *cost)
{
	*wait_ms = 0;
	*cost = r->fault == RD_AWS_THROTTLED ? THROTTLED_COST : COST;
	if (!may_repeat(r) || r->attempts >= r->most_attempts ||
	    bucket->left < *cost)
		return false;
	*wait_ms = wait_of(r);
	if (r->now_ms + *wait_ms >= r->deadline_ms)
		return false;
	bucket->left -= *cost;
	return true;
}

void rd_aws_bucket_refund(struct rd_aws_bucket *bucket, unsigned cost)
{
	bucket->left += cost ? cost : 1;
	if (bucket->left > RD_AWS_BUCKET)
		bucket->left = RD_AWS_BUCKET;
}

bool rd_aws_skew(enum rd_aws_fault fault, uint64_t their_wall_ms,
		 uint64_t our_wall_ms, int64_t *skew_ms)
{
	int64_t is = (int64_t)(their_wall_ms - our_wall_ms);
	int64_t off = is - *skew_ms;

	if (fault != RD_AWS_CLOCK || !their_wall_ms ||
	    (off < SKEW_MS && off > -SKEW_MS))
		return false;
	*skew_ms = is;
	return true;
}
