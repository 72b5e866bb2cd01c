/* api/aws_front.c - from a request to its operation: who asks, how often, and
 * whether it is what the operation takes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_front.h"

#include "api/aws_priv.h"
#include "api/aws_throttle.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "secure/sigv4.h"

/* --- who asks ------------------------------------------------------------ */

static bool find_key(void *arg, const char *id, struct rd_sigv4_key *key)
{
	const struct rd_aws_front *f = arg;

	for (unsigned i = 0; i < f->cfg.key_count; i++) {
		const struct rd_aws_key *k = &f->cfg.keys[i];

		if (strcmp(k->id, id) != 0)
			continue;
		*key = (struct rd_sigv4_key){
			.id = k->id,
			.secret = rd_span_text(k->secret),
			.session_token =
				k->session_token
					? rd_span_text(k->session_token)
					: RD_SPAN_NONE,
		};
		return true;
	}
	return false;
}

/* false: refused. */
static bool check_signature(struct rd_aws_request *r)
{
	const char *service =
		r->service == RD_AWS_CONNECT ? "connect" : "chime";
	struct rd_sigv4_header headers[RD_SIGV4_MOST_HEADERS];
	struct rd_sigv4_request signed_by = {
		.method = rd_http_method(r->http),
		.path = rd_http_path(r->http),
		.query = rd_http_query(r->http),
		.headers = headers,
		.body = rd_http_body(r->http),
	};
	struct rd_sigv4_rules rules = { .find = find_key,
					.arg = r->front,
					.region = r->front->cfg.region,
					.service = service,
					.may_be_presigned = true };
	const struct rd_sigv4_fault *fault;
	enum rd_sigv4_verdict verdict = RD_SIGV4_TOO_LARGE;
	struct rd_sigv4_who who;
	struct rd_sigv4_header h;
	unsigned n = 0;

	for (; rd_http_header_at(r->http, n, &h.name, &h.value); n++)
		if (n < RD_SIGV4_MOST_HEADERS)
			headers[n] = h;
	signed_by.header_count = n;
	if (n <= RD_SIGV4_MOST_HEADERS)
		verdict = rd_sigv4_verify(&signed_by, &rules, r->wall_ms, &who);
	if (verdict == RD_SIGV4_GOOD)
		return true;
	fault = rd_sigv4_fault(verdict, service);
	rd_aws_refuse_as(r, fault->name, fault->status, fault->message);
	return false;
}

/* The participant service does not look at signatures, which some clients
 * make with no key at all. */
static bool check_bearer(struct rd_aws_request *r)
{
	struct rd_span bearer = rd_http_header(r->http, "X-Amz-Bearer");

	if (!bearer.len || rd_http_header_count(r->http, "X-Amz-Bearer") != 1) {
		rd_aws_refuse(r, RD_AWS_DENIED, "X-Amz-Bearer is missing");
		return false;
	}
	if (bearer.len >= sizeof(r->bearer)) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "X-Amz-Bearer has at most %zu characters",
			      sizeof(r->bearer) - 1);
		return false;
	}
	rd_text_copy(r->bearer, sizeof(r->bearer), bearer);
	return true;
}

/* --- what is asked ------------------------------------------------------- */

static bool refuse_verdict(struct rd_aws_request *r,
			   enum rd_aws_verdict verdict,
			   const struct rd_complaint *why)
{
	if (verdict)
		rd_aws_refuse(r,
			      verdict == RD_AWS_BAD_TYPE ? RD_AWS_UNREADABLE
							 : RD_AWS_INVALID,
			      "%s", why->text);
	return !verdict;
}

static bool check_target(struct rd_aws_request *r)
{
	const struct rd_aws_rule *params = r->operation->params;
	enum rd_aws_verdict verdict = RD_AWS_GOOD;
	struct rd_complaint why;

	for (size_t i = 0; params && params[i].name && !verdict; i++)
		verdict = rd_aws_check_text(&params[i], r->params[i], &why);
	if (!verdict && r->operation->has_pages)
		verdict = rd_aws_read_pages(r, rd_http_query(r->http), &why);
	return refuse_verdict(r, verdict, &why);
}

/* Opens the body; an empty one is {}. */
static bool check_body(struct rd_aws_request *r, struct rd_json **document)
{
	struct rd_span body = rd_http_body(r->http);
	struct rd_complaint why = { "" };
	enum rd_err err;

	*document = NULL;
	if (!r->operation->body)
		return true;
	err = rd_json_open(document, body.len ? body : rd_span_text("{}"),
			   &why);
	if (err == RD_E_NOMEM) {
		rd_aws_refuse(r, RD_AWS_INTERNAL, "There is no memory for it");
		return false;
	}
	if (err || rd_json_kind(*document) != RD_JSON_OBJECT) {
		rd_aws_refuse(r, RD_AWS_UNREADABLE,
			      "The body is not a JSON object: %s", why.text);
		return false;
	}
	r->body = *document;
	return refuse_verdict(r,
			      rd_aws_check(r->operation->body, r->body, &why),
			      &why);
}

static bool is_too_often(struct rd_aws_front *f, size_t index, uint64_t now_ms)
{
	unsigned rate = f->cfg.requests_per_second;

	return rate &&
	       !rd_aws_bucket_take(&f->buckets[index], rate, 2 * rate, now_ms);
}

/* --- the front ----------------------------------------------------------- */

enum rd_err rd_aws_front_open(struct rd_aws_front **out,
			      const struct rd_aws_front_cfg *cfg)
{
	struct rd_aws_front *f = rd_zalloc(sizeof(*f));
	size_t count = 0;
	enum rd_err err;

	*out = NULL;
	if (!f)
		return RD_E_NOMEM;
	f->cfg = *cfg;
	f->taken_seed = rd_random_u64();
	while (rd_aws_operation_at(count))
		count++;
	f->buckets = rd_zalloc(count * sizeof(f->buckets[0]));
	err = f->buckets ? rd_aws_voice_open(&f->voice, f, rd_clock_wall_ms())
			 : RD_E_NOMEM;
	if (err) {
		rd_aws_front_close(f);
		return err;
	}
	*out = f;
	return RD_OK;
}

void rd_aws_front_close(struct rd_aws_front *f)
{
	if (!f)
		return;
	rd_aws_voice_close(f->voice);
	rd_free(f->buckets);
	rd_free(f);
}

void rd_aws_front_drain(struct rd_aws_front *f)
{
	f->is_draining = true;
}

static void start(struct rd_aws_request *r, struct rd_aws_front *f,
		  struct rd_http_request *http)
{
	memset(r, 0, sizeof(*r));
	r->front = f;
	r->http = http;
	r->service = RD_AWS_CONNECT;
	r->now_ms = rd_loop_now_ms(f->cfg.loop);
	r->wall_ms = rd_clock_wall_ms();
	rd_text_uuid(r->id);
}

void rd_aws_front_handle(void *arg, struct rd_http_request *http)
{
	struct rd_aws_request r;
	struct rd_json *document = NULL;
	enum rd_err err;
	size_t index;

	start(&r, arg, http);
	err = rd_aws_find(&r, rd_http_method(http), rd_http_path(http),
			  rd_http_query(http), &index);
	if (err == RD_E_NOTFOUND) {
		rd_aws_refuse_as(&r, "UnknownOperationException", 404,
				 "There is no operation with that method and "
				 "path");
		return;
	}
	if (r.service == RD_AWS_PARTICIPANT ? !check_bearer(&r)
					    : !check_signature(&r))
		return;
	if (is_too_often(r.front, index, r.now_ms)) {
		rd_aws_refuse(&r, RD_AWS_THROTTLED,
			      "The rate of requests is too high");
		return;
	}
	if (r.front->is_draining && r.operation->begins) {
		rd_aws_refuse(&r, RD_AWS_BUSY, "This server is going away");
		return;
	}
	if (err) {
		rd_aws_refuse(&r, RD_AWS_INVALID,
			      "The path is not of the expected form");
		return;
	}
	if (check_target(&r) && check_body(&r, &document))
		r.operation->answer(&r);
	rd_json_close(document);
}

void rd_aws_front_refuse_size(void *arg, struct rd_http_request *http)
{
	struct rd_aws_request r;
	size_t index;

	start(&r, arg, http);
	if (rd_aws_find(&r, rd_http_method(http), rd_http_path(http),
			rd_http_query(http), &index) == RD_E_NOTFOUND)
		rd_aws_refuse_as(&r, "UnknownOperationException", 404,
				 "There is no operation with that method and "
				 "path");
	else
		rd_aws_refuse(&r, RD_AWS_TOO_LARGE,
			      "A body has at most %d bytes", RD_AWS_MOST_BODY);
}
