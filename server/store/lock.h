/* store/lock.h - one process at a time per database.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Opening closes what a crash left open, so a second server on the same file
 * would end the calls of the first.  The lock is a file beside the database,
 * because the database itself stays readable for backups.  The kernel gives
 * it back when the process ends, however it ends.  Thread: any.
 */
#pragma once
#include "base/error.h"

/* *fd holds the lock until it is closed; -1 where nothing was locked.
 * RD_E_IO, with a complaint: another process has it, or the file cannot be
 * made.  RD_E_SIZE: the path is too long. */
RD_MUST_USE enum rd_err rd_store_lock(int *fd, const char *path,
				      struct rd_complaint *why);
void rd_store_unlock(int fd); /* -1 is fine */
