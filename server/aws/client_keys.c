/* aws/client_keys.c - lets the machine of credentials ask over HTTP.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/client_priv.h"
#include "aws/sending.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

RD_COUNTER(renewals, "ringdown_aws_credentials_total",
	   "Credentials for AWS that were made or renewed.");
RD_COUNTER(failures, "ringdown_aws_credentials_failures_total",
	   "Attempts to get credentials for AWS that failed.");

/* What happened since, once. */
static void report(struct rd_aws_client *c)
{
	unsigned failed, renewed = rd_aws_credentials_renewals(c->credentials);
	const char *why = rd_aws_credentials_why(c->credentials, &failed);
	char buf[RD_LOG_VALUE];

	if (renewed != c->keys_renewed) {
		rd_metric_add(&renewals, 0, renewed - c->keys_renewed);
		rd_log(RD_LOG_INFO, "aws",
		       "event=\"credentials renewed\" source=\"%s\"",
		       rd_aws_credentials_source(c->credentials));
	}
	if (failed > c->keys_failed) {
		rd_metric_add(&failures, 0, failed - c->keys_failed);
		rd_log(RD_LOG_WARN, "aws",
		       "event=\"no credentials\" failures=%u why=%s", failed,
		       rd_log_value(rd_span_text(why), buf));
	}
	c->keys_renewed = renewed;
	c->keys_failed = failed;
}

static void on_answer(void *arg, const struct rd_http_result *r)
{
	struct rd_aws_client *c = arg;
	struct rd_aws_keys_told told = { .err = r->err,
					 .status = r->status,
					 .body = r->body };

	c->keys_fetch = 0;
	/* Whatever is wrong with a signed request, a wrong clock can be why. */
	if (c->is_keys_signed && r->err == RD_OK && r->status >= 400)
		(void)rd_aws_client_correct(c, RD_AWS_CLOCK, r);
	rd_aws_credentials_feed(c->credentials, &told, rd_loop_now_ms(c->loop),
				rd_aws_client_wall_ms(c));
	rd_aws_client_keys_pump(c);
}

static enum rd_err send(struct rd_aws_client *c,
			const struct rd_aws_keys_ask *ask)
{
	struct rd_aws_sending s = {
		.http = c->http,
		.method = ask->method,
		.url = ask->url,
		.headers = ask->headers,
		.header_count = ask->header_count,
		.body = ask->body,
		.keys = ask->sign_with,
		.region = c->region,
		.signing_name = rd_aws_service(RD_AWS_STS)->signing_name,
		.wall_ms = rd_aws_client_wall_ms(c),
		.deadline_ms = ask->deadline_ms,
	};

	c->is_keys_signed = ask->sign_with;
	return rd_aws_send(&s, on_answer, c, &c->keys_fetch);
}

void rd_aws_client_keys_pump(struct rd_aws_client *c)
{
	uint64_t now_ms = rd_loop_now_ms(c->loop);
	struct rd_aws_keys_ask ask;

	while (rd_aws_credentials_poll(c->credentials, now_ms,
				       rd_aws_client_wall_ms(c), &ask)) {
		enum rd_err err = send(c, &ask);
		struct rd_aws_keys_told told = { .err = err };

		if (err == RD_OK)
			break;
		rd_aws_credentials_feed(c->credentials, &told, now_ms,
					rd_aws_client_wall_ms(c));
	}
	report(c);
	rd_timer_arm(rd_loop_timers(c->loop), &c->keys_timer,
		     rd_aws_credentials_due_ms(c->credentials));
	rd_aws_client_keys_changed(c);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	rd_aws_client_keys_pump(
		rd_container(t, struct rd_aws_client, keys_timer));
}

void rd_aws_client_keys_open(struct rd_aws_client *c)
{
	c->keys_timer.fn = on_timer;
	rd_timer_arm(rd_loop_timers(c->loop), &c->keys_timer,
		     rd_loop_now_ms(c->loop));
}

void rd_aws_client_keys_close(struct rd_aws_client *c)
{
	if (c->keys_fetch)
		rd_http_client_cancel(c->http, c->keys_fetch);
	rd_timer_disarm(rd_loop_timers(c->loop), &c->keys_timer);
	rd_aws_credentials_close(c->credentials);
}
