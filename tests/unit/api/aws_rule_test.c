/* tests/unit/api/aws_rule_test.c - what requests to AWS operations must look
 * like.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_rule.h"
#include "api/aws_throttle.h"
#include "testing.h"

static const char *const colours[] = { "RED", "BLUE", NULL };
static const struct rd_aws_rule inner[] = {
	{ .name = "Need", .kind = RD_JSON_TEXT, .is_required = true },
	{ .name = NULL },
};
static const struct rd_aws_rule entry = { .name = "An entry",
					  .kind = RD_JSON_OBJECT,
					  .of = inner };
static const struct rd_aws_rule map_key = {
	.name = "A name", .least = 1, .most = 4, .form = RD_AWS_ATTRIBUTE
};
static const struct rd_aws_rule map_value = { .name = "A value",
					      .kind = RD_JSON_TEXT,
					      .most = 3 };
static const struct rd_aws_rule rules[] = {
	{ .name = "Name",
	  .kind = RD_JSON_TEXT,
	  .is_required = true,
	  .least = 2,
	  .most = 4 },
	{ .name = "Colour", .kind = RD_JSON_TEXT, .words = colours },
	{ .name = "Count", .kind = RD_JSON_NUMBER, .least = 1, .most = 250 },
	{ .name = "Is", .kind = RD_JSON_BOOL },
	{ .name = "List",
	  .kind = RD_JSON_ARRAY,
	  .least = 1,
	  .most = 2,
	  .of = &entry },
	{ .name = "Map",
	  .kind = RD_JSON_OBJECT,
	  .most = 2,
	  .keys = &map_key,
	  .values = &map_value },
	{ .name = NULL },
};

static enum rd_aws_verdict check(const char *text, struct rd_complaint *why)
{
	struct rd_json *document;
	enum rd_aws_verdict verdict;

	CHECK_OK(rd_json_open(&document, rd_span_text(text), NULL));
	verdict = rd_aws_check(rules, document, why);
	rd_json_close(document);
	return verdict;
}

static void check_says(const char *text, enum rd_aws_verdict verdict,
		       const char *says)
{
	struct rd_complaint why = { "" };

	CHECK_EQ(check(text, &why), verdict);
	CHECK_TEXT(why.text, says);
}

TEST(what_is_within_the_rules_is_good)
{
	check_says("{\"Name\":\"ab\"}", RD_AWS_GOOD, "");
	check_says("{\"Name\":\"abcd\",\"Colour\":\"BLUE\",\"Count\":250,"
		   "\"Is\":false,\"List\":[{\"Need\":\"\"}],"
		   "\"Map\":{\"a-_1\":\"\",\"b\":\"123\"}}",
		   RD_AWS_GOOD, "");
}

TEST(unknown_members_are_ignored_and_null_is_absent)
{
	check_says("{\"Name\":\"ab\",\"New\":[[[]]],\"Count\":null,"
		   "\"Map\":{\"a\":null}}",
		   RD_AWS_GOOD, "");
	check_says("{\"Name\":null}", RD_AWS_BAD_VALUE, "Name is missing");
	check_says("{}", RD_AWS_BAD_VALUE, "Name is missing");
}

TEST(lengths_count_code_points)
{
	/* Four characters, of one to four bytes. */
	check_says("{\"Name\":\"a\xc3\xab\xe2\x82\xac\xf0\x9f\x93\x9e\"}",
		   RD_AWS_GOOD, "");
	check_says("{\"Name\":\"\xc3\xab\xc3\xab\xc3\xab\xc3\xab\xc3\xab\"}",
		   RD_AWS_BAD_VALUE, "Name must have 2 to 4 characters");
	check_says("{\"Name\":\"\xf0\x9f\x93\x9e\"}", RD_AWS_BAD_VALUE,
		   "Name must have 2 to 4 characters");
}

TEST(a_wrong_json_type_is_told_from_a_wrong_value)
{
	check_says("{\"Name\":7}", RD_AWS_BAD_TYPE, "Name must be a string");
	check_says("{\"Name\":\"ab\",\"Count\":\"7\"}", RD_AWS_BAD_TYPE,
		   "Count must be a whole number");
	check_says("{\"Name\":\"ab\",\"Count\":1.5}", RD_AWS_BAD_TYPE,
		   "Count must be a whole number");
	check_says("{\"Name\":\"ab\",\"Is\":\"yes\"}", RD_AWS_BAD_TYPE,
		   "Is must be a boolean");
	check_says("{\"Name\":\"ab\",\"List\":{}}", RD_AWS_BAD_TYPE,
		   "List must be a list");
	check_says("{\"Name\":\"ab\",\"Map\":{\"a\":1}}", RD_AWS_BAD_TYPE,
		   "A value must be a string");
}

TEST(numbers_lists_maps_and_words_have_bounds)
{
	check_says("{\"Name\":\"ab\",\"Count\":0}", RD_AWS_BAD_VALUE,
		   "Count must be 1 to 250");
	check_says("{\"Name\":\"ab\",\"Count\":-1}", RD_AWS_BAD_VALUE,
		   "Count must be 1 to 250");
	check_says("{\"Name\":\"ab\",\"Count\":251}", RD_AWS_BAD_VALUE,
		   "Count must be 1 to 250");
	check_says("{\"Name\":\"ab\",\"List\":[]}", RD_AWS_BAD_VALUE,
		   "List must have 1 to 2 entries");
	check_says("{\"Name\":\"ab\",\"List\":[{}]}", RD_AWS_BAD_VALUE,
		   "Need is missing");
	check_says("{\"Name\":\"ab\",\"Map\":{\"a\":\"\",\"b\":\"\","
		   "\"c\":\"\"}}",
		   RD_AWS_BAD_VALUE, "Map must have 0 to 2 entries");
	check_says("{\"Name\":\"ab\",\"Map\":{\"a b\":\"\"}}", RD_AWS_BAD_VALUE,
		   "A name is not of the expected form");
	check_says("{\"Name\":\"ab\",\"Map\":{\"a\":\"1234\"}}",
		   RD_AWS_BAD_VALUE, "A value must have 0 to 3 characters");
	check_says("{\"Name\":\"ab\",\"Colour\":\"red\"}", RD_AWS_BAD_VALUE,
		   "Colour is none of the known values");
}

/* What the value was is not said: it may be a telephone number. */
TEST(a_complaint_never_repeats_the_value)
{
	struct rd_complaint why = { "" };

	CHECK_EQ(check("{\"Name\":\"+12025550100\"}", &why), RD_AWS_BAD_VALUE);
	CHECK(!strstr(why.text, "2025550100"));
}

static const struct form_case {
	enum rd_aws_form form;
	const char *good[8];
	const char *bad[10];
} forms[] = {
	{ RD_AWS_UUID,
	  { "a0b1c2d3-0000-4000-8000-00000000abcd",
	    "A0B1C2D3-0000-4000-8000-00000000ABCD" },
	  { "", "a0b1c2d3-0000-4000-8000-00000000abc",
	    "a0b1c2d3-0000-4000-8000-00000000abcde",
	    "g0b1c2d3-0000-4000-8000-00000000abcd",
	    "a0b1c2d3x0000-4000-8000-00000000abcd",
	    "../../../../../../../../../../../etc" } },
	{ RD_AWS_TOKEN, { "", "tok-0001_A" }, { "bad token!", "a/b", "a." } },
	{ RD_AWS_NAME, { "My app 1.0_x-y" }, { "", "a/b", "a\xc3\xab" } },
	{ RD_AWS_NOT_BLANK, { "a", " a " }, { "", " ", "\t\n" } },
	{ RD_AWS_NUMBER,
	  { "+12025550100", "12", "+123456789012345" },
	  { "", "+", "1", "+0155501000", "0123", "+1234567890123456", "+1 202",
	    "++12", "sip:12" } },
	{ RD_AWS_ARN,
	  { "arn:aws:sqs:us-east-1:111122223333:queue", "arn/x" },
	  { "", "arn", "arm:aws", "arn:aws:sqs:*" } },
	{ RD_AWS_LAMBDA_ARN,
	  { "arn:aws:lambda:us-east-1:111122223333:function:handler",
	    "arn:aws:lambda:us-east-1:111122223333:function:h:$LATEST",
	    "arn:aws:lambda:us-east-1:111122223333:function:h_1:live-2",
	    "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:h",
	    "arn:aws-iso-b:lambda:us-isob-east-1:111122223333:function:h" },
	  { "", "arn:aws:lambda:us-east-1:11112222333:function:h",
	    "arn:aws:lambda:us-east:111122223333:function:h",
	    "arn:aws:lambda:us-east-12:111122223333:function:h",
	    "arn:aws:lambda:us--1:111122223333:function:h",
	    "arn:aws:lambda:us-east-1:111122223333:function:",
	    "arn:aws:lambda:us-east-1:111122223333:function:h:",
	    "arn:aws:lambda:us-east-1:111122223333:function:h:$OLD",
	    "arn:aws:lambda:us-east-1:111122223333:function:h:1:2",
	    "arn:aws:sqs:us-east-1:111122223333:function:h" } },
	{ RD_AWS_TENANT,
	  { "", "aaabbb", "-_!@#$aZ9" },
	  { "aaaa", "xaaaay", "a b", "a+" } },
	{ RD_AWS_TAG_KEY, { "Team", "a=b", "+-./:;<,_" }, { "", "a b", "a>" } },
	{ RD_AWS_EXTERNAL,
	  { "c2c-call-17", "Zo\xc3\xab |-_&@+=,(){}[]/.:'\"#",
	    "\xc2\xab"
	    "x\xc2\xbb",
	    "xaws:" },
	  { "aws:meeting", "a<b", "a;b", "a\nb", "\xe2\x82\xac", "\xd0\x96" } },
	{ RD_AWS_ATTRIBUTE, { "customer_id", "a-1" }, { "", "a b", "a.b" } },
	{ RD_AWS_CONNECTOR,
	  { "abcdefghij1klmn2opq3rs", "abcdefghij1klmn2opq3r",
	    "a0b1c2d3-0000-4000-8000-00000000abcd" },
	  { "", "abcdefghij1klmn2opq3", "ABCDEFGHIJ1KLMN2OPQ3RS" } },
	{ RD_AWS_INSTANCE,
	  { "11111111-1111-4111-8111-111111111111",
	    "arn:aws:connect:us-east-1:111122223333:instance/"
	    "11111111-1111-4111-8111-111111111111" },
	  { "", "x", "instance/11111111-1111-4111-8111-111111111111" } },
	{ RD_AWS_REFERENCE_ARN, { "arn:x" }, { "", "*" } },
};

TEST(each_form_takes_its_texts_and_no_others)
{
	for (size_t i = 0; i < RD_COUNT(forms); i++) {
		for (size_t k = 0; k < 8 && forms[i].good[k]; k++)
			CHECK(rd_aws_form_holds(forms[i].form,
						forms[i].good[k]));
		for (size_t k = 0; k < 10 && forms[i].bad[k]; k++)
			CHECK(!rd_aws_form_holds(forms[i].form,
						 forms[i].bad[k]));
	}
}

TEST(a_bucket_gives_its_burst_then_its_rate)
{
	struct rd_aws_bucket b = { 0 };
	uint64_t now_ms = 1000;
	unsigned taken = 0;

	while (rd_aws_bucket_take(&b, 2, 4, now_ms))
		taken++;
	CHECK_EQ(taken, 4);
	CHECK(!rd_aws_bucket_take(&b, 2, 4, now_ms + 499));
	CHECK(rd_aws_bucket_take(&b, 2, 4, now_ms + 500));
	CHECK(!rd_aws_bucket_take(&b, 2, 4, now_ms + 501));
	now_ms += 3600 * 1000;
	for (taken = 0; rd_aws_bucket_take(&b, 2, 4, now_ms);)
		taken++;
	CHECK_EQ(taken, 4);
}

RD_TESTS(T(what_is_within_the_rules_is_good),
	 T(unknown_members_are_ignored_and_null_is_absent),
	 T(lengths_count_code_points),
	 T(a_wrong_json_type_is_told_from_a_wrong_value),
	 T(numbers_lists_maps_and_words_have_bounds),
	 T(a_complaint_never_repeats_the_value),
	 T(each_form_takes_its_texts_and_no_others),
	 T(a_bucket_gives_its_burst_then_its_rate))
