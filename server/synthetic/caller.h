/* synthetic/caller.h - one call as a browser makes it: the public API, the
 * signaling socket, ICE, DTLS, sound, and leaving.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Runs on a loop.  Owner: whoever opened it.  Thread: the loop's.
 */
#pragma once
#include "base/loop.h"
#include "http/client.h"
#include "synthetic/party.h"
#include "synthetic/weblink.h"

enum rd_caller_step {   /* in the order they are reached */
	RD_STEP_HTTP,   /* POST /v1/calls answered with 201 */
	RD_STEP_SOCKET, /* signaling socket open */
	RD_STEP_JOIN,   /* INDEX */
	RD_STEP_ANSWER, /* SUBSCRIBE_ACK */
	RD_STEP_ICE,    /* first check answered */
	RD_STEP_DTLS,   /* keys */
	RD_STEP_PACKET, /* first RTP packet that opened */
	RD_STEPS
};
const char *rd_caller_step_name(enum rd_caller_step step);

enum rd_caller_outcome { /* the exit status of the command */
	RD_OUTCOME_OK = 0,
	RD_OUTCOME_USAGE = 1,
	RD_OUTCOME_REFUSED = 2,  /* by the API or the signaling */
	RD_OUTCOME_NO_MEDIA = 3, /* ICE, DTLS or packets failed */
	RD_OUTCOME_BAD_AUDIO = 4,
};

enum {
	RD_CALLER_ID = 64,
	RD_CALLER_EVENTS = 16384, /* bytes of server-sent events kept */
	RD_CALLER_DIGITS = 32,
};

struct rd_caller_cfg { /* all lent for the life of the caller */
	struct rd_loop *loop;
	struct rd_http_client *client;
	struct rd_dtls_identity *identity;
	struct rd_banks *banks;
	const struct rd_codec *codecs[RD_CODEC_COUNT]; /* offered, best first */
	unsigned codec_count;

	const char *url;    /* of the server, without a slash at the end */
	const char *origin; /* NULL: none, as of a program */
	const char *token;
	const char *destination;
	const char *join;    /* file with the answer of a start; NULL: none */
	const char *ca_file; /* NULL: the system's */
	const char *digits;  /* pressed once the media runs; NULL: none */
	uint64_t talk_ms;    /* from the first packet to leaving */
	uint64_t setup_ms;   /* to the first packet at most */
	bool is_tcp;         /* media over TCP, RFC 6544 */
	bool follows_events; /* fetches /v1/calls/{id}/events */

	unsigned bank_at;
	bool listens;
	uint32_t most_rate_hz;   /* of the samples listened to */
	double hear_hz, hear_db; /* as in rd_party_cfg */
	const char *record_path;
	struct rd_sample *late; /* ms that frames went out late; NULL: none */
};

struct rd_caller;

/* Begins at once.  RD_E_NOMEM, RD_E_FULL (of the HTTP client), RD_E_FORMAT
 * (the url). */
RD_MUST_USE enum rd_err rd_caller_open(struct rd_caller **out,
				       const struct rd_caller_cfg *cfg);
void rd_caller_close(struct rd_caller *c); /* at once; NULL is fine */
void rd_caller_leave(struct rd_caller *c); /* politely; fine at any time */
/* POST /v1/calls/{id}/digits, again each second while the far end has not
 * answered.  False: the call is over, or earlier digits still wait. */
bool rd_caller_press(struct rd_caller *c, const char *digits);

bool rd_caller_is_done(const struct rd_caller *c);
bool rd_caller_is_talking(const struct rd_caller *c); /* packets come */
/* The sound of the call; NULL until the media is negotiated. */
struct rd_party *rd_caller_party(const struct rd_caller *c);

struct rd_caller_result {
	enum rd_caller_outcome outcome; /* audio is judged by others */
	char problem[256];              /* in words; empty: none */
	double step_ms[RD_STEPS];       /* since open; 0: not reached */
	double talked_s;
	unsigned http_status;
	unsigned audio_status; /* the server's last word; 0: none */
	bool is_ended_by_server;
	char call_id[RD_CALLER_ID];
	char support_id[RD_CALLER_ID];
	const char *profile; /* of SRTP, and the codec: "" before */
	const char *codec;
	enum rd_codec_id codec_id;
	double check_round_trip_ms;
	uint64_t refused;        /* packets that did not open */
	unsigned attendees_most; /* present at once, ourselves included */
	char digits[33];         /* pressed at the far end, the first 32 */
	const char *events;      /* as received; "" if not followed */
};
void rd_caller_get_result(const struct rd_caller *c,
			  struct rd_caller_result *out);
