/* synthetic/answerer_media.c - the sound of an answered call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "synthetic/answerer_priv.h"
#include "synthetic/udp.h"

enum {
	BATCH = 32,
	REPORT_MS = 2000,
	FIRST_REPORT_MS = 500,
	MOST_BEHIND_MS = 100,
	PACKET_ROOM = RD_PARTY_PACKET_MAX + RD_SRTP_TRAILER_MAX,
};

const struct rd_codec *rd_answer_codec(enum rd_sdp_codec codec)
{
	return rd_codec_find(rd_span_text(rd_sdp_codec_name(codec)));
}

static bool may_send(const struct answer *c)
{
	/* RFC 3264 8.4: held the old way. */
	return c->session.direction & RD_SDP_SENDONLY &&
	       !rd_addr_is_any(&c->session.media);
}

static void send_rtp(struct answer *c, uint8_t *packet, size_t len)
{
	if (len == 0 || !may_send(c) ||
	    (c->send && rd_srtp_protect(c->send, packet, &len, PACKET_ROOM)))
		return;
	rd_udp_send(c->fd, rd_span(packet, len), &c->session.media);
}

static void on_beat(struct rd_timer *t, uint64_t now_ms)
{
	struct answer *c = rd_container(t, struct answer, beat);
	uint8_t packet[PACKET_ROOM];
	size_t len;

	if (rd_party_next(c->party, rd_clock_us(), packet, &len))
		send_rtp(c, packet, len);
	c->beat_ms += RD_FRAME_MS;
	if (now_ms > c->beat_ms + MOST_BEHIND_MS)
		c->beat_ms = now_ms;
	rd_timer_arm(rd_loop_timers(c->owner->cfg.loop), t, c->beat_ms);
}

static void on_report(struct rd_timer *t, uint64_t now_ms)
{
	struct answer *c = rd_container(t, struct answer, report);
	uint8_t packet[PACKET_ROOM];
	size_t len;

	if (rd_party_report(c->party, rd_clock_us(), rd_udp_wall_us(), packet,
			    &len) &&
	    (!c->send ||
	     !rd_srtp_protect_rtcp(c->send, packet, &len, sizeof(packet))))
		rd_udp_send(c->fd, rd_span(packet, len), &c->session.rtcp);
	rd_timer_arm(rd_loop_timers(c->owner->cfg.loop), t, now_ms + REPORT_MS);
}

static void tell_digits(struct answer *c)
{
	size_t heard = strlen(rd_party_digits(c->party));

	if (heard == c->digits_told)
		return;
	c->digits_told = heard;
	rd_answer_tell(c, "digit");
}

static void take(struct answer *c, uint8_t *buf, size_t len, uint64_t at_us)
{
	enum rd_packet_kind kind = rd_packet_kind(rd_span(buf, len));
	uint8_t reply[PACKET_ROOM];
	size_t reply_len;

	if (kind == RD_PACKET_RTCP) {
		if (!c->receive ||
		    !rd_srtp_unprotect_rtcp(c->receive, buf, &len))
			rd_party_feed_rtcp(c->party, rd_span(buf, len), at_us,
					   rd_udp_wall_us());
		return;
	}
	if (kind != RD_PACKET_RTP ||
	    (c->receive && rd_srtp_unprotect(c->receive, buf, &len)))
		return;
	rd_party_feed(c->party, rd_span(buf, len), at_us, reply, &reply_len);
	send_rtp(c, reply, reply_len);
	tell_digits(c);
}

static void on_readable(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct answer *c = rd_container(w, struct answer, watch);
	uint8_t buf[2048];
	uint64_t at_us;
	size_t len;

	(void)events;
	(void)now_ms;
	for (int i = 0; i < BATCH && c->fd >= 0; i++) {
		if (!rd_udp_receive(c->fd, buf, sizeof(buf), &len, NULL,
				    &at_us))
			return;
		if (c->party)
			take(c, buf, len, at_us);
	}
}

enum rd_err rd_answer_media_reserve(struct answer *c)
{
	struct rd_addr bound = rd_answerer_local(c->owner);
	enum rd_err err;

	c->local = bound;
	c->local.port = 0;
	err = rd_udp_open(&c->fd, &c->local);
	c->watch.fn = on_readable;
	if (!err)
		err = rd_loop_watch(c->owner->cfg.loop, &c->watch, c->fd,
				    RD_READABLE);
	return err;
}

/* SDES: each direction has the key of who sends. */
static enum rd_err open_keys(struct answer *c)
{
	const struct rd_sdp_crypto *theirs = &c->session.crypto;
	enum rd_err err;

	if (!theirs->tag)
		return RD_OK;
	c->profile = rd_srtp_profile_parse(
		rd_span_text(rd_sdp_suite_name(theirs->suite)));
	err = rd_srtp_open(&c->send, c->profile, RD_SRTP_SEND,
			   rd_span(c->key, sizeof(c->key)));
	if (!err)
		err = rd_srtp_open(&c->receive, c->profile, RD_SRTP_RECEIVE,
				   rd_span(theirs->key, theirs->len));
	return err;
}

static enum rd_err open_party(struct answer *c)
{
	const struct rd_answerer_cfg *cfg = &c->owner->cfg;
	struct rd_party_cfg party = {
		.codec = c->codec,
		.plays_once = cfg->plays_once,
		.is_echo = cfg->is_echo,
		.payload_type = c->session.send_type,
		.receive_type = c->session.receive_type,
		.digits_type = c->session.digits_receive_type,
		.digits_hz = c->session.digits_hz,
		.ssrc = rd_random_u32(),
		.cname = c->cname,
		.listens = cfg->listen_every &&
			   c->owner->heard++ % cfg->listen_every == 0,
		.rate_hz = rd_codec_rate_up_to(c->codec, cfg->most_rate_hz),
		.hear_hz = cfg->hear_hz,
		.hear_db = cfg->hear_db,
	};
	enum rd_err err = RD_OK;

	if (cfg->banks)
		err = rd_banks_get(cfg->banks, c->codec, &party.bank, NULL);
	if (!c->owner->is_recording)
		party.record_path = cfg->record_path;
	snprintf(c->cname, sizeof(c->cname), "%08x", rd_random_u32());
	if (!err)
		err = rd_party_open(&c->party, &party);
	if (!err && party.record_path) {
		c->owner->is_recording = true;
		c->is_recording = true;
	}
	return err;
}

enum rd_err rd_answer_media_start(struct answer *c)
{
	struct rd_timers *timers = rd_loop_timers(c->owner->cfg.loop);
	uint64_t now_ms = rd_loop_now_ms(c->owner->cfg.loop);
	enum rd_err err = c->codec ? open_keys(c) : RD_E_UNSUPPORTED;

	if (!err)
		err = open_party(c);
	if (err)
		return err;
	c->beat.fn = on_beat;
	c->report.fn = on_report;
	c->beat_ms = now_ms;
	rd_timer_arm(timers, &c->beat, now_ms);
	rd_timer_arm(timers, &c->report, now_ms + FIRST_REPORT_MS);
	return RD_OK;
}

void rd_answer_media_stop(struct answer *c)
{
	struct rd_timers *timers = rd_loop_timers(c->owner->cfg.loop);

	rd_timer_disarm(timers, &c->beat);
	rd_timer_disarm(timers, &c->report);
	rd_watch_remove(&c->watch);
	rd_udp_close(&c->fd);
	rd_party_close(c->party);
	c->party = NULL;
	rd_srtp_close(c->send);
	rd_srtp_close(c->receive);
	c->send = c->receive = NULL;
	if (c->is_recording)
		c->owner->is_recording = false;
	rd_wipe(c->key, sizeof(c->key));
}
