/* provider/sma_speech.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files in memory for what goes in and comes out, so that neither side waits
 * for the other at a pipe; memfd_create(2) and close_range(2) are Linux's, as
 * all of this is.
 */
#include "provider/sma_speech.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	SLICE_MS = 50,
	CPU_S = 10,
	MEMORY_BYTES = 512 << 20,
};

/* --- in the child: only what is safe between fork and exec --------------- */

static void limit(int what, rlim_t most)
{
	struct rlimit l = { .rlim_cur = most, .rlim_max = most };

	if (setrlimit(what, &l) != 0)
		_exit(126);
}

static void become(const struct rd_sma_speech *s, int in, int out)
{
	char *const env[] = { NULL };
	const char *const plain[] = { s->program, "-v",       s->language,
				      "--stdin",  "--stdout", NULL };
	const char *const marked[] = { s->program, "-v",      s->language,
				       "-m",       "--stdin", "--stdout",
				       NULL };
	const char *const *words = s->is_ssml ? marked : plain;
	sigset_t none;
	char *argv[8] = { NULL };

	/* execve takes them without const, and changes nothing. */
	for (size_t i = 0; words[i]; i++)
		memcpy(&argv[i], &words[i], sizeof(argv[i]));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	syscall(SYS_close_range, 3U, ~0U, 0U);
	limit(RLIMIT_CPU, CPU_S);
	limit(RLIMIT_FSIZE, RD_SMA_SPEECH_BYTES);
	limit(RLIMIT_AS, MEMORY_BYTES);
	limit(RLIMIT_CORE, 0);
	execve(s->program, argv, env);
	_exit(127);
}

/* --- in the parent ------------------------------------------------------- */

/* -1: it did not end by itself. */
static int wait_for(const struct rd_sma_speech *s, pid_t child)
{
	uint64_t until_ms = rd_clock_ms() + s->most_ms;
	int fd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	bool is_over = false;
	int status = -1;

	while (!is_over && rd_clock_ms() < until_ms &&
	       !atomic_load(s->is_closing))
		is_over = poll(&wait, fd >= 0, SLICE_MS) > 0 ||
			  (fd < 0 && waitpid(child, &status, WNOHANG) > 0);
	if (!is_over)
		kill(child, SIGKILL);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || !is_over)
		waitpid(child, &status, 0);
	if (!is_over || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int text_in_memory(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int rd_sma_speak(const struct rd_sma_speech *s)
{
	int in = text_in_memory(s->text);
	int out = memfd_create("speech", MFD_CLOEXEC);
	pid_t child = in >= 0 && out >= 0 ? fork() : -1;
	int status;

	if (child == 0)
		become(s, in, out);
	status = child > 0 ? wait_for(s, child) : -1;
	if (in >= 0)
		close(in);
	if (status == 0 && lseek(out, 0, SEEK_SET) == 0)
		return out;
	rd_log(RD_LOG_WARN, "provider",
	       "event=\"speech program failed\" status=%d", status);
	if (out >= 0)
		close(out);
	return -1;
}
