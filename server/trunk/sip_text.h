/* trunk/sip_text.h - which bytes may stand where in a SIP message, and the
 * little bodies that trunks send.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure functions on text; what is refused here never reaches the wire (T27),
 * and what came from there is not believed before it passed (T41).
 * Thread: any.
 */
#pragma once
#include "base/base.h"

/* RFC 3261 25.1 token, 1..max characters. */
bool rd_sip_is_token(const char *text, size_t max);
/* A header or display value: no CR, LF or other control character but TAB,
 * valid UTF-8, shorter than max. */
bool rd_sip_is_value(const char *text, size_t max);
/* user of RFC 3261 25.1 without ";?/": 1..128 characters; %HH is whole. */
bool rd_sip_is_user(const char *text);
/* A name we may send to a trunk: X-... or User-to-User (RFC 7433). */
bool rd_sip_is_context_name(const char *name);

/* Host and port of a URI as sofia parsed them: letters, digits, ".-" and for
 * an address in brackets ":"; port NULL or 1..65535 in digits. */
bool rd_sip_is_host(const char *host);
bool rd_sip_is_port(const char *port);

/* Writes "text" with quotes, quoting '"' and '\\'.  RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_sip_quote(const char *text, char *out, size_t size);

/* The key in an INFO body of application/dtmf-relay ("Signal=5") or
 * application/dtmf ("5"); 0: none. */
char rd_sip_info_digit(const char *content_type, struct rd_span body);
/* Body of application/dtmf-relay for one key, 160 ms. */
RD_MUST_USE enum rd_err rd_sip_info_body(char digit, char *out, size_t size);
bool rd_sip_is_digit(char c); /* 0-9 * # A-D */

/* Status of a message/sipfrag body, 100..699; 0: none (RFC 3420). */
unsigned rd_sip_frag_status(struct rd_span body);
