/* wire/rfc4733.h - telephone-events: digits as RTP packets, both ways.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4733.  Plain values, no allocation.  Times are RTP ticks of the stream
 * (8000 or 48000 a second) and wrap.  Thread: the owner's.
 */
#pragma once
#include "base/base.h"

enum {
	RD_EVENT_BYTES = 4,      /* RFC 4733 2.3 */
	RD_EVENT_DTMF = 16,      /* events 0..15 are digits, RFC 4733 3.2 */
	RD_DIGITS_QUEUED = 64,   /* most digits waiting in a sender */
	RD_EVENT_END_COPIES = 3, /* RFC 4733 2.5.1.4 */
};

/* The payload, RFC 4733 2.3. */
struct rd_telephone_event {
	uint8_t event;
	bool is_end;
	uint8_t volume; /* 0..63 in -dBm0 */
	uint16_t duration_ts;
};

/* RD_E_SIZE: fewer than 4 bytes. */
RD_MUST_USE enum rd_err rd_telephone_event_decode(
	struct rd_telephone_event *out, struct rd_span payload);
void rd_telephone_event_encode(const struct rd_telephone_event *e,
			       uint8_t out[static RD_EVENT_BYTES]);

/* '0'..'9', '*', '#', 'A'..'D' (also 'a'..'d') and its event number. */
bool rd_digit_to_event(char digit, uint8_t *event);
char rd_digit_from_event(uint8_t event); /* NUL if it is no digit */

/* --- sending --- */

struct rd_digit_send {
	uint32_t clock_hz; /* const after init */
	uint32_t step_ts;  /* from one packet to the next */
	uint32_t tone_ts;  /* how long a digit sounds */
	uint32_t gap_ts;   /* silence after it */

	char queue[RD_DIGITS_QUEUED];
	uint8_t head, count;

	enum {
		RD_DIGIT_IDLE,
		RD_DIGIT_SOUNDING,
		RD_DIGIT_ENDING, /* the copies of the last packet */
		RD_DIGIT_PAUSING,
	} state;
	uint8_t event;
	uint8_t ends;      /* end packets sent */
	uint32_t begin_ts; /* of the digit */
	uint32_t start_ts; /* of its segment, RFC 4733 2.5.1.3 */
	uint32_t next_ts;  /* when something is due */
};

/* One packet to send; the series of rd_rtp_send gives the sequence number. */
struct rd_digit_packet {
	uint32_t ts;    /* RTP timestamp: the start of the digit, or segment */
	bool is_marked; /* first packet of a digit */
	uint8_t payload[RD_EVENT_BYTES];
};

/* tone_ms 40..1000, gap_ms 40..1000 (RFC 4733 gives none; most switches want
 * 40 of each, 100 and 60 are safe); step_ms 10..60: the packet time. */
void rd_digit_send_init(struct rd_digit_send *s, uint32_t clock_hz,
			unsigned step_ms, unsigned tone_ms, unsigned gap_ms);
/* How long digits sound from now on, those that wait too: tone_ms 40..24000. */
void rd_digit_send_set_tone(struct rd_digit_send *s, unsigned tone_ms);
/* Queues digits, all or none.  RD_E_FORMAT: not digits.  RD_E_FULL. */
RD_MUST_USE enum rd_err rd_digit_send_push(struct rd_digit_send *s,
					   struct rd_span digits);
/* What to send at now_ts; call until it is false. */
bool rd_digit_send_poll(struct rd_digit_send *s, uint32_t now_ts,
			struct rd_digit_packet *out);
/* A digit is sounding: its packets stand in for audio (RFC 4733 2.5.1.2). */
bool rd_digit_send_is_active(const struct rd_digit_send *s);
/* Something is sounding, pausing or queued. */
bool rd_digit_send_is_busy(const struct rd_digit_send *s);

/* --- receiving --- */

struct rd_digit_receive {
	bool has_event;
	uint8_t event;
	uint32_t ts;          /* of the newest event */
	uint16_t duration_ts; /* longest seen of it */
	bool has_ended;
};

/* Zero the struct to begin, and when the stream's SSRC changes.  Returns the
 * digit of an event that was not seen before (on its first packet, so that
 * lost end packets do no harm), else NUL: repetitions, older events, segments
 * of one long event (RFC 4733 2.5.1.3), events that are no digits. */
char rd_digit_receive_feed(struct rd_digit_receive *r,
			   const struct rd_telephone_event *e, uint32_t ts,
			   bool is_marked);
