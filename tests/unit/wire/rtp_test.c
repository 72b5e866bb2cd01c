/* tests/unit/wire/rtp_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "wire/rtp.h"
#include "wire/stun.h"

/* The table of RFC 7983 7, and of RFC 5761 4 for the second byte, written
 * down apart from the code. */
static enum rd_packet_kind wanted(unsigned first, unsigned second)
{
	static const struct {
		unsigned least, most;
		enum rd_packet_kind kind;
	} table[] = {
		{ 0, 3, RD_PACKET_STUN },    { 16, 19, RD_PACKET_ZRTP },
		{ 20, 63, RD_PACKET_DTLS },  { 64, 79, RD_PACKET_TURN_CHANNEL },
		{ 128, 191, RD_PACKET_RTP },
	};

	for (size_t i = 0; i < RD_COUNT(table); i++) {
		if (first < table[i].least || first > table[i].most)
			continue;
		if (table[i].kind == RD_PACKET_RTP && (second & 0x7f) >= 64 &&
		    (second & 0x7f) <= 95 && second & 0x80)
			return RD_PACKET_RTCP;
		return table[i].kind;
	}
	return RD_PACKET_UNKNOWN;
}

TEST(first_bytes_are_sorted_as_rfc_7983_says)
{
	RFC("7983 7");
	RFC("5761 4");
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			uint8_t b[2] = { (uint8_t)first, (uint8_t)second };

			CHECK_EQ(rd_packet_kind(rd_span(b, 2)),
				 wanted(first, second));
		}
	}
	CHECK_EQ(rd_packet_kind(RD_SPAN_NONE), RD_PACKET_UNKNOWN);
	CHECK_EQ(rd_packet_kind(SPAN("\x80")), RD_PACKET_UNKNOWN);
}

/* T58: whatever comes in between, each is sorted by itself. */
TEST(a_million_mixed_packets_are_sorted_alike)
{
	uint32_t seed = 1;
	uint8_t b[8];

	for (int i = 0; i < 1000000; i++) {
		seed = seed * 1664525 + 1013904223;
		memcpy(b, &seed, 4);
		memcpy(b + 4, &seed, 4);
		if (rd_packet_kind(rd_span(b, 8)) != wanted(b[0], b[1]))
			fail();
	}
}

/* T5: every decoder on exact-size copies, so that a sanitizer sees the edge. */
static void decode_all(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = rd_alloc(len ? len : 1);
	struct rd_span value, packet;
	struct rd_rtcp rtcp;
	struct rd_rtp rtp;
	struct rd_stun stun;
	struct rd_reader r;

	CHECK(exact != NULL);
	memcpy(exact, bytes, len);
	packet = rd_span(exact, len);
	rd_packet_kind(packet);
	if (!rd_stun_parse(&stun, packet))
		rd_stun_has_fingerprint(&stun);
	if (!rd_rtp_parse(&rtp, packet))
		for (unsigned id = 0; id < 16; id++)
			rd_rtp_find_extension(&rtp, id, &value);
	r = rd_reader(packet);
	while (rd_rtcp_next(&r, &rtcp)) {
		struct rd_rtcp_report report;
		struct rd_rtcp_sender sender;

		(void)!rd_rtcp_read_sender(&rtcp, &sender);
		(void)!rd_rtcp_find_report(&rtcp, 1, &report);
		(void)!rd_rtcp_read_cname(&rtcp, 1, &value);
		rd_rtcp_is_bye_of(&rtcp, 1);
	}
	rd_free(exact);
}

TEST(all_first_bytes_lengths_and_fillings_are_survived)
{
	static const uint8_t fillings[] = { 0x00, 0xff, 0x90 };
	uint8_t packet[64];

	for (unsigned first = 0; first < 256; first++) {
		for (size_t f = 0; f < sizeof(fillings); f++) {
			memset(packet, fillings[f], sizeof(packet));
			packet[0] = (uint8_t)first;
			for (size_t len = 0; len <= sizeof(packet); len++)
				decode_all(packet, len);
		}
	}
}

TEST(a_plain_header_is_read)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("80 ef 1234 01020304 a0b0c0d0 68656c6c6f", buf,
				 sizeof(buf));
	struct rd_rtp p;

	RFC("3550 5.1");
	CHECK_OK(rd_rtp_parse(&p, rd_span(buf, len)));
	CHECK(p.is_marked);
	CHECK_EQ(p.payload_type, 111);
	CHECK_EQ(p.sequence, 0x1234);
	CHECK_EQ(p.ts, 0x01020304);
	CHECK_EQ(p.ssrc, 0xa0b0c0d0);
	CHECK(rd_span_is(p.payload, "hello"));
	CHECK(!p.has_extension);
}

TEST(sources_extension_and_padding_are_taken_apart)
{
	uint8_t buf[64], out[64];
	size_t len =
		rd_test_hex("b2 00 0001 00000002 00000003 00000004 00000005"
			    "bede 0002 10 85 00 32 aabbcc 00"
			    "6162 000003",
			    buf, sizeof(buf));
	struct rd_writer w = rd_writer(out, sizeof(out));
	struct rd_span value;
	bool is_voice;
	uint8_t level;
	struct rd_rtp p;

	RFC("3550 5.1");
	RFC("8285 4.2");
	CHECK_OK(rd_rtp_parse(&p, rd_span(buf, len)));
	CHECK_EQ(p.csrc.len, 8);
	CHECK(rd_span_is(p.payload, "ab"));
	CHECK_EQ(p.padding, 3);
	CHECK(rd_rtp_find_extension(&p, 3, &value));
	CHECK_EQ(value.len, 3);
	CHECK_BYTES(value.at, "\xaa\xbb\xcc", 3);
	CHECK(!rd_rtp_find_extension(&p, 2, &value));

	RFC("6464 3");
	CHECK(rd_rtp_read_level(&p, 1, &level, &is_voice));
	CHECK(is_voice && level == 5);

	CHECK_OK(rd_rtp_encode(&w, &p));
	CHECK_EQ(rd_writer_len(&w), len);
	CHECK_BYTES(out, buf, len);
}

TEST(two_byte_extensions_are_found)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("90 00 0001 00000002 00000003"
				 "1003 0002 c8 00 07 02 aabb 00 00",
				 buf, sizeof(buf));
	struct rd_span value;
	struct rd_rtp p;

	RFC("8285 4.3");
	CHECK_OK(rd_rtp_parse(&p, rd_span(buf, len)));
	CHECK(rd_rtp_find_extension(&p, 200, &value));
	CHECK_EQ(value.len, 0);
	CHECK(rd_rtp_find_extension(&p, 7, &value));
	CHECK_EQ(value.len, 2);
}

TEST(id_15_ends_the_one_byte_form)
{
	uint8_t buf[64];
	size_t len = rd_test_hex("90 00 0001 00000002 00000003"
				 "bede 0001 f0 aa 10 05",
				 buf, sizeof(buf));
	struct rd_span value;
	struct rd_rtp p;

	RFC("8285 4.2");
	CHECK_OK(rd_rtp_parse(&p, rd_span(buf, len)));
	CHECK(!rd_rtp_find_extension(&p, 1, &value));
	CHECK(!rd_rtp_find_extension(&p, 15, &value));
}

TEST(an_extension_we_write_is_found)
{
	uint8_t buf[64], element[8];
	struct rd_writer e = rd_writer(element, sizeof(element));
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	struct rd_rtp p = { .has_extension = true, .profile = RD_RTP_ONE_BYTE };
	struct rd_span value;

	CHECK_OK(rd_rtp_write_extension(&e, 5, SPAN("\x7f")));
	CHECK_EQ(rd_writer_len(&e), 4);
	CHECK_ERR(rd_rtp_write_extension(&e, 15, SPAN("a")), RD_E_RANGE);
	CHECK_ERR(rd_rtp_write_extension(&e, 1, SPAN("")), RD_E_RANGE);
	CHECK_ERR(rd_rtp_write_extension(&e, 1, SPAN("12345")), RD_E_SIZE);
	p.extension = rd_span(element, 4);
	CHECK_OK(rd_rtp_encode(&w, &p));
	CHECK_OK(rd_rtp_parse(&p, rd_writer_span(&w)));
	CHECK(rd_rtp_find_extension(&p, 5, &value));
	CHECK_BYTES(value.at, "\x7f", 1);
}

TEST(malformed_packets_are_refused)
{
	static const char *const bad[] = {
		"40 00 0001 00000002 00000003",        /* version 1 */
		"82 00 0001 00000002 00000003 000000", /* CSRC past the end */
		"90 00 0001 00000002 00000003 bede",   /* half an extension */
		"90 00 0001 00000002 00000003 bede0002 00000000",
		"a0 00 0001 00000002 00000003",    /* no padding to count */
		"a0 00 0001 00000002 00000003 00", /* padding of 0 */
		"a0 00 0001 00000002 00000003 02", /* more than there is */
	};
	struct rd_rtp p;
	uint8_t buf[64], big[1501] = { 0x80 };

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		size_t len = rd_test_hex(bad[i], buf, sizeof(buf));

		CHECK_ERR(rd_rtp_parse(&p, rd_span(buf, len)), RD_E_FORMAT);
	}
	CHECK_ERR(rd_rtp_parse(&p, rd_span(buf, 11)), RD_E_SIZE);
	CHECK_ERR(rd_rtp_parse(&p, rd_span(big, sizeof(big))), RD_E_SIZE);
	CHECK_OK(rd_rtp_parse(&p, rd_span(big, 1500)));
}

TEST(rewriting_touches_four_fields)
{
	uint8_t buf[16] = { 0x90, 0x6f };
	struct rd_rtp_place place = { 0x01020304, 0x5678, 0x0a0b0c0d, 9, true };

	memset(buf + 12, 0xee, 4);
	rd_rtp_rewrite(buf, &place);
	CHECK_BYTES(buf,
		    "\x90\x89\x56\x78\x0a\x0b\x0c\x0d\x01\x02\x03\x04"
		    "\xee\xee\xee\xee",
		    16);
}

RD_TESTS(T(first_bytes_are_sorted_as_rfc_7983_says),
	 T(a_million_mixed_packets_are_sorted_alike),
	 T(all_first_bytes_lengths_and_fillings_are_survived),
	 T(a_plain_header_is_read),
	 T(sources_extension_and_padding_are_taken_apart),
	 T(two_byte_extensions_are_found), T(id_15_ends_the_one_byte_form),
	 T(an_extension_we_write_is_found), T(malformed_packets_are_refused),
	 T(rewriting_touches_four_fields))
