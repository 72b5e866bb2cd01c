/* secure/jwt_keys.c - key sets; see jwt.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>

#include "base/text.h"
#include "secure/jwt_priv.h"

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
	EXPONENT_BYTES_MAX = 4,
	NUMBER_BYTES_MAX = RSA_BITS_MAX / 8 + 1, /* some add a 0 in front */
	RSA_ALGORITHMS = RD_JWT_RS256 | RD_JWT_RS384 | RD_JWT_RS512 |
			 RD_JWT_PS256 | RD_JWT_PS384 | RD_JWT_PS512,
};

/* RFC 7518 6.2.2, 6.3.2, 6.4: members that no public key has. */
static const char *const private_members[] = { "d",  "p",  "q",   "dp",
					       "dq", "qi", "oth", "k" };

bool rd_jwt_depth_is_sane(struct rd_span json)
{
	bool in_string = false, is_escaped = false;
	int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		uint8_t c = json.at[i];

		if (in_string) {
			if (is_escaped)
				is_escaped = false;
			else if (c == '\\')
				is_escaped = true;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > RD_JWT_DEPTH_MAX)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

static struct rd_span without_zeros(struct rd_span number)
{
	while (number.len > 0 && number.at[0] == 0) {
		number.at++;
		number.len--;
	}
	return number;
}

/* Whether n mod p is a power of 65537 mod p. */
static bool is_power_mod(struct rd_span n, unsigned p)
{
	unsigned rest = 0, power = 1;

	for (size_t i = 0; i < n.len; i++)
		rest = (rest * 256 + n.at[i]) % p;
	do {
		if (power == rest)
			return true;
		power = power * 65537 % p;
	} while (power != 1);
	return false;
}

/* CVE-2017-15361: a common chip made primes that anybody can find again.
 * Modulo these small primes such a modulus is always a power of 65537; of
 * other moduli one in 2^27 is. */
static bool is_from_weak_chip(struct rd_span modulus)
{
	static const uint8_t primes[] = { 11,  13,  17,  19,  37, 53,
					  61,  71,  73,  79,  97, 103,
					  107, 109, 127, 151, 157 };

	for (size_t i = 0; i < RD_COUNT(primes); i++)
		if (!is_power_mod(modulus, primes[i]))
			return false;
	return true;
}

/* T16.  A large exponent or modulus makes each check expensive. */
static bool is_sound_rsa(struct rd_span modulus, struct rd_span exponent)
{
	size_t bits = modulus.len * 8;

	if (modulus.len == 0 || exponent.len == 0 ||
	    exponent.len > EXPONENT_BYTES_MAX)
		return false;
	for (uint8_t top = modulus.at[0]; !(top & 0x80); top <<= 1)
		bits--;
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX ||
	    !(modulus.at[modulus.len - 1] & 1) || is_from_weak_chip(modulus))
		return false;
	return (exponent.at[exponent.len - 1] & 1) &&
	       (exponent.len > 1 || exponent.at[0] >= 3);
}

/* Takes key. */
static enum rd_err add(struct rd_jwt_keys *keys,
		       struct rd_jwt_signature_key *key, struct rd_span kid,
		       unsigned algorithms, size_t signature_len)
{
	struct rd_jwt_key *to = &keys->keys[keys->count];
	char *copy = NULL;

	if (kid.len > 0) {
		copy = rd_strndup((const char *)kid.at, kid.len);
		if (!copy) {
			rd_jwt_key_close(key);
			return RD_E_NOMEM;
		}
	}
	*to = (struct rd_jwt_key){ key, algorithms, signature_len,
				   rd_span(copy, kid.len) };
	keys->count++;
	return RD_OK;
}

enum rd_err rd_jwt_keys_add_rsa(struct rd_jwt_keys *keys, struct rd_span kid,
				unsigned algorithms, struct rd_span modulus,
				struct rd_span exponent)
{
	struct rd_jwt_signature_key *key;
	enum rd_err err;

	modulus = without_zeros(modulus);
	exponent = without_zeros(exponent);
	if (keys->count == RD_JWT_KEYS_MAX)
		return RD_E_SIZE;
	if (!is_sound_rsa(modulus, exponent))
		return RD_E_RANGE;
	err = rd_jwt_key_rsa(&key, modulus, exponent);
	if (err)
		return err == RD_E_NOMEM ? err : RD_E_RANGE;
	return add(keys, key, kid, algorithms & RSA_ALGORITHMS, modulus.len);
}

enum rd_err rd_jwt_keys_add_ec(struct rd_jwt_keys *keys, struct rd_span kid,
			       unsigned algorithms, enum rd_jwt_curve curve,
			       struct rd_span x, struct rd_span y)
{
	unsigned fitting = curve == RD_JWT_P256 ? RD_JWT_ES256 : RD_JWT_ES384;
	size_t len = curve == RD_JWT_P256 ? 32 : 48;
	struct rd_jwt_signature_key *key;
	enum rd_err err;

	if (keys->count == RD_JWT_KEYS_MAX)
		return RD_E_SIZE;
	if (x.len != len || y.len != len) /* RFC 7518 6.2.1.2 */
		return RD_E_RANGE;
	err = rd_jwt_key_ec(&key, curve, x, y);
	if (err)
		return err == RD_E_NOMEM ? err : RD_E_RANGE;
	return add(keys, key, kid, algorithms & fitting, 0);
}

static struct rd_span text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return RD_SPAN_NONE;
	return rd_span(json_string_value(value), json_string_length(value));
}

/* A number in base64url; empty if it is none or too long. */
static struct rd_span number_of(const json_t *jwk, const char *name,
				uint8_t buf[static NUMBER_BYTES_MAX])
{
	size_t len;

	if (rd_base64url_decode(text_of(jwk, name), buf, NUMBER_BYTES_MAX,
				&len))
		return RD_SPAN_NONE;
	return rd_span(buf, len);
}

/* RFC 7517 4.2, 4.3: a key for encryption verifies nothing. */
static bool is_for_signatures(const json_t *jwk)
{
	const json_t *use = json_object_get(jwk, "use");
	const json_t *operations = json_object_get(jwk, "key_ops");
	const json_t *operation;
	size_t i;

	if (use && !rd_span_is(text_of(jwk, "use"), "sig"))
		return false;
	if (!operations)
		return true;
	json_array_foreach(operations, i, operation)
	{
		if (json_is_string(operation) &&
		    !strcmp(json_string_value(operation), "verify"))
			return true;
	}
	return false;
}

static enum rd_err add_rsa_jwk(struct rd_jwt_keys *keys, const json_t *jwk,
			       struct rd_span kid, unsigned algorithms)
{
	uint8_t modulus[NUMBER_BYTES_MAX], exponent[NUMBER_BYTES_MAX];

	return rd_jwt_keys_add_rsa(keys, kid, algorithms,
				   number_of(jwk, "n", modulus),
				   number_of(jwk, "e", exponent));
}

static enum rd_err add_ec_jwk(struct rd_jwt_keys *keys, const json_t *jwk,
			      struct rd_span kid, unsigned algorithms)
{
	uint8_t x[NUMBER_BYTES_MAX], y[NUMBER_BYTES_MAX];
	struct rd_span curve = text_of(jwk, "crv");
	enum rd_jwt_curve number = RD_JWT_P256;

	if (rd_span_is(curve, "P-384"))
		number = RD_JWT_P384;
	else if (!rd_span_is(curve, "P-256"))
		return RD_E_RANGE;
	return rd_jwt_keys_add_ec(keys, kid, algorithms, number,
				  number_of(jwk, "x", x),
				  number_of(jwk, "y", y));
}

/* One key; those we have no use for are left out.  What refuses the whole set
 * is decided here too. */
static enum rd_err add_jwk(struct rd_jwt_keys *keys, const json_t *jwk,
			   struct rd_complaint *complaint)
{
	struct rd_span kty = text_of(jwk, "kty"), kid = text_of(jwk, "kid");
	unsigned algorithms = RD_JWT_ASYMMETRIC;
	enum rd_err err = RD_E_RANGE;

	if (!json_is_object(jwk) || kty.len == 0 || kid.len > RD_JWT_KID_MAX ||
	    (json_object_get(jwk, "kid") && kid.len == 0)) {
		rd_complain(complaint, "a key of the set has no proper kty or "
				       "kid");
		return RD_E_FORMAT;
	}
	for (size_t i = 0; i < RD_COUNT(private_members); i++) {
		if (!json_object_get(jwk, private_members[i]))
			continue;
		rd_complain(complaint,
			    "the key set gives away a private or symmetric "
			    "key (member %s); it must hold public keys only",
			    private_members[i]);
		return RD_E_DENIED;
	}
	if (kid.len > 0 && rd_jwt_keys_has(keys, kid)) {
		rd_complain(complaint, "two keys of the set have one key id");
		return RD_E_FORMAT;
	}
	if (!is_for_signatures(jwk))
		return RD_OK;
	if (json_object_get(jwk, "alg"))
		algorithms = rd_jwt_alg_parse(text_of(jwk, "alg"));
	if (rd_span_is(kty, "RSA"))
		err = add_rsa_jwk(keys, jwk, kid, algorithms);
	else if (rd_span_is(kty, "EC"))
		err = add_ec_jwk(keys, jwk, kid, algorithms);
	return err == RD_E_RANGE ? RD_OK : err;
}

static enum rd_err add_document(struct rd_jwt_keys *keys, const json_t *root,
				struct rd_complaint *complaint)
{
	const json_t *list = json_object_get(root, "keys");
	enum rd_err err = RD_OK;

	if (!list && json_object_get(root, "kty")) {
		err = add_jwk(keys, root, complaint);
	} else if (!json_is_array(list)) {
		rd_complain(complaint, "not a key set: it has no list `keys`");
		return RD_E_FORMAT;
	} else if (json_array_size(list) > RD_JWT_KEYS_MAX) {
		rd_complain(complaint,
			    "the key set has %zu keys; at most %d "
			    "are read",
			    json_array_size(list), (int)RD_JWT_KEYS_MAX);
		return RD_E_SIZE;
	}
	for (size_t i = 0; !err && i < json_array_size(list); i++)
		err = add_jwk(keys, json_array_get(list, i), complaint);
	if (!err && keys->count == 0) {
		rd_complain(complaint,
			    "the key set has no key that may verify tokens "
			    "(RSA of 2048 to 8192 bits, P-256, P-384)");
		return RD_E_FORMAT;
	}
	return err;
}

enum rd_err rd_jwt_keys_parse(struct rd_jwt_keys **out, struct rd_span json,
			      struct rd_complaint *complaint)
{
	struct rd_jwt_keys *keys;
	json_error_t where;
	enum rd_err err;
	json_t *root;

	*out = NULL;
	if (json.len > RD_JWT_KEYS_BYTES_MAX) {
		rd_complain(complaint, "the key set is longer than %d bytes",
			    (int)RD_JWT_KEYS_BYTES_MAX);
		return RD_E_SIZE;
	}
	if (!rd_jwt_depth_is_sane(json)) {
		rd_complain(complaint, "the key set nests too deeply");
		return RD_E_FORMAT;
	}
	keys = rd_zalloc(sizeof(*keys));
	if (!keys)
		return RD_E_NOMEM;
	root = json_loadb((const char *)json.at, json.len,
			  JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		rd_complain(complaint, "the key set is not JSON: line %d: %s",
			    where.line, where.text);
		err = json_error_code(&where) == json_error_out_of_memory
			      ? RD_E_NOMEM
			      : RD_E_FORMAT;
	} else {
		err = add_document(keys, root, complaint);
	}
	json_decref(root);
	if (err) {
		rd_jwt_keys_close(keys);
		return err;
	}
	*out = keys;
	return RD_OK;
}

enum rd_err rd_jwt_keys_secret(struct rd_jwt_keys **out, struct rd_span secret)
{
	struct rd_jwt_signature_key *key;
	struct rd_jwt_keys *keys;
	enum rd_err err;

	*out = NULL;
	if (secret.len < RD_JWT_SECRET_MIN) /* RFC 7518 3.2 */
		return RD_E_SIZE;
	keys = rd_zalloc(sizeof(*keys));
	if (!keys)
		return RD_E_NOMEM;
	err = rd_jwt_key_secret(&key, secret);
	if (!err)
		err = add(keys, key, RD_SPAN_NONE, RD_JWT_HS256, 0);
	if (err) {
		rd_jwt_keys_close(keys);
		return err;
	}
	*out = keys;
	return RD_OK;
}

void rd_jwt_keys_close(struct rd_jwt_keys *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		rd_jwt_key_close(keys->keys[i].key);
		rd_free((void *)(uintptr_t)keys->keys[i].kid.at);
	}
	rd_free(keys);
}

size_t rd_jwt_keys_count(const struct rd_jwt_keys *keys)
{
	return keys->count;
}

bool rd_jwt_keys_has(const struct rd_jwt_keys *keys, struct rd_span kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->keys[i].kid.len > 0 &&
		    rd_span_equal(keys->keys[i].kid, kid))
			return true;
	return false;
}
