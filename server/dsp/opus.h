/* dsp/opus.h - what an Opus packet says about itself, without decoding it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6716 3.  Every payload passes here before libopus sees it (T59).
 * Thread: any.
 */
#pragma once
#include "base/base.h"

enum rd_opus_mode {
	RD_OPUS_SILK,
	RD_OPUS_HYBRID,
	RD_OPUS_CELT
};

struct rd_opus_packet {
	enum rd_opus_mode mode;
	uint32_t bandwidth_hz; /* audio: 4000, 6000, 8000, 12000 or 20000 */
	uint16_t frame_ts;     /* one frame, in ticks of 48 kHz: 120..2880 */
	uint8_t frames;        /* 1..48 */
	uint32_t duration_ts;  /* frames * frame_ts, 120..5760 */
	bool is_stereo;
	bool is_silent; /* no frame has more than one byte: DTX */
};

/* RD_E_FORMAT: breaks a rule of RFC 6716 3.4. */
RD_MUST_USE enum rd_err rd_opus_packet_parse(struct rd_opus_packet *out,
					     struct rd_span payload);
/* 20 ms of silence as browsers decode it: F8 FF FE. */
struct rd_span rd_opus_silence(void);
