/* tests/unit/http/client_test.c - our client against our server, and against
 * rude ones; TLS included.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/client.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/websocket.h"
#include "http_testing.h"

struct outcome {
	unsigned calls;
	enum rd_err err;
	unsigned status;
	char body[256];
	char type[64];
	size_t len;
};

static struct rd_http_client *client;
static struct outcome got;

static void done(void *arg, const struct rd_http_result *r)
{
	struct outcome *o = arg;

	o->calls++;
	o->err = r->err;
	o->status = r->status;
	o->len = r->body.len;
	rd_text_copy(o->body, sizeof(o->body), r->body);
	rd_text_copy(o->type, sizeof(o->type),
		     rd_http_result_header(r, "content-TYPE"));
}

static void serve(void *arg, struct rd_http_request *r)
{
	struct rd_span path = rd_http_path(r);
	char to[128], text[RD_ADDR_TEXT];
	struct rd_http_field location = { "Location", to };
	struct rd_http_answer a = { .status = 302,
				    .fields = &location,
				    .field_count = 1 };
	static uint8_t big[70000];

	(void)arg;
	snprintf(to, sizeof(to), "http://%s/%s", rd_addr_text(&bound, text),
		 "final");
	if (rd_span_is(path, "/loop"))
		snprintf(to, sizeof(to), "/loop");
	else if (rd_span_is(path, "/away"))
		snprintf(to, sizeof(to), "http://localhost:%u/final",
			 bound.port);
	else if (rd_span_is(path, "/file"))
		snprintf(to, sizeof(to), "file:///etc/passwd");
	else if (rd_span_is(path, "/never"))
		return;
	else if (!rd_span_is(path, "/go"))
		a = (struct rd_http_answer){ .status = 200,
					     .body = rd_http_body(r) };
	if (rd_span_is(path, "/big"))
		a.body = rd_span(big, sizeof(big));
	if (rd_span_is(path, "/final")) {
		rd_http_answer_text(r, 200, "application/json", "{}");
		return;
	}
	rd_http_answer(r, &a);
}

static void begin(const char *ca_file)
{
	struct rd_http_client_cfg cfg = { .loop = loop, .ca_file = ca_file };

	CHECK_OK(rd_http_client_open(&client, &cfg));
}

static void end(void)
{
	rd_http_client_close(client);
	client = NULL;
	stop_server();
}

static void get(const char *scheme, const char *path,
		struct rd_http_fetch *more)
{
	struct rd_http_fetch f = { .deadline_ms = 3000, .most_bytes = 65536 };
	char url[256], text[RD_ADDR_TEXT];

	if (more)
		f = *more;
	snprintf(url, sizeof(url), "%s://%s%s", scheme,
		 rd_addr_text(&bound, text), path);
	f.url = url;
	memset(&got, 0, sizeof(got));
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, NULL));
	CHECK_EQ(got.calls, 0);
	UNTIL(got.calls);
}

TEST(requests_are_asked_and_answered)
{
	static const char *const headers[] = { "X-One: 1", "X-Two: 2" };
	struct rd_http_fetch post = { .method = "POST",
				      .headers = headers,
				      .header_count = 2,
				      .body = SPAN("ping\0pong"),
				      .deadline_ms = 3000,
				      .most_bytes = 100 };

	start_server(serve, NULL);
	begin(NULL);
	get("http", "/final", NULL);
	CHECK_OK(got.err);
	CHECK_EQ(got.status, 200);
	CHECK_TEXT(got.body, "{}");
	CHECK_TEXT(got.type, "application/json");
	get("http", "/echo", &post);
	CHECK_OK(got.err);
	CHECK_EQ(got.len, 9);
	end();
}

TEST(redirects_are_followed_only_as_allowed)
{
	struct rd_http_fetch f = { .deadline_ms = 3000, .most_bytes = 100 };

	start_server(serve, NULL);
	begin(NULL);
	get("http", "/go", &f);
	CHECK_OK(got.err);
	CHECK_EQ(got.status, 302);
	f.most_redirects = 3;
	get("http", "/go", &f);
	CHECK_EQ(got.status, 200);
	get("http", "/away", &f);
	CHECK_ERR(got.err, RD_E_REFUSED);
	get("http", "/file", &f);
	CHECK_ERR(got.err, RD_E_REFUSED);
	get("http", "/loop", &f);
	CHECK_EQ(got.status, 302);
	f.method = "POST"; /* is not said twice */
	get("http", "/go", &f);
	CHECK_EQ(got.status, 302);
	f.method = NULL;
	f.may_leave_host = true;
	get("http", "/away", &f);
	CHECK_EQ(got.status, 200);
	get("http", "/file", &f);
	CHECK(got.err != RD_OK);
	end();
}

TEST(deadline_and_size_are_kept)
{
	struct rd_http_fetch f = { .deadline_ms = 60, .most_bytes = 100 };

	start_server(serve, NULL);
	begin(NULL);
	get("http", "/never", &f);
	CHECK_ERR(got.err, RD_E_TIMEOUT);
	f.deadline_ms = 3000;
	get("http", "/big", &f);
	CHECK_ERR(got.err, RD_E_SIZE);
	CHECK_EQ(got.len, 0);
	f.most_bytes = 70000;
	get("http", "/big", &f);
	CHECK_OK(got.err);
	CHECK_EQ(got.len, 70000);
	f.deadline_ms = RD_HTTP_NO_DEADLINE;
	get("http", "/big", &f);
	CHECK_OK(got.err);
	CHECK_EQ(got.len, 70000);
	end();
}

TEST(a_closed_port_and_a_bad_url_are_told)
{
	struct rd_http_fetch f = { .url = "ftp://x/",
				   .deadline_ms = 3000,
				   .most_bytes = 100 };
	static const char *const broken[] = { "A: b\r\nC: d" };

	start_server(serve, NULL);
	begin(NULL);
	CHECK_ERR(rd_http_client_fetch(client, &f, done, &got, NULL),
		  RD_E_FORMAT);
	f.url = "http://127.0.0.1:1/";
	f.headers = broken;
	f.header_count = 1;
	CHECK_ERR(rd_http_client_fetch(client, &f, done, &got, NULL),
		  RD_E_FORMAT);
	f.header_count = 0;
	memset(&got, 0, sizeof(got));
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, NULL));
	UNTIL(got.calls);
	CHECK_ERR(got.err, RD_E_REFUSED);
	end();
}

static void cancel_other(void *arg, const struct rd_http_result *r)
{
	(void)r;
	got.calls++;
	rd_http_client_cancel(client, *(uint32_t *)arg);
}

TEST(requests_run_at_once_and_may_be_cancelled_anywhere)
{
	struct rd_http_fetch f = { .deadline_ms = 3000, .most_bytes = 100 };
	struct outcome many[40];
	char url[128], text[RD_ADDR_TEXT];
	uint32_t id, waiting;

	start_server(serve, NULL);
	begin(NULL);
	memset(many, 0, sizeof(many));
	memset(&got, 0, sizeof(got));
	snprintf(url, sizeof(url), "http://%s/never",
		 rd_addr_text(&bound, text));
	f.url = url;
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, &id));
	rd_http_client_cancel(client, id);
	rd_http_client_cancel(client, id);
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, &waiting));
	for (int i = 0; i < 40; i++) {
		snprintf(url, sizeof(url), "http://%s/final",
			 rd_addr_text(&bound, text));
		CHECK_OK(
			rd_http_client_fetch(client, &f, done, &many[i], NULL));
	}
	for (int i = 0; i < 40; i++)
		UNTIL(many[i].calls == 1);
	CHECK_OK(
		rd_http_client_fetch(client, &f, cancel_other, &waiting, NULL));
	UNTIL(got.calls);
	CHECK_EQ(got.calls, 1);
	snprintf(url, sizeof(url), "http://%s/never",
		 rd_addr_text(&bound, text));
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, NULL));
	for (int i = 0; i < 5; i++)
		rd_loop_turn(loop, 1);
	rd_http_client_close(client); /* with one under way */
	client = NULL;
	CHECK_EQ(got.calls, 1);
	stop_server();
}

/* --- TLS --- */

static char certificate[256], key[256];

static void make_certificate(const char *name)
{
	char command[1024];

	snprintf(certificate, sizeof(certificate), "/tmp/rd_http_%d_%s.pem",
		 getpid(), name);
	snprintf(key, sizeof(key), "/tmp/rd_http_%d_%s.key", getpid(), name);
	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey ec -pkeyopt "
		 "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=%s "
		 "-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s "
		 "2>/dev/null",
		 name, key, certificate);
	CHECK_EQ(system(command), 0);
}

static void remove_certificate(void)
{
	unlink(certificate);
	unlink(key);
}

TEST(tls_serves_what_plain_serves_and_is_verified)
{
	struct rd_http_server_cfg cfg = { .handler = serve };
	struct rd_http_listen l = { 0 };

	make_certificate("one");
	l.certificate_file = certificate;
	l.key_file = key;
	start_server_with(&cfg, &l);
	begin(certificate);
	get("https", "/final", NULL);
	CHECK_OK(got.err);
	CHECK_TEXT(got.body, "{}");
	rd_http_client_close(client);
	begin(NULL); /* nobody vouches for it */
	get("https", "/final", NULL);
	CHECK_ERR(got.err, RD_E_REFUSED);
	end();
	remove_certificate();
}

TEST(a_new_certificate_is_used_without_a_restart)
{
	struct rd_http_server_cfg cfg = { .handler = serve };
	struct rd_http_listen l = { 0 };
	struct rd_complaint c;
	char command[1024], first[300];

	make_certificate("old");
	snprintf(first, sizeof(first), "%s.first", certificate);
	snprintf(command, sizeof(command), "cp %s %s", certificate, first);
	CHECK_EQ(system(command), 0);
	l.certificate_file = certificate;
	l.key_file = key;
	start_server_with(&cfg, &l);
	begin(first);
	get("https", "/final", NULL);
	CHECK_OK(got.err);

	make_certificate("old"); /* the same files, another key */
	CHECK_OK(rd_http_server_reload(server, &c));
	get("https", "/final", NULL); /* on the connection it has */
	CHECK_OK(got.err);
	rd_http_client_close(client);
	begin(first);
	get("https", "/final", NULL);
	CHECK_ERR(got.err, RD_E_REFUSED);
	rd_http_client_close(client);
	begin(certificate);
	get("https", "/final", NULL);
	CHECK_OK(got.err);

	snprintf(command, sizeof(command), "echo junk > %s", certificate);
	CHECK_EQ(system(command), 0);
	CHECK_ERR(rd_http_server_reload(server, &c), RD_E_FORMAT);
	CHECK(strstr(c.text, certificate));
	get("https", "/final", NULL);
	CHECK_OK(got.err);
	end();
	unlink(first);
	remove_certificate();
}

/* What `openssl s_client` says of one attempt, while the loop turns. */
static void probe(const char *options, char *said, size_t size)
{
	char command[512], path[64];
	FILE *f;
	size_t len;
	int status = 0, pid = fork();

	snprintf(path, sizeof(path), "/tmp/rd_probe_%d", getpid());
	if (pid == 0) {
		snprintf(command, sizeof(command),
			 "timeout 4 openssl s_client -connect 127.0.0.1:%u %s "
			 "</dev/null >/tmp/rd_probe_%d 2>&1",
			 bound.port, options, getppid());
		_exit(system(command) == 0 ? 0 : 1);
	}
	UNTIL(waitpid(pid, &status, WNOHANG) == pid);
	f = fopen(path, "r");
	CHECK(f);
	len = fread(said, 1, size - 1, f);
	said[len] = '\0';
	fclose(f);
	unlink(path);
}

TEST(only_new_protocols_and_ciphers_are_spoken)
{
	struct rd_http_server_cfg cfg = { .handler = serve };
	struct rd_http_listen l = { 0 };
	static char said[32768];
	static const char *const bad[] = {
		"-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256",
		"-tls1_2 -cipher AES128-GCM-SHA256",
		"-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA",
		"-tls1_1 -cipher DEFAULT@SECLEVEL=0",
		"-tls1 -cipher DEFAULT@SECLEVEL=0",
	};

	RFC("9325 4.2");
	make_certificate("tls");
	l.certificate_file = certificate;
	l.key_file = key;
	start_server_with(&cfg, &l);
	probe("-tls1_3", said, sizeof(said));
	CHECK(strstr(said, "TLSv1.3, Cipher is TLS_AES"));
	probe("-tls1_2", said, sizeof(said));
	CHECK(strstr(said, "Cipher is ECDHE-ECDSA-"));
	CHECK(strstr(said, "Secure Renegotiation IS supported"));
	CHECK(strstr(said, "Compression: NONE"));
	CHECK(!strstr(said, "TLS session ticket:"));
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		probe(bad[i], said, sizeof(said));
		if (!strstr(said, "Cipher is (NONE)"))
			print_error("%s: %s\n", bad[i], said);
		CHECK(strstr(said, "Cipher is (NONE)"));
	}
	stop_server();
	remove_certificate();
}

TEST(a_handshake_that_stops_half_way_is_cut)
{
	struct rd_http_server_cfg cfg = { .handler = serve,
					  .headers_within_ms = 80 };
	struct rd_http_listen l = { 0 };
	char answer[64];
	int fds[20];

	make_certificate("half");
	l.certificate_file = certificate;
	l.key_file = key;
	start_server_with(&cfg, &l);
	for (size_t i = 0; i < RD_COUNT(fds); i++) {
		fds[i] = dial();
		say(fds[i], "\x16\x03\x01\x02\x00\x01\x00\x01", i % 8);
	}
	for (size_t i = 0; i < RD_COUNT(fds); i++) {
		hear(fds[i], answer, sizeof(answer), NULL);
		close(fds[i]);
	}
	UNTIL(rd_http_server_counts(server).connections == 0);
	begin(certificate);
	get("https", "/final", NULL);
	CHECK_OK(got.err);
	end();
	remove_certificate();
}

static struct rd_ws *far_ws;
static unsigned opened, heard, over;

static void on_opened(void *arg, struct rd_ws *ws)
{
	opened++;
	if (arg)
		far_ws = ws;
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	heard += (unsigned)payload.len;
	if (arg)
		(void)!rd_ws_send(ws, payload, is_text);
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	(void)arg;
	(void)ws;
	over += code;
}

static const struct rd_ws_events events = { on_opened, on_message, on_closed,
					    NULL };

static void upgrade(void *arg, struct rd_http_request *r)
{
	struct rd_ws_cfg cfg = { .events = &events, .arg = &far_ws };

	(void)arg;
	(void)!rd_ws_accept(r, &cfg, NULL);
}

TEST(a_websocket_works_over_tls_both_ends)
{
	struct rd_http_server_cfg cfg = { .handler = upgrade };
	struct rd_http_listen l = { 0 };
	struct rd_ws_cfg ws_cfg = { .events = &events };
	struct rd_ws_connect c = { 0 };
	char url[128], text[RD_ADDR_TEXT];
	static uint8_t big[16000];
	struct rd_ws *ws;

	make_certificate("ws");
	l.certificate_file = certificate;
	l.key_file = key;
	start_server_with(&cfg, &l);
	snprintf(url, sizeof(url), "wss://%s/", rd_addr_text(&bound, text));
	c.url = url;
	opened = heard = over = 0;
	CHECK_OK(rd_ws_open(&ws, loop, &ws_cfg, &c)); /* not trusted */
	UNTIL(over == 1006);
	CHECK_EQ(opened, 0);
	rd_ws_close(ws);
	UNTIL(rd_http_server_counts(server).connections == 0);
	over = 0;
	c.ca_file = certificate;
	CHECK_OK(rd_ws_open(&ws, loop, &ws_cfg, &c));
	UNTIL(opened == 2);
	for (int i = 0; i < 5; i++)
		CHECK_OK(rd_ws_send(ws, rd_span(big, sizeof(big)), false));
	UNTIL(heard == 10 * sizeof(big));
	rd_ws_end(far_ws, 4410, NULL);
	UNTIL(over == 2 * 4410);
	rd_ws_close(ws);
	rd_ws_close(far_ws);
	UNTIL(rd_http_server_counts(server).connections == 0);
	stop_server();
	remove_certificate();
}

/* A server that answers its first request and closes on all others. */
static struct {
	struct rd_watch door, guests[4];
	unsigned guest_count, asked;
} brief;

static void on_guest(struct rd_watch *w, unsigned what, uint64_t now_ms)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\n"
				     "Content-Length: 0\r\n\r\n";
	char buf[2048];
	int fd = w->fd;

	(void)what;
	(void)now_ms;
	if (read(fd, buf, sizeof(buf)) > 0 && ++brief.asked == 1 &&
	    write(fd, answer, sizeof(answer) - 1) > 0)
		return;
	rd_watch_remove(w);
	close(fd);
}

static void on_door(struct rd_watch *w, unsigned what, uint64_t now_ms)
{
	struct rd_watch *guest = &brief.guests[brief.guest_count++];

	(void)what;
	(void)now_ms;
	rd_assert(brief.guest_count <= RD_COUNT(brief.guests));
	guest->fn = on_guest;
	CHECK_OK(rd_loop_watch(loop, guest, accept(w->fd, NULL, NULL),
			       RD_READABLE));
}

static unsigned brief_port(int fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
	CHECK(listen(fd, 4) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	return ntohs(in.sin_port);
}

TEST(what_may_be_sent_once_is_sent_once)
{
	struct rd_http_fetch post = { .method = "POST",
				      .body = SPAN("place the call"),
				      .deadline_ms = 3000,
				      .most_bytes = 100,
				      .is_once = true };
	struct rd_addr was;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	RFC("9110 9.2.2");
	start_server(serve, NULL);
	begin(NULL);
	was = bound;
	bound.port = (uint16_t)brief_port(fd);
	brief.door.fn = on_door;
	CHECK_OK(rd_loop_watch(loop, &brief.door, fd, RD_READABLE));
	get("http", "/", &post);
	CHECK_OK(got.err);
	/* The connection is kept, and the next request would end on it. */
	get("http", "/", &post);
	CHECK_ERR(got.err, RD_E_UPSTREAM);
	CHECK_EQ(brief.asked, 2);
	bound = was;
	rd_watch_remove(&brief.door);
	for (unsigned i = 0; i < brief.guest_count; i++)
		if (brief.guests[i].loop) {
			int guest = brief.guests[i].fd;

			rd_watch_remove(&brief.guests[i]);
			close(guest);
		}
	close(fd);
	end();
}

RD_TESTS(T(requests_are_asked_and_answered),
	 T(redirects_are_followed_only_as_allowed),
	 T(deadline_and_size_are_kept), T(a_closed_port_and_a_bad_url_are_told),
	 T(requests_run_at_once_and_may_be_cancelled_anywhere),
	 T(tls_serves_what_plain_serves_and_is_verified),
	 T(a_new_certificate_is_used_without_a_restart),
	 T(only_new_protocols_and_ciphers_are_spoken),
	 T(a_handshake_that_stops_half_way_is_cut),
	 T(a_websocket_works_over_tls_both_ends),
	 T(what_may_be_sent_once_is_sent_once))
