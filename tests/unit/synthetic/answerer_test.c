/* tests/unit/synthetic/answerer_test.c - the telephone that answers, called
 * by our own trunk over real sockets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <math.h>

#include "base/clock.h"
#include "synthetic/answerer.h"
#include "synthetic/udp.h"
#include "wire/sdp_trunk.h"

enum {
	LONGEST_MS = 10000,
	FRAME_US = RD_FRAME_MS * 1000
};

static struct rd_loop *loop;
static struct rd_banks banks; /* the answerer's */
static struct rd_banks mine;  /* the caller's */

struct phone { /* who calls */
	struct rd_trunk_cfg trunk;
	struct rd_trunks *trunks;
	rd_dialog dialog;
	struct rd_addr local;
	int fd;
	enum rd_sdp_codec codec;
	struct rd_trunk_session session;
	struct rd_party *party;
	uint64_t next_us;
	bool is_ringing, is_answered, is_ended, has_early_media;
	unsigned status;
};

struct told { /* by the answerer */
	unsigned incoming, answered, refused, ended;
	struct rd_answer_result last;
};

static struct told told;

static int open_loop(void **state)
{
	(void)state;
	banks = (struct rd_banks){ .mark_hz = 700,
				   .level_db = -10,
				   .complexity = 5 };
	mine = banks;
	mine.mark_hz = 440;
	return rd_loop_open(&loop);
}

static int close_loop(void **state)
{
	(void)state;
	rd_loop_close(loop);
	rd_banks_fini(&banks);
	rd_banks_fini(&mine);
	return 0;
}

static void tell(void *arg, rd_answer_call call, const char *what,
		 const struct rd_answer_result *result)
{
	(void)arg;
	CHECK(call != 0);
	told.incoming += strcmp(what, "incoming") == 0;
	told.answered += strcmp(what, "answered") == 0;
	told.refused += strcmp(what, "refused") == 0;
	told.ended += strcmp(what, "ended") == 0;
	told.last = *result;
}

static struct rd_answerer *open_answerer(struct rd_answerer_cfg cfg,
					 const struct rd_codec *only)
{
	struct rd_complaint why = { "" };
	struct rd_answerer *a;

	told = (struct told){ 0 };
	cfg.loop = loop;
	cfg.most_calls = 4;
	cfg.tell = tell;
	cfg.listen_every = 1;
	cfg.most_rate_hz = 8000;
	cfg.hear_hz = 440;
	for (int i = 0; i < RD_CODEC_COUNT && !only; i++)
		cfg.codecs[cfg.codec_count++] =
			rd_codec_get((enum rd_codec_id)i);
	if (only)
		cfg.codecs[cfg.codec_count++] = only;
	CHECK_OK(rd_addr_parse_port(&cfg.listen, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_answerer_open(&a, &cfg, &why));
	return a;
}

static void write_offer(const struct phone *p, char *sdp, size_t size)
{
	struct rd_writer w = rd_writer(sdp, size - 1);
	struct rd_trunk_local local = { .media = p->local,
					.session_id = 1,
					.session_version = 1,
					.codecs = { p->codec },
					.codec_count = 1,
					.has_digits = true,
					.ptime_ms = 20,
					.direction = RD_SDP_SENDRECV };

	CHECK_OK(rd_trunk_write_offer(&w, &local));
	sdp[rd_writer_len(&w)] = '\0';
}

static void dial(struct phone *p, const struct rd_answerer *a,
		 enum rd_sdp_codec codec)
{
	struct rd_addr to = rd_answerer_local(a);
	struct rd_trunks_cfg cfg = { .trunks = &p->trunk,
				     .trunk_count = 1,
				     .most_dialogs = 4,
				     .invite_ms = 2000 };
	struct rd_complaint why;
	char sdp[RD_TRUNK_SDP];
	struct rd_trunk_invite invite = {
		.trunk = "t", .user = "100", .sdp = sdp, .ring_ms = 5000
	};

	*p = (struct phone){ .codec = codec, .fd = -1 };
	p->trunk = (struct rd_trunk_cfg){ .name = "t",
					  .host = "127.0.0.1",
					  .port = to.port };
	CHECK_OK(rd_addr_parse_port(&cfg.bind, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_trunks_open(&p->trunks, &cfg, &why));
	CHECK_OK(rd_addr_parse_port(&p->local, SPAN("127.0.0.1:0")));
	CHECK_OK(rd_udp_open(&p->fd, &p->local));
	write_offer(p, sdp, sizeof(sdp));
	CHECK_OK(rd_trunk_invite(p->trunks, &invite, &p->dialog));
}

static void begin_media(struct phone *p, const char *text)
{
	static struct rd_sdp sdp;
	struct rd_trunk_local local = { .codecs = { p->codec },
					.codec_count = 1,
					.has_digits = true };
	struct rd_party_cfg cfg = {
		.codec = rd_codec_find(
			rd_span_text(rd_sdp_codec_name(p->codec))),
		.cname = "c",
		.ssrc = 77,
		.listens = true,
		.rate_hz = 8000,
		.hear_hz = 700,
	};

	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(text)));
	CHECK_OK(rd_trunk_read_answer(&sdp, &local, &p->session));
	cfg.payload_type = p->session.send_type;
	cfg.receive_type = p->session.receive_type;
	cfg.digits_type = 255;
	CHECK_OK(rd_banks_get(&mine, cfg.codec, &cfg.bank, NULL));
	CHECK_OK(rd_party_open(&p->party, &cfg));
	p->next_us = rd_clock_us();
}

static void take_events(struct phone *p)
{
	static struct rd_trunk_event e;

	while (!rd_trunks_poll(p->trunks, &e)) {
		p->is_ringing |= e.kind == RD_TRUNK_RINGING;
		p->has_early_media |= e.kind == RD_TRUNK_PROGRESS;
		p->is_answered |= e.kind == RD_TRUNK_ANSWERED;
		if (e.kind == RD_TRUNK_ENDED) {
			p->is_ended = true;
			p->status = e.status;
		}
		if (e.sdp[0] && !p->party)
			begin_media(p, e.sdp);
	}
}

static void exchange(struct phone *p)
{
	uint8_t buf[RD_PARTY_PACKET_MAX], reply[RD_PARTY_PACKET_MAX];
	uint64_t at_us;
	size_t len, reply_len;

	if (!p->party)
		return;
	while (rd_udp_receive(p->fd, buf, sizeof(buf), &len, NULL, &at_us))
		if (rd_packet_kind(rd_span(buf, len)) == RD_PACKET_RTP)
			rd_party_feed(p->party, rd_span(buf, len), at_us, reply,
				      &reply_len);
	for (; rd_clock_us() >= p->next_us; p->next_us += FRAME_US)
		if (rd_party_next(p->party, rd_clock_us(), buf, &len))
			rd_udp_send(p->fd, rd_span(buf, len),
				    &p->session.media);
}

/* Both sides live until *done, or too long. */
static void live_until(struct phone *p, const bool *done, uint64_t most_ms)
{
	uint64_t end_ms = rd_clock_ms() + most_ms;

	while (!*done && rd_clock_ms() < end_ms) {
		rd_loop_turn(loop, 5);
		take_events(p);
		exchange(p);
	}
}

static void hang_up(struct phone *p, struct rd_answerer *a)
{
	static const bool never = false;

	if (!p->is_ended)
		rd_trunk_hangup(p->trunks, p->dialog, 0);
	live_until(p, &p->is_ended, LONGEST_MS);
	for (int i = 0; i < 200 && rd_answerer_calls(a) > 0; i++)
		live_until(p, &never, 20);
	CHECK_EQ(rd_answerer_calls(a), 0);
	rd_trunks_close(p->trunks);
	rd_party_close(p->party);
	rd_udp_close(&p->fd);
}

TEST(it_answers_says_its_tone_and_hears_ours_in_every_codec)
{
	static const enum rd_sdp_codec codecs[] = { RD_SDP_OPUS, RD_SDP_G722,
						    RD_SDP_PCMU, RD_SDP_PCMA };
	struct rd_answerer *a =
		open_answerer((struct rd_answerer_cfg){ .banks = &banks },
			      NULL);

	for (size_t i = 0; i < RD_COUNT(codecs); i++) {
		struct rd_party_stats s;
		struct phone p;

		dial(&p, a, codecs[i]);
		live_until(&p, &p.is_answered, LONGEST_MS);
		CHECK(p.is_answered && p.party);
		live_until(&p, &p.is_ended, 1500);
		CHECK(!p.is_ended);
		rd_party_get_stats(p.party, &s);
		CHECK(s.received > 30);
		CHECK_EQ(s.strange, 0);
		CHECK(fabs(s.tone_hz - 700) < 2);
		hang_up(&p, a);
		CHECK_EQ(told.incoming, i + 1);
		CHECK_EQ(told.answered, i + 1);
		CHECK_EQ(told.ended, i + 1);
		CHECK(fabs(told.last.stats.tone_hz - 440) < 2);
		CHECK(told.last.stats.received > 30);
		CHECK(told.last.by_far_end);
		CHECK(told.last.talked_s > 1);
	}
	rd_answerer_close(a);
}

TEST(it_refuses_with_the_status_it_is_told)
{
	struct rd_answerer *a =
		open_answerer((struct rd_answerer_cfg){ .status = 486 }, NULL);
	struct phone p;

	dial(&p, a, RD_SDP_PCMU);
	live_until(&p, &p.is_ended, LONGEST_MS);
	CHECK(p.is_ended && !p.is_answered);
	CHECK_EQ(p.status, 486);
	CHECK_EQ(told.refused, 1);
	hang_up(&p, a);
	rd_answerer_close(a);
}

TEST(it_rings_plays_early_media_and_hangs_up_when_told)
{
	struct rd_answerer *a =
		open_answerer((struct rd_answerer_cfg){ .banks = &banks,
							.ring_ms = 700,
							.has_early_media = true,
							.hangup_ms = 300 },
			      NULL);
	struct phone p;

	dial(&p, a, RD_SDP_PCMA);
	live_until(&p, &p.is_answered, 400);
	CHECK(!p.is_answered && p.has_early_media);
	live_until(&p, &p.is_answered, LONGEST_MS);
	CHECK(p.is_answered);
	live_until(&p, &p.is_ended, LONGEST_MS);
	CHECK(p.is_ended);
	CHECK_EQ(p.status, 0);
	hang_up(&p, a);
	CHECK(told.last.ring_ms > 600);
	CHECK(!told.last.by_far_end);
	rd_answerer_close(a);
}

TEST(an_offer_without_a_codec_of_ours_gets_488)
{
	struct rd_answerer *a =
		open_answerer((struct rd_answerer_cfg){ .banks = &banks },
			      &rd_codec_opus);
	struct phone p;

	dial(&p, a, RD_SDP_PCMU);
	live_until(&p, &p.is_ended, LONGEST_MS);
	CHECK_EQ(p.status, 488);
	hang_up(&p, a);
	rd_answerer_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_answers_says_its_tone_and_hears_ours_in_every_codec),
		T(it_refuses_with_the_status_it_is_told),
		T(it_rings_plays_early_media_and_hangs_up_when_told),
		T(an_offer_without_a_codec_of_ours_gets_488),
	};

	return cmocka_run_group_tests(tests, open_loop, close_loop);
}
