/* tests/fuzz/http/url_fuzz.c - what parses is within its bounds, and its
 * origin parses to the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char origin[RD_URL_ORIGIN_TEXT];
	struct rd_url url, again;

	if (rd_url_parse(&url, rd_span(data, size)) != RD_OK) {
		rd_assert(!rd_url_is_origin(rd_span(data, size)));
		return 0;
	}
	rd_assert(url.port != 0 && url.target.len > 0 && url.host[0]);
	rd_assert(url.target.at[0] == '/');
	rd_url_origin(&url, origin);
	rd_assert(rd_url_parse(&again, rd_span_text(origin)) == RD_OK);
	rd_assert(!strcmp(url.host, again.host) && url.port == again.port);
	rd_assert(url.is_secure == again.is_secure && url.is_ip == again.is_ip);
	rd_assert(!url.is_ip || rd_addr_equal(&url.ip, &again.ip));
	rd_assert(url.is_websocket || rd_url_is_origin(rd_span_text(origin)));
	rd_assert(rd_url_is_loopback(&url) == rd_url_is_loopback(&again));
	return 0;
}
