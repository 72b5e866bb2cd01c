/* tests/unit/provider/sma_pattern_test.c - expressions over digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_pattern.h"
#include "testing.h"

static bool finds(const char *text, const char *digits)
{
	struct rd_sma_pattern p;

	CHECK_OK(rd_sma_pattern_read(&p, rd_span_text(text)));
	return rd_sma_pattern_finds(&p, digits);
}

static enum rd_err reads(const char *text)
{
	struct rd_sma_pattern p;

	return rd_sma_pattern_read(&p, rd_span_text(text));
}

TEST(finds_what_handlers_ask_for)
{
	static const struct {
		const char *text, *yes, *no;
	} rows[] = {
		{ "^\\d{2}#$", "12#", "1#" },
		{ "^\\d{2}#$", "99#", "123#" },
		{ "[0-9]{3,5}", "1234", "12" },
		{ "^[0-9]{3,5}$", "12345", "123456" },
		{ "^[0-9]{3,}$", "1234567", "12" },
		{ "^(1|2|34)$", "34", "3" },
		{ "^\\*9$", "*9", "9" },
		{ "^\\*\\d*#$", "*#", "#" },
		{ "^[^0]$", "#", "0" },
		{ "^[1-35-7*]+$", "157*", "14" },
		{ "^(?:12)?3$", "123", "13" },
		{ "^(12)+$", "1212", "121" },
		{ "^.{0}$", "", "1" },
		{ "^(a|1)*?$", "111", "2" },
		{ "^[\\d#]{2}$", "4#", "4*" },
		{ "^\\D$", "A", "1" },
		{ "^(|1)2$", "2", "1" },
		{ "^[1-]$", "1", "-" },
		{ "^[]1]$", "1", "2" },
		{ "5", "12534", "1234" },
	};

	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		CHECK(finds(rows[i].text, rows[i].yes));
		CHECK(!finds(rows[i].text, rows[i].no));
	}
}

TEST(what_is_no_expression_is_refused)
{
	static const char *const texts[] = {
		"",        "(",     ")",   "(1",      "1)",    "[",    "[1",
		"[^",      "*",     "+1",  "?",       "{2}",   "1{",   "1{,2}",
		"1{3,2}",  "1{2",   "\\",  "1\\",     "\\b1",  "\\1",  "(?=1)",
		"(?<n>1)", "[3-1]", "1**", "[1-\\d]", "(1|2|", "1{a}",
	};

	for (size_t i = 0; i < RD_COUNT(texts); i++)
		CHECK_ERR(reads(texts[i]), RD_E_FORMAT);
}

TEST(what_would_grow_is_refused)
{
	char deep[100];
	char wide[RD_SMA_PATTERN + 2];
	char alternatives[100];

	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	CHECK_ERR(reads(deep), RD_E_SIZE);
	memset(alternatives, '|', sizeof(alternatives) - 1);
	alternatives[sizeof(alternatives) - 1] = '\0';
	CHECK_ERR(reads(alternatives), RD_E_SIZE);
	memset(wide, '1', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	CHECK_ERR(reads(wide), RD_E_SIZE);
	CHECK_ERR(reads("((1{20}){20}){20}"), RD_E_SIZE);
	CHECK_ERR(reads("1{999999999999}"), RD_E_SIZE);
}

TEST(loops_of_nothing_end)
{
	CHECK(finds("^((1*)*)*$", "1111"));
	CHECK(!finds("^((1*)*)*$", "11112"));
	CHECK(finds("(()*)+", ""));
	CHECK(!finds("^(1?){50}1{50}$", "1111111111111111111111111111111111"));
}

RD_TESTS(T(finds_what_handlers_ask_for), T(what_is_no_expression_is_refused),
	 T(what_would_grow_is_refused), T(loops_of_nothing_end))
