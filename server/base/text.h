/* base/text.h - base64url, hex, UTF-8, numbers in text.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

/* Bytes that base64url (RFC 4648 5, no padding) of len bytes takes. */
#define RD_BASE64URL_LEN(len) (((len)*4 + 2) / 3)

/* Writes RD_BASE64URL_LEN(from.len) characters and a NUL.  RD_E_SIZE: out
 * (size bytes) is too small. */
RD_MUST_USE enum rd_err rd_base64url_encode(struct rd_span from, char *out,
					    size_t size);
/* Strict: no padding, no white space, no spare bits (RFC 7515 2).  *len is
 * set on success.  RD_E_FORMAT, RD_E_SIZE. */
RD_MUST_USE enum rd_err rd_base64url_decode(struct rd_span from, uint8_t *out,
					    size_t size, size_t *len);
/* Standard base64 with padding (RFC 4648 4), as in SDES and HTTP. */
RD_MUST_USE enum rd_err rd_base64_encode(struct rd_span from, char *out,
					 size_t size);
RD_MUST_USE enum rd_err rd_base64_decode(struct rd_span from, uint8_t *out,
					 size_t size, size_t *len);
/* Lower case, 2 * from.len characters and a NUL; out must hold them. */
void rd_hex_encode(struct rd_span from, char *out);
/* Exactly 2 * len hex digits, either case. */
RD_MUST_USE enum rd_err rd_hex_decode(struct rd_span from, uint8_t *out,
				      size_t len);

bool rd_utf8_is_valid(struct rd_span text); /* RFC 3629 */

/* All of text must be digits; RD_E_FORMAT, RD_E_RANGE outside least..most. */
RD_MUST_USE enum rd_err rd_text_u64(struct rd_span text, uint64_t least,
				    uint64_t most, uint64_t *out);
bool rd_text_equal_nocase(struct rd_span a, const char *b); /* ASCII */
/* Copies text into buf (size >= 1), cut to fit and ended by NUL. */
void rd_text_copy(char *buf, size_t size, struct rd_span text);

/* FNV-1a of 64 bits over text, begun with seed: RD_TEXT_HASH, the hash of
 * what precedes, or a secret number where the text is chosen by others. */
#define RD_TEXT_HASH UINT64_C(0xcbf29ce484222325)
uint64_t rd_text_hash(uint64_t seed, struct rd_span text);

/* A random version 4 UUID (RFC 9562 5.4), 36 characters and a NUL. */
void rd_text_uuid(char out[static 37]);
