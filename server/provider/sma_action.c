/* provider/sma_action.c - see the header: the response as a whole.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_action.h"

static const struct {
	const char *type;
	enum rd_sma_action_kind kind;
} types[] = {
	{ "CallAndBridge", RD_SMA_CALL_AND_BRIDGE },
	{ "JoinChimeMeeting", RD_SMA_JOIN_MEETING },
	{ "ModifyChimeMeetingAttendees", RD_SMA_MODIFY_ATTENDEES },
	{ "SendDigits", RD_SMA_SEND_DIGITS },
	{ "ReceiveDigits", RD_SMA_RECEIVE_DIGITS },
	{ "PlayAudio", RD_SMA_PLAY_AUDIO },
	{ "PlayAudioAndGetDigits", RD_SMA_PLAY_AND_GET },
	{ "Speak", RD_SMA_SPEAK },
	{ "SpeakAndGetDigits", RD_SMA_SPEAK_AND_GET },
	{ "Pause", RD_SMA_PAUSE },
	{ "Hangup", RD_SMA_HANGUP },
	{ "RecordAudio", RD_SMA_RECORD_AUDIO },
	{ "StartCallRecording", RD_SMA_UNAVAILABLE },
	{ "StopCallRecording", RD_SMA_UNAVAILABLE },
	{ "PauseCallRecording", RD_SMA_UNAVAILABLE },
	{ "ResumeCallRecording", RD_SMA_UNAVAILABLE },
	{ "VoiceFocus", RD_SMA_UNAVAILABLE },
	{ "StartBotConversation", RD_SMA_UNAVAILABLE },
};

const char *rd_sma_error_name(enum rd_sma_error error)
{
	static const char *const names[] = {
		[RD_SMA_FINE] = "",
		[RD_SMA_INVALID_PARAMETER] = "InvalidActionParameter",
		[RD_SMA_MISSING_PARAMETER] = "MissingRequiredActionParameter",
		[RD_SMA_SYSTEM] = "SystemException",
		[RD_SMA_INVALID_AUDIO] = "InvalidAudioSource",
		[RD_SMA_NOT_ANSWERED] = "CallNotAnswered",
		[RD_SMA_THROTTLED] = "ActionExecutionThrottled",
		[RD_SMA_ACCESS_DENIED] = "AccessDenied",
		[RD_SMA_RESOURCE_NOT_FOUND] = "ResourceNotFound",
		[RD_SMA_RESOURCE_DENIED] = "ResourceAccessDenied",
		[RD_SMA_INVALID_DIGITS] = "InvalidDigitsReceived",
	};

	return names[error];
}

static enum rd_err bad(struct rd_sma_invalid *invalid, const char *type,
		       const char *why)
{
	invalid->type = type;
	rd_complain(&invalid->why, "%s", why);
	return RD_E_FORMAT;
}

static enum rd_err read_attributes(struct rd_sma_response *r,
				   struct rd_sma_invalid *invalid)
{
	const struct rd_json *map =
		rd_json_get(r->document, "TransactionAttributes");
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;
	size_t bytes = 0;

	if (!map)
		return RD_OK;
	if (rd_json_kind(map) != RD_JSON_OBJECT)
		return bad(invalid, "TransactionAttributesInvalidType",
			   "TransactionAttributes is not an object");
	if (rd_json_count(map) > RD_SMA_ATTRIBUTES)
		return bad(invalid, "TransactionAttributesInvalidMapSize",
			   "TransactionAttributes has more than 100 members");
	while (rd_json_next(map, &cursor, &name, &value)) {
		if (!rd_json_string(value))
			return bad(invalid, "TransactionAttributesInvalidType",
				   "a value of TransactionAttributes is not a "
				   "string");
		bytes += strlen(name) + strlen(rd_json_string(value));
	}
	if (bytes > RD_SMA_ATTRIBUTE_BYTES)
		return bad(invalid, "TransactionAttributesInvalidMapSize",
			   "TransactionAttributes is longer than 20 KB");
	r->attributes = map;
	return RD_OK;
}

static enum rd_err read_action(struct rd_sma_action *a,
			       const struct rd_json *from,
			       struct rd_sma_invalid *invalid)
{
	size_t i = 0;

	a->type = rd_json_member(from, "Type");
	a->parameters = rd_json_get(from, "Parameters");
	if (!a->type)
		return bad(invalid, "InvalidAction",
			   "an action has no Type, or is not an object");
	while (i < RD_COUNT(types) && strcmp(types[i].type, a->type) != 0)
		i++;
	if (i == RD_COUNT(types))
		return bad(invalid, "InvalidAction",
			   "an action is of an unknown Type");
	if (a->parameters && rd_json_kind(a->parameters) != RD_JSON_OBJECT)
		return bad(invalid, "InvalidAction",
			   "the Parameters of an action are not an object");
	a->kind = types[i].kind;
	a->type = types[i].type;
	rd_sma_action_check(a);
	return RD_OK;
}

static enum rd_err read_actions(struct rd_sma_response *r,
				struct rd_sma_invalid *invalid)
{
	const struct rd_json *list = rd_json_get(r->document, "Actions");
	enum rd_err err = RD_OK;

	if (!list)
		return RD_OK;
	if (rd_json_kind(list) != RD_JSON_ARRAY)
		return bad(invalid, "InvalidActionList",
			   "Actions is not a list");
	if (rd_json_count(list) > RD_SMA_ACTIONS)
		return bad(invalid, "InvalidActionList",
			   "Actions has more than 10 actions");
	r->has_actions = true;
	for (size_t i = 0; !err && i < rd_json_count(list); i++)
		err = read_action(&r->actions[r->count++], rd_json_at(list, i),
				  invalid);
	return err;
}

static enum rd_err read_response(struct rd_sma_response *r, struct rd_span body,
				 struct rd_sma_invalid *invalid)
{
	const char *version;
	enum rd_err err = rd_json_open(&r->document, body, &invalid->why);

	invalid->type = "InvalidJson";
	if (err)
		return err;
	if (rd_json_kind(r->document) != RD_JSON_OBJECT)
		return bad(invalid, "InvalidResponse",
			   "the response is not an object");
	version = rd_json_member(r->document, "SchemaVersion");
	if (!version || strcmp(version, "1.0") != 0)
		return bad(invalid, "InvalidSchemaVersion",
			   "SchemaVersion is not \"1.0\"");
	err = read_attributes(r, invalid);
	return err ? err : read_actions(r, invalid);
}

enum rd_err rd_sma_response_open(struct rd_sma_response **out,
				 struct rd_span body,
				 struct rd_sma_invalid *invalid)
{
	struct rd_sma_response *r = rd_zalloc(sizeof(*r));
	enum rd_err err;

	*out = NULL;
	if (!r)
		return RD_E_NOMEM;
	r->refs = 1;
	err = read_response(r, body, invalid);
	if (err) {
		rd_sma_response_unref(r);
		return err;
	}
	*out = r;
	return RD_OK;
}

struct rd_sma_response *rd_sma_response_ref(struct rd_sma_response *r)
{
	if (r)
		r->refs++;
	return r;
}

void rd_sma_response_unref(struct rd_sma_response *r)
{
	if (!r || --r->refs)
		return;
	rd_json_close(r->document);
	rd_free(r);
}
