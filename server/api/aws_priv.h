/* api/aws_priv.h - what the files of the AWS-compatible front share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * aws_front.c takes a request from its signature to its operation; aws_route.c
 * finds the operation and decodes what is in the target; aws_answer.c writes
 * answers and errors; aws_meetings.c, aws_connect.c, aws_participant.c and
 * aws_voice.c have the operations of one service each, with their rules.
 */
#pragma once
#include "api/aws_front.h"
#include "api/aws_rule.h"
#include "wire/json.h"

enum rd_aws_service {
	RD_AWS_CONNECT,
	RD_AWS_PARTICIPANT,
	RD_AWS_MEETINGS,
	RD_AWS_VOICE,
	RD_AWS_SERVICES,
};

/* What can be wrong; each service has its own name and status for it. */
enum rd_aws_fault {
	RD_AWS_INVALID, /* a member */
	RD_AWS_UNREADABLE,
	RD_AWS_TOO_LARGE,
	RD_AWS_DENIED,
	RD_AWS_UNKNOWN, /* such a resource */
	RD_AWS_OVER,    /* the contact */
	RD_AWS_CONFLICT,
	RD_AWS_LIMIT,
	RD_AWS_UNPROCESSABLE,
	RD_AWS_THROTTLED,
	RD_AWS_INTERNAL,
	RD_AWS_BUSY, /* for now */
	RD_AWS_FAULTS,
};

enum {
	RD_AWS_PARAMS = 2,
	RD_AWS_PARAM_TEXT = 1040, /* 256 code points */
	RD_AWS_NEXT_TEXT = 128,   /* of next-token: one of ours */
	RD_AWS_BEARER_TEXT = 1001,
	RD_AWS_TAKEN = 1024, /* messages remembered */
};

struct rd_aws_request;

struct rd_aws_operation {
	const char *name;
	enum rd_aws_service service;
	const char *method;
	const char *path;  /* "/meetings/{MeetingId}/attendees" */
	const char *query; /* the value of `operation`; NULL: none */
	/* Of the path's parameters, in their order. */
	const struct rd_aws_rule *params;
	const struct rd_aws_rule *body; /* NULL: none is read */
	bool has_pages;                 /* max-results, next-token */
	unsigned status;                /* of success */
	/* Lists ThrottlingException; the front door says
	 * TooManyRequestsException otherwise.  Of Connect. */
	bool lists_throttling;
	bool begins; /* something that would hold up the end of the server */
	void (*answer)(struct rd_aws_request *r);
};

struct rd_aws_operations {
	const struct rd_aws_operation *at;
	size_t count;
};
extern const struct rd_aws_operations rd_aws_connect_operations;
extern const struct rd_aws_operations rd_aws_participant_operations;
extern const struct rd_aws_operations rd_aws_meetings_operations;
extern const struct rd_aws_operations rd_aws_voice_operations;

/* A request on its way through the front. */
struct rd_aws_request {
	struct rd_aws_front *front;
	struct rd_http_request *http;
	/* NULL: none was found */
	const struct rd_aws_operation *operation;
	enum rd_aws_service service;
	char id[37];

	char params[RD_AWS_PARAMS][RD_AWS_PARAM_TEXT];
	const struct rd_json *body; /* an object; NULL: none is read */
	unsigned max_results;       /* 0: not given */
	char next_token[RD_AWS_NEXT_TEXT];
	char bearer[RD_AWS_BEARER_TEXT]; /* of the participant service */
	uint64_t now_ms;
	uint64_t wall_ms;
};

struct rd_aws_taken { /* a message that was taken */
	uint64_t key;
	uint64_t wall_ms; /* 0: none */
	char id[37];
};

struct rd_aws_front {
	struct rd_aws_front_cfg cfg; /* lent to us */

	struct rd_aws_bucket *buckets; /* one of each operation */
	struct rd_aws_voice *voice;
	struct rd_aws_taken taken[RD_AWS_TAKEN]; /* a ring */
	unsigned taken_next;
	uint64_t taken_seed;
	bool is_draining;
};

/* --- aws_route.c --------------------------------------------------------- */

/* All operations, in the order of the services; NULL past the end. */
const struct rd_aws_operation *rd_aws_operation_at(size_t index);
/* Finds operation and service of r, and its number in that order; the path's
 * parameters are set, decoded after the path was split.  RD_E_NOTFOUND: no
 * such operation; RD_E_SIZE: a parameter is too long; RD_E_FORMAT: percent
 * signs. */
RD_MUST_USE enum rd_err rd_aws_find(struct rd_aws_request *r,
				    struct rd_span method, struct rd_span path,
				    struct rd_span query, size_t *index);
/* Sets max_results and next_token. */
enum rd_aws_verdict rd_aws_read_pages(struct rd_aws_request *r,
				      struct rd_span query,
				      struct rd_complaint *why);

/* --- aws_answer.c -------------------------------------------------------- */

/* Answers with status; j may be NULL for an answer without body, and is
 * dropped.  In all of these r->http is gone afterwards. */
void rd_aws_reply(struct rd_aws_request *r, unsigned status,
		  struct rd_json_out *j);
/* Answers 200 (or what the operation says) with {}. */
void rd_aws_reply_empty(struct rd_aws_request *r);
/* Answers with the name that the service has for the fault. */
void rd_aws_refuse(struct rd_aws_request *r, enum rd_aws_fault fault,
		   const char *fmt, ...) RD_PRINTF(3, 4);
/* The same for what no service's model has: signatures, unknown operations. */
void rd_aws_refuse_as(struct rd_aws_request *r, const char *name,
		      unsigned status, const char *message);
/* What a fault is called; for the tests too. */
const char *rd_aws_fault_name(const struct rd_aws_operation *op,
			      enum rd_aws_service service,
			      enum rd_aws_fault fault, unsigned *status);
/* From an error of what is below: RD_E_NOTFOUND is UNKNOWN and so on. */
enum rd_aws_fault rd_aws_fault_of(enum rd_err err);

/* --- aws_things.c -------------------------------------------------------- */

/* What was made by clients, and what is configured. */
RD_MUST_USE enum rd_err rd_aws_voice_open(struct rd_aws_voice **out,
					  struct rd_aws_front *f,
					  uint64_t wall_ms);
void rd_aws_voice_close(struct rd_aws_voice *v); /* NULL is fine */
