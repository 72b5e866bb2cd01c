/* base/clock.h - the clocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Machines never read a clock; drivers read it once per loop turn and pass
 * `now` down.  Thread: any.
 */
#pragma once
#include <stdint.h>

uint64_t rd_clock_ms(void);      /* monotonic */
uint64_t rd_clock_us(void);      /* monotonic */
uint64_t rd_clock_wall_ms(void); /* Unix time; only for store, log, tokens */
