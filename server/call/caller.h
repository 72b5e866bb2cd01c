/* call/caller.h - who calls: what a checked token says of a person.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Filled by `identity`, used by everything above.  A plain value.
 */
#pragma once
#include "base/base.h"
#include "call/record.h"

enum {
	RD_ATTRIBUTES = 32
};

/* Verified attributes come from the token, hints from the page (T36). */
struct rd_attribute {
	char name[40];
	char value[256];
	bool is_verified;
};

struct rd_caller {
	char owner[RD_OWNER_TEXT]; /* SHA-256 of issuer and subject, hex */
	char issuer[64];           /* its name in the configuration */
	uint64_t expires_ms;       /* of the token, wall time */
	struct rd_attribute attributes[RD_ATTRIBUTES];
	unsigned attribute_count;
};
