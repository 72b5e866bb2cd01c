/* wire/rtcp.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtcp.h"

enum {
	VERSION = 2,       /* RFC 3550 6.1 */
	SENDER_BYTES = 24, /* SSRC and sender information */
	REPORT_BYTES = 24,
	SDES_CNAME = 1, /* RFC 3550 6.5.1 */
	CNAME_MAX = 255,
};
#define NTP_UNIX 2208988800u /* seconds from 1900 to 1970 */

/* One packet off the reader; false: malformed. */
static bool read_packet(struct rd_reader *r, struct rd_rtcp *out)
{
	uint8_t first = rd_read_u8(r), padding;

	out->type = rd_read_u8(r);
	out->count = first & 0x1f;
	out->body = rd_read_span(r, 4u * rd_read_u16(r));
	if (r->failed || first >> 6 != VERSION || out->type < 192 ||
	    out->type > 223)
		return false;
	if (!(first >> 5 & 1))
		return true;
	/* RFC 3550 6.4.1: only the last packet of a compound is padded. */
	if (rd_reader_left(r) || !out->body.len)
		return false;
	padding = out->body.at[out->body.len - 1];
	if (!padding || padding % 4 || padding > out->body.len)
		return false;
	out->body.len -= padding;
	return true;
}

enum rd_err rd_rtcp_check(struct rd_span datagram)
{
	struct rd_reader r = rd_reader(datagram);
	struct rd_rtcp p;

	if (datagram.len < 4 || datagram.len > RD_RTCP_MAX)
		return RD_E_SIZE;
	while (rd_reader_left(&r))
		if (!read_packet(&r, &p))
			return RD_E_FORMAT;
	return RD_OK;
}

bool rd_rtcp_next(struct rd_reader *r, struct rd_rtcp *out)
{
	memset(out, 0, sizeof(*out));
	if (!rd_reader_left(r))
		return false;
	if (read_packet(r, out))
		return true;
	r->failed = true;
	return false;
}

enum rd_err rd_rtcp_read_sender(const struct rd_rtcp *p,
				struct rd_rtcp_sender *out)
{
	struct rd_reader r = rd_reader(p->body);

	memset(out, 0, sizeof(*out));
	if (p->type != RD_RTCP_SR)
		return RD_E_FORMAT;
	out->ssrc = rd_read_u32(&r);
	out->ntp = rd_read_u64(&r);
	out->ts = rd_read_u32(&r);
	out->packets = rd_read_u32(&r);
	out->octets = rd_read_u32(&r);
	return r.failed ? RD_E_FORMAT : RD_OK;
}

enum rd_err rd_rtcp_read_ssrc(const struct rd_rtcp *p, uint32_t *out)
{
	struct rd_reader r = rd_reader(p->body);

	*out = rd_read_u32(&r);
	if (r.failed || (p->type != RD_RTCP_SR && p->type != RD_RTCP_RR &&
			 p->type != RD_RTCP_RTPFB && p->type != RD_RTCP_PSFB))
		return RD_E_FORMAT;
	return RD_OK;
}

/* 24 bits with sign, RFC 3550 6.4.1. */
static int32_t signed_24(uint32_t v)
{
	return (int32_t)(v ^ 0x800000) - 0x800000;
}

enum rd_err rd_rtcp_read_report(const struct rd_rtcp *p, unsigned i,
				struct rd_rtcp_report *out)
{
	struct rd_reader r = rd_reader(p->body);
	uint32_t word;

	memset(out, 0, sizeof(*out));
	if (p->type != RD_RTCP_SR && p->type != RD_RTCP_RR)
		return RD_E_FORMAT;
	if (i >= p->count)
		return RD_E_NOTFOUND;
	rd_read_bytes(&r, (p->type == RD_RTCP_SR ? SENDER_BYTES : 4) +
				  (size_t)i * REPORT_BYTES);
	out->ssrc = rd_read_u32(&r);
	word = rd_read_u32(&r);
	out->fraction = (uint8_t)(word >> 24);
	out->lost = signed_24(word & 0xffffff);
	out->highest = rd_read_u32(&r);
	out->jitter = rd_read_u32(&r);
	out->last_sr = rd_read_u32(&r);
	out->delay_sr = rd_read_u32(&r);
	return r.failed ? RD_E_FORMAT : RD_OK;
}

enum rd_err rd_rtcp_find_report(const struct rd_rtcp *p, uint32_t ssrc,
				struct rd_rtcp_report *out)
{
	enum rd_err err;

	for (unsigned i = 0;; i++) {
		err = rd_rtcp_read_report(p, i, out);
		if (err || out->ssrc == ssrc)
			return err;
	}
}

/* The items of one chunk: its CNAME if it has one, and r behind its filling,
 * RFC 3550 6.5.  start: where the chunk begins. */
static struct rd_span read_items(struct rd_reader *r, const uint8_t *start)
{
	struct rd_span cname = RD_SPAN_NONE, value;
	uint8_t type;

	while ((type = rd_read_u8(r))) {
		value = rd_read_span(r, rd_read_u8(r));
		if (type == SDES_CNAME && !cname.len)
			cname = value;
	}
	if (!r->failed)
		rd_read_bytes(r, (4 - (size_t)(r->at - start) % 4) % 4);
	return cname;
}

enum rd_err rd_rtcp_read_cname(const struct rd_rtcp *p, uint32_t ssrc,
			       struct rd_span *out)
{
	struct rd_reader r = rd_reader(p->body);

	*out = RD_SPAN_NONE;
	if (p->type != RD_RTCP_SDES)
		return RD_E_FORMAT;
	for (unsigned i = 0; i < p->count; i++) {
		const uint8_t *start = r.at;
		uint32_t whose = rd_read_u32(&r);
		struct rd_span cname = read_items(&r, start);

		if (r.failed)
			return RD_E_FORMAT;
		if (whose == ssrc && cname.len) {
			*out = cname;
			return RD_OK;
		}
	}
	return RD_E_NOTFOUND;
}

bool rd_rtcp_is_bye_of(const struct rd_rtcp *p, uint32_t ssrc)
{
	struct rd_reader r = rd_reader(p->body);

	if (p->type != RD_RTCP_BYE)
		return false;
	for (unsigned i = 0; i < p->count; i++)
		if (rd_read_u32(&r) == ssrc && !r.failed)
			return true;
	return false;
}

/* words: length of the packet in words, its header not counted. */
static void write_header(struct rd_writer *w, size_t count, uint8_t type,
			 size_t words)
{
	rd_write_u8(w, VERSION << 6 | (unsigned)count);
	rd_write_u8(w, type);
	rd_write_u16(w, (unsigned)words);
}

static void write_report(struct rd_writer *w, const struct rd_rtcp_report *b)
{
	rd_write_u32(w, b->ssrc);
	rd_write_u32(w, (uint32_t)b->fraction << 24 |
				((uint32_t)b->lost & 0xffffff));
	rd_write_u32(w, b->highest);
	rd_write_u32(w, b->jitter);
	rd_write_u32(w, b->last_sr);
	rd_write_u32(w, b->delay_sr);
}

static void write_cname(struct rd_writer *w, uint32_t ssrc,
			struct rd_span cname)
{
	static const uint8_t zero[4];
	/* An item list ends with 1 to 4 zero bytes, RFC 3550 6.5. */
	size_t filling = 4 - (2 + cname.len) % 4;

	write_header(w, 1, RD_RTCP_SDES, 1 + (2 + cname.len + filling) / 4);
	rd_write_u32(w, ssrc);
	rd_write_u8(w, SDES_CNAME);
	rd_write_u8(w, (unsigned)cname.len);
	rd_write_span(w, cname);
	rd_write_bytes(w, zero, filling);
}

enum rd_err rd_rtcp_write(struct rd_writer *w, uint32_t ssrc,
			  const struct rd_rtcp_sender *sender,
			  const struct rd_rtcp_report *reports, size_t count,
			  struct rd_span cname)
{
	if (count > RD_RTCP_REPORTS || !cname.len || cname.len > CNAME_MAX)
		return RD_E_SIZE;
	write_header(w, count, sender ? RD_RTCP_SR : RD_RTCP_RR,
		     ((sender ? SENDER_BYTES : 4) + count * REPORT_BYTES) / 4);
	rd_write_u32(w, ssrc);
	if (sender) {
		rd_write_u64(w, sender->ntp);
		rd_write_u32(w, sender->ts);
		rd_write_u32(w, sender->packets);
		rd_write_u32(w, sender->octets);
	}
	for (size_t i = 0; i < count; i++)
		write_report(w, &reports[i]);
	write_cname(w, ssrc, cname);
	return w->failed ? RD_E_SIZE : RD_OK;
}

enum rd_err rd_rtcp_write_bye(struct rd_writer *w, uint32_t ssrc)
{
	write_header(w, 1, RD_RTCP_BYE, 1);
	rd_write_u32(w, ssrc);
	return w->failed ? RD_E_SIZE : RD_OK;
}

uint64_t rd_rtcp_ntp_from_us(uint64_t wall_us)
{
	uint64_t seconds = wall_us / 1000000 + NTP_UNIX;
	uint64_t fraction = (wall_us % 1000000 << 32) / 1000000;

	return seconds << 32 | fraction;
}

uint64_t rd_rtcp_ntp_from_ms(uint64_t wall_ms)
{
	return rd_rtcp_ntp_from_us(wall_ms * 1000);
}

uint32_t rd_rtcp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

uint32_t rd_rtcp_round_trip_us(const struct rd_rtcp_report *r, uint64_t now_ntp)
{
	uint32_t trip = rd_rtcp_middle(now_ntp) - r->last_sr - r->delay_sr;

	if (!r->last_sr || trip > INT32_MAX)
		return 0;
	return (uint32_t)rd_min_u64((uint64_t)trip * 1000000 >> 16, UINT32_MAX);
}
