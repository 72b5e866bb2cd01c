/* identity/identity.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "identity/identity.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "identity/issuer.h"
#include "identity/judge.h"
#include "identity/keyring.h"

enum {
	ISSUER_TEXT_MAX = 1024,
	RETRY_EMPTY_MS = 1000
};

static const char *const verdicts[] = { "accepted", "missing", "expired",
					"refused", "unavailable" };
enum {
	ACCEPTED,
	MISSING,
	EXPIRED,
	REFUSED,
	UNAVAILABLE
};
RD_COUNTERS(tokens, "ringdown_tokens_total", "Access tokens judged.", "verdict",
	    verdicts);

struct waiting {
	struct rd_list in_identity;
	struct rd_keyring *ring; /* whose keys it waits for */
	uint32_t ticket;
	uint64_t asked_ms;
	uint64_t asked_wall_ms;
	bool is_due; /* its fetch has ended */
	rd_identity_done *done;
	void *arg;
	struct rd_secret token;
};

struct rd_identity {
	struct rd_loop *loop;

	struct rd_issuer *issuers[RD_IDENTITY_ISSUERS];
	size_t count;
	struct rd_list waiting; /* struct waiting.in_identity, oldest first */
	size_t waiting_count;
	uint32_t last_ticket;
	uint64_t unknown_ms; /* when an unknown key id last made us fetch */
	bool has_unknown;
	struct rd_timer timer;
	struct rd_caller caller; /* lent to callbacks */
};

/* ---- one judgement ---- */

static enum rd_err count_verdict(enum rd_err err)
{
	switch (err) {
	case RD_OK:
		rd_metric_add(&tokens, ACCEPTED, 1);
		break;
	case RD_E_AUTH:
		rd_metric_add(&tokens, MISSING, 1);
		break;
	case RD_E_EXPIRED:
		rd_metric_add(&tokens, EXPIRED, 1);
		break;
	case RD_E_DENIED:
		rd_metric_add(&tokens, REFUSED, 1);
		break;
	default:
		rd_metric_add(&tokens, UNAVAILABLE, 1);
		break;
	}
	return err;
}

static enum rd_err refuse(const struct rd_issuer *issuer, const char *reason)
{
	rd_log(RD_LOG_DEBUG, "identity",
	       "event=\"token refused\" issuer=%s reason=\"%s\"",
	       issuer ? issuer->cfg.name : "?", reason);
	return RD_E_DENIED;
}

/* By the `iss` that it claims; what it claims is compared again after its
 * signature was right. */
static struct rd_issuer *choose_issuer(struct rd_identity *id,
				       struct rd_span token)
{
	char issuer[ISSUER_TEXT_MAX];

	if (rd_jwt_peek_issuer(token, issuer, sizeof(issuer)))
		return NULL;
	for (size_t i = 0; i < id->count; i++)
		if (!strcmp(id->issuers[i]->cfg.issuer, issuer))
			return id->issuers[i];
	return NULL;
}

/* RD_E_NOTFOUND: another set of keys might have this one. */
static enum rd_err verify(const struct rd_issuer *issuer,
			  const struct rd_jwt_keys *keys, struct rd_span token,
			  uint64_t wall_ms, struct rd_caller *out)
{
	const char *reason = "signature or form";
	struct rd_jwt *jwt;
	enum rd_err err;

	err = rd_jwt_verify(&jwt, keys, issuer->cfg.algorithms, token);
	if (err == RD_E_NOTFOUND || err == RD_E_NOMEM)
		return err;
	if (!err)
		err = rd_judge(&issuer->cfg, jwt, wall_ms, out, &reason);
	else
		reason = rd_err_text(err);
	rd_jwt_close(jwt);
	if (err && err != RD_E_EXPIRED)
		return refuse(issuer, reason);
	return err;
}

/* No keys: they are being fetched, or it is too early to try again. */
static enum rd_err wait_for_first(struct rd_keyring *ring, uint64_t now_ms)
{
	if (rd_keyring_is_fetching(ring) || rd_keyring_tried_ms(ring) == 0)
		return RD_E_AGAIN;
	if (now_ms - rd_keyring_tried_ms(ring) < RETRY_EMPTY_MS)
		return RD_E_UPSTREAM;
	return rd_keyring_fetch(ring, now_ms) ? RD_E_AGAIN : RD_E_UPSTREAM;
}

/* The issuer may have made a new key.  Random key ids cost one fetch in half
 * a minute, of all issuers together (T13). */
static enum rd_err wait_for_unknown(struct rd_identity *id,
				    struct rd_issuer *issuer, uint64_t now_ms)
{
	struct rd_keyring *ring = issuer->ring;

	if (!ring)
		return refuse(issuer, "unknown key id");
	if (rd_keyring_is_fetching(ring))
		return RD_E_AGAIN;
	if (!id->has_unknown ||
	    now_ms - id->unknown_ms >= RD_IDENTITY_UNKNOWN_MS) {
		id->has_unknown = true;
		id->unknown_ms = now_ms;
		if (rd_keyring_fetch(ring, now_ms))
			return RD_E_AGAIN;
	}
	/* F18: a new key of an issuer that is out of reach is not a lie. */
	if (rd_keyring_is_failing(ring))
		return RD_E_AUTH;
	return refuse(issuer, "unknown key id");
}

/* The whole judgement; may_wait: RD_E_AGAIN is an answer, and *chosen the
 * issuer to wait for. */
static enum rd_err judge(struct rd_identity *id, struct rd_span token,
			 uint64_t now_ms, uint64_t wall_ms, bool may_wait,
			 struct rd_caller *out, struct rd_issuer **chosen)
{
	const struct rd_jwt_keys *keys;
	struct rd_issuer *issuer;
	enum rd_err err;

	if (token.len == 0)
		return RD_E_AUTH;
	if (token.len > RD_JWT_BYTES_MAX)
		return refuse(NULL, "too long");
	issuer = choose_issuer(id, token);
	if (!issuer)
		return refuse(NULL, "no token, or of no configured issuer");
	*chosen = issuer;
	keys = issuer->ring ? rd_keyring_keys(issuer->ring, now_ms)
			    : issuer->keys;
	if (!keys)
		return may_wait ? wait_for_first(issuer->ring, now_ms)
				: RD_E_UPSTREAM;
	err = verify(issuer, keys, token, wall_ms, out);
	if (err != RD_E_NOTFOUND)
		return err;
	if (may_wait)
		return wait_for_unknown(id, issuer, now_ms);
	if (issuer->ring && (rd_keyring_is_failing(issuer->ring) ||
			     rd_keyring_is_fetching(issuer->ring)))
		return RD_E_AUTH; /* nobody can say yet that it is wrong */
	return refuse(issuer, "unknown key id");
}

enum rd_err rd_identity_check(struct rd_identity *id, struct rd_span token,
			      uint64_t now_ms, uint64_t wall_ms,
			      struct rd_caller *out)
{
	struct rd_issuer *chosen;
	enum rd_err err = judge(id, token, now_ms, wall_ms, true, out, &chosen);

	return err == RD_E_AGAIN ? err : count_verdict(err);
}

/* ---- tokens that wait for keys ---- */

static void arm(struct rd_identity *id)
{
	uint64_t due_ms = RD_NEVER;

	if (!rd_list_is_empty(&id->waiting))
		due_ms = rd_container(id->waiting.next, struct waiting,
				      in_identity)
				 ->asked_ms +
			 RD_IDENTITY_WAIT_MS;
	rd_timer_arm(rd_loop_timers(id->loop), &id->timer, due_ms);
}

static void drop(struct rd_identity *id, struct waiting *w)
{
	rd_list_remove(&w->in_identity);
	id->waiting_count--;
	rd_secret_fini(&w->token);
	rd_free(w);
}

/* w is gone before its owner is told, so that he may do anything. */
static void answer(struct rd_identity *id, struct waiting *w, uint64_t now_ms)
{
	uint64_t wall_ms = w->asked_wall_ms + (now_ms - w->asked_ms);
	rd_identity_done *done = w->done;
	struct rd_issuer *chosen;
	void *arg = w->arg;
	enum rd_err err;

	err = count_verdict(judge(id, rd_secret_lend(&w->token), now_ms,
				  wall_ms, false, &id->caller, &chosen));
	drop(id, w);
	done(arg, err, err ? NULL : &id->caller);
}

static struct waiting *first_due(struct rd_identity *id)
{
	struct rd_list *item;

	rd_list_each (item, &id->waiting) {
		struct waiting *w =
			rd_container(item, struct waiting, in_identity);

		if (w->is_due)
			return w;
	}
	return NULL;
}

/* The owners may cancel, and ask anew, while this goes on: what is due is
 * marked first, and looked for again after each. */
static void answer_due(struct rd_identity *id, uint64_t now_ms)
{
	struct waiting *w;

	while ((w = first_due(id)))
		answer(id, w, now_ms);
	arm(id);
}

static void keys_changed(void *arg, struct rd_keyring *ring)
{
	struct rd_identity *id = arg;
	struct rd_list *item;

	rd_list_each (item, &id->waiting) {
		struct waiting *w =
			rd_container(item, struct waiting, in_identity);

		w->is_due |= w->ring == ring;
	}
	answer_due(id, rd_loop_now_ms(id->loop));
}

static void waited_enough(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_identity *id = rd_container(t, struct rd_identity, timer);
	struct rd_list *item;

	rd_list_each (item, &id->waiting) {
		struct waiting *w =
			rd_container(item, struct waiting, in_identity);

		w->is_due |= now_ms - w->asked_ms >= RD_IDENTITY_WAIT_MS;
	}
	answer_due(id, now_ms);
}

static enum rd_err queue(struct rd_identity *id, struct rd_span token,
			 const struct waiting *like, uint32_t *ticket)
{
	struct waiting *w;
	enum rd_err err;

	if (id->waiting_count == RD_IDENTITY_WAITING)
		return RD_E_FULL;
	w = rd_alloc(sizeof(*w));
	if (!w)
		return RD_E_NOMEM;
	*w = *like;
	err = rd_secret_init(&w->token, token);
	if (err) {
		rd_free(w);
		return err;
	}
	if (++id->last_ticket == 0)
		id->last_ticket = 1;
	w->ticket = id->last_ticket;
	rd_list_push(&id->waiting, &w->in_identity);
	id->waiting_count++;
	arm(id);
	*ticket = w->ticket;
	return RD_E_AGAIN;
}

enum rd_err rd_identity_ask(struct rd_identity *id, struct rd_span token,
			    uint64_t now_ms, uint64_t wall_ms,
			    struct rd_caller *out, rd_identity_done *done,
			    void *arg, uint32_t *ticket)
{
	struct waiting w = { .asked_ms = now_ms,
			     .asked_wall_ms = wall_ms,
			     .done = done,
			     .arg = arg };
	struct rd_issuer *chosen;
	enum rd_err err;

	*ticket = 0;
	err = judge(id, token, now_ms, wall_ms, true, out, &chosen);
	if (err == RD_E_AGAIN) {
		w.ring = chosen->ring;
		err = queue(id, token, &w, ticket);
	}
	return err == RD_E_AGAIN ? err : count_verdict(err);
}

void rd_identity_cancel(struct rd_identity *id, uint32_t ticket)
{
	struct rd_list *item;

	rd_list_each (item, &id->waiting) {
		struct waiting *w =
			rd_container(item, struct waiting, in_identity);

		if (w->ticket != ticket)
			continue;
		drop(id, w);
		arm(id);
		return;
	}
}

bool rd_identity_is_ready(const struct rd_identity *id)
{
	for (size_t i = 0; i < id->count; i++)
		if (id->issuers[i]->ring &&
		    !rd_keyring_keys(id->issuers[i]->ring,
				     rd_loop_now_ms(id->loop)))
			return false;
	return true;
}

/* ---- opening ---- */

static enum rd_err add_issuer(struct rd_identity *id,
			      struct rd_http_client *client,
			      const struct rd_issuer_cfg *cfg,
			      struct rd_complaint *complaint)
{
	struct rd_issuer *issuer;
	struct rd_keyring_cfg ring;
	enum rd_err err;

	for (size_t i = 0; i < id->count; i++) {
		const struct rd_issuer_cfg *other = &id->issuers[i]->cfg;

		if (strcmp(other->issuer, cfg->issuer) != 0 &&
		    strcmp(other->name, cfg->name) != 0)
			continue;
		rd_complain(complaint,
			    "issuer %s: another one has the same name or the "
			    "same `issuer`; both must differ",
			    cfg->name);
		return RD_E_FORMAT;
	}
	err = rd_issuer_open(&issuer, cfg, complaint);
	if (err)
		return err;
	id->issuers[id->count++] = issuer;
	if (issuer->keys)
		return RD_OK;
	rd_assert(client != NULL);
	ring = (struct rd_keyring_cfg){
		.loop = id->loop,
		.client = client,
		.name = issuer->cfg.name,
		.issuer = issuer->cfg.issuer,
		.discovery_url = issuer->cfg.discovery_url,
		.keys_url = issuer->cfg.keys_url,
		.changed = keys_changed,
		.arg = id,
	};
	return rd_keyring_open(&issuer->ring, &ring);
}

enum rd_err rd_identity_open(struct rd_identity **out, struct rd_loop *loop,
			     struct rd_http_client *client,
			     const struct rd_issuer_cfg *issuers, size_t count,
			     struct rd_complaint *complaint)
{
	enum rd_err err = RD_OK;
	struct rd_identity *id;

	*out = NULL;
	if (count > RD_IDENTITY_ISSUERS) {
		rd_complain(complaint, "there are %zu issuers; at most %d",
			    count, (int)RD_IDENTITY_ISSUERS);
		return RD_E_SIZE;
	}
	id = rd_zalloc(sizeof(*id));
	if (!id)
		return RD_E_NOMEM;
	id->loop = loop;
	id->timer.fn = waited_enough;
	rd_list_init(&id->waiting);
	for (size_t i = 0; i < count && !err; i++)
		err = add_issuer(id, client, &issuers[i], complaint);
	if (err) {
		rd_identity_close(id);
		return err;
	}
	*out = id;
	return RD_OK;
}

void rd_identity_close(struct rd_identity *id)
{
	if (!id)
		return;
	while (!rd_list_is_empty(&id->waiting))
		drop(id, rd_container(id->waiting.next, struct waiting,
				      in_identity));
	rd_timer_disarm(rd_loop_timers(id->loop), &id->timer);
	for (size_t i = 0; i < id->count; i++)
		rd_issuer_close(id->issuers[i]);
	rd_free(id);
}
