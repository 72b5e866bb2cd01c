/* tests/unit/http/websocket_rest_test.c - a WebSocket gives its buffers back
 * between messages, and nobody notices.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/websocket.h"

#include "http_testing.h"

static const char hello[] = "GET /x HTTP/1.1\r\nHost: x\r\n"
			    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Version: 13\r\n"
			    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			    "\r\n";

static struct rd_ws *far;
static unsigned opened, messages, closed, code;
static char last[256];

static void on_opened(void *arg, struct rd_ws *ws)
{
	(void)arg;
	far = ws;
	opened++;
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	(void)arg;
	messages++;
	rd_text_copy(last, sizeof(last), payload);
	CHECK_OK(rd_ws_send(ws, payload, is_text));
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned with)
{
	(void)arg;
	(void)ws;
	closed++;
	code = with;
}

static const struct rd_ws_events events = { on_opened, on_message, on_closed,
					    NULL };
static struct rd_ws_cfg cfg;

static void upgrade(void *arg, struct rd_http_request *r)
{
	(void)arg;
	(void)!rd_ws_accept(r, &cfg, NULL);
}

/* A raw client that said hello. */
static int setup(void)
{
	char buf[4096];
	int fd;

	far = NULL;
	opened = messages = closed = code = 0;
	cfg = (struct rd_ws_cfg){ .events = &events };
	start_server(upgrade, NULL);
	fd = dial();
	say(fd, hello, sizeof(hello) - 1);
	hear(fd, buf, sizeof(buf), "\r\n\r\n");
	UNTIL(opened);
	return fd;
}

static void teardown(int fd)
{
	close(fd);
	rd_ws_close(far);
	UNTIL(rd_http_server_counts(server).connections == 0);
	stop_server();
}

TEST(it_rests_after_the_opening_and_after_each_message)
{
	int fd = setup();
	char buf[256];

	UNTIL(rd_ws_counts(far).rests == 1);
	say(fd, "\x81\x82\0\0\0\0hi", 8);
	hear(fd, buf, sizeof(buf), "\x81\x02hi");
	CHECK_EQ(rd_ws_counts(far).rests, 2);
	CHECK_OK(rd_ws_send(far, SPAN("yo"), true));
	CHECK_EQ(rd_ws_counts(far).rests, 3);
	hear(fd, buf, sizeof(buf), "\x81\x02yo");
	teardown(fd);
}

TEST(it_does_not_rest_within_a_message)
{
	/* "hel" and "lo" with a ping between them, byte by byte. */
	static const char bytes[] = "\x01\x83\1\2\3\4\x69\x67\x6f"
				    "\x89\x81\0\0\0\0!"
				    "\x80\x82\0\0\0\0lo";
	int fd = setup();
	char buf[256];

	RFC("6455 5.4");
	UNTIL(rd_ws_counts(far).rests == 1);
	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		uint64_t in = rd_ws_counts(far).bytes_in;

		CHECK_EQ(messages, 0);
		CHECK_EQ(rd_ws_counts(far).rests, 1);
		say(fd, bytes + i, 1);
		UNTIL(rd_ws_counts(far).bytes_in > in);
	}
	hear(fd, buf, sizeof(buf), "\x81\x05hello");
	CHECK_EQ(messages, 1);
	CHECK_TEXT(last, "hello");
	UNTIL(rd_ws_counts(far).rests == 2);
	teardown(fd);
}

TEST(it_does_not_rest_while_something_waits_to_be_read)
{
	static uint8_t big[16 * 1024];
	static char buf[1 << 20];
	int fd = setup();
	uint64_t rests, sent = 0;

	UNTIL(rd_ws_counts(far).rests == 1);
	do {
		rests = rd_ws_counts(far).rests;
		CHECK_OK(rd_ws_send(far, rd_span(big, sizeof(big)), false));
		sent++;
	} while (rd_ws_counts(far).rests > rests);
	CHECK_OK(rd_ws_send(far, SPAN("end."), true));
	CHECK_EQ(rd_ws_counts(far).rests, rests);
	for (size_t left = sent * (sizeof(big) + 4) + 6; left;) {
		ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n > 0)
			left -= (size_t)n;
		rd_loop_turn(loop, 0);
	}
	UNTIL(rd_ws_counts(far).rests == rests + 1);
	teardown(fd);
}

TEST(it_wakes_to_end_and_is_ended)
{
	int fd = setup();
	char buf[256];

	UNTIL(rd_ws_counts(far).rests == 1);
	rd_ws_end(far, 1001, "bye");
	hear(fd, buf, sizeof(buf),
	     "\x88\x05\x03\xe9"
	     "bye");
	say(fd, "\x88\x82\0\0\0\0\x03\xe9", 8);
	UNTIL(closed);
	CHECK_EQ(code, 1001);
	CHECK_EQ(rd_ws_counts(far).rests, 1);
	teardown(fd);

	fd = setup();
	UNTIL(rd_ws_counts(far).rests == 1);
	say(fd, "\x88\x82\0\0\0\0\x03\xe8", 8);
	UNTIL(closed);
	CHECK_EQ(code, 1000);
	teardown(fd);
}

TEST(a_socket_at_rest_may_be_freed_or_lost)
{
	int fd = setup();

	UNTIL(rd_ws_counts(far).rests == 1);
	rd_ws_close(far);
	far = NULL;
	teardown(fd);

	fd = setup();
	UNTIL(rd_ws_counts(far).rests == 1);
	close(fd);
	UNTIL(closed);
	CHECK_EQ(code, 1006);
	teardown(-1);
}

RD_TESTS(T(it_rests_after_the_opening_and_after_each_message),
	 T(it_does_not_rest_within_a_message),
	 T(it_does_not_rest_while_something_waits_to_be_read),
	 T(it_wakes_to_end_and_is_ended),
	 T(a_socket_at_rest_may_be_freed_or_lost))
