/* http/server.h - the HTTP/1.1 server: whole requests in, answers out.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libmicrohttpd underneath, its epoll descriptor in our loop.  A request
 * reaches the handler complete: line, headers and body within the limits of
 * cfg.  What is ambiguous (RFC 9112 6.3, 11.2: two lengths, a length and a
 * Transfer-Encoding, two Hosts, folded lines, bare CR or LF, names that are
 * not tokens) is refused with 400 and never reaches it; a body without length
 * gets 411.  The handler answers at once, or keeps the request's id and
 * answers later; the id of a request whose client is gone finds nothing.
 * Thread: the loop's, all of it.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "base/loop.h"

struct rd_http_server;
struct rd_http_request;

/* Answers r now, or takes rd_http_request_id(r) and answers later. */
typedef void rd_http_handler(void *arg, struct rd_http_request *r);

struct rd_http_server_cfg {
	struct rd_loop *loop;
	rd_http_handler *handler;
	/* Answers a request whose body, not kept, was somewhat too long; NULL:
	 * a bare 413.  What is much too long always gets that. */
	rd_http_handler *too_large;
	void *arg; /* of both */

	/* Proxies whose X-Forwarded-For is believed (T35); lent. */
	const struct rd_network *trusted_proxies;
	size_t trusted_proxy_count;

	/* 0 = the default of threats-and-faults section 2. */
	unsigned most_connections; /* 80 % of descriptors, at most 65535 */
	/* 64; IPv6 by /64; not for proxies, and as default not for loopback,
	 * where a proxy, a bench or the desk next to us comes from. */
	unsigned most_per_address;
	size_t most_body_bytes;     /* 64 KiB */
	size_t most_target_bytes;   /* 4 KiB */
	size_t most_header_bytes;   /* of one: 8 KiB */
	size_t most_headers_bytes;  /* of all: 16 KiB */
	unsigned most_headers;      /* 64 */
	unsigned headers_within_ms; /* 5000, TLS handshake included */
	unsigned body_within_ms;    /* 10000 */
	unsigned idle_ms;           /* 30000 between requests */
};

RD_MUST_USE enum rd_err rd_http_server_open(
	struct rd_http_server **out, const struct rd_http_server_cfg *cfg);
/* Cuts what is still open: requests vanish, streams and sockets are told.
 * Not from within the handler.  NULL is fine. */
void rd_http_server_close(struct rd_http_server *s);

struct rd_http_listen {
	const struct rd_addr *address; /* port 0: the kernel chooses */
	/* PEM files; both NULL: plain HTTP.  TLS 1.2 and 1.3, forward secrecy
	 * and AEAD only, no session tickets (T25). */
	const char *certificate_file; /* the chain, leaf first */
	const char *key_file;
	unsigned tag; /* handed back by rd_http_request_listener */
};
/* Listens; IPv6 sockets take IPv6 only.  bound (may be NULL) is the address
 * with its port.  RD_E_IO (c says which address, why), RD_E_FORMAT (the
 * certificate), RD_E_FULL (more than 16). */
RD_MUST_USE enum rd_err rd_http_server_listen(struct rd_http_server *s,
					      const struct rd_http_listen *l,
					      struct rd_addr *bound,
					      struct rd_complaint *c);
/* Reads all certificates again; new handshakes use them.  On an error the old
 * ones stay. */
RD_MUST_USE enum rd_err rd_http_server_reload(struct rd_http_server *s,
					      struct rd_complaint *c);
/* Stops listening; each answer from now on says Connection: close. */
void rd_http_server_drain(struct rd_http_server *s);

struct rd_http_counts {
	uint64_t accepted, refused_total, refused_address;
	uint64_t requests, malformed, timed_out;
	unsigned connections; /* now */
	unsigned requests_open;
};
struct rd_http_counts rd_http_server_counts(const struct rd_http_server *s);

/* --- the request; all spans are lent until it is answered --- */

/* Never 0; stays valid until the request is answered or gone. */
uint32_t rd_http_request_id(const struct rd_http_request *r);
/* NULL: answered, or the client is gone. */
struct rd_http_request *rd_http_request_find(struct rd_http_server *s,
					     uint32_t id);
struct rd_http_server *rd_http_request_server(struct rd_http_request *r);
unsigned rd_http_request_listener(const struct rd_http_request *r); /* tag */
bool rd_http_request_is_tls(const struct rd_http_request *r);

struct rd_span rd_http_method(const struct rd_http_request *r);
/* As received, percent signs and all; path begins with "/" (or is "*"),
 * query is what follows the first "?". */
struct rd_span rd_http_path(const struct rd_http_request *r);
struct rd_span rd_http_query(const struct rd_http_request *r);
struct rd_span rd_http_body(const struct rd_http_request *r);
/* The value without white space around; empty (at NULL) if there is none.
 * rd_http_header_count says how many lines have that name, and the n-th is
 * asked for with rd_http_header_nth.  Names in any case. */
struct rd_span rd_http_header(const struct rd_http_request *r,
			      const char *name);
unsigned rd_http_header_count(const struct rd_http_request *r,
			      const char *name);
struct rd_span rd_http_header_nth(const struct rd_http_request *r,
				  const char *name, unsigned nth);
/* All of them in order; false past the end. */
bool rd_http_header_at(const struct rd_http_request *r, unsigned index,
		       struct rd_span *name, struct rd_span *value);
/* Who is connected, and whom the trusted proxies speak for: the right-most
 * address of X-Forwarded-For that is not theirs. */
const struct rd_addr *rd_http_peer(const struct rd_http_request *r);
const struct rd_addr *rd_http_client(const struct rd_http_request *r);

/* --- the answer --- */

struct rd_http_field {
	const char *name;
	const char *value;
};

enum rd_http_body_kind {
	RD_HTTP_COPY,   /* body is copied */
	RD_HTTP_STATIC, /* lives as long as the server */
	RD_HTTP_TAKE,   /* from rd_alloc; freed when sent, or on an error */
};

struct rd_http_answer {
	unsigned status; /* 200..599 */
	const struct rd_http_field *fields;
	size_t field_count;
	struct rd_span body;
	enum rd_http_body_kind kind;
	bool must_close; /* end the connection after it */
};
/* r is gone afterwards, whatever comes back.  A field with a line break or a
 * name that is not a token, or no memory: the client gets a bare 500 (T27).
 * HEAD is answered like GET, the body is left out. */
void rd_http_answer(struct rd_http_request *r, const struct rd_http_answer *a);
/* Content-Type and a text of ours; for the short ones. */
void rd_http_answer_text(struct rd_http_request *r, unsigned status,
			 const char *content_type, const char *text);

/* --- an answer that goes on: server-sent events --- */

struct rd_http_stream;

enum {
	RD_HTTP_STREAM_QUEUE = 256 * 1024
};

/* Answers r with status and fields and keeps the connection for what comes.
 * gone is called once when the client is gone or too slow, from the loop,
 * never from within a call of yours; after it, and after
 * rd_http_stream_close, the stream is gone.  RD_E_NOMEM: r is answered
 * with 500. */
typedef void rd_http_stream_gone(void *arg);
RD_MUST_USE enum rd_err rd_http_stream_open(struct rd_http_stream **out,
					    struct rd_http_request *r,
					    const struct rd_http_answer *a,
					    rd_http_stream_gone *gone,
					    void *arg);
/* Copies.  RD_E_FULL: more than RD_HTTP_STREAM_QUEUE bytes are waiting; the
 * connection is cut and gone will be called.  RD_E_NOMEM: nothing queued. */
RD_MUST_USE enum rd_err rd_http_stream_push(struct rd_http_stream *st,
					    struct rd_span bytes);
/* Sends what is queued and ends the answer; gone is not called. */
void rd_http_stream_close(struct rd_http_stream *st); /* NULL is fine */
