/* app/notify.h - tells systemd how we are (sd_notify's protocol).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One datagram to the socket that NOTIFY_SOCKET names; nothing happens when
 * it names none.  Thread: any.
 */
#pragma once

/* "READY=1", "STOPPING=1", "STATUS=draining, 12 calls" */
void rd_notify(const char *state);
