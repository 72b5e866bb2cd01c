/* tests/unit/wire/frame_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/frame.h"

static const uint64_t now_ms = 1795187785237;

/* Recorded and accepted messages of the protocol, complete. */
static const char ping_1[] =
	"05 08 95 fc 9e cc 9f 34 10 13 a2 01 04 08 01 10 01";
static const char pong_1[] =
	"05 08 95 fc 9e cc 9f 34 10 13 a2 01 04 08 02 10 01";

static void check_encodes(const struct rd_frame *f, const char *hex)
{
	uint8_t want[256], got[256];
	struct rd_writer w = rd_writer(got, sizeof(got));
	size_t len = rd_test_hex(hex, want, sizeof(want));

	CHECK_OK(rd_frame_encode(&w, f));
	CHECK_EQ(rd_writer_len(&w), len);
	CHECK_BYTES(got, want, len);
}

static enum rd_err decode_hex(struct rd_frame *f, const char *hex)
{
	static uint8_t buf[4096];

	return rd_frame_decode(f, rd_span(buf, rd_test_hex(hex, buf, 4096)));
}

TEST(a_ping_is_read)
{
	struct rd_frame f;

	CHECK_OK(decode_hex(&f, ping_1));
	CHECK_EQ(f.timestamp_ms, now_ms);
	CHECK_EQ(f.type, RD_FRAME_PING_PONG);
	CHECK(f.has_body && !f.has_error && !f.body.ping_pong.is_pong);
	CHECK_EQ(f.body.ping_pong.ping_id, 1);
	CHECK_OK(decode_hex(&f, pong_1));
	CHECK(f.body.ping_pong.is_pong);
}

TEST(each_vector_is_written_byte_for_byte)
{
	struct rd_frame_presence here = { .audio_stream_id = 1,
					  .attendee_id = SPAN("a"),
					  .external_user_id = SPAN("u1"),
					  .has_muted = true };
	struct rd_frame_presence gone = { .audio_stream_id = 1,
					  .dropped = true };
	struct rd_frame_volume volume = { .audio_stream_id = 1,
					  .has_volume = true,
					  .volume = 20,
					  .has_signal_strength = true,
					  .signal_strength = 2 };
	static const char *const uris[] = { "turn:a:1", "turn" };
	struct rd_frame_turn turn = { .username = SPAN("u"),
				      .password = SPAN("p"),
				      .ttl_s = 600,
				      .uris = uris,
				      .uri_count = 2 };
	struct rd_frame f = { .timestamp_ms = now_ms, .has_body = true };

	f.type = RD_FRAME_PING_PONG;
	f.body.ping_pong.is_pong = true;
	f.body.ping_pong.ping_id = 1;
	check_encodes(&f, pong_1);
	f.body.ping_pong.is_pong = false;
	check_encodes(&f, ping_1);

	memset(&f.body, 0, sizeof(f.body));
	f.type = RD_FRAME_JOIN_ACK;
	f.body.join_ack.has_turn_credentials = true;
	f.body.join_ack.has_wants_compressed_sdp = true;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 02 2a 04 0a 00 18 00");
	f.body.join_ack.turn = &turn;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 02 2a 1d 0a 19 0a 01 75 "
			  "12 01 70 18 d8 04 22 08 74 75 72 6e 3a 61 3a 31 "
			  "22 04 74 75 72 6e 18 00");
	memset(&f.body, 0, sizeof(f.body));
	f.has_error = true;
	f.error.status = 403;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 02 1a 03 08 93 03 2a 00");
	f.has_error = false;

	f.type = RD_FRAME_INDEX;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 05 42 00");
	f.type = RD_FRAME_LEAVE_ACK;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 0a 62 00");

	f.type = RD_FRAME_AUDIO_STATUS;
	f.body.audio_status = 410;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 14 aa 01 03 08 9a 03");

	f.type = RD_FRAME_AUDIO_STREAM_ID_INFO;
	f.body.list.at = &here;
	f.body.list.count = 1;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 12 9a 01 0d 0a 0b "
			  "08 01 12 01 61 18 00 22 02 75 31");
	f.body.list.at = &gone;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 12 9a 01 06 0a 04 "
			  "08 01 28 01");

	f.type = RD_FRAME_AUDIO_METADATA;
	f.body.list.at = &volume;
	check_encodes(&f, "05 08 95 fc 9e cc 9f 34 10 11 92 01 08 0a 06 "
			  "08 01 10 14 20 02");
}

/* Encodes, decodes; the bytes stay in a static buffer for what is lent. */
static void round_trip(const struct rd_frame *f, struct rd_frame *back)
{
	static uint8_t buf[8192];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	CHECK_OK(rd_frame_encode(&w, f));
	CHECK_OK(rd_frame_decode(back, rd_writer_span(&w)));
	CHECK_EQ(back->type, f->type);
	CHECK_EQ(back->has_body, f->has_body);
}

TEST(the_messages_of_a_client_come_back_as_they_were)
{
	struct rd_frame back;
	struct rd_frame join = { .type = RD_FRAME_JOIN, .has_body = true };
	struct rd_frame sub = { .type = RD_FRAME_SUBSCRIBE, .has_body = true };
	struct rd_frame mute = { .type = RD_FRAME_AUDIO_CONTROL,
				 .has_body = true };

	join.body.join = (struct rd_frame_join){ .audio_session_id = 0xdeadbeef,
						 .protocol_version = 2,
						 .flags = 2,
						 .wants_compressed_sdp = true };
	round_trip(&join, &back);
	CHECK_EQ(back.body.join.audio_session_id, 0xdeadbeef);
	CHECK_EQ(back.body.join.protocol_version, 2);
	CHECK_EQ(back.body.join.flags, 2);
	CHECK(back.body.join.wants_compressed_sdp);

	sub.body.subscribe.sdp_offer = SPAN("v=0\r\n");
	sub.body.subscribe.audio_host = SPAN("media.example.net:3478");
	sub.body.subscribe.audio_muted = true;
	sub.body.subscribe.duplex = RD_FRAME_RX;
	sub.body.subscribe.stream_count = 2;
	sub.body.subscribe.receive_stream_ids[1] = 1000;
	round_trip(&sub, &back);
	CHECK(rd_span_is(back.body.subscribe.sdp_offer, "v=0\r\n"));
	CHECK(rd_span_is(back.body.subscribe.audio_host,
			 "media.example.net:3478"));
	CHECK(!back.body.subscribe.compressed_sdp_offer.at);
	CHECK(back.body.subscribe.audio_muted);
	CHECK_EQ(back.body.subscribe.stream_count, 2);
	CHECK_EQ(back.body.subscribe.receive_stream_ids[1], 1000);

	mute.body.muted = true;
	round_trip(&mute, &back);
	CHECK(back.body.muted);
	mute.type = RD_FRAME_LEAVE;
	round_trip(&mute, &back);
}

TEST(lists_are_walked_element_by_element)
{
	const struct rd_frame_data data[] = {
		{ .topic = SPAN("dtmf"),
		  .data = SPAN("1"),
		  .lifetime_ms = 0,
		  .sender_attendee_id = SPAN("a"),
		  .ingest_time_ns = INT64_C(1795187785237000000),
		  .sender_external_user_id = SPAN("u1") },
		{ .topic = SPAN("chat"), .data = SPAN(""), .lifetime_ms = 5 },
	};
	static const struct rd_frame_metric metrics[] = { { 15, 0.5 },
							  { 13, 21 } };
	struct rd_frame f = { .type = RD_FRAME_DATA_MESSAGE,
			      .has_body = true,
			      .body.list = { data, 2 } };
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_metric metric;
	struct rd_frame_data element;
	struct rd_frame back;

	round_trip(&f, &back);
	CHECK(rd_frame_next_data(&back, &cursor, &element));
	CHECK(rd_span_is(element.topic, "dtmf"));
	CHECK(rd_span_is(element.data, "1"));
	CHECK(rd_span_is(element.sender_external_user_id, "u1"));
	CHECK(element.ingest_time_ns == data[0].ingest_time_ns);
	CHECK(rd_frame_next_data(&back, &cursor, &element));
	CHECK(rd_span_is(element.topic, "chat"));
	CHECK(element.data.at && element.data.len == 0);
	CHECK(!element.sender_attendee_id.at);
	CHECK(!rd_frame_next_data(&back, &cursor, &element));

	f.type = RD_FRAME_CLIENT_METRIC;
	f.body.list.at = metrics;
	cursor = (struct rd_frame_cursor){ 0 };
	round_trip(&f, &back);
	CHECK(rd_frame_next_metric(&back, &cursor, &metric));
	CHECK(metric.type == 15 && metric.value == 0.5);
	CHECK(rd_frame_next_metric(&back, &cursor, &metric));
	CHECK(!rd_frame_next_metric(&back, &cursor, &metric));
}

TEST(presence_keeps_what_was_absent_apart_from_what_was_false)
{
	struct rd_frame_presence list[] = {
		{ .audio_stream_id = 7, .attendee_id = SPAN("a") },
		{ .audio_stream_id = 7, .has_muted = true, .muted = true },
		{ .audio_stream_id = 7 },
	};
	struct rd_frame f = { .type = RD_FRAME_AUDIO_STREAM_ID_INFO,
			      .has_body = true,
			      .body.list = { list, 3 } };
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_presence p;
	struct rd_frame back;

	round_trip(&f, &back);
	CHECK(rd_frame_next_presence(&back, &cursor, &p));
	CHECK(rd_span_is(p.attendee_id, "a") && !p.has_muted);
	CHECK(rd_frame_next_presence(&back, &cursor, &p));
	CHECK(!p.attendee_id.at && p.has_muted && p.muted);
	CHECK(rd_frame_next_presence(&back, &cursor, &p));
	CHECK(!p.attendee_id.at && !p.has_muted && !p.dropped);
	CHECK_EQ(p.audio_stream_id, 7);
	CHECK(!rd_frame_next_presence(&back, &cursor, &p));
}

TEST(packed_and_unpacked_stream_ids_are_both_read)
{
	static const char *const frames[] = {
		"05 08 01 10 03 32 05 18 00 18 e8 07",
		"05 08 01 10 03 32 05 1a 03 00 e8 07",
	};
	struct rd_frame f;

	for (size_t i = 0; i < RD_COUNT(frames); i++) {
		CHECK_OK(decode_hex(&f, frames[i]));
		CHECK_EQ(f.body.subscribe.stream_count, 2);
		CHECK_EQ(f.body.subscribe.receive_stream_ids[0], 0);
		CHECK_EQ(f.body.subscribe.receive_stream_ids[1], 1000);
	}
}

TEST(the_last_of_a_repeated_scalar_counts_and_messages_merge)
{
	struct rd_frame f;

	CHECK_OK(decode_hex(&f, "05 08 01 08 02 10 01 10 13 "
				"a2 01 02 08 01 a2 01 04 08 02 10 09"));
	CHECK_EQ(f.timestamp_ms, 2);
	CHECK_EQ(f.type, RD_FRAME_PING_PONG);
	CHECK(f.body.ping_pong.is_pong);
	CHECK_EQ(f.body.ping_pong.ping_id, 9);
	/* A type that is out of range does not count if it is not the last. */
	CHECK_OK(decode_hex(&f, "05 08 01 10 ff ff ff ff 0f 10 09"));
	CHECK_EQ(f.type, RD_FRAME_LEAVE);
	/* The second half alone would lack what the first brought. */
	CHECK_OK(decode_hex(&f, "05 08 01 10 13 "
				"a2 01 02 08 02 a2 01 02 10 09"));
	CHECK(f.body.ping_pong.is_pong);
	CHECK_EQ(f.body.ping_pong.ping_id, 9);
}

TEST(unknown_fields_and_groups_are_skipped_at_every_level)
{
	static const char *const frames[] = {
		/* varint, 64 bit, bytes, 32 bit in the envelope */
		"05 c0 3e 05 c1 3e 01 02 03 04 05 06 07 08 c2 3e 01 00 "
		"c5 3e 01 02 03 04 08 01 10 13 a2 01 04 08 02 10 09",
		/* a group with a group within, before and inside the body */
		"05 c3 3e 08 07 cb 3e 10 01 cc 3e c4 3e 08 01 10 13 "
		"a2 01 0a 08 02 c3 3e 0a 00 c4 3e 10 09",
		/* type after the body */
		"05 a2 01 04 08 02 10 09 10 13 08 01",
	};
	struct rd_frame f;

	for (size_t i = 0; i < RD_COUNT(frames); i++) {
		CHECK_OK(decode_hex(&f, frames[i]));
		CHECK(f.body.ping_pong.is_pong);
		CHECK_EQ(f.body.ping_pong.ping_id, 9);
	}
}

TEST(what_is_malformed_is_refused)
{
	static const char *const frames[] = {
		"",                           /* empty */
		"05",                         /* no envelope */
		"04 08 01 10 09",             /* another frame type byte */
		"05 10 09",                   /* no timestamp */
		"05 08 01",                   /* no type */
		"05 08 01 10",                /* cut */
		"05 08 01 10 09 62 01",       /* length beyond the end */
		"05 08 01 10 09 00 01",       /* field number 0 */
		"05 08 01 10 09 66",          /* wire type 6 */
		"05 08 01 10 09 67",          /* wire type 7 */
		"05 08 01 10 09 c4 3e",       /* the end of a group not begun */
		"05 08 01 10 09 c3 3e",       /* a group without end */
		"05 08 01 10 09 c3 3e cc 3e", /* ended by another number */
		"05 0d 01 02 03 04 10 09",    /* timestamp as 32 bits */
		"05 08 01 12 01 09",          /* type as bytes */
		"05 08 01 10 09 60 00",       /* a message as varint */
		"05 08 01 10 80 80 80 80 08", /* a type beyond an enum */
		/* varints of eleven bytes, and of ten with a 65th bit */
		"05 08 80 80 80 80 80 80 80 80 80 80 00 10 09",
		"05 08 80 80 80 80 80 80 80 80 80 02 10 09",
		/* a string's field as varint, which must not be lent */
		"05 08 01 10 03 32 02 20 05",
		/* ping without id, without type, of an unknown type */
		"05 08 01 10 13 a2 01 02 08 01",
		"05 08 01 10 13 a2 01 02 10 01",
		"05 08 01 10 13 a2 01 04 08 03 10 01",
		/* a body that is not the type's is malformed */
		"05 08 01 10 09 a2 01 01 08",
		/* description, topic not UTF-8 */
		"05 08 01 10 09 1a 03 12 01 ff",
		"05 08 01 10 16 ba 01 05 0a 03 0a 01 80",
		/* audio_stream_id wider than 32 bits */
		"05 08 01 10 12 9a 01 08 0a 06 08 80 80 80 80 10",
	};
	struct rd_frame f;

	for (size_t i = 0; i < RD_COUNT(frames); i++) {
		f.type = 99;
		if (decode_hex(&f, frames[i]) != RD_E_FORMAT)
			print_error("accepted: %s\n", frames[i]);
		CHECK_ERR(decode_hex(&f, frames[i]), RD_E_FORMAT);
		CHECK_EQ(f.type, 0);
	}
}

TEST(varints_longer_than_needed_are_read)
{
	struct rd_frame f;

	CHECK_OK(
		decode_hex(&f, "05 08 81 80 80 80 80 80 80 80 80 00 10 89 00"));
	CHECK_EQ(f.timestamp_ms, 1);
	CHECK_EQ(f.type, RD_FRAME_LEAVE);
	CHECK_OK(decode_hex(&f, "02 08 00 10 09"));
	CHECK(!f.has_body);
}

TEST(groups_nest_no_deeper_than_the_limit)
{
	uint8_t buf[128] = { 5, 8, 1, 16, 9 };
	struct rd_frame f;

	for (size_t depth = RD_FRAME_DEPTH_MAX - 1;
	     depth <= RD_FRAME_DEPTH_MAX + 1; depth++) {
		memset(buf + 5, 0x7b, depth); /* field 15, begin */
		memset(buf + 5 + depth, 0x7c, depth);
		CHECK_ERR(rd_frame_decode(&f, rd_span(buf, 5 + 2 * depth)),
			  depth <= RD_FRAME_DEPTH_MAX ? RD_OK : RD_E_FORMAT);
	}
}

TEST(sizes_have_limits)
{
	static uint8_t buf[RD_FRAME_MAX + 1];
	static uint8_t text[RD_FRAME_MAX];
	struct rd_frame f = { .type = RD_FRAME_SUBSCRIBE, .has_body = true };
	struct rd_frame back;
	struct rd_writer w;

	memset(text, 'a', sizeof(text));
	for (size_t len = RD_FRAME_TEXT_MAX - 1; len <= RD_FRAME_TEXT_MAX + 1;
	     len++) {
		f.body.subscribe.audio_host = rd_span(text, len);
		w = rd_writer(buf, sizeof(buf));
		CHECK_OK(rd_frame_encode(&w, &f));
		CHECK_ERR(rd_frame_decode(&back, rd_writer_span(&w)),
			  len <= RD_FRAME_TEXT_MAX ? RD_OK : RD_E_FORMAT);
	}

	f.body.subscribe.audio_host = RD_SPAN_NONE;
	for (size_t total = RD_FRAME_MAX - 1; total <= RD_FRAME_MAX + 1;
	     total++) {
		/* 15 bytes: frame type, envelope, tags and lengths */
		f.body.subscribe.sdp_offer = rd_span(text, total - 15);
		w = rd_writer(buf, sizeof(buf));
		CHECK_OK(rd_frame_encode(&w, &f));
		CHECK_EQ(rd_writer_len(&w), total);
		CHECK_ERR(rd_frame_decode(&back, rd_writer_span(&w)),
			  total <= RD_FRAME_MAX ? RD_OK : RD_E_SIZE);
	}
	CHECK(rd_span_equal(back.encoded, RD_SPAN_NONE));

	w = rd_writer(buf, 20);
	CHECK_ERR(rd_frame_encode(&w, &f), RD_E_SIZE);
	w = rd_writer(buf, 0);
	CHECK_ERR(rd_frame_encode(&w, &f), RD_E_SIZE);
}

TEST(too_many_stream_ids_are_refused)
{
	uint8_t buf[128] = { 5, 8, 1, 16, 3, 0x32 };
	struct rd_frame f;

	for (uint8_t n = RD_FRAME_STREAMS_MAX - 1;
	     n <= RD_FRAME_STREAMS_MAX + 1; n++) {
		buf[6] = (uint8_t)(2 * n);
		for (size_t i = 0; i < n; i++) {
			buf[7 + 2 * i] = 0x18;
			buf[8 + 2 * i] = 1;
		}
		CHECK_ERR(rd_frame_decode(&f, rd_span(buf, 7U + 2U * n)),
			  n <= RD_FRAME_STREAMS_MAX ? RD_OK : RD_E_FORMAT);
	}
}

TEST(every_cut_of_a_message_is_refused_or_a_whole_frame)
{
	static const char hex[] =
		"05 08 95 fc 9e cc 9f 34 10 12 9a 01 0d 0a 0b "
		"08 01 12 01 61 18 00 22 02 75 31";
	uint8_t buf[64];
	size_t len = rd_test_hex(hex, buf, sizeof(buf));
	struct rd_frame f;

	for (size_t cut = 0; cut < len; cut++) {
		/* After field 2 the frame is whole, with no body. */
		CHECK_ERR(rd_frame_decode(&f, rd_span(buf, cut)),
			  cut == 10 ? RD_OK : RD_E_FORMAT);
	}
	CHECK_OK(rd_frame_decode(&f, rd_span(buf, len)));
}

TEST(lists_in_two_bodies_are_one_list)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_presence p;
	struct rd_frame f;

	CHECK_OK(decode_hex(&f, "05 08 01 10 12 9a 01 04 0a 02 08 01 "
				"9a 01 00 9a 01 06 10 00 0a 02 08 02"));
	CHECK(rd_frame_next_presence(&f, &cursor, &p));
	CHECK_EQ(p.audio_stream_id, 1);
	CHECK(rd_frame_next_presence(&f, &cursor, &p));
	CHECK_EQ(p.audio_stream_id, 2);
	CHECK(!rd_frame_next_presence(&f, &cursor, &p));
	CHECK(!rd_frame_next_presence(&f, &cursor, &p));
}

RD_TESTS(T(a_ping_is_read), T(each_vector_is_written_byte_for_byte),
	 T(the_messages_of_a_client_come_back_as_they_were),
	 T(lists_are_walked_element_by_element),
	 T(presence_keeps_what_was_absent_apart_from_what_was_false),
	 T(packed_and_unpacked_stream_ids_are_both_read),
	 T(the_last_of_a_repeated_scalar_counts_and_messages_merge),
	 T(unknown_fields_and_groups_are_skipped_at_every_level),
	 T(what_is_malformed_is_refused),
	 T(varints_longer_than_needed_are_read),
	 T(groups_nest_no_deeper_than_the_limit), T(sizes_have_limits),
	 T(too_many_stream_ids_are_refused),
	 T(every_cut_of_a_message_is_refused_or_a_whole_frame),
	 T(lists_in_two_bodies_are_one_list))
