/* app/turn.h - the TURN servers of the configuration, ready for use.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "app/config.h"
#include "base/secret.h"
#include "secure/turn.h"

struct rd_app_turn {
	struct rd_turn turn; /* url_count 0: none is configured */
	struct rd_secret secret;
};

/* config is lent.  Reads the file of the secret: RD_E_NOTFOUND, RD_E_SIZE,
 * RD_E_DENIED (everybody may read it), RD_E_NOMEM, with a complaint. */
RD_MUST_USE enum rd_err rd_app_turn_init(struct rd_app_turn *out,
					 const struct rd_config_turn *config,
					 struct rd_complaint *why);
void rd_app_turn_fini(struct rd_app_turn *t);
