/* tests/unit/signaling/endings_test.c - how connections end, and how clients
 * come back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

/* ---- reconnection (F27, F33, F37) ---- */

TEST(a_lost_socket_is_grace_and_the_same_client_comes_back)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice"); /* bob still sees her */
	d.now_ms += 40000;
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('C', 7));
	EXPECT("C join-ack; C index");
	end();
}

TEST(the_old_transport_is_released_when_the_new_one_is_up)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice");
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('B', 7));
	CHECK_OK(try_subscribe('B', "v=0", true));
	/* The mute state comes with the offer, not by AUDIO_CONTROL. */
	EXPECT("muted alice; B join-ack; B index; "
	       "B offer v=0 of alice muted after A");
	CHECK_OK(try_answer('B', "x"));
	EXPECT("B subscribe-ack x");
	media_up('B');
	EXPECT("present alice; A release; B roster +alice:2 muted");
	end();
}

TEST(the_new_socket_may_come_before_the_old_one_is_known_to_be_dead)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('C', 7));
	/* Dropped silently: the client has left it already. */
	EXPECT("reconnecting alice; A abort; C join-ack; C index");
	lost('A');
	EXPECT("");
	CHECK_OK(try_subscribe('C', "v=0", false));
	EXPECT("C offer v=0 of alice after A");
	CHECK_OK(try_answer('C', "x"));
	EXPECT("C subscribe-ack x");
	media_up('C');
	EXPECT("present alice; A release; B roster +alice:3; "
	       "C roster +alice:3 +bob:2");
	end();
}

TEST(another_device_takes_over_and_the_first_is_told)
{
	begin(false);
	come(0, 7, ACTIVE);
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('B', 99));
	EXPECT("reconnecting alice; A status 301; B join-ack; B index");
	CHECK_OK(try_type('A', RD_FRAME_LEAVE)); /* is not her leaving */
	EXPECT("A leave-ack");
	CHECK_OK(try_subscribe('B', "v=0", false));
	EXPECT("B offer v=0 of alice after A");
	CHECK_OK(try_answer('B', "x"));
	media_up('B');
	EXPECT("present alice; B subscribe-ack x; B roster +alice:2; "
	       "A release");
	CHECK_TEXT(after(1999), "");
	CHECK_TEXT(after(1), "A close 4409");
	end();
}

TEST(a_new_attempt_replaces_one_that_has_not_come_up)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	asked();
	come(0, 7, NEGOTIATED);
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('C', 7));
	/* B's transport never carried media; A's still does. */
	EXPECT("B abort; B release; C join-ack; C index");
	CHECK_OK(try_subscribe('C', "v=0", false));
	EXPECT("C offer v=0 of alice after A");
	end();
}

TEST(grace_ends_in_departure)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(44999), "");
	CHECK_TEXT(after(1), "departed alice dropped; A release; "
			     "B roster -1 dropped");
	end();
}

TEST(a_page_that_goes_has_less_grace_and_a_reload_comes_back)
{
	begin(false);
	come(0, 7, ACTIVE);
	rd_signaling_page_gone(d.s, id_of('A'), d.now_ms);
	EXPECT("reconnecting alice");
	after(3000);
	come(0, 8, ACTIVE); /* reloaded: another session */
	rd_signaling_page_gone(d.s, id_of('B'), d.now_ms);
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(4999), "");
	CHECK_TEXT(after(1), "departed alice dropped; B release");
	/* A socket that does not count changes nothing. */
	come(0, 9, ACTIVE);
	come(0, 9, OPENED);
	rd_signaling_page_gone(d.s, id_of('D'), d.now_ms);
	rd_signaling_page_gone(d.s, id_of('D'), d.now_ms);
	lost('C');
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(44999), "");
	end();
}

TEST(grace_waits_for_an_attempt_under_way)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	asked();
	after(40000);
	come(0, 7, NEGOTIATED);
	CHECK_TEXT(after(6000), ""); /* 46 s: not departed */
	media_up('B');
	EXPECT("present alice; A release; B roster +alice:2");
	lost('B');
	EXPECT("reconnecting alice");
	after(40000);
	come(0, 7, NEGOTIATED);
	after(6000);
	lost('C'); /* the attempt fails after the time is used up */
	EXPECT("departed alice dropped; C release; B release");
	end();
}

TEST(a_replaced_attempt_past_the_grace_time_is_no_departure)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	asked();
	after(40000);
	come(0, 7, NEGOTIATED);
	after(6000);
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('C', 7));
	EXPECT("B abort; B release; C join-ack; C index");
	end();
}

TEST(leave_after_a_failed_start_is_no_departure_and_the_token_stays_good)
{
	begin(false);
	come(0, 7, NEGOTIATED);
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	EXPECT("A leave-ack; A release");
	lost('A');
	after(120000); /* long after the token's time to first use */
	come(0, 7, ACTIVE);
	CHECK_OK(try_type('B', RD_FRAME_LEAVE));
	EXPECT("departed alice; B leave-ack; B release");
	come(0, 7, ACTIVE);
	end();
}

TEST(leave_of_a_failed_reconnection_leaves_the_grace_time_running)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	asked();
	come(0, 7, JOINED);
	CHECK_OK(try_type('B', RD_FRAME_LEAVE));
	EXPECT("B leave-ack");
	lost('B');
	CHECK_TEXT(after(45000), "departed alice dropped; A release");
	end();
}

TEST(a_client_that_left_is_closed_if_it_does_not_close)
{
	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	EXPECT("departed alice; A leave-ack; A release");
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	EXPECT("A leave-ack");
	CHECK_TEXT(after(1999), "");
	CHECK_TEXT(after(1), "A close 1000");
	CHECK_ERR(try_ping('A', 1), RD_E_NOTFOUND);
	end();
}

/* ---- media ---- */

TEST(a_handshake_that_does_not_end_is_closed_with_4500)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, NEGOTIATED);
	CHECK_TEXT(after(9999), "");
	CHECK_TEXT(after(1), "A close 4500; A release");
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.watchdog, 1);
	CHECK_EQ(stats.connections, 0);
	end();
}

TEST(media_lost_makes_the_client_come_again)
{
	begin(false);
	come(0, 7, ACTIVE);
	rd_signaling_media_lost(d.s, id_of('A'), d.now_ms);
	EXPECT("reconnecting alice; A close 4500; A release");
	come(0, 7, NEGOTIATED);
	rd_signaling_media_lost(d.s, id_of('B'), d.now_ms);
	EXPECT("B close 4500; B release");
	come(0, 7, ACTIVE);
	end();
}

TEST(media_of_a_lost_socket_may_be_lost_too)
{
	begin(false);
	come(0, 7, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice");
	rd_signaling_media_lost(d.s, id_of('A'), d.now_ms);
	EXPECT("A release");
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('B', 7));
	CHECK_OK(try_subscribe('B', "v=0", false));
	EXPECT("B join-ack; B index; B offer v=0 of alice");
	end();
}

TEST(an_offer_that_nobody_answers_is_closed_with_4500)
{
	begin(false);
	come(0, 7, OFFERED);
	CHECK_TEXT(after(14999), "");
	CHECK_TEXT(after(1), "A close 4500; A release");
	come(0, 7, ACTIVE_REOFFERED);
	CHECK_TEXT(after(15000), "reconnecting alice; B close 4500");
	end();
}

/* ---- the server ends ---- */

TEST(the_end_of_a_meeting_waits_for_leave)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	rd_signaling_meeting_end(d.s, "m", d.now_ms);
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

/* ---- tokens ---- */

/* Long enough to be a token. */
static const char zeroes[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(a_wrong_token_is_accepted_and_hears_403_at_join)
{
	static const char *const bad[] = { "", "x", "====", "a.b-c_d", zeroes };
	struct rd_signaling_stats stats;

	begin(false);
	for (unsigned i = 0; i < RD_COUNT(bad); i++) {
		accept_token("m", bad[i]);
		CHECK_OK(try_ping((char)('A' + i), 1));
		CHECK_OK(try_join((char)('A' + i), 7));
		asked();
		CHECK(strstr(d.log, "pong 1"));
		CHECK(strstr(d.log, "join-ack error 403"));
		lost((char)('A' + i));
	}
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.refused_tokens, RD_COUNT(bad));
	CHECK_EQ(stats.connections, 0);
	end();
}

TEST(a_token_is_bound_to_its_meeting)
{
	begin(false);
	CHECK_OK(rd_signaling_meeting_open(d.s, "m2", d.now_ms));
	accept_token("m2", d.token[0]);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack error 403");
	accept_token("m3", d.token[0]); /* and is not "over" elsewhere */
	CHECK_OK(try_join('B', 7));
	EXPECT("B join-ack error 403");
	end();
}

TEST(every_changed_character_of_a_token_is_refused)
{
	begin(false);
	for (size_t i = 0; d.token[0][i]; i++) {
		char token[RD_SIGNALING_TOKEN_TEXT];

		memcpy(token, d.token[0], sizeof(token));
		token[i] = token[i] == 'A' ? 'B' : 'A';
		d.conn_count = 0;
		accept_token("m", token);
		CHECK_OK(try_join('A', 7));
		EXPECT("A join-ack error 403");
		lost('A');
	}
	end();
}

TEST(a_token_holds_characters_of_an_http_token_only)
{
	RFC("9110 5.6.2");
	begin(false);
	CHECK(strlen(d.token[0]) >= 2 &&
	      strlen(d.token[0]) < RD_SIGNALING_TOKEN_TEXT);
	CHECK_EQ(strspn(d.token[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_"),
		 strlen(d.token[0]));
	end();
}

TEST(a_token_must_be_used_in_time_once)
{
	begin(false);
	d.now_ms += 60000;
	come(0, 7, ACTIVE);
	d.now_ms += 1;
	accept_token("m", d.token[1]);
	CHECK_OK(try_join('B', 8));
	CHECK(strstr(asked(), "B join-ack error 403"));
	/* Who has joined may come back all the call long. */
	lost('A');
	asked();
	after(30000);
	come(0, 7, ACTIVE);
	CHECK_OK(rd_signaling_token(d.s, "m", "bob", d.now_ms, d.token[1]));
	come(1, 8, ACTIVE);
	CHECK_ERR(rd_signaling_token(d.s, "m", "eve", d.now_ms, d.token[2]),
		  RD_E_NOTFOUND);
	end();
}

TEST(a_token_outlives_the_process)
{
	char token[RD_SIGNALING_TOKEN_TEXT];

	begin(false);
	memcpy(token, d.token[0], sizeof(token));
	end();
	begin(false); /* the meeting was taken up again */
	accept_token("m", token);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack; A index");
	end();
}

TEST(a_party_without_socket_has_no_use_for_a_token)
{
	begin(true);
	CHECK_OK(rd_signaling_token(d.s, "m", "echo", d.now_ms, d.token[2]));
	accept_token("m", d.token[2]);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack error 403");
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
	/* A JOIN must have its body. */
	come(0, 7, OPENED);
	CHECK_ERR(rd_signaling_feed(d.s, id_of('B'),
				    SPAN("\x05\x08\x01\x10\x01"), d.now_ms),
		  RD_E_FORMAT);
	EXPECT("B close 1002");
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

RD_TESTS(T(a_lost_socket_is_grace_and_the_same_client_comes_back),
	 T(the_old_transport_is_released_when_the_new_one_is_up),
	 T(the_new_socket_may_come_before_the_old_one_is_known_to_be_dead),
	 T(another_device_takes_over_and_the_first_is_told),
	 T(a_new_attempt_replaces_one_that_has_not_come_up),
	 T(a_page_that_goes_has_less_grace_and_a_reload_comes_back),
	 T(grace_ends_in_departure), T(grace_waits_for_an_attempt_under_way),
	 T(a_replaced_attempt_past_the_grace_time_is_no_departure),
	 T(leave_after_a_failed_start_is_no_departure_and_the_token_stays_good),
	 T(leave_of_a_failed_reconnection_leaves_the_grace_time_running),
	 T(a_client_that_left_is_closed_if_it_does_not_close),
	 T(a_handshake_that_does_not_end_is_closed_with_4500),
	 T(media_lost_makes_the_client_come_again),
	 T(media_of_a_lost_socket_may_be_lost_too),
	 T(an_offer_that_nobody_answers_is_closed_with_4500),
	 T(the_end_of_a_meeting_waits_for_leave),
	 T(a_meeting_that_is_over_says_4410_at_join),
	 T(a_meeting_may_be_closed_without_waiting),
	 T(the_end_releases_what_a_lost_socket_left),
	 T(an_attendee_who_is_removed_is_told_411),
	 T(a_removed_attendee_may_have_old_and_unjoined_sockets),
	 T(a_drain_sends_every_client_elsewhere),
	 T(a_wrong_token_is_accepted_and_hears_403_at_join),
	 T(a_token_is_bound_to_its_meeting),
	 T(every_changed_character_of_a_token_is_refused),
	 T(a_token_holds_characters_of_an_http_token_only),
	 T(a_token_must_be_used_in_time_once), T(a_token_outlives_the_process),
	 T(a_party_without_socket_has_no_use_for_a_token),
	 T(fifteen_seconds_without_join_are_enough),
	 T(a_minute_without_subscribe_is_enough),
	 T(nothing_but_ping_comes_before_join), T(a_second_join_is_refused),
	 T(a_second_offer_before_the_answer_is_refused),
	 T(what_a_client_says_while_it_is_going_is_no_fault),
	 T(frames_of_a_server_are_counted_and_dropped),
	 T(what_is_no_frame_ends_the_connection),
	 T(too_many_frames_end_the_connection),
	 T(sockets_that_do_not_join_are_limited))
