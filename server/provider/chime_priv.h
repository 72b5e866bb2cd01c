/* provider/chime_priv.h - what the files of the provider chime share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * chime.c starts calls and has the provider's face, chime_call.c follows them,
 * sends digits and ends them, chime_arguments.c says what the handler is told.
 */
#pragma once
#include "aws/meetings.h"
#include "aws/voice.h"
#include "base/table.h"
#include "provider/chime.h"
#include "provider/presence.h"
#include "provider/provider_events.h"

enum {
	RD_CHIME_DIGITS = 64,         /* waiting to be sent; 50 go at once */
	RD_CHIME_HEADERS_TEXT = 2048, /* sma_handler.h */
};

enum rd_chime_phase {
	RD_CHIME_MEETING, /* CreateMeetingWithAttendees is under way */
	RD_CHIME_JOINING, /* CreateSipMediaApplicationCall is */
	RD_CHIME_LIVE,
	RD_CHIME_ENDING,
};

/* What CreateSipMediaApplicationCall says for the handler; texts are within,
 * or lent by the destination and the start. */
struct rd_chime_arguments {
	struct rd_aws_pair pairs[8];
	unsigned count;
	char number[RD_NUMBER_TEXT];
	char seconds[8];
	char headers[RD_CHIME_HEADERS_TEXT];
};
/* Without MeetingId, which comes later.  RD_E_DENIED: the number may not be
 * called (*verdict says why); RD_E_SIZE: the headers are too long;
 * RD_E_FORMAT: one holds what no header may. */
RD_MUST_USE enum rd_err rd_chime_arguments_make(
	struct rd_chime_arguments *out, const struct rd_chime_destination *to,
	const struct rd_attribute *attributes, unsigned count,
	enum rd_number_verdict *verdict);
void rd_chime_arguments_add(struct rd_chime_arguments *a, const char *name,
			    const char *value);

struct rd_chime_call {
	struct rd_chime *chime; /* owner */
	const struct rd_chime_destination *to;

	rd_call_ref ref; /* 0: the switchboard was told that it is over */
	char call_id[37];
	struct rd_list in_chime;
	enum rd_chime_phase phase;
	bool is_unwanted;     /* end was asked before the answer came */
	uint64_t start_by_ms; /* when we must have answered */
	uint32_t request;     /* of the phase; 0: none */
	char meeting_id[64];
	char transaction[RD_TRANSACTION_TEXT]; /* "" = none yet */
	struct rd_joining *joining;            /* until STARTED */
	struct rd_chime_arguments *arguments;  /* until STARTED */

	struct rd_timer timer; /* LIVE: looking; ENDING: trying again */
	uint64_t live_since_ms, look_ms;
	bool has_reports; /* the handler's events reach us */
	bool is_up, is_answered, told_answered, told_lost;
	struct rd_presence presence;
	uint32_t update; /* digits, or a look; 0: none */
	char digits[RD_CHIME_DIGITS + 1];
	size_t sending;
	uint64_t tones_until_ms; /* of the digits that were sent */

	enum rd_reason reason; /* to be told at the end */
	enum rd_ended_by by;
	unsigned tries;
};

struct rd_chime {
	struct rd_chime_cfg cfg; /* lent to us */

	struct rd_provider_events events;
	struct rd_table by_ref; /* struct rd_chime_call */
	struct rd_list calls;   /* struct rd_chime_call.in_chime */
};

/* --- chime.c --- */
void rd_chime_tell(struct rd_chime_call *c, enum rd_call_event_kind kind);
void rd_chime_tell_gone(struct rd_chime_call *c,
			const struct rd_provider_event *gone);
void rd_chime_free(struct rd_chime_call *c);

/* --- chime_call.c --- */
void rd_chime_follow(struct rd_chime_call *c, uint64_t now_ms);
void rd_chime_seen(struct rd_chime_call *c, bool follows, uint64_t now_ms);
void rd_chime_park(struct rd_chime_call *c, uint64_t now_ms);
RD_MUST_USE enum rd_err rd_chime_digits(struct rd_chime_call *c,
					const char *digits);
/* The same as rd_chime_end_call, later. */
void rd_chime_end_later(struct rd_chime_call *c, uint64_t due_ms);
/* Hangs the phone up, deletes the meeting and tells GONE with this reason; c
 * may be gone after. */
void rd_chime_end_call(struct rd_chime_call *c, enum rd_reason reason,
		       enum rd_ended_by by);
