/* aws/client.h - signed requests to AWS, repeated within one deadline.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call waits for its turn below the account's rate (aws/throttle.h) and for
 * credentials (aws/credentials.h), is signed, sent, and sent again when the
 * standard retry mode says so (aws/retry.h): always the same bytes, so with
 * the same idempotency token, and always within the deadline of the whole.
 * A clock that AWS does not share is corrected by its Date.  No key, token,
 * body or query reaches a log.  Thread: the loop's.
 */
#pragma once
#include "aws/endpoint.h"
#include "aws/profile.h"
#include "base/base.h"
#include "base/loop.h"
#include "http/client.h"
#include "wire/json.h"

struct rd_aws_client;

/* Below which rate an operation is asked. */
struct rd_aws_rate {
	enum rd_aws_service service;
	const char *operation; /* NULL: each other one of the service */
	unsigned per_minute;   /* 1.. */
	unsigned burst;        /* 1.. at once */
};

struct rd_aws_client_cfg { /* texts are copied */
	struct rd_loop *loop;
	struct rd_http_client *http;
	const char *region;  /* NULL: environment, or the profile's */
	const char *profile; /* NULL: AWS_PROFILE, or "default" */
	/* Base URLs instead of AWS's; NULL: what the environment and the
	 * profile say, or AWS's own. */
	const char *endpoints[RD_AWS_SERVICES];
	const char *endpoint; /* of each service without one of its own */
	unsigned deadline_ms; /* of a call, waiting included; 0 = 8000 */
	unsigned attempt_ms;  /* of each attempt; 0 = 3000 */
	/* Looked at before AWS's default quotas; lent for good. */
	const struct rd_aws_rate *rates;
	size_t rate_count;
	/* Of each operation, instead of all of these; 0: those. */
	unsigned requests_per_second;
	unsigned most_calls; /* under way and waiting; 0 = 1024 */
	const struct rd_aws_surroundings *around; /* NULL: the process's */
};

/* Credentials are asked for at once, but not waited for.  RD_E_NOTFOUND (no
 * region), RD_E_FORMAT, RD_E_SIZE, RD_E_IO, RD_E_UNSUPPORTED (c says what is
 * wrong where), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_client_open(struct rd_aws_client **out,
					   const struct rd_aws_client_cfg *cfg,
					   struct rd_complaint *c);
/* Calls under way end without their callback.  NULL is fine. */
void rd_aws_client_close(struct rd_aws_client *c);

struct rd_aws_call { /* all lent until rd_aws_client_call returns */
	enum rd_aws_service service;
	const char *operation; /* for the rate, the log and the metrics */
	const char *method;
	const char *path;    /* begins with "/", percent-encoded once */
	const char *query;   /* "a=b&c", percent-encoded; NULL: none */
	struct rd_span body; /* JSON; empty: none */
	/* Participant service: sent as X-Amz-Bearer, and no signature. */
	const char *bearer;
	/* A second request with the same bytes does nothing more (it has an
	 * idempotency token, or only reads, stops or sets).  Else it is only
	 * sent again when it surely had no effect: not connected, or refused
	 * by throttling. */
	bool is_idempotent;
	/* Instead of the client's; 0: that. */
	unsigned deadline_ms;
};

enum {
	RD_AWS_NAME_TEXT = 64,
	RD_AWS_REQUEST_ID_TEXT = 64,
};

struct rd_aws_result { /* lent during done */
	/* RD_OK: status is 2xx.  RD_E_REFUSED: AWS answered with an error,
	 * which is named; RD_E_LIMIT: throttled, by AWS or by ourselves;
	 * RD_E_UPSTREAM: AWS failed (5xx, or no answer that can be read);
	 * RD_E_TIMEOUT; RD_E_AUTH: there are no credentials; RD_E_NOMEM. */
	enum rd_err err;
	unsigned status;             /* 0: no answer */
	char name[RD_AWS_NAME_TEXT]; /* of the error's shape; "" if none */
	const char *message;         /* of the error; never NULL */
	const struct rd_json *body;  /* NULL: none, or no JSON */
	bool is_throttled;
	unsigned retry_after_s; /* 0: nobody said */
	const char *request_id; /* x-amzn-RequestId; "" if none */
	unsigned attempts;
	/* false: the request surely had no effect.  true with an error: nobody
	 * knows (a lost answer), or it was refused after an attempt that was
	 * lost. */
	bool may_have_happened;
};
/* Called once, never from within rd_aws_client_call.  May start and cancel
 * calls, and may not close the client. */
typedef void rd_aws_done(void *arg, const struct rd_aws_result *result);

/* *id names the call until done was called; may be NULL.  RD_E_NOMEM,
 * RD_E_FULL (most_calls), RD_E_FORMAT (a path or query that is not
 * percent-encoded, or has "." or ".." for a segment; a bearer with a line
 * break), RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_aws_client_call(struct rd_aws_client *c,
					   const struct rd_aws_call *call,
					   rd_aws_done *done, void *arg,
					   uint32_t *id);
/* done is not called any more; what was sent may have its effect.  Stale ids
 * are fine. */
void rd_aws_client_cancel(struct rd_aws_client *c, uint32_t id);

/* Whether there are credentials that have not expired. */
bool rd_aws_client_is_ready(const struct rd_aws_client *c);
const char *rd_aws_client_region(const struct rd_aws_client *c);
/* The base URL in use. */
const char *rd_aws_client_endpoint(const struct rd_aws_client *c,
				   enum rd_aws_service service);
/* Appends text to path[0..size), percent-encoded as one segment or query
 * value.  RD_E_SIZE: no room for it and a NUL; RD_E_FORMAT: text is empty,
 * or a path could not carry it ("." and ".."). */
RD_MUST_USE enum rd_err rd_aws_path_append(char *path, size_t size,
					   const char *text);
