/* tests/unit/provider/resume_test.c - a call goes from one page of its caller
 * to the next, over a provider that does as it is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "board.h"

#define ORIGIN "https://www.example.com"

enum {
	RESUME_S = 45,
	TRIES_MOST = 20
};

/* A provider that queues what the test tells it. */
static struct {
	struct told told;
	rd_call_ref ref;
	unsigned parks, resumes, ends;
	uint64_t until_ms;
	enum rd_err resume_err;
	bool is_silent; /* says nothing to a start */
	unsigned resume_s;
} fake;

static void tell_all(enum rd_call_event_kind kind, enum rd_reason reason,
		     enum rd_ended_by by)
{
	struct rd_provider_event e = { .ref = fake.ref,
				       .kind = kind,
				       .reason = reason,
				       .by = by,
				       .resume_s = fake.resume_s };

	snprintf(e.joining.meeting_id, sizeof(e.joining.meeting_id), "first");
	told_push(&fake.told, &e);
}

static void tell(enum rd_call_event_kind kind)
{
	tell_all(kind, RD_REASON_NONE, RD_BY_NOBODY);
}

static enum rd_err fake_start(void *self, const struct rd_provider_start *start,
			      uint64_t now_ms)
{
	(void)self;
	(void)now_ms;
	fake.ref = start->ref;
	if (!fake.is_silent)
		tell(RD_CALL_STARTED);
	return RD_OK;
}

static void fake_end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	(void)self;
	(void)ref;
	(void)now_ms;
	fake.ends++;
	tell_all(RD_CALL_GONE, RD_REASON_ENDED_BY_SYSTEM, RD_BY_SYSTEM);
}

static enum rd_err fake_poll(void *self, uint64_t now_ms,
			     struct rd_provider_event *event)
{
	(void)self;
	(void)now_ms;
	return told_poll(&fake.told, event);
}

static void fake_park(void *self, rd_call_ref ref, uint64_t now_ms)
{
	(void)self;
	(void)now_ms;
	CHECK_EQ(ref, fake.ref);
	fake.parks++;
	tell(RD_CALL_CALLER_LOST);
}

static enum rd_err fake_resume(void *self, rd_call_ref ref, uint64_t until_ms,
			       uint64_t now_ms, struct rd_joining *joining)
{
	(void)self;
	CHECK_EQ(ref, fake.ref);
	CHECK(until_ms > now_ms);
	if (fake.resume_err)
		return fake.resume_err;
	fake.resumes++;
	fake.until_ms = until_ms;
	snprintf(joining->meeting_id, sizeof(joining->meeting_id), "again");
	return RD_OK;
}

static enum rd_err fake_hold(void *self, rd_call_ref ref, bool is_on)
{
	(void)self;
	CHECK_EQ(ref, fake.ref);
	tell(is_on ? RD_CALL_FAR_HELD : RD_CALL_FAR_RESUMED);
	return RD_OK;
}

static struct rd_provider fake_provider;
static const struct rd_provider whole_provider = {
	.name = "fake",
	.start = fake_start,
	.end = fake_end,
	.digits = takes_digits,
	.poll = fake_poll,
	.is_reachable = is_always_reachable,
	.hold = fake_hold,
	.park = fake_park,
	.resume = fake_resume,
};

static const struct rd_destination destinations[] = {
	{ .name = "support",
	  .uses = { { &fake_provider, NULL } },
	  .use_count = 1,
	  .origins = { ORIGIN },
	  .origin_count = 1,
	  .talk_s = 3600 },
};

static enum rd_err open_board(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.resume_s = RESUME_S;
	fake_provider = whole_provider;
	return board_open(destinations, 8000);
}

/* The keys of the page that has the call, and what it was told. */
struct page {
	unsigned count;
	enum rd_err err;
	unsigned resume_s;
	enum rd_call_shown shown;
	char call_id[RD_CALL_ID_TEXT];
	char call_key[RD_CALL_KEY_TEXT];
	char resume_key[RD_CALL_KEY_TEXT];
	char meeting_id[64];
};

static void keep(struct page *p, const struct rd_start_answer *a)
{
	p->count++;
	p->err = a->err;
	if (a->err)
		return;
	p->resume_s = a->resume_s;
	p->shown = a->shown;
	snprintf(p->call_id, sizeof(p->call_id), "%s", a->call_id);
	snprintf(p->call_key, sizeof(p->call_key), "%s", a->call_key);
	snprintf(p->resume_key, sizeof(p->resume_key), "%s",
		 a->resume_key ? a->resume_key : "");
	snprintf(p->meeting_id, sizeof(p->meeting_id), "%s",
		 a->joining->meeting_id);
}

static void on_answer(void *arg, const struct rd_start_answer *a)
{
	keep(arg, a);
}

static void start_from(struct page *p, const char *origin, const char *key)
{
	static struct rd_caller caller;
	struct rd_start_request request = { .destination = "support",
					    .caller = &caller,
					    .idempotency_key = key,
					    .origin = rd_span_text(origin) };

	memset(&caller, 0, sizeof(caller));
	snprintf(caller.owner, sizeof(caller.owner), "alice");
	memset(p, 0, sizeof(*p));
	rd_switchboard_start(board, &request, on_answer, p);
}

/* A call up to a talk. */
static void talk(struct page *p)
{
	CHECK_OK(open_board());
	start_from(p, ORIGIN, "k");
	TURN_UNTIL(p->count == 1);
	CHECK_OK(p->err);
	tell(RD_CALL_CALLER_UP);
	tell(RD_CALL_FAR_ANSWERED);
	TURN_UNTIL(fake.told.count == 0);
}

static enum rd_err resume_from(struct page *to, const struct page *from,
			       const char *origin)
{
	static struct rd_joining joining;
	struct rd_resume_request request = {
		.call_id = from->call_id,
		.resume_key = rd_span_text(from->resume_key),
		.origin = rd_span_text(origin),
	};
	struct rd_start_answer a;
	enum rd_err err = rd_switchboard_resume(board, &request, &a, &joining);

	CHECK_EQ(a.err, err);
	memset(to, 0, sizeof(*to));
	keep(to, &a);
	return err;
}

static enum rd_err resume(struct page *to, const struct page *from)
{
	return resume_from(to, from, ORIGIN);
}

static struct {
	unsigned count;
	enum rd_err err;
	struct rd_call_view view;
	struct rd_call_record record;
} looked;

static void on_looked(void *arg, enum rd_err err,
		      const struct rd_call_view *view)
{
	(void)arg;
	looked.count++;
	looked.err = err;
	if (!view)
		return;
	looked.view = *view;
	looked.record = *view->record;
}

static enum rd_err look(const char *call_id, const char *key)
{
	struct rd_asking asking = { .call_key = rd_span_text(key) };

	memset(&looked, 0, sizeof(looked));
	rd_switchboard_look(board, call_id, &asking, on_looked, NULL);
	TURN_UNTIL(looked.count == 1);
	return looked.err;
}

struct heard {
	struct rd_listener listener;
	enum rd_call_shown shown[16];
	unsigned count;
	bool is_cut;
	enum rd_reason reason;
	enum rd_ended_by by;
};

static void on_news(struct rd_listener *l, const struct rd_call_news *news)
{
	struct heard *h = rd_container(l, struct heard, listener);

	if (!news) {
		h->is_cut = true;
		return;
	}
	h->shown[h->count++] = news->shown;
	h->reason = news->reason;
	h->by = news->by;
}

/* --- leaving ------------------------------------------------------------- */

TEST(a_page_that_leaves_and_does_not_come_back_has_ended_the_call)
{
	struct heard h = { .listener.fn = on_news };
	struct page p;
	uint64_t left_ms;

	talk(&p);
	CHECK_OK(rd_switchboard_listen(board, fake.ref, 1, &h.listener));
	left_ms = rd_clock_ms();
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK(rd_clock_ms() >= left_ms + RD_LEAVING_MS - 50);
	CHECK_EQ(fake.parks, 1);
	CHECK_EQ(fake.ends, 1);
	CHECK_EQ(h.count, 4);
	CHECK_EQ(h.shown[0], RD_SHOWN_IN_CALL);
	CHECK_EQ(h.shown[1], RD_SHOWN_RECONNECTING);
	CHECK_EQ(h.shown[2], RD_SHOWN_ENDING);
	CHECK_EQ(h.shown[3], RD_SHOWN_ENDED);
	CHECK_EQ(h.reason, RD_REASON_ENDED_BY_CALLER);
	CHECK_EQ(h.by, RD_BY_CALLER);
	CHECK_ERR(resume(&p, &p), RD_E_NOTFOUND);
	board_close();
}

TEST(leaving_is_said_once_and_a_stale_call_does_not_mind)
{
	struct page p;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	rd_switchboard_leaving(board, fake.ref);
	rd_switchboard_leaving(board, 99);
	CHECK_EQ(fake.parks, 1);
	rd_switchboard_hang_up(board, fake.ref, RD_REASON_ENDED_BY_CALLER,
			       RD_BY_CALLER);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_EQ(fake.parks, 1);
	board_close();
}

/* Whoever has not got an answer cannot come back either. */
TEST(leaving_before_the_yes_ends_the_call_at_once)
{
	struct page p;

	CHECK_OK(open_board());
	fake.is_silent = true;
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(fake.ref != 0);
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK(p.err != RD_OK);
	CHECK_EQ(fake.parks, 0);
	board_close();
}

TEST(a_client_that_comes_back_by_itself_has_not_left)
{
	struct page p, q;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(fake.told.count == 0);
	tell(RD_CALL_CALLER_BACK);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(look(p.call_id, p.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_IN_CALL);
	CHECK_ERR(resume(&q, &p), RD_E_STATE);
	board_close();
}

/* --- resuming ------------------------------------------------------------ */

TEST(another_page_goes_on_with_the_call_and_the_old_keys_are_dead)
{
	struct heard h = { .listener.fn = on_news };
	struct page p, q, r;

	talk(&p);
	CHECK_EQ(p.resume_s, RESUME_S);
	CHECK_EQ(strlen(p.resume_key), 43);
	CHECK(strcmp(p.resume_key, p.call_key) != 0);
	CHECK_OK(rd_switchboard_listen(board, fake.ref, 0, &h.listener));
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	CHECK(h.is_cut && !h.listener.call);
	CHECK_TEXT(q.meeting_id, "again");
	CHECK_TEXT(q.call_id, p.call_id);
	CHECK(strcmp(q.call_key, p.call_key) != 0);
	CHECK(strcmp(q.resume_key, p.resume_key) != 0);
	CHECK(fake.until_ms > rd_clock_ms() + 1000 * (RESUME_S - 5) &&
	      fake.until_ms <= rd_clock_ms() + 1000 * RESUME_S);

	CHECK_ERR(look(p.call_id, p.call_key), RD_E_NOTFOUND);
	CHECK_OK(look(p.call_id, q.call_key));
	CHECK_EQ(looked.record.resumes, 1);

	TURN_UNTIL(fake.told.count == 0);
	tell(RD_CALL_CALLER_BACK);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_ERR(resume(&r, &p), RD_E_NOTFOUND);
	CHECK_OK(look(p.call_id, q.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_IN_CALL);
	board_close();
}

/* It resumed, so five seconds after the leaving are nothing to it; it has
 * until the end of the whole time. */
TEST(a_page_that_has_resumed_is_not_ended_by_the_old_ones_leaving)
{
	struct page p, q;
	uint64_t until_ms;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	until_ms = rd_clock_ms() + RD_LEAVING_MS + 300;
	while (rd_clock_ms() < until_ms)
		rd_loop_turn(loop, 50);
	CHECK_EQ(rd_switchboard_calls(board), 1);
	CHECK_OK(look(p.call_id, q.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_RECONNECTING);
	board_close();
}

TEST(a_page_that_died_without_a_word_is_replaced_as_well)
{
	struct page p, q, r;

	talk(&p);
	tell(RD_CALL_CALLER_LOST);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(resume(&q, &p));
	CHECK_EQ(q.shown, RD_SHOWN_RECONNECTING);
	CHECK_EQ(fake.parks, 0);
	/* It is reloaded before it has joined. */
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&r, &q));
	CHECK_EQ(fake.resumes, 2);
	board_close();
}

/* The client asks again with the key it has. */
TEST(an_answer_that_was_lost_is_given_again_until_a_page_has_joined)
{
	struct page p, lost, q, r;
	uint64_t deadline_ms;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&lost, &p));
	deadline_ms = fake.until_ms;
	CHECK_ERR(resume_from(&q, &p, "https://evil.test"), RD_E_NOTFOUND);
	CHECK_OK(resume(&lost, &p));
	CHECK_OK(resume(&q, &p));
	CHECK_EQ(fake.until_ms, deadline_ms);
	CHECK_EQ(fake.resumes, 3);
	/* Whoever has the answer before this one has nothing. */
	CHECK_ERR(look(p.call_id, lost.call_key), RD_E_NOTFOUND);
	CHECK_ERR(resume(&r, &lost), RD_E_NOTFOUND);
	CHECK_OK(look(p.call_id, q.call_key));
	CHECK_EQ(looked.record.resumes, 1);
	TURN_UNTIL(fake.told.count == 0);
	tell(RD_CALL_CALLER_BACK);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_ERR(resume(&r, &p), RD_E_NOTFOUND);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_ERR(resume(&r, &p), RD_E_NOTFOUND);
	CHECK_OK(resume(&r, &q));
	board_close();
}

TEST(an_answer_that_was_lost_while_joining_is_given_again)
{
	struct page p, q;

	CHECK_OK(open_board());
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(resume(&q, &p));
	CHECK_OK(resume(&q, &p));
	tell(RD_CALL_CALLER_UP);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_ERR(resume(&q, &p), RD_E_NOTFOUND);
	board_close();
}

/* Else leaving and resuming in turns would keep a call for ever that nobody
 * speaks in. */
TEST(leaving_again_before_one_was_back_buys_no_time)
{
	struct page p, q;
	uint64_t deadline_ms;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	deadline_ms = fake.until_ms;
	TURN_UNTIL(rd_clock_ms() > deadline_ms - 1000 * RESUME_S + 20);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&p, &q));
	CHECK_EQ(fake.until_ms, deadline_ms);
	board_close();
}

/* Nobody is given a call back whose time is over by then. */
TEST(a_leaving_is_not_awaited_longer_than_the_rest_of_the_time)
{
	struct page p, q;
	uint64_t left_ms;

	CHECK_OK(open_board());
	fake.resume_s = 1;
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	tell(RD_CALL_CALLER_UP);
	TURN_UNTIL(fake.told.count == 0);
	left_ms = rd_clock_ms();
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK(rd_clock_ms() < left_ms + RD_LEAVING_MS - 500);
	board_close();
}

TEST(a_page_that_reloads_while_it_joins_may_join_again)
{
	struct page p, q;

	CHECK_OK(open_board());
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	CHECK_ERR(resume(&q, &p), RD_E_STATE);
	rd_switchboard_leaving(board, fake.ref);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(resume(&q, &p));
	tell(RD_CALL_CALLER_UP);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(look(q.call_id, q.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_CONNECTING);
	CHECK_ERR(resume(&p, &q), RD_E_STATE);
	board_close();
}

TEST(a_call_that_a_live_page_has_is_not_given_away_and_the_key_stays_good)
{
	struct page p, q;

	talk(&p);
	CHECK_ERR(resume(&q, &p), RD_E_STATE);
	CHECK_EQ(fake.resumes, 0);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	board_close();
}

/* T22: nobody can tell these from a call that does not exist. */
TEST(the_wrong_key_another_calls_key_and_a_foreign_origin_find_nothing)
{
	struct page p, q, other, wrong;

	talk(&other);
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	rd_switchboard_leaving(board, fake.ref);
	wrong = p;
	memcpy(wrong.resume_key, other.resume_key, sizeof(wrong.resume_key));
	CHECK_ERR(resume(&q, &wrong), RD_E_NOTFOUND);
	memcpy(wrong.resume_key, p.call_key, sizeof(wrong.resume_key));
	CHECK_ERR(resume(&q, &wrong), RD_E_NOTFOUND);
	wrong.resume_key[0] = '\0';
	CHECK_ERR(resume(&q, &wrong), RD_E_NOTFOUND);
	CHECK_ERR(resume_from(&q, &p, "https://evil.test"), RD_E_NOTFOUND);
	CHECK_ERR(resume_from(&q, &p, ""), RD_E_NOTFOUND);
	wrong = p;
	snprintf(wrong.call_id, sizeof(wrong.call_id), "%s",
		 "2f0c4c1e-5d0e-4a53-9c30-6f8a7f0f4b11");
	CHECK_ERR(resume(&q, &wrong), RD_E_NOTFOUND);
	CHECK_OK(resume(&q, &p));
	board_close();
}

TEST(an_app_without_origin_resumes_without_origin)
{
	struct page p, q;

	CHECK_OK(open_board());
	start_from(&p, "", NULL);
	TURN_UNTIL(p.count == 1);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_ERR(resume(&q, &p), RD_E_NOTFOUND);
	CHECK_OK(resume_from(&q, &p, ""));
	board_close();
}

TEST(tries_are_counted)
{
	struct page p, q;

	talk(&p);
	for (unsigned i = 0; i < TRIES_MOST; i++)
		CHECK_ERR(resume(&q, &p), RD_E_STATE);
	CHECK_ERR(resume(&q, &p), RD_E_LIMIT);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_ERR(resume(&q, &p), RD_E_LIMIT);
	board_close();
}

TEST(a_provider_that_cannot_now_leaves_all_as_it_was)
{
	struct page p, q;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	fake.resume_err = RD_E_NOMEM;
	CHECK_ERR(resume(&q, &p), RD_E_NOMEM);
	CHECK_OK(look(p.call_id, p.call_key));
	CHECK_EQ(looked.record.resumes, 0);
	fake.resume_err = RD_OK;
	CHECK_OK(resume(&q, &p));
	board_close();
}

TEST(a_provider_without_resume_gives_what_it_gave_first)
{
	struct page p, q;

	CHECK_OK(open_board());
	fake_provider.resume = NULL;
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	CHECK_TEXT(q.meeting_id, "first");
	board_close();
}

TEST(a_provider_that_cannot_park_offers_no_key)
{
	struct page p, q;

	CHECK_OK(open_board());
	fake_provider.park = NULL;
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	CHECK_EQ(p.resume_s, 0);
	CHECK_TEXT(p.resume_key, "");
	rd_switchboard_leaving(board, fake.ref);
	CHECK_ERR(resume(&q, &p), RD_E_NOTFOUND);
	board_close();
}

/* A dead page's keys are another's now: nobody is given them for an old
 * Idempotency-Key. */
TEST(a_start_is_not_repeated_for_a_call_that_another_page_has)
{
	struct page p, q, again;

	talk(&p);
	start_from(&again, ORIGIN, "k");
	CHECK_OK(again.err);
	CHECK_TEXT(again.resume_key, p.resume_key);
	rd_switchboard_leaving(board, fake.ref);
	start_from(&again, ORIGIN, "k");
	CHECK_OK(again.err);
	CHECK_OK(resume(&q, &p));
	start_from(&again, ORIGIN, "k");
	CHECK_ERR(again.err, RD_E_STATE);
	board_close();
}

TEST(the_record_knows_the_new_key_and_how_often_it_changed)
{
	struct page p, q;

	talk(&p);
	rd_switchboard_leaving(board, fake.ref);
	CHECK_OK(resume(&q, &p));
	board_stop();

	/* The next life knows the call from its record alone. */
	CHECK_OK(open_board());
	CHECK_ERR(look(p.call_id, p.call_key), RD_E_NOTFOUND);
	CHECK_OK(look(p.call_id, q.call_key));
	CHECK_EQ(looked.record.resumes, 1);
	CHECK_EQ(looked.record.reason, RD_REASON_SERVER_LOST);
	CHECK_ERR(resume(&p, &q), RD_E_NOTFOUND);
	board_close();
}

/* --- holding, rating ----------------------------------------------------- */

TEST(a_call_is_held_once_somebody_has_answered)
{
	struct page p;

	CHECK_OK(open_board());
	start_from(&p, ORIGIN, NULL);
	TURN_UNTIL(p.count == 1);
	CHECK_ERR(rd_switchboard_hold(board, fake.ref, true), RD_E_STATE);
	tell(RD_CALL_CALLER_UP);
	tell(RD_CALL_FAR_RINGS);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_ERR(rd_switchboard_hold(board, fake.ref, true), RD_E_STATE);
	tell(RD_CALL_FAR_ANSWERED);
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(rd_switchboard_hold(board, fake.ref, true));
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(look(p.call_id, p.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_HELD);
	CHECK_OK(rd_switchboard_hold(board, fake.ref, false));
	TURN_UNTIL(fake.told.count == 0);
	CHECK_OK(look(p.call_id, p.call_key));
	CHECK_EQ(looked.view.shown, RD_SHOWN_IN_CALL);
	CHECK_ERR(rd_switchboard_hold(board, 99, true), RD_E_NOTFOUND);
	fake_provider.hold = NULL;
	CHECK_ERR(rd_switchboard_hold(board, fake.ref, true), RD_E_STATE);
	board_close();
}

TEST(the_last_rating_counts_also_after_the_end)
{
	struct page p;

	talk(&p);
	CHECK_OK(rd_switchboard_rate(board, fake.ref, 2, "echo"));
	rd_switchboard_hang_up(board, fake.ref, RD_REASON_ENDED_BY_CALLER,
			       RD_BY_CALLER);
	TURN_UNTIL(rd_switchboard_calls(board) == 0);
	CHECK_OK(rd_switchboard_rate(board, fake.ref, 5, ""));
	CHECK_OK(look(p.call_id, p.call_key));
	CHECK_EQ(looked.record.score, 5);
	CHECK_TEXT(looked.record.tags, "");
	CHECK_ERR(rd_switchboard_rate(board, 99, 5, ""), RD_E_NOTFOUND);
	board_close();
}

TEST(holds_and_ratings_are_counted)
{
	struct page p;
	unsigned n = 0;

	talk(&p);
	while (n < 30 && rd_switchboard_hold(board, fake.ref, n % 2) == RD_OK) {
		TURN_UNTIL(fake.told.count == 0);
		n++;
	}
	while (rd_switchboard_rate(board, fake.ref, 3, "") == RD_OK)
		n++;
	CHECK_EQ(n, 60);
	CHECK_ERR(rd_switchboard_rate(board, fake.ref, 3, ""), RD_E_LIMIT);
	CHECK_ERR(rd_switchboard_hold(board, fake.ref, true), RD_E_LIMIT);
	board_close();
}

static enum rd_err resume_once(void)
{
	enum rd_err err = open_board();
	struct page p = { .err = RD_E_NOMEM }, q;

	fake_provider.resume = NULL; /* the kept answer is one more block */
	if (!err) {
		start_from(&p, ORIGIN, "k");
		for (int i = 0; i < 200 && p.count == 0; i++)
			rd_loop_turn(loop, 10);
		err = p.err;
	}
	if (!err) {
		rd_switchboard_leaving(board, fake.ref);
		err = resume(&q, &p);
	}
	board_close();
	/* However it was refused, it was for want of memory. */
	return err ? RD_E_NOMEM : RD_OK;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	rd_check_every_oom(resume_once);
}

BOARD_TESTS(
	T(a_page_that_leaves_and_does_not_come_back_has_ended_the_call),
	T(leaving_is_said_once_and_a_stale_call_does_not_mind),
	T(leaving_before_the_yes_ends_the_call_at_once),
	T(a_client_that_comes_back_by_itself_has_not_left),
	T(another_page_goes_on_with_the_call_and_the_old_keys_are_dead),
	T(a_page_that_has_resumed_is_not_ended_by_the_old_ones_leaving),
	T(a_page_that_died_without_a_word_is_replaced_as_well),
	T(an_answer_that_was_lost_is_given_again_until_a_page_has_joined),
	T(an_answer_that_was_lost_while_joining_is_given_again),
	T(leaving_again_before_one_was_back_buys_no_time),
	T(a_leaving_is_not_awaited_longer_than_the_rest_of_the_time),
	T(a_page_that_reloads_while_it_joins_may_join_again),
	T(a_call_that_a_live_page_has_is_not_given_away_and_the_key_stays_good),
	T(the_wrong_key_another_calls_key_and_a_foreign_origin_find_nothing),
	T(an_app_without_origin_resumes_without_origin), T(tries_are_counted),
	T(a_provider_that_cannot_now_leaves_all_as_it_was),
	T(a_provider_without_resume_gives_what_it_gave_first),
	T(a_provider_that_cannot_park_offers_no_key),
	T(a_start_is_not_repeated_for_a_call_that_another_page_has),
	T(the_record_knows_the_new_key_and_how_often_it_changed),
	T(a_call_is_held_once_somebody_has_answered),
	T(the_last_rating_counts_also_after_the_end),
	T(holds_and_ratings_are_counted),
	T(a_failed_allocation_leaves_nothing_behind))
