/* tests/unit/secure/srtp_oracle_test.c - against libsrtp2, both ways.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <srtp2/srtp.h>

#include "base/random.h"
#include "secure/srtp.h"

enum {
	PACKETS = 3000,
	SIZE = 320
};

struct peer { /* libsrtp2 and ours under the same key */
	srtp_t lib;
	struct rd_srtp *ours;
};

static void policy_of(enum rd_srtp_profile profile, srtp_policy_t *policy)
{
	switch (profile) {
	case RD_SRTP_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
		return;
	case RD_SRTP_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
		return;
	case RD_SRTP_AES128_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return;
	default:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return;
	}
}

static void peer_open(struct peer *p, enum rd_srtp_profile profile,
		      enum rd_srtp_way ours)
{
	uint8_t key[RD_SRTP_KEYING_MAX];
	srtp_policy_t policy = { 0 };

	rd_random_bytes(key, sizeof(key));
	policy_of(profile, &policy);
	policy.key = key;
	policy.window_size = 128;
	policy.ssrc.type =
		ours == RD_SRTP_SEND ? ssrc_any_inbound : ssrc_any_outbound;
	CHECK_EQ(srtp_create(&p->lib, &policy), srtp_err_status_ok);
	CHECK_OK(rd_srtp_open(&p->ours, profile, ours,
			      rd_span(key, rd_srtp_key_len(profile) +
						   rd_srtp_salt_len(profile))));
}

static void peer_close(struct peer *p)
{
	srtp_dealloc(p->lib);
	rd_srtp_close(p->ours);
}

static size_t random_rtp(uint8_t *at, uint32_t ssrc, uint16_t seq)
{
	struct rd_writer w = rd_writer(at, SIZE);
	unsigned csrcs = rd_random_below(3);
	bool has_extension = rd_random_below(2);
	size_t len = rd_random_below(160);

	rd_write_u8(&w, 0x80 | (has_extension ? 0x10 : 0) | csrcs);
	rd_write_u8(&w, rd_random_u32() & 0xff);
	rd_write_u16(&w, seq);
	rd_write_u32(&w, rd_random_u32());
	rd_write_u32(&w, ssrc);
	for (unsigned i = 0; i < csrcs; i++)
		rd_write_u32(&w, rd_random_u32());
	if (has_extension) {
		rd_write_u32(&w, 0xbede0001);
		rd_write_u32(&w, 0x10aa2055);
	}
	rd_random_bytes(rd_write_room(&w, len), len);
	return rd_writer_len(&w);
}

struct sent {
	uint8_t plain[SIZE];
	uint8_t sealed[SIZE];
	size_t plain_len;
	size_t sealed_len;
};

static struct sent sent[PACKETS];

static void seal(struct peer *p, enum rd_srtp_way ours, struct sent *s)
{
	memcpy(s->sealed, s->plain, s->plain_len);
	s->sealed_len = s->plain_len;
	if (ours == RD_SRTP_SEND) {
		CHECK_OK(rd_srtp_protect(p->ours, s->sealed, &s->sealed_len,
					 SIZE));
	} else {
		int len = (int)s->plain_len;

		CHECK_EQ(srtp_protect(p->lib, s->sealed, &len),
			 srtp_err_status_ok);
		s->sealed_len = (size_t)len;
	}
}

/* Whether the other side took it; then it must be what was sent. */
static bool unseal(struct peer *p, enum rd_srtp_way ours, const struct sent *s)
{
	uint8_t buf[SIZE];
	size_t len = s->sealed_len;
	bool is_open;

	memcpy(buf, s->sealed, len);
	if (ours == RD_SRTP_RECEIVE) {
		is_open = rd_srtp_unprotect(p->ours, buf, &len) == RD_OK;
	} else {
		int n = (int)len;

		is_open = srtp_unprotect(p->lib, buf, &n) == srtp_err_status_ok;
		len = (size_t)n;
	}
	if (is_open) {
		CHECK_EQ(len, s->plain_len);
		CHECK_BYTES(buf, s->plain, len);
	}
	return is_open;
}

/* Three streams over many roll-overs; one packet in ten is lost, one in ten
 * comes twice.  What is delivered is taken, once. */
static void run_stream(enum rd_srtp_profile profile, enum rd_srtp_way ours)
{
	uint64_t index[3] = { 30000, 60000, 1 };
	bool was_taken[PACKETS] = { false };
	struct peer p;

	peer_open(&p, profile, ours);
	for (size_t n = 0; n < PACKETS; n++) {
		size_t k = n % 3;

		sent[n].plain_len =
			random_rtp(sent[n].plain, 0x1000 + (uint32_t)k,
				   (uint16_t)index[k]);
		seal(&p, ours, &sent[n]);
		index[k]++;
		if (n < 3 || rd_random_below(10) != 0) {
			was_taken[n] = unseal(&p, ours, &sent[n]);
			CHECK(was_taken[n]);
			/* A gap that both can still place: RFC 3711 3.3.1. */
			index[k] += rd_random_below(50) ? 0 : 30000;
		}
		if (rd_random_below(10) == 0)
			CHECK(!was_taken[n] || !unseal(&p, ours, &sent[n]));
	}
	peer_close(&p);
}

TEST(random_streams_pass_both_ways_in_every_profile)
{
	static const enum rd_srtp_profile profiles[] = {
		RD_SRTP_AES128_CM_SHA1_80,
		RD_SRTP_AES128_CM_SHA1_32,
		RD_SRTP_AEAD_AES_128_GCM,
		RD_SRTP_AEAD_AES_256_GCM,
	};

	RFC("3711 3.3");
	RFC("7714 8");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		run_stream(profiles[i], RD_SRTP_SEND);
		run_stream(profiles[i], RD_SRTP_RECEIVE);
	}
}

/* Late packets within both windows are taken by both. */
TEST(reordered_packets_are_taken_alike)
{
	struct peer p;

	peer_open(&p, RD_SRTP_AEAD_AES_128_GCM, RD_SRTP_RECEIVE);
	for (size_t n = 0; n < 1000; n++) {
		sent[n].plain_len =
			random_rtp(sent[n].plain, 7, (uint16_t)(65000 + n));
		seal(&p, RD_SRTP_RECEIVE, &sent[n]);
	}
	for (size_t n = 0; n < 1000; n += 50)
		for (size_t k = 0; k < 50; k++) /* each fifty backwards */
			CHECK(unseal(&p, RD_SRTP_RECEIVE, &sent[n + 49 - k]));
	for (size_t n = 0; n < 1000; n++)
		CHECK(!unseal(&p, RD_SRTP_RECEIVE, &sent[n]));
	peer_close(&p);
}

static void run_rtcp(enum rd_srtp_profile profile, enum rd_srtp_way ours)
{
	uint8_t plain[128], buf[128];
	struct peer p;

	peer_open(&p, profile, ours);
	for (unsigned n = 0; n < 500; n++) {
		size_t words = rd_random_below(20), len = 8 + 4 * words;
		int lib_len = (int)len;

		rd_random_bytes(plain, len);
		plain[0] = 0x81;
		plain[1] = (uint8_t)(200 + n % 5);
		plain[2] = 0;
		plain[3] = (uint8_t)(words + 1);
		memcpy(plain + 4, "\0\0\0", 3);
		plain[7] = (uint8_t)(n % 4);
		memcpy(buf, plain, len);
		if (ours == RD_SRTP_SEND) {
			CHECK_OK(rd_srtp_protect_rtcp(p.ours, buf, &len, 128));
			lib_len = (int)len;
			if (n % 7 == 3)
				continue;
			CHECK_EQ(srtp_unprotect_rtcp(p.lib, buf, &lib_len),
				 srtp_err_status_ok);
		} else {
			CHECK_EQ(srtp_protect_rtcp(p.lib, buf, &lib_len),
				 srtp_err_status_ok);
			len = (size_t)lib_len;
			if (n % 7 == 3)
				continue;
			CHECK_OK(rd_srtp_unprotect_rtcp(p.ours, buf, &len));
			lib_len = (int)len;
		}
		CHECK_EQ(lib_len, 8 + 4 * words);
		CHECK_BYTES(buf, plain, 8 + 4 * words);
	}
	peer_close(&p);
}

TEST(rtcp_passes_both_ways_in_every_profile)
{
	static const enum rd_srtp_profile profiles[] = {
		RD_SRTP_AES128_CM_SHA1_80,
		RD_SRTP_AES128_CM_SHA1_32,
		RD_SRTP_AEAD_AES_128_GCM,
		RD_SRTP_AEAD_AES_256_GCM,
	};

	RFC("3711 3.4");
	RFC("7714 9");
	for (size_t i = 0; i < RD_COUNT(profiles); i++) {
		run_rtcp(profiles[i], RD_SRTP_SEND);
		run_rtcp(profiles[i], RD_SRTP_RECEIVE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(random_streams_pass_both_ways_in_every_profile),
		T(reordered_packets_are_taken_alike),
		T(rtcp_passes_both_ways_in_every_profile),
	};

	if (srtp_init() != srtp_err_status_ok)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
