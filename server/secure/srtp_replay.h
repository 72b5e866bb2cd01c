/* secure/srtp_replay.h - packet indexes: which one a sequence number means,
 * and whether it has been seen.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to secure; a header so that the tests can walk all cases quickly.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define RD_SRTP_INDEX_END (INT64_C(1) << 48) /* RFC 3711 9.2 */

/* The index that sequence number seq stands for when the highest so far is
 * last: of the three with roll-over count - 1, + 0, + 1 the nearest one.
 * Negative, or RD_SRTP_INDEX_END and above: there is no such packet.
 * RFC 3711 3.3.1, appendix A. */
static inline int64_t rd_srtp_guess_index(uint64_t last, uint16_t seq)
{
	int64_t rolled = (int64_t)(last >> 16);
	uint16_t last_seq = (uint16_t)last;

	if (last_seq < 0x8000)
		rolled -= seq - last_seq > 0x8000;
	else
		rolled += last_seq - 0x8000 > seq;
	return rolled * 0x10000 + seq;
}

/* The newest index and which of the 128 up to it have been seen. */
struct rd_srtp_window {
	uint64_t last;
	uint64_t seen[2]; /* bit n of the whole: last - n was seen */
	bool is_begun;
};

static inline bool rd_srtp_window_admits(const struct rd_srtp_window *w,
					 uint64_t index)
{
	uint64_t age = w->last - index;

	if (!w->is_begun || index > w->last)
		return true;
	return age < 128 && !(w->seen[age / 64] >> age % 64 & 1);
}

/* index is admitted and authentic. */
static inline void rd_srtp_window_mark(struct rd_srtp_window *w, uint64_t index)
{
	uint64_t step = index - w->last;

	if (w->is_begun && index <= w->last) {
		uint64_t age = w->last - index;

		w->seen[age / 64] |= UINT64_C(1) << age % 64;
		return;
	}
	if (!w->is_begun || step >= 128) {
		w->seen[1] = 0;
		w->seen[0] = 0;
	} else if (step >= 64) {
		w->seen[1] = w->seen[0] << (step - 64);
		w->seen[0] = 0;
	} else { /* 1..63: a shift by 64 - step is defined */
		w->seen[1] = w->seen[1] << step | w->seen[0] >> (64 - step);
		w->seen[0] <<= step;
	}
	w->seen[0] |= 1;
	w->last = index;
	w->is_begun = true;
}
