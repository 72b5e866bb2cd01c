/* base/timer.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timer.h"

#include <stddef.h>

static struct rd_timer *meld(struct rd_timer *a, struct rd_timer *b)
{
	struct rd_timer *top, *low;

	if (!a || !b)
		return a ? a : b;
	top = a->due_ms <= b->due_ms ? a : b;
	low = top == a ? b : a;
	low->sibling = top->child;
	if (low->sibling)
		low->sibling->parent_or_prev = low;
	low->parent_or_prev = top;
	top->child = low;
	return top;
}

/* Melds the siblings pairwise, then from the right; without recursion. */
static struct rd_timer *meld_siblings(struct rd_timer *first)
{
	struct rd_timer *pairs = NULL, *result = NULL;

	while (first) {
		struct rd_timer *a = first, *b = a->sibling, *pair;

		first = b ? b->sibling : NULL;
		a->sibling = NULL;
		if (b)
			b->sibling = NULL;
		pair = meld(a, b);
		pair->sibling = pairs;
		pairs = pair;
	}
	while (pairs) {
		struct rd_timer *next = pairs->sibling;

		pairs->sibling = NULL;
		result = meld(result, pairs);
		pairs = next;
	}
	if (result)
		result->parent_or_prev = NULL;
	return result;
}

static void take_out(struct rd_timers *h, struct rd_timer *t)
{
	struct rd_timer *rest = meld_siblings(t->child);

	if (h->root == t) {
		h->root = rest;
	} else {
		struct rd_timer *before = t->parent_or_prev;

		if (before->child == t)
			before->child = t->sibling;
		else
			before->sibling = t->sibling;
		if (t->sibling)
			t->sibling->parent_or_prev = before;
		h->root = meld(h->root, rest);
	}
	t->child = NULL;
	t->sibling = NULL;
	t->parent_or_prev = NULL;
}

void rd_timers_init(struct rd_timers *h)
{
	h->root = NULL;
	rd_list_init(&h->due);
}

void rd_timer_disarm(struct rd_timers *h, struct rd_timer *t)
{
	rd_list_remove(&t->in_due);
	if (t->is_armed)
		take_out(h, t);
	t->is_armed = false;
	t->due_ms = RD_NEVER;
}

void rd_timer_arm(struct rd_timers *h, struct rd_timer *t, uint64_t due_ms)
{
	rd_timer_disarm(h, t);
	if (due_ms == RD_NEVER)
		return;
	t->due_ms = due_ms;
	t->child = NULL;
	t->sibling = NULL;
	t->parent_or_prev = NULL;
	t->is_armed = true;
	h->root = meld(h->root, t);
}

uint64_t rd_timers_due_ms(const struct rd_timers *h)
{
	return h->root ? h->root->due_ms : RD_NEVER;
}

void rd_timers_run(struct rd_timers *h, uint64_t now_ms)
{
	struct rd_list *link;

	while (h->root && h->root->due_ms <= now_ms) {
		struct rd_timer *t = h->root;

		take_out(h, t);
		t->is_armed = false;
		rd_list_push(&h->due, &t->in_due);
	}
	/* Disarming one of them, or freeing its owner, takes it out of here. */
	while ((link = rd_list_pop(&h->due))) {
		struct rd_timer *t =
			rd_container(link, struct rd_timer, in_due);

		t->due_ms = RD_NEVER;
		t->fn(t, now_ms);
	}
}
