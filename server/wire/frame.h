/* wire/frame.h - the frames of the media signaling protocol, one per binary
 * WebSocket message.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A message is one byte of frame type (5; 2 is read as well) and one protobuf
 * SignalFrame (contracts/signaling.proto).  Decoding copies and allocates
 * nothing: strings and bytes are lent from the input and live as long as it
 * does.  A span that is absent has at == NULL; one that is present and empty
 * has not.
 *
 * Read as the protobuf encoding says: unknown fields and groups are skipped,
 * of a field that comes twice the last counts, messages that come twice are
 * merged, packed and unpacked integers are the same.  Stricter than it: a known
 * field of the wrong wire type, a number wider than its field and a string
 * that is not UTF-8 refuse the frame.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_FRAME_MAX = 128 * 1024, /* bytes of a message; SDP with 25 videos */
	RD_FRAME_TEXT_MAX = 4096,  /* bytes of a string other than SDP */
	RD_FRAME_DEPTH_MAX = 16,   /* groups within groups */
	RD_FRAME_STREAMS_MAX = 32, /* receive_stream_ids of one SUBSCRIBE */
	RD_FRAME_VERSION_BYTE = 5, /* the frame type byte we send */
};

/* Other numbers are possible in a decoded frame: it has no body then. */
enum rd_frame_type {
	RD_FRAME_JOIN = 1,
	RD_FRAME_JOIN_ACK = 2,
	RD_FRAME_SUBSCRIBE = 3,
	RD_FRAME_SUBSCRIBE_ACK = 4,
	RD_FRAME_INDEX = 5,
	RD_FRAME_PAUSE = 7,
	RD_FRAME_RESUME = 8,
	RD_FRAME_LEAVE = 9,
	RD_FRAME_LEAVE_ACK = 10,
	RD_FRAME_AUDIO_CONTROL = 16,
	RD_FRAME_AUDIO_METADATA = 17,
	RD_FRAME_AUDIO_STREAM_ID_INFO = 18,
	RD_FRAME_PING_PONG = 19,
	RD_FRAME_AUDIO_STATUS = 20,
	RD_FRAME_CLIENT_METRIC = 21,
	RD_FRAME_DATA_MESSAGE = 22,
	RD_FRAME_REMOTE_VIDEO_UPDATE = 24,
	RD_FRAME_MEETING_SESSION_TIMING = 43,
};

struct rd_frame_join {
	uint64_t audio_session_id; /* the same over all reconnections; 0 none */
	uint32_t protocol_version;
	uint32_t max_num_of_videos;
	uint32_t flags;
	bool wants_compressed_sdp;
};

struct rd_frame_turn {
	struct rd_span username, password;
	uint32_t ttl_s;
	const char *const *uris;
	unsigned uri_count;
};

struct rd_frame_join_ack {
	bool has_turn_credentials;
	/* What is in them when written; NULL: they are empty.  NULL when read:
	 * we are no client of a TURN server. */
	const struct rd_frame_turn *turn;
	bool has_wants_compressed_sdp;
	bool wants_compressed_sdp;
};

enum rd_frame_duplex {
	RD_FRAME_RX = 1,
	RD_FRAME_TX = 2,
	RD_FRAME_DUPLEX = 3,
};

struct rd_frame_subscribe {
	struct rd_span sdp_offer;
	struct rd_span audio_host;
	struct rd_span compressed_sdp_offer;
	uint32_t duplex; /* of the video; 0 absent */
	bool audio_muted;
	uint8_t stream_count;
	uint32_t receive_stream_ids[RD_FRAME_STREAMS_MAX];
};

struct rd_frame_subscribe_ack {
	struct rd_span sdp_answer;
};

/* One element of AUDIO_STREAM_ID_INFO.  What is present gives its meaning:
 * attendee_id: here; only has_muted: mute changed; neither: gone. */
struct rd_frame_presence {
	struct rd_span attendee_id;
	struct rd_span external_user_id;
	uint32_t audio_stream_id;
	bool has_muted;
	bool muted;
	bool dropped; /* written only if true */
};

/* One element of AUDIO_METADATA. */
struct rd_frame_volume {
	uint32_t audio_stream_id;
	bool has_volume;
	bool has_signal_strength;
	uint32_t volume;          /* RFC 6464 level: 0 loudest, 127 silence */
	uint32_t signal_strength; /* 0 none, 1 weak, 2 good */
};

/* One element of DATA_MESSAGE. */
struct rd_frame_data {
	struct rd_span topic;
	struct rd_span data;
	struct rd_span sender_attendee_id;
	struct rd_span sender_external_user_id;
	int64_t ingest_time_ns; /* Unix time; 0 absent */
	uint32_t lifetime_ms;
};

/* One element of CLIENT_METRIC. */
struct rd_frame_metric {
	uint32_t type;
	double value;
};

struct rd_frame_ping_pong {
	bool is_pong;
	uint32_t ping_id;
};

struct rd_frame_error {
	uint32_t status;
	struct rd_span description;
};

struct rd_frame {
	uint64_t timestamp_ms; /* Unix time; 0 is fine */
	uint32_t type;         /* enum rd_frame_type or another number */
	bool has_error;
	bool has_body; /* the body that belongs to the type is there */
	struct rd_frame_error error;
	union {
		struct rd_frame_join join;
		struct rd_frame_join_ack join_ack;
		struct rd_frame_subscribe subscribe;
		struct rd_frame_subscribe_ack subscribe_ack;
		struct rd_frame_ping_pong ping_pong;
		uint32_t num_participants; /* INDEX; 0 is not written */
		uint32_t audio_status;
		bool muted; /* AUDIO_CONTROL */
		/* Elements to encode; after decoding, walk them with
		 * rd_frame_next_x instead. */
		struct {
			const void *at; /* struct rd_frame_presence, ... */
			size_t count;
		} list;
	} body;

	struct rd_span encoded; /* set by decode, lent: what next_x walks */
};

/* message: one binary WebSocket message.  RD_E_SIZE: longer than RD_FRAME_MAX
 * or a string in it too long.  RD_E_FORMAT: anything else that is wrong; *out
 * is then cleared. */
RD_MUST_USE enum rd_err rd_frame_decode(struct rd_frame *out,
					struct rd_span message);

/* Writes a whole message, envelope fields 1 and 2 always included.  The body
 * is written if has_body.  RD_E_SIZE: w is too small; nothing useful is in it
 * then. */
RD_MUST_USE enum rd_err rd_frame_encode(struct rd_writer *w,
					const struct rd_frame *frame);

/* Walks the elements of a decoded list frame: start with *cursor cleared;
 * false at the end. */
struct rd_frame_cursor {
	struct rd_reader frame;
	struct rd_reader body;
	bool is_begun;
};
bool rd_frame_next_presence(const struct rd_frame *frame,
			    struct rd_frame_cursor *cursor,
			    struct rd_frame_presence *out);
bool rd_frame_next_volume(const struct rd_frame *frame,
			  struct rd_frame_cursor *cursor,
			  struct rd_frame_volume *out);
bool rd_frame_next_data(const struct rd_frame *frame,
			struct rd_frame_cursor *cursor,
			struct rd_frame_data *out);
bool rd_frame_next_metric(const struct rd_frame *frame,
			  struct rd_frame_cursor *cursor,
			  struct rd_frame_metric *out);
