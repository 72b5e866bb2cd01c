/* tests/unit/provider/failover_test.c - one provider after the other, until
 * one says yes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "board.h"

#include "provider/breaker.h"

enum {
	START_MS = 600 /* so that a share is 200 or 300 ms */
};

/* What a provider does when it is asked to start. */
enum habit {
	SAYS_YES,
	SAYS_NO,      /* at once, by an error */
	REFUSES,      /* later, and another may be asked */
	IS_FINAL,     /* later, and nobody else may be asked */
	SAYS_NOTHING, /* until it is told to end */
};

/* Two providers that do as they are told. */
struct fake {
	enum habit habit;
	bool is_unreachable;
	unsigned starts, ends;
	rd_call_ref ref;
	uint64_t had_ms; /* to answer in */
	char token[RD_START_TOKEN_TEXT];
	struct told told;
	unsigned seen;
	bool follows;
	enum rd_reason reason; /* of a refusal; NONE: QUEUE_FULL */
};
static struct fake one, two, three;

static void tell_started(struct fake *f)
{
	struct rd_provider_event e = { .ref = f->ref,
				       .kind = RD_CALL_STARTED,
				       .far_id = "contact-1" };

	told_push(&f->told, &e);
}

static enum rd_err fake_start(void *self, const struct rd_provider_start *start,
			      uint64_t now_ms)
{
	struct fake *f = self;
	struct rd_provider_event gone = {
		.ref = start->ref,
		.kind = RD_CALL_GONE,
		.reason = f->reason ? f->reason : RD_REASON_QUEUE_FULL,
		.by = RD_BY_SYSTEM,
		.may_try_next = f->habit == REFUSES,
		.retry_after_s = 17
	};

	f->starts++;
	f->ref = start->ref;
	f->had_ms = start->deadline_ms - now_ms;
	snprintf(f->token, sizeof(f->token), "%s", start->start_token);
	if (f->habit == SAYS_NO)
		return RD_E_UPSTREAM;
	if (f->habit == SAYS_YES)
		tell_started(f);
	else if (f->habit != SAYS_NOTHING)
		told_push(&f->told, &gone);
	return RD_OK;
}

static void fake_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct rd_provider_event gone = { .ref = ref,
					  .kind = RD_CALL_GONE,
					  .reason = RD_REASON_ENDED_BY_SYSTEM,
					  .by = RD_BY_SYSTEM };
	struct fake *f = self;

	(void)now_ms;
	f->ends++;
	told_push(&f->told, &gone);
}

static enum rd_err fake_poll(void *self, uint64_t now_ms,
			     struct rd_provider_event *event)
{
	struct fake *f = self;

	(void)now_ms;
	return told_poll(&f->told, event);
}

static bool fake_is_reachable(void *self, const char *destination)
{
	const struct fake *f = self;

	(void)destination;
	return !f->is_unreachable;
}

static void fake_seen(void *self, rd_call_ref ref, bool follows,
		      uint64_t now_ms)
{
	struct fake *f = self;

	(void)ref;
	(void)now_ms;
	f->seen++;
	f->follows = follows;
}

#define FAKE(text)                                                             \
	{                                                                      \
		.name = (text), .start = fake_start, .end = fake_end,          \
		.digits = takes_digits, .poll = fake_poll,                     \
		.is_reachable = fake_is_reachable, .seen = fake_seen           \
	}
static const struct rd_provider first = FAKE("first");
static const struct rd_provider second = FAKE("second");
static const struct rd_provider third = FAKE("third");

static const struct rd_destination destinations[] = {
	{ .name = "support",
	  .uses = { { &first, &one }, { &second, &two }, { &third, &three } },
	  .use_count = 3,
	  .talk_s = 3600 },
};

static enum rd_err open_board(void)
{
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	memset(&three, 0, sizeof(three));
	return board_open(destinations, START_MS);
}

static struct {
	unsigned count;
	enum rd_err err;
	enum rd_reason reason;
	unsigned retry_after_s;
	char call_id[64];
	char provider[16];
	uint64_t after_ms;
} answer;
static uint64_t started_ms;

static void on_answer(void *arg, const struct rd_start_answer *a)
{
	(void)arg;
	answer.count++;
	answer.err = a->err;
	answer.reason = a->reason;
	answer.retry_after_s = a->retry_after_s;
	answer.after_ms = rd_clock_ms() - started_ms;
	if (a->err)
		return;
	snprintf(answer.call_id, sizeof(answer.call_id), "%s", a->call_id);
	snprintf(answer.provider, sizeof(answer.provider), "%s", a->provider);
}

static void start(const char *key, uint8_t body)
{
	static struct rd_caller caller;
	struct rd_start_request request = {
		.destination = "support",
		.caller = &caller,
		.idempotency_key = key,
		.body_sha256 = { body },
	};

	memset(&answer, 0, sizeof(answer));
	snprintf(caller.owner, sizeof(caller.owner), "alice");
	started_ms = rd_clock_ms();
	rd_switchboard_start(board, &request, on_answer, NULL);
}

static struct rd_call_record record; /* of the last look */
static unsigned looks;

static void on_looked(void *arg, enum rd_err err,
		      const struct rd_call_view *view)
{
	(void)arg;
	CHECK_OK(err);
	record = *view->record;
	looks++;
}

static void look(void)
{
	struct rd_asking asking = { .owner = "alice" };
	unsigned before = looks;

	rd_switchboard_look(board, answer.call_id, &asking, on_looked, NULL);
	TURN_UNTIL(looks > before);
}

static void check_taken_by(const char *provider)
{
	start(NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_OK(answer.err);
	CHECK_TEXT(answer.provider, provider);
	look();
	CHECK_TEXT(record.provider, provider);
	CHECK_TEXT(record.far_id, "contact-1");
}

TEST(the_first_that_can_has_the_call)
{
	CHECK_OK(open_board());
	check_taken_by("first");
	CHECK_EQ(two.starts, 0);
	CHECK(one.had_ms <= START_MS / 3 && one.had_ms > START_MS / 6);
	board_close();
}

TEST(who_refuses_is_followed_by_the_next)
{
	static const enum habit habits[] = { SAYS_NO, REFUSES, SAYS_NOTHING };

	for (size_t i = 0; i < RD_COUNT(habits); i++) {
		CHECK_OK(open_board());
		one.habit = habits[i];
		check_taken_by("second");
		CHECK_EQ(one.starts, 1);
		CHECK_EQ(one.ends, habits[i] == SAYS_NOTHING);
		CHECK_EQ(three.starts, 0);
		/* The same request to each. */
		CHECK_TEXT(one.token, two.token);
		CHECK_EQ(strlen(one.token), 40);
		board_close();
	}
}

TEST(who_cannot_be_reached_is_not_asked)
{
	CHECK_OK(open_board());
	one.is_unreachable = true;
	two.is_unreachable = true;
	CHECK(rd_destination_is_reachable(&destinations[0]));
	check_taken_by("third");
	CHECK_EQ(one.starts + two.starts, 0);
	CHECK_EQ(three.had_ms > START_MS / 2, true);
	three.is_unreachable = true;
	CHECK(!rd_destination_is_reachable(&destinations[0]));
	board_close();
}

TEST(a_refusal_that_is_the_same_everywhere_ends_the_call)
{
	CHECK_OK(open_board());
	one.habit = IS_FINAL;
	start(NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_ERR(answer.err, RD_E_FULL);
	CHECK_EQ(answer.retry_after_s, 17);
	CHECK_EQ(two.starts, 0);
	CHECK_EQ(rd_switchboard_calls(board), 0);
	board_close();
}

/* F16: never an endless wait. */
TEST(the_time_of_all_is_one_and_shared)
{
	CHECK_OK(open_board());
	one.habit = two.habit = three.habit = SAYS_NOTHING;
	start(NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_ERR(answer.err, RD_E_TIMEOUT);
	CHECK_EQ(answer.reason, RD_REASON_PROVIDER_DOWN);
	CHECK(answer.after_ms > START_MS / 2);
	CHECK(answer.after_ms < 2 * START_MS);
	CHECK_EQ(one.starts + two.starts + three.starts, 3);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_EQ(one.ends + two.ends + three.ends, 3);
	board_close();
}

TEST(if_all_refuse_the_last_word_is_told)
{
	CHECK_OK(open_board());
	one.habit = SAYS_NO;
	two.habit = SAYS_NOTHING;
	three.habit = REFUSES;
	start(NULL, 0);
	TURN_UNTIL(answer.count == 1);
	CHECK_ERR(answer.err, RD_E_FULL);
	CHECK_EQ(rd_switchboard_calls(board), 0);
	board_close();
}

TEST(one_that_was_given_up_is_not_heard_any_more)
{
	CHECK_OK(open_board());
	one.habit = SAYS_NOTHING;
	check_taken_by("second");
	tell_started(&one); /* too late */
	fake_end(&one, one.ref, 0);
	TURN_UNTIL(one.told.count == 0);
	CHECK_EQ(rd_switchboard_calls(board), 1);
	look();
	CHECK_EQ(record.ended_ms, 0);
	CHECK_TEXT(record.provider, "second");
	board_close();
}

TEST(the_caller_may_hang_up_between_two)
{
	CHECK_OK(open_board());
	one.habit = REFUSES;
	two.habit = SAYS_NOTHING;
	start(NULL, 0);
	TURN_UNTIL(two.starts == 1);
	rd_switchboard_hang_up(board, two.ref, RD_REASON_ENDED_BY_CALLER,
			       RD_BY_CALLER);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_EQ(one.ends, 0);
	CHECK_EQ(two.ends, 1);
	CHECK_EQ(three.starts, 0);
	board_close();
}

TEST(one_request_has_one_token_whenever_it_comes)
{
	char before[RD_START_TOKEN_TEXT];

	CHECK_OK(open_board());
	start("gesture-1", 1);
	TURN_UNTIL(answer.count == 1);
	snprintf(before, sizeof(before), "%s", one.token);
	board_close();
	CHECK_OK(open_board()); /* after a restart */
	start("gesture-1", 1);
	TURN_UNTIL(answer.count == 1);
	CHECK_TEXT(one.token, before);
	start("gesture-2", 1);
	TURN_UNTIL(answer.count == 1);
	CHECK(strcmp(one.token, before) != 0);
	start(NULL, 1);
	TURN_UNTIL(answer.count == 1);
	CHECK(strcmp(one.token, before) != 0);
	board_close();
}

/* F16 */
TEST(one_that_fails_again_and_again_is_left_alone)
{
	CHECK_OK(open_board());
	one.habit = REFUSES;
	for (int i = 0; i < 8; i++) /* a full queue is no failure */
		check_taken_by("second");
	CHECK_EQ(one.starts, 8);
	one.reason = RD_REASON_PROVIDER_DOWN;
	for (int i = 0; i < 8; i++)
		check_taken_by("second");
	CHECK_EQ(one.starts, 8 + RD_BREAKER_FAILURES);
	/* The last one is asked whatever was. */
	two.habit = three.habit = REFUSES;
	two.reason = three.reason = RD_REASON_PROVIDER_DOWN;
	for (int i = 0; i < 8; i++) {
		start(NULL, 0);
		TURN_UNTIL(answer.count == 1);
		CHECK_ERR(answer.err, RD_E_UPSTREAM);
	}
	CHECK_EQ(three.starts, 8);
	board_close();
}

static unsigned positions[8];
static unsigned position_count;

static void on_news(struct rd_listener *l, const struct rd_call_news *news)
{
	(void)l;
	positions[position_count++] = news->queue_position;
}

TEST(the_provider_hears_of_the_client_and_the_client_of_its_place)
{
	struct rd_provider_event queued = { .kind = RD_CALL_FAR_RINGS,
					    .queue_position = 3 };
	struct rd_provider_event up = { .kind = RD_CALL_CALLER_UP };
	struct rd_listener l = { .fn = on_news };

	CHECK_OK(open_board());
	check_taken_by("first");
	CHECK(one.seen == 1 && !one.follows); /* the look */
	CHECK_OK(rd_switchboard_listen(board, one.ref, 0, &l));
	CHECK(one.follows);
	up.ref = queued.ref = one.ref;
	position_count = 0;
	told_push(&one.told, &up);
	told_push(&one.told, &queued);
	told_push(&one.told, &queued); /* no news */
	queued.queue_position = 2;
	told_push(&one.told, &queued);
	TURN_UNTIL(one.told.count == 0);
	CHECK_EQ(position_count, 2);
	CHECK_EQ(positions[0], 3);
	CHECK_EQ(positions[1], 2);
	rd_listener_remove(&l);
	CHECK(!one.follows);
	board_close();
}

BOARD_TESTS(T(the_first_that_can_has_the_call),
	    T(who_refuses_is_followed_by_the_next),
	    T(who_cannot_be_reached_is_not_asked),
	    T(a_refusal_that_is_the_same_everywhere_ends_the_call),
	    T(the_time_of_all_is_one_and_shared),
	    T(if_all_refuse_the_last_word_is_told),
	    T(one_that_was_given_up_is_not_heard_any_more),
	    T(the_caller_may_hang_up_between_two),
	    T(one_that_fails_again_and_again_is_left_alone),
	    T(one_request_has_one_token_whenever_it_comes),
	    T(the_provider_hears_of_the_client_and_the_client_of_its_place))
