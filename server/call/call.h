/* call/call.h - the states of one call, as one table.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The caller's media comes first: the far side is called only once the
 * caller can be heard, so that nobody answers into silence.  A pair of state
 * and event that is not in the table is refused and counted; it changes
 * nothing.  A call ends once, with one reason and one side that ended it.
 * docs/call-states.md is printed from the table (rd_call_print_table).
 * Thread: control.
 */
#pragma once
#include "base/base.h"

/* What people, the API and the records see (contracts/call-states.json). */
enum rd_call_shown {
	RD_SHOWN_STARTING,
	RD_SHOWN_CONNECTING,
	RD_SHOWN_RINGING,
	RD_SHOWN_IN_CALL,
	RD_SHOWN_HELD,
	RD_SHOWN_RECONNECTING,
	RD_SHOWN_ENDING,
	RD_SHOWN_ENDED,
};

enum rd_call_state {
	RD_CALL_STARTING, /* admitted; the record is being written */
	RD_CALL_JOINING,  /* the caller was told how to join */
	RD_CALL_DIALLING, /* caller's media is up; far side called */
	RD_CALL_RINGING,  /* far side alerts */
	RD_CALL_TALKING,
	RD_CALL_HELD,          /* by either side */
	RD_CALL_LOST_DIALLING, /* caller's media or socket lost, in grace */
	RD_CALL_LOST_RINGING,
	RD_CALL_LOST_TALKING,
	RD_CALL_LOST_HELD,
	RD_CALL_ENDING, /* hang-up asked, the provider tidies up */
	RD_CALL_ENDED,
	RD_CALL_STATES
};

enum rd_call_event_kind {
	RD_CALL_STARTED,   /* the provider says who may join */
	RD_CALL_CALLER_UP, /* the caller's media is up */
	RD_CALL_CALLER_LOST,
	RD_CALL_CALLER_BACK,
	RD_CALL_FAR_RINGS,
	RD_CALL_FAR_ANSWERED,
	RD_CALL_FAR_HELD,
	RD_CALL_FAR_RESUMED,
	RD_CALL_HANG_UP, /* the caller, the server or a limit wants the end */
	RD_CALL_GONE,    /* the provider has ended it */
	RD_CALL_EVENTS
};

/* call/reason.def, one row per code of contracts/reasons.json. */
enum rd_reason {
	RD_REASON_NONE,
#define RD_REASON(name, code) RD_REASON_##name,
#include "call/reason.def"
#undef RD_REASON
	RD_REASON_COUNT
};
const char *rd_reason_code(
	enum rd_reason reason); /* "no_answer"; "" for NONE */
/* RD_REASON_NONE when code is unknown. */
enum rd_reason rd_reason_parse(struct rd_span code);

enum rd_ended_by {
	RD_BY_NOBODY,
	RD_BY_CALLER,
	RD_BY_ADVISOR,
	RD_BY_SYSTEM
};
const char *rd_ended_by_name(enum rd_ended_by by); /* "caller", ... */

struct rd_call { /* embedded in its owner */
	enum rd_call_state state;
	enum rd_reason reason; /* set once, at HANG_UP or GONE */
	enum rd_ended_by by;
	uint64_t started_ms;  /* wall time, Unix ms */
	uint64_t answered_ms; /* 0 = never */
	uint64_t ended_ms;    /* 0 = not yet */
	uint64_t refused_events;
};

void rd_call_init(struct rd_call *c, uint64_t now_wall_ms);
/* RD_E_STATE: the pair is not in the table.  For HANG_UP and GONE, reason
 * and by are kept if none were before; else they are ignored. */
RD_MUST_USE enum rd_err rd_call_feed(struct rd_call *c,
				     enum rd_call_event_kind event,
				     enum rd_reason reason, enum rd_ended_by by,
				     uint64_t now_wall_ms);
enum rd_call_shown rd_call_shown(enum rd_call_state state);
const char *rd_call_shown_name(enum rd_call_shown shown); /* "in-call" */
/* Markdown of the table and a mermaid picture into buf; returns its length,
 * or what it would be if size is too small. */
size_t rd_call_print_table(char *buf, size_t size);
