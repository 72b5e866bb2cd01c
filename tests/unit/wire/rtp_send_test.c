/* tests/unit/wire/rtp_send_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/rtp.h"

enum {
	HZ = 48000,
	TICKS = 960
};

static struct rd_rtp_send series;
static struct rd_rtp_place at;

static void begin(void)
{
	rd_rtp_send_init(&series, 0xabcd, HZ, 65530, 1000);
}

static bool pass(uint32_t ssrc, uint16_t sequence, uint32_t ts, uint64_t ms)
{
	struct rd_rtp p = { .sequence = sequence, .ts = ts, .ssrc = ssrc };

	p.payload_type = 111;
	return rd_rtp_send_pass(&series, &p, ms * 1000, &at);
}

TEST(a_source_is_passed_with_our_numbers)
{
	RFC("3550 5.1");
	begin();
	for (uint16_t i = 0; i < 20; i++) {
		CHECK(pass(1, (uint16_t)(300 + i), 77000u + i * TICKS,
			   i * 20u));
		CHECK_EQ(at.ssrc, 0xabcd);
		CHECK_EQ(at.sequence, (uint16_t)(65530 + i));
		CHECK_EQ(at.ts, 1000 + i * TICKS);
		CHECK_EQ(at.payload_type, 111);
		CHECK_EQ(at.is_marked, i == 0);
	}
}

TEST(gaps_and_late_packets_stay_as_they_are)
{
	begin();
	pass(1, 10, 0, 0);
	pass(1, 13, 3 * TICKS, 60);
	CHECK_EQ(at.sequence, (uint16_t)(65530 + 3));
	CHECK(pass(1, 11, TICKS, 61));
	CHECK_EQ(at.sequence, (uint16_t)(65530 + 1));
	CHECK_EQ(at.ts, 1000 + TICKS);
	CHECK(pass(1, 14, 4 * TICKS, 80));
	CHECK_EQ(at.sequence, (uint16_t)(65530 + 4));
}

TEST(a_new_source_goes_on_without_a_gap)
{
	begin();
	pass(1, 10, 0, 0);
	CHECK(pass(2, 5000, 123456, 20));
	CHECK_EQ(at.sequence, 65531);
	CHECK_EQ(at.ts, 1000 + TICKS);
	CHECK(at.is_marked);
	/* Its past is not for this receiver. */
	CHECK(!pass(2, 4999, 123456 - TICKS, 21));
	CHECK(pass(2, 5001, 123456 + TICKS, 40));
	CHECK_EQ(at.sequence, 65532);
	/* After a pause the timestamp tells of it. */
	CHECK(pass(3, 1, 0, 240));
	CHECK_EQ(at.ts, 1000 + 2 * TICKS + HZ / 5);
}

TEST(a_leap_of_the_source_is_levelled)
{
	begin();
	pass(1, 10, 0, 0);
	CHECK(pass(1, 11, 50 * HZ, 20));
	CHECK_EQ(at.sequence, 65531);
	CHECK_EQ(at.ts, 1000 + TICKS);
	CHECK(pass(1, 20000, 50 * HZ + TICKS, 40));
	CHECK_EQ(at.sequence, 65532);
	/* A long silence in which the clock ran on is no leap. */
	CHECK(pass(1, 20001, 60 * HZ + TICKS, 10040));
	CHECK_EQ(at.ts, 1000 + 2 * TICKS + 10 * HZ);
}

TEST(a_burst_after_a_stall_keeps_its_order)
{
	uint32_t before;

	begin();
	pass(1, 0, 0, 0);
	/* Three seconds late, then 150 packets at once. */
	CHECK(pass(1, 1, TICKS, 3000));
	for (uint16_t i = 2; i < 150; i++) {
		before = at.ts;
		CHECK(pass(1, i, (uint32_t)i * TICKS, 3000));
		CHECK_EQ(at.ts, before + TICKS);
		CHECK_EQ(at.sequence, (uint16_t)(65530 + i));
	}
}

TEST(our_own_packets_stand_between)
{
	begin();
	pass(1, 10, 0, 0);
	rd_rtp_send_next(&series, TICKS, 20000, &at);
	CHECK_EQ(at.sequence, 65531);
	CHECK_EQ(at.ts, 1000 + TICKS);
	/* The source is back: its number is not ours any more. */
	CHECK(!pass(1, 10, 0, 39));
	CHECK(pass(1, 11, 2 * TICKS, 40));
	CHECK_EQ(at.sequence, 65532);
	CHECK_EQ(at.ts, 1000 + 2 * TICKS);
	CHECK(!at.is_marked);
	CHECK(!pass(1, 10, TICKS, 41));
}

TEST(our_own_packets_keep_up_with_the_clock)
{
	begin();
	rd_rtp_send_next(&series, TICKS, 0, &at);
	CHECK_EQ(at.ts, 1000);
	rd_rtp_send_next(&series, TICKS, 21000, &at);
	CHECK_EQ(at.ts, 1000 + TICKS);
	rd_rtp_send_next(&series, TICKS, 221000, &at); /* 9 were not sent */
	CHECK_EQ(at.ts, 1000 + TICKS + 10 * TICKS);
	CHECK_EQ(at.sequence, 65532);
}

TEST(events_take_numbers_but_no_time)
{
	RFC("4733 2.5.1");
	begin();
	pass(1, 10, 0, 0);
	for (int i = 0; i < 5; i++) {
		rd_rtp_send_event(&series, 5555, (uint64_t)i * 20000, &at);
		CHECK_EQ(at.ts, 5555);
		CHECK_EQ(at.sequence, (uint16_t)(65531 + i));
	}
	/* Audio goes on where its own clock is. */
	CHECK(pass(1, 16, 6 * TICKS, 120));
	CHECK_EQ(at.sequence, (uint16_t)(65531 + 5));
	CHECK_EQ(at.ts, 1000 + 6 * TICKS);
}

TEST(sender_information_tells_the_timestamp_of_now)
{
	struct rd_rtcp_sender s;

	RFC("3550 6.4.1");
	begin();
	CHECK(!rd_rtp_send_info(&series, 0, 1, &s));
	pass(1, 10, 0, 0);
	rd_rtp_send_count(&series, 80);
	rd_rtp_send_count(&series, 20);
	CHECK(rd_rtp_send_info(&series, 500000, 42, &s));
	CHECK_EQ(s.ssrc, 0xabcd);
	CHECK_EQ(s.packets, 2);
	CHECK_EQ(s.octets, 100);
	CHECK_EQ(s.ntp, 42);
	CHECK_EQ(s.ts, 1000 + HZ / 2);
}

RD_TESTS(T(a_source_is_passed_with_our_numbers),
	 T(gaps_and_late_packets_stay_as_they_are),
	 T(a_new_source_goes_on_without_a_gap),
	 T(a_leap_of_the_source_is_levelled),
	 T(a_burst_after_a_stall_keeps_its_order),
	 T(our_own_packets_stand_between),
	 T(our_own_packets_keep_up_with_the_clock),
	 T(events_take_numbers_but_no_time),
	 T(sender_information_tells_the_timestamp_of_now))
