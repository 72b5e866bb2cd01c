/* tests/unit/api/body_test.c - bodies are read strictly (T7), and answers
 * written so that they read back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>

#include "api/api_priv.h"
#include "api/problem.h"
#include "testing.h"

static enum rd_err read_start(const char *text, struct rd_api_start *s)
{
	const char *why = NULL;
	enum rd_err err = rd_api_read_start(s, rd_span_text(text), &why);

	CHECK(err == RD_OK || why);
	return err;
}

TEST(a_start_is_read_with_all_its_members)
{
	struct rd_api_start s;

	CHECK_OK(read_start("{\"destination\":\"billing\"}", &s));
	CHECK_TEXT(s.destination, "billing");
	CHECK(!s.has_display_name && s.hint_count == 0);
	CHECK_OK(
		read_start(" {\"hints\":{\"topic\":\"refund\",\"A_b-9\":\"x\"},"
			   "\"displayName\":\"Zo\xc3\xab\",\"destination\":"
			   "\"a\"}\n",
			   &s));
	CHECK_EQ(s.hint_count, 2);
	CHECK_TEXT(s.hints[0].name, "topic");
	CHECK_TEXT(s.hints[0].value, "refund");
	CHECK(!s.hints[0].is_verified);
	CHECK_TEXT(s.display_name, "Zo\xc3\xab");
	CHECK_OK(read_start("{\"destination\":\"a\",\"hints\":{}}", &s));
}

TEST(depth_and_number_of_members_are_bounded)
{
	struct rd_api_start s;
	char text[8192];
	const char *why;
	size_t n = 0;

	/* 32 levels are read (and refused for what they hold), 33 are not. */
	for (int depth = 32; depth <= 33; depth++) {
		n = (size_t)sprintf(text, "{\"x\":");
		for (int i = 1; i < depth; i++)
			text[n++] = '[';
		for (int i = 1; i < depth; i++)
			text[n++] = ']';
		text[n++] = '}';
		CHECK_ERR(rd_api_read_start(&s, rd_span(text, n), &why),
			  RD_E_FORMAT);
		CHECK_EQ(strstr(why, "deep") != NULL, depth == 33);
	}
	/* Brackets in strings do not count. */
	n = (size_t)sprintf(text, "{\"destination\":\"");
	memset(text + n, '[', 40);
	n += 40;
	n += (size_t)sprintf(text + n, "\\\"[\"}");
	CHECK_OK(rd_api_read_start(&s, rd_span(text, n), &why));
	n = (size_t)sprintf(text, "{\"destination\":\"a\"");
	for (int i = 0; i < 257; i++)
		n += (size_t)sprintf(text + n, ",\"m%d\":1", i);
	n += (size_t)sprintf(text + n, "}");
	CHECK_ERR(rd_api_read_start(&s, rd_span(text, n), &why), RD_E_FORMAT);
}

TEST(json_that_is_none_is_refused)
{
	static const char *const bad[] = {
		"",
		" ",
		"null",
		"[]",
		"\"a\"",
		"{",
		"}",
		"{\"destination\":\"a\"",
		"{\"destination\":\"a\"}{}",
		"{\"destination\":\"a\"}x",
		"{\"destination\":\"a\",}",
		"{destination:\"a\"}",
		"{'destination':'a'}",
		"{\"destination\":\"a\",\"destination\":\"a\"}",
		"{\"destination\":\"a\",\"dest\\u0069nation\":\"a\"}",
		"{\"destination\":\"\\u0000\"}",
		"{\"destination\":\"\\ud800\"}",
		"{\"destination\":\"\xff\"}",
		"{\"destination\":\"\xc0\xaf\"}",
		"{\"destination\":\"\xed\xa0\x80\"}",
		"{\"destination\":\"a\nb\"}",
		"{\"destination\":\"a\\nb\"}",
		"{\"destination\":\"\\x41\"}",
		"{\"destination\":01}",
		"{\"destination\":1e999}",
		"{\"destination\":99999999999999999999}",
		"{\"destination\":NaN}",
		"{\"destination\":true}",
		"\xef\xbb\xbf{\"destination\":\"a\"}",
		"/**/{\"destination\":\"a\"}",
	};
	struct rd_api_start s;

	RFC("8259");
	RFC("8259 2");
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		if (read_start(bad[i], &s) != RD_E_FORMAT)
			print_error("taken: %s\n", bad[i]);
		CHECK_ERR(read_start(bad[i], &s), RD_E_FORMAT);
	}
}

TEST(digits_are_digits)
{
	static const char *const bad[] = {
		"{\"digits\":\"\"}",
		"{\"digits\":\"a\"}",
		"{\"digits\":\"E\"}",
		"{\"digits\":\"1 2\"}",
		"{\"digits\":12}",
		"{}",
		"{\"digits\":\"1\",\"more\":1}",
		"{\"digits\":\"123456789012345678901234567890123\"}",
	};
	char digits[RD_API_DIGITS_MOST + 1];
	const char *why;

	CHECK_OK(rd_api_read_digits(digits, SPAN("{\"digits\":\"019*#ABCD\"}"),
				    &why));
	CHECK_TEXT(digits, "019*#ABCD");
	CHECK_OK(rd_api_read_digits(
		digits,
		SPAN("{\"digits\":\"12345678901234567890123456789012\"}"),
		&why));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(rd_api_read_digits(digits, rd_span_text(bad[i]),
					     &why),
			  RD_E_FORMAT);
}

TEST(what_is_written_reads_back)
{
	static const char nasty[] = "a\"b\\c\n\t\x01\x7f</script>\xc3\xab";
	char buf[1024];
	struct rd_json_out j = rd_json_out(buf, sizeof(buf));
	struct rd_span text;
	json_t *root, *inner;

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "text", nasty);
	rd_json_begin(&j, "inner");
	rd_json_bool(&j, "yes", true);
	rd_json_end(&j);
	rd_json_number(&j, "n", 9007199254740991);
	rd_json_time(&j, "at", 1795251600123);
	rd_json_end(&j);
	text = rd_json_done(&j);
	CHECK(!memchr(text.at, '<', text.len));
	root = json_loadb((const char *)text.at, text.len,
			  JSON_REJECT_DUPLICATES, NULL);
	CHECK(root);
	CHECK_TEXT(json_string_value(json_object_get(root, "text")), nasty);
	inner = json_object_get(root, "inner");
	CHECK(json_is_true(json_object_get(inner, "yes")));
	CHECK(json_integer_value(json_object_get(root, "n")) ==
	      9007199254740991);
	CHECK_TEXT(json_string_value(json_object_get(root, "at")),
		   "2026-11-21T09:00:00.123Z");
	json_decref(root);
}

/* contracts/reasons.json and the table of problem.c say the same. */
TEST(statuses_are_those_of_the_catalogue)
{
	json_t *root = json_load_file(RD_SOURCE_DIR "/contracts/reasons.json",
				      0, NULL);
	json_t *one;
	size_t i;

	CHECK(root);
	json_array_foreach(json_object_get(root, "reasons"), i, one)
	{
		const char *code =
			json_string_value(json_object_get(one, "code"));
		json_t *status = json_object_get(one, "status");
		enum rd_reason reason = rd_reason_parse(rd_span_text(code));

		CHECK(reason != RD_REASON_NONE);
		if (rd_problem_status(reason) !=
		    (unsigned)json_integer_value(status))
			print_error("%s\n", code);
		CHECK_EQ(rd_problem_status(reason),
			 (unsigned)json_integer_value(status));
	}
	CHECK(i > 40);
	json_decref(root);
}

TEST(holds_and_ratings_are_read)
{
	struct rd_api_rating rating;
	const char *why;
	bool is_on;

	CHECK_OK(rd_api_read_hold(&is_on, SPAN("{\"on\":true}"), &why));
	CHECK(is_on);
	CHECK_OK(rd_api_read_hold(&is_on, SPAN("{\"on\":false}"), &why));
	CHECK(!is_on);
	CHECK_ERR(rd_api_read_hold(&is_on, SPAN("{\"on\":1}"), &why),
		  RD_E_FORMAT);
	CHECK_OK(rd_api_read_rating(&rating, SPAN("{\"score\":3}"), &why));
	CHECK_EQ(rating.score, 3);
	CHECK_TEXT(rating.tags, "");
	CHECK_OK(rd_api_read_rating(
		&rating, SPAN("{\"tags\":[\"a\",\"b-2\"],\"score\":1}"), &why));
	CHECK_TEXT(rating.tags, "a,b-2");
	CHECK_ERR(rd_api_read_rating(&rating, SPAN("{\"score\":6}"), &why),
		  RD_E_FORMAT);
	CHECK_TEXT(why, "score must be 1 to 5.");
}

static enum rd_err read_all_once(void)
{
	char key[RD_API_RESUME_KEY_MOST + 1];
	struct rd_api_rating rating;
	const char *why;
	bool is_on;
	enum rd_err err = rd_api_read_hold(&is_on, SPAN("{\"on\":true}"), &why);

	if (!err)
		err = rd_api_read_rating(&rating,
					 SPAN("{\"score\":1,\"tags\":[\"a\"]}"),
					 &why);
	if (!err)
		err = rd_api_read_resume(key, SPAN("{\"resumeKey\":\"k\"}"),
					 &why);
	return err;
}

TEST(bodies_survive_every_failing_allocation)
{
	rd_check_every_oom(read_all_once);
}

RD_TESTS(T(a_start_is_read_with_all_its_members),
	 T(depth_and_number_of_members_are_bounded),
	 T(json_that_is_none_is_refused), T(digits_are_digits),
	 T(what_is_written_reads_back), T(holds_and_ratings_are_read),
	 T(bodies_survive_every_failing_allocation),
	 T(statuses_are_those_of_the_catalogue))
