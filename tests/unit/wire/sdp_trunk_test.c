/* tests/unit/wire/sdp_trunk_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "wire/sdp_trunk.h"

#define HEAD                                                                   \
	"v=0\r\no=x 1 1 IN IP4 192.0.2.9\r\ns=x\r\nc=IN IP4 192.0.2.9\r\n"     \
	"t=0 0\r\n"

static struct rd_trunk_local local;
static struct rd_trunk_session session;
static struct rd_sdp sdp;
static char text[4096];

static void begin(void)
{
	local = (struct rd_trunk_local){
		.session_id = 5,
		.session_version = 1,
		.codecs = { RD_SDP_OPUS, RD_SDP_G722, RD_SDP_PCMU,
			    RD_SDP_PCMA },
		.codec_count = 4,
		.has_digits = true,
		.ptime_ms = 20,
		.direction = RD_SDP_SENDRECV,
	};
	CHECK_OK(rd_addr_parse_port(&local.media, SPAN("192.0.2.1:40000")));
}

static void add_key(void)
{
	local.crypto = (struct rd_sdp_crypto){
		1, RD_SDP_AES_CM_128_HMAC_SHA1_80, { 1, 2, 3 }, 30
	};
}

static void write_offer(void)
{
	struct rd_writer w = rd_writer(text, sizeof(text) - 1);

	CHECK_OK(rd_trunk_write_offer(&w, &local));
	*w.at = 0;
}

static bool says(const char *line)
{
	return strstr(text, line) != NULL;
}

static enum rd_err read_answer(const char *from)
{
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(from)));
	return rd_trunk_read_answer(&sdp, &local, &session);
}

static enum rd_err read_offer(const char *from)
{
	CHECK_OK(rd_sdp_parse(&sdp, rd_span_text(from)));
	return rd_trunk_read_offer(&sdp, &local, &session);
}

static void write_answer(void)
{
	struct rd_writer w = rd_writer(text, sizeof(text) - 1);

	CHECK_OK(rd_trunk_write_answer(&w, &sdp, &local, &session));
	*w.at = 0;
}

TEST(the_offer_lists_codecs_in_order)
{
	RFC("3264 5.1");
	begin();
	write_offer();
	CHECK(says("m=audio 40000 RTP/AVP 96 9 0 8 101 102\r\n"
		   "a=rtpmap:96 opus/48000/2\r\n"
		   "a=fmtp:96 minptime=10;useinbandfec=1\r\n"
		   "a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
		   "a=rtpmap:8 PCMA/8000\r\n"
		   "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
		   "a=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-15\r\n"
		   "a=ptime:20\r\na=sendrecv\r\na=rtcp:40000\r\n"
		   "a=rtcp-mux\r\n"));
	CHECK(!says("a=crypto"));
}

TEST(digits_have_the_clock_of_the_codecs)
{
	RFC("4733 2.1");
	begin();
	local.codecs[0] = RD_SDP_PCMA;
	local.codec_count = 1;
	write_offer();
	CHECK(says("RTP/AVP 8 101\r\n"));
	local.codecs[0] = RD_SDP_OPUS;
	write_offer();
	CHECK(says("RTP/AVP 96 102\r\n"));
	local.has_digits = false;
	write_offer();
	CHECK(says("RTP/AVP 96\r\n"));
}

TEST(an_answer_chooses_codec_and_numbers)
{
	char addr[RD_ADDR_TEXT];

	RFC("3264 6.1");
	begin();
	CHECK_OK(read_answer(HEAD "m=audio 6000 RTP/AVP 8 97\r\n"
				  "a=rtpmap:97 telephone-event/8000\r\n"
				  "a=ptime:30\r\n"));
	CHECK_EQ(session.codec, RD_SDP_PCMA);
	CHECK_EQ(session.send_type, 8);
	CHECK_EQ(session.receive_type, 8);
	CHECK_EQ(session.digits_send_type, 97);
	CHECK_EQ(session.digits_receive_type, 101);
	CHECK_EQ(session.digits_hz, 8000);
	CHECK_EQ(session.ptime_ms, 30);
	CHECK_TEXT(rd_addr_text(&session.media, addr), "192.0.2.9:6000");
	CHECK_TEXT(rd_addr_text(&session.rtcp, addr), "192.0.2.9:6001");
	CHECK(!session.has_rtcp_mux);
	CHECK_EQ(session.direction, RD_SDP_SENDRECV);
}

TEST(opus_may_have_another_number_on_the_way_back)
{
	begin();
	CHECK_OK(read_answer(
		HEAD "m=audio 6000 RTP/AVP 107 101\r\n"
		     "a=rtpmap:107 opus/48000/2\r\n"
		     "a=fmtp:107 maxplaybackrate=16000;maxaveragebitrate=20000;"
		     "useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n"
		     "a=rtcp-mux\r\n"));
	CHECK_EQ(session.codec, RD_SDP_OPUS);
	CHECK_EQ(session.send_type, 107);
	CHECK_EQ(session.receive_type, 96);
	CHECK_EQ(session.digits_hz, 8000); /* they know no other */
	CHECK_EQ(session.max_playback_hz, 16000);
	CHECK_EQ(session.max_average_bitrate, 20000);
	CHECK(session.wants_fec && session.has_rtcp_mux);
	CHECK(rd_addr_equal(&session.rtcp, &session.media));
}

TEST(answers_that_do_not_fit_are_refused)
{
	begin();
	CHECK_ERR(read_answer(HEAD "m=audio 0 RTP/AVP 0\r\n"), RD_E_REFUSED);
	CHECK_ERR(read_answer(HEAD "m=audio 6000 RTP/AVP 18\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD "m=audio 6000 RTP/SAVP 0\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD "m=audio 6000 udptl t38\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD), RD_E_FORMAT);
	CHECK_ERR(read_answer("v=0\r\nm=audio 6000 RTP/AVP 0\r\n"
			      "c=IN IP4 nowhere.example\r\n"),
		  RD_E_FORMAT);
}

TEST(hold_is_understood_old_and_new)
{
	RFC("3264 8.4");
	begin();
	CHECK_OK(read_offer(HEAD "m=audio 6000 RTP/AVP 0\r\na=sendonly\r\n"));
	CHECK_EQ(session.direction, RD_SDP_RECVONLY);
	CHECK_OK(read_offer(HEAD "m=audio 6000 RTP/AVP 0\r\na=inactive\r\n"));
	CHECK_EQ(session.direction, RD_SDP_INACTIVE);
	CHECK_OK(read_offer("v=0\r\nm=audio 6000 RTP/AVP 0\r\n"
			    "c=IN IP4 0.0.0.0\r\n"));
	CHECK_EQ(session.direction, RD_SDP_RECVONLY);
	write_answer();
	CHECK(says("a=recvonly\r\n"));
	local.direction = RD_SDP_SENDONLY; /* we hold them */
	write_offer();
	CHECK(says("a=sendonly\r\n"));
	CHECK_OK(read_offer(HEAD "m=audio 6000 RTP/AVP 0\r\n"));
	CHECK_EQ(session.direction, RD_SDP_SENDONLY);
}

TEST(an_offer_is_answered_with_its_own_numbers)
{
	RFC("3264 6.1");
	begin();
	local.codecs[0] = RD_SDP_PCMA;
	local.codecs[1] = RD_SDP_PCMU;
	local.codec_count = 2;
	CHECK_OK(read_offer(HEAD "m=video 7000 RTP/AVP 31\r\n"
				 "m=audio 6000 RTP/AVP 0 8 100\r\n"
				 "a=rtpmap:100 telephone-event/8000\r\n"));
	CHECK_EQ(session.codec, RD_SDP_PCMA); /* ours comes first */
	CHECK_EQ(session.digits_receive_type, 100);
	write_answer();
	CHECK(says("t=0 0\r\nm=video 0 RTP/AVP 31\r\n"
		   "m=audio 40000 RTP/AVP 8 100\r\na=rtpmap:8 PCMA/8000\r\n"
		   "a=rtpmap:100 telephone-event/8000\r\na=fmtp:100 0-15\r\n"));
	CHECK(!says("rtcp-mux")); /* not offered */
	CHECK_ERR(read_offer(HEAD "m=audio 6000 RTP/AVP 18\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_offer(HEAD "m=audio 0 RTP/AVP 0\r\n"), RD_E_UNSUPPORTED);
}

#define THEIR_KEY "inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"

TEST(keys_are_exchanged)
{
	RFC("4568 5.1");
	begin();
	add_key();
	write_offer();
	CHECK(says("m=audio 40000 RTP/SAVP "));
	CHECK(says("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQID"));
	CHECK_OK(read_answer(
		HEAD "m=audio 6000 RTP/SAVP 0\r\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " THEIR_KEY "\r\n"));
	CHECK_EQ(session.crypto.len, 30);
	CHECK_EQ(session.crypto.key[0], 'A');
	/* Another tag, another suite, none, in clear. */
	CHECK_ERR(read_answer(HEAD
			      "m=audio 6000 RTP/SAVP 0\r\n"
			      "a=crypto:2 AES_CM_128_HMAC_SHA1_80 " THEIR_KEY
			      "\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD
			      "m=audio 6000 RTP/SAVP 0\r\n"
			      "a=crypto:1 AES_CM_128_HMAC_SHA1_32 " THEIR_KEY
			      "\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD "m=audio 6000 RTP/SAVP 0\r\n"),
		  RD_E_UNSUPPORTED);
	CHECK_ERR(read_answer(HEAD "m=audio 6000 RTP/AVP 0\r\n"),
		  RD_E_UNSUPPORTED);
}

TEST(keys_in_an_offer_are_answered_with_its_tag)
{
	RFC("4568 5.1.2");
	begin();
	add_key();
	CHECK_OK(read_offer(HEAD
			    "m=audio 6000 RTP/SAVP 0\r\n"
			    "a=crypto:1 F8_128_HMAC_SHA1_80 " THEIR_KEY
			    "\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 " THEIR_KEY
			    "\r\n"));
	CHECK_EQ(session.crypto.tag, 3);
	write_answer();
	CHECK(says("RTP/SAVP 0\r\n"));
	CHECK(says("a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:AQID"));
	/* In clear although we could: the answer has no key. */
	CHECK_OK(read_offer(HEAD "m=audio 6000 RTP/AVP 0\r\n"));
	write_answer();
	CHECK(!says("a=crypto"));
	/* We have no key. */
	local.crypto.tag = 0;
	CHECK_ERR(read_offer(HEAD
			     "m=audio 6000 RTP/SAVP 0\r\n"
			     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " THEIR_KEY
			     "\r\n"),
		  RD_E_UNSUPPORTED);
}

TEST(our_offer_answered_by_us_agrees)
{
	begin();
	add_key();
	for (int codec = RD_SDP_OPUS; codec <= RD_SDP_PCMA; codec++) {
		struct rd_trunk_session theirs;
		char copy[4096];

		local.codecs[0] = (enum rd_sdp_codec)codec;
		local.codec_count = 1;
		write_offer();
		memcpy(copy, text, sizeof(copy));
		CHECK_OK(read_offer(copy));
		theirs = session;
		write_answer();
		CHECK_OK(read_answer(text));
		CHECK_EQ(session.codec, codec);
		CHECK_EQ(theirs.codec, codec);
		CHECK_EQ(session.send_type, theirs.receive_type);
		CHECK_EQ(session.digits_send_type, theirs.digits_receive_type);
		CHECK(session.digits_hz ==
		      (codec == RD_SDP_OPUS ? 48000u : 8000u));
		CHECK(session.has_rtcp_mux);
	}
}

TEST(what_cannot_be_offered_is_refused)
{
	struct rd_writer w = rd_writer(text, 100);

	begin();
	CHECK_ERR(rd_trunk_write_offer(&w, &local), RD_E_SIZE);
	local.ptime_ms = 5;
	CHECK_ERR(rd_trunk_write_offer(&w, &local), RD_E_RANGE);
	local.ptime_ms = 20;
	local.codec_count = 0;
	CHECK_ERR(rd_trunk_write_offer(&w, &local), RD_E_RANGE);
	local.codec_count = 1;
	local.codecs[0] = RD_SDP_EVENTS;
	CHECK_ERR(rd_trunk_write_offer(&w, &local), RD_E_RANGE);
}

RD_TESTS(T(the_offer_lists_codecs_in_order),
	 T(digits_have_the_clock_of_the_codecs),
	 T(an_answer_chooses_codec_and_numbers),
	 T(opus_may_have_another_number_on_the_way_back),
	 T(answers_that_do_not_fit_are_refused),
	 T(hold_is_understood_old_and_new),
	 T(an_offer_is_answered_with_its_own_numbers), T(keys_are_exchanged),
	 T(keys_in_an_offer_are_answered_with_its_tag),
	 T(our_offer_answered_by_us_agrees),
	 T(what_cannot_be_offered_is_refused))
