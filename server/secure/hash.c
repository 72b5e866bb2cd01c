/* secure/hash.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/hash.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

void rd_sha256(struct rd_span bytes, uint8_t out[static RD_SHA256_LEN])
{
	static const uint8_t none[1];

	rd_assert(SHA256(bytes.len ? bytes.at : none, bytes.len, out) != NULL);
}

void rd_hmac_sha256(struct rd_span key, struct rd_span bytes,
		    uint8_t out[static RD_SHA256_LEN])
{
	static const uint8_t none[1];

	rd_assert(key.len <= INT_MAX);
	rd_assert(HMAC(EVP_sha256(), key.len ? key.at : none, (int)key.len,
		       bytes.len ? bytes.at : none, bytes.len, out,
		       NULL) != NULL);
}
