/* tests/unit/aws/reason_test.c - every error of AWS leads to its reason.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/reason.h"

/* What the four services may answer, by service, status and name. */
static const struct {
	const char *name;
	unsigned status;
	enum rd_reason reason;
	bool is_gone;
	bool says_when;
} answers[] = {
	/* Amazon Connect */
	{ "InvalidParameterException", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "InvalidRequestException", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "InvalidActiveRegionException", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "ServiceQuotaExceededException", 402, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "AccessDeniedException", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "ResourceNotFoundException", 404, RD_REASON_PROVIDER_DOWN, 1, 0 },
	{ "ConflictException", 409, RD_REASON_INTERNAL, 0, 0 },
	{ "ContactNotFoundException", 410, RD_REASON_PROVIDER_DOWN, 1, 0 },
	{ "LimitExceededException", 429, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "ThrottlingException", 429, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "TooManyRequestsException", 429, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "InternalServiceException", 500, RD_REASON_PROVIDER_DOWN, 0, 1 },
	/* its participant service */
	{ "ValidationException", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "InternalServerException", 500, RD_REASON_PROVIDER_DOWN, 0, 1 },
	/* meetings */
	{ "BadRequestException", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "LimitExceededException", 400, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "UnauthorizedException", 401, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "ForbiddenException", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "NotFoundException", 404, RD_REASON_PROVIDER_DOWN, 1, 0 },
	{ "UnprocessableEntityException", 422, RD_REASON_INTERNAL, 0, 0 },
	{ "ServiceFailureException", 500, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "ServiceUnavailableException", 503, RD_REASON_PROVIDER_DOWN, 0, 1 },
	/* voice */
	{ "ResourceLimitExceededException", 400, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "UnauthorizedClientException", 401, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "CallsPerSecondLimit", 403, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "ConcurrentCallLimit", 403, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "ThrottledClientException", 429, RD_REASON_QUEUE_FULL, 0, 1 },
	/* the front door */
	{ "MissingAuthenticationTokenException", 403, RD_REASON_PROVIDER_DOWN,
	  0, 0 },
	{ "IncompleteSignatureException", 400, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "UnrecognizedClientException", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "InvalidClientTokenId", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "InvalidSignatureException", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "SignatureDoesNotMatch", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "ExpiredTokenException", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "RequestExpired", 400, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "SerializationException", 400, RD_REASON_INTERNAL, 0, 0 },
	/* throttling by other names */
	{ "RequestLimitExceeded", 400, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "SlowDown", 503, RD_REASON_QUEUE_FULL, 0, 1 },
	/* without a name, or with a new one */
	{ "", 400, RD_REASON_INTERNAL, 0, 0 },
	{ "", 401, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "", 402, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "", 403, RD_REASON_PROVIDER_DOWN, 0, 0 },
	{ "", 404, RD_REASON_PROVIDER_DOWN, 1, 0 },
	{ "", 409, RD_REASON_INTERNAL, 0, 0 },
	{ "", 410, RD_REASON_PROVIDER_DOWN, 1, 0 },
	{ "", 422, RD_REASON_INTERNAL, 0, 0 },
	{ "", 429, RD_REASON_QUEUE_FULL, 0, 1 },
	{ "", 500, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "", 502, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "", 503, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "", 504, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "", 0, RD_REASON_PROVIDER_DOWN, 0, 1 },
	{ "NeverHeardOfException", 418, RD_REASON_INTERNAL, 0, 0 },
	{ "NeverHeardOfException", 500, RD_REASON_PROVIDER_DOWN, 0, 1 },
};

TEST(each_error_has_its_reason)
{
	for (size_t i = 0; i < RD_COUNT(answers); i++) {
		struct rd_aws_verdict v =
			rd_aws_verdict(answers[i].name, answers[i].status, 0);

		CHECK_EQ(v.reason, answers[i].reason);
		CHECK_EQ(v.is_gone, answers[i].is_gone);
		CHECK_EQ(v.retry_after_s > 0, answers[i].says_when);
		CHECK(v.may_try_next);
	}
}

TEST(who_says_later_is_believed_within_bounds)
{
	CHECK_EQ(rd_aws_verdict("ThrottlingException", 429, 17).retry_after_s,
		 17);
	CHECK_EQ(rd_aws_verdict("", 503, 9999999).retry_after_s, 3600);
	CHECK_EQ(rd_aws_verdict("AccessDeniedException", 403, 17).retry_after_s,
		 0);
}

TEST(results_without_an_answer_have_a_reason_too)
{
	static const struct {
		enum rd_err err;
		enum rd_reason reason;
	} cases[] = {
		{ RD_E_TIMEOUT, RD_REASON_PROVIDER_DOWN },
		{ RD_E_UPSTREAM, RD_REASON_PROVIDER_DOWN },
		{ RD_E_AUTH, RD_REASON_PROVIDER_DOWN },
		{ RD_E_LIMIT, RD_REASON_QUEUE_FULL },
		{ RD_OK, RD_REASON_PROVIDER_DOWN },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct rd_aws_result r = { .err = cases[i].err, .message = "" };

		CHECK_EQ(rd_aws_judge(&r).reason, cases[i].reason);
		CHECK(rd_aws_judge(&r).may_try_next);
	}
}

/* Reads one shape file of an operation; its errors must all be in a table. */
static unsigned check_shape(const char *path)
{
	static char text[1 << 17];
	FILE *f = fopen(path, "rb");
	struct rd_json *shape;
	const struct rd_json *errors;
	size_t len;

	CHECK(f != NULL);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	CHECK_OK(rd_json_open(&shape, rd_span(text, len), NULL));
	errors = rd_json_get(shape, "errors");
	for (size_t i = 0; i < rd_json_count(errors); i++) {
		const struct rd_json *one = rd_json_at(errors, i);
		const char *name = rd_json_member(one, "name");
		int64_t status = 0;
		bool is_known = false;

		CHECK(rd_json_whole(rd_json_get(one, "status"), &status));
		for (size_t k = 0; k < RD_COUNT(answers); k++)
			is_known |= !strcmp(answers[k].name, name) &&
				    answers[k].status == (unsigned)status;
		if (!is_known)
			fail_msg("%s: %s %d is in no table", path, name,
				 (int)status);
	}
	len = rd_json_count(errors);
	rd_json_close(shape);
	return (unsigned)len;
}

/* Needs a folder of service descriptions, named by RD_AWS_SHAPES. */
TEST(no_error_of_the_services_is_missing_here)
{
	static const char *const services[] = { "connect.",
						"connectparticipant.",
						"chime-sdk-" };
	const char *folder = getenv("RD_AWS_SHAPES");
	DIR *d = folder ? opendir(folder) : NULL;
	struct dirent *entry;
	unsigned seen = 0;

	if (!d)
		skip();
	while ((entry = readdir(d)))
		for (size_t i = 0; i < RD_COUNT(services); i++) {
			char path[600];

			if (strncmp(entry->d_name, services[i],
				    strlen(services[i])) != 0)
				continue;
			snprintf(path, sizeof(path), "%.300s/%.255s", folder,
				 entry->d_name);
			seen += check_shape(path);
		}
	closedir(d);
	CHECK(seen > 100);
}

RD_TESTS(T(each_error_has_its_reason),
	 T(who_says_later_is_believed_within_bounds),
	 T(results_without_an_answer_have_a_reason_too),
	 T(no_error_of_the_services_is_missing_here))
