/* app/gateway_start.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway_start.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

enum {
	LOOK_MS = 50,   /* longest sleep of the loop */
	TIDY_MS = 1500, /* for a provider that was given up to undo its work */
};

struct asking {
	const struct rd_gateway_start *asked;
	const struct rd_provider_use *use;
	rd_call_ref ref;

	struct rd_provider_event event; /* the last one of ref */
};

/* Events of ref until `kinds`, of which one is bit (1 << kind), has come or
 * the time is over; false: it is over. */
static bool wait_for(struct asking *a, uint64_t kinds, uint64_t until_ms)
{
	const struct rd_provider *p = a->use->provider;
	struct rd_loop *loop = a->asked->loop;
	uint64_t now_ms = rd_clock_ms();

	for (;;) {
		while (p->poll(a->use->self, now_ms, &a->event) == RD_OK)
			if (a->event.ref == a->ref &&
			    kinds & UINT64_C(1) << a->event.kind)
				return true;
		if (now_ms >= until_ms)
			return false;
		rd_loop_turn(loop, rd_min_u64(LOOK_MS, until_ms - now_ms));
		now_ms = rd_clock_ms();
	}
}

/* Too late: what comes now is to be undone, which takes a moment. */
static void give_up(struct asking *a)
{
	uint64_t now_ms = rd_clock_ms();

	a->use->provider->end(a->use->self, a->ref, now_ms);
	(void)wait_for(a, UINT64_C(1) << RD_CALL_GONE, now_ms + TIDY_MS);
}

/* true: it is known, be it yes or a no that nobody else would change. */
static bool ask(struct asking *a, struct rd_provider_start *start,
		struct rd_gateway_started *out)
{
	const struct rd_provider *p = a->use->provider;
	const uint64_t kinds =
		UINT64_C(1) << RD_CALL_STARTED | UINT64_C(1) << RD_CALL_GONE;

	out->provider = p->name;
	out->reason = RD_REASON_PROVIDER_DOWN;
	if (p->start(a->use->self, start, rd_clock_ms()))
		return false;
	if (!wait_for(a, kinds, start->deadline_ms)) {
		give_up(a);
		return false;
	}
	if (a->event.kind == RD_CALL_STARTED) {
		out->reason = RD_REASON_NONE;
		out->joining = a->event.joining;
		return true;
	}
	out->reason = a->event.reason;
	out->retry_after_s = a->event.retry_after_s;
	return !a->event.may_try_next;
}

void rd_gateway_start(struct rd_gateway_start *asked,
		      struct rd_gateway_started *out)
{
	struct asking *a = rd_zalloc(sizeof(*a));
	struct rd_provider_start start = asked->start;
	uint64_t end_ms = rd_clock_ms() + asked->within_ms, now_ms;
	bool is_known = false;

	memset(out, 0, sizeof(*out));
	out->provider = "";
	out->reason = a ? RD_REASON_PROVIDER_DOWN : RD_REASON_INTERNAL;
	for (unsigned i = 0; a && !is_known && i < asked->use_count; i++) {
		now_ms = rd_clock_ms();
		if (now_ms >= end_ms)
			break;
		a->asked = asked;
		a->use = &asked->uses[i];
		start.ref = a->ref = i + 1;
		/* Those that are left share the time that is left. */
		start.deadline_ms =
			now_ms + (end_ms - now_ms) / (asked->use_count - i);
		is_known = ask(a, &start, out);
		if (!is_known)
			rd_log(RD_LOG_WARN, "app",
			       "call=%s event=\"provider did not take the "
			       "call\" provider=%s reason=%s",
			       start.call_id, out->provider,
			       rd_reason_code(out->reason));
	}
	if (a)
		rd_wipe(a, sizeof(*a));
	rd_free(a);
}
