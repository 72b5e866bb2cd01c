/* aws/reason.h - what an error of AWS means to a call.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every error name of the four services, of their front door and of the SIP
 * media applications, and every status without a name, leads to one reason of
 * the catalogue (call/reason.def), to whether another provider may be asked
 * instead, and to how long to wait.  The table is in the source.  Names that
 * are in no table go by their status.  Pure.  Thread: any.
 */
#pragma once
#include "aws/client.h"
#include "call/call.h"

struct rd_aws_verdict {
	enum rd_reason reason;
	/* Somebody else may be asked: the trouble is AWS's, or of what we have
	 * there; false: it would be the same everywhere. */
	bool may_try_next;
	/* There is no such contact, call or meeting (any more): what was to be
	 * ended has ended. */
	bool is_gone;
	/* Somebody must act: rights, settings, quotas.  Else it passes. */
	bool is_ours;
	unsigned retry_after_s; /* 0: say nothing */
};

/* By the name of an error (NULL or "": none) and its status (0: no answer).
 * retry_after_s: what the answer said, 0 if nothing. */
struct rd_aws_verdict rd_aws_verdict(const char *name, unsigned status,
				     unsigned retry_after_s);
/* The same of a result that is an error. */
struct rd_aws_verdict rd_aws_judge(const struct rd_aws_result *result);
