/* tests/unit/aws/client_test.c - the client as a whole: what it refuses, its
 * pool, memory; a fake AWS of its own answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/client.h"

#include "around.h"
#include "base/clock.h"
#include "http/server.h"

enum {
	PATIENCE_MS = 20000
};

struct outcome {
	unsigned calls;
	enum rd_err err;
	unsigned status, attempts;
	bool may_have_happened;
	char name[RD_AWS_NAME_TEXT];
	char text[64]; /* member "x" of the body */
};

/* Who asks, and who answers. */
static struct {
	struct around around;
	struct rd_loop *loop;
	struct rd_http_server *server;
	struct rd_http_client *http;
	struct rd_aws_client *client;
	char url[64];
	unsigned asked;
	unsigned fail_first; /* so many answers are 500 */
} desk;

static void answer(void *arg, struct rd_http_request *r)
{
	static const struct rd_http_field field = { "x-amzn-ErrorType",
						    "InternalException" };
	struct rd_http_answer a = { .status = 200,
				    .body = SPAN("{\"x\":\"y\"}") };

	(void)arg;
	if (desk.asked++ < desk.fail_first) {
		a.status = 500;
		a.fields = &field;
		a.field_count = 1;
	}
	rd_http_answer(r, &a);
}

static void on_done(void *arg, const struct rd_aws_result *r)
{
	struct outcome *o = arg;
	const char *x = rd_json_member(r->body, "x");

	o->calls++;
	o->err = r->err;
	o->status = r->status;
	o->attempts = r->attempts;
	o->may_have_happened = r->may_have_happened;
	snprintf(o->name, sizeof(o->name), "%s", r->name);
	snprintf(o->text, sizeof(o->text), "%s", x ? x : "");
}

static void serve_open(void)
{
	struct rd_http_server_cfg cfg = { .handler = answer };
	struct rd_addr any, bound;
	struct rd_http_listen l = { .address = &any };

	memset(&desk, 0, sizeof(desk));
	CHECK_OK(rd_loop_open(&desk.loop));
	CHECK_OK(rd_addr_parse(&any, SPAN("127.0.0.1")));
	cfg.loop = desk.loop;
	CHECK_OK(rd_http_server_open(&desk.server, &cfg));
	CHECK_OK(rd_http_server_listen(desk.server, &l, &bound, NULL));
	snprintf(desk.url, sizeof(desk.url), "http://127.0.0.1:%u", bound.port);
	around_set(&desk.around, "AWS_REGION", "us-east-1");
	around_set(&desk.around, "AWS_ACCESS_KEY_ID", "AKID");
	around_set(&desk.around, "AWS_SECRET_ACCESS_KEY", "secret");
	around_set(&desk.around, "AWS_EC2_METADATA_DISABLED", "true");
}

static enum rd_err ask_open(struct rd_aws_client_cfg *cfg)
{
	struct rd_http_client_cfg http = { .loop = desk.loop };
	struct rd_complaint why;
	enum rd_err err = rd_http_client_open(&desk.http, &http);

	if (err != RD_OK)
		return err;
	cfg->loop = desk.loop;
	cfg->http = desk.http;
	cfg->around = &desk.around.lent;
	cfg->endpoint = desk.url;
	return rd_aws_client_open(&desk.client, cfg, &why);
}

static void open_all(struct rd_aws_client_cfg cfg)
{
	serve_open();
	CHECK_OK(ask_open(&cfg));
}

static void ask_close(void)
{
	rd_aws_client_close(desk.client);
	rd_http_client_close(desk.http);
	desk.client = NULL;
	desk.http = NULL;
}

static void close_all(void)
{
	ask_close();
	rd_http_server_close(desk.server);
	rd_loop_close(desk.loop);
}

static void turn_until(const unsigned *calls, unsigned count)
{
	uint64_t end_ms = rd_clock_ms() + PATIENCE_MS;

	while (*calls < count) {
		CHECK(rd_clock_ms() < end_ms);
		rd_loop_turn(desk.loop, 50);
	}
}

static struct rd_aws_call a_call(void)
{
	return (struct rd_aws_call){ .service = RD_AWS_VOICE,
				     .operation = "Get",
				     .method = "GET",
				     .path = "/x",
				     .is_idempotent = true };
}

TEST(a_call_is_answered_from_the_loop)
{
	struct outcome o = { .calls = 0 };
	struct rd_aws_call call = a_call();

	open_all((struct rd_aws_client_cfg){ .requests_per_second = 100 });
	CHECK(!rd_aws_client_is_ready(desk.client));
	CHECK_OK(rd_aws_client_call(desk.client, &call, on_done, &o, NULL));
	CHECK_EQ(o.calls, 0);
	turn_until(&o.calls, 1);
	CHECK_OK(o.err);
	CHECK_TEXT(o.text, "y");
	CHECK(rd_aws_client_is_ready(desk.client));
	desk.asked = 0;
	desk.fail_first = 2;
	CHECK_OK(rd_aws_client_call(desk.client, &call, on_done, &o, NULL));
	turn_until(&o.calls, 2);
	CHECK_OK(o.err);
	CHECK_EQ(o.attempts, 3);
	desk.asked = 0;
	call.is_idempotent = false;
	CHECK_OK(rd_aws_client_call(desk.client, &call, on_done, &o, NULL));
	turn_until(&o.calls, 3);
	CHECK_ERR(o.err, RD_E_UPSTREAM);
	CHECK_TEXT(o.name, "InternalException");
	CHECK_EQ(o.attempts, 1);
	CHECK(o.may_have_happened);
	close_all();
}

TEST(a_full_client_says_so_and_has_room_again)
{
	struct outcome o = { .calls = 0 };
	struct rd_aws_call call = a_call();
	uint32_t ids[2], id;

	open_all((struct rd_aws_client_cfg){ .most_calls = 2 });
	for (unsigned i = 0; i < 2; i++)
		CHECK_OK(rd_aws_client_call(desk.client, &call, on_done, &o,
					    &ids[i]));
	CHECK_ERR(rd_aws_client_call(desk.client, &call, on_done, &o, &id),
		  RD_E_FULL);
	CHECK_EQ(id, 0);
	rd_aws_client_cancel(desk.client, ids[0]);
	rd_aws_client_cancel(desk.client, ids[0]);
	CHECK_OK(rd_aws_client_call(desk.client, &call, on_done, &o, &id));
	turn_until(&o.calls, 2);
	CHECK_EQ(desk.asked, 2);
	close_all();
}

TEST(closing_ends_calls_in_each_state_without_a_word)
{
	struct outcome o = { .calls = 0 };
	struct rd_aws_call call = a_call();

	for (unsigned turns = 0; turns < 6; turns++) {
		open_all((struct rd_aws_client_cfg){ .most_calls = 8 });
		for (unsigned i = 0; i < 8; i++)
			CHECK_OK(rd_aws_client_call(desk.client, &call, on_done,
						    &o, NULL));
		o.calls = 0;
		for (unsigned i = 0; i < turns; i++)
			rd_loop_turn(desk.loop, 1);
		ask_close();
		o.calls = 0;
		rd_loop_turn(desk.loop, 1);
		CHECK_EQ(o.calls, 0);
		close_all();
	}
}

TEST(a_path_is_made_of_encoded_segments)
{
	char path[32] = "/contacts/";

	CHECK_OK(rd_aws_path_append(path, sizeof(path), "i/1 \xc3\xa9"));
	CHECK_TEXT(path, "/contacts/i%2F1%20%C3%A9");
}

TEST(a_segment_that_does_not_fit_changes_nothing)
{
	char path[8] = "/a/";

	CHECK_ERR(rd_aws_path_append(path, sizeof(path), ""), RD_E_FORMAT);
	CHECK_ERR(rd_aws_path_append(path, sizeof(path), "."), RD_E_FORMAT);
	CHECK_ERR(rd_aws_path_append(path, sizeof(path), ".."), RD_E_FORMAT);
	CHECK_ERR(rd_aws_path_append(path, sizeof(path), "12345"), RD_E_SIZE);
	CHECK_TEXT(path, "/a/");
	CHECK_ERR(rd_aws_path_append(path, sizeof(path), "12/"), RD_E_SIZE);
	CHECK_TEXT(path, "/a/");
	CHECK_OK(rd_aws_path_append(path, sizeof(path), "1234"));
	CHECK_TEXT(path, "/a/1234");
}

/* Opening, asking and closing; the answer is waited for elsewhere. */
static enum rd_err open_ask_close(void)
{
	static const uint8_t body[] = "{}";
	struct rd_aws_client_cfg cfg = { .most_calls = 4 };
	struct rd_aws_call call = a_call();
	struct outcome o;
	enum rd_err err = ask_open(&cfg);

	call.body = rd_span(body, 2);
	call.bearer = "bearer";
	if (err == RD_OK)
		err = rd_aws_client_call(desk.client, &call, on_done, &o, NULL);
	ask_close();
	return err;
}

TEST(it_works_or_says_that_there_is_no_memory)
{
	serve_open();
	rd_check_every_oom(open_ask_close);
	close_all();
}

RD_TESTS(T(a_call_is_answered_from_the_loop),
	 T(a_full_client_says_so_and_has_room_again),
	 T(closing_ends_calls_in_each_state_without_a_word),
	 T(a_path_is_made_of_encoded_segments),
	 T(a_segment_that_does_not_fit_changes_nothing),
	 T(it_works_or_says_that_there_is_no_memory))
