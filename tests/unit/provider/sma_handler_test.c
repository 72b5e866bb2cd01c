/* tests/unit/provider/sma_handler_test.c - each event and its actions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_handler.h"

#include <stdio.h>

#include "../../sma_response.h"
#include "sma_events.h"
#include "testing.h"

static const char *const allow[] = { "+1202555" };
static const struct rd_sma_policy policy = {
	.allow = allow,
	.allow_count = 1,
	.application = "app-1",
};

static struct rd_json *read_json(const char *text)
{
	struct rd_complaint why = { "" };
	struct rd_json *out;
	char buf[16384];
	size_t n = 0;

	for (; *text; text++) {
		CHECK(n + 3 < sizeof(buf));
		if (*text == '`')
			buf[n++] = '\\';
		buf[n++] = *text == '\'' || *text == '`' ? '"' : *text;
	}
	if (rd_json_open(&out, rd_span(buf, n), &why))
		fail_msg("%s in %.*s", why.text, (int)n, buf);
	return out;
}

static struct rd_json *answer_of(const struct rd_sma_policy *with,
				 const struct rd_json *event, enum rd_err want)
{
	static char buf[RD_SMA_RESPONSE];
	struct rd_json_out out = rd_json_out(buf, sizeof(buf));
	struct rd_json *answer = NULL;

	CHECK_ERR(rd_sma_handle(with, event, &out), want);
	if (want) {
		CHECK_EQ(rd_writer_len(&out.w), 0);
		return NULL;
	}
	CHECK_OK(rd_json_open(&answer, rd_json_done(&out), NULL));
	(void)sma_check_response(answer, allow[0]);
	return answer;
}

static void check_row(const struct sma_row *row)
{
	struct rd_json *event = read_json(row->event);
	struct rd_json *got = answer_of(&policy, event, row->err);
	struct rd_json *again = answer_of(&policy, event, row->err);
	struct rd_json *want = row->answer ? read_json(row->answer) : NULL;
	char text[4096] = "";
	struct rd_json_out j = rd_json_out(text, sizeof(text) - 1);

	rd_json_value(&j, NULL, got);
	if (want && !rd_json_equal(got, want))
		fail_msg("%s: %s", row->name, text);
	CHECK(!got || rd_json_equal(got, again));
	rd_json_close(event);
	rd_json_close(got);
	rd_json_close(again);
	rd_json_close(want);
}

TEST(each_event_has_its_answer_and_has_it_twice)
{
	CHECK(RD_COUNT(rows) >= 60);
	for (size_t i = 0; i < RD_COUNT(rows); i++)
		check_row(&rows[i]);
}

/* Feeds the answers' attributes back, as the service does. */
TEST(a_whole_call_bridges_once)
{
	static const char *const steps[] = {
		CREATE(VC),
		EVENT("RINGING", CALL("%s", A_UP)),
		ANSWERED("%s", A_UP),
		ANSWERED("%s", A_UP), /* late and repeated */
		SUCCESS("CallAndBridge", "", "%s", BOTH),
		ANSWERED("%s", BOTH),
		UPDATE("'action':'digits','digits':'5'", "%s", BOTH),
		GONE("'ParticipantTag':'LEG-B'", "%s", A_UP "," B_DOWN),
		ANSWERED("%s", A_UP "," B_DOWN),
		SUCCESS("Hangup", "'CallId':'call-a'", "%s", A_UP "," B_DOWN),
	};
	char attributes[4096] = "";
	unsigned bridges = 0;

	for (size_t i = 0; i < RD_COUNT(steps); i++) {
		char event_text[8192];
		struct rd_json *event, *answer;
		const struct rd_json *changed;
		const char *at = strstr(steps[i], "%s");
		struct rd_json_out j;

		snprintf(event_text, sizeof(event_text), "%.*s%s%s",
			 (int)(at ? at - steps[i] : 0), steps[i],
			 at ? attributes : "", at ? at + 2 : steps[i]);
		event = read_json(event_text);
		answer = answer_of(&policy, event, RD_OK);
		bridges += sma_check_response(answer, allow[0]);
		changed = rd_json_get(answer, "TransactionAttributes");
		if (changed) {
			memset(attributes, 0, sizeof(attributes));
			j = rd_json_out(attributes, sizeof(attributes) - 1);
			rd_json_value(&j, "TransactionAttributes", changed);
			rd_json_raw(&j, rd_span_text(","));
		}
		rd_json_close(event);
		rd_json_close(answer);
	}
	CHECK_EQ(bridges, 1);
}

static unsigned bridges_by(const struct rd_sma_policy *with, const char *text)
{
	struct rd_json *event = read_json(text);
	struct rd_json *answer = answer_of(with, event, RD_OK);
	unsigned bridges = sma_check_response(answer, "+");

	rd_json_close(event);
	rd_json_close(answer);
	return bridges;
}

TEST(the_policy_decides_and_not_the_event)
{
	static const char *const connectors[] = { VC_ARN };
	static const char *const others[] = { VC_ARN "0" };
	struct rd_sma_policy p = { .allow = NULL };

	CHECK_EQ(bridges_by(&p, ANSWERED(ATTRIBUTES(PSTN, "new"), A_UP)), 0);
	CHECK_EQ(bridges_by(&p, ANSWERED(ATTRIBUTES(VC, "new"), A_UP)), 1);
	p.connectors = connectors;
	p.connector_count = 1;
	CHECK_EQ(bridges_by(&p, ANSWERED(ATTRIBUTES(VC, "new"), A_UP)), 1);
	p.connectors = others;
	CHECK_EQ(bridges_by(&p, ANSWERED(ATTRIBUTES(VC, "new"), A_UP)), 0);
}

TEST(a_wide_list_lets_no_premium_number_pass)
{
	static const char *const wide[] = { "+1" };
	struct rd_sma_policy p = { .allow = wide, .allow_count = 1 };

	CHECK_EQ(bridges_by(&p, ANSWERED(ATTRIBUTES(PSTN, "new"), A_UP)), 1);
	CHECK_EQ(bridges_by(&p, ANSWERED("'TransactionAttributes':{'Target':"
					 "'pstn','Dial':'+19005550177',"
					 "'CallerId':'+12025550100','State':"
					 "'new'},",
					 A_UP)),
		 0);
}

TEST(digits_last_as_long_as_the_policy_says)
{
	struct rd_sma_policy p = { .tone_ms = 100 };
	struct rd_json *event =
		read_json(UPDATE("'action':'digits','digits':'1'", "", BOTH));
	struct rd_json *answer = answer_of(&p, event, RD_OK);
	const struct rd_json *action =
		rd_json_at(rd_json_get(answer, "Actions"), 0);
	int64_t tone_ms = 0;

	CHECK(rd_json_whole(
		rd_json_path(action, "Parameters.ToneDurationInMilliseconds"),
		&tone_ms));
	CHECK_EQ(tone_ms, 100);
	rd_json_close(event);
	rd_json_close(answer);
}

/* The longest there can be: headers of nothing but "<", which is written with
 * six characters. */
TEST(the_longest_answer_fits)
{
	static char event_text[16384];
	char headers[RD_SMA_HEADERS_TEXT];
	struct rd_json *event, *answer;
	int n = snprintf(headers, sizeof(headers), "{`X-A`:`");

	memset(headers + n, '<', sizeof(headers) - (size_t)n);
	/* Two of our characters are one of the argument's. */
	snprintf(headers + sizeof(headers) - 4, 4, "<`}");
	snprintf(event_text, sizeof(event_text),
		 EVENT("CALL_ANSWERED", CALL("'TransactionAttributes':{" VC_BASE
					     ",'Headers':'%s','State':'new'},",
					     A_UP)),
		 headers);
	event = read_json(event_text);
	answer = answer_of(&policy, event, RD_OK);
	CHECK_EQ(sma_check_response(answer, allow[0]), 1);
	rd_json_close(event);
	rd_json_close(answer);
}

TEST(a_thousand_participants_are_not_walked)
{
	static char text[1 << 16];
	struct rd_json *event, *answer;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
			     "{\"InvocationEventType\":\"HANGUP\","
			     "\"CallDetails\":{\"SipMediaApplicationId\":"
			     "\"app-1\",\"Participants\":[");
	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%s{\"ParticipantTag\":\"LEG-%c\"}",
				      i ? "," : "", i == 999 ? 'B' : 'C');
	n += (size_t)snprintf(text + n, sizeof(text) - n, "]}}");
	CHECK_OK(rd_json_open(&event, rd_span(text, n), NULL));
	answer = answer_of(&policy, event, RD_OK);
	CHECK_EQ(rd_json_count(rd_json_get(answer, "Actions")), 0);
	rd_json_close(event);
	rd_json_close(answer);
}

TEST(the_untyped_form_is_the_same)
{
	struct rd_json *event = read_json(ANSWERED("", A_UP));
	struct rd_sma_policy p = policy;
	char buf[2][1024];
	struct rd_json_out a = rd_json_out(buf[0], sizeof(buf[0]));
	struct rd_json_out b = rd_json_out(buf[1], sizeof(buf[1]));

	CHECK_OK(rd_sma_handle(&policy, event, &a));
	CHECK_OK(rd_sma_handle_any(&p, event, &b));
	CHECK(rd_span_equal(rd_json_done(&a), rd_json_done(&b)));
	rd_json_close(event);
}

RD_TESTS(T(each_event_has_its_answer_and_has_it_twice),
	 T(a_whole_call_bridges_once), T(the_policy_decides_and_not_the_event),
	 T(a_wide_list_lets_no_premium_number_pass),
	 T(digits_last_as_long_as_the_policy_says), T(the_longest_answer_fits),
	 T(a_thousand_participants_are_not_walked),
	 T(the_untyped_form_is_the_same))
