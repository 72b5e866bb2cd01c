/* api/digest.c - SHA-256, of bodies and files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/sha.h>

#include "api/api_priv.h"

void rd_api_sha256(struct rd_span of, uint8_t out[static 32])
{
	SHA256(of.at, of.len, out);
}
