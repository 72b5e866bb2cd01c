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
	const char *reason;
	unsigned short status;
	bool is_vague; /* a Q.850 cause knows better */
	bool is_alarm;
};

/* clang-format off */
/* The final codes of the IANA registry; RFC 3261 21 except where noted.
 * x00 of each class answers for every code that has no row (RFC 3261
 * 8.1.3.2). */
static const struct row rows[] = {
	{ INTERNAL,  300, false, true }, { INTERNAL,  301, false, true },
	{ INTERNAL,  302, false, true }, { INTERNAL,  305, false, true },
	{ INTERNAL,  380, false, true },
	{ INTERNAL,  400, true,  true }, { DOWN,      401, false, true },
	{ DOWN,      402, false, true }, { DOWN,      403, true,  true },
	{ INTERNAL,  404, true,  true }, { INTERNAL,  405, false, true },
	{ INTERNAL,  406, false, true }, { DOWN,      407, false, true },
	{ NO_ANSWER, 408, true,  false }, { INTERNAL,  410, true,  true },
	{ INTERNAL,  412, false, true },  /* RFC 3903 */
	{ INTERNAL,  413, false, true }, { INTERNAL,  414, false, true },
	{ INTERNAL,  415, false, true }, { INTERNAL,  416, false, true },
	{ INTERNAL,  417, false, true },  /* RFC 4412 */
	{ INTERNAL,  420, false, true }, { INTERNAL,  421, false, true },
	{ INTERNAL,  422, false, true },  /* RFC 4028 */
	{ INTERNAL,  423, false, true },
	{ INTERNAL,  424, false, true },  /* RFC 6442 */
	{ INTERNAL,  425, false, true },  /* RFC 8876 */
	{ DOWN,      428, false, true },  /* RFC 8224 */
	{ INTERNAL,  429, false, true },  /* RFC 3892 */
	{ DOWN,      430, false, false }, /* RFC 5626 */
	{ DECLINED,  433, false, false }, /* RFC 5079 */
	{ DOWN,      436, false, true }, { DOWN,      437, false, true },
	{ DOWN,      438, false, true },  /* these three RFC 8224 */
	{ DOWN,      439, false, true },  /* RFC 5626 */
	{ INTERNAL,  440, false, true },  /* RFC 5393 */
	{ INTERNAL,  469, false, true },  /* RFC 6086 */
	{ DECLINED,  470, false, false }, /* RFC 5360 */
	{ NO_ANSWER, 480, true,  false }, { DOWN,      481, true,  false },
	{ INTERNAL,  482, false, true }, { INTERNAL,  483, false, true },
	{ INTERNAL,  484, false, true }, { INTERNAL,  485, false, true },
	{ BUSY,      486, false, false }, { NO_ANSWER, 487, true,  false },
	{ INTERNAL,  488, true,  true },
	{ INTERNAL,  489, false, true },  /* RFC 6665 */
	{ DOWN,      491, false, false }, { INTERNAL,  493, false, true },
	{ DOWN,      494, false, true },  /* RFC 3329 */
	{ DOWN,      500, true,  false }, { DOWN,      501, true,  false },
	{ DOWN,      502, true,  false }, { DOWN,      503, true,  false },
	{ DOWN,      504, true,  false }, { DOWN,      505, false, true },
	{ DOWN,      513, false, true },
	{ DOWN,      555, false, true },  /* RFC 8599 */
	{ DOWN,      580, false, true },  /* RFC 3312 */
	{ BUSY,      600, false, false }, { DECLINED,  603, false, false },
	{ INTERNAL,  604, false, true }, { INTERNAL,  606, false, true },
	{ DECLINED,  607, false, false }, /* RFC 8197 */
	{ DECLINED,  608, false, false }, /* RFC 8688 */
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
