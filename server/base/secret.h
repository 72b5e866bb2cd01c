/* base/secret.h - keys and tokens: compared in constant time, wiped, never
 * printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: the owner's.
 */
#pragma once
#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"

struct rd_secret {
	uint8_t *at;
	size_t len;
};

/* Copies; out is empty on failure. */
RD_MUST_USE enum rd_err rd_secret_init(struct rd_secret *out,
				       struct rd_span from);
void rd_secret_fini(struct rd_secret *s); /* wipes; fine when empty */
struct rd_span rd_secret_lend(const struct rd_secret *s);

/* Constant time in the bytes; unequal lengths are unequal at once. */
bool rd_secret_equal(struct rd_span a, struct rd_span b);
void rd_wipe(void *at, size_t len);
