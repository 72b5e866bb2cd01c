/* provider/sma_pattern.h - regular expressions over telephone digits.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * InputDigitsRegex comes from a handler, so a pattern must cost neither much
 * memory nor much time, whatever it says: it becomes a program of at most
 * RD_SMA_PATTERN steps that is followed along all ways at once, without going
 * back.  Known are literals, ., [..], [^..], \d, \D, (..), (?:..), |, ^, $ and
 * the quantifiers * + ? {m} {m,} {m,n}, also lazy.
 * A plain value.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_SMA_PATTERN = 256,      /* steps */
	RD_SMA_PATTERN_TEXT = 1024 /* bytes of the longest expression */
};

struct rd_sma_pattern {
	unsigned count;
	struct rd_sma_pattern_step {
		uint8_t does;
		uint16_t digits;    /* TAKE: one bit each, 0-9 * # A-D */
		int16_t next, also; /* where to go on, from here */
	} steps[RD_SMA_PATTERN];
};

/* RD_E_FORMAT: not an expression, or one with something unknown;
 * RD_E_SIZE: it would take too many steps. */
RD_MUST_USE enum rd_err rd_sma_pattern_read(struct rd_sma_pattern *out,
					    struct rd_span text);
/* Whether it is found anywhere in digits ("0123456789*#ABCD"). */
bool rd_sma_pattern_finds(const struct rd_sma_pattern *p, const char *digits);
