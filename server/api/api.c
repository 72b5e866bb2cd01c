/* api/api.c - from a request to its route.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/api_priv.h"
#include "provider/engine_room.h"

#include <stdio.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

enum {
	GET = 1,
	POST = 2,
	DELETE = 4
};
enum {
	PUBLIC = RD_API_PUBLIC,
	OPERATIONS = RD_API_OPERATIONS
};

static const struct route {
	const char *path;
	unsigned methods;
	unsigned who;
} routes[] = {
#define ROUTE(name, path, methods, who) { path, methods, who },
#include "api/routes.def"
#undef ROUTE
};

static const char *const route_paths[] = {
#define ROUTE(name, path, methods, who) path,
#include "api/routes.def"
#undef ROUTE
	"none",
};
RD_COUNTERS(requests, "ringdown_api_requests_total",
	    "Requests, by the route that took them.", "route", route_paths);

/* --- which route --------------------------------------------------------- */

/* One {parameter} stands for one or more characters that are no slash. */
static bool matches(const char *pattern, struct rd_span path,
		    struct rd_span *param)
{
	const char *open = strchr(pattern, '{');
	size_t head, tail;

	*param = RD_SPAN_NONE;
	if (!open)
		return rd_span_is(path, pattern);
	head = (size_t)(open - pattern);
	tail = strlen(strchr(open, '}') + 1);
	if (path.len <= head + tail || memcmp(path.at, pattern, head) != 0 ||
	    memcmp(path.at + path.len - tail, strchr(open, '}') + 1, tail) != 0)
		return false;
	*param = rd_span(path.at + head, path.len - head - tail);
	return !memchr(param->at, '/', param->len);
}

/* Operations have a listener of their own, or are for this machine only: what
 * a proxy sends on in somebody's name is not from here. */
static bool may_see(const struct rd_http_request *http, unsigned who)
{
	unsigned tag = rd_http_request_listener(http);

	if (who & tag)
		return true;
	return who == OPERATIONS && (tag & RD_API_OPERATIONS_LOCAL) &&
	       rd_addr_is_loopback(rd_http_client(http)) &&
	       !rd_http_header_count(http, "X-Forwarded-For") &&
	       !rd_http_header_count(http, "Forwarded");
}

static bool find_route(struct rd_api_request *r)
{
	struct rd_span path = rd_http_path(r->http);

	for (unsigned i = 0; i < RD_COUNT(routes); i++) {
		if (!matches(routes[i].path, path, &r->param) ||
		    !may_see(r->http, routes[i].who))
			continue;
		r->route = (enum rd_api_route)i;
		return true;
	}
	return false;
}

/* --- methods ------------------------------------------------------------- */

static unsigned method_of(struct rd_span method)
{
	if (rd_span_is(method, "GET") || rd_span_is(method, "HEAD"))
		return GET;
	if (rd_span_is(method, "POST"))
		return POST;
	return rd_span_is(method, "DELETE") ? DELETE : 0;
}

static const char *allow_of(unsigned methods, char buf[static 64])
{
	snprintf(buf, 64, "%s%s%sOPTIONS", methods & GET ? "GET, HEAD, " : "",
		 methods & POST ? "POST, " : "",
		 methods & DELETE ? "DELETE, " : "");
	return buf;
}

/* CORS asks before it sends (Fetch 4.8); the same for all routes. */
static void answer_options(const struct rd_api_request *r)
{
	char allow[64];
	struct rd_http_field fields[] = {
		{ "Allow", allow },
		{ "Access-Control-Allow-Methods", allow },
		{ "Access-Control-Allow-Headers",
		  "authorization, content-type, idempotency-key, "
		  "ringdown-call-key, last-event-id" },
		{ "Access-Control-Max-Age", "600" },
	};
	struct rd_api_reply reply = { .status = 204,
				      .fields = fields,
				      .field_count = RD_COUNT(fields) };

	allow_of(routes[r->route].methods, allow);
	rd_api_reply(r, &reply);
}

static void refuse_method(const struct rd_api_request *r)
{
	char allow[64];
	struct rd_api_problem p = {
		.reason = RD_REASON_METHOD_NOT_ALLOWED,
		.allow = allow_of(routes[r->route].methods, allow),
	};

	rd_api_problem(r, &p);
}

/* --- the control socket -------------------------------------------------- */

/* A browser always says its origin on a WebSocket, and cannot be made to say
 * another (T18).  A native app says none: what lets it in is the join token,
 * which no foreign page has.  There are no cookies. */
static void open_control(const struct rd_api_request *r)
{
	struct rd_api *a = r->api;
	unsigned origins = rd_http_header_count(r->http, "Origin");
	struct rd_span origin = rd_http_header(r->http, "Origin");
	static const struct rd_api_problem upgrade_required = {
		.reason = RD_REASON_BAD_REQUEST,
		.status = 426, /* RFC 9110 15.5.22 */
		.detail = "This is the place of a WebSocket.",
		.upgrade = "websocket",
	};
	const struct rd_destination *d = NULL;
	const char *name;
	char id[64];
	bool is_room;

	if (r->param.len >= sizeof(id)) {
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
		return;
	}
	if (!rd_ws_is_asked(r->http)) {
		rd_api_problem(r, &upgrade_required);
		return;
	}
	rd_text_copy(id, sizeof(id), r->param);
	name = rd_engine_meeting_destination(a->cfg.engine, id);
	if (name)
		d = rd_switchboard_destination(a->cfg.switchboard, name);
	/* A room belongs to no destination: whoever was given a token for it
	 * may use it from whatever page. */
	is_room = rd_room_is_open(a->cfg.engine, id);
	if (origins > 1 ||
	    (origins && !is_room && !rd_api_allows_origin(a, d, origin))) {
		rd_api_refuse(r, RD_REASON_FORBIDDEN_DESTINATION,
			      "This origin may not open the socket.");
		return;
	}
	/* Draining is told before the upgrade, where the client tries again. */
	if (!name && !is_room &&
	    rd_switchboard_is_draining(a->cfg.switchboard)) {
		rd_api_refuse(r, RD_REASON_DRAINING, NULL);
		return;
	}
	rd_engine_accept_socket(a->cfg.engine, r->http, id);
}

/* --- the handler --------------------------------------------------------- */

static void run(const struct rd_api_request *r, unsigned method)
{
	switch (r->route) {
	case RD_ROUTE_CALLS:
	case RD_ROUTE_START_CALL:
		rd_api_start_call(r);
		return;
	case RD_ROUTE_CALL:
		if (method == DELETE)
			rd_api_delete_call(r);
		else
			rd_api_get_call(r);
		return;
	case RD_ROUTE_LEAVING:
		rd_api_leave_call(r);
		return;
	case RD_ROUTE_RESUME:
		rd_api_resume_call(r);
		return;
	case RD_ROUTE_HOLD:
		rd_api_hold_call(r);
		return;
	case RD_ROUTE_RATING:
		rd_api_rate_call(r);
		return;
	case RD_ROUTE_DIGITS:
		rd_api_send_digits(r);
		return;
	case RD_ROUTE_EVENTS:
		rd_api_get_events(r);
		return;
	case RD_ROUTE_PREFLIGHT:
		rd_api_start_preflight(r);
		return;
	case RD_ROUTE_PREFLIGHT_TEST:
		rd_api_end_preflight(r);
		return;
	case RD_ROUTE_DESTINATION:
		rd_api_get_destination(r);
		return;
	case RD_ROUTE_CONTROL:
		open_control(r);
		return;
	case RD_ROUTE_CLIENT_EVENTS:
		rd_api_take_client_events(r);
		return;
	case RD_ROUTE_HEALTH:
		rd_api_get_health(r);
		return;
	case RD_ROUTE_READY:
		rd_api_get_ready(r);
		return;
	case RD_ROUTE_METRICS:
		rd_api_get_metrics(r);
		return;
	case RD_ROUTE_BUILD_PAGE:
		rd_api_get_build_page(r);
		return;
	case RD_ROUTE_FRAME:
		rd_api_get_frame(r);
		return;
	case RD_ROUTE_CSP:
		rd_api_get_csp(r);
		return;
	case RD_ROUTE_WIDGET:
	case RD_ROUTE_WIDGET_ROOT:
		rd_api_get_file(r);
		return;
	case RD_ROUTE_COUNT:
		break;
	}
	rd_assert(!"a route without function");
}

void rd_api_handle(void *arg, struct rd_http_request *http)
{
	struct rd_api_request r = { .api = arg, .http = http };
	struct rd_span method = rd_http_method(http);
	unsigned bit = method_of(method);

	if (!find_route(&r)) {
		rd_metric_add(&requests, RD_ROUTE_COUNT, 1);
		rd_api_refuse(&r, RD_REASON_NOT_FOUND, NULL);
		return;
	}
	rd_metric_add(&requests, r.route, 1);
	if (rd_span_is(method, "OPTIONS"))
		answer_options(&r);
	else if (!(bit & routes[r.route].methods))
		refuse_method(&r);
	else
		run(&r, bit);
}

void rd_api_refuse_size(void *arg, struct rd_http_request *http)
{
	struct rd_api_request r = { .api = arg, .http = http };

	rd_api_refuse(&r, RD_REASON_TOO_LARGE, NULL);
}

enum rd_err rd_api_open(struct rd_api **out, const struct rd_api_cfg *cfg,
			struct rd_complaint *why)
{
	struct rd_api *a = rd_zalloc(sizeof(*a));
	enum rd_err err = RD_OK;

	*out = NULL;
	if (!a)
		return RD_E_NOMEM;
	a->cfg = *cfg;
	rd_list_init(&a->streams);
	rd_list_init(&a->waiting);
	rd_list_init(&a->checks);
	a->rates.seed = rd_random_u32();
	err = rd_preflights_open(&a->preflights, a);
	if (err == RD_OK && cfg->widget)
		err = rd_files_open(&a->files, cfg->widget, why);
	if (err != RD_OK) {
		rd_api_close(a);
		return err;
	}
	*out = a;
	return RD_OK;
}

void rd_api_close(struct rd_api *a)
{
	if (!a)
		return;
	rd_api_close_checks(a);
	rd_api_close_events(a);
	rd_api_close_calls(a);
	rd_preflights_close(a->preflights);
	rd_files_close(a->files);
	rd_free(a);
}
