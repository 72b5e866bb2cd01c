/* tests/fake/token.h - makes keys, key sets and tokens, right ones and wrong.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Signs any two texts as header and payload, so that a test can write what no
 * library would let it.  Include in one source of a program.
 */
#pragma once
#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "base/text.h"
#include "testing.h"

enum {
	TOKEN_SIZE = 16384,
	JWK_SIZE = 4096
};

/* "RS256", "ES384", ...: the hash by its last three digits. */
static const EVP_MD *token_hash(const char *alg)
{
	if (!strcmp(alg + 2, "384"))
		return EVP_sha384();
	return !strcmp(alg + 2, "512") ? EVP_sha512() : EVP_sha256();
}

static void token_part(char *to, size_t size, struct rd_span from)
{
	size_t at = strlen(to);

	CHECK_OK(rd_base64url_encode(from, to + at, size - at));
}

static size_t token_raw_ecdsa(uint8_t *sig, size_t der_len, size_t half)
{
	const uint8_t *at = sig;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
	uint8_t raw[132];

	CHECK(pair);
	CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)half) > 0);
	CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, (int)half) > 0);
	ECDSA_SIG_free(pair);
	memcpy(sig, raw, 2 * half);
	return 2 * half;
}

static size_t token_signature(EVP_PKEY *key, const char *alg,
			      struct rd_span text, uint8_t *out, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *settings;
	size_t len = size;

	CHECK_EQ(EVP_DigestSignInit(ctx, &settings, token_hash(alg), NULL, key),
		 1);
	if (alg[0] == 'P') {
		EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(settings,
						 RSA_PSS_SALTLEN_DIGEST);
	}
	CHECK_EQ(EVP_DigestSign(ctx, out, &len, text.at, text.len), 1);
	EVP_MD_CTX_free(ctx);
	if (alg[0] == 'E')
		len = token_raw_ecdsa(out, len,
				      !strcmp(alg, "ES384") ? 48 : 32);
	return len;
}

/* out holds TOKEN_SIZE characters. */
static void __attribute__((unused))
token_sign(char *out, const char *header, const char *payload, EVP_PKEY *key,
	   const char *alg)
{
	uint8_t signature[2048];
	size_t len;

	out[0] = '\0';
	token_part(out, TOKEN_SIZE, rd_span_text(header));
	strcat(out, ".");
	token_part(out, TOKEN_SIZE, rd_span_text(payload));
	len = token_signature(key, alg, rd_span_text(out), signature,
			      sizeof(signature));
	strcat(out, ".");
	token_part(out, TOKEN_SIZE, rd_span(signature, len));
}

static void __attribute__((unused))
token_sign_secret(char *out, const char *header, const char *payload,
		  struct rd_span secret)
{
	uint8_t signature[32];
	unsigned len = 0;

	out[0] = '\0';
	token_part(out, TOKEN_SIZE, rd_span_text(header));
	strcat(out, ".");
	token_part(out, TOKEN_SIZE, rd_span_text(payload));
	HMAC(EVP_sha256(), secret.at, (int)secret.len, (uint8_t *)out,
	     strlen(out), signature, &len);
	strcat(out, ".");
	token_part(out, TOKEN_SIZE, rd_span(signature, len));
}

static void token_number(char *to, size_t size, EVP_PKEY *key, const char *name,
			 size_t pad)
{
	BIGNUM *number = NULL;
	uint8_t bytes[2100];
	int len;

	CHECK_EQ(EVP_PKEY_get_bn_param(key, name, &number), 1);
	len = pad ? BN_bn2binpad(number, bytes, (int)pad)
		  : BN_bn2bin(number, bytes);
	CHECK(len > 0);
	BN_free(number);
	token_part(to, size, rd_span(bytes, (size_t)len));
}

/* The public key as a JWK of JWK_SIZE characters; more is put behind its kty:
 * ",\"kid\":\"a\"", say. */
static void __attribute__((unused))
token_jwk(char *out, EVP_PKEY *key, const char *more)
{
	if (EVP_PKEY_is_a(key, "RSA")) {
		snprintf(out, JWK_SIZE, "{\"kty\":\"RSA\"%s,\"n\":\"", more);
		token_number(out, JWK_SIZE, key, OSSL_PKEY_PARAM_RSA_N, 0);
		strcat(out, "\",\"e\":\"");
		token_number(out, JWK_SIZE, key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else {
		bool is_384 = EVP_PKEY_get_bits(key) == 384;
		size_t len = is_384 ? 48 : 32;

		snprintf(out, JWK_SIZE,
			 "{\"kty\":\"EC\"%s,\"crv\":\"%s\",\"x\":\"", more,
			 is_384 ? "P-384" : "P-256");
		token_number(out, JWK_SIZE, key, OSSL_PKEY_PARAM_EC_PUB_X, len);
		strcat(out, "\",\"y\":\"");
		token_number(out, JWK_SIZE, key, OSSL_PKEY_PARAM_EC_PUB_Y, len);
	}
	strcat(out, "\"}");
}
