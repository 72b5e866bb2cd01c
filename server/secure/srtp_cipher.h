/* secure/srtp_cipher.h - the cryptography of SRTP: key derivation, sealing and
 * opening one packet whose index is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to secure.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "secure/srtp.h"

enum rd_srtp_kind {
	RD_SRTP_RTP,
	RD_SRTP_RTCP,
	RD_SRTP_KINDS
};

/* Where the parts of a packet are:
 *   AES-CM RTP   header | payload | tag
 *   AES-CM RTCP  header | payload | E and index | tag
 *   GCM RTP      header | payload | tag
 *   GCM RTCP     header | payload | tag | E and index
 * The word "E and index" is written by the caller. */
struct rd_srtp_packet {
	enum rd_srtp_kind kind;
	uint32_t ssrc;
	uint64_t index; /* 48 bits of RTP, 31 bits of RTCP */
	uint8_t *at;
	size_t header_len;  /* in clear */
	size_t payload_len; /* encrypted */
};

/* Session keys: RFC 3711 4.3.2.  What a profile has no use for stays 0. */
struct rd_srtp_session {
	uint8_t key[32];
	uint8_t auth[20];
	uint8_t salt[14];
};

/* out[RD_SRTP_RTP] and out[RD_SRTP_RTCP] from master key and salt; the caller
 * wipes them.  RD_E_UNSUPPORTED, RD_E_SIZE, RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_srtp_derive(
	enum rd_srtp_profile profile, struct rd_span keying,
	struct rd_srtp_session out[static RD_SRTP_KINDS]);

struct rd_srtp_cipher;

/* Copies what it needs of keys.  RD_E_UNSUPPORTED, RD_E_NOMEM,
 * RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_srtp_cipher_open(
	struct rd_srtp_cipher **out, enum rd_srtp_profile profile,
	enum rd_srtp_way way,
	const struct rd_srtp_session keys[static RD_SRTP_KINDS]);
void rd_srtp_cipher_close(struct rd_srtp_cipher *c); /* wipes */

/* See rd_srtp_expect. */
void rd_srtp_cipher_expect(const struct rd_srtp_cipher *c, unsigned step);

/* Bytes of the tag of such packets. */
size_t rd_srtp_cipher_tag_len(const struct rd_srtp_cipher *c,
			      enum rd_srtp_kind kind);
/* Whether the E and index word comes after the tag. */
bool rd_srtp_cipher_is_aead(const struct rd_srtp_cipher *c);

/* Encrypts the payload and writes the tag.  RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_srtp_seal(struct rd_srtp_cipher *c,
				     const struct rd_srtp_packet *p);
/* Checks the tag and decrypts.  RD_E_AUTH. */
RD_MUST_USE enum rd_err rd_srtp_unseal(struct rd_srtp_cipher *c,
				       const struct rd_srtp_packet *p);
