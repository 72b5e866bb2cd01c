/* tests/unit/secure/turn_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "secure/turn.h"

static const char *const urls[] = { "turn:turn.example.com:3478" };
static const struct rd_turn turn = {
	.urls = urls,
	.url_count = 1,
	.secret = { (const uint8_t *)"north", 5 },
	.lifetime_s = 600,
};

/* The password by: printf 1700000600:call-1 |
 * openssl dgst -sha1 -hmac north -binary | base64 */
TEST(password_is_what_openssl_makes_of_the_user_name)
{
	struct rd_turn_credentials c;

	RFC("2104");
	rd_turn_make(&turn, "call-1", 1700000000, &c);
	CHECK_TEXT(c.username, "1700000600:call-1");
	CHECK_TEXT(c.password, "fLrPAQb9t9tER3K18sFFJMWr18U=");
}

TEST(each_call_and_each_second_has_a_password_of_its_own)
{
	struct rd_turn_credentials a, b;

	rd_turn_make(&turn, "call-1", 1700000000, &a);
	rd_turn_make(&turn, "call-2", 1700000000, &b);
	CHECK(strcmp(a.password, b.password) != 0);
	rd_turn_make(&turn, "call-1", 1700000001, &b);
	CHECK(strcmp(a.password, b.password) != 0);
}

TEST(longest_names_fit)
{
	char name[65];
	struct rd_turn_credentials c;

	memset(name, 'a', 64);
	name[64] = '\0';
	rd_turn_make(&turn, name, 1ULL << 40, &c);
	CHECK(strstr(c.username, name) != NULL);
}

TEST(urls_are_those_that_browsers_take)
{
	static const char *const good[] = {
		"turn:turn.example.com",
		"turn:turn.example.com:3478",
		"turn:turn.example.com:3478?transport=udp",
		"turn:192.0.2.1:3478?transport=tcp",
		"turn:[2001:db8::1]:3478",
		"turns:turn.example.com:443?transport=tcp",
		"turns:turn.example.com",
	};
	static const char *const bad[] = {
		"",
		"turn:",
		"turn://turn.example.com",
		"stun:stun.example.com",
		"https://turn.example.com",
		"turn:turn.example.com:",
		"turn:turn.example.com:0",
		"turn:turn.example.com:65536",
		"turn:turn.example.com?transport=sctp",
		"turns:turn.example.com?transport=udp",
		"turn:turn.example.com?transport=tcp ",
		"turn:turn.example.com:3478/path",
		"turn:user@turn.example.com",
		"turn:[2001:db8::1",
		"turn:[turn.example.com]",
	};

	RFC("7065 3.1");
	for (size_t i = 0; i < RD_COUNT(good); i++)
		CHECK(rd_turn_is_url(good[i]));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK(!rd_turn_is_url(bad[i]));
}

RD_TESTS(T(password_is_what_openssl_makes_of_the_user_name),
	 T(each_call_and_each_second_has_a_password_of_its_own),
	 T(longest_names_fit), T(urls_are_those_that_browsers_take))
