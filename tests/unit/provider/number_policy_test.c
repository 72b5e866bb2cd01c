/* tests/unit/provider/number_policy_test.c - which numbers may be called.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "provider/number_policy.h"

static enum rd_number_verdict check(const char *text, bool is_nanp,
				    const char *allow)
{
	const char *list[] = { allow };
	struct rd_number_policy p = { .allow = list,
				      .allow_count = allow ? 1 : 0,
				      .is_nanp = is_nanp };
	char out[RD_NUMBER_TEXT];

	return rd_number_check(&p, rd_span_text(text), out);
}

TEST(what_people_write_becomes_one_form)
{
	static const struct {
		const char *text;
		bool is_nanp;
		const char *want; /* NULL: it is no number */
	} cases[] = {
		{ "+12025550100", false, "+12025550100" },
		{ "+1 (202) 555-0100", false, "+12025550100" },
		{ " +1.202.555.0100 ", false, "+12025550100" },
		{ "0012025550100", false, "+12025550100" },
		{ "2025550100", true, "+12025550100" },
		{ "12025550100", true, "+12025550100" },
		{ "(202) 555/0100", true, "+12025550100" },
		{ "011 49 30 901820", true, "+4930901820" },
		{ "+4930901820", true, "+4930901820" },
		{ "2025550100", false, NULL },
		{ "12025550100", false, NULL },
		{ "555-0100", true, NULL },
		{ "", true, NULL },
		{ "+", true, NULL },
		{ "++12025550100", true, NULL },
		{ "1+2025550100", true, NULL },
		{ "+02025550100", true, NULL },
		{ "000", false, NULL },
		{ "+1202555010a", true, NULL },
		{ "+1202555010;ext=1", true, NULL },
		{ "+12025550100\n", true, NULL },
		{ "sip:+12025550100", true, NULL },
		{ "+1234567890123456", true, NULL },
		{ "0000000000000000000000000000000000000000", true, NULL },
	};
	char out[RD_NUMBER_TEXT];

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		enum rd_err err =
			rd_number_normalise(rd_span_text(cases[i].text),
					    cases[i].is_nanp, out);

		CHECK_ERR(err, cases[i].want ? RD_OK : RD_E_FORMAT);
		CHECK_TEXT(out, cases[i].want ? cases[i].want : "");
	}
	CHECK_ERR(rd_number_normalise(rd_span("+1202555\0100", 12), true, out),
		  RD_E_FORMAT);
}

TEST(every_condition_must_hold)
{
	CHECK_EQ(check("+12025550100", true, "+1202555"), RD_NUMBER_ALLOWED);
	CHECK_EQ(check("202-555-0100", true, "+1202555"), RD_NUMBER_ALLOWED);
	CHECK_EQ(check("+12025550100", true, NULL), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("+12025560100", true, "+1202555"), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("+4930901820", true, "+1202555"), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("+12025550100", true, "1202555"), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("+12025550100", true, "+"), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("+12025550100", true, ""), RD_NUMBER_NOT_LISTED);
	CHECK_EQ(check("garbage", true, "+1"), RD_NUMBER_MALFORMED);
}

TEST(a_short_or_impossible_number_never_passes)
{
	CHECK_EQ(check("+112", true, "+1"), RD_NUMBER_SHORT);
	CHECK_EQ(check("+1911", true, "+1"), RD_NUMBER_SHORT);
	CHECK_EQ(check("+49110", true, "+49"), RD_NUMBER_SHORT);
	CHECK_EQ(check("+1202555010", true, "+1"), RD_NUMBER_MALFORMED);
	CHECK_EQ(check("+120255501000", true, "+1"), RD_NUMBER_MALFORMED);
	CHECK_EQ(check("+11025550100", true, "+1"), RD_NUMBER_MALFORMED);
	CHECK_EQ(check("+12021550100", true, "+1"), RD_NUMBER_MALFORMED);
}

TEST(a_premium_number_never_passes)
{
	static const char *const numbers[] = {
		"+19005550100",
		"+12029765000",
		"9005550100",
		"+449061234567",
		"+447012345678",
		"+448712345678",
		"+499001234567",
		"+4913712345678",
		"+33899123456",
		"+41900123456",
		"+390891234567" /* Italy keeps its zero: a land line */,
		"+61190123456",
		"+97912345678",
		"+881612345678",
		"+88213123456",
		"+80812345678",
	};

	for (size_t i = 0; i < RD_COUNT(numbers); i++) {
		/* As wide a list as can be. */
		static const char *const all[] = { "+1", "+2", "+3", "+4", "+5",
						   "+6", "+7", "+8", "+9" };
		struct rd_number_policy p = { .allow = all,
					      .allow_count = RD_COUNT(all),
					      .is_nanp = true };
		char out[RD_NUMBER_TEXT];
		bool is_land_line = !strncmp(numbers[i], "+3908", 5);

		CHECK_EQ(rd_number_check(&p, rd_span_text(numbers[i]), out),
			 is_land_line ? RD_NUMBER_ALLOWED : RD_NUMBER_PREMIUM);
		CHECK(is_land_line || out[0] == '\0');
	}
	CHECK_EQ(check("+12025550100", true, "+1"), RD_NUMBER_ALLOWED);
	CHECK_EQ(check("+441632960000", true, "+44"), RD_NUMBER_ALLOWED);
}

TEST(the_number_of_the_meetings_is_ours_alone)
{
	CHECK_EQ(check("+17035550122", true, "+1"), RD_NUMBER_RESERVED);
	CHECK_EQ(check("(703) 555-0122", true, "+1703"), RD_NUMBER_RESERVED);
	CHECK_EQ(check("001 703 555 0122", false, "+17035550122"),
		 RD_NUMBER_RESERVED);
}

RD_TESTS(T(what_people_write_becomes_one_form), T(every_condition_must_hold),
	 T(a_short_or_impossible_number_never_passes),
	 T(a_premium_number_never_passes),
	 T(the_number_of_the_meetings_is_ours_alone))
