/* wire/sdp_webrtc.h - offer and answer between a browser and the engine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8829 (JSEP), RFC 9143 (BUNDLE), RFC 8839 (ICE), RFC 8842 (DTLS): one
 * audio section in use, all others refused or inactive.  Spans point into the
 * texts parsed.  No allocation.  Thread: any.
 */
#pragma once
#include "wire/sdp.h"

enum {
	RD_WEBRTC_CANDIDATES = 8,
	RD_WEBRTC_FINGERPRINT = 32, /* sha-256, bytes */
};

/* What the engine needs of a browser's offer. */
struct rd_webrtc_offer {
	uint8_t audio;   /* index of its section */
	bool is_bundled; /* audio is a member of the BUNDLE group */
	struct rd_span mid;
	struct rd_span ice_ufrag;
	struct rd_span ice_password;
	uint8_t fingerprint[RD_WEBRTC_FINGERPRINT];
	enum rd_sdp_setup setup;         /* actpass or active */
	enum rd_sdp_direction direction; /* as the browser says it */
	uint8_t types[RD_SDP_CODECS];    /* by enum rd_sdp_codec */
	uint8_t level_id;                /* RFC 6464; 0: not offered */
	bool has_reduced_rtcp;           /* a=rtcp-rsize */
	uint32_t ssrc;                   /* 0: not told */
};

/* RD_E_UNSUPPORTED: no audio section that can be used, no sha-256 fingerprint,
 * no rtcp-mux, setup passive, not UDP/TLS/RTP/SAVPF.  RD_E_FORMAT: missing or
 * malformed credentials, the same mid twice, a BUNDLE group that names a mid
 * of no section. */
RD_MUST_USE enum rd_err rd_webrtc_read_offer(const struct rd_sdp *s,
					     struct rd_webrtc_offer *out);

/* What the engine answers with. */
struct rd_webrtc_local {
	uint64_t session_id;
	uint64_t session_version;
	struct rd_span ice_ufrag;
	struct rd_span ice_password;
	const uint8_t *fingerprint; /* sha-256, 32 bytes */
	const struct rd_addr *candidates;
	uint8_t candidate_count; /* 1..RD_WEBRTC_CANDIDATES; best first */
	const struct rd_addr *tcp_candidates; /* passive, RFC 6544 */
	uint8_t tcp_candidate_count;          /* 0..RD_WEBRTC_CANDIDATES */

	enum rd_sdp_codec codec; /* one that was offered; not RD_SDP_EVENTS */
	enum rd_sdp_direction direction; /* ours; cut to what is offered */
	uint32_t ssrc;
	struct rd_span cname;
	struct rd_span msid; /* stream name */

	/* Opus: what the browser's encoder shall do; 0 or false: not said. */
	uint32_t max_playback_hz;
	uint32_t max_average_bitrate; /* bit/s */
	bool has_no_fec;              /* else useinbandfec=1 */
};

/* The answer: sections in the order of the offer, the audio section with one
 * codec, telephone-event of the same clock if it was offered; other sections
 * of the bundle inactive, or port 0 as offered; RED left out (RFC 3264 6,
 * chime-compatible clients).  RD_E_SIZE; RD_E_UNSUPPORTED: the codec was not
 * offered. */
RD_MUST_USE enum rd_err rd_webrtc_write_answer(
	struct rd_writer *w, const struct rd_sdp *sdp,
	const struct rd_webrtc_offer *offer,
	const struct rd_webrtc_local *local);

/* --- the other side, for the synthetic caller --- */

struct rd_webrtc_caller {
	uint64_t session_id;
	struct rd_span ice_ufrag;
	struct rd_span ice_password;
	const uint8_t *fingerprint; /* sha-256, 32 bytes */
	uint32_t ssrc;
	struct rd_span cname;
	enum rd_sdp_codec codecs[RD_SDP_CODECS]; /* in order of preference */
	uint8_t codec_count;
};

/* Payload type and extension id that the caller offers; of telephone-event
 * the one at 8000 Hz, there is one at 48000 Hz beside it. */
uint8_t rd_webrtc_caller_type(enum rd_sdp_codec codec);
enum {
	RD_WEBRTC_CALLER_LEVEL = 1
};

/* An offer like that of the SDK in a browser without addresses to tell: audio
 * sendrecv and one inactive video section, bundled. */
RD_MUST_USE enum rd_err rd_webrtc_write_offer(
	struct rd_writer *w, const struct rd_webrtc_caller *caller);

struct rd_webrtc_answer {
	struct rd_span ice_ufrag;
	struct rd_span ice_password;
	uint8_t fingerprint[RD_WEBRTC_FINGERPRINT];
	enum rd_sdp_setup setup;
	enum rd_sdp_direction direction; /* as the engine says it */
	enum rd_sdp_codec codec;
	uint8_t payload_type;
	uint8_t events_type; /* RD_SDP_NO_TYPE: none */
	uint8_t level_id;
	uint32_t ssrc;
	struct rd_addr candidates[RD_WEBRTC_CANDIDATES];     /* UDP, numeric */
	uint8_t candidate_count;                             /* 1.. */
	struct rd_addr tcp_candidates[RD_WEBRTC_CANDIDATES]; /* passive */
	uint8_t tcp_candidate_count;
};

/* RD_E_UNSUPPORTED: a browser would refuse it; RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_webrtc_read_answer(const struct rd_sdp *s,
					      struct rd_webrtc_answer *out);
