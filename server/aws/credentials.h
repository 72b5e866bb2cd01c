/* aws/credentials.h - where keys come from, and when they are renewed.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A machine.  The first source that is there is the one: the environment
 * (unless a profile was chosen), the profile in the shared files (keys, or
 * roles assumed from a source profile, a web identity or another source), web
 * identity, the container endpoint, instance metadata of version 2.  Files are
 * read at each renewal; HTTP is asked of the driver.
 *
 * Keys are renewed five minutes before they end, or at half of a short life,
 * and the old ones serve until the new ones are there.  One renewal at a time;
 * one that fails is tried again with growing gaps.  Keys of instance metadata
 * serve on past their end while it has no newer ones, as AWS asks for.
 * Thread: the owner's.
 */
#pragma once
#include "aws/credentials_read.h"
#include "aws/profile.h"
#include "base/base.h"

struct rd_aws_credentials;

struct rd_aws_credentials_cfg {
	const struct rd_aws_surroundings *around; /* lent for good */
	const char *profile; /* chosen; NULL: AWS_PROFILE, or "default" */
	const char *sts_url; /* base URL, never NULL */
};

RD_MUST_USE enum rd_err rd_aws_credentials_open(
	struct rd_aws_credentials **out,
	const struct rd_aws_credentials_cfg *cfg, uint64_t now_ms);
void rd_aws_credentials_close(struct rd_aws_credentials *m); /* NULL: fine */

struct rd_aws_keys_ask { /* a request that the driver shall make; all lent */
	const char *method;
	const char *url;
	const char *headers[3];
	size_t header_count;
	struct rd_span body;
	unsigned deadline_ms;
	const struct rd_aws_keys *sign_with; /* for sts; NULL: unsigned */
};
struct rd_aws_keys_told {
	enum rd_err err; /* of the HTTP client */
	unsigned status;
	struct rd_span body;
};

/* false: nothing is to be done before rd_aws_credentials_due_ms. Else *ask is
 * a request, lent until it is answered by rd_aws_credentials_feed; until then
 * there is no other. */
bool rd_aws_credentials_poll(struct rd_aws_credentials *m, uint64_t now_ms,
			     uint64_t wall_ms, struct rd_aws_keys_ask *ask);
void rd_aws_credentials_feed(struct rd_aws_credentials *m,
			     const struct rd_aws_keys_told *told,
			     uint64_t now_ms, uint64_t wall_ms);
/* RD_NEVER while a request is under way, or nothing has to be renewed. */
uint64_t rd_aws_credentials_due_ms(const struct rd_aws_credentials *m);

/* The keys to sign with, lent until the next call on m; NULL: there are none
 * that are valid. */
const struct rd_aws_keys *rd_aws_credentials_keys(
	const struct rd_aws_credentials *m, uint64_t wall_ms);
/* There are none, and waiting a moment does not help: renewals keep failing,
 * or no source is there. */
bool rd_aws_credentials_is_hopeless(const struct rd_aws_credentials *m);
/* AWS says that the keys with this id have expired: poll gives new ones as
 * soon as possible.  Nothing, if there are others already or they were made a
 * moment ago. */
void rd_aws_credentials_renew(struct rd_aws_credentials *m, const char *id,
			      uint64_t now_ms);
/* "environment", "profile", "web identity", "container", "instance metadata"
 * or "none"; for logs. */
const char *rd_aws_credentials_source(const struct rd_aws_credentials *m);
/* Why the last renewal failed; "" if it did not.  Counts them in *failures
 * since the last that succeeded.  No secret is in it. */
const char *rd_aws_credentials_why(const struct rd_aws_credentials *m,
				   unsigned *failures);
/* Counts renewals that succeeded. */
unsigned rd_aws_credentials_renewals(const struct rd_aws_credentials *m);
