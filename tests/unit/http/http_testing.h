/* tests/unit/http/http_testing.h - a server and raw sockets to it, in one
 * thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "http/server.h"
#include "testing.h"

enum {
	PATIENCE_MS = 5000
};

static struct rd_loop *loop;
static struct rd_http_server *server;
static struct rd_addr bound;

static inline void start_server_with(struct rd_http_server_cfg *cfg,
				     struct rd_http_listen *l)
{
	static struct rd_addr any_port;

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_addr_parse(&any_port, SPAN("127.0.0.1")));
	cfg->loop = loop;
	if (!cfg->most_connections)
		cfg->most_connections = 256;
	if (!l->address)
		l->address = &any_port;
	CHECK_OK(rd_http_server_open(&server, cfg));
	CHECK_OK(rd_http_server_listen(server, l, &bound, NULL));
	CHECK(bound.port != 0);
}

static inline void start_server(rd_http_handler *handler, void *arg)
{
	struct rd_http_server_cfg cfg = { .handler = handler, .arg = arg };
	struct rd_http_listen l = { 0 };

	start_server_with(&cfg, &l);
}

static inline void stop_server(void)
{
	rd_http_server_close(server);
	server = NULL;
	rd_loop_close(loop);
	loop = NULL;
}

/* Turns the loop until what is true; fails after PATIENCE_MS. */
#define UNTIL(what)                                                            \
	do {                                                                   \
		uint64_t until_ms_ = rd_clock_ms() + PATIENCE_MS;              \
		while (!(what)) {                                              \
			if (rd_clock_ms() > until_ms_)                         \
				fail_msg("never: %s", #what);                  \
			rd_loop_turn(loop, 5);                                 \
		}                                                              \
	} while (0)

static inline int dial(void)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(&bound, &sa);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQ(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

static inline void say(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = send(fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; /* refused early; the answer tells */
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
		rd_loop_turn(loop, 0);
	}
}

/* Reads into buf (ended by NUL) until the server closes, or until enough of
 * it matches; returns the length. */
static inline size_t hear(int fd, char *buf, size_t size, const char *enough)
{
	uint64_t until_ms = rd_clock_ms() + PATIENCE_MS;
	size_t len = 0;

	buf[0] = '\0';
	while (rd_clock_ms() < until_ms) {
		ssize_t n = recv(fd, buf + len, size - 1 - len, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return len;
		if (n < 0) {
			rd_loop_turn(loop, 5);
			continue;
		}
		len += (size_t)n;
		buf[len] = '\0';
		CHECK(len < size - 1);
		if (enough && strstr(buf, enough))
			return len;
	}
	print_error("no end after: %s\n", buf);
	fail();
	return len;
}

/* One exchange on a connection of its own. */
static inline unsigned ask(const char *bytes, size_t len, char *answer,
			   size_t size)
{
	int fd = dial();
	unsigned status = 0;

	say(fd, bytes, len);
	hear(fd, answer, size, "\n.");
	close(fd);
	if (sscanf(answer, "HTTP/1.1 %u", &status) != 1)
		status = 0;
	return status;
}
