/* media/rtp.c - a trunk's leg: plain RTP or SDES-SRTP on a port of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * By default only the signalled address is heard, and the kernel itself is
 * told so by connecting the socket (T53, T54).
 */
#include <sys/socket.h>

#include "media/media_priv.h"

enum {
	DIGIT_STEP_MS = 20,
	DIGIT_TONE_MS = 100,
	DIGIT_GAP_MS = 60,
	LEARN_PACKETS = 5,         /* T54: in sequence, with one SSRC */
	LEARN_SILENT_US = 5000000, /* T54: then the same network may follow */
	NETWORK_4_BYTES = 3,
	NETWORK_6_BYTES = 8,
};

void rd_rtp_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us)
{
	leg->rtp.heard_us = now_us;
	/* No descriptor left in the kernel: the leg stays silent, which its
	 * owner is told by LOST. */
	(void)!rd_worker_watch(w, leg);
}

/* --- where it goes --- */

static void bind_remote(struct rd_media_leg *leg, const struct rd_addr *remote,
			bool is_exclusive)
{
	struct sockaddr_storage sa;
	socklen_t len = rd_addr_to_sockaddr(remote, &sa);

	leg->rtp.remote = *remote;
	leg->rtp.remote_rtcp = *remote;
	if (!leg->rtp.set.rtcp_mux)
		leg->rtp.remote_rtcp.port++;
	leg->rtp.is_bound =
		is_exclusive &&
		connect(leg->rtp.fd, (struct sockaddr *)&sa, len) == 0;
	rd_leg_aim(leg, leg->rtp.fd, leg->rtp.is_bound ? NULL : remote);
}

static void release_remote(struct rd_media_leg *leg)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (leg->rtp.is_bound)
		(void)connect(leg->rtp.fd, &none, sizeof(none));
	leg->rtp.is_bound = false;
	leg->rtp.is_locked = false;
	leg->rtp.candidate_count = 0;
	memset(&leg->rtp.remote, 0, sizeof(leg->rtp.remote));
}

void rd_rtp_change(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_rtp_change *c, uint64_t now_us)
{
	const struct rd_media_rtp *new = &c->rtp;
	struct rd_srtp *old_send = leg->send_srtp;
	struct rd_srtp *old_receive = leg->receive_srtp;
	const struct rd_codec *codec = rd_codec_get(new->codec);
	bool is_first = !leg->rtp.is_connected;

	/* The old ones go home with c; one that did not change stays. */
	if (c->has_keys && (c->send_srtp || !new->srtp_suite)) {
		leg->send_srtp = c->send_srtp;
		c->send_srtp = old_send;
	}
	if (c->has_keys && (c->receive_srtp || !new->srtp_suite)) {
		leg->receive_srtp = c->receive_srtp;
		c->receive_srtp = old_receive;
	}
	if (is_first || codec != leg->codec)
		rd_digit_send_init(&leg->rtp.digits, codec->clock_hz,
				   DIGIT_STEP_MS, DIGIT_TONE_MS, DIGIT_GAP_MS);
	rd_leg_set_codec(leg, codec, new->payload_type);
	if (is_first || !rd_addr_equal(&leg->rtp.set.remote, &new->remote) ||
	    leg->rtp.set.learn != new->learn)
		release_remote(leg);
	leg->rtp.set = *new;
	leg->rtp.is_connected = true;
	if (new->remote.family && !leg->rtp.is_locked)
		bind_remote(leg, &new->remote, !new->learn);
	leg->is_up = new->may_send && leg->rtp.remote.family != 0;
	leg->rtp.heard_us = now_us;
	rd_leg_due(w, leg, now_us);
}

/* --- T54: learning where it comes from --- */

static bool is_same_network(const struct rd_addr *a, const struct rd_addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->ip, b->ip,
		       a->family == 4 ? NETWORK_4_BYTES : NETWORK_6_BYTES);
}

static void follow_candidate(struct rd_media_leg *leg,
			     const struct rd_packet *p,
			     const struct rd_rtp *rtp)
{
	bool goes_on =
		leg->rtp.candidate_count > 0 &&
		rd_addr_equal(&leg->rtp.candidate, &p->from) &&
		leg->rtp.candidate_ssrc == rtp->ssrc &&
		(uint16_t)(leg->rtp.candidate_sequence + 1) == rtp->sequence;

	leg->rtp.candidate_count = goes_on ? leg->rtp.candidate_count + 1 : 1;
	leg->rtp.candidate = p->from;
	leg->rtp.candidate_ssrc = rtp->ssrc;
	leg->rtp.candidate_sequence = rtp->sequence;
	if (leg->rtp.candidate_count < LEARN_PACKETS)
		return;
	leg->rtp.is_locked = true;
	bind_remote(leg, &p->from, false);
	leg->is_up = leg->rtp.set.may_send;
}

/* Whether the packet may be heard at all. */
static bool is_from_peer(struct rd_media_leg *leg, const struct rd_packet *p,
			 const struct rd_rtp *rtp, uint64_t now_us)
{
	if (leg->rtp.remote.family &&
	    rd_addr_equal(&p->from, &leg->rtp.remote)) {
		if (leg->rtp.set.learn && !leg->rtp.is_locked)
			follow_candidate(leg, p, rtp);
		return true;
	}
	if (!leg->rtp.set.learn)
		return false;
	if (leg->rtp.is_locked &&
	    (now_us - leg->rtp.heard_us < LEARN_SILENT_US ||
	     !is_same_network(&p->from, &leg->rtp.remote)))
		return false;
	/* Nearer ones first: a stranger has no chance while the signalled
	 * address itself, or its network, is being heard. */
	if (!leg->rtp.is_locked && leg->rtp.candidate_count > 0 &&
	    is_same_network(&leg->rtp.candidate, &leg->rtp.set.remote) &&
	    !is_same_network(&p->from, &leg->rtp.set.remote))
		return false;
	follow_candidate(leg, p, rtp);
	return leg->rtp.is_locked && rd_addr_equal(&leg->rtp.remote, &p->from);
}

/* --- packets --- */

static void heard(struct rd_worker *w, struct rd_media_leg *leg,
		  uint64_t now_us)
{
	leg->rtp.heard_us = now_us;
	if (!leg->rtp.has_heard) {
		leg->rtp.has_heard = true;
		rd_leg_tell(w, leg, RD_MEDIA_UP);
	}
	if (leg->is_lost) {
		leg->is_lost = false;
		rd_leg_tell(w, leg, RD_MEDIA_BACK);
	}
}

static void hear_event(struct rd_worker *w, struct rd_media_leg *leg,
		       const struct rd_rtp *rtp, uint64_t now_us)
{
	struct rd_note note = { .kind = RD_MEDIA_DIGIT, .leg = leg->id };
	struct rd_telephone_event e;
	struct rd_rtp_arrival arrival;

	arrival = rd_rtp_receive_feed(&leg->in, rtp, false, now_us);
	leg->stats.received++;
	if (arrival.order == RD_RTP_DUPLICATE ||
	    rd_telephone_event_decode(&e, rtp->payload) != RD_OK)
		return;
	note.digit = rd_digit_receive_feed(&leg->rtp.dialled, &e, rtp->ts,
					   rtp->is_marked);
	if (!note.digit)
		return;
	note.duration_ms =
		(uint16_t)(e.duration_ts * 1000ULL / leg->codec->clock_hz);
	rd_worker_note(w, &note);
}

static bool is_sound(const struct rd_media_leg *leg, const struct rd_rtp *rtp)
{
	const struct rd_media_rtp *set = &leg->rtp.set;

	return rtp->payload_type == leg->payload_type ||
	       (set->is_renumbered &&
		rtp->payload_type == set->offered_payload_type);
}

static bool is_event(const struct rd_media_leg *leg, const struct rd_rtp *rtp)
{
	const struct rd_media_rtp *set = &leg->rtp.set;

	return set->dtmf_payload_type &&
	       (rtp->payload_type == set->dtmf_payload_type ||
		(set->is_renumbered &&
		 rtp->payload_type == set->offered_dtmf_payload_type));
}

static void hear_rtp(struct rd_worker *w, struct rd_media_leg *leg,
		     struct rd_packet *p, uint64_t now_us)
{
	const struct rd_media_rtp *set = &leg->rtp.set;
	struct rd_rtp rtp;

	if ((leg->receive_srtp &&
	     rd_srtp_unprotect(leg->receive_srtp, p->at, &p->len) != RD_OK) ||
	    rd_rtp_parse(&rtp, rd_span(p->at, p->len)) != RD_OK ||
	    (!is_sound(leg, &rtp) && !is_event(leg, &rtp)) ||
	    !is_from_peer(leg, p, &rtp, now_us)) {
		rd_leg_refuse(w, leg);
		return;
	}
	heard(w, leg, now_us);
	if (!set->may_receive)
		return;
	if (!is_sound(leg, &rtp))
		hear_event(w, leg, &rtp, now_us);
	else
		rd_leg_hear(w, leg, &rtp, p->at + (rtp.payload.at - p->at),
			    now_us);
}

static void hear_rtcp(struct rd_worker *w, struct rd_media_leg *leg,
		      struct rd_packet *p, uint64_t now_us)
{
	if (!rd_addr_ip_equal(&p->from, &leg->rtp.remote) ||
	    (leg->receive_srtp &&
	     rd_srtp_unprotect_rtcp(leg->receive_srtp, p->at, &p->len) !=
		     RD_OK)) {
		rd_leg_refuse(w, leg);
		return;
	}
	rd_report_hear(w, leg, rd_span(p->at, p->len), now_us);
}

void rd_rtp_packet(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_packet *p, bool is_rtcp, uint64_t now_us)
{
	enum rd_packet_kind kind = rd_packet_kind(rd_span(p->at, p->len));

	if (!leg->rtp.is_connected ||
	    !rd_allowance_take(&leg->allowance, now_us)) {
		rd_leg_refuse(w, leg);
		return;
	}
	if (kind == RD_PACKET_RTP && !is_rtcp)
		hear_rtp(w, leg, p, now_us);
	else if (kind == RD_PACKET_RTCP && (is_rtcp || leg->rtp.set.rtcp_mux))
		hear_rtcp(w, leg, p, now_us);
	else
		rd_leg_refuse(w, leg);
}

/* --- time --- */

static uint64_t digits_due(struct rd_worker *w, struct rd_media_leg *leg,
			   uint64_t now_us)
{
	uint8_t bytes[RD_RTP_HEADER + RD_EVENT_BYTES + RD_SRTP_TRAILER_MAX];
	struct rd_digit_send *s = &leg->rtp.digits;
	struct rd_rtp_place place;
	struct rd_digit_packet d;

	if (!leg->rtp.is_connected || !rd_digit_send_is_busy(s) || !leg->is_up)
		return UINT64_MAX;
	while (rd_digit_send_poll(s, rd_rtp_send_now_ts(&leg->out, now_us),
				  &d)) {
		rd_rtp_send_event(&leg->out, d.ts, now_us, &place);
		place.payload_type = leg->rtp.set.dtmf_payload_type;
		place.is_marked = d.is_marked;
		memcpy(bytes + RD_RTP_HEADER, d.payload, RD_EVENT_BYTES);
		rd_leg_send(w, leg, &place, bytes + RD_RTP_HEADER,
			    RD_EVENT_BYTES, now_us);
	}
	return now_us + RD_FRAME_US / 4;
}

/* F25: a trunk that says nothing. */
static uint64_t silence_due(struct rd_worker *w, struct rd_media_leg *leg,
			    uint64_t now_us)
{
	uint64_t most_us = w->cfg->rtp_silent_ms * 1000ULL;
	uint64_t at_us;

	if (!leg->rtp.is_connected || !leg->rtp.set.may_receive || leg->is_lost)
		return UINT64_MAX;
	if (leg->rtp.has_heard)
		most_us += most_us / 2;
	at_us = leg->rtp.heard_us + most_us;
	if (now_us < at_us)
		return at_us;
	leg->is_lost = true;
	rd_leg_tell(w, leg, RD_MEDIA_LOST);
	return UINT64_MAX;
}

uint64_t rd_rtp_due(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us)
{
	return rd_min_u64(digits_due(w, leg, now_us),
			  silence_due(w, leg, now_us));
}
