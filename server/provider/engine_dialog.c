/* provider/engine_dialog.c - one dialog with a trunk and the leg of its media,
 * whoever it is for: a session's far side or a phone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/random.h"
#include "provider/engine_priv.h"

enum {
	PTIME_MS = 20,
	UNSUPPORTED_MEDIA = 415,
	NOT_ACCEPTABLE = 488,
	NOT_ACCEPTABLE_ANYWHERE = 606,
};

void rd_engine_far_init(struct rd_far *f, const struct rd_line *line,
			struct rd_session *session, struct rd_phone_leg *phone)
{
	*f = (struct rd_far){ .line = line,
			      .session = session,
			      .phone = phone };
}

/* --- the leg ----------------------------------------------------------- */

static enum rd_err open_leg(struct rd_far *f)
{
	const struct rd_line *l = f->line;
	struct rd_engine *e = l->engine;
	enum rd_err err = rd_media_rtp_reserve(e->cfg.media, l->worker, &f->leg,
					       &f->local.media);

	if (!err)
		err = rd_table_put(&e->far_legs, f->leg, f);
	if (err)
		return err;
	f->local.session_id = rd_random_u32();
	f->local.session_version = 1;
	for (unsigned i = 0; i < l->codec_count; i++)
		f->local.codecs[f->local.codec_count++] =
			rd_engine_sdp_codec(l->codecs[i]);
	f->local.has_digits = true;
	f->local.ptime_ms = PTIME_MS;
	f->local.direction = RD_SDP_SENDRECV;
	if (l->trunk->srtp != RD_SRTP_OFF)
		rd_engine_sdp_key(&f->local.crypto);
	return RD_OK;
}

void rd_engine_far_close(struct rd_far *f, unsigned cause)
{
	struct rd_engine *e = f->line->engine;

	if (f->dialog) {
		rd_table_take(&e->dialogs, f->dialog);
		rd_trunk_hangup(e->cfg.trunks, f->dialog, cause);
	}
	if (f->leg) {
		rd_table_take(&e->far_legs, f->leg);
		rd_media_leg_close(e->cfg.media, f->leg);
	}
	rd_wipe(&f->local.crypto, sizeof(f->local.crypto));
	rd_wipe(&f->agreed.crypto, sizeof(f->agreed.crypto));
	rd_engine_far_init(f, f->line, f->session, f->phone);
}

/* --- calling ----------------------------------------------------------- */

/* The offer of f->local to f->user, as a dialog of its own. */
static enum rd_err send_invite(struct rd_far *f, const struct rd_far_invite *i)
{
	struct rd_engine *e = f->line->engine;
	char sdp[RD_FAR_SDP];
	struct rd_writer w = rd_writer(sdp, sizeof(sdp) - 1);
	struct rd_trunk_invite invite = {
		.trunk = f->line->trunk->name,
		.user = f->user,
		.display_name = i->display_name[0] ? i->display_name : NULL,
		.caller = i->caller_number,
		.sdp = sdp,
		.headers = i->headers,
		.header_count = i->header_count,
		.ring_ms = i->ring_ms,
	};
	enum rd_err err = rd_trunk_write_offer(&w, &f->local);

	if (err)
		return err;
	sdp[rd_writer_len(&w)] = '\0';
	err = rd_trunk_invite(e->cfg.trunks, &invite, &f->dialog);
	if (!err)
		err = rd_table_put(&e->dialogs, f->dialog, f);
	rd_wipe(sdp, sizeof(sdp)); /* it has our key */
	return err;
}

enum rd_err rd_engine_far_invite(struct rd_far *f,
				 const struct rd_far_invite *i)
{
	enum rd_err err =
		f->line->engine->cfg.trunks ? open_leg(f) : RD_E_UPSTREAM;

	snprintf(f->user, sizeof(f->user), "%s", i->user);
	return err ? err : send_invite(f, i);
}

bool rd_engine_is_about_media(unsigned status)
{
	return status == UNSUPPORTED_MEDIA || status == NOT_ACCEPTABLE ||
	       status == NOT_ACCEPTABLE_ANYWHERE;
}

bool rd_engine_far_ask_in_clear(struct rd_far *f, unsigned status,
				const struct rd_far_invite *i)
{
	enum rd_err err;

	if (!rd_engine_is_about_media(status) || !f->local.crypto.tag ||
	    f->is_connected || f->line->trunk->srtp != RD_SRTP_OPTIONAL)
		return false;
	rd_wipe(&f->local.crypto, sizeof(f->local.crypto));
	err = send_invite(f, i);
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"trunk without SRTP\" trunk=%s error=%s",
	       f->line->log_id, f->line->trunk->name, rd_err_name(err));
	return !err;
}

enum rd_err rd_engine_far_dial(struct rd_far *f, const char *digits,
			       unsigned tone_ms)
{
	struct rd_engine *e = f->line->engine;

	if (!f->is_connected)
		return RD_E_STATE;
	if (f->agreed.digits_send_type != RD_SDP_NO_TYPE)
		return rd_media_dial(e->cfg.media, f->leg, digits, tone_ms);
	return rd_trunk_info_digits(e->cfg.trunks, f->dialog, digits);
}

/* --- changes in the dialog --------------------------------------------- */

bool rd_engine_far_holds(const struct rd_far *f)
{
	return f->agreed.direction != RD_SDP_SENDRECV ||
	       rd_addr_is_any(&f->agreed.media);
}

void rd_engine_far_log_refused(const struct rd_far *f, enum rd_err err)
{
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"trunk's SDP refused\" trunk=%s error=%s",
	       f->line->log_id, f->line->trunk->name, rd_err_name(err));
}

void rd_engine_far_reoffer(struct rd_far *f, const struct rd_trunk_event *event)
{
	struct rd_trunks *trunks = f->line->engine->cfg.trunks;
	char out[RD_FAR_SDP];
	enum rd_err err =
		event->sdp[0]
			? rd_engine_sdp_answer(f, event->sdp, out, sizeof(out))
			: rd_engine_sdp_reoffer(f, out, sizeof(out));

	if (rd_trunk_reanswer(trunks, f->dialog, err ? NULL : out) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"re-INVITE is gone\"", f->line->log_id);
	rd_wipe(out, sizeof(out)); /* it has our key */
}

void rd_engine_far_reanswered(struct rd_far *f,
			      const struct rd_trunk_event *event)
{
	enum rd_err err;

	if (event->status >= 300 || !event->sdp[0])
		return;
	err = rd_engine_sdp_take_answer(f, event->sdp);
	if (err)
		rd_engine_far_log_refused(f, err);
}
