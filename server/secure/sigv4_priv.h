/* secure/sigv4_priv.h - the canonical request, shared by signing and verifying.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include "secure/sigv4.h"

#define RD_SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define RD_SIGV4_END       "aws4_request"

enum {
	RD_SIGV4_ADDED = 2, /* headers that signing adds */
};

struct rd_sigv4_pair { /* encoded as the canonical request has it */
	struct rd_span name;
	struct rd_span value;
};

struct rd_sigv4_line {       /* a header */
	struct rd_span name; /* lower case, ours */
	struct rd_span value;
	bool is_signed;
};

/* A request, taken apart and sorted; the request stays lent. */
struct rd_sigv4_work {
	const struct rd_sigv4_request *r;

	uint8_t *memory;
	struct rd_writer canonical; /* in memory */
	struct rd_sigv4_line lines[RD_SIGV4_MOST_HEADERS + RD_SIGV4_ADDED];
	size_t line_count;
	struct rd_sigv4_pair pairs[RD_SIGV4_MOST_QUERY];
	size_t pair_count;
};

/* RD_E_SIZE: a bound is passed; RD_E_FORMAT: the query is not well encoded;
 * RD_E_NOMEM.  added: more headers, at most RD_SIGV4_ADDED. */
RD_MUST_USE enum rd_err rd_sigv4_work_open(struct rd_sigv4_work *w,
					   const struct rd_sigv4_request *r,
					   const struct rd_sigv4_header *added,
					   size_t added_count);
void rd_sigv4_work_close(struct rd_sigv4_work *w); /* fine half-built */

/* Writes the list of the signed headers, "a;b;c". */
void rd_sigv4_write_signed(const struct rd_sigv4_work *w, struct rd_writer *to);

struct rd_sigv4_scope {   /* all lent */
	const char *date; /* X-Amz-Date */
	struct rd_span region;
	struct rd_span service;
};
/* The signature over the lines that are signed, the query but for its
 * X-Amz-Signature, and the body's hash, in hex.  Once for each work.
 * RD_E_SIZE: the secret is too long. */
RD_MUST_USE enum rd_err rd_sigv4_signature(struct rd_sigv4_work *w,
					   const char *body_hash,
					   struct rd_span secret,
					   const struct rd_sigv4_scope *scope,
					   char out[static RD_SIGV4_HASH_TEXT]);
