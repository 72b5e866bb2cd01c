/* app/providers.h - opens the providers that a configuration names, beside the
 * engine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "app/config.h"
#include "http/client.h"
#include "provider/switchboard.h"
#include "wire/json.h"

struct rd_providers;

struct rd_providers_cfg { /* lent until rd_providers_close */
	const struct rd_config *config;
	struct rd_loop *loop;
	struct rd_http_client *client;
	struct rd_provider_use engine;
	/* Events wait: poll the providers. */
	void (*wake)(void *arg);
	void *wake_arg;
};

/* Opens what destinations need, nothing else.  With a complaint: what
 * rd_aws_client_open says.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_providers_open(struct rd_providers **out,
					  const struct rd_providers_cfg *cfg,
					  struct rd_complaint *why);
/* After the switchboard, before the HTTP client.  NULL is fine. */
void rd_providers_close(struct rd_providers *p);
/* The providers of a destination, in its order. */
void rd_providers_fill(const struct rd_providers *p,
		       const struct rd_config_destination *from,
		       struct rd_destination *to);
/* A call that a crash has left, from rd_store_take_lost. */
void rd_providers_tidy(struct rd_providers *p,
		       const struct rd_call_record *record);
/* An event that the handler of provider chime was invoked with; arg is the
 * struct rd_providers. */
void rd_providers_report(void *arg, const struct rd_json *event);
