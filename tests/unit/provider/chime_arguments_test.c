/* tests/unit/provider/chime_arguments_test.c - what the handler is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "provider/chime_priv.h"

static const char *const allow[] = { "+1202555" };
static const struct rd_aws_pair headers[] = {
	{ "X-Customer-Id", "customer_id" },
	{ "X-Tier", "tier" },
};
static struct rd_chime_arguments out;
static enum rd_number_verdict verdict;

static struct rd_chime_destination phone(void)
{
	return (struct rd_chime_destination){
		.name = "support",
		.from = "+12025550100",
		.dial = "+12025550111",
		.policy = { .allow = allow, .allow_count = 1, .is_nanp = true },
		.ring_s = 45,
	};
}

static struct rd_chime_destination pbx(void)
{
	struct rd_chime_destination d = phone();

	d.dial = "1000";
	d.voice_connector = "arn:aws:chime:us-east-1:111122223333:vc/"
			    "abcdefghij1klmn2opq3rs";
	d.headers = headers;
	d.header_count = 2;
	return d;
}

static const char *value_of(const char *name)
{
	for (unsigned i = 0; i < out.count; i++)
		if (!strcmp(out.pairs[i].name, name))
			return out.pairs[i].value;
	return "";
}

TEST(a_telephone_number_is_named_with_what_the_handler_needs)
{
	struct rd_chime_destination d = phone();

	CHECK_OK(rd_chime_arguments_make(&out, &d, NULL, 0, &verdict));
	CHECK_TEXT(value_of("Target"), "pstn");
	CHECK_TEXT(value_of("Dial"), "+12025550111");
	CHECK_TEXT(value_of("CallerId"), "+12025550100");
	CHECK_TEXT(value_of("Destination"), "support");
	CHECK_TEXT(value_of("Timeout"), "45");
	CHECK_TEXT(value_of("Headers"), "");
	rd_chime_arguments_add(&out, "MeetingId", "m");
	CHECK(out.count <= 8);
}

TEST(a_forged_hint_has_no_way_into_a_header)
{
	struct rd_chime_destination d = pbx();
	struct rd_attribute a[] = { { "customer_id", "forged", false },
				    { "customer_id", "c-\"1\"", true },
				    { "X-Tier", "gold", false },
				    { "tier", "forged", false } };

	CHECK_OK(rd_chime_arguments_make(&out, &d, a, 4, &verdict));
	CHECK_TEXT(value_of("Target"), "vc");
	CHECK_TEXT(value_of("Dial"), "1000");
	CHECK_TEXT(value_of("Headers"), "{\"X-Customer-Id\":\"c-\\\"1\\\"\"}");
	rd_chime_arguments_add(&out, "MeetingId", "m");
}

TEST(what_no_header_may_hold_stops_the_call)
{
	struct rd_chime_destination d = pbx();
	struct rd_attribute a = { "customer_id", "a\r\nX-Evil: 1", true };
	struct rd_attribute b = { "customer_id", "Zo\xc3\xab", true };

	CHECK_ERR(rd_chime_arguments_make(&out, &d, &a, 1, &verdict),
		  RD_E_FORMAT);
	CHECK_ERR(rd_chime_arguments_make(&out, &d, &b, 1, &verdict),
		  RD_E_FORMAT);
}

TEST(a_number_of_the_page_must_pass_the_policy)
{
	static const struct {
		const char *text;
		const char *dial; /* NULL: refused */
	} cases[] = {
		{ "(202) 555-0142", "+12025550142" },
		{ "+12025550142", "+12025550142" },
		{ "+19005550142", NULL },
		{ "+17035550122", NULL },
		{ "+4930901820", NULL },
		{ "911", NULL },
		{ "1000", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_chime_destination p = phone(), v = pbx();
		struct rd_attribute a = { .name = "number" };

		snprintf(a.value, sizeof(a.value), "%s", cases[i].text);
		/* Nobody said that pages may choose. */
		CHECK_OK(rd_chime_arguments_make(&out, &p, &a, 1, &verdict));
		CHECK_TEXT(value_of("Dial"), "+12025550111");
		p.dial_hint = v.dial_hint = "number";
		CHECK_ERR(rd_chime_arguments_make(&out, &p, &a, 1, &verdict),
			  cases[i].dial ? RD_OK : RD_E_DENIED);
		if (cases[i].dial)
			CHECK_TEXT(value_of("Dial"), cases[i].dial);
		/* Behind a Voice Connector too: a user is ours to name. */
		CHECK_ERR(rd_chime_arguments_make(&out, &v, &a, 1, &verdict),
			  cases[i].dial ? RD_OK : RD_E_DENIED);
	}
}

TEST(a_configured_number_must_pass_it_too)
{
	struct rd_chime_destination d = phone();

	d.dial = "+19005550100";
	CHECK_ERR(rd_chime_arguments_make(&out, &d, NULL, 0, &verdict),
		  RD_E_DENIED);
	CHECK_EQ(verdict, RD_NUMBER_PREMIUM);
	d.dial = "1000"; /* a user, without a Voice Connector */
	CHECK_ERR(rd_chime_arguments_make(&out, &d, NULL, 0, &verdict),
		  RD_E_DENIED);
	d = pbx();
	d.dial = "+13125550100"; /* a number behind a PBX is a number */
	CHECK_ERR(rd_chime_arguments_make(&out, &d, NULL, 0, &verdict),
		  RD_E_DENIED);
}

TEST(headers_that_are_too_long_are_an_error)
{
	static struct rd_aws_pair many[16];
	static char names[16][80];
	struct rd_chime_destination d = pbx();
	struct rd_attribute a = { .name = "customer_id", .is_verified = true };

	memset(a.value, 'x', sizeof(a.value) - 1);
	for (unsigned i = 0; i < RD_COUNT(many); i++) {
		snprintf(names[i], sizeof(names[i]), "X-%u", i);
		many[i] = (struct rd_aws_pair){ names[i], "customer_id" };
	}
	d.headers = many;
	d.header_count = RD_COUNT(many);
	CHECK_ERR(rd_chime_arguments_make(&out, &d, &a, 1, &verdict),
		  RD_E_SIZE);
	d.header_count = 7;
	CHECK_OK(rd_chime_arguments_make(&out, &d, &a, 1, &verdict));
	CHECK(strlen(value_of("Headers")) < RD_CHIME_HEADERS_TEXT);
}

RD_TESTS(T(a_telephone_number_is_named_with_what_the_handler_needs),
	 T(a_forged_hint_has_no_way_into_a_header),
	 T(what_no_header_may_hold_stops_the_call),
	 T(a_number_of_the_page_must_pass_the_policy),
	 T(a_configured_number_must_pass_it_too),
	 T(headers_that_are_too_long_are_an_error))
