/* store/sqlite.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/sqlite.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/log.h"

enum {
	SCHEMA_VERSION = 3,
	BUSY_MS = 2000 /* F15 */
};

enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_INSERT,
	ST_UPDATE,
	ST_RATE,
	ST_FIND,
	ST_OPEN,
	ST_BEAT,
	ST_RECOVER,
	ST_FORGET,
	ST_STARTED,
	ST_COUNT
};

static const char schema[] =
	"CREATE TABLE calls("
	" call_id TEXT PRIMARY KEY NOT NULL, support_id TEXT NOT NULL,"
	" key_sha256 BLOB NOT NULL, owner TEXT NOT NULL, issuer TEXT NOT NULL,"
	" destination TEXT NOT NULL, provider TEXT NOT NULL,"
	" far_id TEXT NOT NULL, reason TEXT NOT NULL, ended_by TEXT NOT NULL,"
	" started_ms INTEGER NOT NULL, answered_ms INTEGER NOT NULL,"
	" ended_ms INTEGER NOT NULL,"
	" resumes INTEGER NOT NULL DEFAULT 0,"
	" score INTEGER NOT NULL DEFAULT 0,"
	" tags TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
	"CREATE INDEX calls_started ON calls(started_ms);"
	"CREATE INDEX calls_open ON calls(call_id) WHERE ended_ms = 0;"
	"CREATE TABLE life(only INTEGER PRIMARY KEY CHECK (only = 1),"
	" alive_ms INTEGER NOT NULL);"
	"INSERT INTO life VALUES(1, 0);"
	"PRAGMA user_version = 3;";

/* What a database of that version lacks; [0] is never used. */
static const char *const upgrades[SCHEMA_VERSION] = {
	[1] = "ALTER TABLE calls ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;"
	      "PRAGMA user_version = 2;",
	[2] = "ALTER TABLE calls ADD COLUMN score INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE calls ADD COLUMN tags TEXT NOT NULL DEFAULT '';"
	      "PRAGMA user_version = 3;",
};

static const char *const texts[ST_COUNT] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_INSERT] =
		"INSERT INTO calls VALUES"
		"(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
	[ST_UPDATE] =
		"UPDATE calls SET key_sha256 = ?3, provider = ?7, far_id = ?8,"
		" reason = ?9, ended_by = ?10, answered_ms = ?12,"
		" ended_ms = ?13, resumes = ?14"
		" WHERE call_id = ?1 AND ended_ms = 0",
	[ST_RATE] = "UPDATE calls SET score = ?15, tags = ?16"
		    " WHERE call_id = ?1",
	[ST_FIND] = "SELECT call_id, support_id, key_sha256, owner, issuer,"
		    " destination, provider, far_id, reason, ended_by,"
		    " started_ms, answered_ms, ended_ms, resumes, score,"
		    " tags FROM calls"
		    " WHERE call_id = ?1",
	[ST_OPEN] = "SELECT call_id, support_id, key_sha256, owner, issuer,"
		    " destination, provider, far_id, reason, ended_by,"
		    " started_ms, answered_ms, ended_ms, resumes, score,"
		    " tags FROM calls"
		    " WHERE ended_ms = 0",
	[ST_BEAT] = "UPDATE life SET alive_ms = ?1",
	[ST_RECOVER] = "UPDATE calls SET reason = 'server_lost',"
		       " ended_by = 'system', ended_ms = max(started_ms,"
		       " answered_ms, (SELECT alive_ms FROM life))"
		       " WHERE ended_ms = 0",
	[ST_FORGET] = "DELETE FROM calls WHERE started_ms < ?1"
		      " AND ended_ms <> 0",
	[ST_STARTED] = "SELECT owner, started_ms FROM calls"
		       " WHERE started_ms >= ?1 ORDER BY started_ms",
};

struct rd_sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[ST_COUNT];
};

static enum rd_err from_sqlite(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return RD_OK;
	case SQLITE_NOMEM:
		return RD_E_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return RD_E_FORMAT;
	case SQLITE_CONSTRAINT:
		return RD_E_EXISTS;
	default:
		return RD_E_IO;
	}
}

/* --- opening ----------------------------------------------------------- */

static enum rd_err complain(const struct rd_sqlite *db, const char *path,
			    int rc, struct rd_complaint *why)
{
	enum rd_err err = from_sqlite(rc);

	rd_complain(why, "%s: %s%s", path,
		    db->db ? sqlite3_errmsg(db->db) : sqlite3_errstr(rc),
		    err == RD_E_FORMAT ? "; restore a backup of it, or name "
					 "another file in server.database"
				       : "");
	return err ? err : RD_E_IO;
}

static int read_version(sqlite3 *db, int *version)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(st);
	*version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* All of it or nothing; what fails is rolled back by the close. */
static int run_script(sqlite3 *db, const char *script)
{
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, script, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

static enum rd_err make_schema(struct rd_sqlite *db, const char *path,
			       struct rd_complaint *why)
{
	int version = 0;
	int rc = read_version(db->db, &version);

	if (rc == SQLITE_OK && version > SCHEMA_VERSION) {
		rd_complain(why,
			    "%s: has schema %d; this version knows %d. Use "
			    "the newer ringdown, or another file",
			    path, version, SCHEMA_VERSION);
		return RD_E_FORMAT;
	}
	if (rc == SQLITE_OK && version == 0)
		rc = run_script(db->db, schema);
	for (; rc == SQLITE_OK && version > 0 && version < SCHEMA_VERSION;
	     version++)
		rc = run_script(db->db, upgrades[version]);
	return rc == SQLITE_OK ? RD_OK : complain(db, path, rc, why);
}

static int prepare_all(struct rd_sqlite *db)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < ST_COUNT && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(db->db, texts[i], -1,
					SQLITE_PREPARE_PERSISTENT,
					&db->statements[i], NULL);
	return rc;
}

enum rd_err rd_sqlite_open(struct rd_sqlite **out, const char *path,
			   struct rd_complaint *why)
{
	struct rd_sqlite *db = rd_zalloc(sizeof(*db));
	enum rd_err err = RD_OK;
	int rc;

	*out = NULL;
	if (!db)
		return RD_E_NOMEM;
	rc = sqlite3_open_v2(path, &db->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db->db, BUSY_MS);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->db,
				  "PRAGMA journal_mode = WAL;"
				  "PRAGMA synchronous = FULL;"
				  "PRAGMA trusted_schema = OFF;",
				  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		err = complain(db, path, rc, why);
	if (!err)
		err = make_schema(db, path, why);
	if (!err) {
		rc = prepare_all(db);
		if (rc != SQLITE_OK)
			err = complain(db, path, rc, why);
	}
	if (err) {
		rd_sqlite_close(db);
		return err;
	}
	*out = db;
	return RD_OK;
}

void rd_sqlite_close(struct rd_sqlite *db)
{
	if (!db)
		return;
	for (int i = 0; i < ST_COUNT; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->db);
	rd_free(db);
}

/* --- statements -------------------------------------------------------- */

static enum rd_err run(struct rd_sqlite *db, enum statement which)
{
	sqlite3_stmt *st = db->statements[which];
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return from_sqlite(rc);
}

enum rd_err rd_sqlite_begin(struct rd_sqlite *db)
{
	return run(db, ST_BEGIN);
}

enum rd_err rd_sqlite_commit(struct rd_sqlite *db)
{
	enum rd_err err = run(db, ST_COMMIT);

	if (err)
		rd_sqlite_rollback(db);
	return err;
}

void rd_sqlite_rollback(struct rd_sqlite *db)
{
	/* Some failures have rolled back already, others have not. */
	if (!sqlite3_get_autocommit(db->db) && run(db, ST_ROLLBACK) != RD_OK)
		rd_log(RD_LOG_ERROR, "store", "event=\"rollback failed\"");
}

static void bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

static enum rd_err write_record(struct rd_sqlite *db, enum statement which,
				const struct rd_call_record *r)
{
	sqlite3_stmt *st = db->statements[which];

	bind_text(st, 1, r->call_id);
	sqlite3_bind_blob(st, 3, r->key_sha256, sizeof(r->key_sha256),
			  SQLITE_STATIC);
	if (which == ST_INSERT) {
		bind_text(st, 2, r->support_id);
		bind_text(st, 4, r->owner);
		bind_text(st, 5, r->issuer);
		bind_text(st, 6, r->destination);
		sqlite3_bind_int64(st, 11, (sqlite3_int64)r->started_ms);
	}
	bind_text(st, 7, r->provider);
	bind_text(st, 8, r->far_id);
	bind_text(st, 9, rd_reason_code(r->reason));
	bind_text(st, 10, rd_ended_by_name(r->by));
	sqlite3_bind_int64(st, 12, (sqlite3_int64)r->answered_ms);
	sqlite3_bind_int64(st, 13, (sqlite3_int64)r->ended_ms);
	sqlite3_bind_int64(st, 14, (sqlite3_int64)r->resumes);
	if (which == ST_INSERT) {
		sqlite3_bind_int64(st, 15, (sqlite3_int64)r->score);
		bind_text(st, 16, r->tags);
	}
	return run(db, which);
}

enum rd_err rd_sqlite_insert(struct rd_sqlite *db,
			     const struct rd_call_record *r)
{
	return write_record(db, ST_INSERT, r);
}

enum rd_err rd_sqlite_update(struct rd_sqlite *db,
			     const struct rd_call_record *r)
{
	return write_record(db, ST_UPDATE, r);
}

enum rd_err rd_sqlite_rate(struct rd_sqlite *db, const struct rd_call_record *r)
{
	sqlite3_stmt *st = db->statements[ST_RATE];

	bind_text(st, 1, r->call_id);
	sqlite3_bind_int64(st, 15, (sqlite3_int64)r->score);
	bind_text(st, 16, r->tags);
	return run(db, ST_RATE);
}

static void column_text(sqlite3_stmt *st, int at, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(st, at);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

static enum rd_ended_by parse_by(const char *name)
{
	for (int i = RD_BY_CALLER; i <= RD_BY_SYSTEM; i++)
		if (!strcmp(name, rd_ended_by_name((enum rd_ended_by)i)))
			return (enum rd_ended_by)i;
	return RD_BY_NOBODY;
}

static void read_record(sqlite3_stmt *st, struct rd_call_record *r)
{
	char text[64];

	memset(r, 0, sizeof(*r));
	column_text(st, 0, r->call_id, sizeof(r->call_id));
	column_text(st, 1, r->support_id, sizeof(r->support_id));
	if (sqlite3_column_bytes(st, 2) == (int)sizeof(r->key_sha256))
		memcpy(r->key_sha256, sqlite3_column_blob(st, 2),
		       sizeof(r->key_sha256));
	column_text(st, 3, r->owner, sizeof(r->owner));
	column_text(st, 4, r->issuer, sizeof(r->issuer));
	column_text(st, 5, r->destination, sizeof(r->destination));
	column_text(st, 6, r->provider, sizeof(r->provider));
	column_text(st, 7, r->far_id, sizeof(r->far_id));
	column_text(st, 8, text, sizeof(text));
	r->reason = rd_reason_parse(rd_span_text(text));
	column_text(st, 9, text, sizeof(text));
	r->by = parse_by(text);
	r->started_ms = (uint64_t)sqlite3_column_int64(st, 10);
	r->answered_ms = (uint64_t)sqlite3_column_int64(st, 11);
	r->ended_ms = (uint64_t)sqlite3_column_int64(st, 12);
	r->resumes = (unsigned)sqlite3_column_int64(st, 13);
	r->score = (unsigned)sqlite3_column_int64(st, 14);
	column_text(st, 15, r->tags, sizeof(r->tags));
}

enum rd_err rd_sqlite_find(struct rd_sqlite *db, const char *call_id,
			   struct rd_call_record *out)
{
	sqlite3_stmt *st = db->statements[ST_FIND];
	enum rd_err err;
	int rc;

	bind_text(st, 1, call_id);
	rc = sqlite3_step(st);
	err = rc == SQLITE_DONE ? RD_E_NOTFOUND : from_sqlite(rc);
	if (rc == SQLITE_ROW)
		read_record(st, out);
	sqlite3_reset(st);
	return err;
}

enum rd_err rd_sqlite_beat(struct rd_sqlite *db, uint64_t now_wall_ms)
{
	sqlite3_bind_int64(db->statements[ST_BEAT], 1,
			   (sqlite3_int64)now_wall_ms);
	return run(db, ST_BEAT);
}

enum rd_err rd_sqlite_each_open(
	struct rd_sqlite *db,
	enum rd_err (*fn)(void *arg, const struct rd_call_record *r), void *arg)
{
	sqlite3_stmt *st = db->statements[ST_OPEN];
	struct rd_call_record r;
	enum rd_err err = RD_OK;
	int rc = SQLITE_ROW;

	while (!err && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_record(st, &r);
		err = fn(arg, &r);
	}
	sqlite3_reset(st);
	return err ? err : from_sqlite(rc);
}

enum rd_err rd_sqlite_recover(struct rd_sqlite *db, unsigned *closed)
{
	enum rd_err err = run(db, ST_RECOVER);

	*closed = err ? 0 : (unsigned)sqlite3_changes(db->db);
	return err;
}

enum rd_err rd_sqlite_forget(struct rd_sqlite *db, uint64_t before_wall_ms)
{
	sqlite3_bind_int64(db->statements[ST_FORGET], 1,
			   (sqlite3_int64)before_wall_ms);
	return run(db, ST_FORGET);
}

enum rd_err rd_sqlite_each_started(struct rd_sqlite *db, uint64_t since_wall_ms,
				   enum rd_err (*fn)(void *arg,
						     const char *owner,
						     uint64_t started_wall_ms),
				   void *arg)
{
	sqlite3_stmt *st = db->statements[ST_STARTED];
	enum rd_err err = RD_OK;
	int rc = SQLITE_ROW;

	sqlite3_bind_int64(st, 1, (sqlite3_int64)since_wall_ms);
	while (!err && (rc = sqlite3_step(st)) == SQLITE_ROW)
		err = fn(arg, (const char *)sqlite3_column_text(st, 0),
			 (uint64_t)sqlite3_column_int64(st, 1));
	sqlite3_reset(st);
	return err ? err : from_sqlite(rc);
}
