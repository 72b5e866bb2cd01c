/* tests/fuzz/secure/dtls_fuzz.c - any datagrams at a DTLS server, and then the
 * peer it waits for still gets through (FZ22).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input is a list of datagrams, each behind two bytes: its length and how
 * long to wait before it.
 */
#include <stdint.h>

#include "secure/dtls.h"
#include "../../virtual_clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd_dtls_identity *ours, *theirs;

static void empty(struct rd_dtls *d)
{
	struct rd_span out;

	while (rd_dtls_poll(d, virtual_ms, &out))
		rd_assert(out.len <= RD_DTLS_MTU);
}

/* Everything one side says reaches the other at once. */
static void pass(struct rd_dtls *from, struct rd_dtls *to)
{
	struct rd_span out;

	while (rd_dtls_poll(from, virtual_ms, &out))
		rd_dtls_feed(to, out, virtual_ms);
}

static void expect(struct rd_fingerprint *f, struct rd_dtls_identity *id)
{
	rd_assert(rd_fingerprint_parse(
			  f, rd_span_text(rd_dtls_identity_fingerprint(id))) ==
		  RD_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_fingerprint of_theirs, of_ours;
	struct rd_dtls *server, *client;
	uint64_t start_ms;

	if (!ours &&
	    (rd_dtls_identity_open(&ours) || rd_dtls_identity_open(&theirs)))
		return 0;
	expect(&of_theirs, theirs);
	expect(&of_ours, ours);
	start_ms = virtual_ms;
	if (rd_dtls_open(&server, ours, RD_DTLS_SERVER, &of_theirs, virtual_ms))
		return 0;
	for (size_t i = 0; i + 3 < size;) {
		size_t len =
			rd_min_size((size_t)data[i] << 3 | 7, size - i - 2);

		if (virtual_ms - start_ms < 5000)
			virtual_ms += data[i + 1];
		rd_dtls_feed(server, rd_span(data + i + 2, len), virtual_ms);
		empty(server);
		i += 2 + len;
	}
	rd_assert(rd_dtls_state(server) == RD_DTLS_HANDSHAKE);
	if (!rd_dtls_open(&client, theirs, RD_DTLS_CLIENT, &of_ours,
			  virtual_ms)) {
		while (rd_dtls_state(server) == RD_DTLS_HANDSHAKE) {
			pass(client, server);
			pass(server, client);
			virtual_ms += 10;
		}
		rd_assert(rd_dtls_state(server) == RD_DTLS_READY);
		rd_dtls_close(client);
	}
	rd_dtls_close(server);
	return 0;
}
