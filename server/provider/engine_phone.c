/* provider/engine_phone.c - phones: calls to parties of a trunk, under
 * direction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/log.h"
#include "base/metrics.h"
#include "provider/engine_priv.h"

enum {
	DECLINED = 603,
	NOT_ACCEPTABLE = 488,
};

RD_GAUGE(phones_now, "ringdown_phones", "Phones under direction.");

static const enum rd_codec_id all_codecs[RD_CODEC_COUNT] = {
	RD_CODEC_OPUS, RD_CODEC_G722, RD_CODEC_PCMU, RD_CODEC_PCMA
};

static struct rd_phone_leg *find(const struct rd_engine *e, rd_phone phone)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);

	return p && !p->is_over ? p : NULL;
}

static void tell(struct rd_phone_leg *p, const struct rd_room_event *event)
{
	struct rd_room_event e = *event;

	e.phone = p->id;
	rd_engine_note(p->engine, p->director, p->self, &e, "");
}

rd_leg rd_engine_phone_leg(const struct rd_phone_leg *p)
{
	return p->far.is_connected ? p->far.leg : 0;
}

void rd_engine_phone_route(struct rd_phone_leg *p)
{
	struct rd_hears wanted = p->program;
	rd_leg peer = p->peer ? rd_engine_phone_leg(p->peer) : 0;

	if (!p->far.is_connected)
		return;
	if (wanted.what == RD_HEARS_NOTHING && p->seat)
		wanted = rd_room_other(p->seat);
	if ((wanted.what == RD_HEARS_NOTHING ||
	     wanted.what == RD_HEARS_RINGBACK) &&
	    peer)
		wanted =
			(struct rd_hears){ .what = RD_HEARS_LEG, .from = peer };
	rd_engine_hear(p->engine, p->far.leg, &p->hears, &wanted, p->log_id);
}

/* Its leg came or went: all who are joined with it. */
static void route_all(struct rd_phone_leg *p)
{
	rd_engine_phone_route(p);
	if (p->peer)
		rd_engine_phone_route(p->peer);
	if (p->seat)
		rd_room_route(p->seat->room);
}

/* --- the end ------------------------------------------------------------- */

/* Leaves whom it was joined with, and ends dialog and leg. */
static void leave(struct rd_phone_leg *p, unsigned cause)
{
	rd_phone_stand(p->engine, p->id);
	rd_phone_unbridge(p->engine, p->id);
	rd_room_unhear(p->engine, p->overhearing_id, p->far.leg);
	rd_engine_far_close(&p->far, cause);
}

static void free_phone(struct rd_phone_leg *p)
{
	rd_table_take(&p->engine->phones, p->id);
	rd_metric_set(&phones_now, 0, (int64_t)p->engine->phones.count);
	rd_free(p);
}

void rd_phone_hangup(struct rd_engine *e, rd_phone phone, unsigned cause)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);

	if (!p)
		return;
	rd_engine_drop_taping(e, phone, "");
	rd_engine_unnote_phone(e, phone);
	leave(p, cause);
	free_phone(p);
}

/* It is over by itself: ENDED is the last that its director hears. */
static void end(struct rd_phone_leg *p, unsigned status, unsigned cause,
		bool is_by_far_end)
{
	struct rd_room_event event = {
		.kind = RD_PHONE_ENDED,
		.sip_status = status,
		.q850_cause = cause,
		.is_by_far_end = is_by_far_end,
	};

	rd_phone_record_stop(p->engine, p->id);
	leave(p, RD_Q850_NORMAL);
	p->is_over = true;
	if (p->director)
		tell(p, &event);
	else
		free_phone(p);
}

void rd_engine_phone_gone(struct rd_engine *e, rd_phone phone)
{
	struct rd_phone_leg *p = rd_table_get(&e->phones, phone);

	if (p && p->is_over)
		free_phone(p);
}

void rd_engine_free_phones(struct rd_engine *e)
{
	struct rd_phone_leg *p;
	size_t cursor = 0;

	while ((p = rd_table_next(&e->phones, &cursor))) {
		rd_engine_far_close(&p->far, RD_Q850_NORMAL);
		rd_free(p);
	}
}

/* --- what the trunk says -------------------------------------------------- */

static void ring(struct rd_phone_leg *p)
{
	if (p->has_rung || p->far.is_answered)
		return;
	p->has_rung = true;
	tell(p, &(struct rd_room_event){ .kind = RD_PHONE_RINGING });
}

/* False: it could not be used, and the phone is over. */
static bool take_answer(struct rd_phone_leg *p, const char *sdp)
{
	enum rd_err err = rd_engine_sdp_take_answer(&p->far, sdp);

	if (err) {
		rd_engine_far_log_refused(&p->far, err);
		end(p, NOT_ACCEPTABLE, 0, false);
		return false;
	}
	if (!p->far.is_connected)
		tell(p, &(struct rd_room_event){ .kind = RD_PHONE_HEARD });
	p->far.is_connected = true;
	route_all(p);
	return true;
}

static void on_answered(struct rd_phone_leg *p,
			const struct rd_trunk_event *event)
{
	if (event->sdp[0] && !take_answer(p, event->sdp))
		return;
	if (!p->far.is_connected) { /* F24: 200 without SDP */
		end(p, NOT_ACCEPTABLE, 0, false);
		return;
	}
	p->far.is_answered = true;
	tell(p, &(struct rd_room_event){ .kind = RD_PHONE_ANSWERED });
}

static struct rd_far_invite make_invite(const struct rd_phone_leg *p)
{
	return (struct rd_far_invite){
		.user = p->user,
		.display_name = p->display_name,
		.caller_number = p->caller_number[0] ? p->caller_number : NULL,
		.headers = p->headers,
		.header_count = p->header_count,
		.ring_ms = p->ring_ms,
	};
}

static void on_ended(struct rd_phone_leg *p, const struct rd_trunk_event *event)
{
	struct rd_far_invite invite = make_invite(p);

	rd_table_take(&p->engine->dialogs, p->far.dialog);
	p->far.dialog = 0;
	if (!p->far.is_answered &&
	    rd_engine_far_ask_in_clear(&p->far, event->status, &invite))
		return;
	end(p, event->status, event->cause, event->by_far_end);
}

/* A key pressed by its party; who sits says it to the others of his room. */
static void on_digit(struct rd_phone_leg *p, char digit)
{
	struct rd_room_event event = { .kind = RD_PHONE_DIGIT, .digit = digit };
	struct rd_signaling_data message = {
		.topic = "dtmf",
		.data = rd_span(&digit, 1),
	};

	tell(p, &event);
	if (!p->seat)
		return;
	message.sender_attendee_id = p->seat->attendee_id;
	message.sender_external_user_id = p->seat->external_user_id;
	if (rd_signaling_data(p->engine->signaling, p->seat->meeting_id,
			      &message,
			      rd_loop_now_ms(p->engine->cfg.loop)) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"digit not told\"", p->log_id);
}

/* Whom the party is joined with is its director's affair alone. */
static void refuse_transfer(struct rd_phone_leg *p)
{
	if (rd_trunk_transfer_result(p->engine->cfg.trunks, p->far.dialog,
				     DECLINED) != RD_OK)
		rd_log(RD_LOG_DEBUG, "provider",
		       "call=%s event=\"transferor is gone\"", p->log_id);
}

void rd_engine_phone_trunk(struct rd_phone_leg *p,
			   const struct rd_trunk_event *event)
{
	switch (event->kind) {
	case RD_TRUNK_RINGING:
		ring(p);
		return;
	case RD_TRUNK_PROGRESS:
		if (!event->sdp[0] || p->far.is_answered ||
		    take_answer(p, event->sdp))
			ring(p);
		return;
	case RD_TRUNK_ANSWERED:
		on_answered(p, event);
		return;
	case RD_TRUNK_REOFFER:
		rd_engine_far_reoffer(&p->far, event);
		return;
	case RD_TRUNK_REANSWERED:
		rd_engine_far_reanswered(&p->far, event);
		return;
	case RD_TRUNK_TRANSFER:
		refuse_transfer(p);
		return;
	case RD_TRUNK_ENDED:
		on_ended(p, event);
		return;
	case RD_TRUNK_DIGIT:
		on_digit(p, event->digit);
		return;
	default: /* TRYING */
		return;
	}
}

/* --- what its leg says -----------------------------------------------------
 */

static void on_played(struct rd_phone_leg *p)
{
	if (p->hears.what != RD_HEARS_SOUND ||
	    p->hears.serial != p->program.serial)
		return;
	p->program = (struct rd_hears){ .what = RD_HEARS_NOTHING };
	rd_engine_phone_route(p);
	tell(p, &(struct rd_room_event){ .kind = RD_PHONE_PLAYED });
}

void rd_engine_phone_media(struct rd_phone_leg *p,
			   const struct rd_media_event *event)
{
	switch (event->kind) {
	case RD_MEDIA_LEVEL:
		if (p->seat)
			rd_signaling_volume(p->engine->signaling,
					    p->seat->meeting_id,
					    p->seat->attendee_id, event->level,
					    RD_SIGNAL_GOOD);
		return;
	case RD_MEDIA_DIGIT:
		on_digit(p, event->digit);
		return;
	case RD_MEDIA_PLAYED:
		on_played(p);
		return;
	case RD_MEDIA_LOST:
		/* F25: nothing heard for long, and nobody is on hold. */
		if (!p->far.is_answered || rd_engine_far_holds(&p->far))
			return;
		rd_log(RD_LOG_WARN, "provider",
		       "call=%s event=\"trunk is silent\" trunk=%s", p->log_id,
		       p->line.trunk->name);
		end(p, 0, 0, false);
		return;
	default:
		return;
	}
}

/* --- calling ---------------------------------------------------------------
 */

static void fill_phone(struct rd_phone_leg *p, const struct rd_phone_call *call)
{
	bool has_codecs = call->codec_count > 0;

	memcpy(p->codecs, has_codecs ? call->codecs : all_codecs,
	       sizeof(p->codecs));
	snprintf(p->log_id, sizeof(p->log_id), "%s", call->log_id);
	snprintf(p->user, sizeof(p->user), "%s", call->user);
	snprintf(p->display_name, sizeof(p->display_name), "%s",
		 call->display_name ? call->display_name : "");
	snprintf(p->caller_number, sizeof(p->caller_number), "%s",
		 call->caller_number ? call->caller_number : "");
	if (call->header_count)
		memcpy(p->headers, call->headers,
		       call->header_count * sizeof(p->headers[0]));
	p->header_count = call->header_count;
	p->ring_ms = call->ring_ms;
	p->line = (struct rd_line){
		.engine = p->engine,
		.trunk = call->trunk,
		.codecs = p->codecs,
		.codec_count = has_codecs ? call->codec_count : RD_CODEC_COUNT,
		.worker = p->engine->room_worker,
		.learn_media_address = call->learn_media_address,
		.log_id = p->log_id,
	};
	rd_engine_far_init(&p->far, &p->line, NULL, p);
}

static struct rd_phone_leg *make_phone(struct rd_engine *e,
				       const struct rd_phone_call *call)
{
	struct rd_phone_leg *p = rd_zalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->engine = e;
	p->director = call->director;
	p->self = call->self;
	if (++e->last_phone == 0)
		e->last_phone = 1;
	p->id = e->last_phone;
	fill_phone(p, call);
	if (rd_table_put(&e->phones, p->id, p) != RD_OK) {
		rd_free(p);
		return NULL;
	}
	rd_metric_set(&phones_now, 0, (int64_t)e->phones.count);
	return p;
}

enum rd_err rd_phone_call(struct rd_engine *e, const struct rd_phone_call *call,
			  rd_phone *phone)
{
	struct rd_far_invite invite;
	struct rd_phone_leg *p;
	unsigned worker;
	enum rd_err err;

	*phone = 0;
	if (!call->trunk || call->header_count > RD_TRUNK_HEADERS)
		return call->trunk ? RD_E_FORMAT : RD_E_UPSTREAM;
	err = rd_room_worker(e, &worker);
	if (err)
		return err;
	p = make_phone(e, call);
	if (!p)
		return RD_E_NOMEM;
	invite = make_invite(p);
	err = rd_engine_far_invite(&p->far, &invite);
	if (err) {
		leave(p, RD_Q850_NORMAL);
		free_phone(p);
		return err;
	}
	*phone = p->id;
	return RD_OK;
}

enum rd_err rd_phone_dial(struct rd_engine *e, rd_phone phone,
			  const char *digits, unsigned tone_ms)
{
	struct rd_phone_leg *p = find(e, phone);

	return p ? rd_engine_far_dial(&p->far, digits, tone_ms) : RD_E_NOTFOUND;
}

enum rd_err rd_phone_digits(struct rd_engine *e, rd_phone phone,
			    const char *digits)
{
	return rd_phone_dial(e, phone, digits, RD_TONE_MS);
}

static enum rd_err set_program(struct rd_engine *e, rd_phone phone,
			       struct rd_hears program)
{
	struct rd_phone_leg *p = find(e, phone);

	if (!p)
		return RD_E_NOTFOUND;
	if (!p->far.is_connected)
		return RD_E_STATE;
	p->program = program;
	rd_engine_phone_route(p);
	return RD_OK;
}

enum rd_err rd_phone_play(struct rd_engine *e, rd_phone phone,
			  const struct rd_sound *sound, bool repeat)
{
	return set_program(e, phone, rd_engine_playing(e, sound, repeat));
}

enum rd_err rd_phone_ringback(struct rd_engine *e, rd_phone phone)
{
	return set_program(e, phone,
			   (struct rd_hears){ .what = RD_HEARS_RINGBACK });
}

enum rd_err rd_phone_hush(struct rd_engine *e, rd_phone phone)
{
	return set_program(e, phone,
			   (struct rd_hears){ .what = RD_HEARS_NOTHING });
}
