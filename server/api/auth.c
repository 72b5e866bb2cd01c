/* api/auth.c - who asks, by the Authorization header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/api_priv.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/text.h"

struct check { /* a token whose issuer's keys are being fetched */
	struct rd_api *api;
	uint32_t ticket;
	rd_api_checked *done;
	void *arg;
	struct rd_list in_api;
};

bool rd_api_has_token(const struct rd_http_request *http)
{
	return rd_http_header_count(http, "Authorization") > 0;
}

/* RFC 6750 2.1.  Empty: there is none, or it is of another kind. */
static struct rd_span bearer_of(const struct rd_http_request *http)
{
	static const char scheme[] = "bearer";
	struct rd_span value = rd_http_header(http, "Authorization");
	size_t skip = sizeof(scheme) - 1;

	if (rd_http_header_count(http, "Authorization") != 1 ||
	    value.len <= skip || value.at[skip] != ' ' ||
	    !rd_text_equal_nocase(rd_span(value.at, skip), scheme))
		return RD_SPAN_NONE;
	while (skip < value.len && value.at[skip] == ' ')
		skip++;
	return rd_span(value.at + skip, value.len - skip);
}

static void tell(rd_api_checked *done, void *arg, enum rd_err err,
		 const struct rd_caller *caller)
{
	struct rd_api_who who = { .err = err,
				  .reason = err == RD_OK
						    ? RD_REASON_NONE
						    : rd_problem_of_token(err),
				  .caller = err == RD_OK ? caller : NULL };

	done(arg, &who);
}

static void on_checked(void *arg, enum rd_err err,
		       const struct rd_caller *caller)
{
	struct check *c = arg;
	rd_api_checked *done = c->done;
	void *done_arg = c->arg;

	rd_list_remove(&c->in_api);
	rd_free(c);
	tell(done, done_arg, err, caller);
}

void rd_api_check_token(struct rd_api *a, const struct rd_http_request *http,
			rd_api_checked *done, void *arg)
{
	struct rd_span token = bearer_of(http);
	struct rd_caller caller;
	struct check *c;
	enum rd_err err;

	if (!token.len) {
		tell(done, arg, RD_E_AUTH, NULL);
		return;
	}
	c = rd_zalloc(sizeof(*c));
	if (!c) {
		tell(done, arg, RD_E_NOMEM, NULL);
		return;
	}
	c->api = a;
	c->done = done;
	c->arg = arg;
	err = rd_identity_ask(a->cfg.identity, token,
			      rd_loop_now_ms(a->cfg.loop), rd_clock_wall_ms(),
			      &caller, on_checked, c, &c->ticket);
	if (err == RD_E_AGAIN) {
		rd_list_push(&a->checks, &c->in_api);
		return;
	}
	rd_free(c);
	tell(done, arg, err, &caller);
}

void rd_api_close_checks(struct rd_api *a)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&a->checks))) {
		struct check *c = rd_container(item, struct check, in_api);

		rd_identity_cancel(a->cfg.identity, c->ticket);
		rd_free(c);
	}
}
