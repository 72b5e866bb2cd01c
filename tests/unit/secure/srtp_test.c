/* tests/unit/secure/srtp_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <malloc.h>

#include "secure/srtp.h"
#include "secure/srtp_cipher.h"

static const enum rd_srtp_profile profiles[] = {
	RD_SRTP_AES128_CM_SHA1_80,
	RD_SRTP_AES128_CM_SHA1_32,
	RD_SRTP_AEAD_AES_128_GCM,
	RD_SRTP_AEAD_AES_256_GCM,
};

static struct rd_span keying(enum rd_srtp_profile profile)
{
	static const uint8_t bytes[RD_SRTP_KEYING_MAX] = {
		0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 0x01, 0x23,
		0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x77, 0x66, 0x55, 0x44,
		0x33, 0x22, 0x11, 0x00, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
		0xee, 0xff, 0x13, 0x57, 0x9b, 0xdf, 0x02, 0x46, 0x8a, 0xce,
		0x31, 0x41, 0x59, 0x26, 0x53, 0x58
	};

	return rd_span(bytes,
		       rd_srtp_key_len(profile) + rd_srtp_salt_len(profile));
}

struct pair {
	struct rd_srtp *send;
	struct rd_srtp *receive;
};

static enum rd_err pair_open(struct pair *p, enum rd_srtp_profile profile)
{
	enum rd_err err;

	*p = (struct pair){ NULL, NULL };
	err = rd_srtp_open(&p->send, profile, RD_SRTP_SEND, keying(profile));
	if (!err)
		err = rd_srtp_open(&p->receive, profile, RD_SRTP_RECEIVE,
				   keying(profile));
	return err;
}

static void pair_close(struct pair *p)
{
	rd_srtp_close(p->send);
	rd_srtp_close(p->receive);
}

/* An RTP packet with len bytes of payload; returns its length. */
static size_t make_rtp(uint8_t *at, uint32_t ssrc, uint16_t seq, size_t len)
{
	struct rd_writer w = rd_writer(at, 1500);

	rd_write_u16(&w, 0x806f);
	rd_write_u16(&w, seq);
	rd_write_u32(&w, seq * 960U);
	rd_write_u32(&w, ssrc);
	for (size_t i = 0; i < len; i++)
		rd_write_u8(&w, (unsigned)(i * 7 + seq) & 0xff);
	return rd_writer_len(&w);
}

static size_t make_rtcp(uint8_t *at, uint32_t ssrc, size_t words)
{
	struct rd_writer w = rd_writer(at, 1500);

	rd_write_u16(&w, 0x81c9);
	rd_write_u16(&w, (unsigned)words + 1);
	rd_write_u32(&w, ssrc);
	for (size_t i = 0; i < words; i++)
		rd_write_u32(&w, (uint32_t)i * 0x01020304);
	return rd_writer_len(&w);
}

TEST(keys_derive_as_the_rfc_shows)
{
	struct rd_srtp_session keys[RD_SRTP_KINDS];
	uint8_t master[30], want[32];

	RFC("3711 B.3");
	RFC("3711 4.3.1");
	rd_test_hex("E1F97A0D3E018BE0D64FA32C06DE4139"
		    "0EC675AD498AFEEBB6960B3AABE6",
		    master, sizeof(master));
	CHECK_OK(rd_srtp_derive(RD_SRTP_AES128_CM_SHA1_80, rd_span(master, 30),
				keys));
	rd_test_hex("C61E7A93744F39EE10734AFE3FF7A087", want, sizeof(want));
	CHECK_BYTES(keys[RD_SRTP_RTP].key, want, 16);
	rd_test_hex("30CBBC08863D8C85D49DB34A9AE1", want, sizeof(want));
	CHECK_BYTES(keys[RD_SRTP_RTP].salt, want, 14);
	rd_test_hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", want,
		    sizeof(want));
	CHECK_BYTES(keys[RD_SRTP_RTP].auth, want, 20);
}

/* The cipher under the session key and salt of the RFC's examples. */
static struct rd_srtp_cipher *gcm_of_the_rfc(enum rd_srtp_profile profile,
					     enum rd_srtp_way way)
{
	struct rd_srtp_session keys[RD_SRTP_KINDS] = { 0 };
	struct rd_srtp_cipher *c;

	for (size_t kind = 0; kind < RD_SRTP_KINDS; kind++) {
		for (size_t i = 0; i < rd_srtp_key_len(profile); i++)
			keys[kind].key[i] = (uint8_t)i;
		memcpy(keys[kind].salt, "Quid pro quo", 12);
	}
	CHECK_OK(rd_srtp_cipher_open(&c, profile, way, keys));
	return c;
}

static void check_gcm(enum rd_srtp_profile profile, struct rd_srtp_packet *p,
		      const char *plain, const char *sealed)
{
	struct rd_srtp_cipher *c;
	uint8_t clear[256], want[256], buf[256];
	size_t len = rd_test_hex(plain, clear, sizeof(clear));
	size_t sealed_len = rd_test_hex(sealed, want, sizeof(want));

	memcpy(buf, clear, len);
	p->at = buf;
	p->payload_len = len - p->header_len;
	if (p->kind == RD_SRTP_RTCP) /* the word behind the tag is given */
		memcpy(buf + len + 16, want + len + 16, 4);
	c = gcm_of_the_rfc(profile, RD_SRTP_SEND);
	CHECK_OK(rd_srtp_seal(c, p));
	CHECK_BYTES(buf, want, sealed_len);
	rd_srtp_cipher_close(c);

	c = gcm_of_the_rfc(profile, RD_SRTP_RECEIVE);
	CHECK_OK(rd_srtp_unseal(c, p));
	CHECK_BYTES(buf, clear, len);
	rd_srtp_cipher_close(c);
}

#define GALLIA                                                                 \
	"8040f17b 8041f8d3 5501a0b2"                                           \
	"47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"       \
	"61727465 73207472 6573"

TEST(gcm_seals_rtp_as_the_rfc_shows)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTP,
				    .ssrc = 0x5501a0b2,
				    .index = 0xf17b,
				    .header_len = 12 };

	RFC("7714 16.1.1");
	RFC("7714 16.2.1");
	check_gcm(RD_SRTP_AEAD_AES_128_GCM, &p, GALLIA,
		  "8040f17b 8041f8d3 5501a0b2"
		  "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f"
		  "42a5f47a 51c7d19b 36de3adf 8833"
		  "899d7f27 beb16a91 52cf765e e4390cce");
	check_gcm(RD_SRTP_AEAD_AES_256_GCM, &p, GALLIA,
		  "8040f17b 8041f8d3 5501a0b2"
		  "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3"
		  "b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb"
		  "7878d7a7 6c13");
}

#define MARS                                                                   \
	"81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930"       \
	"4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef"

TEST(gcm_seals_rtcp_as_the_rfc_shows)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTCP,
				    .ssrc = 0x4d617273,
				    .index = 0x5d4,
				    .header_len = 8 };

	RFC("7714 17.1");
	RFC("7714 17.3");
	check_gcm(RD_SRTP_AEAD_AES_128_GCM, &p, MARS,
		  "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99"
		  "7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded"
		  "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4");
	check_gcm(RD_SRTP_AEAD_AES_256_GCM, &p, MARS,
		  "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28"
		  "2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047"
		  "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4");
}

TEST(what_is_sent_opens_and_is_the_same)
{
	uint8_t packet[1500], plain[1500];

	RFC("3711 3.3");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		struct pair p;

		CHECK_OK(pair_open(&p, profiles[i]));
		for (size_t n = 0; n < 1400; n += n < 40 ? 1 : 97) {
			uint16_t seq = (uint16_t)(n + 1);
			size_t len = make_rtp(packet, 7, seq, n);
			size_t was = len;

			memcpy(plain, packet, len);
			CHECK_OK(rd_srtp_protect(p.send, packet, &len, 1500));
			CHECK(len > was && len <= was + RD_SRTP_TRAILER_MAX);
			CHECK(n < 8 || memcmp(packet + 12, plain + 12, n));
			CHECK_OK(rd_srtp_unprotect(p.receive, packet, &len));
			CHECK_EQ(len, was);
			CHECK_BYTES(packet, plain, len);

			len = was = make_rtcp(packet, 7, n / 4);
			memcpy(plain, packet, len);
			CHECK_OK(rd_srtp_protect_rtcp(p.send, packet, &len,
						      1500));
			CHECK_OK(rd_srtp_unprotect_rtcp(p.receive, packet,
							&len));
			CHECK_EQ(len, was);
			CHECK_BYTES(packet, plain, len);
		}
		CHECK_EQ(rd_srtp_counts(p.receive)->forged, 0);
		CHECK_EQ(rd_srtp_counts(p.receive)->passed,
			 rd_srtp_counts(p.send)->passed);
		pair_close(&p);
	}
}

TEST(the_header_extension_and_csrcs_stay_in_clear)
{
	static const char text[] =
		"92 6f 0001 00000002 00000003 11111111 22222222"
		"bede 0001 10203040 5061 7283";
	uint8_t packet[100], plain[100];
	size_t len;

	RFC("3711 3.1");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		struct pair p;

		CHECK_OK(pair_open(&p, profiles[i]));
		len = rd_test_hex(text, plain, sizeof(plain));
		memcpy(packet, plain, len);
		CHECK_OK(rd_srtp_protect(p.send, packet, &len, 100));
		CHECK_BYTES(packet, plain, 28);
		CHECK(memcmp(packet + 28, plain + 28, 4));
		CHECK_OK(rd_srtp_unprotect(p.receive, packet, &len));
		CHECK_BYTES(packet, plain, len);
		pair_close(&p);
	}
}

TEST(no_changed_bit_is_accepted)
{
	uint8_t sealed[100], packet[100];
	size_t sealed_len, len;

	RFC("3711 3.3");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		struct pair p;

		CHECK_OK(pair_open(&p, profiles[i]));
		sealed_len = make_rtp(sealed, 5, 9, 20);
		CHECK_OK(rd_srtp_protect(p.send, sealed, &sealed_len, 100));
		for (size_t bit = 0; bit < sealed_len * 8; bit++) {
			memcpy(packet, sealed, sealed_len);
			packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
			len = sealed_len;
			CHECK(rd_srtp_unprotect(p.receive, packet, &len));
			CHECK_EQ(len, sealed_len);
		}
		for (len = 0; len < sealed_len; len++) {
			size_t cut = len;

			memcpy(packet, sealed, sealed_len);
			CHECK(rd_srtp_unprotect(p.receive, packet, &cut));
		}
		len = sealed_len; /* and the right one still opens */
		CHECK_OK(rd_srtp_unprotect(p.receive, sealed, &len));

		sealed_len = make_rtcp(sealed, 5, 6);
		CHECK_OK(
			rd_srtp_protect_rtcp(p.send, sealed, &sealed_len, 100));
		for (size_t bit = 0; bit < sealed_len * 8; bit++) {
			memcpy(packet, sealed, sealed_len);
			packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
			len = sealed_len;
			CHECK(rd_srtp_unprotect_rtcp(p.receive, packet, &len));
		}
		CHECK_OK(
			rd_srtp_unprotect_rtcp(p.receive, sealed, &sealed_len));
		pair_close(&p);
	}
}

TEST(nothing_opens_twice)
{
	uint8_t sealed[300][64], packet[64];
	size_t sealed_len = 0, len;

	RFC("3711 3.3.2");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		struct pair p;

		CHECK_OK(pair_open(&p, profiles[i]));
		for (unsigned n = 0; n < 300; n++) {
			sealed_len = make_rtp(sealed[n], 5,
					      (uint16_t)(65400 + n), 20);
			CHECK_OK(rd_srtp_protect(p.send, sealed[n], &sealed_len,
						 64));
		}
		/* Every second packet, then all in any order, twice. */
		for (unsigned n = 0; n < 300; n += 2) {
			memcpy(packet, sealed[n], sealed_len);
			len = sealed_len;
			CHECK_OK(rd_srtp_unprotect(p.receive, packet, &len));
		}
		for (unsigned n = 0; n < 600; n++) {
			unsigned k = n * 7 % 300;
			bool is_new = k % 2 == 1 && k > 298 - 128 && n < 300;

			memcpy(packet, sealed[k], sealed_len);
			len = sealed_len;
			CHECK_ERR(rd_srtp_unprotect(p.receive, packet, &len),
				  is_new ? RD_OK : RD_E_REPLAY);
			if (n == 299)
				CHECK_EQ(k, 293);
		}
		pair_close(&p);
	}
}

TEST(rtcp_opens_once_and_in_any_order)
{
	uint8_t sealed[200][64], packet[64];
	size_t sealed_len = 0, len;
	struct pair p;

	RFC("3711 3.4");
	CHECK_OK(pair_open(&p, RD_SRTP_AES128_CM_SHA1_80));
	for (unsigned n = 0; n < 200; n++) {
		sealed_len = make_rtcp(sealed[n], 5, 4);
		CHECK_OK(rd_srtp_protect_rtcp(p.send, sealed[n], &sealed_len,
					      64));
	}
	for (unsigned n = 0; n < 400; n++) {
		unsigned k = 199 - n % 200;

		memcpy(packet, sealed[k], sealed_len);
		len = sealed_len;
		CHECK_ERR(rd_srtp_unprotect_rtcp(p.receive, packet, &len),
			  n < 128 ? RD_OK : RD_E_REPLAY);
	}
	pair_close(&p);
}

TEST(the_same_index_is_never_sent_twice)
{
	uint8_t packet[64];
	struct pair p;
	size_t len;

	RFC("3711 9.1"); /* a key stream used twice is a plain text given */
	CHECK_OK(pair_open(&p, RD_SRTP_AES128_CM_SHA1_80));
	len = make_rtp(packet, 5, 9, 20);
	CHECK_OK(rd_srtp_protect(p.send, packet, &len, 64));
	len = make_rtp(packet, 5, 9, 21);
	CHECK_ERR(rd_srtp_protect(p.send, packet, &len, 64), RD_E_REPLAY);
	CHECK_EQ(len, 33);
	len = make_rtp(packet, 5, 8, 20); /* late is fine */
	CHECK_OK(rd_srtp_protect(p.send, packet, &len, 64));
	pair_close(&p);
}

TEST(forged_packets_change_nothing)
{
	uint8_t packet[128];
	struct pair p;
	size_t len;

	CHECK_OK(pair_open(&p, RD_SRTP_AEAD_AES_128_GCM));
	len = make_rtp(packet, 5, 100, 20);
	CHECK_OK(rd_srtp_protect(p.send, packet, &len, 128));
	CHECK_OK(rd_srtp_unprotect(p.receive, packet, &len));
	/* A hundred thousand forgeries of many streams and numbers ... */
	for (uint32_t n = 0; n < 100000; n++) {
		len = make_rtp(packet, n % 3 ? 5 : n, (uint16_t)(n * 31), 40);
		CHECK(rd_srtp_unprotect(p.receive, packet, &len));
	}
	/* ... and all of the streams there may be are still free. */
	for (uint32_t ssrc = 5; ssrc < 5 + RD_SRTP_STREAMS; ssrc++) {
		len = make_rtp(packet, ssrc, 101, 20);
		CHECK_OK(rd_srtp_protect(p.send, packet, &len, 128));
		CHECK_OK(rd_srtp_unprotect(p.receive, packet, &len));
	}
	CHECK_EQ(rd_srtp_counts(p.receive)->passed, 1 + RD_SRTP_STREAMS);
	len = make_rtp(packet, 99, 101, 20);
	CHECK_ERR(rd_srtp_protect(p.send, packet, &len, 128), RD_E_LIMIT);
	CHECK_ERR(rd_srtp_unprotect(p.receive, packet, &len), RD_E_LIMIT);
	pair_close(&p);
}

TEST(every_first_byte_and_length_is_survived)
{
	static const uint8_t fill[] = { 0x00, 0xff, 0x5a };
	struct pair p;

	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		CHECK_OK(pair_open(&p, profiles[i]));
		for (unsigned n = 0; n < 256 * 65 * 3; n++) {
			size_t len = n / 256 % 65, was = len;
			uint8_t *at = rd_alloc(len); /* its edge is watched */

			memset(at, fill[n / 256 / 65], len);
			if (len)
				at[0] = (uint8_t)n;
			CHECK(rd_srtp_unprotect(p.receive, at, &len));
			CHECK(rd_srtp_unprotect_rtcp(p.receive, at, &len));
			CHECK_EQ(len, was);
			/* no room */
			CHECK(rd_srtp_protect(p.send, at, &len, len));
			CHECK(rd_srtp_protect_rtcp(p.send, at, &len, len));
			rd_free(at);
		}
		pair_close(&p);
	}
}

TEST(room_is_checked_to_the_byte)
{
	uint8_t packet[128];
	struct pair p;
	size_t len;

	CHECK_OK(pair_open(&p, RD_SRTP_AEAD_AES_128_GCM));
	len = make_rtp(packet, 5, 1, 20);
	CHECK_ERR(rd_srtp_protect(p.send, packet, &len, 47), RD_E_SIZE);
	CHECK_OK(rd_srtp_protect(p.send, packet, &len, 48));
	len = make_rtcp(packet, 5, 6);
	CHECK_ERR(rd_srtp_protect_rtcp(p.send, packet, &len, 51), RD_E_SIZE);
	CHECK_OK(rd_srtp_protect_rtcp(p.send, packet, &len, 52));
	CHECK_EQ(len, 52);
	pair_close(&p);
}

TEST(profiles_have_the_names_of_sdp)
{
	RFC("4568 6.2");
	RFC("7714 14.1");
	for (size_t i = 0; i < RD_COUNT(profiles); i++)
		CHECK_EQ(rd_srtp_profile_parse(rd_span_text(
				 rd_srtp_profile_name(profiles[i]))),
			 profiles[i]);
	CHECK_EQ(rd_srtp_profile_parse(SPAN("AES_CM_128_NULL")), RD_SRTP_NONE);
	CHECK(!rd_srtp_profile_name(RD_SRTP_NONE));
}

TEST(keying_has_its_length)
{
	struct rd_span k = keying(RD_SRTP_AES128_CM_SHA1_80);
	struct rd_srtp *s;

	k.len--;
	CHECK_ERR(rd_srtp_open(&s, RD_SRTP_AES128_CM_SHA1_80, RD_SRTP_SEND, k),
		  RD_E_SIZE);
	CHECK(!s);
	CHECK_ERR(rd_srtp_open(&s, RD_SRTP_NONE, RD_SRTP_SEND, k),
		  RD_E_UNSUPPORTED);
}

static enum rd_err open_and_use(void)
{
	uint8_t packet[64];
	struct pair p;
	enum rd_err err = pair_open(&p, RD_SRTP_AES128_CM_SHA1_80);
	size_t len = make_rtp(packet, 5, 1, 20);

	if (!err) {
		long before = rd_mem_live();

		err = rd_srtp_protect(p.send, packet, &len, 64);
		CHECK_EQ(rd_mem_live(), before);
	}
	pair_close(&p);
	return err;
}

TEST(no_memory_is_an_answer)
{
	rd_check_every_oom(open_and_use);
}

/* Under a sanitizer the heap has no figures, and this shows nothing. */
TEST(a_call_keeps_less_than_4_kib)
{
	struct pair pairs[32];

	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		struct pair warm;
		size_t before;

		CHECK_OK(pair_open(&warm, profiles[i]));
		before = mallinfo2().uordblks;
		for (size_t n = 0; n < RD_COUNT(pairs); n++)
			CHECK_OK(pair_open(&pairs[n], profiles[i]));
		CHECK((mallinfo2().uordblks - before) / RD_COUNT(pairs) < 4096);
		for (size_t n = 0; n < RD_COUNT(pairs); n++)
			pair_close(&pairs[n]);
		pair_close(&warm);
	}
}

RD_TESTS(T(keys_derive_as_the_rfc_shows), T(gcm_seals_rtp_as_the_rfc_shows),
	 T(gcm_seals_rtcp_as_the_rfc_shows),
	 T(what_is_sent_opens_and_is_the_same),
	 T(the_header_extension_and_csrcs_stay_in_clear),
	 T(no_changed_bit_is_accepted), T(nothing_opens_twice),
	 T(rtcp_opens_once_and_in_any_order),
	 T(the_same_index_is_never_sent_twice),
	 T(forged_packets_change_nothing),
	 T(every_first_byte_and_length_is_survived),
	 T(room_is_checked_to_the_byte), T(profiles_have_the_names_of_sdp),
	 T(keying_has_its_length), T(no_memory_is_an_answer),
	 T(a_call_keeps_less_than_4_kib))
