/* tests/unit/aws/operations_test.c - what is asked of AWS, and what is read
 * from its answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "aws/connect.h"
#include "aws/meetings.h"
#include "aws/participant.h"
#include "aws/voice.h"

static struct rd_aws_ask ask;

static struct rd_json *parse(const char *text)
{
	struct rd_json *j = NULL;

	CHECK_OK(rd_json_open(&j, rd_span_text(text), NULL));
	return j;
}

static void check_line(const char *method, const char *path, const char *query)
{
	CHECK_TEXT(ask.call.method, method);
	CHECK_TEXT(ask.call.path, path);
	if (query)
		CHECK_TEXT(ask.call.query, query);
	else
		CHECK(ask.call.query == NULL);
}

static void check_body(const char *want)
{
	char got[4096];

	snprintf(got, sizeof(got), "%.*s", (int)ask.call.body.len,
		 (const char *)ask.call.body.at);
	CHECK_TEXT(got, want);
}

TEST(a_contact_is_started_with_all_that_was_given)
{
	static const struct rd_aws_pair attributes[] = {
		{ "customer_id", "c-1" }, { "hint_page", "/a \"b\"" }
	};
	static const struct rd_aws_reference references[] = {
		{ "order", "URL", "https://shop.example/17" }
	};
	struct rd_aws_start_contact start = {
		.instance_id = "i-1",
		.flow_id = "f-1",
		.display_name = "Zo\xc3\xab",
		.client_token = "t-1",
		.description = "Question",
		.related_contact_id = "r-1",
		.attributes = attributes,
		.attribute_count = 2,
		.references = references,
		.reference_count = 1,
		.customer_video = true,
		.agent_video = true,
		.agent_screen = true,
	};

	CHECK_OK(rd_aws_start_contact(&ask, &start));
	CHECK_EQ(ask.call.service, RD_AWS_CONNECT);
	CHECK(ask.call.is_idempotent);
	check_line("PUT", "/contact/webrtc", NULL);
	check_body("{\"InstanceId\":\"i-1\",\"ContactFlowId\":\"f-1\","
		   "\"ClientToken\":\"t-1\",\"ParticipantDetails\":"
		   "{\"DisplayName\":\"Zo\xc3\xab\"},"
		   "\"RelatedContactId\":\"r-1\",\"Description\":\"Question\","
		   "\"AllowedCapabilities\":{\"Customer\":{\"Video\":\"SEND\"},"
		   "\"Agent\":{\"Video\":\"SEND\",\"ScreenShare\":\"SEND\"}},"
		   "\"Attributes\":{\"customer_id\":\"c-1\","
		   "\"hint_page\":\"/a \\\"b\\\"\"},"
		   "\"References\":{\"order\":{\"Type\":\"URL\","
		   "\"Value\":\"https://shop.example/17\"}}}");
	rd_aws_ask_fini(&ask);
}

TEST(what_was_not_given_is_not_sent)
{
	struct rd_aws_start_contact start = { .instance_id = "i",
					      .flow_id = "f",
					      .display_name = "n" };

	CHECK_OK(rd_aws_start_contact(&ask, &start));
	CHECK(!ask.call.is_idempotent);
	check_body("{\"InstanceId\":\"i\",\"ContactFlowId\":\"f\","
		   "\"ParticipantDetails\":{\"DisplayName\":\"n\"}}");
	rd_aws_ask_fini(&ask);
}

#define PLACEMENT                                                              \
	"\"MediaPlacement\":{\"AudioHostUrl\":\"a.example:3478\","             \
	"\"AudioFallbackUrl\":\"wss://f\",\"SignalingUrl\":\"wss://s\","       \
	"\"TurnControlUrl\":\"https://t\","                                    \
	"\"EventIngestionUrl\":\"https://e\"}"
#define CONTACT(token)                                                         \
	"{\"ConnectionData\":{\"Attendee\":{\"AttendeeId\":\"at-1\","          \
	"\"JoinToken\":\"" token "\"},\"Meeting\":{\"MeetingId\":\"m-1\","     \
	"\"MediaRegion\":\"us-east-1\"," PLACEMENT                             \
	",\"MeetingFeatures\":{\"Audio\":{\"EchoReduction\":"                  \
	"\"AVAILABLE\"}}}},\"ContactId\":\"c-1\",\"ParticipantId\":\"p-1\","   \
	"\"ParticipantToken\":\"pt\",\"Unknown\":[1]}"

TEST(the_answer_has_every_member_a_client_needs)
{
	struct rd_json *j = parse(CONTACT("jt"));
	struct rd_joining g;

	CHECK_OK(rd_aws_start_contact_read(j, &g));
	CHECK_TEXT(g.contact_id, "c-1");
	CHECK_TEXT(g.participant_id, "p-1");
	CHECK_TEXT(g.participant_token, "pt");
	CHECK_TEXT(g.meeting_id, "m-1");
	CHECK_TEXT(g.media_region, "us-east-1");
	CHECK_TEXT(g.audio_host_url, "a.example:3478");
	CHECK_TEXT(g.audio_fallback_url, "wss://f");
	CHECK_TEXT(g.signaling_url, "wss://s");
	CHECK_TEXT(g.turn_control_url, "https://t");
	CHECK_TEXT(g.event_ingestion_url, "https://e");
	CHECK_TEXT(g.echo_reduction, "AVAILABLE");
	CHECK_TEXT(g.attendee_id, "at-1");
	CHECK_TEXT(g.join_token, "jt");
	CHECK_TEXT(g.external_user_id, "");
	rd_json_close(j);
}

TEST(an_answer_that_nobody_could_join_with_is_refused)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"ContactId\":\"c\"}",
		CONTACT(""),
		"{\"ContactId\":7,\"ConnectionData\":{}}",
	};
	struct rd_joining g;

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		struct rd_json *j = parse(bad[i]);

		CHECK_ERR(rd_aws_start_contact_read(j, &g), RD_E_UPSTREAM);
		rd_json_close(j);
	}
}

TEST(tokens_may_be_as_long_as_the_service_says_and_no_longer)
{
	static char text[8192], token[4096];
	struct rd_joining g;
	struct rd_json *j;

	for (unsigned len = 2048; len <= 2049; len++) {
		memset(token, 'x', len);
		token[len] = '\0';
		snprintf(text, sizeof(text),
			 "{\"ConnectionData\":{\"Attendee\":{\"AttendeeId\":"
			 "\"a\",\"JoinToken\":\"%s\"},\"Meeting\":{"
			 "\"MeetingId\":\"m\"," PLACEMENT "}},"
			 "\"ContactId\":\"c\",\"ParticipantId\":\"p\","
			 "\"ParticipantToken\":\"t\"}",
			 token);
		j = parse(text);
		CHECK_ERR(rd_aws_start_contact_read(j, &g),
			  len == 2048 ? RD_OK : RD_E_UPSTREAM);
		rd_json_close(j);
	}
}

TEST(a_contact_is_stopped_and_described_by_its_ids)
{
	CHECK_OK(rd_aws_stop_contact(&ask, "i-1", "c-1"));
	check_line("POST", "/contact/stop", NULL);
	check_body("{\"ContactId\":\"c-1\",\"InstanceId\":\"i-1\"}");
	rd_aws_ask_fini(&ask);
	CHECK_OK(rd_aws_describe_contact(&ask, "i/1", "c 1"));
	check_line("GET", "/contacts/i%2F1/c%201", NULL);
	CHECK_EQ(ask.call.body.len, 0);
	rd_aws_ask_fini(&ask);
	CHECK_ERR(rd_aws_describe_contact(&ask, "..", "c"), RD_E_FORMAT);
	rd_aws_ask_fini(&ask);
}

TEST(what_a_contact_has_come_to_is_read_from_its_times)
{
	static const struct {
		const char *text;
		bool connected, queued, agent, ended;
		const char *reason;
	} cases[] = {
		{ "{\"Contact\":{}}", 0, 0, 0, 0, "" },
		{ "{\"Contact\":{\"ConnectedToSystemTimestamp\":1772618000.5}}",
		  1, 0, 0, 0, "" },
		{ "{\"Contact\":{\"ConnectedToSystemTimestamp\":1,"
		  "\"QueueInfo\":{\"Id\":\"q\",\"EnqueueTimestamp\":2}}}",
		  1, 1, 0, 0, "" },
		{ "{\"Contact\":{\"AgentInfo\":{\"Id\":\"a\"}}}", 0, 0, 0, 0,
		  "" },
		{ "{\"Contact\":{\"AgentInfo\":{\"ConnectedToAgentTimestamp\":"
		  "3},\"DisconnectTimestamp\":4,\"DisconnectReason\":"
		  "\"AGENT_DISCONNECT\",\"New\":{}}}",
		  0, 0, 1, 1, "AGENT_DISCONNECT" },
		{ "{\"Contact\":{\"DisconnectTimestamp\":null}}", 0, 0, 0, 0,
		  "" },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_json *j = parse(cases[i].text);
		struct rd_aws_contact c;

		CHECK_OK(rd_aws_describe_contact_read(j, &c));
		CHECK_EQ(c.is_connected, cases[i].connected);
		CHECK_EQ(c.is_queued, cases[i].queued);
		CHECK_EQ(c.has_agent, cases[i].agent);
		CHECK_EQ(c.is_ended, cases[i].ended);
		CHECK_TEXT(c.reason, cases[i].reason);
		rd_json_close(j);
	}
	{
		struct rd_json *j = parse("{\"Contact\":7}");
		struct rd_aws_contact c;

		CHECK_ERR(rd_aws_describe_contact_read(j, &c), RD_E_UPSTREAM);
		rd_json_close(j);
	}
}

TEST(the_place_in_the_queue_is_asked_and_read)
{
	struct rd_json *j = parse(
		"{\"Id\":\"c\",\"MetricResults\":[{\"Name\":"
		"\"POSITION_IN_QUEUE\",\"Value\":{\"Number\":3.0}},"
		"{\"Name\":\"ESTIMATED_WAIT_TIME\",\"Value\":{\"Number\":95}},"
		"{\"Name\":\"OTHER\",\"Value\":{\"Number\":-1}}]}");
	struct rd_aws_wait w;

	CHECK_OK(rd_aws_contact_metrics(&ask, "i", "c"));
	check_line("POST", "/metrics/contact", NULL);
	check_body("{\"InstanceId\":\"i\",\"ContactId\":\"c\",\"Metrics\":"
		   "[{\"Name\":\"POSITION_IN_QUEUE\"},"
		   "{\"Name\":\"ESTIMATED_WAIT_TIME\"}]}");
	rd_aws_ask_fini(&ask);
	CHECK_OK(rd_aws_contact_metrics_read(j, &w));
	CHECK_EQ(w.position, 3);
	CHECK_EQ(w.wait_s, 95);
	rd_json_close(j);
}

TEST(digits_go_by_the_connection_token)
{
	struct rd_aws_connection c;
	struct rd_json *j = parse("{\"ConnectionCredentials\":{"
				  "\"ConnectionToken\":\"ct\",\"Expiry\":"
				  "\"2026-03-04T16:11:12.000Z\"}}");
	char longest[1100];

	CHECK_OK(rd_aws_create_connection(&ask, "pt"));
	check_line("POST", "/participant/connection", NULL);
	CHECK_TEXT(ask.call.bearer, "pt");
	check_body("{\"Type\":[\"CONNECTION_CREDENTIALS\"],"
		   "\"ConnectParticipant\":true}");
	rd_aws_ask_fini(&ask);
	CHECK_TEXT(ask.bearer, "");
	CHECK_OK(rd_aws_create_connection_read(j, &c));
	CHECK_TEXT(c.token, "ct");
	CHECK_EQ(c.expires_ms, UINT64_C(1772640672000));
	rd_json_close(j);

	CHECK_OK(rd_aws_send_digits(&ask, "ct", "42#", "d-1"));
	check_line("POST", "/participant/message", NULL);
	CHECK_EQ(ask.call.service, RD_AWS_PARTICIPANT);
	check_body("{\"ContentType\":\"audio/dtmf\",\"Content\":\"42#\","
		   "\"ClientToken\":\"d-1\"}");
	rd_aws_ask_fini(&ask);

	memset(longest, 'x', sizeof(longest));
	longest[1001] = '\0';
	CHECK_ERR(rd_aws_create_connection(&ask, longest), RD_E_SIZE);
	rd_aws_ask_fini(&ask);
}

TEST(a_meeting_for_two_is_made_and_both_are_found)
{
	struct rd_aws_create_meeting create = {
		.client_token = "t-1",
		.media_region = "us-east-1",
		.external_id = "call-1",
		.caller_user_id = "client-user",
		.phone_user_id = "phone-user",
	};
	char phone[RD_JOIN_TOKEN_TEXT];
	struct rd_joining g;
	struct rd_json *j = parse(
		"{\"Meeting\":{\"MeetingId\":\"m-1\",\"MediaRegion\":"
		"\"us-east-1\"," PLACEMENT "},\"Attendees\":["
		"{\"ExternalUserId\":\"phone-user\",\"AttendeeId\":\"a-2\","
		"\"JoinToken\":\"jp\"},{\"ExternalUserId\":\"client-user\","
		"\"AttendeeId\":\"a-1\",\"JoinToken\":\"jc\"}],"
		"\"Errors\":[]}");

	CHECK_OK(rd_aws_create_meeting(&ask, &create));
	CHECK(ask.call.is_idempotent);
	check_line("POST", "/meetings", "operation=create-attendees");
	check_body("{\"ClientRequestToken\":\"t-1\",\"MediaRegion\":"
		   "\"us-east-1\",\"ExternalMeetingId\":\"call-1\","
		   "\"MeetingFeatures\":{\"Attendee\":{\"MaxCount\":2}},"
		   "\"Attendees\":[{\"ExternalUserId\":\"client-user\"},"
		   "{\"ExternalUserId\":\"phone-user\"}]}");
	rd_aws_ask_fini(&ask);
	CHECK_OK(rd_aws_create_meeting_read(j, &create, &g, phone));
	CHECK_TEXT(g.meeting_id, "m-1");
	CHECK_TEXT(g.attendee_id, "a-1");
	CHECK_TEXT(g.external_user_id, "client-user");
	CHECK_TEXT(g.join_token, "jc");
	CHECK_TEXT(phone, "jp");
	create.phone_user_id = "nobody";
	CHECK_ERR(rd_aws_create_meeting_read(j, &create, &g, phone),
		  RD_E_UPSTREAM);
	rd_json_close(j);

	CHECK_OK(rd_aws_delete_meeting(&ask, "m-1"));
	check_line("DELETE", "/meetings/m-1", NULL);
	rd_aws_ask_fini(&ask);
	CHECK_OK(rd_aws_get_meeting(&ask, "m-1"));
	check_line("GET", "/meetings/m-1", NULL);
	rd_aws_ask_fini(&ask);
}

TEST(the_phone_joins_by_the_integration_number_alone)
{
	static const struct rd_aws_pair arguments[] = { { "MeetingId", "m-1" },
							{ "Dial", "100" } };
	struct rd_aws_join_call join = { .application_id = "sma-1",
					 .from = "+12025550100",
					 .meeting_id = "m-1",
					 .join_token = "jp",
					 .arguments = arguments,
					 .argument_count = 2 };
	struct rd_json *j = parse("{\"SipMediaApplicationCall\":{"
				  "\"TransactionId\":\"x-1\"}}");
	char transaction[RD_TRANSACTION_TEXT];

	CHECK_OK(rd_aws_join_call(&ask, &join));
	CHECK(!ask.call.is_idempotent);
	check_line("POST", "/sip-media-applications/sma-1/calls", NULL);
	check_body("{\"FromPhoneNumber\":\"+12025550100\",\"ToPhoneNumber\":"
		   "\"+17035550122\",\"SipHeaders\":{\"X-chime-meeting-id\":"
		   "\"m-1\",\"X-chime-join-token\":\"jp\"},\"ArgumentsMap\":"
		   "{\"MeetingId\":\"m-1\",\"Dial\":\"100\"}}");
	rd_aws_ask_fini(&ask);
	CHECK_OK(rd_aws_join_call_read(j, transaction));
	CHECK_TEXT(transaction, "x-1");
	rd_json_close(j);

	CHECK_OK(rd_aws_update_call(&ask, "sma-1", "x-1", arguments, 1));
	CHECK(!ask.call.is_idempotent);
	check_line("POST", "/sip-media-applications/sma-1/calls/x-1", NULL);
	check_body("{\"Arguments\":{\"MeetingId\":\"m-1\"}}");
	rd_aws_ask_fini(&ask);
	join.argument_count = 21;
	CHECK_ERR(rd_aws_join_call(&ask, &join), RD_E_SIZE);
	rd_aws_ask_fini(&ask);
}

static enum rd_err ask_and_read(void)
{
	struct rd_aws_start_contact start = { .instance_id = "i",
					      .flow_id = "f",
					      .display_name = "n" };
	struct rd_aws_ask own;
	struct rd_json *j = NULL;
	struct rd_joining g;
	enum rd_err err = rd_aws_start_contact(&own, &start);

	rd_aws_ask_fini(&own);
	if (!err)
		err = rd_json_open(&j, SPAN(CONTACT("jt")), NULL);
	if (!err)
		err = rd_aws_start_contact_read(j, &g);
	rd_json_close(j);
	return err;
}

TEST(no_memory_leaves_nothing_behind)
{
	rd_check_every_oom(ask_and_read);
}

RD_TESTS(T(a_contact_is_started_with_all_that_was_given),
	 T(what_was_not_given_is_not_sent),
	 T(the_answer_has_every_member_a_client_needs),
	 T(an_answer_that_nobody_could_join_with_is_refused),
	 T(tokens_may_be_as_long_as_the_service_says_and_no_longer),
	 T(a_contact_is_stopped_and_described_by_its_ids),
	 T(what_a_contact_has_come_to_is_read_from_its_times),
	 T(the_place_in_the_queue_is_asked_and_read),
	 T(digits_go_by_the_connection_token),
	 T(a_meeting_for_two_is_made_and_both_are_found),
	 T(the_phone_joins_by_the_integration_number_alone),
	 T(no_memory_leaves_nothing_behind))
