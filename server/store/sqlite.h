/* store/sqlite.h - the database: its schema and its statements.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every statement is constant text, prepared once.  Owner: whoever opened it.
 * Thread: one at a time.
 */
#pragma once
#include "base/base.h"
#include "call/record.h"

struct rd_sqlite;

/* Opens or makes the file, WAL, synchronous=FULL, and brings the schema up to
 * date.  RD_E_IO; RD_E_FORMAT: damaged, or made by a newer version. */
RD_MUST_USE enum rd_err rd_sqlite_open(struct rd_sqlite **out, const char *path,
				       struct rd_complaint *why);
void rd_sqlite_close(struct rd_sqlite *db); /* NULL is fine */

/* Between begin and commit; after a failed commit nothing of it happened. */
RD_MUST_USE enum rd_err rd_sqlite_begin(struct rd_sqlite *db);
RD_MUST_USE enum rd_err rd_sqlite_commit(struct rd_sqlite *db);
/* Nothing since begin happened; fine where there was no begin. */
void rd_sqlite_rollback(struct rd_sqlite *db);

RD_MUST_USE enum rd_err rd_sqlite_insert(struct rd_sqlite *db,
					 const struct rd_call_record *r);
/* Answer, far id and end; an end that is there already stays. */
RD_MUST_USE enum rd_err rd_sqlite_update(struct rd_sqlite *db,
					 const struct rd_call_record *r);
/* score and tags, also of one that has ended. */
RD_MUST_USE enum rd_err rd_sqlite_rate(struct rd_sqlite *db,
				       const struct rd_call_record *r);
/* RD_E_NOTFOUND. */
RD_MUST_USE enum rd_err rd_sqlite_find(struct rd_sqlite *db,
				       const char *call_id,
				       struct rd_call_record *out);
/* We were alive at this time: the end of what a crash leaves open. */
RD_MUST_USE enum rd_err rd_sqlite_beat(struct rd_sqlite *db,
				       uint64_t now_wall_ms);
/* What is open, in no order. */
RD_MUST_USE enum rd_err rd_sqlite_each_open(
	struct rd_sqlite *db,
	enum rd_err (*fn)(void *arg, const struct rd_call_record *r),
	void *arg);
/* Closes what is open: reason server_lost, by system. */
RD_MUST_USE enum rd_err rd_sqlite_recover(struct rd_sqlite *db,
					  unsigned *closed);
RD_MUST_USE enum rd_err rd_sqlite_forget(struct rd_sqlite *db,
					 uint64_t before_wall_ms);
RD_MUST_USE enum rd_err rd_sqlite_each_started(
	struct rd_sqlite *db, uint64_t since_wall_ms,
	enum rd_err (*fn)(void *arg, const char *owner,
			  uint64_t started_wall_ms),
	void *arg);
