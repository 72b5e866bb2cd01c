/* aws/reply.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reply.h"

#include "aws/when.h"
#include "base/text.h"

enum {
	LONGEST_WAIT_MS = 3600 * 1000,
};

static bool is_name(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* false: text has no name in it. */
static bool take_name(struct rd_span text, char name[static RD_AWS_ERROR_NAME])
{
	const uint8_t *mark;
	size_t len = 0;

	while (len < text.len && text.at[len] != ',' && text.at[len] != ':')
		len++;
	text.len = len;
	mark = len ? memchr(text.at, '#', len) : NULL;
	if (mark)
		text = rd_span(mark + 1, len - (size_t)(mark + 1 - text.at));
	if (text.len == 0 || text.len >= RD_AWS_ERROR_NAME)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_name(text.at[i]))
			return false;
	rd_text_copy(name, RD_AWS_ERROR_NAME, text);
	return true;
}

void rd_aws_error_name(struct rd_span header, const struct rd_json *body,
		       char name[static RD_AWS_ERROR_NAME])
{
	static const char *const members[] = { "code", "Code", "__type" };

	if (take_name(header, name))
		return;
	for (size_t i = 0; i < RD_COUNT(members); i++) {
		const char *text = rd_json_member(body, members[i]);

		if (text && take_name(rd_span_text(text), name))
			return;
	}
	rd_text_copy(name, RD_AWS_ERROR_NAME, rd_span_text("Unknown"));
}

const char *rd_aws_error_message(const struct rd_json *body)
{
	const char *text = rd_json_member(body, "message");

	if (!text)
		text = rd_json_member(body, "Message");
	return text ? text : "";
}

unsigned rd_aws_retry_after_ms(const struct rd_http_result *r,
			       uint64_t our_wall_ms)
{
	struct rd_span text = rd_http_result_header(r, "x-amz-retry-after");
	uint64_t n;

	if (rd_text_u64(text, 0, UINT32_MAX, &n) == RD_OK)
		return (unsigned)rd_min_u64(n, LONGEST_WAIT_MS);
	text = rd_http_result_header(r, "retry-after");
	if (rd_text_u64(text, 0, UINT32_MAX, &n) == RD_OK)
		return (unsigned)rd_min_u64(n * 1000, LONGEST_WAIT_MS);
	if (rd_aws_when_http(text, &n) == RD_OK && n > our_wall_ms)
		return (unsigned)rd_min_u64(n - our_wall_ms, LONGEST_WAIT_MS);
	return 0;
}

uint64_t rd_aws_date_wall_ms(const struct rd_http_result *r)
{
	uint64_t wall_ms;

	if (rd_http_result_header(r, "age").at ||
	    rd_aws_when_http(rd_http_result_header(r, "date"), &wall_ms) !=
		    RD_OK)
		return 0;
	return wall_ms;
}
