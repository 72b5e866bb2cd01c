/* api/api.h - the public face: routes over everything below.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * contracts/openapi.yaml is the truth of the routes.  The api owns no
 * listener: app opens the HTTP server with rd_api_handle and tells by the
 * listener's tag whether it is for the public, for operations, or both.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "http/server.h"

struct rd_api;
struct rd_identity;    /* identity/identity.h */
struct rd_switchboard; /* provider/switchboard.h */
struct rd_engine;      /* provider/engine.h */
struct rd_turn;        /* secure/turn.h */

enum { /* tags of listeners, bits */
	RD_API_PUBLIC = 1,
	RD_API_OPERATIONS = 2, /* /healthz, /readyz, /metrics */
	/* Operations on a public listener answer loopback clients only. */
	RD_API_OPERATIONS_LOCAL = 4,
};

struct rd_api_cfg { /* all lent until rd_api_close */
	struct rd_loop *loop;
	struct rd_identity *identity;
	struct rd_switchboard *switchboard;
	struct rd_engine *engine;
	unsigned most_calls;        /* that the engine takes */
	const struct rd_turn *turn; /* NULL: none is configured */
	const char *widget;         /* folder of the built widget; NULL: none */
	bool build_page;            /* the page for site owners is served */
	const char *public_url;     /* where browsers find us */
	bool has_chime;             /* a destination's media may go to Amazon */
	/* Writes gauges that are only known when somebody asks (trunk states,
	 * media totals) before /metrics is printed; NULL: none. */
	void (*refresh_metrics)(void *arg);
	void *refresh_arg;
};

/* Reads the widget's files.  RD_E_NOTFOUND (no such folder), RD_E_SIZE,
 * RD_E_NOMEM, with a complaint. */
RD_MUST_USE enum rd_err rd_api_open(struct rd_api **out,
				    const struct rd_api_cfg *cfg,
				    struct rd_complaint *why);
void rd_api_close(struct rd_api *a); /* NULL is fine; after the server */

/* The handler and too_large of the HTTP server; arg is the api. */
void rd_api_handle(void *arg, struct rd_http_request *r);
void rd_api_refuse_size(void *arg, struct rd_http_request *r);
