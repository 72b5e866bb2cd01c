/* base/clock.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"

#include <time.h>

static uint64_t read_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t rd_clock_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t rd_clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

uint64_t rd_clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}
