/* base/random.h - random bytes of the kernel.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Fills buf from getrandom(2); ends the process if the kernel has none, since
 * nothing safe can be done without. */
void rd_random_bytes(void *buf, size_t len);
uint32_t rd_random_u32(void);
uint64_t rd_random_u64(void);
/* 0 <= result < bound, without bias; bound >= 1. */
uint32_t rd_random_below(uint32_t bound);
