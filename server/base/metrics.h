/* base/metrics.h - counters, gauges and histograms, defined where they count.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A metric is a static variable of the file that counts; the linker collects
 * them all, so nothing needs to be registered.  Label values are a fixed set
 * given with the definition: nothing from outside becomes a label (T31).
 *
 *	static const char *const reasons[] = { "busy", "full" };
 *	RD_COUNTERS(refused, "ringdown_calls_refused_total",
 *		    "Calls that were refused.", "reason", reasons);
 *	...
 *	rd_metric_add(&refused, 1, 1);
 *
 * Names are those of Prometheus: ringdown_..., counters end in _total, times
 * in _seconds.  Thread: any; not for a media worker's packet path, which
 * counts by itself and is summed by the reader.
 */
#pragma once
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum rd_metric_kind {
	RD_METRIC_COUNTER,
	RD_METRIC_GAUGE,
	RD_METRIC_HISTOGRAM
};

struct rd_metric {
	const char *name;
	const char *help;
	enum rd_metric_kind kind;
	const char *label;         /* NULL: none, and one value */
	const char *const *values; /* of the label */
	unsigned count;            /* of values; 1 without label */
	const uint64_t *bounds_ms; /* histogram: upper, ascending */
	unsigned bound_count;
	atomic_llong *cells; /* atomic; histogram: buckets, rest, sum */
};

#define RD_METRIC_KEEP_(var)                                                   \
	static struct rd_metric *const var##_kept_                             \
		__attribute__((section("rd_metrics"), used)) = &var

#define RD_METRIC_ONE_(var, text, sentence, what)                              \
	static atomic_llong var##_cells_[1];                                   \
	static struct rd_metric var = { .name = (text),                        \
					.help = (sentence),                    \
					.kind = (what),                        \
					.count = 1,                            \
					.cells = var##_cells_ };               \
	RD_METRIC_KEEP_(var)
#define RD_METRIC_MANY_(var, text, sentence, what, by, names)                  \
	static atomic_llong var##_cells_[RD_COUNT(names)];                     \
	static struct rd_metric var = { .name = (text),                        \
					.help = (sentence),                    \
					.kind = (what),                        \
					.label = (by),                         \
					.values = (names),                     \
					.count = RD_COUNT(names),              \
					.cells = var##_cells_ };               \
	RD_METRIC_KEEP_(var)

#define RD_COUNTER(var, name, help)                                            \
	RD_METRIC_ONE_(var, name, help, RD_METRIC_COUNTER)
#define RD_GAUGE(var, name, help)                                              \
	RD_METRIC_ONE_(var, name, help, RD_METRIC_GAUGE)
/* names: a static const char *const array; its indices name the values. */
#define RD_COUNTERS(var, name, help, label, names)                             \
	RD_METRIC_MANY_(var, name, help, RD_METRIC_COUNTER, label, names)
#define RD_GAUGES(var, name, help, label, names)                               \
	RD_METRIC_MANY_(var, name, help, RD_METRIC_GAUGE, label, names)
/* Observed in milliseconds, printed in seconds.  bounds: a static const
 * uint64_t array, ascending. */
#define RD_HISTOGRAM(var, text, sentence, bounds)                              \
	static atomic_llong var##_cells_[RD_COUNT(bounds) + 2];                \
	static struct rd_metric var = { .name = (text),                        \
					.help = (sentence),                    \
					.kind = RD_METRIC_HISTOGRAM,           \
					.count = 1,                            \
					.bounds_ms = (bounds),                 \
					.bound_count = RD_COUNT(bounds),       \
					.cells = var##_cells_ };               \
	RD_METRIC_KEEP_(var)

/* index: of the label's value; 0 without label. */
void rd_metric_add(struct rd_metric *m, unsigned index, int64_t n);
void rd_metric_set(struct rd_metric *m, unsigned index, int64_t value);
void rd_metric_observe(struct rd_metric *m, uint64_t took_ms);
int64_t rd_metric_value(const struct rd_metric *m, unsigned index);

/* All metrics of the program in Prometheus' text format 0.0.4, and a NUL,
 * cut to fit.  Returns the length of the whole text, without the NUL. */
size_t rd_metrics_print(char *buf, size_t size);
