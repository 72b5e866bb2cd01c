/* tests/fuzz/secure/fingerprint_fuzz.c - any bytes as a fingerprint of SDP:
 * what is read is read the same when written again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdio.h>

#include "secure/dtls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_fingerprint f, again;
	char text[256];
	int at;

	if (rd_fingerprint_parse(&f, rd_span(data, size))) {
		rd_assert(f.len == 0);
		return 0;
	}
	rd_assert(f.len == 32 || f.len == 48 || f.len == 64);
	at = snprintf(text, sizeof(text), "SHA-%u", f.len * 8U);
	for (unsigned i = 0; i < f.len; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%c%02x",
			       i ? ':' : ' ', f.digest[i]);
	rd_assert(rd_fingerprint_parse(&again, rd_span_text(text)) == RD_OK);
	rd_assert(!memcmp(&f, &again, sizeof(f)));
	return 0;
}
