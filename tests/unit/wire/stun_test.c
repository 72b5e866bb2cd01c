/* tests/unit/wire/stun_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <time.h>

#include "wire/stun.h"

#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"
#define HEAD     " 2112a442 b7e7a701bc34d686fa87dfae "
#define SOFTWARE "8022000b 74657374 20766563 746f7220 "

static const char request_5769[] =
	"00010058" HEAD "80220010 5354554e 20746573 7420636c 69656e74"
	"00240004 6e0001ff 80290008 932ff9b151263b36"
	"00060009 6576746a3a68367659202020"
	"00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf";
static const char answer4_5769[] =
	"0101003c" HEAD SOFTWARE "00200008 0001a147e112a643"
	"00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96";
static const char answer6_5769[] =
	"01010048" HEAD SOFTWARE
	"00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
	"00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c";
/* Long-term credentials: the key is MD5(user ":" realm ":" password). */
static const char long_term_5769[] =
	"00010060 2112a442 78ad3433c6ad72c029da412e"
	"00060012 e3839ee38388e383aae38383e382afe382b90000"
	"0015001c 662f2f343939 6b39353464364f4c 33346f4c39465354 767936347341"
	"0014000b 6578616d706c652e6f726700"
	"00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666";

static struct rd_stun_key *open_key(void)
{
	struct rd_stun_key *k;

	CHECK_OK(rd_stun_key_open(&k, SPAN(PASSWORD)));
	return k;
}

static struct rd_stun parse(const char *hex, uint8_t buf[static 256])
{
	struct rd_stun m;

	CHECK_OK(rd_stun_parse(&m, rd_span(buf, rd_test_hex(hex, buf, 256))));
	return m;
}

TEST(the_request_of_rfc_5769_is_understood)
{
	struct rd_stun_key *k = open_key();
	uint8_t buf[256];
	struct rd_stun m = parse(request_5769, buf);
	struct rd_span receiver, sender;

	RFC("5769 2.1");
	CHECK_EQ(m.class, RD_STUN_REQUEST);
	CHECK_EQ(m.method, RD_STUN_BINDING);
	CHECK(rd_span_is(m.username, "evtj:h6vY"));
	CHECK(rd_stun_split_username(&m, &receiver, &sender));
	CHECK(rd_span_is(receiver, "evtj") && rd_span_is(sender, "h6vY"));
	CHECK_EQ(m.priority, 0x6e0001ff);
	CHECK_EQ(m.role, RD_ICE_CONTROLLED);
	CHECK(m.tie_breaker == 0x932ff9b151263b36);
	CHECK(!m.is_nominating);
	CHECK_EQ(m.unknown_count, 0);
	CHECK_OK(rd_stun_check(&m, k));
	CHECK(rd_stun_has_fingerprint(&m));
	rd_stun_key_close(k);
}

TEST(the_answers_of_rfc_5769_are_understood)
{
	struct rd_stun_key *k = open_key();
	char text[RD_ADDR_TEXT];
	uint8_t buf[256];
	struct rd_stun m = parse(answer4_5769, buf);

	RFC("5769 2.2");
	CHECK_EQ(m.class, RD_STUN_SUCCESS);
	CHECK_TEXT(rd_addr_text(&m.mapped, text), "192.0.2.1:32853");
	CHECK_OK(rd_stun_check(&m, k));
	CHECK(rd_stun_has_fingerprint(&m));

	RFC("5769 2.3");
	m = parse(answer6_5769, buf);
	CHECK_TEXT(rd_addr_text(&m.mapped, text),
		   "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
	CHECK_OK(rd_stun_check(&m, k));
	CHECK(rd_stun_has_fingerprint(&m));
	rd_stun_key_close(k);
}

TEST(long_term_credentials_verify_too)
{
	struct rd_stun_key *k;
	uint8_t key[16], buf[256];
	struct rd_stun m = parse(long_term_5769, buf);

	RFC("5769 2.4");
	rd_test_hex("e8ca7ad59d5eb0518e312911d2dab2a9", key, 16);
	CHECK_OK(rd_stun_key_open(&k, rd_span(key, 16)));
	CHECK_OK(rd_stun_check(&m, k));
	CHECK(!rd_stun_has_fingerprint(&m));
	CHECK_EQ(m.unknown_count, 0);
	rd_stun_key_close(k);
}

TEST(every_flipped_bit_is_noticed)
{
	struct rd_stun_key *k = open_key();
	uint8_t buf[256];
	size_t len = rd_test_hex(request_5769, buf, sizeof(buf));
	struct rd_stun m;

	RFC("8489 14.5");
	RFC("8489 14.7");
	for (size_t bit = 0; bit < len * 8; bit++) {
		bool is_after_integrity = bit / 8 >= len - 8;

		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (!rd_stun_parse(&m, rd_span(buf, len))) {
			if (!is_after_integrity)
				CHECK_ERR(rd_stun_check(&m, k), RD_E_AUTH);
			CHECK(!rd_stun_has_fingerprint(&m));
		}
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	rd_stun_key_close(k);
}

TEST(what_we_write_reads_back)
{
	struct rd_stun_key *k = open_key();
	struct rd_stun m = { 0 }, back;
	uint8_t buf[256];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	RFC("8445 7.2.2");
	memcpy(m.id, "abcdefghijkl", 12);
	m.method = RD_STUN_BINDING;
	m.username = SPAN("server:caller");
	m.priority = 0x7effffff;
	m.role = RD_ICE_CONTROLLING;
	m.tie_breaker = 0x0123456789abcdef;
	m.is_nominating = true;
	CHECK_OK(rd_stun_encode(&w, &m, k));
	CHECK_OK(rd_stun_parse(&back, rd_writer_span(&w)));
	CHECK_OK(rd_stun_check(&back, k));
	CHECK(rd_stun_has_fingerprint(&back));
	CHECK(rd_span_equal(back.username, m.username));
	CHECK_EQ(back.priority, m.priority);
	CHECK_EQ(back.role, RD_ICE_CONTROLLING);
	CHECK(back.tie_breaker == m.tie_breaker && back.is_nominating);
	CHECK_BYTES(back.id, m.id, 12);
	rd_stun_key_close(k);
}

TEST(success_tells_the_address_it_came_from)
{
	static const char *const addrs[] = { "192.0.2.7:1",
					     "[2001:db8::9]:65535",
					     "[::ffff:192.0.2.7]:4000" };
	struct rd_stun_key *k = open_key();
	uint8_t in[256], buf[256];
	struct rd_stun request = parse(request_5769, in), m;

	RFC("8489 14.2");
	for (size_t i = 0; i < RD_COUNT(addrs); i++) {
		struct rd_writer w = rd_writer(buf, sizeof(buf));
		struct rd_addr from;

		CHECK_OK(rd_addr_parse_port(&from, rd_span_text(addrs[i])));
		CHECK_OK(rd_stun_write_success(&w, &request, &from, k));
		CHECK_OK(rd_stun_parse(&m, rd_writer_span(&w)));
		CHECK_EQ(m.class, RD_STUN_SUCCESS);
		CHECK(rd_addr_equal(&m.mapped, &from));
		CHECK_BYTES(m.id, request.id, 12);
		CHECK_OK(rd_stun_check(&m, k));
		/* T47: no answer larger than the question. */
		CHECK(m.bytes.len <= request.bytes.len);
	}
	rd_stun_key_close(k);
}

TEST(unknown_attributes_are_listed_in_420)
{
	struct rd_stun_key *k = open_key();
	uint8_t in[256], buf[256];
	/* 0x7ffe must be understood, 0xc057 need not. */
	struct rd_stun m = parse("00010014 2112a442 000102030405060708090a0b"
				 "7ffe0002 61620000 c0570004 00000001"
				 "7ffd0000",
				 in),
		       back;
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	RFC("8489 14.9");
	CHECK_EQ(m.unknown_count, 2);
	CHECK_OK(rd_stun_write_error(&w, &m, RD_STUN_UNKNOWN_ATTRIBUTE, k));
	CHECK_OK(rd_stun_parse(&back, rd_writer_span(&w)));
	CHECK_EQ(back.class, RD_STUN_ERROR);
	CHECK_EQ(back.error, 420);
	CHECK(rd_span_is(back.because, "Unknown"));
	CHECK_EQ(back.unknown_count, 2);
	CHECK_EQ(back.unknown[0], 0x7ffe);
	CHECK_EQ(back.unknown[1], 0x7ffd);
	CHECK_OK(rd_stun_check(&back, k));
	rd_stun_key_close(k);
}

TEST(nothing_counts_behind_the_integrity)
{
	uint8_t in[256];
	struct rd_stun m =
		parse("00010028 2112a442 000102030405060708090a0b"
		      "00080014 0000000000000000000000000000000000000000"
		      "00250000 7ffe0000 80280004 00000000",
		      in);

	RFC("8489 14.5");
	CHECK(!m.is_nominating);
	CHECK_EQ(m.unknown_count, 0);
	CHECK_EQ(m.integrity_at, 20);
}

TEST(malformed_messages_are_refused)
{
	static const char *const bad[] = {
		/* length says more, less, or no whole word */
		"00010004 2112a442 000102030405060708090a0b",
		"00010000 2112a442 000102030405060708090a0b 00000000",
		"00010002 2112a442 000102030405060708090a0b 0000",
		/* no cookie; top bits */
		"00010000 2112a443 000102030405060708090a0b",
		"40010000 2112a442 000102030405060708090a0b",
		/* an attribute that runs out of the message */
		"00010004 2112a442 000102030405060708090a0b 00060004",
		"00010008 2112a442 000102030405060708090a0b 0006ffff 61626364",
		/* priority of 3 bytes, and of value 0 */
		"00010008 2112a442 000102030405060708090a0b 00240003 00000100",
		"00010008 2112a442 000102030405060708090a0b 00240004 00000000",
		/* an address family of 3 */
		"0101000c 2112a442 000102030405060708090a0b"
		"00200008 0003a147 e112a643",
		/* something after the fingerprint */
		"0001000c 2112a442 000102030405060708090a0b"
		"80280004 00000000 00250000",
		/* error 299 */
		"01110008 2112a442 000102030405060708090a0b 00090004 00000263",
	};
	struct rd_stun m;
	uint8_t buf[256];

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		size_t len = rd_test_hex(bad[i], buf, sizeof(buf));

		CHECK_ERR(rd_stun_parse(&m, rd_span(buf, len)), RD_E_FORMAT);
	}
	CHECK_ERR(rd_stun_parse(&m, rd_span(buf, 19)), RD_E_SIZE);
}

TEST(a_user_name_longer_than_513_is_refused)
{
	uint8_t buf[20 + 4 + 520] = {
		0, 1, 0x02, 0x0c, 0x21, 0x12, 0xa4, 0x42
	};
	struct rd_stun m;

	RFC("8489 14.3");
	memset(buf + 24, 'a', 520);
	buf[20] = 0, buf[21] = 6, buf[22] = 520 >> 8, buf[23] = 520 & 0xff;
	CHECK_ERR(rd_stun_parse(&m, rd_span(buf, sizeof(buf))), RD_E_FORMAT);
	buf[22] = 513 >> 8, buf[23] = 513 & 0xff;
	buf[2] = 520 >> 8, buf[3] = 520 & 0xff;
	CHECK_OK(rd_stun_parse(&m, rd_span(buf, 24 + 516)));
	CHECK_EQ(m.username.len, 513);
}

TEST(a_message_without_integrity_does_not_pass)
{
	struct rd_stun_key *k = open_key();
	struct rd_stun m = { .method = RD_STUN_BINDING };
	uint8_t buf[64];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	CHECK_OK(rd_stun_encode(&w, &m, NULL));
	CHECK_OK(rd_stun_parse(&m, rd_writer_span(&w)));
	CHECK_ERR(rd_stun_check(&m, k), RD_E_AUTH);
	rd_stun_key_close(k);
}

TEST(a_buffer_too_small_is_told)
{
	struct rd_stun_key *k = open_key();
	struct rd_stun m = { .method = RD_STUN_BINDING, .priority = 1 };
	uint8_t buf[128];

	for (size_t size = 0; size < 20 + 8 + 24 + 8; size++) {
		struct rd_writer w = rd_writer(buf, size);

		CHECK_ERR(rd_stun_encode(&w, &m, k), RD_E_SIZE);
	}
	rd_stun_key_close(k);
}

static enum rd_err open_and_close(void)
{
	struct rd_stun_key *k;
	enum rd_err err = rd_stun_key_open(&k, SPAN(PASSWORD));

	rd_stun_key_close(k);
	return err;
}

TEST(a_key_survives_every_failing_allocation)
{
	rd_check_every_oom(open_and_close);
	rd_stun_key_close(NULL);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* CPU time, printed and not judged: it may be a sanitizer's. */
TEST(a_check_and_its_reply_are_quick)
{
	enum {
		TURNS = 20000
	};
	struct rd_stun_key *k = open_key();
	uint8_t in[256], buf[256];
	size_t len = rd_test_hex(request_5769, in, sizeof(in));
	struct rd_addr from;
	double start;

	CHECK_OK(rd_addr_parse_port(&from, SPAN("192.0.2.7:4000")));
	start = now_ns();
	for (int i = 0; i < TURNS; i++) {
		struct rd_writer w = rd_writer(buf, sizeof(buf));
		struct rd_stun m;

		CHECK_OK(rd_stun_parse(&m, rd_span(in, len)));
		CHECK_OK(rd_stun_check(&m, k));
		CHECK_OK(rd_stun_write_success(&w, &m, &from, k));
	}
	printf("stun check and reply: %.0f ns\n", (now_ns() - start) / TURNS);
	rd_stun_key_close(k);
}

RD_TESTS(T(the_request_of_rfc_5769_is_understood),
	 T(the_answers_of_rfc_5769_are_understood),
	 T(long_term_credentials_verify_too), T(every_flipped_bit_is_noticed),
	 T(what_we_write_reads_back), T(success_tells_the_address_it_came_from),
	 T(unknown_attributes_are_listed_in_420),
	 T(nothing_counts_behind_the_integrity),
	 T(malformed_messages_are_refused),
	 T(a_user_name_longer_than_513_is_refused),
	 T(a_message_without_integrity_does_not_pass),
	 T(a_buffer_too_small_is_told),
	 T(a_key_survives_every_failing_allocation),
	 T(a_check_and_its_reply_are_quick))
