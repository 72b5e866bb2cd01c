/* wire/sdp_trunk.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp_trunk.h"

#include "base/text.h"

enum {
	OPUS_TYPE = 96,
	EVENTS_8000_TYPE = 101,
	EVENTS_48000_TYPE = 102,
};

uint8_t rd_trunk_type(enum rd_sdp_codec codec, uint32_t clock_hz)
{
	int type = rd_sdp_codec_static_type(codec);

	if (codec == RD_SDP_OPUS)
		return OPUS_TYPE;
	if (codec == RD_SDP_EVENTS)
		return clock_hz == 48000 ? EVENTS_48000_TYPE : EVENTS_8000_TYPE;
	return type < 0 ? RD_SDP_NO_TYPE : (uint8_t)type;
}

static bool has_clock(const struct rd_trunk_local *l, uint32_t clock_hz)
{
	for (unsigned i = 0; i < l->codec_count; i++)
		if (rd_sdp_codec_clock_hz(l->codecs[i]) == clock_hz)
			return true;
	return false;
}

static void write_head(struct rd_writer *w, const struct rd_trunk_local *l)
{
	rd_sdp_printf(w, "v=0\r\no=- %llu %llu ",
		      (unsigned long long)l->session_id,
		      (unsigned long long)l->session_version);
	rd_sdp_write_connection(w, &l->media);
	rd_sdp_printf(w, "\r\ns=-\r\nc=");
	rd_sdp_write_connection(w, &l->media);
	rd_sdp_printf(w, "\r\nt=0 0\r\n");
}

static void write_format(struct rd_writer *w, uint8_t type,
			 enum rd_sdp_codec codec, uint32_t clock_hz)
{
	rd_sdp_printf(w, "a=rtpmap:%u %s/%u%s\r\n", type,
		      rd_sdp_codec_name(codec), clock_hz,
		      codec == RD_SDP_OPUS ? "/2" : "");
	if (codec == RD_SDP_OPUS)
		rd_sdp_printf(w, "a=fmtp:%u minptime=10;useinbandfec=1\r\n",
			      type);
	if (codec == RD_SDP_EVENTS)
		rd_sdp_printf(w, "a=fmtp:%u 0-15\r\n", type);
}

/* What follows the formats.  One port for RTP and RTCP, said in both ways:
 * RFC 5761 5.1.1 and, for who does not know it, RFC 3605. */
static void write_tail(struct rd_writer *w, const struct rd_trunk_local *l,
		       enum rd_sdp_direction direction, bool has_mux)
{
	rd_sdp_printf(w, "a=ptime:%u\r\na=%s\r\na=rtcp:%u\r\n", l->ptime_ms,
		      rd_sdp_direction_name(direction), l->media.port);
	if (has_mux)
		rd_sdp_printf(w, "a=rtcp-mux\r\n");
}

static void write_types(struct rd_writer *w, const struct rd_trunk_local *l)
{
	for (unsigned i = 0; i < l->codec_count; i++)
		rd_sdp_printf(w, " %u", rd_trunk_type(l->codecs[i], 0));
	if (l->has_digits && has_clock(l, 8000))
		rd_sdp_printf(w, " %d", EVENTS_8000_TYPE);
	if (l->has_digits && has_clock(l, 48000))
		rd_sdp_printf(w, " %d", EVENTS_48000_TYPE);
	rd_sdp_printf(w, "\r\n");
}

static bool is_sound(const struct rd_trunk_local *l)
{
	if (!l->codec_count || l->codec_count > RD_TRUNK_CODECS ||
	    l->ptime_ms < 10 || l->ptime_ms > 120)
		return false;
	for (unsigned i = 0; i < l->codec_count; i++)
		if (l->codecs[i] <= RD_SDP_NO_CODEC ||
		    l->codecs[i] >= RD_SDP_EVENTS)
			return false;
	return true;
}

enum rd_err rd_trunk_write_offer(struct rd_writer *w,
				 const struct rd_trunk_local *local)
{
	if (!is_sound(local))
		return RD_E_RANGE;
	write_head(w, local);
	rd_sdp_printf(w, "m=audio %u %s", local->media.port,
		      local->crypto.tag ? "RTP/SAVP" : "RTP/AVP");
	write_types(w, local);
	for (unsigned i = 0; i < local->codec_count; i++)
		write_format(w, rd_trunk_type(local->codecs[i], 0),
			     local->codecs[i],
			     rd_sdp_codec_clock_hz(local->codecs[i]));
	if (local->has_digits && has_clock(local, 8000))
		write_format(w, EVENTS_8000_TYPE, RD_SDP_EVENTS, 8000);
	if (local->has_digits && has_clock(local, 48000))
		write_format(w, EVENTS_48000_TYPE, RD_SDP_EVENTS, 48000);
	write_tail(w, local, local->direction, true);
	if (local->crypto.tag)
		rd_sdp_write_crypto(w, &local->crypto);
	return w->failed ? RD_E_SIZE : RD_OK;
}

/* Whether the section is RTP as we speak it, and with keys. */
static bool is_our_proto(struct rd_span proto, bool *is_secure)
{
	*is_secure =
		rd_span_is(proto, "RTP/SAVP") || rd_span_is(proto, "RTP/SAVPF");
	return *is_secure || rd_span_is(proto, "RTP/AVP") ||
	       rd_span_is(proto, "RTP/AVPF");
}

static bool is_one_of_ours(const struct rd_trunk_local *l,
			   enum rd_sdp_codec codec)
{
	for (unsigned i = 0; i < l->codec_count; i++)
		if (l->codecs[i] == codec)
			return true;
	return false;
}

static void note_opus(struct rd_trunk_session *out, struct rd_span fmtp)
{
	struct rd_span value;
	uint64_t number;

	/* RFC 7587 6.1; values outside are as if not said. */
	if (rd_sdp_find_parameter(fmtp, "maxplaybackrate", &value) &&
	    !rd_text_u64(value, 8000, 48000, &number))
		out->max_playback_hz = (uint32_t)number;
	if (rd_sdp_find_parameter(fmtp, "maxaveragebitrate", &value) &&
	    !rd_text_u64(value, 6000, 510000, &number))
		out->max_average_bitrate = (uint32_t)number;
	out->wants_fec = rd_sdp_find_parameter(fmtp, "useinbandfec", &value) &&
			 rd_span_is(value, "1");
}

static void note_codec(struct rd_trunk_session *out,
		       const struct rd_sdp_format *format)
{
	out->codec = format->codec;
	out->send_type = format->payload_type;
	if (format->codec == RD_SDP_OPUS)
		note_opus(out, format->fmtp);
}

/* telephone-event with the clock of the codec, RFC 4733 2.1; many that speak
 * Opus only know the one at 8000. */
static void note_digits(const struct rd_sdp *s, int section,
			const struct rd_trunk_local *l,
			struct rd_trunk_session *out)
{
	uint32_t clock_hz = rd_sdp_codec_clock_hz(out->codec);
	struct rd_sdp_format events;

	out->digits_send_type = out->digits_receive_type = RD_SDP_NO_TYPE;
	if (!l->has_digits)
		return;
	if (!rd_sdp_find_codec(s, section, RD_SDP_EVENTS, clock_hz, &events) &&
	    !rd_sdp_find_codec(s, section, RD_SDP_EVENTS, 8000, &events))
		return;
	out->digits_send_type = out->digits_receive_type = events.payload_type;
	out->digits_hz = events.clock_hz;
}

/* Addresses, direction, packet time: the same for offer and answer. */
static enum rd_err note_media(const struct rd_sdp *s, int section,
			      const struct rd_trunk_local *l,
			      struct rd_trunk_session *out)
{
	enum rd_sdp_direction theirs = rd_sdp_direction(s, section);
	enum rd_err err = rd_sdp_read_address(s, section, &out->media);

	if (!err)
		err = rd_sdp_read_rtcp(s, section, &out->rtcp);
	if (err)
		return RD_E_FORMAT;
	out->has_rtcp_mux = rd_sdp_has(s, section, "rtcp-mux");
	out->ptime_ms = (uint16_t)rd_sdp_ptime_ms(s, section);
	out->direction = (enum rd_sdp_direction)(
		rd_sdp_direction_turned(theirs) & l->direction);
	/* RFC 3264 8.4: the old way to put on hold; nowhere to send to. */
	if (rd_addr_is_any(&out->media))
		out->direction = (enum rd_sdp_direction)(out->direction &
							 RD_SDP_RECVONLY);
	return RD_OK;
}

/* Their key for the suite we have one for, and (tag not 0) this tag. */
static enum rd_err note_crypto(const struct rd_sdp *s, int section,
			       const struct rd_trunk_local *l, uint32_t tag,
			       struct rd_trunk_session *out)
{
	const struct rd_sdp_line *line = NULL;

	while ((line = rd_sdp_next(s, section, "crypto", line))) {
		if (!rd_sdp_read_crypto(line->value, &out->crypto) &&
		    out->crypto.suite == l->crypto.suite &&
		    (!tag || out->crypto.tag == tag))
			return RD_OK;
	}
	memset(&out->crypto, 0, sizeof(out->crypto));
	return RD_E_UNSUPPORTED;
}

enum rd_err rd_trunk_read_answer(const struct rd_sdp *s,
				 const struct rd_trunk_local *local,
				 struct rd_trunk_session *out)
{
	struct rd_sdp_format format;
	bool is_secure;
	unsigned i = 0;

	memset(out, 0, sizeof(*out));
	if (!s->section_count || !rd_span_is(s->sections[0].media, "audio"))
		return RD_E_FORMAT;
	if (!s->sections[0].port)
		return RD_E_REFUSED;
	if (!is_our_proto(s->sections[0].proto, &is_secure) ||
	    is_secure != (local->crypto.tag != 0))
		return RD_E_UNSUPPORTED;
	/* The first format of an answer is the one to use, RFC 3264 6.1. */
	for (; i < s->sections[0].format_count; i++)
		if (!rd_sdp_read_format(s, 0, i, &format) &&
		    is_one_of_ours(local, format.codec))
			break;
	if (i == s->sections[0].format_count)
		return RD_E_UNSUPPORTED;
	note_codec(out, &format);
	/* What they send carries the number of our offer. */
	out->receive_type = rd_trunk_type(out->codec, 0);
	note_digits(s, 0, local, out);
	if (out->digits_send_type != RD_SDP_NO_TYPE)
		out->digits_receive_type =
			rd_trunk_type(RD_SDP_EVENTS, out->digits_hz);
	if (is_secure && note_crypto(s, 0, local, local->crypto.tag, out))
		return RD_E_UNSUPPORTED;
	return note_media(s, 0, local, out);
}

enum rd_err rd_trunk_read_offer(const struct rd_sdp *s,
				const struct rd_trunk_local *local,
				struct rd_trunk_session *out)
{
	int audio = rd_sdp_find_section(s, "audio");
	struct rd_sdp_format format;
	bool is_secure;
	unsigned i = 0;

	memset(out, 0, sizeof(*out));
	if (audio < 0 || !is_our_proto(s->sections[audio].proto, &is_secure))
		return RD_E_UNSUPPORTED;
	for (; i < local->codec_count; i++)
		if (rd_sdp_find_codec(s, audio, local->codecs[i], 0, &format))
			break;
	if (i == local->codec_count)
		return RD_E_UNSUPPORTED;
	note_codec(out, &format);
	out->receive_type = out->send_type;
	note_digits(s, audio, local, out);
	if (is_secure &&
	    (!local->crypto.tag || note_crypto(s, audio, local, 0, out)))
		return RD_E_UNSUPPORTED;
	return note_media(s, audio, local, out);
}

static void write_agreed(struct rd_writer *w, const struct rd_sdp_section *m,
			 const struct rd_trunk_local *l,
			 const struct rd_trunk_session *agreed)
{
	bool has_digits = agreed->digits_receive_type != RD_SDP_NO_TYPE;
	struct rd_sdp_crypto crypto = l->crypto;

	rd_sdp_printf(w, "m=audio %u %.*s %u", l->media.port,
		      RD_SDP_SPAN(m->proto), agreed->receive_type);
	if (has_digits)
		rd_sdp_printf(w, " %u", agreed->digits_receive_type);
	rd_sdp_printf(w, "\r\n");
	write_format(w, agreed->receive_type, agreed->codec,
		     rd_sdp_codec_clock_hz(agreed->codec));
	if (has_digits)
		write_format(w, agreed->digits_receive_type, RD_SDP_EVENTS,
			     agreed->digits_hz);
	write_tail(w, l, agreed->direction, agreed->has_rtcp_mux);
	if (!agreed->crypto.tag)
		return;
	crypto.tag = agreed->crypto.tag; /* RFC 4568 5.1.2 */
	rd_sdp_write_crypto(w, &crypto);
}

enum rd_err rd_trunk_write_answer(struct rd_writer *w,
				  const struct rd_sdp *offer,
				  const struct rd_trunk_local *local,
				  const struct rd_trunk_session *agreed)
{
	int audio = rd_sdp_find_section(offer, "audio");

	if (!is_sound(local))
		return RD_E_RANGE;
	if (audio < 0 || !agreed->codec)
		return RD_E_UNSUPPORTED;
	write_head(w, local);
	for (int i = 0; i < offer->section_count; i++) {
		const struct rd_sdp_section *m = &offer->sections[i];

		if (i == audio)
			write_agreed(w, m, local, agreed);
		else
			rd_sdp_printf(w, "m=%.*s 0 %.*s %.*s\r\n",
				      RD_SDP_SPAN(m->media),
				      RD_SDP_SPAN(m->proto),
				      RD_SDP_SPAN(m->formats[0]));
	}
	return w->failed ? RD_E_SIZE : RD_OK;
}
