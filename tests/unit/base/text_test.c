/* tests/unit/base/text_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "base/text.h"

TEST(base64url_has_no_padding)
{
	char out[16];

	RFC("7515 2");
	CHECK_OK(rd_base64url_encode(SPAN("\xff\xfe"), out, sizeof(out)));
	CHECK_TEXT(out, "__4");
	CHECK_ERR(rd_base64url_encode(SPAN("\xff\xfe"), out, 3), RD_E_SIZE);
}

TEST(base64url_round_trips_every_length)
{
	uint8_t in[64], back[64];
	char text[128];
	size_t len;

	for (size_t n = 0; n < sizeof(in); n++) {
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(i * 37 + n);
		CHECK_OK(rd_base64url_encode(rd_span(in, n), text, 128));
		CHECK_OK(rd_base64url_decode(rd_span_text(text), back, 64,
					     &len));
		CHECK_EQ(len, n);
		CHECK_BYTES(in, back, n);
	}
}

TEST(base64url_refuses_other_spellings)
{
	static const char *const bad[] = { "A",   "AB=", "AA==", "A+==", "A/",
					   "A A", "__5", "AB\n", "AAAAA" };
	uint8_t out[8];
	size_t len;

	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(rd_base64url_decode(rd_span_text(bad[i]), out, 8,
					      &len),
			  RD_E_FORMAT);
}

TEST(base64_pads)
{
	uint8_t back[4];
	char out[16];
	size_t len;

	CHECK_OK(rd_base64_encode(SPAN("a"), out, sizeof(out)));
	CHECK_TEXT(out, "YQ==");
	CHECK_OK(rd_base64_decode(SPAN("YQ=="), back, 4, &len));
	CHECK_EQ(len, 1);
	CHECK_ERR(rd_base64_decode(SPAN("YQ="), back, 4, &len), RD_E_FORMAT);
}

TEST(utf8_refuses_what_rfc_3629_refuses)
{
	RFC("3629 4");
	CHECK(rd_utf8_is_valid(SPAN("gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\x9e")));
	CHECK(!rd_utf8_is_valid(SPAN("\xc0\x80")));
	CHECK(!rd_utf8_is_valid(SPAN("\xed\xa0\x80")));
	CHECK(!rd_utf8_is_valid(SPAN("\xf4\x90\x80\x80")));
	CHECK(!rd_utf8_is_valid(SPAN("\xe2\x82")));
	CHECK(!rd_utf8_is_valid(SPAN("\x80")));
}

TEST(numbers_have_a_range)
{
	uint64_t v;

	CHECK_OK(rd_text_u64(SPAN("65535"), 0, 65535, &v));
	CHECK_EQ(v, 65535);
	CHECK_ERR(rd_text_u64(SPAN("65536"), 0, 65535, &v), RD_E_RANGE);
	CHECK_ERR(rd_text_u64(SPAN("18446744073709551616"), 0, UINT64_MAX, &v),
		  RD_E_RANGE);
	CHECK_ERR(rd_text_u64(SPAN("-1"), 0, 9, &v), RD_E_FORMAT);
	CHECK_ERR(rd_text_u64(SPAN(""), 0, 9, &v), RD_E_FORMAT);
}

TEST(the_hash_is_fnv_1a)
{
	CHECK(rd_text_hash(RD_TEXT_HASH, SPAN("")) == RD_TEXT_HASH);
	CHECK(rd_text_hash(RD_TEXT_HASH, SPAN("a")) ==
	      UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(rd_text_hash(rd_text_hash(RD_TEXT_HASH, SPAN("foo")),
			   SPAN("bar")) == UINT64_C(0x85944171f73967e8));
}

TEST(uuid_is_version_4)
{
	char a[37], b[37];

	RFC("9562 5.4");
	rd_text_uuid(a);
	rd_text_uuid(b);
	CHECK_EQ(strlen(a), 36);
	CHECK(a[14] == '4' && strchr("89ab", a[19]));
	CHECK(strcmp(a, b) != 0);
}

RD_TESTS(T(base64url_has_no_padding), T(base64url_round_trips_every_length),
	 T(base64url_refuses_other_spellings), T(base64_pads),
	 T(utf8_refuses_what_rfc_3629_refuses), T(numbers_have_a_range),
	 T(the_hash_is_fnv_1a), T(uuid_is_version_4))
