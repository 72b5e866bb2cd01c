/* tests/unit/signaling/data_test.c - data messages.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

TEST(a_message_goes_to_all_others_and_to_the_driver)
{
	begin(true);
	add("carol", true, d.token[2]);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	come(2, 9, ACTIVE);
	CHECK_OK(try_data('A', "dtmf", SPAN("5"), 0));
	EXPECT("got dtmf=5 of alice; B data dtmf=5 from alice; "
	       "C data dtmf=5 from alice");
	EXPECT("");
	end();
}

TEST(the_sender_is_our_word_not_the_clients)
{
	struct rd_frame_data m = { .topic = SPAN("chat"),
				   .data = SPAN("x"),
				   .sender_attendee_id = SPAN("bob"),
				   .sender_external_user_id = SPAN("boss"),
				   .ingest_time_ns = 1 };
	struct rd_frame f = { .type = RD_FRAME_DATA_MESSAGE,
			      .has_body = true,
			      .body.list = { &m, 1 } };

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_feed('A', &f));
	EXPECT("got chat=x of alice; B data chat=x from alice");
	end();
}

TEST(a_frame_may_hold_several_messages)
{
	struct rd_frame_data m[] = { { .topic = SPAN("t"), .data = SPAN("1") },
				     { .topic = SPAN("?"), .data = SPAN("2") },
				     { .topic = SPAN("t"),
				       .data = SPAN("3") } };
	struct rd_frame f = { .type = RD_FRAME_DATA_MESSAGE,
			      .has_body = true,
			      .body.list = { m, 3 } };

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_feed('A', &f));
	EXPECT("got t=1 of alice; got t=3 of alice; "
	       "B data t=1 from alice; B data t=3 from alice");
	end();
}

TEST(what_everybody_has_is_kept_no_longer)
{
	long before;

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	before = rd_mem_live();
	for (unsigned i = 0; i < 10; i++) {
		CHECK_OK(try_data('A', "t", SPAN("x"), 0));
		asked();
	}
	CHECK_EQ(rd_mem_live(), before);
	CHECK_OK(try_data('A', "t", SPAN("x"), 1000));
	asked();
	CHECK_EQ(rd_mem_live(), before + 1);
	after(2000);
	CHECK_EQ(rd_mem_live(), before);
	end();
}

TEST(messages_keep_their_order)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_data('A', "dtmf", SPAN("1"), 0));
	CHECK_OK(try_data('A', "dtmf", SPAN("2"), 60000));
	CHECK_OK(try_data('A', "dtmf", SPAN("3"), 0));
	EXPECT("got dtmf=1 of alice; got dtmf=2 of alice; got dtmf=3 of alice; "
	       "B data dtmf=1 from alice; B data dtmf=2 from alice; "
	       "B data dtmf=3 from alice");
	end();
}

TEST(a_lifetime_keeps_a_message_for_late_joiners)
{
	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(try_data('A', "now", SPAN("x"), 0));
	CHECK_OK(try_data('A', "later", SPAN("y"), 5000));
	CHECK_OK(try_data('A', "long", SPAN("z"), 10000));
	EXPECT("got now=x of alice; got later=y of alice; got long=z of alice");
	after(5000);
	accept_token("m", d.token[1]);
	CHECK_OK(try_join('B', 8));
	CHECK_OK(try_subscribe('B', "v=0", false));
	asked();
	CHECK_OK(try_answer('B', "x"));
	asked();
	media_up('B');
	EXPECT("present bob; A roster +bob:2; B roster +alice:1 +bob:2; "
	       "B data long=z from alice");
	end();
}

TEST(a_reconnection_does_not_get_them_twice_a_reload_does)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_data('A', "kept", SPAN("x"), 60000));
	asked();
	lost('B');
	asked();
	come(1, 8, NEGOTIATED);
	media_up('C');
	EXPECT("present bob; B release; A roster +bob:3; "
	       "C roster +alice:1 +bob:3");
	lost('C');
	asked();
	come(1, 1234, NEGOTIATED);
	media_up('D');
	EXPECT("present bob; C release; A roster +bob:4; "
	       "D roster +alice:1 +bob:4; D data kept=x from alice");
	/* The sender's own never come back to her. */
	lost('A');
	asked();
	come(0, 99, NEGOTIATED);
	media_up('E');
	EXPECT("present alice; A release; D roster +alice:5; "
	       "E roster +alice:5 +bob:4");
	end();
}

TEST(a_new_person_in_an_old_place_gets_the_kept_ones)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_data('A', "kept", SPAN("x"), 60000));
	CHECK_OK(try_data('B', "mine", SPAN("y"), 60000));
	asked();
	rd_signaling_attendee_remove(d.s, "m", "bob", d.now_ms);
	asked();
	add("carol", true, d.token[1]);
	come(1, 9, NEGOTIATED);
	media_up('C');
	EXPECT("present carol; A roster +carol:3; C roster +alice:1 +carol:3; "
	       "C data kept=x from alice; C data mine=y from bob");
	end();
}

TEST(what_was_for_those_present_is_lost_with_the_socket)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	CHECK_OK(try_data('A', "now", SPAN("x"), 0));
	lost('B');
	EXPECT("got now=x of alice; reconnecting bob");
	come(1, 8, NEGOTIATED);
	media_up('C');
	EXPECT("present bob; B release; A roster +bob:3; "
	       "C roster +alice:1 +bob:3");
	end();
}

TEST(topics_and_sizes_have_limits)
{
	static char data[RD_SIGNALING_DATA_MAX + 1];
	static const char *const bad[] = {
		"", "a b", "gr\xc3\xbc\xc3\x9f", "a/b",
		"0123456789012345678901234567890123456"
	};

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_OK(try_data('A', bad[i], SPAN("x"), 0));
	CHECK_OK(try_data('A', "t", rd_span(data, sizeof(data)), 0));
	EXPECT("");
	CHECK_OK(try_data('A', bad[4] + 1, SPAN("x"), 0));
	asked();
	CHECK(strstr(d.log, "B data 123456789012345678901234567890123456=x"));
	CHECK_OK(try_data('A', "t", rd_span(data, sizeof(data) - 1), 0));
	asked();
	CHECK(strstr(d.log, "B data t=xxxxxxxxxxxxxxxxxxxx from alice"));
	end();
}

TEST(too_many_messages_are_throttled_and_the_sender_is_told)
{
	struct rd_signaling_stats stats;

	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, ACTIVE);
	for (unsigned i = 0; i < 40; i++) {
		CHECK_OK(try_data('A', "t", SPAN("x"), 0));
		asked();
		CHECK(strstr(d.log, "B data t=x from alice"));
	}
	CHECK_OK(try_data('A', "t", SPAN("y"), 60000));
	EXPECT("A data t=y from alice throttled");
	d.now_ms += 100; /* ten a second */
	CHECK_OK(try_data('A', "t", SPAN("z"), 0));
	asked();
	CHECK(strstr(d.log, "B data t=z from alice"));
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.throttled, 1);
	/* Nobody gets the throttled one later. */
	lost('B');
	asked();
	come(1, 77, NEGOTIATED);
	media_up('C');
	asked();
	CHECK(!strstr(d.log, "data"));
	end();
}

TEST(the_store_is_bounded_and_the_oldest_go)
{
	static char big[RD_SIGNALING_DATA_MAX];
	char text[16];

	begin(false);
	come(0, 7, ACTIVE);
	for (unsigned i = 0; i < 70; i++) {
		snprintf(text, sizeof(text), "n%u", i);
		CHECK_OK(try_data('A', "t", rd_span_text(text), 300000));
		after(150);
	}
	come(1, 8, NEGOTIATED);
	media_up('B');
	asked();
	CHECK(!strstr(d.log, "t=n5 ") && strstr(d.log, "t=n6 ") &&
	      strstr(d.log, "t=n69 "));
	for (unsigned i = 0; i < 40; i++) {
		CHECK_OK(try_data('A', "big", rd_span(big, sizeof(big)),
				  300000));
		after(150);
	}
	lost('B');
	asked();
	come(1, 9, NEGOTIATED);
	media_up('C');
	asked();
	CHECK(!strstr(d.log, "t=n69 "));
	/* At most five minutes, whatever was asked for. */
	CHECK_OK(try_data('A', "ever", SPAN("x"), UINT32_MAX));
	after(300000);
	lost('C');
	asked();
	come(1, 10, NEGOTIATED);
	media_up('D');
	asked();
	CHECK(!strstr(d.log, "ever"));
	end();
}

TEST(the_server_sends_messages_too)
{
	struct rd_signaling_data m = { .topic = "call",
				       .data = SPAN("ringing"),
				       .lifetime_ms = 1000,
				       .sender_attendee_id = "ringdown",
				       .sender_external_user_id = "" };

	begin(false);
	come(0, 7, ACTIVE);
	CHECK_OK(rd_signaling_data(d.s, "m", &m, d.now_ms));
	EXPECT("A data call=ringing from ringdown"); /* and none to us */
	come(1, 8, NEGOTIATED);
	media_up('B');
	EXPECT("present bob; A roster +bob:2; B roster +alice:1 +bob:2; "
	       "B data call=ringing from ringdown");
	CHECK_ERR(rd_signaling_data(d.s, "?", &m, d.now_ms), RD_E_NOTFOUND);
	m.topic = "no spaces";
	CHECK_ERR(rd_signaling_data(d.s, "m", &m, d.now_ms), RD_E_FORMAT);
	m.topic = "call";
	m.data.len = RD_SIGNALING_DATA_MAX + 1;
	CHECK_ERR(rd_signaling_data(d.s, "m", &m, d.now_ms), RD_E_SIZE);
	end();
}

TEST(a_message_before_media_is_up_reaches_the_others)
{
	begin(false);
	come(0, 7, ACTIVE);
	come(1, 8, JOINED);
	CHECK_OK(try_data('B', "t", SPAN("x"), 0));
	EXPECT("got t=x of bob; A data t=x from bob");
	end();
}

RD_TESTS(T(a_message_goes_to_all_others_and_to_the_driver),
	 T(the_sender_is_our_word_not_the_clients),
	 T(a_frame_may_hold_several_messages),
	 T(what_everybody_has_is_kept_no_longer), T(messages_keep_their_order),
	 T(a_lifetime_keeps_a_message_for_late_joiners),
	 T(a_reconnection_does_not_get_them_twice_a_reload_does),
	 T(a_new_person_in_an_old_place_gets_the_kept_ones),
	 T(what_was_for_those_present_is_lost_with_the_socket),
	 T(topics_and_sizes_have_limits),
	 T(too_many_messages_are_throttled_and_the_sender_is_told),
	 T(the_store_is_bounded_and_the_oldest_go),
	 T(the_server_sends_messages_too),
	 T(a_message_before_media_is_up_reaches_the_others))
