/* base/error.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	const char *text;
	enum rd_err_class whose;
} errors[RD_ERR_COUNT] = {
	[RD_OK] = { "OK", "all well", RD_CLASS_NONE },
#define RD_ERR(name, whose, text)                                              \
	[RD_E_##name] = { #name, text, RD_CLASS_##whose },
#include "base/err.def"
#undef RD_ERR
};

const char *rd_err_name(enum rd_err err)
{
	return (unsigned)err < RD_ERR_COUNT ? errors[err].name : "UNKNOWN";
}

const char *rd_err_text(enum rd_err err)
{
	return (unsigned)err < RD_ERR_COUNT ? errors[err].text
					    : "unknown error";
}

enum rd_err_class rd_err_class(enum rd_err err)
{
	return (unsigned)err < RD_ERR_COUNT ? errors[err].whose : RD_CLASS_OURS;
}

void rd_assert_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "assertion failed: %s at %s:%d\n", what, file, line);
	abort();
}

void rd_complain(struct rd_complaint *c, const char *fmt, ...)
{
	va_list args;

	if (!c)
		return;
	va_start(args, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, args);
	va_end(args);
}
