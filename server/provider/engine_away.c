/* provider/engine_away.c - what the far side hears of a caller who is away, or
 * who holds: never silence without a reason.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "provider/engine_priv.h"

/* Who listens to the caller; 0: nobody yet. */
static rd_leg listener(const struct rd_session *s)
{
	if (s->to->to == RD_ENGINE_MEET)
		return s->partner ? s->partner->leg : 0;
	return s->far.is_connected ? s->far.leg : 0;
}

static bool is_absent(const struct rd_session *s)
{
	return s && (s->is_away || s->is_on_hold);
}

/* leg hears from, or the notice in its place. */
static enum rd_err hear(struct rd_session *s, rd_leg leg, rd_leg from,
			bool is_from_absent)
{
	const struct rd_engine_cfg *cfg = &s->engine->cfg;

	if (!leg)
		return RD_OK;
	if (is_from_absent && cfg->notice)
		return rd_media_play(cfg->media, leg, cfg->notice, true);
	if (is_from_absent || !from)
		return rd_media_silence(cfg->media, leg);
	return rd_media_hear(cfg->media, leg, from);
}

enum rd_err rd_engine_far_join(struct rd_session *s)
{
	struct rd_media *m = s->engine->cfg.media;
	bool is_other_absent = is_absent(s->partner);
	rd_leg other = listener(s);
	enum rd_err err;

	if (s->leg && other && !is_absent(s) && !is_other_absent)
		return rd_media_bridge(m, s->leg, other);
	err = hear(s, other, s->leg, is_absent(s));
	if (err || !s->leg)
		return err;
	return s->is_on_hold ? rd_media_silence(m, s->leg)
			     : hear(s, s->leg, other, is_other_absent);
}

/* --- away ---------------------------------------------------------------- */

static void say_away(struct rd_session *s)
{
	s->is_quiet = false;
	if (s->is_away)
		return;
	s->is_away = true;
	if (s->is_on_hold) /* it hears the notice already */
		return;
	if (hear(s, listener(s), 0, true) != RD_OK)
		rd_log(RD_LOG_WARN, "provider", "call=%s event=\"no notice\"",
		       s->call_id);
}

void rd_engine_park(struct rd_session *s, uint64_t now_ms)
{
	struct rd_engine *e = s->engine;

	if (s->is_caller_up && !s->is_caller_lost) {
		s->is_caller_lost = true;
		rd_engine_tell(s, RD_CALL_CALLER_LOST);
	}
	if (s->is_caller_up)
		say_away(s);
	/* The switchboard's patience is shorter than ours. */
	rd_signaling_attendee_park(e->signaling, s->meeting_id, s->attendee_id,
				   now_ms + e->cfg.grace_ms, now_ms);
}

/* The sound of a lost socket goes on as long as its transport lives, but not
 * that of a page that said good-bye. */
void rd_engine_note_lost(struct rd_session *s)
{
	if (s->is_caller_lost && (!s->leg || s->is_page_gone))
		say_away(s);
}

/* A page that died without a word is noticed by its silence, long before its
 * transport is found dead.  One that is only changing networks is silent too;
 * then the notice ends with its first packet.  The state of the call stays. */
void rd_engine_note_quiet(struct rd_session *s)
{
	if (s->is_away)
		return;
	rd_log(RD_LOG_INFO, "provider", "call=%s event=\"caller not heard\"",
	       s->call_id);
	say_away(s);
	s->is_quiet = true;
}

void rd_engine_note_heard(struct rd_session *s)
{
	if (!s->is_quiet)
		return;
	s->is_quiet = false;
	s->is_away = false;
	if (listener(s))
		rd_engine_far_rejoin(s);
}

bool rd_engine_note_back(struct rd_session *s)
{
	bool was_away = s->is_away;

	s->is_away = false;
	s->is_quiet = false;
	s->is_page_gone = false;
	return was_away;
}

/* --- hold ---------------------------------------------------------------- */

/* Tells the trunk (RFC 3264 8.4), so that its own side can show it and pause a
 * recording; the sound does not depend on it.  One offer at a time. */
static void tell_trunk(struct rd_session *s)
{
	struct rd_far *f = &s->far;
	struct rd_trunks *trunks = s->engine->cfg.trunks;
	enum rd_sdp_direction wanted =
		s->is_on_hold ? RD_SDP_SENDONLY : RD_SDP_SENDRECV;
	char sdp[RD_FAR_SDP];
	enum rd_err err;

	if (s->to->to != RD_ENGINE_SIP || !f->dialog || f->is_offering ||
	    f->local.direction == wanted)
		return;
	f->local.direction = wanted;
	err = rd_engine_sdp_reoffer(f, sdp, sizeof(sdp));
	if (!err)
		err = rd_trunk_reinvite(trunks, f->dialog, sdp);
	f->is_offering = !err;
	rd_wipe(sdp, sizeof(sdp)); /* it has our key */
	if (err)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"hold not told\" error=%s", s->call_id,
		       rd_err_name(err));
}

void rd_engine_note_reanswered(struct rd_session *s, unsigned status)
{
	struct rd_far *f = &s->far;

	if (!f->is_offering)
		return;
	f->is_offering = false;
	if (status >= 300 && !s->is_on_hold && rd_engine_sdp_unhold(f) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"hold not ended\"", s->call_id);
	tell_trunk(s);
}

static bool may_hold(const struct rd_session *s)
{
	switch (s->to->to) {
	case RD_ENGINE_ECHO:
		return s->is_caller_up;
	case RD_ENGINE_SIP:
		return s->far.is_answered;
	case RD_ENGINE_MEET:
		return s->partner && s->partner->is_caller_up;
	case RD_ENGINE_ANNOUNCEMENT: /* would begin anew */
	case RD_ENGINE_DIRECTED:
		break;
	}
	return false;
}

enum rd_err rd_engine_hold(struct rd_session *s, bool is_on)
{
	enum rd_err err;

	if (!may_hold(s))
		return RD_E_STATE;
	if (s->is_on_hold == is_on)
		return RD_OK;
	s->is_on_hold = is_on;
	err = s->leg ? rd_engine_far_route(s) : RD_OK;
	if (err) {
		s->is_on_hold = !is_on;
		return err;
	}
	tell_trunk(s);
	rd_engine_far_tell_hold(s);
	return RD_OK;
}
