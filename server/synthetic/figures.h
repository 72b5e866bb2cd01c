/* synthetic/figures.h - quantiles, and the quality that a call's figures let
 * one expect.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "dsp/codec.h"

/* Values collected one by one; most_values of them at most, then every second
 * one is dropped and only every second is taken, and so on. */
struct rd_sample {
	double *at;
	size_t count;
	size_t room;
	uint32_t stride; /* one of so many is kept */
	uint32_t skipped;
};

enum {
	RD_SAMPLE_ROOM = 16384
};

/* RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_sample_init(struct rd_sample *s);
void rd_sample_fini(struct rd_sample *s);
void rd_sample_clear(struct rd_sample *s); /* as after init */
void rd_sample_add(struct rd_sample *s, double value);
/* The value below which the part q (0..1) of them is; 0 if there are none.
 * Sorts. */
double rd_sample_quantile(struct rd_sample *s, double q);

/* The E-model (ITU-T G.107) with what we know: codec, one-way delay from
 * mouth to ear, part of packets lost (0..1, at random).  Mean opinion score
 * 1..4.5 on the narrowband scale: an estimate, not a measurement. */
double rd_mos_estimate(enum rd_codec_id codec, double delay_ms, double lost);

/* What /proc says of a process; zeros if it is gone. */
struct rd_process {
	double cpu_s; /* user and system, all threads, since it started */
	long rss_kib;
	long threads;
};
struct rd_process rd_process_read(int pid);
