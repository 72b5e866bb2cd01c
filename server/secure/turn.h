/* secure/turn.h - the TURN servers that callers may use, and credentials for
 * one call.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The REST form (draft-uberti-behave-turn-rest-00), which coturn calls
 * use-auth-secret: the user name says until when it holds, the password is a
 * code of it under a secret that we share with the TURN server.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_TURN_URLS = 8,
	RD_TURN_URL = 255,     /* bytes of one */
	RD_TURN_USERNAME = 96, /* with NUL */
	RD_TURN_PASSWORD = 32, /* with NUL */
	RD_TURN_SHA1_LEN = 20
};

struct rd_turn {                 /* all lent */
	const char *const *urls; /* RFC 7065 */
	unsigned url_count;
	struct rd_span secret;
	unsigned lifetime_s;
};

struct rd_turn_credentials {
	char username[RD_TURN_USERNAME];
	char password[RD_TURN_PASSWORD]; /* a secret */
};

/* name: of the call, letters, digits and hyphens, at most 64.  Wipe *out. */
void rd_turn_make(const struct rd_turn *t, const char *name, uint64_t wall_s,
		  struct rd_turn_credentials *out);

/* Whether a browser would take it: "turn:host:port?transport=udp" and the
 * like, turns: as well; port and transport may be missing.  stun: is none. */
bool rd_turn_is_url(const char *text);
