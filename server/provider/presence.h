/* provider/presence.h - whether the caller's client is there, where his media
 * does not pass us.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * All that we see of such a caller is his client: it follows the events of
 * the call (a stream that is open, and beaten through every 15 s), or asks
 * about the call.  A client that has followed once and stops is away; one that
 * never follows is never found to be away, since it may talk on without a
 * word to us.  A short gap is no news: browsers and proxies renew streams.
 * A machine; embedded in its owner.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "base/timer.h"

enum {
	RD_PRESENCE_LOST_MS = 10000, /* a gap of so long is told */
	RD_PRESENCE_AWAY_MS = 55000, /* F33: Connect's own patience is 60 s */
};

struct rd_presence {
	bool was_seen, follows, has_followed; /* what was fed */
	bool has_left;                        /* until it follows again */
	uint64_t since_ms;                    /* of the gap */
	bool told_first, told_lost, told_away;
};

enum rd_presence_news {
	RD_PRESENCE_NOTHING,
	RD_PRESENCE_FIRST, /* the first sign of the client, once */
	RD_PRESENCE_LOST,
	RD_PRESENCE_BACK,
	RD_PRESENCE_AWAY, /* for too long; the last news */
};

/* The client follows the call, or does not, but gave a sign now. */
void rd_presence_feed(struct rd_presence *p, bool follows, uint64_t now_ms);
/* The client has said that it goes: it is away at once, until one follows. */
void rd_presence_leave(struct rd_presence *p, uint64_t now_ms);
/* Asked until it says NOTHING. */
enum rd_presence_news rd_presence_poll(struct rd_presence *p, uint64_t now_ms);
uint64_t rd_presence_due_ms(const struct rd_presence *p); /* RD_NEVER */
