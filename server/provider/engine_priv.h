/* provider/engine_priv.h - what the files of the engine share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * engine.c has the sessions and the provider's face, engine_caller.c the
 * caller's side (sockets, signaling, web leg), engine_far.c the far side.
 */
#pragma once
#include "base/table.h"
#include "base/text.h"
#include "provider/engine.h"
#include "signaling/signaling.h"
#include "wire/sdp_trunk.h"
#include "wire/sdp_webrtc.h"

enum {
	RD_FAR_SDP = 2048
};

struct rd_session;

/* One signaling socket and the transport that was negotiated over it. */
struct rd_caller_conn {
	struct rd_engine *engine;
	uint32_t conn_id;
	struct rd_ws *ws;           /* NULL: not yet, or gone */
	struct rd_session *session; /* NULL: the call is over */
	rd_leg leg;                 /* 0: none yet, or released */
	bool is_open;               /* the upgrade is done */
	struct rd_media_web web;
	uint8_t fingerprint[RD_WEBRTC_FINGERPRINT]; /* the browser's */
	uint64_t sdp_version;
	struct rd_list in_session;
};

/* One dialog with a trunk. */
struct rd_far {
	struct rd_session *session;
	rd_dialog dialog;  /* 0: none */
	rd_leg leg;        /* 0: none */
	bool is_connected; /* media was negotiated */
	bool is_ringing;   /* has been, at least once */
	bool is_answered;
	struct rd_trunk_local local;
	struct rd_trunk_session agreed;
};

struct rd_session {
	struct rd_engine *engine;
	rd_call_ref ref;
	const struct rd_engine_destination *to;
	char call_id[RD_CALL_ID_TEXT];
	char meeting_id[RD_CALL_ID_TEXT];
	char attendee_id[RD_CALL_ID_TEXT];
	char far_attendee_id[RD_CALL_ID_TEXT];
	char display_name[64];
	struct rd_attribute *attributes; /* until the far side was called */
	unsigned attribute_count;

	unsigned worker;
	bool is_caller_up; /* has been, at least once */
	bool is_caller_lost;
	bool is_held;
	rd_leg leg; /* the caller's, as far as it is up */
	struct rd_far far;
	struct rd_far next;         /* a transfer under way */
	struct rd_session *partner; /* MEET: the other caller */
	struct rd_list conns;       /* struct rd_caller_conn.in_session */
};

struct rd_event_node {
	struct rd_list in_queue;
	struct rd_provider_event event;
};

struct rd_engine {
	struct rd_engine_cfg cfg; /* lent to us */

	struct rd_signaling *signaling; /* ours */
	struct rd_watch media_watch;
	struct rd_watch trunk_watch;
	struct rd_timer signaling_timer;
	struct rd_table sessions;   /* by ref: struct rd_session */
	struct rd_table meetings;   /* by meeting id: struct rd_session */
	struct rd_table attendees;  /* by attendee id: struct rd_session */
	struct rd_table conns;      /* by conn_id: struct rd_caller_conn */
	struct rd_table legs;       /* caller legs: struct rd_caller_conn */
	struct rd_table far_legs;   /* struct rd_far */
	struct rd_table dialogs;    /* struct rd_far */
	struct rd_session *waiting; /* MEET: the one without partner */
	struct rd_list events;      /* struct rd_event_node.in_queue */
	bool is_pumping;
};

/* The first 60 random bits of one of our UUIDs. */
uint64_t rd_engine_id_key(const char *uuid);

/* --- engine.c --- */

void rd_engine_tell(struct rd_session *s, enum rd_call_event_kind kind);
/* Ends a session: everything it holds goes, GONE is queued.  s is gone. */
void rd_engine_finish(struct rd_session *s, enum rd_reason reason,
		      enum rd_ended_by by, unsigned sip_status,
		      unsigned q850_cause);

/* --- engine_caller.c --- */

/* Makes the attendee and his token, and says how he joins. */
RD_MUST_USE enum rd_err rd_engine_invite_caller(struct rd_session *s,
						struct rd_joining *joining,
						uint64_t now_ms);
/* Takes signaling's actions until there is none; arms its timer. */
void rd_engine_pump(struct rd_engine *e);
void rd_engine_caller_media(struct rd_engine *e,
			    const struct rd_media_event *event);
/* Lets go of the session's sockets; they end by signaling's farewell. */
void rd_engine_release_caller(struct rd_session *s);
void rd_engine_free_conn(struct rd_caller_conn *c);

/* --- engine_far.c --- */

/* One codec, as SDP and as dsp name it. */
enum rd_sdp_codec rd_engine_sdp_codec(enum rd_codec_id codec);
enum rd_codec_id rd_engine_media_codec(enum rd_sdp_codec codec);

/* The caller can be heard: call the far side. */
void rd_engine_call_far(struct rd_session *s);
/* The caller came back with a new leg after the old one was closed: what he
 * heard went with that.  May end the session. */
void rd_engine_far_rejoin(struct rd_session *s);
void rd_engine_far_media(struct rd_engine *e,
			 const struct rd_media_event *event);
void rd_engine_far_trunk(struct rd_engine *e,
			 const struct rd_trunk_event *event);
RD_MUST_USE enum rd_err rd_engine_far_digits(struct rd_session *s,
					     const char *digits);
void rd_engine_release_far(struct rd_session *s);
