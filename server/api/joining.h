/* api/joining.h - what a caller needs to join, as a client reads it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure.  Thread: any.
 */
#pragma once
#include "call/provider.h"
#include "secure/turn.h"
#include "wire/json.h"

enum {
	RD_JOINING_JSON =
		3 * sizeof(struct rd_joining) + /* most is said twice */
		RD_TURN_URLS * 2 * RD_TURN_URL,
};

/* The member ConnectionData. */
void rd_joining_write_connection(struct rd_json_out *j, const char *call_id,
				 const struct rd_joining *joining);
/* The members ConnectionData, ContactId, ParticipantId and, if the provider
 * has one, ParticipantToken. */
void rd_joining_write(struct rd_json_out *j, const char *call_id,
		      const struct rd_joining *joining);

/* The member iceServers, with credentials for this call from wall_s (Unix time)
 * on; nothing if turn is NULL. */
void rd_joining_write_servers(struct rd_json_out *j, const char *call_id,
			      const struct rd_turn *turn, uint64_t wall_s);
