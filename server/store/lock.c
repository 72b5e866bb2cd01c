/* store/lock.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum rd_err rd_store_lock(int *fd, const char *path, struct rd_complaint *why)
{
	char name[PATH_MAX];
	int len = snprintf(name, sizeof(name), "%s-lock", path);

	*fd = -1;
	if (len < 0 || (size_t)len >= sizeof(name)) {
		rd_complain(why, "the path of the database is too long");
		return RD_E_SIZE;
	}
	*fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0) {
		rd_complain(why, "%s: %s", name, strerror(errno));
		return RD_E_IO;
	}
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return RD_OK;
	if (errno == EWOULDBLOCK)
		rd_complain(why,
			    "%s: another ringdown uses this database; stop "
			    "it, or name another file in server.database",
			    path);
	else
		rd_complain(why, "%s: %s", name, strerror(errno));
	rd_store_unlock(*fd);
	*fd = -1;
	return RD_E_IO;
}

void rd_store_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}
