/* app/assemble.h - builds everything in floor order, and takes it down.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Contains nothing else.  Thread: control.
 */
#pragma once
#include "api/api.h"
#include "app/compatible.h"
#include "app/config.h"
#include "http/client.h"
#include "identity/identity.h"
#include "provider/engine.h"
#include "provider/switchboard.h"

struct rd_app;

struct rd_app_parts { /* ours, in floor order */
	struct rd_loop *loop;
	struct rd_http_server *server;
	struct rd_http_client *client;
	struct rd_media *media;
	struct rd_trunks *trunks; /* NULL: none is configured */
	struct rd_store *store;
	struct rd_identity *identity;
	struct rd_engine *engine;
	struct rd_switchboard *switchboard;
	struct rd_api *api;
	struct rd_compatible *compatible; /* NULL: none is configured */
};

/* Opens all and listens.  config is lent until rd_app_close.  On failure the
 * complaint says what, and nothing is left behind. */
RD_MUST_USE enum rd_err rd_app_open(struct rd_app **out,
				    const struct rd_config *config,
				    struct rd_complaint *why);
void rd_app_close(struct rd_app *a); /* NULL and half-built are fine */
const struct rd_app_parts *rd_app_parts(const struct rd_app *a);
