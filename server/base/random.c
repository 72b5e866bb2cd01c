/* base/random.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/error.h"

void rd_random_bytes(void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		rd_assert(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

uint32_t rd_random_u32(void)
{
	uint32_t v;

	rd_random_bytes(&v, sizeof(v));
	return v;
}

uint64_t rd_random_u64(void)
{
	uint64_t v;

	rd_random_bytes(&v, sizeof(v));
	return v;
}

uint32_t rd_random_below(uint32_t bound)
{
	/* The largest multiple of bound; what lies above it would be biased. */
	uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
	uint32_t v;

	do
		v = rd_random_u32();
	while (v >= limit);
	return v % bound;
}
