/* tests/fuzz/secure/token_fuzz.c - any bytes as a token: only the one with the
 * right signature passes (FZ13).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "base/mem.h"
#include "secure/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The example key and token of RFC 7515 A.3. */
static const char set[] =
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char right[] =
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
	"Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqO"
	"yKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/* ECDSA has a second signature for each: s and n - s.  So the property is
 * that of the signed text. */
static bool has_right_text(const uint8_t *data, size_t size)
{
	size_t len = (size_t)(strrchr(right, '.') - right);

	return size == sizeof(right) - 1 && !memcmp(data, right, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_jwt_claims claims;
	struct rd_jwt_keys *keys;
	struct rd_jwt *jwt;
	char issuer[256];
	struct rd_span text;
	int64_t number;

	if (rd_jwt_keys_parse(&keys, rd_span_text(set), NULL))
		return 0;
	if (rd_jwt_verify(&jwt, keys, RD_JWT_ASYMMETRIC, rd_span(data, size)) ==
	    RD_OK) {
		rd_assert(has_right_text(data, size));
		rd_assert(rd_jwt_claims(jwt, &claims) == RD_OK);
		rd_assert(rd_span_is(claims.issuer, "joe"));
		rd_assert(rd_jwt_claim(jwt, "http://example.com/is_root", &text,
				       &number) == RD_JWT_BOOLEAN);
	}
	rd_jwt_close(jwt);
	if (rd_jwt_peek_issuer(rd_span(data, size), issuer, sizeof(issuer)) ==
	    RD_OK)
		rd_assert(strlen(issuer) < sizeof(issuer));
	rd_jwt_keys_close(keys);
	return 0;
}
