/* provider/call_names.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/call_names.h"

#include <stdio.h>

#include "base/random.h"
#include "base/text.h"
#include "secure/hash.h"

enum {
	MOST_KEY = 128
};

void rd_support_id(char out[static RD_SUPPORT_ID_TEXT])
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	char c[5];

	for (size_t i = 0; i < sizeof(c); i++)
		c[i] = alphabet[rd_random_below(sizeof(alphabet) - 1)];
	snprintf(out, RD_SUPPORT_ID_TEXT, "%c%c-%c%c%c", c[0], c[1], c[2], c[3],
		 c[4]);
}

void rd_start_token(const struct rd_start_asked *asked,
		    char out[static RD_START_TOKEN_TEXT])
{
	const char *key = asked->idempotency_key;
	uint8_t digest[RD_SHA256_LEN];
	uint8_t text[RD_OWNER_TEXT + 1 + MOST_KEY + RD_SHA256_LEN];
	struct rd_writer w = rd_writer(text, sizeof(text));

	if (key) {
		rd_write_span(&w, rd_span_text(asked->owner));
		rd_write_u8(&w, 0);
		rd_write_bytes(&w, key, strnlen(key, MOST_KEY));
		rd_write_bytes(&w, asked->body_sha256, RD_SHA256_LEN);
	} else {
		rd_write_span(&w, rd_span_text(asked->call_id));
	}
	rd_assert(!w.failed);
	rd_sha256(rd_writer_span(&w), digest);
	rd_hex_encode(rd_span(digest, (RD_START_TOKEN_TEXT - 1) / 2), out);
}
