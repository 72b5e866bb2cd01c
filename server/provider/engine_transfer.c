/* provider/engine_transfer.c - blind transfer by the far side (RFC 3515,
 * RFC 5589 6): the new party is called while the old one is still there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "provider/engine_priv.h"
#include "trunk/sip_reason.h"

enum {
	DECLINED = 603,
	NOBODY = 480, /* it ended without saying how */
};

static void tell_transferor(struct rd_session *s, unsigned status)
{
	if (s->far.dialog &&
	    rd_trunk_transfer_result(s->engine->cfg.trunks, s->far.dialog,
				     status) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"transferor is gone\"", s->call_id);
}

/* The user part of a sip: or sips: URI that the trunk folder has allowed. */
static bool target_user(const char *uri, char *out, size_t size)
{
	const char *at = strchr(uri, ':');
	size_t n = at ? strcspn(at + 1, "@;?>") : 0;

	if (n == 0 || n >= size || at[1 + n] != '@')
		return false;
	memcpy(out, at + 1, n);
	out[n] = '\0';
	return true;
}

void rd_engine_transfer(struct rd_far *f, const char *target_uri)
{
	struct rd_session *s = f->session;
	char user[RD_TRUNK_TEXT];
	enum rd_err err = RD_E_FORMAT;

	if (f != &s->far || s->next.dialog)
		return; /* the trunk folder lets only one through */
	if (target_user(target_uri, user, sizeof(user)))
		err = rd_engine_far_call(&s->next, user);
	if (!err)
		return;
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"transfer refused\" trunk=%s error=%s",
	       s->call_id, s->to->trunk->name, rd_err_name(err));
	rd_engine_far_close(&s->next, RD_Q850_NORMAL);
	tell_transferor(s, DECLINED);
}

void rd_engine_transfer_complete(struct rd_session *s)
{
	struct rd_engine *e = s->engine;

	tell_transferor(s, 200);
	rd_engine_far_close(&s->far, RD_Q850_NORMAL);
	s->far = s->next;
	rd_wipe(&s->next, sizeof(s->next));
	rd_engine_far_init(&s->next, &s->line, s, NULL);
	/* The tables point at the place, not at the dialog. */
	if (rd_table_put(&e->dialogs, s->far.dialog, &s->far) != RD_OK ||
	    rd_table_put(&e->far_legs, s->far.leg, &s->far) != RD_OK ||
	    rd_engine_far_join(s) != RD_OK) {
		rd_engine_finish(s, RD_REASON_INTERNAL, RD_BY_SYSTEM, 0, 0);
		return;
	}
	/* Most put the caller on hold before they transfer him. */
	rd_engine_far_tell_hold(s);
}

void rd_engine_transfer_failed(struct rd_session *s, unsigned status,
			       unsigned cause)
{
	const char *code;

	if (!status)
		status = NOBODY;
	tell_transferor(s, status);
	rd_engine_far_close(&s->next, RD_Q850_NORMAL);
	if (s->far.dialog)
		return;
	code = rd_sip_reason(status, cause);
	rd_engine_finish(s,
			 code ? rd_reason_parse(rd_span_text(code))
			      : RD_REASON_NO_ANSWER,
			 RD_BY_SYSTEM, status, cause);
}

bool rd_engine_transferor_left(struct rd_session *s)
{
	if (!s->far.is_answered || !s->next.dialog)
		return false;
	rd_engine_far_close(&s->far, RD_Q850_NORMAL);
	/* The new party rings, or is about to. */
	s->far.is_ringing = true;
	if (s->leg)
		rd_engine_far_rejoin(s);
	return true;
}
