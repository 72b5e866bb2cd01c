/* provider/engine_priv.h - what the files of the engine share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * engine.c has the sessions and the provider's face, engine_socket.c the
 * sockets of callers, engine_caller.c their offers and web legs, engine_far.c
 * the far side of a session, engine_dialog.c a dialog with a trunk and its
 * leg, engine_away.c what it hears of a caller who is away or holds,
 * engine_sdp.c what it agrees on, engine_context.c what is told to it,
 * engine_transfer.c its REFER; engine_room.c has the rooms, engine_phone.c the
 * phones, engine_route.c what they hear and how directors are told,
 * engine_sound.c the sounds that are played.
 */
#pragma once
#include "base/table.h"
#include "base/text.h"
#include "provider/engine.h"
#include "provider/provider_events.h"
#include "provider/engine_room.h"
#include "signaling/signaling.h"
#include "wire/sdp_trunk.h"
#include "wire/sdp_webrtc.h"

enum {
	RD_FAR_SDP = 2048,
	RD_Q850_NORMAL = 16,
	RD_TONE_MS = 100, /* of a digit */
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

/* How a party of a trunk is called, and where it is heard. */
struct rd_line {
	struct rd_engine *engine;
	const struct rd_trunk_cfg *trunk;
	const enum rd_codec_id *codecs; /* offered, best first */
	unsigned codec_count;
	unsigned worker;
	bool learn_media_address;
	const char *log_id; /* call= in the log */
};

/* One dialog with a trunk: a session's far side, or a phone's. */
struct rd_far {
	const struct rd_line *line;
	struct rd_session *session; /* NULL: phone's */
	struct rd_phone_leg *phone;
	rd_dialog dialog;  /* 0: none */
	rd_leg leg;        /* 0: none */
	bool is_connected; /* media was negotiated */
	bool is_ringing;   /* has been, at least once */
	bool is_answered;
	bool is_offering; /* our hold, or its end, waits for its answer */
	char user[RD_TRUNK_TEXT];
	struct rd_trunk_local local;
	struct rd_trunk_session agreed;
};

enum rd_hearing {
	RD_HEARS_NOTHING,
	RD_HEARS_LEG,
	RD_HEARS_ECHO,
	RD_HEARS_RINGBACK,
	RD_HEARS_SOUND,
};
/* What a member of a room, or a phone, hears. */
struct rd_hears {
	enum rd_hearing what;
	rd_leg from;                  /* LEG */
	const struct rd_sound *sound; /* SOUND */
	bool is_repeated;
	uint32_t serial; /* SOUND: which playing of it */
	rd_leg leg;      /* whom media was told it for; 0: not yet */
};

struct rd_room {
	struct rd_engine *engine;
	const struct rd_director *director; /* lent to us */
	void *self;

	struct rd_engine_destination to; /* what browsers shall speak */
	char meeting_id[RD_ROOM_ID];
	unsigned token_ms;
	struct rd_hears program; /* of those with a socket */
	struct rd_list members;  /* struct rd_session.in_room */
};

/* A call to a party of a trunk, under direction. */
struct rd_phone_leg {
	struct rd_engine *engine;
	const struct rd_director *director; /* lent to us */
	void *self;

	rd_phone id;
	struct rd_line line;
	struct rd_far far;
	enum rd_codec_id codecs[RD_CODEC_COUNT];
	char log_id[64];
	char user[RD_TRUNK_TEXT];
	char display_name[RD_TRUNK_TEXT];
	char caller_number[RD_TRUNK_TEXT];
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	unsigned header_count;
	unsigned ring_ms;

	bool has_rung;
	bool is_over;                    /* ENDED is on its way */
	struct rd_session *seat;         /* where it sits; NULL: nowhere */
	struct rd_phone_leg *peer;       /* bridged with; NULL: nobody */
	char overhearing_id[RD_ROOM_ID]; /* room that hears it; "" = none */
	struct rd_hears program;         /* instead of them */
	struct rd_hears hears;
};

/* An event on its way to a director. */
struct rd_room_note {
	struct rd_list in_queue;
	const struct rd_director *director;
	void *self;
	struct rd_room_event event; /* its texts are these: */
	char meeting_id[RD_ROOM_ID];
	char attendee_id[RD_ROOM_ID];
	char seat_id[RD_ROOM_ID]; /* to whose director; "" = the room's */
};

struct rd_session {
	struct rd_engine *engine;
	/* NULL: a call of the switchboard.  Else an attendee of the room, who
	 * has no far side. */
	struct rd_room *room;
	rd_call_ref ref;
	const struct rd_engine_destination *to;
	char call_id[RD_CALL_ID_TEXT];
	char meeting_id[RD_CALL_ID_TEXT];
	char attendee_id[RD_CALL_ID_TEXT];
	char far_attendee_id[RD_CALL_ID_TEXT];
	char display_name[65]; /* of 64 bytes at most */
	struct rd_attribute *attributes;
	unsigned attribute_count;

	struct rd_line line; /* to the far side */
	unsigned worker;
	bool is_caller_up; /* has been, at least once */
	bool is_caller_lost;
	bool is_held;      /* by the far side or by the caller */
	bool is_on_hold;   /* the caller holds */
	bool is_away;      /* the far side hears that he is */
	bool is_quiet;     /* he is away only since nothing comes from him */
	bool is_page_gone; /* he closed with 1001: no sound comes any more */
	rd_leg leg;        /* the caller's, as far as it is up */
	struct rd_far far;
	struct rd_far next;         /* a transfer under way */
	struct rd_session *partner; /* MEET: the other caller */
	struct rd_list conns;       /* struct rd_caller_conn.in_session */

	/* Of a room's attendee. */
	struct rd_list in_room;
	char external_user_id[RD_SIGNALING_EXTERNAL_TEXT];
	char token[RD_SIGNALING_TOKEN_TEXT];
	bool is_here; /* from JOINED to LEFT */
	bool is_seat;
	bool is_muted;
	const struct rd_director *director; /* of the seat, lent to us */
	void *self;
	struct rd_phone_leg *phone; /* that sits here; NULL: none */
	struct rd_hears hears;
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
	struct rd_provider_events events;

	struct rd_table rooms;         /* by meeting id: struct rd_room */
	struct rd_table phones;        /* by id: struct rd_phone_leg */
	struct rd_list notes;          /* struct rd_room_note.in_queue */
	struct rd_list held_sounds;    /* struct held, engine_sound.c */
	struct rd_list dropped_sounds; /* struct dropped, engine_sound.c */
	bool keeps_sounds; /* there was no memory to know who reads them */
	struct rd_timer note_timer;
	struct rd_list tapings; /* struct rd_taping, engine_record.c */
	struct rd_timer tape_timer;
	bool has_room_worker;
	unsigned room_worker; /* of all rooms and phones */
	rd_phone last_phone;
	uint32_t last_serial; /* of playings */
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

/* --- engine_socket.c --- */

/* How one joins the meeting; the rest of joining stays as it is. */
RD_MUST_USE enum rd_err rd_engine_joining(const struct rd_engine *e,
					  unsigned worker,
					  const char *meeting_id,
					  struct rd_joining *joining);
/* Makes the attendee and his token, and says how he joins. */
RD_MUST_USE enum rd_err rd_engine_invite_caller(struct rd_session *s,
						struct rd_joining *joining,
						uint64_t now_ms);
/* The same for another page of his: what the old one had is worth nothing. */
RD_MUST_USE enum rd_err rd_engine_invite_again(struct rd_session *s,
					       uint64_t until_ms,
					       uint64_t now_ms,
					       struct rd_joining *joining);
struct rd_caller_conn *rd_engine_find_conn(const struct rd_engine *e,
					   uint32_t id);
void rd_engine_close_conn_leg(struct rd_caller_conn *c);
/* Lets go of the session's sockets; they end by signaling's farewell. */
void rd_engine_release_caller(struct rd_session *s);
void rd_engine_free_conn(struct rd_caller_conn *c);
/* A connection is done when its socket and its transport are gone. */
void rd_engine_free_conn_if_done(struct rd_caller_conn *c);

/* --- engine_caller.c --- */

/* Takes signaling's actions until there is none; arms its timer. */
void rd_engine_pump(struct rd_engine *e);
void rd_engine_caller_media(struct rd_engine *e,
			    const struct rd_media_event *event);

/* --- engine_far.c --- */

/* The caller can be heard: call the far side. */
void rd_engine_call_far(struct rd_session *s);
/* The caller came back with a new leg after the old one was closed, and what he
 * heard went with that; or somebody is away or holds no more.  May end the
 * session. */
void rd_engine_far_rejoin(struct rd_session *s);
/* The same, without ending it. */
RD_MUST_USE enum rd_err rd_engine_far_route(struct rd_session *s);
void rd_engine_far_media(struct rd_engine *e,
			 const struct rd_media_event *event);
void rd_engine_far_trunk(struct rd_engine *e,
			 const struct rd_trunk_event *event);
RD_MUST_USE enum rd_err rd_engine_far_digits(struct rd_session *s,
					     const char *digits);
void rd_engine_release_far(struct rd_session *s);
/* INVITEs user at the destination's trunk; f keeps leg and dialog, also when
 * it fails. */
RD_MUST_USE enum rd_err rd_engine_far_call(struct rd_far *f, const char *user);
/* Tells who listens when the far side went on hold, or came back. */
void rd_engine_far_tell_hold(struct rd_session *s);

/* --- engine_away.c --- */

/* Each hears the other, or the notice in place of who is away or holds. */
RD_MUST_USE enum rd_err rd_engine_far_join(struct rd_session *s);
/* The page of the caller goes. */
void rd_engine_park(struct rd_session *s, uint64_t now_ms);
/* He is lost: the far side hears so as soon as his sound cannot come any more.
 */
void rd_engine_note_lost(struct rd_session *s);
/* Nothing comes from him; something does again, which may end the session. */
void rd_engine_note_quiet(struct rd_session *s);
void rd_engine_note_heard(struct rd_session *s);
/* His media is up; true: the far side was told that he is away. */
RD_MUST_USE bool rd_engine_note_back(struct rd_session *s);
RD_MUST_USE enum rd_err rd_engine_hold(struct rd_session *s, bool is_on);
/* The far side has answered an offer of ours, or refused it. */
void rd_engine_note_reanswered(struct rd_session *s, unsigned status);

/* --- engine_dialog.c --- */

/* Empties f, which belongs to the session or to the phone. */
void rd_engine_far_init(struct rd_far *f, const struct rd_line *line,
			struct rd_session *session, struct rd_phone_leg *phone);
/* What an INVITE says besides SDP; all lent. */
struct rd_far_invite {
	const char *user;
	const char *display_name;  /* "" = none */
	const char *caller_number; /* NULL: the trunk's */
	const struct rd_trunk_header *headers;
	unsigned header_count;
	unsigned ring_ms;
};
/* Reserves the leg and INVITEs; f keeps leg and dialog, also when it fails. */
RD_MUST_USE enum rd_err rd_engine_far_invite(struct rd_far *f,
					     const struct rd_far_invite *i);
/* `srtp: optional`, and they do not know it: the same once more in clear.
 * RFC 4568 has no offer of both in one section.  True: it is on its way. */
RD_MUST_USE bool rd_engine_far_ask_in_clear(struct rd_far *f, unsigned status,
					    const struct rd_far_invite *i);
void rd_engine_far_close(struct rd_far *f, unsigned cause);
/* Answers their new offer, or their wish for ours. */
void rd_engine_far_reoffer(struct rd_far *f,
			   const struct rd_trunk_event *event);
/* Their answer to an offer they asked for; without one all stays. */
void rd_engine_far_reanswered(struct rd_far *f,
			      const struct rd_trunk_event *event);
/* They do not want to hear us, or send nothing (RFC 3264 8.4). */
bool rd_engine_far_holds(const struct rd_far *f);
/* RD_E_STATE: no media yet. */
RD_MUST_USE enum rd_err rd_engine_far_dial(struct rd_far *f, const char *digits,
					   unsigned tone_ms);
/* Whether the final status is about SDP. */
bool rd_engine_is_about_media(unsigned status);
void rd_engine_far_log_refused(const struct rd_far *f, enum rd_err err);

/* --- engine_room.c --- */

/* Has media say to everybody of the room what he hears now. */
void rd_room_route(struct rd_room *room);
/* Whether s may be heard in his room: at most two are. */
bool rd_room_has_place(const struct rd_session *s);
void rd_room_attendee(struct rd_session *s,
		      const struct rd_signaling_action *a);
void rd_room_leg_up(struct rd_session *s, rd_leg leg);
void rd_room_played(struct rd_session *s); /* to his leg */
/* The room hears that leg no more, if it is what it was to hear. */
void rd_room_unhear(struct rd_engine *e, const char *meeting_id, rd_leg leg);
struct rd_room *rd_room_find(const struct rd_engine *e, const char *meeting_id);
/* The attendee of that room; NULL: none. */
struct rd_session *rd_room_member(const struct rd_room *room,
				  const char *attendee_id);
/* Tells the room's director and those of its seats; attendee_id of the event
 * is filled in of s, which may be NULL. */
void rd_room_tell(struct rd_room *room, const struct rd_session *s,
		  const struct rd_room_event *event);
/* What the other member of his room is heard by. */
struct rd_hears rd_room_other(const struct rd_session *s);
/* He leaves the roster and comes again, with or without a socket. */
RD_MUST_USE enum rd_err rd_room_change_roster(struct rd_session *s,
					      bool has_socket);
/* The media worker of all rooms and phones.  RD_E_FULL. */
RD_MUST_USE enum rd_err rd_room_worker(struct rd_engine *e, unsigned *worker);
/* Frees all rooms; nobody is told. */
void rd_engine_free_rooms(struct rd_engine *e);

/* --- engine_route.c --- */

/* Makes leg hear what is wanted; *now is what it was told last. */
void rd_engine_hear(struct rd_engine *e, rd_leg leg, struct rd_hears *now,
		    const struct rd_hears *wanted, const char *log_id);
struct rd_hears rd_engine_playing(struct rd_engine *e,
				  const struct rd_sound *sound, bool repeat);
/* Queues for a director what is in event, with copies of its texts.
 * seat_id: of the seat whose director it is; "" = of a room, or a phone. */
void rd_engine_note(struct rd_engine *e, const struct rd_director *director,
		    void *self, const struct rd_room_event *event,
		    const char *seat_id);
/* Forgets what is on its way to the director of a room, to that of a seat, to
 * that of a phone. */
void rd_engine_unnote_room(struct rd_engine *e, const char *meeting_id);
void rd_engine_unnote_seat(struct rd_engine *e, const char *seat_id);
void rd_engine_unnote_phone(struct rd_engine *e, rd_phone phone);
void rd_engine_deliver(struct rd_timer *timer, uint64_t now_ms);

/* --- engine_record.c --- */

/* Ends a recording, if there is one, without telling anybody.  meeting_id is
 * "" for a phone's. */
void rd_engine_drop_taping(struct rd_engine *e, rd_phone phone,
			   const char *meeting_id);
void rd_engine_free_tapings(struct rd_engine *e);

/* --- engine_phone.c --- */

void rd_engine_phone_trunk(struct rd_phone_leg *p,
			   const struct rd_trunk_event *event);
void rd_engine_phone_media(struct rd_phone_leg *p,
			   const struct rd_media_event *event);
/* Has media say what its party hears. */
void rd_engine_phone_route(struct rd_phone_leg *p);
/* The leg that others can hear; 0: none yet. */
rd_leg rd_engine_phone_leg(const struct rd_phone_leg *p);
/* Its ENDED is being told: frees it. */
void rd_engine_phone_gone(struct rd_engine *e, rd_phone phone);
void rd_engine_free_phones(struct rd_engine *e); /* nobody is told */

/* --- engine_seat.c has functions of engine_room.h alone --- */

/* --- engine_sound.c --- */

/* The leg was told to play sound. */
void rd_engine_sound_held(struct rd_engine *e, rd_leg leg,
			  const struct rd_sound *sound);
/* Of every leg's: PLAYED and CLOSED let go of sounds. */
void rd_engine_sound_media(struct rd_engine *e,
			   const struct rd_media_event *event);
/* Closes the legs that read a sound and waits for media to say so. */
void rd_engine_free_sounds(struct rd_engine *e);

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
/* They do not follow the end of our hold: we hear them all the same. */
RD_MUST_USE enum rd_err rd_engine_sdp_unhold(struct rd_far *f);
/* They want our offer: all that we can, whatever a hold has left of it. */
RD_MUST_USE enum rd_err rd_engine_sdp_reoffer(struct rd_far *f, char *out,
					      size_t size);
