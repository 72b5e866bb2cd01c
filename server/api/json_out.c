/* api/json_out.c - writing JSON (RFC 8259).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <time.h>

#include "api/api_priv.h"

struct rd_json_out rd_json_out(void *buf, size_t size)
{
	return (struct rd_json_out){ rd_writer(buf, size), false };
}

static void put(struct rd_json_out *j, const char *text)
{
	rd_write_span(&j->w, rd_span_text(text));
}

static void put_text(struct rd_json_out *j, const char *text)
{
	char escape[8];

	put(j, "\"");
	for (const uint8_t *c = (const uint8_t *)text; *c; c++) {
		if (*c == '"' || *c == '\\') {
			rd_write_u8(&j->w, '\\');
			rd_write_u8(&j->w, *c);
		} else if (*c < 0x20 || *c == 0x7f || *c == '<') {
			snprintf(escape, sizeof(escape), "\\u%04x", *c);
			put(j, escape);
		} else {
			rd_write_u8(&j->w, *c);
		}
	}
	put(j, "\"");
}

static void put_key(struct rd_json_out *j, const char *key)
{
	if (j->needs_comma)
		put(j, ",");
	j->needs_comma = true;
	if (!key)
		return;
	put_text(j, key);
	put(j, ":");
}

void rd_json_begin(struct rd_json_out *j, const char *key)
{
	put_key(j, key);
	put(j, "{");
	j->needs_comma = false;
}

void rd_json_end(struct rd_json_out *j)
{
	put(j, "}");
	j->needs_comma = true;
}

void rd_json_text(struct rd_json_out *j, const char *key, const char *value)
{
	put_key(j, key);
	put_text(j, value);
}

void rd_json_number(struct rd_json_out *j, const char *key, uint64_t value)
{
	char text[24];

	put_key(j, key);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put(j, text);
}

void rd_json_bool(struct rd_json_out *j, const char *key, bool value)
{
	put_key(j, key);
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

struct rd_span rd_json_done(const struct rd_json_out *j)
{
	rd_assert(!j->w.failed);
	return rd_writer_span(&j->w);
}
