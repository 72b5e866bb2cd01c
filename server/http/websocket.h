/* http/websocket.h - WebSocket connections (RFC 6455), both sides.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * wslay does the framing, on an upgraded connection of the server or on a
 * connection of our own.  No extension is ever agreed, so nothing is
 * compressed.  Owner: whoever got it in `opened` (server) or from
 * rd_ws_connect (client); it lives until rd_ws_close, which may be called
 * from any callback.  Thread: the loop's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "base/loop.h"
#include "http/server.h"

struct rd_ws;

struct rd_ws_events {
	/* The connection is up.  Server: the first thing you hear. */
	void (*opened)(void *arg, struct rd_ws *ws);
	/* payload is lent. */
	void (*message)(void *arg, struct rd_ws *ws, struct rd_span payload,
			bool is_text);
	/* Once, and the last: the connection is over.  code is the peer's
	 * close code, 1005 if it gave none, 1006 if the connection broke, or
	 * ours if we ended it.  Close ws here, or later. */
	void (*closed)(void *arg, struct rd_ws *ws, unsigned code);
	/* Server: the request ended before it became a WebSocket, so that
	 * none of the others will come.  NULL is fine. */
	void (*failed)(void *arg);
};

struct rd_ws_cfg {
	const struct rd_ws_events *events; /* lent for the whole life */
	void *arg;

	/* 0 = the default. */
	size_t most_frame_bytes;     /* 16 KiB -> 1009 */
	size_t most_message_bytes;   /* 64 KiB -> 1009 */
	unsigned most_fragments;     /* 64 per message -> 1008 */
	unsigned messages_per_s;     /* 20, sustained -> 1008 */
	unsigned messages_burst;     /* 100 */
	size_t most_queued_bytes;    /* 256 KiB of output -> 1013 */
	unsigned ping_ms;            /* 20000; gone after two unanswered */
	unsigned close_wait_ms;      /* 2000 for the peer's close frame */
	unsigned most_control_per_s; /* 20 pings, pongs -> 1008; burst 100 */
	unsigned connect_within_ms;  /* client: 10000, handshake included */
};

/* --- server --- */

/* Whether r asks to become a WebSocket (RFC 6455 4.2.1). */
bool rd_ws_is_asked(const struct rd_http_request *r);
/* The n-th sub-protocol the client offers, in its order; false past the end.
 * A malformed list offers nothing. */
bool rd_ws_offered(const struct rd_http_request *r, unsigned nth,
		   struct rd_span *protocol);
/* Answers r: 101, or 400 or 426 if the handshake is wrong (RD_E_FORMAT;
 * no callback then).  protocol: the one chosen, NULL for none.  The caller
 * has looked at Origin before.  RD_E_NOMEM: answered with 500. */
RD_MUST_USE enum rd_err rd_ws_accept(struct rd_http_request *r,
				     const struct rd_ws_cfg *cfg,
				     const char *protocol);

/* --- client --- */

struct rd_ws_connect {
	const char *url;          /* ws:// or wss:// */
	const struct rd_addr *to; /* NULL: the host of url; names are
				   * looked up, which blocks */
	const char *protocols;    /* "a, b"; NULL: none */
	const char *origin;       /* NULL: none */
	const char *ca_file;      /* wss: PEM; NULL: the system's */
};
/* opened or closed follows (1006: could not connect, or refused).  All of c
 * is copied.  RD_E_FORMAT (url), RD_E_NOTFOUND (name), RD_E_IO, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_ws_open(struct rd_ws **out, struct rd_loop *loop,
				   const struct rd_ws_cfg *cfg,
				   const struct rd_ws_connect *c);
/* The sub-protocol in use; "" if none.  After opened. */
const char *rd_ws_protocol(const struct rd_ws *ws);
/* The status of the answer when the upgrade was refused; 0 otherwise. */
unsigned rd_ws_refused_status(const struct rd_ws *ws);

/* --- both --- */

void rd_ws_set_arg(struct rd_ws *ws, void *arg);
const struct rd_addr *rd_ws_peer(const struct rd_ws *ws);

/* Copies.  RD_E_CLOSED: not open (any more).  RD_E_FULL: the peer does not
 * read; the connection is being closed with 1013.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_ws_send(struct rd_ws *ws, struct rd_span payload,
				   bool is_text);
/* Begins the closing handshake; closed follows within close_wait_ms.  code
 * 1000..4999, reason up to 123 bytes of UTF-8 or NULL.  Again: nothing. */
void rd_ws_end(struct rd_ws *ws, unsigned code, const char *reason);
/* Resets the TCP connection without a close frame: the peer sees 1006, as
 * when a server dies.  closed follows. */
void rd_ws_abort(struct rd_ws *ws);
/* Releases ws; no callback any more.  If it is still open the connection is
 * cut.  NULL is fine; safe in any callback of ws. */
void rd_ws_close(struct rd_ws *ws);

struct rd_ws_counts {
	uint64_t messages_in, messages_out, bytes_in, bytes_out;
	uint64_t rests; /* times its buffers were given back */
};
struct rd_ws_counts rd_ws_counts(const struct rd_ws *ws);
