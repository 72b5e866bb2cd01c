/* wire/rtp.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/rtp.h"

enum {
	VERSION = 2,      /* RFC 3550 5.1 */
	RTCP_FIRST = 192, /* RFC 5761 4: second byte of RTCP */
	RTCP_LAST = 223,
	TWO_BYTE = 0x1000, /* RFC 8285 4.3, low 4 bits: appbits */
	TWO_BYTE_MASK = 0xfff0,
	ONE_BYTE_STOP = 15, /* RFC 8285 4.2 */
};

enum rd_packet_kind rd_packet_kind(struct rd_span datagram)
{
	uint8_t first;

	if (datagram.len < 2)
		return RD_PACKET_UNKNOWN;
	first = datagram.at[0];
	if (first <= 3)
		return RD_PACKET_STUN;
	if (first >= 16 && first <= 19)
		return RD_PACKET_ZRTP;
	if (first >= 20 && first <= 63)
		return RD_PACKET_DTLS;
	if (first >= 64 && first <= 79)
		return RD_PACKET_TURN_CHANNEL;
	if (first < 128 || first > 191)
		return RD_PACKET_UNKNOWN;
	if (datagram.at[1] >= RTCP_FIRST && datagram.at[1] <= RTCP_LAST)
		return RD_PACKET_RTCP;
	return RD_PACKET_RTP;
}

enum rd_err rd_rtp_parse_header(struct rd_rtp *out, struct rd_span packet)
{
	struct rd_reader r = rd_reader(packet);
	uint8_t first, second;

	memset(out, 0, sizeof(*out));
	if (packet.len < RD_RTP_HEADER || packet.len > RD_RTP_MAX)
		return RD_E_SIZE;
	first = rd_read_u8(&r);
	second = rd_read_u8(&r);
	out->is_marked = second >> 7;
	out->payload_type = second & 0x7f;
	out->sequence = rd_read_u16(&r);
	out->ts = rd_read_u32(&r);
	out->ssrc = rd_read_u32(&r);
	out->csrc = rd_read_span(&r, 4u * (first & 0xf));
	out->has_extension = first >> 4 & 1;
	if (out->has_extension) {
		out->profile = rd_read_u16(&r);
		out->extension = rd_read_span(&r, 4u * rd_read_u16(&r));
	}
	out->payload = rd_read_span(&r, rd_reader_left(&r));
	if (r.failed || first >> 6 != VERSION)
		return RD_E_FORMAT;
	return RD_OK;
}

enum rd_err rd_rtp_parse(struct rd_rtp *out, struct rd_span packet)
{
	enum rd_err err = rd_rtp_parse_header(out, packet);

	if (err || !(packet.at[0] >> 5 & 1))
		return err;
	if (!out->payload.len)
		return RD_E_FORMAT;
	out->padding = out->payload.at[out->payload.len - 1];
	if (!out->padding || out->padding > out->payload.len)
		return RD_E_FORMAT;
	out->payload.len -= out->padding;
	return RD_OK;
}

enum rd_err rd_rtp_encode(struct rd_writer *w, const struct rd_rtp *p)
{
	uint8_t *padding;

	if (p->csrc.len % 4 || p->csrc.len > 60 || p->extension.len % 4 ||
	    p->extension.len > RD_RTP_MAX || p->payload_type > 127)
		return RD_E_FORMAT;
	rd_write_u8(w, VERSION << 6 | (p->padding != 0) << 5 |
			       p->has_extension << 4 | (int)p->csrc.len / 4);
	rd_write_u8(w, p->is_marked << 7 | p->payload_type);
	rd_write_u16(w, p->sequence);
	rd_write_u32(w, p->ts);
	rd_write_u32(w, p->ssrc);
	rd_write_span(w, p->csrc);
	if (p->has_extension) {
		rd_write_u16(w, p->profile);
		rd_write_u16(w, (unsigned)p->extension.len / 4);
		rd_write_span(w, p->extension);
	}
	rd_write_span(w, p->payload);
	padding = rd_write_room(w, p->padding);
	if (w->failed)
		return RD_E_SIZE;
	if (p->padding) {
		memset(padding, 0, p->padding);
		padding[p->padding - 1] = p->padding;
	}
	return RD_OK;
}

/* RFC 8285 4.2 */
static bool find_one_byte(struct rd_reader r, unsigned id, struct rd_span *out)
{
	while (rd_reader_left(&r)) {
		uint8_t head = rd_read_u8(&r);
		struct rd_span value;

		if (!head)
			continue; /* filling */
		if (head >> 4 == ONE_BYTE_STOP)
			return false;
		value = rd_read_span(&r, (head & 0xfu) + 1);
		if (head >> 4 == (int)id && !r.failed) {
			*out = value;
			return true;
		}
	}
	return false;
}

/* RFC 8285 4.3 */
static bool find_two_byte(struct rd_reader r, unsigned id, struct rd_span *out)
{
	while (rd_reader_left(&r)) {
		uint8_t head = rd_read_u8(&r);
		struct rd_span value;

		if (!head)
			continue;
		value = rd_read_span(&r, rd_read_u8(&r));
		if (head == id && !r.failed) {
			*out = value;
			return true;
		}
	}
	return false;
}

bool rd_rtp_find_extension(const struct rd_rtp *p, unsigned id,
			   struct rd_span *out)
{
	*out = RD_SPAN_NONE;
	if (!id)
		return false;
	if (p->profile == RD_RTP_ONE_BYTE)
		return find_one_byte(rd_reader(p->extension), id, out);
	if ((p->profile & TWO_BYTE_MASK) == TWO_BYTE)
		return find_two_byte(rd_reader(p->extension), id, out);
	return false;
}

enum rd_err rd_rtp_write_extension(struct rd_writer *w, unsigned id,
				   struct rd_span value)
{
	static const uint8_t zero[3];

	if (id < 1 || id > 14 || value.len < 1 || value.len > 16)
		return RD_E_RANGE;
	rd_write_u8(w, id << 4 | (unsigned)(value.len - 1));
	rd_write_span(w, value);
	rd_write_bytes(w, zero, (4 - (value.len + 1) % 4) % 4);
	return w->failed ? RD_E_SIZE : RD_OK;
}

bool rd_rtp_read_level(const struct rd_rtp *p, unsigned id, uint8_t *level,
		       bool *is_voice)
{
	struct rd_span value;

	if (!rd_rtp_find_extension(p, id, &value) || !value.len)
		return false;
	*level = value.at[0] & 0x7f;
	*is_voice = value.at[0] >> 7;
	return true;
}

void rd_rtp_rewrite(uint8_t *packet, const struct rd_rtp_place *place)
{
	struct rd_writer w = rd_writer(packet + 1, RD_RTP_HEADER - 1);

	rd_write_u8(&w, place->is_marked << 7 | (place->payload_type & 0x7f));
	rd_write_u16(&w, place->sequence);
	rd_write_u32(&w, place->ts);
	rd_write_u32(&w, place->ssrc);
}
