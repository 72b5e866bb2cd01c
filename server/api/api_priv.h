/* api/api_priv.h - what the files of the api share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * api.c finds the route and answers what belongs to none; calls.c, resume.c,
 * talk.c, preflight.c,
 * events.c, files.c and operations.c have one function per route; reply.c sends
 * answers and problems; auth.c asks who it is.
 */
#pragma once
#include "api/api.h"
#include "api/body.h"
#include "api/rates.h"
#include "base/metrics.h"
#include "identity/identity.h"
#include "provider/engine.h"
#include "provider/switchboard.h"
#include "wire/json.h"

enum {
	RD_API_KEY_MOST = 128,   /* Idempotency-Key */
	RD_API_JSON_MOST = 8192, /* of an answer of ours */
};

struct rd_files;
struct rd_preflights;

struct rd_api {
	struct rd_api_cfg cfg; /* lent to us */

	struct rd_preflights *preflights;
	struct rd_files *files; /* NULL: no widget */
	struct rd_list streams; /* struct events.in_api */
	struct rd_list waiting; /* struct waiting.in_api, of calls.c */
	struct rd_list checks;  /* struct check.in_api, of auth.c */
	struct rd_rates rates;  /* of wrong resume keys, by address */
};

enum rd_api_route {
#define ROUTE(name, path, methods, who) RD_ROUTE_##name,
#include "api/routes.def"
#undef ROUTE
	RD_ROUTE_COUNT
};

/* A request on its way through the api.  param: what stood for the route's
 * {parameter}. */
struct rd_api_request {
	struct rd_api *api;
	struct rd_http_request *http;
	enum rd_api_route route;
	struct rd_span param;
};

/* --- reply.c --- */

struct rd_api_reply {
	unsigned status;
	const char *content_type; /* NULL: no body */
	struct rd_span body;
	const struct rd_http_field *fields; /* beyond the usual ones */
	size_t field_count;
	/* Only its origins may read the answer; NULL: those of any. */
	const struct rd_destination *destination;
};
/* Answers, with the headers of CORS and caution.  r->http is gone. */
void rd_api_reply(const struct rd_api_request *r,
		  const struct rd_api_reply *reply);
/* The headers that rd_api_reply adds, for a stream.  fields holds
 * RD_API_FIELDS; returns how many were set. */
enum {
	RD_API_FIELDS = 16
};
size_t rd_api_usual_fields(const struct rd_api_request *r,
			   const struct rd_destination *destination,
			   struct rd_http_field *fields, char *origin,
			   size_t origin_size);

struct rd_api_problem {
	enum rd_reason reason;
	unsigned status;    /* 0: the one of the reason */
	const char *detail; /* of ours, never of the request; NULL */
	/* 0: drawn for 429 and 503, not said otherwise */
	unsigned retry_after_s;
	const char *allow;   /* of a 405 */
	const char *upgrade; /* of a 426 */
	const struct rd_destination *destination;
};
/* application/problem+json (RFC 9457). */
void rd_api_problem(const struct rd_api_request *r,
		    const struct rd_api_problem *p);
/* The short form. */
void rd_api_refuse(const struct rd_api_request *r, enum rd_reason reason,
		   const char *detail);
/* Whether a page of that origin may read answers about the destination
 * (NULL: about any). */
bool rd_api_allows_origin(const struct rd_api *a,
			  const struct rd_destination *d,
			  struct rd_span origin);

/* --- digest.c --- */
void rd_api_sha256(struct rd_span of, uint8_t out[static 32]);

/* --- auth.c --- */

struct rd_api_who {
	enum rd_err err;                /* RD_OK: caller is set */
	enum rd_reason reason;          /* auth_...; provider_down */
	const struct rd_caller *caller; /* lent during done */
};
typedef void rd_api_checked(void *arg, const struct rd_api_who *who);
/* Checks the Bearer token of the request.  done is called once, maybe before
 * this returns. */
void rd_api_check_token(struct rd_api *a, const struct rd_http_request *http,
			rd_api_checked *done, void *arg);
void rd_api_close_checks(struct rd_api *a);
/* Whether there is an Authorization header at all. */
bool rd_api_has_token(const struct rd_http_request *http);

/* --- the routes --- */
void rd_api_start_call(const struct rd_api_request *r);
void rd_api_get_call(const struct rd_api_request *r);
void rd_api_delete_call(const struct rd_api_request *r);
void rd_api_send_digits(const struct rd_api_request *r);
void rd_api_hold_call(const struct rd_api_request *r);
void rd_api_rate_call(const struct rd_api_request *r);
void rd_api_leave_call(const struct rd_api_request *r);
void rd_api_resume_call(const struct rd_api_request *r);
void rd_api_get_events(const struct rd_api_request *r);
void rd_api_start_preflight(const struct rd_api_request *r);
void rd_api_end_preflight(const struct rd_api_request *r);
void rd_api_get_destination(const struct rd_api_request *r);
void rd_api_take_client_events(const struct rd_api_request *r);
void rd_api_get_file(const struct rd_api_request *r);
void rd_api_get_build_page(const struct rd_api_request *r);
void rd_api_get_frame(const struct rd_api_request *r);
void rd_api_get_csp(const struct rd_api_request *r);
void rd_api_get_health(const struct rd_api_request *r);
void rd_api_get_ready(const struct rd_api_request *r);
void rd_api_get_metrics(const struct rd_api_request *r);

/* --- calls.c --- */

/* Looks the call of the request up for whoever asks, and calls back with the
 * request still unanswered; answers 401 or 404 itself otherwise. */
typedef void rd_api_found(const struct rd_api_request *r,
			  const struct rd_call_view *view);
void rd_api_look(const struct rd_api_request *r, rd_api_found *found);
/* The same with a key that did not come by the header. */
void rd_api_look_by_key(const struct rd_api_request *r, struct rd_span key,
			rd_api_found *found);
void rd_api_close_calls(struct rd_api *a);
/* 204, readable for the origins of the call's destination. */
void rd_api_say_done(const struct rd_api_request *r,
		     const struct rd_call_view *view);
/* What is said of a call to whoever may join it: status is 201, or 200 for
 * one that goes on. */
void rd_api_answer_joining(const struct rd_api_request *r, unsigned status,
			   const struct rd_start_answer *a,
			   const struct rd_destination *destination);
/* RFC 9562 4, lower case, as we make them. */
bool rd_api_is_uuid(struct rd_span text);
/* application/json, whatever its parameters (T19: a form gets 415). */
bool rd_api_has_json(const struct rd_http_request *http);
/* A page may only start calls to destinations that list its origin; a native
 * app has none (T19, T20). */
bool rd_api_may_start_from_here(const struct rd_api_request *r,
				const struct rd_destination *d);
/* The page's; RD_SPAN_NONE: none, or more than one. */
struct rd_span rd_api_origin(const struct rd_http_request *http);

/* --- events.c --- */
void rd_api_close_events(struct rd_api *a);

/* --- preflight.c --- */
RD_MUST_USE enum rd_err rd_preflights_open(struct rd_preflights **out,
					   struct rd_api *a);
void rd_preflights_close(struct rd_preflights *p); /* NULL is fine */

/* --- files.c --- */
RD_MUST_USE enum rd_err rd_files_open(struct rd_files **out, const char *folder,
				      struct rd_complaint *why);
void rd_files_close(struct rd_files *f); /* NULL is fine */
/* A page of the folder under that policy; 404 if there is none. */
void rd_api_answer_page(const struct rd_api_request *r, const char *name,
			const char *policy);
