/* wire/stun.h - STUN messages: Binding requests and their answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8489 for the format, RFC 8445 for the ICE attributes.  Nothing here
 * allocates except rd_stun_key_open.  Spans of a parsed message point into
 * the datagram.  Owner of a key: whoever opened it.  Thread: a key belongs to
 * one thread; the rest any.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum {
	RD_STUN_HEADER = 20,     /* RFC 8489 5, bytes */
	RD_STUN_ID = 12,         /* transaction id, bytes */
	RD_STUN_UNKNOWN = 8,     /* unknown attributes that are listed */
	RD_STUN_USERNAME = 513,  /* RFC 8489 14.3: longest, bytes */
	RD_STUN_BINDING = 0x001, /* the only method we speak */
	RD_STUN_MAX = 1500,      /* longest datagram looked at, bytes */
};

enum rd_stun_class {
	RD_STUN_REQUEST,
	RD_STUN_INDICATION,
	RD_STUN_SUCCESS,
	RD_STUN_ERROR,
};

enum rd_ice_role {
	RD_ICE_NO_ROLE,
	RD_ICE_CONTROLLED,
	RD_ICE_CONTROLLING,
};

/* Error codes we send: RFC 8489 14.8, RFC 8445 7.3.1.1. */
enum {
	RD_STUN_BAD_REQUEST = 400,
	RD_STUN_UNAUTHENTICATED = 401,
	RD_STUN_UNKNOWN_ATTRIBUTE = 420,
	RD_STUN_ROLE_CONFLICT = 487,
};

/* One message, parsed or to be written.  Zero it before filling it in. */
struct rd_stun {
	struct rd_span bytes; /* parsed: the whole datagram */

	enum rd_stun_class class;
	uint16_t method;
	uint8_t id[RD_STUN_ID];

	struct rd_span username;
	uint32_t priority; /* 0: none */
	enum rd_ice_role role;
	uint64_t tie_breaker;
	bool is_nominating;     /* USE-CANDIDATE */
	struct rd_addr mapped;  /* XOR-MAPPED-ADDRESS; family 0: none */
	uint16_t error;         /* ERROR-CODE 300..699; 0: none */
	struct rd_span because; /* its reason phrase */

	/* Of an error: what UNKNOWN-ATTRIBUTES lists.  Else, parsed: the
	 * comprehension-required attributes that we do not know.  The first
	 * RD_STUN_UNKNOWN of them. */
	uint16_t unknown[RD_STUN_UNKNOWN];
	uint8_t unknown_count;

	/* Parsed: offset of the attribute's header in bytes; 0: none. */
	uint16_t integrity_at;
	uint16_t fingerprint_at;
};

/* RD_E_SIZE: shorter than a header or longer than RD_STUN_MAX.  RD_E_FORMAT:
 * not STUN, a length that does not fit, or a known attribute that is
 * malformed.  Unknown attributes are not an error here: answer 420, but only
 * after rd_stun_check (T5). */
RD_MUST_USE enum rd_err rd_stun_parse(struct rd_stun *out,
				      struct rd_span datagram);

/* The two halves of "receiver:sender" (RFC 8445 7.2.2).  False if there is no
 * colon or one half is empty. */
bool rd_stun_split_username(const struct rd_stun *m, struct rd_span *receiver,
			    struct rd_span *sender);

/* An ICE password made ready for HMAC-SHA1, once per leg. */
struct rd_stun_key;
RD_MUST_USE enum rd_err rd_stun_key_open(struct rd_stun_key **out,
					 struct rd_span password);
void rd_stun_key_close(struct rd_stun_key *k); /* NULL is fine; wipes */

/* MESSAGE-INTEGRITY (RFC 8489 14.5), in constant time.  RD_E_AUTH: missing or
 * wrong. */
RD_MUST_USE enum rd_err rd_stun_check(const struct rd_stun *m,
				      struct rd_stun_key *key);
/* FINGERPRINT (RFC 8489 14.7) is there and right. */
bool rd_stun_has_fingerprint(const struct rd_stun *m);

/* Writes any message: the attributes that are set, then MESSAGE-INTEGRITY if
 * key is not NULL, then FINGERPRINT.  m->bytes and the two offsets are not
 * looked at.  w must be at the start of a datagram.  RD_E_SIZE: did not fit. */
RD_MUST_USE enum rd_err rd_stun_encode(struct rd_writer *w,
				       const struct rd_stun *m,
				       struct rd_stun_key *key);

/* The answer to request: success with the address it came from. */
RD_MUST_USE enum rd_err rd_stun_write_success(struct rd_writer *w,
					      const struct rd_stun *request,
					      const struct rd_addr *mapped,
					      struct rd_stun_key *key);
/* The answer to request: an error.  420 lists request->unknown. */
RD_MUST_USE enum rd_err rd_stun_write_error(struct rd_writer *w,
					    const struct rd_stun *request,
					    uint16_t code,
					    struct rd_stun_key *key);
