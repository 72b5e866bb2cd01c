/* wire/frame_message.c - one message, decoded or encoded by nanopb.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * nanopb (0.4) refuses groups, hands a scalar to a string's callback in a
 * buffer of its own, and cannot merge two occurrences of a message it has a
 * callback for.  So the fields are walked before nanopb sees them, and it gets
 * the stretches between groups.
 */
#include "wire/frame_priv.h"

#include "base/text.h"

static bool has_its_wire_type(const pb_msgdesc_t *fields, void *to,
			      const struct rd_frame_field *f)
{
	pb_field_iter_t it;

	if (!pb_field_iter_begin(&it, fields, to) ||
	    !pb_field_iter_find(&it, f->number))
		return true; /* unknown, any will do */
	switch (PB_LTYPE(it.type)) {
	case PB_LTYPE_BOOL:
	case PB_LTYPE_VARINT:
	case PB_LTYPE_UVARINT:
		return f->wire == RD_WIRE_VARINT ||
		       (f->wire == RD_WIRE_BYTES &&
			PB_HTYPE(it.type) == PB_HTYPE_REPEATED);
	case PB_LTYPE_FIXED64:
		return f->wire == RD_WIRE_64;
	default:
		return f->wire == RD_WIRE_BYTES;
	}
}

static bool decode_stretch(const uint8_t *from, const uint8_t *end,
			   const pb_msgdesc_t *fields, void *to)
{
	pb_istream_t stream =
		pb_istream_from_buffer(from, (size_t)(end - from));

	return pb_decode_ex(&stream, fields, to, PB_DECODE_NOINIT);
}

bool rd_frame_decode_message(struct rd_span bytes, const pb_msgdesc_t *fields,
			     void *to)
{
	struct rd_reader r = rd_reader(bytes);
	const uint8_t *stretch = bytes.at;
	struct rd_frame_field f;

	while (rd_frame_next_field(&r, &f)) {
		if (!has_its_wire_type(fields, to, &f))
			return false;
		if (f.wire != RD_WIRE_GROUP)
			continue;
		if (!decode_stretch(stretch, f.start, fields, to))
			return false;
		stretch = r.at;
	}
	return !r.failed && decode_stretch(stretch, r.at, fields, to);
}

/* The bytes of the string or message that a callback is called for: nanopb
 * keeps the address in the state of a stream over memory. */
struct rd_span rd_frame_bytes_of(const pb_istream_t *stream)
{
	return rd_span(stream->state, stream->bytes_left);
}

static bool lend(pb_istream_t *stream, const pb_field_t *field, size_t most,
		 struct rd_span *to)
{
	struct rd_span bytes = rd_frame_bytes_of(stream);

	if (bytes.len > most)
		return false;
	if (PB_LTYPE(field->type) == PB_LTYPE_STRING &&
	    !rd_utf8_is_valid(bytes))
		return false;
	*to = bytes;
	return pb_read(stream, NULL, bytes.len);
}

static bool on_text(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	return lend(stream, field, RD_FRAME_TEXT_MAX, *arg);
}

static bool on_sdp(pb_istream_t *stream, const pb_field_t *field, void **arg)
{
	return lend(stream, field, RD_FRAME_MAX, *arg);
}

pb_callback_t rd_frame_text_into(struct rd_span *to)
{
	return (pb_callback_t){ .funcs.decode = on_text, .arg = to };
}

pb_callback_t rd_frame_sdp_into(struct rd_span *to)
{
	return (pb_callback_t){ .funcs.decode = on_sdp, .arg = to };
}

static bool put_text(pb_ostream_t *stream, const pb_field_t *field,
		     void *const *arg)
{
	const struct rd_span *text = *arg;

	return pb_encode_tag_for_field(stream, field) &&
	       pb_encode_string(stream, text->at, text->len);
}

pb_callback_t rd_frame_text_from(const struct rd_span *text)
{
	if (!text->at)
		return (pb_callback_t){ 0 };
	/* nanopb takes the argument as void *; put_text only reads it. */
	return (pb_callback_t){ .funcs.encode = put_text,
				.arg = (void *)(uintptr_t)text };
}
