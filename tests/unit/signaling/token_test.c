/* tests/unit/signaling/token_test.c - who may join: join tokens.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/signaling/driver.h"

/* Long enough to be a token. */
static const char zeroes[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

TEST(a_wrong_token_is_accepted_and_hears_403_at_join)
{
	static const char *const bad[] = { "", "x", "====", "a.b-c_d", zeroes };
	struct rd_signaling_stats stats;

	begin(false);
	for (unsigned i = 0; i < RD_COUNT(bad); i++) {
		accept_token("m", bad[i]);
		CHECK_OK(try_ping((char)('A' + i), 1));
		CHECK_OK(try_join((char)('A' + i), 7));
		asked();
		CHECK(strstr(d.log, "pong 1"));
		CHECK(strstr(d.log, "join-ack error 403"));
		lost((char)('A' + i));
	}
	rd_signaling_stats(d.s, &stats);
	CHECK_EQ(stats.refused_tokens, RD_COUNT(bad));
	CHECK_EQ(stats.connections, 0);
	end();
}

TEST(a_token_is_bound_to_its_meeting)
{
	begin(false);
	CHECK_OK(rd_signaling_meeting_open(d.s, "m2", d.now_ms));
	accept_token("m2", d.token[0]);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack error 403");
	accept_token("m3", d.token[0]); /* and is not "over" elsewhere */
	CHECK_OK(try_join('B', 7));
	EXPECT("B join-ack error 403");
	end();
}

TEST(a_meeting_id_of_any_length_may_be_asked_for)
{
	char id[1000];

	begin(false);
	memset(id, 'm', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	accept_token(id, d.token[0]);
	id[64] = '\0';
	accept_token(id, d.token[0]);
	accept_token("", d.token[0]);
	for (char c = 'A'; c <= 'C'; c++) {
		CHECK_OK(try_join(c, 7));
		asked();
		CHECK(strstr(d.log, "join-ack error 403"));
	}
	end();
}

TEST(every_changed_character_of_a_token_is_refused)
{
	begin(false);
	for (size_t i = 0; d.token[0][i]; i++) {
		char token[RD_SIGNALING_TOKEN_TEXT];

		memcpy(token, d.token[0], sizeof(token));
		token[i] = token[i] == 'A' ? 'B' : 'A';
		d.conn_count = 0;
		accept_token("m", token);
		CHECK_OK(try_join('A', 7));
		EXPECT("A join-ack error 403");
		lost('A');
	}
	end();
}

TEST(a_token_holds_characters_of_an_http_token_only)
{
	RFC("9110 5.6.2");
	begin(false);
	CHECK(strlen(d.token[0]) >= 2 &&
	      strlen(d.token[0]) < RD_SIGNALING_TOKEN_TEXT);
	CHECK_EQ(strspn(d.token[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_"),
		 strlen(d.token[0]));
	end();
}

TEST(a_token_must_be_used_in_time_once)
{
	begin(false);
	d.now_ms += 60000;
	come(0, 7, ACTIVE);
	d.now_ms += 1;
	accept_token("m", d.token[1]);
	CHECK_OK(try_join('B', 8));
	CHECK(strstr(asked(), "B join-ack error 403"));
	/* Who has joined may come back all the call long. */
	lost('A');
	asked();
	after(30000);
	come(0, 7, ACTIVE);
	CHECK_OK(rd_signaling_token(d.s, "m", "bob", d.now_ms, d.token[1]));
	come(1, 8, ACTIVE);
	CHECK_ERR(rd_signaling_token(d.s, "m", "eve", d.now_ms, d.token[2]),
		  RD_E_NOTFOUND);
	end();
}

TEST(a_token_outlives_the_process)
{
	char token[RD_SIGNALING_TOKEN_TEXT];

	begin(false);
	memcpy(token, d.token[0], sizeof(token));
	end();
	begin(false); /* the meeting was taken up again */
	accept_token("m", token);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack; A index");
	end();
}

TEST(a_party_without_socket_has_no_use_for_a_token)
{
	begin(true);
	CHECK_OK(rd_signaling_token(d.s, "m", "echo", d.now_ms, d.token[2]));
	accept_token("m", d.token[2]);
	CHECK_OK(try_join('A', 7));
	EXPECT("A join-ack error 403");
	end();
}

RD_TESTS(T(a_wrong_token_is_accepted_and_hears_403_at_join),
	 T(a_token_is_bound_to_its_meeting),
	 T(a_meeting_id_of_any_length_may_be_asked_for),
	 T(every_changed_character_of_a_token_is_refused),
	 T(a_token_holds_characters_of_an_http_token_only),
	 T(a_token_must_be_used_in_time_once), T(a_token_outlives_the_process),
	 T(a_party_without_socket_has_no_use_for_a_token))
