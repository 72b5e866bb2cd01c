/* tests/fuzz/call/call_fuzz.c - any order of events: a call ends at most once,
 * with one reason that never changes, and time never runs backwards.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Three bytes an event: its kind, a reason, a step of the wall clock.
 */
#include "call/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sound(const struct rd_call *c)
{
	bool is_over = c->state == RD_CALL_ENDED;
	bool is_ending = is_over || c->state == RD_CALL_ENDING;

	rd_assert(is_over == (c->ended_ms != 0));
	rd_assert(is_ending == (c->reason != RD_REASON_NONE));
	rd_assert(is_ending == (c->by != RD_BY_NOBODY));
	rd_assert(!c->answered_ms || c->answered_ms >= c->started_ms);
	rd_assert(!is_over || c->ended_ms >= c->started_ms);
	rd_assert(!is_over || c->ended_ms >= c->answered_ms);
	rd_assert(*rd_call_shown_name(rd_call_shown(c->state)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_reader r = rd_reader(rd_span(data, size));
	uint64_t now_ms = 1000000;
	struct rd_call c;

	rd_call_init(&c, now_ms);
	while (rd_reader_left(&r) >= 3) {
		struct rd_call was = c;
		unsigned kind = rd_read_u8(&r) % RD_CALL_EVENTS;
		uint8_t reason = rd_read_u8(&r);
		enum rd_err err;

		now_ms += (uint64_t)(int64_t)(int8_t)rd_read_u8(&r);
		err = rd_call_feed(&c, (enum rd_call_event_kind)kind,
				   (enum rd_reason)(reason % RD_REASON_COUNT),
				   (enum rd_ended_by)(reason >> 6), now_ms);
		check_sound(&c);
		if (err) {
			was.refused_events++;
			rd_assert(c.state == was.state);
			rd_assert(c.refused_events == was.refused_events);
		}
		rd_assert(!was.reason || was.reason == c.reason);
		rd_assert(!was.ended_ms || (err && was.ended_ms == c.ended_ms));
	}
	rd_assert(rd_reason_parse(rd_span_text(rd_reason_code(c.reason))) ==
		  c.reason);
	return 0;
}
