/* tests/unit/provider/sma_action_test.c - the parameters of each action.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "provider/sma_action.h"
#include "testing.h"

static const char *const bad = "InvalidActionParameter";
static const char *const gone = "MissingRequiredActionParameter";
static const char *const sound = "InvalidAudioSource";
static const char *const fine = "";

#define S3    "{'Type':'S3','BucketName':'b','Key':'k.wav'}"
#define GET   "'AudioSource':" S3 ",'FailureAudioSource':" S3 ","
#define VC    "'BridgeEndpointType':'AWS','Arn':'arn:x'"
#define E(in) "'CallerIdNumber':'+12025550100','Endpoints':[{" in "}]"
#define PSTN  E("'BridgeEndpointType':'PSTN','Uri':'+12025550123'")
#define REC   "'RecordingTerminators':['#'],'RecordingDestination':"

/* In single quotes, which become double ones. */
static const struct {
	const char *type, *parameters;
	const char *const *error;
} rows[] = {
	{ "Pause", "'DurationInMilliseconds':100", &fine },
	{ "Pause", "'DurationInMilliseconds':'3000'", &fine },
	{ "Pause", "'DurationInMilliseconds':0", &bad },
	{ "Pause", "'DurationInMilliseconds':-1", &bad },
	{ "Pause", "'DurationInMilliseconds':1.5", &bad },
	{ "Pause", "'DurationInMilliseconds':'x'", &bad },
	{ "Pause", "'DurationInMilliseconds':99999999999", &bad },
	{ "Pause", "'DurationInMilliseconds':null", &gone },
	{ "Pause", "", &gone },
	{ "Pause", "'DurationInMilliseconds':1,'ParticipantTag':'LEG-C'",
	  &bad },
	{ "Pause", "'DurationInMilliseconds':1,'CallId':7", &bad },
	{ "Hangup", "", &fine },
	{ "Hangup", "'SipResponseCode':'0'", &fine },
	{ "Hangup", "'SipResponseCode':'480'", &fine },
	{ "Hangup", "'SipResponseCode':486", &fine },
	{ "Hangup", "'SipResponseCode':'481'", &bad },
	{ "Hangup", "'SipResponseCode':'603'", &bad },
	{ "PlayAudio", "'AudioSource':" S3, &fine },
	{ "PlayAudio", "'AudioSource':" S3 ",'Repeat':'5'", &fine },
	{ "PlayAudio", "'AudioSource':" S3 ",'Repeat':0", &bad },
	{ "PlayAudio", "'AudioSource':" S3 ",'PlaybackTerminators':['#','1']",
	  &fine },
	{ "PlayAudio", "'AudioSource':" S3 ",'PlaybackTerminators':['A']",
	  &bad },
	{ "PlayAudio", "'AudioSource':" S3 ",'PlaybackTerminators':['12']",
	  &bad },
	{ "PlayAudio", "'AudioSource':" S3 ",'PlaybackTerminators':'#'", &bad },
	{ "PlayAudio", "", &gone },
	{ "PlayAudio", "'AudioSource':{}", &sound },
	{ "PlayAudio", "'AudioSource':[]", &sound },
	{ "PlayAudio", "'AudioSource':{'Type':'S4','BucketName':'b','Key':'k'}",
	  &sound },
	{ "PlayAudio", "'AudioSource':{'Type':'S3','BucketName':'','Key':'k'}",
	  &sound },
	{ "PlayAudio", "'AudioSource':{'Type':'S3','BucketName':'b'}", &sound },
	{ "PlayAudioAndGetDigits", GET "'RepeatDurationInMilliseconds':1000",
	  &fine },
	{ "PlayAudioAndGetDigits", GET "'Repeat':2", &gone },
	{ "PlayAudioAndGetDigits", "'RepeatDurationInMilliseconds':1000",
	  &gone },
	{ "PlayAudioAndGetDigits",
	  GET "'RepeatDurationInMilliseconds':1000,'MinNumberOfDigits':5,"
	      "'MaxNumberOfDigits':3",
	  &bad },
	{ "PlayAudioAndGetDigits",
	  GET "'RepeatDurationInMilliseconds':1000,'MaxNumberOfDigits':129",
	  &bad },
	{ "PlayAudioAndGetDigits",
	  GET "'RepeatDurationInMilliseconds':1000,'InputDigitsRegex':'('",
	  &bad },
	{ "ReceiveDigits",
	  "'InputDigitsRegex':'^[0-9]$',"
	  "'InBetweenDigitsDurationInMilliseconds':100,"
	  "'FlushDigitsDurationInMilliseconds':200",
	  &fine },
	{ "ReceiveDigits",
	  "'InputDigitsRegex':'^[0-9]$',"
	  "'InBetweenDigitsDurationInMilliseconds':100,"
	  "'FlushDigitsDurationInMilliseconds':100",
	  &bad },
	{ "ReceiveDigits",
	  "'InputDigitsRegex':'','InBetweenDigitsDurationInMilliseconds':100,"
	  "'FlushDigitsDurationInMilliseconds':200",
	  &bad },
	{ "ReceiveDigits", "'InputDigitsRegex':'1'", &gone },
	{ "SendDigits", "'CallId':'c','Digits':'0123456789*#AD,'", &fine },
	{ "SendDigits", "'Digits':'1'", &gone },
	{ "SendDigits", "'CallId':'c','Digits':''", &bad },
	{ "SendDigits", "'CallId':'c','Digits':'E'", &bad },
	{ "SendDigits",
	  "'CallId':'c','Digits':"
	  "'123456789012345678901234567890123456789012345678901'",
	  &bad },
	{ "SendDigits",
	  "'CallId':'c','Digits':'1','ToneDurationInMilliseconds':49", &bad },
	{ "SendDigits",
	  "'CallId':'c','Digits':'1','ToneDurationInMilliseconds':24000",
	  &fine },
	{ "Speak", "'CallId':'c','Text':'Hello'", &fine },
	{ "Speak", "'CallId':'c','Text':''", &bad },
	{ "Speak", "'CallId':'c'", &gone },
	{ "Speak", "'Text':'Hello'", &gone },
	{ "Speak", "'CallId':'c','Text':'a','TextType':'html'", &bad },
	{ "Speak", "'CallId':'c','Text':'a','Engine':'steam'", &bad },
	{ "SpeakAndGetDigits",
	  "'CallId':'c','SpeechParameters':{'Text':'a'},"
	  "'FailureSpeechParameters':{'Text':'b'},"
	  "'RepeatDurationInMilliseconds':1",
	  &fine },
	{ "SpeakAndGetDigits",
	  "'CallId':'c','SpeechParameters':{'Text':'a'},"
	  "'RepeatDurationInMilliseconds':1",
	  &gone },
	{ "CallAndBridge", PSTN, &fine },
	{ "CallAndBridge", PSTN ",'CallTimeoutSeconds':120", &fine },
	{ "CallAndBridge", PSTN ",'CallTimeoutSeconds':121", &bad },
	{ "CallAndBridge", PSTN ",'CallTimeoutSeconds':0", &bad },
	{ "CallAndBridge", PSTN ",'RingbackTone':" S3, &fine },
	{ "CallAndBridge", PSTN ",'RingbackTone':{'Type':'S3'}", &sound },
	{ "CallAndBridge", "'Endpoints':[]", &gone },
	{ "CallAndBridge", "'CallerIdNumber':'+12025550100'", &bad },
	{ "CallAndBridge",
	  "'CallerIdNumber':'+12025550100','Endpoints':[{},{}]", &bad },
	{ "CallAndBridge",
	  "'CallerIdNumber':'2025550100','Endpoints':[{"
	  "'BridgeEndpointType':'PSTN','Uri':'+12025550123'}]",
	  &bad },
	{ "CallAndBridge", E("'BridgeEndpointType':'PSTN','Uri':'911'"), &bad },
	{ "CallAndBridge", E("'BridgeEndpointType':'FAX','Uri':'+12025550123'"),
	  &bad },
	{ "CallAndBridge",
	  E("'BridgeEndpointType':'PSTN','Uri':'+12025550123','Arn':'a'"),
	  &bad },
	{ "CallAndBridge", E(VC ",'Uri':'1000'"), &fine },
	{ "CallAndBridge", E(VC ",'Uri':''"), &bad },
	{ "CallAndBridge", E(VC ",'Uri':'a@b'"), &bad },
	{ "CallAndBridge", E(VC ",'Uri':'a b'"), &bad },
	{ "CallAndBridge", E(VC ",'Uri':'1234567890123456789012345678901'"),
	  &bad },
	{ "CallAndBridge", E("'BridgeEndpointType':'AWS','Uri':'1000'"), &bad },
	{ "CallAndBridge",
	  E(VC ",'Uri':'1'") ",'SipHeaders':{'X-A':'b','User-to-User':'c',"
			     "'Diversion':'d'}",
	  &fine },
	{ "CallAndBridge", E(VC ",'Uri':'1'") ",'SipHeaders':{'From':'b'}",
	  &bad },
	{ "CallAndBridge", E(VC ",'Uri':'1'") ",'SipHeaders':{'X-A':1}", &bad },
	{ "CallAndBridge",
	  E(VC ",'Uri':'1'") ",'SipHeaders':{'X-A':'a\\r\\nb'}", &bad },
	{ "CallAndBridge", E(VC ",'Uri':'1'") ",'SipHeaders':{'X A':'a'}",
	  &bad },
	{ "JoinChimeMeeting", "'JoinToken':'t','MeetingId':'m'", &fine },
	{ "JoinChimeMeeting", "'MeetingId':'m'", &gone },
	{ "JoinChimeMeeting",
	  "'JoinToken':'t','MeetingId':'m','ParticipantTag':'LEG-B'", &bad },
	{ "ModifyChimeMeetingAttendees",
	  "'Operation':'Mute','MeetingId':'m','AttendeeList':['a']", &fine },
	{ "ModifyChimeMeetingAttendees",
	  "'Operation':'Kick','MeetingId':'m','AttendeeList':['a']", &bad },
	{ "ModifyChimeMeetingAttendees",
	  "'Operation':'Mute','MeetingId':'m','AttendeeList':[]", &bad },
	{ "ModifyChimeMeetingAttendees",
	  "'Operation':'Mute','MeetingId':'m','AttendeeList':[1]", &bad },
	{ "RecordAudio", REC "{'Type':'S3','BucketName':'b'}", &fine },
	{ "RecordAudio", REC "{'Type':'S3'}", &bad },
	{ "RecordAudio", "'RecordingTerminators':['#']", &gone },
	{ "RecordAudio",
	  "'RecordingDestination':{'Type':'S3','BucketName':'b'}", &gone },
	{ "RecordAudio",
	  REC "{'Type':'S3','BucketName':'b'},'SilenceThreshold':1001", &bad },
	{ "RecordAudio",
	  REC "{'Type':'S3','BucketName':'b'},'DurationInSeconds':0", &bad },
	{ "RecordAudio",
	  REC "{'Type':'S3','BucketName':'b'},'SilenceDurationInSeconds':3",
	  &fine },
};

static struct rd_sma_response *read(const char *type, const char *parameters)
{
	struct rd_sma_response *r;
	struct rd_sma_invalid invalid;
	char text[2048];

	snprintf(text, sizeof(text),
		 "{'SchemaVersion':'1.0','Actions':[{'Type':'%s','Parameters':"
		 "{%s}}]}",
		 type, parameters);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	CHECK_OK(rd_sma_response_open(&r, rd_span_text(text), &invalid));
	CHECK_EQ(r->count, 1);
	return r;
}

TEST(parameters_are_checked)
{
	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		struct rd_sma_response *r =
			read(rows[i].type, rows[i].parameters);

		if (strcmp(rd_sma_error_name(r->actions[0].error),
			   *rows[i].error) != 0)
			printf("%s %s: %s\n", rows[i].type, rows[i].parameters,
			       r->actions[0].why);
		CHECK_TEXT(rd_sma_error_name(r->actions[0].error),
			   *rows[i].error);
		CHECK_EQ(!r->actions[0].why[0], !r->actions[0].error);
		rd_sma_response_unref(r);
	}
}

TEST(a_reserved_header_is_named)
{
	static const char *const names[] = { "x-amzn-trace", "X-Vine-A",
					     "X-VC-1",       "x-canary",
					     "X-Voice-A",    "Via" };

	for (size_t i = 0; i < RD_COUNT(names); i++) {
		char parameters[512];
		struct rd_sma_response *r;

		snprintf(parameters, sizeof(parameters),
			 PSTN ",'SipHeaders':{'X-Fine':'1','%s':'2'}",
			 names[i]);
		r = read("CallAndBridge", parameters);
		CHECK_TEXT(rd_sma_error_name(r->actions[0].error), bad);
		CHECK(strstr(r->actions[0].why, names[i]));
		rd_sma_response_unref(r);
	}
}

TEST(what_the_engine_has_not_fails_alone)
{
	static const char *const types[] = {
		"StartCallRecording", "StopCallRecording",
		"PauseCallRecording", "ResumeCallRecording",
		"VoiceFocus",         "StartBotConversation",
	};

	for (size_t i = 0; i < RD_COUNT(types); i++) {
		struct rd_sma_response *r = read(types[i], "'CallId':'c'");

		CHECK_TEXT(rd_sma_error_name(r->actions[0].error),
			   "SystemException");
		rd_sma_response_unref(r);
	}
}

TEST(a_thousand_characters_are_spoken_and_no_more)
{
	char text[4 * RD_SMA_TEXT + 64];

	for (unsigned n = RD_SMA_TEXT; n <= RD_SMA_TEXT + 1; n++) {
		struct rd_sma_response *r;
		size_t len = (size_t)snprintf(text, sizeof(text),
					      "'CallId':'c','Text':'");
		char whole[sizeof(text) + 128];
		struct rd_sma_invalid invalid;

		for (unsigned i = 0; i < n; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"\xc3\xa4");
		for (char *c = text; *c; c++)
			if (*c == '\'')
				*c = '"';
		snprintf(whole, sizeof(whole),
			 "{\"SchemaVersion\":\"1.0\",\"Actions\":[{\"Type\":"
			 "\"Speak\",\"Parameters\":{%s\"}}]}",
			 text);
		CHECK_OK(rd_sma_response_open(&r, rd_span_text(whole),
					      &invalid));
		CHECK_EQ(r->actions[0].error == RD_SMA_FINE, n == RD_SMA_TEXT);
		rd_sma_response_unref(r);
	}
}

RD_TESTS(T(parameters_are_checked), T(a_reserved_header_is_named),
	 T(what_the_engine_has_not_fails_alone),
	 T(a_thousand_characters_are_spoken_and_no_more))
