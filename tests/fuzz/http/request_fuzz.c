/* tests/fuzz/http/request_fuzz.c - FZ8: bytes of a client, and where they are
 * cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The same requests reach the handler however the bytes are cut, and what
 * reaches it is what the header promises.  The first byte is the length of
 * the pieces.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/loopback.h"
#include "http/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	unsigned requests;
	uint32_t sum;
};

static struct rd_loop *loop;
static struct rd_http_server *server;
static struct rd_addr bound;
static struct heard now;

static void add(struct rd_span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		now.sum = now.sum * 31 + bytes.at[i];
	now.sum = now.sum * 31 + (uint32_t)bytes.len;
}

static void handle(void *arg, struct rd_http_request *r)
{
	struct rd_span name, value, path = rd_http_path(r);

	(void)arg;
	now.requests++;
	add(rd_http_method(r));
	add(path);
	add(rd_http_query(r));
	add(rd_http_body(r));
	rd_assert(rd_span_is(path, "*") || (path.len && path.at[0] == '/'));
	rd_assert(!memchr(path.at, '?', path.len));
	rd_assert(rd_http_header_count(r, "Host") <= 1);
	rd_assert(rd_http_header_count(r, "Content-Length") <= 1);
	rd_assert(rd_http_header_count(r, "Transfer-Encoding") == 0);
	for (unsigned i = 0; rd_http_header_at(r, i, &name, &value); i++) {
		add(name);
		add(value);
		rd_assert(name.len > 0);
		for (size_t c = 0; c < name.len; c++)
			rd_assert(name.at[c] > 0x20 && name.at[c] < 0x7f);
		rd_assert(!memchr(value.at, '\n', value.len) &&
			  !memchr(value.at, '\r', value.len) &&
			  !memchr(value.at, '\0', value.len));
	}
	rd_http_answer_text(r, 200, "text/plain", "ok");
}

static void start(void)
{
	struct rd_http_server_cfg cfg = { .handler = handle,
					  .most_connections = 16 };
	struct rd_http_listen l = { .address = &bound };

	rd_assert(rd_loop_open(&loop) == RD_OK);
	cfg.loop = loop;
	rd_assert(rd_addr_parse(&bound, rd_span("127.0.0.1", 9)) == RD_OK);
	rd_assert(rd_http_server_open(&server, &cfg) == RD_OK);
	rd_assert(rd_http_server_listen(server, &l, &bound, NULL) == RD_OK);
}

static struct heard run(const uint8_t *data, size_t size, size_t piece)
{
	struct linger none = { 1, 0 }; /* no port is kept in TIME_WAIT */
	uint64_t accepted = rd_http_server_counts(server).accepted;
	uint8_t buf[4096];
	int fd = connect_to(&bound);

	memset(&now, 0, sizeof(now));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	for (size_t at = 0; at < size; at += piece) {
		size_t len = rd_min_size(piece, size - at);

		if (send(fd, data + at, len, MSG_NOSIGNAL) < 0)
			break;
		rd_loop_turn(loop, 0);
		rd_loop_turn(loop, 0);
	}
	shutdown(fd, SHUT_WR);
	while (rd_http_server_counts(server).accepted == accepted)
		rd_loop_turn(loop, 10);
	for (int i = 0; i < 40 && rd_http_server_counts(server).connections;
	     i++) {
		rd_loop_turn(loop, 0);
		while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
	/* The library misses an end that comes in one event with the last
	 * bytes; it would see it at the deadline of idle connections. */
	close(fd);
	while (rd_http_server_counts(server).connections)
		rd_loop_turn(loop, 10);
	return now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole, cut;

	if (size < 2 || size > 4096)
		return 0;
	if (!loop)
		start();
	whole = run(data + 1, size - 1, size);
	cut = run(data + 1, size - 1, 1 + data[0] % 64);
	rd_assert(whole.requests == cut.requests && whole.sum == cut.sum);
	return 0;
}
