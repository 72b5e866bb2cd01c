/* wire/sdp_format.c - RTP formats in descriptions: rtpmap, fmtp, the codecs we
 * know; see wire/sdp.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp.h"

#include "base/text.h"

static const struct {
	const char *name;
	uint32_t clock_hz;
	int static_type; /* RFC 3551 6; -1: none */
	uint8_t channels;
} codecs[RD_SDP_CODECS] = {
	[RD_SDP_NO_CODEC] = { "", 0, -1, 0 },
	/* RFC 7587 7: always 48000 and 2. */
	[RD_SDP_OPUS] = { "opus", 48000, -1, 2 },
	/* RFC 3551 4.5.2: 8000 by an old mistake. */
	[RD_SDP_G722] = { "G722", 8000, 9, 1 },
	[RD_SDP_PCMU] = { "PCMU", 8000, 0, 1 },
	[RD_SDP_PCMA] = { "PCMA", 8000, 8, 1 },
	/* RFC 4733 2.1: the clock of the audio it stands in for. */
	[RD_SDP_EVENTS] = { "telephone-event", 0, -1, 1 },
};

const char *rd_sdp_codec_name(enum rd_sdp_codec codec)
{
	return codecs[codec].name;
}

uint32_t rd_sdp_codec_clock_hz(enum rd_sdp_codec codec)
{
	return codecs[codec].clock_hz;
}

int rd_sdp_codec_static_type(enum rd_sdp_codec codec)
{
	return codecs[codec].static_type;
}

static enum rd_sdp_codec codec_of(const struct rd_sdp_format *f)
{
	for (int i = RD_SDP_NO_CODEC + 1; i < RD_SDP_CODECS; i++) {
		if (!rd_text_equal_nocase(f->name, codecs[i].name))
			continue;
		if (codecs[i].clock_hz ? f->clock_hz == codecs[i].clock_hz
				       : f->clock_hz >= 8000)
			return f->channels == codecs[i].channels
				       ? (enum rd_sdp_codec)i
				       : RD_SDP_NO_CODEC;
	}
	return RD_SDP_NO_CODEC;
}

/* Up to and without the separator; text moves behind it. */
static struct rd_span cut(struct rd_span *text, char separator)
{
	const uint8_t *at =
		text->len ? memchr(text->at, separator, text->len) : NULL;
	struct rd_span head = *text;

	if (!at) {
		*text = RD_SPAN_NONE;
		return head;
	}
	head.len = (size_t)(at - text->at);
	*text = rd_span(at + 1, text->len - head.len - 1);
	return head;
}

/* "opus/48000/2", RFC 8866 6.6. */
static bool read_encoding(struct rd_span text, struct rd_sdp_format *out)
{
	uint64_t clock_hz, channels = 1;

	out->name = cut(&text, '/');
	if (!out->name.len ||
	    rd_text_u64(cut(&text, '/'), 1, 1000000, &clock_hz))
		return false;
	if (text.len && rd_text_u64(text, 1, 255, &channels))
		return false;
	out->clock_hz = (uint32_t)clock_hz;
	out->channels = (uint8_t)channels;
	return true;
}

/* The rest of "a=name:<payload type> rest" for this type. */
static bool find_for_type(const struct rd_sdp *s, int section, const char *name,
			  uint8_t type, struct rd_span *rest)
{
	const struct rd_sdp_line *l = NULL;
	uint64_t number;

	while ((l = rd_sdp_next(s, section, name, l))) {
		*rest = l->value;
		if (!rd_text_u64(rd_sdp_word(rest), 0, 127, &number) &&
		    number == type)
			return true;
	}
	*rest = RD_SPAN_NONE;
	return false;
}

static bool read_static(struct rd_sdp_format *out)
{
	for (int i = RD_SDP_NO_CODEC + 1; i < RD_SDP_CODECS; i++) {
		if (codecs[i].static_type != out->payload_type)
			continue;
		out->codec = (enum rd_sdp_codec)i;
		out->name = rd_span_text(codecs[i].name);
		out->clock_hz = codecs[i].clock_hz;
		out->channels = codecs[i].channels;
		return true;
	}
	return false;
}

enum rd_err rd_sdp_read_format(const struct rd_sdp *s, int section, unsigned i,
			       struct rd_sdp_format *out)
{
	const struct rd_sdp_section *m = &s->sections[section];
	struct rd_span rest;
	uint64_t type;

	memset(out, 0, sizeof(*out));
	if (i >= m->format_count)
		return RD_E_NOTFOUND;
	/* "096" would not be the format that an answer names as 96. */
	if (rd_text_u64(m->formats[i], 0, 127, &type) ||
	    (m->formats[i].len > 1 && m->formats[i].at[0] == '0'))
		return RD_E_FORMAT;
	out->payload_type = (uint8_t)type;
	if (find_for_type(s, section, "fmtp", out->payload_type, &rest)) {
		while (rest.len && rest.at[0] == ' ')
			rest = rd_span(rest.at + 1, rest.len - 1);
		out->fmtp = rest;
	}
	if (!find_for_type(s, section, "rtpmap", out->payload_type, &rest))
		return read_static(out) ? RD_OK : RD_E_NOTFOUND;
	if (!read_encoding(rd_sdp_word(&rest), out))
		return RD_E_FORMAT;
	out->codec = codec_of(out);
	return RD_OK;
}

bool rd_sdp_find_codec(const struct rd_sdp *s, int section,
		       enum rd_sdp_codec codec, uint32_t clock_hz,
		       struct rd_sdp_format *out)
{
	for (unsigned i = 0; i < s->sections[section].format_count; i++) {
		if (rd_sdp_read_format(s, section, i, out))
			continue; /* that one cannot be used; others may */
		if (out->codec == codec &&
		    (!clock_hz || out->clock_hz == clock_hz))
			return true;
	}
	memset(out, 0, sizeof(*out));
	return false;
}

static struct rd_span trimmed(struct rd_span text)
{
	while (text.len && text.at[0] == ' ')
		text = rd_span(text.at + 1, text.len - 1);
	while (text.len && text.at[text.len - 1] == ' ')
		text.len--;
	return text;
}

bool rd_sdp_find_parameter(struct rd_span fmtp, const char *name,
			   struct rd_span *value)
{
	while (fmtp.len) {
		struct rd_span one = trimmed(cut(&fmtp, ';'));
		struct rd_span key = trimmed(cut(&one, '='));

		if (rd_text_equal_nocase(key, name)) {
			*value = trimmed(one);
			return true;
		}
	}
	*value = RD_SPAN_NONE;
	return false;
}
