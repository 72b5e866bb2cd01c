/* wire/frame_priv.h - what the files of the signal frames share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * frame_walk.c walks protobuf fields, frame_message.c lets nanopb decode and
 * encode one message, frame_list.c knows the elements of the lists, frame.c the
 * frames.  This is the one header that includes nanopb.
 */
#pragma once
#include "wire/frame.h"

#include <pb_common.h>
#include <pb_decode.h>
#include <pb_encode.h>

#include "signaling.pb.h"

/* The wire types of the protobuf encoding. */
enum rd_frame_wire {
	RD_WIRE_VARINT = 0,
	RD_WIRE_64 = 1,
	RD_WIRE_BYTES = 2,
	RD_WIRE_GROUP = 3,
	RD_WIRE_GROUP_END = 4,
	RD_WIRE_32 = 5,
};

struct rd_frame_field {
	const uint8_t *start; /* of its tag */
	uint32_t number;
	enum rd_frame_wire wire;
	uint64_t value;       /* RD_WIRE_VARINT */
	struct rd_span bytes; /* RD_WIRE_BYTES */
};

/* The next field, a group as a whole; false at the end and when r failed. */
bool rd_frame_next_field(struct rd_reader *r, struct rd_frame_field *f);

/* Merges into *to, which the caller has cleared and given its callbacks. */
bool rd_frame_decode_message(struct rd_span bytes, const pb_msgdesc_t *fields,
			     void *to);
/* The bytes of the string or message that a callback is called for. */
struct rd_span rd_frame_bytes_of(const pb_istream_t *stream);
/* Callbacks that lend into *to: a string or bytes of RD_FRAME_TEXT_MAX at most,
 * or of any length. */
pb_callback_t rd_frame_text_into(struct rd_span *to);
pb_callback_t rd_frame_sdp_into(struct rd_span *to);
/* A callback that writes *text, or nothing if it is absent. */
pb_callback_t rd_frame_text_from(const struct rd_span *text);

/* Callbacks for the lists: they check each element, or write those of
 * frame->body.list. */
pb_callback_t rd_frame_presences_check(void);
pb_callback_t rd_frame_presences_from(const struct rd_frame *frame);
pb_callback_t rd_frame_volumes_check(void);
pb_callback_t rd_frame_volumes_from(const struct rd_frame *frame);
pb_callback_t rd_frame_data_check(void);
pb_callback_t rd_frame_data_from(const struct rd_frame *frame);
pb_callback_t rd_frame_metrics_check(void);
pb_callback_t rd_frame_metrics_from(const struct rd_frame *frame);
