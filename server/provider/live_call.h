/* provider/live_call.h - a call in the switchboard's hands, and finding it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Owner: the switchboard.  Thread: control.
 */
#pragma once
#include "base/pool.h"
#include "provider/switchboard.h"

enum {
	RD_NEWS_KEPT = 16
};

/* Somebody who waits for the answer to a start. */
struct rd_waiter {
	struct rd_list in_call;
	rd_start_done *done;
	void *arg;
};

/* What a repeated request with the same Idempotency-Key is told again. */
struct rd_kept_answer {
	char key[129];
	uint8_t body_sha256[32];
	bool is_answered;
	struct rd_joining joining;
};

/* How often something was asked for in the window that began at since_ms. */
struct rd_tries {
	uint64_t since_ms;
	unsigned count;
};

/* What lets another page of the same caller take the call over. */
struct rd_handover {
	char key[RD_CALL_KEY_TEXT]; /* "" = nobody may */
	/* The one it took the place of, until a page has joined: whoever asked
	 * with it may not have got our answer, and asks again.  "": none. */
	char key_before[RD_CALL_KEY_TEXT];
	uint8_t origin_sha256[32]; /* of the page that began the call */
	unsigned resume_s;         /* 0: the provider cannot */
	bool is_leaving;           /* the page has said that it goes */
	uint64_t lost_ms;          /* since when the caller is away */
	struct rd_timer timer;     /* of a page that is awaited */
	struct rd_tries tries;
	struct rd_joining *joining; /* of a provider without resume */
};

struct rd_live_call {
	const struct rd_destination *destination;

	struct rd_call call;
	struct rd_call_record record;
	rd_call_ref ref;
	char call_key[RD_CALL_KEY_TEXT];
	struct rd_kept_answer *kept;     /* NULL without Idempotency-Key */
	struct rd_provider_start *start; /* until one has said yes */
	struct rd_joining *joining;      /* until the yes is on disk */
	struct rd_provider_use use;      /* whom we ask, or who has it */
	unsigned at_use;                 /* which of the destination's */
	bool is_recorded;                /* the store has answered */
	bool was_asked;                  /* use has begun something */
	uint64_t start_by_ms;            /* when somebody must have said yes */
	unsigned queue_position, queue_wait_s;
	struct rd_handover handover;
	struct rd_tries wishes; /* holds and ratings */

	struct rd_timer timer;
	struct rd_switchboard *board;
	struct rd_list waiters;   /* struct rd_waiter.in_call */
	struct rd_list listeners; /* struct rd_listener.in_call */
	struct rd_list in_id;     /* of the index by call id */
	struct rd_list in_key;    /* of the index by owner and key */

	unsigned news_count; /* numbered 1..news_count; the last are kept */
	struct rd_call_news news[RD_NEWS_KEPT];
};

struct rd_live_calls;

RD_MUST_USE enum rd_err rd_live_calls_open(struct rd_live_calls **out,
					   unsigned most);
void rd_live_calls_close(struct rd_live_calls *l); /* NULL is fine */

/* A new call with fresh id, support id and key; NULL when full. */
struct rd_live_call *rd_live_calls_take(struct rd_live_calls *l);
/* One more try; false: `most` a minute are enough. */
bool rd_tries_may(struct rd_tries *t, unsigned most, uint64_t now_ms);
/* Another call key, and another key for the next page. */
void rd_live_call_rotate_keys(struct rd_live_call *c);
/* Names it in the index of idempotency keys; kept must be set. */
void rd_live_calls_index_key(struct rd_live_calls *l, struct rd_live_call *c);
void rd_live_calls_give(struct rd_live_calls *l, struct rd_live_call *c);

struct rd_live_call *rd_live_calls_get(const struct rd_live_calls *l,
				       rd_call_ref ref);
struct rd_live_call *rd_live_calls_find(struct rd_live_calls *l,
					const char *call_id);
struct rd_live_call *rd_live_calls_find_key(struct rd_live_calls *l,
					    const char *owner, const char *key);
/* For walking all: start with *cursor 0; NULL at the end. */
struct rd_live_call *rd_live_calls_next(const struct rd_live_calls *l,
					size_t *cursor);
