/* wire/framing.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/framing.h"

static size_t announced(const uint8_t *header)
{
	return (size_t)header[0] << 8 | header[1];
}

/* Moves bytes from *in behind those of f until there are `enough`. */
static bool collect(struct rd_framing *f, struct rd_span *in, size_t enough)
{
	size_t n = rd_min_size(enough - f->len, in->len);

	if (n)
		memcpy(f->bytes + f->len, in->at, n);
	f->len += n;
	in->at += n;
	in->len -= n;
	return f->len == enough;
}

/* A frame of which a part came before. */
static enum rd_err go_on(struct rd_framing *f, struct rd_span *in,
			 struct rd_span *frame)
{
	size_t len;

	if (f->len < RD_FRAMING_HEADER && !collect(f, in, RD_FRAMING_HEADER))
		return RD_E_AGAIN;
	len = announced(f->bytes);
	if (len > RD_FRAMING_MAX)
		return RD_E_SIZE;
	if (!collect(f, in, RD_FRAMING_HEADER + len))
		return RD_E_AGAIN;
	f->len = 0;
	*frame = rd_span(f->bytes + RD_FRAMING_HEADER, len);
	return RD_OK;
}

enum rd_err rd_framing_next(struct rd_framing *f, struct rd_span *in,
			    struct rd_span *frame)
{
	size_t len;

	*frame = RD_SPAN_NONE;
	if (in->len == 0)
		return RD_E_AGAIN;
	if (f->len || in->len < RD_FRAMING_HEADER)
		return go_on(f, in, frame);
	len = announced(in->at);
	if (len > RD_FRAMING_MAX)
		return RD_E_SIZE;
	if (in->len < RD_FRAMING_HEADER + len)
		return go_on(f, in, frame);
	*frame = rd_span(in->at + RD_FRAMING_HEADER, len);
	in->at += RD_FRAMING_HEADER + len;
	in->len -= RD_FRAMING_HEADER + len;
	return RD_OK;
}

void rd_framing_write(uint8_t header[static RD_FRAMING_HEADER], size_t len)
{
	header[0] = (uint8_t)(len >> 8);
	header[1] = (uint8_t)len;
}
