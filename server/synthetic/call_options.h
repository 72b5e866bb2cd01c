/* synthetic/call_options.h - the command line of `ringdown call`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "dsp/codec.h"

enum {
	RD_CALL_COUNT_MAX = 2000,
	RD_CALL_SECONDS_MAX = 3600
};

struct rd_call_options { /* texts are of argv, or static */
	const char *url;
	const char *origin;
	const char *ca_file;
	const char *token;
	const char *token_file;
	const char *token_command;
	const char *destination;
	const char *join; /* file; NULL: a call is started */
	const struct rd_codec *codecs[RD_CODEC_COUNT];
	unsigned codec_count;

	unsigned count;
	double rate;      /* calls begun a second */
	double duration;  /* s of talk, or of the window when count > 1 */
	double settle;    /* s from the last call being up to the window */
	double setup;     /* s that a call may take to its first packet */
	double most_loss; /* percent, above it the audio is bad */
	unsigned complexity;
	unsigned bitrate;

	bool is_tcp; /* media over TCP */
	double tone_hz;
	double hear_hz; /* 0: not demanded */
	const char *play;
	const char *record;
	const char *digits;

	bool is_peer_answer; /* the far end is in this process too */
	struct rd_addr listen;
	struct rd_codec const *answer_codecs[RD_CODEC_COUNT];
	unsigned answer_codec_count;
	int server_pid;

	bool is_json;
	bool is_help; /* was asked for; the rest is not checked */
};

/* Complains on standard error and returns false if it makes no sense. */
bool rd_call_options_read(struct rd_call_options *out, int argc, char **argv);
void rd_call_options_help(void);

/* For both commands.  "opus,pcmu" into codecs; false: not a list of those we
 * have. */
bool rd_option_codecs(const char *text, const struct rd_codec **codecs,
		      unsigned *count);
/* The whole of text as a number least..most. */
bool rd_option_number(const char *text, double least, double most, double *out);
