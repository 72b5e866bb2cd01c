/* tests/unit/wire/framing_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/framing.h"

enum {
	STREAM_BYTES = 4096,
};

struct stream {
	uint8_t bytes[STREAM_BYTES];
	size_t len;
};

static void add(struct stream *s, size_t len, uint8_t fill)
{
	rd_framing_write(s->bytes + s->len, len);
	memset(s->bytes + s->len + RD_FRAMING_HEADER, fill, len);
	s->len += RD_FRAMING_HEADER + len;
}

static struct stream three_frames(void)
{
	struct stream s = { .len = 0 };

	add(&s, 20, 1);
	add(&s, 0, 0);
	add(&s, RD_FRAMING_MAX, 2);
	return s;
}

/* Feeds it in pieces and compares with what three_frames holds. */
static void check_in_pieces(const struct stream *s, size_t piece)
{
	static const size_t wanted[] = { 20, 0, RD_FRAMING_MAX };
	struct rd_framing f;
	struct rd_span frame, in;
	size_t n = 0;

	rd_framing_init(&f);
	for (size_t at = 0; at < s->len; at += piece) {
		in = rd_span(s->bytes + at, rd_min_size(piece, s->len - at));
		while (rd_framing_next(&f, &in, &frame) == RD_OK) {
			CHECK(n < RD_COUNT(wanted));
			CHECK_EQ(frame.len, wanted[n]);
			for (size_t i = 0; i < frame.len; i++)
				CHECK_EQ(frame.at[i], n == 0 ? 1 : 2);
			n++;
		}
		CHECK_EQ(in.len, 0);
	}
	CHECK_EQ(n, RD_COUNT(wanted));
}

TEST(length_stands_before_each_frame_in_network_order)
{
	uint8_t header[RD_FRAMING_HEADER];

	RFC("4571 2");
	rd_framing_write(header, 0x0105);
	CHECK_EQ(header[0], 1);
	CHECK_EQ(header[1], 5);
}

TEST(frames_come_out_whole_whatever_the_pieces)
{
	struct stream s = three_frames();

	RFC("4571 2");
	for (size_t piece = 1; piece <= s.len; piece++)
		check_in_pieces(&s, piece);
}

TEST(whole_frame_is_lent_and_not_copied)
{
	struct stream s = three_frames();
	struct rd_span in = rd_span(s.bytes, s.len), frame;
	struct rd_framing f;

	rd_framing_init(&f);
	CHECK_OK(rd_framing_next(&f, &in, &frame));
	CHECK(frame.at == s.bytes + RD_FRAMING_HEADER);
}

TEST(frame_longer_than_any_packet_ends_it)
{
	static const uint8_t early[] = { (RD_FRAMING_MAX + 1) >> 8,
					 (RD_FRAMING_MAX + 1) & 0xff, 0 };
	struct rd_framing f;
	struct rd_span in = rd_span(early, 2), frame;

	rd_framing_init(&f);
	CHECK_ERR(rd_framing_next(&f, &in, &frame), RD_E_SIZE);
	rd_framing_init(&f);
	in = rd_span(early, 1);
	CHECK_ERR(rd_framing_next(&f, &in, &frame), RD_E_AGAIN);
	in = rd_span(early + 1, 2);
	CHECK_ERR(rd_framing_next(&f, &in, &frame), RD_E_SIZE);
}

TEST(nothing_is_no_frame)
{
	struct rd_framing f;
	struct rd_span in = RD_SPAN_NONE, frame;

	rd_framing_init(&f);
	CHECK_ERR(rd_framing_next(&f, &in, &frame), RD_E_AGAIN);
}

RD_TESTS(T(length_stands_before_each_frame_in_network_order),
	 T(frames_come_out_whole_whatever_the_pieces),
	 T(whole_frame_is_lent_and_not_copied),
	 T(frame_longer_than_any_packet_ends_it), T(nothing_is_no_frame))
