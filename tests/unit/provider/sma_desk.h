/* tests/unit/provider/sma_desk.h - drives the machine of one call by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <stdio.h>

#include "provider/sma_call.h"
#include "testing.h"

#define RESPONSE(actions) "{\"SchemaVersion\":\"1.0\",\"Actions\":" actions "}"
#define KEEP              "{\"SchemaVersion\":\"1.0\"}"

static const char *const desk_numbers[] = { "+12025550100" };
static const struct rd_sma_pair desk_arguments[] = {
	{ "MeetingId", "a0b1c2d3-0000-4000-8000-00000000abcd" },
	{ "Dial", "+12025550123" },
};
static const struct rd_sma_call_cfg desk_cfg = {
	.transaction_id = "c0ffee00-1111-4222-8333-444444444444",
	.application_id = "sma-example-1",
	.account = "111122223333",
	.region = "us-east-1",
	.from = "+12025550100",
	.to = "+17035550122",
	.arguments = desk_arguments,
	.argument_count = RD_COUNT(desk_arguments),
	.phone_numbers = desk_numbers,
	.phone_number_count = RD_COUNT(desk_numbers),
	.wall_offset_ms = 1772618000000,
	.first_answer_ms = 5000,
	.last_answer_ms = 20000,
};

struct desk {
	struct rd_sma_call *call;
	uint64_t now_ms;
	struct rd_sma_order order;
	struct rd_json *event; /* of the last invocation */
	uint32_t asked;        /* its serial */
	uint32_t serial;       /* of the last order */
};

static inline void desk_open(struct desk *d)
{
	*d = (struct desk){ .now_ms = 125 };
	CHECK_OK(rd_sma_call_open(&d->call, &desk_cfg, d->now_ms));
}

static inline void desk_close(struct desk *d)
{
	rd_sma_call_close(d->call);
	rd_json_close(d->event);
}

static inline const char *desk_text(const struct desk *d, const char *path)
{
	const char *text = rd_json_string(rd_json_path(d->event, path));

	return text ? text : "";
}

static inline void desk_order(struct desk *d, enum rd_sma_order_kind kind)
{
	CHECK_OK(rd_sma_call_poll(d->call, d->now_ms, &d->order));
	if (d->order.kind == RD_SMA_INVOKE && kind != RD_SMA_INVOKE)
		printf("%.*s\n", (int)d->order.event.len,
		       (const char *)d->order.event.at);
	CHECK_EQ(d->order.kind, kind);
	d->serial = d->order.serial;
}

static inline void desk_nothing(struct desk *d)
{
	CHECK_ERR(rd_sma_call_poll(d->call, d->now_ms, &d->order), RD_E_AGAIN);
}

/* The handler is told type. */
static inline void desk_told(struct desk *d, const char *type)
{
	desk_order(d, RD_SMA_INVOKE);
	rd_json_close(d->event);
	CHECK_OK(rd_json_open(&d->event, d->order.event, NULL));
	CHECK_TEXT(desk_text(d, "InvocationEventType"), type);
	CHECK_TEXT(desk_text(d, "SchemaVersion"), "1.0");
	d->asked = d->order.serial;
}

static inline void desk_answer(struct desk *d, const char *response)
{
	CHECK_OK(rd_sma_call_response(d->call, d->asked,
				      rd_span_text(response)));
}

static inline void desk_told_and_answer(struct desk *d, const char *type,
					const char *response)
{
	desk_told(d, type);
	desk_answer(d, response);
}

static inline void desk_feed(struct desk *d, struct rd_sma_news news)
{
	CHECK_OK(rd_sma_call_feed(d->call, &news, d->now_ms));
}

static inline void desk_leg(struct desk *d, enum rd_sma_news_kind kind,
			    enum rd_sma_leg leg, unsigned sip_status)
{
	desk_feed(d, (struct rd_sma_news){ .kind = kind,
					   .leg = leg,
					   .sip_status = sip_status });
}

static inline void desk_digits(struct desk *d, enum rd_sma_leg leg,
			       const char *digits)
{
	for (; *digits; digits++)
		desk_feed(d, (struct rd_sma_news){ .kind = RD_SMA_DIGIT,
						   .leg = leg,
						   .digit = *digits });
}

/* What was ordered last is done. */
static inline void desk_done(struct desk *d)
{
	desk_feed(d, (struct rd_sma_news){ .kind = RD_SMA_DONE,
					   .serial = d->serial });
}

/* Jumps to when it wants to be asked again. */
static inline void desk_wait(struct desk *d)
{
	uint64_t due_ms = rd_sma_call_due_ms(d->call);

	CHECK(due_ms != RD_NEVER && due_ms >= d->now_ms);
	d->now_ms = due_ms;
}

/* LEG-A is up and CALL_ANSWERED waits for its answer. */
static inline void desk_until_answered(struct desk *d)
{
	desk_open(d);
	desk_told_and_answer(d, "NEW_OUTBOUND_CALL", KEEP);
	desk_order(d, RD_SMA_CALL);
	desk_nothing(d);
	desk_leg(d, RD_SMA_ANSWERED, RD_SMA_LEG_A, 0);
	desk_told(d, "CALL_ANSWERED");
}

static inline void desk_until(struct desk *d, const char *response)
{
	desk_until_answered(d);
	desk_answer(d, response);
}

#define BRIDGE                                                                 \
	"{\"Type\":\"CallAndBridge\",\"Parameters\":{"                         \
	"\"CallTimeoutSeconds\":30,\"CallerIdNumber\":\"+12025550100\","       \
	"\"Endpoints\":[{\"BridgeEndpointType\":\"PSTN\","                     \
	"\"Uri\":\"+12025550123\"}]}}"

static inline void desk_until_bridged(struct desk *d)
{
	desk_until(d, RESPONSE("[" BRIDGE "]"));
	desk_order(d, RD_SMA_BRIDGE);
	desk_nothing(d);
	desk_leg(d, RD_SMA_ANSWERED, RD_SMA_LEG_B, 0);
	desk_told(d, "ACTION_SUCCESSFUL");
}
