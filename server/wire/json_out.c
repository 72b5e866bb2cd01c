/* wire/json_out.c - see json.h: writing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "wire/json.h"

enum {
	FIRST_BYTES = 1024,
	MOST_BYTES = 4 << 20,
};

struct rd_json_out rd_json_out(void *buf, size_t size)
{
	return (struct rd_json_out){ .w = rd_writer(buf, size) };
}

struct rd_json_out rd_json_out_grow(void)
{
	return (struct rd_json_out){ .may_grow = true };
}

void rd_json_drop(struct rd_json_out *j)
{
	rd_free(j->grown);
	*j = (struct rd_json_out){ .w = { .failed = true } };
}

static void grow(struct rd_json_out *j, size_t more)
{
	size_t len = j->grown ? rd_writer_len(&j->w) : 0;
	size_t size = j->grown ? (size_t)(j->w.end - j->w.start) : FIRST_BYTES;
	uint8_t *at;

	while (size < len + more && size < MOST_BYTES)
		size *= 2;
	at = size < len + more ? NULL : rd_realloc(j->grown, size);
	if (!at) {
		j->w.failed = true;
		return;
	}
	j->grown = at;
	j->w.start = at;
	j->w.at = at + len;
	j->w.end = at + size;
}

void rd_json_raw(struct rd_json_out *j, struct rd_span bytes)
{
	if (j->may_grow && !j->w.failed &&
	    (!j->grown || (size_t)(j->w.end - j->w.at) < bytes.len))
		grow(j, bytes.len);
	rd_write_span(&j->w, bytes);
}

static void put(struct rd_json_out *j, const char *text)
{
	rd_json_raw(j, rd_span_text(text));
}

/* Besides what must be escaped, "<", so that the text may stand in HTML. */
static void put_text(struct rd_json_out *j, const char *text)
{
	char escape[8];

	put(j, "\"");
	for (const char *c = text; *c; c++) {
		uint8_t byte = (uint8_t)*c;

		if (byte == '"' || byte == '\\') {
			put(j, byte == '"' ? "\\\"" : "\\\\");
		} else if (byte < 0x20 || byte == 0x7f || byte == '<') {
			snprintf(escape, sizeof(escape), "\\u%04x", byte);
			put(j, escape);
		} else {
			rd_json_raw(j, rd_span(c, 1));
		}
	}
	put(j, "\"");
}

void rd_json_key(struct rd_json_out *j, const char *key)
{
	if (j->needs_comma)
		put(j, ",");
	j->needs_comma = true;
	if (!key)
		return;
	put_text(j, key);
	put(j, ":");
}

static void open_with(struct rd_json_out *j, const char *key, const char *sign)
{
	rd_json_key(j, key);
	put(j, sign);
	j->needs_comma = false;
}

static void close_with(struct rd_json_out *j, const char *sign)
{
	put(j, sign);
	j->needs_comma = true;
}

void rd_json_begin(struct rd_json_out *j, const char *key)
{
	open_with(j, key, "{");
}

void rd_json_end(struct rd_json_out *j)
{
	close_with(j, "}");
}

void rd_json_begin_array(struct rd_json_out *j, const char *key)
{
	open_with(j, key, "[");
}

void rd_json_end_array(struct rd_json_out *j)
{
	close_with(j, "]");
}

void rd_json_text(struct rd_json_out *j, const char *key, const char *value)
{
	rd_json_key(j, key);
	put_text(j, value);
}

void rd_json_text_if(struct rd_json_out *j, const char *key, const char *value)
{
	if (value && *value)
		rd_json_text(j, key, value);
}

void rd_json_number(struct rd_json_out *j, const char *key, uint64_t value)
{
	char text[24];

	rd_json_key(j, key);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put(j, text);
}

void rd_json_bool(struct rd_json_out *j, const char *key, bool value)
{
	rd_json_key(j, key);
	put(j, value ? "true" : "false");
}

void rd_json_time(struct rd_json_out *j, const char *key, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char day[32], text[48];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03uZ", day,
		 (unsigned)(wall_ms % 1000));
	rd_json_text(j, key, text);
}

void rd_json_seconds(struct rd_json_out *j, const char *key, uint64_t wall_ms)
{
	char text[32];

	rd_json_key(j, key);
	snprintf(text, sizeof(text), "%llu.%03u",
		 (unsigned long long)(wall_ms / 1000),
		 (unsigned)(wall_ms % 1000));
	put(j, text);
}

bool rd_json_failed(const struct rd_json_out *j)
{
	return j->w.failed;
}

struct rd_span rd_json_done(const struct rd_json_out *j)
{
	rd_assert(!j->w.failed);
	return rd_writer_span(&j->w);
}

enum rd_err rd_json_take(struct rd_json_out *j, struct rd_span *out)
{
	enum rd_err err = j->w.failed ? RD_E_NOMEM : RD_OK;

	rd_assert(j->may_grow);
	*out = RD_SPAN_NONE;
	if (!err) {
		*out = rd_writer_span(&j->w);
		j->grown = NULL;
	}
	rd_json_drop(j);
	return err;
}
