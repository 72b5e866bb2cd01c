/* app/serve.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/serve.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/assemble.h"
#include "app/notify.h"
#include "base/log.h"

enum {
	LOOK_MS = 100,      /* while draining: are all calls over? */
	TRIM_MS = 5000,     /* handshakes leave holes in the heap */
	END_MS = 10000,     /* after the second signal (F3) */
	LAST_WORDS_MS = 300 /* sockets hear that the meeting is over */
};

enum stage {
	SERVING,
	DRAINING,
	ENDING,
	LEAVING
};

struct serving {
	const struct rd_config *config;
	struct rd_app *app;

	struct rd_watch signals;
	struct rd_timer timer;
	struct rd_timer trim;
	unsigned trimmed_calls; /* how many there were at the last trim */
	enum stage stage;
	uint64_t stage_until_ms;
};

static const struct rd_app_parts *parts(const struct serving *s)
{
	return rd_app_parts(s->app);
}

static unsigned count_calls(const struct serving *s)
{
	return rd_switchboard_calls(parts(s)->switchboard) +
	       rd_compatible_calls(parts(s)->compatible);
}

static void enter(struct serving *s, enum stage stage, uint64_t until_ms,
		  uint64_t now_ms)
{
	s->stage = stage;
	s->stage_until_ms = until_ms;
	rd_timer_arm(rd_loop_timers(parts(s)->loop), &s->timer,
		     now_ms + LOOK_MS);
}

static void start_drain(struct serving *s, uint64_t now_ms)
{
	unsigned calls = count_calls(s);

	rd_log(RD_LOG_INFO, "app", "event=draining calls=%u for_s=%u", calls,
	       s->config->server.drain_s);
	rd_notify("STOPPING=1\nSTATUS=draining");
	rd_switchboard_drain(parts(s)->switchboard);
	rd_compatible_drain(parts(s)->compatible);
	enter(s, DRAINING, now_ms + UINT64_C(1000) * s->config->server.drain_s,
	      now_ms);
}

static void end_calls(struct serving *s, uint64_t now_ms)
{
	rd_log(RD_LOG_INFO, "app", "event=\"ending calls\" calls=%u",
	       count_calls(s));
	rd_switchboard_drain(parts(s)->switchboard);
	rd_switchboard_end_all(parts(s)->switchboard);
	rd_compatible_end(parts(s)->compatible);
	enter(s, ENDING, now_ms + END_MS, now_ms);
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct serving *s = rd_container(t, struct serving, timer);
	bool is_empty = count_calls(s) == 0;

	rd_timer_arm(rd_loop_timers(parts(s)->loop), t, now_ms + LOOK_MS);
	switch (s->stage) {
	case DRAINING:
		if (is_empty)
			enter(s, LEAVING, now_ms, now_ms);
		else if (now_ms >= s->stage_until_ms)
			end_calls(s, now_ms);
		return;
	case ENDING:
		if (is_empty || now_ms >= s->stage_until_ms)
			enter(s, LEAVING, now_ms + LAST_WORDS_MS, now_ms);
		return;
	case LEAVING:
		if (now_ms >= s->stage_until_ms)
			rd_loop_stop(parts(s)->loop);
		return;
	case SERVING:
		return;
	}
}

/* Only after calls came or went: an idle server does not wake its heap. */
static void on_trim(struct rd_timer *t, uint64_t now_ms)
{
	struct serving *s = rd_container(t, struct serving, trim);
	unsigned calls = count_calls(s);

	if (calls || s->trimmed_calls)
		rd_mem_trim();
	s->trimmed_calls = calls;
	rd_timer_arm(rd_loop_timers(parts(s)->loop), t, now_ms + TRIM_MS);
}

static void reload_certificates(struct serving *s)
{
	struct rd_complaint why;

	if (rd_http_server_reload(parts(s)->server, &why) != RD_OK)
		rd_log(RD_LOG_ERROR, "app",
		       "event=\"certificates not reloaded\" why=\"%s\"",
		       why.text);
	else
		rd_log(RD_LOG_INFO, "app", "event=\"certificates reloaded\"");
}

static void on_signal(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct serving *s = rd_container(w, struct serving, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload_certificates(s);
		else if (s->stage == SERVING)
			start_drain(s, now_ms);
		else if (s->stage == DRAINING)
			end_calls(s, now_ms);
	}
}

/* From here on these signals come by the descriptor. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* Before any thread starts, so that all inherit it. */
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void harden(void)
{
	struct rlimit files;
	struct rlimit no_core = { 0, 0 };

	umask(077); /* the records are ours */
	/* Keys and audio are in memory: no core file, no ptrace (T32). */
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int run(const struct rd_config *config, int signal_fd)
{
	struct serving s = { .config = config,
			     .signals.fn = on_signal,
			     .timer.fn = on_timer,
			     .trim.fn = on_trim };
	struct rd_complaint why;

	if (rd_app_open(&s.app, config, &why) != RD_OK) {
		fprintf(stderr, "ringdown: %s\n", why.text);
		return 1;
	}
	if (rd_loop_watch(parts(&s)->loop, &s.signals, signal_fd,
			  RD_READABLE) != RD_OK) {
		fprintf(stderr, "ringdown: cannot watch for signals\n");
		rd_app_close(s.app);
		return 1;
	}
	rd_log(RD_LOG_INFO, "app", "event=ready version=%s", RD_VERSION);
	rd_notify("READY=1");
	on_trim(&s.trim, rd_loop_now_ms(parts(&s)->loop));
	rd_loop_run(parts(&s)->loop);
	rd_watch_remove(&s.signals);
	rd_timer_disarm(rd_loop_timers(parts(&s)->loop), &s.timer);
	rd_timer_disarm(rd_loop_timers(parts(&s)->loop), &s.trim);
	rd_app_close(s.app);
	rd_log(RD_LOG_INFO, "app", "event=stopped");
	return 0;
}

static int read_config(int argc, char **argv, struct rd_config *config)
{
	struct rd_complaint why = { "" };

	if (argc != 2) {
		fprintf(stderr, "usage: ringdown %s FILE\n", argv[0]);
		return 2;
	}
	if (rd_config_read(config, argv[1], &why) != RD_OK) {
		fprintf(stderr, "ringdown: %s\n",
			why.text[0] ? why.text : "out of memory");
		return 2;
	}
	return 0;
}

int rd_serve(int argc, char **argv)
{
	struct rd_config config;
	int status = read_config(argc, argv, &config);
	int signal_fd;

	if (status)
		return status;
	signal_fd = open_signals();
	harden();
	if (signal_fd < 0 ||
	    rd_log_open(STDERR_FILENO,
			(enum rd_log_level)config.server.log_level) != RD_OK) {
		fprintf(stderr, "ringdown: cannot start logging\n");
		rd_config_fini(&config);
		return 1;
	}
	status = run(&config, signal_fd);
	close(signal_fd);
	rd_log_close();
	rd_config_fini(&config);
	return status;
}

int rd_check(int argc, char **argv)
{
	struct rd_config config;
	int status = read_config(argc, argv, &config);

	if (status)
		return status;
	printf("%s: well; %u issuers, %u trunks, %u destinations\n", argv[1],
	       config.issuers.count, config.trunks.count,
	       config.destinations.count);
	rd_config_fini(&config);
	return 0;
}

int rd_print_config(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--sample")) {
		rd_settings_sample(&rd_config_table, stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--reference")) {
		rd_settings_reference(&rd_config_table, stdout);
		return 0;
	}
	fprintf(stderr, "usage: ringdown config --sample | --reference\n");
	return 2;
}
