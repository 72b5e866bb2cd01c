/* base/base.h - what nearly every file of the floors above needs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/span.h"

#define RD_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline uint64_t rd_min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}
static inline uint64_t rd_max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}
static inline size_t rd_min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}
