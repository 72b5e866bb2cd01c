/* provider/contacts_priv.h - what the files of contacts share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * contacts.c begins, shows and forgets contacts, contact_run.c goes with them
 * through their flow, contact_queue.c has the queues, contact_words.c what
 * they were given (attributes, references), contact_token.c the participant's
 * tokens.
 */
#pragma once
#include "base/secret.h"
#include "base/table.h"
#include "provider/contacts.h"
#include "secure/hash.h"

enum {
	RD_CONTACT_CONNECTIONS = 8, /* of a participant at once */
	RD_CONTACT_DIGITS = 64,     /* that wait for the party's leg */
	RD_CONTACT_PAIRS = 1000,    /* attributes of a contact */
};

struct rd_contact_words { /* attribute, or reference with a type */
	char *name;
	char *type; /* NULL: an attribute */
	char *value;
};
struct rd_contact_list { /* owns its texts */
	struct rd_contact_words *at;
	unsigned count;
	size_t bytes; /* of names and values */
};

struct rd_contact_queue {
	char name[256];
	unsigned at_once;
	unsigned served;        /* now */
	struct rd_list waiting; /* struct rd_contact.in_queue */
	uint64_t mean_wait_ms;
	bool has_served;
	struct rd_list in_contacts;
};

struct rd_contact_sound {
	const char *file; /* of a flow */
	struct rd_sound *sound;
};

struct rd_contact_connected { /* a connection token */
	uint8_t hash[RD_SHA256_LEN];
	uint64_t expires_wall_ms; /* 0: none */
};

struct rd_contact {
	struct rd_contacts *contacts;
	const struct rd_contact_flow *flow; /* lent to us */

	char id[RD_CONTACT_ID];
	char participant_id[RD_CONTACT_ID];
	char meeting_id[RD_CONTACT_ID];
	char attendee_id[RD_CONTACT_ID];
	char agent_attendee_id[RD_CONTACT_ID]; /* "" = no agent is there */
	char join_token[RD_SIGNALING_TOKEN_TEXT];
	char *client_token; /* NULL: none */
	char *display_name;
	char *description;
	char *related;
	char *capabilities;
	struct rd_contact_list attributes;
	struct rd_contact_list references;
	uint8_t participant_hash[RD_SHA256_LEN];
	struct rd_contact_connected connected[RD_CONTACT_CONNECTIONS];

	enum rd_contact_state state;
	uint64_t initiated_wall_ms, system_wall_ms, enqueued_wall_ms;
	uint64_t agent_wall_ms, ended_wall_ms, updated_wall_ms;
	const char *disconnect_reason; /* "" = not over */
	char queue_name[256];
	char agent[2 * RD_TRUNK_TEXT];

	struct rd_flow_run *run;        /* NULL: it is over */
	rd_phone phone;                 /* 0: none */
	bool is_answered;               /* the phone */
	struct rd_contact_queue *queue; /* waits in it, or is served by it */
	bool is_served;
	uint64_t enqueued_ms;
	struct rd_list in_queue;
	struct rd_timer timer; /* not joined, away, or to be forgotten */
	struct rd_timer digit_timer;
	char digits[RD_CONTACT_DIGITS + 1]; /* on their way to the phone */
	struct rd_list in_over;
};

struct rd_contacts {
	struct rd_contacts_cfg cfg; /* lent to us */
	uint64_t seed;              /* of hashes of texts from outside */
	uint8_t key[32];            /* makes participant tokens */

	struct rd_contact_sound *sounds;
	unsigned sound_count;
	struct rd_table contacts;      /* by id: struct rd_contact */
	struct rd_table client_tokens; /* struct rd_contact */
	struct rd_table participants;  /* by hash of token */
	struct rd_table connections;   /* by hash of token */
	struct rd_list queues;         /* struct rd_contact_queue.in_contacts */
	struct rd_list over; /* struct rd_contact.in_over, oldest first */
	struct rd_timer serve_timer;
	unsigned live, kept;
};

/* --- contacts.c --- */

/* NULL: none of that id. */
struct rd_contact *rd_contact_find(const struct rd_contacts *c,
				   const char *contact_id);
/* Ends it: nothing of it is left in the engine; it is kept to be described.
 * reason lives for ever. */
void rd_contact_end(struct rd_contact *contact, const char *reason);
uint64_t rd_contacts_key(const struct rd_contacts *c, const char *text);
void rd_contact_touch(struct rd_contact *contact); /* LastUpdateTimestamp */

/* --- contact_run.c --- */

extern const struct rd_director rd_contact_director; /* self: the contact */
/* Does what the flow wants now.  The contact may be over afterwards. */
void rd_contact_drive(struct rd_contact *contact);
void rd_contact_feed(struct rd_contact *contact, enum rd_flow_event_kind kind,
		     char digit);
extern const struct rd_flow_reader rd_contact_reader; /* arg is filled in */
void rd_contact_hangup(struct rd_contact *contact);
rd_timer_fn rd_contact_send_digits;
/* 1..50 of 0123456789*#.  RD_E_STATE, RD_E_FULL. */
RD_MUST_USE enum rd_err rd_contact_press(struct rd_contact *contact,
					 const char *digits);

/* --- contact_queue.c --- */

/* RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_contact_enqueue(struct rd_contact *contact,
					   const char *name, unsigned at_once);
/* It waits no more, and is served no more. */
void rd_contact_dequeue(struct rd_contact *contact);
rd_timer_fn rd_contacts_serve;
void rd_contacts_free_queues(struct rd_contacts *c);

/* --- contact_words.c --- */

void rd_contact_list_fini(struct rd_contact_list *l);
/* Attributes: names and sizes are checked.  All or nothing. */
RD_MUST_USE enum rd_err rd_contact_merge(struct rd_contact_list *l,
					 const struct rd_contact_pair *pairs,
					 unsigned count,
					 struct rd_complaint *why);
RD_MUST_USE enum rd_err rd_contact_refer(
	struct rd_contact_list *l, const struct rd_contact_reference *from,
	unsigned count, struct rd_complaint *why);
const char *rd_contact_value(const struct rd_contact_list *l, const char *name);

/* --- contact_token.c --- */

/* The participant's token of the contact, always the same. */
void rd_contact_participant_token(const struct rd_contact *contact,
				  char out[RD_CONTACT_TOKEN]);
RD_MUST_USE enum rd_err rd_contact_take_token(struct rd_contact *contact);
/* All its tokens are worth nothing from now on. */
void rd_contact_drop_tokens(struct rd_contact *contact);
