/* tests/unit/http/oom_test.c - every path of an allocation that fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The libraries' own allocations are not counted; what is tested is that ours
 * are given back and that the client gets an end.
 */
#include "http/client.h"
#include "http/websocket.h"
#include "http_testing.h"

static struct rd_http_stream *stream;

static void on_gone(void *arg)
{
	(void)arg;
	stream = NULL;
}

static struct rd_ws *far_ws;
static unsigned over;

static void on_opened(void *arg, struct rd_ws *ws)
{
	far_ws = arg ? ws : far_ws;
	(void)!rd_ws_send(ws, SPAN("hello"), true);
}

static void on_message(void *arg, struct rd_ws *ws, struct rd_span payload,
		       bool is_text)
{
	(void)arg;
	(void)payload;
	(void)is_text;
	rd_ws_end(ws, 1000, "done");
}

static void on_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	(void)arg;
	(void)ws;
	(void)code;
	over++;
}

static const struct rd_ws_events events = { on_opened, on_message, on_closed,
					    NULL };

static void serve(void *arg, struct rd_http_request *r)
{
	static const struct rd_http_field type = { "Content-Type", "a/b" };
	struct rd_http_answer a = { .status = 200,
				    .fields = &type,
				    .field_count = 1,
				    .body = rd_http_body(r) };
	struct rd_ws_cfg cfg = { .events = &events, .arg = &far_ws };

	(void)arg;
	if (rd_ws_is_asked(r)) {
		(void)!rd_ws_accept(r, &cfg, NULL);
		return;
	}
	if (!rd_span_is(rd_http_path(r), "/events")) {
		rd_http_answer(r, &a);
		return;
	}
	if (rd_http_stream_open(&stream, r, &a, on_gone, NULL) != RD_OK)
		return;
	(void)!rd_http_stream_push(stream, SPAN("data: 1\n\n"));
	rd_http_stream_close(stream);
	stream = NULL;
}

static enum rd_err open_all(void)
{
	struct rd_http_server_cfg cfg = { .handler = serve,
					  .most_connections = 8 };
	struct rd_http_listen l = { 0 };
	struct rd_addr address;
	enum rd_err err = rd_loop_open(&loop);

	if (err != RD_OK)
		return err;
	cfg.loop = loop;
	l.address = &address;
	CHECK_OK(rd_addr_parse(&address, SPAN("127.0.0.1")));
	err = rd_http_server_open(&server, &cfg);
	if (err == RD_OK)
		err = rd_http_server_listen(server, &l, &bound, NULL);
	return err;
}

static void close_all(void)
{
	rd_ws_close(far_ws);
	far_ws = NULL;
	rd_http_server_close(server);
	rd_loop_close(loop);
	server = NULL;
	loop = NULL;
}

/* Asks on a connection of its own and reads to the end, whatever it is. */
static void ask_and_leave(const char *request)
{
	char answer[2048];
	int fd = dial();

	say(fd, request, strlen(request));
	hear(fd, answer, sizeof(answer), NULL);
	close(fd);
}

static enum rd_err exchange(void)
{
	enum rd_err err = open_all();

	if (err == RD_OK) {
		ask_and_leave("POST / HTTP/1.1\r\nHost: x\r\n"
			      "Content-Length: 2\r\nConnection: close\r\n"
			      "\r\nhi");
		ask_and_leave("GET /events HTTP/1.1\r\nHost: x\r\n"
			      "Connection: close\r\n\r\n");
	}
	close_all();
	return err;
}

TEST(an_exchange_survives_each_allocation_that_fails)
{
	rd_check_every_oom(exchange);
}

static enum rd_err meet(void)
{
	struct rd_ws_cfg cfg = { .events = &events };
	struct rd_ws_connect c = { .protocols = NULL };
	struct rd_ws *ws = NULL;
	char url[128], text[RD_ADDR_TEXT];
	enum rd_err err = open_all();

	if (err != RD_OK)
		goto done;
	snprintf(url, sizeof(url), "ws://%s/", rd_addr_text(&bound, text));
	c.url = url;
	over = 0;
	err = rd_ws_open(&ws, loop, &cfg, &c);
	if (err != RD_OK)
		goto done;
	UNTIL(over);
	rd_ws_close(ws);
done:
	close_all();
	return err;
}

TEST(a_websocket_survives_each_allocation_that_fails)
{
	rd_check_every_oom(meet);
}

static unsigned asked;

static void on_done(void *arg, const struct rd_http_result *r)
{
	*(enum rd_err *)arg = r->err;
	asked++;
}

static enum rd_err fetch(void)
{
	struct rd_http_client_cfg cfg = { .most_at_once = 2 };
	struct rd_http_fetch f = { .deadline_ms = 2000, .most_bytes = 100 };
	struct rd_http_client *client = NULL;
	char url[128], text[RD_ADDR_TEXT];
	enum rd_err err = open_all(), got = RD_OK;

	if (err != RD_OK)
		goto done;
	cfg.loop = loop;
	err = rd_http_client_open(&client, &cfg);
	if (err != RD_OK)
		goto done;
	snprintf(url, sizeof(url), "http://%s/", rd_addr_text(&bound, text));
	f.url = url;
	asked = 0;
	err = rd_http_client_fetch(client, &f, on_done, &got, NULL);
	if (err == RD_OK)
		UNTIL(asked);
done:
	rd_http_client_close(client);
	close_all();
	return err;
}

TEST(a_fetch_survives_each_allocation_that_fails)
{
	rd_check_every_oom(fetch);
}

RD_TESTS(T(an_exchange_survives_each_allocation_that_fails),
	 T(a_websocket_survives_each_allocation_that_fails),
	 T(a_fetch_survives_each_allocation_that_fails))
