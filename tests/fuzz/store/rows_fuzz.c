/* tests/fuzz/store/rows_fuzz.c - any rows, then a restart: what is read is
 * what was written, and recovery closes each open one once (FZ32).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The database is in memory; the restart is rd_sqlite_recover.
 */
#include "store/sqlite.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ROWS = 8
};

/* Text of the input without NUL, cut to fit. */
static void take_text(struct rd_reader *r, char *out, size_t size)
{
	size_t len = rd_read_u8(r) % size;
	struct rd_span text =
		rd_read_span(r, rd_min_size(len, rd_reader_left(r)));

	for (size_t i = 0; i < text.len; i++)
		out[i] = text.at[i] ? (char)text.at[i] : '0';
	out[text.len] = '\0';
}

static void take_record(struct rd_reader *r, struct rd_call_record *out,
			unsigned row)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->call_id, sizeof(out->call_id), "%u", row);
	take_text(r, out->support_id, sizeof(out->support_id));
	take_text(r, out->owner, sizeof(out->owner));
	take_text(r, out->issuer, sizeof(out->issuer));
	take_text(r, out->destination, sizeof(out->destination));
	take_text(r, out->provider, sizeof(out->provider));
	take_text(r, out->far_id, sizeof(out->far_id));
	out->key_sha256[0] = rd_read_u8(r);
	out->started_ms = rd_read_u32(r);
	out->answered_ms = rd_read_u8(r) & 1 ? out->started_ms + 1 : 0;
	out->ended_ms = rd_read_u8(r) & 1 ? out->started_ms + 2 : 0;
	if (!out->ended_ms)
		return;
	out->reason = (enum rd_reason)(rd_read_u8(r) % RD_REASON_COUNT);
	out->by = (enum rd_ended_by)(rd_read_u8(r) % (RD_BY_SYSTEM + 1));
}

static void check_row(struct rd_sqlite *db, const struct rd_call_record *want,
		      bool is_closed_by_us)
{
	struct rd_call_record got;

	rd_assert(!rd_sqlite_find(db, want->call_id, &got));
	rd_assert(!strcmp(got.owner, want->owner));
	rd_assert(!strcmp(got.far_id, want->far_id));
	rd_assert(!strcmp(got.destination, want->destination));
	rd_assert(!memcmp(got.key_sha256, want->key_sha256, 32));
	rd_assert(got.started_ms == want->started_ms);
	if (!is_closed_by_us) {
		rd_assert(got.ended_ms == want->ended_ms);
		rd_assert(got.reason == want->reason && got.by == want->by);
		return;
	}
	rd_assert(got.reason == RD_REASON_SERVER_LOST);
	rd_assert(got.by == RD_BY_SYSTEM);
	rd_assert(got.ended_ms >= got.started_ms || !got.started_ms);
}

static enum rd_err count(void *arg, const char *owner, uint64_t started_ms)
{
	(void)owner;
	(void)started_ms;
	++*(unsigned *)arg;
	return RD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_reader r = rd_reader(rd_span(data, size));
	struct rd_call_record rows[ROWS];
	unsigned n = 0, open = 0, closed = 0, seen = 0;
	struct rd_sqlite *db;

	if (rd_sqlite_open(&db, ":memory:", NULL))
		return 0;
	while (n < ROWS && rd_reader_left(&r) > 0) {
		take_record(&r, &rows[n], n);
		rd_assert(!rd_sqlite_insert(db, &rows[n]));
		rd_assert(rd_sqlite_insert(db, &rows[n]) == RD_E_EXISTS);
		check_row(db, &rows[n], false);
		open += rows[n++].ended_ms == 0;
	}
	rd_assert(!rd_sqlite_beat(db, 5000));
	rd_assert(!rd_sqlite_recover(db, &closed));
	rd_assert(closed <= open);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].ended_ms || closed == open)
			check_row(db, &rows[i], !rows[i].ended_ms);
	rd_assert(!rd_sqlite_recover(db, &closed));
	rd_assert(!rd_sqlite_each_started(db, 0, count, &seen));
	rd_assert(seen == n && closed == 0);
	rd_sqlite_close(db);
	return 0;
}
