/* api/problem.h - an error as a client reads it: application/problem+json.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9457; the codes are those of contracts/reasons.json.  Pure, and used by
 * whoever answers in HTTP, by whatever way.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "call/call.h"
#include "wire/json.h"

struct rd_problem {
	enum rd_reason reason;
	unsigned status;    /* 0: the one of the reason */
	const char *detail; /* of ours, never of the request; NULL */
	/* 0: rd_problem_complete draws it for 429 and 503. */
	unsigned retry_after_s;
};

/* What contracts/reasons.json says; 0: never an answer of the api. */
unsigned rd_problem_status(enum rd_reason reason);
/* WWW-Authenticate (RFC 6750 3) that goes with it; NULL: none. */
const char *rd_problem_challenge(enum rd_reason reason);
/* Sets what is 0 and follows from the reason, which must have a status. */
void rd_problem_complete(struct rd_problem *p);
/* The body of a completed one. */
void rd_problem_write(struct rd_json_out *j, const struct rd_problem *p);

/* What an error of rd_identity_ask means to the client. */
enum rd_reason rd_problem_of_token(enum rd_err err);
