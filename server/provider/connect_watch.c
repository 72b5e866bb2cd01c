/* provider/connect_watch.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/connect_watch.h"

enum {
	FIRST_MS = 1000,
	WAITING_MOST_MS = 5000,
	TALKING_LEAST_MS = 3000,
	TALKING_MOST_MS = 15000,
	BACK_OFF_MOST_MS = 30000,
	MOST_FAILURES = 6, /* that are told apart */
	EACH_MS = 500,     /* 2 requests a second for all, as an account may */
};

static const struct {
	const char *code;
	enum rd_reason reason;
	enum rd_ended_by by;
} ends[] = {
	{ "CUSTOMER_DISCONNECT", RD_REASON_ENDED_BY_CALLER, RD_BY_CALLER },
	{ "AGENT_DISCONNECT", RD_REASON_ENDED_BY_ADVISOR, RD_BY_ADVISOR },
	{ "THIRD_PARTY_DISCONNECT", RD_REASON_ENDED_BY_ADVISOR, RD_BY_ADVISOR },
	{ "CUSTOMER_NEVER_ARRIVED", RD_REASON_NETWORK_LOST, RD_BY_SYSTEM },
	{ "CUSTOMER_CONNECTION_NOT_ESTABLISHED", RD_REASON_NETWORK_LOST,
	  RD_BY_SYSTEM },
	{ "AGENT_NETWORK_DISCONNECT", RD_REASON_NETWORK_LOST, RD_BY_SYSTEM },
	{ "TELECOM_PROBLEM", RD_REASON_NETWORK_LOST, RD_BY_SYSTEM },
	{ "TELECOM_BUSY", RD_REASON_BUSY, RD_BY_SYSTEM },
	{ "TELECOM_UNANSWERED", RD_REASON_NO_ANSWER, RD_BY_SYSTEM },
	{ "EXPIRED", RD_REASON_LIMIT_TIME, RD_BY_SYSTEM },
	{ "AGENT_NOT_AVAILABLE", RD_REASON_NO_ADVISOR, RD_BY_SYSTEM },
};

static struct rd_connect_step end_of(const struct rd_connect_watch *w,
				     const char *code)
{
	struct rd_connect_step gone = { RD_CALL_GONE, RD_REASON_ENDED_BY_SYSTEM,
					RD_BY_SYSTEM };

	for (size_t i = 0; i < RD_COUNT(ends); i++)
		if (!strcmp(ends[i].code, code)) {
			gone.reason = ends[i].reason;
			gone.by = ends[i].by;
			return gone;
		}
	/* The flow, or another program, ended it: while he stood in a queue
	 * that means that nobody came. */
	if (w->is_queued && !w->is_answered)
		gone.reason = RD_REASON_NO_ADVISOR;
	else if (w->is_answered && !strcmp(code, "CONTACT_FLOW_DISCONNECT"))
		gone = (struct rd_connect_step){ RD_CALL_GONE,
						 RD_REASON_ENDED_BY_ADVISOR,
						 RD_BY_ADVISOR };
	return gone;
}

unsigned rd_connect_watch_feed(struct rd_connect_watch *w,
			       const struct rd_aws_contact *seen,
			       struct rd_connect_step out[RD_CONNECT_STEPS])
{
	bool is_up = seen->is_connected || seen->is_queued || seen->has_agent;
	bool is_answered = seen->has_agent ||
			   (w->is_answered_by_flow && seen->is_connected);
	unsigned n = 0;

	w->failures = 0;
	if (w->is_over)
		return 0;
	if (is_up && !w->is_up)
		out[n++] =
			(struct rd_connect_step){ .kind = RD_CALL_CALLER_UP };
	if (seen->is_queued && !w->is_queued && !w->is_answered)
		out[n++] =
			(struct rd_connect_step){ .kind = RD_CALL_FAR_RINGS };
	if (is_answered && !w->is_answered)
		out[n++] = (struct rd_connect_step){
			.kind = RD_CALL_FAR_ANSWERED
		};
	w->is_up |= is_up;
	w->is_queued |= seen->is_queued;
	w->is_answered |= is_answered;
	if (seen->is_ended) {
		w->is_over = true;
		out[n++] = end_of(w, seen->reason);
	}
	if (n)
		rd_connect_watch_hurry(w);
	return n;
}

unsigned rd_connect_watch_wait_ms(struct rd_connect_watch *w, unsigned live,
				  uint32_t random)
{
	unsigned least_ms = w->is_answered ? TALKING_LEAST_MS : FIRST_MS;
	unsigned most_ms = w->is_answered ? TALKING_MOST_MS : WAITING_MOST_MS;
	unsigned fair_ms = (live < 100000 ? live : 100000) * EACH_MS;
	unsigned wait_ms;

	if (w->interval_ms == 0)
		w->interval_ms = least_ms;
	else if (!w->failures) /* a quarter longer each time */
		w->interval_ms += w->interval_ms / 4;
	if (w->interval_ms > most_ms)
		w->interval_ms = most_ms;
	wait_ms = w->interval_ms << w->failures;
	if (wait_ms > BACK_OFF_MOST_MS)
		wait_ms = BACK_OFF_MOST_MS;
	if (wait_ms < fair_ms)
		wait_ms = fair_ms;
	return wait_ms - wait_ms / 5 + random % (2 * (wait_ms / 5) + 1);
}

void rd_connect_watch_back_off(struct rd_connect_watch *w)
{
	if (w->failures < MOST_FAILURES)
		w->failures++;
}

void rd_connect_watch_hurry(struct rd_connect_watch *w)
{
	w->interval_ms = 0;
}
