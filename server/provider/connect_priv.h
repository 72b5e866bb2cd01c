/* provider/connect_priv.h - what the files of the provider connect share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * connect.c starts contacts and has the provider's face, connect_follow.c
 * looks at them and hears of the client, connect_stop.c ends them and finds
 * those whose start was lost, connect_digits.c sends digits.
 */
#pragma once
#include "aws/participant.h"
#include "base/table.h"
#include "provider/connect.h"
#include "provider/connect_watch.h"
#include "provider/presence.h"
#include "provider/provider_events.h"

enum {
	RD_CONNECT_DIGITS = 64 /* waiting to be sent */
};

enum rd_connect_phase {
	RD_CONNECT_ASKED,    /* StartWebRTCContact is under way */
	RD_CONNECT_LIVE,     /* the caller was told how to join */
	RD_CONNECT_DOUBTFUL, /* given up, and nobody knows whether it exists */
	RD_CONNECT_STOPPING,
};

struct rd_connect_contact {
	struct rd_connect *connect; /* owner */
	const struct rd_connect_destination *to;

	rd_call_ref ref; /* 0: the switchboard was told that it is over */
	char call_id[37];
	struct rd_list in_connect;
	enum rd_connect_phase phase;
	bool is_unwanted;         /* end was asked before the answer came */
	struct rd_aws_ask *start; /* the request, while it may be repeated */
	char contact_id[RD_CONNECT_ID_TEXT];
	char participant_token[RD_PARTICIPANT_TOKEN_TEXT];
	enum rd_reason reason; /* to be told at the end */
	enum rd_ended_by by;
	unsigned tries;        /* of stopping, or of finding out */
	struct rd_timer timer; /* of the phase */
	uint32_t request;      /* start, describe or stop; 0: none */

	struct rd_connect_watch watch; /* LIVE */
	uint64_t look_ms;              /* when to look next */
	uint64_t live_since_ms;
	unsigned not_found; /* in a row */
	struct rd_presence presence;
	bool told_lost;
	uint32_t metrics_request;
	struct rd_aws_wait wait;

	struct rd_aws_connection connection; /* digits; token "" = none */
	uint32_t digits_request;
	struct rd_timer digits_timer;
	char digits[RD_CONNECT_DIGITS + 1];
	size_t sending; /* of digits, under way under digits_token */
	char digits_token[37];
	unsigned digits_tries;
};

struct rd_connect {
	struct rd_connect_cfg cfg; /* lent to us */

	struct rd_provider_events events;
	struct rd_table by_ref;  /* struct rd_connect_contact */
	struct rd_list contacts; /* struct rd_connect_contact.in_connect */
	unsigned live;
	bool metrics_refused;
};

/* --- connect.c --- */
void rd_connect_tell(struct rd_connect_contact *c,
		     enum rd_call_event_kind kind);
/* Tells GONE, once; the contact stays for its tidying. */
void rd_connect_tell_gone(struct rd_connect_contact *c,
			  const struct rd_provider_event *gone);
void rd_connect_free(struct rd_connect_contact *c);
/* What AWS answered, in one line of the log, without what it said of people.
 */
void rd_connect_log(const struct rd_connect_contact *c, const char *operation,
		    const struct rd_aws_result *r);

/* --- connect_follow.c --- */
void rd_connect_follow(struct rd_connect_contact *c, uint64_t now_ms);
void rd_connect_seen(struct rd_connect_contact *c, bool follows,
		     uint64_t now_ms);
void rd_connect_park(struct rd_connect_contact *c, uint64_t now_ms);
void rd_connect_follow_stop(struct rd_connect_contact *c);

/* --- connect_stop.c --- */
/* Stops the contact and tells GONE with this reason; c may be gone after. */
void rd_connect_stop(struct rd_connect_contact *c, enum rd_reason reason,
		     enum rd_ended_by by);
/* The same, later. */
void rd_connect_stop_later(struct rd_connect_contact *c, uint64_t due_ms);
/* Finds out whether the start had an effect, and undoes it. */
void rd_connect_doubt(struct rd_connect_contact *c);

/* --- connect_digits.c --- */
RD_MUST_USE enum rd_err rd_connect_digits(struct rd_connect_contact *c,
					  const char *digits);
void rd_connect_digits_stop(struct rd_connect_contact *c);
