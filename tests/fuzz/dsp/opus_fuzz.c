/* tests/fuzz/dsp/opus_fuzz.c - any bytes as a series of Opus packets: decoded,
 * lost and concealed (T59).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * First byte: sample rate.  Then each packet: one byte says whether it was
 * lost, one its length.
 */
#include "dsp/codec.h"
#include "dsp/opus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct rd_decoder *d, struct rd_span packet, bool is_lost)
{
	static int16_t pcm[RD_PACKET_SAMPLES_MAX];
	struct rd_opus_packet p;
	enum rd_err err = rd_opus_packet_parse(&p, packet);
	size_t n = 0;

	rd_assert(err ||
		  (p.frames >= 1 && p.frames <= 48 && p.duration_ts <= 5760));
	if (is_lost) {
		err = rd_decoder_conceal(d, packet, pcm, d->rate_hz / 50);
		rd_assert(err == RD_OK);
		return;
	}
	if (rd_decoder_decode(d, packet, pcm, RD_COUNT(pcm), &n) == RD_OK) {
		rd_assert(!err);
		rd_assert(n == (uint64_t)p.duration_ts * d->rate_hz / 48000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t rates_hz[] = { 8000, 16000, 48000 };
	struct rd_reader r = rd_reader(rd_span(data, size));
	struct rd_decoder *d;

	if (rd_decoder_open(&d, &rd_codec_opus,
			    rates_hz[rd_read_u8(&r) % RD_COUNT(rates_hz)]))
		return 0;
	for (unsigned i = 0; i < 32 && rd_reader_left(&r) > 2; i++) {
		bool is_lost = rd_read_u8(&r) & 1;
		size_t len = rd_read_u8(&r) * 6U;

		feed(d, rd_read_span(&r, rd_min_size(len, rd_reader_left(&r))),
		     is_lost);
	}
	rd_decoder_close(d);
	return 0;
}
