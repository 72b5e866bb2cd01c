/* secure/dtls_library.h - one handshake of OpenSSL, and what it leaves.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to secure.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "secure/dtls.h"

struct rd_dtls_attempt;

enum rd_dtls_progress {
	RD_DTLS_GOING,
	RD_DTLS_DONE,    /* and stays so */
	RD_DTLS_GOODBYE, /* an authentic end */
	RD_DTLS_BROKEN,
};

void rd_dtls_identity_ref(struct rd_dtls_identity *id);

/* peer is lent for as long as the attempt lives.  RD_E_NOMEM,
 * RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_dtls_attempt_open(struct rd_dtls_attempt **out,
					     struct rd_dtls_identity *id,
					     enum rd_dtls_role role,
					     const struct rd_fingerprint *peer);
void rd_dtls_attempt_close(struct rd_dtls_attempt *a); /* NULL is fine */

/* A datagram; an empty one only takes a client's first step. */
enum rd_dtls_progress rd_dtls_attempt_feed(struct rd_dtls_attempt *a,
					   struct rd_span datagram);
/* Sends the last flight again if that is due. */
enum rd_dtls_progress rd_dtls_attempt_resend(struct rd_dtls_attempt *a);
/* Lent until the next call on a. */
bool rd_dtls_attempt_poll(struct rd_dtls_attempt *a, struct rd_span *out);
bool rd_dtls_attempt_has_output(const struct rd_dtls_attempt *a);
/* From now to the next resending; RD_NEVER: none. */
uint64_t rd_dtls_attempt_wait_ms(const struct rd_dtls_attempt *a);
enum rd_dtls_trouble rd_dtls_attempt_trouble(const struct rd_dtls_attempt *a);
void rd_dtls_attempt_end(struct rd_dtls_attempt *a); /* close_notify */

enum rd_srtp_profile rd_dtls_attempt_profile(const struct rd_dtls_attempt *a);
/* Master key and salt of both directions, each of the profile's length; the
 * caller wipes them.  RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_dtls_attempt_keys(
	struct rd_dtls_attempt *a, uint8_t send[static RD_SRTP_KEYING_MAX],
	uint8_t receive[static RD_SRTP_KEYING_MAX]);
