/* wire/frame_list.c - the elements of the lists in signal frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/frame_priv.h"

enum {
	ELEMENT_TAG = 1
}; /* of the elements in each list message */

static bool put_element(pb_ostream_t *stream, const pb_field_t *field,
			const pb_msgdesc_t *fields, const void *element)
{
	return pb_encode_tag_for_field(stream, field) &&
	       pb_encode_submessage(stream, fields, element);
}

static bool decode_presence(struct rd_span bytes, struct rd_frame_presence *out)
{
	sig_AudioStreamIdInfo pb = { 0 };

	*out = (struct rd_frame_presence){ 0 };
	pb.attendee_id = rd_frame_text_into(&out->attendee_id);
	pb.external_user_id = rd_frame_text_into(&out->external_user_id);
	if (!rd_frame_decode_message(bytes, sig_AudioStreamIdInfo_fields, &pb))
		return false;
	out->audio_stream_id = pb.audio_stream_id;
	out->has_muted = pb.has_muted;
	out->muted = pb.muted;
	out->dropped = pb.dropped;
	return true;
}

static bool put_presences(pb_ostream_t *stream, const pb_field_t *field,
			  void *const *arg)
{
	const struct rd_frame *f = *arg;
	const struct rd_frame_presence *p = f->body.list.at;

	for (size_t i = 0; i < f->body.list.count; i++, p++) {
		sig_AudioStreamIdInfo pb = {
			.has_audio_stream_id = true,
			.audio_stream_id = p->audio_stream_id,
			.attendee_id = rd_frame_text_from(&p->attendee_id),
			.has_muted = p->has_muted,
			.muted = p->muted,
			.external_user_id =
				rd_frame_text_from(&p->external_user_id),
			.has_dropped = p->dropped,
			.dropped = p->dropped,
		};

		if (!put_element(stream, field, sig_AudioStreamIdInfo_fields,
				 &pb))
			return false;
	}
	return true;
}

static bool decode_volume(struct rd_span bytes, struct rd_frame_volume *out)
{
	sig_AudioAttendeeState pb = { 0 };

	if (!rd_frame_decode_message(bytes, sig_AudioAttendeeState_fields, &pb))
		return false;
	*out = (struct rd_frame_volume){
		.audio_stream_id = pb.audio_stream_id,
		.has_volume = pb.has_volume,
		.has_signal_strength = pb.has_signal_strength,
		.volume = pb.volume,
		.signal_strength = pb.signal_strength,
	};
	return true;
}

static bool put_volumes(pb_ostream_t *stream, const pb_field_t *field,
			void *const *arg)
{
	const struct rd_frame *f = *arg;
	const struct rd_frame_volume *v = f->body.list.at;

	for (size_t i = 0; i < f->body.list.count; i++, v++) {
		sig_AudioAttendeeState pb = {
			.has_audio_stream_id = true,
			.audio_stream_id = v->audio_stream_id,
			.has_volume = v->has_volume,
			.volume = v->volume,
			.has_signal_strength = v->has_signal_strength,
			.signal_strength = v->signal_strength,
		};

		if (!put_element(stream, field, sig_AudioAttendeeState_fields,
				 &pb))
			return false;
	}
	return true;
}

static bool decode_data(struct rd_span bytes, struct rd_frame_data *out)
{
	sig_DataMessagePayload pb = { 0 };

	*out = (struct rd_frame_data){ 0 };
	pb.topic = rd_frame_text_into(&out->topic);
	pb.data = rd_frame_text_into(&out->data);
	pb.sender_attendee_id = rd_frame_text_into(&out->sender_attendee_id);
	pb.sender_external_user_id =
		rd_frame_text_into(&out->sender_external_user_id);
	if (!rd_frame_decode_message(bytes, sig_DataMessagePayload_fields, &pb))
		return false;
	out->lifetime_ms = pb.lifetime_ms;
	out->ingest_time_ns = pb.ingest_time_ns;
	return true;
}

static bool put_data(pb_ostream_t *stream, const pb_field_t *field,
		     void *const *arg)
{
	const struct rd_frame *f = *arg;
	const struct rd_frame_data *d = f->body.list.at;

	for (size_t i = 0; i < f->body.list.count; i++, d++) {
		sig_DataMessagePayload pb = {
			.topic = rd_frame_text_from(&d->topic),
			.data = rd_frame_text_from(&d->data),
			.has_lifetime_ms = true,
			.lifetime_ms = d->lifetime_ms,
			.sender_attendee_id =
				rd_frame_text_from(&d->sender_attendee_id),
			.has_ingest_time_ns = d->ingest_time_ns != 0,
			.ingest_time_ns = d->ingest_time_ns,
			.sender_external_user_id =
				rd_frame_text_from(&d->sender_external_user_id),
		};

		if (!put_element(stream, field, sig_DataMessagePayload_fields,
				 &pb))
			return false;
	}
	return true;
}

static bool decode_metric(struct rd_span bytes, struct rd_frame_metric *out)
{
	sig_Metric pb = { 0 };

	if (!rd_frame_decode_message(bytes, sig_Metric_fields, &pb))
		return false;
	*out = (struct rd_frame_metric){ pb.type, pb.value };
	return true;
}

static bool put_metrics(pb_ostream_t *stream, const pb_field_t *field,
			void *const *arg)
{
	const struct rd_frame *f = *arg;
	const struct rd_frame_metric *m = f->body.list.at;

	for (size_t i = 0; i < f->body.list.count; i++, m++) {
		sig_Metric pb = { true, m->type, true, m->value };

		if (!put_element(stream, field, sig_Metric_fields, &pb))
			return false;
	}
	return true;
}

/* While a frame is decoded its elements are only checked. */
#define CHECK_ELEMENT(name, type)                                              \
	static bool check_##name(pb_istream_t *stream,                         \
				 const pb_field_t *field, void **arg)          \
	{                                                                      \
		struct rd_span bytes = rd_frame_bytes_of(stream);              \
		struct type element;                                           \
                                                                               \
		(void)field;                                                   \
		(void)arg;                                                     \
		return decode_##name(bytes, &element) &&                       \
		       pb_read(stream, NULL, bytes.len);                       \
	}
CHECK_ELEMENT(presence, rd_frame_presence)
CHECK_ELEMENT(volume, rd_frame_volume)
CHECK_ELEMENT(data, rd_frame_data)
CHECK_ELEMENT(metric, rd_frame_metric)

typedef bool put_fn(pb_ostream_t *stream, const pb_field_t *field,
		    void *const *arg);

static pb_callback_t list_from(const struct rd_frame *frame, put_fn *put)
{
	/* nanopb takes the argument as void *; put only reads it. */
	return (pb_callback_t){ .funcs.encode = put,
				.arg = (void *)(uintptr_t)frame };
}

pb_callback_t rd_frame_presences_check(void)
{
	return (pb_callback_t){ .funcs.decode = check_presence };
}

pb_callback_t rd_frame_presences_from(const struct rd_frame *frame)
{
	return list_from(frame, put_presences);
}

pb_callback_t rd_frame_volumes_check(void)
{
	return (pb_callback_t){ .funcs.decode = check_volume };
}

pb_callback_t rd_frame_volumes_from(const struct rd_frame *frame)
{
	return list_from(frame, put_volumes);
}

pb_callback_t rd_frame_data_check(void)
{
	return (pb_callback_t){ .funcs.decode = check_data };
}

pb_callback_t rd_frame_data_from(const struct rd_frame *frame)
{
	return list_from(frame, put_data);
}

pb_callback_t rd_frame_metrics_check(void)
{
	return (pb_callback_t){ .funcs.decode = check_metric };
}

pb_callback_t rd_frame_metrics_from(const struct rd_frame *frame)
{
	return list_from(frame, put_metrics);
}

static bool next_element(const struct rd_frame *frame, uint32_t tag,
			 struct rd_frame_cursor *c, struct rd_span *out)
{
	struct rd_frame_field f;

	if (!c->is_begun) {
		c->frame = rd_reader(frame->encoded);
		c->is_begun = true;
	}
	do {
		while (rd_frame_next_field(&c->body, &f)) {
			if (f.number != ELEMENT_TAG || f.wire != RD_WIRE_BYTES)
				continue;
			*out = f.bytes;
			return true;
		}
		do {
			if (!rd_frame_next_field(&c->frame, &f))
				return false;
		} while (f.number != tag || f.wire != RD_WIRE_BYTES);
		c->body = rd_reader(f.bytes);
	} while (true);
}

bool rd_frame_next_presence(const struct rd_frame *frame,
			    struct rd_frame_cursor *cursor,
			    struct rd_frame_presence *out)
{
	struct rd_span bytes;

	return next_element(frame, sig_SignalFrame_audio_stream_id_info_tag,
			    cursor, &bytes) &&
	       decode_presence(bytes, out);
}

bool rd_frame_next_volume(const struct rd_frame *frame,
			  struct rd_frame_cursor *cursor,
			  struct rd_frame_volume *out)
{
	struct rd_span bytes;

	return next_element(frame, sig_SignalFrame_audio_metadata_tag, cursor,
			    &bytes) &&
	       decode_volume(bytes, out);
}

bool rd_frame_next_data(const struct rd_frame *frame,
			struct rd_frame_cursor *cursor,
			struct rd_frame_data *out)
{
	struct rd_span bytes;

	return next_element(frame, sig_SignalFrame_data_message_tag, cursor,
			    &bytes) &&
	       decode_data(bytes, out);
}

bool rd_frame_next_metric(const struct rd_frame *frame,
			  struct rd_frame_cursor *cursor,
			  struct rd_frame_metric *out)
{
	struct rd_span bytes;

	return next_element(frame, sig_SignalFrame_client_metric_tag, cursor,
			    &bytes) &&
	       decode_metric(bytes, out);
}
