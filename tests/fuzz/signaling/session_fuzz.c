/* tests/fuzz/signaling/session_fuzz.c - FZ30: frames and events before, during
 * and after a session; only legal sequences of actions may come out.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a program of three sockets: the low four bits of a byte say
 * what happens, the high bits to which of them; a raw frame follows as one byte
 * of length and its bytes.
 */
#include <stdlib.h>

#include "base/timer.h"
#include "signaling/signaling.h"
#include "wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SOCKETS = 3,
	WHO = 2
};

struct socket {
	uint32_t id;
	bool is_closed;      /* CLOSE was asked for */
	bool has_transport;  /* OFFER was, and no release yet */
	bool is_first_offer; /* the last one was */
};

static struct rd_signaling *s;
static uint64_t now_ms;
static char token[WHO][RD_SIGNALING_TOKEN_TEXT];
static struct socket sockets[SOCKETS];
static struct socket old[64]; /* forgotten by name, perhaps held */
static unsigned old_count;
static int state[WHO]; /* 0 absent, 1 present, 2 reconnecting */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct socket *find(uint32_t id)
{
	for (unsigned i = 0; i < SOCKETS; i++)
		if (sockets[i].id == id)
			return &sockets[i];
	for (unsigned i = 0; i < old_count; i++)
		if (old[i].id == id)
			return &old[i];
	abort();
}

static void check_presence(const struct rd_signaling_action *a)
{
	int *who = &state[a->attendee_id[0] == 'b'];

	if (a->kind == RD_SIGNALING_PRESENT) {
		must(*who != 1);
		*who = 1;
	} else if (a->kind == RD_SIGNALING_RECONNECTING) {
		must(*who == 1);
		*who = 2;
	} else {
		must(*who != 0);
		*who = 0;
	}
}

static void check(const struct rd_signaling_action *a)
{
	struct rd_frame f;

	switch (a->kind) {
	case RD_SIGNALING_SEND:
		must(!find(a->conn_id)->is_closed);
		must(rd_frame_decode(&f, a->bytes) == RD_OK && f.has_body);
		break;
	case RD_SIGNALING_CLOSE:
		must(!find(a->conn_id)->is_closed);
		find(a->conn_id)->is_closed = true;
		break;
	case RD_SIGNALING_OFFER:
		must(!find(a->conn_id)->is_closed);
		must(find(a->conn_id)->has_transport ==
		     a->offer.is_renegotiation);
		must(!a->offer.previous_conn_id ||
		     find(a->offer.previous_conn_id)->has_transport);
		find(a->conn_id)->has_transport = true;
		find(a->conn_id)->is_first_offer = !a->offer.is_renegotiation;
		break;
	case RD_SIGNALING_MEDIA_RELEASE:
		must(find(a->conn_id)->has_transport);
		find(a->conn_id)->has_transport = false;
		break;
	case RD_SIGNALING_PRESENT:
	case RD_SIGNALING_RECONNECTING:
	case RD_SIGNALING_DEPARTED:
		check_presence(a);
		break;
	default:
		must(a->attendee_id[0] == 'a' || a->attendee_id[0] == 'b');
		break;
	}
}

static void poll_all(void)
{
	struct rd_signaling_action action;

	for (unsigned n = 0; rd_signaling_poll(s, now_ms, &action) == RD_OK;
	     n++) {
		must(n < 10000);
		check(&action);
	}
	must(rd_signaling_due_ms(s) > now_ms);
}

static void begin(void)
{
	static const uint8_t key[32] = { 1 };
	struct rd_signaling_cfg cfg = { .key = rd_span(key, 32),
					.meetings = 1 };
	struct rd_signaling_attendee a = { "a", "", true, 0 };
	struct rd_signaling_attendee b = { "b", "", true, 0 };

	memset(sockets, 0, sizeof(sockets));
	memset(state, 0, sizeof(state));
	old_count = 0;
	now_ms = 1;
	must(rd_signaling_open(&s, &cfg, now_ms) == RD_OK);
	must(rd_signaling_meeting_open(s, "m", now_ms) == RD_OK);
	must(rd_signaling_attendee_add(s, "m", &a, now_ms, token[0]) == RD_OK);
	must(rd_signaling_attendee_add(s, "m", &b, now_ms, token[1]) == RD_OK);
}

static void connect(struct socket *to, unsigned who)
{
	if (to->id && old_count == 64)
		return;
	if (to->id)
		old[old_count++] = *to;
	*to = (struct socket){ 0 };
	if (rd_signaling_accept(s, "m", rd_span_text(token[who]), now_ms,
				&to->id) != RD_OK)
		to->id = 0;
}

static void feed(const struct socket *to, struct rd_frame *f)
{
	uint8_t buf[512];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	f->has_body = true;
	must(rd_frame_encode(&w, f) == RD_OK);
	(void)!rd_signaling_feed(s, to->id, rd_writer_span(&w), now_ms);
}

static void frame_happens(const struct socket *to, struct rd_reader *r)
{
	struct rd_frame f = { .type = rd_read_u8(r) };

	if (f.type == RD_FRAME_JOIN)
		f.body.join.audio_session_id = rd_read_u8(r) % 2;
	if (f.type == RD_FRAME_SUBSCRIBE)
		f.body.subscribe.sdp_offer = rd_read_span(r, 1);
	if (f.type == RD_FRAME_AUDIO_CONTROL)
		f.body.muted = rd_read_u8(r) % 2;
	feed(to, &f);
}

/* After the refusal of a first offer the transport is ours no more. */
static void refuse(struct socket *to)
{
	if (rd_signaling_refuse(s, to->id, 500, now_ms) == RD_OK &&
	    to->is_first_offer)
		to->has_transport = false;
}

static void happen(unsigned what, struct socket *to, struct rd_reader *r)
{
	switch (what) {
	case 0:
	case 1:
		connect(to, what);
		break;
	case 2:
	case 3:
		frame_happens(to, r);
		break;
	case 4:
		(void)!rd_signaling_feed(s, to->id,
					 rd_read_span(r, rd_read_u8(r)),
					 now_ms);
		break;
	case 5:
		(void)!rd_signaling_answer(s, to->id, rd_span("v", 1), now_ms);
		break;
	case 6:
		rd_signaling_media_up(s, to->id, now_ms);
		break;
	case 7:
		rd_signaling_media_lost(s, to->id, now_ms);
		break;
	case 8:
		rd_signaling_lost(s, to->id, now_ms);
		to->is_closed = true;
		break;
	case 9:
		now_ms += rd_read_u8(r) * 16U;
		break;
	case 10:
		now_ms += rd_read_u8(r) * 512U;
		break;
	case 11:
		rd_signaling_volume(s, "m", "a", rd_read_u8(r), RD_SIGNAL_GOOD);
		break;
	case 12:
		rd_signaling_mute(s, "m", "b", rd_read_u8(r) % 2);
		break;
	case 13:
		refuse(to);
		break;
	case 14:
		if (rd_read_u8(r) == 0)
			rd_signaling_drain(s, now_ms);
		break;
	default:
		poll_all();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_reader r = rd_reader(rd_span(data, size));
	struct rd_signaling_stats stats;

	begin();
	while (rd_reader_left(&r)) {
		uint8_t byte = rd_read_u8(&r);

		happen(byte & 15, &sockets[(byte >> 4) % SOCKETS], &r);
		if (byte < 128)
			poll_all();
	}
	poll_all();
	rd_signaling_meeting_end(s, "m", now_ms);
	for (unsigned i = 0; i < 8; i++) {
		poll_all();
		now_ms += 20000;
	}
	rd_signaling_stats(s, &stats);
	must(stats.connections == 0 && stats.attendees == 0);
	for (unsigned i = 0; i < SOCKETS; i++)
		must(!sockets[i].has_transport);
	rd_signaling_close(s);
	must(rd_mem_live() == 0);
	return 0;
}
