/* provider/sma_check.c - the parameters of each action.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "provider/sma_action.h"
#include "provider/sma_pattern.h"

enum {
	HEADERS_MOST = 20,
	HEADER_CHARACTERS = 2048,
	URI_CHARACTERS = 30,
	SEND_DIGITS_MOST = 50,
	TONE_MS = 250,
	PAUSE_MOST_MS = 30000,
	WAIT_MOST_MS = 3600 * 1000, /* of what has no bound of its own */
	REPEAT_MOST = 1000,
	RING_S = 30,
	RING_MOST_S = 120,
	PREFIX_BYTES = 979,
	SILENCE_THRESHOLD = 200,
	ATTENDEES_MOST = 100,
	CHARACTERS_MOST = 4 * RD_SMA_TEXT, /* bytes, before they are counted */
};

static const char reserved[][10] = { "x-amzn", "x-vine", "x-vc", "x-canary",
				     "x-voice" };

/* The first error stays. */
static void RD_PRINTF(3, 4) wrong(struct rd_sma_action *a,
				  enum rd_sma_error error, const char *fmt, ...)
{
	va_list args;

	if (a->error)
		return;
	a->error = error;
	va_start(args, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, args);
	va_end(args);
}

static void wrong_value(struct rd_sma_action *a, const char *name)
{
	wrong(a, RD_SMA_INVALID_PARAMETER, "%s is not valid", name);
}

static void missing(struct rd_sma_action *a, const char *name)
{
	wrong(a, RD_SMA_MISSING_PARAMETER, "%s is missing", name);
}

/* --- kinds of values ----------------------------------------------------- */

bool rd_sma_is_e164(const char *number)
{
	size_t len = number ? strlen(number) : 0;

	return len >= 3 && len <= 16 && number[0] == '+' && number[1] >= '1' &&
	       number[1] <= '9' && strspn(number + 1, "0123456789") == len - 1;
}

bool rd_sma_header_is_fine(const char *name, const char *value)
{
	size_t len = strlen(name);

	if (!value || len + strlen(value) > HEADER_CHARACTERS)
		return false;
	for (const char *c = value; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			return false;
	for (const char *c = name; *c; c++)
		if (*c <= 0x20 || *c > 0x7e ||
		    strchr("()<>@,;:\\\"/[]?={}", *c))
			return false;
	for (size_t i = 0; i < RD_COUNT(reserved); i++)
		if (!strncasecmp(name, reserved[i], strlen(reserved[i])))
			return false;
	return (len > 2 && !strncasecmp(name, "x-", 2)) ||
	       !strcasecmp(name, "User-to-User") ||
	       !strcasecmp(name, "Diversion");
}

/* A number, or the digits of one in a string.  false: neither. */
static bool as_whole(const struct rd_json *value, int64_t *out)
{
	const char *text = rd_json_string(value);
	uint64_t number;

	if (!text)
		return rd_json_whole(value, out);
	if (rd_text_u64(rd_span_text(text), 0, INT32_MAX, &number) != RD_OK)
		return false;
	*out = (int64_t)number;
	return true;
}

/* otherwise: what it is when it is not there; -1: it must be. */
static unsigned whole(struct rd_sma_action *a, const char *name, unsigned least,
		      unsigned most, long otherwise)
{
	const struct rd_json *value = rd_json_get(a->parameters, name);
	int64_t number = 0;

	if (!value && otherwise < 0)
		missing(a, name);
	if (!value)
		return otherwise < 0 ? least : (unsigned)otherwise;
	if (!as_whole(value, &number) || number < (int64_t)least ||
	    number > (int64_t)most) {
		wrong_value(a, name);
		return least;
	}
	return (unsigned)number;
}

/* NULL when it is not there, which is an error if it must be. */
static const char *text(struct rd_sma_action *a, const char *name, bool is_must)
{
	const struct rd_json *value = rd_json_get(a->parameters, name);
	const char *found = rd_json_string(value);

	if (value && (!found || (is_must && !*found)))
		wrong_value(a, name);
	else if (!value && is_must)
		missing(a, name);
	return found;
}

static void target(struct rd_sma_action *a)
{
	a->call_id = text(a, "CallId", false);
	a->tag = text(a, "ParticipantTag", false);
	if (a->tag && strcasecmp(a->tag, "LEG-A") != 0 &&
	    strcasecmp(a->tag, "LEG-B") != 0)
		wrong_value(a, "ParticipantTag");
}

static void must_call_id(struct rd_sma_action *a)
{
	a->call_id = text(a, "CallId", true);
}

/* Sound of a bucket; a name that leaves it is refused where it is opened. */
static struct rd_sma_prompt source(struct rd_sma_action *a, const char *name)
{
	const struct rd_json *from = rd_json_get(a->parameters, name);
	const char *type = rd_json_member(from, "Type");
	struct rd_sma_prompt p = {
		.bucket = rd_json_member(from, "BucketName"),
		.key = rd_json_member(from, "Key"),
	};

	if (!from)
		missing(a, name);
	else if (!type || strcmp(type, "S3") != 0 || !p.bucket || !*p.bucket ||
		 !p.key || !*p.key)
		wrong(a, RD_SMA_INVALID_AUDIO,
		      "%s needs Type S3, BucketName and Key", name);
	return p;
}

static size_t characters(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((uint8_t)*utf8 & 0xc0) != 0x80;
	return n;
}

static bool is_one_of(const char *value, const char *a, const char *b)
{
	return !value || !strcmp(value, a) || !strcmp(value, b);
}

/* The members of a Speak; from is its parameters, or one of them. */
static struct rd_sma_prompt speech(struct rd_sma_action *a,
				   const struct rd_json *from, const char *name)
{
	const char *type = rd_json_member(from, "TextType");
	struct rd_sma_prompt p = {
		.text = rd_json_member(from, "Text"),
		.language = rd_json_member(from, "LanguageCode"),
		.voice = rd_json_member(from, "VoiceId"),
		.is_ssml = type && !strcmp(type, "ssml"),
	};

	if (!from || !p.text)
		missing(a, name);
	else if (!*p.text || strlen(p.text) > CHARACTERS_MOST ||
		 characters(p.text) > RD_SMA_TEXT)
		wrong_value(a, "Text");
	if (!is_one_of(type, "text", "ssml"))
		wrong_value(a, "TextType");
	if (!is_one_of(rd_json_member(from, "Engine"), "standard", "neural"))
		wrong_value(a, "Engine");
	return p;
}

/* Keys as a list of one-character strings. */
static void keys(struct rd_sma_action *a, const char *name, const char *allowed,
		 const char *otherwise)
{
	const struct rd_json *list = rd_json_get(a->parameters, name);
	size_t n = rd_json_count(list);

	snprintf(a->terminators, sizeof(a->terminators), "%s",
		 otherwise ? otherwise : "");
	if (!list && !otherwise)
		missing(a, name);
	if (!list)
		return;
	if (rd_json_kind(list) != RD_JSON_ARRAY || n >= RD_SMA_TERMINATORS) {
		wrong_value(a, name);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *key = rd_json_string(rd_json_at(list, i));

		if (!key || strlen(key) != 1 || !strchr(allowed, *key)) {
			wrong_value(a, name);
			return;
		}
		a->terminators[i] = *key;
	}
	a->terminators[n] = '\0';
}

static void pattern(struct rd_sma_action *a, bool is_must)
{
	struct rd_sma_pattern p;

	a->pattern = text(a, "InputDigitsRegex", is_must);
	if (a->pattern &&
	    rd_sma_pattern_read(&p, rd_span_text(a->pattern)) != RD_OK)
		wrong_value(a, "InputDigitsRegex");
}

/* --- actions ------------------------------------------------------------- */

static void headers(struct rd_sma_action *a)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	a->headers = rd_json_get(a->parameters, "SipHeaders");
	if (!a->headers)
		return;
	if (rd_json_kind(a->headers) != RD_JSON_OBJECT ||
	    rd_json_count(a->headers) > HEADERS_MOST)
		wrong_value(a, "SipHeaders");
	while (!a->error && rd_json_next(a->headers, &cursor, &name, &value)) {
		const char *content = rd_json_string(value);

		if (!rd_sma_header_is_fine(name, content))
			wrong(a, RD_SMA_INVALID_PARAMETER,
			      "Invalid SIP header(s) provided: %.64s", name);
	}
}

static bool is_endpoint_fine(const struct rd_sma_action *a)
{
	static const char user[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
				   "RSTUVWXYZ0123456789&=+$/%-_!~*(,).";

	if (!a->uri)
		return false;
	if (!a->is_connector)
		return !a->arn && rd_sma_is_e164(a->uri);
	return a->arn && *a->uri && strlen(a->uri) <= URI_CHARACTERS &&
	       strspn(a->uri, user) == strlen(a->uri);
}

static void endpoint(struct rd_sma_action *a)
{
	const struct rd_json *list = rd_json_get(a->parameters, "Endpoints");
	const struct rd_json *one = rd_json_at(list, 0);
	const char *type = rd_json_member(one, "BridgeEndpointType");

	if (rd_json_count(list) != 1 || !one) {
		wrong(a, RD_SMA_INVALID_PARAMETER,
		      "Endpoints must have exactly one endpoint");
		return;
	}
	a->uri = rd_json_member(one, "Uri");
	a->arn = rd_json_member(one, "Arn");
	a->is_connector = type && !strcmp(type, "AWS");
	if (!type || !is_one_of(type, "PSTN", "AWS") || !is_endpoint_fine(a))
		wrong_value(a, "Endpoints");
}

static void call_and_bridge(struct rd_sma_action *a)
{
	target(a);
	a->timeout_ms =
		1000 * whole(a, "CallTimeoutSeconds", 1, RING_MOST_S, RING_S);
	a->caller_id = text(a, "CallerIdNumber", true);
	if (a->caller_id && !rd_sma_is_e164(a->caller_id))
		wrong_value(a, "CallerIdNumber");
	endpoint(a);
	if (rd_json_get(a->parameters, "RingbackTone"))
		a->prompt = source(a, "RingbackTone");
	headers(a);
}

static void join_meeting(struct rd_sma_action *a)
{
	target(a);
	a->join_token = text(a, "JoinToken", true);
	a->meeting_id = text(a, "MeetingId", true);
	if (a->tag && strcasecmp(a->tag, "LEG-A") != 0)
		wrong_value(a, "ParticipantTag");
}

static void modify_attendees(struct rd_sma_action *a)
{
	const char *operation = text(a, "Operation", true);

	target(a);
	a->is_mute = operation && !strcmp(operation, "Mute");
	if (!is_one_of(operation, "Mute", "Unmute"))
		wrong_value(a, "Operation");
	a->meeting_id = text(a, "MeetingId", true);
	a->attendees = rd_json_get(a->parameters, "AttendeeList");
	if (rd_json_kind(a->attendees) != RD_JSON_ARRAY ||
	    rd_json_count(a->attendees) < 1 ||
	    rd_json_count(a->attendees) > ATTENDEES_MOST)
		wrong_value(a, "AttendeeList");
	for (size_t i = 0; !a->error && i < rd_json_count(a->attendees); i++)
		if (!rd_json_string(rd_json_at(a->attendees, i)))
			wrong_value(a, "AttendeeList");
}

static void send_digits(struct rd_sma_action *a)
{
	size_t len;

	must_call_id(a);
	a->digits = text(a, "Digits", true);
	len = a->digits ? strlen(a->digits) : 0;
	if (len > SEND_DIGITS_MOST ||
	    (a->digits && strspn(a->digits, "0123456789*#ABCD,") != len))
		wrong_value(a, "Digits");
	a->tone_ms = whole(a, "ToneDurationInMilliseconds", 50, 24000, TONE_MS);
}

static void receive_digits(struct rd_sma_action *a)
{
	target(a);
	pattern(a, true);
	a->between_ms = whole(a, "InBetweenDigitsDurationInMilliseconds", 1,
			      WAIT_MOST_MS, -1);
	a->flush_ms = whole(a, "FlushDigitsDurationInMilliseconds", 1,
			    WAIT_MOST_MS, -1);
	if (a->flush_ms <= a->between_ms)
		wrong_value(a, "FlushDigitsDurationInMilliseconds");
}

static void play_audio(struct rd_sma_action *a)
{
	target(a);
	keys(a, "PlaybackTerminators", "0123456789#*", "");
	a->repeat = whole(a, "Repeat", 1, REPEAT_MOST, 1);
	a->prompt = source(a, "AudioSource");
}

static void get_digits(struct rd_sma_action *a)
{
	pattern(a, false);
	a->least_digits = whole(a, "MinNumberOfDigits", 0, RD_SMA_DIGITS, 0);
	a->most_digits =
		whole(a, "MaxNumberOfDigits", 1, RD_SMA_DIGITS, RD_SMA_DIGITS);
	if (a->most_digits < a->least_digits)
		wrong_value(a, "MaxNumberOfDigits");
	keys(a, "TerminatorDigits", "0123456789#*", "#");
	a->repeat = whole(a, "Repeat", 1, REPEAT_MOST, 1);
	a->repeat_ms =
		whole(a, "RepeatDurationInMilliseconds", 1, WAIT_MOST_MS, -1);
	a->between_ms = whole(a, "InBetweenDigitsDurationInMilliseconds", 1,
			      WAIT_MOST_MS, (long)a->repeat_ms);
}

static void play_and_get(struct rd_sma_action *a)
{
	target(a);
	a->prompt = source(a, "AudioSource");
	a->failure = source(a, "FailureAudioSource");
	get_digits(a);
}

static void speak(struct rd_sma_action *a)
{
	must_call_id(a);
	a->repeat = 1;
	a->prompt = speech(a, a->parameters, "Text");
}

static void speak_and_get(struct rd_sma_action *a)
{
	must_call_id(a);
	a->prompt = speech(a, rd_json_get(a->parameters, "SpeechParameters"),
			   "SpeechParameters");
	a->failure =
		speech(a, rd_json_get(a->parameters, "FailureSpeechParameters"),
		       "FailureSpeechParameters");
	/* What the failure does not say is as for the prompt. */
	if (!a->failure.language)
		a->failure.language = a->prompt.language;
	if (!a->failure.voice)
		a->failure.voice = a->prompt.voice;
	get_digits(a);
}

static void pause_for(struct rd_sma_action *a)
{
	target(a);
	a->duration_ms =
		whole(a, "DurationInMilliseconds", 1, PAUSE_MOST_MS, -1);
}

static void hang_up(struct rd_sma_action *a)
{
	target(a);
	a->sip_status = whole(a, "SipResponseCode", 0, 486, 0);
	if (a->sip_status != 0 && a->sip_status != 480 && a->sip_status != 486)
		wrong_value(a, "SipResponseCode");
}

static void record_audio(struct rd_sma_action *a)
{
	const struct rd_json *to =
		rd_json_get(a->parameters, "RecordingDestination");
	const char *type = rd_json_member(to, "Type");

	target(a);
	a->duration_ms =
		1000 * whole(a, "DurationInSeconds", 1, WAIT_MOST_MS / 1000, 0);
	a->silence_ms = 1000 * whole(a, "SilenceDurationInSeconds", 1, 1000, 0);
	a->silence_threshold =
		whole(a, "SilenceThreshold", 1, 1000, SILENCE_THRESHOLD);
	keys(a, "RecordingTerminators", "0123456789#*", NULL);
	if (!to)
		missing(a, "RecordingDestination");
	a->prompt.bucket = rd_json_member(to, "BucketName");
	a->prefix = rd_json_member(to, "Prefix");
	if (!a->prefix)
		a->prefix = "";
	if (!type || strcmp(type, "S3") != 0 || !a->prompt.bucket ||
	    !*a->prompt.bucket || strlen(a->prefix) > PREFIX_BYTES)
		wrong_value(a, "RecordingDestination");
}

static void unavailable(struct rd_sma_action *a)
{
	wrong(a, RD_SMA_SYSTEM, "%s is not available in this engine", a->type);
}

void rd_sma_action_check(struct rd_sma_action *a)
{
	static void (*const checks[])(struct rd_sma_action *) = {
		[RD_SMA_CALL_AND_BRIDGE] = call_and_bridge,
		[RD_SMA_JOIN_MEETING] = join_meeting,
		[RD_SMA_MODIFY_ATTENDEES] = modify_attendees,
		[RD_SMA_SEND_DIGITS] = send_digits,
		[RD_SMA_RECEIVE_DIGITS] = receive_digits,
		[RD_SMA_PLAY_AUDIO] = play_audio,
		[RD_SMA_PLAY_AND_GET] = play_and_get,
		[RD_SMA_SPEAK] = speak,
		[RD_SMA_SPEAK_AND_GET] = speak_and_get,
		[RD_SMA_PAUSE] = pause_for,
		[RD_SMA_HANGUP] = hang_up,
		[RD_SMA_RECORD_AUDIO] = record_audio,
		[RD_SMA_UNAVAILABLE] = unavailable,
	};

	checks[a->kind](a);
}
