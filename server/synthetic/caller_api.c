/* synthetic/caller_api.c - what a caller asks of the public HTTP API.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "synthetic/caller_priv.h"

enum {
	API_DEADLINE_MS = 10000,
	EVENTS_SLACK_MS = 30000,
	ANSWER_BYTES = 65536, /* of one HTTP answer */
};

static const char *text_at(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void on_events(void *arg, const struct rd_http_result *result)
{
	struct rd_caller *c = arg;

	c->events_id = 0;
	if (!result->err && result->status == 200)
		rd_text_copy(c->events, sizeof(c->events), result->body);
	if (c->state == RD_CALLER_CLOSING)
		rd_caller_finish(c);
}

static void follow_events(struct rd_caller *c, const char *path)
{
	const char *headers[] = { c->call_key_line,
				  "Accept: text/event-stream" };
	char url[512];
	struct rd_http_fetch fetch = {
		.url = url,
		.headers = headers,
		.header_count = RD_COUNT(headers),
		.deadline_ms =
			(unsigned)rd_min_u64(600000, c->cfg.talk_ms +
							     c->cfg.setup_ms +
							     EVENTS_SLACK_MS),
		.most_bytes = RD_CALLER_EVENTS,
	};

	snprintf(url, sizeof(url), "%s%s", c->cfg.url, path);
	/* Without them the report lacks them; the call goes on. */
	if (rd_http_client_fetch(c->cfg.client, &fetch, on_events, c,
				 &c->events_id))
		c->events_id = 0;
}

static void take_created(struct rd_caller *c, json_t *root)
{
	json_t *data = json_object_get(root, "ConnectionData");
	json_t *meeting = json_object_get(data, "Meeting");
	json_t *placement = json_object_get(meeting, "MediaPlacement");
	json_t *attendee = json_object_get(data, "Attendee");
	enum rd_err err;

	rd_text_copy(c->result.call_id, sizeof(c->result.call_id),
		     rd_span_text(text_at(root, "callId")));
	rd_text_copy(c->result.support_id, sizeof(c->result.support_id),
		     rd_span_text(text_at(root, "supportId")));
	rd_text_copy(c->audio_host, sizeof(c->audio_host),
		     rd_span_text(text_at(placement, "AudioHostUrl")));
	snprintf(c->call_key_line, sizeof(c->call_key_line),
		 "Ringdown-Call-Key: %s", text_at(root, "callKey"));
	if (c->cfg.follows_events && *text_at(root, "eventsUrl") == '/')
		follow_events(c, text_at(root, "eventsUrl"));
	err = rd_caller_connect(c, text_at(placement, "SignalingUrl"),
				text_at(attendee, "JoinToken"));
	if (err)
		rd_caller_fail(c, RD_OUTCOME_REFUSED, "SignalingUrl \"%s\": %s",
			       text_at(placement, "SignalingUrl"),
			       rd_err_text(err));
}

static void on_created(void *arg, const struct rd_http_result *result)
{
	struct rd_caller *c = arg;
	json_error_t error;
	json_t *root;

	c->post_id = 0;
	if (result->err) {
		rd_caller_fail(c, RD_OUTCOME_REFUSED, "POST /v1/calls: %s",
			       result->detail);
		return;
	}
	c->result.http_status = result->status;
	root = json_loadb((const char *)result->body.at, result->body.len,
			  JSON_REJECT_DUPLICATES, &error);
	if (result->status != 201) {
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "POST /v1/calls: status %u, %s %s",
			       result->status, text_at(root, "code"),
			       text_at(root, "detail"));
	} else if (!root) {
		rd_caller_fail(c, RD_OUTCOME_REFUSED,
			       "POST /v1/calls: the answer is not JSON");
	} else {
		rd_caller_reach(c, RD_STEP_HTTP, rd_clock_us());
		take_created(c, root);
	}
	json_decref(root);
}

/* Somebody else has started the call, or resumed it. */
static enum rd_err join(struct rd_caller *c)
{
	json_t *root =
		json_load_file(c->cfg.join, JSON_REJECT_DUPLICATES, NULL);

	if (!root)
		return RD_E_FORMAT;
	rd_caller_reach(c, RD_STEP_HTTP, rd_clock_us());
	take_created(c, root);
	json_decref(root);
	return RD_OK;
}

static enum rd_err ask(struct rd_caller *c)
{
	const char *headers[] = { c->authorization,
				  "Content-Type: application/json" };
	json_t *body = json_pack("{s:s}", "destination", c->cfg.destination);
	char text[512];
	size_t len =
		body ? json_dumpb(body, text, sizeof(text), JSON_COMPACT) : 0;
	char url[512];
	struct rd_http_fetch fetch = { .method = "POST",
				       .url = url,
				       .headers = headers,
				       .header_count = RD_COUNT(headers),
				       .deadline_ms = API_DEADLINE_MS,
				       .most_bytes = ANSWER_BYTES };

	snprintf(url, sizeof(url), "%s/v1/calls", c->cfg.url);
	snprintf(c->authorization, sizeof(c->authorization),
		 "Authorization: Bearer %s", c->cfg.token);
	json_decref(body);
	if (len > sizeof(text))
		return RD_E_SIZE;
	if (len == 0)
		return RD_E_FORMAT; /* not UTF-8 */
	fetch.body = rd_span(text, len);
	return rd_http_client_fetch(c->cfg.client, &fetch, on_created, c,
				    &c->post_id);
}

enum rd_err rd_caller_post(struct rd_caller *c)
{
	return c->cfg.join ? join(c) : ask(c);
}

static void on_pressed(void *arg, const struct rd_http_result *result)
{
	struct rd_caller *c = arg;

	c->digits_id = 0;
	if (!result->err && result->status == 202)
		c->digits[0] = '\0';
	/* 409: the far end has not answered yet; the heart asks again. */
	if (result->status == 202 || result->status == 409)
		return;
	c->digits[0] = '\0';
	if (!c->result.problem[0])
		snprintf(c->result.problem, sizeof(c->result.problem),
			 "digits: status %u, %s", result->status,
			 result->detail);
}

void rd_caller_post_digits(struct rd_caller *c)
{
	const char *headers[] = { c->call_key_line,
				  "Content-Type: application/json" };
	char url[512], body[RD_CALLER_DIGITS + 32];
	struct rd_http_fetch fetch = { .method = "POST",
				       .url = url,
				       .headers = headers,
				       .header_count = RD_COUNT(headers),
				       .deadline_ms = API_DEADLINE_MS,
				       .most_bytes = ANSWER_BYTES };

	if (!c->digits[0] || c->digits_id || !c->result.call_id[0])
		return;
	snprintf(url, sizeof(url), "%s/v1/calls/%s/digits", c->cfg.url,
		 c->result.call_id);
	snprintf(body, sizeof(body), "{\"digits\":\"%s\"}", c->digits);
	fetch.body = rd_span_text(body);
	/* Full or without memory: the heart asks again. */
	if (rd_http_client_fetch(c->cfg.client, &fetch, on_pressed, c,
				 &c->digits_id))
		c->digits_id = 0;
}
