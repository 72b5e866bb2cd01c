/* call/provider.h - what a provider is: one table of functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Implemented on floor 4 (provider/engine, later connect and chime) and known
 * here only as this table; the arrow turns round here and nowhere else.  The
 * switchboard asks; a provider never calls back but queues events, wakes the
 * switchboard by the function given at start, and is polled.
 * Thread: control.
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
	uint64_t deadline_ms; /* answer by then (monotonic) */
};

/* What the caller needs to join; text is owned by the event. */
enum {
	RD_URL_TEXT = 256,
	RD_TOKEN_TEXT = 512
};
struct rd_joining {
	char meeting_id[64];
	char attendee_id[64];
	char external_user_id[65];
	char join_token[RD_TOKEN_TEXT];
	char audio_host_url[RD_URL_TEXT];
	char audio_fallback_url[RD_URL_TEXT];
	char signaling_url[RD_URL_TEXT];
	char turn_control_url[RD_URL_TEXT];
	char media_region[32];
	char contact_id[64]; /* "" = the call id */
	char participant_id[64];
	char participant_token[RD_TOKEN_TEXT]; /* "" = the provider has none */
};

struct rd_provider_event {
	rd_call_ref ref;
	enum rd_call_event_kind kind;
	enum rd_reason reason; /* GONE */
	enum rd_ended_by by;   /* GONE */
	unsigned sip_status;   /* GONE, for records and logs; 0 = none */
	unsigned q850_cause;
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
};

/* A provider in use: the table and its object. */
struct rd_provider_use {
	const struct rd_provider *provider;
	void *self;
};
