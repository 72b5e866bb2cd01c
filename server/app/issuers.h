/* app/issuers.h - the configured issuers, as `identity` wants them.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "app/config.h"
#include "http/client.h"
#include "identity/identity.h"

/* Reads the key files. RD_E_NOTFOUND, RD_E_FORMAT and what
 * rd_identity_open says, with a complaint. */
RD_MUST_USE enum rd_err rd_app_open_identity(struct rd_identity **out,
					     const struct rd_config *config,
					     struct rd_loop *loop,
					     struct rd_http_client *client,
					     struct rd_complaint *why);
