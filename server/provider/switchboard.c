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
#include "provider/live_call.h"

enum {
	ENDING_MS = 10000, /* a provider that tidies up longer is given up */
	SWEEP_MS = 60000,
	RETRY_BUSY_S = 5,
};

/* Tags of the store: a call's ref for its insert, a look's number above. */
#define LOOK_TAG (UINT64_C(1) << 63)

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

struct rd_switchboard {
	struct rd_loop *loop; /* lent to us */
	struct rd_store *store;
	const struct rd_destination *destinations;
	unsigned destination_count;

	struct rd_live_calls *calls; /* ours */
	struct rd_limits *limits;
	struct rd_switchboard_cfg cfg;
	struct rd_timer pump;
	struct rd_timer sweep;
	struct rd_watch store_watch;

	struct rd_list looks; /* struct look.in_board */
	uint64_t last_look;
	unsigned running;
	bool is_draining;
};

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
	rd_list_each_safe (link, after, &c->listeners) {
		struct rd_listener *l =
			rd_container(link, struct rd_listener, in_call);

		if (n->shown == RD_SHOWN_ENDED)
			rd_list_remove(link);
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

static void answer_yes(struct rd_live_call *c, const struct rd_joining *joining)
{
	struct rd_start_answer yes = {
		.err = RD_OK,
		.call_id = c->record.call_id,
		.support_id = c->record.support_id,
		.call_key = c->call_key,
		.provider = c->destination->use.provider->name,
		.shown = rd_call_shown(c->call.state),
		.joining = joining,
	};

	answer_waiters(c, &yes);
}

static void answer_no(struct rd_live_call *c, enum rd_err err,
		      enum rd_reason reason, unsigned retry_after_s)
{
	struct rd_start_answer no = { .err = err,
				      .reason = reason,
				      .retry_after_s = retry_after_s };

	answer_waiters(c, &no);
}

static void refuse(rd_start_done *done, void *arg, enum rd_err err,
		   enum rd_reason reason, unsigned retry_after_s)
{
	struct rd_start_answer no = { .err = err,
				      .reason = reason,
				      .retry_after_s = retry_after_s };

	done(arg, &no);
}

/* --- one call through its table ---------------------------------------- */

/* When this state must be over, whatever happens. */
static uint64_t deadline_ms(const struct rd_live_call *c, uint64_t now_ms)
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

static bool feed(struct rd_live_call *c, enum rd_call_event_kind event,
		 enum rd_reason reason, enum rd_ended_by by)
{
	struct rd_switchboard *s = c->board;
	uint64_t now_wall_ms = rd_clock_wall_ms();
	uint64_t now_ms = rd_loop_now_ms(s->loop);
	enum rd_call_shown before = rd_call_shown(c->call.state);
	enum rd_call_state was = c->call.state;
	uint64_t answered_ms = c->call.answered_ms;

	if (rd_call_feed(&c->call, event, reason, by, now_wall_ms) != RD_OK)
		return false;
	if (c->call.state == was)
		return true;
	rd_timer_arm(rd_loop_timers(s->loop), &c->timer,
		     deadline_ms(c, now_ms));
	if (c->call.answered_ms != answered_ms) {
		c->record.answered_ms = c->call.answered_ms;
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

static void hang_up(struct rd_live_call *c, enum rd_reason reason,
		    enum rd_ended_by by)
{
	struct rd_provider_use use = c->destination->use;
	bool was_asked = !c->start;

	if (!feed(c, RD_CALL_HANG_UP, reason, by))
		return;
	if (c->call.state == RD_CALL_ENDING && was_asked)
		use.provider->end(use.self, c->ref,
				  rd_loop_now_ms(c->board->loop));
}

static void on_call_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_live_call *c = rd_container(t, struct rd_live_call, timer);

	(void)now_ms;
	switch (c->call.state) {
	case RD_CALL_STARTING:
		answer_no(c, RD_E_TIMEOUT, RD_REASON_PROVIDER_DOWN,
			  RETRY_BUSY_S);
		hang_up(c, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM);
		return;
	case RD_CALL_JOINING:
		hang_up(c, RD_REASON_NETWORK_LOST, RD_BY_SYSTEM);
		return;
	case RD_CALL_ENDING:
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"provider did not end\"",
		       c->record.call_id);
		feed(c, RD_CALL_GONE, RD_REASON_INTERNAL, RD_BY_SYSTEM);
		return;
	case RD_CALL_ENDED:
		rd_live_calls_give(c->board->calls, c);
		return;
	default:
		hang_up(c, RD_REASON_LIMIT_TIME, RD_BY_SYSTEM);
	}
}

/* --- what providers say ------------------------------------------------ */

static void on_started(struct rd_live_call *c,
		       const struct rd_provider_event *event)
{
	if (!feed(c, RD_CALL_STARTED, RD_REASON_NONE, RD_BY_NOBODY))
		return;
	if (c->kept) {
		c->kept->joining = event->joining;
		c->kept->is_answered = true;
	}
	answer_yes(c, &event->joining);
}

static void on_event(struct rd_switchboard *s,
		     const struct rd_provider_event *event)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, event->ref);

	if (!c)
		return;
	if (event->far_id[0])
		memcpy(c->record.far_id, event->far_id,
		       sizeof(c->record.far_id));
	if (event->kind == RD_CALL_STARTED) {
		on_started(c, event);
		return;
	}
	if (event->kind == RD_CALL_GONE) {
		if (event->sip_status)
			rd_log(RD_LOG_INFO, "provider",
			       "call=%s event=\"far side ended\" code=%u "
			       "cause=%u",
			       c->record.call_id, event->sip_status,
			       event->q850_cause);
		answer_no(c, RD_E_UPSTREAM, event->reason, RETRY_BUSY_S);
	}
	feed(c, event->kind, event->reason, event->by);
}

static void on_pump(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_switchboard *s = rd_container(t, struct rd_switchboard, pump);

	for (unsigned i = 0; i < s->destination_count; i++) {
		struct rd_provider_use use = s->destinations[i].use;
		struct rd_provider_event event;

		while (use.provider->poll(use.self, now_ms, &event) == RD_OK)
			on_event(s, &event);
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
	struct rd_provider_use use = c->destination->use;
	struct rd_provider_start *start = c->start;

	if (!start)
		return;
	c->start = NULL;
	if (err || c->call.state != RD_CALL_STARTING) {
		answer_no(c, err ? err : RD_E_CLOSED, RD_REASON_INTERNAL,
			  RETRY_BUSY_S);
		feed(c, RD_CALL_GONE, RD_REASON_INTERNAL, RD_BY_SYSTEM);
	} else {
		err = use.provider->start(use.self, start,
					  rd_loop_now_ms(c->board->loop));
		if (err) {
			answer_no(c, err, RD_REASON_PROVIDER_DOWN,
				  RETRY_BUSY_S);
			feed(c, RD_CALL_GONE, RD_REASON_PROVIDER_DOWN,
			     RD_BY_SYSTEM);
		}
	}
	rd_free(start);
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

		if (done.tag & LOOK_TAG) {
			on_looked(s, &done);
			continue;
		}
		c = rd_live_calls_get(s->calls, (rd_call_ref)done.tag);
		if (c)
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
	while (s->calls && (c = rd_live_calls_next(s->calls, &cursor)))
		rd_timer_disarm(rd_loop_timers(s->loop), &c->timer);
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

bool rd_destination_allows_origin(const struct rd_destination *d,
				  struct rd_span origin)
{
	for (unsigned i = 0; i < d->origin_count; i++)
		if (!strcmp(d->origins[i], "*") ||
		    rd_span_is(origin, d->origins[i]))
			return true;
	return false;
}

/* --- starting ---------------------------------------------------------- */

/* A copy of what the provider will be told, kept until the record is on disk;
 * one block, the texts behind the struct. */
static struct rd_provider_start *copy_start(const struct rd_live_call *c,
					    const struct rd_start_request *req)
{
	unsigned verified = req->caller->attribute_count;
	unsigned count = verified + req->hint_count;
	size_t attributes = count * sizeof(struct rd_attribute);
	const char *name = req->display_name ? req->display_name : "";
	size_t name_bytes = strlen(name) + 1;
	struct rd_provider_start *start;
	struct rd_attribute *to;
	char *text;

	start = rd_zalloc(sizeof(*start) + attributes + name_bytes);
	if (!start)
		return NULL;
	to = (struct rd_attribute *)(start + 1);
	text = (char *)(to + count);
	if (verified)
		memcpy(to, req->caller->attributes,
		       verified * sizeof(struct rd_attribute));
	if (req->hint_count)
		memcpy(to + verified, req->hints,
		       req->hint_count * sizeof(struct rd_attribute));
	memcpy(text, name, name_bytes);
	*start = (struct rd_provider_start){
		.ref = c->ref,
		.call_id = c->record.call_id,
		.support_id = c->record.support_id,
		.destination = c->destination->name,
		.display_name = text[0] ? text : NULL,
		.external_user_id = c->record.call_id,
		.attributes = to,
		.attribute_count = count,
		.deadline_ms = rd_loop_now_ms(c->board->loop) +
			       c->board->cfg.start_deadline_ms,
	};
	return start;
}

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

	if (!memcmp(c->kept->body_sha256, req->body_sha256, 32))
		err = add_waiter(c, done, arg);
	if (err) {
		refuse(done, arg, err, RD_REASON_INTERNAL, 0);
		return;
	}
	if (c->kept->is_answered)
		answer_yes(c, &c->kept->joining);
	else if (c->call.state == RD_CALL_ENDED)
		answer_no(c, RD_E_UPSTREAM, c->call.reason, RETRY_BUSY_S);
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
	c->timer.fn = on_call_timer;
	rd_call_init(&c->call, now_wall_ms);
	snprintf(r->owner, sizeof(r->owner), "%s", req->caller->owner);
	snprintf(r->issuer, sizeof(r->issuer), "%s", req->caller->issuer);
	snprintf(r->destination, sizeof(r->destination), "%s", d->name);
	snprintf(r->provider, sizeof(r->provider), "%s", d->use.provider->name);
	r->started_ms = now_wall_ms;

	c->start = copy_start(c, req);
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
		refuse(done, arg, err, RD_REASON_INTERNAL, RETRY_BUSY_S);
		return;
	}
	s->running++;
	rd_timer_arm(rd_loop_timers(s->loop), &c->timer,
		     deadline_ms(c, rd_loop_now_ms(s->loop)));
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
		       RD_REASON_INTERNAL, RETRY_BUSY_S);
		return;
	}
	if (rd_limits_admit(s->limits, req->caller->owner, &d->limits,
			    rd_clock_wall_ms(), &reason,
			    &retry_after_s) != RD_OK) {
		refuse(done, arg, RD_E_LIMIT, reason, retry_after_s);
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
	l->tag = LOOK_TAG | ++s->last_look;
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
		hang_up(c, reason, by);
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
	if (c->call.state != RD_CALL_TALKING &&
	    c->call.state != RD_CALL_RINGING)
		return RD_E_STATE;
	return c->destination->use.provider->digits(c->destination->use.self,
						    ref, digits);
}

enum rd_err rd_switchboard_listen(struct rd_switchboard *s, rd_call_ref ref,
				  unsigned after, struct rd_listener *l)
{
	struct rd_live_call *c = rd_live_calls_get(s->calls, ref);
	unsigned first;

	if (!c)
		return RD_E_NOTFOUND;
	rd_list_push(&c->listeners, &l->in_call);
	first = c->news_count > RD_NEWS_KEPT ? c->news_count - RD_NEWS_KEPT : 0;
	if (after > c->news_count)
		after = 0; /* of an earlier life: tell all */
	for (unsigned i = after > first ? after : first; i < c->news_count;
	     i++) {
		struct rd_call_news n = c->news[i % RD_NEWS_KEPT];

		if (n.shown == RD_SHOWN_ENDED)
			rd_list_remove(&l->in_call);
		l->fn(l, &n);
	}
	return RD_OK;
}

void rd_listener_remove(struct rd_listener *l)
{
	rd_list_remove(&l->in_call);
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
		hang_up(c, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
}

unsigned rd_switchboard_calls(const struct rd_switchboard *s)
{
	return s->running;
}
