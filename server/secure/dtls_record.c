/* secure/dtls_record.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/dtls_record.h"

enum {
	HEADER_LEN = 13,           /* RFC 6347 4.1 */
	HANDSHAKE_HEADER_LEN = 12, /* RFC 6347 4.2.2 */
	TYPE_CHANGE_CIPHER = 20,
	TYPE_ALERT = 21,
	TYPE_HANDSHAKE = 22,
	TYPE_DATA = 23,
	CLIENT_HELLO = 1,
	/* A protected Finished: nonce 8, header 12, verify_data 12, tag 16. */
	FINISHED_MAX = 48,
};

struct record {
	uint8_t type;
	uint16_t epoch;
	struct rd_span whole;
	struct rd_span body;
};

static bool next_record(struct rd_reader *r, struct record *out)
{
	const uint8_t *start = r->at;
	uint16_t version;

	out->type = rd_read_u8(r);
	version = rd_read_u16(r);
	out->epoch = rd_read_u16(r);
	rd_read_bytes(r, 6); /* sequence number */
	out->body = rd_read_span(r, rd_read_u16(r));
	if (r->failed || out->type < TYPE_CHANGE_CIPHER ||
	    out->type > TYPE_DATA || (version != 0xfeff && version != 0xfefd))
		return false;
	out->whole = rd_span(start, HEADER_LEN + out->body.len);
	return true;
}

/* Whether body begins with the first fragment of a ClientHello that reaches
 * behind its random; a later fragment cannot begin anything. */
static bool begins_hello(const struct record *record, uint8_t *random)
{
	struct rd_reader r = rd_reader(record->body);
	const uint8_t *bytes;
	uint8_t type;
	uint16_t message;
	unsigned offset_high, offset_low;

	if (record->type != TYPE_HANDSHAKE || record->epoch != 0)
		return false;
	type = rd_read_u8(&r);
	rd_read_bytes(&r, 3); /* length */
	message = rd_read_u16(&r);
	offset_high = rd_read_u8(&r);
	offset_low = rd_read_u16(&r);
	rd_read_bytes(&r, 3); /* length of the fragment */
	rd_read_u16(&r);      /* client_version */
	bytes = rd_read_bytes(&r, RD_DTLS_RANDOM_LEN);
	if (!bytes || type != CLIENT_HELLO || message != 0 || offset_high ||
	    offset_low)
		return false;
	memcpy(random, bytes, RD_DTLS_RANDOM_LEN);
	return true;
}

static bool passes(const struct record *record, enum rd_dtls_sieve sieve,
		   const struct rd_dtls_sifted *so_far)
{
	switch (sieve) {
	case RD_DTLS_ONLY_HELLO:
		/* A small fragment may share the datagram with the rest. */
		return so_far->has_hello && record->epoch == 0 &&
		       record->type == TYPE_HANDSHAKE;
	case RD_DTLS_NO_PLAIN_ALERT:
		return record->epoch != 0 || record->type == TYPE_HANDSHAKE ||
		       record->type == TYPE_CHANGE_CIPHER;
	case RD_DTLS_WITH_ALERTS:
		return record->epoch != 0 || record->type != TYPE_DATA;
	case RD_DTLS_ONLY_PROTECTED:
		/* A repeated Finished must be answered (RFC 6347 4.2.4); what
		 * is longer would be a second handshake. */
		return record->epoch != 0 && (record->type != TYPE_HANDSHAKE ||
					      record->body.len <= FINISHED_MAX);
	}
	return false;
}

void rd_dtls_sift(struct rd_span datagram, enum rd_dtls_sieve sieve,
		  struct rd_dtls_sifted *out)
{
	struct rd_reader r = rd_reader(datagram);
	uint8_t random[RD_DTLS_RANDOM_LEN];
	struct record record;

	out->len = 0;
	out->dropped = 0;
	out->has_hello = false;
	if (datagram.len > RD_DTLS_DATAGRAM_MAX) {
		out->dropped = 1;
		return;
	}
	while (rd_reader_left(&r) > 0) {
		if (!next_record(&r, &record)) {
			out->dropped++;
			return;
		}
		if (!out->has_hello && sieve != RD_DTLS_ONLY_PROTECTED &&
		    begins_hello(&record, random)) {
			out->has_hello = true;
			memcpy(out->random, random, sizeof(random));
		}
		if (!passes(&record, sieve, out)) {
			out->dropped++;
			continue;
		}
		memcpy(out->bytes + out->len, record.whole.at,
		       record.whole.len);
		out->len += record.whole.len;
	}
}
