/* tests/fuzz/wire/stun_fuzz.c - a datagram as STUN: what parses is written and
 * parses to the same; integrity holds for no other byte.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct rd_stun *a, const struct rd_stun *b)
{
	rd_assert(a->class == b->class && a->method == b->method);
	rd_assert(!memcmp(a->id, b->id, sizeof(a->id)));
	rd_assert(rd_span_equal(a->username, b->username));
	rd_assert(a->priority == b->priority && a->role == b->role);
	rd_assert(a->tie_breaker == b->tie_breaker);
	rd_assert(a->is_nominating == b->is_nominating);
	rd_assert(rd_addr_equal(&a->mapped, &b->mapped));
	rd_assert(a->error == b->error);
	rd_assert(rd_span_equal(a->because, b->because));
	if (a->class == RD_STUN_ERROR)
		rd_assert(a->unknown_count == b->unknown_count);
}

static void check_integrity(uint8_t *bytes, size_t len, size_t flip,
			    struct rd_stun_key *key)
{
	struct rd_stun m;

	rd_assert(!rd_stun_parse(&m, rd_span(bytes, len)));
	rd_assert(!rd_stun_check(&m, key));
	rd_assert(rd_stun_has_fingerprint(&m));
	/* The last 8 bytes, the fingerprint, are not covered. */
	bytes[flip % (len - 8)] ^= 1;
	if (!rd_stun_parse(&m, rd_span(bytes, len)))
		rd_assert(rd_stun_check(&m, key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rd_stun_key *key;
	struct rd_span receiver, sender;
	struct rd_stun m, back;
	uint8_t buf[2048];
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	enum rd_err err;

	if (!key && rd_stun_key_open(&key, rd_span_text("password")))
		return 0;
	if (rd_stun_parse(&m, rd_span(data, size)))
		return 0;
	err = rd_stun_check(&m, key);
	(void)err;
	rd_stun_has_fingerprint(&m);
	rd_stun_split_username(&m, &receiver, &sender);

	rd_assert(!rd_stun_encode(&w, &m, key));
	if (rd_writer_len(&w) > RD_STUN_MAX)
		return 0;
	rd_assert(!rd_stun_parse(&back, rd_writer_span(&w)));
	check_same(&m, &back);
	check_integrity(buf, rd_writer_len(&w), size ? data[size - 1] : 0, key);
	return 0;
}
