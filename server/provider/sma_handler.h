/* provider/sma_handler.h - the SIP media application: an event in, actions
 * out.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The other half of provider chime.  Its call has two legs: LEG-A is the
 * meeting in which the caller waits (CreateSipMediaApplicationCall to the
 * meeting integration number), LEG-B the telephone that this handler adds by
 * one CallAndBridge when LEG-A has answered.  What each event is answered
 * with stands in the table of sma_handler.c.
 *
 * A pure function: it keeps nothing, reads no clock and opens nothing, so the
 * same code runs in this process, behind a URL and as a Lambda function.  All
 * it knows of a call is in the event, and it decides by nothing else: an event
 * that is sent again (the service does so after 5 s) gets the same answer, and
 * CallAndBridge is only in the answer to a CALL_ANSWERED of a call without
 * LEG-B whose State is still "new".
 *
 * Arguments that CreateSipMediaApplicationCall must give (ArgumentsMap):
 *
 *   MeetingId          the meeting, a UUID; for logs
 *   Destination        the alias that the page named, 1..64; for logs
 *   Target             "vc": a Voice Connector; "pstn": a telephone number
 *   Dial               vc: user part of the request URI, 1..30 of
 *                      a-zA-Z0-9&=+$/%-_!~*(,).    pstn: E.164, "+" and 8..15
 *   VoiceConnectorArn  vc only
 *   CallerId           E.164: a number of the account
 *   Timeout            seconds to ring, "1".."120"; "30" if absent
 *   Headers            vc only, may be absent: a JSON object as text,
 *                      {"X-Customer-Id":"4711"}, at most 20 headers and
 *                      RD_SMA_HEADERS_TEXT - 1 bytes; names X-... (none of the
 *                      reserved x-amzn, x-vine, x-vc, x-canary, x-voice),
 *                      User-to-User, Diversion; values printable ASCII
 *
 * What does not hold is never called: the call gets State "refused" and is
 * hung up as soon as that is possible.
 *
 * TransactionAttributes, ten at most, all that there are at each change: the
 * eight above, and
 *
 *   State   "new", "bridging", "bridged", "ending", "ended", "refused"
 *   Reason  of "refused": which argument did not hold ("Dial", ...); of the
 *           endings: "hangup", or the ErrorType of the action that failed
 *
 * Arguments of UpdateSipMediaApplicationCall:
 *
 *   {"action": "digits", "digits": "12#"}   1..50 of 0-9 * # A-D and comma
 *   {"action": "hangup"}                    both legs
 *
 * Thread: any, at once too.
 */
#pragma once
#include "base/base.h"
#include "wire/json.h"

enum {
	RD_SMA_HEADERS_TEXT = 2048, /* the argument Headers, with NUL */
	RD_SMA_RESPONSE = 32 * 1024 /* most bytes of a response */
};

/* What may be called at all, whoever asks; all lent, const while in use. */
struct rd_sma_policy {
	/* Beginnings of telephone numbers in E.164 that may be called
	 * ("+1202555"), as far as number_policy.h lets them pass; none: no
	 * telephone number may. */
	const char *const *allow;
	unsigned allow_count;
	/* ARNs of the Voice Connectors that may be called; none: any of the
	 * account that the event is of. */
	const char *const *connectors;
	unsigned connector_count;
	/* Answers only events of this application; NULL: of any. */
	const char *application;
	unsigned tone_ms; /* of digits, 50..24000; 0 = 250 */
};

/* Writes the response: always one JSON object within the service's limits, at
 * most RD_SMA_RESPONSE bytes, whatever the event holds.  On an error nothing
 * has been written, and the service shall be told of an error instead:
 * RD_E_FORMAT: not an event.  RD_E_DENIED: of another application.
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sma_handle(const struct rd_sma_policy *policy,
				      const struct rd_json *event,
				      struct rd_json_out *response);
/* The same with the policy as an untyped argument: a rd_sma_handler_fn. */
RD_MUST_USE enum rd_err rd_sma_handle_any(void *policy,
					  const struct rd_json *event,
					  struct rd_json_out *response);
