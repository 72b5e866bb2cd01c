/* secure/dtls_record.h - sorts the records of a datagram before the library
 * may see them.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6347 4.1.  Private to secure.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_DTLS_DATAGRAM_MAX = 1500, /* longer ones are dropped whole */
	RD_DTLS_RANDOM_LEN = 32,
};

/* What is let through, by how far the handshake is. */
enum rd_dtls_sieve {
	RD_DTLS_ONLY_HELLO,     /* the beginning of a ClientHello */
	RD_DTLS_NO_PLAIN_ALERT, /* all but alerts in clear */
	RD_DTLS_WITH_ALERTS,    /* all */
	RD_DTLS_ONLY_PROTECTED, /* nothing in clear, no new handshake */
};

struct rd_dtls_sifted {
	uint8_t bytes[RD_DTLS_DATAGRAM_MAX]; /* of the records let through */
	size_t len;
	uint32_t dropped; /* records, and a rest that is none */

	/* The beginning of a ClientHello is among them. */
	bool has_hello;
	uint8_t random[RD_DTLS_RANDOM_LEN]; /* of it */
};

void rd_dtls_sift(struct rd_span datagram, enum rd_dtls_sieve sieve,
		  struct rd_dtls_sifted *out);
