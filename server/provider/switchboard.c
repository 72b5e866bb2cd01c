/* provider/switchboard.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/switchboard.h"

#include <stdio.h>

#include <openssl/sha.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/switchboard_priv.h"

enum {
	SWEEP_MS = 60000,
	WISHES_MOST = 60, /* holds and ratings of a call, in a minute */
};

/* Somebody who asked for a call that is only in the store. */
struct look {
	struct rd_list in_board;
	uint64_t tag;
	bool has_key;
	uint8_t key_sha256[32];
	char owner[RD_OWNER_TEXT];
	rd_look_done *done;
	void *arg;
};

static void refuse(rd_start_done *done, void *arg, enum rd_err err,
		   enum rd_reason reason, unsigned retry_after_s)
{
	struct rd_start_answer no = { .err = err,
				      .reason = reason,
				      .retry_after_s = retry_after_s };

	done(arg, &no);
}

static void poll_provider(struct rd_switchboard *s,
			  const struct rd_provider_use *use, uint64_t now_ms)
{
	struct rd_provider_event event;

	while (use->provider->poll(use->self, now_ms, &event) == RD_OK)
		rd_switchboard_take_event(s, use, &event);
}

static void on_pump(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_switchboard *s = rd_container(t, struct rd_switchboard, pump);

	for (unsigned i = 0; i < s->destination_count; i++) {
		const struct rd_destination *d = &s->destinations[i];

		for (unsigned u = 0; u < d->use_count; u++)
			poll_provider(s, &d->uses[u], now_ms);
	}
}

void rd_switchboard_wake(struct rd_switchboard *s)
{
	if (!s->pump.is_armed)
		rd_timer_arm(rd_loop_timers(s->loop), &s->pump,
			     rd_loop_now_ms(s->loop));
}

/* --- what the store says ----------------------------------------------- */

/* The record is on disk: now the provider may be asked. */
static void on_recorded(struct rd_live_call *c, enum rd_err err)
{
	if (c->is_recorded)
		return;
	c->is_recorded = true;
	if (!err && c->call.state == RD_CALL_STARTING) {
		rd_live_call_ask(c);
		return;
	}
	rd_live_call_answer_no(c, err ? err : RD_E_CLOSED, RD_REASON_INTERNAL,
			       RD_RETRY_BUSY_S);
	rd_live_call_feed(c, RD_CALL_GONE, RD_REASON_INTERNAL, RD_BY_SYSTEM);
}

static bool may_see(const struct rd_call_record *r, bool has_key,
		    const uint8_t key_sha256[32], const char *owner)
{
	if (has_key && rd_secret_equal(rd_span(r->key_sha256, 32),
				       rd_span(key_sha256, 32)))
		return true;
	return owner && owner[0] && !strcmp(r->owner, owner);
}

static void on_looked(struct rd_switchboard *s, const struct rd_store_done *d)
{
	struct rd_call_view view = { .record = &d->record,
				     .shown = RD_SHOWN_ENDED };
	struct rd_list *link;

	rd_list_each (link, &s->looks) {
		struct look *l = rd_container(link, struct look, in_board);
		enum rd_err err = d->err;

		if (l->tag != d->tag)
			continue;
		rd_list_remove(link);
		if (!err &&
		    !may_see(&d->record, l->has_key, l->key_sha256, l->owner))
			err = RD_E_NOTFOUND;
		l->done(l->arg, err, err ? NULL : &view);
		rd_free(l);
		return;
	}
}

static void on_store(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_switchboard *s =
		rd_container(w, struct rd_switchboard, store_watch);
	struct rd_store_done done;

	(void)events;
	(void)now_ms;
	while (rd_store_poll(s->store, &done) == RD_OK) {
		struct rd_live_call *c;

		if (done.tag & RD_LOOK_TAG) {
			on_looked(s, &done);
			continue;
		}
		c = rd_live_calls_get(s->calls, (rd_call_ref)done.tag);
		if (c && done.tag & RD_YES_TAG)
			rd_live_call_yes_recorded(c);
		else if (c)
			on_recorded(c, done.err);
	}
}

/* --- opening ----------------------------------------------------------- */

static enum rd_err restore_limit(void *arg, const char *owner,
				 uint64_t started_wall_ms)
{
	return rd_limits_restore(arg, owner, started_wall_ms);
}

static void on_sweep(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_switchboard *s =
		rd_container(t, struct rd_switchboard, sweep);

	rd_limits_sweep(s->limits, rd_clock_wall_ms());
	rd_timer_arm(rd_loop_timers(s->loop), t, now_ms + SWEEP_MS);
}

enum rd_err rd_switchboard_open(struct rd_switchboard **out,
				const struct rd_switchboard_cfg *cfg)
{
	struct rd_switchboard *s = rd_zalloc(sizeof(*s));
	uint64_t day_ago_ms = rd_clock_wall_ms() - UINT64_C(86400000);
	enum rd_err err;

	*out = NULL;
	if (!s)
		return RD_E_NOMEM;
	s->loop = cfg->loop;
	s->store = cfg->store;
	s->destinations = cfg->destinations;
	s->destination_count = cfg->destination_count;
	s->cfg = *cfg;
	s->pump.fn = on_pump;
	s->sweep.fn = on_sweep;
	s->store_watch.fn = on_store;
	rd_list_init(&s->looks);
	err = rd_live_calls_open(&s->calls, cfg->most_calls);
	if (!err)
		err = rd_limits_open(&s->limits);
	if (!err)
		err = rd_store_each_started(s->store, day_ago_ms, restore_limit,
					    s->limits);
	if (!err)
		err = rd_loop_watch(s->loop, &s->store_watch,
				    rd_store_fd(s->store), RD_READABLE);
	if (err) {
		rd_switchboard_close(s);
		return err;
	}
	rd_timer_arm(rd_loop_timers(s->loop), &s->sweep,
		     rd_loop_now_ms(s->loop) + SWEEP_MS);
	*out = s;
	return RD_OK;
}

void rd_switchboard_close(struct rd_switchboard *s)
{
	struct rd_live_call *c;
	struct rd_list *link;
	size_t cursor = 0;

	if (!s)
		return;
	rd_watch_remove(&s->store_watch);
	rd_timer_disarm(rd_loop_timers(s->loop), &s->pump);
	rd_timer_disarm(rd_loop_timers(s->loop), &s->sweep);
	while (s->calls && (c = rd_live_calls_next(s->calls, &cursor))) {
		rd_timer_disarm(rd_loop_timers(s->loop), &c->timer);
		rd_timer_disarm(rd_loop_timers(s->loop), &c->handover.timer);
	}
	rd_live_calls_close(s->calls);
	rd_limits_close(s->limits);
	while ((link = rd_list_pop(&s->looks)))
		rd_free(rd_container(link, struct look, in_board));
	rd_free(s);
}

const struct rd_destination *rd_switchboard_destination(
	const struct rd_switchboard *s, const char *name)
{
	for (unsigned i = 0; i < s->destination_count; i++)
		if (!strcmp(s->destinations[i].name, name))
			return &s->destinations[i];
	return NULL;
}

bool rd_destination_is_reachable(const struct rd_destination *d)
{
	for (unsigned i = 0; i < d->use_count; i++)
		if (d->uses[i].provider->is_reachable(d->uses[i].self, d->name))
			return true;
	return false;
}

bool rd_destination_allows_origin(const struct rd_destination *d,
				  struct rd_span origin)
{
	for (unsigned i = 0; i < d->origin_count; i++)
		if (!strcmp(d->origins[i], "*") ||
		    rd_span_is(origin, d->origins[i]))
			return true;
	return false;
}

bool rd_switchboard_allows_origin(const struct rd_switchboard *s,
				  struct rd_span origin)
{
	for (unsigned i = 0; i < s->destination_count; i++)
		if (rd_destination_allows_origin(&s->destinations[i], origin))
			return true;
	return false;
}

/* --- starting ---------------------------------------------------------- */

static enum rd_err add_waiter(struct rd_live_call *c, rd_start_done *done,
			      void *arg)
{
	struct rd_waiter *w = rd_zalloc(sizeof(*w));

	if (!w)
		return RD_E_NOMEM;
	w->done = done;
	w->arg = arg;
	rd_list_push(&c->waiters, &w->in_call);
	return RD_OK;
}

/* The same request again: the same answer, or the same wait for it. */
static void repeat(struct rd_live_call *c, const struct rd_start_request *req,
		   rd_start_done *done, void *arg)
{
	enum rd_err err = RD_E_EXISTS;

	/* Its keys are another page's now, and not for a dead one. */
	if (!memcmp(c->kept->body_sha256, req->body_sha256, 32))
		err = c->record.resumes ? RD_E_STATE : add_waiter(c, done, arg);
	if (err) {
		refuse(done, arg, err, RD_REASON_INTERNAL, 0);
		return;
	}
	if (c->kept->is_answered)
		rd_live_call_answer_yes(c, &c->kept->joining);
	else if (c->call.state == RD_CALL_ENDED)
		rd_live_call_answer_no(c, RD_E_UPSTREAM, c->call.reason,
				       RD_RETRY_BUSY_S);
}

static enum rd_err keep_key(struct rd_live_call *c,
			    const struct rd_start_request *req)
{
	struct rd_kept_answer *k;

	if (!req->idempotency_key)
		return RD_OK;
	k = rd_zalloc(sizeof(*k));
	if (!k)
		return RD_E_NOMEM;
	snprintf(k->key, sizeof(k->key), "%s", req->idempotency_key);
	memcpy(k->body_sha256, req->body_sha256, 32);
	c->kept = k;
	rd_live_calls_index_key(c->board->calls, c);
	return RD_OK;
}

/* Fills a call that the pool gave; on failure the caller gives it back. */
static enum rd_err prepare(struct rd_switchboard *s, struct rd_live_call *c,
			   const struct rd_destination *d,
			   const struct rd_start_request *req,
			   rd_start_done *done, void *arg)
{
	uint64_t now_wall_ms = rd_clock_wall_ms();
	struct rd_call_record *r = &c->record;
	enum rd_err err;

	c->board = s;
	c->destination = d;
	c->timer.fn = rd_live_call_on_timer;
	rd_live_call_hash_origin(req->origin, c->handover.origin_sha256);
	rd_call_init(&c->call, now_wall_ms);
	snprintf(r->owner, sizeof(r->owner), "%s", req->caller->owner);
	snprintf(r->issuer, sizeof(r->issuer), "%s", req->caller->issuer);
	snprintf(r->destination, sizeof(r->destination), "%s", d->name);
	c->use = d->uses[0];
	snprintf(r->provider, sizeof(r->provider), "%s", c->use.provider->name);
	r->started_ms = now_wall_ms;

	c->start = rd_live_call_copy_start(c, req);
	if (!c->start)
		return RD_E_NOMEM;
	err = keep_key(c, req);
	if (!err)
		err = rd_store_insert(s->store, r, c->ref);
	if (!err)
		err = add_waiter(c, done, arg);
	return err;
}

static void admit(struct rd_switchboard *s, const struct rd_destination *d,
		  const struct rd_start_request *req, rd_start_done *done,
		  void *arg)
{
	struct rd_live_call *c = rd_live_calls_take(s->calls);
	enum rd_err err = c ? prepare(s, c, d, req, done, arg) : RD_E_FULL;

	if (err) {
		if (c)
			rd_live_calls_give(s->calls, c);
		rd_limits_withdraw(s->limits, req->caller->owner);
		rd_log(RD_LOG_WARN, "provider",
		       "event=\"call not admitted\" error=%s",
		       rd_err_name(err));
		refuse(done, arg, err, RD_REASON_INTERNAL, RD_RETRY_BUSY_S);
		return;
	}
	s->running++;
	c->start_by_ms = rd_live_call_deadline_ms(c, rd_loop_now_ms(s->loop));
	rd_timer_arm(rd_loop_timers(s->loop), &c->timer, c->start_by_ms);
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"call admitted\" destination=%s support_id=%s",
	       c->record.call_id, d->name, c->record.support_id);
}

void rd_switchboard_start(struct rd_switchboard *s,
			  const struct rd_start_request *req,
			  rd_start_done *done, void *arg)
{
	const struct rd_destination *d =
		rd_switchboard_destination(s, req->destination);
	struct rd_live_call *before = NULL;
	enum rd_reason reason = RD_REASON_NONE;
	unsigned retry_after_s = 0;
	enum rd_err err;

	if (!d) {
		refuse(done, arg, RD_E_NOTFOUND, RD_REASON_NONE, 0);
		return;
	}
	if (req->idempotency_key)
		before = rd_live_calls_find_key(s->calls, req->caller->owner,
						req->idempotency_key);
	if (before) {
		repeat(before, req, done, arg);
		return;
	}
	if (s->is_draining || !rd_store_is_ready(s->store)) {
		refuse(done, arg, s->is_draining ? RD_E_CLOSED : RD_E_FULL,
		       RD_REASON_INTERNAL, RD_RETRY_BUSY_S);
		return;
	}
	err = rd_limits_admit(s->limits, req->caller->owner, &d->limits,
			      rd_clock_wall_ms(), &reason, &retry_after_s);
	if (err) {
		refuse(done, arg, err, reason, retry_after_s);
		return;
	}
	admit(s, d, req, done, arg);
}

/* --- looking, listening, ending ---------------------------------------- */

static void look_in_store(struct rd_switchboard *s, const char *call_id,
			  const struct rd_asking *asking,
			  const uint8_t key_sha256[32], rd_look_done *done,
			  void *arg)
{
	struct look *l = rd_zalloc(sizeof(*l));

	if (!l) {
		done(arg, RD_E_NOMEM, NULL);
		return;
	}
	l->tag = RD_LOOK_TAG | ++s->last_look;
	l->has_key = asking->call_key.len > 0;
	memcpy(l->key_sha256, key_sha256, 32);
	if (asking->owner)
		snprintf(l->owner, sizeof(l->owner), "%s", asking->owner);
	l->done = done;
	l->arg = arg;
	if (rd_store_find(s->store, call_id, l->tag) != RD_OK) {
		rd_free(l);
		done(arg, RD_E_FULL, NULL);
		return;
	}
	rd_list_push(&s->looks, &l->in_board);
}

void rd_switchboard_look(struct rd_switchboard *s, const char *call_id,
			 const struct rd_asking *asking, rd_look_done *done,
			 void *arg)
{
	struct rd_live_call *c = rd_live_calls_find(s->calls, call_id);
	struct rd_call_view view;
	uint8_t key_sha256[32] = { 0 };

	if (asking->call_key.len > 0)
		SHA256(asking->call_key.at, asking->call_key.len, key_sha256);
	if (!c) {
		look_in_store(s, call_id, asking, key_sha256, done, arg);
		return;
	}
	if (!may_see(&c->record, asking->call_key.len > 0, key_sha256,
		     asking->owner)) {
		done(arg, RD_E_NOTFOUND, NULL);
		return;
	}
	if (rd_list_is_empty(&c->listeners))
		rd_live_call_tell_seen(c);
	view = (struct rd_call_view){ .record = &c->record,
				      .shown = rd_call_shown(c->call.state),
				      .ref = c->ref };
	done(arg, RD_OK, &view);
}

void rd_switchboard_hang_up(struct rd_switchboard *s, rd_call_ref ref,
			    enum rd_reason reason, enum rd_ended_by by)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);

	if (c)
		rd_live_call_hang_up(c, reason, by);
}

enum rd_err rd_switchboard_digits(struct rd_switchboard *s, rd_call_ref ref,
				  const char *digits)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);

	if (!c)
		return RD_E_NOTFOUND;
	if (digits[0] == '\0' ||
	    digits[strspn(digits, "0123456789*#ABCD")] != '\0')
		return RD_E_FORMAT;
	/* Whether somebody hears them while it rings, or before, is the
	 * provider's to know: a contact flow does, a telephone does not. */
	if (c->call.state != RD_CALL_TALKING &&
	    c->call.state != RD_CALL_RINGING &&
	    c->call.state != RD_CALL_DIALLING)
		return RD_E_STATE;
	return c->use.provider->digits(c->use.self, ref, digits);
}

/* Each costs encoders and an offer to the trunk, or a write to the disk. */
static bool may_wish(struct rd_live_call *c)
{
	return rd_tries_may(&c->wishes, WISHES_MOST,
			    rd_loop_now_ms(c->board->loop));
}

enum rd_err rd_switchboard_hold(struct rd_switchboard *s, rd_call_ref ref,
				bool is_on)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);

	if (!c)
		return RD_E_NOTFOUND;
	if ((c->call.state != RD_CALL_TALKING &&
	     c->call.state != RD_CALL_HELD) ||
	    !c->use.provider->hold)
		return RD_E_STATE;
	if (!may_wish(c))
		return RD_E_LIMIT;
	return c->use.provider->hold(c->use.self, ref, is_on);
}

enum rd_err rd_switchboard_rate(struct rd_switchboard *s, rd_call_ref ref,
				unsigned score, const char *tags)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);
	struct rd_call_record rated;
	enum rd_err err;

	if (!c)
		return RD_E_NOTFOUND;
	if (!may_wish(c))
		return RD_E_LIMIT;
	rated = c->record;
	rated.score = score;
	rd_text_copy(rated.tags, sizeof(rated.tags), rd_span_text(tags));
	err = rd_store_rate(s->store, &rated);
	if (!err)
		c->record = rated;
	return err;
}

enum rd_err rd_switchboard_listen(struct rd_switchboard *s, rd_call_ref ref,
				  unsigned after, struct rd_listener *l)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);
	unsigned first;

	if (!c)
		return RD_E_NOTFOUND;
	rd_list_push(&c->listeners, &l->in_call);
	l->call = c;
	rd_live_call_tell_seen(c);
	first = c->news_count > RD_NEWS_KEPT ? c->news_count - RD_NEWS_KEPT : 0;
	if (after > c->news_count)
		after = 0; /* of an earlier life: tell all */
	for (unsigned i = after > first ? after : first; i < c->news_count;
	     i++) {
		struct rd_call_news n = c->news[i % RD_NEWS_KEPT];

		if (n.shown == RD_SHOWN_ENDED) {
			rd_list_remove(&l->in_call);
			l->call = NULL;
		}
		l->fn(l, &n);
	}
	return RD_OK;
}

void rd_listener_remove(struct rd_listener *l)
{
	struct rd_live_call *c = l->call;

	rd_list_remove(&l->in_call);
	l->call = NULL;
	if (c && rd_list_is_empty(&c->listeners))
		rd_live_call_tell_seen(c);
}

void rd_switchboard_drain(struct rd_switchboard *s)
{
	s->is_draining = true;
}

bool rd_switchboard_is_draining(const struct rd_switchboard *s)
{
	return s->is_draining;
}

void rd_switchboard_end_all(struct rd_switchboard *s)
{
	struct rd_live_call *c;
	size_t cursor = 0;

	while ((c = rd_live_calls_next(s->calls, &cursor)))
		rd_live_call_hang_up(c, RD_REASON_ENDED_BY_SYSTEM,
				     RD_BY_SYSTEM);
}

unsigned rd_switchboard_calls(const struct rd_switchboard *s)
{
	return s->running;
}
