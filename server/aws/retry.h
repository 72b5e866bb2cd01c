/* aws/retry.h - what is tried again, when, and what it costs.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The standard mode of AWS's clients: three attempts, a random wait below a
 * bound that doubles, and a bucket that a retry takes from and a success
 * gives back to, so that a service in trouble is not troubled more.  Ours:
 * what may have had its effect is only repeated if that does no harm.
 * Without clock and randomness of its own.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"

enum rd_aws_fault {
	RD_AWS_FINE,
	RD_AWS_UNSENT,    /* not connected: it cannot have had an effect */
	RD_AWS_THROTTLED, /* refused for its number: no effect */
	RD_AWS_LOST,      /* no answer, or theirs failed: who knows */
	RD_AWS_CLOCK,     /* refused, perhaps for our clock */
	RD_AWS_KEYS,      /* refused: the keys have expired */
	RD_AWS_FINAL,     /* refused, and it will be again */
};

/* How an attempt ended.  err: of the HTTP client; name: of the error. */
enum rd_aws_fault rd_aws_fault(enum rd_err err, unsigned status,
			       const char *name);

enum {
	RD_AWS_ATTEMPTS = 3,
	RD_AWS_BUCKET = 500,
};

struct rd_aws_bucket {
	unsigned left; /* 0..RD_AWS_BUCKET */
};

struct rd_aws_retry {
	enum rd_aws_fault fault;
	unsigned attempts;      /* made so far, 1.. */
	unsigned most_attempts; /* in all */
	bool is_idempotent;
	unsigned retry_after_ms; /* as the answer says; 0: it does not */
	uint64_t now_ms, deadline_ms;
	uint32_t random; /* any */
};
/* Whether there is another attempt, and after how long; what it costs is then
 * taken from the bucket and told in *cost. */
bool rd_aws_retry(const struct rd_aws_retry *r, struct rd_aws_bucket *bucket,
		  uint64_t *wait_ms, unsigned *cost);
/* A call succeeded; cost: of its last retry, 0: it had none. */
void rd_aws_bucket_refund(struct rd_aws_bucket *bucket, unsigned cost);

/* By how much our clock is behind theirs, if it must be corrected: an error
 * that may come from it, and a Date that is off by four minutes or more from
 * what was signed with skew_ms. */
bool rd_aws_skew(enum rd_aws_fault fault, uint64_t their_wall_ms,
		 uint64_t our_wall_ms, int64_t *skew_ms);
