/* http/client.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/client.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/text.h"
#include "http/url.h"

enum {
	DEFAULT_AT_ONCE = 256,
	MOST_HEADER_BYTES = 64 * 1024,
	DNS_CACHE_S = 60,
};

struct sock { /* a descriptor of libcurl that we watch */
	struct rd_http_client *client;
	struct rd_watch watch;
	struct rd_list in_client;
};

struct fetch {
	uint32_t id;
	struct rd_http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	rd_http_done *done;
	void *arg;
	char *url; /* as asked, for the redirect rule */
	uint8_t *body;
	size_t len, size, most;
	uint8_t *head;
	size_t head_len, head_size;
	unsigned redirects_left;
	bool may_leave_host;
	bool is_telling; /* done is being called */
	bool has_failed; /* its socket could not be watched */
	uint64_t deadline_ms;
	enum rd_err why; /* we ended it: RD_E_SIZE, RD_E_REFUSED, NOMEM */
	char detail[CURL_ERROR_SIZE];
};

struct rd_http_client {
	struct rd_http_client_cfg cfg;
	char user_agent[64];
	char *ca_file;

	CURLM *multi;
	struct rd_pool *fetches;
	struct rd_timer timer; /* libcurl's, and the end of requests */
	struct rd_list socks;  /* struct sock.in_client */
	bool has_failures;     /* some fetch.has_failed */
};

/* --- the loop's side --- */

static int to_curl(unsigned events)
{
	return (events & RD_READABLE ? CURL_CSELECT_IN : 0) |
	       (events & RD_WRITABLE ? CURL_CSELECT_OUT : 0) |
	       (events & RD_HANGUP ? CURL_CSELECT_ERR : 0);
}

static void release(struct fetch *f)
{
	struct rd_http_client *c = f->client;

	if (f->easy) {
		curl_multi_remove_handle(c->multi, f->easy);
		curl_easy_cleanup(f->easy);
	}
	curl_slist_free_all(f->headers);
	rd_free(f->url);
	rd_free(f->body);
	rd_free(f->head);
	rd_pool_give(c->fetches, f->id);
}

static enum rd_err outcome(const struct fetch *f, CURLcode code)
{
	if (f->why != RD_OK)
		return f->why;
	switch (code) {
	case CURLE_OK:
		return RD_OK;
	case CURLE_OPERATION_TIMEDOUT:
		return RD_E_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return RD_E_NOMEM;
	case CURLE_FILESIZE_EXCEEDED:
		return RD_E_SIZE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return RD_E_REFUSED;
	default:
		return RD_E_UPSTREAM;
	}
}

static bool is_same_host(struct fetch *f, const char *to)
{
	struct rd_url from_url, to_url;

	return rd_url_parse(&from_url, rd_span_text(f->url)) == RD_OK &&
	       rd_url_parse(&to_url, rd_span_text(to)) == RD_OK &&
	       from_url.is_secure == to_url.is_secure &&
	       from_url.port == to_url.port &&
	       !strcmp(from_url.host, to_url.host);
}

/* Sends the request on, within its first deadline; false: this is the end.
 * Not left to libcurl, which would ask nobody whether it may. */
static bool follow(struct fetch *f)
{
	struct rd_http_client *c = f->client;
	uint64_t now_ms = rd_clock_ms();
	char *to = NULL;

	curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &to);
	if (!to || !f->redirects_left || f->why != RD_OK)
		return false;
	f->redirects_left--;
	if (!f->may_leave_host && !is_same_host(f, to)) {
		f->why = RD_E_REFUSED;
		rd_text_copy(f->detail, sizeof(f->detail),
			     rd_span_text("redirected to another host"));
		return false;
	}
	if (now_ms >= f->deadline_ms) {
		f->why = RD_E_TIMEOUT;
		return false;
	}
	f->len = 0;
	f->head_len = 0;
	curl_multi_remove_handle(c->multi, f->easy);
	if (curl_easy_setopt(f->easy, CURLOPT_URL, to) ||
	    curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS,
			     (long)(f->deadline_ms - now_ms)) ||
	    curl_multi_add_handle(c->multi, f->easy)) {
		f->why = RD_E_NOMEM;
		return false;
	}
	return true;
}

static void finish(struct fetch *f, CURLcode code)
{
	struct rd_http_result r = { .status = 0 };
	rd_http_done *done = f->done;
	void *arg = f->arg;
	long status = 0;

	if (code == CURLE_OK && follow(f))
		return;
	r.err = outcome(f, code);
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	r.status = (unsigned)status;
	r.body = rd_span(f->body, f->len);
	r.headers = rd_span(f->head, f->head_len);
	r.detail = f->detail[0] ? f->detail : curl_easy_strerror(code);
	if (r.err != RD_OK)
		r.body = RD_SPAN_NONE;
	f->is_telling = true;
	done(arg, &r);
	release(f);
}

/* done may start and cancel; each round asks libcurl anew. */
static void tell_finished(struct rd_http_client *c)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left))) {
		struct fetch *f = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
				  (char **)&f);
		finish(f, m->data.result);
	}
}

/* Ends what has_failed; done may start and cancel others. */
static void tell_failed(struct rd_http_client *c)
{
	struct fetch *f;
	size_t cursor = 0;
	uint32_t id;

	if (!c->has_failures)
		return;
	c->has_failures = false;
	while ((f = rd_pool_next(c->fetches, &cursor, &id)))
		if (f->has_failed && !f->is_telling)
			finish(f, CURLE_OUT_OF_MEMORY);
}

static void act(struct rd_http_client *c, int fd, int events)
{
	int running;

	tell_failed(c);
	curl_multi_socket_action(c->multi, fd, events, &running);
	tell_finished(c);
}

static void on_socket(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct sock *s = rd_container(w, struct sock, watch);

	(void)now_ms;
	act(s->client, w->fd, to_curl(events));
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	act(rd_container(t, struct rd_http_client, timer), CURL_SOCKET_TIMEOUT,
	    0);
}

static void drop_sock(struct sock *s)
{
	rd_watch_remove(&s->watch);
	rd_list_remove(&s->in_client);
	rd_free(s);
}

/* libcurl takes a refusal here for the end of all its transfers, for good;
 * so only this one is ended, from the loop. */
static void fail_from_loop(struct rd_http_client *c, CURL *easy)
{
	struct fetch *f = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
	f->has_failed = true;
	f->why = RD_E_NOMEM;
	c->has_failures = true;
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->timer,
		     rd_loop_now_ms(c->cfg.loop));
}

static void add_sock(struct rd_http_client *c, CURL *easy, int fd,
		     unsigned events)
{
	struct sock *s = rd_zalloc(sizeof(*s));

	if (!s) {
		fail_from_loop(c, easy);
		return;
	}
	s->client = c;
	s->watch.fn = on_socket;
	if (rd_loop_watch(c->cfg.loop, &s->watch, fd, events) != RD_OK) {
		rd_free(s);
		fail_from_loop(c, easy);
		return;
	}
	rd_list_push(&c->socks, &s->in_client);
	curl_multi_assign(c->multi, fd, s);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		       void *known)
{
	struct rd_http_client *c = arg;
	struct sock *s = known;
	unsigned events = (what & CURL_POLL_IN ? (unsigned)RD_READABLE : 0) |
			  (what & CURL_POLL_OUT ? (unsigned)RD_WRITABLE : 0);

	if (what == CURL_POLL_REMOVE) {
		if (s)
			drop_sock(s);
	} else if (!s) {
		add_sock(c, easy, fd, events);
	} else if (rd_watch_change(&s->watch, events) != RD_OK) {
		fail_from_loop(c, easy);
	}
	return 0;
}

static int want_timer(CURLM *multi, long wait_ms, void *arg)
{
	struct rd_http_client *c = arg;
	uint64_t now_ms = rd_loop_now_ms(c->cfg.loop);

	(void)multi;
	if (c->has_failures)
		wait_ms = 0;
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->timer,
		     wait_ms < 0 ? RD_NEVER : now_ms + (uint64_t)wait_ms);
	return 0;
}

/* --- what comes back --- */

static bool append(struct fetch *f, uint8_t **buf, size_t *len, size_t *size,
		   struct rd_span more)
{
	size_t room = *size ? *size : 1024;
	uint8_t *grown;

	if (*len + more.len > *size) {
		while (room < *len + more.len)
			room *= 2;
		grown = rd_realloc(*buf, room);
		if (!grown) {
			f->why = RD_E_NOMEM;
			return false;
		}
		*buf = grown;
		*size = room;
	}
	if (more.len)
		memcpy(*buf + *len, more.at, more.len);
	*len += more.len;
	return true;
}

static size_t on_body(char *data, size_t one, size_t len, void *arg)
{
	struct fetch *f = arg;

	len *= one;
	if (f->len + len > f->most) {
		f->why = RD_E_SIZE;
		return 0;
	}
	return append(f, &f->body, &f->len, &f->size, rd_span(data, len)) ? len
									  : 0;
}

static size_t on_header(char *data, size_t one, size_t len, void *arg)
{
	struct fetch *f = arg;

	len *= one;
	if (len > 5 && !memcmp(data, "HTTP/", 5))
		f->head_len = 0; /* another answer: a redirect, or 100 */
	if (f->head_len + len > MOST_HEADER_BYTES) {
		f->why = RD_E_SIZE;
		return 0;
	}
	return append(f, &f->head, &f->head_len, &f->head_size,
		      rd_span(data, len))
		       ? len
		       : 0;
}

/* --- asking --- */

static enum rd_err set_headers(struct fetch *f, const struct rd_http_fetch *w)
{
	struct curl_slist *more;

	for (size_t i = 0; i < w->header_count; i++) {
		if (strpbrk(w->headers[i], "\r\n"))
			return RD_E_FORMAT;
		more = curl_slist_append(f->headers, w->headers[i]);
		if (!more)
			return RD_E_NOMEM;
		f->headers = more;
	}
	/* No "Expect: 100-continue": a round trip for nothing. */
	more = curl_slist_append(f->headers, "Expect:");
	if (!more)
		return RD_E_NOMEM;
	f->headers = more;
	return curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers)
		       ? RD_E_NOMEM
		       : RD_OK;
}

static CURLcode set_deadline(struct fetch *f, const struct rd_http_fetch *w)
{
	bool has_one = w->deadline_ms != RD_HTTP_NO_DEADLINE;
	long all_ms = has_one ? (long)w->deadline_ms : 0; /* 0: for ever */
	long connect_ms = has_one ? all_ms : RD_HTTP_CONNECT_MS;
	CURLcode bad = curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, all_ms);

	bad |= curl_easy_setopt(f->easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	return bad;
}

static CURLcode set_request(struct fetch *f, const struct rd_http_fetch *w)
{
	const char *method = w->method ? w->method : "GET";
	CURL *e = f->easy;
	CURLcode bad = curl_easy_setopt(e, CURLOPT_URL, w->url);

	if (w->body.len || !strcmp(method, "POST")) {
		bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE,
					(long)w->body.len);
		bad |= curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS,
					w->body.len ? (const char *)w->body.at
						    : "");
	}
	if (!strcmp(method, "HEAD"))
		bad |= curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	else
		bad |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
	if (w->is_once) /* RFC 9110 9.2.2: nobody repeats it but its asker */
		bad |= curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	return bad | set_deadline(f, w);
}

static CURLcode set_rules(struct fetch *f)
{
	struct rd_http_client *c = f->client;
	CURL *e = f->easy;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(e, CURLOPT_PRIVATE, f);
	bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(e, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(e, CURLOPT_USERAGENT, c->user_agent);
	bad |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
				(long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(e, CURLOPT_SSLVERSION,
				(long)CURL_SSLVERSION_TLSv1_2);
	bad |= curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT,
				(long)DNS_CACHE_S);
	bad |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->detail);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	bad |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	if (c->ca_file)
		bad |= curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
	return bad;
}

static enum rd_err start(struct fetch *f, const struct rd_http_fetch *w)
{
	enum rd_err err;

	f->url = rd_strdup(w->url);
	f->easy = curl_easy_init();
	if (!f->url || !f->easy)
		return RD_E_NOMEM;
	err = set_headers(f, w);
	if (err != RD_OK)
		return err;
	if (set_request(f, w) || set_rules(f) ||
	    curl_multi_add_handle(f->client->multi, f->easy))
		return RD_E_NOMEM;
	return RD_OK;
}

enum rd_err rd_http_client_fetch(struct rd_http_client *c,
				 const struct rd_http_fetch *w,
				 rd_http_done *done, void *arg, uint32_t *id)
{
	struct rd_url url;
	struct fetch *f;
	uint32_t own;
	enum rd_err err;

	if (id)
		*id = 0;
	rd_assert(w->deadline_ms && w->most_bytes);
	if (rd_url_parse(&url, rd_span_text(w->url)) != RD_OK ||
	    url.is_websocket)
		return RD_E_FORMAT;
	f = rd_pool_take(c->fetches, &own);
	if (!f)
		return rd_pool_used(c->fetches) == rd_pool_size(c->fetches)
			       ? RD_E_FULL
			       : RD_E_NOMEM;
	f->id = own;
	f->client = c;
	f->done = done;
	f->arg = arg;
	f->most = w->most_bytes;
	if (!w->method || !strcmp(w->method, "GET"))
		f->redirects_left = w->most_redirects;
	f->deadline_ms = rd_clock_ms() + w->deadline_ms;
	f->may_leave_host = w->may_leave_host;
	err = start(f, w);
	if (err != RD_OK) {
		release(f);
		return err;
	}
	if (id)
		*id = own;
	return RD_OK;
}

void rd_http_client_cancel(struct rd_http_client *c, uint32_t id)
{
	struct fetch *f = rd_pool_get(c->fetches, id);

	if (f && !f->is_telling)
		release(f);
}

/* --- open and close --- */

/* libcurl's global start is not thread safe before 7.84; ours is done once,
 * by whoever opens the first client, before there are threads. */
static enum rd_err start_library(void)
{
	static atomic_bool is_started;

	if (atomic_load(&is_started))
		return RD_OK;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return RD_E_NOMEM;
	atomic_store(&is_started, true);
	return RD_OK;
}

static CURLMcode set_multi(struct rd_http_client *c)
{
	CURLMcode bad = CURLM_OK;

	bad |= curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION,
				 want_socket);
	bad |= curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	bad |= curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	bad |= curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	bad |= curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 16L);
	return bad;
}

enum rd_err rd_http_client_open(struct rd_http_client **out,
				const struct rd_http_client_cfg *cfg)
{
	struct rd_http_client *c = rd_zalloc(sizeof(*c));
	enum rd_err err = RD_E_NOMEM;

	*out = NULL;
	if (!c)
		return err;
	c->cfg = *cfg;
	c->timer.fn = on_timer;
	if (!c->cfg.most_at_once)
		c->cfg.most_at_once = DEFAULT_AT_ONCE;
	snprintf(c->user_agent, sizeof(c->user_agent), "%s",
		 cfg->user_agent ? cfg->user_agent : "ringdown/" RD_VERSION);
	err = rd_pool_open(&c->fetches, c->cfg.most_at_once,
			   sizeof(struct fetch));
	if (err != RD_OK)
		goto fail;
	err = start_library();
	if (err != RD_OK)
		goto fail;
	err = RD_E_NOMEM;
	if (cfg->ca_file) {
		c->ca_file = rd_strdup(cfg->ca_file);
		if (!c->ca_file)
			goto fail;
	}
	c->multi = curl_multi_init();
	if (!c->multi || set_multi(c))
		goto fail;
	*out = c;
	return RD_OK;
fail:
	rd_http_client_close(c);
	return err;
}

void rd_http_client_close(struct rd_http_client *c)
{
	struct rd_list *item, *after;
	struct fetch *f;
	size_t cursor = 0;
	uint32_t id;

	if (!c)
		return;
	while (c->fetches && (f = rd_pool_next(c->fetches, &cursor, &id)))
		release(f);
	if (c->multi)
		curl_multi_cleanup(c->multi);
	rd_list_each_safe (item, after, &c->socks)
		drop_sock(rd_container(item, struct sock, in_client));
	rd_timer_disarm(rd_loop_timers(c->cfg.loop), &c->timer);
	rd_pool_close(c->fetches);
	rd_free(c->ca_file);
	rd_free(c);
}
