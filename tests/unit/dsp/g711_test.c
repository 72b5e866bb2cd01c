/* tests/unit/dsp/g711_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdlib.h>

#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>
#include <spandsp/g711.h> /* the oracle */

#include "dsp/codec.h"

/* One sample, 160 times over. */
static uint8_t code_of(struct rd_encoder *e, int sample)
{
	int16_t pcm[160];
	uint8_t out[160];
	size_t len;

	for (size_t i = 0; i < 160; i++)
		pcm[i] = (int16_t)sample;
	CHECK_OK(rd_encoder_encode(e, pcm, out, sizeof(out), &len));
	CHECK_EQ(len, 160);
	return out[159];
}

static void values_of(const struct rd_codec *c, int16_t values[static 256])
{
	uint8_t codes[256];
	struct rd_decoder *d;
	size_t n;

	for (size_t i = 0; i < 256; i++)
		codes[i] = (uint8_t)i;
	CHECK_OK(rd_decoder_open(&d, c, 8000));
	CHECK_OK(rd_decoder_decode(d, rd_span(codes, 256), values, 256, &n));
	CHECK_EQ(n, 256);
	rd_decoder_close(d);
}

TEST(every_code_has_the_value_of_the_standard)
{
	int16_t mu[256], a[256];

	values_of(&rd_codec_pcmu, mu);
	values_of(&rd_codec_pcma, a);
	for (unsigned i = 0; i < 256; i++) {
		CHECK_EQ(mu[i], ulaw_to_linear((uint8_t)i));
		CHECK_EQ(a[i], alaw_to_linear((uint8_t)i));
	}
	CHECK_EQ(mu[0x00], -32124);
	CHECK_EQ(mu[0x80], 32124);
	CHECK_EQ(mu[0xff], 0);
	CHECK_EQ(a[0xd5], 8);
	CHECK_EQ(a[0x55], -8);
	CHECK_EQ(a[0xaa], 32256);
}

TEST(every_sample_gets_the_code_of_the_standard)
{
	struct rd_encoder_config cfg = { .rate_hz = 8000 };
	struct rd_encoder *mu, *a;

	CHECK_OK(rd_encoder_open(&mu, &rd_codec_pcmu, &cfg));
	CHECK_OK(rd_encoder_open(&a, &rd_codec_pcma, &cfg));
	for (int s = -32768; s <= 32767; s += 3) {
		CHECK_EQ(code_of(mu, s), linear_to_ulaw(s));
		CHECK_EQ(code_of(a, s), linear_to_alaw(s));
	}
	CHECK_EQ(code_of(mu, 32767), 0x80);
	CHECK_EQ(code_of(mu, -32768), 0x00);
	CHECK_EQ(code_of(a, 32767), 0xaa);
	CHECK_EQ(code_of(a, -32768), 0x2a);
	rd_encoder_close(mu);
	rd_encoder_close(a);
}

TEST(the_value_of_a_code_gets_that_code)
{
	struct rd_encoder_config cfg = { .rate_hz = 8000 };
	static const struct rd_codec *const laws[] = { &rd_codec_pcmu,
						       &rd_codec_pcma };

	for (size_t k = 0; k < RD_COUNT(laws); k++) {
		struct rd_encoder *e;
		int16_t values[256];

		values_of(laws[k], values);
		CHECK_OK(rd_encoder_open(&e, laws[k], &cfg));
		for (unsigned i = 0; i < 256; i++) {
			/* mu has two zeros. */
			if (k == 0 && i == 0x7f)
				continue;
			CHECK_EQ(code_of(e, values[i]), i);
		}
		rd_encoder_close(e);
	}
}

RD_TESTS(T(every_code_has_the_value_of_the_standard),
	 T(every_sample_gets_the_code_of_the_standard),
	 T(the_value_of_a_code_gets_that_code))
