/* base/addr.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/text.h"

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0,    0,
					   0, 0, 0, 0, 0xff, 0xff };

/* Turns ::ffff:a.b.c.d into a.b.c.d. */
static void unmap(struct rd_addr *a)
{
	if (a->family != 6 || memcmp(a->ip, mapped_prefix, 12))
		return;
	memcpy(a->ip, a->ip + 12, 4);
	memset(a->ip + 4, 0, 12);
	a->family = 4;
}

enum rd_err rd_addr_parse(struct rd_addr *out, struct rd_span text)
{
	char buf[INET6_ADDRSTRLEN + 1];

	memset(out, 0, sizeof(*out));
	if (text.len >= 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
		text = rd_span(text.at + 1, text.len - 2);
	if (text.len == 0 || text.len >= sizeof(buf) ||
	    memchr(text.at, 0, text.len))
		return RD_E_FORMAT;
	rd_text_copy(buf, sizeof(buf), text);

	if (inet_pton(AF_INET, buf, out->ip) == 1) {
		out->family = 4;
		return RD_OK;
	}
	if (inet_pton(AF_INET6, buf, out->ip) == 1) {
		out->family = 6;
		unmap(out);
		return RD_OK;
	}
	return RD_E_FORMAT;
}

enum rd_err rd_addr_parse_port(struct rd_addr *out, struct rd_span text)
{
	enum rd_err err;
	uint64_t port;
	size_t colon = text.len;

	memset(out, 0, sizeof(*out));
	while (colon > 0 && text.at[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return RD_E_FORMAT;
	/* A bare IPv6 address has colons too: it must stand in brackets. */
	if (memchr(text.at, ':', colon - 1) && text.at[0] != '[')
		return RD_E_FORMAT;

	err = rd_text_u64(rd_span(text.at + colon, text.len - colon), 0, 65535,
			  &port);
	if (err)
		return err;
	err = rd_addr_parse(out, rd_span(text.at, colon - 1));
	if (!err)
		out->port = (uint16_t)port;
	return err;
}

const char *rd_addr_ip_text(const struct rd_addr *a, char *buf)
{
	if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6,
					 a->ip, buf, RD_ADDR_TEXT))
		snprintf(buf, RD_ADDR_TEXT, "-");
	return buf;
}

const char *rd_addr_text(const struct rd_addr *a, char *buf)
{
	char ip[RD_ADDR_TEXT];

	snprintf(buf, RD_ADDR_TEXT, a->family == 6 ? "[%.45s]:%u" : "%.45s:%u",
		 rd_addr_ip_text(a, ip), (unsigned)a->port);
	return buf;
}

bool rd_addr_ip_equal(const struct rd_addr *a, const struct rd_addr *b)
{
	return a->family == b->family && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

bool rd_addr_equal(const struct rd_addr *a, const struct rd_addr *b)
{
	return a->port == b->port && rd_addr_ip_equal(a, b);
}

uint32_t rd_addr_hash(const struct rd_addr *a)
{
	uint64_t low, high;

	memcpy(&high, a->ip, 8);
	memcpy(&low, a->ip + 8, 8);
	high ^= low * 0x9e3779b97f4a7c15U;
	high = (high ^ a->port) * 0xff51afd7ed558ccdU;
	return (uint32_t)(high >> 32);
}

socklen_t rd_addr_to_sockaddr(const struct rd_addr *a,
			      struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 6) {
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
					    .sin6_port = htons(a->port) };

		memcpy(&in6.sin6_addr, a->ip, 16);
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(a->port) };

	memcpy(&in.sin_addr, a->ip, 4);
	memcpy(out, &in, sizeof(in));
	return sizeof(in);
}

struct rd_addr rd_addr_from_sockaddr(const struct sockaddr *sa)
{
	struct rd_addr a = { 0 };

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		a.family = 4;
		a.port = ntohs(in.sin_port);
		memcpy(a.ip, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		a.family = 6;
		a.port = ntohs(in6.sin6_port);
		memcpy(a.ip, &in6.sin6_addr, 16);
		unmap(&a);
	}
	return a;
}

/* Whether the first bits of ip and prefix agree. */
static bool prefix_equal(const uint8_t *ip, const uint8_t *prefix,
			 unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(ip, prefix, whole) != 0)
		return false;
	return rest == 0 ||
	       ((ip[whole] ^ prefix[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool rd_addr_is_loopback(const struct rd_addr *a)
{
	return a->family == 4
		       ? a->ip[0] == 127
		       : a->family == 6 &&
				 IN6_IS_ADDR_LOOPBACK(
					 (const struct in6_addr *)(const void *)
						 a->ip);
}

bool rd_addr_is_any(const struct rd_addr *a)
{
	static const uint8_t zero[16];

	return a->family != 0 && !memcmp(a->ip, zero, sizeof(zero));
}

static bool is_special4(const uint8_t *ip)
{
	/* RFC 6890 and its registry. */
	static const struct {
		uint8_t ip[4];
		uint8_t bits;
	} special[] = {
		{ { 0, 0, 0, 0 }, 8 },       { { 10, 0, 0, 0 }, 8 },
		{ { 100, 64, 0, 0 }, 10 },   { { 127, 0, 0, 0 }, 8 },
		{ { 169, 254, 0, 0 }, 16 },  { { 172, 16, 0, 0 }, 12 },
		{ { 192, 0, 0, 0 }, 24 },    { { 192, 0, 2, 0 }, 24 },
		{ { 192, 168, 0, 0 }, 16 },  { { 198, 18, 0, 0 }, 15 },
		{ { 198, 51, 100, 0 }, 24 }, { { 203, 0, 113, 0 }, 24 },
		{ { 224, 0, 0, 0 }, 4 },     { { 240, 0, 0, 0 }, 4 },
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (prefix_equal(ip, special[i].ip, special[i].bits))
			return true;
	return false;
}

bool rd_addr_is_special(const struct rd_addr *a)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t doc[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const uint8_t zero[12];

	if (a->family == 4)
		return is_special4(a->ip);
	if (a->family != 6)
		return true;
	if (!memcmp(a->ip, zero, 12)) /* ::, ::1 and IPv4-compatible */
		return true;
	if ((a->ip[0] & 0xfe) == 0xfc || a->ip[0] == 0xff)
		return true; /* unique local, multicast */
	if (a->ip[0] == 0xfe && (a->ip[1] & 0x80) == 0x80)
		return true; /* link local, old site local */
	if (!memcmp(a->ip, doc, 4))
		return true;
	if (a->ip[0] == 0x20 && a->ip[1] == 0x02) /* 6to4 */
		return is_special4(a->ip + 2);
	return !memcmp(a->ip, nat64, 12) && is_special4(a->ip + 12);
}

enum rd_err rd_network_parse(struct rd_network *out, struct rd_span text)
{
	const uint8_t *slash = text.len ? memchr(text.at, '/', text.len) : NULL;
	size_t ip_len = slash ? (size_t)(slash - text.at) : text.len;
	uint64_t bits;
	enum rd_err err = rd_addr_parse(&out->base, rd_span(text.at, ip_len));

	if (err)
		return err;
	bits = out->base.family == 4 ? 32 : 128;
	if (slash)
		err = rd_text_u64(rd_span(slash + 1, text.len - ip_len - 1), 0,
				  bits, &bits);
	out->bits = (uint8_t)bits;
	return err;
}

bool rd_network_has(const struct rd_network *n, const struct rd_addr *a)
{
	return n->base.family == a->family &&
	       prefix_equal(a->ip, n->base.ip, n->bits);
}
