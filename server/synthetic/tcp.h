/* synthetic/tcp.h - datagrams over a connection to the server, as a browser
 * has them whose network lets no UDP through.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 6544 (we are active), RFC 4571.  Thread: the owner's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "wire/framing.h"

struct rd_tcp_link {
	int fd; /* -1: none */
	bool has_ended;

	size_t rest_at, rest_len; /* of a frame that went out in part */
	uint8_t rest[RD_FRAMING_HEADER + RD_FRAMING_MAX];
	size_t at, len; /* of what was read and not yet taken */
	uint8_t bytes[4096];
	struct rd_framing framing;
};

/* Begins to connect; until it is, what is sent is lost.  RD_E_IO. */
RD_MUST_USE enum rd_err rd_tcp_link_open(struct rd_tcp_link *l,
					 const struct rd_addr *to);
void rd_tcp_link_close(struct rd_tcp_link *l);
/* The next datagram and when it was read; false when there is none. */
bool rd_tcp_link_receive(struct rd_tcp_link *l, uint8_t *buf, size_t size,
			 size_t *len, uint64_t *at_us);
/* Lost if there is no room for it. */
void rd_tcp_link_send(struct rd_tcp_link *l, struct rd_span datagram);
