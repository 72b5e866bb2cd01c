/* trunk/dialog.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/dialog.h"

#define ASKING     RD_DIALOG_ASKING
#define PROCEEDING RD_DIALOG_PROCEEDING
#define OFFERED    RD_DIALOG_OFFERED
#define ANSWERED   RD_DIALOG_ANSWERED
#define TALKING    RD_DIALOG_TALKING
#define LEAVING    RD_DIALOG_LEAVING
#define GONE       RD_DIALOG_GONE

/* clang-format off */
static const struct rd_dialog_step steps[] = {
	/* in        on                 becomes     and does */
	{ ASKING,     RD_IN_TRYING,     PROCEEDING, RD_DO_TELL_TRYING },
	{ ASKING,     RD_IN_PROGRESS,   PROCEEDING, RD_DO_TELL_PROGRESS },
	{ ASKING,     RD_IN_ACCEPTED,   TALKING,    RD_DO_ACK_AND_TELL },
	{ ASKING,     RD_IN_UNUSABLE,   LEAVING,    RD_DO_ACK_BYE_AND_TELL },
	{ ASKING,     RD_IN_REFUSED,    GONE,       RD_DO_TELL_END },
	{ ASKING,     RD_IN_TERMINATED, GONE,       RD_DO_TELL_END },
	{ ASKING,     RD_IN_SILENT,     LEAVING,    RD_DO_CANCEL_AND_TELL },
	{ ASKING,     RD_IN_UNANSWERED, LEAVING,    RD_DO_CANCEL_AND_TELL },
	{ ASKING,     RD_IN_HANGUP,     LEAVING,    RD_DO_CANCEL_AND_TELL },

	{ PROCEEDING, RD_IN_TRYING,     PROCEEDING, RD_DO_NOTHING },
	{ PROCEEDING, RD_IN_PROGRESS,   PROCEEDING, RD_DO_TELL_PROGRESS },
	{ PROCEEDING, RD_IN_ACCEPTED,   TALKING,    RD_DO_ACK_AND_TELL },
	{ PROCEEDING, RD_IN_UNUSABLE,   LEAVING,    RD_DO_ACK_BYE_AND_TELL },
	{ PROCEEDING, RD_IN_REFUSED,    GONE,       RD_DO_TELL_END },
	{ PROCEEDING, RD_IN_BYE,        GONE,       RD_DO_TELL_END },
	{ PROCEEDING, RD_IN_TERMINATED, GONE,       RD_DO_TELL_END },
	{ PROCEEDING, RD_IN_UNANSWERED, LEAVING,    RD_DO_CANCEL_AND_TELL },
	{ PROCEEDING, RD_IN_HANGUP,     LEAVING,    RD_DO_CANCEL_AND_TELL },

	{ OFFERED,    RD_IN_ALERT,      OFFERED,    RD_DO_RESPOND },
	{ OFFERED,    RD_IN_ACCEPT,     ANSWERED,   RD_DO_RESPOND },
	{ OFFERED,    RD_IN_REFUSE,     LEAVING,    RD_DO_REFUSE_AND_TELL },
	{ OFFERED,    RD_IN_HANGUP,     LEAVING,    RD_DO_REFUSE_AND_TELL },
	{ OFFERED,    RD_IN_CANCEL,     GONE,       RD_DO_TELL_END },
	{ OFFERED,    RD_IN_BYE,        GONE,       RD_DO_TELL_END },
	{ OFFERED,    RD_IN_TERMINATED, GONE,       RD_DO_TELL_END },

	{ ANSWERED,   RD_IN_ACK,        TALKING,    RD_DO_TELL_ANSWERED },
	{ ANSWERED,   RD_IN_BYE,        GONE,       RD_DO_TELL_END },
	{ ANSWERED,   RD_IN_CANCEL,     ANSWERED,   RD_DO_NOTHING },
	{ ANSWERED,   RD_IN_TERMINATED, GONE,       RD_DO_TELL_END },
	{ ANSWERED,   RD_IN_LOST,       LEAVING,    RD_DO_WAIT_AND_TELL },
	{ ANSWERED,   RD_IN_HANGUP,     LEAVING,    RD_DO_BYE_AND_TELL },

	{ TALKING,    RD_IN_ACK,        TALKING,    RD_DO_NOTHING },
	{ TALKING,    RD_IN_BYE,        GONE,       RD_DO_TELL_END },
	{ TALKING,    RD_IN_TERMINATED, GONE,       RD_DO_TELL_END },
	{ TALKING,    RD_IN_LOST,       LEAVING,    RD_DO_WAIT_AND_TELL },
	{ TALKING,    RD_IN_HANGUP,     LEAVING,    RD_DO_BYE_AND_TELL },

	{ LEAVING,    RD_IN_TRYING,     LEAVING,    RD_DO_NOTHING },
	{ LEAVING,    RD_IN_PROGRESS,   LEAVING,    RD_DO_NOTHING },
	{ LEAVING,    RD_IN_ACCEPTED,   LEAVING,    RD_DO_ACK_AND_BYE },
	{ LEAVING,    RD_IN_REFUSED,    GONE,       RD_DO_NOTHING },
	{ LEAVING,    RD_IN_ACK,        LEAVING,    RD_DO_NOTHING },
	{ LEAVING,    RD_IN_CANCEL,     LEAVING,    RD_DO_NOTHING },
	{ LEAVING,    RD_IN_BYE,        GONE,       RD_DO_NOTHING },
	{ LEAVING,    RD_IN_TERMINATED, GONE,       RD_DO_NOTHING },
	{ LEAVING,    RD_IN_LOST,       LEAVING,    RD_DO_NOTHING },
	{ LEAVING,    RD_IN_GIVE_UP,    GONE,       RD_DO_NOTHING },
	{ LEAVING,    RD_IN_HANGUP,     LEAVING,    RD_DO_NOTHING },
};
/* clang-format on */

const struct rd_dialog_step *rd_dialog_step(enum rd_dialog_state in,
					    enum rd_dialog_input on)
{
	for (size_t i = 0; i < RD_COUNT(steps); i++)
		if (steps[i].in == in && steps[i].on == on)
			return &steps[i];
	return NULL;
}

const struct rd_dialog_step *rd_dialog_steps(size_t *count)
{
	*count = RD_COUNT(steps);
	return steps;
}

const char *rd_dialog_state_name(enum rd_dialog_state state)
{
	static const char *const names[RD_DIALOG_STATES] = {
		"asking",  "proceeding", "offered", "answered",
		"talking", "leaving",    "gone",
	};

	rd_assert(state < RD_DIALOG_STATES);
	return names[state];
}

const char *rd_dialog_input_name(enum rd_dialog_input input)
{
	static const char *const names[RD_DIALOG_INPUTS] = {
		"trying", "progress",   "accepted", "unusable",   "refused",
		"ack",    "cancel",     "bye",      "terminated", "lost",
		"silent", "unanswered", "give_up",  "hangup",     "alert",
		"accept", "refuse",
	};

	rd_assert(input < RD_DIALOG_INPUTS);
	return names[input];
}

const char *rd_dialog_action_name(enum rd_dialog_action action)
{
	static const char *const names[RD_DIALOG_ACTIONS] = {
		"nothing",       "tell_trying",     "tell_progress",
		"ack_and_tell",  "tell_answered",   "tell_end",
		"wait_and_tell", "cancel_and_tell", "bye_and_tell",
		"respond",       "refuse_and_tell", "ack_and_bye",
	};

	rd_assert(action < RD_DIALOG_ACTIONS);
	return names[action];
}
