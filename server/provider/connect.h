/* provider/connect.h - the provider `connect`: calls answered in Amazon
 * Connect.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * StartWebRTCContact makes the contact; its answer goes to the client as it
 * is, and the caller's media goes between the client and AWS.  So what is known
 * when:
 *
 *   STARTED        the contact exists and is in the event's far_id
 *   CALLER_UP, FAR_RINGS, FAR_ANSWERED, GONE
 *                  from DescribeContact, within seconds (connect_watch.h)
 *   CALLER_LOST, CALLER_BACK
 *                  from the client: it stopped following the call's events, or
 *                  is back (presence.h).  That the media is lost while the
 *                  client still follows is not known here; the client shows it
 *   queue_position, queue_wait_s
 *                  of FAR_RINGS, from GetContactMetrics where the account may
 *                  ask for it; once it is refused it is not asked again
 *
 * A contact is stopped when the switchboard ends the call (the caller, a
 * limit, a drain, nobody joined), when the client is away for 55 s, and when
 * its start was given up: an answer that comes too late is used to stop it,
 * and one that was lost is asked for again with the same ClientToken.
 * Digits go by the participant connection, whose token is renewed before it
 * expires, one message after the other.
 * Thread: control.
 */
#pragma once
#include "aws/client.h"
#include "base/loop.h"
#include "call/provider.h"
#include "provider/connect_context.h"

struct rd_connect;

struct rd_connect_destination { /* lent until rd_connect_close */
	const char *name;
	const char *instance_id;
	const char *flow_id;
	struct rd_connect_mapping mapping;
	const char *display_name; /* of callers without a name */
	const char *description;  /* NULL: none */
	bool customer_video, customer_screen, agent_video, agent_screen;
	bool is_answered_by_flow; /* connect_watch.h */
	bool asks_wait;           /* GetContactMetrics while queued */
};

struct rd_connect_cfg {
	struct rd_loop *loop;
	struct rd_aws_client *aws; /* lent */
	const struct rd_connect_destination *destinations;
	unsigned destination_count;
	/* Events wait: poll the provider. */
	void (*wake)(void *arg);
	void *wake_arg;
};

RD_MUST_USE enum rd_err rd_connect_open(struct rd_connect **out,
					const struct rd_connect_cfg *cfg);
/* Before the client.  Contacts that run are left to Amazon Connect.  NULL is
 * fine. */
void rd_connect_close(struct rd_connect *c);
/* A contact that a crash of ours has left: it is stopped after a minute, unless
 * the same request comes again until then and has it back.  Texts are lent. */
void rd_connect_tidy(struct rd_connect *c, const char *destination,
		     const char *call_id, const char *contact_id);
/* The table whose self is a struct rd_connect. */
extern const struct rd_provider rd_connect_provider;
