/* api/sma.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/sma.h"

#include "base/log.h"
#include "base/metrics.h"

static const char *const outcomes[] = { "answered", "not_found", "malformed",
					"denied", "failed" };
enum outcome {
	ANSWERED,
	NOT_FOUND,
	MALFORMED,
	DENIED,
	FAILED
};
RD_COUNTERS(events, "ringdown_sma_events_total",
	    "Events of SIP media applications that came by POST.", "outcome",
	    outcomes);

static const char path_start[] = "/sma/";

static bool is_ours(const struct rd_sma_front *f,
		    const struct rd_http_request *r)
{
	struct rd_span path = rd_http_path(r);
	size_t len = sizeof(path_start) - 1;

	return path.len > len && !memcmp(path.at, path_start, len) &&
	       rd_secret_equal(rd_span(path.at + len, path.len - len),
			       f->path_secret);
}

/* In the form in which a Lambda function says that it failed. */
static void refuse(struct rd_http_request *r, enum rd_err err)
{
	enum outcome outcome = err == RD_E_FORMAT   ? MALFORMED
			       : err == RD_E_DENIED ? DENIED
						    : FAILED;
	char body[256];
	struct rd_json_out j = rd_json_out(body, sizeof(body) - 1);

	memset(body, 0, sizeof(body));
	rd_metric_add(&events, outcome, 1);
	rd_log(RD_LOG_WARN, "api", "event=\"call event refused\" error=%s",
	       rd_err_name(err));
	rd_json_begin(&j, NULL);
	rd_json_text(&j, "errorMessage", rd_err_text(err));
	rd_json_text(&j, "errorType", rd_err_name(err));
	rd_json_end(&j);
	rd_http_answer_text(r,
			    outcome == MALFORMED ? 400
			    : outcome == DENIED  ? 403
						 : 500,
			    "application/json", body);
}

static void answer(struct rd_http_request *r, struct rd_span body)
{
	static const struct rd_http_field fields[] = {
		{ "Content-Type", "application/json" },
		{ "Cache-Control", "no-store" },
	};
	struct rd_http_answer a = { .status = 200,
				    .fields = fields,
				    .field_count = RD_COUNT(fields),
				    .body = body };

	rd_metric_add(&events, ANSWERED, 1);
	rd_http_answer(r, &a);
}

void rd_sma_front_handle(void *arg, struct rd_http_request *r)
{
	const struct rd_sma_front *f = arg;
	char body[RD_SMA_RESPONSE];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_json *event;
	enum rd_err err;

	if (!is_ours(f, r) || !rd_span_is(rd_http_method(r), "POST")) {
		rd_metric_add(&events, NOT_FOUND, 1);
		rd_http_answer_text(r, 404, "text/plain", "not found\n");
		return;
	}
	err = rd_json_open(&event, rd_http_body(r), NULL);
	if (!err)
		err = rd_sma_handle(&f->policy, event, &j);
	if (!err && f->told)
		f->told(f->told_arg, event);
	rd_json_close(event);
	if (err)
		refuse(r, err);
	else
		answer(r, rd_json_done(&j));
}
