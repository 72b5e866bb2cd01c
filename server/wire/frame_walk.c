/* wire/frame_walk.c - the fields of a protobuf message, one after the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/frame_priv.h"

static uint64_t read_varint(struct rd_reader *r)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = rd_read_u8(r);

		/* The tenth byte has room for the 64th bit alone. */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	r->failed = true;
	return 0;
}

static void read_tag(struct rd_reader *r, struct rd_frame_field *f)
{
	uint64_t tag = read_varint(r);

	if (tag > UINT32_MAX || tag >> 3 == 0)
		r->failed = true;
	f->number = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
}

static void read_value(struct rd_reader *r, struct rd_frame_field *f,
		       unsigned depth);

static void skip_group(struct rd_reader *r, uint32_t number, unsigned depth)
{
	struct rd_frame_field inner;

	if (depth > RD_FRAME_DEPTH_MAX)
		r->failed = true;
	while (!r->failed) {
		read_tag(r, &inner);
		if (inner.wire == RD_WIRE_GROUP_END) {
			if (inner.number != number)
				r->failed = true;
			return;
		}
		read_value(r, &inner, depth);
	}
}

static void read_value(struct rd_reader *r, struct rd_frame_field *f,
		       unsigned depth)
{
	uint64_t len;

	switch (f->wire) {
	case RD_WIRE_VARINT:
		f->value = read_varint(r);
		break;
	case RD_WIRE_64:
		rd_read_bytes(r, 8);
		break;
	case RD_WIRE_32:
		rd_read_bytes(r, 4);
		break;
	case RD_WIRE_BYTES:
		len = read_varint(r);
		if (len > rd_reader_left(r))
			r->failed = true;
		else
			f->bytes = rd_read_span(r, (size_t)len);
		break;
	case RD_WIRE_GROUP:
		skip_group(r, f->number, depth + 1);
		break;
	case RD_WIRE_GROUP_END:
	default:
		r->failed = true;
		break;
	}
}

bool rd_frame_next_field(struct rd_reader *r, struct rd_frame_field *f)
{
	if (rd_reader_left(r) == 0)
		return false;
	f->start = r->at;
	read_tag(r, f);
	read_value(r, f, 0);
	return !r->failed;
}
