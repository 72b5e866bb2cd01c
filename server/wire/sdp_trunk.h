/* wire/sdp_trunk.h - offer and answer towards a SIP trunk.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3264, with RFC 4733 (digits), RFC 4568 (keys) and RFC 5761 (rtcp-mux):
 * one audio section.  Plain values, except that nothing is kept of the texts.
 * No allocation.  Thread: any.
 */
#pragma once
#include "wire/sdp.h"

enum {
	RD_TRUNK_CODECS = 4
};

/* Our side. */
struct rd_trunk_local {
	struct rd_addr media; /* where we receive; RTCP on the same port */
	uint64_t session_id;
	uint64_t session_version; /* one more for each changed description */
	enum rd_sdp_codec codecs[RD_TRUNK_CODECS]; /* best first */
	uint8_t codec_count;
	bool has_digits; /* telephone-event */
	uint16_t ptime_ms;
	enum rd_sdp_direction direction;
	/* .tag 0: RTP in clear only.  Else RTP/SAVP with this key. */
	struct rd_sdp_crypto crypto;
};

/* What the two sides agreed, as we see it. */
struct rd_trunk_session {
	enum rd_sdp_codec codec;
	uint8_t send_type;        /* payload type in packets to them */
	uint8_t receive_type;     /* and from them */
	uint8_t digits_send_type; /* RD_SDP_NO_TYPE: no digits */
	uint8_t digits_receive_type;
	uint32_t digits_hz;
	uint16_t ptime_ms;    /* that they wish to receive */
	struct rd_addr media; /* theirs; address 0.0.0.0: held the old way */
	struct rd_addr rtcp;  /* theirs */
	bool has_rtcp_mux;
	enum rd_sdp_direction direction; /* ours: SENDRECV, or less on hold */
	struct rd_sdp_crypto crypto;     /* theirs, to open what they send */
	/* Opus parameters they gave; 0 or false: not said. */
	uint32_t max_playback_hz;
	uint32_t max_average_bitrate;
	bool wants_fec;
};

/* The payload type we offer: static ones, 96 for Opus, 101 and 102 for
 * telephone-event of 8000 and 48000 Hz. */
uint8_t rd_trunk_type(enum rd_sdp_codec codec, uint32_t clock_hz);

/* RD_E_SIZE; RD_E_RANGE: no codec, or ptime not 10..120. */
RD_MUST_USE enum rd_err rd_trunk_write_offer(
	struct rd_writer *w, const struct rd_trunk_local *local);

/* Their answer to an offer written with local.  RD_E_REFUSED: the section was
 * rejected.  RD_E_UNSUPPORTED: no codec of ours, or keys that do not fit.
 * RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_trunk_read_answer(const struct rd_sdp *s,
					     const struct rd_trunk_local *local,
					     struct rd_trunk_session *out);

/* Their offer (INVITE or re-INVITE): what we would agree to.  The codec is
 * the first of ours that they offer; on a re-INVITE list the codec in use
 * first.  Errors as above (SIP: 488). */
RD_MUST_USE enum rd_err rd_trunk_read_offer(const struct rd_sdp *s,
					    const struct rd_trunk_local *local,
					    struct rd_trunk_session *out);
/* The answer to that offer: all other sections with port 0.  local->crypto is
 * the key we send with, used if they offered one; its tag is taken from
 * theirs. */
RD_MUST_USE enum rd_err rd_trunk_write_answer(
	struct rd_writer *w, const struct rd_sdp *offer,
	const struct rd_trunk_local *local,
	const struct rd_trunk_session *agreed);
