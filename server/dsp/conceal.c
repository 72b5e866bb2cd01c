/* dsp/conceal.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/conceal.h"

#include <spandsp/telephony.h>

#include <spandsp/plc.h>

/* The library's own history is a ring that it turns by an overlapping memcpy
 * at the first loss.  So it gets ours, whole and straight, just before. */
struct rd_conceal {
	plc_state_t plc;
	int16_t history[PLC_HISTORY_LEN];
	bool is_gap;
};

static void remember(struct rd_conceal *c, const int16_t *pcm, size_t n)
{
	size_t keep = n < PLC_HISTORY_LEN ? PLC_HISTORY_LEN - n : 0;
	size_t add = PLC_HISTORY_LEN - keep;

	memmove(c->history, c->history + add, keep * sizeof(*pcm));
	memcpy(c->history + keep, pcm + n - add, add * sizeof(*pcm));
}

size_t rd_conceal_bytes(void)
{
	return sizeof(struct rd_conceal);
}

void rd_conceal_init(struct rd_conceal *c)
{
	*c = (struct rd_conceal){ 0 };
}

void rd_conceal_good(struct rd_conceal *c, int16_t *pcm, size_t n)
{
	if (c->is_gap)
		(void)plc_rx(&c->plc, pcm, (int)n);
	c->is_gap = false;
	remember(c, pcm, n);
}

void rd_conceal_fill(struct rd_conceal *c, int16_t *pcm, size_t n)
{
	if (!c->is_gap) {
		(void)plc_init(&c->plc); /* fails only where it allocates */
		(void)plc_rx(&c->plc, c->history, PLC_HISTORY_LEN);
	}
	(void)plc_fillin(&c->plc, pcm, (int)n);
	c->is_gap = true;
	remember(c, pcm, n);
}
