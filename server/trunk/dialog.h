/* trunk/dialog.h - the states of one SIP dialog, as a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3261 12 to 15 as far as a caller of trunk.h can see them.  Pure: what
 * sofia and control say goes in, what shall be done comes out; a pair that is
 * not in the table is refused.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum rd_dialog_state {
	RD_DIALOG_ASKING,     /* our INVITE is out, nothing heard */
	RD_DIALOG_PROCEEDING, /* our INVITE had a provisional answer */
	RD_DIALOG_OFFERED,    /* their INVITE waits for our final answer */
	RD_DIALOG_ANSWERED,   /* our 200 is out, their ACK is not here */
	RD_DIALOG_TALKING,
	RD_DIALOG_LEAVING, /* control has been told; CANCEL or BYE is out */
	RD_DIALOG_GONE,
	RD_DIALOG_STATES
};

enum rd_dialog_input {
	RD_IN_TRYING,     /* 100 to our INVITE */
	RD_IN_PROGRESS,   /* 101..199 to it */
	RD_IN_ACCEPTED,   /* 2xx to it */
	RD_IN_UNUSABLE,   /* 2xx to it with an SDP or a route we cannot use */
	RD_IN_REFUSED,    /* 300..699 to it */
	RD_IN_ACK,        /* for our 200 */
	RD_IN_CANCEL,     /* of their INVITE */
	RD_IN_BYE,        /* theirs */
	RD_IN_TERMINATED, /* the stack has given the session up */
	RD_IN_LOST,       /* the stack has sent BYE by itself */
	RD_IN_SILENT,     /* no answer at all in time */
	RD_IN_UNANSWERED, /* not accepted in time */
	RD_IN_GIVE_UP,    /* the leaving took too long */
	RD_IN_HANGUP,     /* control: end it */
	RD_IN_ALERT,      /* control: 101..199 to their INVITE */
	RD_IN_ACCEPT,     /* control: 2xx to it */
	RD_IN_REFUSE,     /* control: 300..699 to it */
	RD_DIALOG_INPUTS
};

enum rd_dialog_action {
	RD_DO_NOTHING,
	RD_DO_TELL_TRYING,
	RD_DO_TELL_PROGRESS,
	RD_DO_ACK_AND_TELL, /* answered */
	RD_DO_TELL_ANSWERED,
	RD_DO_TELL_END,
	RD_DO_WAIT_AND_TELL, /* for the answer to the stack's own BYE */
	RD_DO_CANCEL_AND_TELL,
	RD_DO_BYE_AND_TELL,
	RD_DO_RESPOND,
	RD_DO_REFUSE_AND_TELL, /* their INVITE, with a status of ours */
	RD_DO_ACK_AND_BYE,     /* a 2xx crossed our CANCEL, RFC 3261 15 */
	RD_DO_ACK_BYE_AND_TELL,
	RD_DIALOG_ACTIONS
};

struct rd_dialog_step {
	enum rd_dialog_state in;
	enum rd_dialog_input on;
	enum rd_dialog_state becomes;
	enum rd_dialog_action does;
};

/* NULL: on may not happen in this state. */
const struct rd_dialog_step *rd_dialog_step(enum rd_dialog_state in,
					    enum rd_dialog_input on);
/* The whole table, for the page in docs/internals and its test. */
const struct rd_dialog_step *rd_dialog_steps(size_t *count);

const char *rd_dialog_state_name(enum rd_dialog_state state);
const char *rd_dialog_input_name(enum rd_dialog_input input);
const char *rd_dialog_action_name(enum rd_dialog_action action);
