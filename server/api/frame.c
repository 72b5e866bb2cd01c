/* api/frame.c - the widget in a frame, and what a page's policy must allow.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A frame calls from the server's own origin, so what decides is who may put
 * it on a page: the origins of its destination and nobody else.
 */
#include <stdio.h>

#include "api/api_priv.h"
#include "base/text.h"

enum {
	ORIGIN_TEXT = 300,
	SOURCES_TEXT = 2 * ORIGIN_TEXT + 100,
	POLICY_TEXT = SOURCES_TEXT + (RD_ORIGINS + 1) * (ORIGIN_TEXT + 1) + 300,
};

static const char page_name[] = "frame.html";

/* The SDK's media goes straight to Amazon. */
static const char chime_sources[] = " https://*.chime.aws wss://*.chime.aws";

/* scheme://host:port without a path, which a policy would take literally. */
static void write_origin(char out[static ORIGIN_TEXT], const char *url)
{
	const char *host = strstr(url, "://");
	size_t len = host ? (size_t)(host - url) + 3 : 0;

	len += strcspn(url + len, "/");
	rd_text_copy(out, ORIGIN_TEXT, rd_span((const uint8_t *)url, len));
}

/* Where the widget connects to: the API, the socket, Amazon's media. */
static void write_sources(char out[static SOURCES_TEXT],
			  const struct rd_api_cfg *cfg)
{
	char origin[ORIGIN_TEXT];

	write_origin(origin, cfg->public_url);
	snprintf(out, SOURCES_TEXT, "%s ws%s%s", origin,
		 strncmp(origin, "http", 4) ? "" : origin + 4,
		 cfg->has_chime ? chime_sources : "");
}

void rd_api_get_csp(const struct rd_api_request *r)
{
	char origin[ORIGIN_TEXT], sources[SOURCES_TEXT];
	char text[ORIGIN_TEXT + SOURCES_TEXT + 100];
	struct rd_api_reply reply = {
		.status = 200,
		.content_type = "text/plain; charset=utf-8",
	};

	write_origin(origin, r->api->cfg.public_url);
	write_sources(sources, &r->api->cfg);
	snprintf(text, sizeof(text), "script-src %s\nconnect-src %s\n", origin,
		 sources);
	reply.body = rd_span_text(text);
	rd_api_reply(r, &reply);
}

/* The value of ?to=, as it stands; names of destinations need no escapes. */
static struct rd_span wanted(const struct rd_http_request *http)
{
	static const char key[] = "to=";
	struct rd_span q = rd_http_query(http);

	while (q.len) {
		const uint8_t *amp = memchr(q.at, '&', q.len);
		size_t n = amp ? (size_t)(amp - q.at) : q.len;

		if (n >= sizeof(key) - 1 && !memcmp(q.at, key, sizeof(key) - 1))
			return rd_span(q.at + sizeof(key) - 1,
				       n - (sizeof(key) - 1));
		q.at += amp ? n + 1 : n;
		q.len -= amp ? n + 1 : n;
	}
	return RD_SPAN_NONE;
}

void rd_api_get_frame(const struct rd_api_request *r)
{
	struct rd_span to = wanted(r->http);
	const struct rd_destination *d;
	char name[64], sources[SOURCES_TEXT], policy[POLICY_TEXT];
	size_t n;

	rd_text_copy(name, sizeof(name), to);
	d = to.len < sizeof(name)
		    ? rd_switchboard_destination(r->api->cfg.switchboard, name)
		    : NULL;
	if (!d) {
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
		return;
	}
	write_sources(sources, &r->api->cfg);
	n = (size_t)snprintf(policy, sizeof(policy),
			     "default-src 'none'; script-src 'self'; "
			     "connect-src 'self' %s; base-uri 'none'; "
			     "form-action 'none'; trusted-types ringdown; "
			     "require-trusted-types-for 'script'; "
			     "frame-ancestors",
			     sources);
	for (unsigned i = 0; i < d->origin_count && n < sizeof(policy); i++)
		n += (size_t)snprintf(policy + n, sizeof(policy) - n, " %s",
				      d->origins[i]);
	rd_assert(n < sizeof(policy));
	rd_api_answer_page(r, page_name, policy);
}
