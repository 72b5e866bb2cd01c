/* wire/frame.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/frame_priv.h"

enum {
	FRAME_TYPE_NATIVE = 2, /* what the C++ client sends as first byte */
	PING = 1,
	PONG = 2,
};

/* One body while nanopb works on it. */
union body {
	sig_Join join;
	sig_JoinAck join_ack;
	sig_Subscribe subscribe;
	sig_SubscribeAck subscribe_ack;
	sig_Index index;
	sig_AudioControl audio_control;
	sig_AudioMetadata audio_metadata;
	sig_AudioStreamIdInfoFrame audio_stream_id_info;
	sig_PingPong ping_pong;
	sig_AudioStatus audio_status;
	sig_ClientMetric client_metric;
	sig_DataMessage data_message;
};

/* What a frame of one type carries, and how it gets there and back. */
struct kind {
	uint32_t type;
	uint32_t tag;
	const pb_msgdesc_t *fields;
	void (*prepare)(union body *pb, struct rd_frame *f);
	bool (*finish)(const union body *pb, struct rd_frame *f);
	void (*fill)(union body *pb, const struct rd_frame *f);
};

static bool finish_join(const union body *pb, struct rd_frame *f)
{
	f->body.join = (struct rd_frame_join){
		.audio_session_id = pb->join.audio_session_id,
		.protocol_version = pb->join.protocol_version,
		.max_num_of_videos = pb->join.max_num_of_videos,
		.flags = pb->join.flags,
		.wants_compressed_sdp = pb->join.wants_compressed_sdp,
	};
	return true;
}

static void fill_join(union body *pb, const struct rd_frame *f)
{
	const struct rd_frame_join *j = &f->body.join;

	pb->join = (sig_Join){
		true,
		j->protocol_version,
		j->max_num_of_videos != 0,
		j->max_num_of_videos,
		true,
		j->flags,
		true,
		j->audio_session_id,
		true,
		j->wants_compressed_sdp,
	};
}

static bool check_credentials(pb_istream_t *stream, const pb_field_t *field,
			      void **arg)
{
	struct rd_frame_join_ack *to = *arg;
	struct rd_span bytes = rd_frame_bytes_of(stream);
	struct rd_span text; /* of each in turn */
	sig_TurnCredentials pb = { .username = rd_frame_text_into(&text),
				   .password = rd_frame_text_into(&text),
				   .uris = rd_frame_text_into(&text) };

	(void)field;
	to->has_turn_credentials = true;
	return rd_frame_decode_message(bytes, sig_TurnCredentials_fields,
				       &pb) &&
	       pb_read(stream, NULL, bytes.len);
}

static bool put_uris(pb_ostream_t *stream, const pb_field_t *field,
		     void *const *arg)
{
	const struct rd_frame_turn *t = *arg;
	bool is_written = true;

	for (unsigned i = 0; is_written && i < t->uri_count; i++)
		is_written =
			pb_encode_tag_for_field(stream, field) &&
			pb_encode_string(stream, (const uint8_t *)t->uris[i],
					 strlen(t->uris[i]));
	return is_written;
}

static bool put_credentials(pb_ostream_t *stream, const pb_field_t *field,
			    void *const *arg)
{
	const struct rd_frame_turn *t = *arg;
	sig_TurnCredentials pb = { 0 };

	if (t) {
		pb.username = rd_frame_text_from(&t->username);
		pb.password = rd_frame_text_from(&t->password);
		pb.has_ttl = true;
		pb.ttl = t->ttl_s;
		/* nanopb takes the argument as void *; it is only read. */
		pb.uris = (pb_callback_t){ .funcs.encode = put_uris,
					   .arg = (void *)(uintptr_t)t };
	}
	return pb_encode_tag_for_field(stream, field) &&
	       pb_encode_submessage(stream, sig_TurnCredentials_fields, &pb);
}

static void prepare_join_ack(union body *pb, struct rd_frame *f)
{
	pb->join_ack.turn_credentials =
		(pb_callback_t){ .funcs.decode = check_credentials,
				 .arg = &f->body.join_ack };
}

static bool finish_join_ack(const union body *pb, struct rd_frame *f)
{
	f->body.join_ack.has_wants_compressed_sdp =
		pb->join_ack.has_wants_compressed_sdp;
	f->body.join_ack.wants_compressed_sdp =
		pb->join_ack.wants_compressed_sdp;
	return true;
}

static void fill_join_ack(union body *pb, const struct rd_frame *f)
{
	const struct rd_frame_join_ack *a = &f->body.join_ack;

	if (a->has_turn_credentials)
		pb->join_ack.turn_credentials = (pb_callback_t){
			.funcs.encode = put_credentials,
			.arg = (void *)(uintptr_t)a->turn,
		};
	pb->join_ack.has_wants_compressed_sdp = a->has_wants_compressed_sdp;
	pb->join_ack.wants_compressed_sdp = a->wants_compressed_sdp;
}

static void prepare_subscribe(union body *pb, struct rd_frame *f)
{
	struct rd_frame_subscribe *s = &f->body.subscribe;

	pb->subscribe.sdp_offer = rd_frame_sdp_into(&s->sdp_offer);
	pb->subscribe.audio_host = rd_frame_text_into(&s->audio_host);
	pb->subscribe.compressed_sdp_offer =
		rd_frame_sdp_into(&s->compressed_sdp_offer);
}

static bool finish_subscribe(const union body *pb, struct rd_frame *f)
{
	struct rd_frame_subscribe *s = &f->body.subscribe;

	s->duplex = pb->subscribe.duplex;
	s->audio_muted = pb->subscribe.audio_muted;
	s->stream_count = (uint8_t)pb->subscribe.receive_stream_ids_count;
	memcpy(s->receive_stream_ids, pb->subscribe.receive_stream_ids,
	       sizeof(s->receive_stream_ids));
	return true;
}

static void fill_subscribe(union body *pb, const struct rd_frame *f)
{
	const struct rd_frame_subscribe *s = &f->body.subscribe;

	rd_assert(s->stream_count <= RD_FRAME_STREAMS_MAX);
	pb->subscribe.has_duplex = s->duplex != 0;
	pb->subscribe.duplex = s->duplex;
	pb->subscribe.receive_stream_ids_count = s->stream_count;
	memcpy(pb->subscribe.receive_stream_ids, s->receive_stream_ids,
	       sizeof(s->receive_stream_ids));
	pb->subscribe.sdp_offer = rd_frame_text_from(&s->sdp_offer);
	pb->subscribe.audio_host = rd_frame_text_from(&s->audio_host);
	pb->subscribe.has_audio_muted = true;
	pb->subscribe.audio_muted = s->audio_muted;
	pb->subscribe.compressed_sdp_offer =
		rd_frame_text_from(&s->compressed_sdp_offer);
}

static void prepare_subscribe_ack(union body *pb, struct rd_frame *f)
{
	pb->subscribe_ack.sdp_answer =
		rd_frame_sdp_into(&f->body.subscribe_ack.sdp_answer);
}

static void fill_subscribe_ack(union body *pb, const struct rd_frame *f)
{
	pb->subscribe_ack.sdp_answer =
		rd_frame_text_from(&f->body.subscribe_ack.sdp_answer);
}

static bool finish_index(const union body *pb, struct rd_frame *f)
{
	f->body.num_participants = pb->index.num_participants;
	return true;
}

static void fill_index(union body *pb, const struct rd_frame *f)
{
	pb->index.has_num_participants = f->body.num_participants != 0;
	pb->index.num_participants = f->body.num_participants;
}

static bool finish_control(const union body *pb, struct rd_frame *f)
{
	f->body.muted = pb->audio_control.muted;
	return true;
}

static void fill_control(union body *pb, const struct rd_frame *f)
{
	pb->audio_control = (sig_AudioControl){ true, f->body.muted };
}

static void prepare_metadata(union body *pb, struct rd_frame *f)
{
	(void)f;
	pb->audio_metadata.attendee_states = rd_frame_volumes_check();
}

static void fill_metadata(union body *pb, const struct rd_frame *f)
{
	pb->audio_metadata.attendee_states = rd_frame_volumes_from(f);
}

static void prepare_info(union body *pb, struct rd_frame *f)
{
	(void)f;
	pb->audio_stream_id_info.streams = rd_frame_presences_check();
}

static void fill_info(union body *pb, const struct rd_frame *f)
{
	pb->audio_stream_id_info.streams = rd_frame_presences_from(f);
}

static bool finish_ping_pong(const union body *pb, struct rd_frame *f)
{
	const sig_PingPong *p = &pb->ping_pong;

	f->body.ping_pong.is_pong = p->type == PONG;
	f->body.ping_pong.ping_id = p->ping_id;
	return p->has_type && p->has_ping_id &&
	       (p->type == PING || p->type == PONG);
}

static void fill_ping_pong(union body *pb, const struct rd_frame *f)
{
	const struct rd_frame_ping_pong *p = &f->body.ping_pong;

	pb->ping_pong = (sig_PingPong){ true, p->is_pong ? PONG : PING, true,
					p->ping_id };
}

static bool finish_status(const union body *pb, struct rd_frame *f)
{
	f->body.audio_status = pb->audio_status.audio_status;
	return true;
}

static void fill_status(union body *pb, const struct rd_frame *f)
{
	pb->audio_status = (sig_AudioStatus){ true, f->body.audio_status };
}

static void prepare_metric(union body *pb, struct rd_frame *f)
{
	(void)f;
	pb->client_metric.global_metrics = rd_frame_metrics_check();
}

static void fill_metric(union body *pb, const struct rd_frame *f)
{
	pb->client_metric.global_metrics = rd_frame_metrics_from(f);
}

static void prepare_data(union body *pb, struct rd_frame *f)
{
	(void)f;
	pb->data_message.messages = rd_frame_data_check();
}

static void fill_data(union body *pb, const struct rd_frame *f)
{
	pb->data_message.messages = rd_frame_data_from(f);
}

#define KIND(TYPE, field, message)                                             \
	RD_FRAME_##TYPE, sig_SignalFrame_##field##_tag, sig_##message##_fields

/* clang-format off */
static const struct kind kinds[] = {
	{ KIND(JOIN, join, Join), NULL, finish_join, fill_join },
	{ KIND(JOIN_ACK, joinack, JoinAck), prepare_join_ack, finish_join_ack, fill_join_ack },
	{ KIND(SUBSCRIBE, sub, Subscribe), prepare_subscribe, finish_subscribe, fill_subscribe },
	{ KIND(SUBSCRIBE_ACK, suback, SubscribeAck), prepare_subscribe_ack, NULL, fill_subscribe_ack },
	{ KIND(INDEX, index, Index), NULL, finish_index, fill_index },
	{ KIND(LEAVE, leave, Leave), NULL, NULL, NULL },
	{ KIND(LEAVE_ACK, leave_ack, LeaveAck), NULL, NULL, NULL },
	{ KIND(AUDIO_CONTROL, audio_control, AudioControl), NULL, finish_control, fill_control },
	{ KIND(AUDIO_METADATA, audio_metadata, AudioMetadata), prepare_metadata, NULL, fill_metadata },
	{ KIND(AUDIO_STREAM_ID_INFO, audio_stream_id_info, AudioStreamIdInfoFrame), prepare_info, NULL, fill_info },
	{ KIND(PING_PONG, ping_pong, PingPong), NULL, finish_ping_pong, fill_ping_pong },
	{ KIND(AUDIO_STATUS, audio_status, AudioStatus), NULL, finish_status, fill_status },
	{ KIND(CLIENT_METRIC, client_metric, ClientMetric), prepare_metric, NULL, fill_metric },
	{ KIND(DATA_MESSAGE, data_message, DataMessage), prepare_data, NULL, fill_data },
};
/* clang-format on */

/* The scalars of the envelope; the type must be known before a body is.  Bit n
 * of *seen tells that there is a field n. */
static bool decode_envelope(struct rd_frame *out, uint64_t *seen)
{
	struct rd_reader r = rd_reader(out->encoded);
	bool has_timestamp = false, has_type = false;
	struct rd_frame_field f;

	*seen = 0;
	while (rd_frame_next_field(&r, &f)) {
		if (f.number < 64)
			*seen |= UINT64_C(1) << f.number;
		if (f.number != sig_SignalFrame_timestamp_ms_tag &&
		    f.number != sig_SignalFrame_type_tag)
			continue;
		if (f.wire != RD_WIRE_VARINT)
			return false;
		if (f.number == sig_SignalFrame_timestamp_ms_tag) {
			out->timestamp_ms = f.value;
			has_timestamp = true;
			continue;
		}
		if (f.value > UINT32_MAX)
			return false;
		out->type = (uint32_t)f.value;
		has_type = true;
	}
	/* The type is an enum, and none of its values is negative. */
	return !r.failed && has_timestamp && has_type && out->type <= INT32_MAX;
}

/* All occurrences of one message, merged; *found tells whether there is any. */
static bool decode_occurrences(const struct rd_frame *frame, uint32_t tag,
			       const pb_msgdesc_t *fields, void *to,
			       bool *found)
{
	struct rd_reader r = rd_reader(frame->encoded);
	struct rd_frame_field f;

	*found = false;
	while (rd_frame_next_field(&r, &f)) {
		if (f.number != tag)
			continue;
		if (f.wire != RD_WIRE_BYTES ||
		    !rd_frame_decode_message(f.bytes, fields, to))
			return false;
		*found = true;
	}
	return true;
}

static bool decode_error(struct rd_frame *out)
{
	sig_Error pb = { .description =
				 rd_frame_text_into(&out->error.description) };

	if (!decode_occurrences(out, sig_SignalFrame_error_tag,
				sig_Error_fields, &pb, &out->has_error))
		return false;
	out->error.status = pb.status;
	return true;
}

static bool decode_body(struct rd_frame *out, const struct kind *kind)
{
	union body pb = { 0 };

	if (kind->prepare)
		kind->prepare(&pb, out);
	if (!decode_occurrences(out, kind->tag, kind->fields, &pb,
				&out->has_body))
		return false;
	return !out->has_body || !kind->finish || kind->finish(&pb, out);
}

/* A body that is not of the frame's type must be well formed all the same. */
static bool decode_bodies(struct rd_frame *out, uint64_t seen)
{
	for (size_t i = 0; i < RD_COUNT(kinds); i++) {
		struct rd_frame other = { .encoded = out->encoded };
		bool is_its_own = kinds[i].type == out->type;

		if (!(seen >> kinds[i].tag & 1))
			continue;
		if (!decode_body(is_its_own ? out : &other, &kinds[i]))
			return false;
	}
	return true;
}

enum rd_err rd_frame_decode(struct rd_frame *out, struct rd_span message)
{
	uint64_t seen;

	*out = (struct rd_frame){ 0 };
	if (message.len > RD_FRAME_MAX)
		return RD_E_SIZE;
	if (message.len < 1 || (message.at[0] != RD_FRAME_VERSION_BYTE &&
				message.at[0] != FRAME_TYPE_NATIVE))
		return RD_E_FORMAT;
	out->encoded = rd_span(message.at + 1, message.len - 1);
	if (decode_envelope(out, &seen) && decode_error(out) &&
	    decode_bodies(out, seen))
		return RD_OK;
	*out = (struct rd_frame){ 0 };
	return RD_E_FORMAT;
}

static bool write_to(pb_ostream_t *stream, const pb_byte_t *buf, size_t count)
{
	struct rd_writer *w = stream->state;

	rd_write_bytes(w, buf, count);
	return !w->failed;
}

static bool put_number(pb_ostream_t *stream, uint32_t tag, uint64_t value)
{
	return pb_encode_tag(stream, PB_WT_VARINT, tag) &&
	       pb_encode_varint(stream, value);
}

static bool put_message(pb_ostream_t *stream, uint32_t tag,
			const pb_msgdesc_t *fields, const void *from)
{
	return pb_encode_tag(stream, PB_WT_STRING, tag) &&
	       pb_encode_submessage(stream, fields, from);
}

static bool encode_body(pb_ostream_t *stream, const struct rd_frame *frame)
{
	for (size_t i = 0; i < RD_COUNT(kinds); i++) {
		union body pb = { 0 };

		if (kinds[i].type != frame->type)
			continue;
		if (kinds[i].fill)
			kinds[i].fill(&pb, frame);
		return put_message(stream, kinds[i].tag, kinds[i].fields, &pb);
	}
	return true;
}

enum rd_err rd_frame_encode(struct rd_writer *w, const struct rd_frame *frame)
{
	pb_ostream_t stream = { .callback = write_to,
				.state = w,
				.max_size = SIZE_MAX };
	sig_Error error = { true, frame->error.status,
			    rd_frame_text_from(&frame->error.description) };

	rd_write_u8(w, RD_FRAME_VERSION_BYTE);
	if (w->failed ||
	    !put_number(&stream, sig_SignalFrame_timestamp_ms_tag,
			frame->timestamp_ms) ||
	    !put_number(&stream, sig_SignalFrame_type_tag, frame->type))
		return RD_E_SIZE;
	if (frame->has_error && !put_message(&stream, sig_SignalFrame_error_tag,
					     sig_Error_fields, &error))
		return RD_E_SIZE;
	if (frame->has_body && !encode_body(&stream, frame))
		return RD_E_SIZE;
	return RD_OK;
}
