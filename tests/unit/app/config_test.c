/* tests/unit/app/config_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"

static char path[] = "/tmp/ringdown-config-XXXXXX";

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	fputs(text, f);
	fclose(f);
}

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

/* The complaint, without the file's name. */
static void check_complaint(const char *text, const char *want)
{
	struct rd_config config;
	struct rd_complaint why;
	long before = rd_mem_live();

	write_file(text);
	CHECK(rd_config_read(&config, path, &why) != RD_OK);
	CHECK_TEXT(why.text + strlen(path), want);
	CHECK_EQ(rd_mem_live(), before);
}

TEST(each_complaint_names_the_line_and_what_would_be_right)
{
	check_complaint("server:\n  lisen: [127.0.0.1:80]\n",
			":2: unknown key \"lisen\" in server; did you mean "
			"\"listen\"?");
	check_complaint("media:\n  workers: 100\n",
			":2: media.workers is \"100\"; it must be a number, 1 "
			"to 64");
	check_complaint("media:\n  workers: many\n",
			":2: media.workers is \"many\"; it must be a number, 1 "
			"to 64");
	check_complaint("server: { listen: 5 }\n",
			":1: server.listen is \"5\"; it must be a list");
	check_complaint("server: 5\n",
			":1: server is \"5\"; it must be a section of "
			"indented key: value lines");
	check_complaint("server:\n  log_level: loud\n",
			":2: server.log_level is \"loud\"; it must be one of "
			"error, warn, info, debug");
	check_complaint("destinations:\n  - to: echo\n",
			":2: destinations[1].name is missing: The alias that "
			"pages name.");
	/* It becomes an ExternalUserId, which has two at least. */
	check_complaint("destinations:\n  - name: a\n",
			":2: destinations[1].name is \"a\"; it must be a text "
			"of 2 to 60 bytes");
	check_complaint("server:\n  drain_s: 1\n  drain_s: 2\n",
			":3: server.drain_s is given twice; line 2 has it "
			"already");
}

TEST(what_only_the_whole_can_tell_is_checked_too)
{
	check_complaint("destinations:\n  - name: aa\n    to: sip\n"
			"    trunk: x\n    user: '1'\n",
			":4: there is no trunk called \"x\"");
	check_complaint("issuers:\n  - name: a\n    issuer: b\n",
			":2: give exactly one of discovery, keys_url, "
			"keys_file and secret for issuer \"a\"");
	check_complaint("media:\n  bind: [0.0.0.0]\n",
			":2: media.bind has 0.0.0.0 or ::, which no caller "
			"can reach; name the address, or add media.announce");
	check_complaint("server:\n  tls_key: /k\n",
			":2: tls_certificate and tls_key go together");
	check_complaint("destinations:\n  - name: aa\n  - name: aa\n",
			":3: there are two destinations called \"aa\"");
}

TEST(the_handler_section_is_checked_as_a_whole)
{
	check_complaint("handler:\n  listen: [127.0.0.1:8082]\n",
			":2: handler.listen needs path_secret");
	check_complaint("handler:\n  path_secret: sixteen/and/more\n",
			":2: path_secret must be letters, digits, - and _");
	check_complaint("handler:\n  allow: [\"1202555\"]\n",
			":2: allow must be + and digits, unlike \"1202555\"");
	check_complaint("handler:\n  tone_ms: 10\n",
			":2: handler.tone_ms is \"10\"; it must be a number, "
			"50 to 24000");
}

/* The first three lines are the same in all of them. */
static void check_compatible(const char *rest, const char *want)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "compatible:\n  listen: [127.0.0.1:8081]\n"
		 "  access_keys: [{ id: A, secret: abcdefgh }]\n%s",
		 rest);
	check_complaint(text, want);
}

TEST(the_compatible_section_is_checked_as_a_whole)
{
	check_complaint("compatible:\n  listen: [127.0.0.1:8081]\n",
			":2: compatible needs access_keys");
	check_compatible("  account: 11112222333x\n",
			 ":4: compatible.account must be twelve digits, "
			 "unlike \"11112222333x\"");
	check_compatible("  instance: 11111111-1111-4111-8111-11111111111x\n",
			 ":4: compatible.instance must be a UUID, unlike "
			 "\"11111111-1111-4111-8111-11111111111x\"");
	check_compatible("  phone_numbers: [\"2025550100\"]\n",
			 ":4: a telephone number must be in E.164 "
			 "(+12025550100), unlike \"2025550100\"");
	check_compatible("  pstn_trunk: pbx\n",
			 ":4: there is no trunk called \"pbx\"");
	check_compatible("  flows:\n    - id: a\n      file: /nowhere.json\n",
			 ":6: cannot read the contact flow "
			 "\"/nowhere.json\"");
	check_compatible("  applications:\n    - id: a\n      handler: url\n",
			 ":5: url goes with handler url or lambda, in "
			 "application \"a\"");
	check_compatible("  applications:\n    - id: a\n    - id: a\n",
			 ":6: there are two applications with id \"a\"");
	check_compatible("  voice_connectors:\n"
			 "    - id: ABCDEFGHIJ1KLMN2OPQ3RS\n      trunk: a\n",
			 ":5: the id of a Voice Connector must be 21 or 22 "
			 "lower-case letters and digits, or a UUID, unlike "
			 "\"ABCDEFGHIJ1KLMN2OPQ3RS\"");
	check_compatible("  audio: /nowhere\n",
			 ":4: cannot read the folder \"/nowhere\"");
	check_compatible("  speech: /nowhere\n",
			 ":4: cannot run the program \"/nowhere\"");
}

TEST(turn_servers_are_checked)
{
	check_complaint("turn:\n  urls: [\"turn:a.test\"]\n",
			":2: turn needs secret or secret_file, one of the two");
	check_complaint("turn:\n  urls: [\"turn:a.test\"]\n"
			"  secret: \"0123456789abcdef\"\n  secret_file: x\n",
			":2: turn needs secret or secret_file, one of the two");
	check_complaint(
		"turn:\n  urls: [\"stun:a.test\"]\n"
		"  secret: \"0123456789abcdef\"\n",
		":2: turn.urls must be like turn:host:port?transport=udp, "
		"unlike \"stun:a.test\"");
	check_complaint("turn:\n  secret_file: x\n", ":2: turn needs urls");
	check_complaint("turn:\n  force: true\n", ":2: turn needs urls");
#define TURN                                                                   \
	"turn:\n  urls: [\"turn:a.test\"]\n  secret: \"0123456789abcdef\"\n"
	check_complaint(TURN "destinations:\n  - name: echo\n    to: echo\n"
			     "    talk_s: 20000\n",
			":7: turn.lifetime_s must not be below talk_s of "
			"destination \"echo\"");
	check_complaint(TURN "  lifetime_s: 600\n"
			     "destinations:\n  - name: echo\n    to: echo\n",
			":4: turn.lifetime_s must not be below talk_s of "
			"destination \"echo\"");
#undef TURN
}

TEST(a_secret_that_everybody_may_read_is_refused)
{
	struct rd_config config;
	struct rd_complaint why;

	write_file("trunks:\n  - name: a\n    host: b\n    username: c\n"
		   "    password: d\n");
	CHECK(chmod(path, 0644) == 0);
	CHECK_ERR(rd_config_read(&config, path, &why), RD_E_DENIED);
	CHECK(chmod(path, 0600) == 0);
	CHECK_OK(rd_config_read(&config, path, &why));
	CHECK_TEXT(rd_config_trunk(&config, 0)->password, "d");
	rd_config_fini(&config);
}

TEST(a_short_secret_is_refused_without_showing_it)
{
	check_complaint("issuers:\n  - name: a\n    issuer: b\n"
			"    audience: [c]\n    secret: hunter2\n",
			":5: issuers[1].secret has 7 bytes; it must have 32 "
			"to 1000");
}

TEST(the_sample_is_a_configuration_with_all_defaults)
{
	struct rd_config config, defaults;
	struct rd_complaint why;
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	rd_settings_sample(&rd_config_table, f);
	fclose(f);
	CHECK_OK(rd_config_read(&config, path, &why));
	write_file("");
	CHECK_OK(rd_config_read(&defaults, path, &why));
	CHECK_EQ(config.media.port, 40000);
	CHECK_EQ(defaults.media.port, 40000);
	CHECK_EQ(config.server.drain_s, defaults.server.drain_s);
	CHECK_EQ(config.destinations.count, 0);
	rd_config_fini(&config);
	rd_config_fini(&defaults);
}

/* RD_WRITE_DOCS=1 writes the page instead of comparing it. */
TEST(the_reference_page_is_current)
{
	const char *page = RD_SOURCE_DIR "/docs/configuration.md";
	static char have[65536];
	char *want = NULL;
	size_t want_len = 0, len = 0;
	FILE *f = open_memstream(&want, &want_len);

	CHECK(f != NULL);
	fputs("# Configuration\n\nMade from the tables in "
	      "`server/app/config.c`; `ringdown config --sample` prints "
	      "them as a commented file.\n\n",
	      f);
	rd_settings_reference(&rd_config_table, f);
	fclose(f);
	if (getenv("RD_WRITE_DOCS")) {
		f = fopen(page, "w");
		CHECK(f != NULL);
		fwrite(want, 1, want_len, f);
		fclose(f);
	}
	f = fopen(page, "r");
	CHECK(f != NULL);
	len = fread(have, 1, sizeof(have) - 1, f);
	fclose(f);
	have[len] = '\0';
	CHECK_TEXT(have, want);
	free(want);
}

static enum rd_err read_once(void)
{
	struct rd_config config;
	struct rd_complaint why;
	enum rd_err err = rd_config_read(&config, path, &why);

	if (!err)
		rd_config_fini(&config);
	return err;
}

TEST(a_failed_allocation_leaves_nothing_behind)
{
	write_file("destinations:\n  - name: aa\n    origins: [http://a]\n"
		   "    headers: { X-A: b }\n");
	rd_check_every_oom(read_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_complaint_names_the_line_and_what_would_be_right),
		T(what_only_the_whole_can_tell_is_checked_too),
		T(the_handler_section_is_checked_as_a_whole),
		T(the_compatible_section_is_checked_as_a_whole),
		T(turn_servers_are_checked),
		T(a_secret_that_everybody_may_read_is_refused),
		T(a_short_secret_is_refused_without_showing_it),
		T(the_sample_is_a_configuration_with_all_defaults),
		T(the_reference_page_is_current),
		T(a_failed_allocation_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
