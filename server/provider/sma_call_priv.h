/* provider/sma_call_priv.h - what the files of the machine share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sma_call.c has the legs and the order of things, sma_invoke.c the events
 * and the asking of the handler, sma_step.c the action in progress.
 */
#pragma once
#include "base/timer.h"
#include "provider/sma_call.h"
#include "provider/sma_pattern.h"

/* ReceiveDigits, once armed. */
struct rd_sma_collector {
	struct rd_sma_response *response; /* NULL: not armed; a reference */
	const struct rd_sma_action *action;
	struct rd_sma_pattern pattern;
	char digits[RD_SMA_DIGITS + 1];
	unsigned count;
	uint64_t check_ms; /* RD_NEVER: nothing to check */
	uint64_t flush_ms;
};

struct rd_sma_side {
	char call_id[37];
	char to[RD_SMA_NUMBER];
	char from[RD_SMA_NUMBER];
	uint64_t start_wall_ms;
	enum rd_sma_side_state {
		RD_SMA_NONE,    /* there is no such leg (any more) */
		RD_SMA_CALLING, /* not answered yet */
		RD_SMA_UP,
		RD_SMA_GONE, /* and still told of */
	} state;
	bool is_seat; /* of JoinChimeMeeting */
	bool is_to_hush;
	bool is_to_stop; /* its recording */
	bool is_stop_wanted;
	bool is_to_end;
	unsigned end_status;
	struct rd_sma_collector collector;
};

/* Something that the handler is told. */
struct rd_sma_event {
	struct rd_list in_queue;
	const char *type;
	enum rd_sma_leg leg;     /* that caused it */
	bool may_act;            /* actions of the answer are carried out */
	struct rd_json_out data; /* ActionData; not grown: none */
	const char *error_type;  /* of INVALID_LAMBDA_RESPONSE */
	char error_why[RD_SMA_WHY];
};

/* What an action has come to, for its ActionData. */
struct rd_sma_result {
	const char *digits; /* NULL: none */
	const char *key;
	char terminator; /* NUL: none */
	enum rd_sma_error error;
	const char *why;
};

struct rd_sma_call {
	struct rd_sma_call_cfg cfg;

	struct rd_sma_side legs[RD_SMA_LEGS];
	enum rd_sma_phase {
		RD_SMA_NEW,     /* the handler has not answered yet */
		RD_SMA_PLACING, /* LEG-A is to be called */
		RD_SMA_RUNNING,
		RD_SMA_ENDING, /* by a fault: what is still told is not heeded
				*/
		RD_SMA_PAST,   /* OVER was said */
	} phase;
	const char *fault;

	struct rd_list events; /* struct rd_sma_event.in_queue */
	unsigned event_count;
	unsigned sequence;
	unsigned invocations;
	struct {
		struct rd_sma_event *event; /* NULL: none under way */
		struct rd_json_out text;    /* the event */
		uint32_t serial;
		bool is_due; /* to be sent, or sent again */
		unsigned refusals;
		uint64_t again_ms;
		uint64_t give_up_ms;
	} asked;

	struct rd_sma_response *attributes; /* whose attributes hold; or NULL */
	struct rd_sma_response *list;       /* that is carried out */
	enum rd_sma_leg list_leg;           /* that caused it */
	unsigned at;
	struct rd_sma_response *next; /* takes the place of the list */
	enum rd_sma_leg next_leg;

	struct {
		const struct rd_sma_action *action; /* NULL: none in progress */
		enum rd_sma_leg leg;
		uint32_t serial;
		bool is_due; /* its order is to be polled */
		enum rd_sma_order_kind order;
		const struct rd_sma_prompt *prompt;
		enum {
			RD_SMA_PROMPTING,
			RD_SMA_WAITING, /* for digits */
			RD_SMA_REGRETTING,
		} getting;
		unsigned tries;
		unsigned at;  /* of the digits to send */
		unsigned run; /* how many of them are being sent */
		char digits[RD_SMA_DIGITS + 1]; /* received, or to be sent */
		unsigned count;
		char terminator; /* that stopped a recording */
		uint64_t due_ms;
	} step;
	uint32_t serial; /* the last that was given */
};

/* --- sma_call.c ---------------------------------------------------------- */

/* The other leg. */
enum rd_sma_leg rd_sma_other(enum rd_sma_leg leg);
bool rd_sma_is_up(const struct rd_sma_call *c, enum rd_sma_leg leg);
/* A fault: all ends.  Events that wait are dropped. */
void rd_sma_fault(struct rd_sma_call *c, const char *fault, unsigned status);
/* Something is to be said to a leg before anything new is. */
bool rd_sma_owes_side(const struct rd_sma_call *c);
/* The leg is hung up by the machine. */
void rd_sma_end_leg(struct rd_sma_call *c, enum rd_sma_leg leg,
		    unsigned status);
void rd_sma_disarm(struct rd_sma_collector *k);

/* --- sma_invoke.c -------------------------------------------------------- */

RD_MUST_USE enum rd_err rd_sma_tell(struct rd_sma_call *c, const char *type,
				    enum rd_sma_leg leg);
/* The same with an action and what has come of it. */
RD_MUST_USE enum rd_err rd_sma_tell_action(struct rd_sma_call *c,
					   const char *type,
					   const struct rd_sma_action *a,
					   enum rd_sma_leg leg,
					   const struct rd_sma_result *result);
RD_MUST_USE enum rd_err rd_sma_tell_arguments(struct rd_sma_call *c,
					      const char *type,
					      const char *action,
					      const struct rd_sma_pair *pairs,
					      unsigned count);
RD_MUST_USE enum rd_err rd_sma_tell_hangup(struct rd_sma_call *c,
					   enum rd_sma_leg leg,
					   unsigned sip_status);
RD_MUST_USE enum rd_err rd_sma_tell_invalid(
	struct rd_sma_call *c, const struct rd_sma_invalid *invalid);
void rd_sma_drop_events(struct rd_sma_call *c);
/* RD_E_AGAIN: nobody is to be asked now. */
RD_MUST_USE enum rd_err rd_sma_ask(struct rd_sma_call *c, uint64_t now_ms,
				   struct rd_sma_order *order);

/* --- sma_step.c ---------------------------------------------------------- */

/* Takes the actions of r, caused by an event of leg. */
RD_MUST_USE enum rd_err rd_sma_take_list(struct rd_sma_call *c,
					 struct rd_sma_response *r,
					 enum rd_sma_leg leg);
void rd_sma_drop_lists(struct rd_sma_call *c);
/* Goes on until something is in progress or nothing is left; *order is what
 * is to be done.  RD_E_AGAIN. */
RD_MUST_USE enum rd_err rd_sma_go_on(struct rd_sma_call *c, uint64_t now_ms,
				     struct rd_sma_order *order);
RD_MUST_USE enum rd_err rd_sma_step_timer(struct rd_sma_call *c,
					  uint64_t now_ms);
RD_MUST_USE enum rd_err rd_sma_step_done(struct rd_sma_call *c,
					 const struct rd_sma_news *news,
					 uint64_t now_ms);
RD_MUST_USE enum rd_err rd_sma_step_failed(struct rd_sma_call *c,
					   enum rd_sma_error error,
					   const char *why);
/* true: the digit was for it. */
RD_MUST_USE enum rd_err rd_sma_step_digit(struct rd_sma_call *c,
					  enum rd_sma_leg leg, char digit,
					  uint64_t now_ms, bool *is_taken);
/* LEG-B of CallAndBridge answered, or did not. */
RD_MUST_USE enum rd_err rd_sma_step_bridged(struct rd_sma_call *c);
RD_MUST_USE enum rd_err rd_sma_step_not_bridged(struct rd_sma_call *c);
/* A leg is gone: what was done on it is over. */
void rd_sma_step_leg_gone(struct rd_sma_call *c, enum rd_sma_leg leg);
