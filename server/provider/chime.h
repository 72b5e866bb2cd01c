/* provider/chime.h - the provider `chime`: a meeting of the Chime SDK, and a
 * telephone in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * CreateMeetingWithAttendees makes a meeting with the caller and the phone,
 * CreateSipMediaApplicationCall brings the phone's leg into it by the
 * meeting integration number, and the SIP media application handler
 * (sma_handler.h), in whatever form it runs, bridges that leg to a number or
 * to a Voice Connector.  Which one, is ours to say (number_policy.h).  So what
 * is known when:
 *
 *   STARTED        the meeting exists and the phone's leg is under way; far_id
 *                  is "<meeting>/<transaction>"
 *   CALLER_UP, CALLER_LOST, CALLER_BACK
 *                  from the client alone: it follows the call's events, or has
 *                  asked about the call (presence.h).  The service does not
 *                  say who is in a meeting
 *   FAR_ANSWERED   from the handler, if its events reach us
 *                  (rd_chime_report): CallAndBridge has succeeded.  If they do
 *                  not (a Lambda function elsewhere), nothing tells it: the
 *                  destination says so (is_answered_at_once), and the call is
 *                  shown as answered as soon as the caller is there, who hears
 *                  the ringing.  FAR_RINGS is never known
 *   GONE           from the handler's events; else UpdateSipMediaApplication-
 *                  Call is asked with an action that the handler does
 *                  nothing about, every 5 s at first and every 2 minutes after
 *                  hours, and is not found any more once the call has ended:
 *                  then that it has, but not why
 *
 * At every end the phone is hung up and the meeting deleted.  A meeting whose
 * creation was lost ends by itself after five minutes in which nobody came
 * (its tokens were told to nobody).
 * Thread: control.
 */
#pragma once
#include "aws/client.h"
#include "aws/connect.h"
#include "base/loop.h"
#include "call/provider.h"
#include "provider/number_policy.h"

struct rd_chime;

struct rd_chime_destination { /* lent until rd_chime_close */
	const char *name;
	const char *application_id;
	const char *media_region;
	const char *from; /* E.164, a number of the account */
	/* Whom: E.164, or with voice_connector a user there.  dial_hint: the
	 * hint of the page that names a number instead; NULL: none may. */
	const char *dial;
	const char *dial_hint;
	const char *voice_connector; /* ARN; NULL: a telephone number */
	struct rd_number_policy policy;
	/* name: "X-Customer-Id", value: the verified attribute; with a Voice
	 * Connector only. */
	const struct rd_aws_pair *headers;
	unsigned header_count;
	unsigned ring_s; /* 1..120 */
	bool is_answered_at_once;
};

struct rd_chime_cfg {
	struct rd_loop *loop;
	struct rd_aws_client *aws; /* lent */
	const struct rd_chime_destination *destinations;
	unsigned destination_count;
	/* Events wait: poll the provider. */
	void (*wake)(void *arg);
	void *wake_arg;
};

RD_MUST_USE enum rd_err rd_chime_open(struct rd_chime **out,
				      const struct rd_chime_cfg *cfg);
/* Before the client.  Meetings that run are left to the service.  NULL is
 * fine. */
void rd_chime_close(struct rd_chime *c);
/* A call that a crash of ours has left, by its far_id: it is ended after a
 * minute, unless the same request comes again until then and has it back.
 * Texts are lent. */
void rd_chime_tidy(struct rd_chime *c, const char *destination,
		   const char *call_id, const char *far_id);
/* The table whose self is a struct rd_chime. */
extern const struct rd_provider rd_chime_provider;

/* An event that the handler was invoked with, in the documented form: call it
 * where the handler runs in this process or behind a URL of ours.  Of calls
 * that are not ours, and of forms that are not known, nothing follows. */
void rd_chime_report(struct rd_chime *c, const struct rd_json *event);
