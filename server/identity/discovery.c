/* identity/discovery.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "identity/discovery.h"

#include <jansson.h>

#include "http/url.h"
#include "identity/keyring.h"

static struct rd_span text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return RD_SPAN_NONE;
	return rd_span(json_string_value(value), json_string_length(value));
}

static bool is_same_host(const char *a, const char *b)
{
	struct rd_url one, other;

	return rd_url_parse(&one, rd_span_text(a)) == RD_OK &&
	       rd_url_parse(&other, rd_span_text(b)) == RD_OK &&
	       !strcmp(one.host, other.host) &&
	       (one.is_secure || !other.is_secure);
}

static enum rd_err read_document(const json_t *root, const char *issuer,
				 const char *discovery_url, char *keys_url,
				 size_t size, struct rd_complaint *complaint)
{
	struct rd_span url = text_of(root, "jwks_uri");

	if (!rd_span_is(text_of(root, "issuer"), issuer)) {
		rd_complain(complaint,
			    "the discovery document is of another issuer; its "
			    "`issuer` must be exactly the configured one");
		return RD_E_DENIED;
	}
	if (url.len == 0 || url.len >= size) {
		rd_complain(complaint,
			    "the discovery document has no proper `jwks_uri`");
		return RD_E_FORMAT;
	}
	memcpy(keys_url, url.at, url.len);
	keys_url[url.len] = '\0';
	if (rd_keyring_check_url(keys_url) ||
	    !is_same_host(keys_url, discovery_url)) {
		rd_complain(complaint,
			    "the key set is not on the host of the discovery "
			    "document, or not https; configure its address as "
			    "keys_url if that is right");
		return RD_E_DENIED;
	}
	return RD_OK;
}

enum rd_err rd_discovery_read(struct rd_span json, const char *issuer,
			      const char *discovery_url, char *keys_url,
			      size_t size, struct rd_complaint *complaint)
{
	json_error_t where;
	enum rd_err err;
	json_t *root;

	root = json_loadb((const char *)json.at, json.len,
			  JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		rd_complain(complaint,
			    "the discovery document is not JSON: line %d: %s",
			    where.line, where.text);
		return RD_E_FORMAT;
	}
	err = read_document(root, issuer, discovery_url, keys_url, size,
			    complaint);
	json_decref(root);
	return err;
}
