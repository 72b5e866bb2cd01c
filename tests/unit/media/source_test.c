/* tests/unit/media/source_test.c - what a leg hears, in given time.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A worker without its thread; the leg under test is a trunk's, so that what
 * it is sent can be read in clear.
 */
#include <unistd.h>

#include "media/media_priv.h"
#include "peers.h"

enum {
	START_US = 1000000,
	SECOND_US = 1000000,
};

struct scene {
	struct rd_media_cfg cfg;
	struct rd_silence silences[RD_CODEC_COUNT];
	struct rd_mailbox *notes;
	struct rd_worker *w;
	uint64_t now_us;
};

struct ear { /* a leg and what was sent to it */
	struct rd_media_leg *leg;
	int fd;
	struct rd_addr addr;
	struct talk talk;
};

static void scene_open(struct scene *s)
{
	struct rd_worker_cfg cfg = { .media = &s->cfg,
				     .silences = s->silences };

	memset(s, 0, sizeof(*s));
	s->cfg = peer_cfg();
	s->now_us = START_US;
	s->silences[RD_CODEC_OPUS] =
		(struct rd_silence){ 3, { 0xf8, 0xff, 0xfe } };
	s->silences[RD_CODEC_PCMU].len = 160;
	memset(s->silences[RD_CODEC_PCMU].bytes, 0xff, 160);
	CHECK_OK(rd_mailbox_open(&s->notes, 4096, sizeof(struct rd_note)));
	cfg.notes = s->notes;
	CHECK_OK(rd_worker_open(&s->w, &cfg, NULL));
}

/* Events in order; parcels that came home are closed. */
static unsigned scene_count(struct scene *s, unsigned kind)
{
	struct rd_note note;
	unsigned n = 0;

	while (rd_mailbox_pop(s->notes, &note) == RD_OK) {
		n += note.kind == kind;
		if (note.kind == RD_NOTE_RETURN || note.kind == RD_MEDIA_CLOSED)
			note.parcel->close(note.parcel);
	}
	return n;
}

static void scene_close(struct scene *s)
{
	(void)scene_count(s, 0);
	rd_worker_close(s->w);
	rd_mailbox_close(s->notes);
}

static void ear_open(struct scene *s, struct ear *e, enum rd_codec_id id,
		     double say_hz, double hear_hz)
{
	const struct rd_codec *codec = rd_codec_get(id);
	struct rd_rtp_change c = { .rtp = { .codec = id,
					    .payload_type = 96,
					    .may_send = true,
					    .may_receive = true,
					    .rtcp_mux = true } };
	struct rd_port port;

	memset(e, 0, sizeof(*e));
	talk_open(&e->talk, id, 96, peer_rate_hz(id), say_hz, hear_hz);
	e->fd = peer_socket(&e->addr);
	e->leg = rd_zalloc(sizeof(*e->leg));
	CHECK(e->leg != NULL);
	rd_leg_init(e->leg, codec, 96, 7);
	memcpy(e->leg->cname, "ear", 4);
	CHECK_OK(rd_port_open(&port, &s->cfg.bind[0], NULL));
	e->leg->rtp.fd = port.fd;
	e->leg->rtp.rtcp_fd = -1;
	c.rtp.remote = e->addr;
	rd_leg_add(s->w, e->leg, s->now_us);
	rd_rtp_change(s->w, e->leg, &c, s->now_us);
}

static void ear_close(struct scene *s, struct ear *e)
{
	close(e->leg->rtp.fd);
	close(e->fd);
	rd_leg_remove(s->w, e->leg);
	talk_close(&e->talk);
}

static void ear_read(struct ear *e, uint64_t now_us)
{
	uint8_t bytes[PEER_BUFFER];
	struct rd_rtp rtp;
	ssize_t n;

	while ((n = recv(e->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		if (rd_packet_kind(rd_span(bytes, (size_t)n)) != RD_PACKET_RTP)
			continue;
		CHECK_OK(rd_rtp_parse(&rtp, rd_span(bytes, (size_t)n)));
		talk_hear(&e->talk, &rtp, now_us);
	}
}

static void listen_to(struct scene *s, struct ear *e,
		      const struct rd_source_cfg *cfg)
{
	struct rd_source *source;

	CHECK_OK(rd_source_open(&source, cfg));
	rd_leg_listen(s->w, e->leg, source, s->now_us);
}

static void hear_leg(struct scene *s, struct ear *e, const struct ear *from)
{
	listen_to(s, e,
		  &(struct rd_source_cfg){ .kind = RD_SOURCE_LEG,
					   .from = from->leg,
					   .from_codec = from->leg->codec,
					   .to_codec = e->leg->codec,
					   .complexity = 5 });
}

/* Timers come when they are due and, in between, whenever they like. */
static void run(struct scene *s, struct ear *e, uint64_t us)
{
	uint64_t until_us = s->now_us + us;

	while (s->now_us < until_us) {
		s->now_us += 1 + rd_random_below(1500);
		rd_leg_due(s->w, e->leg, s->now_us);
		ear_read(e, s->now_us);
	}
}

static void check_rate(const struct ear *e, uint64_t us)
{
	uint64_t frames = us / RD_FRAME_US;

	CHECK(e->talk.heard >= frames - 1 && e->talk.heard <= frames + 1);
	CHECK_EQ(e->talk.gaps, 0);
	CHECK_EQ(e->talk.last_ts - e->talk.first_ts,
		 (e->talk.heard - 1) * (e->talk.codec->clock_hz / 50));
}

TEST(silence_is_fifty_frames_a_second_however_often_we_look)
{
	struct scene s;
	struct ear e;

	scene_open(&s);
	ear_open(&s, &e, RD_CODEC_OPUS, 1000, 1000);
	run(&s, &e, 4 * SECOND_US);
	check_rate(&e, 4 * SECOND_US);
	CHECK_EQ(e.talk.last_bytes, 3);
	ear_close(&s, &e);
	scene_close(&s);
}

TEST(ringback_is_one_second_of_five)
{
	struct scene s;
	struct ear e;

	RFC("E.180");
	scene_open(&s);
	ear_open(&s, &e, RD_CODEC_PCMU, 1000, 425);
	listen_to(&s, &e,
		  &(struct rd_source_cfg){ .kind = RD_SOURCE_RINGBACK,
					   .to_codec = e.leg->codec });
	ear_read(&e, s.now_us);
	e.talk.heard = 0;
	e.talk.has_heard = false;
	e.talk.gaps = 0;
	run(&s, &e, 900000);
	CHECK(rd_tone_finder_is_on(&e.talk.finder));
	run(&s, &e, 300000);
	CHECK(!rd_tone_finder_is_on(&e.talk.finder));
	run(&s, &e, 3700000);
	CHECK(!rd_tone_finder_is_on(&e.talk.finder));
	run(&s, &e, 300000);
	CHECK(rd_tone_finder_is_on(&e.talk.finder));
	check_rate(&e, 5200000);
	ear_close(&s, &e);
	scene_close(&s);
}

TEST(sound_ends_once_and_repeated_sound_never)
{
	int16_t pcm[8000 / 10] = { 0 };
	struct rd_sound sound = { 8000, RD_COUNT(pcm), pcm };
	struct rd_source_cfg cfg = { .kind = RD_SOURCE_SOUND,
				     .to_codec = &rd_codec_pcmu,
				     .sound = &sound };
	struct scene s;
	struct ear e;

	scene_open(&s);
	ear_open(&s, &e, RD_CODEC_PCMU, 1000, 1000);
	listen_to(&s, &e, &cfg);
	run(&s, &e, SECOND_US);
	CHECK_EQ(scene_count(&s, RD_MEDIA_PLAYED), 1);
	cfg.is_repeated = true;
	listen_to(&s, &e, &cfg);
	run(&s, &e, SECOND_US);
	CHECK_EQ(scene_count(&s, RD_MEDIA_PLAYED), 0);
	CHECK_EQ(e.talk.gaps, 0);
	ear_close(&s, &e);
	scene_close(&s);
}

/* A stall of the machine owes a few frames, not all of them. */
TEST(stall_is_not_made_up_for_without_end)
{
	struct scene s;
	struct ear e;

	scene_open(&s);
	ear_open(&s, &e, RD_CODEC_OPUS, 1000, 1000);
	run(&s, &e, SECOND_US);
	e.talk.heard = 0;
	s.now_us += 3 * SECOND_US;
	rd_leg_due(s.w, e.leg, s.now_us);
	ear_read(&e, s.now_us);
	CHECK(e.talk.heard >= 1 && e.talk.heard <= 11);
	ear_close(&s, &e);
	scene_close(&s);
}

/* --- from one codec to another --- */

static size_t say(struct scene *s, struct ear *from, struct rd_packet *p,
		  uint8_t *bytes)
{
	*p = (struct rd_packet){ .at = bytes,
				 .size = PEER_BUFFER,
				 .from = from->addr };
	(void)s;
	p->len = talk_packet(&from->talk, -1, bytes);
	return p->len;
}

static void arrive(struct scene *s, struct ear *from, struct rd_packet *p)
{
	rd_rtp_packet(s->w, from->leg, p, false, s->now_us);
}

static void open_two(struct scene *s, struct ear *a, struct ear *b,
		     enum rd_codec_id ida, enum rd_codec_id idb)
{
	scene_open(s);
	ear_open(s, a, ida, 1000, 700);
	ear_open(s, b, idb, 700, 1000);
	hear_leg(s, b, a);
	ear_read(b, s->now_us); /* the first silence */
	b->talk.has_heard = false;
	b->talk.heard = 0;
}

/* Frames of a to b with a fate each: '.' arrives, 'x' is lost, '2' and '1' come
 * in that order, 'd' comes twice.  Returns the frames that b was sent. */
static unsigned play(struct scene *s, struct ear *a, struct ear *b,
		     const char *fates)
{
	uint8_t bytes[2][PEER_BUFFER];
	struct rd_packet p, held;
	unsigned before = b->talk.heard;

	for (const char *f = fates; *f; f++) {
		s->now_us += RD_FRAME_US;
		(void)say(s, a, &p, bytes[*f == '2']);
		if (*f == '2') {
			held = p;
			continue;
		}
		if (*f != 'x')
			arrive(s, a, &p);
		if (*f == '1')
			arrive(s, a, &held);
		if (*f == 'd') {
			CHECK_EQ(a->talk.ssrc, a->leg->in.ssrc);
			arrive(s, a, &p);
		}
		ear_read(b, s->now_us);
		rd_leg_due(s->w, b->leg, s->now_us + 9000);
		ear_read(b, s->now_us);
	}
	return b->talk.heard - before;
}

static void check_fates(const char *fates, unsigned frames, unsigned concealed)
{
	struct scene s;
	struct ear a, b;
	unsigned heard;

	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	heard = play(&s, &a, &b, fates);
	if (heard != frames)
		print_error("%s: %u frames\n", fates, heard);
	CHECK_EQ(heard, frames);
	CHECK_EQ(a.leg->stats.concealed_frames, concealed);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK_EQ(b.talk.last_ts - b.talk.first_ts, (frames - 1) * 960);
	ear_close(&s, &a);
	ear_close(&s, &b);
	scene_close(&s);
}

TEST(every_frame_comes_out_once_whatever_happens_to_it)
{
	RFC("3550 A.1");
	check_fates("..........", 10, 0);
	check_fates("...x......", 10, 1);
	check_fates("...xx.....", 10, 2);
	check_fates("...xxxx...", 10, 4);
	check_fates("..21......", 10, 0);
	check_fates("..2121.21.", 10, 0);
	check_fates("..d.d.....", 10, 0);
	check_fates("..x.x.x...", 10, 3);
	/* Behind a gap of two there is no waiting: the late one is not used. */
	check_fates("..x21x....", 10, 3);
}

TEST(tone_goes_on_through_a_loss)
{
	struct scene s;
	struct ear a, b;

	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	(void)play(&s, &a, &b,
		   "...............x..............x...............");
	CHECK(rd_tone_finder_is_on(&b.talk.finder));
	CHECK(rd_tone_finder_snr_db(&b.talk.finder) > 10);
	ear_close(&s, &a);
	ear_close(&s, &b);
	scene_close(&s);
}

/* Packets of 10 ms (and of 60) become frames of 20 with the right times. */
TEST(lengths_of_packets_need_not_agree)
{
	struct scene s;
	struct ear a, b;
	uint8_t bytes[PEER_BUFFER], payload[480];
	static const unsigned lengths[] = {
		80, 80, 80, 80, 480, 240, 240, 160
	};
	uint32_t ts = 5000, sent = 0;

	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	memset(payload, 0xff, sizeof(payload));
	for (unsigned i = 0; i < RD_COUNT(lengths); i++) {
		struct rd_writer w = rd_writer(bytes, sizeof(bytes));
		struct rd_rtp rtp = { .payload_type = 96,
				      .sequence = (uint16_t)i,
				      .ts = ts + sent,
				      .ssrc = 5,
				      .payload = rd_span(payload, lengths[i]) };
		struct rd_packet p = { .at = bytes,
				       .size = sizeof(bytes),
				       .from = a.addr };

		CHECK_OK(rd_rtp_encode(&w, &rtp));
		p.len = rd_writer_len(&w);
		sent += lengths[i];
		s.now_us += lengths[i] * 125;
		arrive(&s, &a, &p);
		ear_read(&b, s.now_us);
	}
	CHECK_EQ(b.talk.heard, sent / 160);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK_EQ(b.talk.last_ts - b.talk.first_ts, (sent / 160 - 1) * 960);
	ear_close(&s, &a);
	ear_close(&s, &b);
	scene_close(&s);
}

TEST(pause_that_was_meant_is_no_loss)
{
	struct scene s;
	struct ear a, b;
	uint32_t before_ts;

	RFC("3551 4.1");
	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	CHECK_EQ(play(&s, &a, &b, "....."), 5);
	before_ts = b.talk.last_ts;
	a.talk.ts += 160 * 4; /* 80 ms in which nothing was said */
	s.now_us += 80000;
	CHECK_EQ(play(&s, &a, &b, "....."), 5);
	CHECK_EQ(b.talk.last_ts - before_ts, 9 * 960);
	CHECK_EQ(b.talk.gaps, 0);
	CHECK_EQ(a.leg->stats.concealed_frames, 0);
	ear_close(&s, &a);
	ear_close(&s, &b);
	scene_close(&s);
}

TEST(encoders_get_cheaper_under_load_and_dearer_with_loss)
{
	struct scene s;
	struct ear a, b;

	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	CHECK_EQ(play(&s, &a, &b, ".."), 2);
	CHECK_EQ(b.leg->source->tuned.complexity, 5);
	CHECK(!b.leg->source->tuned.has_fec);
	s.w->load.complexity = 2;
	b.leg->stats.remote_loss_256 = 26;
	CHECK_EQ(play(&s, &a, &b, ".."), 2);
	CHECK_EQ(b.leg->source->tuned.complexity, 2);
	CHECK(b.leg->source->tuned.has_fec);
	CHECK_EQ(b.leg->source->tuned.loss_percent, 10);
	ear_close(&s, &a);
	ear_close(&s, &b);
	scene_close(&s);
}

TEST(source_that_is_gone_leaves_silence)
{
	struct scene s;
	struct ear a, b;

	open_two(&s, &a, &b, RD_CODEC_PCMU, RD_CODEC_OPUS);
	CHECK_EQ(play(&s, &a, &b, "....."), 5);
	ear_close(&s, &a);
	CHECK(!b.leg->source->from);
	b.talk.heard = 0;
	run(&s, &b, SECOND_US);
	CHECK(b.talk.heard >= 44 && b.talk.heard <= 51);
	CHECK_EQ(b.talk.gaps, 0);
	ear_close(&s, &b);
	scene_close(&s);
}

RD_TESTS(T(silence_is_fifty_frames_a_second_however_often_we_look),
	 T(ringback_is_one_second_of_five),
	 T(sound_ends_once_and_repeated_sound_never),
	 T(stall_is_not_made_up_for_without_end),
	 T(every_frame_comes_out_once_whatever_happens_to_it),
	 T(tone_goes_on_through_a_loss), T(lengths_of_packets_need_not_agree),
	 T(pause_that_was_meant_is_no_loss),
	 T(encoders_get_cheaper_under_load_and_dearer_with_loss),
	 T(source_that_is_gone_leaves_silence))
