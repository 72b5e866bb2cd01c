/* provider/sma_ask.c - asks the handler: here, as a Lambda function, by URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "provider/sma_run_priv.h"

enum {
	RESPONSE_BYTES = 1 << 20,
	OK = 200,
	REFUSED_FIRST = 400,
	REFUSED_LAST = 499,
};

static void answer(struct rd_sma_run *run, uint32_t serial,
		   struct rd_span response)
{
	enum rd_err err = rd_sma_call_response(run->call, serial, response);

	if (err)
		run->err = err;
}

static void no_answer(struct rd_sma_run *run, uint32_t serial, bool is_refusal,
		      const char *why)
{
	enum rd_err err =
		rd_sma_call_no_response(run->call, serial, is_refusal);
	char quoted[RD_LOG_VALUE];

	if (err)
		run->err = err;
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"no answer of the handler\" refused=%d why=%s",
	       run->transaction_id, is_refusal,
	       rd_log_value(rd_span_text(why), quoted));
}

static void ask_here(struct rd_sma_run *run, const struct rd_sma_order *order)
{
	struct rd_json_out j = rd_json_out_grow();
	struct rd_json *event;
	uint32_t serial = order->serial;
	enum rd_err err = rd_json_open(&event, order->event, NULL);

	if (err) {
		run->err = err;
		return;
	}
	err = run->app.handle(run->app.handle_arg, event, &j);
	rd_json_close(event);
	if (!err && rd_json_failed(&j))
		err = RD_E_NOMEM;
	if (err)
		no_answer(run, serial, true, rd_err_text(err));
	else
		answer(run, serial, rd_json_done(&j));
	rd_json_drop(&j);
}

static void free_ask(struct rd_sma_ask *a)
{
	rd_list_remove(&a->in_run);
	rd_free(a);
}

static bool is_function_error(const struct rd_sma_run *run,
			      const struct rd_http_result *result)
{
	return run->app.kind == RD_SMA_LAMBDA &&
	       rd_http_result_header(result, "X-Amz-Function-Error").len > 0;
}

static void on_fetched(void *arg, const struct rd_http_result *result)
{
	struct rd_sma_ask *a = arg;
	struct rd_sma_run *run = a->run;
	uint32_t serial = a->serial;

	free_ask(a);
	if (result->err)
		no_answer(run, serial, false, result->detail);
	else if (result->status >= REFUSED_FIRST &&
		 result->status <= REFUSED_LAST)
		no_answer(run, serial, true, "a status of 4xx");
	else if (result->status != OK)
		no_answer(run, serial, false, "a status that is not 200");
	else if (is_function_error(run, result))
		no_answer(run, serial, true, "an error of the function");
	else
		answer(run, serial, result->body);
	rd_sma_pump(run);
}

static void ask_by_http(struct rd_sma_run *run,
			const struct rd_sma_order *order)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"X-Amz-Invocation-Type: RequestResponse",
	};
	const struct rd_sma_runs_cfg *cfg = &run->runs->cfg;
	struct rd_http_fetch fetch = {
		.method = "POST",
		.url = run->app.url,
		.headers = headers,
		.header_count = run->app.kind == RD_SMA_LAMBDA ? 2 : 1,
		.body = order->event,
		.deadline_ms = cfg->last_answer_ms,
		.most_bytes = RESPONSE_BYTES,
	};
	uint32_t serial = order->serial;
	struct rd_sma_ask *a = rd_zalloc(sizeof(*a));
	enum rd_err err;

	if (!a) {
		run->err = RD_E_NOMEM;
		return;
	}
	a->run = run;
	a->serial = serial;
	rd_list_push(&run->asks, &a->in_run);
	err = cfg->http ? rd_http_client_fetch(cfg->http, &fetch, on_fetched, a,
					       &a->fetch)
			: RD_E_UNSUPPORTED;
	if (!err)
		return;
	free_ask(a);
	no_answer(run, serial, false, rd_err_text(err));
}

void rd_sma_invoke(struct rd_sma_run *run, const struct rd_sma_order *order)
{
	rd_log(RD_LOG_DEBUG, "provider",
	       "call=%s event=\"handler is asked\" bytes=%zu",
	       run->transaction_id, order->event.len);
	if (run->app.kind == RD_SMA_IN_PROCESS)
		ask_here(run, order);
	else
		ask_by_http(run, order);
}

void rd_sma_cancel_asks(struct rd_sma_run *run)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&run->asks))) {
		struct rd_sma_ask *a =
			rd_container(link, struct rd_sma_ask, in_run);

		rd_http_client_cancel(run->runs->cfg.http, a->fetch);
		rd_free(a);
	}
}
