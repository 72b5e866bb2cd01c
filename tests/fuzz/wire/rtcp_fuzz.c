/* tests/fuzz/wire/rtcp_fuzz.c - a datagram as RTCP: the walk agrees with the
 * check, and reports that are read are written the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct rd_rtcp *p)
{
	struct rd_rtcp_report blocks[RD_RTCP_REPORTS], back;
	struct rd_rtcp_sender sender, again;
	bool has_sender = !rd_rtcp_read_sender(p, &sender);
	uint8_t buf[2048];
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	struct rd_reader r;
	struct rd_rtcp q;
	uint32_t ssrc;
	size_t n = 0;

	if (rd_rtcp_read_ssrc(p, &ssrc))
		return;
	while (n < RD_RTCP_REPORTS &&
	       !rd_rtcp_read_report(p, (unsigned)n, &blocks[n]))
		n++;
	rd_assert(!rd_rtcp_write(&w, ssrc, has_sender ? &sender : NULL, blocks,
				 n, rd_span_text("c")));
	rd_assert(!rd_rtcp_check(rd_writer_span(&w)));
	r = rd_reader(rd_writer_span(&w));
	rd_assert(rd_rtcp_next(&r, &q) && q.count == n);
	if (has_sender) {
		rd_assert(!rd_rtcp_read_sender(&q, &again));
		rd_assert(again.ntp == sender.ntp &&
			  again.octets == sender.octets);
	}
	for (unsigned i = 0; i < n; i++) {
		rd_assert(!rd_rtcp_read_report(&q, i, &back));
		rd_assert(back.lost == blocks[i].lost &&
			  back.fraction == blocks[i].fraction &&
			  back.delay_sr == blocks[i].delay_sr);
		rd_rtcp_round_trip_us(&back, (uint64_t)ssrc << 16);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_span datagram = rd_span(data, size), cname;
	struct rd_reader r = rd_reader(datagram);
	bool is_good = !rd_rtcp_check(datagram);
	size_t seen = 0;
	struct rd_rtcp p;

	while (rd_rtcp_next(&r, &p)) {
		seen += 4;
		check_report(&p);
		if (!rd_rtcp_read_cname(&p, 1, &cname))
			rd_assert(cname.at >= data &&
				  cname.at + cname.len <= data + size);
		rd_rtcp_is_bye_of(&p, 1);
	}
	rd_assert(seen <= size);
	rd_assert(!is_good || !r.failed);
	return 0;
}
