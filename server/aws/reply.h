/* aws/reply.h - what an answer of AWS says about an error.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "http/client.h"
#include "wire/json.h"

enum {
	RD_AWS_ERROR_NAME = 64,
};

/* The name of the error's shape: x-amzn-errortype, else code or Code, else
 * __type of the body; cut at "," or ":", and what is before "#" dropped.
 * "Unknown" if nothing says it, or not as a name looks. */
void rd_aws_error_name(struct rd_span header, const struct rd_json *body,
		       char name[static RD_AWS_ERROR_NAME]);
/* message or Message of the body, lent by it; "" if there is none. */
const char *rd_aws_error_message(const struct rd_json *body);
/* How long to wait before another attempt, in milliseconds:
 * x-amz-retry-after (milliseconds), Retry-After (seconds or a date); at most
 * an hour; 0 if neither says it. */
unsigned rd_aws_retry_after_ms(const struct rd_http_result *r,
			       uint64_t our_wall_ms);
/* Unix time of the Date header; 0: there is none, or a cache answered. */
uint64_t rd_aws_date_wall_ms(const struct rd_http_result *r);
