/* tests/unit/provider/rooms_test.c - rooms and phones of the engine, with real
 * media on loopback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rooms.h"

static struct ears room_ears, seat_ears, phone_ears, other_ears;
static char meeting[RD_ROOM_ID];

static void open_room(void)
{
	struct rd_room_cfg cfg = { .meeting_id = meeting,
				   .director = &writer,
				   .self = &room_ears,
				   .codecs = { RD_CODEC_PCMU },
				   .codec_count = 1 };

	rd_text_uuid(meeting);
	memset(&room_ears, 0, sizeof(room_ears));
	memset(&seat_ears, 0, sizeof(seat_ears));
	memset(&phone_ears, 0, sizeof(phone_ears));
	memset(&other_ears, 0, sizeof(other_ears));
	CHECK_OK(rd_room_open(engine, &cfg));
	CHECK_ERR(rd_room_open(engine, &cfg), RD_E_EXISTS);
	CHECK(rd_room_is_open(engine, meeting));
}

static rd_phone call_phone(struct ears *ears)
{
	static const struct rd_trunk_header headers[] = { { "X-Customer-Id",
							    "c-1001" } };
	struct rd_phone_call call = { .director = &writer,
				      .self = ears,
				      .trunk = &trunk,
				      .user = "4711",
				      .display_name = "Zoe",
				      .caller_number = "+12025550100",
				      .headers = headers,
				      .header_count = 1,
				      .ring_ms = 5000,
				      .log_id = "test" };
	rd_phone phone;

	CHECK_OK(rd_phone_call(engine, &call, &phone));
	CHECK(phone != 0);
	return phone;
}

TEST(a_customer_hears_himself_a_sound_and_then_nothing)
{
	char who[37];
	struct rd_sound *sound;
	struct rd_joining joining;
	struct rd_caller *c;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	CHECK_OK(rd_room_joining(engine, meeting, &joining));
	CHECK_TEXT(joining.meeting_id, meeting);
	CHECK(strstr(joining.signaling_url, meeting) != NULL);
	CHECK_EQ(rd_room_present(engine, meeting), 0);
	CHECK_OK(rd_room_echo(engine, meeting));
	c = join(meeting, who, &first_says, CALLER_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 1);
	CHECK_TEXT(last(&room_ears, RD_ROOM_JOINED)->attendee, who);
	CHECK(rd_room_is_present(engine, meeting, who));
	UNTIL(heard(c) >= 2);

	sound = make_sound(300);
	CHECK_OK(rd_room_play(engine, meeting, sound, false));
	rd_engine_sound_drop(engine, sound); /* lives until it is over */
	UNTIL(told(&room_ears, RD_ROOM_PLAYED) == 1);

	leave(c);
	UNTIL(told(&room_ears, RD_ROOM_LEFT) == 1);
	CHECK(!last(&room_ears, RD_ROOM_LEFT)->event.is_dropped);
	CHECK_EQ(rd_room_present(engine, meeting), 0);
	rd_room_close(engine, meeting);
	CHECK(!rd_room_is_open(engine, meeting));
	rd_room_close(engine, meeting);
	close_house();
}

TEST(a_seat_is_a_telephone_and_both_hear_each_other)
{
	char who[37], seat[37];
	struct rd_caller *c;
	rd_phone phone;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	add_attendee(meeting, seat, "phone");
	CHECK_OK(rd_room_seat(engine, meeting, seat, &writer, &seat_ears));
	CHECK_ERR(rd_room_seat(engine, meeting, seat, &writer, &seat_ears),
		  RD_E_STATE);
	c = join(meeting, who, &first_says, PHONE_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 1);
	UNTIL(told(&seat_ears, RD_ROOM_JOINED) == 1);
	CHECK_EQ(rd_room_present(engine, meeting), 2);

	phone = call_phone(&phone_ears);
	CHECK_OK(rd_phone_sit(engine, phone, meeting, seat));
	CHECK_ERR(rd_phone_sit(engine, phone, meeting, seat), RD_E_STATE);
	UNTIL(told(&phone_ears, RD_PHONE_ANSWERED) == 1);
	UNTIL(heard(c) >= 2 && phone_heard() >= 2);
	CHECK(result_of(c).attendees_most == 2);

	CHECK_OK(rd_phone_digits(engine, phone, "12#"));
	UNTIL(phone_has_digits("12#"));
	leave(c);
	UNTIL(told(&seat_ears, RD_ROOM_LEFT) == 1);
	rd_phone_hangup(engine, phone, 16);
	UNTIL(phone_ends == 1);
	CHECK_TEXT(heard_by_phone.digits, "12#");
	CHECK(strstr(heard_by_phone.from, "+12025550100") != NULL);
	CHECK_EQ(heard_by_phone.header_count, 1);
	CHECK_TEXT(heard_by_phone.headers[0].value, "c-1001");
	CHECK_EQ(told(&phone_ears, RD_PHONE_ENDED), 0);
	CHECK_ERR(rd_phone_digits(engine, phone, "1"), RD_E_NOTFOUND);
	rd_room_close(engine, meeting);
	UNTIL(told(&seat_ears, RD_ROOM_CLOSED) == 1);
	close_house();
}

TEST(two_customers_hear_each_other_and_a_third_is_told_it_is_full)
{
	char who[3][37];
	struct rd_caller *a, *b, *c;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	for (int i = 0; i < 3; i++)
		add_attendee(meeting, who[i], "customer");
	a = join(meeting, who[0], &first_says, SECOND_HZ);
	b = join(meeting, who[1], &second_says, CALLER_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 2);
	UNTIL(heard(a) >= 2 && heard(b) >= 2);
	c = join(meeting, who[2], &second_says, CALLER_HZ);
	UNTIL(rd_caller_is_done(c));
	CHECK_EQ(result_of(c).outcome, RD_OUTCOME_REFUSED);
	CHECK(strstr(result_of(c).problem, "409") != NULL);
	rd_caller_close(c);

	leave(b);
	UNTIL(told(&room_ears, RD_ROOM_LEFT) == 1);
	/* His place is free. */
	c = join(meeting, who[2], &second_says, CALLER_HZ);
	UNTIL(heard(c) >= 2);
	rd_room_attendee_remove(engine, meeting, who[2]);
	UNTIL(rd_caller_is_done(c));
	CHECK_EQ(result_of(c).audio_status, 411);
	rd_caller_close(c);

	rd_room_close(engine, meeting);
	UNTIL(rd_caller_is_done(a));
	CHECK_EQ(result_of(a).audio_status, 410);
	rd_caller_close(a);
	close_house();
}

TEST(who_vanishes_is_lost_and_then_dropped)
{
	char who[37];
	struct rd_caller *c;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	c = join(meeting, who, &first_says, PHONE_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 1);
	rd_caller_close(c); /* without a word */
	UNTIL(told(&room_ears, RD_ROOM_LEFT) == 1);
	CHECK_EQ(told(&room_ears, RD_ROOM_LOST), 1);
	CHECK(last(&room_ears, RD_ROOM_LEFT)->event.is_dropped);
	/* And comes again with the same token. */
	c = join(meeting, who, &first_says, PHONE_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 2);
	leave(c);
	rd_room_close(engine, meeting);
	close_house();
}

TEST(who_comes_back_in_time_finds_all_as_it_was)
{
	char who[37], seat[37];
	struct rd_caller *before, *after;
	rd_phone phone;

	grace_ms = PATIENCE_MS;
	open_house((struct rd_answerer_cfg){ .hear_hz = SECOND_HZ });
	grace_ms = ROOM_GRACE_MS;
	open_room();
	add_attendee(meeting, who, "customer");
	add_attendee(meeting, seat, "phone");
	CHECK_OK(rd_room_seat(engine, meeting, seat, &writer, &seat_ears));
	phone = call_phone(&phone_ears);
	CHECK_OK(rd_phone_sit(engine, phone, meeting, seat));
	before = join(meeting, who, &first_says, PHONE_HZ);
	UNTIL(heard(before) >= 1);
	rd_caller_close(before); /* without a word */
	UNTIL(told(&room_ears, RD_ROOM_LOST) == 1);
	after = join(meeting, who, &second_says, PHONE_HZ);
	UNTIL(told(&room_ears, RD_ROOM_BACK) == 1);
	UNTIL(heard(after) >= 2 && phone_heard() >= 2);

	/* From another device, while the first is still there. */
	before = after;
	after = join(meeting, who, &second_says, PHONE_HZ);
	UNTIL(rd_caller_is_done(before));
	CHECK_EQ(result_of(before).audio_status, 301);
	rd_caller_close(before);
	UNTIL(heard(after) >= 2);
	CHECK_EQ(told(&room_ears, RD_ROOM_JOINED), 1);
	CHECK_EQ(told(&room_ears, RD_ROOM_LEFT), 0);
	leave(after);
	rd_phone_hangup(engine, phone, 0);
	rd_room_close(engine, meeting);
	close_house();
}

TEST(early_media_is_overheard_until_the_phone_is_let_in_or_gone)
{
	char who[37];
	struct rd_caller *c;
	rd_phone phone;
	uint64_t then, until_ms;

	open_house((struct rd_answerer_cfg){ .ring_ms = 60000,
					     .has_early_media = true });
	open_room();
	add_attendee(meeting, who, "customer");
	c = join(meeting, who, &first_says, PHONE_HZ);
	UNTIL(told(&room_ears, RD_ROOM_JOINED) == 1);
	phone = call_phone(&phone_ears);
	CHECK_ERR(rd_room_overhear(engine, meeting, phone), RD_E_STATE);
	UNTIL(told(&phone_ears, RD_PHONE_HEARD) == 1);
	CHECK_OK(rd_room_overhear(engine, meeting, phone));
	CHECK_ERR(rd_room_overhear(engine, meeting, phone + 1), RD_E_NOTFOUND);
	UNTIL(heard(c) >= 2);
	CHECK_EQ(told(&phone_ears, RD_PHONE_ANSWERED), 0);
	rd_phone_hangup(engine, phone, 16);
	then = heard(c);
	until_ms = rd_clock_ms() + 2000;
	UNTIL(rd_clock_ms() > until_ms);
	CHECK(heard(c) <= then + 1);
	leave(c);
	rd_room_close(engine, meeting);
	close_house();
}

TEST(a_sound_waits_for_who_comes_even_when_it_was_dropped)
{
	char who[37];
	struct rd_caller *c;
	struct rd_sound *sound;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	sound = make_sound(1500);
	CHECK_OK(rd_room_play(engine, meeting, sound, false));
	rd_engine_sound_drop(engine, sound);
	c = join(meeting, who, &first_says, SOUND_HZ);
	UNTIL(told(&room_ears, RD_ROOM_PLAYED) == 1);
	CHECK_EQ(heard(c), 1);
	/* Replaced before anybody heard it: it goes too. */
	rd_engine_sound_drop(engine, make_sound(10));
	sound = make_sound(1500);
	CHECK_OK(rd_room_play(engine, meeting, sound, true));
	CHECK_OK(rd_room_echo(engine, meeting));
	rd_engine_sound_drop(engine, sound);
	leave(c);
	rd_room_close(engine, meeting);
	close_house();
}

TEST(two_telephones_are_bridged_and_one_outlives_the_other)
{
	rd_phone a, b;
	struct rd_sound *sound = make_sound(200);

	open_house((struct rd_answerer_cfg){ .hear_hz = PHONE_HZ });
	open_room();
	a = call_phone(&phone_ears);
	b = call_phone(&other_ears);
	CHECK_OK(rd_phone_bridge(engine, a, b));
	CHECK_ERR(rd_phone_bridge(engine, a, b), RD_E_STATE);
	UNTIL(told(&phone_ears, RD_PHONE_ANSWERED) &&
	      told(&other_ears, RD_PHONE_ANSWERED));
	UNTIL(phone_heard() >= 2);
	CHECK_OK(rd_phone_play(engine, a, sound, false));
	UNTIL(told(&phone_ears, RD_PHONE_PLAYED) == 1);
	rd_phone_hangup(engine, b, 16);
	UNTIL(phone_ends == 1);
	CHECK_EQ(told(&phone_ears, RD_PHONE_ENDED), 0);
	rd_answerer_hangup_all(answerer);
	UNTIL(told(&phone_ears, RD_PHONE_ENDED) == 1);
	CHECK(last(&phone_ears, RD_PHONE_ENDED)->event.is_by_far_end);
	CHECK_EQ(last(&phone_ears, RD_PHONE_ENDED)->event.sip_status, 0);
	rd_engine_sound_drop(engine, sound);
	close_house();
}

TEST(a_telephone_that_refuses_says_with_which_status)
{
	rd_phone phone;

	open_house((struct rd_answerer_cfg){ .status = 486 });
	open_room();
	phone = call_phone(&phone_ears);
	UNTIL(told(&phone_ears, RD_PHONE_ENDED) == 1);
	CHECK_EQ(last(&phone_ears, RD_PHONE_ENDED)->event.phone, phone);
	CHECK_EQ(last(&phone_ears, RD_PHONE_ENDED)->event.sip_status, 486);
	rd_phone_hangup(engine, phone, 0); /* stale is fine */
	close_house();
}

TEST(a_muted_seat_is_not_heard)
{
	char who[37], seat[37];
	struct rd_caller *c;
	rd_phone phone;
	uint64_t then, until_ms;

	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	add_attendee(meeting, seat, "phone");
	CHECK_ERR(rd_room_mute(engine, meeting, seat, true), RD_E_STATE);
	CHECK_OK(rd_room_seat(engine, meeting, seat, &writer, &seat_ears));
	CHECK_OK(rd_room_mute(engine, meeting, seat, true));
	c = join(meeting, who, &first_says, PHONE_HZ);
	phone = call_phone(&phone_ears);
	CHECK_OK(rd_phone_sit(engine, phone, meeting, seat));
	UNTIL(phone_heard() >= 3);
	CHECK_EQ(heard(c), 0);
	CHECK_OK(rd_room_mute(engine, meeting, seat, false));
	UNTIL(heard(c) >= 1);

	/* He leaves the seat, and it may be taken by a socket again. */
	rd_room_unseat(engine, meeting, seat);
	then = heard(c);
	until_ms = rd_clock_ms() + 2500;
	UNTIL(rd_clock_ms() > until_ms);
	CHECK(heard(c) <= then + 1);
	rd_phone_hangup(engine, phone, 0);
	leave(c);
	rd_room_close(engine, meeting);
	close_house();
}

TEST(closing_the_engine_with_all_of_it_open_leaves_nothing)
{
	char who[37], seat[37];
	struct rd_caller *c;
	struct rd_sound *sound;
	long live;

	/* Once, so that what libraries keep is there. */
	open_house((struct rd_answerer_cfg){ 0 });
	close_house();
	live = rd_mem_live();
	open_house((struct rd_answerer_cfg){ 0 });
	open_room();
	add_attendee(meeting, who, "customer");
	add_attendee(meeting, seat, "phone");
	CHECK_OK(rd_room_seat(engine, meeting, seat, &writer, &seat_ears));
	c = join(meeting, who, &first_says, PHONE_HZ);
	CHECK_OK(rd_phone_sit(engine, call_phone(&phone_ears), meeting, seat));
	UNTIL(told(&phone_ears, RD_PHONE_ANSWERED) == 1 &&
	      told(&room_ears, RD_ROOM_JOINED) == 1);
	sound = make_sound(5000);
	CHECK_OK(rd_room_play(engine, meeting, sound, true));
	rd_engine_sound_drop(engine, sound); /* while it is being read */
	rd_caller_close(c);
	close_house();
	CHECK_EQ(rd_mem_live(), live);
}

/* A room that begins and ends; what tables keep for the next is there from
 * the first on. */
static enum rd_err open_and_close(void)
{
	char who[37], token[RD_SIGNALING_TOKEN_TEXT];
	struct rd_room_cfg cfg = { .meeting_id = meeting,
				   .director = &writer,
				   .self = &room_ears };
	enum rd_err err;

	rd_text_uuid(meeting);
	rd_text_uuid(who);
	err = rd_room_open(engine, &cfg);
	if (!err)
		err = rd_room_attendee_add(engine, meeting, who, "seat", token);
	if (!err)
		err = rd_room_seat(engine, meeting, who, &writer, &seat_ears);
	rd_room_close(engine, meeting);
	rd_loop_turn(loop, 0);
	return err;
}

TEST(without_memory_there_is_no_room_and_nothing_is_left)
{
	open_house((struct rd_answerer_cfg){ 0 });
	memset(&seat_ears, 0, sizeof(seat_ears));
	CHECK_OK(open_and_close());
	CHECK_EQ(told(&seat_ears, RD_ROOM_CLOSED), 1);
	seat_ears.count = 0;
	rd_check_every_oom(open_and_close);
	close_house();
}

RD_TIMED_TESTS(T(without_memory_there_is_no_room_and_nothing_is_left),
	       T(a_customer_hears_himself_a_sound_and_then_nothing),
	       T(a_seat_is_a_telephone_and_both_hear_each_other),
	       T(two_customers_hear_each_other_and_a_third_is_told_it_is_full),
	       T(who_vanishes_is_lost_and_then_dropped),
	       T(who_comes_back_in_time_finds_all_as_it_was),
	       T(early_media_is_overheard_until_the_phone_is_let_in_or_gone),
	       T(a_sound_waits_for_who_comes_even_when_it_was_dropped),
	       T(two_telephones_are_bridged_and_one_outlives_the_other),
	       T(a_telephone_that_refuses_says_with_which_status),
	       T(a_muted_seat_is_not_heard),
	       T(closing_the_engine_with_all_of_it_open_leaves_nothing))
