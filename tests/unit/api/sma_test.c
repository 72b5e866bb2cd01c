/* tests/unit/api/sma_test.c - the handler behind a URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/sma.h"

#include "../http/http_testing.h"
#include "http/client.h"

#define EVENT                                                                  \
	"{\"InvocationEventType\":\"HANGUP\",\"CallDetails\":"                 \
	"{\"SipMediaApplicationId\":\"app-1\",\"Participants\":"               \
	"[{\"ParticipantTag\":\"LEG-A\"}]}}"

static struct rd_http_client *client;
static struct got {
	unsigned status;
	char body[1024];
	unsigned calls;
} got;

static void done(void *arg, const struct rd_http_result *r)
{
	struct got *g = arg;

	CHECK_OK(r->err);
	g->calls++;
	g->status = r->status;
	rd_text_copy(g->body, sizeof(g->body), r->body);
}

static void fetch(const char *method, const char *path, const char *body)
{
	char url[256], text[RD_ADDR_TEXT];
	struct rd_http_fetch f = { .method = method,
				   .url = url,
				   .body = rd_span_text(body),
				   .deadline_ms = 3000,
				   .most_bytes = 4096 };

	snprintf(url, sizeof(url), "http://%s%s", rd_addr_text(&bound, text),
		 path);
	memset(&got, 0, sizeof(got));
	CHECK_OK(rd_http_client_fetch(client, &f, done, &got, NULL));
	UNTIL(got.calls);
}

static void begin(const char *application)
{
	static struct rd_sma_front front;
	struct rd_http_client_cfg cfg = { .most_at_once = 4 };

	front = (struct rd_sma_front){
		.path_secret = SPAN("a-secret-of-ours"),
		.policy = { .application = application },
	};
	start_server(rd_sma_front_handle, &front);
	cfg.loop = loop;
	CHECK_OK(rd_http_client_open(&client, &cfg));
}

static void end(void)
{
	rd_http_client_close(client);
	stop_server();
}

TEST(an_event_is_answered_with_actions)
{
	begin(NULL);
	fetch("POST", "/sma/a-secret-of-ours", EVENT);
	CHECK_EQ(got.status, 200);
	CHECK(strstr(got.body, "\"Type\":\"Hangup\""));
	end();
}

TEST(who_does_not_know_the_path_learns_nothing)
{
	static const char *const paths[] = { "/",
					     "/sma/",
					     "/sma",
					     "/sma/a-secret-of-our",
					     "/sma/a-secret-of-ours/",
					     "/sma/A-secret-of-ours" };

	begin(NULL);
	for (size_t i = 0; i < RD_COUNT(paths); i++) {
		fetch("POST", paths[i], EVENT);
		CHECK_EQ(got.status, 404);
	}
	fetch("GET", "/sma/a-secret-of-ours", "");
	CHECK_EQ(got.status, 404);
	end();
}

TEST(what_is_no_event_or_of_somebody_else_is_told)
{
	static const char *const bad[] = { "", "{", "[]", "{}" };

	begin("app-2");
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		fetch("POST", "/sma/a-secret-of-ours", bad[i]);
		CHECK_EQ(got.status, 400);
		CHECK(strstr(got.body, "\"errorType\":\"FORMAT\""));
	}
	fetch("POST", "/sma/a-secret-of-ours", EVENT);
	CHECK_EQ(got.status, 403);
	end();
}

RD_TESTS(T(an_event_is_answered_with_actions),
	 T(who_does_not_know_the_path_learns_nothing),
	 T(what_is_no_event_or_of_somebody_else_is_told))
