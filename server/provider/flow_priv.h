/* provider/flow_priv.h - what the files of contact flows share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * flow.c reads the document, flow_hours.c its opening hours, flow_run.c goes
 * through it.
 */
#pragma once
#include "provider/flow.h"
#include "wire/json.h"

enum rd_flow_type {
	RD_BLOCK_PLAY,
	RD_BLOCK_SET,
	RD_BLOCK_QUEUE,
	RD_BLOCK_SIP,
	RD_BLOCK_ECHO,
	RD_BLOCK_DISCONNECT,
	RD_BLOCK_BRANCH,
	RD_BLOCK_HOURS,
};

enum {
	RD_FLOW_NOWHERE = -1, /* no such next block: the end */
	RD_FLOW_PAIRS = 64,   /* of one block */
	RD_FLOW_SPANS = 28,   /* opening times a week */
	RD_FLOW_WEEK_MIN = 7 * 24 * 60,
};

struct rd_flow_pair { /* attribute = value, or value -> block */
	const char *name;
	const char *value;
	int to;
};
struct rd_flow_span { /* minutes since Monday 00:00, to excluded */
	uint16_t from, to;
};

struct rd_flow_block { /* all text is lent by the document */
	const char *name;
	enum rd_flow_type type;
	int next;   /* block, or RD_FLOW_NOWHERE */
	int failed; /* SIP; HOURS: when closed; BRANCH: otherwise */

	const char *file;      /* PLAY, QUEUE; "" = none */
	const char *attribute; /* BRANCH; PLAY: of the digit; SIP: of the user;
				* "" = none */
	const char *queue;
	unsigned at_once;
	const char *trunk, *user;
	unsigned ring_ms;
	struct rd_flow_pair *pairs; /* SET, BRANCH */
	unsigned pair_count;
	struct rd_flow_header headers[RD_FLOW_HEADERS]; /* SIP */
	unsigned header_count;
	struct rd_flow_span *spans; /* HOURS */
	unsigned span_count;
	int offset_min; /* HOURS: east of UTC */
};

struct rd_flow {
	struct rd_json *document;
	const char *name;
	int start;
	struct rd_flow_block *blocks;
	unsigned block_count;
};

/* Where in the document, for complaints. */
struct rd_flow_place {
	const char *flow;
	const char *block; /* NULL: outside of blocks */
	struct rd_complaint *why;
};
/* Says what is wrong and what would be right; RD_E_FORMAT. */
enum rd_err rd_flow_wrong(const struct rd_flow_place *at, const char *fmt, ...)
	RD_PRINTF(2, 3);

/* Reads "days" and "utc_offset" of an hours block. */
RD_MUST_USE enum rd_err rd_flow_read_hours(struct rd_flow_block *b,
					   const struct rd_json *from,
					   const struct rd_flow_place *at);
bool rd_flow_is_open(const struct rd_flow_block *b, uint64_t wall_ms);
