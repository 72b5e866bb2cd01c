/* call/reason.c - the reasons' codes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "call/call.h"

static const char *const codes[RD_REASON_COUNT] = {
	[RD_REASON_NONE] = "",
#define RD_REASON(name, code) [RD_REASON_##name] = code,
#include "call/reason.def"
#undef RD_REASON
};

static const char *const sides[] = { "", "caller", "advisor", "system" };

const char *rd_reason_code(enum rd_reason reason)
{
	return (unsigned)reason < RD_REASON_COUNT ? codes[reason] : "internal";
}

enum rd_reason rd_reason_parse(struct rd_span code)
{
	for (unsigned i = 1; i < RD_REASON_COUNT; i++)
		if (rd_span_is(code, codes[i]))
			return (enum rd_reason)i;
	return RD_REASON_NONE;
}

const char *rd_ended_by_name(enum rd_ended_by by)
{
	return (unsigned)by < RD_COUNT(sides) ? sides[by] : "";
}
