/* tests/unit/wire/rtcp_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/rtcp.h"

static const struct rd_rtcp_sender sender = {
	.ssrc = 1,
	.ntp = 0x0102030405060708,
	.ts = 99,
	.packets = 5,
	.octets = 6,
};
static const struct rd_rtcp_report blocks[2] = {
	{ 21, 128, -3, 65541, 7, 8, 9 },
	{ 22, 0, 0x7fffff, 1, 2, 3, 4 },
};

static void check_report(const struct rd_rtcp_report *a,
			 const struct rd_rtcp_report *b)
{
	CHECK(a->ssrc == b->ssrc && a->fraction == b->fraction);
	CHECK(a->lost == b->lost && a->highest == b->highest);
	CHECK(a->jitter == b->jitter && a->last_sr == b->last_sr);
	CHECK(a->delay_sr == b->delay_sr);
}

TEST(a_compound_reads_back)
{
	uint8_t buf[256];
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	struct rd_rtcp_report report;
	struct rd_rtcp_sender info;
	struct rd_span cname;
	struct rd_reader r;
	struct rd_rtcp p;

	RFC("3550 6.1");
	CHECK_OK(rd_rtcp_write(&w, 1, &sender, blocks, 2, SPAN("someone")));
	CHECK_OK(rd_rtcp_write_bye(&w, 1));
	CHECK_OK(rd_rtcp_check(rd_writer_span(&w)));
	r = rd_reader(rd_writer_span(&w));

	CHECK(rd_rtcp_next(&r, &p) && p.type == RD_RTCP_SR && p.count == 2);
	CHECK_OK(rd_rtcp_read_sender(&p, &info));
	CHECK(info.ssrc == 1 && info.ntp == sender.ntp && info.ts == 99);
	CHECK(info.packets == 5 && info.octets == 6);
	CHECK_OK(rd_rtcp_read_report(&p, 0, &report));
	check_report(&report, &blocks[0]);
	CHECK_OK(rd_rtcp_find_report(&p, 22, &report));
	check_report(&report, &blocks[1]);
	CHECK_ERR(rd_rtcp_find_report(&p, 23, &report), RD_E_NOTFOUND);

	CHECK(rd_rtcp_next(&r, &p) && p.type == RD_RTCP_SDES);
	CHECK_OK(rd_rtcp_read_cname(&p, 1, &cname));
	CHECK(rd_span_is(cname, "someone"));
	CHECK_ERR(rd_rtcp_read_cname(&p, 2, &cname), RD_E_NOTFOUND);

	CHECK(rd_rtcp_next(&r, &p));
	CHECK(rd_rtcp_is_bye_of(&p, 1) && !rd_rtcp_is_bye_of(&p, 2));
	CHECK(!rd_rtcp_next(&r, &p));
}

TEST(every_length_of_cname_is_filled_to_a_word)
{
	uint8_t buf[512];
	char name[256];
	struct rd_span cname;
	struct rd_rtcp p;

	RFC("3550 6.5");
	memset(name, 'n', sizeof(name));
	for (size_t len = 1; len <= 255; len++) {
		struct rd_writer w = rd_writer(buf, sizeof(buf));
		struct rd_reader r;

		CHECK_OK(rd_rtcp_write(&w, 3, NULL, NULL, 0,
				       rd_span(name, len)));
		CHECK_EQ(rd_writer_len(&w) % 4, 0);
		CHECK_OK(rd_rtcp_check(rd_writer_span(&w)));
		r = rd_reader(rd_writer_span(&w));
		CHECK(rd_rtcp_next(&r, &p) && p.type == RD_RTCP_RR);
		CHECK(rd_rtcp_next(&r, &p));
		CHECK_OK(rd_rtcp_read_cname(&p, 3, &cname));
		CHECK_EQ(cname.len, len);
	}
}

TEST(cname_of_a_second_chunk_is_found)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("82 ca 0006 00000001 02016100"
				 "00000002 0104 6e616d65 0000 00000000",
				 buf, sizeof(buf));
	struct rd_span cname;
	struct rd_rtcp p;
	struct rd_reader r = rd_reader(rd_span(buf, len));

	RFC("3550 6.5");
	CHECK(rd_rtcp_next(&r, &p));
	CHECK_OK(rd_rtcp_read_cname(&p, 2, &cname));
	CHECK(rd_span_is(cname, "name"));
	CHECK_ERR(rd_rtcp_read_cname(&p, 1, &cname), RD_E_NOTFOUND);
}

TEST(lengths_that_lie_are_refused)
{
	static const char *const bad[] = {
		"80 c9 ffff 00000001",          /* longer than the datagram */
		"40 c9 0001 00000001",          /* version 1 */
		"80 bf 0001 00000001",          /* not RTCP */
		"80 c9 0001 00000001 80",       /* a rest */
		"a0 c9 0001 00000001",          /* padding not of words */
		"a0 c9 0001 00000000",          /* padding of 0 */
		"a0 c9 0001 00000008",          /* more than there is */
		("a0 c9 0002 00000001 00000004" /* padded, not the last */
		 "80 c9 0001 00000001"),
	};
	uint8_t buf[64];

	RFC("3550 A.2");
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		size_t len = rd_test_hex(bad[i], buf, sizeof(buf));

		CHECK_ERR(rd_rtcp_check(rd_span(buf, len)), RD_E_FORMAT);
	}
	CHECK_ERR(rd_rtcp_check(rd_span(buf, 3)), RD_E_SIZE);
}

TEST(counts_that_lie_find_nothing)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("9f c9 0001 00000001 9f cb 0001 00000001"
				 "9f ca 0001 00000001 9f c8 0001 00000001",
				 buf, sizeof(buf));
	struct rd_reader r = rd_reader(rd_span(buf, len));
	struct rd_rtcp_report report;
	struct rd_rtcp_sender info;
	struct rd_span cname;
	struct rd_rtcp p;

	CHECK(rd_rtcp_next(&r, &p));
	CHECK_ERR(rd_rtcp_read_report(&p, 0, &report), RD_E_FORMAT);
	CHECK_ERR(rd_rtcp_read_report(&p, 31, &report), RD_E_NOTFOUND);
	CHECK(rd_rtcp_next(&r, &p));
	CHECK(rd_rtcp_is_bye_of(&p, 1) && !rd_rtcp_is_bye_of(&p, 0));
	CHECK(rd_rtcp_next(&r, &p));
	CHECK_ERR(rd_rtcp_read_cname(&p, 1, &cname), RD_E_FORMAT);
	CHECK(rd_rtcp_next(&r, &p));
	CHECK_ERR(rd_rtcp_read_sender(&p, &info), RD_E_FORMAT);
}

TEST(padding_of_the_last_packet_is_taken_off)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("a0 c9 0002 00000005 00000004", buf, 64);
	struct rd_reader r = rd_reader(rd_span(buf, len));
	struct rd_rtcp p;
	uint32_t ssrc;

	RFC("3550 6.4.1");
	CHECK(rd_rtcp_next(&r, &p));
	CHECK_EQ(p.body.len, 4);
	CHECK_OK(rd_rtcp_read_ssrc(&p, &ssrc));
	CHECK_EQ(ssrc, 5);
}

TEST(the_round_trip_of_the_rfc_is_6125_ms)
{
	/* The figure of the RFC: A 0xb710:8000, LSR 0xb705:2000, DLSR
	 * 0x0005.4000, so 6.125 s. */
	struct rd_rtcp_report r = { .last_sr = 0xb7052000,
				    .delay_sr = 0x00054000 };

	RFC("3550 6.4.1");
	CHECK_EQ(rd_rtcp_round_trip_us(&r, (uint64_t)0xb7108000 << 16),
		 6125000);
	r.last_sr = 0;
	CHECK_EQ(rd_rtcp_round_trip_us(&r, (uint64_t)0xb7108000 << 16), 0);
	r.last_sr = 0xb7109000; /* from the future: clocks were set */
	CHECK_EQ(rd_rtcp_round_trip_us(&r, (uint64_t)0xb7108000 << 16), 0);
}

TEST(ntp_time_counts_from_1900)
{
	RFC("3550 4");
	CHECK(rd_rtcp_ntp_from_ms(0) == (uint64_t)2208988800u << 32);
	CHECK(rd_rtcp_ntp_from_ms(500) ==
	      ((uint64_t)2208988800u << 32 | 0x80000000));
	CHECK_EQ(rd_rtcp_middle(0x1111222233334444), 0x22223333);
}

TEST(what_does_not_fit_is_told)
{
	uint8_t buf[64];
	struct rd_writer w = rd_writer(buf, 40);

	CHECK_ERR(rd_rtcp_write(&w, 1, &sender, blocks, 2, SPAN("x")),
		  RD_E_SIZE);
	w = rd_writer(buf, sizeof(buf));
	CHECK_ERR(rd_rtcp_write(&w, 1, NULL, NULL, 0, SPAN("")), RD_E_SIZE);
	CHECK_ERR(rd_rtcp_write(&w, 1, NULL, blocks, 32, SPAN("x")), RD_E_SIZE);
}

RD_TESTS(T(a_compound_reads_back), T(every_length_of_cname_is_filled_to_a_word),
	 T(cname_of_a_second_chunk_is_found), T(lengths_that_lie_are_refused),
	 T(counts_that_lie_find_nothing),
	 T(padding_of_the_last_packet_is_taken_off),
	 T(the_round_trip_of_the_rfc_is_6125_ms), T(ntp_time_counts_from_1900),
	 T(what_does_not_fit_is_told))
