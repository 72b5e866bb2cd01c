/* provider/sma_action.h - what a SIP media application's handler answers,
 * read and checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A response that is unusable as a whole (not JSON, another schema version, an
 * unknown action, too many of them, attributes out of bounds) ends the call.
 * An action whose parameters are wrong is kept with its error: it fails when
 * its turn comes, and those before it are carried out.
 * Owner: whoever holds a reference.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "wire/json.h"

enum {
	RD_SMA_ACTIONS = 10,
	RD_SMA_ATTRIBUTES = 100,
	RD_SMA_ATTRIBUTE_BYTES = 20 * 1024, /* names and values */
	RD_SMA_DIGITS = 128,                /* of a *GetDigits, at most */
	RD_SMA_TERMINATORS = 13,
	RD_SMA_TEXT = 1000, /* characters that are spoken at once */
	RD_SMA_WHY = 192,
};

enum rd_sma_error {
	RD_SMA_FINE,
	RD_SMA_INVALID_PARAMETER,
	RD_SMA_MISSING_PARAMETER,
	RD_SMA_SYSTEM,
	RD_SMA_INVALID_AUDIO,
	RD_SMA_NOT_ANSWERED,
	RD_SMA_THROTTLED,
	RD_SMA_ACCESS_DENIED,
	RD_SMA_RESOURCE_NOT_FOUND,
	RD_SMA_RESOURCE_DENIED,
	RD_SMA_INVALID_DIGITS,
};
/* The ErrorType of ACTION_FAILED; "" for RD_SMA_FINE. */
const char *rd_sma_error_name(enum rd_sma_error error);

enum rd_sma_action_kind {
	RD_SMA_CALL_AND_BRIDGE,
	RD_SMA_JOIN_MEETING,
	RD_SMA_MODIFY_ATTENDEES,
	RD_SMA_SEND_DIGITS,
	RD_SMA_RECEIVE_DIGITS,
	RD_SMA_PLAY_AUDIO,
	RD_SMA_PLAY_AND_GET,
	RD_SMA_SPEAK,
	RD_SMA_SPEAK_AND_GET,
	RD_SMA_PAUSE,
	RD_SMA_HANGUP,
	RD_SMA_RECORD_AUDIO,
	/* Known to the service and not to this engine: they fail. */
	RD_SMA_UNAVAILABLE,
};

/* What is heard: a file, or a text that is spoken.  Lent by the response. */
struct rd_sma_prompt {
	const char *bucket; /* NULL: it is spoken */
	const char *key;
	const char *text;
	const char *language; /* "en-US"; NULL: not said */
	const char *voice;    /* NULL: not said */
	bool is_ssml;
};

struct rd_sma_action { /* text is lent by the response */
	enum rd_sma_action_kind kind;
	const char *type;                 /* as it was written */
	const struct rd_json *parameters; /* NULL: none */
	enum rd_sma_error error;
	char why[RD_SMA_WHY];

	/* Whom it is for; both NULL: the leg that caused the event. */
	const char *call_id;
	const char *tag;

	struct rd_sma_prompt prompt;  /* and the ring-back of CallAndBridge */
	struct rd_sma_prompt failure; /* of a *GetDigits */
	unsigned repeat;
	unsigned repeat_ms;
	unsigned between_ms;
	unsigned flush_ms;
	unsigned least_digits;
	unsigned most_digits;
	char terminators[RD_SMA_TERMINATORS];
	const char *pattern; /* NULL: any */

	const char *digits; /* SendDigits */
	unsigned tone_ms;
	unsigned duration_ms; /* Pause, RecordAudio (0: not said) */
	unsigned silence_ms;  /* RecordAudio; 0: not said */
	unsigned silence_threshold;
	const char *prefix;  /* "" or what the key begins with */
	unsigned sip_status; /* Hangup: 0, 480, 486 */

	unsigned timeout_ms; /* CallAndBridge */
	const char *caller_id;
	bool is_connector; /* BridgeEndpointType AWS */
	const char *uri;
	const char *arn;
	const struct rd_json *headers; /* NULL: none */

	const char *join_token;
	const char *meeting_id;
	bool is_mute;
	const struct rd_json *attendees;
};

struct rd_sma_response {
	unsigned refs;
	struct rd_json *document;
	bool has_actions; /* false: the running list goes on */
	unsigned count;
	struct rd_sma_action actions[RD_SMA_ACTIONS];
	const struct rd_json *attributes; /* NULL: they stay as they are */
};

/* Why a response is unusable. */
struct rd_sma_invalid {
	const char *type;
	struct rd_complaint why;
};

/* Holds one reference.  RD_E_FORMAT: *invalid says why; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sma_response_open(struct rd_sma_response **out,
					     struct rd_span body,
					     struct rd_sma_invalid *invalid);
struct rd_sma_response *rd_sma_response_ref(struct rd_sma_response *r);
void rd_sma_response_unref(struct rd_sma_response *r); /* NULL is fine */

/* --- the parts, also for what comes by the API --------------------------- */

bool rd_sma_is_e164(const char *number); /* "+" and 2 to 15 digits */
/* Whether the name and value of a SIP header may be given on: X-..., except
 * the reserved beginnings, User-to-User, Diversion; printable ASCII. */
bool rd_sma_header_is_fine(const char *name, const char *value);

/* sma_check.c: fills *a from a->parameters, or its error. */
void rd_sma_action_check(struct rd_sma_action *a);
