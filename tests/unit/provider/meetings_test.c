/* tests/unit/provider/meetings_test.c - Chime meetings over rooms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/meetings.h"
#include "rooms.h"

#include <ctype.h>

static struct rd_meetings *meetings;

static void open_meetings(unsigned most, unsigned empty_ms, unsigned life_ms)
{
	struct rd_meetings_cfg cfg = { .most = most,
				       .empty_ms = empty_ms,
				       .life_ms = life_ms };

	open_house((struct rd_answerer_cfg){ 0 });
	cfg.loop = loop;
	cfg.engine = engine;
	CHECK_OK(rd_meetings_open(&meetings, &cfg));
}

static void close_meetings(void)
{
	rd_meetings_close(meetings);
	close_house();
}

static struct rd_meeting_terms terms_of(const char *client_token)
{
	return (struct rd_meeting_terms){ .client_token = client_token,
					  .external_id = "c2c-call-17",
					  .region = "us-east-1" };
}

static void upper(char *text)
{
	for (; *text; text++)
		*text = (char)toupper((unsigned char)*text);
}

static bool is_there(const char *id)
{
	struct rd_meeting_view view;

	return rd_meeting_look(meetings, id, &view) == RD_OK;
}

TEST(a_token_gives_its_meeting_and_never_another_ones)
{
	struct rd_meeting_terms terms = terms_of("token-1"), other;
	char first[RD_ROOM_ID], second[RD_ROOM_ID];
	struct rd_meeting_view view;

	open_meetings(2, 0, 0);
	terms.tenants[0] = "tenant";
	terms.most_attendees = 3;
	CHECK_OK(rd_meeting_create(meetings, &terms, first));
	CHECK_OK(rd_meeting_create(meetings, &terms, second));
	CHECK_TEXT(first, second);
	CHECK_EQ(rd_meetings_count(meetings), 1);

	other = terms;
	other.external_id = "another";
	CHECK_ERR(rd_meeting_create(meetings, &other, second), RD_E_EXISTS);
	other = terms;
	other.tenants[0] = NULL;
	CHECK_ERR(rd_meeting_create(meetings, &other, second), RD_E_EXISTS);
	other = terms;
	other.most_attendees = 4;
	CHECK_ERR(rd_meeting_create(meetings, &other, second), RD_E_EXISTS);

	upper(first);
	CHECK_OK(rd_meeting_look(meetings, first, &view));
	CHECK_TEXT(view.terms->external_id, "c2c-call-17");
	CHECK_TEXT(view.terms->tenants[0], "tenant");
	CHECK(strstr(view.joining.signaling_url, view.meeting_id) != NULL);
	CHECK(!strchr(view.joining.signaling_url, '?'));

	CHECK_OK(rd_meeting_delete(meetings, first));
	CHECK_ERR(rd_meeting_delete(meetings, first), RD_E_NOTFOUND);
	CHECK(!is_there(first));
	CHECK_OK(rd_meeting_create(meetings, &terms, second));
	upper(second);
	CHECK(strcmp(first, second) != 0);
	close_meetings();
}

TEST(there_are_as_many_meetings_as_are_allowed)
{
	struct rd_meeting_terms a = terms_of("a1"), b = terms_of("b1"),
				c = terms_of("c1");
	char id[RD_ROOM_ID];

	open_meetings(2, 0, 0);
	CHECK_OK(rd_meeting_create(meetings, &a, id));
	CHECK_OK(rd_meeting_create(meetings, &b, id));
	CHECK_ERR(rd_meeting_create(meetings, &c, id), RD_E_LIMIT);
	CHECK_OK(rd_meeting_delete(meetings, id));
	CHECK_OK(rd_meeting_create(meetings, &c, id));
	close_meetings();
}

static const struct rd_meeting_attendee *attend(const char *meeting,
						const char *external)
{
	const struct rd_meeting_attendee *a;

	CHECK_OK(rd_meeting_attendee_create(meetings, meeting, external, NULL,
					    &a));
	return a;
}

TEST(an_external_user_id_is_one_attendee)
{
	struct rd_meeting_terms terms = terms_of("token-1");
	const struct rd_meeting_attendee *a, *b, *c;
	char id[RD_ROOM_ID], upper_id[RD_ROOM_ID];

	open_meetings(0, 0, 0);
	terms.most_attendees = 2;
	CHECK_OK(rd_meeting_create(meetings, &terms, id));
	a = attend(id, "client-user");
	b = attend(id, "phone-user");
	CHECK(a != b);
	CHECK(a == attend(id, "client-user"));
	CHECK_ERR(rd_meeting_attendee_create(meetings, id, "third", NULL, &c),
		  RD_E_LIMIT);
	CHECK(c == NULL);

	memcpy(upper_id, b->attendee_id, sizeof(upper_id));
	upper(upper_id);
	CHECK_OK(rd_meeting_attendee_look(meetings, id, upper_id, &c));
	CHECK(c == b);
	CHECK(rd_meeting_attendee_next(meetings, id, 0) == a);
	CHECK(rd_meeting_attendee_next(meetings, id, a->number) == b);
	CHECK(rd_meeting_attendee_next(meetings, id, b->number) == NULL);

	CHECK_OK(rd_meeting_attendee_delete(meetings, id, upper_id));
	CHECK_ERR(rd_meeting_attendee_delete(meetings, id, upper_id),
		  RD_E_NOTFOUND);
	CHECK_ERR(rd_meeting_attendee_look(meetings, id, upper_id, &c),
		  RD_E_NOTFOUND);
	CHECK(attend(id, "third") != NULL);
	CHECK_ERR(rd_meeting_attendee_create(meetings, upper_id, "x", NULL, &c),
		  RD_E_NOTFOUND);
	close_meetings();
}

TEST(capabilities_contradict_neither_themselves_nor_the_meeting)
{
	static const struct {
		const char *video, *content; /* MaxResolution */
		struct rd_capabilities can;
		enum rd_err err;
	} cases[] = {
		{ NULL, NULL, { 0 }, RD_OK },
		{ NULL, NULL, { RD_RECEIVE, RD_SEND, RD_NEITHER }, RD_OK },
		{ NULL, NULL, { 0, RD_SEND, RD_RECEIVE }, RD_E_FORMAT },
		{ NULL, NULL, { 0, RD_NEITHER, RD_SEND_RECEIVE }, RD_E_FORMAT },
		{ "None", NULL, { 0, RD_NEITHER, RD_SEND }, RD_OK },
		{ "None", NULL, { 0, RD_RECEIVE, RD_SEND }, RD_E_FORMAT },
		{ "HD", "None", { 0, 0, RD_NEITHER }, RD_OK },
		{ "HD", "None", { 0, 0, RD_SEND }, RD_E_FORMAT },
	};

	open_meetings(0, 0, 0);
	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_meeting_terms terms = terms_of("token-1");
		const struct rd_meeting_attendee *a;
		char id[RD_ROOM_ID];

		terms.video = cases[i].video;
		terms.content = cases[i].content;
		CHECK_OK(rd_meeting_create(meetings, &terms, id));
		CHECK_ERR(rd_meeting_attendee_create(meetings, id, "user",
						     &cases[i].can, &a),
			  cases[i].err);
		CHECK_OK(rd_meeting_delete(meetings, id));
	}
	close_meetings();
}

TEST(an_attendee_who_is_not_told_otherwise_can_what_the_meeting_has)
{
	struct rd_meeting_terms terms = terms_of("token-1");
	const struct rd_meeting_attendee *a;
	char id[RD_ROOM_ID];

	open_meetings(0, 0, 0);
	terms.video = "None";
	CHECK_OK(rd_meeting_create(meetings, &terms, id));
	a = attend(id, "user");
	CHECK_EQ(a->can.audio, RD_SEND_RECEIVE);
	CHECK_EQ(a->can.video, RD_NEITHER);
	CHECK_EQ(a->can.content, RD_NEITHER);
	close_meetings();
}

TEST(a_meeting_ends_when_nobody_was_there_for_its_time)
{
	enum {
		EMPTY_MS = 900
	};
	struct rd_meeting_terms terms = terms_of("token-1");
	const struct rd_meeting_attendee *a;
	char id[RD_ROOM_ID];
	struct rd_caller *c;
	uint64_t joined_ms;

	open_meetings(0, EMPTY_MS, 60000);
	CHECK_OK(rd_meeting_create(meetings, &terms, id));
	a = attend(id, "client-user");
	keep_token(a->attendee_id, a->join_token);
	c = join(id, a->attendee_id, &first_says, CALLER_HZ);
	UNTIL(rd_room_present(engine, id) == 1);
	joined_ms = rd_clock_ms();
	UNTIL(rd_clock_ms() > joined_ms + 3 * EMPTY_MS);
	CHECK(is_there(id));
	leave(c);
	UNTIL(!is_there(id));
	CHECK(!rd_room_is_open(engine, id));
	CHECK_EQ(rd_meetings_count(meetings), 0);
	close_meetings();
}

TEST(a_meeting_ends_when_its_day_is_over_whoever_is_there)
{
	struct rd_meeting_terms terms = terms_of("token-1");
	const struct rd_meeting_attendee *a;
	char id[RD_ROOM_ID];
	struct rd_caller *c;

	open_meetings(0, 400, 2500);
	CHECK_OK(rd_meeting_create(meetings, &terms, id));
	a = attend(id, "client-user");
	keep_token(a->attendee_id, a->join_token);
	c = join(id, a->attendee_id, &first_says, CALLER_HZ);
	UNTIL(rd_room_present(engine, id) == 1);
	UNTIL(!is_there(id));
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);
	close_meetings();
}

static enum rd_err make_and_delete(void)
{
	struct rd_meeting_terms terms = terms_of("token-1");
	const struct rd_meeting_attendee *a;
	char id[RD_ROOM_ID];
	enum rd_err err = rd_meeting_create(meetings, &terms, id);

	if (err)
		return err;
	err = rd_meeting_attendee_create(meetings, id, "user", NULL, &a);
	CHECK_OK(rd_meeting_delete(meetings, id));
	return err;
}

TEST(without_memory_there_is_no_meeting_and_nothing_is_left)
{
	open_meetings(0, 0, 0);
	CHECK_OK(make_and_delete()); /* tables have grown */
	rd_check_every_oom(make_and_delete);
	CHECK_EQ(rd_meetings_count(meetings), 0);
	close_meetings();
}

RD_TIMED_TESTS(
	T(a_token_gives_its_meeting_and_never_another_ones),
	T(there_are_as_many_meetings_as_are_allowed),
	T(an_external_user_id_is_one_attendee),
	T(capabilities_contradict_neither_themselves_nor_the_meeting),
	T(an_attendee_who_is_not_told_otherwise_can_what_the_meeting_has),
	T(a_meeting_ends_when_nobody_was_there_for_its_time),
	T(a_meeting_ends_when_its_day_is_over_whoever_is_there),
	T(without_memory_there_is_no_meeting_and_nothing_is_left))
