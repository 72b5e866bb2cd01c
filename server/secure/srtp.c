/* secure/srtp.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/srtp.h"

#include "base/secret.h"
#include "secure/srtp_cipher.h"
#include "secure/srtp_replay.h"

enum {
	RTP_FIXED_LEN = 12, /* RFC 3550 5.1 */
	RTCP_FIXED_LEN = 8, /* of the first packet of a compound, in clear */
	RTCP_WORD_LEN = 4,  /* E and index, RFC 3711 3.4 */
};

#define RTCP_ENCRYPTED UINT32_C(0x80000000)
#define RTCP_INDEX_END UINT32_C(0x80000000)

struct stream { /* of one SSRC */
	uint32_t ssrc;
	uint32_t rtcp_next; /* index to send */
	struct rd_srtp_window rtp;
	struct rd_srtp_window rtcp; /* of what was received */
};

struct rd_srtp {
	struct rd_srtp_cipher *cipher;
	enum rd_srtp_way way;

	struct rd_srtp_counts counts;
	size_t stream_count;
	size_t recent; /* where the last packet found its stream */
	struct stream streams[RD_SRTP_STREAMS];
};

enum rd_err rd_srtp_open(struct rd_srtp **out, enum rd_srtp_profile profile,
			 enum rd_srtp_way way, struct rd_span keying)
{
	struct rd_srtp_session keys[RD_SRTP_KINDS];
	struct rd_srtp *s;
	enum rd_err err;

	*out = NULL;
	s = rd_zalloc(sizeof(*s));
	if (!s)
		return RD_E_NOMEM;
	s->way = way;
	err = rd_srtp_derive(profile, keying, keys);
	if (!err)
		err = rd_srtp_cipher_open(&s->cipher, profile, way, keys);
	rd_wipe(keys, sizeof(keys));
	if (err) {
		rd_srtp_close(s);
		return err;
	}
	*out = s;
	return RD_OK;
}

void rd_srtp_close(struct rd_srtp *s)
{
	if (!s)
		return;
	rd_srtp_cipher_close(s->cipher);
	rd_free(s);
}

static enum rd_err count(struct rd_srtp *s, enum rd_err err)
{
	switch (err) {
	case RD_OK:
		s->counts.passed++;
		break;
	case RD_E_FORMAT:
		s->counts.form++;
		break;
	case RD_E_AUTH:
		s->counts.forged++;
		break;
	case RD_E_REPLAY:
		s->counts.replays++;
		break;
	default:
		s->counts.limits++;
		break;
	}
	return err;
}

/* The stream of ssrc, or the free place for it (not yet counted as used, so
 * that a forged packet leaves nothing behind), or NULL. */
static struct stream *find(struct rd_srtp *s, uint32_t ssrc)
{
	struct stream *free_place;

	if (s->recent < s->stream_count && s->streams[s->recent].ssrc == ssrc)
		return &s->streams[s->recent];
	for (size_t i = 0; i < s->stream_count; i++) {
		if (s->streams[i].ssrc != ssrc)
			continue;
		s->recent = i;
		return &s->streams[i];
	}
	if (s->stream_count == RD_SRTP_STREAMS)
		return NULL;
	free_place = &s->streams[s->stream_count];
	*free_place = (struct stream){ .ssrc = ssrc };
	return free_place;
}

/* The packet was good: from now on its stream is known. */
static void keep(struct rd_srtp *s, const struct stream *stream)
{
	size_t i = (size_t)(stream - s->streams);

	if (i == s->stream_count)
		s->stream_count++;
}

/* Bytes of the RTP header with its CSRCs and extension; 0: not RTP. */
static size_t rtp_header_len(const uint8_t *packet, size_t len)
{
	size_t n;

	if (len < RTP_FIXED_LEN || packet[0] >> 6 != 2)
		return 0;
	n = RTP_FIXED_LEN + 4 * (size_t)(packet[0] & 15);
	if (packet[0] & 0x10) {
		if (len < n + 4)
			return 0;
		n += 4 + 4 * (size_t)(packet[n + 2] << 8 | packet[n + 3]);
	}
	return n <= len ? n : 0;
}

static uint32_t word_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static void put_word(uint8_t *at, uint32_t word)
{
	at[0] = (uint8_t)(word >> 24);
	at[1] = (uint8_t)(word >> 16);
	at[2] = (uint8_t)(word >> 8);
	at[3] = (uint8_t)word;
}

/* RFC 3711 3.3: which packet of its stream this is, if it may be used. */
static enum rd_err find_rtp(struct rd_srtp *s, struct rd_srtp_packet *p,
			    struct stream **out)
{
	uint16_t seq = (uint16_t)(p->at[2] << 8 | p->at[3]);
	struct stream *stream;
	int64_t index = seq;

	p->ssrc = word_at(p->at + 8);
	stream = find(s, p->ssrc);
	if (!stream)
		return RD_E_LIMIT;
	if (stream->rtp.is_begun)
		index = rd_srtp_guess_index(stream->rtp.last, seq);
	if (index < 0)
		return RD_E_REPLAY;
	if (index >= RD_SRTP_INDEX_END)
		return RD_E_LIMIT;
	p->index = (uint64_t)index;
	if (!rd_srtp_window_admits(&stream->rtp, p->index))
		return RD_E_REPLAY;
	*out = stream;
	return RD_OK;
}

static enum rd_err protect(struct rd_srtp *s, uint8_t *packet, size_t *len,
			   size_t size)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTP, .at = packet };
	size_t tag_len = rd_srtp_cipher_tag_len(s->cipher, RD_SRTP_RTP);
	struct stream *stream;
	enum rd_err err;

	p.header_len = rtp_header_len(packet, *len);
	if (!p.header_len)
		return RD_E_FORMAT;
	if (size < tag_len || *len > size - tag_len)
		return RD_E_SIZE;
	p.payload_len = *len - p.header_len;
	err = find_rtp(s, &p, &stream);
	if (err)
		return err;
	err = rd_srtp_seal(s->cipher, &p);
	if (err)
		return err;
	rd_srtp_window_mark(&stream->rtp, p.index);
	keep(s, stream);
	*len += tag_len;
	return RD_OK;
}

enum rd_err rd_srtp_protect(struct rd_srtp *s, uint8_t *packet, size_t *len,
			    size_t size)
{
	rd_assert(s->way == RD_SRTP_SEND);
	return count(s, protect(s, packet, len, size));
}

static enum rd_err unprotect(struct rd_srtp *s, uint8_t *packet, size_t *len)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTP, .at = packet };
	size_t tag_len = rd_srtp_cipher_tag_len(s->cipher, RD_SRTP_RTP);
	struct stream *stream;
	enum rd_err err;

	if (*len < tag_len)
		return RD_E_FORMAT;
	p.header_len = rtp_header_len(packet, *len - tag_len);
	if (!p.header_len)
		return RD_E_FORMAT;
	p.payload_len = *len - tag_len - p.header_len;
	err = find_rtp(s, &p, &stream);
	if (err)
		return err;
	err = rd_srtp_unseal(s->cipher, &p);
	if (err)
		return err;
	rd_srtp_window_mark(&stream->rtp, p.index);
	keep(s, stream);
	*len -= tag_len;
	return RD_OK;
}

enum rd_err rd_srtp_unprotect(struct rd_srtp *s, uint8_t *packet, size_t *len)
{
	rd_assert(s->way == RD_SRTP_RECEIVE);
	return count(s, unprotect(s, packet, len));
}

/* Version 2 and a packet type that RFC 5761 4 leaves to RTCP. */
static bool is_rtcp(const uint8_t *packet, size_t len)
{
	return len >= RTCP_FIXED_LEN && packet[0] >> 6 == 2 &&
	       packet[1] >= 192 && packet[1] <= 223;
}

static enum rd_err protect_rtcp(struct rd_srtp *s, uint8_t *packet, size_t *len,
				size_t size)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTCP,
				    .at = packet,
				    .header_len = RTCP_FIXED_LEN };
	size_t tag_len = rd_srtp_cipher_tag_len(s->cipher, RD_SRTP_RTCP);
	struct stream *stream;
	size_t word_at_end;
	enum rd_err err;

	if (!is_rtcp(packet, *len))
		return RD_E_FORMAT;
	if (size < tag_len + RTCP_WORD_LEN ||
	    *len > size - tag_len - RTCP_WORD_LEN)
		return RD_E_SIZE;
	p.ssrc = word_at(packet + 4);
	stream = find(s, p.ssrc);
	if (!stream || stream->rtcp_next == RTCP_INDEX_END)
		return RD_E_LIMIT;
	p.payload_len = *len - RTCP_FIXED_LEN;
	p.index = stream->rtcp_next;
	word_at_end = rd_srtp_cipher_is_aead(s->cipher) ? tag_len : 0;
	put_word(packet + *len + word_at_end,
		 RTCP_ENCRYPTED | stream->rtcp_next);
	err = rd_srtp_seal(s->cipher, &p);
	if (err)
		return err;
	stream->rtcp_next++;
	keep(s, stream);
	*len += tag_len + RTCP_WORD_LEN;
	return RD_OK;
}

enum rd_err rd_srtp_protect_rtcp(struct rd_srtp *s, uint8_t *packet,
				 size_t *len, size_t size)
{
	rd_assert(s->way == RD_SRTP_SEND);
	return count(s, protect_rtcp(s, packet, len, size));
}

static enum rd_err unprotect_rtcp(struct rd_srtp *s, uint8_t *packet,
				  size_t *len)
{
	struct rd_srtp_packet p = { .kind = RD_SRTP_RTCP,
				    .at = packet,
				    .header_len = RTCP_FIXED_LEN };
	size_t tag_len = rd_srtp_cipher_tag_len(s->cipher, RD_SRTP_RTCP);
	size_t added = tag_len + RTCP_WORD_LEN;
	struct stream *stream;
	enum rd_err err;
	uint32_t word;

	if (*len < RTCP_FIXED_LEN + added || !is_rtcp(packet, *len))
		return RD_E_FORMAT;
	p.payload_len = *len - RTCP_FIXED_LEN - added;
	word = word_at(packet + *len - added +
		       (rd_srtp_cipher_is_aead(s->cipher) ? tag_len : 0));
	if (!(word & RTCP_ENCRYPTED))
		return RD_E_FORMAT; /* our profiles always encrypt */
	p.ssrc = word_at(packet + 4);
	p.index = word & ~RTCP_ENCRYPTED;
	stream = find(s, p.ssrc);
	if (!stream)
		return RD_E_LIMIT;
	if (!rd_srtp_window_admits(&stream->rtcp, p.index))
		return RD_E_REPLAY;
	err = rd_srtp_unseal(s->cipher, &p);
	if (err)
		return err;
	rd_srtp_window_mark(&stream->rtcp, p.index);
	keep(s, stream);
	*len -= added;
	return RD_OK;
}

enum rd_err rd_srtp_unprotect_rtcp(struct rd_srtp *s, uint8_t *packet,
				   size_t *len)
{
	rd_assert(s->way == RD_SRTP_RECEIVE);
	return count(s, unprotect_rtcp(s, packet, len));
}

void rd_srtp_expect(const struct rd_srtp *s, unsigned step)
{
	if (step > 0) {
		rd_srtp_cipher_expect(s->cipher, step - 1);
		return;
	}
	__builtin_prefetch(s);
	__builtin_prefetch((const char *)s + 64);
	__builtin_prefetch((const char *)s + 128);
}

const struct rd_srtp_counts *rd_srtp_counts(const struct rd_srtp *s)
{
	return &s->counts;
}
