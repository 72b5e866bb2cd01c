/* tests/unit/provider/flow_test.c - contact flows: what they may say, and the
 * way through them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include "provider/flow.h"

/* A contact's attributes, and what the run said, as text. */
static struct {
	char names[16][32];
	char values[16][64];
	unsigned count;
	char log[1024];
	uint64_t wall_ms;
} it;

#define MONDAY_9 UINT64_C(1772442000000) /* 2026-03-02 09:00 UTC */

static const char *attribute(void *arg, const char *name)
{
	(void)arg;
	for (unsigned i = 0; i < it.count; i++)
		if (!strcmp(it.names[i], name))
			return it.values[i];
	return NULL;
}

static void set(const char *name, const char *value)
{
	unsigned i = 0;

	while (i < it.count && strcmp(it.names[i], name) != 0)
		i++;
	if (i == it.count)
		it.count++;
	snprintf(it.names[i], sizeof(it.names[i]), "%s", name);
	snprintf(it.values[i], sizeof(it.values[i]), "%s", value);
}

static void note(const char *fmt, ...) RD_PRINTF(1, 2);
static void note(const char *fmt, ...)
{
	size_t at = strlen(it.log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(it.log + at, sizeof(it.log) - at, fmt, args);
	va_end(args);
}

static struct rd_flow *flow_of(const char *text)
{
	struct rd_complaint why = { "" };
	struct rd_flow *f;

	if (rd_flow_open(&f, rd_span_text(text), &why) != RD_OK)
		fail_msg("%s", why.text);
	return f;
}

static void note_action(const struct rd_flow_action *a)
{
	switch (a->kind) {
	case RD_FLOW_PLAY:
		note("play %s;", a->file);
		return;
	case RD_FLOW_SET:
		note("set %s=%s;", a->name, a->value);
		set(a->name, a->value);
		return;
	case RD_FLOW_QUEUE:
		note("queue %s %u %s;", a->name, a->at_once, a->file);
		return;
	case RD_FLOW_SIP:
		note("sip %s %s %u", a->trunk, a->user, a->ring_ms);
		for (unsigned i = 0; i < a->header_count; i++)
			note(" %s:%s", a->headers[i].name,
			     a->headers[i].attribute);
		note(";");
		return;
	case RD_FLOW_ECHO:
		note("echo;");
		return;
	case RD_FLOW_END:
		note("end %d;", (int)a->end);
		return;
	}
}

static void poll_all(struct rd_flow_run *r)
{
	struct rd_flow_action a;

	for (int i = 0; i < 5000; i++) {
		if (rd_flow_run_poll(r, it.wall_ms, &a) != RD_OK)
			return;
		if (strlen(it.log) < sizeof(it.log) - 100)
			note_action(&a);
	}
	fail_msg("never quiet");
}

static void feed(struct rd_flow_run *r, enum rd_flow_event_kind kind,
		 char digit)
{
	struct rd_flow_event e = { .kind = kind, .digit = digit };

	rd_flow_run_feed(r, &e, it.wall_ms);
	poll_all(r);
}

static struct rd_flow_run *begin(const struct rd_flow *f)
{
	static const struct rd_flow_reader reader = { .attribute = attribute };
	struct rd_flow_run *r;

	memset(&it, 0, sizeof(it));
	it.wall_ms = MONDAY_9;
	CHECK_OK(rd_flow_run_open(&r, f, &reader));
	poll_all(r);
	CHECK_TEXT(it.log, ""); /* nobody hears it yet */
	return r;
}

static const char support[] =
	"{\"name\":\"support\",\"start\":\"greet\",\"blocks\":{"
	"\"greet\":{\"type\":\"play\",\"file\":\"welcome.wav\","
	"  \"digit_attribute\":\"pressed\",\"next\":\"mark\"},"
	"\"mark\":{\"type\":\"set_attributes\","
	"  \"attributes\":{\"seen\":\"yes\",\"lang\":\"en\"},"
	"  \"next\":\"open\"},"
	"\"open\":{\"type\":\"hours\",\"utc_offset\":\"+01:00\",\"days\":{"
	"  \"mon\":[\"10:00-12:00\",\"13:00-24:00\"]},"
	"  \"open\":\"which\",\"closed\":\"sorry\"},"
	"\"sorry\":{\"type\":\"play\",\"file\":\"closed.wav\","
	"  \"next\":\"bye\"},"
	"\"which\":{\"type\":\"branch\",\"attribute\":\"tier\",\"cases\":{"
	"  \"gold\":\"agent\",\"echo\":\"mirror\"},"
	"  \"otherwise\":\"line\"},"
	"\"line\":{\"type\":\"queue\",\"name\":\"all\",\"file\":\"music.wav\","
	"  \"at_once\":2,\"next\":\"agent\"},"
	"\"agent\":{\"type\":\"transfer_sip\",\"trunk\":\"pbx\","
	"  \"user\":\"4711\",\"ring_s\":20,"
	"  \"headers\":{\"X-Customer-Id\":\"customer_id\"},"
	"  \"failed\":\"sorry\"},"
	"\"mirror\":{\"type\":\"echo\"},"
	"\"bye\":{\"type\":\"disconnect\"}}}";

TEST(a_customer_goes_all_the_way_to_an_agent)
{
	struct rd_flow *f = flow_of(support);
	struct rd_flow_run *r = begin(f);

	feed(r, RD_FLOW_JOINED, 0);
	CHECK_TEXT(it.log, "play welcome.wav;");
	feed(r, RD_FLOW_PLAYED, 0);
	CHECK_TEXT(it.log, "play welcome.wav;set seen=yes;set lang=en;"
			   "queue all 2 music.wav;");
	it.log[0] = '\0';
	feed(r, RD_FLOW_DEQUEUED, 0);
	CHECK_TEXT(it.log, "sip pbx 4711 20000 X-Customer-Id:customer_id;");
	it.log[0] = '\0';
	feed(r, RD_FLOW_DIGIT, '1'); /* the party's, not the flow's */
	feed(r, RD_FLOW_CONNECTED, 0);
	CHECK_TEXT(it.log, "");
	feed(r, RD_FLOW_HUNG_UP, 0);
	CHECK_TEXT(it.log, "end 1;");
	feed(r, RD_FLOW_JOINED, 0); /* over is over */
	CHECK_TEXT(it.log, "end 1;");
	rd_flow_run_close(r);
	rd_flow_close(f);
}

TEST(a_digit_cuts_the_sound_short_and_is_kept)
{
	struct rd_flow *f = flow_of(support);
	struct rd_flow_run *r = begin(f);

	set("tier", "gold");
	feed(r, RD_FLOW_JOINED, 0);
	feed(r, RD_FLOW_DIGIT, '7');
	CHECK_TEXT(it.log, "play welcome.wav;set pressed=7;set seen=yes;"
			   "set lang=en;sip pbx 4711 20000 "
			   "X-Customer-Id:customer_id;");
	it.log[0] = '\0';
	feed(r, RD_FLOW_FAILED, 0);
	CHECK_TEXT(it.log, "play closed.wav;");
	feed(r, RD_FLOW_PLAYED, 0);
	CHECK_TEXT(it.log, "play closed.wav;end 0;");
	rd_flow_run_close(r);
	rd_flow_close(f);
}

TEST(outside_of_the_hours_it_is_closed)
{
	struct rd_flow *f = flow_of(support);
	/* 09:00 UTC is 10:00 there, when it opens; and so on, in minutes. */
	static const struct {
		int minutes;
		bool is_open;
	} times[] = {
		{ 0, true },           { -1, false },  { 119, true },
		{ 120, false },        { 179, false }, { 180, true },
		{ 839, true },         { 840, false }, { 24 * 60, false },
		{ 7 * 24 * 60, true },
	};

	for (size_t i = 0; i < RD_COUNT(times); i++) {
		struct rd_flow_run *r = begin(f);

		it.wall_ms = (uint64_t)((int64_t)it.wall_ms +
					times[i].minutes * 60000);
		set("tier", "echo");
		feed(r, RD_FLOW_JOINED, 0);
		it.log[0] = '\0';
		feed(r, RD_FLOW_PLAYED, 0);
		CHECK((strstr(it.log, "echo;") != NULL) == times[i].is_open);
		CHECK((strstr(it.log, "closed.wav") != NULL) ==
		      !times[i].is_open);
		rd_flow_run_close(r);
	}
	rd_flow_close(f);
}

TEST(files_and_trunks_are_named_once_each)
{
	struct rd_flow *f = flow_of(support);

	CHECK_TEXT(rd_flow_name(f), "support");
	CHECK_TEXT(rd_flow_file(f, 0), "welcome.wav");
	CHECK_TEXT(rd_flow_file(f, 1), "closed.wav");
	CHECK_TEXT(rd_flow_file(f, 2), "music.wav");
	CHECK(rd_flow_file(f, 3) == NULL);
	CHECK_TEXT(rd_flow_trunk(f, 0), "pbx");
	CHECK(rd_flow_trunk(f, 1) == NULL);
	rd_flow_close(f);
}

TEST(a_circle_without_waiting_ends)
{
	struct rd_flow *f = flow_of(
		"{\"name\":\"c\",\"start\":\"a\",\"blocks\":{"
		"\"a\":{\"type\":\"set_attributes\",\"attributes\":{\"x\":"
		"\"1\"},\"next\":\"b\"},"
		"\"b\":{\"type\":\"branch\",\"attribute\":\"x\",\"cases\":{"
		"\"1\":\"a\"},\"otherwise\":\"a\"}}}");
	struct rd_flow_run *r = begin(f);
	struct rd_flow_action a;

	feed(r, RD_FLOW_JOINED, 0);
	CHECK_ERR(rd_flow_run_poll(r, it.wall_ms, &a), RD_E_AGAIN);
	rd_flow_run_close(r);
	rd_flow_close(f);
}

TEST(the_user_may_come_from_an_attribute)
{
	struct rd_flow *f =
		flow_of("{\"name\":\"u\",\"start\":\"t\",\"blocks\":{"
			"\"t\":{\"type\":\"transfer_sip\",\"trunk\":\"pbx\","
			"\"user_attribute\":\"extension\"}}}");
	struct rd_flow_run *r = begin(f);

	set("extension", "300");
	feed(r, RD_FLOW_JOINED, 0);
	feed(r, RD_FLOW_FAILED, 0);
	CHECK_TEXT(it.log, "sip pbx 300 45000;end 2;");
	rd_flow_run_close(r);
	rd_flow_close(f);
}

#define ONE(block)                                                             \
	"{\"name\":\"f\",\"start\":\"b\",\"blocks\":{\"b\":" block             \
	",\"e\":{\"type\":\"disconnect\"}}}"

TEST(what_is_wrong_is_said_with_its_place)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "[]", "must be an object" },
		{ "{\"name\":\"f\"", "" },
		{ "{\"name\":\"f\",\"start\":\"b\"}", "\"blocks\" is missing" },
		{ "{\"name\":\"f\",\"start\":\"b\",\"blocks\":{}}",
		  "1 to 256 blocks" },
		{ "{\"name\":\"f\",\"start\":\"x\",\"blocks\":{\"b\":{\"type\":"
		  "\"echo\"}}}",
		  "\"start\" is \"x\", which is no block" },
		{ ONE("{\"type\":\"dance\"}"),
		  "block \"b\": \"type\" must be one of play," },
		{ ONE("{\"type\":\"transfer_desk\",\"next\":\"e\"}"),
		  "no desk" },
		{ ONE("7"), "\"type\" must be one of" },
		{ ONE("{\"type\":\"play\",\"next\":\"e\"}"),
		  "\"file\" is missing" },
		{ ONE("{\"type\":\"play\",\"file\":\"a.wav\",\"next\":\"q\"}"),
		  "\"next\" is \"q\", which is no block" },
		{ ONE("{\"type\":\"play\",\"file\":\"../a.wav\",\"next\":"
		      "\"e\"}"),
		  "below the folder" },
		{ ONE("{\"type\":\"play\",\"file\":\"/a.wav\",\"next\":\"e\"}"),
		  "below the folder" },
		{ ONE("{\"type\":\"echo\",\"loud\":true}"),
		  "\"loud\" is not known here" },
		{ ONE("{\"type\":\"set_attributes\",\"attributes\":{\"a b\":"
		      "\"1\"},\"next\":\"e\"}"),
		  "letters, digits" },
		{ ONE("{\"type\":\"set_attributes\",\"attributes\":{\"a\":1},"
		      "\"next\":\"e\"}"),
		  "must be a text" },
		{ ONE("{\"type\":\"queue\",\"name\":\"q\",\"at_once\":0,"
		      "\"next\":\"e\"}"),
		  "\"at_once\" must be 1 to 1000" },
		{ ONE("{\"type\":\"transfer_sip\",\"trunk\":\"t\"}"),
		  "one of \"user\"" },
		{ ONE("{\"type\":\"transfer_sip\",\"trunk\":\"t\",\"user\":"
		      "\"1\",\"ring_s\":4}"),
		  "\"ring_s\" must be 5 to 300" },
		{ ONE("{\"type\":\"transfer_sip\",\"trunk\":\"t\",\"user\":"
		      "\"1\",\"headers\":{\"Via\":\"a\"}}"),
		  "begins with X-" },
		{ ONE("{\"type\":\"branch\",\"attribute\":\"a\",\"cases\":{},"
		      "\"otherwise\":\"e\"}"),
		  "table of 1 to" },
		{ ONE("{\"type\":\"hours\",\"utc_offset\":\"1\",\"days\":{},"
		      "\"open\":\"e\",\"closed\":\"e\"}"),
		  "\"utc_offset\" must be" },
		{ ONE("{\"type\":\"hours\",\"utc_offset\":\"+00:00\",\"days\":{"
		      "\"monday\":[]},\"open\":\"e\",\"closed\":\"e\"}"),
		  "days are mon" },
		{ ONE("{\"type\":\"hours\",\"utc_offset\":\"+00:00\",\"days\":{"
		      "\"mon\":[\"12:00-11:00\"]},\"open\":\"e\",\"closed\":"
		      "\"e\"}"),
		  "like \"09:00-17:30\"" },
	};

	for (size_t i = 0; i < RD_COUNT(wrong); i++) {
		struct rd_complaint why = { "" };
		struct rd_flow *f;

		CHECK_ERR(rd_flow_open(&f, rd_span_text(wrong[i].text), &why),
			  RD_E_FORMAT);
		CHECK(f == NULL);
		CHECK(why.text[0]);
		if (!strstr(why.text, wrong[i].says))
			fail_msg("\"%s\" lacks \"%s\"", why.text,
				 wrong[i].says);
	}
}

TEST(a_file_is_read_and_named_in_what_is_wrong)
{
	char path[] = "/tmp/ringdown-flow-XXXXXX";
	struct rd_complaint why = { "" };
	struct rd_flow *f;
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK(write(fd, support, strlen(support)) > 0);
	CHECK_OK(rd_flow_open_file(&f, path, &why));
	rd_flow_close(f);
	CHECK(ftruncate(fd, 5) == 0);
	CHECK_ERR(rd_flow_open_file(&f, path, &why), RD_E_FORMAT);
	CHECK(strstr(why.text, path) != NULL);
	close(fd);
	unlink(path);
	CHECK_ERR(rd_flow_open_file(&f, path, &why), RD_E_NOTFOUND);
}

static enum rd_err read_and_run(void)
{
	static const struct rd_flow_reader reader = { .attribute = attribute };
	struct rd_flow *f;
	struct rd_flow_run *r = NULL;
	enum rd_err err = rd_flow_open(&f, rd_span_text(support), NULL);

	if (!err)
		err = rd_flow_run_open(&r, f, &reader);
	rd_flow_run_close(r);
	rd_flow_close(f);
	return err;
}

TEST(without_memory_nothing_is_left_behind)
{
	rd_check_every_oom(read_and_run);
}

RD_TESTS(T(a_customer_goes_all_the_way_to_an_agent),
	 T(a_digit_cuts_the_sound_short_and_is_kept),
	 T(outside_of_the_hours_it_is_closed),
	 T(files_and_trunks_are_named_once_each),
	 T(a_circle_without_waiting_ends),
	 T(the_user_may_come_from_an_attribute),
	 T(what_is_wrong_is_said_with_its_place),
	 T(a_file_is_read_and_named_in_what_is_wrong),
	 T(without_memory_nothing_is_left_behind))
