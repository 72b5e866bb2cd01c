/* tests/fuzz/media/stream_fuzz.c - any bytes on a connection to a media port,
 * of a stranger or of a browser whose check was authentic.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first byte of the input says who it is, the second how long the pieces
 * are.  Without the keys nothing of it may be heard; a stranger moves no
 * address and is no leg's; when the connection ends nothing is left of it.
 */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz/loopback.h"
#include "media/media_priv.h"
#include "wire/framing.h"

enum {
	PIECES = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
	struct rd_media_cfg cfg;
	struct rd_silence silences[RD_CODEC_COUNT];
	struct rd_mailbox *notes;
	struct rd_worker *w;
	struct rd_media_leg *web;
	int fd;
};

static struct rd_dtls_identity *identity; /* dear, and the same for all */

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
		.has_tcp = true,
		.legs_per_worker = 8,
		.level_period_ms = 200,
		.ice_lost_ms = 8000,
		.dtls_deadline_ms = 10000,
	};
	must(rd_addr_parse(&s->cfg.bind[0], rd_span_text("127.0.0.1")));
	for (int i = 0; i < RD_CODEC_COUNT; i++)
		s->silences[i] = (struct rd_silence){ 3, { 0xf8, 0xff, 0xfe } };
	must(rd_mailbox_open(&s->notes, 1024, sizeof(struct rd_note)));
	cfg.notes = s->notes;
	must(rd_worker_open(&s->w, &cfg, NULL));
	if (!identity)
		must(rd_dtls_identity_open(&identity));
}

static void open_web(struct scene *s)
{
	struct rd_fingerprint peer = { .len = 32 };
	uint8_t keys[30] = { 1 };

	s->web = rd_zalloc(sizeof(*s->web));
	rd_assert(s->web != NULL);
	rd_leg_init(s->web, &rd_codec_opus, 111, 111);
	memcpy(s->web->cname, "fuzz", 5);
	s->web->is_web = true;
	s->web->id = 1;
	memcpy(s->web->web.local_ufrag, "ours", 5);
	memcpy(s->web->web.remote_ufrag, "theirs", 7);
	must(rd_stun_key_open(&s->web->web.key, rd_span_text("password")));
	must(rd_dtls_open(&s->web->web.dtls, identity, RD_DTLS_SERVER, &peer,
			  1000));
	must(rd_srtp_open(&s->web->receive_srtp, RD_SRTP_AES128_CM_SHA1_80,
			  RD_SRTP_RECEIVE, rd_span(keys, sizeof(keys))));
	must(rd_srtp_open(&s->web->send_srtp, RD_SRTP_AES128_CM_SHA1_80,
			  RD_SRTP_SEND, rd_span(keys, sizeof(keys))));
	rd_leg_add(s->w, s->web, 1000000);
}

static uint64_t open_now(const struct scene *s)
{
	return rd_count_get(&s->w->counters.tcp_open);
}

static void open_connection(struct scene *s)
{
	s->fd = connect_to(&rd_tcp_listener(s->w->tcp, 0)->local);
	rd_assert(fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0);
	rd_tcp_accept(s->w, 0, 1000000);
	rd_assert(open_now(s) == 1);
}

/* A turn of what has come; what is said back is thrown away. */
static void turn(struct scene *s)
{
	uint8_t bytes[4096];
	struct rd_note note;

	rd_worker_turn(s->w, 0);
	while (recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	while (rd_mailbox_pop(s->notes, &note) == RD_OK)
		if (note.kind == RD_NOTE_RETURN || note.kind == RD_MEDIA_CLOSED)
			note.parcel->close(note.parcel);
}

static void say(struct scene *s, const uint8_t *bytes, size_t len)
{
	(void)!send(s->fd, bytes, len, MSG_NOSIGNAL);
	turn(s);
}

static void check(struct scene *s)
{
	uint8_t bytes[256];
	struct rd_writer w = rd_writer(bytes + RD_FRAMING_HEADER,
				       sizeof(bytes) - RD_FRAMING_HEADER);
	struct rd_stun m = { .class = RD_STUN_REQUEST,
			     .method = RD_STUN_BINDING,
			     .username = rd_span_text("ours:theirs"),
			     .role = RD_ICE_CONTROLLING,
			     .is_nominating = true };

	must(rd_stun_encode(&w, &m, s->web->web.key));
	rd_framing_write(bytes, rd_writer_len(&w));
	say(s, bytes, RD_FRAMING_HEADER + rd_writer_len(&w));
	rd_assert(s->web->web.remote.family != 0 && s->web->is_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_browser;
	struct scene s;
	size_t piece;

	if (size < 3)
		return 0;
	is_browser = data[0] & 1;
	memset(&s, 0, sizeof(s));
	open_worker(&s);
	open_web(&s);
	open_connection(&s);
	if (is_browser)
		check(&s);
	piece = rd_max_u64(data[1] * 8 + 1u, size / PIECES + 1);
	for (size_t at = 2; at < size; at += piece)
		say(&s, data + at, rd_min_size(piece, size - at));
	rd_assert(s.web->stats.received == 0);
	rd_assert(is_browser || s.web->web.remote.family == 0);
	(void)close(s.fd);
	s.fd = -1;
	for (int i = 0; i < PIECES && open_now(&s); i++)
		rd_worker_turn(s.w, 0);
	rd_assert(open_now(&s) == 0);
	rd_assert(s.web->web.remote.family == 0);
	rd_leg_remove(s.w, s.web);
	turn(&s);
	rd_worker_close(s.w);
	rd_mailbox_close(s.notes);
	return 0;
}
