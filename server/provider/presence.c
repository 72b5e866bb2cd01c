/* provider/presence.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/presence.h"

void rd_presence_feed(struct rd_presence *p, bool follows, uint64_t now_ms)
{
	p->was_seen = true;
	p->follows = follows;
	p->has_followed |= follows;
	p->has_left &= !follows;
	p->since_ms = now_ms;
}

void rd_presence_leave(struct rd_presence *p, uint64_t now_ms)
{
	p->has_left = true;
	p->since_ms = now_ms;
}

static bool has_gap(const struct rd_presence *p)
{
	return p->has_left || (p->has_followed && !p->follows);
}

enum rd_presence_news rd_presence_poll(struct rd_presence *p, uint64_t now_ms)
{
	uint64_t gap_ms = has_gap(p) ? now_ms - p->since_ms : 0;
	bool is_lost =
		p->has_left ? p->told_first : gap_ms >= RD_PRESENCE_LOST_MS;

	if (p->told_away)
		return RD_PRESENCE_NOTHING;
	if (p->was_seen && !p->told_first) {
		p->told_first = true;
		return RD_PRESENCE_FIRST;
	}
	if (gap_ms >= RD_PRESENCE_AWAY_MS) {
		p->told_away = true;
		return RD_PRESENCE_AWAY;
	}
	if (p->told_lost != is_lost) {
		p->told_lost = !p->told_lost;
		return p->told_lost ? RD_PRESENCE_LOST : RD_PRESENCE_BACK;
	}
	return RD_PRESENCE_NOTHING;
}

uint64_t rd_presence_due_ms(const struct rd_presence *p)
{
	if (!has_gap(p) || p->told_away)
		return RD_NEVER;
	return p->since_ms + (p->told_lost || p->has_left
				      ? RD_PRESENCE_AWAY_MS
				      : RD_PRESENCE_LOST_MS);
}
