/* call/provider.h - what a provider is: one table of functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Implemented on floor 4 (provider/engine, connect, chime) and known here only
 * as this table; the arrow turns round here and nowhere else.  The switchboard
 * asks; a provider never calls back but queues events, wakes the switchboard
 * by the function given at start, and is polled.
 *
 * A provider whose caller's media does not pass us (connect, chime) has
 * `seen`: it is told what we do see of the caller, whether the client follows
 * the call's events, and makes CALLER_UP, CALLER_LOST and CALLER_BACK of it and
 * of what its service says.  Thread: control.
 */
#pragma once
#include "base/base.h"
#include "call/caller.h"

typedef uint32_t rd_call_ref; /* the switchboard's id of a call; 0 = none */

struct rd_provider_start {
	rd_call_ref ref;
	const char *call_id; /* lent, as all below, for this call only */
	const char *support_id;
	const char *destination;  /* name; the provider has its own settings */
	const char *display_name; /* NULL: none */
	const char *external_user_id; /* 2..64 characters, no personal data */
	const struct rd_attribute *attributes;
	unsigned attribute_count;
	/* RD_START_TOKEN_TEXT - 1 hex digits: the same for the same request by
	 * the same person (owner, Idempotency-Key and body), also after a
	 * restart; without a key, of the call.  For idempotency tokens. */
	const char *start_token;
	uint64_t deadline_ms; /* answer by then (monotonic) */
};

/* What the caller needs to join; text is owned by the event. */
enum {
	RD_START_TOKEN_TEXT = 41,
	RD_URL_TEXT = 512,
	RD_TOKEN_TEXT = 512,              /* a join token of our own engine */
	RD_JOIN_TOKEN_TEXT = 2049,        /* anybody's */
	RD_PARTICIPANT_TOKEN_TEXT = 1001, /* Amazon Connect's */
};
struct rd_joining {
	char meeting_id[64];
	char attendee_id[64];
	char external_user_id[65];
	char join_token[RD_JOIN_TOKEN_TEXT];
	char audio_host_url[RD_URL_TEXT];
	char audio_fallback_url[RD_URL_TEXT];
	char signaling_url[RD_URL_TEXT];
	char turn_control_url[RD_URL_TEXT];
	char event_ingestion_url[RD_URL_TEXT]; /* "" = none */
	char media_region[65];
	char echo_reduction[16]; /* "" = UNAVAILABLE */
	char contact_id[64];     /* "" = the call id */
	char participant_id[64];
	/* "" = the provider has none */
	char participant_token[RD_PARTICIPANT_TOKEN_TEXT];
};

struct rd_provider_event {
	rd_call_ref ref;
	enum rd_call_event_kind kind;
	enum rd_reason reason; /* GONE */
	enum rd_ended_by by;   /* GONE */
	unsigned sip_status;   /* GONE, for records and logs; 0 = none */
	unsigned q850_cause;
	/* GONE before STARTED: another provider may be asked instead. */
	bool may_try_next;
	unsigned retry_after_s;  /* of such a GONE; 0: nothing is known */
	unsigned queue_position; /* FAR_RINGS, from 1; 0: not known */
	unsigned queue_wait_s;   /* FAR_RINGS, expected; 0: not known */
	/* STARTED: a caller who is lost may come back for so long, also from
	 * another page; 0: the provider has no park. */
	unsigned resume_s;
	struct rd_joining joining; /* STARTED */
	char far_id[128];          /* once known */
};

struct rd_provider {
	const char *name; /* "engine" */
	/* Begins; the outcome comes as STARTED or GONE.  An error here means
	 * nothing was begun: RD_E_FULL, RD_E_UPSTREAM, RD_E_NOTFOUND. */
	enum rd_err (*start)(void *self, const struct rd_provider_start *start,
			     uint64_t now_ms);
	/* Tidies up whatever there is; GONE follows.  Stale refs are fine. */
	void (*end)(void *self, rd_call_ref ref, uint64_t now_ms);
	/* "0123456789*#ABCD".  RD_E_STATE: nothing can take digits now. */
	enum rd_err (*digits)(void *self, rd_call_ref ref, const char *digits);
	/* The next event; RD_E_AGAIN when there is none. */
	enum rd_err (*poll)(void *self, uint64_t now_ms,
			    struct rd_provider_event *event);
	/* Whether a destination can be reached now (trunk down: false). */
	bool (*is_reachable)(void *self, const char *destination);
	/* NULL: the provider sees the caller itself.  Else told of each sign
	 * of the caller's client: it began to follow the call's events
	 * (follows), stopped following them, or asked about the call without
	 * following.  Stale refs are fine. */
	void (*seen)(void *self, rd_call_ref ref, bool follows,
		     uint64_t now_ms);
	/* The caller puts the far side on hold, or takes it back: FAR_HELD or
	 * FAR_RESUMED follows if that changes anything.  RD_E_STATE: nothing
	 * can be held now.  NULL: the provider cannot. */
	enum rd_err (*hold)(void *self, rd_call_ref ref, bool is_on);
	/* The caller's page goes: what it has open counts no more, the far side
	 * is told, CALLER_LOST follows if he was up.  The switchboard limits
	 * the time.  NULL: the provider cannot.  Stale refs are fine. */
	void (*park)(void *self, rd_call_ref ref, uint64_t now_ms);
	/* Another page joins for the same caller, until until_ms; CALLER_UP or
	 * CALLER_BACK follows when it has.  The old page cannot come back.
	 * NULL: what STARTED said is good again. */
	enum rd_err (*resume)(void *self, rd_call_ref ref, uint64_t until_ms,
			      uint64_t now_ms, struct rd_joining *joining);
};

/* A provider in use: the table and its object. */
struct rd_provider_use {
	const struct rd_provider *provider;
	void *self;
};
