/* identity/issuer.h - one issuer as configured, checked and copied.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to identity.
 */
#pragma once
#include "identity/identity.h"
#include "identity/keyring.h"

struct rd_issuer {
	struct rd_issuer_cfg cfg; /* all of it ours, defaults filled in */
	struct rd_jwt_keys *keys; /* given by the configuration, or NULL */
	struct rd_keyring *ring;  /* else opened by the owner; closed here */
};

/* As rd_identity_open. */
RD_MUST_USE enum rd_err rd_issuer_open(struct rd_issuer **out,
				       const struct rd_issuer_cfg *cfg,
				       struct rd_complaint *complaint);
void rd_issuer_close(struct rd_issuer *issuer); /* NULL is fine */
