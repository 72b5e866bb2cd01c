/* tests/unit/app/turn_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/turn.h"

static char path[] = "/tmp/ringdown-turn-XXXXXX";
static char *urls[] = { (char[]){ "turn:turn.test" } };

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

static enum rd_err read_file(const char *text, mode_t mode,
			     struct rd_app_turn *out, struct rd_complaint *why)
{
	const struct rd_config_turn config = { .urls = { urls, 1 },
					       .secret_file = path,
					       .lifetime_s = 600 };
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	CHECK(fputs(text, f) >= 0);
	CHECK(fclose(f) == 0);
	CHECK(chmod(path, mode) == 0);
	return rd_app_turn_init(out, &config, why);
}

TEST(secret_is_the_first_line_of_its_file)
{
	struct rd_complaint why;
	struct rd_app_turn t;

	CHECK_OK(read_file("0123456789abcdef\nmore\n", 0640, &t, &why));
	CHECK(rd_span_is(t.turn.secret, "0123456789abcdef"));
	CHECK_EQ(t.turn.url_count, 1);
	rd_app_turn_fini(&t);
	CHECK_EQ(t.turn.url_count, 0);
}

TEST(complaints_say_what_is_wrong_and_not_the_secret)
{
	struct rd_complaint why;
	struct rd_app_turn t;

	CHECK_ERR(read_file("too short\n", 0600, &t, &why), RD_E_SIZE);
	CHECK(strstr(why.text, "the secret has 9 bytes") != NULL);
	CHECK(strstr(why.text, "short") == NULL);
	rd_app_turn_fini(&t);
	CHECK_ERR(read_file("0123456789abcdef\n", 0644, &t, &why), RD_E_DENIED);
	CHECK(strstr(why.text, "chmod o-r") != NULL);
	CHECK(strstr(why.text, "0123456789abcdef") == NULL);
	rd_app_turn_fini(&t);
}

TEST(without_urls_there_is_none)
{
	const struct rd_config_turn config = { .lifetime_s = 600 };
	struct rd_complaint why;
	struct rd_app_turn t;

	CHECK_OK(rd_app_turn_init(&t, &config, &why));
	CHECK_EQ(t.turn.url_count, 0);
	rd_app_turn_fini(&t);
}

static enum rd_err open_and_close(void)
{
	struct rd_complaint why;
	struct rd_app_turn t;
	enum rd_err err = read_file("0123456789abcdef\n", 0600, &t, &why);

	rd_app_turn_fini(&t);
	return err;
}

TEST(every_failing_allocation_is_survived)
{
	rd_check_every_oom(open_and_close);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(secret_is_the_first_line_of_its_file),
		T(complaints_say_what_is_wrong_and_not_the_secret),
		T(without_urls_there_is_none),
		T(every_failing_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
