/* app/compatible.h - builds the AWS-compatible listener and what it answers
 * with: contacts, meetings, SIP media applications.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "app/config.h"
#include "http/client.h"
#include "provider/engine.h"

struct rd_compatible;

struct rd_compatible_cfg { /* all lent until rd_compatible_close */
	const struct rd_config *config;
	struct rd_loop *loop;
	struct rd_engine *engine;
	struct rd_http_client *client;
	/* One of each of config->trunks. */
	const struct rd_trunk_cfg *trunks;
	const char *public_url;
};

/* *out stays NULL, with RD_OK, when no such listener is configured.  On an
 * error why says what is wrong, and nothing is left behind. */
RD_MUST_USE enum rd_err rd_compatible_open(struct rd_compatible **out,
					   const struct rd_compatible_cfg *cfg,
					   struct rd_complaint *why);
/* What is under way: contacts, calls of applications, meetings with somebody
 * in them.  NULL: none. */
unsigned rd_compatible_calls(const struct rd_compatible *c);
/* Nothing is begun any more; what is under way can be asked about and ended.
 * NULL is fine. */
void rd_compatible_drain(struct rd_compatible *c);
/* Ends all of it and stops answering.  NULL is fine. */
void rd_compatible_end(struct rd_compatible *c);
/* Ends what was begun over it; before the engine.  NULL is fine. */
void rd_compatible_close(struct rd_compatible *c);
