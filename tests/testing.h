/* tests/testing.h - what every C test needs; a thin layer over cmocka.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A test file lists its tests once, in RD_TESTS(...).  Each test is run
 * plainly, then (for OOM_TEST) again with the first, second, third ...
 * allocation failing until none does: each run must return RD_OK or
 * RD_E_NOMEM and leave the count of live blocks as it was.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

#define TEST(name)     static void name(void **state __attribute__((unused)))
#define CHECK(cond)    assert_true(cond)
#define CHECK_EQ(a, b) assert_int_equal((a), (b))
#define CHECK_OK(expr) rd_check_err((expr), RD_OK, #expr, __FILE__, __LINE__)
#define CHECK_ERR(expr, err)                                                   \
	rd_check_err((expr), (err), #expr, __FILE__, __LINE__)
#define CHECK_TEXT(a, b)       assert_string_equal((a), (b))
#define CHECK_BYTES(a, b, len) assert_memory_equal((a), (b), (len))
#define SPAN(literal)          rd_span((literal), sizeof(literal) - 1)
/* Names the clause a test proves; collected into docs/standards. */
#define RFC(clause) (void)sizeof(clause)

void rd_check_err(enum rd_err got, enum rd_err want, const char *what,
		  const char *file, int line);

/* fn builds, uses and releases; it returns RD_OK or RD_E_NOMEM. */
void rd_check_every_oom(enum rd_err (*fn)(void));

/* Bytes of "05 08 95 fc": returns how many were written to out. */
size_t rd_test_hex(const char *text, uint8_t *out, size_t size);

/* Starts this program anew unless that was the third time. */
void rd_test_again(char **argv);

#define RD_TESTS(...)                                                          \
	int main(void)                                                         \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
		return cmocka_run_group_tests(tests, NULL, NULL);              \
	}
/* The same for tests that talk in real time: what a busy neighbour on the
 * machine has spoilt is measured again, three times at most.  A sanitizer's
 * finding ends the program and is never tried again. */
#define RD_TIMED_TESTS(...)                                                    \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };             \
		int failed = cmocka_run_group_tests(tests, NULL, NULL);        \
                                                                               \
		(void)argc;                                                    \
		if (failed)                                                    \
			rd_test_again(argv);                                   \
		return failed;                                                 \
	}
#define T(name) cmocka_unit_test(name)
