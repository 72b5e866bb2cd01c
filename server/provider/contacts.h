/* provider/contacts.h - Amazon Connect's contacts, over rooms of the engine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A contact is a room with the customer in it and a contact flow that says
 * what he hears and to whom he is transferred.  Everything here answers at
 * once.  A contact that nobody joins ends after five minutes, one whose
 * customer is away for 58 seconds then.  Contacts that are over are kept for a
 * while, to be described.
 * Owner: whoever opened it.  Thread: control.  Times are Unix milliseconds.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "provider/engine_room.h"
#include "provider/flow.h"

struct rd_contacts;

enum {
	RD_CONTACT_ID = RD_ROOM_ID,
	RD_CONTACT_TOKEN = 44, /* 256 bits in base64url, with NUL */
	RD_CONTACT_ATTRIBUTE_BYTES = 32768, /* all of a contact together */
	RD_CONTACT_REFERENCES = 50,
	RD_CONTACT_REASON = 32,
};

struct rd_contact_flow {
	const char *id; /* of the flow, as clients name it */
	const struct rd_flow *flow;
};
/* How a flow reaches a trunk that it names. */
struct rd_contact_trunk {
	const struct rd_trunk_cfg *trunk;
	bool learn_media_address;
};

struct rd_contacts_cfg { /* all lent until rd_contacts_close */
	struct rd_loop *loop;
	struct rd_engine *engine;
	const struct rd_contact_flow *flows;
	unsigned flow_count;
	const struct rd_contact_trunk *trunks;
	unsigned trunk_count;
	const char *sounds; /* folder of the files of flows; NULL: none play */
	unsigned most;      /* contacts at once, and kept; 0: 1000 and 10000 */

	/* 0 stands for the value in brackets. */
	unsigned unjoined_ms;   /* started to joined (300000) */
	unsigned away_ms;       /* of the customer (58000) */
	unsigned kept_ms;       /* over to forgotten (86400000) */
	unsigned connection_ms; /* life of a connection token (86400000) */
};

/* Opens the sounds of all flows.  RD_E_NOTFOUND, RD_E_FORMAT: a sound, or a
 * trunk of a flow that is not there; why says it. */
RD_MUST_USE enum rd_err rd_contacts_open(struct rd_contacts **out,
					 const struct rd_contacts_cfg *cfg,
					 struct rd_complaint *why);
/* Ends all contacts.  Before the engine is closed.  NULL is fine. */
void rd_contacts_close(struct rd_contacts *c);
/* Whether there is such a flow. */
bool rd_contacts_has_flow(const struct rd_contacts *c, const char *flow_id);
unsigned rd_contacts_count(const struct rd_contacts *c); /* not over */

/* --- beginning ----------------------------------------------------------- */

struct rd_contact_pair { /* lent, in what follows */
	const char *name;
	const char *value;
};
struct rd_contact_reference {
	const char *name;
	const char *type; /* "URL", "NUMBER", "STRING", "DATE", "EMAIL" */
	const char *value;
};
struct rd_contact_start { /* lent for the call, copied where kept */
	const char *flow_id;
	const char *display_name;
	const struct rd_contact_pair *attributes;
	unsigned attribute_count;
	const char *client_token; /* NULL: none */
	const char *description;  /* NULL: none */
	const struct rd_contact_reference *references;
	unsigned reference_count;
	const char *related_contact_id; /* NULL: none */
	const char *capabilities; /* what was allowed, as JSON, kept as it is;
				   * NULL: none */
};
struct rd_contact_started {
	char contact_id[RD_CONTACT_ID];
	char participant_id[RD_CONTACT_ID];
	char participant_token[RD_CONTACT_TOKEN];
	struct rd_joining joining; /* with attendee_id and join_token */
};
/* The same client_token gives the same answer while the contact is kept,
 * seven days at most.  RD_E_NOTFOUND: no such flow (ResourceNotFound);
 * RD_E_FORMAT: an attribute's name (letters, digits, '-', '_'), or text that
 * is not UTF-8; RD_E_SIZE: attributes over RD_CONTACT_ATTRIBUTE_BYTES, or too
 * many references; RD_E_FULL: too many contacts (LimitExceeded);
 * RD_E_NOMEM.  why (may be NULL) says it in words. */
RD_MUST_USE enum rd_err rd_contact_start(struct rd_contacts *c,
					 const struct rd_contact_start *start,
					 struct rd_contact_started *out,
					 struct rd_complaint *why);

/* --- looking and ending -------------------------------------------------- */

enum rd_contact_state {
	RD_CONTACT_INITIATED, /* nobody has joined */
	RD_CONTACT_IN_FLOW,   /* connected to the system */
	RD_CONTACT_QUEUED,
	RD_CONTACT_TRANSFERRING, /* the other side is being called */
	RD_CONTACT_WITH_AGENT,   /* or another party that answered */
	RD_CONTACT_ENDED,
};
/* What DescribeContact tells (aws-apis 8.5); lent until the next call on the
 * contacts.  A time of 0 has not come. */
struct rd_contact_view {
	const char *contact_id;
	const char *participant_id;
	const char *flow_id;
	const char *meeting_id;
	const char *attendee_id;
	const char *display_name;
	const char *description;        /* "" = none */
	const char *related_contact_id; /* "" = none */
	const char *capabilities;       /* "" = none */
	enum rd_contact_state state;
	uint64_t initiated_wall_ms;
	uint64_t system_wall_ms; /* ConnectedToSystemTimestamp */
	uint64_t enqueued_wall_ms;
	uint64_t agent_wall_ms; /* ConnectedToAgentTimestamp */
	uint64_t ended_wall_ms;
	uint64_t updated_wall_ms;
	const char *queue; /* its name; "" = never queued */
	const char *agent; /* "TRUNK/USER" that answered; "" = nobody */
	/* CUSTOMER_DISCONNECT, AGENT_DISCONNECT, THIRD_PARTY_DISCONNECT,
	 * TELECOM_PROBLEM, CONTACT_FLOW_DISCONNECT, API, OTHER; "" = not over
	 */
	const char *disconnect_reason;
};
/* RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_contact_describe(struct rd_contacts *c,
					    const char *contact_id,
					    struct rd_contact_view *out);
/* References and attributes one by one: false past the last. */
bool rd_contact_reference(const struct rd_contacts *c, const char *contact_id,
			  unsigned index, struct rd_contact_reference *out);
bool rd_contact_attribute(const struct rd_contacts *c, const char *contact_id,
			  unsigned index, struct rd_contact_pair *out);
/* Adds or overwrites all of them, or none; also of a contact that is over.
 * RD_E_NOTFOUND, RD_E_FORMAT, RD_E_SIZE, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_contact_update_attributes(
	struct rd_contacts *c, const char *contact_id,
	const struct rd_contact_pair *attributes, unsigned count);
/* RD_E_NOTFOUND: unknown (ResourceNotFound); RD_E_CLOSED: over already
 * (ContactNotFound, 410). */
RD_MUST_USE enum rd_err rd_contact_stop(struct rd_contacts *c,
					const char *contact_id);

struct rd_contact_metrics {
	unsigned position; /* in its queue, 1 = next; 0: not queued */
	/* Estimated from how long those before it waited; only if has_wait. */
	unsigned wait_s;
	bool has_wait;
};
/* RD_E_NOTFOUND; RD_E_CLOSED: it is over. */
RD_MUST_USE enum rd_err rd_contact_metrics(struct rd_contacts *c,
					   const char *contact_id,
					   struct rd_contact_metrics *out);

/* --- the participant's tokens -------------------------------------------- */

struct rd_contact_connection {
	char token[RD_CONTACT_TOKEN]; /* the ConnectionToken */
	uint64_t expires_wall_ms;
};
/* CreateParticipantConnection by a ParticipantToken.  Several connections may
 * live at once, the oldest of more than eight goes.  RD_E_AUTH: nobody's, or
 * of a contact that is over (AccessDenied). */
RD_MUST_USE enum rd_err rd_contact_connect(struct rd_contacts *c,
					   struct rd_span participant_token,
					   struct rd_contact_connection *out);
/* Whether a ConnectionToken is good; that is all that SendEvent needs of a
 * voice contact.  RD_E_AUTH; RD_E_EXPIRED. */
RD_MUST_USE enum rd_err rd_contact_holder(struct rd_contacts *c,
					  struct rd_span connection_token);
/* SendMessage of audio/dtmf by a ConnectionToken: 1..50 of 0123456789*#, to
 * the flow, or to the party that is connected.  RD_E_AUTH; RD_E_EXPIRED;
 * RD_E_FORMAT; RD_E_FULL: too many wait; RD_E_STATE: the other side cannot
 * take them yet. */
RD_MUST_USE enum rd_err rd_contact_digits(struct rd_contacts *c,
					  struct rd_span connection_token,
					  const char *digits);
/* DisconnectParticipant: the customer leaves, and his contact ends with
 * CUSTOMER_DISCONNECT.  RD_E_AUTH, RD_E_EXPIRED. */
RD_MUST_USE enum rd_err rd_contact_disconnect(struct rd_contacts *c,
					      struct rd_span connection_token);
