/* wire/rtp.h - RTP packets: telling them apart, headers, and the books kept of
 * a stream on either side.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3550 5, RFC 8285 (header extensions), RFC 7983 and RFC 5761 (several
 * protocols on one port).  Plain values, no allocation.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "wire/rtcp.h"

enum {
	RD_RTP_HEADER = 12, /* RFC 3550 5.1, bytes without CSRC */
	RD_RTP_MAX = 1500,  /* longest datagram looked at, bytes */
};

/* What a datagram is by its first byte, RFC 7983 7; RTP and RTCP by the
 * second, RFC 5761 4. */
enum rd_packet_kind {
	RD_PACKET_UNKNOWN, /* drop */
	RD_PACKET_STUN,
	RD_PACKET_ZRTP,
	RD_PACKET_DTLS,
	RD_PACKET_TURN_CHANNEL,
	RD_PACKET_RTP,
	RD_PACKET_RTCP,
};
enum rd_packet_kind rd_packet_kind(struct rd_span datagram);

struct rd_rtp {
	bool is_marked;
	uint8_t payload_type; /* 0..127 */
	uint16_t sequence;
	uint32_t ts;
	uint32_t ssrc;

	struct rd_span csrc;      /* 0..15 words */
	uint16_t profile;         /* of the extension, 0xBEDE for one-byte */
	bool has_extension;       /* the X bit */
	struct rd_span extension; /* its elements, whole words */
	uint8_t padding;          /* bytes after the payload */
	struct rd_span payload;
};

/* The header only, as it can be read of an SRTP packet: the payload is all
 * that follows, padding included.  Its start is where the header ends.
 * RD_E_SIZE: shorter than 12 or longer than RD_RTP_MAX.  RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_rtp_parse_header(struct rd_rtp *out,
					    struct rd_span packet);
/* The whole of a packet in clear: payload without padding. */
RD_MUST_USE enum rd_err rd_rtp_parse(struct rd_rtp *out, struct rd_span packet);

/* Header, payload and padding.  RD_E_SIZE: did not fit.  RD_E_FORMAT: csrc or
 * extension is not of whole words or too long. */
RD_MUST_USE enum rd_err rd_rtp_encode(struct rd_writer *w,
				      const struct rd_rtp *p);

/* The element with this id of an RFC 8285 extension, one-byte (id 1..14) or
 * two-byte form (1..255).  False if there is none. */
bool rd_rtp_find_extension(const struct rd_rtp *p, unsigned id,
			   struct rd_span *out);
/* Writes one element in one-byte form and the filling to a whole word, for
 * .extension with .profile RD_RTP_ONE_BYTE.  id 1..14, 1..16 bytes. */
enum {
	RD_RTP_ONE_BYTE = 0xBEDE
};
RD_MUST_USE enum rd_err rd_rtp_write_extension(struct rd_writer *w, unsigned id,
					       struct rd_span value);
/* RFC 6464 3: level 0..127 in -dBov; is_voice is the V bit. */
bool rd_rtp_read_level(const struct rd_rtp *p, unsigned id, uint8_t *level,
		       bool *is_voice);

/* Where a packet stands in the series of one receiver. */
struct rd_rtp_place {
	uint32_t ssrc;
	uint16_t sequence;
	uint32_t ts;
	uint8_t payload_type;
	bool is_marked;
};
/* Rewrites these fields in place; packet holds at least 12 bytes. */
void rd_rtp_rewrite(uint8_t *packet, const struct rd_rtp_place *place);

/* --- receiving: sequence, loss, jitter (RFC 3550 A.1, A.3, A.8) --- */

enum rd_rtp_order {
	RD_RTP_FIRST,     /* of the stream, or of a new SSRC, or after a jump */
	RD_RTP_NEXT,      /* newer than all before; missing says what lacks */
	RD_RTP_LATE,      /* older, not seen before */
	RD_RTP_DUPLICATE, /* seen before, or too old to tell */
	RD_RTP_STRAY,     /* a leap; believed only if the next one follows */
};

struct rd_rtp_arrival {
	enum rd_rtp_order order;
	uint32_t missing;  /* RD_RTP_NEXT: packets lacking before it */
	uint32_t extended; /* sequence number with cycles */
};

struct rd_rtp_receive {
	uint32_t clock_hz; /* const after init */

	bool has_started;
	uint32_t ssrc;
	uint32_t base;     /* first extended sequence number */
	uint32_t highest;  /* extended */
	uint32_t bad;      /* the one a leap would be followed by */
	uint64_t seen;     /* bit n: highest - n has arrived */
	uint32_t received; /* packets that count */
	uint32_t expected_before;
	uint32_t received_before;
	uint32_t transit;   /* RTP ticks, of the last packet */
	uint32_t jitter_16; /* 1/16 tick */
	uint32_t last_sr;   /* of the last SR; see rd_rtcp_middle */
	uint64_t sr_us;     /* when it arrived */
};

void rd_rtp_receive_init(struct rd_rtp_receive *r, uint32_t clock_hz);
/* A packet arrived at now_us (monotonic).  Events of RFC 4733, whose timestamp
 * stands still, are fed with is_timed false and leave the jitter alone. */
struct rd_rtp_arrival rd_rtp_receive_feed(struct rd_rtp_receive *r,
					  const struct rd_rtp *p, bool is_timed,
					  uint64_t now_us);
/* An SR of this stream arrived; other SSRCs are ignored (T57). */
void rd_rtp_receive_sr(struct rd_rtp_receive *r, const struct rd_rtcp_sender *s,
		       uint64_t now_us);
/* The block about this stream for our next report; starts a new interval.
 * False before the first packet. */
bool rd_rtp_receive_report(struct rd_rtp_receive *r, uint64_t now_us,
			   struct rd_rtcp_report *out);
/* Packets that never came, counted now; 0 or more. */
uint32_t rd_rtp_receive_lost(const struct rd_rtp_receive *r);
uint32_t rd_rtp_receive_jitter_us(const struct rd_rtp_receive *r);

/* --- sending: one continuous series per receiver --- */

struct rd_rtp_send {
	uint32_t ssrc;     /* const after init */
	uint32_t clock_hz; /* const after init */

	uint32_t sequence; /* extended, of the newest sent */
	uint32_t ts;       /* of the newest sent */
	uint64_t ts_us;    /* when it was sent */
	bool has_sent;

	bool has_source; /* offsets below hold for this source */
	uint32_t source_ssrc;
	uint16_t source_sequence; /* newest passed, as the source counts */
	uint16_t sequence_offset;
	uint32_t ts_offset;
	uint32_t floor;      /* newest sequence before this source took over */
	bool is_interrupted; /* others were sent since its last packet */

	uint32_t packets; /* RFC 3550 6.4.1, for the SR */
	uint32_t octets;
};

/* sequence and ts are where the series begins (random, RFC 3550 5.1). */
void rd_rtp_send_init(struct rd_rtp_send *s, uint32_t ssrc, uint32_t clock_hz,
		      uint16_t sequence, uint32_t ts);
/* The place of a packet passed through from a source of the same clock: gaps
 * and late packets stay as they are; a new source, or one that leaps by more
 * than a second, continues right after what was sent.  False: it is from
 * before the change of source, drop it. */
bool rd_rtp_send_pass(struct rd_rtp_send *s, const struct rd_rtp *from,
		      uint64_t now_us, struct rd_rtp_place *out);
/* The place of the next packet that we make ourselves, ticks (the length of
 * one packet) after the newest, or later if time has passed: it never falls
 * behind the clock by more than 3 packets. */
void rd_rtp_send_next(struct rd_rtp_send *s, uint32_t ticks, uint64_t now_us,
		      struct rd_rtp_place *out);
/* Only the sequence number moves, the timestamp is given: RFC 4733 2.5.1. */
void rd_rtp_send_event(struct rd_rtp_send *s, uint32_t ts, uint64_t now_us,
		       struct rd_rtp_place *out);
/* The series' timestamp at now_us, whether or not a packet goes out. */
uint32_t rd_rtp_send_now_ts(const struct rd_rtp_send *s, uint64_t now_us);
/* A packet with so many payload bytes went out. */
void rd_rtp_send_count(struct rd_rtp_send *s, size_t payload_bytes);
/* For the SR at now_us.  False before the first packet. */
bool rd_rtp_send_info(const struct rd_rtp_send *s, uint64_t now_us,
		      uint64_t ntp, struct rd_rtcp_sender *out);
