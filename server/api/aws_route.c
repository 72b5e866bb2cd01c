/* api/aws_route.c - from a request line to its operation.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The four services share one listener: no two of them have the same path.
 * The query value `operation` is part of the route; all other names in a query
 * are left to whoever reads them (a presigned request has several).
 */
#include "api/aws_priv.h"
#include "base/text.h"

static const struct rd_aws_operations *const services[RD_AWS_SERVICES] = {
	[RD_AWS_CONNECT] = &rd_aws_connect_operations,
	[RD_AWS_PARTICIPANT] = &rd_aws_participant_operations,
	[RD_AWS_MEETINGS] = &rd_aws_meetings_operations,
	[RD_AWS_VOICE] = &rd_aws_voice_operations,
};

const struct rd_aws_operation *rd_aws_operation_at(size_t index)
{
	for (size_t i = 0; i < RD_AWS_SERVICES; i++) {
		if (index < services[i]->count)
			return &services[i]->at[index];
		index -= services[i]->count;
	}
	return NULL;
}

/* The part up to the next slash; *rest is what follows that, at NULL at the
 * end. */
static struct rd_span segment(struct rd_span path, struct rd_span *rest)
{
	const uint8_t *slash = path.len ? memchr(path.at, '/', path.len) : NULL;
	size_t len = slash ? (size_t)(slash - path.at) : path.len;

	*rest = slash ? rd_span(slash + 1, path.len - len - 1) : RD_SPAN_NONE;
	return rd_span(path.at, len);
}

/* A parameter stands for one segment that is not empty. */
static bool matches(const char *pattern, struct rd_span path,
		    struct rd_span params[static RD_AWS_PARAMS])
{
	struct rd_span want = rd_span_text(pattern), have = path;
	unsigned n = 0;

	while (want.at && have.at) {
		struct rd_span a = segment(want, &want);
		struct rd_span b = segment(have, &have);

		if (a.len && a.at[0] == '{') {
			if (!b.len || n == RD_AWS_PARAMS)
				return false;
			params[n++] = b;
		} else if (!rd_span_equal(a, b)) {
			return false;
		}
	}
	return !want.at && !have.at;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes percent signs (RFC 3986 2.1) into text that is UTF-8 without NUL. */
static enum rd_err decode(struct rd_span from, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < from.len; i++) {
		uint8_t c = from.at[i];

		if (n + 1 >= size)
			return RD_E_SIZE;
		if (c == '%') {
			int high = -1, low = -1;

			if (from.len - i > 2) {
				high = hex_value(from.at[i + 1]);
				low = hex_value(from.at[i + 2]);
			}
			if (high < 0 || low < 0)
				return RD_E_FORMAT;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return RD_E_FORMAT;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return rd_utf8_is_valid(rd_span(out, n)) ? RD_OK : RD_E_FORMAT;
}

/* The raw value of the first pair of that name; at NULL: there is none. */
static struct rd_span query_value(struct rd_span query, const char *name)
{
	size_t len = strlen(name);

	while (query.len) {
		const uint8_t *amp = memchr(query.at, '&', query.len);
		size_t n = amp ? (size_t)(amp - query.at) : query.len;
		struct rd_span pair = rd_span(query.at, n);

		if (n >= len && !memcmp(pair.at, name, len)) {
			if (n == len)
				return rd_span(pair.at + len, 0);
			if (pair.at[len] == '=')
				return rd_span(pair.at + len + 1, n - len - 1);
		}
		query = amp ? rd_span(amp + 1, query.len - n - 1)
			    : RD_SPAN_NONE;
	}
	return RD_SPAN_NONE;
}

static bool is_its_query(const struct rd_aws_operation *op,
			 struct rd_span operation)
{
	if (!op->query)
		return !operation.at;
	return operation.at && rd_span_is(operation, op->query);
}

enum rd_err rd_aws_find(struct rd_aws_request *r, struct rd_span method,
			struct rd_span path, struct rd_span query,
			size_t *index)
{
	struct rd_span operation = query_value(query, "operation");
	struct rd_span params[RD_AWS_PARAMS];
	const struct rd_aws_operation *op;
	enum rd_err err = RD_OK;

	for (*index = 0; (op = rd_aws_operation_at(*index)); (*index)++) {
		memset(params, 0, sizeof(params));
		if (rd_span_is(method, op->method) &&
		    is_its_query(op, operation) &&
		    matches(op->path, path, params))
			break;
	}
	if (!op)
		return RD_E_NOTFOUND;
	r->operation = op;
	r->service = op->service;
	for (size_t i = 0; i < RD_AWS_PARAMS && !err; i++)
		err = decode(params[i], r->params[i], sizeof(r->params[i]));
	return err;
}

enum rd_aws_verdict rd_aws_read_pages(struct rd_aws_request *r,
				      struct rd_span query,
				      struct rd_complaint *why)
{
	struct rd_span most = query_value(query, "max-results");
	struct rd_span next = query_value(query, "next-token");
	uint64_t n;

	if (most.len) {
		if (rd_text_u64(most, 1, 100, &n)) {
			rd_complain(why, "MaxResults must be 1 to 100");
			return RD_AWS_BAD_VALUE;
		}
		r->max_results = (unsigned)n;
	}
	if (decode(next, r->next_token, sizeof(r->next_token))) {
		rd_complain(why, "NextToken is not one of ours");
		return RD_AWS_BAD_VALUE;
	}
	return RD_AWS_GOOD;
}
