/* tests/fuzz/media/port_fuzz.c - any datagrams, from the browser's address, the
 * trunk's and strangers', in the middle of a call (FZ27).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a list of datagrams: whose (a byte), how long (two), the bytes.
 * Without the keys nothing of it may be heard as the browser's, move an
 * address, or be counted as received from a stranger.  The trunk's plain RTP
 * is heard, and whatever it holds must come out as something decodable.
 */
#include <unistd.h>

#include "media/media_priv.h"

enum {
	STEP_US = 7000,
	DATAGRAMS = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
	struct rd_media_cfg cfg;
	struct rd_silence silences[RD_CODEC_COUNT];
	struct rd_mailbox *notes;
	struct rd_worker *w;
	struct rd_media_leg *web, *trunk;
	struct rd_addr browser, peer, strangers[2];
	uint64_t now_us;
};

static struct rd_dtls_identity *identity; /* dear, and the same for all */

static struct rd_addr loopback(uint16_t port)
{
	struct rd_addr a = { .family = 4, .port = port };

	a.ip[0] = 127;
	a.ip[3] = 1;
	return a;
}

static void must(enum rd_err err)
{
	rd_assert(err == RD_OK);
}

static void open_worker(struct scene *s)
{
	struct rd_worker_cfg cfg = { .media = &s->cfg,
				     .silences = s->silences };

	s->cfg = (struct rd_media_cfg){
		.workers = 1,
		.bind_count = 1,
		.bind = { loopback(0) },
		.legs_per_worker = 8,
		.opus_complexity = 0,
		.level_period_ms = 200,
		.ice_lost_ms = 8000,
		.dtls_deadline_ms = 10000,
		.rtp_silent_ms = 10000,
	};
	for (int i = 0; i < RD_CODEC_COUNT; i++)
		s->silences[i] = (struct rd_silence){ 3, { 0xf8, 0xff, 0xfe } };
	must(rd_mailbox_open(&s->notes, 1024, sizeof(struct rd_note)));
	cfg.notes = s->notes;
	must(rd_worker_open(&s->w, &cfg, NULL));
	if (!identity)
		must(rd_dtls_identity_open(&identity));
}

static struct rd_media_leg *open_leg(const struct rd_codec *codec, uint8_t type)
{
	struct rd_media_leg *leg = rd_zalloc(sizeof(*leg));

	rd_assert(leg != NULL);
	rd_leg_init(leg, codec, type, type);
	memcpy(leg->cname, "fuzz", 5);
	return leg;
}

static void open_web(struct scene *s)
{
	struct rd_fingerprint peer = { .len = 32 };
	uint8_t keys[30] = { 1 };

	s->web = open_leg(&rd_codec_opus, 111);
	s->web->is_web = true;
	s->web->id = 1;
	s->web->level_extension = 1;
	memcpy(s->web->web.local_ufrag, "ours", 5);
	memcpy(s->web->web.remote_ufrag, "theirs", 7);
	must(rd_stun_key_open(&s->web->web.key, rd_span_text("password")));
	must(rd_dtls_open(&s->web->web.dtls, identity, RD_DTLS_SERVER, &peer,
			  s->now_us / 1000));
	must(rd_srtp_open(&s->web->receive_srtp, RD_SRTP_AES128_CM_SHA1_80,
			  RD_SRTP_RECEIVE, rd_span(keys, sizeof(keys))));
	must(rd_srtp_open(&s->web->send_srtp, RD_SRTP_AES128_CM_SHA1_80,
			  RD_SRTP_SEND, rd_span(keys, sizeof(keys))));
	rd_leg_add(s->w, s->web, s->now_us);
}

static void open_trunk(struct scene *s)
{
	struct rd_rtp_change c = {
		.rtp = { .remote = s->peer,
			 .codec = RD_CODEC_PCMU,
			 .payload_type = 0,
			 .dtmf_payload_type = 101,
			 .may_send = true,
			 .may_receive = true,
			 .rtcp_mux = true },
	};
	struct rd_port port;

	s->trunk = open_leg(&rd_codec_pcmu, 0);
	s->trunk->id = 2;
	must(rd_port_open(&port, &s->cfg.bind[0], NULL));
	s->trunk->rtp.fd = port.fd;
	s->trunk->rtp.rtcp_fd = -1;
	rd_leg_add(s->w, s->trunk, s->now_us);
	rd_rtp_change(s->w, s->trunk, &c, s->now_us);
}

static void connect_legs(struct scene *s)
{
	struct rd_source_cfg cfg = { .kind = RD_SOURCE_LEG };
	struct rd_source *source;

	cfg.from = s->trunk;
	cfg.from_codec = &rd_codec_pcmu;
	cfg.to_codec = &rd_codec_opus;
	must(rd_source_open(&source, &cfg));
	rd_leg_listen(s->w, s->web, source, s->now_us);
	cfg.from = s->web;
	cfg.from_codec = &rd_codec_opus;
	cfg.to_codec = &rd_codec_pcmu;
	must(rd_source_open(&source, &cfg));
	rd_leg_listen(s->w, s->trunk, source, s->now_us);
}

/* The one authentic check, which makes the browser's address known. */
static void check(struct scene *s)
{
	uint8_t bytes[256];
	struct rd_writer w = rd_writer(bytes, sizeof(bytes));
	struct rd_stun m = { .class = RD_STUN_REQUEST,
			     .method = RD_STUN_BINDING,
			     .username = rd_span_text("ours:theirs"),
			     .role = RD_ICE_CONTROLLING,
			     .is_nominating = true };
	struct rd_packet p = { .at = bytes,
			       .size = sizeof(bytes),
			       .from = s->browser };

	must(rd_stun_encode(&w, &m, s->web->web.key));
	p.len = rd_writer_len(&w);
	rd_web_packet(s->w, &p, s->now_us);
	rd_assert(rd_addr_equal(&s->web->web.remote, &s->browser));
}

static void open_scene(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->now_us = 1000000;
	s->browser = loopback(9);
	s->peer = loopback(19);
	s->strangers[0] = loopback(7);
	s->strangers[1] = loopback(13);
	open_worker(s);
	open_web(s);
	open_trunk(s);
	connect_legs(s);
	check(s);
}

static void drain(struct scene *s)
{
	struct rd_note note;

	while (rd_mailbox_pop(s->notes, &note) == RD_OK)
		if (note.kind == RD_NOTE_RETURN || note.kind == RD_MEDIA_CLOSED)
			note.parcel->close(note.parcel);
}

static void close_scene(struct scene *s)
{
	int fd = s->trunk->rtp.fd;

	rd_leg_remove(s->w, s->web);
	rd_leg_remove(s->w, s->trunk);
	drain(s);
	(void)close(fd);
	rd_worker_close(s->w);
	rd_mailbox_close(s->notes);
}

static void take(struct scene *s, uint8_t whose, struct rd_span datagram)
{
	uint8_t bytes[RD_BUFFER];
	struct rd_packet p = { .at = bytes,
			       .len = datagram.len,
			       .size = sizeof(bytes) };
	uint64_t from_trunk = s->trunk->stats.received;

	memcpy(bytes, datagram.at, datagram.len);
	p.from = s->strangers[whose / 4 % 2];
	if (whose % 4 == 0)
		p.from = s->browser;
	if (whose % 4 == 1)
		p.from = s->peer;
	if (whose % 4 == 0 || whose % 4 == 2) {
		rd_web_packet(s->w, &p, s->now_us);
	} else {
		rd_rtp_packet(s->w, s->trunk, &p, false, s->now_us);
		if (whose % 4 == 3)
			rd_assert(s->trunk->stats.received == from_trunk);
	}
	rd_assert(s->web->stats.received == 0);
	rd_assert(rd_addr_equal(&s->web->web.remote, &s->browser));
	rd_assert(rd_addr_equal(&s->trunk->rtp.remote, &s->peer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_reader r = rd_reader(rd_span(data, size));
	struct scene s;

	open_scene(&s);
	for (int i = 0; i < DATAGRAMS && rd_reader_left(&r) > 3; i++) {
		uint8_t whose = rd_read_u8(&r);
		size_t len = rd_read_u16(&r) % (RD_RTP_MAX + 1);

		len = rd_min_size(len, rd_reader_left(&r));
		if (len)
			take(&s, whose, rd_read_span(&r, len));
		s.now_us += STEP_US;
		rd_leg_due(s.w, s.web, s.now_us);
		rd_leg_due(s.w, s.trunk, s.now_us);
		drain(&s);
	}
	close_scene(&s);
	return 0;
}
