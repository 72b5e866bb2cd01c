/* dsp/conceal.h - fills gaps in decoded speech for codecs without a way of
 * their own (ITU-T G.711 appendix I, as spandsp does it: no delay).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Made for 8 kHz.  At 16 kHz it works on pitches from 133 to 400 Hz and fades
 * to silence within 25 ms instead of 50.  Owner: a decoder of this folder.
 */
#pragma once
#include "base/base.h"

struct rd_conceal;

size_t rd_conceal_bytes(void);
/* Inside rd_conceal_bytes() of the caller's, aligned as for any type. */
void rd_conceal_init(struct rd_conceal *c);
/* Remembers what was decoded; smooths its start after a gap. */
void rd_conceal_good(struct rd_conceal *c, int16_t *pcm, size_t n);
void rd_conceal_fill(struct rd_conceal *c, int16_t *pcm, size_t n);
