/* tests/fuzz/identity/discovery_fuzz.c - any bytes as a discovery document:
 * what is taken is a key set on the same host (FZ26).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "base/mem.h"
#include "http/url.h"
#include "identity/discovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_complaint why = { "" };
	char keys_url[RD_URL_MOST + 1];
	struct rd_url url;
	long before = rd_mem_live();
	enum rd_err err;

	err = rd_discovery_read(rd_span(data, size), "https://id.example",
				"https://id.example/.well-known/openid-"
				"configuration",
				keys_url, sizeof(keys_url), &why);
	rd_assert(!err == !why.text[0]);
	if (!err) {
		rd_assert(rd_url_parse(&url, rd_span_text(keys_url)) == RD_OK);
		rd_assert(url.is_secure && !strcmp(url.host, "id.example"));
	}
	rd_assert(rd_mem_live() == before);
	return 0;
}
