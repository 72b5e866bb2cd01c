/* dsp/resample.h - changes the sample rate of a whole recording.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A windowed sinc, for files read at start; the media path never resamples.
 * Thread: any.
 */
#pragma once
#include "base/base.h"

/* Samples that rd_resample writes for n. */
size_t rd_resample_len(size_t n, uint32_t from_hz, uint32_t to_hz);
/* out holds rd_resample_len samples; rates 1000..192000.  Full-band content
 * above the lower of the two Nyquist limits is taken out; no delay.
 * RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_resample(const int16_t *in, size_t n,
				    uint32_t from_hz, int16_t *out,
				    uint32_t to_hz);
