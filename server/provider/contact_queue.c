/* provider/contact_queue.c - queues of contact flows: so many are served at a
 * time, the others wait in order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "provider/contacts_priv.h"

static struct rd_contact_queue *queue_of(struct rd_list *item)
{
	return rd_container(item, struct rd_contact_queue, in_contacts);
}

static struct rd_contact *waiting_of(struct rd_list *item)
{
	return rd_container(item, struct rd_contact, in_queue);
}

static struct rd_contact_queue *find(struct rd_contacts *c, const char *name)
{
	struct rd_contact_queue *q;
	struct rd_list *item;

	rd_list_each (item, &c->queues)
		if (!strcmp(queue_of(item)->name, name))
			return queue_of(item);
	q = rd_zalloc(sizeof(*q));
	if (!q)
		return NULL;
	snprintf(q->name, sizeof(q->name), "%s", name);
	rd_list_init(&q->waiting);
	rd_list_push(&c->queues, &q->in_contacts);
	return q;
}

/* From a clean stack: whoever is served may end, and so free a place. */
static void serve_soon(struct rd_contacts *c)
{
	rd_timer_arm(rd_loop_timers(c->cfg.loop), &c->serve_timer,
		     rd_loop_now_ms(c->cfg.loop));
}

enum rd_err rd_contact_enqueue(struct rd_contact *it, const char *name,
			       unsigned at_once)
{
	struct rd_contacts *c = it->contacts;
	struct rd_contact_queue *q = find(c, name);

	if (!q)
		return RD_E_NOMEM;
	rd_contact_dequeue(it);
	q->at_once = at_once; /* what was read last counts */
	it->queue = q;
	it->is_served = false;
	it->enqueued_ms = rd_loop_now_ms(c->cfg.loop);
	rd_list_push(&q->waiting, &it->in_queue);
	serve_soon(c);
	return RD_OK;
}

void rd_contact_dequeue(struct rd_contact *it)
{
	if (!it->queue)
		return;
	if (it->is_served)
		it->queue->served--;
	else
		rd_list_remove(&it->in_queue);
	it->queue = NULL;
	it->is_served = false;
	serve_soon(it->contacts);
}

static void serve(struct rd_contact_queue *q)
{
	struct rd_contact *it = waiting_of(rd_list_pop(&q->waiting));
	uint64_t waited_ms =
		rd_loop_now_ms(it->contacts->cfg.loop) - it->enqueued_ms;

	q->served++;
	it->is_served = true;
	/* The last eight count most. */
	q->mean_wait_ms = q->has_served ? (q->mean_wait_ms * 7 + waited_ms) / 8
					: waited_ms;
	q->has_served = true;
	rd_contact_feed(it, RD_FLOW_DEQUEUED, 0);
}

void rd_contacts_serve(struct rd_timer *timer, uint64_t now_ms)
{
	struct rd_contacts *c =
		rd_container(timer, struct rd_contacts, serve_timer);
	struct rd_list *item;

	(void)now_ms;
	rd_list_each (item, &c->queues) {
		struct rd_contact_queue *q = queue_of(item);

		while (q->served < q->at_once && !rd_list_is_empty(&q->waiting))
			serve(q);
	}
}

void rd_contacts_free_queues(struct rd_contacts *c)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&c->queues)))
		rd_free(queue_of(item));
}

enum rd_err rd_contact_metrics(struct rd_contacts *c, const char *contact_id,
			       struct rd_contact_metrics *out)
{
	const struct rd_contact *it = rd_contact_find(c, contact_id);
	struct rd_list *item;

	*out = (struct rd_contact_metrics){ .position = 0 };
	if (!it)
		return RD_E_NOTFOUND;
	if (it->state == RD_CONTACT_ENDED)
		return RD_E_CLOSED;
	if (!it->queue || it->is_served)
		return RD_OK;
	rd_list_each (item, &it->queue->waiting) {
		out->position++;
		if (waiting_of(item) == it)
			break;
	}
	out->has_wait = it->queue->has_served;
	out->wait_s = (unsigned)(it->queue->mean_wait_ms / 1000);
	return RD_OK;
}
