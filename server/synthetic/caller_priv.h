/* synthetic/caller_priv.h - what the files of a caller share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * caller.c speaks the signaling and goes from state to state, caller_api.c asks
 * the API, caller_media.c has the socket of the media and the beat of 20 ms.
 */
#pragma once
#include "http/websocket.h"
#include "synthetic/caller.h"
#include "synthetic/tcp.h"
#include "wire/frame.h"

enum rd_caller_state {
	RD_CALLER_ASKING,      /* POST is out */
	RD_CALLER_CONNECTING,  /* the socket */
	RD_CALLER_JOINING,     /* JOIN is out */
	RD_CALLER_SUBSCRIBING, /* SUBSCRIBE is out */
	RD_CALLER_STARTING,    /* ICE, DTLS, first packet */
	RD_CALLER_TALKING,
	RD_CALLER_LEAVING, /* LEAVE is out */
	RD_CALLER_CLOSING, /* waits for the end of the events */
	RD_CALLER_DONE,
};

struct rd_caller {
	struct rd_caller_cfg cfg;

	enum rd_caller_state state;
	struct rd_caller_result result;
	uint64_t start_us;
	uint64_t talk_us; /* first packet */
	struct rd_timer deadline;
	struct rd_timer heart; /* once a second: ping, metrics */

	uint32_t post_id, events_id, digits_id; /* requests under way */
	char authorization[4200];
	char call_key_line[160];
	char digits[RD_CALLER_DIGITS + 1]; /* not yet taken by the server */
	char events[RD_CALLER_EVENTS];
	struct rd_ws *ws;
	char audio_host[256];
	uint32_t ping_id;
	unsigned beats; /* of the heart */
	unsigned attendees;
	uint32_t ssrc;
	char cname[24];

	struct rd_weblink *link;
	struct rd_party *party;
	int fd; /* of UDP */
	struct rd_tcp_link tcp;
	bool is_connected; /* the socket, to the pair's address */
	struct rd_watch watch;
	struct rd_timer beat; /* the next frame */
	uint64_t beat_ms;     /* when it was, or is, due */
	struct rd_timer link_timer;
	struct rd_timer report_timer;
};

/* caller.c */
bool rd_caller_is_over(const struct rd_caller *c); /* leaving, or later */
void rd_caller_finish(struct rd_caller *c);
/* The signaling socket, as the answer of the API says. */
RD_MUST_USE enum rd_err rd_caller_connect(struct rd_caller *c, const char *url,
					  const char *join_token);
void rd_caller_reach(struct rd_caller *c, enum rd_caller_step step,
		     uint64_t now_us);
void rd_caller_fail(struct rd_caller *c, enum rd_caller_outcome outcome,
		    const char *fmt, ...) RD_PRINTF(3, 4);
/* The first packet came. */
void rd_caller_begin_talk(struct rd_caller *c, uint64_t now_us);
/* The media of a running call ended; why may be "". */
void rd_caller_media_gone(struct rd_caller *c, const char *why);

/* caller_api.c: POST /v1/calls */
RD_MUST_USE enum rd_err rd_caller_post(struct rd_caller *c);
void rd_caller_post_digits(struct rd_caller *c); /* those that wait, if any */

/* caller_media.c */
RD_MUST_USE enum rd_err rd_caller_media_start(struct rd_caller *c,
					      struct rd_span sdp);
void rd_caller_media_stop(struct rd_caller *c); /* fine at any time */
