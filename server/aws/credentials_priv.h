/* aws/credentials_priv.h - the machine's inside: which source it is, decided
 * anew at each renewal, and what that one is asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include "aws/credentials.h"
#include "http/url.h"

enum rd_aws_source {
	RD_AWS_NONE,
	RD_AWS_ENVIRONMENT,
	RD_AWS_PROFILE,
	RD_AWS_WEB,
	RD_AWS_CONTAINER,
	RD_AWS_METADATA,
};

enum {
	RD_AWS_MOST_ROLES = 4,
	RD_AWS_ROLE_TEXT = 129,
	RD_AWS_MOST_LOCAL_TOKEN = 4096,
	RD_AWS_TOKEN_S = 21600, /* of metadata */
};

struct rd_aws_role { /* lent by the plan's files, or the environment */
	const char *arn;
	const char *session;
	const char *external_id; /* NULL: none */
	const char *duration_s;  /* NULL: theirs */
};

/* Keys of the base source, then the roles from the last to the first. */
struct rd_aws_plan {
	enum rd_aws_source base;
	struct rd_aws_keys keys; /* of the environment and of a profile */
	struct rd_aws_role web;
	const char *web_token_file;
	struct rd_aws_role roles[RD_AWS_MOST_ROLES];
	size_t role_count;

	struct rd_aws_profile_file *credentials, *config;
};

/* profile NULL: none was chosen in the configuration.  RD_E_NOTFOUND: no
 * source is there; RD_E_IO, RD_E_FORMAT, RD_E_UNSUPPORTED, RD_E_EXPIRED,
 * RD_E_NOMEM: why says what is wrong where. */
RD_MUST_USE enum rd_err rd_aws_plan_init(
	struct rd_aws_plan *p, const struct rd_aws_surroundings *around,
	const char *profile, uint64_t wall_ms, struct rd_complaint *why);
void rd_aws_plan_fini(struct rd_aws_plan *p); /* fine when zeroed */

enum rd_aws_step {
	RD_AWS_REST,
	RD_AWS_BASE, /* the plan is made */
	RD_AWS_ASK_WEB,
	RD_AWS_ASK_CONTAINER,
	RD_AWS_ASK_TOKEN,
	RD_AWS_ASK_ROLE,
	RD_AWS_ASK_KEYS,
	RD_AWS_ASSUME,
};

struct rd_aws_credentials {
	const struct rd_aws_surroundings *around;
	char *profile; /* NULL: none chosen */
	char *sts_url;

	struct rd_aws_keys keys; /* that serve */
	enum rd_aws_source source;
	bool may_serve_on;             /* they are of metadata itself */
	uint64_t stable_until_wall_ms; /* they serve on past their end */
	uint64_t made_ms;
	unsigned renewals;

	enum rd_aws_step step;
	bool is_asked; /* the driver has a request */
	struct rd_aws_plan plan;
	size_t roles_left;
	struct rd_aws_keys fresh; /* being made */
	uint64_t due_ms;          /* of the next renewal */
	unsigned failures;
	bool has_no_source;
	struct rd_complaint why;

	struct rd_secret metadata_token;
	uint64_t metadata_token_end_ms;
	bool is_token_new; /* a 401 is not its age */
	char role[RD_AWS_ROLE_TEXT];

	char url[RD_URL_MOST + 1];
	struct rd_secret header; /* with a token in it, ended by NUL */
	struct rd_secret body;
};

/* The request of m->step, into m's buffers and *ask.  RD_E_IO, RD_E_FORMAT,
 * RD_E_SIZE, RD_E_NOMEM; m->why says what is wrong, if it is not memory. */
RD_MUST_USE enum rd_err rd_aws_credentials_ask(struct rd_aws_credentials *m,
					       struct rd_aws_keys_ask *ask);
