/* secure/hash.h - SHA-256, and the code of a message under a key.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_SHA256_LEN = 32
};

void rd_sha256(struct rd_span bytes, uint8_t out[static RD_SHA256_LEN]);
/* HMAC-SHA-256, RFC 2104.  Compare the result by rd_secret_equal. */
void rd_hmac_sha256(struct rd_span key, struct rd_span bytes,
		    uint8_t out[static RD_SHA256_LEN]);
