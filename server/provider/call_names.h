/* provider/call_names.h - what a new call is called: by people who read it
 * aloud, and by providers that may be asked twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include "base/base.h"
#include "call/caller.h"
#include "call/provider.h"

/* "K7-4QD": random letters and digits that cannot be mistaken when read
 * aloud. */
void rd_support_id(char out[static RD_SUPPORT_ID_TEXT]);

struct rd_start_asked {              /* lent */
	const char *owner;           /* of the caller */
	const char *idempotency_key; /* 1..128 characters; NULL: none */
	const uint8_t *body_sha256;  /* 32 bytes */
	const char *call_id;
};
/* struct rd_provider_start.start_token: the same person, key and body give the
 * same one, also after a restart, so that a provider gives the call that it
 * has begun already.  Another body under the same key is another call. */
void rd_start_token(const struct rd_start_asked *asked,
		    char out[static RD_START_TOKEN_TEXT]);
