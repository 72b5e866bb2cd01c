/* tests/sma_response.h - is this a response that the PSTN audio service takes?
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Its own reading of the service's limits, for the unit test and the fuzz
 * target of the handler; whatever does not hold ends the program.
 */
#pragma once
#include <ctype.h>

#include "base/text.h"
#include "wire/json.h"

static inline bool sma_is_e164(const char *n)
{
	size_t len = n ? strlen(n) : 0;

	if (len < 8 || len > 16 || n[0] != '+' || n[1] == '0')
		return false;
	for (size_t i = 1; i < len; i++)
		if (n[i] < '0' || n[i] > '9')
			return false;
	return true;
}

static inline bool sma_begins(const char *text, const char *with)
{
	return strlen(text) >= strlen(with) &&
	       rd_text_equal_nocase(rd_span(text, strlen(with)), with);
}

static inline void sma_check_header(const char *name, const char *value)
{
	rd_assert(value && strlen(value) <= 2048);
	for (const char *c = name; *c; c++)
		rd_assert(isalnum((unsigned char)*c) || strchr("-_.", *c));
	for (const char *c = value; *c; c++)
		rd_assert(*c >= 0x20 && *c <= 0x7e);
	rd_assert(sma_begins(name, "x-") || sma_begins(name, "user-to-user") ||
		  sma_begins(name, "diversion"));
	rd_assert(!sma_begins(name, "x-amzn") && !sma_begins(name, "x-vine") &&
		  !sma_begins(name, "x-vc") && !sma_begins(name, "x-canary") &&
		  !sma_begins(name, "x-voice"));
}

static inline void sma_check_bridge(const struct rd_json *p,
				    const char *allowed)
{
	const struct rd_json *ends = rd_json_get(p, "Endpoints");
	const struct rd_json *end = rd_json_at(ends, 0);
	const struct rd_json *headers = rd_json_get(p, "SipHeaders"), *value;
	const char *kind = rd_json_member(end, "BridgeEndpointType");
	const char *uri = rd_json_member(end, "Uri");
	const char *arn = rd_json_member(end, "Arn"), *name;
	int64_t seconds = 0;
	void *at = NULL;

	rd_assert(
		rd_json_whole(rd_json_get(p, "CallTimeoutSeconds"), &seconds) &&
		seconds >= 1 && seconds <= 120);
	rd_assert(sma_is_e164(rd_json_member(p, "CallerIdNumber")));
	rd_assert(rd_json_count(ends) == 1 && kind && uri);
	if (!strcmp(kind, "PSTN")) {
		rd_assert(!arn && !headers && sma_is_e164(uri));
		rd_assert(!strncmp(uri, allowed, strlen(allowed)));
	} else {
		rd_assert(!strcmp(kind, "AWS") && arn && uri[0] &&
			  strlen(uri) <= 30);
		rd_assert(!strncmp(arn, "arn:aws", 7));
	}
	rd_assert(rd_json_count(headers) <= 20);
	while (rd_json_next(headers, &at, &name, &value))
		sma_check_header(name, rd_json_string(value));
}

static inline void sma_check_digits(const struct rd_json *p)
{
	const char *digits = rd_json_member(p, "Digits");
	int64_t tone_ms = 0;

	rd_assert(rd_json_member(p, "CallId"));
	rd_assert(digits && digits[0] && strlen(digits) <= 50);
	rd_assert(!digits[strspn(digits, "0123456789*#ABCD,")]);
	rd_assert(rd_json_whole(rd_json_get(p, "ToneDurationInMilliseconds"),
				&tone_ms) &&
		  tone_ms >= 50 && tone_ms <= 24000);
}

static inline void sma_check_hangup(const struct rd_json *p)
{
	const char *tag = rd_json_member(p, "ParticipantTag");
	const char *code = rd_json_member(p, "SipResponseCode");

	rd_assert(rd_json_member(p, "CallId") ||
		  (tag && (!strcmp(tag, "LEG-A") || !strcmp(tag, "LEG-B"))));
	rd_assert(code && (!strcmp(code, "0") || !strcmp(code, "480") ||
			   !strcmp(code, "486")));
}

static inline void sma_check_attributes(const struct rd_json *attributes)
{
	const struct rd_json *value;
	const char *name;
	size_t bytes = 0;
	void *at = NULL;

	rd_assert(rd_json_count(attributes) <= 10);
	while (rd_json_next(attributes, &at, &name, &value)) {
		rd_assert(rd_json_string(value));
		bytes += strlen(name) + strlen(rd_json_string(value));
	}
	rd_assert(bytes <= 20480);
}

/* How many CallAndBridge it has.  allowed: what telephone numbers must begin
 * with. */
static inline unsigned sma_check_response(const struct rd_json *response,
					  const char *allowed)
{
	const struct rd_json *actions = rd_json_get(response, "Actions");
	const char *version = rd_json_member(response, "SchemaVersion");
	unsigned bridges = 0;

	rd_assert(version && !strcmp(version, "1.0"));
	rd_assert(!actions || rd_json_kind(actions) == RD_JSON_ARRAY);
	rd_assert(rd_json_count(actions) <= 10);
	for (size_t i = 0; i < rd_json_count(actions); i++) {
		const struct rd_json *one = rd_json_at(actions, i);
		const struct rd_json *p = rd_json_get(one, "Parameters");
		const char *type = rd_json_member(one, "Type");

		rd_assert(type && rd_json_kind(p) == RD_JSON_OBJECT);
		if (!strcmp(type, "CallAndBridge")) {
			sma_check_bridge(p, allowed);
			bridges++;
		} else if (!strcmp(type, "SendDigits")) {
			sma_check_digits(p);
		} else {
			rd_assert(!strcmp(type, "Hangup"));
			sma_check_hangup(p);
		}
	}
	rd_assert(bridges <= 1);
	sma_check_attributes(rd_json_get(response, "TransactionAttributes"));
	return bridges;
}
