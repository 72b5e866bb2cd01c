/* tests/unit/wire/json_test.c - JSON is read strictly and written so that it
 * reads back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "base/error.h"
#include "wire/json.h"

static struct rd_json *read(const char *text)
{
	struct rd_json *j;

	CHECK_OK(rd_json_open(&j, rd_span_text(text), NULL));
	return j;
}

TEST(a_path_of_members_reads_in_one_line)
{
	struct rd_json *j =
		read("{\"a\":{\"b\":[\"x\",7,null,true]},\"n\":null}");
	const struct rd_json *list = rd_json_path(j, "a.b");
	int64_t seven = 0;

	CHECK_EQ(rd_json_count(list), 4);
	CHECK_TEXT(rd_json_string(rd_json_at(list, 0)), "x");
	CHECK(rd_json_whole(rd_json_at(list, 1), &seven) && seven == 7);
	CHECK_EQ(rd_json_kind(rd_json_at(list, 2)), RD_JSON_NULL);
	CHECK(rd_json_is_true(rd_json_at(list, 3)));
	CHECK(!rd_json_at(list, 4));
	CHECK(!rd_json_get(j, "n")); /* null counts as absent */
	CHECK(!rd_json_path(j, "a.c.d") && !rd_json_path(j, "n.x"));
	CHECK(!rd_json_member(list, "x") && !rd_json_string(list));
	CHECK(!rd_json_whole(rd_json_at(list, 0), &seven) && seven == 7);
	rd_json_close(j);
}

TEST(nothing_there_is_an_ordinary_value)
{
	void *cursor = NULL;
	const struct rd_json *value;
	const char *key;

	CHECK_EQ(rd_json_kind(NULL), RD_JSON_NONE);
	CHECK(!rd_json_get(NULL, "a") && !rd_json_path(NULL, "a.b"));
	CHECK(!rd_json_at(NULL, 0) && !rd_json_string(NULL));
	CHECK_EQ(rd_json_count(NULL), 0);
	CHECK(!rd_json_is_true(NULL));
	CHECK(!rd_json_next(NULL, &cursor, &key, &value));
	rd_json_close(NULL);
}

TEST(what_is_no_json_is_refused_with_its_place)
{
	static const char *const bad[] = {
		"",     "{",           "{\"a\":1,}", "{\"a\":1,\"a\":2}",
		"{} x", "\"\\u0000\"", "\"\xff\"",   "nul",
		"01",
	};
	struct rd_complaint why;
	struct rd_json *j;

	RFC("8259 2");
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		CHECK_ERR(rd_json_open(&j, rd_span_text(bad[i]), &why),
			  RD_E_FORMAT);
		CHECK(!j && strstr(why.text, "line 1"));
	}
	CHECK_ERR(rd_json_open(&j, RD_SPAN_NONE, NULL), RD_E_FORMAT);
}

TEST(depth_is_bounded_before_anything_recurses)
{
	char text[4096];
	struct rd_complaint why;
	struct rd_json *j;

	memset(text, '[', 2048);
	memset(text + 2048, ']', 2048);
	CHECK_ERR(rd_json_open(&j, rd_span(text, sizeof(text)), &why),
		  RD_E_FORMAT);
	CHECK(strstr(why.text, "deeper"));
	CHECK_OK(rd_json_open(&j,
			      rd_span(text + 2048 - RD_JSON_DEPTH,
				      2 * RD_JSON_DEPTH),
			      &why));
	rd_json_close(j);
	/* Brackets within a text do not count. */
	memset(text, '[', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '"';
	CHECK_OK(rd_json_open(&j, rd_span(text, sizeof(text)), &why));
	rd_json_close(j);
}

static void write_all(struct rd_json_out *o, const struct rd_json *other)
{
	rd_json_begin(o, NULL);
	rd_json_text(o, "text", "a\"b\\c\n<\x7f\xc3\xab");
	rd_json_text_if(o, "none", NULL);
	rd_json_text_if(o, "empty", "");
	rd_json_begin_array(o, "list");
	rd_json_number(o, NULL, 9223372036854775807u);
	rd_json_bool(o, NULL, false);
	rd_json_begin(o, NULL);
	rd_json_end(o);
	rd_json_end_array(o);
	rd_json_time(o, "at", 1500);
	rd_json_seconds(o, "seconds", 1500);
	rd_json_value(o, "value", other);
	rd_json_value(o, "nothing", NULL);
	rd_json_end(o);
}

static const char written[] =
	"{\"text\":\"a\\\"b\\\\c\\u000a\\u003c\\u007f\xc3\xab\","
	"\"list\":[9223372036854775807,false,{}],"
	"\"at\":\"1970-01-01T00:00:01.500Z\",\"seconds\":1.500,"
	"\"value\":{\"k\":[1,\"\xc3\xab\"]},\"nothing\":null}";

TEST(what_is_written_reads_back)
{
	struct rd_json *other = read("{ \"k\": [1, \"\\u00eb\"] }"), *back;
	struct rd_json_out o;
	char buf[512];

	RFC("8259 7");
	o = rd_json_out(buf, sizeof(buf));
	write_all(&o, other);
	CHECK(!rd_json_failed(&o));
	CHECK(rd_span_is(rd_json_done(&o), written));
	CHECK_OK(rd_json_open(&back, rd_json_done(&o), NULL));
	CHECK_TEXT(rd_json_member(back, "text"), "a\"b\\c\n<\x7f\xc3\xab");
	CHECK(rd_json_equal(rd_json_get(back, "value"), other));
	rd_json_close(back);
	rd_json_close(other);
}

TEST(too_long_for_its_buffer_is_told)
{
	struct rd_json_out o;
	char buf[16];

	o = rd_json_out(buf, sizeof(buf));
	write_all(&o, NULL);
	CHECK(rd_json_failed(&o));
}

static enum rd_err grow_and_take(void)
{
	struct rd_json_out o = rd_json_out_grow();
	struct rd_span text;
	enum rd_err err;

	rd_json_begin_array(&o, NULL);
	for (unsigned i = 0; i < 5000; i++)
		rd_json_number(&o, NULL, 1000 + i % 9000);
	rd_json_end_array(&o);
	err = rd_json_take(&o, &text);
	if (!err)
		CHECK_EQ(text.len, 5000 * 5 + 1);
	rd_free((void *)(uintptr_t)text.at);
	return err;
}

TEST(a_growing_text_survives_every_allocation_that_fails)
{
	rd_check_every_oom(grow_and_take);
}

RD_TESTS(T(a_path_of_members_reads_in_one_line),
	 T(nothing_there_is_an_ordinary_value),
	 T(what_is_no_json_is_refused_with_its_place),
	 T(depth_is_bounded_before_anything_recurses),
	 T(what_is_written_reads_back), T(too_long_for_its_buffer_is_told),
	 T(a_growing_text_survives_every_allocation_that_fails))
