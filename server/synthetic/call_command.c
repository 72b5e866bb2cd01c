/* synthetic/call_command.c - the command `ringdown call`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "synthetic/call_run.h"
#include "synthetic/synthetic.h"

enum {
	TOKEN_BYTES = 4096
};

static volatile int must_stop;

static void on_signal(int number)
{
	(void)number;
	must_stop = 1;
}

/* The first line of what a file or a command says. */
static bool read_line(FILE *f, char *out, size_t size)
{
	bool is_read = f && fgets(out, (int)size, f);

	if (is_read)
		out[strcspn(out, "\r\n")] = '\0';
	return is_read && out[0];
}

/* The operator's own command line, run by the operator's shell. */
static bool read_command(const char *command, char *out, size_t size)
{
	char shell[] = "sh", flag[] = "-c";
	char *argv[] = { shell, flag, NULL, NULL };
	posix_spawn_file_actions_t actions;
	bool is_read = false;
	FILE *f = NULL;
	int ends[2], status = 1;
	pid_t child;

	argv[2] = rd_strdup(command);
	if (!argv[2] || pipe2(ends, O_CLOEXEC)) {
		rd_free(argv[2]);
		return false;
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1],
					       STDOUT_FILENO);
	if (!posix_spawn(&child, "/bin/sh", &actions, NULL, argv, environ)) {
		close(ends[1]);
		ends[1] = -1;
		f = fdopen(ends[0], "r");
		is_read = read_line(f, out, size);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	posix_spawn_file_actions_destroy(&actions);
	if (f)
		fclose(f);
	else
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	rd_free(argv[2]);
	return is_read && status == 0;
}

static bool get_token(const struct rd_call_options *o, char *out, size_t size)
{
	bool is_read = false;
	FILE *f;

	if (o->token) {
		is_read = (size_t)snprintf(out, size, "%s", o->token) < size;
	} else if (o->token_file) {
		f = fopen(o->token_file, "re");
		is_read = read_line(f, out, size);
		if (f)
			fclose(f);
	} else {
		is_read = read_command(o->token_command, out, size);
	}
	if (!is_read)
		fprintf(stderr, "ringdown call: no token from %s\n",
			o->token        ? "--token"
			: o->token_file ? o->token_file
					: o->token_command);
	return is_read;
}

int rd_synthetic_call(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rd_call_options options;
	struct rd_complaint why = { "" };
	char token[TOKEN_BYTES];
	struct rd_run run;
	int status;

	if (!rd_call_options_read(&options, argc, argv))
		return RD_OUTCOME_USAGE;
	if (options.is_help) {
		rd_call_options_help();
		return 0;
	}
	token[0] = '\0';
	if (!options.join && !get_token(&options, token, sizeof(token)))
		return RD_OUTCOME_USAGE;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	rd_log_set_level(RD_LOG_WARN); /* the report says the rest */
	if (rd_run_open(&run, &options, token, &why)) {
		fprintf(stderr, "ringdown call: %s\n", why.text);
		return RD_OUTCOME_USAGE;
	}
	rd_run(&run, &must_stop);
	status = rd_run_report(&run);
	rd_run_close(&run);
	rd_wipe(token, sizeof(token));
	return status;
}
