/* aws/client_priv.h - the client's inside: calls, turns, keys.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/retry.h"
#include "aws/throttle.h"
#include "base/pool.h"

struct rd_aws_turns { /* of one operation, or of the others of a service */
	enum rd_aws_service service;
	const char *operation; /* NULL: each other one */
	struct rd_throttle throttle;
};

struct rd_aws_client {
	struct rd_loop *loop;
	struct rd_http_client *http;
	char region[RD_AWS_REGION_TEXT];
	char *urls[RD_AWS_SERVICES];
	unsigned deadline_ms, attempt_ms, most_attempts;
	bool may_correct_clock;

	struct rd_pool *calls;
	struct rd_list waiting; /* for keys: struct call.in_waiting */
	struct rd_aws_turns *turns;
	size_t turn_count;
	struct rd_aws_bucket bucket;
	int64_t skew_ms; /* what AWS's clock is ahead of ours */

	struct rd_aws_credentials *credentials;
	struct rd_timer keys_timer;
	uint32_t keys_fetch;   /* under way; 0: none */
	bool is_keys_signed;   /* it is signed, so the clock counts */
	unsigned keys_renewed; /* as last logged */
	unsigned keys_failed;
};

/* Corrected by what AWS's answers say. */
uint64_t rd_aws_client_wall_ms(const struct rd_aws_client *c);
/* Corrects the clock by an answer; false: there is no reason to. */
bool rd_aws_client_correct(struct rd_aws_client *c, enum rd_aws_fault fault,
			   const struct rd_http_result *r);

/* client_keys.c: lets the machine of credentials go on, now. */
void rd_aws_client_keys_pump(struct rd_aws_client *c);
void rd_aws_client_keys_open(struct rd_aws_client *c);
void rd_aws_client_keys_close(struct rd_aws_client *c);
/* client.c: there are keys, or there are surely none. */
void rd_aws_client_keys_changed(struct rd_aws_client *c);
/* client.c: ends what is under way. */
void rd_aws_client_drop_calls(struct rd_aws_client *c);
size_t rd_aws_client_call_bytes(void);
/* client_rates.c.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_client_open_turns(
	struct rd_aws_client *c, const struct rd_aws_client_cfg *cfg);
struct rd_throttle *rd_aws_client_turns(struct rd_aws_client *c,
					enum rd_aws_service service,
					const char *operation);
