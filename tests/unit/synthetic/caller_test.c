/* tests/unit/synthetic/caller_test.c - a caller against a small server that
 * can be made rude: API, signaling and an echo, over real sockets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "http/server.h"
#include "http/websocket.h"
#include "synthetic/caller.h"
#include "synthetic/udp.h"
#include "wire/frame.h"
#include "wire/stun.h"

enum {
	LONGEST_MS = 20000,
	TALK_MS = 1300
};

static const char server_password[] = "serverPasswordOf24Letters";

enum rudeness {
	POLITE,
	REFUSES_TOKEN,  /* 401 */
	ANSWERS_HTML,   /* 201, but no JSON */
	REFUSES_JOIN,   /* error 403 */
	CLOSES_AT_JOIN, /* 4410 */
	NEVER_INDEXES,
	SENDS_BAD_SDP,
	IS_DEAF,      /* no STUN */
	SAYS_NOTHING, /* no RTP */
	ENDS_EARLY,   /* AUDIO_STATUS 410 while talking */
	LOSES_PACKETS,
	RUDENESSES
};

struct server {
	enum rudeness rudeness;
	struct rd_http_server *http;
	struct rd_addr http_addr;
	struct rd_ws *ws;
	unsigned pings, joins, leaves, metrics, digits;
	char destination[32];

	int fd;
	struct rd_addr media_addr;
	struct rd_addr browser;
	struct rd_watch watch;
	struct rd_timer dtls_timer;
	struct rd_stun_key *key;
	struct rd_dtls *dtls;
	struct rd_srtp *send, *receive;
	uint8_t payload_type;
	unsigned packets;
};

static struct rd_loop *loop;
static struct rd_dtls_identity *identity;
static struct rd_http_client *client;
static struct rd_banks banks;
static struct server server;

/* ---- the server: media ---- */

static void drive_dtls(uint64_t now_ms)
{
	struct rd_span out;

	if (!server.dtls)
		return;
	while (rd_dtls_poll(server.dtls, now_ms, &out))
		rd_udp_send(server.fd, out, &server.browser);
	if (rd_dtls_state(server.dtls) == RD_DTLS_READY && !server.send)
		CHECK_OK(rd_dtls_take_keys(server.dtls, &server.send,
					   &server.receive));
	rd_timer_arm(rd_loop_timers(loop), &server.dtls_timer,
		     rd_dtls_due_ms(server.dtls));
}

static void on_dtls_timer(struct rd_timer *t, uint64_t now_ms)
{
	(void)t;
	drive_dtls(now_ms);
}

static void serve_check(struct rd_span bytes, const struct rd_addr *from)
{
	uint8_t buf[256];
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	struct rd_stun m;

	if (server.rudeness == IS_DEAF)
		return;
	CHECK_OK(rd_stun_parse(&m, bytes));
	CHECK_OK(rd_stun_check(&m, server.key));
	CHECK_OK(rd_stun_write_success(&w, &m, from, server.key));
	server.browser = *from;
	rd_udp_send(server.fd, rd_writer_span(&w), from);
}

static void echo(uint8_t *buf, size_t len)
{
	if (!server.receive || rd_srtp_unprotect(server.receive, buf, &len))
		return;
	server.packets++;
	if (server.rudeness == SAYS_NOTHING ||
	    (server.rudeness == LOSES_PACKETS && server.packets % 10 == 0))
		return;
	buf[8] ^= 0xff; /* a series of our own */
	CHECK_OK(rd_srtp_protect(server.send, buf, &len, 2048));
	rd_udp_send(server.fd, rd_span(buf, len), &server.browser);
}

static void on_datagram(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	uint8_t buf[2048];
	struct rd_addr from;
	uint64_t at_us;
	size_t len;

	(void)w;
	(void)events;
	while (rd_udp_receive(server.fd, buf, sizeof(buf), &len, &from, &at_us))
		switch (rd_packet_kind(rd_span(buf, len))) {
		case RD_PACKET_STUN:
			serve_check(rd_span(buf, len), &from);
			break;
		case RD_PACKET_DTLS:
			if (server.dtls)
				rd_dtls_feed(server.dtls, rd_span(buf, len),
					     now_ms);
			drive_dtls(now_ms);
			break;
		case RD_PACKET_RTP:
			echo(buf, len);
			break;
		default:
			break;
		}
}

/* ---- the server: signaling ---- */

static void send_frame(struct rd_frame *frame)
{
	static uint8_t buf[16384];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	frame->timestamp_ms = 1;
	frame->has_body = true;
	CHECK_OK(rd_frame_encode(&w, frame));
	CHECK_OK(rd_ws_send(server.ws, rd_writer_span(&w), false));
}

static void send_type(enum rd_frame_type type)
{
	struct rd_frame frame = { .type = type };

	send_frame(&frame);
}

static void answer_join(void)
{
	struct rd_frame frame = { .type = RD_FRAME_JOIN_ACK };

	CHECK(server.pings > 0); /* the first message is a ping */
	if (server.rudeness == CLOSES_AT_JOIN) {
		rd_ws_end(server.ws, 4410, NULL);
		return;
	}
	if (server.rudeness == REFUSES_JOIN) {
		frame.has_error = true;
		frame.error.status = 403;
	}
	send_frame(&frame);
	if (server.rudeness != NEVER_INDEXES && server.rudeness != REFUSES_JOIN)
		send_type(RD_FRAME_INDEX);
}

static void answer_subscribe(const struct rd_frame *offer)
{
	static struct rd_sdp sdp;
	static uint8_t text[8192];
	struct rd_writer w = rd_writer(text, sizeof(text));
	struct rd_webrtc_offer browser;
	struct rd_fingerprint print;
	struct rd_webrtc_local local = {
		.session_id = 5,
		.session_version = 1,
		.ice_ufrag = SPAN("SRVR"),
		.ice_password = rd_span_text(server_password),
		.fingerprint = print.digest,
		.candidates = &server.media_addr,
		.candidate_count = 1,
		.codec = RD_SDP_OPUS,
		.direction = RD_SDP_SENDRECV,
		.ssrc = 99,
		.cname = SPAN("c"),
		.msid = SPAN("m"),
	};
	struct rd_frame frame = { .type = RD_FRAME_SUBSCRIBE_ACK };

	CHECK_OK(rd_sdp_parse(&sdp, offer->body.subscribe.sdp_offer));
	CHECK_OK(rd_webrtc_read_offer(&sdp, &browser));
	CHECK(rd_span_is(offer->body.subscribe.audio_host, "127.0.0.1:1"));
	CHECK_OK(rd_fingerprint_parse(
		&print, rd_span_text(rd_dtls_identity_fingerprint(identity))));
	CHECK_OK(rd_webrtc_write_answer(&w, &sdp, &browser, &local));
	frame.body.subscribe_ack.sdp_answer = server.rudeness == SENDS_BAD_SDP
						      ? SPAN("v=0\r\n")
						      : rd_writer_span(&w);
	print.len = 32;
	memcpy(print.digest, browser.fingerprint, 32);
	CHECK_OK(rd_dtls_open(&server.dtls, identity, RD_DTLS_SERVER, &print,
			      rd_loop_now_ms(loop)));
	send_frame(&frame);
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	struct rd_frame frame;

	(void)arg;
	(void)ws;
	CHECK(!is_text);
	CHECK_OK(rd_frame_decode(&frame, payload));
	switch (frame.type) {
	case RD_FRAME_PING_PONG:
		CHECK_EQ(frame.body.ping_pong.ping_id, ++server.pings);
		frame.body.ping_pong.is_pong = true;
		send_frame(&frame);
		return;
	case RD_FRAME_JOIN:
		server.joins++;
		answer_join();
		return;
	case RD_FRAME_SUBSCRIBE:
		answer_subscribe(&frame);
		return;
	case RD_FRAME_CLIENT_METRIC:
		server.metrics++;
		if (server.rudeness == ENDS_EARLY) {
			struct rd_frame status = {
				.type = RD_FRAME_AUDIO_STATUS
			};

			status.body.audio_status = 410;
			send_frame(&status);
		}
		return;
	case RD_FRAME_LEAVE:
		server.leaves++;
		send_type(RD_FRAME_LEAVE_ACK);
		return;
	default:
		fail_msg("unexpected frame %u", frame.type);
	}
}

static void on_opened(void *arg, struct rd_ws *ws)
{
	(void)arg;
	server.ws = ws;
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	(void)arg;
	(void)code;
	rd_ws_close(ws);
	server.ws = NULL;
}

static const struct rd_ws_events ws_events = { .opened = on_opened,
					       .message = on_message,
					       .closed = on_closed };

/* ---- the server: API ---- */

static void answer_created(struct rd_http_request *r)
{
	char text[1024], port[RD_ADDR_TEXT];

	snprintf(text, sizeof(text),
		 "{\"callId\":\"3f0c\",\"supportId\":\"K7-4QD\","
		 "\"callKey\":\"key\",\"eventsUrl\":\"/v1/calls/3f0c/events\","
		 "\"ConnectionData\":{\"Meeting\":{\"MediaPlacement\":{"
		 "\"AudioHostUrl\":\"127.0.0.1:1\","
		 "\"SignalingUrl\":\"ws://%s/control/m\"}},"
		 "\"Attendee\":{\"JoinToken\":\"join.token\"}}}",
		 rd_addr_text(&server.http_addr, port));
	rd_http_answer_text(r, 201, "application/json",
			    server.rudeness == ANSWERS_HTML ? "<html>" : text);
}

static void on_request(void *arg, struct rd_http_request *r)
{
	static const struct rd_ws_cfg cfg = { .events = &ws_events };
	struct rd_span protocol;

	(void)arg;
	if (rd_ws_is_asked(r)) {
		CHECK(rd_ws_offered(r, 0, &protocol));
		CHECK(rd_span_is(protocol, "_aws_wt_session"));
		CHECK(rd_ws_offered(r, 1, &protocol));
		CHECK(rd_span_is(protocol, "join.token"));
		CHECK_OK(rd_ws_accept(r, &cfg, "_aws_wt_session"));
	} else if (rd_span_is(rd_http_path(r), "/v1/calls/3f0c/events")) {
		CHECK(rd_span_is(rd_http_header(r, "Ringdown-Call-Key"),
				 "key"));
		rd_http_answer_text(r, 200, "text/event-stream",
				    "data: {\"state\":\"ended\"}\n\n");
	} else if (rd_span_is(rd_http_path(r), "/v1/calls/3f0c/digits")) {
		CHECK(rd_span_is(rd_http_body(r), "{\"digits\":\"12#\"}"));
		/* The far end answers between the first and the second. */
		rd_http_answer_text(r, server.digits++ ? 202 : 409,
				    "application/json", "{}");
	} else if (server.rudeness == REFUSES_TOKEN) {
		rd_http_answer_text(r, 401, "application/problem+json",
				    "{\"code\":\"auth_refused\"}");
	} else {
		CHECK(rd_span_is(rd_http_path(r), "/v1/calls"));
		CHECK(rd_span_is(rd_http_header(r, "Authorization"),
				 "Bearer abc"));
		CHECK(rd_span_is(rd_http_body(r),
				 "{\"destination\":\"echo\"}"));
		answer_created(r);
	}
}

static void open_server(enum rudeness rudeness)
{
	struct rd_http_server_cfg cfg = { .loop = loop, .handler = on_request };
	struct rd_addr any;
	struct rd_http_listen listen = { .address = &any };
	struct rd_complaint why;

	server = (struct server){ .rudeness = rudeness };
	CHECK_OK(rd_addr_parse_port(&any, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_http_server_open(&server.http, &cfg));
	CHECK_OK(rd_http_server_listen(server.http, &listen, &server.http_addr,
				       &why));
	server.media_addr = any;
	CHECK_OK(rd_udp_open(&server.fd, &server.media_addr));
	server.watch.fn = on_datagram;
	server.dtls_timer.fn = on_dtls_timer;
	CHECK_OK(rd_loop_watch(loop, &server.watch, server.fd, RD_READABLE));
	CHECK_OK(rd_stun_key_open(&server.key, rd_span_text(server_password)));
}

static void close_server(void)
{
	rd_ws_close(server.ws);
	rd_http_server_close(server.http);
	rd_watch_remove(&server.watch);
	rd_timer_disarm(rd_loop_timers(loop), &server.dtls_timer);
	rd_udp_close(&server.fd);
	rd_stun_key_close(server.key);
	rd_dtls_close(server.dtls);
	rd_srtp_close(server.send);
	rd_srtp_close(server.receive);
}

/* ---- the caller ---- */

static int open_parts(void **state)
{
	struct rd_http_client_cfg cfg = { 0 };

	(void)state;
	banks = (struct rd_banks){ .mark_hz = 440,
				   .level_db = -10,
				   .complexity = 5 };
	if (rd_loop_open(&loop) || rd_dtls_identity_open(&identity))
		return 1;
	cfg.loop = loop;
	return rd_http_client_open(&client, &cfg);
}

static int close_parts(void **state)
{
	(void)state;
	rd_http_client_close(client);
	rd_dtls_identity_close(identity);
	rd_banks_fini(&banks);
	rd_loop_close(loop);
	return 0;
}

static struct rd_caller *open_caller(uint64_t setup_ms)
{
	static char url[64];
	char port[RD_ADDR_TEXT];
	struct rd_caller_cfg cfg = { .loop = loop,
				     .client = client,
				     .identity = identity,
				     .banks = &banks,
				     .codecs = { &rd_codec_opus },
				     .codec_count = 1,
				     .url = url,
				     .token = "abc",
				     .destination = "echo",
				     .digits = "12#",
				     .talk_ms = TALK_MS,
				     .setup_ms = setup_ms,
				     .follows_events = true,
				     .listens = true,
				     .most_rate_hz = 8000,
				     .hear_hz = 440 };
	struct rd_caller *c;

	snprintf(url, sizeof(url), "http://%s",
		 rd_addr_text(&server.http_addr, port));
	CHECK_OK(rd_caller_open(&c, &cfg));
	return c;
}

static void live(struct rd_caller *c)
{
	uint64_t end_ms = rd_clock_ms() + LONGEST_MS;

	while (!rd_caller_is_done(c) && rd_clock_ms() < end_ms)
		rd_loop_turn(loop, 20);
	CHECK(rd_caller_is_done(c));
}

TEST(a_call_goes_from_the_api_to_sound_and_back)
{
	struct rd_caller_result r;
	struct rd_party_stats s;
	struct rd_sample delays;
	struct rd_caller *c;

	open_server(POLITE);
	CHECK_OK(rd_sample_init(&delays));
	c = open_caller(10000);
	while (!rd_caller_is_talking(c) && !rd_caller_is_done(c))
		rd_loop_turn(loop, 20);
	CHECK(rd_caller_is_talking(c));
	rd_party_measure(rd_caller_party(c), rd_caller_party(c), &delays);
	live(c);
	rd_caller_get_result(c, &r);
	CHECK_TEXT(r.problem, "");
	CHECK_EQ(r.outcome, RD_OUTCOME_OK);
	for (int i = 0; i < RD_STEPS; i++)
		CHECK(r.step_ms[i] > 0 && r.step_ms[i] < 5000);
	CHECK(r.talked_s > 1);
	CHECK_TEXT(r.support_id, "K7-4QD");
	CHECK_TEXT(r.codec, "opus");
	CHECK(strstr(r.events, "ended"));
	rd_party_get_stats(rd_caller_party(c), &s);
	CHECK(s.received > 30);
	RFC("3551 4.2");
	CHECK(s.sent > 30 && s.sent <= 72); /* in 1.3 s, 50 a second */
	CHECK_EQ(s.lost, 0);
	CHECK(strlen(r.profile) > 0);
	CHECK(fabs(s.tone_hz - 440) < 1);
	CHECK(delays.count > 0 && rd_sample_quantile(&delays, 0.5) < 50);
	CHECK_EQ(server.joins, 1);
	CHECK_EQ(server.leaves, 1);
	CHECK_EQ(server.digits, 2);
	CHECK(server.metrics > 0);
	for (int i = 0; i < 100 && rd_dtls_state(server.dtls) == RD_DTLS_READY;
	     i++)
		rd_loop_turn(loop, 20);
	CHECK_EQ(rd_dtls_state(server.dtls), RD_DTLS_CLOSED);
	rd_caller_close(c);
	rd_sample_fini(&delays);
	close_server();
}

TEST(each_rudeness_has_its_outcome_and_its_words)
{
	static const struct {
		enum rudeness rudeness;
		enum rd_caller_outcome outcome;
		const char *words;
		uint64_t setup_ms; /* where its end is waited for */
	} cases[] = {
		{ REFUSES_TOKEN, RD_OUTCOME_REFUSED, "status 401", 0 },
		{ ANSWERS_HTML, RD_OUTCOME_REFUSED, "not JSON", 0 },
		{ REFUSES_JOIN, RD_OUTCOME_REFUSED, "error 403", 0 },
		{ CLOSES_AT_JOIN, RD_OUTCOME_REFUSED, "closed with 4410", 0 },
		{ NEVER_INDEXES, RD_OUTCOME_REFUSED, "no answer in time",
		  1500 },
		{ SENDS_BAD_SDP, RD_OUTCOME_NO_MEDIA, "SDP answer", 0 },
		{ IS_DEAF, RD_OUTCOME_NO_MEDIA, "no packet", 1500 },
		{ SAYS_NOTHING, RD_OUTCOME_NO_MEDIA, "no packet", 1500 },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_caller_result r;
		struct rd_caller *c;

		open_server(cases[i].rudeness);
		c = open_caller(cases[i].setup_ms ? cases[i].setup_ms : 10000);
		live(c);
		rd_caller_get_result(c, &r);
		if (!strstr(r.problem, cases[i].words))
			print_error("case %zu: \"%s\"\n", i, r.problem);
		CHECK(strstr(r.problem, cases[i].words));
		CHECK_EQ(r.outcome, cases[i].outcome);
		rd_caller_close(c);
		close_server();
	}
}

TEST(a_call_that_the_server_ends_was_a_call)
{
	struct rd_caller_result r;
	struct rd_caller *c;

	open_server(ENDS_EARLY);
	c = open_caller(10000);
	live(c);
	rd_caller_get_result(c, &r);
	CHECK_EQ(r.outcome, RD_OUTCOME_OK);
	CHECK(r.is_ended_by_server);
	CHECK_EQ(r.audio_status, 410);
	CHECK_EQ(server.leaves, 1);
	rd_caller_close(c);
	close_server();
}

TEST(lost_packets_are_counted)
{
	struct rd_party_stats s;
	struct rd_caller *c;

	open_server(LOSES_PACKETS);
	c = open_caller(10000);
	live(c);
	rd_party_get_stats(rd_caller_party(c), &s);
	CHECK(s.lost >= s.received / 12 && s.lost <= s.received / 7);
	rd_caller_close(c);
	close_server();
}

TEST(it_can_be_closed_at_any_moment)
{
	for (unsigned turns = 0; turns < 30; turns++) {
		struct rd_caller *c;

		open_server(POLITE);
		c = open_caller(10000);
		for (unsigned i = 0; i < turns; i++)
			rd_loop_turn(loop, 10);
		if (turns % 2)
			rd_caller_leave(c);
		rd_caller_close(c);
		close_server();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_goes_from_the_api_to_sound_and_back),
		T(each_rudeness_has_its_outcome_and_its_words),
		T(a_call_that_the_server_ends_was_a_call),
		T(lost_packets_are_counted),
		T(it_can_be_closed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, open_parts, close_parts);
}
