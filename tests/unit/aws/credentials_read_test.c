/* tests/unit/aws/credentials_read_test.c - keys, as the sources write them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/credentials_read.h"

#include "testing.h"

static const char sts[] =
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/"
	"\">\n<AssumeRoleResult><AssumedRoleUser><Arn>arn</Arn>"
	"</AssumedRoleUser><Credentials>\n"
	"<AccessKeyId>ASIA1</AccessKeyId>"
	"<SecretAccessKey>s/e+c</SecretAccessKey>"
	"<SessionToken>t&amp;k//==</SessionToken>"
	"<Expiration>2026-11-21T09:08:07Z</Expiration></Credentials>"
	"</AssumeRoleResult></AssumeRoleResponse>";

TEST(the_json_of_container_and_metadata_is_read)
{
	struct rd_aws_keys k;

	CHECK_OK(rd_aws_keys_json(
		&k, SPAN("{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\","
			 "\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s/x\""
			 ",\"Token\":\"t==\",\"Expiration\":"
			 "\"2026-11-21T09:08:07Z\"}")));
	CHECK_TEXT(k.id, "ASIA1");
	CHECK(rd_span_is(rd_secret_lend(&k.secret), "s/x"));
	CHECK(rd_span_is(rd_secret_lend(&k.token), "t=="));
	CHECK_EQ(k.expires_wall_ms, UINT64_C(1795252087000));
	rd_aws_keys_fini(&k);
	CHECK_OK(rd_aws_keys_json(
		&k, SPAN("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}")));
	CHECK_EQ(k.token.len, 0);
	CHECK_EQ(k.expires_wall_ms, 0);
	rd_aws_keys_fini(&k);
}

TEST(json_that_has_no_keys_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"AccessKeyId\":\"A\"}",
		"{\"AccessKeyId\":\"\",\"SecretAccessKey\":\"s\"}",
		"{\"AccessKeyId\":\"A/B\",\"SecretAccessKey\":\"s\"}",
		"{\"AccessKeyId\":\"A,B\",\"SecretAccessKey\":\"s\"}",
		"{\"AccessKeyId\":\"A B\",\"SecretAccessKey\":\"s\"}",
		"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\\n\"}",
		"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
		"\"Token\":\"a\\r\\nX: y\"}",
		"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
		"\"Expiration\":\"soon\"}",
		"{\"AccessKeyId\":1,\"SecretAccessKey\":\"s\"}",
	};
	struct rd_aws_keys k;

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		CHECK_ERR(rd_aws_keys_json(&k, rd_span_text(bad[i])),
			  RD_E_FORMAT);
		CHECK(!k.id[0] && !k.secret.at && !k.token.at);
	}
	CHECK_ERR(rd_aws_keys_json(&k, SPAN("{\"Code\":\"Failed\"}")),
		  RD_E_REFUSED);
}

TEST(the_xml_of_sts_is_read)
{
	struct rd_aws_keys k;

	CHECK_OK(rd_aws_keys_xml(&k, rd_span_text(sts)));
	CHECK_TEXT(k.id, "ASIA1");
	CHECK(rd_span_is(rd_secret_lend(&k.secret), "s/e+c"));
	CHECK(rd_span_is(rd_secret_lend(&k.token), "t&k//=="));
	CHECK_EQ(k.expires_wall_ms, UINT64_C(1795252087000));
	rd_aws_keys_fini(&k);
}

TEST(xml_that_has_no_keys_is_refused_at_each_length)
{
	size_t whole = (size_t)(strstr(sts, "</Credentials>") - sts) + 14;
	struct rd_aws_keys k;

	for (size_t len = 0; len < whole; len++)
		CHECK_ERR(rd_aws_keys_xml(&k, rd_span(sts, len)), RD_E_FORMAT);
	CHECK_ERR(rd_aws_keys_xml(&k, SPAN("<Credentials><AccessKeyId>&bad;"
					   "</AccessKeyId></Credentials>")),
		  RD_E_FORMAT);
	CHECK_ERR(rd_aws_keys_xml(&k, SPAN("<Credentials><AccessKeyId>a<b>"
					   "</AccessKeyId></Credentials>")),
		  RD_E_FORMAT);
}

TEST(an_error_of_sts_has_a_name)
{
	char name[32];

	rd_aws_sts_error(SPAN("<ErrorResponse><Error><Type>Sender</Type>"
			      "<Code>ExpiredTokenException</Code><Message>m"
			      "</Message></Error></ErrorResponse>"),
			 name, sizeof(name));
	CHECK_TEXT(name, "ExpiredTokenException");
	rd_aws_sts_error(SPAN("<Error><Code>a b</Code></Error>"), name,
			 sizeof(name));
	CHECK_TEXT(name, "");
	rd_aws_sts_error(SPAN("<Error><Code>"
			      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			      "</Code></Error>"),
			 name, sizeof(name));
	CHECK_TEXT(name, "");
	rd_aws_sts_error(RD_SPAN_NONE, name, sizeof(name));
	CHECK_TEXT(name, "");
}

static enum rd_err read_both(void)
{
	struct rd_aws_keys k;
	enum rd_err err = rd_aws_keys_xml(&k, rd_span_text(sts));

	rd_aws_keys_fini(&k);
	if (err != RD_OK)
		return err;
	err = rd_aws_keys_json(
		&k, SPAN("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
			 "\"Token\":\"t\"}"));
	rd_aws_keys_fini(&k);
	return err;
}

TEST(it_works_or_says_that_there_is_no_memory)
{
	rd_check_every_oom(read_both);
}

RD_TESTS(T(the_json_of_container_and_metadata_is_read),
	 T(json_that_has_no_keys_is_refused), T(the_xml_of_sts_is_read),
	 T(xml_that_has_no_keys_is_refused_at_each_length),
	 T(an_error_of_sts_has_a_name),
	 T(it_works_or_says_that_there_is_no_memory))
