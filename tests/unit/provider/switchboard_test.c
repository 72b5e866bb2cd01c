/* tests/unit/provider/switchboard_test.c - whole calls over a provider that
 * does as it is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "board.h"

/* A provider that queues what the test tells it. */
static struct {
	struct told told;
	rd_call_ref started;
	rd_call_ref ended;
	unsigned starts;
	char digits[40];
	enum rd_err start_err;
	bool has_hint, has_verified;
} fake;

static void tell(rd_call_ref ref, enum rd_call_event_kind kind,
		 enum rd_reason reason, enum rd_ended_by by)
{
	struct rd_provider_event e = {
		.ref = ref, .kind = kind, .reason = reason, .by = by
	};

	snprintf(e.joining.meeting_id, sizeof(e.joining.meeting_id), "m");
	told_push(&fake.told, &e);
}

static enum rd_err fake_start(void *self, const struct rd_provider_start *start,
			      uint64_t now_ms)
{
	(void)self;
	CHECK(start->deadline_ms > now_ms);
	fake.started = start->ref;
	fake.starts++;
	for (unsigned i = 0; i < start->attribute_count; i++) {
		fake.has_verified |= start->attributes[i].is_verified;
		fake.has_hint |= !start->attributes[i].is_verified;
	}
	if (!fake.start_err)
		tell(start->ref, RD_CALL_STARTED, RD_REASON_NONE, RD_BY_NOBODY);
	return fake.start_err;
}

static void fake_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	(void)self;
	(void)now_ms;
	fake.ended = ref;
	tell(ref, RD_CALL_GONE, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
}

static enum rd_err fake_digits(void *self, rd_call_ref ref, const char *digits)
{
	(void)self;
	(void)ref;
	snprintf(fake.digits, sizeof(fake.digits), "%s", digits);
	return RD_OK;
}

static enum rd_err fake_poll(void *self, uint64_t now_ms,
			     struct rd_provider_event *event)
{
	(void)self;
	(void)now_ms;
	return told_poll(&fake.told, event);
}

static const struct rd_provider fake_provider = {
	.name = "fake",
	.start = fake_start,
	.end = fake_end,
	.digits = fake_digits,
	.poll = fake_poll,
	.is_reachable = is_always_reachable,
};

static const struct rd_destination destinations[] = {
	{ .name = "support",
	  .uses = { { &fake_provider, NULL } },
	  .use_count = 1,
	  .origins = { "https://www.example.com" },
	  .origin_count = 1,
	  .limits = { .at_once = 1 },
	  .talk_s = 3600 },
};

static enum rd_err open_board(void)
{
	memset(&fake, 0, sizeof(fake));
	return board_open(destinations, 8000);
}

/* What a start was told. */
static struct {
	unsigned count;
	enum rd_err err;
	enum rd_reason reason;
	char call_id[64];
	char call_key[64];
} answer;

static void on_answer(void *arg, const struct rd_start_answer *a)
{
	(void)arg;
	answer.count++;
	answer.err = a->err;
	answer.reason = a->reason;
	if (a->err)
		return;
	snprintf(answer.call_id, sizeof(answer.call_id), "%s", a->call_id);
	snprintf(answer.call_key, sizeof(answer.call_key), "%s", a->call_key);
	CHECK_TEXT(a->joining->meeting_id, "m");
}

static void start(const char *owner, const char *key, uint8_t body)
{
	static struct rd_caller caller;
	struct rd_attribute hint = { "topic", "refund", false };
	struct rd_start_request request = {
		.destination = "support",
		.caller = &caller,
		.hints = &hint,
		.hint_count = 1,
		.idempotency_key = key,
		.body_sha256 = { body },
	};

	memset(&answer, 0, sizeof(answer));
	memset(&caller, 0, sizeof(caller));
	snprintf(caller.owner, sizeof(caller.owner), "%s", owner);
	caller.attributes[0] = (struct rd_attribute){ "id", "7", true };
	caller.attribute_count = 1;
	rd_switchboard_start(board, &request, on_answer, NULL);
}

struct heard {
	struct rd_listener listener;
	enum rd_call_shown shown[16];
	unsigned ids[16];
	unsigned count;
	enum rd_reason reason;
};

static void on_news(struct rd_listener *l, const struct rd_call_news *news)
{
	struct heard *h = rd_container(l, struct heard, listener);

	h->shown[h->count] = news->shown;
	h->ids[h->count++] = news->id;
	h->reason = news->reason;
}

TEST(a_call_is_recorded_before_anybody_is_told_yes)
{
	struct heard h = { .listener.fn = on_news };

	CHECK_OK(open_board());
	start("alice", NULL, 0);
	CHECK_EQ(answer.count, 0);
	CHECK_EQ(fake.starts, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(answer.err);
	CHECK_EQ(fake.starts, 1);
	CHECK(fake.has_hint && fake.has_verified);
	CHECK_EQ(rd_switchboard_calls(board), 1);

	CHECK_OK(rd_switchboard_listen(board, fake.started, 0, &h.listener));
	tell(fake.started, RD_CALL_CALLER_UP, 0, 0);
	tell(fake.started, RD_CALL_FAR_RINGS, 0, 0);
	tell(fake.started, RD_CALL_FAR_ANSWERED, 0, 0);
	tell(fake.started, RD_CALL_GONE, RD_REASON_ENDED_BY_ADVISOR,
	     RD_BY_ADVISOR);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_EQ(h.count, 4);
	CHECK_EQ(h.shown[0], RD_SHOWN_CONNECTING);
	CHECK_EQ(h.shown[1], RD_SHOWN_RINGING);
	CHECK_EQ(h.shown[2], RD_SHOWN_IN_CALL);
	CHECK_EQ(h.shown[3], RD_SHOWN_ENDED);
	CHECK_EQ(h.ids[3], 4);
	CHECK_EQ(h.reason, RD_REASON_ENDED_BY_ADVISOR);
	board_close();
}

TEST(news_can_be_taken_up_where_they_were_left)
{
	struct heard h = { .listener.fn = on_news };

	CHECK_OK(open_board());
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	tell(fake.started, RD_CALL_CALLER_UP, 0, 0);
	tell(fake.started, RD_CALL_FAR_RINGS, 0, 0);
	tell(fake.started, RD_CALL_GONE, RD_REASON_BUSY, RD_BY_SYSTEM);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_OK(rd_switchboard_listen(board, fake.started, 1, &h.listener));
	CHECK_EQ(h.count, 2);
	CHECK_EQ(h.ids[0], 2);
	CHECK_EQ(h.shown[1], RD_SHOWN_ENDED);
	board_close();
}

TEST(a_second_call_of_one_person_is_refused)
{
	CHECK_OK(open_board());
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	start("alice", NULL, 0);
	CHECK_ERR(answer.err, RD_E_LIMIT);
	CHECK_EQ(answer.reason, RD_REASON_LIMIT_CONCURRENT);
	rd_switchboard_hang_up(board, fake.started, RD_REASON_ENDED_BY_CALLER,
			       RD_BY_CALLER);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_EQ(fake.ended, fake.started);
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(answer.err);
	board_close();
}

TEST(the_same_key_gives_the_same_call)
{
	char first_id[64], first_key[64];

	CHECK_OK(open_board());
	start("alice", "gesture-1", 1);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(answer.err);
	snprintf(first_id, sizeof(first_id), "%s", answer.call_id);
	snprintf(first_key, sizeof(first_key), "%s", answer.call_key);
	start("alice", "gesture-1", 1);
	TURN_UNTIL(answer.count == 1);
	CHECK_TEXT(answer.call_id, first_id);
	CHECK_TEXT(answer.call_key, first_key);
	start("alice", "gesture-1", 2);
	CHECK_ERR(answer.err, RD_E_EXISTS);
	CHECK_EQ(fake.starts, 1);
	start("bob", "gesture-1", 1);
	TURN_UNTIL(answer.count == 1);
	CHECK(strcmp(answer.call_id, first_id) != 0);
	board_close();
}

TEST(a_provider_that_refuses_leaves_one_closed_record)
{
	CHECK_OK(open_board());
	fake.start_err = RD_E_UPSTREAM;
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_ERR(answer.err, RD_E_UPSTREAM);
	CHECK_EQ(answer.reason, RD_REASON_PROVIDER_DOWN);
	CHECK_EQ(rd_switchboard_calls(board), 0);
	fake.start_err = RD_OK;
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(answer.err);
	board_close();
}

static struct {
	unsigned count;
	enum rd_err err;
	enum rd_call_shown shown;
	rd_call_ref ref;
} looked;

static void on_looked(void *arg, enum rd_err err,
		      const struct rd_call_view *view)
{
	(void)arg;
	looked.count++;
	looked.err = err;
	if (!view)
		return;
	looked.shown = view->shown;
	looked.ref = view->ref;
}

static enum rd_err look(const char *call_id, const char *key, const char *owner)
{
	struct rd_asking asking = { .owner = owner };

	if (key)
		asking.call_key = rd_span_text(key);
	memset(&looked, 0, sizeof(looked));
	rd_switchboard_look(board, call_id, &asking, on_looked, NULL);
	TURN_UNTIL(looked.count == 1);
	return looked.err;
}

/* T22 */
TEST(a_foreign_call_looks_like_an_unknown_one)
{
	CHECK_OK(open_board());
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(look(answer.call_id, answer.call_key, NULL));
	CHECK_EQ(looked.ref, fake.started);
	CHECK_OK(look(answer.call_id, NULL, "alice"));
	CHECK_ERR(look(answer.call_id, NULL, "bob"), RD_E_NOTFOUND);
	CHECK_ERR(look(answer.call_id, "wrong", NULL), RD_E_NOTFOUND);
	CHECK_ERR(look(answer.call_id, NULL, NULL), RD_E_NOTFOUND);
	CHECK_ERR(look("unknown", NULL, "alice"), RD_E_NOTFOUND);
	board_close();
}

TEST(digits_go_to_a_far_side_that_is_there)
{
	CHECK_OK(open_board());
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_ERR(rd_switchboard_digits(board, fake.started, "1"), RD_E_STATE);
	tell(fake.started, RD_CALL_CALLER_UP, 0, 0);
	tell(fake.started, RD_CALL_FAR_ANSWERED, 0, 0);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(rd_switchboard_digits(board, fake.started, "12#"));
	CHECK_TEXT(fake.digits, "12#");
	CHECK_ERR(rd_switchboard_digits(board, fake.started, "1;2"),
		  RD_E_FORMAT);
	CHECK_ERR(rd_switchboard_digits(board, fake.started, ""), RD_E_FORMAT);
	CHECK_ERR(rd_switchboard_digits(board, 99, "1"), RD_E_NOTFOUND);
	board_close();
}

TEST(draining_refuses_the_new_and_keeps_the_running)
{
	CHECK_OK(open_board());
	start("alice", NULL, 0);
	TURN_UNTIL(answer.count == 1);
	rd_switchboard_drain(board);
	start("bob", NULL, 0);
	CHECK_ERR(answer.err, RD_E_CLOSED);
	CHECK_EQ(rd_switchboard_calls(board), 1);
	rd_switchboard_end_all(board);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	board_close();
}

TEST(origins_are_compared_whole)
{
	const struct rd_destination *d = &destinations[0];

	CHECK(rd_destination_allows_origin(d, SPAN("https://www.example.com")));
	CHECK(!rd_destination_allows_origin(
		d, SPAN("https://www.example.com.evil.test")));
	CHECK(!rd_destination_allows_origin(d, SPAN("http://www.example.com")));
	CHECK(!rd_destination_allows_origin(
		d, SPAN("https://www.example.com:443")));
	CHECK(!rd_destination_allows_origin(d, SPAN("null")));
	CHECK(!rd_destination_allows_origin(d, SPAN("")));
}

static enum rd_err start_once(void)
{
	enum rd_err err = open_board();

	if (!err) {
		start("alice", "k", 0);
		for (int i = 0; i < 200 && answer.count == 0; i++)
			rd_loop_turn(loop, 10);
		err = answer.err;
	}
	board_close();
	/* However it was refused, it was for want of memory. */
	return err ? RD_E_NOMEM : RD_OK;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	rd_check_every_oom(start_once);
}

BOARD_TESTS(T(a_call_is_recorded_before_anybody_is_told_yes),
	    T(news_can_be_taken_up_where_they_were_left),
	    T(a_second_call_of_one_person_is_refused),
	    T(the_same_key_gives_the_same_call),
	    T(a_provider_that_refuses_leaves_one_closed_record),
	    T(a_foreign_call_looks_like_an_unknown_one),
	    T(digits_go_to_a_far_side_that_is_there),
	    T(draining_refuses_the_new_and_keeps_the_running),
	    T(origins_are_compared_whole),
	    T(a_failed_allocation_leaves_nothing_behind))
