/* provider/engine_caller.c - the caller's side of the engine: offers and
 * answers, what signaling wants, and the web leg.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "provider/engine_priv.h"

enum {
	ANSWER_BYTES = 16384,
	NARROWBAND_HZ = 8000,
	BITRATE = 32000,
	AT_CAPACITY = 409, /* chime-signaling section 9.2 */
};

/* --- offers ------------------------------------------------------------ */

static bool is_g711(enum rd_codec_id codec)
{
	return codec == RD_CODEC_PCMU || codec == RD_CODEC_PCMA;
}

/* What the browser shall speak, by what the far side can do (design.md
 * section 9): Opus through, G.722 through, G.711 through only if configured,
 * else Opus, narrowband when all the far side knows is G.711. */
static enum rd_sdp_codec choose_codec(const struct rd_engine_destination *to,
				      const struct rd_webrtc_offer *offer,
				      bool *is_narrowband)
{
	enum rd_codec_id best = RD_CODEC_OPUS;
	enum rd_sdp_codec sdp;

	*is_narrowband = false;
	if ((to->to == RD_ENGINE_SIP || to->to == RD_ENGINE_DIRECTED) &&
	    to->codec_count > 0)
		best = to->codecs[0];
	if (is_g711(best) && !to->g711_through) {
		*is_narrowband = true;
		for (unsigned i = 0; i < to->codec_count; i++)
			*is_narrowband &= is_g711(to->codecs[i]);
		best = RD_CODEC_OPUS;
	}
	sdp = rd_engine_sdp_codec(best);
	if (offer->types[sdp] != RD_SDP_NO_TYPE)
		return sdp;
	for (int i = 0; i < RD_CODEC_COUNT; i++) {
		sdp = rd_engine_sdp_codec((enum rd_codec_id)i);
		if (offer->types[sdp] != RD_SDP_NO_TYPE)
			return sdp;
	}
	return RD_SDP_NO_CODEC;
}

static void fingerprint_text(const uint8_t *sha256, char *out)
{
	for (int i = 0; i < RD_WEBRTC_FINGERPRINT; i++)
		out += snprintf(out, 4, "%s%02X", i ? ":" : "", sha256[i]);
}

static enum rd_err fingerprint_bytes(const char *text, uint8_t *out)
{
	for (int i = 0; i < RD_WEBRTC_FINGERPRINT; i++, text += 3)
		if (rd_hex_decode(rd_span(text, 2), out + i, 1) != RD_OK)
			return RD_E_INTERNAL;
	return RD_OK;
}

static void fill_web(struct rd_caller_conn *c, const struct rd_webrtc_offer *o,
		     enum rd_sdp_codec codec, bool is_narrowband)
{
	struct rd_media_web *w = &c->web;

	if (!c->leg) {
		rd_media_ice_credentials(w->local_ufrag, w->local_pwd);
		w->ssrc = rd_random_u32() | 1;
		snprintf(w->cname, sizeof(w->cname), "%08x%08x",
			 rd_random_u32(), rd_random_u32());
	}
	rd_text_copy(w->remote_ufrag, sizeof(w->remote_ufrag), o->ice_ufrag);
	fingerprint_text(o->fingerprint, w->remote_fingerprint);
	w->codec = rd_engine_media_codec(codec);
	w->payload_type = o->types[codec];
	w->level_extension = o->level_id;
	w->is_narrowband = is_narrowband;
}

static enum rd_err write_answer(struct rd_caller_conn *c,
				const struct rd_sdp *sdp,
				const struct rd_webrtc_offer *offer,
				enum rd_sdp_codec codec, struct rd_writer *w)
{
	struct rd_media *m = c->engine->cfg.media;
	struct rd_addr candidates[RD_MEDIA_ADDRESSES];
	struct rd_addr tcp_candidates[RD_MEDIA_ADDRESSES];
	uint8_t fingerprint[RD_WEBRTC_FINGERPRINT];
	struct rd_webrtc_local local = {
		.session_id = c->web.ssrc,
		.session_version = ++c->sdp_version,
		.ice_ufrag = rd_span_text(c->web.local_ufrag),
		.ice_password = rd_span_text(c->web.local_pwd),
		.fingerprint = fingerprint,
		.candidates = candidates,
		.tcp_candidates = tcp_candidates,
		.codec = codec,
		.direction = RD_SDP_SENDRECV,
		.ssrc = c->web.ssrc,
		.cname = rd_span_text(c->web.cname),
		.msid = rd_span_text("ringdown"),
	};

	if (codec == RD_SDP_OPUS)
		local.max_average_bitrate = BITRATE;
	if (c->web.is_narrowband)
		local.max_playback_hz = NARROWBAND_HZ;
	local.candidate_count =
		(uint8_t)rd_media_candidates(m, c->session->worker, candidates);
	local.tcp_candidate_count =
		(uint8_t)rd_media_tcp_candidates(m, c->session->worker,
						 tcp_candidates);
	if (fingerprint_bytes(rd_media_fingerprint(m), fingerprint) != RD_OK)
		return RD_E_INTERNAL;
	return rd_webrtc_write_answer(w, sdp, offer, &local);
}

/* Makes or changes the transport and writes the answer. */
static enum rd_err negotiate(struct rd_caller_conn *c, struct rd_span text,
			     struct rd_writer *w)
{
	struct rd_engine *e = c->engine;
	struct rd_sdp sdp;
	struct rd_webrtc_offer offer;
	enum rd_sdp_codec codec;
	bool is_narrowband;
	enum rd_err err = rd_sdp_parse(&sdp, text);

	if (!err)
		err = rd_webrtc_read_offer(&sdp, &offer);
	if (err)
		return err;
	codec = choose_codec(c->session->to, &offer, &is_narrowband);
	if (codec == RD_SDP_NO_CODEC)
		return RD_E_UNSUPPORTED;
	fill_web(c, &offer, codec, is_narrowband);
	if (c->leg) {
		err = rd_media_web_update(e->cfg.media, c->leg, &c->web);
	} else {
		err = rd_media_web_open(e->cfg.media, c->session->worker,
					&c->web, &c->leg);
		if (!err)
			err = rd_table_put(&e->legs, c->leg, c);
	}
	return err ? err : write_answer(c, &sdp, &offer, codec, w);
}

static unsigned refusal(enum rd_err err)
{
	if (err == RD_E_LIMIT)
		return AT_CAPACITY;
	return rd_err_class(err) == RD_CLASS_CALLER ? 400 : 503;
}

static void on_offer(struct rd_engine *e, const struct rd_signaling_action *a,
		     uint64_t now_ms)
{
	struct rd_caller_conn *c = rd_engine_find_conn(e, a->conn_id);
	struct rd_session *s =
		rd_table_get(&e->attendees, rd_engine_id_key(a->attendee_id));
	static uint8_t buf[ANSWER_BYTES]; /* control has one thread */
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	bool had_leg = c && c->leg;
	enum rd_err err = c && s ? RD_OK : RD_E_NOTFOUND;

	if (!err && s->room && !rd_room_has_place(s))
		err = RD_E_LIMIT;
	if (!err && !c->session) {
		c->session = s;
		rd_list_push(&s->conns, &c->in_session);
	}
	if (!err)
		err = negotiate(c, a->offer.sdp, &w);
	if (!err)
		err = rd_signaling_answer(e->signaling, a->conn_id,
					  rd_writer_span(&w), now_ms);
	if (!err)
		return;
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"offer refused\" error=%s", s ? s->call_id : "-",
	       rd_err_name(err));
	if (c && !had_leg)
		rd_engine_close_conn_leg(c);
	if (rd_signaling_refuse(e->signaling, a->conn_id, refusal(err),
				now_ms) != RD_OK &&
	    c)
		rd_engine_free_conn_if_done(c);
}

/* --- what signaling wants ---------------------------------------------- */

static void on_send(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = rd_engine_find_conn(e, a->conn_id);

	/* A socket that cannot take it is being closed and will be told. */
	if (c && c->ws && rd_ws_send(c->ws, a->bytes, false) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "event=\"socket does not read\"");
}

static void on_close(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = rd_engine_find_conn(e, a->conn_id);

	if (!c || !c->ws)
		return;
	if (a->close.code)
		rd_ws_end(c->ws, a->close.code, NULL);
	else
		rd_ws_abort(c->ws);
}

static void on_release(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = rd_engine_find_conn(e, a->conn_id);

	if (!c)
		return;
	rd_engine_close_conn_leg(c);
	rd_engine_free_conn_if_done(c);
}

/* Returns whether the session is still there. */
static void on_departed(struct rd_session *s, bool is_dropped)
{
	if (is_dropped)
		rd_engine_finish(s, RD_REASON_NETWORK_LOST, RD_BY_SYSTEM, 0, 0);
	else if (s->is_caller_up)
		rd_engine_finish(s, RD_REASON_ENDED_BY_CALLER, RD_BY_CALLER, 0,
				 0);
	/* Else a failed start: the SDK leaves and joins again. */
}

/* Digits by data message, one or more in each (chime-signaling section 5). */
static void on_data(struct rd_session *s, const struct rd_signaling_action *a)
{
	char digits[33];

	if (!rd_span_is(a->data.topic, "dtmf") || a->data.data.len == 0 ||
	    a->data.data.len >= sizeof(digits))
		return;
	rd_text_copy(digits, sizeof(digits), a->data.data);
	if (digits[strspn(digits, "0123456789*#ABCD")] == '\0' &&
	    rd_engine_far_digits(s, digits) != RD_OK)
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"digits refused\"", s->call_id);
}

/* What an attendee did, of a call of the switchboard. */
static void on_attendee(struct rd_session *s,
			const struct rd_signaling_action *a)
{
	switch (a->kind) {
	case RD_SIGNALING_PRESENT:
		if (s->is_caller_lost)
			rd_engine_tell(s, RD_CALL_CALLER_BACK);
		s->is_caller_lost = false;
		return;
	case RD_SIGNALING_RECONNECTING:
		if (!s->is_caller_lost)
			rd_engine_tell(s, RD_CALL_CALLER_LOST);
		s->is_caller_lost = true;
		rd_engine_note_lost(s);
		return;
	case RD_SIGNALING_DEPARTED:
		on_departed(s, a->is_dropped);
		return;
	case RD_SIGNALING_DATA:
		on_data(s, a);
		return;
	default: /* MUTED, METRIC */
		return;
	}
}

static void act(struct rd_engine *e, const struct rd_signaling_action *a,
		uint64_t now_ms)
{
	struct rd_session *s = NULL;

	if (a->attendee_id && a->attendee_id[0])
		s = rd_table_get(&e->attendees,
				 rd_engine_id_key(a->attendee_id));
	switch (a->kind) {
	case RD_SIGNALING_SEND:
		on_send(e, a);
		return;
	case RD_SIGNALING_CLOSE:
		on_close(e, a);
		return;
	case RD_SIGNALING_OFFER:
		on_offer(e, a, now_ms);
		return;
	case RD_SIGNALING_MEDIA_RELEASE:
		on_release(e, a);
		return;
	default:
		break;
	}
	if (s && s->room)
		rd_room_attendee(s, a);
	else if (s)
		on_attendee(s, a);
}

void rd_engine_pump(struct rd_engine *e)
{
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	struct rd_signaling_action action;

	/* Acting may lead back here; the outer turn goes on until all is
	 * done. */
	if (e->is_pumping)
		return;
	e->is_pumping = true;
	while (rd_signaling_poll(e->signaling, now_ms, &action) == RD_OK)
		act(e, &action, now_ms);
	e->is_pumping = false;
	rd_timer_arm(rd_loop_timers(e->cfg.loop), &e->signaling_timer,
		     rd_signaling_due_ms(e->signaling));
}

/* --- the web leg ------------------------------------------------------- */

static void on_leg_up(struct rd_caller_conn *c)
{
	struct rd_engine *e = c->engine;
	struct rd_session *s = c->session;
	bool is_first = !s->is_caller_up, is_orphan = !s->leg;
	bool was_away;

	rd_signaling_media_up(e->signaling, c->conn_id,
			      rd_loop_now_ms(e->cfg.loop));
	if (s->room) {
		rd_room_leg_up(s, c->leg);
		return;
	}
	if (s->leg && s->leg != c->leg &&
	    rd_media_succeed(e->cfg.media, s->leg, c->leg) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"leg not succeeded\"", s->call_id);
	s->leg = c->leg;
	s->is_caller_up = true;
	was_away = rd_engine_note_back(s);
	if (is_first) {
		rd_engine_tell(s, RD_CALL_CALLER_UP);
		rd_engine_call_far(s);
	} else if (is_orphan ||
		   (was_away && s->to->to != RD_ENGINE_ANNOUNCEMENT)) {
		rd_engine_far_rejoin(s);
	}
}

void rd_engine_caller_media(struct rd_engine *e,
			    const struct rd_media_event *event)
{
	struct rd_caller_conn *c = rd_table_get(&e->legs, event->leg);
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);

	if (!c || !c->session)
		return;
	switch (event->kind) {
	case RD_MEDIA_UP:
		on_leg_up(c);
		return;
	case RD_MEDIA_FAILED:
	case RD_MEDIA_LOST:
	case RD_MEDIA_BYE:
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"caller's media lost\" why=%s",
		       c->session->call_id,
		       event->kind == RD_MEDIA_FAILED ? "dtls"
		       : event->kind == RD_MEDIA_BYE  ? "closed"
						      : "silent");
		rd_signaling_media_lost(e->signaling, c->conn_id, now_ms);
		return;
	case RD_MEDIA_QUIET:
		if (!c->session->room && c->session->leg == c->leg)
			rd_engine_note_quiet(c->session);
		return;
	case RD_MEDIA_HEARD:
		if (c->session->leg == c->leg)
			rd_engine_note_heard(c->session);
		return;
	case RD_MEDIA_LEVEL:
		rd_signaling_volume(e->signaling, c->session->meeting_id,
				    c->session->attendee_id, event->level,
				    RD_SIGNAL_GOOD);
		return;
	case RD_MEDIA_PLAYED:
		if (c->session->room)
			rd_room_played(c->session);
		else
			rd_engine_finish(c->session, RD_REASON_ENDED_BY_ADVISOR,
					 RD_BY_ADVISOR, 0, 0);
		return;
	default:
		return;
	}
}
