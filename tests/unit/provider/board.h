/* tests/unit/provider/board.h - a switchboard with a store of its own, over
 * providers that the test plays.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "provider/switchboard.h"
#include "testing.h"

static struct rd_loop *loop;
static struct rd_store *store;
static struct rd_switchboard *board;
static char folder[] = "/tmp/ringdown-board-XXXXXX";
static char path[64];

static inline enum rd_err board_open(const struct rd_destination *destination,
				     unsigned start_ms)
{
	struct rd_store_cfg store_cfg = { .path = path, .queue = 64 };
	struct rd_switchboard_cfg cfg = {
		.destinations = destination,
		.destination_count = 1,
		.most_calls = 64,
		.keep_ended_s = 600,
		.start_deadline_ms = start_ms,
		.join_deadline_ms = 45000,
	};
	struct rd_complaint why;
	unsigned recovered;
	enum rd_err err;

	board = NULL;
	store = NULL;
	err = rd_loop_open(&loop);
	if (!err)
		err = rd_store_open(&store, &store_cfg, rd_clock_wall_ms(),
				    &recovered, &why);
	cfg.loop = loop;
	cfg.store = store;
	return err ? err : rd_switchboard_open(&board, &cfg);
}

/* The records stay. */
static inline void board_stop(void)
{
	rd_switchboard_close(board);
	rd_store_close(store);
	rd_loop_close(loop);
}

static inline void board_close(void)
{
	board_stop();
	unlink(path);
}

/* Turns the loop until the condition holds, at most 10 s. */
#define TURN_UNTIL(condition)                                                  \
	do {                                                                   \
		uint64_t turn_until_ms = rd_clock_ms() + 10000;                \
		while (!(condition) && rd_clock_ms() < turn_until_ms)          \
			rd_loop_turn(loop, 20);                                \
		CHECK(condition);                                              \
	} while (0)

/* --- a provider --- */

/* What it has still to say. */
struct told {
	struct rd_provider_event events[16];
	unsigned count;
};

static inline void told_push(struct told *t, const struct rd_provider_event *e)
{
	CHECK(t->count < RD_COUNT(t->events));
	t->events[t->count++] = *e;
	rd_switchboard_wake(board);
}

static inline enum rd_err told_poll(struct told *t, struct rd_provider_event *e)
{
	if (t->count == 0)
		return RD_E_AGAIN;
	*e = t->events[0];
	t->count--;
	memmove(t->events, t->events + 1, t->count * sizeof(t->events[0]));
	return RD_OK;
}

static inline enum rd_err takes_digits(void *self, rd_call_ref ref,
				       const char *digits)
{
	(void)self;
	(void)ref;
	(void)digits;
	return RD_OK;
}

static inline bool is_always_reachable(void *self, const char *destination)
{
	(void)self;
	(void)destination;
	return true;
}

/* --- the tests of a file --- */

static inline int board_make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/calls.db", folder);
	return 0;
}

static inline int board_remove_folder(void **state)
{
	static const char *const also[] = { "-wal", "-shm", "-lock" };
	char name[80];

	(void)state;
	for (size_t i = 0; i < RD_COUNT(also); i++) {
		snprintf(name, sizeof(name), "%s%s", path, also[i]);
		unlink(name);
	}
	return rmdir(folder);
}

#define BOARD_TESTS(...)                                                       \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
                                                                               \
		return cmocka_run_group_tests(tests, board_make_folder,        \
					      board_remove_folder);            \
	}
