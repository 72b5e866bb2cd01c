/* app/config.h - the configuration of `ringdown serve`.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The structs mirror the file; the tables in config.c say what each setting
 * is.  Const after rd_config_read.  Thread: the one that starts us.
 */
#pragma once
#include "app/settings.h"

struct rd_config_server {
	struct rd_addresses listen;
	struct rd_addresses operations_listen;
	char *tls_certificate, *tls_key; /* files, PEM */
	char *public_url;
	struct rd_networks trusted_proxies;
	char *database;
	char *widget; /* folder of the built widget */
	bool build_page;
	unsigned most_calls;
	unsigned most_per_address;
	unsigned drain_s;
	unsigned log_level;
};
struct rd_config_media {
	unsigned workers;
	unsigned port;
	bool tcp;
	struct rd_addresses bind;
	struct rd_addresses announce;
	unsigned opus_complexity;
	unsigned most_late_ms;
	unsigned grace_s;
	char *notice; /* file */
	struct rd_addr trunk_bind;
	struct rd_addr trunk_announce;
	unsigned trunk_port_first, trunk_port_last;
};
enum {
	RD_ISSUER_ANY_TYPE,
	RD_ISSUER_ACCESS,
	RD_ISSUER_COGNITO
};
struct rd_config_issuer {
	char *name, *issuer;
	char *discovery, *keys_url, *keys_file, *secret;
	struct rd_texts audience;
	unsigned token;
	struct rd_texts scopes;
	char *subject;
	struct rd_pairs attributes; /* attribute: claim */
};
struct rd_config_sip {
	struct rd_addr bind, announce, tls_bind;
	char *tls_dir;
};
struct rd_config_trunk {
	char *name, *host;
	unsigned port;
	unsigned transport;
	char *username, *password, *realm, *from_user, *from_domain;
	bool registration;
	unsigned options_s, session_expires_s;
	bool prack_required;
	unsigned refer, context, srtp;
	bool learn_media_address;
	struct rd_networks peers;
};
enum rd_config_to {
	RD_TO_ECHO,
	RD_TO_ANNOUNCEMENT,
	RD_TO_SIP,
	RD_TO_MEETING
};
struct rd_config_limits {
	unsigned at_once, per_minute, per_hour, per_day;
};
struct rd_config_aws {
	char *region, *profile;
	char *endpoint_url, *connect_url, *participant_url, *meetings_url,
		*voice_url;
	unsigned requests_per_second; /* 0: AWS's default quotas */
};
enum rd_config_provider {
	RD_PROVIDER_ENGINE,
	RD_PROVIDER_CONNECT,
	RD_PROVIDER_CHIME
};
enum { /* of struct rd_config_connect.capabilities */
	RD_CONFIG_CUSTOMER_VIDEO,
	RD_CONFIG_CUSTOMER_SCREEN,
	RD_CONFIG_AGENT_VIDEO,
	RD_CONFIG_AGENT_SCREEN
};
enum {
	RD_ANSWERED_BY_AGENT,
	RD_ANSWERED_BY_FLOW
};
struct rd_config_connect {
	char *instance, *flow;
	struct rd_pairs attributes; /* of the contact: of ours */
	char *hint_prefix;
	struct rd_pairs references; /* reference: attribute or hint */
	char *related;
	char *display_name, *description;
	struct rd_chosen capabilities;
	unsigned answered_by;
	bool queue_position;
};
enum {
	RD_ANSWERED_BY_CALLER,
	RD_ANSWERED_BY_HANDLER
};
struct rd_config_chime {
	char *application, *region, *from, *dial, *dial_hint, *voice_connector;
	struct rd_texts allow; /* numbers by their beginning */
	bool north_america;
	struct rd_pairs headers; /* X-Header: attribute */
	unsigned ring_s;
	unsigned answered_by;
};
struct rd_config_destination {
	char *name, *title;
	struct rd_chosen providers; /* enum rd_config_provider, in order */
	struct rd_config_connect connect;
	struct rd_config_chime chime;
	unsigned to;        /* enum rd_config_to */
	char *announcement; /* file */
	char *trunk, *user;
	struct rd_chosen codecs; /* enum rd_media_codec, in order */
	bool g711_through;
	unsigned ring_s, talk_s;
	struct rd_texts origins;
	struct rd_config_limits limits;
	struct rd_pairs headers; /* X-Header: attribute */
};
struct rd_config_access_key {
	char *id, *secret, *session_token;
};
struct rd_config_flow {
	char *id, *file;
};
enum {
	RD_HANDLER_IN_PROCESS,
	RD_HANDLER_URL,
	RD_HANDLER_LAMBDA
};
struct rd_config_application {
	char *id, *name;
	unsigned handler;
	char *url;             /* url, lambda */
	struct rd_texts allow; /* in-process: numbers by their beginning */
};
struct rd_config_connector {
	char *id, *name, *trunk;
};
struct rd_config_compatible {
	struct rd_addresses listen; /* none: all of it is off */
	char *region, *account, *instance;
	struct rd_sections access_keys;      /* struct rd_config_access_key */
	struct rd_sections flows;            /* struct rd_config_flow */
	char *sounds;                        /* folder of the flows' files */
	struct rd_sections applications;     /* struct rd_config_application */
	struct rd_sections voice_connectors; /* struct rd_config_connector */
	char *pstn_trunk;
	struct rd_texts phone_numbers;
	char *audio, *recordings; /* folders */
	char *speech;             /* program */
	char *lambda_url;
	unsigned requests_per_second, most_meetings;
};
struct rd_config_handler {          /* of SIP media applications elsewhere */
	struct rd_addresses listen; /* none: it does not listen */
	char *path_secret;
	char *application;
	struct rd_texts allow;      /* numbers by their beginning */
	struct rd_texts connectors; /* ARNs */
	unsigned tone_ms;
};
struct rd_config_turn {
	struct rd_texts urls; /* none: no TURN server */
	char *secret, *secret_file;
	unsigned lifetime_s;
	bool force;
};
struct rd_config {
	struct rd_config_server server;
	struct rd_config_media media;
	struct rd_config_turn turn;
	struct rd_config_sip sip;
	struct rd_sections issuers;      /* struct rd_config_issuer */
	struct rd_sections trunks;       /* struct rd_config_trunk */
	struct rd_sections destinations; /* struct rd_config_destination */
	struct rd_config_aws aws;
	struct rd_config_compatible compatible;
	struct rd_config_handler handler;

	struct rd_settings *settings; /* owns the texts */
};

extern const struct rd_section rd_config_table;

/* Reads and checks the whole file; reads nothing else but the files it names
 * only by their existence.  RD_E_NOTFOUND, RD_E_FORMAT, RD_E_RANGE,
 * RD_E_DENIED (holds secrets and others may read it), with a complaint. */
RD_MUST_USE enum rd_err rd_config_read(struct rd_config *out, const char *path,
				       struct rd_complaint *why);
void rd_config_fini(struct rd_config *c);

/* Whether the destination lists it. */
bool rd_config_has_provider(const struct rd_config_destination *d,
			    enum rd_config_provider provider);

static inline const struct rd_config_issuer *rd_config_issuer(
	const struct rd_config *c, unsigned i)
{
	return (const struct rd_config_issuer *)c->issuers.at + i;
}
static inline const struct rd_config_trunk *rd_config_trunk(
	const struct rd_config *c, unsigned i)
{
	return (const struct rd_config_trunk *)c->trunks.at + i;
}
static inline const struct rd_config_destination *rd_config_destination(
	const struct rd_config *c, unsigned i)
{
	return (const struct rd_config_destination *)c->destinations.at + i;
}
