/* base/mailbox.h - small values from any thread to one thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A bounded ring of fixed-size values and one eventfd.  Full is back
 * pressure: push says RD_E_FULL and counts it.  push: any thread.  The rest:
 * the reading thread.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rd_mailbox;

/* capacity is rounded up to a power of two; value_bytes >= 1.  RD_E_NOMEM,
 * RD_E_IO (no descriptor). */
RD_MUST_USE enum rd_err rd_mailbox_open(struct rd_mailbox **out,
					size_t capacity, size_t value_bytes);
void rd_mailbox_close(struct rd_mailbox *m); /* NULL is fine */

/* Copies value_bytes from value and wakes the reader if it may be asleep. */
RD_MUST_USE enum rd_err rd_mailbox_push(struct rd_mailbox *m,
					const void *value);
/* Copies the oldest value out.  RD_E_AGAIN: empty. */
RD_MUST_USE enum rd_err rd_mailbox_pop(struct rd_mailbox *m, void *value);

/* Readable when there may be something; poll it, then call acknowledge and
 * pop until RD_E_AGAIN. */
int rd_mailbox_fd(const struct rd_mailbox *m);
void rd_mailbox_acknowledge(struct rd_mailbox *m);
/* How often push found it full. */
uint64_t rd_mailbox_refused(const struct rd_mailbox *m);
