/* tests/aws/call.c - the signed client, driven by JSON lines on standard
 * input, telling what came of them on standard output.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * call key=value...   region, profile, endpoint, deadline_ms, attempt_ms, rps,
 *                     log (error, warn, info, debug); all else is the
 *                     environment's
 * {"call":N,"service":S,"operation":O,"method":M,"path":P} and, as wanted,
 * query, body (a text), bearer, idempotent, deadlineMs; {"cancel":N};
 * {"ready":true}.  N is 1 to 4095.  It ends with its input, once all is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/client.h"
#include "base/log.h"
#include "base/text.h"
#include "wire/json.h"

enum {
	LINE = 512 * 1024,
	CALLS = 4096
};

struct driver {
	struct rd_loop *loop;
	struct rd_aws_client *client;
	struct rd_watch input;
	char *line;
	size_t len;
	unsigned open;
	bool is_over;
	struct asked {
		struct driver *driver;
		uint32_t id;
		unsigned number;
		uint64_t asked_ms;
	} asked[CALLS];
};

static void print(struct rd_json_out *j)
{
	struct rd_span text;

	if (rd_json_failed(j)) {
		fprintf(stderr, "call: no memory\n");
		exit(1);
	}
	text = rd_json_done(j);
	fwrite(text.at, 1, text.len, stdout);
	putchar('\n');
	fflush(stdout);
	rd_json_drop(j);
}

static void end_if_over(struct driver *d)
{
	if (d->is_over && d->open == 0)
		rd_loop_stop(d->loop);
}

static void on_done(void *arg, const struct rd_aws_result *r)
{
	struct asked *a = arg;
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_number(&j, "call", a->number);
	rd_json_text(&j, "err", rd_err_name(r->err));
	rd_json_number(&j, "status", r->status);
	rd_json_text(&j, "name", r->name);
	rd_json_text(&j, "message", r->message);
	rd_json_text(&j, "requestId", r->request_id);
	rd_json_bool(&j, "throttled", r->is_throttled);
	rd_json_number(&j, "retryAfterS", r->retry_after_s);
	rd_json_number(&j, "attempts", r->attempts);
	rd_json_bool(&j, "mayHaveHappened", r->may_have_happened);
	rd_json_number(&j, "afterMs",
		       rd_loop_now_ms(a->driver->loop) - a->asked_ms);
	rd_json_value(&j, "body", r->body);
	rd_json_end(&j);
	print(&j);
	a->driver->open--;
	end_if_over(a->driver);
}

static enum rd_aws_service service_of(const char *name)
{
	for (unsigned i = 0; name && i < RD_AWS_SERVICES; i++)
		if (!strcmp(rd_aws_service(i)->name, name))
			return i;
	fprintf(stderr, "call: which service?\n");
	exit(2);
}

static const char *text_or_empty(const struct rd_json *line, const char *key)
{
	const char *text = rd_json_member(line, key);

	return text ? text : "";
}

static void start(struct driver *d, const struct rd_json *line, unsigned n)
{
	struct rd_aws_call call = {
		.service = service_of(rd_json_member(line, "service")),
		.operation = text_or_empty(line, "operation"),
		.method = text_or_empty(line, "method"),
		.path = text_or_empty(line, "path"),
		.query = rd_json_member(line, "query"),
		.body = rd_span_text(text_or_empty(line, "body")),
		.bearer = rd_json_member(line, "bearer"),
		.is_idempotent =
			rd_json_is_true(rd_json_get(line, "idempotent")),
	};
	struct asked *a = &d->asked[n];
	struct rd_json_out j;
	int64_t deadline_ms;
	enum rd_err err;

	if (rd_json_whole(rd_json_get(line, "deadlineMs"), &deadline_ms))
		call.deadline_ms = (unsigned)deadline_ms;
	a->driver = d;
	a->number = n;
	a->asked_ms = rd_loop_now_ms(d->loop);
	err = rd_aws_client_call(d->client, &call, on_done, a, &a->id);
	if (err == RD_OK) {
		d->open++;
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_json_number(&j, "call", n);
	rd_json_text(&j, "refused", rd_err_name(err));
	rd_json_end(&j);
	print(&j);
}

static void cancel(struct driver *d, unsigned n)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_aws_client_cancel(d->client, d->asked[n].id);
	d->open--;
	rd_json_begin(&j, NULL);
	rd_json_number(&j, "cancelled", n);
	rd_json_end(&j);
	print(&j);
}

static void tell_ready(struct driver *d)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_bool(&j, "ready", rd_aws_client_is_ready(d->client));
	rd_json_text(&j, "region", rd_aws_client_region(d->client));
	rd_json_begin(&j, "endpoints");
	for (unsigned i = 0; i < RD_AWS_SERVICES; i++)
		rd_json_text(&j, rd_aws_service(i)->name,
			     rd_aws_client_endpoint(d->client, i));
	rd_json_end(&j);
	rd_json_end(&j);
	print(&j);
}

static void on_line(struct driver *d, struct rd_span text)
{
	struct rd_complaint why = { "" };
	struct rd_json *line;
	int64_t n;

	if (rd_json_open(&line, text, &why) != RD_OK) {
		fprintf(stderr, "call: %s\n", why.text);
		exit(2);
	}
	if (rd_json_whole(rd_json_get(line, "call"), &n) && n > 0 && n < CALLS)
		start(d, line, (unsigned)n);
	else if (rd_json_whole(rd_json_get(line, "cancel"), &n) && n > 0 &&
		 n < CALLS)
		cancel(d, (unsigned)n);
	else
		tell_ready(d);
	rd_json_close(line);
}

static void on_input(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct driver *d = rd_container(w, struct driver, input);
	ssize_t got = read(w->fd, d->line + d->len, LINE - d->len);
	char *end;

	(void)events;
	(void)now_ms;
	if (got <= 0) {
		rd_watch_remove(w);
		d->is_over = true;
		end_if_over(d);
		return;
	}
	d->len += (size_t)got;
	while ((end = memchr(d->line, '\n', d->len))) {
		size_t len = (size_t)(end - d->line);

		on_line(d, rd_span(d->line, len));
		d->len -= len + 1;
		memmove(d->line, end + 1, d->len);
	}
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static bool set(struct rd_aws_client_cfg *cfg, char *word)
{
	char *value = strchr(word, '=');
	enum rd_log_level level;

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "region"))
		cfg->region = value;
	else if (!strcmp(word, "profile"))
		cfg->profile = value;
	else if (!strcmp(word, "endpoint"))
		cfg->endpoint = value;
	else if (!strcmp(word, "deadline_ms"))
		cfg->deadline_ms = number(value);
	else if (!strcmp(word, "attempt_ms"))
		cfg->attempt_ms = number(value);
	else if (!strcmp(word, "rps"))
		cfg->requests_per_second = number(value);
	else if (!strcmp(word, "log") && rd_log_level_parse(value, &level))
		rd_log_set_level(level);
	else
		return false;
	return true;
}

static enum rd_err run(struct driver *d, struct rd_aws_client_cfg *cfg,
		       struct rd_complaint *why)
{
	struct rd_http_client_cfg http_cfg = { .loop = NULL };
	struct rd_http_client *http = NULL;
	enum rd_err err = rd_loop_open(&d->loop);

	if (err != RD_OK)
		return err;
	http_cfg.loop = d->loop;
	err = rd_http_client_open(&http, &http_cfg);
	cfg->loop = d->loop;
	cfg->http = http;
	if (err == RD_OK)
		err = rd_aws_client_open(&d->client, cfg, why);
	d->input.fn = on_input;
	d->line = rd_alloc(LINE);
	if (err == RD_OK && !d->line)
		err = RD_E_NOMEM;
	if (err == RD_OK)
		err = rd_loop_watch(d->loop, &d->input, 0, RD_READABLE);
	if (err == RD_OK)
		rd_loop_run(d->loop);
	rd_watch_remove(&d->input);
	rd_aws_client_close(d->client);
	rd_http_client_close(http);
	rd_loop_close(d->loop);
	rd_free(d->line);
	return err;
}

int main(int argc, char **argv)
{
	static struct driver d;
	struct rd_aws_client_cfg cfg = { .loop = NULL };
	struct rd_complaint why = { "" };
	enum rd_err err;

	for (int i = 1; i < argc; i++)
		if (!set(&cfg, argv[i])) {
			fprintf(stderr, "call: what is %s?\n", argv[i]);
			return 2;
		}
	err = run(&d, &cfg, &why);
	if (err != RD_OK)
		fprintf(stderr, "call: %s: %s\n", rd_err_name(err), why.text);
	if (rd_mem_live() != 0)
		fprintf(stderr, "call: %ld blocks are left\n", rd_mem_live());
	return err != RD_OK || rd_mem_live() != 0;
}
