/* dsp/tone.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/tone.h"

#include <math.h>

#define TAU        6.283185307179586
#define FULL_SCALE 32767.0
#define TURN       18446744073709551616.0 /* 2^64 */
#define SCALE      256.0                  /* of the products that are summed */
#define SILENT_DB  (-120.0)

/* ---- making ---- */

void rd_tone_init(struct rd_tone *t, uint32_t rate_hz, double hz,
		  double level_db)
{
	rd_assert(hz > 0 && hz * 2 < rate_hz && level_db <= 0);
	t->phase = 0;
	t->step = (uint64_t)(hz / rate_hz * TURN);
	t->peak = FULL_SCALE * pow(10, level_db / 20);
}

void rd_tone_make(struct rd_tone *t, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double turn = (double)t->phase / TURN;

		pcm[i] = (int16_t)lrint(t->peak * sin(TAU * turn));
		t->phase += t->step;
	}
}

/* ---- finding ---- */

/* The window holds whole half periods as nearly as it can, else what the
 * other side of the spectrum leaks would pass for noise. */
static uint32_t fit_window(uint32_t rate_hz, double hz, uint32_t most)
{
	double half = rate_hz / (2 * hz);
	double best_error = 1;
	uint32_t best = most;

	for (double k = 1; k * half <= most; k++) {
		double error = fabs(k * half - round(k * half)) / (k * half);

		if (2 * k * half < most || error > best_error)
			continue;
		best_error = error;
		best = (uint32_t)lround(k * half);
	}
	return best;
}

void rd_tone_finder_init(struct rd_tone_finder *f, uint32_t rate_hz, double hz,
			 double threshold_db, uint32_t window_ms)
{
	rd_assert(hz > 0 && hz * 2 < rate_hz && rate_hz <= 48000 &&
		  window_ms >= 2 && window_ms <= 10);
	*f = (struct rd_tone_finder){
		.rate_hz = rate_hz,
		.hz = hz,
		.threshold_db = threshold_db,
		.threshold = FULL_SCALE * pow(10, threshold_db / 20),
		.window = fit_window(rate_hz, hz, rate_hz * window_ms / 1000),
		.osc_re = 1,
		.turn_re = cos(TAU * hz / rate_hz),
		.turn_im = -sin(TAU * hz / rate_hz),
	};
}

/* Moves the window on by one sample; the sums stay exact, since what leaves
 * is what once came in. */
static void slide(struct rd_tone_finder *f, int16_t sample)
{
	uint32_t s = f->slot;
	int32_t re = (int32_t)(sample * f->osc_re * SCALE);
	int32_t im = (int32_t)(sample * f->osc_im * SCALE);
	double osc_re = f->osc_re * f->turn_re - f->osc_im * f->turn_im;
	double osc_im = f->osc_re * f->turn_im + f->osc_im * f->turn_re;

	f->sum_re += re - f->re[s];
	f->sum_im += im - f->im[s];
	f->sum_power += sample * sample - f->pcm[s] * f->pcm[s];
	f->re[s] = re;
	f->im[s] = im;
	f->pcm[s] = sample;
	f->osc_re = osc_re;
	f->osc_im = osc_im;
	if (++f->slot == f->window) {
		double size = hypot(osc_re, osc_im);

		f->slot = 0;
		f->osc_re /= size;
		f->osc_im /= size;
	}
}

/* The phase of a tone of exactly hz stands still in the window. */
static void follow_phase(struct rd_tone_finder *f)
{
	double phase = atan2((double)f->sum_im, (double)f->sum_re);
	double gained = remainder(phase - f->last_phase, TAU);

	f->turned += gained;
	f->turned_samples += f->window / 2;
	f->last_phase = phase;
}

static void measure(struct rd_tone_finder *f, double tone, double all)
{
	f->tone_power += tone;
	f->all_power += all;
	f->on_samples++;
	if (f->at - f->change_at >= f->window / 2) {
		follow_phase(f);
		f->change_at = f->at;
	}
}

/* Where the rising flank, as long as the window, passed its half. */
static uint64_t onset(const struct rd_tone_finder *f, double steady)
{
	uint64_t ring = 2ULL * RD_TONE_WINDOW_MAX;
	uint64_t back = rd_min_u64(f->at, 2ULL * f->window);
	uint64_t i = f->at - back;

	while (i < f->at && f->amplitude[i % ring] < steady / 2)
		i++;
	return i >= f->window / 2 ? i + 1 - f->window / 2 : 0;
}

static double to_db(double amplitude)
{
	return amplitude > 0 ? 20 * log10(amplitude / FULL_SCALE) : SILENT_DB;
}

static void step_state(struct rd_tone_finder *f, double amplitude,
		       struct rd_tone_event *event)
{
	double tone = amplitude * amplitude / 2;
	double all = (double)f->sum_power / f->window;
	bool is_there = amplitude >= f->threshold && tone >= all / 2;

	if (f->state == RD_FINDER_OFF && is_there) {
		f->state = RD_FINDER_RISING;
		f->change_at = f->at;
	} else if (f->state == RD_FINDER_RISING &&
		   f->at - f->change_at >= f->window) {
		if (!is_there) {
			f->state = RD_FINDER_OFF;
			return;
		}
		*event =
			(struct rd_tone_event){ RD_TONE_ON, onset(f, amplitude),
						to_db(amplitude) };
		f->state = RD_FINDER_ON;
		f->change_at = f->at;
		f->last_phase = atan2((double)f->sum_im, (double)f->sum_re);
	} else if (f->state == RD_FINDER_ON) {
		/* Lower than to come on, so that it does not flutter. */
		if (amplitude >= f->threshold / 2 && tone >= all / 4) {
			measure(f, tone, all);
			return;
		}
		f->state = RD_FINDER_OFF;
		*event = (struct rd_tone_event){ RD_TONE_OFF,
						 f->at - f->window / 2, 0 };
	}
}

size_t rd_tone_finder_feed(struct rd_tone_finder *f, const int16_t *pcm,
			   size_t n, struct rd_tone_event *event)
{
	size_t taken = 0;

	*event = (struct rd_tone_event){ 0 };
	while (taken < n && event->kind == RD_TONE_NONE) {
		double amplitude;

		slide(f, pcm[taken++]);
		amplitude = 2 / SCALE / f->window *
			    hypot((double)f->sum_re, (double)f->sum_im);
		f->amplitude[f->at % (2 * RD_TONE_WINDOW_MAX)] = amplitude;
		f->at++;
		step_state(f, amplitude, event);
	}
	return taken;
}

bool rd_tone_finder_is_on(const struct rd_tone_finder *f)
{
	return f->state == RD_FINDER_ON;
}

double rd_tone_finder_hz(const struct rd_tone_finder *f)
{
	if (f->on_samples == 0)
		return 0;
	if (f->turned_samples == 0)
		return f->hz;
	return f->hz + f->turned / TAU * f->rate_hz / (double)f->turned_samples;
}

double rd_tone_finder_level_db(const struct rd_tone_finder *f)
{
	if (f->on_samples == 0)
		return SILENT_DB;
	return to_db(sqrt(2 * f->tone_power / (double)f->on_samples));
}

double rd_tone_finder_snr_db(const struct rd_tone_finder *f)
{
	double rest = f->all_power - f->tone_power;
	double least = f->all_power * 1e-9; /* below is rounding */

	if (f->on_samples == 0)
		return 0;
	return 10 * log10(f->tone_power / (rest > least ? rest : least));
}
