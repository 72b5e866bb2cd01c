/* tests/unit/provider/sma_run_test.c - SIP media applications over real rooms
 * and telephones: a caller like a browser, a trunk, handlers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rooms.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "provider/sma_handler.h"
#include "provider/sma_run.h"

#define APP             "33333333-3333-4333-8333-333333333333"
#define ESPEAK          "/usr/bin/espeak-ng"
#define FROM            "+12025550100"
#define CONNECTOR       "abcdefghij1klmn2opq3rs"
#define ARN             "arn:aws:chime:us-east-1:111122223333:vc/" CONNECTOR
#define ANSWER(actions) "{\"SchemaVersion\":\"1.0\",\"Actions\":[" actions "]}"
#define ACTION(type, parameters)                                               \
	"{\"Type\":\"" type "\",\"Parameters\":{" parameters "}}"
#define BRIDGE(endpoint, more)                                                 \
	ACTION("CallAndBridge", "\"CallerIdNumber\":\"" FROM                   \
				"\",\"Endpoints\":[{" endpoint "}]" more)
#define PSTN    "\"BridgeEndpointType\":\"PSTN\",\"Uri\":\"+12025550123\""
#define VC      "\"BridgeEndpointType\":\"AWS\",\"Uri\":\"1000\",\"Arn\":\"" ARN "\""
#define SOUND   "{\"Type\":\"S3\",\"BucketName\":\"sounds\",\"Key\":\"long.wav\"}"
#define AUDIO   "\"AudioSource\":" SOUND
#define MEETING "\"MeetingId\":\"$M\",\"JoinToken\":\"$T\""

static struct rd_sma_runs *runs;
static char meeting[RD_ROOM_ID], person[37], phone_user[37];
static char folder[64];

/* --- a handler that goes by a table -------------------------------------- */

struct line {
	const char *on;       /* "CALL_ANSWERED", "HANGUP LEG-B" */
	const char *response; /* $A, $B: call ids; $M, $T: of the phone-user */
};

static struct {
	const struct line *lines;
	unsigned count;
	char seen[4096]; /* "NEW_OUTBOUND_CALL; RINGING; ..." */
	char last[8192]; /* the last event */
} script;

static const char *id_of(const struct rd_json *event, size_t leg)
{
	const char *id = rd_json_member(
		rd_json_at(rd_json_path(event, "CallDetails.Participants"),
			   leg),
		"CallId");

	return id ? id : "";
}

static void expand(struct rd_json_out *out, const char *response,
		   const struct rd_json *event)
{
	for (const char *c = response; *c; c++) {
		const char *with = NULL;

		if (*c == '$' && c[1] == 'A')
			with = id_of(event, 0);
		else if (*c == '$' && c[1] == 'B')
			with = id_of(event, 1);
		else if (*c == '$' && c[1] == 'M')
			with = meeting;
		else if (*c == '$' && c[1] == 'T')
			with = token_of(phone_user);
		else if (*c == '$' && c[1] == 'U')
			with = phone_user;
		if (with)
			rd_json_raw(out, rd_span_text(with));
		else
			rd_json_raw(out, rd_span(c, 1));
		c += with ? 1 : 0;
	}
}

static void name_event(const struct rd_json *event, char *out, size_t size)
{
	static const char *const paths[] = {
		"ActionData.Parameters.ParticipantTag", "ActionData.ErrorType",
		"ActionData.Type"
	};
	const char *type = rd_json_member(event, "InvocationEventType");
	const char *what = NULL;
	bool is_hangup = type && !strcmp(type, "HANGUP");

	for (size_t i = is_hangup ? 0 : 1; !what && i < RD_COUNT(paths); i++)
		what = rd_json_string(rd_json_path(event, paths[i]));
	snprintf(out, size, "%s%s%s", type ? type : "?", what ? " " : "",
		 what ? what : "");
}

static enum rd_err by_table(void *arg, const struct rd_json *event,
			    struct rd_json_out *response)
{
	char name[128];
	struct rd_json_out j =
		rd_json_out(script.last, sizeof(script.last) - 1);
	size_t len = strlen(script.seen);

	(void)arg;
	rd_json_value(&j, NULL, event);
	script.last[rd_json_done(&j).len] = '\0';
	name_event(event, name, sizeof(name));
	snprintf(script.seen + len, sizeof(script.seen) - len, "%s%s",
		 len ? "; " : "", name);
	for (unsigned i = 0; i < script.count; i++)
		if (!strcmp(script.lines[i].on, name)) {
			expand(response, script.lines[i].response, event);
			return RD_OK;
		}
	rd_json_raw(response, SPAN("{\"SchemaVersion\":\"1.0\"}"));
	return RD_OK;
}

static bool has_seen(const char *names)
{
	return strstr(script.seen, names) != NULL;
}

/* --- the house ----------------------------------------------------------- */

static void make_sounds(void)
{
	struct rd_sound *sound = make_sound(3000);
	struct rd_recorder *r;
	char path[128];

	snprintf(folder, sizeof(folder), "/tmp/rd-run-XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sounds", folder);
	CHECK_EQ(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sounds/long.wav", folder);
	CHECK_OK(rd_recorder_open(&r, path, 8000, NULL));
	CHECK_OK(rd_recorder_write(r, sound->pcm, sound->samples));
	CHECK_OK(rd_recorder_close(r));
	rd_sound_close(sound);
}

static void drop_sounds(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	CHECK_EQ(system(command), 0);
}

static void open_runs(struct rd_sma_runs_cfg cfg,
		      const struct rd_sma_application *app)
{
	static const char *const numbers[] = { FROM };
	struct rd_sma_connector connector = { .id = CONNECTOR,
					      .trunk = { &trunk, false } };

	cfg.loop = loop;
	cfg.engine = engine;
	cfg.http = client;
	cfg.account = "111122223333";
	cfg.region = "us-east-1";
	cfg.pstn = connector.trunk;
	cfg.phone_numbers = numbers;
	cfg.phone_number_count = 1;
	cfg.audio_folder = folder;
	cfg.recordings_folder = folder;
	cfg.speech_program = ESPEAK;
	CHECK_OK(rd_sma_runs_open(&runs, &cfg));
	CHECK_OK(rd_sma_application_put(runs, app));
	CHECK_OK(rd_sma_connector_put(runs, &connector));
}

/* A meeting with client-user and phone-user, as the sample makes it. */
static void open_meeting(void)
{
	struct rd_room_cfg cfg = { .meeting_id = meeting,
				   .codecs = { RD_CODEC_PCMU },
				   .codec_count = 1 };

	rd_text_uuid(meeting);
	CHECK_OK(rd_room_open(engine, &cfg));
	add_attendee(meeting, person, "client-user");
	add_attendee(meeting, phone_user, "phone-user");
}

static void open_all(struct rd_answerer_cfg phone, const struct line *lines,
		     unsigned count)
{
	struct rd_sma_application app = { .id = APP, .handle = by_table };

	rd_log_set_level(RD_LOG_ERROR);
	memset(&script, 0, sizeof(script));
	script.lines = lines;
	script.count = count;
	make_sounds();
	open_house(phone);
	open_meeting();
	open_runs((struct rd_sma_runs_cfg){ .most_calls = 4 }, &app);
}

static void close_all(void)
{
	rd_sma_runs_close(runs);
	close_house();
	drop_sounds();
}

static void create_with(const struct rd_sma_pair *arguments, unsigned count,
			char id[static 37])
{
	struct rd_sma_pair headers[] = {
		{ "X-Chime-Meeting-Id", meeting },
		{ "x-chime-join-token", token_of(phone_user) },
	};
	struct rd_sma_create c = { .application_id = APP,
				   .from = FROM,
				   .to = RD_SMA_MEETING_NUMBER,
				   .headers = headers,
				   .header_count = RD_COUNT(headers),
				   .arguments = arguments,
				   .argument_count = count };
	struct rd_complaint why = { "" };

	if (rd_sma_create_call(runs, &c, id, &why) != RD_OK)
		fail_msg("%s", why.text);
}

static void create(char id[static 37])
{
	create_with(NULL, 0, id);
	CHECK_TEXT(script.seen, ""); /* never from within */
}

static void create_phone(char id[static 37])
{
	struct rd_sma_create c = { .application_id = APP,
				   .from = FROM,
				   .to = "+12025550177" };

	CHECK_OK(rd_sma_create_call(runs, &c, id, NULL));
}

static bool is_over(void)
{
	return rd_sma_call_count(runs) == 0;
}

/* --- the sample ---------------------------------------------------------- */

static const char *const allowed[] = { "+1202555" };
static const struct rd_sma_policy policy = { .allow = allowed,
					     .allow_count = 1 };

static void open_sample(struct rd_answerer_cfg phone)
{
	struct rd_sma_application app = { .id = APP,
					  .handle = rd_sma_handle_any };
	const void *arg = &policy;

	memcpy(&app.handle_arg, &arg, sizeof(arg));
	rd_log_set_level(RD_LOG_ERROR);
	make_sounds();
	open_house(phone);
	open_meeting();
	open_runs((struct rd_sma_runs_cfg){ .most_calls = 4 }, &app);
}

static void create_sample(const char *target, char id[static 37])
{
	bool is_vc = !strcmp(target, "vc");
	struct rd_sma_pair arguments[] = {
		{ "MeetingId", meeting },
		{ "Destination", "billing" },
		{ "Target", target },
		{ "Dial", is_vc ? "1000" : "+12025550123" },
		{ "CallerId", FROM },
		{ "Timeout", "20" },
		{ "VoiceConnectorArn", ARN },
		{ "Headers", "{\"X-Customer-Id\":\"c-1001\"}" },
	};

	create_with(arguments, is_vc ? 8 : 6, id);
}

static void update(const char *id, const char *action, const char *digits)
{
	struct rd_sma_pair arguments[] = { { "action", action },
					   { "digits", digits } };
	struct rd_complaint why = { "" };

	if (rd_sma_update_call(runs, APP, id, arguments, digits ? 2 : 1,
			       &why) != RD_OK)
		fail_msg("%s", why.text);
}

TEST(a_click_reaches_a_telephone_and_both_are_heard)
{
	struct rd_caller *c;
	char id[37];

	open_sample((struct rd_answerer_cfg){ .ring_ms = 300 });
	c = join(meeting, person, &first_says, PHONE_HZ);
	create_sample("vc", id);
	UNTIL(heard(c) >= 2 && phone_heard() >= 2);
	CHECK_EQ(rd_room_present(engine, meeting), 2);
	update(id, "digits", "1,2#");
	UNTIL(phone_has_digits("12#"));
	update(id, "hangup", NULL);
	UNTIL(is_over() && phone_ends == 1);
	CHECK_EQ(rd_room_present(engine, meeting), 1);
	CHECK(strstr(heard_by_phone.from, FROM));
	CHECK_EQ(heard_by_phone.header_count, 1);
	CHECK_TEXT(heard_by_phone.headers[0].name, "X-Customer-Id");
	CHECK_TEXT(heard_by_phone.headers[0].value, "c-1001");
	leave(c);
	close_all();
}

TEST(the_telephone_hangs_up_and_nothing_is_left)
{
	struct rd_caller *c;
	char id[37];

	open_sample((struct rd_answerer_cfg){ .ring_ms = 50 });
	c = join(meeting, person, &first_says, PHONE_HZ);
	create_sample("pstn", id);
	UNTIL(heard(c) >= 1);
	rd_answerer_hangup_all(answerer);
	UNTIL(is_over());
	CHECK_EQ(rd_room_present(engine, meeting), 1);
	CHECK_ERR(rd_sma_update_call(runs, APP, id, NULL, 0, NULL),
		  RD_E_NOTFOUND);
	leave(c);
	close_all();
}

TEST(the_meeting_ends_and_the_telephone_is_hung_up)
{
	struct rd_caller *c;
	char id[37];

	open_sample((struct rd_answerer_cfg){ .ring_ms = 50 });
	c = join(meeting, person, &first_says, PHONE_HZ);
	create_sample("pstn", id);
	UNTIL(heard(c) >= 1);
	rd_room_close(engine, meeting);
	UNTIL(is_over() && phone_ends == 1);
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);
	close_all();
}

TEST(a_number_that_is_not_allowed_is_never_called)
{
	struct rd_sma_pair arguments[] = {
		{ "MeetingId", meeting }, { "Destination", "billing" },
		{ "Target", "pstn" },     { "Dial", "+19005550123" },
		{ "CallerId", FROM },
	};
	char id[37];

	open_sample((struct rd_answerer_cfg){ 0 });
	create_with(arguments, RD_COUNT(arguments), id);
	UNTIL(is_over());
	CHECK_EQ(phone_calls, 0);
	CHECK_EQ(rd_room_present(engine, meeting), 0);
	close_all();
}

/* --- actions ------------------------------------------------------------- */

TEST(who_is_busy_is_an_action_that_failed)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(BRIDGE(PSTN, "")) },
		{ "ACTION_FAILED CallNotAnswered",
		  ANSWER(ACTION("Hangup", "")) },
	};
	char id[37];

	open_all((struct rd_answerer_cfg){ .status = 486 }, lines,
		 RD_COUNT(lines));
	create(id);
	UNTIL(is_over());
	CHECK_TEXT(script.seen, "NEW_OUTBOUND_CALL CallCreateRequest; RINGING; "
				"CALL_ANSWERED; ACTION_FAILED CallNotAnswered; "
				"HANGUP LEG-A");
	close_all();
}

TEST(who_does_not_answer_is_let_go)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  ANSWER(BRIDGE(PSTN, ",\"CallTimeoutSeconds\":1,"
				      "\"RingbackTone\":" SOUND)) },
		{ "ACTION_FAILED CallNotAnswered",
		  ANSWER(ACTION("Hangup", "")) },
	};
	struct rd_caller *c;
	char id[37];

	open_all((struct rd_answerer_cfg){ .ring_ms = 60000 }, lines,
		 RD_COUNT(lines));
	c = join(meeting, person, &first_says, SOUND_HZ);
	UNTIL(rd_room_present(engine, meeting) == 1);
	create(id);
	UNTIL(heard(c) >= 1); /* the tone of the handler's choice */
	UNTIL(is_over() && phone_ends == 1);
	CHECK(has_seen("ACTION_FAILED CallNotAnswered; HANGUP LEG-A"));
	leave(c);
	close_all();
}

TEST(early_media_is_heard)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(BRIDGE(PSTN, "")) },
	};
	struct rd_caller *c;
	char id[37];

	open_all((struct rd_answerer_cfg){ .ring_ms = 60000,
					   .has_early_media = true },
		 lines, RD_COUNT(lines));
	c = join(meeting, person, &first_says, PHONE_HZ);
	UNTIL(rd_room_present(engine, meeting) == 1);
	create(id);
	UNTIL(heard(c) >= 1);
	CHECK(!has_seen("ACTION_SUCCESSFUL"));
	leave(c);
	close_all();
}

TEST(what_is_not_there_is_said)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  ANSWER(BRIDGE("\"BridgeEndpointType\":\"AWS\",\"Uri\":\"1\","
				"\"Arn\":\"arn:x\"",
				"")) },
		{ "ACTION_FAILED ResourceNotFound",
		  ANSWER(ACTION("PlayAudio",
				"\"AudioSource\":{\"Type\":\"S3\","
				"\"BucketName\":\"sounds\","
				"\"Key\":\"../sounds/long.wav\"}")) },
		{ "ACTION_FAILED InvalidAudioSource",
		  ANSWER(ACTION("SendDigits",
				"\"CallId\":\"$A\",\"Digits\":\"1\"")) },
		{ "ACTION_FAILED SystemException",
		  ANSWER(ACTION("JoinChimeMeeting", MEETING)) },
		{ "ACTION_FAILED InvalidActionParameter",
		  ANSWER(ACTION("Hangup", "")) },
	};
	char id[37];

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	create(id);
	UNTIL(is_over());
	CHECK(has_seen("ACTION_FAILED ResourceNotFound; ACTION_FAILED "
		       "InvalidAudioSource; ACTION_FAILED SystemException; "
		       "ACTION_FAILED InvalidActionParameter; HANGUP LEG-A"));
	CHECK_EQ(phone_calls, 0);
	close_all();
}

TEST(people_in_the_meeting_hear_a_sound)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(ACTION("PlayAudio", AUDIO)) },
		{ "ACTION_SUCCESSFUL PlayAudio", ANSWER(ACTION("Hangup", "")) },
	};
	struct rd_caller *c;
	char id[37];

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	c = join(meeting, person, &first_says, SOUND_HZ);
	UNTIL(rd_room_present(engine, meeting) == 1);
	create(id);
	UNTIL(heard(c) >= 1);
	UNTIL(is_over());
	CHECK(has_seen("CALL_ANSWERED; ACTION_SUCCESSFUL PlayAudio; HANGUP "
		       "LEG-A"));
	leave(c);
	close_all();
}

TEST(a_sound_ends_where_nobody_hears_it)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(ACTION("PlayAudio", AUDIO)) },
		{ "ACTION_SUCCESSFUL PlayAudio", ANSWER(ACTION("Hangup", "")) },
	};
	char id[37];

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	create(id);
	UNTIL(is_over());
	CHECK(has_seen("ACTION_SUCCESSFUL PlayAudio; HANGUP LEG-A"));
	close_all();
}

TEST(a_text_is_spoken_to_a_telephone)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  ANSWER(ACTION("Speak",
				"\"CallId\":\"$A\",\"Text\":\"One.\"")) },
		{ "ACTION_SUCCESSFUL Speak", ANSWER(ACTION("Hangup", "")) },
	};
	char id[37];

	if (access(ESPEAK, X_OK) != 0)
		skip();
	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	create_phone(id);
	UNTIL(is_over());
	CHECK(has_seen("ACTION_SUCCESSFUL Speak; HANGUP LEG-A"));
	close_all();
}

TEST(a_telephone_hears_a_sound_and_joins_a_meeting)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(ACTION("PlayAudio", AUDIO) "," ACTION(
					   "JoinChimeMeeting", MEETING)) },
		{ "ACTION_SUCCESSFUL JoinChimeMeeting",
		  ANSWER(ACTION("ModifyChimeMeetingAttendees",
				"\"Operation\":\"Mute\",\"MeetingId\":\"$M\","
				"\"AttendeeList\":[\"$U\"]")) },
		{ "CALL_UPDATE_REQUESTED CallUpdateRequest",
		  ANSWER(ACTION("Hangup", "\"ParticipantTag\":\"LEG-B\"")) },
		{ "ACTION_SUCCESSFUL Hangup", ANSWER(ACTION("Hangup", "")) },
	};
	char id[37];

	open_all((struct rd_answerer_cfg){ .hear_hz = SOUND_HZ }, lines,
		 RD_COUNT(lines));
	create_phone(id);
	UNTIL(phone_heard() >= 1);
	UNTIL(has_seen("ACTION_SUCCESSFUL ModifyChimeMeetingAttendees"));
	CHECK(rd_room_is_present(engine, meeting, phone_user));
	CHECK_OK(rd_sma_update_call(runs, APP, id, NULL, 0, NULL));
	UNTIL(is_over() && phone_ends == 1);
	CHECK(has_seen("ACTION_SUCCESSFUL Hangup; HANGUP LEG-A"));
	CHECK(!rd_room_is_present(engine, meeting, phone_user));
	close_all();
}

TEST(two_telephones_are_bridged)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(BRIDGE(VC, "")) },
	};
	struct rd_answer_result r;
	char id[37];
	size_t cursor = 0;

	open_all((struct rd_answerer_cfg){ .hear_hz = PHONE_HZ }, lines,
		 RD_COUNT(lines));
	create_phone(id);
	UNTIL(has_seen("ACTION_SUCCESSFUL CallAndBridge"));
	UNTIL(phone_heard() >= 1);
	CHECK_EQ(rd_answerer_calls(answerer), 2);
	CHECK(rd_answerer_get(answerer, rd_answerer_next(answerer, &cursor),
			      &r));
	rd_answerer_hangup_all(answerer);
	UNTIL(is_over());
	close_all();
}

#define RECEIVE                                                                \
	ACTION("ReceiveDigits",                                                \
	       "\"InputDigitsRegex\":\"^\\\\d{2}#$\","                         \
	       "\"InBetweenDigitsDurationInMilliseconds\":200,"                \
	       "\"FlushDigitsDurationInMilliseconds\":2000")
#define GET                                                                    \
	ACTION("PlayAudioAndGetDigits",                                        \
	       AUDIO ",\"FailureAudioSource\":" SOUND                          \
		     ",\"RepeatDurationInMilliseconds\":5000")

static void press(const char *digits)
{
	size_t cursor = 0;

	CHECK_OK(rd_answerer_press(answerer,
				   rd_answerer_next(answerer, &cursor),
				   digits));
}

TEST(keys_of_a_telephone_are_told)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(RECEIVE "," GET) },
		{ "DIGITS_RECEIVED ReceiveDigits",
		  ANSWER(ACTION("Hangup", "")) },
	};
	struct rd_json *event;
	char id[37];

	open_all((struct rd_answerer_cfg){ .hear_hz = SOUND_HZ }, lines,
		 RD_COUNT(lines));
	create_phone(id);
	UNTIL(phone_heard() >= 1);
	press("471#"); /* in the middle of the question */
	UNTIL(has_seen("ACTION_SUCCESSFUL PlayAudioAndGetDigits"));
	CHECK_OK(rd_json_open(&event, rd_span_text(script.last), NULL));
	CHECK_TEXT(rd_json_string(
			   rd_json_path(event, "ActionData.ReceivedDigits")),
		   "471");
	rd_json_close(event);
	press("12#");
	UNTIL(is_over());
	CHECK(has_seen("DIGITS_RECEIVED ReceiveDigits; HANGUP LEG-A"));
	close_all();
}

#define RECORD(more)                                                           \
	ACTION("RecordAudio",                                                  \
	       "\"RecordingTerminators\":[\"#\"],\"RecordingDestination\":{"   \
	       "\"Type\":\"S3\",\"BucketName\":\"kept\",\"Prefix\":\"a/"       \
	       "b\"}" more)

/* Opens what the last event says was recorded. */
static struct rd_sound *open_recording(void)
{
	struct rd_complaint why = { "" };
	struct rd_sound *sound;
	struct rd_json *event;
	char path[512];

	CHECK_OK(rd_json_open(&event, rd_span_text(script.last), NULL));
	snprintf(path, sizeof(path), "%s/kept/%s", folder,
		 rd_json_string(
			 rd_json_path(event,
				      "ActionData.RecordingDestination.Key")));
	rd_json_close(event);
	if (rd_sound_open(&sound, path, 8000, &why) != RD_OK)
		fail_msg("%s", why.text);
	return sound;
}

static unsigned onsets_in(const struct rd_sound *sound, double hz)
{
	static struct rd_tone_finder finder;
	struct rd_tone_event event;
	unsigned n = 0;

	rd_tone_finder_init(&finder, 8000, hz, -25, 10);
	for (size_t at = 0; at < sound->samples;) {
		at += rd_tone_finder_feed(&finder, sound->pcm + at,
					  sound->samples - at, &event);
		n += event.kind == RD_TONE_ON;
	}
	return n;
}

TEST(what_a_telephone_says_is_recorded)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  ANSWER(RECORD(",\"DurationInSeconds\":\"2\"")) },
	};
	struct rd_sound *sound;
	char id[37];

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	create_phone(id);
	UNTIL(has_seen("ACTION_SUCCESSFUL RecordAudio"));
	sound = open_recording();
	CHECK_EQ(sound->samples, 16000);
	CHECK(onsets_in(sound, PHONE_HZ) >= 1);
	rd_sound_close(sound);
	close_all();
}

TEST(what_people_in_a_meeting_say_is_recorded_until_silence)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  ANSWER(RECORD(",\"SilenceDurationInSeconds\":2")) },
	};
	struct rd_caller *c;
	struct rd_sound *sound;
	char id[37];

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	c = join(meeting, person, &first_says, PHONE_HZ);
	UNTIL(rd_room_present(engine, meeting) == 1);
	create(id);
	UNTIL(has_seen("CALL_ANSWERED"));
	for (uint64_t until_ms = rd_clock_ms() + 1500;
	     rd_clock_ms() < until_ms;)
		rd_loop_turn(loop, 20);
	leave(c);
	UNTIL(has_seen("ACTION_SUCCESSFUL RecordAudio"));
	sound = open_recording();
	CHECK(sound->samples > 3 * 8000 && sound->samples < 6 * 8000);
	CHECK(onsets_in(sound, CALLER_HZ) >= 1);
	rd_sound_close(sound);
	close_all();
}

TEST(a_recording_of_who_hangs_up_is_complete)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED", ANSWER(RECORD("")) },
	};
	char id[37], command[128];

	open_all((struct rd_answerer_cfg){ .hangup_ms = 900 }, lines,
		 RD_COUNT(lines));
	create_phone(id);
	UNTIL(is_over());
	CHECK(has_seen("ACTION_SUCCESSFUL RecordAudio; HANGUP LEG-A"));
	snprintf(command, sizeof(command),
		 "test $(find %s/kept/a/b -size +8k | wc -l) = 1", folder);
	CHECK_EQ(system(command), 0);
	close_all();
}

/* --- creating ------------------------------------------------------------ */

TEST(what_cannot_be_created_is_refused)
{
	struct rd_sma_pair headers[] = {
		{ "X-chime-meeting-id", meeting },
		{ "X-chime-join-token", "nobody's" },
	};
	struct rd_sma_create c = { .application_id = APP,
				   .from = FROM,
				   .to = RD_SMA_MEETING_NUMBER,
				   .headers = headers,
				   .header_count = 2 };
	struct rd_complaint why = { "" };
	char id[37], other[37];

	open_all((struct rd_answerer_cfg){ 0 }, NULL, 0);
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_FORMAT);
	CHECK(why.text[0]);
	c.header_count = 1;
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_FORMAT);
	c.to = "12025550123";
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_FORMAT);
	c.to = "+12025550123";
	headers[0] = (struct rd_sma_pair){ "Via", "SIP/2.0" };
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_FORMAT);
	c.header_count = 0;
	c.from = "+12025559999";
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_DENIED);
	c.from = FROM;
	c.application_id = "none";
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_NOTFOUND);
	for (unsigned i = 0; i < 4; i++)
		create_phone(id);
	c.application_id = APP;
	CHECK_ERR(rd_sma_create_call(runs, &c, id, &why), RD_E_FULL);
	rd_text_uuid(other);
	CHECK_ERR(rd_sma_update_call(runs, APP, other, NULL, 0, NULL),
		  RD_E_NOTFOUND);
	CHECK_ERR(rd_sma_update_call(runs, "none", id, NULL, 0, NULL),
		  RD_E_NOTFOUND);
	CHECK_OK(rd_sma_application_remove(runs, APP));
	CHECK_ERR(rd_sma_application_remove(runs, APP), RD_E_NOTFOUND);
	CHECK_OK(rd_sma_connector_remove(runs, CONNECTOR));
	CHECK_ERR(rd_sma_connector_remove(runs, CONNECTOR), RD_E_NOTFOUND);
	close_all(); /* with four calls under way */
}

/* A call to the meeting, as far as memory lets it. */
static void call_without_memory(long n)
{
	struct rd_sma_pair headers[] = {
		{ "X-chime-meeting-id", meeting },
		{ "X-chime-join-token", token_of(phone_user) },
	};
	struct rd_sma_create c = { .application_id = APP,
				   .from = FROM,
				   .to = RD_SMA_MEETING_NUMBER,
				   .headers = headers,
				   .header_count = RD_COUNT(headers),
				   .arguments = headers,
				   .argument_count = 1 };
	char id[37];
	enum rd_err err;

	rd_mem_fail_at(n);
	err = rd_sma_create_call(runs, &c, id, NULL);
	CHECK(err == RD_OK || err == RD_E_NOMEM);
	UNTIL(is_over());
	CHECK_EQ(rd_room_present(engine, meeting), 0);
}

TEST(a_call_ends_whatever_allocation_fails)
{
	static const struct line lines[] = {
		{ "CALL_ANSWERED",
		  "{\"SchemaVersion\":\"1.0\","
		  "\"TransactionAttributes\":{"
		  "\"a\":\"b\"},\"Actions\":[" ACTION(
			  "Pause", "\"DurationInMilliseconds\":"
				   "1") "," ACTION("PlayAudio", AUDIO) "]"
								       "}" },
		{ "ACTION_SUCCESSFUL PlayAudio", ANSWER(ACTION("Hangup", "")) },
		{ "ACTION_FAILED InvalidAudioSource",
		  ANSWER(ACTION("Hangup", "")) },
		{ "ACTION_FAILED SystemException",
		  ANSWER(ACTION("Hangup", "")) },
	};
	char path[128];
	bool has_failed = true;

	open_all((struct rd_answerer_cfg){ 0 }, lines, RD_COUNT(lines));
	/* Nobody is there to hear it: it would never be played. */
	snprintf(path, sizeof(path), "%s/sounds/long.wav", folder);
	CHECK_EQ(unlink(path), 0);
	for (long n = 1; has_failed; n++) {
		call_without_memory(n);
		has_failed = rd_mem_has_failed() != 0;
	}
	rd_mem_fail_at(0);
	close_all();
}

/* --- handlers elsewhere -------------------------------------------------- */

static struct rd_http_server *function;
static unsigned function_asked;
static enum {
	ANSWERS,
	HAS_ERRORS,   /* 200 with X-Amz-Function-Error */
	IS_THROTTLED, /* 429 */
	IS_SLOW,      /* the first two are never answered */
	IS_PLAIN,     /* a URL that is no function */
} function_does;

static void on_function(void *arg, struct rd_http_request *r)
{
	struct rd_http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "X-Amz-Function-Error", "Unhandled" },
	};
	struct rd_json_out j = rd_json_out_grow();
	struct rd_http_answer answer = { .status = 200,
					 .fields = fields,
					 .field_count = 1 };
	struct rd_json *event;

	(void)arg;
	CHECK(rd_span_is(rd_http_method(r), "POST"));
	CHECK(rd_span_is(rd_http_path(r),
			 "/2015-03-31/functions/sma/invocations"));
	CHECK_EQ(rd_span_is(rd_http_header(r, "X-Amz-Invocation-Type"),
			    "RequestResponse"),
		 function_does != IS_PLAIN);
	if (++function_asked <= 2 && function_does == IS_SLOW)
		return;
	CHECK_OK(rd_json_open(&event, rd_http_body(r), NULL));
	CHECK_OK(by_table(NULL, event, &j));
	rd_json_close(event);
	answer.body = rd_json_done(&j);
	if (function_does == HAS_ERRORS)
		answer.field_count = 2;
	if (function_does == IS_THROTTLED)
		answer.status = 429;
	rd_http_answer(r, &answer);
	rd_json_drop(&j);
}

static void open_function(const struct line *lines, unsigned count)
{
	struct rd_http_server_cfg cfg = { .handler = on_function };
	struct rd_sma_application app = { .id = APP, .kind = RD_SMA_LAMBDA };
	struct rd_addr any, bound;
	struct rd_http_listen l = { .address = &any };
	char text[128];

	rd_log_set_level(RD_LOG_ERROR);
	memset(&script, 0, sizeof(script));
	script.lines = lines;
	script.count = count;
	function_asked = 0;
	make_sounds();
	open_house((struct rd_answerer_cfg){ 0 });
	open_meeting();
	cfg.loop = loop;
	CHECK_OK(rd_addr_parse_port(&any, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_http_server_open(&function, &cfg));
	CHECK_OK(rd_http_server_listen(function, &l, &bound, NULL));
	snprintf(text, sizeof(text),
		 "http://127.0.0.1:%u/2015-03-31/functions/sma/invocations",
		 bound.port);
	app.url = text;
	if (function_does == IS_PLAIN)
		app.kind = RD_SMA_URL;
	open_runs((struct rd_sma_runs_cfg){ .first_answer_ms = 100,
					    .last_answer_ms = 2000 },
		  &app);
}

static void close_function(void)
{
	rd_sma_runs_close(runs);
	rd_http_server_close(function);
	close_house();
	drop_sounds();
}

static const struct line hangs_up[] = {
	{ "CALL_ANSWERED", ANSWER(ACTION("Hangup", "")) },
};

TEST(a_lambda_function_is_invoked)
{
	char id[37];

	function_does = ANSWERS;
	open_function(hangs_up, RD_COUNT(hangs_up));
	create(id);
	UNTIL(is_over());
	CHECK_TEXT(script.seen, "NEW_OUTBOUND_CALL CallCreateRequest; RINGING; "
				"CALL_ANSWERED; HANGUP LEG-A");
	CHECK_EQ(function_asked, 4);
	close_function();
}

TEST(a_plain_url_is_asked)
{
	char id[37];

	function_does = IS_PLAIN;
	open_function(hangs_up, RD_COUNT(hangs_up));
	create(id);
	UNTIL(is_over());
	CHECK(has_seen("RINGING; CALL_ANSWERED; HANGUP LEG-A"));
	close_function();
}

TEST(errors_of_a_function_are_tried_once_more)
{
	char id[37];

	for (function_does = HAS_ERRORS; function_does <= IS_THROTTLED;
	     function_does++) {
		open_function(hangs_up, RD_COUNT(hangs_up));
		create(id);
		UNTIL(is_over());
		CHECK_EQ(function_asked, 2);
		CHECK_EQ(rd_room_present(engine, meeting), 0);
		close_function();
	}
}

TEST(a_slow_function_is_asked_again)
{
	char id[37];

	function_does = IS_SLOW;
	open_function(hangs_up, RD_COUNT(hangs_up));
	create(id);
	UNTIL(is_over());
	CHECK(has_seen("NEW_OUTBOUND_CALL CallCreateRequest; RINGING; "
		       "CALL_ANSWERED; HANGUP LEG-A"));
	CHECK_EQ(function_asked, 6);
	close_function();
}

RD_TIMED_TESTS(T(a_click_reaches_a_telephone_and_both_are_heard),
	       T(the_telephone_hangs_up_and_nothing_is_left),
	       T(the_meeting_ends_and_the_telephone_is_hung_up),
	       T(a_number_that_is_not_allowed_is_never_called),
	       T(who_is_busy_is_an_action_that_failed),
	       T(who_does_not_answer_is_let_go), T(early_media_is_heard),
	       T(what_is_not_there_is_said),
	       T(people_in_the_meeting_hear_a_sound),
	       T(a_sound_ends_where_nobody_hears_it),
	       T(a_text_is_spoken_to_a_telephone),
	       T(a_telephone_hears_a_sound_and_joins_a_meeting),
	       T(two_telephones_are_bridged), T(keys_of_a_telephone_are_told),
	       T(what_a_telephone_says_is_recorded),
	       T(what_people_in_a_meeting_say_is_recorded_until_silence),
	       T(a_recording_of_who_hangs_up_is_complete),
	       T(what_cannot_be_created_is_refused),
	       T(a_call_ends_whatever_allocation_fails),
	       T(a_lambda_function_is_invoked), T(a_plain_url_is_asked),
	       T(errors_of_a_function_are_tried_once_more),
	       T(a_slow_function_is_asked_again))
