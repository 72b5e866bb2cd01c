/* aws/connect.h - the operations of Amazon Connect that place and follow a
 * call.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each rd_aws_<operation> fills a request (aws/ask.h), each
 * rd_aws_<operation>_read reads the answer.  Errors of the first: RD_E_NOMEM,
 * RD_E_SIZE, RD_E_FORMAT; of the second: RD_E_UPSTREAM, the answer lacks what
 * we need or holds more than the service says it may.  Pure.  Thread: any.
 */
#pragma once
#include "aws/ask.h"
#include "call/provider.h"

enum { /* limits of StartWebRTCContact; lengths in characters */
	RD_CONNECT_NAME_MOST = 256,
	RD_CONNECT_DESCRIPTION_MOST = 4096,
	RD_CONNECT_ATTRIBUTES_BYTES = 32768, /* all names and values */
	RD_CONNECT_ID_TEXT = 257,
};

struct rd_aws_pair {
	const char *name;
	const char *value;
};
struct rd_aws_reference { /* type: "URL", "STRING", ... */
	const char *name;
	const char *type;
	const char *value;
};

struct rd_aws_start_contact { /* all lent; NULL or 0: left out */
	const char *instance_id;
	const char *flow_id;
	const char *display_name;
	const char *client_token;
	const char *description;
	const char *related_contact_id;
	const struct rd_aws_pair *attributes;
	unsigned attribute_count;
	const struct rd_aws_reference *references;
	unsigned reference_count;
	bool customer_video, customer_screen; /* AllowedCapabilities */
	bool agent_video, agent_screen;
};
RD_MUST_USE enum rd_err rd_aws_start_contact(
	struct rd_aws_ask *ask, const struct rd_aws_start_contact *start);
/* Everything the caller needs; contact_id is never "". */
RD_MUST_USE enum rd_err rd_aws_start_contact_read(const struct rd_json *answer,
						  struct rd_joining *out);
/* The contact alone, of an answer that may be unusable otherwise. */
RD_MUST_USE enum rd_err rd_aws_start_contact_read_id(
	const struct rd_json *answer, char out[static RD_CONNECT_ID_TEXT]);

RD_MUST_USE enum rd_err rd_aws_stop_contact(struct rd_aws_ask *ask,
					    const char *instance_id,
					    const char *contact_id);

RD_MUST_USE enum rd_err rd_aws_describe_contact(struct rd_aws_ask *ask,
						const char *instance_id,
						const char *contact_id);
struct rd_aws_contact {    /* what a contact has come to */
	bool is_connected; /* ConnectedToSystemTimestamp: the caller is there */
	bool is_queued;    /* QueueInfo.EnqueueTimestamp: has been in a queue */
	bool has_agent;    /* AgentInfo.ConnectedToAgentTimestamp */
	bool is_ended;     /* DisconnectTimestamp */
	char reason[64];   /* DisconnectReason, cut; "" if it says none */
	/* The contact that goes on for the caller after this one has ended,
	 * because he was transferred (NextContacts); "" if none. */
	char next_id[RD_CONNECT_ID_TEXT];
};
RD_MUST_USE enum rd_err rd_aws_describe_contact_read(
	const struct rd_json *answer, struct rd_aws_contact *out);

RD_MUST_USE enum rd_err rd_aws_contact_metrics(struct rd_aws_ask *ask,
					       const char *instance_id,
					       const char *contact_id);
struct rd_aws_wait {
	unsigned position; /* in the queue, from 1; 0: not said */
	unsigned wait_s;   /* expected; 0: not said */
};
RD_MUST_USE enum rd_err rd_aws_contact_metrics_read(
	const struct rd_json *answer, struct rd_aws_wait *out);
