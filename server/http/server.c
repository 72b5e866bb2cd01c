/* http/server.c - listeners, connections and their deadlines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/pool.h"
#include "http/server_priv.h"

enum {
	BACKLOG = 1024,
	MOST_CONNECTIONS = 65535,
	ANSWER_LEAST_MS = 30000, /* for any answer, however short */
};

/* --- what was refused --- */

static const char *const refusals[] = { "malformed", "late", "full",
					"address_full", "slow_reader" };
RD_COUNTERS(refused, "ringdown_http_refused_total",
	    "Requests and connections refused before any route.", "why",
	    refusals);
RD_GAUGE(connections, "ringdown_http_connections", "HTTP connections open.");

void rd_http_refused(struct rd_http_server *s, enum rd_http_refusal why,
		     const struct rd_addr *peer)
{
	struct rd_addr network = *peer; /* enough to see an attack by */
	char text[RD_ADDR_TEXT];

	if (network.family == 6)
		memset(network.ip + 8, 0, 8);
	else
		network.ip[3] = 0;
	rd_metric_add(&refused, why, 1);
	s->counts.malformed += why == RD_HTTP_MALFORMED;
	s->counts.timed_out += why == RD_HTTP_LATE;
	s->counts.refused_total += why == RD_HTTP_FULL;
	s->counts.refused_address += why == RD_HTTP_ADDRESS_FULL;
	rd_log(RD_LOG_INFO, "http", "event=\"http refused\" why=%s network=%s",
	       refusals[why], rd_addr_ip_text(&network, text));
}

/* --- the number of connections of each address --- */

/* IPv6 hosts own a /64; counting single addresses would count nothing. */
static struct rd_addr network_of(const struct rd_addr *a)
{
	struct rd_addr n = *a;

	n.port = 0;
	if (n.family == 6)
		memset(n.ip + 8, 0, 8);
	return n;
}

static bool is_counted(const struct rd_http_server *s, const struct rd_addr *a)
{
	if (s->leaves_loopback && rd_addr_is_loopback(a))
		return false;
	for (size_t i = 0; i < s->cfg.trusted_proxy_count; i++)
		if (rd_network_has(&s->cfg.trusted_proxies[i], a))
			return false;
	return true;
}

/* NULL: no memory. */
static struct peer *find_peer(struct rd_http_server *s,
			      const struct rd_addr *address)
{
	struct rd_addr network = network_of(address);
	struct rd_list *head = &s->peers[rd_addr_hash(&network) % PEER_BUCKETS];
	struct rd_list *item;
	struct peer *p;

	rd_list_each (item, head) {
		p = rd_container(item, struct peer, in_bucket);
		if (rd_addr_equal(&p->network, &network))
			return p;
	}
	p = rd_zalloc(sizeof(*p));
	if (!p)
		return NULL;
	p->network = network;
	rd_list_push(head, &p->in_bucket);
	return p;
}

static void drop_peer(struct peer *p)
{
	if (p->connections)
		return;
	rd_list_remove(&p->in_bucket);
	rd_free(p);
}

/* --- connections --- */

/* Says 408 if nothing else was said yet, then cuts; the library sees the end
 * and cleans up. */
static void conn_is_late(struct rd_timer *t, uint64_t now_ms)
{
	static const char late[] = "HTTP/1.1 408 Request Timeout\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 0\r\n\r\n";
	struct conn *c = rd_container(t, struct conn, deadline);
	ssize_t n;

	(void)now_ms;
	rd_http_refused(c->daemon->server, RD_HTTP_LATE, &c->peer);
	if (!c->daemon->listener->certificate_file &&
	    (c->phase == CONN_HEADERS || c->phase == CONN_BODY)) {
		n = send(c->fd, late, sizeof(late) - 1,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)n; /* a courtesy */
	}
	shutdown(c->fd, SHUT_RDWR);
}

struct conn *rd_conn_open(struct daemon *d, const struct rd_addr *peer)
{
	struct rd_http_server *s = d->server;
	struct peer *p = NULL;
	struct conn *c;

	if (s->counts.connections >= s->cfg.most_connections) {
		rd_http_refused(s, RD_HTTP_FULL, peer);
		return NULL;
	}
	if (is_counted(s, peer)) {
		p = find_peer(s, peer);
		if (!p || p->connections >= s->cfg.most_per_address) {
			rd_http_refused(s, RD_HTTP_ADDRESS_FULL, peer);
			return NULL;
		}
	}
	c = rd_zalloc(sizeof(*c));
	if (!c) {
		rd_http_refused(s, RD_HTTP_FULL, peer);
		if (p)
			drop_peer(p);
		return NULL;
	}
	c->daemon = d;
	c->fd = -1;
	c->peer = *peer;
	c->counted = p;
	c->deadline.fn = conn_is_late;
	if (p)
		p->connections++;
	d->connections++;
	s->counts.connections++;
	rd_metric_add(&connections, 0, 1);
	s->counts.accepted++;
	return c;
}

void rd_conn_close(struct conn *c)
{
	struct daemon *d = c->daemon;

	rd_timer_disarm(rd_loop_timers(d->server->cfg.loop), &c->deadline);
	d->server->counts.connections--;
	rd_metric_add(&connections, 0, -1);
	d->connections--;
	d->releasing -= c->is_releasing;
	if (c->counted) {
		c->counted->connections--;
		drop_peer(c->counted);
	}
	if (d->is_old && d->connections == 0 && d->mhd)
		rd_mhd_wake(d);
	rd_free(c);
}

/* How long the phase may last.  A keep-alive connection gets idle_ms and then
 * headers_within_ms for the next request, as one sum: its first byte is read
 * by the library and not seen here. */
static uint64_t phase_ms(const struct rd_http_server_cfg *cfg,
			 enum conn_phase phase, uint64_t bytes)
{
	switch (phase) {
	case CONN_HEADERS:
		return cfg->headers_within_ms;
	case CONN_BODY:
		return cfg->body_within_ms;
	case CONN_ANSWERING:
		return ANSWER_LEAST_MS + bytes * 1000 / SLOWEST_BYTES_PER_S;
	case CONN_IDLE:
		return cfg->idle_ms + cfg->headers_within_ms;
	case CONN_HANDLING:
	case CONN_STREAMING:
	case CONN_UPGRADED:
		break;
	}
	return RD_NEVER;
}

void rd_conn_phase(struct conn *c, enum conn_phase phase, uint64_t bytes)
{
	struct rd_http_server_cfg *cfg = &c->daemon->server->cfg;
	uint64_t ms = phase_ms(cfg, phase, bytes);

	c->phase = phase;
	rd_timer_arm(rd_loop_timers(cfg->loop), &c->deadline,
		     ms == RD_NEVER ? RD_NEVER
				    : rd_loop_now_ms(cfg->loop) + ms);
}

/* --- the server --- */

static unsigned default_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur / 5 * 4 >= MOST_CONNECTIONS)
		return MOST_CONNECTIONS;
	return limit.rlim_cur < 5 ? 1 : (unsigned)(limit.rlim_cur / 5 * 4);
}

static void set_defaults(struct rd_http_server_cfg *cfg)
{
	if (!cfg->most_connections)
		cfg->most_connections = default_connections();
	if (!cfg->most_per_address)
		cfg->most_per_address = 64;
	if (!cfg->most_body_bytes)
		cfg->most_body_bytes = 64 * 1024;
	if (!cfg->most_target_bytes)
		cfg->most_target_bytes = 4 * 1024;
	if (!cfg->most_header_bytes)
		cfg->most_header_bytes = 8 * 1024;
	if (!cfg->most_headers_bytes)
		cfg->most_headers_bytes = 16 * 1024;
	if (!cfg->most_headers)
		cfg->most_headers = HEADERS;
	if (!cfg->headers_within_ms)
		cfg->headers_within_ms = 5000;
	if (!cfg->body_within_ms)
		cfg->body_within_ms = 10000;
	if (!cfg->idle_ms)
		cfg->idle_ms = 30000;
}

static void tell_gone(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	rd_stream_tell_gone(rd_container(t, struct rd_http_server, gone_timer));
}

enum rd_err rd_http_server_open(struct rd_http_server **out,
				const struct rd_http_server_cfg *cfg)
{
	struct rd_http_server *s = rd_zalloc(sizeof(*s));
	enum rd_err err;

	*out = NULL;
	rd_assert(cfg->loop && cfg->handler &&
		  cfg->most_connections <= MOST_CONNECTIONS);
	if (!s)
		return RD_E_NOMEM;
	s->cfg = *cfg;
	s->leaves_loopback = !cfg->most_per_address;
	set_defaults(&s->cfg);
	s->gone_timer.fn = tell_gone;
	for (size_t i = 0; i < PEER_BUCKETS; i++)
		rd_list_init(&s->peers[i]);
	err = rd_pool_open(&s->requests, s->cfg.most_connections,
			   sizeof(struct rd_http_request));
	if (err != RD_OK) {
		rd_free(s);
		return err;
	}
	*out = s;
	return RD_OK;
}

static void close_listener(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	rd_free(l->certificate_file);
	rd_free(l->key_file);
	memset(l, 0, sizeof(*l));
	l->fd = -1;
}

void rd_http_server_close(struct rd_http_server *s)
{
	struct rd_list *item, *after;

	if (!s)
		return;
	rd_http_server_drain(s);
	rd_mhd_cut_upgrades(s);
	rd_list_each_safe (item, after, &s->daemons)
		rd_mhd_stop(rd_container(item, struct daemon, in_server));
	for (unsigned i = 0; i < s->listener_count; i++)
		close_listener(&s->listeners[i]);
	rd_stream_tell_gone(s);
	rd_timer_disarm(rd_loop_timers(s->cfg.loop), &s->gone_timer);
	rd_pool_close(s->requests);
	rd_free(s);
}

static enum rd_err bind_to(int fd, const struct rd_addr *address,
			   struct rd_addr *bound)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(address, &sa);
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return RD_E_IO;
	if (address->family == 6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
		return RD_E_IO;
	if (bind(fd, (struct sockaddr *)&sa, len) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return RD_E_IO;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return RD_E_IO;
	*bound = rd_addr_from_sockaddr((struct sockaddr *)&sa);
	return RD_OK;
}

static enum rd_err open_socket(struct listener *l, const struct rd_addr *a,
			       struct rd_complaint *c)
{
	char text[RD_ADDR_TEXT];

	l->fd = socket(a->family == 6 ? AF_INET6 : AF_INET,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd >= 0 && bind_to(l->fd, a, &l->address) == RD_OK)
		return RD_OK;
	rd_complain(c, "cannot listen on %s: %s", rd_addr_text(a, text),
		    strerror(errno));
	return RD_E_IO;
}

enum rd_err rd_http_server_listen(struct rd_http_server *s,
				  const struct rd_http_listen *want,
				  struct rd_addr *bound, struct rd_complaint *c)
{
	struct listener *l;
	enum rd_err err = RD_E_NOMEM;

	rd_assert(!want->certificate_file == !want->key_file);
	if (s->listener_count == LISTENERS)
		return RD_E_FULL;
	l = &s->listeners[s->listener_count];
	l->fd = -1;
	l->tag = want->tag;
	if (want->certificate_file) {
		l->certificate_file = rd_strdup(want->certificate_file);
		l->key_file = rd_strdup(want->key_file);
		if (!l->certificate_file || !l->key_file)
			goto fail;
	}
	err = open_socket(l, want->address, c);
	if (err != RD_OK)
		goto fail;
	err = rd_mhd_start(s, l, &l->daemon, c);
	if (err != RD_OK)
		goto fail;
	s->listener_count++;
	if (bound)
		*bound = l->address;
	return RD_OK;
fail:
	close_listener(l);
	return err;
}

enum rd_err rd_http_server_reload(struct rd_http_server *s,
				  struct rd_complaint *c)
{
	for (unsigned i = 0; i < s->listener_count; i++) {
		struct listener *l = &s->listeners[i];
		struct daemon *d;
		enum rd_err err;

		if (!l->certificate_file || l->fd < 0)
			continue;
		err = rd_mhd_start(s, l, &d, c);
		if (err != RD_OK)
			return err;
		rd_mhd_quiesce(l->daemon);
		l->daemon->is_old = true;
		l->daemon = d;
	}
	return RD_OK;
}

void rd_http_server_drain(struct rd_http_server *s)
{
	if (s->is_draining)
		return;
	s->is_draining = true;
	for (unsigned i = 0; i < s->listener_count; i++) {
		struct listener *l = &s->listeners[i];

		rd_mhd_quiesce(l->daemon);
		close(l->fd);
		l->fd = -1;
	}
}

struct rd_http_counts rd_http_server_counts(const struct rd_http_server *s)
{
	return s->counts;
}

void rd_http_answer(struct rd_http_request *r, const struct rd_http_answer *a)
{
	rd_mhd_answer(r, a);
}

void rd_http_answer_text(struct rd_http_request *r, unsigned status,
			 const char *content_type, const char *text)
{
	const struct rd_http_field type = { "Content-Type", content_type };
	struct rd_http_answer a = { .status = status,
				    .fields = &type,
				    .field_count = 1,
				    .body = rd_span_text(text) };

	rd_mhd_answer(r, &a);
}
