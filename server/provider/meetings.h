/* provider/meetings.h - Chime SDK meetings and attendees, over rooms.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A meeting is a room with what its maker said of it, and attendees with their
 * join tokens, which live as long as the meeting.  It ends when it is deleted,
 * a day after it was made, or when nobody was in it for five minutes; that is
 * looked at every five seconds.  Ids are taken in any letter case.
 * Owner: whoever opened it.  Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "provider/engine_room.h"

struct rd_meetings;

enum {
	RD_MEETING_TENANTS = 5,
	RD_MEETING_MOST_ATTENDEES = RD_SIGNALING_ATTENDEES_MAX,
};

struct rd_meetings_cfg {
	struct rd_loop *loop;     /* lent */
	struct rd_engine *engine; /* lent */
	/* 0 stands for the value in brackets. */
	unsigned most;     /* meetings at once (250) */
	unsigned empty_ms; /* nobody there (300000) */
	unsigned life_ms;  /* at most (86400000) */
};

RD_MUST_USE enum rd_err rd_meetings_open(struct rd_meetings **out,
					 const struct rd_meetings_cfg *cfg);
/* Closes all their rooms; before the engine.  NULL is fine. */
void rd_meetings_close(struct rd_meetings *m);
unsigned rd_meetings_count(const struct rd_meetings *m);
unsigned rd_meetings_busy(const struct rd_meetings *m); /* somebody is there */

/* What its maker says of a meeting.  Texts: NULL = not said. */
struct rd_meeting_terms {
	const char *client_token;
	const char *external_id;
	const char *region;
	const char *host_id;
	const char *primary_id;
	const char *tenants[RD_MEETING_TENANTS];
	const char *echo_reduction; /* MeetingFeatures, word by word */
	const char *video;
	const char *content;
	unsigned most_attendees; /* 0 = not said */
};

/* Copies.  The same client_token gives the same meeting as long as it lives:
 * RD_E_EXISTS if the terms are others.  RD_E_LIMIT: cfg.most are there;
 * RD_E_FULL (the engine), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_meeting_create(struct rd_meetings *m,
					  const struct rd_meeting_terms *terms,
					  char meeting_id[RD_ROOM_ID]);
/* RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_meeting_delete(struct rd_meetings *m,
					  const char *meeting_id);

struct rd_meeting_view { /* lent until the next call on the meetings */
	const char *meeting_id;
	const struct rd_meeting_terms *terms;
	struct rd_joining joining; /* the URLs and the region */
};
/* RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_meeting_look(struct rd_meetings *m,
					const char *meeting_id,
					struct rd_meeting_view *out);

/* --- attendees ----------------------------------------------------------- */

enum rd_capability {
	RD_SEND_RECEIVE,
	RD_SEND,
	RD_RECEIVE,
	RD_NEITHER,
};
struct rd_capabilities {
	enum rd_capability audio, video, content;
};

struct rd_meeting_attendee {
	char attendee_id[RD_ROOM_ID];
	char external_user_id[RD_SIGNALING_EXTERNAL_TEXT];
	char join_token[RD_SIGNALING_TOKEN_TEXT];
	struct rd_capabilities can;
	uint64_t number; /* rises from attendee to attendee */
};
/* The same external_user_id gives the same attendee.  can: NULL for all.
 * *out is lent until it is deleted.  RD_E_NOTFOUND: no such meeting;
 * RD_E_FORMAT: can contradicts itself or the meeting's features; RD_E_LIMIT:
 * the meeting is full; RD_E_SIZE, RD_E_FULL, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_meeting_attendee_create(
	struct rd_meetings *m, const char *meeting_id,
	const char *external_user_id, const struct rd_capabilities *can,
	const struct rd_meeting_attendee **out);
/* RD_E_NOTFOUND: meeting or attendee. */
RD_MUST_USE enum rd_err rd_meeting_attendee_look(
	struct rd_meetings *m, const char *meeting_id, const char *attendee_id,
	const struct rd_meeting_attendee **out);
RD_MUST_USE enum rd_err rd_meeting_attendee_delete(struct rd_meetings *m,
						   const char *meeting_id,
						   const char *attendee_id);
/* The first attendee whose number is above `after`; NULL: none. */
const struct rd_meeting_attendee *rd_meeting_attendee_next(
	struct rd_meetings *m, const char *meeting_id, uint64_t after);
