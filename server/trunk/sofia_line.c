/* trunk/sofia_line.c - what a trunk does between calls: REGISTER, OPTIONS,
 * digest, and who belongs to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/sofia_priv.h"

#include <netdb.h>
#include <sofia-sip/nta.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "trunk/hosts.h"
#include "trunk/sip_text.h"

enum {
	REGISTER_S = 300,      /* asked of the registrar */
	FIRST_PAUSE_MS = 5000, /* after a REGISTER that failed, doubling */
	LONGEST_PAUSE_MS = 300000,
	OPTIONS_WAIT_MS = 5000, /* no answer by then: not reachable */
	MOST_ANSWERS = 3,       /* to challenges in one handle and minute */
};

static void register_now(struct rd_timer *timer, uint64_t now_ms);
static void options_now(struct rd_timer *timer, uint64_t now_ms);

bool rd_line_learn(struct line *line, const struct rd_addr *addr,
		   uint64_t now_ms)
{
	struct rd_network *n = &line->peers[line->peer_count];

	for (unsigned i = 0; i < line->peer_count; i++)
		if (rd_network_has(&line->peers[i], addr)) {
			line->seen_ms[i] = now_ms;
			return false;
		}
	if (line->peer_count == MOST_PEERS)
		return false;
	n->base = *addr;
	n->base.port = 0;
	n->bits = addr->family == 4 ? 32 : 128;
	line->seen_ms[line->peer_count++] = now_ms;
	return true;
}

void rd_line_forget(struct line *line, uint64_t since_ms)
{
	unsigned kept = line->fixed_peers, fresh = 0;

	for (unsigned i = kept; i < line->peer_count; i++)
		fresh += line->seen_ms[i] >= since_ms;
	if (!fresh)
		return; /* T45: old answers serve while DNS is down */
	for (unsigned i = kept; i < line->peer_count; i++) {
		if (line->seen_ms[i] < since_ms)
			continue;
		line->peers[kept] = line->peers[i];
		line->seen_ms[kept++] = line->seen_ms[i];
	}
	line->peer_count = kept;
}

/* Also from hosts(5), which getaddrinfo reads.  Returns how many. */
static unsigned resolve(const char *host, struct rd_addr *out, unsigned most)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *all = NULL;
	unsigned n = 0;

	if (getaddrinfo(host, NULL, &hints, &all) != 0)
		return 0;
	for (struct addrinfo *a = all; a && n < most; a = a->ai_next) {
		out[n] = rd_addr_from_sockaddr(a->ai_addr);
		n += out[n].family ? 1 : 0;
	}
	freeaddrinfo(all);
	return n;
}

static void find_peers(struct line *line)
{
	struct rd_addr addr;
	unsigned n = line->cfg->peer_count;

	for (unsigned i = 0; i < n && i < RD_COUNT(line->cfg->peers); i++)
		if (line->cfg->peers[i].base.family)
			line->peers[line->peer_count++] = line->cfg->peers[i];
	if (!line->peer_count) {
		if (rd_addr_parse(&addr, rd_span_text(line->cfg->host)) ==
			    RD_OK ||
		    rd_hosts_lookup(line->cfg->host, &addr) == RD_OK)
			(void)rd_line_learn(line, &addr, 0);
		else
			line->has_name = true;
	}
	line->fixed_peers = line->peer_count;
}

static bool share_address(const char *a, const char *b)
{
	struct rd_addr of_a[MOST_PEERS], of_b[MOST_PEERS];
	unsigned n = resolve(a, of_a, MOST_PEERS);
	unsigned m = resolve(b, of_b, MOST_PEERS);

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < m; k++)
			if (rd_addr_ip_equal(&of_a[i], &of_b[k]))
				return true;
	return false;
}

/* T44: sofia finds an open connection by address and port alone, so a second
 * name there would ride on what was verified for the first. */
static enum rd_err check_tls(const struct line *line, unsigned index)
{
	const struct rd_trunk_cfg *all = line->sip->t->cfg.trunks;
	const struct rd_trunk_cfg *c = &all[index];

	if (c->transport != RD_SIP_TLS)
		return RD_OK;
	for (unsigned i = 0; i < index; i++) {
		if (all[i].transport != RD_SIP_TLS || all[i].port != c->port ||
		    !strcasecmp(all[i].host, c->host) ||
		    !share_address(all[i].host, c->host))
			continue;
		rd_complain(&line->sip->t->complaint,
			    "trunks %s and %s: two names, %s and %s, for one "
			    "TLS server; give both the same host",
			    all[i].name, c->name, all[i].host, c->host);
		return RD_E_FORMAT;
	}
	return RD_OK;
}

static const char *transport_text(enum rd_trunk_transport transport)
{
	if (transport == RD_SIP_TCP)
		return ";transport=tcp";
	/* A sips: URI speaks TLS by itself; with ";transport=tls" sofia has
	 * sent it in clear. */
	return transport == RD_SIP_UDP ? ";transport=udp" : "";
}

/* RFC 3261 19.1.1: sends to the address, checks the certificate's name. */
static void write_maddr(char *out, size_t size, const struct rd_addr *addr)
{
	char ip[RD_ADDR_TEXT];

	snprintf(out, size, ";maddr=%s%s%s", addr->family == 6 ? "[" : "",
		 rd_addr_ip_text(addr, ip), addr->family == 6 ? "]" : "");
}

static void write_names(struct line *line)
{
	const struct rd_trunk_cfg *c = line->cfg;
	struct rd_addr addr;
	bool is_v6 = rd_addr_parse(&addr, rd_span_text(c->host)) == RD_OK &&
		     addr.family == 6 && c->host[0] != '[';
	char port[8] = "", maddr[RD_ADDR_TEXT + 16] = "";
	const char *user = c->from_user ? c->from_user : c->username;

	if (c->port)
		snprintf(port, sizeof(port), ":%u", c->port);
	if (!addr.family && rd_hosts_lookup(c->host, &addr) == RD_OK)
		write_maddr(maddr, sizeof(maddr), &addr);
	snprintf(line->target, sizeof(line->target), "%s%s%s%s%s%s",
		 is_v6 ? "[" : "", c->host, is_v6 ? "]" : "", port,
		 transport_text(c->transport), maddr);
	snprintf(line->from, sizeof(line->from), "%s@%s%s%s",
		 user ? user : "ringdown", !c->from_domain && is_v6 ? "[" : "",
		 c->from_domain ? c->from_domain : c->host,
		 !c->from_domain && is_v6 ? "]" : "");
	snprintf(line->realm, sizeof(line->realm), "\"%s\"",
		 c->realm ? c->realm : c->host);
	if (c->username)
		snprintf(line->account, sizeof(line->account),
			 "Digest:%s:%s:%s", line->realm, c->username,
			 c->password);
}

enum rd_err rd_line_open(struct line *line, struct sip *s, unsigned index)
{
	line->sip = s;
	line->cfg = &s->t->cfg.trunks[index];
	line->gauges = &s->t->gauges[index];
	line->registering.kind = HOLDS_REGISTER;
	line->asking.kind = HOLDS_OPTIONS;
	line->register_timer.fn = register_now;
	line->options_timer.fn = options_now;
	line->register_pause_ms = FIRST_PAUSE_MS;
	write_names(line);
	find_peers(line);
	return check_tls(line, index);
}

static const char *scheme_of(const struct line *line)
{
	return line->cfg->transport == RD_SIP_TLS ? "sips" : "sip";
}

static nua_handle_t *handle_to(struct line *line, struct holder *holder)
{
	char to[RD_TRUNK_TEXT * 2 + 16], from[RD_TRUNK_TEXT * 2 + 16];
	char url[RD_TRUNK_TEXT + 8];

	snprintf(url, sizeof(url), "%s:%s", scheme_of(line), line->target);
	snprintf(from, sizeof(from), "<%s:%s>", scheme_of(line), line->from);
	if (holder->kind == HOLDS_REGISTER)
		snprintf(to, sizeof(to), "%s", from);
	else
		snprintf(to, sizeof(to), "<%s>", url);
	return nua_handle(line->sip->nua, holder, NUTAG_URL(url),
			  SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from), TAG_END());
}

static void register_now(struct rd_timer *timer, uint64_t now_ms)
{
	struct line *line = rd_container(timer, struct line, register_timer);
	char registrar[RD_TRUNK_TEXT + 8];
	const char *user = line->cfg->from_user ? line->cfg->from_user
						: line->cfg->username;

	(void)now_ms;
	if (line->register_handle)
		nua_handle_destroy(line->register_handle);
	memset(&line->register_digest, 0, sizeof(line->register_digest));
	line->register_handle = handle_to(line, &line->registering);
	if (!line->register_handle)
		return;
	snprintf(registrar, sizeof(registrar), "%s:%s", scheme_of(line),
		 line->target);
	nua_register(line->register_handle, NUTAG_REGISTRAR(registrar),
		     NUTAG_M_USERNAME(user ? user : "ringdown"),
		     NUTAG_OUTBOUND("no-options-keepalive no-validate "
				    "no-natify"),
		     SIPTAG_EXPIRES(sip_expires_create(
			     nua_handle_home(line->register_handle),
			     REGISTER_S)),
		     TAG_END());
}

/* sofia keeps some 25 KB of each TLS connection that fails, so a trunk with a
 * wrong certificate is asked less and less often. */
static uint64_t options_pause_ms(struct line *line)
{
	uint64_t period_ms = (uint64_t)line->cfg->options_s * 1000;

	if (line->cfg->transport != RD_SIP_TLS ||
	    atomic_load(&line->gauges->is_reachable)) {
		line->options_pause_ms = period_ms;
		return period_ms;
	}
	line->options_pause_ms =
		rd_min_u64(2 * rd_max_u64(line->options_pause_ms, period_ms),
			   rd_max_u64(LONGEST_PAUSE_MS, period_ms));
	return line->options_pause_ms;
}

static void options_now(struct rd_timer *timer, uint64_t now_ms)
{
	struct line *line = rd_container(timer, struct line, options_timer);
	uint64_t period_ms = options_pause_ms(line);
	uint64_t wait_ms = rd_min_u64(period_ms, OPTIONS_WAIT_MS);

	if (line->is_asked) {
		/* Nothing came to the last one. */
		line->is_asked = false;
		atomic_store(&line->gauges->is_reachable, false);
		atomic_store(&line->gauges->last_status, 408);
		nua_handle_destroy(line->options_handle);
		line->options_handle = NULL;
		if (period_ms > wait_ms) {
			rd_timer_arm(&line->sip->timers, timer,
				     now_ms + period_ms - wait_ms);
			return;
		}
	}
	if (!line->options_handle) {
		memset(&line->options_digest, 0, sizeof(line->options_digest));
		line->options_handle = handle_to(line, &line->asking);
	}
	if (line->options_handle) {
		line->is_asked = true;
		nua_options(line->options_handle, TAG_END());
	}
	rd_timer_arm(&line->sip->timers, timer, now_ms + wait_ms);
}

void rd_line_start(struct line *line)
{
	uint64_t now_ms = rd_clock_ms();

	if (line->cfg->register_contact)
		rd_timer_arm(&line->sip->timers, &line->register_timer, now_ms);
	if (line->cfg->options_s)
		rd_timer_arm(&line->sip->timers, &line->options_timer, now_ms);
}

static void on_registered(struct line *line, int status, sip_t const *sip)
{
	uint64_t now_ms = rd_clock_ms();

	if ((status == 401 || status == 407) && sip &&
	    rd_line_authenticate(line, &line->register_digest,
				 line->register_handle, sip))
		return;
	atomic_store(&line->gauges->last_status, (unsigned)status);
	if (status < 300) {
		atomic_store(&line->gauges->is_registered, true);
		line->register_pause_ms = FIRST_PAUSE_MS;
		memset(&line->register_digest, 0,
		       sizeof(line->register_digest));
		return;
	}
	atomic_store(&line->gauges->is_registered, false);
	rd_log(RD_LOG_WARN, "trunk",
	       "trunk=%s event=\"registration refused\" status=%d",
	       line->cfg->name, status);
	if (line->sip->phase != PHASE_RUNNING)
		return;
	/* F23: the pause doubles, so that no account gets locked out. */
	rd_timer_arm(&line->sip->timers, &line->register_timer,
		     now_ms + line->register_pause_ms + rd_random_below(1000));
	line->register_pause_ms =
		rd_min_u64(2 * line->register_pause_ms, LONGEST_PAUSE_MS);
}

/* Any answer from over there means that somebody is there; sofia's own 408
 * and 503 do not. */
static void on_options(struct line *line, int status, sip_t const *sip)
{
	bool is_reachable = sip && !nta_sip_is_internal(sip) && status != 503;

	if ((status == 401 || status == 407) && sip &&
	    rd_line_authenticate(line, &line->options_digest,
				 line->options_handle, sip))
		return;
	line->is_asked = false;
	memset(&line->options_digest, 0, sizeof(line->options_digest));
	if (atomic_exchange(&line->gauges->is_reachable, is_reachable) !=
	    is_reachable)
		rd_log(RD_LOG_WARN, "trunk",
		       "trunk=%s event=\"trunk %s\" status=%d", line->cfg->name,
		       is_reachable ? "reachable" : "unreachable", status);
	atomic_store(&line->gauges->last_status, (unsigned)status);
	if (status == 401 || status == 407) {
		/* It waits for an account that we do not have for it. */
		nua_handle_destroy(line->options_handle);
		line->options_handle = NULL;
	}
	rd_timer_arm(&line->sip->timers, &line->options_timer,
		     rd_clock_ms() + options_pause_ms(line));
}

void rd_line_event(struct holder *h, nua_event_t event, int status,
		   sip_t const *sip)
{
	struct line *line;

	if (h->kind == HOLDS_OPTIONS) {
		line = rd_container(h, struct line, asking);
		if (event == nua_r_authenticate && status >= 300)
			on_options(line, 401, sip);
		if (event == nua_r_options && status >= 200 && line->is_asked)
			on_options(line, status, sip);
		return;
	}
	line = rd_container(h, struct line, registering);
	if (event == nua_r_authenticate && status >= 300)
		on_registered(line, 401, NULL);
	if (event == nua_r_register && status >= 200)
		on_registered(line, status, sip);
	if (event == nua_r_unregister && status >= 200) {
		if ((status == 401 || status == 407) && sip &&
		    rd_line_authenticate(line, &line->register_digest,
					 line->register_handle, sip))
			return;
		atomic_store(&line->gauges->is_registered, false);
		nua_handle_destroy(line->register_handle);
		line->register_handle = NULL;
		rd_sip_check_end(line->sip);
	}
}

void rd_line_end(struct line *line)
{
	rd_timer_disarm(&line->sip->timers, &line->options_timer);
	rd_timer_disarm(&line->sip->timers, &line->register_timer);
	if (line->options_handle)
		nua_handle_destroy(line->options_handle);
	line->options_handle = NULL;
	if (!line->register_handle)
		return;
	if (atomic_load(&line->gauges->is_registered)) {
		memset(&line->register_digest, 0,
		       sizeof(line->register_digest));
		nua_unregister(line->register_handle, TAG_END());
		return;
	}
	nua_handle_destroy(line->register_handle);
	line->register_handle = NULL;
}

void rd_line_drop(struct line *line)
{
	if (line->register_handle)
		nua_handle_destroy(line->register_handle);
	if (line->options_handle)
		nua_handle_destroy(line->options_handle);
	line->register_handle = NULL;
	line->options_handle = NULL;
}

bool rd_line_is_busy(const struct line *line)
{
	return line->register_handle;
}

bool rd_line_has(const struct line *line, const struct rd_addr *source)
{
	for (unsigned i = 0; i < line->peer_count; i++)
		if (rd_network_has(&line->peers[i], source))
			return true;
	return false;
}

struct line *rd_line_of(struct sip *s, const struct rd_addr *source)
{
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		if (rd_line_has(&s->lines[i], source))
			return &s->lines[i];
	return NULL;
}

/* host is domain, or a name below it. */
static bool is_in_domain(const char *host, const char *domain)
{
	size_t n = strlen(host), m = strlen(domain);

	if (n < m || strcasecmp(host + n - m, domain) != 0)
		return false;
	return n == m || host[n - m - 1] == '.';
}

bool rd_line_trusts(const struct line *line, url_t const *url)
{
	struct rd_addr addr;

	if (!url || !url->url_host || !rd_sip_is_host(url->url_host))
		return false;
	/* Nothing of a TLS trunk goes anywhere in clear. */
	if (line->cfg->transport == RD_SIP_TLS && url->url_type != url_sips)
		return false;
	if (rd_addr_parse(&addr, rd_span_text(url->url_host)) == RD_OK)
		return rd_line_has(line, &addr);
	return is_in_domain(url->url_host, line->cfg->host) ||
	       (line->cfg->from_domain &&
		is_in_domain(url->url_host, line->cfg->from_domain));
}

static const char *parameter(msg_auth_t const *challenge, const char *name)
{
	const char *value = msg_params_find(challenge->au_params, name);

	return value ? value : "";
}

/* MD5 for our realm is all that sofia can answer, and all that may be (T38). */
static bool is_ours(const struct line *line, msg_auth_t const *challenge)
{
	const char *algorithm = parameter(challenge, "algorithm=");

	return !strcasecmp(challenge->au_scheme, "Digest") &&
	       !strcmp(parameter(challenge, "realm="), line->realm) &&
	       (!*algorithm || !strcasecmp(algorithm, "MD5") ||
		!strcasecmp(algorithm, "\"MD5\""));
}

bool rd_line_authenticate(struct line *line, struct digest_memory *memory,
			  nua_handle_t *nh, sip_t const *sip)
{
	msg_auth_t const *challenge = sip->sip_www_authenticate
					      ? sip->sip_www_authenticate
					      : sip->sip_proxy_authenticate;
	const char *nonce;

	if (!line->account[0])
		return false;
	while (challenge && !is_ours(line, challenge))
		challenge = challenge->au_next;
	if (!challenge) {
		rd_log(RD_LOG_WARN, "trunk",
		       "trunk=%s event=\"challenge for another realm\"",
		       line->cfg->name);
		return false;
	}
	nonce = parameter(challenge, "nonce=");
	if (!*nonce || strlen(nonce) >= sizeof(memory->nonce) ||
	    !strcmp(nonce, memory->nonce) || memory->answers >= MOST_ANSWERS)
		return false;
	snprintf(memory->nonce, sizeof(memory->nonce), "%s", nonce);
	memory->answers++;
	nua_authenticate(nh, NUTAG_AUTH(line->account), TAG_END());
	return true;
}
