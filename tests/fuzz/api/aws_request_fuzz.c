/* tests/fuzz/api/aws_request_fuzz.c - a request to the AWS-compatible listener
 * up to its operation: line, parameters, pages, body.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * METHOD SP target LF body.
 */
#include "api/aws_priv.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd_span until(struct rd_span *rest, int stop)
{
	const uint8_t *at =
		rest->len ? memchr(rest->at, stop, rest->len) : NULL;
	size_t len = at ? (size_t)(at - rest->at) : rest->len;
	struct rd_span taken = rd_span(rest->at, len);

	*rest = at ? rd_span(at + 1, rest->len - len - 1) : RD_SPAN_NONE;
	return taken;
}

static void check_params(const struct rd_aws_request *r)
{
	const struct rd_aws_rule *rules = r->operation->params;
	struct rd_complaint why = { "" };

	for (size_t i = 0; i < RD_AWS_PARAMS; i++)
		rd_assert(rd_utf8_is_valid(rd_span_text(r->params[i])));
	for (size_t i = 0; rules && rules[i].name; i++)
		if (rd_aws_check_text(&rules[i], r->params[i], &why))
			rd_assert(why.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rd_aws_request r;
	struct rd_span rest = rd_span(data, size), method, path, query;
	struct rd_complaint why = { "" };
	struct rd_json *body;
	size_t index;

	if (size == 0 || size > RD_AWS_MOST_BODY)
		return 0;
	memset(&r, 0, sizeof(r));
	method = until(&rest, ' ');
	query = until(&rest, '\n');
	path = until(&query, '?');
	if (rd_aws_find(&r, method, path, query, &index) != RD_OK)
		return 0;
	rd_assert(r.operation == rd_aws_operation_at(index));
	check_params(&r);
	if (rd_aws_read_pages(&r, query, &why) == RD_AWS_GOOD)
		rd_assert(r.max_results <= 100);
	if (!r.operation->body || rd_json_open(&body, rest, NULL) != RD_OK)
		return 0;
	why.text[0] = '\0';
	if (rd_aws_check(r.operation->body, body, &why))
		rd_assert(why.text[0]);
	rd_json_close(body);
	return 0;
}
