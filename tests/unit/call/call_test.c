/* tests/unit/call/call_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "call/call.h"

enum {
	PAGE_BYTES = 16384
};

static enum rd_err feed(struct rd_call *c, enum rd_call_event_kind event)
{
	return rd_call_feed(c, event, RD_REASON_NONE, RD_BY_NOBODY, 5000);
}

TEST(a_call_is_started_rings_is_answered_and_ends_once)
{
	struct rd_call c;

	rd_call_init(&c, 1000);
	CHECK_EQ(c.state, RD_CALL_STARTING);
	CHECK_OK(feed(&c, RD_CALL_STARTED));
	CHECK_OK(feed(&c, RD_CALL_CALLER_UP));
	CHECK_OK(feed(&c, RD_CALL_FAR_RINGS));
	CHECK_EQ(rd_call_shown(c.state), RD_SHOWN_RINGING);
	CHECK_OK(feed(&c, RD_CALL_FAR_ANSWERED));
	CHECK_EQ(c.answered_ms, 5000);
	CHECK_OK(rd_call_feed(&c, RD_CALL_GONE, RD_REASON_ENDED_BY_ADVISOR,
			      RD_BY_ADVISOR, 9000));
	CHECK_EQ(c.state, RD_CALL_ENDED);
	CHECK_EQ(c.ended_ms, 9000);
	CHECK_ERR(rd_call_feed(&c, RD_CALL_GONE, RD_REASON_BUSY, RD_BY_SYSTEM,
			       9999),
		  RD_E_STATE);
	CHECK_EQ(c.reason, RD_REASON_ENDED_BY_ADVISOR);
	CHECK_EQ(c.ended_ms, 9000);
}

TEST(the_first_reason_stays)
{
	struct rd_call c;

	rd_call_init(&c, 1000);
	CHECK_OK(rd_call_feed(&c, RD_CALL_HANG_UP, RD_REASON_ENDED_BY_CALLER,
			      RD_BY_CALLER, 2000));
	CHECK_OK(rd_call_feed(&c, RD_CALL_GONE, RD_REASON_NETWORK_LOST,
			      RD_BY_SYSTEM, 3000));
	CHECK_EQ(c.reason, RD_REASON_ENDED_BY_CALLER);
	CHECK_EQ(c.by, RD_BY_CALLER);
}

TEST(a_lost_caller_comes_back_to_where_the_call_has_got_to)
{
	struct rd_call c;

	rd_call_init(&c, 0);
	CHECK_OK(feed(&c, RD_CALL_STARTED));
	CHECK_OK(feed(&c, RD_CALL_CALLER_UP));
	CHECK_OK(feed(&c, RD_CALL_FAR_RINGS));
	CHECK_OK(feed(&c, RD_CALL_CALLER_LOST));
	CHECK_EQ(rd_call_shown(c.state), RD_SHOWN_RECONNECTING);
	CHECK_OK(feed(&c, RD_CALL_FAR_ANSWERED));
	CHECK_EQ(rd_call_shown(c.state), RD_SHOWN_RECONNECTING);
	CHECK_OK(feed(&c, RD_CALL_FAR_HELD));
	CHECK_OK(feed(&c, RD_CALL_CALLER_BACK));
	CHECK_EQ(c.state, RD_CALL_HELD);
}

/* T9: every state and every event, many steps deep: nothing but the end ends
 * it, the end is final, and each end has a reason. */
TEST(no_order_of_events_ends_a_call_twice_or_without_reason)
{
	for (unsigned seed = 1; seed <= 20000; seed++) {
		struct rd_call c;
		unsigned next = seed, ends = 0;

		rd_call_init(&c, 100);
		for (int i = 0; i < 24; i++) {
			enum rd_call_state was = c.state;

			next = next * 1103515245U + 12345U;
			if (feed(&c, (enum rd_call_event_kind)(
					     (next >> 16) % RD_CALL_EVENTS)) !=
			    RD_OK)
				CHECK_EQ(c.state, was);
			if (c.state == RD_CALL_ENDED && was != RD_CALL_ENDED)
				ends++;
		}
		CHECK(ends <= 1);
		if (c.state == RD_CALL_ENDED)
			CHECK(c.reason != RD_REASON_NONE && c.ended_ms > 0);
		else
			CHECK_EQ(c.ended_ms, 0);
	}
}

TEST(a_clock_set_back_makes_no_negative_duration)
{
	struct rd_call c;

	rd_call_init(&c, 10000);
	CHECK_OK(rd_call_feed(&c, RD_CALL_GONE, RD_REASON_INTERNAL,
			      RD_BY_SYSTEM, 2000));
	CHECK_EQ(c.ended_ms, 10000);
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return 0;
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n;
}

/* RD_WRITE_DOCS=1 writes the page instead of comparing it. */
TEST(the_page_of_the_table_is_current)
{
	static char want[PAGE_BYTES], have[PAGE_BYTES];
	const char *path = RD_SOURCE_DIR "/docs/call-states.md";
	size_t len = rd_call_print_table(want, sizeof(want));

	CHECK(len < sizeof(want));
	CHECK_EQ(rd_call_print_table(NULL, 0), len);
	if (getenv("RD_WRITE_DOCS")) {
		FILE *f = fopen(path, "w");

		CHECK(f != NULL);
		fwrite(want, 1, len, f);
		fclose(f);
	}
	read_file(path, have, sizeof(have));
	CHECK_TEXT(have, want);
}

/* Each "code": "..." of the catalogue, in its order, is in reason.def. */
TEST(the_reasons_are_those_of_the_contract)
{
	static char text[4 * PAGE_BYTES];
	unsigned count = 0;
	char *at = text;

	CHECK(read_file(RD_SOURCE_DIR "/contracts/reasons.json", text,
			sizeof(text)) > 0);
	while ((at = strstr(at, "\"code\": \""))) {
		char code[64];

		at += strlen("\"code\": \"");
		CHECK(sscanf(at, "%63[a-z_]", code) == 1);
		CHECK_TEXT(rd_reason_code((enum rd_reason)(++count)), code);
		CHECK_EQ(rd_reason_parse(rd_span_text(code)), count);
	}
	CHECK_EQ(count, RD_REASON_COUNT - 1);
}

/* Whether contracts/call-states.json lets a shown state become another:
 * "from": [..., "to", ...] within "serverMoves". */
static bool is_in_contract(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, "\"serverMoves\"");
	const char *end = at ? strchr(at, '}') : NULL;
	char key[64], want[64];
	const char *row;

	CHECK(at && end);
	snprintf(key, sizeof(key), "\"%s\": [", from);
	snprintf(want, sizeof(want), "\"%s\"", to);
	row = strstr(at, key);
	CHECK(row && row < end);
	at = strstr(row, want);
	return at && at < strchr(row, ']');
}

/* T9: every state x every event. */
TEST(every_step_is_one_that_clients_were_promised)
{
	static char text[2 * PAGE_BYTES];
	unsigned steps = 0;

	CHECK(read_file(RD_SOURCE_DIR "/contracts/call-states.json", text,
			sizeof(text)) > 0);
	for (int in = 0; in < RD_CALL_STATES; in++) {
		for (int on = 0; on < RD_CALL_EVENTS; on++) {
			struct rd_call c = { .state = (enum rd_call_state)in };
			enum rd_call_shown from = rd_call_shown(c.state), to;
			enum rd_err err = feed(&c, (enum rd_call_event_kind)on);

			CHECK_EQ(c.refused_events, err != RD_OK);
			to = rd_call_shown(c.state);
			if (err)
				CHECK_EQ(c.state, in);
			else
				steps++;
			if (from != to)
				CHECK(is_in_contract(text,
						     rd_call_shown_name(from),
						     rd_call_shown_name(to)));
			CHECK_EQ(c.state == RD_CALL_ENDED && !err,
				 c.ended_ms != 0);
		}
	}
	CHECK(steps > 40);
}

/* Whatever has happened, the provider's GONE ends it; so no call can stay. */
TEST(every_call_can_be_ended)
{
	for (int in = 0; in < RD_CALL_ENDED; in++) {
		struct rd_call c = { .state = (enum rd_call_state)in };

		CHECK_OK(feed(&c, RD_CALL_GONE));
		CHECK_EQ(c.state, RD_CALL_ENDED);
		CHECK_EQ(c.reason, RD_REASON_INTERNAL);
		CHECK_EQ(c.by, RD_BY_SYSTEM);
	}
}

RD_TESTS(T(every_step_is_one_that_clients_were_promised),
	 T(every_call_can_be_ended),
	 T(a_call_is_started_rings_is_answered_and_ends_once),
	 T(the_first_reason_stays),
	 T(a_lost_caller_comes_back_to_where_the_call_has_got_to),
	 T(no_order_of_events_ends_a_call_twice_or_without_reason),
	 T(a_clock_set_back_makes_no_negative_duration),
	 T(the_page_of_the_table_is_current),
	 T(the_reasons_are_those_of_the_contract))
