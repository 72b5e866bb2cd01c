/* tests/fuzz/provider/flow_fuzz.c - contact flows: the document, and then a
 * way through it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Input: bytes that say what happens, a NUL, the document.
 */
#include <stdlib.h>

#include "provider/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MOST_ACTIONS = 4096
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static const char *attribute(void *arg, const char *name)
{
	return name[0] & 1 ? arg : NULL;
}

static void poll_all(struct rd_flow_run *r, uint64_t wall_ms)
{
	struct rd_flow_action a;

	for (unsigned i = 0; rd_flow_run_poll(r, wall_ms, &a) == RD_OK; i++) {
		/* 64 attributes in each of the blocks that may be passed. */
		check(i < 64 * MOST_ACTIONS);
		check(a.block && a.file && a.name && a.value && a.trunk &&
		      a.user);
		check(a.header_count <= RD_FLOW_HEADERS);
	}
}

static void walk(const struct rd_flow *f, const uint8_t *data, size_t size)
{
	char value[2] = "1";
	struct rd_flow_reader reader = { attribute, value };
	struct rd_flow_run *r;

	if (rd_flow_run_open(&r, f, &reader) != RD_OK)
		return;
	for (size_t i = 0; i < size; i++) {
		struct rd_flow_event e = {
			.kind = (enum rd_flow_event_kind)(data[i] % 7),
			.digit = "0123456789*#"[data[i] % 12],
		};
		uint64_t wall_ms = (uint64_t)data[i] * 3600000 * 5;

		rd_flow_run_feed(r, &e, wall_ms);
		poll_all(r, wall_ms);
	}
	rd_flow_run_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t events = end ? (size_t)(end - data) : 0;
	size_t from = end ? events + 1 : 0;
	struct rd_complaint why = { "" };
	struct rd_flow *f;
	enum rd_err err;

	if (!size)
		return 0;
	err = rd_flow_open(&f, rd_span(data + from, size - from), &why);
	check((err == RD_OK) == (f != NULL));
	check(err == RD_OK || why.text[0]);
	if (!err) {
		for (unsigned i = 0; rd_flow_file(f, i); i++)
			check(i < RD_FLOW_BLOCKS);
		for (unsigned i = 0; rd_flow_trunk(f, i); i++)
			check(i < RD_FLOW_BLOCKS);
		walk(f, data, events);
	}
	rd_flow_close(f);
	return 0;
}
