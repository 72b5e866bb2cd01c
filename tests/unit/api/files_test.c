/* tests/unit/api/files_test.c - the widget's table: what gets in, and what
 * does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api_priv.h"
#include "testing.h"

static char folder[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	CHECK(f);
	fputs(text, f);
	fclose(f);
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/rd_files_XXXXXX");
	CHECK(mkdtemp(folder));
	put("ringdown.js", "let it = 'ring';\n");
	put("panel-0123abcd4567.js", "panel;\n");
	put("panel-0123abcd4567.js.br", "not really brotli");
	put("notes.txt", "not for you");
	put(".hidden.js", "nor this");
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_EQ(system(command), 0);
}

TEST(a_folder_becomes_a_table)
{
	struct rd_files *files;
	struct rd_complaint why;

	make_folder();
	CHECK_OK(rd_files_open(&files, folder, &why));
	rd_files_close(files);
	CHECK_ERR(rd_files_open(&files, "/nonexistent/folder", &why),
		  RD_E_NOTFOUND);
	CHECK(!files);
	CHECK(strstr(why.text, "/nonexistent/folder"));
	remove_folder();
}

TEST(a_link_out_of_the_folder_is_not_followed)
{
	struct rd_files *files;
	struct rd_complaint why;
	char path[256];

	make_folder();
	snprintf(path, sizeof(path), "%s/passwd.js", folder);
	CHECK_EQ(symlink("/etc/passwd", path), 0);
	CHECK(rd_files_open(&files, folder, &why) != RD_OK);
	CHECK(strstr(why.text, "passwd.js"));
	remove_folder();
}

static enum rd_err open_and_close(void)
{
	struct rd_files *files;
	struct rd_complaint why;
	enum rd_err err = rd_files_open(&files, folder, &why);

	rd_files_close(files);
	return err;
}

TEST(each_allocation_may_fail)
{
	make_folder();
	rd_check_every_oom(open_and_close);
	remove_folder();
}

RD_TESTS(T(a_folder_becomes_a_table),
	 T(a_link_out_of_the_folder_is_not_followed),
	 T(each_allocation_may_fail))
