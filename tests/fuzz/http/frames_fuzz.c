/* tests/fuzz/http/frames_fuzz.c - FZ10: bytes of a client on a WebSocket, and
 * where they are cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the server hears and how it ends does not depend on the cuts.  The
 * first byte is the length of the pieces.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/loopback.h"
#include "http/frame_watch.h"
#include "http/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char hello[] = "GET / HTTP/1.1\r\nHost: x\r\n"
			    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Version: 13\r\n"
			    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			    "\r\n";

struct heard {
	unsigned messages, code;
	size_t bytes;
	uint32_t sum;
};

static struct rd_loop *loop;
static struct rd_http_server *server;
static struct rd_addr bound;
static struct rd_ws *ws;
static struct heard now;

static void on_opened(void *arg, struct rd_ws *opened)
{
	(void)arg;
	ws = opened;
}

static void on_message(void *arg, struct rd_ws *w, struct rd_span payload,
		       bool is_text)
{
	(void)arg;
	(void)w;
	now.messages++;
	now.bytes += payload.len;
	now.sum = now.sum * 31 + is_text;
	for (size_t i = 0; i < payload.len; i++)
		now.sum = now.sum * 31 + payload.at[i];
}

static void on_closed(void *arg, struct rd_ws *w, unsigned code)
{
	(void)arg;
	now.code = code;
	ws = NULL;
	rd_ws_close(w);
}

static const struct rd_ws_events events = { on_opened, on_message, on_closed,
					    NULL };

static void upgrade(void *arg, struct rd_http_request *r)
{
	static const struct rd_ws_cfg cfg = { .events = &events,
					      .most_message_bytes = 4096,
					      .messages_burst = 1000000,
					      .close_wait_ms = 50 };

	(void)arg;
	(void)!rd_ws_accept(r, &cfg, NULL);
}

static void start(void)
{
	struct rd_http_server_cfg cfg = { .handler = upgrade,
					  .most_connections = 16 };
	struct rd_http_listen l = { .address = &bound };

	rd_assert(rd_loop_open(&loop) == RD_OK);
	cfg.loop = loop;
	rd_assert(rd_addr_parse(&bound, rd_span("127.0.0.1", 9)) == RD_OK);
	rd_assert(rd_http_server_open(&server, &cfg) == RD_OK);
	rd_assert(rd_http_server_listen(server, &l, &bound, NULL) == RD_OK);
}

static int open_socket(void)
{
	int fd = connect_to(&bound);
	char buf[1024];

	rd_assert(send(fd, hello, sizeof(hello) - 1, 0) == sizeof(hello) - 1);
	while (!ws)
		rd_loop_turn(loop, 10);
	rd_assert(recv(fd, buf, sizeof(buf), 0) > 0);
	return fd;
}

static struct heard run(const uint8_t *data, size_t size, size_t piece)
{
	uint8_t buf[4096];
	int fd;

	memset(&now, 0, sizeof(now));
	fd = open_socket();
	for (size_t at = 0; at < size; at += piece) {
		size_t len = rd_min_size(piece, size - at);

		if (send(fd, data + at, len, MSG_NOSIGNAL) < 0)
			break;
		rd_loop_turn(loop, 0);
	}
	shutdown(fd, SHUT_WR);
	while (ws) {
		rd_loop_turn(loop, 10);
		while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
	close(fd);
	while (rd_http_server_counts(server).connections)
		rd_loop_turn(loop, 10);
	return now;
}

static void check_heads(const uint8_t *data, size_t size, size_t piece)
{
	struct rd_frame_watch a = { .have = 0 }, b = a;
	size_t good = rd_frame_watch_feed(&a, rd_span(data, size));

	for (size_t at = 0; at < size; at += piece) {
		size_t len = rd_min_size(piece, size - at);
		size_t n = rd_frame_watch_feed(&b, rd_span(data + at, len));

		if (n == len)
			continue;
		/* A head that was cut counts from where its rest begins. */
		rd_assert(at + n >= good && at + n < good + 10);
		return;
	}
	rd_assert(good == size);
}

/* Of a close frame with a bad code and a bad reason, wslay blames what it meets
 * first, which depends on the cuts. */
static bool is_same_end(unsigned a, unsigned b)
{
	return a == b || (a == 1002 && b == 1007) || (a == 1007 && b == 1002);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole, cut;
	size_t piece;

	if (size < 2 || size > 2048)
		return 0;
	if (!loop)
		start();
	piece = 1 + data[0] % 64;
	check_heads(data + 1, size - 1, piece);
	whole = run(data + 1, size - 1, size);
	cut = run(data + 1, size - 1, piece);
	rd_assert(whole.messages == cut.messages && whole.sum == cut.sum);
	rd_assert(whole.bytes == cut.bytes);
	rd_assert(is_same_end(whole.code, cut.code));
	return 0;
}
