/* provider/sma_run.h - runs SIP media applications over the engine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What Amazon calls the PSTN audio service: a call (a transaction) is placed
 * in the name of an application, the application's handler is told each event
 * in the documented form and answers with actions, and these are carried out
 * on real legs: the seat of a meeting, telephones of a trunk.  The order of
 * things is provider/sma_call.h; this is the driver that joins it with
 * provider/engine_room.h and with the handler.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "http/client.h"
#include "provider/engine.h"
#include "provider/sma_call.h"
#include "wire/json.h"

struct rd_sma_runs;

/* The number that stands for "the meeting of the two join headers". */
#define RD_SMA_MEETING_NUMBER "+17035550122"

enum {
	RD_SMA_PAIRS = 20,     /* arguments, and headers, of one request */
	RD_SMA_ID_TEXT = 64,   /* of an application or a connector, with NUL */
	RD_SMA_URL_TEXT = 512, /* with NUL */
	RD_SMA_ARN_TEXT = 128, /* with NUL */
	RD_SMA_APPLICATIONS = 64 /* and as many connectors, at most */
};

/* A handler in this process: writes the response to event.  Its errors mean
 * that there is no response, as if it had not answered. */
typedef enum rd_err rd_sma_handler_fn(void *arg, const struct rd_json *event,
				      struct rd_json_out *response);

enum rd_sma_handler_kind {
	RD_SMA_IN_PROCESS,
	/* url is the whole Invoke URL,
	 * .../2015-03-31/functions/NAME/invocations: X-Amz-Invocation-Type is
	 * sent and X-Amz-Function-Error is heeded. */
	RD_SMA_LAMBDA,
	RD_SMA_URL, /* POST event, 200 with the response */
};

struct rd_sma_application { /* text is copied */
	const char *id;     /* 1..63 characters */
	enum rd_sma_handler_kind kind;
	rd_sma_handler_fn *handle; /* IN_PROCESS */
	void *handle_arg;
	const char *url; /* LAMBDA, URL */
};

/* A trunk as one side of the telephone network. */
struct rd_sma_trunk {
	const struct rd_trunk_cfg *trunk; /* lent until close; NULL: none */
	bool learn_media_address;
};

struct rd_sma_connector { /* text is copied */
	const char *id;   /* "abcdefghij1klmn2opq3rs" */
	const char *arn;  /* NULL: arn:aws:chime:REGION:ACCOUNT:vc/ID */
	struct rd_sma_trunk trunk;
};

struct rd_sma_runs_cfg { /* all text and all objects are lent until close */
	struct rd_loop *loop;
	struct rd_engine *engine;
	struct rd_http_client *http; /* NULL: handlers in this process only */
	const char *account;         /* twelve digits */
	const char *region;
	struct rd_sma_trunk pstn; /* what PSTN endpoints are called by */
	const char *const
		*phone_numbers; /* E.164: may be a From, and a caller id */
	unsigned phone_number_count;
	/* BUCKET/KEY is the file of that path below; NULL: no audio. */
	const char *audio_folder;
	const char *recordings_folder; /* the same for writing; NULL: none */
	const char *speech_program;    /* espeak-ng's path; NULL: no Speak */
	unsigned most_calls;           /* at once; 0 = 256 */
	unsigned first_answer_ms;      /* asked again after; 0 = 5000 */
	unsigned last_answer_ms;       /* given up after; 0 = 20000 */
};

RD_MUST_USE enum rd_err rd_sma_runs_open(struct rd_sma_runs **out,
					 const struct rd_sma_runs_cfg *cfg);
/* Hangs up what there is, without telling handlers.  Before the engine is
 * closed.  NULL is fine. */
void rd_sma_runs_close(struct rd_sma_runs *r);

/* Makes known, or changes, what calls that begin from now on use.
 * RD_E_FULL, RD_E_SIZE, RD_E_FORMAT, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sma_application_put(
	struct rd_sma_runs *r, const struct rd_sma_application *application);
RD_MUST_USE enum rd_err rd_sma_connector_put(
	struct rd_sma_runs *r, const struct rd_sma_connector *connector);
/* RD_E_NOTFOUND.  Calls under way stay as they are. */
RD_MUST_USE enum rd_err rd_sma_application_remove(struct rd_sma_runs *r,
						  const char *id);
RD_MUST_USE enum rd_err rd_sma_connector_remove(struct rd_sma_runs *r,
						const char *id);

struct rd_sma_create { /* lent for the call */
	const char *application_id;
	const char *from;
	const char *to; /* E.164, or RD_SMA_MEETING_NUMBER */
	const struct rd_sma_pair *headers;
	unsigned header_count; /* RD_SMA_PAIRS at most */
	const struct rd_sma_pair *arguments;
	unsigned argument_count; /* RD_SMA_PAIRS at most */
};

/* CreateSipMediaApplicationCall: transaction_id holds 36 characters and a
 * NUL.  The handler is invoked later, never from within.
 * RD_E_NOTFOUND: no such application.  RD_E_FORMAT: a number, a header, too
 * many pairs, or a join token that is not of that meeting (BadRequest).
 * RD_E_DENIED: from is not a number of the account (Forbidden).
 * RD_E_FULL: most_calls are under way (ConcurrentCallLimit).
 * RD_E_UPSTREAM: there is no trunk for to.  RD_E_NOMEM.
 * why (may be NULL) says it in words. */
RD_MUST_USE enum rd_err rd_sma_create_call(struct rd_sma_runs *r,
					   const struct rd_sma_create *create,
					   char transaction_id[static 37],
					   struct rd_complaint *why);
/* UpdateSipMediaApplicationCall: the handler gets CALL_UPDATE_REQUESTED
 * later.  RD_E_NOTFOUND: no such call of that application, or it is over;
 * RD_E_FORMAT, RD_E_FULL (64 updates wait), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sma_update_call(struct rd_sma_runs *r,
					   const char *application_id,
					   const char *transaction_id,
					   const struct rd_sma_pair *arguments,
					   unsigned argument_count,
					   struct rd_complaint *why);

unsigned rd_sma_call_count(const struct rd_sma_runs *r); /* under way */
