/* wire/sdp.h - session descriptions: read, look up, print.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8866.  A parsed description lends spans of the text, which must outlive
 * it; nothing allocates.  struct rd_sdp is about 20 KiB: keep it on the stack
 * of a function that is not called recursively, or in its owner.  Thread: any.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum { /* fixed limits; beyond any of them RD_E_SIZE (SIP: 488) */
	RD_SDP_BYTES = 16384,
	RD_SDP_LINES = 512,
	RD_SDP_SECTIONS = 4,
	RD_SDP_FORMATS = 64, /* per section */
	RD_SDP_FINGERPRINT = 64,
	RD_SDP_CRYPTO_KEY = 46, /* AES-256 key and salt, RFC 6188 */
};

enum {
	RD_SDP_SESSION = -1
}; /* in place of a section's index */

struct rd_sdp_line {
	char type;            /* 'v', 'o', 'a', ... */
	struct rd_span name;  /* of an attribute; else nothing */
	struct rd_span value; /* after "a=name:" or "x=" */
};

struct rd_sdp_section {
	struct rd_span media; /* "audio" */
	uint16_t port;        /* 0: rejected */
	struct rd_span proto; /* "RTP/AVP" */
	struct rd_span formats[RD_SDP_FORMATS];
	uint8_t format_count; /* 1.. */

	uint16_t line, line_end; /* its lines after m=, in rd_sdp.lines */
};

struct rd_sdp {
	struct rd_sdp_line lines[RD_SDP_LINES]; /* as they came, m= too */
	uint16_t line_count;
	uint16_t session_end; /* lines of the session part */
	struct rd_sdp_section sections[RD_SDP_SECTIONS];
	uint8_t section_count;
};

/* Lines end with CRLF or LF; empty ones only at the end.  RD_E_FORMAT,
 * RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_sdp_parse(struct rd_sdp *out, struct rd_span text);
/* With CRLF; what it prints parses to the same.  RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_sdp_print(struct rd_writer *w,
				     const struct rd_sdp *s);

/* The next attribute of that name in a section, or in the session part
 * (RD_SDP_SESSION), after the line `after`, NULL to begin; NULL at the end. */
const struct rd_sdp_line *rd_sdp_next(const struct rd_sdp *s, int section,
				      const char *name,
				      const struct rd_sdp_line *after);
bool rd_sdp_has(const struct rd_sdp *s, int section, const char *name);
/* Value in the section or else in the session part; false: in neither. */
bool rd_sdp_find(const struct rd_sdp *s, int section, const char *name,
		 struct rd_span *value);
/* Index of the first section of that media ("audio") whose port is not 0;
 * -1 if none. */
int rd_sdp_find_section(const struct rd_sdp *s, const char *media);

/* The next word of text (spaces between), which is moved on; empty at the
 * end. */
struct rd_span rd_sdp_word(struct rd_span *text);

/* --- formats --- */

enum rd_sdp_codec {
	RD_SDP_NO_CODEC,
	RD_SDP_OPUS,
	RD_SDP_G722,
	RD_SDP_PCMU,
	RD_SDP_PCMA,
	RD_SDP_EVENTS, /* telephone-event, RFC 4733 */
	RD_SDP_CODECS,
};

/* "opus", "G722", ...  clock_hz is what SDP says: G722 is 8000 (RFC 3551
 * 4.5.2), although it samples at 16000. */
const char *rd_sdp_codec_name(enum rd_sdp_codec codec);
uint32_t rd_sdp_codec_clock_hz(enum rd_sdp_codec codec);
/* RFC 3551 6: 9, 0, 8; else -1. */
int rd_sdp_codec_static_type(enum rd_sdp_codec codec);

enum {
	RD_SDP_NO_TYPE = 255
}; /* no payload type */

struct rd_sdp_format {
	uint8_t payload_type;
	enum rd_sdp_codec codec; /* RD_SDP_NO_CODEC: one we do not know */
	struct rd_span name;
	uint32_t clock_hz;
	uint8_t channels;
	struct rd_span fmtp; /* empty: none */
};
/* Format i of an RTP section, with the static types of RFC 3551 for those
 * without rtpmap.  RD_E_FORMAT: no number 0..127, bad rtpmap.
 * RD_E_NOTFOUND: a dynamic type without rtpmap. */
RD_MUST_USE enum rd_err rd_sdp_read_format(const struct rd_sdp *s, int section,
					   unsigned i,
					   struct rd_sdp_format *out);
/* First usable format of a codec (clock_hz 0: any); false: none. */
bool rd_sdp_find_codec(const struct rd_sdp *s, int section,
		       enum rd_sdp_codec codec, uint32_t clock_hz,
		       struct rd_sdp_format *out);
/* Parameter of an fmtp value ("minptime=10;useinbandfec=1"). */
bool rd_sdp_find_parameter(struct rd_span fmtp, const char *name,
			   struct rd_span *value);

/* --- attributes with a meaning --- */

enum rd_sdp_direction { /* bits: 1 sends, 2 receives */
	RD_SDP_INACTIVE = 0,
	RD_SDP_SENDONLY = 1,
	RD_SDP_RECVONLY = 2,
	RD_SDP_SENDRECV = 3,
};
const char *rd_sdp_direction_name(enum rd_sdp_direction d);
/* Of a section, else of the session, else sendrecv (RFC 8866 6.7). */
enum rd_sdp_direction rd_sdp_direction(const struct rd_sdp *s, int section);
/* As the other side says it: sendonly becomes recvonly (RFC 3264 6.1). */
enum rd_sdp_direction rd_sdp_direction_turned(enum rd_sdp_direction d);

/* a=ptime if it is 10..120, else 20 (T4). */
unsigned rd_sdp_ptime_ms(const struct rd_sdp *s, int section);

/* Address of c= and port of m=.  RD_E_NOTFOUND: no c=.  RD_E_FORMAT: not an
 * IN IP4 or IP6 numeric address. */
RD_MUST_USE enum rd_err rd_sdp_read_address(const struct rd_sdp *s, int section,
					    struct rd_addr *out);
/* Where RTCP goes: a=rtcp (RFC 3605), the RTP port with a=rtcp-mux, else the
 * port after it.  RD_E_NOTFOUND, RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_sdp_read_rtcp(const struct rd_sdp *s, int section,
					 struct rd_addr *out);

enum {
	RD_SDP_MID = 16
}; /* longest mid we accept */
/* a=mid; empty if there is none. */
struct rd_span rd_sdp_mid(const struct rd_sdp *s, int section);
/* The members of the first a=group:BUNDLE; false: no group. */
bool rd_sdp_find_bundle(const struct rd_sdp *s, struct rd_span *mids);
bool rd_sdp_has_word(struct rd_span words, struct rd_span word);

/* ICE credentials, RFC 8839 5.4: lengths and characters checked.
 * RD_E_NOTFOUND, RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_sdp_read_ice(const struct rd_sdp *s, int section,
					struct rd_span *ufrag,
					struct rd_span *password);

struct rd_sdp_candidate { /* RFC 8839 5.1 */
	struct rd_span foundation;
	unsigned component;
	bool is_udp;
	bool is_passive_tcp; /* RFC 6544 4.5 */
	uint32_t priority;
	struct rd_span host; /* as written: an address or a name */
	struct rd_addr addr; /* family 0 if host is a name */
	struct rd_span type; /* "host", "srflx", ... */
};
RD_MUST_USE enum rd_err rd_sdp_read_candidate(struct rd_span value,
					      struct rd_sdp_candidate *out);

struct rd_sdp_fingerprint {  /* RFC 8122 5 */
	struct rd_span hash; /* "sha-256" */
	uint8_t bytes[RD_SDP_FINGERPRINT];
	uint8_t len;
};
RD_MUST_USE enum rd_err rd_sdp_read_fingerprint(struct rd_span value,
						struct rd_sdp_fingerprint *out);

enum rd_sdp_setup { /* RFC 4145 4 */
	RD_SDP_SETUP_NONE,
	RD_SDP_ACTIVE,
	RD_SDP_PASSIVE,
	RD_SDP_ACTPASS,
	RD_SDP_HOLDCONN,
};
enum rd_sdp_setup rd_sdp_setup(const struct rd_sdp *s, int section);

/* Id of a header extension (RFC 8285 7), 1..14; 0: not offered. */
uint8_t rd_sdp_extension_id(const struct rd_sdp *s, int section,
			    const char *uri);
#define RD_SDP_AUDIO_LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

/* First a=ssrc (RFC 5576) and its CNAME, which may be empty. */
bool rd_sdp_find_ssrc(const struct rd_sdp *s, int section, uint32_t *ssrc,
		      struct rd_span *cname);

enum rd_sdp_suite { /* RFC 4568 6.2, RFC 7714 14.2, RFC 6188 4 */
	RD_SDP_NO_SUITE,
	RD_SDP_AES_CM_128_HMAC_SHA1_80,
	RD_SDP_AES_CM_128_HMAC_SHA1_32,
	RD_SDP_AEAD_AES_128_GCM,
	RD_SDP_AEAD_AES_256_GCM,
	RD_SDP_SUITES,
};
struct rd_sdp_crypto { /* RFC 4568 4; holds a key: wipe it after use */
	uint32_t tag;  /* 1..999999999; 0: no crypto */
	enum rd_sdp_suite suite;
	uint8_t key[RD_SDP_CRYPTO_KEY]; /* key, then salt */
	uint8_t len;
};
/* Name, and bytes of key and salt together. */
const char *rd_sdp_suite_name(enum rd_sdp_suite suite);
uint8_t rd_sdp_suite_key_bytes(enum rd_sdp_suite suite);
/* RD_E_UNSUPPORTED: a suite, key parameter (MKI) or session parameter that we
 * do not speak.  RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_sdp_read_crypto(struct rd_span value,
					   struct rd_sdp_crypto *out);

/* --- writing --- */

/* printf into a writer; cut short marks it failed.  Also for the others who
 * write SDP in this folder. */
void rd_sdp_printf(struct rd_writer *w, const char *fmt, ...) RD_PRINTF(2, 3);
void rd_sdp_write_fingerprint(struct rd_writer *w,
			      const uint8_t sha256[static 32]);
void rd_sdp_write_crypto(struct rd_writer *w, const struct rd_sdp_crypto *c);
/* "IN IP4 192.0.2.1". */
void rd_sdp_write_connection(struct rd_writer *w, const struct rd_addr *a);
#define RD_SDP_SPAN(span) (int)(span).len, (const char *)(span).at
