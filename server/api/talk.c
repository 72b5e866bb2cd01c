/* api/talk.c - what a caller does with a talk: hold it, and say how it was.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/api_priv.h"

enum {
	RETRY_S = 10
};

static void answer(const struct rd_api_request *r,
		   const struct rd_call_view *view, enum rd_err err,
		   const char *why)
{
	switch (err) {
	case RD_OK:
		rd_api_say_done(r, view);
		return;
	case RD_E_FORMAT:
		rd_api_refuse(r, RD_REASON_BAD_REQUEST, why);
		return;
	case RD_E_STATE:
	case RD_E_NOTFOUND: /* only in the records any more */
		rd_api_refuse(r, RD_REASON_WRONG_STATE, why);
		return;
	case RD_E_FULL:
	case RD_E_LIMIT:
		rd_api_problem(r, &(struct rd_api_problem){
					  .reason = RD_REASON_LIMIT_RATE,
					  .retry_after_s = RETRY_S });
		return;
	default:
		rd_api_refuse(r, RD_REASON_INTERNAL, NULL);
		return;
	}
}

static void hold(const struct rd_api_request *r,
		 const struct rd_call_view *view)
{
	const char *why = NULL;
	bool is_on = false;
	enum rd_err err = rd_api_read_hold(&is_on, rd_http_body(r->http), &why);

	if (err == RD_OK) {
		why = "The call cannot be held now.";
		err = rd_switchboard_hold(r->api->cfg.switchboard, view->ref,
					  is_on);
	}
	answer(r, view, err, why);
}

void rd_api_hold_call(const struct rd_api_request *r)
{
	if (!rd_api_has_json(r->http))
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
	else
		rd_api_look(r, hold);
}

static void rate(const struct rd_api_request *r,
		 const struct rd_call_view *view)
{
	const char *why = NULL;
	struct rd_api_rating rating;
	enum rd_err err =
		rd_api_read_rating(&rating, rd_http_body(r->http), &why);

	if (err == RD_OK) {
		why = "The call ended too long ago.";
		err = rd_switchboard_rate(r->api->cfg.switchboard, view->ref,
					  rating.score, rating.tags);
	}
	answer(r, view, err, why);
}

void rd_api_rate_call(const struct rd_api_request *r)
{
	if (!rd_api_has_json(r->http))
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
	else
		rd_api_look(r, rate);
}
