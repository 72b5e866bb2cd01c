/* secure/jwt_priv.h - what key sets and tokens share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to secure.
 */
#pragma once
#include "secure/jwt.h"
#include "secure/jwt_signature.h"

struct rd_jwt_key {
	struct rd_jwt_signature_key *key;
	unsigned algorithms;  /* that fit its type, and its own `alg` if any */
	size_t signature_len; /* RSA: of the modulus; 0: by the algorithm */
	struct rd_span kid;   /* owned; empty: it has none */
};

struct rd_jwt_keys {
	size_t count;
	struct rd_jwt_key keys[RD_JWT_KEYS_MAX];
};

/* JSON nests no deeper than this in what we read (T7). */
enum {
	RD_JWT_DEPTH_MAX = 32
};
bool rd_jwt_depth_is_sane(struct rd_span json);

/* Adds a key that passes the rules.  A kid is copied.  RD_E_RANGE: left out,
 * it is too weak, too strong or not on its curve; RD_E_SIZE: too many;
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_jwt_keys_add_rsa(struct rd_jwt_keys *keys,
					    struct rd_span kid,
					    unsigned algorithms,
					    struct rd_span modulus,
					    struct rd_span exponent);
RD_MUST_USE enum rd_err rd_jwt_keys_add_ec(struct rd_jwt_keys *keys,
					   struct rd_span kid,
					   unsigned algorithms,
					   enum rd_jwt_curve curve,
					   struct rd_span x, struct rd_span y);

/* The rules of the header and the signature, whatever the payload is.  *header
 * (a JSON object of the library's) may be set on failure too: the caller
 * releases it.  *payload is lent from token, still encoded. */
struct json_t;
RD_MUST_USE enum rd_err rd_jwt_check(const struct rd_jwt_keys *keys,
				     unsigned algorithms, struct rd_span token,
				     struct json_t **header,
				     struct rd_span *payload);
