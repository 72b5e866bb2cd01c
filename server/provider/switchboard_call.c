/* provider/switchboard_call.c - one call through its table, and who is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "provider/switchboard_priv.h"

enum {
	ENDING_MS = 10000 /* a provider that tidies up longer is given up */
};

static const char *const reason_codes[] = {
	"",
#define RD_REASON(name, code) code,
#include "call/reason.def"
#undef RD_REASON
};
static const uint64_t answer_bounds_ms[] = { 100,  250,  500,   1000,
					     2000, 5000, 10000, 30000 };

RD_COUNTERS(ended, "ringdown_calls_ended_total", "Calls that have ended.",
	    "reason", reason_codes);
RD_COUNTER(refused_events, "ringdown_call_events_refused_total",
	   "Events that a call's state does not take.");
RD_HISTOGRAM(answered_after, "ringdown_call_answered_seconds",
	     "From the start of a call to its answer.", answer_bounds_ms);

/* --- telling ---------------------------------------------------------- */

static void tell_news(struct rd_live_call *c, uint64_t now_wall_ms)
{
	struct rd_call_news *n = &c->news[c->news_count % RD_NEWS_KEPT];
	struct rd_list *link, *after;

	*n = (struct rd_call_news){
		.id = ++c->news_count,
		.shown = rd_call_shown(c->call.state),
		.reason = c->call.reason,
		.by = c->call.by,
		.at_wall_ms = now_wall_ms,
	};
	if (n->shown == RD_SHOWN_RINGING) {
		n->queue_position = c->queue_position;
		n->queue_wait_s = c->queue_wait_s;
	}
	rd_list_each_safe (link, after, &c->listeners) {
		struct rd_listener *l =
			rd_container(link, struct rd_listener, in_call);

		if (n->shown == RD_SHOWN_ENDED) {
			rd_list_remove(link);
			l->call = NULL;
		}
		l->fn(l, n);
	}
}

static void answer_waiters(struct rd_live_call *c,
			   const struct rd_start_answer *answer)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&c->waiters))) {
		struct rd_waiter *w =
			rd_container(link, struct rd_waiter, in_call);
		rd_start_done *done = w->done;
		void *arg = w->arg;

		rd_free(w);
		done(arg, answer);
	}
}

void rd_live_call_answer_yes(struct rd_live_call *c,
			     const struct rd_joining *joining)
{
	struct rd_start_answer yes = {
		.err = RD_OK,
		.call_id = c->record.call_id,
		.support_id = c->record.support_id,
		.call_key = c->call_key,
		.resume_key = c->handover.resume_s ? c->handover.key : NULL,
		.resume_s = c->handover.resume_s,
		.provider = c->use.provider->name,
		.shown = rd_call_shown(c->call.state),
		.joining = joining,
	};

	answer_waiters(c, &yes);
}

void rd_live_call_answer_no(struct rd_live_call *c, enum rd_err err,
			    enum rd_reason reason, unsigned retry_after_s)
{
	struct rd_start_answer no = { .err = err,
				      .reason = reason,
				      .retry_after_s = retry_after_s };

	answer_waiters(c, &no);
}

/* --- one call through its table ---------------------------------------- */

/* When this state must be over, whatever happens. */
uint64_t rd_live_call_deadline_ms(const struct rd_live_call *c, uint64_t now_ms)
{
	const struct rd_switchboard *s = c->board;

	switch (c->call.state) {
	case RD_CALL_STARTING:
		return now_ms + s->cfg.start_deadline_ms;
	case RD_CALL_JOINING:
		return now_ms + s->cfg.join_deadline_ms;
	case RD_CALL_ENDING:
		return now_ms + ENDING_MS;
	case RD_CALL_ENDED:
		return now_ms + UINT64_C(1000) * s->cfg.keep_ended_s;
	case RD_CALL_DIALLING:
	case RD_CALL_RINGING:
	case RD_CALL_TALKING:
		break;
	default: /* held and lost keep the deadline of the talk */
		return c->timer.is_armed ? c->timer.due_ms : RD_NEVER;
	}
	if (c->call.state != RD_CALL_TALKING)
		return RD_NEVER; /* the provider limits ringing */
	return c->timer.is_armed
		       ? c->timer.due_ms
		       : now_ms + UINT64_C(1000) * c->destination->talk_s;
}

static void on_ended(struct rd_live_call *c)
{
	struct rd_switchboard *s = c->board;

	c->record.reason = c->call.reason;
	c->record.by = c->call.by;
	c->record.ended_ms = c->call.ended_ms;
	if (rd_store_update(s->store, &c->record) != RD_OK)
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"end not recorded\"", c->record.call_id);
	rd_limits_ended(s->limits, c->record.owner);
	s->running--;
	rd_metric_add(&ended, c->call.reason, 1);
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"call ended\" reason=%s by=%s seconds=%llu",
	       c->record.call_id, rd_reason_code(c->call.reason),
	       rd_ended_by_name(c->call.by),
	       (unsigned long long)(c->call.answered_ms
					    ? (c->call.ended_ms -
					       c->call.answered_ms) /
						      1000
					    : 0));
}

bool rd_live_call_feed(struct rd_live_call *c, enum rd_call_event_kind event,
		       enum rd_reason reason, enum rd_ended_by by)
{
	struct rd_switchboard *s = c->board;
	uint64_t now_wall_ms = rd_clock_wall_ms();
	uint64_t now_ms = rd_loop_now_ms(s->loop);
	enum rd_call_shown before = rd_call_shown(c->call.state);
	enum rd_call_state was = c->call.state;
	uint64_t answered_ms = c->call.answered_ms;

	if (rd_call_feed(&c->call, event, reason, by, now_wall_ms) != RD_OK) {
		rd_metric_add(&refused_events, 0, 1);
		return false;
	}
	if (c->call.state == was)
		return true;
	rd_live_call_note_away(c, was);
	rd_timer_arm(rd_loop_timers(s->loop), &c->timer,
		     rd_live_call_deadline_ms(c, now_ms));
	if (c->call.answered_ms != answered_ms) {
		c->record.answered_ms = c->call.answered_ms;
		rd_metric_observe(&answered_after,
				  c->call.answered_ms - c->call.started_ms);
		/* Only a time: the end writes it again if this is refused. */
		if (rd_store_update(s->store, &c->record) != RD_OK)
			rd_log(RD_LOG_WARN, "provider",
			       "call=%s event=\"answer not recorded\"",
			       c->record.call_id);
	}
	if (c->call.state == RD_CALL_ENDED)
		on_ended(c);
	if (rd_call_shown(c->call.state) != before)
		tell_news(c, now_wall_ms);
	return true;
}

void rd_live_call_hang_up(struct rd_live_call *c, enum rd_reason reason,
			  enum rd_ended_by by)
{
	if (!rd_live_call_feed(c, RD_CALL_HANG_UP, reason, by))
		return;
	if (c->call.state == RD_CALL_ENDING && c->was_asked)
		c->use.provider->end(c->use.self, c->ref,
				     rd_loop_now_ms(c->board->loop));
}

void rd_live_call_on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_live_call *c = rd_container(t, struct rd_live_call, timer);

	(void)now_ms;
	switch (c->call.state) {
	case RD_CALL_STARTING:
		if (c->was_asked)
			rd_live_call_note_outcome(c, false);
		if (rd_live_call_ask_next(c, RD_E_TIMEOUT))
			return;
		rd_live_call_answer_no(c, RD_E_TIMEOUT, RD_REASON_PROVIDER_DOWN,
				       RD_RETRY_BUSY_S);
		rd_live_call_hang_up(c, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM);
		return;
	case RD_CALL_JOINING:
		rd_live_call_hang_up(c, RD_REASON_NETWORK_LOST, RD_BY_SYSTEM);
		return;
	case RD_CALL_ENDING:
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"provider did not end\"",
		       c->record.call_id);
		rd_live_call_feed(c, RD_CALL_GONE, RD_REASON_INTERNAL,
				  RD_BY_SYSTEM);
		return;
	case RD_CALL_ENDED:
		rd_live_calls_give(c->board->calls, c);
		return;
	default:
		rd_live_call_hang_up(c, RD_REASON_LIMIT_TIME, RD_BY_SYSTEM);
	}
}

/* --- what providers say ------------------------------------------------ */

void rd_live_call_tell_seen(struct rd_live_call *c)
{
	const struct rd_provider *p = c->use.provider;
	bool is_on = c->call.state > RD_CALL_STARTING &&
		     c->call.state < RD_CALL_ENDING;

	if (p->seen && is_on)
		p->seen(c->use.self, c->ref, !rd_list_is_empty(&c->listeners),
			rd_loop_now_ms(c->board->loop));
}

static void say_yes(struct rd_live_call *c, const struct rd_joining *joining)
{
	if (c->kept) {
		c->kept->joining = *joining;
		c->kept->is_answered = true;
	}
	rd_live_call_answer_yes(c, joining);
}

void rd_live_call_yes_recorded(struct rd_live_call *c)
{
	struct rd_joining *joining = c->joining;

	if (!joining)
		return;
	c->joining = NULL;
	if (c->call.state < RD_CALL_ENDING)
		say_yes(c, joining);
	rd_wipe(joining, sizeof(*joining));
	rd_free(joining);
}

/* Before the client hears of it, so that a restart knows what there is at the
 * provider's (F1).  Jobs are done in order: what is found after the update
 * was written is on disk.  False: there is nothing to wait for. */
static bool record_far_end(struct rd_live_call *c)
{
	struct rd_store *store = c->board->store;

	if (!c->record.far_id[0] && c->at_use == 0)
		return false;
	return rd_store_update(store, &c->record) == RD_OK &&
	       rd_store_confirm(store, c->record.call_id,
				RD_YES_TAG | c->ref) == RD_OK;
}

static void on_started(struct rd_live_call *c,
		       const struct rd_provider_event *event)
{
	if (!rd_live_call_feed(c, RD_CALL_STARTED, RD_REASON_NONE,
			       RD_BY_NOBODY))
		return;
	rd_live_call_note_outcome(c, true);
	rd_live_call_keep_joining(c, event);
	rd_free(c->start);
	c->start = NULL;
	c->joining = rd_alloc(sizeof(*c->joining));
	if (!c->joining) {
		say_yes(c, &event->joining);
	} else {
		*c->joining = event->joining;
		if (!record_far_end(c))
			rd_live_call_yes_recorded(c);
	}
	if (!rd_list_is_empty(&c->listeners))
		rd_live_call_tell_seen(c);
}

/* What an end before the yes is to whoever waits. */
static enum rd_err refusal(enum rd_reason reason)
{
	switch (reason) {
	case RD_REASON_QUEUE_FULL:
		return RD_E_FULL;
	case RD_REASON_FORBIDDEN_DESTINATION:
		return RD_E_DENIED;
	case RD_REASON_INTERNAL:
		return RD_E_INTERNAL;
	default:
		return RD_E_UPSTREAM;
	}
}

static void on_gone(struct rd_live_call *c,
		    const struct rd_provider_event *event)
{
	enum rd_err err = refusal(event->reason);

	if (event->sip_status)
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"far side ended\" code=%u cause=%u",
		       c->record.call_id, event->sip_status, event->q850_cause);
	if (c->call.state == RD_CALL_STARTING && err == RD_E_UPSTREAM)
		rd_live_call_note_outcome(c, false);
	if (c->call.state == RD_CALL_STARTING && event->may_try_next) {
		c->was_asked = false; /* it has tidied up by itself */
		if (rd_live_call_ask_next(c, err))
			return;
	}
	rd_live_call_answer_no(c, err, event->reason,
			       event->retry_after_s ? event->retry_after_s
						    : RD_RETRY_BUSY_S);
	rd_live_call_feed(c, RD_CALL_GONE, event->reason, event->by);
}

/* The place in the queue changes more often than the state. */
static void on_queued(struct rd_live_call *c,
		      const struct rd_provider_event *event)
{
	bool is_new = c->queue_position != event->queue_position ||
		      c->queue_wait_s != event->queue_wait_s;
	bool was_ringing = rd_call_shown(c->call.state) == RD_SHOWN_RINGING;

	c->queue_position = event->queue_position;
	c->queue_wait_s = event->queue_wait_s;
	if (rd_live_call_feed(c, event->kind, event->reason, event->by) &&
	    is_new && was_ringing)
		tell_news(c, rd_clock_wall_ms());
}

void rd_switchboard_take_event(struct rd_switchboard *s,
			       const struct rd_provider_use *use,
			       const struct rd_provider_event *event)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, event->ref);

	/* One that was given up is not heard any more. */
	if (!c || c->use.provider != use->provider || c->use.self != use->self)
		return;
	if (event->far_id[0])
		memcpy(c->record.far_id, event->far_id,
		       sizeof(c->record.far_id));
	if (event->kind == RD_CALL_STARTED)
		on_started(c, event);
	else if (event->kind == RD_CALL_GONE)
		on_gone(c, event);
	else if (event->kind == RD_CALL_FAR_RINGS)
		on_queued(c, event);
	else
		rd_live_call_feed(c, event->kind, event->reason, event->by);
}
