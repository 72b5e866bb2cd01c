/* aws/endpoint.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/endpoint.h"

#include <stdio.h>

#include "base/text.h"
#include "http/url.h"

static const struct rd_aws_service_facts services[RD_AWS_SERVICES] = {
	[RD_AWS_CONNECT] = { "connect", "connect", "connect", "CONNECT",
			     "connect" },
	[RD_AWS_PARTICIPANT] = { "connect-participant", "execute-api",
				 "participant.connect", "CONNECTPARTICIPANT",
				 "connectparticipant" },
	[RD_AWS_MEETINGS] = { "chime-meetings", "chime", "meetings-chime",
			      "CHIME_SDK_MEETINGS", "chime_sdk_meetings" },
	[RD_AWS_VOICE] = { "chime-voice", "chime", "voice-chime",
			   "CHIME_SDK_VOICE", "chime_sdk_voice" },
	[RD_AWS_STS] = { "sts", "sts", "sts", "STS", "sts" },
	[RD_AWS_LAMBDA] = { "lambda", "lambda", "lambda", "LAMBDA", "lambda" },
};

const struct rd_aws_service_facts *rd_aws_service(enum rd_aws_service service)
{
	rd_assert((unsigned)service < RD_AWS_SERVICES);
	return &services[service];
}

/* --- the URL that is written somewhere --- */

static bool has_odd_segment(const char *path)
{
	while ((path = strchr(path, '/'))) {
		size_t len = strcspn(++path, "/");

		if ((len == 0 && path[0]) || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return true;
	}
	return false;
}

/* Takes what somebody wrote as a base URL; where says who. */
static enum rd_err take(const char *text, const char *where, char *url,
			struct rd_complaint *c)
{
	struct rd_url parsed;
	size_t len = strlen(text);
	char path[RD_AWS_URL_TEXT];

	while (len > 0 && text[len - 1] == '/')
		len--;
	if (len >= RD_AWS_URL_TEXT) {
		rd_complain(c, "%s is longer than %d bytes", where,
			    RD_AWS_URL_TEXT - 1);
		return RD_E_SIZE;
	}
	rd_text_copy(url, RD_AWS_URL_TEXT, rd_span(text, len));
	if (rd_url_parse(&parsed, rd_span_text(url)) == RD_OK &&
	    !parsed.is_websocket) {
		rd_text_copy(path, sizeof(path), parsed.target);
		if (!strchr(path, '?') && !has_odd_segment(path))
			return RD_OK;
	}
	rd_complain(c,
		    "%s must be an http or https URL without a query, "
		    "like https://connect.us-east-1.amazonaws.com",
		    where);
	url[0] = '\0';
	return RD_E_FORMAT;
}

static bool is_ignored(const struct rd_aws_endpoint_cfg *cfg)
{
	const char *text =
		rd_aws_profile_get(cfg->config, cfg->profile,
				   "ignore_configured_endpoint_urls");

	return rd_aws_is_on(cfg->around,
			    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
	       (text && rd_text_equal_nocase(rd_span_text(text), "true"));
}

/* What the environment and the profile say, and where; NULL: nothing. */
static const char *configured(const struct rd_aws_endpoint_cfg *cfg,
			      const struct rd_aws_service_facts *facts,
			      char *where, size_t size)
{
	const char *section, *url;

	snprintf(where, size, "AWS_ENDPOINT_URL_%s", facts->variable);
	url = rd_aws_variable(cfg->around, where);
	if (url)
		return url;
	snprintf(where, size, "AWS_ENDPOINT_URL");
	url = rd_aws_variable(cfg->around, where);
	if (url)
		return url;
	section = rd_aws_profile_get(cfg->config, cfg->profile, "services");
	snprintf(where, size, "endpoint_url of %s in services %s",
		 facts->config_key, section ? section : "");
	url = section ? rd_aws_services_get(cfg->config, section,
					    facts->config_key, "endpoint_url")
		      : NULL;
	if (url)
		return url;
	snprintf(where, size, "endpoint_url of profile %s", cfg->profile);
	return rd_aws_profile_get(cfg->config, cfg->profile, "endpoint_url");
}

/* A switch of the environment, or of the profile. */
static bool is_switched(const struct rd_aws_endpoint_cfg *cfg,
			const char *variable, const char *key)
{
	const char *text;

	if (rd_aws_variable(cfg->around, variable))
		return rd_aws_is_on(cfg->around, variable);
	text = rd_aws_profile_get(cfg->config, cfg->profile, key);
	return text && rd_text_equal_nocase(rd_span_text(text), "true");
}

/* AWS's own host. */
static enum rd_err own_host(const struct rd_aws_endpoint_cfg *cfg,
			    const struct rd_aws_service_facts *facts,
			    bool is_fips, bool is_dual, char *url,
			    struct rd_complaint *c)
{
	bool is_china = !strncmp(cfg->region, "cn-", 3);

	if (is_dual && is_china) {
		rd_complain(c,
			    "AWS_USE_DUALSTACK_ENDPOINT: the host of %s in "
			    "%s is not known; give its endpoint",
			    facts->name, cfg->region);
		return RD_E_UNSUPPORTED;
	}
	snprintf(url, RD_AWS_URL_TEXT, "https://%s%s.%s.%s%s", facts->host,
		 is_fips ? "-fips" : "", cfg->region,
		 is_dual ? "api.aws" : "amazonaws.com", is_china ? ".cn" : "");
	return RD_OK;
}

enum rd_err rd_aws_endpoint(const struct rd_aws_endpoint_cfg *cfg,
			    enum rd_aws_service service,
			    char url[static RD_AWS_URL_TEXT],
			    struct rd_complaint *c)
{
	const struct rd_aws_service_facts *facts = rd_aws_service(service);
	bool is_fips =
		is_switched(cfg, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	bool is_dual = is_switched(cfg, "AWS_USE_DUALSTACK_ENDPOINT",
				   "use_dualstack_endpoint");
	char where[192] = "the endpoint";
	const char *text = cfg->own[service];

	url[0] = '\0';
	if (!text)
		text = cfg->own_of_all;
	if (!text && !is_ignored(cfg))
		text = configured(cfg, facts, where, sizeof(where));
	if (!text)
		return own_host(cfg, facts, is_fips, is_dual, url, c);
	if (!is_fips && !is_dual)
		return take(text, where, url, c);
	/* Who asks for such a host would not notice that it is another. */
	rd_complain(c, "%s cannot be combined with AWS_USE_%s_ENDPOINT", where,
		    is_fips ? "FIPS" : "DUALSTACK");
	return RD_E_UNSUPPORTED;
}

/* --- the region --- */

/* It becomes a part of a host name. */
static bool is_region(const char *text)
{
	size_t len = strlen(text);

	return len < RD_AWS_REGION_TEXT && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

enum rd_err rd_aws_region(const char *own,
			  const struct rd_aws_surroundings *around,
			  const struct rd_aws_profile_file *config,
			  const char *profile,
			  char region[static RD_AWS_REGION_TEXT])
{
	const char *text = own && own[0] ? own : NULL;

	region[0] = '\0';
	if (!text)
		text = rd_aws_variable(around, "AWS_REGION");
	if (!text)
		text = rd_aws_variable(around, "AWS_DEFAULT_REGION");
	if (!text)
		text = rd_aws_profile_get(config, profile, "region");
	if (!text)
		return RD_E_NOTFOUND;
	if (!is_region(text))
		return RD_E_FORMAT;
	rd_text_copy(region, RD_AWS_REGION_TEXT, rd_span_text(text));
	return RD_OK;
}
