/* base/log.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/text.h"

enum {
	LINE_BYTES = 1024,
	QUEUE_LINES = 1024,
	FOLD_SLOTS = 256,
	LINES_PER_S = 10, /* threats-and-faults section 2 */
};

struct line {
	uint16_t len; /* 0 = the writer shall end */
	char text[LINE_BYTES];
};

/* How many lines of one format string went out in the current second. */
struct fold {
	const char *fmt;
	uint64_t second;
	unsigned count;
};

static struct {
	struct rd_mailbox *queue;
	pthread_t writer;
	int fd;
	bool is_open;

	atomic_int level;
	atomic_ullong dropped;
	pthread_mutex_t fold_lock;
	struct fold folds[FOLD_SLOTS];
} logger = { .fd = STDERR_FILENO,
	     .level = RD_LOG_INFO,
	     .fold_lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static void write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void *write_lines(void *arg)
{
	struct pollfd p = { rd_mailbox_fd(logger.queue), POLLIN, 0 };
	struct line l;
	uint64_t said = 0;

	(void)arg;
	for (;;) {
		poll(&p, 1, -1);
		rd_mailbox_acknowledge(logger.queue);
		while (rd_mailbox_pop(logger.queue, &l) == RD_OK) {
			uint64_t dropped = rd_log_dropped();

			if (l.len == 0)
				return NULL;
			write_all(logger.fd, l.text, l.len);
			if (dropped != said) {
				int n = snprintf(l.text, sizeof(l.text),
						 "warn log event=\"lines "
						 "dropped\" count=%llu\n",
						 (unsigned long long)(dropped -
								      said));

				said = dropped;
				write_all(logger.fd, l.text, (size_t)n);
			}
		}
	}
}

enum rd_err rd_log_open(int fd, enum rd_log_level level)
{
	enum rd_err err;

	rd_assert(!logger.is_open);
	err = rd_mailbox_open(&logger.queue, QUEUE_LINES, sizeof(struct line));
	if (err)
		return err;
	logger.fd = fd;
	rd_log_set_level(level);
	if (pthread_create(&logger.writer, NULL, write_lines, NULL)) {
		rd_mailbox_close(logger.queue);
		return RD_E_IO;
	}
	logger.is_open = true;
	return RD_OK;
}

void rd_log_close(void)
{
	struct line end = { 0 };
	struct timespec until;

	if (!logger.is_open)
		return;
	logger.is_open = false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1;
	/* A sink that blocks for ever may keep its thread and its queue. */
	if (rd_mailbox_push(logger.queue, &end) == RD_OK &&
	    pthread_timedjoin_np(logger.writer, NULL, &until) == 0)
		rd_mailbox_close(logger.queue);
	logger.queue = NULL;
}

void rd_log_set_level(enum rd_log_level level)
{
	atomic_store(&logger.level, (int)level);
}

enum rd_log_level rd_log_get_level(void)
{
	return (enum rd_log_level)atomic_load(&logger.level);
}

bool rd_log_level_parse(const char *text, enum rd_log_level *out)
{
	for (int i = 0; i < 4; i++) {
		if (strcmp(text, level_names[i]) != 0)
			continue;
		*out = (enum rd_log_level)i;
		return true;
	}
	return false;
}

uint64_t rd_log_dropped(void)
{
	return atomic_load(&logger.dropped);
}

/* Whether this line may go out; *folded says how many before it did not. */
static bool may_pass(const char *fmt, uint64_t second, unsigned *folded)
{
	struct fold *f = &logger.folds[((uintptr_t)fmt >> 3) % FOLD_SLOTS];
	bool may;

	*folded = 0;
	pthread_mutex_lock(&logger.fold_lock);
	if (f->fmt != fmt || f->second != second) {
		if (f->fmt == fmt && f->count > LINES_PER_S)
			*folded = f->count - LINES_PER_S;
		*f = (struct fold){ fmt, second, 0 };
	}
	may = ++f->count <= LINES_PER_S;
	pthread_mutex_unlock(&logger.fold_lock);
	return may;
}

static size_t put_prefix(char *at, size_t size, enum rd_log_level level,
			 const char *area, uint64_t wall_ms)
{
	time_t second = (time_t)(wall_ms / 1000);
	struct tm tm;
	size_t n;

	gmtime_r(&second, &tm);
	n = strftime(at, size, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(at + n, size - n, ".%03uZ %s %s ",
			      (unsigned)(wall_ms % 1000), level_names[level],
			      area);
	return n;
}

void rd_log(enum rd_log_level level, const char *area, const char *fmt, ...)
{
	uint64_t wall_ms = rd_clock_wall_ms();
	struct line l;
	unsigned folded;
	va_list args;
	size_t n;
	int more;

	if ((int)level > atomic_load(&logger.level) ||
	    !may_pass(fmt, wall_ms / 1000, &folded))
		return;
	n = put_prefix(l.text, sizeof(l.text), level, area, wall_ms);
	va_start(args, fmt);
	more = vsnprintf(l.text + n, sizeof(l.text) - n - 32, fmt, args);
	va_end(args);
	if (more > 0)
		n += (size_t)more < sizeof(l.text) - n - 32
			     ? (size_t)more
			     : sizeof(l.text) - n - 33;
	if (folded)
		n += (size_t)snprintf(l.text + n, sizeof(l.text) - n,
				      " folded=%u", folded);
	l.text[n++] = '\n';
	l.len = (uint16_t)n;

	if (!logger.is_open)
		write_all(logger.fd, l.text, n);
	else if (rd_mailbox_push(logger.queue, &l) != RD_OK)
		atomic_fetch_add(&logger.dropped, 1);
}

const char *rd_log_value(struct rd_span text, char *buf)
{
	static const char digits[] = "0123456789abcdef";
	bool is_utf8 = rd_utf8_is_valid(text);
	size_t n = 0;

	buf[n++] = '"';
	for (size_t i = 0; i < text.len && n < RD_LOG_VALUE - 6; i++) {
		uint8_t c = text.at[i];

		if (c == '"' || c == '\\') {
			buf[n++] = '\\';
			buf[n++] = (char)c;
		} else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !is_utf8)) {
			buf[n++] = '\\';
			buf[n++] = 'x';
			buf[n++] = digits[c >> 4];
			buf[n++] = digits[c & 15];
		} else {
			buf[n++] = (char)c;
		}
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}

const char *rd_mask_number(const char *number, char buf[static 32])
{
	size_t len = strlen(number);

	snprintf(buf, 32, "***%s", len > 4 ? number + len - 2 : "");
	return buf;
}
