/* app/gateway_start.h - starts a call and follows it no further.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the switchboard does until a caller is told "yes", for a program that
 * is frozen once it has answered: asks one provider after the other until one
 * says yes, and waits for it.  Nothing is recorded, and nobody here sees the
 * end of the call: the caller's client leaving is what ends it.
 * Thread: the loop's.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "call/call.h"
#include "call/provider.h"

struct rd_gateway_start {
	struct rd_loop *loop;
	const struct rd_provider_use *uses; /* in the order they are asked */
	unsigned use_count;
	/* ref and deadline_ms are set by us. */
	struct rd_provider_start start;
	unsigned within_ms; /* all of it */
};

struct rd_gateway_started {
	enum rd_reason reason;  /* NONE: a provider said yes */
	unsigned retry_after_s; /* 0: not said */
	const char *provider;   /* the one that was asked last; lent by it */
	struct rd_joining joining;
};

/* Runs the loop until it is known.  out holds tokens: rd_wipe it. */
void rd_gateway_start(struct rd_gateway_start *asked,
		      struct rd_gateway_started *out);
