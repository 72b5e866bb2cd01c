/* store/store.h - call records, on their own thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * SQLite in WAL mode with synchronous=FULL.  Writes that wait together are
 * committed together, so a burst of starts costs one fsync, not one each.
 * Thread: control, except where said.
 */
#pragma once
#include "base/base.h"
#include "call/record.h"

struct rd_store;

struct rd_store_cfg {
	const char *path;   /* of the database file; made if absent */
	unsigned queue;     /* writes waiting at most: 4096 */
	unsigned keep_days; /* closed records older than this go; 0 = keep */
};

/* Opens, brings the schema up to date, and closes records that a crash left
 * open (reason server_lost, by system, ended at the last sign of life), each
 * once; *recovered says how many.  Synchronous, at start only.  RD_E_IO and
 * RD_E_FORMAT (damaged, or of a newer version) with a complaint; RD_E_IO also
 * while another process has this database open. */
RD_MUST_USE enum rd_err rd_store_open(struct rd_store **out,
				      const struct rd_store_cfg *cfg,
				      uint64_t now_wall_ms, unsigned *recovered,
				      struct rd_complaint *why);
/* Writes what is queued, then ends.  NULL is fine. */
void rd_store_close(struct rd_store *s);

/* One of the calls that rd_store_open has closed, and that had a far_id: what
 * a crash may have left at the far end.  RD_E_NOTFOUND: there are no more. */
RD_MUST_USE enum rd_err rd_store_take_lost(struct rd_store *s,
					   struct rd_call_record *out);

/* Calls started since then, oldest first, for the limits: fn is called on
 * this thread before this returns.  At start only. */
RD_MUST_USE enum rd_err rd_store_each_started(
	struct rd_store *s, uint64_t since_wall_ms,
	enum rd_err (*fn)(void *arg, const char *owner,
			  uint64_t started_wall_ms),
	void *arg);

/* A new record.  Its outcome comes by rd_store_poll with this tag, after it
 * is on disk.  RD_E_FULL: the queue is full, refuse the call. */
RD_MUST_USE enum rd_err rd_store_insert(struct rd_store *s,
					const struct rd_call_record *record,
					uint64_t tag);
/* key_sha256, provider, answered_ms, far_id, resumes; or, when ended_ms is set,
 * the end.  An end is never lost: if the queue is full it is kept and tried
 * again. */
RD_MUST_USE enum rd_err rd_store_update(struct rd_store *s,
					const struct rd_call_record *record);
/* score and tags, also of one that has ended.  RD_E_FULL: for this and for
 * rd_store_find the queue is full when half of it is used. */
RD_MUST_USE enum rd_err rd_store_rate(struct rd_store *s,
				      const struct rd_call_record *record);
/* Reads one; the outcome comes with this tag and the record. */
RD_MUST_USE enum rd_err rd_store_find(struct rd_store *s, const char *call_id,
				      uint64_t tag);
/* The same for a call that begins: what was written of it before is on disk
 * when the outcome comes. */
RD_MUST_USE enum rd_err rd_store_confirm(struct rd_store *s,
					 const char *call_id, uint64_t tag);

struct rd_store_done {
	uint64_t tag;
	enum rd_err err;              /* find: RD_E_NOTFOUND */
	struct rd_call_record record; /* find */
};
int rd_store_fd(const struct rd_store *s);
RD_MUST_USE enum rd_err rd_store_poll(struct rd_store *s,
				      struct rd_store_done *done);
/* False while the disk or the queue cannot take a new call (F7, F8). */
bool rd_store_is_ready(const struct rd_store *s);
