/* tests/unit/provider/sma_sound_test.c - files below a folder, and speech.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/sma_sound.h"

#define ESPEAK "/usr/bin/espeak-ng"

static char folder[64], outside[64];

static void make_file(const char *up, const char *name, unsigned samples)
{
	struct rd_recorder *r;
	int16_t pcm[160] = { 1000, -1000 };
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", up, name);
	CHECK_OK(rd_recorder_open(&r, path, 8000, NULL));
	for (; samples; samples -= 160)
		CHECK_OK(rd_recorder_write(r, pcm, 160));
	CHECK_OK(rd_recorder_close(r));
}

static void link_to(const char *to, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CHECK_EQ(symlink(to, path), 0);
}

static int make_folders(void **state)
{
	char path[256];

	(void)state;
	rd_log_set_level(RD_LOG_ERROR);
	snprintf(folder, sizeof(folder), "/tmp/rd-sma-XXXXXX");
	snprintf(outside, sizeof(outside), "/tmp/rd-sma-XXXXXX");
	if (!mkdtemp(folder) || !mkdtemp(outside))
		return -1;
	snprintf(path, sizeof(path), "%s/b", folder);
	mkdir(path, 0700);
	make_file(path, "ask.wav", 1600);
	snprintf(path, sizeof(path), "%s/b/deep", folder);
	mkdir(path, 0700);
	make_file(path, "er.wav", 800);
	make_file(outside, "secret.wav", 160);
	snprintf(path, sizeof(path), "%s/secret.wav", outside);
	link_to(path, "b/link.wav");
	link_to(outside, "b/away");
	link_to(outside, "away");
	snprintf(path, sizeof(path), "%s/b/pipe", folder);
	return mkfifo(path, 0600);
}

static int drop_folders(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s %s", folder, outside);
	return system(command);
}

/* --- paths --------------------------------------------------------------- */

static bool opens(const char *path)
{
	int fd = rd_sma_open_below(folder, path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST(only_what_is_below_is_there)
{
	CHECK(opens("b/ask.wav"));
	CHECK(opens("b/deep/er.wav"));
	CHECK(!opens("b/none.wav"));
	CHECK(!opens("b"));
	CHECK(!opens("b/deep"));
	CHECK(!opens("b/link.wav"));
	CHECK(!opens("b/away/secret.wav"));
	CHECK(!opens("away/secret.wav"));
	CHECK(!opens("b/../b/ask.wav"));
	CHECK(!opens("b/./ask.wav"));
	CHECK(!opens("b//ask.wav"));
	CHECK(!opens("b/pipe"));
	CHECK(!opens(""));
	CHECK(!opens("/etc/passwd"));
}

TEST(names_are_checked_before_anything_is_opened)
{
	CHECK(rd_sma_path_is_fine("bucket-1", "a b/c.wav"));
	CHECK(!rd_sma_path_is_fine("", "a"));
	CHECK(!rd_sma_path_is_fine("b", ""));
	CHECK(!rd_sma_path_is_fine("..", "a"));
	CHECK(!rd_sma_path_is_fine("b/c", "a"));
	CHECK(!rd_sma_path_is_fine("b", "../a"));
	CHECK(!rd_sma_path_is_fine("b", "a/../../c"));
	CHECK(!rd_sma_path_is_fine("b", "/a"));
	CHECK(!rd_sma_path_is_fine("b", "a/"));
	CHECK(!rd_sma_path_is_fine("b", ".hidden"));
	CHECK(!rd_sma_path_is_fine("b", "a\nb"));
}

TEST(a_place_to_record_is_made_below)
{
	const char *name;
	int fd = rd_sma_make_below(folder, "kept/p/1.wav", &name);

	CHECK(fd >= 0);
	CHECK_TEXT(name, "1.wav");
	close(fd);
	CHECK(rd_sma_make_below(folder, "away/1.wav", &name) < 0);
	CHECK(rd_sma_make_below(folder, "b/away/1.wav", &name) < 0);
	CHECK(rd_sma_make_below(folder, "kept/../1.wav", &name) < 0);
}

/* --- the thread ---------------------------------------------------------- */

struct heard {
	unsigned count;
	size_t samples; /* of the last */
	enum rd_sma_error error;
};

static void on_sound(void *arg, uint32_t id, struct rd_sound *sound,
		     enum rd_sma_error error, const char *why)
{
	struct heard *h = arg;

	CHECK(id != 0);
	CHECK_EQ(!sound, error != RD_SMA_FINE);
	CHECK_EQ(*why != '\0', error != RD_SMA_FINE);
	h->count++;
	h->samples = sound ? sound->samples : 0;
	h->error = error;
	rd_sound_close(sound);
}

static struct heard ask(const char *program, const struct rd_sma_prompt *prompt)
{
	struct rd_loop *loop;
	struct rd_sma_sounds *s;
	struct heard h = { .count = 0 };
	uint64_t until_ms = rd_clock_ms() + 10000;
	uint32_t id;

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_sma_sounds_open(&s, &(struct rd_sma_sounds_cfg){
						loop, folder, program }));
	CHECK_OK(rd_sma_sound_ask(s, prompt, on_sound, &h, &id));
	while (!h.count && rd_clock_ms() < until_ms)
		rd_loop_turn(loop, 100);
	rd_sma_sounds_close(s);
	rd_loop_close(loop);
	CHECK_EQ(h.count, 1);
	return h;
}

TEST(a_file_is_read)
{
	struct heard h = ask(NULL, &(struct rd_sma_prompt){ .bucket = "b",
							    .key = "ask.wav" });

	CHECK_EQ(h.error, RD_SMA_FINE);
	CHECK_EQ(h.samples, 1600);
	h = ask(NULL,
		&(struct rd_sma_prompt){ .bucket = "b", .key = "link.wav" });
	CHECK_EQ(h.error, RD_SMA_INVALID_AUDIO);
}

TEST(what_cannot_be_is_refused_at_once)
{
	struct rd_loop *loop;
	struct rd_sma_sounds *s;
	struct heard h = { .count = 0 };
	uint32_t id;
	struct rd_sma_prompt out = { .bucket = "b", .key = "../a" };
	struct rd_sma_prompt text = { .text = "Hello" };

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_sma_sounds_open(&s, &(struct rd_sma_sounds_cfg){
						loop, folder, NULL }));
	CHECK_ERR(rd_sma_sound_ask(s, &out, on_sound, &h, &id), RD_E_NOTFOUND);
	CHECK_ERR(rd_sma_sound_ask(s, &text, on_sound, &h, &id),
		  RD_E_UNSUPPORTED);
	rd_sma_sounds_close(s);
	rd_loop_close(loop);
	CHECK_EQ(h.count, 0);
}

TEST(what_is_forgotten_or_closed_is_not_told)
{
	struct rd_loop *loop;
	struct rd_sma_sounds *s;
	struct heard h = { .count = 0 }, other = { .count = 0 };
	uint64_t until_ms = rd_clock_ms() + 10000;
	struct rd_sma_prompt file = { .bucket = "b", .key = "ask.wav" };
	uint32_t id;

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_sma_sounds_open(&s, &(struct rd_sma_sounds_cfg){
						loop, folder, NULL }));
	CHECK_OK(rd_sma_sound_ask(s, &file, on_sound, &h, &id));
	CHECK_OK(rd_sma_sound_ask(s, &file, on_sound, &other, &id));
	rd_sma_sound_forget(s, &h);
	while (!other.count && rd_clock_ms() < until_ms)
		rd_loop_turn(loop, 100);
	for (unsigned i = 0; i < 5; i++)
		CHECK_OK(rd_sma_sound_ask(s, &file, on_sound, &other, &id));
	rd_sma_sounds_close(s);
	rd_loop_close(loop);
	CHECK_EQ(h.count, 0);
	CHECK_EQ(other.count, 1);
}

TEST(a_text_is_spoken)
{
	struct heard h;

	if (access(ESPEAK, X_OK) != 0)
		skip();
	h = ask(ESPEAK, &(struct rd_sma_prompt){ .text = "--version; `id`",
						 .language = "en-GB" });
	CHECK_EQ(h.error, RD_SMA_FINE);
	CHECK(h.samples > 4000 && h.samples < 80000);
	h = ask(ESPEAK,
		&(struct rd_sma_prompt){
			.text = "<speak>Press <break time=\"1s\"/>one</speak>",
			.language = "x; reboot",
			.is_ssml = true });
	CHECK_EQ(h.error, RD_SMA_FINE);
	CHECK(h.samples > 8000);
}

TEST(a_program_that_fails_or_hangs_is_an_error)
{
	struct rd_sma_prompt text = { .text = "Hello" };
	uint64_t start_ms;
	char path[128];
	FILE *f;

	CHECK_EQ(ask("/bin/false", &text).error, RD_SMA_SYSTEM);
	CHECK_EQ(ask("/nowhere", &text).error, RD_SMA_SYSTEM);
	CHECK_EQ(ask("/bin/true", &text).error, RD_SMA_SYSTEM); /* no sound */
	snprintf(path, sizeof(path), "%s/hang", folder);
	f = fopen(path, "w");
	CHECK(f);
	fprintf(f, "#!/bin/sh\nexec sleep 30\n");
	fclose(f);
	CHECK_EQ(chmod(path, 0700), 0);
	start_ms = rd_clock_ms();
	CHECK_EQ(ask(path, &text).error, RD_SMA_SYSTEM);
	CHECK(rd_clock_ms() - start_ms < RD_SMA_SPEECH_MS + 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_what_is_below_is_there),
		T(names_are_checked_before_anything_is_opened),
		T(a_place_to_record_is_made_below),
		T(a_file_is_read),
		T(what_cannot_be_is_refused_at_once),
		T(what_is_forgotten_or_closed_is_not_told),
		T(a_text_is_spoken),
		T(a_program_that_fails_or_hangs_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folders, drop_folders);
}
