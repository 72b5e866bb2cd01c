/* tests/unit/secure/jwt_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <jansson.h>
#include <openssl/pem.h>

#include "fake/token.h"
#include "secure/jwt.h"

#define CLAIMS "{\"iss\":\"https://id.example\",\"sub\":\"alice\"}"

enum {
	RSA_A,
	RSA_B,
	EC_256,
	EC_384,
	KEYS
};

static EVP_PKEY *pkey[KEYS];
static const struct rd_span secret = { (const uint8_t *)"0123456789abcdef"
							"0123456789abcdef",
				       32 };

static int make_keys(void **state)
{
	(void)state;
	pkey[RSA_A] = EVP_RSA_gen(2048);
	pkey[RSA_B] = EVP_RSA_gen(3072);
	pkey[EC_256] = EVP_EC_gen("P-256");
	pkey[EC_384] = EVP_EC_gen("P-384");
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(pkey[i]);
	return 0;
}

/* A set with all of them: kid "0" to "3". */
static struct rd_jwt_keys *all_keys(const char *more)
{
	char set[4 * JWK_SIZE] = "{\"keys\":[", jwk[JWK_SIZE], with[64];
	struct rd_jwt_keys *keys;

	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(with, sizeof(with), ",\"kid\":\"%u\"%s", i, more);
		token_jwk(jwk, pkey[i], with);
		strcat(set, i ? "," : "");
		strcat(set, jwk);
	}
	strcat(set, "]}");
	CHECK_OK(rd_jwt_keys_parse(&keys, rd_span_text(set), NULL));
	CHECK_EQ(rd_jwt_keys_count(keys), KEYS);
	return keys;
}

static enum rd_err judge(const struct rd_jwt_keys *keys, const char *token)
{
	struct rd_jwt *jwt;
	enum rd_err err = rd_jwt_verify(&jwt, keys, RD_JWT_ASYMMETRIC,
					rd_span_text(token));

	rd_jwt_close(jwt);
	return err;
}

static enum rd_err judge_header(const char *header)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE];
	enum rd_err err;

	token_sign(token, header, CLAIMS, pkey[RSA_A], "RS256");
	err = judge(keys, token);
	rd_jwt_keys_close(keys);
	return err;
}

static const struct {
	const char *name;
	unsigned fits; /* of the keys */
} algorithms[] = {
	{ "RS256", 1 << RSA_A | 1 << RSA_B },
	{ "RS384", 1 << RSA_A | 1 << RSA_B },
	{ "RS512", 1 << RSA_A | 1 << RSA_B },
	{ "PS256", 1 << RSA_A | 1 << RSA_B },
	{ "PS384", 1 << RSA_A | 1 << RSA_B },
	{ "PS512", 1 << RSA_A | 1 << RSA_B },
	{ "ES256", 1 << EC_256 },
	{ "ES384", 1 << EC_384 },
};

/* Every key under every algorithm it can sign by, named as every key and
 * every algorithm: only the diagonal verifies. */
TEST(the_type_of_the_key_decides_the_algorithm)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], header[128];

	RFC("8725 3.1");
	for (unsigned k = 0; k < KEYS; k++)
		for (unsigned by = 0; by < RD_COUNT(algorithms); by++)
			for (unsigned named = 0; named < RD_COUNT(algorithms);
			     named++) {
				bool is_right = by == named &&
						algorithms[named].fits >> k & 1;

				if (!(algorithms[by].fits >> k & 1))
					continue;
				snprintf(header, sizeof(header),
					 "{\"alg\":\"%s\",\"kid\":\"%u\"}",
					 algorithms[named].name, k);
				token_sign(token, header, CLAIMS, pkey[k],
					   algorithms[by].name);
				CHECK_EQ(judge(keys, token) == RD_OK, is_right);
			}
	rd_jwt_keys_close(keys);
}

TEST(the_issuers_list_decides_the_algorithm)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE];
	struct rd_jwt *jwt;

	token_sign(token, "{\"alg\":\"RS256\",\"kid\":\"0\"}", CLAIMS,
		   pkey[RSA_A], "RS256");
	CHECK_ERR(rd_jwt_verify(&jwt, keys, RD_JWT_ASYMMETRIC & ~RD_JWT_RS256,
				rd_span_text(token)),
		  RD_E_DENIED);
	CHECK(!jwt);
	CHECK_OK(rd_jwt_verify(&jwt, keys, RD_JWT_RS256, rd_span_text(token)));
	rd_jwt_close(jwt);
	rd_jwt_keys_close(keys);
}

TEST(none_is_no_algorithm_however_it_is_spelt)
{
	static const char *const none[] = {
		"none",  "None",  "NONE",    "nOnE",       "noNe",
		"NonE",  " none", "none ",   "n\\u006fne", "null",
		"",      "NoNe",  "none\\t", "plain",      "0",
		"false", "HS0",   "RS0",     "nonE",       "n0ne",
	};
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], header[64];

	RFC("7518 3.6");
	RFC("8725 3.2");
	for (size_t i = 0; i < RD_COUNT(none); i++) {
		snprintf(header, sizeof(header),
			 "{\"alg\":\"%s\",\"kid\":\"0\"}", none[i]);
		token_sign(token, header, CLAIMS, pkey[RSA_A], "RS256");
		CHECK(judge(keys, token));
		*strrchr(token, '.') = '\0';
		CHECK_ERR(judge(keys, token), RD_E_FORMAT);
		strcat(token, ".");
		CHECK_ERR(judge(keys, token), RD_E_FORMAT);
	}
	rd_jwt_keys_close(keys);
}

/* The classic: what is public, used as the secret. */
TEST(a_public_key_is_never_a_secret)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"0\"}";
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], jwk[JWK_SIZE], modulus[1024] = "";
	uint8_t bytes[512];
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	size_t len;
	struct rd_span guesses[6];

	RFC("8725 2.1");
	PEM_write_bio_PUBKEY(bio, pkey[RSA_A]);
	guesses[0].len = (size_t)BIO_get_mem_data(bio, &pem);
	guesses[0].at = (uint8_t *)pem;
	token_jwk(jwk, pkey[RSA_A], "");
	guesses[1] = rd_span_text(jwk);
	token_number(modulus, sizeof(modulus), pkey[RSA_A],
		     OSSL_PKEY_PARAM_RSA_N, 0);
	guesses[2] = rd_span_text(modulus);
	CHECK_OK(rd_base64url_decode(guesses[2], bytes, sizeof(bytes), &len));
	guesses[3] = rd_span(bytes, len);
	guesses[4] = rd_span("", 0);
	guesses[5] = rd_span("\0", 1);
	for (size_t i = 0; i < RD_COUNT(guesses); i++) {
		struct rd_jwt *jwt;

		token_sign_secret(token, header, CLAIMS, guesses[i]);
		CHECK_ERR(judge(keys, token), RD_E_DENIED);
		/* not even if the issuer's list were wrong */
		CHECK(rd_jwt_verify(&jwt, keys, ~0U, rd_span_text(token)));
	}
	BIO_free(bio);
	rd_jwt_keys_close(keys);
}

TEST(a_secret_verifies_hs256_and_nothing_else)
{
	struct rd_jwt_keys *keys;
	char token[TOKEN_SIZE];
	struct rd_jwt *jwt;

	RFC("7518 3.2");
	CHECK_ERR(rd_jwt_keys_secret(&keys, rd_span(secret.at, 31)), RD_E_SIZE);
	CHECK_OK(rd_jwt_keys_secret(&keys, secret));
	token_sign_secret(token, "{\"alg\":\"HS256\"}", CLAIMS, secret);
	CHECK_OK(rd_jwt_verify(&jwt, keys, RD_JWT_HS256, rd_span_text(token)));
	rd_jwt_close(jwt);
	token_sign_secret(token, "{\"alg\":\"HS384\"}", CLAIMS, secret);
	CHECK_ERR(rd_jwt_verify(&jwt, keys, ~0U, rd_span_text(token)),
		  RD_E_DENIED);
	token_sign_secret(token, "{\"alg\":\"RS256\"}", CLAIMS, secret);
	CHECK_ERR(rd_jwt_verify(&jwt, keys, ~0U, rd_span_text(token)),
		  RD_E_DENIED);
	token_sign_secret(token, "{\"alg\":\"HS256\"}", CLAIMS,
			  rd_span(secret.at, 31));
	CHECK_ERR(rd_jwt_verify(&jwt, keys, ~0U, rd_span_text(token)),
		  RD_E_AUTH);
	rd_jwt_keys_close(keys);
}

TEST(a_header_may_name_a_key_and_nothing_more)
{
	static const char *const good[] = {
		"{\"alg\":\"RS256\",\"kid\":\"0\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"typ\":\"at+jwt\"}",
		"{\"typ\":\"JWT\",\"kid\":\"0\",\"alg\":\"RS256\"}",
		"{\"x5t\":\"abc\",\"kid\":\"0\",\"alg\":\"RS256\"}",
	};
	static const char *const bad[] = {
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"crit\":[]}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"b64\":false}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"jwk\":{\"kty\":\"RSA\"}}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"jku\":\"http://x/\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"x5u\":\"http://x/\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"x5c\":[\"MII\"]}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"zip\":\"DEF\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"what\":\"ever\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\",\"kid\":\"0\"}",
		"{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"0\"}",
		"{\"alg\":\"RS256\",\"kid\":0}",
		"{\"alg\":[\"RS256\"],\"kid\":\"0\"}",
		"{\"kid\":\"0\"}",
		"{\"alg\":\"RS256\",\"kid\":\"0\"} ,",
		"{\"alg\":\"RS256\",\"kid\":\"0\\u0000\"}",
		"[\"alg\",\"RS256\"]",
		"\"RS256\"",
		"{}",
		"{\"alg\":\"RS256\",\"kid\":\"0\"",
		"{\"alg\":\"RS256\",\"kid\":\"\xff\"}",
	};

	RFC("7515 4.1.11");
	RFC("8725 3.10");
	for (size_t i = 0; i < RD_COUNT(good); i++)
		CHECK_OK(judge_header(good[i]));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(judge_header(bad[i]), RD_E_FORMAT);
}

TEST(a_key_is_found_by_its_id_alone)
{
	static const char *const strange[] = {
		"../../etc/passwd",     "0' OR '1'='1",
		"http://evil.example/", "00",
		"file:///dev/zero",     "4",
	};
	char header[128];

	CHECK_ERR(judge_header("{\"alg\":\"RS256\"}"), RD_E_DENIED);
	CHECK_ERR(judge_header("{\"alg\":\"RS256\",\"kid\":\"1\"}"), RD_E_AUTH);
	CHECK_ERR(judge_header("{\"alg\":\"RS256\",\"kid\":\"2\"}"),
		  RD_E_DENIED);
	CHECK_ERR(judge_header("{\"alg\":\"RS256\",\"kid\":\"\"}"),
		  RD_E_NOTFOUND);
	for (size_t i = 0; i < RD_COUNT(strange); i++) {
		snprintf(header, sizeof(header),
			 "{\"alg\":\"RS256\",\"kid\":\"%s\"}", strange[i]);
		CHECK_ERR(judge_header(header), RD_E_NOTFOUND);
	}
}

TEST(a_lone_key_without_id_needs_no_name)
{
	char token[TOKEN_SIZE], jwk[JWK_SIZE];
	struct rd_jwt_keys *keys;

	token_jwk(jwk, pkey[EC_256], "");
	CHECK_OK(rd_jwt_keys_parse(&keys, rd_span_text(jwk), NULL));
	token_sign(token, "{\"alg\":\"ES256\"}", CLAIMS, pkey[EC_256], "ES256");
	CHECK_OK(judge(keys, token));
	token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"any\"}", CLAIMS,
		   pkey[EC_256], "ES256");
	CHECK_OK(judge(keys, token));
	rd_jwt_keys_close(keys);
}

TEST(no_flipped_bit_and_no_other_spelling_passes)
{
	static const struct {
		int key;
		const char *alg;
	} each[] = { { RSA_A, "RS256" }, { EC_256, "ES256" } };
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], changed[TOKEN_SIZE], header[64];

	RFC("7515 2");
	for (size_t i = 0; i < RD_COUNT(each); i++) {
		size_t len;

		snprintf(header, sizeof(header),
			 "{\"alg\":\"%s\",\"kid\":\"%d\"}", each[i].alg,
			 each[i].key);
		token_sign(token, header, CLAIMS, pkey[each[i].key],
			   each[i].alg);
		CHECK_OK(judge(keys, token));
		len = strlen(token);
		for (size_t at = 0; at < len; at++)
			for (unsigned bit = 0; bit < 7; bit++) {
				strcpy(changed, token);
				changed[at] ^= (char)(1 << bit);
				if (changed[at])
					CHECK(judge(keys, changed));
			}
		for (size_t at = 0; at <= len; at++) {
			static const char junk[] = "= .\nA+";

			for (size_t k = 0; k < sizeof(junk) - 1; k++) {
				snprintf(changed, sizeof(changed), "%.*s%c%s",
					 (int)at, token, junk[k], token + at);
				CHECK(judge(keys, changed));
			}
			snprintf(changed, sizeof(changed), "%.*s", (int)at,
				 token);
			if (at < len)
				CHECK(judge(keys, changed));
		}
	}
	rd_jwt_keys_close(keys);
}

/* Found by the fuzzer: cjose asserts that base64url has no stray "=". */
TEST(a_payload_that_is_no_base64url_never_reaches_the_library)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE];
	char *payload;

	token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", CLAIMS,
		   pkey[EC_256], "ES256");
	payload = strchr(token, '.') + 1;
	for (unsigned c = 1; c < 256; c++) {
		payload[1] = (char)c;
		CHECK(judge(keys, token));
		payload[1] = '=';
		payload[5] = (char)c;
		CHECK_ERR(judge(keys, token), RD_E_FORMAT);
		payload[5] = '=';
	}
	rd_jwt_keys_close(keys);
}

TEST(a_token_has_its_size)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], payload[TOKEN_SIZE];

	for (size_t len = 5000; len < 6200; len++) {
		snprintf(payload, sizeof(payload), "{\"a\":\"%0*d\"}", (int)len,
			 0);
		token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", payload,
			   pkey[EC_256], "ES256");
		CHECK_ERR(judge(keys, token),
			  strlen(token) > RD_JWT_BYTES_MAX ? RD_E_SIZE : RD_OK);
		len += len > 5980 && len < 6120 ? 0 : 97;
	}
	rd_jwt_keys_close(keys);
}

TEST(deep_nesting_is_refused)
{
	struct rd_jwt_keys *keys = all_keys("");
	char token[TOKEN_SIZE], payload[4096] = "{\"a\":";

	memset(payload + 5, '[', 3000);
	token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", payload,
		   pkey[EC_256], "ES256");
	CHECK_ERR(judge(keys, token), RD_E_FORMAT);
	strcpy(payload, "{\"a\":[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\""
			"[[[\"]]]]}");
	token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", payload,
		   pkey[EC_256], "ES256");
	CHECK_OK(judge(keys, token));
	rd_jwt_keys_close(keys);
}

static enum rd_err read_set(const char *text)
{
	struct rd_complaint why = { "" };
	struct rd_jwt_keys *keys;
	enum rd_err err = rd_jwt_keys_parse(&keys, rd_span_text(text), &why);

	CHECK(!err == !why.text[0]);
	rd_jwt_keys_close(keys);
	return err;
}

TEST(a_key_set_with_a_private_part_is_refused)
{
	static const char *const parts[] = { "d",  "p",  "q",  "dp",
					     "dq", "qi", "oth" };
	char set[3 * JWK_SIZE], good[JWK_SIZE], more[64], jwk[JWK_SIZE];

	RFC("7518 6.3.2");
	token_jwk(good, pkey[EC_256], ",\"kid\":\"good\"");
	for (size_t i = 0; i < RD_COUNT(parts); i++) {
		snprintf(more, sizeof(more), ",\"%s\":\"AQAB\"", parts[i]);
		token_jwk(jwk, pkey[RSA_A], more);
		snprintf(set, sizeof(set), "{\"keys\":[%s,%s]}", good, jwk);
		CHECK_ERR(read_set(set), RD_E_DENIED);
	}
	snprintf(set, sizeof(set),
		 "{\"keys\":[%s,{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", good);
	CHECK_ERR(read_set(set), RD_E_DENIED);
}

TEST(a_key_set_says_each_thing_once)
{
	char set[3 * JWK_SIZE], a[JWK_SIZE], b[JWK_SIZE];

	token_jwk(a, pkey[EC_256], ",\"kid\":\"x\"");
	token_jwk(b, pkey[EC_384], ",\"kid\":\"x\"");
	snprintf(set, sizeof(set), "{\"keys\":[%s,%s]}", a, b);
	CHECK_ERR(read_set(set), RD_E_FORMAT);
	snprintf(set, sizeof(set), "{\"keys\":[%s],\"keys\":[%s]}", a, a);
	CHECK_ERR(read_set(set), RD_E_FORMAT);
	token_jwk(a, pkey[EC_256], ",\"kid\":\"x\",\"kid\":\"y\"");
	CHECK_ERR(read_set(a), RD_E_FORMAT);
}

TEST(what_is_no_key_set_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"keys\":{}}",
		"{\"keys\":[]}",
		"{\"keys\":[1]}",
		"{\"keys\":[{}]}",
		"<html></html>",
		"{\"keys\":[{\"kty\":\"RSA\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"}]}",
		"{\"keys\":[{\"kty\":\"OKP\",\"x\":\"AA\"}]}",
		"{\"keys\":[{\"kty\":7}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"\"}]}",
	};

	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(read_set(bad[i]), RD_E_FORMAT);
}

/* Of a set only those are kept that may verify a token. */
TEST(keys_for_other_uses_are_left_out)
{
	static const char *const other[] = {
		",\"use\":\"enc\"",        ",\"use\":1",
		",\"key_ops\":[\"sign\"]", ",\"key_ops\":[]",
		",\"key_ops\":\"verify\"",
	};
	static const char *const same[] = {
		"",
		",\"use\":\"sig\"",
		",\"key_ops\":[\"verify\"]",
		",\"use\":\"sig\",\"key_ops\":[\"sign\",\"verify\"]",
		",\"alg\":\"RS256\"",
		",\"x5c\":[\"ignored\"]",
	};
	char jwk[JWK_SIZE];

	RFC("7517 4.2");
	RFC("7517 4.3");
	for (size_t i = 0; i < RD_COUNT(other); i++) {
		token_jwk(jwk, pkey[RSA_A], other[i]);
		CHECK_ERR(read_set(jwk), RD_E_FORMAT);
	}
	for (size_t i = 0; i < RD_COUNT(same); i++) {
		token_jwk(jwk, pkey[RSA_A], same[i]);
		CHECK_OK(read_set(jwk));
	}
}

TEST(the_algorithm_of_a_key_binds_it)
{
	struct rd_jwt_keys *keys = all_keys(",\"alg\":\"RS512\"");
	char token[TOKEN_SIZE];

	token_sign(token, "{\"alg\":\"RS256\",\"kid\":\"0\"}", CLAIMS,
		   pkey[RSA_A], "RS256");
	CHECK_ERR(judge(keys, token), RD_E_DENIED);
	token_sign(token, "{\"alg\":\"RS512\",\"kid\":\"0\"}", CLAIMS,
		   pkey[RSA_A], "RS512");
	CHECK_OK(judge(keys, token));
	token_sign(token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", CLAIMS,
		   pkey[EC_256], "ES256");
	CHECK_ERR(judge(keys, token), RD_E_DENIED);
	rd_jwt_keys_close(keys);
}

/* A modulus of so many bits with its lowest and highest bit set. */
static enum rd_err read_rsa(size_t bits, const char *exponent)
{
	char text[8192] = "{\"kty\":\"RSA\",\"n\":\"";
	uint8_t modulus[2100] = { 0 };
	size_t len = (bits + 7) / 8;

	memset(modulus, 0x5b, len);
	modulus[0] = (uint8_t)(1 << (bits - 1) % 8);
	modulus[len - 1] |= 1;
	token_part(text, sizeof(text), rd_span(modulus, len));
	strcat(text, "\",\"e\":\"");
	strcat(text, exponent);
	strcat(text, "\"}");
	return read_set(text);
}

TEST(rsa_keys_have_their_limits)
{
	RFC("7518 3.3");
	CHECK_OK(read_rsa(2048, "AQAB"));
	CHECK_OK(read_rsa(8192, "AQAB"));
	CHECK_OK(read_rsa(2048, "Aw"));     /* 3 */
	CHECK_OK(read_rsa(2048, "AAEAAQ")); /* a zero in front */
	CHECK_ERR(read_rsa(512, "AQAB"), RD_E_FORMAT);
	CHECK_ERR(read_rsa(1024, "AQAB"), RD_E_FORMAT);
	CHECK_ERR(read_rsa(2047, "AQAB"), RD_E_FORMAT);
	CHECK_ERR(read_rsa(8193, "AQAB"), RD_E_FORMAT);
	CHECK_ERR(read_rsa(16384, "AQAB"), RD_E_FORMAT);
	CHECK_ERR(read_rsa(2048, "AQ"), RD_E_FORMAT); /* 1 */
	CHECK_ERR(read_rsa(2048, "Ag"), RD_E_FORMAT); /* 2 */
	CHECK_ERR(read_rsa(2048, "BA"), RD_E_FORMAT); /* 4 */
	CHECK_ERR(read_rsa(2048, ""), RD_E_FORMAT);
	CHECK_ERR(read_rsa(2048, "AQAAAAAAAAAB"), RD_E_FORMAT); /* 2^64 + 1 */
	CHECK_ERR(read_rsa(2048, "AQAB="), RD_E_FORMAT);
}

TEST(points_off_the_curve_are_left_out)
{
	char jwk[JWK_SIZE], *x;

	RFC("7518 6.2.1.2");
	token_jwk(jwk, pkey[EC_256], "");
	x = strstr(jwk, "\"x\":\"") + 5;
	x[3] = x[3] == 'A' ? 'B' : 'A';
	CHECK_ERR(read_set(jwk), RD_E_FORMAT);
	token_jwk(jwk, pkey[EC_256], "");
	memcpy(strstr(jwk, "P-256"), "P-384", 5);
	CHECK_ERR(read_set(jwk), RD_E_FORMAT);
}

TEST(a_key_set_has_its_size)
{
	static char set[RD_JWT_KEYS_BYTES_MAX + 2];
	struct rd_jwt_keys *keys;
	char jwk[JWK_SIZE];
	size_t len;

	token_jwk(jwk, pkey[EC_256], "");
	for (size_t n = RD_JWT_KEYS_BYTES_MAX - 1;
	     n <= RD_JWT_KEYS_BYTES_MAX + 1; n++) {
		snprintf(set, sizeof(set), "%-*s", (int)n, jwk);
		CHECK_ERR(rd_jwt_keys_parse(&keys, rd_span(set, n), NULL),
			  n > RD_JWT_KEYS_BYTES_MAX ? RD_E_SIZE : RD_OK);
		rd_jwt_keys_close(keys);
	}
	for (unsigned n = 31; n <= 33; n++) {
		len = (size_t)snprintf(set, sizeof(set), "{\"keys\":[%s", jwk);
		for (unsigned i = 1; i < n; i++)
			len += (size_t)snprintf(set + len, sizeof(set) - len,
						",%s", jwk);
		snprintf(set + len, sizeof(set) - len, "]}");
		CHECK_ERR(read_set(set), n > 32 ? RD_E_SIZE : RD_OK);
	}
}

static enum rd_err read_pem(EVP_PKEY *key, bool is_private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct rd_jwt_keys *keys;
	enum rd_err err;
	char *text;
	long len;

	if (is_private)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_PUBKEY(bio, key);
	len = BIO_get_mem_data(bio, &text);
	err = rd_jwt_keys_parse_pem(&keys, rd_span(text, (size_t)len), NULL);
	if (!err) {
		char token[TOKEN_SIZE];
		const char *alg = EVP_PKEY_is_a(key, "RSA")       ? "PS384"
				  : EVP_PKEY_get_bits(key) == 256 ? "ES256"
								  : "ES384";
		char header[64];

		snprintf(header, sizeof(header),
			 "{\"alg\":\"%s\",\"kid\":\"x\"}", alg);
		token_sign(token, header, CLAIMS, key, alg);
		CHECK_OK(judge(keys, token));
	}
	rd_jwt_keys_close(keys);
	BIO_free(bio);
	return err;
}

TEST(a_static_key_may_be_a_pem_file)
{
	struct rd_jwt_keys *keys;
	EVP_PKEY *weak = EVP_RSA_gen(1024), *other = EVP_EC_gen("P-521");

	for (size_t i = 0; i < KEYS; i++) {
		CHECK_OK(read_pem(pkey[i], false));
		CHECK_ERR(read_pem(pkey[i], true), RD_E_DENIED);
	}
	CHECK_ERR(read_pem(weak, false), RD_E_FORMAT);
	CHECK_ERR(read_pem(other, false), RD_E_FORMAT);
	CHECK_ERR(rd_jwt_keys_parse_pem(&keys, SPAN("garbage"), NULL),
		  RD_E_FORMAT);
	EVP_PKEY_free(weak);
	EVP_PKEY_free(other);
}

static struct rd_jwt *signed_claims(const char *payload)
{
	struct rd_jwt_keys *keys;
	char token[TOKEN_SIZE];
	struct rd_jwt *jwt;

	CHECK_OK(rd_jwt_keys_secret(&keys, secret));
	token_sign_secret(token, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", payload,
			  secret);
	CHECK_OK(rd_jwt_verify(&jwt, keys, RD_JWT_HS256, rd_span_text(token)));
	rd_jwt_keys_close(keys);
	return jwt;
}

TEST(claims_have_their_types)
{
	static const char *const bad[] = {
		"{\"iss\":1}",
		"{\"sub\":[\"a\"]}",
		"{\"exp\":\"1700000000\"}",
		"{\"exp\":-1}",
		"{\"exp\":0}",
		"{\"exp\":1e308}",
		"{\"exp\":253402300800}",
		"{\"nbf\":null}",
		"{\"iat\":true}",
		"{\"scope\":[\"a\"]}",
		"{\"azp\":{}}",
		"{\"exp\":0.5}",
	};
	struct rd_jwt_claims c;
	struct rd_jwt *jwt;

	RFC("7519 4.1");
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		jwt = signed_claims(bad[i]);
		CHECK_ERR(rd_jwt_claims(jwt, &c), RD_E_FORMAT);
		rd_jwt_close(jwt);
	}
	jwt = signed_claims("{\"iss\":\"i\",\"sub\":\"s\",\"exp\":1700000000.9,"
			    "\"nbf\":1,\"iat\":253402300799,\"nonce\":\"n\","
			    "\"client_id\":\"c\",\"token_use\":\"access\","
			    "\"scope\":\"a b\"}");
	CHECK_OK(rd_jwt_claims(jwt, &c));
	CHECK(rd_span_is(c.issuer, "i") && rd_span_is(c.subject, "s"));
	CHECK(rd_span_is(c.client_id, "c") && rd_span_is(c.type, "JWT"));
	CHECK(rd_span_is(c.token_use, "access") && rd_span_is(c.scope, "a b"));
	CHECK_EQ(c.expires_s, 1700000000);
	CHECK_EQ(c.not_before_s, 1);
	CHECK_EQ(c.issued_s, 253402300799);
	CHECK(c.has_nonce && c.party.len == 0);
	rd_jwt_close(jwt);
}

TEST(an_audience_is_a_text_or_a_list_of_texts)
{
	static const struct {
		const char *payload;
		size_t count;
		bool has_us;
	} cases[] = {
		{ "{}", 0, false },
		{ "{\"aud\":\"us\"}", 1, true },
		{ "{\"aud\":\"US\"}", 1, false },
		{ "{\"aud\":\"us \"}", 1, false },
		{ "{\"aud\":[\"us\"]}", 1, true },
		{ "{\"aud\":[\"a\",\"us\"]}", 2, true },
		{ "{\"aud\":[\"a\",\"b\"]}", 2, false },
		{ "{\"aud\":[]}", RD_JWT_BAD_AUDIENCE, false },
		{ "{\"aud\":{\"us\":1}}", RD_JWT_BAD_AUDIENCE, false },
		{ "{\"aud\":[\"us\",1]}", RD_JWT_BAD_AUDIENCE, true },
		{ "{\"aud\":null}", RD_JWT_BAD_AUDIENCE, false },
	};

	RFC("7519 4.1.3");
	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_jwt *jwt = signed_claims(cases[i].payload);

		CHECK_EQ(rd_jwt_audience_count(jwt), cases[i].count);
		CHECK_EQ(rd_jwt_has_audience(jwt, "us"), cases[i].has_us);
		rd_jwt_close(jwt);
	}
}

TEST(any_claim_can_be_asked_for)
{
	struct rd_jwt *jwt = signed_claims(
		"{\"t\":\"x\",\"n\":-7,\"big\":9007199254740993,\"f\":1.5,"
		"\"yes\":true,\"no\":false,\"nil\":null,\"o\":{}}");
	struct rd_span text;
	int64_t n;

	CHECK_EQ(rd_jwt_claim(jwt, "t", &text, &n), RD_JWT_TEXT);
	CHECK(rd_span_is(text, "x"));
	CHECK_EQ(rd_jwt_claim(jwt, "n", &text, &n), RD_JWT_NUMBER);
	CHECK_EQ(n, -7);
	CHECK_EQ(rd_jwt_claim(jwt, "big", &text, &n), RD_JWT_OTHER);
	CHECK_EQ(rd_jwt_claim(jwt, "f", &text, &n), RD_JWT_OTHER);
	CHECK_EQ(rd_jwt_claim(jwt, "yes", &text, &n), RD_JWT_BOOLEAN);
	CHECK_EQ(n, 1);
	CHECK_EQ(rd_jwt_claim(jwt, "no", &text, &n), RD_JWT_BOOLEAN);
	CHECK_EQ(n, 0);
	CHECK_EQ(rd_jwt_claim(jwt, "nil", &text, &n), RD_JWT_OTHER);
	CHECK_EQ(rd_jwt_claim(jwt, "o", &text, &n), RD_JWT_OTHER);
	CHECK_EQ(rd_jwt_claim(jwt, "nothing", &text, &n), RD_JWT_ABSENT);
	rd_jwt_close(jwt);
}

TEST(the_issuer_can_be_peeked_at)
{
	char token[TOKEN_SIZE], issuer[24];

	token_sign_secret(token, "{}", CLAIMS, secret);
	CHECK_OK(rd_jwt_peek_issuer(rd_span_text(token), issuer,
				    sizeof(issuer)));
	CHECK_TEXT(issuer, "https://id.example");
	CHECK_ERR(rd_jwt_peek_issuer(rd_span_text(token), issuer, 18),
		  RD_E_SIZE);
	token_sign_secret(token, "{}", "{\"iss\":5}", secret);
	CHECK_ERR(rd_jwt_peek_issuer(rd_span_text(token), issuer, 24),
		  RD_E_NOTFOUND);
	CHECK_ERR(rd_jwt_peek_issuer(SPAN("abc"), issuer, 24), RD_E_FORMAT);
}

static char oom_token[TOKEN_SIZE], oom_set[2 * JWK_SIZE];

static enum rd_err parse_and_verify(void)
{
	struct rd_jwt_keys *keys;
	struct rd_jwt *jwt = NULL;
	enum rd_err err;

	err = rd_jwt_keys_parse(&keys, rd_span_text(oom_set), NULL);
	if (!err)
		err = rd_jwt_verify(&jwt, keys, RD_JWT_ES256,
				    rd_span_text(oom_token));
	rd_jwt_close(jwt);
	rd_jwt_keys_close(keys);
	return err;
}

/* Neither library always says that it was memory it lacked; refused it is. */
static enum rd_err parse_with_json(void)
{
	enum rd_err err = parse_and_verify();

	return err && rd_mem_has_failed() ? RD_E_NOMEM : err;
}

TEST(no_memory_is_an_answer)
{
	token_jwk(oom_set, pkey[EC_256], ",\"kid\":\"2\"");
	token_sign(oom_token, "{\"alg\":\"ES256\",\"kid\":\"2\"}", CLAIMS,
		   pkey[EC_256], "ES256");
	rd_check_every_oom(parse_and_verify);
	json_set_alloc_funcs(rd_alloc, rd_free); /* and for JSON */
	rd_check_every_oom(parse_with_json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_type_of_the_key_decides_the_algorithm),
		T(the_issuers_list_decides_the_algorithm),
		T(none_is_no_algorithm_however_it_is_spelt),
		T(a_public_key_is_never_a_secret),
		T(a_secret_verifies_hs256_and_nothing_else),
		T(a_header_may_name_a_key_and_nothing_more),
		T(a_key_is_found_by_its_id_alone),
		T(a_lone_key_without_id_needs_no_name),
		T(no_flipped_bit_and_no_other_spelling_passes),
		T(a_payload_that_is_no_base64url_never_reaches_the_library),
		T(a_token_has_its_size),
		T(deep_nesting_is_refused),
		T(a_key_set_with_a_private_part_is_refused),
		T(a_key_set_says_each_thing_once),
		T(what_is_no_key_set_is_refused),
		T(keys_for_other_uses_are_left_out),
		T(the_algorithm_of_a_key_binds_it),
		T(rsa_keys_have_their_limits),
		T(points_off_the_curve_are_left_out),
		T(a_key_set_has_its_size),
		T(a_static_key_may_be_a_pem_file),
		T(claims_have_their_types),
		T(an_audience_is_a_text_or_a_list_of_texts),
		T(any_claim_can_be_asked_for),
		T(the_issuer_can_be_peeked_at),
		T(no_memory_is_an_answer),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
