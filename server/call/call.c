/* call/call.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "call/call.h"

#include <stdarg.h>
#include <stdio.h>

struct step {
	enum rd_call_state in;
	enum rd_call_event_kind on;
	enum rd_call_state becomes;
};

/* clang-format off */
#define S(name) RD_CALL_##name
static const struct step steps[] = {
	/* in                on                becomes */
	{ S(STARTING),      S(STARTED),      S(JOINING) },
	{ S(STARTING),      S(HANG_UP),      S(ENDING) },
	{ S(STARTING),      S(GONE),         S(ENDED) },

	{ S(JOINING),       S(CALLER_UP),    S(DIALLING) },
	{ S(JOINING),       S(HANG_UP),      S(ENDING) },
	{ S(JOINING),       S(GONE),         S(ENDED) },

	{ S(DIALLING),      S(FAR_RINGS),    S(RINGING) },
	{ S(DIALLING),      S(FAR_ANSWERED), S(TALKING) },
	{ S(DIALLING),      S(CALLER_LOST),  S(LOST_DIALLING) },
	{ S(DIALLING),      S(HANG_UP),      S(ENDING) },
	{ S(DIALLING),      S(GONE),         S(ENDED) },

	{ S(RINGING),       S(FAR_RINGS),    S(RINGING) },
	{ S(RINGING),       S(FAR_ANSWERED), S(TALKING) },
	{ S(RINGING),       S(CALLER_LOST),  S(LOST_RINGING) },
	{ S(RINGING),       S(HANG_UP),      S(ENDING) },
	{ S(RINGING),       S(GONE),         S(ENDED) },

	{ S(TALKING),       S(FAR_HELD),     S(HELD) },
	{ S(TALKING),       S(CALLER_LOST),  S(LOST_TALKING) },
	{ S(TALKING),       S(HANG_UP),      S(ENDING) },
	{ S(TALKING),       S(GONE),         S(ENDED) },

	{ S(HELD),          S(FAR_RESUMED),  S(TALKING) },
	{ S(HELD),          S(CALLER_LOST),  S(LOST_HELD) },
	{ S(HELD),          S(HANG_UP),      S(ENDING) },
	{ S(HELD),          S(GONE),         S(ENDED) },

	{ S(LOST_DIALLING), S(CALLER_BACK),  S(DIALLING) },
	{ S(LOST_DIALLING), S(FAR_RINGS),    S(LOST_RINGING) },
	{ S(LOST_DIALLING), S(FAR_ANSWERED), S(LOST_TALKING) },
	{ S(LOST_DIALLING), S(HANG_UP),      S(ENDING) },
	{ S(LOST_DIALLING), S(GONE),         S(ENDED) },

	{ S(LOST_RINGING),  S(CALLER_BACK),  S(RINGING) },
	{ S(LOST_RINGING),  S(FAR_RINGS),    S(LOST_RINGING) },
	{ S(LOST_RINGING),  S(FAR_ANSWERED), S(LOST_TALKING) },
	{ S(LOST_RINGING),  S(HANG_UP),      S(ENDING) },
	{ S(LOST_RINGING),  S(GONE),         S(ENDED) },

	{ S(LOST_TALKING),  S(CALLER_BACK),  S(TALKING) },
	{ S(LOST_TALKING),  S(FAR_HELD),     S(LOST_HELD) },
	{ S(LOST_TALKING),  S(HANG_UP),      S(ENDING) },
	{ S(LOST_TALKING),  S(GONE),         S(ENDED) },

	{ S(LOST_HELD),     S(CALLER_BACK),  S(HELD) },
	{ S(LOST_HELD),     S(FAR_RESUMED),  S(LOST_TALKING) },
	{ S(LOST_HELD),     S(HANG_UP),      S(ENDING) },
	{ S(LOST_HELD),     S(GONE),         S(ENDED) },

	{ S(ENDING),        S(GONE),         S(ENDED) },
};
#undef S
/* clang-format on */

static const struct {
	const char *name;
	enum rd_call_shown shown;
} states[RD_CALL_STATES] = {
	[RD_CALL_STARTING] = { "STARTING", RD_SHOWN_STARTING },
	[RD_CALL_JOINING] = { "JOINING", RD_SHOWN_CONNECTING },
	[RD_CALL_DIALLING] = { "DIALLING", RD_SHOWN_CONNECTING },
	[RD_CALL_RINGING] = { "RINGING", RD_SHOWN_RINGING },
	[RD_CALL_TALKING] = { "TALKING", RD_SHOWN_IN_CALL },
	[RD_CALL_HELD] = { "HELD", RD_SHOWN_HELD },
	[RD_CALL_LOST_DIALLING] = { "LOST_DIALLING", RD_SHOWN_RECONNECTING },
	[RD_CALL_LOST_RINGING] = { "LOST_RINGING", RD_SHOWN_RECONNECTING },
	[RD_CALL_LOST_TALKING] = { "LOST_TALKING", RD_SHOWN_RECONNECTING },
	[RD_CALL_LOST_HELD] = { "LOST_HELD", RD_SHOWN_RECONNECTING },
	[RD_CALL_ENDING] = { "ENDING", RD_SHOWN_ENDING },
	[RD_CALL_ENDED] = { "ENDED", RD_SHOWN_ENDED },
};

static const char *const shown_names[] = {
	[RD_SHOWN_STARTING] = "starting",
	[RD_SHOWN_CONNECTING] = "connecting",
	[RD_SHOWN_RINGING] = "ringing",
	[RD_SHOWN_IN_CALL] = "in-call",
	[RD_SHOWN_HELD] = "held",
	[RD_SHOWN_RECONNECTING] = "reconnecting",
	[RD_SHOWN_ENDING] = "ending",
	[RD_SHOWN_ENDED] = "ended",
};

static const char *const event_names[RD_CALL_EVENTS] = {
	[RD_CALL_STARTED] = "STARTED",
	[RD_CALL_CALLER_UP] = "CALLER_UP",
	[RD_CALL_CALLER_LOST] = "CALLER_LOST",
	[RD_CALL_CALLER_BACK] = "CALLER_BACK",
	[RD_CALL_FAR_RINGS] = "FAR_RINGS",
	[RD_CALL_FAR_ANSWERED] = "FAR_ANSWERED",
	[RD_CALL_FAR_HELD] = "FAR_HELD",
	[RD_CALL_FAR_RESUMED] = "FAR_RESUMED",
	[RD_CALL_HANG_UP] = "HANG_UP",
	[RD_CALL_GONE] = "GONE",
};

void rd_call_init(struct rd_call *c, uint64_t now_wall_ms)
{
	*c = (struct rd_call){ .state = RD_CALL_STARTING,
			       .started_ms = now_wall_ms };
}

static const struct step *find_step(enum rd_call_state in,
				    enum rd_call_event_kind on)
{
	for (size_t i = 0; i < RD_COUNT(steps); i++)
		if (steps[i].in == in && steps[i].on == on)
			return &steps[i];
	return NULL;
}

enum rd_err rd_call_feed(struct rd_call *c, enum rd_call_event_kind event,
			 enum rd_reason reason, enum rd_ended_by by,
			 uint64_t now_wall_ms)
{
	const struct step *s = find_step(c->state, event);

	if (!s) {
		c->refused_events++;
		return RD_E_STATE;
	}
	if ((event == RD_CALL_HANG_UP || event == RD_CALL_GONE) &&
	    c->reason == RD_REASON_NONE) {
		c->reason =
			reason == RD_REASON_NONE ? RD_REASON_INTERNAL : reason;
		c->by = by == RD_BY_NOBODY ? RD_BY_SYSTEM : by;
	}
	/* A wall clock that was set back makes no negative duration (F12). */
	if (event == RD_CALL_FAR_ANSWERED && c->answered_ms == 0)
		c->answered_ms = rd_max_u64(now_wall_ms, c->started_ms);
	if (s->becomes == RD_CALL_ENDED)
		c->ended_ms =
			rd_max_u64(now_wall_ms,
				   rd_max_u64(c->started_ms, c->answered_ms));
	c->state = s->becomes;
	return RD_OK;
}

enum rd_call_shown rd_call_shown(enum rd_call_state state)
{
	return states[state].shown;
}

const char *rd_call_shown_name(enum rd_call_shown shown)
{
	return shown_names[shown];
}

/* --- the page ---------------------------------------------------------- */

struct page {
	char *at;
	size_t size;
	size_t len; /* also of what did not fit */
};

static void put(struct page *p, const char *fmt, ...) RD_PRINTF(2, 3);
static void put(struct page *p, const char *fmt, ...)
{
	size_t room = p->len < p->size ? p->size - p->len : 0;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(room ? p->at + p->len : NULL, room, fmt, args);
	va_end(args);
	p->len += n > 0 ? (size_t)n : 0;
}

size_t rd_call_print_table(char *buf, size_t size)
{
	struct page p = { buf, size, 0 };

	put(&p, "# The states of a call\n\n"
		"Printed from the table in `server/call/call.c`. A pair that "
		"is not here is refused and counted.\n\n"
		"```mermaid\nstateDiagram-v2\n    [*] --> STARTING\n");
	for (size_t i = 0; i < RD_COUNT(steps); i++)
		put(&p, "    %s --> %s: %s\n", states[steps[i].in].name,
		    states[steps[i].becomes].name, event_names[steps[i].on]);
	put(&p, "    ENDED --> [*]\n```\n\n"
		"| state | shown as |\n|---|---|\n");
	for (size_t i = 0; i < RD_CALL_STATES; i++)
		put(&p, "| `%s` | %s |\n", states[i].name,
		    shown_names[states[i].shown]);
	put(&p, "\n| in | on | becomes |\n|---|---|---|\n");
	for (size_t i = 0; i < RD_COUNT(steps); i++)
		put(&p, "| `%s` | `%s` | `%s` |\n", states[steps[i].in].name,
		    event_names[steps[i].on], states[steps[i].becomes].name);
	return p.len;
}
