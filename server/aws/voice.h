/* aws/voice.h - the operations of the Chime SDK voice that place a call.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Errors as in aws/connect.h.  Pure.  Thread: any.
 */
#pragma once
#include "aws/ask.h"
#include "aws/connect.h"

enum {
	RD_SMA_PAIRS = 20, /* of SipHeaders, of ArgumentsMap */
	RD_TRANSACTION_TEXT = 64,
};
/* The number behind which the meetings are: set by ourselves alone, never from
 * what somebody typed (aws/voice.c, number_policy.h). */
#define RD_MEETING_NUMBER "+17035550122"

struct rd_aws_join_call { /* all lent */
	const char *application_id;
	const char *from; /* E.164, a number of the account */
	const char *meeting_id;
	const char *join_token; /* of the attendee that the phone is */
	const struct rd_aws_pair *arguments; /* at most RD_SMA_PAIRS */
	unsigned argument_count;
};
/* CreateSipMediaApplicationCall to RD_MEETING_NUMBER with the two join
 * headers.  Not idempotent: a second one is a second call. */
RD_MUST_USE enum rd_err rd_aws_join_call(struct rd_aws_ask *ask,
					 const struct rd_aws_join_call *join);
RD_MUST_USE enum rd_err rd_aws_join_call_read(
	const struct rd_json *answer,
	char transaction[static RD_TRANSACTION_TEXT]);

/* UpdateSipMediaApplicationCall.  Not idempotent. */
RD_MUST_USE enum rd_err rd_aws_update_call(struct rd_aws_ask *ask,
					   const char *application_id,
					   const char *transaction,
					   const struct rd_aws_pair *arguments,
					   unsigned argument_count);
