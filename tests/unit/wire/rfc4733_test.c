/* tests/unit/wire/rfc4733_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/rfc4733.h"

enum {
	HZ = 8000,
	STEP = 160
};

static void begin(struct rd_digit_send *s)
{
	rd_digit_send_init(s, HZ, 20, 100, 60);
}

TEST(the_payload_reads_back)
{
	struct rd_telephone_event e = { 11, true, 10, 800 }, back;
	uint8_t buf[4];

	RFC("4733 2.3");
	rd_telephone_event_encode(&e, buf);
	CHECK_BYTES(buf, "\x0b\x8a\x03\x20", 4);
	CHECK_OK(rd_telephone_event_decode(&back, rd_span(buf, 4)));
	CHECK(back.event == 11 && back.is_end && back.volume == 10);
	CHECK_EQ(back.duration_ts, 800);
	CHECK_ERR(rd_telephone_event_decode(&back, rd_span(buf, 3)), RD_E_SIZE);
}

TEST(digits_have_numbers)
{
	static const char all[] = "0123456789*#ABCD";
	uint8_t event;

	RFC("4733 3.2");
	for (uint8_t i = 0; i < 16; i++) {
		CHECK(rd_digit_to_event(all[i], &event));
		CHECK_EQ(event, i);
		CHECK_EQ(rd_digit_from_event(i), all[i]);
	}
	CHECK(rd_digit_to_event('d', &event) && event == 15);
	CHECK(!rd_digit_to_event('E', &event));
	CHECK(!rd_digit_to_event(0, &event));
	CHECK_EQ(rd_digit_from_event(16), 0);
}

TEST(a_digit_is_sent_with_growing_duration_and_three_ends)
{
	static const uint16_t durations[] = {
		160, 320, 480, 640, 800, 800, 800
	};
	struct rd_telephone_event e;
	struct rd_digit_packet p;
	struct rd_digit_send s;
	uint32_t now = 5000;

	RFC("4733 2.5.1.2");
	RFC("4733 2.5.1.4");
	begin(&s);
	CHECK(!rd_digit_send_poll(&s, now, &p));
	CHECK_OK(rd_digit_send_push(&s, SPAN("5")));
	for (unsigned i = 0; i < 7; i++, now += STEP) {
		CHECK(rd_digit_send_poll(&s, now, &p));
		CHECK_EQ(p.ts, 5000);
		CHECK_EQ(p.is_marked, i == 0);
		CHECK_OK(rd_telephone_event_decode(&e, rd_span(p.payload, 4)));
		CHECK_EQ(e.event, 5);
		CHECK_EQ(e.duration_ts, durations[i]);
		CHECK_EQ(e.is_end, i >= 4);
		CHECK_EQ(rd_digit_send_is_active(&s), i < 6);
		CHECK(!rd_digit_send_poll(&s, now, &p)); /* one at a time */
	}
	CHECK(rd_digit_send_is_busy(&s));
	CHECK(!rd_digit_send_poll(&s, now + 480, &p));
	CHECK(!rd_digit_send_is_busy(&s));
}

TEST(digits_keep_their_gap)
{
	struct rd_digit_packet p;
	struct rd_digit_send s;
	uint32_t starts[3] = { 0 }, now = 0xfffff000; /* wraps on the way */
	unsigned n = 0;

	begin(&s);
	CHECK_OK(rd_digit_send_push(&s, SPAN("1*#")));
	for (int i = 0; i < 100; i++, now += 80)
		while (rd_digit_send_poll(&s, now, &p))
			if (p.is_marked)
				starts[n++] = p.ts;
	CHECK_EQ(n, 3);
	CHECK_EQ(starts[1] - starts[0], 6 * STEP + 480);
	CHECK_EQ(starts[2] - starts[1], 6 * STEP + 480);
}

TEST(a_late_poll_owes_one_packet)
{
	struct rd_telephone_event e;
	struct rd_digit_packet p;
	struct rd_digit_send s;

	begin(&s);
	CHECK_OK(rd_digit_send_push(&s, SPAN("1")));
	CHECK(rd_digit_send_poll(&s, 0, &p));
	CHECK(rd_digit_send_poll(&s, 5000, &p));
	CHECK_OK(rd_telephone_event_decode(&e, rd_span(p.payload, 4)));
	CHECK(e.is_end && e.duration_ts == 800);
	CHECK(!rd_digit_send_poll(&s, 5000, &p));
}

TEST(digits_are_queued_all_or_none)
{
	struct rd_digit_send s;
	char many[RD_DIGITS_QUEUED];

	begin(&s);
	CHECK_ERR(rd_digit_send_push(&s, SPAN("12x")), RD_E_FORMAT);
	CHECK(!rd_digit_send_is_busy(&s));
	memset(many, '7', sizeof(many));
	CHECK_OK(rd_digit_send_push(&s, rd_span(many, sizeof(many))));
	CHECK_ERR(rd_digit_send_push(&s, SPAN("1")), RD_E_FULL);
}

static char feed(struct rd_digit_receive *r, uint8_t event, bool is_end,
		 uint16_t duration, uint32_t ts, bool is_marked)
{
	struct rd_telephone_event e = { event, is_end, 10, duration };

	return rd_digit_receive_feed(r, &e, ts, is_marked);
}

TEST(a_digit_is_heard_once)
{
	struct rd_digit_receive r = { 0 };

	RFC("4733 2.5.1");
	CHECK_EQ(feed(&r, 5, false, 160, 1000, true), '5');
	CHECK_EQ(feed(&r, 5, false, 320, 1000, false), 0);
	CHECK_EQ(feed(&r, 5, true, 800, 1000, false), 0);
	CHECK_EQ(feed(&r, 5, true, 800, 1000, false), 0);
	/* The same key again. */
	CHECK_EQ(feed(&r, 5, false, 160, 3000, true), '5');
	/* An end packet of the one before comes late. */
	CHECK_EQ(feed(&r, 5, true, 800, 1000, false), 0);
	CHECK_EQ(feed(&r, 5, true, 800, 3000, false), 0);
}

TEST(a_digit_is_heard_whatever_is_lost)
{
	RFC("4733 2.5.1.4");
	/* Of five packets any set, but not none, arrives. */
	for (unsigned set = 1; set < 32; set++) {
		struct rd_digit_receive r = { 0 };
		unsigned heard = 0;

		for (unsigned i = 0; i < 5; i++)
			if (set >> i & 1)
				heard += feed(&r, 9, i >= 2,
					      (uint16_t)(160 * (i + 1)), 500,
					      i == 0) == '9';
		CHECK_EQ(heard, 1);
	}
}

TEST(a_long_event_is_one_digit)
{
	struct rd_digit_receive r = { 0 };

	RFC("4733 2.5.1.3");
	CHECK_EQ(feed(&r, 1, false, 160, 1000, true), '1');
	CHECK_EQ(feed(&r, 1, false, 0xffff, 1000, false), 0);
	CHECK_EQ(feed(&r, 1, false, 160, 1000 + 0xffff, false), 0);
	CHECK_EQ(feed(&r, 1, true, 800, 1000 + 0xffff, false), 0);
	CHECK_EQ(feed(&r, 1, false, 160, 90000, true), '1');
}

TEST(timestamps_wrap_and_others_are_ignored)
{
	struct rd_digit_receive r = { 0 };

	CHECK_EQ(feed(&r, 1, true, 800, 0xffffff00, true), '1');
	CHECK_EQ(feed(&r, 2, true, 800, 0x00000100, true), '2');
	CHECK_EQ(feed(&r, 16, true, 800, 0x00001000, true), 0); /* flash */
	CHECK_EQ(feed(&r, 3, true, 800, 0x00002000, true), '3');
}

TEST(what_is_sent_is_heard)
{
	static const char all[] = "0123456789*#ABCD";
	struct rd_digit_receive r = { 0 };
	struct rd_telephone_event e;
	struct rd_digit_packet p;
	struct rd_digit_send s;
	char heard[32];
	unsigned n = 0;

	rd_digit_send_init(&s, 48000, 20, 60, 40);
	CHECK_OK(rd_digit_send_push(&s, SPAN("0123456789*#ABCD")));
	for (uint32_t now = 0; rd_digit_send_is_busy(&s); now += 480) {
		char digit;

		if (!rd_digit_send_poll(&s, now, &p))
			continue;
		CHECK_OK(rd_telephone_event_decode(&e, rd_span(p.payload, 4)));
		digit = rd_digit_receive_feed(&r, &e, p.ts, p.is_marked);
		if (digit)
			heard[n++] = digit;
	}
	CHECK_EQ(n, 16);
	CHECK_BYTES(heard, all, 16);
}

TEST(a_tone_may_be_longer_than_its_field)
{
	struct rd_digit_receive r = { 0 };
	struct rd_telephone_event e;
	struct rd_digit_packet p;
	struct rd_digit_send s;
	uint32_t first = 77, now = first, end_ts = 0;
	unsigned digits = 0, full = 0, ends = 0;

	RFC("4733 2.5.1.3");
	begin(&s);
	rd_digit_send_set_tone(&s, 20000);
	CHECK_OK(rd_digit_send_push(&s, SPAN("7")));
	for (; rd_digit_send_is_busy(&s); now += STEP) {
		if (!rd_digit_send_poll(&s, now, &p))
			continue;
		CHECK_OK(rd_telephone_event_decode(&e, rd_span(p.payload, 4)));
		full += e.duration_ts == 0xffff;
		ends += e.is_end;
		end_ts = p.ts + e.duration_ts;
		digits += rd_digit_receive_feed(&r, &e, p.ts, p.is_marked) != 0;
	}
	CHECK_EQ(digits, 1);
	CHECK_EQ(full, 2);
	CHECK_EQ(ends, 3);
	CHECK_EQ(end_ts, first + 20000 * 8);
}

RD_TESTS(T(the_payload_reads_back), T(digits_have_numbers),
	 T(a_digit_is_sent_with_growing_duration_and_three_ends),
	 T(digits_keep_their_gap), T(a_late_poll_owes_one_packet),
	 T(digits_are_queued_all_or_none), T(a_digit_is_heard_once),
	 T(a_digit_is_heard_whatever_is_lost), T(a_long_event_is_one_digit),
	 T(timestamps_wrap_and_others_are_ignored), T(what_is_sent_is_heard),
	 T(a_tone_may_be_longer_than_its_field))
