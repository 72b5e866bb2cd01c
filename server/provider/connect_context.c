/* provider/connect_context.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/connect_context.h"

#include <stdio.h>

#include "base/text.h"

struct making {
	struct rd_connect_context *out;
	const struct rd_connect_mapping *mapping;
	const struct rd_attribute *attributes;
	unsigned count;
	size_t bytes; /* names and values so far */
};

bool rd_connect_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < RD_CONNECT_NAME_TEXT &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789-_")] ==
		       '\0';
}

/* Three parts, the first of which is the JSON object of a JOSE header
 * (RFC 7515 3.1): nobody's name or number begins so. */
static bool is_token(const char *value)
{
	const char *dot = strchr(value, '.');

	return !strncmp(value, "eyJ", 3) && dot && strchr(dot + 1, '.');
}

/* RD_E_SIZE: no room; RD_E_DENIED, RD_E_FORMAT. */
static enum rd_err add(struct making *m, const char *name, const char *value)
{
	struct rd_connect_context *out = m->out;
	size_t bytes = strlen(name) + strlen(value);

	if (!rd_connect_name_is_valid(name) ||
	    !rd_utf8_is_valid(rd_span_text(value)))
		return RD_E_FORMAT;
	if (is_token(value))
		return RD_E_DENIED;
	if (out->attribute_count == RD_CONNECT_PAIRS ||
	    m->bytes + bytes > RD_CONNECT_ATTRIBUTES_BYTES)
		return RD_E_SIZE;
	m->bytes += bytes;
	out->attributes[out->attribute_count++] =
		(struct rd_aws_pair){ name, value };
	return RD_OK;
}

static const struct rd_attribute *find(const struct making *m, const char *name,
				       bool is_verified)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->attributes[i].is_verified == is_verified &&
		    !strcmp(m->attributes[i].name, name))
			return &m->attributes[i];
	return NULL;
}

static enum rd_err add_verified(struct making *m, const char **which)
{
	const struct rd_connect_mapping *map = m->mapping;
	enum rd_err err = RD_OK;

	for (unsigned i = 0; !err && i < map->attribute_count; i++) {
		const struct rd_attribute *a =
			find(m, map->attributes[i].value, true);

		*which = map->attributes[i].value;
		if (a)
			err = add(m, map->attributes[i].name, a->value);
	}
	for (unsigned i = 0; !err && !map->attributes && i < m->count; i++) {
		*which = m->attributes[i].name;
		if (!m->attributes[i].is_verified)
			continue;
		/* Else a claim could be taken for a hint. */
		if (!strncmp(m->attributes[i].name, map->hint_prefix,
			     strlen(map->hint_prefix)))
			err = RD_E_FORMAT;
		else
			err = add(m, m->attributes[i].name,
				  m->attributes[i].value);
	}
	return err;
}

/* NULL: it would be too long. */
static const char *prefixed(struct making *m, const char *name)
{
	char *text = m->out->names[m->out->name_count];
	int len = snprintf(text, RD_CONNECT_NAME_TEXT, "%s%s",
			   m->mapping->hint_prefix, name);

	if (len < 0 || len >= RD_CONNECT_NAME_TEXT ||
	    m->out->name_count + 1 == RD_COUNT(m->out->names))
		return NULL;
	m->out->name_count++;
	return text;
}

static void add_hints(struct making *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		const char *name;

		if (m->attributes[i].is_verified)
			continue;
		name = prefixed(m, m->attributes[i].name);
		if (!name || add(m, name, m->attributes[i].value) != RD_OK)
			m->out->left_out++;
	}
}

static const char *type_of(const char *value)
{
	bool is_url =
		!strncmp(value, "https://", 8) || !strncmp(value, "http://", 7);

	return is_url ? "URL" : "STRING";
}

static void add_references(struct making *m)
{
	struct rd_connect_context *out = m->out;

	for (unsigned i = 0; i < m->mapping->reference_count; i++) {
		const struct rd_aws_pair *map = &m->mapping->references[i];
		const struct rd_attribute *a = find(m, map->value, true);
		const char *name = map->name;

		if (!a) {
			a = find(m, map->value, false);
			name = a ? prefixed(m, map->name) : NULL;
		}
		if (!a || !name || is_token(a->value) ||
		    !rd_utf8_is_valid(rd_span_text(a->value)) ||
		    out->reference_count == RD_CONNECT_REFERENCES)
			continue;
		out->references[out->reference_count++] =
			(struct rd_aws_reference){ name, type_of(a->value),
						   a->value };
	}
}

enum rd_err rd_connect_context_make(struct rd_connect_context *out,
				    const struct rd_connect_mapping *mapping,
				    const struct rd_attribute *attributes,
				    unsigned count, const char **which)
{
	struct making m = { .out = out,
			    .mapping = mapping,
			    .attributes = attributes,
			    .count = count };
	const char *name = "";
	const struct rd_attribute *related;
	enum rd_err err;

	out->attribute_count = out->reference_count = 0;
	out->left_out = out->name_count = 0;
	out->related = NULL;
	err = add_verified(&m, &name);
	if (which)
		*which = name;
	if (err)
		return err;
	add_hints(&m);
	add_references(&m);
	related = mapping->related ? find(&m, mapping->related, true) : NULL;
	out->related = related && related->value[0] ? related->value : NULL;
	return RD_OK;
}
