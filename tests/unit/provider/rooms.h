/* tests/unit/provider/rooms.h - an engine with real media on loopback, people
 * who join its rooms as browsers do, and a telephone that answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A caller asks POST /v1/calls of a small server here, which says how to join
 * as the attendee that he names as his destination.
 */
#pragma once
#include <math.h>
#include <stdio.h>

#include "testing.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"
#include "provider/engine_room.h"
#include "synthetic/answerer.h"
#include "synthetic/caller.h"
#include "wire/json.h"

enum {
	PATIENCE_MS = 12000,
	TELLINGS = 128,
	ROOM_GRACE_MS = 400,
	CALLER_HZ = 440,
	SECOND_HZ = 1000,
	PHONE_HZ = 700,
	SOUND_HZ = 1300,
};

struct telling { /* one event, with copies of its texts */
	struct rd_room_event event;
	char attendee[RD_ROOM_ID];
};

struct ears { /* a director who writes down */
	struct telling tellings[TELLINGS];
	unsigned count;
};

static struct rd_loop *loop;
static struct rd_media *media;
static struct rd_trunks *trunks;
static struct rd_trunk_cfg trunk;
static struct rd_engine *engine;
static struct rd_http_server *http;
static struct rd_http_client *client;
static struct rd_dtls_identity *identity;
static struct rd_answerer *answerer;
static struct rd_banks first_says, second_says, phone_says;
static char url[64];
static unsigned grace_ms = ROOM_GRACE_MS;
static char tokens[8][2][RD_SIGNALING_TOKEN_TEXT]; /* attendee, token */
static unsigned token_count;
static struct rd_answer_result heard_by_phone; /* at its end */
static unsigned phone_calls, phone_ends;

/* --- the small server ----------------------------------------------------- */

static inline const char *token_of(const char *attendee)
{
	for (unsigned i = 0; i < token_count; i++)
		if (!strcmp(tokens[i][0], attendee))
			return tokens[i][1];
	return NULL;
}

static inline void answer_joining(struct rd_http_request *r)
{
	struct rd_json *body;
	const char *who, *meeting, *token;
	char text[1024];

	CHECK_OK(rd_json_open(&body, rd_http_body(r), NULL));
	who = rd_json_member(body, "destination"); /* "meeting/attendee" */
	CHECK(who && strlen(who) == 73);
	meeting = who;
	token = token_of(who + 37);
	CHECK(token != NULL);
	snprintf(text, sizeof(text),
		 "{\"callId\":\"c\",\"supportId\":\"s\",\"callKey\":\"key\","
		 "\"ConnectionData\":{\"Meeting\":{\"MediaPlacement\":{"
		 "\"AudioHostUrl\":\"127.0.0.1:1\","
		 "\"SignalingUrl\":\"ws%s/control/%.36s\"}},"
		 "\"Attendee\":{\"JoinToken\":\"%s\"}}}",
		 url + 4, meeting, token);
	rd_json_close(body);
	rd_http_answer_text(r, 201, "application/json", text);
}

static inline void on_request(void *arg, struct rd_http_request *r)
{
	char path[64];

	(void)arg;
	rd_text_copy(path, sizeof(path), rd_http_path(r));
	if (!strncmp(path, "/control/", 9))
		rd_engine_accept_socket(engine, r, path + 9);
	else
		answer_joining(r);
}

/* --- opening ----------------------------------------------------------------
 */

static inline void wake(void *arg)
{
	(void)arg;
}

static inline void on_phone(void *arg, rd_answer_call call, const char *what,
			    const struct rd_answer_result *result)
{
	(void)arg;
	(void)call;
	phone_calls += !strcmp(what, "incoming");
	if (!strcmp(what, "ended") || !strcmp(what, "refused")) {
		phone_ends++;
		heard_by_phone = *result;
	}
}

static inline void open_answerer(struct rd_answerer_cfg cfg)
{
	struct rd_complaint why = { "" };

	cfg.loop = loop;
	cfg.most_calls = 4;
	cfg.tell = on_phone;
	cfg.listen_every = 1;
	cfg.most_rate_hz = 8000;
	if (!cfg.hear_hz)
		cfg.hear_hz = CALLER_HZ;
	cfg.banks = &phone_says;
	cfg.codecs[cfg.codec_count++] = rd_codec_get(RD_CODEC_PCMU);
	CHECK_OK(rd_addr_parse_port(&cfg.listen, SPAN("127.0.0.1:0")));
	phone_calls = 0;
	phone_ends = 0;
	if (rd_answerer_open(&answerer, &cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
}

static inline void open_trunks(void)
{
	struct rd_complaint why = { "" };
	struct rd_trunks_cfg cfg = { .trunks = &trunk,
				     .trunk_count = 1,
				     .most_dialogs = 8,
				     .invite_ms = 2000,
				     .give_up_ms = 1500 };

	trunk = (struct rd_trunk_cfg){
		.name = "pbx",
		.host = "127.0.0.1",
		.port = rd_answerer_local(answerer).port,
		.context = RD_CONTEXT_X_HEADERS,
	};
	CHECK_OK(rd_addr_parse_port(&cfg.bind, SPAN("127.0.0.1:0")));
	if (rd_trunks_open(&trunks, &cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
}

static inline void open_media(void)
{
	struct rd_complaint why = { "" };
	struct rd_media_cfg cfg = { .workers = 2,
				    .bind_count = 1,
				    .legs_per_worker = 16,
				    .opus_complexity = 1,
				    .level_period_ms = 200,
				    .ice_lost_ms = 8000,
				    .dtls_deadline_ms = 10000,
				    .rtp_silent_ms = 10000 };

	CHECK_OK(rd_addr_parse(&cfg.bind[0], SPAN("127.0.0.1")));
	if (rd_media_open(&media, &cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
}

static inline void open_http(void)
{
	struct rd_http_server_cfg cfg = { .loop = loop, .handler = on_request };
	struct rd_http_client_cfg client_cfg = { .loop = loop };
	struct rd_addr any, bound;
	struct rd_http_listen l = { .address = &any };

	CHECK_OK(rd_addr_parse_port(&any, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_http_server_open(&http, &cfg));
	CHECK_OK(rd_http_server_listen(http, &l, &bound, NULL));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", bound.port);
	CHECK_OK(rd_http_client_open(&client, &client_cfg));
}

/* What the telephone does. */
static inline void open_house(struct rd_answerer_cfg phone)
{
	struct rd_engine_cfg cfg = { .most_calls = 8,
				     .grace_ms = grace_ms,
				     .public_url = url,
				     .region = "local",
				     .wake = wake };

	CHECK_OK(rd_loop_open(&loop));
	first_says = (struct rd_banks){ .mark_hz = CALLER_HZ,
					.level_db = -10,
					.complexity = 1 };
	second_says = first_says;
	second_says.mark_hz = SECOND_HZ;
	phone_says = first_says;
	phone_says.mark_hz = PHONE_HZ;
	token_count = 0;
	open_media();
	open_answerer(phone);
	open_trunks();
	open_http();
	CHECK_OK(rd_dtls_identity_open(&identity));
	cfg.loop = loop;
	cfg.media = media;
	cfg.trunks = trunks;
	CHECK_OK(rd_engine_open(&engine, &cfg));
}

static inline void close_house(void)
{
	rd_http_client_close(client);
	rd_http_server_close(http);
	rd_engine_close(engine);
	rd_answerer_close(answerer);
	rd_trunks_close(trunks);
	rd_media_close(media);
	rd_dtls_identity_close(identity);
	rd_loop_close(loop);
	rd_banks_fini(&first_says);
	rd_banks_fini(&second_says);
	rd_banks_fini(&phone_says);
}

/* --- events ------------------------------------------------------------------
 */

static inline void write_down(void *self, const struct rd_room_event *event)
{
	struct ears *ears = self;
	struct telling *t = &ears->tellings[ears->count];

	CHECK(ears->count++ < TELLINGS);
	t->event = *event;
	snprintf(t->attendee, sizeof(t->attendee), "%s", event->attendee_id);
}

static const struct rd_director writer = { .event = write_down };

static inline unsigned told(const struct ears *ears,
			    enum rd_room_event_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ears->count; i++)
		n += ears->tellings[i].event.kind == kind;
	return n;
}

static inline const struct telling *last(const struct ears *ears,
					 enum rd_room_event_kind kind)
{
	for (unsigned i = ears->count; i > 0; i--)
		if (ears->tellings[i - 1].event.kind == kind)
			return &ears->tellings[i - 1];
	fail_msg("event %d was not told", (int)kind);
	return NULL;
}

/* Turns the loop until it holds, or fails. */
#define UNTIL(cond)                                                            \
	do {                                                                   \
		uint64_t patient_ms = rd_clock_ms() + PATIENCE_MS;             \
		while (!(cond)) {                                              \
			if (rd_clock_ms() > patient_ms)                        \
				fail_msg("not within patience: %s", #cond);    \
			rd_loop_turn(loop, 20);                                \
		}                                                              \
	} while (0)

/* --- people ------------------------------------------------------------------
 */

static inline void keep_token(const char *attendee, const char *token)
{
	const int most = sizeof(tokens[0][0]);

	CHECK(token_count < RD_COUNT(tokens));
	CHECK(snprintf(tokens[token_count][0], most, "%s", attendee) < most);
	CHECK(snprintf(tokens[token_count++][1], most, "%s", token) < most);
}

static inline void add_attendee(const char *meeting, char attendee[37],
				const char *external)
{
	char token[RD_SIGNALING_TOKEN_TEXT], whose[RD_ROOM_ID];

	rd_text_uuid(attendee);
	CHECK_OK(rd_room_attendee_add(engine, meeting, attendee, external,
				      token));
	CHECK_OK(rd_room_token_holder(engine, meeting, rd_span_text(token),
				      whose));
	CHECK_TEXT(whose, attendee);
	keep_token(attendee, token);
}

/* Who hears hear_hz and says what banks say. */
static inline struct rd_caller *join(const char *meeting, const char *attendee,
				     struct rd_banks *banks, double hear_hz)
{
	static char names[16][80];
	static unsigned n;
	char *name = names[n++ % 16];
	struct rd_caller_cfg cfg = {
		.loop = loop,
		.client = client,
		.identity = identity,
		.banks = banks,
		.codecs = { rd_codec_get(RD_CODEC_OPUS) },
		.codec_count = 1,
		.url = url,
		.token = "abc",
		.destination = name,
		.talk_ms = 60000,
		.setup_ms = 10000,
		.listens = true,
		.most_rate_hz = 8000,
		.hear_hz = hear_hz,
	};
	struct rd_caller *c;

	CHECK(snprintf(name, sizeof(names[0]), "%s/%s", meeting, attendee) <
	      (int)sizeof(names[0]));
	CHECK_OK(rd_caller_open(&c, &cfg));
	return c;
}

static inline struct rd_caller_result result_of(const struct rd_caller *c)
{
	struct rd_caller_result r;

	rd_caller_get_result(c, &r);
	return r;
}

/* Onsets of the tone that it listens for. */
static inline uint64_t onsets(const struct rd_party *p)
{
	struct rd_party_stats s;

	if (!p)
		return 0;
	rd_party_get_stats(p, &s);
	return s.tone_onsets;
}

static inline uint64_t heard(const struct rd_caller *c)
{
	return onsets(rd_caller_party(c));
}

static inline uint64_t phone_heard(void)
{
	size_t cursor = 0;
	rd_answer_call call = rd_answerer_next(answerer, &cursor);

	return call ? onsets(rd_answerer_party(answerer, call)) : 0;
}

static inline bool phone_has_digits(const char *digits)
{
	size_t cursor = 0;
	rd_answer_call call = rd_answerer_next(answerer, &cursor);
	struct rd_answer_result r;

	return call && rd_answerer_get(answerer, call, &r) &&
	       !strcmp(r.digits, digits);
}

static inline void leave(struct rd_caller *c)
{
	rd_caller_leave(c);
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);
}

/* A second of SOUND_HZ. */
static inline struct rd_sound *make_sound(unsigned ms)
{
	struct rd_sound *s = rd_zalloc(sizeof(*s));
	struct rd_tone tone;

	CHECK(s != NULL);
	s->rate_hz = 8000;
	s->samples = (size_t)ms * 8;
	s->pcm = rd_alloc(s->samples * sizeof(s->pcm[0]));
	CHECK(s->pcm != NULL);
	rd_tone_init(&tone, 8000, SOUND_HZ, -10);
	rd_tone_make(&tone, s->pcm, s->samples);
	return s;
}
