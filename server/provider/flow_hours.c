/* provider/flow_hours.c - opening hours of a contact flow: a weekly table and
 * an offset from UTC.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/text.h"
#include "provider/flow_priv.h"

enum {
	DAY_MIN = 24 * 60,
	MOST_OFFSET_MIN = 14 * 60,
};

static const char *const days[] = { "mon", "tue", "wed", "thu",
				    "fri", "sat", "sun" };

/* "HH:MM" of five characters, to 24:00. */
static bool read_time(const char *text, unsigned *minutes)
{
	uint64_t hours, rest;

	if (rd_text_u64(rd_span(text, 2), 0, 24, &hours) != RD_OK ||
	    text[2] != ':' ||
	    rd_text_u64(rd_span(text + 3, 2), 0, 59, &rest) != RD_OK)
		return false;
	*minutes = (unsigned)(hours * 60 + rest);
	return *minutes <= DAY_MIN;
}

/* "09:00-17:30" of that day. */
static bool read_span(const char *text, unsigned day, struct rd_flow_span *out)
{
	unsigned from, to;

	if (!text || strlen(text) != 11 || text[5] != '-' ||
	    !read_time(text, &from) || !read_time(text + 6, &to) || from >= to)
		return false;
	out->from = (uint16_t)(day * DAY_MIN + from);
	out->to = (uint16_t)(day * DAY_MIN + to);
	return true;
}

/* "+05:30", "-05:00", "+00:00" */
static bool read_offset(const char *text, int *out)
{
	unsigned minutes;

	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') ||
	    !read_time(text + 1, &minutes) || minutes > MOST_OFFSET_MIN)
		return false;
	*out = text[0] == '-' ? -(int)minutes : (int)minutes;
	return true;
}

static enum rd_err read_day(struct rd_flow_block *b, const char *name,
			    const struct rd_json *times,
			    const struct rd_flow_place *at)
{
	unsigned day = 0;

	while (day < RD_COUNT(days) && strcmp(days[day], name) != 0)
		day++;
	if (day == RD_COUNT(days))
		return rd_flow_wrong(at,
				     "\"days\" has \"%.20s\"; days are mon, "
				     "tue, wed, thu, fri, sat and sun",
				     name);
	if (rd_json_kind(times) != RD_JSON_ARRAY)
		return rd_flow_wrong(at,
				     "\"%s\" must be a list such as "
				     "[\"09:00-17:30\"]",
				     name);
	for (size_t i = 0; i < rd_json_count(times); i++) {
		const char *text = rd_json_string(rd_json_at(times, i));

		if (b->span_count == RD_FLOW_SPANS)
			return rd_flow_wrong(at, "more than %d times a week",
					     RD_FLOW_SPANS);
		if (!read_span(text, day, &b->spans[b->span_count]))
			return rd_flow_wrong(
				at,
				"\"%s\" has a time that is not like "
				"\"09:00-17:30\", from before to",
				name);
		b->span_count++;
	}
	return RD_OK;
}

enum rd_err rd_flow_read_hours(struct rd_flow_block *b,
			       const struct rd_json *from,
			       const struct rd_flow_place *at)
{
	const struct rd_json *table = rd_json_get(from, "days"), *times;
	const char *offset = rd_json_member(from, "utc_offset"), *name;
	enum rd_err err = RD_OK;
	void *cursor = NULL;

	if (!offset || !read_offset(offset, &b->offset_min))
		return rd_flow_wrong(at, "\"utc_offset\" must be like "
					 "\"+01:00\", at most 14 hours");
	if (rd_json_kind(table) != RD_JSON_OBJECT)
		return rd_flow_wrong(at, "\"days\" must be a table such as "
					 "{ \"mon\": [\"09:00-17:30\"] }");
	b->spans = rd_alloc(RD_FLOW_SPANS * sizeof(b->spans[0]));
	if (!b->spans)
		return RD_E_NOMEM;
	while (!err && rd_json_next(table, &cursor, &name, &times))
		err = read_day(b, name, times, at);
	return err;
}

bool rd_flow_is_open(const struct rd_flow_block *b, uint64_t wall_ms)
{
	/* The first of January 1970 was a Thursday. */
	int64_t minutes = (int64_t)(wall_ms / 60000) + 3 * DAY_MIN +
			  b->offset_min + RD_FLOW_WEEK_MIN;
	unsigned now = (unsigned)(minutes % RD_FLOW_WEEK_MIN);

	for (unsigned i = 0; i < b->span_count; i++)
		if (now >= b->spans[i].from && now < b->spans[i].to)
			return true;
	return false;
}
