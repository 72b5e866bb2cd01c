/* aws/participant.h - the Amazon Connect Participant Service: digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The ladder is ParticipantToken -> ConnectionToken -> digits; each token is
 * sent as the bearer and belongs in no log.  Errors as in aws/connect.h.
 * Pure.  Thread: any.
 */
#pragma once
#include "aws/ask.h"

enum {
	RD_CONNECTION_TOKEN_TEXT = 1001
};

RD_MUST_USE enum rd_err rd_aws_create_connection(struct rd_aws_ask *ask,
						 const char *participant_token);
struct rd_aws_connection {
	char token[RD_CONNECTION_TOKEN_TEXT];
	uint64_t expires_ms; /* wall time; 0: the answer does not say */
};
RD_MUST_USE enum rd_err rd_aws_create_connection_read(
	const struct rd_json *answer, struct rd_aws_connection *out);

/* digits: 1.. of 0-9 * #, as audio/dtmf.  The same client_token again does
 * nothing more. */
RD_MUST_USE enum rd_err rd_aws_send_digits(struct rd_aws_ask *ask,
					   const char *connection_token,
					   const char *digits,
					   const char *client_token);
