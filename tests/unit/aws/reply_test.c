/* tests/unit/aws/reply_test.c - what an answer says about an error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reply.h"

#include "testing.h"

#define WALL UINT64_C(1795252087000) /* Sat, 21 Nov 2026 09:08:07 GMT */

TEST(the_name_is_in_the_header_or_in_the_body)
{
	static const struct {
		const char *header, *body, *name, *message;
	} cases[] = {
		{ "NotFoundException", "{\"Message\":\"m\"}",
		  "NotFoundException", "m" },
		{ "NotFoundException:http://x/", "{\"message\":\"m\"}",
		  "NotFoundException", "m" },
		{ "a.b#NotFoundException,x", "{}", "NotFoundException", "" },
		{ "", "{\"code\":\"A\",\"Code\":\"B\",\"__type\":\"C\"}", "A",
		  "" },
		{ "", "{\"Code\":\"NotFound\",\"Message\":\"n\"}", "NotFound",
		  "n" },
		{ "", "{\"__type\":\"x.y#NotFoundException\"}",
		  "NotFoundException", "" },
		{ "", "{\"Code\":7,\"__type\":\"T\"}", "T", "" },
		{ "", "{}", "Unknown", "" },
		{ "", "[]", "Unknown", "" },
		{ "#", "{\"Code\":\"B\"}", "B", "" },
		{ "two words", "{\"Code\":\"B\"}", "B", "" },
		{ "\"quoted\"", "{}", "Unknown", "" },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxx",
		  "{}", "Unknown", "" },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		char name[RD_AWS_ERROR_NAME];
		struct rd_json *body;

		CHECK_OK(
			rd_json_open(&body, rd_span_text(cases[i].body), NULL));
		rd_aws_error_name(rd_span_text(cases[i].header), body, name);
		CHECK_TEXT(name, cases[i].name);
		CHECK_TEXT(rd_aws_error_message(body), cases[i].message);
		rd_json_close(body);
	}
}

TEST(without_a_body_there_is_a_name_too)
{
	char name[RD_AWS_ERROR_NAME];

	rd_aws_error_name(RD_SPAN_NONE, NULL, name);
	CHECK_TEXT(name, "Unknown");
	CHECK_TEXT(rd_aws_error_message(NULL), "");
}

static struct rd_http_result with(const char *headers)
{
	return (struct rd_http_result){ .headers = rd_span_text(headers) };
}

TEST(retry_after_has_three_forms)
{
	static const struct {
		const char *headers;
		unsigned ms;
	} cases[] = {
		{ "", 0 },
		{ "Retry-After: 3\r\n", 3000 },
		{ "Retry-After: 0\r\n", 0 },
		{ "x-amz-retry-after: 250\r\nRetry-After: 3\r\n", 250 },
		{ "Retry-After: Sat, 21 Nov 2026 09:08:10 GMT\r\n", 3000 },
		{ "Retry-After: Sat, 21 Nov 2026 09:08:00 GMT\r\n", 0 },
		{ "Retry-After: soon\r\n", 0 },
		{ "Retry-After: -1\r\n", 0 },
		{ "Retry-After: 99999999\r\n", 3600000 },
		{ "x-amz-retry-after: 4000000000\r\n", 3600000 },
	};

	RFC("9110 10.2.3");
	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_http_result r = with(cases[i].headers);

		CHECK_EQ(rd_aws_retry_after_ms(&r, WALL), cases[i].ms);
	}
}

TEST(a_date_counts_unless_a_cache_gave_it)
{
	struct rd_http_result r =
		with("Date: Sat, 21 Nov 2026 09:08:07 GMT\r\n");

	CHECK_EQ(rd_aws_date_wall_ms(&r), WALL);
	r = with("Date: Sat, 21 Nov 2026 09:08:07 GMT\r\nAge: 1\r\n");
	CHECK_EQ(rd_aws_date_wall_ms(&r), 0);
	r = with("Date: now\r\n");
	CHECK_EQ(rd_aws_date_wall_ms(&r), 0);
	r = with("");
	CHECK_EQ(rd_aws_date_wall_ms(&r), 0);
}

RD_TESTS(T(the_name_is_in_the_header_or_in_the_body),
	 T(without_a_body_there_is_a_name_too), T(retry_after_has_three_forms),
	 T(a_date_counts_unless_a_cache_gave_it))
