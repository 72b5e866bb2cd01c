/* synthetic/weblink.h - a browser's end of the media transport, as a machine:
 * ICE (controlling), DTLS client, SRTP.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8445, RFC 7675 (consent), RFC 5764, as Chromium behaves towards an
 * ICE-lite server: a check, DTLS as soon as it is answered, nomination 50 ms
 * after, then consent checks every 2.5 s.  It does not answer checks, since
 * an ICE-lite peer sends none.  Owner: whoever opened it.  Thread: the
 * owner's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "secure/dtls.h"
#include "wire/sdp_webrtc.h"

enum {
	RD_WEBLINK_CONSENT_MS = 2500,
	RD_WEBLINK_LOST_MS = 15000, /* RFC 7675 5.1: consent ends, plus slack */
	RD_WEBLINK_UFRAG = 9,       /* with NUL */
	RD_WEBLINK_PASSWORD = 25,
};

enum rd_weblink_state {
	RD_WEBLINK_NEW,      /* no answer yet */
	RD_WEBLINK_CHECKING, /* no check answered yet */
	RD_WEBLINK_SHAKING,  /* a pair is valid, DTLS runs */
	RD_WEBLINK_READY,    /* keys are there */
	RD_WEBLINK_FAILED,
	RD_WEBLINK_LOST, /* was ready; consent ended */
	RD_WEBLINK_BYE,  /* was ready; the peer said goodbye */
};

enum rd_weblink_got {
	RD_WEBLINK_NOTHING, /* it was STUN or DTLS, or nothing of value */
	RD_WEBLINK_RTP,
	RD_WEBLINK_RTCP,
};

struct rd_weblink;

/* identity is lent for the life of the link.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_weblink_open(struct rd_weblink **out,
					struct rd_dtls_identity *identity);
void rd_weblink_close(struct rd_weblink *l); /* says nothing; NULL is fine */

/* Our credentials, for the offer.  They stay the link's. */
const char *rd_weblink_ufrag(const struct rd_weblink *l);
const char *rd_weblink_password(const struct rd_weblink *l);
/* The answer came: checks begin with the first candidate of its family.
 * RD_E_STATE: twice.  RD_E_NOMEM, RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_weblink_start(struct rd_weblink *l,
					 const struct rd_webrtc_answer *answer,
					 uint64_t now_ms);

/* One datagram; RTP and RTCP are opened in place, *len is then their length
 * in clear. */
enum rd_weblink_got rd_weblink_feed(struct rd_weblink *l, uint8_t *datagram,
				    size_t *len, const struct rd_addr *from,
				    uint64_t now_ms);
/* The next STUN or DTLS datagram and where to; false: none now.  *out is lent
 * until the next call. */
bool rd_weblink_poll(struct rd_weblink *l, uint64_t now_ms, struct rd_addr *to,
		     struct rd_span *out);
uint64_t rd_weblink_due_ms(const struct rd_weblink *l);

enum rd_weblink_state rd_weblink_state(const struct rd_weblink *l);
/* Why it failed, in words; "" if it did not. */
const char *rd_weblink_trouble(const struct rd_weblink *l);
/* The address of the pair; after RD_WEBLINK_CHECKING. */
const struct rd_addr *rd_weblink_peer(const struct rd_weblink *l);
/* Round trip of the newest answered check; 0: none yet. */
uint32_t rd_weblink_round_trip_ms(const struct rd_weblink *l);
const char *rd_weblink_profile(const struct rd_weblink *l); /* of SRTP */

/* Protects in place, as rd_srtp_protect.  RD_E_STATE: not ready. */
RD_MUST_USE enum rd_err rd_weblink_protect(struct rd_weblink *l,
					   uint8_t *packet, size_t *len,
					   size_t size);
RD_MUST_USE enum rd_err rd_weblink_protect_rtcp(struct rd_weblink *l,
						uint8_t *packet, size_t *len,
						size_t size);
/* Packets that did not open. */
uint64_t rd_weblink_refused(const struct rd_weblink *l);
/* Queues a DTLS close_notify for poll. */
void rd_weblink_end(struct rd_weblink *l, uint64_t now_ms);
