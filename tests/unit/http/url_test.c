/* tests/unit/http/url_test.c - addresses, read strictly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/url.h"

#include <stdio.h>

#include "testing.h"

TEST(a_url_is_taken_apart)
{
	struct rd_url u;
	char buf[RD_URL_ORIGIN_TEXT];

	RFC("3986 3");
	RFC("3986 3.3");
	RFC("3986 3.4");
	CHECK_OK(rd_url_parse(&u, SPAN("HTTPS://Example.ORG:8443/a/b?c=%20d")));
	CHECK(u.is_secure && !u.is_websocket && !u.is_ip);
	CHECK_TEXT(u.host, "example.org");
	CHECK_EQ(u.port, 8443);
	CHECK(rd_span_is(u.target, "/a/b?c=%20d"));
	CHECK_TEXT(rd_url_origin(&u, buf), "https://example.org:8443");
	CHECK_OK(rd_url_parse(&u, SPAN("ws://[2001:db8::1]:80")));
	CHECK(u.is_websocket && u.is_ip && u.has_default_port);
	CHECK_TEXT(u.host, "2001:db8::1");
	CHECK(rd_span_is(u.target, "/"));
	CHECK_TEXT(rd_url_origin(&u, buf), "ws://[2001:db8::1]");
	CHECK_OK(rd_url_parse(&u, SPAN("http://127.0.0.1/")));
	CHECK_EQ(u.port, 80);
	CHECK_EQ(u.ip.port, 80);
}

TEST(what_others_would_read_differently_is_refused)
{
	static const char *const bad[] = {
		"",
		"http",
		"http:",
		"http:/",
		"http://",
		"http:///a",
		"//host/",
		"host/",
		"ftp://host/",
		"file:///etc/passwd",
		"javascript://host/",
		" http://host/",
		"http://host /",
		"http://user@host/",
		"http://user:pass@host/",
		"http://host\\@other/",
		"http:\\\\host/",
		"http://host/\\x",
		"http://host/a b",
		"http://host/#f",
		"http://host?q",
		"http://host:/",
		"http://host:0/",
		"http://host:080/",
		"http://host:65536/",
		"http://host:99999999999/",
		"http://host:8a/",
		"http://ho%73t/",
		"http://-host/",
		"http://a..b/",
		"http://.a/",
		"http://a./",
		"http://1/",
		"http://127.1/",
		"http://0x7f.0.0.1/",
		"http://0x7f000001/",
		"http://017700000001/",
		"http://127.0.0.01/",
		"http://127.0.0.1./",
		"http://256.1.1.1/",
		"http://[::1/",
		"http://::1/",
		"http://[::1]x/",
		"http://[127.0.0.1]/",
		"http://[]/",
		"http://[fe80::1%25eth0]/",
		"http://h\xc3\xb6st/",
		"http://host/\xc3\xb6",
		"http://host/%",
		"http://host/%4",
		"http://host/%zz",
		"http://host/\"",
		"http://host/<",
		"http://host/\x7f",
	};
	struct rd_url u;

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		enum rd_err err = rd_url_parse(&u, rd_span_text(bad[i]));

		if (err == RD_OK)
			print_error("taken: %s\n", bad[i]);
		CHECK(err != RD_OK);
	}
	CHECK(rd_url_parse(&u, SPAN("http://a\0b/")) != RD_OK);
	CHECK(rd_url_parse(&u, SPAN("http://a/\0b")) != RD_OK);
}

TEST(length_is_bounded)
{
	static char text[RD_URL_MOST + 2];
	struct rd_url u;
	char name[300];

	RFC("1035 2.3.4");
	snprintf(name, sizeof(name), "http://%0*d.example/", 63, 1);
	CHECK_OK(rd_url_parse(&u, rd_span_text(name)));
	snprintf(name, sizeof(name), "http://%0*d.example/", 64, 1);
	CHECK_ERR(rd_url_parse(&u, rd_span_text(name)), RD_E_FORMAT);
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h/", 9);
	CHECK_OK(rd_url_parse(&u, rd_span(text, RD_URL_MOST)));
	CHECK_ERR(rd_url_parse(&u, rd_span(text, RD_URL_MOST + 1)), RD_E_SIZE);
}

TEST(loopback_is_seen_however_it_is_written)
{
	static const struct {
		const char *url;
		bool is_loopback;
	} rows[] = {
		{ "http://localhost/", true },
		{ "http://LOCALHOST:3000/", true },
		{ "http://a.localhost/", true },
		{ "http://127.0.0.1/", true },
		{ "http://127.9.9.9:1/", true },
		{ "http://[::1]/", true },
		{ "http://[::ffff:127.0.0.1]/", true },
		{ "http://localhost.example.org/", false },
		{ "http://notlocalhost/", false },
		{ "http://10.0.0.1/", false },
		{ "http://[::2]/", false },
		{ "http://0.0.0.0/", false },
	};
	struct rd_url u;

	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		CHECK_OK(rd_url_parse(&u, rd_span_text(rows[i].url)));
		if (rd_url_is_loopback(&u) != rows[i].is_loopback)
			print_error("%s\n", rows[i].url);
		CHECK_EQ(rd_url_is_loopback(&u), rows[i].is_loopback);
	}
}

TEST(an_origin_has_one_spelling)
{
	static const char *const good[] = {
		"https://good.example",          "http://good.example:8080",
		"http://localhost:3000",         "https://[2001:db8::1]:8443",
		"https://xn--bcher-kva.example",
	};
	static const char *const bad[] = {
		"null",
		"https://good.example/",
		"https://good.example:443",
		"http://good.example:80",
		"https://Good.example",
		"HTTPS://good.example",
		"https://good.example.",
		"https://good.example ",
		"https://a@good.example",
		"https://good.example:0443",
		"https://good.example?x",
		"https://b\xc3\xbc.example",
		"wss://good.example",
		"good.example",
		"*",
	};

	RFC("6454 6.2");
	for (size_t i = 0; i < RD_COUNT(good); i++)
		CHECK(rd_url_is_origin(rd_span_text(good[i])));
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK(!rd_url_is_origin(rd_span_text(bad[i])));
}

RD_TESTS(T(a_url_is_taken_apart),
	 T(what_others_would_read_differently_is_refused), T(length_is_bounded),
	 T(loopback_is_seen_however_it_is_written),
	 T(an_origin_has_one_spelling))
