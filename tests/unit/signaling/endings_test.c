/* tests/unit/signaling/endings_test.c - how the server ends connections,
 * and what it does not put up with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

TEST(the_end_of_a_meeting_waits_for_leave)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
	CHECK_ERR(rd_signaling_refuse(d.s, id_of('A'), 500, d.now_ms),
		  RD_E_STATE);
	EXPECT("A status 410; A release; B status 410; B release");
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	EXPECT("A leave-ack");
	CHECK_TEXT(after(1999), "");
	CHECK_TEXT(after(1), "B close 4410; A close 4410");
	end();
}

TEST(a_meeting_that_is_over_says_4410_at_join)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, OPENED);
	come(0, 7, JOINED);
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
	EXPECT("B status 410");
	CHECK_OK(try_ping('A', 1));
	CHECK_OK(try_join('A', 7));
	EXPECT("A pong 1; A close 4410");
	after(3600 * 1000); /* however late */
	come(1, 8, OPENED);
	CHECK_OK(try_join('C', 8));
	EXPECT("C close 4410");
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.refused_ended, 2);
	CHECK_EQ(stats.meetings + stats.attendees + stats.connections, 0);
	end();
}

TEST(a_meeting_may_be_closed_without_waiting)
{
	begin(false);
	come(0, 7, ACTIVE);
	rd_signaling_meeting_close(d.s, "m", d.now_ms);
	EXPECT("A status 410; A close 4410; A release");
	rd_signaling_meeting_close(d.s, "m", d.now_ms);
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
	EXPECT("");
	end();
}

TEST(the_end_releases_what_a_lost_socket_left)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
	/* The driver ended it and needs no news of who was in it. */
	EXPECT("A release");
	CHECK_EQ(rd_signaling_due_ms(d.s), RD_NEVER);
	end();
}

TEST(an_attendee_who_is_removed_is_told_411)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	rd_signaling_attendee_remove(d.s, "m", "alice", d.now_ms);
	EXPECT("A status 411; A release; B roster -1");
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('C', 7));
	EXPECT("C join-ack error 403");
	CHECK_TEXT(after(2000), "C close 4403; A close 4403");
	end();
}

TEST(a_removed_attendee_may_have_old_and_unjoined_sockets)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	asked();
	come(0, 7, OPENED);
	come(0, 7, NEGOTIATED);
	rd_signaling_attendee_remove(d.s, "m", "alice", d.now_ms);
	EXPECT("A release; C status 411; C release");
	CHECK_OK(try_join('B', 7));
	EXPECT("B join-ack error 403");
	rd_signaling_attendee_remove(d.s, "m", "alice", d.now_ms);
	rd_signaling_attendee_remove(d.s, "?", "alice", d.now_ms);
	EXPECT("");
	end();
}

TEST(a_drain_sends_every_client_elsewhere)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, OPENED);
	rd_signaling_drain(d.s, d.now_ms);
	EXPECT("reconnecting alice; A close 4500; B close 4500");
	end();
}

/* ---- time and order ---- */

TEST(fifteen_seconds_without_join_are_enough)
{
	begin(false);
	accept_token("m", d.token[0]);
	CHECK_OK(try_ping('A', 1));
	CHECK_TEXT(after(14999), "A pong 1");
	CHECK_TEXT(after(1), "A close 4400");
	accept_token("m", "bad"); /* less for who shows no good token */
	CHECK_TEXT(after(4999), "");
	CHECK_TEXT(after(1), "B close 4400");
	end();
}

TEST(a_minute_without_subscribe_is_enough)
{
	begin(false);
	come(0, 7, JOINED);
	CHECK_TEXT(after(59999), "");
	CHECK_TEXT(after(1), "A close 4400");
	end();
}

TEST(nothing_but_ping_comes_before_join)
{
	static const enum rd_frame_type types[] = {
		RD_FRAME_SUBSCRIBE,     RD_FRAME_LEAVE,
		RD_FRAME_AUDIO_CONTROL, RD_FRAME_DATA_MESSAGE,
		RD_FRAME_CLIENT_METRIC, RD_FRAME_REMOTE_VIDEO_UPDATE,
		RD_FRAME_INDEX,
	};

	begin(false);
	for (unsigned i = 0; i < RD_COUNT(types); i++) {
		d.conn_count = 0;
		come(0, 7, OPENED);
		CHECK_OK(try_type('A', types[i]));
		EXPECT("A close 4400");
	}
	end();
}

TEST(a_second_join_is_refused)
{
	begin(false);
	come(0, 7, JOINED);
	CHECK_OK(try_join('A', 7));
	EXPECT("A close 4400");
	come(0, 7, ACTIVE);
	CHECK_OK(try_join('B', 7));
	EXPECT("reconnecting alice; B close 4400");
	end();
}

TEST(a_second_offer_before_the_answer_is_refused)
{
	begin(false);
	come(0, 7, OFFERED);
	CHECK_OK(try_subscribe('A', "v=1", false));
	EXPECT("A close 4400; A release");
	come(0, 7, ACTIVE_REOFFERED);
	CHECK_OK(try_subscribe('B', "", false));
	EXPECT("reconnecting alice; B close 4400");
	end();
}

TEST(what_a_client_says_while_it_is_going_is_no_fault)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	CHECK_OK(try_type('A', RD_FRAME_CLIENT_METRIC));
	CHECK_OK(try_mute('A', true));
	CHECK_OK(try_data('A', "t", SPAN("x"), 0));
	media_up('A');
	EXPECT("departed alice; A leave-ack; A release");
	come(1, 8, ACTIVE);
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
	CHECK_OK(try_subscribe('B', "v=1", false));
	CHECK_OK(try_type('B', RD_FRAME_PAUSE));
	EXPECT("B status 410; B release");
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.unexpected, 0);
	end();
}

TEST(frames_of_a_server_are_counted_and_dropped)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, ACTIVE);
	CHECK_ERR(try_type('A', RD_FRAME_JOIN_ACK), RD_E_STATE);
	CHECK_ERR(try_type('A', RD_FRAME_AUDIO_STATUS), RD_E_STATE);
	media_up('A'); /* what is not a frame is not counted */
	EXPECT("");
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.unexpected, 2);
	end();
}

TEST(what_is_no_frame_ends_the_connection)
{
	begin(false);
	come(0, 7, ACTIVE);
	CHECK_ERR(rd_signaling_feed(d.s, id_of('A'), SPAN("\x05\x08"),
				    d.now_ms),
		  RD_E_FORMAT);
	EXPECT("reconnecting alice; A close 1002");
	/* A JOIN and a ping must have their bodies. */
	come(0, 7, OPENED);
	CHECK_ERR(rd_signaling_feed(d.s, id_of('B'),
				    SPAN("\x05\x08\x01\x10\x01"), d.now_ms),
		  RD_E_FORMAT);
	EXPECT("B close 1002");
	come(0, 7, JOINED);
	CHECK_ERR(rd_signaling_feed(d.s, id_of('C'),
				    SPAN("\x05\x08\x01\x10\x13"), d.now_ms),
		  RD_E_FORMAT);
	EXPECT("C close 1002");
	end();
}

TEST(too_many_frames_end_the_connection)
{
	begin(false);
	come(0, 7, OPENED);
	for (unsigned i = 0; i < 100; i++)
		CHECK_OK(try_ping('A', i));
	CHECK_ERR(try_ping('A', 100), RD_E_LIMIT);
	EXPECT("A pong 99; A close 1008");
	come(0, 7, OPENED);
	for (unsigned i = 0; i < 280; i++) { /* 20 a second for 14 s */
		d.now_ms += 50;
		CHECK_OK(try_ping('B', i));
	}
	end();
}

TEST(sockets_that_do_not_join_are_limited)
{
	uint32_t id;

	begin(false);
	for (unsigned i = 0; i < 4; i++)
		come(0, 7, OPENED);
	CHECK_ERR(rd_signaling_accept(d.s, "m", rd_span_text(d.token[0]),
				      d.now_ms, &id),
		  RD_E_LIMIT);
	CHECK_EQ(id, 0);
	lost('A');
	come(0, 7, OPENED);
	while (rd_signaling_accept(d.s, "m", SPAN("bad"), d.now_ms, &id) ==
	       RD_OK)
		;
	CHECK_ERR(rd_signaling_accept(d.s, "m", SPAN("bad"), d.now_ms, &id),
		  RD_E_FULL);
	end();
}

RD_TESTS(T(the_end_of_a_meeting_waits_for_leave),
	 T(a_meeting_that_is_over_says_4410_at_join),
	 T(a_meeting_may_be_closed_without_waiting),
	 T(the_end_releases_what_a_lost_socket_left),
	 T(an_attendee_who_is_removed_is_told_411),
	 T(a_removed_attendee_may_have_old_and_unjoined_sockets),
	 T(a_drain_sends_every_client_elsewhere),
	 T(fifteen_seconds_without_join_are_enough),
	 T(a_minute_without_subscribe_is_enough),
	 T(nothing_but_ping_comes_before_join), T(a_second_join_is_refused),
	 T(a_second_offer_before_the_answer_is_refused),
	 T(what_a_client_says_while_it_is_going_is_no_fault),
	 T(frames_of_a_server_are_counted_and_dropped),
	 T(what_is_no_frame_ends_the_connection),
	 T(too_many_frames_end_the_connection),
	 T(sockets_that_do_not_join_are_limited))
