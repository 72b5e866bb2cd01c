/* tests/unit/media/churn_test.c - calls that come, change and go without order
 * while packets flow.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is listened to here; the sanitizers and the count of live blocks are
 * the judges.
 */
#include "peers.h"

enum {
	PARTIES = 4, /* of each kind */
	STEPS = 3000,
};

struct crowd {
	struct rd_media *m;
	struct rd_sound *sound;
	struct browser b[PARTIES];
	struct trunk t[PARTIES];
	bool has_b[PARTIES], has_t[PARTIES];
	unsigned closed, opened;
};

static enum rd_codec_id any_codec(void)
{
	return (enum rd_codec_id)rd_random_below(RD_CODEC_COUNT);
}

static void toggle_browser(struct crowd *c, unsigned i)
{
	if (c->has_b[i]) {
		rd_media_leg_close(c->m, c->b[i].leg);
		browser_close(&c->b[i]);
	} else {
		browser_open(&c->b[i], c->m, 0, any_codec(), PEER_OPUS, 1000,
			     1000);
		c->opened++;
		if (rd_random_below(4)) /* some never join */
			browser_connect(&c->b[i]);
	}
	c->has_b[i] = !c->has_b[i];
}

static void toggle_trunk(struct crowd *c, unsigned i)
{
	if (c->has_t[i]) {
		rd_media_leg_close(c->m, c->t[i].leg);
		trunk_close(&c->t[i]);
	} else {
		trunk_open(&c->t[i], c->m, 0, any_codec(), 96, 1000, 1000);
		c->opened++;
	}
	c->has_t[i] = !c->has_t[i];
}

static rd_leg any_leg(const struct crowd *c)
{
	unsigned i = rd_random_below(PARTIES);

	/* A leg that is gone is as good as any: an ordinary answer. */
	return rd_random_below(2) ? c->b[i].leg : c->t[i].leg;
}

static void change_source(struct crowd *c)
{
	rd_leg a = any_leg(c), b = any_leg(c);

	switch (rd_random_below(7)) {
	case 0:
	case 1:
		(void)!rd_media_bridge(c->m, a, b);
		return;
	case 2:
		(void)!rd_media_echo(c->m, a);
		return;
	case 3:
		(void)!rd_media_ringback(c->m, a);
		return;
	case 4:
		(void)!rd_media_play(c->m, a, c->sound, rd_random_below(2));
		return;
	case 5:
		(void)!rd_media_succeed(c->m, a, b);
		return;
	default:
		(void)!rd_media_silence(c->m, a);
	}
}

static void change_trunk(struct crowd *c, unsigned i)
{
	struct trunk *t = &c->t[i];

	if (!c->has_t[i])
		return;
	talk_close(&t->talk);
	t->rtp.codec = any_codec();
	t->rtp.may_send = rd_random_below(4) > 0;
	t->rtp.may_receive = rd_random_below(4) > 0;
	t->rtp.learn = rd_random_below(2);
	t->rtp.srtp_suite = rd_random_below(3) ? 0 : RD_SRTP_AEAD_AES_128_GCM;
	talk_open(&t->talk, t->rtp.codec, 96, peer_rate_hz(t->rtp.codec), 1000,
		  1000);
	CHECK_OK(rd_media_rtp_connect(c->m, t->leg, &t->rtp));
	(void)!rd_media_digits(c->m, t->leg, "7");
}

static void empty(int fd)
{
	uint8_t bytes[PEER_BUFFER];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void speak(struct crowd *c)
{
	for (unsigned i = 0; i < PARTIES; i++) {
		if (c->has_b[i] && c->b[i].send) {
			browser_say(&c->b[i], (int)rd_random_below(128));
			empty(c->b[i].fd);
		}
		if (c->has_t[i]) {
			trunk_say(&c->t[i]);
			empty(c->t[i].fd);
		}
	}
}

static void drain(struct crowd *c)
{
	struct rd_media_event e;

	while (rd_media_poll(c->m, &e) == RD_OK)
		c->closed += e.kind == RD_MEDIA_CLOSED;
}

static void step(struct crowd *c)
{
	unsigned what = rd_random_below(10), i = rd_random_below(PARTIES);

	if (what == 0)
		toggle_browser(c, i);
	else if (what == 1)
		toggle_trunk(c, i);
	else if (what == 2)
		change_trunk(c, i);
	else if (what < 6)
		change_source(c);
	speak(c);
	if (rd_random_below(3) == 0)
		drain(c);
}

TEST(crowd_leaves_nothing_behind)
{
	long live = rd_mem_live();
	int16_t pcm[800] = { 0 };
	struct rd_sound sound = { 8000, RD_COUNT(pcm), pcm };
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media_totals totals;
	static struct crowd c;

	c.m = peer_media(&cfg);
	c.sound = &sound;
	for (int i = 0; i < STEPS; i++)
		step(&c);
	for (unsigned i = 0; i < PARTIES; i++) {
		if (c.has_b[i])
			toggle_browser(&c, i);
		if (c.has_t[i])
			toggle_trunk(&c, i);
	}
	while (c.closed < c.opened) {
		CHECK(peer_wait(rd_media_fd(c.m),
				rd_clock_us() + PEER_WAIT_MS * 1000ULL));
		drain(&c);
	}
	rd_media_totals(c.m, &totals);
	CHECK_EQ(totals.legs, 0);
	CHECK(totals.packets_in > 0 && totals.packets_out > 0);
	rd_media_close(c.m);
	CHECK_EQ(rd_mem_live(), live);
}

RD_TIMED_TESTS(T(crowd_leaves_nothing_behind))
