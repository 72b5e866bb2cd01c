/* synthetic/call_run.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/call_run.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/timer.h"

enum {
	LOOK_MS = 50,
	TURN_MS = 200,
	BEAT_NS = 1000000,
	SECOND_NS = 1000000000,
	SLACK_NS = 50000,   /* of the kernel's timers */
	PROBE_EVERY = 5,    /* calls of many that are listened to */
	BANK_STEP = 37,     /* so that not all say the same at once */
	LISTEN_HZ = 16000,  /* one call */
	STAY_MS = 86400000, /* callers of many leave when told */
	LEAVE_MS = 8000,    /* then they are cut off */
	PAIR_MS = 10000,    /* to find the far ends, after the ramp */
	FAR_SLACK = 8,
};
#define LEVEL_DB (-10.0)

static void arm(struct rd_run *r, struct rd_timer *t, uint64_t in_ms)
{
	rd_timer_arm(rd_loop_timers(r->loop), t,
		     rd_loop_now_ms(r->loop) + in_ms);
}

static void set_phase(struct rd_run *r, int phase)
{
	r->phase = phase;
	r->phase_ms = rd_loop_now_ms(r->loop);
}

/* ---- beginning ---- */

static enum rd_err begin(struct rd_run *r, unsigned i)
{
	const struct rd_call_options *o = r->options;
	bool is_single = o->count == 1;
	struct rd_caller_cfg cfg = {
		.loop = r->loop,
		.client = r->client,
		.identity = r->identity,
		.banks = &r->banks,
		.codec_count = o->codec_count,
		.url = o->url,
		.origin = o->origin,
		.token = r->token,
		.join = r->options->join,
		.destination = o->destination,
		.ca_file = o->ca_file,
		.digits = o->digits,
		.is_tcp = o->is_tcp,
		.talk_ms = is_single && !r->answerer
				   ? (uint64_t)(o->duration * 1000)
				   : STAY_MS,
		.setup_ms = (uint64_t)(o->setup * 1000),
		.follows_events = is_single,
		.bank_at = i * BANK_STEP,
		.listens = is_single || i % PROBE_EVERY == 0,
		.most_rate_hz = is_single && !r->answerer ? LISTEN_HZ
							  : RD_BANK_FINDER_HZ,
		.hear_hz = o->hear_hz > 0 ? o->hear_hz : r->banks.mark_hz,
		.hear_db = r->mark_db,
		.record_path = o->record,
		.late = &r->late,
	};

	memcpy(cfg.codecs, o->codecs, sizeof(cfg.codecs));
	return rd_caller_open(&r->calls[i].caller, &cfg);
}

static void settle(struct rd_run *r, struct rd_call *call)
{
	if (call->is_settled)
		return;
	call->is_settled = true;
	r->settled++;
}

static void on_begin(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_run *r = rd_container(t, struct rd_run, begin_timer);
	uint64_t due_ms = r->phase_ms +
			  (uint64_t)((r->begun + 1) * 1000 / r->options->rate);
	struct rd_call *call = &r->calls[r->begun];
	enum rd_err err;

	(void)now_ms;
	if (r->phase != RD_RUN_RAMP)
		return;
	/* '#' ends it, so that 1 is not the beginning of 12. */
	snprintf(call->digits, sizeof(call->digits), "%u#", r->begun);
	err = begin(r, r->begun);
	if (err) {
		call->result.outcome = RD_OUTCOME_REFUSED;
		snprintf(call->result.problem, sizeof(call->result.problem),
			 "cannot begin: %s", rd_err_text(err));
		settle(r, call);
	}
	if (++r->begun < r->options->count)
		rd_timer_arm(rd_loop_timers(r->loop), t, due_ms);
}

/* ---- finding the far end of each call ---- */

static bool names_call(const struct rd_answer_result *far,
		       const struct rd_caller_result *near)
{
	for (unsigned i = 0; i < far->header_count; i++)
		if ((near->call_id[0] &&
		     strcmp(far->headers[i].value, near->call_id) == 0) ||
		    (near->support_id[0] &&
		     strcmp(far->headers[i].value, near->support_id) == 0))
			return true;
	return false;
}

static void pair(struct rd_run *r, struct rd_call *call, rd_answer_call far)
{
	struct rd_party *near_party = rd_caller_party(call->caller);
	struct rd_party *far_party = rd_answerer_party(r->answerer, far);

	if (!near_party || !far_party)
		return;
	call->far = far;
	call->is_paired = true;
	rd_party_measure(far_party, near_party, &r->delays[RD_RUN_TO_FAR]);
	rd_party_measure(near_party, far_party, &r->delays[RD_RUN_TO_CALLER]);
}

static void find_far(struct rd_run *r, struct rd_call *call)
{
	struct rd_answer_result far;
	rd_answer_call id;
	size_t cursor = 0;

	if (!call->caller || call->is_paired ||
	    !rd_caller_is_talking(call->caller))
		return;
	rd_caller_get_result(call->caller, &call->result);
	while ((id = rd_answerer_next(r->answerer, &cursor))) {
		if (!rd_answerer_get(r->answerer, id, &far))
			continue;
		if (r->options->count == 1 || names_call(&far, &call->result) ||
		    strcmp(far.digits, call->digits) == 0) {
			pair(r, call, id);
			return;
		}
	}
}

/* A call that no header names is told by the digits that it presses. */
static void look_for_far_ends(struct rd_run *r)
{
	for (unsigned i = 0; i < r->begun; i++) {
		struct rd_call *call = &r->calls[i];

		find_far(r, call);
		if (!call->is_paired && !call->has_pressed && call->caller &&
		    r->options->count > 1 && rd_caller_is_talking(call->caller))
			call->has_pressed =
				rd_caller_press(call->caller, call->digits);
	}
}

/* ---- the window ---- */

static void begin_window(struct rd_run *r)
{
	for (unsigned i = 0; i < r->begun; i++) {
		struct rd_call *call = &r->calls[i];
		struct rd_party *party =
			call->caller ? rd_caller_party(call->caller) : NULL;
		struct rd_party *far =
			call->is_paired
				? rd_answerer_party(r->answerer, call->far)
				: NULL;

		if (party)
			rd_party_begin_window(party);
		if (far)
			rd_party_begin_window(far);
	}
	for (int way = 0; way < RD_RUN_WAYS; way++)
		rd_sample_clear(&r->delays[way]);
	rd_sample_clear(&r->late);
	r->server[1] = rd_process_read(r->options->server_pid);
	r->own[0] = rd_process_read(getpid());
	set_phase(r, RD_RUN_WINDOW);
}

static void take_stats(struct rd_run *r, struct rd_call *call)
{
	struct rd_answer_result far;

	if (!call->caller || call->has_stats)
		return;
	if (rd_caller_party(call->caller)) {
		rd_party_get_stats(rd_caller_party(call->caller), &call->stats);
		call->has_stats = true;
	}
	if (call->is_paired && rd_answerer_get(r->answerer, call->far, &far))
		call->far_stats = far.stats;
}

static void end_window(struct rd_run *r)
{
	r->window_s = (double)(rd_loop_now_ms(r->loop) - r->phase_ms) / 1000;
	r->server[2] = rd_process_read(r->options->server_pid);
	r->own[1] = rd_process_read(getpid());
	for (unsigned i = 0; i < r->begun; i++)
		take_stats(r, &r->calls[i]);
}

static void leave_all(struct rd_run *r)
{
	for (unsigned i = 0; i < r->begun; i++)
		if (r->calls[i].caller)
			rd_caller_leave(r->calls[i].caller);
	set_phase(r, RD_RUN_LEAVE);
}

/* ---- looking around ---- */

static bool look_at(struct rd_run *r, struct rd_call *call)
{
	struct rd_caller *c = call->caller;

	if (!c)
		return true;
	if (rd_caller_is_talking(c)) {
		/* An echo, until a far end is found: our own frames. */
		if (!call->is_settled && !r->answerer)
			rd_party_measure(rd_caller_party(c), rd_caller_party(c),
					 &r->delays[RD_RUN_TO_CALLER]);
		settle(r, call);
	}
	if (!rd_caller_is_done(c))
		return false;
	settle(r, call);
	take_stats(r, call);
	rd_caller_get_result(c, &call->result);
	return true;
}

static bool are_paired(const struct rd_run *r)
{
	for (unsigned i = 0; i < r->begun; i++)
		if (!r->calls[i].is_paired && r->calls[i].caller &&
		    rd_caller_is_talking(r->calls[i].caller))
			return false;
	return true;
}

static void look(struct rd_run *r)
{
	const struct rd_call_options *o = r->options;
	uint64_t in_phase_ms = rd_loop_now_ms(r->loop) - r->phase_ms;
	bool is_measured = o->count > 1 || r->answerer;
	bool is_over = r->begun == o->count || r->phase == RD_RUN_LEAVE;

	for (unsigned i = 0; i < r->begun; i++)
		is_over &= look_at(r, &r->calls[i]);
	if (r->answerer && r->phase < RD_RUN_WINDOW)
		look_for_far_ends(r);
	if (is_over || (r->phase == RD_RUN_LEAVE && in_phase_ms > LEAVE_MS)) {
		set_phase(r, RD_RUN_OVER);
		return;
	}
	if (!is_measured)
		return;
	if (r->phase == RD_RUN_RAMP && r->settled == o->count)
		set_phase(r, RD_RUN_SETTLE);
	else if (r->phase == RD_RUN_SETTLE &&
		 in_phase_ms >= (uint64_t)(o->settle * 1000) &&
		 (!r->answerer || are_paired(r) || in_phase_ms > PAIR_MS))
		begin_window(r);
	else if (r->phase == RD_RUN_WINDOW &&
		 in_phase_ms >= (uint64_t)(o->duration * 1000)) {
		end_window(r);
		leave_all(r);
	}
}

static void on_look(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_run *r = rd_container(t, struct rd_run, look_timer);

	(void)now_ms;
	look(r);
	if (r->phase != RD_RUN_OVER)
		arm(r, t, LOOK_MS);
}

/* ---- life ---- */

static enum rd_err open_answerer(struct rd_run *r, struct rd_complaint *why)
{
	const struct rd_call_options *o = r->options;
	struct rd_answerer_cfg cfg = {
		.loop = r->loop,
		.listen = o->listen,
		.transport = RD_SIP_UDP,
		.most_calls = o->count + FAR_SLACK,
		.codec_count = o->answer_codec_count,
		.banks = &r->banks,
		.listen_every = o->count > 1 ? PROBE_EVERY : 1,
		.most_rate_hz = RD_BANK_FINDER_HZ,
		.hear_hz = r->banks.mark_hz,
		.hear_db = r->mark_db,
	};

	memcpy(cfg.codecs, o->answer_codecs, sizeof(cfg.codecs));
	return rd_answerer_open(&r->answerer, &cfg, why);
}

/* Each call takes two descriptors, three with its far end. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static enum rd_err open_parts(struct rd_run *r, struct rd_complaint *why)
{
	const struct rd_call_options *o = r->options;
	struct rd_http_client_cfg client_cfg = { .ca_file = o->ca_file,
						 .most_at_once =
							 2 * o->count + 8 };
	const struct rd_bank *bank;
	enum rd_err err = rd_loop_open(&r->loop);

	client_cfg.loop = r->loop;
	if (!err)
		err = rd_http_client_open(&r->client, &client_cfg);
	if (!err)
		err = rd_dtls_identity_open(&r->identity);
	/* Now, since it takes a while, and calls would wait for it. */
	if (!err)
		err = rd_banks_get(&r->banks, o->codecs[0], &bank, why);
	if (!err && o->is_peer_answer)
		err = rd_banks_get(&r->banks, o->answer_codecs[0], &bank, why);
	if (!err && o->is_peer_answer)
		err = open_answerer(r, why);
	for (int way = 0; !err && way < RD_RUN_WAYS; way++)
		err = rd_sample_init(&r->delays[way]);
	if (!err)
		err = rd_sample_init(&r->late);
	if (!err) {
		r->calls = rd_zalloc(o->count * sizeof(*r->calls));
		err = r->calls ? RD_OK : RD_E_NOMEM;
	}
	return err;
}

enum rd_err rd_run_open(struct rd_run *r, const struct rd_call_options *options,
			const char *token, struct rd_complaint *why)
{
	enum rd_err err;

	*r = (struct rd_run){ .options = options,
			      .token = token,
			      .banks = { .path = options->play,
					 .has_marks = options->is_peer_answer,
					 .mark_hz = options->tone_hz,
					 .level_db = LEVEL_DB,
					 .bitrate = options->bitrate,
					 .complexity =
						 (uint8_t)options->complexity,
					 .has_fec = true } };
	if (options->play && options->is_peer_answer) {
		r->banks.mark_hz = RD_BANK_SOUND_MARK_HZ;
		r->mark_db = RD_BANK_SOUND_MARK_DB;
	}
	raise_descriptors();
	(void)prctl(PR_SET_TIMERSLACK, SLACK_NS);
	rd_complain(why, "%s", "");
	err = open_parts(r, why);
	if (err) {
		if (!why->text[0])
			rd_complain(why, "%s", rd_err_text(err));
		rd_run_close(r);
		return err;
	}
	r->begin_timer.fn = on_begin;
	r->look_timer.fn = on_look;
	return RD_OK;
}

void rd_run_close(struct rd_run *r)
{
	for (unsigned i = 0; r->calls && i < r->options->count; i++)
		rd_caller_close(r->calls[i].caller);
	rd_free(r->calls);
	rd_answerer_close(r->answerer);
	rd_http_client_close(r->client);
	rd_dtls_identity_close(r->identity);
	rd_loop_close(r->loop);
	rd_banks_fini(&r->banks);
	for (int way = 0; way < RD_RUN_WAYS; way++)
		rd_sample_fini(&r->delays[way]);
	rd_sample_fini(&r->late);
	*r = (struct rd_run){ .options = r->options };
}

/* One turn.  With many calls, once all are up, we sleep through to the next
 * millisecond instead of being woken by each packet: the wake-up would be paid
 * by who sends it, and so be counted as the server's work.  Packets carry the
 * kernel's time of arrival, so the delay is not touched. */
static void turn(struct rd_run *r, struct timespec *next)
{
	if (r->options->count == 1 ||
	    (r->phase != RD_RUN_SETTLE && r->phase != RD_RUN_WINDOW)) {
		rd_loop_turn(r->loop, TURN_MS);
		clock_gettime(CLOCK_MONOTONIC, next);
		return;
	}
	next->tv_nsec += BEAT_NS;
	if (next->tv_nsec >= SECOND_NS) {
		next->tv_nsec -= SECOND_NS;
		next->tv_sec++;
	}
	if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) == 0)
		rd_loop_turn(r->loop, 0);
}

void rd_run(struct rd_run *r, const volatile int *must_stop)
{
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	r->server[0] = rd_process_read(r->options->server_pid);
	rd_loop_turn(r->loop, 0); /* reads the clock */
	set_phase(r, RD_RUN_RAMP);
	arm(r, &r->begin_timer, 0);
	arm(r, &r->look_timer, LOOK_MS);
	while (r->phase != RD_RUN_OVER) {
		turn(r, &next);
		if (*must_stop && r->phase < RD_RUN_LEAVE) {
			if (r->phase == RD_RUN_WINDOW)
				end_window(r);
			leave_all(r);
		}
	}
	for (unsigned i = 0; i < r->begun; i++)
		if (r->calls[i].caller)
			rd_caller_get_result(r->calls[i].caller,
					     &r->calls[i].result);
}
