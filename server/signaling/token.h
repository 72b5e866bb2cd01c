/* signaling/token.h - join tokens: signed by us, checked without a list.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A token is base64url, without padding, of
 *
 *	version (1 byte) | expiry (8) | attendee id | HMAC-SHA256 (32)
 *
 * where the MAC (RFC 2104) also covers the meeting id.  So it is bound to
 * meeting, attendee and expiry, and it is an HTTP token (RFC 9110 5.6.2), which
 * a WebSocket subprotocol must be.  Thread: any.
 */
#pragma once
#include "signaling/signaling.h"

/* expiry in Unix milliseconds.  The ids are shorter than RD_SIGNALING_ID_TEXT.
 */
void rd_join_token_sign(struct rd_span key, const char *meeting_id,
			const char *attendee_id, uint64_t expiry_ms,
			char out[RD_SIGNALING_TOKEN_TEXT]);

/* Whose it is, and until when; the expiry is for the caller to compare.
 * RD_E_AUTH: not a token of this key for this meeting. */
RD_MUST_USE enum rd_err rd_join_token_check(
	struct rd_span key, const char *meeting_id, struct rd_span token,
	char attendee_id[RD_SIGNALING_ID_TEXT], uint64_t *expiry_ms);
