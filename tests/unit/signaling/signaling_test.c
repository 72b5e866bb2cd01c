/* tests/unit/signaling/signaling_test.c - joining, presence, volume, mute.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

TEST(a_client_joins_step_by_step)
{
	begin(true);
	accept_token("m", d.token[0]);
	EXPECT("");
	CHECK_OK(try_ping('A', 1)); /* the first message is a ping */
	CHECK_OK(try_join('A', 7));
	EXPECT("A pong 1; A join-ack; A index");
	CHECK_OK(try_subscribe('A', "v=0", false));
	EXPECT("A offer v=0 of alice");
	CHECK_OK(try_answer('A', "v=0 answer"));
	EXPECT("A subscribe-ack v=0 answer");
	media_up('A');
	/* The full roster comes first, with the client in it. */
	EXPECT("present alice; A roster +alice:2 +echo:1");
	CHECK_OK(try_type('A', RD_FRAME_MEETING_SESSION_TIMING));
	EXPECT("");
	CHECK_OK(try_type('A', RD_FRAME_LEAVE));
	EXPECT("departed alice; A leave-ack; A release");
	lost('A');
	EXPECT("");
	end();
}

TEST(others_see_who_comes_and_goes)
{
	begin(false);
	come(0, 7, ACTIVE);
	accept_token("m", d.token[1]);
	CHECK_OK(try_join('B', 8));
	CHECK_OK(try_subscribe('B', "v=0", true));
	/* He is muted from the start, and not here before media is up. */
	EXPECT("muted bob; B join-ack; B index; B offer v=0 of bob muted");
	CHECK_OK(try_answer('B', "x"));
	EXPECT("B subscribe-ack x");
	media_up('B');
	EXPECT("present bob; A roster +bob:2 muted; "
	       "B roster +alice:1 +bob:2 muted");
	CHECK_OK(try_type('B', RD_FRAME_LEAVE));
	EXPECT("departed bob; B leave-ack; B release; A roster -2");
	end();
}

TEST(a_party_without_socket_comes_and_goes_in_the_roster)
{
	begin(false);
	come(0, 7, ACTIVE);
	add("sip", false, NULL);
	EXPECT("A roster +sip:2");
	rd_signaling_mute(d.s, "m", "sip", true);
	EXPECT("A roster 2 muted");
	rd_signaling_attendee_remove(d.s, "m", "sip", d.now_ms);
	EXPECT("A roster -2");
	/* Its place is taken by another before anybody was told. */
	add("sip", false, NULL);
	EXPECT("A roster +sip:3");
	rd_signaling_attendee_remove(d.s, "m", "sip", d.now_ms);
	add("sip2", false, NULL);
	EXPECT("A roster -3 +sip2:4");
	end();
}

TEST(mute_is_told_to_everybody_and_to_the_driver)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_mute('A', true));
	EXPECT("muted alice; A roster 1 muted; B roster 1 muted");
	CHECK_OK(try_mute('A', true));
	EXPECT("");
	CHECK_OK(try_mute('A', false));
	EXPECT("unmuted alice; A roster 1 unmuted; B roster 1 unmuted");
	/* The driver's own doing is no news to it. */
	rd_signaling_mute(d.s, "m", "bob", true);
	EXPECT("A roster 2 muted; B roster 2 muted");
	end();
}

TEST(a_mute_before_media_is_up_is_not_lost)
{
	begin(false);
	come(0, 7, NEGOTIATED);
	CHECK_OK(try_mute('A', true));
	EXPECT("muted alice");
	media_up('A');
	EXPECT("present alice; A roster +alice:1 muted");
	end();
}

TEST(volumes_go_out_five_times_a_second_when_they_change)
{
	begin(true);
	come(0, 7, ACTIVE);
	CHECK_TEXT(after(1000), ""); /* nothing is known yet */
	rd_signaling_volume(d.s, "m", "echo", 20, RD_SIGNAL_GOOD);
	CHECK_TEXT(after(200), "A volumes 1=20/2");
	for (unsigned i = 0; i < 50; i++) {
		rd_signaling_volume(d.s, "m", "echo", (uint8_t)(30 + i),
				    RD_SIGNAL_GOOD);
		CHECK_TEXT(after(4), "");
		if (i == 48)
			break;
	}
	CHECK_TEXT(after(4), "A volumes 1=78/2");
	end();
}

TEST(volumes_go_out_every_second_when_nothing_changes)
{
	begin(true);
	rd_signaling_volume(d.s, "m", "echo", 20, RD_SIGNAL_WEAK);
	come(0, 7, ACTIVE);
	after(200);
	CHECK_TEXT(after(999), "");
	CHECK_TEXT(after(1), "A volumes 1=20/1");
	rd_signaling_volume(d.s, "m", "echo", 20, RD_SIGNAL_WEAK);
	CHECK_TEXT(after(999), "");
	CHECK_TEXT(after(1), "A volumes 1=20/1");
	lost('A');
	EXPECT("reconnecting alice");
	/* Nobody listens: nothing to do until the grace time is over. */
	CHECK_EQ(rd_signaling_due_ms(d.s), d.now_ms + 45000);
	end();
}

TEST(a_level_beyond_silence_is_silence)
{
	begin(true);
	come(0, 7, ACTIVE);
	rd_signaling_volume(d.s, "m", "echo", 255, RD_SIGNAL_NONE);
	CHECK_TEXT(after(200), "A volumes 1=127/0");
	rd_signaling_volume(d.s, "m", "nobody", 1, RD_SIGNAL_NONE);
	rd_signaling_volume(d.s, "x", "echo", 1, RD_SIGNAL_NONE);
	CHECK_TEXT(after(200), "");
	end();
}

TEST(a_second_subscribe_is_a_renegotiation)
{
	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_subscribe('A', "v=1", true));
	EXPECT("muted alice; A reoffer v=1 of alice muted; A roster 1 muted");
	CHECK_OK(try_answer('A', "again"));
	EXPECT("A subscribe-ack again");
	CHECK_OK(try_subscribe('A', "v=2", true));
	EXPECT("A reoffer v=2 of alice muted");
	CHECK_OK(rd_signaling_refuse(d.s, id_of('A'), 500, d.now_ms));
	EXPECT("A subscribe-ack error 500");
	CHECK_OK(try_mute('A', false)); /* the session goes on */
	EXPECT("unmuted alice; A roster 1 unmuted");
	end();
}

TEST(a_renegotiation_before_media_is_up_keeps_the_watchdog)
{
	begin(false);
	come(0, 7, REOFFERED);
	CHECK_TEXT(after(9000), "");
	CHECK_OK(try_answer('A', "x"));
	EXPECT("A subscribe-ack x");
	CHECK_TEXT(after(1000), "A close 4500; A release");
	end();
}

TEST(a_renegotiation_may_be_refused_before_media_is_up)
{
	begin(false);
	come(0, 7, REOFFERED);
	CHECK_OK(rd_signaling_refuse(d.s, id_of('A'), 503, d.now_ms));
	EXPECT("A subscribe-ack error 503");
	media_up('A'); /* by the first answer */
	EXPECT("present alice; A roster +alice:1");
	end();
}

TEST(a_pong_is_welcome)
{
	struct rd_frame f = { .type = RD_FRAME_PING_PONG,
			      .has_body = true,
			      .body.ping_pong = { true, 1 } };

	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_feed('A', &f));
	EXPECT("");
	end();
}

TEST(media_may_come_up_while_an_offer_is_open)
{
	begin(false);
	come(0, 7, REOFFERED);
	media_up('A');
	EXPECT("present alice; A roster +alice:1");
	CHECK_OK(try_answer('A', "x"));
	EXPECT("A subscribe-ack x");
	media_up('A'); /* once more is nothing */
	EXPECT("");
	end();
}

TEST(a_bad_offer_is_told_and_may_be_followed_by_a_good_one)
{
	begin(false);
	come(0, 7, JOINED);
	CHECK_OK(try_subscribe('A', "", false));
	EXPECT("A subscribe-ack error 400");
	CHECK_OK(try_subscribe('A', "v=0", false));
	EXPECT("A offer v=0 of alice");
	CHECK_OK(rd_signaling_refuse(d.s, id_of('A'), 400, d.now_ms));
	/* There is no transport, so none is released. */
	EXPECT("A subscribe-ack error 400");
	lost('A');
	EXPECT("");
	end();
}

TEST(an_answer_is_taken_once_and_only_for_an_offer)
{
	begin(false);
	come(0, 7, JOINED);
	CHECK_ERR(try_answer('A', "x"), RD_E_STATE);
	CHECK_OK(try_subscribe('A', "v=0", false));
	CHECK_ERR(try_answer('A', "x"), RD_E_STATE); /* not asked yet */
	CHECK_ERR(rd_signaling_refuse(d.s, id_of('A'), 400, d.now_ms),
		  RD_E_STATE);
	EXPECT("A offer v=0 of alice");
	CHECK_ERR(try_answer('A', ""), RD_E_SIZE);
	CHECK_OK(try_answer('A', "x"));
	CHECK_ERR(try_answer('A', "y"), RD_E_STATE);
	EXPECT("A subscribe-ack x");
	lost('A');
	CHECK_ERR(try_answer('A', "x"), RD_E_NOTFOUND);
	EXPECT("A release");
	CHECK_ERR(try_answer('A', "x"), RD_E_NOTFOUND);
	end();
}

TEST(client_metrics_are_passed_on)
{
	struct rd_frame_metric list[] = {
		{ 13, 21 }, { 15, 0.5 }, { 9, 4 }, { 16, 5 }, { 14, 50 }
	};
	struct rd_frame f = { .type = RD_FRAME_CLIENT_METRIC,
			      .has_body = true,
			      .body.list = { list, 5 } };

	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_feed('A', &f));
	EXPECT("metric rtt 21 loss 0.5 jitter 4 5 of alice");
	/* What cannot be is what was not said. */
	list[0].value = -1;
	list[1].value = 1e300;
	list[2].value = 0.0 / 0.0;
	f.body.list.count = 3;
	CHECK_OK(try_feed('A', &f));
	EXPECT("metric rtt -1 loss -1.0 jitter -1 -1 of alice");
	end();
}

TEST(pongs_carry_the_latest_id_in_every_state)
{
	begin(false);
	for (enum until until = OPENED; until <= ACTIVE_REOFFERED; until++) {
		char conn = come(0, 7, until);

		CHECK_OK(try_ping(conn, 3));
		CHECK_OK(try_ping(conn, 4));
		asked();
		CHECK(strstr(d.log, "pong 4") && !strstr(d.log, "pong 3"));
		lost(conn);
		after(60000);
	}
	come(0, 7, ACTIVE);
	CHECK_OK(try_type('H', RD_FRAME_LEAVE));
	CHECK_OK(try_ping('H', 9));
	EXPECT("departed alice; H pong 9; H leave-ack; H release");
	end();
}

TEST(times_can_be_configured)
{
	static const uint8_t key[32] = { 1 };
	struct rd_signaling_cfg cfg = { .key = rd_span(key, sizeof(key)),
					.meetings = 1,
					.wall_offset_ms = wall_ms,
					.grace_ms = 1000 };

	memset(&d, 0, sizeof(d));
	d.now_ms = START_MS;
	CHECK_OK(rd_signaling_open(&d.s, &cfg, d.now_ms));
	CHECK_OK(rd_signaling_meeting_open(d.s, "m", d.now_ms));
	add("alice", true, d.token[0]);
	come(0, 7, ACTIVE);
	lost('A');
	EXPECT("reconnecting alice");
	CHECK_TEXT(after(1000), "departed alice dropped; A release");
	end();
	rd_signaling_close(NULL);
}

TEST(the_wall_clock_may_be_set)
{
	begin(false);
	rd_signaling_set_wall(d.s, wall_ms + 61000);
	accept_token("m", d.token[0]); /* expired by that clock */
	CHECK_OK(try_join('A', 7));
	rd_signaling_set_wall(d.s, wall_ms);
	EXPECT("A join-ack error 403");
	end();
}

static const char *const sixteen[] = { "a", "b", "c", "e", "f", "g", "h", "i",
				       "j", "k", "l", "m", "n", "o", "p", "q" };

TEST(a_meeting_has_sixteen_places)
{
	struct rd_signaling_attendee more = { "r", "user", false, 0 };

	open_machine(1);
	CHECK_OK(rd_signaling_meeting_open(d.s, "m", d.now_ms));
	for (size_t i = 0; i < RD_COUNT(sixteen); i++)
		add(sixteen[i], false, NULL);
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &more, d.now_ms, NULL),
		  RD_E_LIMIT);
	end();
}

TEST(a_token_lives_as_long_as_its_attendee_was_given)
{
	struct rd_signaling_attendee a = { "alice", "user", true, 0 };
	char token[RD_SIGNALING_TOKEN_TEXT], late[RD_SIGNALING_TOKEN_TEXT];

	open_machine(1);
	CHECK_OK(rd_signaling_meeting_open(d.s, "m", d.now_ms));
	CHECK_OK(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, token));
	rd_signaling_attendee_remove(d.s, "m", "alice", d.now_ms);
	a.token_ms = 300000;
	CHECK_OK(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, late));
	CHECK(strcmp(token, late) != 0);
	/* The same moment, told by the machine's own lifetime. */
	CHECK_OK(rd_signaling_token(d.s, "m", "alice", d.now_ms + 240000,
				    token));
	CHECK_TEXT(token, late);
	end();
}

TEST(what_is_added_is_checked)
{
	static const char long_id[] = "0123456789012345678901234567890123456789"
				      "012345678901234567890123";
	struct rd_signaling_attendee a = { "alice", "user", true, 0 };

	begin(false);
	CHECK_EQ(strlen(long_id), 64);
	CHECK_ERR(rd_signaling_meeting_open(d.s, "m", d.now_ms), RD_E_EXISTS);
	CHECK_ERR(rd_signaling_meeting_open(d.s, "", d.now_ms), RD_E_SIZE);
	CHECK_ERR(rd_signaling_meeting_open(d.s, long_id, d.now_ms), RD_E_SIZE);
	CHECK_OK(rd_signaling_meeting_open(d.s, long_id + 1, d.now_ms));
	CHECK_OK(rd_signaling_meeting_open(d.s, "m2", d.now_ms));
	CHECK_OK(rd_signaling_meeting_open(d.s, "m3", d.now_ms));
	CHECK_ERR(rd_signaling_meeting_open(d.s, "m4", d.now_ms), RD_E_FULL);
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, d.token[0]),
		  RD_E_EXISTS);
	CHECK_TEXT(d.token[0], "");
	CHECK_ERR(rd_signaling_attendee_add(d.s, "?", &a, d.now_ms, NULL),
		  RD_E_NOTFOUND);
	a.attendee_id = "carol#content";
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, NULL),
		  RD_E_SIZE);
	a.attendee_id = "";
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, NULL),
		  RD_E_SIZE);
	a.attendee_id = "carol";
	a.external_user_id = "u";
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, NULL),
		  RD_E_SIZE);
	a.external_user_id = "\xff\xff";
	CHECK_ERR(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, NULL),
		  RD_E_FORMAT);
	a.external_user_id = long_id; /* exactly 64 */
	CHECK_OK(rd_signaling_attendee_add(d.s, "m", &a, d.now_ms, NULL));
	end();
}

RD_TESTS(T(a_client_joins_step_by_step), T(others_see_who_comes_and_goes),
	 T(a_party_without_socket_comes_and_goes_in_the_roster),
	 T(mute_is_told_to_everybody_and_to_the_driver),
	 T(a_mute_before_media_is_up_is_not_lost),
	 T(volumes_go_out_five_times_a_second_when_they_change),
	 T(volumes_go_out_every_second_when_nothing_changes),
	 T(a_level_beyond_silence_is_silence),
	 T(a_second_subscribe_is_a_renegotiation),
	 T(a_renegotiation_before_media_is_up_keeps_the_watchdog),
	 T(a_renegotiation_may_be_refused_before_media_is_up),
	 T(a_pong_is_welcome), T(media_may_come_up_while_an_offer_is_open),
	 T(a_bad_offer_is_told_and_may_be_followed_by_a_good_one),
	 T(an_answer_is_taken_once_and_only_for_an_offer),
	 T(client_metrics_are_passed_on),
	 T(pongs_carry_the_latest_id_in_every_state),
	 T(times_can_be_configured), T(the_wall_clock_may_be_set),
	 T(a_meeting_has_sixteen_places),
	 T(a_token_lives_as_long_as_its_attendee_was_given),
	 T(what_is_added_is_checked))
