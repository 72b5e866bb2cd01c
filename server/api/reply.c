/* api/reply.c - answers and problems, and who may read them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "api/api_priv.h"
#include "api/problem.h"
#include "base/text.h"

static const char *const refusal_codes[] = {
	"",
#define RD_REASON(name, code) code,
#include "call/reason.def"
#undef RD_REASON
};
RD_COUNTERS(refusals, "ringdown_api_refusals_total",
	    "Requests answered with a problem, by its code.", "code",
	    refusal_codes);

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
	    rd_http_header_count(r->http, "Origin") != 1)
		return n;
	/* Who is in a meeting may be on any page. */
	if (r->route != RD_ROUTE_CLIENT_EVENTS &&
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

void rd_api_problem(const struct rd_api_request *r,
		    const struct rd_api_problem *p)
{
	const char *challenge = rd_problem_challenge(p->reason);
	struct rd_problem problem = { p->reason, p->status, p->detail,
				      p->retry_after_s };
	char body[1024], retry[16];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_http_field fields[4];
	struct rd_api_reply reply = { .content_type =
					      "application/problem+json",
				      .fields = fields,
				      .destination = p->destination };

	rd_metric_add(&refusals, (unsigned)p->reason, 1);
	rd_problem_complete(&problem);
	rd_problem_write(&j, &problem);
	reply.status = problem.status;
	reply.body = rd_json_done(&j);
	if (problem.retry_after_s) {
		snprintf(retry, sizeof(retry), "%u", problem.retry_after_s);
		fields[reply.field_count++] =
			(struct rd_http_field){ "Retry-After", retry };
	}
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
