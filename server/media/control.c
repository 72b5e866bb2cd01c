/* media/control.c - what control asks of legs, made into orders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "media/media_control.h"

enum {
	TONE_MS = 100,
	GAP_MS = 60, /* as rtp.c has it */
	TONE_LEAST_MS = 40,
	TONE_MOST_MS = 24000,
	DIGIT_MS = TONE_MS + GAP_MS,
	DIGITS_MOST = 32,
};

static enum rd_err push(struct rd_media *m, enum rd_order_kind kind,
			struct rd_media_leg *leg, struct rd_parcel *parcel)
{
	struct rd_order order = { kind, leg, parcel };
	struct rd_worker *w = m->lanes[rd_slot_worker(leg->id)].worker;
	enum rd_err err = rd_mailbox_push(w->orders, &order);

	if (err != RD_OK && parcel)
		parcel->close(parcel);
	return err;
}

/* --- what a leg hears --- */

static struct rd_source_cfg source_of(const struct rd_media *m,
				      const struct slot *s)
{
	struct slot *from = rd_slot_find(m, s->hears.from);
	struct rd_source_cfg cfg = {
		.kind = s->hears.kind,
		.to_codec = s->codec,
		.sound = s->hears.sound,
		.is_repeated = s->hears.is_repeated,
		.serial = s->serial,
		.complexity = m->cfg.opus_complexity,
	};

	if (cfg.kind != RD_SOURCE_LEG)
		return cfg;
	if (!from) {
		cfg.kind = RD_SOURCE_SILENCE;
		return cfg;
	}
	cfg.from = from->leg;
	cfg.from_codec = from->codec;
	return cfg;
}

static enum rd_err send_source(struct rd_media *m, struct slot *s)
{
	struct rd_source_cfg cfg = source_of(m, s);
	struct rd_source *source;
	enum rd_err err = rd_source_open(&source, &cfg);

	if (err != RD_OK)
		return err;
	return push(m, RD_ORDER_SOURCE, s->leg, &source->parcel);
}

/* s hears that from now on; on failure what it heard before. */
static enum rd_err hear(struct rd_media *m, struct slot *s, struct hearing that)
{
	struct hearing before = s->hears;
	enum rd_err err;

	s->hears = that;
	s->serial++;
	err = send_source(m, s);
	if (err == RD_OK)
		return RD_OK;
	s->hears = before;
	s->serial--;
	return err;
}

static struct hearing hearing_leg(rd_leg from)
{
	return (struct hearing){ .kind = RD_SOURCE_LEG, .from = from };
}

/* The next slot from *i on, of the lane, that hears leg; NULL: none. */
static struct slot *next_listener(struct lane *lane, unsigned *i, rd_leg leg)
{
	while (*i < lane->touched) {
		struct slot *s = &lane->slots[(*i)++];

		if (s->leg && !s->is_closing &&
		    s->hears.kind == RD_SOURCE_LEG && s->hears.from == leg)
			return s;
	}
	return NULL;
}

/* Its codec changed: its own source and those of its listeners too. */
static enum rd_err hear_anew(struct rd_media *m, struct slot *s)
{
	struct lane *lane = &m->lanes[rd_slot_worker(s->leg->id)];
	enum rd_err err = RD_OK;
	struct slot *other;
	unsigned i = 0;

	if (s->hears.kind != RD_SOURCE_SILENCE)
		err = send_source(m, s);
	while ((other = next_listener(lane, &i, s->leg->id)) != NULL) {
		enum rd_err its = other == s ? RD_OK : send_source(m, other);

		if (its != RD_OK)
			err = its;
	}
	return err;
}

enum rd_err rd_media_bridge(struct rd_media *m, rd_leg a, rd_leg b)
{
	struct slot *sa = rd_slot_find(m, a), *sb = rd_slot_find(m, b);
	struct hearing before;
	enum rd_err err;

	if (!sa || !sb)
		return RD_E_NOTFOUND;
	if (a == b || rd_slot_worker(a) != rd_slot_worker(b))
		return RD_E_STATE;
	before = sa->hears;
	err = hear(m, sa, hearing_leg(b));
	if (err != RD_OK)
		return err;
	err = hear(m, sb, hearing_leg(a));
	if (err != RD_OK && hear(m, sa, before) != RD_OK)
		sa->hears = hearing_leg(b); /* half a bridge is what there is */
	return err;
}

static enum rd_err set_hearing(struct rd_media *m, rd_leg leg,
			       struct hearing that)
{
	struct slot *s = rd_slot_find(m, leg);

	return s ? hear(m, s, that) : RD_E_NOTFOUND;
}

enum rd_err rd_media_hear(struct rd_media *m, rd_leg leg, rd_leg from)
{
	if (!rd_slot_find(m, from))
		return RD_E_NOTFOUND;
	if (leg == from || rd_slot_worker(leg) != rd_slot_worker(from))
		return RD_E_STATE;
	return set_hearing(m, leg, hearing_leg(from));
}

enum rd_err rd_media_echo(struct rd_media *m, rd_leg leg)
{
	return set_hearing(m, leg, hearing_leg(leg));
}

enum rd_err rd_media_silence(struct rd_media *m, rd_leg leg)
{
	return set_hearing(m, leg,
			   (struct hearing){ .kind = RD_SOURCE_SILENCE });
}

enum rd_err rd_media_ringback(struct rd_media *m, rd_leg leg)
{
	return set_hearing(m, leg,
			   (struct hearing){ .kind = RD_SOURCE_RINGBACK });
}

enum rd_err rd_media_play(struct rd_media *m, rd_leg leg,
			  const struct rd_sound *sound, bool repeat)
{
	return set_hearing(m, leg,
			   (struct hearing){ .kind = RD_SOURCE_SOUND,
					     .sound = sound,
					     .is_repeated = repeat });
}

enum rd_err rd_media_succeed(struct rd_media *m, rd_leg from, rd_leg to)
{
	struct slot *sf = rd_slot_find(m, from), *st = rd_slot_find(m, to), *s;
	struct hearing own;
	struct lane *lane;
	unsigned i = 0;
	enum rd_err err;

	if (!sf || !st)
		return RD_E_NOTFOUND;
	if (from == to || rd_slot_worker(from) != rd_slot_worker(to))
		return RD_E_STATE;
	own = sf->hears;
	if (own.kind == RD_SOURCE_LEG && own.from == from)
		own.from = to; /* an echo stays one */
	err = hear(m, st, own);
	if (err != RD_OK)
		return err;
	lane = &m->lanes[rd_slot_worker(from)];
	while ((s = next_listener(lane, &i, from)) != NULL) {
		if (s == sf || s == st)
			continue;
		err = hear(m, s, hearing_leg(to));
		if (err != RD_OK)
			return err;
	}
	return rd_media_silence(m, from);
}

/* --- web legs --- */

static enum rd_err parse_fingerprint(struct rd_fingerprint *out,
				     const char *text)
{
	char full[sizeof(((struct rd_media_web *)0)->remote_fingerprint) + 8];
	struct rd_writer w = rd_writer(full, sizeof(full));

	if (!strchr(text, ' '))
		rd_write_span(&w, rd_span_text("sha-256 "));
	rd_write_span(&w, rd_span_text(text));
	return rd_fingerprint_parse(out, rd_writer_span(&w));
}

static enum rd_err fill_web(struct rd_media *m, struct rd_media_leg *leg,
			    const struct rd_media_web *web)
{
	struct rd_fingerprint peer;
	enum rd_err err = parse_fingerprint(&peer, web->remote_fingerprint);

	if (err != RD_OK)
		return err;
	rd_leg_init(leg, rd_codec_get(web->codec), web->payload_type,
		    web->ssrc);
	leg->level_extension = web->level_extension;
	rd_text_copy(leg->cname, sizeof(leg->cname), rd_span_text(web->cname));
	rd_text_copy(leg->web.local_ufrag, sizeof(leg->web.local_ufrag),
		     rd_span_text(web->local_ufrag));
	rd_text_copy(leg->web.remote_ufrag, sizeof(leg->web.remote_ufrag),
		     rd_span_text(web->remote_ufrag));
	err = rd_stun_key_open(&leg->web.key, rd_span_text(web->local_pwd));
	if (err != RD_OK)
		return err;
	return rd_dtls_open(&leg->web.dtls, m->identity, RD_DTLS_SERVER, &peer,
			    rd_clock_ms());
}

/* Gives leg, which is complete, its slot and its worker. */
static enum rd_err hand_over(struct rd_media *m, unsigned worker,
			     struct rd_media_leg *leg, rd_leg *out)
{
	const struct rd_codec *codec = leg->codec;
	struct slot *s;
	enum rd_err err = rd_slot_take(m, worker, leg, &s);

	if (err != RD_OK)
		return err;
	s->codec = codec;
	*out = leg->id;
	err = push(m, RD_ORDER_ADD, leg, NULL);
	if (err != RD_OK) {
		rd_slot_give(m, s);
		*out = 0;
	}
	return err;
}

enum rd_err rd_media_web_open(struct rd_media *m, unsigned worker,
			      const struct rd_media_web *web, rd_leg *out)
{
	struct rd_media_leg *leg;
	enum rd_err err;

	*out = 0;
	if (worker >= m->cfg.workers || web->codec >= RD_CODEC_COUNT ||
	    !web->local_ufrag[0] || !web->remote_ufrag[0] || !web->cname[0])
		return RD_E_RANGE;
	leg = rd_zalloc(sizeof(*leg));
	if (!leg)
		return RD_E_NOMEM;
	leg->parcel.close = rd_leg_close;
	leg->is_web = true;
	err = fill_web(m, leg, web);
	if (err == RD_OK)
		err = hand_over(m, worker, leg, out);
	if (err != RD_OK)
		rd_leg_close(&leg->parcel);
	return err;
}

static void close_web_change(struct rd_parcel *p)
{
	rd_free(rd_container(p, struct rd_web_change, parcel));
}

enum rd_err rd_media_web_update(struct rd_media *m, rd_leg leg,
				const struct rd_media_web *web)
{
	struct slot *s = rd_slot_find(m, leg);
	const struct rd_codec *before;
	struct rd_web_change *c;
	enum rd_err err;

	if (!s)
		return RD_E_NOTFOUND;
	if (!s->leg->is_web || web->codec >= RD_CODEC_COUNT)
		return RD_E_STATE;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->parcel.close = close_web_change;
	c->codec = rd_codec_get(web->codec);
	c->payload_type = web->payload_type;
	c->level_extension = web->level_extension;
	before = s->codec;
	err = push(m, RD_ORDER_WEB, s->leg, &c->parcel);
	if (err != RD_OK)
		return err;
	s->codec = rd_codec_get(web->codec);
	return s->codec == before ? RD_OK : hear_anew(m, s);
}

/* --- rtp legs --- */

enum rd_err rd_media_rtp_reserve(struct rd_media *m, unsigned worker,
				 rd_leg *out, struct rd_addr *local)
{
	struct rd_media_leg *leg;
	enum rd_err err;

	*out = 0;
	if (worker >= m->cfg.workers)
		return RD_E_RANGE;
	leg = rd_zalloc(sizeof(*leg));
	if (!leg)
		return RD_E_NOMEM;
	rd_leg_init(leg, &rd_codec_pcmu, 0, rd_random_u32());
	(void)snprintf(leg->cname, sizeof(leg->cname), "%016llx",
		       (unsigned long long)rd_random_u64());
	err = rd_trunk_ports_take(m->ports, rd_clock_ms(), &leg->rtp.fd,
				  &leg->rtp.rtcp_fd, &leg->rtp.local);
	if (err == RD_OK)
		err = hand_over(m, worker, leg, out);
	if (err != RD_OK) {
		rd_slot_free_leg(m, leg);
		return err;
	}
	*local = leg->rtp.local;
	if (m->cfg.trunk_announced.family) {
		*local = m->cfg.trunk_announced;
		local->port = leg->rtp.local.port;
	}
	return RD_OK;
}

static void close_rtp_change(struct rd_parcel *p)
{
	struct rd_rtp_change *c = rd_container(p, struct rd_rtp_change, parcel);

	rd_srtp_close(c->send_srtp);
	rd_srtp_close(c->receive_srtp);
	rd_free(c);
}

/* The same key again means the same stream, whose roll-over counter must live
 * on, or one key stream would be used twice; a new one begins anew (RFC 4568
 * 6.4).  A re-INVITE often changes theirs and not ours. */
static enum rd_err open_keys(struct rd_rtp_change *c, const struct slot *s,
			     const struct rd_media_rtp *rtp)
{
	enum rd_srtp_profile profile = (enum rd_srtp_profile)rtp->srtp_suite;
	size_t len = rd_srtp_key_len(profile) + rd_srtp_salt_len(profile);
	bool is_other = rtp->srtp_suite != s->srtp_suite;
	bool sends = is_other || memcmp(rtp->send_key, s->keys[0], len) != 0;
	bool receives =
		is_other || memcmp(rtp->receive_key, s->keys[1], len) != 0;
	enum rd_err err = RD_OK;

	c->has_keys = sends || receives;
	if (!rtp->srtp_suite)
		return RD_OK;
	if (sends)
		err = rd_srtp_open(&c->send_srtp, profile, RD_SRTP_SEND,
				   rd_span(rtp->send_key, len));
	if (!err && receives)
		err = rd_srtp_open(&c->receive_srtp, profile, RD_SRTP_RECEIVE,
				   rd_span(rtp->receive_key, len));
	return err;
}

static void remember_keys(struct slot *s, const struct rd_media_rtp *rtp)
{
	s->srtp_suite = rtp->srtp_suite;
	memcpy(s->keys[0], rtp->send_key, sizeof(s->keys[0]));
	memcpy(s->keys[1], rtp->receive_key, sizeof(s->keys[1]));
}

enum rd_err rd_media_rtp_connect(struct rd_media *m, rd_leg leg,
				 const struct rd_media_rtp *rtp)
{
	struct slot *s = rd_slot_find(m, leg);
	const struct rd_codec *before;
	struct rd_rtp_change *c;
	enum rd_err err;

	if (!s)
		return RD_E_NOTFOUND;
	if (s->leg->is_web || rtp->codec >= RD_CODEC_COUNT)
		return RD_E_STATE;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->parcel.close = close_rtp_change;
	c->rtp = *rtp;
	rd_wipe(c->rtp.send_key, sizeof(c->rtp.send_key));
	rd_wipe(c->rtp.receive_key, sizeof(c->rtp.receive_key));
	err = open_keys(c, s, rtp);
	if (err != RD_OK) {
		close_rtp_change(&c->parcel);
		return err;
	}
	err = push(m, RD_ORDER_RTP, s->leg, &c->parcel);
	if (err != RD_OK)
		return err;
	remember_keys(s, rtp);
	before = s->codec;
	s->codec = rd_codec_get(rtp->codec);
	s->has_dtmf = rtp->dtmf_payload_type != 0;
	return s->codec == before ? RD_OK : hear_anew(m, s);
}

/* --- digits --- */

static void close_digits(struct rd_parcel *p)
{
	rd_free(rd_container(p, struct rd_digits_change, parcel));
}

enum rd_err rd_media_dial(struct rd_media *m, rd_leg leg, const char *digits,
			  unsigned tone_ms)
{
	struct slot *s = rd_slot_find(m, leg);
	uint64_t now_ms = rd_clock_ms(), from_ms;
	size_t n = strlen(digits);
	struct rd_digits_change *c;
	uint8_t event;
	enum rd_err err;

	if (!s)
		return RD_E_NOTFOUND;
	if (s->leg->is_web || !s->has_dtmf)
		return RD_E_STATE;
	if (tone_ms < TONE_LEAST_MS || tone_ms > TONE_MOST_MS)
		return RD_E_RANGE;
	for (size_t i = 0; i < n; i++)
		if (!rd_digit_to_event(digits[i], &event))
			return RD_E_FORMAT;
	from_ms = rd_max_u64(now_ms, s->digits_until_ms);
	if (from_ms + n * DIGIT_MS > now_ms + DIGITS_MOST * DIGIT_MS)
		return RD_E_FULL;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->parcel.close = close_digits;
	c->tone_ms = tone_ms;
	memcpy(c->digits, digits, n);
	err = push(m, RD_ORDER_DIGITS, s->leg, &c->parcel);
	if (err == RD_OK)
		s->digits_until_ms = from_ms + n * (tone_ms + GAP_MS);
	return err;
}

enum rd_err rd_media_digits(struct rd_media *m, rd_leg leg, const char *digits)
{
	return rd_media_dial(m, leg, digits, TONE_MS);
}

/* --- the end --- */

void rd_media_leg_close(struct rd_media *m, rd_leg leg)
{
	struct slot *s = rd_slot_find(m, leg), *other;
	struct lane *lane;
	unsigned i = 0;

	if (!s)
		return;
	s->is_closing = true;
	lane = &m->lanes[rd_slot_worker(leg)];
	while ((other = next_listener(lane, &i, leg)) != NULL)
		/* Without memory for it the worker cuts the tie itself. */
		if (rd_media_silence(m, other->leg->id) != RD_OK)
			other->hears.kind = RD_SOURCE_SILENCE;
	if (push(m, RD_ORDER_CLOSE, s->leg, NULL) != RD_OK)
		atomic_store_explicit(&s->leg->wants_close, true,
				      memory_order_release);
}
