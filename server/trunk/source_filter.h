/* trunk/source_filter.h - lets the kernel drop what strangers send.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sofia parses, and answers, before it asks us; so strangers must not reach
 * it (T37).  A classic BPF program on our own sockets drops, by source
 * address, datagrams and connection requests in the kernel: no byte goes
 * back, nothing is allocated, and the socket counts it.
 * Needs no privilege.  Thread: the sockets' owner.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

struct rd_source_filter; /* a program */

/* Lets through sources in any of count networks; count 0 drops all.
 * RD_E_SIZE: more than fit into 4096 instructions.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_source_filter_open(struct rd_source_filter **out,
					      const struct rd_network *networks,
					      size_t count);
void rd_source_filter_close(struct rd_source_filter *f); /* NULL is fine */
/* Puts it on socket fd, in place of an earlier one.  RD_E_IO. */
RD_MUST_USE enum rd_err rd_source_filter_attach(
	const struct rd_source_filter *f, int fd);
/* What the program says to a packet that begins with its IP header: for
 * tests.  true: let through. */
bool rd_source_filter_says(const struct rd_source_filter *f,
			   const struct rd_addr *source);

/* Packets that the kernel dropped on fd so far: strangers, and what found the
 * receive buffer full. */
uint64_t rd_socket_drops(int fd);
/* The descriptors of this process that are bound to local (SOCK_DGRAM), or
 * listen there (SOCK_STREAM): sofia does not tell.  Returns how many of most
 * were written. */
size_t rd_sockets_of(const struct rd_addr *local, int type, int *fds,
		     size_t most);
/* Throws away what arrived before the filter: waiting datagrams, or
 * connections not yet accepted. */
void rd_socket_drain(int fd, int type);
/* A port that is free for UDP and TCP, or TCP alone, at this moment. */
RD_MUST_USE enum rd_err rd_socket_free_port(const struct rd_addr *ip,
					    bool with_udp, uint16_t *port);
