/* trunk/sip_reason.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/sip_reason.h"

#define BUSY      "busy"
#define NO_ANSWER "no_answer"
#define DECLINED  "declined"
#define DOWN      "provider_down"
#define INTERNAL  "internal"

struct row {
	unsigned short status;
	const char *reason;
	bool is_vague; /* a Q.850 cause knows better */
	bool is_alarm;
};

/* clang-format off */
/* The final codes of the IANA registry; RFC 3261 21 except where noted.
 * x00 of each class answers for every code that has no row (RFC 3261
 * 8.1.3.2). */
static const struct row rows[] = {
	{ 300, INTERNAL,  false, true },  { 301, INTERNAL,  false, true },
	{ 302, INTERNAL,  false, true },  { 305, INTERNAL,  false, true },
	{ 380, INTERNAL,  false, true },
	{ 400, INTERNAL,  true,  true },  { 401, DOWN,      false, true },
	{ 402, DOWN,      false, true },  { 403, DOWN,      true,  true },
	{ 404, INTERNAL,  true,  true },  { 405, INTERNAL,  false, true },
	{ 406, INTERNAL,  false, true },  { 407, DOWN,      false, true },
	{ 408, NO_ANSWER, true,  false }, { 410, INTERNAL,  true,  true },
	{ 412, INTERNAL,  false, true },  /* RFC 3903 */
	{ 413, INTERNAL,  false, true },  { 414, INTERNAL,  false, true },
	{ 415, INTERNAL,  false, true },  { 416, INTERNAL,  false, true },
	{ 417, INTERNAL,  false, true },  /* RFC 4412 */
	{ 420, INTERNAL,  false, true },  { 421, INTERNAL,  false, true },
	{ 422, INTERNAL,  false, true },  /* RFC 4028 */
	{ 423, INTERNAL,  false, true },
	{ 424, INTERNAL,  false, true },  /* RFC 6442 */
	{ 425, INTERNAL,  false, true },  /* RFC 8876 */
	{ 428, DOWN,      false, true },  /* RFC 8224 */
	{ 429, INTERNAL,  false, true },  /* RFC 3892 */
	{ 430, DOWN,      false, false }, /* RFC 5626 */
	{ 433, DECLINED,  false, false }, /* RFC 5079 */
	{ 436, DOWN,      false, true },  { 437, DOWN, false, true },
	{ 438, DOWN,      false, true },  /* these three RFC 8224 */
	{ 439, DOWN,      false, true },  /* RFC 5626 */
	{ 440, INTERNAL,  false, true },  /* RFC 5393 */
	{ 469, INTERNAL,  false, true },  /* RFC 6086 */
	{ 470, DECLINED,  false, false }, /* RFC 5360 */
	{ 480, NO_ANSWER, true,  false }, { 481, DOWN,      true,  false },
	{ 482, INTERNAL,  false, true },  { 483, INTERNAL,  false, true },
	{ 484, INTERNAL,  false, true },  { 485, INTERNAL,  false, true },
	{ 486, BUSY,      false, false }, { 487, NO_ANSWER, true,  false },
	{ 488, INTERNAL,  true,  true },
	{ 489, INTERNAL,  false, true },  /* RFC 6665 */
	{ 491, DOWN,      false, false }, { 493, INTERNAL,  false, true },
	{ 494, DOWN,      false, true },  /* RFC 3329 */
	{ 500, DOWN,      true,  false }, { 501, DOWN,      true,  false },
	{ 502, DOWN,      true,  false }, { 503, DOWN,      true,  false },
	{ 504, DOWN,      true,  false }, { 505, DOWN,      false, true },
	{ 513, DOWN,      false, true },
	{ 555, DOWN,      false, true },  /* RFC 8599 */
	{ 580, DOWN,      false, true },  /* RFC 3312 */
	{ 600, BUSY,      false, false }, { 603, DECLINED,  false, false },
	{ 604, INTERNAL,  false, true },  { 606, INTERNAL,  false, true },
	{ 607, DECLINED,  false, false }, /* RFC 8197 */
	{ 608, DECLINED,  false, false }, /* RFC 8688 */
};

/* ITU-T Q.850 table 1, the causes a caller should hear apart. */
static const struct { unsigned char cause; const char *reason; } causes[] = {
	{ 1, INTERNAL },  /* unallocated number */
	{ 2, DOWN },      { 3, DOWN },      /* no route */
	{ 17, BUSY },
	{ 18, NO_ANSWER }, { 19, NO_ANSWER }, { 20, NO_ANSWER },
	{ 21, DECLINED },
	{ 22, INTERNAL }, /* number changed */
	{ 27, DOWN },     /* destination out of order */
	{ 28, INTERNAL }, /* invalid number format */
	{ 34, DOWN }, { 38, DOWN }, { 41, DOWN }, { 42, DOWN },
	{ 47, DOWN }, { 58, DOWN }, { 63, DOWN }, { 102, DOWN }, { 127, DOWN },
};
/* clang-format on */

static const struct row *row_of(unsigned status)
{
	const struct row *general = NULL;

	for (size_t i = 0; i < RD_COUNT(rows); i++) {
		if (rows[i].status == status)
			return &rows[i];
		if (rows[i].status == status / 100 * 100)
			general = &rows[i];
	}
	return general;
}

static const char *reason_of_cause(unsigned cause)
{
	for (size_t i = 0; i < RD_COUNT(causes); i++)
		if (causes[i].cause == cause)
			return causes[i].reason;
	return NULL;
}

const char *rd_sip_reason(unsigned status, unsigned cause)
{
	const char *by_cause = reason_of_cause(cause);
	const struct row *row;

	if (status < 300)
		return by_cause;
	row = row_of(status);
	if (!row)
		return INTERNAL;
	return row->is_vague && by_cause ? by_cause : row->reason;
}

bool rd_sip_reason_is_alarm(unsigned status)
{
	const struct row *row = status < 300 ? NULL : row_of(status);

	return row && row->is_alarm;
}
