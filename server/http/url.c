/* http/url.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/url.h"

#include <stdio.h>

#include "base/text.h"

static const struct scheme {
	const char *prefix;
	bool is_secure, is_websocket;
	uint16_t port;
} schemes[] = {
	{ "https://", true, false, 443 },
	{ "http://", false, false, 80 },
	{ "wss://", true, true, 443 },
	{ "ws://", false, true, 80 },
};

static const struct scheme *find_scheme(struct rd_span text)
{
	for (size_t i = 0; i < RD_COUNT(schemes); i++) {
		size_t len = strlen(schemes[i].prefix);

		if (text.len >= len &&
		    rd_text_equal_nocase(rd_span(text.at, len),
					 schemes[i].prefix))
			return &schemes[i];
	}
	return NULL;
}

/* Letters, digits, dot, hyphen and underscore: what names look like. */
static bool is_name(const char *host)
{
	size_t label = 0;

	for (const char *c = host; *c; c++) {
		if (*c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
		      *c == '-' || *c == '_') ||
		    ++label > 63)
			return false;
	}
	return *host && host[0] != '-';
}

/* A last label of digits, or 0x..., would be read as an IPv4 address by some
 * and as a name by others. */
static bool looks_numeric(const char *host)
{
	const char *last = strrchr(host, '.');

	if (last && !last[1]) /* "name." */
		return true;
	last = last ? last + 1 : host;
	if (last[0] == '0' && last[1] == 'x')
		return true;
	return last[strspn(last, "0123456789")] == '\0';
}

static enum rd_err parse_host(struct rd_url *u, struct rd_span host)
{
	if (host.len == 0 || host.len >= sizeof(u->host))
		return RD_E_FORMAT;
	if (host.at[0] == '[') {
		if (!memchr(host.at, ':', host.len) ||
		    host.at[host.len - 1] != ']' ||
		    rd_addr_parse(&u->ip, host) != RD_OK)
			return RD_E_FORMAT;
		host = rd_span(host.at + 1, host.len - 2);
		u->is_ip = true;
	} else if (!memchr(host.at, ':', host.len) &&
		   rd_addr_parse(&u->ip, host) == RD_OK) {
		u->is_ip = true;
	}
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];

		u->host[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	u->host[host.len] = '\0';
	if (strlen(u->host) != host.len)
		return RD_E_FORMAT;
	if (u->is_ip)
		return RD_OK;
	return is_name(u->host) && !looks_numeric(u->host) ? RD_OK
							   : RD_E_FORMAT;
}

/* host[:port]; the colon of a port follows the bracket of an IPv6. */
static enum rd_err parse_authority(struct rd_url *u, struct rd_span authority)
{
	struct rd_span host = authority, port;
	uint64_t number;
	size_t at = authority.len;

	while (at > 0 && authority.at[at - 1] != ':' &&
	       authority.at[at - 1] != ']')
		at--;
	if (at > 0 && authority.at[at - 1] == ':') {
		host.len = at - 1;
		port = rd_span(authority.at + at, authority.len - at);
		if (port.len > 5 ||
		    rd_text_u64(port, 1, 65535, &number) != RD_OK ||
		    port.at[0] == '0')
			return RD_E_FORMAT;
		u->has_default_port = number == u->port;
		u->port = (uint16_t)number;
	}
	if (parse_host(u, host) != RD_OK)
		return RD_E_FORMAT;
	if (u->is_ip)
		u->ip.port = u->port;
	return RD_OK;
}

/* RFC 3986 3.3, 3.4: pchar, "/" and "?"; nothing that needs a repair. */
static bool is_target(struct rd_span t)
{
	static const char others[] = "-._~!$&'()*+,;=:@/?[]";
	static const char hex[] = "0123456789abcdefABCDEF";

	for (size_t i = 0; i < t.len; i++) {
		uint8_t c = t.at[i];

		if (c == '%') {
			if (t.len - i < 3 || !t.at[i + 1] || !t.at[i + 2] ||
			    !strchr(hex, t.at[i + 1]) ||
			    !strchr(hex, t.at[i + 2]))
				return false;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9')) &&
		    (!c || !strchr(others, c)))
			return false;
	}
	return true;
}

enum rd_err rd_url_parse(struct rd_url *out, struct rd_span text)
{
	const struct scheme *scheme;
	struct rd_url u = { .has_default_port = true };
	size_t end;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	if (text.len > RD_URL_MOST)
		return RD_E_SIZE;
	scheme = find_scheme(text);
	if (!scheme)
		return RD_E_UNSUPPORTED;
	u.is_secure = scheme->is_secure;
	u.is_websocket = scheme->is_websocket;
	u.port = scheme->port;
	text.at += strlen(scheme->prefix);
	text.len -= strlen(scheme->prefix);
	for (end = 0; end < text.len; end++)
		if (text.at[end] == '/' || text.at[end] == '?')
			break;
	err = parse_authority(&u, rd_span(text.at, end));
	if (err != RD_OK)
		return err;
	u.target = rd_span(text.at + end, text.len - end);
	if (!is_target(u.target))
		return RD_E_FORMAT;
	if (u.target.len == 0)
		u.target = rd_span("/", 1);
	else if (u.target.at[0] == '?')
		return RD_E_FORMAT; /* "/" is missing, and not ours to add */
	*out = u;
	return RD_OK;
}

bool rd_url_is_loopback(const struct rd_url *url)
{
	size_t len = strlen(url->host);
	static const char below[] = ".localhost";
	size_t tail = sizeof(below) - 1;

	if (url->is_ip)
		return rd_addr_is_loopback(&url->ip);
	return !strcmp(url->host, "localhost") ||
	       (len > tail && !strcmp(url->host + len - tail, below));
}

const char *rd_url_origin(const struct rd_url *url, char *buf)
{
	bool is_v6 = strchr(url->host, ':'); /* or IPv4 in its clothes */
	const char *scheme = url->is_websocket ? "ws" : "http";
	int n = snprintf(buf, RD_URL_ORIGIN_TEXT, "%s%s://%s%s%s", scheme,
			 url->is_secure ? "s" : "", is_v6 ? "[" : "", url->host,
			 is_v6 ? "]" : "");

	if (!url->has_default_port)
		snprintf(buf + n, RD_URL_ORIGIN_TEXT - (size_t)n, ":%u",
			 url->port);
	return buf;
}

bool rd_url_is_origin(struct rd_span text)
{
	char buf[RD_URL_ORIGIN_TEXT];
	struct rd_url url;

	return rd_url_parse(&url, text) == RD_OK && !url.is_websocket &&
	       rd_span_is(text, rd_url_origin(&url, buf));
}
