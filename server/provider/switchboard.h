/* provider/switchboard.h - drives calls: admits, records, starts, follows,
 * ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The one place where a call lives.  It asks providers, listens to their
 * events, moves each call through the table of call/call.h, and tells whoever
 * listens.  No answer of "yes" leaves before the record is on disk.
 *
 * Fail-over: while nobody was told "yes", the next provider of a destination
 * is asked when one refuses, cannot be reached, or has not answered after its
 * share of the time that is left.  The record names the one that took the call;
 * the log and ringdown_call_failovers_total say which ones did not.  One that
 * was given up is told to end, and whatever it says after that is not heard.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "call/caller.h"
#include "call/limits.h"
#include "call/provider.h"
#include "store/store.h"

struct rd_switchboard;

enum {
	RD_ORIGINS = 16,
	RD_PROVIDERS = 4, /* of one destination */
	RD_CALL_KEY_TEXT = 44
};

struct rd_destination { /* strings are lent until rd_switchboard_close */
	const char *name;
	const char *title; /* for people; NULL: name */
	/* Asked in this order until one says yes; none twice. */
	struct rd_provider_use uses[RD_PROVIDERS];
	unsigned use_count; /* 1.. */
	/* scheme://host[:port]; "*" = any; the last may be our own */
	const char *origins[RD_ORIGINS + 1];
	unsigned origin_count;
	struct rd_limits_cfg limits; /* per person */
	unsigned talk_s;             /* longest call */
};

struct rd_switchboard_cfg {
	struct rd_loop *loop;
	struct rd_store *store;
	const struct rd_destination *destinations;
	unsigned destination_count;
	unsigned most_calls;        /* 1..65535 */
	unsigned keep_ended_s;      /* an ended call stays known in memory */
	unsigned start_deadline_ms; /* from admission to the answer: 8000 */
	unsigned join_deadline_ms;  /* from the answer to the media: 45000 */
};

RD_MUST_USE enum rd_err rd_switchboard_open(
	struct rd_switchboard **out, const struct rd_switchboard_cfg *cfg);
/* Drops everything at once; drain first.  NULL is fine. */
void rd_switchboard_close(struct rd_switchboard *s);
/* A provider has events: they are polled at the end of this loop turn. */
void rd_switchboard_wake(struct rd_switchboard *s);

/* NULL: no such destination. */
const struct rd_destination *rd_switchboard_destination(
	const struct rd_switchboard *s, const char *name);
/* Whether any of its providers can reach it now. */
bool rd_destination_is_reachable(const struct rd_destination *d);
bool rd_destination_allows_origin(const struct rd_destination *d,
				  struct rd_span origin);
/* Whether any destination allows it: for answers about none, or a call that
 * may not be known. */
bool rd_switchboard_allows_origin(const struct rd_switchboard *s,
				  struct rd_span origin);

struct rd_start_request { /* all lent until rd_switchboard_start returns */
	const char *destination;
	const struct rd_caller *caller;
	const struct rd_attribute *hints; /* is_verified = false */
	unsigned hint_count;
	const char *display_name;    /* NULL: none */
	const char *idempotency_key; /* NULL: none; 1..128 characters */
	uint8_t body_sha256[32];     /* tells a repeated request from another */
	struct rd_span origin;       /* of the page; empty: none, an app */
};
struct rd_start_answer {
	enum rd_err err;        /* RD_OK: the call is accepted and recorded */
	enum rd_reason reason;  /* why not */
	unsigned retry_after_s; /* 0 = do not say */

	const char *call_id; /* lent during done */
	const char *support_id;
	const char *call_key;   /* said once, here */
	const char *resume_key; /* for another page, once; NULL: none may */
	unsigned resume_s;      /* how long it is awaited */
	const char *provider;   /* the one that said yes */
	enum rd_call_shown shown;
	const struct rd_joining *joining;
};
/* Called exactly once, maybe before rd_switchboard_start returns. */
typedef void rd_start_done(void *arg, const struct rd_start_answer *answer);
/* Errors in the answer: RD_E_NOTFOUND (no such destination), RD_E_LIMIT,
 * RD_E_EXISTS (another request under the same key), RD_E_STATE (the same, but
 * another page has the call now), RD_E_FULL, RD_E_CLOSED (draining),
 * RD_E_UPSTREAM, RD_E_TIMEOUT. */
void rd_switchboard_start(struct rd_switchboard *s,
			  const struct rd_start_request *request,
			  rd_start_done *done, void *arg);

/* Who asks: the call key, or the owner by a checked token; one may be none. */
struct rd_asking {
	struct rd_span call_key;
	const char *owner;
};
struct rd_call_view { /* lent during done */
	const struct rd_call_record *record;
	enum rd_call_shown shown;
	rd_call_ref ref; /* 0: only in the store any more */
};
typedef void rd_look_done(void *arg, enum rd_err err,
			  const struct rd_call_view *view);
/* RD_E_NOTFOUND, the same for unknown and foreign.  done is called once,
 * maybe before this returns. */
void rd_switchboard_look(struct rd_switchboard *s, const char *call_id,
			 const struct rd_asking *asking, rd_look_done *done,
			 void *arg);

/* Wants the end; ENDED follows.  Stale refs are fine. */
void rd_switchboard_hang_up(struct rd_switchboard *s, rd_call_ref ref,
			    enum rd_reason reason, enum rd_ended_by by);
/* The caller's page goes.  The far side is parked; if no page resumes within
 * RD_LEAVING_MS the caller has ended the call.  Stale refs are fine. */
enum {
	RD_LEAVING_MS = 5000
};
void rd_switchboard_leaving(struct rd_switchboard *s, rd_call_ref ref);

struct rd_resume_request {
	const char *call_id;
	struct rd_span resume_key;
	struct rd_span origin; /* of the page; empty: none */
};
/* Another page takes the call over.  On RD_OK both keys are new, whoever
 * follows with the old one is cut off, and joining says how to join; texts of
 * the answer are lent until the next call.  The key is used up when a page has
 * joined: until then it gets another answer, for the first may be lost.
 * RD_E_NOTFOUND: unknown, ended, used up, or begun from another origin.
 * RD_E_STATE: a page that lives has it. RD_E_LIMIT: too many tries. RD_E_NOMEM,
 * RD_E_FULL: not now; the key stays good. */
RD_MUST_USE enum rd_err rd_switchboard_resume(
	struct rd_switchboard *s, const struct rd_resume_request *request,
	struct rd_start_answer *answer, struct rd_joining *joining);

/* RD_E_STATE, RD_E_FORMAT, RD_E_FULL, RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_switchboard_digits(struct rd_switchboard *s,
					      rd_call_ref ref,
					      const char *digits);

/* The caller holds, or does not any more.  RD_E_STATE: nobody has answered yet,
 * or the provider cannot; RD_E_NOTFOUND; RD_E_LIMIT: with ratings, more than
 * sixty in a minute. */
RD_MUST_USE enum rd_err rd_switchboard_hold(struct rd_switchboard *s,
					    rd_call_ref ref, bool is_on);
/* What the caller thinks of the call, kept in its record; again: the last one
 * counts.  tags: words joined by commas.  RD_E_NOTFOUND: the call is only in
 * the store any more; RD_E_FULL: the disk does not follow; RD_E_LIMIT. */
RD_MUST_USE enum rd_err rd_switchboard_rate(struct rd_switchboard *s,
					    rd_call_ref ref, unsigned score,
					    const char *tags);

/* One change of a call, numbered from 1. */
struct rd_call_news {
	unsigned id;
	enum rd_call_shown shown;
	enum rd_reason reason;
	enum rd_ended_by by;
	unsigned queue_position; /* while ringing; 0: not known */
	unsigned queue_wait_s;   /* while ringing, expected; 0: not known */
	uint64_t at_wall_ms;
};
struct rd_live_call;
struct rd_listener { /* embedded in its owner, who sets fn */
	/* The last one has shown == RD_SHOWN_ENDED, or is NULL: another page
	 * has the call now.  After it, and after the switchboard forgot the
	 * call, the listener is in no list. */
	void (*fn)(struct rd_listener *l, const struct rd_call_news *news);
	struct rd_list in_call;
	struct rd_live_call *call; /* the switchboard's */
};
/* Gives the news after `after` (0 = all that are kept) at once, then each as
 * it happens.  RD_E_NOTFOUND: stale ref. */
RD_MUST_USE enum rd_err rd_switchboard_listen(struct rd_switchboard *s,
					      rd_call_ref ref, unsigned after,
					      struct rd_listener *l);
void rd_listener_remove(struct rd_listener *l);

/* No new calls from now on (RD_E_CLOSED); running ones go on. */
void rd_switchboard_drain(struct rd_switchboard *s);
bool rd_switchboard_is_draining(const struct rd_switchboard *s);
/* Ends all with ended_by_system. */
void rd_switchboard_end_all(struct rd_switchboard *s);
unsigned rd_switchboard_calls(const struct rd_switchboard *s); /* not ended */
