/* tests/fake/issuer.h - a real small issuer of keys on loopback, which can be
 * made rude.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One thread of its own; include in one source of a program.
 */
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing.h"

enum fake_issuer_mode {
	ISSUER_OK,
	ISSUER_HOLDS,     /* takes the request and says nothing */
	ISSUER_FAILS,     /* 500 */
	ISSUER_HTML,      /* 200 with a page */
	ISSUER_REDIRECTS, /* to another host, where a trap listens */
	ISSUER_FLOODS,    /* an answer without end */
	ISSUER_CLOSES,    /* hangs up at once */
	ISSUER_OTHER,     /* its discovery document is somebody else's */
	ISSUER_ELSEWHERE, /* its key set is on the trap's host */
};

enum {
	FAKE_KEYS = 16384,
	FAKE_HELD = 16
};

struct fake_issuer {
	int listening;
	int trap;
	int wake[2];
	uint16_t port;
	char url[64]; /* also its `iss` */
	pthread_t thread;

	atomic_int mode;       /* atomic */
	atomic_bool is_ending; /* atomic */
	atomic_uint requests;  /* atomic */
	atomic_uint trapped;   /* atomic */
	pthread_mutex_t mutex;
	char keys[FAKE_KEYS]; /* mutex */

	int held[FAKE_HELD]; /* thread */
	size_t held_count;   /* thread */
};

static void fake_issuer_write(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void fake_issuer_answer(int fd, const char *status, const char *headers,
			       const char *body)
{
	char head[512];
	int len = snprintf(head, sizeof(head),
			   "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s"
			   "Connection: close\r\n\r\n",
			   status, strlen(body), headers);

	fake_issuer_write(fd, head, (size_t)len);
	fake_issuer_write(fd, body, strlen(body));
}

static void fake_issuer_flood(struct fake_issuer *f, int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n{\"keys\":[";
	char junk[4096];

	memset(junk, ' ', sizeof(junk));
	fake_issuer_write(fd, head, sizeof(head) - 1);
	for (unsigned i = 0; i < 16384 && !f->is_ending; i++)
		if (send(fd, junk, sizeof(junk), MSG_NOSIGNAL) <= 0)
			return;
}

static void fake_issuer_document(struct fake_issuer *f, int fd,
				 const char *path)
{
	char body[FAKE_KEYS];

	if (!strncmp(path, "/keys ", 6)) {
		pthread_mutex_lock(&f->mutex);
		memcpy(body, f->keys, sizeof(body));
		pthread_mutex_unlock(&f->mutex);
	} else {
		snprintf(
			body, sizeof(body),
			"{\"issuer\":\"%s%s\",\"jwks_uri\":\"http://127.0.0.%d:"
			"%u/keys\"}",
			f->url, f->mode == ISSUER_OTHER ? "x" : "",
			f->mode == ISSUER_ELSEWHERE ? 2 : 1, f->port);
	}
	fake_issuer_answer(fd, "200 OK", "Content-Type: application/json\r\n",
			   body);
}

/* Whether fd is to be kept open. */
static bool fake_issuer_serve(struct fake_issuer *f, int fd, const char *path)
{
	char location[128];

	switch ((enum fake_issuer_mode)f->mode) {
	case ISSUER_HOLDS:
		if (f->held_count == FAKE_HELD)
			return false;
		f->held[f->held_count++] = fd;
		return true;
	case ISSUER_FAILS:
		fake_issuer_answer(fd, "500 Oops", "", "");
		return false;
	case ISSUER_HTML:
		fake_issuer_answer(fd, "200 OK", "Content-Type: text/html\r\n",
				   "<html><body>Sign in</body></html>");
		return false;
	case ISSUER_REDIRECTS:
		snprintf(location, sizeof(location),
			 "Location: http://127.0.0.2:%u/keys\r\n", f->port);
		fake_issuer_answer(fd, "302 Found", location, "");
		return false;
	case ISSUER_FLOODS:
		fake_issuer_flood(f, fd);
		return false;
	case ISSUER_CLOSES:
		return false;
	default:
		fake_issuer_document(f, fd, path);
		return false;
	}
}

static void fake_issuer_accept(struct fake_issuer *f)
{
	struct timeval patience = { .tv_sec = 2 };
	int fd = accept(f->listening, NULL, NULL);
	char text[4096] = "";
	size_t len = 0;

	if (fd < 0)
		return;
	f->requests++;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (!strstr(text, "\r\n\r\n") && len < sizeof(text) - 1) {
		ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
	}
	if (len < 5 || !fake_issuer_serve(f, fd, text + 4))
		close(fd);
}

static void *fake_issuer_run(void *arg)
{
	struct fake_issuer *f = arg;

	while (!f->is_ending) {
		struct pollfd p[] = { { .fd = f->listening, .events = POLLIN },
				      { .fd = f->trap, .events = POLLIN },
				      { .fd = f->wake[0], .events = POLLIN } };
		char c;

		poll(p, 3, -1);
		if (p[1].revents) {
			close(accept(f->trap, NULL, NULL));
			f->trapped++;
		}
		if (p[0].revents)
			fake_issuer_accept(f);
		if (!p[2].revents || read(f->wake[0], &c, 1) != 1)
			continue;
		while (f->held_count > 0 && f->mode != ISSUER_HOLDS)
			close(f->held[--f->held_count]);
	}
	while (f->held_count > 0)
		close(f->held[--f->held_count]);
	return NULL;
}

static int fake_issuer_listen(const char *ip, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(*port),
				 .sin_addr.s_addr = inet_addr(ip) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64)) {
		close(fd);
		return -1;
	}
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void fake_issuer_open(struct fake_issuer *f)
{
	memset(f, 0, sizeof(*f));
	f->trap = -1;
	while (f->trap < 0) { /* both hosts on one port */
		f->port = 0;
		f->listening = fake_issuer_listen("127.0.0.1", &f->port);
		CHECK(f->listening >= 0);
		f->trap = fake_issuer_listen("127.0.0.2", &f->port);
		if (f->trap < 0)
			close(f->listening);
	}
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u", f->port);
	CHECK_EQ(pipe(f->wake), 0);
	pthread_mutex_init(&f->mutex, NULL);
	CHECK_EQ(pthread_create(&f->thread, NULL, fake_issuer_run, f), 0);
}

static void fake_issuer_be(struct fake_issuer *f, enum fake_issuer_mode mode)
{
	f->mode = mode;
	CHECK_EQ(write(f->wake[1], "", 1), 1);
}

static void fake_issuer_set_keys(struct fake_issuer *f, const char *keys)
{
	pthread_mutex_lock(&f->mutex);
	snprintf(f->keys, sizeof(f->keys), "%s", keys);
	pthread_mutex_unlock(&f->mutex);
}

static void fake_issuer_close(struct fake_issuer *f)
{
	f->is_ending = true;
	CHECK_EQ(write(f->wake[1], "", 1), 1);
	pthread_join(f->thread, NULL);
	close(f->listening);
	close(f->trap);
	close(f->wake[0]);
	close(f->wake[1]);
	pthread_mutex_destroy(&f->mutex);
}
