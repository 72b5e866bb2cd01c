/* tests/unit/wire/sdp_offers_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Offers that have broken others (T4): each has its verdict, and each that is
 * taken gets an answer with as many sections.
 */
#include "testing.h"

#include <stdio.h>

#include "wire/sdp_trunk.h"
#include "wire/sdp_webrtc.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n"
#define C    "c=IN IP4 192.0.2.9\r\n"
#define WEB                                                                    \
	C "a=rtcp-mux\r\na=setup:actpass\r\na=ice-ufrag:Brow\r\n"              \
	  "a=ice-pwd:browserbrowserbrowserbr\r\na=fingerprint:sha-256 "        \
	  "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"                   \
	  "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n"
#define SIP(formats)     HEAD "m=audio 4000 RTP/AVP " formats "\r\n" C
#define BROWSER(formats) HEAD "m=audio 9 UDP/TLS/RTP/SAVPF " formats "\r\n" WEB
#define OPUS             "a=rtpmap:111 opus/48000/2\r\n"

static struct rd_sdp sdp, back;
static char text[RD_SDP_BYTES + 1024], answer[RD_SDP_BYTES];

static enum rd_err answer_trunk(void)
{
	struct rd_trunk_local local = {
		.media = { 4, 4000, { 192, 0, 2, 1 } },
		.codecs = { RD_SDP_PCMU, RD_SDP_PCMA, RD_SDP_OPUS },
		.codec_count = 3,
		.has_digits = true,
		.ptime_ms = 20,
		.direction = RD_SDP_SENDRECV,
	};
	struct rd_writer w = rd_writer(answer, sizeof(answer));
	struct rd_trunk_session session;
	enum rd_err err = rd_trunk_read_offer(&sdp, &local, &session);

	if (err)
		return err;
	CHECK(session.ptime_ms >= 10 && session.ptime_ms <= 120);
	CHECK_OK(rd_trunk_write_answer(&w, &sdp, &local, &session));
	CHECK_OK(rd_sdp_parse(&back, rd_writer_span(&w)));
	CHECK_EQ(back.section_count, sdp.section_count);
	return RD_OK;
}

static enum rd_err answer_browser(void)
{
	static const uint8_t print[32];
	struct rd_addr addr = { 4, 4000, { 192, 0, 2, 1 } };
	struct rd_webrtc_local local = {
		.ice_ufrag = SPAN("ufrag"),
		.ice_password = SPAN("passwordpasswordpassword"),
		.fingerprint = print,
		.candidates = &addr,
		.candidate_count = 1,
		.codec = RD_SDP_OPUS,
		.direction = RD_SDP_SENDRECV,
		.cname = SPAN("c"),
		.msid = SPAN("m"),
	};
	struct rd_writer w = rd_writer(answer, sizeof(answer));
	struct rd_webrtc_offer offer;
	enum rd_err err = rd_webrtc_read_offer(&sdp, &offer);

	if (!err)
		err = rd_webrtc_write_answer(&w, &sdp, &offer, &local);
	if (err)
		return err;
	CHECK_OK(rd_sdp_parse(&back, rd_writer_span(&w)));
	CHECK_EQ(back.section_count, sdp.section_count);
	return RD_OK;
}

TEST(zero_to_sixty_four_sections_have_their_verdict)
{
	for (unsigned n = 0; n <= 64; n++) {
		size_t len = (size_t)sprintf(text, HEAD);
		enum rd_err want = n <= RD_SDP_SECTIONS ? RD_OK : RD_E_SIZE;

		for (unsigned i = 0; i < n; i++)
			len += (size_t)sprintf(text + len,
					       "m=audio 4000 RTP/AVP 0\r\n" C);
		CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len)), want);
		if (n == 0)
			CHECK_ERR(answer_trunk(), RD_E_UNSUPPORTED);
		else if (!want)
			CHECK_OK(answer_trunk());
	}
}

static const struct {
	const char *text;
	enum rd_err parsed, trunk, browser;
} offers[] = {
	/* formats: none known, repeated, static without map, dynamic without,
	 * no number, too large, with sign, hex, 64 of them */
	{ SIP("18"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("0 0 0"), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("8"), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("96"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("x 0"), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("128 0"), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("99999999999999999999 0"), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("-0"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("0x0"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("00"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("  0   8  "), RD_OK, RD_OK, RD_E_UNSUPPORTED },
	/* maps: twice, empty, without clock, with a wild clock, of a type that
	 * is not offered, cut off */
	{ SIP("96") "a=rtpmap:96 PCMU/8000\r\na=rtpmap:96 opus/48000/2\r\n",
	  RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:96\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap\r\n", RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:96 PCMU\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:96 PCMU/\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:96 PCMU/4294967296\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:96 PCMU/8000/999\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("96") "a=rtpmap:97 PCMU/8000\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ SIP("0") "a=fmtp:0\r\na=fmtp:x\r\na=fmtp\r\n", RD_OK, RD_OK,
	  RD_E_UNSUPPORTED },
	{ SIP("0") "a=fmtp:0 ;;;=;a=;=b;;\r\n", RD_OK, RD_OK,
	  RD_E_UNSUPPORTED },
	/* packet times */
	{ SIP("0") "a=ptime:0\r\n", RD_OK, RD_OK, RD_E_UNSUPPORTED },
	{ SIP("0") "a=ptime:60000\r\na=maxptime:1\r\n", RD_OK, RD_OK,
	  RD_E_UNSUPPORTED },
	{ SIP("0") "a=ptime\r\n", RD_OK, RD_OK, RD_E_UNSUPPORTED },
	/* addresses: none, a name, another family, multicast with ttl, RTCP
	 * on port 0, above the last port */
	{ HEAD "m=audio 4000 RTP/AVP 0\r\n", RD_OK, RD_E_FORMAT,
	  RD_E_UNSUPPORTED },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 sip.example\r\n", RD_OK,
	  RD_E_FORMAT, RD_E_UNSUPPORTED },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 192.0.2.1\r\n", RD_OK,
	  RD_E_FORMAT, RD_E_UNSUPPORTED },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n", RD_OK,
	  RD_E_FORMAT, RD_E_UNSUPPORTED },
	{ HEAD "m=audio 4000 RTP/AVP 0\r\nc=\r\n", RD_OK, RD_E_FORMAT,
	  RD_E_UNSUPPORTED },
	{ SIP("0") "a=rtcp:0\r\n", RD_OK, RD_E_FORMAT, RD_E_UNSUPPORTED },
	{ SIP("0") "a=rtcp:70000\r\n", RD_OK, RD_E_FORMAT, RD_E_UNSUPPORTED },
	{ SIP("0") "a=rtcp:5 IN IP4 x\r\n", RD_OK, RD_E_FORMAT,
	  RD_E_UNSUPPORTED },
	/* other media: fax, only video, message, refused audio first */
	{ HEAD C "m=image 4000 udptl t38\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	{ HEAD C "m=image 4000 udptl t38\r\nm=audio 4000 RTP/AVP 0\r\n", RD_OK,
	  RD_OK, RD_E_UNSUPPORTED },
	{ HEAD C "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 8\r\n", RD_OK,
	  RD_OK, RD_E_UNSUPPORTED },
	{ HEAD C "m=message 4000 TCP/MSRP *\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_UNSUPPORTED },
	/* browsers: whole, without codec of ours, redundancy without map,
	 * a group that names nothing, the same mid twice, an empty mid */
	{ BROWSER("111") OPUS, RD_OK, RD_E_UNSUPPORTED, RD_OK },
	{ BROWSER("0"), RD_OK, RD_E_UNSUPPORTED, RD_E_UNSUPPORTED },
	{ BROWSER("63 111") OPUS "a=fmtp:63 111/111\r\n", RD_OK,
	  RD_E_UNSUPPORTED, RD_OK },
	{ HEAD "a=group:BUNDLE\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" WEB OPUS,
	  RD_OK, RD_E_UNSUPPORTED, RD_OK },
	{ HEAD "a=group:BUNDLE 7\r\n"
	       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" WEB OPUS,
	  RD_OK, RD_E_UNSUPPORTED, RD_E_FORMAT },
	{ BROWSER("111") OPUS "a=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
			      "a=mid:0\r\n",
	  RD_OK, RD_E_UNSUPPORTED, RD_E_FORMAT },
	{ BROWSER("111") OPUS "a=mid:\r\n", RD_OK, RD_E_UNSUPPORTED,
	  RD_E_FORMAT },
	{ HEAD "a=group:BUNDLE 0 1\r\n"
	       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" WEB OPUS "a=mid:0\r\n"
	       "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:1\r\na=rtcp-mux\r\n"
	       "a=rtpmap:97 rtx/90000\r\n",
	  RD_OK, RD_E_UNSUPPORTED, RD_OK },
	/* no description at all */
	{ "", RD_E_SIZE, RD_OK, RD_OK },
	{ "\r\n\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\n\r\nm=audio 4000 RTP/AVP 0\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\ro=-\rm=audio 4000 RTP/AVP 0\r", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\nm=\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\nm=audio\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\nm=audio 65536 RTP/AVP 0\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\nm=audio 4000/0 RTP/AVP 0\r\n", RD_E_FORMAT, RD_OK, RD_OK },
	{ "v=0\r\nm=audio 4000 RTP/AVP \r\n", RD_E_FORMAT, RD_OK, RD_OK },
};

TEST(offers_that_broke_others_have_their_verdict)
{
	RFC("3264 5");
	CHECK(RD_COUNT(offers) >= 50);
	for (size_t i = 0; i < RD_COUNT(offers); i++) {
		struct rd_span span = rd_span_text(offers[i].text);
		enum rd_err trunk, browser;

		CHECK_ERR(rd_sdp_parse(&sdp, span), offers[i].parsed);
		if (offers[i].parsed)
			continue;
		trunk = answer_trunk();
		browser = answer_browser();
		if (trunk != offers[i].trunk || browser != offers[i].browser)
			fail_msg("trunk %s, browser %s for\n%s",
				 rd_err_name(trunk), rd_err_name(browser),
				 offers[i].text);
	}
}

/* Thousands of lines, one long line, one long word: refused, and quickly. */
TEST(size_alone_is_refused)
{
	size_t len = (size_t)sprintf(text, HEAD);

	while (len < RD_SDP_BYTES)
		len += (size_t)sprintf(text + len, "a=x\r\n");
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len)), RD_E_SIZE);
	len = (size_t)sprintf(text, "v=0\r\nm=");
	memset(text + len, 'a', RD_SDP_BYTES - len);
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, RD_SDP_BYTES)), RD_E_FORMAT);
	len = (size_t)sprintf(text, "v=0\r\nm=audio 1 RTP/AVP");
	while (len < RD_SDP_BYTES - 2)
		len += (size_t)sprintf(text + len, " 0");
	CHECK_ERR(rd_sdp_parse(&sdp, rd_span(text, len)), RD_E_SIZE);
}

RD_TESTS(T(zero_to_sixty_four_sections_have_their_verdict),
	 T(offers_that_broke_others_have_their_verdict),
	 T(size_alone_is_refused))
