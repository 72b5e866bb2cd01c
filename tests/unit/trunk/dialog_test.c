/* tests/unit/trunk/dialog_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "trunk/dialog.h"

static bool tells_end(enum rd_dialog_action action)
{
	return action == RD_DO_TELL_END || action == RD_DO_CANCEL_AND_TELL ||
	       action == RD_DO_BYE_AND_TELL || action == RD_DO_WAIT_AND_TELL ||
	       action == RD_DO_REFUSE_AND_TELL ||
	       action == RD_DO_ACK_BYE_AND_TELL;
}

static bool is_over(enum rd_dialog_state state)
{
	return state == RD_DIALOG_LEAVING || state == RD_DIALOG_GONE;
}

/* Whoever is in a dialog hears of its end exactly once: on the step that
 * leaves the living states, and on no other. */
TEST(the_end_is_told_once_on_every_path)
{
	size_t n;
	const struct rd_dialog_step *steps = rd_dialog_steps(&n);

	for (size_t i = 0; i < n; i++)
		CHECK_EQ(tells_end(steps[i].does),
			 !is_over(steps[i].in) && is_over(steps[i].becomes));
}

TEST(no_pair_is_listed_twice_and_nothing_follows_gone)
{
	size_t n;
	const struct rd_dialog_step *steps = rd_dialog_steps(&n);

	for (size_t i = 0; i < n; i++) {
		CHECK(rd_dialog_step(steps[i].in, steps[i].on) == &steps[i]);
		CHECK(steps[i].in != RD_DIALOG_GONE);
	}
}

TEST(every_state_can_be_left_by_the_stack_and_by_control)
{
	for (unsigned s = 0; s < RD_DIALOG_GONE; s++) {
		CHECK(rd_dialog_step(s, RD_IN_TERMINATED));
		CHECK(rd_dialog_step(s, RD_IN_HANGUP));
	}
	CHECK(rd_dialog_step(RD_DIALOG_LEAVING, RD_IN_GIVE_UP));
}

TEST(a_2xx_is_always_acknowledged)
{
	RFC("3261 13.2.2.4");
	for (unsigned s = 0; s < RD_DIALOG_GONE; s++) {
		const struct rd_dialog_step *step =
			rd_dialog_step(s, RD_IN_ACCEPTED);

		if (!step)
			continue;
		CHECK(step->does == RD_DO_ACK_AND_TELL ||
		      step->does == RD_DO_ACK_AND_BYE);
	}
}

static size_t put(char *out, size_t size, const char *a, const char *b,
		  const char *c, const char *d)
{
	return (size_t)snprintf(out, size, "| %s | %s | %s | %s |\n", a, b, c,
				d);
}

TEST(the_page_shows_the_table)
{
	static char page[262144], want[32768];
	size_t count, n = 0;
	const struct rd_dialog_step *steps = rd_dialog_steps(&count);
	FILE *f;

	for (size_t i = 0; i < count; i++)
		n += put(want + n, sizeof(want) - n,
			 rd_dialog_state_name(steps[i].in),
			 rd_dialog_input_name(steps[i].on),
			 rd_dialog_state_name(steps[i].becomes),
			 rd_dialog_action_name(steps[i].does));
	if (getenv("RD_PRINT_TABLE"))
		printf("%s", want);
	f = fopen(RD_SOURCE_DIR "/docs/internals/trunk.md", "r");
	CHECK(f);
	n = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[n] = 0;
	CHECK(strstr(page, want));
}

RD_TESTS(T(the_end_is_told_once_on_every_path),
	 T(no_pair_is_listed_twice_and_nothing_follows_gone),
	 T(every_state_can_be_left_by_the_stack_and_by_control),
	 T(a_2xx_is_always_acknowledged), T(the_page_shows_the_table))
