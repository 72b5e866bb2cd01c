/* signaling/signaling.h - Chime-compatible signaling sessions: who is in which
 * meeting, over which socket, and what each of them is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One machine holds all meetings of the process.  Its driver tells it what
 * happened (a socket was accepted, said something, was lost; media came up)
 * and asks with rd_signaling_poll what shall be done, until the answer is
 * RD_E_AGAIN.  It opens no socket, reads no clock and calls nobody back.
 *
 * A meeting has attendees.  An attendee has at most one connection that
 * counts, made by a join token; an attendee without socket (a SIP party, an
 * echo) is in the roster all the same.  Once a connection's media is up the
 * attendee is present; if the socket or the media is lost without a LEAVE he
 * is reconnecting for the grace time, then departed.
 *
 * What is sent is derived from what a connection has been told and what is
 * true now, so there is no queue of frames to overflow; only the answer to an
 * offer, the offer itself and data messages are copied.
 *
 * Texts given in are copied.  Owner: whoever opened it.  Thread: control.
 * Clock: rd_clock_ms().
 */
#pragma once
#include "base/base.h"
#include "base/secret.h"
#include "base/timer.h"

struct rd_signaling;
struct rd_turn; /* secure/turn.h */

enum {
	RD_SIGNALING_ID_TEXT = 64,       /* meeting and attendee ids */
	RD_SIGNALING_EXTERNAL_TEXT = 65, /* external user ids: 2..64 */
	RD_SIGNALING_TOKEN_TEXT = 160,
	RD_SIGNALING_ATTENDEES_MAX = 16, /* of one meeting */
	RD_SIGNALING_TOPIC_MAX = 36,     /* characters [A-Za-z0-9_-] */
	RD_SIGNALING_DATA_MAX = 2048,    /* bytes of a data message */
};

struct rd_signaling_cfg {
	struct rd_span key; /* signs join tokens; 32 bytes; copied, wiped */
	unsigned meetings;  /* most at a time, 1..20000 */
	/* Unix time minus now_ms, for timestamps and for tokens that outlive
	 * the process. */
	uint64_t wall_offset_ms;
	/* Lent; a client that is told of it sends its media by nothing else.
	 * NULL: none is told. */
	const struct rd_turn *turn;

	/* 0 stands for the value in brackets. */
	unsigned join_ms;     /* socket to JOIN (15000) */
	unsigned dtls_ms;     /* SUBSCRIBE_ACK to media (10000) */
	unsigned grace_ms;    /* lost to departed (45000) */
	unsigned page_ms;     /* the same when the page went (5000) */
	unsigned token_ms;    /* attendee_add to his first JOIN (60000) */
	unsigned metadata_ms; /* between AUDIO_METADATA (200) */
	unsigned leave_ms;    /* we end, client may LEAVE (2000) */
};

RD_MUST_USE enum rd_err rd_signaling_open(struct rd_signaling **out,
					  const struct rd_signaling_cfg *cfg,
					  uint64_t now_ms);
void rd_signaling_close(struct rd_signaling *s); /* NULL is fine */
/* The wall clock was set. */
void rd_signaling_set_wall(struct rd_signaling *s, uint64_t wall_offset_ms);

/* ---- meetings and attendees ---- */

/* RD_E_SIZE, RD_E_EXISTS, RD_E_FULL. */
RD_MUST_USE enum rd_err rd_signaling_meeting_open(struct rd_signaling *s,
						  const char *meeting_id,
						  uint64_t now_ms);
/* Everybody is told (AUDIO_STATUS 410), may LEAVE, and is closed with 4410
 * after leave_ms at the latest.  The meeting is unknown from now on: whoever
 * comes with a token for it gets 4410 at JOIN.  An unknown id is fine. */
void rd_signaling_meeting_end(struct rd_signaling *s, const char *meeting_id,
			      uint64_t now_ms);
/* The same without waiting: status 410 and the close 4410 at once. */
void rd_signaling_meeting_close(struct rd_signaling *s, const char *meeting_id,
				uint64_t now_ms);

struct rd_signaling_attendee {
	const char *attendee_id;      /* unique in the meeting, no '#' */
	const char *external_user_id; /* "" = none */
	/* false: a party without signaling client, present from now on */
	bool has_socket;
	unsigned token_ms; /* of his token; 0: the machine's */
};
/* token: room for RD_SIGNALING_TOKEN_TEXT, or NULL.  It holds characters of an
 * HTTP token only.  RD_E_NOTFOUND (meeting), RD_E_EXISTS, RD_E_SIZE,
 * RD_E_LIMIT (too many in the meeting), RD_E_FULL. */
RD_MUST_USE enum rd_err rd_signaling_attendee_add(
	struct rd_signaling *s, const char *meeting_id,
	const struct rd_signaling_attendee *attendee, uint64_t now_ms,
	char *token);
/* Another token for the same attendee, of the same lifetime from now. */
RD_MUST_USE enum rd_err rd_signaling_token(struct rd_signaling *s,
					   const char *meeting_id,
					   const char *attendee_id,
					   uint64_t now_ms,
					   char token[RD_SIGNALING_TOKEN_TEXT]);
/* His page goes, or is known to be gone: his connection counts no more and is
 * dropped without a word, though its media may go on; he is away until
 * until_ms, however it ends.  A client of his that comes back is welcome.
 * Unknown ids are fine. */
void rd_signaling_attendee_park(struct rd_signaling *s, const char *meeting_id,
				const char *attendee_id, uint64_t until_ms,
				uint64_t now_ms);
/* Another page is going to join as him, by until_ms: all tokens he had are
 * worth nothing from now on, and a client that still has a socket is told
 * AUDIO_STATUS 301.  RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_signaling_attendee_resume(
	struct rd_signaling *s, const char *meeting_id, const char *attendee_id,
	uint64_t until_ms, uint64_t now_ms,
	char token[RD_SIGNALING_TOKEN_TEXT]);
/* Out of the roster; a client is told AUDIO_STATUS 411, may LEAVE and is
 * closed. His tokens are worth nothing from now on.  No DEPARTED follows, a
 * MEDIA_RELEASE does.  Unknown ids are fine. */
void rd_signaling_attendee_remove(struct rd_signaling *s,
				  const char *meeting_id,
				  const char *attendee_id, uint64_t now_ms);

/* What others see and hear of an attendee; unknown ids are fine.
 * level: RFC 6464, 0 loudest .. 127 silence. */
enum rd_signaling_strength {
	RD_SIGNAL_NONE = 0,
	RD_SIGNAL_WEAK = 1,
	RD_SIGNAL_GOOD = 2,
};
void rd_signaling_volume(struct rd_signaling *s, const char *meeting_id,
			 const char *attendee_id, uint8_t level,
			 enum rd_signaling_strength strength);
void rd_signaling_mute(struct rd_signaling *s, const char *meeting_id,
		       const char *attendee_id, bool is_muted);

struct rd_signaling_data {
	const char *topic;
	struct rd_span data;
	uint32_t lifetime_ms; /* kept for late joiners; at most 300 s */
	const char *sender_attendee_id;
	const char *sender_external_user_id;
};
/* A data message of the server's own to all who are present.  RD_E_NOTFOUND,
 * RD_E_FORMAT (topic), RD_E_SIZE, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_signaling_data(struct rd_signaling *s,
					  const char *meeting_id,
					  const struct rd_signaling_data *data,
					  uint64_t now_ms);

/* ---- connections ---- */

/* A WebSocket whose path names the meeting and whose subprotocol brought the
 * token.  A wrong or expired token is accepted too and hears about it at JOIN,
 * since clients only understand that.  RD_E_FULL: answer 503 before the
 * upgrade.  RD_E_LIMIT: this attendee has too many sockets that have not
 * joined; answer 429. */
RD_MUST_USE enum rd_err rd_signaling_accept(struct rd_signaling *s,
					    const char *meeting_id,
					    struct rd_span token,
					    uint64_t now_ms, uint32_t *conn_id);
/* One binary message.  What is wrong with it ends the connection, not us:
 * RD_E_FORMAT and RD_E_LIMIT say that it will be closed, RD_E_STATE that the
 * message was not for this state, RD_E_NOTFOUND that the connection is gone;
 * nothing needs to be done about any of them.  RD_E_NOMEM: the client is told
 * to try again. */
RD_MUST_USE enum rd_err rd_signaling_feed(struct rd_signaling *s,
					  uint32_t conn_id,
					  struct rd_span message,
					  uint64_t now_ms);
/* The socket is gone, by whatever side.  The id is not valid any more, except
 * in a later MEDIA_RELEASE. */
void rd_signaling_lost(struct rd_signaling *s, uint32_t conn_id,
		       uint64_t now_ms);

/* The same when the client closed with 1001: its page went, by a reload or for
 * good, and the grace time is page_ms. */
void rd_signaling_page_gone(struct rd_signaling *s, uint32_t conn_id,
			    uint64_t now_ms);

/* To an OFFER: SUBSCRIBE_ACK.  answer up to 64 KiB.  RD_E_NOTFOUND: the
 * connection is gone (its MEDIA_RELEASE comes or came).  RD_E_STATE: it has no
 * offer open. */
RD_MUST_USE enum rd_err rd_signaling_answer(struct rd_signaling *s,
					    uint32_t conn_id,
					    struct rd_span answer,
					    uint64_t now_ms);
/* To an OFFER: no.  status 400 (bad offer, the client gives up), 409 (full),
 * 500 or 503 (it tries again).  After the refusal of a first offer there is no
 * transport and no MEDIA_RELEASE follows. */
RD_MUST_USE enum rd_err rd_signaling_refuse(struct rd_signaling *s,
					    uint32_t conn_id, unsigned status,
					    uint64_t now_ms);
/* DTLS is done: the attendee is present. */
void rd_signaling_media_up(struct rd_signaling *s, uint32_t conn_id,
			   uint64_t now_ms);
/* The transport is gone (no consent, DTLS failed or was closed): the client is
 * made to reconnect. */
void rd_signaling_media_lost(struct rd_signaling *s, uint32_t conn_id,
			     uint64_t now_ms);
/* Sends every client elsewhere: close 4500, they reconnect at once. */
void rd_signaling_drain(struct rd_signaling *s, uint64_t now_ms);

/* ---- what shall be done ---- */

enum rd_signaling_kind {
	RD_SIGNALING_SEND,          /* bytes, as one binary message */
	RD_SIGNALING_CLOSE,         /* close.code; 0: drop the TCP connection */
	RD_SIGNALING_OFFER,         /* offer: answer or refuse it */
	RD_SIGNALING_MEDIA_RELEASE, /* conn_id's transport may go */
	RD_SIGNALING_PRESENT,       /* first, or back after RECONNECTING */
	RD_SIGNALING_RECONNECTING,  /* lost; his media may still flow */
	RD_SIGNALING_DEPARTED,      /* is_dropped: grace ran out, no LEAVE */
	RD_SIGNALING_MUTED,         /* is_muted, by himself */
	RD_SIGNALING_DATA,          /* data, of a client; others get it too */
	RD_SIGNALING_METRIC,        /* metric: what the client measures */
};

/* What a client reports once a second; negative = it did not say. */
struct rd_signaling_metric {
	double mic_rtt_ms;
	double mic_jitter_ms;
	double speaker_loss_percent;
	double speaker_jitter_ms;
};

/* All that is pointed to is lent until the next call on the machine. */
struct rd_signaling_action {
	enum rd_signaling_kind kind;
	uint32_t conn_id;        /* SEND, CLOSE, OFFER, MEDIA_RELEASE, METRIC */
	const char *meeting_id;  /* "" in SEND, CLOSE, MEDIA_RELEASE */
	const char *attendee_id; /* likewise */
	union {
		struct rd_span bytes;
		struct {
			uint16_t code;
		} close;
		struct {
			struct rd_span sdp;
			bool is_renegotiation; /* of the same transport */
			bool is_muted;
			/* Whose transport this one takes over from when it is
			 * up; 0 = nobody's. */
			uint32_t previous_conn_id;
		} offer;
		bool is_dropped;
		bool is_muted;
		struct {
			struct rd_span topic;
			struct rd_span data;
			uint32_t lifetime_ms;
		} data;
		struct rd_signaling_metric metric;
	};
};

/* The next thing to do; RD_E_AGAIN: nothing until rd_signaling_due_ms.
 * After CLOSE the conn_id is known no more, but its MEDIA_RELEASE may follow.
 * There is one MEDIA_RELEASE for each connection whose first OFFER was polled
 * and not refused. */
RD_MUST_USE enum rd_err rd_signaling_poll(struct rd_signaling *s,
					  uint64_t now_ms,
					  struct rd_signaling_action *action);
/* When to poll if nothing happens; RD_NEVER if never. */
uint64_t rd_signaling_due_ms(const struct rd_signaling *s);

/* ---- for metrics ---- */

struct rd_signaling_stats {
	unsigned meetings, attendees, connections; /* now */
	uint64_t joins;                            /* accepted JOINs */
	uint64_t reconnects;     /* of them, of an attendee who was here */
	uint64_t refused_tokens; /* wrong or expired, answered 403 */
	uint64_t refused_ended;  /* of meetings that are over, 4410 */
	uint64_t malformed;      /* messages that are no frame */
	uint64_t unexpected;     /* frames that the state does not take */
	uint64_t over_rate;      /* connections closed for too many frames */
	uint64_t throttled;      /* data messages refused */
	uint64_t watchdog;       /* DTLS not done in time */
	uint64_t departed_dropped;
};
void rd_signaling_stats(const struct rd_signaling *s,
			struct rd_signaling_stats *out);
