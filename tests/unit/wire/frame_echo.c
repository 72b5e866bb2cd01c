/* tests/unit/wire/frame_echo.c - decodes messages from standard input and
 * writes back what was understood, for frame_reference.py.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both ways a message is four bytes of length and its bytes; a refused one
 * comes back with length 0.
 */
#include <stdio.h>
#include <stdlib.h>

#include "wire/frame.h"

enum {
	ELEMENTS = 512
};

static union {
	struct rd_frame_presence presence[ELEMENTS];
	struct rd_frame_volume volume[ELEMENTS];
	struct rd_frame_data data[ELEMENTS];
	struct rd_frame_metric metric[ELEMENTS];
} all;

/* The elements of a decoded list, where encode looks for them. */
static void gather(struct rd_frame *f)
{
	struct rd_frame_cursor c = { 0 };
	size_t n = 0;

	switch (f->type) {
	case RD_FRAME_AUDIO_STREAM_ID_INFO:
		while (n < ELEMENTS &&
		       rd_frame_next_presence(f, &c, &all.presence[n]))
			n++;
		break;
	case RD_FRAME_AUDIO_METADATA:
		while (n < ELEMENTS &&
		       rd_frame_next_volume(f, &c, &all.volume[n]))
			n++;
		break;
	case RD_FRAME_DATA_MESSAGE:
		while (n < ELEMENTS && rd_frame_next_data(f, &c, &all.data[n]))
			n++;
		break;
	case RD_FRAME_CLIENT_METRIC:
		while (n < ELEMENTS &&
		       rd_frame_next_metric(f, &c, &all.metric[n]))
			n++;
		break;
	default:
		return;
	}
	f->body.list.at = &all;
	f->body.list.count = n;
}

static void put(const void *bytes, uint32_t len)
{
	if (fwrite(&len, sizeof(len), 1, stdout) != 1 ||
	    fwrite(bytes, 1, len, stdout) != len)
		exit(1);
}

int main(void)
{
	static uint8_t in[RD_FRAME_MAX + 1], out[2 * RD_FRAME_MAX];
	uint32_t len;

	while (fread(&len, sizeof(len), 1, stdin) == 1) {
		struct rd_writer w = rd_writer(out, sizeof(out));
		struct rd_frame f;
		uint8_t *exact;

		if (len > sizeof(in) || fread(in, 1, len, stdin) != len)
			return 1;
		exact = rd_alloc(len); /* so that a sanitizer sees the edge */
		if (!exact)
			return 1;
		memcpy(exact, in, len);
		if (rd_frame_decode(&f, rd_span(exact, len)) == RD_OK) {
			gather(&f);
			if (rd_frame_encode(&w, &f) != RD_OK)
				return 1;
			put(out, (uint32_t)rd_writer_len(&w));
		} else {
			put(out, 0);
		}
		rd_free(exact);
	}
	return 0;
}
