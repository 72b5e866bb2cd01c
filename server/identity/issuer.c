/* identity/issuer.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "identity/issuer.h"

#include <ctype.h>

enum {
	NAME_MAX_BYTES = 63,
	ATTRIBUTE_MAX_BYTES = 39
};

/* ---- checks ---- */

static enum rd_err check_source(const struct rd_issuer_cfg *cfg,
				struct rd_complaint *complaint)
{
	int sources = !!cfg->discovery_url + !!cfg->keys_url + !!cfg->keys.len +
		      !!cfg->secret.len;
	const char *url =
		cfg->discovery_url ? cfg->discovery_url : cfg->keys_url;
	enum rd_err err;

	if (sources != 1) {
		rd_complain(
			complaint,
			"issuer %s: it has %d sources of keys; it must have "
			"exactly one of a discovery URL, a key set URL, "
			"static keys and a secret",
			cfg->name, sources);
		return RD_E_FORMAT;
	}
	err = url ? rd_keyring_check_url(url) : RD_OK;
	if (err)
		rd_complain(complaint,
			    "issuer %s: the URL of its keys must be https, or "
			    "http to this machine itself",
			    cfg->name);
	return err;
}

static bool is_attribute_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
		    name[i] != '-')
			return false;
	return len >= 1 && len <= ATTRIBUTE_MAX_BYTES;
}

static enum rd_err check_attributes(const struct rd_issuer_cfg *cfg,
				    struct rd_complaint *complaint)
{
	if (cfg->attribute_count > RD_ATTRIBUTES) {
		rd_complain(complaint, "issuer %s: at most %d attributes",
			    cfg->name, (int)RD_ATTRIBUTES);
		return RD_E_SIZE;
	}
	for (size_t i = 0; i < cfg->attribute_count; i++) {
		if (is_attribute_name(cfg->attributes[i].attribute))
			continue;
		rd_complain(complaint,
			    "issuer %s: attribute names are 1 to %d of A-Z "
			    "a-z 0-9 _ -",
			    cfg->name, (int)ATTRIBUTE_MAX_BYTES);
		return RD_E_FORMAT;
	}
	return RD_OK;
}

static enum rd_err check(const struct rd_issuer_cfg *cfg,
			 struct rd_complaint *complaint)
{
	enum rd_err err;

	if (!cfg->name[0] || strlen(cfg->name) > NAME_MAX_BYTES) {
		rd_complain(complaint, "an issuer's name has 1 to %d bytes",
			    (int)NAME_MAX_BYTES);
		return RD_E_SIZE;
	}
	if (!cfg->issuer[0] || cfg->audience_count == 0) {
		rd_complain(complaint,
			    "issuer %s: it must have the `iss` of its tokens "
			    "and at least one audience",
			    cfg->name);
		return RD_E_FORMAT;
	}
	err = check_source(cfg, complaint);
	if (err)
		return err;
	/* T11: who has no secret can never verify HS256. */
	if (cfg->algorithms &
	    ~(unsigned)(cfg->secret.len ? RD_JWT_HS256 : RD_JWT_ASYMMETRIC)) {
		rd_complain(complaint,
			    "issuer %s: an algorithm that does not fit its "
			    "keys: HS256 goes with a secret, the others with "
			    "public keys",
			    cfg->name);
		return RD_E_FORMAT;
	}
	return check_attributes(cfg, complaint);
}

/* ---- copies ---- */

static bool copy_text(const char **field)
{
	if (*field)
		*field = rd_strdup(*field);
	return *field;
}

static void free_text(const char *text)
{
	rd_free((void *)(uintptr_t)text);
}

static bool copy_texts(const char *const **field, size_t count)
{
	const char **copy = rd_zalloc(count * sizeof(*copy));
	const char *const *from = *field;
	bool ok = copy;

	*field = copy;
	for (size_t i = 0; ok && i < count; i++) {
		copy[i] = from[i];
		ok = copy_text(&copy[i]);
	}
	return ok;
}

static void free_texts(const char *const *texts, size_t count)
{
	for (size_t i = 0; texts && i < count; i++)
		free_text(texts[i]);
	rd_free((void *)(uintptr_t)texts);
}

static bool copy_attributes(const struct rd_attribute_claim **field,
			    size_t count)
{
	struct rd_attribute_claim *copy = rd_zalloc(count * sizeof(*copy));
	const struct rd_attribute_claim *from = *field;
	bool ok = copy;

	*field = copy;
	for (size_t i = 0; ok && i < count; i++) {
		copy[i].attribute = from[i].attribute;
		ok = copy_text(&copy[i].attribute);
		if (!ok)
			break;
		copy[i].claim = from[i].claim;
		ok = copy_text(&copy[i].claim);
	}
	return ok;
}

/* After a failure what was not copied yet is NULL, and close can free all. */
static bool copy_all(struct rd_issuer_cfg *to, const struct rd_issuer_cfg *from)
{
	to->algorithms = from->algorithms;
	if (!to->algorithms)
		to->algorithms = from->secret.len ? (unsigned)RD_JWT_HS256
						  : (unsigned)RD_JWT_ASYMMETRIC;
	to->kind = from->kind;
	to->audience_count = from->audience_count;
	to->scope_count = from->scope_count;
	to->attribute_count = from->attribute_count;
	to->name = from->name;
	if (!copy_text(&to->name))
		return false;
	to->issuer = from->issuer;
	if (!copy_text(&to->issuer))
		return false;
	to->subject = from->subject ? from->subject : "sub";
	if (!copy_text(&to->subject))
		return false;
	to->discovery_url = from->discovery_url;
	if (from->discovery_url && !copy_text(&to->discovery_url))
		return false;
	to->keys_url = from->keys_url;
	if (from->keys_url && !copy_text(&to->keys_url))
		return false;
	to->audiences = from->audiences;
	if (!copy_texts(&to->audiences, to->audience_count))
		return false;
	to->scopes = from->scopes;
	if (!copy_texts(&to->scopes, to->scope_count))
		return false;
	to->attributes = from->attributes;
	return copy_attributes(&to->attributes, to->attribute_count);
}

/* Keys that the configuration holds itself. */
static enum rd_err read_keys(struct rd_issuer *issuer,
			     const struct rd_issuer_cfg *cfg,
			     struct rd_complaint *complaint)
{
	struct rd_complaint why = { "" };
	enum rd_err err = RD_OK;

	if (cfg->secret.len) {
		err = rd_jwt_keys_secret(&issuer->keys, cfg->secret);
		if (err == RD_E_SIZE)
			rd_complain(&why,
				    "the secret must have %d bytes or "
				    "more",
				    (int)RD_JWT_SECRET_MIN);
	} else if (cfg->keys.len) {
		bool is_pem = memmem(cfg->keys.at, cfg->keys.len, "-----BEGIN",
				     10) != NULL;

		err = is_pem ? rd_jwt_keys_parse_pem(&issuer->keys, cfg->keys,
						     &why)
			     : rd_jwt_keys_parse(&issuer->keys, cfg->keys,
						 &why);
	}
	if (err)
		rd_complain(complaint, "issuer %s: %s", cfg->name, why.text);
	return err;
}

enum rd_err rd_issuer_open(struct rd_issuer **out,
			   const struct rd_issuer_cfg *cfg,
			   struct rd_complaint *complaint)
{
	enum rd_err err = check(cfg, complaint);
	struct rd_issuer *issuer;

	*out = NULL;
	if (err)
		return err;
	issuer = rd_zalloc(sizeof(*issuer));
	if (!issuer)
		return RD_E_NOMEM;
	err = copy_all(&issuer->cfg, cfg) ? read_keys(issuer, cfg, complaint)
					  : RD_E_NOMEM;
	if (err) {
		rd_issuer_close(issuer);
		return err;
	}
	*out = issuer;
	return RD_OK;
}

void rd_issuer_close(struct rd_issuer *issuer)
{
	struct rd_issuer_cfg *cfg;

	if (!issuer)
		return;
	cfg = &issuer->cfg;
	rd_keyring_close(issuer->ring);
	rd_jwt_keys_close(issuer->keys);
	for (size_t i = 0; cfg->attributes && i < cfg->attribute_count; i++) {
		free_text(cfg->attributes[i].attribute);
		free_text(cfg->attributes[i].claim);
	}
	rd_free((void *)(uintptr_t)cfg->attributes);
	free_texts(cfg->audiences, cfg->audience_count);
	free_texts(cfg->scopes, cfg->scope_count);
	free_text(cfg->name);
	free_text(cfg->issuer);
	free_text(cfg->subject);
	free_text(cfg->discovery_url);
	free_text(cfg->keys_url);
	rd_free(issuer);
}
