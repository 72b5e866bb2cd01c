/* aws/sending.h - one request, signed and given to the HTTP client.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: the loop's.
 */
#pragma once
#include "aws/credentials_read.h"
#include "base/base.h"
#include "http/client.h"

struct rd_aws_sending { /* all lent until rd_aws_send returns */
	struct rd_http_client *http;
	const char *method;
	const char *url; /* path and query percent-encoded once */
	struct rd_span body;
	const char *const *headers; /* more "Name: value" lines, unsigned */
	size_t header_count;
	const char *content_type; /* NULL: none */
	const char *bearer;       /* X-Amz-Bearer; NULL: none */
	/* Of the call, the same in each attempt; NULL: neither is sent. */
	const char *invocation_id;
	unsigned attempt, most_attempts;

	const struct rd_aws_keys *keys; /* NULL: not signed */
	const char *region;
	const char *signing_name;
	uint64_t wall_ms;
	unsigned deadline_ms;
	bool is_once; /* as in rd_http_fetch */
};

/* done and *id as in rd_http_client_fetch.  RD_E_FORMAT, RD_E_SIZE,
 * RD_E_FULL, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_send(const struct rd_aws_sending *s,
				    rd_http_done *done, void *arg,
				    uint32_t *id);
