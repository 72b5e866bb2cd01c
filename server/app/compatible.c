/* app/compatible.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/compatible.h"

#include <stdio.h>

#include "api/aws_front.h"
#include "base/log.h"
#include "provider/contacts.h"
#include "provider/meetings.h"
#include "provider/sma_handler.h"
#include "provider/sma_run.h"

enum {
	ARN_TEXT = 256,
	MOST_HEADERS_BYTES = 32 * 1024, /* a session token is long */
};

struct application { /* beside one of the configuration */
	struct rd_sma_policy policy;
	char lambda_arn[ARN_TEXT]; /* "" = its handler is no function */
};

struct rd_compatible {
	struct rd_compatible_cfg cfg; /* lent to us */
	const struct rd_config_compatible *config;

	struct rd_contact_flow *flows; /* ours */
	unsigned flow_count;
	struct rd_contact_trunk *trunks;
	struct application *applications;
	struct rd_aws_key *front_keys;
	struct rd_aws_application *front_applications;
	struct rd_aws_connector *front_connectors;
	struct rd_contacts *contacts;
	struct rd_meetings *meetings;
	struct rd_sma_runs *runs;
	struct rd_aws_front *front;
	struct rd_http_server *server;
};

/* --- contacts ------------------------------------------------------------ */

static enum rd_err open_flows(struct rd_compatible *c, struct rd_complaint *why)
{
	const struct rd_config_flow *from = c->config->flows.at;
	unsigned count = c->config->flows.count;

	c->flows = rd_zalloc((count + 1) * sizeof(c->flows[0]));
	if (!c->flows)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < count; i++) {
		struct rd_flow *flow;
		enum rd_err err = rd_flow_open_file(&flow, from[i].file, why);

		if (err)
			return err;
		c->flows[c->flow_count++] =
			(struct rd_contact_flow){ from[i].id, flow };
	}
	return RD_OK;
}

static enum rd_err open_contacts(struct rd_compatible *c,
				 struct rd_complaint *why)
{
	unsigned count = c->cfg.config->trunks.count;
	struct rd_contacts_cfg cfg = {
		.loop = c->cfg.loop,
		.engine = c->cfg.engine,
		.sounds = c->config->sounds,
	};
	enum rd_err err = open_flows(c, why);

	if (err)
		return err;
	c->trunks = rd_zalloc((count + 1) * sizeof(c->trunks[0]));
	if (!c->trunks)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < count; i++)
		c->trunks[i] = (struct rd_contact_trunk){
			&c->cfg.trunks[i],
			rd_config_trunk(c->cfg.config, i)->learn_media_address
		};
	cfg.flows = c->flows;
	cfg.flow_count = c->flow_count;
	cfg.trunks = c->trunks;
	cfg.trunk_count = count;
	return rd_contacts_open(&c->contacts, &cfg, why);
}

static enum rd_err open_meetings(struct rd_compatible *c)
{
	struct rd_meetings_cfg cfg = { .loop = c->cfg.loop,
				       .engine = c->cfg.engine,
				       .most = c->config->most_meetings };

	return rd_meetings_open(&c->meetings, &cfg);
}

/* --- SIP media applications ---------------------------------------------- */

static struct rd_sma_trunk find_trunk(const struct rd_compatible *c,
				      const char *name)
{
	const struct rd_config *config = c->cfg.config;

	for (unsigned i = 0; name && i < config->trunks.count; i++)
		if (!strcmp(rd_config_trunk(config, i)->name, name))
			return (struct rd_sma_trunk){
				&c->cfg.trunks[i],
				rd_config_trunk(config, i)->learn_media_address
			};
	return (struct rd_sma_trunk){ NULL, false };
}

/* The function of an Invoke URL, as an ARN. */
static void derive_arn(const struct rd_compatible *c, const char *url,
		       char out[ARN_TEXT])
{
	static const char mark[] = "/functions/";
	const char *name = strstr(url, mark);

	out[0] = '\0';
	if (!name)
		return;
	name += sizeof(mark) - 1;
	snprintf(out, ARN_TEXT, "arn:aws:lambda:%s:%s:function:%.*s",
		 c->config->region, c->config->account,
		 (int)strcspn(name, "/?"), name);
}

static enum rd_err put_application(struct rd_compatible *c, unsigned i)
{
	static const enum rd_sma_handler_kind kinds[] = {
		[RD_HANDLER_IN_PROCESS] = RD_SMA_IN_PROCESS,
		[RD_HANDLER_URL] = RD_SMA_URL,
		[RD_HANDLER_LAMBDA] = RD_SMA_LAMBDA,
	};
	const struct rd_config_application *from =
		(const struct rd_config_application *)
			c->config->applications.at +
		i;
	struct application *own = &c->applications[i];
	struct rd_sma_application application = {
		.id = from->id,
		.kind = kinds[from->handler],
		.handle = rd_sma_handle_any,
		.handle_arg = &own->policy,
		.url = from->url,
	};

	own->policy = (struct rd_sma_policy){
		.allow = (const char *const *)from->allow.at,
		.allow_count = from->allow.count,
		.application = from->id,
	};
	if (from->handler == RD_HANDLER_LAMBDA)
		derive_arn(c, from->url, own->lambda_arn);
	return rd_sma_application_put(c->runs, &application);
}

static enum rd_err put_connector(struct rd_compatible *c, unsigned i)
{
	const struct rd_config_connector *from =
		(const struct rd_config_connector *)
			c->config->voice_connectors.at +
		i;
	struct rd_sma_connector connector = {
		.id = from->id, .trunk = find_trunk(c, from->trunk)
	};

	return rd_sma_connector_put(c->runs, &connector);
}

static enum rd_err open_runs(struct rd_compatible *c, struct rd_complaint *why)
{
	const struct rd_config_compatible *from = c->config;
	struct rd_sma_runs_cfg cfg = {
		.loop = c->cfg.loop,
		.engine = c->cfg.engine,
		.http = c->cfg.client,
		.account = from->account,
		.region = from->region,
		.pstn = find_trunk(c, from->pstn_trunk),
		.phone_numbers = (const char *const *)from->phone_numbers.at,
		.phone_number_count = from->phone_numbers.count,
		.audio_folder = from->audio,
		.recordings_folder = from->recordings,
		.speech_program = from->speech,
	};
	enum rd_err err;

	c->applications = rd_zalloc((from->applications.count + 1) *
				    sizeof(c->applications[0]));
	if (!c->applications)
		return RD_E_NOMEM;
	err = rd_sma_runs_open(&c->runs, &cfg);
	for (unsigned i = 0; !err && i < from->applications.count; i++)
		err = put_application(c, i);
	for (unsigned i = 0; !err && i < from->voice_connectors.count; i++)
		err = put_connector(c, i);
	if (err == RD_E_FULL || err == RD_E_SIZE || err == RD_E_FORMAT)
		rd_complain(why,
			    "compatible: an application or a Voice Connector "
			    "is not possible as it is, or there are more than "
			    "%d of them",
			    RD_SMA_APPLICATIONS);
	return err;
}

/* --- the listener -------------------------------------------------------- */

static enum rd_err fill_front(struct rd_compatible *c)
{
	const struct rd_config_compatible *from = c->config;
	const struct rd_config_access_key *keys = from->access_keys.at;
	const struct rd_config_application *applications =
		from->applications.at;
	const struct rd_config_connector *connectors =
		from->voice_connectors.at;

	c->front_keys = rd_zalloc((from->access_keys.count + 1) *
				  sizeof(c->front_keys[0]));
	c->front_applications = rd_zalloc((from->applications.count + 1) *
					  sizeof(c->front_applications[0]));
	c->front_connectors = rd_zalloc((from->voice_connectors.count + 1) *
					sizeof(c->front_connectors[0]));
	if (!c->front_keys || !c->front_applications || !c->front_connectors)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < from->access_keys.count; i++)
		c->front_keys[i] =
			(struct rd_aws_key){ keys[i].id, keys[i].secret,
					     keys[i].session_token };
	for (unsigned i = 0; i < from->applications.count; i++)
		c->front_applications[i] = (struct rd_aws_application){
			applications[i].id, applications[i].name,
			c->applications[i].lambda_arn[0]
				? c->applications[i].lambda_arn
				: NULL
		};
	for (unsigned i = 0; i < from->voice_connectors.count; i++)
		c->front_connectors[i] =
			(struct rd_aws_connector){ .id = connectors[i].id,
						   .name = connectors[i].name };
	return RD_OK;
}

static enum rd_err open_front(struct rd_compatible *c)
{
	const struct rd_config_compatible *from = c->config;
	enum rd_err err = fill_front(c);
	struct rd_aws_front_cfg cfg = {
		.loop = c->cfg.loop,
		.contacts = c->contacts,
		.meetings = c->meetings,
		.runs = c->runs,
		.region = from->region,
		.account = from->account,
		.instance = from->instance,
		.public_url = c->cfg.public_url,
		.keys = c->front_keys,
		.key_count = from->access_keys.count,
		.applications = c->front_applications,
		.application_count = from->applications.count,
		.connectors = c->front_connectors,
		.connector_count = from->voice_connectors.count,
		.requests_per_second = from->requests_per_second,
		.lambda_url = from->lambda_url,
	};

	return err ? err : rd_aws_front_open(&c->front, &cfg);
}

static enum rd_err open_listeners(struct rd_compatible *c,
				  struct rd_complaint *why)
{
	const struct rd_config_server *server = &c->cfg.config->server;
	struct rd_http_server_cfg cfg = {
		.loop = c->cfg.loop,
		.handler = rd_aws_front_handle,
		.too_large = rd_aws_front_refuse_size,
		.arg = c->front,
		.trusted_proxies = server->trusted_proxies.at,
		.trusted_proxy_count = server->trusted_proxies.count,
		.most_body_bytes = RD_AWS_MOST_BODY,
		.most_target_bytes = RD_AWS_MOST_TARGET,
		.most_headers_bytes = MOST_HEADERS_BYTES,
	};
	enum rd_err err = rd_http_server_open(&c->server, &cfg);

	for (unsigned i = 0; !err && i < c->config->listen.count; i++) {
		struct rd_http_listen l = { .address =
						    &c->config->listen.at[i] };
		struct rd_addr bound;
		char text[RD_ADDR_TEXT];

		err = rd_http_server_listen(c->server, &l, &bound, why);
		if (!err)
			rd_log(RD_LOG_INFO, "app",
			       "event=\"listening for AWS clients\" "
			       "address=%s",
			       rd_addr_text(&bound, text));
	}
	return err;
}

/* --- all ----------------------------------------------------------------- */

static enum rd_err open_all(struct rd_compatible *c, struct rd_complaint *why)
{
	enum rd_err err = open_contacts(c, why);

	if (!err)
		err = open_meetings(c);
	if (!err)
		err = open_runs(c, why);
	if (!err)
		err = open_front(c);
	return err ? err : open_listeners(c, why);
}

enum rd_err rd_compatible_open(struct rd_compatible **out,
			       const struct rd_compatible_cfg *cfg,
			       struct rd_complaint *why)
{
	struct rd_compatible *c;
	enum rd_err err;

	*out = NULL;
	if (cfg->config->compatible.listen.count == 0)
		return RD_OK;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->cfg = *cfg;
	c->config = &cfg->config->compatible;
	err = open_all(c, why);
	if (err) {
		rd_compatible_close(c);
		return err;
	}
	*out = c;
	return RD_OK;
}

unsigned rd_compatible_calls(const struct rd_compatible *c)
{
	if (!c || !c->server)
		return 0;
	return rd_contacts_count(c->contacts) + rd_sma_call_count(c->runs) +
	       rd_meetings_busy(c->meetings);
}

void rd_compatible_drain(struct rd_compatible *c)
{
	if (c && c->front)
		rd_aws_front_drain(c->front);
}

void rd_compatible_end(struct rd_compatible *c)
{
	if (!c)
		return;
	rd_http_server_close(c->server);
	rd_aws_front_close(c->front);
	rd_sma_runs_close(c->runs);
	rd_meetings_close(c->meetings);
	rd_contacts_close(c->contacts);
	c->server = NULL;
	c->front = NULL;
	c->runs = NULL;
	c->meetings = NULL;
	c->contacts = NULL;
}

void rd_compatible_close(struct rd_compatible *c)
{
	if (!c)
		return;
	rd_compatible_end(c);
	for (unsigned i = 0; i < c->flow_count; i++)
		rd_flow_close((struct rd_flow *)(uintptr_t)c->flows[i].flow);
	rd_free(c->flows);
	rd_free(c->trunks);
	rd_free(c->applications);
	rd_free(c->front_keys);
	rd_free(c->front_applications);
	rd_free(c->front_connectors);
	rd_free(c);
}
