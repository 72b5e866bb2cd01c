/* provider/engine_record.c - recordings of rooms and phones.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Media hands over what was said as it came; here it is decoded, laid out in
 * time and written, ten times a second, on the control thread.  What was not
 * sent is silence in the file, so that it lasts as long as the recording did.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "media/record.h"
#include "provider/engine_priv.h"

enum {
	RATE_HZ = 8000,
	PER_MS = RATE_HZ / 1000,
	TICK_MS = 100,
	LATE_MS = 400,  /* what is not there by then was not said */
	SLACK_MS = 200, /* and this much of it may still come */
	FRAME = RATE_HZ / 50,
	MOST_MS = 3600 * 1000,
	THRESHOLD = 200,
	ROOM = RATE_HZ / 1000 * (RD_PACKET_MS + RD_FRAME_MS),
};

struct rd_taping {
	struct rd_list in_engine;
	struct rd_engine *engine;
	rd_phone phone; /* 0: a room's */
	char meeting_id[RD_ROOM_ID];
	struct rd_recording cfg; /* path is not kept */

	struct rd_recorder *file;
	struct rd_record *record;
	rd_leg leg; /* record is of; 0: nobody is there */
	struct rd_decoder *decoder;
	bool has_expected;
	uint32_t ssrc;
	uint32_t expected_ts;

	uint64_t start_ms;
	uint64_t samples;        /* written */
	uint64_t silent_samples; /* since something was said */
	uint64_t loudness;       /* sum of a frame that is not full yet */
	unsigned in_frame;
	bool has_failed;
};

/* --- whose sound --------------------------------------------------------- */

static rd_leg leg_of_room(const struct rd_engine *e, const char *meeting_id)
{
	const struct rd_room *room = rd_room_find(e, meeting_id);
	struct rd_list *item;

	if (!room)
		return 0;
	rd_list_each (item, &room->members) {
		const struct rd_session *s =
			rd_container(item, struct rd_session, in_room);

		if (!s->is_seat && s->leg)
			return s->leg;
	}
	return 0;
}

static rd_leg leg_of(const struct rd_taping *t)
{
	const struct rd_phone_leg *p;

	if (!t->phone)
		return leg_of_room(t->engine, t->meeting_id);
	p = rd_table_get(&t->engine->phones, t->phone);
	return p ? rd_engine_phone_leg(p) : 0;
}

/* A caller who came back has another leg. */
static void follow(struct rd_taping *t)
{
	rd_leg leg = leg_of(t);

	if (leg == t->leg)
		return;
	rd_record_close(t->record);
	t->record = NULL;
	t->leg = 0;
	t->has_expected = false;
	if (leg &&
	    rd_record_open(&t->record, t->engine->cfg.media, leg) == RD_OK)
		t->leg = leg;
}

/* --- samples ------------------------------------------------------------- */

static void weigh(struct rd_taping *t, const int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		t->loudness += (uint64_t)abs(pcm[i]);
		if (++t->in_frame < FRAME)
			continue;
		t->silent_samples += FRAME;
		if (t->loudness > (uint64_t)t->cfg.silence_threshold * FRAME)
			t->silent_samples = 0;
		t->loudness = 0;
		t->in_frame = 0;
	}
}

static void write_pcm(struct rd_taping *t, const int16_t *pcm, size_t n)
{
	n = rd_min_size(n, (size_t)t->cfg.most_ms * PER_MS - t->samples);
	if (t->has_failed || n == 0)
		return;
	weigh(t, pcm, n);
	t->samples += n;
	if (rd_recorder_write(t->file, pcm, n) != RD_OK)
		t->has_failed = true;
}

static void write_silence(struct rd_taping *t, uint64_t until_samples)
{
	static const int16_t silence[FRAME];

	if (until_samples > (uint64_t)t->cfg.most_ms * PER_MS)
		until_samples = (uint64_t)t->cfg.most_ms * PER_MS;
	while (t->samples < until_samples && !t->has_failed)
		write_pcm(t, silence,
			  rd_min_size(FRAME,
				      (size_t)(until_samples - t->samples)));
}

static bool has_decoder(struct rd_taping *t, enum rd_codec_id codec)
{
	const struct rd_codec *wanted = rd_codec_get(codec);

	if (t->decoder && t->decoder->codec == wanted)
		return true;
	rd_decoder_close(t->decoder);
	t->has_expected = false;
	if (rd_decoder_open(&t->decoder, wanted, RATE_HZ) != RD_OK)
		t->decoder = NULL;
	return t->decoder != NULL;
}

/* What lies between the last packet and this one; false: it is an old one. */
static bool bridge_gap(struct rd_taping *t, const struct rd_record_packet *p)
{
	uint32_t clock_hz = t->decoder->codec->clock_hz;
	int32_t gap_ts = (int32_t)(p->ts - t->expected_ts);
	size_t gap = (size_t)((uint64_t)(uint32_t)gap_ts * RATE_HZ / clock_hz);
	int16_t pcm[ROOM];

	if (!t->has_expected || p->ssrc != t->ssrc || gap_ts == 0)
		return true;
	if (gap_ts < 0)
		return gap_ts < -(int32_t)clock_hz; /* its clock is new */
	if (gap <= RD_PACKET_MS * PER_MS &&
	    rd_decoder_conceal(t->decoder, rd_span(p->bytes, p->len), pcm,
			       gap) == RD_OK)
		write_pcm(t, pcm, gap);
	return true;
}

static void take(struct rd_taping *t, const struct rd_record_packet *p)
{
	struct rd_span payload = rd_span(p->bytes, p->len);
	int16_t pcm[ROOM];
	uint32_t ts;
	size_t n;

	if (!has_decoder(t, p->codec) ||
	    rd_codec_duration_ts(t->decoder->codec, payload, &ts) != RD_OK ||
	    !bridge_gap(t, p) ||
	    rd_decoder_decode(t->decoder, payload, pcm, ROOM, &n) != RD_OK)
		return;
	write_pcm(t, pcm, n);
	t->has_expected = true;
	t->ssrc = p->ssrc;
	t->expected_ts = p->ts + ts;
}

static void take_all(struct rd_taping *t, uint64_t now_ms)
{
	uint64_t passed = (now_ms - t->start_ms) * PER_MS;
	const struct rd_record_packet *p;

	while (t->record && (p = rd_record_read(t->record)))
		take(t, p);
	if (t->samples + LATE_MS * PER_MS < passed) {
		t->has_expected = false;
		write_silence(t, passed - SLACK_MS * PER_MS);
	}
}

/* --- the end ------------------------------------------------------------- */

static void free_taping(struct rd_taping *t)
{
	rd_list_remove(&t->in_engine);
	rd_record_close(t->record);
	rd_decoder_close(t->decoder);
	(void)rd_recorder_close(t->file);
	rd_free(t);
}

static void tell(const struct rd_taping *t, struct rd_recording_result result)
{
	struct rd_engine *e = t->engine;
	struct rd_room_event event = { .kind = RD_ROOM_RECORDED,
				       .recording = result };
	struct rd_room *room = t->phone ? NULL : rd_room_find(e, t->meeting_id);
	const struct rd_phone_leg *p =
		t->phone ? rd_table_get(&e->phones, t->phone) : NULL;

	if (room)
		rd_room_tell(room, NULL, &event);
	if (!p)
		return;
	event.kind = RD_PHONE_RECORDED;
	event.phone = t->phone;
	rd_engine_note(e, p->director, p->self, &event, "");
}

static void finish(struct rd_taping *t, enum rd_recording_end end)
{
	struct rd_recording_result result = {
		.end = end,
		.duration_ms = (uint32_t)(t->samples / PER_MS),
	};
	enum rd_err err = rd_recorder_close(t->file);

	t->file = NULL;
	if (err || t->has_failed) {
		result.end = RD_RECORDING_FAILED;
		rd_log(RD_LOG_ERROR, "provider",
		       "event=\"recording not written\" error=%s",
		       rd_err_name(err ? err : RD_E_IO));
	}
	tell(t, result);
	free_taping(t);
}

/* --- time ---------------------------------------------------------------- */

/* May end t. */
static void tick(struct rd_taping *t, uint64_t now_ms)
{
	const struct rd_recording *cfg = &t->cfg;

	follow(t);
	take_all(t, now_ms);
	if (t->has_failed)
		finish(t, RD_RECORDING_FAILED);
	else if (t->samples >= (uint64_t)cfg->most_ms * PER_MS)
		finish(t, RD_RECORDING_LONGEST);
	else if (cfg->silence_ms &&
		 t->silent_samples >= (uint64_t)cfg->silence_ms * PER_MS)
		finish(t, RD_RECORDING_SILENCE);
}

static void on_tick(struct rd_timer *timer, uint64_t now_ms)
{
	struct rd_engine *e = rd_container(timer, struct rd_engine, tape_timer);
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &e->tapings)
		tick(rd_container(item, struct rd_taping, in_engine), now_ms);
	if (!rd_list_is_empty(&e->tapings))
		rd_timer_arm(rd_loop_timers(e->cfg.loop), timer,
			     now_ms + TICK_MS);
}

/* --- asking -------------------------------------------------------------- */

static struct rd_taping *find(const struct rd_engine *e, rd_phone phone,
			      const char *meeting_id)
{
	struct rd_list *item;

	rd_list_each (item, &e->tapings) {
		struct rd_taping *t =
			rd_container(item, struct rd_taping, in_engine);

		if (t->phone == phone && !strcmp(t->meeting_id, meeting_id))
			return t;
	}
	return NULL;
}

static enum rd_err begin(struct rd_engine *e, rd_phone phone,
			 const char *meeting_id,
			 const struct rd_recording *recording)
{
	uint64_t now_ms = rd_loop_now_ms(e->cfg.loop);
	struct rd_taping *t;
	enum rd_err err;

	if (find(e, phone, meeting_id))
		return RD_E_EXISTS;
	t = rd_zalloc(sizeof(*t));
	if (!t)
		return RD_E_NOMEM;
	t->engine = e;
	t->phone = phone;
	t->cfg = *recording;
	t->cfg.path = NULL;
	t->start_ms = now_ms;
	snprintf(t->meeting_id, sizeof(t->meeting_id), "%s", meeting_id);
	if (!t->cfg.most_ms || t->cfg.most_ms > MOST_MS)
		t->cfg.most_ms = MOST_MS;
	if (!t->cfg.silence_threshold)
		t->cfg.silence_threshold = THRESHOLD;
	err = rd_recorder_open(&t->file, recording->path, RATE_HZ, NULL);
	if (err) {
		rd_free(t);
		return err == RD_E_NOMEM ? err : RD_E_IO;
	}
	rd_list_push(&e->tapings, &t->in_engine);
	follow(t);
	e->tape_timer.fn = on_tick;
	if (!e->tape_timer.is_armed)
		rd_timer_arm(rd_loop_timers(e->cfg.loop), &e->tape_timer,
			     now_ms + TICK_MS);
	return RD_OK;
}

static void stop(struct rd_engine *e, rd_phone phone, const char *meeting_id)
{
	struct rd_taping *t = find(e, phone, meeting_id);

	if (!t)
		return;
	take_all(t, rd_loop_now_ms(e->cfg.loop));
	finish(t, RD_RECORDING_STOPPED);
}

enum rd_err rd_room_record(struct rd_engine *e, const char *meeting_id,
			   const struct rd_recording *recording)
{
	return rd_room_find(e, meeting_id) ? begin(e, 0, meeting_id, recording)
					   : RD_E_NOTFOUND;
}

enum rd_err rd_phone_record(struct rd_engine *e, rd_phone phone,
			    const struct rd_recording *recording)
{
	const struct rd_phone_leg *p = rd_table_get(&e->phones, phone);

	return p && !p->is_over ? begin(e, phone, "", recording)
				: RD_E_NOTFOUND;
}

void rd_room_record_stop(struct rd_engine *e, const char *meeting_id)
{
	stop(e, 0, meeting_id);
}

void rd_phone_record_stop(struct rd_engine *e, rd_phone phone)
{
	stop(e, phone, "");
}

void rd_engine_drop_taping(struct rd_engine *e, rd_phone phone,
			   const char *meeting_id)
{
	struct rd_taping *t = find(e, phone, meeting_id);

	if (t)
		free_taping(t);
}

void rd_engine_free_tapings(struct rd_engine *e)
{
	struct rd_list *item, *after;

	rd_timer_disarm(rd_loop_timers(e->cfg.loop), &e->tape_timer);
	rd_list_each_safe (item, after, &e->tapings)
		free_taping(rd_container(item, struct rd_taping, in_engine));
}
