/* secure/srtp.h - SRTP and SRTCP of one direction under one master key.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3711 (AES-CM, HMAC-SHA1), RFC 7714 (AES-GCM), RFC 6188 for the 256 bit
 * key derivation.  No MKI, no encrypted header extensions, SRTCP always
 * encrypted.  Everything is made in open: a packet costs no allocation and no
 * look-up in the library.
 *
 * A bad packet is counted and refused and changes nothing else: no stream is
 * made, no roll-over counted, no replay window moved before a packet is
 * authentic (T52).  Each packet opens once; each is sent once, because the
 * same index twice under one key would give the key stream away.
 *
 * Owner: whoever opened it.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"

/* The numbers are those of the DTLS extension: RFC 5764 4.1.2, RFC 7714 14.2.
 */
enum rd_srtp_profile {
	RD_SRTP_NONE = 0x0000,
	RD_SRTP_AES128_CM_SHA1_80 = 0x0001,
	RD_SRTP_AES128_CM_SHA1_32 = 0x0002, /* SDES only */
	RD_SRTP_AEAD_AES_128_GCM = 0x0007,
	RD_SRTP_AEAD_AES_256_GCM = 0x0008,
};

enum rd_srtp_way {
	RD_SRTP_SEND,
	RD_SRTP_RECEIVE
};

enum {
	RD_SRTP_KEYING_MAX = 46,  /* bytes of master key and salt */
	RD_SRTP_TRAILER_MAX = 20, /* bytes that protecting adds, at most */
	RD_SRTP_STREAMS = 8,      /* SSRCs of one direction */
	RD_SRTP_WINDOW = 128,     /* packets, RFC 3711 3.3.2 wants 64 */
};

struct rd_srtp;

/* What happened so far, RTP and RTCP together. */
struct rd_srtp_counts {
	uint64_t passed;  /* protected, or opened */
	uint64_t form;    /* not RTP or RTCP, or too short */
	uint64_t forged;  /* the tag is wrong */
	uint64_t replays; /* seen before, or older than the window */
	uint64_t limits;  /* too many SSRCs, key used up, no room */
};

/* Bytes of master key and of master salt; both 0 for an unknown profile. */
size_t rd_srtp_key_len(enum rd_srtp_profile profile);
size_t rd_srtp_salt_len(enum rd_srtp_profile profile);
/* The name in SDP (RFC 4568 6.2, RFC 7714 14.1): "AEAD_AES_128_GCM",
 * "AES_CM_128_HMAC_SHA1_80", ...; NULL for an unknown profile. */
const char *rd_srtp_profile_name(enum rd_srtp_profile profile);
/* RD_SRTP_NONE for any other name. */
enum rd_srtp_profile rd_srtp_profile_parse(struct rd_span name);

/* keying: master key, then master salt; copied nowhere, only the session keys
 * derived from it are kept.  RD_E_UNSUPPORTED: unknown profile; RD_E_SIZE:
 * keying has another length; RD_E_NOMEM; RD_E_INTERNAL: the library failed. */
RD_MUST_USE enum rd_err rd_srtp_open(struct rd_srtp **out,
				     enum rd_srtp_profile profile,
				     enum rd_srtp_way way,
				     struct rd_span keying);
void rd_srtp_close(struct rd_srtp *s); /* wipes; NULL is fine */

/* Protect in place.  packet holds *len bytes in a buffer of size bytes, which
 * has room for RD_SRTP_TRAILER_MAX more; *len becomes the new length.  s is
 * RD_SRTP_SEND.  RD_E_FORMAT: not RTP (RTCP); RD_E_SIZE: no room; RD_E_REPLAY:
 * this index was sent already, or is too old to know; RD_E_LIMIT: too many
 * SSRCs, or the key is used up (RFC 3711 9.2).  On failure packet and *len are
 * as before. */
RD_MUST_USE enum rd_err rd_srtp_protect(struct rd_srtp *s, uint8_t *packet,
					size_t *len, size_t size);
RD_MUST_USE enum rd_err rd_srtp_protect_rtcp(struct rd_srtp *s, uint8_t *packet,
					     size_t *len, size_t size);

/* Open in place; *len becomes the length of the plain packet.  s is
 * RD_SRTP_RECEIVE.  RD_E_FORMAT, RD_E_AUTH: not from who has the key;
 * RD_E_REPLAY; RD_E_LIMIT.  On failure *len is as before, the bytes at packet
 * are worthless. */
RD_MUST_USE enum rd_err rd_srtp_unprotect(struct rd_srtp *s, uint8_t *packet,
					  size_t *len);
RD_MUST_USE enum rd_err rd_srtp_unprotect_rtcp(struct rd_srtp *s,
					       uint8_t *packet, size_t *len);

/* Asks the processor for what the next packet of s will need, so that it is
 * in the cache by then: first what s itself is, then (step 1, 2) what that
 * points at.  For whoever has a batch before him and knows its order. */
void rd_srtp_expect(const struct rd_srtp *s, unsigned step);

const struct rd_srtp_counts *rd_srtp_counts(const struct rd_srtp *s);
