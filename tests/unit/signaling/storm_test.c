/* tests/unit/signaling/storm_test.c - every state with every event, memory that
 * runs out, memory that is used, and random storms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

#include "base/timer.h"

/* ---- every state, every event, then the end ---- */

enum place {
	P_OPENED,
	P_JOINED,
	P_OFFERED,
	P_NEGOTIATED,
	P_REOFFERED,
	P_ACTIVE,
	P_ACTIVE_REOFFERED,
	P_ENDING,
	P_LEFT,
	P_GRACE,
	P_DENIED,
	P_OVER,
	PLACES
};

static void put(enum place place)
{
	if (place <= P_ACTIVE_REOFFERED) {
		come(0, 7, (enum until)place);
		return;
	}
	switch (place) {
	case P_ENDING:
		come(0, 7, ACTIVE);
		come(0, 9, JOINED); /* another device */
		break;
	case P_LEFT:
		come(0, 7, ACTIVE);
		(void)!try_type('A', RD_FRAME_LEAVE);
		break;
	case P_GRACE:
		come(0, 7, ACTIVE);
		lost('A');
		break;
	case P_DENIED:
		accept_token("m", "bad");
		break;
	case P_OVER:
		come(0, 7, OPENED);
		rd_signaling_meeting_end(d.s, "m", d.now_ms);
		break;
	default:
		break;
	}
}

enum {
	EVENTS = 30
};

static void happen(unsigned event)
{
	switch (event) {
	case 0:
		(void)!try_join('A', 7);
		break;
	case 1:
		(void)!try_subscribe('A', "v=0", true);
		break;
	case 2:
		(void)!try_subscribe('A', "", true);
		break;
	case 3:
		(void)!try_type('A', RD_FRAME_LEAVE);
		break;
	case 4:
		(void)!try_mute('A', true);
		break;
	case 5:
		(void)!try_data('A', "t", SPAN("x"), 1000);
		break;
	case 6:
		(void)!try_type('A', RD_FRAME_CLIENT_METRIC);
		break;
	case 7:
		(void)!try_ping('A', 1);
		break;
	case 8:
		(void)!try_type('A', RD_FRAME_PAUSE);
		break;
	case 9:
		(void)!try_type('A', RD_FRAME_INDEX);
		break;
	case 10:
		(void)!rd_signaling_feed(d.s, id_of('A'), SPAN("?"), d.now_ms);
		break;
	case 11:
		(void)!try_answer('A', "x");
		break;
	case 12:
		(void)!rd_signaling_refuse(d.s, id_of('A'), 400, d.now_ms);
		break;
	case 13:
		media_up('A');
		break;
	case 14:
		rd_signaling_media_lost(d.s, id_of('A'), d.now_ms);
		break;
	case 15:
		lost('A');
		break;
	case 16:
		d.now_ms += 2000;
		break;
	case 17:
		d.now_ms += 10000;
		break;
	case 18:
		d.now_ms += 60000;
		break;
	case 19:
		accept_token("m", d.token[0]);
		break;
	case 20:
		accept_token("m", d.token[0]);
		(void)!try_join((char)('A' + d.conn_count - 1), 7);
		break;
	case 21:
		accept_token("m", d.token[0]);
		(void)!try_join((char)('A' + d.conn_count - 1), 99);
		break;
	case 22:
		rd_signaling_attendee_remove(d.s, "m", "alice", d.now_ms);
		break;
	case 23:
		rd_signaling_attendee_remove(d.s, "m", "bob", d.now_ms);
		break;
	case 24:
		rd_signaling_meeting_end(d.s, "m", d.now_ms);
		break;
	case 25:
		rd_signaling_meeting_close(d.s, "m", d.now_ms);
		break;
	case 26:
		rd_signaling_drain(d.s, d.now_ms);
		break;
	case 27:
		rd_signaling_volume(d.s, "m", "alice", 3, RD_SIGNAL_GOOD);
		break;
	case 28:
		rd_signaling_mute(d.s, "m", "alice", true);
		break;
	default:
		asked();
		break;
	}
}

/* What must hold of any sequence of actions. */
struct ids {
	uint32_t id[256];
	unsigned count;
};

static struct account {
	struct ids closed;
	struct ids transports;   /* offered, not refused, not released */
	struct ids first_offers; /* not answered or refused yet */
	int alice, bob;          /* 0 absent, 1 present, 2 away */
} seen;

static bool is_in(const struct ids *ids, uint32_t id)
{
	for (unsigned i = 0; i < ids->count; i++)
		if (ids->id[i] == id)
			return true;
	return false;
}

static void put_in(struct ids *ids, uint32_t id)
{
	CHECK(!is_in(ids, id));
	CHECK(ids->count < RD_COUNT(ids->id));
	ids->id[ids->count++] = id;
}

static bool take_out(struct ids *ids, uint32_t id)
{
	for (unsigned i = 0; i < ids->count; i++) {
		if (ids->id[i] != id)
			continue;
		ids->id[i] = ids->id[--ids->count];
		return true;
	}
	return false;
}

static void keep_account(const struct rd_signaling_action *a)
{
	bool is_alice = !strcmp(a->attendee_id, "alice");
	int *state = is_alice ? &seen.alice : &seen.bob;

	switch (a->kind) {
	case RD_SIGNALING_SEND:
		CHECK(!is_in(&seen.closed, a->conn_id));
		break;
	case RD_SIGNALING_CLOSE:
		put_in(&seen.closed, a->conn_id);
		break;
	case RD_SIGNALING_OFFER:
		CHECK(!is_in(&seen.closed, a->conn_id));
		CHECK(a->offer.previous_conn_id == 0 ||
		      is_in(&seen.transports, a->offer.previous_conn_id));
		if (a->offer.is_renegotiation) {
			CHECK(is_in(&seen.transports, a->conn_id));
			break;
		}
		put_in(&seen.transports, a->conn_id);
		put_in(&seen.first_offers, a->conn_id);
		break;
	case RD_SIGNALING_MEDIA_RELEASE:
		CHECK(take_out(&seen.transports, a->conn_id));
		break;
	case RD_SIGNALING_PRESENT:
		CHECK(*state != 1);
		*state = 1;
		break;
	case RD_SIGNALING_RECONNECTING:
		CHECK_EQ(*state, 1);
		*state = 2;
		break;
	case RD_SIGNALING_DEPARTED:
		CHECK(*state != 0);
		*state = 0;
		break;
	default:
		break;
	}
}

static unsigned poll_all(void)
{
	struct rd_signaling_action action;
	unsigned count = 0;

	while (rd_signaling_poll(d.s, d.now_ms, &action) == RD_OK) {
		keep_account(&action);
		count++;
		CHECK(count < 10000);
	}
	return count;
}

TEST(every_state_takes_every_event_and_the_end_right_after)
{
	long before = rd_mem_live();

	for (unsigned place = 0; place < PLACES; place++)
		for (unsigned event = 0; event < EVENTS; event++)
			for (unsigned next = 0; next <= EVENTS; next++) {
				begin(true);
				come(1, 8, ACTIVE);
				d.conn_count = 0;
				put((enum place)place);
				happen(event);
				if (next < EVENTS)
					happen(next);
				if ((event + next) % 2)
					asked();
				end(); /* close right now */
				CHECK_EQ(rd_mem_live(), before);
			}
}

TEST(every_state_and_event_leave_nothing_behind_in_time)
{
	struct rd_signaling_stats stats;

	for (unsigned place = 0; place < PLACES; place++)
		for (unsigned event = 0; event < EVENTS; event++) {
			begin(true);
			memset(&seen, 0, sizeof(seen));
			put((enum place)place);
			happen(event);
			after(10);
			rd_signaling_meeting_end(d.s, "m", d.now_ms);
			for (unsigned i = 0; i < 10; i++)
				after(15000);
			rd_signaling_stats(d.s, &stats);
			CHECK_EQ(stats.connections, 0);
			CHECK_EQ(stats.attendees, 0);
			CHECK_EQ(stats.meetings, 0);
			CHECK(rd_signaling_due_ms(d.s) == RD_NEVER);
			end();
		}
}

/* ---- random storms ---- */

static uint32_t seed;

static uint32_t below(uint32_t bound)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % bound;
}

/* One of the last few connections, alive or not. */
static char any_conn(void)
{
	return (char)('A' + below(d.conn_count));
}

static void storm_step(void)
{
	char c = any_conn();

	switch (below(16)) {
	case 0:
		(void)!try_join(c, 1 + below(2));
		break;
	case 1:
	case 2:
		(void)!try_subscribe(c, "v=0", below(2));
		break;
	case 3:
	case 4:
		if (try_answer(c, "x") == RD_OK)
			take_out(&seen.first_offers, id_of(c));
		break;
	case 5:
	case 6:
		media_up(c);
		break;
	case 7:
		lost(c);
		break;
	case 8:
		(void)!try_type(c, RD_FRAME_LEAVE);
		break;
	case 9:
		rd_signaling_media_lost(d.s, id_of(c), d.now_ms);
		break;
	case 10:
		(void)!try_data(c, "t", SPAN("x"), below(3) * 1000);
		break;
	case 11:
		(void)!try_mute(c, below(2));
		break;
	case 12:
		if (rd_signaling_refuse(d.s, id_of(c), 500, d.now_ms) ==
			    RD_OK &&
		    take_out(&seen.first_offers, id_of(c)))
			CHECK(take_out(&seen.transports, id_of(c)));
		break;
	case 13:
		d.now_ms += below(12000);
		break;
	default:
		if (d.conn_count < 20 &&
		    rd_signaling_accept(d.s, "m",
					rd_span_text(d.token[below(2)]),
					d.now_ms,
					&d.conns[d.conn_count]) == RD_OK) {
			d.conn_count++;
			(void)!try_join((char)('A' + d.conn_count - 1),
					1 + below(2));
		}
		break;
	}
}

TEST(storms_keep_the_books_straight)
{
	for (uint32_t round = 0; round < 3000; round++) {
		seed = round;
		begin(true);
		memset(&seen, 0, sizeof(seen));
		come(0, 1, OPENED);
		for (unsigned i = 0; i < 60; i++) {
			storm_step();
			if (below(3))
				poll_all();
		}
		/* Everybody goes: in time nothing may be left. */
		poll_all();
		for (unsigned i = 0; i < d.conn_count; i++)
			lost((char)('A' + i));
		for (unsigned i = 0; i < 4; i++) {
			d.now_ms += 46000;
			poll_all();
		}
		CHECK_EQ(seen.alice, 0);
		CHECK_EQ(seen.bob, 0);
		CHECK_EQ(seen.transports.count, 0);
		end();
	}
}

TEST(each_transport_is_released_once_unless_it_was_refused)
{
	for (uint32_t round = 0; round < 1000; round++) {
		struct rd_signaling_stats stats;

		seed = round + 77777;
		begin(false);
		memset(&seen, 0, sizeof(seen));
		come(0, 1, OPENED);
		for (unsigned i = 0; i < 60; i++) {
			storm_step();
			poll_all();
		}
		rd_signaling_meeting_end(d.s, "m", d.now_ms);
		for (unsigned i = 0; i < 10; i++) {
			d.now_ms += 15000;
			poll_all();
		}
		rd_signaling_stats(d.s, &stats);
		CHECK_EQ(stats.connections, 0);
		CHECK_EQ(seen.transports.count, 0);
		end();
	}
}

/* ---- memory ---- */

static enum rd_err oom_first;

static void note_oom(enum rd_err err)
{
	if (err == RD_E_NOMEM)
		oom_first = err;
	else
		CHECK(err == RD_OK || err == RD_E_NOTFOUND ||
		      err == RD_E_STATE || err == RD_E_FORMAT);
}

static enum rd_err whole_call(void)
{
	static const uint8_t key[32] = "a key that only the tests know.";
	struct rd_signaling_cfg cfg = { .key = rd_span(key, sizeof(key)),
					.meetings = 2,
					.wall_offset_ms = wall_ms };
	struct rd_signaling_attendee alice = { "alice", "user", true, 0 };
	struct rd_signaling_attendee bob = { "bob", "user", true, 0 };
	struct rd_signaling_data m = { "t", SPAN("x"), 1000, "us", "" };
	enum rd_err err;

	oom_first = RD_OK;
	memset(&d, 0, sizeof(d));
	d.now_ms = START_MS;
	err = rd_signaling_open(&d.s, &cfg, d.now_ms);
	if (err)
		return err;
	note_oom(rd_signaling_meeting_open(d.s, "m", d.now_ms));
	note_oom(rd_signaling_attendee_add(d.s, "m", &alice, d.now_ms,
					   d.token[0]));
	note_oom(rd_signaling_attendee_add(d.s, "m", &bob, d.now_ms,
					   d.token[1]));
	for (unsigned i = 0; i < 2; i++) {
		char c = (char)('A' + i);

		note_oom(rd_signaling_accept(d.s, "m", rd_span_text(d.token[i]),
					     d.now_ms, &d.conns[i]));
		d.conn_count = i + 1;
		note_oom(try_join(c, 7));
		asked();
		note_oom(try_subscribe(c, "v=0", false));
		asked();
		note_oom(try_answer(c, "x"));
		media_up(c);
		asked();
		note_oom(try_data(c, "t", SPAN("y"), 1000));
	}
	note_oom(rd_signaling_data(d.s, "m", &m, d.now_ms));
	asked();
	lost('A');
	after(100000);
	rd_signaling_close(d.s);
	return oom_first;
}

TEST(memory_may_run_out_anywhere)
{
	rd_check_every_oom(whole_call);
}

TEST(a_client_is_told_to_try_again_when_there_is_no_memory)
{
	begin(false);
	come(0, 7, JOINED);
	rd_mem_fail_at(1);
	CHECK_ERR(try_subscribe('A', "v=0", false), RD_E_NOMEM);
	rd_mem_fail_at(0);
	EXPECT("A subscribe-ack error 500");
	CHECK_OK(try_subscribe('A', "v=0", false));
	EXPECT("A offer v=0 of alice");
	end();
}

RD_TESTS(T(every_state_takes_every_event_and_the_end_right_after),
	 T(every_state_and_event_leave_nothing_behind_in_time),
	 T(storms_keep_the_books_straight),
	 T(each_transport_is_released_once_unless_it_was_refused),
	 T(memory_may_run_out_anywhere),
	 T(a_client_is_told_to_try_again_when_there_is_no_memory))
