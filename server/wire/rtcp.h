/* wire/rtcp.h - RTCP: walking a compound packet, reading and writing reports.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3550 6, and RFC 5506 for packets that do not begin with a report.
 * Plain values, no allocation.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum { /* packet types, RFC 3550 12.1, RFC 4585 6.1 */
	RD_RTCP_SR = 200,
	RD_RTCP_RR = 201,
	RD_RTCP_SDES = 202,
	RD_RTCP_BYE = 203,
	RD_RTCP_APP = 204,
	RD_RTCP_RTPFB = 205,
	RD_RTCP_PSFB = 206,
};
enum {
	RD_RTCP_REPORTS = 31, /* most report blocks in one packet */
	RD_RTCP_MAX = 1500,   /* longest datagram looked at, bytes */
};

/* One packet of a compound. */
struct rd_rtcp {
	uint8_t type;
	uint8_t count;       /* RC or SC, 0..31 */
	struct rd_span body; /* after the 4 bytes of header, without padding */
};

/* Sender information, RFC 3550 6.4.1. */
struct rd_rtcp_sender {
	uint32_t ssrc;
	uint64_t ntp; /* 32.32 seconds since 1900 */
	uint32_t ts;  /* the same moment in RTP ticks */
	uint32_t packets;
	uint32_t octets;
};

/* One report block, RFC 3550 6.4.1. */
struct rd_rtcp_report {
	uint32_t ssrc;     /* about whom */
	uint8_t fraction;  /* lost since the last report, of 256 */
	int32_t lost;      /* in all, -2^23..2^23-1 */
	uint32_t highest;  /* extended sequence number */
	uint32_t jitter;   /* RTP ticks */
	uint32_t last_sr;  /* middle of the NTP time of the last SR; 0: none */
	uint32_t delay_sr; /* since that SR arrived, 1/65536 s */
};

/* Whether the whole datagram is a well-formed sequence of RTCP packets (all
 * lengths, versions, padding only in the last).  RD_E_SIZE, RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_rtcp_check(struct rd_span datagram);
/* The next packet; false at the end, or where the rest is malformed.
 * Start with a reader over the datagram. */
bool rd_rtcp_next(struct rd_reader *r, struct rd_rtcp *out);

/* RD_E_FORMAT: not of that type, or too short. */
RD_MUST_USE enum rd_err rd_rtcp_read_sender(const struct rd_rtcp *p,
					    struct rd_rtcp_sender *out);
/* The SSRC an SR or RR speaks for, or a feedback message comes from. */
RD_MUST_USE enum rd_err rd_rtcp_read_ssrc(const struct rd_rtcp *p,
					  uint32_t *out);
/* Report block i of an SR or RR.  RD_E_NOTFOUND: there are fewer. */
RD_MUST_USE enum rd_err rd_rtcp_read_report(const struct rd_rtcp *p, unsigned i,
					    struct rd_rtcp_report *out);
/* The block about ssrc; RD_E_NOTFOUND if there is none. */
RD_MUST_USE enum rd_err rd_rtcp_find_report(const struct rd_rtcp *p,
					    uint32_t ssrc,
					    struct rd_rtcp_report *out);
/* CNAME of ssrc in an SDES packet, 1..255 bytes.  RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_rtcp_read_cname(const struct rd_rtcp *p,
					   uint32_t ssrc, struct rd_span *out);
/* Whether p is a BYE that names ssrc. */
bool rd_rtcp_is_bye_of(const struct rd_rtcp *p, uint32_t ssrc);

/* SR (sender not NULL) or RR of ssrc with count report blocks (0..31), then
 * SDES with the CNAME (1..255 bytes).  RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_rtcp_write(struct rd_writer *w, uint32_t ssrc,
				      const struct rd_rtcp_sender *sender,
				      const struct rd_rtcp_report *reports,
				      size_t count, struct rd_span cname);
/* A BYE of ssrc, to follow the above. */
RD_MUST_USE enum rd_err rd_rtcp_write_bye(struct rd_writer *w, uint32_t ssrc);

/* NTP time (32.32 since 1900, RFC 3550 4) of Unix time. */
uint64_t rd_rtcp_ntp_from_ms(uint64_t wall_ms);
uint64_t rd_rtcp_ntp_from_us(uint64_t wall_us);
/* Its middle 32 bits, in 1/65536 s. */
uint32_t rd_rtcp_middle(uint64_t ntp);
/* RFC 3550 6.4.1: A - LSR - DLSR, in microseconds; now_ntp is when the report
 * arrived.  0 if the report knows no SR of ours or the result is negative. */
uint32_t rd_rtcp_round_trip_us(const struct rd_rtcp_report *r,
			       uint64_t now_ntp);
