/* trunk/trunks.c - see trunk.h: control's side of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Checks what is asked, hands it to the sip thread and takes events out.
 */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "trunk/sip_text.h"
#include "trunk/trunk_priv.h"

enum {
	MOST_DIALOGS = 20000,
	MOST_TRUNKS = 64,
	PER_DIALOG = 4, /* orders and notes in flight for each dialog */
	SPARE = 64,
	MOST_DIGITS = 32,
	MOST_URI = RD_TRUNK_TEXT,
};

bool rd_trunks_admit(struct rd_trunks *t)
{
	unsigned now = atomic_load(&t->dialogs);

	do {
		if (now >= t->cfg.most_dialogs)
			return false;
	} while (!atomic_compare_exchange_weak(&t->dialogs, &now, now + 1));
	return true;
}

rd_dialog rd_trunks_next_dialog(struct rd_trunks *t)
{
	rd_dialog d = atomic_fetch_add(&t->next_dialog, 1);

	return d ? d : atomic_fetch_add(&t->next_dialog, 1);
}

/* sofia takes the account as "scheme:realm:user:password" and cuts at ':'. */
static bool has_colon(const char *text)
{
	return text && strchr(text, ':');
}

static enum rd_err check_trunk(const struct rd_trunk_cfg *c,
			       struct rd_complaint *why)
{
	if (!c->name || !c->host || !rd_sip_is_host(c->host)) {
		rd_complain(why, "trunk %s: host must be a name or an address",
			    c->name ? c->name : "without a name");
		return RD_E_FORMAT;
	}
	if ((c->username && !rd_sip_is_user(c->username)) ||
	    (c->from_user && !rd_sip_is_user(c->from_user)) ||
	    (c->from_domain && !rd_sip_is_host(c->from_domain))) {
		rd_complain(why,
			    "trunk %s: username, from_user or from_domain has "
			    "characters that SIP does not allow there",
			    c->name);
		return RD_E_FORMAT;
	}
	if (has_colon(c->username) || has_colon(c->password) ||
	    (c->password && !rd_sip_is_value(c->password, RD_TRUNK_TEXT)) ||
	    (c->realm && (!rd_sip_is_value(c->realm, RD_TRUNK_TEXT) ||
			  strpbrk(c->realm, "\"\\")))) {
		rd_complain(why,
			    "trunk %s: username, password and realm must be "
			    "without ':', quotes and control characters",
			    c->name);
		return RD_E_FORMAT;
	}
	if (!c->username != !c->password) {
		rd_complain(why,
			    "trunk %s: username and password come together",
			    c->name);
		return RD_E_FORMAT;
	}
	return RD_OK;
}

/* sofia's fixed names; it would begin without them, and fail later. */
static enum rd_err check_files(const char *folder, struct rd_complaint *why)
{
	static const char *const names[] = { "agent.pem", "cafile.pem" };
	char path[4096];

	for (unsigned i = 0; i < RD_COUNT(names); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", folder, names[i]);

		if (n > 0 && (size_t)n < sizeof(path) && !access(path, R_OK))
			continue;
		rd_complain(why, "cannot read %s; TLS for SIP needs it", path);
		return RD_E_IO;
	}
	return RD_OK;
}

static enum rd_err check(const struct rd_trunks_cfg *cfg,
			 struct rd_complaint *why)
{
	if (cfg->most_dialogs < 1 || cfg->most_dialogs > MOST_DIALOGS) {
		rd_complain(why, "most dialogs is %u; it must be 1 to %d",
			    cfg->most_dialogs, MOST_DIALOGS);
		return RD_E_RANGE;
	}
	if (cfg->trunk_count > MOST_TRUNKS) {
		rd_complain(why, "%u trunks; at most %d are possible",
			    cfg->trunk_count, MOST_TRUNKS);
		return RD_E_RANGE;
	}
	if (!cfg->bind.family) {
		rd_complain(why, "no address to bind for SIP");
		return RD_E_FORMAT;
	}
	for (unsigned i = 0; i < cfg->trunk_count; i++) {
		enum rd_err err = check_trunk(&cfg->trunks[i], why);

		if (err != RD_OK)
			return err;
		if (cfg->trunks[i].transport == RD_SIP_TLS && !cfg->tls_dir) {
			rd_complain(why,
				    "trunk %s: TLS needs a folder with "
				    "cafile.pem (and agent.pem)",
				    cfg->trunks[i].name);
			return RD_E_FORMAT;
		}
	}
	if (cfg->tls_bind.family && !cfg->tls_dir) {
		rd_complain(why, "a TLS listener needs a folder with agent.pem "
				 "and cafile.pem");
		return RD_E_FORMAT;
	}
	return cfg->tls_dir ? check_files(cfg->tls_dir, why) : RD_OK;
}

static enum rd_err build(struct rd_trunks *t, const struct rd_trunks_cfg *cfg)
{
	size_t n = (size_t)cfg->most_dialogs * PER_DIALOG + SPARE;
	enum rd_err err;

	t->cfg = *cfg;
	t->trunks = rd_zalloc((cfg->trunk_count + 1) * sizeof(*t->trunks));
	t->gauges = rd_zalloc((cfg->trunk_count + 1) * sizeof(*t->gauges));
	if (!t->trunks || !t->gauges)
		return RD_E_NOMEM;
	if (cfg->trunk_count)
		memcpy(t->trunks, cfg->trunks,
		       cfg->trunk_count * sizeof(*t->trunks));
	t->cfg.trunks = t->trunks;
	for (unsigned i = 0; i < cfg->trunk_count; i++)
		atomic_init(&t->gauges[i].is_reachable, true);
	atomic_init(&t->next_dialog, 1);
	err = rd_mailbox_open(&t->to_sip, n, sizeof(struct rd_trunk_order));
	if (err != RD_OK)
		return err;
	return rd_mailbox_open(&t->to_control, n, sizeof(struct rd_trunk_note));
}

static void release(struct rd_trunks *t)
{
	struct rd_trunk_order order;
	struct rd_trunk_note note;

	while (t->to_sip && rd_mailbox_pop(t->to_sip, &order) == RD_OK)
		rd_free(order.block);
	while (t->to_control && rd_mailbox_pop(t->to_control, &note) == RD_OK)
		rd_free(note.full);
	rd_mailbox_close(t->to_sip);
	rd_mailbox_close(t->to_control);
	sem_destroy(&t->is_started);
	rd_free(t->gauges);
	rd_free(t->trunks);
	rd_free(t);
}

enum rd_err rd_trunks_open(struct rd_trunks **out,
			   const struct rd_trunks_cfg *cfg,
			   struct rd_complaint *why)
{
	struct rd_trunks *t;
	enum rd_err err;

	*out = NULL;
	err = check(cfg, why);
	if (err != RD_OK)
		return err;
	t = rd_zalloc(sizeof(*t));
	if (!t)
		return RD_E_NOMEM;
	sem_init(&t->is_started, 0, 0);
	err = build(t, cfg);
	if (err != RD_OK)
		goto fail;
	if (pthread_create(&t->thread, NULL, rd_sip_thread, t) != 0) {
		err = RD_E_IO;
		goto fail;
	}
	while (sem_wait(&t->is_started) != 0)
		;
	err = t->start_err;
	if (err != RD_OK) {
		pthread_join(t->thread, NULL);
		if (why)
			*why = t->complaint;
		goto fail;
	}
	*out = t;
	return RD_OK;
fail:
	release(t);
	return err;
}

void rd_trunks_close(struct rd_trunks *t)
{
	struct rd_trunk_order quit = { .kind = RD_ORDER_QUIT };

	if (!t)
		return;
	/* The other side empties it all the time. */
	while (rd_mailbox_push(t->to_sip, &quit) != RD_OK)
		sched_yield();
	pthread_join(t->thread, NULL);
	release(t);
}

struct rd_addr rd_trunks_local(const struct rd_trunks *t,
			       enum rd_trunk_transport transport)
{
	return t->local[transport];
}

/* Only a hang-up may use the last half of the mailbox: it must not fail. */
static enum rd_err push(struct rd_trunks *t, struct rd_trunk_order order)
{
	unsigned least = order.kind == RD_ORDER_HANGUP ? 0 : 1;
	unsigned most = t->cfg.most_dialogs * PER_DIALOG + SPARE;

	if (atomic_fetch_add(&t->orders, 1) >= most / (1 + least) ||
	    rd_mailbox_push(t->to_sip, &order) != RD_OK) {
		atomic_fetch_sub(&t->orders, 1);
		rd_free(order.block);
		return RD_E_FULL;
	}
	return RD_OK;
}

static enum rd_err check_sdp(const char *sdp)
{
	size_t len = strlen(sdp);

	if (len == 0 || len >= RD_TRUNK_SDP)
		return RD_E_SIZE;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)sdp[i];

		if (c < 0x20 && c != '\r' && c != '\n' && c != '\t')
			return RD_E_FORMAT;
	}
	return RD_OK;
}

static bool goes_with(enum rd_trunk_context context, const char *name)
{
	bool is_x = name[0] == 'X' || name[0] == 'x';

	if (context == RD_CONTEXT_X_HEADERS)
		return is_x;
	return context == RD_CONTEXT_UUI && !is_x;
}

static enum rd_err put_headers(struct rd_trunk_invite_block *b,
			       const struct rd_trunk_invite *invite,
			       enum rd_trunk_context context)
{
	size_t at = 0;

	if (invite->header_count > RD_TRUNK_HEADERS)
		return RD_E_SIZE;
	for (unsigned i = 0; i < invite->header_count; i++) {
		const struct rd_trunk_header *h = &invite->headers[i];

		if (!memchr(h->name, 0, sizeof(h->name)) ||
		    !memchr(h->value, 0, sizeof(h->value)) ||
		    !rd_sip_is_token(h->name, sizeof(h->name)) ||
		    !rd_sip_is_context_name(h->name) ||
		    !rd_sip_is_value(h->value, sizeof(h->value)))
			return RD_E_FORMAT;
		if (!goes_with(context, h->name))
			continue;
		at += (size_t)snprintf(b->headers + at, sizeof(b->headers) - at,
				       "%s%s: %s", at ? "\r\n" : "", h->name,
				       h->value);
	}
	return RD_OK;
}

static enum rd_err fill(struct rd_trunk_invite_block *b,
			const struct rd_trunk_invite *invite,
			enum rd_trunk_context context)
{
	enum rd_err err;

	if (!invite->user || !invite->sdp || !rd_sip_is_user(invite->user) ||
	    (invite->caller && !rd_sip_is_user(invite->caller)))
		return RD_E_FORMAT;
	err = check_sdp(invite->sdp);
	if (err != RD_OK)
		return err;
	if (invite->display_name) {
		/* Quoting may double it. */
		if (!rd_sip_is_value(invite->display_name, RD_TRUNK_TEXT))
			return RD_E_FORMAT;
		err = rd_sip_quote(invite->display_name, b->display,
				   sizeof(b->display));
		if (err != RD_OK)
			return err;
	}
	snprintf(b->user, sizeof(b->user), "%s", invite->user);
	snprintf(b->caller, sizeof(b->caller), "%s",
		 invite->caller ? invite->caller : "");
	snprintf(b->sdp, sizeof(b->sdp), "%s", invite->sdp);
	return put_headers(b, invite, context);
}

static bool find(const struct rd_trunks *t, const char *name, unsigned *index)
{
	for (unsigned i = 0; i < t->cfg.trunk_count; i++)
		if (!strcmp(t->trunks[i].name, name)) {
			*index = i;
			return true;
		}
	return false;
}

enum rd_err rd_trunk_invite(struct rd_trunks *t,
			    const struct rd_trunk_invite *invite,
			    rd_dialog *dialog)
{
	struct rd_trunk_order order = { .kind = RD_ORDER_INVITE,
					.number = invite->ring_ms };
	enum rd_err err;

	*dialog = 0;
	if (!invite->trunk || !find(t, invite->trunk, &order.trunk))
		return RD_E_NOTFOUND;
	if (!atomic_load(&t->gauges[order.trunk].is_reachable))
		return RD_E_UPSTREAM;
	order.block = rd_zalloc(sizeof(struct rd_trunk_invite_block));
	if (!order.block)
		return RD_E_NOMEM;
	err = fill(order.block, invite, t->trunks[order.trunk].context);
	if (err != RD_OK) {
		rd_free(order.block);
		return err;
	}
	if (!rd_trunks_admit(t)) {
		rd_free(order.block);
		return RD_E_FULL;
	}
	order.dialog = rd_trunks_next_dialog(t);
	err = push(t, order);
	if (err != RD_OK) {
		atomic_fetch_sub(&t->dialogs, 1);
		return err;
	}
	*dialog = order.dialog;
	return RD_OK;
}

void rd_trunk_hangup(struct rd_trunks *t, rd_dialog dialog, unsigned cause)
{
	struct rd_trunk_order order = { .kind = RD_ORDER_HANGUP,
					.dialog = dialog,
					.number = cause & 0x7f };

	if (push(t, order) != RD_OK)
		rd_log(RD_LOG_ERROR, "trunk",
		       "dialog=%u event=\"hang-up lost\"", dialog);
}

static enum rd_err push_text(struct rd_trunks *t, struct rd_trunk_order order,
			     const char *text)
{
	order.block = rd_strdup(text);
	return order.block ? push(t, order) : RD_E_NOMEM;
}

static enum rd_err push_sdp(struct rd_trunks *t, struct rd_trunk_order order,
			    const char *sdp)
{
	enum rd_err err = check_sdp(sdp);

	return err == RD_OK ? push_text(t, order, sdp) : err;
}

enum rd_err rd_trunk_reinvite(struct rd_trunks *t, rd_dialog d, const char *sdp)
{
	return push_sdp(t,
			(struct rd_trunk_order){ .kind = RD_ORDER_REINVITE,
						 .dialog = d },
			sdp);
}

enum rd_err rd_trunk_reanswer(struct rd_trunks *t, rd_dialog d, const char *sdp)
{
	struct rd_trunk_order order = { .kind = RD_ORDER_REANSWER,
					.dialog = d };

	return sdp ? push_sdp(t, order, sdp) : push(t, order);
}

enum rd_err rd_trunk_respond(struct rd_trunks *t, rd_dialog d, unsigned status,
			     const char *sdp)
{
	struct rd_trunk_order order = { .kind = RD_ORDER_RESPOND,
					.dialog = d,
					.number = status };

	if (status < 180 || status > 699 || (status > 200 && status < 300))
		return RD_E_RANGE;
	if (status == 200 && !sdp)
		return RD_E_FORMAT;
	return sdp ? push_sdp(t, order, sdp) : push(t, order);
}

enum rd_err rd_trunk_transfer_result(struct rd_trunks *t, rd_dialog d,
				     unsigned status)
{
	if (status < 100 || status > 699)
		return RD_E_RANGE;
	return push(t, (struct rd_trunk_order){ .kind = RD_ORDER_RESULT,
						.dialog = d,
						.number = status });
}

enum rd_err rd_trunk_refer(struct rd_trunks *t, rd_dialog d,
			   const char *target_uri)
{
	size_t len = strlen(target_uri);

	if (len >= MOST_URI || !rd_sip_is_value(target_uri, MOST_URI) ||
	    strpbrk(target_uri, " \t<>\"\\"))
		return RD_E_FORMAT;
	if (strncmp(target_uri, "sip:", 4) != 0 &&
	    strncmp(target_uri, "sips:", 5) != 0 &&
	    strncmp(target_uri, "tel:", 4) != 0)
		return RD_E_FORMAT;
	return push_text(t,
			 (struct rd_trunk_order){ .kind = RD_ORDER_REFER,
						  .dialog = d },
			 target_uri);
}

enum rd_err rd_trunk_info_digits(struct rd_trunks *t, rd_dialog d,
				 const char *digits)
{
	size_t len = strlen(digits);

	if (len == 0 || len > MOST_DIGITS)
		return RD_E_SIZE;
	for (size_t i = 0; i < len; i++)
		if (!rd_sip_is_digit(digits[i]))
			return RD_E_FORMAT;
	return push_text(t,
			 (struct rd_trunk_order){ .kind = RD_ORDER_DIGITS,
						  .dialog = d },
			 digits);
}

int rd_trunks_fd(const struct rd_trunks *t)
{
	return rd_mailbox_fd(t->to_control);
}

enum rd_err rd_trunks_poll(struct rd_trunks *t, struct rd_trunk_event *event)
{
	struct rd_trunk_note note;
	enum rd_err err = rd_mailbox_pop(t->to_control, &note);

	if (err != RD_OK) {
		/* Once more after the signal is armed again: what came in
		 * between must not wait for the next one. */
		rd_mailbox_acknowledge(t->to_control);
		err = rd_mailbox_pop(t->to_control, &note);
	}
	if (err != RD_OK)
		return err;
	if (note.full) {
		*event = *note.full;
		rd_free(note.full);
	} else {
		memset(event, 0, sizeof(*event));
	}
	event->kind = note.kind;
	event->dialog = note.dialog;
	event->status = note.status;
	event->cause = note.cause;
	event->by_far_end = note.by_far_end;
	event->retry_after_s = note.retry_after_s;
	event->digit = note.digit;
	return RD_OK;
}

enum rd_err rd_trunk_state(const struct rd_trunks *t, unsigned index,
			   struct rd_trunk_state *out)
{
	const struct rd_trunk_gauges *g;

	memset(out, 0, sizeof(*out));
	if (index >= t->cfg.trunk_count)
		return RD_E_NOTFOUND;
	g = &t->gauges[index];
	out->name = t->trunks[index].name;
	out->is_registered = atomic_load(&g->is_registered);
	out->is_reachable = atomic_load(&g->is_reachable);
	out->last_status = atomic_load(&g->last_status);
	out->dialogs = atomic_load(&g->dialogs);
	out->invites = atomic_load(&g->invites);
	out->answered = atomic_load(&g->answered);
	out->failed = atomic_load(&g->failed);
	out->guarded = atomic_load(&g->guarded);
	out->strangers_refused = atomic_load(&t->strangers);
	return RD_OK;
}
