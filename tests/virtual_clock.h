/* tests/virtual_clock.h - gives OpenSSL's DTLS timers the clock of the test.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The library reads gettimeofday(); a program that includes this file (one
 * source of it) defines that function itself.  Set virtual_ms to the now_ms
 * that the machines are given.
 */
#pragma once
#include <stdint.h>
#include <sys/time.h>

static uint64_t virtual_ms = 1000;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	(void)zone;
	tv->tv_sec = (time_t)(virtual_ms / 1000);
	tv->tv_usec = (suseconds_t)(virtual_ms % 1000 * 1000);
	return 0;
}
