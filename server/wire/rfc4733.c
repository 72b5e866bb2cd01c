/* wire/rfc4733.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rfc4733.h"

enum {
	VOLUME = 10,         /* -dBm0: a usual level of a key */
	SEGMENT_TS = 0xffff, /* RFC 4733 2.5.1.3 */
	LEAST_MS = 40,
	MOST_MS = 1000,
	MOST_TONE_MS = 24000,
	LEAST_STEP_MS = 10,
	MOST_STEP_MS = 60,
};

/* By event number, RFC 4733 3.2 table 3. */
static const char digits_by_event[] = "0123456789*#ABCD";

enum rd_err rd_telephone_event_decode(struct rd_telephone_event *out,
				      struct rd_span payload)
{
	struct rd_reader r = rd_reader(payload);
	uint8_t second;

	out->event = rd_read_u8(&r);
	second = rd_read_u8(&r);
	out->is_end = second >> 7;
	out->volume = second & 0x3f;
	out->duration_ts = rd_read_u16(&r);
	return r.failed ? RD_E_SIZE : RD_OK;
}

void rd_telephone_event_encode(const struct rd_telephone_event *e,
			       uint8_t out[static RD_EVENT_BYTES])
{
	struct rd_writer w = rd_writer(out, RD_EVENT_BYTES);

	rd_write_u8(&w, e->event);
	rd_write_u8(&w, e->is_end << 7 | (e->volume & 0x3f));
	rd_write_u16(&w, e->duration_ts);
}

bool rd_digit_to_event(char digit, uint8_t *event)
{
	const char *at;

	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	at = digit ? strchr(digits_by_event, digit) : NULL;
	if (!at)
		return false;
	*event = (uint8_t)(at - digits_by_event);
	return true;
}

char rd_digit_from_event(uint8_t event)
{
	return event < RD_EVENT_DTMF ? digits_by_event[event] : 0;
}

void rd_digit_send_init(struct rd_digit_send *s, uint32_t clock_hz,
			unsigned step_ms, unsigned tone_ms, unsigned gap_ms)
{
	rd_assert(clock_hz >= 8000 && clock_hz <= 48000);
	rd_assert(step_ms >= LEAST_STEP_MS && step_ms <= MOST_STEP_MS);
	rd_assert(tone_ms >= LEAST_MS && tone_ms <= MOST_MS);
	rd_assert(gap_ms >= LEAST_MS && gap_ms <= MOST_MS);
	memset(s, 0, sizeof(*s));
	s->clock_hz = clock_hz;
	s->step_ts = clock_hz / 1000 * step_ms;
	s->tone_ts = clock_hz / 1000 * tone_ms;
	s->gap_ts = clock_hz / 1000 * gap_ms;
}

void rd_digit_send_set_tone(struct rd_digit_send *s, unsigned tone_ms)
{
	rd_assert(tone_ms >= LEAST_MS && tone_ms <= MOST_TONE_MS);
	s->tone_ts = s->clock_hz / 1000 * tone_ms;
}

enum rd_err rd_digit_send_push(struct rd_digit_send *s, struct rd_span digits)
{
	uint8_t event;

	if (digits.len > (size_t)RD_DIGITS_QUEUED - s->count)
		return RD_E_FULL;
	for (size_t i = 0; i < digits.len; i++)
		if (!rd_digit_to_event((char)digits.at[i], &event))
			return RD_E_FORMAT;
	for (size_t i = 0; i < digits.len; i++) {
		s->queue[(s->head + s->count) % RD_DIGITS_QUEUED] =
			(char)digits.at[i];
		s->count++;
	}
	return RD_OK;
}

static bool is_due(const struct rd_digit_send *s, uint32_t now_ts)
{
	return (int32_t)(now_ts - s->next_ts) >= 0;
}

static void start_digit(struct rd_digit_send *s, uint32_t now_ts)
{
	rd_digit_to_event(s->queue[s->head], &s->event);
	s->head = (uint8_t)((s->head + 1) % RD_DIGITS_QUEUED);
	s->count--;
	s->begin_ts = s->start_ts = s->next_ts = now_ts;
	s->ends = 0;
	s->state = RD_DIGIT_SOUNDING;
}

/* The packet that is due, and when the next one is. */
static void write_packet(struct rd_digit_send *s, uint32_t now_ts,
			 struct rd_digit_packet *out)
{
	/* It stands for the sound of one packet time from now, as audio does
	 * that is sent when its first sample is old: RFC 4733 2.5.1.2. */
	uint32_t so_far = now_ts - s->begin_ts + s->step_ts;
	struct rd_telephone_event e = { s->event, false, VOLUME, 0 };

	out->ts = s->start_ts;
	out->is_marked = s->state == RD_DIGIT_SOUNDING && s->ends == 0 &&
			 s->next_ts == s->begin_ts;
	so_far = (uint32_t)rd_min_size(so_far, s->tone_ts);
	if (so_far - (s->start_ts - s->begin_ts) > SEGMENT_TS) {
		/* The last report of a segment; the digit goes on. */
		e.duration_ts = SEGMENT_TS;
		s->start_ts += SEGMENT_TS;
	} else if (so_far == s->tone_ts) {
		s->state = RD_DIGIT_ENDING;
		e.is_end = true;
		s->ends++;
	}
	if (!e.duration_ts)
		e.duration_ts =
			(uint16_t)(so_far - (s->start_ts - s->begin_ts));
	rd_telephone_event_encode(&e, out->payload);
	s->next_ts += s->step_ts;
	if (is_due(s, now_ts)) /* late: owe one packet, not a burst */
		s->next_ts = now_ts + s->step_ts;
}

bool rd_digit_send_poll(struct rd_digit_send *s, uint32_t now_ts,
			struct rd_digit_packet *out)
{
	if (s->state == RD_DIGIT_PAUSING && is_due(s, now_ts))
		s->state = RD_DIGIT_IDLE;
	if (s->state == RD_DIGIT_IDLE && s->count)
		start_digit(s, now_ts);
	if (s->state == RD_DIGIT_IDLE || s->state == RD_DIGIT_PAUSING ||
	    !is_due(s, now_ts))
		return false;

	write_packet(s, now_ts, out);
	if (s->ends == RD_EVENT_END_COPIES) {
		s->state = RD_DIGIT_PAUSING;
		s->next_ts = now_ts + s->gap_ts;
	}
	return true;
}

bool rd_digit_send_is_active(const struct rd_digit_send *s)
{
	return s->state == RD_DIGIT_SOUNDING || s->state == RD_DIGIT_ENDING;
}

bool rd_digit_send_is_busy(const struct rd_digit_send *s)
{
	return s->state != RD_DIGIT_IDLE || s->count;
}

/* The next segment of an event too long for the field, RFC 4733 2.5.1.3. */
static bool is_continued(const struct rd_digit_receive *r,
			 const struct rd_telephone_event *e, uint32_t ts,
			 bool is_marked)
{
	return !is_marked && !r->has_ended && e->event == r->event &&
	       ts - r->ts == SEGMENT_TS;
}

char rd_digit_receive_feed(struct rd_digit_receive *r,
			   const struct rd_telephone_event *e, uint32_t ts,
			   bool is_marked)
{
	bool is_same = r->has_event && ts == r->ts;
	bool goes_on = r->has_event && is_continued(r, e, ts, is_marked);

	if (r->has_event && (int32_t)(ts - r->ts) < 0)
		return 0; /* an older event, late */
	if (is_same) {
		r->has_ended |= e->is_end;
		if (e->duration_ts > r->duration_ts)
			r->duration_ts = e->duration_ts;
		return 0;
	}
	*r = (struct rd_digit_receive){ true, e->event, ts, e->duration_ts,
					e->is_end };
	return goes_on ? 0 : rd_digit_from_event(e->event);
}
