/* trunk/trunk_priv.h - what control's side and the sip thread share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two mailboxes of small values.  A value may carry one heap block; whoever
 * takes the value out owns the block.  Knows nothing of sofia.
 */
#pragma once
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "trunk/trunk.h"

enum rd_trunk_order_kind {
	RD_ORDER_INVITE, /* block: struct rd_trunk_invite_block */
	RD_ORDER_HANGUP,
	RD_ORDER_REINVITE, /* block: SDP */
	RD_ORDER_REANSWER, /* block: SDP or none */
	RD_ORDER_RESPOND,  /* block: SDP or none */
	RD_ORDER_REFER,    /* block: URI */
	RD_ORDER_RESULT,   /* of a transfer */
	RD_ORDER_DIGITS,   /* block: digits */
	RD_ORDER_QUIT,
};

struct rd_trunk_order { /* control to sip */
	enum rd_trunk_order_kind kind;
	rd_dialog dialog;
	unsigned trunk;  /* index */
	unsigned number; /* status, cause, or ring_ms */
	void *block;
};

struct rd_trunk_invite_block { /* of RD_ORDER_INVITE */
	char user[132];
	char display[RD_TRUNK_TEXT];
	char caller[132]; /* "" = the trunk's */
	char headers[RD_TRUNK_HEADERS *
		     (sizeof(struct rd_trunk_header) + 4)]; /* lines */
	char sdp[RD_TRUNK_SDP];
};

struct rd_trunk_note { /* sip to control */
	enum rd_trunk_event_kind kind;
	rd_dialog dialog;
	unsigned status, cause, retry_after_s;
	bool by_far_end;
	char digit;
	struct rd_trunk_event *full; /* where there is text; else NULL */
};

struct rd_trunk_gauges { /* of one trunk: written by sip, read by any */
	atomic_bool is_registered; /* atomic */
	atomic_bool is_reachable;  /* atomic */
	atomic_uint last_status;   /* atomic */
	atomic_uint dialogs;       /* atomic */
	atomic_ullong invites;     /* atomic */
	atomic_ullong answered;    /* atomic */
	atomic_ullong failed;      /* atomic */
	atomic_ullong guarded;     /* atomic */
};

struct rd_trunks {
	struct rd_trunks_cfg cfg;      /* const after open */
	struct rd_trunk_cfg *trunks;   /* const after open */
	struct rd_addr local[3];       /* const after open */
	pthread_t thread;              /* control */
	sem_t is_started;              /* posted once by sip */
	enum rd_err start_err;         /* sip until is_started */
	struct rd_complaint complaint; /* sip until is_started */

	struct rd_mailbox *to_sip;      /* own threading */
	struct rd_mailbox *to_control;  /* own threading */
	atomic_uint orders;             /* atomic: in to_sip */
	atomic_uint next_dialog;        /* atomic */
	atomic_uint dialogs;            /* atomic: admitted, of all trunks */
	atomic_ullong strangers;        /* atomic: dropped by the kernel */
	struct rd_trunk_gauges *gauges; /* one for each trunk */
};

/* Takes one of most_dialogs; false: none is left.  Thread: any. */
bool rd_trunks_admit(struct rd_trunks *t);
rd_dialog rd_trunks_next_dialog(struct rd_trunks *t);

/* sofia.c: the thread.  arg: struct rd_trunks. */
void *rd_sip_thread(void *arg);
