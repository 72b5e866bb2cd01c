/* media/record.h - what a leg says, handed to control as it came.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The worker copies each payload into a bounded ring, and control, which has
 * the time, decodes it: so the packet path pays for a copy and not for a
 * decoder, and a reader that is late loses packets instead of holding it up.
 * The ring has one writer, the leg's worker, and one reader; no lock.
 * Owner: whoever opened it.  Thread: control.
 */
#pragma once
#include "media/media.h"

enum {
	RD_RECORD_PACKETS = 64, /* that wait; the next ones are missed */
};

struct rd_record;

struct rd_record_packet {
	enum rd_codec_id codec;
	uint32_t ssrc;
	uint32_t ts; /* in the codec's clock */
	uint16_t sequence;
	uint16_t len;
	uint8_t bytes[RD_FRAME_BYTES_MAX];
};

/* One at a time for each leg: a second takes the place of the first, which
 * hears nothing more.  RD_E_NOTFOUND, RD_E_NOMEM, RD_E_FULL (of orders). */
RD_MUST_USE enum rd_err rd_record_open(struct rd_record **out,
				       struct rd_media *m, rd_leg leg);
void rd_record_close(struct rd_record *r); /* NULL is fine */
/* The next in the order of arrival, lent until the next call; NULL: none. */
const struct rd_record_packet *rd_record_read(struct rd_record *r);
/* How many found the ring full, or were too long for it. */
uint64_t rd_record_missed(const struct rd_record *r);
