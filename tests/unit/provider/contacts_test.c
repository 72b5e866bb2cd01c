/* tests/unit/provider/contacts_test.c - contacts, from the start to the end,
 * with real media on loopback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rooms.h"

#include <stdlib.h>
#include <unistd.h>

#include "provider/contacts.h"

enum {
	SHORT_MS = 300
};

static const char *const documents[][2] = {
	{ "echo", "{\"name\":\"echo\",\"start\":\"e\",\"blocks\":{"
		  "\"e\":{\"type\":\"echo\"}}}" },
	{ "agent", "{\"name\":\"agent\",\"start\":\"t\",\"blocks\":{"
		   "\"t\":{\"type\":\"transfer_sip\",\"trunk\":\"pbx\","
		   "\"user\":\"4711\",\"headers\":{"
		   "\"X-Customer-Id\":\"customer_id\",\"X-Bad\":\"bad\","
		   "\"X-None\":\"none\"}}}}" },
	{ "line", "{\"name\":\"line\",\"start\":\"q\",\"blocks\":{"
		  "\"q\":{\"type\":\"queue\",\"name\":\"all\",\"next\":\"e\"},"
		  "\"e\":{\"type\":\"echo\"}}}" },
	{ "menu", "{\"name\":\"menu\",\"start\":\"p\",\"blocks\":{"
		  "\"p\":{\"type\":\"play\",\"file\":\"tone.wav\","
		  "\"digit_attribute\":\"pressed\",\"next\":\"b\"},"
		  "\"b\":{\"type\":\"branch\",\"attribute\":\"pressed\","
		  "\"cases\":{\"1\":\"e\"},\"otherwise\":\"d\"},"
		  "\"e\":{\"type\":\"echo\"},"
		  "\"d\":{\"type\":\"disconnect\"}}}" },
};

static struct rd_contact_flow flows[RD_COUNT(documents)];
static struct rd_contact_trunk the_trunk;
static struct rd_contacts *contacts;
static char folder[] = "/tmp/ringdown-contacts-XXXXXX";
static char sound_path[64];

static void write_sound(void)
{
	struct rd_sound *s = make_sound(600);
	struct rd_recorder *r;

	CHECK(mkdtemp(strcpy(folder, "/tmp/ringdown-contacts-XXXXXX")));
	snprintf(sound_path, sizeof(sound_path), "%s/tone.wav", folder);
	CHECK_OK(rd_recorder_open(&r, sound_path, s->rate_hz, NULL));
	CHECK_OK(rd_recorder_write(r, s->pcm, s->samples));
	CHECK_OK(rd_recorder_close(r));
	rd_sound_close(s);
}

static void open_contacts(struct rd_answerer_cfg phone, unsigned unjoined_ms,
			  unsigned away_ms)
{
	struct rd_contacts_cfg cfg = { .flows = flows,
				       .flow_count = RD_COUNT(flows),
				       .trunks = &the_trunk,
				       .trunk_count = 1,
				       .sounds = folder,
				       .unjoined_ms = unjoined_ms,
				       .away_ms = away_ms };
	struct rd_complaint why = { "" };

	open_house(phone);
	write_sound();
	the_trunk = (struct rd_contact_trunk){ .trunk = &trunk };
	for (size_t i = 0; i < RD_COUNT(documents); i++) {
		struct rd_flow *f;

		CHECK_OK(rd_flow_open(&f, rd_span_text(documents[i][1]), &why));
		flows[i] = (struct rd_contact_flow){ documents[i][0], f };
	}
	cfg.loop = loop;
	cfg.engine = engine;
	if (rd_contacts_open(&contacts, &cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
	CHECK(rd_contacts_has_flow(contacts, "echo"));
	CHECK(!rd_contacts_has_flow(contacts, "other"));
}

static void close_contacts(void)
{
	rd_contacts_close(contacts);
	close_house();
	for (size_t i = 0; i < RD_COUNT(documents); i++) {
		struct rd_flow *f = (struct rd_flow *)(uintptr_t)flows[i].flow;

		rd_flow_close(f);
	}
	unlink(sound_path);
	rmdir(folder);
}

static struct rd_contact_started start(const char *flow, const char *token)
{
	static const struct rd_contact_pair attributes[] = {
		{ "customer_id", "c-1001" }, { "bad", "a\r\nVia: b" }
	};
	struct rd_contact_start s = { .flow_id = flow,
				      .display_name = "Zo\xc3\xab N.",
				      .attributes = attributes,
				      .attribute_count = 2,
				      .client_token = token };
	struct rd_contact_started out;
	struct rd_complaint why = { "" };

	if (rd_contact_start(contacts, &s, &out, &why) != RD_OK)
		fail_msg("%s", why.text);
	keep_token(out.joining.attendee_id, out.joining.join_token);
	return out;
}

static struct rd_caller *come(const struct rd_contact_started *s,
			      double hear_hz)
{
	return join(s->joining.meeting_id, s->joining.attendee_id, &first_says,
		    hear_hz);
}

static struct rd_contact_view view_of(const struct rd_contact_started *s)
{
	struct rd_contact_view v;

	CHECK_OK(rd_contact_describe(contacts, s->contact_id, &v));
	return v;
}

static bool is_in(const struct rd_contact_started *s,
		  enum rd_contact_state state)
{
	return view_of(s).state == state;
}

static bool ended_for(const struct rd_contact_started *s, const char *reason)
{
	struct rd_contact_view v = view_of(s);

	if (v.state != RD_CONTACT_ENDED)
		return false;
	CHECK_TEXT(v.disconnect_reason, reason);
	CHECK(v.ended_wall_ms >= v.initiated_wall_ms);
	return true;
}

TEST(an_echo_is_joined_described_and_left)
{
	struct rd_contact_started s, again;
	struct rd_contact_connection k;
	struct rd_contact_view v;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	s = start("echo", "token-1");
	CHECK_EQ(strlen(s.contact_id), 36);
	CHECK_EQ(strlen(s.participant_token), 43);
	CHECK(s.joining.audio_host_url[0] && s.joining.turn_control_url[0]);
	CHECK(is_in(&s, RD_CONTACT_INITIATED));
	again = start("echo", "token-1");
	CHECK_TEXT(again.contact_id, s.contact_id);
	CHECK_TEXT(again.participant_token, s.participant_token);
	CHECK_TEXT(again.joining.join_token, s.joining.join_token);
	CHECK_EQ(rd_contacts_count(contacts), 1);

	c = come(&s, CALLER_HZ);
	UNTIL(is_in(&s, RD_CONTACT_IN_FLOW));
	UNTIL(heard(c) >= 2);
	v = view_of(&s);
	CHECK(v.system_wall_ms >= v.initiated_wall_ms);
	CHECK_TEXT(v.agent, "");
	CHECK_TEXT(v.disconnect_reason, "");
	CHECK_OK(rd_contact_connect(contacts, rd_span_text(s.participant_token),
				    &k));
	CHECK_OK(rd_contact_holder(contacts, rd_span_text(k.token)));
	CHECK_ERR(rd_contact_holder(contacts,
				    rd_span_text(s.participant_token)),
		  RD_E_AUTH);
	leave(c);
	UNTIL(ended_for(&s, "CUSTOMER_DISCONNECT"));
	CHECK_EQ(rd_contacts_count(contacts), 0);
	CHECK_ERR(rd_contact_holder(contacts, rd_span_text(k.token)),
		  RD_E_AUTH);
	CHECK_ERR(rd_contact_connect(contacts,
				     rd_span_text(s.participant_token), &k),
		  RD_E_AUTH);
	CHECK_ERR(rd_contact_stop(contacts, s.contact_id), RD_E_CLOSED);
	CHECK_ERR(rd_contact_stop(contacts, "nobody"), RD_E_NOTFOUND);
	again = start("echo", "token-1");
	CHECK_TEXT(again.contact_id, s.contact_id);
	close_contacts();
}

TEST(an_agent_on_the_telephone_talks_gets_digits_and_hangs_up)
{
	struct rd_contact_started s;
	struct rd_contact_connection k;
	struct rd_contact_view v;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	s = start("agent", NULL);
	c = come(&s, PHONE_HZ);
	CHECK_OK(rd_contact_connect(contacts, rd_span_text(s.participant_token),
				    &k));
	CHECK_ERR(rd_contact_digits(contacts, rd_span_text(k.token), "1"),
		  RD_E_STATE);
	UNTIL(is_in(&s, RD_CONTACT_WITH_AGENT));
	v = view_of(&s);
	CHECK_TEXT(v.agent, "pbx/4711");
	CHECK(v.agent_wall_ms >= v.system_wall_ms);
	UNTIL(heard(c) >= 2 && phone_heard() >= 2);
	CHECK_ERR(rd_contact_digits(contacts, rd_span_text(k.token), "A"),
		  RD_E_FORMAT);
	CHECK_OK(rd_contact_digits(contacts, rd_span_text(k.token),
				   "0123456789*#0123456789*#0123456789*#0123"));
	UNTIL(phone_has_digits("0123456789*#0123456789*#0123456789*#0123"));
	rd_answerer_hangup_all(answerer);
	UNTIL(ended_for(&s, "AGENT_DISCONNECT"));
	UNTIL(rd_caller_is_done(c));
	CHECK_EQ(result_of(c).audio_status, 410);
	CHECK_EQ(heard_by_phone.header_count, 1); /* no other may stand there */
	CHECK_TEXT(heard_by_phone.headers[0].name, "X-Customer-Id");
	CHECK_TEXT(heard_by_phone.headers[0].value, "c-1001");
	rd_caller_close(c);
	close_contacts();
}

TEST(a_customer_hears_the_trunks_own_ringing_and_gives_up)
{
	struct rd_contact_started s;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ .ring_ms = 60000,
						.has_early_media = true },
		      0, 0);
	s = start("agent", NULL);
	c = come(&s, PHONE_HZ);
	UNTIL(heard(c) >= 2);
	CHECK(is_in(&s, RD_CONTACT_TRANSFERRING));
	leave(c);
	UNTIL(ended_for(&s, "CUSTOMER_DISCONNECT"));
	UNTIL(phone_ends == 1);
	CHECK_TEXT(view_of(&s).agent, "");
	close_contacts();
}

TEST(a_customer_who_leaves_ends_the_telephone_too)
{
	struct rd_contact_started s;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	s = start("agent", NULL);
	c = come(&s, PHONE_HZ);
	UNTIL(is_in(&s, RD_CONTACT_WITH_AGENT));
	leave(c);
	UNTIL(ended_for(&s, "CUSTOMER_DISCONNECT"));
	UNTIL(phone_ends == 1);
	CHECK(heard_by_phone.by_far_end);

	s = start("agent", NULL);
	c = come(&s, PHONE_HZ);
	UNTIL(is_in(&s, RD_CONTACT_WITH_AGENT));
	CHECK_OK(rd_contact_stop(contacts, s.contact_id));
	CHECK(ended_for(&s, "API"));
	UNTIL(phone_ends == 2 && rd_caller_is_done(c));
	rd_caller_close(c);
	close_contacts();
}

TEST(a_telephone_that_refuses_ends_a_flow_that_has_no_other_way)
{
	struct rd_contact_started s;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ .status = 486 }, 0, 0);
	s = start("agent", NULL);
	c = come(&s, PHONE_HZ);
	UNTIL(ended_for(&s, "TELECOM_PROBLEM"));
	CHECK_TEXT(view_of(&s).agent, "");
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);
	close_contacts();
}

TEST(who_never_comes_and_who_stays_away_are_given_up)
{
	struct rd_contact_started s;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ 0 }, 3000, SHORT_MS);
	s = start("echo", NULL);
	c = come(&s, CALLER_HZ);
	UNTIL(is_in(&s, RD_CONTACT_IN_FLOW));
	rd_caller_close(c); /* without a word */
	UNTIL(ended_for(&s, "TELECOM_PROBLEM"));
	s = start("echo", NULL);
	UNTIL(ended_for(&s, "OTHER"));
	close_contacts();
}

TEST(a_queue_serves_one_and_tells_the_other_his_place)
{
	struct rd_contact_started a, b;
	struct rd_contact_metrics m;
	struct rd_caller *first, *second;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	a = start("line", NULL);
	first = come(&a, CALLER_HZ);
	UNTIL(is_in(&a, RD_CONTACT_IN_FLOW) && view_of(&a).enqueued_wall_ms);
	CHECK_TEXT(view_of(&a).queue, "all");
	b = start("line", NULL);
	second = come(&b, CALLER_HZ);
	UNTIL(is_in(&b, RD_CONTACT_QUEUED));
	CHECK_OK(rd_contact_metrics(contacts, b.contact_id, &m));
	CHECK_EQ(m.position, 1);
	CHECK(m.has_wait);
	CHECK_OK(rd_contact_metrics(contacts, a.contact_id, &m));
	CHECK_EQ(m.position, 0);
	leave(first);
	UNTIL(is_in(&b, RD_CONTACT_IN_FLOW));
	UNTIL(heard(second) >= 1);
	CHECK_ERR(rd_contact_metrics(contacts, a.contact_id, &m), RD_E_CLOSED);
	leave(second);
	close_contacts();
}

TEST(a_sound_is_played_and_a_digit_chooses)
{
	struct rd_contact_started s;
	struct rd_contact_connection k;
	struct rd_caller *c;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	s = start("menu", NULL);
	c = come(&s, SOUND_HZ);
	UNTIL(is_in(&s, RD_CONTACT_IN_FLOW));
	CHECK_OK(rd_contact_connect(contacts, rd_span_text(s.participant_token),
				    &k));
	UNTIL(ended_for(&s, "CONTACT_FLOW_DISCONNECT"));
	CHECK_EQ(heard(c), 1);
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);

	s = start("menu", NULL);
	c = come(&s, CALLER_HZ);
	CHECK_OK(rd_contact_connect(contacts, rd_span_text(s.participant_token),
				    &k));
	UNTIL(is_in(&s, RD_CONTACT_IN_FLOW));
	CHECK_OK(rd_contact_digits(contacts, rd_span_text(k.token), "1"));
	UNTIL(heard(c) >= 2);
	CHECK_OK(rd_contact_disconnect(contacts, rd_span_text(k.token)));
	CHECK(ended_for(&s, "CUSTOMER_DISCONNECT"));
	UNTIL(rd_caller_is_done(c));
	rd_caller_close(c);
	close_contacts();
}

TEST(attributes_are_checked_and_merged_whole)
{
	static char long_value[32761];
	struct rd_contact_pair ok[] = { { "customer_id", "c-2" },
					{ "new-one", "" } };
	struct rd_contact_pair bad[] = { { "fine", "1" }, { "a b", "2" } };
	struct rd_contact_pair big = { "big", long_value };
	struct rd_contact_start none = { .flow_id = "none",
					 .display_name = "x" };
	struct rd_contact_started s, out;
	struct rd_contact_pair p;

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	CHECK_ERR(rd_contact_start(contacts, &none, &out, NULL), RD_E_NOTFOUND);
	s = start("echo", NULL);
	CHECK_ERR(rd_contact_update_attributes(contacts, s.contact_id, bad, 2),
		  RD_E_FORMAT);
	CHECK(!rd_contact_attribute(contacts, s.contact_id, 2, &p));
	CHECK_OK(rd_contact_update_attributes(contacts, s.contact_id, ok, 2));
	CHECK(rd_contact_attribute(contacts, s.contact_id, 0, &p));
	CHECK_TEXT(p.value, "c-2");
	CHECK(rd_contact_attribute(contacts, s.contact_id, 2, &p));
	CHECK_TEXT(p.name, "new-one");
	CHECK_TEXT(p.value, "");
	memset(long_value, 'x', sizeof(long_value) - 1);
	CHECK_ERR(rd_contact_update_attributes(contacts, s.contact_id, &big, 1),
		  RD_E_SIZE);
	long_value[32000] = '\0';
	CHECK_OK(rd_contact_update_attributes(contacts, s.contact_id, &big, 1));
	close_contacts();
}

TEST(what_a_flow_needs_must_be_there)
{
	struct rd_contacts_cfg cfg = { .flow_count = 1 };
	struct rd_complaint why = { "" };

	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	cfg.loop = loop;
	cfg.engine = engine;
	cfg.flows = &flows[1];
	CHECK_ERR(rd_contacts_open(&(struct rd_contacts *){ NULL }, &cfg, &why),
		  RD_E_NOTFOUND);
	CHECK(strstr(why.text, "\"pbx\"") != NULL);
	cfg.flows = &flows[3];
	CHECK_ERR(rd_contacts_open(&(struct rd_contacts *){ NULL }, &cfg, &why),
		  RD_E_NOTFOUND);
	CHECK(strstr(why.text, "no folder of sounds") != NULL);
	cfg.sounds = "/nowhere";
	CHECK_ERR(rd_contacts_open(&(struct rd_contacts *){ NULL }, &cfg, &why),
		  RD_E_NOTFOUND);
	close_contacts();
}

TEST(closing_with_all_of_it_open_leaves_nothing)
{
	struct rd_contact_started s, waiting;
	struct rd_caller *c;
	long live;

	/* Once, so that what libraries keep is there. */
	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	close_contacts();
	live = rd_mem_live();
	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	s = start("agent", "t");
	waiting = start("line", NULL);
	CHECK(waiting.contact_id[0]);
	c = come(&s, PHONE_HZ);
	UNTIL(is_in(&s, RD_CONTACT_WITH_AGENT));
	rd_caller_close(c);
	close_contacts();
	CHECK_EQ(rd_mem_live(), live);
}

/* A contact that nobody joins, with all that it may be given. */
static enum rd_err open_and_close(void)
{
	static const struct rd_contact_pair pairs[] = { { "a", "1" },
							{ "b", "2" } };
	static const struct rd_contact_reference reference = { "r", "STRING",
							       "v" };
	struct rd_contacts_cfg cfg = { .loop = loop,
				       .engine = engine,
				       .flows = &flows[0],
				       .flow_count = 1 };
	struct rd_contact_start begin = { .flow_id = "echo",
					  .display_name = "x",
					  .attributes = pairs,
					  .attribute_count = 2,
					  .client_token = "t",
					  .description = "d",
					  .references = &reference,
					  .reference_count = 1 };
	struct rd_contact_started s;
	struct rd_contact_connection k;
	struct rd_contacts *c;
	enum rd_err err = rd_contacts_open(&c, &cfg, NULL);

	if (!err)
		err = rd_contact_start(c, &begin, &s, NULL);
	if (!err)
		err = rd_contact_connect(c, rd_span_text(s.participant_token),
					 &k);
	if (!err)
		err = rd_contact_update_attributes(c, s.contact_id, pairs, 2);
	rd_contacts_close(c);
	rd_loop_turn(loop, 0);
	return err;
}

TEST(without_memory_there_is_no_contact_and_nothing_is_left)
{
	open_contacts((struct rd_answerer_cfg){ 0 }, 0, 0);
	CHECK_OK(open_and_close());
	rd_check_every_oom(open_and_close);
	close_contacts();
}

RD_TIMED_TESTS(T(without_memory_there_is_no_contact_and_nothing_is_left),
	       T(an_echo_is_joined_described_and_left),
	       T(an_agent_on_the_telephone_talks_gets_digits_and_hangs_up),
	       T(a_customer_hears_the_trunks_own_ringing_and_gives_up),
	       T(a_customer_who_leaves_ends_the_telephone_too),
	       T(a_telephone_that_refuses_ends_a_flow_that_has_no_other_way),
	       T(who_never_comes_and_who_stays_away_are_given_up),
	       T(a_queue_serves_one_and_tells_the_other_his_place),
	       T(a_sound_is_played_and_a_digit_chooses),
	       T(attributes_are_checked_and_merged_whole),
	       T(what_a_flow_needs_must_be_there),
	       T(closing_with_all_of_it_open_leaves_nothing))
