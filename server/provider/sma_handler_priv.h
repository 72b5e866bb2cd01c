/* provider/sma_handler_priv.h - what the handler's arguments are.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include "provider/sma_handler.h"

enum rd_sma_arg {
	RD_SMA_MEETING_ID,
	RD_SMA_DESTINATION,
	RD_SMA_TARGET,
	RD_SMA_DIAL,
	RD_SMA_CONNECTOR,
	RD_SMA_CALLER_ID,
	RD_SMA_TIMEOUT,
	RD_SMA_HEADERS,
	RD_SMA_ARG_COUNT
};

struct rd_sma_args { /* texts are lent by what they were read from */
	const char *text[RD_SMA_ARG_COUNT]; /* NULL: absent, or of no use */
	const char *bad; /* name of the first of no use; NULL: none */

	struct rd_json *headers; /* ours, once judged */
};

/* Reads ArgumentsMap or TransactionAttributes (NULL: neither).  Each text that
 * is kept has the form and length the header says. */
void rd_sma_args_init(struct rd_sma_args *args, const struct rd_json *from);
void rd_sma_args_fini(struct rd_sma_args *args);
/* Whether all of it together may be called: sets bad to the name of what does
 * not hold, if anything.  RD_E_NOMEM: not known. */
RD_MUST_USE enum rd_err rd_sma_args_judge(struct rd_sma_args *args,
					  const struct rd_sma_policy *policy,
					  const char *account);
/* Writes them as members. */
void rd_sma_args_write(const struct rd_sma_args *args, struct rd_json_out *j);
/* Writes the action CallAndBridge; they must have been judged good. */
void rd_sma_args_write_bridge(const struct rd_sma_args *args,
			      struct rd_json_out *j);
