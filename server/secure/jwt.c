/* secure/jwt.c - tokens; see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/jwt.h"

#include <jansson.h>

#include "base/text.h"
#include "secure/jwt_priv.h"

#define NUMBER_LIMIT (INT64_C(1) << 53) /* RFC 8259 6 */
#define YEAR_10000_S INT64_C(253402300800)

static const struct algorithm {
	const char *name;
	enum rd_jwt_alg alg;
	size_t signature_len; /* 0: that of the modulus */
} algorithms_known[] = {
	{ "RS256", RD_JWT_RS256, 0 },  { "RS384", RD_JWT_RS384, 0 },
	{ "RS512", RD_JWT_RS512, 0 },  { "PS256", RD_JWT_PS256, 0 },
	{ "PS384", RD_JWT_PS384, 0 },  { "PS512", RD_JWT_PS512, 0 },
	{ "ES256", RD_JWT_ES256, 64 }, { "ES384", RD_JWT_ES384, 96 },
	{ "HS256", RD_JWT_HS256, 32 },
};

/* RFC 7515 4.1.  Not among them: crit (we know no extension), jku, jwk, x5u,
 * x5c (keys come from the issuer's set and nowhere else), b64 and zip. */
static const char *const header_members[] = { "alg", "typ", "kid",
					      "cty", "x5t", "x5t#S256" };

struct rd_jwt {
	json_t *header;
	json_t *payload;
};

struct parts {
	struct rd_span header;
	struct rd_span payload;
	struct rd_span signature;
};

static const struct algorithm *find_algorithm(struct rd_span name)
{
	for (size_t i = 0; i < RD_COUNT(algorithms_known); i++)
		if (rd_span_is(name, algorithms_known[i].name))
			return &algorithms_known[i];
	return NULL;
}

unsigned rd_jwt_alg_parse(struct rd_span name)
{
	const struct algorithm *a = find_algorithm(name);

	return a ? a->alg : 0;
}

/* Up to the next dot; false if there is none. */
static bool cut(struct rd_span *rest, struct rd_span *part)
{
	const uint8_t *dot =
		rest->len ? memchr(rest->at, '.', rest->len) : NULL;

	if (!dot)
		return false;
	*part = rd_span(rest->at, (size_t)(dot - rest->at));
	*rest = rd_span(dot + 1, rest->len - part->len - 1);
	return true;
}

/* RFC 7515 3.1: three parts, none of them empty. */
static enum rd_err split(struct rd_span token, struct parts *out)
{
	struct rd_span rest = token;

	if (token.len > RD_JWT_BYTES_MAX)
		return RD_E_SIZE;
	if (!cut(&rest, &out->header) || !cut(&rest, &out->payload) ||
	    out->header.len == 0 || out->payload.len == 0 || rest.len == 0)
		return RD_E_FORMAT;
	out->signature = rest; /* another dot in it is no base64url */
	return RD_OK;
}

static enum rd_err decode_object(struct rd_span part, json_t **out)
{
	uint8_t bytes[RD_JWT_BYTES_MAX];
	json_error_t where;
	size_t len;

	*out = NULL;
	if (rd_base64url_decode(part, bytes, sizeof(bytes), &len) ||
	    !rd_jwt_depth_is_sane(rd_span(bytes, len)))
		return RD_E_FORMAT;
	*out = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES,
			  &where);
	if (*out && json_is_object(*out))
		return RD_OK;
	if (!*out && json_error_code(&where) == json_error_out_of_memory)
		return RD_E_NOMEM;
	json_decref(*out);
	*out = NULL;
	return RD_E_FORMAT;
}

static struct rd_span text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return RD_SPAN_NONE;
	return rd_span(json_string_value(value), json_string_length(value));
}

static bool is_allowed_member(const char *name)
{
	for (size_t i = 0; i < RD_COUNT(header_members); i++)
		if (!strcmp(name, header_members[i]))
			return true;
	return false;
}

/* T12: the header may name its algorithm and key, as texts, and no more. */
static enum rd_err check_header(const json_t *header)
{
	const char *name;
	json_t *value;

	/* jansson's iterators take no const object; this one is not changed. */
	json_object_foreach((json_t *)(uintptr_t)header, name, value)
	{
		if (!is_allowed_member(name) || !json_is_string(value))
			return RD_E_FORMAT;
	}
	if (text_of(header, "alg").len == 0 ||
	    text_of(header, "kid").len > RD_JWT_KID_MAX)
		return RD_E_FORMAT;
	return RD_OK;
}

/* T12: the key id is compared as bytes with those of the set.  Without one,
 * or where the only key has none, there must be no choice. */
static enum rd_err choose_key(const struct rd_jwt_keys *keys,
			      const json_t *header, unsigned alg,
			      const struct rd_jwt_key **out)
{
	const json_t *named = json_object_get(header, "kid");
	struct rd_span kid = text_of(header, "kid");
	const struct rd_jwt_key *only = NULL;
	size_t fitting = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const struct rd_jwt_key *key = &keys->keys[i];

		if (named && key->kid.len > 0) {
			if (!rd_span_equal(key->kid, kid))
				continue;
			*out = key;
			return key->algorithms & alg ? RD_OK : RD_E_DENIED;
		}
		if (!(key->algorithms & alg))
			continue;
		only = key;
		fitting++;
	}
	*out = only;
	if (fitting == 1)
		return RD_OK;
	return named ? RD_E_NOTFOUND : RD_E_DENIED;
}

static enum rd_err check_signature(const struct rd_jwt_key *key,
				   const struct algorithm *algorithm,
				   const struct parts *parts,
				   struct rd_span token)
{
	size_t want = algorithm->signature_len ? algorithm->signature_len
					       : key->signature_len;
	uint8_t bytes[RD_JWT_BYTES_MAX];
	size_t len;

	/* Strictly decoded and of its one length: T15.  The payload too, though
	 * its bytes are not needed yet: cjose 0.6.2 ends the process by an
	 * assert on some that are no base64url. */
	if (rd_base64url_decode(parts->payload, bytes, sizeof(bytes), &len) ||
	    rd_base64url_decode(parts->signature, bytes, sizeof(bytes), &len))
		return RD_E_FORMAT;
	if (len != want)
		return RD_E_AUTH;
	return rd_jwt_signature_check(key->key, token);
}

enum rd_err rd_jwt_check(const struct rd_jwt_keys *keys, unsigned algorithms,
			 struct rd_span token, json_t **header,
			 struct rd_span *payload)
{
	const struct algorithm *algorithm;
	const struct rd_jwt_key *key;
	struct parts parts;
	enum rd_err err;

	*header = NULL;
	err = split(token, &parts);
	if (!err)
		err = decode_object(parts.header, header);
	if (!err)
		err = check_header(*header);
	if (err)
		return err;
	*payload = parts.payload;
	algorithm = find_algorithm(text_of(*header, "alg"));
	if (!algorithm || !(algorithm->alg & algorithms))
		return RD_E_DENIED;
	err = choose_key(keys, *header, algorithm->alg, &key);
	if (err)
		return err;
	return check_signature(key, algorithm, &parts, token);
}

enum rd_err rd_jwt_verify(struct rd_jwt **out, const struct rd_jwt_keys *keys,
			  unsigned algorithms, struct rd_span token)
{
	struct rd_span payload;
	struct rd_jwt *jwt;
	enum rd_err err;

	*out = NULL;
	jwt = rd_zalloc(sizeof(*jwt));
	if (!jwt)
		return RD_E_NOMEM;
	err = rd_jwt_check(keys, algorithms, token, &jwt->header, &payload);
	if (!err)
		err = decode_object(payload, &jwt->payload);
	if (err) {
		rd_jwt_close(jwt);
		return err;
	}
	*out = jwt;
	return RD_OK;
}

void rd_jwt_close(struct rd_jwt *jwt)
{
	if (!jwt)
		return;
	json_decref(jwt->header);
	json_decref(jwt->payload);
	rd_free(jwt);
}

enum rd_err rd_jwt_peek_issuer(struct rd_span token, char *buf, size_t size)
{
	struct rd_span issuer;
	struct parts parts;
	json_t *payload;
	enum rd_err err;

	err = split(token, &parts);
	if (!err)
		err = decode_object(parts.payload, &payload);
	if (err)
		return err;
	issuer = text_of(payload, "iss");
	if (issuer.len == 0) {
		err = RD_E_NOTFOUND;
	} else if (issuer.len >= size) {
		err = RD_E_SIZE;
	} else {
		memcpy(buf, issuer.at, issuer.len);
		buf[issuer.len] = '\0';
	}
	json_decref(payload);
	return err;
}

/* A text if present. */
static bool read_text(const json_t *object, const char *name,
		      struct rd_span *out)
{
	const json_t *value = json_object_get(object, name);

	*out = text_of(object, name);
	return !value || json_is_string(value);
}

/* RFC 7519 2, NumericDate: seconds, a fraction allowed; 0 stays "absent" to
 * the reader, which no real token means. */
static bool read_time(const json_t *object, const char *name, uint64_t *out)
{
	const json_t *value = json_object_get(object, name);
	double real = json_number_value(value);

	*out = 0;
	if (!value)
		return true;
	if (!json_is_number(value) || !(real >= 1) ||
	    !(real < (double)YEAR_10000_S))
		return false;
	*out = json_is_integer(value) ? (uint64_t)json_integer_value(value)
				      : (uint64_t)real;
	return true;
}

enum rd_err rd_jwt_claims(const struct rd_jwt *jwt, struct rd_jwt_claims *out)
{
	const json_t *p = jwt->payload;

	*out = (struct rd_jwt_claims){ 0 };
	out->type = text_of(jwt->header, "typ");
	out->has_nonce = json_object_get(p, "nonce") != NULL;
	if (read_text(p, "iss", &out->issuer) &&
	    read_text(p, "sub", &out->subject) &&
	    read_text(p, "azp", &out->party) &&
	    read_text(p, "client_id", &out->client_id) &&
	    read_text(p, "token_use", &out->token_use) &&
	    read_text(p, "scope", &out->scope) &&
	    read_time(p, "exp", &out->expires_s) &&
	    read_time(p, "nbf", &out->not_before_s) &&
	    read_time(p, "iat", &out->issued_s))
		return RD_OK;
	return RD_E_FORMAT;
}

size_t rd_jwt_audience_count(const struct rd_jwt *jwt)
{
	const json_t *audience = json_object_get(jwt->payload, "aud");
	const json_t *one;
	size_t i;

	if (!audience)
		return 0;
	if (json_is_string(audience))
		return 1;
	json_array_foreach(audience, i, one)
	{
		if (!json_is_string(one))
			return RD_JWT_BAD_AUDIENCE;
	}
	i = json_array_size(audience); /* 0 for what is no list */
	return i ? i : RD_JWT_BAD_AUDIENCE;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

bool rd_jwt_has_audience(const struct rd_jwt *jwt, const char *text)
{
	return rd_jwt_claim_has(jwt, "aud", text);
}

bool rd_jwt_claim_has(const struct rd_jwt *jwt, const char *name,
		      const char *text)
{
	const json_t *value = json_object_get(jwt->payload, name);
	const json_t *one;
	size_t i;

	if (is_text(value, text))
		return true;
	json_array_foreach(value, i, one)
	{
		if (is_text(one, text))
			return true;
	}
	return false;
}

enum rd_jwt_kind rd_jwt_claim(const struct rd_jwt *jwt, const char *name,
			      struct rd_span *text, int64_t *number)
{
	const json_t *value = json_object_get(jwt->payload, name);

	*text = RD_SPAN_NONE;
	*number = 0;
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		*text = text_of(jwt->payload, name);
		return RD_JWT_TEXT;
	case JSON_INTEGER:
		*number = json_integer_value(value);
		return *number <= NUMBER_LIMIT && *number >= -NUMBER_LIMIT
			       ? RD_JWT_NUMBER
			       : RD_JWT_OTHER;
	case JSON_TRUE:
	case JSON_FALSE:
		*number = json_is_true(value);
		return RD_JWT_BOOLEAN;
	default:
		return value ? RD_JWT_OTHER : RD_JWT_ABSENT;
	}
}
