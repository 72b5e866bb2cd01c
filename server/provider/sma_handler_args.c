/* provider/sma_handler_args.c - see sma_handler.h: what a call is made with.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Arguments come from our own server through a signed request, and still all
 * of them are looked at again, by the handler's own rules: it is the last that
 * could keep a telephone from ringing.
 */
#include <ctype.h>

#include "base/text.h"
#include "provider/number_policy.h"
#include "provider/sma_handler_priv.h"

enum {
	MOST_HEADERS = 20,
	MOST_RING_S = 120,
	STANDARD_RING_S = 30,
	MOST_USER = 30,
	MOST_ALIAS = 64,
	MOST_ARN = 256,
	ACCOUNT_DIGITS = 12,
};

/* --- the form of each --------------------------------------------------- */

static bool is_made_of(const char *text, size_t most, const char *signs)
{
	size_t len = strnlen(text, most + 1);

	if (len == 0 || len > most)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) || text[i] & 0x80)
			if (!strchr(signs, text[i]))
				return false;
	return true;
}

static bool is_meeting_id(const char *text)
{
	return is_made_of(text, 64, "-");
}

static bool is_alias(const char *text)
{
	return is_made_of(text, MOST_ALIAS, "-_.");
}

static bool is_target(const char *text)
{
	return !strcmp(text, "vc") || !strcmp(text, "pstn");
}

static bool is_user(const char *text)
{
	return is_made_of(text, MOST_USER, "&=+$/%-_!~*(,).");
}

static bool is_number(const char *text) /* E.164 */
{
	size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && !text[1 + digits] &&
	       text[1] != '0';
}

static bool is_arn(const char *text)
{
	return !strncmp(text, "arn:aws", 7) &&
	       is_made_of(text, MOST_ARN, ":/-");
}

static bool is_ring_time(const char *text)
{
	uint64_t seconds;

	return strnlen(text, 4) < 4 &&
	       rd_text_u64(rd_span_text(text), 1, MOST_RING_S, &seconds) ==
		       RD_OK;
}

static bool is_printable(const char *text, size_t most)
{
	size_t len = strnlen(text, most + 1);

	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return len <= most;
}

static bool is_headers(const char *text)
{
	return is_printable(text, RD_SMA_HEADERS_TEXT - 1);
}

static const struct {
	const char *name;
	bool (*has_form)(const char *text);
} forms[RD_SMA_ARG_COUNT] = {
	[RD_SMA_MEETING_ID] = { "MeetingId", is_meeting_id },
	[RD_SMA_DESTINATION] = { "Destination", is_alias },
	[RD_SMA_TARGET] = { "Target", is_target },
	[RD_SMA_DIAL] = { "Dial", is_user },
	[RD_SMA_CONNECTOR] = { "VoiceConnectorArn", is_arn },
	[RD_SMA_CALLER_ID] = { "CallerId", is_number },
	[RD_SMA_TIMEOUT] = { "Timeout", is_ring_time },
	[RD_SMA_HEADERS] = { "Headers", is_headers },
};

void rd_sma_args_init(struct rd_sma_args *args, const struct rd_json *from)
{
	*args = (struct rd_sma_args){ .bad = NULL };
	for (unsigned i = 0; i < RD_SMA_ARG_COUNT; i++) {
		const struct rd_json *value = rd_json_get(from, forms[i].name);
		const char *text = rd_json_string(value);

		if (!value)
			continue;
		if (text && forms[i].has_form(text))
			args->text[i] = text;
		else if (!args->bad)
			args->bad = forms[i].name;
	}
}

/* --- headers ------------------------------------------------------------ */

static bool is_reserved(const char *name)
{
	static const char *const starts[] = { "x-amzn", "x-vine", "x-vc",
					      "x-canary", "x-voice" };

	for (size_t i = 0; i < RD_COUNT(starts); i++) {
		size_t len = strlen(starts[i]);

		if (strlen(name) >= len &&
		    rd_text_equal_nocase(rd_span(name, len), starts[i]))
			return true;
	}
	return false;
}

static bool is_header(const char *name, const char *value)
{
	struct rd_span span = rd_span_text(name);

	if (!value || !is_printable(value, RD_SMA_HEADERS_TEXT) ||
	    !is_made_of(name, RD_SMA_HEADERS_TEXT, "-_."))
		return false;
	if (rd_text_equal_nocase(span, "User-to-User") ||
	    rd_text_equal_nocase(span, "Diversion"))
		return true;
	return span.len > 2 && rd_text_equal_nocase(rd_span(name, 2), "x-") &&
	       !is_reserved(name);
}

/* Names count without regard to case, so none may be there twice. */
static bool is_twice(const struct rd_json *headers, const char *name)
{
	const struct rd_json *value;
	const char *other;
	unsigned times = 0;
	void *at = NULL;

	while (rd_json_next(headers, &at, &other, &value))
		times += rd_text_equal_nocase(rd_span_text(other), name);
	return times > 1;
}

static bool are_headers(const struct rd_json *headers)
{
	const struct rd_json *value;
	const char *name;
	void *at = NULL;

	if (rd_json_kind(headers) != RD_JSON_OBJECT ||
	    rd_json_count(headers) > MOST_HEADERS)
		return false;
	while (rd_json_next(headers, &at, &name, &value))
		if (!is_header(name, rd_json_string(value)) ||
		    is_twice(headers, name))
			return false;
	return true;
}

/* --- all together ------------------------------------------------------- */

static enum rd_number_verdict judge_number(const struct rd_sma_policy *policy,
					   const char *number)
{
	struct rd_number_policy numbers = { .allow = policy->allow,
					    .allow_count =
						    policy->allow_count };

	return rd_number_judge(&numbers, number);
}

/* A user at a Voice Connector that is a number in E.164 may get anywhere from
 * the PBX: then at least nowhere that costs extra, and not into a meeting. */
static bool is_allowed_user(const struct rd_sma_policy *policy,
			    const char *user)
{
	enum rd_number_verdict verdict = judge_number(policy, user);

	return user[0] != '+' ||
	       (verdict != RD_NUMBER_PREMIUM && verdict != RD_NUMBER_RESERVED);
}

/* arn:aws:chime:REGION:ACCOUNT:vc/ID, or vcg/ID for a group. */
static bool is_of_account(const char *arn, const char *account)
{
	const char *at = arn;

	for (unsigned i = 0; i < 4 && at; i++) {
		at = strchr(at, ':');
		if (at)
			at++;
		if (at && i == 1 && strncmp(at, "chime:", 6))
			return false;
	}
	if (!at || !account || strlen(account) != ACCOUNT_DIGITS ||
	    strncmp(at, account, ACCOUNT_DIGITS))
		return false;
	at += ACCOUNT_DIGITS;
	return (!strncmp(at, ":vc/", 4) && at[4]) ||
	       (!strncmp(at, ":vcg/", 5) && at[5]);
}

static bool is_allowed_connector(const struct rd_sma_policy *policy,
				 const char *arn, const char *account)
{
	if (!arn)
		return false;
	for (unsigned i = 0; i < policy->connector_count; i++)
		if (!strcmp(arn, policy->connectors[i]))
			return true;
	return policy->connector_count == 0 && is_of_account(arn, account);
}

static bool is_pstn(const struct rd_sma_args *args)
{
	const char *target = args->text[RD_SMA_TARGET];

	return target && !strcmp(target, "pstn");
}

/* Which one does not hold; RD_SMA_ARG_COUNT: all hold. */
static enum rd_sma_arg find_bad(const struct rd_sma_args *args,
				const struct rd_sma_policy *policy,
				const char *account)
{
	const char *dial = args->text[RD_SMA_DIAL];

	if (!args->text[RD_SMA_TARGET])
		return RD_SMA_TARGET;
	if (!args->text[RD_SMA_CALLER_ID])
		return RD_SMA_CALLER_ID;
	if (!dial)
		return RD_SMA_DIAL;
	if (is_pstn(args)) {
		if (judge_number(policy, dial) != RD_NUMBER_ALLOWED)
			return RD_SMA_DIAL;
		/* A carrier would drop the headers without a word. */
		if (args->text[RD_SMA_CONNECTOR])
			return RD_SMA_CONNECTOR;
		return args->text[RD_SMA_HEADERS] ? RD_SMA_HEADERS
						  : RD_SMA_ARG_COUNT;
	}
	if (!is_allowed_user(policy, dial))
		return RD_SMA_DIAL;
	return is_allowed_connector(policy, args->text[RD_SMA_CONNECTOR],
				    account)
		       ? RD_SMA_ARG_COUNT
		       : RD_SMA_CONNECTOR;
}

enum rd_err rd_sma_args_judge(struct rd_sma_args *args,
			      const struct rd_sma_policy *policy,
			      const char *account)
{
	enum rd_sma_arg which = find_bad(args, policy, account);
	const char *headers = args->text[RD_SMA_HEADERS];

	if (!args->bad && which < RD_SMA_ARG_COUNT)
		args->bad = forms[which].name;
	if (args->bad || !headers)
		return RD_OK;
	if (rd_json_open(&args->headers, rd_span_text(headers), NULL) ==
	    RD_E_NOMEM)
		return RD_E_NOMEM;
	if (!are_headers(args->headers))
		args->bad = forms[RD_SMA_HEADERS].name;
	return RD_OK;
}

void rd_sma_args_fini(struct rd_sma_args *args)
{
	rd_json_close(args->headers);
	args->headers = NULL;
}

void rd_sma_args_write(const struct rd_sma_args *args, struct rd_json_out *j)
{
	for (unsigned i = 0; i < RD_SMA_ARG_COUNT; i++)
		rd_json_text_if(j, forms[i].name, args->text[i]);
}

static uint64_t ring_time(const struct rd_sma_args *args)
{
	const char *text = args->text[RD_SMA_TIMEOUT];
	uint64_t seconds = STANDARD_RING_S;

	if (text && rd_text_u64(rd_span_text(text), 1, MOST_RING_S, &seconds))
		seconds = STANDARD_RING_S;
	return seconds;
}

static void write_endpoint(const struct rd_sma_args *args,
			   struct rd_json_out *j)
{
	rd_json_begin_array(j, "Endpoints");
	rd_json_begin(j, NULL);
	rd_json_text(j, "BridgeEndpointType", is_pstn(args) ? "PSTN" : "AWS");
	rd_json_text(j, "Uri", args->text[RD_SMA_DIAL]);
	rd_json_text_if(j, "Arn", args->text[RD_SMA_CONNECTOR]);
	rd_json_end(j);
	rd_json_end_array(j);
}

void rd_sma_args_write_bridge(const struct rd_sma_args *args,
			      struct rd_json_out *j)
{
	rd_json_begin(j, NULL);
	rd_json_text(j, "Type", "CallAndBridge");
	rd_json_begin(j, "Parameters");
	rd_json_number(j, "CallTimeoutSeconds", ring_time(args));
	rd_json_text(j, "CallerIdNumber", args->text[RD_SMA_CALLER_ID]);
	write_endpoint(args, j);
	if (rd_json_count(args->headers) > 0)
		rd_json_value(j, "SipHeaders", args->headers);
	rd_json_end(j);
	rd_json_end(j);
}
