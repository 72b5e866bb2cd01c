/* trunk/sofia_priv.h - what the files that include sofia share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sofia.c owns the thread; sofia_call.c, _order.c and _answer.c the dialogs;
 * sofia_line.c what a trunk does between calls.  Thread: sip.
 */
#pragma once
#define NUA_MAGIC_T     struct sip
#define NUA_HMAGIC_T    struct holder
#define SU_ROOT_MAGIC_T struct sip
#define SU_WAKEUP_ARG_T struct sip
#define SU_TIMER_ARG_T  struct sip
struct sip;
struct holder;

#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_wait.h>

#include "base/timer.h"
#include "trunk/dialog.h"
#include "trunk/source_filter.h"
#include "trunk/trunk_priv.h"

enum {
	BUCKETS = 1024,
	MOST_PEERS = 64,
	MOST_SOCKETS = 8,
	NONCE = 128
};

/* What Retry-After is moved by, so that sofia does not act upon it. */
enum {
	RETRY_SHIFT_S = 1 << 24
};

enum holder_kind {
	HOLDS_CALL,
	HOLDS_REGISTER,
	HOLDS_OPTIONS,
};

/* What a sofia handle points at; the first field of its owner. */
struct holder {
	enum holder_kind kind;
};

/* T38: one answer for each nonce, in one handle. */
struct digest_memory {
	char nonce[NONCE];
	unsigned answers;
};

struct line { /* one trunk */
	struct holder registering, asking;
	struct sip *sip;
	const struct rd_trunk_cfg *cfg;
	struct rd_trunk_gauges *gauges;
	char realm[RD_TRUNK_TEXT + 2];   /* in quotes */
	char account[RD_TRUNK_TEXT * 4]; /* as sofia takes it; or empty */
	char target[RD_TRUNK_TEXT];      /* host[:port][;transport] */
	char from[RD_TRUNK_TEXT * 2];    /* user@domain */

	struct rd_network peers[MOST_PEERS];
	uint64_t seen_ms[MOST_PEERS]; /* when DNS last said so */
	unsigned peer_count, fixed_peers;
	bool has_name;      /* its peers are what DNS says */
	unsigned questions; /* to DNS, in this round */

	nua_handle_t *register_handle, *options_handle;
	struct digest_memory register_digest, options_digest;
	struct rd_timer register_timer, options_timer;
	uint64_t register_pause_ms, options_pause_ms;
	bool is_asked; /* OPTIONS is out */
};

enum phase {
	PHASE_RUNNING,
	PHASE_ENDING,
	PHASE_STOPPING,
	PHASE_STOPPED
};

struct listening {
	int fd, type;
	uint64_t drops; /* when last read */
};

struct sip {
	struct rd_trunks *t; /* lent */

	su_root_t *root;
	nua_t *nua;
	su_timer_t *alarm;
	int orders_index; /* of the mailbox in root; 0: none */
	struct rd_timers timers;
	struct line *lines;
	struct rd_list calls[BUCKETS]; /* struct call.in_bucket */
	struct rd_list owed;           /* struct call.in_owed */
	struct listening sockets[MOST_SOCKETS];
	unsigned socket_count;

	enum phase phase;
	unsigned call_count;
	struct rd_timer phase_timer, housekeeping;
	struct names *names; /* sofia_names.c */
};

/* sofia.c */
void rd_sip_alarm(struct sip *s); /* after any timer was armed */
void rd_sip_tell(struct sip *s, struct rd_trunk_note note);
RD_MUST_USE bool rd_sip_try_tell(struct sip *s,
				 const struct rd_trunk_note *note);
void rd_sip_check_end(struct sip *s); /* something has gone away */
RD_MUST_USE enum rd_err rd_sip_filter(struct sip *s);
/* Why TLS failed in this thread since then, in sofia's words. */
const char *rd_sip_tls_words(uint64_t since_ms);
/* Source of the request that is being served; family 0: none. */
struct rd_addr rd_sip_source(struct sip *s);

/* sofia_names.c.  open: after root, before nua. */
RD_MUST_USE enum rd_err rd_names_open(struct sip *s);
void rd_names_close(struct sip *s); /* fine if not open */
struct sres_cache *rd_names_cache(struct sip *s);

/* sofia_parser.c.  init: once in the process, before any other. */
void rd_sip_parser_init(void);
msg_mclass_t const *rd_sip_parser(void); /* NULL: no memory for it */

/* sofia_call.c */
/* 100 came to an INVITE of this thread with that Call-ID. */
void rd_sip_trying(const char *call_id);
void rd_sip_here(struct sip *s); /* whose this thread is */
void rd_sip_order(struct sip *s, const struct rd_trunk_order *order);
void rd_sip_incoming(struct sip *s, nua_handle_t *nh, sip_t const *sip);
void rd_sip_call_event(struct holder *h, nua_event_t event, int status,
		       char const *phrase, nua_handle_t *nh, sip_t const *sip,
		       tagi_t tags[]);
void rd_sip_calls_end(struct sip *s);  /* BYE, CANCEL or refusal to each */
void rd_sip_calls_drop(struct sip *s); /* without waiting for answers */
void rd_sip_pay_owed(struct sip *s);

/* sofia_line.c */
RD_MUST_USE enum rd_err rd_line_open(struct line *line, struct sip *s,
				     unsigned index);
void rd_line_start(struct line *line);
void rd_line_event(struct holder *h, nua_event_t event, int status,
		   sip_t const *sip);
void rd_line_end(struct line *line);  /* un-REGISTER */
void rd_line_drop(struct line *line); /* handles */
bool rd_line_is_busy(const struct line *line);
bool rd_line_has(const struct line *line, const struct rd_addr *source);
struct line *rd_line_of(struct sip *s, const struct rd_addr *source);
/* Adds an address that DNS gave; true: it is new. */
bool rd_line_learn(struct line *line, const struct rd_addr *addr,
		   uint64_t now_ms);
/* Drops those that DNS has not given since; the last ones stay. */
void rd_line_forget(struct line *line, uint64_t since_ms);
/* Whether url may be sent to on behalf of this trunk (T41). */
bool rd_line_trusts(const struct line *line, url_t const *url);
/* Answers a 401 or 407 if it is for this trunk's account; false: final. */
RD_MUST_USE bool rd_line_authenticate(struct line *line,
				      struct digest_memory *memory,
				      nua_handle_t *nh, sip_t const *sip);
