/* api/body.h - the bodies of requests.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "call/caller.h"

enum {
	RD_API_DIGITS_MOST = 32,
	RD_API_HINTS_MOST = 16,
	RD_API_RESUME_KEY_MOST = 128,
	RD_API_TAGS_MOST = 8,
	RD_API_TAG_MOST = 32,
};

struct rd_api_start {
	char destination[64];
	char display_name[65];
	bool has_display_name;
	struct rd_attribute hints[RD_API_HINTS_MOST];
	unsigned hint_count;
};
/* RD_E_FORMAT with a sentence in *why; RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_api_read_start(struct rd_api_start *out,
					  struct rd_span body,
					  const char **why);
/* {"on": true}. */
RD_MUST_USE enum rd_err rd_api_read_hold(bool *is_on, struct rd_span body,
					 const char **why);

struct rd_api_rating {
	unsigned score; /* 1..5 */
	char tags[RD_TAGS_TEXT];
};
/* {"score": 4, "tags": ["echo"]}; tags may be absent. */
RD_MUST_USE enum rd_err rd_api_read_rating(struct rd_api_rating *out,
					   struct rd_span body,
					   const char **why);
/* {"resumeKey": "..."}. */
RD_MUST_USE enum rd_err rd_api_read_resume(
	char key[static RD_API_RESUME_KEY_MOST + 1], struct rd_span body,
	const char **why);
RD_MUST_USE enum rd_err rd_api_read_digits(
	char out[static RD_API_DIGITS_MOST + 1], struct rd_span body,
	const char **why);
