/* secure/jwt_pem.c - a public key out of a PEM file; see jwt.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "secure/jwt_priv.h"

enum {
	NUMBER_BYTES_MAX = 2048,
	POINT_MAX = 1 + 2 * 66
};

/* A file that holds a private key as well is somebody's mistake. */
static bool has_private_key(struct rd_span pem)
{
	return memmem(pem.at, pem.len, "PRIVATE KEY", 11) != NULL;
}

static EVP_PKEY *read_key(struct rd_span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	EVP_PKEY *key = NULL;
	X509 *certificate;

	if (!bio)
		return NULL;
	if (memmem(pem.at, pem.len, "BEGIN CERTIFICATE", 17)) {
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (certificate)
			key = X509_get_pubkey(certificate);
		X509_free(certificate);
	} else {
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	}
	BIO_free(bio);
	return key;
}

static struct rd_span number_of(EVP_PKEY *key, const char *name,
				uint8_t buf[static NUMBER_BYTES_MAX])
{
	BIGNUM *number = NULL;
	int len = 0;

	if (EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
	    BN_num_bytes(number) <= NUMBER_BYTES_MAX)
		len = BN_bn2bin(number, buf);
	BN_free(number);
	return rd_span(buf, len > 0 ? (size_t)len : 0);
}

static enum rd_err add_rsa(struct rd_jwt_keys *keys, EVP_PKEY *key)
{
	uint8_t modulus[NUMBER_BYTES_MAX], exponent[NUMBER_BYTES_MAX];

	return rd_jwt_keys_add_rsa(keys, RD_SPAN_NONE, RD_JWT_ASYMMETRIC,
				   number_of(key, OSSL_PKEY_PARAM_RSA_N,
					     modulus),
				   number_of(key, OSSL_PKEY_PARAM_RSA_E,
					     exponent));
}

static enum rd_err add_ec(struct rd_jwt_keys *keys, EVP_PKEY *key)
{
	uint8_t point[POINT_MAX];
	enum rd_jwt_curve curve = RD_JWT_P256;
	char group[64] = "";
	size_t len = 0, half;

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
					    sizeof(point), &len) != 1)
		return RD_E_RANGE;
	if (!strcmp(group, "secp384r1"))
		curve = RD_JWT_P384;
	else if (strcmp(group, "prime256v1") != 0)
		return RD_E_RANGE;
	half = curve == RD_JWT_P256 ? 32 : 48;
	if (len != 1 + 2 * half || point[0] != 4) /* SEC 1 2.3.3 */
		return RD_E_RANGE;
	return rd_jwt_keys_add_ec(keys, RD_SPAN_NONE, RD_JWT_ASYMMETRIC, curve,
				  rd_span(point + 1, half),
				  rd_span(point + 1 + half, half));
}

enum rd_err rd_jwt_keys_parse_pem(struct rd_jwt_keys **out, struct rd_span pem,
				  struct rd_complaint *complaint)
{
	struct rd_jwt_keys *keys;
	enum rd_err err = RD_E_RANGE;
	EVP_PKEY *key;

	*out = NULL;
	if (pem.len > RD_JWT_KEYS_BYTES_MAX)
		return RD_E_SIZE;
	if (has_private_key(pem)) {
		rd_complain(complaint, "the file holds a private key; it must "
				       "hold the public one only");
		return RD_E_DENIED;
	}
	keys = rd_zalloc(sizeof(*keys));
	if (!keys)
		return RD_E_NOMEM;
	key = read_key(pem);
	if (key && EVP_PKEY_is_a(key, "RSA"))
		err = add_rsa(keys, key);
	else if (key && EVP_PKEY_is_a(key, "EC"))
		err = add_ec(keys, key);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (err) {
		rd_complain(complaint,
			    "no usable key: it must be a public key or a "
			    "certificate in PEM, RSA of 2048 to 8192 bits, "
			    "P-256 or P-384");
		rd_jwt_keys_close(keys);
		return err == RD_E_NOMEM ? err : RD_E_FORMAT;
	}
	*out = keys;
	return RD_OK;
}
