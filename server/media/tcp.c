/* media/tcp.c - the connections of browsers whose network lets no UDP through.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6544 (passive candidates) and RFC 4571 (framing).  To the rest of the
 * folder a connection is one more address a browser is heard from: it has a
 * name that the routes know as they know addresses, never used twice.
 *
 * Whoever connects is a stranger until an authentic check came by the
 * connection.  Strangers are few (all together, and of one address), may say
 * nothing but a few checks, and not for long.  After that the connection
 * belongs to a leg, of which it is one of RD_LEG_CONNECTIONS, and ends with it.
 *
 * Nothing waits for a slow reader: what the kernel has no room for is
 * dropped, as a network would drop it; of a frame that went out in part the
 * rest is kept, since the stream would be spoilt without it.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

#include "media/media_priv.h"
#include "wire/framing.h"

enum {
	STRANGERS = 256,       /* a worker */
	OF_ADDRESS = 32,       /* strangers of one address, IPv6: of one /64 */
	PATIENCE_US = 4000000, /* for the first authentic check, */
	CHECKS = 20,           /* and so many that are none */
	BACKLOG = 128,
	ACCEPTS = 16, /* in one turn */
	READS = 4,    /* of one connection in one turn */
	READ_BYTES = 8192,
	RECEIVE_BYTES = 32768, /* in the kernel */
	SEND_BYTES = 32768,
	UNSENT_BYTES = 4096, /* about half a second of speech */
	GONE_MS = 20000,     /* nothing acknowledged for so long */
};

struct connection {
	int fd;          /* -1: free */
	bool is_valid;   /* an authentic check came by it: it is a leg's */
	unsigned checks; /* of a stranger */
	uint64_t opened_us;
	struct rd_addr remote;
	struct rd_addr name;
	struct rd_list in_list; /* .free or .strangers, unless it is valid */

	size_t rest_at, rest_len; /* of a frame that went out in part */
	uint8_t rest[RD_FRAMING_HEADER + RD_BUFFER];
	struct rd_framing in;
};

struct rd_tcp {
	struct rd_port listeners[RD_MEDIA_ADDRESSES]; /* const after open */
	unsigned listener_count;
	unsigned size;

	uint64_t serial;          /* of the newest connection */
	unsigned touched;         /* of all: the rest was never used */
	struct rd_list free;      /* struct connection.in_list */
	struct rd_list strangers; /* the same; oldest first */
	unsigned stranger_count;
	struct connection *all;
	uint8_t bytes[READ_BYTES]; /* as they come */
	uint8_t packet[RD_BUFFER]; /* one of them, with room behind it */
};

/* --- opening and closing --- */

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Connections inherit all of it.  Without Nagle; no more than UNSENT_BYTES
 * lie here while the network takes nothing. */
static bool prepare(int fd, const struct rd_addr *at)
{
	if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
	    (at->family == 6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)))
		return false;
	return set(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
	       set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES) &&
	       set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, GONE_MS) &&
	       set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES) &&
	       set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BYTES);
}

static bool bind_to(int fd, struct rd_addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(at, &sa);

	if (bind(fd, (struct sockaddr *)&sa, len) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return false;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return false;
	*at = rd_addr_from_sockaddr((struct sockaddr *)&sa);
	return true;
}

/* At the port of the UDP socket.  If the kernel chose that one, another
 * program may have it in TCP, and any other will do. */
static enum rd_err open_listener(struct rd_port *out, const struct rd_port *udp,
				 bool is_any, struct rd_complaint *why)
{
	int domain = udp->local.family == 6 ? AF_INET6 : AF_INET;
	char text[RD_ADDR_TEXT];
	bool is_bound;

	out->local = udp->local;
	out->fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (out->fd < 0) {
		rd_complain(why, "no TCP socket: %s", strerror(errno));
		return RD_E_IO;
	}
	is_bound =
		prepare(out->fd, &out->local) && bind_to(out->fd, &out->local);
	if (!is_bound && is_any && errno == EADDRINUSE) {
		out->local.port = 0;
		is_bound = bind_to(out->fd, &out->local);
	}
	if (is_bound)
		return RD_OK;
	rd_complain(why, "TCP %s cannot be bound: %s",
		    rd_addr_text(&udp->local, text), strerror(errno));
	close(out->fd);
	return RD_E_IO;
}

enum rd_err rd_tcp_open(struct rd_tcp **out, const struct rd_worker *w,
			struct rd_complaint *why)
{
	struct rd_tcp *t = rd_zalloc(sizeof(*t));
	enum rd_err err = RD_OK;

	*out = NULL;
	if (!t)
		return RD_E_NOMEM;
	rd_list_init(&t->free);
	rd_list_init(&t->strangers);
	t->size = w->cfg->legs_per_worker * RD_LEG_CONNECTIONS + STRANGERS;
	t->all = rd_zalloc(t->size * sizeof(t->all[0]));
	if (!t->all)
		err = RD_E_NOMEM;
	for (unsigned i = 0; err == RD_OK && i < w->port_count; i++) {
		err = open_listener(&t->listeners[i], &w->ports[i],
				    w->cfg->port == 0, why);
		if (err == RD_OK)
			t->listener_count++;
	}
	if (err != RD_OK) {
		rd_tcp_close(t);
		return err;
	}
	*out = t;
	return RD_OK;
}

void rd_tcp_close(struct rd_tcp *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->listener_count; i++)
		close(t->listeners[i].fd);
	for (unsigned i = 0; t->all && i < t->touched; i++)
		if (t->all[i].fd >= 0)
			close(t->all[i].fd);
	rd_free(t->all);
	rd_free(t);
}

const struct rd_port *rd_tcp_listener(const struct rd_tcp *t, unsigned i)
{
	return i < t->listener_count ? &t->listeners[i] : NULL;
}

/* --- connections --- */

static struct rd_addr name_of(unsigned index, uint64_t serial)
{
	struct rd_addr a = { .family = RD_TCP_FAMILY };
	uint32_t at = index;

	memcpy(a.ip, &at, sizeof(at));
	memcpy(a.ip + 8, &serial, sizeof(serial));
	return a;
}

/* NULL: it is gone. */
static struct connection *find(struct rd_tcp *t, const struct rd_addr *name)
{
	struct connection *c;
	uint32_t at;

	if (!t || name->family != RD_TCP_FAMILY)
		return NULL;
	memcpy(&at, name->ip, sizeof(at));
	if (at >= t->touched)
		return NULL;
	c = &t->all[at];
	return c->fd >= 0 && rd_addr_equal(&c->name, name) ? c : NULL;
}

static void follow_count(struct rd_worker *w, int change)
{
	rd_count_add(&w->counters.tcp_open, (uint64_t)(int64_t)change);
}

/* The kernel forgets the watch with the descriptor. */
static void cut(struct rd_worker *w, struct connection *c)
{
	if (!c->is_valid) {
		rd_list_remove(&c->in_list);
		w->tcp->stranger_count--;
	}
	follow_count(w, -1);
	close(c->fd);
	c->fd = -1;
	rd_list_push(&w->tcp->free, &c->in_list);
}

/* It ended, and its leg must hear of it. */
static void lose(struct rd_worker *w, struct connection *c)
{
	if (c->is_valid)
		rd_web_gone(w, &c->name);
	cut(w, c);
}

void rd_tcp_end(struct rd_worker *w, const struct rd_addr *name)
{
	struct connection *c = find(w->tcp, name);

	if (c)
		cut(w, c);
}

void rd_tcp_trust(struct rd_worker *w, const struct rd_addr *name)
{
	struct connection *c = find(w->tcp, name);

	if (!c || c->is_valid)
		return;
	c->is_valid = true;
	rd_list_remove(&c->in_list);
	w->tcp->stranger_count--;
}

const struct rd_addr *rd_tcp_remote(struct rd_worker *w,
				    const struct rd_addr *name)
{
	struct connection *c = find(w->tcp, name);

	return c ? &c->remote : name;
}

static struct connection *oldest_stranger(const struct rd_tcp *t)
{
	return rd_list_is_empty(&t->strangers)
		       ? NULL
		       : rd_container(t->strangers.next, struct connection,
				      in_list);
}

uint64_t rd_tcp_due(struct rd_worker *w, uint64_t now_us)
{
	struct connection *c;

	if (!w->tcp)
		return UINT64_MAX;
	while ((c = oldest_stranger(w->tcp)) != NULL) {
		if (now_us < c->opened_us + PATIENCE_US)
			return c->opened_us + PATIENCE_US;
		rd_count_add(&w->counters.tcp_refused, 1);
		cut(w, c);
	}
	return UINT64_MAX;
}

/* --- accepting --- */

static bool is_neighbour(const struct rd_addr *a, const struct rd_addr *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, a->family == 6 ? 8 : 4) == 0;
}

/* What accept4 says of a connection that is gone already, accept(2); of the
 * listener it says that none is there, or that descriptors have run out: then
 * the next who comes tells us to try again. */
static bool may_accept_more(int error)
{
	return error != EAGAIN && error != EMFILE && error != ENFILE &&
	       error != ENOBUFS && error != ENOMEM;
}

/* The oldest stranger of that address, if it has as many as it may. */
static struct connection *oldest_neighbour(struct rd_tcp *t,
					   const struct rd_addr *from)
{
	struct connection *oldest = NULL;
	struct rd_list *item, *after;
	unsigned n = 0;

	rd_list_each_safe (item, after, &t->strangers) {
		struct connection *c =
			rd_container(item, struct connection, in_list);

		if (!is_neighbour(&c->remote, from))
			continue;
		if (!oldest)
			oldest = c;
		n++;
	}
	return n < OF_ADDRESS ? NULL : oldest;
}

/* Strangers beyond their number, of an address or in all, take the place of
 * the oldest: who is honest has sent his check long before, and whoever keeps
 * many open does not keep out others behind the same NAT.  NULL: all are
 * legs'. */
static struct connection *find_room(struct rd_worker *w,
				    const struct rd_addr *from)
{
	struct rd_tcp *t = w->tcp;
	struct connection *old = oldest_neighbour(t, from);
	struct rd_list *item;

	if (!old && t->stranger_count == STRANGERS)
		old = oldest_stranger(t);
	if (old) {
		rd_count_add(&w->counters.tcp_refused, 1);
		cut(w, old);
	}
	item = rd_list_pop(&t->free);
	if (item)
		return rd_container(item, struct connection, in_list);
	return t->touched < t->size ? &t->all[t->touched++] : NULL;
}

static void take(struct rd_worker *w, int fd, const struct sockaddr *sa,
		 uint64_t now_us)
{
	struct rd_addr from = rd_addr_from_sockaddr(sa);
	struct connection *c = find_room(w, &from);
	struct rd_tcp *t = w->tcp;
	unsigned index;

	if (!c) {
		rd_count_add(&w->counters.tcp_refused, 1);
		close(fd);
		return;
	}
	index = (unsigned)(c - t->all);
	c->fd = fd;
	c->is_valid = false;
	c->checks = 0;
	c->opened_us = now_us;
	c->remote = from;
	c->name = name_of(index, ++t->serial);
	c->rest_len = 0;
	rd_framing_init(&c->in);
	rd_list_push(&t->strangers, &c->in_list);
	t->stranger_count++;
	follow_count(w, 1);
	rd_count_add(&w->counters.tcp_accepted, 1);
	if (!rd_worker_watch_connection(w, fd, index))
		cut(w, c);
}

void rd_tcp_accept(struct rd_worker *w, unsigned i, uint64_t now_us)
{
	int listener = w->tcp->listeners[i].fd;
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	for (int n = 0; n < ACCEPTS; n++) {
		len = sizeof(sa);
		fd = accept4(listener, (struct sockaddr *)&sa, &len,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take(w, fd, (struct sockaddr *)&sa, now_us);
		else if (!may_accept_more(errno))
			return;
	}
	rd_worker_rewatch_listener(w, listener, i);
}

/* --- reading --- */

/* False: who says that gets no more of our time. */
static bool hear(struct rd_worker *w, struct connection *c,
		 struct rd_span frame, uint64_t now_us)
{
	struct rd_packet p = {
		.at = w->tcp->packet,
		.len = frame.len,
		.size = RD_BUFFER,
		.from = c->name,
		.port = RD_PORT_TCP,
	};

	if (frame.len == 0 ||
	    (!c->is_valid && (rd_packet_kind(frame) != RD_PACKET_STUN ||
			      ++c->checks > CHECKS))) {
		rd_count_add(&w->counters.packets_refused, 1);
		return c->is_valid;
	}
	/* The bytes behind it, where a packet grows, are the next frame's. */
	memcpy(w->tcp->packet, frame.at, frame.len);
	rd_web_packet(w, &p, now_us);
	return true;
}

/* False: c is gone, or is to go. */
static bool hear_all(struct rd_worker *w, struct connection *c,
		     struct rd_span bytes, unsigned *packets, uint64_t now_us)
{
	struct rd_addr name = c->name;
	struct rd_span frame;
	enum rd_err err;

	while ((err = rd_framing_next(&c->in, &bytes, &frame)) == RD_OK) {
		(*packets)++;
		if (!hear(w, c, frame, now_us))
			return false;
		if (!find(w->tcp, &name))
			return false;
	}
	return err == RD_E_AGAIN;
}

/* What is there.  False: the connection is over. */
static bool read_some(struct rd_worker *w, struct connection *c,
		      unsigned *packets, uint64_t now_us)
{
	struct rd_tcp *t = w->tcp;

	for (int i = 0; i < READS; i++) {
		ssize_t n = recv(c->fd, t->bytes, READ_BYTES, MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		if (!hear_all(w, c, rd_span(t->bytes, (size_t)n), packets,
			      now_us))
			return false;
	}
	rd_worker_rewatch_connection(w, c->fd, (unsigned)(c - t->all));
	return true;
}

/* What was left of a frame.  False: there is still some. */
static bool flush(struct connection *c)
{
	ssize_t n;

	if (c->rest_len == 0)
		return true;
	n = send(c->fd, c->rest + c->rest_at, c->rest_len,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		c->rest_at += (size_t)n;
		c->rest_len -= (size_t)n;
	}
	return c->rest_len == 0;
}

unsigned rd_tcp_serve(struct rd_worker *w, unsigned index, uint64_t now_us)
{
	struct connection *c = &w->tcp->all[index];
	struct rd_addr name = c->name;
	unsigned packets = 0;

	if (c->fd < 0) /* since this turn began */
		return 0;
	(void)flush(c);
	if (!read_some(w, c, &packets, now_us) && find(w->tcp, &name))
		lose(w, c);
	rd_count_add(&w->counters.packets_in, packets);
	return packets;
}

/* --- sending --- */

static void keep_rest(struct connection *c, const uint8_t *header,
		      const uint8_t *bytes, size_t len, size_t sent)
{
	size_t of_header = sent < RD_FRAMING_HEADER ? sent : RD_FRAMING_HEADER;
	size_t left = RD_FRAMING_HEADER - of_header;

	memcpy(c->rest, header + of_header, left);
	memcpy(c->rest + left, bytes + (sent - of_header),
	       len - (sent - of_header));
	c->rest_at = 0;
	c->rest_len = RD_FRAMING_HEADER + len - sent;
}

void rd_tcp_send(struct rd_worker *w, const struct rd_addr *name,
		 const void *bytes, size_t len)
{
	struct connection *c = find(w->tcp, name);
	uint8_t header[RD_FRAMING_HEADER];
	struct iovec pieces[2] = { { header, sizeof(header) },
				   { (void *)(uintptr_t)bytes, len } };
	struct msghdr m = { .msg_iov = pieces, .msg_iovlen = 2 };
	ssize_t sent = -1;

	if (!c)
		return;
	rd_framing_write(header, len);
	if (len <= RD_BUFFER && flush(c))
		sent = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent <= 0) { /* an end of the connection is told by epoll */
		rd_count_add(&w->counters.tcp_dropped, 1);
		return;
	}
	rd_count_add(&w->counters.packets_out, 1);
	if ((size_t)sent < sizeof(header) + len)
		keep_rest(c, header, bytes, len, (size_t)sent);
}
