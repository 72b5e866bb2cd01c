/* tests/unit/store/store_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

enum {
	QUEUE = 1024
};

static char folder[] = "/tmp/ringdown-store-XXXXXX";
static char path[64];
static unsigned files;

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

/* Its status. */
static int run(const char *program, const char *a, const char *b)
{
	char words[3][256];
	char *argv[] = { words[0], words[1], words[2], NULL };
	pid_t child = fork();
	int status = 1;

	snprintf(words[0], sizeof(words[0]), "%s", program);
	snprintf(words[1], sizeof(words[1]), "%s", a);
	snprintf(words[2], sizeof(words[2]), "%s", b);
	if (child == 0) {
		execvp(program, argv);
		_exit(1);
	}
	waitpid(child, &status, 0);
	return status;
}

static int remove_folder(void **state)
{
	(void)state;
	run("rm", "-r", folder);
	return 0;
}

static struct rd_store *open_store(unsigned *recovered)
{
	struct rd_store_cfg cfg = { .path = path, .queue = QUEUE };
	struct rd_complaint why = { "" };
	struct rd_store *s;
	enum rd_err err = rd_store_open(&s, &cfg, 50000, recovered, &why);

	if (err)
		print_error("%s\n", why.text);
	CHECK_OK(err);
	return s;
}

static void new_path(void)
{
	snprintf(path, sizeof(path), "%s/%u.db", folder, ++files);
}

static struct rd_call_record make_record(const char *owner, uint64_t at_ms)
{
	struct rd_call_record r = { .started_ms = at_ms };

	rd_text_uuid(r.call_id);
	snprintf(r.owner, sizeof(r.owner), "%s", owner);
	snprintf(r.support_id, sizeof(r.support_id), "K7-4QD");
	snprintf(r.destination, sizeof(r.destination), "echo");
	snprintf(r.provider, sizeof(r.provider), "engine");
	memset(r.key_sha256, 0xa5, sizeof(r.key_sha256));
	return r;
}

/* The next outcome; waits for it at most 10 s. */
static struct rd_store_done await_done(struct rd_store *s)
{
	struct rd_store_done done;
	struct pollfd p = { rd_store_fd(s), POLLIN, 0 };

	while (rd_store_poll(s, &done) != RD_OK)
		CHECK(poll(&p, 1, 10000) == 1);
	return done;
}

TEST(a_record_is_on_disk_when_its_outcome_comes)
{
	struct rd_call_record r = make_record("o", 1000);
	struct rd_store_done done;
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	CHECK_OK(rd_store_insert(s, &r, 7));
	done = await_done(s);
	CHECK_EQ(done.tag, 7);
	CHECK_OK(done.err);
	CHECK_OK(rd_store_find(s, r.call_id, 8));
	done = await_done(s);
	CHECK_EQ(done.tag, 8);
	CHECK_OK(done.err);
	CHECK_TEXT(done.record.call_id, r.call_id);
	CHECK_BYTES(done.record.key_sha256, r.key_sha256, 32);
	CHECK_EQ(done.record.ended_ms, 0);
	CHECK_OK(rd_store_find(s, "nobody's", 9));
	CHECK_ERR(await_done(s).err, RD_E_NOTFOUND);
	rd_store_close(s);
}

TEST(an_end_is_written_once)
{
	struct rd_call_record r = make_record("o", 1000);
	struct rd_store_done done;
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	CHECK_OK(rd_store_insert(s, &r, 1));
	CHECK_OK(await_done(s).err);
	r.ended_ms = 3000;
	r.answered_ms = 2000;
	r.reason = RD_REASON_BUSY;
	r.by = RD_BY_SYSTEM;
	CHECK_OK(rd_store_update(s, &r));
	r.ended_ms = 4000;
	r.reason = RD_REASON_INTERNAL;
	CHECK_OK(rd_store_update(s, &r));
	CHECK_OK(rd_store_find(s, r.call_id, 2));
	done = await_done(s);
	CHECK_EQ(done.record.ended_ms, 3000);
	CHECK_EQ(done.record.reason, RD_REASON_BUSY);
	CHECK_EQ(done.record.by, RD_BY_SYSTEM);
	rd_store_close(s);
}

TEST(a_key_that_changed_and_what_was_said_of_the_call_are_kept)
{
	struct rd_call_record r = make_record("o", 1000);
	struct rd_store_done done;
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	CHECK_OK(rd_store_insert(s, &r, 1));
	CHECK_OK(await_done(s).err);
	memset(r.key_sha256, 0x5a, sizeof(r.key_sha256));
	r.resumes = 2;
	CHECK_OK(rd_store_update(s, &r));
	CHECK_OK(rd_store_find(s, r.call_id, 2));
	done = await_done(s);
	CHECK_BYTES(done.record.key_sha256, r.key_sha256, 32);
	CHECK_EQ(done.record.resumes, 2);
	r.ended_ms = 3000;
	r.reason = RD_REASON_BUSY;
	CHECK_OK(rd_store_update(s, &r));
	r.score = 4;
	snprintf(r.tags, sizeof(r.tags), "echo,noise");
	CHECK_OK(rd_store_rate(s, &r));
	CHECK_OK(rd_store_find(s, r.call_id, 3));
	done = await_done(s);
	CHECK_EQ(done.record.score, 4);
	CHECK_TEXT(done.record.tags, "echo,noise");
	CHECK_EQ(done.record.ended_ms, 3000);
	rd_store_close(s);
}

TEST(a_database_of_an_older_version_is_brought_up_to_date)
{
	struct rd_call_record r = make_record("o", 1000);
	struct rd_store_done done;
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	CHECK_OK(rd_store_insert(s, &r, 1));
	CHECK_OK(await_done(s).err);
	r.ended_ms = 3000;
	r.reason = RD_REASON_BUSY;
	CHECK_OK(rd_store_update(s, &r));
	rd_store_close(s);
	/* As version 1 had made it. */
	CHECK_EQ(run("sqlite3", path,
		     "ALTER TABLE calls DROP COLUMN resumes;"
		     "ALTER TABLE calls DROP COLUMN score;"
		     "ALTER TABLE calls DROP COLUMN tags;"
		     "PRAGMA user_version = 1;"),
		 0);
	s = open_store(&recovered);
	CHECK_OK(rd_store_find(s, r.call_id, 2));
	done = await_done(s);
	CHECK_OK(done.err);
	CHECK_EQ(done.record.ended_ms, 3000);
	CHECK_EQ(done.record.resumes, 0);
	rd_store_close(s);
	s = open_store(&recovered);
	rd_store_close(s);
}

/* T26: nothing in a text is ever read as a statement. */
TEST(every_text_is_read_back_as_it_was)
{
	static const char *const texts[] = {
		"'; DROP TABLE calls; --", "\"quoted\"", "gr\xc3\xbc\xc3\x9f",
		"\xf0\x9f\x93\x9e",        "%s%n",       "a\nb\tc",
	};
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	for (size_t i = 0; i < RD_COUNT(texts); i++) {
		struct rd_call_record r = make_record("o", 1000);
		struct rd_store_done done;

		snprintf(r.far_id, sizeof(r.far_id), "%s", texts[i]);
		snprintf(r.destination, sizeof(r.destination), "%s", texts[i]);
		CHECK_OK(rd_store_insert(s, &r, i));
		CHECK_OK(await_done(s).err);
		CHECK_OK(rd_store_find(s, r.call_id, i));
		done = await_done(s);
		CHECK_TEXT(done.record.far_id, texts[i]);
		CHECK_TEXT(done.record.destination, texts[i]);
	}
	rd_store_close(s);
}

/* In a child that dies without a word, as by kill -9. */
static void crash_with_open_calls(unsigned count)
{
	pid_t child = fork();
	int status;

	CHECK(child >= 0);
	if (child == 0) {
		unsigned recovered;
		struct rd_store *s = open_store(&recovered);

		for (unsigned i = 0; i < count; i++) {
			struct rd_call_record r = make_record("o", 1000 + i);

			r.far_id[0] = i % 2 ? 'x' : '\0';
			r.far_id[1] = '\0';
			if (rd_store_insert(s, &r, i) != RD_OK)
				_exit(1);
			await_done(s);
			if (i > 0)
				continue;
			r.ended_ms = 2000;
			r.reason = RD_REASON_ENDED_BY_CALLER;
			r.by = RD_BY_CALLER;
			if (rd_store_update(s, &r) != RD_OK ||
			    rd_store_find(s, r.call_id, 99) != RD_OK)
				_exit(1);
			await_done(s);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

static unsigned started;
static enum rd_err count_started(void *arg, const char *owner,
				 uint64_t started_ms)
{
	CHECK_TEXT(owner, "o");
	CHECK(started_ms >= *(uint64_t *)arg);
	*(uint64_t *)arg = started_ms;
	started++;
	return RD_OK;
}

TEST(after_a_crash_every_open_call_is_closed_exactly_once)
{
	struct rd_store *s;
	unsigned recovered;
	uint64_t last_ms = 0;
	struct rd_call_record none;

	new_path();
	crash_with_open_calls(20);
	s = open_store(&recovered);
	CHECK_EQ(recovered, 19);
	started = 0;
	CHECK_OK(rd_store_each_started(s, 0, count_started, &last_ms));
	CHECK_EQ(started, 20);
	/* F1: what they had at the far end is told, once. */
	for (unsigned i = 0; i < 10; i++) {
		struct rd_call_record lost;

		CHECK_OK(rd_store_take_lost(s, &lost));
		CHECK_TEXT(lost.far_id, "x");
		CHECK_TEXT(lost.owner, "o");
	}
	CHECK_ERR(rd_store_take_lost(s, &none), RD_E_NOTFOUND);
	rd_store_close(s);
	s = open_store(&recovered);
	CHECK_EQ(recovered, 0);
	CHECK_ERR(rd_store_take_lost(s, &none), RD_E_NOTFOUND);
	rd_store_close(s);
}

/* Kills the writer at a moment nobody chose: whatever was said to be on disk
 * is there, closed once; what was not said may be there or not. */
TEST(whenever_it_is_killed_no_record_that_was_promised_is_lost)
{
	enum {
		ROUNDS = 8
	};

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned recovered, promised = 0;
		struct rd_store *s;
		char id[RD_CALL_ID_TEXT];
		int fds[2];
		pid_t child;

		new_path();
		CHECK(pipe(fds) == 0);
		child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			s = open_store(&recovered);
			for (uint64_t i = 0;; i++) {
				struct rd_call_record r = make_record("o", i);

				if (rd_store_insert(s, &r, i) != RD_OK ||
				    await_done(s).err != RD_OK ||
				    write(fds[1], r.call_id, sizeof(id)) !=
					    (ssize_t)sizeof(id))
					_exit(1);
			}
		}
		close(fds[1]);
		/* Read as fast as it writes, then kill in the middle. */
		for (unsigned i = 0; i < 10 + round * 7; i++) {
			CHECK(read(fds[0], id, sizeof(id)) ==
			      (ssize_t)sizeof(id));
			promised++;
		}
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(fds[0], id, sizeof(id)) == (ssize_t)sizeof(id))
			promised++;
		close(fds[0]);

		s = open_store(&recovered);
		CHECK(recovered == promised || recovered == promised + 1);
		CHECK_OK(rd_store_find(s, id, 1));
		CHECK_EQ(await_done(s).record.reason, RD_REASON_SERVER_LOST);
		rd_store_close(s);
		s = open_store(&recovered);
		CHECK_EQ(recovered, 0);
		rd_store_close(s);
	}
}

TEST(a_second_server_on_the_same_file_is_refused)
{
	struct rd_store_cfg cfg = { .path = path, .queue = QUEUE };
	struct rd_complaint why = { "" };
	struct rd_store *first, *second;
	unsigned recovered;

	new_path();
	first = open_store(&recovered);
	CHECK_ERR(rd_store_open(&second, &cfg, 1, &recovered, &why), RD_E_IO);
	CHECK(strstr(why.text, "another ringdown"));
	rd_store_close(first);
	first = open_store(&recovered);
	rd_store_close(first);
}

/* Nobody fetches the outcomes: the queue says full before one could be lost,
 * and each that was taken comes. */
TEST(outcomes_that_nobody_fetches_are_back_pressure)
{
	unsigned recovered, taken = 0, came = 0;
	struct rd_store *s;
	uint64_t give_up_ms = rd_clock_ms() + 20000;

	new_path();
	s = open_store(&recovered);
	while (taken < QUEUE) {
		struct rd_call_record r = make_record("o", taken);

		CHECK(rd_clock_ms() < give_up_ms);
		taken += rd_store_insert(s, &r, taken) == RD_OK;
	}
	for (int i = 0; i < 100; i++) {
		struct rd_call_record r = make_record("o", 1);

		CHECK_ERR(rd_store_insert(s, &r, 1), RD_E_FULL);
	}
	CHECK(!rd_store_is_ready(s));
	for (; came < taken; came++) {
		struct rd_store_done done = await_done(s);

		CHECK_OK(done.err);
		CHECK_EQ(done.tag, came);
	}
	CHECK(rd_store_is_ready(s));
	rd_store_close(s);
}

/* Anybody may look for any id, as often as he likes. */
TEST(looks_and_ratings_leave_half_of_the_queue_to_calls)
{
	struct rd_call_record r = make_record("o", 1);
	unsigned recovered, looks = 0, calls = 0;
	struct rd_store *s;

	new_path();
	s = open_store(&recovered);
	while (rd_store_find(s, r.call_id, looks) == RD_OK)
		looks++;
	CHECK_EQ(looks, QUEUE / 2);
	CHECK_ERR(rd_store_rate(s, &r), RD_E_FULL);
	CHECK(rd_store_is_ready(s));
	CHECK_OK(rd_store_confirm(s, r.call_id, 0));
	for (; calls + looks + 1 < QUEUE; calls++) {
		r = make_record("o", calls);
		CHECK_OK(rd_store_insert(s, &r, calls));
	}
	for (unsigned i = 0; i < QUEUE; i++)
		(void)await_done(s);
	CHECK_OK(rd_store_rate(s, &r));
	rd_store_close(s);
}

TEST(ends_are_kept_when_the_queue_is_full)
{
	struct rd_call_record r = make_record("o", 1);
	unsigned recovered, ends = 0;
	struct rd_store *s;

	new_path();
	s = open_store(&recovered);
	for (unsigned i = 0; i < QUEUE; i++) {
		r = make_record("o", i);
		CHECK_OK(rd_store_insert(s, &r, i));
	}
	/* Three times as many as there is room for. */
	r.ended_ms = 5;
	r.reason = RD_REASON_BUSY;
	for (; ends < 3 * QUEUE; ends++)
		CHECK_OK(rd_store_update(s, &r));
	for (unsigned i = 0; i < QUEUE; i++)
		CHECK_OK(await_done(s).err);
	rd_store_close(s);
	s = open_store(&recovered);
	CHECK_EQ(recovered, QUEUE - 1);
	CHECK_OK(rd_store_find(s, r.call_id, 1));
	CHECK_EQ(await_done(s).record.reason, RD_REASON_BUSY);
	rd_store_close(s);
}

/* Files may grow to their size of now and no further: a full disk. */
static struct rlimit fill_disk(void)
{
	struct rlimit was, now;
	struct stat st;
	char wal[80];

	snprintf(wal, sizeof(wal), "%s-wal", path);
	CHECK(stat(wal, &st) == 0);
	CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
	now = was;
	now.rlim_cur = (rlim_t)st.st_size;
	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &now) == 0);
	return was;
}

/* Also when the test failed, so that the others do not fail with it. */
static int free_disk(void **state)
{
	struct rlimit all;

	(void)state;
	if (getrlimit(RLIMIT_FSIZE, &all))
		return -1;
	all.rlim_cur = all.rlim_max;
	return setrlimit(RLIMIT_FSIZE, &all);
}

/* F7: new calls are refused, the end of a running one is kept and written
 * when there is room again, without anybody's help. */
TEST(a_full_disk_refuses_calls_and_loses_no_end)
{
	struct rd_call_record running = make_record("o", 1), r;
	uint64_t give_up_ms = rd_clock_ms() + 20000;
	struct rlimit was;
	struct rd_store *s;
	unsigned recovered;

	new_path();
	s = open_store(&recovered);
	CHECK_OK(rd_store_insert(s, &running, 1));
	CHECK_OK(await_done(s).err);
	was = fill_disk();

	r = make_record("o", 2);
	CHECK_OK(rd_store_insert(s, &r, 2));
	CHECK_ERR(await_done(s).err, RD_E_IO);
	CHECK(!rd_store_is_ready(s));
	running.ended_ms = 9;
	running.reason = RD_REASON_BUSY;
	running.by = RD_BY_ADVISOR;
	CHECK_OK(rd_store_update(s, &running));
	CHECK_OK(rd_store_find(s, running.call_id, 3));
	CHECK_EQ(await_done(s).record.ended_ms, 0);

	CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
	while (!rd_store_is_ready(s))
		CHECK(rd_clock_ms() < give_up_ms && !poll(NULL, 0, 20));
	rd_store_close(s);
	s = open_store(&recovered);
	CHECK_EQ(recovered, 0); /* what was refused is not there */
	CHECK_OK(rd_store_find(s, running.call_id, 4));
	CHECK_EQ(await_done(s).record.reason, RD_REASON_BUSY);
	CHECK_OK(rd_store_find(s, r.call_id, 5));
	CHECK_ERR(await_done(s).err, RD_E_NOTFOUND);
	rd_store_close(s);
}

TEST(a_damaged_file_is_refused_in_words)
{
	struct rd_store_cfg cfg = { .path = path, .queue = QUEUE };
	struct rd_complaint why = { "" };
	struct rd_store *s;
	unsigned recovered;
	FILE *f;

	new_path();
	f = fopen(path, "w");
	CHECK(f != NULL);
	for (int i = 0; i < 500; i++)
		fputs("this is not a database\n", f);
	fclose(f);
	CHECK_ERR(rd_store_open(&s, &cfg, 1, &recovered, &why), RD_E_FORMAT);
	CHECK(strstr(why.text, path) && strstr(why.text, "backup"));
}

TEST(a_folder_that_is_not_there_is_named)
{
	struct rd_store_cfg cfg = { .path = "/nowhere/x.db", .queue = QUEUE };
	struct rd_complaint why = { "" };
	struct rd_store *s;
	unsigned recovered;

	CHECK_ERR(rd_store_open(&s, &cfg, 1, &recovered, &why), RD_E_IO);
	CHECK(strstr(why.text, "/nowhere/x.db"));
}

static enum rd_err open_and_close(void)
{
	struct rd_store_cfg cfg = { .path = path, .queue = QUEUE };
	struct rd_complaint why;
	unsigned recovered;
	struct rd_store *s;
	enum rd_err err = rd_store_open(&s, &cfg, 1, &recovered, &why);

	rd_store_close(s);
	return err;
}

TEST(opening_survives_every_failing_allocation)
{
	new_path();
	rd_check_every_oom(open_and_close);
	rd_store_close(NULL);
}

/* Grouped commits: the burst is bound by fsyncs of batches, not of calls. */
TEST(a_burst_of_starts_is_committed_in_groups)
{
	enum {
		CALLS = 5000
	};
	unsigned recovered, sent = 0, done = 0;
	uint64_t start_us;
	struct rd_store *s;

	new_path();
	s = open_store(&recovered);
	start_us = rd_clock_us();
	while (done < CALLS) {
		struct rd_call_record r = make_record("o", sent);

		if (sent < CALLS && sent - done < QUEUE / 2 &&
		    rd_store_insert(s, &r, sent) == RD_OK) {
			sent++;
			continue;
		}
		CHECK_OK(await_done(s).err);
		done++;
	}
	print_message("%u records in %llu ms\n", CALLS,
		      (unsigned long long)(rd_clock_us() - start_us) / 1000);
	rd_store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_record_is_on_disk_when_its_outcome_comes),
		T(an_end_is_written_once),
		T(a_key_that_changed_and_what_was_said_of_the_call_are_kept),
		T(a_database_of_an_older_version_is_brought_up_to_date),
		T(every_text_is_read_back_as_it_was),
		T(after_a_crash_every_open_call_is_closed_exactly_once),
		T(whenever_it_is_killed_no_record_that_was_promised_is_lost),
		T(a_second_server_on_the_same_file_is_refused),
		T(outcomes_that_nobody_fetches_are_back_pressure),
		T(looks_and_ratings_leave_half_of_the_queue_to_calls),
		T(ends_are_kept_when_the_queue_is_full),
		cmocka_unit_test_teardown(
			a_full_disk_refuses_calls_and_loses_no_end, free_disk),
		T(a_damaged_file_is_refused_in_words),
		T(a_folder_that_is_not_there_is_named),
		T(opening_survives_every_failing_allocation),
		T(a_burst_of_starts_is_committed_in_groups),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
