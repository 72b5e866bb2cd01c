/* tests/testing.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MOST_RUNS = 3
};

void rd_test_again(char **argv)
{
	const char *said = getenv("RD_TEST_RUN");
	int run = said ? atoi(said) : 1;
	char next[12];

	if (run >= MOST_RUNS)
		return;
	snprintf(next, sizeof(next), "%d", run + 1);
	setenv("RD_TEST_RUN", next, 1);
	print_error("again: run %s of %d\n", next, MOST_RUNS);
	fflush(NULL);
	execv("/proc/self/exe", argv);
	perror("execv");
}

void rd_check_err(enum rd_err got, enum rd_err want, const char *what,
		  const char *file, int line)
{
	if (got == want)
		return;
	print_error("%s: %s, wanted %s\n", what, rd_err_name(got),
		    rd_err_name(want));
	_fail(file, line);
}

void rd_check_every_oom(enum rd_err (*fn)(void))
{
	long before = rd_mem_live();

	for (long n = 1;; n++) {
		enum rd_err err;
		int has_failed;

		rd_mem_fail_at(n);
		err = fn();
		has_failed = rd_mem_has_failed();
		rd_mem_fail_at(0);
		if (rd_mem_live() != before)
			print_error("allocation %ld failed: %ld blocks left\n",
				    n, rd_mem_live() - before);
		assert_int_equal(rd_mem_live(), before);
		if (!has_failed) {
			assert_int_equal(err, RD_OK);
			return;
		}
		assert_true(err == RD_OK || err == RD_E_NOMEM);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t rd_test_hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;

	while (*text) {
		if (digit(text[0]) < 0) {
			text++;
			continue;
		}
		assert_true(n < size && digit(text[1]) >= 0);
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}
