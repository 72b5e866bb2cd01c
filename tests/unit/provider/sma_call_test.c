/* tests/unit/provider/sma_call_test.c - one call of an application.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timer.h"
#include "sma_desk.h"

#define PAUSE(ms)                                                              \
	"{\"Type\":\"Pause\",\"Parameters\":{\"DurationInMilliseconds\":" #ms  \
	"}}"
#define SOURCE(name)                                                           \
	"{\"Type\":\"S3\",\"BucketName\":\"sounds\",\"Key\":\"" name "\"}"
#define PLAY(name, more)                                                       \
	"{\"Type\":\"PlayAudio\",\"Parameters\":{\"AudioSource\":" SOURCE(     \
		name) more "}}"
#define HANGUP "{\"Type\":\"Hangup\"}"

/* --- the life of a call -------------------------------------------------- */

TEST(a_bridge_call_goes_the_documented_way)
{
	struct desk d;

	desk_open(&d);
	desk_told(&d, "NEW_OUTBOUND_CALL");
	CHECK_TEXT(desk_text(&d, "ActionData.Type"), "CallCreateRequest");
	CHECK_TEXT(desk_text(&d, "ActionData.Parameters.Arguments.Dial"),
		   "+12025550123");
	CHECK_TEXT(desk_text(&d, "CallDetails.AwsAccountId"), "111122223333");
	CHECK_TEXT(desk_text(&d, "CallDetails.SipMediaApplicationId"),
		   "sma-example-1");
	CHECK_TEXT(desk_text(&d, "CallDetails.TransactionId"),
		   desk_cfg.transaction_id);
	CHECK(!rd_json_path(d.event, "CallDetails.TransactionAttributes"));
	/* Its actions are not carried out, its attributes are kept. */
	desk_answer(&d, "{\"SchemaVersion\":\"1.0\",\"Actions\":[" HANGUP
			"],\"TransactionAttributes\":{\"State\":\"new\"}}");
	desk_order(&d, RD_SMA_CALL);
	desk_leg(&d, RD_SMA_RINGING, RD_SMA_LEG_A, 0);
	desk_told_and_answer(&d, "RINGING", RESPONSE("[" HANGUP "]"));
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_A, 0);
	desk_told(&d, "CALL_ANSWERED");
	CHECK(!rd_json_get(d.event, "ActionData"));
	CHECK_TEXT(desk_text(&d, "CallDetails.TransactionAttributes.State"),
		   "new");
	desk_answer(&d, RESPONSE("[" BRIDGE "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	CHECK_TEXT(d.order.action->uri, "+12025550123");
	desk_nothing(&d);
	desk_leg(&d, RD_SMA_RINGING, RD_SMA_LEG_B, 0); /* nobody is told */
	desk_nothing(&d);
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_B, 0);
	desk_told_and_answer(&d, "ACTION_SUCCESSFUL", RESPONSE("[]"));
	CHECK_TEXT(desk_text(&d, "ActionData.Type"), "CallAndBridge");
	desk_nothing(&d);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_B, 0);
	desk_told_and_answer(&d, "HANGUP", RESPONSE("[" HANGUP "]"));
	CHECK_TEXT(desk_text(&d, "ActionData.Parameters.ParticipantTag"),
		   "LEG-B");
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_A);
	desk_told_and_answer(&d, "HANGUP", RESPONSE("[" PAUSE(500) "]"));
	desk_order(&d, RD_SMA_OVER);
	CHECK(!rd_sma_call_fault(d.call));
	desk_close(&d);
}

TEST(an_event_says_who_is_there)
{
	struct desk d;
	const struct rd_json *who;
	int64_t sequence = 0;

	desk_until_bridged(&d);
	CHECK(rd_json_whole(rd_json_get(d.event, "Sequence"), &sequence));
	CHECK_EQ(sequence, 3);
	who = rd_json_path(d.event, "CallDetails.Participants");
	CHECK_EQ(rd_json_count(who), 2);
	CHECK_TEXT(rd_json_member(rd_json_at(who, 0), "ParticipantTag"),
		   "LEG-A");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 0), "To"), "+17035550122");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 0), "Direction"), "Outbound");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 0),
				  "StartTimeInMilliseconds"),
		   "1772618000125");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 0), "Status"), "Connected");
	CHECK_TEXT(desk_text(&d, "ActionData.Parameters.CallId"),
		   rd_json_member(rd_json_at(who, 0), "CallId"));
	CHECK_TEXT(rd_json_member(rd_json_at(who, 1), "ParticipantTag"),
		   "LEG-B");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 1), "From"), "+12025550100");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 1), "Status"), "Connected");
	desk_answer(&d, KEEP);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_B, 0);
	desk_told(&d, "HANGUP");
	who = rd_json_path(d.event, "CallDetails.Participants");
	CHECK_TEXT(rd_json_member(rd_json_at(who, 1), "Status"),
		   "Disconnected");
	desk_close(&d);
}

TEST(a_call_that_is_not_answered_ends_with_its_status)
{
	struct desk d;
	int64_t status = 0;

	desk_open(&d);
	desk_told_and_answer(&d, "NEW_OUTBOUND_CALL", KEEP);
	desk_order(&d, RD_SMA_CALL);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_A, 486);
	desk_told(&d, "HANGUP");
	CHECK(rd_json_whole(
		rd_json_path(d.event, "ActionData.Parameters.SipResponseCode"),
		&status));
	CHECK_EQ(status, 486);
	desk_answer(&d, RESPONSE("[" PLAY("a.wav", "") "]"));
	desk_order(&d, RD_SMA_OVER);
	desk_nothing(&d);
	desk_close(&d);
}

TEST(one_event_is_told_at_a_time)
{
	struct desk d;

	desk_open(&d);
	desk_told_and_answer(&d, "NEW_OUTBOUND_CALL", KEEP);
	desk_order(&d, RD_SMA_CALL);
	desk_leg(&d, RD_SMA_RINGING, RD_SMA_LEG_A, 0);
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_A, 0);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_A, 0);
	desk_told(&d, "RINGING");
	desk_nothing(&d);
	desk_answer(&d, KEEP);
	/* Answered when it is over again: nobody is there to act upon. */
	desk_told_and_answer(&d, "CALL_ANSWERED",
			     RESPONSE("[" PLAY("a.wav", "") "]"));
	desk_told_and_answer(&d, "HANGUP", KEEP);
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

/* --- lists --------------------------------------------------------------- */

TEST(actions_run_in_order_and_the_last_is_told)
{
	struct desk d;

	desk_until(&d,
		   RESPONSE("[" PAUSE(500) "," PLAY(
			   "a.wav", ",\"Repeat\":\"2\"") "," PAUSE(300) "]"));
	desk_nothing(&d);
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 625);
	for (unsigned i = 0; i < 2; i++) {
		desk_order(&d, RD_SMA_PLAY);
		CHECK_TEXT(d.order.prompt->key, "a.wav");
		CHECK_EQ(d.order.leg, RD_SMA_LEG_A);
		desk_nothing(&d);
		desk_done(&d);
	}
	desk_nothing(&d);
	desk_wait(&d);
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(desk_text(&d, "ActionData.Type"), "Pause");
	desk_close(&d);
}

TEST(the_rest_is_dropped_when_one_fails)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" PLAY("a.wav", "") "," PAUSE(300) "]"));
	desk_order(&d, RD_SMA_PLAY);
	desk_feed(&d, (struct rd_sma_news){
			      .kind = RD_SMA_FAILED,
			      .serial = d.order.serial,
			      .error = RD_SMA_INVALID_AUDIO,
			      .why = "there is no such file",
		      });
	desk_told_and_answer(&d, "ACTION_FAILED", KEEP);
	CHECK_TEXT(desk_text(&d, "ActionData.Type"), "PlayAudio");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"), "InvalidAudioSource");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorMessage"),
		   "there is no such file");
	desk_nothing(&d);
	desk_close(&d);
}

TEST(wrong_parameters_fail_when_their_turn_comes)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" PAUSE(500) "," PAUSE(0) "]"));
	desk_nothing(&d);
	desk_wait(&d);
	desk_told(&d, "ACTION_FAILED");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"),
		   "InvalidActionParameter");
	desk_close(&d);
}

/* The handler is told of an update, and answers it. */
static void update(struct desk *d, const char *response)
{
	static const struct rd_sma_pair digit = { "digit", "5" };

	CHECK_OK(rd_sma_call_update(d->call, &digit, 1));
	desk_told(d, "CALL_UPDATE_REQUESTED");
	CHECK_TEXT(desk_text(d, "ActionData.Type"), "CallUpdateRequest");
	CHECK_TEXT(desk_text(d, "ActionData.Parameters.Arguments.digit"), "5");
	desk_answer(d, response);
}

TEST(a_new_list_interrupts_what_plays)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" PLAY("a.wav", "") "," PAUSE(300) "]"));
	desk_order(&d, RD_SMA_PLAY);
	update(&d, RESPONSE("[" PLAY("b.wav", "") "]"));
	desk_order(&d, RD_SMA_HUSH);
	desk_order(&d, RD_SMA_PLAY);
	CHECK_TEXT(d.order.prompt->key, "b.wav");
	desk_told_and_answer(&d, "ACTION_INTERRUPTED",
			     RESPONSE("[" PAUSE(100) "]"));
	CHECK_TEXT(desk_text(&d, "ActionData.Parameters.AudioSource.Key"),
		   "a.wav");
	/* What it answers to that is not carried out. */
	desk_nothing(&d);
	CHECK_EQ(rd_sma_call_due_ms(d.call), RD_NEVER);
	desk_close(&d);
}

TEST(a_new_list_waits_for_what_cannot_be_interrupted)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" BRIDGE "," PAUSE(300) "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	update(&d, RESPONSE("[" PLAY("b.wav", "") "]"));
	desk_nothing(&d);
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_B, 0);
	desk_order(&d, RD_SMA_PLAY);
	desk_nothing(&d);
	desk_close(&d);
}

TEST(null_lets_the_list_go_on_and_empty_ends_it)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" BRIDGE "," PAUSE(300) "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	update(&d, RESPONSE("null"));
	desk_nothing(&d);
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_B, 0);
	desk_nothing(&d); /* it pauses */
	update(&d, RESPONSE("[]"));
	desk_told_and_answer(&d, "ACTION_INTERRUPTED", KEEP);
	desk_nothing(&d);
	desk_close(&d);
	/* Nothing further, but the handler learns what the one came to. */
	desk_until(&d, RESPONSE("[" BRIDGE "," PAUSE(300) "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	update(&d, RESPONSE("[]"));
	desk_leg(&d, RD_SMA_ANSWERED, RD_SMA_LEG_B, 0);
	desk_told_and_answer(&d, "ACTION_SUCCESSFUL", KEEP);
	desk_nothing(&d);
	desk_close(&d);
}

/* --- attributes ---------------------------------------------------------- */

TEST(attributes_are_replaced_kept_and_cleared)
{
	struct desk d;
	const char *path = "CallDetails.TransactionAttributes";

	desk_until(&d, "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":"
		       "{\"a\":\"1\",\"b\":\"2\"}}");
	update(&d,
	       "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":null}");
	CHECK_EQ(rd_json_count(rd_json_path(d.event, path)), 2);
	update(&d, "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":"
		   "{\"c\":\"3\"}}");
	CHECK_EQ(rd_json_count(rd_json_path(d.event, path)), 2);
	update(&d, "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":{}}");
	CHECK_EQ(rd_json_count(rd_json_path(d.event, path)), 1);
	CHECK_TEXT(desk_text(&d, "CallDetails.TransactionAttributes.c"), "3");
	update(&d, KEEP);
	CHECK(!rd_json_path(d.event, path));
	desk_close(&d);
}

/* --- handlers that do not do what they should ---------------------------- */

TEST(a_silent_handler_is_asked_again_and_given_up)
{
	struct desk d;
	uint32_t serial;

	desk_until_answered(&d);
	serial = d.asked;
	for (unsigned i = 1; i < 4; i++) {
		desk_nothing(&d);
		desk_wait(&d);
		CHECK_EQ(d.now_ms, 125 + i * 5000);
		desk_told(&d, "CALL_ANSWERED");
		CHECK_EQ(d.asked, serial); /* the same event */
	}
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 20125);
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.sip_status, 480);
	desk_order(&d, RD_SMA_OVER);
	CHECK(rd_sma_call_fault(d.call));
	desk_close(&d);
}

TEST(the_first_answer_counts)
{
	struct desk d;

	desk_until_answered(&d);
	d.now_ms += 5000;
	desk_told_and_answer(&d, "CALL_ANSWERED", RESPONSE("[" PAUSE(100) "]"));
	desk_nothing(&d);
	desk_answer(&d, RESPONSE("[" HANGUP "]")); /* the second of two */
	desk_nothing(&d);
	desk_wait(&d);
	desk_told(&d, "ACTION_SUCCESSFUL");
	desk_close(&d);
}

TEST(a_refusal_is_tried_once_more)
{
	struct desk d;

	desk_until_answered(&d);
	CHECK_OK(rd_sma_call_no_response(d.call, d.asked, false));
	desk_nothing(&d);
	CHECK_OK(rd_sma_call_no_response(d.call, d.asked, true));
	desk_told(&d, "CALL_ANSWERED");
	CHECK_OK(rd_sma_call_no_response(d.call, d.asked, true));
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.sip_status, 480);
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

TEST(an_unusable_response_ends_the_call)
{
	static const struct {
		const char *response, *type;
	} rows[] = {
		{ "", "InvalidJson" },
		{ "{", "InvalidJson" },
		{ "null", "InvalidResponse" },
		{ "[]", "InvalidResponse" },
		{ "{}", "InvalidSchemaVersion" },
		{ "{\"SchemaVersion\":\"2.0\"}", "InvalidSchemaVersion" },
		{ "{\"SchemaVersion\":1.0}", "InvalidSchemaVersion" },
		{ RESPONSE("{}"), "InvalidActionList" },
		{ RESPONSE("\"Hangup\""), "InvalidActionList" },
		{ RESPONSE("[{}]"), "InvalidAction" },
		{ RESPONSE("[1]"), "InvalidAction" },
		{ RESPONSE("[null]"), "InvalidAction" },
		{ RESPONSE("[{\"Type\":\"Dance\"}]"), "InvalidAction" },
		{ RESPONSE("[{\"Type\":\"Pause\",\"Parameters\":[]}]"),
		  "InvalidAction" },
		{ RESPONSE("[" HANGUP "," HANGUP "," HANGUP "," HANGUP
			   "," HANGUP "," HANGUP "," HANGUP "," HANGUP
			   "," HANGUP "," HANGUP "," HANGUP "]"),
		  "InvalidActionList" },
		{ "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":[]}",
		  "TransactionAttributesInvalidType" },
		{ "{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":"
		  "{\"a\":1}}",
		  "TransactionAttributesInvalidType" },
	};

	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		struct desk d;

		desk_until(&d, rows[i].response);
		desk_order(&d, RD_SMA_END_LEG);
		CHECK_EQ(d.order.sip_status, 480);
		desk_told(&d, "INVALID_LAMBDA_RESPONSE");
		CHECK_TEXT(desk_text(&d, "ErrorType"), rows[i].type);
		CHECK(*desk_text(&d, "ErrorMessage"));
		CHECK(!rd_json_get(d.event, "ActionData"));
		desk_answer(&d, rows[i].response); /* does not matter now */
		desk_told_and_answer(&d, "HANGUP",
				     RESPONSE("[" PAUSE(100) "]"));
		desk_order(&d, RD_SMA_OVER);
		desk_close(&d);
	}
}

TEST(too_many_attributes_end_the_call)
{
	struct desk d;
	struct rd_json_out j = rd_json_out_grow();
	char name[8];

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "SchemaVersion", "1.0");
	rd_json_begin(&j, "TransactionAttributes");
	for (unsigned i = 0; i <= RD_SMA_ATTRIBUTES; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		rd_json_text(&j, name, "");
	}
	rd_json_end(&j);
	rd_json_end(&j);
	desk_until_answered(&d);
	CHECK_OK(rd_sma_call_response(d.call, d.asked, rd_json_done(&j)));
	desk_order(&d, RD_SMA_END_LEG);
	desk_told(&d, "INVALID_LAMBDA_RESPONSE");
	CHECK_TEXT(desk_text(&d, "ErrorType"),
		   "TransactionAttributesInvalidMapSize");
	rd_json_drop(&j);
	desk_close(&d);
}

TEST(after_a_thousand_invocations_it_ends)
{
	struct desk d;
	unsigned count = 2;

	desk_until(&d, RESPONSE("[" PAUSE(1) "]"));
	for (;; count++) {
		desk_nothing(&d);
		desk_wait(&d);
		CHECK_OK(rd_sma_call_poll(d.call, d.now_ms, &d.order));
		if (d.order.kind != RD_SMA_INVOKE)
			break;
		d.asked = d.order.serial;
		desk_answer(&d, RESPONSE("[" PAUSE(1) "]"));
	}
	CHECK_EQ(count, RD_SMA_INVOCATIONS);
	CHECK_EQ(d.order.kind, RD_SMA_END_LEG);
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

/* --- hanging up ---------------------------------------------------------- */

TEST(hangup_of_the_only_leg_is_told_and_not_asked)
{
	struct desk d;

	desk_until(&d, RESPONSE("[{\"Type\":\"Hangup\",\"Parameters\":{"
				"\"SipResponseCode\":\"486\"}}]"));
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.sip_status, 486);
	desk_told_and_answer(&d, "HANGUP", RESPONSE("[" PLAY("a", "") "]"));
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

TEST(hangup_of_one_of_two_lets_the_other_act)
{
	struct desk d;

	desk_until_bridged(&d);
	desk_answer(&d, RESPONSE("[{\"Type\":\"Hangup\",\"Parameters\":{"
				 "\"ParticipantTag\":\"leg-b\"}}]"));
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	desk_told(&d, "HANGUP");
	CHECK_TEXT(desk_text(&d, "ActionData.Parameters.ParticipantTag"),
		   "LEG-B");
	/* A second bridge after the first one is gone. */
	desk_answer(&d, RESPONSE("[" BRIDGE "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	desk_close(&d);
}

TEST(both_legs_in_one_list)
{
	struct desk d;

	desk_until_bridged(&d);
	desk_answer(&d, RESPONSE("[{\"Type\":\"Hangup\",\"Parameters\":{"
				 "\"ParticipantTag\":\"LEG-B\"}}," HANGUP "]"));
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_A);
	desk_told_and_answer(&d, "HANGUP", KEEP);
	desk_told_and_answer(&d, "HANGUP", KEEP);
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

TEST(one_leg_stays_when_the_other_hangs_up)
{
	struct desk d;

	desk_until_bridged(&d);
	desk_answer(&d, RESPONSE("[]"));
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_A, 0);
	desk_told_and_answer(&d, "HANGUP",
			     RESPONSE("[" PLAY("bye.wav", "") "]"));
	desk_order(&d, RD_SMA_PLAY);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	desk_close(&d);
}

TEST(a_meeting_leg_is_hung_up_without_hangup)
{
	struct desk d;

	desk_until(&d,
		   RESPONSE("[{\"Type\":\"JoinChimeMeeting\",\"Parameters\""
			    ":{\"JoinToken\":\"t\",\"MeetingId\":\"m\"}}]"));
	desk_order(&d, RD_SMA_JOIN);
	desk_done(&d);
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(rd_json_member(
			   rd_json_at(rd_json_path(d.event,
						   "CallDetails.Participants"),
				      1),
			   "From"),
		   "SMA");
	desk_answer(&d, RESPONSE("[{\"Type\":\"Hangup\",\"Parameters\":{"
				 "\"ParticipantTag\":\"LEG-B\"}}]"));
	desk_order(&d, RD_SMA_END_LEG);
	desk_told_and_answer(&d, "ACTION_SUCCESSFUL", KEEP);
	desk_nothing(&d);
	desk_close(&d);
}

TEST(who_hangs_up_while_it_rings_takes_the_other_along)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" BRIDGE "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_A, 0);
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	desk_told_and_answer(&d, "HANGUP", KEEP);
	desk_order(&d, RD_SMA_OVER);
	desk_close(&d);
}

TEST(who_does_not_answer_is_told_of)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" BRIDGE "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_B, 486);
	desk_told_and_answer(&d, "ACTION_FAILED", KEEP);
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"), "CallNotAnswered");
	CHECK_EQ(rd_json_count(
			 rd_json_path(d.event, "CallDetails.Participants")),
		 1);
	desk_nothing(&d);
	desk_close(&d);
	/* And by time. */
	desk_until(&d, RESPONSE("[" BRIDGE "]"));
	desk_order(&d, RD_SMA_BRIDGE);
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 30125);
	desk_order(&d, RD_SMA_END_LEG);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	desk_told(&d, "ACTION_FAILED");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"), "CallNotAnswered");
	desk_close(&d);
}

TEST(there_is_never_a_second_bridge)
{
	struct desk d;

	desk_until_bridged(&d);
	desk_answer(&d, RESPONSE("[" BRIDGE "]"));
	desk_told_and_answer(&d, "ACTION_FAILED", KEEP);
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"),
		   "InvalidActionParameter");
	desk_nothing(&d); /* the first one stays */
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_B, 0);
	desk_told(&d, "HANGUP");
	desk_close(&d);
}

TEST(a_foreign_caller_id_is_refused)
{
	struct desk d;

	desk_until(&d, RESPONSE("[{\"Type\":\"CallAndBridge\",\"Parameters\":{"
				"\"CallerIdNumber\":\"+12025559999\","
				"\"Endpoints\":[{\"BridgeEndpointType\":"
				"\"PSTN\",\"Uri\":\"+12025550123\"}]}}]"));
	desk_told(&d, "ACTION_FAILED");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"),
		   "InvalidActionParameter");
	desk_close(&d);
}

/* --- digits -------------------------------------------------------------- */

/* SendDigits to LEG-B, whose id is in the last event. */
static void send_digits(struct desk *d, const char *digits)
{
	char text[512];

	snprintf(text, sizeof(text),
		 RESPONSE("[{\"Type\":\"SendDigits\",\"Parameters\":{"
			  "\"CallId\":\"%s\",\"Digits\":\"%s\","
			  "\"ToneDurationInMilliseconds\":100}}]"),
		 rd_json_member(
			 rd_json_at(rd_json_path(d->event,
						 "CallDetails.Participants"),
				    1),
			 "CallId"),
		 digits);
	desk_answer(d, text);
}

TEST(a_comma_is_half_a_second)
{
	struct desk d;

	desk_until_bridged(&d);
	send_digits(&d, "1,,2#");
	desk_order(&d, RD_SMA_SEND);
	CHECK_EQ(d.order.leg, RD_SMA_LEG_B);
	CHECK_TEXT(d.order.digits, "1");
	desk_done(&d);
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 125 + 160);
	desk_nothing(&d);
	desk_wait(&d);
	desk_nothing(&d);
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 125 + 160 + 1000);
	desk_order(&d, RD_SMA_SEND);
	CHECK_TEXT(d.order.digits, "2#");
	desk_done(&d);
	desk_nothing(&d);
	desk_wait(&d);
	desk_told(&d, "ACTION_SUCCESSFUL");
	desk_close(&d);
}

#define RECEIVE                                                                \
	"{\"Type\":\"ReceiveDigits\",\"Parameters\":{\"InputDigitsRegex\":"    \
	"\"^\\\\d{2}#$\",\"InBetweenDigitsDurationInMilliseconds\":1000,"      \
	"\"FlushDigitsDurationInMilliseconds\":\"3000\"}}"

TEST(long_tones_are_sent_one_by_one)
{
	struct desk d;
	char text[512];

	desk_until_bridged(&d);
	snprintf(text, sizeof(text),
		 RESPONSE("[{\"Type\":\"SendDigits\",\"Parameters\":{"
			  "\"CallId\":\"%s\",\"Digits\":\"12\","
			  "\"ToneDurationInMilliseconds\":24000}}]"),
		 rd_json_member(
			 rd_json_at(rd_json_path(d.event,
						 "CallDetails.Participants"),
				    1),
			 "CallId"));
	desk_answer(&d, text);
	desk_order(&d, RD_SMA_SEND);
	CHECK_TEXT(d.order.digits, "1");
	CHECK_EQ(d.order.action->tone_ms, 24000);
	desk_done(&d);
	desk_wait(&d);
	CHECK_EQ(d.now_ms, 125 + 24060);
	desk_order(&d, RD_SMA_SEND);
	CHECK_TEXT(d.order.digits, "2");
	desk_close(&d);
}

TEST(receive_digits_stays_armed)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" RECEIVE "]"));
	desk_told_and_answer(&d, "ACTION_SUCCESSFUL", RESPONSE("[]"));
	for (unsigned i = 0; i < 2; i++) {
		desk_digits(&d, RD_SMA_LEG_A, "12#");
		desk_nothing(&d);
		desk_wait(&d);
		desk_told_and_answer(&d, "DIGITS_RECEIVED", KEEP);
		CHECK_TEXT(desk_text(&d, "ActionData.ReceivedDigits"), "12#");
		CHECK_TEXT(desk_text(&d, "ActionData.Type"), "ReceiveDigits");
		CHECK_TEXT(desk_text(&d, "ActionData.Parameters."
					 "InputDigitsRegex"),
			   "^\\d{2}#$");
	}
	/* What does not match is forgotten after the longer time. */
	desk_digits(&d, RD_SMA_LEG_A, "99");
	desk_wait(&d);
	desk_nothing(&d);
	desk_wait(&d);
	desk_nothing(&d);
	CHECK_EQ(rd_sma_call_due_ms(d.call), RD_NEVER);
	desk_digits(&d, RD_SMA_LEG_A, "34#");
	desk_wait(&d);
	desk_told(&d, "DIGITS_RECEIVED");
	CHECK_TEXT(desk_text(&d, "ActionData.ReceivedDigits"), "34#");
	desk_close(&d);
}

TEST(a_terminator_ends_the_sound)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" PLAY(
			       "a.wav",
			       ",\"PlaybackTerminators\":[\"#\",\"*\"]") "]"));
	desk_order(&d, RD_SMA_PLAY);
	desk_digits(&d, RD_SMA_LEG_A, "12");
	desk_nothing(&d);
	desk_digits(&d, RD_SMA_LEG_A, "*");
	desk_order(&d, RD_SMA_HUSH);
	desk_told(&d, "ACTION_SUCCESSFUL");
	desk_close(&d);
}

#define GET(more)                                                              \
	"{\"Type\":\"PlayAudioAndGetDigits\",\"Parameters\":{"                 \
	"\"AudioSource\":" SOURCE(                                             \
		"ask.wav") ",\"FailureAudioSource\""                           \
			   ":" SOURCE("no.wav") ",\"MinNumberO"                \
						"fDigits\":3,"                 \
						"\"MaxNumberOf"                \
						"Digits\":5,"                  \
						"\"InBetweenDi"                \
						"gitsDurationI"                \
						"nMilliseconds"                \
						"\":5000,"                     \
						"\"RepeatDurat"                \
						"ionInMillisec"                \
						"onds\":"                      \
						"10000" more "}}"

TEST(digits_are_asked_for)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" GET("") "]"));
	desk_order(&d, RD_SMA_PLAY);
	CHECK_TEXT(d.order.prompt->key, "ask.wav");
	desk_digits(&d, RD_SMA_LEG_A, "1");
	desk_order(&d, RD_SMA_HUSH); /* who types has heard enough */
	desk_digits(&d, RD_SMA_LEG_A, "23#");
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(desk_text(&d, "ActionData.ReceivedDigits"), "123");
	desk_close(&d);

	desk_until(&d, RESPONSE("[" GET("") "]"));
	desk_order(&d, RD_SMA_PLAY);
	desk_done(&d);
	desk_digits(&d, RD_SMA_LEG_A, "12345");
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(desk_text(&d, "ActionData.ReceivedDigits"), "12345");
	desk_close(&d);
}

TEST(wrong_digits_are_asked_for_again)
{
	struct desk d;

	desk_until(&d, RESPONSE("[" GET(",\"Repeat\":2") "]"));
	desk_order(&d, RD_SMA_PLAY);
	desk_done(&d);
	desk_digits(&d, RD_SMA_LEG_A, "12");
	desk_wait(&d); /* between digits */
	CHECK_EQ(d.now_ms, 5125);
	desk_order(&d, RD_SMA_PLAY);
	CHECK_TEXT(d.order.prompt->key, "no.wav");
	desk_digits(&d, RD_SMA_LEG_A, "999");
	desk_done(&d);
	desk_order(&d, RD_SMA_PLAY);
	CHECK_TEXT(d.order.prompt->key, "ask.wav");
	desk_done(&d);
	desk_wait(&d); /* nobody types anything */
	CHECK_EQ(d.now_ms, 15125);
	desk_told(&d, "ACTION_FAILED");
	CHECK_TEXT(desk_text(&d, "ActionData.ErrorType"),
		   "InvalidDigitsReceived");
	desk_close(&d);
}

TEST(speech_and_an_expression)
{
	struct desk d;
	char text[1024];

	desk_until_answered(&d);
	snprintf(text, sizeof(text),
		 RESPONSE("[{\"Type\":\"SpeakAndGetDigits\",\"Parameters\":{"
			  "\"CallId\":\"%s\",\"InputDigitsRegex\":\"^[12]$\","
			  "\"SpeechParameters\":{\"Text\":\"One or two?\","
			  "\"LanguageCode\":\"en-GB\"},"
			  "\"FailureSpeechParameters\":{\"Text\":\"No.\"},"
			  "\"MaxNumberOfDigits\":1,\"Repeat\":2,"
			  "\"RepeatDurationInMilliseconds\":1000}}]"),
		 rd_json_member(
			 rd_json_at(rd_json_path(d.event,
						 "CallDetails.Participants"),
				    0),
			 "CallId"));
	desk_answer(&d, text);
	desk_order(&d, RD_SMA_PLAY);
	CHECK(!d.order.prompt->bucket);
	CHECK_TEXT(d.order.prompt->text, "One or two?");
	desk_done(&d);
	desk_digits(&d, RD_SMA_LEG_A, "7");
	desk_order(&d, RD_SMA_PLAY);
	CHECK_TEXT(d.order.prompt->text, "No.");
	CHECK_TEXT(d.order.prompt->language, "en-GB");
	desk_done(&d);
	desk_order(&d, RD_SMA_PLAY);
	desk_done(&d);
	desk_digits(&d, RD_SMA_LEG_A, "2");
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(desk_text(&d, "ActionData.ReceivedDigits"), "2");
	desk_close(&d);
}

TEST(a_recording_is_told_of)
{
	struct desk d;
	struct rd_sma_news done = { .kind = RD_SMA_DONE, .key = "p/1.wav" };

	desk_until(&d,
		   RESPONSE("[{\"Type\":\"RecordAudio\",\"Parameters\":{"
			    "\"DurationInSeconds\":\"10\","
			    "\"RecordingTerminators\":[\"#\"],"
			    "\"RecordingDestination\":{\"Type\":\"S3\","
			    "\"BucketName\":\"kept\",\"Prefix\":\"p\"}}}]"));
	desk_order(&d, RD_SMA_RECORD);
	CHECK_EQ(d.order.action->duration_ms, 10000);
	CHECK_EQ(d.order.action->silence_threshold, 200);
	done.serial = d.order.serial;
	desk_digits(&d, RD_SMA_LEG_A, "1#");
	desk_order(&d, RD_SMA_RECORD_STOP);
	CHECK(d.order.is_wanted);
	desk_nothing(&d);
	desk_feed(&d, done);
	desk_told(&d, "ACTION_SUCCESSFUL");
	CHECK_TEXT(desk_text(&d, "ActionData.RecordingDestination.Key"),
		   "p/1.wav");
	CHECK_TEXT(desk_text(&d, "ActionData.RecordingDestination.BucketName"),
		   "kept");
	CHECK_TEXT(desk_text(&d, "ActionData.RecordingTerminatorUsed"), "#");
	desk_close(&d);
}

/* --- updates ------------------------------------------------------------- */

TEST(updates_have_a_bound_and_an_end)
{
	struct desk d;
	unsigned n = 0;

	desk_until_answered(&d);
	while (rd_sma_call_update(d.call, NULL, 0) == RD_OK)
		n++;
	CHECK_EQ(n, RD_SMA_UPDATES);
	CHECK_ERR(rd_sma_call_update(d.call, NULL, 0), RD_E_FULL);
	desk_close(&d);
	desk_until_answered(&d);
	desk_leg(&d, RD_SMA_ENDED, RD_SMA_LEG_A, 0);
	CHECK_ERR(rd_sma_call_update(d.call, NULL, 0), RD_E_CLOSED);
	desk_close(&d);
}

/* --- memory -------------------------------------------------------------- */

static enum rd_err step(struct rd_sma_call *c, uint64_t now_ms,
			const char *response)
{
	struct rd_sma_order order;
	enum rd_err err = rd_sma_call_poll(c, now_ms, &order);

	if (err == RD_E_AGAIN)
		return RD_OK;
	if (err || order.kind != RD_SMA_INVOKE)
		return err;
	return rd_sma_call_response(c, order.serial, rd_span_text(response));
}

static enum rd_err whole_call(void)
{
	static const char response[] =
		"{\"SchemaVersion\":\"1.0\",\"TransactionAttributes\":{\"a\":"
		"\"b\"},\"Actions\":[" RECEIVE "," PAUSE(10) "," BRIDGE "]}";
	static const struct rd_sma_news news[] = {
		{ .kind = RD_SMA_RINGING, .leg = RD_SMA_LEG_A },
		{ .kind = RD_SMA_ANSWERED, .leg = RD_SMA_LEG_A },
		{ .kind = RD_SMA_DIGIT, .leg = RD_SMA_LEG_A, .digit = '1' },
		{ .kind = RD_SMA_ANSWERED, .leg = RD_SMA_LEG_B },
		{ .kind = RD_SMA_ENDED, .leg = RD_SMA_LEG_B },
		{ .kind = RD_SMA_ENDED, .leg = RD_SMA_LEG_A },
	};
	struct rd_sma_call *c;
	uint64_t now_ms = 1;
	enum rd_err err = rd_sma_call_open(&c, &desk_cfg, now_ms);

	for (size_t i = 0; !err && i < RD_COUNT(news); i++) {
		for (unsigned n = 0; !err && n < 6; n++)
			err = step(c, now_ms += 20, response);
		if (!err)
			err = rd_sma_call_feed(c, &news[i], now_ms);
	}
	if (!err)
		err = rd_sma_call_response(c, 1, SPAN("{"));
	rd_sma_call_close(c);
	return err;
}

TEST(every_allocation_may_fail)
{
	rd_check_every_oom(whole_call);
}

RD_TESTS(T(a_bridge_call_goes_the_documented_way),
	 T(an_event_says_who_is_there),
	 T(a_call_that_is_not_answered_ends_with_its_status),
	 T(one_event_is_told_at_a_time),
	 T(actions_run_in_order_and_the_last_is_told),
	 T(the_rest_is_dropped_when_one_fails),
	 T(wrong_parameters_fail_when_their_turn_comes),
	 T(a_new_list_interrupts_what_plays),
	 T(a_new_list_waits_for_what_cannot_be_interrupted),
	 T(null_lets_the_list_go_on_and_empty_ends_it),
	 T(attributes_are_replaced_kept_and_cleared),
	 T(a_silent_handler_is_asked_again_and_given_up),
	 T(the_first_answer_counts), T(a_refusal_is_tried_once_more),
	 T(an_unusable_response_ends_the_call),
	 T(too_many_attributes_end_the_call),
	 T(after_a_thousand_invocations_it_ends),
	 T(hangup_of_the_only_leg_is_told_and_not_asked),
	 T(hangup_of_one_of_two_lets_the_other_act), T(both_legs_in_one_list),
	 T(one_leg_stays_when_the_other_hangs_up),
	 T(a_meeting_leg_is_hung_up_without_hangup),
	 T(who_hangs_up_while_it_rings_takes_the_other_along),
	 T(who_does_not_answer_is_told_of), T(there_is_never_a_second_bridge),
	 T(a_foreign_caller_id_is_refused), T(a_comma_is_half_a_second),
	 T(receive_digits_stays_armed), T(long_tones_are_sent_one_by_one),
	 T(a_terminator_ends_the_sound), T(digits_are_asked_for),
	 T(wrong_digits_are_asked_for_again), T(speech_and_an_expression),
	 T(a_recording_is_told_of), T(updates_have_a_bound_and_an_end),
	 T(every_allocation_may_fail))
