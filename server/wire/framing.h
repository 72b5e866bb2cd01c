/* wire/framing.h - datagrams on a stream: two bytes of length before each.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4571 2, which RFC 6544 uses for STUN, DTLS, RTP and RTCP over TCP.  A
 * frame may come in any number of pieces.  No allocation.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_FRAMING_HEADER = 2,
	RD_FRAMING_MAX = 1500, /* longest frame taken, bytes; as RD_RTP_MAX */
};

/* The beginning of a frame whose end has not come yet. */
struct rd_framing {
	size_t len;
	uint8_t bytes[RD_FRAMING_HEADER + RD_FRAMING_MAX];
};

static inline void rd_framing_init(struct rd_framing *f)
{
	f->len = 0;
}

/* Takes bytes off the front of *in.  RD_OK: *frame is a whole one, perhaps
 * empty, that points into f or into what *in was; valid until the next call.
 * RD_E_AGAIN: *in is used up.  RD_E_SIZE: the stream announces a frame that is
 * too long; nothing that follows can be understood. */
RD_MUST_USE enum rd_err rd_framing_next(struct rd_framing *f,
					struct rd_span *in,
					struct rd_span *frame);

/* What stands before a frame of len bytes, at most 65535. */
void rd_framing_write(uint8_t header[static RD_FRAMING_HEADER], size_t len);
