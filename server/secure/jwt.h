/* secure/jwt.h - signed tokens (JWS, compact form): key sets, verification,
 * claims.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7515, RFC 7517, RFC 7518, RFC 7519, RFC 8725.  The signature is checked
 * by cjose; what may be checked at all is decided here first (T10-T12,
 * T14-T16): the key's type and the issuer's list decide the algorithm, never
 * the token; a header may name a key of the set and nothing else.
 *
 * Owner: whoever opened it.  Thread: one at a time.
 */
#pragma once
#include "base/base.h"

enum {
	RD_JWT_BYTES_MAX = 8192,       /* a token */
	RD_JWT_KEYS_BYTES_MAX = 65536, /* a key set document */
	RD_JWT_KEYS_MAX = 32,          /* keys in it */
	RD_JWT_KID_MAX = 256,          /* bytes of a key id */
	RD_JWT_SECRET_MIN = 32,        /* bytes of an HS256 secret */
};

/* Algorithms (RFC 7518 3.1), as a set. */
enum rd_jwt_alg {
	RD_JWT_RS256 = 1 << 0,
	RD_JWT_RS384 = 1 << 1,
	RD_JWT_RS512 = 1 << 2,
	RD_JWT_PS256 = 1 << 3,
	RD_JWT_PS384 = 1 << 4,
	RD_JWT_PS512 = 1 << 5,
	RD_JWT_ES256 = 1 << 6,
	RD_JWT_ES384 = 1 << 7,
	RD_JWT_HS256 = 1 << 8,
	RD_JWT_ASYMMETRIC = (1 << 8) - 1,
};
/* "RS256" ...; 0 for any other name, "none" included. */
unsigned rd_jwt_alg_parse(struct rd_span name);

/* Keys of one issuer, parsed once. */
struct rd_jwt_keys;

/* A JWK Set, or a single JWK.  Keys for other uses and of unknown kinds, and
 * those outside RSA 2048..8192 bit with an odd exponent of 3 or more (below
 * 2^32), P-256, P-384 are left out.  RD_E_SIZE: longer than
 * RD_JWT_KEYS_BYTES_MAX or more keys than RD_JWT_KEYS_MAX; RD_E_FORMAT: not a
 * key set, a member or key id twice, no usable key; RD_E_DENIED: it holds
 * private or symmetric keys; RD_E_NOMEM.  complaint may be NULL. */
RD_MUST_USE enum rd_err rd_jwt_keys_parse(struct rd_jwt_keys **out,
					  struct rd_span json,
					  struct rd_complaint *complaint);
/* One public key as "-----BEGIN PUBLIC KEY-----" (or a certificate), with the
 * same rules. */
RD_MUST_USE enum rd_err rd_jwt_keys_parse_pem(struct rd_jwt_keys **out,
					      struct rd_span pem,
					      struct rd_complaint *complaint);
/* An HS256 secret of RD_JWT_SECRET_MIN or more bytes; RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_jwt_keys_secret(struct rd_jwt_keys **out,
					   struct rd_span secret);
void rd_jwt_keys_close(struct rd_jwt_keys *keys); /* NULL is fine */
size_t rd_jwt_keys_count(const struct rd_jwt_keys *keys);
bool rd_jwt_keys_has(const struct rd_jwt_keys *keys, struct rd_span kid);

/* A token whose signature was right. */
struct rd_jwt;

/* algorithms: what this issuer may use.  Nothing of the claims is judged.
 * RD_E_SIZE; RD_E_FORMAT: not a token, or its header is not allowed;
 * RD_E_DENIED: another algorithm; RD_E_NOTFOUND: no such key here (fetch the
 * set anew?); RD_E_AUTH: wrong signature; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_jwt_verify(struct rd_jwt **out,
				      const struct rd_jwt_keys *keys,
				      unsigned algorithms,
				      struct rd_span token);
void rd_jwt_close(struct rd_jwt *jwt); /* NULL is fine */

/* The `iss` of a token that nobody has verified: good for choosing whose keys
 * to try, for nothing else.  Copies into buf and ends it by NUL.  RD_E_FORMAT,
 * RD_E_SIZE, RD_E_NOTFOUND: no such claim. */
RD_MUST_USE enum rd_err rd_jwt_peek_issuer(struct rd_span token, char *buf,
					   size_t size);

/* The claims every token may have (RFC 7519 4.1).  Spans are empty when the
 * claim is absent; texts live as long as the token. */
struct rd_jwt_claims {
	struct rd_span issuer;
	struct rd_span subject;
	struct rd_span type;      /* `typ` of the header */
	struct rd_span party;     /* `azp` */
	struct rd_span client_id; /* RFC 9068, Cognito */
	struct rd_span token_use; /* Cognito: "access" or "id" */
	struct rd_span scope;     /* words, RFC 8693 4.2 */
	uint64_t expires_s;       /* Unix time; 0: absent */
	uint64_t not_before_s;
	uint64_t issued_s;
	bool has_nonce;
};
/* RD_E_FORMAT: one of them is of a wrong type, negative, or past 9999. */
RD_MUST_USE enum rd_err rd_jwt_claims(const struct rd_jwt *jwt,
				      struct rd_jwt_claims *out);
/* How many values `aud` has (a lone string is one), and whether text is one
 * of them.  RD_JWT_BAD_AUDIENCE: not strings, or an empty list. */
#define RD_JWT_BAD_AUDIENCE SIZE_MAX
size_t rd_jwt_audience_count(const struct rd_jwt *jwt);
bool rd_jwt_has_audience(const struct rd_jwt *jwt, const char *text);

/* Whether a claim is this text, or a list that has it. */
bool rd_jwt_claim_has(const struct rd_jwt *jwt, const char *name,
		      const char *text);

enum rd_jwt_kind {
	RD_JWT_ABSENT,
	RD_JWT_TEXT,
	RD_JWT_NUMBER,
	RD_JWT_BOOLEAN,
	RD_JWT_OTHER
};
/* Any claim of the outermost object.  *text is lent from the token, without
 * NULs inside; for a whole number within 2^53 *number, for a boolean *number
 * 0 or 1; other numbers are RD_JWT_OTHER. */
enum rd_jwt_kind rd_jwt_claim(const struct rd_jwt *jwt, const char *name,
			      struct rd_span *text, int64_t *number);
