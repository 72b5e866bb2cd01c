/* media/worker.c - one thread: waits, reads, serves, and takes orders.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A quiet worker sleeps in epoll and is woken by each packet.  A busy one
 * sleeps out a short tick first, so that one wake-up, which costs ten times
 * the reading of a packet, serves many.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "media/media_priv.h"

enum {
	ORDERS = 4096,
	EVENTS = 256,
	HANDSHAKES_A_TURN = 2,
	TICK_US = 700,    /* mean added delay: half of it */
	BUSY_PACKETS = 4, /* a tick, to be worth waiting for */
	RATE_US = 20000,  /* over which the rate is taken */
	SLACK_NS = 5000,  /* timers of this thread may be late so much */
	CALM_MS = 100,
	WALL_US = 1000000, /* the wall clock is looked at so often */
};

/* What epoll tells us: kind in the low bits of a pointer or index. */
enum {
	TAG_RTP = 0,
	TAG_RTCP = 1,
	TAG_PORT = 2,
	TAG_ORDERS = 3,
	TAG_LISTENER = 4,
	TAG_CONNECTION = 5,
	TAGS = 8, /* legs lie so that their pointers have room for it */
};

/* The sockets of rtp legs are told of once, on an edge, and read until they
 * are empty: otherwise epoll would look at each of them again in the next
 * turn, when it is cold in the cache. */
static bool watch(struct rd_worker *w, int fd, uint64_t data)
{
	uint32_t edge = data % TAGS < TAG_PORT ? EPOLLET : 0;
	struct epoll_event e = { .events = EPOLLIN | edge, .data.u64 = data };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

static bool watch_edges(struct rd_worker *w, int how, int fd, uint32_t what,
			uint64_t data)
{
	struct epoll_event e = { .events = what | EPOLLET, .data.u64 = data };

	return epoll_ctl(w->epoll, how, fd, &e) == 0;
}

static enum rd_err open_ports(struct rd_worker *w, struct rd_complaint *why)
{
	for (unsigned i = 0; i < w->cfg->bind_count; i++) {
		struct rd_addr at = w->cfg->bind[i];
		enum rd_err err;

		at.port = w->cfg->port;
		if (at.port)
			at.port = (uint16_t)(at.port + w->index);
		err = rd_port_open(&w->ports[i], &at, why);
		if (err != RD_OK)
			return err;
		w->port_count++;
		if (!watch(w, w->ports[i].fd, i * TAGS + TAG_PORT))
			return RD_E_IO;
	}
	return RD_OK;
}

/* A listener is told of on an edge too: one that cannot accept, since the
 * descriptors have run out, must not wake us again and again. */
static enum rd_err open_tcp(struct rd_worker *w, struct rd_complaint *why)
{
	const struct rd_port *listener;
	enum rd_err err;

	if (!w->cfg->has_tcp)
		return RD_OK;
	err = rd_tcp_open(&w->tcp, w, why);
	for (unsigned i = 0; err == RD_OK; i++) {
		listener = rd_tcp_listener(w->tcp, i);
		if (!listener)
			break;
		if (!watch_edges(w, EPOLL_CTL_ADD, listener->fd, EPOLLIN,
				 i * TAGS + TAG_LISTENER))
			err = RD_E_IO;
	}
	return err;
}

static enum rd_err open_parts(struct rd_worker *w, struct rd_complaint *why)
{
	enum rd_err err;

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0)
		return RD_E_IO;
	err = rd_mailbox_open(&w->orders, ORDERS, sizeof(struct rd_order));
	if (err != RD_OK)
		return err;
	if (!watch(w, rd_mailbox_fd(w->orders), TAG_ORDERS))
		return RD_E_IO;
	err = rd_routes_open(&w->routes, w->cfg->legs_per_worker);
	if (err != RD_OK)
		return err;
	err = rd_intake_open(&w->intake);
	if (err != RD_OK)
		return err;
	w->strangers = rd_alloc(sizeof(*w->strangers));
	w->strays = rd_alloc(sizeof(*w->strays));
	w->waiting = rd_zalloc(RD_DTLS_WAITING * sizeof(w->waiting[0]));
	if (!w->strangers || !w->strays || !w->waiting)
		return RD_E_NOMEM;
	rd_strangers_init(w->strangers);
	rd_strangers_init(w->strays);
	err = open_ports(w, why);
	return err == RD_OK ? open_tcp(w, why) : err;
}

enum rd_err rd_worker_open(struct rd_worker **out,
			   const struct rd_worker_cfg *cfg,
			   struct rd_complaint *why)
{
	uint64_t now_us = rd_clock_us();
	struct rd_worker *w;
	enum rd_err err;

	*out = NULL;
	w = rd_zalloc(sizeof(*w));
	if (!w)
		return RD_E_NOMEM;
	w->cfg = cfg->media;
	w->index = cfg->index;
	w->notes = cfg->notes;
	w->silences = cfg->silences;
	w->epoll = -1;
	w->tcp_due_us = UINT64_MAX;
	rd_list_init(&w->returns);
	rd_list_init(&w->leaving);
	rd_wheel_init(&w->wheel, now_us);
	rd_load_init(&w->load, cfg->media->opus_complexity, now_us);
	atomic_init(&w->counters.complexity, w->load.complexity);
	err = rd_tick_open(&w->tick, TICK_US);
	if (err == RD_OK)
		err = open_parts(w, why);
	if (err != RD_OK) {
		rd_worker_close(w);
		return err;
	}
	*out = w;
	return RD_OK;
}

void rd_worker_note(struct rd_worker *w, const struct rd_note *note)
{
	if (w->unsent_count == 0 && rd_mailbox_push(w->notes, note) == RD_OK)
		return;
	/* Levels come again; everything else is kept for a better time. */
	if (note->kind != RD_MEDIA_LEVEL &&
	    w->unsent_count < RD_COUNT(w->unsent))
		w->unsent[w->unsent_count++] = *note;
}

static bool send_back(struct rd_worker *w, struct rd_parcel *p)
{
	struct rd_note note = { .kind = RD_NOTE_RETURN, .parcel = p };

	if (p->leg) {
		note.kind = RD_MEDIA_CLOSED;
		note.leg = p->leg->id;
	}
	return w->unsent_count == 0 &&
	       rd_mailbox_push(w->notes, &note) == RD_OK;
}

void rd_worker_return(struct rd_worker *w, struct rd_parcel *p)
{
	if (!rd_list_is_empty(&w->returns) || !send_back(w, p))
		rd_list_push(&w->returns, &p->in_returns);
}

/* What did not fit into the mailbox before. */
static void catch_up(struct rd_worker *w)
{
	unsigned sent = 0;

	while (sent < w->unsent_count &&
	       rd_mailbox_push(w->notes, &w->unsent[sent]) == RD_OK)
		sent++;
	w->unsent_count -= sent;
	memmove(w->unsent, w->unsent + sent,
		w->unsent_count * sizeof(w->unsent[0]));
	while (!rd_list_is_empty(&w->returns)) {
		struct rd_parcel *p =
			rd_container(w->returns.next, struct rd_parcel,
				     in_returns);

		if (!send_back(w, p))
			return;
		rd_list_remove(&p->in_returns);
	}
}

enum rd_err rd_worker_watch(struct rd_worker *w, struct rd_media_leg *leg)
{
	uint64_t data = (uint64_t)(uintptr_t)leg;

	if (!watch(w, leg->rtp.fd, data | TAG_RTP))
		return RD_E_IO;
	if (leg->rtp.rtcp_fd >= 0 &&
	    !watch(w, leg->rtp.rtcp_fd, data | TAG_RTCP))
		return RD_E_IO;
	return RD_OK;
}

void rd_worker_rewatch(struct rd_worker *w, struct rd_media_leg *leg,
		       bool is_rtcp)
{
	uint64_t data =
		(uint64_t)(uintptr_t)leg | (is_rtcp ? TAG_RTCP : TAG_RTP);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET,
				 .data.u64 = data };

	(void)epoll_ctl(w->epoll, EPOLL_CTL_MOD,
			is_rtcp ? leg->rtp.rtcp_fd : leg->rtp.fd, &e);
}

void rd_worker_unwatch(struct rd_worker *w, struct rd_media_leg *leg)
{
	(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, leg->rtp.fd, NULL);
	if (leg->rtp.rtcp_fd >= 0)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, leg->rtp.rtcp_fd,
				NULL);
}

bool rd_worker_watch_connection(struct rd_worker *w, int fd, unsigned index)
{
	return watch_edges(w, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT,
			   (uint64_t)index * TAGS + TAG_CONNECTION);
}

void rd_worker_rewatch_connection(struct rd_worker *w, int fd, unsigned index)
{
	(void)watch_edges(w, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT,
			  (uint64_t)index * TAGS + TAG_CONNECTION);
}

void rd_worker_rewatch_listener(struct rd_worker *w, int fd, unsigned i)
{
	(void)watch_edges(w, EPOLL_CTL_MOD, fd, EPOLLIN,
			  i * TAGS + TAG_LISTENER);
}

uint64_t rd_worker_ntp(const struct rd_worker *w, uint64_t now_us)
{
	return rd_rtcp_ntp_from_us(w->wall_us + now_us);
}

static void push_digits(struct rd_media_leg *leg,
			const struct rd_digits_change *c)
{
	/* Control has counted; if it counted wrong, the digits are lost. */
	if (leg->is_web || !leg->rtp.is_connected)
		return;
	rd_digit_send_set_tone(&leg->rtp.digits, c->tone_ms);
	if (rd_digit_send_push(&leg->rtp.digits, rd_span_text(c->digits)) !=
	    RD_OK)
		return;
}

void rd_worker_dismiss(struct rd_worker *w, struct rd_media_leg *leg)
{
	if (rd_list_is_empty(&leg->parcel.in_returns))
		rd_list_push(&w->leaving, &leg->parcel.in_returns);
}

static void obey(struct rd_worker *w, const struct rd_order *o, uint64_t now_us)
{
	switch (o->kind) {
	case RD_ORDER_ADD:
		rd_leg_add(w, o->leg, now_us);
		return;
	case RD_ORDER_CLOSE:
		rd_worker_dismiss(w, o->leg);
		return;
	case RD_ORDER_WEB:
		rd_web_change(o->leg, (struct rd_web_change *)o->parcel);
		break;
	case RD_ORDER_RTP:
		rd_rtp_change(w, o->leg, (struct rd_rtp_change *)o->parcel,
			      now_us);
		break;
	case RD_ORDER_SOURCE:
		rd_leg_listen(w, o->leg, (struct rd_source *)o->parcel, now_us);
		return;
	case RD_ORDER_DIGITS:
		push_digits(o->leg, (struct rd_digits_change *)o->parcel);
		rd_leg_due(w, o->leg, now_us);
		break;
	case RD_ORDER_RECORD:
		rd_record_attach(w, o->leg, o->parcel);
		return;
	case RD_ORDER_STOP:
		w->is_stopping = true;
		return;
	}
	rd_worker_return(w, o->parcel);
}

void rd_worker_obey(struct rd_worker *w, uint64_t now_us)
{
	struct rd_order o;

	while (rd_mailbox_pop(w->orders, &o) == RD_OK)
		obey(w, &o, now_us);
}

/* Orders come first: the check of a browser may be here already whose leg is
 * in the mailbox. */
static void serve_orders(struct rd_worker *w, const struct epoll_event *events,
			 int n, uint64_t now_us)
{
	for (int i = 0; i < n; i++)
		if (events[i].data.u64 == TAG_ORDERS) {
			rd_mailbox_acknowledge(w->orders);
			rd_worker_obey(w, now_us);
		}
}

static unsigned serve(struct rd_worker *w, uint64_t data, uint64_t now_us)
{
	uint64_t tag = data % TAGS;

	if (tag == TAG_ORDERS)
		return 0;
	if (tag == TAG_PORT)
		return rd_port_read(w, (unsigned)(data / TAGS), now_us);
	if (tag == TAG_CONNECTION)
		return rd_tcp_serve(w, (unsigned)(data / TAGS), now_us);
	if (tag == TAG_LISTENER) {
		rd_tcp_accept(w, (unsigned)(data / TAGS), now_us);
		return 0;
	}
	return rd_port_read_leg(w,
				(struct rd_media_leg *)(uintptr_t)(data - tag),
				tag == TAG_RTCP, now_us);
}

static void remove_leaving(struct rd_worker *w)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&w->leaving)) != NULL)
		rd_leg_remove(w, rd_container(item, struct rd_media_leg,
					      parcel.in_returns));
}

static unsigned serve_some(struct rd_worker *w,
			   const struct epoll_event *events, unsigned n,
			   uint64_t now_us)
{
	struct rd_media_leg *legs[RD_EXPECTED];
	unsigned packets = 0;

	for (unsigned i = 0; i < n; i++)
		legs[i] = events[i].data.u64 % TAGS == TAG_RTP
				  ? (struct rd_media_leg *)(uintptr_t)events[i]
					    .data.u64
				  : NULL;
	rd_leg_expect(legs, n);
	for (unsigned i = 0; i < n; i++)
		packets += serve(w, events[i].data.u64, now_us);
	return packets;
}

static void serve_timers(struct rd_worker *w, uint64_t now_us)
{
	struct rd_spoke *s;

	while ((s = rd_wheel_pop(&w->wheel, now_us)) != NULL)
		rd_leg_due(w, rd_container(s, struct rd_media_leg, timer),
			   now_us);
}

/* A handshake step costs as much as a hundred packets: a few each turn, after
 * the packets (T51). */
static void serve_handshakes(struct rd_worker *w, uint64_t now_us)
{
	for (int i = 0; i < HANDSHAKES_A_TURN && w->waiting_count; i++) {
		struct rd_dtls_waiting *d = &w->waiting[w->waiting_head];

		w->waiting_head = (w->waiting_head + 1) % RD_DTLS_WAITING;
		w->waiting_count--;
		if (d->leg)
			rd_web_handshake(w, d, now_us);
	}
}

static void follow_rate(struct rd_worker *w, unsigned packets, uint64_t now_us)
{
	uint64_t gone_us = now_us - w->rate_at_us;

	w->packets_now += packets;
	if (gone_us < RATE_US)
		return;
	w->is_busy = w->packets_now >= BUSY_PACKETS * gone_us / TICK_US;
	w->packets_now = 0;
	w->rate_at_us = now_us;
}

static void follow_clock(struct rd_worker *w, uint64_t now_us)
{
	if (w->wall_at_us && now_us - w->wall_at_us < WALL_US)
		return;
	w->wall_at_us = now_us;
	w->wall_us = rd_clock_wall_ms() * 1000 - now_us;
}

/* How late the packets of this turn were served at most: since the turn
 * before began if that went straight on to this one, else since we wanted to
 * wake up. */
static void follow_load(struct rd_worker *w, unsigned packets, uint64_t now_us)
{
	uint64_t late_us =
		now_us > w->expected_us ? now_us - w->expected_us : 0;

	rd_load_feed(&w->load, late_us, packets ? packets : 1, now_us);
	atomic_store_explicit(&w->counters.lateness_us, w->load.lateness_us,
			      memory_order_relaxed);
	atomic_store_explicit(&w->counters.sustained_us, w->load.sustained_us,
			      memory_order_relaxed);
	atomic_store_explicit(&w->counters.complexity, w->load.complexity,
			      memory_order_relaxed);
}

/* All that browsers sent is one event, and trunks have one each.  Whoever is
 * served last waits for all others, so every second turn begins at the end. */
static void turn_round(struct epoll_event *events, int n)
{
	for (int i = 0, j = n - 1; i < j; i++, j--) {
		struct epoll_event e = events[i];

		events[i] = events[j];
		events[j] = e;
	}
}

void rd_worker_turn(struct rd_worker *w, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(w->epoll, events, EVENTS, wait_ms);
	uint64_t now_us = rd_clock_us();
	unsigned packets = 0;

	if (w->expected_us == 0) /* woken by a packet, not by the clock */
		w->expected_us = now_us;
	follow_clock(w, now_us);
	serve_orders(w, events, n, now_us);
	if (rd_count_get(&w->counters.wakeups) % 2)
		turn_round(events, n);
	for (int i = 0; i < n; i += RD_EXPECTED)
		packets += serve_some(w, events + i,
				      (unsigned)rd_min_size((size_t)(n - i),
							    RD_EXPECTED),
				      now_us);
	serve_timers(w, now_us);
	serve_handshakes(w, now_us);
	remove_leaving(w);
	w->tcp_due_us = rd_tcp_due(w, now_us);
	if (w->unsent_count || !rd_list_is_empty(&w->returns))
		catch_up(w);
	follow_rate(w, packets, now_us);
	follow_load(w, packets, now_us);
	w->turn_us = now_us;
	rd_count_add(&w->counters.wakeups, 1);
}

/* Milliseconds that the next epoll_wait may take; -1: any number. */
static int patience_ms(const struct rd_worker *w)
{
	uint64_t due_us = rd_min_u64(rd_wheel_due_us(&w->wheel), w->tcp_due_us);

	if (w->waiting_count || due_us <= w->turn_us)
		return 0;
	if (w->unsent_count || !rd_list_is_empty(&w->returns))
		return 1;
	/* A worker that has lost its calls must still get over its lateness,
	 * or it would never be given new ones. */
	if (due_us == UINT64_MAX && rd_load_is_calm(&w->load))
		return -1;
	if (due_us - w->turn_us > CALM_MS * 1000ULL)
		return CALM_MS;
	return (int)((due_us - w->turn_us + 999) / 1000);
}

static void sleep_until(uint64_t at_us)
{
	struct timespec at = { (time_t)(at_us / 1000000),
			       (long)(at_us % 1000000) * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
	       EINTR)
		;
}

/* Until the tick is over.  If this turn took longer than one, the packets of
 * the next have waited since then. */
static void sleep_busy(struct rd_worker *w, bool may_sleep)
{
	if (!w->is_ticking)
		rd_tick_start(&w->tick, w->turn_us);
	w->is_ticking = true;
	w->expected_us = w->turn_us + TICK_US;
	if (may_sleep)
		w->expected_us =
			rd_max_u64(w->turn_us,
				   rd_tick_sleep(&w->tick, w->turn_us));
}

static void *run(void *arg)
{
	struct rd_worker *w = arg;
	char name[16];

	(void)snprintf(name, sizeof(name), "media-%u", w->index);
	(void)prctl(PR_SET_NAME, name);
	(void)prctl(PR_SET_TIMERSLACK, SLACK_NS);
	while (!w->is_stopping) {
		int wait_ms = patience_ms(w);

		if (w->is_busy) {
			sleep_busy(w, wait_ms > 0);
			wait_ms = 0;
		} else {
			w->is_ticking = false;
			w->expected_us = wait_ms == 0 ? w->turn_us : 0;
		}
		rd_worker_turn(w, wait_ms);
	}
	return NULL;
}

enum rd_err rd_worker_start(struct rd_worker *w)
{
	if (pthread_create(&w->thread, NULL, run, w) != 0)
		return RD_E_IO;
	w->is_started = true;
	return RD_OK;
}

static void stop(struct rd_worker *w)
{
	struct rd_order order = { .kind = RD_ORDER_STOP };

	while (rd_mailbox_push(w->orders, &order) != RD_OK)
		sleep_until(rd_clock_us() + 1000);
	pthread_join(w->thread, NULL);
}

static void close_parcels(struct rd_worker *w)
{
	struct rd_order o;
	struct rd_list *item;

	/* Legs are closed by control, which lists them. */
	while (w->orders && rd_mailbox_pop(w->orders, &o) == RD_OK)
		if (o.parcel)
			o.parcel->close(o.parcel);
	while ((item = rd_list_pop(&w->returns)) != NULL) {
		struct rd_parcel *p =
			rd_container(item, struct rd_parcel, in_returns);

		if (!p->leg)
			p->close(p);
	}
}

void rd_worker_close(struct rd_worker *w)
{
	if (!w)
		return;
	if (w->is_started)
		stop(w);
	close_parcels(w);
	for (unsigned i = 0; i < w->port_count; i++)
		close(w->ports[i].fd);
	rd_tcp_close(w->tcp);
	if (w->epoll >= 0)
		close(w->epoll);
	rd_tick_close(&w->tick);
	rd_mailbox_close(w->orders);
	rd_routes_close(w->routes);
	rd_intake_close(w->intake);
	rd_free(w->strangers);
	rd_free(w->strays);
	rd_free(w->waiting);
	rd_free(w);
}
