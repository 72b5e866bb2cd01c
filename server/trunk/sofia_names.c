/* trunk/sofia_names.c - the addresses behind a trunk's name, asked of DNS as
 * sofia asks: NAPTR, SRV, A and AAAA (RFC 3263 4).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Who may send to us follows from whom we may send to, so a trunk without
 * configured peers has those of its name.  The cache of answers is sofia's
 * own: where it sends, the filter knows.
 */
#include "trunk/sofia_priv.h"

#include <sofia-resolv/sres_cache.h>
#include <sofia-sip/sresolv.h>
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	ROUND_MS = 30000,    /* from one asking to the next */
	KEEP_MS = 600000,    /* an address that is no longer answered */
	MOST_QUESTIONS = 64, /* of one trunk and round (T45) */
	MOST_STEPS = 3,      /* NAPTR, SRV, address */
};

struct names {
	sres_cache_t *cache;
	sres_resolver_t *resolver;
	struct rd_timer timer;
	struct sip *sip;
	struct rd_list questions; /* struct question.in_names */
};

struct question {
	struct names *names;
	struct line *line;
	unsigned step;
	sres_query_t *query;
	struct rd_list in_names;
};

static void on_answers(sres_context_t *context, sres_query_t *query,
		       sres_record_t **answers);

static void ask(struct names *n, struct line *line, unsigned step,
		uint16_t type, const char *name)
{
	struct question *q;

	if (step >= MOST_STEPS || line->questions >= MOST_QUESTIONS || !name ||
	    !*name)
		return;
	q = rd_zalloc(sizeof(*q));
	if (!q)
		return;
	line->questions++;
	q->names = n;
	q->line = line;
	q->step = step;
	rd_list_push(&n->questions, &q->in_names);
	q->query = sres_query(n->resolver, on_answers, (sres_context_t *)q,
			      type, name);
	if (!q->query) {
		rd_list_remove(&q->in_names);
		rd_free(q);
	}
}

static void ask_addresses(struct names *n, struct line *line, unsigned step,
			  const char *name)
{
	ask(n, line, step, sres_type_a, name);
	ask(n, line, step, sres_type_aaaa, name);
}

static void take_address(struct line *line, const struct rd_addr *addr)
{
	if (!rd_line_learn(line, addr, rd_clock_ms()))
		return;
	if (rd_sip_filter(line->sip) != RD_OK)
		rd_log(RD_LOG_ERROR, "trunk",
		       "trunk=%s event=\"filter not changed\"",
		       line->cfg->name);
}

static void take(struct question *q, const sres_record_t *r)
{
	struct rd_addr addr = { 0 };

	switch (r->sr_record->r_type) {
	case sres_type_a:
		addr.family = 4;
		memcpy(addr.ip, &r->sr_a->a_addr, 4);
		take_address(q->line, &addr);
		return;
	case sres_type_aaaa:
		addr.family = 6;
		memcpy(addr.ip, &r->sr_aaaa->aaaa_addr, 16);
		take_address(q->line, &addr);
		return;
	case sres_type_srv:
		ask_addresses(q->names, q->line, q->step + 1,
			      r->sr_srv->srv_target);
		return;
	case sres_type_naptr:
		if (!strcasecmp(r->sr_naptr->na_flags, "s"))
			ask(q->names, q->line, q->step + 1, sres_type_srv,
			    r->sr_naptr->na_replace);
		return;
	default:
		return;
	}
}

static void on_answers(sres_context_t *context, sres_query_t *query,
		       sres_record_t **answers)
{
	struct question *q = (struct question *)context;

	(void)query;
	for (size_t i = 0; answers && answers[i]; i++)
		if (!answers[i]->sr_record->r_status)
			take(q, answers[i]);
	sres_free_answers(q->names->resolver, answers);
	rd_list_remove(&q->in_names);
	rd_free(q);
}

static void ask_line(struct names *n, struct line *line)
{
	static const char *const services[] = { "_sip._udp.", "_sip._tcp.",
						"_sips._tcp." };
	const struct rd_trunk_cfg *c = line->cfg;
	char name[RD_TRUNK_TEXT + 16];

	line->questions = 0;
	rd_line_forget(line, rd_max_u64(rd_clock_ms(), KEEP_MS) - KEEP_MS);
	ask_addresses(n, line, 0, c->host);
	if (c->port)
		return;
	snprintf(name, sizeof(name), "%s%s", services[c->transport], c->host);
	ask(n, line, 0, sres_type_srv, name);
	ask(n, line, 0, sres_type_naptr, c->host);
}

static void on_round(struct rd_timer *timer, uint64_t now_ms)
{
	struct names *n = rd_container(timer, struct names, timer);
	struct sip *s = n->sip;

	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		if (s->lines[i].has_name)
			ask_line(n, &s->lines[i]);
	rd_timer_arm(&s->timers, timer, now_ms + ROUND_MS);
}

enum rd_err rd_names_open(struct sip *s)
{
	struct names *n = rd_zalloc(sizeof(*n));

	s->names = n;
	if (!n)
		return RD_E_NOMEM;
	n->sip = s;
	rd_list_init(&n->questions);
	n->cache = sres_cache_new(0);
	if (!n->cache)
		return RD_E_NOMEM;
	n->resolver = sres_resolver_create(s->root, s->t->cfg.resolv_conf,
					   SRESTAG_CACHE(n->cache), TAG_END());
	if (!n->resolver)
		return RD_E_NOMEM;
	n->timer.fn = on_round;
	rd_timer_arm(&s->timers, &n->timer, 0);
	return RD_OK;
}

struct sres_cache *rd_names_cache(struct sip *s)
{
	return s->names->cache;
}

void rd_names_close(struct sip *s)
{
	struct names *n = s->names;
	struct rd_list *at;

	if (!n)
		return;
	while ((at = rd_list_pop(&n->questions))) {
		struct question *q =
			rd_container(at, struct question, in_names);

		sres_query_bind(q->query, NULL, NULL);
		rd_free(q);
	}
	if (n->resolver)
		sres_resolver_destroy(n->resolver);
	if (n->cache)
		sres_cache_unref(n->cache);
	rd_free(n);
	s->names = NULL;
}
