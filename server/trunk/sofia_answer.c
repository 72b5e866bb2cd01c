/* trunk/sofia_answer.c - what the far end says in a dialog, turned into inputs
 * of the table and events for control.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/call_priv.h"

#include <sofia-sip/nta.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "trunk/sip_text.h"

enum {
	MOST_GLARES = 4, /* 491s in a row before control is told */
};

/* Copies the SDP of a message into buf.  RD_E_SIZE, RD_E_FORMAT. */
static enum rd_err sdp_of(sip_t const *sip, char buf[static RD_TRUNK_SDP])
{
	buf[0] = 0;
	if (!sip || !sip->sip_payload || !sip->sip_payload->pl_len)
		return RD_OK;
	if (!sip->sip_content_type ||
	    strcasecmp(sip->sip_content_type->c_type, "application/sdp") != 0)
		return RD_OK;
	if (sip->sip_payload->pl_len >= RD_TRUNK_SDP)
		return RD_E_SIZE;
	if (memchr(sip->sip_payload->pl_data, 0, sip->sip_payload->pl_len))
		return RD_E_FORMAT;
	memcpy(buf, sip->sip_payload->pl_data, sip->sip_payload->pl_len);
	buf[sip->sip_payload->pl_len] = 0;
	return RD_OK;
}

/* RFC 3326: the first Q.850 cause. */
static unsigned cause_of(sip_t const *sip)
{
	uint64_t cause;

	if (!sip)
		return 0;
	for (sip_reason_t *r = sip->sip_reason; r; r = r->re_next)
		if (r->re_protocol && !strcasecmp(r->re_protocol, "Q.850") &&
		    r->re_cause &&
		    rd_text_u64(rd_span_text(r->re_cause), 1, 127, &cause) ==
			    RD_OK)
			return (unsigned)cause;
	return 0;
}

static unsigned retry_after_of(sip_t const *sip)
{
	if (!sip || !sip->sip_retry_after ||
	    sip->sip_retry_after->af_delta < RETRY_SHIFT_S)
		return 0;
	return (unsigned)(sip->sip_retry_after->af_delta - RETRY_SHIFT_S);
}

bool rd_sip_is_plain(url_t const *url)
{
	return url && (url->url_type == url_sip || url->url_type == url_sips) &&
	       rd_sip_is_host(url->url_host) && rd_sip_is_port(url->url_port);
}

/* The next hop of a dialog: the last Record-Route of an answer to us, the
 * first of a request of theirs (RFC 3261 12.1). */
static bool has_foreign_route(const struct line *line, bool is_answer,
			      sip_t const *sip)
{
	sip_record_route_t const *r = sip ? sip->sip_record_route : NULL;
	char value[RD_LOG_VALUE];
	const char *host;

	if (!r)
		return false;
	while (is_answer && r->r_next)
		r = r->r_next;
	if (rd_line_trusts(line, r->r_url))
		return false;
	host = r->r_url->url_host ? r->r_url->url_host : "";
	rd_log(RD_LOG_WARN, "trunk",
	       "trunk=%s event=\"foreign route\" host=%s hint=\"it must be in "
	       "peers, or below host or from_domain\"",
	       line->cfg->name, rd_log_value(rd_span_text(host), value));
	return true;
}

/* An INVITE whose Contact or Record-Route is anything else, answered 200 and
 * never acknowledged, ends the process: at timer H sofia tries a BYE it
 * cannot build and recurses until the stack is used up. */
static bool has_plain_route(sip_t const *sip)
{
	if (!sip->sip_contact || sip->sip_contact->m_next)
		return false;
	if (!rd_sip_is_plain(sip->sip_contact->m_url))
		return false;
	for (sip_record_route_t const *r = sip->sip_record_route; r;
	     r = r->r_next)
		if (!rd_sip_is_plain(r->r_url))
			return false;
	return true;
}

static void refuse(nua_handle_t *nh, int status)
{
	nua_respond(nh, status, sip_status_phrase(status), TAG_END());
	nua_handle_destroy(nh);
}

static void write_url(char *out, size_t size, sip_addr_t const *a)
{
	char text[RD_TRUNK_TEXT];

	text[0] = 0;
	if (a)
		url_e(text, sizeof(text), a->a_url);
	/* url_e writes what fits and may leave out the NUL. */
	text[sizeof(text) - 1] = 0;
	rd_text_copy(out, size, rd_span_text(text));
}

static void copy_headers(struct rd_trunk_event *e, sip_t const *sip)
{
	for (sip_unknown_t const *u = sip->sip_unknown;
	     u && e->header_count < RD_TRUNK_HEADERS; u = u->un_next) {
		struct rd_trunk_header *h = &e->headers[e->header_count];

		if (!u->un_name || !u->un_value ||
		    !rd_sip_is_context_name(u->un_name) ||
		    !rd_sip_is_token(u->un_name, sizeof(h->name) - 1) ||
		    !rd_sip_is_value(u->un_value, sizeof(h->value)))
			continue;
		snprintf(h->name, sizeof(h->name), "%s", u->un_name);
		snprintf(h->value, sizeof(h->value), "%s", u->un_value);
		e->header_count++;
	}
}

static bool tell_incoming(struct call *c, sip_t const *sip)
{
	struct rd_trunk_note note = { .kind = RD_TRUNK_INCOMING,
				      .dialog = c->id,
				      .by_far_end = true };
	url_t const *asked = sip->sip_request->rq_url;

	note.full = rd_zalloc(sizeof(*note.full));
	if (!note.full)
		return false;
	(void)sdp_of(sip, note.full->sdp);
	write_url(note.full->from, sizeof(note.full->from), sip->sip_from);
	if (asked->url_user && rd_sip_is_user(asked->url_user))
		rd_text_copy(note.full->target, sizeof(note.full->target),
			     rd_span_text(asked->url_user));
	copy_headers(note.full, sip);
	rd_sip_tell(c->sip, note);
	return true;
}

/* What to say at once; 0: it is for control. */
static int first_answer(struct sip *s, struct line *line, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];

	if (!has_plain_route(sip)) {
		atomic_fetch_add(&line->gauges->guarded, 1);
		return 400;
	}
	if (!s->t->cfg.accept_calls || has_foreign_route(line, false, sip))
		return 403;
	if (s->phase != PHASE_RUNNING)
		return 503;
	if (sdp_of(sip, sdp) != RD_OK)
		return 488;
	return rd_trunks_admit(s->t) ? 0 : 503;
}

void rd_sip_incoming(struct sip *s, nua_handle_t *nh, sip_t const *sip)
{
	struct rd_addr source = rd_sip_source(s);
	struct line *line = rd_line_of(s, &source);
	struct call *c;
	int status;

	if (!line) {
		/* The kernel's filter changed while it was under way. */
		refuse(nh, 403);
		return;
	}
	status = first_answer(s, line, sip);
	if (status) {
		refuse(nh, status);
		return;
	}
	c = rd_call_new(s, line, rd_trunks_next_dialog(s->t));
	if (!c) {
		atomic_fetch_sub(&s->t->dialogs, 1);
		refuse(nh, 503);
		return;
	}
	c->state = RD_DIALOG_OFFERED;
	c->nh = nh;
	nua_handle_bind(nh, &c->holder);
	rd_call_check_target(c, sip);
	if (!tell_incoming(c, sip)) {
		struct call_input in = { .what = RD_IN_REFUSE, .status = 503 };

		rd_call_take(c, &in);
	}
}

/* Their re-INVITE.  Without an offer control makes one; the last SDP of ours
 * would not do, it says less than we can where it answered a hold (RFC 6337
 * 5.2.5). */
static void on_reinvite(struct call *c, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];
	int status = 0;

	if (!sip || !has_plain_route(sip) || sdp_of(sip, sdp) != RD_OK ||
	    c->state != RD_DIALOG_TALKING)
		status = 488;
	else if (c->pending != PENDING_NONE)
		status = 491; /* RFC 3261 14.2 */
	if (status) {
		nua_respond(c->nh, status, sip_status_phrase(status),
			    TAG_END());
		return;
	}
	rd_call_check_target(c, sip);
	c->pending = PENDING_INVITE;
	c->is_asked = !sdp[0];
	if (!rd_call_tell(c, RD_TRUNK_REOFFER, 0, sdp))
		rd_call_reanswer(c, NULL);
}

/* UPDATE, RFC 3311: without SDP it refreshes session or target only. */
static void on_update(struct call *c, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];
	int status = 200;
	bool is_busy = c->pending != PENDING_NONE;

	if (!sip || sdp_of(sip, sdp) != RD_OK ||
	    (sip->sip_contact && !rd_sip_is_plain(sip->sip_contact->m_url)) ||
	    (sdp[0] && !is_busy && c->state != RD_DIALOG_TALKING))
		status = 488;
	else if (sdp[0] && is_busy)
		status = 491;
	if (status != 200 || !sdp[0]) {
		nua_respond(c->nh, status, sip_status_phrase(status),
			    NUTAG_WITH_THIS(c->sip->nua), TAG_END());
		return;
	}
	rd_call_check_target(c, sip);
	nua_save_event(c->sip->nua, c->update);
	c->pending = PENDING_UPDATE;
	if (!rd_call_tell(c, RD_TRUNK_REOFFER, 0, sdp))
		rd_call_reanswer(c, NULL);
}

static bool may_refer(const struct call *c, url_t const *to)
{
	if (c->state != RD_DIALOG_TALKING || c->is_referred || !to)
		return false;
	if (c->line->cfg->refer == RD_REFER_ANY)
		return rd_sip_is_plain(to) || to->url_type == url_tel;
	return c->line->cfg->refer == RD_REFER_TRUNK &&
	       (to->url_type == url_tel ||
		(rd_sip_is_plain(to) && rd_line_trusts(c->line, to)));
}

static void on_refer(struct call *c, sip_t const *sip, tagi_t tags[])
{
	struct rd_trunk_note note = { .kind = RD_TRUNK_TRANSFER,
				      .dialog = c->id,
				      .by_far_end = true };
	sip_refer_to_t const *to = sip ? sip->sip_refer_to : NULL;
	sip_event_t const *event = NULL;
	int status = 202;

	if (!to || to->r_next || !may_refer(c, to->r_url))
		status = 403;
	if (status == 202) {
		note.full = rd_zalloc(sizeof(*note.full));
		if (!note.full)
			status = 503;
	}
	nua_respond(c->nh, status, sip_status_phrase(status),
		    NUTAG_WITH_THIS(c->sip->nua), TAG_END());
	if (status != 202)
		return;
	tl_gets(tags, NUTAG_REFER_EVENT_REF(event), TAG_END());
	snprintf(c->refer_event, sizeof(c->refer_event), "refer%s%.40s",
		 event && event->o_id ? ";id=" : "",
		 event && event->o_id ? event->o_id : "");
	c->is_referred = true;
	/* RFC 3515 2.4.4: at once, what is known so far. */
	rd_call_notify(c, 100);
	url_e(note.full->target, sizeof(note.full->target) - 1, to->r_url);
	rd_sip_tell(c->sip, note);
}

static void on_info(struct call *c, sip_t const *sip)
{
	struct rd_trunk_note note = { .kind = RD_TRUNK_DIGIT,
				      .dialog = c->id,
				      .by_far_end = true };
	int status = 415;

	if (sip && sip->sip_payload && sip->sip_content_type)
		note.digit =
			rd_sip_info_digit(sip->sip_content_type->c_type,
					  rd_span(sip->sip_payload->pl_data,
						  sip->sip_payload->pl_len));
	/* RFC 6086 4.2.2: an empty one is fine. */
	if (note.digit || !sip || !sip->sip_payload)
		status = 200;
	nua_respond(c->nh, status, sip_status_phrase(status),
		    NUTAG_WITH_THIS(c->sip->nua), TAG_END());
	if (note.digit && c->state == RD_DIALOG_TALKING)
		rd_sip_tell(c->sip, note);
}

static void on_notify(struct call *c, sip_t const *sip)
{
	struct rd_trunk_note note = { .kind = RD_TRUNK_REFERRED,
				      .dialog = c->id,
				      .by_far_end = true };

	if (!sip || !sip->sip_payload || c->state != RD_DIALOG_TALKING)
		return;
	note.status = rd_sip_frag_status(
		rd_span(sip->sip_payload->pl_data, sip->sip_payload->pl_len));
	if (note.status)
		rd_sip_tell(c->sip, note);
}

/* The answer to a re-INVITE: ours, or a session refresh of the stack. */
static void on_reanswered(struct call *c, int status, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];
	bool is_ours = c->pending == PENDING_OURS;

	if (status < 200)
		return;
	if (is_ours)
		c->pending = PENDING_NONE;
	if (status < 300) {
		bool owes_answer = !is_ours && !c->is_ours && c->sdp;

		rd_call_check_target(c, sip);
		nua_ack(c->nh,
			TAG_IF(owes_answer,
			       SIPTAG_CONTENT_TYPE_STR("application/sdp")),
			TAG_IF(owes_answer, SIPTAG_PAYLOAD_STR(c->sdp)),
			TAG_END());
		if (is_ours && sdp_of(sip, sdp) == RD_OK)
			(void)rd_call_tell(c, RD_TRUNK_REANSWERED, 200, sdp);
		return;
	}
	if (!is_ours)
		return;
	if (status == 491 && c->glares++ < MOST_GLARES) {
		/* RFC 3261 14.1: who made the Call-ID waits 2.1 to 4 s, the
		 * other up to 2 s. */
		uint32_t wait_ms = c->is_ours ? 2100 + rd_random_below(1900)
					      : rd_random_below(2000);

		rd_timer_arm(&c->sip->timers, &c->again,
			     rd_clock_ms() + wait_ms);
		return;
	}
	(void)rd_call_tell(c, RD_TRUNK_REANSWERED, (unsigned)status, NULL);
}

/* PRACK by hand, so that the target is checked before (T41). */
static void acknowledge_reliable(struct call *c, sip_t const *sip)
{
	sip_rack_t rack[1];

	if (!sip || !sip->sip_rseq || !sip->sip_cseq)
		return;
	sip_rack_init(rack);
	rack->ra_response = sip->sip_rseq->rs_response;
	rack->ra_cseq = sip->sip_cseq->cs_seq;
	rack->ra_method = sip->sip_cseq->cs_method;
	rack->ra_method_name = sip->sip_cseq->cs_method_name;
	nua_prack(c->nh, SIPTAG_RACK(rack), TAG_END());
}

static void on_answer(struct call *c, int status, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];
	/* sofia makes answers of its own when it cannot send or has waited
	 * for too long. */
	bool is_from_far = sip && !nta_sip_is_internal(sip);
	struct call_input in = { .status = (unsigned)status,
				 .cause = cause_of(sip),
				 .retry_after_s = retry_after_of(sip),
				 .by_far_end = is_from_far,
				 .sdp = sdp,
				 .sip = sip };

	in.what = status == 100  ? RD_IN_TRYING
		  : status < 200 ? RD_IN_PROGRESS
		  : status < 300 ? RD_IN_ACCEPTED
				 : RD_IN_REFUSED;
	if (status < 300 &&
	    (sdp_of(sip, sdp) != RD_OK ||
	     (status > 100 && has_foreign_route(c->line, true, sip)))) {
		/* What cannot be used is not waited for. */
		in.what = in.what == RD_IN_ACCEPTED ? RD_IN_UNUSABLE
						    : RD_IN_HANGUP;
		in.status = 488;
		in.cause = 0;
		in.by_far_end = false;
	}
	/* sofia's own: it would not try an account again, or could not send. */
	if (status >= 900 && c->digest.answers)
		in.status = 401;
	else if (status >= 900 ||
		 (status >= 300 && !is_from_far && status != 408))
		in.status = 503;
	if (status >= 300)
		sdp[0] = 0;
	if (status < 200 && c->state == RD_DIALOG_ASKING)
		rd_timer_arm(&c->sip->timers, &c->timer, c->unanswered_ms);
	if (status > 100 && status < 300)
		rd_call_check_target(c, sip);
	if (in.what == RD_IN_PROGRESS)
		acknowledge_reliable(c, sip);
	rd_call_take(c, &in);
}

static bool is_in_call(const struct call *c)
{
	return c->state == RD_DIALOG_TALKING;
}

static void on_response(struct call *c, nua_event_t event, int status,
			sip_t const *sip)
{
	struct call_input gone = { .what = RD_IN_TERMINATED };

	if ((status == 401 || status == 407) && sip) {
		if (rd_line_authenticate(c->line, &c->digest, c->nh, sip))
			return;
	} else if (status >= 200 && status < 300) {
		memset(&c->digest, 0, sizeof(c->digest));
	}
	switch (event) {
	case nua_r_invite:
		if (is_in_call(c))
			on_reanswered(c, status, sip);
		else
			on_answer(c, status, sip);
		return;
	case nua_r_bye:
		if (status >= 200)
			rd_call_take(c, &gone);
		return;
	case nua_r_info:
		if (status < 200)
			return;
		memmove(c->digits, c->digits + 1, sizeof(c->digits) - 1);
		rd_call_send_digit(c);
		return;
	case nua_r_refer:
		if (status >= 300) {
			struct rd_trunk_note note = { .kind = RD_TRUNK_REFERRED,
						      .dialog = c->id,
						      .status =
							      (unsigned)status,
						      .by_far_end = true };
			rd_sip_tell(c->sip, note);
		}
		return;
	default:
		return;
	}
}

static void on_state(struct call *c, tagi_t tags[])
{
	/* No ACK came, or the session was not refreshed in time. */
	struct call_input in = { .what = RD_IN_TERMINATED, .status = 408 };
	int state = 0;

	tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
	if (state == nua_callstate_terminating)
		in.what = RD_IN_LOST;
	else if (state != nua_callstate_terminated)
		return;
	rd_call_take(c, &in);
}

static void on_end(struct call *c, enum rd_dialog_input what, unsigned status,
		   sip_t const *sip)
{
	struct call_input in = { .what = what,
				 .status = status,
				 .cause = cause_of(sip),
				 .by_far_end = true };

	rd_call_take(c, &in);
}

static void on_ack(struct call *c, sip_t const *sip)
{
	char sdp[RD_TRUNK_SDP];
	struct call_input in = { .what = RD_IN_ACK, .sdp = sdp };

	if (sdp_of(sip, sdp) != RD_OK)
		sdp[0] = 0;
	if (c->state == RD_DIALOG_TALKING && c->is_asked) {
		/* The answer to the offer in our 200. */
		c->is_asked = false;
		if (sdp[0])
			(void)rd_call_tell(c, RD_TRUNK_REANSWERED, 200, sdp);
		return;
	}
	rd_call_take(c, &in);
}

/* A second 200 by a fork: the first is kept (F24). */
static void on_fork(struct call *c, tagi_t tags[])
{
	nua_handle_t *other = NULL;

	tl_gets(tags, NUTAG_HANDLE_REF(other), TAG_END());
	if (other && other != c->nh)
		nua_handle_destroy(other);
}

void rd_sip_call_event(struct holder *h, nua_event_t event, int status,
		       char const *phrase, nua_handle_t *nh, sip_t const *sip,
		       tagi_t tags[])
{
	struct call *c = rd_container(h, struct call, holder);

	(void)phrase;
	(void)nh;
	switch (event) {
	case nua_r_invite:
	case nua_r_bye:
	case nua_r_info:
	case nua_r_refer:
	case nua_r_prack:
	case nua_r_update:
	case nua_r_cancel:
	case nua_r_notify:
		on_response(c, event, status, sip);
		return;
	case nua_i_invite:
		on_reinvite(c, sip);
		return;
	case nua_i_update:
		on_update(c, sip);
		return;
	case nua_i_ack:
		on_ack(c, sip);
		return;
	case nua_i_bye:
		on_end(c, RD_IN_BYE, 0, sip);
		return;
	case nua_i_cancel:
		on_end(c, RD_IN_CANCEL, 487, sip);
		return;
	case nua_i_refer:
		on_refer(c, sip, tags);
		return;
	case nua_i_info:
		on_info(c, sip);
		return;
	case nua_i_notify:
		on_notify(c, sip);
		return;
	case nua_r_authenticate:
		on_end(c, RD_IN_REFUSED, 401, NULL);
		return;
	case nua_i_fork:
		on_fork(c, tags);
		return;
	case nua_i_state:
		on_state(c, tags);
		return;
	default:
		return;
	}
}
