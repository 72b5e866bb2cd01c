/* base/span.h - bytes that somebody else owns, and reading and writing them.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A reader cannot run past its end and remembers failure, so a decoder reads
 * like the figure in the RFC and checks once at the end.  Network byte order.
 * Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd_span {
	const uint8_t *at;
	size_t len;
};

#define RD_SPAN_NONE ((struct rd_span){ NULL, 0 })

static inline struct rd_span rd_span(const void *at, size_t len)
{
	return (struct rd_span){ (const uint8_t *)at, len };
}
static inline struct rd_span rd_span_text(const char *text)
{
	return (struct rd_span){ (const uint8_t *)text, strlen(text) };
}
static inline bool rd_span_equal(struct rd_span a, struct rd_span b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}
static inline bool rd_span_is(struct rd_span a, const char *text)
{
	return rd_span_equal(a, rd_span_text(text));
}

struct rd_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed; /* stays true once something was missing */
};

static inline struct rd_reader rd_reader(struct rd_span bytes)
{
	/* C17 6.5.6: not even 0 may be added to NULL. */
	const uint8_t *end = bytes.len ? bytes.at + bytes.len : bytes.at;

	return (struct rd_reader){ bytes.at, end, false };
}
static inline size_t rd_reader_left(const struct rd_reader *r)
{
	return r->failed ? 0 : (size_t)(r->end - r->at);
}
/* The next len bytes; NULL and failed if there are fewer. */
static inline const uint8_t *rd_read_bytes(struct rd_reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->failed || (size_t)(r->end - r->at) < len) {
		r->failed = true;
		return NULL;
	}
	r->at += len;
	return at;
}
static inline struct rd_span rd_read_span(struct rd_reader *r, size_t len)
{
	const uint8_t *at = rd_read_bytes(r, len);

	return at ? (struct rd_span){ at, len } : RD_SPAN_NONE;
}
static inline uint8_t rd_read_u8(struct rd_reader *r)
{
	const uint8_t *p = rd_read_bytes(r, 1);

	return p ? p[0] : 0;
}
static inline uint16_t rd_read_u16(struct rd_reader *r)
{
	const uint8_t *p = rd_read_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}
static inline uint32_t rd_read_u32(struct rd_reader *r)
{
	const uint8_t *p = rd_read_bytes(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | p[3]
		 : 0;
}
static inline uint64_t rd_read_u64(struct rd_reader *r)
{
	uint64_t high = rd_read_u32(r);

	return high << 32 | rd_read_u32(r);
}

/* Writes into a buffer of the caller; remembers that it did not fit. */
struct rd_writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

static inline struct rd_writer rd_writer(void *buf, size_t size)
{
	uint8_t *start = (uint8_t *)buf;

	return (struct rd_writer){ start, start, start + size, false };
}
static inline size_t rd_writer_len(const struct rd_writer *w)
{
	return (size_t)(w->at - w->start);
}
static inline struct rd_span rd_writer_span(const struct rd_writer *w)
{
	return rd_span(w->start, rd_writer_len(w));
}
/* Room for len bytes, to be filled by the caller; NULL if it does not fit. */
static inline uint8_t *rd_write_room(struct rd_writer *w, size_t len)
{
	uint8_t *at = w->at;

	if (w->failed || (size_t)(w->end - w->at) < len) {
		w->failed = true;
		return NULL;
	}
	w->at += len;
	return at;
}
static inline void rd_write_bytes(struct rd_writer *w, const void *from,
				  size_t len)
{
	uint8_t *p = rd_write_room(w, len);

	if (p && len)
		memcpy(p, from, len);
}
static inline void rd_write_span(struct rd_writer *w, struct rd_span bytes)
{
	rd_write_bytes(w, bytes.at, bytes.len);
}
static inline void rd_write_u8(struct rd_writer *w, unsigned v)
{
	uint8_t *p = rd_write_room(w, 1);

	if (p)
		p[0] = (uint8_t)v;
}
static inline void rd_write_u16(struct rd_writer *w, unsigned v)
{
	uint8_t *p = rd_write_room(w, 2);

	if (!p)
		return;
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void rd_write_u32(struct rd_writer *w, uint32_t v)
{
	rd_write_u16(w, v >> 16);
	rd_write_u16(w, v & 0xffff);
}
static inline void rd_write_u64(struct rd_writer *w, uint64_t v)
{
	rd_write_u32(w, (uint32_t)(v >> 32));
	rd_write_u32(w, (uint32_t)v);
}
