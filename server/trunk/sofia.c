/* trunk/sofia.c - the sip thread: starts sofia, serves it, ends it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sofia's loop and its stack run in this one thread (su_root_threading off);
 * control reaches it through a mailbox whose descriptor the loop watches.
 */
#include "trunk/sofia_priv.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
	END_MS = 2000, /* BYE and CANCEL are answered by then, or never */
	STOP_MS = 500, /* nua_shutdown after that */
	HOUSEKEEPING_MS = 1000,
	OWED_MS = 20,
	LONGEST_WAIT_MS = 60000,
	MAX_MESSAGE = 65536,
	MESSAGE_MS = 10000, /* from its first byte to its last (T43) */
	UDP_MTU = 8192,     /* larger requests would go by TCP */
	BIND_TRIES = 8,
	T1X64_MS = 32000, /* RFC 3261 table 4 */
	URL_BYTES = 256,
};

static const char allow[] =
	"INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, REFER, NOTIFY, UPDATE, INFO";

/* What sofia said last about a certificate, in this thread. */
static _Thread_local struct {
	char text[128];
	uint64_t at_ms;
} tls_words;

static bool is_about_tls(const char *text)
{
	return !strncmp(text, "  err ", 6) ||
	       strstr(text, "Subject Mismatch") ||
	       strstr(text, "TLS setup failed");
}

const char *rd_sip_tls_words(uint64_t since_ms)
{
	return tls_words.at_ms >= since_ms && tls_words.text[0]
		       ? tls_words.text
		       : "nothing was heard";
}

/* sofia's own words: for whoever debugs, escaped like all from outside.  Why
 * a certificate was refused is said nowhere else. */
RD_PRINTF(2, 0)
static void log_line(void *stream, char const *fmt, va_list ap)
{
	char text[512], value[RD_LOG_VALUE];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	(void)stream;
	if (n <= 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = 0;
	if (is_about_tls(text)) {
		rd_text_copy(tls_words.text, sizeof(tls_words.text),
			     rd_span_text(text));
		tls_words.at_ms = rd_clock_ms();
	}
	if (rd_log_get_level() >= RD_LOG_DEBUG)
		rd_log(RD_LOG_DEBUG, "trunk", "event=\"sofia\" text=%s",
		       rd_log_value(rd_span_text(text), value));
}

static void init_once(void)
{
	su_init();
	su_log_redirect(NULL, log_line, NULL);
	rd_sip_parser_init();
}

static void on_alarm(struct sip *s, su_timer_t *timer, struct sip *arg)
{
	(void)timer;
	(void)arg;
	rd_timers_run(&s->timers, rd_clock_ms());
	rd_sip_alarm(s);
}

void rd_sip_alarm(struct sip *s)
{
	uint64_t due_ms = rd_timers_due_ms(&s->timers);
	uint64_t now_ms = rd_clock_ms(), wait_ms;

	if (!s->alarm)
		return;
	if (due_ms == RD_NEVER) {
		su_timer_reset(s->alarm);
		return;
	}
	wait_ms = due_ms > now_ms ? due_ms - now_ms : 0;
	wait_ms = rd_min_u64(wait_ms, LONGEST_WAIT_MS);
	/* 0 would disarm it. */
	su_timer_set_interval(s->alarm, on_alarm, s,
			      (su_duration_t)rd_max_u64(wait_ms, 1));
}

bool rd_sip_try_tell(struct sip *s, const struct rd_trunk_note *note)
{
	return rd_mailbox_push(s->t->to_control, note) == RD_OK;
}

void rd_sip_tell(struct sip *s, struct rd_trunk_note note)
{
	if (rd_sip_try_tell(s, &note))
		return;
	rd_free(note.full);
	rd_log(RD_LOG_ERROR, "trunk", "dialog=%u event=\"note lost\" kind=%d",
	       note.dialog, note.kind);
}

struct rd_addr rd_sip_source(struct sip *s)
{
	msg_t *msg = nua_current_request(s->nua);

	if (!msg)
		return (struct rd_addr){ 0 };
	return rd_addr_from_sockaddr(&msg_addr(msg)->su_sa);
}

static void begin_end(struct sip *s)
{
	if (s->phase != PHASE_RUNNING)
		return;
	s->phase = PHASE_ENDING;
	rd_sip_calls_end(s);
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		rd_line_end(&s->lines[i]);
	rd_timer_arm(&s->timers, &s->phase_timer, rd_clock_ms() + END_MS);
	rd_sip_check_end(s);
	rd_sip_alarm(s);
}

static void stop(struct sip *s)
{
	s->phase = PHASE_STOPPING;
	/* nua_shutdown with handles that are still open can abort; those that
	 * are destroyed before send what they owe and go. */
	rd_sip_calls_drop(s);
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		rd_line_drop(&s->lines[i]);
	nua_shutdown(s->nua);
	rd_timer_arm(&s->timers, &s->phase_timer, rd_clock_ms() + STOP_MS);
	rd_sip_alarm(s);
}

void rd_sip_check_end(struct sip *s)
{
	if (s->phase != PHASE_ENDING || s->call_count)
		return;
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		if (rd_line_is_busy(&s->lines[i]))
			return;
	stop(s);
}

static void on_phase(struct rd_timer *timer, uint64_t now_ms)
{
	struct sip *s = rd_container(timer, struct sip, phase_timer);

	(void)now_ms;
	if (s->phase == PHASE_ENDING)
		stop(s);
	else
		su_root_break(s->root);
}

static void on_housekeeping(struct rd_timer *timer, uint64_t now_ms)
{
	struct sip *s = rd_container(timer, struct sip, housekeeping);
	uint64_t drops = 0;

	for (unsigned i = 0; i < s->socket_count; i++)
		drops += rd_socket_drops(s->sockets[i].fd);
	atomic_store(&s->t->strangers, drops);
	rd_sip_pay_owed(s);
	rd_timer_arm(&s->timers, &s->housekeeping,
		     now_ms + (rd_list_is_empty(&s->owed) ? HOUSEKEEPING_MS
							  : OWED_MS));
}

static int on_orders(struct sip *root_magic, su_wait_t *wait, struct sip *s)
{
	struct rd_trunk_order order;

	(void)root_magic;
	(void)wait;
	rd_mailbox_acknowledge(s->t->to_sip);
	while (rd_mailbox_pop(s->t->to_sip, &order) == RD_OK) {
		if (order.kind == RD_ORDER_QUIT) {
			begin_end(s);
			continue;
		}
		atomic_fetch_sub(&s->t->orders, 1);
		rd_sip_order(s, &order);
		rd_free(order.block);
	}
	rd_sip_alarm(s);
	return 0;
}

/* A request outside a dialog.  sofia has answered OPTIONS by itself. */
static void on_loose_request(struct sip *s, nua_event_t event, nua_handle_t *nh)
{
	if (event == nua_i_refer || event == nua_i_info ||
	    event == nua_i_update)
		nua_respond(nh, SIP_403_FORBIDDEN, NUTAG_WITH_THIS(s->nua),
			    TAG_END());
	nua_handle_destroy(nh);
}

static void on_event(nua_event_t event, int status, char const *phrase,
		     nua_t *nua, struct sip *s, nua_handle_t *nh,
		     struct holder *holder, sip_t const *sip, tagi_t tags[])
{
	(void)nua;
	if (event == nua_r_shutdown) {
		if (status >= 200) {
			s->phase = PHASE_STOPPED;
			su_root_break(s->root);
		}
		return;
	}
	if (!nh)
		return;
	if (holder && holder->kind == HOLDS_CALL)
		rd_sip_call_event(holder, event, status, phrase, nh, sip, tags);
	else if (holder)
		rd_line_event(holder, event, status, sip);
	else if (event == nua_i_invite && sip)
		rd_sip_incoming(s, nh, sip);
	else
		on_loose_request(s, event, nh);
	rd_sip_alarm(s);
}

/* "sip:announced:port;maddr=bound".  No list of transports: sofia reads one
 * after its scope has ended.  Without, it binds UDP and TCP (and SCTP where
 * there is any; the filter finds that too). */
static void url_of(const struct rd_trunks_cfg *cfg, const struct rd_addr *at,
		   const char *scheme, char *out)
{
	char bound[RD_ADDR_TEXT], shown[RD_ADDR_TEXT];
	const char *left = at->family == 6 ? "[" : "";
	const char *right = at->family == 6 ? "]" : "";

	rd_addr_ip_text(at, bound);
	if (cfg->announced.family != at->family ||
	    rd_addr_ip_equal(&cfg->announced, at)) {
		snprintf(out, URL_BYTES, "%s:%s%s%s:%u", scheme, left, bound,
			 right, at->port);
		return;
	}
	rd_addr_ip_text(&cfg->announced, shown);
	snprintf(out, URL_BYTES, "%s:%s%s%s:%u;maddr=%s%s%s", scheme, left,
		 shown, right, at->port, left, bound, right);
}

static bool needs_tls(const struct rd_trunks_cfg *cfg)
{
	if (cfg->tls_bind.family)
		return true;
	for (unsigned i = 0; i < cfg->trunk_count; i++)
		if (cfg->trunks[i].transport == RD_SIP_TLS)
			return true;
	return false;
}

static nua_t *create(struct sip *s, const char *url, const char *sips_url)
{
	const struct rd_trunks_cfg *cfg = &s->t->cfg;
	unsigned t1x64_ms = cfg->give_up_ms ? cfg->give_up_ms : T1X64_MS;

	return nua_create(
		s->root, on_event, s, NUTAG_URL(url),
		TAG_IF(sips_url, NUTAG_SIPS_URL(sips_url)),
		TAG_IF(cfg->tls_dir, NUTAG_CERTIFICATE_DIR(cfg->tls_dir)),
		/* 0: what OpenSSL can, 1: TLS 1.0 and nothing else. */
		TPTAG_TLS_VERSION(0),
		TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_OUT |
					TPTLS_VERIFY_SUBJECTS_OUT),
		NUTAG_SIP_PARSER(rd_sip_parser()),
		SRESTAG_CACHE(rd_names_cache(s)),
		TAG_IF(cfg->resolv_conf, SRESTAG_RESOLV_CONF(cfg->resolv_conf)),
		NUTAG_MEDIA_ENABLE(0), NUTAG_SOA_NAME("none"),
		NUTAG_EARLY_MEDIA(1), NUTAG_AUTOACK(0), NUTAG_AUTOALERT(0),
		NUTAG_AUTOANSWER(0), NUTAG_ENABLEMESSAGE(0),
		NUTAG_SESSION_TIMER(0), NUTAG_MIN_SE(90),
		NUTAG_UPDATE_REFRESH(0), NUTAG_RETRY_COUNT(3),
		NUTAG_APPL_METHOD(NULL),
		NUTAG_APPL_METHOD("INVITE, REFER, INFO, UPDATE"),
		SIPTAG_ALLOW_STR(allow), SIPTAG_ALLOW_EVENTS_STR("refer"),
		NUTAG_DETECT_NETWORK_UPDATES(NUA_NW_DETECT_NOTHING),
		NUTAG_USER_AGENT("ringdown/" RD_VERSION),
		SIPTAG_SUPPORTED_STR("timer, 100rel"),
		NTATAG_SIP_T1X64(t1x64_ms), NTATAG_MAXSIZE(MAX_MESSAGE),
		NTATAG_UDP_MTU(UDP_MTU),
		NTATAG_MAX_PROCEEDING(cfg->most_dialogs * 2U + 64),
		TPTAG_TIMEOUT(MESSAGE_MS), TPTAG_LOG(0), TAG_END());
}

static enum rd_err choose_ports(struct sip *s, struct rd_addr *plain,
				struct rd_addr *tls)
{
	const struct rd_trunks_cfg *cfg = &s->t->cfg;
	enum rd_err err;

	*plain = cfg->bind;
	*tls = cfg->tls_bind;
	if (!tls->family && needs_tls(cfg)) {
		*tls = cfg->bind;
		tls->port = 0;
	}
	if (!plain->port) {
		err = rd_socket_free_port(plain, true, &plain->port);
		if (err != RD_OK)
			return err;
	}
	if (tls->family && !tls->port)
		return rd_socket_free_port(tls, false, &tls->port);
	return RD_OK;
}

static bool bind_all(struct sip *s)
{
	struct rd_trunks *t = s->t;
	char url[URL_BYTES], sips_url[URL_BYTES];

	for (unsigned tries = 0; !s->nua && tries < BIND_TRIES; tries++) {
		struct rd_addr plain, tls;

		if (choose_ports(s, &plain, &tls) != RD_OK)
			break;
		url_of(&t->cfg, &plain, "sip", url);
		url_of(&t->cfg, &tls, "sips", sips_url);
		s->nua = create(s, url, tls.family ? sips_url : NULL);
		t->local[RD_SIP_UDP] = plain;
		t->local[RD_SIP_TCP] = plain;
		t->local[RD_SIP_TLS] = tls;
		if (t->cfg.bind.port && (t->cfg.tls_bind.port || !tls.family))
			break; /* the same again would fail again */
	}
	return s->nua != NULL;
}

static void find_sockets(struct sip *s, const struct rd_addr *at, int type)
{
	int fds[MOST_SOCKETS];
	size_t n;

	if (!at->family)
		return;
	n = rd_sockets_of(at, type, fds, MOST_SOCKETS - s->socket_count);
	for (size_t i = 0; i < n; i++)
		s->sockets[s->socket_count++] =
			(struct listening){ .fd = fds[i], .type = type };
}

/* T37: the kernel drops what is not from a peer.  Also after names have
 * changed their addresses. */
enum rd_err rd_sip_filter(struct sip *s)
{
	size_t count = 0, most = (size_t)s->t->cfg.trunk_count * MOST_PEERS;
	struct rd_network *all = rd_zalloc((most + 1) * sizeof(*all));
	struct rd_source_filter *filter = NULL;
	enum rd_err err;

	if (!all)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++)
		for (unsigned k = 0; k < s->lines[i].peer_count; k++)
			all[count++] = s->lines[i].peers[k];
	err = rd_source_filter_open(&filter, all, count);
	for (unsigned i = 0; err == RD_OK && i < s->socket_count; i++)
		err = rd_source_filter_attach(filter, s->sockets[i].fd);
	rd_source_filter_close(filter);
	rd_free(all);
	return err;
}

static enum rd_err guard_sockets(struct sip *s)
{
	enum rd_err err;

	find_sockets(s, &s->t->local[RD_SIP_UDP], SOCK_DGRAM);
	find_sockets(s, &s->t->local[RD_SIP_TCP], SOCK_STREAM);
	find_sockets(s, &s->t->local[RD_SIP_TLS], SOCK_STREAM);
	if (s->socket_count < (s->t->local[RD_SIP_TLS].family ? 3U : 2U))
		return RD_E_IO;
	err = rd_sip_filter(s);
	for (unsigned i = 0; i < s->socket_count; i++)
		rd_socket_drain(s->sockets[i].fd, s->sockets[i].type);
	return err;
}

static enum rd_err open_lines(struct sip *s)
{
	s->lines = rd_zalloc((s->t->cfg.trunk_count + 1) * sizeof(*s->lines));
	if (!s->lines)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < s->t->cfg.trunk_count; i++) {
		enum rd_err err = rd_line_open(&s->lines[i], s, i);

		if (err != RD_OK)
			return err;
	}
	return RD_OK;
}

static enum rd_err start(struct sip *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	su_wait_t wait;
	enum rd_err err;

	pthread_once(&once, init_once);
	if (!rd_sip_parser())
		return RD_E_NOMEM;
	rd_timers_init(&s->timers);
	for (unsigned i = 0; i < BUCKETS; i++)
		rd_list_init(&s->calls[i]);
	rd_list_init(&s->owed);
	err = open_lines(s);
	if (err != RD_OK)
		return err;
	s->root = su_root_create(s);
	if (!s->root)
		return RD_E_NOMEM;
	su_root_threading(s->root, 0);
	s->alarm = su_timer_create(su_root_task(s->root), 0);
	if (!s->alarm)
		return RD_E_NOMEM;
	err = rd_names_open(s);
	if (err != RD_OK)
		return err;
	if (!bind_all(s)) {
		char text[RD_ADDR_TEXT];

		rd_complain(&s->t->complaint,
			    "cannot use %s for SIP (is it this machine's, is "
			    "the port free, are the TLS files readable?)",
			    rd_addr_text(&s->t->cfg.bind, text));
		return RD_E_IO;
	}
	err = guard_sockets(s);
	if (err != RD_OK)
		return err;
	su_wait_create(&wait, rd_mailbox_fd(s->t->to_sip), SU_WAIT_IN);
	s->orders_index = su_root_register(s->root, &wait, on_orders, s, 0);
	if (s->orders_index <= 0)
		return RD_E_IO;
	s->phase_timer.fn = on_phase;
	s->housekeeping.fn = on_housekeeping;
	rd_timer_arm(&s->timers, &s->housekeeping, 0);
	return RD_OK;
}

/* The last resort, should sofia not come to an end: what it holds is left
 * alone, since touching it may abort, and only its sockets go. */
static void abandon(struct sip *s)
{
	rd_log(RD_LOG_WARN, "trunk", "event=\"sofia did not stop\"");
	for (unsigned i = 0; i < s->socket_count; i++)
		close(s->sockets[i].fd);
}

static void finish(struct sip *s)
{
	if (s->nua && s->phase != PHASE_STOPPED) {
		abandon(s);
		rd_free(s->lines);
		return;
	}
	if (s->nua)
		nua_destroy(s->nua);
	if (s->orders_index > 0)
		su_root_deregister(s->root, s->orders_index);
	rd_names_close(s);
	if (s->alarm)
		su_timer_destroy(s->alarm);
	if (s->root)
		su_root_destroy(s->root);
	rd_free(s->lines);
}

void *rd_sip_thread(void *arg)
{
	struct rd_trunks *t = arg;
	struct sip *s = rd_zalloc(sizeof(*s));

	t->start_err = RD_E_NOMEM;
	if (!s) {
		sem_post(&t->is_started);
		return NULL;
	}
	s->t = t;
	rd_sip_here(s);
	t->start_err = start(s);
	if (t->start_err == RD_OK) {
		for (unsigned i = 0; i < t->cfg.trunk_count; i++)
			rd_line_start(&s->lines[i]);
		rd_sip_alarm(s);
		sem_post(&t->is_started);
		su_root_run(s->root);
		finish(s);
	} else {
		if (s->nua) {
			nua_shutdown(s->nua);
			su_root_run(s->root);
		}
		finish(s);
		sem_post(&t->is_started);
	}
	rd_free(s);
	return NULL;
}
