/* trunk/sofia_order.c - what control orders, done with sofia.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/call_priv.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "trunk/sip_text.h"

/* The trunk's own URI, with the user who calls where one is told. */
static void write_from(const struct call *c,
		       const struct rd_trunk_invite_block *b, char *out,
		       size_t size)
{
	const char *scheme =
		c->line->cfg->transport == RD_SIP_TLS ? "sips" : "sip";
	const char *host = strchr(c->line->from, '@');
	bool is_told = b->caller[0] && host;

	snprintf(out, size, "%s%s<%s:%s%s>", b->display,
		 b->display[0] ? " " : "", scheme, is_told ? b->caller : "",
		 is_told ? host : c->line->from);
}

static void send_invite(struct call *c, const struct rd_trunk_invite_block *b)
{
	const struct rd_trunk_cfg *cfg = c->line->cfg;
	const char *scheme = cfg->transport == RD_SIP_TLS ? "sips" : "sip";
	char url[RD_TRUNK_TEXT * 2], to[RD_TRUNK_TEXT * 2 + 4];
	char from[RD_TRUNK_TEXT * 4];
	unsigned expires_s = cfg->session_expires_s;

	snprintf(url, sizeof(url), "%s:%s@%s", scheme, b->user,
		 c->line->target);
	snprintf(to, sizeof(to), "<%s>", url);
	write_from(c, b, from, sizeof(from));
	c->nh = nua_handle(c->sip->nua, &c->holder, NUTAG_URL(url),
			   SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from),
			   NUTAG_APPL_METHOD(
				   "INVITE, REFER, INFO, UPDATE, PRACK"),
			   TAG_END());
	if (!c->nh)
		return;
	rd_call_keep_sdp(c, b->sdp);
	snprintf(c->call_id, sizeof(c->call_id), "%08x-%016llx", c->id,
		 (unsigned long long)rd_random_u64());
	nua_invite(c->nh, SIPTAG_CALL_ID_STR(c->call_id),
		   TAG_IF(b->headers[0], SIPTAG_HEADER_STR(b->headers)),
		   TAG_IF(cfg->require_prack, SIPTAG_REQUIRE_STR("100rel")),
		   TAG_IF(expires_s, NUTAG_SESSION_TIMER(expires_s)),
		   TAG_IF(expires_s, NUTAG_MIN_SE(90)),
		   NUTAG_M_USERNAME(cfg->from_user  ? cfg->from_user
				    : cfg->username ? cfg->username
						    : "ringdown"),
		   SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		   SIPTAG_PAYLOAD_STR(b->sdp), TAG_END());
}

static void order_invite(struct sip *s, const struct rd_trunk_order *order)
{
	struct line *line = &s->lines[order->trunk];
	struct call *c = rd_call_new(s, line, order->dialog);
	uint64_t now_ms = rd_clock_ms();
	unsigned invite_ms = s->t->cfg.invite_ms ? s->t->cfg.invite_ms : 2000;

	if (!c) {
		struct rd_trunk_note note = { .kind = RD_TRUNK_ENDED,
					      .dialog = order->dialog,
					      .status = 503 };
		rd_sip_tell(s, note);
		atomic_fetch_sub(&s->t->dialogs, 1);
		return;
	}
	atomic_fetch_add(&line->gauges->invites, 1);
	c->is_ours = true;
	c->state = RD_DIALOG_ASKING;
	c->asked_ms = now_ms;
	c->unanswered_ms = order->number ? now_ms + order->number : RD_NEVER;
	if (s->phase == PHASE_RUNNING)
		send_invite(c, order->block);
	if (!c->nh) {
		struct call_input in = { .what = RD_IN_TERMINATED,
					 .status = 503 };

		rd_call_take(c, &in);
		return;
	}
	rd_timer_arm(&s->timers, &c->timer,
		     rd_min_u64(now_ms + invite_ms, c->unanswered_ms));
}

static void order_reinvite(struct call *c, const char *sdp)
{
	if (c->state != RD_DIALOG_TALKING)
		return;
	if (c->pending != PENDING_NONE) {
		(void)rd_call_tell(c, RD_TRUNK_REANSWERED, 491, NULL);
		return;
	}
	rd_call_keep_sdp(c, sdp);
	c->glares = 0;
	if (c->sdp)
		rd_call_reinvite(c);
}

void rd_call_reanswer(struct call *c, const char *sdp)
{
	int status = sdp ? 200 : 488;
	char const *phrase = sip_status_phrase(status);

	if (sdp)
		rd_call_keep_sdp(c, sdp);
	else
		c->is_asked = false;
	if (c->pending == PENDING_INVITE)
		nua_respond(c->nh, status, phrase,
			    TAG_IF(sdp,
				   SIPTAG_CONTENT_TYPE_STR("application/sdp")),
			    TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	else if (c->pending == PENDING_UPDATE)
		nua_respond(c->nh, status, phrase, NUTAG_WITH_SAVED(c->update),
			    TAG_IF(sdp,
				   SIPTAG_CONTENT_TYPE_STR("application/sdp")),
			    TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	else
		return;
	rd_call_drop_pending(c);
}

static void order_respond(struct call *c, unsigned status, const char *sdp)
{
	struct call_input in = { .status = status, .sdp = sdp };

	in.what = status < 200   ? RD_IN_ALERT
		  : status < 300 ? RD_IN_ACCEPT
				 : RD_IN_REFUSE;
	rd_call_take(c, &in);
}

static void order_refer(struct call *c, const char *uri)
{
	char to[RD_TRUNK_TEXT + 4];

	if (c->state != RD_DIALOG_TALKING)
		return;
	snprintf(to, sizeof(to), "<%s>", uri);
	nua_refer(c->nh, SIPTAG_REFER_TO_STR(to), TAG_END());
}

void rd_call_notify(struct call *c, unsigned status)
{
	char body[96];
	bool is_last = status >= 200;

	if (!c->is_referred || c->state != RD_DIALOG_TALKING)
		return;
	snprintf(body, sizeof(body), "SIP/2.0 %u %s\r\n", status,
		 sip_status_phrase((int)status) ? sip_status_phrase((int)status)
						: "Result");
	nua_notify(c->nh, SIPTAG_EVENT_STR(c->refer_event),
		   SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"),
		   SIPTAG_PAYLOAD_STR(body),
		   NUTAG_SUBSTATE(is_last ? nua_substate_terminated
					  : nua_substate_active),
		   TAG_END());
	c->is_referred = !is_last;
}

void rd_call_send_digit(struct call *c)
{
	char body[48];

	if (!c->digits[0] || c->state != RD_DIALOG_TALKING ||
	    rd_sip_info_body(c->digits[0], body, sizeof(body)) != RD_OK)
		return;
	nua_info(c->nh, SIPTAG_CONTENT_TYPE_STR("application/dtmf-relay"),
		 SIPTAG_PAYLOAD_STR(body), TAG_END());
}

static void order_digits(struct call *c, const char *digits)
{
	size_t n = strlen(c->digits);
	bool is_idle = n == 0;

	if (c->state != RD_DIALOG_TALKING)
		return;
	rd_text_copy(c->digits + n, sizeof(c->digits) - n,
		     rd_span_text(digits));
	if (is_idle)
		rd_call_send_digit(c);
}

void rd_sip_order(struct sip *s, const struct rd_trunk_order *order)
{
	struct call *c;

	if (order->kind == RD_ORDER_INVITE) {
		order_invite(s, order);
		return;
	}
	c = rd_call_find(s, order->dialog);
	if (!c || !c->nh)
		return; /* it has ended while the order was on its way */
	switch (order->kind) {
	case RD_ORDER_HANGUP:
		rd_call_hang_up(c, order->number);
		return;
	case RD_ORDER_REINVITE:
		order_reinvite(c, order->block);
		return;
	case RD_ORDER_REANSWER:
		rd_call_reanswer(c, order->block);
		return;
	case RD_ORDER_RESPOND:
		order_respond(c, order->number, order->block);
		return;
	case RD_ORDER_REFER:
		order_refer(c, order->block);
		return;
	case RD_ORDER_RESULT:
		rd_call_notify(c, order->number);
		return;
	case RD_ORDER_DIGITS:
		order_digits(c, order->block);
		return;
	case RD_ORDER_INVITE:
	case RD_ORDER_QUIT:
		return;
	}
}
