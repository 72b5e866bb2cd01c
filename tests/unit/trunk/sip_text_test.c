/* tests/unit/trunk/sip_text_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdlib.h>

#include "base/random.h"
#include "trunk/hosts.h"
#include "trunk/sip_text.h"

TEST(a_token_has_no_separators_and_no_control_characters)
{
	RFC("3261 25.1");
	CHECK(rd_sip_is_token("X-Contact-Id", 40));
	CHECK(rd_sip_is_token("a.!%*_+`'~0", 40));
	CHECK(!rd_sip_is_token("", 40));
	CHECK(!rd_sip_is_token("abc", 2));
	for (unsigned c = 1; c < 256; c++) {
		char text[] = { 'a', (char)c, 'b', 0 };
		bool is_good = (c >= '0' && c <= '9') ||
			       (c >= 'a' && c <= 'z') ||
			       (c >= 'A' && c <= 'Z') ||
			       (c < 128 && strchr("-.!%*_+`'~", (int)c));

		CHECK_EQ(rd_sip_is_token(text, 40), is_good);
	}
}

/* T27: whatever is let through can be read back as exactly one line. */
TEST(a_value_that_passes_is_one_line)
{
	for (unsigned i = 0; i < 20000; i++) {
		char text[64];
		size_t n = rd_random_below(sizeof(text) - 1);

		rd_random_bytes(text, n);
		if (i % 2)
			for (size_t k = 0; k < n; k++)
				text[k] = (char)(text[k] & 0x7f);
		text[n] = 0;
		if (!rd_sip_is_value(text, sizeof(text)))
			continue;
		CHECK(!strpbrk(text, "\r\n"));
		CHECK(strlen(text) < sizeof(text));
	}
	CHECK(rd_sip_is_value("", 10));
	CHECK(rd_sip_is_value("J\xc3\xbcrgen\t", 20));
	CHECK(!rd_sip_is_value("a\rb", 20));
	CHECK(!rd_sip_is_value("a\nb", 20));
	CHECK(!rd_sip_is_value("a\x7f", 20));
	CHECK(!rd_sip_is_value("\xc3", 20));
	CHECK(!rd_sip_is_value("0123456789", 10));
}

TEST(a_user_cannot_leave_its_part_of_the_uri)
{
	static const char *const good[] = { "4711", "+49-30.123", "a%20b",
					    "click_(1)", "*31!x" };
	static const char *const bad[] = { "",    "a@b", "a:b", "a;b", "a?b",
					   "a b", "a<",  "a>",  "%",   "%2",
					   "%2g", "a\r", "\"",  "#1",  "a/b" };
	char much[140];

	RFC("3261 25.1");
	for (size_t i = 0; i < RD_COUNT(good); i++)
		CHECK(rd_sip_is_user(good[i]));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK(!rd_sip_is_user(bad[i]));
	memset(much, '1', sizeof(much));
	much[128] = 0;
	CHECK(rd_sip_is_user(much));
	much[128] = '1';
	much[129] = 0;
	CHECK(!rd_sip_is_user(much));
}

TEST(only_context_headers_may_be_sent)
{
	RFC("7433 4");
	CHECK(rd_sip_is_context_name("X-Page"));
	CHECK(rd_sip_is_context_name("x-page"));
	CHECK(rd_sip_is_context_name("User-to-User"));
	CHECK(!rd_sip_is_context_name("X-"));
	CHECK(!rd_sip_is_context_name("Via"));
	CHECK(!rd_sip_is_context_name("P-Asserted-Identity"));
}

TEST(a_target_is_a_plain_host_and_a_numeric_port)
{
	CHECK(rd_sip_is_host("sip.example.test"));
	CHECK(rd_sip_is_host("192.0.2.1"));
	CHECK(rd_sip_is_host("[2001:db8::1]"));
	CHECK(!rd_sip_is_host(NULL));
	CHECK(!rd_sip_is_host(""));
	CHECK(!rd_sip_is_host("[zz]"));
	CHECK(!rd_sip_is_host("a b"));
	CHECK(!rd_sip_is_host("a%00"));
	CHECK(!rd_sip_is_host("-a"));
	CHECK(rd_sip_is_port(NULL));
	CHECK(rd_sip_is_port("5060"));
	CHECK(!rd_sip_is_port("0"));
	CHECK(!rd_sip_is_port("65536"));
	CHECK(!rd_sip_is_port("sip"));
	CHECK(!rd_sip_is_port(""));
}

TEST(a_display_name_is_quoted)
{
	char out[16];

	RFC("3261 25.1");
	CHECK_OK(rd_sip_quote("a\"b\\c", out, sizeof(out)));
	CHECK_TEXT(out, "\"a\\\"b\\\\c\"");
	CHECK_ERR(rd_sip_quote("0123456789abcdef", out, sizeof(out)),
		  RD_E_SIZE);
}

static char digit(const char *type, const char *body)
{
	return rd_sip_info_digit(type, rd_span_text(body));
}

TEST(digits_are_read_as_gateways_write_them)
{
	static const char relay[] = "application/dtmf-relay";
	char body[64];

	CHECK_EQ(digit(relay, "Signal=5\r\nDuration=160\r\n"), '5');
	CHECK_EQ(digit(relay, "Signal= *\r\n"), '*');
	CHECK_EQ(digit(relay, "Duration=90\nsignal =11\n"), '#');
	CHECK_EQ(digit("Application/DTMF-Relay", "Signal=a"), 'A');
	CHECK_EQ(digit("application/dtmf", "9"), '9');
	CHECK_EQ(digit(relay, "Signal=E\r\n"), 0);
	CHECK_EQ(digit(relay, "Signal=12\r\n"), 0);
	CHECK_EQ(digit(relay, "Signal\r\n"), 0);
	CHECK_EQ(digit(relay, "Signal="), 0);
	CHECK_EQ(digit(relay, ""), 0);
	CHECK_EQ(digit("text/plain", "Signal=5"), 0);
	CHECK_EQ(digit(NULL, "5"), 0);
	for (const char *d = "0123456789*#ABCD"; *d; d++) {
		CHECK_OK(rd_sip_info_body(*d, body, sizeof(body)));
		CHECK_EQ(digit(relay, body), *d);
	}
	CHECK_ERR(rd_sip_info_body('x', body, sizeof(body)), RD_E_FORMAT);
	CHECK_ERR(rd_sip_info_body('1', body, 4), RD_E_SIZE);
}

TEST(the_status_of_a_fragment_is_read)
{
	RFC("3420 2");
	CHECK_EQ(rd_sip_frag_status(SPAN("SIP/2.0 200 OK\r\n")), 200);
	CHECK_EQ(rd_sip_frag_status(SPAN("SIP/2.0 100")), 100);
	CHECK_EQ(rd_sip_frag_status(SPAN("SIP/2.0 099 x")), 0);
	CHECK_EQ(rd_sip_frag_status(SPAN("SIP/2.0 20")), 0);
	CHECK_EQ(rd_sip_frag_status(SPAN("HTTP/1.1 200 OK")), 0);
	CHECK_EQ(rd_sip_frag_status(RD_SPAN_NONE), 0);
}

TEST(a_hosts_file_is_read)
{
	static const char text[] = "# comment 192.0.2.9 a\n"
				   "127.0.0.1\tlocalhost loop # trunk\r\n"
				   "\n"
				   "bad line trunk\n"
				   "2001:db8::7 v6.test trunk\n"
				   "192.0.2.1 last";
	struct rd_addr addr;
	char ip[RD_ADDR_TEXT];

	CHECK_OK(rd_hosts_find(SPAN(text), "LOOP", &addr));
	CHECK_TEXT(rd_addr_ip_text(&addr, ip), "127.0.0.1");
	CHECK_OK(rd_hosts_find(SPAN(text), "trunk", &addr));
	CHECK_TEXT(rd_addr_ip_text(&addr, ip), "2001:db8::7");
	CHECK_OK(rd_hosts_find(SPAN(text), "last", &addr));
	CHECK_ERR(rd_hosts_find(SPAN(text), "a", &addr), RD_E_NOTFOUND);
	CHECK_ERR(rd_hosts_find(SPAN(text), "line", &addr), RD_E_NOTFOUND);
	CHECK_EQ(addr.family, 0);
}

RD_TESTS(T(a_token_has_no_separators_and_no_control_characters),
	 T(a_value_that_passes_is_one_line),
	 T(a_user_cannot_leave_its_part_of_the_uri),
	 T(only_context_headers_may_be_sent),
	 T(a_target_is_a_plain_host_and_a_numeric_port),
	 T(a_display_name_is_quoted), T(digits_are_read_as_gateways_write_them),
	 T(the_status_of_a_fragment_is_read), T(a_hosts_file_is_read))
