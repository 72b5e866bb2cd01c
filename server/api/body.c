/* api/body.c - reading the bodies of requests, strictly (T7).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * jansson refuses what RFC 8259 does not allow, bad UTF-8, NUL and bytes
 * after the end; we add depth and number of members, and refuse members that
 * the contract does not name.
 */
#include <jansson.h>

#include "api/api_priv.h"
#include "base/text.h"

enum {
	MOST_DEPTH = 32,
	MOST_MEMBERS = 256,
	MOST_DISPLAY_NAME = 64,
};

/* jansson recurses; so the depth is seen before it starts. */
static bool is_too_deep(struct rd_span text)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		in_string = c == '"';
		if ((c == '[' || c == '{') && ++depth > MOST_DEPTH)
			return true;
		if ((c == ']' || c == '}') && depth)
			depth--;
	}
	return false;
}

static enum rd_err parse(json_t **out, struct rd_span body, const char **why)
{
	json_error_t error;

	*out = NULL;
	*why = "The body is not a JSON object.";
	if (is_too_deep(body)) {
		*why = "The body is nested too deep.";
		return RD_E_FORMAT;
	}
	if (!body.len)
		return RD_E_FORMAT;
	*out = json_loadb((const char *)body.at, body.len,
			  JSON_REJECT_DUPLICATES, &error);
	if (!*out)
		return json_error_code(&error) == json_error_out_of_memory
			       ? RD_E_NOMEM
			       : RD_E_FORMAT;
	if (json_is_object(*out) && json_object_size(*out) <= MOST_MEMBERS)
		return RD_OK;
	json_decref(*out);
	*out = NULL;
	return RD_E_FORMAT;
}

/* A member that is text of 1..size-1 bytes without control characters. */
static bool read_text(const json_t *value, char *buf, size_t size)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (!text || len == 0 || len >= size)
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

static const char *read_hints(struct rd_api_start *out, json_t *hints)
{
	const char *name;
	json_t *value;

	if (!json_is_object(hints))
		return "hints must be an object.";
	if (json_object_size(hints) > RD_API_HINTS_MOST)
		return "hints has too many members.";
	json_object_foreach(hints, name, value)
	{
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

static const char *read_member(struct rd_api_start *out, const char *name,
			       json_t *value)
{
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

enum rd_err rd_api_read_start(struct rd_api_start *out, struct rd_span body,
			      const char **why)
{
	const char *name;
	json_t *root, *value;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	err = parse(&root, body, why);
	if (err != RD_OK)
		return err;
	*why = NULL;
	json_object_foreach(root, name, value)
	{
		*why = read_member(out, name, value);
		if (*why)
			break;
	}
	json_decref(root);
	if (!*why && !out->destination[0])
		*why = "destination is missing.";
	return *why ? RD_E_FORMAT : RD_OK;
}

enum rd_err rd_api_read_digits(char out[static RD_API_DIGITS_MOST + 1],
			       struct rd_span body, const char **why)
{
	json_t *root;
	bool is_good;
	enum rd_err err;

	out[0] = '\0';
	err = parse(&root, body, why);
	if (err != RD_OK)
		return err;
	is_good = json_object_size(root) == 1 &&
		  read_text(json_object_get(root, "digits"), out,
			    RD_API_DIGITS_MOST + 1) &&
		  strlen(out) == strspn(out, "0123456789*#ABCD");
	json_decref(root);
	*why = "digits must be 1 to 32 of 0-9, *, # and A-D.";
	return is_good ? RD_OK : RD_E_FORMAT;
}
