/* http/frame_watch.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/frame_watch.h"

enum {
	HEAD_LEAST = 2,
	FIN = 0x80, /* of the first byte */
	CONTROL = 0x08,
	OPCODE = 0x0f,
	CLOSE = 0x08,
	MASKED = 0x80, /* of the second */
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK_BYTES = 4,
};

/* Bytes of the head with its length (RFC 6455 5.2). */
static unsigned head_bytes(const struct rd_frame_watch *w)
{
	if (w->have < HEAD_LEAST)
		return HEAD_LEAST;
	switch (w->head[1] & LENGTH) {
	case LENGTH_16:
		return HEAD_LEAST + 2;
	case LENGTH_64:
		return HEAD_LEAST + 8;
	default:
		return HEAD_LEAST;
	}
}

static uint64_t payload_bytes(const struct rd_frame_watch *w)
{
	uint64_t len = 0;

	if (w->have == HEAD_LEAST)
		return w->head[1] & LENGTH;
	for (unsigned i = HEAD_LEAST; i < w->have; i++)
		len = len << 8 | w->head[i];
	return len;
}

/* Of the first two bytes. */
static bool begins_well(const struct rd_frame_watch *w)
{
	unsigned length = w->head[1] & LENGTH;

	if (!(w->head[0] & CONTROL))
		return true;
	if (!(w->head[0] & FIN) || length >= LENGTH_16)
		return false;
	return (w->head[0] & OPCODE) != CLOSE || length != 1;
}

/* Whether the length is in its shortest form, and has 63 bits. */
static bool is_minimal(const struct rd_frame_watch *w, uint64_t len)
{
	switch (w->have) {
	case HEAD_LEAST:
		return true;
	case HEAD_LEAST + 2:
		return len >= LENGTH_16;
	default:
		return len > UINT16_MAX && len <= INT64_MAX;
	}
}

size_t rd_frame_watch_feed(struct rd_frame_watch *w, struct rd_span bytes)
{
	size_t at = 0, start = 0;

	while (at < bytes.len) {
		if (w->skip) {
			size_t n = (size_t)rd_min_u64(w->skip, bytes.len - at);

			w->skip -= n;
			at += n;
			continue;
		}
		if (!w->have)
			start = at;
		w->head[w->have++] = bytes.at[at++];
		if (w->have == HEAD_LEAST && !begins_well(w))
			return start;
		if (w->have < head_bytes(w))
			continue;
		w->skip = payload_bytes(w);
		if (!is_minimal(w, w->skip))
			return start;
		if (w->head[1] & MASKED)
			w->skip += MASK_BYTES;
		if (!(w->head[0] & CONTROL)) /* those may stand between */
			w->is_in_pieces = !(w->head[0] & FIN);
		w->have = 0;
	}
	return bytes.len;
}

bool rd_frame_watch_is_between(const struct rd_frame_watch *w)
{
	return !w->have && !w->skip && !w->is_in_pieces;
}
