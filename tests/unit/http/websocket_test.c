/* tests/unit/http/websocket_test.c - both ends of a WebSocket, and rude ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/websocket.h"

#include "http_testing.h"

static const char hello[] = "GET /x HTTP/1.1\r\nHost: x\r\n"
			    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Version: 13\r\n"
			    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

struct end { /* one side of a connection */
	struct rd_ws *ws;
	unsigned opened, messages, closed, code, failed;
	size_t bytes;
	bool was_text;
	char last[256];

	bool must_echo;
	bool must_close_on_message; /* free ws inside the callback */
	bool must_close_on_open;
	bool must_close_on_closed;
};

static struct end far;  /* the server's */
static struct end near; /* the client's */
static struct rd_ws_cfg far_cfg;
static const char *far_protocol;

static void on_opened(void *arg, struct rd_ws *ws)
{
	struct end *e = arg;

	e->ws = ws;
	e->opened++;
	if (e->must_close_on_open) {
		e->ws = NULL;
		rd_ws_close(ws);
	}
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	struct end *e = arg;

	e->messages++;
	e->bytes += payload.len;
	e->was_text = is_text;
	rd_text_copy(e->last, sizeof(e->last), payload);
	if (e->must_echo)
		(void)!rd_ws_send(ws, payload, is_text);
	if (e->must_close_on_message) {
		e->ws = NULL;
		rd_ws_close(ws);
	}
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	struct end *e = arg;

	e->closed++;
	e->code = code;
	if (e->must_close_on_closed) {
		e->ws = NULL;
		rd_ws_close(ws);
	}
}

static void on_failed(void *arg)
{
	((struct end *)arg)->failed++;
}

static const struct rd_ws_events events = { on_opened, on_message, on_closed,
					    on_failed };

static char offered_third[16]; /* of the client's sub-protocols */

static void upgrade(void *arg, struct rd_http_request *r)
{
	struct rd_span third;

	(void)arg;
	if (!rd_ws_is_asked(r)) {
		rd_http_answer_text(r, 200, "text/plain", "plain\n.");
		return;
	}
	if (far_protocol == offered_third && rd_ws_offered(r, 2, &third))
		rd_text_copy(offered_third, sizeof(offered_third), third);
	(void)!rd_ws_accept(r, &far_cfg, far_protocol);
}

static void setup(void)
{
	memset(&far, 0, sizeof(far));
	memset(&near, 0, sizeof(near));
	memset(&far_cfg, 0, sizeof(far_cfg));
	far_cfg.events = &events;
	far_cfg.arg = &far;
	far_protocol = NULL;
	start_server(upgrade, NULL);
}

static void teardown(void)
{
	rd_ws_close(near.ws);
	rd_ws_close(far.ws);
	if (server)
		UNTIL(rd_http_server_counts(server).connections == 0);
	stop_server();
}

static void join(const struct rd_ws_cfg *more, const char *protocols)
{
	struct rd_ws_cfg cfg = { 0 };
	struct rd_ws_connect c = { .protocols = protocols };
	char url[128], text[RD_ADDR_TEXT];

	if (more)
		cfg = *more;
	cfg.events = &events;
	cfg.arg = &near;
	snprintf(url, sizeof(url), "ws://%s/socket?a=b",
		 rd_addr_text(&bound, text));
	c.url = url;
	CHECK_OK(rd_ws_open(&near.ws, loop, &cfg, &c));
}

static void join_open(void)
{
	join(NULL, NULL);
	UNTIL(near.opened && far.opened);
}

TEST(messages_go_both_ways)
{
	setup();
	far.must_echo = true;
	join_open();
	CHECK_OK(rd_ws_send(near.ws, SPAN("hello"), true));
	UNTIL(near.messages == 1);
	CHECK(near.was_text);
	CHECK_TEXT(near.last, "hello");
	CHECK_OK(rd_ws_send(near.ws, SPAN("\0\1\2"), false));
	CHECK_OK(rd_ws_send(near.ws, SPAN(""), false));
	UNTIL(near.messages == 3);
	CHECK(!near.was_text);
	CHECK_EQ(near.bytes, 8);
	CHECK_EQ(rd_ws_counts(far.ws).messages_in, 3);
	teardown();
}

TEST(a_sub_protocol_is_chosen_from_those_offered)
{
	RFC("6455 4.2.2");
	setup();
	far_protocol = "_aws_wt_session";
	join(NULL, "_aws_wt_session, the.token_of-one");
	UNTIL(near.opened && far.opened);
	CHECK_TEXT(rd_ws_protocol(near.ws), "_aws_wt_session");
	teardown();

	setup(); /* one that was not offered ends the client's handshake */
	far_protocol = "other";
	join(NULL, "a, b");
	UNTIL(near.closed);
	CHECK_EQ(near.code, 1006);
	CHECK_EQ(near.opened, 0);
	UNTIL(far.closed);
	teardown();
}

TEST(several_lines_of_sub_protocols_are_one_list)
{
	static const char *const lines =
		"Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n"
		"\r\n";
	char answer[4096];
	int fd;

	RFC("6455 11.3.4");
	setup();
	far_protocol = offered_third;
	fd = dial();
	say(fd, hello, sizeof(hello) - 1);
	say(fd, lines, strlen(lines));
	hear(fd, answer, sizeof(answer), "\r\n\r\n");
	CHECK(strstr(answer, "Sec-WebSocket-Protocol: c\r\n"));
	close(fd);
	UNTIL(far.closed);
	teardown();
}

TEST(the_closing_handshake_carries_code_and_is_told_once)
{
	RFC("6455 7.1");
	setup();
	join_open();
	CHECK_OK(rd_ws_send(far.ws, SPAN("the last word"), false));
	rd_ws_end(far.ws, 4410, "meeting ended");
	rd_ws_end(far.ws, 1000, NULL);
	UNTIL(near.closed && far.closed);
	CHECK_EQ(near.code, 4410);
	CHECK_EQ(far.code, 4410);
	CHECK_EQ(near.messages, 1); /* what was sent before is heard */
	CHECK_ERR(rd_ws_send(far.ws, SPAN("x"), false), RD_E_CLOSED);
	for (int i = 0; i < 5; i++)
		rd_loop_turn(loop, 1);
	CHECK_EQ(near.closed, 1);
	CHECK_EQ(far.closed, 1);
	teardown();
}

TEST(an_abort_is_seen_as_1006)
{
	setup();
	join_open();
	rd_ws_abort(far.ws);
	UNTIL(near.closed && far.closed);
	CHECK_EQ(near.code, 1006);
	CHECK_EQ(far.code, 1006);
	teardown();
}

TEST(a_peer_that_vanishes_is_seen)
{
	setup();
	join_open();
	rd_ws_close(near.ws);
	near.ws = NULL;
	UNTIL(far.closed);
	CHECK_EQ(far.code, 1006);
	teardown();
}

TEST(an_end_may_be_freed_in_any_callback)
{
	setup();
	far.must_close_on_message = true;
	join_open();
	CHECK_OK(rd_ws_send(near.ws, SPAN("1"), false));
	CHECK_OK(rd_ws_send(near.ws, SPAN("2"), false));
	UNTIL(near.closed);
	CHECK_EQ(far.messages, 1);
	CHECK_EQ(far.closed, 0);
	teardown();

	setup();
	far.must_close_on_open = true;
	near.must_close_on_closed = true;
	join(NULL, NULL);
	UNTIL(near.closed);
	teardown();

	setup();
	near.must_close_on_open = true;
	far.must_close_on_closed = true;
	join(NULL, NULL);
	UNTIL(far.closed);
	teardown();
}

TEST(closing_the_server_cuts_its_sockets_and_says_so)
{
	setup();
	join_open();
	rd_http_server_close(server);
	server = NULL;
	UNTIL(near.closed && far.closed);
	CHECK_EQ(far.code, 1006);
	teardown();
}

TEST(a_refused_upgrade_tells_the_status)
{
	struct rd_ws_connect c = { 0 };
	struct rd_ws_cfg cfg = { .events = &events, .arg = &near };
	char url[128], text[RD_ADDR_TEXT];

	setup();
	snprintf(url, sizeof(url), "http://%s/", rd_addr_text(&bound, text));
	c.url = url;
	CHECK_ERR(rd_ws_open(&near.ws, loop, &cfg, &c), RD_E_FORMAT);
	snprintf(url, sizeof(url), "ws://no.such.host.invalid/");
	c.to = &bound; /* an address given is not looked up */
	c.origin = "https://a\r\nX: y";
	CHECK_ERR(rd_ws_open(&near.ws, loop, &cfg, &c), RD_E_FORMAT);
	CHECK(!near.ws);
	teardown();
}

TEST(the_handshake_of_the_rfc_gives_its_answer)
{
	char answer[4096];
	int fd;

	RFC("6455 1.3");
	setup();
	fd = dial();
	say(fd, hello, sizeof(hello) - 1);
	say(fd, "\r\n", 2);
	hear(fd, answer, sizeof(answer), "\r\n\r\n");
	CHECK(strstr(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	CHECK(!strncmp(answer, "HTTP/1.1 101", 12));
	UNTIL(far.opened);
	close(fd);
	UNTIL(far.closed);
	CHECK_EQ(far.code, 1006);
	teardown();
}

TEST(wrong_handshakes_get_400_or_426)
{
	static const struct {
		const char *bytes;
		unsigned status;
	} rows[] = {
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		  426 },
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Version: 8\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		  426 },
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\n",
		  400 },
		{ "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ\r\n",
		  400 },
		{ "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
		  "Sec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: AAAA\r\n",
		  400 },
	};
	char request[1024], answer[4096];

	RFC("6455 4.2.1");
	RFC("6455 4.4");
	setup();
	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		int n = snprintf(request, sizeof(request),
				 "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n",
				 rows[i].bytes);
		int fd = dial();

		say(fd, request, (size_t)n);
		hear(fd, answer, sizeof(answer), "\r\n\r\n");
		CHECK_EQ(atoi(answer + 9), (int)rows[i].status);
		close(fd);
	}
	CHECK_EQ(far.opened, 0);
	teardown();
}

/* A raw client that said hello; what comes after the answer's headers is
 * in buf from *at on. */
static int raw(char *buf, size_t size)
{
	int fd = dial();

	say(fd, hello, sizeof(hello) - 1);
	say(fd, "\r\n", 2);
	hear(fd, buf, size, "\r\n\r\n");
	UNTIL(far.opened);
	return fd;
}

/* The code of the close frame that must come, and then the end. */
static unsigned close_code(int fd)
{
	char buf[512];
	size_t len = hear(fd, buf, sizeof(buf), NULL);

	if (len < 4 || (uint8_t)buf[0] != 0x88) {
		print_error("%zu bytes, no close frame\n", len);
		return 0;
	}
	return (unsigned)(uint8_t)buf[2] << 8 | (uint8_t)buf[3];
}

/* A frame with a mask of zero. */
static size_t frame(char *out, unsigned first, size_t len)
{
	size_t n = 0;

	out[n++] = (char)first;
	if (len < 126) {
		out[n++] = (char)(0x80 | len);
	} else if (len < 65536) {
		out[n++] = (char)(0x80 | 126);
		out[n++] = (char)(len >> 8);
		out[n++] = (char)len;
	} else {
		out[n++] = (char)(0x80 | 127);
		memset(out + n, 0, 4);
		n += 4;
		out[n++] = (char)(len >> 24);
		out[n++] = (char)(len >> 16);
		out[n++] = (char)(len >> 8);
		out[n++] = (char)len;
	}
	memset(out + n, 0, 4 + len);
	return n + 4 + len;
}

static void expect_code(const char *bytes, size_t len, unsigned code)
{
	char buf[4096];
	int fd;

	setup();
	fd = raw(buf, sizeof(buf));
	say(fd, bytes, len);
	CHECK_EQ(close_code(fd), code);
	close(fd);
	UNTIL(far.closed);
	CHECK_EQ(far.code, code);
	teardown();
}

#define EXPECT(code, literal) expect_code(literal, sizeof(literal) - 1, code)

TEST(broken_frames_end_with_their_codes)
{
	RFC("6455 5.1");
	EXPECT(1002, "\x81\x05hello"); /* unmasked */
	EXPECT(1002, "\x82\x00");
	RFC("6455 5.2");
	EXPECT(1002, "\xc1\x80\0\0\0\0"); /* RSV1: nothing was agreed */
	EXPECT(1002, "\xa1\x80\0\0\0\0");
	EXPECT(1002, "\x91\x80\0\0\0\0");
	EXPECT(1002, "\x83\x80\0\0\0\0"); /* reserved opcodes */
	EXPECT(1002, "\x8b\x80\0\0\0\0");
	EXPECT(1002, "\x80\x80\0\0\0\0"); /* continuation of nothing */
	EXPECT(1002, "\x01\x80\0\0\0\0\x01\x80\0\0\0\0");
	RFC("6455 5.5");
	EXPECT(1002, "\x09\x80\0\0\0\0"); /* fragmented ping */
	EXPECT(1002, "\x89\xfe\0\x7e\0\0\0\0");
	EXPECT(1002, "\x88\x81\0\0\0\0\x03"); /* a close code cut in two */
	EXPECT(1002, "\x82\xfe\0\x7d");       /* a length that fits in less */
	EXPECT(1002, "\x82\xff\0\0\0\0\0\0\xff\xff");
	EXPECT(1002, "\x82\xff\x80\0\0\0\0\1\0\0");
	EXPECT(1002, "\x88\x82\0\0\0\0\x03\xed"); /* 1005 on the wire */
	RFC("6455 8.1");
	EXPECT(1007, "\x81\x82\0\0\0\0\xc3\x28");
	EXPECT(1007, "\x01\x81\0\0\0\0\xed\x80\x81\0\0\0\0\xa0");
}

TEST(each_size_has_its_bound)
{
	static char buf[256 * 1024];
	char seen[4096];
	size_t n = 0;
	int fd;

	RFC("6455 5.4");
	n = frame(buf, 0x82, 16 * 1024 + 1);
	expect_code(buf, n, 1009);
	for (n = 0; n < 5 * 16000;) /* 5 frames, together too long */
		n += frame(buf + n, n ? 0x00 : 0x02, 16000);
	expect_code(buf, n, 1009);
	n = 0;
	for (int i = 0; i < 65; i++)
		n += frame(buf + n, i ? 0x00 : 0x02, 1);
	expect_code(buf, n, 1008);

	setup(); /* and exactly at the bounds it passes */
	fd = raw(seen, sizeof(seen));
	n = frame(buf, 0x82, 16 * 1024);
	say(fd, buf, n);
	UNTIL(far.messages == 1);
	n = 0;
	for (int i = 0; i < 64; i++)
		n += frame(buf + n, (i ? 0 : 2) | (i == 63 ? 0x80U : 0U), 1024);
	say(fd, buf, n);
	UNTIL(far.messages == 2);
	CHECK_EQ(far.bytes, 16 * 1024 + 64 * 1024);
	close(fd);
	UNTIL(far.closed);
	teardown();
}

TEST(too_many_messages_or_pings_end_with_1008)
{
	static char buf[4096];
	size_t n = 0;

	for (int i = 0; i < 101; i++)
		n += frame(buf + n, 0x82, 1);
	expect_code(buf, n, 1008);
	setup();
	teardown();
	n = 0;
	for (int i = 0; i < 101; i++)
		n += frame(buf + n, 0x8a, 0); /* pongs: they are not answered */
	expect_code(buf, n, 1008);
}

TEST(a_ping_is_answered_and_a_silent_peer_is_left)
{
	char buf[4096];
	int fd;

	RFC("6455 5.5.2");
	setup();
	far_cfg.ping_ms = 40;
	fd = raw(buf, sizeof(buf));
	say(fd, "\x89\x82\0\0\0\0hi", 8);
	hear(fd, buf, sizeof(buf), "\x8a\x02hi");
	UNTIL(far.closed); /* it never answers ours */
	CHECK_EQ(far.code, 1006);
	close(fd);
	teardown();
}

TEST(a_reader_that_never_reads_gets_1013_and_bounded_memory)
{
	static char big[16 * 1024];
	enum rd_err err = RD_OK;
	char buf[4096];
	unsigned sent = 0;
	int fd;

	setup();
	far_cfg.close_wait_ms = 50;
	fd = raw(buf, sizeof(buf));
	while (err == RD_OK && sent++ < 100000)
		err = rd_ws_send(far.ws, rd_span(big, sizeof(big)), false);
	CHECK_ERR(err, RD_E_FULL);
	CHECK_ERR(rd_ws_send(far.ws, SPAN("x"), false), RD_E_CLOSED);
	UNTIL(far.closed);
	CHECK_EQ(far.code, 1013);
	close(fd);
	teardown();
}

TEST(hundreds_of_readers_that_never_read_cost_a_bounded_amount)
{
	enum {
		SOCKETS = 200
	};
	static uint8_t big[16 * 1024];
	static struct rd_ws *all[SOCKETS];
	static int fds[SOCKETS];
	char buf[4096];
	long before;

	setup();
	far_cfg.close_wait_ms = 50;
	before = rd_mem_live();
	for (int i = 0; i < SOCKETS; i++) {
		far.opened = 0;
		fds[i] = raw(buf, sizeof(buf));
		all[i] = far.ws;
	}
	for (int i = 0; i < SOCKETS; i++)
		while (rd_ws_send(all[i], rd_span(big, sizeof(big)), false) ==
		       RD_OK)
			;
	UNTIL(far.closed == SOCKETS);
	CHECK_EQ(far.code, 1013);
	for (int i = 0; i < SOCKETS; i++) {
		rd_ws_close(all[i]);
		close(fds[i]);
	}
	far.ws = NULL;
	UNTIL(rd_http_server_counts(server).connections == 0);
	/* What stays is the server's own pool of requests. */
	CHECK(rd_mem_live() - before <= SOCKETS);
	teardown();
}

TEST(bytes_sent_together_with_the_handshake_are_not_lost)
{
	char all[1024];
	int fd, n;

	setup();
	n = snprintf(all, sizeof(all), "%s\r\n", hello);
	memcpy(all + n, "\x82\x83\0\0\0\0abc", 9);
	fd = dial();
	say(fd, all, (size_t)n + 9);
	UNTIL(far.messages == 1);
	CHECK_TEXT(far.last, "abc");
	close(fd);
	UNTIL(far.closed);
	teardown();
}

RD_TESTS(T(messages_go_both_ways),
	 T(a_sub_protocol_is_chosen_from_those_offered),
	 T(several_lines_of_sub_protocols_are_one_list),
	 T(the_closing_handshake_carries_code_and_is_told_once),
	 T(an_abort_is_seen_as_1006), T(a_peer_that_vanishes_is_seen),
	 T(an_end_may_be_freed_in_any_callback),
	 T(closing_the_server_cuts_its_sockets_and_says_so),
	 T(a_refused_upgrade_tells_the_status),
	 T(the_handshake_of_the_rfc_gives_its_answer),
	 T(wrong_handshakes_get_400_or_426),
	 T(broken_frames_end_with_their_codes), T(each_size_has_its_bound),
	 T(too_many_messages_or_pings_end_with_1008),
	 T(a_ping_is_answered_and_a_silent_peer_is_left),
	 T(a_reader_that_never_reads_gets_1013_and_bounded_memory),
	 T(hundreds_of_readers_that_never_read_cost_a_bounded_amount),
	 T(bytes_sent_together_with_the_handshake_are_not_lost))
