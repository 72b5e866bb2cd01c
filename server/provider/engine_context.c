/* provider/engine_context.c - who calls, told to a party of a trunk: headers
 * from verified attributes alone (T36, T61), never from what the page says.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "provider/engine_priv.h"

enum {
	/* RFC 7433 4: gateways take 128 bytes and less; these still leave room
	 * for their hex and its parameter in one header of ours. */
	UUI_BYTES = 121,
};

static const char *find_attribute(const struct rd_session *s, const char *name)
{
	for (unsigned i = 0; i < s->attribute_count; i++)
		if (s->attributes[i].is_verified &&
		    !strcmp(s->attributes[i].name, name))
			return s->attributes[i].value;
	return NULL;
}

/* name=value pairs in hex (RFC 7433 4), as much as fits. */
static unsigned make_uui(const struct rd_session *s,
			 struct rd_trunk_header *out)
{
	char plain[UUI_BYTES + 1], hex[2 * UUI_BYTES + 1];
	size_t n = 0;

	for (unsigned i = 0; i < s->to->header_count; i++) {
		const char *name = s->to->headers[i].attribute;
		const char *value = find_attribute(s, name);
		int more;

		if (!value)
			continue;
		more = snprintf(plain + n, sizeof(plain) - n, "%s%s=%s",
				n ? ";" : "", name, value);
		if (more < 0 || (size_t)more >= sizeof(plain) - n)
			break;
		n += (size_t)more;
	}
	if (n == 0)
		return 0;
	rd_hex_encode(rd_span(plain, n), hex);
	snprintf(out->name, sizeof(out->name), "User-to-User");
	if (snprintf(out->value, sizeof(out->value), "%s;encoding=hex", hex) >=
	    (int)sizeof(out->value))
		return 0;
	return 1;
}

unsigned rd_engine_context(const struct rd_session *s,
			   struct rd_trunk_header out[RD_TRUNK_HEADERS])
{
	unsigned n = 0;

	if (s->to->trunk->context == RD_CONTEXT_NONE)
		return 0;
	if (s->to->trunk->context == RD_CONTEXT_UUI)
		return make_uui(s, out);
	for (unsigned i = 0; i < s->to->header_count && n < RD_TRUNK_HEADERS;
	     i++) {
		const char *value =
			find_attribute(s, s->to->headers[i].attribute);

		if (!value)
			continue;
		snprintf(out[n].name, sizeof(out[n].name), "%s",
			 s->to->headers[i].name);
		snprintf(out[n].value, sizeof(out[n].value), "%s", value);
		n++;
	}
	return n;
}
