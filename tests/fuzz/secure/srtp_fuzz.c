/* tests/fuzz/secure/srtp_fuzz.c - protect, change, reorder, replay: nothing
 * changed is accepted, nothing is accepted twice (FZ23).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a program: pairs of an opcode and an argument.
 */
#include <stdint.h>
#include <string.h>

#include "secure/srtp.h"

enum {
	SLOTS = 16,
	SIZE = 256
};

struct slot {
	uint8_t bytes[SIZE];
	size_t len;
	bool is_rtcp;
	bool was_opened;
};

struct machine {
	struct rd_srtp *send;
	struct rd_srtp *receive;
	struct slot slots[SLOTS];
	uint16_t seq[4];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void protect(struct machine *m, uint8_t argument)
{
	struct slot *s = &m->slots[argument % SLOTS];
	uint8_t stream = argument >> 6;

	memset(s, 0, sizeof(*s));
	s->is_rtcp = argument >> 4 & 1;
	s->len = 28 + argument % 64;
	s->bytes[0] = 0x80;
	s->bytes[1] = s->is_rtcp ? 200 : 111;
	s->bytes[2] = (uint8_t)(m->seq[stream] >> 8);
	s->bytes[3] = (uint8_t)m->seq[stream]++;
	s->bytes[s->is_rtcp ? 7 : 11] = stream;
	rd_assert((s->is_rtcp ? rd_srtp_protect_rtcp(m->send, s->bytes, &s->len,
						     SIZE)
			      : rd_srtp_protect(m->send, s->bytes, &s->len,
						SIZE)) == RD_OK);
}

static enum rd_err open_copy(struct machine *m, const struct slot *s,
			     const uint8_t *bytes, size_t len)
{
	uint8_t packet[SIZE];

	memcpy(packet, bytes, len);
	return s->is_rtcp ? rd_srtp_unprotect_rtcp(m->receive, packet, &len)
			  : rd_srtp_unprotect(m->receive, packet, &len);
}

static void deliver(struct machine *m, uint8_t argument)
{
	struct slot *s = &m->slots[argument % SLOTS];
	enum rd_err err;

	if (s->len == 0)
		return;
	err = open_copy(m, s, s->bytes, s->len);
	rd_assert(err != RD_OK || !s->was_opened);
	if (!err)
		s->was_opened = true;
}

/* One changed bit, or the end cut off. */
static void forge(struct machine *m, uint8_t which, uint8_t where)
{
	struct slot *s = &m->slots[which % SLOTS];
	uint8_t changed[SIZE];

	if (s->len == 0)
		return;
	memcpy(changed, s->bytes, s->len);
	if (which & 0x80) {
		rd_assert(open_copy(m, s, changed, where % s->len) != RD_OK);
		return;
	}
	changed[where % s->len] ^= (uint8_t)(1 << (which >> 4 & 7));
	rd_assert(open_copy(m, s, changed, s->len) != RD_OK);
}

static void raw(struct machine *m, const uint8_t *data, size_t size)
{
	uint8_t packet[SIZE];
	size_t len = rd_min_size(size, SIZE);

	memcpy(packet, data, len);
	rd_assert(rd_srtp_unprotect(m->receive, packet, &len) != RD_OK);
	memcpy(packet, data, rd_min_size(size, SIZE));
	rd_assert(rd_srtp_unprotect_rtcp(m->receive, packet, &len) != RD_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum rd_srtp_profile profiles[] = {
		RD_SRTP_AES128_CM_SHA1_80,
		RD_SRTP_AES128_CM_SHA1_32,
		RD_SRTP_AEAD_AES_128_GCM,
		RD_SRTP_AEAD_AES_256_GCM,
	};
	static const uint8_t key[RD_SRTP_KEYING_MAX] = "not so very secret";
	struct machine m = { 0 };
	enum rd_srtp_profile profile;
	struct rd_span keying;

	if (size < 1)
		return 0;
	profile = profiles[data[0] % 4];
	keying = rd_span(key,
			 rd_srtp_key_len(profile) + rd_srtp_salt_len(profile));
	if (rd_srtp_open(&m.send, profile, RD_SRTP_SEND, keying) ||
	    rd_srtp_open(&m.receive, profile, RD_SRTP_RECEIVE, keying))
		return 0;
	for (size_t i = 1; i + 2 < size && i < 3000; i += 3) {
		switch (data[i] % 5) {
		case 0:
			protect(&m, data[i + 1]);
			break;
		case 1:
			deliver(&m, data[i + 1]);
			break;
		case 2:
			forge(&m, data[i + 1], data[i + 2]);
			break;
		case 3: /* a gap, forwards so that no index is used twice */
			m.seq[data[i + 1] & 3] += data[i + 2];
			break;
		default:
			raw(&m, data + i, size - i);
			break;
		}
	}
	rd_srtp_close(m.send);
	rd_srtp_close(m.receive);
	return 0;
}
