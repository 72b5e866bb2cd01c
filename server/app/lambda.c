/* app/lambda.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One event at a time, as Lambda gives them; between two events the process
 * may be frozen for hours, so nothing is left running, and the wait for the
 * next one has no deadline.
 */
#include "app/lambda.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/config.h"
#include "app/gateway.h"
#include "app/handler_policy.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "http/client.h"
#include "provider/sma_handler.h"

enum {
	MOST_EVENT = 7 << 20, /* Lambda's own limit is 6 MB */
	MOST_SAID = 64 * 1024,
	POST_MS = 10000,
	START_MS = 8000,  /* of a call, as in `ringdown serve` */
	RESERVE_MS = 500, /* of the invocation's time, to answer */
	TURN_MS = 60000,
	ID_TEXT = 128,
	URL_TEXT = 512,
	PATH_TEXT = 1024,
};

/* Our words for what went wrong; Lambda shows them as errorType. */
#define BAD_EVENT  "Handler.MalformedEvent"
#define BAD_CONFIG "Runtime.BadConfiguration"
#define BAD_OTHER  "Handler.Failed"

struct lambda {
	const char *api; /* host:port, lent to us */

	struct rd_loop *loop;
	struct rd_http_client *client;
	struct rd_config config;
	struct rd_sma_policy policy;
	struct rd_gateway *gateway; /* NULL: there is no configuration */

	/* what was answered last */
	bool is_answered;
	enum rd_err err;
	unsigned status;
	uint8_t *body; /* ours */
	size_t len;
	char id[ID_TEXT];     /* of the invocation */
	uint64_t deadline_ms; /* of it, wall time; 0: not said */
};

/* --- the runtime API ---------------------------------------------------- */

static void forget_answer(struct lambda *l)
{
	rd_free(l->body);
	l->body = NULL;
	l->len = 0;
	l->is_answered = false;
}

static void on_answer(void *arg, const struct rd_http_result *r)
{
	struct lambda *l = arg;
	struct rd_span deadline =
		rd_http_result_header(r, "Lambda-Runtime-Deadline-Ms");

	l->is_answered = true;
	l->err = r->err;
	l->status = r->status;
	rd_text_copy(l->id, sizeof(l->id),
		     rd_http_result_header(r, "Lambda-Runtime-Aws-Request-Id"));
	if (rd_text_u64(deadline, 0, UINT64_MAX, &l->deadline_ms))
		l->deadline_ms = 0;
	l->body = rd_alloc(r->body.len + 1);
	if (!l->body) {
		l->err = RD_E_NOMEM;
		return;
	}
	l->len = r->body.len;
	if (l->len)
		memcpy(l->body, r->body.at, l->len);
}

/* Asks, and waits for the answer. */
static enum rd_err ask(struct lambda *l, const struct rd_http_fetch *fetch)
{
	enum rd_err err;

	forget_answer(l);
	err = rd_http_client_fetch(l->client, fetch, on_answer, l, NULL);
	while (!err && !l->is_answered)
		rd_loop_turn(l->loop, TURN_MS);
	return err ? err : l->err;
}

/* RD_E_CLOSED: the runtime API wants no more of us. */
static enum rd_err next_event(struct lambda *l)
{
	char url[URL_TEXT];
	struct rd_http_fetch fetch = { .url = url,
				       .deadline_ms = RD_HTTP_NO_DEADLINE,
				       .most_bytes = MOST_EVENT };
	enum rd_err err;

	snprintf(url, sizeof(url),
		 "http://%s/2018-06-01/runtime/"
		 "invocation/next",
		 l->api);
	err = ask(l, &fetch);
	if (!err && (l->status != 200 || !l->id[0]))
		err = RD_E_CLOSED;
	if (err)
		rd_log(RD_LOG_ERROR, "app",
		       "event=\"no next invocation\" status=%u error=\"%s\"",
		       l->status, rd_err_text(err));
	return err;
}

/* path: below the runtime's own; kind of the error, or NULL.  An answer that
 * is not taken (the invocation's time is over) is only told in the log. */
static enum rd_err post(struct lambda *l, const char *path, const char *kind,
			struct rd_span body)
{
	char url[URL_TEXT], type[128];
	const char *const headers[] = { "Content-Type: application/json",
					type };
	struct rd_http_fetch fetch = { .method = "POST",
				       .url = url,
				       .headers = headers,
				       .header_count = kind ? 2 : 1,
				       .body = body,
				       .deadline_ms = POST_MS,
				       .most_bytes = MOST_SAID };
	enum rd_err err;

	snprintf(url, sizeof(url), "http://%s/2018-06-01/runtime/%s", l->api,
		 path);
	snprintf(type, sizeof(type), "Lambda-Runtime-Function-Error-Type: %s",
		 kind ? kind : "");
	err = ask(l, &fetch);
	if (!err && l->status >= 500)
		err = RD_E_CLOSED; /* "shall exit promptly" */
	if (err || l->status != 202)
		rd_log(RD_LOG_WARN, "app",
		       "event=\"answer not taken\" path=%s status=%u "
		       "error=\"%s\"",
		       path, l->status, rd_err_text(err));
	return err;
}

static enum rd_err post_error(struct lambda *l, const char *path,
			      const char *kind, const char *message)
{
	char body[1024];
	struct rd_json_out j = rd_json_out(body, sizeof(body));

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "errorMessage", message);
	rd_json_text(&j, "errorType", kind);
	rd_json_begin_array(&j, "stackTrace");
	rd_json_end_array(&j);
	rd_json_end(&j);
	rd_log(RD_LOG_ERROR, "app", "event=\"%s\" error=\"%s\"", kind, message);
	return post(l, path, kind,
		    rd_json_failed(&j) ? RD_SPAN_NONE : rd_json_done(&j));
}

/* --- one event ---------------------------------------------------------- */

static bool is_sma(const struct rd_json *event)
{
	return rd_json_get(event, "InvocationEventType") ||
	       rd_json_get(event, "InvocationEvent");
}

static void log_sma(const struct rd_json *event)
{
	const char *call = rd_json_string(
		rd_json_path(event, "CallDetails.TransactionId"));
	const char *type = rd_json_member(event, "InvocationEventType");
	char a[RD_LOG_VALUE], b[RD_LOG_VALUE];

	rd_log(RD_LOG_INFO, "app", "call=%s event=\"call event\" type=%s",
	       rd_log_value(rd_span_text(call ? call : ""), a),
	       rd_log_value(rd_span_text(type ? type : ""), b));
}

/* How long a request may take. */
static unsigned time_left_ms(const struct lambda *l)
{
	uint64_t now_ms = rd_clock_wall_ms() + RESERVE_MS;

	if (l->deadline_ms == 0)
		return START_MS;
	if (l->deadline_ms <= now_ms)
		return 0;
	return (unsigned)rd_min_u64(l->deadline_ms - now_ms, START_MS);
}

/* Writes the answer to one event.  RD_E_FORMAT: it is none that we know. */
static enum rd_err answer(struct lambda *l, const struct rd_json *event,
			  struct rd_json_out *j)
{
	if (is_sma(event)) {
		log_sma(event);
		return rd_sma_handle(&l->policy, event, j);
	}
	return rd_gateway_answer(l->gateway, event, time_left_ms(l), j);
}

static enum rd_err run_event(struct lambda *l, struct rd_json_out *j,
			     struct rd_complaint *why)
{
	struct rd_json *event;
	enum rd_err err = rd_json_open(&event, rd_span(l->body, l->len), why);

	if (err)
		return err;
	err = answer(l, event, j);
	rd_json_close(event);
	if (!err && rd_json_failed(j))
		err = RD_E_NOMEM;
	if (err)
		rd_complain(why, "%s",
			    err == RD_E_FORMAT
				    ? "neither a call event nor a request"
				    : rd_err_text(err));
	return err;
}

/* Answers the event that next_event got. */
static enum rd_err serve_event(struct lambda *l)
{
	struct rd_json_out j = rd_json_out_grow();
	struct rd_complaint why = { "" };
	char path[ID_TEXT + 64], id[ID_TEXT];
	enum rd_err err;

	memcpy(id, l->id, sizeof(id));
	err = run_event(l, &j, &why);
	snprintf(path, sizeof(path), "invocation/%s/%s", id,
		 err ? "error" : "response");
	if (err)
		err = post_error(l, path,
				 err == RD_E_FORMAT ? BAD_EVENT : BAD_OTHER,
				 why.text);
	else
		err = post(l, path, NULL, rd_json_done(&j));
	rd_json_drop(&j);
	return err;
}

/* --- opening ------------------------------------------------------------ */

static bool find_config(char path[static PATH_TEXT])
{
	const char *named = getenv("RINGDOWN_CONFIG");
	char *slash;
	ssize_t len;

	if (named && named[0]) {
		snprintf(path, PATH_TEXT, "%s", named);
		return true;
	}
	len = readlink("/proc/self/exe", path, PATH_TEXT - 32);
	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	snprintf(slash + 1, 32, "ringdown.yaml");
	return access(path, F_OK) == 0;
}

/* Where the systems that Lambda runs keep the certificates that they trust;
 * libcurl only knows of those of the system it was built for. */
static const char *find_certificates(void)
{
	static const char *const files[] = {
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/ssl/cert.pem",
	};
	const char *named = getenv("SSL_CERT_FILE");

	if (named && named[0])
		return named;
	for (size_t i = 0; i < RD_COUNT(files); i++)
		if (access(files[i], R_OK) == 0)
			return files[i];
	return NULL;
}

static enum rd_err open_configured(struct lambda *l, struct rd_complaint *why)
{
	char path[PATH_TEXT];
	enum rd_err err;

	l->policy = rd_handler_policy(NULL);
	if (!find_config(path))
		return RD_OK;
	err = rd_config_read(&l->config, path, why);
	if (err)
		return err;
	rd_log_set_level((enum rd_log_level)l->config.server.log_level);
	l->policy = rd_handler_policy(&l->config.handler);
	return rd_gateway_open(&l->gateway, &l->config, l->loop, l->client,
			       why);
}

static enum rd_err open_all(struct lambda *l)
{
	struct rd_http_client_cfg cfg = { .ca_file = find_certificates(),
					  .most_at_once = 16 };
	struct rd_complaint why = { "" };
	enum rd_err err = rd_loop_open(&l->loop);

	cfg.loop = l->loop;
	if (!err)
		err = rd_http_client_open(&l->client, &cfg);
	if (err)
		return err;
	err = open_configured(l, &why);
	if (err && post_error(l, "init/error", BAD_CONFIG,
			      why.text[0] ? why.text : rd_err_text(err)))
		rd_log(RD_LOG_ERROR, "app", "event=\"nobody to tell\"");
	return err;
}

static void close_all(struct lambda *l)
{
	forget_answer(l);
	rd_gateway_close(l->gateway);
	rd_config_fini(&l->config);
	rd_http_client_close(l->client);
	rd_loop_close(l->loop);
}

int rd_lambda(int argc, char **argv)
{
	struct lambda l = { .api = getenv("AWS_LAMBDA_RUNTIME_API") };
	enum rd_err err;

	(void)argc;
	(void)argv;
	if (!l.api || !l.api[0]) {
		fprintf(stderr,
			"ringdown: lambda is run by AWS Lambda, which says in "
			"AWS_LAMBDA_RUNTIME_API where its runtime API is\n");
		return 2;
	}
	err = open_all(&l);
	while (!err) {
		err = next_event(&l);
		if (!err)
			err = serve_event(&l);
	}
	close_all(&l);
	return 1;
}
