/* aws/client_open.c - see aws/client.h: opening, and what needs no call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/client_priv.h"
#include "aws/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
	DEADLINE_MS = 8000,
	ATTEMPT_MS = 3000,
	MOST_CALLS = 1024,
	MOST_ATTEMPTS = 10,
};

static void set_attempts(struct rd_aws_client *c,
			 const struct rd_aws_surroundings *around,
			 const struct rd_aws_profile_file *config,
			 const char *profile)
{
	const char *text = rd_aws_variable(around, "AWS_MAX_ATTEMPTS");
	uint64_t n;

	if (!text)
		text = rd_aws_profile_get(config, profile, "max_attempts");
	c->most_attempts = RD_AWS_ATTEMPTS;
	if (text &&
	    rd_text_u64(rd_span_text(text), 1, MOST_ATTEMPTS, &n) == RD_OK)
		c->most_attempts = (unsigned)n;
}

static enum rd_err set_urls(struct rd_aws_client *c,
			    const struct rd_aws_client_cfg *cfg,
			    const struct rd_aws_surroundings *around,
			    const struct rd_aws_profile_file *config,
			    const char *profile, struct rd_complaint *why)
{
	struct rd_aws_endpoint_cfg e = { .around = around,
					 .config = config,
					 .profile = profile,
					 .region = c->region,
					 .own_of_all = cfg->endpoint };
	char url[RD_AWS_URL_TEXT];

	memcpy(e.own, cfg->endpoints, sizeof(e.own));
	for (unsigned i = 0; i < RD_AWS_SERVICES; i++) {
		enum rd_err err = rd_aws_endpoint(&e, i, url, why);

		if (err != RD_OK)
			return err;
		c->urls[i] = rd_strdup(url);
		if (!c->urls[i])
			return RD_E_NOMEM;
	}
	return RD_OK;
}

/* What the configuration, the environment and the config file say. */
static enum rd_err configure(struct rd_aws_client *c,
			     const struct rd_aws_client_cfg *cfg,
			     const struct rd_aws_surroundings *around,
			     struct rd_complaint *why)
{
	struct rd_aws_profile_file *config;
	const char *profile = cfg->profile;
	enum rd_err err = rd_aws_profile_file_read(&config, around,
						   RD_AWS_CONFIG_FILE, why);

	if (err != RD_OK)
		return err;
	if (!profile)
		profile = rd_aws_variable(around, "AWS_PROFILE");
	if (!profile)
		profile = "default";
	err = rd_aws_region(cfg->region, around, config, profile, c->region);
	if (err == RD_E_NOTFOUND)
		rd_complain(why, "no region: set aws.region, AWS_REGION, or "
				 "region in the profile, like us-east-1");
	else if (err != RD_OK)
		rd_complain(why, "the region must be a name like us-east-1");
	if (err == RD_OK)
		err = set_urls(c, cfg, around, config, profile, why);
	set_attempts(c, around, config, profile);
	rd_aws_profile_file_close(config);
	return err;
}

static enum rd_err open_parts(struct rd_aws_client *c,
			      const struct rd_aws_client_cfg *cfg,
			      const struct rd_aws_surroundings *around)
{
	struct rd_aws_credentials_cfg keys = { .around = around,
					       .profile = cfg->profile,
					       .sts_url = c->urls[RD_AWS_STS] };
	enum rd_err err =
		rd_pool_open(&c->calls,
			     cfg->most_calls ? cfg->most_calls : MOST_CALLS,
			     rd_aws_client_call_bytes());

	if (err == RD_OK)
		err = rd_aws_client_open_turns(c, cfg);
	if (err == RD_OK)
		err = rd_aws_credentials_open(&c->credentials, &keys,
					      rd_loop_now_ms(c->loop));
	return err;
}

enum rd_err rd_aws_client_open(struct rd_aws_client **out,
			       const struct rd_aws_client_cfg *cfg,
			       struct rd_complaint *why)
{
	const struct rd_aws_surroundings *around =
		cfg->around ? cfg->around : &rd_aws_process;
	struct rd_aws_client *c = rd_zalloc(sizeof(*c));
	enum rd_err err;

	*out = NULL;
	if (!c)
		return RD_E_NOMEM;
	c->loop = cfg->loop;
	c->http = cfg->http;
	c->deadline_ms = cfg->deadline_ms ? cfg->deadline_ms : DEADLINE_MS;
	c->attempt_ms = cfg->attempt_ms ? cfg->attempt_ms : ATTEMPT_MS;
	c->bucket.left = RD_AWS_BUCKET;
	c->may_correct_clock =
		!rd_aws_is_on(around, "AWS_DISABLE_CLOCK_SKEW_CORRECTION");
	rd_list_init(&c->waiting);
	err = configure(c, cfg, around, why);
	if (err == RD_OK)
		err = open_parts(c, cfg, around);
	if (err != RD_OK) {
		rd_aws_client_close(c);
		return err;
	}
	rd_aws_client_keys_open(c);
	*out = c;
	return RD_OK;
}

void rd_aws_client_close(struct rd_aws_client *c)
{
	if (!c)
		return;
	rd_aws_client_drop_calls(c);
	rd_aws_client_keys_close(c);
	for (unsigned i = 0; i < RD_AWS_SERVICES; i++)
		rd_free(c->urls[i]);
	rd_free(c->turns);
	rd_pool_close(c->calls);
	rd_free(c);
}

uint64_t rd_aws_client_wall_ms(const struct rd_aws_client *c)
{
	return rd_clock_wall_ms() + (uint64_t)c->skew_ms;
}

bool rd_aws_client_correct(struct rd_aws_client *c, enum rd_aws_fault fault,
			   const struct rd_http_result *r)
{
	if (!c->may_correct_clock ||
	    !rd_aws_skew(fault, rd_aws_date_wall_ms(r), rd_clock_wall_ms(),
			 &c->skew_ms))
		return false;
	rd_log(RD_LOG_WARN, "aws", "event=\"clock corrected\" ahead_s=%lld",
	       (long long)(c->skew_ms / 1000));
	return true;
}

bool rd_aws_client_is_ready(const struct rd_aws_client *c)
{
	return rd_aws_credentials_keys(c->credentials,
				       rd_aws_client_wall_ms(c));
}

const char *rd_aws_client_region(const struct rd_aws_client *c)
{
	return c->region;
}

const char *rd_aws_client_endpoint(const struct rd_aws_client *c,
				   enum rd_aws_service service)
{
	rd_assert((unsigned)service < RD_AWS_SERVICES);
	return c->urls[service];
}

enum rd_err rd_aws_path_append(char *path, size_t size, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t was = strlen(path), at = was;

	if (!text[0] || !strcmp(text, ".") || !strcmp(text, ".."))
		return RD_E_FORMAT;
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;
		bool is_plain = (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || strchr("-._~", c);

		if (at + (is_plain ? 1 : 3) >= size) {
			path[was] = '\0';
			return RD_E_SIZE;
		}
		if (!is_plain) {
			path[at++] = '%';
			path[at++] = hex[c >> 4];
			c = (uint8_t)hex[c & 15];
		}
		path[at++] = (char)c;
	}
	path[at] = '\0';
	return RD_OK;
}
