/* synthetic/call_report.c - what `ringdown call` says at the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "synthetic/call_run.h"

enum {
	PROBLEMS = 5,    /* told of many calls */
	JITTER_ROOM = 2, /* a receiver waits for so many times the jitter */
	PACKING_MS = RD_FRAME_MS,
};
#define HZ_TOLERANCE  0.01
#define DEAF_DB       (-60.0)
#define OPUS_AHEAD_MS 6.5

static const char *outcome_name(enum rd_caller_outcome outcome)
{
	static const char *const names[] = { "ok", "usage", "refused",
					     "no_media", "bad_audio" };

	return names[outcome];
}

static double loss(const struct rd_party_stats *s)
{
	uint64_t all = s->lost + s->received;

	return all ? (double)s->lost / (double)all : 0;
}

static double mos(const struct rd_call *call)
{
	const struct rd_party_stats *s = &call->stats;
	double delay_ms = PACKING_MS + s->rtcp_round_trip_ms / 2 +
			  JITTER_ROOM * s->jitter_ms;

	if (call->result.codec_id == RD_CODEC_OPUS)
		delay_ms += OPUS_AHEAD_MS;
	return rd_mos_estimate(call->result.codec_id, delay_ms, loss(s));
}

/* "event: state" and its "data: {...}" lines, as in server-sent events. */
static json_t *state_events(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, "\n");
		json_t *data = NULL;

		if (strncmp(text, "data:", 5) == 0)
			data = json_loadb(text + 5, len - 5, 0, NULL);
		if (data)
			(void)json_array_append_new(list, data);
		text += len + (text[len] == '\n');
	}
	return list;
}

/* Whether the far end ever took the call, and why it ended. */
static bool was_taken(const char *events, char *reason, size_t size)
{
	json_t *list = state_events(events);
	bool is_taken = false;
	json_t *event;
	size_t i;

	reason[0] = '\0';
	json_array_foreach(list, i, event)
	{
		const char *state =
			json_string_value(json_object_get(event, "state"));
		const char *why =
			json_string_value(json_object_get(event, "reason"));

		is_taken |= state && strcmp(state, "in-call") == 0;
		if (why)
			snprintf(reason, size, "%s", why);
	}
	json_decref(list);
	return is_taken;
}

/* The server ended it: was that before anybody had answered? */
static void judge_end(const struct rd_call_options *o,
		      struct rd_caller_result *r)
{
	char reason[64];
	bool is_taken = was_taken(r->events, reason, sizeof(reason));

	if (!r->is_ended_by_server || r->outcome != RD_OUTCOME_OK)
		return;
	if (o->count == 1 && (is_taken || !*r->events))
		return;
	r->outcome = RD_OUTCOME_REFUSED;
	snprintf(r->problem, sizeof(r->problem),
		 "the server ended the call%s%s", reason[0] ? ": " : "",
		 reason);
}

/* The media was fine as far as signaling goes; was the sound? */
static void judge(const struct rd_call_options *o, struct rd_call *call)
{
	struct rd_caller_result *r = &call->result;
	const struct rd_party_stats *s = &call->stats;

	judge_end(o, r);
	if (r->outcome != RD_OUTCOME_OK)
		return;
	if (!call->has_stats || s->received == 0) {
		r->outcome = RD_OUTCOME_NO_MEDIA;
		snprintf(r->problem, sizeof(r->problem), "no packet came");
	} else if (loss(s) * 100 > o->most_loss) {
		r->outcome = RD_OUTCOME_BAD_AUDIO;
		snprintf(r->problem, sizeof(r->problem),
			 "%.2f %% of the packets were lost", loss(s) * 100);
	} else if (o->hear_hz > 0 && o->count == 1 &&
		   (s->tone_db < DEAF_DB ||
		    fabs(s->tone_hz - o->hear_hz) >
			    o->hear_hz * HZ_TOLERANCE)) {
		r->outcome = RD_OUTCOME_BAD_AUDIO;
		snprintf(r->problem, sizeof(r->problem),
			 "the tone of %g Hz was not heard", o->hear_hz);
	}
}

static int worst(const struct rd_run *r)
{
	int status = 0;

	for (unsigned i = 0; i < r->begun; i++)
		if ((int)r->calls[i].result.outcome > status)
			status = (int)r->calls[i].result.outcome;
	return status;
}

/* Three digits after the point are plenty. */
static json_t *rounded(double value)
{
	return json_real(round(value * 1000) / 1000);
}

static void put(json_t *object, const char *name, json_t *value)
{
	/* Without memory a member is missing; the report still ends. */
	(void)json_object_set_new(object, name, value);
}

static json_t *quantiles(struct rd_sample *s)
{
	json_t *q = json_object();

	put(q, "p50", rounded(rd_sample_quantile(s, 0.5)));
	put(q, "p95", rounded(rd_sample_quantile(s, 0.95)));
	put(q, "p99", rounded(rd_sample_quantile(s, 0.99)));
	put(q, "max", rounded(rd_sample_quantile(s, 1)));
	put(q, "count", json_integer((json_int_t)s->count));
	return q;
}

static json_t *delays(struct rd_run *r)
{
	json_t *d = json_object();

	if (r->answerer && r->delays[RD_RUN_TO_FAR].count)
		put(d, "to_far", quantiles(&r->delays[RD_RUN_TO_FAR]));
	if (r->delays[RD_RUN_TO_CALLER].count)
		put(d, r->answerer ? "to_caller" : "echo",
		    quantiles(&r->delays[RD_RUN_TO_CALLER]));
	return d;
}

static json_t *packets(const struct rd_party_stats *s)
{
	json_t *p = json_object();

	put(p, "sent", json_integer((json_int_t)s->sent));
	put(p, "received", json_integer((json_int_t)s->received));
	put(p, "lost", json_integer((json_int_t)s->lost));
	put(p, "loss_percent", rounded(loss(s) * 100));
	put(p, "duplicates", json_integer((json_int_t)s->duplicates));
	put(p, "strange", json_integer((json_int_t)s->strange));
	put(p, "recognised", json_integer((json_int_t)s->recognised));
	put(p, "reports", json_integer((json_int_t)s->reports));
	put(p, "lost_at_far_end", json_integer(s->far_lost));
	return p;
}

/* ---- one call ---- */

static json_t *tone(const struct rd_party_stats *s)
{
	json_t *t = json_object();

	put(t, "hz", rounded(s->tone_hz));
	put(t, "level_db", rounded(s->tone_db));
	put(t, "snr_db", rounded(s->tone_snr_db));
	put(t, "onsets", json_integer((json_int_t)s->tone_onsets));
	return t;
}

static json_t *one_call(struct rd_run *r, const struct rd_call *call)
{
	const struct rd_caller_result *c = &call->result;
	json_t *root = json_object();
	json_t *setup = json_object();
	char reason[64];

	(void)was_taken(c->events, reason, sizeof(reason));
	put(root, "outcome", json_string(outcome_name(c->outcome)));
	if (reason[0])
		put(root, "reason", json_string(reason));
	if (c->problem[0])
		put(root, "problem", json_string(c->problem));
	put(root, "http_status", json_integer(c->http_status));
	put(root, "call_id", json_string(c->call_id));
	put(root, "support_id", json_string(c->support_id));
	put(root, "codec", json_string(c->codec));
	put(root, "srtp", json_string(c->profile ? c->profile : ""));
	for (int i = 0; i < RD_STEPS; i++)
		if (c->step_ms[i] > 0)
			put(setup, rd_caller_step_name((enum rd_caller_step)i),
			    rounded(c->step_ms[i]));
	put(root, "setup_ms", setup);
	put(root, "talked_s", rounded(c->talked_s));
	put(root, "ended_by",
	    json_string(c->is_ended_by_server ? "server" : "caller"));
	if (c->audio_status)
		put(root, "audio_status", json_integer(c->audio_status));
	put(root, "attendees", json_integer(c->attendees_most));
	if (c->digits[0])
		put(root, "digits", json_string(c->digits));
	if (call->has_stats) {
		put(root, "packets", packets(&call->stats));
		put(root, "jitter_ms", rounded(call->stats.jitter_ms));
		put(root, "jitter_ms_max", rounded(call->stats.jitter_most_ms));
		put(root, "round_trip_ms",
		    rounded(call->stats.rtcp_round_trip_ms));
		put(root, "refused_packets",
		    json_integer((json_int_t)c->refused));
		put(root, "tone", tone(&call->stats));
		put(root, "mos", rounded(mos(call)));
	}
	put(root, "delay_ms", delays(r));
	put(root, "events", state_events(c->events));
	return root;
}

/* ---- many ---- */

static json_t *setup_times(struct rd_run *r)
{
	json_t *setup = json_object();
	struct rd_sample s;

	if (rd_sample_init(&s))
		return setup;
	for (int step = 0; step < RD_STEPS; step++) {
		s.count = 0;
		for (unsigned i = 0; i < r->begun; i++)
			if (r->calls[i].result.step_ms[step] > 0)
				rd_sample_add(&s,
					      r->calls[i].result.step_ms[step]);
		put(setup, rd_caller_step_name((enum rd_caller_step)step),
		    quantiles(&s));
	}
	rd_sample_fini(&s);
	return setup;
}

static void add_stats(struct rd_party_stats *sum,
		      const struct rd_party_stats *s)
{
	sum->sent += s->sent;
	sum->received += s->received;
	sum->lost += s->lost;
	sum->duplicates += s->duplicates;
	sum->strange += s->strange;
	sum->recognised += s->recognised;
	sum->reports += s->reports;
	sum->far_lost += s->far_lost;
	if (s->jitter_most_ms > sum->jitter_most_ms)
		sum->jitter_most_ms = s->jitter_most_ms;
}

static json_t *process(const struct rd_process *from,
		       const struct rd_process *to, double window_s,
		       unsigned calls)
{
	json_t *p = json_object();
	double cpu_s = to->cpu_s - from->cpu_s;

	put(p, "cpu_ms_per_call_s",
	    rounded(calls && window_s > 0 ? cpu_s * 1000 / window_s / calls
					  : 0));
	put(p, "core_percent",
	    rounded(window_s > 0 ? cpu_s / window_s * 100 : 0));
	put(p, "rss_kib", json_integer(to->rss_kib));
	put(p, "threads", json_integer(to->threads));
	return p;
}

static void put_processes(json_t *root, struct rd_run *r, unsigned calls)
{
	json_t *generator = process(&r->own[0], &r->own[1], r->window_s, calls);
	json_t *server;

	/* Where this is not small, other work disturbed the measurement. */
	put(generator, "late_ms", quantiles(&r->late));
	put(root, "generator", generator);
	if (!r->options->server_pid)
		return;
	server = process(&r->server[1], &r->server[2], r->window_s, calls);
	put(server, "rss_idle_kib", json_integer(r->server[0].rss_kib));
	if (calls)
		put(server, "rss_kib_per_call",
		    rounded((double)(r->server[2].rss_kib -
				     r->server[0].rss_kib) /
			    calls));
	put(root, "server", server);
}

static json_t *problems(const struct rd_run *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->begun; i++)
		if (r->calls[i].result.problem[0] &&
		    json_array_size(list) < PROBLEMS)
			(void)json_array_append_new(
				list, json_string(r->calls[i].result.problem));
	return list;
}

static json_t *many_calls(struct rd_run *r)
{
	json_t *root = json_object();
	struct rd_party_stats near = { 0 };
	struct rd_party_stats far = { 0 };
	unsigned outcomes[RD_OUTCOME_BAD_AUDIO + 1] = { 0 };
	unsigned measured = 0, paired = 0;
	double least_mos = 5, worst_loss = 0;

	for (unsigned i = 0; i < r->begun; i++) {
		const struct rd_call *call = &r->calls[i];

		outcomes[call->result.outcome]++;
		paired += call->is_paired;
		if (!call->has_stats)
			continue;
		measured++;
		add_stats(&near, &call->stats);
		add_stats(&far, &call->far_stats);
		least_mos = fmin(least_mos, mos(call));
		worst_loss = fmax(worst_loss, loss(&call->stats) * 100);
	}
	put(root, "calls", json_integer(r->begun));
	for (int i = 0; i <= RD_OUTCOME_BAD_AUDIO; i++)
		if (i != RD_OUTCOME_USAGE)
			put(root, outcome_name((enum rd_caller_outcome)i),
			    json_integer(outcomes[i]));
	put(root, "codec", json_string(r->calls[0].result.codec));
	put(root, "srtp",
	    json_string(r->calls[0].result.profile ? r->calls[0].result.profile
						   : ""));
	put(root, "setup_ms", setup_times(r));
	put(root, "window_s", rounded(r->window_s));
	put(root, "packets", packets(&near));
	if (r->answerer) {
		put(root, "paired", json_integer(paired));
		put(root, "far_packets", packets(&far));
		put(root, "far_codec",
		    json_string(r->options->answer_codecs[0]->name));
	}
	put(root, "loss_percent_worst_call", rounded(worst_loss));
	put(root, "jitter_ms_max",
	    rounded(fmax(near.jitter_most_ms, far.jitter_most_ms)));
	put(root, "mos_least", rounded(measured ? least_mos : 0));
	put(root, "delay_ms", delays(r));
	put_processes(root, r, measured);
	put(root, "problems", problems(r));
	return root;
}

/* ---- for people ---- */

static void print_one(struct rd_run *r, const struct rd_call *call)
{
	const struct rd_caller_result *c = &call->result;
	const struct rd_party_stats *s = &call->stats;
	struct rd_sample *d = &r->delays[RD_RUN_TO_CALLER];

	printf("%s%s%s\n", outcome_name(c->outcome), c->problem[0] ? ": " : "",
	       c->problem);
	if (c->support_id[0])
		printf("support id %s, call %s\n", c->support_id, c->call_id);
	for (int i = 0; i < RD_STEPS; i++)
		if (c->step_ms[i] > 0)
			printf("%-13s %8.1f ms\n",
			       rd_caller_step_name((enum rd_caller_step)i),
			       c->step_ms[i]);
	if (!call->has_stats)
		return;
	printf("%s, %s: sent %llu, received %llu, lost %llu (%.2f %%), "
	       "jitter %.1f ms\n",
	       c->codec, c->profile, (unsigned long long)s->sent,
	       (unsigned long long)s->received, (unsigned long long)s->lost,
	       loss(s) * 100, s->jitter_ms);
	if (s->tone_db > DEAF_DB)
		printf("heard %.1f Hz at %.1f dB, %.0f dB above the rest\n",
		       s->tone_hz, s->tone_db, s->tone_snr_db);
	if (d->count)
		printf("delay %.2f ms (99 %%: %.2f ms)\n",
		       rd_sample_quantile(d, 0.5), rd_sample_quantile(d, 0.99));
	printf("estimated MOS %.2f\n", mos(call));
}

static void print_many(struct rd_run *r)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < r->begun; i++)
		ok += r->calls[i].result.outcome == RD_OUTCOME_OK;
	printf("%u of %u calls well; --json says more\n", ok, r->begun);
	for (unsigned i = 0; i < r->begun; i++)
		if (r->calls[i].result.problem[0])
			printf("call %u: %s\n", i, r->calls[i].result.problem);
}

int rd_run_report(struct rd_run *r)
{
	bool is_one = r->options->count == 1 && !r->answerer;
	json_t *root;

	if (r->begun == 0)
		return RD_OUTCOME_NO_MEDIA; /* stopped before the first */
	for (unsigned i = 0; i < r->begun; i++)
		judge(r->options, &r->calls[i]);
	if (!r->options->is_json) {
		if (is_one)
			print_one(r, &r->calls[0]);
		else
			print_many(r);
		return worst(r);
	}
	root = is_one ? one_call(r, &r->calls[0]) : many_calls(r);
	json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(root);
	return worst(r);
}
