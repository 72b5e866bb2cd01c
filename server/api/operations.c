/* api/operations.c - health, readiness, metrics, and what clients report.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/api_priv.h"

enum {
	METRICS_ROOM = 16 * 1024
};

static void say_status(const struct rd_api_request *r, unsigned status,
		       const char *word)
{
	char body[64];
	struct rd_json_out j = rd_json_out(body, sizeof(body));
	struct rd_api_reply reply = { .status = status,
				      .content_type = "application/json" };

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "status", word);
	rd_json_end(&j);
	reply.body = rd_json_done(&j);
	rd_api_reply(r, &reply);
}

void rd_api_get_health(const struct rd_api_request *r)
{
	say_status(r, 200, "ok");
}

void rd_api_get_ready(const struct rd_api_request *r)
{
	if (rd_switchboard_is_draining(r->api->cfg.switchboard))
		say_status(r, 503, "draining");
	else
		say_status(r, 200, "ok");
}

/* EventIngestionUrl: what clients of the Chime SDK tell about themselves is
 * taken and not kept. */
void rd_api_take_client_events(const struct rd_api_request *r)
{
	say_status(r, 200, "ok");
}

void rd_api_get_metrics(const struct rd_api_request *r)
{
	struct rd_api_reply reply = {
		.status = 200,
		.content_type = "text/plain; version=0.0.4; charset=utf-8",
	};
	size_t size = METRICS_ROOM, len;
	char *text = NULL, *more;

	if (r->api->cfg.refresh_metrics)
		r->api->cfg.refresh_metrics(r->api->cfg.refresh_arg);
	do {
		more = rd_realloc(text, size);
		if (!more) {
			rd_free(text);
			rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
			return;
		}
		text = more;
		len = rd_metrics_print(text, size);
		if (len < size)
			break;
		size = len + METRICS_ROOM;
	} while (true);
	reply.body = rd_span(text, len);
	rd_api_reply(r, &reply);
	rd_free(text);
}
