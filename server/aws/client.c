/* aws/client.c - see the header: the way of a call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/client.h"

#include <stdio.h>

#include "aws/client_priv.h"
#include "aws/reply.h"
#include "aws/sending.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/text.h"
#include "http/url.h"

enum {
	MOST_BEARER_BYTES = 4096,
	THROTTLED_MS = 1000, /* for the others, if AWS does not say */
	FULL_MS = 50,        /* until the HTTP client is asked again */
	MESSAGE_TEXT = 512,
	OPERATION_TEXT = 48,
	METHOD_TEXT = 8,
	ID_TEXT = 37,
};

static const char *const service_names[RD_AWS_SERVICES] = {
	"connect",
	"connect-participant",
	"chime-meetings",
	"chime-voice",
	"sts",
	"lambda",
};
RD_COUNTERS(attempted, "ringdown_aws_requests_total",
	    "Requests that were sent to AWS, attempts counted one by one.",
	    "service", service_names);
RD_COUNTERS(failed, "ringdown_aws_failures_total",
	    "Calls of AWS that ended with an error.", "service", service_names);
RD_COUNTERS(throttled, "ringdown_aws_throttled_total",
	    "Answers of AWS that asked us to be slower.", "service",
	    service_names);

enum state {
	TURN, /* its turn has a time */
	KEYS, /* waits for keys */
	SENT,
	PAUSE, /* before another attempt */
};

struct call {
	uint32_t id;
	struct rd_aws_client *client;
	rd_aws_done *done;
	void *arg;

	enum rd_aws_service service;
	char operation[OPERATION_TEXT];
	char method[METHOD_TEXT];
	char *url;
	struct rd_secret body;
	struct rd_secret bearer; /* ended by NUL; empty: none */
	bool is_idempotent;
	char invocation[ID_TEXT];

	enum state state;
	struct rd_timer timer;
	struct rd_list in_waiting;
	uint32_t fetch;
	uint64_t asked_ms, deadline_ms;
	unsigned attempts; /* that count as such */
	unsigned retry_cost;
	bool is_clock_corrected, is_renewed;
	bool is_lost; /* some attempt may have had its effect */
	bool is_telling;
	char key_id[RD_SIGV4_KEY_ID_TEXT];     /* it was last signed with */
	char refused_id[RD_SIGV4_KEY_ID_TEXT]; /* AWS does not take it */

	/* Of the last attempt that failed. */
	struct rd_aws_result last;
	char message[MESSAGE_TEXT];
	char request_id[RD_AWS_REQUEST_ID_TEXT];
};

size_t rd_aws_client_call_bytes(void)
{
	return sizeof(struct call);
}

static void arm(struct call *call, uint64_t due_ms)
{
	rd_timer_arm(rd_loop_timers(call->client->loop), &call->timer, due_ms);
}

static void release(struct call *call)
{
	struct rd_aws_client *c = call->client;

	if (call->fetch)
		rd_http_client_cancel(c->http, call->fetch);
	arm(call, RD_NEVER);
	rd_list_remove(&call->in_waiting);
	rd_free(call->url);
	rd_secret_fini(&call->body);
	rd_secret_fini(&call->bearer);
	rd_pool_give(c->calls, call->id);
}

/* --- the end --- */

static void log_end(const struct call *call, const struct rd_aws_result *r)
{
	uint64_t after_ms = rd_loop_now_ms(call->client->loop) - call->asked_ms;
	char buf[RD_LOG_VALUE];

	if (r->err == RD_OK) {
		rd_log(RD_LOG_DEBUG, "aws",
		       "event=\"request done\" service=%s operation=%s "
		       "status=%u attempts=%u after_ms=%llu",
		       service_names[call->service], call->operation, r->status,
		       r->attempts, (unsigned long long)after_ms);
		return;
	}
	rd_log(RD_LOG_WARN, "aws",
	       "event=\"request failed\" service=%s operation=%s status=%u "
	       "error=%s name=%s attempts=%u after_ms=%llu request=%s",
	       service_names[call->service], call->operation, r->status,
	       rd_err_name(r->err), r->name[0] ? r->name : "-", r->attempts,
	       (unsigned long long)after_ms,
	       rd_log_value(rd_span_text(r->request_id), buf));
}

static void finish(struct call *call, struct rd_aws_result *r)
{
	r->attempts = call->attempts;
	r->may_have_happened = call->is_lost || r->err == RD_OK;
	if (!r->message)
		r->message = "";
	if (!r->request_id)
		r->request_id = "";
	if (r->err != RD_OK)
		rd_metric_add(&failed, call->service, 1);
	log_end(call, r);
	call->is_telling = true;
	call->done(call->arg, r);
	release(call);
}

/* Ends with an error of ours. */
static void give_up(struct call *call, enum rd_err err, const char *message)
{
	struct rd_aws_result r = { .err = err, .message = message };

	finish(call, &r);
}

/* Ends with what the last attempt met; its body is gone. */
static void finish_last(struct call *call)
{
	call->last.body = NULL;
	finish(call, &call->last);
}

/* --- turns and keys --- */

static void wait_turn(struct call *call, uint64_t now_ms)
{
	struct rd_aws_client *c = call->client;
	struct rd_aws_result r = { .err = RD_E_LIMIT, .is_throttled = true };
	uint64_t at_ms;

	call->state = TURN;
	if (rd_throttle_take(rd_aws_client_turns(c, call->service,
						 call->operation),
			     now_ms, call->deadline_ms - 1, &at_ms) == RD_OK) {
		arm(call, at_ms);
		return;
	}
	if (call->attempts > 0) {
		finish_last(call);
		return;
	}
	r.message = "too many requests of ours are waiting";
	r.retry_after_s = (unsigned)((at_ms - now_ms + 999) / 1000);
	finish(call, &r);
}

static void take_last(struct call *call, const struct rd_aws_result *r)
{
	call->last = *r;
	rd_text_copy(call->message, sizeof(call->message),
		     rd_span_text(r->message));
	call->last.message = call->message;
	call->last.request_id = call->request_id;
	call->last.body = NULL;
}

/* --- the answer --- */

static enum rd_err err_of(enum rd_aws_fault fault,
			  const struct rd_http_result *h)
{
	switch (fault) {
	case RD_AWS_FINE:
		return RD_OK;
	case RD_AWS_THROTTLED:
		return RD_E_LIMIT;
	case RD_AWS_UNSENT:
		return RD_E_UPSTREAM;
	case RD_AWS_LOST:
		return h->err == RD_E_TIMEOUT ? RD_E_TIMEOUT : RD_E_UPSTREAM;
	default:
		break;
	}
	if (h->err == RD_OK)
		return RD_E_REFUSED;
	return h->err == RD_E_NOMEM ? RD_E_NOMEM : RD_E_UPSTREAM;
}

static void arrange(struct call *call, uint64_t wait_ms, uint64_t now_ms)
{
	call->state = PAUSE;
	arm(call, now_ms + wait_ms);
}

/* The others of the operation wait as well. */
static void hold_others(struct call *call, const struct rd_aws_retry *ask,
			uint64_t wait_ms)
{
	uint64_t for_ms = rd_max_u64(ask->retry_after_ms, wait_ms);

	if (!for_ms)
		for_ms = THROTTLED_MS;
	rd_metric_add(&throttled, call->service, 1);
	rd_log(RD_LOG_INFO, "aws",
	       "event=throttled service=%s operation=%s wait_ms=%llu",
	       service_names[call->service], call->operation,
	       (unsigned long long)for_ms);
	rd_throttle_hold(rd_aws_client_turns(call->client, call->service,
					     call->operation),
			 ask->now_ms, ask->now_ms + for_ms);
}

/* Another attempt that costs nothing, since this one was refused for what we
 * can mend: once for the clock, once for the keys. */
static bool mend(struct call *call, enum rd_aws_fault fault,
		 const struct rd_http_result *h, uint64_t now_ms)
{
	struct rd_aws_client *c = call->client;

	if (fault == RD_AWS_CLOCK && !call->is_clock_corrected &&
	    rd_aws_client_correct(c, fault, h)) {
		call->is_clock_corrected = true;
		arrange(call, 0, now_ms);
		return true;
	}
	if (fault == RD_AWS_KEYS && !call->is_renewed) {
		call->is_renewed = true;
		memcpy(call->refused_id, call->key_id,
		       sizeof(call->refused_id));
		rd_aws_credentials_renew(c->credentials, call->key_id, now_ms);
		arrange(call, 0, now_ms);
		rd_aws_client_keys_pump(c);
		return true;
	}
	return false;
}

/* true: there will be another attempt. */
static bool again(struct call *call, enum rd_aws_fault fault,
		  const struct rd_http_result *h, unsigned retry_after_ms)
{
	struct rd_aws_client *c = call->client;
	struct rd_aws_retry ask = {
		.fault = fault,
		.attempts = call->attempts,
		.most_attempts = c->most_attempts,
		.is_idempotent = call->is_idempotent,
		.retry_after_ms = retry_after_ms,
		.now_ms = rd_loop_now_ms(c->loop),
		.deadline_ms = call->deadline_ms,
		.random = rd_random_u32(),
	};
	uint64_t wait_ms;
	bool is_again;

	if (mend(call, fault, h, ask.now_ms))
		return true;
	is_again = rd_aws_retry(&ask, &c->bucket, &wait_ms, &call->retry_cost);
	if (fault == RD_AWS_THROTTLED)
		hold_others(call, &ask, wait_ms);
	if (is_again)
		arrange(call, wait_ms, ask.now_ms);
	return is_again;
}

static void read_error(struct rd_aws_result *r, const struct rd_http_result *h,
		       const struct rd_json *body)
{
	if (h->err != RD_OK) {
		r->message = h->detail;
		return;
	}
	rd_aws_error_name(rd_http_result_header(h, "x-amzn-errortype"), body,
			  r->name);
	r->message = rd_aws_error_message(body);
}

/* The texts of an answer, kept until it was told. */
static void read_answer(struct call *call, struct rd_aws_result *r,
			const struct rd_http_result *h, struct rd_json **body)
{
	struct rd_span id = rd_http_result_header(h, "x-amzn-requestid");

	*body = NULL;
	r->message = "";
	r->status = h->err == RD_OK ? h->status : 0;
	if (!id.at)
		id = rd_http_result_header(h, "x-amzn-request-id");
	rd_text_copy(call->request_id, sizeof(call->request_id), id);
	r->request_id = call->request_id;
	if (h->err == RD_OK && h->body.len > 0)
		r->err = rd_json_open(body, h->body, NULL);
	r->body = *body;
	if (h->err != RD_OK || h->status < 200 || h->status >= 300) {
		r->err = RD_OK;
		read_error(r, h, *body);
	}
}

static void on_answer(void *arg, const struct rd_http_result *h)
{
	struct call *call = arg;
	struct rd_aws_result r = { .err = RD_OK };
	struct rd_json *body;
	enum rd_aws_fault fault;
	unsigned retry_after_ms;

	call->fetch = 0;
	read_answer(call, &r, h, &body);
	fault = rd_aws_fault(h->err, h->status, r.name);
	if (fault == RD_AWS_LOST || h->err == RD_E_SIZE)
		call->is_lost = true;
	retry_after_ms = rd_aws_retry_after_ms(h, rd_clock_wall_ms());
	r.retry_after_s = (retry_after_ms + 999) / 1000;
	r.is_throttled = fault == RD_AWS_THROTTLED;
	if (fault == RD_AWS_FINE) {
		/* It happened, but what it says cannot be read. */
		if (r.err != RD_OK && r.err != RD_E_NOMEM)
			r.err = RD_E_UPSTREAM;
		call->is_lost = r.err != RD_OK;
		rd_aws_bucket_refund(&call->client->bucket, call->retry_cost);
	} else {
		r.err = err_of(fault, h);
		take_last(call, &r);
	}
	if (fault == RD_AWS_FINE || !again(call, fault, h, retry_after_ms))
		finish(call, &r);
	rd_json_close(body);
}

/* --- sending --- */

static void send_now(struct call *call, const struct rd_aws_keys *keys,
		     uint64_t now_ms)
{
	struct rd_aws_client *c = call->client;
	struct rd_aws_sending s = {
		.http = c->http,
		.method = call->method,
		.url = call->url,
		.body = rd_secret_lend(&call->body),
		.content_type = call->body.len ? "application/json" : NULL,
		.bearer =
			call->bearer.len ? (const char *)call->bearer.at : NULL,
		.invocation_id = call->invocation,
		.attempt = ++call->attempts,
		.most_attempts = c->most_attempts,
		.keys = keys,
		.region = c->region,
		.signing_name = rd_aws_service(call->service)->signing_name,
		.wall_ms = rd_aws_client_wall_ms(c),
		.deadline_ms = (unsigned)rd_min_u64(call->deadline_ms - now_ms,
						    c->attempt_ms),
		.is_once = !call->is_idempotent,
	};
	enum rd_err err;

	call->state = SENT;
	arm(call, RD_NEVER);
	rd_text_copy(call->key_id, sizeof(call->key_id),
		     rd_span_text(keys ? keys->id : ""));
	err = rd_aws_send(&s, on_answer, call, &call->fetch);
	if (err == RD_E_FULL) { /* the HTTP client's; soon there is room */
		call->attempts--;
		arrange(call, FULL_MS, now_ms);
	} else if (err != RD_OK) {
		give_up(call, err == RD_E_NOMEM ? err : RD_E_UPSTREAM,
			"the request could not be made");
	} else {
		rd_metric_add(&attempted, call->service, 1);
	}
}

static bool is_renewing(const struct rd_aws_client *c, uint64_t now_ms)
{
	return c->keys_fetch ||
	       rd_aws_credentials_due_ms(c->credentials) <= now_ms;
}

/* Its turn has come: with keys it goes. */
static void on_turn(struct call *call, uint64_t now_ms)
{
	struct rd_aws_client *c = call->client;
	const struct rd_aws_keys *keys;

	if (call->bearer.len) {
		send_now(call, NULL, now_ms);
		return;
	}
	call->state = KEYS;
	rd_list_remove(&call->in_waiting);
	keys = rd_aws_credentials_keys(c->credentials,
				       rd_aws_client_wall_ms(c));
	if (keys && !strcmp(keys->id, call->refused_id)) {
		if (!is_renewing(c, now_ms)) {
			finish_last(call);
			return;
		}
		keys = NULL;
	} else if (keys) {
		send_now(call, keys, now_ms);
		return;
	} else if (rd_aws_credentials_is_hopeless(c->credentials)) {
		give_up(call, RD_E_AUTH, "there are no credentials");
		return;
	}
	rd_list_push(&c->waiting, &call->in_waiting);
	arm(call, call->deadline_ms);
}

void rd_aws_client_keys_changed(struct rd_aws_client *c)
{
	uint64_t now_ms = rd_loop_now_ms(c->loop);
	struct rd_list *item;

	rd_list_each (item, &c->waiting)
		arm(rd_container(item, struct call, in_waiting), now_ms);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct call *call = rd_container(t, struct call, timer);
	struct rd_throttle *turns =
		rd_aws_client_turns(call->client, call->service,
				    call->operation);

	if (now_ms >= call->deadline_ms) {
		if (call->attempts > 0)
			finish_last(call);
		else if (call->state == KEYS)
			give_up(call, RD_E_AUTH, "there are no credentials");
		else
			give_up(call, RD_E_TIMEOUT, "there was no turn");
		return;
	}
	if (call->state == PAUSE ||
	    (call->state == TURN && now_ms < turns->hold_ms))
		wait_turn(call, now_ms);
	else
		on_turn(call, now_ms);
}

/* --- the beginning --- */

/* No segment that somebody on the way would take out. */
static bool is_straight(const char *path)
{
	while ((path = strchr(path, '/'))) {
		size_t len = strcspn(++path, "/?");

		if ((len == 0 && path[0] == '/') ||
		    (len == 1 && *path == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
	}
	return true;
}

static enum rd_err set_url(struct call *call, const struct rd_aws_call *w)
{
	const char *base = call->client->urls[w->service];
	const char *query = w->query ? w->query : "";
	size_t size = strlen(base) + strlen(w->path) + strlen(query) + 2;
	struct rd_url url;

	if (size > RD_URL_MOST)
		return RD_E_SIZE;
	if (w->path[0] != '/' || strchr(w->path, '?') || !is_straight(w->path))
		return RD_E_FORMAT;
	call->url = rd_alloc(size);
	if (!call->url)
		return RD_E_NOMEM;
	snprintf(call->url, size, "%s%s%s%s", base, w->path,
		 query[0] ? "?" : "", query);
	return rd_url_parse(&url, rd_span_text(call->url));
}

static enum rd_err set_bearer(struct call *call, const char *bearer)
{
	size_t len = strlen(bearer);

	if (len == 0 || len > MOST_BEARER_BYTES)
		return RD_E_SIZE;
	for (size_t i = 0; i < len; i++)
		if (bearer[i] <= ' ' || bearer[i] > '~')
			return RD_E_FORMAT;
	return rd_secret_init(&call->bearer, rd_span(bearer, len + 1));
}

static enum rd_err fill(struct call *call, const struct rd_aws_call *w)
{
	enum rd_err err;

	rd_assert(strlen(w->operation) < OPERATION_TEXT &&
		  strlen(w->method) < METHOD_TEXT);
	call->service = w->service;
	call->is_idempotent = w->is_idempotent;
	rd_text_copy(call->operation, OPERATION_TEXT,
		     rd_span_text(w->operation));
	rd_text_copy(call->method, METHOD_TEXT, rd_span_text(w->method));
	rd_text_uuid(call->invocation);
	if (w->body.len > RD_SIGV4_MOST_BODY_BYTES)
		return RD_E_SIZE;
	err = set_url(call, w);
	if (err == RD_OK && w->body.len)
		err = rd_secret_init(&call->body, w->body);
	if (err == RD_OK && w->bearer)
		err = set_bearer(call, w->bearer);
	return err;
}

enum rd_err rd_aws_client_call(struct rd_aws_client *c,
			       const struct rd_aws_call *w, rd_aws_done *done,
			       void *arg, uint32_t *id)
{
	uint64_t now_ms = rd_loop_now_ms(c->loop);
	struct call *call;
	uint32_t own;
	enum rd_err err;

	if (id)
		*id = 0;
	rd_assert((unsigned)w->service < RD_AWS_SERVICES);
	call = rd_pool_take(c->calls, &own);
	if (!call)
		return rd_pool_used(c->calls) == rd_pool_size(c->calls)
			       ? RD_E_FULL
			       : RD_E_NOMEM;
	call->id = own;
	call->client = c;
	call->done = done;
	call->arg = arg;
	call->timer.fn = on_timer;
	err = fill(call, w);
	if (err != RD_OK) {
		release(call);
		return err;
	}
	call->asked_ms = now_ms;
	call->deadline_ms =
		now_ms + (w->deadline_ms ? w->deadline_ms : c->deadline_ms);
	/* From the loop: done is never called from in here. */
	arrange(call, 0, now_ms);
	if (id)
		*id = own;
	return RD_OK;
}

void rd_aws_client_cancel(struct rd_aws_client *c, uint32_t id)
{
	struct call *call = rd_pool_get(c->calls, id);

	if (call && !call->is_telling)
		release(call);
}

void rd_aws_client_drop_calls(struct rd_aws_client *c)
{
	struct call *call;
	size_t cursor = 0;
	uint32_t id;

	while (c->calls && (call = rd_pool_next(c->calls, &cursor, &id)))
		release(call);
}
