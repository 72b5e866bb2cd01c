/* base/addr.h - a network address and port as a plain value.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 is always kept as IPv4, also when it came as ::ffff:a.b.c.d, so that
 * equal addresses compare equal whatever their spelling.  Thread: any.
 */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/span.h"

struct rd_addr {
	uint8_t family; /* 0 (none), 4 or 6 */
	uint16_t port;  /* host order */
	uint8_t ip[16]; /* network order; the first 4 bytes for IPv4 */
};

enum {
	RD_ADDR_TEXT = 64
}; /* enough for [v6]:port and a NUL */

/* A numeric address, without port: "192.0.2.1", "2001:db8::1", "[::1]".
 * RD_E_FORMAT for anything else, names included. */
RD_MUST_USE enum rd_err rd_addr_parse(struct rd_addr *out, struct rd_span text);
/* "192.0.2.1:80", "[2001:db8::1]:80". */
RD_MUST_USE enum rd_err rd_addr_parse_port(struct rd_addr *out,
					   struct rd_span text);
/* Without and with port.  buf holds RD_ADDR_TEXT bytes; returns buf. */
const char *rd_addr_ip_text(const struct rd_addr *a, char *buf);
const char *rd_addr_text(const struct rd_addr *a, char *buf);

bool rd_addr_equal(const struct rd_addr *a, const struct rd_addr *b);
bool rd_addr_ip_equal(const struct rd_addr *a, const struct rd_addr *b);
uint32_t rd_addr_hash(const struct rd_addr *a);

/* Length of the sockaddr written. */
socklen_t rd_addr_to_sockaddr(const struct rd_addr *a,
			      struct sockaddr_storage *out);
struct rd_addr rd_addr_from_sockaddr(const struct sockaddr *sa);

bool rd_addr_is_loopback(const struct rd_addr *a);
bool rd_addr_is_any(const struct rd_addr *a); /* 0.0.0.0 or :: */
/* Not routable on the Internet: loopback, private, link local, multicast,
 * unspecified, documentation; also as 6to4 or NAT64 of such an IPv4. */
bool rd_addr_is_special(const struct rd_addr *a);

/* "192.0.2.0/24" or a single address. */
struct rd_network {
	struct rd_addr base;
	uint8_t bits;
};
RD_MUST_USE enum rd_err rd_network_parse(struct rd_network *out,
					 struct rd_span text);
bool rd_network_has(const struct rd_network *n, const struct rd_addr *a);
