/* tests/fuzz/app/gateway_event_fuzz.c - any bytes as an event of API Gateway.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(const struct rd_gateway_request *r, const char *name)
{
	unsigned count = rd_gateway_header_count(r, name);
	const char *value = rd_gateway_header(r, name);

	rd_assert(count <= 2);
	rd_assert(!value || count == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_gateway_request r;
	struct rd_json *event;
	long before = rd_mem_live();

	if (rd_json_open(&event, rd_span(data, size), NULL))
		return 0;
	if (!rd_gateway_request_init(&r, event)) {
		rd_assert(r.method && r.path);
		rd_assert(r.body.len <= RD_GATEWAY_MOST_BODY);
		rd_assert(!r.is_too_large || r.body.len == 0);
		check_header(&r, "authorization");
		check_header(&r, "Origin");
		rd_gateway_request_fini(&r);
	}
	rd_json_close(event);
	rd_assert(rd_mem_live() == before);
	return 0;
}
