/* app/gateway.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway.h"

#include <stdio.h>

#include "api/body.h"
#include "api/joining.h"
#include "api/problem.h"
#include "app/gateway_event.h"
#include "app/gateway_start.h"
#include "app/issuers.h"
#include "app/providers.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/call_names.h"
#include "secure/hash.h"

enum {
	MOST_KEY = 128, /* Idempotency-Key */
	MOST_ATTRIBUTES = RD_ATTRIBUTES + RD_API_HINTS_MOST,
	LOOK_MS = 50,
	PROBLEM_TEXT = 1024,
};

struct rd_gateway {
	const struct rd_config *config; /* lent to us */
	struct rd_loop *loop;
	struct rd_http_client *client;

	struct rd_identity *identity;
};

/* One request on its way. */
struct answering {
	struct rd_gateway *g;
	struct rd_gateway_request *request;
	uint64_t until_ms;

	enum rd_err checked; /* RD_E_AGAIN: not yet */
	struct rd_caller caller;
	struct rd_api_start body;
	const struct rd_config_destination *destination; /* NULL: none yet */
	struct rd_attribute attributes[MOST_ATTRIBUTES];
	struct rd_gateway_started started;
	char call_id[RD_CALL_ID_TEXT];
	char support_id[RD_SUPPORT_ID_TEXT];
	char token[RD_START_TOKEN_TEXT];

	struct rd_gateway_reply reply;
	char text[RD_JOINING_JSON];
	char retry_after[16];
};

/* --- answers ------------------------------------------------------------ */

static bool is_listed(const struct rd_texts *origins, const char *origin)
{
	for (unsigned i = 0; i < origins->count; i++)
		if (!strcmp(origins->at[i], "*") ||
		    !strcmp(origins->at[i], origin))
			return true;
	return false;
}

/* Of its destination; as long as that is not known, of any. */
static bool allows_origin(const struct answering *a, const char *origin)
{
	const struct rd_config *c = a->g ? a->g->config : NULL;

	if (a->destination)
		return is_listed(&a->destination->origins, origin);
	for (unsigned i = 0; c && i < c->destinations.count; i++)
		if (is_listed(&rd_config_destination(c, i)->origins, origin))
			return true;
	return false;
}

static void add_usual(struct answering *a, const char *content_type)
{
	const char *origin = rd_gateway_header(a->request, "Origin");
	struct rd_gateway_reply *r = &a->reply;

	rd_gateway_reply_add(r, "Cache-Control", "no-store");
	rd_gateway_reply_add(r, "Referrer-Policy", "no-referrer");
	rd_gateway_reply_add(r, "X-Content-Type-Options", "nosniff");
	rd_gateway_reply_add(r, "Vary", "Origin");
	if (content_type)
		rd_gateway_reply_add(r, "Content-Type", content_type);
	if (!origin || !allows_origin(a, origin))
		return;
	rd_gateway_reply_add(r, "Access-Control-Allow-Origin", origin);
	rd_gateway_reply_add(r, "Access-Control-Expose-Headers",
			     "retry-after, location");
}

static void refuse(struct answering *a, const struct rd_problem *asked)
{
	struct rd_problem p = *asked;
	struct rd_json_out j = rd_json_out(a->text, PROBLEM_TEXT - 1);
	const char *challenge;

	if (!rd_problem_status(p.reason))
		p.reason = RD_REASON_PROVIDER_DOWN;
	challenge = rd_problem_challenge(p.reason);
	rd_problem_complete(&p);
	memset(a->text, 0, PROBLEM_TEXT);
	rd_problem_write(&j, &p);
	a->reply.status = p.status;
	a->reply.body = a->text;
	add_usual(a, "application/problem+json");
	if (challenge)
		rd_gateway_reply_add(&a->reply, "WWW-Authenticate", challenge);
	if (p.reason == RD_REASON_METHOD_NOT_ALLOWED)
		rd_gateway_reply_add(&a->reply, "Allow", "POST, OPTIONS");
	if (!p.retry_after_s)
		return;
	snprintf(a->retry_after, sizeof(a->retry_after), "%u", p.retry_after_s);
	rd_gateway_reply_add(&a->reply, "Retry-After", a->retry_after);
}

static void refuse_for(struct answering *a, enum rd_reason reason,
		       const char *detail)
{
	refuse(a, &(struct rd_problem){ .reason = reason, .detail = detail });
}

/* Where API Gateway does not answer OPTIONS itself. */
static void answer_options(struct answering *a)
{
	a->reply.status = 204;
	add_usual(a, NULL);
	rd_gateway_reply_add(&a->reply, "Allow", "POST, OPTIONS");
	rd_gateway_reply_add(&a->reply, "Access-Control-Allow-Methods",
			     "POST, OPTIONS");
	rd_gateway_reply_add(&a->reply, "Access-Control-Allow-Headers",
			     "authorization, content-type, idempotency-key");
	rd_gateway_reply_add(&a->reply, "Access-Control-Max-Age", "600");
}

static void answer_started(struct answering *a)
{
	struct rd_json_out j = rd_json_out(a->text, sizeof(a->text) - 1);

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "callId", a->call_id);
	rd_json_text(&j, "supportId", a->support_id);
	rd_json_text(&j, "provider", a->started.provider);
	rd_json_text(&j, "state", rd_call_shown_name(RD_SHOWN_CONNECTING));
	rd_joining_write(&j, a->call_id, &a->started.joining);
	rd_json_end(&j);
	if (rd_json_failed(&j)) {
		refuse_for(a, RD_REASON_INTERNAL, NULL);
		return;
	}
	a->reply.status = 201;
	a->reply.body = a->text;
	add_usual(a, "application/json");
}

/* --- who calls ---------------------------------------------------------- */

/* RFC 6750 2.1.  Empty: there is none, or it is of another kind. */
static struct rd_span bearer_of(const struct rd_gateway_request *r)
{
	const char *value = rd_gateway_header(r, "Authorization");
	size_t skip = 6;

	if (!value || strlen(value) <= skip || value[skip] != ' ' ||
	    !rd_text_equal_nocase(rd_span(value, skip), "bearer"))
		return RD_SPAN_NONE;
	return rd_span_text(value + skip + strspn(value + skip, " "));
}

static void on_checked(void *arg, enum rd_err err,
		       const struct rd_caller *caller)
{
	struct answering *a = arg;

	a->checked = err;
	if (!err)
		a->caller = *caller;
}

/* Waits for the keys of its issuer, if they must be fetched. */
static enum rd_err check_token(struct answering *a)
{
	struct rd_span token = bearer_of(a->request);
	struct rd_loop *loop = a->g->loop;
	uint32_t ticket = 0;

	if (!token.len)
		return RD_E_AUTH;
	rd_loop_turn(loop, 0); /* what was due while we were frozen */
	a->checked = rd_identity_ask(a->g->identity, token, rd_clock_ms(),
				     rd_clock_wall_ms(), &a->caller, on_checked,
				     a, &ticket);
	while (a->checked == RD_E_AGAIN && rd_clock_ms() < a->until_ms)
		rd_loop_turn(loop, LOOK_MS);
	if (a->checked != RD_E_AGAIN)
		return a->checked;
	rd_identity_cancel(a->g->identity, ticket);
	return RD_E_TIMEOUT;
}

/* --- what is asked ------------------------------------------------------ */

/* application/json, whatever its parameters (T19: a form gets 415). */
static bool has_json(const struct rd_gateway_request *r)
{
	static const char json[] = "application/json";
	const char *type = rd_gateway_header(r, "Content-Type");
	size_t len = sizeof(json) - 1;

	if (!type || strlen(type) < len ||
	    !rd_text_equal_nocase(rd_span(type, len), json))
		return false;
	return !type[len] || type[len] == ';' || type[len] == ' ';
}

/* 1 to 128 visible characters (RFC 5234 VCHAR). */
static bool has_good_key(const struct rd_gateway_request *r)
{
	const char *key = rd_gateway_header(r, "Idempotency-Key");
	size_t len = key ? strnlen(key, MOST_KEY + 1) : 0;

	if (rd_gateway_header_count(r, "Idempotency-Key") == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (key[i] <= 0x20 || key[i] >= 0x7f)
			return false;
	return len >= 1 && len <= MOST_KEY;
}

static const struct rd_config_destination *find_destination(
	const struct rd_config *c, const char *name)
{
	for (unsigned i = 0; i < c->destinations.count; i++)
		if (!strcmp(rd_config_destination(c, i)->name, name))
			return rd_config_destination(c, i);
	return NULL;
}

/* A page may only start calls to destinations that list its origin; a native
 * app has none (T19, T20). */
static bool may_start_from_here(const struct answering *a)
{
	const char *origin = rd_gateway_header(a->request, "Origin");

	return rd_gateway_header_count(a->request, "Origin") == 0 ||
	       (origin && allows_origin(a, origin));
}

/* --- starting ----------------------------------------------------------- */

/* Verified attributes first, then the hints of the page. */
static unsigned join_attributes(struct answering *a)
{
	unsigned verified = a->caller.attribute_count;

	memcpy(a->attributes, a->caller.attributes,
	       verified * sizeof(a->attributes[0]));
	memcpy(a->attributes + verified, a->body.hints,
	       a->body.hint_count * sizeof(a->attributes[0]));
	return verified + a->body.hint_count;
}

static void name_call(struct answering *a)
{
	uint8_t digest[RD_SHA256_LEN];
	struct rd_start_asked asked = {
		.owner = a->caller.owner,
		.idempotency_key =
			rd_gateway_header(a->request, "Idempotency-Key"),
		.body_sha256 = digest,
		.call_id = a->call_id,
	};

	rd_sha256(a->request->body, digest);
	rd_text_uuid(a->call_id);
	rd_support_id(a->support_id);
	rd_start_token(&asked, a->token);
}

/* Those that another machine's engine would serve are not asked. */
static void keep_remote(struct rd_destination *d)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < d->use_count; i++)
		if (d->uses[i].self)
			d->uses[kept++] = d->uses[i];
	d->use_count = kept;
}

static void ask_providers(struct answering *a, const struct rd_providers *p)
{
	uint64_t now_ms = rd_clock_ms();
	struct rd_destination d = { .name = a->destination->name };
	struct rd_gateway_start start = {
		.loop = a->g->loop,
		.uses = d.uses,
		.start = { .call_id = a->call_id,
			   .support_id = a->support_id,
			   .destination = a->destination->name,
			   .display_name = a->body.has_display_name
						   ? a->body.display_name
						   : NULL,
			   .external_user_id = a->call_id,
			   .attributes = a->attributes,
			   .attribute_count = join_attributes(a),
			   .start_token = a->token },
		.within_ms = a->until_ms > now_ms
				     ? (unsigned)(a->until_ms - now_ms)
				     : 0,
	};

	rd_providers_fill(p, a->destination, &d);
	keep_remote(&d);
	start.use_count = d.use_count;
	rd_gateway_start(&start, &a->started);
	rd_log(RD_LOG_INFO, "app",
	       "call=%s event=\"call start asked\" destination=%s "
	       "support_id=%s provider=%s reason=%s",
	       a->call_id, a->destination->name, a->support_id,
	       a->started.provider, rd_reason_code(a->started.reason));
}

static void ignore_wake(void *arg)
{
	(void)arg; /* events are looked for at each turn of the loop */
}

/* Providers live for one request: what they would do later about its call, a
 * process that is frozen would do too late, and wrongly. */
static void start_call(struct answering *a)
{
	struct rd_providers_cfg cfg = {
		.config = a->g->config,
		.loop = a->g->loop,
		.client = a->g->client,
		.wake = ignore_wake,
	};
	struct rd_complaint why = { "" };
	struct rd_providers *p;
	enum rd_err err = rd_providers_open(&p, &cfg, &why);

	if (err) {
		rd_log(RD_LOG_ERROR, "app",
		       "event=\"no providers\" error=\"%s\"",
		       why.text[0] ? why.text : rd_err_text(err));
		refuse_for(a, RD_REASON_PROVIDER_DOWN, NULL);
		return;
	}
	name_call(a);
	ask_providers(a, p);
	rd_providers_close(p);
	if (a->started.reason == RD_REASON_NONE)
		answer_started(a);
	else
		refuse(a, &(struct rd_problem){
				  .reason = a->started.reason,
				  .retry_after_s = a->started.retry_after_s });
}

/* --- all ---------------------------------------------------------------- */

static void post_call(struct answering *a)
{
	const char *why = NULL;
	enum rd_err err;

	if (a->request->is_too_large) {
		refuse_for(a, RD_REASON_TOO_LARGE, NULL);
		return;
	}
	if (!has_json(a->request)) {
		refuse_for(a, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
		return;
	}
	err = check_token(a);
	if (err) {
		refuse_for(a, rd_problem_of_token(err), NULL);
		return;
	}
	err = rd_api_read_start(&a->body, a->request->body, &why);
	if (!err && !has_good_key(a->request)) {
		err = RD_E_FORMAT;
		why = "Idempotency-Key must be 1 to 128 visible characters.";
	}
	if (err) {
		refuse_for(a,
			   err == RD_E_NOMEM ? RD_REASON_INTERNAL
					     : RD_REASON_BAD_REQUEST,
			   why);
		return;
	}
	a->destination = find_destination(a->g->config, a->body.destination);
	/* An unknown one and a forbidden one look alike. */
	if (!a->destination || !may_start_from_here(a))
		refuse_for(a, RD_REASON_FORBIDDEN_DESTINATION, NULL);
	else
		start_call(a);
}

static void answer_request(struct answering *a)
{
	const char *path = a->request->path, *method = a->request->method;

	if (!a->g || (strcmp(path, "/start-call") != 0 &&
		      strcmp(path, "/v1/calls") != 0))
		refuse_for(a, RD_REASON_NOT_FOUND, NULL);
	else if (!strcmp(method, "OPTIONS"))
		answer_options(a);
	else if (strcmp(method, "POST") != 0)
		refuse_for(a, RD_REASON_METHOD_NOT_ALLOWED, NULL);
	else
		post_call(a);
}

enum rd_err rd_gateway_answer(struct rd_gateway *g, const struct rd_json *event,
			      unsigned within_ms, struct rd_json_out *j)
{
	struct rd_gateway_request request;
	struct answering *a;
	enum rd_err err = rd_gateway_request_init(&request, event);

	if (err)
		return err;
	a = rd_zalloc(sizeof(*a));
	if (a) {
		a->g = g;
		a->request = &request;
		a->until_ms = rd_clock_ms() + within_ms;
		answer_request(a);
		rd_gateway_reply_write(j, &a->reply);
		rd_wipe(a, sizeof(*a)); /* it held tokens */
	}
	err = a ? RD_OK : RD_E_NOMEM;
	rd_free(a);
	rd_gateway_request_fini(&request);
	return err;
}

enum rd_err rd_gateway_open(struct rd_gateway **out,
			    const struct rd_config *config,
			    struct rd_loop *loop, struct rd_http_client *client,
			    struct rd_complaint *why)
{
	struct rd_gateway *g = rd_zalloc(sizeof(*g));
	enum rd_err err;

	*out = NULL;
	if (!g)
		return RD_E_NOMEM;
	g->config = config;
	g->loop = loop;
	g->client = client;
	err = rd_app_open_identity(&g->identity, config, loop, client, why);
	if (err) {
		rd_gateway_close(g);
		return err;
	}
	*out = g;
	return RD_OK;
}

void rd_gateway_close(struct rd_gateway *g)
{
	if (!g)
		return;
	rd_identity_close(g->identity);
	rd_free(g);
}
