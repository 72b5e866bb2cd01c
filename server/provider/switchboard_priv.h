/* provider/switchboard_priv.h - what the files of the switchboard share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * switchboard.c admits, looks and listens; switchboard_start.c asks one
 * provider after the other; switchboard_call.c takes one call through its
 * table and tells whoever listens; switchboard_resume.c hands it from one page
 * of the caller to the next.
 */
#pragma once
#include "provider/breaker.h"
#include "provider/live_call.h"

enum {
	RD_RETRY_BUSY_S = 5
};

/* Tags of the store: a call's ref for its insert; these for a look and for a
 * yes, with a number or the ref below. */
#define RD_LOOK_TAG (UINT64_C(1) << 63)
#define RD_YES_TAG  (UINT64_C(1) << 62)

/* One for each provider that some destination lists. */
struct rd_provider_breaker {
	struct rd_provider_use use;
	struct rd_breaker breaker;
};

struct rd_switchboard {
	struct rd_loop *loop; /* lent to us */
	struct rd_store *store;
	const struct rd_destination *destinations;
	unsigned destination_count;

	struct rd_live_calls *calls; /* ours */
	struct rd_limits *limits;
	struct rd_switchboard_cfg cfg;
	struct rd_timer pump;
	struct rd_timer sweep;
	struct rd_watch store_watch;

	struct rd_provider_breaker breakers[RD_PROVIDERS];
	unsigned breaker_count;

	struct rd_list looks; /* struct look.in_board */
	uint64_t last_look;
	unsigned running;
	bool is_draining;
};

/* --- switchboard_call.c --- */

/* To all who wait for the answer to the start. */
void rd_live_call_answer_yes(struct rd_live_call *c,
			     const struct rd_joining *joining);
void rd_live_call_answer_no(struct rd_live_call *c, enum rd_err err,
			    enum rd_reason reason, unsigned retry_after_s);
/* Through the table, with all that follows: deadlines, the record, news.
 * False: the pair is not in the table. */
bool rd_live_call_feed(struct rd_live_call *c, enum rd_call_event_kind event,
		       enum rd_reason reason, enum rd_ended_by by);
void rd_live_call_hang_up(struct rd_live_call *c, enum rd_reason reason,
			  enum rd_ended_by by);
/* The timer of a call; arms nothing. */
rd_timer_fn rd_live_call_on_timer;
/* When the state that c is in must be over; RD_NEVER if never. */
uint64_t rd_live_call_deadline_ms(const struct rd_live_call *c,
				  uint64_t now_ms);
/* What a provider says. */
void rd_switchboard_take_event(struct rd_switchboard *s,
			       const struct rd_provider_use *use,
			       const struct rd_provider_event *event);
/* What the provider has at the far end is on disk, or cannot be: now the yes
 * may leave. */
void rd_live_call_yes_recorded(struct rd_live_call *c);
/* The provider is told what is seen of the client, if it wants to know. */
void rd_live_call_tell_seen(struct rd_live_call *c);

/* --- switchboard_resume.c --- */

void rd_live_call_hash_origin(struct rd_span origin, uint8_t out[static 32]);
/* The table has moved: a caller who is back, or whose call is over, is not
 * awaited any more. */
void rd_live_call_note_away(struct rd_live_call *c, enum rd_call_state was);
/* The provider has said yes, with this. */
void rd_live_call_keep_joining(struct rd_live_call *c,
			       const struct rd_provider_event *started);

/* --- switchboard_start.c --- */

/* What the provider will be told; one block.  NULL: no memory. */
struct rd_provider_start *rd_live_call_copy_start(
	const struct rd_live_call *c, const struct rd_start_request *req);
/* Asks the providers from c->at_use on until one has begun.  If none has, all
 * who wait are told so, and the call is over. */
void rd_live_call_ask(struct rd_live_call *c);
/* Asks those after the one that was asked, whose failure err was; false: there
 * is none, or no time left. */
bool rd_live_call_ask_next(struct rd_live_call *c, enum rd_err err);
/* The provider of c has said yes, or has failed; a refusal is neither. */
void rd_live_call_note_outcome(struct rd_live_call *c, bool is_well);
