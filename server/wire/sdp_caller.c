/* wire/sdp_caller.c - the caller's side: an offer like a browser's written, the
 * engine's answer read; see wire/sdp_webrtc.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp_webrtc.h"

#include "base/text.h"

enum { /* as Chromium numbers them */
	OPUS_TYPE = 111,
	EVENTS_48000_TYPE = 110,
	EVENTS_8000_TYPE = 126,
	VIDEO_TYPE = 96,
};

uint8_t rd_webrtc_caller_type(enum rd_sdp_codec codec)
{
	int type = rd_sdp_codec_static_type(codec);

	if (codec == RD_SDP_OPUS)
		return OPUS_TYPE;
	if (codec == RD_SDP_EVENTS)
		return EVENTS_8000_TYPE;
	return type < 0 ? RD_SDP_NO_TYPE : (uint8_t)type;
}

static void write_transport(struct rd_writer *w,
			    const struct rd_webrtc_caller *c, unsigned mid)
{
	rd_sdp_printf(w,
		      "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
		      "a=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n",
		      RD_SDP_SPAN(c->ice_ufrag), RD_SDP_SPAN(c->ice_password));
	rd_sdp_write_fingerprint(w, c->fingerprint);
	rd_sdp_printf(w,
		      "a=setup:actpass\r\na=mid:%u\r\na=rtcp-mux\r\n"
		      "a=rtcp-rsize\r\n",
		      mid);
}

static void write_audio_formats(struct rd_writer *w,
				const struct rd_webrtc_caller *c)
{
	for (unsigned i = 0; i < c->codec_count; i++) {
		enum rd_sdp_codec codec = c->codecs[i];

		rd_sdp_printf(w, "a=rtpmap:%u %s/%u%s\r\n",
			      rd_webrtc_caller_type(codec),
			      rd_sdp_codec_name(codec),
			      rd_sdp_codec_clock_hz(codec),
			      codec == RD_SDP_OPUS ? "/2" : "");
		if (codec == RD_SDP_OPUS)
			rd_sdp_printf(w,
				      "a=fmtp:%d minptime=10;useinbandfec=1"
				      "\r\n",
				      OPUS_TYPE);
	}
	rd_sdp_printf(w,
		      "a=rtpmap:%d telephone-event/48000\r\n"
		      "a=rtpmap:%d telephone-event/8000\r\n",
		      EVENTS_48000_TYPE, EVENTS_8000_TYPE);
}

enum rd_err rd_webrtc_write_offer(struct rd_writer *w,
				  const struct rd_webrtc_caller *c)
{
	rd_assert(c->codec_count >= 1 && c->codec_count < RD_SDP_CODECS);
	rd_sdp_printf(w,
		      "v=0\r\no=- %llu 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
		      "a=group:BUNDLE 0 1\r\na=extmap-allow-mixed\r\n"
		      "m=audio 9 UDP/TLS/RTP/SAVPF",
		      (unsigned long long)c->session_id);
	for (unsigned i = 0; i < c->codec_count; i++)
		rd_sdp_printf(w, " %u", rd_webrtc_caller_type(c->codecs[i]));
	rd_sdp_printf(w, " %d %d\r\n", EVENTS_48000_TYPE, EVENTS_8000_TYPE);
	write_transport(w, c, 0);
	rd_sdp_printf(w, "a=extmap:%d " RD_SDP_AUDIO_LEVEL "\r\na=sendrecv\r\n",
		      RD_WEBRTC_CALLER_LEVEL);
	write_audio_formats(w, c);
	rd_sdp_printf(w,
		      "a=msid:caller audio\r\na=ssrc:%u cname:%.*s\r\n"
		      "m=video 9 UDP/TLS/RTP/SAVPF %d\r\n",
		      c->ssrc, RD_SDP_SPAN(c->cname), VIDEO_TYPE);
	write_transport(w, c, 1);
	rd_sdp_printf(w, "a=inactive\r\na=rtpmap:%d VP8/90000\r\n", VIDEO_TYPE);
	return w->failed ? RD_E_SIZE : RD_OK;
}

static void add_candidate(struct rd_addr list[static RD_WEBRTC_CANDIDATES],
			  uint8_t *count, const struct rd_addr *a)
{
	if (*count < RD_WEBRTC_CANDIDATES)
		list[(*count)++] = *a;
}

/* Like a browser: only numeric host candidates of RTP. */
static void read_candidates(const struct rd_sdp *s, int section,
			    struct rd_webrtc_answer *out)
{
	const struct rd_sdp_line *l = NULL;
	struct rd_sdp_candidate c;

	while ((l = rd_sdp_next(s, section, "candidate", l))) {
		if (rd_sdp_read_candidate(l->value, &c) || c.component != 1 ||
		    !c.addr.family || !c.addr.port ||
		    !rd_span_is(c.type, "host"))
			continue;
		if (c.is_udp)
			add_candidate(out->candidates, &out->candidate_count,
				      &c.addr);
		else if (c.is_passive_tcp)
			add_candidate(out->tcp_candidates,
				      &out->tcp_candidate_count, &c.addr);
	}
}

static bool read_codec(const struct rd_sdp *s, struct rd_webrtc_answer *out)
{
	struct rd_sdp_format format, events;

	if (rd_sdp_read_format(s, 0, 0, &format) || !format.codec ||
	    format.codec == RD_SDP_EVENTS ||
	    format.payload_type != rd_webrtc_caller_type(format.codec))
		return false;
	out->codec = format.codec;
	out->payload_type = format.payload_type;
	out->events_type = RD_SDP_NO_TYPE;
	if (rd_sdp_find_codec(s, 0, RD_SDP_EVENTS, format.clock_hz, &events))
		out->events_type = events.payload_type;
	return true;
}

/* RFC 9143 7.3: the group holds the accepted sections and no others. */
static bool has_good_bundle(const struct rd_sdp *s)
{
	struct rd_span mids;

	if (!rd_sdp_find_bundle(s, &mids))
		return false;
	for (int i = 0; i < s->section_count; i++)
		if (rd_sdp_has_word(mids, rd_sdp_mid(s, i)) !=
		    (s->sections[i].port != 0))
			return false;
	return rd_span_is(rd_sdp_mid(s, 0), "0") &&
	       rd_span_is(rd_sdp_mid(s, 1), "1");
}

static bool has_good_sections(const struct rd_sdp *s)
{
	return s->section_count == 2 &&
	       rd_span_is(s->sections[0].media, "audio") &&
	       rd_span_is(s->sections[1].media, "video") &&
	       s->sections[0].port && rd_sdp_has(s, 0, "rtcp-mux") &&
	       has_good_bundle(s);
}

enum rd_err rd_webrtc_read_answer(const struct rd_sdp *s,
				  struct rd_webrtc_answer *out)
{
	struct rd_sdp_fingerprint print;
	struct rd_span value;
	bool has_ssrc;

	memset(out, 0, sizeof(*out));
	if (!has_good_sections(s) || !read_codec(s, out))
		return RD_E_UNSUPPORTED;
	if (rd_sdp_read_ice(s, 0, &out->ice_ufrag, &out->ice_password))
		return RD_E_FORMAT;
	if (!rd_sdp_find(s, 0, "fingerprint", &value) ||
	    rd_sdp_read_fingerprint(value, &print))
		return RD_E_FORMAT;
	out->setup = rd_sdp_setup(s, 0);
	if (!rd_text_equal_nocase(print.hash, "sha-256") ||
	    print.len != RD_WEBRTC_FINGERPRINT ||
	    (out->setup != RD_SDP_PASSIVE && out->setup != RD_SDP_ACTIVE))
		return RD_E_UNSUPPORTED;
	memcpy(out->fingerprint, print.bytes, sizeof(out->fingerprint));
	out->direction = rd_sdp_direction(s, 0);
	out->level_id = rd_sdp_extension_id(s, 0, RD_SDP_AUDIO_LEVEL);
	has_ssrc = rd_sdp_find_ssrc(s, 0, &out->ssrc, &value);
	read_candidates(s, 0, out);
	/* While video shares the transport, Chromium drops audio whose SSRC
	 * it has not been told. */
	if (!out->candidate_count || (s->sections[1].port && !has_ssrc))
		return RD_E_UNSUPPORTED;
	return RD_OK;
}
