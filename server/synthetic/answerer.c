/* synthetic/answerer.c - see the header: the dialogs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/answerer.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "synthetic/answerer_priv.h"

enum {
	NOT_ACCEPTABLE = 488,
	BUSY = 486,
	INVITE_MS = 4000,
};

static void arm(struct answer *c, struct rd_timer *t, uint64_t in_ms)
{
	struct rd_loop *loop = c->owner->cfg.loop;

	rd_timer_arm(rd_loop_timers(loop), t, rd_loop_now_ms(loop) + in_ms);
}

static void fill_result(const struct answer *c, struct rd_answer_result *out)
{
	*out = c->result;
	out->codec = c->codec ? c->codec->name : "";
	out->profile = c->send ? rd_srtp_profile_name(c->profile) : "";
	if (c->answer_us && !c->result.talked_s)
		out->talked_s = (double)(rd_clock_us() - c->answer_us) / 1e6;
	if (!c->party)
		return;
	rd_party_get_stats(c->party, &out->stats);
	if (*rd_party_digits(c->party))
		rd_text_copy(out->digits, sizeof(out->digits),
			     rd_span_text(rd_party_digits(c->party)));
}

void rd_answer_tell(struct answer *c, const char *what)
{
	struct rd_answer_result result;

	if (!c->owner->cfg.tell)
		return;
	fill_result(c, &result);
	c->owner->cfg.tell(c->owner->cfg.arg, c->id, what, &result);
}

static void release(struct answer *c)
{
	struct rd_timers *timers = rd_loop_timers(c->owner->cfg.loop);

	rd_answer_media_stop(c);
	rd_timer_disarm(timers, &c->ring);
	rd_timer_disarm(timers, &c->hangup);
	rd_pool_give(c->owner->pool, c->id);
}

static struct answer *find(struct rd_answerer *a, rd_dialog dialog)
{
	struct answer *c;
	size_t cursor = 0;
	uint32_t id;

	while ((c = rd_pool_next(a->pool, &cursor, &id)))
		if (c->dialog == dialog)
			return c;
	return NULL;
}

/* ---- offer and answer ---- */

static void fill_local(struct answer *c, struct rd_trunk_local *local)
{
	static const enum rd_sdp_codec codecs[RD_CODEC_COUNT] = {
		[RD_CODEC_OPUS] = RD_SDP_OPUS,
		[RD_CODEC_G722] = RD_SDP_G722,
		[RD_CODEC_PCMU] = RD_SDP_PCMU,
		[RD_CODEC_PCMA] = RD_SDP_PCMA,
	};
	const struct rd_answerer_cfg *cfg = &c->owner->cfg;

	*local = (struct rd_trunk_local){
		.media = c->local,
		.session_id = c->session_id,
		.session_version = ++c->session_version,
		.has_digits = true,
		.ptime_ms = RD_FRAME_MS,
		.direction = RD_SDP_SENDRECV,
		.crypto = { .tag = 1,
			    .suite = RD_SDP_AES_CM_128_HMAC_SHA1_80,
			    .len = sizeof(c->key) },
	};
	memcpy(local->crypto.key, c->key, sizeof(c->key));
	/* On a re-INVITE the codec in use comes first. */
	if (c->codec)
		local->codecs[local->codec_count++] = codecs[c->codec->id];
	for (unsigned i = 0; i < cfg->codec_count; i++)
		if (cfg->codecs[i] != c->codec)
			local->codecs[local->codec_count++] =
				codecs[cfg->codecs[i]->id];
}

/* Reads their offer and writes our answer into c->answer. */
static enum rd_err agree(struct answer *c, const char *offer)
{
	struct rd_sdp *sdp = rd_alloc(sizeof(*sdp));
	struct rd_writer w = rd_writer(c->answer, sizeof(c->answer) - 1);
	struct rd_trunk_local local;
	enum rd_err err =
		sdp ? rd_sdp_parse(sdp, rd_span_text(offer)) : RD_E_NOMEM;

	fill_local(c, &local);
	if (!err)
		err = rd_trunk_read_offer(sdp, &local, &c->session);
	if (!err)
		err = rd_trunk_write_answer(&w, sdp, &local, &c->session);
	if (!err)
		c->answer[rd_writer_len(&w)] = '\0';
	rd_wipe(&local.crypto, sizeof(local.crypto));
	rd_free(sdp);
	return err;
}

/* ---- the course of a call ---- */

static void refuse(struct answer *c, unsigned status)
{
	c->result.status = status;
	c->state = ANSWER_REFUSED;
	(void)!rd_trunk_respond(c->owner->trunks, c->dialog, status, NULL);
	rd_answer_tell(c, "refused");
}

static void accept_call(struct answer *c)
{
	if (!c->party && rd_answer_media_start(c)) {
		refuse(c, NOT_ACCEPTABLE);
		return;
	}
	if (rd_trunk_respond(c->owner->trunks, c->dialog, 200, c->answer)) {
		rd_trunk_hangup(c->owner->trunks, c->dialog, 0);
		return;
	}
	c->state = ANSWER_TALKING;
	c->answer_us = rd_clock_us();
	c->result.ring_ms = (double)(c->answer_us - c->incoming_us) / 1000;
	if (c->owner->cfg.hangup_ms)
		arm(c, &c->hangup, c->owner->cfg.hangup_ms);
	rd_answer_tell(c, "answered");
}

static void on_ring(struct rd_timer *t, uint64_t now_ms)
{
	struct answer *c = rd_container(t, struct answer, ring);

	(void)now_ms;
	if (c->owner->cfg.status)
		refuse(c, c->owner->cfg.status);
	else
		accept_call(c);
}

static void on_hangup(struct rd_timer *t, uint64_t now_ms)
{
	struct answer *c = rd_container(t, struct answer, hangup);

	(void)now_ms;
	rd_trunk_hangup(c->owner->trunks, c->dialog, 0);
}

static struct answer *new_call(struct rd_answerer *a,
			       const struct rd_trunk_event *e)
{
	uint32_t id;
	struct answer *c = rd_pool_take(a->pool, &id);

	if (!c)
		return NULL;
	c->owner = a;
	c->id = id;
	c->dialog = e->dialog;
	c->fd = -1;
	c->incoming_us = rd_clock_us();
	c->session_id = rd_random_u64() >> 1;
	c->ring.fn = on_ring;
	c->hangup.fn = on_hangup;
	rd_random_bytes(c->key, sizeof(c->key));
	rd_text_copy(c->result.from, sizeof(c->result.from),
		     rd_span_text(e->from));
	for (unsigned i = 0; i < e->header_count && i < RD_ANSWER_HEADERS; i++)
		c->result.headers[c->result.header_count++] = e->headers[i];
	return c;
}

static void on_incoming(struct rd_answerer *a, const struct rd_trunk_event *e)
{
	const struct rd_answerer_cfg *cfg = &a->cfg;
	struct answer *c = new_call(a, e);

	if (!c) {
		(void)!rd_trunk_respond(a->trunks, e->dialog, BUSY, NULL);
		return;
	}
	rd_answer_tell(c, "incoming");
	if (!cfg->status && (rd_answer_media_reserve(c) || agree(c, e->sdp))) {
		refuse(c, NOT_ACCEPTABLE);
		return;
	}
	c->codec = cfg->status ? NULL : rd_answer_codec(c->session.codec);
	if (cfg->has_early_media && !cfg->status && !rd_answer_media_start(c))
		(void)!rd_trunk_respond(a->trunks, e->dialog, 183, c->answer);
	else if (cfg->ring_ms)
		(void)!rd_trunk_respond(a->trunks, e->dialog, 180, NULL);
	if (cfg->ring_ms)
		arm(c, &c->ring, cfg->ring_ms);
	else
		on_ring(&c->ring, 0);
}

static void on_reoffer(struct answer *c, const struct rd_trunk_event *e)
{
	/* Asked for an offer, it repeats what it said last. */
	bool is_agreed =
		c->party &&
		(!e->sdp[0] || (!agree(c, e->sdp) &&
				rd_answer_codec(c->session.codec) == c->codec));

	(void)!rd_trunk_reanswer(c->owner->trunks, c->dialog,
				 is_agreed ? c->answer : NULL);
	if (is_agreed && e->sdp[0])
		rd_answer_tell(c, c->session.direction == RD_SDP_SENDRECV
					  ? "resumed"
					  : "held");
}

static void on_ended(struct answer *c, const struct rd_trunk_event *e)
{
	if (c->answer_us)
		c->result.talked_s =
			(double)(rd_clock_us() - c->answer_us) / 1e6;
	if (c->state != ANSWER_REFUSED)
		c->result.status = e->status;
	c->result.by_far_end = e->by_far_end;
	rd_answer_tell(c, "ended");
	release(c);
}

static void on_event(struct rd_answerer *a, const struct rd_trunk_event *e)
{
	struct answer *c;
	size_t len;

	if (e->kind == RD_TRUNK_INCOMING) {
		on_incoming(a, e);
		return;
	}
	c = find(a, e->dialog);
	if (!c)
		return;
	switch (e->kind) {
	case RD_TRUNK_REOFFER:
		on_reoffer(c, e);
		return;
	case RD_TRUNK_DIGIT:
		len = strlen(c->result.digits);
		if (len < RD_PARTY_DIGITS)
			c->result.digits[len] = e->digit;
		rd_answer_tell(c, "digit");
		return;
	case RD_TRUNK_ENDED:
		on_ended(c, e);
		return;
	default:
		return;
	}
}

static void on_trunks(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_answerer *a = rd_container(w, struct rd_answerer, watch);
	struct rd_trunk_event *e = rd_alloc(sizeof(*e));

	(void)events;
	(void)now_ms;
	/* Without memory they wait; the descriptor stays readable. */
	while (e && !rd_trunks_poll(a->trunks, e))
		on_event(a, e);
	rd_free(e);
}

/* ---- life ---- */

static enum rd_err open_trunks(struct rd_answerer *a, struct rd_complaint *why)
{
	const struct rd_answerer_cfg *cfg = &a->cfg;
	struct rd_trunk_cfg trunk = { .name = "callers",
				      .host = "127.0.0.1",
				      .transport = cfg->transport };
	struct rd_trunks_cfg trunks = { .bind = cfg->listen,
					.tls_dir = cfg->tls_dir,
					.trunks = &a->trunk,
					.trunk_count = 1,
					.most_dialogs = cfg->most_calls,
					.invite_ms = INVITE_MS,
					.accept_calls = true };

	if (cfg->transport == RD_SIP_TLS) {
		trunks.tls_bind = cfg->listen;
		trunks.bind.port = 0;
	}
	for (unsigned i = 0; i < cfg->peer_count; i++)
		trunk.peers[trunk.peer_count++] = cfg->peers[i];
	if (trunk.peer_count == 0) {
		static const char *const own[] = { "127.0.0.0/8", "::1/128" };

		for (size_t i = 0; i < RD_COUNT(own); i++)
			if (!rd_network_parse(&trunk.peers[trunk.peer_count],
					      rd_span_text(own[i])))
				trunk.peer_count++;
	}
	a->trunk = trunk;
	return rd_trunks_open(&a->trunks, &trunks, why);
}

enum rd_err rd_answerer_open(struct rd_answerer **out,
			     const struct rd_answerer_cfg *cfg,
			     struct rd_complaint *why)
{
	struct rd_answerer *a = rd_zalloc(sizeof(*a));
	enum rd_err err;

	*out = NULL;
	if (!a)
		return RD_E_NOMEM;
	a->cfg = *cfg;
	a->watch.fn = on_trunks;
	err = rd_pool_open(&a->pool, cfg->most_calls, sizeof(struct answer));
	if (!err)
		err = open_trunks(a, why);
	if (!err)
		err = rd_loop_watch(cfg->loop, &a->watch,
				    rd_trunks_fd(a->trunks), RD_READABLE);
	if (err) {
		rd_answerer_close(a);
		return err;
	}
	*out = a;
	return RD_OK;
}

void rd_answerer_close(struct rd_answerer *a)
{
	struct answer *c;
	size_t cursor = 0;
	uint32_t id;

	if (!a)
		return;
	rd_watch_remove(&a->watch);
	rd_trunks_close(a->trunks);
	while (a->pool && (c = rd_pool_next(a->pool, &cursor, &id)))
		release(c);
	rd_pool_close(a->pool);
	rd_free(a);
}

struct rd_addr rd_answerer_local(const struct rd_answerer *a)
{
	return rd_trunks_local(a->trunks, a->cfg.transport);
}

unsigned rd_answerer_calls(const struct rd_answerer *a)
{
	return (unsigned)rd_pool_used(a->pool);
}

rd_answer_call rd_answerer_next(const struct rd_answerer *a, size_t *cursor)
{
	uint32_t id;

	return rd_pool_next(a->pool, cursor, &id) ? id : 0;
}

struct rd_party *rd_answerer_party(const struct rd_answerer *a,
				   rd_answer_call call)
{
	struct answer *c = rd_pool_get(a->pool, call);

	return c ? c->party : NULL;
}

bool rd_answerer_get(const struct rd_answerer *a, rd_answer_call call,
		     struct rd_answer_result *out)
{
	struct answer *c = rd_pool_get(a->pool, call);

	if (c)
		fill_result(c, out);
	return c;
}

void rd_answerer_hangup_all(struct rd_answerer *a)
{
	struct answer *c;
	size_t cursor = 0;
	uint32_t id;

	while ((c = rd_pool_next(a->pool, &cursor, &id)))
		rd_trunk_hangup(a->trunks, c->dialog, 0);
}

enum rd_err rd_answerer_press(struct rd_answerer *a, rd_answer_call call,
			      const char *digits)
{
	const struct answer *c = rd_pool_get(a->pool, call);

	return c ? rd_trunk_info_digits(a->trunks, c->dialog, digits)
		 : RD_E_NOTFOUND;
}
