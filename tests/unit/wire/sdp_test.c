/* tests/unit/wire/sdp_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "wire/sdp.h"

#define HEAD  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"

static struct rd_sdp sdp;

static void parse(const char *text)
{
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(text)));
}

TEST(a_description_is_taken_apart)
{
	struct rd_span value;

	RFC("8866 5");
	parse(HEAD "a=group:BUNDLE 0 1\r\n" AUDIO "a=mid:0\r\na=rtcp-mux\r\n"
		   "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\n");
	CHECK_EQ(sdp.section_count, 2);
	CHECK(rd_span_is(sdp.sections[0].media, "audio"));
	CHECK_EQ(sdp.sections[0].port, 4000);
	CHECK(rd_span_is(sdp.sections[0].proto, "RTP/AVP"));
	CHECK_EQ(sdp.sections[1].port, 0);
	CHECK_EQ(sdp.sections[1].format_count, 2);
	CHECK(rd_span_is(sdp.sections[1].formats[1], "97"));
	CHECK(rd_sdp_has(&sdp, 0, "rtcp-mux"));
	CHECK(!rd_sdp_has(&sdp, 1, "rtcp-mux"));
	CHECK(rd_span_is(rd_sdp_mid(&sdp, 1), "1"));
	CHECK(rd_sdp_find_bundle(&sdp, &value));
	CHECK(rd_sdp_has_word(value, SPAN("1")));
	CHECK(!rd_sdp_has_word(value, SPAN("")));
	CHECK_EQ(rd_sdp_find_section(&sdp, "audio"), 0);
	CHECK_EQ(rd_sdp_find_section(&sdp, "video"), -1); /* port 0 */
}

TEST(printing_gives_what_was_parsed)
{
	static const char text[] = HEAD AUDIO
		"b=AS:64\r\na=x\r\na=y:\r\na=z:1:2\r\ni=words here\r\n";
	struct rd_writer w;
	char buf[1024];

	parse(text);
	w = rd_writer(buf, sizeof(buf));
	CHECK_OK(rd_sdp_print(&w, &sdp));
	CHECK_EQ(rd_writer_len(&w), sizeof(text) - 1);
	CHECK_BYTES(buf, text, sizeof(text) - 1);
	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		w = rd_writer(buf, size);
		CHECK_ERR(rd_sdp_print(&w, &sdp), RD_E_SIZE);
	}
}

TEST(line_ends_may_be_lf_and_blank_only_at_the_end)
{
	RFC("8866 9");
	parse("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n\r\n\n");
	CHECK_EQ(sdp.line_count, 4);
	parse("v=0"); /* the last line end may lack */
}

TEST(what_is_no_description_is_refused)
{
	static const char *const bad[] = {
		"\r\n",
		"v=0\r\n\r\ns=-\r\n", /* an empty line inside */
		"v=0\ro=-\rs=-\r",    /* CR only */
		"o=- 1 1 IN IP4 1.2.3.4\r\nv=0\r\n",
		"v=0\r\nv=0\r\n",
		"v=0\r\nnonsense\r\n",
		"v=0\r\nS=-\r\n",
		"v=0\r\na=\r\n",
		"v=0\r\na=:x\r\n",
		"v=0\r\nm=audio\r\n",
		"v=0\r\nm=audio 99999 RTP/AVP 0\r\n",
		"v=0\r\nm=audio -1 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 5 RTP/AVP\r\n",
		"v=0\r\nm=audio 5/0 RTP/AVP 0\r\n",
	};

	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK_ERR(rd_sdp_parse(&sdp, rd_span_text(bad[i])),
			  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_parse(&sdp, SPAN("v=0\r\ns=a\0b\r\n")), RD_E_FORMAT);
	CHECK_ERR(rd_sdp_parse(&sdp, SPAN("v=1\r\n")), RD_E_UNSUPPORTED);
	CHECK_ERR(rd_sdp_parse(&sdp, RD_SPAN_NONE), RD_E_SIZE);
}

TEST(the_limits_are_where_they_are_said_to_be)
{
	static char text[RD_SDP_BYTES + 100];
	size_t len = 0;

	len += (size_t)sprintf(text, "v=0\n");
	for (int i = 1; i < RD_SDP_LINES; i++)
		len += (size_t)sprintf(text + len, "a=x\n");
	CHECK_OK(rd_sdp_parse(&sdp, rd_span(text, len)));
	sprintf(text + len, "a=x\n");
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len + 4)), RD_E_SIZE);

	len = (size_t)sprintf(text, "v=0\nm=audio 1 RTP/AVP");
	for (int i = 0; i < RD_SDP_FORMATS; i++)
		len += (size_t)sprintf(text + len, " 0");
	CHECK_OK(rd_sdp_parse(&sdp, rd_span(text, len)));
	sprintf(text + len, " 0");
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len + 2)), RD_E_SIZE);

	len = (size_t)sprintf(text, "v=0\n");
	for (int i = 0; i < RD_SDP_SECTIONS; i++)
		len += (size_t)sprintf(text + len, "m=audio 1 RTP/AVP 0\n");
	CHECK_OK(rd_sdp_parse(&sdp, rd_span(text, len)));
	sprintf(text + len, "m=audio 1 RTP/AVP 0\n");
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len + 20)), RD_E_SIZE);

	memset(text, 'x', sizeof(text));
	memcpy(text, "v=0\ns=", 6);
	CHECK_OK(rd_sdp_parse(&sdp, rd_span(text, RD_SDP_BYTES)));
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, RD_SDP_BYTES + 1)),
		  RD_E_SIZE);
}

TEST(formats_are_read_with_their_map)
{
	struct rd_sdp_format f;
	struct rd_span value;

	RFC("8866 6.6");
	parse(HEAD "m=audio 4000 RTP/AVP 111 0 9 101 97 x\r\n"
		   "a=rtpmap:111 opus/48000/2\r\n"
		   "a=fmtp:111 minptime=10; useinbandfec=1;stereo\r\n"
		   "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n");
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 0, &f));
	CHECK(f.codec == RD_SDP_OPUS && f.clock_hz == 48000 && f.channels == 2);
	CHECK(rd_sdp_find_parameter(f.fmtp, "useinbandfec", &value));
	CHECK(rd_span_is(value, "1"));
	CHECK(rd_sdp_find_parameter(f.fmtp, "stereo", &value));
	CHECK_EQ(value.len, 0);
	CHECK(!rd_sdp_find_parameter(f.fmtp, "cbr", &value));
	/* Static types need no map. */
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 1, &f));
	CHECK(f.codec == RD_SDP_PCMU && f.clock_hz == 8000);
	RFC("3551 4.5.2");
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 2, &f));
	CHECK(f.codec == RD_SDP_G722 && f.clock_hz == 8000);
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 3, &f));
	CHECK(f.codec == RD_SDP_EVENTS && rd_span_is(f.fmtp, "0-15"));
	CHECK_ERR(rd_sdp_read_format(&sdp, 0, 4, &f), RD_E_NOTFOUND);
	CHECK_ERR(rd_sdp_read_format(&sdp, 0, 5, &f), RD_E_FORMAT);
	CHECK(rd_sdp_find_codec(&sdp, 0, RD_SDP_G722, 0, &f));
	CHECK_EQ(f.payload_type, 9);
	CHECK(!rd_sdp_find_codec(&sdp, 0, RD_SDP_PCMA, 0, &f));
	CHECK(!rd_sdp_find_codec(&sdp, 0, RD_SDP_EVENTS, 48000, &f));
}

TEST(a_map_can_give_a_static_type_another_meaning)
{
	struct rd_sdp_format f;

	parse(HEAD "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMA/8000\r\n");
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 0, &f));
	CHECK_EQ(f.codec, RD_SDP_PCMA);
	parse(HEAD "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n");
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 0, &f));
	CHECK_EQ(f.codec, RD_SDP_NO_CODEC); /* RFC 7587 7: always two */
	parse(HEAD "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/0/2\r\n");
	CHECK_ERR(rd_sdp_read_format(&sdp, 0, 0, &f), RD_E_FORMAT);
}

TEST(a_format_has_one_spelling)
{
	struct rd_sdp_format f;

	RFC("3264 6");
	parse(HEAD "m=audio 4000 RTP/AVP 00 08 0\r\n");
	CHECK_ERR(rd_sdp_read_format(&sdp, 0, 0, &f), RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_format(&sdp, 0, 1, &f), RD_E_FORMAT);
	CHECK_OK(rd_sdp_read_format(&sdp, 0, 2, &f));
}

TEST(directions_come_from_section_or_session)
{
	RFC("8866 6.7");
	parse(HEAD AUDIO);
	CHECK_EQ(rd_sdp_direction(&sdp, 0), RD_SDP_SENDRECV);
	parse(HEAD "a=sendonly\r\n" AUDIO);
	CHECK_EQ(rd_sdp_direction(&sdp, 0), RD_SDP_SENDONLY);
	parse(HEAD "a=sendonly\r\n" AUDIO "a=inactive\r\n");
	CHECK_EQ(rd_sdp_direction(&sdp, 0), RD_SDP_INACTIVE);
	RFC("3264 6.1");
	CHECK_EQ(rd_sdp_direction_turned(RD_SDP_SENDONLY), RD_SDP_RECVONLY);
	CHECK_EQ(rd_sdp_direction_turned(RD_SDP_RECVONLY), RD_SDP_SENDONLY);
	CHECK_EQ(rd_sdp_direction_turned(RD_SDP_SENDRECV), RD_SDP_SENDRECV);
	CHECK_EQ(rd_sdp_direction_turned(RD_SDP_INACTIVE), RD_SDP_INACTIVE);
}

TEST(packet_times_outside_10_to_120_are_not_believed)
{
	static const struct {
		const char *text;
		unsigned ms;
	} cases[] = {
		{ "a=ptime:10\r\n", 10 },   { "a=ptime:120\r\n", 120 },
		{ "a=ptime:9\r\n", 20 },    { "a=ptime:121\r\n", 20 },
		{ "a=ptime:-20\r\n", 20 },  { "a=ptime:4294967316\r\n", 20 },
		{ "a=ptime:30.5\r\n", 20 }, { "", 20 },
	};
	char text[256];

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		snprintf(text, sizeof(text), HEAD AUDIO "%s", cases[i].text);
		parse(text);
		CHECK_EQ(rd_sdp_ptime_ms(&sdp, 0), cases[i].ms);
	}
}

static void check_addr(const struct rd_addr *a, const char *want)
{
	char text[RD_ADDR_TEXT];

	CHECK_TEXT(rd_addr_text(a, text), want);
}

TEST(addresses_of_media_and_rtcp_are_found)
{
	struct rd_addr a;

	parse(HEAD "c=IN IP6 2001:db8::1\r\nm=audio 4000 RTP/AVP 0\r\n");
	CHECK_OK(rd_sdp_read_address(&sdp, 0, &a));
	check_addr(&a, "[2001:db8::1]:4000");
	RFC("3550 11");
	CHECK_OK(rd_sdp_read_rtcp(&sdp, 0, &a));
	check_addr(&a, "[2001:db8::1]:4001");
	RFC("3605 2.1");
	parse(HEAD AUDIO "a=rtcp:5000\r\n");
	CHECK_OK(rd_sdp_read_rtcp(&sdp, 0, &a));
	check_addr(&a, "192.0.2.1:5000");
	parse(HEAD AUDIO "a=rtcp:5000 IN IP4 192.0.2.9\r\n");
	CHECK_OK(rd_sdp_read_rtcp(&sdp, 0, &a));
	check_addr(&a, "192.0.2.9:5000");
	RFC("5761 5.1.1");
	parse(HEAD AUDIO "a=rtcp:5000\r\na=rtcp-mux\r\n");
	CHECK_OK(rd_sdp_read_rtcp(&sdp, 0, &a));
	check_addr(&a, "192.0.2.1:4000");

	parse(HEAD "m=audio 4000 RTP/AVP 0\r\n");
	CHECK_ERR(rd_sdp_read_address(&sdp, 0, &a), RD_E_NOTFOUND);
	parse(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 example.org\r\n");
	CHECK_ERR(rd_sdp_read_address(&sdp, 0, &a), RD_E_FORMAT);
	parse(HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 2001:db8::1\r\n");
	CHECK_ERR(rd_sdp_read_address(&sdp, 0, &a), RD_E_FORMAT);
	parse(HEAD "m=audio 65535 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n");
	CHECK_ERR(rd_sdp_read_rtcp(&sdp, 0, &a), RD_E_FORMAT);
}

TEST(ice_credentials_are_checked)
{
	struct rd_span ufrag, password;

	RFC("8839 5.4");
	parse(HEAD AUDIO "a=ice-ufrag:ab+/\r\n"
			 "a=ice-pwd:0123456789012345678901\r\n");
	CHECK_OK(rd_sdp_read_ice(&sdp, 0, &ufrag, &password));
	CHECK(rd_span_is(ufrag, "ab+/"));
	parse(HEAD AUDIO "a=ice-ufrag:abc\r\n"
			 "a=ice-pwd:0123456789012345678901\r\n");
	CHECK_ERR(rd_sdp_read_ice(&sdp, 0, &ufrag, &password), RD_E_FORMAT);
	parse(HEAD AUDIO "a=ice-ufrag:ab:c\r\n"
			 "a=ice-pwd:0123456789012345678901\r\n");
	CHECK_ERR(rd_sdp_read_ice(&sdp, 0, &ufrag, &password), RD_E_FORMAT);
	parse(HEAD AUDIO "a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n");
	CHECK_ERR(rd_sdp_read_ice(&sdp, 0, &ufrag, &password), RD_E_FORMAT);
	parse(HEAD AUDIO "a=ice-ufrag:abcd\r\n");
	CHECK_ERR(rd_sdp_read_ice(&sdp, 0, &ufrag, &password), RD_E_NOTFOUND);
}

TEST(candidates_are_read_names_too)
{
	struct rd_sdp_candidate c;

	RFC("8839 5.1");
	CHECK_OK(rd_sdp_read_candidate(
		SPAN("1 1 udp 2130706431 203.0.113.10 40000 typ host"), &c));
	CHECK(c.is_udp && c.component == 1 && c.priority == 2130706431);
	check_addr(&c.addr, "203.0.113.10:40000");
	CHECK(rd_span_is(c.type, "host"));
	CHECK_OK(rd_sdp_read_candidate(
		SPAN("x 2 TCP 1 abcd.local 9 typ srflx raddr 0.0.0.0"), &c));
	CHECK(!c.is_udp && c.addr.family == 0);
	CHECK(rd_span_is(c.host, "abcd.local"));
	CHECK_ERR(rd_sdp_read_candidate(SPAN("1 1 udp 1 1.2.3.4 1 typ"), &c),
		  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_candidate(SPAN("1 0 udp 1 1.2.3.4 1 typ host"),
					&c),
		  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_candidate(RD_SPAN_NONE, &c), RD_E_FORMAT);
	CHECK(!c.is_passive_tcp);
	CHECK_OK(rd_sdp_read_candidate(SPAN("1 1 TCP 1 1.2.3.4 9 typ host "
					    "generation 0 tcptype active"),
				       &c));
	CHECK(!c.is_udp && !c.is_passive_tcp);
	CHECK_OK(rd_sdp_read_candidate(SPAN("1 1 tcp 1 1.2.3.4 9 typ host "
					    "generation 0 tcptype passive"),
				       &c));
	CHECK(!c.is_udp && c.is_passive_tcp);
}

TEST(fingerprints_read_back)
{
	struct rd_sdp_fingerprint print;
	uint8_t sha256[32];
	char buf[256];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	RFC("8122 5");
	for (uint8_t i = 0; i < 32; i++)
		sha256[i] = (uint8_t)(i * 9);
	rd_sdp_write_fingerprint(&w, sha256);
	CHECK(!w.failed);
	CHECK_OK(rd_sdp_read_fingerprint(rd_span(buf + 14,
						 rd_writer_len(&w) - 16),
					 &print));
	CHECK(rd_span_is(print.hash, "sha-256"));
	CHECK_EQ(print.len, 32);
	CHECK_BYTES(print.bytes, sha256, 32);
	CHECK_ERR(rd_sdp_read_fingerprint(SPAN("sha-256 AB:C"), &print),
		  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_fingerprint(SPAN("sha-256 AB-CD"), &print),
		  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_fingerprint(SPAN("sha-256"), &print),
		  RD_E_FORMAT);
}

TEST(extension_ids_and_sources_are_found)
{
	struct rd_span cname;
	uint32_t ssrc;

	RFC("8285 7");
	RFC("5576 4.1");
	parse(HEAD AUDIO
	      "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
	      "a=extmap:3/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	      "\r\na=setup:actpass\r\na=ssrc:4294967295 cname:me\r\n");
	CHECK_EQ(rd_sdp_extension_id(&sdp, 0, RD_SDP_AUDIO_LEVEL), 3);
	CHECK_EQ(rd_sdp_extension_id(&sdp, 0, "urn:other"), 0);
	CHECK(rd_sdp_find_ssrc(&sdp, 0, &ssrc, &cname));
	CHECK_EQ(ssrc, 4294967295u);
	CHECK(rd_span_is(cname, "me"));
	CHECK_EQ(rd_sdp_setup(&sdp, 0), RD_SDP_ACTPASS);
	parse(HEAD AUDIO "a=ssrc:4294967296 cname:me\r\n");
	CHECK(!rd_sdp_find_ssrc(&sdp, 0, &ssrc, &cname));
}

TEST(keys_read_back)
{
	struct rd_sdp_crypto c = { 7, RD_SDP_NO_SUITE, { 0 }, 0 }, back;
	char buf[256];

	RFC("4568 6.1");
	for (int suite = 1; suite < RD_SDP_SUITES; suite++) {
		struct rd_writer w = rd_writer(buf, sizeof(buf));

		c.suite = (enum rd_sdp_suite)suite;
		c.len = rd_sdp_suite_key_bytes(c.suite);
		memset(c.key, 0x40 + suite, sizeof(c.key));
		rd_sdp_write_crypto(&w, &c);
		CHECK(!w.failed);
		CHECK_OK(rd_sdp_read_crypto(rd_span(buf + 9,
						    rd_writer_len(&w) - 11),
					    &back));
		CHECK(back.tag == 7 && back.suite == c.suite);
		CHECK_EQ(back.len, c.len);
		CHECK_BYTES(back.key, c.key, c.len);
	}
}

#define KEY "inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"

TEST(keys_we_do_not_speak_are_told_from_malformed_ones)
{
	struct rd_sdp_crypto c;

	RFC("4568 6.3");
	CHECK_OK(rd_sdp_read_crypto(SPAN("1 AES_CM_128_HMAC_SHA1_80 " KEY
					 "|2^20 WSH=64"),
				    &c));
	CHECK_ERR(rd_sdp_read_crypto(SPAN("1 AES_CM_128_HMAC_SHA1_80 " KEY
					  "|2^20|1:4"),
				     &c),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(rd_sdp_read_crypto(SPAN("1 AES_CM_128_HMAC_SHA1_80 " KEY
					  " UNENCRYPTED_SRTP"),
				     &c),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(rd_sdp_read_crypto(SPAN("1 F8_128_HMAC_SHA1_80 " KEY), &c),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(rd_sdp_read_crypto(SPAN("1 AEAD_AES_128_GCM " KEY), &c),
		  RD_E_FORMAT);
	CHECK_ERR(rd_sdp_read_crypto(SPAN("x AES_CM_128_HMAC_SHA1_80 " KEY),
				     &c),
		  RD_E_FORMAT);
	CHECK_EQ(c.tag, 0);
}

RD_TESTS(T(a_description_is_taken_apart), T(printing_gives_what_was_parsed),
	 T(line_ends_may_be_lf_and_blank_only_at_the_end),
	 T(what_is_no_description_is_refused),
	 T(the_limits_are_where_they_are_said_to_be),
	 T(formats_are_read_with_their_map),
	 T(a_map_can_give_a_static_type_another_meaning),
	 T(a_format_has_one_spelling),
	 T(directions_come_from_section_or_session),
	 T(packet_times_outside_10_to_120_are_not_believed),
	 T(addresses_of_media_and_rtcp_are_found),
	 T(ice_credentials_are_checked), T(candidates_are_read_names_too),
	 T(fingerprints_read_back), T(extension_ids_and_sources_are_found),
	 T(keys_read_back),
	 T(keys_we_do_not_speak_are_told_from_malformed_ones))
