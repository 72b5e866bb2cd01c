/* tests/unit/signaling/reconnect_test.c - clients that come back (F27, F33,
 * F35, F37), and transports that are lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

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

TEST(a_socket_that_never_joined_is_lost_without_effect)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, ACTIVE);
	come(0, 7, OPENED);
	lost('B');
	EXPECT("");
	accept_token("m", d.token[0]);
	CHECK_OK(try_ping('A', 1));
	CHECK_OK(try_join('C', 7));
	/* A still counted until now; nothing more is said to it. */
	EXPECT("reconnecting alice; A abort; C join-ack; C index");
	come(1, 8, JOINED);
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.joins, 3);
	CHECK_EQ(stats.reconnects, 1);
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
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(44999), "");
	CHECK_TEXT(after(1), "departed alice dropped; A release; "
			     "B roster -1 dropped");
	come(0, 7, JOINED);
	lost('C'); /* not here, so not lost */
	CHECK_OK(try_type('B', RD_FRAME_LEAVE));
	after(100000);
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.departed_dropped, 1);
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

/* ---- another page ---- */

static void park(uint64_t ms)
{
	rd_signaling_attendee_park(d.s, "m", "alice", d.now_ms + ms, d.now_ms);
}

static void resume(uint64_t ms)
{
	CHECK_OK(rd_signaling_attendee_resume(d.s, "m", "alice", d.now_ms + ms,
					      d.now_ms, d.token[2]));
}

TEST(a_parked_client_is_dropped_without_a_word_and_its_media_is_held)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	EXPECT("reconnecting alice; A abort");
	lost('A');
	EXPECT("");
	CHECK_TEXT(after(44999), "");
	CHECK_TEXT(after(1), "departed alice dropped; A release");
	end();
}

/* The page closes with 1001 right after it has said that it goes. */
TEST(a_parked_page_has_the_time_it_was_given_however_its_socket_ends)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	rd_signaling_page_gone(d.s, id_of('A'), d.now_ms);
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(44999), "");
	end();

	begin(false);
	come(0, 7, ACTIVE);
	rd_signaling_page_gone(d.s, id_of('A'), d.now_ms);
	park(45000);
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(44999), "");
	end();
}

TEST(a_client_that_was_parked_and_lives_may_come_back)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	asked();
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('B', 7));
	CHECK_OK(try_subscribe('B', "v=0", false));
	EXPECT("B join-ack; B index; B offer v=0 of alice after A");
	CHECK_OK(try_answer('B', "x"));
	media_up('B');
	EXPECT("present alice; B subscribe-ack x; B roster +alice:2; "
	       "A release");
	CHECK_TEXT(after(100), "");
	end();
}

/* chime-signaling section 4.2: another session id, but no other device. */
TEST(another_page_joins_with_its_own_token_and_nobody_is_told_of_a_device)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	lost('A');
	asked();
	resume(45000);
	EXPECT("");
	accept_token("m", d.token[2]);
	CHECK_OK(try_join('B', 99));
	CHECK_OK(try_subscribe('B', "v=0", false));
	EXPECT("B join-ack; B index; B offer v=0 of alice after A");
	CHECK_OK(try_answer('B', "x"));
	media_up('B');
	EXPECT("present alice; B subscribe-ack x; B roster +alice:2; "
	       "A release");
	end();
}

TEST(the_token_of_a_page_that_was_replaced_is_worth_nothing)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	asked();
	resume(45000); /* in the same millisecond */
	accept_token("m", d.token[0]);
	CHECK_OK(try_join('B', 7));
	EXPECT("B join-ack error 403");
	come(2, 8, ACTIVE);
	end();
}

TEST(a_page_that_had_not_joined_yet_may_not_join_any_more)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	asked();
	accept_token("m", d.token[0]);
	resume(45000);
	CHECK_OK(try_join('B', 7));
	EXPECT("B join-ack error 403");
	/* Its place among those who have not joined is free again. */
	for (int i = 0; i < 4; i++)
		accept_token("m", d.token[2]);
	end();
}

TEST(a_page_that_is_joining_is_told_when_another_takes_its_place)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(45000);
	asked();
	come(0, 7, NEGOTIATED);
	resume(45000);
	EXPECT("B status 301; B release");
	lost('B');
	come(2, 9, ACTIVE);
	end();
}

TEST(a_token_to_resume_with_must_be_used_in_time)
{
	begin(false);
	come(0, 7, ACTIVE);
	park(300000);
	resume(300000);
	asked();
	after(61000);
	accept_token("m", d.token[2]);
	CHECK_OK(try_join('B', 8));
	EXPECT("B join-ack error 403");
	end();
}

TEST(who_was_never_there_may_be_parked_and_resumed_too)
{
	begin(true);
	park(1000);
	come(0, 7, NEGOTIATED);
	park(1000);
	EXPECT("A abort; A release");
	CHECK_TEXT(after(2000), "");
	resume(1000);
	come(2, 8, ACTIVE);
	rd_signaling_attendee_park(d.s, "m", "nobody", 0, d.now_ms);
	rd_signaling_attendee_park(d.s, "m", "echo", 0, d.now_ms);
	CHECK_ERR(rd_signaling_attendee_resume(d.s, "m", "echo", 0, d.now_ms,
					       d.token[3]),
		  RD_E_NOTFOUND);
	CHECK_ERR(rd_signaling_attendee_resume(d.s, "x", "alice", 0, d.now_ms,
					       d.token[3]),
		  RD_E_NOTFOUND);
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

RD_TESTS(
	T(a_lost_socket_is_grace_and_the_same_client_comes_back),
	T(the_old_transport_is_released_when_the_new_one_is_up),
	T(the_new_socket_may_come_before_the_old_one_is_known_to_be_dead),
	T(a_socket_that_never_joined_is_lost_without_effect),
	T(another_device_takes_over_and_the_first_is_told),
	T(a_new_attempt_replaces_one_that_has_not_come_up),
	T(grace_ends_in_departure),
	T(a_page_that_goes_has_less_grace_and_a_reload_comes_back),
	T(grace_waits_for_an_attempt_under_way),
	T(a_replaced_attempt_past_the_grace_time_is_no_departure),
	T(leave_after_a_failed_start_is_no_departure_and_the_token_stays_good),
	T(leave_of_a_failed_reconnection_leaves_the_grace_time_running),
	T(a_client_that_left_is_closed_if_it_does_not_close),
	T(a_parked_client_is_dropped_without_a_word_and_its_media_is_held),
	T(a_parked_page_has_the_time_it_was_given_however_its_socket_ends),
	T(a_client_that_was_parked_and_lives_may_come_back),
	T(another_page_joins_with_its_own_token_and_nobody_is_told_of_a_device),
	T(the_token_of_a_page_that_was_replaced_is_worth_nothing),
	T(a_page_that_had_not_joined_yet_may_not_join_any_more),
	T(a_page_that_is_joining_is_told_when_another_takes_its_place),
	T(a_token_to_resume_with_must_be_used_in_time),
	T(who_was_never_there_may_be_parked_and_resumed_too),
	T(a_handshake_that_does_not_end_is_closed_with_4500),
	T(media_lost_makes_the_client_come_again),
	T(media_of_a_lost_socket_may_be_lost_too),
	T(an_offer_that_nobody_answers_is_closed_with_4500))
