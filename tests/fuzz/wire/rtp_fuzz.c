/* tests/fuzz/wire/rtp_fuzz.c - a datagram as RTP: what parses is written and
 * parses to the same; the books of both sides stay sound.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_books(const struct rd_rtp *p, uint64_t now_us)
{
	static struct rd_rtp_receive receive;
	static struct rd_rtp_send send;
	struct rd_rtcp_report report;
	struct rd_rtp_place place;
	uint16_t sequence = (uint16_t)send.sequence;
	bool is_interrupted = send.is_interrupted;

	if (!receive.clock_hz) {
		rd_rtp_receive_init(&receive, 48000);
		rd_rtp_send_init(&send, 1, 48000, 0, 0);
		sequence = (uint16_t)send.sequence;
	}
	rd_rtp_receive_feed(&receive, p, !p->is_marked, now_us);
	rd_assert(rd_rtp_receive_report(&receive, now_us, &report));
	rd_assert(report.lost >= -0x800000 && report.lost <= 0x7fffff);
	if (p->payload_type == 1)
		rd_rtp_send_next(&send, 960, now_us, &place);
	else if (p->payload_type == 2)
		rd_rtp_send_event(&send, p->ts, now_us, &place);
	else if (!rd_rtp_send_pass(&send, p, now_us, &place))
		return;
	rd_assert(place.ssrc == 1);
	/* Never a leap that a receiver would take for a new stream. */
	if (!is_interrupted)
		rd_assert((uint16_t)(place.sequence - sequence) < 3000 ||
			  (uint16_t)(sequence - place.sequence) < 3000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t now_us;
	struct rd_rtp p, back;
	struct rd_span value;
	uint8_t buf[2048], level;
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	bool is_voice;

	rd_packet_kind(rd_span(data, size));
	if (rd_rtp_parse(&p, rd_span(data, size)))
		return 0;
	for (unsigned id = 0; id < 256; id++)
		if (rd_rtp_find_extension(&p, id, &value))
			rd_assert(value.at >= p.extension.at &&
				  value.at + value.len <=
					  p.extension.at + p.extension.len);
	rd_rtp_read_level(&p, 1, &level, &is_voice);

	rd_assert(!rd_rtp_encode(&w, &p));
	rd_assert(rd_writer_len(&w) == size);
	rd_assert(!rd_rtp_parse(&back, rd_writer_span(&w)));
	rd_assert(rd_span_equal(p.payload, back.payload));
	rd_assert(rd_span_equal(p.extension, back.extension));
	rd_assert(rd_span_equal(p.csrc, back.csrc));
	rd_assert(p.sequence == back.sequence && p.ts == back.ts);
	now_us += p.ssrc & 0xfffff;
	check_books(&p, now_us);
	return 0;
}
