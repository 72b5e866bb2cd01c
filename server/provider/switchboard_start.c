/* provider/switchboard_start.c - asks one provider after the other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "provider/call_names.h"
#include "provider/switchboard_priv.h"

RD_COUNTER(failovers, "ringdown_call_failovers_total",
	   "Providers that did not take a call which the next one was asked "
	   "for.");

/* --- what they are told -------------------------------------------------- */

/* A copy of what the provider will be told, kept until the record is on disk;
 * one block, the texts behind the struct. */
struct rd_provider_start *rd_live_call_copy_start(
	const struct rd_live_call *c, const struct rd_start_request *req)
{
	unsigned verified = req->caller->attribute_count;
	unsigned count = verified + req->hint_count;
	size_t attributes = count * sizeof(struct rd_attribute);
	const char *name = req->display_name ? req->display_name : "";
	size_t name_bytes = strlen(name) + 1;
	struct rd_provider_start *start;
	struct rd_attribute *to;
	char *text;

	start = rd_zalloc(sizeof(*start) + attributes + name_bytes +
			  RD_START_TOKEN_TEXT);
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
	rd_start_token(
		&(struct rd_start_asked){
			.owner = c->record.owner,
			.idempotency_key = req->idempotency_key,
			.body_sha256 = req->body_sha256,
			.call_id = c->record.call_id,
		},
		text + name_bytes);
	*start = (struct rd_provider_start){
		.ref = c->ref,
		.call_id = c->record.call_id,
		.support_id = c->record.support_id,
		.destination = c->destination->name,
		.display_name = text[0] ? text : NULL,
		.external_user_id = c->record.call_id,
		.attributes = to,
		.attribute_count = count,
		.start_token = text + name_bytes,
		.deadline_ms = rd_loop_now_ms(c->board->loop) +
			       c->board->cfg.start_deadline_ms,
	};
	return start;
}

/* --- asking -------------------------------------------------------------- */

/* All that are left share the time that is left. */
static uint64_t attempt_until_ms(const struct rd_live_call *c, uint64_t now_ms)
{
	unsigned left = c->destination->use_count - c->at_use;
	uint64_t left_ms =
		c->start_by_ms > now_ms ? c->start_by_ms - now_ms : 0;

	return now_ms + left_ms / left;
}

static void note_failed(const struct rd_live_call *c, const char *why)
{
	rd_metric_add(&failovers, 0, 1);
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"provider did not take the call\" provider=%s "
	       "why=%s",
	       c->record.call_id, c->use.provider->name, why);
}

/* NULL: too many providers; they are asked without one. */
static struct rd_breaker *breaker_of(const struct rd_live_call *c)
{
	struct rd_switchboard *s = c->board;

	for (unsigned i = 0; i < s->breaker_count; i++)
		if (s->breakers[i].use.provider == c->use.provider &&
		    s->breakers[i].use.self == c->use.self)
			return &s->breakers[i].breaker;
	if (s->breaker_count == RD_COUNT(s->breakers))
		return NULL;
	s->breakers[s->breaker_count].use = c->use;
	return &s->breakers[s->breaker_count++].breaker;
}

void rd_live_call_note_outcome(struct rd_live_call *c, bool is_well)
{
	struct rd_breaker *b = breaker_of(c);
	bool was_open = b && b->is_open;

	if (!b)
		return;
	rd_breaker_note(b, is_well, rd_loop_now_ms(c->board->loop));
	if (was_open != b->is_open)
		rd_log(RD_LOG_WARN, "provider",
		       "event=\"provider %s\" provider=%s",
		       b->is_open ? "is left alone" : "is well again",
		       c->use.provider->name);
}

/* The last one is always asked: its no is a better answer than ours. */
static bool may_ask(const struct rd_live_call *c, uint64_t now_ms)
{
	struct rd_breaker *b = breaker_of(c);

	return c->use.provider->is_reachable(c->use.self,
					     c->destination->name) &&
	       (!b || rd_breaker_may_pass(b, now_ms));
}

static enum rd_err ask_one(struct rd_live_call *c, bool is_last)
{
	struct rd_switchboard *s = c->board;
	uint64_t now_ms = rd_loop_now_ms(s->loop);
	const struct rd_provider *p = c->use.provider;
	enum rd_err err;

	rd_text_copy(c->record.provider, sizeof(c->record.provider),
		     rd_span_text(p->name));
	if (!is_last && !may_ask(c, now_ms))
		return RD_E_UPSTREAM;
	c->start->deadline_ms = attempt_until_ms(c, now_ms);
	err = p->start(c->use.self, c->start, now_ms);
	c->was_asked = !err;
	if (!err)
		rd_timer_arm(rd_loop_timers(s->loop), &c->timer,
			     c->start->deadline_ms);
	return err;
}

void rd_live_call_ask(struct rd_live_call *c)
{
	const struct rd_destination *d = c->destination;
	enum rd_err err = RD_E_UPSTREAM;

	for (; c->at_use < d->use_count; c->at_use++) {
		bool is_last = c->at_use + 1 == d->use_count;

		c->use = d->uses[c->at_use];
		err = ask_one(c, is_last);
		if (!err)
			return;
		if (!is_last)
			note_failed(c, rd_err_name(err));
	}
	rd_live_call_answer_no(c, err, RD_REASON_PROVIDER_DOWN,
			       RD_RETRY_BUSY_S);
	rd_live_call_feed(c, RD_CALL_GONE, RD_REASON_PROVIDER_DOWN,
			  RD_BY_SYSTEM);
}

bool rd_live_call_ask_next(struct rd_live_call *c, enum rd_err err)
{
	uint64_t now_ms = rd_loop_now_ms(c->board->loop);

	if (!c->is_recorded || now_ms >= c->start_by_ms ||
	    c->at_use + 1 >= c->destination->use_count)
		return false;
	note_failed(c, rd_err_name(err));
	if (c->was_asked)
		c->use.provider->end(c->use.self, c->ref, now_ms);
	c->was_asked = false;
	c->at_use++;
	rd_live_call_ask(c);
	return true;
}
