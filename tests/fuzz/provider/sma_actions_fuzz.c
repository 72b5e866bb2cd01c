/* tests/fuzz/provider/sma_actions_fuzz.c - a handler's responses: whatever it
 * answers, what is ordered is within its bounds and the call comes to an end.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Up to the first NUL: the response to every event.  After it, what happens,
 * one byte each.
 */
#include "base/timer.h"
#include "provider/sma_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ANSWERS = 6,
	ORDERS = 64,
	HAPPENINGS = 32,
};

static const char *const numbers[] = { "+12025550100" };
static const struct rd_sma_call_cfg cfg = {
	.transaction_id = "c0ffee00-1111-4222-8333-444444444444",
	.application_id = "sma-example-1",
	.account = "111122223333",
	.region = "us-east-1",
	.from = "+12025550100",
	.to = "+17035550122",
	.phone_numbers = numbers,
	.phone_number_count = 1,
	.first_answer_ms = 5000,
	.last_answer_ms = 20000,
};

struct run {
	struct rd_sma_call *call;
	struct rd_span response;
	uint64_t now_ms;
	uint32_t serial;
	unsigned answers;
	bool is_over;
};

static void check_prompt(const struct rd_sma_prompt *p)
{
	rd_assert(p->bucket ? p->key && *p->key : p->text && *p->text);
}

static void check(struct run *r, const struct rd_sma_order *o)
{
	rd_assert(!r->is_over && (unsigned)o->leg < RD_SMA_LEGS);
	switch (o->kind) {
	case RD_SMA_PLAY:
		check_prompt(o->prompt);
		break;
	case RD_SMA_SEND:
		rd_assert(*o->digits && strlen(o->digits) <= RD_SMA_DIGIT_RUN &&
			  strspn(o->digits, "0123456789*#ABCD") ==
				  strlen(o->digits));
		break;
	case RD_SMA_BRIDGE:
		rd_assert(rd_sma_is_e164(o->action->caller_id) &&
			  (o->action->is_connector
				   ? o->action->arn != NULL
				   : rd_sma_is_e164(o->action->uri)));
		break;
	case RD_SMA_OVER:
		r->is_over = true;
		break;
	default:
		break;
	}
	if (o->kind != RD_SMA_INVOKE)
		r->serial = o->serial;
}

/* A handler that answers all with the same may go round for ever: after a few
 * times it has nothing more to say. */
static void respond(struct run *r, uint32_t serial)
{
	static const char keep[] = "{\"SchemaVersion\":\"1.0\"}";
	struct rd_span response =
		r->answers++ < ANSWERS ? r->response : rd_span_text(keep);

	rd_assert(rd_sma_call_response(r->call, serial, response) == RD_OK);
}

/* Until nothing is left to be done. */
static void settle(struct run *r)
{
	struct rd_sma_order o;

	for (unsigned i = 0;
	     i < ORDERS && rd_sma_call_poll(r->call, r->now_ms, &o) == RD_OK;
	     i++) {
		check(r, &o);
		if (o.kind == RD_SMA_INVOKE)
			respond(r, o.serial);
	}
}

static void happen(struct run *r, uint8_t byte)
{
	static const char digits[] = "0123456789*#ABCD";
	struct rd_sma_news news = {
		.kind = (enum rd_sma_news_kind)(byte % 6),
		.leg = (enum rd_sma_leg)(byte >> 3 & 1),
		.serial = r->serial,
		.digit = digits[byte >> 4],
		.error = RD_SMA_SYSTEM,
		.why = "it did not work",
	};
	uint64_t due_ms = rd_sma_call_due_ms(r->call);

	if (byte % 8 == 6 && due_ms != RD_NEVER)
		r->now_ms = rd_max_u64(r->now_ms, due_ms);
	else if (byte % 8 == 7)
		rd_assert(rd_sma_call_update(r->call, NULL, 0) != RD_E_NOMEM);
	else
		rd_assert(rd_sma_call_feed(r->call, &news, r->now_ms) == RD_OK);
	settle(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	struct run r = { .response = rd_span(data, len), .now_ms = 1 };

	if (size > 16384)
		return 0;
	rd_assert(rd_sma_call_open(&r.call, &cfg, r.now_ms) == RD_OK);
	settle(&r);
	rd_assert(rd_sma_call_feed(r.call,
				   &(struct rd_sma_news){
					   .kind = RD_SMA_ANSWERED },
				   r.now_ms) == RD_OK);
	settle(&r);
	for (size_t i = len + 1; i < size && i < len + HAPPENINGS; i++)
		happen(&r, data[i]);
	rd_sma_call_close(r.call);
	return 0;
}
