/* synthetic/caller_media.c - the media socket of a caller and its beat.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "synthetic/caller_priv.h"
#include "synthetic/udp.h"
#include "secure/srtp.h"

enum {
	BATCH = 32,       /* datagrams read before others get their turn */
	REPORT_MS = 2000, /* between RTCP reports */
	FIRST_REPORT_MS = 500,
	MOST_BEHIND_MS = 100, /* then the beat starts over */
};

static void send_out(struct rd_caller *c, struct rd_span datagram,
		     const struct rd_addr *to)
{
	if (c->cfg.is_tcp)
		rd_tcp_link_send(&c->tcp, datagram);
	else
		rd_udp_send(c->fd, datagram, c->is_connected ? NULL : to);
}

static void send_rtp(struct rd_caller *c, uint8_t *packet, size_t len)
{
	if (len == 0 ||
	    rd_weblink_protect(c->link, packet, &len,
			       RD_PARTY_PACKET_MAX + RD_SRTP_TRAILER_MAX))
		return;
	send_out(c, rd_span(packet, len), rd_weblink_peer(c->link));
}

static void on_beat(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(t, struct rd_caller, beat);
	uint8_t packet[RD_PARTY_PACKET_MAX + RD_SRTP_TRAILER_MAX];
	uint64_t now_us = rd_clock_us();
	size_t len;

	if (c->cfg.late && now_us > c->beat_ms * 1000)
		rd_sample_add(c->cfg.late,
			      (double)(now_us - c->beat_ms * 1000) / 1000);
	if (rd_party_next(c->party, now_us, packet, &len))
		send_rtp(c, packet, len);
	c->beat_ms += RD_FRAME_MS;
	if (now_ms > c->beat_ms + MOST_BEHIND_MS)
		c->beat_ms = now_ms;
	rd_timer_arm(rd_loop_timers(c->cfg.loop), t, c->beat_ms);
}

static void on_report(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(t, struct rd_caller, report_timer);
	uint8_t packet[RD_PARTY_PACKET_MAX + RD_SRTP_TRAILER_MAX];
	size_t len;

	if (rd_party_report(c->party, rd_clock_us(), rd_udp_wall_us(), packet,
			    &len) &&
	    !rd_weblink_protect_rtcp(c->link, packet, &len, sizeof(packet)))
		send_out(c, rd_span(packet, len), rd_weblink_peer(c->link));
	rd_timer_arm(rd_loop_timers(c->cfg.loop), t, now_ms + REPORT_MS);
}

/* The keys are there: 50 packets a second from now on. */
static void begin_sending(struct rd_caller *c, uint64_t now_ms)
{
	rd_caller_reach(c, RD_STEP_DTLS, rd_clock_us());
	c->result.profile = rd_weblink_profile(c->link);
	if (!c->cfg.is_tcp)
		rd_udp_connect(c->fd, rd_weblink_peer(c->link));
	c->is_connected = true;
	c->beat_ms = now_ms;
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->beat, now_ms);
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->report_timer,
		     now_ms + FIRST_REPORT_MS);
}

/* After anything was fed, or when due: sends what the link has to say and
 * looks at where it stands. */
static void drive_link(struct rd_caller *c, uint64_t now_ms)
{
	struct rd_addr to;
	struct rd_span out;

	while (rd_weblink_poll(c->link, now_ms, &to, &out))
		send_out(c, out, &to);
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->link_timer,
		     rd_weblink_due_ms(c->link));
	switch (rd_weblink_state(c->link)) {
	case RD_WEBLINK_NEW:
	case RD_WEBLINK_CHECKING:
		return;
	case RD_WEBLINK_SHAKING:
		rd_caller_reach(c, RD_STEP_ICE, rd_clock_us());
		return;
	case RD_WEBLINK_READY:
		if (!c->is_connected)
			begin_sending(c, now_ms);
		return;
	case RD_WEBLINK_FAILED:
		rd_caller_fail(c, RD_OUTCOME_NO_MEDIA, "%s",
			       rd_weblink_trouble(c->link));
		return;
	case RD_WEBLINK_LOST:
	case RD_WEBLINK_BYE:
		rd_caller_media_gone(c, rd_weblink_trouble(c->link));
	}
}

static void on_link_timer(struct rd_timer *t, uint64_t now_ms)
{
	drive_link(rd_container(t, struct rd_caller, link_timer), now_ms);
}

static void take(struct rd_caller *c, uint8_t *buf, size_t len,
		 const struct rd_addr *from, uint64_t at_us, uint64_t now_ms)
{
	uint8_t reply[RD_PARTY_PACKET_MAX + RD_SRTP_TRAILER_MAX];
	size_t reply_len;

	switch (rd_weblink_feed(c->link, buf, &len, from, now_ms)) {
	case RD_WEBLINK_NOTHING:
		drive_link(c, now_ms);
		return;
	case RD_WEBLINK_RTCP:
		rd_party_feed_rtcp(c->party, rd_span(buf, len), at_us,
				   rd_udp_wall_us());
		return;
	case RD_WEBLINK_RTP:
		if (c->state == RD_CALLER_STARTING)
			rd_caller_begin_talk(c, at_us);
		rd_party_feed(c->party, rd_span(buf, len), at_us, reply,
			      &reply_len);
		send_rtp(c, reply, reply_len);
	}
}

static void on_readable(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(w, struct rd_caller, watch);
	uint8_t buf[2048];
	struct rd_addr from;
	uint64_t at_us;
	size_t len;

	(void)events;
	for (int i = 0; i < BATCH && c->fd >= 0; i++) {
		if (!rd_udp_receive(c->fd, buf, sizeof(buf), &len, &from,
				    &at_us))
			return;
		take(c, buf, len, &from, at_us, now_ms);
	}
}

static void on_stream(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_caller *c = rd_container(w, struct rd_caller, watch);
	uint8_t buf[2048];
	uint64_t at_us;
	size_t len;

	(void)events;
	while (c->tcp.fd >= 0 &&
	       rd_tcp_link_receive(&c->tcp, buf, sizeof(buf), &len, &at_us))
		take(c, buf, len, rd_weblink_peer(c->link), at_us, now_ms);
	if (c->tcp.fd >= 0 && c->tcp.has_ended) {
		rd_watch_remove(&c->watch);
		rd_caller_media_gone(c, "the connection of the media ended");
	}
}

static enum rd_err open_party(struct rd_caller *c,
			      const struct rd_webrtc_answer *answer)
{
	const struct rd_codec *codec =
		rd_codec_find(rd_span_text(rd_sdp_codec_name(answer->codec)));
	struct rd_party_cfg cfg = { .codec = codec,
				    .bank_at = c->cfg.bank_at,
				    .payload_type = answer->payload_type,
				    .receive_type = answer->payload_type,
				    .digits_type = answer->events_type,
				    .level_id = answer->level_id,
				    .ssrc = c->ssrc,
				    .cname = c->cname,
				    .listens = c->cfg.listens,
				    .hear_hz = c->cfg.hear_hz,
				    .hear_db = c->cfg.hear_db,
				    .record_path = c->cfg.record_path };
	enum rd_err err;

	if (!codec)
		return RD_E_UNSUPPORTED;
	err = rd_banks_get(c->cfg.banks, codec, &cfg.bank, NULL);
	if (err)
		return err;
	cfg.digits_hz = codec->clock_hz;
	cfg.rate_hz = rd_codec_rate_up_to(codec, c->cfg.most_rate_hz);
	cfg.bank_at %= cfg.bank->count;
	c->result.codec = codec->name;
	c->result.codec_id = codec->id;
	return rd_party_open(&c->party, &cfg);
}

static enum rd_err open_socket(struct rd_caller *c, uint8_t family)
{
	struct rd_addr local = { .family = family };
	enum rd_err err = rd_udp_open(&c->fd, &local);

	c->watch.fn = on_readable;
	if (!err)
		err = rd_loop_watch(c->cfg.loop, &c->watch, c->fd, RD_READABLE);
	return err;
}

/* Instead of the UDP candidates: the first one over TCP. */
static enum rd_err open_tcp(struct rd_caller *c,
			    struct rd_webrtc_answer *answer)
{
	enum rd_err err;

	if (!answer->tcp_candidate_count)
		return RD_E_UNSUPPORTED;
	answer->candidates[0] = answer->tcp_candidates[0];
	answer->candidate_count = 1;
	err = rd_tcp_link_open(&c->tcp, &answer->candidates[0]);
	c->watch.fn = on_stream;
	if (!err)
		err = rd_loop_watch(c->cfg.loop, &c->watch, c->tcp.fd,
				    RD_READABLE);
	return err;
}

enum rd_err rd_caller_media_start(struct rd_caller *c, struct rd_span text)
{
	uint64_t now_ms = rd_loop_now_ms(c->cfg.loop);
	struct rd_webrtc_answer answer;
	struct rd_sdp *sdp = rd_alloc(sizeof(*sdp));
	enum rd_err err = sdp ? rd_sdp_parse(sdp, text) : RD_E_NOMEM;

	if (!err)
		err = rd_webrtc_read_answer(sdp, &answer);
	if (!err)
		err = open_party(c, &answer);
	if (!err && c->cfg.is_tcp)
		err = open_tcp(c, &answer);
	else if (!err)
		err = open_socket(c, answer.candidates[0].family);
	if (!err)
		err = rd_weblink_start(c->link, &answer, now_ms);
	rd_free(sdp);
	if (err)
		return err;
	c->beat.fn = on_beat;
	c->link_timer.fn = on_link_timer;
	c->report_timer.fn = on_report;
	drive_link(c, now_ms);
	return RD_OK;
}

void rd_caller_media_stop(struct rd_caller *c)
{
	struct rd_timers *timers = rd_loop_timers(c->cfg.loop);
	uint64_t now_ms = rd_loop_now_ms(c->cfg.loop);
	struct rd_addr to;
	struct rd_span out;

	rd_timer_disarm(timers, &c->beat);
	rd_timer_disarm(timers, &c->link_timer);
	rd_timer_disarm(timers, &c->report_timer);
	if (c->link && (c->fd >= 0 || c->tcp.fd >= 0)) {
		rd_weblink_end(c->link, now_ms);
		while (rd_weblink_poll(c->link, now_ms, &to, &out))
			send_out(c, out, &to);
	}
	rd_watch_remove(&c->watch);
	rd_udp_close(&c->fd);
	rd_tcp_link_close(&c->tcp);
}
