/* provider/sma_call.h - one call of a SIP media application: the order of
 * things.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The call has one leg, LEG-A, and may get a second one, LEG-B.  The handler
 * is told of each event, one at a time and in order, and answers with a list
 * of actions, which are carried out one after the other; a list that comes
 * while one runs takes the place of what is left of it, after the action in
 * progress, which is cut short if it only plays, records or pauses.
 *
 * A handler that has not answered after first_answer_ms is asked again, as
 * often as that fits into last_answer_ms; the first answer counts.  Without
 * one the call ends.  So it does when a response is unusable, when the handler
 * refuses the same event twice, and after 1,000 invocations.
 *
 * The machine says by orders what shall be done; nothing happens in it that
 * was not fed.  Owner: whoever opened it.  Thread: any, one at a time.
 */
#pragma once
#include "base/base.h"
#include "provider/sma_action.h"

struct rd_sma_call;

enum rd_sma_leg {
	RD_SMA_LEG_A,
	RD_SMA_LEG_B,
	RD_SMA_LEGS,
};

enum {
	RD_SMA_INVOCATIONS = 1000,
	RD_SMA_UPDATES = 64, /* events that wait, at most */
	RD_SMA_NUMBER = 48,  /* of a participant's To or From, with NUL */
	RD_SMA_DIGIT_RUN = 16,
};

struct rd_sma_pair {
	const char *name;
	const char *value;
};

struct rd_sma_call_cfg { /* lent until close, but from, to, arguments */
	const char *transaction_id;
	const char *application_id;
	const char *account;
	const char *region;
	const char *from; /* of LEG-A; shorter than RD_SMA_NUMBER */
	const char *to;
	const struct rd_sma_pair *arguments; /* ArgumentsMap */
	unsigned argument_count;
	const char *const *phone_numbers; /* that may be a caller id */
	unsigned phone_number_count;
	uint64_t wall_offset_ms; /* wall time minus now_ms */
	unsigned first_answer_ms;
	unsigned last_answer_ms;
};

/* RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sma_call_open(struct rd_sma_call **out,
					 const struct rd_sma_call_cfg *cfg,
					 uint64_t now_ms);
void rd_sma_call_close(struct rd_sma_call *c); /* NULL is fine */

enum rd_sma_order_kind {
	RD_SMA_INVOKE, /* event, serial: answer with one of the two below */
	RD_SMA_CALL,   /* place LEG-A */
	RD_SMA_BRIDGE, /* place LEG-B as action says, then join them */
	RD_SMA_JOIN,   /* make LEG-B the seat of a meeting: DONE */
	RD_SMA_MODIFY, /* mute or unmute: DONE */
	RD_SMA_SEND,   /* digits, without commas, to leg: DONE once taken */
	RD_SMA_PLAY,   /* prompt to leg, once: DONE when it is over */
	RD_SMA_HUSH,   /* stop that; no DONE is waited for */
	RD_SMA_RECORD, /* what leg says: DONE with key when it is over */
	RD_SMA_RECORD_STOP, /* that is over; DONE is waited for if is_wanted */
	RD_SMA_END_LEG,     /* hang leg up, with sip_status; no ENDED follows */
	RD_SMA_OVER,        /* the last: close */
};

struct rd_sma_order { /* all lent until the next call on the machine */
	enum rd_sma_order_kind kind;
	enum rd_sma_leg leg;
	uint32_t serial; /* names it in DONE and FAILED, and an invocation */
	struct rd_span event;
	const struct rd_sma_action *action;
	const struct rd_sma_prompt *prompt;
	const char *digits;
	unsigned sip_status; /* 0: an ordinary end */
	bool is_wanted;
};

/* RD_E_AGAIN: nothing now.  RD_E_NOMEM: the call cannot go on; hang up what
 * there is and close. */
RD_MUST_USE enum rd_err rd_sma_call_poll(struct rd_sma_call *c, uint64_t now_ms,
					 struct rd_sma_order *order);
uint64_t rd_sma_call_due_ms(const struct rd_sma_call *c); /* or RD_NEVER */

/* --- what is fed: RD_OK, or RD_E_NOMEM as above -------------------------- */

/* The handler's answer.  A serial that is over is fine. */
RD_MUST_USE enum rd_err rd_sma_call_response(struct rd_sma_call *c,
					     uint32_t serial,
					     struct rd_span body);
/* There is none.  is_refusal: it said so (an error of the function, 4xx);
 * else it could not be reached and is asked again in its time. */
RD_MUST_USE enum rd_err rd_sma_call_no_response(struct rd_sma_call *c,
						uint32_t serial,
						bool is_refusal);

/* CALL_UPDATE_REQUESTED.  RD_E_CLOSED: the call is over; RD_E_FULL. */
RD_MUST_USE enum rd_err rd_sma_call_update(struct rd_sma_call *c,
					   const struct rd_sma_pair *arguments,
					   unsigned argument_count);

enum rd_sma_news_kind {
	RD_SMA_RINGING,  /* leg */
	RD_SMA_ANSWERED, /* leg */
	RD_SMA_ENDED,    /* leg, sip_status: not by our order */
	RD_SMA_DIGIT,    /* leg, digit */
	RD_SMA_DONE,     /* serial; key of a recording */
	RD_SMA_FAILED,   /* serial, error, why */
};
struct rd_sma_news { /* lent for the call */
	enum rd_sma_news_kind kind;
	enum rd_sma_leg leg;
	uint32_t serial;
	char digit;
	unsigned sip_status; /* 0: an ordinary end */
	enum rd_sma_error error;
	const char *why;
	const char *key;
};
RD_MUST_USE enum rd_err rd_sma_call_feed(struct rd_sma_call *c,
					 const struct rd_sma_news *news,
					 uint64_t now_ms);

/* Why it was ended before its time, for the log; NULL: it was not. */
const char *rd_sma_call_fault(const struct rd_sma_call *c);
