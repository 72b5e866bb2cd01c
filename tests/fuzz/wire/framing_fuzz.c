/* tests/fuzz/wire/framing_fuzz.c - any bytes as a stream of frames, whole
 * and in pieces: both must give the same frames, and no byte is read twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says how long the pieces are.
 */
#include "wire/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t frames, bytes;
	uint32_t sum;
	enum rd_err end;
};

static void see(struct seen *s, struct rd_span frame)
{
	rd_assert(frame.len <= RD_FRAMING_MAX);
	s->frames++;
	s->bytes += frame.len;
	for (size_t i = 0; i < frame.len; i++)
		s->sum = s->sum * 31 + frame.at[i];
}

static struct seen read_pieces(struct rd_span all, size_t piece)
{
	struct seen s = { .end = RD_E_AGAIN };
	struct rd_framing f;
	struct rd_span frame;

	rd_framing_init(&f);
	for (size_t at = 0; at < all.len && s.end == RD_E_AGAIN; at += piece) {
		struct rd_span in =
			rd_span(all.at + at, rd_min_size(piece, all.len - at));

		while ((s.end = rd_framing_next(&f, &in, &frame)) == RD_OK)
			see(&s, frame);
		rd_assert(s.end == RD_E_SIZE || in.len == 0);
	}
	rd_assert(s.bytes + s.frames * RD_FRAMING_HEADER <= all.len);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, pieces;

	if (size < 2)
		return 0;
	whole = read_pieces(rd_span(data + 1, size - 1), size);
	pieces = read_pieces(rd_span(data + 1, size - 1), data[0] + 1u);
	rd_assert(whole.frames == pieces.frames);
	rd_assert(whole.bytes == pieces.bytes && whole.sum == pieces.sum);
	rd_assert(whole.end == pieces.end);
	return 0;
}
