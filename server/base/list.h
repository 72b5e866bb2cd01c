/* base/list.h - intrusive doubly linked list.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The head says in a comment what it is a list of.  A link that is in no list
 * points at itself or is zero.  Thread: the owner's.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct rd_list {
	struct rd_list *next;
	struct rd_list *prev;
};

#define rd_container(ptr, type, member)                                        \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void rd_list_init(struct rd_list *l)
{
	l->next = l;
	l->prev = l;
}
static inline bool rd_list_is_empty(const struct rd_list *head)
{
	return !head->next || head->next == head;
}
/* Appends; item must be in no list. */
static inline void rd_list_push(struct rd_list *head, struct rd_list *item)
{
	if (!head->next)
		rd_list_init(head);
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}
/* Takes out; fine for an item that is in no list. */
static inline void rd_list_remove(struct rd_list *item)
{
	if (!item->next)
		return;
	item->prev->next = item->next;
	item->next->prev = item->prev;
	rd_list_init(item);
}
/* Takes out the first one; NULL when empty. */
static inline struct rd_list *rd_list_pop(struct rd_list *head)
{
	struct rd_list *item;

	if (rd_list_is_empty(head))
		return NULL;
	item = head->next;
	rd_list_remove(item);
	return item;
}

#define rd_list_each(item, head)                                               \
	for ((item) = (head)->next; (item) && (item) != (head);                \
	     (item) = (item)->next)
/* The same where the body may take item out; next is a second cursor. */
#define rd_list_each_safe(item, after, head)                                   \
	for ((item) = (head)->next, (after) = (item) ? (item)->next : NULL;    \
	     (item) && (item) != (head);                                       \
	     (item) = (after), (after) = (item) ? (item)->next : NULL)
