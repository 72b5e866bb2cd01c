/* signaling/signaling_priv.h - what the files of the session machine share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * signaling.c keeps meetings and attendees, socket.c takes what happens to
 * connections, connection.c is their state table, tell.c derives what to send
 * and report, data.c keeps data messages, token.c signs join tokens.
 */
#pragma once
#include "base/pool.h"
#include "base/timer.h"
#include "signaling/signaling.h"
#include "wire/frame.h"

enum {
	RD_SIGNALING_ANSWER_MAX = 64 * 1024,
	RD_SIGNALING_OUT_BYTES = RD_SIGNALING_ANSWER_MAX + 256,
};

enum rd_conn_state {
	RD_CONN_OPENED,
	RD_CONN_JOINED,
	RD_CONN_OFFERED,    /* the first SUBSCRIBE waits for its answer */
	RD_CONN_NEGOTIATED, /* answered; media is coming up */
	RD_CONN_REOFFERED,  /* the same with another offer open */
	RD_CONN_ACTIVE,     /* media is up */
	RD_CONN_ACTIVE_REOFFERED,
	RD_CONN_ENDING,  /* told why; may still LEAVE */
	RD_CONN_LEFT,    /* LEAVE was answered; the client closes */
	RD_CONN_CLOSING, /* the driver shall close the socket */
	RD_CONN_GONE,    /* no socket; perhaps a transport */
	RD_CONN_STATES,
};

enum rd_conn_event {
	RD_CONN_JOIN,
	RD_CONN_JOIN_DENIED, /* the token is not good */
	RD_CONN_JOIN_OVER,   /* the meeting is */
	RD_CONN_SUBSCRIBE,
	RD_CONN_SUBSCRIBE_BAD, /* without an offer we can read */
	RD_CONN_LEAVE,
	RD_CONN_CONTROL,
	RD_CONN_DATA,
	RD_CONN_METRIC,
	RD_CONN_PING,
	RD_CONN_PONG,
	RD_CONN_VIDEO, /* pauses, timings: of no interest */
	RD_CONN_OTHER, /* a frame that clients do not send */
	RD_CONN_MALFORMED,
	RD_CONN_FLOOD,
	RD_CONN_ANSWER,
	RD_CONN_REFUSE,
	RD_CONN_MEDIA_UP,
	RD_CONN_MEDIA_LOST,
	RD_CONN_LOST,
	RD_CONN_TIMEOUT,
	RD_CONN_REPLACED,  /* the same client came by another socket */
	RD_CONN_ELSEWHERE, /* the attendee joined from another device */
	RD_CONN_REMOVED,   /* the attendee was */
	RD_CONN_ENDED,     /* the meeting was */
	RD_CONN_DRAIN,
	RD_CONN_EVENTS,
};

/* What a connection still has to be told, in the order of telling. */
enum rd_conn_want {
	RD_WANT_PONG = 1 << 0,
	RD_WANT_JOIN_ACK = 1 << 1,
	RD_WANT_JOIN_DENIED = 1 << 2,
	RD_WANT_INDEX = 1 << 3,
	RD_WANT_ANSWER = 1 << 4,
	RD_WANT_REFUSAL = 1 << 5,
	RD_WANT_OFFER = 1 << 6,
	RD_WANT_ROSTER = 1 << 7,
	RD_WANT_DATA = 1 << 8,
	RD_WANT_METADATA = 1 << 9,
	RD_WANT_METRIC = 1 << 10,
	RD_WANT_STATUS = 1 << 11,
	RD_WANT_LEAVE_ACK = 1 << 12,
	RD_WANT_CLOSE = 1 << 13,
	RD_WANT_RELEASE = 1 << 14,
};

enum rd_conn_verdict {
	RD_TOKEN_GOOD,
	RD_TOKEN_DENIED,
	RD_TOKEN_OVER
};

/* A token bucket in thousandths. */
struct rd_bucket {
	uint64_t filled_ms;
	uint32_t thousandths;
};

/* What a connection has been told about the attendee in one place. */
struct rd_told {
	uint32_t stream_id; /* 0: nothing */
	uint16_t generation;
	bool is_muted;
};

struct rd_meeting;
struct rd_attendee;

struct rd_conn {
	struct rd_signaling *s;
	struct rd_meeting *meeting;   /* NULL once it is over */
	struct rd_attendee *attendee; /* NULL once it does not count for him */

	uint32_t id;
	enum rd_conn_state state;
	enum rd_conn_verdict verdict;
	unsigned want;      /* of enum rd_conn_want */
	bool has_transport; /* the driver has one under our id */
	bool is_held;       /* GONE, but its media still flows */
	uint16_t close_code;
	uint16_t status; /* of the AUDIO_STATUS or the refusal */
	uint32_t ping_id;
	uint64_t session_id;
	struct rd_timer timer; /* the state's deadline */
	struct rd_list in_meeting;
	struct rd_list in_busy;
	struct rd_bucket frames;
	struct rd_bucket data;
	struct rd_signaling_metric metric;
	uint8_t *sdp; /* ours: the offer or the answer, until it is polled */
	size_t sdp_len;
	struct rd_told told[RD_SIGNALING_ATTENDEES_MAX];
};

enum rd_attendance {
	RD_ABSENT,
	RD_PRESENT,
	RD_AWAY
};

struct rd_attendee {
	char id[RD_SIGNALING_ID_TEXT];
	char external_user_id[RD_SIGNALING_EXTERNAL_TEXT];
	struct rd_meeting *meeting;
	bool has_socket;

	uint32_t pool_id;
	unsigned place; /* in meeting->attendees */
	enum rd_attendance state;
	enum rd_attendance told_state; /* to the driver */
	bool is_dropped;
	bool has_joined; /* his token may have expired since */
	bool is_muted;
	bool is_told_muted;
	bool has_volume;
	uint8_t level;
	uint8_t strength;
	unsigned unjoined; /* sockets that have not joined yet */
	uint32_t stream_id;
	uint64_t session_id;      /* of the last JOIN */
	uint64_t last_expiry_ms;  /* of the last token made, wall time */
	uint64_t least_expiry_ms; /* tokens of before are worth nothing */
	uint64_t grace_end_ms;    /* while AWAY */
	struct rd_timer grace;
	struct rd_conn *conn; /* the one that counts */
	struct rd_conn *held; /* its forerunner, whose media still flows */
	struct rd_list in_busy;
};

struct rd_meeting {
	char id[RD_SIGNALING_ID_TEXT];
	struct rd_signaling *s;

	uint32_t pool_id;
	uint32_t last_stream_id;
	struct rd_attendee *attendees[RD_SIGNALING_ATTENDEES_MAX];
	uint16_t generation[RD_SIGNALING_ATTENDEES_MAX]; /* of each place */
	bool is_volume_new;
	uint64_t metadata_at_ms; /* when it was last sent */
	struct rd_timer metadata;
	struct rd_list conns; /* struct rd_conn.in_meeting */
	struct rd_list in_bucket;
	struct rd_list in_busy;
	struct rd_list
		messages; /* struct rd_message.in_meeting, oldest first */
	unsigned message_count;
	size_t message_bytes;
};

struct rd_signaling {
	struct rd_signaling_cfg cfg; /* key is empty */
	struct rd_secret key;

	uint64_t wall_offset_ms;
	struct rd_pool *meetings;
	struct rd_pool *attendees;
	struct rd_pool *conns;
	struct rd_timers timers;
	struct rd_list busy_conns;     /* struct rd_conn.in_busy */
	struct rd_list busy_attendees; /* struct rd_attendee.in_busy */
	struct rd_list busy_meetings;  /* struct rd_meeting.in_busy */
	uint8_t *lent;                 /* the offer in the last action */
	uint8_t *out;                  /* RD_SIGNALING_OUT_BYTES */
	struct rd_signaling_stats stats;
	size_t bucket_count;
	struct rd_list buckets[]; /* struct rd_meeting.in_bucket */
};

/* A pool is full, or had no memory for an object it has not used before. */
static inline enum rd_err rd_why_not_taken(const struct rd_pool *p)
{
	return rd_pool_used(p) == rd_pool_size(p) ? RD_E_FULL : RD_E_NOMEM;
}

/* ---- signaling.c ---- */

struct rd_meeting *rd_meeting_of(struct rd_signaling *s,
				 const char *meeting_id);
struct rd_attendee *rd_meeting_find(const struct rd_meeting *m,
				    const char *attendee_id);
/* Something about the roster has changed: the active ones are told. */
void rd_meeting_roster_changed(struct rd_meeting *m);
/* An AUDIO_METADATA is due. */
void rd_meeting_arm_metadata(struct rd_meeting *m);
bool rd_attendee_is_visible(const struct rd_attendee *a);
/* The driver is told what has changed. */
void rd_attendee_news(struct rd_attendee *a);
/* His media was up and his connection is lost: the grace time begins. */
void rd_attendee_away(struct rd_attendee *a, uint64_t now_ms);
/* No connection counts for him now; once the grace time is used up he has
 * departed. */
void rd_attendee_lost(struct rd_attendee *a);
void rd_attendee_depart(struct rd_attendee *a, bool is_dropped);
void rd_attendee_set_muted(struct rd_attendee *a, bool is_muted);
/* The transport of the forerunner may go. */
void rd_attendee_release_held(struct rd_attendee *a);

/* ---- connection.c ---- */

/* Runs the table.  RD_E_STATE: the pair is not in it.  RD_E_NOMEM: the state is
 * as it was. */
enum rd_err rd_conn_step(struct rd_conn *c, enum rd_conn_event event,
			 const struct rd_frame *frame, uint64_t now_ms);
bool rd_conn_is_active(const struct rd_conn *c);
void rd_conn_want(struct rd_conn *c, unsigned want);
/* Lets the transport go, and frees c, if nothing is left to do with them. */
void rd_conn_settle(struct rd_conn *c);
void rd_conn_free(struct rd_conn *c);
void rd_conn_drop_sdp(struct rd_conn *c);
/* A row of the table for the documents; false past the last. */
struct rd_conn_row {
	unsigned in; /* bits of enum rd_conn_state */
	unsigned on; /* bits of enum rd_conn_event */
	int becomes; /* enum rd_conn_state, or -1: stays */
};
bool rd_conn_row(size_t index, struct rd_conn_row *out);
const char *rd_conn_state_name(enum rd_conn_state state);
const char *rd_conn_event_name(enum rd_conn_event event);

/* ---- tell.c ---- */

/* What a CLIENT_METRIC says of what we pass on. */
struct rd_signaling_metric rd_metric_of(const struct rd_frame *frame);

/* ---- data.c ---- */

struct rd_message {
	struct rd_list in_meeting;
	uint64_t expires_ms;
	int64_t ingest_time_ns; /* 0: throttled */
	uint32_t lifetime_ms;
	uint16_t had;     /* bit per place: got it, or must not */
	uint16_t pending; /* bit per place: gets it even when expired */
	int from;         /* place of the sender; -1: the server */
	bool is_reported; /* to the driver */
	uint8_t topic_len;
	uint8_t sender_len;
	uint8_t external_len;
	uint16_t data_len;
	uint8_t bytes[]; /* topic, data, sender id, external user id */
};
struct rd_frame_data rd_message_frame(const struct rd_message *msg);
bool rd_topic_is_valid(struct rd_span topic);
/* All elements of a DATA_MESSAGE.  RD_E_NOMEM: some were lost. */
enum rd_err rd_messages_take(struct rd_conn *c, const struct rd_frame *frame,
			     uint64_t now_ms);
/* The oldest one that c has still to get; NULL if none. */
struct rd_message *rd_messages_next(const struct rd_conn *c, uint64_t now_ms);
void rd_messages_told(struct rd_conn *c, struct rd_message *msg,
		      uint64_t now_ms);
/* The oldest one the driver has not seen; NULL if none. */
struct rd_message *rd_messages_unreported(const struct rd_meeting *m);
/* Takes out what nobody is to get any more. */
void rd_messages_sweep(struct rd_meeting *m, uint64_t now_ms);
/* What the messages forget about a place in the meeting. */
enum rd_forget {
	RD_FORGET_SOCKET,   /* it went: nothing that was for those present */
	RD_FORGET_SESSION,  /* a new one: it gets the kept ones again */
	RD_FORGET_ATTENDEE, /* another person has the place */
};
void rd_messages_forget(struct rd_meeting *m, unsigned place,
			enum rd_forget what);
void rd_messages_close(struct rd_meeting *m);

/* rate per second and burst in whole units; false: empty. */
bool rd_bucket_take(struct rd_bucket *b, unsigned rate, unsigned burst,
		    uint64_t now_ms);
