/* api/aws_answer.c - answers and errors, in the form of each service.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdarg.h>
#include <stdio.h>

#include "api/aws_priv.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"

enum {
	RETRY_AFTER_S = 1,
	MOST_FIELDS = 8,
};

struct shape {
	const char *name;
	unsigned status;
};

/* Of the published models; what a service does not have stands under the name
 * that its clients take for it. */
static const struct shape shapes[RD_AWS_SERVICES][RD_AWS_FAULTS] = {
	[RD_AWS_CONNECT] = {
		[RD_AWS_INVALID] = { "InvalidParameterException", 400 },
		[RD_AWS_UNREADABLE] = { "SerializationException", 400 },
		[RD_AWS_TOO_LARGE] = { "InvalidRequestException", 413 },
		[RD_AWS_DENIED] = { "AccessDeniedException", 403 },
		[RD_AWS_UNKNOWN] = { "ResourceNotFoundException", 404 },
		[RD_AWS_OVER] = { "ContactNotFoundException", 410 },
		[RD_AWS_CONFLICT] = { "InvalidRequestException", 400 },
		[RD_AWS_LIMIT] = { "LimitExceededException", 429 },
		[RD_AWS_UNPROCESSABLE] = { "InvalidRequestException", 400 },
		[RD_AWS_THROTTLED] = { "TooManyRequestsException", 429 },
		[RD_AWS_INTERNAL] = { "InternalServiceException", 500 },
		[RD_AWS_BUSY] = { "LimitExceededException", 429 },
	},
	[RD_AWS_PARTICIPANT] = {
		[RD_AWS_INVALID] = { "ValidationException", 400 },
		[RD_AWS_UNREADABLE] = { "SerializationException", 400 },
		[RD_AWS_TOO_LARGE] = { "ValidationException", 413 },
		[RD_AWS_DENIED] = { "AccessDeniedException", 403 },
		[RD_AWS_UNKNOWN] = { "AccessDeniedException", 403 },
		[RD_AWS_OVER] = { "AccessDeniedException", 403 },
		[RD_AWS_CONFLICT] = { "ConflictException", 409 },
		[RD_AWS_LIMIT] = { "ThrottlingException", 429 },
		[RD_AWS_UNPROCESSABLE] = { "ValidationException", 400 },
		[RD_AWS_THROTTLED] = { "ThrottlingException", 429 },
		[RD_AWS_INTERNAL] = { "InternalServerException", 500 },
		[RD_AWS_BUSY] = { "ThrottlingException", 429 },
	},
	[RD_AWS_MEETINGS] = {
		[RD_AWS_INVALID] = { "BadRequestException", 400 },
		[RD_AWS_UNREADABLE] = { "SerializationException", 400 },
		[RD_AWS_TOO_LARGE] = { "BadRequestException", 413 },
		[RD_AWS_DENIED] = { "ForbiddenException", 403 },
		[RD_AWS_UNKNOWN] = { "NotFoundException", 404 },
		[RD_AWS_OVER] = { "NotFoundException", 404 },
		[RD_AWS_CONFLICT] = { "ConflictException", 409 },
		[RD_AWS_LIMIT] = { "LimitExceededException", 400 },
		[RD_AWS_UNPROCESSABLE] = { "UnprocessableEntityException",
					   422 },
		[RD_AWS_THROTTLED] = { "ThrottlingException", 429 },
		[RD_AWS_INTERNAL] = { "ServiceFailureException", 500 },
		[RD_AWS_BUSY] = { "ServiceUnavailableException", 503 },
	},
	[RD_AWS_VOICE] = {
		[RD_AWS_INVALID] = { "BadRequestException", 400 },
		[RD_AWS_UNREADABLE] = { "SerializationException", 400 },
		[RD_AWS_TOO_LARGE] = { "BadRequestException", 413 },
		[RD_AWS_DENIED] = { "ForbiddenException", 403 },
		[RD_AWS_UNKNOWN] = { "NotFoundException", 404 },
		[RD_AWS_OVER] = { "NotFoundException", 404 },
		[RD_AWS_CONFLICT] = { "ConflictException", 409 },
		[RD_AWS_LIMIT] = { "ResourceLimitExceededException", 400 },
		[RD_AWS_UNPROCESSABLE] = { "BadRequestException", 400 },
		[RD_AWS_THROTTLED] = { "ThrottledClientException", 429 },
		[RD_AWS_INTERNAL] = { "ServiceFailureException", 500 },
		[RD_AWS_BUSY] = { "ServiceUnavailableException", 503 },
	},
};

static const char *const class_labels[] = { "2xx", "4xx", "5xx" };
RD_COUNTERS(answers, "ringdown_aws_answers_total",
	    "Answers of the AWS-compatible listener, by class of status.",
	    "class", class_labels);

const char *rd_aws_fault_name(const struct rd_aws_operation *op,
			      enum rd_aws_service service,
			      enum rd_aws_fault fault, unsigned *status)
{
	const struct shape *s = &shapes[service][fault];

	*status = s->status;
	if (service == RD_AWS_CONNECT && fault == RD_AWS_THROTTLED && op &&
	    op->lists_throttling)
		return "ThrottlingException";
	return s->name;
}

enum rd_aws_fault rd_aws_fault_of(enum rd_err err)
{
	switch (err) {
	case RD_E_NOTFOUND:
		return RD_AWS_UNKNOWN;
	case RD_E_CLOSED:
	case RD_E_EXPIRED:
		return RD_AWS_OVER;
	case RD_E_EXISTS:
	case RD_E_STATE:
		return RD_AWS_CONFLICT;
	case RD_E_AUTH:
	case RD_E_DENIED:
		return RD_AWS_DENIED;
	case RD_E_LIMIT:
		return RD_AWS_LIMIT;
	case RD_E_FULL:
	case RD_E_AGAIN:
		return RD_AWS_BUSY;
	case RD_E_FORMAT:
	case RD_E_SIZE:
	case RD_E_RANGE:
	case RD_E_UNSUPPORTED:
		return RD_AWS_INVALID;
	default:
		return RD_AWS_INTERNAL;
	}
}

static void count_answer(unsigned status)
{
	rd_metric_add(&answers, status < 300 ? 0 : status < 500 ? 1 : 2, 1);
}

static void answer(struct rd_aws_request *r, unsigned status, const char *name,
		   struct rd_json_out *j)
{
	static const char seconds[] = { '0' + RETRY_AFTER_S, '\0' };
	struct rd_http_field fields[MOST_FIELDS];
	struct rd_http_answer a = { .status = status,
				    .fields = fields,
				    .kind = RD_HTTP_COPY };

	fields[a.field_count++] =
		(struct rd_http_field){ "x-amzn-RequestId", r->id };
	fields[a.field_count++] =
		(struct rd_http_field){ "Cache-Control", "no-store" };
	if (name)
		fields[a.field_count++] =
			(struct rd_http_field){ "x-amzn-ErrorType", name };
	if (status == 429 || status == 503) {
		fields[a.field_count++] =
			(struct rd_http_field){ "Retry-After", seconds };
		fields[a.field_count++] =
			(struct rd_http_field){ "x-amz-retry-after", "1000" };
	}
	if (j) {
		fields[a.field_count++] =
			(struct rd_http_field){ "Content-Type",
						"application/json" };
		a.body = rd_json_done(j);
	}
	count_answer(status);
	rd_http_answer(r->http, &a);
	r->http = NULL;
	if (j)
		rd_json_drop(j);
}

/* "NotFoundException" is "NotFound" in a body of Chime. */
static void write_code(struct rd_json_out *j, const char *name)
{
	static const char suffix[] = "Exception";
	char code[64];
	size_t n = strlen(name);

	if (n > sizeof(suffix) - 1 &&
	    !strcmp(name + n - (sizeof(suffix) - 1), suffix))
		n -= sizeof(suffix) - 1;
	/* Voice says Throttled and Unauthorized of its clients. */
	if (n > 6 && !strncmp(name + n - 6, "Client", 6))
		n -= 6;
	rd_text_copy(code, sizeof(code), rd_span(name, n));
	rd_json_text(j, "Code", code);
}

/* is_front_door: what no service's model has, in the form that all share. */
static void refuse(struct rd_aws_request *r, const char *name, unsigned status,
		   const char *message, bool is_front_door)
{
	bool is_meetings = r->service == RD_AWS_MEETINGS;
	char buf[2048];
	struct rd_json_out j = rd_json_out(buf, sizeof(buf));

	rd_json_begin(&j, NULL);
	if (!is_front_door && (is_meetings || r->service == RD_AWS_VOICE))
		write_code(&j, name);
	rd_json_text(&j, is_front_door ? "message" : "Message", message);
	if (!is_front_door && is_meetings)
		rd_json_text(&j, "RequestId", r->id);
	rd_json_end(&j);
	rd_log(status >= 500 ? RD_LOG_WARN : RD_LOG_INFO, "api",
	       "event=\"aws request refused\" operation=%s name=%s status=%u "
	       "request=%s",
	       r->operation ? r->operation->name : "none", name, status, r->id);
	answer(r, status, name, rd_json_failed(&j) ? NULL : &j);
}

void rd_aws_refuse_as(struct rd_aws_request *r, const char *name,
		      unsigned status, const char *message)
{
	refuse(r, name, status, message, true);
}

void rd_aws_refuse(struct rd_aws_request *r, enum rd_aws_fault fault,
		   const char *fmt, ...)
{
	char text[400];
	unsigned status;
	const char *name =
		rd_aws_fault_name(r->operation, r->service, fault, &status);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	refuse(r, name, status, text, fault == RD_AWS_UNREADABLE);
}

void rd_aws_reply(struct rd_aws_request *r, unsigned status,
		  struct rd_json_out *j)
{
	if (j && rd_json_failed(j)) {
		rd_json_drop(j);
		rd_aws_refuse(r, RD_AWS_INTERNAL, "There is no memory for it");
		return;
	}
	answer(r, status, NULL, j);
}

void rd_aws_reply_empty(struct rd_aws_request *r)
{
	char buf[8];
	struct rd_json_out j = rd_json_out(buf, sizeof(buf));

	rd_json_begin(&j, NULL);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}
