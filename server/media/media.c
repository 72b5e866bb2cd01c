/* media/media.c - control's side: workers, slots, events.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Control remembers of each leg what it is and what it hears, so that it can
 * build whatever a change needs before the worker hears of it.  A leg's id is
 * its generation, worker and slot: 11, 6 and 15 bits.
 */
#include "media/media_control.h"

#include "base/clock.h"
#include "base/random.h"
#include "dsp/opus.h"

enum {
	NOTES = 8192,
	SLOT_BITS = 15,
	WORKER_BITS = 6,
	GENERATIONS = 1 << 11,
	LEGS_MOST = 20000,
	LEGS_LEAST = 2,
	FREE_FOR_A_CALL = 2,
	SHA_256_NAME = sizeof("sha-256 ") - 1,
	UFRAG_BYTES = 9, /* 72 bits: RFC 8445 5.3 wants 24, T46 48 */
	PWD_BYTES = 24,  /* 192 bits: RFC 8445 5.3 wants 128, T46 144 */
};

/* --- ids --- */

static rd_leg id_of(const struct slot *s, unsigned worker, unsigned index)
{
	return (rd_leg)s->generation << (SLOT_BITS + WORKER_BITS) |
	       worker << SLOT_BITS | index;
}

unsigned rd_slot_worker(rd_leg leg)
{
	return leg >> SLOT_BITS & ((1U << WORKER_BITS) - 1);
}

static struct slot *slot_at(const struct rd_media *m, rd_leg leg)
{
	unsigned worker = rd_slot_worker(leg);
	unsigned index = leg & ((1U << SLOT_BITS) - 1);

	if (worker >= m->cfg.workers || index >= m->lanes[worker].touched)
		return NULL;
	return &m->lanes[worker].slots[index];
}

struct slot *rd_slot_find(const struct rd_media *m, rd_leg leg)
{
	struct slot *s = slot_at(m, leg);

	return s && s->leg && s->leg->id == leg && !s->is_closing ? s : NULL;
}

enum rd_err rd_slot_take(struct rd_media *m, unsigned worker,
			 struct rd_media_leg *leg, struct slot **out)
{
	struct lane *lane = &m->lanes[worker];
	unsigned index;
	struct slot *s;

	if (lane->free_count) {
		/* The one that was free longest: ids come back late. */
		index = lane->free[lane->free_head];
		lane->free_head =
			(lane->free_head + 1) % m->cfg.legs_per_worker;
		lane->free_count--;
	} else if (lane->touched < m->cfg.legs_per_worker) {
		index = lane->touched++;
	} else {
		return RD_E_FULL;
	}
	s = &lane->slots[index];
	s->generation = (uint16_t)(s->generation % (GENERATIONS - 1) + 1);
	s->leg = leg;
	leg->id = id_of(s, worker, index);
	lane->used++;
	*out = s;
	return RD_OK;
}

void rd_slot_give(struct rd_media *m, struct slot *s)
{
	struct lane *lane = &m->lanes[rd_slot_worker(s->leg->id)];
	uint16_t generation = s->generation;

	lane->free[(lane->free_head + lane->free_count++) %
		   m->cfg.legs_per_worker] = (uint16_t)(s - lane->slots);
	lane->used--;
	rd_wipe(s, sizeof(*s));
	s->generation = generation;
}

/* --- opening and closing --- */

static enum rd_err check(const struct rd_media_cfg *c, struct rd_complaint *why)
{
	if (c->workers < 1 || c->workers > RD_MEDIA_WORKERS)
		rd_complain(why, "media workers is %u; it must be 1 to %d",
			    c->workers, RD_MEDIA_WORKERS);
	else if (c->port && c->port + c->workers - 1 > 65535)
		rd_complain(why, "media port %u and %u workers pass 65535",
			    c->port, c->workers);
	else if (c->bind_count < 1 || c->bind_count > RD_MEDIA_ADDRESSES)
		rd_complain(why, "%u media addresses; there must be 1 to %d",
			    c->bind_count, RD_MEDIA_ADDRESSES);
	else if (c->legs_per_worker < LEGS_LEAST ||
		 c->legs_per_worker > LEGS_MOST)
		rd_complain(why, "%u legs per worker; there must be %d to %d",
			    c->legs_per_worker, LEGS_LEAST, LEGS_MOST);
	else if (c->opus_complexity > 10)
		rd_complain(why, "Opus complexity is %u; it must be 0 to 10",
			    c->opus_complexity);
	else
		return RD_OK;
	return RD_E_RANGE;
}

static enum rd_err make_silences(struct rd_media *m)
{
	static const int16_t nothing[160]; /* RD_FRAME_MS at 8 kHz */

	for (unsigned i = 0; i < RD_CODEC_COUNT; i++) {
		const struct rd_codec *codec =
			rd_codec_get((enum rd_codec_id)i);
		struct rd_encoder_config cfg = { .rate_hz = 8000 };
		struct rd_silence *s = &m->silences[i];
		struct rd_encoder *encoder;
		enum rd_err err;

		if (i == RD_CODEC_OPUS) {
			s->len = rd_opus_silence().len;
			memcpy(s->bytes, rd_opus_silence().at, s->len);
			continue;
		}
		err = rd_encoder_open(&encoder, codec, &cfg);
		if (err != RD_OK)
			return err;
		err = rd_encoder_encode(encoder, nothing, s->bytes,
					sizeof(s->bytes), &s->len);
		rd_encoder_close(encoder);
		if (err != RD_OK)
			return err;
	}
	return RD_OK;
}

static enum rd_err open_lane(struct rd_media *m, unsigned i,
			     struct rd_complaint *why)
{
	struct lane *lane = &m->lanes[i];
	size_t legs = m->cfg.legs_per_worker;
	struct rd_worker_cfg cfg = {
		.media = &m->cfg,
		.index = i,
		.notes = m->notes,
		.silences = m->silences,
	};

	lane->slots = rd_zalloc(legs * sizeof(lane->slots[0]));
	lane->free = rd_alloc(legs * sizeof(lane->free[0]));
	if (!lane->slots || !lane->free)
		return RD_E_NOMEM;
	return rd_worker_open(&lane->worker, &cfg, why);
}

static enum rd_err open_parts(struct rd_media *m, struct rd_complaint *why)
{
	const struct rd_addr *trunk =
		m->cfg.trunk_bind.family ? &m->cfg.trunk_bind : &m->cfg.bind[0];
	enum rd_err err = rd_dtls_identity_open(&m->identity);

	if (err == RD_OK)
		err = make_silences(m);
	if (err == RD_OK)
		err = rd_mailbox_open(&m->notes, NOTES, sizeof(struct rd_note));
	if (err == RD_OK)
		err = rd_trunk_ports_open(&m->ports, trunk,
					  m->cfg.trunk_port_first,
					  m->cfg.trunk_port_last);
	if (err == RD_E_RANGE)
		rd_complain(why, "the trunk ports %u to %u hold no pair",
			    m->cfg.trunk_port_first, m->cfg.trunk_port_last);
	for (unsigned i = 0; err == RD_OK && i < m->cfg.workers; i++)
		err = open_lane(m, i, why);
	for (unsigned i = 0; err == RD_OK && i < m->cfg.workers; i++)
		err = rd_worker_start(m->lanes[i].worker);
	return err;
}

enum rd_err rd_media_open(struct rd_media **out, const struct rd_media_cfg *cfg,
			  struct rd_complaint *why)
{
	struct rd_media *m;
	enum rd_err err;

	*out = NULL;
	err = check(cfg, why);
	if (err != RD_OK)
		return err;
	m = rd_zalloc(sizeof(*m));
	if (!m)
		return RD_E_NOMEM;
	m->cfg = *cfg;
	if (!m->cfg.most_late_us)
		m->cfg.most_late_us = RD_LOAD_REFUSE_US;
	err = open_parts(m, why);
	if (err != RD_OK) {
		rd_media_close(m);
		return err;
	}
	*out = m;
	return RD_OK;
}

void rd_slot_free_leg(struct rd_media *m, struct rd_media_leg *leg)
{
	if (!leg->is_web)
		rd_trunk_ports_give(m->ports, rd_clock_ms(), leg->rtp.fd,
				    leg->rtp.rtcp_fd, &leg->rtp.local);
	leg->parcel.close(&leg->parcel);
}

static void close_notes(struct rd_media *m)
{
	struct rd_note note;

	/* Legs are closed by their slots. */
	while (m->notes && rd_mailbox_pop(m->notes, &note) == RD_OK)
		if (note.kind == RD_NOTE_RETURN)
			note.parcel->close(note.parcel);
	rd_mailbox_close(m->notes);
}

void rd_media_close(struct rd_media *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->cfg.workers; i++) {
		struct lane *lane = &m->lanes[i];

		rd_worker_close(lane->worker);
		for (unsigned n = 0; n < lane->touched; n++)
			if (lane->slots[n].leg)
				rd_slot_free_leg(m, lane->slots[n].leg);
		if (lane->slots)
			rd_wipe(lane->slots,
				lane->touched * sizeof(lane->slots[0]));
		rd_free(lane->slots);
		rd_free(lane->free);
	}
	close_notes(m);
	rd_trunk_ports_close(m->ports);
	rd_dtls_identity_close(m->identity);
	rd_free(m);
}

/* --- looking --- */

const char *rd_media_fingerprint(const struct rd_media *m)
{
	return rd_dtls_identity_fingerprint(m->identity) + SHA_256_NAME;
}

static struct rd_addr announced(const struct rd_media *m, unsigned i,
				const struct rd_addr *local)
{
	struct rd_addr a =
		m->cfg.announced[i].family ? m->cfg.announced[i] : *local;

	a.port = local->port;
	return a;
}

unsigned rd_media_candidates(const struct rd_media *m, unsigned worker,
			     struct rd_addr out[RD_MEDIA_ADDRESSES])
{
	const struct rd_worker *w;

	if (worker >= m->cfg.workers)
		return 0;
	w = m->lanes[worker].worker;
	for (unsigned i = 0; i < w->port_count; i++)
		out[i] = announced(m, i, &w->ports[i].local);
	return w->port_count;
}

unsigned rd_media_tcp_candidates(const struct rd_media *m, unsigned worker,
				 struct rd_addr out[RD_MEDIA_ADDRESSES])
{
	const struct rd_port *listener;
	const struct rd_tcp *t;
	unsigned n = 0;

	if (worker >= m->cfg.workers)
		return 0;
	t = m->lanes[worker].worker->tcp;
	while (t && (listener = rd_tcp_listener(t, n)) != NULL) {
		out[n] = announced(m, n, &listener->local);
		n++;
	}
	return n;
}

enum rd_err rd_media_place(struct rd_media *m, unsigned *worker)
{
	unsigned least = m->cfg.legs_per_worker;

	for (unsigned i = 0; i < m->cfg.workers; i++) {
		const struct lane *lane = &m->lanes[i];
		const struct rd_counters *c = &lane->worker->counters;

		if (lane->used + FREE_FOR_A_CALL > m->cfg.legs_per_worker ||
		    atomic_load(&c->sustained_us) > m->cfg.most_late_us ||
		    lane->used >= least)
			continue;
		least = lane->used;
		*worker = i;
	}
	return least < m->cfg.legs_per_worker ? RD_OK : RD_E_FULL;
}

void rd_media_ice_credentials(char ufrag[static 16], char pwd[static 40])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+/"; /* RFC 8839 5.4 */
	uint8_t bytes[(UFRAG_BYTES + PWD_BYTES) / 3 * 4];
	size_t n = UFRAG_BYTES / 3 * 4;

	rd_random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		ufrag[i] = letters[bytes[i] % 64];
	ufrag[n] = 0;
	for (size_t i = n; i < sizeof(bytes); i++)
		pwd[i - n] = letters[bytes[i] % 64];
	pwd[sizeof(bytes) - n] = 0;
}

void rd_media_totals(const struct rd_media *m, struct rd_media_totals *out)
{
	memset(out, 0, sizeof(*out));
	out->complexity = m->cfg.opus_complexity;
	for (unsigned i = 0; i < m->cfg.workers; i++) {
		const struct rd_counters *c = &m->lanes[i].worker->counters;
		unsigned late_us = atomic_load(&c->lateness_us);
		unsigned complexity = atomic_load(&c->complexity);

		out->packets_in += rd_count_get(&c->packets_in);
		out->packets_out += rd_count_get(&c->packets_out);
		out->packets_refused += rd_count_get(&c->packets_refused);
		out->stun_checks += rd_count_get(&c->stun_checks);
		out->dtls_handshakes += rd_count_get(&c->dtls_handshakes);
		out->dtls_failures += rd_count_get(&c->dtls_failures);
		out->frames_decoded += rd_count_get(&c->frames_decoded);
		out->frames_encoded += rd_count_get(&c->frames_encoded);
		out->frames_concealed += rd_count_get(&c->frames_concealed);
		out->tcp_accepted += rd_count_get(&c->tcp_accepted);
		out->tcp_refused += rd_count_get(&c->tcp_refused);
		out->tcp_dropped += rd_count_get(&c->tcp_dropped);
		out->tcp_open += (unsigned)rd_count_get(&c->tcp_open);
		out->legs += m->lanes[i].used;
		if (late_us > out->lateness_us)
			out->lateness_us = late_us;
		if (complexity < out->complexity)
			out->complexity = complexity;
	}
}

/* --- events --- */

int rd_media_fd(const struct rd_media *m)
{
	return rd_mailbox_fd(m->notes);
}

static bool next_note(struct rd_media *m, struct rd_note *note)
{
	if (rd_mailbox_pop(m->notes, note) == RD_OK)
		return true;
	rd_mailbox_acknowledge(m->notes);
	return rd_mailbox_pop(m->notes, note) == RD_OK;
}

static void close_slot(struct rd_media *m, struct rd_media_leg *leg,
		       struct rd_media_event *event)
{
	struct slot *s = slot_at(m, leg->id);

	event->kind = RD_MEDIA_CLOSED;
	event->leg = leg->id;
	event->stats = leg->stats;
	rd_slot_give(m, s);
	rd_slot_free_leg(m, leg);
}

static bool to_event(struct rd_media *m, const struct rd_note *note,
		     struct rd_media_event *event)
{
	struct slot *s;

	if (note->kind == RD_NOTE_RETURN) {
		note->parcel->close(note->parcel);
		return false;
	}
	if (note->kind == RD_MEDIA_CLOSED) {
		close_slot(m, note->parcel->leg, event);
		return true;
	}
	s = rd_slot_find(m, note->leg);
	if (!s)
		return false;
	event->kind = (enum rd_media_event_kind)note->kind;
	event->leg = note->leg;
	event->digit = note->digit;
	event->level = note->level;
	if (note->kind == RD_MEDIA_DIGIT)
		event->duration_ms = note->duration_ms;
	/* It may have been replaced while the event was under way. */
	if (note->kind == RD_MEDIA_PLAYED && note->duration_ms == s->serial)
		s->hears.kind = RD_SOURCE_SILENCE;
	return true;
}

enum rd_err rd_media_poll(struct rd_media *m, struct rd_media_event *event)
{
	struct rd_note note;

	memset(event, 0, sizeof(*event));
	while (next_note(m, &note))
		if (to_event(m, &note, event))
			return RD_OK;
	return RD_E_AGAIN;
}
