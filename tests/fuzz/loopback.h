/* tests/fuzz/loopback.h - a connection to a server in the same program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <errno.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/error.h"

/* libFuzzer looks for hangs by an alarm without SA_RESTART, and connect(2)
 * that waits for its SYN-ACK is broken off by it; called again it waits on. */
static inline int connect_to(const struct rd_addr *listener)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(listener, &sa);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rd_assert(fd >= 0);
	while (connect(fd, (struct sockaddr *)&sa, len))
		rd_assert(errno == EINTR);
	return fd;
}
