/* app/providers.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/providers.h"

#include "provider/chime.h"
#include "provider/connect.h"

struct rd_providers {
	struct rd_providers_cfg cfg; /* lent to us */

	struct rd_aws_client *aws; /* ours; NULL: nobody needs it */
	struct rd_connect *connect;
	struct rd_chime *chime;
	struct rd_connect_destination *connect_destinations;
	struct rd_chime_destination *chime_destinations;
	struct rd_aws_pair *pairs; /* of all destinations */
};

/* --- tables -------------------------------------------------------------- */

static unsigned count_of(const struct rd_config *c,
			 enum rd_config_provider provider)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->destinations.count; i++)
		n += rd_config_has_provider(rd_config_destination(c, i),
					    provider);
	return n;
}

static unsigned pairs_of(const struct rd_config *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->destinations.count; i++) {
		const struct rd_config_destination *d =
			rd_config_destination(c, i);

		n += d->connect.attributes.count + d->connect.references.count +
		     d->chime.headers.count;
	}
	return n;
}

/* Copies the pairs and moves *at behind them; NULL: there are none. */
static const struct rd_aws_pair *take_pairs(struct rd_aws_pair **at,
					    const struct rd_pairs *from)
{
	const struct rd_aws_pair *first = *at;

	for (unsigned i = 0; i < from->count; i++)
		*(*at)++ =
			(struct rd_aws_pair){ from->names[i], from->values[i] };
	return from->count ? first : NULL;
}

static bool may(const struct rd_config_connect *c, unsigned capability)
{
	for (unsigned i = 0; i < c->capabilities.count; i++)
		if (c->capabilities.at[i] == capability)
			return true;
	return false;
}

static void fill_connect(struct rd_connect_destination *to,
			 const struct rd_config_destination *from,
			 struct rd_aws_pair **pairs)
{
	const struct rd_config_connect *c = &from->connect;

	*to = (struct rd_connect_destination){
		.name = from->name,
		.instance_id = c->instance,
		.flow_id = c->flow,
		.display_name = c->display_name,
		.description = c->description,
		.customer_video = may(c, RD_CONFIG_CUSTOMER_VIDEO),
		.customer_screen = may(c, RD_CONFIG_CUSTOMER_SCREEN),
		.agent_video = may(c, RD_CONFIG_AGENT_VIDEO),
		.agent_screen = may(c, RD_CONFIG_AGENT_SCREEN),
		.is_answered_by_flow = c->answered_by == RD_ANSWERED_BY_FLOW,
		.asks_wait = c->queue_position,
	};
	to->mapping = (struct rd_connect_mapping){
		.attributes = take_pairs(pairs, &c->attributes),
		.attribute_count = c->attributes.count,
		.hint_prefix = c->hint_prefix,
		.references = take_pairs(pairs, &c->references),
		.reference_count = c->references.count,
		.related = c->related,
	};
}

static void fill_chime(const struct rd_providers *p,
		       struct rd_chime_destination *to,
		       const struct rd_config_destination *from,
		       struct rd_aws_pair **pairs)
{
	const struct rd_config_chime *c = &from->chime;

	*to = (struct rd_chime_destination){
		.name = from->name,
		.application_id = c->application,
		.media_region =
			c->region ? c->region : rd_aws_client_region(p->aws),
		.from = c->from,
		.dial = c->dial,
		.dial_hint = c->dial_hint,
		.voice_connector = c->voice_connector,
		.policy = { .allow = (const char *const *)c->allow.at,
			    .allow_count = c->allow.count,
			    .is_nanp = c->north_america },
		.headers = take_pairs(pairs, &c->headers),
		.header_count = c->headers.count,
		.ring_s = c->ring_s,
		.is_answered_at_once = c->answered_by == RD_ANSWERED_BY_CALLER,
	};
}

static enum rd_err fill_tables(struct rd_providers *p)
{
	const struct rd_config *c = p->cfg.config;
	struct rd_connect_destination *connect;
	struct rd_chime_destination *chime;
	struct rd_aws_pair *pairs;
	unsigned count = c->destinations.count + 1;

	p->connect_destinations = rd_zalloc(count * sizeof(*connect));
	p->chime_destinations = rd_zalloc(count * sizeof(*chime));
	p->pairs = rd_zalloc((pairs_of(c) + 1) * sizeof(*pairs));
	if (!p->connect_destinations || !p->chime_destinations || !p->pairs)
		return RD_E_NOMEM;
	connect = p->connect_destinations;
	chime = p->chime_destinations;
	pairs = p->pairs;
	for (unsigned i = 0; i < c->destinations.count; i++) {
		const struct rd_config_destination *d =
			rd_config_destination(c, i);

		if (rd_config_has_provider(d, RD_PROVIDER_CONNECT))
			fill_connect(connect++, d, &pairs);
		if (rd_config_has_provider(d, RD_PROVIDER_CHIME))
			fill_chime(p, chime++, d, &pairs);
	}
	return RD_OK;
}

/* --- opening ------------------------------------------------------------- */

static enum rd_err open_aws(struct rd_providers *p, struct rd_complaint *why)
{
	const struct rd_config_aws *c = &p->cfg.config->aws;
	struct rd_aws_client_cfg cfg = {
		.loop = p->cfg.loop,
		.http = p->cfg.client,
		.region = c->region,
		.profile = c->profile,
		.endpoint = c->endpoint_url,
		.endpoints = { [RD_AWS_CONNECT] = c->connect_url,
			       [RD_AWS_PARTICIPANT] = c->participant_url,
			       [RD_AWS_MEETINGS] = c->meetings_url,
			       [RD_AWS_VOICE] = c->voice_url },
		.requests_per_second = c->requests_per_second,
	};

	return rd_aws_client_open(&p->aws, &cfg, why);
}

static enum rd_err open_connect(struct rd_providers *p, unsigned count)
{
	struct rd_connect_cfg cfg = {
		.loop = p->cfg.loop,
		.aws = p->aws,
		.destinations = p->connect_destinations,
		.destination_count = count,
		.wake = p->cfg.wake,
		.wake_arg = p->cfg.wake_arg,
	};

	return count ? rd_connect_open(&p->connect, &cfg) : RD_OK;
}

static enum rd_err open_chime(struct rd_providers *p, unsigned count)
{
	struct rd_chime_cfg cfg = {
		.loop = p->cfg.loop,
		.aws = p->aws,
		.destinations = p->chime_destinations,
		.destination_count = count,
		.wake = p->cfg.wake,
		.wake_arg = p->cfg.wake_arg,
	};

	return count ? rd_chime_open(&p->chime, &cfg) : RD_OK;
}

enum rd_err rd_providers_open(struct rd_providers **out,
			      const struct rd_providers_cfg *cfg,
			      struct rd_complaint *why)
{
	struct rd_providers *p = rd_zalloc(sizeof(*p));
	unsigned connects = count_of(cfg->config, RD_PROVIDER_CONNECT);
	unsigned chimes = count_of(cfg->config, RD_PROVIDER_CHIME);
	enum rd_err err = RD_OK;

	*out = NULL;
	if (!p)
		return RD_E_NOMEM;
	p->cfg = *cfg;
	if (connects + chimes > 0) {
		err = open_aws(p, why);
		if (!err)
			err = fill_tables(p);
		if (!err)
			err = open_connect(p, connects);
		if (!err)
			err = open_chime(p, chimes);
	}
	if (err) {
		rd_providers_close(p);
		return err;
	}
	*out = p;
	return RD_OK;
}

void rd_providers_close(struct rd_providers *p)
{
	if (!p)
		return;
	rd_connect_close(p->connect);
	rd_chime_close(p->chime);
	rd_aws_client_close(p->aws);
	rd_free(p->connect_destinations);
	rd_free(p->chime_destinations);
	rd_free(p->pairs);
	rd_free(p);
}

/* --- using --------------------------------------------------------------- */

void rd_providers_fill(const struct rd_providers *p,
		       const struct rd_config_destination *from,
		       struct rd_destination *to)
{
	const struct rd_provider_use uses[] = {
		[RD_PROVIDER_ENGINE] = p->cfg.engine,
		[RD_PROVIDER_CONNECT] = { &rd_connect_provider, p->connect },
		[RD_PROVIDER_CHIME] = { &rd_chime_provider, p->chime },
	};

	for (unsigned i = 0; i < from->providers.count && i < RD_PROVIDERS; i++)
		to->uses[to->use_count++] = uses[from->providers.at[i]];
}

void rd_providers_tidy(struct rd_providers *p, const struct rd_call_record *r)
{
	if (p->connect && !strcmp(r->provider, rd_connect_provider.name))
		rd_connect_tidy(p->connect, r->destination, r->call_id,
				r->far_id);
	if (p->chime && !strcmp(r->provider, rd_chime_provider.name))
		rd_chime_tidy(p->chime, r->destination, r->call_id, r->far_id);
}

void rd_providers_report(void *arg, const struct rd_json *event)
{
	struct rd_providers *p = arg;

	if (p->chime)
		rd_chime_report(p->chime, event);
}
