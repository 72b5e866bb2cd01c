/* secure/jwt_signature.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The only file that knows cjose.  It is given numbers and tokens that have
 * passed our own rules, never a key or a key set as text.
 */
#include "secure/jwt_signature.h"

#include <cjose/cjose.h>
#include <openssl/err.h>

/* The library's key is ours by another name. */
static struct rd_jwt_signature_key *ours(cjose_jwk_t *key)
{
	return (struct rd_jwt_signature_key *)key;
}

static const cjose_jwk_t *theirs(const struct rd_jwt_signature_key *key)
{
	return (const cjose_jwk_t *)key;
}

/* cjose leaves its troubles in OpenSSL's queue, where the next user of the
 * thread would take them for its own.  It says "out of memory" of a point off
 * its curve too, so its error is not asked for. */
static enum rd_err give(struct rd_jwt_signature_key **out, cjose_jwk_t *key)
{
	ERR_clear_error();
	*out = ours(key);
	return key ? RD_OK : RD_E_FORMAT;
}

/* The library does not promise that it leaves these bytes alone. */
static uint8_t *copy_of(struct rd_span bytes)
{
	uint8_t *copy = rd_alloc(bytes.len);

	if (copy)
		memcpy(copy, bytes.at, bytes.len);
	return copy;
}

enum rd_err rd_jwt_key_rsa(struct rd_jwt_signature_key **out,
			   struct rd_span modulus, struct rd_span exponent)
{
	cjose_jwk_rsa_keyspec spec = { 0 };
	enum rd_err result = RD_E_NOMEM;
	cjose_err err = { 0 };

	*out = NULL;
	spec.n = copy_of(modulus);
	spec.nlen = modulus.len;
	spec.e = copy_of(exponent);
	spec.elen = exponent.len;
	if (spec.n && spec.e)
		result = give(out, cjose_jwk_create_RSA_spec(&spec, &err));
	rd_free(spec.n);
	rd_free(spec.e);
	return result;
}

enum rd_err rd_jwt_key_ec(struct rd_jwt_signature_key **out,
			  enum rd_jwt_curve curve, struct rd_span x,
			  struct rd_span y)
{
	cjose_jwk_ec_keyspec spec = { 0 };
	enum rd_err result = RD_E_NOMEM;
	cjose_err err = { 0 };

	*out = NULL;
	spec.crv =
		curve == RD_JWT_P256 ? CJOSE_JWK_EC_P_256 : CJOSE_JWK_EC_P_384;
	spec.x = copy_of(x);
	spec.xlen = x.len;
	spec.y = copy_of(y);
	spec.ylen = y.len;
	if (spec.x && spec.y)
		result = give(out, cjose_jwk_create_EC_spec(&spec, &err));
	rd_free(spec.x);
	rd_free(spec.y);
	return result;
}

enum rd_err rd_jwt_key_secret(struct rd_jwt_signature_key **out,
			      struct rd_span secret)
{
	cjose_err err = { 0 };

	*out = NULL;
	return give(out,
		    cjose_jwk_create_oct_spec(secret.at, secret.len, &err));
}

void rd_jwt_key_close(struct rd_jwt_signature_key *key)
{
	if (key)
		cjose_jwk_release((cjose_jwk_t *)key);
}

enum rd_err rd_jwt_signature_check(const struct rd_jwt_signature_key *key,
				   struct rd_span token)
{
	cjose_err err = { 0 };
	cjose_jws_t *jws;
	bool ok;

	jws = cjose_jws_import((const char *)token.at, token.len, &err);
	ok = jws && cjose_jws_verify(jws, theirs(key), &err);
	if (jws)
		cjose_jws_release(jws);
	ERR_clear_error();
	if (ok)
		return RD_OK;
	return err.code == CJOSE_ERR_NO_MEMORY ? RD_E_NOMEM : RD_E_AUTH;
}
