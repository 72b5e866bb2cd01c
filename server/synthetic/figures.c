/* synthetic/figures.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum rd_err rd_sample_init(struct rd_sample *s)
{
	*s = (struct rd_sample){ .stride = 1 };
	s->at = rd_alloc(RD_SAMPLE_ROOM * sizeof(*s->at));
	if (!s->at)
		return RD_E_NOMEM;
	s->room = RD_SAMPLE_ROOM;
	return RD_OK;
}

void rd_sample_fini(struct rd_sample *s)
{
	rd_free(s->at);
	*s = (struct rd_sample){ 0 };
}

void rd_sample_clear(struct rd_sample *s)
{
	s->count = 0;
	s->stride = 1;
	s->skipped = 0;
}

void rd_sample_add(struct rd_sample *s, double value)
{
	if (++s->skipped < s->stride)
		return;
	s->skipped = 0;
	if (s->count == s->room) {
		for (size_t i = 0; i < s->count / 2; i++)
			s->at[i] = s->at[2 * i];
		s->count /= 2;
		s->stride *= 2;
	}
	if (s->count < s->room)
		s->at[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

double rd_sample_quantile(struct rd_sample *s, double q)
{
	size_t i;

	if (s->count == 0)
		return 0;
	qsort(s->at, s->count, sizeof(*s->at), compare);
	i = (size_t)(q * (double)(s->count - 1) + 0.5);
	return s->at[i < s->count ? i : s->count - 1];
}

double rd_mos_estimate(enum rd_codec_id codec, double delay_ms, double lost)
{
	/* Loss robustness: G.711 with concealment is 25.1 in ITU-T G.113
	 * appendix I.  The others have no official value; theirs are set so
	 * that Opus with FEC bears a little more, G.722 a little less. */
	static const double robustness[RD_CODEC_COUNT] = {
		[RD_CODEC_OPUS] = 30,
		[RD_CODEC_G722] = 20,
		[RD_CODEC_PCMU] = 25.1,
		[RD_CODEC_PCMA] = 25.1,
	};
	double loss_percent = lost * 100;
	double r = 93.2; /* G.107 default, no other impairment */

	/* The simplification of G.107 7.4 for a connection without echo. */
	r -= 0.024 * delay_ms;
	if (delay_ms > 177.3)
		r -= 0.11 * (delay_ms - 177.3);
	r -= 95 * loss_percent / (loss_percent + robustness[codec]);
	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5;
	return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}

/* Field number `field` of a line that begins with field `first`. */
static unsigned long field_of(const char *text, unsigned first, unsigned field)
{
	for (unsigned i = first; i < field; i++) {
		text += strspn(text, " ");
		text += strcspn(text, " ");
	}
	return strtoul(text, NULL, 10);
}

struct rd_process rd_process_read(int pid)
{
	struct rd_process p = { 0 };
	char path[64], line[1024];
	const char *after;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return p;
	/* proc(5): the name in brackets, field 2, may hold anything, so from
	 * the last bracket on: utime 14, stime 15, threads 20, rss 24. */
	if (fgets(line, sizeof(line), f) && (after = strrchr(line, ')'))) {
		unsigned long ticks =
			field_of(after + 1, 3, 14) + field_of(after + 1, 3, 15);

		p.cpu_s = (double)ticks / (double)sysconf(_SC_CLK_TCK);
		p.threads = (long)field_of(after + 1, 3, 20);
		p.rss_kib = (long)field_of(after + 1, 3, 24) *
			    (sysconf(_SC_PAGESIZE) / 1024);
	}
	fclose(f);
	return p;
}
