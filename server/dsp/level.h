/* dsp/level.h - how loud a block of samples is.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_LEVEL_SILENT = 127
};

/* The level of RFC 6464 3: -dBov of the root mean square, 0 (overload, a full
 * square wave) .. 127 (silence).  A full sine is 3. */
uint8_t rd_level_dbov(const int16_t *pcm, size_t n);
