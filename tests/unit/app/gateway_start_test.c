/* tests/unit/app/gateway_start_test.c - one provider after the other, in one
 * shot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway_start.h"

#include "base/text.h"
#include "testing.h"

enum habit {
	SAYS_YES,
	SAYS_NO,      /* at once, by an error */
	REFUSES,      /* later, and another may be asked */
	IS_FINAL,     /* later, and nobody else may be asked */
	SAYS_NOTHING, /* until it is told to end */
};

struct fake {
	enum habit habit;
	unsigned starts, ends;
	struct rd_provider_event events[2];
	unsigned count;
	uint64_t had_ms;
};

static enum rd_err start(void *self, const struct rd_provider_start *s,
			 uint64_t now_ms)
{
	struct fake *f = self;
	struct rd_provider_event e = { .ref = s->ref, .kind = RD_CALL_GONE };

	f->starts++;
	f->had_ms = s->deadline_ms - now_ms;
	if (f->habit == SAYS_NO)
		return RD_E_UPSTREAM;
	if (f->habit == SAYS_NOTHING)
		return RD_OK;
	/* Somebody else's event comes first. */
	f->events[f->count++] = (struct rd_provider_event){ .ref = s->ref + 7 };
	if (f->habit == SAYS_YES) {
		e.kind = RD_CALL_STARTED;
		rd_text_copy(e.joining.meeting_id, sizeof(e.joining.meeting_id),
			     rd_span_text("meeting"));
	}
	e.reason = f->habit == IS_FINAL ? RD_REASON_FORBIDDEN_DESTINATION
					: RD_REASON_QUEUE_FULL;
	e.may_try_next = f->habit == REFUSES;
	e.retry_after_s = 9;
	f->events[f->count++] = e;
	return RD_OK;
}

static void end(void *self, rd_call_ref ref, uint64_t now_ms)
{
	struct fake *f = self;

	(void)now_ms;
	f->ends++;
	f->events[f->count++] =
		(struct rd_provider_event){ .ref = ref, .kind = RD_CALL_GONE };
}

static enum rd_err poll_fake(void *self, uint64_t now_ms,
			     struct rd_provider_event *event)
{
	struct fake *f = self;

	(void)now_ms;
	if (f->count == 0)
		return RD_E_AGAIN;
	*event = f->events[0];
	f->count--;
	memmove(f->events, f->events + 1, f->count * sizeof(f->events[0]));
	return RD_OK;
}

static const struct rd_provider one = {
	.name = "one", .start = start, .end = end, .poll = poll_fake
};
static const struct rd_provider two = {
	.name = "two", .start = start, .end = end, .poll = poll_fake
};

static struct fake first, second;
static struct rd_gateway_started out;

static void run(enum habit a, enum habit b)
{
	const struct rd_provider_use uses[] = { { &one, &first },
						{ &two, &second } };
	struct rd_gateway_start s = {
		.uses = uses,
		.use_count = 2,
		.start = { .call_id = "c", .destination = "d" },
		.within_ms = 200,
	};

	first = (struct fake){ .habit = a };
	second = (struct fake){ .habit = b };
	CHECK_OK(rd_loop_open(&s.loop));
	rd_gateway_start(&s, &out);
	rd_loop_close(s.loop);
}

TEST(the_first_that_says_yes_has_the_call)
{
	run(SAYS_YES, SAYS_YES);
	CHECK_EQ(out.reason, RD_REASON_NONE);
	CHECK_TEXT(out.provider, "one");
	CHECK_TEXT(out.joining.meeting_id, "meeting");
	CHECK_EQ(second.starts, 0);
	CHECK_EQ(first.ends, 0);
	CHECK(first.had_ms > 0 && first.had_ms <= 100);
}

TEST(the_next_is_asked_when_one_does_not_take_it)
{
	run(SAYS_NO, SAYS_YES);
	CHECK_TEXT(out.provider, "two");
	CHECK_EQ(out.reason, RD_REASON_NONE);
	run(REFUSES, SAYS_YES);
	CHECK_TEXT(out.provider, "two");
	CHECK_EQ(out.reason, RD_REASON_NONE);
	CHECK_EQ(first.ends, 0);
}

TEST(who_says_nothing_is_told_to_end)
{
	run(SAYS_NOTHING, SAYS_YES);
	CHECK_TEXT(out.provider, "two");
	CHECK_EQ(first.ends, 1);
	run(SAYS_NO, SAYS_NOTHING);
	CHECK_EQ(out.reason, RD_REASON_PROVIDER_DOWN);
	CHECK_EQ(second.ends, 1);
}

TEST(a_final_no_is_the_answer)
{
	run(IS_FINAL, SAYS_YES);
	CHECK_EQ(out.reason, RD_REASON_FORBIDDEN_DESTINATION);
	CHECK_EQ(second.starts, 0);
	run(SAYS_NO, REFUSES);
	CHECK_EQ(out.reason, RD_REASON_QUEUE_FULL);
	CHECK_EQ(out.retry_after_s, 9);
}

TEST(without_memory_there_is_no_call)
{
	rd_mem_fail_at(0);
	first = (struct fake){ .habit = SAYS_YES };
	for (long n = 1;; n++) {
		const struct rd_provider_use use = { &one, &first };
		struct rd_gateway_start s = { .uses = &use,
					      .use_count = 1,
					      .start = { .call_id = "c" },
					      .within_ms = 200 };

		CHECK_OK(rd_loop_open(&s.loop));
		rd_mem_fail_at(n);
		rd_gateway_start(&s, &out);
		if (!rd_mem_has_failed())
			n = -1;
		rd_mem_fail_at(0);
		rd_loop_close(s.loop);
		if (n < 0)
			break;
		CHECK_EQ(out.reason, RD_REASON_INTERNAL);
	}
	CHECK_EQ(out.reason, RD_REASON_NONE);
}

RD_TESTS(T(the_first_that_says_yes_has_the_call),
	 T(the_next_is_asked_when_one_does_not_take_it),
	 T(who_says_nothing_is_told_to_end), T(a_final_no_is_the_answer),
	 T(without_memory_there_is_no_call))
