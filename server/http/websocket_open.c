/* http/websocket_open.c - how a WebSocket comes to be, on both sides.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "http/server_priv.h"
#include "http/websocket_priv.h"

/* --- server --- */

bool rd_ws_is_asked(const struct rd_http_request *r)
{
	return rd_span_is(rd_http_method(r), "GET") &&
	       rd_ws_list_has(rd_http_header(r, "Upgrade"), "websocket") &&
	       rd_ws_list_has(rd_http_header(r, "Connection"), "upgrade");
}

bool rd_ws_offered(const struct rd_http_request *r, unsigned nth,
		   struct rd_span *protocol)
{
	static const char name[] = "Sec-WebSocket-Protocol";
	unsigned lines = rd_http_header_count(r, name), n;

	/* RFC 6455 11.3.4: several lines are one list. */
	for (unsigned i = 0; i < lines; i++) {
		struct rd_span list = rd_http_header_nth(r, name, i);

		for (n = 0; rd_ws_list_nth(list, n, protocol); n++)
			if (nth-- == 0)
				return true;
		if (n == 0)
			return false;
	}
	return false;
}

static void server_ready(void *arg, int fd, struct rd_span extra, void *handle)
{
	struct rd_ws *ws = arg;
	int on = 1;

	ws->fd = fd;
	ws->upgrade = handle;
	setsockopt(rd_mhd_upgrade_tcp_fd(handle), IPPROTO_TCP, TCP_NODELAY, &on,
		   sizeof(on));
	if (rd_loop_watch(ws->loop, &ws->watch, fd, RD_READABLE) != RD_OK ||
	    rd_ws_start(ws, extra) != RD_OK) {
		if (ws->cfg.events->failed)
			ws->cfg.events->failed(ws->cfg.arg);
		rd_ws_close(ws);
	}
}

static void server_failed(void *arg)
{
	struct rd_ws *ws = arg;

	if (ws->cfg.events->failed)
		ws->cfg.events->failed(ws->cfg.arg);
	rd_ws_close(ws);
}

/* The server closes: the descriptor goes now, closed follows. */
static void server_cut(void *arg)
{
	rd_ws_cut(arg);
}

static void refuse(struct rd_http_request *r, unsigned status)
{
	static const struct rd_http_field version = { "Sec-WebSocket-Version",
						      "13" };
	struct rd_http_answer a = { .status = status,
				    .fields = &version,
				    .field_count = 1 };

	rd_http_answer(r, &a);
}

enum rd_err rd_ws_accept(struct rd_http_request *r, const struct rd_ws_cfg *cfg,
			 const char *protocol)
{
	static const char key[] = "Sec-WebSocket-Key";
	char accept[RD_WS_ACCEPT_TEXT];
	struct rd_http_field fields[] = {
		{ "Upgrade", "websocket" },
		{ "Sec-WebSocket-Accept", accept },
		{ "Sec-WebSocket-Protocol", protocol },
	};
	struct upgrade upgrade = { server_ready, server_failed, server_cut,
				   NULL };
	struct rd_http_answer failed = { .status = 500 };
	struct rd_ws *ws;
	enum rd_err err;

	if (!rd_span_is(rd_http_header(r, "Sec-WebSocket-Version"), "13")) {
		refuse(r, 426); /* RFC 6455 4.4 */
		return RD_E_FORMAT;
	}
	if (!rd_ws_is_asked(r) || rd_http_header_count(r, key) != 1 ||
	    rd_http_body(r).len ||
	    rd_ws_accept_of(rd_http_header(r, key), accept) != RD_OK) {
		refuse(r, 400);
		return RD_E_FORMAT;
	}
	ws = rd_ws_new(r->server->cfg.loop, cfg, false);
	if (!ws) {
		rd_http_answer(r, &failed);
		return RD_E_NOMEM;
	}
	ws->peer = *rd_http_client(r);
	rd_text_copy(ws->client.protocol, sizeof(ws->client.protocol),
		     rd_span_text(protocol ? protocol : ""));
	upgrade.arg = ws;
	err = rd_mhd_answer_upgrade(r, fields, protocol ? 3 : 2, &upgrade);
	if (err != RD_OK)
		rd_ws_close(ws);
	return err;
}

/* --- client --- */

static void want(struct rd_ws *ws, unsigned events)
{
	if (rd_watch_change(&ws->watch, events) != RD_OK)
		rd_ws_break(ws, 1006);
}

/* Moves on from one phase to the next as far as it goes. */
static void read_answer(struct rd_ws *ws)
{
	struct client *c = &ws->client;
	struct rd_ws_answer a;
	size_t len;
	enum rd_err err;

	for (;;) {
		err = rd_ws_read_bytes(ws, c->answer + c->answer_len,
				       RD_WS_ANSWER_MOST - c->answer_len, &len);
		if (err == RD_E_AGAIN) {
			want(ws, RD_READABLE);
			return;
		}
		if (err != RD_OK)
			break;
		c->answer_len += len;
		err = rd_ws_read_answer(&a, rd_span(c->answer, c->answer_len),
					c->key, c->protocols);
		if (err == RD_E_AGAIN)
			continue;
		c->refused_status = err == RD_E_REFUSED ? a.status : 0;
		if (err != RD_OK || a.protocol.len >= sizeof(c->protocol))
			break;
		rd_text_copy(c->protocol, sizeof(c->protocol), a.protocol);
		err = rd_ws_start(ws, rd_span(c->answer + a.header_bytes,
					      c->answer_len - a.header_bytes));
		if (err == RD_OK)
			return;
		break;
	}
	rd_ws_break(ws, 1006);
}

static void write_request(struct rd_ws *ws)
{
	struct client *c = &ws->client;
	struct rd_span left;
	size_t len;
	enum rd_err err;

	while (c->request_sent < c->request_len) {
		left = rd_span(c->request + c->request_sent,
			       c->request_len - c->request_sent);
		err = rd_ws_write_bytes(ws, left, false, &len);
		if (err == RD_E_AGAIN) {
			want(ws, RD_WRITABLE);
			return;
		}
		if (err != RD_OK) {
			rd_ws_break(ws, 1006);
			return;
		}
		c->request_sent += len;
	}
	ws->phase = WS_WAITING;
	read_answer(ws);
}

static void secure(struct rd_ws *ws)
{
	enum rd_err err = rd_tls_handshake(ws->tls);

	if (err == RD_E_AGAIN) {
		want(ws, rd_tls_wants(ws->tls));
		return;
	}
	if (err != RD_OK) {
		rd_ws_break(ws, 1006);
		return;
	}
	ws->phase = WS_ASKING;
	write_request(ws);
}

void rd_ws_client_ready(struct rd_ws *ws, unsigned events)
{
	int error = 0;
	socklen_t len = sizeof(error);

	(void)events;
	switch (ws->phase) {
	case WS_CONNECTING:
		if (getsockopt(ws->fd, SOL_SOCKET, SO_ERROR, &error, &len) ||
		    error) {
			rd_ws_break(ws, 1006);
			return;
		}
		ws->phase = ws->tls ? WS_SECURING : WS_ASKING;
		if (ws->tls)
			secure(ws);
		else
			write_request(ws);
		return;
	case WS_SECURING:
		secure(ws);
		return;
	case WS_ASKING:
		write_request(ws);
		return;
	case WS_WAITING:
		read_answer(ws);
		return;
	case WS_OPEN:
	case WS_ENDING:
	case WS_DRAINING:
	case WS_BROKEN:
	case WS_OVER:
		return;
	}
}

static enum rd_err look_up(const struct rd_url *url, struct rd_addr *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;

	if (url->is_ip) {
		*to = url->ip;
		return RD_OK;
	}
	if (getaddrinfo(url->host, NULL, &hints, &found) != 0)
		return RD_E_NOTFOUND;
	*to = rd_addr_from_sockaddr(found->ai_addr);
	to->port = url->port;
	freeaddrinfo(found);
	return RD_OK;
}

static enum rd_err start_connecting(struct rd_ws *ws, const struct rd_addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(to, &sa);
	int on = 1;

	ws->peer = *to;
	ws->fd = socket(sa.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ws->fd < 0)
		return RD_E_IO;
	setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(ws->fd, (struct sockaddr *)&sa, len) != 0 &&
	    errno != EINPROGRESS)
		return RD_E_IO;
	ws->phase = WS_CONNECTING;
	return rd_loop_watch(ws->loop, &ws->watch, ws->fd, RD_WRITABLE);
}

static enum rd_err prepare(struct rd_ws *ws, const struct rd_url *url,
			   const struct rd_ws_connect *c)
{
	size_t size = RD_URL_MOST + 4096;
	struct rd_writer w;
	enum rd_err err;

	ws->client.request = rd_alloc(size);
	ws->client.answer = rd_alloc(RD_WS_ANSWER_MOST);
	ws->client.protocols = rd_strdup(c->protocols ? c->protocols : "");
	if (!ws->client.request || !ws->client.answer || !ws->client.protocols)
		return RD_E_NOMEM;
	w = rd_writer(ws->client.request, size);
	rd_ws_make_key(ws->client.key);
	err = rd_ws_write_request(&w, url, ws->client.key, c->protocols,
				  c->origin);
	ws->client.request_len = rd_writer_len(&w);
	return err == RD_E_SIZE ? RD_E_FORMAT : err;
}

enum rd_err rd_ws_open(struct rd_ws **out, struct rd_loop *loop,
		       const struct rd_ws_cfg *cfg,
		       const struct rd_ws_connect *c)
{
	struct rd_url url;
	struct rd_addr to;
	struct rd_ws *ws;
	enum rd_err err;

	*out = NULL;
	if (rd_url_parse(&url, rd_span_text(c->url)) != RD_OK ||
	    !url.is_websocket)
		return RD_E_FORMAT;
	if (c->to)
		to = *c->to;
	else if (look_up(&url, &to) != RD_OK)
		return RD_E_NOTFOUND;
	ws = rd_ws_new(loop, cfg, true);
	if (!ws)
		return RD_E_NOMEM;
	err = prepare(ws, &url, c);
	if (err == RD_OK)
		err = start_connecting(ws, &to);
	if (err == RD_OK && url.is_secure)
		err = rd_tls_open(&ws->tls, ws->fd, url.host, c->ca_file);
	if (err != RD_OK) {
		rd_ws_close(ws);
		return err;
	}
	rd_ws_arm(ws, ws->cfg.connect_within_ms);
	*out = ws;
	return RD_OK;
}
