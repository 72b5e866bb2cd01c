/* http/mhd.c - what libmicrohttpd tells us, and what it is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * With mhd_daemon.c the only one that speaks to the library.  A request that
 * is not answered at once is suspended; resuming it makes the library call
 * on_request again, which then finds the response.
 */
#include <microhttpd.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pool.h"
#include "http/server_priv.h"

enum {
	POOL_BYTES = 40 * 1024, /* request line, headers, answer's headers */
	STREAM_BLOCK = 4096,
	SWALLOW = 256 * 1024, /* of a body too long, to be heard saying so */
};

/* Forward secrecy and AEAD only (T25).  The library never enables session
 * tickets, compression or renegotiation. */
static const char tls_priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:"
	"+ECDHE-RSA:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
	"+CHACHA20-POLY1305:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE";

/* --- connections --- */

void rd_mhd_resume(struct conn *c)
{
	MHD_resume_connection(c->mhd);
	rd_mhd_wake(c->daemon);
}

static enum MHD_Result on_accept(void *arg, const struct sockaddr *sa,
				 socklen_t len)
{
	struct daemon *d = arg;
	struct rd_addr peer = rd_addr_from_sockaddr(sa);

	(void)len;
	if (d->accepted) /* the library gave that one up */
		rd_conn_close(d->accepted);
	d->accepted = rd_conn_open(d, &peer);
	return d->accepted ? MHD_YES : MHD_NO;
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct daemon *d = arg;
	struct conn *c = *context;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		*context = NULL;
		c->mhd = NULL;
		if (c->is_releasing)
			d->releasing--;
		c->is_releasing = false;
		if (!c->is_detached || c->is_released)
			rd_conn_close(c);
		return;
	}
	c = d->accepted;
	rd_assert(c);
	d->accepted = NULL;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->mhd = mhd;
	c->fd = info->connect_fd;
	*context = c;
	rd_conn_phase(c, CONN_HEADERS, 0);
}

static struct conn *conn_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

/* --- requests --- */

/* The first we hear of a request: its line is complete. */
static void *on_line(void *arg, const char *target, struct MHD_Connection *mhd)
{
	struct daemon *d = arg;
	struct rd_http_server *s = d->server;
	struct rd_http_request *r;
	uint32_t id;

	r = rd_pool_take(s->requests, &id);
	if (!r)
		return NULL;
	r->id = id;
	r->server = s;
	r->conn = conn_of(mhd);
	r->raw_target = target;
	r->target = rd_strdup(target ? target : "");
	s->counts.requests++;
	s->counts.requests_open++;
	return r;
}

static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind,
				  const char *name, size_t name_len,
				  const char *value, size_t value_len)
{
	struct rd_http_request *r = arg;

	(void)kind;
	if (r->header_count == HEADERS ||
	    r->header_count == r->server->cfg.most_headers) {
		r->refused = 431;
		return MHD_NO;
	}
	r->headers[r->header_count++] = (struct header){
		rd_span(name, name_len),
		rd_span(value, value_len),
	};
	return MHD_YES;
}

static enum MHD_Result queue(struct MHD_Connection *mhd,
			     struct rd_http_request *r)
{
	struct MHD_Response *response = r->response;
	enum MHD_Result ok;

	r->response = NULL;
	if (r->upgrade.ready)
		rd_conn_phase(r->conn, CONN_UPGRADED, 0);
	else
		rd_conn_phase(r->conn,
			      r->stream ? CONN_STREAMING : CONN_ANSWERING,
			      r->answer_bytes);
	ok = MHD_queue_response(mhd, r->status, response);
	MHD_destroy_response(response);
	return ok;
}

static enum MHD_Result refuse(struct MHD_Connection *mhd,
			      struct rd_http_request *r, unsigned status)
{
	struct rd_http_answer a = { .status = status, .must_close = true };

	rd_http_refused(r->server, RD_HTTP_MALFORMED, &r->conn->peer);
	rd_mhd_answer(r, &a);
	return r->response ? queue(mhd, r) : MHD_NO;
}

/* Headers are complete: may it go on? */
static enum MHD_Result check(struct MHD_Connection *mhd,
			     struct rd_http_request *r, const char *method,
			     const char *version)
{
	const union MHD_ConnectionInfo *head;
	uint64_t body_bytes;
	unsigned status;

	r->was_checked = true;
	if (!r->target)
		return MHD_NO;
	r->method = rd_span_text(method);
	MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, add_header, r);
	if (r->refused)
		return refuse(mhd, r, r->refused);
	if (MHD_VERSION < 0x01000000) {
		head = MHD_get_connection_info(
			mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
		r->raw_len = head ? head->header_size : 0;
	}
	status = rd_request_check(r, version, &body_bytes);
	if (status == 413 &&
	    body_bytes <= r->server->cfg.most_body_bytes + SWALLOW) {
		r->refused = 413; /* said when the client is done talking */
		rd_conn_phase(r->conn, CONN_BODY, 0);
		return MHD_YES;
	}
	if (status)
		return refuse(mhd, r, status);
	if (body_bytes) {
		r->body = rd_alloc((size_t)body_bytes);
		if (!r->body)
			return refuse(mhd, r, 503);
		r->body_size = (size_t)body_bytes;
		rd_conn_phase(r->conn, CONN_BODY, 0);
	}
	return MHD_YES;
}

static enum MHD_Result add_body(struct rd_http_request *r, const char *data,
				size_t *len)
{
	if (!r->refused) {
		rd_assert(*len <= r->body_size - r->body_len);
		memcpy(r->body + r->body_len, data, *len);
		r->body_len += *len;
	}
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *mhd,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *len, void **context)
{
	struct rd_http_server_cfg *cfg = &((struct daemon *)arg)->server->cfg;
	struct rd_http_request *r = *context;

	(void)url;
	if (!r) /* no memory at on_line */
		return MHD_NO;
	if (!r->was_checked)
		return check(mhd, r, method, version);
	if (*len)
		return add_body(r, data, len);
	if (!r->was_handled) {
		rd_http_handler *handler =
			r->refused ? cfg->too_large : cfg->handler;

		if (!handler)
			return refuse(mhd, r, r->refused);
		r->was_handled = true;
		rd_conn_phase(r->conn, CONN_HANDLING, 0);
		handler(cfg->arg, r);
	}
	r->is_suspended = false;
	if (r->response)
		return queue(mhd, r);
	if (r->is_answered) /* there was no memory even for a 500 */
		return MHD_NO;
	r->is_suspended = true;
	MHD_suspend_connection(mhd);
	return MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *mhd, void **context,
			 enum MHD_RequestTerminationCode why)
{
	struct rd_http_request *r = *context;

	(void)arg;
	(void)mhd;
	(void)why;
	*context = NULL;
	if (!r)
		return;
	if (r->response)
		MHD_destroy_response(r->response);
	if (r->stream)
		rd_stream_completed(r->stream);
	if (r->upgrade.failed)
		r->upgrade.failed(r->upgrade.arg);
	if (r->conn->phase != CONN_UPGRADED)
		rd_conn_phase(r->conn, CONN_IDLE, 0);
	rd_request_free(r);
}

/* --- answers --- */

static bool add_fields(struct MHD_Response *response,
		       const struct rd_http_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!rd_http_field_is_valid(&fields[i]) ||
		    MHD_add_response_header(response, fields[i].name,
					    fields[i].value) != MHD_YES)
			return false;
	return true;
}

static void free_body(void *at)
{
	rd_free(at);
}

static struct MHD_Response *make_response(const struct rd_http_answer *a)
{
	/* The library takes a pointer to writable bytes and writes none. */
	void *body = (void *)(uintptr_t)a->body.at;
	struct MHD_Response *response;

	if (a->kind == RD_HTTP_STATIC || a->body.len == 0) {
		response =
			MHD_create_response_from_buffer(a->body.len, body,
							MHD_RESPMEM_PERSISTENT);
		if (a->kind == RD_HTTP_TAKE)
			rd_free(body);
		return response;
	}
	if (a->kind == RD_HTTP_COPY) {
		body = rd_alloc(a->body.len);
		if (!body)
			return NULL;
		memcpy(body, a->body.at, a->body.len);
	}
	response =
		MHD_create_response_from_buffer_with_free_callback(a->body.len,
								   body,
								   free_body);
	if (!response)
		rd_free(body);
	return response;
}

/* The answer is decided; the library fetches it in on_request. */
static void decide(struct rd_http_request *r, unsigned status,
		   struct MHD_Response *response)
{
	r->status = status;
	r->response = response;
	r->is_answered = true;
	if (r->is_suspended)
		rd_mhd_resume(r->conn);
}

static bool close_after(struct rd_http_request *r, bool must_close)
{
	return must_close || r->server->is_draining || r->conn->daemon->is_old;
}

void rd_mhd_answer(struct rd_http_request *r, const struct rd_http_answer *a)
{
	static const struct rd_http_field closing = { "Connection", "close" };
	struct MHD_Response *response = make_response(a);
	unsigned status = a->status;

	rd_assert(!r->is_answered);
	r->answer_bytes = a->body.len;
	if (response && (!add_fields(response, a->fields, a->field_count))) {
		MHD_destroy_response(response);
		response = NULL;
	}
	if (!response) {
		status = 500;
		response =
			MHD_create_response_from_buffer(0, NULL,
							MHD_RESPMEM_PERSISTENT);
	}
	if (response && close_after(r, a->must_close) &&
	    !add_fields(response, &closing, 1)) {
		MHD_destroy_response(response);
		response = NULL;
	}
	decide(r, status, response);
}

static ssize_t give_stream(void *arg, uint64_t at, char *buf, size_t size)
{
	struct rd_http_request *r = arg;
	size_t len;

	(void)at;
	switch (rd_stream_take(r->stream, buf, size, &len)) {
	case RD_STREAM_DATA:
		return (ssize_t)len;
	case RD_STREAM_END:
		return MHD_CONTENT_READER_END_OF_STREAM;
	case RD_STREAM_WAIT:
		break;
	}
	MHD_suspend_connection(r->conn->mhd);
	return 0;
}

enum rd_err rd_mhd_answer_stream(struct rd_http_request *r,
				 const struct rd_http_answer *a,
				 struct rd_http_stream *st)
{
	struct rd_http_answer failed = { .status = 500 };
	struct MHD_Response *response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						  STREAM_BLOCK, give_stream, r,
						  NULL);

	if (response && add_fields(response, a->fields, a->field_count)) {
		r->stream = st;
		decide(r, a->status, response);
		return RD_OK;
	}
	if (response)
		MHD_destroy_response(response);
	rd_mhd_answer(r, &failed);
	return RD_E_NOMEM;
}

/* --- upgrades --- */

struct upgraded {
	struct MHD_UpgradeResponseHandle *urh;
	struct conn *conn;
	struct upgrade upgrade;
	struct rd_list in_server;
};

static void close_upgraded(struct conn *c,
			   struct MHD_UpgradeResponseHandle *urh)
{
	MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
	c->is_releasing = true;
	c->daemon->releasing++;
	rd_mhd_wake(c->daemon);
}

/* A plain socket is ours alone from now on: the library would keep its buffers
 * of 40 KiB for it.  True if so. */
static bool detach(struct conn *c, struct MHD_UpgradeResponseHandle *urh,
		   MHD_socket fd)
{
	int own;

	if (c->daemon->listener->certificate_file)
		return false;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return false;
	c->fd = own;
	c->is_detached = true;
	close_upgraded(c, urh);
	return true;
}

static void on_upgrade(void *arg, struct MHD_Connection *mhd, void *context,
		       const char *extra, size_t extra_len, MHD_socket fd,
		       struct MHD_UpgradeResponseHandle *urh)
{
	struct rd_http_request *r = arg;
	struct upgrade upgrade = r->upgrade;
	struct upgraded *u = rd_zalloc(sizeof(*u));

	(void)context;
	(void)mhd;
	r->upgrade.failed = NULL;
	if (!u) {
		close_upgraded(r->conn, urh);
		if (upgrade.failed)
			upgrade.failed(upgrade.arg);
		return;
	}
	u->urh = urh;
	u->conn = r->conn;
	u->upgrade = upgrade;
	if (detach(u->conn, urh, fd))
		fd = u->conn->fd;
	rd_list_push(&r->server->upgraded, &u->in_server);
	upgrade.ready(upgrade.arg, fd, rd_span(extra, extra_len), u);
}

void rd_mhd_upgrade_release(void *handle)
{
	struct upgraded *u = handle;
	struct conn *c = u->conn;

	rd_list_remove(&u->in_server);
	if (c->is_detached) {
		close(c->fd);
		c->is_released = true;
		if (!c->mhd)
			rd_conn_close(c);
	} else {
		close_upgraded(c, u->urh);
	}
	rd_free(u);
}

void rd_mhd_cut_upgrades(struct rd_http_server *s)
{
	while (!rd_list_is_empty(&s->upgraded)) {
		struct upgraded *u = rd_container(s->upgraded.next,
						  struct upgraded, in_server);

		u->upgrade.cut(u->upgrade.arg);
	}
}

int rd_mhd_upgrade_tcp_fd(void *handle)
{
	return ((struct upgraded *)handle)->conn->fd;
}

enum rd_err rd_mhd_answer_upgrade(struct rd_http_request *r,
				  const struct rd_http_field *f, size_t count,
				  const struct upgrade *upgrade)
{
	struct rd_http_answer failed = { .status = 500 };
	struct MHD_Response *response =
		MHD_create_response_for_upgrade(on_upgrade, r);

	if (response && add_fields(response, f, count)) {
		r->upgrade = *upgrade;
		decide(r, MHD_HTTP_SWITCHING_PROTOCOLS, response);
		return RD_OK;
	}
	if (response)
		MHD_destroy_response(response);
	rd_mhd_answer(r, &failed);
	return RD_E_NOMEM;
}

/* --- the daemon --- */

/* Percent signs stay: two readers may undo them differently. */
static size_t leave_escaped(void *arg, struct MHD_Connection *mhd, char *text)
{
	(void)arg;
	(void)mhd;
	return strlen(text);
}

static void on_library_log(void *arg, const char *fmt, va_list args)
{
	char line[256], value[RD_LOG_VALUE];

	(void)arg;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(line, sizeof(line), fmt, args);
#pragma GCC diagnostic pop
	rd_log(RD_LOG_DEBUG, "http", "event=\"libmicrohttpd says\" text=%s",
	       rd_log_value(rd_span_text(line), value));
}

struct MHD_Daemon *rd_mhd_start_library(struct daemon *d, bool has_tls,
					const char *certificate,
					const char *key)
{
	struct rd_http_server_cfg *cfg = &d->server->cfg;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		  (void *)(uintptr_t)certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		  (void *)(uintptr_t)tls_priorities },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_UPGRADE |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			 (has_tls ? MHD_USE_TLS : MHD_NO_FLAG);

	/* Not strict: what it would cut without a word, we refuse with 400. */
	return MHD_start_daemon(
		flags, 0, on_accept, d, on_request, d,
		MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, d->fd, MHD_OPTION_CONNECTION_LIMIT,
		cfg->most_connections + 64, MHD_OPTION_CONNECTION_TIMEOUT,
		(cfg->idle_ms + 999) / 1000 + 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, d, MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
		MHD_OPTION_URI_LOG_CALLBACK, on_line, d,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
		has_tls ? tls : none, MHD_OPTION_END);
}
