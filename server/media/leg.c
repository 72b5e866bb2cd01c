/* media/leg.c - what web and rtp legs have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>

#include "base/random.h"
#include "media/media_priv.h"

enum {
	SECOND_US = 1000000,
	/* A source that stops in the middle of speech is late or lost: its
	 * packets are worth more than our silence.  One that said it would
	 * stop, or never began, is filled in for at once. */
	PATIENCE_TALKING_US = 120000,
	PATIENCE_SILENT_US = 30000,
	DTX_BYTES = 2, /* RFC 6716 3.1: a table of contents and no more */
	LEVEL_STEP_DB = 3,
	EXPECTED_LINES = 7, /* of a leg, for a packet */
	EXPECTED_STEPS = 6,
};

void rd_leg_close(struct rd_parcel *p)
{
	struct rd_media_leg *leg = rd_container(p, struct rd_media_leg, parcel);

	rd_srtp_close(leg->send_srtp);
	rd_srtp_close(leg->receive_srtp);
	if (leg->is_web) {
		rd_dtls_close(leg->web.dtls);
		rd_stun_key_close(leg->web.key);
	}
	rd_source_close(leg->source);
	rd_record_release(leg);
	rd_free(leg);
}

void rd_leg_init(struct rd_media_leg *leg, const struct rd_codec *codec,
		 uint8_t payload_type, uint32_t ssrc)
{
	leg->parcel.close = rd_leg_close;
	leg->parcel.leg = leg;
	leg->codec = codec;
	leg->payload_type = payload_type;
	leg->level = RD_LEVEL_SILENT;
	rd_list_init(&leg->listeners);
	rd_list_init(&leg->timer.in_slot);
	rd_rtp_receive_init(&leg->in, codec->clock_hz);
	rd_rtp_send_init(&leg->out, ssrc, codec->clock_hz,
			 (uint16_t)rd_random_below(0x8000), rd_random_u32());
}

void rd_leg_set_codec(struct rd_media_leg *leg, const struct rd_codec *codec,
		      uint8_t payload_type)
{
	struct rd_rtp_send old = leg->out;

	leg->payload_type = payload_type;
	if (codec == leg->codec)
		return;
	leg->codec = codec;
	leg->lost_before += rd_rtp_receive_lost(&leg->in);
	rd_rtp_receive_init(&leg->in, codec->clock_hz);
	/* The SSRC and the count of packets go on, the clock is another. */
	rd_rtp_send_init(&leg->out, old.ssrc, codec->clock_hz,
			 (uint16_t)(old.sequence + 1), old.ts);
	leg->out.packets = old.packets;
	leg->out.octets = old.octets;
}

void rd_leg_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us)
{
	rd_allowance_init(&leg->allowance, now_us);
	/* Reports of many legs shall not fall together. */
	leg->report_us = now_us + rd_random_below(SECOND_US);
	if (leg->is_web)
		rd_web_add(w, leg, now_us);
	else
		rd_rtp_add(w, leg, now_us);
	rd_leg_due(w, leg, now_us);
}

void rd_leg_remove(struct rd_worker *w, struct rd_media_leg *leg)
{
	struct rd_list *item;

	if (leg->is_web)
		rd_web_remove(w, leg);
	else
		rd_worker_unwatch(w, leg);
	rd_wheel_disarm(&leg->timer);
	if (leg->source)
		rd_source_detach(leg->source);
	rd_record_detach(w, leg);
	/* Control has turned them to silence, unless its order was lost. */
	while ((item = rd_list_pop(&leg->listeners)) != NULL)
		rd_container(item, struct rd_source, in_listeners)->from = NULL;
	leg->stats.lost = leg->lost_before + rd_rtp_receive_lost(&leg->in);
	leg->stats.jitter_us = rd_rtp_receive_jitter_us(&leg->in);
	rd_worker_return(w, &leg->parcel);
}

void rd_leg_listen(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_source *s, uint64_t now_us)
{
	struct rd_source *old = leg->source;

	if (old)
		rd_source_detach(old);
	rd_source_attach(s, leg, now_us);
	leg->patience_us = PATIENCE_SILENT_US;
	if (old)
		rd_worker_return(w, &old->parcel);
	rd_leg_due(w, leg, now_us);
}

void rd_leg_tell(struct rd_worker *w, struct rd_media_leg *leg,
		 enum rd_media_event_kind kind)
{
	struct rd_note note = { .kind = (uint8_t)kind, .leg = leg->id };

	rd_worker_note(w, &note);
}

static void prefetch(const void *at, size_t lines)
{
	for (size_t i = 0; i < lines; i++)
		__builtin_prefetch((const char *)at + 64 * i);
}

static const struct rd_source *first_listener(const struct rd_media_leg *leg)
{
	if (rd_list_is_empty(&leg->listeners))
		return NULL;
	return rd_container(leg->listeners.next, struct rd_source,
			    in_listeners);
}

/* One step along the pointers that a packet of leg will follow; each step
 * reads only what the one before has asked for. */
static void expect(const struct rd_media_leg *leg, unsigned step)
{
	const struct rd_source *s;

	if (step == 0) {
		prefetch(leg, EXPECTED_LINES);
		return;
	}
	if (leg->receive_srtp && step < 4)
		rd_srtp_expect(leg->receive_srtp, step - 1); /* 0, 1, 2 */
	s = first_listener(leg);
	if (!s)
		return;
	if (step == 1)
		prefetch(s, 2);
	else if (step == 2)
		prefetch(s->to, EXPECTED_LINES);
	else if (s->to->send_srtp)
		rd_srtp_expect(s->to->send_srtp, step - 3);
}

void rd_leg_expect(struct rd_media_leg *const legs[static RD_EXPECTED],
		   unsigned n)
{
	for (unsigned step = 0; step < EXPECTED_STEPS; step++)
		for (unsigned i = 0; i < n; i++)
			if (legs[i])
				expect(legs[i], step);
}

void rd_leg_aim(struct rd_media_leg *leg, int fd, const struct rd_addr *to)
{
	struct sockaddr_storage sa;

	leg->to_fd = fd;
	leg->to_len = 0;
	if (!to)
		return;
	leg->to_len = rd_addr_to_sockaddr(to, &sa);
	memcpy(&leg->to, &sa, leg->to_len);
}

bool rd_leg_can_send(const struct rd_media_leg *leg)
{
	return leg->is_up &&
	       (leg->is_web || !rd_digit_send_is_active(&leg->rtp.digits));
}

uint64_t rd_leg_patience_us(size_t payload_bytes)
{
	return payload_bytes <= DTX_BYTES ? PATIENCE_SILENT_US
					  : PATIENCE_TALKING_US;
}

static void put(struct rd_worker *w, struct rd_media_leg *leg,
		const uint8_t *packet, size_t len)
{
	const struct sockaddr *to = leg->to_len ? &leg->to.sa : NULL;
	ssize_t sent;

	if (leg->to_fd < 0) {
		rd_tcp_send(w, &leg->web.remote, packet, len);
		return;
	}
	sent = sendto(leg->to_fd, packet, len, MSG_DONTWAIT, to, leg->to_len);
	/* A connected socket tells once of an ICMP answer to an earlier
	 * packet, instead of sending this one. */
	if (sent < 0 && errno == ECONNREFUSED)
		sent = sendto(leg->to_fd, packet, len, MSG_DONTWAIT, to,
			      leg->to_len);
	if (sent == (ssize_t)len)
		rd_count_add(&w->counters.packets_out, 1);
}

void rd_leg_send(struct rd_worker *w, struct rd_media_leg *leg,
		 const struct rd_rtp_place *place, uint8_t *payload, size_t len,
		 uint64_t now_us)
{
	uint8_t *packet = payload - RD_RTP_HEADER;
	size_t n = len + RD_RTP_HEADER;

	packet[0] = 2 << 6; /* RFC 3550 5.1: version, and nothing else */
	packet[1] = 0;
	rd_rtp_rewrite(packet, place);
	leg->last_out_us = now_us;
	leg->is_filling = false;
	if (leg->send_srtp && rd_srtp_protect(leg->send_srtp, packet, &n,
					      n + RD_SRTP_TRAILER_MAX) != RD_OK)
		return;
	put(w, leg, packet, n);
	if (leg->is_web && leg->web.guest_until_us > now_us)
		rd_web_copy(w, leg, packet, n);
	rd_rtp_send_count(&leg->out, len);
	leg->stats.sent++;
}

void rd_leg_send_rtcp(struct rd_worker *w, struct rd_media_leg *leg,
		      const uint8_t *packet, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len;

	if (leg->is_web || leg->rtp.set.rtcp_mux) {
		put(w, leg, packet, len);
		return;
	}
	if (leg->rtp.rtcp_fd < 0)
		return;
	sa_len = rd_addr_to_sockaddr(&leg->rtp.remote_rtcp, &sa);
	if (sendto(leg->rtp.rtcp_fd, packet, len, MSG_DONTWAIT,
		   (struct sockaddr *)&sa, sa_len) == (ssize_t)len)
		rd_count_add(&w->counters.packets_out, 1);
}

static void pass(struct rd_worker *w, struct rd_media_leg *to,
		 const struct rd_rtp *rtp, uint8_t *payload, uint64_t now_us)
{
	struct rd_rtp_place place;

	if (!rd_rtp_send_pass(&to->out, rtp, now_us, &place))
		return;
	place.payload_type = to->payload_type;
	rd_leg_send(w, to, &place, payload, rtp->payload.len, now_us);
	to->patience_us = rd_leg_patience_us(rtp->payload.len);
}

static void share(struct rd_worker *w, struct rd_media_leg *leg,
		  const struct rd_rtp *rtp,
		  const struct rd_rtp_arrival *arrival, uint8_t *payload,
		  uint64_t now_us)
{
	uint8_t copy[RD_BUFFER + RD_RTP_HEADER];
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &leg->listeners) {
		struct rd_source *s =
			rd_container(item, struct rd_source, in_listeners);
		uint8_t *at = payload;

		if (!rd_leg_can_send(s->to))
			continue;
		if (s->decoder) {
			rd_bridge_transcode(w, s, rtp, arrival, now_us);
			continue;
		}
		/* Sending spoils the bytes; the last may have them. */
		if (after != &leg->listeners) {
			at = copy + RD_RTP_HEADER;
			memcpy(at, payload, rtp->payload.len);
		}
		pass(w, s->to, rtp, at, now_us);
	}
}

void rd_leg_hear(struct rd_worker *w, struct rd_media_leg *leg,
		 const struct rd_rtp *rtp, uint8_t *payload, uint64_t now_us)
{
	uint32_t lost = rd_rtp_receive_lost(&leg->in);
	struct rd_rtp_arrival arrival =
		rd_rtp_receive_feed(&leg->in, rtp, true, now_us);

	leg->stats.received++;
	if (arrival.order == RD_RTP_DUPLICATE || arrival.order == RD_RTP_STRAY)
		return;
	if (arrival.order == RD_RTP_FIRST)
		leg->lost_before += lost;
	if (leg->record)
		rd_record_hear(w, leg, rtp);
	share(w, leg, rtp, &arrival, payload, now_us);
}

void rd_leg_level(struct rd_worker *w, struct rd_media_leg *leg, uint8_t level,
		  uint64_t now_us)
{
	struct rd_note note = { .kind = RD_MEDIA_LEVEL,
				.leg = leg->id,
				.level = level };
	int step = (int)level - leg->level;

	if (step < LEVEL_STEP_DB && step > -LEVEL_STEP_DB)
		return;
	if (now_us - leg->level_us < w->cfg->level_period_ms * 1000ULL)
		return;
	leg->level = level;
	leg->level_us = now_us;
	rd_worker_note(w, &note);
}

void rd_leg_refuse(struct rd_worker *w, struct rd_media_leg *leg)
{
	leg->stats.refused++;
	rd_count_add(&w->counters.packets_refused, 1);
}

static uint64_t report_due(struct rd_worker *w, struct rd_media_leg *leg,
			   uint64_t now_us)
{
	if (now_us >= leg->report_us) {
		leg->report_us += SECOND_US;
		if (leg->report_us <= now_us)
			leg->report_us = now_us + SECOND_US;
		rd_report_send(w, leg, now_us);
	}
	return leg->report_us;
}

void rd_leg_due(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us)
{
	uint64_t due_us;

	if (atomic_load_explicit(&leg->wants_close, memory_order_acquire)) {
		rd_worker_dismiss(w, leg);
		return;
	}
	due_us = leg->is_web ? rd_web_due(w, leg, now_us)
			     : rd_rtp_due(w, leg, now_us);
	if (leg->source)
		due_us = rd_min_u64(due_us,
				    rd_source_due(w, leg->source, now_us));
	due_us = rd_min_u64(due_us, rd_source_fill(w, leg, now_us));
	due_us = rd_min_u64(due_us, report_due(w, leg, now_us));
	rd_wheel_arm(&w->wheel, &leg->timer, due_us);
}

void rd_leg_wake(struct rd_worker *w, struct rd_media_leg *leg, uint64_t at_us)
{
	if (at_us < leg->timer.due_us)
		rd_wheel_arm(&w->wheel, &leg->timer, at_us);
}
