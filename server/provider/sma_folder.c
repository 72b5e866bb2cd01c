/* provider/sma_folder.c - see sma_sound.h: paths that stay below a folder.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part by part, each relative to the one before and without following links:
 * a check of the whole path first, and its opening after, could be raced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provider/sma_sound.h"

enum {
	PART = 256, /* NAME_MAX and NUL */
	FOLDER_MODE = 0750,
};

static bool is_part_fine(const char *part, size_t len)
{
	if (len == 0 || len >= PART || part[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)part[i] < 0x20 || part[i] == 0x7f ||
		    part[i] == '\\')
			return false;
	return true;
}

bool rd_sma_path_is_fine(const char *bucket, const char *key)
{
	size_t bucket_len = strlen(bucket);

	if (strchr(bucket, '/') || !is_part_fine(bucket, bucket_len) ||
	    bucket_len + strlen(key) + 2 > RD_SMA_PATH)
		return false;
	for (;; key++) {
		size_t len = strcspn(key, "/");

		if (!is_part_fine(key, len))
			return false;
		key += len;
		if (!*key)
			return true;
	}
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* All parts but the last, which *name becomes. */
static int walk(const char *folder, const char *path, bool may_make,
		const char **name)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash;
	char part[PART];

	for (; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		int up = fd;

		if (!is_part_fine(path, (size_t)(slash - path))) {
			close(up);
			return -1;
		}
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (may_make)
			(void)!mkdirat(up, part, FOLDER_MODE);
		fd = openat(up, part,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(up);
	}
	if (!is_part_fine(path, strlen(path))) {
		close_fd(fd);
		return -1;
	}
	*name = path;
	return fd;
}

int rd_sma_open_below(const char *folder, const char *path)
{
	const char *name;
	int up = walk(folder, path, false, &name);
	struct stat st;
	int fd;

	if (up < 0)
		return -1;
	/* Not to wait at a pipe that somebody has put there. */
	fd = openat(up, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	close(up);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
			st.st_size > RD_SMA_FILE_BYTES)) {
		close(fd);
		return -1;
	}
	return fd;
}

int rd_sma_make_below(const char *folder, const char *path, const char **name)
{
	return walk(folder, path, true, name);
}
