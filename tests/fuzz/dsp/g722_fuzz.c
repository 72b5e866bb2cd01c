/* tests/fuzz/dsp/g722_fuzz.c - any bytes as a series of G.722 payloads, at
 * both rates, with gaps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int16_t pcm[RD_PACKET_SAMPLES_MAX];
	struct rd_reader r = rd_reader(rd_span(data, size));
	uint32_t rate_hz = rd_read_u8(&r) & 1 ? 16000 : 8000;
	struct rd_decoder *d;

	if (rd_decoder_open(&d, &rd_codec_g722, rate_hz))
		return 0;
	while (rd_reader_left(&r) > 0) {
		size_t len = rd_read_u8(&r) * 5U;
		size_t n = 0;
		struct rd_span payload =
			rd_read_span(&r, rd_min_size(len, rd_reader_left(&r)));
		enum rd_err err =
			rd_decoder_decode(d, payload, pcm, RD_COUNT(pcm), &n);

		rd_assert(err || n == payload.len * (rate_hz / 8000));
		if (err) {
			err = rd_decoder_conceal(d, payload, pcm, rate_hz / 50);
			rd_assert(err == RD_OK);
		}
	}
	rd_decoder_close(d);
	return 0;
}
