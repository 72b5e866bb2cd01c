/* aws/reason.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reason.h"

enum {
	WAIT_S = 5,        /* of what passes by itself */
	WAIT_QUOTA_S = 30, /* until somebody else's call has ended */
	WAIT_MOST_S = 3600,
};

/* Whose trouble a name is. */
enum kind {
	BAD_ASK,  /* our request: settings that do not fit the account */
	NO_RIGHT, /* our keys or their policy */
	NOT_THERE,
	CONFLICT,
	QUOTA, /* as many as the account may have */
	RATE,  /* faster than the account may ask */
	FAILED,
	KINDS
};

static const struct rd_aws_verdict verdicts[KINDS] = {
	[BAD_ASK] = { RD_REASON_INTERNAL, true, false, true, 0 },
	[NO_RIGHT] = { RD_REASON_PROVIDER_DOWN, true, false, true, 0 },
	[NOT_THERE] = { RD_REASON_PROVIDER_DOWN, true, true, true, 0 },
	[CONFLICT] = { RD_REASON_INTERNAL, true, false, false, 0 },
	[QUOTA] = { RD_REASON_QUEUE_FULL, true, false, true, WAIT_QUOTA_S },
	[RATE] = { RD_REASON_QUEUE_FULL, true, false, false, WAIT_S },
	[FAILED] = { RD_REASON_PROVIDER_DOWN, true, false, false, WAIT_S },
};

static const struct {
	const char *name;
	enum kind kind;
} names[] = {
	/* Amazon Connect and its participant service */
	{ "InvalidParameterException", BAD_ASK },
	{ "InvalidRequestException", BAD_ASK },
	{ "InvalidActiveRegionException", BAD_ASK },
	{ "ValidationException", BAD_ASK },
	{ "ServiceQuotaExceededException", QUOTA },
	{ "ResourceNotFoundException", NOT_THERE },
	{ "ContactNotFoundException", NOT_THERE },
	{ "LimitExceededException", QUOTA },
	{ "TooManyRequestsException", RATE },
	{ "ThrottlingException", RATE },
	{ "InternalServiceException", FAILED },
	{ "InternalServerException", FAILED },
	/* the Chime SDK */
	{ "BadRequestException", BAD_ASK },
	{ "UnprocessableEntityException", BAD_ASK },
	{ "ResourceLimitExceededException", QUOTA },
	{ "NotFoundException", NOT_THERE },
	{ "ConflictException", CONFLICT },
	{ "GoneException", NOT_THERE },
	{ "ThrottledClientException", RATE },
	{ "CallsPerSecondLimit", RATE },
	{ "ConcurrentCallLimit", QUOTA },
	{ "ServiceFailureException", FAILED },
	{ "ServiceUnavailableException", FAILED },
	{ "UnauthorizedException", NO_RIGHT },
	{ "UnauthorizedClientException", NO_RIGHT },
	{ "ForbiddenException", NO_RIGHT },
	/* the short codes of older answers */
	{ "BadRequest", BAD_ASK },
	{ "Validation", BAD_ASK },
	{ "Unprocessable", BAD_ASK },
	{ "PreconditionFailed", BAD_ASK },
	{ "NotFound", NOT_THERE },
	{ "Gone", NOT_THERE },
	{ "Conflict", CONFLICT },
	{ "ResourceLimitExceeded", QUOTA },
	{ "Throttled", RATE },
	{ "Throttling", RATE },
	{ "ServiceFailure", FAILED },
	{ "ServiceUnavailable", FAILED },
	{ "Unauthorized", NO_RIGHT },
	{ "Forbidden", NO_RIGHT },
	{ "AccessDenied", NO_RIGHT },
	/* the front door of all services */
	{ "AccessDeniedException", NO_RIGHT },
	{ "MissingAuthenticationTokenException", NO_RIGHT },
	{ "IncompleteSignatureException", NO_RIGHT },
	{ "UnrecognizedClientException", NO_RIGHT },
	{ "InvalidClientTokenId", NO_RIGHT },
	{ "InvalidSignatureException", NO_RIGHT },
	{ "SignatureDoesNotMatch", NO_RIGHT },
	{ "ExpiredTokenException", NO_RIGHT },
	{ "RequestExpired", NO_RIGHT },
	{ "AuthFailure", NO_RIGHT },
	{ "RequestInTheFuture", NO_RIGHT },
	{ "RequestTimeTooSkewed", NO_RIGHT },
	{ "OptInRequired", NO_RIGHT },
	{ "SerializationException", BAD_ASK },
	/* what the standard retry mode counts as throttling */
	{ "ThrottledException", RATE },
	{ "RequestThrottled", RATE },
	{ "RequestThrottledException", RATE },
	{ "RequestLimitExceeded", RATE },
	{ "SlowDown", RATE },
	{ "BandwidthLimitExceeded", RATE },
	{ "PriorRequestNotComplete", RATE },
	{ "ProvisionedThroughputExceededException", RATE },
	{ "TransactionInProgressException", RATE },
	{ "EC2ThrottledException", RATE },
};

static enum kind kind_of_status(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
		return NO_RIGHT;
	case 402:
		return QUOTA;
	case 404:
	case 410:
		return NOT_THERE;
	case 409:
		return CONFLICT;
	case 429:
		return RATE;
	default:
		break;
	}
	if (status >= 400 && status < 500)
		return BAD_ASK;
	return FAILED; /* 5xx, none, and what is no error at all */
}

static enum kind kind_of(const char *name, unsigned status)
{
	for (size_t i = 0; name && i < RD_COUNT(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].kind;
	return kind_of_status(status);
}

struct rd_aws_verdict rd_aws_verdict(const char *name, unsigned status,
				     unsigned retry_after_s)
{
	struct rd_aws_verdict v = verdicts[kind_of(name, status)];

	/* Only who says "later" is believed about when. */
	if (v.retry_after_s && retry_after_s)
		v.retry_after_s = retry_after_s < WAIT_MOST_S ? retry_after_s
							      : WAIT_MOST_S;
	return v;
}

struct rd_aws_verdict rd_aws_judge(const struct rd_aws_result *r)
{
	switch (r->err) {
	case RD_E_LIMIT: /* our own queue has no name for it */
		if (!r->name[0])
			return rd_aws_verdict(NULL, 429, r->retry_after_s);
		break;
	case RD_E_AUTH:
		return verdicts[NO_RIGHT];
	case RD_OK: /* 2xx that cannot be read */
	case RD_E_UPSTREAM:
	case RD_E_TIMEOUT:
		if (!r->name[0])
			return verdicts[FAILED];
		break;
	default:
		break;
	}
	return rd_aws_verdict(r->name, r->status, r->retry_after_s);
}
