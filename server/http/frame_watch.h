/* http/frame_watch.h - sees the frame heads that wslay refuses without a code,
 * or not at all.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6455 5.2 and 5.5: a control frame in pieces or of more than 125 bytes, a
 * length not in its shortest form, a close frame of one byte.  wslay closes
 * without a status for the first ones, where 1002 is due, and lets the last
 * one pass.  Follows the heads through a stream of bytes, however it is cut.
 * Thread: the owner's.
 */
#pragma once
#include "base/base.h"

struct rd_frame_watch { /* zero to begin with */
	uint8_t head[10];
	unsigned have;
	uint64_t skip;     /* mask and payload still to come */
	bool is_in_pieces; /* more frames of a message are to come */
};

/* How many of the bytes come before the first frame that breaks a rule: all
 * of them if none does.  Not to be fed again after fewer. */
size_t rd_frame_watch_feed(struct rd_frame_watch *w, struct rd_span bytes);
/* Whether the bytes so far are whole messages. */
bool rd_frame_watch_is_between(const struct rd_frame_watch *w);
