/* tests/unit/http/server_test.c - the server, by raw bytes on sockets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http_testing.h"

static unsigned handled;
static uint32_t kept_id;

/* Says what it got; the answer ends with a line of one dot. */
static void tell(void *arg, struct rd_http_request *r)
{
	static const struct rd_http_field type = { "Content-Type",
						   "text/plain" };
	char text[8192], address[RD_ADDR_TEXT];
	struct rd_span m = rd_http_method(r), p = rd_http_path(r),
		       q = rd_http_query(r), b = rd_http_body(r);
	int n = snprintf(text, sizeof(text), "%.*s|%.*s|%.*s|%zu|%.*s|%s\n.",
			 (int)m.len, m.at, (int)p.len, p.at, (int)q.len,
			 q.at ? (const char *)q.at : "", b.len,
			 (int)rd_min_size(b.len, 20),
			 b.at ? (const char *)b.at : "",
			 rd_addr_ip_text(rd_http_client(r), address));
	struct rd_http_answer a = { .status = 200,
				    .fields = &type,
				    .field_count = 1,
				    .body = rd_span(text, (size_t)n) };

	(void)arg;
	handled++;
	rd_http_answer(r, &a);
}

static void keep(void *arg, struct rd_http_request *r)
{
	(void)arg;
	handled++;
	kept_id = rd_http_request_id(r);
}

#define ASK(literal) ask(literal, sizeof(literal) - 1, answer, sizeof(answer))

TEST(a_request_arrives_whole_and_is_answered)
{
	char answer[4096];

	RFC("9112 3.2.2");
	start_server(tell, NULL);
	CHECK_EQ(ASK("GET /a%20b?c=d&e HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CHECK(strstr(answer, "\r\n\r\nGET|/a%20b|c=d&e|0||127.0.0.1\n."));
	CHECK_EQ(ASK("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
		     "hello"),
		 200);
	CHECK(strstr(answer, "POST|/||5|hello|"));
	CHECK_EQ(ASK("DELETE /x HTTP/1.0\r\n\r\n"), 200);
	CHECK_EQ(ASK("GET http://X/y HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CHECK(strstr(answer, "GET|/y||"));
	CHECK_EQ(ASK("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	stop_server();
}

TEST(requests_follow_each_other_on_one_connection)
{
	static const char two[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
				  "POST /2 HTTP/1.1\r\nHost: x\r\n"
				  "Content-Length: 2\r\n\r\nhi"
				  "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[4096];
	int fd;

	RFC("9112 9.3.2");
	start_server(tell, NULL);
	fd = dial();
	for (size_t cut = 1; cut < sizeof(two) - 1; cut += 7) {
		say(fd, two, cut);
		for (int i = 0; i < 3; i++)
			rd_loop_turn(loop, 0);
		say(fd, two + cut, sizeof(two) - 1 - cut);
		hear(fd, answer, sizeof(answer), "GET|/3||");
		CHECK(strstr(answer, "GET|/1||"));
		CHECK(strstr(answer, "POST|/2||2|hi|"));
	}
	close(fd);
	UNTIL(rd_http_server_counts(server).connections == 0);
	stop_server();
}

struct refused {
	const char *bytes;
	size_t len;
	unsigned status;
};
#define BAD(status, literal)                                                   \
	{                                                                      \
		literal, sizeof(literal) - 1, status                           \
	}
#define G "GET / HTTP/1.1\r\n"
#define P "POST / HTTP/1.1\r\nHost: x\r\n"

static const struct refused refused[] = {
	/* RFC 9112 3.2: exactly one Host */
	BAD(400, G "\r\n"),
	BAD(400, G "Host: a\r\nHost: a\r\n\r\n"),
	BAD(400, G "Host: a\r\nhost: b\r\n\r\n"),
	/* RFC 9112 6.1, 6.3: one length, said once */
	BAD(400, P "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
	BAD(400, P "Content-Length: 1\r\nContent-Length: 2\r\n\r\na"),
	BAD(400, P "Content-Length: 1, 1\r\n\r\na"),
	BAD(400, P "Content-Length: +1\r\n\r\na"),
	BAD(400, P "Content-Length: -1\r\n\r\na"),
	BAD(400, P "Content-Length: 0x1\r\n\r\na"),
	BAD(400, P "Content-Length: 1 1\r\n\r\na"),
	BAD(400, P "Content-Length: \r\n\r\na"),
	BAD(400, P "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na"),
	BAD(400, P "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na"),
	BAD(400, P "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na"),
	BAD(411, P "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	BAD(411, P "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
	BAD(411, P "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	BAD(411, P "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"),
	/* RFC 9112 5.1: nothing between name and colon */
	BAD(400, P "Content-Length : 1\r\n\r\na"),
	BAD(400, P "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	BAD(400, P "Content-Length\t: 1\r\n\r\na"),
	/* RFC 9112 5.2: obsolete folding */
	BAD(400, P "X: a\r\n b\r\n\r\n"),
	BAD(400, P "X: a\r\n\tb\r\n\r\n"),
	BAD(400, P "Content-Length:\r\n 1\r\n\r\na"),
	BAD(400, G " Host: x\r\n\r\n"),
	/* RFC 9112 2.2: bare CR, bare LF */
	BAD(400, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
	BAD(400, G "Host: x\n\r\n"),
	BAD(400, G "Host: x\r\nY: z\n\r\n"),
	BAD(400, G "Host: x\r\n\n"),
	BAD(400, G "Host: x\nTransfer-Encoding: chunked\r\n\r\n"),
	BAD(400, G "Host: x\rY: z\r\n\r\n"),
	BAD(400, G "Host: x\r\nA: \rb\r\n\r\n"),
	/* names are tokens, values have no control characters */
	BAD(400, G "Host: x\r\nN\xc3\xa4me: 1\r\n\r\n"),
	BAD(400, G "Host: x\r\nN\x80: 1\r\n\r\n"),
	BAD(400, G "Host: x\r\nA b: 1\r\n\r\n"),
	BAD(400, G "Host: x\r\n: 1\r\n\r\n"),
	BAD(400, G "Host: x\r\nA(b): 1\r\n\r\n"),
	BAD(400, G "Host: x\r\nA: \x01\r\n\r\n"),
	BAD(400, G "Host: x\r\nA: b\x7f\r\n\r\n"),
	BAD(400, G "Host: x\r\nA: b\0c\r\n\r\n"),
	BAD(400, G "Host: x\r\nA\0: b\r\n\r\n"),
	BAD(400, G "Host: x\r\nno colon\r\n\r\n"),
	/* the request line */
	BAD(400, "GET  HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET x HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET / http/1.1\r\nHost: x\r\n\r\n"),
	BAD(400, "GET / HTTP/1.10\r\nHost: x\r\n\r\n"),
	BAD(400, "GET /\r\nHost: x\r\n\r\n"),
	BAD(505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
};

TEST(what_two_readers_could_take_differently_is_refused)
{
	char answer[4096];

	RFC("9110 5.5");
	RFC("9110 5.6.2");
	RFC("9112 2.2");
	RFC("9112 3.2");
	RFC("9112 6.1");
	RFC("9112 6.3");
	RFC("9112 11.2");
	start_server(tell, NULL);
	handled = 0;
	for (size_t i = 0; i < RD_COUNT(refused); i++) {
		unsigned status = ask(refused[i].bytes, refused[i].len, answer,
				      sizeof(answer));

		if (status != refused[i].status || handled)
			print_error("row %zu: %u for\n%s", i, status,
				    refused[i].bytes);
		CHECK_EQ(status, refused[i].status);
		CHECK_EQ(handled, 0);
	}
	stop_server();
}

static unsigned status_with(const char *before, uint8_t byte, const char *after)
{
	char request[256], answer[16384];
	size_t a = strlen(before), b = strlen(after);

	memcpy(request, before, a);
	request[a] = (char)byte;
	memcpy(request + a + 1, after, b);
	return ask(request, a + 1 + b, answer, sizeof(answer));
}

static void check_byte(unsigned byte, const char *where, unsigned got,
		       bool is_good)
{
	if (byte == '\n' && got == 0) /* a line that is none: just closed */
		return;
	if (got != (is_good ? 200U : 400U))
		print_error("byte %02x in a %s: %u\n", byte, where, got);
	CHECK_EQ(got, is_good ? 200 : 400);
}

TEST(each_byte_is_taken_where_it_may_stand_and_nowhere_else)
{
	static const char tchars[] =
		"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	RFC("9110 5.5");
	RFC("9110 5.6.2");
	start_server(tell, NULL);
	for (unsigned i = 0; i < 256; i++) {
		uint8_t c = (uint8_t)i;
		bool is_tchar = c && strchr(tchars, c);

		check_byte(i, "name",
			   status_with(G "Host: x\r\nX", c, "Y: 1\r\n\r\n"),
			   is_tchar || c == ':');
		check_byte(i, "value",
			   status_with(G "Host: x\r\nX: a", c, "b\r\n\r\n"),
			   (c >= 0x20 && c != 0x7f) || c == '\t');
		check_byte(i, "target",
			   status_with("GET /a", c,
				       "b HTTP/1.1\r\nHost: x\r\n\r\n"),
			   c > 0x20 && c < 0x7f && c != '#');
		check_byte(i, "method",
			   status_with("GE", c,
				       "T / HTTP/1.1\r\nHost: x\r\n\r\n"),
			   is_tchar);
	}
	stop_server();
}

TEST(a_client_that_waits_for_100_gets_it)
{
	static const char head[] = P "Content-Length: 5\r\n"
				     "Expect: 100-continue\r\n\r\n";
	char answer[4096];
	int fd;

	RFC("9110 10.1.1");
	start_server(tell, NULL);
	fd = dial();
	say(fd, head, sizeof(head) - 1);
	hear(fd, answer, sizeof(answer), "100 Continue\r\n\r\n");
	say(fd, "hello", 5);
	hear(fd, answer, sizeof(answer), "|5|hello|");
	close(fd);
	stop_server();
}

TEST(nothing_after_a_refused_request_is_read)
{
	static const char glued[] =
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n"
		"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[4096];
	int fd;

	start_server(tell, NULL);
	handled = 0;
	fd = dial();
	say(fd, glued, sizeof(glued) - 1);
	hear(fd, answer, sizeof(answer), NULL);
	CHECK(!strncmp(answer, "HTTP/1.1 400", 12));
	CHECK(!strstr(answer + 12, "HTTP/1.1"));
	CHECK_EQ(handled, 0);
	close(fd);
	stop_server();
}

static size_t request_of(char *buf, size_t target, size_t value, unsigned count)
{
	size_t n = (size_t)sprintf(buf, "GET /");

	memset(buf + n, 'a', target - 1);
	n += target - 1;
	n += (size_t)sprintf(buf + n, " HTTP/1.1\r\nHost: x\r\n");
	for (unsigned i = 1; i < count; i++) {
		n += (size_t)sprintf(buf + n, "H%02u: ", i);
		memset(buf + n, 'v', value);
		n += value;
		n += (size_t)sprintf(buf + n, "\r\n");
	}
	n += (size_t)sprintf(buf + n, "\r\n");
	return n;
}

TEST(each_bound_of_the_head_is_kept_to_the_byte)
{
	static char buf[128 * 1024];
	static char answer[16384];
	static const struct {
		size_t target, value;
		unsigned count, status;
	} rows[] = {
		{ 4095, 1, 2, 200 },         { 4096, 1, 2, 200 },
		{ 4097, 1, 2, 414 },         { 8000, 1, 2, 414 },
		{ 39000, 1, 2, 414 },        { 1, 8 * 1024 - 7, 2, 200 },
		{ 1, 8 * 1024 - 6, 2, 431 }, { 1, 1, 63, 200 },
		{ 1, 1, 64, 200 },           { 1, 1, 65, 431 },
		{ 1, 5000, 4, 200 },         { 1, 5600, 4, 431 },
		{ 1, 30000, 2, 431 },        { 1, 100, 300, 431 },
	};

	start_server(tell, NULL);
	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		size_t len = request_of(buf, rows[i].target, rows[i].value,
					rows[i].count);
		unsigned status = ask(buf, len, answer, sizeof(answer));

		/* A head that exceeds the library's buffer while its line
		 * does not fit is either of the two. */
		if (status != rows[i].status)
			print_error("row %zu: %u\n", i, status);
		CHECK_EQ(status, rows[i].status);
	}
	stop_server();
}

TEST(a_body_of_64_KiB_is_taken_and_one_byte_more_is_413)
{
	static char buf[400 * 1024];
	char answer[4096];
	static const struct {
		size_t body;
		unsigned status;
	} rows[] = { { 65535, 200 },
		     { 65536, 200 },
		     { 65537, 413 },
		     { 300000, 413 },
		     { 9999999, 413 } };

	start_server(tell, NULL);
	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		int n = sprintf(buf, P "Content-Length: %zu\r\n\r\n",
				rows[i].body);
		size_t body =
			rd_min_size(rows[i].body, sizeof(buf) - (size_t)n);

		memset(buf + n, 'b', body);
		CHECK_EQ(ask(buf,
			     (size_t)n + (rows[i].body > 400000 ? 0 : body),
			     answer, sizeof(answer)),
			 rows[i].status);
	}
	stop_server();
}

TEST(an_answer_may_come_later_and_its_client_may_be_gone)
{
	static const char get[] = G "Host: x\r\n\r\n";
	struct rd_http_request *r;
	char answer[4096];
	uint32_t id;
	int fd;

	start_server(keep, NULL);
	kept_id = 0;
	fd = dial();
	say(fd, get, sizeof(get) - 1);
	UNTIL(kept_id);
	id = kept_id;
	for (int i = 0; i < 3; i++)
		rd_loop_turn(loop, 1);
	r = rd_http_request_find(server, id);
	CHECK(r);
	rd_http_answer_text(r, 202, "text/plain", "later\n.");
	CHECK(!rd_http_request_find(server, id));
	hear(fd, answer, sizeof(answer), "later\n.");
	CHECK(!strncmp(answer, "HTTP/1.1 202", 12));

	kept_id = 0; /* on the same connection, but now the client goes */
	say(fd, get, sizeof(get) - 1);
	UNTIL(kept_id);
	CHECK(kept_id != id);
	close(fd);
	for (int i = 0; i < 3; i++)
		rd_loop_turn(loop, 1);
	r = rd_http_request_find(server, kept_id);
	if (r)
		rd_http_answer_text(r, 200, "text/plain", "into the void");
	UNTIL(rd_http_server_counts(server).connections == 0);
	CHECK(!rd_http_request_find(server, kept_id));
	CHECK_EQ(rd_http_server_counts(server).requests_open, 0);
	stop_server();
}

TEST(closing_the_server_drops_requests_that_wait)
{
	static const char get[] = G "Host: x\r\n\r\n";
	char answer[512];
	int fd;

	start_server(keep, NULL);
	kept_id = 0;
	fd = dial();
	say(fd, get, sizeof(get) - 1);
	UNTIL(kept_id);
	rd_http_server_close(server);
	server = NULL;
	CHECK_EQ(recv(fd, answer, sizeof(answer), 0), 0);
	close(fd);
	stop_server();
}

static void inject(void *arg, struct rd_http_request *r)
{
	struct rd_http_field bad = { "X", "a\r\nSet-Cookie: b" };
	struct rd_http_answer a = { .status = 200,
				    .fields = &bad,
				    .field_count = 1 };

	(void)arg;
	rd_http_answer(r, &a);
}

TEST(a_line_break_never_gets_into_a_header)
{
	char answer[4096];

	start_server(inject, NULL);
	CHECK_EQ(ASK("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
		 500);
	CHECK(!strstr(answer, "Set-Cookie"));
	stop_server();
}

TEST(slow_headers_and_slow_bodies_are_cut)
{
	struct rd_http_server_cfg cfg = {
		.handler = tell,
		.headers_within_ms = 60,
		.body_within_ms = 80,
		.idle_ms = 100,
	};
	struct rd_http_listen l = { 0 };
	char answer[4096];
	int fd;

	start_server_with(&cfg, &l);
	fd = dial();
	say(fd, G, sizeof(G) - 1);
	hear(fd, answer, sizeof(answer), NULL);
	CHECK(!strncmp(answer, "HTTP/1.1 408", 12));
	close(fd);
	fd = dial();
	say(fd, P "Content-Length: 9\r\n\r\nslow",
	    sizeof(P "Content-Length: 9\r\n\r\nslow") - 1);
	hear(fd, answer, sizeof(answer), NULL);
	CHECK(!strncmp(answer, "HTTP/1.1 408", 12));
	close(fd);
	fd = dial(); /* idle between requests */
	say(fd, G "Host: x\r\n\r\n", sizeof(G "Host: x\r\n\r\n") - 1);
	hear(fd, answer, sizeof(answer), NULL);
	CHECK(!strncmp(answer, "HTTP/1.1 200", 12));
	close(fd);
	CHECK_EQ(rd_http_server_counts(server).timed_out, 3);
	stop_server();
}

TEST(an_address_has_a_bounded_number_of_connections)
{
	struct rd_http_server_cfg cfg = { .handler = tell,
					  .most_per_address = 3 };
	struct rd_http_listen l = { 0 };
	char answer[64];
	int fds[5];

	start_server_with(&cfg, &l);
	for (int i = 0; i < 5; i++)
		fds[i] = dial();
	UNTIL(rd_http_server_counts(server).refused_address == 2);
	CHECK_EQ(rd_http_server_counts(server).connections, 3);
	CHECK(hear(fds[4], answer, sizeof(answer), NULL) == 0);
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	UNTIL(rd_http_server_counts(server).connections == 0);
	fds[0] = dial();
	UNTIL(rd_http_server_counts(server).connections == 1);
	close(fds[0]);
	stop_server();
}

TEST(only_a_trusted_proxy_speaks_for_somebody_else)
{
	struct rd_network proxies[2];
	struct rd_http_server_cfg cfg = { .handler = tell };
	struct rd_http_listen l = { 0 };
	char answer[4096];

	start_server(tell, NULL);
	CHECK_EQ(ASK(G "Host: x\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "|127.0.0.1\n."));
	stop_server();

	CHECK_OK(rd_network_parse(&proxies[0], SPAN("127.0.0.0/8")));
	CHECK_OK(rd_network_parse(&proxies[1], SPAN("10.0.0.0/8")));
	cfg.trusted_proxies = proxies;
	cfg.trusted_proxy_count = 2;
	start_server_with(&cfg, &l);
	CHECK_EQ(ASK(G "Host: x\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "|198.51.100.1\n."));
	CHECK_EQ(ASK(G "Host: x\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2 ,"
		       "10.1.1.1\r\nX-Forwarded-For: 10.2.2.2\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "|2.2.2.2\n."));
	CHECK_EQ(ASK(G "Host: x\r\nX-Forwarded-For: 1.1.1.1, junk\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "|127.0.0.1\n."));
	CHECK_EQ(ASK(G "Host: x\r\nX-Forwarded-For: [2001:db8::1]:80\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "|2001:db8::1\n."));
	stop_server();
}

TEST(a_drain_stops_accepting_and_says_close)
{
	static const char get[] = G "Host: x\r\n\r\n";
	struct sockaddr_storage sa;
	char answer[4096];
	socklen_t len;
	int fd, other;

	start_server(tell, NULL);
	fd = dial();
	say(fd, get, sizeof(get) - 1);
	hear(fd, answer, sizeof(answer), "\n.");
	CHECK(!strstr(answer, "Connection: close"));
	rd_http_server_drain(server);
	len = rd_addr_to_sockaddr(&bound, &sa);
	other = socket(sa.ss_family, SOCK_STREAM, 0);
	CHECK(connect(other, (struct sockaddr *)&sa, len) != 0);
	close(other);
	say(fd, get, sizeof(get) - 1);
	hear(fd, answer, sizeof(answer), NULL);
	CHECK(strstr(answer, "Connection: close"));
	close(fd);
	stop_server();
}

TEST(head_has_the_headers_of_get_and_no_body)
{
	char answer[4096];

	RFC("9110 9.3.2");
	start_server(tell, NULL);
	CHECK_EQ(ASK("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
		 200);
	CHECK(strstr(answer, "Content-Length: "));
	CHECK(!strstr(answer, "HEAD|"));
	stop_server();
}

TEST(ten_thousand_requests_on_one_connection_are_all_answered)
{
	static const char get[] = G "Host: x\r\n\r\n";
	enum {
		REQUESTS = 10000,
		BATCH = 8
	};
	uint64_t started_us, took_us;
	char answer[8192];
	int fd;

	start_server(tell, NULL);
	fd = dial();
	started_us = rd_clock_us();
	for (unsigned n = 0; n < REQUESTS / BATCH; n++) {
		unsigned seen = 0;
		char batch[BATCH * sizeof(get)] = "";

		for (int i = 0; i < BATCH; i++)
			memcpy(batch + (size_t)i * (sizeof(get) - 1), get,
			       sizeof(get));
		say(fd, batch, BATCH * (sizeof(get) - 1));
		while (seen < 5 * BATCH) {
			ssize_t got =
				recv(fd, answer, sizeof(answer), MSG_DONTWAIT);

			for (ssize_t i = 0; i < got; i++)
				seen += answer[i] == '|';
			if (got <= 0)
				rd_loop_turn(loop, 5);
		}
	}
	took_us = rd_clock_us() - started_us;
	print_message("%u requests in %llu us\n", REQUESTS,
		      (unsigned long long)took_us);
	close(fd);
	stop_server();
}

RD_TESTS(T(a_request_arrives_whole_and_is_answered),
	 T(requests_follow_each_other_on_one_connection),
	 T(what_two_readers_could_take_differently_is_refused),
	 T(each_byte_is_taken_where_it_may_stand_and_nowhere_else),
	 T(a_client_that_waits_for_100_gets_it),
	 T(nothing_after_a_refused_request_is_read),
	 T(each_bound_of_the_head_is_kept_to_the_byte),
	 T(a_body_of_64_KiB_is_taken_and_one_byte_more_is_413),
	 T(an_answer_may_come_later_and_its_client_may_be_gone),
	 T(closing_the_server_drops_requests_that_wait),
	 T(a_line_break_never_gets_into_a_header),
	 T(slow_headers_and_slow_bodies_are_cut),
	 T(an_address_has_a_bounded_number_of_connections),
	 T(only_a_trusted_proxy_speaks_for_somebody_else),
	 T(a_drain_stops_accepting_and_says_close),
	 T(head_has_the_headers_of_get_and_no_body),
	 T(ten_thousand_requests_on_one_connection_are_all_answered))
