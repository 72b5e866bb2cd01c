/* base/metrics.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/metrics.h"

#include <stdarg.h>
#include <stdio.h>

/* The linker sets these; weak, since a program may have no metric. */
extern struct rd_metric *const __start_rd_metrics[] __attribute__((weak));
extern struct rd_metric *const __stop_rd_metrics[] __attribute__((weak));

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, printed or not */
};

RD_PRINTF(2, 3)
static void print(struct out *o, const char *fmt, ...)
{
	size_t room = o->len < o->size ? o->size - o->len : 0;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(room ? o->buf + o->len : NULL, room, fmt, args);
	va_end(args);
	rd_assert(n >= 0);
	o->len += (size_t)n;
}

void rd_metric_add(struct rd_metric *m, unsigned index, int64_t n)
{
	rd_assert(index < m->count && m->kind != RD_METRIC_HISTOGRAM);
	atomic_fetch_add_explicit(&m->cells[index], n, memory_order_relaxed);
}

void rd_metric_set(struct rd_metric *m, unsigned index, int64_t value)
{
	rd_assert(index < m->count && m->kind != RD_METRIC_HISTOGRAM);
	atomic_store_explicit(&m->cells[index], value, memory_order_relaxed);
}

int64_t rd_metric_value(const struct rd_metric *m, unsigned index)
{
	return atomic_load_explicit(&m->cells[index], memory_order_relaxed);
}

void rd_metric_observe(struct rd_metric *m, uint64_t took_ms)
{
	unsigned i = 0;

	rd_assert(m->kind == RD_METRIC_HISTOGRAM);
	while (i < m->bound_count && took_ms > m->bounds_ms[i])
		i++;
	atomic_fetch_add_explicit(&m->cells[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->cells[m->bound_count + 1],
				  (long long)took_ms, memory_order_relaxed);
}

static void print_histogram(struct out *o, const struct rd_metric *m)
{
	long long sum = rd_metric_value(m, m->bound_count + 1), total = 0;

	for (unsigned i = 0; i < m->bound_count; i++) {
		total += rd_metric_value(m, i);
		print(o, "%s_bucket{le=\"%llu.%03llu\"} %lld\n", m->name,
		      (unsigned long long)m->bounds_ms[i] / 1000,
		      (unsigned long long)m->bounds_ms[i] % 1000, total);
	}
	total += rd_metric_value(m, m->bound_count);
	print(o, "%s_bucket{le=\"+Inf\"} %lld\n", m->name, total);
	print(o, "%s_sum %lld.%03lld\n", m->name, sum / 1000, sum % 1000);
	print(o, "%s_count %lld\n", m->name, total);
}

static void print_metric(struct out *o, const struct rd_metric *m)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	print(o, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
	      types[m->kind]);
	if (m->kind == RD_METRIC_HISTOGRAM) {
		print_histogram(o, m);
		return;
	}
	for (unsigned i = 0; i < m->count; i++) {
		if (m->label)
			print(o, "%s{%s=\"%s\"} %lld\n", m->name, m->label,
			      m->values[i], (long long)rd_metric_value(m, i));
		else
			print(o, "%s %lld\n", m->name,
			      (long long)rd_metric_value(m, i));
	}
}

size_t rd_metrics_print(char *buf, size_t size)
{
	struct out o = { buf, size, 0 };

	if (size)
		buf[0] = '\0';
	for (struct rd_metric *const *m = __start_rd_metrics;
	     m && m < __stop_rd_metrics; m++)
		print_metric(&o, *m);
	return o.len;
}
