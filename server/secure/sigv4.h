/* secure/sigv4.h - AWS Signature Version 4: signing and verifying requests.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One algorithm, AWS4-HMAC-SHA256 with the body's SHA-256, for requests whose
 * path is percent-encoded once on the wire and once more in the canonical
 * request (all services but S3).  Pure functions, no clock, no memory beyond
 * the call.  Everything from outside is bounded before it is hashed, and
 * signatures and session tokens are compared in constant time.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_SIGV4_DATE_TEXT = 17,    /* "20260304T101112Z" and a NUL */
	RD_SIGV4_HASH_TEXT = 65,    /* hex SHA-256 and a NUL */
	RD_SIGV4_KEY_ID_TEXT = 129, /* an access key id and a NUL */
	RD_SIGV4_REGION_TEXT = 65,  /* a region, or a service name */
	RD_SIGV4_AUTHORIZATION_TEXT = 1024,

	/* What a request may have to be signed or verified. */
	RD_SIGV4_MOST_HEADERS = 64,
	RD_SIGV4_MOST_HEADER_BYTES = 32 * 1024, /* of all, and of a token */
	RD_SIGV4_MOST_TARGET_BYTES = 8 * 1024,
	RD_SIGV4_MOST_BODY_BYTES = 256 * 1024,
	RD_SIGV4_MOST_QUERY = 64, /* name and value pairs */

	RD_SIGV4_WINDOW_MS = 15 * 60 * 1000, /* clocks may differ by that */
	RD_SIGV4_PRESIGNED_MOST_S = 7 * 24 * 3600,
};

struct rd_sigv4_header {
	struct rd_span name; /* in any case */
	struct rd_span value;
};

struct rd_sigv4_request { /* all lent */
	struct rd_span method;
	struct rd_span path;  /* as on the wire; empty is "/" */
	struct rd_span query; /* as on the wire, without the "?" */
	const struct rd_sigv4_header *headers;
	size_t header_count;
	struct rd_span body;
};

struct rd_sigv4_key {
	const char *id;
	struct rd_span secret;
	struct rd_span session_token; /* empty: a long-term key */
	/* Unix time when the key ends; 0: never.  Not looked at by signing. */
	uint64_t expires_wall_ms;
};

struct rd_sigv4_signed {
	char date[RD_SIGV4_DATE_TEXT];                   /* X-Amz-Date */
	char authorization[RD_SIGV4_AUTHORIZATION_TEXT]; /* Authorization */
};

/* Signs r with all of its headers, among them Host, except those that are on
 * their way changed or are never signed (User-Agent, Connection ...).  The
 * headers X-Amz-Date and, if the key has a token, X-Amz-Security-Token are
 * signed in addition: r does not have them, the caller sends them with the
 * values of *out and of the key.  RD_E_FORMAT: no Host, or a query that is
 * not percent-encoded; RD_E_SIZE: a bound above is passed; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sigv4_sign(const struct rd_sigv4_request *r,
				      const struct rd_sigv4_key *key,
				      const char *region, const char *service,
				      uint64_t wall_ms,
				      struct rd_sigv4_signed *out);
/* The value of X-Amz-Content-Sha256 for a body. */
void rd_sigv4_body_hash(struct rd_span body,
			char out[static RD_SIGV4_HASH_TEXT]);

/* --- verifying ----------------------------------------------------------- */

enum rd_sigv4_verdict {
	RD_SIGV4_GOOD,
	RD_SIGV4_MISSING,     /* nothing that could be a signature */
	RD_SIGV4_INCOMPLETE,  /* a part is missing or malformed */
	RD_SIGV4_UNKNOWN_KEY, /* no such access key, or a wrong token */
	RD_SIGV4_WRONG_SCOPE, /* date, region, service or terminator */
	RD_SIGV4_WRONG_TIME,  /* outside the window */
	RD_SIGV4_WRONG,       /* the signature, or the body's hash */
	RD_SIGV4_KEY_EXPIRED,
	RD_SIGV4_TOO_LARGE, /* a bound above is passed */
	RD_SIGV4_NOMEM,
	RD_SIGV4_VERDICTS,
};

/* What to answer for a verdict: error shape name, HTTP status, sentence. */
struct rd_sigv4_fault {
	const char *name;
	unsigned status;
	const char *message;
};
/* verdict is not GOOD.  service: the signing name that was expected; "chime"
 * has another name for WRONG_TIME (RequestExpired, 400). */
const struct rd_sigv4_fault *rd_sigv4_fault(enum rd_sigv4_verdict verdict,
					    const char *service);

/* Finds the key of an access key id (1..128 characters, no NUL).  Fills *key,
 * all of it lent until rd_sigv4_verify returns; false: unknown. */
typedef bool rd_sigv4_find(void *arg, const char *id, struct rd_sigv4_key *key);

struct rd_sigv4_rules {
	rd_sigv4_find *find;
	void *arg;
	const char *region;  /* that the scope must name; NULL: any */
	const char *service; /* signing name that the scope must have */
	/* Whether X-Amz-Content-Sha256: UNSIGNED-PAYLOAD is enough. */
	bool may_leave_body_unsigned;
	/* Whether the signature may be in the query (presigned URL). */
	bool may_be_presigned;
};

struct rd_sigv4_who { /* who signed, set with RD_SIGV4_GOOD */
	char key_id[RD_SIGV4_KEY_ID_TEXT];
	char region[RD_SIGV4_REGION_TEXT];
	bool is_presigned;
};

/* Verifies in the order: form, key, scope, time, signature, body hash, token,
 * expiry.  Header names are taken in any case; of several headers with one
 * name the values count in their order, joined with commas. */
RD_MUST_USE enum rd_sigv4_verdict rd_sigv4_verify(
	const struct rd_sigv4_request *r, const struct rd_sigv4_rules *rules,
	uint64_t now_wall_ms, struct rd_sigv4_who *who);
