/* api/aws_participant.c - Amazon Connect's participant service: tokens and
 * digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The ladder: ParticipantToken, which StartWebRTCContact gave, gets a
 * ConnectionToken, which sends digits.  Each is taken only where it belongs.
 */
#include "api/aws_table.h"
#include "base/text.h"
#include "provider/contacts.h"

static const char *const type_words[] = { "WEBSOCKET", "CONNECTION_CREDENTIALS",
					  "WEBRTC_CONNECTION", NULL };
static const struct rd_aws_rule type_entry =
	WORD("An entry of Type", true, type_words);
static const struct rd_aws_rule connection_body[] = {
	LIST("Type", false, 1, 0, &type_entry),
	{ .name = "ConnectParticipant", .kind = RD_JSON_BOOL },
	END,
};
static const struct rd_aws_rule message_body[] = {
	TEXT("ContentType", true, 1, 100, RD_AWS_ANY),
	TEXT("Content", true, 1, 16384, RD_AWS_ANY),
	TEXT("ClientToken", false, 0, 500, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule event_body[] = {
	TEXT("ContentType", true, 1, 100, RD_AWS_ANY),
	TEXT("Content", false, 1, 16384, RD_AWS_ANY),
	TEXT("ClientToken", false, 0, 500, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule disconnect_body[] = {
	TEXT("ClientToken", false, 0, 500, RD_AWS_ANY),
	END,
};

static void refuse(struct rd_aws_request *r, enum rd_err err)
{
	switch (err) {
	case RD_E_AUTH:
	case RD_E_NOTFOUND:
	case RD_E_CLOSED:
		rd_aws_refuse(r, RD_AWS_DENIED,
			      "The token is not valid, or its contact is over");
		return;
	case RD_E_EXPIRED:
		rd_aws_refuse(r, RD_AWS_DENIED, "The token has expired");
		return;
	case RD_E_FORMAT:
	case RD_E_SIZE:
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "Content must have 1 to 50 of 0123456789*#");
		return;
	case RD_E_STATE:
		rd_aws_refuse(r, RD_AWS_INVALID, "Nobody can take digits now");
		return;
	default:
		rd_aws_refuse(r, rd_aws_fault_of(err),
			      "That is not possible now");
	}
}

static bool asks_for(const struct rd_json *types, const char *word)
{
	for (size_t i = 0; i < rd_json_count(types); i++)
		if (!strcmp(rd_json_string(rd_json_at(types, i)), word))
			return true;
	return false;
}

/* Credentials are all that a contact of ours has: its messages are digits,
 * and its media was handed out when it began. */
static void create_connection(struct rd_aws_request *r)
{
	const struct rd_json *types = rd_json_get(r->body, "Type");
	struct rd_contact_connection connection;
	struct rd_json_out j;
	enum rd_err err;

	if (types && !asks_for(types, "CONNECTION_CREDENTIALS")) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "This instance has CONNECTION_CREDENTIALS only");
		return;
	}
	err = rd_contact_connect(r->front->cfg.contacts,
				 rd_span_text(r->bearer), &connection);
	if (err) {
		refuse(r, err);
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_json_begin(&j, "ConnectionCredentials");
	rd_json_text(&j, "ConnectionToken", connection.token);
	rd_json_time(&j, "Expiry", connection.expires_wall_ms);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

/* --- digits, once each --------------------------------------------------- */

/* A client that lost our answer sends the same digits with the same token
 * again; pressed twice, they would mean something else. */
static uint64_t taken_key(const struct rd_aws_request *r, const char *token)
{
	uint64_t seed = r->front->taken_seed;

	return rd_text_hash(rd_text_hash(seed, rd_span_text(r->bearer)),
			    rd_span_text(token));
}

static const struct rd_aws_taken *find_taken(const struct rd_aws_request *r)
{
	const char *token = rd_json_member(r->body, "ClientToken");
	uint64_t key;

	if (!token || !*token)
		return NULL;
	key = taken_key(r, token);
	for (size_t i = 0; i < RD_AWS_TAKEN; i++)
		if (r->front->taken[i].key == key && r->front->taken[i].wall_ms)
			return &r->front->taken[i];
	return NULL;
}

static void reply_again(struct rd_aws_request *r, const struct rd_aws_taken *t)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "Id", t->id);
	rd_json_time(&j, "AbsoluteTime", t->wall_ms);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void reply_taken(struct rd_aws_request *r)
{
	const char *token = rd_json_member(r->body, "ClientToken");
	struct rd_aws_taken own, *t = &own;

	if (token && *token) {
		t = &r->front->taken[r->front->taken_next++ % RD_AWS_TAKEN];
		t->key = taken_key(r, token);
	}
	rd_text_uuid(t->id);
	t->wall_ms = r->wall_ms;
	reply_again(r, t);
}

static void send_message(struct rd_aws_request *r)
{
	const struct rd_aws_taken *before;
	enum rd_err err;

	if (strcmp(rd_json_member(r->body, "ContentType"), "audio/dtmf") != 0) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "A voice contact takes ContentType audio/dtmf");
		return;
	}
	before = find_taken(r);
	if (before) {
		reply_again(r, before);
		return;
	}
	err = rd_contact_digits(r->front->cfg.contacts, rd_span_text(r->bearer),
				rd_json_member(r->body, "Content"));
	if (err)
		refuse(r, err);
	else
		reply_taken(r);
}

static void disconnect(struct rd_aws_request *r)
{
	enum rd_err err = rd_contact_disconnect(r->front->cfg.contacts,
						rd_span_text(r->bearer));

	if (err)
		refuse(r, err);
	else
		rd_aws_reply_empty(r);
}

/* Typing and receipts are of chats; a voice contact takes them and nothing
 * comes of it. */
static void send_event(struct rd_aws_request *r)
{
	static const char kinds[] = "application/vnd.amazonaws.connect.event.";
	const char *type = rd_json_member(r->body, "ContentType");
	enum rd_err err;

	if (strncmp(type, kinds, sizeof(kinds) - 1) != 0) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "ContentType is none of an event");
		return;
	}
	err = rd_contact_holder(r->front->cfg.contacts,
				rd_span_text(r->bearer));
	if (err)
		refuse(r, err);
	else
		reply_taken(r);
}

static const struct rd_aws_operation operations[] = {
	OP(RD_AWS_PARTICIPANT, "CreateParticipantConnection", "POST",
	   "/participant/connection", NULL, NULL, connection_body, 200,
	   create_connection),
	OP(RD_AWS_PARTICIPANT, "SendMessage", "POST", "/participant/message",
	   NULL, NULL, message_body, 200, send_message),
	OP(RD_AWS_PARTICIPANT, "SendEvent", "POST", "/participant/event", NULL,
	   NULL, event_body, 200, send_event),
	OP(RD_AWS_PARTICIPANT, "DisconnectParticipant", "POST",
	   "/participant/disconnect", NULL, NULL, disconnect_body, 200,
	   disconnect),
};
const struct rd_aws_operations rd_aws_participant_operations = {
	operations, RD_COUNT(operations)
};
