/* provider/engine_priv.h - what the files of the engine share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * engine.c has the sessions and the provider's face, engine_caller.c the
 * caller's side (sockets, signaling, web leg), engine_far.c the far side,
 * engine_sdp.c what it agrees on, engine_context.c what is told to it,
 * engine_transfer.c its REFER.
 */
#pragma once
#include "base/table.h"
#include "base/text.h"
#include "provider/engine.h"
#include "signaling/signaling.h"
#include "wire/sdp_trunk.h"
#include "wire/sdp_webrtc.h"

enum {
	RD_FAR_SDP = 2048,
	RD_Q850_NORMAL = 16
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
	char user[RD_TRUNK_TEXT];
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
	char display_name[65]; /* of 64 bytes at most */
	struct rd_attribute *attributes;
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
/* INVITEs user at the destination's trunk; f keeps leg and dialog, also when
 * it fails. */
RD_MUST_USE enum rd_err rd_engine_far_invite(struct rd_far *f,
					     const char *user);
void rd_engine_far_close(struct rd_far *f, unsigned cause);
/* Joins the caller and the far side; a caller who is away is joined when he
 * comes back. */
RD_MUST_USE enum rd_err rd_engine_far_join(struct rd_session *s);
/* Tells who listens when the far side went on hold, or came back. */
void rd_engine_far_tell_hold(struct rd_session *s);

/* --- engine_context.c --- */

/* The headers of an INVITE; returns how many. */
unsigned rd_engine_context(const struct rd_session *s,
			   struct rd_trunk_header out[RD_TRUNK_HEADERS]);

/* --- engine_transfer.c --- */

/* REFER, which the trunk folder has allowed: calls the new party. */
void rd_engine_transfer(struct rd_far *f, const char *target_uri);
/* The new party answered and takes the old one's place. */
void rd_engine_transfer_complete(struct rd_session *s);
/* The new party did not answer, or cannot be heard.  May end the session. */
void rd_engine_transfer_failed(struct rd_session *s, unsigned status,
			       unsigned cause);
/* The old party hung up.  true: a transfer goes on without it. */
RD_MUST_USE bool rd_engine_transferor_left(struct rd_session *s);

/* --- engine_sdp.c --- */

/* One codec, as SDP and as dsp name it. */
enum rd_sdp_codec rd_engine_sdp_codec(enum rd_codec_id codec);
enum rd_codec_id rd_engine_media_codec(enum rd_sdp_codec codec);

/* A fresh key of the one suite that every trunk with SDES knows. */
void rd_engine_sdp_key(struct rd_sdp_crypto *c);
/* Their answer to the offer of f->local.  These three leave all as it was
 * when they fail; what was said in keys is never said in clear.
 * RD_E_UNSUPPORTED, RD_E_REFUSED, RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_engine_sdp_take_answer(struct rd_far *f,
						  const char *text);
/* Their new offer, and our answer to it, ended by NUL. */
RD_MUST_USE enum rd_err rd_engine_sdp_answer(struct rd_far *f,
					     const char *offer, char *out,
					     size_t size);
/* They want our offer: all that we can, whatever a hold has left of it. */
RD_MUST_USE enum rd_err rd_engine_sdp_reoffer(struct rd_far *f, char *out,
					      size_t size);
