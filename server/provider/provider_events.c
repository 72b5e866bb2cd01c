/* provider/provider_events.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/provider_events.h"

#include "aws/reason.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"

RD_COUNTER(left_open, "ringdown_provider_left_open_total",
	   "Contacts and meetings that could not be ended.");

struct node {
	struct rd_list in_queue;
	struct rd_provider_event event;
};

void rd_provider_events_push(struct rd_provider_events *e,
			     const struct rd_provider_event *event)
{
	struct node *n = rd_alloc(sizeof(*n));

	if (!n) {
		rd_log(RD_LOG_ERROR, "provider",
		       "event=\"event lost\" error=NOMEM");
		return;
	}
	n->event = *event;
	n->in_queue = (struct rd_list){ NULL, NULL };
	rd_list_push(&e->queue, &n->in_queue);
	e->wake(e->wake_arg);
}

enum rd_err rd_provider_events_poll(struct rd_provider_events *e,
				    struct rd_provider_event *out)
{
	struct rd_list *link = rd_list_pop(&e->queue);
	struct node *n;

	if (!link)
		return RD_E_AGAIN;
	n = rd_container(link, struct node, in_queue);
	*out = n->event;
	rd_wipe(&n->event.joining, sizeof(n->event.joining));
	rd_free(n);
	return RD_OK;
}

void rd_provider_events_fini(struct rd_provider_events *e)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&e->queue)))
		rd_free(rd_container(link, struct node, in_queue));
}

void rd_provider_log_refusal(const char *call_id, const char *operation,
			     const struct rd_aws_result *r)
{
	char name[RD_LOG_VALUE], request[RD_LOG_VALUE];

	rd_log(rd_aws_judge(r).is_ours ? RD_LOG_ERROR : RD_LOG_WARN, "provider",
	       "call=%s event=\"aws refused\" operation=%s error=%s "
	       "status=%u name=%s request=%s attempts=%u",
	       call_id, operation, rd_err_name(r->err), r->status,
	       rd_log_value(rd_span_text(r->name), name),
	       rd_log_value(rd_span_text(r->request_id ? r->request_id : ""),
			    request),
	       r->attempts);
}

void rd_provider_log_left_open(const char *call_id, const char *id)
{
	rd_metric_add(&left_open, 0, 1);
	rd_log(RD_LOG_ERROR, "provider",
	       "call=%s event=\"may be left open at aws\" id=%s", call_id, id);
}
