/* tests/unit/signaling/driver.h - drives the session machine in virtual time
 * and writes down what it asks for, as text to compare with.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections are named A, B, C ... in the order of their accept.
 */
#pragma once
#include <stdio.h>

#include "signaling/signaling.h"
#include "testing.h"
#include "wire/frame.h"

enum {
	START_MS = 1000,
	DRIVER_CONNS = 4096
};
static const uint64_t wall_ms = 1795187784237; /* at now 0 */

struct driver {
	struct rd_signaling *s;
	uint64_t now_ms;
	char token[4][RD_SIGNALING_TOKEN_TEXT];
	uint32_t conns[DRIVER_CONNS];
	unsigned conn_count;
	char log[8192];
	size_t log_len;
};

static struct driver d;

static inline void note(const char *fmt, ...) RD_PRINTF(1, 2);
static inline void note(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(d.log + d.log_len, sizeof(d.log) - d.log_len, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(d.log) - d.log_len);
	d.log_len += (size_t)n;
}

static inline int name_of(uint32_t conn_id)
{
	for (unsigned i = d.conn_count; i > 0; i--)
		if (d.conns[i - 1] == conn_id)
			return 'A' + (int)((i - 1) % 26);
	return '?';
}

static inline void note_roster(const struct rd_frame *f)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_presence p;

	note("roster");
	while (rd_frame_next_presence(f, &cursor, &p)) {
		if (p.attendee_id.at)
			note(" +%.*s:%u%s", (int)p.attendee_id.len,
			     (const char *)p.attendee_id.at, p.audio_stream_id,
			     p.muted ? " muted" : "");
		else if (p.has_muted)
			note(" %u%s", p.audio_stream_id,
			     p.muted ? " muted" : " unmuted");
		else
			note(" -%u%s", p.audio_stream_id,
			     p.dropped ? " dropped" : "");
	}
}

static inline void note_volumes(const struct rd_frame *f)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_volume v;

	note("volumes");
	while (rd_frame_next_volume(f, &cursor, &v))
		note(" %u=%u/%u", v.audio_stream_id, v.volume,
		     v.signal_strength);
}

static inline void note_data(const struct rd_frame *f)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_data m;

	while (rd_frame_next_data(f, &cursor, &m)) {
		note("data %.*s=%.*s from %.*s", (int)m.topic.len,
		     (const char *)m.topic.at, (int)rd_min_size(m.data.len, 20),
		     (const char *)m.data.at, (int)m.sender_attendee_id.len,
		     (const char *)m.sender_attendee_id.at);
		if (m.ingest_time_ns == 0)
			note(" throttled");
		else
			CHECK(m.ingest_time_ns / 1000000 <=
			      (int64_t)(d.now_ms + wall_ms));
	}
}

static inline void note_frame(struct rd_span bytes)
{
	struct rd_frame f;

	CHECK_OK(rd_frame_decode(&f, bytes));
	CHECK_EQ(f.timestamp_ms, d.now_ms + wall_ms);
	CHECK(f.has_body);
	switch (f.type) {
	case RD_FRAME_PING_PONG:
		CHECK(f.body.ping_pong.is_pong);
		note("pong %u", f.body.ping_pong.ping_id);
		break;
	case RD_FRAME_JOIN_ACK:
		note("join-ack");
		break;
	case RD_FRAME_INDEX:
		note("index");
		break;
	case RD_FRAME_SUBSCRIBE_ACK:
		note("subscribe-ack");
		if (!f.has_error)
			note(" %.*s", (int)f.body.subscribe_ack.sdp_answer.len,
			     (const char *)f.body.subscribe_ack.sdp_answer.at);
		break;
	case RD_FRAME_AUDIO_STREAM_ID_INFO:
		note_roster(&f);
		break;
	case RD_FRAME_AUDIO_METADATA:
		note_volumes(&f);
		break;
	case RD_FRAME_DATA_MESSAGE:
		note_data(&f);
		break;
	case RD_FRAME_AUDIO_STATUS:
		note("status %u", f.body.audio_status);
		break;
	case RD_FRAME_LEAVE_ACK:
		note("leave-ack");
		break;
	default:
		note("type %u", f.type);
	}
	if (f.has_error)
		note(" error %u", f.error.status);
}

static inline void note_action(const struct rd_signaling_action *a)
{
	if (d.log_len)
		note("; ");
	if (a->kind <= RD_SIGNALING_MEDIA_RELEASE)
		note("%c ", name_of(a->conn_id));
	switch (a->kind) {
	case RD_SIGNALING_SEND:
		note_frame(a->bytes);
		break;
	case RD_SIGNALING_CLOSE:
		if (a->close.code)
			note("close %u", a->close.code);
		else
			note("abort");
		break;
	case RD_SIGNALING_OFFER:
		note("%s %.*s of %s%s",
		     a->offer.is_renegotiation ? "reoffer" : "offer",
		     (int)a->offer.sdp.len, (const char *)a->offer.sdp.at,
		     a->attendee_id, a->offer.is_muted ? " muted" : "");
		if (a->offer.previous_conn_id)
			note(" after %c", name_of(a->offer.previous_conn_id));
		break;
	case RD_SIGNALING_MEDIA_RELEASE:
		note("release");
		break;
	case RD_SIGNALING_PRESENT:
		note("present %s", a->attendee_id);
		break;
	case RD_SIGNALING_RECONNECTING:
		note("reconnecting %s", a->attendee_id);
		break;
	case RD_SIGNALING_DEPARTED:
		note("departed %s%s", a->attendee_id,
		     a->is_dropped ? " dropped" : "");
		break;
	case RD_SIGNALING_MUTED:
		note("%s %s", a->is_muted ? "muted" : "unmuted",
		     a->attendee_id);
		break;
	case RD_SIGNALING_DATA:
		note("got %.*s=%.*s of %s", (int)a->data.topic.len,
		     (const char *)a->data.topic.at, (int)a->data.data.len,
		     (const char *)a->data.data.at, a->attendee_id);
		break;
	case RD_SIGNALING_METRIC:
		note("metric rtt %.0f loss %.1f jitter %.0f %.0f of %s",
		     a->metric.mic_rtt_ms, a->metric.speaker_loss_percent,
		     a->metric.mic_jitter_ms, a->metric.speaker_jitter_ms,
		     a->attendee_id);
		break;
	}
}

/* All that is to be done now, in words. */
static inline const char *asked(void)
{
	struct rd_signaling_action action;
	unsigned count = 0;

	d.log_len = 0;
	d.log[0] = '\0';
	while (rd_signaling_poll(d.s, d.now_ms, &action) == RD_OK) {
		note_action(&action);
		CHECK(++count < 10000);
	}
	CHECK(rd_signaling_due_ms(d.s) > d.now_ms);
	return d.log;
}

#define EXPECT(text) CHECK_TEXT(asked(), (text))

/* Lets ms pass, asking whenever the machine said it is due. */
static inline const char *after(uint64_t ms)
{
	uint64_t end_ms = d.now_ms + ms;
	char all[sizeof(d.log)] = "";
	size_t n = 0;

	for (;;) {
		uint64_t due_ms = rd_signaling_due_ms(d.s);

		if (due_ms > end_ms)
			break;
		if (due_ms > d.now_ms)
			d.now_ms = due_ms;
		asked();
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
				      d.log_len && n ? "; " : "", d.log);
		CHECK(n < sizeof(all));
	}
	d.now_ms = end_ms;
	memcpy(d.log, all, sizeof(all));
	return d.log;
}

static inline uint32_t id_of(char name)
{
	CHECK((unsigned)(name - 'A') < d.conn_count);
	return d.conns[name - 'A'];
}

static inline void open_machine(unsigned meetings)
{
	static const uint8_t key[32] = "a key that only the tests know.";
	struct rd_signaling_cfg cfg = { .key = rd_span(key, sizeof(key)),
					.meetings = meetings,
					.wall_offset_ms = wall_ms };

	memset(&d, 0, sizeof(d));
	d.now_ms = START_MS;
	CHECK_OK(rd_signaling_open(&d.s, &cfg, d.now_ms));
}

static inline void add(const char *attendee, bool has_socket, char *token)
{
	struct rd_signaling_attendee a = { .attendee_id = attendee,
					   .external_user_id = "user",
					   .has_socket = has_socket };

	CHECK_OK(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, token));
}

/* A machine with meeting "m" of alice and bob, who come by sockets, and echo,
 * who does not if has_echo. */
static inline void begin(bool has_echo)
{
	open_machine(4);
	CHECK_OK(rd_signaling_meeting_open(d.s, "m", d.now_ms));
	add("alice", true, d.token[0]);
	add("bob", true, d.token[1]);
	if (has_echo)
		add("echo", false, NULL);
}

static inline void end(void)
{
	rd_signaling_close(d.s);
	d.s = NULL;
}

static inline void accept_token(const char *meeting, const char *token)
{
	CHECK(d.conn_count < DRIVER_CONNS);
	CHECK_OK(rd_signaling_accept(d.s, meeting, rd_span_text(token),
				     d.now_ms, &d.conns[d.conn_count]));
	d.conn_count++;
}

static inline enum rd_err try_feed(char conn, const struct rd_frame *f)
{
	static uint8_t buf[RD_FRAME_MAX];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	CHECK_OK(rd_frame_encode(&w, f));
	return rd_signaling_feed(d.s, id_of(conn), rd_writer_span(&w),
				 d.now_ms);
}

static inline enum rd_err try_type(char conn, enum rd_frame_type type)
{
	struct rd_frame f = { .type = type, .has_body = true };

	return try_feed(conn, &f);
}

static inline enum rd_err try_join(char conn, uint64_t session)
{
	struct rd_frame f = { .type = RD_FRAME_JOIN, .has_body = true };

	f.body.join.audio_session_id = session;
	f.body.join.protocol_version = 2;
	return try_feed(conn, &f);
}

static inline enum rd_err try_subscribe(char conn, const char *sdp, bool muted)
{
	struct rd_frame f = { .type = RD_FRAME_SUBSCRIBE, .has_body = true };

	f.body.subscribe.sdp_offer = rd_span_text(sdp);
	f.body.subscribe.audio_muted = muted;
	return try_feed(conn, &f);
}

static inline enum rd_err try_ping(char conn, uint32_t id)
{
	struct rd_frame f = { .type = RD_FRAME_PING_PONG, .has_body = true };

	f.body.ping_pong.ping_id = id;
	return try_feed(conn, &f);
}

static inline enum rd_err try_mute(char conn, bool muted)
{
	struct rd_frame f = { .type = RD_FRAME_AUDIO_CONTROL,
			      .has_body = true };

	f.body.muted = muted;
	return try_feed(conn, &f);
}

static inline enum rd_err try_data(char conn, const char *topic,
				   struct rd_span data, uint32_t lifetime_ms)
{
	struct rd_frame_data m = { .topic = rd_span_text(topic),
				   .data = data,
				   .lifetime_ms = lifetime_ms };
	struct rd_frame f = { .type = RD_FRAME_DATA_MESSAGE,
			      .has_body = true,
			      .body.list = { &m, 1 } };

	return try_feed(conn, &f);
}

static inline enum rd_err try_answer(char conn, const char *sdp)
{
	return rd_signaling_answer(d.s, id_of(conn), rd_span_text(sdp),
				   d.now_ms);
}

static inline void media_up(char conn)
{
	rd_signaling_media_up(d.s, id_of(conn), d.now_ms);
}

static inline void lost(char conn)
{
	rd_signaling_lost(d.s, id_of(conn), d.now_ms);
}

/* From the accepted socket to the given point; returns the connection's name.
 * What is asked on the way is not looked at. */
enum until {
	OPENED,
	JOINED,
	OFFERED,
	NEGOTIATED,
	REOFFERED,
	ACTIVE,
	ACTIVE_REOFFERED
};
static inline char come(unsigned attendee, uint64_t session, enum until until)
{
	char conn = (char)('A' + d.conn_count);

	accept_token("m", d.token[attendee]);
	if (until == OPENED)
		return conn;
	CHECK_OK(try_join(conn, session));
	asked();
	if (until == JOINED)
		return conn;
	CHECK_OK(try_subscribe(conn, "v=0", false));
	asked();
	if (until == OFFERED)
		return conn;
	CHECK_OK(try_answer(conn, "answer"));
	asked();
	if (until == ACTIVE || until == ACTIVE_REOFFERED)
		media_up(conn);
	if (until == REOFFERED || until == ACTIVE_REOFFERED)
		CHECK_OK(try_subscribe(conn, "v=0", false));
	asked();
	return conn;
}
