/* tests/unit/media/record_test.c - what a leg says, kept by control.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/record.h"
#include "peers.h"

enum {
	FRAMES = 20,
	PATIENT_US = 2000000,
};

struct house {
	struct rd_media *m;
	struct trunk t;
	struct rd_record *r;
};

static void open_house(struct house *h)
{
	struct rd_media_cfg cfg = peer_cfg();

	h->m = peer_media(&cfg);
	trunk_open(&h->t, h->m, 0, RD_CODEC_PCMU, 0, 1000, 1000);
	CHECK_OK(rd_record_open(&h->r, h->m, h->t.leg));
}

static void close_house(struct house *h)
{
	rd_record_close(h->r);
	trunk_close(&h->t);
	rd_media_close(h->m);
}

/* The next packet, when it has come; NULL: it does not. */
static const struct rd_record_packet *next(struct rd_record *r)
{
	uint64_t until_us = rd_clock_us() + PATIENT_US;
	const struct rd_record_packet *p = rd_record_read(r);

	while (!p && rd_clock_us() < until_us) {
		poll(NULL, 0, 1);
		p = rd_record_read(r);
	}
	return p;
}

TEST(what_is_said_is_kept_in_order)
{
	const struct rd_record_packet *p;
	struct house h;
	uint32_t ts = 0;

	open_house(&h);
	CHECK(!rd_record_read(h.r));
	for (int i = 0; i < FRAMES; i++) {
		trunk_say(&h.t);
		p = next(h.r);
		CHECK(p);
		CHECK_EQ(p->codec, RD_CODEC_PCMU);
		CHECK_EQ(p->len, 160);
		CHECK(i == 0 || p->ts == ts + 160);
		ts = p->ts;
	}
	CHECK(!rd_record_read(h.r));
	CHECK_EQ(rd_record_missed(h.r), 0);
	close_house(&h);
}

TEST(a_late_reader_misses_packets_and_holds_up_nobody)
{
	struct house h;
	unsigned n = 0;
	uint64_t until_us;

	open_house(&h);
	trunk_say(&h.t);
	CHECK(next(h.r)); /* it is attached; this one is being read */
	for (int i = 0; i < RD_RECORD_PACKETS + 10; i++) {
		trunk_say(&h.t);
		if (i % 16 == 0) /* not faster than a leg may */
			poll(NULL, 0, 20);
	}
	for (until_us = rd_clock_us() + PATIENT_US;
	     rd_record_missed(h.r) < 11 && rd_clock_us() < until_us;)
		poll(NULL, 0, 1);
	CHECK_EQ(rd_record_missed(h.r), 11);
	while (rd_record_read(h.r))
		n++;
	CHECK_EQ(n, RD_RECORD_PACKETS - 1);
	trunk_say(&h.t);
	CHECK(next(h.r)); /* and there is room again */
	close_house(&h);
}

TEST(a_second_takes_the_place_of_the_first)
{
	struct rd_record *second;
	struct house h;

	open_house(&h);
	CHECK_OK(rd_record_open(&second, h.m, h.t.leg));
	trunk_say(&h.t);
	CHECK(next(second));
	CHECK(!rd_record_read(h.r));
	rd_record_close(second);
	close_house(&h);
}

TEST(no_leg_no_record)
{
	struct rd_record *r;
	struct house h;

	open_house(&h);
	rd_media_leg_close(h.m, h.t.leg);
	CHECK_ERR(rd_record_open(&r, h.m, h.t.leg), RD_E_NOTFOUND);
	CHECK(!r);
	(void)peer_event(h.m, h.t.leg, RD_MEDIA_CLOSED);
	CHECK(!rd_record_read(h.r)); /* what there is can still be read */
	close_house(&h);
}

TEST(nothing_is_left_whoever_goes_first)
{
	long live = rd_mem_live();

	for (unsigned way = 0; way < 3; way++) {
		struct house h;

		open_house(&h);
		trunk_say(&h.t);
		CHECK(next(h.r));
		if (way == 0) { /* the reader, then a packet, then the leg */
			rd_record_close(h.r);
			h.r = NULL;
			trunk_say(&h.t);
			rd_media_leg_close(h.m, h.t.leg);
			(void)peer_event(h.m, h.t.leg, RD_MEDIA_CLOSED);
		}
		if (way == 1) { /* the leg */
			rd_media_leg_close(h.m, h.t.leg);
			(void)peer_event(h.m, h.t.leg, RD_MEDIA_CLOSED);
		}
		close_house(&h); /* media with all that is there */
		CHECK_EQ(rd_mem_live(), live);
	}
}

RD_TIMED_TESTS(T(what_is_said_is_kept_in_order),
	       T(a_late_reader_misses_packets_and_holds_up_nobody),
	       T(a_second_takes_the_place_of_the_first), T(no_leg_no_record),
	       T(nothing_is_left_whoever_goes_first))
