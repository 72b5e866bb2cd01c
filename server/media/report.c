/* media/report.c - RTCP: our reports, and what we take from theirs.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A report a second for each leg.  From the peer only what concerns our own
 * stream is believed; a BYE ends nothing (T57).
 */
#include "media/media_priv.h"

enum {
	REPORT_BYTES = 256,
};

void rd_report_send(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us)
{
	uint8_t bytes[REPORT_BYTES + RD_SRTP_TRAILER_MAX];
	struct rd_writer out = rd_writer(bytes, REPORT_BYTES);
	struct rd_rtcp_sender sender;
	struct rd_rtcp_report report;
	bool has_sent, has_heard;
	size_t len;

	if (!leg->is_up)
		return;
	has_sent = rd_rtp_send_info(&leg->out, now_us, rd_worker_ntp(w, now_us),
				    &sender);
	has_heard = rd_rtp_receive_report(&leg->in, now_us, &report);
	if (rd_rtcp_write(&out, leg->out.ssrc, has_sent ? &sender : NULL,
			  &report, has_heard,
			  rd_span_text(leg->cname)) != RD_OK)
		return;
	len = rd_writer_len(&out);
	if (leg->send_srtp && rd_srtp_protect_rtcp(leg->send_srtp, bytes, &len,
						   sizeof(bytes)) != RD_OK)
		return;
	rd_leg_send_rtcp(w, leg, bytes, len);
}

/* A trunk that has nothing to say (DTX) still reports, and its count of
 * packets stands still; one whose packets get lost counts on (F25, F26). */
static void hear_alive(struct rd_media_leg *leg,
		       const struct rd_rtcp_sender *sender, uint64_t now_us)
{
	if (leg->is_web || !leg->rtp.has_heard)
		return;
	if (!sender || sender->packets == leg->rtp.reported_packets)
		leg->rtp.heard_us = now_us;
	if (sender)
		leg->rtp.reported_packets = sender->packets;
}

static void hear_report(struct rd_worker *w, struct rd_media_leg *leg,
			const struct rd_rtcp *p, uint64_t now_us)
{
	struct rd_rtcp_report report;
	uint32_t rtt_us;

	if (rd_rtcp_find_report(p, leg->out.ssrc, &report) != RD_OK)
		return;
	leg->stats.remote_loss_256 = report.fraction;
	rtt_us = rd_rtcp_round_trip_us(&report, rd_worker_ntp(w, now_us));
	if (rtt_us)
		leg->stats.rtt_us = rtt_us;
}

void rd_report_hear(struct rd_worker *w, struct rd_media_leg *leg,
		    struct rd_span packet, uint64_t now_us)
{
	struct rd_reader in = rd_reader(packet);
	struct rd_rtcp_sender sender;
	struct rd_rtcp p;

	if (rd_rtcp_check(packet) != RD_OK) {
		rd_leg_refuse(w, leg);
		return;
	}
	while (rd_rtcp_next(&in, &p)) {
		if (p.type != RD_RTCP_SR && p.type != RD_RTCP_RR)
			continue;
		if (p.type == RD_RTCP_SR &&
		    rd_rtcp_read_sender(&p, &sender) == RD_OK) {
			rd_rtp_receive_sr(&leg->in, &sender, now_us);
			hear_alive(leg, &sender, now_us);
		} else {
			hear_alive(leg, NULL, now_us);
		}
		hear_report(w, leg, &p, now_us);
	}
}
