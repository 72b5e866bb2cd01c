/* store/store.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Jobs go to the thread by one mailbox and outcomes come back by another.
 * The thread takes all jobs that wait into one transaction.
 */
#include "store/store.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "store/lock.h"
#include "store/sqlite.h"

enum {
	BATCH = 256,
	BEAT_MS = 5000,
	RETRY_MS = 1000,
	DAY_MS = 86400000,
};

enum job_kind {
	JOB_INSERT,
	JOB_UPDATE,
	JOB_RATE,
	JOB_FIND,
	JOB_END
};

struct job {
	enum job_kind kind;
	uint64_t tag;
	struct rd_call_record record;
};

/* An update that found the queue full, or a disk that refused it. */
struct late_update {
	struct rd_list in_list;
	struct rd_call_record record;
};

struct rd_store {
	struct rd_sqlite *db;     /* thread, after open */
	int lock;                 /* const after open */
	struct rd_mailbox *jobs;  /* const after open */
	struct rd_mailbox *dones; /* const after open */
	pthread_t thread;         /* control */
	bool has_thread;          /* control */
	unsigned keep_days;       /* const after open */

	struct rd_list late;     /* control: struct late_update.in_list */
	struct rd_list lost;     /* control: struct late_update.in_list */
	atomic_bool is_writable; /* atomic: the last commit went well */
	atomic_uint waiting;     /* atomic: jobs and outcomes not fetched */
	unsigned queue;          /* const after open */

	struct rd_list refused;     /* thread: struct late_update.in_list */
	unsigned open_calls;        /* thread */
	uint64_t beat_ms;           /* thread: when last written */
	uint64_t refused_ms;        /* thread: when the disk last refused */
	struct job batch[BATCH];    /* thread */
	enum rd_err errs[BATCH];    /* thread */
	struct rd_store_done found; /* thread */
};

/* --- the thread -------------------------------------------------------- */

static void keep_late(struct rd_list *list, const struct rd_call_record *r)
{
	struct late_update *u = rd_alloc(sizeof(*u));

	if (!u) {
		rd_log(RD_LOG_ERROR, "store",
		       "call=%s event=\"record lost\" error=NOMEM", r->call_id);
		return;
	}
	u->record = *r;
	u->in_list = (struct rd_list){ NULL, NULL };
	rd_list_push(list, &u->in_list);
}

static enum rd_err write_job(struct rd_store *s, const struct job *j)
{
	if (j->kind == JOB_INSERT)
		return rd_sqlite_insert(s->db, &j->record);
	if (j->kind == JOB_UPDATE)
		return rd_sqlite_update(s->db, &j->record);
	if (j->kind == JOB_RATE)
		return rd_sqlite_rate(s->db, &j->record);
	return RD_OK;
}

/* One transaction; false: nothing of it is on disk. */
static bool write_batch(struct rd_store *s, unsigned count)
{
	enum rd_err err = rd_sqlite_begin(s->db);

	for (unsigned i = 0; i < count && !err; i++) {
		s->errs[i] = write_job(s, &s->batch[i]);
		/* A row that exists is that row's trouble alone. */
		if (s->errs[i] != RD_E_EXISTS)
			err = s->errs[i];
	}
	if (!err)
		err = rd_sqlite_commit(s->db);
	else
		rd_sqlite_rollback(s->db);
	if (err)
		rd_log(RD_LOG_ERROR, "store",
		       "event=\"records not written\" error=%s count=%u",
		       rd_err_name(err), count);
	return !err;
}

static void post(struct rd_store *s, const struct rd_store_done *done)
{
	/* As large as the jobs' queue, and .waiting counts both. */
	if (rd_mailbox_push(s->dones, done) != RD_OK)
		rd_log(RD_LOG_ERROR, "store", "event=\"outcome lost\"");
}

static void finish_job(struct rd_store *s, const struct job *j, enum rd_err err,
		       bool is_written)
{
	struct rd_store_done *done = &s->found;

	*done = (struct rd_store_done){ .tag = j->tag,
					.err = is_written ? err : RD_E_IO };
	switch (j->kind) {
	case JOB_INSERT:
		s->open_calls += !done->err;
		post(s, done);
		return;
	case JOB_UPDATE:
		if (!is_written)
			keep_late(&s->refused, &j->record);
		else if (j->record.ended_ms && s->open_calls > 0)
			s->open_calls--;
		atomic_fetch_sub(&s->waiting, 1);
		return;
	case JOB_RATE: /* what a disk refuses is no call's trouble */
		atomic_fetch_sub(&s->waiting, 1);
		return;
	case JOB_FIND:
		done->err =
			rd_sqlite_find(s->db, j->record.call_id, &done->record);
		post(s, done);
		return;
	case JOB_END:
		return;
	}
}

/* False: the thread shall end. */
static bool serve_batch(struct rd_store *s, unsigned count)
{
	bool has_writes = false, is_written = true, must_go_on = true;

	for (unsigned i = 0; i < count; i++) {
		s->errs[i] = RD_OK;
		has_writes |= s->batch[i].kind <= JOB_RATE;
		must_go_on &= s->batch[i].kind != JOB_END;
	}
	if (has_writes) {
		is_written = write_batch(s, count);
		if (!is_written)
			s->refused_ms = rd_clock_ms();
		atomic_store(&s->is_writable, is_written);
	}
	for (unsigned i = 0; i < count; i++)
		finish_job(s, &s->batch[i], s->errs[i], is_written);
	return must_go_on;
}

/* What the disk refused is tried again until it takes it (F7). */
static void retry_refused(struct rd_store *s)
{
	unsigned count = 0;
	struct rd_list *link;

	while (count < BATCH && (link = rd_list_pop(&s->refused))) {
		struct late_update *u =
			rd_container(link, struct late_update, in_list);

		s->batch[count++] =
			(struct job){ .kind = JOB_UPDATE, .record = u->record };
		rd_free(u);
	}
	if (count == 0)
		return;
	atomic_fetch_add(&s->waiting, count);
	serve_batch(s, count);
}

/* Says that we live, for the records that a crash would leave open; and finds
 * out whether a disk that refused takes writes again. */
static void beat(struct rd_store *s)
{
	bool is_writable = atomic_load(&s->is_writable);
	uint64_t now_ms = rd_clock_ms();

	if (is_writable ? s->open_calls == 0 || now_ms < s->beat_ms + BEAT_MS
			: now_ms < s->refused_ms + RETRY_MS)
		return;
	s->beat_ms = now_ms;
	is_writable = rd_sqlite_beat(s->db, rd_clock_wall_ms()) == RD_OK;
	if (!is_writable)
		s->refused_ms = now_ms;
	atomic_store(&s->is_writable, is_writable);
}

/* Whether something waits for the disk to take writes again. */
static bool must_retry(const struct rd_store *s)
{
	return !rd_list_is_empty(&s->refused) || !atomic_load(&s->is_writable);
}

static void *serve(void *arg)
{
	struct rd_store *s = arg;
	struct pollfd p = { rd_mailbox_fd(s->jobs), POLLIN, 0 };
	bool must_go_on = true;

	while (must_go_on) {
		unsigned count = 0;

		if (poll(&p, 1, must_retry(s) ? RETRY_MS : BEAT_MS) > 0)
			rd_mailbox_acknowledge(s->jobs);
		do {
			count = 0;
			while (count < BATCH &&
			       rd_mailbox_pop(s->jobs, &s->batch[count]) ==
				       RD_OK)
				count++;
			if (count > 0)
				must_go_on &= serve_batch(s, count);
		} while (count == BATCH);
		retry_refused(s);
		beat(s);
	}
	/* The last chance, batch by batch, while the disk takes them. */
	while (!rd_list_is_empty(&s->refused) && atomic_load(&s->is_writable))
		retry_refused(s);
	return NULL;
}

/* --- opening ----------------------------------------------------------- */

static enum rd_err start_thread(struct rd_store *s)
{
	if (pthread_create(&s->thread, NULL, serve, s) != 0)
		return RD_E_IO;
	s->has_thread = true;
	return RD_OK;
}

static enum rd_err keep_lost(void *arg, const struct rd_call_record *r)
{
	struct rd_store *s = arg;

	if (r->far_id[0])
		keep_late(&s->lost, r);
	return RD_OK;
}

enum rd_err rd_store_open(struct rd_store **out, const struct rd_store_cfg *cfg,
			  uint64_t now_wall_ms, unsigned *recovered,
			  struct rd_complaint *why)
{
	struct rd_store *s = rd_zalloc(sizeof(*s));
	enum rd_err err;

	*out = NULL;
	*recovered = 0;
	if (!s)
		return RD_E_NOMEM;
	s->queue = cfg->queue;
	atomic_store(&s->is_writable, true);
	rd_list_init(&s->late);
	rd_list_init(&s->lost);
	rd_list_init(&s->refused);
	err = rd_store_lock(&s->lock, cfg->path, why);
	if (!err)
		err = rd_sqlite_open(&s->db, cfg->path, why);
	if (!err)
		err = rd_sqlite_each_open(s->db, keep_lost, s);
	if (!err)
		err = rd_sqlite_recover(s->db, recovered);
	if (!err && cfg->keep_days)
		err = rd_sqlite_forget(s->db,
				       now_wall_ms - (uint64_t)cfg->keep_days *
							     DAY_MS);
	if (!err)
		err = rd_mailbox_open(&s->jobs, cfg->queue, sizeof(struct job));
	if (!err)
		err = rd_mailbox_open(&s->dones, cfg->queue,
				      sizeof(struct rd_store_done));
	if (err) {
		rd_store_close(s);
		return err;
	}
	*out = s;
	return RD_OK;
}

static void free_list(struct rd_list *list)
{
	struct rd_list *link;

	while ((link = rd_list_pop(list)))
		rd_free(rd_container(link, struct late_update, in_list));
}

/* Updates that found the queue full go first, in order. */
static bool push_late(struct rd_store *s)
{
	while (!rd_list_is_empty(&s->late)) {
		struct late_update *u =
			rd_container(s->late.next, struct late_update, in_list);
		struct job j = { .kind = JOB_UPDATE, .record = u->record };

		if (rd_mailbox_push(s->jobs, &j) != RD_OK)
			return false;
		atomic_fetch_add(&s->waiting, 1);
		rd_list_remove(&u->in_list);
		rd_free(u);
	}
	return true;
}

static enum rd_err push_up_to(struct rd_store *s, const struct job *j,
			      unsigned most)
{
	enum rd_err err;

	if (!s->has_thread && start_thread(s) != RD_OK)
		return RD_E_FULL;
	if (!push_late(s) || atomic_load(&s->waiting) >= most)
		return RD_E_FULL;
	atomic_fetch_add(&s->waiting, 1);
	err = rd_mailbox_push(s->jobs, j);
	if (err)
		atomic_fetch_sub(&s->waiting, 1);
	return err;
}

static enum rd_err push(struct rd_store *s, const struct job *j)
{
	return push_up_to(s, j, s->queue);
}

/* What clients may ask for in any number leaves half of the queue to calls
 * that begin. */
static enum rd_err push_asked(struct rd_store *s, const struct job *j)
{
	return push_up_to(s, j, (s->queue + 1) / 2);
}

void rd_store_close(struct rd_store *s)
{
	struct job end = { .kind = JOB_END };

	if (!s)
		return;
	if (s->has_thread) {
		struct timespec pause = { 0, 5000000 };

		while (!push_late(s) || rd_mailbox_push(s->jobs, &end) != RD_OK)
			nanosleep(&pause, NULL); /* the thread makes room */
		pthread_join(s->thread, NULL);
	}
	free_list(&s->late);
	free_list(&s->lost);
	free_list(&s->refused);
	rd_mailbox_close(s->jobs);
	rd_mailbox_close(s->dones);
	rd_sqlite_close(s->db);
	rd_store_unlock(s->lock);
	rd_free(s);
}

/* --- control ----------------------------------------------------------- */

enum rd_err rd_store_take_lost(struct rd_store *s, struct rd_call_record *out)
{
	struct rd_list *link = rd_list_pop(&s->lost);
	struct late_update *u;

	if (!link)
		return RD_E_NOTFOUND;
	u = rd_container(link, struct late_update, in_list);
	*out = u->record;
	rd_free(u);
	return RD_OK;
}

enum rd_err rd_store_each_started(struct rd_store *s, uint64_t since_wall_ms,
				  enum rd_err (*fn)(void *arg,
						    const char *owner,
						    uint64_t started_wall_ms),
				  void *arg)
{
	rd_assert(!s->has_thread);
	return rd_sqlite_each_started(s->db, since_wall_ms, fn, arg);
}

enum rd_err rd_store_insert(struct rd_store *s,
			    const struct rd_call_record *record, uint64_t tag)
{
	struct job j = { .kind = JOB_INSERT, .tag = tag, .record = *record };

	return push(s, &j);
}

enum rd_err rd_store_update(struct rd_store *s,
			    const struct rd_call_record *record)
{
	struct job j = { .kind = JOB_UPDATE, .record = *record };

	if (push(s, &j) != RD_OK)
		keep_late(&s->late, record);
	return RD_OK;
}

enum rd_err rd_store_rate(struct rd_store *s,
			  const struct rd_call_record *record)
{
	struct job j = { .kind = JOB_RATE, .record = *record };

	return push_asked(s, &j);
}

static struct job find_job(const char *call_id, uint64_t tag)
{
	struct job j = { .kind = JOB_FIND, .tag = tag };

	if (strlen(call_id) >= sizeof(j.record.call_id)) {
		/* No id of ours; the longest cut one is unknown as well. */
		memset(j.record.call_id, '-', sizeof(j.record.call_id) - 1);
	} else {
		memcpy(j.record.call_id, call_id, strlen(call_id));
	}
	return j;
}

enum rd_err rd_store_find(struct rd_store *s, const char *call_id, uint64_t tag)
{
	struct job j = find_job(call_id, tag);

	return push_asked(s, &j);
}

enum rd_err rd_store_confirm(struct rd_store *s, const char *call_id,
			     uint64_t tag)
{
	struct job j = find_job(call_id, tag);

	return push(s, &j);
}

int rd_store_fd(const struct rd_store *s)
{
	return rd_mailbox_fd(s->dones);
}

enum rd_err rd_store_poll(struct rd_store *s, struct rd_store_done *done)
{
	enum rd_err err = rd_mailbox_pop(s->dones, done);

	if (err == RD_E_AGAIN) {
		/* Empty: allow the next signal, then look once more. */
		rd_mailbox_acknowledge(s->dones);
		push_late(s);
		err = rd_mailbox_pop(s->dones, done);
	}
	if (!err)
		atomic_fetch_sub(&s->waiting, 1);
	return err;
}

bool rd_store_is_ready(const struct rd_store *s)
{
	return atomic_load(&s->is_writable) && rd_list_is_empty(&s->late) &&
	       atomic_load(&s->waiting) < s->queue;
}
