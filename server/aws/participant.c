/* aws/participant.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/participant.h"

#include "aws/when.h"

static enum rd_err set_bearer(struct rd_aws_ask *ask, const char *token)
{
	size_t len = strlen(token);

	if (len == 0 || len >= sizeof(ask->bearer))
		return RD_E_SIZE;
	memcpy(ask->bearer, token, len + 1);
	return RD_OK;
}

enum rd_err rd_aws_create_connection(struct rd_aws_ask *ask,
				     const char *participant_token)
{
	struct rd_aws_path path = { ask, RD_OK };
	struct rd_json_out *j = &ask->body;

	rd_aws_ask_init(ask, RD_AWS_PARTICIPANT, "CreateParticipantConnection",
			"POST");
	path.err = set_bearer(ask, participant_token);
	/* A second one only makes a second token. */
	ask->call.is_idempotent = true;
	rd_aws_path_add(&path, "/participant/connection");
	rd_json_begin(j, NULL);
	rd_json_begin_array(j, "Type");
	rd_json_text(j, NULL, "CONNECTION_CREDENTIALS");
	rd_json_end_array(j);
	rd_json_bool(j, "ConnectParticipant", true);
	rd_json_end(j);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_create_connection_read(const struct rd_json *answer,
					  struct rd_aws_connection *out)
{
	const struct rd_json *credentials =
		rd_json_get(answer, "ConnectionCredentials");
	const char *expiry = rd_json_member(credentials, "Expiry");

	out->expires_ms = 0;
	if (!rd_aws_read_text(credentials, "ConnectionToken", out->token,
			      sizeof(out->token)))
		return RD_E_UPSTREAM;
	if (expiry &&
	    rd_aws_when_iso(rd_span_text(expiry), &out->expires_ms) != RD_OK)
		out->expires_ms = 0;
	return RD_OK;
}

enum rd_err rd_aws_send_digits(struct rd_aws_ask *ask,
			       const char *connection_token, const char *digits,
			       const char *client_token)
{
	struct rd_aws_path path = { ask, RD_OK };

	rd_aws_ask_init(ask, RD_AWS_PARTICIPANT, "SendMessage", "POST");
	path.err = set_bearer(ask, connection_token);
	ask->call.is_idempotent = true;
	rd_aws_path_add(&path, "/participant/message");
	rd_json_begin(&ask->body, NULL);
	rd_json_text(&ask->body, "ContentType", "audio/dtmf");
	rd_json_text(&ask->body, "Content", digits);
	rd_json_text(&ask->body, "ClientToken", client_token);
	rd_json_end(&ask->body);
	return rd_aws_ask_done(&path);
}
