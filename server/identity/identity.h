/* identity/identity.h - from an access token to the person who calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Believes the configured issuers and nobody else.  Their keys come from a
 * discovery document, a key set, or the configuration; they are fetched when
 * it opens, refreshed ahead of need, kept for RD_IDENTITY_KEEP_MS when the
 * issuer is out of reach (F18), and asked for again on an unknown key id at
 * most every RD_IDENTITY_UNKNOWN_MS (T13).  Claims are judged as T14 says.
 *
 * Tokens are never logged.  Owner: whoever opened it.  Thread: the loop's.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "call/caller.h"
#include "http/client.h"
#include "secure/jwt.h"

enum {
	RD_IDENTITY_ISSUERS = 16,
	RD_IDENTITY_GRACE_S = 60,       /* for clocks that differ */
	RD_IDENTITY_LIFETIME_S = 86400, /* longest life of a token */
	RD_IDENTITY_REFRESH_MS = 9 * 60 * 1000,
	RD_IDENTITY_KEEP_MS = 24 * 60 * 60 * 1000,
	RD_IDENTITY_ALARM_MS = 15 * 60 * 1000,
	RD_IDENTITY_UNKNOWN_MS = 30 * 1000,
	RD_IDENTITY_FETCH_MS = 5000, /* for each document */
	RD_IDENTITY_WAIT_MS = 2000,  /* a token waits for keys */
	RD_IDENTITY_WAITING = 256,   /* tokens that wait, of all issuers */
};

enum rd_token_kind {
	/* `typ` absent, JWT or at+jwt, and nothing that marks it as an ID
	 * token or as a token for another purpose. */
	RD_TOKEN_ANY,
	RD_TOKEN_ACCESS,  /* `typ` at+jwt: RFC 9068 2.1 */
	RD_TOKEN_COGNITO, /* `token_use` access, `client_id` for `aud` */
};

struct rd_attribute_claim {
	const char *attribute; /* 1..39 of A-Z a-z 0-9 _ - */
	const char *claim;
};

/* Everything is copied. */
struct rd_issuer_cfg {
	const char *name;   /* 1..63 bytes, for logs and records */
	const char *issuer; /* the `iss` of its tokens, exactly */

	/* Exactly one of the four.  http instead of https only for loopback. */
	const char *discovery_url; /* its key set must be on the same host */
	const char *keys_url;
	struct rd_span keys;   /* JWK Set, JWK, or PEM of a public key */
	struct rd_span secret; /* for HS256, 32 bytes or more */

	unsigned algorithms; /* of enum rd_jwt_alg; 0: all that fit the keys */
	const char *const *audiences; /* one of them must be in `aud` */
	size_t audience_count;        /* 1.. */
	enum rd_token_kind kind;
	const char *const *scopes; /* all of them must be in `scope` (`scp`) */
	size_t scope_count;
	const char *subject; /* claim that names the person; NULL: "sub" */
	const struct rd_attribute_claim *attributes;
	size_t attribute_count; /* ..RD_ATTRIBUTES */
};

struct rd_identity;

/* loop and client outlive it; client may be NULL if no issuer has a URL.
 * RD_E_FORMAT, RD_E_RANGE, RD_E_SIZE, RD_E_DENIED with a complaint that names
 * the issuer; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_identity_open(struct rd_identity **out,
					 struct rd_loop *loop,
					 struct rd_http_client *client,
					 const struct rd_issuer_cfg *issuers,
					 size_t count,
					 struct rd_complaint *complaint);
/* Waiting tokens are forgotten without their callback.  NULL is fine. */
void rd_identity_close(struct rd_identity *id);

/* Judges a token (what stands behind "Bearer ").  Times are of this turn.
 * RD_OK: *out is who calls.
 * RD_E_AUTH: no token, or one whose key nobody can know now: auth_required.
 * RD_E_EXPIRED: right but too old: auth_expired.
 * RD_E_DENIED: anything wrong with it: auth_refused.
 * RD_E_UPSTREAM: the issuer's keys cannot be had.
 * RD_E_AGAIN: keys are being fetched; ask by rd_identity_ask to be told.
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_identity_check(struct rd_identity *id,
					  struct rd_span token, uint64_t now_ms,
					  uint64_t wall_ms,
					  struct rd_caller *out);

/* err as above but never RD_E_AGAIN; caller is lent, NULL unless RD_OK.  May
 * ask again and cancel, and may not close. */
typedef void rd_identity_done(void *arg, enum rd_err err,
			      const struct rd_caller *caller);

/* As check, and if it returns RD_E_AGAIN then done is called once, later, never
 * from within ask, unless *ticket is cancelled.  Also RD_E_FULL: too many
 * wait. */
RD_MUST_USE enum rd_err rd_identity_ask(struct rd_identity *id,
					struct rd_span token, uint64_t now_ms,
					uint64_t wall_ms, struct rd_caller *out,
					rd_identity_done *done, void *arg,
					uint32_t *ticket);
void rd_identity_cancel(struct rd_identity *id, uint32_t ticket);

/* Whether the keys of all issuers are at hand; for readiness. */
bool rd_identity_is_ready(const struct rd_identity *id);
