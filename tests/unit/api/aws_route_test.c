/* tests/unit/api/aws_route_test.c - from a request line to its AWS operation,
 * and from a fault to its name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_priv.h"
#include "testing.h"

#include <stdio.h>

static struct rd_aws_request request;
static size_t found_at;

static enum rd_err find(const char *method, const char *path, const char *query)
{
	memset(&request, 0, sizeof(request));
	return rd_aws_find(&request, rd_span_text(method), rd_span_text(path),
			   rd_span_text(query), &found_at);
}

/* The path with "x" for each parameter. */
static void fill(const char *pattern, char *out)
{
	for (; *pattern; pattern++) {
		if (*pattern == '{') {
			pattern = strchr(pattern, '}');
			*out++ = 'x';
		} else {
			*out++ = *pattern;
		}
	}
	*out = '\0';
}

TEST(each_operation_is_found_by_its_own_line)
{
	const struct rd_aws_operation *op;
	size_t i;

	for (i = 0; (op = rd_aws_operation_at(i)); i++) {
		char path[256], query[64] = "";

		fill(op->path, path);
		if (op->query)
			snprintf(query, sizeof(query), "operation=%s",
				 op->query);
		CHECK_OK(find(op->method, path, query));
		CHECK_EQ(found_at, i);
		CHECK(request.operation == op);
		CHECK_EQ(request.service, op->service);
		CHECK(op->answer && op->status >= 200 && op->status < 300);
		CHECK_ERR(find("PATCH", path, query), RD_E_NOTFOUND);
		CHECK_ERR(find(op->method, path, "operation=other"),
			  RD_E_NOTFOUND);
	}
	CHECK(i >= 28);
}

TEST(the_operation_query_is_part_of_the_route_and_the_rest_is_not)
{
	CHECK_OK(find("POST", "/meetings", ""));
	CHECK_TEXT(request.operation->name, "CreateMeeting");
	CHECK_OK(find("POST", "/meetings",
		      "X-Amz-Date=20261121T000000Z&operation=create-attendees&"
		      "X-Amz-Signature=00"));
	CHECK_TEXT(request.operation->name, "CreateMeetingWithAttendees");
	CHECK_OK(find("POST", "/meetings", "operations=x&xoperation=y"));
	CHECK_TEXT(request.operation->name, "CreateMeeting");
	CHECK_ERR(find("POST", "/meetings", "operation"), RD_E_NOTFOUND);
	CHECK_ERR(find("POST", "/meetings", "operation="), RD_E_NOTFOUND);
}

TEST(what_is_not_quite_a_path_is_none)
{
	CHECK_ERR(find("POST", "/", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("POST", "", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("POST", "*", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("POST", "/meetings/", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("POST", "//meetings", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("GET", "/meetings//attendees", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("GET", "/Meetings/x", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("get", "/meetings/x", ""), RD_E_NOTFOUND);
	CHECK_ERR(find("GET", "/meetings/x/attendees/y/z", ""), RD_E_NOTFOUND);
}

TEST(a_parameter_is_decoded_after_the_path_was_split)
{
	RFC("3986 2.1");
	CHECK_OK(find("GET", "/contacts/i%2F1%3fa/%C3%ab+%25", ""));
	CHECK_TEXT(request.operation->name, "DescribeContact");
	CHECK_TEXT(request.params[0], "i/1?a");
	CHECK_TEXT(request.params[1], "\xc3\xab+%");
}

TEST(what_cannot_be_decoded_is_refused)
{
	static const char *const bad[] = {
		"%",   "%2", "%zz", "%2z", "%00",
		"%ff", "a%", "a%2", "%C3", "%c0%af"
	};
	char path[RD_AWS_PARAM_TEXT + 64];

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		snprintf(path, sizeof(path), "/meetings/%s", bad[i]);
		CHECK_ERR(find("GET", path, ""), RD_E_FORMAT);
		CHECK(request.operation != NULL);
	}
	memset(path, 'x', sizeof(path));
	memcpy(path, "/meetings/", 10);
	path[10 + RD_AWS_PARAM_TEXT - 1] = '\0';
	CHECK_OK(find("GET", path, ""));
	path[10 + RD_AWS_PARAM_TEXT - 1] = 'x';
	path[10 + RD_AWS_PARAM_TEXT] = '\0';
	CHECK_ERR(find("GET", path, ""), RD_E_SIZE);
}

static enum rd_aws_verdict read_pages(const char *query)
{
	struct rd_complaint why;

	memset(&request, 0, sizeof(request));
	return rd_aws_read_pages(&request, rd_span_text(query), &why);
}

TEST(pages_are_read_from_the_query)
{
	char query[RD_AWS_NEXT_TEXT + 32];

	CHECK_EQ(read_pages(""), RD_AWS_GOOD);
	CHECK_EQ(request.max_results, 0);
	CHECK_EQ(read_pages("next-token=1%32&max-results=100"), RD_AWS_GOOD);
	CHECK_EQ(request.max_results, 100);
	CHECK_TEXT(request.next_token, "12");
	CHECK_EQ(read_pages("max-results=0"), RD_AWS_BAD_VALUE);
	CHECK_EQ(read_pages("max-results=101"), RD_AWS_BAD_VALUE);
	CHECK_EQ(read_pages("max-results=-1"), RD_AWS_BAD_VALUE);
	CHECK_EQ(read_pages("max-results=1x"), RD_AWS_BAD_VALUE);
	CHECK_EQ(read_pages("next-token=%"), RD_AWS_BAD_VALUE);
	snprintf(query, sizeof(query), "next-token=%0*d", RD_AWS_NEXT_TEXT, 1);
	CHECK_EQ(read_pages(query), RD_AWS_BAD_VALUE);
}

TEST(a_fault_has_the_name_and_the_status_of_its_service)
{
	static const struct {
		enum rd_aws_service service;
		enum rd_aws_fault fault;
		unsigned status;
		const char *name;
	} cases[] = {
		{ RD_AWS_CONNECT, RD_AWS_INVALID, 400,
		  "InvalidParameterException" },
		{ RD_AWS_CONNECT, RD_AWS_UNKNOWN, 404,
		  "ResourceNotFoundException" },
		{ RD_AWS_CONNECT, RD_AWS_OVER, 410,
		  "ContactNotFoundException" },
		{ RD_AWS_CONNECT, RD_AWS_LIMIT, 429, "LimitExceededException" },
		{ RD_AWS_CONNECT, RD_AWS_THROTTLED, 429,
		  "TooManyRequestsException" },
		{ RD_AWS_PARTICIPANT, RD_AWS_INVALID, 400,
		  "ValidationException" },
		{ RD_AWS_PARTICIPANT, RD_AWS_DENIED, 403,
		  "AccessDeniedException" },
		{ RD_AWS_MEETINGS, RD_AWS_LIMIT, 400,
		  "LimitExceededException" },
		{ RD_AWS_MEETINGS, RD_AWS_UNPROCESSABLE, 422,
		  "UnprocessableEntityException" },
		{ RD_AWS_MEETINGS, RD_AWS_THROTTLED, 429,
		  "ThrottlingException" },
		{ RD_AWS_VOICE, RD_AWS_LIMIT, 400,
		  "ResourceLimitExceededException" },
		{ RD_AWS_VOICE, RD_AWS_THROTTLED, 429,
		  "ThrottledClientException" },
		{ RD_AWS_VOICE, RD_AWS_BUSY, 503,
		  "ServiceUnavailableException" },
	};
	unsigned status;

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		CHECK_TEXT(rd_aws_fault_name(NULL, cases[i].service,
					     cases[i].fault, &status),
			   cases[i].name);
		CHECK_EQ(status, cases[i].status);
	}
	/* No place of the table is empty. */
	for (int s = 0; s < RD_AWS_SERVICES; s++)
		for (int f = 0; f < RD_AWS_FAULTS; f++) {
			CHECK(rd_aws_fault_name(NULL, (enum rd_aws_service)s,
						(enum rd_aws_fault)f, &status));
			CHECK(status >= 400 && status < 600);
		}
	CHECK_OK(find("GET", "/contacts/x/y", ""));
	CHECK_TEXT(rd_aws_fault_name(request.operation, RD_AWS_CONNECT,
				     RD_AWS_THROTTLED, &status),
		   "ThrottlingException");
}

static enum rd_err open_and_close(void)
{
	static const struct rd_aws_application applications[] = {
		{ .id = "a", .name = "one" },
		{ .id = "b",
		  .name = "two",
		  .lambda_arn = "arn:aws:lambda:us-east-1:111122223333:"
				"function:h" },
	};
	static const struct rd_aws_connector connectors[] = {
		{ .id = "abcdefghij1klmn2opq3rs", .name = "pbx" },
	};
	struct rd_aws_front_cfg cfg = { .region = "us-east-1",
					.account = "111122223333",
					.applications = applications,
					.application_count = 2,
					.connectors = connectors,
					.connector_count = 1 };
	struct rd_aws_front *f;
	enum rd_err err = rd_aws_front_open(&f, &cfg);

	CHECK((err == RD_OK) == (f != NULL));
	rd_aws_front_close(f);
	return err;
}

TEST(a_front_opens_whole_or_not_at_all)
{
	rd_check_every_oom(open_and_close);
	rd_aws_front_close(NULL);
}

RD_TESTS(T(each_operation_is_found_by_its_own_line),
	 T(the_operation_query_is_part_of_the_route_and_the_rest_is_not),
	 T(what_is_not_quite_a_path_is_none),
	 T(a_parameter_is_decoded_after_the_path_was_split),
	 T(what_cannot_be_decoded_is_refused), T(pages_are_read_from_the_query),
	 T(a_fault_has_the_name_and_the_status_of_its_service),
	 T(a_front_opens_whole_or_not_at_all))
