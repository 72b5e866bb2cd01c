/* base/mailbox.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The ring is Vyukov's bounded queue: each cell carries a sequence number
 * that says whose turn it is, so producers only contend for the tail.
 */
#include "base/mailbox.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct rd_mailbox {
	size_t mask;        /* const after open */
	size_t value_bytes; /* const after open */
	size_t cell_bytes;  /* const after open */
	int fd;             /* const after open */

	_Alignas(64) atomic_size_t tail;  /* atomic: producers */
	atomic_ullong refused;            /* atomic */
	_Alignas(64) size_t head;         /* reader */
	_Alignas(64) atomic_int is_awake; /* atomic: no need to signal */
	_Alignas(64) unsigned char cells[];
};

static atomic_size_t *turn_of(struct rd_mailbox *m, size_t index)
{
	return (atomic_size_t *)(void *)(m->cells +
					 (index & m->mask) * m->cell_bytes);
}

enum rd_err rd_mailbox_open(struct rd_mailbox **out, size_t capacity,
			    size_t value_bytes)
{
	struct rd_mailbox *m;
	size_t n = 2, cell;

	*out = NULL;
	while (n < capacity)
		n *= 2;
	cell = sizeof(atomic_size_t) + value_bytes;
	cell = (cell + 7) & ~(size_t)7;
	m = rd_zalloc(sizeof(*m) + n * cell);
	if (!m)
		return RD_E_NOMEM;

	m->mask = n - 1;
	m->value_bytes = value_bytes;
	m->cell_bytes = cell;
	for (size_t i = 0; i < n; i++)
		atomic_init(turn_of(m, i), i);
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->fd < 0) {
		rd_free(m);
		return RD_E_IO;
	}
	*out = m;
	return RD_OK;
}

void rd_mailbox_close(struct rd_mailbox *m)
{
	if (!m)
		return;
	close(m->fd);
	rd_free(m);
}

static void wake(struct rd_mailbox *m)
{
	uint64_t one = 1;

	if (atomic_exchange(&m->is_awake, 1))
		return;
	while (write(m->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

enum rd_err rd_mailbox_push(struct rd_mailbox *m, const void *value)
{
	size_t at = atomic_load_explicit(&m->tail, memory_order_relaxed);

	for (;;) {
		size_t turn = atomic_load_explicit(turn_of(m, at),
						   memory_order_acquire);

		if (turn == at) {
			if (atomic_compare_exchange_weak(&m->tail, &at, at + 1))
				break;
		} else if (turn < at) {
			atomic_fetch_add(&m->refused, 1);
			return RD_E_FULL;
		} else {
			at = atomic_load_explicit(&m->tail,
						  memory_order_relaxed);
		}
	}
	memcpy(turn_of(m, at) + 1, value, m->value_bytes);
	atomic_store_explicit(turn_of(m, at), at + 1, memory_order_release);
	wake(m);
	return RD_OK;
}

enum rd_err rd_mailbox_pop(struct rd_mailbox *m, void *value)
{
	size_t at = m->head;
	size_t turn =
		atomic_load_explicit(turn_of(m, at), memory_order_acquire);

	if (turn != at + 1)
		return RD_E_AGAIN;
	memcpy(value, turn_of(m, at) + 1, m->value_bytes);
	atomic_store_explicit(turn_of(m, at), at + m->mask + 1,
			      memory_order_release);
	m->head = at + 1;
	return RD_OK;
}

int rd_mailbox_fd(const struct rd_mailbox *m)
{
	return m->fd;
}

void rd_mailbox_acknowledge(struct rd_mailbox *m)
{
	uint64_t n;

	/* Read first, then allow signals again: a push in between writes the
	 * descriptor once more, which costs a wake-up and loses nothing. */
	while (read(m->fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	atomic_store(&m->is_awake, 0);
}

uint64_t rd_mailbox_refused(const struct rd_mailbox *m)
{
	return atomic_load(&m->refused);
}
