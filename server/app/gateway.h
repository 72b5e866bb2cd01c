/* app/gateway.h - POST /start-call and POST /v1/calls behind API Gateway.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The same decision as `ringdown serve` makes - who calls, may this page call
 * that destination, which provider takes the call - and the same answer, in one
 * shot: nothing is kept, so there is no call key, no events and no limits per
 * person (API Gateway has its own), and nobody here ends the call.  Providers
 * `connect` and `chime` only.
 * Thread: the loop's.
 */
#pragma once
#include "app/config.h"
#include "base/loop.h"
#include "http/client.h"
#include "wire/json.h"

struct rd_gateway;

/* All is lent until rd_gateway_close.  What rd_app_open_identity says, with a
 * complaint. */
RD_MUST_USE enum rd_err rd_gateway_open(struct rd_gateway **out,
					const struct rd_config *config,
					struct rd_loop *loop,
					struct rd_http_client *client,
					struct rd_complaint *why);
void rd_gateway_close(struct rd_gateway *g); /* NULL is fine */

/* Writes what API Gateway shall answer; runs the loop until it is known, at
 * most within_ms.  g NULL: nothing is configured, and nothing found.
 * RD_E_FORMAT: the event is no request. */
RD_MUST_USE enum rd_err rd_gateway_answer(struct rd_gateway *g,
					  const struct rd_json *event,
					  unsigned within_ms,
					  struct rd_json_out *j);
