/* tests/unit/app/gateway_event_test.c - requests as API Gateway hands them on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway_event.h"

#include <stdio.h>
#include <stdlib.h>

#include "testing.h"

static struct rd_json *event;
static struct rd_gateway_request r;

static enum rd_err read_event(const char *text)
{
	enum rd_err err;

	CHECK_OK(rd_json_open(&event, rd_span_text(text), NULL));
	err = rd_gateway_request_init(&r, event);
	if (err) {
		rd_json_close(event);
		event = NULL;
	}
	return err;
}

static void done(void)
{
	rd_gateway_request_fini(&r);
	rd_json_close(event);
	event = NULL;
}

TEST(an_http_api_event_is_read)
{
	CHECK_OK(read_event(
		"{\"version\":\"2.0\",\"rawPath\":\"/v1/calls\","
		"\"headers\":{\"authorization\":\"Bearer t\","
		"\"content-type\":\"application/json\"},"
		"\"requestContext\":{\"stage\":\"$default\",\"http\":"
		"{\"method\":\"POST\"}},\"body\":\"{}\","
		"\"isBase64Encoded\":false}"));
	CHECK_TEXT(r.method, "POST");
	CHECK_TEXT(r.path, "/v1/calls");
	CHECK(rd_span_is(r.body, "{}"));
	CHECK_TEXT(rd_gateway_header(&r, "Authorization"), "Bearer t");
	CHECK_EQ(rd_gateway_header_count(&r, "Content-Type"), 1);
	CHECK(!rd_gateway_header(&r, "Origin"));
	done();
}

TEST(a_rest_api_event_is_read)
{
	CHECK_OK(read_event(
		"{\"httpMethod\":\"POST\",\"path\":\"/start-call\","
		"\"headers\":{\"Authorization\":\"Bearer t\"},"
		"\"multiValueHeaders\":{\"Authorization\":[\"Bearer t\"],"
		"\"Origin\":[\"https://a\",\"https://b\"]},"
		"\"requestContext\":{\"stage\":\"prod\"},"
		"\"body\":\"eyJhIjoxfQ==\",\"isBase64Encoded\":true}"));
	CHECK_TEXT(r.path, "/start-call");
	CHECK(rd_span_is(r.body, "{\"a\":1}"));
	CHECK_TEXT(rd_gateway_header(&r, "authorization"), "Bearer t");
	CHECK_EQ(rd_gateway_header_count(&r, "origin"), 2);
	CHECK(!rd_gateway_header(&r, "origin"));
	done();
}

TEST(the_stage_is_no_part_of_the_path)
{
	static const struct {
		const char *path, *stage, *want;
	} rows[] = {
		{ "/prod/start-call", "prod", "/start-call" },
		{ "/prod", "prod", "/prod" },
		{ "/production/start-call", "prod", "/production/start-call" },
		{ "/start-call", "$default", "/start-call" },
		{ "", "prod", "" },
		{ "prod/start-call", "prod", "prod/start-call" },
	};

	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		char text[512];

		snprintf(text, sizeof(text),
			 "{\"rawPath\":\"%s\",\"requestContext\":{\"stage\":"
			 "\"%s\",\"http\":{\"method\":\"GET\"}}}",
			 rows[i].path, rows[i].stage);
		CHECK_OK(read_event(text));
		CHECK_TEXT(r.path, rows[i].want);
		CHECK_EQ(r.body.len, 0);
		done();
	}
}

TEST(what_is_no_request_is_told)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"null",
		"{\"rawPath\":\"/\"}",
		"{\"rawPath\":\"/\",\"requestContext\":{\"http\":{}}}",
		"{\"httpMethod\":\"POST\",\"path\":\"/\"}",
		"{\"httpMethod\":1,\"path\":\"/\",\"requestContext\":{}}",
		"{\"httpMethod\":\"POST\",\"path\":\"/\",\"requestContext\":1}",
		"{\"httpMethod\":\"A\",\"path\":\"/"
		"\",\"requestContext\":{},\"body\":\"*\",\"isBase64Encoded\":"
		"true}",
		"{\"source\":\"aws.events\",\"detail-type\":\"Scheduled\"}",
	};

	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(read_event(bad[i]), RD_E_FORMAT);
}

TEST(members_of_the_wrong_type_are_absent)
{
	CHECK_OK(read_event("{\"httpMethod\":\"POST\",\"path\":\"/\","
			    "\"requestContext\":{\"stage\":{}},\"headers\":[1],"
			    "\"multiValueHeaders\":{\"Origin\":\"x\"},"
			    "\"body\":{\"a\":1}}"));
	CHECK_EQ(r.body.len, 0);
	CHECK(!rd_gateway_header(&r, "Origin"));
	done();
}

TEST(a_long_body_is_not_read)
{
	size_t len = RD_GATEWAY_MOST_BODY + 1;
	char *text = malloc(len + 256);
	int n = snprintf(text, 256,
			 "{\"httpMethod\":\"POST\",\"path\":\"/\","
			 "\"requestContext\":{},\"body\":\"");

	memset(text + n, 'a', len);
	memcpy(text + n + (long)len, "\"}", 3);
	CHECK_OK(read_event(text));
	CHECK(r.is_too_large);
	CHECK_EQ(r.body.len, 0);
	done();
	memcpy(text + n + (long)len - 1, "\"}", 3);
	CHECK_OK(read_event(text));
	CHECK(!r.is_too_large);
	CHECK_EQ(r.body.len, RD_GATEWAY_MOST_BODY);
	done();
	free(text);
}

TEST(an_answer_is_written)
{
	char buf[512] = "";
	struct rd_json_out j = rd_json_out(buf, sizeof(buf) - 1);
	struct rd_gateway_reply reply = { .status = 201, .body = "{\"a\":1}" };

	rd_gateway_reply_add(&reply, "Content-Type", "application/json");
	rd_gateway_reply_write(&j, &reply);
	CHECK_TEXT(buf, "{\"statusCode\":201,\"headers\":{\"Content-Type\":"
			"\"application/json\"},\"body\":\"{\\\"a\\\":1}\","
			"\"isBase64Encoded\":false}");
}

static enum rd_err encoded_body(void)
{
	enum rd_err err = read_event(
		"{\"httpMethod\":\"POST\",\"path\":\"/\",\"requestContext\":"
		"{},\"body\":\"eyJhIjoxfQ==\",\"isBase64Encoded\":true}");

	if (!err)
		done();
	return err;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	rd_check_every_oom(encoded_body);
}

RD_TESTS(T(an_http_api_event_is_read), T(a_rest_api_event_is_read),
	 T(the_stage_is_no_part_of_the_path), T(what_is_no_request_is_told),
	 T(members_of_the_wrong_type_are_absent), T(a_long_body_is_not_read),
	 T(an_answer_is_written), T(a_failed_allocation_leaves_nothing_behind))
