/* app/handler.h - the listeners of the SIP media application handler.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "app/config.h"
#include "base/loop.h"
#include "wire/json.h"

struct rd_handler; /* its listeners */

/* Listens where config (lent until close) says; *out stays NULL where that is
 * nowhere.  RD_E_NOMEM, and what rd_http_server_listen says. */
RD_MUST_USE enum rd_err rd_handler_open(struct rd_handler **out,
					struct rd_loop *loop,
					const struct rd_config_handler *config,
					struct rd_complaint *why);
/* Each event that was answered is told to fn as well; h NULL is fine. */
void rd_handler_tell(struct rd_handler *h,
		     void (*fn)(void *arg, const struct rd_json *event),
		     void *arg);
void rd_handler_close(struct rd_handler *h); /* NULL is fine */
