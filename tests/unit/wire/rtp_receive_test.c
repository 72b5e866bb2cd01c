/* tests/unit/wire/rtp_receive_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/rtp.h"

static struct rd_rtp_receive books;

static void begin(void)
{
	rd_rtp_receive_init(&books, 8000);
}

/* A packet of 20 ms, arriving at ms. */
static struct rd_rtp_arrival feed(uint16_t sequence, uint64_t ms)
{
	struct rd_rtp p = { .sequence = sequence, .ssrc = 7 };

	p.ts = (uint32_t)sequence * 160;
	return rd_rtp_receive_feed(&books, &p, true, ms * 1000);
}

TEST(packets_in_order_lose_nothing)
{
	struct rd_rtcp_report report;

	RFC("3550 A.3");
	begin();
	CHECK(!rd_rtp_receive_report(&books, 0, &report));
	CHECK_EQ(feed(100, 0).order, RD_RTP_FIRST);
	for (uint16_t i = 1; i < 50; i++)
		CHECK_EQ(feed((uint16_t)(100 + i), i * 20u).order, RD_RTP_NEXT);
	CHECK(rd_rtp_receive_report(&books, 1000000, &report));
	CHECK_EQ(report.ssrc, 7);
	CHECK_EQ(report.fraction, 0);
	CHECK_EQ(report.lost, 0);
	CHECK_EQ(report.highest, 149);
	CHECK_EQ(report.jitter, 0);
	CHECK_EQ(report.last_sr, 0);
}

TEST(a_gap_is_told_and_counted)
{
	struct rd_rtcp_report report;
	struct rd_rtp_arrival a;

	RFC("3550 6.4.1");
	begin();
	feed(10, 0);
	feed(11, 20);
	a = feed(14, 80);
	CHECK_EQ(a.order, RD_RTP_NEXT);
	CHECK_EQ(a.missing, 2);
	CHECK_EQ(a.extended, 14);
	CHECK(rd_rtp_receive_report(&books, 0, &report));
	CHECK_EQ(report.lost, 2);
	CHECK_EQ(report.fraction, 2 * 256 / 5);
	/* The next interval begins anew. */
	feed(15, 100);
	CHECK(rd_rtp_receive_report(&books, 0, &report));
	CHECK_EQ(report.fraction, 0);
	CHECK_EQ(report.lost, 2);
	/* One comes late after all. */
	CHECK_EQ(feed(13, 120).order, RD_RTP_LATE);
	CHECK_EQ(rd_rtp_receive_lost(&books), 1);
}

TEST(a_repeated_packet_counts_once)
{
	begin();
	feed(10, 0);
	feed(11, 20);
	CHECK_EQ(feed(11, 21).order, RD_RTP_DUPLICATE);
	CHECK_EQ(feed(10, 22).order, RD_RTP_DUPLICATE);
	CHECK_EQ(books.received, 2);
}

TEST(the_sequence_number_wraps)
{
	begin();
	feed(65534, 0);
	feed(65535, 20);
	CHECK_EQ(feed(0, 40).extended, 65536);
	CHECK_EQ(feed(65535, 41).order, RD_RTP_DUPLICATE);
	CHECK_EQ(feed(1, 60).missing, 0);
	CHECK_EQ(rd_rtp_receive_lost(&books), 0);
}

TEST(one_before_the_first_may_come_late)
{
	begin();
	feed(0, 0);
	CHECK_EQ(feed(65535, 1).order, RD_RTP_LATE);
	CHECK_EQ(rd_rtp_receive_lost(&books), 0);
	feed(1, 20);
	CHECK_EQ(rd_rtp_receive_lost(&books), 0);
}

TEST(a_stray_packet_is_not_believed_two_are)
{
	RFC("3550 A.1");
	begin();
	feed(10, 0);
	CHECK_EQ(feed(30000, 20).order, RD_RTP_STRAY);
	CHECK_EQ(feed(11, 20).order, RD_RTP_NEXT);
	CHECK_EQ(feed(30000, 40).order, RD_RTP_STRAY);
	CHECK_EQ(feed(30001, 60).order, RD_RTP_FIRST);
	CHECK_EQ(feed(30002, 80).order, RD_RTP_NEXT);
}

TEST(a_new_ssrc_begins_anew)
{
	struct rd_rtp p = { .sequence = 500, .ssrc = 8 };

	begin();
	feed(10, 0);
	CHECK_EQ(rd_rtp_receive_feed(&books, &p, true, 0).order, RD_RTP_FIRST);
	CHECK_EQ(books.ssrc, 8);
	CHECK_EQ(rd_rtp_receive_lost(&books), 0);
}

TEST(jitter_follows_the_formula)
{
	double j = 0;

	RFC("3550 A.8");
	begin();
	feed(0, 0);
	/* Every second packet 5 ms late: |D| is 40 ticks each time. */
	for (uint16_t i = 1; i < 400; i++) {
		feed(i, i * 20u + (i % 2 ? 5u : 0u));
		j += (40 - j) / 16;
	}
	CHECK(books.jitter_16 / 16.0 > j - 1 && books.jitter_16 / 16.0 < j + 1);
	CHECK(rd_rtp_receive_jitter_us(&books) > 4800);
	CHECK(rd_rtp_receive_jitter_us(&books) < 5100);
}

TEST(a_leap_of_the_source_is_no_jitter)
{
	struct rd_rtp p = { .sequence = 11, .ts = 99999999, .ssrc = 7 };

	begin();
	feed(10, 0);
	rd_rtp_receive_feed(&books, &p, true, 20000);
	CHECK_EQ(books.jitter_16, 0);
}

TEST(events_do_not_disturb_the_jitter)
{
	struct rd_rtp p = { .ssrc = 7, .ts = 1600 };

	RFC("4733 2.5.1");
	begin();
	for (uint16_t i = 10; i < 20; i++) {
		p.sequence = i;
		rd_rtp_receive_feed(&books, &p, false, i * 20000u);
	}
	CHECK_EQ(books.jitter_16, 0);
	CHECK_EQ(books.received, 10);
}

TEST(reports_tell_when_the_senders_came)
{
	struct rd_rtcp_sender s = { .ssrc = 7, .ntp = 0x1111222233334444 };
	struct rd_rtcp_report report;

	RFC("3550 6.4.1");
	begin();
	rd_rtp_receive_sr(&books, &s, 0); /* before any packet: ignored */
	feed(1, 0);
	s.ssrc = 9;
	rd_rtp_receive_sr(&books, &s, 0); /* a stranger's: ignored */
	CHECK(rd_rtp_receive_report(&books, 0, &report));
	CHECK_EQ(report.last_sr, 0);
	s.ssrc = 7;
	rd_rtp_receive_sr(&books, &s, 1000000);
	CHECK(rd_rtp_receive_report(&books, 1500000, &report));
	CHECK_EQ(report.last_sr, 0x22223333);
	CHECK_EQ(report.delay_sr, 32768);
}

RD_TESTS(T(packets_in_order_lose_nothing), T(a_gap_is_told_and_counted),
	 T(a_repeated_packet_counts_once), T(the_sequence_number_wraps),
	 T(one_before_the_first_may_come_late),
	 T(a_stray_packet_is_not_believed_two_are), T(a_new_ssrc_begins_anew),
	 T(jitter_follows_the_formula), T(a_leap_of_the_source_is_no_jitter),
	 T(events_do_not_disturb_the_jitter),
	 T(reports_tell_when_the_senders_came))
