/* app/metrics.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/metrics.h"

#include "app/assemble.h"
#include "base/metrics.h"
#include "signaling/signaling.h"

static const char *const ways[] = { "in", "out", "refused" };
static const char *const handshakes[] = { "done", "failed" };
static const char *const connections[] = { "accepted", "refused" };
static const char *const frames[] = { "decoded", "encoded", "concealed" };

RD_GAUGE(calls_now, "ringdown_calls", "Calls that have not ended.");
RD_GAUGE(store_ready, "ringdown_store_ready",
	 "1 while the store takes new records.");
RD_GAUGE(legs_now, "ringdown_media_legs", "Media legs open.");
RD_GAUGE(lateness, "ringdown_media_lateness_microseconds",
	 "Worst 99th percentile of the workers' lateness in the last second.");
RD_GAUGE(complexity, "ringdown_media_opus_complexity",
	 "Effort of the Opus encoder in force.");
RD_COUNTERS(packets, "ringdown_media_packets_total", "RTP packets.", "way",
	    ways);
RD_COUNTER(checks, "ringdown_media_stun_checks_total",
	   "ICE connectivity checks that were answered.");
RD_COUNTERS(dtls, "ringdown_media_dtls_handshakes_total", "DTLS handshakes.",
	    "outcome", handshakes);
RD_GAUGE(tcp_now, "ringdown_media_tcp_connections_now",
	 "Connections of callers whose network lets no UDP through, or whose "
	 "browser still looks.");
RD_COUNTERS(tcp, "ringdown_media_tcp_connections_total",
	    "The same; refused: too many, or no ICE check in time.", "way",
	    connections);
RD_COUNTER(tcp_dropped, "ringdown_media_tcp_dropped_total",
	   "Packets that a connection had no room for.");
RD_COUNTERS(audio, "ringdown_media_frames_total",
	    "Audio frames of transcoded calls.", "work", frames);

static const char *const joins[] = { "first", "again" };
static const char *const refusals[] = { "token", "ended" };
static const char *const faults[] = { "malformed", "unexpected", "rate",
				      "throttled", "watchdog" };

RD_GAUGE(meetings, "ringdown_signaling_meetings", "Meetings open.");
RD_GAUGE(attendees, "ringdown_signaling_attendees",
	 "Attendees of them, present or expected.");
RD_GAUGE(sockets, "ringdown_signaling_connections", "Signaling sockets.");
RD_COUNTERS(joined, "ringdown_signaling_joins_total", "Attendees who joined.",
	    "time", joins);
RD_COUNTERS(refused, "ringdown_signaling_refusals_total",
	    "Sockets whose join token was refused.", "why", refusals);
RD_COUNTERS(rude, "ringdown_signaling_faults_total",
	    "What clients did that they should not.", "kind", faults);
RD_GAUGE(compatible_now, "ringdown_compatible_calls",
	 "Contacts, meetings with somebody in them and calls of SIP media "
	 "applications that AWS clients began.");

/* One for each configured trunk: labels are the operator's, not the
 * outside's. */
#define TRUNK_METRIC(var, text, what, sentence)                                \
	static struct rd_metric var = { .name = (text),                        \
					.help = (sentence),                    \
					.kind = (what),                        \
					.label = "trunk" };                    \
	RD_METRIC_KEEP_(var)

TRUNK_METRIC(trunk_up, "ringdown_trunk_reachable", RD_METRIC_GAUGE,
	     "1 while the trunk answers OPTIONS.");
TRUNK_METRIC(trunk_registered, "ringdown_trunk_registered", RD_METRIC_GAUGE,
	     "1 while our registration stands.");
TRUNK_METRIC(trunk_dialogs, "ringdown_trunk_dialogs", RD_METRIC_GAUGE,
	     "SIP dialogs open.");
TRUNK_METRIC(trunk_invites, "ringdown_trunk_invites_total", RD_METRIC_COUNTER,
	     "INVITEs sent.");
TRUNK_METRIC(trunk_answered, "ringdown_trunk_answered_total", RD_METRIC_COUNTER,
	     "INVITEs that were answered.");
TRUNK_METRIC(trunk_failed, "ringdown_trunk_failed_total", RD_METRIC_COUNTER,
	     "INVITEs that were refused or not answered.");
TRUNK_METRIC(trunk_strangers, "ringdown_trunk_strangers_refused_total",
	     RD_METRIC_COUNTER, "Requests from who is no peer.");
TRUNK_METRIC(trunk_guarded, "ringdown_trunk_guarded_total", RD_METRIC_COUNTER,
	     "Requests with a Contact or Record-Route that is not safe.");

static struct rd_metric *const of_trunks[] = {
	&trunk_up,       &trunk_registered, &trunk_dialogs,   &trunk_invites,
	&trunk_answered, &trunk_failed,     &trunk_strangers, &trunk_guarded,
};

static const char **trunk_names;
static atomic_llong *trunk_cells;

enum rd_err rd_app_metrics_open(const struct rd_config *config)
{
	unsigned n = config->trunks.count;

	if (n == 0)
		return RD_OK;
	trunk_names = rd_zalloc(n * sizeof(trunk_names[0]));
	trunk_cells =
		rd_zalloc(RD_COUNT(of_trunks) * n * sizeof(trunk_cells[0]));
	if (!trunk_names || !trunk_cells) {
		rd_app_metrics_close();
		return RD_E_NOMEM;
	}
	for (unsigned i = 0; i < n; i++)
		trunk_names[i] = rd_config_trunk(config, i)->name;
	for (size_t m = 0; m < RD_COUNT(of_trunks); m++) {
		of_trunks[m]->values = trunk_names;
		of_trunks[m]->cells = trunk_cells + m * n;
		of_trunks[m]->count = n;
	}
	return RD_OK;
}

void rd_app_metrics_close(void)
{
	for (size_t m = 0; m < RD_COUNT(of_trunks); m++)
		of_trunks[m]->count = 0;
	rd_free(trunk_names);
	rd_free(trunk_cells);
	trunk_names = NULL;
	trunk_cells = NULL;
}

static void refresh_media(const struct rd_media *media)
{
	struct rd_media_totals t;

	rd_media_totals(media, &t);
	rd_metric_set(&legs_now, 0, t.legs);
	rd_metric_set(&lateness, 0, t.lateness_us);
	rd_metric_set(&complexity, 0, t.complexity);
	rd_metric_set(&packets, 0, (int64_t)t.packets_in);
	rd_metric_set(&packets, 1, (int64_t)t.packets_out);
	rd_metric_set(&packets, 2, (int64_t)t.packets_refused);
	rd_metric_set(&checks, 0, (int64_t)t.stun_checks);
	rd_metric_set(&dtls, 0, (int64_t)t.dtls_handshakes);
	rd_metric_set(&dtls, 1, (int64_t)t.dtls_failures);
	rd_metric_set(&tcp_now, 0, t.tcp_open);
	rd_metric_set(&tcp, 0, (int64_t)t.tcp_accepted);
	rd_metric_set(&tcp, 1, (int64_t)t.tcp_refused);
	rd_metric_set(&tcp_dropped, 0, (int64_t)t.tcp_dropped);
	rd_metric_set(&audio, 0, (int64_t)t.frames_decoded);
	rd_metric_set(&audio, 1, (int64_t)t.frames_encoded);
	rd_metric_set(&audio, 2, (int64_t)t.frames_concealed);
}

static void refresh_trunks(const struct rd_trunks *trunks)
{
	struct rd_trunk_state t;

	for (unsigned i = 0; trunks && rd_trunk_state(trunks, i, &t) == RD_OK;
	     i++) {
		const int64_t values[RD_COUNT(of_trunks)] = {
			t.is_reachable,
			t.is_registered,
			t.dialogs,
			(int64_t)t.invites,
			(int64_t)t.answered,
			(int64_t)t.failed,
			(int64_t)t.strangers_refused,
			(int64_t)t.guarded,
		};

		for (size_t m = 0; m < RD_COUNT(of_trunks); m++)
			rd_metric_set(of_trunks[m], i, values[m]);
	}
}

static void refresh_signaling(const struct rd_engine *engine)
{
	struct rd_signaling_stats t;

	rd_engine_signaling_stats(engine, &t);
	rd_metric_set(&meetings, 0, t.meetings);
	rd_metric_set(&attendees, 0, t.attendees);
	rd_metric_set(&sockets, 0, t.connections);
	rd_metric_set(&joined, 0, (int64_t)(t.joins - t.reconnects));
	rd_metric_set(&joined, 1, (int64_t)t.reconnects);
	rd_metric_set(&refused, 0, (int64_t)t.refused_tokens);
	rd_metric_set(&refused, 1, (int64_t)t.refused_ended);
	rd_metric_set(&rude, 0, (int64_t)t.malformed);
	rd_metric_set(&rude, 1, (int64_t)t.unexpected);
	rd_metric_set(&rude, 2, (int64_t)t.over_rate);
	rd_metric_set(&rude, 3, (int64_t)t.throttled);
	rd_metric_set(&rude, 4, (int64_t)t.watchdog);
}

void rd_app_refresh_metrics(const struct rd_app_parts *parts)
{
	refresh_signaling(parts->engine);
	rd_metric_set(&compatible_now, 0,
		      rd_compatible_calls(parts->compatible));
	rd_metric_set(&calls_now, 0, rd_switchboard_calls(parts->switchboard));
	rd_metric_set(&store_ready, 0, rd_store_is_ready(parts->store));
	refresh_media(parts->media);
	refresh_trunks(parts->trunks);
}
