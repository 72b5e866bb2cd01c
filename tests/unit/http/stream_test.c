/* tests/unit/http/stream_test.c - answers that go on, over TCP and TLS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http_testing.h"

static struct rd_http_stream *stream;
static unsigned gone;

static void on_gone(void *arg)
{
	(void)arg;
	gone++;
	stream = NULL;
}

static void open_stream(void *arg, struct rd_http_request *r)
{
	static const struct rd_http_field type = { "Content-Type",
						   "text/event-stream" };
	struct rd_http_answer a = { .status = 200,
				    .fields = &type,
				    .field_count = 1 };

	(void)arg;
	CHECK_OK(rd_http_stream_open(&stream, r, &a, on_gone, NULL));
}

static const char get[] = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

static int begin(void)
{
	int fd;

	gone = 0;
	stream = NULL;
	start_server(open_stream, NULL);
	fd = dial();
	say(fd, get, sizeof(get) - 1);
	UNTIL(stream);
	return fd;
}

TEST(chunks_arrive_as_they_are_pushed)
{
	char buf[4096];
	int fd = begin();

	hear(fd, buf, sizeof(buf), "\r\n\r\n");
	CHECK(strstr(buf, "text/event-stream"));
	for (int i = 0; i < 3; i++) {
		CHECK_OK(rd_http_stream_push(stream, SPAN("data: one\n\n")));
		hear(fd, buf, sizeof(buf), "data: one\n\n");
	}
	CHECK_OK(rd_http_stream_push(stream, SPAN("data: last\n\n")));
	rd_http_stream_close(stream);
	hear(fd, buf, sizeof(buf), "\r\n0\r\n\r\n");
	CHECK(strstr(buf, "data: last\n\n"));

	/* The connection is good for the next request. */
	stream = NULL;
	say(fd, get, sizeof(get) - 1);
	UNTIL(stream);
	rd_http_stream_close(stream);
	hear(fd, buf, sizeof(buf), "0\r\n\r\n");
	close(fd);
	UNTIL(rd_http_server_counts(server).connections == 0);
	CHECK_EQ(gone, 0);
	stop_server();
}

TEST(a_client_that_leaves_is_told_at_once)
{
	char buf[4096];
	int fd = begin();

	hear(fd, buf, sizeof(buf), "\r\n\r\n");
	for (int i = 0; i < 3; i++)
		rd_loop_turn(loop, 1);
	close(fd);
	UNTIL(gone);
	CHECK_EQ(gone, 1);
	UNTIL(rd_http_server_counts(server).connections == 0);
	stop_server();
}

TEST(a_reader_that_does_not_read_is_cut_at_256_KiB)
{
	static uint8_t block[16 * 1024];
	enum rd_err err = RD_OK;
	unsigned pushed = 0;
	int fd = begin();

	while (err == RD_OK && pushed++ < 10000) {
		err = rd_http_stream_push(stream,
					  rd_span(block, sizeof(block)));
		rd_loop_turn(loop, 0);
	}
	CHECK_ERR(err, RD_E_FULL);
	CHECK(pushed >= 16); /* what the queue holds, and the sockets' */
	UNTIL(gone);
	close(fd);
	stop_server();
}

TEST(the_server_closes_streams_and_tells)
{
	int fd = begin();

	rd_http_server_close(server);
	server = NULL;
	CHECK_EQ(gone, 1);
	close(fd);
	stop_server();

	fd = begin();
	rd_http_stream_close(stream);
	rd_http_server_close(server);
	server = NULL;
	CHECK_EQ(gone, 0);
	close(fd);
	stop_server();
}

RD_TESTS(T(chunks_arrive_as_they_are_pushed),
	 T(a_client_that_leaves_is_told_at_once),
	 T(a_reader_that_does_not_read_is_cut_at_256_KiB),
	 T(the_server_closes_streams_and_tells))
