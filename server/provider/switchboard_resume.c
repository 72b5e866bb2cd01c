/* provider/switchboard_resume.c - a call goes from one page of its caller to
 * the next: reloads, and pages that died.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A page that goes says so if it can; then the caller has RD_LEAVING_MS to come
 * back before he counts as gone.  Of a page that only fell silent the provider
 * says CALLER_LOST.  In both cases the call is parked: another page may have
 * it for the key that the last one got, from the same origin.  That key is
 * used up when a page has joined, not when we answer: the answer may be lost.
 */
#include <openssl/sha.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/switchboard_priv.h"

enum {
	TRIES_MOST = 20 /* of a call, in a minute */
};

static const char *const outcomes[] = { "resumed", "live", "refused" };
enum outcome {
	RESUMED,
	LIVE,
	REFUSED
};
RD_COUNTERS(resumes, "ringdown_call_resumes_total",
	    "Pages that wanted to go on with a call.", "outcome", outcomes);

void rd_live_call_hash_origin(struct rd_span origin, uint8_t out[static 32])
{
	SHA256(origin.at ? origin.at : (const uint8_t *)"", origin.len, out);
}

static bool is_lost(enum rd_call_state state)
{
	return state >= RD_CALL_LOST_DIALLING && state <= RD_CALL_LOST_HELD;
}

/* Also of one that has resumed and has not joined yet. */
static bool is_parked(const struct rd_live_call *c)
{
	return c->handover.lost_ms != 0;
}

static struct rd_timers *timers(const struct rd_live_call *c)
{
	return rd_loop_timers(c->board->loop);
}

void rd_live_call_note_away(struct rd_live_call *c, enum rd_call_state was)
{
	struct rd_handover *h = &c->handover;
	enum rd_call_state is = c->call.state;

	if (is_lost(is) && !is_lost(was) && !h->lost_ms)
		h->lost_ms = rd_loop_now_ms(c->board->loop);
	if (is < RD_CALL_ENDING && was != RD_CALL_JOINING &&
	    (!is_lost(was) || is_lost(is)))
		return;
	rd_timer_disarm(timers(c), &h->timer);
	h->is_leaving = false;
	h->lost_ms = 0;
	rd_wipe(h->key_before, sizeof(h->key_before));
}

void rd_live_call_keep_joining(struct rd_live_call *c,
			       const struct rd_provider_event *started)
{
	struct rd_handover *h = &c->handover;
	const struct rd_provider *p = c->use.provider;

	if (!p->park)
		return;
	if (!p->resume) {
		h->joining = rd_alloc(sizeof(*h->joining));
		if (!h->joining)
			return; /* then no page may resume */
		*h->joining = started->joining;
	}
	h->resume_s = started->resume_s;
}

/* When a page must have joined, however many have tried. */
static uint64_t back_until_ms(const struct rd_handover *h)
{
	return h->lost_ms + UINT64_C(1000) * h->resume_s;
}

/* --- a page goes --------------------------------------------------------- */

static void on_awaited(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_live_call *c =
		rd_container(t, struct rd_live_call, handover.timer);

	(void)now_ms;
	if (c->handover.is_leaving)
		rd_live_call_hang_up(c, RD_REASON_ENDED_BY_CALLER,
				     RD_BY_CALLER);
	else
		rd_live_call_hang_up(c, RD_REASON_NETWORK_LOST, RD_BY_SYSTEM);
}

static void await(struct rd_live_call *c, uint64_t until_ms)
{
	c->handover.timer.fn = on_awaited;
	rd_timer_arm(timers(c), &c->handover.timer, until_ms);
}

/* Whoever may not resume is awaited in vain, but a page that only seemed to go
 * is back by then. */
static uint64_t leaving_until_ms(const struct rd_live_call *c, uint64_t now_ms)
{
	uint64_t until_ms = now_ms + RD_LEAVING_MS;

	return c->handover.resume_s
		       ? rd_min_u64(until_ms, back_until_ms(&c->handover))
		       : until_ms;
}

void rd_switchboard_leaving(struct rd_switchboard *s, rd_call_ref ref)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);
	uint64_t now_ms = rd_loop_now_ms(s->loop);

	if (!c || c->call.state >= RD_CALL_ENDING || c->handover.is_leaving)
		return;
	if (c->call.state == RD_CALL_STARTING) {
		/* Nobody was told a key, so nobody can come back. */
		rd_live_call_hang_up(c, RD_REASON_ENDED_BY_CALLER,
				     RD_BY_CALLER);
		return;
	}
	c->handover.is_leaving = true;
	/* Who leaves again before he was back has no more time for that. */
	if (!c->handover.lost_ms)
		c->handover.lost_ms = now_ms;
	await(c, leaving_until_ms(c, now_ms));
	rd_log(RD_LOG_INFO, "provider", "call=%s event=\"page leaves\"",
	       c->record.call_id);
	if (c->use.provider->park)
		c->use.provider->park(c->use.self, c->ref, now_ms);
}

/* --- another page comes -------------------------------------------------- */

/* Whoever has the old key is told no more. */
static void cut_listeners(struct rd_live_call *c)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&c->listeners))) {
		struct rd_listener *l =
			rd_container(link, struct rd_listener, in_call);

		l->call = NULL;
		l->fn(l, NULL);
	}
}

/* Asks the provider; nothing has changed if it says no. */
static enum rd_err rejoin(struct rd_live_call *c, uint64_t until_ms,
			  uint64_t now_ms, struct rd_joining *joining)
{
	const struct rd_provider *p = c->use.provider;

	if (p->resume)
		return p->resume(c->use.self, c->ref, until_ms, now_ms,
				 joining);
	*joining = *c->handover.joining;
	return RD_OK;
}

static enum rd_err take_over(struct rd_live_call *c, struct rd_span key,
			     uint64_t now_ms, struct rd_joining *joining)
{
	struct rd_handover *h = &c->handover;
	bool is_repeat = rd_secret_equal(rd_span_text(h->key_before), key);
	uint64_t until_ms = back_until_ms(h);
	enum rd_err err = rejoin(c, until_ms, now_ms, joining);

	if (err)
		return err;
	rd_live_call_rotate_keys(c);
	rd_text_copy(h->key_before, sizeof(h->key_before), key);
	c->record.resumes += !is_repeat;
	h->is_leaving = false;
	await(c, until_ms);
	if (c->call.state == RD_CALL_JOINING)
		rd_timer_arm(timers(c), &c->timer, until_ms);
	cut_listeners(c);
	/* A restart before this is on disk ends the call anyway. */
	if (rd_store_update(c->board->store, &c->record) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"resume not recorded\"",
		       c->record.call_id);
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"call resumed\" count=%u away_ms=%llu",
	       c->record.call_id, c->record.resumes,
	       (unsigned long long)(now_ms - h->lost_ms));
	return RD_OK;
}

static bool is_key_of(const struct rd_handover *h, struct rd_span key)
{
	bool is_good = rd_secret_equal(rd_span_text(h->key), key);

	is_good |= rd_secret_equal(rd_span_text(h->key_before), key);
	return is_good && key.len > 0;
}

/* NULL: there is none, or not for this key and origin; all look alike. */
static struct rd_live_call *find(struct rd_switchboard *s,
				 const struct rd_resume_request *r)
{
	struct rd_live_call *c = rd_live_calls_find(s->calls, r->call_id);
	uint8_t origin_sha256[32];
	bool is_same;

	if (!c || !c->handover.resume_s)
		return NULL;
	rd_live_call_hash_origin(r->origin, origin_sha256);
	is_same = is_key_of(&c->handover, r->resume_key);
	is_same &= rd_secret_equal(rd_span(c->handover.origin_sha256, 32),
				   rd_span(origin_sha256, 32));
	return is_same && c->call.state < RD_CALL_ENDING ? c : NULL;
}

enum rd_err rd_switchboard_resume(struct rd_switchboard *s,
				  const struct rd_resume_request *request,
				  struct rd_start_answer *answer,
				  struct rd_joining *joining)
{
	struct rd_live_call *c = find(s, request);
	uint64_t now_ms = rd_loop_now_ms(s->loop);
	enum rd_err err = RD_OK;

	*answer = (struct rd_start_answer){ .err = RD_E_NOTFOUND };
	memset(joining, 0, sizeof(*joining));
	if (!c)
		err = RD_E_NOTFOUND;
	else if (!rd_tries_may(&c->handover.tries, TRIES_MOST, now_ms))
		err = RD_E_LIMIT;
	else if (!is_parked(c))
		err = RD_E_STATE;
	if (!err)
		err = take_over(c, request->resume_key, now_ms, joining);
	rd_metric_add(&resumes,
		      !err                ? RESUMED
		      : err == RD_E_STATE ? LIVE
					  : REFUSED,
		      1);
	answer->err = err;
	if (err)
		return err;
	*answer = (struct rd_start_answer){
		.err = RD_OK,
		.call_id = c->record.call_id,
		.support_id = c->record.support_id,
		.call_key = c->call_key,
		.resume_key = c->handover.key,
		.resume_s = c->handover.resume_s,
		.provider = c->use.provider->name,
		.shown = is_lost(c->call.state) ? RD_SHOWN_RECONNECTING
						: rd_call_shown(c->call.state),
		.joining = joining,
	};
	return RD_OK;
}
