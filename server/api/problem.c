/* api/problem.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/problem.h"

#include <stdio.h>

#include "base/random.h"

/* The class of an error decides its status, here and in contracts/reasons.json
 * (a test compares). */
static const struct status {
	enum rd_reason reason;
	unsigned status;
	const char *title;
} statuses[] = {
	{ RD_REASON_BAD_REQUEST, 400, "The request is not valid" },
	{ RD_REASON_AUTH_REQUIRED, 401, "A token is needed" },
	{ RD_REASON_AUTH_EXPIRED, 401, "The token has expired" },
	{ RD_REASON_AUTH_REFUSED, 401, "The token is refused" },
	{ RD_REASON_FORBIDDEN_DESTINATION, 403,
	  "This destination cannot be called" },
	{ RD_REASON_NOT_FOUND, 404, "Not found" },
	{ RD_REASON_METHOD_NOT_ALLOWED, 405, "Method not allowed" },
	{ RD_REASON_WRONG_STATE, 409, "Not possible in this state" },
	{ RD_REASON_ELSEWHERE, 409, "Another page has this call" },
	{ RD_REASON_TOO_LARGE, 413, "Too large" },
	{ RD_REASON_UNSUPPORTED_MEDIA_TYPE, 415,
	  "The body must be application/json" },
	{ RD_REASON_LIMIT_RATE, 429, "Too many calls" },
	{ RD_REASON_LIMIT_CONCURRENT, 429, "Too many calls at once" },
	{ RD_REASON_LIMIT_COST, 429, "A cost limit is reached" },
	{ RD_REASON_INTERNAL, 500, "Something went wrong on our side" },
	{ RD_REASON_CLOSED, 503, "Closed" },
	{ RD_REASON_QUEUE_FULL, 503, "Too many people are waiting" },
	{ RD_REASON_PROVIDER_DOWN, 503, "The phone system has a problem" },
	{ RD_REASON_DRAINING, 503, "This server is going away" },
};

enum {
	RETRY_LEAST_S = 2, /* drawn, so that not all come back at once */
	RETRY_SPREAD_S = 6,
};

static const struct status *find_status(enum rd_reason reason)
{
	for (size_t i = 0; i < RD_COUNT(statuses); i++)
		if (statuses[i].reason == reason)
			return &statuses[i];
	return NULL;
}

unsigned rd_problem_status(enum rd_reason reason)
{
	const struct status *s = find_status(reason);

	return s ? s->status : 0;
}

/* RFC 6750 3: what a client of OAuth reads. */
const char *rd_problem_challenge(enum rd_reason reason)
{
	switch (reason) {
	case RD_REASON_AUTH_REQUIRED:
		return "Bearer realm=\"ringdown\"";
	case RD_REASON_AUTH_EXPIRED:
		return "Bearer realm=\"ringdown\", error=\"invalid_token\", "
		       "error_description=\"The token has expired\"";
	case RD_REASON_AUTH_REFUSED:
		return "Bearer realm=\"ringdown\", error=\"invalid_token\"";
	default:
		return NULL;
	}
}

void rd_problem_complete(struct rd_problem *p)
{
	const struct status *s = find_status(p->reason);

	rd_assert(s);
	if (!p->status)
		p->status = s->status;
	if (!p->retry_after_s && (p->status == 429 || p->status == 503))
		p->retry_after_s =
			RETRY_LEAST_S + rd_random_below(RETRY_SPREAD_S);
}

void rd_problem_write(struct rd_json_out *j, const struct rd_problem *p)
{
	const struct status *s = find_status(p->reason);
	const char *code = rd_reason_code(p->reason);
	char type[96];

	rd_assert(s && p->status);
	snprintf(type, sizeof(type), "urn:ringdown:problem:%s", code);
	rd_json_begin(j, NULL);
	rd_json_text(j, "type", type);
	rd_json_text(j, "title", s->title);
	rd_json_number(j, "status", p->status);
	rd_json_text(j, "code", code);
	if (p->detail)
		rd_json_text(j, "detail", p->detail);
	if (p->retry_after_s)
		rd_json_number(j, "retryAfter", p->retry_after_s);
	rd_json_end(j);
}

enum rd_reason rd_problem_of_token(enum rd_err err)
{
	switch (err) {
	case RD_E_AUTH:
		return RD_REASON_AUTH_REQUIRED;
	case RD_E_EXPIRED:
		return RD_REASON_AUTH_EXPIRED;
	case RD_E_DENIED:
	case RD_E_FORMAT:
	case RD_E_SIZE:
		return RD_REASON_AUTH_REFUSED;
	case RD_E_UPSTREAM:
	case RD_E_TIMEOUT:
	case RD_E_FULL:
		return RD_REASON_PROVIDER_DOWN;
	default:
		return RD_REASON_INTERNAL;
	}
}
