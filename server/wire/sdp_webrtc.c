/* wire/sdp_webrtc.c - the engine's side: a browser's offer read, the answer
 * written; see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp_webrtc.h"

#include "base/text.h"

#define PROTO "UDP/TLS/RTP/SAVPF"

/* RFC 8866 9: token. */
static bool is_token(struct rd_span text)
{
	static const char others[] = "!#$%&'*+-.^_`{|}~";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    !memchr(others, c, sizeof(others) - 1))
			return false;
	}
	return text.len > 0;
}

/* Index of the section with that mid; -1. */
static int section_of(const struct rd_sdp *s, struct rd_span mid)
{
	for (int i = 0; i < s->section_count; i++)
		if (rd_span_equal(rd_sdp_mid(s, i), mid))
			return i;
	return -1;
}

/* Each mid once, each member of the group a section: RFC 9143 7.2. */
static bool has_good_mids(const struct rd_sdp *s)
{
	struct rd_span mids;

	for (int i = 0; i < s->section_count; i++) {
		struct rd_span mid = rd_sdp_mid(s, i);

		if (!mid.at)
			continue;
		if (!is_token(mid) || mid.len > RD_SDP_MID ||
		    section_of(s, mid) != i)
			return false;
	}
	rd_sdp_find_bundle(s, &mids);
	while (mids.len) {
		struct rd_span mid = rd_sdp_word(&mids);

		if (mid.len && section_of(s, mid) < 0)
			return false;
	}
	return true;
}

static enum rd_err read_fingerprint(const struct rd_sdp *s, int section,
				    uint8_t out[static RD_WEBRTC_FINGERPRINT])
{
	struct rd_sdp_fingerprint print;
	int part = rd_sdp_has(s, section, "fingerprint") ? section
							 : RD_SDP_SESSION;
	const struct rd_sdp_line *l = NULL;

	while ((l = rd_sdp_next(s, part, "fingerprint", l))) {
		if (rd_sdp_read_fingerprint(l->value, &print))
			return RD_E_FORMAT;
		if (rd_text_equal_nocase(print.hash, "sha-256") &&
		    print.len == RD_WEBRTC_FINGERPRINT) {
			memcpy(out, print.bytes, print.len);
			return RD_OK;
		}
	}
	return RD_E_UNSUPPORTED;
}

static void read_codecs(const struct rd_sdp *s, struct rd_webrtc_offer *out)
{
	struct rd_sdp_format format;

	memset(out->types, RD_SDP_NO_TYPE, sizeof(out->types));
	for (int i = RD_SDP_NO_CODEC + 1; i < RD_SDP_CODECS; i++)
		if (rd_sdp_find_codec(s, out->audio, (enum rd_sdp_codec)i, 0,
				      &format))
			out->types[i] = format.payload_type;
}

/* The first audio section that is in use and of our kind; -1. */
static int find_audio(const struct rd_sdp *s)
{
	int audio = rd_sdp_find_section(s, "audio");

	if (audio < 0 || !rd_span_is(s->sections[audio].proto, PROTO) ||
	    !rd_sdp_has(s, audio, "rtcp-mux"))
		return -1;
	return audio;
}

enum rd_err rd_webrtc_read_offer(const struct rd_sdp *s,
				 struct rd_webrtc_offer *out)
{
	int audio = find_audio(s);
	struct rd_span mids, cname;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	if (audio < 0)
		return RD_E_UNSUPPORTED;
	if (!has_good_mids(s))
		return RD_E_FORMAT;
	out->audio = (uint8_t)audio;
	out->mid = rd_sdp_mid(s, audio);
	out->is_bundled =
		rd_sdp_find_bundle(s, &mids) && rd_sdp_has_word(mids, out->mid);
	if (rd_sdp_read_ice(s, audio, &out->ice_ufrag, &out->ice_password))
		return RD_E_FORMAT;
	err = read_fingerprint(s, audio, out->fingerprint);
	if (err)
		return err;
	out->setup = rd_sdp_setup(s, audio);
	if (out->setup != RD_SDP_ACTPASS && out->setup != RD_SDP_ACTIVE)
		return RD_E_UNSUPPORTED;

	out->direction = rd_sdp_direction(s, audio);
	out->level_id = rd_sdp_extension_id(s, audio, RD_SDP_AUDIO_LEVEL);
	out->has_reduced_rtcp = rd_sdp_has(s, audio, "rtcp-rsize");
	rd_sdp_find_ssrc(s, audio, &out->ssrc, &cname);
	read_codecs(s, out);
	return RD_OK;
}

/* What the functions below write from. */
struct answer {
	const struct rd_sdp *sdp;
	const struct rd_webrtc_offer *offer;
	const struct rd_webrtc_local *local;
	int tagged; /* section that carries the candidates, RFC 9143 7.3 */
};

/* One format that a refused or inactive section can be answered with: no
 * repair or redundancy format, which means nothing alone. */
static bool find_plain_format(const struct rd_sdp *s, int section,
			      struct rd_sdp_format *out)
{
	static const char *const others[] = { "rtx", "red", "ulpfec",
					      "flexfec-03" };

	for (unsigned i = 0; i < s->sections[section].format_count; i++) {
		bool is_plain = !rd_sdp_read_format(s, section, i, out);

		for (unsigned k = 0; is_plain && k < RD_COUNT(others); k++)
			is_plain = !rd_text_equal_nocase(out->name, others[k]);
		if (is_plain)
			return true;
	}
	return false;
}

/* Sections besides the audio stay open, inactive, only if they are video in
 * the same bundle: then a camera can be added without a new session. */
static bool is_kept(const struct answer *a, int section)
{
	const struct rd_sdp_section *m = &a->sdp->sections[section];
	struct rd_sdp_format format;
	struct rd_span mids;

	if (section == a->offer->audio)
		return true;
	return m->port && a->offer->is_bundled &&
	       rd_span_is(m->media, "video") && rd_span_is(m->proto, PROTO) &&
	       rd_sdp_has(a->sdp, section, "rtcp-mux") &&
	       rd_sdp_find_bundle(a->sdp, &mids) &&
	       rd_sdp_has_word(mids, rd_sdp_mid(a->sdp, section)) &&
	       find_plain_format(a->sdp, section, &format);
}

/* The offered group without its rejected members; sets a->tagged. */
static void write_bundle(struct rd_writer *w, struct answer *a)
{
	struct rd_span mids;

	a->tagged = a->offer->audio;
	if (!a->offer->is_bundled)
		return;
	a->tagged = -1;
	rd_sdp_find_bundle(a->sdp, &mids);
	rd_sdp_printf(w, "a=group:BUNDLE");
	while (mids.len) {
		struct rd_span mid = rd_sdp_word(&mids);
		int section = mid.len ? section_of(a->sdp, mid) : -1;

		if (section < 0 || !is_kept(a, section))
			continue;
		if (a->tagged < 0)
			a->tagged = section;
		rd_sdp_printf(w, " %.*s", RD_SDP_SPAN(mid));
	}
	rd_sdp_printf(w, "\r\n");
}

static void write_session(struct rd_writer *w, struct answer *a)
{
	const struct rd_webrtc_local *l = a->local;

	rd_sdp_printf(w, "v=0\r\no=- %llu %llu ",
		      (unsigned long long)l->session_id,
		      (unsigned long long)l->session_version);
	rd_sdp_write_connection(w, &l->candidates[0]);
	rd_sdp_printf(w, "\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n");
	write_bundle(w, a);
}

static void write_mid(struct rd_writer *w, struct rd_span mid)
{
	if (mid.len)
		rd_sdp_printf(w, "a=mid:%.*s\r\n", RD_SDP_SPAN(mid));
}

/* RFC 6544 4.2: a type preference below that of UDP, and 4, passive, in the
 * highest three bits of the local one. */
static void write_tcp_candidates(struct rd_writer *w,
				 const struct rd_webrtc_local *l)
{
	char text[RD_ADDR_TEXT];

	for (unsigned i = 0; i < l->tcp_candidate_count; i++) {
		const struct rd_addr *a = &l->tcp_candidates[i];
		uint32_t preference = 4u << 13 | (8191u - i);
		uint32_t priority = 90u << 24 | preference << 8 | 255;

		rd_sdp_printf(w,
			      "a=candidate:%u 1 tcp %u %s %u typ host "
			      "tcptype passive\r\n",
			      l->candidate_count + i + 1, priority,
			      rd_addr_ip_text(a, text), a->port);
	}
}

/* RFC 8839 5.1.2.1: type preference 126, the first address preferred. */
static void write_candidates(struct rd_writer *w,
			     const struct rd_webrtc_local *l)
{
	char text[RD_ADDR_TEXT];

	for (unsigned i = 0; i < l->candidate_count; i++) {
		uint32_t priority = 126u << 24 | (65535u - i) << 8 | 255;

		rd_sdp_printf(w, "a=candidate:%u 1 udp %u %s %u typ host\r\n",
			      i + 1, priority,
			      rd_addr_ip_text(&l->candidates[i], text),
			      l->candidates[i].port);
	}
	write_tcp_candidates(w, l);
	rd_sdp_printf(w, "a=end-of-candidates\r\n");
}

static void write_transport(struct rd_writer *w, const struct answer *a,
			    int section)
{
	const struct rd_webrtc_local *l = a->local;

	rd_sdp_printf(w, "c=");
	rd_sdp_write_connection(w, &l->candidates[0]);
	rd_sdp_printf(w, "\r\n");
	write_mid(w, rd_sdp_mid(a->sdp, section));
	rd_sdp_printf(w, "a=rtcp-mux\r\na=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n",
		      RD_SDP_SPAN(l->ice_ufrag), RD_SDP_SPAN(l->ice_password));
	rd_sdp_write_fingerprint(w, l->fingerprint);
	rd_sdp_printf(w, "a=setup:passive\r\n");
	if (section == a->tagged)
		write_candidates(w, l);
}

static void write_opus(struct rd_writer *w, uint8_t type,
		       const struct rd_webrtc_local *l)
{
	rd_sdp_printf(w, "a=fmtp:%u minptime=10;useinbandfec=%d", type,
		      !l->has_no_fec);
	if (l->max_playback_hz)
		rd_sdp_printf(w, ";maxplaybackrate=%u", l->max_playback_hz);
	if (l->max_average_bitrate)
		rd_sdp_printf(w, ";maxaveragebitrate=%u",
			      l->max_average_bitrate);
	rd_sdp_printf(w, "\r\n");
}

static void write_rtpmap(struct rd_writer *w, const struct rd_sdp_format *f)
{
	rd_sdp_printf(w, "a=rtpmap:%u %.*s/%u", f->payload_type,
		      RD_SDP_SPAN(f->name), f->clock_hz);
	if (f->channels > 1)
		rd_sdp_printf(w, "/%u", f->channels);
	rd_sdp_printf(w, "\r\n");
}

static void write_stream(struct rd_writer *w, const struct answer *a)
{
	const struct rd_webrtc_local *l = a->local;
	enum rd_sdp_direction d = (enum rd_sdp_direction)(
		l->direction & rd_sdp_direction_turned(a->offer->direction));

	rd_sdp_printf(w, "a=%s\r\na=ptime:20\r\n", rd_sdp_direction_name(d));
	if (a->offer->level_id)
		rd_sdp_printf(w, "a=extmap:%u " RD_SDP_AUDIO_LEVEL "\r\n",
			      a->offer->level_id);
	rd_sdp_printf(w, "a=msid:%.*s audio0\r\na=ssrc:%u cname:%.*s\r\n",
		      RD_SDP_SPAN(l->msid), l->ssrc, RD_SDP_SPAN(l->cname));
}

static void write_audio(struct rd_writer *w, const struct answer *a,
			const struct rd_sdp_format *codec)
{
	const struct rd_webrtc_local *l = a->local;
	struct rd_sdp_format events;
	bool has_events =
		rd_sdp_find_codec(a->sdp, a->offer->audio, RD_SDP_EVENTS,
				  codec->clock_hz, &events);

	rd_sdp_printf(w, "m=audio %u " PROTO " %u", l->candidates[0].port,
		      codec->payload_type);
	if (has_events)
		rd_sdp_printf(w, " %u", events.payload_type);
	rd_sdp_printf(w, "\r\n");
	write_transport(w, a, a->offer->audio);
	write_rtpmap(w, codec);
	if (codec->codec == RD_SDP_OPUS)
		write_opus(w, codec->payload_type, l);
	if (has_events)
		write_rtpmap(w, &events);
	write_stream(w, a);
}

static void write_other(struct rd_writer *w, const struct answer *a,
			int section)
{
	const struct rd_sdp_section *m = &a->sdp->sections[section];
	struct rd_sdp_format format;

	if (!is_kept(a, section)) {
		rd_sdp_printf(w, "m=%.*s 0 %.*s %.*s\r\nc=IN IP4 0.0.0.0\r\n",
			      RD_SDP_SPAN(m->media), RD_SDP_SPAN(m->proto),
			      RD_SDP_SPAN(m->formats[0]));
		write_mid(w, rd_sdp_mid(a->sdp, section));
		rd_sdp_printf(w, "a=inactive\r\n");
		return;
	}
	if (!find_plain_format(a->sdp, section, &format))
		return;
	rd_sdp_printf(w, "m=%.*s %u " PROTO " %u\r\n", RD_SDP_SPAN(m->media),
		      a->local->candidates[0].port, format.payload_type);
	write_transport(w, a, section);
	rd_sdp_printf(w, "a=inactive\r\n");
	write_rtpmap(w, &format);
}

enum rd_err rd_webrtc_write_answer(struct rd_writer *w,
				   const struct rd_sdp *sdp,
				   const struct rd_webrtc_offer *offer,
				   const struct rd_webrtc_local *local)
{
	struct answer a = { sdp, offer, local, -1 };
	struct rd_sdp_format codec;

	rd_assert(local->candidate_count >= 1 &&
		  local->candidate_count <= RD_WEBRTC_CANDIDATES &&
		  local->tcp_candidate_count <= RD_WEBRTC_CANDIDATES);
	if (local->codec == RD_SDP_EVENTS ||
	    !rd_sdp_find_codec(sdp, offer->audio, local->codec, 0, &codec))
		return RD_E_UNSUPPORTED;
	write_session(w, &a);
	for (int i = 0; i < sdp->section_count; i++) {
		if (i == offer->audio)
			write_audio(w, &a, &codec);
		else
			write_other(w, &a, i);
	}
	return w->failed ? RD_E_SIZE : RD_OK;
}
