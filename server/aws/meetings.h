/* aws/meetings.h - the operations of the Chime SDK meetings that we ask.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Errors as in aws/connect.h.  Pure.  Thread: any.
 */
#pragma once
#include "aws/ask.h"
#include "call/provider.h"

struct rd_aws_create_meeting {    /* all lent */
	const char *client_token; /* 2..64 of a-z A-Z 0-9 - _ */
	const char *media_region;
	const char *external_id;    /* 2..64 */
	const char *caller_user_id; /* 2..64, ExternalUserId */
	const char *phone_user_id;  /* another one */
};
/* A meeting for two, with both.  The same client_token again gives the same
 * meeting. */
RD_MUST_USE enum rd_err rd_aws_create_meeting(
	struct rd_aws_ask *ask, const struct rd_aws_create_meeting *create);
/* caller: how the caller joins.  phone_token: the join token of the other,
 * RD_JOIN_TOKEN_TEXT bytes. */
RD_MUST_USE enum rd_err rd_aws_create_meeting_read(
	const struct rd_json *answer, const struct rd_aws_create_meeting *asked,
	struct rd_joining *caller, char phone_token[static RD_JOIN_TOKEN_TEXT]);

RD_MUST_USE enum rd_err rd_aws_delete_meeting(struct rd_aws_ask *ask,
					      const char *meeting_id);
RD_MUST_USE enum rd_err rd_aws_get_meeting(struct rd_aws_ask *ask,
					   const char *meeting_id);
