/* app/gateway_event.h - HTTP requests as API Gateway hands them to a function.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both payload formats: 2.0 of HTTP APIs (and function URLs), 1.0 of REST APIs
 * (and of HTTP APIs that are told so).  The answer is the same for both.
 * Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "wire/json.h"

enum {
	RD_GATEWAY_MOST_BODY = 64 * 1024
};

struct rd_gateway_request { /* lent by the event */
	const char *method;
	const char *path; /* without the stage: "/start-call" */
	struct rd_span body;
	bool is_too_large; /* more than RD_GATEWAY_MOST_BODY; body is empty */

	const struct rd_json *headers;
	const struct rd_json *many; /* multiValueHeaders, of format 1.0 */
	uint8_t *decoded;           /* ours */
};

/* RD_E_FORMAT: not such an event.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_gateway_request_init(struct rd_gateway_request *r,
						const struct rd_json *event);
void rd_gateway_request_fini(struct rd_gateway_request *r);
/* By a name in any case; NULL: there is none, or more than one. */
const char *rd_gateway_header(const struct rd_gateway_request *r,
			      const char *name);
/* 0, 1, 2 (or more). */
unsigned rd_gateway_header_count(const struct rd_gateway_request *r,
				 const char *name);

enum {
	RD_GATEWAY_FIELDS = 12
};
struct rd_gateway_field {
	const char *name;
	const char *value;
};
struct rd_gateway_reply {
	unsigned status;
	struct rd_gateway_field fields[RD_GATEWAY_FIELDS];
	unsigned field_count;
	const char *body; /* ended by NUL; NULL: none */
};
void rd_gateway_reply_add(struct rd_gateway_reply *reply, const char *name,
			  const char *value);
void rd_gateway_reply_write(struct rd_json_out *j,
			    const struct rd_gateway_reply *reply);
