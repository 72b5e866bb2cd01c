/* tests/fuzz/wire/rfc4733_fuzz.c - events in any order: a receiver hears each
 * timestamp at most once, and what a sender sends is heard.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rfc4733.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Seven bytes an event: payload, step of the timestamp, marker. */
static void feed_events(struct rd_reader r)
{
	struct rd_digit_receive receive = { 0 };
	struct rd_telephone_event e, back;
	uint8_t payload[RD_EVENT_BYTES];
	uint32_t ts = 0, newest = 0;
	bool has_heard = false;

	while (rd_reader_left(&r) >= 7) {
		struct rd_span bytes = rd_read_span(&r, RD_EVENT_BYTES);
		char digit;

		rd_assert(!rd_telephone_event_decode(&e, bytes));
		rd_telephone_event_encode(&e, payload);
		rd_assert(!rd_telephone_event_decode(&back,
						     rd_span(payload,
							     sizeof(payload))));
		rd_assert(back.event == e.event && back.is_end == e.is_end &&
			  back.duration_ts == e.duration_ts);
		ts += (uint32_t)(int16_t)rd_read_u16(&r);
		digit = rd_digit_receive_feed(&receive, &e, ts,
					      rd_read_u8(&r) & 1);
		if (!digit)
			continue;
		rd_assert(!has_heard || (int32_t)(ts - newest) > 0);
		rd_assert(digit == rd_digit_from_event(e.event));
		newest = ts;
		has_heard = true;
	}
}

static void send_digits(struct rd_span digits)
{
	struct rd_digit_receive receive = { 0 };
	struct rd_telephone_event e;
	struct rd_digit_packet p;
	struct rd_digit_send send;
	uint32_t now = 0;
	size_t heard = 0;

	rd_digit_send_init(&send, 8000, 20, 60, 40);
	if (rd_digit_send_push(&send, digits))
		return;
	while (rd_digit_send_is_busy(&send)) {
		rd_assert(now < 8000 * 60);
		if (rd_digit_send_poll(&send, now, &p)) {
			rd_assert(!rd_telephone_event_decode(
				&e, rd_span(p.payload, sizeof(p.payload))));
			heard += rd_digit_receive_feed(&receive, &e, p.ts,
						       p.is_marked) != 0;
		}
		now += 40 + digits.at[now % digits.len];
	}
	rd_assert(heard == digits.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	feed_events(rd_reader(rd_span(data, size)));
	send_digits(rd_span(data, size));
	return 0;
}
