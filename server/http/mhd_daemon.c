/* http/mhd_daemon.c - libmicrohttpd in our loop: starting, driving, stopping.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The library runs without a thread of its own: its epoll descriptor is
 * watched by our loop, and one timer stands for its timeouts.
 */
#include <microhttpd.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pool.h"
#include "base/secret.h"
#include "http/server_priv.h"

enum {
	RELEASE_MS = 2,
	TURNS = 4,               /* of the library in one of ours */
	FILE_MOST = 1024 * 1024, /* of a certificate file */
};

/* --- driving it --- */

static void drive(struct daemon *d, uint64_t now_ms)
{
	struct rd_timers *timers = rd_loop_timers(d->server->cfg.loop);
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	bool has_timeout = true;

	for (int i = 0; i < TURNS && has_timeout && wait_ms == 0; i++) {
		d->must_run = false;
		if (MHD_run(d->mhd) != MHD_YES)
			rd_log(RD_LOG_ERROR, "http",
			       "event=\"http server turn failed\"");
		has_timeout = MHD_get_timeout(d->mhd, &wait_ms) == MHD_YES;
		if (d->must_run) {
			has_timeout = true;
			wait_ms = 0;
		}
	}
	if (d->is_old && d->connections == 0) {
		rd_mhd_stop(d);
		return;
	}
	/* It tells nobody that it is done with forwarding the rest of an
	 * upgraded TLS connection, and would notice only in its next turn. */
	if (d->releasing && (!has_timeout || wait_ms > RELEASE_MS)) {
		has_timeout = true;
		wait_ms = RELEASE_MS;
	}
	rd_timer_arm(timers, &d->timer,
		     has_timeout ? now_ms + wait_ms : RD_NEVER);
}

static void on_watch(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	(void)events;
	drive(rd_container(w, struct daemon, watch), now_ms);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	drive(rd_container(t, struct daemon, timer), now_ms);
}

void rd_mhd_wake(struct daemon *d)
{
	struct rd_loop *loop = d->server->cfg.loop;

	d->must_run = true;
	rd_timer_arm(rd_loop_timers(loop), &d->timer, rd_loop_now_ms(loop));
}

/* --- start and stop --- */

/* The whole file and a NUL; NULL: cannot be read. */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rbe");
	char *text = f ? rd_alloc(FILE_MOST + 1) : NULL;
	size_t len;

	if (!text) {
		if (f)
			fclose(f);
		return NULL;
	}
	len = fread(text, 1, FILE_MOST, f);
	text[ferror(f) ? 0 : len] = '\0';
	fclose(f);
	return text;
}

static enum rd_err start_with_files(struct daemon *d, struct rd_complaint *c)
{
	struct listener *l = d->listener;
	char *certificate = NULL, *key = NULL;
	enum rd_err err = RD_E_FORMAT;

	if (l->certificate_file) {
		certificate = read_file(l->certificate_file);
		key = read_file(l->key_file);
		if (!certificate || !key) {
			rd_complain(c, "cannot read %s",
				    certificate ? l->key_file
						: l->certificate_file);
			goto done;
		}
	}
	/* The library closes it if it fails. */
	d->fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
	if (d->fd >= 0)
		d->mhd = rd_mhd_start_library(d, certificate, certificate, key);
	if (d->mhd)
		err = RD_OK;
	else if (d->fd < 0)
		err = RD_E_IO;
	else if (certificate)
		rd_complain(c, "%s and %s are not a certificate and its key",
			    l->certificate_file, l->key_file);
	else
		err = RD_E_NOMEM;
done:
	rd_free(certificate);
	if (key)
		rd_wipe(key, strlen(key));
	rd_free(key);
	return err;
}

enum rd_err rd_mhd_start(struct rd_http_server *s, struct listener *l,
			 struct daemon **out, struct rd_complaint *c)
{
	struct daemon *d = rd_zalloc(sizeof(*d));
	const union MHD_DaemonInfo *info;
	enum rd_err err;

	*out = NULL;
	if (!d)
		return RD_E_NOMEM;
	d->server = s;
	d->listener = l;
	d->watch.fn = on_watch;
	d->timer.fn = on_timer;
	err = start_with_files(d, c);
	if (err != RD_OK) {
		rd_free(d);
		return err;
	}
	rd_list_push(&s->daemons, &d->in_server);
	info = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	err = rd_loop_watch(s->cfg.loop, &d->watch, info->epoll_fd,
			    RD_READABLE);
	if (err != RD_OK) {
		rd_mhd_stop(d);
		return err;
	}
	rd_mhd_wake(d); /* puts the listening socket into its epoll set */
	*out = d;
	return RD_OK;
}

void rd_mhd_quiesce(struct daemon *d)
{
	if (d->fd < 0)
		return;
	MHD_quiesce_daemon(d->mhd);
	close(d->fd);
	d->fd = -1;
	rd_mhd_wake(d);
}

/* Whatever waits for an answer of ours gets none: the library wants nothing
 * suspended when it stops. */
static void drop_suspended(struct daemon *d)
{
	struct rd_http_server *s = d->server;
	struct rd_http_request *r;
	size_t cursor = 0;
	uint32_t id;

	while ((r = rd_pool_next(s->requests, &cursor, &id))) {
		if (r->conn->daemon != d)
			continue;
		if (r->is_suspended && !r->is_answered) {
			r->is_answered = true;
			rd_mhd_resume(r->conn);
		} else if (r->stream) {
			rd_stream_cut(r->stream);
		}
	}
}

void rd_mhd_stop(struct daemon *d)
{
	rd_mhd_quiesce(d);
	drop_suspended(d);
	rd_watch_remove(&d->watch);
	MHD_stop_daemon(d->mhd);
	if (d->accepted)
		rd_conn_close(d->accepted);
	rd_timer_disarm(rd_loop_timers(d->server->cfg.loop), &d->timer);
	rd_list_remove(&d->in_server);
	rd_free(d);
}
