/* tests/fuzz/wire/sdp_fuzz.c - a description: printing and parsing are stable,
 * and every answer is legal against its offer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp_trunk.h"
#include "wire/sdp_webrtc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Room for a text at its limit, each line end one byte longer. */
enum {
	ROOM = RD_SDP_BYTES * 2
};

static struct rd_sdp offer, answer, again;
static char first[ROOM], second[ROOM];

static void check_stable(void)
{
	struct rd_writer w = rd_writer(first, ROOM),
			 v = rd_writer(second, ROOM);

	rd_assert(!rd_sdp_print(&w, &offer));
	if (rd_writer_len(&w) > RD_SDP_BYTES)
		return;
	rd_assert(!rd_sdp_parse(&again, rd_writer_span(&w)));
	rd_assert(again.section_count == offer.section_count);
	rd_assert(!rd_sdp_print(&v, &again));
	rd_assert(rd_span_equal(rd_writer_span(&w), rd_writer_span(&v)));
}

static void look_up_everything(void)
{
	struct rd_span a, b;
	struct rd_addr addr;
	uint32_t ssrc;

	for (int i = 0; i < offer.section_count; i++) {
		struct rd_sdp_format format;

		for (unsigned k = 0; k < offer.sections[i].format_count; k++)
			(void)!rd_sdp_read_format(&offer, i, k, &format);
		(void)!rd_sdp_read_ice(&offer, i, &a, &b);
		(void)!rd_sdp_read_rtcp(&offer, i, &addr);
		rd_sdp_find_ssrc(&offer, i, &ssrc, &a);
		rd_assert(rd_sdp_ptime_ms(&offer, i) >= 10 &&
			  rd_sdp_ptime_ms(&offer, i) <= 120);
	}
}

/* RFC 3264 6: the same sections in the same order, with the same protocol;
 * what was refused stays so; formats are among those offered. */
static void check_legal(bool has_own_types)
{
	rd_assert(answer.section_count == offer.section_count);
	for (int i = 0; i < offer.section_count; i++) {
		const struct rd_sdp_section *o = &offer.sections[i];
		const struct rd_sdp_section *a = &answer.sections[i];
		unsigned k = 0;

		rd_assert(rd_span_equal(o->media, a->media));
		rd_assert(rd_span_equal(o->proto, a->proto));
		rd_assert(o->port || !a->port);
		while (k < o->format_count &&
		       !rd_span_equal(o->formats[k], a->formats[0]))
			k++;
		rd_assert(has_own_types || !a->port || k < o->format_count);
		rd_assert(!(rd_sdp_direction(&answer, i) &
			    ~rd_sdp_direction_turned(
				    rd_sdp_direction(&offer, i))) ||
			  !a->port);
	}
}

/* RFC 9143 7.3: the group is a part of the offered one and exactly the
 * accepted sections. */
static void check_bundle(void)
{
	struct rd_span offered, answered;

	if (!rd_sdp_find_bundle(&answer, &answered))
		return;
	rd_assert(rd_sdp_find_bundle(&offer, &offered));
	for (int i = 0; i < answer.section_count; i++) {
		struct rd_span mid = rd_sdp_mid(&answer, i);

		rd_assert(rd_sdp_has_word(answered, mid) ==
			  (answer.sections[i].port != 0));
	}
	while (answered.len) {
		struct rd_span mid = rd_sdp_word(&answered);

		rd_assert(!mid.len || rd_sdp_has_word(offered, mid));
	}
}

static void answer_browser(void)
{
	static const uint8_t print[32] = { 1 };
	struct rd_addr addr = { 4, 4000, { 192, 0, 2, 1 } };
	struct rd_writer w = rd_writer(first, ROOM);
	struct rd_webrtc_offer o;
	struct rd_webrtc_local l = {
		.ice_ufrag = rd_span_text("ufrag"),
		.ice_password = rd_span_text("passwordpasswordpassword"),
		.fingerprint = print,
		.candidates = &addr,
		.candidate_count = 1,
		.direction = RD_SDP_SENDRECV,
		.cname = rd_span_text("c"),
		.msid = rd_span_text("m"),
	};

	if (rd_webrtc_read_offer(&offer, &o))
		return;
	for (int i = RD_SDP_OPUS; i < RD_SDP_EVENTS; i++) {
		l.codec = (enum rd_sdp_codec)i;
		w = rd_writer(first, ROOM);
		if (rd_webrtc_write_answer(&w, &offer, &o, &l))
			continue;
		rd_assert(!rd_sdp_parse(&answer, rd_writer_span(&w)));
		rd_assert(answer.sections[o.audio].port == 4000);
		check_legal(false);
		check_bundle();
	}
}

static void answer_trunk(void)
{
	struct rd_trunk_session session;
	struct rd_writer w = rd_writer(first, ROOM);
	struct rd_trunk_local l = {
		.media = { 4, 4000, { 192, 0, 2, 1 } },
		.codecs = { RD_SDP_OPUS, RD_SDP_G722, RD_SDP_PCMU,
			    RD_SDP_PCMA },
		.codec_count = 4,
		.has_digits = true,
		.ptime_ms = 20,
		.direction = RD_SDP_SENDRECV,
		.crypto = { 1, RD_SDP_AES_CM_128_HMAC_SHA1_80, { 0 }, 30 },
	};

	(void)!rd_trunk_read_answer(&offer, &l, &session);
	if (rd_trunk_read_offer(&offer, &l, &session))
		return;
	rd_assert(!rd_trunk_write_answer(&w, &offer, &l, &session));
	rd_assert(!rd_sdp_parse(&answer, rd_writer_span(&w)));
	check_legal(true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_sdp_candidate candidate;
	struct rd_sdp_fingerprint print;
	struct rd_webrtc_answer browser;
	struct rd_sdp_crypto crypto;

	(void)!rd_sdp_read_candidate(rd_span(data, size), &candidate);
	(void)!rd_sdp_read_fingerprint(rd_span(data, size), &print);
	(void)!rd_sdp_read_crypto(rd_span(data, size), &crypto);
	if (rd_sdp_parse(&offer, rd_span(data, size)))
		return 0;
	check_stable();
	look_up_everything();
	(void)!rd_webrtc_read_answer(&offer, &browser);
	answer_browser();
	answer_trunk();
	return 0;
}
