/* tests/unit/secure/hash_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "secure/hash.h"

static void check(const uint8_t *got, const char *want)
{
	uint8_t bytes[RD_SHA256_LEN];

	CHECK_EQ(rd_test_hex(want, bytes, sizeof(bytes)), RD_SHA256_LEN);
	CHECK_BYTES(got, bytes, RD_SHA256_LEN);
}

TEST(sha256_is_that_of_fips_180)
{
	uint8_t out[RD_SHA256_LEN];

	RFC("6234 8.5");
	rd_sha256(SPAN("abc"), out);
	check(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
		   "f20015ad");
	rd_sha256(RD_SPAN_NONE, out);
	check(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		   "7852b855");
}

TEST(hmac_is_that_of_the_rfc)
{
	uint8_t out[RD_SHA256_LEN];

	RFC("4231 4.3");
	rd_hmac_sha256(SPAN("Jefe"), SPAN("what do ya want for nothing?"), out);
	check(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
		   "64ec3843");
	rd_hmac_sha256(RD_SPAN_NONE, RD_SPAN_NONE, out);
	check(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c71214"
		   "4292c5ad");
}

RD_TESTS(T(sha256_is_that_of_fips_180), T(hmac_is_that_of_the_rfc))
