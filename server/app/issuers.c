/* app/issuers.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/issuers.h"

#include <errno.h>
#include <stdio.h>

enum {
	KEYS_BYTES = 64 * 1024 /* threats-and-faults section 2 */
};

/* What the issuers' structs point to while identity copies it. */
struct lent {
	struct rd_attribute_claim attributes[RD_IDENTITY_ISSUERS]
					    [RD_ATTRIBUTES];
	char *keys[RD_IDENTITY_ISSUERS];
	struct rd_issuer_cfg issuers[RD_IDENTITY_ISSUERS];
};

static enum rd_err read_keys(const char *path, char **text, size_t *len,
			     struct rd_complaint *why)
{
	FILE *f = fopen(path, "rb");

	if (!f) {
		rd_complain(why, "%s: %s", path, strerror(errno));
		return RD_E_NOTFOUND;
	}
	*text = rd_alloc(KEYS_BYTES + 1);
	*len = *text ? fread(*text, 1, KEYS_BYTES + 1, f) : 0;
	fclose(f);
	if (!*text)
		return RD_E_NOMEM;
	if (*len <= KEYS_BYTES)
		return RD_OK;
	rd_complain(why, "%s: longer than 64 KiB", path);
	return RD_E_SIZE;
}

static enum rd_err fill(struct lent *l, unsigned i,
			const struct rd_config_issuer *from,
			struct rd_complaint *why)
{
	struct rd_issuer_cfg *to = &l->issuers[i];
	size_t len = 0;
	enum rd_err err = RD_OK;

	*to = (struct rd_issuer_cfg){
		.name = from->name,
		.issuer = from->issuer,
		.discovery_url = from->discovery,
		.keys_url = from->keys_url,
		.audiences = (const char *const *)from->audience.at,
		.audience_count = from->audience.count,
		.kind = (enum rd_token_kind)from->token,
		.scopes = (const char *const *)from->scopes.at,
		.scope_count = from->scopes.count,
		.subject = from->subject,
		.attributes = l->attributes[i],
	};
	if (from->secret)
		to->secret = rd_span_text(from->secret);
	if (from->attributes.count > RD_ATTRIBUTES) {
		rd_complain(why,
			    "issuer \"%s\" has %u attributes; at most %d "
			    "are possible",
			    from->name, from->attributes.count, RD_ATTRIBUTES);
		return RD_E_SIZE;
	}
	for (unsigned a = 0; a < from->attributes.count; a++)
		l->attributes[i][to->attribute_count++] =
			(struct rd_attribute_claim){
				from->attributes.names[a],
				from->attributes.values[a]
			};
	if (from->keys_file)
		err = read_keys(from->keys_file, &l->keys[i], &len, why);
	to->keys = rd_span(l->keys[i], len);
	return err;
}

enum rd_err rd_app_open_identity(struct rd_identity **out,
				 const struct rd_config *config,
				 struct rd_loop *loop,
				 struct rd_http_client *client,
				 struct rd_complaint *why)
{
	unsigned count = config->issuers.count;
	struct lent *l;
	enum rd_err err = RD_OK;

	*out = NULL;
	if (count > RD_IDENTITY_ISSUERS) {
		rd_complain(why,
			    "there are %u issuers; at most %d are "
			    "possible",
			    count, RD_IDENTITY_ISSUERS);
		return RD_E_SIZE;
	}
	l = rd_zalloc(sizeof(*l));
	if (!l)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < count && !err; i++)
		err = fill(l, i, rd_config_issuer(config, i), why);
	if (!err)
		err = rd_identity_open(out, loop, client, l->issuers, count,
				       why);
	for (unsigned i = 0; i < count; i++)
		rd_free(l->keys[i]);
	rd_free(l);
	return err;
}
