/* media/web.c - a browser's leg: connectivity checks, handshake, SRTP.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * We are ICE-lite (RFC 8445 2.5): checks are answered, never sent.  Whoever
 * passes an authenticated check is believed to be where the check came from;
 * nothing else ever moves an address (T48, F28).
 */
#include "base/timer.h"
#include "media/media_priv.h"

enum {
	REMOTE_SILENT_US = 500000, /* then any validated address may follow */
	GUEST_US = 3000000,        /* browsers check every 2.65 s */
	CONSENT_US = 30000000,     /* RFC 7675 5.1: then we send no more */
	PAUSE_US = 500000,         /* without audio, but not without checks */
	NEVER = -1,
};

void rd_web_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us)
{
	leg->web.opened_us = now_us;
	/* Names are random; control made sure of room.  A leg that cannot be
	 * found never comes up and fails at its deadline. */
	(void)!rd_routes_add_name(w->routes, leg->web.local_ufrag, leg);
}

/* An address is a leg's no more; a connection ends with that. */
static void let_go(struct rd_worker *w, struct rd_media_leg *leg,
		   const struct rd_addr *a)
{
	rd_routes_remove(w->routes, a, leg);
	rd_tcp_end(w, a);
}

void rd_web_remove(struct rd_worker *w, struct rd_media_leg *leg)
{
	for (unsigned i = 0; i < leg->web.known_count; i++)
		let_go(w, leg, &leg->web.known[i].addr);
	if (leg->web.has_ssrc)
		rd_routes_remove_ssrc(w->routes, leg->web.ssrc, leg);
	if (rd_routes_by_name(w->routes, rd_span_text(leg->web.local_ufrag)) ==
	    leg)
		rd_routes_remove_name(w->routes, leg->web.local_ufrag);
	for (unsigned i = 0; i < RD_DTLS_WAITING; i++)
		if (w->waiting[i].leg == leg)
			w->waiting[i].leg = NULL;
}

void rd_web_change(struct rd_media_leg *leg, const struct rd_web_change *c)
{
	leg->level_extension = c->level_extension;
	rd_leg_set_codec(leg, c->codec, c->payload_type);
}

/* --- addresses --- */

/* A browser may reach several of our addresses from one of its own. */
static bool is_aimed_at(const struct rd_media_leg *leg,
			const struct rd_packet *p)
{
	return leg->web.port == p->port &&
	       rd_addr_equal(&leg->web.remote, &p->from);
}

static void aim(struct rd_worker *w, struct rd_media_leg *leg,
		const struct rd_packet *p, uint64_t now_us)
{
	leg->web.remote_us = now_us;
	leg->web.guest_until_us = 0;
	leg->is_up = leg->send_srtp != NULL;
	if (is_aimed_at(leg, p))
		return;
	leg->web.remote = p->from;
	leg->web.port = p->port;
	if (p->port == RD_PORT_TCP)
		rd_leg_aim(leg, -1, NULL);
	else
		rd_leg_aim(leg, w->ports[p->port].fd, &p->from);
}

static int find_known(const struct rd_media_leg *leg, const struct rd_addr *a)
{
	for (unsigned i = 0; i < leg->web.known_count; i++)
		if (rd_addr_equal(&leg->web.known[i].addr, a))
			return (int)i;
	return NEVER;
}

static bool is_connection(const struct rd_addr *a)
{
	return a->family == RD_TCP_FAMILY;
}

static bool has_all_connections(const struct rd_media_leg *leg)
{
	unsigned n = 0;

	for (unsigned i = 0; i < leg->web.known_count; i++)
		n += is_connection(&leg->web.known[i].addr);
	return n >= RD_LEG_CONNECTIONS;
}

/* Where a goes: a free place, or that of the one not in use that was heard of
 * longest ago.  A connection costs a descriptor; it takes another's place
 * before a leg has too many of them. */
static unsigned place_for(struct rd_worker *w, struct rd_media_leg *leg,
			  const struct rd_addr *a)
{
	bool is_crowded = is_connection(a) && has_all_connections(leg);
	unsigned oldest = RD_LEG_ADDRESSES;

	if (!is_crowded && leg->web.known_count < RD_LEG_ADDRESSES)
		return leg->web.known_count++;
	for (unsigned i = 0; i < leg->web.known_count; i++) {
		const struct rd_addr *other = &leg->web.known[i].addr;

		if (rd_addr_equal(other, &leg->web.remote) ||
		    (is_crowded && !is_connection(other)))
			continue;
		if (oldest == RD_LEG_ADDRESSES ||
		    leg->web.known[i].heard_us <
			    leg->web.known[oldest].heard_us)
			oldest = i;
	}
	let_go(w, leg, &leg->web.known[oldest].addr);
	return oldest;
}

static void forget(struct rd_media_leg *leg, const struct rd_addr *a)
{
	int i = find_known(leg, a);

	if (i == NEVER)
		return;
	leg->web.known[i] = leg->web.known[--leg->web.known_count];
}

/* Until the browser is heard from elsewhere there is nowhere to send to. */
void rd_web_gone(struct rd_worker *w, const struct rd_addr *name)
{
	struct rd_media_leg *leg = rd_routes_by_addr(w->routes, name);

	if (!leg)
		return;
	rd_routes_remove(w->routes, name, leg);
	forget(leg, name);
	if (!rd_addr_equal(&leg->web.remote, name))
		return;
	leg->web.remote.family = 0;
	leg->is_up = false;
}

/* An authenticated check of leg came from there. */
static void learn(struct rd_worker *w, struct rd_media_leg *leg,
		  const struct rd_packet *p, uint64_t now_us)
{
	struct rd_media_leg *other = rd_routes_by_addr(w->routes, &p->from);
	int known = find_known(leg, &p->from);
	unsigned i;

	if (known != NEVER) {
		leg->web.known[known].heard_us = now_us;
		return;
	}
	if (other && other != leg) /* a browser that starts over */
		forget(other, &p->from);
	if (rd_routes_add(w->routes, &p->from, leg) != RD_OK)
		return;
	i = place_for(w, leg, &p->from);
	leg->web.known[i].addr = p->from;
	leg->web.known[i].heard_us = now_us;
	if (p->port == RD_PORT_TCP)
		rd_tcp_trust(w, &p->from);
}

static void follow_check(struct rd_worker *w, struct rd_media_leg *leg,
			 const struct rd_packet *p, bool is_nominating,
			 uint64_t now_us)
{
	bool is_silent = now_us - leg->web.remote_us > REMOTE_SILENT_US;

	if (leg->web.remote.family == 0 || is_nominating || is_silent ||
	    is_aimed_at(leg, p))
		aim(w, leg, p, now_us);
}

/* --- connectivity checks, RFC 8445 7.3 --- */

static const struct rd_addr *source_of(struct rd_worker *w,
				       const struct rd_packet *p)
{
	return p->port == RD_PORT_TCP ? rd_tcp_remote(w, &p->from) : &p->from;
}

static void answer(struct rd_worker *w, struct rd_media_leg *leg,
		   const struct rd_packet *p, const struct rd_stun *m,
		   uint16_t error)
{
	uint8_t bytes[256];
	struct rd_writer out = rd_writer(bytes, sizeof(bytes));
	enum rd_err err;

	err = error ? rd_stun_write_error(&out, m, error, leg->web.key)
		    : rd_stun_write_success(&out, m, source_of(w, p),
					    leg->web.key);
	if (err == RD_OK)
		rd_port_send(w, p->port, &p->from, bytes, rd_writer_len(&out));
}

static void heard(struct rd_worker *w, struct rd_media_leg *leg,
		  uint64_t now_us)
{
	leg->web.heard_us = now_us;
	if (!leg->web.is_quiet)
		return;
	leg->web.is_quiet = false;
	rd_leg_tell(w, leg, RD_MEDIA_HEARD);
}

static void checked(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us)
{
	bool is_first = leg->web.checked_us == 0;

	leg->web.checked_us = now_us;
	heard(w, leg, now_us);
	rd_count_add(&w->counters.stun_checks, 1);
	if (is_first)
		rd_leg_tell(w, leg, RD_MEDIA_ICE_UP);
	if (leg->is_lost) {
		leg->is_lost = false;
		rd_leg_tell(w, leg, RD_MEDIA_BACK);
	}
}

/* Whose check it is, if it is authentic; NULL otherwise. */
static struct rd_media_leg *authenticate(struct rd_worker *w,
					 const struct rd_stun *m,
					 uint64_t now_us)
{
	struct rd_span receiver, sender;
	struct rd_media_leg *leg;

	if (m->class != RD_STUN_REQUEST || m->method != RD_STUN_BINDING ||
	    !rd_stun_split_username(m, &receiver, &sender))
		return NULL;
	leg = rd_routes_by_name(w->routes, receiver);
	if (!leg) { /* its leg may have been ordered in this very turn */
		rd_worker_obey(w, now_us);
		leg = rd_routes_by_name(w->routes, receiver);
	}
	if (!leg || !rd_span_is(sender, leg->web.remote_ufrag))
		return NULL;
	return rd_stun_check(m, leg->web.key) == RD_OK ? leg : NULL;
}

static void hear_check(struct rd_worker *w, struct rd_packet *p,
		       uint64_t now_us)
{
	const struct rd_addr *source = source_of(w, p);
	struct rd_media_leg *leg;
	struct rd_stun m;

	if (rd_strangers_is_spent(w->strangers, source, now_us) ||
	    rd_stun_parse(&m, rd_span(p->at, p->len)) != RD_OK ||
	    !(leg = authenticate(w, &m, now_us))) {
		rd_strangers_fail(w->strangers, source, now_us);
		rd_count_add(&w->counters.packets_refused, 1);
		return;
	}
	if (!rd_allowance_take(&leg->allowance, now_us)) {
		rd_leg_refuse(w, leg);
		return;
	}
	if (m.unknown_count) {
		answer(w, leg, p, &m, RD_STUN_UNKNOWN_ATTRIBUTE);
		return;
	}
	if (m.role == RD_ICE_CONTROLLED) { /* RFC 8445 7.3.1.1: as we are */
		answer(w, leg, p, &m, RD_STUN_ROLE_CONFLICT);
		return;
	}
	learn(w, leg, p, now_us);
	follow_check(w, leg, p, m.is_nominating, now_us);
	answer(w, leg, p, &m, 0);
	checked(w, leg, now_us);
}

/* --- handshake --- */

/* Set aside until the packets of this turn are served. */
static void wait_handshake(struct rd_worker *w, struct rd_media_leg *leg,
			   const struct rd_packet *p)
{
	struct rd_dtls_waiting *d;

	if (!leg->web.dtls || w->waiting_count == RD_DTLS_WAITING) {
		rd_leg_refuse(w, leg);
		return;
	}
	d = &w->waiting[(w->waiting_head + w->waiting_count++) %
			RD_DTLS_WAITING];
	d->leg = leg;
	d->from = p->from;
	d->port = p->port;
	d->len = p->len;
	memcpy(d->bytes, p->at, p->len);
}

static void send_flight(struct rd_worker *w, struct rd_media_leg *leg,
			uint64_t now_us)
{
	struct rd_span out;

	while (rd_dtls_poll(leg->web.dtls, now_us / 1000, &out))
		rd_port_send(w, leg->web.dtls_port, &leg->web.dtls_remote,
			     out.at, out.len);
}

static void take_keys(struct rd_worker *w, struct rd_media_leg *leg,
		      uint64_t now_us)
{
	if (rd_dtls_take_keys(leg->web.dtls, &leg->send_srtp,
			      &leg->receive_srtp) != RD_OK)
		return; /* no memory: the deadline tells */
	leg->is_up = leg->web.remote.family != 0;
	rd_count_add(&w->counters.dtls_handshakes, 1);
	rd_leg_tell(w, leg, RD_MEDIA_UP);
	rd_leg_due(w, leg, now_us); /* from now on it hears something */
}

static void follow_state(struct rd_worker *w, struct rd_media_leg *leg,
			 uint64_t now_us)
{
	enum rd_dtls_state state = rd_dtls_state(leg->web.dtls);

	if (state == RD_DTLS_READY && !leg->send_srtp)
		take_keys(w, leg, now_us);
	if (state == RD_DTLS_CLOSED && !leg->web.has_said_bye) {
		leg->web.has_said_bye = true;
		rd_leg_tell(w, leg, RD_MEDIA_BYE);
	}
}

void rd_web_handshake(struct rd_worker *w, const struct rd_dtls_waiting *d,
		      uint64_t now_us)
{
	struct rd_media_leg *leg = d->leg;

	if (!leg->web.dtls)
		return;
	leg->web.dtls_remote = d->from;
	leg->web.dtls_port = d->port;
	rd_dtls_feed(leg->web.dtls, rd_span(d->bytes, d->len), now_us / 1000);
	send_flight(w, leg, now_us);
	follow_state(w, leg, now_us);
	rd_leg_wake(w, leg, now_us); /* its resending has another time now */
}

/* --- media --- */

/* Opened, read, and of the codec that was agreed. */
static bool open_rtp(struct rd_media_leg *leg, struct rd_packet *p,
		     struct rd_rtp *rtp)
{
	return leg->receive_srtp &&
	       rd_srtp_unprotect(leg->receive_srtp, p->at, &p->len) == RD_OK &&
	       rd_rtp_parse(rtp, rd_span(p->at, p->len)) == RD_OK &&
	       rtp->payload_type == leg->payload_type;
}

static void follow_ssrc(struct rd_worker *w, struct rd_media_leg *leg,
			uint32_t ssrc)
{
	if (leg->web.has_ssrc && leg->web.ssrc == ssrc)
		return;
	if (leg->web.has_ssrc)
		rd_routes_remove_ssrc(w->routes, leg->web.ssrc, leg);
	leg->web.ssrc = ssrc;
	leg->web.has_ssrc = rd_routes_add_ssrc(w->routes, ssrc, leg) == RD_OK;
}

static void hear_opened(struct rd_worker *w, struct rd_media_leg *leg,
			const struct rd_packet *p, const struct rd_rtp *rtp,
			uint64_t now_us)
{
	uint8_t level;
	bool is_voice;

	heard(w, leg, now_us);
	leg->web.said_us = now_us;
	if (leg->level_extension &&
	    rd_rtp_read_level(rtp, leg->level_extension, &level, &is_voice))
		rd_leg_level(w, leg, level, now_us);
	rd_leg_hear(w, leg, rtp, p->at + (rtp->payload.at - p->at), now_us);
}

static void hear_rtp(struct rd_worker *w, struct rd_media_leg *leg,
		     struct rd_packet *p, uint64_t now_us)
{
	struct rd_rtp rtp;

	if (!open_rtp(leg, p, &rtp)) {
		rd_leg_refuse(w, leg);
		return;
	}
	/* A browser sends by the pair it has chosen. */
	aim(w, leg, p, now_us);
	follow_ssrc(w, leg, rtp.ssrc);
	hear_opened(w, leg, p, &rtp, now_us);
}

/* Media from an address that no check has validated.  If it is authentic, and
 * so is heard for the first time, the browser has probably been given another
 * address by its NAT and does not know: its next check may be 2.6 s away.  It
 * is heard, and a copy of what goes to the old address goes there too, for as
 * long as a check may take.  The address we believe in does not change: who
 * repeats a browser's packets from elsewhere wins an encrypted copy. */
static void hear_guest(struct rd_worker *w, struct rd_packet *p,
		       uint64_t now_us)
{
	struct rd_media_leg *leg = NULL;
	struct rd_rtp rtp;

	if (!rd_strangers_is_spent(w->strays, &p->from, now_us) &&
	    rd_rtp_parse_header(&rtp, rd_span(p->at, p->len)) == RD_OK)
		leg = rd_routes_by_ssrc(w->routes, rtp.ssrc);
	if (!leg || !open_rtp(leg, p, &rtp)) {
		rd_strangers_fail(w->strays, &p->from, now_us);
		rd_count_add(&w->counters.packets_refused, 1);
		return;
	}
	leg->web.guest = p->from;
	leg->web.guest_port = p->port;
	leg->web.guest_until_us = now_us + GUEST_US;
	hear_opened(w, leg, p, &rtp, now_us);
}

void rd_web_copy(struct rd_worker *w, const struct rd_media_leg *leg,
		 const uint8_t *packet, size_t len)
{
	rd_port_send(w, leg->web.guest_port, &leg->web.guest, packet, len);
}

static void hear_rtcp(struct rd_worker *w, struct rd_media_leg *leg,
		      struct rd_packet *p, uint64_t now_us)
{
	if (!leg->receive_srtp ||
	    rd_srtp_unprotect_rtcp(leg->receive_srtp, p->at, &p->len) !=
		    RD_OK) {
		rd_leg_refuse(w, leg);
		return;
	}
	heard(w, leg, now_us);
	rd_report_hear(w, leg, rd_span(p->at, p->len), now_us);
}

void rd_web_packet(struct rd_worker *w, struct rd_packet *p, uint64_t now_us)
{
	enum rd_packet_kind kind = rd_packet_kind(rd_span(p->at, p->len));
	struct rd_media_leg *leg;

	if (kind == RD_PACKET_STUN) {
		hear_check(w, p, now_us);
		return;
	}
	leg = rd_routes_by_addr(w->routes, &p->from);
	if (!leg && kind == RD_PACKET_RTP) {
		hear_guest(w, p, now_us);
		return;
	}
	if (!leg) {
		rd_count_add(&w->counters.packets_refused, 1);
		return;
	}
	if (!rd_allowance_take(&leg->allowance, now_us)) {
		rd_leg_refuse(w, leg);
		return;
	}
	if (kind == RD_PACKET_RTP)
		hear_rtp(w, leg, p, now_us);
	else if (kind == RD_PACKET_RTCP)
		hear_rtcp(w, leg, p, now_us);
	else if (kind == RD_PACKET_DTLS)
		wait_handshake(w, leg, p);
	else
		rd_leg_refuse(w, leg);
}

/* --- time --- */

static uint64_t deadline_due(struct rd_worker *w, struct rd_media_leg *leg,
			     uint64_t now_us)
{
	uint64_t at_us =
		leg->web.opened_us + w->cfg->dtls_deadline_ms * 1000ULL;

	if (leg->send_srtp || leg->web.has_failed)
		return UINT64_MAX;
	if (now_us < at_us)
		return at_us;
	leg->web.has_failed = true;
	rd_count_add(&w->counters.dtls_failures, 1);
	rd_leg_tell(w, leg, RD_MEDIA_FAILED);
	return UINT64_MAX;
}

static uint64_t consent_due(struct rd_worker *w, struct rd_media_leg *leg,
			    uint64_t now_us)
{
	uint64_t lost_us = leg->web.checked_us + w->cfg->ice_lost_ms * 1000ULL;
	uint64_t end_us = leg->web.checked_us + CONSENT_US;

	if (!leg->web.checked_us)
		return UINT64_MAX;
	if (now_us >= lost_us && !leg->is_lost) {
		leg->is_lost = true;
		rd_leg_tell(w, leg, RD_MEDIA_LOST);
	}
	if (now_us >= end_us) {
		leg->is_up = false;
		return UINT64_MAX;
	}
	return leg->is_lost ? end_us : rd_min_u64(lost_us, end_us);
}

/* Audio stops for many reasons - a microphone that was pulled out, a page that
 * lets it rest - but checks and reports do not stop with it. */
static uint64_t quiet_due(struct rd_worker *w, struct rd_media_leg *leg,
			  uint64_t now_us)
{
	uint64_t at_us = leg->web.heard_us + w->cfg->quiet_ms * 1000ULL;

	if (!w->cfg->quiet_ms || !leg->web.said_us || leg->web.is_quiet ||
	    leg->web.heard_us > leg->web.said_us + PAUSE_US)
		return UINT64_MAX;
	if (now_us < at_us)
		return at_us;
	leg->web.is_quiet = true;
	rd_leg_tell(w, leg, RD_MEDIA_QUIET);
	return UINT64_MAX;
}

static uint64_t dtls_due(struct rd_worker *w, struct rd_media_leg *leg,
			 uint64_t now_us)
{
	struct rd_dtls *d = leg->web.dtls;
	uint64_t due_ms;

	if (!d || leg->web.dtls_remote.family == 0)
		return UINT64_MAX;
	if (rd_dtls_due_ms(d) <= now_us / 1000) {
		send_flight(w, leg, now_us);
		follow_state(w, leg, now_us);
	}
	/* It is ten times as large as the rest of the leg.  Its price: after
	 * that a close_notify is not understood any more. */
	if (rd_dtls_is_quiet(d, now_us / 1000)) {
		rd_dtls_close(d);
		leg->web.dtls = NULL;
		return UINT64_MAX;
	}
	due_ms = rd_dtls_due_ms(d);
	return due_ms == RD_NEVER ? UINT64_MAX : due_ms * 1000;
}

uint64_t rd_web_due(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us)
{
	uint64_t due_us = deadline_due(w, leg, now_us);

	due_us = rd_min_u64(due_us, consent_due(w, leg, now_us));
	due_us = rd_min_u64(due_us, quiet_due(w, leg, now_us));
	return rd_min_u64(due_us, dtls_due(w, leg, now_us));
}
