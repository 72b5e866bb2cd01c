/* provider/engine_sdp.c - what the far side and we agree on (RFC 3264), and
 * media told of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/random.h"
#include "provider/engine_priv.h"
#include "secure/srtp.h"

enum {
	MOST_PTIME_MS = 60
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
void rd_engine_sdp_key(struct rd_sdp_crypto *c)
{
	c->tag = 1;
	c->suite = RD_SDP_AES_CM_128_HMAC_SHA1_80;
	c->len = rd_sdp_suite_key_bytes(c->suite);
	rd_random_bytes(c->key, c->len);
}

/* Tells media what was agreed. */
static enum rd_err connect_leg(struct rd_far *f)
{
	const struct rd_trunk_session *a = &f->agreed;
	struct rd_media_rtp rtp = {
		.remote = a->media,
		.codec = rd_engine_media_codec(a->codec),
		.payload_type = a->send_type,
		.dtmf_payload_type = a->digits_send_type == RD_SDP_NO_TYPE
					     ? 0
					     : a->digits_send_type,
		.is_renumbered = a->send_type != a->receive_type ||
				 a->digits_send_type != a->digits_receive_type,
		.offered_payload_type = a->receive_type,
		.offered_dtmf_payload_type = a->digits_receive_type,
		.ptime_ms = a->ptime_ms > MOST_PTIME_MS ? MOST_PTIME_MS
							: a->ptime_ms,
		.may_send = (a->direction & RD_SDP_SENDONLY) != 0 &&
			    !rd_addr_is_any(&a->media),
		.may_receive = (a->direction & RD_SDP_RECVONLY) != 0,
		.learn = f->line->learn_media_address,
		.rtcp_mux = a->has_rtcp_mux,
	};
	enum rd_err err;

	if (f->local.crypto.tag && a->crypto.tag) {
		rtp.srtp_suite = srtp_profile(a->crypto.suite);
		memcpy(rtp.send_key, f->local.crypto.key, f->local.crypto.len);
		memcpy(rtp.receive_key, a->crypto.key, a->crypto.len);
	}
	err = rd_media_rtp_connect(f->line->engine->cfg.media, f->leg, &rtp);
	rd_wipe(&rtp, sizeof(rtp));
	return err;
}

/* What is agreed stays agreed: the codec in use is preferred from now on. */
static void prefer_codec(struct rd_trunk_local *l, enum rd_sdp_codec codec)
{
	unsigned i = 0;

	while (i + 1 < l->codec_count && l->codecs[i] != codec)
		i++;
	for (; i > 0; i--)
		l->codecs[i] = l->codecs[i - 1];
	l->codecs[0] = codec;
}

/* What was said in keys is never said in clear (RFC 3264 8 would let them). */
static bool is_downgrade(const struct rd_far *f,
			 const struct rd_trunk_session *a)
{
	return !a->crypto.tag && (f->agreed.crypto.tag ||
				  f->line->trunk->srtp == RD_SRTP_REQUIRED);
}

/* The leg has one socket, of one family; on hold there is nothing to reach. */
static bool can_reach(const struct rd_far *f, const struct rd_addr *to)
{
	return to->family == f->local.media.family || rd_addr_is_any(to);
}

static enum rd_err take_session(struct rd_far *f,
				const struct rd_trunk_session *a)
{
	struct rd_trunk_session before = f->agreed;
	enum rd_err err;

	if (is_downgrade(f, a) || !can_reach(f, &a->media))
		return RD_E_UNSUPPORTED;
	f->agreed = *a;
	err = connect_leg(f);
	if (err)
		f->agreed = before;
	else
		prefer_codec(&f->local, a->codec);
	rd_wipe(&before, sizeof(before));
	return err;
}

enum rd_err rd_engine_sdp_take_answer(struct rd_far *f, const char *text)
{
	struct rd_trunk_session agreed;
	struct rd_sdp sdp;
	enum rd_err err = rd_sdp_parse(&sdp, rd_span_text(text));

	if (err)
		return err;
	err = rd_trunk_read_answer(&sdp, &f->local, &agreed);
	if (!err)
		err = take_session(f, &agreed);
	rd_wipe(&agreed, sizeof(agreed));
	return err;
}

enum rd_err rd_engine_sdp_unhold(struct rd_far *f)
{
	f->agreed.direction = RD_SDP_SENDRECV;
	return connect_leg(f);
}

enum rd_err rd_engine_sdp_reoffer(struct rd_far *f, char *out, size_t size)
{
	struct rd_writer w = rd_writer(out, size - 1);
	enum rd_err err;

	f->local.session_version++;
	err = rd_trunk_write_offer(&w, &f->local);
	out[err ? 0 : rd_writer_len(&w)] = '\0';
	return err;
}

enum rd_err rd_engine_sdp_answer(struct rd_far *f, const char *offer, char *out,
				 size_t size)
{
	struct rd_writer w = rd_writer(out, size - 1);
	struct rd_trunk_session agreed;
	struct rd_sdp sdp;
	enum rd_err err = rd_sdp_parse(&sdp, rd_span_text(offer));

	if (err)
		return err;
	err = rd_trunk_read_offer(&sdp, &f->local, &agreed);
	if (!err)
		err = take_session(f, &agreed);
	rd_wipe(&agreed, sizeof(agreed));
	if (err)
		return err;
	f->local.session_version++;
	err = rd_trunk_write_answer(&w, &sdp, &f->local, &f->agreed);
	out[err ? 0 : rd_writer_len(&w)] = '\0';
	return err;
}
