/* aws/ask.h - a request of one operation, and the memory it points into.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The files connect, participant, meetings and voice have two functions for
 * each operation: one that fills such a request, and one that reads the
 * answer into a plain struct.  Both are pure.  A request is filled in place
 * and not moved; it may hold tokens, which fini wipes.  Thread: any.
 */
#pragma once
#include "aws/client.h"
#include "call/provider.h"

enum {
	RD_AWS_ASK_PATH = 1024
};

struct rd_aws_ask {
	struct rd_aws_call call; /* for rd_aws_client_call; lent by the rest */
	struct rd_json_out body;
	char path[RD_AWS_ASK_PATH];
	char bearer[1001];
};

/* Begins: no path yet, no body. */
void rd_aws_ask_init(struct rd_aws_ask *ask, enum rd_aws_service service,
		     const char *operation, const char *method);
void rd_aws_ask_fini(struct rd_aws_ask *ask); /* fine when zeroed */

/* Segments of the path: "/contacts", then an id.  Failures are remembered and
 * told by rd_aws_ask_done. */
struct rd_aws_path {
	struct rd_aws_ask *ask;
	enum rd_err err;
};
void rd_aws_path_add(struct rd_aws_path *p, const char *fixed);
void rd_aws_path_add_id(struct rd_aws_path *p, const char *id);
/* Sets path and, if something was written to it, body.  RD_E_NOMEM, RD_E_SIZE,
 * RD_E_FORMAT (an id that no path can carry). */
RD_MUST_USE enum rd_err rd_aws_ask_done(struct rd_aws_path *p);

/* --- reading ------------------------------------------------------------ */

/* Copies the text at path of the answer; false: absent, empty or longer than
 * size - 1 bytes. */
RD_MUST_USE bool rd_aws_read_text(const struct rd_json *answer,
				  const char *path, char *out, size_t size);
/* The same for what may be absent: out is "" then; false: too long. */
RD_MUST_USE bool rd_aws_read_text_if(const struct rd_json *answer,
				     const char *path, char *out, size_t size);
/* A meeting as Connect and the Chime SDK both write it: its id, region, URLs
 * and EchoReduction; all else of *out stays.  false: what a client cannot do
 * without is absent, or something is too long. */
RD_MUST_USE bool rd_aws_read_meeting(const struct rd_json *meeting,
				     struct rd_joining *out);
