/* media/port.c - the sockets: reading in batches, sending.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sending in batches was measured and gains nothing (each datagram of a batch
 * has its own destination), so each goes out at once, with no copy.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "media/media_priv.h"

enum {
	BATCHES = 8, /* read from one socket in one turn */
	SOCKET_BYTES = 4 << 20,
	LEG_READS = 8, /* of one rtp leg in one turn */
};

struct rd_intake {
	struct mmsghdr messages[RD_BATCH];
	struct iovec pieces[RD_BATCH];
	struct sockaddr_in6 names[RD_BATCH];
	struct rd_addr from[RD_BATCH];
	_Alignas(64) uint8_t bytes[RD_BATCH][RD_BUFFER];
};

enum rd_err rd_intake_open(struct rd_intake **out)
{
	struct rd_intake *in = rd_zalloc(sizeof(*in));

	*out = in;
	if (!in)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < RD_BATCH; i++) {
		struct msghdr *h = &in->messages[i].msg_hdr;

		/* One byte more than the longest: longer ones show. */
		in->pieces[i] = (struct iovec){ in->bytes[i], RD_RTP_MAX + 1 };
		h->msg_iov = &in->pieces[i];
		h->msg_iovlen = 1;
		h->msg_name = &in->names[i];
	}
	return RD_OK;
}

void rd_intake_close(struct rd_intake *in)
{
	rd_free(in);
}

/* With CAP_NET_ADMIN as much as we like, else what net.core.*mem_max lets us
 * have; a worker that is held up for some ms must not lose packets. */
static void make_room(int fd, int forced, int plain)
{
	int bytes = SOCKET_BYTES;

	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

static enum rd_err prepare(int fd, const struct rd_addr *bind_to,
			   struct rd_addr *local)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(bind_to, &sa);
	int yes = 1;

	if (bind_to->family == 6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		return RD_E_IO;
	make_room(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	make_room(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0)
		return RD_E_IO;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return RD_E_IO;
	*local = rd_addr_from_sockaddr((struct sockaddr *)&sa);
	return RD_OK;
}

enum rd_err rd_port_open(struct rd_port *out, const struct rd_addr *bind_to,
			 struct rd_complaint *why)
{
	int domain = bind_to->family == 6 ? AF_INET6 : AF_INET;
	char text[RD_ADDR_TEXT];
	int fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	out->fd = -1;
	if (fd < 0) {
		rd_complain(why, "no UDP socket: %s", strerror(errno));
		return RD_E_IO;
	}
	if (prepare(fd, bind_to, &out->local) != RD_OK) {
		rd_complain(why, "UDP %s cannot be bound: %s",
			    rd_addr_text(bind_to, text), strerror(errno));
		close(fd);
		return RD_E_IO;
	}
	out->fd = fd;
	return RD_OK;
}

static int read_batch(struct rd_intake *in, int fd)
{
	for (unsigned i = 0; i < RD_BATCH; i++)
		in->messages[i].msg_hdr.msg_namelen = sizeof(in->names[i]);
	return recvmmsg(fd, in->messages, RD_BATCH, MSG_DONTWAIT, NULL);
}

static void expect_senders(struct rd_worker *w, struct rd_intake *in,
			   unsigned from, unsigned n)
{
	struct rd_media_leg *legs[RD_EXPECTED];

	for (unsigned i = 0; i < n; i++) {
		in->from[from + i] = rd_addr_from_sockaddr(
			(struct sockaddr *)&in->names[from + i]);
		rd_routes_expect(w->routes, &in->from[from + i]);
	}
	for (unsigned i = 0; i < n; i++)
		legs[i] = rd_routes_by_addr(w->routes, &in->from[from + i]);
	rd_leg_expect(legs, n);
}

static void take_message(struct rd_worker *w, unsigned port, unsigned i,
			 uint64_t now_us)
{
	struct rd_intake *in = w->intake;
	struct rd_packet p = {
		.at = in->bytes[i],
		.len = in->messages[i].msg_len,
		.size = RD_BUFFER,
		.from = in->from[i],
		.port = port,
	};

	if (p.len == 0 || p.len > RD_RTP_MAX) {
		rd_count_add(&w->counters.packets_refused, 1);
		return;
	}
	rd_web_packet(w, &p, now_us);
}

unsigned rd_port_read(struct rd_worker *w, unsigned port, uint64_t now_us)
{
	struct rd_intake *in = w->intake;
	unsigned all = 0;

	for (unsigned batch = 0; batch < BATCHES; batch++) {
		int n = read_batch(in, w->ports[port].fd);

		for (unsigned i = 0; n > 0 && i < (unsigned)n; i++) {
			if (i % RD_EXPECTED == 0)
				expect_senders(
					w, in, i,
					(unsigned)rd_min_size((unsigned)n - i,
							      RD_EXPECTED));
			take_message(w, port, i, now_us);
		}
		if (n > 0)
			all += (unsigned)n;
		if (n < RD_BATCH)
			break;
	}
	rd_count_add(&w->counters.packets_in, all);
	return all;
}

static void take_leg_message(struct rd_worker *w, struct rd_media_leg *leg,
			     bool is_rtcp, unsigned i, size_t len,
			     uint64_t now_us)
{
	struct rd_intake *in = w->intake;
	struct rd_packet p = {
		.at = in->bytes[i],
		.len = len,
		.size = RD_BUFFER,
		.from = leg->rtp.remote,
	};

	if (p.len == 0 || p.len > RD_RTP_MAX) {
		rd_leg_refuse(w, leg);
		return;
	}
	if (is_rtcp || !leg->rtp.is_bound)
		p.from =
			rd_addr_from_sockaddr((struct sockaddr *)&in->names[i]);
	rd_rtp_packet(w, leg, &p, is_rtcp, now_us);
}

/* The kernel sees to it who may send: no addresses, and so no headers.  There
 * is one packet nearly always, and a second look that finds nothing costs less
 * than the headers do. */
static unsigned read_bound(struct rd_worker *w, struct rd_media_leg *leg,
			   uint64_t now_us)
{
	uint8_t *bytes = w->intake->bytes[0];
	unsigned n = 0;

	while (n < LEG_READS) {
		ssize_t len =
			recv(leg->rtp.fd, bytes, RD_RTP_MAX + 1, MSG_DONTWAIT);

		/* An ICMP answer to what we sent is passed over. */
		if (len < 0 && errno == ECONNREFUSED)
			continue;
		if (len < 0)
			break;
		n++;
		take_leg_message(w, leg, false, 0, (size_t)len, now_us);
	}
	return n;
}

static unsigned read_any(struct rd_worker *w, struct rd_media_leg *leg,
			 bool is_rtcp, uint64_t now_us)
{
	struct rd_intake *in = w->intake;
	int fd = is_rtcp ? leg->rtp.rtcp_fd : leg->rtp.fd;
	int n;

	for (unsigned i = 0; i < LEG_READS; i++)
		in->messages[i].msg_hdr.msg_namelen = sizeof(in->names[i]);
	do /* as above */
		n = recvmmsg(fd, in->messages, LEG_READS, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == ECONNREFUSED);
	for (unsigned i = 0; n > 0 && i < (unsigned)n; i++)
		take_leg_message(w, leg, is_rtcp, i, in->messages[i].msg_len,
				 now_us);
	return n > 0 ? (unsigned)n : 0;
}

unsigned rd_port_read_leg(struct rd_worker *w, struct rd_media_leg *leg,
			  bool is_rtcp, uint64_t now_us)
{
	unsigned n = leg->rtp.is_bound && !is_rtcp
			     ? read_bound(w, leg, now_us)
			     : read_any(w, leg, is_rtcp, now_us);

	if (n == LEG_READS)
		rd_worker_rewatch(w, leg, is_rtcp);
	rd_count_add(&w->counters.packets_in, n);
	return n;
}

void rd_port_send(struct rd_worker *w, unsigned port, const struct rd_addr *to,
		  const void *bytes, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len;

	if (port == RD_PORT_TCP) {
		rd_tcp_send(w, to, bytes, len);
		return;
	}
	sa_len = rd_addr_to_sockaddr(to, &sa);
	if (sendto(w->ports[port].fd, bytes, len, MSG_DONTWAIT,
		   (struct sockaddr *)&sa, sa_len) == (ssize_t)len)
		rd_count_add(&w->counters.packets_out, 1);
}
