/* provider/engine_caller.c - the caller's side of the engine: signaling
 * sockets, offers and answers, and the web leg.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "provider/engine_priv.h"

enum {
	MESSAGE_BYTES = 128 * 1024, /* chime-signaling section 11, 13 */
	PAGE_GONE = 1001,           /* RFC 6455 7.4.1: "going away" */
	ANSWER_BYTES = 16384,
	NARROWBAND_HZ = 8000,
	BITRATE = 32000,
};

#define SUBPROTOCOL "_aws_wt_session"

/* --- how to join ------------------------------------------------------- */

/* "wss://host" of "https://host". */
static void websocket_origin(const char *public_url, char *out, size_t size)
{
	const char *rest = strstr(public_url, "://");
	bool is_tls = !strncmp(public_url, "https", 5);

	snprintf(out, size, "%s%s", is_tls ? "wss" : "ws", rest ? rest : "");
}

enum rd_err rd_engine_invite_caller(struct rd_session *s, struct rd_joining *j,
				    uint64_t now_ms)
{
	struct rd_engine *e = s->engine;
	struct rd_signaling_attendee caller = {
		.attendee_id = s->attendee_id,
		.external_user_id = s->call_id,
		.has_socket = true,
	};
	struct rd_addr media[RD_MEDIA_ADDRESSES];
	char address[RD_ADDR_TEXT], sockets[RD_URL_TEXT];
	enum rd_err err;

	_Static_assert(sizeof(j->join_token) >= RD_SIGNALING_TOKEN_TEXT,
		       "a token fits");
	err = rd_signaling_attendee_add(e->signaling, s->meeting_id, &caller,
					now_ms, j->join_token);
	if (err)
		return err;
	if (rd_media_candidates(e->cfg.media, s->worker, media) == 0)
		return RD_E_INTERNAL;
	websocket_origin(e->cfg.public_url, sockets, sizeof(sockets) - 64);
	snprintf(j->meeting_id, sizeof(j->meeting_id), "%s", s->meeting_id);
	snprintf(j->attendee_id, sizeof(j->attendee_id), "%s", s->attendee_id);
	snprintf(j->external_user_id, sizeof(j->external_user_id), "%s",
		 s->call_id);
	snprintf(j->audio_host_url, sizeof(j->audio_host_url), "%s",
		 rd_addr_text(&media[0], address));
	snprintf(j->signaling_url, sizeof(j->signaling_url),
		 "%.190s/control/%s", sockets, s->meeting_id);
	/* The SDK never contacts these two; clients that decode the answer
	 * strictly want them there (chime-signaling section 1). */
	snprintf(j->audio_fallback_url, sizeof(j->audio_fallback_url), "%s",
		 j->signaling_url);
	snprintf(j->turn_control_url, sizeof(j->turn_control_url),
		 "%.190s/v1/turn", e->cfg.public_url);
	snprintf(j->media_region, sizeof(j->media_region), "%s", e->cfg.region);
	return RD_OK;
}

/* --- connections ------------------------------------------------------- */

static struct rd_caller_conn *find_conn(const struct rd_engine *e, uint32_t id)
{
	return rd_table_get(&e->conns, id);
}

void rd_engine_free_conn(struct rd_caller_conn *c)
{
	rd_table_take(&c->engine->conns, c->conn_id);
	rd_list_remove(&c->in_session);
	rd_free(c);
}

/* A connection is done when its socket and its transport are gone. */
static void free_if_done(struct rd_caller_conn *c)
{
	if (!c->ws && c->is_open && !c->leg)
		rd_engine_free_conn(c);
}

static void close_leg(struct rd_caller_conn *c)
{
	if (!c->leg)
		return;
	rd_table_take(&c->engine->legs, c->leg);
	rd_media_leg_close(c->engine->cfg.media, c->leg);
	if (c->session && c->session->leg == c->leg)
		c->session->leg = 0;
	c->leg = 0;
}

void rd_engine_release_caller(struct rd_session *s)
{
	struct rd_list *link;

	while ((link = rd_list_pop(&s->conns))) {
		struct rd_caller_conn *c =
			rd_container(link, struct rd_caller_conn, in_session);

		c->session = NULL;
		/* Silence until signaling has said good-bye. */
		if (c->leg &&
		    rd_media_silence(s->engine->cfg.media, c->leg) != RD_OK)
			close_leg(c);
	}
}

static void on_ws_opened(void *arg, struct rd_ws *ws)
{
	struct rd_caller_conn *c = arg;

	c->ws = ws;
	c->is_open = true;
	rd_engine_pump(c->engine);
}

static void on_ws_message(void *arg, struct rd_ws *ws, struct rd_span payload,
			  bool is_text)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;
	enum rd_err err;

	(void)ws;
	if (is_text) /* chime-signaling section 2: binary only */
		return;
	err = rd_signaling_feed(e->signaling, c->conn_id, payload,
				rd_loop_now_ms(e->cfg.loop));
	if (err)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"frame refused\" error=%s",
		       c->session ? c->session->call_id : "-",
		       rd_err_name(err));
	rd_engine_pump(e);
}

static void on_ws_closed(void *arg, struct rd_ws *ws, unsigned code)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;

	rd_log(RD_LOG_DEBUG, "provider",
	       "call=%s event=\"socket closed\" code=%u",
	       c->session ? c->session->call_id : "-", code);
	rd_ws_close(ws);
	c->ws = NULL;
	if (code == PAGE_GONE)
		rd_signaling_page_gone(e->signaling, c->conn_id,
				       rd_loop_now_ms(e->cfg.loop));
	else
		rd_signaling_lost(e->signaling, c->conn_id,
				  rd_loop_now_ms(e->cfg.loop));
	free_if_done(c);
	rd_engine_pump(e);
}

static void on_ws_failed(void *arg)
{
	struct rd_caller_conn *c = arg;
	struct rd_engine *e = c->engine;

	c->is_open = true;
	rd_signaling_lost(e->signaling, c->conn_id,
			  rd_loop_now_ms(e->cfg.loop));
	free_if_done(c);
	rd_engine_pump(e);
}

static const struct rd_ws_events ws_events = {
	.opened = on_ws_opened,
	.message = on_ws_message,
	.closed = on_ws_closed,
	.failed = on_ws_failed,
};

/* The join token is the other subprotocol (chime-signaling section 2). */
static struct rd_span offered_token(const struct rd_http_request *r)
{
	struct rd_span first = RD_SPAN_NONE, second = RD_SPAN_NONE;

	if (!rd_ws_offered(r, 0, &first) || !rd_ws_offered(r, 1, &second))
		return RD_SPAN_NONE;
	return rd_span_is(first, SUBPROTOCOL) ? second : first;
}

static struct rd_caller_conn *add_conn(struct rd_engine *e, uint32_t conn_id)
{
	struct rd_caller_conn *c = rd_zalloc(sizeof(*c));

	if (!c)
		return NULL;
	c->engine = e;
	c->conn_id = conn_id;
	rd_list_init(&c->in_session);
	if (rd_table_put(&e->conns, conn_id, c) != RD_OK) {
		rd_free(c);
		return NULL;
	}
	return c;
}

void rd_engine_accept_socket(struct rd_engine *e, struct rd_http_request *r,
			     const char *meeting_id)
{
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	struct rd_span token = offered_token(r);
	struct rd_ws_cfg cfg = {
		.events = &ws_events,
		.most_frame_bytes = MESSAGE_BYTES,
		.most_message_bytes = MESSAGE_BYTES,
	};
	struct rd_caller_conn *c;
	uint32_t conn_id;
	enum rd_err err;

	if (token.len == 0) {
		rd_http_answer_text(r, 400, "text/plain",
				    "The subprotocols must be " SUBPROTOCOL
				    " and a join token.\n");
		return;
	}
	err = rd_signaling_accept(e->signaling, meeting_id, token, now_ms,
				  &conn_id);
	if (err) {
		rd_http_answer_text(r, err == RD_E_LIMIT ? 429 : 503,
				    "text/plain", "Too many sockets.\n");
		return;
	}
	c = add_conn(e, conn_id);
	if (!c) {
		rd_signaling_lost(e->signaling, conn_id, now_ms);
		rd_http_answer_text(r, 503, "text/plain", "Out of memory.\n");
		return;
	}
	cfg.arg = c;
	if (rd_ws_accept(r, &cfg, SUBPROTOCOL) != RD_OK) {
		rd_signaling_lost(e->signaling, conn_id, now_ms);
		rd_engine_free_conn(c);
	}
	rd_engine_pump(e);
}

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
	if (to->to == RD_ENGINE_SIP && to->codec_count > 0)
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
	uint8_t fingerprint[RD_WEBRTC_FINGERPRINT];
	struct rd_webrtc_local local = {
		.session_id = c->web.ssrc,
		.session_version = ++c->sdp_version,
		.ice_ufrag = rd_span_text(c->web.local_ufrag),
		.ice_password = rd_span_text(c->web.local_pwd),
		.fingerprint = fingerprint,
		.candidates = candidates,
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

static void on_offer(struct rd_engine *e, const struct rd_signaling_action *a,
		     uint64_t now_ms)
{
	struct rd_caller_conn *c = find_conn(e, a->conn_id);
	struct rd_session *s =
		rd_table_get(&e->attendees, rd_engine_id_key(a->attendee_id));
	static uint8_t buf[ANSWER_BYTES]; /* control has one thread */
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	bool had_leg = c && c->leg;
	enum rd_err err = c && s ? RD_OK : RD_E_NOTFOUND;

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
		close_leg(c);
	if (rd_signaling_refuse(e->signaling, a->conn_id,
				rd_err_class(err) == RD_CLASS_CALLER ? 400
								     : 503,
				now_ms) != RD_OK &&
	    c)
		free_if_done(c);
}

/* --- what signaling wants ---------------------------------------------- */

static void on_send(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = find_conn(e, a->conn_id);

	/* A socket that cannot take it is being closed and will be told. */
	if (c && c->ws && rd_ws_send(c->ws, a->bytes, false) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "event=\"socket does not read\"");
}

static void on_close(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = find_conn(e, a->conn_id);

	if (!c || !c->ws)
		return;
	if (a->close.code)
		rd_ws_end(c->ws, a->close.code, NULL);
	else
		rd_ws_abort(c->ws);
}

static void on_release(struct rd_engine *e, const struct rd_signaling_action *a)
{
	struct rd_caller_conn *c = find_conn(e, a->conn_id);

	if (!c)
		return;
	close_leg(c);
	free_if_done(c);
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
	case RD_SIGNALING_PRESENT:
		if (s && s->is_caller_lost)
			rd_engine_tell(s, RD_CALL_CALLER_BACK);
		if (s)
			s->is_caller_lost = false;
		return;
	case RD_SIGNALING_RECONNECTING:
		if (s && !s->is_caller_lost)
			rd_engine_tell(s, RD_CALL_CALLER_LOST);
		if (s)
			s->is_caller_lost = true;
		return;
	case RD_SIGNALING_DEPARTED:
		if (s)
			on_departed(s, a->is_dropped);
		return;
	case RD_SIGNALING_DATA:
		if (s)
			on_data(s, a);
		return;
	case RD_SIGNALING_MUTED:
	case RD_SIGNALING_METRIC:
		return;
	}
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

	rd_signaling_media_up(e->signaling, c->conn_id,
			      rd_loop_now_ms(e->cfg.loop));
	if (s->leg && s->leg != c->leg &&
	    rd_media_succeed(e->cfg.media, s->leg, c->leg) != RD_OK)
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"leg not succeeded\"", s->call_id);
	s->leg = c->leg;
	s->is_caller_up = true;
	if (is_first) {
		rd_engine_tell(s, RD_CALL_CALLER_UP);
		rd_engine_call_far(s);
	} else if (is_orphan) {
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
	case RD_MEDIA_LEVEL:
		rd_signaling_volume(e->signaling, c->session->meeting_id,
				    c->session->attendee_id, event->level,
				    RD_SIGNAL_GOOD);
		return;
	case RD_MEDIA_PLAYED:
		rd_engine_finish(c->session, RD_REASON_ENDED_BY_ADVISOR,
				 RD_BY_ADVISOR, 0, 0);
		return;
	default:
		return;
	}
}
