/* synthetic/answerer.h - a telephone that answers by SIP: plays, echoes,
 * records, hears tones and digits; many calls at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Runs on a loop.  Owner: whoever opened it.  Thread: the loop's.
 */
#pragma once
#include "base/loop.h"
#include "synthetic/party.h"
#include "trunk/trunk.h"

struct rd_answerer;

typedef uint32_t rd_answer_call; /* 0 = none */

enum {
	RD_ANSWER_HEADERS = 4,
	RD_ANSWER_PEERS = 8,
	RD_ANSWER_ID = 64,
};

struct rd_answer_result { /* of one call, as it stands */
	char from[RD_TRUNK_TEXT];
	struct rd_trunk_header headers[RD_ANSWER_HEADERS];
	unsigned header_count;
	const char *codec;   /* "" before an answer */
	const char *profile; /* of SRTP by SDES; "" */
	double ring_ms;      /* from INVITE to our 200; 0: not answered */
	double talked_s;
	unsigned status; /* final status we gave, or SIP's; 0: BYE */
	bool by_far_end;
	char digits[RD_PARTY_DIGITS + 1]; /* RFC 4733, SIP INFO */
	struct rd_party_stats stats;
};

struct rd_answerer_cfg { /* all lent for the life of the answerer */
	struct rd_loop *loop;
	struct rd_addr listen;
	enum rd_trunk_transport transport;
	const char *tls_dir; /* agent.pem and cafile.pem */
	/* Who may call; none: loopback alone. */
	struct rd_network peers[RD_ANSWER_PEERS];
	unsigned peer_count;
	unsigned most_calls;

	const struct rd_codec *codecs[RD_CODEC_COUNT]; /* best first */
	unsigned codec_count;
	struct rd_banks *banks; /* what it says; NULL: nothing */
	bool plays_once;        /* the bank, then the echo or silence */
	bool is_echo;
	unsigned status;       /* refuses with it; 0: answers */
	uint64_t ring_ms;      /* before it answers */
	bool has_early_media;  /* plays while it rings, 183 */
	uint64_t hangup_ms;    /* after the answer; 0: never */
	unsigned listen_every; /* decodes one call of so many; 0: none */
	uint32_t most_rate_hz;
	double hear_hz, hear_db; /* as in rd_party_cfg */
	const char *record_path; /* of the first call at a time; NULL: none */

	/* Tells what happened: "incoming", "answered", "refused", "digit",
	 * "held" and "resumed" by another offer, "ended".  NULL: nobody wants
	 * to know. */
	void (*tell)(void *arg, rd_answer_call call, const char *what,
		     const struct rd_answer_result *result);
	void *arg;
};

/* RD_E_IO and others of rd_trunks_open: why says it. */
RD_MUST_USE enum rd_err rd_answerer_open(struct rd_answerer **out,
					 const struct rd_answerer_cfg *cfg,
					 struct rd_complaint *why);
void rd_answerer_close(struct rd_answerer *a); /* BYE to all; NULL is fine */
struct rd_addr rd_answerer_local(const struct rd_answerer *a);

unsigned rd_answerer_calls(const struct rd_answerer *a); /* now */
/* The calls there are, for walking: 0 at the end; begin with *cursor 0. */
rd_answer_call rd_answerer_next(const struct rd_answerer *a, size_t *cursor);
/* NULL if it is over, or before an answer. */
struct rd_party *rd_answerer_party(const struct rd_answerer *a,
				   rd_answer_call call);
/* False if it is over. */
bool rd_answerer_get(const struct rd_answerer *a, rd_answer_call call,
		     struct rd_answer_result *out);
void rd_answerer_hangup_all(struct rd_answerer *a);
/* Presses keys at the far end, by SIP INFO.  RD_E_NOTFOUND: it is over; and
 * those of rd_trunk_info_digits. */
RD_MUST_USE enum rd_err rd_answerer_press(struct rd_answerer *a,
					  rd_answer_call call,
					  const char *digits);
