/* tests/unit/http/handshake_test.c - the client's half of the handshake, and
 * frame heads however they are cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/handshake.h"

#include "http/frame_watch.h"
#include "testing.h"

static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";

#define HEAD      "HTTP/1.1 101 Switching Protocols\r\n"
#define UP        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define OK_ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static enum rd_err answer(const char *text, struct rd_ws_answer *a)
{
	return rd_ws_read_answer(a, rd_span_text(text), key, "a, b");
}

TEST(the_accept_value_is_that_of_the_rfc)
{
	char accept[RD_WS_ACCEPT_TEXT];

	RFC("6455 1.3");
	CHECK_OK(rd_ws_accept_of(rd_span_text(key), accept));
	CHECK_TEXT(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	CHECK_ERR(rd_ws_accept_of(SPAN("dGhlIHNhbXBsZSBub25j"), accept),
		  RD_E_FORMAT);
	CHECK_ERR(rd_ws_accept_of(SPAN("!GhlIHNhbXBsZSBub25jZQ=="), accept),
		  RD_E_FORMAT);
}

TEST(only_the_answer_to_our_key_opens)
{
	static const struct {
		const char *text;
		enum rd_err err;
	} rows[] = {
		{ HEAD UP OK_ACCEPT "\r\n", RD_OK },
		{ HEAD "upgrade: WebSocket\r\nconnection: x, upgrade\r\n"
		       "sec-websocket-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= "
		       "\r\n\r\n",
		  RD_OK },
		{ HEAD UP OK_ACCEPT "Sec-WebSocket-Protocol: b\r\n\r\n",
		  RD_OK },
		{ HEAD UP OK_ACCEPT "Sec-WebSocket-Protocol: c\r\n\r\n",
		  RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT "Sec-WebSocket-Protocol: a\r\n"
				    "Sec-WebSocket-Protocol: b\r\n\r\n",
		  RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT OK_ACCEPT "\r\n", RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT
		  "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
		  RD_E_FORMAT },
		{ HEAD UP "\r\n", RD_E_FORMAT },
		{ HEAD UP "Sec-WebSocket-Accept: x\r\n\r\n", RD_E_FORMAT },
		{ HEAD "Connection: Upgrade\r\n" OK_ACCEPT "\r\n",
		  RD_E_FORMAT },
		{ HEAD "Upgrade: websocket\r\n" OK_ACCEPT "\r\n", RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT "no colon\r\n\r\n", RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT " folded: 1\r\n\r\n", RD_E_FORMAT },
		{ "HTTP/1.1 200 OK\r\n\r\n", RD_E_REFUSED },
		{ "HTTP/1.1 503 \r\n\r\n", RD_E_REFUSED },
		{ "HTTP/1.0 101 \r\n" UP OK_ACCEPT "\r\n", RD_E_FORMAT },
		{ "HTTP/1.1 1010 \r\n" UP OK_ACCEPT "\r\n", RD_E_FORMAT },
		{ "junk\r\n\r\n", RD_E_FORMAT },
		{ HEAD UP OK_ACCEPT, RD_E_AGAIN },
	};
	struct rd_ws_answer a;

	RFC("6455 4.1");
	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		enum rd_err err = answer(rows[i].text, &a);

		if (err != rows[i].err)
			print_error("row %zu: %s\n", i, rd_err_name(err));
		CHECK_EQ(err, rows[i].err);
	}
	CHECK_EQ(answer("HTTP/1.1 429 \r\n\r\nrest", &a), RD_E_REFUSED);
	CHECK_EQ(a.status, 429);
	CHECK_EQ(a.header_bytes, 17);
}

TEST(a_request_has_no_line_break_of_others)
{
	static const char start[] = "GET /a?b HTTP/1.1\r\nHost: h:8080\r\n";
	struct rd_writer w;
	struct rd_url url;
	char buf[512], made[RD_WS_KEY_TEXT], tiny[40];

	CHECK_OK(rd_url_parse(&url, SPAN("ws://h:8080/a?b")));
	rd_ws_make_key(made);
	w = rd_writer(buf, sizeof(buf));
	CHECK_OK(rd_ws_write_request(&w, &url, made, "a, b", "http://o"));
	CHECK(!memcmp(buf, start, sizeof(start) - 1));
	w = rd_writer(buf, sizeof(buf));
	CHECK_ERR(rd_ws_write_request(&w, &url, made, "a\r\nb", NULL),
		  RD_E_FORMAT);
	w = rd_writer(buf, sizeof(buf));
	CHECK_ERR(rd_ws_write_request(&w, &url, made, NULL, "a\nb"),
		  RD_E_FORMAT);
	w = rd_writer(tiny, sizeof(tiny));
	CHECK_ERR(rd_ws_write_request(&w, &url, made, NULL, NULL), RD_E_SIZE);
}

TEST(a_list_of_tokens_is_one_or_nothing)
{
	struct rd_span one;

	CHECK(rd_ws_list_nth(SPAN("a , b.c-d_e"), 1, &one));
	CHECK(rd_span_is(one, "b.c-d_e"));
	CHECK(!rd_ws_list_nth(SPAN("a, b"), 2, &one));
	CHECK(!rd_ws_list_nth(SPAN("a,,b"), 0, &one));
	CHECK(!rd_ws_list_nth(SPAN("a b"), 0, &one));
	CHECK(!rd_ws_list_nth(SPAN(""), 0, &one));
	CHECK(rd_ws_list_has(SPAN("keep-alive, UPGRADE"), "upgrade"));
	CHECK(!rd_ws_list_has(SPAN("upgraded"), "upgrade"));
}

TEST(frame_heads_are_seen_however_they_are_cut)
{
	static const uint8_t good[] = {
		0x81, 0x82, 1,    2,    3, 4, 'h', 'i', /* masked text */
		0x82, 0x00,                             /* empty */
		0x89, 0x80, 1,    2,    3, 4,           /* ping */
		0x82, 0x7e, 0x00, 0x7e,                 /* 126 */
	};
	static const uint8_t bad[][4] = {
		{ 0x09, 0x00 }, { 0x89, 0x7e },         { 0x88, 0x01 },
		{ 0x88, 0x81 }, { 0x82, 0x7e, 0, 125 },
	};
	struct rd_frame_watch w;

	RFC("6455 5.5");
	for (size_t cut = 0; cut <= sizeof(good); cut++) {
		memset(&w, 0, sizeof(w));
		CHECK_EQ(rd_frame_watch_feed(&w, rd_span(good, cut)), cut);
		CHECK_EQ(rd_frame_watch_feed(&w, rd_span(good + cut,
							 sizeof(good) - cut)),
			 sizeof(good) - cut);
		CHECK(!rd_frame_watch_is_between(&w)); /* 126 to come */
	}
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		uint8_t both[sizeof(good) + 126 + 4] = { 0 };

		memcpy(both, good, sizeof(good));
		memcpy(both + sizeof(good) + 126, bad[i], 4);
		memset(&w, 0, sizeof(w));
		CHECK_EQ(rd_frame_watch_feed(&w, rd_span(both, sizeof(both))),
			 sizeof(good) + 126);
	}
}

RD_TESTS(T(the_accept_value_is_that_of_the_rfc),
	 T(only_the_answer_to_our_key_opens),
	 T(a_request_has_no_line_break_of_others),
	 T(a_list_of_tokens_is_one_or_nothing),
	 T(frame_heads_are_seen_however_they_are_cut))
