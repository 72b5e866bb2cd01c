/* api/reply.c - answers and problems, and who may read them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "api/api_priv.h"
#include "base/random.h"
#include "base/text.h"

/* The class of an error decides its status, here and in contracts/reasons.json
 * (a test compares). */
static const struct status {
	enum rd_reason reason;
	unsigned status;
	const char *title;
} statuses[] = {
	{ RD_REASON_BAD_REQUEST, 400, "The request is not valid" },
	{ RD_REASON_AUTH_REQUIRED, 401, "A token is needed" },
	{ RD_REASON_AUTH_EXPIRED, 401, "The token has expired" },
	{ RD_REASON_AUTH_REFUSED, 401, "The token is refused" },
	{ RD_REASON_FORBIDDEN_DESTINATION, 403,
	  "This destination cannot be called" },
	{ RD_REASON_NOT_FOUND, 404, "Not found" },
	{ RD_REASON_METHOD_NOT_ALLOWED, 405, "Method not allowed" },
	{ RD_REASON_WRONG_STATE, 409, "Not possible in this state" },
	{ RD_REASON_TOO_LARGE, 413, "Too large" },
	{ RD_REASON_UNSUPPORTED_MEDIA_TYPE, 415,
	  "The body must be application/json" },
	{ RD_REASON_LIMIT_RATE, 429, "Too many calls" },
	{ RD_REASON_LIMIT_CONCURRENT, 429, "Too many calls at once" },
	{ RD_REASON_LIMIT_COST, 429, "A cost limit is reached" },
	{ RD_REASON_INTERNAL, 500, "Something went wrong on our side" },
	{ RD_REASON_CLOSED, 503, "Closed" },
	{ RD_REASON_QUEUE_FULL, 503, "Too many people are waiting" },
	{ RD_REASON_PROVIDER_DOWN, 503, "The phone system has a problem" },
	{ RD_REASON_DRAINING, 503, "This server is going away" },
};

static const char *const refusal_codes[] = {
	"",
#define RD_REASON(name, code) code,
#include "call/reason.def"
#undef RD_REASON
};
RD_COUNTERS(refusals, "ringdown_api_refusals_total",
	    "Requests answered with a problem, by its code.", "code",
	    refusal_codes);

enum {
	RETRY_LEAST_S = 2, /* drawn, so that not all come back at once */
	RETRY_SPREAD_S = 6,
};

static const struct status *find_status(enum rd_reason reason)
{
	for (size_t i = 0; i < RD_COUNT(statuses); i++)
		if (statuses[i].reason == reason)
			return &statuses[i];
	return NULL;
}

unsigned rd_api_status_of(enum rd_reason reason)
{
	const struct status *s = find_status(reason);

	return s ? s->status : 0;
}

bool rd_api_allows_origin(const struct rd_api *a,
			  const struct rd_destination *d, struct rd_span origin)
{
	if (d)
		return rd_destination_allows_origin(d, origin);
	return rd_switchboard_allows_origin(a->cfg.switchboard, origin);
}

static void add(struct rd_http_field *fields, size_t *n, const char *name,
		const char *value)
{
	rd_assert(*n < RD_API_FIELDS);
	fields[(*n)++] = (struct rd_http_field){ name, value };
}

size_t rd_api_usual_fields(const struct rd_api_request *r,
			   const struct rd_destination *destination,
			   struct rd_http_field *fields, char *origin,
			   size_t origin_size)
{
	struct rd_span from = rd_http_header(r->http, "Origin");
	size_t n = 0;

	add(fields, &n, "Cache-Control", "no-store");
	add(fields, &n, "Referrer-Policy", "no-referrer");
	add(fields, &n, "X-Content-Type-Options", "nosniff");
	add(fields, &n, "Vary", "Origin");
	if (!from.len || from.len >= origin_size ||
	    rd_http_header_count(r->http, "Origin") != 1 ||
	    !rd_api_allows_origin(r->api, destination, from))
		return n;
	rd_text_copy(origin, origin_size, from);
	add(fields, &n, "Access-Control-Allow-Origin", origin);
	add(fields, &n, "Access-Control-Expose-Headers",
	    "retry-after, location");
	return n;
}

void rd_api_reply(const struct rd_api_request *r,
		  const struct rd_api_reply *reply)
{
	struct rd_http_field fields[RD_API_FIELDS];
	char origin[300];
	size_t n = rd_api_usual_fields(r, reply->destination, fields, origin,
				       sizeof(origin));
	struct rd_http_answer a = { .status = reply->status,
				    .fields = fields,
				    .body = reply->body };

	if (reply->content_type)
		add(fields, &n, "Content-Type", reply->content_type);
	for (size_t i = 0; i < reply->field_count; i++)
		add(fields, &n, reply->fields[i].name, reply->fields[i].value);
	a.field_count = n;
	rd_http_answer(r->http, &a);
}

/* RFC 6750 3: what a client of OAuth reads. */
static const char *challenge_of(enum rd_reason reason)
{
	switch (reason) {
	case RD_REASON_AUTH_REQUIRED:
		return "Bearer realm=\"ringdown\"";
	case RD_REASON_AUTH_EXPIRED:
		return "Bearer realm=\"ringdown\", error=\"invalid_token\", "
		       "error_description=\"The token has expired\"";
	case RD_REASON_AUTH_REFUSED:
		return "Bearer realm=\"ringdown\", error=\"invalid_token\"";
	default:
		return NULL;
	}
}

void rd_api_problem(const struct rd_api_request *r,
		    const struct rd_api_problem *p)
{
	const struct status *s = find_status(p->reason);
	const char *code = rd_reason_code(p->reason);
	const char *challenge = challenge_of(p->reason);
	unsigned after_s = p->retry_after_s;
	char body[1024], type[96], retry[16];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_http_field fields[4];
	struct rd_api_reply reply = { .content_type =
					      "application/problem+json",
				      .fields = fields,
				      .destination = p->destination };

	rd_assert(s);
	reply.status = p->status ? p->status : s->status;
	rd_metric_add(&refusals, (unsigned)p->reason, 1);
	snprintf(type, sizeof(type), "urn:ringdown:problem:%s", code);
	rd_json_begin(&j, NULL);
	rd_json_text(&j, "type", type);
	rd_json_text(&j, "title", s->title);
	rd_json_number(&j, "status", reply.status);
	rd_json_text(&j, "code", code);
	if (p->detail)
		rd_json_text(&j, "detail", p->detail);
	if (!after_s && (reply.status == 429 || reply.status == 503))
		after_s = RETRY_LEAST_S + rd_random_below(RETRY_SPREAD_S);
	if (after_s) {
		rd_json_number(&j, "retryAfter", after_s);
		snprintf(retry, sizeof(retry), "%u", after_s);
		fields[reply.field_count++] =
			(struct rd_http_field){ "Retry-After", retry };
	}
	rd_json_end(&j);
	reply.body = rd_json_done(&j);
	if (challenge)
		fields[reply.field_count++] =
			(struct rd_http_field){ "WWW-Authenticate", challenge };
	if (p->allow)
		fields[reply.field_count++] =
			(struct rd_http_field){ "Allow", p->allow };
	if (p->upgrade)
		fields[reply.field_count++] =
			(struct rd_http_field){ "Upgrade", p->upgrade };
	rd_api_reply(r, &reply);
}

void rd_api_refuse(const struct rd_api_request *r, enum rd_reason reason,
		   const char *detail)
{
	struct rd_api_problem p = { .reason = reason, .detail = detail };

	rd_api_problem(r, &p);
}
