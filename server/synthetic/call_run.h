/* synthetic/call_run.h - the calls of one `ringdown call`: begun at a rate,
 * measured together, ended.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Owner: the command.  Thread: main.
 */
#pragma once
#include "synthetic/answerer.h"
#include "synthetic/call_options.h"
#include "synthetic/caller.h"

enum rd_run_way {
	RD_RUN_TO_FAR,
	RD_RUN_TO_CALLER,
	RD_RUN_WAYS
};

struct rd_call { /* one of the run */
	struct rd_caller *caller;
	struct rd_caller_result result;
	struct rd_party_stats stats; /* of the window, once it is over */
	struct rd_party_stats far_stats;
	char digits[8];     /* by which the far end is found */
	rd_answer_call far; /* 0: not found */
	bool is_paired;
	bool has_pressed;
	bool is_settled; /* talking, or done */
	bool has_stats;
};

struct rd_run {
	const struct rd_call_options *options; /* lent */
	const char *token;                     /* lent */

	struct rd_loop *loop;
	struct rd_http_client *client;
	struct rd_dtls_identity *identity;
	struct rd_banks banks;
	double mark_db;               /* threshold for them; 0: of the tone */
	struct rd_answerer *answerer; /* NULL without --peer-answer */
	struct rd_call *calls;        /* options->count */
	struct rd_timer begin_timer;  /* the next call */
	struct rd_timer look_timer;

	unsigned begun;
	unsigned settled;
	enum {
		RD_RUN_RAMP,   /* calls begin */
		RD_RUN_SETTLE, /* all are up */
		RD_RUN_WINDOW, /* is measured */
		RD_RUN_LEAVE,
		RD_RUN_OVER,
	} phase;
	uint64_t phase_ms; /* when it began */
	double window_s;
	struct rd_sample delays[RD_RUN_WAYS]; /* ms; echo: TO_CALLER alone */
	struct rd_sample late;       /* ms that this process sent too late */
	struct rd_process server[3]; /* before, window begun, window ended */
	struct rd_process own[2];
};

/* RD_E_NOMEM, RD_E_IO, ...: why says it. */
RD_MUST_USE enum rd_err rd_run_open(struct rd_run *r,
				    const struct rd_call_options *options,
				    const char *token,
				    struct rd_complaint *why);
void rd_run_close(struct rd_run *r);
/* Until all calls are over; *must_stop (set by a signal) ends them early. */
void rd_run(struct rd_run *r, const volatile int *must_stop);

/* Prints the report; returns the exit status. */
int rd_run_report(struct rd_run *r);
