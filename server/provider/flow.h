/* provider/flow.h - contact flows: what happens to a contact, block by block.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A flow is a small JSON document,
 *
 *	{ "name": "support", "start": "greet", "blocks": {
 *		"greet": { "type": "play", "file": "welcome.wav",
 *			   "next": "queue" }, ... } }
 *
 * read once and shared by all contacts (struct rd_flow, constant), and a
 * machine for each contact (struct rd_flow_run) that is told what happened
 * and says what shall be done.  docs/contact-flows.md has the blocks.
 * Owner: whoever opened it.  Thread: a flow any, a run its owner's.
 */
#pragma once
#include "base/base.h"

struct rd_flow;
struct rd_flow_run;

enum {
	RD_FLOW_BLOCKS = 256,
	RD_FLOW_BYTES = 256 * 1024, /* of a document */
	RD_FLOW_NAME = 64,          /* of a block, with NUL */
	RD_FLOW_HEADERS = 16,
};

/* Bytes of a document.  RD_E_FORMAT: why (may be NULL) says what is wrong, in
 * which block, and what would be right; RD_E_SIZE; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_flow_open(struct rd_flow **out, struct rd_span text,
				     struct rd_complaint *why);
/* The same of a file.  RD_E_NOTFOUND, RD_E_IO. */
RD_MUST_USE enum rd_err rd_flow_open_file(struct rd_flow **out,
					  const char *path,
					  struct rd_complaint *why);
void rd_flow_close(struct rd_flow *f); /* NULL is fine */
const char *rd_flow_name(const struct rd_flow *f);
/* The sound files that it plays, each once; NULL past the last. */
const char *rd_flow_file(const struct rd_flow *f, unsigned index);
/* The trunks that it transfers to, each once; NULL past the last. */
const char *rd_flow_trunk(const struct rd_flow *f, unsigned index);

/* --- a contact's way through it ------------------------------------------ */

/* How the machine reads what the contact has. */
struct rd_flow_reader {
	/* NULL: no such attribute. */
	const char *(*attribute)(void *arg, const char *name);
	void *arg;
};

/* Waits for RD_FLOW_JOINED.  f and reader are lent for the run's life. */
RD_MUST_USE enum rd_err rd_flow_run_open(struct rd_flow_run **out,
					 const struct rd_flow *f,
					 const struct rd_flow_reader *reader);
void rd_flow_run_close(struct rd_flow_run *r); /* NULL is fine */

enum rd_flow_event_kind {
	RD_FLOW_JOINED,    /* the customer can hear */
	RD_FLOW_PLAYED,    /* the sound is over */
	RD_FLOW_DIGIT,     /* digit */
	RD_FLOW_DEQUEUED,  /* the queue has a place for him */
	RD_FLOW_CONNECTED, /* the transfer was answered */
	RD_FLOW_HUNG_UP,   /* the party that was connected has gone */
	RD_FLOW_FAILED,    /* what was asked for could not be done */
};
struct rd_flow_event {
	enum rd_flow_event_kind kind;
	char digit;
};
/* wall_ms: Unix time, for hours.  Events that do not fit are of no effect. */
void rd_flow_run_feed(struct rd_flow_run *r, const struct rd_flow_event *event,
		      uint64_t wall_ms);

enum rd_flow_action_kind {
	RD_FLOW_PLAY,  /* file; then tell PLAYED */
	RD_FLOW_SET,   /* attribute name = value */
	RD_FLOW_QUEUE, /* name; DEQUEUED when `at_once` may be served; file is
			* played again and again meanwhile, "" = ring-back */
	RD_FLOW_SIP,   /* trunk, user, headers, ring_ms */
	RD_FLOW_ECHO,  /* himself, until he goes */
	RD_FLOW_END,   /* the contact is over */
};
enum rd_flow_end {
	RD_FLOW_END_BLOCK,  /* a block says so */
	RD_FLOW_END_PARTY,  /* the party hung up, and nothing follows */
	RD_FLOW_END_FAILED, /* a block failed, and nothing follows */
};
struct rd_flow_header { /* "X-Customer-Id" from attribute "customer_id" */
	const char *name;
	const char *attribute;
};
struct rd_flow_action { /* lent by the flow or the run until the next call */
	enum rd_flow_action_kind kind;
	const char *block; /* its name, for the log */
	const char *file;
	const char *name;
	const char *value;
	unsigned at_once; /* QUEUE: how many are served at a time */
	const char *trunk;
	const char *user; /* of the trunk; from an attribute if so configured */
	unsigned ring_ms;
	const struct rd_flow_header *headers;
	unsigned header_count;
	enum rd_flow_end end; /* END */
};
/* What shall be done now; RD_E_AGAIN: wait for the next event.  After END
 * there is nothing any more. */
RD_MUST_USE enum rd_err rd_flow_run_poll(struct rd_flow_run *r,
					 uint64_t wall_ms,
					 struct rd_flow_action *action);
