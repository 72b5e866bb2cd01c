/* api/aws_things.h - SIP media applications and Voice Connectors, configured
 * or made by clients.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "api/aws_priv.h"
#include "provider/sma_run.h"

enum {
	RD_AWS_NAME_TEXT = 257,
	RD_AWS_LAMBDA_TEXT = 512,
};

/* An application or a connector. */
struct rd_aws_thing {
	char id[RD_SMA_ID_TEXT];
	char name[RD_AWS_NAME_TEXT];
	char lambda_arn[RD_AWS_LAMBDA_TEXT]; /* of an application; "" = none */
	bool requires_encryption;            /* of a connector */
	const char *network;     /* of a connector; NULL: not said */
	const char *integration; /* of a connector; NULL: not said */
	bool is_configured;
	uint64_t made_wall_ms;
	uint64_t number; /* rises */
	struct rd_list in_list;
};

struct rd_aws_voice {
	struct rd_aws_front *front; /* lent to us */

	struct rd_list applications; /* struct rd_aws_thing.in_list */
	struct rd_list connectors;   /* struct rd_aws_thing.in_list */
	uint64_t numbers;
};

/* NULL: none of that id. */
struct rd_aws_thing *rd_aws_thing_find(const struct rd_list *list,
				       const char *id);
/* In no list yet; to be freed by the list's owner.  NULL: no memory. */
struct rd_aws_thing *rd_aws_thing_new(struct rd_aws_voice *v, const char *name);

typedef void rd_aws_thing_write(struct rd_aws_request *r, struct rd_json_out *j,
				const char *key, const struct rd_aws_thing *t);
void rd_aws_write_application(struct rd_aws_request *r, struct rd_json_out *j,
			      const char *key, const struct rd_aws_thing *t);
void rd_aws_write_connector(struct rd_aws_request *r, struct rd_json_out *j,
			    const char *key, const struct rd_aws_thing *t);
/* Answers with it under that key. */
void rd_aws_thing_reply(struct rd_aws_request *r, const char *key,
			const struct rd_aws_thing *t,
			rd_aws_thing_write *write);
/* Answers with a page of the list. */
void rd_aws_thing_reply_list(struct rd_aws_request *r, const char *key,
			     const struct rd_list *list,
			     rd_aws_thing_write *write);
