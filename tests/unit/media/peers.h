/* tests/unit/media/peers.h - a browser and a trunk to talk to the media plane.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Real sockets on loopback.  The browser is ICE controlling and a DTLS client,
 * made of the same parts as the server (wire, secure), which their own tests
 * prove against other implementations.
 */
#pragma once
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "dsp/codec.h"
#include "dsp/tone.h"
#include "media/media.h"
#include "secure/dtls.h"
#include "testing.h"
#include "wire/framing.h"
#include "wire/rfc4733.h"
#include "wire/rtp.h"
#include "wire/stun.h"

enum {
	PEER_BUFFER = 2048,
	PEER_WAIT_MS = 5000,
	PEER_OPUS = 111,
	PEER_LEVEL = 1,
	PEER_EVENTS = 101,
};

/* One stream of audio, both ways: what a peer says and what it hears. */
struct talk {
	const struct rd_codec *codec;
	uint32_t rate_hz;
	uint8_t payload_type;
	struct rd_encoder *encoder;
	struct rd_decoder *decoder;
	struct rd_tone tone;
	uint32_t ssrc, ts;
	uint16_t sequence;

	struct rd_tone_finder finder; /* over all that was heard */
	bool has_heard;
	uint32_t heard_ssrc, first_ts, last_ts;
	uint16_t first_sequence, last_sequence;
	unsigned heard, silent, gaps;
	uint64_t first_us, last_us;
	size_t last_bytes;
};

struct browser {
	int fd;
	struct rd_addr server;
	struct rd_dtls_identity *identity;
	struct rd_dtls *dtls;
	struct rd_stun_key *key;
	struct rd_srtp *send, *receive;
	struct rd_media_web web;
	char ufrag[16], pwd[40];
	rd_leg leg;
	struct talk talk;
	unsigned answers; /* to connectivity checks */
	unsigned reports; /* RTCP packets heard */
	uint64_t tie;
	uint64_t reported_ntp;
	bool is_strict; /* all must come from b.server */
	bool is_tcp;    /* fd is a connection to b.server */
	bool has_ended; /* the server closed it */
	size_t piece;   /* bytes it sends at once; 0: all */
	struct rd_framing framing;
};

struct trunk {
	int fd;
	struct rd_addr local, server;
	struct rd_media_rtp rtp;
	rd_leg leg;
	struct talk talk;
	struct rd_digit_receive dialled;
	char digits[64];
	unsigned heard;
	unsigned reports; /* RTCP packets heard */
};

/* --- sockets --- */

static inline int peer_socket_at(const char *ip, struct rd_addr *local)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	CHECK_OK(rd_addr_parse(local, rd_span_text(ip)));
	fd = socket(local->family == 6 ? AF_INET6 : AF_INET,
		    SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK(fd >= 0);
	len = rd_addr_to_sockaddr(local, &sa);
	CHECK(bind(fd, (struct sockaddr *)&sa, len) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	*local = rd_addr_from_sockaddr((struct sockaddr *)&sa);
	return fd;
}

static inline int peer_socket(struct rd_addr *local)
{
	return peer_socket_at("127.0.0.1", local);
}

static inline void peer_send(int fd, const struct rd_addr *to,
			     const void *bytes, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = rd_addr_to_sockaddr(to, &sa);

	CHECK(sendto(fd, bytes, len, 0, (struct sockaddr *)&sa, sa_len) ==
	      (ssize_t)len);
}

static inline bool peer_wait(int fd, uint64_t until_us)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now_us = rd_clock_us();
	struct timespec t = { 0, 0 };

	if (until_us > now_us) {
		t.tv_sec = (time_t)((until_us - now_us) / 1000000);
		t.tv_nsec = (long)((until_us - now_us) % 1000000) * 1000;
	}
	return ppoll(&p, 1, &t, NULL) > 0;
}

/* --- audio --- */

static inline uint32_t peer_rate_hz(enum rd_codec_id id)
{
	return id == RD_CODEC_OPUS ? 48000 : id == RD_CODEC_G722 ? 16000 : 8000;
}

static inline void talk_open(struct talk *t, enum rd_codec_id id,
			     uint8_t payload_type, uint32_t rate_hz,
			     double say_hz, double hear_hz)
{
	struct rd_encoder_config cfg = { .rate_hz = rate_hz,
					 .bitrate = 32000,
					 .complexity = 5,
					 .has_fec = true,
					 .loss_percent = 10 };

	memset(t, 0, sizeof(*t));
	t->codec = rd_codec_get(id);
	t->rate_hz = rate_hz;
	t->payload_type = payload_type;
	CHECK_OK(rd_encoder_open(&t->encoder, t->codec, &cfg));
	CHECK_OK(rd_decoder_open(&t->decoder, t->codec, rate_hz));
	rd_tone_init(&t->tone, rate_hz, say_hz, -12);
	rd_tone_finder_init(&t->finder, rate_hz, hear_hz, -30, 10);
	t->ssrc = rd_random_u32();
	t->ts = rd_random_u32();
	t->sequence = (uint16_t)rd_random_below(0x8000);
}

static inline void talk_close(struct talk *t)
{
	rd_encoder_close(t->encoder);
	rd_decoder_close(t->decoder);
}

/* The next 20 ms of the tone as an RTP packet; level: RFC 6464, or -1. */
static inline size_t talk_packet(struct talk *t, int level, uint8_t *out)
{
	int16_t pcm[RD_FRAME_SAMPLES_MAX];
	uint8_t payload[RD_FRAME_BYTES_MAX], extension[8];
	struct rd_writer w = rd_writer(out, PEER_BUFFER);
	struct rd_writer x = rd_writer(extension, sizeof(extension));
	uint8_t value = (uint8_t)level;
	struct rd_rtp rtp = {
		.payload_type = t->payload_type,
		.sequence = t->sequence++,
		.ts = t->ts,
		.ssrc = t->ssrc,
	};
	size_t n;

	rd_tone_make(&t->tone, pcm, t->rate_hz / 50);
	CHECK_OK(rd_encoder_encode(t->encoder, pcm, payload, sizeof(payload),
				   &n));
	t->ts += t->codec->clock_hz / 50;
	rtp.payload = rd_span(payload, n);
	if (level >= 0) {
		CHECK_OK(rd_rtp_write_extension(&x, PEER_LEVEL,
						rd_span(&value, 1)));
		rtp.has_extension = true;
		rtp.profile = RD_RTP_ONE_BYTE;
		rtp.extension = rd_writer_span(&x);
	}
	CHECK_OK(rd_rtp_encode(&w, &rtp));
	return rd_writer_len(&w);
}

static inline void talk_hear(struct talk *t, const struct rd_rtp *rtp,
			     uint64_t now_us)
{
	int16_t pcm[RD_PACKET_SAMPLES_MAX];
	struct rd_tone_event event;
	size_t n = 0, at = 0;

	CHECK_EQ(rtp->payload_type, t->payload_type);
	if (!t->has_heard) {
		t->first_ts = rtp->ts;
		t->first_sequence = rtp->sequence;
		t->first_us = now_us;
	} else {
		CHECK_EQ(rtp->ssrc, t->heard_ssrc);
		if ((uint16_t)(t->last_sequence + 1) != rtp->sequence)
			t->gaps++;
	}
	t->has_heard = true;
	t->heard_ssrc = rtp->ssrc;
	t->last_ts = rtp->ts;
	t->last_sequence = rtp->sequence;
	t->last_us = now_us;
	t->last_bytes = rtp->payload.len;
	t->heard++;
	CHECK_OK(rd_decoder_decode(t->decoder, rtp->payload, pcm,
				   RD_PACKET_SAMPLES_MAX, &n));
	while (at < n)
		at += rd_tone_finder_feed(&t->finder, pcm + at, n - at, &event);
}

/* --- the browser --- */

/* Everything the server must be told is in b->web. */
static inline void browser_prepare(struct browser *b, enum rd_codec_id id,
				   uint8_t payload_type, double say_hz,
				   double hear_hz)
{
	struct rd_addr local;

	memset(b, 0, sizeof(*b));
	talk_open(&b->talk, id, payload_type, peer_rate_hz(id), say_hz,
		  hear_hz);
	b->fd = peer_socket(&local);
	CHECK_OK(rd_dtls_identity_open(&b->identity));
	rd_media_ice_credentials(b->web.local_ufrag, b->web.local_pwd);
	rd_media_ice_credentials(b->ufrag, b->pwd);
	memcpy(b->web.remote_ufrag, b->ufrag, sizeof(b->ufrag));
	(void)snprintf(b->web.remote_fingerprint,
		       sizeof(b->web.remote_fingerprint), "%s",
		       rd_dtls_identity_fingerprint(b->identity));
	b->web.codec = id;
	b->web.payload_type = payload_type;
	b->web.level_extension = PEER_LEVEL;
	b->web.ssrc = rd_random_u32();
	(void)snprintf(b->web.cname, sizeof(b->web.cname), "ringdown");
	b->tie = rd_random_u64();
}

/* What the server answered. */
static inline void browser_attach(struct browser *b,
				  const struct rd_addr *server,
				  const char *fingerprint)
{
	struct rd_fingerprint peer;
	char text[160];

	b->server = *server;
	CHECK_OK(rd_stun_key_open(&b->key, rd_span_text(b->web.local_pwd)));
	(void)snprintf(text, sizeof(text), "sha-256 %s", fingerprint);
	CHECK_OK(rd_fingerprint_parse(&peer, rd_span_text(text)));
	CHECK_OK(rd_dtls_open(&b->dtls, b->identity, RD_DTLS_CLIENT, &peer,
			      rd_clock_ms()));
}

static inline void browser_open(struct browser *b, struct rd_media *m,
				unsigned worker, enum rd_codec_id id,
				uint8_t payload_type, double say_hz,
				double hear_hz)
{
	struct rd_addr candidates[RD_MEDIA_ADDRESSES];

	browser_prepare(b, id, payload_type, say_hz, hear_hz);
	CHECK_OK(rd_media_web_open(m, worker, &b->web, &b->leg));
	CHECK(rd_media_candidates(m, worker, candidates) >= 1);
	browser_attach(b, &candidates[0], rd_media_fingerprint(m));
}

static inline void browser_close(struct browser *b)
{
	rd_dtls_close(b->dtls);
	rd_srtp_close(b->send);
	rd_srtp_close(b->receive);
	rd_stun_key_close(b->key);
	rd_dtls_identity_close(b->identity);
	talk_close(&b->talk);
	close(b->fd);
}

static inline void browser_send(struct browser *b, const void *bytes,
				size_t len)
{
	uint8_t frame[PEER_BUFFER];
	size_t piece;

	if (!b->is_tcp) {
		peer_send(b->fd, &b->server, bytes, len);
		return;
	}
	rd_framing_write(frame, len);
	memcpy(frame + RD_FRAMING_HEADER, bytes, len);
	len += RD_FRAMING_HEADER;
	for (size_t at = 0; at < len; at += piece) {
		piece = rd_min_size(b->piece ? b->piece : len, len - at);
		if (send(b->fd, frame + at, piece, MSG_NOSIGNAL) < 0)
			return;
	}
}

/* From now on by a connection to that candidate. */
static inline void browser_use_tcp(struct browser *b, const struct rd_addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(to, &sa);

	close(b->fd);
	b->fd = socket(sa.ss_family, SOCK_STREAM, 0);
	CHECK(b->fd >= 0);
	CHECK(connect(b->fd, (struct sockaddr *)&sa, len) == 0);
	b->server = *to;
	b->is_tcp = true;
	b->has_ended = false;
	rd_framing_init(&b->framing);
}

static inline void browser_check(struct browser *b, bool is_nominating)
{
	uint8_t bytes[512];
	char name[512];
	struct rd_writer w = rd_writer(bytes, sizeof(bytes));
	struct rd_stun m = {
		.class = RD_STUN_REQUEST,
		.method = RD_STUN_BINDING,
		.priority = 1853824767,
		.role = RD_ICE_CONTROLLING,
		.tie_breaker = b->tie,
		.is_nominating = is_nominating,
	};

	(void)snprintf(name, sizeof(name), "%s:%s", b->web.local_ufrag,
		       b->ufrag);
	m.username = rd_span_text(name);
	rd_random_bytes(m.id, sizeof(m.id));
	CHECK_OK(rd_stun_encode(&w, &m, b->key));
	browser_send(b, bytes, rd_writer_len(&w));
}

static inline void browser_flight(struct browser *b)
{
	struct rd_span out;

	while (rd_dtls_poll(b->dtls, rd_clock_ms(), &out))
		browser_send(b, out.at, out.len);
}

static inline void browser_hear_report(struct browser *b, struct rd_span packet)
{
	struct rd_reader r = rd_reader(packet);
	struct rd_rtcp_sender sender;
	struct rd_rtcp p;

	CHECK_OK(rd_rtcp_check(packet));
	CHECK(rd_rtcp_next(&r, &p));
	if (p.type == RD_RTCP_SR) {
		CHECK_OK(rd_rtcp_read_sender(&p, &sender));
		b->reported_ntp = sender.ntp;
	}
	b->reports++;
}

static inline void browser_hear(struct browser *b, uint8_t *bytes, size_t len)
{
	struct rd_rtp rtp;
	struct rd_stun m;

	switch (rd_packet_kind(rd_span(bytes, len))) {
	case RD_PACKET_STUN:
		CHECK_OK(rd_stun_parse(&m, rd_span(bytes, len)));
		/* Another may have had this port a moment ago. */
		if (rd_stun_check(&m, b->key) == RD_OK &&
		    m.class == RD_STUN_SUCCESS)
			b->answers++;
		return;
	case RD_PACKET_DTLS:
		rd_dtls_feed(b->dtls, rd_span(bytes, len), rd_clock_ms());
		browser_flight(b);
		return;
	case RD_PACKET_RTP:
		if (!b->receive)
			return;
		CHECK_OK(rd_srtp_unprotect(b->receive, bytes, &len));
		CHECK_OK(rd_rtp_parse(&rtp, rd_span(bytes, len)));
		CHECK_EQ(rtp.ssrc, b->web.ssrc);
		talk_hear(&b->talk, &rtp, rd_clock_us());
		return;
	case RD_PACKET_RTCP:
		if (!b->receive)
			return;
		CHECK_OK(rd_srtp_unprotect_rtcp(b->receive, bytes, &len));
		browser_hear_report(b, rd_span(bytes, len));
		return;
	default:
		CHECK(!"a packet of no kind");
	}
}

static inline void browser_hear_stream(struct browser *b, const uint8_t *bytes,
				       size_t len)
{
	struct rd_span in = rd_span(bytes, len), frame;
	uint8_t packet[PEER_BUFFER];
	enum rd_err err;

	while ((err = rd_framing_next(&b->framing, &in, &frame)) == RD_OK) {
		memcpy(packet, frame.at, frame.len);
		browser_hear(b, packet, frame.len);
	}
	CHECK_EQ(err, RD_E_AGAIN);
}

/* Reads what is there, and whatever comes until then. */
static inline void browser_read(struct browser *b, uint64_t until_us)
{
	uint8_t bytes[PEER_BUFFER];

	for (;;) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof(sa);
		ssize_t n = recvfrom(b->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
				     (struct sockaddr *)&sa, &len);
		struct rd_addr from;

		if (b->is_tcp && n > 0) {
			browser_hear_stream(b, bytes, (size_t)n);
			continue;
		}
		if (b->is_tcp && (n == 0 || errno != EAGAIN)) {
			b->has_ended = true;
			return;
		}
		if (n > 0) {
			from = rd_addr_from_sockaddr((struct sockaddr *)&sa);
			CHECK(!b->is_strict ||
			      rd_addr_equal(&from, &b->server));
			browser_hear(b, bytes, (size_t)n);
			continue;
		}
		if (!peer_wait(b->fd, until_us))
			return;
	}
}

/* Check, handshake, nomination, in a browser's order. */
static inline bool browser_try(struct browser *b, unsigned wait_ms)
{
	uint64_t until_us = rd_clock_us() + wait_ms * 1000ULL;

	browser_check(b, false);
	while (!b->answers && rd_clock_us() < until_us)
		browser_read(b, rd_clock_us() + 1000);
	while (rd_dtls_state(b->dtls) != RD_DTLS_READY &&
	       rd_clock_us() < until_us) {
		browser_flight(b);
		browser_read(b, rd_clock_us() + 1000);
	}
	if (rd_dtls_state(b->dtls) != RD_DTLS_READY)
		return false;
	CHECK_OK(rd_dtls_take_keys(b->dtls, &b->send, &b->receive));
	browser_check(b, true);
	return true;
}

static inline void browser_connect(struct browser *b)
{
	CHECK(browser_try(b, PEER_WAIT_MS));
}

/* The next 20 ms of its tone. */
static inline void browser_say(struct browser *b, int level)
{
	uint8_t bytes[PEER_BUFFER];
	size_t len = talk_packet(&b->talk, level, bytes);

	CHECK_OK(rd_srtp_protect(b->send, bytes, &len, sizeof(bytes)));
	browser_send(b, bytes, len);
}

/* --- the trunk --- */

static inline void trunk_open(struct trunk *t, struct rd_media *m,
			      unsigned worker, enum rd_codec_id id,
			      uint8_t payload_type, double say_hz,
			      double hear_hz)
{
	memset(t, 0, sizeof(*t));
	talk_open(&t->talk, id, payload_type, peer_rate_hz(id), say_hz,
		  hear_hz);
	t->fd = peer_socket(&t->local);
	CHECK_OK(rd_media_rtp_reserve(m, worker, &t->leg, &t->server));
	t->rtp = (struct rd_media_rtp){
		.remote = t->local,
		.codec = id,
		.payload_type = payload_type,
		.dtmf_payload_type = PEER_EVENTS,
		.ptime_ms = 20,
		.may_send = true,
		.may_receive = true,
		.rtcp_mux = true,
	};
	CHECK_OK(rd_media_rtp_connect(m, t->leg, &t->rtp));
}

static inline void trunk_close(struct trunk *t)
{
	talk_close(&t->talk);
	close(t->fd);
}

static inline void trunk_hear(struct trunk *t, const uint8_t *bytes, size_t len)
{
	struct rd_telephone_event e;
	struct rd_rtp rtp;
	char digit;

	if (rd_packet_kind(rd_span(bytes, len)) == RD_PACKET_RTCP) {
		CHECK_OK(rd_rtcp_check(rd_span(bytes, len)));
		t->reports++;
		return;
	}
	t->heard++;
	CHECK_OK(rd_rtp_parse(&rtp, rd_span(bytes, len)));
	if (rtp.payload_type != PEER_EVENTS) {
		talk_hear(&t->talk, &rtp, rd_clock_us());
		return;
	}
	CHECK_OK(rd_telephone_event_decode(&e, rtp.payload));
	digit = rd_digit_receive_feed(&t->dialled, &e, rtp.ts, rtp.is_marked);
	t->talk.last_sequence = rtp.sequence;
	if (digit)
		t->digits[strlen(t->digits)] = digit;
}

static inline void trunk_read(struct trunk *t, uint64_t until_us)
{
	uint8_t bytes[PEER_BUFFER];

	for (;;) {
		ssize_t n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n > 0) {
			trunk_hear(t, bytes, (size_t)n);
			continue;
		}
		if (!peer_wait(t->fd, until_us))
			return;
	}
}

static inline void trunk_say(struct trunk *t)
{
	uint8_t bytes[PEER_BUFFER];
	size_t len = talk_packet(&t->talk, -1, bytes);

	peer_send(t->fd, &t->server, bytes, len);
}

/* --- the media plane --- */

static inline struct rd_media_cfg peer_cfg(void)
{
	struct rd_media_cfg cfg = {
		.workers = 1,
		.bind_count = 1,
		.legs_per_worker = 64,
		.opus_complexity = 5,
		.level_period_ms = 200,
		.ice_lost_ms = 8000,
		.dtls_deadline_ms = 10000,
		.rtp_silent_ms = 10000,
	};

	CHECK_OK(rd_addr_parse(&cfg.bind[0], SPAN("127.0.0.1")));
	return cfg;
}

static inline struct rd_media *peer_media(const struct rd_media_cfg *cfg)
{
	struct rd_complaint why;
	struct rd_media *m;

	CHECK_OK(rd_media_open(&m, cfg, &why));
	return m;
}

/* The next event of that kind for leg; others are passed over. */
static inline struct rd_media_event peer_event(struct rd_media *m, rd_leg leg,
					       enum rd_media_event_kind kind)
{
	uint64_t until_us = rd_clock_us() + PEER_WAIT_MS * 1000ULL;
	struct rd_media_event e;

	for (;;) {
		while (rd_media_poll(m, &e) == RD_OK)
			if (e.leg == leg && e.kind == kind)
				return e;
		if (!peer_wait(rd_media_fd(m), until_us)) {
			print_error("event %d did not come\n", (int)kind);
			fail();
		}
	}
}
