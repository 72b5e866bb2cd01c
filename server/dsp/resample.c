/* dsp/resample.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * After J. O. Smith's method for arbitrary ratios: one half of the impulse
 * response as a table, read with linear interpolation.
 */
#include "dsp/resample.h"

#include <math.h>

#define PI 3.141592653589793

enum {
	CROSSINGS = 24, /* zero crossings of the sinc on each side */
	PER_CROSSING = 256,
	TABLE = CROSSINGS * PER_CROSSING,
};
/* Part of the band kept; the rest is the filter's slope. */
static const double PASS = 0.94;
static const double KAISER_BETA = 8.0; /* stops by 80 dB */

/* Modified Bessel function of the first kind, order 0, by its series. */
static double bessel_i0(double x)
{
	double term = 1;
	double sum = 1;

	for (int k = 1; k < 40; k++) {
		term *= x * x / 4 / k / k;
		sum += term;
	}
	return sum;
}

static void fill_table(double *table)
{
	table[0] = 1;
	for (int i = 1; i <= TABLE; i++) {
		double x = (double)i / PER_CROSSING;
		double u = x / CROSSINGS;
		double window = bessel_i0(KAISER_BETA * sqrt(1 - u * u)) /
				bessel_i0(KAISER_BETA);

		table[i] = sin(PI * x) / (PI * x) * window;
	}
	table[TABLE + 1] = 0;
}

static double weight(const double *table, double x)
{
	double at = fabs(x) * PER_CROSSING;
	size_t i = (size_t)at;

	if (i >= TABLE)
		return 0;
	return table[i] + (at - (double)i) * (table[i + 1] - table[i]);
}

/* One output sample at position `centre` of the input. */
static int16_t interpolate(const double *table, const int16_t *in, size_t n,
			   double centre, double band)
{
	double reach = CROSSINGS / band;
	long first = (long)ceil(centre - reach);
	long last = (long)floor(centre + reach);
	double sum = 0;
	double weights = 0;

	for (long k = first; k <= last; k++) {
		double w = weight(table, ((double)k - centre) * band);

		/* Beyond the ends there is silence. */
		if (k >= 0 && (size_t)k < n)
			sum += w * in[k];
		weights += w;
	}
	sum /= weights;
	return (int16_t)lrint(sum > 32767    ? 32767
			      : sum < -32768 ? -32768
					     : sum);
}

size_t rd_resample_len(size_t n, uint32_t from_hz, uint32_t to_hz)
{
	return (size_t)(((uint64_t)n * to_hz + from_hz - 1) / from_hz);
}

enum rd_err rd_resample(const int16_t *in, size_t n, uint32_t from_hz,
			int16_t *out, uint32_t to_hz)
{
	size_t len = rd_resample_len(n, from_hz, to_hz);
	double ratio = (double)from_hz / to_hz;
	double band = PASS * (ratio > 1 ? 1 / ratio : 1);
	double *table;

	if (from_hz == to_hz) {
		memcpy(out, in, n * sizeof(*in));
		return RD_OK;
	}
	table = rd_alloc((TABLE + 2) * sizeof(*table));
	if (!table)
		return RD_E_NOMEM;
	fill_table(table);
	for (size_t i = 0; i < len; i++)
		out[i] = interpolate(table, in, n, (double)i * ratio, band);
	rd_free(table);
	return RD_OK;
}
