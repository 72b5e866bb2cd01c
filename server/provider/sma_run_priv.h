/* provider/sma_run_priv.h - what the files of the driver share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sma_run.c has what is configured, the calls and their pump, sma_ask.c the
 * handler's invocation, sma_legs.c what is done on rooms and phones, sma_play.c
 * what they hear, sma_record.c what they say.
 */
#pragma once
#include "base/table.h"
#include "provider/engine_room.h"
#include "provider/sma_run.h"
#include "provider/sma_sound.h"

struct rd_sma_app {
	char id[RD_SMA_ID_TEXT];
	enum rd_sma_handler_kind kind;
	rd_sma_handler_fn *handle;
	void *handle_arg;
	char url[RD_SMA_URL_TEXT];
};

struct rd_sma_vc {
	char id[RD_SMA_ID_TEXT];
	char arn[RD_SMA_ARN_TEXT];
	struct rd_sma_trunk trunk;
};

struct rd_sma_runs {
	struct rd_sma_runs_cfg cfg;

	struct rd_sma_sounds *sounds;
	struct rd_sma_app apps[RD_SMA_APPLICATIONS];
	unsigned app_count;
	struct rd_sma_vc connectors[RD_SMA_APPLICATIONS];
	unsigned connector_count;
	struct rd_table calls; /* by transaction id: struct rd_sma_run */
};

struct rd_sma_run;

/* A leg as it is really there. */
struct rd_sma_place {
	struct rd_sma_run *run;
	enum rd_sma_leg leg;
	enum {
		RD_SMA_NOWHERE,
		RD_SMA_SEAT,
		RD_SMA_PHONE,
	} kind;
	char meeting_id[RD_ROOM_ID]; /* SEAT */
	char attendee_id[RD_ROOM_ID];
	rd_phone phone;         /* PHONE */
	struct rd_sound *sound; /* that plays; ours until it is dropped */
	bool is_playing;        /* for the step whose serial is */
	struct rd_timer over;   /* so long does it play at most */
	uint32_t serial;
	char recording[RD_SMA_PATH]; /* its key; "": nobody waits for it */
	uint32_t record_serial;
};

/* An invocation that is under way. */
struct rd_sma_ask {
	struct rd_list in_run;
	struct rd_sma_run *run;
	uint32_t serial;
	uint32_t fetch;
};

struct rd_sma_run {
	struct rd_sma_runs *runs;
	struct rd_sma_app app; /* as it was when the call began */
	char transaction_id[37];
	char from[RD_SMA_NUMBER];
	char to[RD_SMA_NUMBER];
	struct rd_trunk_header headers[RD_TRUNK_HEADERS]; /* of LEG-A */
	unsigned header_count;

	struct rd_sma_call *call;
	struct rd_timer timer;
	struct rd_list asks; /* struct rd_sma_ask.in_run */
	struct rd_sma_place places[RD_SMA_LEGS];
	bool is_meeting;   /* LEG-A is a seat of places[0].meeting_id */
	bool has_ringback; /* LEG-A hears LEG-B ring */
	enum rd_err err;   /* it cannot go on */
};

/* --- sma_run.c ----------------------------------------------------------- */

/* Does what the machine says until it says no more.  run may be gone. */
void rd_sma_pump(struct rd_sma_run *run);
/* Feeds one thing and keeps its error for the pump. */
void rd_sma_feed(struct rd_sma_run *run, const struct rd_sma_news *news);
void rd_sma_done(struct rd_sma_run *run, uint32_t serial);
void rd_sma_failed(struct rd_sma_run *run, uint32_t serial,
		   enum rd_sma_error error, const char *why);

/* --- sma_ask.c ----------------------------------------------------------- */

void rd_sma_invoke(struct rd_sma_run *run, const struct rd_sma_order *order);
void rd_sma_cancel_asks(struct rd_sma_run *run);

/* --- sma_legs.c ---------------------------------------------------------- */

/* Anything but INVOKE and OVER. */
void rd_sma_do(struct rd_sma_run *run, const struct rd_sma_order *order);
void rd_sma_leave(struct rd_sma_place *p, unsigned sip_status);
/* name and value into the next of the headers.  RD_E_SIZE: it does not fit. */
RD_MUST_USE enum rd_err rd_sma_put_header(
	struct rd_trunk_header headers[RD_TRUNK_HEADERS], unsigned *count,
	const char *name, const char *value);

/* --- sma_play.c ---------------------------------------------------------- */

/* The prompt once, for the step of that serial. */
void rd_sma_play(struct rd_sma_place *p, const struct rd_sma_prompt *prompt,
		 uint32_t serial);
/* The prompt again and again, until rd_sma_hush. */
void rd_sma_ring_with(struct rd_sma_place *p,
		      const struct rd_sma_prompt *prompt, uint32_t serial);
void rd_sma_hush(struct rd_sma_place *p);
void rd_sma_drop_sound(struct rd_sma_place *p);
void rd_sma_played(struct rd_sma_place *p); /* the engine says so */
void rd_sma_on_over(struct rd_timer *t, uint64_t now_ms); /* a place's */

/* --- sma_record.c -------------------------------------------------------- */

void rd_sma_record(struct rd_sma_place *p, const struct rd_sma_order *order);
/* is_wanted: the machine waits for what has been recorded. */
void rd_sma_record_stop(struct rd_sma_place *p, bool is_wanted);
void rd_sma_recorded(struct rd_sma_place *p,
		     const struct rd_recording_result *result);
