/* api/body.c - reading the bodies of requests, strictly (T7).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Beyond wire/json we bound the number of members, and refuse members that
 * the contract does not name.
 */
#include "api/body.h"

#include "base/text.h"
#include "wire/json.h"

enum {
	MOST_MEMBERS = 256,
	MOST_DISPLAY_NAME = 64,
};

static enum rd_err parse(struct rd_json **out, struct rd_span body,
			 const char **why)
{
	struct rd_complaint complaint = { "" };
	enum rd_err err = rd_json_open(out, body, &complaint);

	*why = strstr(complaint.text, "deeper")
		       ? "The body is nested too deep."
		       : "The body is not a JSON object.";
	if (err)
		return err;
	if (rd_json_kind(*out) == RD_JSON_OBJECT &&
	    rd_json_count(*out) <= MOST_MEMBERS)
		return RD_OK;
	rd_json_close(*out);
	*out = NULL;
	return RD_E_FORMAT;
}

/* A member that is text of 1..size-1 bytes without control characters. */
static bool read_text(const struct rd_json *value, char *buf, size_t size)
{
	const char *text = rd_json_string(value);
	size_t len = text ? strlen(text) : 0;

	if (len == 0 || len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	memcpy(buf, text, len + 1);
	return true;
}

/* As they become SIP headers and attributes: letters, digits, - and _. */
static bool is_hint_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= sizeof(((struct rd_attribute *)0)->name))
		return false;
	return len == strspn(name, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

static const char *read_hints(struct rd_api_start *out,
			      const struct rd_json *hints)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	if (rd_json_kind(hints) != RD_JSON_OBJECT)
		return "hints must be an object.";
	if (rd_json_count(hints) > RD_API_HINTS_MOST)
		return "hints has too many members.";
	while (rd_json_next(hints, &cursor, &name, &value)) {
		struct rd_attribute *a = &out->hints[out->hint_count++];

		if (!is_hint_name(name))
			return "A name in hints must be 1 to 39 letters, "
			       "digits, - or _.";
		if (!read_text(value, a->value, sizeof(a->value)))
			return "A value in hints must be text of 1 to 255 "
			       "bytes.";
		rd_text_copy(a->name, sizeof(a->name), rd_span_text(name));
	}
	return NULL;
}

static const char *read_member(void *start, const char *name,
			       const struct rd_json *value)
{
	struct rd_api_start *out = start;

	if (!strcmp(name, "destination"))
		return read_text(value, out->destination,
				 sizeof(out->destination))
			       ? NULL
			       : "destination must be the name of one.";
	if (!strcmp(name, "displayName")) {
		out->has_display_name = true;
		return read_text(value, out->display_name,
				 sizeof(out->display_name))
			       ? NULL
			       : "displayName must be text of 1 to 64 bytes.";
	}
	if (!strcmp(name, "hints"))
		return read_hints(out, value);
	return "The body has a member that is not known.";
}

/* Of an object, each member in turn: NULL, or what is wrong with it. */
typedef const char *read_one(void *out, const char *name,
			     const struct rd_json *value);

static enum rd_err read_all(void *out, read_one *read, struct rd_span body,
			    const char **why)
{
	const struct rd_json *value;
	struct rd_json *root;
	const char *name;
	void *cursor = NULL;
	enum rd_err err = parse(&root, body, why);

	if (err != RD_OK)
		return err;
	*why = NULL;
	while (!*why && rd_json_next(root, &cursor, &name, &value))
		*why = read(out, name, value);
	rd_json_close(root);
	return *why ? RD_E_FORMAT : RD_OK;
}

enum rd_err rd_api_read_start(struct rd_api_start *out, struct rd_span body,
			      const char **why)
{
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	err = read_all(out, read_member, body, why);
	if (err == RD_OK && !out->destination[0]) {
		*why = "destination is missing.";
		err = RD_E_FORMAT;
	}
	return err;
}

enum rd_err rd_api_read_hold(bool *is_on, struct rd_span body, const char **why)
{
	const struct rd_json *value;
	struct rd_json *root;
	bool is_good;
	enum rd_err err;

	*is_on = false;
	err = parse(&root, body, why);
	if (err != RD_OK)
		return err;
	value = rd_json_get(root, "on");
	is_good = rd_json_count(root) == 1 && value &&
		  rd_json_kind(value) == RD_JSON_BOOL;
	*is_on = is_good && rd_json_is_true(value);
	rd_json_close(root);
	*why = "on must be true or false.";
	return is_good ? RD_OK : RD_E_FORMAT;
}

/* A word of the page's own list, never free text (T61). */
static bool is_tag(const char *tag)
{
	size_t len = tag ? strlen(tag) : 0;

	return len > 0 && len <= RD_API_TAG_MOST &&
	       len == strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

static const char *read_tags(struct rd_api_rating *out,
			     const struct rd_json *tags)
{
	size_t count = rd_json_count(tags), at = 0;

	_Static_assert(RD_API_TAGS_MOST * (RD_API_TAG_MOST + 1) <=
			       sizeof(out->tags),
		       "all of them fit");
	if (rd_json_kind(tags) != RD_JSON_ARRAY || count > RD_API_TAGS_MOST)
		return "tags must be a list of at most 8.";
	for (size_t i = 0; i < count; i++) {
		const char *tag = rd_json_string(rd_json_at(tags, i));
		size_t len;

		if (!is_tag(tag))
			return "A tag must be 1 to 32 of a-z, 0-9, - and _.";
		len = strlen(tag);
		if (at)
			out->tags[at++] = ',';
		memcpy(out->tags + at, tag, len + 1);
		at += len;
	}
	return NULL;
}

static const char *read_rating(void *rating, const char *name,
			       const struct rd_json *value)
{
	struct rd_api_rating *out = rating;
	int64_t score = 0;

	if (!strcmp(name, "tags"))
		return read_tags(out, value);
	if (strcmp(name, "score") != 0)
		return "The body has a member that is not known.";
	if (!rd_json_whole(value, &score) || score < 1 || score > 5)
		return "score must be 1 to 5.";
	out->score = (unsigned)score;
	return NULL;
}

enum rd_err rd_api_read_rating(struct rd_api_rating *out, struct rd_span body,
			       const char **why)
{
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	err = read_all(out, read_rating, body, why);
	if (err == RD_OK && !out->score) {
		*why = "score is missing.";
		err = RD_E_FORMAT;
	}
	return err;
}

enum rd_err rd_api_read_resume(char key[static RD_API_RESUME_KEY_MOST + 1],
			       struct rd_span body, const char **why)
{
	struct rd_json *root;
	bool is_good;
	enum rd_err err;

	key[0] = '\0';
	err = parse(&root, body, why);
	if (err != RD_OK)
		return err;
	is_good = rd_json_count(root) == 1 &&
		  read_text(rd_json_get(root, "resumeKey"), key,
			    RD_API_RESUME_KEY_MOST + 1);
	rd_json_close(root);
	*why = "resumeKey must be text of 1 to 128 bytes.";
	return is_good ? RD_OK : RD_E_FORMAT;
}

enum rd_err rd_api_read_digits(char out[static RD_API_DIGITS_MOST + 1],
			       struct rd_span body, const char **why)
{
	struct rd_json *root;
	bool is_good;
	enum rd_err err;

	out[0] = '\0';
	err = parse(&root, body, why);
	if (err != RD_OK)
		return err;
	is_good = rd_json_count(root) == 1 &&
		  read_text(rd_json_get(root, "digits"), out,
			    RD_API_DIGITS_MOST + 1) &&
		  strlen(out) == strspn(out, "0123456789*#ABCD");
	rd_json_close(root);
	*why = "digits must be 1 to 32 of 0-9, *, # and A-D.";
	return is_good ? RD_OK : RD_E_FORMAT;
}
