/* trunk/sofia_call.c - the dialogs: orders of control in, events of sofia in,
 * the table of dialog.h between them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/call_priv.h"

#include <sofia-sip/nta_tag.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "trunk/sip_text.h"

enum {
	GLARE_MS = 200,
	NORMAL_CLEARING = 16, /* Q.850 */
	MOST_GLARES = 4,      /* 491s in a row before we tell */
};

static struct rd_list *bucket_of(struct sip *s, rd_dialog id)
{
	return &s->calls[id % BUCKETS];
}

struct call *rd_call_find(struct sip *s, rd_dialog id)
{
	struct rd_list *at;

	rd_list_each (at, bucket_of(s, id)) {
		struct call *c = rd_container(at, struct call, in_bucket);

		if (c->id == id)
			return c;
	}
	return NULL;
}

static void release(struct call *c)
{
	struct sip *s = c->sip;

	rd_list_remove(&c->in_bucket);
	rd_list_remove(&c->in_owed);
	rd_free(c->sdp);
	rd_free(c);
	s->call_count--;
	atomic_fetch_sub(&s->t->dialogs, 1);
	rd_sip_check_end(s);
}

void rd_call_drop_pending(struct call *c)
{
	if (c->pending == PENDING_UPDATE)
		nua_destroy_event(c->update);
	c->pending = PENDING_NONE;
}

/* The handle goes; the call too, unless control is still owed its end. */
static void forget(struct call *c)
{
	rd_timer_disarm(&c->sip->timers, &c->timer);
	rd_timer_disarm(&c->sip->timers, &c->again);
	rd_call_drop_pending(c);
	if (c->nh)
		nua_handle_destroy(c->nh);
	c->nh = NULL;
	if (!c->in_owed.next || rd_list_is_empty(&c->in_owed))
		release(c);
}

void rd_sip_pay_owed(struct sip *s)
{
	struct rd_list *at, *after;

	rd_list_each_safe (at, after, &s->owed) {
		struct call *c = rd_container(at, struct call, in_owed);

		if (!rd_sip_try_tell(s, &c->owed))
			return;
		rd_list_remove(&c->in_owed);
		if (c->state == RD_DIALOG_GONE)
			release(c);
	}
}

/* Once, last: it must arrive, also when the mailbox is full just now. */
static void tell_end(struct call *c, const struct call_input *in)
{
	struct rd_trunk_note note = { .kind = RD_TRUNK_ENDED,
				      .dialog = c->id,
				      .status = in->status,
				      .cause = in->cause,
				      .retry_after_s = in->retry_after_s,
				      .by_far_end = in->by_far_end };

	atomic_fetch_sub(&c->line->gauges->dialogs, 1);
	if (in->status >= 300)
		atomic_fetch_add(&c->line->gauges->failed, 1);
	rd_log(RD_LOG_INFO, "trunk",
	       "trunk=%s dialog=%u event=\"dialog ended\" in=%s status=%u "
	       "cause=%u far=%d",
	       c->line->cfg->name, c->id, rd_dialog_state_name(c->state),
	       in->status, in->cause, in->by_far_end);
	if (rd_sip_try_tell(c->sip, &note))
		return;
	c->owed = note;
	rd_list_push(&c->sip->owed, &c->in_owed);
	rd_timer_arm(&c->sip->timers, &c->sip->housekeeping, rd_clock_ms() + 1);
}

static struct rd_trunk_event *event_with(const char *sdp)
{
	struct rd_trunk_event *full = rd_zalloc(sizeof(*full));

	if (full && sdp)
		rd_text_copy(full->sdp, sizeof(full->sdp), rd_span_text(sdp));
	return full;
}

/* false: no memory for it. */
bool rd_call_tell(struct call *c, enum rd_trunk_event_kind kind,
		  unsigned status, const char *sdp)
{
	struct rd_trunk_note note = { .kind = kind,
				      .dialog = c->id,
				      .status = status,
				      .by_far_end = true };

	if (sdp && *sdp) {
		note.full = event_with(sdp);
		if (!note.full)
			return false;
	}
	rd_sip_tell(c->sip, note);
	return true;
}

static void write_reason(char *out, size_t size, unsigned cause)
{
	snprintf(out, size, "Q.850;cause=%u",
		 cause ? cause : (unsigned)NORMAL_CLEARING);
}

void rd_call_keep_sdp(struct call *c, const char *sdp)
{
	char *copy = rd_strdup(sdp);

	if (!copy)
		return; /* only a refresh without an offer would miss it */
	rd_free(c->sdp);
	c->sdp = copy;
}

/* T41: requests inside the dialog go where the far end says, so it must say
 * something that belongs to the trunk; else they go to the trunk itself. */
void rd_call_check_target(struct call *c, sip_t const *sip)
{
	char proxy[RD_TRUNK_TEXT + 16];

	if (!sip || !sip->sip_contact ||
	    rd_line_trusts(c->line, sip->sip_contact->m_url))
		return;
	snprintf(proxy, sizeof(proxy), "%s:%s;lr",
		 c->line->cfg->transport == RD_SIP_TLS ? "sips" : "sip",
		 c->line->target);
	rd_log(RD_LOG_WARN, "trunk",
	       "trunk=%s dialog=%u event=\"foreign contact\"",
	       c->line->cfg->name, c->id);
	nua_set_hparams(c->nh, NUTAG_PROXY(proxy), TAG_END());
}

static void do_progress(struct call *c, const struct call_input *in)
{
	enum rd_trunk_event_kind kind = RD_TRUNK_RINGING;

	if (in->status == 183 || (in->sdp && *in->sdp))
		kind = RD_TRUNK_PROGRESS;
	(void)rd_call_tell(c, kind, in->status, in->sdp);
}

void rd_call_hang_up(struct call *c, unsigned cause)
{
	struct call_input in = { .what = RD_IN_HANGUP, .cause = cause };

	rd_call_take(c, &in);
}

/* sofia refreshes a session by the first INVITE again, whose SDP may be long
 * outdated (RFC 3264 8: a hold would seem to end).  An UPDATE has none, RFC
 * 4028 7.4, where they know it. */
static void choose_refresh(struct call *c, sip_t const *sip)
{
	if (sip && sip->sip_allow &&
	    sip_is_allowed(sip->sip_allow, sip_method_update, NULL))
		nua_set_hparams(c->nh, NUTAG_UPDATE_REFRESH(1), TAG_END());
}

static void do_answered(struct call *c, const struct call_input *in)
{
	choose_refresh(c, in->sip);
	rd_timer_disarm(&c->sip->timers, &c->timer);
	atomic_fetch_add(&c->line->gauges->answered, 1);
	if (!rd_call_tell(c, RD_TRUNK_ANSWERED, 200, in->sdp))
		rd_call_hang_up(c, 41); /* temporary failure */
}

static void arm_give_up(struct call *c)
{
	unsigned wait_ms = c->sip->t->cfg.give_up_ms;

	rd_timer_arm(&c->sip->timers, &c->timer,
		     rd_clock_ms() + (wait_ms ? wait_ms : 32000) + 1000);
}

static void do_cancel(struct call *c, const struct call_input *in)
{
	char reason[64];

	write_reason(reason, sizeof(reason), in->cause);
	nua_cancel(c->nh, SIPTAG_REASON_STR(reason), TAG_END());
	arm_give_up(c);
}

static void do_bye(struct call *c, const struct call_input *in)
{
	char reason[64];

	write_reason(reason, sizeof(reason), in->cause);
	rd_call_drop_pending(c);
	nua_bye(c->nh, SIPTAG_REASON_STR(reason), TAG_END());
	arm_give_up(c);
}

static void do_respond(struct call *c, const struct call_input *in)
{
	unsigned expires_s = c->line->cfg->session_expires_s;

	if (in->sdp)
		rd_call_keep_sdp(c, in->sdp);
	if (in->status >= 200)
		rd_timer_disarm(&c->sip->timers, &c->timer);
	nua_respond(c->nh, (int)in->status, sip_status_phrase((int)in->status),
		    TAG_IF(in->sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		    TAG_IF(in->sdp, SIPTAG_PAYLOAD_STR(in->sdp)),
		    TAG_IF(expires_s, NUTAG_SESSION_TIMER(expires_s)),
		    TAG_IF(expires_s,
			   NUTAG_SESSION_REFRESHER(nua_remote_refresher)),
		    TAG_END());
}

static void do_refuse(struct call *c, const struct call_input *in)
{
	char reason[64];
	unsigned status = in->status;

	if (status < 300)
		status = in->cause == 17 ? 486 : in->cause == 21 ? 603 : 480;
	write_reason(reason, sizeof(reason), in->cause);
	nua_respond(c->nh, (int)status, sip_status_phrase((int)status),
		    TAG_IF(in->cause, SIPTAG_REASON_STR(reason)), TAG_END());
	arm_give_up(c);
}

static void act(struct call *c, enum rd_dialog_action action,
		const struct call_input *in)
{
	switch (action) {
	case RD_DO_NOTHING:
	case RD_DIALOG_ACTIONS:
		return;
	case RD_DO_TELL_TRYING:
		(void)rd_call_tell(c, RD_TRUNK_TRYING, 100, NULL);
		return;
	case RD_DO_TELL_PROGRESS:
		do_progress(c, in);
		return;
	case RD_DO_ACK_AND_TELL:
		nua_ack(c->nh, TAG_END());
		do_answered(c, in);
		return;
	case RD_DO_TELL_ANSWERED:
		do_answered(c, in);
		return;
	case RD_DO_TELL_END:
		tell_end(c, in);
		return;
	case RD_DO_WAIT_AND_TELL:
		arm_give_up(c);
		tell_end(c, in);
		return;
	case RD_DO_CANCEL_AND_TELL:
		do_cancel(c, in);
		tell_end(c, in);
		return;
	case RD_DO_BYE_AND_TELL:
		do_bye(c, in);
		tell_end(c, in);
		return;
	case RD_DO_RESPOND:
		do_respond(c, in);
		return;
	case RD_DO_REFUSE_AND_TELL:
		do_refuse(c, in);
		tell_end(c, in);
		return;
	case RD_DO_ACK_BYE_AND_TELL:
		nua_ack(c->nh, TAG_END());
		do_bye(c, in);
		tell_end(c, in);
		return;
	case RD_DO_ACK_AND_BYE:
		nua_ack(c->nh, TAG_END());
		do_bye(c, in);
		return;
	}
}

void rd_call_take(struct call *c, const struct call_input *in)
{
	const struct rd_dialog_step *step = rd_dialog_step(c->state, in->what);

	if (!step) {
		rd_log(RD_LOG_DEBUG, "trunk",
		       "dialog=%u event=\"not in this state\" state=%s "
		       "input=%s",
		       c->id, rd_dialog_state_name(c->state),
		       rd_dialog_input_name(in->what));
		return;
	}
	c->state = step->becomes;
	act(c, step->does, in);
	if (step->becomes == RD_DIALOG_GONE)
		forget(c);
}

static _Thread_local struct sip *here;

void rd_sip_here(struct sip *s)
{
	here = s;
}

void rd_sip_trying(const char *call_id)
{
	struct call_input in = { .what = RD_IN_TRYING };
	rd_dialog id = (rd_dialog)strtoul(call_id, NULL, 16);
	struct call *c = here ? rd_call_find(here, id) : NULL;

	if (!c || strcmp(c->call_id, call_id) != 0 ||
	    c->state != RD_DIALOG_ASKING)
		return;
	rd_timer_arm(&here->timers, &c->timer, c->unanswered_ms);
	rd_sip_alarm(here);
	rd_call_take(c, &in);
}

static void log_silence(const struct call *c)
{
	char value[RD_LOG_VALUE];
	bool is_tls = c->line->cfg->transport == RD_SIP_TLS;
	const char *why =
		is_tls ? rd_sip_tls_words(c->asked_ms) : "nothing was heard";

	rd_log(RD_LOG_WARN, "trunk",
	       "trunk=%s dialog=%u event=\"trunk silent\" why=%s",
	       c->line->cfg->name, c->id,
	       rd_log_value(rd_span_text(why), value));
}

static void on_timer(struct rd_timer *timer, uint64_t now_ms)
{
	struct call *c = rd_container(timer, struct call, timer);
	struct call_input in = { .what = RD_IN_GIVE_UP };

	if (c->state == RD_DIALOG_ASKING && now_ms < c->unanswered_ms) {
		in.what = RD_IN_SILENT;
		in.status = 503;
		log_silence(c);
	} else if (c->state == RD_DIALOG_ASKING ||
		   c->state == RD_DIALOG_PROCEEDING) {
		in.what = RD_IN_UNANSWERED;
		in.status = 408;
	}
	rd_call_take(c, &in);
}

void rd_call_reinvite(struct call *c)
{
	c->pending = PENDING_OURS;
	nua_invite(c->nh, SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		   SIPTAG_PAYLOAD_STR(c->sdp), TAG_END());
}

static void on_again(struct rd_timer *timer, uint64_t now_ms)
{
	struct call *c = rd_container(timer, struct call, again);

	if (c->state != RD_DIALOG_TALKING)
		return;
	if (c->pending == PENDING_NONE)
		rd_call_reinvite(c);
	else /* theirs is being answered just now */
		rd_timer_arm(&c->sip->timers, timer, now_ms + GLARE_MS);
}

struct call *rd_call_new(struct sip *s, struct line *line, rd_dialog id)
{
	struct call *c = rd_zalloc(sizeof(*c));

	if (!c)
		return NULL;
	c->holder.kind = HOLDS_CALL;
	c->sip = s;
	c->line = line;
	c->id = id;
	c->timer.fn = on_timer;
	c->again.fn = on_again;
	rd_list_push(bucket_of(s, id), &c->in_bucket);
	s->call_count++;
	atomic_fetch_add(&line->gauges->dialogs, 1);
	return c;
}

void rd_sip_calls_end(struct sip *s)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct rd_list *at, *after;

		rd_list_each_safe (at, after, &s->calls[i])
			rd_call_hang_up(rd_container(at, struct call,
						     in_bucket),
					0);
	}
}

void rd_sip_calls_drop(struct sip *s)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct rd_list *at, *after;

		rd_list_each_safe (at, after, &s->calls[i]) {
			struct call *c =
				rd_container(at, struct call, in_bucket);

			rd_list_remove(&c->in_owed);
			c->state = RD_DIALOG_GONE;
			forget(c);
		}
	}
}
