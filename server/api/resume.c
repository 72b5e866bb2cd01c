/* api/resume.c - a page of a call that goes, and the next one.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whoever resumes shows neither token nor call key: a page that has just
 * loaded has none.  All that is wrong gets the answer for an unknown id (T22),
 * and beyond some number of an address it is told to wait.  A right key is
 * never refused for others' wrong ones: it is too long to be guessed, and many
 * people share an address.
 */
#include "api/api_priv.h"
#include "api/problem.h"
#include "base/secret.h"
#include "base/text.h"

enum {
	WRONG_MOST = 60, /* of one address, in WRONG_MS */
	WRONG_MS = 60000,
	RETRY_S = 30,
};

/* --- leaving ------------------------------------------------------------- */

static void leave(const struct rd_api_request *r,
		  const struct rd_call_view *view)
{
	rd_call_ref ref = view->ref;
	struct rd_switchboard *s = r->api->cfg.switchboard;

	rd_api_say_done(r, view);
	rd_switchboard_leaving(s, ref);
}

/* A page of another origin that sends a header must first ask whether it may
 * (Fetch 4.8), and a page that goes does not hear the answer.  The key alone
 * as text/plain needs no asking; whoever knows it may, wherever it stands. */
void rd_api_leave_call(const struct rd_api_request *r)
{
	struct rd_span body = rd_http_body(r->http);

	if (!rd_http_header_count(r->http, "Ringdown-Call-Key") &&
	    body.len == RD_CALL_KEY_TEXT - 1)
		rd_api_look_by_key(r, body, leave);
	else
		rd_api_look(r, leave);
}

/* --- resuming ------------------------------------------------------------ */

/* False: the address has been wrong too often. */
static bool may_be_wrong(const struct rd_api_request *r)
{
	struct rd_rates *rates = &r->api->rates;
	const struct rd_addr *from = rd_http_client(r->http);
	uint64_t now_ms = rd_loop_now_ms(r->api->cfg.loop);

	if (rd_rates_is_over(rates, from, WRONG_MOST, WRONG_MS, now_ms))
		return false;
	rd_rates_count(rates, from, WRONG_MS, now_ms);
	return true;
}

static void refuse(const struct rd_api_request *r, enum rd_err err)
{
	if (err == RD_E_NOTFOUND && !may_be_wrong(r))
		err = RD_E_LIMIT;
	switch (err) {
	case RD_E_NOTFOUND:
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
		return;
	case RD_E_STATE:
		rd_api_refuse(r, RD_REASON_ELSEWHERE,
			      "A page that is alive has this call.");
		return;
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

static void resume(const struct rd_api_request *r, const char *call_id,
		   const char *key)
{
	struct rd_switchboard *s = r->api->cfg.switchboard;
	struct rd_resume_request request = {
		.call_id = call_id,
		.resume_key = rd_span_text(key),
		.origin = rd_api_origin(r->http),
	};
	struct rd_start_answer answer;
	struct rd_joining joining;
	enum rd_err err = rd_switchboard_resume(s, &request, &answer, &joining);

	if (err)
		refuse(r, err);
	else
		rd_api_answer_joining(r, 200, &answer, NULL);
	rd_wipe(&joining, sizeof(joining));
}

/* A page of an origin that no destination lists is told so, as at the start of
 * a call; of one that is listed elsewhere, that there is no such call. */
static bool is_foreign(const struct rd_api_request *r)
{
	unsigned origins = rd_http_header_count(r->http, "Origin");

	return origins > 1 ||
	       (origins &&
		!rd_api_allows_origin(r->api, NULL, rd_api_origin(r->http)));
}

void rd_api_resume_call(const struct rd_api_request *r)
{
	char key[RD_API_RESUME_KEY_MOST + 1], call_id[RD_CALL_ID_TEXT];
	const char *why = NULL;
	enum rd_err err;

	if (!rd_api_has_json(r->http)) {
		rd_api_refuse(r, RD_REASON_UNSUPPORTED_MEDIA_TYPE, NULL);
		return;
	}
	if (is_foreign(r)) {
		rd_api_refuse(r, RD_REASON_FORBIDDEN_DESTINATION, NULL);
		return;
	}
	err = rd_api_read_resume(key, rd_http_body(r->http), &why);
	if (err == RD_OK && !rd_api_is_uuid(r->param)) {
		refuse(r, RD_E_NOTFOUND);
	} else if (err == RD_OK) {
		rd_text_copy(call_id, sizeof(call_id), r->param);
		resume(r, call_id, key);
	} else {
		rd_api_refuse(r,
			      err == RD_E_NOMEM ? RD_REASON_INTERNAL
						: RD_REASON_BAD_REQUEST,
			      why);
	}
	rd_wipe(key, sizeof(key));
}
