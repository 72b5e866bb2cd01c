/* wire/json.c - see the header: reading.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * jansson refuses what RFC 8259 does not allow, bad UTF-8, NUL, duplicate
 * members and bytes after the end.
 */
#include "wire/json.h"

#include <jansson.h>

#include "base/text.h"

static const json_t *inner(const struct rd_json *value)
{
	return (const json_t *)value;
}

static const struct rd_json *outer(const json_t *value)
{
	return (const struct rd_json *)value;
}

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
		if ((c == '[' || c == '{') && ++depth > RD_JSON_DEPTH)
			return true;
		if ((c == ']' || c == '}') && depth)
			depth--;
	}
	return false;
}

static void complain(struct rd_complaint *why, const json_error_t *error)
{
	if (why)
		rd_complain(why, "line %d column %d: %s", error->line,
			    error->column, error->text);
}

enum rd_err rd_json_open(struct rd_json **out, struct rd_span text,
			 struct rd_complaint *why)
{
	json_error_t error;
	json_t *value;

	*out = NULL;
	if (is_too_deep(text)) {
		if (why)
			rd_complain(why, "nested deeper than %d",
				    RD_JSON_DEPTH);
		return RD_E_FORMAT;
	}
	/* An empty text may have no address, which jansson refuses to read. */
	value = json_loadb(text.len ? (const char *)text.at : "", text.len,
			   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value) {
		complain(why, &error);
		return json_error_code(&error) == json_error_out_of_memory
			       ? RD_E_NOMEM
			       : RD_E_FORMAT;
	}
	*out = (struct rd_json *)value;
	return RD_OK;
}

void rd_json_close(struct rd_json *document)
{
	json_decref((json_t *)document);
}

enum rd_json_kind rd_json_kind(const struct rd_json *value)
{
	const json_t *v = inner(value);

	if (!v)
		return RD_JSON_NONE;
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return RD_JSON_OBJECT;
	case JSON_ARRAY:
		return RD_JSON_ARRAY;
	case JSON_STRING:
		return RD_JSON_TEXT;
	case JSON_INTEGER:
	case JSON_REAL:
		return RD_JSON_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return RD_JSON_BOOL;
	default:
		return RD_JSON_NULL;
	}
}

const struct rd_json *rd_json_get(const struct rd_json *object, const char *key)
{
	const json_t *value = json_object_get(inner(object), key);

	return value && !json_is_null(value) ? outer(value) : NULL;
}

const struct rd_json *rd_json_path(const struct rd_json *object,
				   const char *path)
{
	char key[64];

	while (object && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(key))
			return NULL;
		rd_text_copy(key, sizeof(key), rd_span(path, len));
		object = rd_json_get(object, key);
		path += len + (path[len] == '.');
	}
	return object;
}

size_t rd_json_count(const struct rd_json *value)
{
	if (json_is_array(inner(value)))
		return json_array_size(inner(value));
	return json_object_size(inner(value));
}

const struct rd_json *rd_json_at(const struct rd_json *array, size_t index)
{
	return outer(json_array_get(inner(array), index));
}

bool rd_json_next(const struct rd_json *object, void **cursor, const char **key,
		  const struct rd_json **value)
{
	/* jansson's iterators take an object that may be written to. */
	json_t *o = (json_t *)(uintptr_t)object;

	*cursor = *cursor ? json_object_iter_next(o, *cursor)
			  : json_object_iter(o);
	if (!*cursor)
		return false;
	*key = json_object_iter_key(*cursor);
	*value = outer(json_object_iter_value(*cursor));
	return true;
}

const char *rd_json_string(const struct rd_json *value)
{
	return json_string_value(inner(value));
}

const char *rd_json_member(const struct rd_json *object, const char *key)
{
	return rd_json_string(rd_json_get(object, key));
}

bool rd_json_whole(const struct rd_json *value, int64_t *out)
{
	if (!json_is_integer(inner(value)))
		return false;
	*out = json_integer_value(inner(value));
	return true;
}

bool rd_json_real(const struct rd_json *value, double *out)
{
	if (!json_is_number(inner(value)))
		return false;
	*out = json_number_value(inner(value));
	return true;
}

bool rd_json_is_true(const struct rd_json *value)
{
	return json_is_true(inner(value));
}

bool rd_json_equal(const struct rd_json *a, const struct rd_json *b)
{
	return json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b);
}

static int take_bytes(const char *bytes, size_t len, void *arg)
{
	rd_json_raw(arg, rd_span(bytes, len));
	return 0;
}

void rd_json_value(struct rd_json_out *j, const char *key,
		   const struct rd_json *value)
{
	rd_json_key(j, key);
	if (!value)
		rd_json_raw(j, rd_span_text("null"));
	else if (json_dump_callback(inner(value), take_bytes, j,
				    JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		j->w.failed = true;
}
