/* synthetic/tcp.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum rd_err rd_tcp_link_open(struct rd_tcp_link *l, const struct rd_addr *to)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(to, &ss);
	int on = 1;

	memset(l, 0, sizeof(*l));
	rd_framing_init(&l->framing);
	l->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	if (l->fd < 0)
		return RD_E_IO;
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(l->fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS) {
		rd_tcp_link_close(l);
		return RD_E_IO;
	}
	return RD_OK;
}

void rd_tcp_link_close(struct rd_tcp_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static bool read_more(struct rd_tcp_link *l)
{
	ssize_t n;

	do {
		n = recv(l->fd, l->bytes, sizeof(l->bytes), 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		l->has_ended = true;
	l->at = 0;
	l->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

bool rd_tcp_link_receive(struct rd_tcp_link *l, uint8_t *buf, size_t size,
			 size_t *len, uint64_t *at_us)
{
	struct rd_span in, frame;
	enum rd_err err;

	while (!l->has_ended) {
		in = rd_span(l->bytes + l->at, l->len - l->at);
		err = rd_framing_next(&l->framing, &in, &frame);
		l->at = l->len - in.len;
		if (err == RD_OK && frame.len <= size) {
			memcpy(buf, frame.at, frame.len);
			*len = frame.len;
			*at_us = rd_clock_us();
			return true;
		}
		if (err == RD_E_AGAIN && !read_more(l))
			return false;
		if (err == RD_E_SIZE)
			l->has_ended = true;
	}
	return false;
}

void rd_tcp_link_send(struct rd_tcp_link *l, struct rd_span datagram)
{
	size_t len = RD_FRAMING_HEADER + datagram.len;
	ssize_t n;

	if (l->has_ended || datagram.len > RD_FRAMING_MAX)
		return;
	if (l->rest_len == 0) {
		rd_framing_write(l->rest, datagram.len);
		memcpy(l->rest + RD_FRAMING_HEADER, datagram.at, datagram.len);
		n = send(l->fd, l->rest, len, MSG_NOSIGNAL);
		l->rest_at = n > 0 ? (size_t)n : 0;
		l->rest_len = n > 0 ? len - (size_t)n : 0;
		return;
	}
	n = send(l->fd, l->rest + l->rest_at, l->rest_len, MSG_NOSIGNAL);
	if (n <= 0)
		return;
	l->rest_at += (size_t)n;
	l->rest_len -= (size_t)n;
	if (l->rest_len == 0)
		rd_tcp_link_send(l, datagram);
}
