/* secure/jwt_signature.h - public keys and the check of a signature.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to secure.  Thread: one at a time.
 */
#pragma once
#include "base/base.h"

struct rd_jwt_signature_key;

enum rd_jwt_curve {
	RD_JWT_P256,
	RD_JWT_P384
};

/* Big-endian numbers; they are copied.  RD_E_FORMAT: no such key (a point off
 * the curve, for one); RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_jwt_key_rsa(struct rd_jwt_signature_key **out,
				       struct rd_span modulus,
				       struct rd_span exponent);
RD_MUST_USE enum rd_err rd_jwt_key_ec(struct rd_jwt_signature_key **out,
				      enum rd_jwt_curve curve, struct rd_span x,
				      struct rd_span y);
RD_MUST_USE enum rd_err rd_jwt_key_secret(struct rd_jwt_signature_key **out,
					  struct rd_span secret);
void rd_jwt_key_close(struct rd_jwt_signature_key *key); /* NULL is fine */

/* token is in compact form and its header has been checked: its algorithm
 * fits the key.  RD_E_AUTH, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_jwt_signature_check(
	const struct rd_jwt_signature_key *key, struct rd_span token);
