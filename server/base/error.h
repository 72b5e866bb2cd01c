/* base/error.h - the one error type.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything fallible returns enum rd_err and is RD_MUST_USE.  RD_OK is 0.
 * Thread: any.
 */
#pragma once
#include <stdnoreturn.h>

#define RD_MUST_USE          __attribute__((warn_unused_result))
#define RD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum rd_err {
	RD_OK = 0,
#define RD_ERR(name, whose, text) RD_E_##name,
#include "base/err.def"
#undef RD_ERR
	RD_ERR_COUNT
};

/* Whose fault an error is. */
enum rd_err_class {
	RD_CLASS_NONE,
	RD_CLASS_CALLER,
	RD_CLASS_OURS,
	RD_CLASS_UPSTREAM,
	RD_CLASS_NOBODY,
};

const char *rd_err_name(enum rd_err err); /* "NOMEM"; "OK" for RD_OK */
const char *rd_err_text(enum rd_err err); /* an English sentence */
enum rd_err_class rd_err_class(enum rd_err err);

/* Wrong use by our own code: checked in release too, ends the process.  Bytes
 * from outside never reach it. */
noreturn void rd_assert_failed(const char *what, const char *file, int line);
#define rd_assert(cond)                                                        \
	((cond) ? (void)0 : rd_assert_failed(#cond, __FILE__, __LINE__))

/* A message for a person: what was wrong, where, what would be right. */
struct rd_complaint {
	char text[512];
};
/* Writes the message, cut to fit; c may be NULL. */
void rd_complain(struct rd_complaint *c, const char *fmt, ...) RD_PRINTF(2, 3);
