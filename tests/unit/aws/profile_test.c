/* tests/unit/aws/profile_test.c - the shared files of AWS's tools.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/profile.h"

#include "around.h"

static struct rd_aws_profile_file *file;

static void take(const char *text, enum rd_aws_file_kind kind)
{
	rd_aws_profile_file_close(file);
	CHECK_OK(rd_aws_profile_file_open(&file, rd_span_text(text), kind));
}

static void check_get(const char *profile, const char *key, const char *want)
{
	const char *got = rd_aws_profile_get(file, profile, key);

	if (!want)
		CHECK(!got);
	else if (!got)
		fail_msg("%s of %s is not there", key, profile);
	else
		CHECK_TEXT(got, want);
}

static void drop(void)
{
	rd_aws_profile_file_close(file);
	file = NULL;
}

TEST(a_config_file_names_profiles_with_a_word)
{
	take("\xef\xbb\xbf# first\n"
	     "stray = 1\n"
	     "[default]\r\n"
	     "region=us-east-1\r\n"
	     "output = json   ; a comment\n"
	     "[profile  desk ]\n"
	     " region = eu-west-2\n"
	     "role_arn=arn:aws:iam::1:role/a=b#c\n"
	     "[profile \"with blank\"]\n"
	     "region = x\n"
	     "[desk2]\n"
	     "region = no\n"
	     "[sso-session s]\n"
	     "region = no\n"
	     "[profile empty]\n"
	     "[broken\n"
	     "region = no\n",
	     RD_AWS_CONFIG_FILE);
	check_get("default", "region", "us-east-1");
	check_get("default", "output", "json");
	check_get("desk", "region", "eu-west-2");
	check_get("desk", "role_arn", "arn:aws:iam::1:role/a=b#c");
	check_get("with blank", "region", "x");
	check_get("desk2", "region", NULL);
	check_get("s", "region", NULL);
	check_get("empty", "region", NULL);
	check_get("nobody", "region", NULL);
	check_get("default", "stray", NULL);
	CHECK(rd_aws_profile_exists(file, "empty"));
	CHECK(!rd_aws_profile_exists(file, "desk2"));
	CHECK(!rd_aws_profile_exists(NULL, "default"));
	drop();
}

TEST(a_credentials_file_names_them_without)
{
	take("[desk]\n"
	     "aws_access_key_id = AKID\n"
	     "aws_secret_access_key = a/b+c=\n"
	     "aws_session_token =\n"
	     "[ other ]\n"
	     "aws_access_key_id = X\n"
	     "[desk]\n"
	     "aws_access_key_id = AKID2",
	     RD_AWS_CREDENTIALS_FILE);
	check_get("desk", "aws_access_key_id", "AKID2");
	check_get("desk", "aws_secret_access_key", "a/b+c=");
	check_get("desk", "aws_session_token", NULL);
	check_get("other", "aws_access_key_id", "X");
	drop();
}

TEST(a_services_section_nests_by_indentation)
{
	take("[services local]\n"
	     "connect =\n"
	     "  endpoint_url = http://127.0.0.1:1\n"
	     "  # a comment\n"
	     "  other = 2\n"
	     "sts =\n"
	     "\tendpoint_url = http://127.0.0.1:2\n"
	     "[profile p]\n"
	     "services = local\n"
	     "s3 =\n"
	     "  region = nested\n",
	     RD_AWS_CONFIG_FILE);
	CHECK_TEXT(rd_aws_services_get(file, "local", "connect",
				       "endpoint_url"),
		   "http://127.0.0.1:1");
	CHECK_TEXT(rd_aws_services_get(file, "local", "connect", "other"), "2");
	CHECK_TEXT(rd_aws_services_get(file, "local", "sts", "endpoint_url"),
		   "http://127.0.0.1:2");
	CHECK(!rd_aws_services_get(file, "local", "lambda", "endpoint_url"));
	CHECK(!rd_aws_services_get(file, "none", "sts", "endpoint_url"));
	check_get("p", "services", "local");
	check_get("p", "region", NULL);
	drop();
}

TEST(what_is_no_text_is_refused)
{
	static char big[RD_AWS_MOST_FILE_BYTES + 1];

	CHECK_ERR(rd_aws_profile_file_open(&file, rd_span("[a]\0", 4),
					   RD_AWS_CONFIG_FILE),
		  RD_E_FORMAT);
	CHECK_ERR(rd_aws_profile_file_open(&file, rd_span(big, sizeof(big)),
					   RD_AWS_CONFIG_FILE),
		  RD_E_SIZE);
	CHECK_OK(rd_aws_profile_file_open(&file, RD_SPAN_NONE,
					  RD_AWS_CONFIG_FILE));
	drop();
}

TEST(files_are_where_the_environment_says)
{
	struct temporary t = temporary_init("[default]\nregion = here\n");
	struct rd_complaint c = { "" };
	struct around a = { .count = 0 };

	around_set(&a, "AWS_CONFIG_FILE", t.path);
	CHECK_OK(rd_aws_profile_file_read(&file, &a.lent, RD_AWS_CONFIG_FILE,
					  &c));
	check_get("default", "region", "here");
	drop();
	around_set(&a, "AWS_CONFIG_FILE", "/nonexistent/config");
	CHECK_OK(rd_aws_profile_file_read(&file, &a.lent, RD_AWS_CONFIG_FILE,
					  &c));
	CHECK(!file);
	/* Neither a folder nor something endless is read. */
	around_set(&a, "AWS_CONFIG_FILE", "/dev/zero");
	CHECK_ERR(rd_aws_profile_file_read(&file, &a.lent, RD_AWS_CONFIG_FILE,
					   &c),
		  RD_E_IO);
	CHECK_TEXT(c.text, "/dev/zero is no file that can be read");
	around_set(&a, "AWS_CONFIG_FILE", "/tmp");
	CHECK_ERR(rd_aws_profile_file_read(&file, &a.lent, RD_AWS_CONFIG_FILE,
					   &c),
		  RD_E_IO);
	/* Without a name and a home there is none. */
	around_set(&a, "AWS_CONFIG_FILE", "");
	CHECK_OK(rd_aws_profile_file_read(&file, &a.lent, RD_AWS_CONFIG_FILE,
					  &c));
	CHECK(!file);
	temporary_fini(&t);
}

TEST(a_token_file_is_read_without_its_line_end)
{
	struct temporary t = temporary_init("token \r\n\n");
	struct rd_secret secret;
	struct rd_complaint c;

	CHECK_OK(rd_aws_read_file(t.path, 100, &secret, &c));
	CHECK(rd_span_is(rd_secret_lend(&secret), "token"));
	rd_secret_fini(&secret);
	CHECK_ERR(rd_aws_read_file(t.path, 5, &secret, &c), RD_E_SIZE);
	CHECK_ERR(rd_aws_read_file("/nonexistent", 5, &secret, &c), RD_E_IO);
	temporary_fini(&t);
}

TEST(switches_are_true_or_1)
{
	struct around a = { .count = 0 };

	around_set(&a, "A", "TRUE");
	around_set(&a, "B", "1");
	around_set(&a, "C", "yes");
	CHECK(rd_aws_is_on(&a.lent, "A") && rd_aws_is_on(&a.lent, "B"));
	CHECK(!rd_aws_is_on(&a.lent, "C") && !rd_aws_is_on(&a.lent, "D"));
}

static enum rd_err open_and_close(void)
{
	struct rd_aws_profile_file *f;
	enum rd_err err =
		rd_aws_profile_file_open(&f, SPAN("[default]\na = 1\nb = 2\n"),
					 RD_AWS_CONFIG_FILE);

	rd_aws_profile_file_close(f);
	return err;
}

TEST(it_works_or_says_that_there_is_no_memory)
{
	rd_check_every_oom(open_and_close);
}

RD_TESTS(T(a_config_file_names_profiles_with_a_word),
	 T(a_credentials_file_names_them_without),
	 T(a_services_section_nests_by_indentation),
	 T(what_is_no_text_is_refused), T(files_are_where_the_environment_says),
	 T(a_token_file_is_read_without_its_line_end),
	 T(switches_are_true_or_1), T(it_works_or_says_that_there_is_no_memory))
