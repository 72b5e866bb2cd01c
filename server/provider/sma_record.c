/* provider/sma_record.c - RecordAudio: a file below the recordings folder.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "provider/sma_run_priv.h"

enum {
	FILE_MODE = 0640,
};

/* PREFIX/20261121T170500Z_TRANSACTION_LEG_NUMBER.wav; false: it does not fit.
 * The number tells recordings of one second apart. */
static bool make_key(const struct rd_sma_place *p, const char *prefix,
		     uint32_t serial, char key[RD_SMA_PATH])
{
	time_t now = (time_t)(rd_clock_wall_ms() / 1000);
	size_t len = strlen(prefix);
	const char *slash = len && prefix[len - 1] != '/' ? "/" : "";
	char at[32];
	struct tm tm;
	int n;

	if (!gmtime_r(&now, &tm) ||
	    strftime(at, sizeof(at), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return false;
	n = snprintf(key, RD_SMA_PATH, "%s%s%s_%s_LEG-%c_%u.wav", prefix, slash,
		     at, p->run->transaction_id, 'A' + (int)p->leg, serial);
	return n > 0 && n < RD_SMA_PATH;
}

static enum rd_err begin(struct rd_sma_place *p, const char *path,
			 const struct rd_sma_action *a)
{
	struct rd_engine *e = p->run->runs->cfg.engine;
	struct rd_recording recording = {
		.path = path,
		.most_ms = a->duration_ms,
		.silence_ms = a->silence_ms,
		.silence_threshold = a->silence_threshold,
	};

	if (p->kind == RD_SMA_SEAT)
		return rd_room_record(e, p->meeting_id, &recording);
	if (p->kind == RD_SMA_PHONE)
		return rd_phone_record(e, p->phone, &recording);
	return RD_E_NOTFOUND;
}

/* New, and for nobody else's eyes: what people say is in it. */
static bool make_file(int folder, const char *name)
{
	int fd = openat(folder, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			FILE_MODE);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The folder is opened part by part, and the file within it by that. */
static enum rd_err begin_below(struct rd_sma_place *p, const char *key,
			       const struct rd_sma_action *a)
{
	char path[2 * RD_SMA_PATH], file[RD_SMA_PATH + 32];
	const char *name;
	enum rd_err err;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", a->prompt.bucket, key);
	fd = rd_sma_make_below(p->run->runs->cfg.recordings_folder, path,
			       &name);
	if (fd < 0)
		return RD_E_IO;
	snprintf(file, sizeof(file), "/proc/self/fd/%d/%s", fd, name);
	err = make_file(fd, name) ? begin(p, file, a) : RD_E_IO;
	close(fd);
	return err;
}

void rd_sma_record(struct rd_sma_place *p, const struct rd_sma_order *order)
{
	const struct rd_sma_action *a = order->action;
	enum rd_err err;

	p->record_serial = order->serial;
	if (!p->run->runs->cfg.recordings_folder) {
		rd_sma_failed(p->run, order->serial, RD_SMA_RESOURCE_DENIED,
			      "there is no place for recordings");
		return;
	}
	if (!make_key(p, a->prefix, order->serial, p->recording) ||
	    !rd_sma_path_is_fine(a->prompt.bucket, p->recording)) {
		p->recording[0] = '\0';
		rd_sma_failed(p->run, order->serial, RD_SMA_INVALID_PARAMETER,
			      "RecordingDestination is not valid");
		return;
	}
	err = begin_below(p, p->recording, a);
	if (!err)
		return;
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"recording not begun\" error=%s",
	       p->run->transaction_id, rd_err_name(err));
	p->recording[0] = '\0';
	rd_sma_failed(p->run, order->serial, RD_SMA_RESOURCE_DENIED,
		      "the recording cannot be written");
}

void rd_sma_record_stop(struct rd_sma_place *p, bool is_wanted)
{
	struct rd_engine *e = p->run->runs->cfg.engine;

	if (!p->recording[0])
		return;
	if (!is_wanted)
		p->recording[0] = '\0';
	if (p->kind == RD_SMA_SEAT)
		rd_room_record_stop(e, p->meeting_id);
	else if (p->kind == RD_SMA_PHONE)
		rd_phone_record_stop(e, p->phone);
}

void rd_sma_recorded(struct rd_sma_place *p,
		     const struct rd_recording_result *result)
{
	struct rd_sma_news news = { .kind = RD_SMA_DONE,
				    .serial = p->record_serial };
	char key[RD_SMA_PATH];

	if (!p->recording[0])
		return;
	memcpy(key, p->recording, sizeof(key));
	p->recording[0] = '\0';
	news.key = key;
	if (result->end == RD_RECORDING_FAILED)
		rd_sma_failed(p->run, p->record_serial, RD_SMA_RESOURCE_DENIED,
			      "the recording cannot be written");
	else
		rd_sma_feed(p->run, &news);
}
