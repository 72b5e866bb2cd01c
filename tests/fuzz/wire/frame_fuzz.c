/* tests/fuzz/wire/frame_fuzz.c - FZ12: any bytes as a signal frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is accepted is written again and must be read as the same; everything
 * lent lies within the input.
 */
#include <stdlib.h>

#include "wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ELEMENTS = 256
};

union elements {
	struct rd_frame_presence presence[ELEMENTS];
	struct rd_frame_volume volume[ELEMENTS];
	struct rd_frame_data data[ELEMENTS];
	struct rd_frame_metric metric[ELEMENTS];
};

static struct rd_span input;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void is_lent(struct rd_span text)
{
	must(!text.at || (text.at >= input.at && text.len <= input.len &&
			  text.at + text.len <= input.at + input.len));
}

/* Makes a decoded list one that can be encoded; false if it is too long. */
static bool gather(struct rd_frame *f, union elements *all)
{
	struct rd_frame_cursor c = { 0 };
	struct rd_frame_presence presence;
	struct rd_frame_volume volume;
	struct rd_frame_data data;
	struct rd_frame_metric metric;
	size_t n = 0;

	switch (f->type) {
	case RD_FRAME_AUDIO_STREAM_ID_INFO:
		for (; rd_frame_next_presence(f, &c, &presence); n++) {
			is_lent(presence.attendee_id);
			is_lent(presence.external_user_id);
			if (n < ELEMENTS)
				all->presence[n] = presence;
		}
		break;
	case RD_FRAME_AUDIO_METADATA:
		for (; rd_frame_next_volume(f, &c, &volume); n++)
			if (n < ELEMENTS)
				all->volume[n] = volume;
		break;
	case RD_FRAME_DATA_MESSAGE:
		for (; rd_frame_next_data(f, &c, &data); n++) {
			is_lent(data.topic);
			is_lent(data.data);
			if (n < ELEMENTS)
				all->data[n] = data;
		}
		break;
	case RD_FRAME_CLIENT_METRIC:
		for (; rd_frame_next_metric(f, &c, &metric); n++)
			if (n < ELEMENTS)
				all->metric[n] = metric;
		break;
	default:
		return true;
	}
	f->body.list.at = all;
	f->body.list.count = n;
	return n <= ELEMENTS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t once[4 * RD_FRAME_MAX], twice[4 * RD_FRAME_MAX];
	static union elements all;
	struct rd_writer a = rd_writer(once, sizeof(once));
	struct rd_writer b = rd_writer(twice, sizeof(twice));
	struct rd_frame f;

	input = rd_span(data, size);
	if (rd_frame_decode(&f, input) != RD_OK)
		return 0;
	if (f.has_body && f.type == RD_FRAME_SUBSCRIBE)
		is_lent(f.body.subscribe.sdp_offer);
	is_lent(f.error.description);
	if (!gather(&f, &all))
		return 0;
	must(rd_frame_encode(&a, &f) == RD_OK);

	input = rd_writer_span(&a);
	if (input.len > RD_FRAME_MAX)
		return 0;
	must(rd_frame_decode(&f, input) == RD_OK);
	must(gather(&f, &all));
	must(rd_frame_encode(&b, &f) == RD_OK);
	must(rd_span_equal(input, rd_writer_span(&b)));
	return 0;
}
