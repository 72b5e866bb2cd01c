/* tests/unit/wire/sdp_webrtc_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "wire/sdp_webrtc.h"

#define PRINT                                                                  \
	"a=fingerprint:sha-256 "                                               \
	"00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"                     \
	"10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n"
#define ICE       "a=ice-ufrag:Brow\r\na=ice-pwd:browserbrowserbrowserbr\r\n"
#define HEAD      "v=0\r\no=mozilla-chrome 4 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define TRANSPORT "c=IN IP4 0.0.0.0\r\na=rtcp-mux\r\n" ICE PRINT
#define AUDIO_REST                                                             \
	TRANSPORT "a=setup:actpass\r\na=mid:0\r\n"                             \
		  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" \
		  "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"           \
		  "a=rtpmap:111 opus/48000/2\r\n"                              \
		  "a=fmtp:111 minptime=10;useinbandfec=1\r\n"                  \
		  "a=rtpmap:9 G722/8000\r\na=rtpmap:110 telephone-event/48000" \
		  "\r\na=rtpmap:126 telephone-event/8000\r\n"
#define AUDIO_LINE "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 9 0 8 13 110 126\r\n"
#define AUDIO      AUDIO_LINE AUDIO_REST "a=sendrecv\r\na=ssrc:77 cname:b\r\n"
#define VIDEO_REST(mid)                                                        \
	TRANSPORT "a=setup:actpass\r\na=mid:" mid "\r\na=inactive\r\n"         \
		  "a=rtpmap:97 rtx/90000\r\na=rtpmap:96 VP8/90000\r\n"
#define VIDEO(mid) "m=video 9 UDP/TLS/RTP/SAVPF 97 96\r\n" VIDEO_REST(mid)
#define OFFER      HEAD "a=group:BUNDLE 0 1\r\n" AUDIO VIDEO("1")

static uint8_t print[32];
static struct rd_addr addrs[2];
static struct rd_webrtc_local local;
static struct rd_webrtc_offer offer;
static struct rd_sdp sdp;
static char answer[4096];

static void begin(void)
{
	CHECK_OK(rd_addr_parse_port(&addrs[0], SPAN("203.0.113.10:40000")));
	CHECK_OK(rd_addr_parse_port(&addrs[1], SPAN("[2001:db8::1]:40000")));
	memset(print, 0xab, sizeof(print));
	local = (struct rd_webrtc_local){
		.session_id = 1795187785468,
		.session_version = 2,
		.ice_ufrag = SPAN("Serverxx"),
		.ice_password = SPAN("serverserverserverserver"),
		.fingerprint = print,
		.candidates = addrs,
		.candidate_count = 2,
		.codec = RD_SDP_OPUS,
		.direction = RD_SDP_SENDRECV,
		.ssrc = 4711,
		.cname = SPAN("ringdown"),
		.msid = SPAN("mix"),
	};
}

static const char *answer_to(const char *text)
{
	struct rd_writer w = rd_writer(answer, sizeof(answer) - 1);

	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(text)));
	CHECK_OK(rd_webrtc_read_offer(&sdp, &offer));
	CHECK_OK(rd_webrtc_write_answer(&w, &sdp, &offer, &local));
	*w.at = 0;
	return answer;
}

static bool says(const char *line)
{
	return strstr(answer, line) != NULL;
}

TEST(the_offer_of_the_sdk_is_understood)
{
	RFC("8829 5.8");
	CHECK_OK(rd_sdp_parse(&sdp, SPAN(OFFER)));
	CHECK_OK(rd_webrtc_read_offer(&sdp, &offer));
	CHECK_EQ(offer.audio, 0);
	CHECK(offer.is_bundled);
	CHECK(rd_span_is(offer.ice_ufrag, "Brow"));
	CHECK_EQ(offer.fingerprint[31], 0x1f);
	CHECK_EQ(offer.setup, RD_SDP_ACTPASS);
	CHECK_EQ(offer.types[RD_SDP_OPUS], 111);
	CHECK_EQ(offer.types[RD_SDP_PCMU], 0);
	CHECK_EQ(offer.types[RD_SDP_PCMA], 8);
	CHECK_EQ(offer.types[RD_SDP_G722], 9);
	CHECK_EQ(offer.level_id, 1);
	CHECK_EQ(offer.ssrc, 77);
}

TEST(the_answer_is_the_one_that_browsers_take)
{
	static const char *const lines[] = {
		"o=- 1795187785468 2 IN IP4 203.0.113.10\r\n",
		"\r\na=ice-lite\r\na=group:BUNDLE 0 1\r\n"
		"m=audio 40000 UDP/TLS/RTP/SAVPF 111 110\r\n"
		"c=IN IP4 203.0.113.10\r\na=mid:0\r\na=rtcp-mux\r\n"
		"a=ice-ufrag:Serverxx\r\na=ice-pwd:"
		"serverserverserverserver\r\n",
		"a=setup:passive\r\n"
		"a=candidate:1 1 udp 2130706431 203.0.113.10 40000 typ host\r\n"
		"a=candidate:2 1 udp 2130706175 2001:db8::1 40000 typ host\r\n"
		"a=end-of-candidates\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=fmtp:111 minptime=10;useinbandfec=1\r\n"
		"a=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\n"
		"a=ptime:20\r\n"
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
		"a=msid:mix audio0\r\na=ssrc:4711 cname:ringdown\r\n"
		"m=video 40000 UDP/TLS/RTP/SAVPF 96\r\n",
		"a=setup:passive\r\na=inactive\r\na=rtpmap:96 VP8/90000\r\n",
	};

	RFC("8829 5.3.1");
	begin();
	answer_to(OFFER);
	for (size_t i = 0; i < RD_COUNT(lines); i++)
		if (!says(lines[i]))
			fail_msg("lacks %s in\n%s", lines[i], answer);
	CHECK(!says("red/48000")); /* else every packet is wrapped */
}

TEST(each_codec_that_was_offered_can_be_chosen)
{
	begin();
	local.codec = RD_SDP_PCMU;
	answer_to(OFFER);
	CHECK(says("m=audio 40000 UDP/TLS/RTP/SAVPF 0 126\r\n"));
	CHECK(says(
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:126 telephone-event/8000"));
	CHECK(!says("a=fmtp"));
	local.codec = RD_SDP_G722;
	answer_to(OFFER);
	CHECK(says("a=rtpmap:9 G722/8000\r\n"));
}

TEST(a_codec_that_was_not_offered_is_refused)
{
	struct rd_writer w = rd_writer(answer, sizeof(answer));

	begin();
	CHECK_OK(rd_sdp_parse(
		&sdp,
		SPAN(HEAD "a=group:BUNDLE 0\r\n"
			  "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" AUDIO_REST)));
	CHECK_OK(rd_webrtc_read_offer(&sdp, &offer));
	local.codec = RD_SDP_PCMU;
	CHECK_ERR(rd_webrtc_write_answer(&w, &sdp, &offer, &local),
		  RD_E_UNSUPPORTED);
	local.codec = RD_SDP_EVENTS;
	CHECK_ERR(rd_webrtc_write_answer(&w, &sdp, &offer, &local),
		  RD_E_UNSUPPORTED);
}

TEST(narrowband_can_be_asked_of_the_browser)
{
	RFC("7587 6.1");
	begin();
	local.max_playback_hz = 8000;
	local.max_average_bitrate = 16000;
	local.has_no_fec = true;
	answer_to(OFFER);
	CHECK(says("a=fmtp:111 minptime=10;useinbandfec=0;"
		   "maxplaybackrate=8000;maxaveragebitrate=16000\r\n"));
}

TEST(a_section_offered_with_port_0_is_answered_so)
{
	RFC("8829 5.3.1");
	begin();
	answer_to(HEAD "a=group:BUNDLE 0\r\n" AUDIO
		       "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
		       "a=mid:1\r\na=inactive\r\n");
	CHECK(says("a=group:BUNDLE 0\r\n"));
	CHECK(says("m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
		   "a=mid:1\r\na=inactive\r\n"));
}

TEST(bundle_is_the_offered_group_without_what_is_refused)
{
	RFC("9143 7.3");
	begin();
	answer_to(HEAD "a=group:BUNDLE 1 0 2\r\n" AUDIO VIDEO(
		"1") "m=application 9 UDP/DTLS/SCTP "
		     "webrtc-datachannel\r\n" TRANSPORT
		     "a=setup:actpass\r\na=mid:2\r\n");
	CHECK(says("a=group:BUNDLE 1 0\r\n"));
	CHECK(says("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
	/* The group's first section carries the candidates. */
	CHECK(strstr(answer, "a=candidate") > strstr(answer, "m=video"));
	/* A later camera of somebody else is received nowhere. */
	answer_to(HEAD "a=group:BUNDLE 0 1 2\r\n" AUDIO VIDEO("1") VIDEO("2"));
	CHECK(says("a=group:BUNDLE 0 1 2\r\n"));
}

TEST(without_a_bundle_only_audio_is_taken)
{
	begin();
	answer_to(HEAD AUDIO VIDEO("1"));
	CHECK(!says("BUNDLE"));
	CHECK(says("m=video 0 "));
	CHECK(says("a=candidate:1 "));
}

TEST(the_direction_is_cut_to_what_is_offered)
{
	RFC("3264 6.1");
	begin();
	answer_to(HEAD "a=group:BUNDLE 0\r\n" AUDIO_LINE AUDIO_REST
		       "a=recvonly\r\n");
	CHECK(says("a=sendonly\r\n"));
	answer_to(HEAD "a=group:BUNDLE 0\r\n" AUDIO_LINE AUDIO_REST
		       "a=inactive\r\n");
	CHECK(says("a=inactive\r\n") && !says("a=sendrecv"));
}

TEST(audio_need_not_be_the_first_section)
{
	begin();
	answer_to(HEAD "a=group:BUNDLE 0 1\r\n" VIDEO("1") AUDIO);
	CHECK(strstr(answer, "m=video 40000") <
	      strstr(answer, "m=audio 40000"));
}

static enum rd_err verdict(const char *text)
{
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(text)));
	return rd_webrtc_read_offer(&sdp, &offer);
}

TEST(offers_that_cannot_work_are_refused)
{
	static const char *const unsupported[] = {
		HEAD VIDEO("1"),
		HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n" AUDIO_REST,
		HEAD "m=audio 9 RTP/AVP 111\r\n" AUDIO_REST,
		/* no rtcp-mux, no fingerprint, passive */
		HEAD AUDIO_LINE ICE PRINT "a=setup:actpass\r\n",
		HEAD AUDIO_LINE ICE "a=rtcp-mux\r\na=setup:actpass\r\n",
		HEAD AUDIO_LINE ICE PRINT "a=rtcp-mux\r\na=setup:passive\r\n",
		HEAD AUDIO_LINE ICE "a=rtcp-mux\r\na=setup:active\r\n"
				    "a=fingerprint:sha-1 AB:CD\r\n",
	};
	static const char *const malformed[] = {
		HEAD "a=group:BUNDLE 0 0\r\n" AUDIO VIDEO("0"),
		HEAD "a=group:BUNDLE 0 5\r\n" AUDIO,
		HEAD AUDIO_LINE PRINT "a=rtcp-mux\r\na=setup:actpass\r\n",
		HEAD AUDIO VIDEO("a b"),
		HEAD AUDIO VIDEO("longer-than-sixteen"),
	};

	for (size_t i = 0; i < RD_COUNT(unsupported); i++)
		CHECK_ERR(verdict(unsupported[i]), RD_E_UNSUPPORTED);
	for (size_t i = 0; i < RD_COUNT(malformed); i++)
		CHECK_ERR(verdict(malformed[i]), RD_E_FORMAT);
}

TEST(an_answer_that_does_not_fit_is_told)
{
	size_t len;

	begin();
	len = strlen(answer_to(OFFER));
	for (size_t size = 0; size <= len; size++) {
		struct rd_writer w = rd_writer(answer, size);

		if (size < len)
			CHECK_ERR(rd_webrtc_write_answer(&w, &sdp, &offer,
							 &local),
				  RD_E_SIZE);
	}
}

TEST(caller_and_engine_understand_each_other)
{
	struct rd_webrtc_caller caller = {
		.session_id = 9,
		.ice_ufrag = SPAN("Call"),
		.ice_password = SPAN("callercallercallercaller"),
		.fingerprint = print,
		.ssrc = 1234,
		.cname = SPAN("caller"),
		.codecs = { RD_SDP_OPUS, RD_SDP_G722, RD_SDP_PCMU,
			    RD_SDP_PCMA },
		.codec_count = 4,
	};
	char text[4096];
	struct rd_writer w = rd_writer(text, sizeof(text) - 1);
	struct rd_webrtc_answer got;

	begin();
	CHECK_OK(rd_webrtc_write_offer(&w, &caller));
	*w.at = 0;
	for (int codec = RD_SDP_OPUS; codec <= RD_SDP_PCMA; codec++) {
		local.codec = (enum rd_sdp_codec)codec;
		answer_to(text);
		CHECK_EQ(offer.ssrc, 1234);
		CHECK_EQ(offer.level_id, RD_WEBRTC_CALLER_LEVEL);
		CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(answer)));
		CHECK_OK(rd_webrtc_read_answer(&sdp, &got));
		CHECK_EQ(got.codec, codec);
		CHECK_EQ(got.payload_type, rd_webrtc_caller_type(local.codec));
		CHECK_EQ(got.events_type, codec == RD_SDP_OPUS ? 110 : 126);
		CHECK_EQ(got.ssrc, 4711);
		CHECK_EQ(got.setup, RD_SDP_PASSIVE);
		CHECK_EQ(got.candidate_count, 2);
		CHECK(rd_addr_equal(&got.candidates[1], &addrs[1]));
		CHECK(rd_span_is(got.ice_ufrag, "Serverxx"));
		CHECK_BYTES(got.fingerprint, print, 32);
		CHECK_EQ(got.direction, RD_SDP_SENDRECV);
	}
}

TEST(tcp_candidates_come_after_those_of_udp)
{
	const struct rd_webrtc_caller caller = {
		.session_id = 1,
		.ice_ufrag = SPAN("Caller"),
		.ice_password = SPAN("callercallercallercaller"),
		.fingerprint = print,
		.ssrc = 1234,
		.cname = SPAN("caller"),
		.codecs = { RD_SDP_OPUS },
		.codec_count = 1,
	};
	char text[4096];
	struct rd_writer w = rd_writer(text, sizeof(text) - 1);
	struct rd_webrtc_answer got;

	RFC("6544 4.2");
	RFC("6544 4.5");
	begin();
	local.tcp_candidates = addrs;
	local.tcp_candidate_count = 2;
	CHECK_OK(rd_webrtc_write_offer(&w, &caller));
	*w.at = 0;
	answer_to(text);
	CHECK(says("a=candidate:2 1 udp 2130706175 2001:db8::1 40000 typ "
		   "host\r\n"
		   "a=candidate:3 1 tcp 1520435199 203.0.113.10 40000 typ host "
		   "tcptype passive\r\n"
		   "a=candidate:4 1 tcp 1520434943 2001:db8::1 40000 typ host "
		   "tcptype passive\r\na=end-of-candidates\r\n"));
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(answer)));
	CHECK_OK(rd_webrtc_read_answer(&sdp, &got));
	CHECK_EQ(got.candidate_count, 2);
	CHECK_EQ(got.tcp_candidate_count, 2);
	CHECK(rd_addr_equal(&got.tcp_candidates[1], &addrs[1]));
}

/* The answer with one piece of text exchanged for another. */
static enum rd_err read_changed(const char *from, const char *to)
{
	static char text[4096];
	struct rd_webrtc_answer got;
	char *at;

	begin();
	answer_to(OFFER);
	at = strstr(answer, from);
	CHECK(at != NULL);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - answer), answer, to,
		 at + strlen(from));
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(text)));
	return rd_webrtc_read_answer(&sdp, &got);
}

TEST(the_caller_refuses_what_a_browser_refuses)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "a=group:BUNDLE 0 1\r\n", "" },
		{ "a=group:BUNDLE 0 1", "a=group:BUNDLE 0" },
		{ "a=group:BUNDLE 0 1", "a=group:BUNDLE 0 2" },
		{ "a=setup:passive", "a=setup:actpass" },
		{ "a=mid:0", "a=mid:7" },
		{ "a=ssrc:4711 cname:ringdown\r\n", "" },
		{ "a=rtcp-mux\r\n", "" },
		{ "SAVPF 111 110", "SAVPF 63 110" },
		{ "m=video 40000", "m=video 0" },
	};

	CHECK_OK(read_changed("s=-", "s=-"));
	for (size_t i = 0; i < RD_COUNT(changes); i++)
		CHECK_ERR(read_changed(changes[i].from, changes[i].to),
			  RD_E_UNSUPPORTED);
	CHECK_ERR(read_changed("a=ice-ufrag:Serverxx", "a=x"), RD_E_FORMAT);
}

RD_TESTS(T(the_offer_of_the_sdk_is_understood),
	 T(the_answer_is_the_one_that_browsers_take),
	 T(each_codec_that_was_offered_can_be_chosen),
	 T(a_codec_that_was_not_offered_is_refused),
	 T(narrowband_can_be_asked_of_the_browser),
	 T(a_section_offered_with_port_0_is_answered_so),
	 T(bundle_is_the_offered_group_without_what_is_refused),
	 T(without_a_bundle_only_audio_is_taken),
	 T(the_direction_is_cut_to_what_is_offered),
	 T(audio_need_not_be_the_first_section),
	 T(offers_that_cannot_work_are_refused),
	 T(an_answer_that_does_not_fit_is_told),
	 T(caller_and_engine_understand_each_other),
	 T(tcp_candidates_come_after_those_of_udp),
	 T(the_caller_refuses_what_a_browser_refuses))
