/* call/record.h - what is kept of a call.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A plain value that crosses threads by copy.  No number, name or token of a
 * person in clear beyond what the configuration maps (T31, T61).
 */
#pragma once
#include "base/base.h"
#include "call/call.h"

enum {
	RD_OWNER_TEXT = 65,
	RD_CALL_ID_TEXT = 37,
	RD_SUPPORT_ID_TEXT = 8,
	RD_TAGS_TEXT = 272
};

struct rd_call_record {
	char call_id[RD_CALL_ID_TEXT];
	char support_id[RD_SUPPORT_ID_TEXT];
	uint8_t key_sha256[32];    /* of the call key */
	char owner[RD_OWNER_TEXT]; /* hash of issuer and subject, hex */
	char issuer[64];           /* name in the configuration */
	char destination[64];
	char provider[16];
	char far_id[128]; /* contact id, SIP Call-ID, ... */
	enum rd_reason reason;
	enum rd_ended_by by;
	uint64_t started_ms;     /* wall time, Unix ms */
	uint64_t answered_ms;    /* 0 = never */
	uint64_t ended_ms;       /* 0 = open */
	unsigned resumes;        /* how often another page took it over */
	unsigned score;          /* 1..5, of the caller; 0: none */
	char tags[RD_TAGS_TEXT]; /* the caller's words, joined by commas */
};
