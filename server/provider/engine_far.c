/* provider/engine_far.c - the far side of the engine: echo, announcement,
 * a party of a trunk, another caller.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "provider/engine_priv.h"
#include "secure/srtp.h"
#include "trunk/sip_reason.h"

enum {
	PTIME_MS = 20,
	MOST_PTIME_MS = 60,
	Q850_NORMAL = 16,
	UUI_BYTES = 128, /* RFC 7433 4: what most gateways take */
};

/* --- codecs and keys --------------------------------------------------- */

enum rd_sdp_codec rd_engine_sdp_codec(enum rd_codec_id codec)
{
	switch (codec) {
	case RD_CODEC_OPUS:
		return RD_SDP_OPUS;
	case RD_CODEC_G722:
		return RD_SDP_G722;
	case RD_CODEC_PCMU:
		return RD_SDP_PCMU;
	default:
		return RD_SDP_PCMA;
	}
}

enum rd_codec_id rd_engine_media_codec(enum rd_sdp_codec codec)
{
	switch (codec) {
	case RD_SDP_OPUS:
		return RD_CODEC_OPUS;
	case RD_SDP_G722:
		return RD_CODEC_G722;
	case RD_SDP_PCMU:
		return RD_CODEC_PCMU;
	default:
		return RD_CODEC_PCMA;
	}
}

static unsigned srtp_profile(enum rd_sdp_suite suite)
{
	switch (suite) {
	case RD_SDP_AES_CM_128_HMAC_SHA1_80:
		return RD_SRTP_AES128_CM_SHA1_80;
	case RD_SDP_AES_CM_128_HMAC_SHA1_32:
		return RD_SRTP_AES128_CM_SHA1_32;
	case RD_SDP_AEAD_AES_128_GCM:
		return RD_SRTP_AEAD_AES_128_GCM;
	case RD_SDP_AEAD_AES_256_GCM:
		return RD_SRTP_AEAD_AES_256_GCM;
	default:
		return RD_SRTP_NONE;
	}
}

/* A fresh key of the one suite that every trunk with SDES knows. */
static void make_crypto(struct rd_sdp_crypto *c)
{
	c->tag = 1;
	c->suite = RD_SDP_AES_CM_128_HMAC_SHA1_80;
	c->len = rd_sdp_suite_key_bytes(c->suite);
	rd_random_bytes(c->key, c->len);
}

/* --- the leg ----------------------------------------------------------- */

static enum rd_err open_far_leg(struct rd_far *f)
{
	struct rd_session *s = f->session;
	struct rd_engine *e = s->engine;
	enum rd_err err = rd_media_rtp_reserve(e->cfg.media, s->worker, &f->leg,
					       &f->local.media);

	if (!err)
		err = rd_table_put(&e->far_legs, f->leg, f);
	if (err)
		return err;
	f->local.session_id = rd_random_u32();
	f->local.session_version = 1;
	for (unsigned i = 0; i < s->to->codec_count; i++)
		f->local.codecs[f->local.codec_count++] =
			rd_engine_sdp_codec(s->to->codecs[i]);
	f->local.has_digits = true;
	f->local.ptime_ms = PTIME_MS;
	f->local.direction = RD_SDP_SENDRECV;
	if (s->to->trunk->srtp != RD_SRTP_OFF)
		make_crypto(&f->local.crypto);
	return RD_OK;
}

static void close_far(struct rd_far *f, unsigned cause)
{
	struct rd_engine *e = f->session->engine;

	if (f->dialog) {
		rd_table_take(&e->dialogs, f->dialog);
		rd_trunk_hangup(e->cfg.trunks, f->dialog, cause);
	}
	if (f->leg) {
		rd_table_take(&e->far_legs, f->leg);
		rd_media_leg_close(e->cfg.media, f->leg);
	}
	rd_wipe(&f->local.crypto, sizeof(f->local.crypto));
	rd_wipe(&f->agreed.crypto, sizeof(f->agreed.crypto));
	*f = (struct rd_far){ .session = f->session };
}

void rd_engine_release_far(struct rd_session *s)
{
	close_far(&s->far, Q850_NORMAL);
	close_far(&s->next, Q850_NORMAL);
}

/* Tells media what was agreed. */
static enum rd_err connect_leg(struct rd_far *f)
{
	struct rd_session *s = f->session;
	const struct rd_trunk_session *a = &f->agreed;
	struct rd_media_rtp rtp = {
		.remote = a->media,
		.codec = rd_engine_media_codec(a->codec),
		.payload_type = a->send_type,
		.dtmf_payload_type = a->digits_send_type == RD_SDP_NO_TYPE
					     ? 0
					     : a->digits_send_type,
		.ptime_ms = a->ptime_ms > MOST_PTIME_MS ? MOST_PTIME_MS
							: a->ptime_ms,
		.may_send = (a->direction & RD_SDP_SENDONLY) != 0 &&
			    !rd_addr_is_any(&a->media),
		.may_receive = (a->direction & RD_SDP_RECVONLY) != 0,
		.learn = s->to->learn_media_address,
		.rtcp_mux = a->has_rtcp_mux,
	};
	enum rd_err err;

	if (f->local.crypto.tag && a->crypto.tag) {
		rtp.srtp_suite = srtp_profile(a->crypto.suite);
		memcpy(rtp.send_key, f->local.crypto.key, f->local.crypto.len);
		memcpy(rtp.receive_key, a->crypto.key, a->crypto.len);
	}
	err = rd_media_rtp_connect(s->engine->cfg.media, f->leg, &rtp);
	rd_wipe(&rtp, sizeof(rtp));
	return err;
}

/* --- calling ----------------------------------------------------------- */

static const char *find_attribute(const struct rd_session *s, const char *name)
{
	for (unsigned i = 0; i < s->attribute_count; i++)
		if (s->attributes[i].is_verified &&
		    !strcmp(s->attributes[i].name, name))
			return s->attributes[i].value;
	return NULL;
}

/* name=value pairs in hex (RFC 7433 4), as much as fits. */
static unsigned make_uui(const struct rd_session *s,
			 struct rd_trunk_header *out)
{
	char plain[UUI_BYTES], hex[2 * UUI_BYTES + 1];
	size_t n = 0;

	for (unsigned i = 0; i < s->to->header_count; i++) {
		const char *name = s->to->headers[i].attribute;
		const char *value = find_attribute(s, name);
		int more;

		if (!value)
			continue;
		more = snprintf(plain + n, sizeof(plain) - n, "%s%s=%s",
				n ? ";" : "", name, value);
		if (more < 0 || (size_t)more >= sizeof(plain) - n)
			break;
		n += (size_t)more;
	}
	if (n == 0)
		return 0;
	rd_hex_encode(rd_span(plain, n), hex);
	snprintf(out->name, sizeof(out->name), "User-to-User");
	if (snprintf(out->value, sizeof(out->value), "%.230s;encoding=hex",
		     hex) >= (int)sizeof(out->value))
		return 0;
	return 1;
}

/* Headers are built here from verified attributes alone (T36, T61). */
static unsigned make_headers(const struct rd_session *s,
			     struct rd_trunk_header out[RD_TRUNK_HEADERS])
{
	unsigned n = 0;

	if (s->to->trunk->context == RD_CONTEXT_NONE)
		return 0;
	if (s->to->trunk->context == RD_CONTEXT_UUI)
		return make_uui(s, out);
	for (unsigned i = 0; i < s->to->header_count && n < RD_TRUNK_HEADERS;
	     i++) {
		const char *value =
			find_attribute(s, s->to->headers[i].attribute);

		if (!value)
			continue;
		snprintf(out[n].name, sizeof(out[n].name), "%s",
			 s->to->headers[i].name);
		snprintf(out[n].value, sizeof(out[n].value), "%s", value);
		n++;
	}
	return n;
}

/* INVITEs user at the destination's trunk; f keeps leg and dialog. */
static enum rd_err invite(struct rd_far *f, const char *user)
{
	struct rd_session *s = f->session;
	struct rd_engine *e = s->engine;
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	char sdp[RD_FAR_SDP];
	struct rd_writer w = rd_writer(sdp, sizeof(sdp) - 1);
	struct rd_trunk_invite invite = {
		.trunk = s->to->trunk->name,
		.user = user,
		.display_name = s->display_name[0] ? s->display_name : NULL,
		.sdp = sdp,
		.headers = headers,
		.ring_ms = s->to->ring_ms,
	};
	enum rd_err err = e->cfg.trunks ? open_far_leg(f) : RD_E_UPSTREAM;

	if (!err)
		err = rd_trunk_write_offer(&w, &f->local);
	if (err)
		return err;
	sdp[rd_writer_len(&w)] = '\0';
	invite.header_count = make_headers(s, headers);
	err = rd_trunk_invite(e->cfg.trunks, &invite, &f->dialog);
	if (!err)
		err = rd_table_put(&e->dialogs, f->dialog, f);
	return err;
}

static void call_trunk(struct rd_session *s)
{
	enum rd_err err = invite(&s->far, s->to->user);

	rd_free(s->attributes);
	s->attributes = NULL;
	s->attribute_count = 0;
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
	struct rd_engine *e = s->engine;
	struct rd_session *other = s->partner;

	if (!other || !other->is_caller_up) {
		rd_engine_tell(s, RD_CALL_FAR_RINGS);
		return;
	}
	/* Who is away for a moment is joined when he comes back. */
	if (other->leg &&
	    rd_media_bridge(e->cfg.media, s->leg, other->leg) != RD_OK) {
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
	}
	if (err)
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
	else
		rd_engine_tell(s, RD_CALL_FAR_ANSWERED);
}

/* Joins the caller and the far side; a caller who is away is joined when he
 * comes back. */
static enum rd_err join_caller(struct rd_session *s)
{
	return s->leg ? rd_media_bridge(s->engine->cfg.media, s->leg,
					s->far.leg)
		      : RD_OK;
}

static enum rd_err rejoin(struct rd_session *s)
{
	struct rd_media *m = s->engine->cfg.media;
	struct rd_session *other = s->partner;

	switch (s->to->to) {
	case RD_ENGINE_ECHO:
		return rd_media_echo(m, s->leg);
	case RD_ENGINE_ANNOUNCEMENT:
		return rd_media_play(m, s->leg, s->to->sound, false);
	case RD_ENGINE_MEET:
		return other && other->leg
			       ? rd_media_bridge(m, s->leg, other->leg)
			       : RD_OK;
	case RD_ENGINE_SIP:
		break;
	}
	if (s->far.is_connected)
		return join_caller(s);
	return s->far.is_ringing ? rd_media_ringback(m, s->leg) : RD_OK;
}

void rd_engine_far_rejoin(struct rd_session *s)
{
	if (rejoin(s) != RD_OK)
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
}

enum rd_err rd_engine_far_digits(struct rd_session *s, const char *digits)
{
	struct rd_far *f = &s->far;
	struct rd_engine *e = s->engine;

	if (!f->is_connected)
		return RD_E_STATE;
	if (f->agreed.digits_send_type != RD_SDP_NO_TYPE)
		return rd_media_digits(e->cfg.media, f->leg, digits);
	return rd_trunk_info_digits(e->cfg.trunks, f->dialog, digits);
}

/* --- what the trunk says ----------------------------------------------- */

/* Reads their answer; bridges when there is media for the first time. */
static enum rd_err take_answer(struct rd_far *f, const char *text)
{
	struct rd_session *s = f->session;
	struct rd_sdp sdp;
	enum rd_err err = rd_sdp_parse(&sdp, rd_span_text(text));

	if (!err)
		err = rd_trunk_read_answer(&sdp, &f->local, &f->agreed);
	if (!err && s->to->trunk->srtp == RD_SRTP_REQUIRED &&
	    !f->agreed.crypto.tag)
		err = RD_E_UNSUPPORTED;
	if (!err)
		err = connect_leg(f);
	if (err)
		return err;
	f->is_connected = true;
	return f == &s->far ? join_caller(s) : RD_OK;
}

/* The trunk answered something that we cannot use. */
static void give_up(struct rd_far *f, enum rd_err err)
{
	struct rd_session *s = f->session;

	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"trunk's SDP refused\" trunk=%s error=%s",
	       s->call_id, s->to->trunk->name, rd_err_name(err));
	if (f == &s->next)
		close_far(f, Q850_NORMAL);
	else
		rd_engine_finish(s, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM, 488,
				 0);
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

/* The party of the transfer answered: it takes the old one's place. */
static void complete_transfer(struct rd_session *s)
{
	struct rd_engine *e = s->engine;

	if (rd_trunk_transfer_result(e->cfg.trunks, s->far.dialog, 200) !=
	    RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"transferor is gone\"", s->call_id);
	close_far(&s->far, Q850_NORMAL);
	s->far = s->next;
	s->next = (struct rd_far){ .session = s };
	/* The tables point at the place, not at the dialog. */
	if (rd_table_put(&e->dialogs, s->far.dialog, &s->far) != RD_OK ||
	    rd_table_put(&e->far_legs, s->far.leg, &s->far) != RD_OK ||
	    join_caller(s) != RD_OK)
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
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
		complete_transfer(s);
	else
		rd_engine_tell(s, RD_CALL_FAR_ANSWERED);
}

/* Held: they do not want to hear us, or send nothing (RFC 3264 8.4). */
static void tell_hold(struct rd_session *s)
{
	const struct rd_trunk_session *a = &s->far.agreed;
	bool is_held =
		a->direction != RD_SDP_SENDRECV || rd_addr_is_any(&a->media);

	if (is_held == s->is_held)
		return;
	s->is_held = is_held;
	rd_engine_tell(s, is_held ? RD_CALL_FAR_HELD : RD_CALL_FAR_RESUMED);
}

static enum rd_err write_reanswer(struct rd_far *f, const struct rd_sdp *sdp,
				  char *out, size_t size)
{
	struct rd_writer w = rd_writer(out, size - 1);
	enum rd_err err;

	f->local.session_version++;
	err = rd_trunk_write_answer(&w, sdp, &f->local, &f->agreed);
	out[err ? 0 : rd_writer_len(&w)] = '\0';
	return err;
}

/* re-INVITE or UPDATE: hold, another address, a refresh. */
static void on_reoffer(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;
	struct rd_trunks *trunks = s->engine->cfg.trunks;
	struct rd_trunk_session agreed;
	struct rd_sdp sdp;
	char out[RD_FAR_SDP];
	struct rd_writer w = rd_writer(out, sizeof(out) - 1);
	enum rd_err err = RD_OK;

	if (!event->sdp[0]) { /* they want our offer */
		err = rd_trunk_write_offer(&w, &f->local);
		out[err ? 0 : rd_writer_len(&w)] = '\0';
	} else {
		err = rd_sdp_parse(&sdp, rd_span_text(event->sdp));
		if (!err)
			err = rd_trunk_read_offer(&sdp, &f->local, &agreed);
		if (!err) {
			f->agreed = agreed;
			err = write_reanswer(f, &sdp, out, sizeof(out));
		}
		if (!err)
			err = connect_leg(f);
	}
	if (rd_trunk_reanswer(trunks, f->dialog, err ? NULL : out) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"re-INVITE is gone\"", s->call_id);
	if (!err && event->sdp[0] && f == &s->far)
		tell_hold(s);
}

/* The user part of a sip: or sips: URI that the trunk folder has allowed. */
static bool target_user(const char *uri, char *out, size_t size)
{
	const char *at = strchr(uri, ':');
	size_t n = at ? strcspn(at + 1, "@;?>") : 0;

	if (n == 0 || n >= size || at[1 + n] != '@')
		return false;
	memcpy(out, at + 1, n);
	out[n] = '\0';
	return true;
}

static void on_transfer(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;
	char user[RD_TRUNK_TEXT];
	enum rd_err err = RD_E_FORMAT;

	if (f == &s->far && !s->next.dialog &&
	    target_user(event->target, user, sizeof(user)))
		err = invite(&s->next, user);
	if (!err)
		return;
	close_far(&s->next, Q850_NORMAL);
	if (rd_trunk_transfer_result(s->engine->cfg.trunks, f->dialog, 603) !=
	    RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"transferor is gone\"", s->call_id);
}

static void on_far_ended(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_session *s = f->session;
	struct rd_engine *e = s->engine;
	const char *code = rd_sip_reason(event->status, event->cause);
	enum rd_reason reason = RD_REASON_ENDED_BY_ADVISOR;
	bool was_answered = f->is_answered;

	rd_table_take(&e->dialogs, f->dialog);
	f->dialog = 0;
	if (f == &s->next) {
		if (rd_trunk_transfer_result(e->cfg.trunks, s->far.dialog,
					     event->status ? event->status
							   : 487) != RD_OK)
			rd_log(RD_LOG_DEBUG, "provider",
			       "call=%s event=\"transferor is gone\"",
			       s->call_id);
		close_far(f, Q850_NORMAL);
		return;
	}
	if (code)
		reason = rd_reason_parse(rd_span_text(code));
	if (rd_sip_reason_is_alarm(event->status))
		rd_log(RD_LOG_ERROR, "provider",
		       "call=%s event=\"trunk refuses us\" trunk=%s code=%u",
		       s->call_id, s->to->trunk->name, event->status);
	rd_engine_finish(s, reason,
			 code && !was_answered ? RD_BY_SYSTEM
			 : event->by_far_end   ? RD_BY_ADVISOR
					       : RD_BY_SYSTEM,
			 event->status, event->cause);
}

void rd_engine_far_trunk(struct rd_engine *e,
			 const struct rd_trunk_event *event)
{
	struct rd_far *f = rd_table_get(&e->dialogs, event->dialog);

	if (!f)
		return;
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
		on_reoffer(f, event);
		return;
	case RD_TRUNK_TRANSFER:
		on_transfer(f, event);
		return;
	case RD_TRUNK_ENDED:
		on_far_ended(f, event);
		return;
	default: /* TRYING; digits of the far end have no listener yet */
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
	switch (event->kind) {
	case RD_MEDIA_LEVEL:
		rd_signaling_volume(e->signaling, s->meeting_id,
				    s->far_attendee_id, event->level,
				    RD_SIGNAL_GOOD);
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
