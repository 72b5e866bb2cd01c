/* tests/fuzz/http/answer_fuzz.c - a server's answer to our WebSocket request
 * is read the same however it is cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first byte says where the bytes are cut.
 */
#include "http/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";
	struct rd_ws_answer part, whole;
	struct rd_span all;
	enum rd_err first, err;
	size_t cut;

	if (size < 2)
		return 0;
	all = rd_span(data + 1, size - 1);
	cut = data[0] * all.len / 256;
	err = rd_ws_read_answer(&whole, all, key, "a, b");
	first = rd_ws_read_answer(&part, rd_span(all.at, cut), key, "a, b");
	if (first != RD_E_AGAIN) {
		rd_assert(first == err || cut >= RD_WS_ANSWER_MOST);
		rd_assert(first != RD_OK ||
			  part.header_bytes == whole.header_bytes);
	}
	if (err != RD_OK)
		return 0;
	rd_assert(whole.status == 101 && whole.header_bytes <= all.len);
	rd_assert(!whole.protocol.len || rd_span_is(whole.protocol, "a") ||
		  rd_span_is(whole.protocol, "b"));
	return 0;
}
