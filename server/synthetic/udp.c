/* synthetic/udp.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/udp.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	RECEIVE_BYTES = 1 << 18
};

enum rd_err rd_udp_open(int *fd, struct rd_addr *local)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(local, &ss);
	int on = 1;
	int bytes = RECEIVE_BYTES;

	*fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		     0);
	if (*fd < 0)
		return RD_E_IO;
	/* What cannot be set only makes the figures a little worse. */
	(void)setsockopt(*fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	(void)setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(*fd, (struct sockaddr *)&ss, len) < 0 ||
	    getsockname(*fd, (struct sockaddr *)&ss, &len) < 0) {
		rd_udp_close(fd);
		return RD_E_IO;
	}
	*local = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	return RD_OK;
}

void rd_udp_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static uint64_t to_us(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_nsec / 1000;
}

uint64_t rd_udp_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return to_us(&t);
}

/* The kernel stamps in wall time; what has passed since then is taken off the
 * monotonic now. */
static uint64_t arrival_us(struct msghdr *m)
{
	uint64_t now_us = rd_clock_us();

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		struct timespec t;
		uint64_t wall_us = rd_udp_wall_us();

		if (h->cmsg_level != SOL_SOCKET ||
		    h->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(h), sizeof(t));
		if (to_us(&t) <= wall_us && wall_us - to_us(&t) < now_us)
			return now_us - (wall_us - to_us(&t));
	}
	return now_us;
}

bool rd_udp_receive(int fd, uint8_t *buf, size_t size, size_t *len,
		    struct rd_addr *from, uint64_t *at_us)
{
	struct sockaddr_storage ss;
	_Alignas(struct cmsghdr) uint8_t control[64];
	struct iovec iov = { buf, size };
	struct msghdr m = { .msg_name = &ss,
			    .msg_namelen = sizeof(ss),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;

	/* A connected socket tells of ICMP errors here: they are no end. */
	do {
		n = recvmsg(fd, &m, 0);
	} while (n < 0 && (errno == EINTR || errno == ECONNREFUSED));
	if (n < 0)
		return false;
	*len = (size_t)n;
	*at_us = arrival_us(&m);
	if (from)
		*from = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	return true;
}

void rd_udp_send(int fd, struct rd_span datagram, const struct rd_addr *to)
{
	struct sockaddr_storage ss;
	socklen_t len = to ? rd_addr_to_sockaddr(to, &ss) : 0;
	ssize_t n;

	/* The first send after an ICMP error reports it and sends nothing. */
	for (int i = 0; i < 2; i++) {
		n = sendto(fd, datagram.at, datagram.len, MSG_NOSIGNAL,
			   to ? (struct sockaddr *)&ss : NULL, len);
		if (n >= 0 || errno != ECONNREFUSED)
			return;
	}
}

void rd_udp_connect(int fd, const struct rd_addr *to)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(to, &ss);

	/* Without it each send looks the route up again; no more. */
	(void)connect(fd, (struct sockaddr *)&ss, len);
}
