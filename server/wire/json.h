/* wire/json.h - JSON (RFC 8259): reading what others send, writing ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reading is jansson's, with a bound on depth and without duplicate members;
 * a value that is read stays as it is, and all getters take NULL (nothing
 * there) and give the empty answer, so a path of members reads in one line
 * and is checked at its end.  Writing goes into a buffer of the caller, or
 * into one that grows.  Thread: any, one at a time for each value.
 */
#pragma once
#include "base/base.h"

struct rd_json; /* a value, lent by the document it is in */

enum rd_json_kind {
	RD_JSON_NONE, /* not there */
	RD_JSON_NULL,
	RD_JSON_BOOL,
	RD_JSON_NUMBER,
	RD_JSON_TEXT,
	RD_JSON_ARRAY,
	RD_JSON_OBJECT,
};

enum {
	RD_JSON_DEPTH = 32
};

/* The whole document, which is any value; ours until rd_json_close.
 * RD_E_FORMAT (why, may be NULL, says what and where), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_json_open(struct rd_json **out, struct rd_span text,
				     struct rd_complaint *why);
void rd_json_close(struct rd_json *document); /* NULL is fine */

enum rd_json_kind rd_json_kind(const struct rd_json *value);
/* Member of an object; NULL if there is none, or if it is null, which counts
 * as absent. */
const struct rd_json *rd_json_get(const struct rd_json *object,
				  const char *key);
/* Like rd_json_get for "a.b.c". */
const struct rd_json *rd_json_path(const struct rd_json *object,
				   const char *path);
/* Members or elements; 0 for anything else. */
size_t rd_json_count(const struct rd_json *value);
const struct rd_json *rd_json_at(const struct rd_json *array, size_t index);
/* Goes over the members, null ones too: start with *cursor NULL; false past
 * the last.  key is lent. */
bool rd_json_next(const struct rd_json *object, void **cursor, const char **key,
		  const struct rd_json **value);

/* The text, ended by NUL, which cannot be within; NULL: not a text. */
const char *rd_json_string(const struct rd_json *value);
/* The string member `key`; NULL: absent or not a text. */
const char *rd_json_member(const struct rd_json *object, const char *key);
/* false: not a whole number, and *out stays. */
bool rd_json_whole(const struct rd_json *value, int64_t *out);
/* The same of any number. */
bool rd_json_real(const struct rd_json *value, double *out);
bool rd_json_is_true(const struct rd_json *value);
/* Both the same in kind and content. */
bool rd_json_equal(const struct rd_json *a, const struct rd_json *b);

/* --- writing ------------------------------------------------------------ */

struct rd_json_out {
	struct rd_writer w;
	void *grown; /* ours: the buffer, when it grows */
	bool may_grow;
	bool needs_comma;
};

/* Into buf; too long is a failure that rd_json_done tells. */
struct rd_json_out rd_json_out(void *buf, size_t size);
/* Into memory that grows, to 4 MiB; rd_json_drop frees it. */
struct rd_json_out rd_json_out_grow(void);
void rd_json_drop(struct rd_json_out *j); /* also after rd_json_take */

/* In all of these key is NULL within an array and at the top. */
void rd_json_begin(struct rd_json_out *j, const char *key);
void rd_json_end(struct rd_json_out *j);
void rd_json_begin_array(struct rd_json_out *j, const char *key);
void rd_json_end_array(struct rd_json_out *j);
/* value: UTF-8, ended by NUL. */
void rd_json_text(struct rd_json_out *j, const char *key, const char *value);
/* The same, left out when value is NULL or "". */
void rd_json_text_if(struct rd_json_out *j, const char *key, const char *value);
void rd_json_number(struct rd_json_out *j, const char *key, uint64_t value);
void rd_json_bool(struct rd_json_out *j, const char *key, bool value);
/* RFC 3339 in UTC with milliseconds, from Unix milliseconds. */
void rd_json_time(struct rd_json_out *j, const char *key, uint64_t wall_ms);
/* Unix seconds as a number with three decimals. */
void rd_json_seconds(struct rd_json_out *j, const char *key, uint64_t wall_ms);
/* The two that the others are made of: a comma if one is due and the key;
 * bytes as they are. */
void rd_json_key(struct rd_json_out *j, const char *key);
void rd_json_raw(struct rd_json_out *j, struct rd_span bytes);
/* A value that was read, as it is; NULL writes null. */
void rd_json_value(struct rd_json_out *j, const char *key,
		   const struct rd_json *value);

bool rd_json_failed(const struct rd_json_out *j);
/* What was written, lent; it must not have failed. */
struct rd_span rd_json_done(const struct rd_json_out *j);
/* The same of a growing one, which the caller frees with rd_free.
 * RD_E_NOMEM: there was no room. */
RD_MUST_USE enum rd_err rd_json_take(struct rd_json_out *j,
				     struct rd_span *out);
