/* provider/provider_events.h - the events that wait in a provider, and what
 * AWS refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Owner: the provider, in which it is embedded.  Thread: control.
 */
#pragma once
#include "aws/client.h"
#include "base/base.h"
#include "base/list.h"
#include "call/provider.h"

struct rd_provider_events {
	struct rd_list queue;
	void (*wake)(void *arg); /* set by the owner */
	void *wake_arg;
};

/* Copies and wakes.  Without memory it is logged and lost: the switchboard's
 * deadlines end such a call. */
void rd_provider_events_push(struct rd_provider_events *e,
			     const struct rd_provider_event *event);
/* RD_E_AGAIN: there is none. */
RD_MUST_USE enum rd_err rd_provider_events_poll(struct rd_provider_events *e,
						struct rd_provider_event *out);
/* What AWS answered, in one line of the log, without what it said of people:
 * an error where somebody must act. */
void rd_provider_log_refusal(const char *call_id, const char *operation,
			     const struct rd_aws_result *r);
/* A person must look: an open contact or meeting costs, and an agent may wait
 * in it.  id: of it, "" if even that is not known. */
void rd_provider_log_left_open(const char *call_id, const char *id);
void rd_provider_events_fini(struct rd_provider_events *e);
