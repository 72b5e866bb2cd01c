/* api/aws_front.h - the AWS-compatible listener: operations of Amazon Connect,
 * its participant service, Chime SDK meetings and Chime SDK voice, answered
 * by what is below.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP server of its own takes all four services, told apart by method,
 * path and the query value `operation`.  Signatures are verified
 * (secure/sigv4.h), except for the participant service, whose credential is
 * X-Amz-Bearer.  docs/internals/aws-compatible.md lists the operations and
 * says what of them is answered.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "http/server.h"

struct rd_aws_front;
struct rd_contacts; /* provider/contacts.h */
struct rd_meetings; /* provider/meetings.h */
struct rd_sma_runs; /* provider/sma_run.h */

enum {
	RD_AWS_MOST_BODY = 256 * 1024,
	RD_AWS_MOST_TARGET = 8 * 1024,
};

struct rd_aws_key { /* an access key that may ask everything */
	const char *id;
	const char *secret;
	const char *session_token; /* NULL: a long-term key */
};

struct rd_aws_application { /* a SIP media application of the configuration */
	const char *id, *name;
	const char *lambda_arn; /* NULL: its handler is no Lambda function */
};

struct rd_aws_connector { /* a Voice Connector of the configuration */
	const char *id, *name;
	bool requires_encryption;
};

struct rd_aws_front_cfg { /* all lent until rd_aws_front_close */
	struct rd_loop *loop;
	struct rd_contacts *contacts;
	struct rd_meetings *meetings;
	struct rd_sma_runs *runs;
	const char *region;   /* that signatures must name */
	const char *account;  /* twelve digits, in ARNs */
	const char *instance; /* the Connect instance */
	/* Of the server that callers reach; no slash at its end. */
	const char *public_url;
	const struct rd_aws_key *keys;
	unsigned key_count;
	const struct rd_aws_application *applications;
	unsigned application_count;
	const struct rd_aws_connector *connectors;
	unsigned connector_count;
	/* Of each operation, with as many again as a burst; 0: no limit. */
	unsigned requests_per_second;
	/* What an application made by CreateSipMediaApplication, whose handler
	 * is a Lambda function, is invoked by: a URL, to which
	 * /2015-03-31/functions/NAME/invocations is added.  NULL: these cannot
	 * be made. */
	const char *lambda_url;
};

/* RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_front_open(struct rd_aws_front **out,
					  const struct rd_aws_front_cfg *cfg);
void rd_aws_front_close(struct rd_aws_front *f); /* NULL; after the server */

/* What begins something is refused from now on. */
void rd_aws_front_drain(struct rd_aws_front *f);

/* The handler and too_large of the HTTP server; arg is the front. */
void rd_aws_front_handle(void *arg, struct rd_http_request *r);
void rd_aws_front_refuse_size(void *arg, struct rd_http_request *r);
