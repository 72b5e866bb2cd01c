/* http/url.h - http, https, ws and wss addresses, read strictly.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only what Ringdown itself needs from RFC 3986: an absolute URL with a host,
 * without user information and without a fragment.  What is written in an
 * unusual way (backslashes, white space, octal or short IPv4, percent signs
 * in the host) is refused, since two readers may understand it differently.
 * Thread: any.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

enum {
	RD_URL_MOST = 2048,     /* bytes of a whole URL */
	RD_URL_HOST_TEXT = 256, /* a name of RFC 1035 2.3.4 and a NUL */
};

struct rd_url {
	bool is_secure;              /* https or wss */
	bool is_websocket;           /* ws or wss */
	char host[RD_URL_HOST_TEXT]; /* lower case; IPv6 without brackets */
	bool is_ip;                  /* host is a numeric address: in ip */
	struct rd_addr ip;           /* with port */
	uint16_t port;               /* 80 or 443 if the URL names none */
	bool has_default_port;
	struct rd_span target; /* of text: path and query; "/" if empty */
};

/* text stays the caller's; url->target points into it.  RD_E_FORMAT;
 * RD_E_SIZE: longer than RD_URL_MOST; RD_E_UNSUPPORTED: another scheme. */
RD_MUST_USE enum rd_err rd_url_parse(struct rd_url *out, struct rd_span text);

/* "localhost", a name below it, or a loopback address: where http instead of
 * https and ws instead of wss are as good. */
bool rd_url_is_loopback(const struct rd_url *url);

enum {
	RD_URL_ORIGIN_TEXT = RD_URL_HOST_TEXT + 32
};
/* The origin as RFC 6454 6.2 writes it: "https://example.org:8443". buf holds
 * RD_URL_ORIGIN_TEXT bytes; returns buf. */
const char *rd_url_origin(const struct rd_url *url, char *buf);
/* Whether text is a valid serialised origin of scheme http or https in its
 * one spelling: lower case, no default port, no path (T18). */
bool rd_url_is_origin(struct rd_span text);
