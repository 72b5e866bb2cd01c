/* api/sma.h - the SIP media application handler behind a URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * POST /sma/<path secret> with an event of the PSTN audio service: 200 and the
 * handler's response (provider/sma_handler.h).  What is no event is 400, of
 * another application 403; everything else on this server is 404, also the
 * right path with a wrong secret.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/secret.h"
#include "http/server.h"
#include "provider/sma_handler.h"

enum {
	RD_SMA_MOST_BODY = 256 * 1024
};

struct rd_sma_front { /* all lent */
	struct rd_span path_secret;
	struct rd_sma_policy policy;
	/* Called with each event that was answered; NULL: nobody is. */
	void (*told)(void *arg, const struct rd_json *event);
	void *told_arg;
};

/* The handler of the HTTP server; arg is the struct above. */
void rd_sma_front_handle(void *arg, struct rd_http_request *r);
