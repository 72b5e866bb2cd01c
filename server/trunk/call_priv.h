/* trunk/call_priv.h - one dialog, as the three files that drive it see it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sofia_call.c: the states and what they do.  sofia_order.c: what control
 * orders.  sofia_answer.c: what the far end says.  Thread: sip.
 */
#pragma once
#include "trunk/sofia_priv.h"

enum pending {
	PENDING_NONE,
	PENDING_OURS,   /* our re-INVITE is out */
	PENDING_INVITE, /* theirs waits for control */
	PENDING_UPDATE, /* the same by UPDATE with an offer */
};

struct call {
	struct holder holder;
	struct sip *sip;   /* lent */
	struct line *line; /* lent */
	nua_handle_t *nh;

	rd_dialog id;
	char call_id[48]; /* of our INVITE: the id and random digits */
	enum rd_dialog_state state;
	bool is_ours; /* we sent the INVITE */
	enum pending pending;
	bool is_asked; /* their re-INVITE without SDP wants our offer */
	nua_saved_event_t update[1]; /* while PENDING_UPDATE */
	char *sdp;                   /* the last one we sent */
	unsigned glares;
	struct rd_timer timer;  /* invite_ms, ring_ms, then the leaving */
	struct rd_timer again;  /* re-INVITE after a glare */
	uint64_t asked_ms;      /* when our INVITE went out */
	uint64_t unanswered_ms; /* when ring_ms is over */
	struct digest_memory digest;
	char refer_event[64]; /* Event of the REFER we accepted */
	bool is_referred;     /* it waits for its last NOTIFY */
	char digits[33];      /* by INFO, not sent yet */

	struct rd_trunk_note owed; /* the end, when the mailbox was full */
	struct rd_list in_bucket;
	struct rd_list in_owed;
};

/* What one input brings along. */
struct call_input {
	enum rd_dialog_input what;
	unsigned status, cause, retry_after_s;
	bool by_far_end;
	const char *sdp; /* to send, or received */
	sip_t const *sip;
};

void rd_call_take(struct call *c, const struct call_input *in);
/* false: no memory for it. */
bool rd_call_tell(struct call *c, enum rd_trunk_event_kind kind,
		  unsigned status, const char *sdp);
void rd_call_reanswer(struct call *c, const char *sdp); /* NULL: 488 */
void rd_call_notify(struct call *c, unsigned status);   /* of a transfer */
void rd_call_send_digit(struct call *c);
void rd_call_hang_up(struct call *c, unsigned cause);
void rd_call_reinvite(struct call *c); /* with c->sdp */
void rd_call_keep_sdp(struct call *c, const char *sdp);
void rd_call_drop_pending(struct call *c);
struct call *rd_call_find(struct sip *s, rd_dialog id); /* NULL: none */
struct call *rd_call_new(struct sip *s, struct line *line, rd_dialog id);
/* T41: requests inside the dialog go where the far end says, so it must say
 * something that belongs to the trunk; else they go to the trunk itself. */
void rd_call_check_target(struct call *c, sip_t const *sip);
/* Whether url is what sofia survives as a target: sip or sips, a host of
 * plain characters, a numeric port. */
bool rd_sip_is_plain(url_t const *url);
