/* synthetic/answerer_priv.h - what the files of the answerer share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * answerer.c has the dialogs, answerer_media.c a socket and a beat for each.
 */
#pragma once
#include "base/pool.h"
#include "base/secret.h"
#include "secure/srtp.h"
#include "synthetic/answerer.h"
#include "wire/sdp_trunk.h"

enum {
	ANSWER_SDP = 2048,
	ANSWER_KEY = 30
};

struct answer { /* one call */
	struct rd_answerer *owner;
	rd_answer_call id;
	rd_dialog dialog;

	enum {
		ANSWER_RINGING,
		ANSWER_TALKING,
		ANSWER_REFUSED
	} state;
	struct rd_answer_result result;
	uint64_t incoming_us, answer_us;
	struct rd_timer ring, hangup;

	uint64_t session_id, session_version;
	uint8_t key[ANSWER_KEY]; /* ours, SDES */
	struct rd_trunk_session session;
	char answer[ANSWER_SDP];

	const struct rd_codec *codec;
	struct rd_party *party;
	enum rd_srtp_profile profile;
	struct rd_srtp *send, *receive; /* NULL: in clear */
	struct rd_addr local;
	int fd;
	struct rd_watch watch;
	struct rd_timer beat, report;
	uint64_t beat_ms; /* when it was, or is, due */
	char cname[24];
	size_t digits_told;
	bool is_recording;
};

struct rd_answerer {
	struct rd_answerer_cfg cfg;

	struct rd_trunk_cfg trunk;
	struct rd_trunks *trunks;
	struct rd_watch watch;
	struct rd_pool *pool; /* struct answer */
	bool is_recording;    /* one of them */
	unsigned heard;       /* calls so far, for listen_every */
};

/* answerer.c */
void rd_answer_tell(struct answer *c, const char *what);

/* answerer_media.c */
const struct rd_codec *rd_answer_codec(enum rd_sdp_codec codec);
/* The socket, so that the answer can name it. */
RD_MUST_USE enum rd_err rd_answer_media_reserve(struct answer *c);
RD_MUST_USE enum rd_err rd_answer_media_start(struct answer *c);
void rd_answer_media_stop(struct answer *c); /* fine at any time */
