/* provider/connect_watch.h - a contact of Amazon Connect as the events of a
 * call, and how often to look at it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * DescribeContact is all there is to know of a contact without its events:
 *
 *   ConnectedToSystemTimestamp   CALLER_UP: the caller's media is there
 *   QueueInfo.EnqueueTimestamp   CALLER_UP too, and FAR_RINGS
 *   AgentInfo.ConnectedTo...     FAR_ANSWERED (and the two before it)
 *   DisconnectTimestamp          GONE; the reason by DisconnectReason
 *
 * Nothing is guessed.  A flow without agents (a recording, an echo, a bot) is
 * answered by nobody; a destination may say that its flow is the answer, then
 * ConnectedToSystemTimestamp is FAR_ANSWERED.
 * A machine; embedded in its owner.  Thread: the owner's.
 */
#pragma once
#include "aws/connect.h"
#include "call/provider.h"

struct rd_connect_watch {
	bool is_answered_by_flow; /* set by the owner */

	bool is_up, is_queued, is_answered, is_over;
	unsigned
		interval_ms; /* between two looks, before jitter; 0: none yet */
	unsigned failures;   /* in a row */
};

struct rd_connect_step {
	enum rd_call_event_kind kind;
	enum rd_reason reason; /* GONE */
	enum rd_ended_by by;   /* GONE */
};
enum {
	RD_CONNECT_STEPS = 4
};
/* The events that this view adds, in order; returns how many. */
unsigned rd_connect_watch_feed(struct rd_connect_watch *w,
			       const struct rd_aws_contact *seen,
			       struct rd_connect_step out[RD_CONNECT_STEPS]);
/* How long to wait until the next look: short while something is expected,
 * longer from look to look (1 s to 5 s before the answer, 3 s to 15 s after
 * it), never so short that all `live` contacts together would ask more than
 * twice a second, and with a jitter of a fifth to either side (random: any
 * number). */
unsigned rd_connect_watch_wait_ms(struct rd_connect_watch *w, unsigned live,
				  uint32_t random);
/* A look failed, or was throttled: twice as long, 30 s at most. */
void rd_connect_watch_back_off(struct rd_connect_watch *w);
/* Something has changed: the next look comes soon. */
void rd_connect_watch_hurry(struct rd_connect_watch *w);
