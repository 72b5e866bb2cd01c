/* tests/unit/provider/engine_away_test.c - the engine's calls are parked,
 * resumed and held; nobody has joined yet.  With sound: e2e/resume.test.mjs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "base/clock.h"
#include "provider/engine.h"

enum {
	REF = 7,
	GRACE_S = 45
};

static const struct rd_provider *const p = &rd_engine_provider;
static struct rd_loop *loop;
static struct rd_media *media;
static struct rd_engine *engine;
static struct rd_joining first;
static unsigned events, gone, resume_s;

static void wake(void *arg)
{
	(void)arg;
}

static void open_engine(void)
{
	static const struct rd_engine_destination destinations[] = {
		{ .name = "echo", .to = RD_ENGINE_ECHO },
		{ .name = "pair", .to = RD_ENGINE_MEET },
	};
	struct rd_media_cfg media_cfg = { .workers = 1,
					  .bind_count = 1,
					  .legs_per_worker = 8,
					  .ice_lost_ms = 8000,
					  .dtls_deadline_ms = 10000 };
	struct rd_engine_cfg cfg = { .destinations = destinations,
				     .destination_count = 2,
				     .most_calls = 4,
				     .grace_ms = GRACE_S * 1000,
				     .public_url = "http://127.0.0.1:1",
				     .region = "local",
				     .wake = wake };
	struct rd_complaint why = { "" };

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_addr_parse(&media_cfg.bind[0], SPAN("127.0.0.1")));
	CHECK_OK(rd_media_open(&media, &media_cfg, &why));
	cfg.loop = loop;
	cfg.media = media;
	CHECK_OK(rd_engine_open(&engine, &cfg));
}

static void close_engine(void)
{
	rd_engine_close(engine);
	rd_media_close(media);
	rd_loop_close(loop);
}

static void poll_all(void)
{
	struct rd_provider_event event;

	while (p->poll(engine, rd_clock_ms(), &event) == RD_OK) {
		events++;
		gone += event.kind == RD_CALL_GONE;
		if (event.kind != RD_CALL_STARTED)
			continue;
		first = event.joining;
		resume_s = event.resume_s;
	}
}

static enum rd_err start(rd_call_ref ref, const char *destination)
{
	char call_id[40];
	struct rd_provider_start s = { .ref = ref,
				       .call_id = call_id,
				       .support_id = "K7-4QD",
				       .destination = destination,
				       .external_user_id = call_id,
				       .deadline_ms = rd_clock_ms() + 1000 };
	enum rd_err err;

	snprintf(call_id, sizeof(call_id), "%08x-5d0e-4a53-9c30-6f8a7f0f4b11",
		 ref);
	err = p->start(engine, &s, rd_clock_ms());
	poll_all();
	return err;
}

static enum rd_err resume(rd_call_ref ref, struct rd_joining *joining)
{
	uint64_t now_ms = rd_clock_ms();

	memset(joining, 0, sizeof(*joining));
	return p->resume(engine, ref, now_ms + 1000, now_ms, joining);
}

TEST(another_page_gets_a_token_of_its_own_for_the_same_attendee)
{
	static struct rd_joining second, third;

	open_engine();
	CHECK_OK(start(REF, "echo"));
	CHECK_EQ(resume_s, GRACE_S);
	p->park(engine, REF, rd_clock_ms());
	events = 0;
	poll_all();
	CHECK_EQ(events, 0); /* who was never up cannot be lost */
	CHECK_OK(resume(REF, &second));
	CHECK_OK(resume(REF, &third));
	CHECK_TEXT(second.attendee_id, first.attendee_id);
	CHECK_TEXT(second.meeting_id, first.meeting_id);
	CHECK_TEXT(second.signaling_url, first.signaling_url);
	CHECK_TEXT(second.external_user_id, first.external_user_id);
	CHECK(strcmp(second.join_token, first.join_token) != 0);
	CHECK(strcmp(third.join_token, second.join_token) != 0);
	p->end(engine, REF, rd_clock_ms());
	gone = 0;
	poll_all();
	CHECK_EQ(gone, 1);
	CHECK_ERR(resume(REF, &second), RD_E_NOTFOUND);
	CHECK_TEXT(second.join_token, "");
	close_engine();
}

TEST(a_call_that_is_over_or_was_not_answered_is_neither_parked_nor_held)
{
	open_engine();
	p->park(engine, 99, rd_clock_ms());
	CHECK_ERR(p->hold(engine, 99, true), RD_E_NOTFOUND);
	CHECK_OK(start(REF, "echo"));
	CHECK_ERR(p->hold(engine, REF, true), RD_E_STATE);
	CHECK_ERR(p->hold(engine, REF, false), RD_E_STATE);
	p->end(engine, REF, rd_clock_ms());
	poll_all();
	close_engine();
}

TEST(one_of_two_who_meet_is_parked_and_the_other_stays)
{
	static struct rd_joining joining;

	open_engine();
	CHECK_OK(start(REF, "pair"));
	CHECK_OK(start(REF + 1, "pair"));
	p->park(engine, REF, rd_clock_ms());
	CHECK_ERR(p->hold(engine, REF + 1, true), RD_E_STATE);
	CHECK_OK(resume(REF, &joining));
	gone = 0;
	poll_all();
	CHECK_EQ(gone, 0);
	p->end(engine, REF, rd_clock_ms());
	poll_all();
	CHECK_EQ(gone, 2);
	close_engine();
}

static enum rd_err park_once(void)
{
	static struct rd_joining joining;
	enum rd_err err = start(REF, "echo");

	if (err)
		return err;
	p->park(engine, REF, rd_clock_ms());
	err = resume(REF, &joining);
	p->end(engine, REF, rd_clock_ms());
	poll_all();
	return err;
}

TEST(without_memory_it_is_said_and_nothing_is_left)
{
	open_engine();
	CHECK_OK(park_once());
	rd_check_every_oom(park_once);
	close_engine();
}

RD_TESTS(T(another_page_gets_a_token_of_its_own_for_the_same_attendee),
	 T(a_call_that_is_over_or_was_not_answered_is_neither_parked_nor_held),
	 T(one_of_two_who_meet_is_parked_and_the_other_stays),
	 T(without_memory_it_is_said_and_nothing_is_left))
