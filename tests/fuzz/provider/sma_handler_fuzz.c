/* tests/fuzz/provider/sma_handler_fuzz.c - any bytes as an event: the response
 * is one that the service takes, and the same the second time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "../../sma_response.h"
#include "provider/sma_handler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const allow[] = { "+1202555" };
static const struct rd_sma_policy policy = { .allow = allow, .allow_count = 1 };

static bool has_telephone(const struct rd_json *event)
{
	const struct rd_json *all =
		rd_json_path(event, "CallDetails.Participants");

	for (size_t i = 0; i < rd_json_count(all) && i < 16; i++) {
		const char *tag =
			rd_json_member(rd_json_at(all, i), "ParticipantTag");

		if (tag && rd_text_equal_nocase(rd_span_text(tag), "LEG-B"))
			return true;
	}
	return false;
}

static void check(const struct rd_json *event, struct rd_span response)
{
	const char *type = rd_json_member(event, "InvocationEventType");
	const char *state = rd_json_member(
		rd_json_path(event, "CallDetails.TransactionAttributes"),
		"State");
	struct rd_json *document;

	if (!type)
		type = rd_json_member(event, "InvocationEvent");
	rd_assert(rd_json_open(&document, response, NULL) == RD_OK);
	if (sma_check_response(document, allow[0]) > 0)
		rd_assert(type && !strcmp(type, "CALL_ANSWERED") && state &&
			  !strcmp(state, "new") && !has_telephone(event));
	rd_json_close(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[RD_SMA_RESPONSE], second[RD_SMA_RESPONSE];
	struct rd_json_out a = rd_json_out(first, sizeof(first));
	struct rd_json_out b = rd_json_out(second, sizeof(second));
	struct rd_json *event;
	long before = rd_mem_live();

	if (rd_json_open(&event, rd_span(data, size), NULL))
		return 0;
	if (!rd_sma_handle(&policy, event, &a)) {
		check(event, rd_json_done(&a));
		rd_assert(!rd_sma_handle(&policy, event, &b));
		rd_assert(rd_span_equal(rd_json_done(&a), rd_json_done(&b)));
	} else {
		rd_assert(rd_writer_len(&a.w) == 0);
	}
	rd_json_close(event);
	rd_assert(rd_mem_live() == before);
	return 0;
}
