/* http/client.h - HTTP requests to others, many at once, on our loop.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libcurl multi underneath.  Each request has one deadline for all of it:
 * name, connection, TLS, redirects and answer.  Certificates are verified,
 * only http and https are spoken, no proxy of the environment is used, and
 * answers are bounded.  Thread: the loop's.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"

struct rd_http_client;

struct rd_http_client_cfg {
	struct rd_loop *loop;
	const char *user_agent; /* NULL: "ringdown/<version>" */
	const char *ca_file;    /* PEM, instead of the system's; NULL: those */
	unsigned most_at_once;  /* 1..65535 requests; 0 = 256 */
};

RD_MUST_USE enum rd_err rd_http_client_open(
	struct rd_http_client **out, const struct rd_http_client_cfg *cfg);
/* Requests under way end without their callback.  NULL is fine. */
void rd_http_client_close(struct rd_http_client *c);

enum {
	/* For who waits for something to happen there, however long. */
	RD_HTTP_NO_DEADLINE = 0x7fffffff,
	RD_HTTP_CONNECT_MS = 5000, /* of such a one */
};
struct rd_http_fetch {      /* all lent until rd_http_client_fetch returns */
	const char *method; /* "GET", "POST", ...; NULL: GET */
	const char *url;
	const char *const *headers; /* "Name: value" lines; NULL: none */
	size_t header_count;
	struct rd_span body; /* empty: none */
	/* From now, for all of it; 1..600000, or RD_HTTP_NO_DEADLINE, which
	 * only bounds the connecting. */
	unsigned deadline_ms;
	size_t most_bytes; /* of the answer's body; 1.. */
	/* 0: 3xx is an answer like any other.  Of GET only. */
	unsigned most_redirects;
	/* Redirects to another scheme, host or port end with RD_E_REFUSED,
	 * unless this is set (T13). */
	bool may_leave_host;
	/* Sent at most once.  Else libcurl sends again, unasked, what met a
	 * kept connection that its peer closed before it answered; so this one
	 * gets a connection of its own. */
	bool is_once;
};

struct rd_http_result { /* lent during done */
	/* RD_OK: an answer came, whatever its status.  RD_E_TIMEOUT,
	 * RD_E_REFUSED (connection, certificate, redirect), RD_E_SIZE (longer
	 * than most_bytes), RD_E_UPSTREAM (anything else of theirs),
	 * RD_E_NOMEM. */
	enum rd_err err;
	unsigned status;
	struct rd_span body;
	const char *detail; /* for the log, never NULL */

	struct rd_span headers; /* of the last answer, as received */
};
/* Called once, never from within rd_http_client_fetch.  May start and cancel
 * requests, and may not close the client. */
typedef void rd_http_done(void *arg, const struct rd_http_result *result);

/* *id names the request until done was called; may be NULL.  RD_E_NOMEM,
 * RD_E_FULL (most_at_once), RD_E_FORMAT (the URL, or a line break in a
 * header). */
RD_MUST_USE enum rd_err rd_http_client_fetch(struct rd_http_client *c,
					     const struct rd_http_fetch *fetch,
					     rd_http_done *done, void *arg,
					     uint32_t *id);
/* done is not called any more.  Stale ids are fine. */
void rd_http_client_cancel(struct rd_http_client *c, uint32_t id);

/* The first header of that name (any case), without white space around;
 * empty if there is none. */
struct rd_span rd_http_result_header(const struct rd_http_result *r,
				     const char *name);
