/* http/server_priv.h - what the files of the server share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * mhd.c and mhd_daemon.c are the only ones that know libmicrohttpd.  Thread:
 * the loop's.
 */
#pragma once
#include "http/server.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

enum {
	LISTENERS = 16,
	HEADERS = 64,
	PEER_BUCKETS = 1024,
	SLOWEST_BYTES_PER_S = 256, /* of an answer, threats section 2 */
};

struct listener;

/* One libmicrohttpd daemon.  A reload puts a new one on the same socket; the
 * old one serves the connections it has and goes with the last of them. */
struct daemon {
	struct rd_http_server *server;
	struct listener *listener;
	struct MHD_Daemon *mhd;
	struct rd_watch watch;
	struct rd_timer timer;
	unsigned connections;
	unsigned releasing;    /* of them, upgraded and being closed */
	int fd;                /* a duplicate of the listener's; -1 quiesced */
	struct conn *accepted; /* allowed, and about to be announced */
	bool is_old;
	bool must_run; /* once more, also if it is running now */
	struct rd_list in_server;
};

struct listener {
	struct daemon *daemon; /* the newest */
	struct rd_addr address;
	int fd; /* -1 once drained */
	unsigned tag;
	char *certificate_file; /* NULL: plain */
	char *key_file;
};

/* How many connections an address (IPv6: a /64) has. */
struct peer {
	struct rd_list in_bucket;
	struct rd_addr network;
	unsigned connections;
};

enum conn_phase {
	CONN_HEADERS, /* of the first request, TLS handshake included */
	CONN_BODY,
	CONN_HANDLING,
	CONN_ANSWERING,
	CONN_STREAMING,
	CONN_IDLE,
	CONN_UPGRADED,
};

struct conn {
	struct daemon *daemon;
	struct MHD_Connection *mhd;
	int fd;
	struct rd_addr peer;
	struct peer *counted; /* NULL: not counted */
	enum conn_phase phase;
	bool is_releasing;
	/* Upgraded and plain: the library has let go of it, or will in its
	 * next turn, and fd is a duplicate of ours. */
	bool is_detached;
	bool is_released; /* detached, and the WebSocket is over as well */
	struct rd_timer deadline;
};

struct header {
	struct rd_span name;
	struct rd_span value;
};

struct upgrade {
	/* With the upgraded descriptor and the bytes already read from it;
	 * rd_mhd_upgrade_release must be called at the end. */
	void (*ready)(void *arg, int fd, struct rd_span extra, void *handle);
	void (*failed)(void *arg); /* instead of ready */
	void (*cut)(void *arg);    /* the server closes: release now */
	void *arg;
};

struct rd_http_request {
	uint32_t id;
	struct conn *conn;
	struct rd_http_server *server;
	const char *raw_target; /* in libmicrohttpd's buffer */
	size_t raw_len; /* of line and headers there; 0: not to be seen */
	char *target;   /* ours */
	struct rd_span method, path, query;
	struct header headers[HEADERS];
	unsigned header_count;
	uint8_t *body;
	size_t body_len, body_size;
	struct rd_addr client;

	bool was_checked; /* the headers were seen */
	unsigned refused; /* status to answer with once the body is in */
	bool was_handled;
	bool is_answered;
	bool is_suspended;
	unsigned status;
	uint64_t answer_bytes;
	struct MHD_Response *response;
	struct rd_http_stream *stream;
	struct upgrade upgrade;
};

struct rd_http_server {
	struct rd_http_server_cfg cfg;

	struct rd_list daemons; /* struct daemon.in_server */
	struct listener listeners[LISTENERS];
	unsigned listener_count;
	struct rd_list peers[PEER_BUCKETS]; /* struct peer.in_bucket */
	struct rd_pool *requests;
	struct rd_list gone; /* struct rd_http_stream.in_gone */
	struct rd_timer gone_timer;
	struct rd_list upgraded; /* struct upgraded.in_server, of mhd.c */
	bool is_draining;
	bool leaves_loopback; /* uncounted */
	struct rd_http_counts counts;
};

/* --- mhd.c, mhd_daemon.c --- */
/* NULL: it does not start; certificate and key are PEM. */
struct MHD_Daemon *rd_mhd_start_library(struct daemon *d, bool has_tls,
					const char *certificate,
					const char *key);
RD_MUST_USE enum rd_err rd_mhd_start(struct rd_http_server *s,
				     struct listener *l, struct daemon **out,
				     struct rd_complaint *c);
void rd_mhd_stop(struct daemon *d); /* ends all its connections */
void rd_mhd_quiesce(struct daemon *d);
/* Work was left for libmicrohttpd to do in the next turn. */
void rd_mhd_wake(struct daemon *d);
/* Builds the response and hands it over.  Takes a->body if it is TAKE. */
void rd_mhd_answer(struct rd_http_request *r, const struct rd_http_answer *a);
RD_MUST_USE enum rd_err rd_mhd_answer_stream(struct rd_http_request *r,
					     const struct rd_http_answer *a,
					     struct rd_http_stream *st);
void rd_mhd_resume(struct conn *c);
/* 101 with fields; upgrade.ready is called from the loop. */
RD_MUST_USE enum rd_err rd_mhd_answer_upgrade(struct rd_http_request *r,
					      const struct rd_http_field *f,
					      size_t count,
					      const struct upgrade *upgrade);
void rd_mhd_cut_upgrades(struct rd_http_server *s);
/* handle: as given to ready.  The descriptor is not ours any more. */
void rd_mhd_upgrade_release(void *handle);
/* The TCP descriptor below an upgraded connection (under TLS another one). */
int rd_mhd_upgrade_tcp_fd(void *handle);

/* --- request.c --- */
/* Looks at line and headers; 0, or the status to refuse with. */
unsigned rd_request_check(struct rd_http_request *r, const char *version,
			  uint64_t *body_bytes);
void rd_request_free(struct rd_http_request *r);
/* A field name or value that may be written (T27). */
bool rd_http_field_is_valid(const struct rd_http_field *f);

/* --- server.c --- */
enum rd_http_refusal {
	RD_HTTP_MALFORMED,
	RD_HTTP_LATE,
	RD_HTTP_FULL,
	RD_HTTP_ADDRESS_FULL,
	RD_HTTP_SLOW_READER
};
/* Counts, and logs (folded by base/log). */
void rd_http_refused(struct rd_http_server *s, enum rd_http_refusal why,
		     const struct rd_addr *peer);
/* NULL: refused, and counted. */
struct conn *rd_conn_open(struct daemon *d, const struct rd_addr *peer);
void rd_conn_close(struct conn *c);
void rd_conn_phase(struct conn *c, enum conn_phase phase, uint64_t bytes);

/* --- stream.c --- */
enum rd_stream_give {
	RD_STREAM_DATA,
	RD_STREAM_WAIT,
	RD_STREAM_END
};
/* Copies up to size waiting bytes to buf. */
enum rd_stream_give rd_stream_take(struct rd_http_stream *st, void *buf,
				   size_t size, size_t *len);
/* libmicrohttpd is done with the connection. */
void rd_stream_completed(struct rd_http_stream *st);
void rd_stream_cut(struct rd_http_stream *st);
void rd_stream_tell_gone(struct rd_http_server *s);
