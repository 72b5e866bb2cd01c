/* app/assemble.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/assemble.h"

#include <stdio.h>

#include "app/handler.h"
#include "app/issuers.h"
#include "app/metrics.h"
#include "app/providers.h"
#include "app/turn.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	CONNECTION_ROOM = 16, /* HTTP connections beyond those of the calls */
	STORE_QUEUE = 1024,
	KEEP_DAYS = 0,
	KEEP_ENDED_S = 600,
	START_MS = 8000,
	JOIN_MS = 60000,
	LEVEL_MS = 400,
	ICE_LOST_MS = 8000,
	QUIET_MS = 3000, /* F35 */
	DTLS_MS = 10000,
	RTP_SILENT_MS = 15000,
	INVITE_MS = 2000,
	NOTICE_HZ = 8000, /* suits every codec */
};

struct rd_app {
	const struct rd_config *config; /* lent to us */

	struct rd_app_parts parts; /* ours */
	struct rd_handler *handler;
	struct rd_providers *providers;
	struct rd_app_turn turn;
	char public_url[RD_URL_TEXT];
	struct rd_trunk_cfg *trunks;
	struct rd_engine_destination *engine_destinations;
	struct rd_engine_header *headers; /* of all destinations */
	struct rd_destination *destinations;
	struct rd_sound **sounds; /* one for each destination, or NULL */
	struct rd_sound *notice;
};

const struct rd_app_parts *rd_app_parts(const struct rd_app *a)
{
	return &a->parts;
}

/* --- floor 3 ------------------------------------------------------------ */

static enum rd_err open_media(struct rd_app *a, struct rd_complaint *why)
{
	const struct rd_config_media *c = &a->config->media;
	unsigned legs = a->config->server.most_calls * 2 / c->workers + 8;
	struct rd_media_cfg cfg = {
		.workers = c->workers,
		.port = (uint16_t)c->port,
		.has_tcp = c->tcp,
		.bind_count = c->bind.count,
		.trunk_bind = c->trunk_bind,
		.trunk_announced = c->trunk_announce,
		.trunk_port_first = (uint16_t)c->trunk_port_first,
		.trunk_port_last = (uint16_t)c->trunk_port_last,
		.legs_per_worker = legs > 20000 ? 20000 : legs,
		.opus_complexity = c->opus_complexity,
		.most_late_us = c->most_late_ms * 1000,
		.level_period_ms = LEVEL_MS,
		.ice_lost_ms = ICE_LOST_MS,
		.quiet_ms = QUIET_MS,
		.dtls_deadline_ms = DTLS_MS,
		.rtp_silent_ms = RTP_SILENT_MS,
	};

	for (unsigned i = 0; i < c->bind.count; i++)
		cfg.bind[i] = c->bind.at[i];
	for (unsigned i = 0; i < c->announce.count; i++)
		cfg.announced[i] = c->announce.at[i];
	return rd_media_open(&a->parts.media, &cfg, why);
}

static void fill_trunk(struct rd_trunk_cfg *to,
		       const struct rd_config_trunk *from)
{
	*to = (struct rd_trunk_cfg){
		.name = from->name,
		.host = from->host,
		.port = (uint16_t)from->port,
		.transport = (enum rd_trunk_transport)from->transport,
		.username = from->username,
		.password = from->password,
		.realm = from->realm,
		.from_user = from->from_user,
		.from_domain = from->from_domain,
		.register_contact = from->registration,
		.options_s = from->options_s,
		.session_expires_s = from->session_expires_s,
		.require_prack = from->prack_required,
		.refer = (enum rd_trunk_refer)from->refer,
		.context = (enum rd_trunk_context)from->context,
		.srtp = (enum rd_trunk_srtp)from->srtp,
	};
	for (unsigned i = 0;
	     i < from->peers.count && to->peer_count < RD_COUNT(to->peers); i++)
		to->peers[to->peer_count++] = from->peers.at[i];
}

static enum rd_err open_trunks(struct rd_app *a, struct rd_complaint *why)
{
	const struct rd_config *c = a->config;
	struct rd_trunks_cfg cfg = {
		.bind = c->sip.bind,
		.announced = c->sip.announce,
		.tls_bind = c->sip.tls_bind,
		.tls_dir = c->sip.tls_dir,
		.trunk_count = c->trunks.count,
		.most_dialogs = c->server.most_calls + CONNECTION_ROOM,
		.invite_ms = INVITE_MS,
	};

	if (c->trunks.count == 0)
		return RD_OK;
	a->trunks = rd_zalloc(c->trunks.count * sizeof(a->trunks[0]));
	if (!a->trunks)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < c->trunks.count; i++)
		fill_trunk(&a->trunks[i], rd_config_trunk(c, i));
	cfg.trunks = a->trunks;
	return rd_trunks_open(&a->parts.trunks, &cfg, why);
}

static enum rd_err open_store(struct rd_app *a, struct rd_complaint *why)
{
	struct rd_store_cfg cfg = { .path = a->config->server.database,
				    .queue = STORE_QUEUE,
				    .keep_days = KEEP_DAYS };
	unsigned recovered = 0;
	enum rd_err err = rd_store_open(&a->parts.store, &cfg,
					rd_clock_wall_ms(), &recovered, why);

	if (!err && recovered)
		rd_log(RD_LOG_WARN, "app",
		       "event=\"calls of a crash closed\" count=%u "
		       "reason=server_lost",
		       recovered);
	return err;
}

/* --- floor 4 ------------------------------------------------------------ */

static void wake_switchboard(void *arg)
{
	struct rd_app *a = arg;

	rd_switchboard_wake(a->parts.switchboard);
}

static const struct rd_trunk_cfg *find_trunk(const struct rd_app *a,
					     const char *name)
{
	for (unsigned i = 0; i < a->config->trunks.count; i++)
		if (!strcmp(a->trunks[i].name, name))
			return &a->trunks[i];
	return NULL;
}

static void fill_sip(const struct rd_app *a, struct rd_engine_destination *to,
		     const struct rd_config_destination *from)
{
	to->trunk = find_trunk(a, from->trunk);
	to->user = from->user;
	for (unsigned i = 0; i < a->config->trunks.count; i++)
		if (&a->trunks[i] == to->trunk)
			to->learn_media_address = rd_config_trunk(a->config, i)
							  ->learn_media_address;
	for (unsigned i = 0; i < from->codecs.count; i++)
		to->codecs[to->codec_count++] =
			(enum rd_codec_id)from->codecs.at[i];
	to->ring_ms = from->ring_s * 1000;
	to->g711_through = from->g711_through;
}

static enum rd_err fill_engine_destination(struct rd_app *a, unsigned i,
					   struct rd_engine_header **headers,
					   struct rd_complaint *why)
{
	const struct rd_config_destination *from =
		rd_config_destination(a->config, i);
	struct rd_engine_destination *to = &a->engine_destinations[i];
	enum rd_err err = RD_OK;

	to->name = from->name;
	to->to = (enum rd_engine_to)from->to;
	to->headers = *headers;
	to->header_count = from->headers.count;
	for (unsigned h = 0; h < from->headers.count; h++)
		*(*headers)++ =
			(struct rd_engine_header){ from->headers.names[h],
						   from->headers.values[h] };
	if (from->to == RD_TO_SIP)
		fill_sip(a, to, from);
	if (from->to == RD_TO_ANNOUNCEMENT)
		err = rd_sound_open(&a->sounds[i], from->announcement, 48000,
				    why);
	to->sound = a->sounds[i];
	return err;
}

static enum rd_err open_engine(struct rd_app *a, struct rd_complaint *why)
{
	const struct rd_config *c = a->config;
	unsigned count = c->destinations.count, header_count = 0;
	struct rd_engine_cfg cfg = {
		.loop = a->parts.loop,
		.media = a->parts.media,
		.trunks = a->parts.trunks,
		.destination_count = count,
		.most_calls = c->server.most_calls,
		.grace_ms = c->media.grace_s * 1000,
		.turn = c->turn.force ? &a->turn.turn : NULL,
		.public_url = a->public_url,
		.region = "local",
		.wake = wake_switchboard,
		.wake_arg = a,
	};
	struct rd_engine_header *headers;
	enum rd_err err = RD_OK;

	for (unsigned i = 0; i < count; i++)
		header_count += rd_config_destination(c, i)->headers.count;
	a->engine_destinations =
		rd_zalloc((count + 1) * sizeof(a->engine_destinations[0]));
	a->sounds = rd_zalloc((count + 1) * sizeof(a->sounds[0]));
	a->headers = rd_zalloc((header_count + 1) * sizeof(a->headers[0]));
	if (!a->engine_destinations || !a->sounds || !a->headers)
		return RD_E_NOMEM;
	headers = a->headers;
	for (unsigned i = 0; i < count && !err; i++)
		err = fill_engine_destination(a, i, &headers, why);
	if (!err)
		err = c->media.notice
			      ? rd_sound_open(&a->notice, c->media.notice,
					      NOTICE_HZ, why)
			      : rd_sound_notice(&a->notice);
	cfg.notice = a->notice;
	cfg.destinations = a->engine_destinations;
	return err ? err : rd_engine_open(&a->parts.engine, &cfg);
}

static enum rd_err open_providers(struct rd_app *a, struct rd_complaint *why)
{
	struct rd_providers_cfg cfg = {
		.config = a->config,
		.loop = a->parts.loop,
		.client = a->parts.client,
		.engine = { &rd_engine_provider, a->parts.engine },
		.wake = wake_switchboard,
		.wake_arg = a,
	};

	struct rd_call_record lost;
	enum rd_err err = rd_providers_open(&a->providers, &cfg, why);

	while (!err && rd_store_take_lost(a->parts.store, &lost) == RD_OK)
		rd_providers_tidy(a->providers, &lost);
	return err;
}

static enum rd_err fill_destination(struct rd_app *a, unsigned i,
				    struct rd_complaint *why)
{
	const struct rd_config_destination *from =
		rd_config_destination(a->config, i);
	struct rd_destination *to = &a->destinations[i];

	*to = (struct rd_destination){
		.name = from->name,
		.title = from->title,
		.limits = { from->limits.at_once, from->limits.per_minute,
			    from->limits.per_hour, from->limits.per_day },
		.talk_s = from->talk_s,
	};
	rd_providers_fill(a->providers, from, to);
	if (from->origins.count > RD_ORIGINS) {
		rd_complain(why,
			    "destination \"%s\" has %u origins; at most "
			    "%d are possible",
			    from->name, from->origins.count, RD_ORIGINS);
		return RD_E_SIZE;
	}
	for (unsigned o = 0; o < from->origins.count; o++)
		to->origins[to->origin_count++] = from->origins.at[o];
	/* The widget in a frame of ours; who may show one, the others say. */
	to->origins[to->origin_count++] = a->public_url;
	return RD_OK;
}

static enum rd_err open_switchboard(struct rd_app *a, struct rd_complaint *why)
{
	const struct rd_config *c = a->config;
	unsigned count = c->destinations.count;
	struct rd_switchboard_cfg cfg = {
		.loop = a->parts.loop,
		.store = a->parts.store,
		.destination_count = count,
		.most_calls = c->server.most_calls + c->server.most_calls / 2,
		.keep_ended_s = KEEP_ENDED_S,
		.start_deadline_ms = START_MS,
		.join_deadline_ms = JOIN_MS,
	};
	enum rd_err err = RD_OK;

	a->destinations = rd_zalloc((count + 1) * sizeof(a->destinations[0]));
	if (!a->destinations)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < count && !err; i++)
		err = fill_destination(a, i, why);
	cfg.destinations = a->destinations;
	return err ? err : rd_switchboard_open(&a->parts.switchboard, &cfg);
}

/* --- floor 5 ------------------------------------------------------------ */

static enum rd_err open_server(struct rd_app *a)
{
	const struct rd_config_server *c = &a->config->server;
	struct rd_http_server_cfg cfg = {
		.loop = a->parts.loop,
		.handler = rd_api_handle,
		.too_large = rd_api_refuse_size,
		.arg = a->parts.api,
		.trusted_proxies = c->trusted_proxies.at,
		.trusted_proxy_count = c->trusted_proxies.count,
		.most_per_address = c->most_per_address,
	};

	return rd_http_server_open(&a->parts.server, &cfg);
}

static enum rd_err listen_on(struct rd_app *a,
			     const struct rd_addresses *addresses, unsigned tag,
			     bool with_tls, struct rd_complaint *why)
{
	const struct rd_config_server *c = &a->config->server;

	for (unsigned i = 0; i < addresses->count; i++) {
		struct rd_http_listen l = {
			.address = &addresses->at[i],
			.certificate_file =
				with_tls ? c->tls_certificate : NULL,
			.key_file = with_tls ? c->tls_key : NULL,
			.tag = tag,
		};
		struct rd_addr bound;
		char text[RD_ADDR_TEXT];
		enum rd_err err =
			rd_http_server_listen(a->parts.server, &l, &bound, why);

		if (err)
			return err;
		rd_log(RD_LOG_INFO, "app", "event=listening address=%s tls=%s",
		       rd_addr_text(&bound, text),
		       l.certificate_file ? "yes" : "no");
	}
	return RD_OK;
}

static enum rd_err open_listeners(struct rd_app *a, struct rd_complaint *why)
{
	const struct rd_config_server *c = &a->config->server;
	bool has_own = c->operations_listen.count > 0;
	enum rd_err err =
		listen_on(a, &c->listen,
			  RD_API_PUBLIC |
				  (has_own ? 0 : RD_API_OPERATIONS_LOCAL),
			  true, why);

	if (!err)
		err = listen_on(a, &c->operations_listen, RD_API_OPERATIONS,
				false, why);
	return err;
}

static void refresh_metrics(void *arg)
{
	struct rd_app *a = arg;

	rd_app_refresh_metrics(&a->parts);
}

static enum rd_err open_compatible(struct rd_app *a, struct rd_complaint *why)
{
	struct rd_compatible_cfg cfg = {
		.config = a->config,
		.loop = a->parts.loop,
		.engine = a->parts.engine,
		.client = a->parts.client,
		.trunks = a->trunks,
		.public_url = a->public_url,
	};

	return rd_compatible_open(&a->parts.compatible, &cfg, why);
}

/* Whether a call may go to Amazon Connect or to Chime. */
static bool has_chime(const struct rd_app *a)
{
	for (unsigned i = 0; i < a->config->destinations.count; i++)
		for (unsigned u = 0; u < a->destinations[i].use_count; u++)
			if (strcmp(a->destinations[i].uses[u].provider->name,
				   "engine"))
				return true;
	return false;
}

static enum rd_err open_api(struct rd_app *a, struct rd_complaint *why)
{
	struct rd_api_cfg cfg = {
		.loop = a->parts.loop,
		.identity = a->parts.identity,
		.switchboard = a->parts.switchboard,
		.engine = a->parts.engine,
		.most_calls = a->config->server.most_calls,
		.widget = a->config->server.widget,
		.build_page = a->config->server.build_page,
		.turn = a->turn.turn.url_count ? &a->turn.turn : NULL,
		.public_url = a->public_url,
		.has_chime = has_chime(a),
		.refresh_metrics = refresh_metrics,
		.refresh_arg = a,
	};
	enum rd_err err = rd_api_open(&a->parts.api, &cfg, why);

	if (!err)
		err = open_server(a);
	return err ? err : open_listeners(a, why);
}

/* --- all ---------------------------------------------------------------- */

static void choose_public_url(struct rd_app *a)
{
	const struct rd_config_server *c = &a->config->server;
	char text[RD_ADDR_TEXT];
	size_t n;

	if (c->public_url)
		snprintf(a->public_url, sizeof(a->public_url), "%s",
			 c->public_url);
	else if (c->listen.count > 0)
		snprintf(a->public_url, sizeof(a->public_url), "http%s://%s",
			 c->tls_certificate ? "s" : "",
			 rd_addr_text(&c->listen.at[0], text));
	n = strlen(a->public_url);
	if (n > 0 && a->public_url[n - 1] == '/')
		a->public_url[n - 1] = '\0';
}

static enum rd_err open_all(struct rd_app *a, struct rd_complaint *why)
{
	struct rd_app_parts *p = &a->parts;
	struct rd_http_client_cfg client = { 0 };
	enum rd_err err = rd_loop_open(&p->loop);

	client.loop = p->loop;
	if (!err)
		err = rd_app_metrics_open(a->config);
	if (!err)
		err = rd_http_client_open(&p->client, &client);
	if (!err)
		err = open_media(a, why);
	if (!err)
		err = open_trunks(a, why);
	if (!err)
		err = open_store(a, why);
	if (!err)
		err = rd_app_open_identity(&p->identity, a->config, p->loop,
					   p->client, why);
	if (!err)
		err = rd_app_turn_init(&a->turn, &a->config->turn, why);
	if (!err)
		err = open_engine(a, why);
	if (!err)
		err = open_providers(a, why);
	if (!err)
		err = open_switchboard(a, why);
	if (!err)
		err = rd_handler_open(&a->handler, p->loop, &a->config->handler,
				      why);
	if (!err)
		rd_handler_tell(a->handler, rd_providers_report, a->providers);
	if (!err)
		err = open_compatible(a, why);
	return err ? err : open_api(a, why);
}

enum rd_err rd_app_open(struct rd_app **out, const struct rd_config *config,
			struct rd_complaint *why)
{
	struct rd_app *a = rd_zalloc(sizeof(*a));
	enum rd_err err;

	*out = NULL;
	if (!a)
		return RD_E_NOMEM;
	a->config = config;
	choose_public_url(a);
	why->text[0] = '\0';
	err = open_all(a, why);
	if (err) {
		if (!why->text[0])
			rd_complain(why, "cannot start: %s", rd_err_text(err));
		rd_app_close(a);
		return err;
	}
	*out = a;
	return RD_OK;
}

void rd_app_close(struct rd_app *a)
{
	struct rd_app_parts *p;

	if (!a)
		return;
	p = &a->parts;
	rd_handler_close(a->handler);
	rd_http_server_close(p->server); /* its sockets tell the engine */
	rd_api_close(p->api);
	if (p->switchboard)
		rd_switchboard_close(p->switchboard);
	p->switchboard = NULL;
	rd_providers_close(a->providers);
	rd_compatible_close(p->compatible);
	rd_engine_close(p->engine);
	rd_app_turn_fini(&a->turn);
	rd_identity_close(p->identity);
	rd_store_close(p->store);
	rd_trunks_close(p->trunks);
	rd_media_close(p->media);
	rd_http_client_close(p->client);
	rd_loop_close(p->loop);
	rd_app_metrics_close();
	for (unsigned i = 0; a->sounds && i < a->config->destinations.count;
	     i++)
		rd_sound_close(a->sounds[i]);
	rd_sound_close(a->notice);
	rd_free(a->sounds);
	rd_free(a->headers);
	rd_free(a->engine_destinations);
	rd_free(a->destinations);
	rd_free(a->trunks);
	rd_free(a);
}
