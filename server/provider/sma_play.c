/* provider/sma_play.c - sounds and speech to a leg, and what they come to.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is "played to a leg" is heard by whoever is at its far end: by the
 * party of a phone, and for a seat by the people in the meeting.
 */
#include "provider/sma_run_priv.h"

enum {
	PLAY_SLACK_MS = 1000,
};

static struct rd_engine *engine_of(const struct rd_sma_place *p)
{
	return p->run->runs->cfg.engine;
}

void rd_sma_drop_sound(struct rd_sma_place *p)
{
	rd_timer_disarm(rd_loop_timers(p->run->runs->cfg.loop), &p->over);
	rd_engine_sound_drop(engine_of(p), p->sound);
	p->sound = NULL;
}

void rd_sma_hush(struct rd_sma_place *p)
{
	enum rd_err err = RD_OK;

	rd_sma_sound_forget(p->run->runs->sounds, p);
	p->is_playing = false;
	if (p->kind == RD_SMA_SEAT)
		err = rd_room_hush(engine_of(p), p->meeting_id);
	else if (p->kind == RD_SMA_PHONE)
		err = rd_phone_hush(engine_of(p), p->phone);
	/* Not there any more, or nothing negotiated: as quiet as can be. */
	if (err && err != RD_E_NOTFOUND && err != RD_E_STATE)
		p->run->err = err;
	rd_sma_drop_sound(p);
}

static enum rd_err play_to(struct rd_sma_place *p, const struct rd_sound *sound,
			   bool repeat)
{
	if (p->kind == RD_SMA_SEAT)
		return rd_room_play(engine_of(p), p->meeting_id, sound, repeat);
	if (p->kind == RD_SMA_PHONE)
		return rd_phone_play(engine_of(p), p->phone, sound, repeat);
	return RD_E_NOTFOUND;
}

/* In a meeting where nobody is yet, nobody hears it end: it is over when it
 * would have been. */
static void watch_sound(struct rd_sma_place *p)
{
	struct rd_loop *loop = p->run->runs->cfg.loop;
	uint64_t ms = p->sound->samples * 1000 / p->sound->rate_hz;

	rd_timer_arm(rd_loop_timers(loop), &p->over,
		     rd_loop_now_ms(loop) + ms + PLAY_SLACK_MS);
}

static void on_sound(void *arg, uint32_t id, struct rd_sound *sound,
		     enum rd_sma_error error, const char *why)
{
	struct rd_sma_place *p = arg;
	struct rd_sma_run *run = p->run;

	(void)id;
	p->is_playing = false;
	if (!sound) {
		rd_sma_failed(run, p->serial, error, why);
		rd_sma_pump(run);
		return;
	}
	rd_sma_drop_sound(p);
	p->sound = sound;
	if (play_to(p, sound, false) == RD_OK) {
		p->is_playing = true;
		watch_sound(p);
		return;
	}
	rd_sma_drop_sound(p);
	rd_sma_failed(run, p->serial, RD_SMA_SYSTEM,
		      "the leg cannot be played to");
	rd_sma_pump(run);
}

/* The ring-back of CallAndBridge, until the far end answers. */
static void on_ring_tone(void *arg, uint32_t id, struct rd_sound *sound,
			 enum rd_sma_error error, const char *why)
{
	struct rd_sma_place *p = arg;
	struct rd_sma_run *run = p->run;

	(void)id;
	if (!sound) {
		rd_sma_failed(run, p->serial, error, why);
		rd_sma_pump(run);
		return;
	}
	rd_sma_drop_sound(p);
	p->sound = sound;
	if (play_to(p, sound, true) != RD_OK)
		rd_sma_drop_sound(p);
}

static void ask_sound(struct rd_sma_place *p,
		      const struct rd_sma_prompt *prompt,
		      rd_sma_sound_done *then, uint32_t serial)
{
	struct rd_sma_run *run = p->run;
	uint32_t id;
	enum rd_err err =
		rd_sma_sound_ask(run->runs->sounds, prompt, then, p, &id);

	p->serial = serial;
	if (err == RD_E_NOMEM)
		run->err = err;
	else if (err == RD_E_FULL)
		rd_sma_failed(run, serial, RD_SMA_THROTTLED,
			      "too many sounds wait");
	else if (err && prompt->bucket)
		rd_sma_failed(run, serial, RD_SMA_INVALID_AUDIO,
			      "there is no such bucket and key");
	else if (err)
		rd_sma_failed(run, serial, RD_SMA_SYSTEM,
			      "speech is not available in this engine");
}

void rd_sma_on_over(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_sma_place *p = rd_container(t, struct rd_sma_place, over);
	struct rd_sma_run *run = p->run;

	(void)now_ms;
	if (!p->is_playing)
		return;
	rd_sma_hush(p);
	rd_sma_done(run, p->serial);
	rd_sma_pump(run);
}

void rd_sma_played(struct rd_sma_place *p)
{
	if (!p->is_playing)
		return;
	p->is_playing = false;
	rd_sma_drop_sound(p);
	rd_sma_done(p->run, p->serial);
}

void rd_sma_play(struct rd_sma_place *p, const struct rd_sma_prompt *prompt,
		 uint32_t serial)
{
	ask_sound(p, prompt, on_sound, serial);
}

void rd_sma_ring_with(struct rd_sma_place *p,
		      const struct rd_sma_prompt *prompt, uint32_t serial)
{
	ask_sound(p, prompt, on_ring_tone, serial);
}
