/* base/log.h - one event, one line, as key=value.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * rd_log(RD_LOG_WARN, "trunk", "call=%s event=\"trunk refused\" code=%u", ...)
 * prints   2026-11-21T09:00:00.123Z warn trunk call=... event="..." code=486
 *
 * The line is formatted by the caller and written by a writer thread, so that
 * a blocked sink never blocks a call; lines that find the queue full are
 * counted and the count is printed later.  More than 10 lines a second with
 * the same format string are folded into one with their number.
 * Never in a media thread.  Thread: any other.
 */
#pragma once
#include "base/error.h"
#include "base/span.h"

enum rd_log_level {
	RD_LOG_ERROR,
	RD_LOG_WARN,
	RD_LOG_INFO,
	RD_LOG_DEBUG
};

/* Starts the writer on descriptor fd (it stays the caller's).  Before open
 * and after close, lines go straight to standard error. */
RD_MUST_USE enum rd_err rd_log_open(int fd, enum rd_log_level level);
void rd_log_close(void); /* writes what is queued, for at most 1 s */
void rd_log_set_level(enum rd_log_level level);
enum rd_log_level rd_log_get_level(void);
/* "error", "warn", "info", "debug"; false for anything else. */
bool rd_log_level_parse(const char *text, enum rd_log_level *out);
uint64_t rd_log_dropped(void);

/* Control characters, quotes, backslashes and bytes of invalid UTF-8 are
 * escaped in what %s prints only through rd_log_value. */
void rd_log(enum rd_log_level level, const char *area, const char *fmt, ...)
	RD_PRINTF(3, 4);

enum {
	RD_LOG_VALUE = 256
};
/* text as a quoted, escaped value, cut to fit; buf holds RD_LOG_VALUE bytes.
 * Returns buf.  Everything from outside passes through here (T28). */
const char *rd_log_value(struct rd_span text, char *buf);
/* A telephone number or account name with only its last two characters. */
const char *rd_mask_number(const char *number, char buf[static 32]);
