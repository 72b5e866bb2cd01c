/* provider/engine_room.h - rooms and telephones of the engine under somebody's
 * direction.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A room is a meeting; its attendees come by the signaling socket with a join
 * token, or are seats: present in the roster without a socket.  A phone is a
 * call to a party of a trunk.  Nothing happens in them by itself: their
 * director says what a room hears, whom a phone calls, who sits where, and is
 * told what happens.
 *
 * At most two members of a room are heard: web attendees whose media is up or
 * being negotiated, and seats.  Two are bridged; the offer of a third is
 * refused (409, AudioCallAtCapacity of chime-signaling).  All rooms and
 * phones live on one media worker, so that any two can be bridged.
 *
 * Ids of meetings and attendees are UUIDs made by rd_text_uuid.  An event
 * comes from the loop, never from within a call of these functions, so a
 * director may call any of them in its event function.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "provider/engine.h"
#include "signaling/signaling.h"

typedef uint32_t rd_phone; /* 0 = none; not used again */

enum {
	RD_ROOM_ID = 37, /* a UUID with its NUL */
};

enum rd_room_event_kind {
	/* Of an attendee who has a socket. */
	RD_ROOM_JOINED, /* his media is up: the first time, or after LEFT */
	RD_ROOM_LOST,   /* socket or media gone; his grace time runs */
	RD_ROOM_BACK,   /* within the grace time */
	RD_ROOM_LEFT,   /* by LEAVE, or is_dropped: the grace time is over; he
			 * may come again with his token */
	RD_ROOM_DIGIT,  /* digit, by a data message of topic "dtmf" */

	/* Of the room. */
	RD_ROOM_PLAYED,   /* the sound of rd_room_play is over */
	RD_ROOM_RECORDED, /* recording */
	RD_ROOM_CLOSED,   /* or this seat was removed; to its seats alone */

	/* Of a phone. */
	RD_PHONE_RINGING,  /* once */
	RD_PHONE_HEARD,    /* once: it can be heard and hear; before ANSWERED it
			    * is early media */
	RD_PHONE_ANSWERED, /* once */
	RD_PHONE_ENDED,    /* last: sip_status, q850_cause, is_by_far_end */
	RD_PHONE_DIGIT,    /* digit, RFC 4733 or SIP INFO */
	RD_PHONE_PLAYED,   /* the sound of rd_phone_play is over */
	RD_PHONE_RECORDED, /* recording */
};

/* How a recording ended. */
enum rd_recording_end {
	RD_RECORDING_STOPPED, /* by rd_..._record_stop, or its subject went */
	RD_RECORDING_SILENCE, /* nothing said for silence_ms */
	RD_RECORDING_LONGEST, /* most_ms reached */
	RD_RECORDING_FAILED,  /* the file could not be written */
};

struct rd_recording_result {
	enum rd_recording_end end;
	uint32_t duration_ms; /* of what is in the file */
};

struct rd_room_event { /* all lent for the call */
	enum rd_room_event_kind kind;
	const char *meeting_id;  /* "" for a phone's */
	const char *attendee_id; /* whose; "" for the room's and a phone's */
	rd_phone phone;          /* 0 for a room's */
	bool is_dropped;         /* LEFT */
	char digit;              /* 0123456789*#ABCD */
	unsigned sip_status;     /* ENDED, as rd_trunk_event.status */
	unsigned q850_cause;     /* ENDED; 0 = none */
	/* ENDED: else by a timer or, with sip_status 0, since nothing was heard
	 * for long. */
	bool is_by_far_end;
	struct rd_recording_result recording;
};

/* Who directs a room, a seat or a phone. */
struct rd_director {
	void (*event)(void *self, const struct rd_room_event *event);
};

/* --- rooms -------------------------------------------------------------- */

struct rd_room_cfg {
	const char *meeting_id;             /* copied */
	const struct rd_director *director; /* lent; NULL: nobody listens */
	void *self;                         /* first argument of event */
	/* What the far side will be able to do, best first, which decides what
	 * browsers are asked to speak (design.md section 9); none: Opus. */
	enum rd_codec_id codecs[RD_CODEC_COUNT];
	unsigned codec_count;
	bool g711_through;
	/* Attendee added to his first JOIN; 0: the engine's minute.  Up to
	 * 24 h. */
	unsigned token_ms;
};

/* RD_E_EXISTS, RD_E_FULL (meetings of the engine), RD_E_SIZE (the id),
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_room_open(struct rd_engine *e,
				     const struct rd_room_cfg *cfg);
/* Everybody is told that the meeting is over; phones that sit here stand up
 * and go on.  The room's director hears no more of it, directors of seats get
 * RD_ROOM_CLOSED.  An unknown id is fine. */
void rd_room_close(struct rd_engine *e, const char *meeting_id);
/* Whether there is such a room.  Its join tokens let people in, whatever page
 * they come from. */
bool rd_room_is_open(const struct rd_engine *e, const char *meeting_id);

/* external_user_id: "" or 2..64 bytes.  token has room for
 * RD_SIGNALING_TOKEN_TEXT.  RD_E_NOTFOUND (the room), RD_E_EXISTS, RD_E_SIZE,
 * RD_E_FORMAT, RD_E_LIMIT (RD_SIGNALING_ATTENDEES_MAX), RD_E_FULL,
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_room_attendee_add(
	struct rd_engine *e, const char *meeting_id, const char *attendee_id,
	const char *external_user_id, char token[RD_SIGNALING_TOKEN_TEXT]);
/* He is told (AUDIO_STATUS 411) and out; no LEFT follows.  A seat's director
 * gets RD_ROOM_CLOSED.  Unknown ids are fine. */
void rd_room_attendee_remove(struct rd_engine *e, const char *meeting_id,
			     const char *attendee_id);
/* Whose token it is, of this room; its time does not matter.  RD_E_AUTH:
 * nobody's, RD_E_NOTFOUND: the room. */
RD_MUST_USE enum rd_err rd_room_token_holder(const struct rd_engine *e,
					     const char *meeting_id,
					     struct rd_span token,
					     char attendee_id[RD_ROOM_ID]);
/* How one joins, or joined, the room of that id: meeting_id, the four URLs,
 * media_region; all else is "".  RD_E_INTERNAL: media has no address. */
RD_MUST_USE enum rd_err rd_room_joining(const struct rd_engine *e,
					const char *meeting_id,
					struct rd_joining *joining);
/* Members that are there now: web attendees whose media is up, and seats. */
unsigned rd_room_present(const struct rd_engine *e, const char *meeting_id);
bool rd_room_is_present(const struct rd_engine *e, const char *meeting_id,
			const char *attendee_id);

/* Makes an attendee, already added, a member without socket, as a SIP media
 * application's leg of the meeting is.  His director is told what happens in
 * the room as well, after the room's own.  RD_E_NOTFOUND, RD_E_STATE: he came
 * by a socket, or sits already; RD_E_LIMIT: two are heard already;
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_room_seat(struct rd_engine *e,
				     const char *meeting_id,
				     const char *attendee_id,
				     const struct rd_director *director,
				     void *self);
/* A phone that sits there stands up.  The director hears no more.  The
 * attendee stays and may be seated again, or come by a socket. */
void rd_room_unseat(struct rd_engine *e, const char *meeting_id,
		    const char *attendee_id);
/* A muted seat is not heard, and shown as muted.  RD_E_NOTFOUND, RD_E_STATE:
 * he is no seat. */
RD_MUST_USE enum rd_err rd_room_mute(struct rd_engine *e,
				     const char *meeting_id,
				     const char *attendee_id, bool is_muted);

/* What those who came by a socket hear instead of the other member: a sound
 * of 8000 Hz (lent until rd_engine_sound_drop), themselves, or ring-back.
 * It begins at once for those who are there and when they join for the
 * others, and lasts until the next of these, PLAYED or hush.  Ring-back gives
 * way to whoever can be heard: early media is the far end's own. */
RD_MUST_USE enum rd_err rd_room_play(struct rd_engine *e,
				     const char *meeting_id,
				     const struct rd_sound *sound, bool repeat);
RD_MUST_USE enum rd_err rd_room_echo(struct rd_engine *e,
				     const char *meeting_id);
RD_MUST_USE enum rd_err rd_room_ringback(struct rd_engine *e,
					 const char *meeting_id);
/* That phone, which hears nothing of them: early media of one that is not let
 * in yet.  Ends with the phone too.  RD_E_NOTFOUND: one of the two; RD_E_STATE:
 * it cannot be heard yet. */
RD_MUST_USE enum rd_err rd_room_overhear(struct rd_engine *e,
					 const char *meeting_id,
					 rd_phone phone);
/* Back to the members; no PLAYED follows. */
RD_MUST_USE enum rd_err rd_room_hush(struct rd_engine *e,
				     const char *meeting_id);

/* --- phones ------------------------------------------------------------- */

struct rd_phone_call { /* lent for the call, but for trunk and director */
	const struct rd_director *director;
	void *self;
	const struct rd_trunk_cfg *trunk;
	bool learn_media_address;
	const char *user;          /* number or account, of the request URI */
	const char *display_name;  /* of From; NULL: none */
	const char *caller_number; /* user of From; NULL: the trunk's own */
	const struct rd_trunk_header *headers;   /* X-... or User-to-User */
	unsigned header_count;                   /* RD_TRUNK_HEADERS at most */
	enum rd_codec_id codecs[RD_CODEC_COUNT]; /* offered, best first */
	unsigned codec_count; /* 0: Opus, G.722, PCMU, PCMA */
	unsigned ring_ms;     /* 1000..300000 */
	const char *log_id;   /* call= in the log */
};

/* What comes of it is told by events.  RD_E_UPSTREAM: there is no trunk, or
 * it is down; RD_E_NOTFOUND, RD_E_FORMAT, RD_E_FULL, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_phone_call(struct rd_engine *e,
				      const struct rd_phone_call *call,
				      rd_phone *phone);
/* CANCEL or BYE; the phone is gone and its director hears no more.  cause:
 * Q.850, 0 = none.  An unknown one is fine. */
void rd_phone_hangup(struct rd_engine *e, rd_phone phone, unsigned cause);
/* Towards the party, 1..32 of 0123456789*#ABCD.  RD_E_NOTFOUND, RD_E_STATE:
 * nothing was negotiated yet; RD_E_FORMAT; RD_E_FULL: too many wait. */
RD_MUST_USE enum rd_err rd_phone_digits(struct rd_engine *e, rd_phone phone,
					const char *digits);
/* The same with tones of tone_ms, 40..24000, instead of 100.  SIP INFO has its
 * own. */
RD_MUST_USE enum rd_err rd_phone_dial(struct rd_engine *e, rd_phone phone,
				      const char *digits, unsigned tone_ms);
/* The party hears this sound of 8000 Hz instead of whoever it is joined with.
 * RD_E_NOTFOUND, RD_E_STATE: nothing was negotiated yet. */
RD_MUST_USE enum rd_err rd_phone_play(struct rd_engine *e, rd_phone phone,
				      const struct rd_sound *sound,
				      bool repeat);
RD_MUST_USE enum rd_err rd_phone_ringback(struct rd_engine *e, rd_phone phone);
RD_MUST_USE enum rd_err rd_phone_hush(struct rd_engine *e, rd_phone phone);
/* Its sound becomes that seat's, as soon as there is any: it is joined with
 * the other member of the room.  RD_E_NOTFOUND; RD_E_STATE: he is no seat,
 * the phone is bridged or sits elsewhere, another one sits there. */
RD_MUST_USE enum rd_err rd_phone_sit(struct rd_engine *e, rd_phone phone,
				     const char *meeting_id,
				     const char *attendee_id);
void rd_phone_stand(struct rd_engine *e, rd_phone phone);
/* Joins two phones; when one ends the other stays and hears nothing.
 * RD_E_NOTFOUND, RD_E_STATE: one of them sits or is bridged. */
RD_MUST_USE enum rd_err rd_phone_bridge(struct rd_engine *e, rd_phone a,
					rd_phone b);
void rd_phone_unbridge(struct rd_engine *e, rd_phone phone);

/* --- sounds and recordings ---------------------------------------------- */

/* Takes a sound that was played: it is closed as soon as no leg can be
 * reading it.  NULL is fine. */
void rd_engine_sound_drop(struct rd_engine *e, struct rd_sound *sound);

struct rd_recording {
	const char *path;    /* of the WAV file, made anew; lent for the call */
	unsigned most_ms;    /* 0: until it is stopped, an hour at most */
	unsigned silence_ms; /* ends after so much silence; 0: never */
	unsigned silence_threshold; /* 1..1000 as RecordAudio has it; 0: 200 */
};
/* What is said: in a room by who came by a socket (the first of two), at a
 * phone by its party.  One at a time of each: RD_E_EXISTS.  RD_E_NOTFOUND,
 * RD_E_IO (the file), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_room_record(struct rd_engine *e,
				       const char *meeting_id,
				       const struct rd_recording *recording);
RD_MUST_USE enum rd_err rd_phone_record(struct rd_engine *e, rd_phone phone,
					const struct rd_recording *recording);
/* RECORDED follows; none runs: nothing. */
void rd_room_record_stop(struct rd_engine *e, const char *meeting_id);
void rd_phone_record_stop(struct rd_engine *e, rd_phone phone);
