/* identity/judge.h - whether the claims of a token make a caller.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to identity.  A pure function.
 */
#pragma once
#include "identity/identity.h"
#include "secure/jwt.h"

/* The signature was right.  RD_E_EXPIRED: only its time is over; RD_E_DENIED:
 * *reason (NULL if RD_OK) says why, in a few
 * words for the log. */
RD_MUST_USE enum rd_err rd_judge(const struct rd_issuer_cfg *issuer,
				 const struct rd_jwt *jwt, uint64_t wall_ms,
				 struct rd_caller *out, const char **reason);
