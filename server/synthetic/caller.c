/* synthetic/caller.c - see the header: the signaling, and from state to state.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/caller.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "synthetic/caller_priv.h"

enum {
	LEAVE_MS = 2000,  /* for LEAVE_ACK */
	EVENTS_MS = 3000, /* for the last events, after leaving */
	HEART_MS = 1000,
	PING_BEATS = 10, /* beats of the heart from ping to ping */
	FLAGS = 2,       /* of JOIN: wants stream updates */
	VIDEOS = 0,
};

const char *rd_caller_step_name(enum rd_caller_step step)
{
	static const char *const names[RD_STEPS] = {
		"http", "socket", "join",         "answer",
		"ice",  "dtls",   "first_packet",
	};

	return (unsigned)step < RD_STEPS ? names[step] : "";
}

static void arm(struct rd_caller *c, struct rd_timer *t, uint64_t in_ms)
{
	rd_timer_arm(rd_loop_timers(c->cfg.loop), t,
		     rd_loop_now_ms(c->cfg.loop) + in_ms);
}

void rd_caller_reach(struct rd_caller *c, enum rd_caller_step step,
		     uint64_t now_us)
{
	double ms = (double)(now_us - c->start_us) / 1000;

	if (c->result.step_ms[step] <= 0)
		c->result.step_ms[step] = ms;
}

/* ---- ending ---- */

void rd_caller_finish(struct rd_caller *c)
{
	rd_caller_media_stop(c);
	rd_ws_close(c->ws);
	c->ws = NULL;
	rd_timer_disarm(rd_loop_timers(c->cfg.loop), &c->heart);
	if (c->events_id && c->state != RD_CALLER_CLOSING) {
		c->state = RD_CALLER_CLOSING;
		arm(c, &c->deadline, EVENTS_MS);
		return;
	}
	rd_timer_disarm(rd_loop_timers(c->cfg.loop), &c->deadline);
	rd_http_client_cancel(c->cfg.client, c->post_id);
	rd_http_client_cancel(c->cfg.client, c->events_id);
	rd_http_client_cancel(c->cfg.client, c->digits_id);
	c->post_id = c->events_id = c->digits_id = 0;
	c->state = RD_CALLER_DONE;
}

bool rd_caller_is_over(const struct rd_caller *c)
{
	return c->state >= RD_CALLER_LEAVING;
}

static void note_talked(struct rd_caller *c)
{
	if (c->talk_us && c->result.talked_s <= 0)
		c->result.talked_s = (double)(rd_clock_us() - c->talk_us) / 1e6;
}

void rd_caller_fail(struct rd_caller *c, enum rd_caller_outcome outcome,
		    const char *fmt, ...)
{
	va_list args;

	if (rd_caller_is_over(c))
		return;
	note_talked(c);
	c->result.outcome = outcome;
	va_start(args, fmt);
	vsnprintf(c->result.problem, sizeof(c->result.problem), fmt, args);
	va_end(args);
	rd_caller_leave(c);
}

void rd_caller_media_gone(struct rd_caller *c, const char *why)
{
	if (rd_caller_is_over(c))
		return;
	rd_caller_fail(c, RD_OUTCOME_NO_MEDIA, "%s", why);
}

static void send_frame(struct rd_caller *c, const struct rd_frame *frame)
{
	uint8_t *buf = rd_alloc(RD_FRAME_MAX);
	struct rd_writer w = rd_writer(buf, buf ? RD_FRAME_MAX : 0);
	enum rd_err err = buf ? rd_frame_encode(&w, frame) : RD_E_NOMEM;

	if (!err)
		err = rd_ws_send(c->ws, rd_writer_span(&w), false);
	rd_free(buf);
	if (err && err != RD_E_CLOSED)
		rd_caller_fail(c, RD_OUTCOME_REFUSED, "signaling: %s",
			       rd_err_text(err));
}

static void send_empty(struct rd_caller *c, enum rd_frame_type type)
{
	struct rd_frame frame = { .timestamp_ms = rd_clock_wall_ms(),
				  .type = type,
				  .has_body = true };

	send_frame(c, &frame);
}

void rd_caller_leave(struct rd_caller *c)
{
	if (rd_caller_is_over(c))
		return;
	note_talked(c);
	if (!c->ws || c->state <= RD_CALLER_CONNECTING) {
		rd_caller_finish(c);
		return;
	}
	c->state = RD_CALLER_LEAVING;
	arm(c, &c->deadline, LEAVE_MS);
	send_empty(c, RD_FRAME_LEAVE);
}

/* ---- the signaling ---- */

static void send_ping(struct rd_caller *c)
{
	struct rd_frame frame = { .timestamp_ms = rd_clock_wall_ms(),
				  .type = RD_FRAME_PING_PONG,
				  .has_body = true };

	frame.body.ping_pong.ping_id = ++c->ping_id;
	send_frame(c, &frame);
}

static void send_join(struct rd_caller *c)
{
	struct rd_frame frame = { .timestamp_ms = rd_clock_wall_ms(),
				  .type = RD_FRAME_JOIN,
				  .has_body = true };

	frame.body.join = (struct rd_frame_join){
		.protocol_version = 2,
		.max_num_of_videos = VIDEOS,
		.flags = FLAGS,
		.audio_session_id = 1 + rd_random_below(0x7fffffff),
	};
	send_frame(c, &frame);
}

static enum rd_sdp_codec sdp_codec(const struct rd_codec *codec)
{
	static const enum rd_sdp_codec codecs[RD_CODEC_COUNT] = {
		[RD_CODEC_OPUS] = RD_SDP_OPUS,
		[RD_CODEC_G722] = RD_SDP_G722,
		[RD_CODEC_PCMU] = RD_SDP_PCMU,
		[RD_CODEC_PCMA] = RD_SDP_PCMA,
	};

	return codecs[codec->id];
}

static void send_subscribe(struct rd_caller *c)
{
	uint8_t text[8192];
	struct rd_writer w = rd_writer(text, sizeof(text));
	struct rd_fingerprint print;
	enum rd_err err =
		rd_fingerprint_parse(&print,
				     rd_span_text(rd_dtls_identity_fingerprint(
					     c->cfg.identity)));
	struct rd_webrtc_caller local = {
		.session_id = rd_random_u64() >> 1,
		.ice_ufrag = rd_span_text(rd_weblink_ufrag(c->link)),
		.ice_password = rd_span_text(rd_weblink_password(c->link)),
		.fingerprint = print.digest,
		.ssrc = c->ssrc,
		.cname = rd_span_text(c->cname),
	};
	struct rd_frame frame = { .timestamp_ms = rd_clock_wall_ms(),
				  .type = RD_FRAME_SUBSCRIBE,
				  .has_body = true };

	for (unsigned i = 0; i < c->cfg.codec_count; i++)
		local.codecs[local.codec_count++] = sdp_codec(c->cfg.codecs[i]);
	local.codecs[local.codec_count++] = RD_SDP_EVENTS;
	if (!err)
		err = rd_webrtc_write_offer(&w, &local);
	if (err) {
		rd_caller_fail(c, RD_OUTCOME_NO_MEDIA, "SDP offer: %s",
			       rd_err_text(err));
		return;
	}
	frame.body.subscribe = (struct rd_frame_subscribe){
		.sdp_offer = rd_writer_span(&w),
		.audio_host = rd_span_text(c->audio_host),
		.duplex = RD_FRAME_RX,
	};
	c->state = RD_CALLER_SUBSCRIBING;
	send_frame(c, &frame);
}

static void take_answer(struct rd_caller *c, const struct rd_frame *frame)
{
	enum rd_err err;

	if (c->state != RD_CALLER_SUBSCRIBING)
		return;
	rd_caller_reach(c, RD_STEP_ANSWER, rd_clock_us());
	c->state = RD_CALLER_STARTING;
	err = rd_caller_media_start(c, frame->body.subscribe_ack.sdp_answer);
	if (err)
		rd_caller_fail(c, RD_OUTCOME_NO_MEDIA, "SDP answer: %s",
			       rd_err_text(err));
}

static void take_presence(struct rd_caller *c, const struct rd_frame *frame)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_presence p;

	while (rd_frame_next_presence(frame, &cursor, &p)) {
		if (p.attendee_id.at)
			c->attendees++;
		else if (!p.has_muted && c->attendees > 0)
			c->attendees--;
	}
	if (c->attendees > c->result.attendees_most)
		c->result.attendees_most = c->attendees;
}

static void take_data(struct rd_caller *c, const struct rd_frame *frame)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_data message;
	char *digits = c->result.digits;

	while (rd_frame_next_data(frame, &cursor, &message)) {
		size_t n = strlen(digits);

		if (rd_span_is(message.topic, "dtmf"))
			rd_text_copy(digits + n, sizeof(c->result.digits) - n,
				     message.data);
	}
}

static void take_status(struct rd_caller *c, unsigned status)
{
	c->result.audio_status = status;
	if (status >= 200 && status < 300)
		return;
	c->result.is_ended_by_server = true;
	if (c->state == RD_CALLER_TALKING && status == 410)
		rd_caller_leave(c);
	else
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "the server ended the call with status %u",
			       status);
}

static void take_frame(struct rd_caller *c, const struct rd_frame *frame)
{
	struct rd_frame pong;

	if (frame->has_error && frame->error.status != 206) {
		c->result.audio_status = frame->error.status;
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "signaling error %u: %.*s", frame->error.status,
			       (int)frame->error.description.len,
			       (const char *)frame->error.description.at);
		return;
	}
	if (!frame->has_body)
		return;
	switch (frame->type) {
	case RD_FRAME_INDEX:
		if (c->state != RD_CALLER_JOINING)
			return;
		rd_caller_reach(c, RD_STEP_JOIN, rd_clock_us());
		send_subscribe(c);
		return;
	case RD_FRAME_SUBSCRIBE_ACK:
		take_answer(c, frame);
		return;
	case RD_FRAME_AUDIO_STREAM_ID_INFO:
		take_presence(c, frame);
		return;
	case RD_FRAME_DATA_MESSAGE:
		take_data(c, frame);
		return;
	case RD_FRAME_AUDIO_STATUS:
		take_status(c, frame->body.audio_status);
		return;
	case RD_FRAME_PING_PONG:
		if (frame->body.ping_pong.is_pong)
			return;
		pong = *frame;
		pong.body.ping_pong.is_pong = true;
		send_frame(c, &pong);
		return;
	case RD_FRAME_LEAVE_ACK:
		if (c->state == RD_CALLER_LEAVING)
			rd_caller_finish(c);
		return;
	default: /* nothing that a caller without a screen needs */
		return;
	}
}

static void on_opened(void *arg, struct rd_ws *ws)
{
	struct rd_caller *c = arg;

	(void)ws;
	rd_caller_reach(c, RD_STEP_SOCKET, rd_clock_us());
	c->state = RD_CALLER_JOINING;
	send_ping(c); /* before JOIN, as the SDK does */
	send_join(c);
	arm(c, &c->heart, HEART_MS);
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	struct rd_caller *c = arg;
	struct rd_frame frame;

	(void)ws;
	if (!is_text && !rd_frame_decode(&frame, payload))
		take_frame(c, &frame);
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	struct rd_caller *c = arg;
	unsigned status = rd_ws_refused_status(ws);

	if (c->state == RD_CALLER_LEAVING) {
		rd_caller_finish(c);
		return;
	}
	c->result.is_ended_by_server = true;
	if (status)
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "signaling socket: HTTP status %u", status);
	else
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "signaling socket closed with %u", code);
	if (c->state == RD_CALLER_LEAVING) /* nobody will acknowledge */
		rd_caller_finish(c);
}

static const struct rd_ws_events ws_events = { .opened = on_opened,
					       .message = on_message,
					       .closed = on_closed };

enum rd_err rd_caller_connect(struct rd_caller *c, const char *url,
			      const char *join_token)
{
	static const char query[] = "?X-Chime-Control-Protocol-Version=3"
				    "&X-Amzn-Chime-Send-Close-On-Error=1"
				    "&X-Amzn-User-Agent=ringdown-" RD_VERSION;
	char target[2048], protocols[2304];
	struct rd_ws_cfg cfg = { .events = &ws_events,
				 .arg = c,
				 .most_frame_bytes = RD_FRAME_MAX,
				 .most_message_bytes = RD_FRAME_MAX,
				 .messages_per_s = 200,
				 .messages_burst = 400 };
	struct rd_ws_connect to = { .url = target,
				    .protocols = protocols,
				    .origin = c->cfg.origin,
				    .ca_file = c->cfg.ca_file };
	int n = snprintf(target, sizeof(target), "%s%s", url, query);
	int m = snprintf(protocols, sizeof(protocols), "_aws_wt_session, %s",
			 join_token);

	if ((size_t)n >= sizeof(target) || (size_t)m >= sizeof(protocols))
		return RD_E_SIZE;
	c->state = RD_CALLER_CONNECTING;
	return rd_ws_open(&c->ws, c->cfg.loop, &cfg, &to);
}

/* ---- the beats of a second ---- */

static void send_metrics(struct rd_caller *c)
{
	struct rd_party_stats s;
	struct rd_frame_metric metrics[3];
	struct rd_frame frame = { .timestamp_ms = rd_clock_wall_ms(),
				  .type = RD_FRAME_CLIENT_METRIC,
				  .has_body = true };

	rd_party_get_stats(c->party, &s);
	metrics[0] = (struct rd_frame_metric){ 10, 50 }; /* mic pps */
	metrics[1] = (struct rd_frame_metric){ 13, s.rtcp_round_trip_ms };
	metrics[2] = (struct rd_frame_metric){ 16, s.jitter_ms };
	frame.body.list.at = metrics;
	frame.body.list.count = RD_COUNT(metrics);
	send_frame(c, &frame);
}

static void on_heart(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(t, struct rd_caller, heart);

	(void)now_ms;
	if (rd_caller_is_over(c))
		return;
	arm(c, t, HEART_MS);
	if (++c->beats % PING_BEATS == 0)
		send_ping(c);
	if (c->state == RD_CALLER_TALKING)
		send_metrics(c);
	rd_caller_post_digits(c);
}

static void on_deadline(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(t, struct rd_caller, deadline);

	(void)now_ms;
	switch (c->state) {
	case RD_CALLER_TALKING:
		rd_caller_leave(c);
		return;
	case RD_CALLER_LEAVING:
	case RD_CALLER_CLOSING:
		rd_caller_finish(c);
		return;
	case RD_CALLER_STARTING:
		rd_caller_fail(c, RD_OUTCOME_NO_MEDIA, "no packet came");
		return;
	default:
		rd_caller_fail(c, RD_OUTCOME_REFUSED, "no answer in time");
	}
}

void rd_caller_begin_talk(struct rd_caller *c, uint64_t now_us)
{
	rd_caller_reach(c, RD_STEP_PACKET, now_us);
	c->talk_us = now_us;
	c->state = RD_CALLER_TALKING;
	arm(c, &c->deadline, c->cfg.talk_ms);
	if (c->cfg.digits)
		(void)rd_caller_press(c, c->cfg.digits);
}

/* ---- life ---- */

enum rd_err rd_caller_open(struct rd_caller **out,
			   const struct rd_caller_cfg *cfg)
{
	struct rd_caller *c = rd_zalloc(sizeof(*c));
	enum rd_err err;

	*out = NULL;
	if (!c)
		return RD_E_NOMEM;
	c->cfg = *cfg;
	c->fd = -1;
	c->tcp.fd = -1;
	c->start_us = rd_clock_us();
	c->ssrc = rd_random_u32();
	snprintf(c->cname, sizeof(c->cname), "%08x", rd_random_u32());
	c->deadline.fn = on_deadline;
	c->heart.fn = on_heart;
	c->result.codec = c->result.profile = "";
	err = rd_weblink_open(&c->link, cfg->identity);
	if (!err)
		err = rd_caller_post(c);
	if (err) {
		rd_caller_close(c);
		return err;
	}
	arm(c, &c->deadline, cfg->setup_ms);
	*out = c;
	return RD_OK;
}

void rd_caller_close(struct rd_caller *c)
{
	if (!c)
		return;
	c->state = RD_CALLER_CLOSING; /* finish waits for nothing then */
	rd_caller_finish(c);
	rd_party_close(c->party);
	rd_weblink_close(c->link);
	rd_wipe(c->authorization, sizeof(c->authorization));
	rd_wipe(c->call_key_line, sizeof(c->call_key_line));
	rd_free(c);
}

bool rd_caller_press(struct rd_caller *c, const char *digits)
{
	if (rd_caller_is_over(c) || c->digits[0] ||
	    strlen(digits) >= sizeof(c->digits))
		return false;
	rd_text_copy(c->digits, sizeof(c->digits), rd_span_text(digits));
	rd_caller_post_digits(c);
	return true;
}

bool rd_caller_is_done(const struct rd_caller *c)
{
	return c->state == RD_CALLER_DONE;
}

bool rd_caller_is_talking(const struct rd_caller *c)
{
	return c->state == RD_CALLER_TALKING;
}

struct rd_party *rd_caller_party(const struct rd_caller *c)
{
	return c->party;
}

void rd_caller_get_result(const struct rd_caller *c,
			  struct rd_caller_result *out)
{
	*out = c->result;
	out->check_round_trip_ms = rd_weblink_round_trip_ms(c->link);
	out->refused = rd_weblink_refused(c->link);
	out->events = c->events;
}
