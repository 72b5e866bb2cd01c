/* media/record.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/record.h"

#include "media/media_control.h"

struct rd_record {
	struct rd_parcel parcel;
	unsigned refs;            /* control: its reader, and the parcel */
	atomic_bool is_wanted;    /* atomic */
	_Atomic unsigned read;    /* atomic: packets that were taken */
	_Atomic unsigned written; /* atomic: and put in; both only grow */
	rd_count missed;          /* atomic */
	bool is_lent;             /* control: the packet at read */
	struct rd_record_packet packets[RD_RECORD_PACKETS];
};

/* --- control ------------------------------------------------------------- */

static void unref(struct rd_record *r)
{
	if (--r->refs == 0)
		rd_free(r);
}

static void close_parcel(struct rd_parcel *p)
{
	unref(rd_container(p, struct rd_record, parcel));
}

enum rd_err rd_record_open(struct rd_record **out, struct rd_media *m,
			   rd_leg leg)
{
	struct slot *s = rd_slot_find(m, leg);
	struct rd_record *r;
	struct rd_order order = { .kind = RD_ORDER_RECORD };
	enum rd_err err;

	*out = NULL;
	if (!s)
		return RD_E_NOTFOUND;
	r = rd_zalloc(sizeof(*r));
	if (!r)
		return RD_E_NOMEM;
	r->refs = 2;
	r->parcel.close = close_parcel;
	atomic_store(&r->is_wanted, true);
	order.leg = s->leg;
	order.parcel = &r->parcel;
	err = rd_mailbox_push(m->lanes[rd_slot_worker(leg)].worker->orders,
			      &order);
	if (err) {
		rd_free(r);
		return err;
	}
	*out = r;
	return RD_OK;
}

void rd_record_close(struct rd_record *r)
{
	if (!r)
		return;
	/* The worker sees it at the leg's next packet, or when that goes. */
	atomic_store(&r->is_wanted, false);
	unref(r);
}

const struct rd_record_packet *rd_record_read(struct rd_record *r)
{
	unsigned at = atomic_load_explicit(&r->read, memory_order_relaxed);

	if (r->is_lent)
		atomic_store_explicit(&r->read, ++at, memory_order_release);
	r->is_lent =
		at != atomic_load_explicit(&r->written, memory_order_acquire);
	return r->is_lent ? &r->packets[at % RD_RECORD_PACKETS] : NULL;
}

uint64_t rd_record_missed(const struct rd_record *r)
{
	return rd_count_get(&r->missed);
}

/* --- the worker ---------------------------------------------------------- */

void rd_record_attach(struct rd_worker *w, struct rd_media_leg *leg,
		      struct rd_parcel *parcel)
{
	rd_record_detach(w, leg);
	leg->record = rd_container(parcel, struct rd_record, parcel);
}

void rd_record_detach(struct rd_worker *w, struct rd_media_leg *leg)
{
	struct rd_record *r = leg->record;

	leg->record = NULL;
	if (r)
		rd_worker_return(w, &r->parcel);
}

void rd_record_release(struct rd_media_leg *leg)
{
	if (leg->record)
		unref(leg->record);
	leg->record = NULL;
}

void rd_record_hear(struct rd_worker *w, struct rd_media_leg *leg,
		    const struct rd_rtp *rtp)
{
	struct rd_record *r = leg->record;
	unsigned at = atomic_load_explicit(&r->written, memory_order_relaxed);
	struct rd_record_packet *p = &r->packets[at % RD_RECORD_PACKETS];

	if (!atomic_load_explicit(&r->is_wanted, memory_order_relaxed)) {
		rd_record_detach(w, leg);
		return;
	}
	if (rtp->payload.len > sizeof(p->bytes) ||
	    at - atomic_load_explicit(&r->read, memory_order_acquire) >=
		    RD_RECORD_PACKETS) {
		rd_count_add(&r->missed, 1);
		return;
	}
	p->codec = leg->codec->id;
	p->ssrc = rtp->ssrc;
	p->ts = rtp->ts;
	p->sequence = rtp->sequence;
	p->len = (uint16_t)rtp->payload.len;
	memcpy(p->bytes, rtp->payload.at, rtp->payload.len);
	atomic_store_explicit(&r->written, at + 1, memory_order_release);
}
