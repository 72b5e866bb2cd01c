/* provider/flow_run.c - a contact's way through its flow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "provider/flow_priv.h"

enum {
	/* Blocks passed without waiting for anything; more are a circle. */
	MOST_STEPS = 2 * RD_FLOW_BLOCKS,
};

enum state {
	JOINING,  /* the customer is not there yet */
	ENTERING, /* the block `at` begins */
	SETTING,  /* pairs from `pair` on are still to be told */
	PLAYING,
	TELLING, /* the digit that ended the sound */
	QUEUED,
	CALLING,
	TALKING,
	ECHOING,
	OVER,
};

struct rd_flow_run {
	const struct rd_flow *flow; /* lent to us */
	struct rd_flow_reader reader;

	enum state state;
	int at; /* block, or RD_FLOW_NOWHERE: the end, for `end` */
	enum rd_flow_end end;
	unsigned pair;
	unsigned steps;
	char digit[2];
};

enum rd_err rd_flow_run_open(struct rd_flow_run **out, const struct rd_flow *f,
			     const struct rd_flow_reader *reader)
{
	struct rd_flow_run *r = rd_zalloc(sizeof(*r));

	*out = r;
	if (!r)
		return RD_E_NOMEM;
	r->flow = f;
	r->reader = *reader;
	r->at = f->start;
	return RD_OK;
}

void rd_flow_run_close(struct rd_flow_run *r)
{
	rd_free(r);
}

static const struct rd_flow_block *block_of(const struct rd_flow_run *r)
{
	return &r->flow->blocks[r->at];
}

static void go(struct rd_flow_run *r, int to, enum rd_flow_end end)
{
	r->state = ENTERING;
	r->at = to;
	r->end = end;
}

/* --- what happened -----------------------------------------------------------
 */

static void on_playing(struct rd_flow_run *r, const struct rd_flow_event *e)
{
	const struct rd_flow_block *b = block_of(r);

	if (e->kind == RD_FLOW_DIGIT && *b->attribute) {
		r->digit[0] = e->digit;
		r->state = TELLING;
	} else if (e->kind == RD_FLOW_PLAYED || e->kind == RD_FLOW_FAILED) {
		/* A sound that cannot be played is left out. */
		go(r, b->next, RD_FLOW_END_BLOCK);
	}
}

static void on_calling(struct rd_flow_run *r, const struct rd_flow_event *e)
{
	if (e->kind == RD_FLOW_CONNECTED)
		r->state = TALKING;
	else if (e->kind == RD_FLOW_FAILED || e->kind == RD_FLOW_HUNG_UP)
		go(r, block_of(r)->failed, RD_FLOW_END_FAILED);
}

void rd_flow_run_feed(struct rd_flow_run *r, const struct rd_flow_event *e,
		      uint64_t wall_ms)
{
	(void)wall_ms;
	r->steps = 0;
	switch (r->state) {
	case JOINING:
		if (e->kind == RD_FLOW_JOINED)
			go(r, r->at, RD_FLOW_END_BLOCK);
		return;
	case PLAYING:
		on_playing(r, e);
		return;
	case QUEUED:
		if (e->kind == RD_FLOW_DEQUEUED)
			go(r, block_of(r)->next, RD_FLOW_END_BLOCK);
		else if (e->kind == RD_FLOW_FAILED)
			go(r, RD_FLOW_NOWHERE, RD_FLOW_END_FAILED);
		return;
	case CALLING:
		on_calling(r, e);
		return;
	case TALKING:
		if (e->kind == RD_FLOW_HUNG_UP)
			go(r, block_of(r)->next, RD_FLOW_END_PARTY);
		return;
	case ECHOING:
		if (e->kind == RD_FLOW_FAILED)
			go(r, RD_FLOW_NOWHERE, RD_FLOW_END_FAILED);
		return;
	default: /* there is something to be polled first, or all is over */
		return;
	}
}

/* --- what shall be done ----------------------------------------------------
 */

static const char *read_attribute(const struct rd_flow_run *r, const char *name)
{
	const char *value = r->reader.attribute(r->reader.arg, name);

	return value ? value : "";
}

static int choose(const struct rd_flow_run *r, const struct rd_flow_block *b)
{
	const char *value = read_attribute(r, b->attribute);

	for (unsigned i = 0; i < b->pair_count; i++)
		if (!strcmp(b->pairs[i].name, value))
			return b->pairs[i].to;
	return b->failed;
}

static enum rd_err end(struct rd_flow_run *r, struct rd_flow_action *a)
{
	a->kind = RD_FLOW_END;
	a->end = r->end;
	a->block = r->at == RD_FLOW_NOWHERE ? "" : block_of(r)->name;
	r->state = OVER;
	return RD_OK;
}

static enum rd_err play(struct rd_flow_run *r, struct rd_flow_action *a)
{
	a->kind = RD_FLOW_PLAY;
	a->file = block_of(r)->file;
	r->state = PLAYING;
	return RD_OK;
}

static enum rd_err queue(struct rd_flow_run *r, struct rd_flow_action *a)
{
	const struct rd_flow_block *b = block_of(r);

	a->kind = RD_FLOW_QUEUE;
	a->name = b->queue;
	a->file = b->file;
	a->at_once = b->at_once;
	r->state = QUEUED;
	return RD_OK;
}

static enum rd_err transfer(struct rd_flow_run *r, struct rd_flow_action *a)
{
	const struct rd_flow_block *b = block_of(r);

	a->kind = RD_FLOW_SIP;
	a->trunk = b->trunk;
	a->user = *b->user ? b->user : read_attribute(r, b->attribute);
	a->ring_ms = b->ring_ms;
	a->headers = b->headers;
	a->header_count = b->header_count;
	r->state = CALLING;
	return RD_OK;
}

/* The block that `at` is begins; RD_E_AGAIN: it did nothing but lead on. */
static enum rd_err enter(struct rd_flow_run *r, uint64_t wall_ms,
			 struct rd_flow_action *a)
{
	const struct rd_flow_block *b;

	if (r->at == RD_FLOW_NOWHERE || r->steps++ > MOST_STEPS)
		return end(r, a);
	b = block_of(r);
	a->block = b->name;
	switch (b->type) {
	case RD_BLOCK_PLAY:
		return play(r, a);
	case RD_BLOCK_SET:
		r->state = SETTING;
		r->pair = 0;
		return RD_E_AGAIN;
	case RD_BLOCK_QUEUE:
		return queue(r, a);
	case RD_BLOCK_SIP:
		return transfer(r, a);
	case RD_BLOCK_ECHO:
		a->kind = RD_FLOW_ECHO;
		r->state = ECHOING;
		return RD_OK;
	case RD_BLOCK_DISCONNECT:
		r->end = RD_FLOW_END_BLOCK;
		return end(r, a);
	case RD_BLOCK_BRANCH:
		go(r, choose(r, b), RD_FLOW_END_BLOCK);
		return RD_E_AGAIN;
	case RD_BLOCK_HOURS:
		go(r, rd_flow_is_open(b, wall_ms) ? b->next : b->failed,
		   RD_FLOW_END_BLOCK);
		return RD_E_AGAIN;
	}
	return RD_E_AGAIN;
}

static enum rd_err set(struct rd_flow_action *a, const struct rd_flow_block *b,
		       const char *name, const char *value)
{
	a->kind = RD_FLOW_SET;
	a->block = b->name;
	a->name = name;
	a->value = value;
	return RD_OK;
}

/* The next pair of a SET block; RD_E_AGAIN: that was the last. */
static enum rd_err set_next(struct rd_flow_run *r, struct rd_flow_action *a)
{
	const struct rd_flow_block *b = block_of(r);
	const struct rd_flow_pair *pair = &b->pairs[r->pair];

	if (r->pair == b->pair_count) {
		go(r, b->next, RD_FLOW_END_BLOCK);
		return RD_E_AGAIN;
	}
	r->pair++;
	return set(a, b, pair->name, pair->value);
}

static enum rd_err tell_digit(struct rd_flow_run *r, struct rd_flow_action *a)
{
	const struct rd_flow_block *b = block_of(r);

	go(r, b->next, RD_FLOW_END_BLOCK);
	return set(a, b, b->attribute, r->digit);
}

enum rd_err rd_flow_run_poll(struct rd_flow_run *r, uint64_t wall_ms,
			     struct rd_flow_action *a)
{
	enum rd_err err = RD_E_AGAIN;

	*a = (struct rd_flow_action){ .block = "",
				      .file = "",
				      .name = "",
				      .value = "",
				      .trunk = "",
				      .user = "" };
	while (err == RD_E_AGAIN) {
		switch (r->state) {
		case ENTERING:
			err = enter(r, wall_ms, a);
			break;
		case SETTING:
			err = set_next(r, a);
			break;
		case TELLING:
			err = tell_digit(r, a);
			break;
		default: /* it waits */
			return RD_E_AGAIN;
		}
	}
	return err;
}
