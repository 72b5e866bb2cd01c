/* aws/endpoint.h - the services, their hosts, and what overrides them.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first that says something wins: the program's own configuration,
 * AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the services section that the
 * profile names, endpoint_url of the profile, and then the host of the region:
 * the ordinary one, or, as AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT
 * or the profile want it, the FIPS or the dual-stack one.
 * Pure.  Thread: any.
 */
#pragma once
#include "aws/profile.h"
#include "base/base.h"

enum rd_aws_service {
	RD_AWS_CONNECT,
	RD_AWS_PARTICIPANT, /* Amazon Connect Participant Service */
	RD_AWS_MEETINGS,    /* Amazon Chime SDK Meetings */
	RD_AWS_VOICE,       /* Amazon Chime SDK Voice */
	RD_AWS_STS,
	RD_AWS_LAMBDA,
	RD_AWS_SERVICES,
};

struct rd_aws_service_facts {
	const char *name;         /* for logs: "connect", "chime-voice" ... */
	const char *signing_name; /* in the credential scope */
	const char *host;         /* before ".<region>.amazonaws.com" */
	const char *variable;     /* AWS_ENDPOINT_URL_<this> */
	const char *config_key;   /* in a services section */
};
const struct rd_aws_service_facts *rd_aws_service(enum rd_aws_service service);

enum {
	RD_AWS_URL_TEXT = 1024,
	RD_AWS_REGION_TEXT = 65,
};

struct rd_aws_endpoint_cfg { /* all lent */
	const struct rd_aws_surroundings *around;
	const struct rd_aws_profile_file *config; /* NULL: none */
	const char *profile;                      /* never NULL */
	const char *region;                       /* never NULL */
	const char *own[RD_AWS_SERVICES];         /* configured; NULL: none */
	const char *own_of_all;                   /* configured; NULL: none */
};

/* The base URL of a service, without a slash at its end, into url.
 * RD_E_FORMAT: what overrides is no http or https URL, has a query, or has a
 * "." or ".." in its path; RD_E_SIZE; RD_E_UNSUPPORTED: it is combined with
 * FIPS or dual-stack, or such a host is not known.  c says what is wrong where.
 */
RD_MUST_USE enum rd_err rd_aws_endpoint(const struct rd_aws_endpoint_cfg *cfg,
					enum rd_aws_service service,
					char url[static RD_AWS_URL_TEXT],
					struct rd_complaint *c);

/* The region: own, AWS_REGION, AWS_DEFAULT_REGION, region of the profile.
 * RD_E_NOTFOUND: none says one; RD_E_FORMAT: it is not a region's name. */
RD_MUST_USE enum rd_err rd_aws_region(const char *own,
				      const struct rd_aws_surroundings *around,
				      const struct rd_aws_profile_file *config,
				      const char *profile,
				      char region[static RD_AWS_REGION_TEXT]);
