/* secure/dtls.h - a DTLS 1.2 handshake that ends in SRTP keys, as a machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6347, RFC 5764 (use_srtp), RFC 7627 (extended master secret), RFC 8122
 * (fingerprints), RFC 8842.  Datagrams go in by feed and come out by poll;
 * their edges are kept and none is longer than RD_DTLS_MTU.
 *
 * Both sides show a certificate.  The peer's is compared with the fingerprint
 * that came by signaling, inside the handshake, so that no key ever exists
 * for anybody else (T50).
 *
 * Nothing a stranger sends ends a server's handshake for good (T48): records
 * that cannot begin one are dropped unread, alerts in clear are ignored, a
 * failed attempt is thrown away without an answer and the next ClientHello
 * begins anew, a limited number of times a second, until the deadline.  A
 * server holds no memory of the library before the first ClientHello (T49).
 *
 * The owner feeds only datagrams of an address that passed a connectivity
 * check.  Owner: whoever opened it.  Thread: the owner's; one rd_dtls_identity
 * may serve many threads.
 */
#pragma once
#include "base/base.h"
#include "secure/srtp.h"

enum {
	RD_DTLS_MTU = 1200, /* bytes of the longest datagram we send */
	RD_DTLS_FINGERPRINT_TEXT = 104, /* "sha-256 AB:CD:..." and a NUL */
	RD_DTLS_DEADLINE_MS = 10000,    /* from open to ready */
	RD_DTLS_FIRST_RESEND_MS = 100,
	RD_DTLS_LINGER_MS = 10000, /* after ready, see rd_dtls_is_quiet */
};

/* Of a certificate; the hash functions that RFC 8122 5 allows and we do. */
struct rd_fingerprint {
	uint8_t len; /* 32 sha-256, 48 sha-384, 64 sha-512; 0 none */
	uint8_t digest[64];
};
/* The value of a=fingerprint: "sha-256 4A:AD:...", either case.
 * RD_E_UNSUPPORTED: another hash function; RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_fingerprint_parse(struct rd_fingerprint *out,
					     struct rd_span text);

/* Our certificate (self-signed, P-256, made new, good for 90 days) and all
 * settings.  A new one may be opened at any time for the handshakes to come. */
struct rd_dtls_identity;
/* RD_E_NOMEM, RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_dtls_identity_open(struct rd_dtls_identity **out);
/* Handshakes and sessions that still use it are not disturbed. */
void rd_dtls_identity_close(struct rd_dtls_identity *id); /* NULL is fine */
/* The value for a=fingerprint, "sha-256 " and upper case; stays the id's. */
const char *rd_dtls_identity_fingerprint(const struct rd_dtls_identity *id);

enum rd_dtls_role {
	RD_DTLS_SERVER, /* a=setup:passive */
	RD_DTLS_CLIENT, /* a=setup:active */
};

enum rd_dtls_state {
	RD_DTLS_HANDSHAKE,
	RD_DTLS_READY,  /* keys may be taken */
	RD_DTLS_CLOSED, /* the peer said goodbye, authentically, or we did */
	RD_DTLS_FAILED, /* deadline passed; a client also: attempt failed */
};

/* Why the latest attempt came to nothing; for logs and metrics. */
enum rd_dtls_trouble {
	RD_DTLS_NO_TROUBLE,
	RD_DTLS_NO_HELLO,        /* nothing came that begins a handshake */
	RD_DTLS_NO_ANSWER,       /* it began, but did not end */
	RD_DTLS_NOT_AGREED,      /* no common version, cipher or certificate */
	RD_DTLS_BAD_FINGERPRINT, /* not the certificate of the offer */
	RD_DTLS_BAD_CERTIFICATE, /* none, too large, too weak, or a chain */
	RD_DTLS_NO_SRTP,         /* no common SRTP profile */
	RD_DTLS_NO_EMS,          /* no extended master secret */
};

struct rd_dtls_counts {
	uint32_t dropped;  /* datagrams and records not read */
	uint32_t attempts; /* handshakes begun */
	uint32_t failures; /* of these thrown away */
};

struct rd_dtls;

/* peer is copied.  A client has its ClientHello ready for the first poll.
 * RD_E_NOMEM, RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_dtls_open(struct rd_dtls **out,
				     struct rd_dtls_identity *id,
				     enum rd_dtls_role role,
				     const struct rd_fingerprint *peer,
				     uint64_t now_ms);
void rd_dtls_close(struct rd_dtls *d); /* says nothing; NULL is fine */

/* One received datagram, of any content.  Look at the state afterwards. */
void rd_dtls_feed(struct rd_dtls *d, struct rd_span datagram, uint64_t now_ms);
/* The next datagram to send; false: none now.  *out is lent until the next
 * call on d.  Poll after open, after feed and when due. */
bool rd_dtls_poll(struct rd_dtls *d, uint64_t now_ms, struct rd_span *out);
/* When to poll again if nothing comes; RD_NEVER: never. */
uint64_t rd_dtls_due_ms(const struct rd_dtls *d);

enum rd_dtls_state rd_dtls_state(const struct rd_dtls *d);
enum rd_dtls_trouble rd_dtls_trouble(const struct rd_dtls *d);
const char *rd_dtls_trouble_text(enum rd_dtls_trouble trouble);
const struct rd_dtls_counts *rd_dtls_counts(const struct rd_dtls *d);

/* The agreed profile; RD_SRTP_NONE before RD_DTLS_READY. */
enum rd_srtp_profile rd_dtls_profile(const struct rd_dtls *d);
/* Opens both directions; they are the caller's.  Once.  RD_E_STATE: not
 * ready, or taken already; RD_E_NOMEM; RD_E_INTERNAL. */
RD_MUST_USE enum rd_err rd_dtls_take_keys(struct rd_dtls *d,
					  struct rd_srtp **send,
					  struct rd_srtp **receive);

/* Whether closing d early loses nothing but the peer's close_notify, and saves
 * about 40 KiB that the library holds: ready,
 * RD_DTLS_LINGER_MS have passed since it was (in this time a peer whose last
 * flight was not answered asks again, RFC 6347 4.2.4), nothing to send. */
bool rd_dtls_is_quiet(const struct rd_dtls *d, uint64_t now_ms);
/* Queues a close_notify for poll (only if ready); the state is CLOSED. */
void rd_dtls_end(struct rd_dtls *d, uint64_t now_ms);
