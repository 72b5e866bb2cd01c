/* aws/credentials_read.h - keys, as the sources of credentials write them.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Bounded and strict: what is no key is refused, and never said in a log.
 * Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "base/secret.h"
#include "secure/sigv4.h"

enum {
	RD_AWS_MOST_SECRET = 256,
	RD_AWS_MOST_TOKEN = 16 * 1024,
};

struct rd_aws_keys {
	char id[RD_SIGV4_KEY_ID_TEXT]; /* "": there are none */
	struct rd_secret secret;
	struct rd_secret token;   /* empty: a long-term key */
	uint64_t expires_wall_ms; /* Unix time; 0: never */
};

void rd_aws_keys_fini(struct rd_aws_keys *k); /* wipes; fine when zeroed */
/* Copies.  token NULL or empty: none.  RD_E_FORMAT: an id or a secret is
 * missing, too long, or has a character that no key has; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_keys_init(struct rd_aws_keys *k, const char *id,
					 const char *secret, const char *token);
/* What the container endpoint and instance metadata answer.  RD_E_FORMAT,
 * RD_E_REFUSED: it has a Code that is not Success; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_keys_json(struct rd_aws_keys *k,
					 struct rd_span body);
/* What AssumeRole and AssumeRoleWithWebIdentity of STS answer: XML.
 * RD_E_FORMAT, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_keys_xml(struct rd_aws_keys *k,
					struct rd_span body);
/* Code of an ErrorResponse of STS; "" if there is none that looks so. */
void rd_aws_sts_error(struct rd_span body, char *name, size_t size);
