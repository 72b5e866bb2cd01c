/* tests/fuzz/secure/keys_fuzz.c - any bytes as a key set or a PEM file (FZ14).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "base/mem.h"
#include "secure/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_complaint why = { "" };
	struct rd_jwt_keys *keys;
	long before = rd_mem_live();
	enum rd_err err;

	err = rd_jwt_keys_parse(&keys, rd_span(data, size), &why);
	rd_assert(!err == !why.text[0] && !err == (keys != NULL));
	if (!err)
		rd_assert(rd_jwt_keys_count(keys) >= 1 &&
			  rd_jwt_keys_count(keys) <= RD_JWT_KEYS_MAX);
	rd_jwt_keys_close(keys);
	err = rd_jwt_keys_parse_pem(&keys, rd_span(data, size), NULL);
	rd_assert(!err == (keys != NULL));
	rd_jwt_keys_close(keys);
	rd_assert(rd_mem_live() == before);
	return 0;
}
