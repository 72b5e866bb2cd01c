/* provider/number_policy.h - which telephone numbers may be called.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every condition must hold: it is a number in E.164, neither short nor of a
 * range that costs the caller extra, not the number behind which the meetings
 * are, and it begins like one of the allow list.  An empty list allows
 * nothing.  Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"

enum {
	RD_NUMBER_TEXT = 17, /* "+", at most 15 digits (E.164 6), NUL */
	RD_NUMBER_DIGITS_LEAST = 8,
	RD_NUMBER_DIGITS_MOST = 15,
};

struct rd_number_policy {         /* lent */
	const char *const *allow; /* "+1202555": beginnings in E.164 */
	unsigned allow_count;
	bool is_nanp; /* ten digits without a "+" are a North American number */
};

enum rd_number_verdict {
	RD_NUMBER_ALLOWED,
	RD_NUMBER_MALFORMED,
	RD_NUMBER_SHORT,
	RD_NUMBER_PREMIUM,
	RD_NUMBER_RESERVED, /* the meetings' own */
	RD_NUMBER_NOT_LISTED,
};
const char *rd_number_verdict_name(enum rd_number_verdict v); /* for logs */

/* What people write into E.164: blanks, "-", ".", "/" and "(" ")" are dropped,
 * "00" and "011" before a country become "+".  RD_E_FORMAT: it is none. */
RD_MUST_USE enum rd_err rd_number_normalise(struct rd_span text, bool is_nanp,
					    char out[static RD_NUMBER_TEXT]);
/* number: in E.164, as from rd_number_normalise. */
enum rd_number_verdict rd_number_judge(const struct rd_number_policy *policy,
				       const char *number);
/* Both; out is set when it is allowed. */
enum rd_number_verdict rd_number_check(const struct rd_number_policy *policy,
				       struct rd_span text,
				       char out[static RD_NUMBER_TEXT]);
/* Whether text may stand in an allow list: "+" and 1..15 digits. */
bool rd_number_is_beginning(const char *text);
