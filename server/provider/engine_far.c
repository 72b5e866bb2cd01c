/* provider/engine_far.c - the far side of the engine: echo, announcement,
 * a party of a trunk, another caller.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "provider/engine_priv.h"
#include "trunk/sip_reason.h"

enum {
	NOT_ACCEPTABLE = 488,
};

void rd_engine_release_far(struct rd_session *s)
{
	rd_engine_far_close(&s->far, RD_Q850_NORMAL);
	rd_engine_far_close(&s->next, RD_Q850_NORMAL);
}

/* --- calling ----------------------------------------------------------- */

/* headers is where those of the invite are. */
static struct rd_far_invite make_invite(
	const struct rd_far *f, const char *user,
	struct rd_trunk_header headers[RD_TRUNK_HEADERS])
{
	const struct rd_session *s = f->session;

	return (struct rd_far_invite){
		.user = user,
		.display_name = s->display_name,
		.headers = headers,
		.header_count = rd_engine_context(s, headers),
		.ring_ms = s->to->ring_ms,
	};
}

enum rd_err rd_engine_far_call(struct rd_far *f, const char *user)
{
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	struct rd_far_invite invite = make_invite(f, user, headers);

	return rd_engine_far_invite(f, &invite);
}

static void call_trunk(struct rd_session *s)
{
	enum rd_err err = rd_engine_far_call(&s->far, s->to->user);

	if (!err)
		return;
	rd_log(RD_LOG_ERROR, "provider",
	       "call=%s event=\"far side not called\" trunk=%s error=%s",
	       s->call_id, s->to->trunk->name, rd_err_name(err));
	rd_engine_finish(s,
			 err == RD_E_UPSTREAM ? RD_REASON_PROVIDER_DOWN
					      : RD_REASON_INTERNAL,
			 RD_BY_SYSTEM, 0, 0);
}

/* Both callers can be heard: join them. */
static void meet(struct rd_session *s)
{
	struct rd_session *other = s->partner;

	if (!other || !other->is_caller_up) {
		rd_engine_tell(s, RD_CALL_FAR_RINGS);
		return;
	}
	/* Who is away for a moment is joined when he comes back. */
	if (rd_engine_far_join(s) != RD_OK) {
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
		return;
	}
	rd_engine_tell(s, RD_CALL_FAR_ANSWERED);
	rd_engine_tell(other, RD_CALL_FAR_ANSWERED);
}

void rd_engine_call_far(struct rd_session *s)
{
	struct rd_media *m = s->engine->cfg.media;
	enum rd_err err = RD_OK;

	switch (s->to->to) {
	case RD_ENGINE_SIP:
		call_trunk(s);
		return;
	case RD_ENGINE_MEET:
		meet(s);
		return;
	case RD_ENGINE_ECHO:
		err = rd_media_echo(m, s->leg);
		break;
	case RD_ENGINE_ANNOUNCEMENT:
		err = rd_media_play(m, s->leg, s->to->sound, false);
		break;
	case RD_ENGINE_DIRECTED:
		return;
	}
	if (err)
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
	else
		rd_engine_tell(s, RD_CALL_FAR_ANSWERED);
}

enum rd_err rd_engine_far_route(struct rd_session *s)
{
	struct rd_media *m = s->engine->cfg.media;

	switch (s->to->to) {
	case RD_ENGINE_ECHO:
		return s->is_on_hold ? rd_media_silence(m, s->leg)
				     : rd_media_echo(m, s->leg);
	case RD_ENGINE_ANNOUNCEMENT:
		return rd_media_play(m, s->leg, s->to->sound, false);
	case RD_ENGINE_MEET:
		return rd_engine_far_join(s);
	case RD_ENGINE_SIP:
	case RD_ENGINE_DIRECTED:
		break;
	}
	if (s->far.is_connected)
		return rd_engine_far_join(s);
	return s->far.is_ringing ? rd_media_ringback(m, s->leg) : RD_OK;
}

void rd_engine_far_rejoin(struct rd_session *s)
{
	if (rd_engine_far_route(s) != RD_OK)
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
}

enum rd_err rd_engine_far_digits(struct rd_session *s, const char *digits)
{
	return rd_engine_far_dial(&s->far, digits, RD_TONE_MS);
}

/* --- what the trunk says ----------------------------------------------- */

/* Reads their answer; bridges when there is media for the first time. */
static enum rd_err take_answer(struct rd_far *f, const char *text)
{
	struct rd_session *s = f->session;
	enum rd_err err = rd_engine_sdp_take_answer(f, text);

	if (err)
		return err;
	f->is_connected = true;
	return f == &s->far ? rd_engine_far_join(s) : RD_OK;
}

/* The trunk answered something that we cannot use. */
static void give_up(struct rd_far *f, enum rd_err err)
{
	struct rd_session *s = f->session;

	rd_engine_far_log_refused(f, err);
	if (f == &s->next)
		rd_engine_transfer_failed(s, NOT_ACCEPTABLE, 0);
	else
		rd_engine_finish(s, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM,
				 NOT_ACCEPTABLE, 0);
}

static void on_ringing(struct rd_far *f)
{
	struct rd_session *s = f->session;

	if (f != &s->far || f->is_answered)
		return;
	f->is_ringing = true;
	/* Early media is the far side's own ring-back. */
	if (!f->is_connected && s->leg &&
	    rd_media_ringback(s->engine->cfg.media, s->leg) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"no ring-back\"", s->call_id);
	rd_engine_tell(s, RD_CALL_FAR_RINGS);
}

static void on_progress(struct rd_far *f, const struct rd_trunk_event *event)
{
	enum rd_err err = RD_OK;

	if (event->sdp[0] && !f->is_answered)
		err = take_answer(f, event->sdp);
	if (err)
		give_up(f, err);
	else
		on_ringing(f);
}

static void on_answered(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;
	enum rd_err err = RD_OK;

	if (event->sdp[0])
		err = take_answer(f, event->sdp);
	else if (!f->is_connected)
		err = RD_E_FORMAT; /* F24: 200 without SDP */
	if (err) {
		give_up(f, err);
		return;
	}
	f->is_answered = true;
	if (f == &s->next)
		rd_engine_transfer_complete(s);
	else
		rd_engine_tell(s, RD_CALL_FAR_ANSWERED);
}

void rd_engine_far_tell_hold(struct rd_session *s)
{
	bool is_held = s->is_on_hold ||
		       (s->far.is_connected && rd_engine_far_holds(&s->far));

	if (is_held == s->is_held)
		return;
	s->is_held = is_held;
	rd_engine_tell(s, is_held ? RD_CALL_FAR_HELD : RD_CALL_FAR_RESUMED);
}

/* re-INVITE or UPDATE: hold, another address, a refresh. */
static void on_renewed(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;

	if (event->kind == RD_TRUNK_REOFFER)
		rd_engine_far_reoffer(f, event);
	else
		rd_engine_far_reanswered(f, event);
	if (event->kind == RD_TRUNK_REANSWERED && f == &s->far)
		rd_engine_note_reanswered(s, event->status);
	if (f == &s->far && f->is_connected)
		rd_engine_far_tell_hold(s);
}

/* `srtp: optional`, and they do not know it. */
static bool ask_in_clear(struct rd_far *f, unsigned status)
{
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	char user[RD_TRUNK_TEXT];
	struct rd_far_invite invite;

	snprintf(user, sizeof(user), "%s", f->user);
	invite = make_invite(f, user, headers);
	return rd_engine_far_ask_in_clear(f, status, &invite);
}

static enum rd_reason reason_of_end(const struct rd_far *f,
				    const struct rd_trunk_event *event)
{
	const char *code = rd_sip_reason(event->status, event->cause);

	if (!f->is_answered && rd_engine_is_about_media(event->status) &&
	    f->session->to->trunk->srtp == RD_SRTP_REQUIRED)
		return RD_REASON_PROVIDER_DOWN;
	return code ? rd_reason_parse(rd_span_text(code))
		    : RD_REASON_ENDED_BY_ADVISOR;
}

static void on_far_ended(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;
	enum rd_reason reason = reason_of_end(f, event);
	bool is_refusal =
		!f->is_answered && reason != RD_REASON_ENDED_BY_ADVISOR;

	rd_table_take(&s->engine->dialogs, f->dialog);
	f->dialog = 0;
	if (!f->is_answered && ask_in_clear(f, event->status))
		return;
	if (f == &s->next) {
		rd_engine_transfer_failed(s, event->status, event->cause);
		return;
	}
	if (rd_engine_transferor_left(s))
		return;
	if (rd_sip_reason_is_alarm(event->status))
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"trunk refuses us\" trunk=%s code=%u",
		       s->call_id, s->to->trunk->name, event->status);
	rd_engine_finish(s, reason,
			 !is_refusal && event->by_far_end ? RD_BY_ADVISOR
							  : RD_BY_SYSTEM,
			 event->status, event->cause);
}

/* A key pressed at the far side: a data message of the topic that digits of
 * the caller come by. */
static void tell_digit(struct rd_far *f, char digit)
{
	struct rd_session *s = f->session;
	struct rd_engine *e = s->engine;
	struct rd_signaling_data message = {
		.topic = "dtmf",
		.data = rd_span(&digit, 1),
		.sender_attendee_id = s->far_attendee_id,
		.sender_external_user_id = s->to->name,
	};

	if (rd_signaling_data(e->signaling, s->meeting_id, &message,
			      rd_loop_now_ms(e->cfg.loop)) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"digit not told\"", s->call_id);
}

void rd_engine_far_trunk(struct rd_engine *e,
			 const struct rd_trunk_event *event)
{
	struct rd_far *f = rd_table_get(&e->dialogs, event->dialog);

	if (!f)
		return;
	if (f->phone) {
		rd_engine_phone_trunk(f->phone, event);
		return;
	}
	switch (event->kind) {
	case RD_TRUNK_RINGING:
		on_ringing(f);
		return;
	case RD_TRUNK_PROGRESS:
		on_progress(f, event);
		return;
	case RD_TRUNK_ANSWERED:
		on_answered(f, event);
		return;
	case RD_TRUNK_REOFFER:
	case RD_TRUNK_REANSWERED:
		on_renewed(f, event);
		return;
	case RD_TRUNK_TRANSFER:
		rd_engine_transfer(f, event->target);
		return;
	case RD_TRUNK_ENDED:
		on_far_ended(f, event);
		return;
	case RD_TRUNK_DIGIT:
		tell_digit(f, event->digit);
		return;
	default: /* TRYING */
		return;
	}
}

/* --- what the far leg says --------------------------------------------- */

void rd_engine_far_media(struct rd_engine *e,
			 const struct rd_media_event *event)
{
	struct rd_far *f = rd_table_get(&e->far_legs, event->leg);
	struct rd_session *s = f ? f->session : NULL;

	if (!f)
		return;
	if (f->phone) {
		rd_engine_phone_media(f->phone, event);
		return;
	}
	switch (event->kind) {
	case RD_MEDIA_LEVEL:
		rd_signaling_volume(e->signaling, s->meeting_id,
				    s->far_attendee_id, event->level,
				    RD_SIGNAL_GOOD);
		return;
	case RD_MEDIA_DIGIT:
		tell_digit(f, event->digit);
		return;
	case RD_MEDIA_LOST:
		/* F25: nothing heard for long, and nobody is on hold. */
		if (f->is_answered && !s->is_held) {
			rd_log(RD_LOG_WARN, "provider",
			       "call=%s event=\"trunk is silent\" trunk=%s",
			       s->call_id, s->to->trunk->name);
			rd_engine_finish(s, RD_REASON_NETWORK_LOST,
					 RD_BY_SYSTEM, 0, 0);
		}
		return;
	default:
		return;
	}
}
